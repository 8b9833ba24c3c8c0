/* plan_bounce.c - the routes in which SPF carries the message: Mail-from in a subdomain of the From
 * domain, with an SPF record of its own; or in the From domain itself. */
#include "rules/plan_maker.h"

#include "analyzer/base/domain.h"
#include "rules/proposal.h"

#include <string.h>

/* Names to propose, the first that is free. */
static const char *const labels[] = {"bounce", "bounces"};

/* --- which SPF record lists the sending servers --- */

/* As the profile says, or as this message shows. NULL when neither does. */
static const char *include_of(const PlanMaker *maker)
{
    return maker->profile->spf_include ? maker->profile->spf_include : plan_evident_sender(maker);
}

/* Without the address of the sending server SPF has no result. */
static bool has_client(const PlanMaker *maker, PlanRoute *route)
{
    bool known = maker->evidence->envelope->client_ip.value != NULL;
    if (!known)
        plan_state(maker, route, PLAN_CANNOT, REASON_NO_CLIENT, NULL);
    return known;
}

static void say_spf_result(const PlanMaker *maker, PlanRoute *route, const char *include,
                           const Rehearsed *rehearsed)
{
    g_autofree char *client = bytes_escape(span_str(maker->evidence->envelope->client_ip.value));
    if (route->state == PLAN_FAILS && strcmp(rehearsed->state.spf, "pass") != 0)
        plan_state(maker, route, PLAN_FAILS, REASON_SPF_RESULT, "result", rehearsed->state.spf,
                   "include", include, "client", client, NULL);
}

static void note_forwarding(const PlanMaker *maker, PlanRoute *route)
{
    if (!maker->plan->dkim_aligned)
        plan_note(maker, route, NOTE_FORWARDING, NULL);
}

/* --- a subdomain --- */

static bool has_records(const PlanMaker *maker, const char *name)
{
    const DnsAnswer *mx = dns_ask(maker->dns, name, DNS_MX);
    const DnsAnswer *text = dns_ask(maker->dns, name, DNS_TXT);
    return mx->status == DNS_OK || text->status == DNS_OK || text->cnames[0];
}

/* The Mail-from domain when it is one already; else a name that is free. Owned. */
static char *subdomain_of(const PlanMaker *maker, bool *is_new)
{
    const char *standing = maker->evidence->alignment->mail_from_domain;
    *is_new = !standing || domain_equal(standing, maker->from_domain) ||
              !domain_is_at_or_below(standing, maker->from_domain);
    if (!*is_new)
        return g_strdup(standing);
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        g_autofree char *name = g_strconcat(labels[i], ".", maker->from_domain, NULL);
        if (!has_records(maker, name))
            return g_steal_pointer(&name);
    }
    return g_strconcat(labels[0], ".", maker->from_domain, NULL);
}

static bool is_host_name(const char *text)
{
    g_autofree char *normal = domain_normal(span_str(text));
    return normal && domain_equal(normal, text);
}

/* Where bounces of the operator go: those of the Mail-from domain when that is his, or of a domain
 * of his own. NULL when that is not known. */
static const char *bounce_host(const PlanMaker *maker)
{
    const char *mail_from = maker->evidence->alignment->mail_from_domain;
    const SigningDomain *entry;
    const char *own = plan_own_domain(maker, &entry);
    const char *domain =
        mail_from && own && domain_is_at_or_below(mail_from, own) ? mail_from : own;
    const DnsAnswer *mx = domain ? dns_ask(maker->dns, domain, DNS_MX) : NULL;
    return mx && mx->status == DNS_OK && is_host_name(mx->records[0].text) ? mx->records[0].text
                                                                           : NULL;
}

/* A record that stands already gives way; one that is as it should be stays. */
static void need_text(const PlanMaker *maker, PlanNeed *need, const char *name, const char *value)
{
    ProposedRecord record = {.action = (char *)"add",
                             .name = (char *)name,
                             .type = (char *)"TXT",
                             .value = (char *)value};
    ChangePlan *changes = change_plan(&record, maker->dns);
    if (changes)
        plan_changes(need, changes);
    change_plan_free(changes);
}

/* The records of the subdomain, and the same as an overlay. */
static void need_subdomain(const PlanMaker *maker, PlanRoute *route, const char *subdomain,
                           const char *include, GString *overlay)
{
    const DnsAnswer *mx = dns_ask(maker->dns, subdomain, DNS_MX);
    const char *host = bounce_host(maker);
    g_autofree char *value = g_strdup_printf("v=spf1 include:%s -all", include);
    g_autofree char *exchange = g_strdup_printf("10 %s", host ? host : "SERVER");
    bool has_mx = mx->status == DNS_OK;
    if (!has_mx)
        plan_need(maker, route, PLAN_OPERATOR, NEED_TAKE_BOUNCES, "subdomain", subdomain, "host",
                  host ? host : "SERVER", NULL);
    PlanNeed *need =
        plan_need(maker, route, PLAN_CUSTOMER_DNS, NEED_SUBDOMAIN, "subdomain", subdomain, NULL);
    need_text(maker, need, subdomain, value);
    if (!has_mx && host)
        plan_record(need, "add", subdomain, "MX", exchange);
    else if (!has_mx)
        plan_record_to_come(need, subdomain, "MX", exchange);
    rehearse_lay_text(overlay, subdomain, value);
    if (!has_mx)
        g_string_append_printf(overlay, "%s. MX 10 %s.\n", subdomain, host ? host : subdomain);
}

static void need_mail_from(const PlanMaker *maker, PlanRoute *route, const char *domain,
                           const char *mail_from)
{
    plan_need(maker, route, PLAN_APPLICATION, NEED_MAIL_FROM, "domain", maker->from_domain,
              "mail-from-domain", domain, "mail-from", mail_from, NULL);
}

static void try_subdomain(const PlanMaker *maker, PlanRoute *route, const char *include,
                          const char *mail_from, const char *overlay)
{
    Rehearsal rehearsal = {.mail_from = mail_from, .overlay = overlay};
    Rehearsed rehearsed = plan_rehearse(maker, route, &rehearsal);
    if (plan_settle(maker, route, &rehearsed, rehearsed.spf_aligned))
        return;
    say_spf_result(maker, route, include, &rehearsed);
    if (route->state != PLAN_FAILS || strcmp(rehearsed.state.spf, "pass") != 0)
        return;
    const DmarcRecord *record = maker->evidence->dmarc->rfc9989.record;
    if (!record)
        plan_state(maker, route, PLAN_FAILS, REASON_NO_POLICY, "domain", maker->from_domain, NULL);
    else if (record->strict_spf)
        plan_state(maker, route, PLAN_FAILS, REASON_STRICT_SPF, "policy-domain", record->domain,
                   "domain", maker->from_domain, NULL);
}

static void add_subdomain(PlanMaker *maker)
{
    bool is_new;
    g_autofree char *subdomain = subdomain_of(maker, &is_new);
    g_autofree char *mail_from = g_strconcat("bounces@", subdomain, NULL);
    const char *include = include_of(maker);
    PlanRoute *route = plan_route(maker, PLAN_BOUNCE_SUBDOMAIN, TITLE_BOUNCE_SUBDOMAIN, "subdomain",
                                  subdomain, NULL);
    if (plan_has_null_sender(maker, route))
        return;
    if (is_new)
        need_mail_from(maker, route, subdomain, mail_from);
    plan_note(maker, route, NOTE_SPF_STAYS, "domain", maker->from_domain, NULL);
    note_forwarding(maker, route);
    if (!include) {
        plan_state(maker, route, PLAN_CANNOT, REASON_NO_INCLUDE, NULL);
        return;
    }
    g_autoptr(GString) overlay = g_string_new(NULL);
    need_subdomain(maker, route, subdomain, include, overlay);
    if (has_client(maker, route))
        try_subdomain(maker, route, include, is_new ? mail_from : NULL, overlay->str);
}

/* --- the From domain itself --- */

static SpfSurvey *survey_from_domain(const PlanMaker *maker)
{
    const Envelope *envelope = maker->evidence->envelope;
    SpfInput input = {.ip = envelope->client_ip.value,
                      .helo = envelope->helo.value,
                      .mail_from = "",
                      .receiver = envelope->receiver.value,
                      .now_s = maker->evidence->judged_at_s};
    return spf_survey(maker->from_domain, &input, maker->dns);
}

static bool includes(const SpfSurvey *survey, const char *include)
{
    return g_strv_contains((const char *const *)survey->includes, include);
}

/* The record that names the operator; NULL when it does already. Owned. */
static char *record_with(const SpfSurvey *survey, const char *include)
{
    if (includes(survey, include))
        return NULL;
    g_autofree char *term = g_strconcat("include:", include, NULL);
    const SpfRecord *record = survey->record;
    return record && record->text ? proposal_spf_with(record, term) : proposal_spf_new(term);
}

static void try_domain(const PlanMaker *maker, PlanRoute *route, const char *include,
                       const char *mail_from, const ChangePlan *changes)
{
    Rehearsal rehearsal = {.mail_from = mail_from,
                           .overlay = changes ? changes->overlay->str : NULL};
    Rehearsed rehearsed = plan_rehearse(maker, route, &rehearsal);
    bool passes = plan_settle(maker, route, &rehearsed, rehearsed.spf_aligned);
    g_autofree char *lookups = g_strdup_printf("%u", rehearsed.spf_lookups);
    if (changes && rehearsed.spf_lookups > SPF_MAX_LOOKUPS)
        plan_state(maker, route, PLAN_FAILS, REASON_SPF_LOOKUPS, "domain", maker->from_domain,
                   "lookups", lookups, NULL);
    else if (passes)
        plan_note(maker, route, NOTE_SPF_LOOKUPS, "domain", maker->from_domain, "lookups", lookups,
                  NULL);
    else
        say_spf_result(maker, route, include, &rehearsed);
}

/* With what stands in the SPF record of the From domain now. */
static void try_record(const PlanMaker *maker, PlanRoute *route, const SpfSurvey *survey,
                       const char *include, const char *mail_from)
{
    g_autofree char *value = record_with(survey, include);
    ProposedRecord record = {.action = (char *)"change",
                             .name = (char *)maker->from_domain,
                             .type = (char *)"TXT",
                             .value = value};
    ChangePlan *changes = value ? change_plan(&record, maker->dns) : NULL;
    if (value && !changes) {
        plan_state(maker, route, PLAN_CANNOT, REASON_DNS, "name", maker->from_domain, NULL);
        return;
    }
    if (changes)
        plan_changes(plan_need(maker, route, PLAN_CUSTOMER_DNS, NEED_INCLUDE, "domain",
                               maker->from_domain, NULL),
                     changes);
    if (changes && !(survey->record && survey->record->text))
        plan_note(maker, route, NOTE_SPF_FIRST, "domain", maker->from_domain, NULL);
    if (has_client(maker, route))
        try_domain(maker, route, include, mail_from, changes);
    change_plan_free(changes);
}

/* As it stands: what has to be done about it is more than a term. */
static void try_faulty(const PlanMaker *maker, PlanRoute *route, const SpfSurvey *survey,
                       const char *include, const char *mail_from)
{
    if (!has_client(maker, route))
        return;
    try_domain(maker, route, include, mail_from, NULL);
    if (route->state == PLAN_FAILS)
        plan_state(maker, route, PLAN_FAILS, REASON_SPF_FAULTY, "domain", maker->from_domain,
                   "problem", plan_spf_fault(survey), NULL);
}

static void add_domain(PlanMaker *maker)
{
    const char *standing = maker->evidence->alignment->mail_from_domain;
    bool is_new = !standing || !domain_equal(standing, maker->from_domain);
    g_autofree char *local = plan_local_part(maker);
    g_autofree char *mail_from = g_strconcat(local, "@", maker->from_domain, NULL);
    const char *include = include_of(maker);
    PlanRoute *route = plan_route(maker, PLAN_BOUNCE_DOMAIN, TITLE_BOUNCE_DOMAIN, "domain",
                                  maker->from_domain, NULL);
    if (plan_has_null_sender(maker, route))
        return;
    if (is_new) {
        need_mail_from(maker, route, maker->from_domain, mail_from);
        plan_need(maker, route, PLAN_CUSTOMER_MAIL, NEED_RETURN_BOUNCES, "domain",
                  maker->from_domain, "mail-from", mail_from, NULL);
    }
    note_forwarding(maker, route);
    if (!include) {
        plan_state(maker, route, PLAN_CANNOT, REASON_NO_INCLUDE, NULL);
        return;
    }
    SpfSurvey *survey = survey_from_domain(maker);
    if (plan_spf_fault(survey))
        try_faulty(maker, route, survey, include, is_new ? mail_from : NULL);
    else
        try_record(maker, route, survey, include, is_new ? mail_from : NULL);
    spf_survey_free(survey);
}

void plan_prefetch_bounces(const PlanMaker *maker)
{
    dns_prefetch(maker->dns, maker->from_domain, DNS_TXT);
    for (size_t i = 0; i < G_N_ELEMENTS(labels); i++) {
        g_autofree char *name = g_strconcat(labels[i], ".", maker->from_domain, NULL);
        dns_prefetch(maker->dns, name, DNS_MX);
        dns_prefetch(maker->dns, name, DNS_TXT);
    }
}

void plan_add_bounces(PlanMaker *maker)
{
    add_subdomain(maker);
    add_domain(maker);
}
