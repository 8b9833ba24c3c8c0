/* variants_links.c - addresses in header fields (List-Unsubscribe and others) that link protection
 * rewrote. */
#include "analyzer/cause/variants.h"

#include "analyzer/message/linkguard.h"

#include <string.h>

enum { LINKS_MAX = 32, LAYERS_MAX = 3 };

static bool is_link_end(char c)
{
    return byte_is_fws(c) || strchr("<>\"", c) != NULL;
}

/* Undone as often as one service wrapped another. */
static bool undo(Span link, size_t layers, GString *out, const char **product)
{
    g_autoptr(GString) inner = g_string_new(NULL);
    if (!linkguard_undo(link, inner, product))
        return false;
    const char *deeper;
    if (layers > 1 && undo(span_of(inner->str, inner->len), layers - 1, out, &deeper))
        return true;
    g_string_append_len(out, inner->str, (gssize)inner->len);
    return true;
}

/* The value with its links undone: all of them, or the only-th. Returns how many there were to
 * undo. */
static size_t append_undone(Span flat, size_t only, size_t layers, GString *out,
                            const char **product)
{
    size_t count = 0;
    for (size_t i = 0; i < flat.n;) {
        size_t end = i;
        Span rest = span_from(flat, i);
        bool starts = span_starts_nocase(rest, "http://") || span_starts_nocase(rest, "https://");
        while (starts && end < flat.n && !is_link_end(flat.p[end]))
            end++;
        Span link = span_of(flat.p + i, end - i);
        g_autoptr(GString) undone = g_string_new(NULL);
        const char *by = NULL;
        if (end > i && link.n <= LINKGUARD_MAX_URL && count < LINKS_MAX &&
            undo(link, layers, undone, &by)) {
            count++;
            *product = by;
            if (only == 0 || only == count)
                link = span_of(undone->str, undone->len);
        }
        if (end == i)
            link = span_of(flat.p + i, 1);
        g_string_append_len(out, link.p, (gssize)link.n);
        i = MAX(end, i + 1);
    }
    return count;
}

void variants_links(Variants *variants)
{
    size_t count = 0;
    for (size_t layers = LAYERS_MAX; layers >= 1; layers--) {
        g_autoptr(GString) value = g_string_sized_new(variants->flat.n);
        const char *product = NULL;
        count = append_undone(variants->flat, 0, layers, value, &product);
        if (count > 0)
            variants_add(variants, span_of(value->str, value->len),
                         (Reason){"header-link-rewritten", 1, 0, product});
    }
    for (size_t only = 1; count > 1 && only <= count; only++) {
        g_autoptr(GString) value = g_string_sized_new(variants->flat.n);
        const char *product = NULL;
        append_undone(variants->flat, only, LAYERS_MAX, value, &product);
        variants_add(variants, span_of(value->str, value->len),
                     (Reason){"header-link-rewritten", 2, 0, product});
    }
}
