/* lines.h - a body as lines with their canonical text, and one question: is this what was signed?
 *
 * Canonicalization of a body works line by line (RFC 6376 §3.4.3, §3.4.4); only empty lines at the
 * very end are special. So the canonical text of every line is kept once, and a hypothesis is a row
 * of pieces: ranges of lines as they are, and new text. What precedes the first new text is not
 * hashed again. Every question is paid from the budget; after a yes, or when the budget is used up,
 * nothing more is asked.
 *
 * A BodyLines is one reading of a body: the one received, or the outcome of a first change on which
 * a second one is tried.
 */
#ifndef MAILASSAY_CAUSE_LINES_H
#define MAILASSAY_CAUSE_LINES_H

#include "analyzer/auth/canon.h"
#include "analyzer/cause/budget.h"

/* What the body as signed hashes to. */
typedef struct BodyOracle {
    Canon canon;
    HashAlg hash;
    uint8_t digest[32];
    bool limited; /* l= */
    uint64_t limit;
    Budget *budget;
    GString *found; /* canonical body as signed (l= applied), once found */
    bool exhausted;
} BodyOracle;

typedef struct BodyLines {
    GBytes *octets; /* what the spans point into */
    Span text;      /* the body, line ends as they were */
    Span *lines;    /* without line ends */
    size_t n;
    GString *canon;  /* canonical text of all lines, each with CRLF */
    size_t *offsets; /* n + 1 offsets into canon */
    BodyOracle *oracle;
    void **states; /* hash states before every STATE_EVERY-th line */
} BodyLines;

/* One piece of a hypothesis: lines [from, to) as they are, or new text (whole lines; the last may
 * lack its line end). */
typedef struct Piece {
    bool is_text;
    size_t from, to;
    Span text;
} Piece;

static inline Piece piece_lines(size_t from, size_t to)
{
    return (Piece){.from = from, .to = to};
}
static inline Piece piece_text(Span text)
{
    return (Piece){.is_text = true, .text = text};
}

/* Takes its own reference on octets; text lies in them. */
BodyLines *lines_new(BodyOracle *oracle, GBytes *octets, Span text, bool lf_is_crlf);
void lines_free(BodyLines *lines);

/* Found, or no budget left: stop asking. */
bool lines_done(const BodyLines *lines);
/* True when these pieces, canonicalized, are what was signed; oracle->found is set then. */
bool lines_try(BodyLines *lines, const Piece *pieces, size_t n);
/* All lines from `from` on, cut at every later line end (of a long body: the last 50,000), in one
 * pass. True with *end: lines [from, *end) were signed. */
bool lines_try_tail_cuts(BodyLines *lines, size_t from, size_t *end);
/* Canonical octets given as they are: no line-wise treatment, no l=. For signers that hashed
 * something else. */
bool lines_try_octets(BodyLines *lines, Span octets);

/* The start of many hypotheses, hashed once. The pieces must stay until it is freed; NULL when no
 * budget is left. */
typedef struct LinesStart LinesStart;
LinesStart *lines_start_new(BodyLines *lines, const Piece *pieces, size_t n);
void lines_start_free(LinesStart *start);
/* As lines_try for the pieces of the start and then these, of which one is not blank. */
bool lines_try_after(BodyLines *lines, const LinesStart *start, const Piece *pieces, size_t n);

/* text with every `what` replaced, in linear time; `what` is not empty. */
GString *lines_replace(Span text, Span what, Span with);
/* The pieces as text with CRLF, to go on from. */
GBytes *lines_join(const BodyLines *lines, const Piece *pieces, size_t n);

#endif
