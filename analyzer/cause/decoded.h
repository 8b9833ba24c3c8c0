/* decoded.h - a DKIM-Signature field that a gateway turned into encoded-words (RFC 2047), which no
 * verifier may undo.
 *
 * The field is decoded, verified and searched as if it had arrived so; what is found then is
 * reported with the encoding on top.
 */
#ifndef MAILASSAY_CAUSE_DECODED_H
#define MAILASSAY_CAUSE_DECODED_H

#include "analyzer/cause/cause.h"

/* NULL when the field is not written in encoded-words, or can be read as it stands. */
CauseReport *decoded_search(const CauseInput *input);

#endif
