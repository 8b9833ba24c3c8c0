#include "rules/plan.h"

#include "analyzer/base/domain.h"
#include "rules/plan_maker.h"

#include <stdlib.h>
#include <string.h>

const char *plan_route_name(PlanRouteId id)
{
    static const char *const names[] = {
        [PLAN_KEY] = "key",
        [PLAN_ALIAS] = "alias",
        [PLAN_BOUNCE_SUBDOMAIN] = "bounce-subdomain",
        [PLAN_BOUNCE_DOMAIN] = "bounce-domain",
        [PLAN_OWN_FROM] = "own-from",
        [PLAN_OWN_SERVER] = "own-server",
    };
    g_return_val_if_fail(id < PLAN_ROUTES, "");
    return names[id];
}

const char *plan_state_name(PlanState state)
{
    static const char *const names[] = {
        [PLAN_IN_PLACE] = "in-place",
        [PLAN_PASSES] = "passes",
        [PLAN_FAILS] = "does-not-pass",
        [PLAN_CANNOT] = "cannot-be-rehearsed",
    };
    g_return_val_if_fail(state <= PLAN_CANNOT, "");
    return names[state];
}

const char *plan_who_name(PlanWho who)
{
    static const char *const names[] = {
        [PLAN_OPERATOR] = "operator",
        [PLAN_APPLICATION] = "application",
        [PLAN_CUSTOMER_DNS] = "customer-dns",
        [PLAN_CUSTOMER_MAIL] = "customer-mail",
    };
    g_return_val_if_fail(who <= PLAN_CUSTOMER_MAIL, "");
    return names[who];
}

/* --- was it changed on its way --- */

static bool shows_change(const Evidence *evidence, const DkimSignature *signature)
{
    return (signature->body == DKIM_BODY_DIFFERS || signature->header == DKIM_HEADER_CHANGED) &&
           !signature_passed_on_receipt(evidence, signature);
}

/* One of the same signer, or made before it, that verifies: then it is that signature which is
 * wrong, or which is too easily broken. */
static bool is_contradicted(const Evidence *evidence, size_t index)
{
    const DkimCheck *dkim = evidence->dkim;
    for (size_t i = 0; i < signature_count(evidence); i++)
        if (dkim->signatures[i].crypto_pass &&
            (i > index ||
             g_strcmp0(dkim->signatures[i].domain, dkim->signatures[index].domain) == 0))
            return true;
    return false;
}

static const DkimSignature *changed_signature(const Evidence *evidence)
{
    for (size_t i = 0; i < signature_count(evidence); i++)
        if (shows_change(evidence, &evidence->dkim->signatures[i]) && !is_contradicted(evidence, i))
            return &evidence->dkim->signatures[i];
    return NULL;
}

/* --- is there something to plan --- */

/* Of SPF's identity as DMARC sees it; by the organisation when SPF could not be evaluated. */
static bool mail_from_is_aligned(const PlanMaker *maker)
{
    const Evidence *evidence = maker->evidence;
    const char *domain = evidence->alignment->mail_from_domain;
    const DmarcCheck *dmarc = evidence->dmarc;
    if (!domain)
        return true;
    for (size_t i = 0; i < dmarc->n_identifiers; i++)
        if (!dmarc->identifiers[i].is_dkim)
            return dmarc->identifiers[i].aligned;
    const DmarcRecord *record = dmarc->rfc9989.record;
    return record && record->strict_spf ? domain_equal(domain, maker->from_domain)
                                        : plan_related(maker, domain);
}

/* By his servers, or with his Mail-from. */
static bool is_sent_by_operator(const PlanMaker *maker)
{
    const Evidence *evidence = maker->evidence;
    const Profile *profile = maker->profile;
    const char *mail_from = evidence->alignment->mail_from_domain;
    if (profile_is_own_host(profile, evidence->envelope->client_ip.value,
                            evidence->iprev->confirmed) ||
        evidence->alignment->mail_from_configured)
        return true;
    g_autofree char *organization =
        profile->spf_include
            ? domain_organizational_psl(maker->stage.input->psl, profile->spf_include)
            : NULL;
    return mail_from && organization && domain_is_at_or_below(mail_from, organization);
}

/* Its sender signed it for the From domain, and then somebody else put his Mail-from on it and
 * changed it: no other way of sending helps against that. */
static bool is_taken_over(const PlanMaker *maker)
{
    return maker->changed && signature_aligned(maker->evidence, maker->changed) &&
           !mail_from_is_aligned(maker) && !is_sent_by_operator(maker);
}

/* Where something passes, a plan is the operator's concern only: a forwarder's Mail-from asks for
 * none. */
static bool is_plannable(const PlanMaker *maker)
{
    const Evidence *evidence = maker->evidence;
    const Alignment *alignment = evidence->alignment;
    if (!alignment->from_domain || !header_found(evidence) ||
        evidence->dmarc->rfc9989.result == DMARC_TEMPERROR)
        return false;
    if (alignment->spf_aligned || alignment->dkim_aligned)
        return !mail_from_is_aligned(maker) && is_sent_by_operator(maker);
    return (!alignment_open(evidence) || !mail_from_is_aligned(maker)) && !is_taken_over(maker);
}

/* --- order and choice --- */

/* Records to change are dearer than records to add, and a mail server than both. */
static unsigned customer_work(const PlanRoute *route)
{
    unsigned work = 0;
    for (size_t i = 0; i < route->n_needs; i++) {
        const PlanNeed *need = &route->needs[i];
        if (need->who == PLAN_CUSTOMER_MAIL)
            work += 4;
        for (size_t j = 0; need->who == PLAN_CUSTOMER_DNS && j < need->n_records; j++)
            work += strcmp(need->records[j].action, "add") == 0 ? 1 : 2;
    }
    return work;
}

static int by_state_and_work(const void *a, const void *b)
{
    const PlanRoute *x = a, *y = b;
    if (x->state != y->state)
        return x->state < y->state ? -1 : 1;
    unsigned p = customer_work(x), q = customer_work(y);
    if (x->state == PLAN_PASSES && p != q)
        return p < q ? -1 : 1;
    return x->id < y->id ? -1 : 1;
}

static const PlanRoute *passing_route(const AlignmentPlan *plan, PlanRouteId id)
{
    for (size_t i = 0; i < plan->n; i++)
        if (plan->routes[i].id == id && plan->routes[i].state == PLAN_PASSES)
            return &plan->routes[i];
    return NULL;
}

/* What recipients know is kept when it can be; a signature lasts longer than SPF; and the customer
 * is asked no more than is needed. */
static const PlanRoute *best_route(const AlignmentPlan *plan)
{
    static const PlanRouteId order[] = {PLAN_ALIAS,         PLAN_KEY,      PLAN_BOUNCE_SUBDOMAIN,
                                        PLAN_BOUNCE_DOMAIN, PLAN_OWN_FROM, PLAN_OWN_SERVER};
    const PlanRoute *key = passing_route(plan, PLAN_KEY);
    if (key && customer_work(key) == 0)
        return key;
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (passing_route(plan, order[i]))
            return passing_route(plan, order[i]);
    return NULL;
}

static PlanTextId why(const AlignmentPlan *plan)
{
    size_t passing = 0;
    for (size_t i = 0; i < plan->n; i++)
        passing += plan->routes[i].state == PLAN_PASSES;
    if (passing == 1)
        return WHY_ONLY;
    if (plan->recommended->dkim_aligned && plan->recommended->id <= PLAN_ALIAS)
        return WHY_LASTING;
    return plan->recommended->id == PLAN_OWN_FROM ? WHY_NO_CUSTOMER : WHY_KEEPS_FROM;
}

static void recommend(const PlanMaker *maker)
{
    AlignmentPlan *plan = maker->plan;
    plan->recommended = plan->needed ? best_route(plan) : NULL;
    if (!plan->recommended)
        return;
    plan->why.id = why(plan);
    for (Language language = 0; language < LANGUAGES; language++)
        plan->why.text[language] = plan_text(maker->texts, plan->why.id, language, NULL);
}

/* --- the plan --- */

static void add_routes(PlanMaker *maker)
{
    plan_prefetch_bounces(maker);
    plan_prefetch_own_server(maker);
    plan_add_signing(maker);
    plan_add_bounces(maker);
    plan_add_own_from(maker);
    plan_add_own_server(maker);
    AlignmentPlan *plan = maker->plan;
    qsort(plan->routes, plan->n, sizeof(PlanRoute), by_state_and_work);
    recommend(maker);
}

AlignmentPlan *plan_make(const EvidenceInput *input, const Evidence *evidence,
                         const Judgement *judgement, const Catalogue *catalogue,
                         const PlanTexts *texts)
{
    const Alignment *alignment = evidence->alignment;
    PlanMaker maker = {.stage = {input, evidence, catalogue},
                       .evidence = evidence,
                       .profile = input->profile,
                       .texts = texts,
                       .from_domain = alignment->from_domain,
                       .changed = changed_signature(evidence)};
    if (!is_plannable(&maker))
        return NULL;
    AlignmentPlan *plan = g_new0(AlignmentPlan, 1);
    plan->from_domain = g_strdup(alignment->from_domain);
    plan->mail_from_domain = g_strdup(alignment->mail_from_domain);
    plan->spf_aligned = alignment->spf_aligned;
    plan->dkim_aligned = alignment->dkim_aligned;
    plan->needed = !plan->spf_aligned && !plan->dkim_aligned;
    plan->before = remedy_state(evidence, judgement);
    maker.plan = plan;
    maker.dns = dns_session_simulate(input->dns);
    add_routes(&maker);
    dns_session_free(maker.dns);
    return plan;
}

/* --- freeing --- */

static void line_clear(PlanLine *line)
{
    for (size_t language = 0; language < LANGUAGES; language++)
        g_free(line->text[language]);
}

static void need_clear(PlanNeed *need)
{
    line_clear(&need->what);
    for (size_t i = 0; i < need->n_records; i++) {
        g_free(need->records[i].name);
        g_free(need->records[i].value);
        g_free(need->records[i].was);
    }
    g_free(need->records);
}

static void route_clear(PlanRoute *route)
{
    line_clear(&route->title);
    line_clear(&route->reason);
    for (size_t i = 0; i < route->n_needs; i++)
        need_clear(&route->needs[i]);
    for (size_t i = 0; i < route->n_notes; i++)
        line_clear(&route->notes[i]);
    g_free(route->needs);
    g_free(route->notes);
    g_free(route->sending.mail_from);
    g_free(route->sending.client_ip);
    g_free(route->sending.helo);
    g_free(route->sending.from);
    g_free(route->sending.reply_to);
    g_free(route->sending.signed_as);
}

void plan_free(AlignmentPlan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->n; i++)
        route_clear(&plan->routes[i]);
    line_clear(&plan->why);
    g_free(plan->from_domain);
    g_free(plan->mail_from_domain);
    g_free(plan);
}
