#include "reports/text.h"

#include <string.h>

/* --- SPF --- */

static void write_record(TextView *view, const xmlNode *record, size_t indent);

static void write_term(TextView *view, const xmlNode *term, size_t indent)
{
    const char *outcome = node_get(term, "outcome"), *detail = node_child_value(term, "detail");
    const char *problem = node_get(term, "problem"), *lookups = node_get(term, "lookups");
    g_autoptr(GString) text = g_string_new(node_child_value(term, "text"));
    if (outcome[0] != '\0')
        g_string_append_printf(text, "  %s", text_word(view, "outcome", outcome));
    if (detail[0] != '\0')
        g_string_append_printf(text, ": %s", detail);
    if (problem[0] != '\0')
        g_string_append_printf(text, " [%s]", problem);
    if (strcmp(lookups, "0") != 0) {
        g_autofree char *cost =
            labels_count(view->labels, "lookups-short", g_ascii_strtoull(lookups, NULL, 10));
        g_string_append_printf(text, " (%s)", cost);
    }
    bool matched = strcmp(outcome, "match") == 0, failed = problem[0] != '\0';
    const char *mark = matched ? "→ " : failed ? "✗ " : "· ";
    lines_item(&view->lines, indent,
               matched  ? STYLE_BOLD
               : failed ? STYLE_BAD
                        : STYLE_DIM,
               mark, text->str);
    if (node_child(term, "spf-record") != NULL)
        write_record(view, node_child(term, "spf-record"), indent + 2);
}

/* Include trees deeper than the screen is wide end at its right half. */
static void write_record(TextView *view, const xmlNode *record, size_t indent)
{
    g_autofree char *of = labels_fill(view->labels, "record-of", node_get(record, "domain"));
    const char *result = node_get(record, "result"), *problem = node_get(record, "problem");
    g_autofree char *text =
        g_strdup_printf("%s: %s%s%s%s", of, result, problem[0] != '\0' ? " [" : "", problem,
                        problem[0] != '\0' ? "]" : "");
    indent = MIN(indent, LINES_WIDTH / 2);
    lines_item(&view->lines, indent, STYLE_PLAIN, "", text);
    for (const xmlNode *term = node_path(record, "terms", "term"); term != NULL;
         term = node_next(term))
        write_term(view, term, indent + 2);
}

static void write_check(TextView *view, const char *name, const char *identity, bool tree)
{
    const xmlNode *check = node_path(view->report, "spf", name);
    if (!node_is(check, "evaluable", "true")) {
        g_autofree char *why = labels_fill(view->labels, "not-evaluable-missing",
                                           text_label(view, node_get(check, "missing")));
        g_autofree char *text = g_strdup_printf("%s: %s", text_label(view, identity), why);
        lines_item(&view->lines, 2, STYLE_FAIR, "? ", text);
        return;
    }
    const char *result = node_get(check, "result"), *problem = node_get(check, "problem");
    g_autofree char *lookups = labels_fill(view->labels, "lookups", node_get(check, "lookups"));
    g_autofree char *text = g_strdup_printf("%s: %s, %s, %s%s%s", text_label(view, identity),
                                            result, node_get(check, "domain"), lookups,
                                            problem[0] != '\0' ? ", " : "", problem);
    lines_item(&view->lines, 2, text_style_of(result), text_mark_of(result), text);
    text_pair(view, 4, "matched", node_child_value(check, "matched"));
    text_pair(view, 4, "explanation", node_child_value(check, "explanation"));
    if (tree && node_child(check, "spf-record") != NULL)
        write_record(view, node_child(check, "spf-record"), 4);
}

void text_spf(TextView *view)
{
    lines_heading(&view->lines, text_label(view, "spf"));
    write_check(view, "spf-mail-from", "mail-from", true);
    write_check(view, "spf-helo", "helo", false);
    const xmlNode *survey = node_path(view->report, "spf", "survey");
    if (survey == NULL)
        return;
    g_autofree char *cost = labels_fill(view->labels, "lookups", node_get(survey, "lookups"));
    text_pair(view, 4, "survey", cost);
    text_pair(view, 4, "nearest", node_get(survey, "nearest"));
    for (const xmlNode *miss = node_path(survey, "near-misses", "near-miss"); miss != NULL;
         miss = node_next(miss))
        text_pair(view, 4, "near-miss", node_value(miss));
}

/* --- DMARC --- */

static void write_standard(TextView *view, const char *name)
{
    const xmlNode *verdict = node_path(view->report, "dmarc", name);
    const char *result = node_get(verdict, "result"), *policy = node_get(verdict, "policy");
    g_autoptr(GString) text = g_string_new(text_label(view, name));
    g_string_append_printf(text, ": %s", result);
    if (policy[0] != '\0') {
        g_autofree char *at =
            labels_fill(view->labels, "record-at", node_get(verdict, "record-domain"));
        g_string_append_printf(text, ", %s=%s (%s)", node_get(verdict, "policy-tag"), policy, at);
    } else {
        g_string_append_printf(text, ", %s: %s", text_label(view, "policy"),
                               text_label(view, "no-policy"));
    }
    lines_item(&view->lines, 2, text_style_of(result), text_mark_of(result), text->str);
}

static void write_identifier(TextView *view, const xmlNode *identifier)
{
    bool passed = node_is(identifier, "passed", "true"),
         aligned = node_is(identifier, "aligned", "true");
    g_autofree char *text = g_strdup_printf("%s %s: %s, %s", node_get(identifier, "method"),
                                            node_get(identifier, "domain"),
                                            text_label(view, passed ? "passes" : "does-not-pass"),
                                            text_label(view, aligned ? "aligned" : "not-aligned"));
    lines_item(&view->lines, 4, passed && aligned ? STYLE_GOOD : STYLE_DIM,
               passed && aligned ? "✓ " : "· ", text);
}

void text_dmarc(TextView *view)
{
    const xmlNode *dmarc = node_child(view->report, "dmarc");
    lines_heading(&view->lines, text_label(view, "dmarc"));
    const char *author = node_get(dmarc, "author-domain");
    const char *organization = node_get(node_child(dmarc, "rfc9989"), "organizational-domain");
    g_autofree char *both =
        organization[0] == '\0' || strcmp(author, organization) == 0
            ? g_strdup(author)
            : g_strdup_printf("%s, %s: %s", author, text_label(view, "organizational-domain"),
                              organization);
    text_pair(view, 2, "author-domain", both);
    write_standard(view, "rfc9989");
    if (node_is(dmarc, "standards-differ", "true"))
        write_standard(view, "rfc7489");
    const xmlNode *identifier = node_path(dmarc, "identifiers", "identifier");
    for (; identifier != NULL; identifier = node_next(identifier))
        write_identifier(view, identifier);
    const xmlNode *step = node_path(node_child(dmarc, "walk"), "walk-steps", "walk-step");
    for (; step != NULL; step = node_next(step)) {
        const char *record = node_child_value(node_child(step, "dmarc-record"), "text");
        g_autofree char *text =
            g_strdup_printf("_dmarc.%s: %s", node_get(step, "domain"),
                            record[0] != '\0' ? record : node_get(step, "status"));
        lines_item(&view->lines, 4, STYLE_DIM, "· ", text);
    }
    const xmlNode *external = node_path(dmarc, "external-reports", "external-report");
    for (; external != NULL; external = node_next(external)) {
        g_autofree char *text = g_strdup_printf(
            "%s, %s", node_get(external, "domain"),
            text_label(view,
                       node_is(external, "authorised", "true") ? "authorised" : "not-authorised"));
        text_pair(view, 4, "external", text);
    }
}
