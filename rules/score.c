#include "rules/score.h"

#include <string.h>

/* Information costs nothing, also when it was the operator who made it that. */
static bool counts(const Finding *finding)
{
    return finding->outcome == OUTCOME_FAIL && !finding->waived &&
           finding->certainty != CERTAINTY_INFERRED && finding->severity != SEVERITY_INFO;
}

static unsigned weight_of(const Rule *rule, const Profile *profile)
{
    for (size_t i = 0; i < profile->n_settings; i++) {
        const RuleSetting *setting = &profile->settings[i];
        if (setting->has_weight &&
            (strcmp(setting->rule, rule->id) == 0 || g_strcmp0(setting->rule, rule->formerly) == 0))
            return setting->weight;
    }
    return rule->weight;
}

/* The deduction that already stands for the same root cause: of this rule, or of its group. */
static Deduction *rival(GArray *deductions, const Rule *rule)
{
    for (size_t i = 0; i < deductions->len; i++) {
        Deduction *deduction = &g_array_index(deductions, Deduction, i);
        if (deduction->rule == rule ||
            (rule->group && g_strcmp0(deduction->rule->group, rule->group) == 0))
            return deduction;
    }
    return NULL;
}

static GArray *deductions_of(const Judgement *judgement, const Profile *profile)
{
    GArray *deductions = g_array_new(false, false, sizeof(Deduction));
    for (size_t i = 0; i < judgement->n; i++) {
        const Finding *finding = &judgement->findings[i];
        if (!counts(finding))
            continue;
        Deduction deduction = {finding->rule, weight_of(finding->rule, profile), i};
        if (deduction.points == 0)
            continue;
        Deduction *standing = rival(deductions, finding->rule);
        if (!standing)
            g_array_append_val(deductions, deduction);
        else if (deduction.points > standing->points)
            *standing = deduction;
    }
    return deductions;
}

static const Rule *lowest_cap(const Judgement *judgement)
{
    const Rule *lowest = NULL;
    for (size_t i = 0; i < judgement->n; i++) {
        const Finding *finding = &judgement->findings[i];
        if (!counts(finding) || finding->severity != SEVERITY_ERROR || !finding->rule->has_cap)
            continue;
        if (!lowest || finding->rule->cap < lowest->cap)
            lowest = finding->rule;
    }
    return lowest;
}

/* What DNS did not say is open whatever it would cost; of other missing facts only those that would
 * decide, because every copy lacks some. */
static const char *open_reason(const Judgement *judgement, const Profile *profile)
{
    const char *reason = NULL;
    for (size_t i = 0; i < judgement->n; i++) {
        const Finding *finding = &judgement->findings[i];
        if (finding->outcome != OUTCOME_NOT_EVALUABLE || finding->waived)
            continue;
        bool dns = g_strcmp0(finding_argument(finding, "missing"), "dns") == 0;
        if (dns && (finding->rule->has_cap || weight_of(finding->rule, profile) > 0))
            return "dns";
        if (finding->rule->has_cap)
            reason = "facts";
    }
    return reason;
}

void score_count(Judgement *judgement, const Profile *profile)
{
    GArray *deductions = deductions_of(judgement, profile);
    judgement->n_deductions = deductions->len;
    judgement->deductions = (Deduction *)(void *)g_array_free(deductions, false);
    unsigned off = 0;
    for (size_t i = 0; i < judgement->n_deductions; i++) {
        const Deduction *deduction = &judgement->deductions[i];
        judgement->findings[deduction->finding].points = deduction->points;
        off += MIN(deduction->points, 100u);
    }
    judgement->uncapped = off < 100 ? 100 - off : 0;
    judgement->score = judgement->uncapped;
    judgement->open = open_reason(judgement, profile);
    const Rule *cap = lowest_cap(judgement);
    if (cap && cap->cap < judgement->uncapped) {
        judgement->cap = cap;
        judgement->score = cap->cap;
    }
}
