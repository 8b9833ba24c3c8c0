/* headerloss.h - what can be seen of a signed header that cannot be reconstructed: evidence, never
 * a proof. */
#ifndef MAILASSAY_CAUSE_HEADERLOSS_H
#define MAILASSAY_CAUSE_HEADERLOSS_H

#include "analyzer/cause/block.h"

/* Adds at least one cause, all of certainty CAUSE_NOT_RECONSTRUCTABLE. */
void headerloss_note(const HeaderBlock *block, GArray *causes);

#endif
