/* recordcheck.h - what a TXT record is meant for, and whether our own parsers take it: SPF (RFC
 * 7208), DMARC (RFC 9989), DKIM keys (RFC 6376 §3.6.1).
 *
 * No record is proposed that fails here. Deviations: stricter than the standards where a record
 * would be valid and useless, as a revoked key is.
 */
#ifndef MAILASSAY_RECORDCHECK_H
#define MAILASSAY_RECORDCHECK_H

#include "analyzer/base/bytes.h"

#include <stdbool.h>

typedef enum RecordKind { RECORD_SPF, RECORD_DMARC, RECORD_KEY, RECORD_OTHER } RecordKind;
/* By its name and how it begins. */
RecordKind recordcheck_kind(const char *name, Span text);
/* It can be copied as it stands: printable, without quotes and backslashes. And it does what a
 * record of its kind is for. */
bool recordcheck_is_sound(const char *name, const char *value);

#endif
