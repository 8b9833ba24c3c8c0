/* dmarc_walk.c - the DNS tree walk and the Organizational Domain it finds (RFC 9989 §4.10). */
#include "analyzer/auth/dmarc_internal.h"

#include <string.h>

/* From eight labels on, the second question is for the last seven. */
enum { SHORTCUT_LABELS = 7 };

/* The names of a walk, longest first. */
static size_t plan(const char *domain, const char *names[DMARC_MAX_QUERIES])
{
    size_t n = 0;
    names[n++] = domain;
    const char *next = domain_parent(domain);
    for (size_t labels = domain_labels(domain) - 1; next != NULL && labels > SHORTCUT_LABELS;
         labels--)
        next = domain_parent(next);
    for (; next != NULL && n < DMARC_MAX_QUERIES; next = domain_parent(next))
        names[n++] = next;
    return n;
}

void dmarc_prefetch(const char *author_domain, DnsSession *dns)
{
    const char *names[DMARC_MAX_QUERIES];
    size_t n = author_domain != NULL ? plan(author_domain, names) : 0;
    for (size_t i = 0; i < n; i++) {
        g_autofree char *name = g_strconcat("_dmarc.", names[i], NULL);
        dns_prefetch(dns, name, DNS_TXT);
    }
}

void dmarc_query_ask(DmarcQuery *query, const char *domain, DnsSession *dns)
{
    g_autofree char *name = g_strconcat("_dmarc.", domain, NULL);
    *query = (DmarcQuery){.domain = g_strdup(domain), .answer = dns_ask(dns, name, DNS_TXT)};
    for (size_t i = 0; i < query->answer->n; i++) {
        const DnsRecord *txt = &query->answer->records[i];
        DmarcRecord *record = dmarc_record_parse(domain, span_of(txt->text, txt->text_n));
        if (record == NULL)
            continue;
        if (query->candidates++ == 0)
            query->record = record;
        else
            dmarc_record_free(record);
    }
    if (query->candidates > 1)
        g_clear_pointer(&query->record, dmarc_record_free);
}

bool dmarc_answer_is_open(const DnsAnswer *answer)
{
    DnsStatus status = answer->status;
    return status != DNS_OK && status != DNS_NODATA && status != DNS_NXDOMAIN &&
           status != DNS_BAD_NAME;
}

/* §4.10.2: longest first, psd=n here, psd=y above the start, else the name with the fewest labels.
 */
static const char *select_organizational(const DmarcWalk *walk)
{
    const char *shortest = NULL;
    for (size_t i = 0; i < walk->n; i++) {
        const DmarcRecord *record = walk->queries[i].record;
        if (record == NULL)
            continue;
        if (record->psd == 'n')
            return record->domain;
        if (record->psd == 'y' && i > 0) {
            const char *below = walk->start;
            size_t labels = domain_labels(record->domain);
            while (domain_labels(below) > labels + 1)
                below = domain_parent(below);
            return below;
        }
        shortest = record->domain;
    }
    return shortest != NULL ? shortest : walk->start;
}

/* A question without an answer may hide the Organizational Domain. Not so at a top-level domain
 * when a record stands right below: a record up there must say psd=y (§4.7) and so selects the same
 * name. */
static bool is_left_open(const DmarcWalk *walk)
{
    for (size_t i = 0; i < walk->n; i++) {
        bool settled = domain_parent(walk->queries[i].domain) == NULL && i > 0 &&
                       walk->queries[i - 1].record != NULL;
        if (dmarc_answer_is_open(walk->queries[i].answer) && !settled)
            return true;
    }
    return false;
}

DmarcWalk *dmarc_walk(const char *domain, DnsSession *dns)
{
    DmarcWalk *walk = g_new0(DmarcWalk, 1);
    const char *names[DMARC_MAX_QUERIES];
    walk->start = g_strdup(domain);
    size_t n = plan(walk->start, names);
    walk->queries = g_new0(DmarcQuery, n);
    dmarc_prefetch(domain, dns);
    while (walk->n < n) {
        DmarcQuery *query = &walk->queries[walk->n];
        dmarc_query_ask(query, names[walk->n], dns);
        walk->n++;
        if (query->record != NULL && query->record->psd != 'u')
            break;
    }
    walk->organizational_domain = g_strdup(select_organizational(walk));
    walk->temporary = is_left_open(walk);
    return walk;
}

void dmarc_query_clear(DmarcQuery *query)
{
    g_free(query->domain);
    dmarc_record_free(query->record);
}

void dmarc_walk_free(DmarcWalk *walk)
{
    if (walk == NULL)
        return;
    for (size_t i = 0; i < walk->n; i++)
        dmarc_query_clear(&walk->queries[i]);
    g_free(walk->queries);
    g_free(walk->start);
    g_free(walk->organizational_domain);
    g_free(walk);
}
