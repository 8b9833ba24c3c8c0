/* dmarc_report.c - report addresses outside the Organizational Domain, and whether they consent
 * (RFC 9990 §4). */
#include "analyzer/auth/dmarc_internal.h"

#include <string.h>

/* A record may list thousands; nobody reports to more than a few. */
enum { MAX_URIS = 20 };

typedef struct DmarcReportTarget Target;

/* The domain of a mailto: URI, without "!size" (RFC 7489 §6.2) and "?headers"; NULL for anything
 * else. */
static char *target_domain(const char *uri)
{
    Span text = span_str(uri);
    if (!span_starts_nocase(text, "mailto:"))
        return NULL;
    text.n = strcspn(uri, "!?");
    return domain_of_address(span_from(text, strlen("mailto:")));
}

/* The Organizational Domain of the domain the record stands at: above that of the author it is a
 * public suffix's. */
static const char *organizational_domain_of_record(const DmarcCheck *check,
                                                   const DmarcRecord *record)
{
    const char *own = check->walk->organizational_domain;
    return domain_is_at_or_below(record->domain, own) ? own : record->domain;
}

/* What is not at or below the Organizational Domain cannot have it as its own; for what is below, a
 * walk tells. */
static bool is_external(const char *target, const char *organizational, DnsSession *dns)
{
    if (domain_equal(target, organizational))
        return false;
    if (!domain_is_at_or_below(target, organizational))
        return true;
    DmarcWalk *walk = dmarc_walk(target, dns);
    bool external = !domain_equal(walk->organizational_domain, organizational);
    dmarc_walk_free(walk);
    return external;
}

static bool consents(const DnsAnswer *answer)
{
    for (size_t i = 0; i < answer->n; i++) {
        Span text = span_of(answer->records[i].text, answer->records[i].text_n);
        DmarcRecord *record = dmarc_record_parse("", text);
        dmarc_record_free(record);
        if (record != NULL)
            return true;
    }
    return false;
}

static char *consent_name(const DmarcRecord *record, const char *target)
{
    return g_strconcat(record->domain, "._report._dmarc.", target, NULL);
}

static void collect(DmarcCheck *check, const DmarcRecord *record, char **uris, GArray *targets,
                    DnsSession *dns)
{
    const char *organizational = organizational_domain_of_record(check, record);
    for (size_t i = 0; uris[i] != NULL && i < MAX_URIS; i++) {
        g_autofree char *domain = target_domain(uris[i]);
        if (domain == NULL || domain_equal(domain, record->domain) ||
            !is_external(domain, organizational, dns))
            continue;
        g_autofree char *name = consent_name(record, domain);
        dns_prefetch(dns, name, DNS_TXT);
        Target target = {.uri = g_strdup(uris[i]), .domain = g_steal_pointer(&domain)};
        g_array_append_val(targets, target);
    }
}

void dmarc_find_external(DmarcCheck *check, const DmarcRecord *record, DnsSession *dns)
{
    GArray *targets = g_array_new(FALSE, TRUE, sizeof(Target));
    collect(check, record, record->rua, targets, dns);
    collect(check, record, record->ruf, targets, dns);
    for (guint i = 0; i < targets->len; i++) {
        Target *target = &g_array_index(targets, Target, i);
        g_autofree char *name = consent_name(record, target->domain);
        target->answer = dns_ask(dns, name, DNS_TXT);
        target->authorised = consents(target->answer);
        target->temporary = dmarc_answer_is_open(target->answer);
    }
    check->n_external = targets->len;
    check->external = (Target *)(void *)g_array_free(targets, FALSE);
}
