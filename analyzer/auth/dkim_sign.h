/* dkim_sign.h - a DKIM signature over a message in memory, by a key that everybody has.
 *
 * It exists for rehearsals only: what would receivers make of this message if it were signed for a
 * domain? The private key stands in the source for all to read, so its signatures prove nothing to
 * anybody; its public half is never proposed for DNS, and what is signed here is never sent or
 * written. The same message, domain and time always give the same octets.
 *
 * RFC 6376 §5, 8301: rsa-sha256 with 2048 bits, relaxed/relaxed. Every field that a receiver looks
 * at is signed, each instance of it, and once more than there are (§8.15), so that the signature
 * itself gives no rule a reason to complain. Deviations: of a field that stands over 50 times only
 * the last 50 are signed.
 */
#ifndef MAILASSAY_AUTH_DKIM_SIGN_H
#define MAILASSAY_AUTH_DKIM_SIGN_H

#include "analyzer/base/pubkey.h"
#include "analyzer/message/source.h"

/* The DKIM-Signature field, with line ends as those of the header; to be put before the first
 * field. domain (d=) and selector (s=) in normal form. NULL when there is no From to be signed
 * (§5.4). Owned. */
char *dkim_sign(const Source *source, const char *domain, const char *selector, int64_t time_s);
/* The public half of the key it signs with. Owned. */
Pubkey *dkim_sign_key(void);

#endif
