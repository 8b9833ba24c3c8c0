/* hop.h - what DNS says about one name and one type, aliases not followed: the unit that is cached
 * and recorded.
 *
 * An answer is a chain of hops: all but the last are aliases. The records of a hop are distinct
 * (RFC 2181 §5.2) and in canonical order (RFC 4034 §6.3), whatever order they came in.
 * Lifetime: immutable once made; whoever holds it frees it.
 */
#ifndef MAILASSAY_DNS_HOP_H
#define MAILASSAY_DNS_HOP_H

#include "analyzer/dns/dns.h"

typedef struct Hop {
    char *name; /* canonical, see name.h */
    unsigned type;
    DnsStatus status;
    char *cname; /* the name this one is an alias of, NULL when it is none; status is then DNS_OK */
    DnsRecord *records;
    size_t n;
    uint32_t ttl_s; /* 0 when there is neither record nor alias */
    char *detail;
    bool wildcard;
} Hop;

Hop *hop_new(const char *name, unsigned type, DnsStatus status, const char *detail);
Hop *hop_new_cname(const char *name, unsigned type, const char *target, uint32_t ttl_s);
/* rdata: GBytes without compression and with names in lower case; emptied of duplicates and sorted
 * here. NULL when one of them does not have the shape of its type. */
Hop *hop_new_records(const char *name, unsigned type, GPtrArray *rdata, uint32_t ttl_s);
void hop_free(Hop *hop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Hop, hop_free)

#endif
