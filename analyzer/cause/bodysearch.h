/* bodysearch.h - what the families of body hypotheses share: one search, its base, and how a
 * proposal is made.
 *
 * A family proposes bodies as pieces of lines; body_propose() asks, explains a hit, and keeps cheap
 * misses as bases for a second change. On a base (depth 1) the families run again, and a hit is
 * explained by both changes.
 */
#ifndef MAILASSAY_CAUSE_BODYSEARCH_H
#define MAILASSAY_CAUSE_BODYSEARCH_H

#include "analyzer/cause/body.h"
#include "analyzer/cause/leaves.h"

enum {
    BASES_MAX = 96,
    BASES_LIKELY = 32, /* of them kept free for likely ones */
    BASE_MAX_OCTETS = 256 * 1024,
    FIRST_BASE_MAX_OCTETS = 8 * 1024 * 1024,
};

/* Whether to try a second change on a body, and how soon. */
typedef enum Keep { KEEP_NOT, KEEP_AS_BASE, KEEP_AS_LIKELY_BASE, KEEP_AS_FIRST_BASE } Keep;

/* A body after a first change, kept to try a second one on. */
typedef struct BodyBase {
    GBytes *octets;
    const char *kind;
    char *detail;
    /* The message's own Content-Type and encoding on this base, when the change concerns them;
     * NULL: as received. */
    char *content_type, *encoding;
    Keep keep;
} BodyBase;

typedef struct BodySearch {
    const CauseInput *input;
    BodyOracle oracle;
    BodyFound *found;
    const BodyBase *base; /* NULL on the body as received */
    GArray *bases;        /* of BodyBase */
    uint64_t limit;       /* what may have been spent when the present stage ends */
} BodySearch;

/* One body under examination. */
typedef struct BodyView {
    BodyLines *lines;
    Leaves leaves;
    bool top_is_text; /* a single text part: no multipart */
} BodyView;

/* Asks whether these pieces were signed. On a hit the cause is added (kind, detail; before and
 * after from the pieces) and true comes back. On a miss, on the body as received, the body is kept
 * for a second change when `keep` says so; likely bases come first. detail may be NULL. */
bool body_propose(BodySearch *search, const BodyView *view, const Piece *pieces, size_t n,
                  const char *kind, const char *detail, Keep keep);
/* As body_propose, where [from, to) of the lines is replaced by text. */
bool body_propose_lines(BodySearch *search, const BodyView *view, size_t from, size_t to, Span text,
                        const char *kind, const char *detail, Keep keep);
/* As body_propose, for a change that also changes what the message's own Content-Type or encoding
 * would say (either may be NULL): kept as a base with them. */
bool body_propose_as(BodySearch *search, const BodyView *view, const Piece *pieces, size_t n,
                     const char *kind, const char *detail, const char *content_type,
                     const char *encoding, Keep keep);
/* Adds the cause of a hit that was asked for otherwise: the pieces are those of one change. Several
 * changes: once for each. */
void body_explain(BodySearch *search, const BodyView *view, const Piece *pieces, size_t n,
                  const char *kind, const char *detail);
/* Pays for work on so many octets beside hashing: making a text, one pass over all lines. False:
 * nothing is left. */
bool body_work(BodySearch *search, size_t octets);
/* Nothing more to ask at this stage. */
bool body_done(const BodySearch *search);

/* The families, in the order of body.c; each returns true on a hit. */
bool body_try_signer(BodySearch *search,
                     const BodyView *view); /* how the signer may have gone wrong */
bool body_try_cuts(BodySearch *search, const BodyView *view); /* tails, heads */
bool body_try_whole(BodySearch *search,
                    const BodyView *view); /* dots, From, blank lines, tabs, wraps ... */
bool body_try_structure(BodySearch *search,
                        const BodyView *view); /* parts, part headers, preamble, wrapping */
bool body_try_encodings(BodySearch *search,
                        const BodyView *view); /* quoted-printable, base64, 8bit, charsets */
bool body_try_links(BodySearch *search,
                    const BodyView *view); /* links; text between its inserter's marks */
bool body_try_insertions(
    BodySearch *search,
    const BodyView *view); /* banners, footers: the likeliest, in decoded text */
bool body_try_content(BodySearch *search,
                      const BodyView *view); /* all of them, in two parts too; elements */
bool body_try_lines(BodySearch *search,
                    const BodyView *view); /* a blank line or a dot, at every line */
bool body_try_rare_content(BodySearch *search,
                           const BodyView *view); /* wrappings, attributes, single characters */
bool body_try_blocks(BodySearch *search,
                     const BodyView *view); /* every contiguous block of lines */
/* Signs that a change cannot be undone: adds not-reconstructable causes. */
void body_note_losses(BodySearch *search, const BodyView *view);

#endif
