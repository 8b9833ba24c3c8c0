#include "reports/visible.h"

#include "reports/node.h"

#include <string.h>

typedef enum Kind { PLAIN, ESCAPE, SPACE, OTHER_BLANK, FOREIGN } Kind;

/* An escape by its form: \x41, \u{200b}, or a backslash and one character. */
static size_t escape_length(const char *text)
{
    const char *close = text[1] == 'u' && text[2] == '{' ? strchr(text, '}') : NULL;
    if (close != NULL)
        return (size_t)(close - text) + 1;
    size_t want = text[1] == 'x' ? 4 : 2;
    return strnlen(text, want);
}

static Kind kind_of(const char *text)
{
    if (text[0] == '\\')
        return ESCAPE;
    if (text[0] == ' ')
        return SPACE;
    if ((unsigned char)text[0] < 0x80)
        return PLAIN;
    gunichar c = g_utf8_get_char(text);
    return g_unichar_isspace(c) || g_unichar_iszerowidth(c) ? OTHER_BLANK : FOREIGN;
}

/* Octets from here that are shown in one way; text is not empty. */
static size_t run_length(const char *text, Kind kind)
{
    const char *p = text;
    switch (kind) {
    case ESCAPE:
        for (bool line_end = false; *p == '\\' && !line_end; p += escape_length(p))
            line_end = p[1] == 'n';
        break;
    case PLAIN:
    case SPACE:
        while (*p != '\0' && kind_of(p) == kind)
            p++;
        break;
    default:
        p = g_utf8_next_char(p);
    }
    return (size_t)(p - text);
}

static bool is_line_end(const char *run, size_t n)
{
    return n >= 2 && run[n - 1] == 'n' && run[n - 2] == '\\';
}

/* A blank as something that is seen. */
static void append_visible(GString *out, Kind kind, const char *run, size_t n)
{
    if (kind == OTHER_BLANK)
        g_string_append_printf(out, "\\u{%x}", g_utf8_get_char(run));
    else if (kind != SPACE)
        g_string_append_len(out, run, (gssize)n);
    for (size_t i = 0; kind == SPACE && i < n; i++)
        g_string_append(out, "\xe2\x90\xa3");
}

char *visible_text(const char *escaped, const char *open, const char *close)
{
    GString *out = g_string_new(NULL);
    bool inside = false;
    for (const char *p = escaped; *p != '\0';) {
        Kind kind = kind_of(p);
        size_t n = run_length(p, kind);
        g_string_append(out, inside ? "" : open);
        append_visible(out, kind, p, n);
        inside = kind != ESCAPE || !is_line_end(p, n);
        if (!inside)
            g_string_append_printf(out, "%s\n", close);
        p += n;
    }
    g_string_append(out, inside ? close : "");
    return g_string_free(out, FALSE);
}

char *visible_lines(const char *escaped)
{
    GString *out = g_string_new(NULL);
    for (const char *p = escaped; *p != '\0';) {
        Kind kind = kind_of(p);
        size_t n = run_length(p, kind);
        g_string_append_len(out, p, (gssize)n);
        if (kind == ESCAPE && is_line_end(p, n))
            g_string_append_c(out, '\n');
        p += n;
    }
    return g_string_free(out, FALSE);
}

static void add_run(xmlNode *parent, Kind kind, const char *text, size_t n)
{
    static const char *const names[] = {
        [ESCAPE] = "escape", [SPACE] = "blank", [OTHER_BLANK] = "blank", [FOREIGN] = "foreign"};
    xmlNode *run = xmlNewTextLen((const xmlChar *)text, (int)n);
    if (kind == PLAIN) {
        xmlAddChild(parent, run);
        return;
    }
    xmlNode *node = xmlNewChild(parent, NULL, (const xmlChar *)names[kind], NULL);
    xmlSetNs(node, NULL);
    xmlAddChild(node, run);
    if (kind == OTHER_BLANK || kind == FOREIGN) {
        g_autofree char *code = g_strdup_printf("U+%04X", g_utf8_get_char(text));
        node_attr(node, "code", code);
    }
}

void visible_mark_up(xmlNode *octets)
{
    if (octets == NULL)
        return;
    g_autofree char *text = g_strdup(node_value(octets));
    xmlNodeSetContent(octets, NULL);
    for (const char *p = text; *p != '\0';) {
        Kind kind = kind_of(p);
        size_t n = run_length(p, kind);
        add_run(octets, kind, p, n);
        p += n;
    }
}
