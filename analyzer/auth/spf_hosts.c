/* spf_hosts.c - the addresses behind the a and mx terms of a surveyed record (RFC 7208 §5.3, §5.4).
 */
#include "analyzer/auth/spf_internal.h"

#include <string.h>

typedef struct Search {
    DnsSession *dns;
    size_t room; /* names that may still be asked about */
    void (*look_at)(struct Search *search, SpfTerm *term);
} Search;

/* Evaluated by receivers, and with a name that does not hang on the message. Only what the survey
 * evaluated has a domain. */
static bool is_of_interest(const SpfTerm *term)
{
    return (term->kind == SPF_A || term->kind == SPF_MX) && term->domain != NULL &&
           (term->domain_spec == NULL || strchr(term->domain_spec, '%') == NULL);
}

/* The survey's limit on lookups bounds the depth. */
static void each_term(Search *search, const SpfRecord *record)
{
    for (size_t i = 0; i < record->n; i++) {
        SpfTerm *term = &record->terms[i];
        if (is_of_interest(term))
            search->look_at(search, term);
        if (term->child != NULL)
            each_term(search, term->child);
    }
}

static void prefetch_addresses(DnsSession *dns, const char *name)
{
    dns_prefetch(dns, name, DNS_A);
    dns_prefetch(dns, name, DNS_AAAA);
}

static void prefetch_term(Search *search, SpfTerm *term)
{
    if (term->kind == SPF_A) {
        prefetch_addresses(search->dns, term->domain);
        return;
    }
    const DnsAnswer *answer = dns_ask(search->dns, term->domain, DNS_MX);
    for (size_t i = 0; i < answer->n && answer->n <= SPF_MAX_MX_NAMES && search->room > 0; i++) {
        search->room--;
        prefetch_addresses(search->dns, answer->records[i].text);
    }
}

/* RFC 7505: the null MX is no name. */
static bool is_null_mx(const DnsRecord *record)
{
    return strcmp(record->text, ".") == 0;
}

static void add_family(SpfHosts *hosts, GPtrArray *addresses, const DnsAnswer *answer,
                       bool *is_void)
{
    if (spf_status_is_trouble(answer->status))
        hosts->complete = false;
    if (spf_status_is_void(answer->status))
        *is_void = true;
    for (size_t i = 0; i < answer->n; i++)
        g_ptr_array_add(addresses, g_strdup(answer->records[i].text));
}

static void add_name(Search *search, SpfHosts *hosts, GPtrArray *addresses, const char *name)
{
    if (search->room == 0) {
        hosts->complete = false;
        return;
    }
    search->room--;
    prefetch_addresses(search->dns, name);
    add_family(hosts, addresses, dns_ask(search->dns, name, DNS_A), &hosts->void4);
    add_family(hosts, addresses, dns_ask(search->dns, name, DNS_AAAA), &hosts->void6);
}

static void add_exchangers(Search *search, SpfHosts *hosts, GPtrArray *addresses, const char *name)
{
    const DnsAnswer *answer = dns_ask(search->dns, name, DNS_MX);
    hosts->void4 = hosts->void6 = spf_status_is_void(answer->status);
    if (spf_status_is_trouble(answer->status) || answer->n > SPF_MAX_MX_NAMES) {
        hosts->complete = false;
        return;
    }
    for (size_t i = 0; i < answer->n; i++)
        if (!is_null_mx(&answer->records[i]))
            add_name(search, hosts, addresses, answer->records[i].text);
}

static void fill_in(Search *search, SpfTerm *term)
{
    if (term->hosts != NULL)
        return;
    g_autoptr(GPtrArray) addresses = g_ptr_array_new();
    term->hosts = g_new0(SpfHosts, 1);
    term->hosts->complete = true;
    if (term->kind == SPF_MX)
        add_exchangers(search, term->hosts, addresses, term->domain);
    else
        add_name(search, term->hosts, addresses, term->domain);
    g_ptr_array_add(addresses, NULL);
    term->hosts->addresses = (char **)g_ptr_array_steal(addresses, NULL);
}

void spf_survey_hosts_prefetch(const SpfSurvey *survey, DnsSession *dns)
{
    Search search = {dns, SPF_SURVEY_HOSTS, prefetch_term};
    each_term(&search, survey->record);
}

void spf_survey_hosts(SpfSurvey *survey, DnsSession *dns)
{
    spf_survey_hosts_prefetch(survey, dns);
    Search search = {dns, SPF_SURVEY_HOSTS, fill_in};
    each_term(&search, survey->record);
}
