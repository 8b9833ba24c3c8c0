/* zone.h - DNS data from master files: loading and lookup, also of overlays and recordings.
 *
 * RFC 1035 §5 (syntax), RFC 3597 §5 (\# rdata), RFC 4592 (wildcards, empty non-terminals). The
 * pragmas are in dns.h; these occur beside them:
 *   ;!nxdomain NAME TYPE            the name does not exist, for this type
 *   ;!cname NAME TYPE TTL TARGET    an alias for questions of this type only
 *   ;!wildcard NAME TYPE            what stands there was synthesised from a wildcard
 *   ;!remove NAME TYPE              in overlays only
 *   ;!recorded SECONDS              when a recording was made, in seconds since 1970
 *   ;!names *NAME                   in recordings: what zone_names_below lists instead
 * Every status pragma may end in a "quoted detail". Pragmas name exact names: no wildcards.
 * Deviations: an alias may have other data beside it (the type asked for wins), domains may have no
 * SOA, a record without a TTL before it has 3600, records of types outside DnsType count only as
 * proof that the name exists.
 */
#ifndef MAILASSAY_DNS_ZONE_H
#define MAILASSAY_DNS_ZONE_H

#include "analyzer/dns/hop.h"

#define ZONE_ANY 255u /* the type ANY in pragmas */

typedef struct Zone Zone;

Zone *zone_new(void);
void zone_free(Zone *zone);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Zone, zone_free)
/* Adds a text. GError names label and line. */
bool zone_load(Zone *zone, Span text, const char *label, bool is_overlay, GError **error);
/* name and type as in the pragma; false when they are no name or no type. */
bool zone_add_fault(Zone *zone, const char *name, const char *type, DnsStatus status);

/* Names are canonical. Never NULL, owned by the caller. */
Hop *zone_lookup(const Zone *zone, const char *name, DnsType type);
/* Only what stands at exactly this name for this type (records, alias or fault); else NULL. */
Hop *zone_lookup_exact(const Zone *zone, const char *name, DnsType type);
bool zone_removes(const Zone *zone, const char *name, DnsType type);

/* The moment of a ";!recorded SECONDS" line; false when there is none. */
bool zone_recorded_at(const Zone *zone, int64_t *time_s);
/* For "which other keys are there": canonical names at or below `ancestor` (canonical) that hold
 * TXT records, sorted. Owned, NULL-terminated. */
char **zone_names_below(const Zone *zone, const char *ancestor);

#endif
