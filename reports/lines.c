#include "reports/lines.h"

#include "reports/markdown.h"

#include <string.h>

static const char *const sgr[] = {
    [STYLE_PLAIN] = "",        [STYLE_BOLD] = "\x1b[1m",  [STYLE_DIM] = "\x1b[2m",
    [STYLE_GOOD] = "\x1b[32m", [STYLE_FAIR] = "\x1b[33m", [STYLE_BAD] = "\x1b[31m",
};

static size_t char_width(gunichar c)
{
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

size_t lines_width(const char *text)
{
    size_t width = 0;
    for (const char *p = text; *p != '\0'; p = g_utf8_next_char(p))
        width += char_width(g_utf8_get_char(p));
    return width;
}

static void put(Lines *lines, const char *p, size_t n)
{
    for (const char *end = p + n; p < end; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        g_string_append_unichar(lines->out, g_unichar_iscntrl(c) ? '?' : c);
    }
}

static void put_styled(Lines *lines, LineStyle style, const char *p, size_t n)
{
    bool styled = lines->colour && style != STYLE_PLAIN && n > 0;
    if (styled)
        g_string_append(lines->out, sgr[style]);
    put(lines, p, n);
    if (styled)
        g_string_append(lines->out, "\x1b[0m");
}

static void put_spaces(Lines *lines, size_t n)
{
    for (size_t i = 0; i < n; i++)
        g_string_append_c(lines->out, ' ');
}

/* Where the line has to end: before the last space that fits, or in the middle of a word that is
 * too long. */
static size_t line_length(const char *text, size_t room)
{
    size_t width = 0, space = 0;
    const char *p = text;
    for (; *p != '\0'; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (c == ' ')
            space = (size_t)(p - text);
        width += char_width(c);
        if (width > room && p > text)
            return space > 0 ? space : (size_t)(p - text);
    }
    return (size_t)(p - text);
}

void lines_blank(Lines *lines)
{
    if (lines->markdown != NULL) {
        markdown_blank(lines);
        return;
    }
    g_string_append_c(lines->out, '\n');
}

void lines_heading(Lines *lines, const char *text)
{
    if (lines->markdown != NULL) {
        markdown_heading(lines, text);
        return;
    }
    lines_blank(lines);
    lines_item(lines, 0, STYLE_BOLD, "", text);
}

static size_t trimmed_length(const char *text)
{
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == ' ')
        n--;
    return n;
}

void lines_item(Lines *lines, size_t indent, LineStyle style, const char *mark, const char *text)
{
    if (lines->markdown != NULL) {
        markdown_item(lines, indent, style, mark, text);
        return;
    }
    size_t hang = indent + lines_width(mark);
    size_t room = LINES_WIDTH > hang + 20 ? LINES_WIDTH - hang : 20;
    put_spaces(lines, indent);
    put_styled(lines, style, mark, text[0] != '\0' ? strlen(mark) : trimmed_length(mark));
    for (bool first = true; first || *text != '\0'; first = false) {
        size_t n = line_length(text, room);
        if (!first)
            put_spaces(lines, hang);
        put_styled(lines, mark[0] == '\0' ? style : STYLE_PLAIN, text, n);
        g_string_append_c(lines->out, '\n');
        text += n;
        while (*text == ' ')
            text++;
    }
}

void lines_pair(Lines *lines, size_t indent, const char *label, const char *text)
{
    if (lines->markdown != NULL) {
        markdown_pair(lines, indent, label, text);
        return;
    }
    size_t width = lines_width(label);
    if (width >= LINES_LABEL) {
        lines_item(lines, indent, STYLE_DIM, "", label);
        lines_item(lines, indent + 2, STYLE_PLAIN, "", text);
        return;
    }
    g_autoptr(GString) mark = g_string_new(label);
    for (; width < LINES_LABEL; width++)
        g_string_append_c(mark, ' ');
    lines_item(lines, indent, STYLE_DIM, mark->str, text);
}

void lines_raw(Lines *lines, size_t indent, const char *text)
{
    if (lines->markdown != NULL) {
        markdown_raw(lines, indent, text);
        return;
    }
    put_spaces(lines, indent);
    put(lines, text, strlen(text));
    g_string_append_c(lines->out, '\n');
}

static size_t column_width(const char *const *cells, size_t columns, size_t rows, size_t column)
{
    size_t width = 0;
    for (size_t row = 0; row < rows; row++)
        width = MAX(width, lines_width(cells[row * columns + column]));
    return width;
}

static void put_row(Lines *lines, const char *const *cells, const size_t *widths, size_t columns,
                    LineStyle style)
{
    size_t behind = 0; /* spaces due before the next cell that is not empty */
    for (size_t i = 0; i < columns; i++) {
        if (cells[i][0] != '\0') {
            put_spaces(lines, behind);
            put_styled(lines, style, cells[i], strlen(cells[i]));
            behind = 0;
        }
        behind += widths[i] - MIN(widths[i], lines_width(cells[i]));
    }
    g_string_append_c(lines->out, '\n');
}

void lines_table(Lines *lines, size_t indent, const char *const *cells, size_t columns, size_t rows)
{
    enum { GAP = 2 };
    if (lines->markdown != NULL) {
        markdown_table(lines, cells, columns, rows);
        return;
    }
    g_autofree size_t *widths = g_new0(size_t, columns);
    size_t others = indent;
    for (size_t i = 1; i < columns; i++) {
        widths[i] = column_width(cells, columns, rows, i) + (i + 1 < columns ? GAP : 0);
        others += widths[i];
    }
    size_t needed = column_width(cells, columns, rows, 0) + 1;
    widths[0] = MAX(needed, LINES_WIDTH - MIN(others, (size_t)LINES_WIDTH));
    for (size_t row = 0; row < rows; row++) {
        put_spaces(lines, indent);
        put_row(lines, cells + row * columns, widths, columns, row == 0 ? STYLE_DIM : STYLE_PLAIN);
    }
}

void lines_pointed(Lines *lines, size_t indent, const char *text, size_t column, size_t width)
{
    g_autoptr(GString) pointer = g_string_new(NULL);
    for (size_t i = 0; i < column + width; i++)
        g_string_append_c(pointer, i < column ? ' ' : '^');
    if (lines->markdown != NULL) {
        markdown_pointed(lines, indent, text, pointer->str);
        return;
    }
    lines_raw(lines, indent, text);
    lines_raw(lines, indent, pointer->str);
}
