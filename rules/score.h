/* score.h - points from findings: 100, less what the failing rules weigh, under the lowest cap.
 *
 * The rules of counting stand in judge.h. Integers only, so the same findings always give the same
 * score.
 */
#ifndef MAILASSAY_SCORE_H
#define MAILASSAY_SCORE_H

#include "rules/judge.h"

/* Fills deductions, the points of findings, score, uncapped and cap. The profile may change a
 * rule's weight. */
void score_count(Judgement *judgement, const Profile *profile);

#endif
