/* plan_key.c - the routes that sign for the From domain: with the key in its DNS, or behind an
 * alias. */
#include "rules/plan_maker.h"

#include "analyzer/base/domain.h"
#include "rules/proposal.h"

#include <string.h>

/* As it is written where the operator has not chosen one yet, and as it is tried. */
static const char SELECTOR_TO_COME[] = "SELECTOR", SELECTOR_TRIED[] = "selector";

/* What is known of signing for the From domain. */
typedef struct Signing {
    const char *domain;           /* d= to be */
    const SigningDomain *entry;   /* NULL: not in the profile */
    const DkimSignature *present; /* of the entry, on the message; NULL: none */
    bool made_with_entry;         /* by its key, as far as can be told */
    char *key_name, *shown_name;  /* tried, written: they differ while the selector is to come */
    const DnsAnswer *answer;
    KeyPublication publication;
    bool dns_suffices; /* the message is signed with the configured key: its record is all it takes
                        */
} Signing;

/* --- what there is --- */

static const DkimSignature *passing(const PlanMaker *maker)
{
    const Evidence *evidence = maker->evidence;
    for (size_t i = 0; i < signature_count(evidence); i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        if (signature->result == DKIM_PASS && signature_aligned(evidence, signature))
            return signature;
    }
    return NULL;
}

static bool passes_through_alias(const DkimSignature *signature)
{
    return signature->key_answer && signature->key_answer->cnames[0];
}

static const SigningDomainCheck *check_of(const PlanMaker *maker, const char *domain)
{
    const Alignment *alignment = maker->evidence->alignment;
    const SigningDomainCheck *best = NULL;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        const SigningDomainCheck *check = &alignment->checks[i];
        if (!domain_equal(check->configured->domain, domain))
            continue;
        unsigned rank = (check->configured->active ? 2u : 0) + (check->used.has_signature ? 1u : 0);
        unsigned best_rank =
            best ? (best->configured->active ? 2u : 0) + (best->used.has_signature ? 1u : 0) : 0;
        if (!best || rank > best_rank)
            best = check;
    }
    return best;
}

static bool is_strict(const PlanMaker *maker)
{
    const DmarcRecord *record = maker->evidence->dmarc->rfc9989.record;
    return record && record->strict_dkim;
}

/* Of the From domain; or of one above it that is aligned with it. */
static const SigningDomain *entry_for(const PlanMaker *maker)
{
    const SigningDomain *entry = profile_find(maker->profile, maker->from_domain);
    const char *above = domain_parent(maker->from_domain);
    for (; above && !entry && !is_strict(maker); above = domain_parent(above))
        if (plan_related(maker, above))
            entry = profile_find(maker->profile, above);
    return entry;
}

/* A signature with the key that DNS has, and that does not pass all the same, has to be made anew.
 */
static bool needs_dns_only(const Signing *signing)
{
    const SigningDomain *entry = signing->entry;
    return entry && entry->key && signing->present && signing->made_with_entry &&
           (signing->publication != PUBLICATION_VALID || signing->present->result == DKIM_PASS);
}

static Signing signing_of(const PlanMaker *maker)
{
    Signing signing = {.entry = entry_for(maker)};
    const SigningDomainCheck *check = signing.entry ? check_of(maker, signing.entry->domain) : NULL;
    if (check)
        signing.entry = check->configured;
    signing.domain = signing.entry ? signing.entry->domain : maker->from_domain;
    if (check && check->used.has_signature) {
        signing.present = &maker->evidence->dkim->signatures[check->used.signature];
        signing.made_with_entry = check->used.signed_with_configured_key;
    }
    const char *selector = signing.entry ? signing.entry->selector : SELECTOR_TRIED;
    signing.key_name = g_strconcat(selector, "._domainkey.", signing.domain, NULL);
    signing.shown_name = signing.entry
                             ? g_strdup(signing.key_name)
                             : g_strconcat(SELECTOR_TO_COME, "._domainkey.", signing.domain, NULL);
    if (signing.entry) {
        KeyRecord *record = NULL;
        signing.answer = dns_ask(maker->dns, signing.key_name, DNS_TXT);
        signing.publication = publication_check(signing.answer, signing.entry->key, &record);
        key_record_free(record);
    } else {
        signing.publication = PUBLICATION_MISSING;
    }
    signing.dns_suffices = needs_dns_only(&signing);
    return signing;
}

static void signing_clear(Signing *signing)
{
    g_free(signing->key_name);
    g_free(signing->shown_name);
}

static const char *selector_tried(const Signing *signing)
{
    return signing->entry ? signing->entry->selector : SELECTOR_TRIED;
}

static bool is_published(const Signing *signing)
{
    return signing->publication == PUBLICATION_VALID ||
           signing->publication == PUBLICATION_UNCOMPARED;
}

/* --- what it takes --- */

static void say_mend(const PlanMaker *maker, PlanRoute *route, const DkimSignature *signature)
{
    g_autofree char *number =
        g_strdup_printf("%zu", (size_t)(signature - maker->evidence->dkim->signatures) + 1);
    plan_need(maker, route, PLAN_OPERATOR, NEED_MEND_SIGNATURE, "number", number, "result",
              dkim_result_name(signature->result), NULL);
}

/* Until the message is signed with the right key. */
static void needs_of_operator(const PlanMaker *maker, PlanRoute *route, const Signing *signing)
{
    const SigningDomain *entry = signing->entry;
    if (!entry) {
        plan_need(maker, route, PLAN_OPERATOR, NEED_MAKE_KEY, "domain", signing->domain, "selector",
                  SELECTOR_TO_COME, NULL);
        return;
    }
    const char *domain = entry->domain, *selector = entry->selector;
    if (!entry->active)
        plan_need(maker, route, PLAN_OPERATOR, NEED_ACTIVATE, "signing-domain", domain, "selector",
                  selector, NULL);
    else if (!signing->present)
        plan_need(maker, route, PLAN_OPERATOR, NEED_SIGN, "signing-domain", domain, "selector",
                  selector, NULL);
    if (!signing->present || !is_published(signing) || maker->changed)
        return;
    if (signing->present->header == DKIM_HEADER_KEY_OR_VALUE && !signing->made_with_entry)
        plan_need(maker, route, PLAN_OPERATOR, NEED_SIGN_RIGHT_KEY, "signing-domain", domain,
                  "selector", selector, NULL);
    else if (signing->present->result != DKIM_PASS)
        say_mend(maker, route, signing->present);
}

/* The record as changes in DNS; NULL when it is not known, or DNS does not tell what stands there.
 */
static ChangePlan *key_changes(const PlanMaker *maker, const Signing *signing)
{
    g_autofree char *value = proposal_key(signing->entry);
    if (!value)
        return NULL;
    ProposedRecord record = {
        .action = (char *)"add", .name = signing->key_name, .type = (char *)"TXT", .value = value};
    return change_plan(&record, maker->dns);
}

static void need_publication(const PlanMaker *maker, PlanRoute *route, const Signing *signing,
                             const ChangePlan *changes)
{
    if (is_published(signing) || signing->publication == PUBLICATION_UNKNOWN)
        return;
    if (changes)
        plan_changes(plan_need(maker, route, PLAN_CUSTOMER_DNS, NEED_PUBLISH_KEY, NULL), changes);
    else
        plan_record_to_come(
            plan_need(maker, route, PLAN_CUSTOMER_DNS, NEED_PUBLISH_KEY_TO_COME, NULL),
            signing->shown_name, "TXT", NULL);
}

/* --- what comes of it --- */

/* Whether a rehearsal would promise what cannot be known; the route is told why. */
static bool is_out_of_sight(const PlanMaker *maker, PlanRoute *route, const Signing *signing)
{
    if (maker->changed) {
        g_autofree char *number = g_strdup_printf(
            "%zu", (size_t)(maker->changed - maker->evidence->dkim->signatures) + 1);
        plan_state(maker, route, PLAN_CANNOT, REASON_CHANGED, "number", number, NULL);
        return true;
    }
    if (signing->publication == PUBLICATION_UNKNOWN) {
        plan_state(maker, route, PLAN_CANNOT, REASON_DNS, "name", signing->key_name, NULL);
        return true;
    }
    return false;
}

static void try_signing(const PlanMaker *maker, PlanRoute *route, const Signing *signing,
                        const char *overlay)
{
    Rehearsal rehearsal = {.domain = signing->domain,
                           .selector = selector_tried(signing),
                           .sign = !signing->dns_suffices,
                           .overlay = overlay};
    Rehearsed rehearsed = plan_rehearse(maker, route, &rehearsal);
    plan_settle(maker, route, &rehearsed, rehearsed.dkim_aligned);
}

/* The record that the rehearsal finds in DNS. */
static char *record_tried(const Signing *signing)
{
    return signing->dns_suffices ? proposal_key(signing->entry) : rehearse_record();
}

static void add_key(PlanMaker *maker, const Signing *signing)
{
    PlanRoute *route = plan_route(maker, PLAN_KEY, TITLE_KEY, "domain", signing->domain, NULL);
    ChangePlan *changes = signing->entry ? key_changes(maker, signing) : NULL;
    needs_of_operator(maker, route, signing);
    need_publication(maker, route, signing, changes);
    if (!is_out_of_sight(maker, route, signing)) {
        g_autofree char *record = record_tried(signing);
        g_autoptr(GString) overlay = g_string_new(NULL);
        rehearse_lay_text(overlay, signing->key_name, record);
        try_signing(maker, route, signing, overlay->str);
    }
    change_plan_free(changes);
}

/* --- behind an alias --- */

/* The name of the key with key-host behind it: no two keys share a target, whatever dots there are
 * in selectors and domains. NULL when it is longer than a name may be. */
static char *target_of(const PlanMaker *maker, const char *key_name)
{
    g_autofree char *name = g_strconcat(key_name, ".", maker->profile->key_host, NULL);
    g_autofree char *normal = domain_normal(span_str(name));
    return normal ? g_steal_pointer(&name) : NULL;
}

static void remove_what_stands(PlanNeed *need, const Signing *signing)
{
    const DnsAnswer *answer = signing->answer;
    if (answer->status != DNS_OK || answer->wildcard || answer->cnames[0])
        return;
    for (size_t i = 0; i < answer->n; i++) {
        g_autofree char *text =
            bytes_escape(span_of(answer->records[i].text, answer->records[i].text_n));
        plan_record(need, "remove", signing->key_name, "TXT", text);
    }
}

static void need_alias(const PlanMaker *maker, PlanRoute *route, const Signing *signing,
                       const char *target)
{
    const DnsAnswer *answer = signing->answer;
    const char *standing = answer && !answer->wildcard ? answer->cnames[0] : NULL;
    if (g_strcmp0(standing, target) == 0)
        return;
    PlanNeed *need = plan_need(maker, route, PLAN_CUSTOMER_DNS, NEED_ALIAS, NULL);
    if (!signing->entry) {
        plan_record_to_come(need, signing->shown_name, "CNAME", target);
        return;
    }
    remove_what_stands(need, signing);
    plan_record(need, standing ? "change" : "add", signing->key_name, "CNAME", target);
    if (standing)
        need->records[need->n_records - 1].was = bytes_escape(span_str(standing));
}

/* In the operator's own DNS. */
static void need_key_at_target(const PlanMaker *maker, PlanRoute *route, const Signing *signing,
                               const char *target)
{
    g_autofree char *value = proposal_key(signing->entry);
    KeyRecord *standing = NULL;
    KeyPublication there = PUBLICATION_MISSING;
    if (signing->entry)
        there =
            publication_check(dns_ask(maker->dns, target, DNS_TXT), signing->entry->key, &standing);
    key_record_free(standing);
    if (there == PUBLICATION_VALID || there == PUBLICATION_UNCOMPARED)
        return;
    PlanNeed *need = plan_need(maker, route, PLAN_OPERATOR, NEED_KEEP_KEY, "target", target, NULL);
    if (value)
        plan_record(need, "add", target, "TXT", value);
    else
        plan_record_to_come(need, target, "TXT", NULL);
}

static void try_alias(const PlanMaker *maker, PlanRoute *route, const Signing *signing)
{
    g_autofree char *target = target_of(maker, signing->key_name);
    g_autofree char *record = record_tried(signing);
    g_autoptr(GString) overlay = g_string_new(NULL);
    g_string_append_printf(overlay, "%s. CNAME %s.\n", signing->key_name, target);
    rehearse_lay_text(overlay, target, record);
    try_signing(maker, route, signing, overlay->str);
}

/* Without key-host there is nowhere to point to. */
static void ask_for_key_host(PlanMaker *maker, PlanRoute *route)
{
    const SigningDomain *entry;
    const char *own = plan_own_domain(maker, &entry);
    g_autofree char *example = g_strconcat("dkim.", own ? own : "example.com", NULL);
    plan_need(maker, route, PLAN_OPERATOR, NEED_KEY_HOST, "example", example, NULL);
    plan_state(maker, route, PLAN_CANNOT, REASON_NO_KEY_HOST, NULL);
}

static void add_alias(PlanMaker *maker, const Signing *signing)
{
    PlanRoute *route = plan_route(maker, PLAN_ALIAS, TITLE_ALIAS, "domain", signing->domain, NULL);
    plan_note(maker, route, NOTE_ROTATION, NULL);
    if (!maker->profile->key_host) {
        ask_for_key_host(maker, route);
        return;
    }
    g_autofree char *target = target_of(maker, signing->shown_name);
    if (!target) {
        plan_state(maker, route, PLAN_CANNOT, REASON_NAME_TOO_LONG, "key-host",
                   maker->profile->key_host, NULL);
        return;
    }
    needs_of_operator(maker, route, signing);
    need_key_at_target(maker, route, signing, target);
    need_alias(maker, route, signing, target);
    if (!is_out_of_sight(maker, route, signing))
        try_alias(maker, route, signing);
}

/* --- both --- */

static void add_in_place(PlanMaker *maker, const DkimSignature *signature)
{
    bool alias = passes_through_alias(signature);
    PlanRoute *route =
        plan_route(maker, alias ? PLAN_ALIAS : PLAN_KEY, alias ? TITLE_ALIAS : TITLE_KEY, "domain",
                   signature->domain, NULL);
    g_autofree char *number =
        g_strdup_printf("%zu", (size_t)(signature - maker->evidence->dkim->signatures) + 1);
    plan_state(maker, route, PLAN_IN_PLACE, REASON_IN_PLACE, "number", number, "signing-domain",
               signature->domain, "selector", signature->selector, NULL);
}

void plan_add_signing(PlanMaker *maker)
{
    const DkimSignature *signature = passing(maker);
    Signing signing = signing_of(maker);
    if (signature)
        add_in_place(maker, signature);
    else
        add_key(maker, &signing);
    if (!signature || !passes_through_alias(signature))
        add_alias(maker, &signing);
    signing_clear(&signing);
}
