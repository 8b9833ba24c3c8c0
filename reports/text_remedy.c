#include "reports/text.h"

#include <string.h>

/* ", SPF fail → pass" when the word changes. */
static void add_result(const TextView *view, GString *text, const char *name, const xmlNode *before,
                       const xmlNode *after)
{
    const char *then = node_get(after, name);
    if (then[0] == '\0' || strcmp(node_get(before, name), then) == 0)
        return;
    if (text->len > 0)
        g_string_append(text, ", ");
    g_string_append_printf(text, "%s %s → %s", text_word(view, "change", name),
                           node_get(before, name), then);
}

char *text_change(const TextView *view, const xmlNode *before, const xmlNode *after)
{
    static const char *const results[] = {"spf", "dkim", "dmarc", "score", "providers-all-met"};
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(results); i++)
        add_result(view, text, results[i], before, after);
    return g_string_free(text, FALSE);
}

/* "SPF fail → pass, DMARC fail → pass, score 40 → 100"; when none of them changes, how many
 * findings it solves. */
static char *effect(const TextView *view, const xmlNode *after)
{
    g_autofree char *change =
        text_change(view, node_path(view->report, "remedies", "as-is"), after);
    if (change[0] != '\0')
        return g_steal_pointer(&change);
    g_auto(GStrv) solved = g_strsplit(node_get(after, "solved"), " ", -1);
    return labels_count(view->labels, "solves", g_strv_length(solved));
}

static void write_effect(TextView *view, size_t indent, const char *label, const xmlNode *after)
{
    g_autofree char *change = effect(view, after);
    g_autofree char *sentence =
        g_strdup_printf("%s (%s)", change, text_label(view, "proven-again"));
    text_pair(view, indent, label, sentence);
    const xmlNode *brought = node_path(after, "brought", "brought-finding");
    for (; brought != NULL; brought = node_next(brought)) {
        if (node_is(brought, "severity", "error") || node_is(brought, "severity", "warning"))
            text_pair(view, indent, "brings",
                      node_value(node_child_in(brought, "title", labels_language(view->labels))));
    }
}

static bool has_number(const char *numbers, const char *number)
{
    g_auto(GStrv) list = g_strsplit(numbers, " ", -1);
    return g_strv_contains((const char *const *)list, number);
}

/* What the needed remedies do together; nothing when there is one only, for that is told already.
 */
static void write_together(TextView *view, size_t indent, const char *label)
{
    const xmlNode *remedies = node_child(view->report, "remedies");
    const xmlNode *remedy = node_path(remedies, "offered", "remedy");
    size_t needed = 0;
    for (; remedy != NULL; remedy = node_next(remedy))
        needed += node_is(remedy, "in-smallest-set", "true");
    if (needed > 1)
        write_effect(view, indent, label, node_child(remedies, "together"));
}

void text_remedy_of(TextView *view, const char *finding_number)
{
    const xmlNode *remedies = node_child(view->report, "remedies");
    const xmlNode *remedy = node_path(remedies, "offered", "remedy");
    while (remedy != NULL && !has_number(node_get(remedy, "proposed-by"), finding_number))
        remedy = node_next(remedy);
    if (remedy == NULL)
        return;
    write_effect(view, 4, "will-do", node_child(remedy, "outcome"));
    write_together(view, 4, "all-will-do");
}

static void write_changes(TextView *view, const xmlNode *remedy)
{
    const xmlNode *change = node_path(remedy, "changes", "change");
    for (; change != NULL; change = node_next(change)) {
        g_autofree char *what =
            g_strdup_printf("%s %s", node_get(change, "name"), node_get(change, "type"));
        lines_pair(&view->lines, 4, text_word(view, "action", node_get(change, "action")), what);
        lines_raw(&view->lines, 6, node_child_value(change, "value"));
        text_pair(view, 6, "stands-now", node_child_value(change, "was"));
    }
}

static void write_remedy(TextView *view, const xmlNode *remedy)
{
    bool needed = node_is(remedy, "in-smallest-set", "true");
    g_autofree char *title = labels_fill(view->labels, "remedy", node_get(remedy, "number"));
    g_autofree char *head =
        needed ? g_strdup_printf("%s: %s", title, text_label(view, "in-smallest-set"))
               : g_strdup(title);
    lines_item(&view->lines, 2, STYLE_BOLD, "", head);
    write_changes(view, remedy);
    text_swaps(view, 6, remedy);
    write_effect(view, 4, "will-do", node_child(remedy, "outcome"));
    text_pair(view, 4, "who", text_word(view, "actor", node_get(remedy, "actor")));
}

void text_remedies(TextView *view)
{
    const xmlNode *remedies = node_child(view->report, "remedies");
    const xmlNode *remedy = node_path(remedies, "offered", "remedy");
    const xmlNode *over = node_path(remedies, "over-budget", "too-many-lookups");
    if (remedy == NULL && over == NULL)
        return;
    lines_heading(&view->lines, text_label(view, "remedies"));
    for (; remedy != NULL; remedy = node_next(remedy))
        write_remedy(view, remedy);
    for (; over != NULL; over = node_next(over))
        text_over_budget(view, over);
    write_together(view, 2, "together");
}
