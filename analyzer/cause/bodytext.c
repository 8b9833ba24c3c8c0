/* bodytext.c - text that may have been put into a text part: its first lines, its last ones, the
 * begin of a line. */
#include "analyzer/cause/bodycontent.h"

#include <string.h>

enum {
    LINES_MAX = 400, /* from either end */
    FEW_LINES = 20,
    INLINE_MAX = 240, /* octets of a line's begin */
    BLOCK_LINES = 12,
    BLOCKS_MAX = 6000,
};

void content_cut_two(GArray *cuts, const char *kind, size_t from, size_t to, size_t from2,
                     size_t to2)
{
    Cut cut = {.from = {from, from2}, .to = {to, to2}, .n = 2, .kind = kind, .instead = ""};
    if (from < to && to <= from2 && from2 < to2)
        g_array_append_val(cuts, cut);
}

void content_cut(GArray *cuts, const char *kind, size_t from, size_t to)
{
    Cut cut = {.from = {from}, .to = {to}, .n = 1, .kind = kind, .instead = ""};
    if (from < to)
        g_array_append_val(cuts, cut);
}

void content_cut_tail(GArray *cuts, const char *kind, Span text, size_t from)
{
    static const char *const crlf[] = {"", "\r\n", "\r\n\r\n"}, *const lf[] = {"", "\n", "\n\n"};
    size_t first = span_find(text, '\n', 0);
    bool is_lf = first < text.n && (first == 0 || text.p[first - 1] != '\r');
    for (size_t i = 0; i < G_N_ELEMENTS(crlf); i++) {
        Cut cut = {.from = {from},
                   .to = {text.n},
                   .n = 1,
                   .kind = kind,
                   .instead = is_lf ? lf[i] : crlf[i]};
        if (from < text.n)
            g_array_append_val(cuts, cut);
    }
}

/* Offsets where the lines begin, the end of the text last. */
static GArray *line_starts(Span text)
{
    GArray *starts = g_array_new(FALSE, FALSE, sizeof(size_t));
    size_t start = 0;
    while (start < text.n) {
        g_array_append_val(starts, start);
        start = span_find(text, '\n', start) + 1;
    }
    start = text.n;
    g_array_append_val(starts, start);
    return starts;
}

#define AT(array, i) g_array_index(array, size_t, i)

static bool is_blank(Span text, const GArray *starts, guint line)
{
    return span_trim(span_of(text.p + AT(starts, line), AT(starts, line + 1) - AT(starts, line)))
               .n == 0;
}

/* `start` of a line, without the line end before it. */
static size_t before_end(Span text, size_t start)
{
    return start >= 2 && text.p[start - 2] == '\r' ? start - 2 : start - 1;
}

/* First and last lines in turn: a few are likelier than many. */
static void add_ends(ContentPart *part, const GArray *starts)
{
    Span text = part->text->text;
    guint n = starts->len - 1, last = n;
    while (last > 0 && is_blank(text, starts, last - 1))
        last--;
    for (guint i = 1; i <= MIN(n, LINES_MAX); i++) {
        content_cut(part->likely, "body-text-prepended", 0, AT(starts, i));
        content_cut(part->likely, "body-footer-appended", AT(starts, n - i), text.n);
        if (last < n && n - i < last)
            content_cut(part->likely, "body-footer-appended", AT(starts, n - i), AT(starts, last));
        if (n - i > 0)
            content_cut_tail(i <= FEW_LINES ? part->likely : part->common, "body-footer-appended",
                             text, before_end(text, AT(starts, n - i)));
    }
}

/* "[External] Dear ...": the begin of the first line that is not blank. */
static void add_begins(ContentPart *part, const GArray *starts)
{
    Span text = part->text->text;
    guint first = 0;
    while (first + 1 < starts->len && is_blank(text, starts, first))
        first++;
    if (first + 1 >= starts->len)
        return;
    size_t from = AT(starts, first), end = AT(starts, first + 1);
    for (size_t to = from + 1; to < end && to < from + INLINE_MAX; to++)
        content_cut(part->rare, "body-text-inserted", from, to);
    /* The same at the end of the last line. */
    guint last = starts->len - 1;
    while (last > first + 1 && is_blank(text, starts, last - 1))
        last--;
    size_t start = AT(starts, last - 1), to = start;
    while (to < text.n && text.p[to] != '\r' && text.p[to] != '\n')
        to++;
    for (size_t at = to; at > start && to - at < INLINE_MAX; at--)
        content_cut(part->rare, "body-text-inserted", at - 1, to);
}

static void add_blocks(ContentPart *part, const GArray *starts)
{
    guint n = starts->len - 1, added = 0;
    for (guint lines = 1; lines <= BLOCK_LINES && added < BLOCKS_MAX; lines++)
        for (guint i = 1; i + lines < n && added < BLOCKS_MAX; i++, added++)
            content_cut(part->rare, "body-text-inserted", AT(starts, i), AT(starts, i + lines));
}

void content_text_cuts(ContentPart *part)
{
    g_autoptr(GArray) starts = line_starts(part->text->text);
    add_ends(part, starts);
}

void content_rare_text_cuts(ContentPart *part)
{
    g_autoptr(GArray) starts = line_starts(part->text->text);
    add_begins(part, starts);
    add_blocks(part, starts);
}
