#include "rules/judge.h"

#include "rules/deciding.h"
#include "rules/provider_matrix.h"
#include "rules/recordcheck.h"
#include "rules/score.h"

#include <string.h>

G_DEFINE_QUARK(mailassay - judge - error - quark, judge_error)

struct Verdicts {
    const Rule *rule;
    GArray *findings; /* of Finding, all rules */
};

const char *outcome_name(Outcome outcome)
{
    static const char *const names[] = {[OUTCOME_PASS] = "pass",
                                        [OUTCOME_FAIL] = "fail",
                                        [OUTCOME_NOT_APPLICABLE] = "not-applicable",
                                        [OUTCOME_NOT_EVALUABLE] = "not-evaluable"};
    g_return_val_if_fail(outcome < G_N_ELEMENTS(names), "");
    return names[outcome];
}

const char *certainty_name(Certainty certainty)
{
    static const char *const names[] = {[CERTAINTY_PROVEN] = "proven",
                                        [CERTAINTY_EVALUATED] = "evaluated",
                                        [CERTAINTY_INFERRED] = "inferred",
                                        [CERTAINTY_NOT_EVALUABLE] = "not-evaluable"};
    g_return_val_if_fail(certainty < G_N_ELEMENTS(names), "");
    return names[certainty];
}

/* --- what predicates state --- */

static Finding *begin(Verdicts *out, Outcome outcome, const char *object, Certainty certainty)
{
    Finding finding = {.rule = out->rule,
                       .severity = out->rule->severity,
                       .outcome = outcome,
                       .certainty = certainty,
                       .object = bytes_escape(span_str(object))};
    g_array_append_val(out->findings, finding);
    return &g_array_index(out->findings, Finding, out->findings->len - 1);
}

static Finding *current(Verdicts *out)
{
    g_assert(out->findings->len > 0);
    return &g_array_index(out->findings, Finding, out->findings->len - 1);
}

void verdict_pass(Verdicts *out, const char *object)
{
    begin(out, OUTCOME_PASS, object, CERTAINTY_EVALUATED);
}

void verdict_fail(Verdicts *out, const char *object, Certainty certainty)
{
    begin(out, OUTCOME_FAIL, object, certainty);
}

void verdict_not_applicable(Verdicts *out)
{
    begin(out, OUTCOME_NOT_APPLICABLE, "", CERTAINTY_EVALUATED);
}

void verdict_not_evaluable(Verdicts *out, const char *object, const char *missing)
{
    begin(out, OUTCOME_NOT_EVALUABLE, object, CERTAINTY_NOT_EVALUABLE);
    verdict_argument(out, "missing", missing);
}

void verdict_argument_span(Verdicts *out, const char *name, Span value)
{
    Finding *finding = current(out);
    finding->arguments = g_renew(FindingArgument, finding->arguments, finding->n_arguments + 1);
    finding->arguments[finding->n_arguments++] =
        (FindingArgument){g_strdup(name), value.n > 0 ? bytes_escape(value) : g_strdup("-")};
}

void verdict_argument(Verdicts *out, const char *name, const char *value)
{
    verdict_argument_span(out, name, span_str(value));
}

void verdict_argument_number(Verdicts *out, const char *name, uint64_t value)
{
    char digits[24];
    g_snprintf(digits, sizeof(digits), "%" G_GUINT64_FORMAT, value);
    verdict_argument(out, name, digits);
}

void verdict_actor(Verdicts *out, const char *actor)
{
    current(out)->actor = actor;
}

void verdict_at_most(Verdicts *out, Severity severity)
{
    Finding *finding = current(out);
    finding->severity = MIN(finding->severity, severity);
}

void verdict_place(Verdicts *out, size_t offset, size_t length)
{
    Finding *finding = current(out);
    finding->has_place = true;
    finding->offset = offset;
    finding->length = length;
}

void verdict_in_record(Verdicts *out, const char *name, Span text, size_t offset, size_t length)
{
    Finding *finding = current(out);
    g_return_if_fail(!finding->in_record);
    offset = MIN(offset, text.n);
    finding->in_record = g_new(RecordPlace, 1);
    *finding->in_record = (RecordPlace){
        .name = bytes_escape(span_str(name)),
        .type = g_strdup("TXT"),
        .text = span_dup(text),
        .text_n = text.n,
        .offset = offset,
        .length = MIN(length, text.n - offset),
    };
}

void verdict_record(Verdicts *out, const char *action, const char *name, const char *type,
                    const char *value)
{
    Finding *finding = current(out);
    if (strcmp(type, "TXT") == 0 && strcmp(action, "remove") != 0 &&
        !recordcheck_is_sound(name, value))
        return;
    finding->records = g_renew(ProposedRecord, finding->records, finding->n_records + 1);
    finding->records[finding->n_records++] = (ProposedRecord){
        .action = g_strdup(action),
        .name = bytes_escape(span_str(name)),
        .type = g_strdup(type),
        .value = bytes_escape(span_str(value)),
    };
}

void verdict_fit(Verdicts *out, const char *name, const SpfFit *fit)
{
    Finding *finding = current(out);
    size_t before = finding->n_records;
    verdict_record(out, "change", name, "TXT", fit->text);
    if (finding->n_records == before)
        return;
    ProposedRecord *record = &finding->records[before];
    record->swaps = g_new0(SpfSwap, fit->n + 1);
    record->n_swaps = fit->n;
    for (size_t i = 0; i < fit->n; i++)
        spf_swap_copy(&record->swaps[i], &fit->swaps[i]);
}

const char *finding_argument(const Finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->n_arguments; i++)
        if (strcmp(finding->arguments[i].name, name) == 0)
            return finding->arguments[i].value;
    return NULL;
}

const char *finding_actor(const Finding *finding)
{
    return finding->actor ? finding->actor : finding->rule->actor;
}

static void record_place_free(RecordPlace *place)
{
    if (!place)
        return;
    g_free(place->name);
    g_free(place->type);
    g_free(place->text);
    g_free(place);
}

static void finding_clear(Finding *finding)
{
    g_free(finding->object);
    record_place_free(finding->in_record);
    for (size_t i = 0; i < finding->n_arguments; i++) {
        g_free(finding->arguments[i].name);
        g_free(finding->arguments[i].value);
    }
    g_free(finding->arguments);
    for (size_t i = 0; i < finding->n_records; i++) {
        ProposedRecord *record = &finding->records[i];
        g_free(record->action);
        g_free(record->name);
        g_free(record->type);
        g_free(record->value);
        for (size_t j = 0; j < record->n_swaps; j++)
            spf_swap_clear(&record->swaps[j]);
        g_free(record->swaps);
    }
    g_free(finding->records);
    g_free(finding->waived_reason);
}

/* --- rules and predicates --- */

static const RuleCheck *const tables[] = {
    dkim_rules,      cause_rules,   spf_rules,       dmarc_rules,   arc_rules,
    alignment_rules, profile_rules, transport_rules, message_rules, html_rules};

/* How a rule is judged: one of the three kinds of predicate. */
typedef struct Check {
    Predicate message;
    SignaturePredicate signature;
    const CauseKind *kind; /* for cause_of_kind() */
    size_t times;          /* predicates of that id */
} Check;

#define CAUSE_PREFIX "cause-"

static Check check_of(const char *id)
{
    Check found = {0};
    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++) {
        for (const RuleCheck *check = tables[t]; check->id; check++) {
            if (strcmp(check->id, id) == 0) {
                found.message = check->check;
                found.times++;
            }
        }
    }
    for (const SignatureCheck *check = dkim_signature_rules; check->id; check++) {
        if (strcmp(check->id, id) == 0) {
            found.signature = check->check;
            found.times++;
        }
    }
    if (g_str_has_prefix(id, CAUSE_PREFIX))
        found.kind = cause_kind(id + strlen(CAUSE_PREFIX));
    if (found.kind)
        found.times++;
    return found;
}

static bool has_rule(const Catalogue *catalogue, const char *id, GError **error)
{
    const Rule *rule = catalogue_find(catalogue, id);
    if (rule && strcmp(rule->id, id) == 0)
        return true;
    g_set_error(error, judge_error_quark(), 0, "predicate %s has no rule", id);
    return false;
}

bool judge_check_rules(const Catalogue *catalogue, GError **error)
{
    for (size_t i = 0; i < catalogue->n; i++) {
        Check check = check_of(catalogue->rules[i].id);
        if (check.times != 1) {
            g_set_error(error, judge_error_quark(), 0, "rule %s has %zu predicates",
                        catalogue->rules[i].id, check.times);
            return false;
        }
    }
    for (size_t t = 0; t < G_N_ELEMENTS(tables); t++)
        for (const RuleCheck *check = tables[t]; check->id; check++)
            if (!has_rule(catalogue, check->id, error))
                return false;
    for (const SignatureCheck *check = dkim_signature_rules; check->id; check++)
        if (!has_rule(catalogue, check->id, error))
            return false;
    size_t n;
    const CauseKind *kinds = cause_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *id = g_strconcat(CAUSE_PREFIX, kinds[i].id, NULL);
        if (!has_rule(catalogue, id, error))
            return false;
    }
    return true;
}

bool judge_check_settings(const Catalogue *catalogue, const Profile *profile, GError **error)
{
    for (size_t i = 0; i < profile->n_settings; i++) {
        const RuleSetting *setting = &profile->settings[i];
        Severity severity;
        if (!catalogue_find(catalogue, setting->rule)) {
            g_set_error(error, judge_error_quark(), 0,
                        "%s: there is no rule \"%s\"; the report names each rule by its id",
                        profile->path ? profile->path : "profile", setting->rule);
            return false;
        }
        if (setting->severity && !severity_parse(setting->severity, &severity)) {
            g_set_error(error, judge_error_quark(), 0,
                        "%s: rule \"%s\": severity \"%s\" is not error, warning, notice or info",
                        profile->path ? profile->path : "profile", setting->rule,
                        setting->severity);
            return false;
        }
    }
    return true;
}

/* --- judging --- */

static const RuleSetting *setting_of(const Profile *profile, const Rule *rule)
{
    for (size_t i = 0; i < profile->n_settings; i++) {
        const RuleSetting *setting = &profile->settings[i];
        if (strcmp(setting->rule, rule->id) == 0 || g_strcmp0(setting->rule, rule->formerly) == 0)
            return setting;
    }
    return NULL;
}

static void apply_setting(Finding *finding, const RuleSetting *setting, int64_t now_s)
{
    if (setting->severity)
        severity_parse(setting->severity, &finding->severity);
    if (!setting->off)
        return;
    finding->waived = setting->until_s == 0 || now_s < setting->until_s;
    finding->exemption_ended = !finding->waived;
    finding->waived_until_s = setting->until_s;
    finding->waived_reason = g_strdup(setting->reason);
}

/* Runs one predicate and gives its findings what the operator and the rule profile make of them. */
static void judge_rule(Verdicts *out, const Rule *rule, const Evidence *evidence)
{
    Check check = check_of(rule->id);
    size_t first = out->findings->len;
    out->rule = rule;
    if (check.signature)
        each_deciding(evidence, check.signature, out);
    else if (check.kind)
        cause_of_kind(evidence, check.kind, out);
    else
        check.message(evidence, out);
    if (out->findings->len == first)
        verdict_not_applicable(out);

    const Profile *profile = evidence->profile;
    const RuleSetting *setting = setting_of(profile, rule);
    bool foreign = rule->only_profile && g_strcmp0(rule->only_profile, profile->rule_profile) != 0;
    for (size_t i = first; i < out->findings->len; i++) {
        Finding *finding = &g_array_index(out->findings, Finding, i);
        if (foreign)
            finding->severity = SEVERITY_INFO;
        if (setting)
            apply_setting(finding, setting, evidence->now_s);
    }
}

Judgement *judge(const Catalogue *catalogue, const Evidence *evidence)
{
    g_autoptr(GError) error = NULL;
    if (!judge_check_rules(catalogue, &error))
        g_error("%s", error->message);

    Verdicts out = {.findings = g_array_new(false, false, sizeof(Finding))};
    for (size_t i = 0; i < catalogue->n; i++)
        judge_rule(&out, &catalogue->rules[i], evidence);

    Judgement *judgement = g_new0(Judgement, 1);
    judgement->n = out.findings->len;
    judgement->findings = (Finding *)(void *)g_array_free(out.findings, false);
    for (size_t i = 0; i < judgement->n; i++) {
        const Finding *finding = &judgement->findings[i];
        if (!finding->waived)
            judgement->count[finding->severity][finding->outcome]++;
    }
    score_count(judgement, evidence->profile);
    if (catalogue->providers)
        judgement->providers = provider_matrix(catalogue->providers, evidence, judgement);
    return judgement;
}

void judgement_free(Judgement *judgement)
{
    if (!judgement)
        return;
    for (size_t i = 0; i < judgement->n; i++)
        finding_clear(&judgement->findings[i]);
    provider_matrix_free(judgement->providers);
    g_free(judgement->findings);
    g_free(judgement->deductions);
    g_free(judgement);
}

bool judgement_worst(const Judgement *judgement, Severity *severity)
{
    bool any = false;
    for (size_t i = 0; i < judgement->n; i++) {
        const Finding *finding = &judgement->findings[i];
        if (finding->outcome != OUTCOME_FAIL || finding->waived)
            continue;
        if (!any || finding->severity > *severity)
            *severity = finding->severity;
        any = true;
    }
    return any;
}
