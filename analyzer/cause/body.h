/* body.h - the body as it was signed: tail and head cuts in one pass, inverse edits, re-encodings,
 * MIME surgery.
 *
 * A hypothesis is a body given as a few pieces; only what follows the first changed line is hashed
 * again where the canonical prefix is shared. Text parts are edited at decoded level and re-encoded
 * line by line.
 * Order: how the signer may have gone wrong; cuts; links, and second changes on the body without
 * them; parts and part headers; whole-body inverses; likely insertions; re-encodings; insertions in
 * two parts, elements; second changes on what these left; single lines, attributes, characters,
 * blocks of lines. A large body begins with what is likely. Every stage has its share of the
 * budget.
 */
#ifndef MAILASSAY_CAUSE_BODY_H
#define MAILASSAY_CAUSE_BODY_H

#include "analyzer/cause/cause.h"

typedef struct BodyFound {
    GBytes *body;      /* canonical body as signed (l= applied); NULL when not found */
    GArray *causes;    /* of Cause, side body */
    GArray *ruled_out; /* of RuledOut */
    bool exhausted;
    bool lossy_evidence; /* signs that information is gone: opaque links, a notice in place of a
                            part */
} BodyFound;

void body_search(const CauseInput *input, Budget *budget, BodyFound *found);
void body_found_clear(BodyFound *found);

#endif
