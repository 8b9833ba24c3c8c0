#include "reports/builtin.h"
#include "reports/sections.h"
#include "rules/deciding.h"

#include <stdlib.h>
#include <string.h>

static bool is_failing(const Finding *finding)
{
    return finding->outcome == OUTCOME_FAIL && !finding->waived;
}

/* A blocker is a failing rule with a cap that the score counts. */
static bool is_blocker(const Judgement *judgement, const Finding *finding)
{
    if (!is_failing(finding) || !finding->rule->has_cap)
        return false;
    bool counted = finding->rule == judgement->cap;
    for (size_t i = 0; i < judgement->n_deductions && !counted; i++)
        counted = judgement->deductions[i].rule == finding->rule;
    return counted;
}

/* One root cause: the same rule for several objects, or rules of one group (catalogue.h). */
static bool is_same_cause(const Rule *a, const Rule *b)
{
    return a == b || (a->group != NULL && b->group != NULL && strcmp(a->group, b->group) == 0);
}

/* Of the findings of one root cause, the first that is charged speaks for all; else the first. */
static bool speaks(const Judgement *judgement, const Finding *finding)
{
    const Finding *first = NULL;
    for (size_t i = 0; i < judgement->n; i++) {
        const Finding *other = &judgement->findings[i];
        if (!is_failing(other) || !is_same_cause(other->rule, finding->rule))
            continue;
        if (other->points > 0)
            return other == finding;
        if (first == NULL)
            first = other;
    }
    return first == finding;
}

/* What to do about a root cause: where the search told why a signature fails, what helps against
 * that, and else what its speaker says. */
static const Finding *remedy_of(const Judgement *judgement, const Finding *speaker)
{
    for (size_t i = 0; i < judgement->n; i++) {
        const Finding *other = &judgement->findings[i];
        if (is_failing(other) && is_same_cause(other->rule, speaker->rule) &&
            strcmp(other->rule->topic, "cause") == 0 && other->severity >= SEVERITY_NOTICE &&
            other->certainty != CERTAINTY_INFERRED)
            return other;
    }
    return speaker;
}

static size_t count_failing(const Judgement *judgement, Severity severity)
{
    size_t n = 0;
    for (size_t i = 0; i < judgement->n; i++) {
        const Finding *finding = &judgement->findings[i];
        n += is_failing(finding) && finding->severity == severity && speaks(judgement, finding);
    }
    return n;
}

/* What to mend first: by severity, by points, and a remedy that can be copied before one that
 * cannot. */
static int by_urgency(const void *a, const void *b)
{
    const Finding *x = *(const Finding *const *)a, *y = *(const Finding *const *)b;
    if (x->severity != y->severity)
        return x->severity > y->severity ? -1 : 1;
    if (x->points != y->points)
        return x->points > y->points ? -1 : 1;
    if ((x->n_records > 0) != (y->n_records > 0))
        return x->n_records > 0 ? -1 : 1;
    return x < y ? -1 : x > y;
}

static bool is_first_of_rule(const Judgement *judgement, size_t index)
{
    const Finding *findings = judgement->findings;
    for (size_t i = index; i > 0 && findings[i - 1].rule == findings[index].rule; i--) {
        if (is_failing(&findings[i - 1]))
            return false;
    }
    return true;
}

static void write_findings(xmlNode *parent, const Judgement *judgement)
{
    xmlNode *blockers = node_new(parent, "blockers");
    g_autoptr(GPtrArray) urgent = g_ptr_array_new();
    for (size_t i = 0; i < judgement->n; i++) {
        Finding *finding = &judgement->findings[i];
        if (!is_failing(finding))
            continue;
        if (is_blocker(judgement, finding) && is_first_of_rule(judgement, i)) {
            xmlNode *blocker = node_new(blockers, "blocker");
            node_number(blocker, "finding-number", i + 1);
            node_attr(blocker, "rule", finding->rule->id);
            node_number(blocker, "limit", finding->rule->cap);
        }
        if (finding->severity >= SEVERITY_NOTICE && strcmp(finding_actor(finding), "nobody") != 0 &&
            speaks(judgement, finding))
            g_ptr_array_add(urgent, finding);
    }

    g_ptr_array_sort(urgent, by_urgency);
    xmlNode *actions = node_new(parent, "actions");
    for (guint i = 0; i < urgent->len; i++) {
        const Finding *finding = remedy_of(judgement, urgent->pdata[i]);
        xmlNode *action = node_new(actions, "action");
        node_number(action, "finding-number", (uint64_t)(finding - judgement->findings) + 1);
        node_attr(action, "rule", finding->rule->id);
        node_attr(action, "actor", finding_actor(finding));
    }
}

static char *dmarc_clause(const Labels *labels, const Evidence *evidence)
{
    const DmarcCheck *dmarc = evidence->dmarc;
    if (dmarc->author_domain == NULL)
        return g_strdup(labels_get(labels, "sentence.no-author"));
    if (dmarc->rfc9989.result == DMARC_FAIL && alignment_open(evidence))
        return labels_fill(labels, "sentence.dmarc-open", dmarc->author_domain);
    g_autofree char *id =
        g_strconcat("sentence.dmarc-", dmarc_result_name(dmarc->rfc9989.result), NULL);
    return labels_fill(labels, id, dmarc->author_domain);
}

/* Every error lies with one of the two proofs of origin, and the other one passes: no receiver
 * refuses the message for it. */
static bool other_proof_passes(const DocumentInput *input)
{
    const Judgement *judgement = input->judgement;
    const Alignment *alignment = input->evidence->alignment;
    if (!alignment->spf_aligned && !alignment->dkim_aligned)
        return false;
    for (size_t i = 0; i < judgement->n; i++) {
        const Finding *finding = &judgement->findings[i];
        bool proof = strcmp(finding->rule->topic, "dkim") == 0 ||
                     strcmp(finding->rule->topic, "cause") == 0 ||
                     strcmp(finding->rule->topic, "spf") == 0;
        if (is_failing(finding) && finding->severity == SEVERITY_ERROR && !proof)
            return false;
    }
    return true;
}

/* What receivers hold against the message: not how this copy was saved. */
static Severity worst_of_message(const Judgement *judgement)
{
    Severity worst = SEVERITY_INFO;
    for (size_t i = 0; i < judgement->n; i++) {
        const Finding *finding = &judgement->findings[i];
        if (is_failing(finding) && strcmp(finding_actor(finding), "export") != 0)
            worst = MAX(worst, finding->severity);
    }
    return worst;
}

static char *consequence_clause(const Labels *labels, const DocumentInput *input)
{
    const Judgement *judgement = input->judgement;
    Severity worst = worst_of_message(judgement);
    if (worst == SEVERITY_INFO)
        return g_strdup(
            labels_get(labels, judgement->open ? "sentence.none-yet" : "sentence.none"));
    bool mild = worst == SEVERITY_ERROR && other_proof_passes(input);
    g_autofree char *id = g_strconcat("sentence.", severity_name(worst), mild ? "-mild" : "", NULL);
    return labels_count(labels, id, count_failing(judgement, worst));
}

static void write_sentence(xmlNode *node, Language language, const DocumentInput *input)
{
    g_autoptr(Labels) labels = labels_new(language);
    g_autofree char *dmarc = dmarc_clause(labels, input->evidence);
    g_autofree char *consequence = consequence_clause(labels, input);
    g_autoptr(GString) sentence = g_string_new(NULL);
    g_string_append_printf(sentence, "%s; %s", dmarc, consequence);
    if (input->judgement->open) {
        g_autofree char *id = g_strconcat("sentence.open-", input->judgement->open, NULL);
        g_string_append_printf(sentence, "; %s", labels_get(labels, id));
    }
    g_string_append_c(sentence, '.');
    node_text_in(node, "sentence", language, sentence->str);
}

/* A score that may turn out lower is not good yet. */
static const char *standing(const Profile *profile, const Judgement *judgement)
{
    if (judgement->score < profile->fail_below)
        return "bad";
    return judgement->score < profile->warn_below || judgement->open ? "fair" : "good";
}

void sections_verdict(xmlNode *report, const DocumentInput *input)
{
    const Judgement *judgement = input->judgement;
    const Evidence *evidence = input->evidence;
    xmlNode *node = node_new(report, "verdict");
    Severity worst = SEVERITY_INFO;
    bool any = judgement_worst(judgement, &worst);
    node_number(node, "score", judgement->score);
    node_attr(node, "standing", standing(evidence->profile, judgement));
    node_attr(node, "open", judgement->open ? judgement->open : "no");
    node_number(node, "warn-below", evidence->profile->warn_below);
    node_number(node, "fail-below", evidence->profile->fail_below);
    node_attr(node, "worst", any ? severity_name(worst) : "none");
    node_attr(node, "fail-on", severity_name(input->fail_on));
    node_bool(node, "passed", !any || worst < input->fail_on);
    node_number(node, "errors", count_failing(judgement, SEVERITY_ERROR));
    node_number(node, "warnings", count_failing(judgement, SEVERITY_WARNING));
    node_number(node, "notices", count_failing(judgement, SEVERITY_NOTICE));
    node_attr(node, "spf",
              evidence->spf->evaluable ? spf_result_name(evidence->spf->result) : "not-evaluable");
    node_attr(node, "dkim", dkim_result_name(evidence->dkim->result));
    node_attr(node, "dmarc", dmarc_result_name(evidence->dmarc->rfc9989.result));
    node_attr(node, "arc", arc_result_name(evidence->arc->result));
    for (int language = 0; language < LANGUAGES; language++)
        write_sentence(node, (Language)language, input);
    write_findings(node, judgement);
}
