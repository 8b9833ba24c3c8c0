/* regiondiff.h - where what a signature covers begins to differ between two copies of a message.
 *
 * RFC 6376 §3.4, §3.7: header block and body as they are hashed, after canonicalization and l=. So
 * a difference here is one that breaks the signature in one of the copies, and "equal" means that
 * both copies verify or both fail, whatever else was changed on the way. A fact even where the
 * cause of a failure (analyzer/cause/) is not found.
 *
 * A signature is in both copies when d=, s= and b= are equal; a signature that is in one of them
 * only, but with the d=, s= and bh= of one in the other, was made of the same body: those two are
 * set beside each other as well. Compared are the first DKIM_MAX_SIGNATURES of each copy and the
 * ARC-Message-Signatures. Deviations: none known.
 *
 * Work: a body is walked twice for each canonicalization in use, a header block once for each
 * signature, as verification does. Lifetime: signatures are borrowed from the Evidence; excerpts
 * are owned.
 */
#ifndef MAILASSAY_AUTH_REGIONDIFF_H
#define MAILASSAY_AUTH_REGIONDIFF_H

#include "analyzer/auth/arc.h"
#include "analyzer/auth/dkim.h"

typedef enum RegionState {
    REGION_EQUAL,
    REGION_DIFFERS,
    REGION_NOT_SUPPLIED,   /* a copy without its body */
    REGION_NOT_COMPARABLE, /* other canonicalization or l= */
} RegionState;
const char *region_state_name(RegionState state);

/* The first differing octet in one copy. */
typedef struct RegionPlace {
    bool at_end;    /* the region ends where the other goes on */
    bool has_field; /* header: the field it lies in */
    size_t field;   /* index into Source.fields */
    size_t offset;  /* in the source: that octet, or the one that was left out or put in before it
                       in canonicalization; for the signature's own field, its first octet */
    size_t line;    /* 1-based */
    char *excerpt;  /* the canonical octets from there on, at most REGION_EXCERPT */
    size_t excerpt_n;
} RegionPlace;

enum { REGION_EXCERPT = 48, REGION_CONTEXT = 24 };

typedef struct Region {
    RegionState state;
    size_t size_a, size_b; /* canonical octets */
    size_t at;             /* REGION_DIFFERS: canonical offset of the first differing octet */
    char *context;         /* the octets before it, the same in both, at most REGION_CONTEXT */
    size_t context_n;
    RegionPlace a, b;
} Region;

typedef struct SignaturePair {
    const DkimSignature *a, *b; /* borrowed */
    bool same_value;            /* b= is equal, too: it is the same signature */
    Region header, body;
} SignaturePair;

typedef struct SignaturePairs {
    SignaturePair *pairs; /* in the order of a; those of ARC last */
    size_t n;
} SignaturePairs;

/* One copy: its octets as examined, and what was found in them. */
typedef struct SignedCopy {
    const Source *source;
    const DkimCheck *dkim;
    const ArcChain *arc;
    bool headers_only;
} SignedCopy;

SignaturePairs *regiondiff_new(const SignedCopy *a, const SignedCopy *b);
void regiondiff_free(SignaturePairs *pairs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SignaturePairs, regiondiff_free)

#endif
