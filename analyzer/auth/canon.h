/* canon.h - canonicalization (RFC 6376 §3.4) as a stream of octets into a sink, and all body hashes
 * in one pass.
 *
 * Deviations: none known. Bare LF is a line end in header fields always, in bodies when the source
 * says so. The sink gets runs, never single octets on purpose; linear in the input.
 */
#ifndef MAILASSAY_AUTH_CANON_H
#define MAILASSAY_AUTH_CANON_H

#include "analyzer/base/pubkey.h"
#include "analyzer/message/source.h"

typedef enum Canon { CANON_SIMPLE, CANON_RELAXED } Canon;
const char *canon_name(Canon canon); /* "simple", "relaxed" */

typedef void (*CanonSink)(void *context, const char *p, size_t n);

/* One header field, CRLF at its end included (§3.4.1, §3.4.2). raw: the field with or without its
 * final line end. */
void canon_header(Canon canon, Span raw, CanonSink sink, void *context);
/* The signature field itself: as canon_header, with the value of b= emptied and without the final
 * CRLF (§3.7). b_start/b_end: offsets in raw of the octets between "b=" and the next ";" or the
 * end. */
void canon_signature_header(Canon canon, Span raw, size_t b_start, size_t b_end, CanonSink sink,
                            void *context);
/* A whole body (§3.4.3, §3.4.4). */
void canon_body(Canon canon, Span body, bool lf_is_crlf, CanonSink sink, void *context);

/* Sinks. */
void canon_to_string(void *gstring, const char *p, size_t n); /* appends to a GString */

/* What body hashes are wanted; filled by canon_hash_body. */
typedef struct BodyHash {
    Canon canon;
    HashAlg hash;
    bool limited;            /* l= given */
    uint64_t limit;          /* l= */
    uint8_t digest[32];      /* out */
    uint64_t canonical_size; /* out: octets of the whole canonical body */
    bool short_body;         /* out: the body has fewer octets than l= claims */
} BodyHash;

/* Fills every entry: one walk over the body per canonicalization in use, one hash state per
 * distinct (canon, hash, limit). */
void canon_hash_body(const Source *source, BodyHash *wanted, size_t n);

#endif
