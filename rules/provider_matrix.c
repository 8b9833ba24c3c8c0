#include "rules/provider_matrix.h"

#include <string.h>

const char *provider_verdict_name(ProviderVerdict verdict)
{
    static const char *const names[] = {[PROVIDER_REFUSES] = "refuses",
                                        [PROVIDER_REFUSES_BULK] = "refuses-bulk",
                                        [PROVIDER_OPEN] = "open",
                                        [PROVIDER_SHORT] = "short",
                                        [PROVIDER_ALL_MET] = "all-met"};
    g_return_val_if_fail(verdict < G_N_ELEMENTS(names), "");
    return names[verdict];
}

/* What one required check makes of the message. */
static ProviderVerdict verdict_of(const ProviderCheck *check)
{
    switch (check->state) {
    case PROVIDER_MET:
    case PROVIDER_NOT_APPLICABLE:
        return PROVIDER_ALL_MET;
    case PROVIDER_NOT_EVALUABLE:
        return PROVIDER_OPEN;
    case PROVIDER_NOT_MET:
        break;
    }
    if (check->result->inferred)
        return PROVIDER_OPEN;
    if (!check->requirement->refuses)
        return PROVIDER_SHORT;
    return check->requirement->applies == APPLIES_ALL ? PROVIDER_REFUSES : PROVIDER_REFUSES_BULK;
}

static ProviderCheck check_of(const Requirement *requirement, const ProviderTestResult *results,
                              bool newsletter)
{
    const ProviderTestResult *result = &results[requirement->test];
    bool foreign = requirement->applies == APPLIES_SUBSCRIBED && !newsletter;
    return (ProviderCheck){requirement, foreign ? PROVIDER_NOT_APPLICABLE : result->state, result};
}

static ProviderRow row_of(const Provider *provider, const ProviderTestResult *results,
                          bool newsletter)
{
    ProviderRow row = {.provider = provider, .verdict = PROVIDER_ALL_MET};
    row.checks = g_new0(ProviderCheck, provider->n_requirements);
    for (size_t i = 0; i < provider->n_requirements; i++) {
        ProviderCheck *check = &row.checks[i];
        *check = check_of(&provider->requirements[i], results, newsletter);
        if (!check->requirement->required)
            continue;
        row.verdict = MIN(row.verdict, verdict_of(check));
        row.inferred |= check->state != PROVIDER_NOT_APPLICABLE && check->result->inferred;
    }
    row.inferred &= row.verdict == PROVIDER_SHORT || row.verdict == PROVIDER_ALL_MET;
    return row;
}

/* --- for whom it was --- */

static bool is_below_any(const char *name, char *const *ancestors)
{
    for (; *ancestors; ancestors++)
        if (domain_is_at_or_below(name, *ancestors))
            return true;
    return false;
}

/* The recipient's domain tells; only when there is none, the host that received does. */
static const Provider *recipient_of(const Providers *providers, const Envelope *envelope)
{
    const char *recipient = envelope->recipient.value, *receiver = envelope->receiver.value;
    g_autofree char *domain = recipient ? domain_of_address(span_str(recipient)) : NULL;
    g_autofree char *host = !domain && receiver ? domain_normal(span_str(receiver)) : NULL;
    for (size_t i = 0; i < providers->n; i++) {
        const Provider *provider = &providers->items[i];
        if ((domain && g_strv_contains((const char *const *)provider->domains, domain)) ||
            (host && is_below_any(host, provider->hosts)))
            return provider;
    }
    return NULL;
}

ProviderMatrix *provider_matrix(const Providers *providers, const Evidence *evidence,
                                const Judgement *judgement)
{
    g_autoptr(GError) error = NULL;
    if (!provider_test_check(providers, &error))
        g_error("%s", error->message);
    ProviderMatrix *matrix = g_new0(ProviderMatrix, 1);
    matrix->providers = providers;
    matrix->results = g_new0(ProviderTestResult, providers->n_tests);
    for (size_t i = 0; i < providers->n_tests; i++)
        matrix->results[i] = provider_test(providers->tests[i].id, evidence, judgement);

    bool newsletter = g_strcmp0(evidence->profile->rule_profile, "newsletter") == 0;
    const Provider *recipient = recipient_of(providers, evidence->envelope);
    matrix->rows = g_new0(ProviderRow, providers->n);
    for (size_t i = 0; i < providers->n; i++) {
        matrix->rows[i] = row_of(&providers->items[i], matrix->results, newsletter);
        matrix->rows[i].is_recipient = recipient == &providers->items[i];
    }
    return matrix;
}

void provider_matrix_free(ProviderMatrix *matrix)
{
    if (!matrix)
        return;
    for (size_t i = 0; i < matrix->providers->n_tests; i++)
        provider_test_clear(&matrix->results[i]);
    g_free(matrix->results);
    for (size_t i = 0; i < matrix->providers->n; i++)
        g_free(matrix->rows[i].checks);
    g_free(matrix->rows);
    g_free(matrix);
}

size_t provider_matrix_all_met(const ProviderMatrix *matrix)
{
    size_t n = 0;
    for (size_t i = 0; matrix && i < matrix->providers->n; i++)
        n += matrix->rows[i].verdict == PROVIDER_ALL_MET;
    return n;
}
