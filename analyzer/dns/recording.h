/* recording.h - what DNS said, as a master file that answers the same questions in the same way
 * (see zone.h).
 *
 * Every hop stands in it with its question: records as records, all else as a pragma, because
 * servers may say of one name NXDOMAIN for one type and records for another, or lead to other
 * aliases by type. Recordings of several sessions of one Dns may be put one after the other.
 */
#ifndef MAILASSAY_DNS_RECORDING_H
#define MAILASSAY_DNS_RECORDING_H

#include "analyzer/dns/hop.h"

/* Appends hops (const Hop *). */
void recording_write(GString *out, const GPtrArray *hops);
/* Appends the names that the source could list when it was asked for them (see zone_names_below);
 * may be none. */
void recording_write_names(GString *out, const char *const *names, size_t n);

#endif
