/* plan_own.c - the route in which the operator stands in From himself, and the customer in
 * Reply-To. */
#include "rules/plan_maker.h"

#include "analyzer/base/domain.h"
#include "rules/proposal.h"

#include <string.h>

enum { NAME_OCTETS = 60 };

/* --- which domain --- */

/* The include is the operator's own, and so is what its organisation has. */
static bool is_of_include(const PlanMaker *maker, const char *domain)
{
    if (!maker->profile->spf_include)
        return false;
    g_autofree char *ours =
        domain_organizational_psl(maker->stage.input->psl, maker->profile->spf_include);
    return ours && domain_is_at_or_below(domain, ours);
}

/* Domains of the list belong to somebody: see plan.h. */
static bool is_operators(const PlanMaker *maker, const SigningDomain *entry)
{
    const char *name = maker->profile->operator_name;
    if (entry->tenant)
        return name && g_ascii_strcasecmp(entry->tenant, name) == 0;
    return is_of_include(maker, entry->domain);
}

static bool is_of_a_tenant(const PlanMaker *maker, const char *domain)
{
    for (size_t i = 0; i < maker->profile->n_domains; i++) {
        const SigningDomain *entry = &maker->profile->domains[i];
        if (!is_operators(maker, entry) && domain_is_at_or_below(domain, entry->domain))
            return true;
    }
    return false;
}

static bool signs_and_passes(const PlanMaker *maker, const char *domain)
{
    const DkimCheck *dkim = maker->evidence->dkim;
    for (size_t i = 0; i < dkim->n; i++)
        if (dkim->signatures[i].result == DKIM_PASS && dkim->signatures[i].domain &&
            domain_equal(dkim->signatures[i].domain, domain))
            return true;
    return false;
}

/* How much a domain of the operator has to do with this message. */
static unsigned closeness(const PlanMaker *maker, const SigningDomain *entry)
{
    const char *mail_from = maker->evidence->alignment->mail_from_domain;
    bool bounces = mail_from && (domain_is_at_or_below(mail_from, entry->domain) ||
                                 domain_is_at_or_below(entry->domain, mail_from));
    return 1u + (entry->active ? 8u : 0) + (signs_and_passes(maker, entry->domain) ? 4u : 0) +
           (bounces ? 2u : 0);
}

/* The operator sends its own mail: there is no customer to reply to. */
static bool sends_for_itself(const PlanMaker *maker)
{
    const SigningDomain *entry = profile_find(maker->profile, maker->from_domain);
    return entry && is_operators(maker, entry);
}

const char *plan_own_domain(const PlanMaker *maker, const SigningDomain **entry)
{
    unsigned best = 0;
    *entry = NULL;
    for (size_t i = 0; i < maker->profile->n_domains; i++) {
        const SigningDomain *candidate = &maker->profile->domains[i];
        if (!is_operators(maker, candidate) || plan_related(maker, candidate->domain) ||
            closeness(maker, candidate) <= best)
            continue;
        best = closeness(maker, candidate);
        *entry = candidate;
    }
    if (*entry)
        return (*entry)->domain;
    const char *mail_from = maker->evidence->alignment->mail_from_domain;
    bool his = mail_from && is_of_include(maker, mail_from) && !plan_related(maker, mail_from) &&
               !is_of_a_tenant(maker, mail_from);
    return his ? mail_from : plan_evident_sender(maker);
}

/* --- the fields --- */

static bool is_plain_name(const char *name)
{
    size_t n = name ? strlen(name) : 0;
    for (size_t i = 0; i < n; i++)
        if (!g_ascii_isprint(name[i]) || name[i] == '"' || name[i] == '\\')
            return false;
    return n > 0 && n <= NAME_OCTETS;
}

/* `"Customer via Operator" <noreply@operator.example>`; names that would have to be encoded are
 * left out of the rehearsal. Owned. */
static char *from_value(const PlanMaker *maker, const char *own)
{
    const AddressList *from = &maker->evidence->mime->from;
    const char *customer = from->n > 0 ? from->items[0].name : NULL;
    const char *operator_name = maker->profile->operator_name;
    if (!is_plain_name(customer))
        return g_strconcat("noreply@", own, NULL);
    return g_strdup_printf("\"%s via %s\" <noreply@%s>", customer,
                           is_plain_name(operator_name) ? operator_name : own, own);
}

static char *reply_to_shown(const PlanMaker *maker)
{
    const Mime *mime = maker->evidence->mime;
    const AddressList *list = mime->reply_to.n > 0 ? &mime->reply_to : &mime->from;
    return list->n > 0 ? bytes_escape(span_str(list->items[0].addr_spec)) : g_strdup("-");
}

/* --- what it takes --- */

static void need_own_key(const PlanMaker *maker, PlanRoute *route, const SigningDomain *entry)
{
    g_autofree char *name = g_strconcat(entry->selector, "._domainkey.", entry->domain, NULL);
    KeyRecord *standing = NULL;
    KeyPublication publication =
        publication_check(dns_ask(maker->dns, name, DNS_TXT), entry->key, &standing);
    key_record_free(standing);
    if (publication == PUBLICATION_VALID || publication == PUBLICATION_UNCOMPARED)
        return;
    g_autofree char *value = proposal_key(entry);
    ProposedRecord record = {
        .action = (char *)"add", .name = name, .type = (char *)"TXT", .value = value};
    ChangePlan *changes = value ? change_plan(&record, maker->dns) : NULL;
    if (changes)
        plan_changes(
            plan_need(maker, route, PLAN_OPERATOR, NEED_PUBLISH_OWN, "own", entry->domain, NULL),
            changes);
    else
        plan_record_to_come(plan_need(maker, route, PLAN_OPERATOR, NEED_PUBLISH_OWN_TO_COME, "own",
                                      entry->domain, NULL),
                            name, "TXT", NULL);
    change_plan_free(changes);
}

static void need_own_signature(const PlanMaker *maker, PlanRoute *route, const SigningDomain *entry)
{
    if (!entry->active)
        plan_need(maker, route, PLAN_OPERATOR, NEED_ACTIVATE, "signing-domain", entry->domain,
                  "selector", entry->selector, NULL);
    if (!signs_and_passes(maker, entry->domain))
        plan_need(maker, route, PLAN_OPERATOR, NEED_SIGN_OWN, "own", entry->domain, "selector",
                  entry->selector, NULL);
    need_own_key(maker, route, entry);
}

/* A message that is changed on its way is not signed in the rehearsal: SPF alone has to do. */
static void try_own_from(const PlanMaker *maker, PlanRoute *route, const SigningDomain *entry,
                         const char *from)
{
    bool sign = entry && !maker->changed;
    g_autofree char *reply_to = field_unfolded(source_field(maker->evidence->source, "from", 0));
    g_autoptr(GString) overlay = g_string_new(NULL);
    if (sign) {
        g_autofree char *name = g_strconcat(entry->selector, "._domainkey.", entry->domain, NULL);
        g_autofree char *record = rehearse_record();
        rehearse_lay_text(overlay, name, record);
    }
    Rehearsal rehearsal = {.from = from,
                           .reply_to = reply_to,
                           .domain = entry ? entry->domain : NULL,
                           .selector = entry ? entry->selector : NULL,
                           .sign = sign,
                           .overlay = sign ? overlay->str : NULL};
    Rehearsed rehearsed = plan_rehearse(maker, route, &rehearsal);
    bool aligned = rehearsed.spf_aligned || rehearsed.dkim_aligned;
    if (plan_settle(maker, route, &rehearsed, aligned) || !maker->changed)
        return;
    g_autofree char *number =
        g_strdup_printf("%zu", (size_t)(maker->changed - maker->evidence->dkim->signatures) + 1);
    plan_state(maker, route, PLAN_CANNOT, REASON_CHANGED, "number", number, NULL);
}

void plan_add_own_from(PlanMaker *maker)
{
    const SigningDomain *entry;
    const char *own = plan_own_domain(maker, &entry);
    if (sends_for_itself(maker))
        return;
    PlanRoute *route = plan_route(maker, PLAN_OWN_FROM, TITLE_OWN_FROM, NULL);
    if (!own) {
        plan_need(maker, route, PLAN_OPERATOR, NEED_OWN_DOMAIN, NULL);
        plan_state(maker, route, PLAN_CANNOT, REASON_NO_OWN_DOMAIN, NULL);
        return;
    }
    g_autofree char *from = from_value(maker, own);
    g_autofree char *shown = bytes_escape(span_str(from));
    g_autofree char *reply_to = reply_to_shown(maker);
    plan_need(maker, route, PLAN_APPLICATION, NEED_OWN_FROM, "from", shown, "reply-to", reply_to,
              NULL);
    if (entry)
        need_own_signature(maker, route, entry);
    plan_note(maker, route, NOTE_OTHER_SENDER, "own", own, NULL);
    try_own_from(maker, route, entry, from);
}
