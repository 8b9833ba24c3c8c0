#include "reports/text.h"

#include <string.h>

/* "a → ip4:192.0.2.1: stands for ..." */
static void write_swap(TextView *view, size_t indent, const xmlNode *swap)
{
    const char *by = node_child_value(swap, "by");
    g_autofree char *id = g_strconcat("swap.", node_get(swap, "reason"), NULL);
    g_autofree char *why = labels_fill(view->labels, id, node_child_value(swap, "now"));
    g_autofree char *text =
        g_strdup_printf("%s%s%s: %s", node_get(swap, "term"), by[0] != '\0' ? " → " : "", by, why);
    text_pair(view, indent, by[0] != '\0' ? "swap-in" : "swap-out", text);
}

void text_swaps(TextView *view, size_t indent, const xmlNode *record)
{
    const xmlNode *swap = node_path(record, "replaced-terms", "replaced-term");
    for (; swap != NULL; swap = node_next(swap))
        write_swap(view, indent, swap);
}

/* "include:a.example (4), include:b.example (3)": those that are enough alone, or those that are
 * not. */
static char *cost_list(const xmlNode *record, const char *enough)
{
    GString *list = g_string_new(NULL);
    const xmlNode *cost = node_path(record, "costs", "cost");
    for (; cost != NULL; cost = node_next(cost))
        if (node_is(cost, "enough", enough))
            g_string_append_printf(list, "%s%s (%s)", list->len > 0 ? ", " : "",
                                   node_get(cost, "text"), node_get(cost, "lookups"));
    return g_string_free(list, FALSE);
}

static void write_choice(TextView *view, const char *label, const char *costs)
{
    g_autofree char *text = g_strdup_printf("%s: %s", label, costs);
    if (costs[0] != '\0')
        lines_item(&view->lines, 4, STYLE_PLAIN, "", text);
}

void text_over_budget(TextView *view, const xmlNode *record)
{
    bool published = node_is(record, "published", "true");
    g_autofree char *text =
        labels_fill(view->labels, published ? "over-budget.published" : "over-budget.proposed",
                    node_get(record, "lookups"));
    g_autofree char *alone = cost_list(record, "true"), *others = cost_list(record, "false");
    g_autofree char *several = labels_fill(
        view->labels, alone[0] != '\0' ? "or-several" : "drop-several", node_get(record, "excess"));
    lines_item(&view->lines, 2, STYLE_FAIR, "! ", text);
    lines_raw(&view->lines, 6, node_child_value(record, "value"));
    write_choice(view, text_label(view, "drop-one"), alone);
    write_choice(view, several, others);
}
