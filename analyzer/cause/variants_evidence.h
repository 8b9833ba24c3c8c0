/* variants_evidence.h - what the rest of a message tells about a field that was changed: copies of
 * its old value.
 *
 * Copies stand in z= (RFC 6376 §3.5), in fields named after the original (X-Original-To,
 * X-Google-Original-Message-ID, Resent-..., Old-...), in headers of MIME parts and attached
 * messages, and in fields that hold the same thing by nature (envelope recipients for To, Reply-To
 * for From, trace dates for Date). Collected once per search, in one pass over the header and the
 * first HINTS_BODY octets of the body. Everything is capped. Lifetime: spans point into the source
 * or into the arena.
 */
#ifndef MAILASSAY_CAUSE_VARIANTS_EVIDENCE_H
#define MAILASSAY_CAUSE_VARIANTS_EVIDENCE_H

#include "analyzer/cause/cause.h"
#include "analyzer/cause/variants_words.h"

enum { HINTS_BODY = 512 * 1024, HINTS_FIELDS = 2000, HINTS_EACH = 64 };

/* A value that a field may have had. */
typedef struct HintValue {
    Span value; /* raw: folds kept */
    unsigned cost;
    const char *from; /* name of the field it stands in, or "z=" */
} HintValue;

typedef struct HintAddress {
    Span address;      /* without brackets */
    Span name;         /* as written: quotes and encoded-words kept; may be empty */
    const char *field; /* lower-case name of the field it stands in */
    unsigned cost;
} HintAddress;

typedef struct Hints {
    const CauseInput *input;
    GHashTable *values;     /* lower-case field name, to GArray of HintValue */
    GArray *addresses;      /* of HintAddress */
    GArray *times;          /* of int64_t: seconds since 1970, t= first */
    GArray *zones;          /* of int: minutes east of UTC, likeliest first, each once */
    GPtrArray *message_ids; /* char *, with brackets */
    GPtrArray *boundaries;  /* char *: delimiters met in the body */
    GArray *charsets;       /* of WordCharset, likeliest first */
    GArray *styles;         /* of WordStyle (variants_words.h) */
    GStringChunk *arena;
} Hints;

Hints *hints_new(const CauseInput *input);
void hints_free(Hints *hints);
/* What a field of that lower-case name may have been, cheapest first; NULL when nothing is known.
 * Of HintValue. */
const GArray *hints_values(const Hints *hints, const char *name);

#endif
