/* domain.h - domain names as text: normal form, relation, Organizational Domain by the Public
 * Suffix List.
 *
 * Normal form everywhere in the program: A-labels, lower case, no final dot, 1..253 octets, labels
 * of 1..63 octets of letters, digits, "-" and "_" (RFC 5890, RFC 8616 §3, RFC 2181 §11 narrowed to
 * what mail uses). IP addresses and address literals are not domain names here.
 */
#ifndef MAILASSAY_BASE_DOMAIN_H
#define MAILASSAY_BASE_DOMAIN_H

#include "analyzer/base/bytes.h"

#include <libpsl.h>

/* Normal form of a name given in any case, with or without the final dot, in A- or U-labels (IDNA
 * 2008, non-transitional). NULL when it cannot be a domain name. Owned. */
char *domain_normal(Span name);
/* For people: U-labels where they round-trip, otherwise the name itself. Owned. */
char *domain_display(const char *name);

/* Both in normal form. */
bool domain_equal(const char *a, const char *b);
bool domain_is_at_or_below(const char *name, const char *ancestor);
/* The parent ("example.com" of "a.example.com"), borrowed from name; NULL for a single label. */
const char *domain_parent(const char *name);
size_t domain_labels(const char *name);

/* The domain of an addr-spec (after the last "@"), in normal form; NULL when there is none. Owned.
 */
char *domain_of_address(Span addr_spec);

/* Organizational Domain by the Public Suffix List (RFC 7489 §3.2): the public suffix and one label.
 * NULL when name is itself a public suffix. Owned. name in normal form; psl borrowed. */
char *domain_organizational_psl(const psl_ctx_t *psl, const char *name);

#endif
