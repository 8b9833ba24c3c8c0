#include "rules/plan_maker.h"

#include "analyzer/base/domain.h"

#include <string.h>

/* --- saying things --- */

static PlanLine filled(const PlanMaker *maker, PlanTextId id, va_list pairs)
{
    enum { ARGUMENTS_MAX = 16 };
    const char *arguments[ARGUMENTS_MAX + 1] = {NULL};
    for (size_t n = 0; n + 1 < ARGUMENTS_MAX; n += 2) {
        arguments[n] = va_arg(pairs, const char *);
        if (!arguments[n])
            break;
        arguments[n + 1] = va_arg(pairs, const char *);
    }
    PlanLine line = {.id = id};
    for (Language language = 0; language < LANGUAGES; language++)
        line.text[language] = plan_text(maker->texts, id, language, arguments);
    return line;
}

static void line_clear(PlanLine *line)
{
    for (size_t language = 0; language < LANGUAGES; language++)
        g_clear_pointer(&line->text[language], g_free);
}

PlanRoute *plan_route(PlanMaker *maker, PlanRouteId id, PlanTextId title, ...)
{
    PlanRoute *route = &maker->plan->routes[maker->plan->n++];
    route->id = id;
    va_list pairs;
    va_start(pairs, title);
    route->title = filled(maker, title, pairs);
    va_end(pairs);
    return route;
}

void plan_state(const PlanMaker *maker, PlanRoute *route, PlanState state, PlanTextId reason, ...)
{
    route->state = state;
    line_clear(&route->reason);
    va_list pairs;
    va_start(pairs, reason);
    route->reason = filled(maker, reason, pairs);
    va_end(pairs);
}

void plan_note(const PlanMaker *maker, PlanRoute *route, PlanTextId text, ...)
{
    route->notes = g_renew(PlanLine, route->notes, route->n_notes + 1);
    va_list pairs;
    va_start(pairs, text);
    route->notes[route->n_notes++] = filled(maker, text, pairs);
    va_end(pairs);
}

PlanNeed *plan_need(const PlanMaker *maker, PlanRoute *route, PlanWho who, PlanTextId text, ...)
{
    route->needs = g_renew(PlanNeed, route->needs, route->n_needs + 1);
    PlanNeed *need = &route->needs[route->n_needs++];
    va_list pairs;
    va_start(pairs, text);
    *need = (PlanNeed){.who = who, .what = filled(maker, text, pairs)};
    va_end(pairs);
    return need;
}

/* --- records --- */

static PlanRecord *add_record(PlanNeed *need, const char *action, const char *name,
                              const char *type, const char *value)
{
    need->records = g_renew(PlanRecord, need->records, need->n_records + 1);
    PlanRecord *record = &need->records[need->n_records++];
    *record = (PlanRecord){
        .action = action, .name = g_strdup(name), .type = type, .value = g_strdup(value)};
    return record;
}

void plan_record(PlanNeed *need, const char *action, const char *name, const char *type,
                 const char *value)
{
    add_record(need, action, name, type, value);
}

void plan_record_to_come(PlanNeed *need, const char *name, const char *type, const char *value)
{
    add_record(need, "add", name, type, value)->to_come = true;
}

void plan_changes(PlanNeed *need, const ChangePlan *changes)
{
    for (size_t i = 0; i < changes->n; i++) {
        const Change *change = &changes->changes[i];
        const char *action = strcmp(change->action, "add") == 0      ? "add"
                             : strcmp(change->action, "change") == 0 ? "change"
                                                                     : "remove";
        PlanRecord *record = add_record(need, action, change->name, change->type, change->value);
        record->was = g_strdup(change->was);
    }
}

/* --- trying out --- */

static char *shown(const char *value)
{
    return value ? bytes_escape(span_str(value)) : NULL;
}

Rehearsed plan_rehearse(const PlanMaker *maker, PlanRoute *route, const Rehearsal *rehearsal)
{
    Rehearsed rehearsed = rehearse(&maker->stage, rehearsal);
    route->rehearsed = true;
    route->outcome = rehearsed.state;
    route->has_score = !rehearsal->client_ip;
    route->spf_aligned = rehearsed.spf_aligned;
    route->dkim_aligned = rehearsed.dkim_aligned;
    route->sending = (PlanSending){
        .mail_from = shown(rehearsal->mail_from),
        .client_ip = shown(rehearsal->client_ip),
        .helo = shown(rehearsal->helo),
        .from = shown(rehearsal->from),
        .reply_to = shown(rehearsal->reply_to),
        .signed_as = rehearsal->sign
                         ? g_strconcat(rehearsal->selector, "._domainkey.", rehearsal->domain, NULL)
                         : NULL,
    };
    return rehearsed;
}

bool plan_settle(const PlanMaker *maker, PlanRoute *route, const Rehearsed *rehearsed, bool aligned)
{
    const RemedyState *state = &rehearsed->state;
    if (aligned && strcmp(state->dmarc, "fail") != 0 && strcmp(state->dmarc, "temperror") != 0) {
        route->state = PLAN_PASSES;
        return true;
    }
    if (rehearsed->open)
        plan_state(maker, route, PLAN_CANNOT, REASON_DNS, "name", maker->from_domain, NULL);
    else
        plan_state(maker, route, PLAN_FAILS, REASON_RESULT, "spf", state->spf, "dkim", state->dkim,
                   "dmarc", state->dmarc, NULL);
    return false;
}

/* --- the message --- */

static bool is_plain_word(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (!g_ascii_isalnum(text[i]) && !strchr("._-+", text[i]))
            return false;
    return n > 0 && n <= 64;
}

char *plan_local_part(const PlanMaker *maker)
{
    const AddressList *from = &maker->evidence->mime->from;
    const char *address = from->n > 0 ? from->items[0].addr_spec : "";
    const char *at = strrchr(address, '@');
    return at && is_plain_word(address, (size_t)(at - address))
               ? g_strndup(address, (gsize)(at - address))
               : g_strdup("mail");
}

/* Under what the policy walk found to be one organisation; for a name that it did not see, by the
 * Public Suffix List. */
bool plan_related(const PlanMaker *maker, const char *domain)
{
    const DmarcCheck *dmarc = maker->evidence->dmarc;
    const char *organization = dmarc->rfc9989.organizational_domain;
    if (organization && domain_is_at_or_below(domain, organization))
        return true;
    const psl_ctx_t *psl = maker->stage.input->psl;
    g_autofree char *ours = domain_organizational_psl(psl, maker->from_domain);
    g_autofree char *theirs = domain_organizational_psl(psl, domain);
    return ours && theirs && domain_equal(ours, theirs);
}

static bool came_by_others(const Evidence *evidence)
{
    return evidence->arc->n > 0 || source_field(evidence->source, "list-id", 0) ||
           source_field(evidence->source, "list-post", 0);
}

static bool is_signed_for_from(const Evidence *evidence)
{
    for (size_t i = 0; i < signature_count(evidence); i++)
        if (signature_aligned(evidence, &evidence->dkim->signatures[i]))
            return true;
    return false;
}

static bool is_listed(const Profile *profile, const char *domain)
{
    for (size_t i = 0; i < profile->n_domains; i++)
        if (domain_is_at_or_below(domain, profile->domains[i].domain) ||
            domain_is_at_or_below(profile->domains[i].domain, domain))
            return true;
    return false;
}

const char *plan_evident_sender(const PlanMaker *maker)
{
    const Evidence *evidence = maker->evidence;
    const char *domain = evidence->alignment->mail_from_domain;
    bool evident = domain && evidence->spf->evaluable && evidence->spf->result == SPF_PASS &&
                   !plan_related(maker, domain) && !came_by_others(evidence) &&
                   !is_signed_for_from(evidence) && !is_listed(maker->profile, domain);
    return evident ? domain : NULL;
}

bool plan_has_null_sender(const PlanMaker *maker, PlanRoute *route)
{
    const char *mail_from = maker->evidence->envelope->mail_from.value;
    if (!mail_from || *mail_from)
        return false;
    plan_state(maker, route, PLAN_CANNOT, REASON_NULL_SENDER, NULL);
    return true;
}

const char *plan_spf_fault(const SpfSurvey *survey)
{
    const SpfRecord *record = survey->record;
    if (record && record->candidates > 1)
        return spf_problem_name(SPF_PROBLEM_MULTIPLE);
    if (!record || !record->text)
        return survey->near_misses && survey->near_misses[0] ? spf_problem_name(SPF_PROBLEM_SYNTAX)
                                                             : NULL;
    for (size_t i = 0; i < record->n; i++)
        if (record->terms[i].kind == SPF_INVALID)
            return spf_problem_name(SPF_PROBLEM_SYNTAX);
    return NULL;
}
