/* difference.h - which octets of two short texts differ: for showing a change to people.
 *
 * Words are compared, and inside a word that changed its common beginning and end; UTF-8 characters
 * stay whole. The shortest edit script is looked for (Myers 1986) as long as it is short; past
 * DIFFERENCE_MAX_EDITS words, everything between the common beginning and the common end counts as
 * changed. Bounded: at most (words + DIFFERENCE_MAX_EDITS) * DIFFERENCE_MAX_EDITS comparisons.
 */
#ifndef MAILASSAY_BASE_DIFFERENCE_H
#define MAILASSAY_BASE_DIFFERENCE_H

#include "analyzer/base/bytes.h"

enum { DIFFERENCE_MAX_EDITS = 200 };

typedef enum DifferenceSide {
    DIFFERENCE_BOTH,
    DIFFERENCE_BEFORE, /* only in the first text */
    DIFFERENCE_AFTER   /* only in the second */
} DifferenceSide;
const char *difference_side_name(DifferenceSide side); /* "both", "before", "after" */

typedef struct DifferencePiece {
    DifferenceSide side;
    Span octets; /* never empty; in the first text, or for AFTER in the second */
} DifferencePiece;

/* The pieces in reading order: BOTH and BEFORE joined are `before`, BOTH and AFTER `after`. Of a
 * replacement BEFORE comes first, and two neighbours are never of the same side. Owned, of
 * DifferencePiece; borrows from both texts. */
GArray *difference_pieces(Span before, Span after);

#endif
