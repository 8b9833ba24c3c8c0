/* dmarc.c - the verdict: policy discovery, alignment and outcome by RFC 9989, and by RFC 7489
 * beside it. */
#include "analyzer/auth/dmarc_internal.h"

#include <string.h>

/* Distinct domains whose Organizational Domain is looked for; a message has a handful. */
enum { MAX_WALKS = 16 };

/* How one of the two standards relates an identifier to the author domain. */
typedef struct Relation {
    bool aligned;
    bool open; /* passed, and DNS trouble hides whether it is aligned */
} Relation;

static const unsigned BROKEN_POLICY_7489 = DMARC_DEFECT_BAD_P | DMARC_DEFECT_BAD_SP;

static DmarcPolicy one_level_below(DmarcPolicy policy)
{
    switch (policy) {
    case DMARC_POLICY_REJECT:
        return DMARC_POLICY_QUARANTINE;
    case DMARC_POLICY_QUARANTINE:
        return DMARC_POLICY_NONE;
    default:
        return policy;
    }
}

static bool mode_is_strict(const DmarcRecord *record, const DmarcIdentifier *id)
{
    return record != NULL && (id->is_dkim ? record->strict_dkim : record->strict_spf);
}

/* Names that share no label on the right have no Organizational Domain in common. */
static bool may_be_related(const char *a, const char *b)
{
    const char *top_a = strrchr(a, '.'), *top_b = strrchr(b, '.');
    return strcmp(top_a != NULL ? top_a + 1 : a, top_b != NULL ? top_b + 1 : b) == 0;
}

/* The record of the walk at that domain, or NULL. */
static const DmarcRecord *record_at(const DmarcWalk *walk, const char *domain)
{
    for (size_t i = 0; i < walk->n; i++)
        if (domain_equal(walk->queries[i].domain, domain))
            return walk->queries[i].record;
    return NULL;
}

/* RFC 9989 §4.10.1: the record of the author domain, of its Organizational Domain, of its public
 * suffix. */
static const DmarcRecord *discover_9989(const DmarcWalk *walk, bool *open)
{
    *open = dmarc_answer_is_open(walk->queries[0].answer);
    if (*open || walk->queries[0].record != NULL)
        return walk->queries[0].record;
    *open = walk->temporary;
    if (*open)
        return NULL;
    const DmarcRecord *record = record_at(walk, walk->organizational_domain);
    for (size_t i = 0; i < walk->n && record == NULL; i++)
        record = walk->queries[i].record;
    return record;
}

/* §4.10.1: p for the domain itself; below it np when the author domain does not exist, else sp; p
 * without them. */
static void choose_policy_9989(DmarcCheck *check, DmarcVerdict *verdict, DnsSession *dns)
{
    const DmarcRecord *record = verdict->record;
    verdict->policy = record->p;
    verdict->policy_tag = "p";
    if ((record->defects & DMARC_DEFECT_TREATED_AS_NONE) != 0) {
        verdict->policy = DMARC_POLICY_NONE;
    } else if (!domain_equal(record->domain, check->author_domain)) {
        /* §3.2.14 with RFC 8020: NXDOMAIN, for whatever type. */
        if (record->np != DMARC_POLICY_ABSENT)
            check->author_domain_missing =
                dns_ask(dns, check->author_domain, DNS_A)->status == DNS_NXDOMAIN;
        if (check->author_domain_missing && record->np != DMARC_POLICY_ABSENT) {
            verdict->policy = record->np;
            verdict->policy_tag = "np";
        } else if (record->sp != DMARC_POLICY_ABSENT) {
            verdict->policy = record->sp;
            verdict->policy_tag = "sp";
        }
    }
    verdict->applied = record->testing ? one_level_below(verdict->policy) : verdict->policy;
}

/* RFC 7489 §6.6.3: no np, no t, and pct=0 asks for one level less (§6.6.4). */
static void choose_policy_7489(const DmarcCheck *check, DmarcVerdict *verdict)
{
    const DmarcRecord *record = verdict->record;
    verdict->policy = record->p;
    verdict->policy_tag = "p";
    if ((record->defects & BROKEN_POLICY_7489) != 0) {
        verdict->policy = DMARC_POLICY_NONE;
    } else if (!domain_equal(record->domain, check->author_domain) &&
               record->sp != DMARC_POLICY_ABSENT) {
        verdict->policy = record->sp;
        verdict->policy_tag = "sp";
    }
    verdict->applied = record->pct == 0 ? one_level_below(verdict->policy) : verdict->policy;
}

/* RFC 9989 §5.3.5: pass with one aligned pass; no failure while a temporary error leaves that open.
 */
static void settle(const DmarcCheck *check, const Relation *relations, DmarcVerdict *verdict)
{
    bool open = false;
    for (size_t i = 0; i < check->n_identifiers; i++) {
        const DmarcIdentifier *id = &check->identifiers[i];
        if (relations[i].aligned && id->passed)
            *(id->is_dkim ? &verdict->dkim_aligned : &verdict->spf_aligned) = true;
        open = open || relations[i].open || (relations[i].aligned && id->temporary);
    }
    if (verdict->record == NULL)
        return;
    if (verdict->spf_aligned || verdict->dkim_aligned)
        verdict->result = DMARC_PASS;
    else
        verdict->result = open ? DMARC_TEMPERROR : DMARC_FAIL;
}

/* The walks of the identifiers' domains; a domain is walked once. */
static GHashTable *walk_identifiers(const DmarcCheck *check, DnsSession *dns)
{
    GHashTable *walks =
        g_hash_table_new_full(g_str_hash, g_str_equal, NULL, (GDestroyNotify)dmarc_walk_free);
    for (size_t i = 0; i < check->n_identifiers; i++) {
        const char *domain = check->identifiers[i].domain;
        if (domain_equal(domain, check->author_domain) || g_hash_table_contains(walks, domain) ||
            g_hash_table_size(walks) >= MAX_WALKS)
            continue;
        g_hash_table_insert(walks, (gpointer)domain, dmarc_walk(domain, dns));
    }
    return walks;
}

/* RFC 9989 §4.4: equal names, or in relaxed mode equal Organizational Domains. */
static Relation relate_9989(const DmarcCheck *check, const DmarcRecord *record,
                            const DmarcWalk *walk, DmarcIdentifier *id)
{
    id->aligned_strict = domain_equal(id->domain, check->author_domain);
    const DmarcWalk *own = id->aligned_strict ? check->walk : walk;
    if (own != NULL && !own->temporary)
        id->organizational_domain = g_strdup(own->organizational_domain);
    id->aligned = id->aligned_strict;
    if (id->aligned_strict || mode_is_strict(record, id))
        return (Relation){.aligned = id->aligned_strict};
    bool open = walk != NULL && (walk->temporary || check->walk->temporary);
    if (!open && walk != NULL)
        id->aligned = domain_equal(id->organizational_domain, check->walk->organizational_domain);
    open = open && id->passed && may_be_related(id->domain, check->author_domain);
    return (Relation){id->aligned, open};
}

static void check_9989(DmarcCheck *check, DnsSession *dns)
{
    DmarcVerdict *verdict = &check->rfc9989;
    bool open;
    const DmarcRecord *record = discover_9989(check->walk, &open);
    g_autoptr(GHashTable) walks = walk_identifiers(check, dns);
    g_autofree Relation *relations = g_new0(Relation, check->n_identifiers);
    for (size_t i = 0; i < check->n_identifiers; i++) {
        DmarcIdentifier *id = &check->identifiers[i];
        relations[i] = relate_9989(check, record, g_hash_table_lookup(walks, id->domain), id);
    }
    if (!check->walk->temporary)
        verdict->organizational_domain = g_strdup(check->walk->organizational_domain);
    verdict->result = open ? DMARC_TEMPERROR : DMARC_NONE;
    if (record != NULL && record->usable) {
        verdict->record = record;
        choose_policy_9989(check, verdict, dns);
    }
    settle(check, relations, verdict);
}

/* RFC 7489 §3.2; a public suffix stands for itself. */
static char *organizational_7489(const psl_ctx_t *psl, const char *domain)
{
    char *found = psl != NULL ? domain_organizational_psl(psl, domain) : NULL;
    return found != NULL ? found : g_strdup(domain);
}

/* RFC 7489 §6.6.3: the author domain, and when it has no record at all its Organizational Domain.
 */
static const DmarcRecord *discover_7489(DmarcCheck *check, const char *organizational,
                                        DnsSession *dns, bool *open)
{
    const DmarcQuery *query = &check->walk->queries[0];
    *open = dmarc_answer_is_open(query->answer);
    if (*open || query->candidates > 0 || domain_equal(organizational, check->author_domain))
        return query->record;
    for (size_t i = 1; i < check->walk->n; i++) {
        query = &check->walk->queries[i];
        if (!domain_equal(query->domain, organizational))
            continue;
        *open = dmarc_answer_is_open(query->answer);
        return query->record;
    }
    DmarcQuery apart;
    dmarc_query_ask(&apart, organizational, dns);
    *open = dmarc_answer_is_open(apart.answer);
    check->record_7489 = g_steal_pointer(&apart.record);
    dmarc_query_clear(&apart);
    return check->record_7489;
}

static void check_7489(DmarcCheck *check, const psl_ctx_t *psl, DnsSession *dns)
{
    DmarcVerdict *verdict = &check->rfc7489;
    bool open;
    verdict->organizational_domain = organizational_7489(psl, check->author_domain);
    const DmarcRecord *record = discover_7489(check, verdict->organizational_domain, dns, &open);
    g_autofree Relation *relations = g_new0(Relation, check->n_identifiers);
    for (size_t i = 0; i < check->n_identifiers; i++) {
        DmarcIdentifier *id = &check->identifiers[i];
        g_autofree char *organizational = organizational_7489(psl, id->domain);
        id->aligned_7489 = mode_is_strict(record, id)
                               ? id->aligned_strict
                               : domain_equal(organizational, verdict->organizational_domain);
        relations[i].aligned = id->aligned_7489;
    }
    verdict->result = open ? DMARC_TEMPERROR : DMARC_NONE;
    bool usable = record != NULL && ((record->defects & BROKEN_POLICY_7489) == 0 ||
                                     (record->defects & DMARC_DEFECT_TREATED_AS_NONE) != 0);
    if (usable) {
        verdict->record = record;
        choose_policy_7489(check, verdict);
    }
    settle(check, relations, verdict);
}

static bool verdicts_differ(const DmarcVerdict *a, const DmarcVerdict *b)
{
    return a->result != b->result || a->policy != b->policy || a->applied != b->applied ||
           a->spf_aligned != b->spf_aligned || a->dkim_aligned != b->dkim_aligned;
}

DmarcCheck *dmarc_check(DmarcAuthor author, const char *author_domain, DmarcIdentifier *identifiers,
                        size_t n, const psl_ctx_t *psl, DnsSession *dns)
{
    DmarcCheck *check = g_new0(DmarcCheck, 1);
    check->author = author;
    check->identifiers = identifiers;
    check->n_identifiers = n;
    check->rfc9989.policy_tag = check->rfc7489.policy_tag = "";
    /* §5.3.1: without exactly one author domain DMARC does not apply. */
    if (author != DMARC_AUTHOR_ONE || author_domain == NULL)
        return check;
    check->author_domain = g_strdup(author_domain);
    dmarc_prefetch(author_domain, dns);
    for (size_t i = 0; i < n && i < MAX_WALKS; i++)
        dmarc_prefetch(identifiers[i].domain, dns);
    check->walk = dmarc_walk(author_domain, dns);
    check_9989(check, dns);
    check_7489(check, psl, dns);
    check->differ = verdicts_differ(&check->rfc9989, &check->rfc7489);
    if (check->rfc9989.record != NULL)
        dmarc_find_external(check, check->rfc9989.record, dns);
    return check;
}

void dmarc_check_free(DmarcCheck *check)
{
    if (check == NULL)
        return;
    for (size_t i = 0; i < check->n_identifiers; i++) {
        g_free(check->identifiers[i].domain);
        g_free(check->identifiers[i].organizational_domain);
    }
    for (size_t i = 0; i < check->n_external; i++) {
        g_free(check->external[i].uri);
        g_free(check->external[i].domain);
    }
    g_free(check->identifiers);
    g_free(check->external);
    g_free(check->author_domain);
    g_free(check->rfc9989.organizational_domain);
    g_free(check->rfc7489.organizational_domain);
    dmarc_walk_free(check->walk);
    dmarc_record_free(check->record_7489);
    g_free(check);
}

const char *dmarc_result_name(DmarcResult result)
{
    static const char *const names[] = {"none", "pass", "fail", "temperror", "permerror"};
    g_return_val_if_fail((size_t)result < G_N_ELEMENTS(names), "");
    return names[result];
}
