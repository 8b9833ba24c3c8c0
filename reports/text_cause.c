#include "reports/text.h"
#include "reports/visible.h"

#include <string.h>

enum { SHOWN_LINES = 8, SHOWN_CHARACTERS = 200, TOLD_AT_TOP = 6 };

/* One side of a change: what the other side has not stands between the marks, nothing in it unseen.
 */
static char *marked_side(const xmlNode *difference, const char *side, const char *open,
                         const char *close)
{
    GString *text = g_string_new(NULL);
    const xmlNode *piece = node_child(difference, "piece");
    for (; piece != NULL; piece = node_next(piece)) {
        const char *value = node_child_value(piece, "value");
        g_autofree char *plain = visible_lines(value);
        g_autofree char *marked = visible_text(value, open, close);
        if (node_is(piece, "in", "both") || node_is(piece, "in", side))
            g_string_append(text, node_is(piece, "in", side) ? marked : plain);
    }
    return g_string_free(text, FALSE);
}

/* Lines of octets, only the beginning of long ones: the XML report has all. */
static void write_octets(TextView *view, const char *id, const char *text)
{
    lines_item(&view->lines, 8, STYLE_DIM, "", text_label(view, id));
    if (text[0] == '\0')
        lines_item(&view->lines, 10, STYLE_DIM, "", text_label(view, "nothing"));
    for (int shown = 0; text[0] != '\0' && shown < SHOWN_LINES; shown++) {
        size_t n = strcspn(text, "\n");
        g_autofree char *line = g_strndup(text, n);
        if (g_utf8_strlen(line, -1) > SHOWN_CHARACTERS) {
            g_autofree char *head = g_utf8_substring(line, 0, SHOWN_CHARACTERS);
            g_free(line);
            line = g_strconcat(head, " …", NULL);
        }
        lines_item(&view->lines, 10, STYLE_PLAIN, "", line);
        text += n + (text[n] == '\n');
    }
    if (text[0] != '\0')
        lines_item(&view->lines, 10, STYLE_DIM, "", "…");
}

/* "Text was put before the subject: subject (proven; points to the receiver)" */
static char *cause_sentence(const TextView *view, const xmlNode *cause)
{
    const char *certainty = node_get(cause, "certainty"),
               *detail = node_child_value(cause, "detail");
    const char *actor = text_word(view, "actor", node_get(cause, "actor"));
    g_autofree char *points_to = labels_fill(view->labels, "points-to", actor);
    GString *text = g_string_new(text_word(view, "cause", node_get(cause, "id")));
    const xmlNode *field = node_path(cause, "fields", "field-name");
    for (bool first = true; field != NULL; field = node_next(field), first = false)
        g_string_append_printf(text, "%s%s", first ? ": " : ", ", node_value(field));
    if (detail[0] != '\0')
        g_string_append_printf(text, "; %s", detail);
    g_string_append_printf(text, " (%s; %s)", text_word(view, "cause-certainty", certainty),
                           points_to);
    return g_string_free(text, FALSE);
}

static void write_side(TextView *view, const xmlNode *cause, const char *side)
{
    g_autofree char *lines = visible_lines(node_child_value(cause, side));
    if (node_child(cause, side) != NULL)
        write_octets(view, side, lines);
}

static void write_cause(TextView *view, const xmlNode *cause)
{
    g_autofree char *text = cause_sentence(view, cause);
    lines_item(&view->lines, 6, STYLE_BOLD, "→ ", text);
    const xmlNode *difference = node_child(cause, "difference");
    if (difference != NULL) {
        g_autofree char *before = marked_side(difference, "before", "[-", "-]");
        g_autofree char *after = marked_side(difference, "after", "{+", "+}");
        write_octets(view, "before", before);
        write_octets(view, "after", after);
        return;
    }
    write_side(view, cause, "before");
    write_side(view, cause, "after");
}

void text_what_happened(TextView *view)
{
    g_autoptr(GHashTable) told = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    const xmlNode *signature = node_path(view->report, "signatures", "signature");
    for (; signature != NULL; signature = node_next(signature)) {
        const xmlNode *cause = node_path(signature, "causes", "cause");
        for (; cause != NULL && g_hash_table_size(told) < TOLD_AT_TOP; cause = node_next(cause)) {
            char *text = cause_sentence(view, cause);
            if (g_hash_table_size(told) == 0)
                lines_heading(&view->lines, text_label(view, "what-happened"));
            if (g_hash_table_add(told, text))
                lines_item(&view->lines, 2, STYLE_BOLD, "→ ", text);
        }
    }
}

/* What was excluded matters where nothing was found. */
static void write_ruled_out(TextView *view, const xmlNode *search)
{
    const xmlNode *family = node_path(search, "ruled-out", "family");
    if (family == NULL)
        return;
    g_autoptr(GString) text = g_string_new(NULL);
    g_string_append_printf(text, "%s: ", text_label(view, "ruled-out"));
    for (bool first = true; family != NULL; family = node_next(family), first = false)
        g_string_append_printf(text, "%s%s (%s)", first ? "" : "; ",
                               text_word(view, "family", node_get(family, "name")),
                               node_get(family, "hypotheses"));
    lines_item(&view->lines, 6, STYLE_DIM, "", text->str);
}

static void write_check(TextView *view, const xmlNode *search)
{
    const xmlNode *command = node_path(search, "check", "command");
    if (command == NULL)
        return;
    lines_item(&view->lines, 6, STYLE_PLAIN, "", text_label(view, "check-proof"));
    for (; command != NULL; command = node_next(command)) {
        const char *expected = node_get(command, "expected");
        lines_item(&view->lines, 8, STYLE_DIM, "$ ", node_get(command, "run"));
        if (expected[0] != '\0')
            lines_item(&view->lines, 10, STYLE_DIM, "→ ", expected);
    }
}

static bool has_proof(const xmlNode *signature)
{
    const xmlNode *cause = node_path(signature, "causes", "cause");
    while (cause != NULL && !node_is(cause, "certainty", "proven"))
        cause = node_next(cause);
    return cause != NULL;
}

static void write_search(TextView *view, const xmlNode *search)
{
    const xmlNode *header = node_child(search, "header-search"),
                  *body = node_child(search, "body-search");
    uint64_t tried = g_ascii_strtoull(node_get(header, "hypotheses"), NULL, 10) +
                     g_ascii_strtoull(node_get(body, "hypotheses"), NULL, 10) +
                     g_ascii_strtoull(node_get(search, "key-hypotheses"), NULL, 10);
    g_autofree char *hypotheses = labels_count(view->labels, "hypotheses", tried);
    if (tried > 0)
        lines_item(&view->lines, 6, STYLE_DIM, "", hypotheses);
    if (node_is(header, "exhausted", "true") || node_is(body, "exhausted", "true"))
        lines_item(&view->lines, 6, STYLE_FAIR, "", text_label(view, "exhausted"));
}

static void write_mark(TextView *view, const xmlNode *mark)
{
    const char *same = node_get(mark, "same-body"), *who = node_child_value(mark, "who");
    g_autofree char *id = g_strconcat("stage.", node_get(mark, "stage"), NULL);
    g_autofree char *name =
        labels_fill(view->labels, id, who[0] != '\0' ? who : text_label(view, "unknown"));
    g_autoptr(GString) text = g_string_new(name);
    if (same[0] != '\0')
        g_string_append_printf(
            text, ", %s", text_label(view, strcmp(same, "true") == 0 ? "same-body" : "other-body"));
    if (node_is(mark, "says-pass", "true"))
        g_string_append_printf(text, ", %s", text_label(view, "said-pass"));
    lines_item(&view->lines, 8, STYLE_DIM, "· ", text->str);
}

void text_cause(TextView *view, const xmlNode *signature)
{
    const char *class = node_get(signature, "class"), *story = node_get(signature, "story");
    if (class[0] == '\0' || strcmp(class, "none") == 0)
        return;
    lines_item(&view->lines, 4, STYLE_BOLD, "", text_label(view, "why-fails"));
    lines_item(&view->lines, 6, STYLE_PLAIN, "", text_word(view, "class", class));
    const xmlNode *cause = node_path(signature, "causes", "cause");
    if (cause == NULL && node_child(signature, "search") != NULL)
        lines_item(&view->lines, 6, STYLE_PLAIN, "", text_label(view, "cause-not-found"));
    for (; cause != NULL; cause = node_next(cause))
        write_cause(view, cause);
    if (story[0] != '\0')
        lines_item(&view->lines, 6, STYLE_PLAIN, "", text_word(view, "story", story));
    const xmlNode *search = node_child(signature, "search");
    write_search(view, search);
    if (!has_proof(signature))
        write_ruled_out(view, search);
    write_check(view, search);

    const xmlNode *timeline = node_child(signature, "timeline");
    if (node_is(timeline, "changed-after-receipt", "true"))
        lines_item(&view->lines, 6, STYLE_FAIR, "! ", text_label(view, "changed-after-receipt"));
    if (node_count(node_child(timeline, "marks")) <
        3) /* the signature and the file alone tell nothing new */
        return;
    lines_item(&view->lines, 6, STYLE_PLAIN, "", text_label(view, "timeline"));
    for (const xmlNode *mark = node_path(timeline, "marks", "mark"); mark != NULL;
         mark = node_next(mark))
        write_mark(view, mark);
}
