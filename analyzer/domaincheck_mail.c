/* domaincheck_mail.c - what a domain says of its mail: SPF, DMARC, and who takes the bounces. */
#include "analyzer/domaincheck_internal.h"

#include <string.h>

enum {
    SPF_LEVELS = 10,         /* includes deeper than the lookup limit are past use */
    SPF_NAMES_A_DOMAIN = 32, /* names started ahead, for each domain on the average */
    MAX_EXCHANGERS = 20,
};

void mail_check_start(const char *domain, DnsSession *dns)
{
    dns_prefetch(dns, domain, DNS_TXT);
    dns_prefetch(dns, domain, DNS_MX);
    dns_prefetch(dns, domain, DNS_A);
    dns_prefetch(dns, domain, DNS_AAAA);
    dmarc_prefetch(domain, dns);
}

/* --- started ahead, level by level, for all domains --- */

typedef struct Ahead {
    DnsSession *dns;
    GHashTable *seen; /* names whose SPF record was or will be read; owned strings */
    GPtrArray *next;  /* those of the next level; borrowed from seen */
    size_t room;
} Ahead;

static void start_record(Ahead *ahead, const char *name)
{
    if (ahead->room == 0 || g_hash_table_contains(ahead->seen, name))
        return;
    ahead->room--;
    char *copy = g_strdup(name);
    g_hash_table_add(ahead->seen, copy);
    g_ptr_array_add(ahead->next, copy);
    dns_prefetch(ahead->dns, copy, DNS_TXT);
}

static void start_term(Ahead *ahead, const SpfTerm *term, const char *domain)
{
    const char *name = term->domain_spec ? term->domain_spec : domain;
    if (strchr(name, '%'))
        return;
    switch (term->kind) {
    case SPF_INCLUDE:
    case SPF_REDIRECT:
        start_record(ahead, name);
        return;
    case SPF_MX:
        dns_prefetch(ahead->dns, name, DNS_MX);
        return;
    case SPF_A:
        dns_prefetch(ahead->dns, name, DNS_AAAA);
        dns_prefetch(ahead->dns, name, DNS_A);
        return;
    case SPF_EXISTS:
        dns_prefetch(ahead->dns, name, DNS_A);
        return;
    default:
        return;
    }
}

static void start_terms(Ahead *ahead, const char *domain)
{
    const DnsAnswer *answer = dns_ask(ahead->dns, domain, DNS_TXT);
    for (size_t i = 0; i < answer->n; i++) {
        SpfRecord *record =
            spf_record_parse(domain, span_of(answer->records[i].text, answer->records[i].text_n));
        for (size_t j = 0; j < record->n && j < SPF_NAMES_A_DOMAIN; j++)
            start_term(ahead, &record->terms[j], domain);
        spf_record_free(record);
    }
}

static void start_exchangers(const char *domain, DnsSession *dns)
{
    const DnsAnswer *answer = dns_ask(dns, domain, DNS_MX);
    for (size_t i = 0; i < answer->n && i < MAX_EXCHANGERS; i++) {
        dns_prefetch(dns, answer->records[i].text, DNS_A);
        dns_prefetch(dns, answer->records[i].text, DNS_AAAA);
    }
}

void mail_check_prefetch(const DomainChecks *checks, DnsSession *dns)
{
    Ahead ahead = {
        .dns = dns,
        .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .next = g_ptr_array_new(),
        .room = (checks->n + 1) * SPF_NAMES_A_DOMAIN,
    };
    if (checks->profile->spf_include)
        start_record(&ahead, checks->profile->spf_include);
    for (size_t i = 0; i < checks->n; i++)
        if (checks->domains[i].active)
            start_record(&ahead, checks->domains[i].domain);
    for (size_t i = 0; i < checks->n; i++)
        if (checks->domains[i].active)
            start_exchangers(checks->domains[i].domain, dns);
    for (size_t level = 0; level < SPF_LEVELS && ahead.next->len > 0; level++) {
        g_autoptr(GPtrArray) now = ahead.next;
        ahead.next = g_ptr_array_new();
        for (guint i = 0; i < now->len; i++)
            start_terms(&ahead, now->pdata[i]);
    }
    g_ptr_array_free(ahead.next, TRUE);
    g_hash_table_destroy(ahead.seen);
}

/* --- SPF --- */

typedef struct IncludeSearch {
    const char *include;
    const SpfTerm *term; /* the term that names it, or NULL */
    size_t position;     /* in its record, from 1 */
    size_t lookups_before;
    GPtrArray *way; /* domains from the root to the record with the term; borrowed */
    bool passing;   /* every term on the way lets a match pass */
} IncludeSearch;

/* What is never evaluated was not followed by the survey: it has no `domain`. */
static bool is_include_of(const SpfTerm *term, const char *include)
{
    return (term->kind == SPF_INCLUDE || term->kind == SPF_REDIRECT) && term->domain &&
           g_ascii_strcasecmp(term->domain, include) == 0;
}

/* Depth first, as a receiver does it; lookups are counted as they are spent. The survey's limit
 * bounds the depth. */
static bool search_include(IncludeSearch *search, const SpfRecord *record, size_t *spent)
{
    g_ptr_array_add(search->way, record->domain);
    for (size_t i = 0; i < record->n; i++) {
        const SpfTerm *term = &record->terms[i];
        if (is_include_of(term, search->include)) {
            search->term = term;
            search->position = i + 1;
            search->lookups_before = *spent;
            return true;
        }
        if (!term->child) {
            *spent += term->lookups;
            continue;
        }
        bool passing = search->passing;
        search->passing = passing && (term->kind == SPF_REDIRECT || term->qualifier == '+');
        *spent += 1;
        if (search_include(search, term->child, spent))
            return true;
        search->passing = passing;
    }
    g_ptr_array_set_size(search->way, (int)search->way->len - 1);
    return false;
}

static const SpfTerm *find_unreached(const SpfRecord *record, const char *include)
{
    for (size_t i = 0; i < record->n; i++) {
        const SpfTerm *term = &record->terms[i];
        bool names_it = (term->kind == SPF_INCLUDE || term->kind == SPF_REDIRECT) &&
                        term->domain_spec && g_ascii_strcasecmp(term->domain_spec, include) == 0;
        if (names_it && !term->domain)
            return term;
    }
    return NULL;
}

static void add_found_include(GArray *facts, const IncludeSearch *search, const SpfRecord *root)
{
    bool direct = search->way->len == 1;
    if (direct) {
        DomainFact *fact = domain_fact_add(facts, FACT_SPF_INCLUDED);
        fact->found = g_strdup(search->include);
        fact->n = search->position;
        fact->of = root->n;
    } else {
        g_ptr_array_add(search->way, NULL);
        domain_fact_add(facts, FACT_SPF_INCLUDED_THROUGH)->found =
            g_strjoinv(" > ", (char **)search->way->pdata + 1);
    }
    if (!search->passing || (search->term->kind == SPF_INCLUDE && search->term->qualifier != '+')) {
        g_autofree char *term = bytes_escape(search->term->text);
        domain_fact_found(facts, FACT_SPF_INCLUDE_WEAK, term);
    }
    if (search->lookups_before >= SPF_MAX_LOOKUPS)
        domain_fact_counted(facts, FACT_SPF_INCLUDE_TOO_LATE, search->lookups_before,
                            SPF_MAX_LOOKUPS);
}

static void explain_include(DomainCheck *check, const char *include)
{
    GArray *facts = check->facts[PART_SPF];
    const SpfRecord *root = check->spf->record;
    g_autoptr(GPtrArray) way = g_ptr_array_new();
    IncludeSearch search = {.include = include, .way = way, .passing = true};
    size_t spent = 0;
    if (!include || g_ascii_strcasecmp(include, check->domain) == 0)
        domain_fact_counted(facts, FACT_SPF_VALID, check->spf->lookups, SPF_MAX_LOOKUPS);
    else if (search_include(&search, root, &spent))
        add_found_include(facts, &search, root);
    else if (find_unreached(root, include))
        domain_fact_found(facts, FACT_SPF_INCLUDE_UNREACHED, include);
    else
        domain_fact_found(facts, FACT_SPF_NOT_INCLUDED, include);
}

/* First faulty record below the root, depth first. */
static const SpfRecord *find_broken(const SpfRecord *record, bool root)
{
    for (size_t i = 0; i < record->n; i++) {
        const SpfRecord *broken =
            record->terms[i].child ? find_broken(record->terms[i].child, false) : NULL;
        if (broken)
            return broken;
    }
    bool faulty = record->problem == SPF_PROBLEM_SYNTAX ||
                  record->problem == SPF_PROBLEM_MULTIPLE ||
                  record->problem == SPF_PROBLEM_NO_RECORD || record->problem == SPF_PROBLEM_DNS;
    return faulty && !root ? record : NULL;
}

static void explain_costs(DomainCheck *check)
{
    GArray *facts = check->facts[PART_SPF];
    const SpfSurvey *survey = check->spf;
    const SpfRecord *broken = find_broken(survey->record, true);
    if (survey->lookups > SPF_MAX_LOOKUPS)
        domain_fact_counted(facts, FACT_SPF_LOOKUPS, survey->lookups, SPF_MAX_LOOKUPS);
    else if (survey->lookups == SPF_MAX_LOOKUPS)
        domain_fact_counted(facts, FACT_SPF_LOOKUPS_NEAR, survey->lookups, SPF_MAX_LOOKUPS);
    if (survey->voids > SPF_MAX_VOID)
        domain_fact_counted(facts, FACT_SPF_VOIDS, survey->voids, SPF_MAX_VOID);
    if (survey->has_plus_all)
        domain_fact_add(facts, FACT_SPF_PLUS_ALL);
    if (broken && broken->problem == SPF_PROBLEM_DNS) {
        g_autofree char *trouble = domain_dns_trouble(broken->answer);
        domain_fact_add(facts, FACT_SPF_UNKNOWN)->object = g_strdup(broken->domain);
        g_array_index(facts, DomainFact, facts->len - 1).found = g_steal_pointer(&trouble);
    } else if (broken) {
        domain_fact_add(facts, FACT_SPF_BROKEN_BELOW)->object = g_strdup(broken->domain);
        g_array_index(facts, DomainFact, facts->len - 1).found =
            g_strdup(spf_problem_name(broken->problem));
    }
}

static void explain_syntax(DomainCheck *check)
{
    const SpfRecord *record = check->spf->record;
    const SpfTerm *fault = NULL;
    for (size_t i = 0; i < record->n && !fault; i++)
        if (record->terms[i].kind == SPF_INVALID)
            fault = &record->terms[i];
    g_autofree char *text = bytes_escape(fault ? fault->text : span_str(record->text));
    domain_fact_found(check->facts[PART_SPF], FACT_SPF_SYNTAX, text);
}

static void explain_spf(DomainCheck *check, const char *include)
{
    GArray *facts = check->facts[PART_SPF];
    const SpfRecord *record = check->spf->record;
    switch (record->problem) {
    case SPF_OK:
        explain_include(check, include);
        explain_costs(check);
        return;
    case SPF_PROBLEM_DNS: {
        g_autofree char *trouble = domain_dns_trouble(record->answer);
        domain_fact_add(facts, FACT_SPF_UNKNOWN)->object = g_strdup(check->domain);
        g_array_index(facts, DomainFact, facts->len - 1).found = g_steal_pointer(&trouble);
        return;
    }
    case SPF_PROBLEM_MULTIPLE:
        domain_fact_counted(facts, FACT_SPF_SEVERAL, record->candidates, 0);
        return;
    case SPF_PROBLEM_SYNTAX:
        explain_syntax(check);
        return;
    default:
        domain_fact_add(facts, FACT_SPF_MISSING);
        if (check->spf->near_misses[0]) {
            g_autofree char *text = bytes_escape(span_str(check->spf->near_misses[0]));
            domain_fact_found(facts, FACT_SPF_NEAR_MISS, text);
        }
    }
}

static bool asks_too_much(const DomainCheck *check, const DomainChecks *checks)
{
    const SpfSurvey *survey = check->spf, *include = checks->include;
    if (!survey || !survey->record->text)
        return false;
    bool added = include && !spf_survey_includes(survey, include->domain);
    return survey->lookups + (added ? 1 + include->lookups : 0) > SPF_MAX_LOOKUPS ||
           survey->voids + (added ? include->voids : 0) > SPF_MAX_VOID;
}

void mail_check_hosts_start(const DomainCheck *check, const DomainChecks *checks, DnsSession *dns)
{
    if (asks_too_much(check, checks))
        spf_survey_hosts_prefetch(check->spf, dns);
}

void mail_check_hosts(DomainCheck *check, const DomainChecks *checks, DnsSession *dns)
{
    if (!asks_too_much(check, checks))
        return;
    if (checks->include)
        spf_survey_hosts(checks->include, dns);
    spf_survey_hosts(check->spf, dns);
}

/* --- DMARC --- */

static const DmarcQuery *query_of(const DmarcWalk *walk, const char *domain)
{
    for (size_t i = 0; i < walk->n; i++)
        if (strcmp(walk->queries[i].domain, domain) == 0)
            return &walk->queries[i];
    return NULL;
}

static void explain_policy(GArray *facts, const DmarcRecord *record, bool inherited)
{
    DmarcPolicy policy = inherited && record->sp != DMARC_POLICY_ABSENT ? record->sp : record->p;
    bool asks = policy == DMARC_POLICY_QUARANTINE || policy == DMARC_POLICY_REJECT;
    if (inherited) {
        DomainFact *fact = domain_fact_add(facts, FACT_DMARC_INHERITED);
        fact->object = g_strdup(record->domain);
        fact->found = g_strdup(asks ? dmarc_policy_name(policy) : "none");
    } else if (asks) {
        domain_fact_found(facts, FACT_DMARC_POLICY, dmarc_policy_name(policy));
    }
    if (!asks)
        domain_fact_add(facts, FACT_DMARC_NO_POLICY);
    if (!record->rua || !record->rua[0])
        domain_fact_add(facts, FACT_DMARC_NO_REPORTS);
    if (asks && record->testing)
        domain_fact_add(facts, FACT_DMARC_TESTING);
}

static void explain_open_walk(const DmarcWalk *walk, GArray *facts)
{
    for (size_t i = 0; i < walk->n; i++) {
        if (dns_status_is_temporary(walk->queries[i].answer->status)) {
            g_autofree char *trouble = domain_dns_trouble(walk->queries[i].answer);
            domain_fact_found(facts, FACT_DMARC_UNKNOWN, trouble);
            return;
        }
    }
    domain_fact_found(facts, FACT_DMARC_UNKNOWN, "");
}

static void explain_dmarc(DomainCheck *check)
{
    const DmarcWalk *walk = check->dmarc;
    GArray *facts = check->facts[PART_DMARC];
    const DmarcQuery *own = &walk->queries[0], *above = query_of(walk, walk->organizational_domain);
    const DmarcRecord *record = own->record ? own->record : above ? above->record : NULL;
    if (own->candidates > 1) {
        domain_fact_counted(facts, FACT_DMARC_SEVERAL, own->candidates, 0);
    } else if (!own->record && walk->temporary) {
        explain_open_walk(walk, facts);
    } else if (!record) {
        domain_fact_add(facts, FACT_DMARC_MISSING);
    } else if (!record->usable) {
        g_autofree char *text = bytes_escape(span_str(record->text));
        domain_fact_found(facts, FACT_DMARC_UNUSABLE, text);
    } else {
        explain_policy(facts, record, record != own->record);
    }
}

/* --- bounces --- */

typedef enum Reach { REACH_YES, REACH_NO, REACH_UNKNOWN } Reach;

static Reach has_address(const char *host, DnsSession *dns, const DnsAnswer **answer)
{
    dns_prefetch(dns, host, DNS_AAAA);
    const DnsAnswer *v4 = dns_ask(dns, host, DNS_A), *v6 = dns_ask(dns, host, DNS_AAAA);
    *answer = dns_status_is_temporary(v4->status) ? v4 : v6;
    if (v4->status == DNS_OK || v6->status == DNS_OK) {
        *answer = v4->status == DNS_OK ? v4 : v6;
        return REACH_YES;
    }
    return dns_status_is_temporary((*answer)->status) ? REACH_UNKNOWN : REACH_NO;
}

static void add_trouble(GArray *facts, const DnsAnswer *answer)
{
    g_autofree char *trouble = domain_dns_trouble(answer);
    domain_fact_found(facts, FACT_MX_UNKNOWN, trouble);
}

static void explain_without_mx(DomainCheck *check, DnsSession *dns)
{
    GArray *facts = check->facts[PART_BOUNCES];
    const DnsAnswer *answer;
    switch (has_address(check->domain, dns, &answer)) {
    case REACH_YES:
        domain_fact_add(facts, FACT_MX_IMPLICIT);
        return;
    case REACH_NO:
        domain_fact_add(facts, FACT_MX_NOWHERE);
        return;
    case REACH_UNKNOWN:
        add_trouble(facts, answer);
    }
}

static void explain_exchangers(DomainCheck *check, const DnsAnswer *mx, DnsSession *dns)
{
    GArray *facts = check->facts[PART_BOUNCES];
    size_t gone = 0, n = MIN(mx->n, MAX_EXCHANGERS);
    const char *first_gone = NULL;
    domain_fact_counted(facts, FACT_MX_FOUND, mx->n, 0);
    for (size_t i = 0; i < n; i++) {
        const char *host = mx->records[i].text;
        const DnsAnswer *answer;
        Reach reach = has_address(host, dns, &answer);
        if (reach == REACH_UNKNOWN)
            add_trouble(facts, answer);
        else if (reach == REACH_NO && gone++ == 0)
            first_gone = host;
        else if (reach == REACH_YES && answer->cnames[0])
            domain_fact_add(facts, FACT_MX_HOST_ALIAS)->object = g_strdup(host);
    }
    if (gone > 0) {
        DomainFact *fact =
            domain_fact_add(facts, gone == n ? FACT_MX_HOSTS_GONE : FACT_MX_HOST_GONE);
        fact->object = g_strdup(first_gone);
        fact->n = gone;
        fact->of = n;
    }
}

static void explain_bounces(DomainCheck *check, DnsSession *dns)
{
    GArray *facts = check->facts[PART_BOUNCES];
    const DnsAnswer *mx = dns_ask(dns, check->domain, DNS_MX);
    switch (mx->status) {
    case DNS_OK:
        if (mx->n == 1 && strcmp(mx->records[0].text, ".") == 0)
            domain_fact_add(facts, FACT_MX_NULL);
        else
            explain_exchangers(check, mx, dns);
        return;
    case DNS_NODATA:
        explain_without_mx(check, dns);
        return;
    case DNS_NXDOMAIN:
    case DNS_BAD_NAME:
        domain_fact_add(facts, FACT_MX_DOMAIN_GONE);
        return;
    default:
        add_trouble(facts, mx);
    }
}

void mail_check_explain(DomainCheck *check, const DomainChecks *checks, DnsSession *dns)
{
    if (!check->active)
        return;
    check->spf = spf_survey(check->domain, NULL, dns);
    explain_spf(check, checks->profile->spf_include);
    check->dmarc = dmarc_walk(check->domain, dns);
    explain_dmarc(check);
    explain_bounces(check, dns);
}
