/* The alignment plan in the terminal report. */
#include "reports/text.h"

#include <string.h>

static const char *in_language(const TextView *view, const xmlNode *node, const char *name)
{
    return node_value(node_child_in(node, name, labels_language(view->labels)));
}

static LineStyle style_of_state(const char *state)
{
    if (strcmp(state, "does-not-pass") == 0)
        return STYLE_BAD;
    return strcmp(state, "cannot-be-rehearsed") == 0 ? STYLE_FAIR : STYLE_GOOD;
}

static const char *mark_of_state(const char *state)
{
    if (strcmp(state, "does-not-pass") == 0)
        return "✗ ";
    return strcmp(state, "cannot-be-rehearsed") == 0 ? "? " : "✓ ";
}

/* "DMARC fail → pass, score 50 → 100; aligned by DKIM (proven by re-analysis)" */
static void write_rehearsal(TextView *view, const xmlNode *rehearsal)
{
    bool spf = node_is(rehearsal, "spf-aligned", "true");
    bool dkim = node_is(rehearsal, "dkim-aligned", "true");
    if (!spf && !dkim)
        return;
    g_autofree char *change =
        text_change(view, node_path(view->report, "plan", "as-is"), rehearsal);
    g_autofree char *by = labels_fill(view->labels, "aligned-by",
                                      spf && dkim ? "DKIM + SPF"
                                      : spf       ? "SPF"
                                                  : "DKIM");
    g_autofree char *sentence = g_strdup_printf(
        "%s%s%s (%s)", change, change[0] != '\0' ? "; " : "", by, text_label(view, "proven-again"));
    text_pair(view, 4, "outcome-then", sentence);
}

static void write_record(TextView *view, const xmlNode *record)
{
    const char *value = node_child_value(record, "value");
    g_autofree char *what =
        g_strdup_printf("%s %s", node_get(record, "name"), node_get(record, "type"));
    lines_pair(&view->lines, 6, text_word(view, "action", node_get(record, "action")), what);
    if (value[0] != '\0')
        lines_raw(&view->lines, 8, value);
    else
        lines_item(&view->lines, 8, STYLE_DIM, "", text_label(view, "to-come"));
    text_pair(view, 8, "stands-now", node_child_value(record, "was"));
}

static void write_need(TextView *view, const xmlNode *need)
{
    lines_pair(&view->lines, 4, text_word(view, "party", node_get(need, "party")),
               in_language(view, need, "what"));
    const xmlNode *record = node_path(need, "plan-records", "plan-record");
    for (; record != NULL; record = node_next(record))
        write_record(view, record);
}

/* Where one way is in place already, what the others would take is left to the other formats. */
static void write_details(TextView *view, const xmlNode *route)
{
    const xmlNode *need = node_path(route, "needs", "need");
    for (; need != NULL; need = node_next(need))
        write_need(view, need);
    const xmlNode *note = node_path(route, "notes", "plan-note");
    for (; note != NULL; note = node_next(note))
        text_pair(view, 4, "to-know", in_language(view, note, "remark"));
}

static void write_route(TextView *view, const xmlNode *plan, const xmlNode *route)
{
    const char *state = node_get(route, "state"),
               *reason = in_language(view, route, "state-reason");
    g_autofree char *head = g_strdup_printf("%s: %s", in_language(view, route, "title"),
                                            text_word(view, "route-state", state));
    lines_item(&view->lines, 2, style_of_state(state), mark_of_state(state), head);
    if (reason[0] != '\0')
        lines_item(&view->lines, 4, STYLE_DIM, "", reason);
    else
        write_rehearsal(view, node_child(route, "rehearsal"));
    if (node_is(plan, "recommended", node_get(route, "id")))
        text_pair(view, 4, "recommended", in_language(view, plan, "recommendation"));
    if (node_is(plan, "needed", "true"))
        write_details(view, route);
}

void text_plan(TextView *view)
{
    const xmlNode *plan = node_child(view->report, "plan");
    if (plan == NULL)
        return;
    lines_heading(&view->lines, text_label(view, "plan"));
    const char *intro = node_is(plan, "needed", "true") ? "plan-needed" : "plan-second";
    g_autofree char *sentence = labels_fill(view->labels, intro, node_get(plan, "from-domain"));
    lines_item(&view->lines, 2, STYLE_DIM, "", sentence);
    const xmlNode *route = node_path(plan, "routes", "route");
    for (; route != NULL; route = node_next(route))
        write_route(view, plan, route);
}
