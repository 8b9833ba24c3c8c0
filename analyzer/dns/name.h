/* name.h - domain names inside analyzer/dns: any octets in, one canonical text out.
 *
 * RFC 1035 §2.3.4 (sizes), §5.1 (\DDD), RFC 4343 (case). Unlike base/domain.h nothing is refused
 * but what cannot exist in DNS: names come from SPF macros and from hostile d= tags.
 *
 * Canonical text: ASCII lower case, no final dot, "." for the root, and every octet that could be
 * misread in a master file as \DDD. Equal names are therefore equal strings, and every "." in a
 * name separates two labels.
 */
#ifndef MAILASSAY_DNS_NAME_H
#define MAILASSAY_DNS_NAME_H

#include "analyzer/base/bytes.h"

/* From text without escapes, split at every dot; the final dot is optional. Always returns text
 * (owned); *valid says whether a name with these labels can exist. The root cannot be asked for:
 * nothing in mail means it. */
char *name_from_question(const char *raw, bool *valid);
/* From master-file text, where \DDD and \X are escapes; relative names are completed with `origin`
 * (canonical). NULL when it is no name. Owned. */
char *name_from_master(Span text, const char *origin);
/* Reads a name of an rdata: labels without compression, *at moves behind it. NULL when it is none.
 * Owned. */
char *name_from_wire(const uint8_t *wire, size_t n, size_t *at);
/* Appends the labels and the root label. False, and nothing appended, when the name is too long. */
bool name_to_wire(const char *name, GByteArray *wire);
/* Appends the octets that master-file text stands for. False on a broken escape. */
bool name_unescape(Span text, GByteArray *out);
/* The name without its first label, borrowed; "." above a single label, NULL above the root. */
const char *name_parent(const char *name);

#endif
