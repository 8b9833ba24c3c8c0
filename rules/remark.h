/* remark.h - findings about a place in a DNS record, from the remarks of lint.h. */
#ifndef MAILASSAY_REMARK_H
#define MAILASSAY_REMARK_H

#include "rules/judge.h"

/* Fails about `object` when the record has a remark of that code, with its place, and with the
 * arguments name, found (what stands at the place) and position (from 1); passes when it has none;
 * says nothing without a record. True when it failed. */
bool remark_fails(const Lint *lint, LintCode code, const char *object, Verdicts *out);
/* Adds the place and those arguments to a finding that failed. */
void remark_place(const Lint *lint, size_t offset, size_t length, Verdicts *out);
/* Proposes the record with all such remarks mended, where that is certain. */
void remark_propose(const Lint *lint, LintCode code, Verdicts *out);

#endif
