/* provider_matrix.h - a message against what large providers ask in public: requirement by
 * provider, met or not, and what each provider would make of it.
 *
 * It says what the public rules say, no more: reputation and content are the provider's own, and
 * for bulk senders the state tells from what volume a rule is enforced. Lifetime: borrows from
 * Providers, owns the rest.
 */
#ifndef MAILASSAY_RULES_PROVIDER_MATRIX_H
#define MAILASSAY_RULES_PROVIDER_MATRIX_H

#include "rules/provider_test.h"

/* What the public rules of a provider make of the message: the first of these that holds. */
typedef enum ProviderVerdict {
    PROVIDER_REFUSES,      /* a requirement for all mail is not met */
    PROVIDER_REFUSES_BULK, /* a requirement for bulk senders, or for subscribed mail, is not met */
    PROVIDER_OPEN,         /* a requirement cannot be judged, or seems not met by what is merely
                              inferred */
    PROVIDER_SHORT,        /* one is not met for which nothing is refused */
    PROVIDER_ALL_MET,
} ProviderVerdict;
const char *provider_verdict_name(ProviderVerdict verdict); /* "refuses", "refuses-bulk", "open",
                                                               "short", "all-met" */

typedef struct ProviderCheck {
    const Requirement *requirement;
    ProviderState state; /* of the result; not applicable to mail that it is not asked of */
    const ProviderTestResult *result;
} ProviderCheck;

typedef struct ProviderRow {
    const Provider *provider;
    ProviderVerdict verdict;
    bool inferred;     /* it is not refused, by what in part is merely inferred */
    bool is_recipient; /* the message went to a mailbox of this provider, as far as can be told */
    ProviderCheck *checks; /* one for each of its requirements, in that order */
} ProviderRow;

typedef struct ProviderMatrix {
    const Providers *providers;
    ProviderTestResult *results; /* one for each of the tests */
    ProviderRow *rows;           /* one for each of the providers */
} ProviderMatrix;

/* Owned. Aborts when tests and predicates do not match (provider_test_check). */
ProviderMatrix *provider_matrix(const Providers *providers, const Evidence *evidence,
                                const Judgement *judgement);
void provider_matrix_free(ProviderMatrix *matrix);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ProviderMatrix, provider_matrix_free)
/* How many providers have PROVIDER_ALL_MET. */
size_t provider_matrix_all_met(const ProviderMatrix *matrix);

#endif
