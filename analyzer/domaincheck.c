#include "analyzer/domaincheck_internal.h"

#include "analyzer/base/domain.h"

#include <string.h>

/* --- facts --- */

static void fact_clear(void *item)
{
    DomainFact *fact = item;
    g_free(fact->object);
    g_free(fact->found);
}

GArray *domain_facts_new(void)
{
    GArray *facts = g_array_new(FALSE, TRUE, sizeof(DomainFact));
    g_array_set_clear_func(facts, fact_clear);
    return facts;
}

DomainFact *domain_fact_add(GArray *facts, DomainFactId id)
{
    g_array_append_vals(facts, &(DomainFact){.id = id}, 1);
    return &g_array_index(facts, DomainFact, facts->len - 1);
}

void domain_fact_found(GArray *facts, DomainFactId id, const char *found)
{
    domain_fact_add(facts, id)->found = g_strdup(found);
}

void domain_fact_counted(GArray *facts, DomainFactId id, size_t n, size_t of)
{
    DomainFact *fact = domain_fact_add(facts, id);
    fact->n = n;
    fact->of = of;
}

char *domain_dns_trouble(const DnsAnswer *answer)
{
    const char *status = dns_status_name(answer->status);
    return *answer->detail ? g_strdup_printf("%s: %s", status, answer->detail) : g_strdup(status);
}

/* --- which domains, which selectors --- */

typedef struct Choice {
    const Profile *profile;
    const char *const *domains, *const *selectors;
    DnsSession *dns;
} Choice;

static size_t count(const char *const *list)
{
    size_t n = 0;
    while (list && list[n])
        n++;
    return n;
}

static void add_keys(DomainCheck *check, const Choice *choice)
{
    const Profile *profile = choice->profile;
    GArray *keys = g_array_new(FALSE, TRUE, sizeof(KeyCheck));
    for (size_t i = 0; i < profile->n_domains; i++) {
        const SigningDomain *entry = &profile->domains[i];
        if (!domain_equal(entry->domain, check->domain))
            continue;
        KeyCheck key;
        key_check_init(&key, entry->domain, entry->selector, entry, entry->key, choice->dns);
        g_array_append_val(keys, key);
        check->active |= entry->active;
        if (!check->tenant)
            check->tenant = entry->tenant;
    }
    for (size_t i = 0; i < count(choice->selectors); i++) {
        if (profile_find_selector(profile, check->domain, choice->selectors[i]))
            continue;
        KeyCheck key;
        key_check_init(&key, check->domain, choice->selectors[i], NULL, NULL, choice->dns);
        g_array_append_val(keys, key);
    }
    /* A domain that the profile does not list has been asked for: it counts. */
    check->active |= !profile_find(profile, check->domain);
    check->n_keys = keys->len;
    check->keys = (KeyCheck *)(void *)g_array_free(keys, FALSE);
}

static void add_domain(GArray *domains, GHashTable *seen, const char *domain, const Choice *choice)
{
    if (!g_hash_table_add(seen, (void *)domain))
        return;
    DomainCheck check = {.domain = domain};
    for (int part = PART_SPF; part < DOMAIN_PARTS; part++)
        check.facts[part] = domain_facts_new();
    add_keys(&check, choice);
    if (check.active)
        mail_check_start(domain, choice->dns);
    g_array_append_val(domains, check);
}

static void choose(DomainChecks *checks, const Choice *choice)
{
    GArray *domains = g_array_new(FALSE, FALSE, sizeof(DomainCheck));
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    size_t named = count(choice->domains);
    for (size_t i = 0; i < named; i++)
        add_domain(domains, seen, choice->domains[i], choice);
    for (size_t i = 0; named == 0 && i < choice->profile->n_domains; i++)
        add_domain(domains, seen, choice->profile->domains[i].domain, choice);
    checks->n = domains->len;
    checks->domains = (DomainCheck *)(void *)g_array_free(domains, FALSE);
}

/* Each pass over all domains waits for what the one before has started. */
DomainChecks *domaincheck(const Profile *profile, const char *const *domains,
                          const char *const *selectors, DnsSession *dns)
{
    DomainChecks *checks = g_new0(DomainChecks, 1);
    Choice choice = {.profile = profile, .domains = domains, .selectors = selectors, .dns = dns};
    checks->profile = profile;
    if (profile->spf_include)
        dns_prefetch(dns, profile->spf_include, DNS_TXT);
    choose(checks, &choice);
    for (size_t i = 0; i < checks->n; i++)
        for (size_t j = 0; j < checks->domains[i].n_keys; j++)
            key_check_ask(&checks->domains[i].keys[j], dns);
    mail_check_prefetch(checks, dns);
    if (profile->spf_include)
        checks->include = spf_survey(profile->spf_include, NULL, dns);
    for (size_t i = 0; i < checks->n; i++) {
        for (size_t j = 0; j < checks->domains[i].n_keys; j++)
            key_check_explain(&checks->domains[i].keys[j], profile, dns);
        mail_check_explain(&checks->domains[i], checks, dns);
    }
    for (size_t i = 0; i < checks->n; i++)
        mail_check_hosts_start(&checks->domains[i], checks, dns);
    for (size_t i = 0; i < checks->n; i++)
        mail_check_hosts(&checks->domains[i], checks, dns);
    return checks;
}

void domainchecks_free(DomainChecks *checks)
{
    if (!checks)
        return;
    for (size_t i = 0; i < checks->n; i++) {
        DomainCheck *check = &checks->domains[i];
        for (size_t j = 0; j < check->n_keys; j++)
            key_check_clear(&check->keys[j]);
        g_free(check->keys);
        spf_survey_free(check->spf);
        dmarc_walk_free(check->dmarc);
        for (int part = PART_SPF; part < DOMAIN_PARTS; part++)
            g_array_unref(check->facts[part]);
    }
    g_free(checks->domains);
    spf_survey_free(checks->include);
    g_free(checks);
}

const char *domain_part_name(DomainPart part)
{
    static const char *const names[] = {"key", "spf", "dmarc", "bounces"};
    g_return_val_if_fail((size_t)part < G_N_ELEMENTS(names), "");
    return names[part];
}

const char *domain_fact_name(DomainFactId id)
{
    static const char *const names[DOMAIN_FACTS] = {
        [FACT_KEY_VALID] = "valid",
        [FACT_KEY_UNCOMPARED] = "uncompared",
        [FACT_KEY_UNKNOWN] = "unknown",
        [FACT_KEY_MISSING] = "missing",
        [FACT_KEY_MISMATCH] = "mismatch",
        [FACT_KEY_MALFORMED] = "malformed",
        [FACT_KEY_MULTIPLE] = "multiple",
        [FACT_KEY_REVOKED] = "revoked",
        [FACT_KEY_TRUNCATED] = "truncated",
        [FACT_KEY_CUT_AT_BORDER] = "cut-at-border",
        [FACT_KEY_CUT] = "cut",
        [FACT_KEY_OCTETS_MISSING] = "octets-missing",
        [FACT_KEY_PIECE_LOST] = "piece-lost",
        [FACT_KEY_PIECE_ADDED] = "piece-added",
        [FACT_KEY_CHARACTERS] = "characters",
        [FACT_KEY_QUOTED] = "quoted",
        [FACT_KEY_ESCAPED] = "escaped",
        [FACT_KEY_PEM] = "pem",
        [FACT_KEY_URL_SAFE] = "url-safe",
        [FACT_KEY_NO_P] = "no-p",
        [FACT_KEY_TAGS] = "tags",
        [FACT_KEY_SPACES] = "spaces",
        [FACT_KEY_SPLIT] = "split",
        [FACT_KEY_AMONG_SEVERAL] = "among-several",
        [FACT_KEY_DANGLING] = "dangling",
        [FACT_KEY_NAME_IN_TEXT] = "name-in-text",
        [FACT_KEY_WILDCARD] = "wildcard",
        [FACT_KEY_FOREIGN] = "foreign",
        [FACT_KEY_OF_DOMAIN] = "of-domain",
        [FACT_KEY_OF_SELECTOR] = "of-selector",
        [FACT_KEY_DOUBLED_NAME] = "doubled-name",
        [FACT_KEY_NO_UNDERSCORE] = "no-underscore",
        [FACT_KEY_OTHER_LABEL] = "other-label",
        [FACT_KEY_OTHER_LEVEL] = "other-level",
        [FACT_KEY_OTHER_SIZE] = "other-size",
        [FACT_KEY_OTHER_TYPE] = "other-type",
        [FACT_KEY_SHORT] = "short",
        [FACT_KEY_PRIVATE] = "private",
        [FACT_KEY_TESTING] = "testing",
        [FACT_KEY_HASH_EXCLUDED] = "hash-excluded",
        [FACT_KEY_SERVICE_EXCLUDED] = "service-excluded",
        [FACT_KEY_INACTIVE_PUBLISHED] = "inactive-published",
        [FACT_KEY_INACTIVE_WITHDRAWN] = "inactive-withdrawn",
        [FACT_PROFILE_SHORT] = "profile-short",
        [FACT_PROFILE_SHA1] = "profile-sha1",
        [FACT_PROFILE_UNLISTED] = "profile-unlisted",
        [FACT_SPF_VALID] = "valid",
        [FACT_SPF_UNKNOWN] = "unknown",
        [FACT_SPF_MISSING] = "missing",
        [FACT_SPF_NEAR_MISS] = "near-miss",
        [FACT_SPF_SEVERAL] = "several",
        [FACT_SPF_SYNTAX] = "syntax",
        [FACT_SPF_BROKEN_BELOW] = "broken-below",
        [FACT_SPF_INCLUDED] = "included",
        [FACT_SPF_INCLUDED_THROUGH] = "included-through",
        [FACT_SPF_NOT_INCLUDED] = "not-included",
        [FACT_SPF_INCLUDE_UNREACHED] = "include-unreached",
        [FACT_SPF_INCLUDE_WEAK] = "include-weak",
        [FACT_SPF_INCLUDE_TOO_LATE] = "include-too-late",
        [FACT_SPF_LOOKUPS] = "lookups",
        [FACT_SPF_LOOKUPS_NEAR] = "lookups-near",
        [FACT_SPF_VOIDS] = "voids",
        [FACT_SPF_PLUS_ALL] = "plus-all",
        [FACT_DMARC_POLICY] = "policy",
        [FACT_DMARC_INHERITED] = "inherited",
        [FACT_DMARC_NO_POLICY] = "no-policy",
        [FACT_DMARC_NO_REPORTS] = "no-reports",
        [FACT_DMARC_TESTING] = "testing",
        [FACT_DMARC_UNKNOWN] = "unknown",
        [FACT_DMARC_MISSING] = "missing",
        [FACT_DMARC_SEVERAL] = "several",
        [FACT_DMARC_UNUSABLE] = "unusable",
        [FACT_MX_FOUND] = "found",
        [FACT_MX_IMPLICIT] = "implicit",
        [FACT_MX_UNKNOWN] = "unknown",
        [FACT_MX_NULL] = "null",
        [FACT_MX_NOWHERE] = "nowhere",
        [FACT_MX_DOMAIN_GONE] = "domain-gone",
        [FACT_MX_HOST_GONE] = "host-gone",
        [FACT_MX_HOSTS_GONE] = "hosts-gone",
        [FACT_MX_HOST_ALIAS] = "host-alias",
    };
    g_return_val_if_fail((size_t)id < G_N_ELEMENTS(names), "");
    return names[id];
}
