/* provider_test.h - the tests of the provider matrix: one predicate for each, over the facts of a
 * message and what the rules found in them.
 *
 * Where a rule of the catalogue asks the same question, its findings answer, so that the matrix
 * cannot contradict the verdict; whether the operator switched the rule off makes no difference to
 * a provider. DNS trouble and missing facts are never "not met".
 */
#ifndef MAILASSAY_RULES_PROVIDER_TEST_H
#define MAILASSAY_RULES_PROVIDER_TEST_H

#include "rules/judge.h"
#include "rules/provider.h"

typedef enum ProviderState {
    PROVIDER_MET,
    PROVIDER_NOT_MET,
    PROVIDER_NOT_EVALUABLE,
    PROVIDER_NOT_APPLICABLE, /* there is nothing that it could be asked of */
} ProviderState;
const char *provider_state_name(ProviderState state); /* "met", "not-met" ... */

typedef struct ProviderTestResult {
    ProviderState state;
    bool inferred; /* rests on what is merely inferred, or on a guess */
    char *missing; /* the fact that lacks when not evaluable: words as in findings; else NULL */
    char *found;   /* what there is instead of what is asked, escaped, at most about 100 octets:
                      "softfail"; or NULL */
} ProviderTestResult;

/* id: of a test in the data. Owned by the caller: provider_test_clear(). */
ProviderTestResult provider_test(const char *id, const Evidence *evidence,
                                 const Judgement *judgement);
void provider_test_clear(ProviderTestResult *result);
/* Whether every test has exactly one predicate and every predicate a test. GError names the one
 * that has not. */
bool provider_test_check(const Providers *providers, GError **error);

#endif
