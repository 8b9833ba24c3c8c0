#include "rules/remedy.h"

#include "rules/provider_matrix.h"

#include <stdlib.h>
#include <string.h>

/* All that a trial needs. */
typedef struct Prover {
    const EvidenceInput *input;
    const Evidence *evidence;
    const Judgement *judgement;
    const Catalogue *catalogue;
    GHashTable *failing; /* identity of a failing finding of the judgement to its index + 1 */
    Remedies *out;
} Prover;

/* --- what is proposed --- */

static bool fails(const Finding *finding)
{
    return finding->outcome == OUTCOME_FAIL && !finding->waived;
}

/* Gravest first; the index keeps the order total. */
static int by_gravity(const void *a, const void *b)
{
    const Finding *x = *(const Finding *const *)a, *y = *(const Finding *const *)b;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    if (x->points != y->points)
        return x->points > y->points ? -1 : 1;
    return x < y ? -1 : x > y;
}

/* A proposed record with the findings that propose it, gravest first. */
typedef struct Proposal {
    const ProposedRecord *record;
    GArray *findings; /* of size_t */
} Proposal;

static void proposal_clear(void *data)
{
    Proposal *proposal = data;
    g_array_unref(proposal->findings);
}

static bool same_record(const ProposedRecord *a, const ProposedRecord *b)
{
    bool removal = strcmp(a->action, "remove") == 0;
    return removal == (strcmp(b->action, "remove") == 0) && strcmp(a->name, b->name) == 0 &&
           strcmp(a->type, b->type) == 0 && strcmp(a->value, b->value) == 0;
}

static void add_proposal(GArray *proposals, const ProposedRecord *record, size_t finding)
{
    Proposal *proposal = NULL;
    for (guint i = 0; i < proposals->len && !proposal; i++) {
        Proposal *other = &g_array_index(proposals, Proposal, i);
        if (same_record(other->record, record))
            proposal = other;
    }
    if (!proposal) {
        Proposal fresh = {record, g_array_new(false, false, sizeof(size_t))};
        g_array_append_val(proposals, fresh);
        proposal = &g_array_index(proposals, Proposal, proposals->len - 1);
    }
    g_array_append_val(proposal->findings, finding);
}

/* Equal records are one proposal, whoever proposes them. */
static GArray *proposals_of(const Judgement *judgement)
{
    g_autoptr(GPtrArray) grave = g_ptr_array_new();
    for (size_t i = 0; i < judgement->n; i++)
        if (fails(&judgement->findings[i]) && judgement->findings[i].n_records > 0)
            g_ptr_array_add(grave, &judgement->findings[i]);
    g_ptr_array_sort(grave, by_gravity);

    GArray *proposals = g_array_new(false, false, sizeof(Proposal));
    g_array_set_clear_func(proposals, proposal_clear);
    for (guint i = 0; i < grave->len; i++) {
        const Finding *finding = grave->pdata[i];
        for (size_t j = 0; j < finding->n_records; j++)
            add_proposal(proposals, &finding->records[j], (size_t)(finding - judgement->findings));
    }
    return proposals;
}

/* --- trying out --- */

/* An analysis of what would be. */
typedef struct Trial {
    DnsSession *dns;
    Evidence *evidence;
    Judgement *judgement;
} Trial;

static void trial_clear(Trial *trial)
{
    judgement_free(trial->judgement);
    evidence_free(trial->evidence);
    dns_session_free(trial->dns);
}

static Trial try_overlay(const Prover *prover, const GString *overlay)
{
    Trial trial = {.dns = dns_session_simulate(prover->input->dns)};
    g_autoptr(GError) error = NULL;
    if (!dns_session_overlay(trial.dns, span_of(overlay->str, overlay->len), &error))
        g_error("%s", error->message); /* change_plan() writes what the reader of zones takes */
    EvidenceInput input = *prover->input;
    input.dns = trial.dns;
    input.known = prover->evidence;
    trial.evidence = evidence_collect(&input);
    trial.judgement = judge(prover->catalogue, trial.evidence);
    return trial;
}

RemedyState remedy_state(const Evidence *evidence, const Judgement *judgement)
{
    return (RemedyState){
        .spf = evidence->spf->evaluable ? spf_result_name(evidence->spf->result) : "not-evaluable",
        .dkim = dkim_result_name(evidence->dkim->result),
        .dmarc = dmarc_result_name(evidence->dmarc->rfc9989.result),
        .score = judgement->score,
        .errors = judgement->count[SEVERITY_ERROR][OUTCOME_FAIL],
        .providers = provider_matrix_all_met(judgement->providers),
    };
}

/* A finding is the same in both analyses when rule and object are (judge.h). */
static char *identity(const Finding *finding)
{
    return g_strdup_printf("%s %s", finding->rule->id, finding->object);
}

static GHashTable *failing_of(const Judgement *judgement)
{
    GHashTable *failing = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (size_t i = 0; i < judgement->n; i++)
        if (fails(&judgement->findings[i]))
            g_hash_table_insert(failing, identity(&judgement->findings[i]),
                                GSIZE_TO_POINTER(i + 1));
    return failing;
}

static void list_solved(RemedyOutcome *outcome, const Judgement *before, GHashTable *failing_after)
{
    for (size_t i = 0; i < before->n; i++) {
        g_autofree char *key = identity(&before->findings[i]);
        if (!fails(&before->findings[i]) || g_hash_table_contains(failing_after, key))
            continue;
        outcome->solved = g_renew(size_t, outcome->solved, outcome->n_solved + 1);
        outcome->solved[outcome->n_solved++] = i;
    }
}

static void list_brought(RemedyOutcome *outcome, const Judgement *after, GHashTable *failing_before)
{
    for (size_t i = 0; i < after->n; i++) {
        const Finding *finding = &after->findings[i];
        g_autofree char *key = identity(finding);
        if (!fails(finding) || g_hash_table_contains(failing_before, key))
            continue;
        outcome->brought = g_renew(RemedyBrought, outcome->brought, outcome->n_brought + 1);
        outcome->brought[outcome->n_brought++] =
            (RemedyBrought){finding->rule, finding->severity, g_strdup(finding->object)};
    }
}

static RemedyOutcome outcome_of(const Prover *prover, const Trial *trial)
{
    RemedyOutcome outcome = {.state = remedy_state(trial->evidence, trial->judgement)};
    g_autoptr(GHashTable) after = failing_of(trial->judgement);
    list_solved(&outcome, prover->judgement, after);
    list_brought(&outcome, trial->judgement, prover->failing);
    return outcome;
}

static void outcome_clear(RemedyOutcome *outcome)
{
    g_free(outcome->solved);
    for (size_t i = 0; i < outcome->n_brought; i++)
        g_free(outcome->brought[i].object);
    g_free(outcome->brought);
    *outcome = (RemedyOutcome){0};
}

/* --- is it worth offering? --- */

static bool loses_pass(const char *before, const char *after)
{
    return strcmp(before, "pass") == 0 && strcmp(after, "pass") != 0;
}

static bool brings_error(const RemedyOutcome *outcome)
{
    for (size_t i = 0; i < outcome->n_brought; i++)
        if (outcome->brought[i].severity == SEVERITY_ERROR)
            return true;
    return false;
}

/* Better in something, worse in nothing that counts. One error for another is no improvement. */
static bool improves(const RemedyState *before, const RemedyOutcome *outcome)
{
    const RemedyState *after = &outcome->state;
    if (after->score < before->score || after->errors > before->errors ||
        loses_pass(before->spf, after->spf) || loses_pass(before->dkim, after->dkim) ||
        loses_pass(before->dmarc, after->dmarc) ||
        (brings_error(outcome) && after->errors == before->errors))
        return false;
    return after->score > before->score || after->errors < before->errors ||
           loses_pass(after->spf, before->spf) || loses_pass(after->dkim, before->dkim) ||
           loses_pass(after->dmarc, before->dmarc) || outcome->n_solved > outcome->n_brought;
}

/* --- the lookups of SPF --- */

static void note_over_budget(const Prover *prover, const SpfSurvey *survey, bool published)
{
    Remedies *out = prover->out;
    RemedyOverBudget over = {.name = g_strdup(survey->domain),
                             .value = bytes_escape(span_str(survey->record->text)),
                             .published = published,
                             .lookups = survey->lookups};
    over.costs = spfbudget_costs(survey, prover->input->profile->spf_include,
                                 survey->lookups - SPF_MAX_LOOKUPS, &over.n_costs);
    out->over_budget = g_renew(RemedyOverBudget, out->over_budget, out->n_over_budget + 1);
    out->over_budget[out->n_over_budget++] = over;
}

static bool is_over_budget(const SpfSurvey *survey)
{
    return survey && survey->record->text && survey->lookups > SPF_MAX_LOOKUPS;
}

/* The whole record counts, also where this message is decided early in it: others come by other
 * ways. */
static bool within_budget(const Prover *prover, const ChangePlan *plan, const SpfSurvey *survey)
{
    const SpfSurvey *before = prover->evidence->spf_survey;
    if (!plan->is_spf || !is_over_budget(survey) || (before && survey->lookups <= before->lookups))
        return true;
    note_over_budget(prover, survey, false);
    return false;
}

/* The record that stands is told of when nothing is offered in its place. */
static void note_standing(const Prover *prover)
{
    const SpfSurvey *survey = prover->evidence->spf_survey;
    const Remedies *out = prover->out;
    bool told = !is_over_budget(survey);
    for (size_t i = 0; i < out->n && !told; i++)
        told = out->items[i].plan->is_spf && strcmp(out->items[i].plan->owner, survey->domain) == 0;
    for (size_t i = 0; i < out->n_over_budget && !told; i++)
        told = strcmp(out->over_budget[i].name, survey->domain) == 0;
    if (!told)
        note_over_budget(prover, survey, true);
}

/* --- one by one --- */

static void offer(Prover *prover, const Proposal *proposal, ChangePlan *plan, RemedyOutcome outcome)
{
    Remedies *out = prover->out;
    size_t gravest = g_array_index(proposal->findings, size_t, 0);
    gsize n;
    size_t *findings = g_array_steal(proposal->findings, &n);
    out->items = g_renew(Remedy, out->items, out->n + 1);
    out->items[out->n++] = (Remedy){.record = proposal->record,
                                    .plan = plan,
                                    .findings = findings,
                                    .n_findings = n,
                                    .actor = prover->judgement->findings[gravest].rule->actor,
                                    .outcome = outcome};
}

/* Takes the plan over. */
static RemedyTrial try_proposal(Prover *prover, const Proposal *proposal, ChangePlan *plan)
{
    Remedies *out = prover->out;
    Trial trial = try_overlay(prover, plan->overlay);
    RemedyOutcome outcome = outcome_of(prover, &trial);
    RemedyTrial result = REMEDY_HELPS;
    if (!within_budget(prover, plan, trial.evidence->spf_survey))
        result = REMEDY_OVER_BUDGET;
    else if (!improves(&out->before, &outcome))
        result = REMEDY_NO_GAIN;
    trial_clear(&trial);
    if (result == REMEDY_HELPS) {
        offer(prover, proposal, plan, outcome);
    } else {
        outcome_clear(&outcome);
        change_plan_free(plan);
    }
    return result;
}

static char *trial_key(const ProposedRecord *record)
{
    bool alias = strcmp(record->type, "CNAME") == 0;
    return g_strdup_printf("%s %s", record->name, alias ? "" : record->value);
}

static void note_trial(Remedies *out, const ProposedRecord *record, RemedyTrial result)
{
    ProposedRecord alias = {.name = record->name, .type = (char *)"CNAME"};
    g_hash_table_insert(out->trials, trial_key(&alias), GINT_TO_POINTER(result));
    g_hash_table_insert(out->trials, trial_key(record), GINT_TO_POINTER(result));
}

RemedyTrial remedy_trial(const Remedies *remedies, const ProposedRecord *record)
{
    g_autofree char *key = trial_key(record);
    return (RemedyTrial)GPOINTER_TO_INT(g_hash_table_lookup(remedies->trials, key));
}

const char *remedy_trial_name(RemedyTrial trial)
{
    static const char *const names[] = {[REMEDY_NOT_TRIED] = "not-tried",
                                        [REMEDY_HELPS] = "helps",
                                        [REMEDY_NO_GAIN] = "no-gain",
                                        [REMEDY_OVER_BUDGET] = "over-budget"};
    g_return_val_if_fail(trial < G_N_ELEMENTS(names), "");
    return names[trial];
}

static void try_proposals(Prover *prover, GArray *proposals)
{
    size_t tried = 0;
    DnsSession *dns = dns_session_simulate(prover->input->dns);
    for (guint i = 0; i < proposals->len; i++) {
        const Proposal *proposal = &g_array_index(proposals, Proposal, i);
        if (tried == REMEDY_MAX) {
            prover->out->untried = proposals->len - i;
            break;
        }
        ChangePlan *plan = change_plan(proposal->record, dns);
        if (!plan)
            continue;
        tried++;
        note_trial(prover->out, proposal->record, try_proposal(prover, proposal, plan));
    }
    dns_session_free(dns);
}

/* --- which are offered, in which order --- */

static bool has_change(const ChangePlan *plan, const Change *change)
{
    for (size_t i = 0; i < plan->n; i++) {
        const Change *other = &plan->changes[i];
        if (strcmp(other->action, change->action) == 0 && strcmp(other->name, change->name) == 0 &&
            strcmp(other->type, change->type) == 0 && strcmp(other->value, change->value) == 0)
            return true;
    }
    return false;
}

static bool is_part_of(const Remedy *part, const Remedy *whole)
{
    if (part->plan->n >= whole->plan->n || part->outcome.state.score > whole->outcome.state.score ||
        part->outcome.state.errors < whole->outcome.state.errors)
        return false;
    for (size_t i = 0; i < part->plan->n; i++)
        if (!has_change(whole->plan, &part->plan->changes[i]))
            return false;
    return true;
}

static void remedy_clear(Remedy *remedy)
{
    change_plan_free(remedy->plan);
    g_free(remedy->findings);
    outcome_clear(&remedy->outcome);
}

/* What another remedy does among other things is not offered beside it. */
static void drop_parts(Remedies *out)
{
    size_t kept = 0;
    for (size_t i = 0; i < out->n; i++) {
        bool part = false;
        for (size_t j = 0; j < out->n && !part; j++)
            part = (j < kept || j > i) && is_part_of(&out->items[i], &out->items[j]);
        if (part)
            remedy_clear(&out->items[i]);
        else
            out->items[kept++] = out->items[i];
    }
    out->n = kept;
}

static long net_solved(const RemedyOutcome *outcome)
{
    return (long)outcome->n_solved - (long)outcome->n_brought;
}

static int by_gain(const void *a, const void *b)
{
    const Remedy *x = a, *y = b;
    const RemedyState *p = &x->outcome.state, *q = &y->outcome.state;
    if (p->score != q->score)
        return p->score > q->score ? -1 : 1;
    if (p->errors != q->errors)
        return p->errors < q->errors ? -1 : 1;
    long more = net_solved(&y->outcome) - net_solved(&x->outcome);
    if (more != 0)
        return more < 0 ? -1 : 1;
    return x->findings[0] < y->findings[0] ? -1 : x->findings[0] > y->findings[0];
}

static int compare_indices(const void *a, const void *b)
{
    size_t x = *(const size_t *)a, y = *(const size_t *)b;
    return x < y ? -1 : x > y;
}

static void sort(Remedies *out)
{
    for (size_t i = 0; i < out->n; i++)
        qsort(out->items[i].findings, out->items[i].n_findings, sizeof(size_t), compare_indices);
    if (out->n > 1)
        qsort(out->items, out->n, sizeof(Remedy), by_gain);
}

/* --- together --- */

static RemedyOutcome try_set(const Prover *prover)
{
    const Remedies *out = prover->out;
    g_autoptr(GString) overlay = g_string_new(NULL);
    for (size_t i = 0; i < out->n; i++)
        if (out->items[i].in_set)
            g_string_append(overlay, out->items[i].plan->overlay->str);
    Trial trial = try_overlay(prover, overlay);
    RemedyOutcome outcome = outcome_of(prover, &trial);
    trial_clear(&trial);
    return outcome;
}

/* Of remedies for the same records only the best can be made. */
static void take_all_that_agree(Remedies *out)
{
    for (size_t i = 0; i < out->n; i++) {
        out->items[i].in_set = true;
        for (size_t j = 0; j < i; j++)
            if (out->items[j].in_set &&
                strcmp(out->items[j].plan->owner, out->items[i].plan->owner) == 0)
                out->items[i].in_set = false;
    }
}

/* Whether the remedies marked do as much as the set so far; then they are the set, else `marked` as
 * it was is put back. */
static bool take_instead(const Prover *prover, const bool *marked)
{
    Remedies *out = prover->out;
    bool before[REMEDY_MAX];
    for (size_t i = 0; i < out->n; i++) {
        before[i] = out->items[i].in_set;
        out->items[i].in_set = marked[i];
    }
    RemedyOutcome outcome = try_set(prover);
    if (outcome.state.errors <= out->together.state.errors) {
        outcome_clear(&out->together);
        out->together = outcome;
        return true;
    }
    outcome_clear(&outcome);
    for (size_t i = 0; i < out->n; i++)
        out->items[i].in_set = before[i];
    return false;
}

/* Drops, from the one that gains least, each without which no more errors stay. */
static void drop_superfluous(const Prover *prover)
{
    Remedies *out = prover->out;
    for (size_t i = out->n; i > 0; i--) {
        bool marked[REMEDY_MAX];
        for (size_t j = 0; j < out->n; j++)
            marked[j] = out->items[j].in_set && j != i - 1;
        if (out->items[i - 1].in_set)
            take_instead(prover, marked);
    }
}

static size_t set_size(const Remedies *out)
{
    size_t n = 0;
    for (size_t i = 0; i < out->n; i++)
        n += out->items[i].in_set;
    return n;
}

/* What is left may yet be more than one or two that were dropped, or do less than one that was left
 * out for another at its name. */
static void find_smaller(const Prover *prover)
{
    Remedies *out = prover->out;
    for (size_t i = 0; i < out->n; i++) {
        bool marked[REMEDY_MAX] = {[0] = false};
        size_t errors = out->items[i].outcome.state.errors, most = out->together.state.errors;
        marked[i] = true;
        if (errors < most || (errors == most && set_size(out) > 1))
            take_instead(prover, marked);
    }
    for (size_t i = 0; i < out->n && set_size(out) > 2; i++) {
        for (size_t j = i + 1; j < out->n && set_size(out) > 2; j++) {
            bool marked[REMEDY_MAX] = {[0] = false};
            marked[i] = marked[j] = true;
            if (strcmp(out->items[i].plan->owner, out->items[j].plan->owner) != 0)
                take_instead(prover, marked);
        }
    }
}

static void find_smallest_set(const Prover *prover)
{
    Remedies *out = prover->out;
    take_all_that_agree(out);
    out->together = try_set(prover);
    drop_superfluous(prover);
    find_smaller(prover);
    out->has_set = out->together.state.errors < out->before.errors;
    for (size_t i = 0; i < out->n && !out->has_set; i++)
        out->items[i].in_set = false;
}

Remedies *remedy_prove(const EvidenceInput *input, const Evidence *evidence,
                       const Judgement *judgement, const Catalogue *catalogue)
{
    Remedies *out = g_new0(Remedies, 1);
    out->before = remedy_state(evidence, judgement);
    out->trials = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Prover prover = {input, evidence, judgement, catalogue, failing_of(judgement), out};
    g_autoptr(GArray) proposals = proposals_of(judgement);
    try_proposals(&prover, proposals);
    drop_parts(out);
    note_standing(&prover);
    sort(out);
    if (out->n > 0 && out->before.errors > 0)
        find_smallest_set(&prover);
    g_hash_table_unref(prover.failing);
    return out;
}

void remedies_free(Remedies *remedies)
{
    if (!remedies)
        return;
    for (size_t i = 0; i < remedies->n; i++)
        remedy_clear(&remedies->items[i]);
    g_free(remedies->items);
    outcome_clear(&remedies->together);
    g_hash_table_unref(remedies->trials);
    for (size_t i = 0; i < remedies->n_over_budget; i++) {
        RemedyOverBudget *over = &remedies->over_budget[i];
        spf_costs_free(over->costs, over->n_costs);
        g_free(over->name);
        g_free(over->value);
    }
    g_free(remedies->over_budget);
    g_free(remedies);
}
