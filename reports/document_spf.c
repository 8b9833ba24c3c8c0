#include "reports/sections.h"

static void write_record(xmlNode *parent, const Evidence *evidence, const SpfRecord *record,
                         unsigned depth, bool outcomes);

static void write_term(xmlNode *list, const Evidence *evidence, const SpfTerm *term, unsigned depth,
                       bool outcomes)
{
    xmlNode *node = node_new(list, "term");
    const char qualifier[2] = {term->qualifier, '\0'};
    node_attr(node, "kind", spf_term_kind_name(term->kind));
    if (term->kind <= SPF_EXISTS)
        node_attr(node, "qualifier", qualifier);
    if (outcomes)
        node_attr(node, "outcome", spf_outcome_name(term->outcome));
    if (term->problem != SPF_OK)
        node_attr(node, "problem", spf_problem_name(term->problem));
    node_number(node, "text-offset", term->offset);
    node_number(node, "lookups", term->lookups);
    node_number(node, "voids", term->voids);
    node_attr(node, "network", term->network);
    node_octets(node, "text", term->text);
    node_string(node, "target", term->domain);
    node_text(node, "detail", term->detail);
    if (term->child != NULL)
        write_record(node, evidence, term->child, depth + 1, outcomes);
}

static void write_record(xmlNode *parent, const Evidence *evidence, const SpfRecord *record,
                         unsigned depth, bool outcomes)
{
    xmlNode *node = node_new(parent, "spf-record");
    node_attr(node, "domain", record->domain);
    sections_answer(node, evidence, record->answer);
    node_number(node, "candidates", record->candidates);
    if (outcomes)
        node_attr(node, "result", spf_result_name(record->result));
    if (record->problem != SPF_OK) {
        node_attr(node, "problem", spf_problem_name(record->problem));
        node_number(node, "problem-offset", record->problem_offset);
    }
    node_string(node, "text", record->text);
    xmlNode *list = node_new(node, "terms");
    size_t n = node_limit(list, record->n, depth < NODE_MAX_DEPTH ? NODE_MAX_ITEMS : 0);
    for (size_t i = 0; i < n; i++)
        write_term(list, evidence, &record->terms[i], depth, outcomes);
}

static void write_check(xmlNode *parent, const char *name, const Evidence *evidence,
                        const SpfCheck *check)
{
    if (check == NULL)
        return;
    xmlNode *node = node_new(parent, name);
    node_bool(node, "evaluable", check->evaluable);
    if (!check->evaluable) {
        node_attr(node, "missing", check->missing);
        return;
    }
    node_attr(node, "result", spf_result_name(check->result));
    if (check->problem != SPF_OK)
        node_attr(node, "problem", spf_problem_name(check->problem));
    node_attr(node, "domain", check->domain);
    node_number(node, "lookups", check->lookups);
    node_number(node, "voids", check->voids);
    node_string(node, "spf-sender", check->sender);
    node_text(node, "matched", check->matched);
    node_string(node, "explanation", check->explanation);
    if (check->record != NULL)
        write_record(node, evidence, check->record, 0, true);
}

static void write_strings(xmlNode *parent, const char *list_name, const char *name,
                          char *const *strings)
{
    xmlNode *list = node_new(parent, list_name);
    size_t n = strings != NULL ? g_strv_length((char **)strings) : 0;
    size_t written = node_limit(list, n, NODE_MAX_ITEMS);
    for (size_t i = 0; i < written; i++)
        node_string(list, name, strings[i]);
}

static void write_survey(xmlNode *parent, const Evidence *evidence, const SpfSurvey *survey)
{
    xmlNode *node = node_new(parent, "survey");
    const char all[2] = {survey->all_qualifier, '\0'};
    node_attr(node, "domain", survey->domain);
    node_number(node, "lookups", survey->lookups);
    node_number(node, "voids", survey->voids);
    node_bool(node, "cut-short", survey->truncated);
    node_bool(node, "plus-all", survey->has_plus_all);
    node_bool(node, "ptr", survey->has_ptr);
    node_bool(node, "terms-after-all", survey->has_terms_after_all);
    node_bool(node, "redirect-with-all", survey->has_redirect_with_all);
    node_bool(node, "no-all", survey->has_no_all);
    if (survey->all_qualifier != '\0')
        node_attr(node, "all-qualifier", all);
    node_attr(node, "nearest", survey->nearest);
    write_strings(node, "includes", "include", survey->includes);
    write_strings(node, "near-misses", "near-miss", survey->near_misses);
    if (survey->record != NULL)
        write_record(node, evidence, survey->record, 0, false);
}

void sections_spf(xmlNode *report, const Evidence *evidence)
{
    xmlNode *node = node_new(report, "spf");
    write_check(node, "spf-mail-from", evidence, evidence->spf);
    write_check(node, "spf-helo", evidence, evidence->spf_helo);
    if (evidence->spf_survey != NULL)
        write_survey(node, evidence, evidence->spf_survey);
}
