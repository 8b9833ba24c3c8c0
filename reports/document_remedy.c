#include "reports/sections.h"

void sections_remedy_state(xmlNode *node, const RemedyState *state)
{
    node_attr(node, "spf", state->spf);
    node_attr(node, "dkim", state->dkim);
    node_attr(node, "dmarc", state->dmarc);
    node_number(node, "score", state->score);
    node_number(node, "failing-errors", state->errors);
    node_number(node, "providers-all-met", state->providers);
}

/* Numbers of findings, as they stand in the report. */
static void write_numbers(xmlNode *node, const char *name, const size_t *indices, size_t n)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (size_t i = 0; i < n; i++)
        g_string_append_printf(list, "%s%zu", i > 0 ? " " : "", indices[i] + 1);
    if (n > 0)
        node_attr(node, name, list->str);
}

static void write_outcome(xmlNode *parent, const char *name, const RemedyOutcome *outcome)
{
    xmlNode *node = node_new(parent, name);
    sections_remedy_state(node, &outcome->state);
    write_numbers(node, "solved", outcome->solved, outcome->n_solved);
    xmlNode *list = node_new(node, "brought");
    for (size_t i = 0; i < outcome->n_brought; i++) {
        const RemedyBrought *brought = &outcome->brought[i];
        xmlNode *one = node_new(list, "brought-finding");
        node_attr(one, "rule", brought->rule->id);
        node_attr(one, "severity", severity_name(brought->severity));
        node_attr(one, "object", brought->object);
        for (int language = 0; language < LANGUAGES; language++) {
            const RuleText *title =
                &brought->rule->title[language]; /* has no arguments: catalogue.h */
            node_text_in(one, "title", (Language)language,
                         title->n > 0 ? title->pieces[0].text : "");
        }
    }
}

static void write_changes(xmlNode *parent, const ChangePlan *plan)
{
    xmlNode *list = node_new(parent, "changes");
    for (size_t i = 0; i < plan->n; i++) {
        const Change *change = &plan->changes[i];
        xmlNode *node = node_new(list, "change");
        node_attr(node, "action", change->action);
        node_attr(node, "name", change->name);
        node_attr(node, "type", change->type);
        node_text(node, "value", change->value);
        if (change->was)
            node_text(node, "was", change->was);
    }
}

static void write_remedy(xmlNode *list, const Remedies *remedies, const Remedy *remedy,
                         size_t number)
{
    xmlNode *node = node_new(list, "remedy");
    node_number(node, "number", number);
    node_attr(node, "actor", remedy->actor);
    node_number(node, "gain", remedy->outcome.state.score - remedies->before.score);
    node_bool(node, "in-smallest-set", remedy->in_set);
    write_numbers(node, "proposed-by", remedy->findings, remedy->n_findings);
    write_changes(node, remedy->plan);
    sections_swaps(node, remedy->record);
    write_outcome(node, "outcome", &remedy->outcome);
}

static void write_over_budget(xmlNode *parent, const Remedies *remedies)
{
    xmlNode *list = node_new(parent, "over-budget");
    for (size_t i = 0; i < remedies->n_over_budget; i++) {
        const RemedyOverBudget *over = &remedies->over_budget[i];
        xmlNode *node = node_new(list, "too-many-lookups");
        node_attr(node, "name", over->name);
        node_bool(node, "published", over->published);
        node_number(node, "lookups", over->lookups);
        node_number(node, "excess", over->lookups - SPF_MAX_LOOKUPS);
        node_text(node, "value", over->value);
        xmlNode *costs = node_new(node, "costs");
        for (size_t j = 0; j < over->n_costs; j++) {
            xmlNode *cost = node_new(costs, "cost");
            node_attr(cost, "text", over->costs[j].term);
            node_number(cost, "lookups", over->costs[j].lookups);
            node_bool(cost, "enough", over->costs[j].enough);
        }
    }
}

void sections_remedies(xmlNode *report, const Remedies *remedies)
{
    if (!remedies)
        return;
    xmlNode *node = node_new(report, "remedies");
    node_attr(node, "certainty", certainty_name(CERTAINTY_PROVEN));
    node_number(node, "untried", remedies->untried);
    sections_remedy_state(node_new(node, "as-is"), &remedies->before);
    xmlNode *list = node_new(node, "offered");
    for (size_t i = 0; i < remedies->n; i++)
        write_remedy(list, remedies, &remedies->items[i], i + 1);
    if (remedies->has_set)
        write_outcome(node, "together", &remedies->together);
    write_over_budget(node, remedies);
}
