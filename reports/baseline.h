/* baseline.h - sets a report against an earlier one, so that views tell and gates count only what
 * is new or worse.
 *
 * The report stays whole: every finding stands in it, those that fail with since-baseline (new,
 * worse, better, known; findingdiff.h says what that means), and an element `baseline` says which
 * report it was set against and what failed then and does not now. verdict/@passed is about what is
 * new or worse; score, counts and sentence are of the message as it is.
 *
 * The baseline may be of another message, or made with another profile, time or DNS: it is said
 * whose it is, and identity of a finding is rule and object.
 */
#ifndef MAILASSAY_REPORTS_BASELINE_H
#define MAILASSAY_REPORTS_BASELINE_H

#include "reports/node.h"

/* Once per document. name is that of the old report, as the user gave it. */
void baseline_apply(xmlDoc *document, const xmlDoc *old, const char *name);

/* The element; NULL when the report was set against none. */
const xmlNode *baseline_of(const xmlDoc *document);
/* Whether a failing finding is one to tell and to count: without a baseline always, with one when
 * it is new or worse. */
bool baseline_tells(const xmlNode *finding);
/* Whether a low score counts: without a baseline always, with one when it is lower than then. */
bool baseline_score_counts(const xmlDoc *document);

#endif
