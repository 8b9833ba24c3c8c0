/* mask.h - octets with the sense taken out of them: what is left is the length, the white space and
 * line ends, the punctuation, and where capitals and digits stood.
 *
 * A mask has exactly as many octets as what it stands for. Letters become x and X, digits 0;
 * characters beyond ASCII become one of as many octets (ø ẋ 𝑥), except white space, punctuation and
 * invisible characters; an octet that is not UTF-8 becomes F8. Control octets stay.
 */
#ifndef MAILASSAY_REPORTS_MASK_H
#define MAILASSAY_REPORTS_MASK_H

#include "analyzer/base/bytes.h"

void mask_append(GString *out, Span raw);
/* Of octets that are no text, where even the punctuation tells: all x but the line ends. */
void mask_append_filled(GString *out, Span raw);

#endif
