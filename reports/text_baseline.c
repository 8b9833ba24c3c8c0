#include "reports/baseline.h"
#include "reports/finding.h"
#include "reports/text.h"

#include <string.h>

static void add_count(const TextView *view, GString *text, const char *id, size_t n)
{
    g_autofree char *count = labels_count(view->labels, id, n);
    g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", count);
}

/* Which report it was set against, and what came of that. */
void text_baseline_top(TextView *view)
{
    const xmlNode *baseline = node_child(view->report, "baseline");
    if (baseline == NULL)
        return;
    g_autofree char *which =
        labels_fill(view->labels, "baseline-of", node_get(baseline, "report-name"));
    g_autofree char *score = labels_fill(view->labels, "score-of", node_get(baseline, "score"));
    g_autofree char *line = g_strdup_printf(
        "%s (%s: %s, %s, %s %s)", which, node_get(baseline, "input-name"),
        text_label(view, node_is(baseline, "same-message", "true") ? "baseline-same-message"
                                                                   : "baseline-other-message"),
        node_get(baseline, "now"), text_label(view, "score"), score);
    lines_item(&view->lines, 0, STYLE_DIM, "", line);

    uint64_t known = finding_uint(baseline, "known") + finding_uint(baseline, "better");
    uint64_t worse = finding_uint(baseline, "new") + finding_uint(baseline, "worse");
    g_autoptr(GString) counts = g_string_new(NULL);
    add_count(view, counts, "baseline-new", finding_uint(baseline, "new"));
    add_count(view, counts, "baseline-worse", finding_uint(baseline, "worse"));
    add_count(view, counts, "baseline-gone", node_count(node_child(baseline, "gone")));
    if (node_count(node_child(baseline, "not-judged")) > 0)
        add_count(view, counts, "baseline-open", node_count(node_child(baseline, "not-judged")));
    if (known > 0) {
        g_autofree char *left_out = labels_count(view->labels, "baseline-left-out", known);
        g_string_append_printf(counts, "; %s", left_out);
    }
    g_string_append_c(counts, '.');
    lines_item(&view->lines, 0, worse > 0 ? STYLE_BAD : STYLE_GOOD, "", counts->str);
}

static void write_list(TextView *view, const char *name, const char *heading, LineStyle style,
                       const char *mark)
{
    const xmlNode *finding = node_path(node_child(view->report, "baseline"), name, "gone-finding");
    if (finding == NULL)
        return;
    lines_heading(&view->lines, text_label(view, heading));
    for (; finding != NULL; finding = node_next(finding)) {
        const char *object = node_get(finding, "object");
        g_autofree char *about = g_strdup_printf(
            "%s%s%s%s, %s", node_get(finding, "rule"), object[0] ? " (" : "", object,
            object[0] ? ")" : "", text_word(view, "diff-state", node_get(finding, "state")));
        lines_item(&view->lines, 2, style, mark,
                   finding_text(finding, "title", labels_language(view->labels)));
        lines_item(&view->lines, 4, STYLE_DIM, "", about);
    }
}

void text_baseline_gone(TextView *view)
{
    write_list(view, "gone", "baseline-gone-heading", STYLE_GOOD, "✓ ");
    write_list(view, "not-judged", "baseline-open-heading", STYLE_FAIR, "? ");
}
