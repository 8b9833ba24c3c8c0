/* bodyrank.c - the likeliest cuts of a part first: whole elements near the ends, with words that
 * warnings and disclaimers use. Only the order depends on words.
 */
#include "analyzer/cause/bodycontent.h"

#include <stdlib.h>
#include <string.h>

enum {
    NO_WORDS = 60, /* as much as if so many cuts came before */
    NOTHING_SEEN = 60,
    BROKEN = 2000, /* an element is torn apart */
};

/* How much of the text up to each octet a reader sees. */
static guint32 *seen_in_html(const HtmlTags *tags)
{
    guint32 *seen = g_new(guint32, tags->text.n + 1);
    seen[0] = 0;
    size_t tag = 0;
    bool entity = false, raw = false;
    for (size_t i = 0; i < tags->text.n; i++) {
        while (tag < tags->n && tags->items[tag].to <= i) {
            const HtmlTag *last = &tags->items[tag++];
            bool is_raw =
                span_is_nocase(last->name, "style") || span_is_nocase(last->name, "script");
            raw = last->kind == HTML_OPEN && is_raw;
        }
        char c = tags->text.p[i];
        bool in_tag = raw || (tag < tags->n && tags->items[tag].from <= i);
        seen[i + 1] = seen[i] + (!in_tag && !entity && !byte_is_fws(c));
        entity = !in_tag && (entity ? c != ';' && !byte_is_fws(c) : c == '&');
    }
    return seen;
}

static guint32 *seen_in_text(Span text)
{
    guint32 *seen = g_new(guint32, text.n + 1);
    seen[0] = 0;
    for (size_t i = 0; i < text.n; i++)
        seen[i + 1] = seen[i] + !byte_is_fws(text.p[i]);
    return seen;
}

/* Where words stand that are usual in what is put in: sorted offsets. */
static GArray *find_words(Span text)
{
    static const char *const words[] = {
        "external",    "extern",        "caution",      "warning",      "outside",
        "originat",    "attention",     "achtung",      "vorsicht",     "warnung",
        "let op",      "atenci",        "attenzione",   "confidential", "disclaimer",
        "vertraulich", "vertrouwelijk", "confidentiel", "privileged",   "intended",
        "virus",       "scanned",       "checked",      "unsubscribe",  "mailing list",
        "abmelden",    "afmelden",      "phishing",     "suspicious",   "registered",
        "width=\"1\"", "www.avg",
    };
    GArray *found = g_array_new(FALSE, FALSE, sizeof(size_t));
    g_autofree char *lower = g_ascii_strdown(text.n ? text.p : "", (gssize)text.n);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        for (size_t at = 0;
             (at = span_search(span_of(lower, text.n), span_str(words[i]), at)) < text.n; at++)
            g_array_append_val(found, at);
    return found;
}

static int by_offset(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static bool has_word(const GArray *words, size_t from, size_t to)
{
    guint low = 0, high = words->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (g_array_index(words, size_t, middle) < from)
            low = middle + 1;
        else
            high = middle;
    }
    return low < words->len && g_array_index(words, size_t, low) < to;
}

/* Whole elements only, no tag cut in two. */
static bool is_whole(const HtmlTags *tags, size_t from, size_t to)
{
    size_t first = htmltags_at(tags, from), end = htmltags_at(tags, to);
    if (first < tags->n && tags->items[first].from < from)
        return false;
    if (end < tags->n && tags->items[end].from < to)
        return false;
    for (size_t i = first; i < end; i++)
        if (tags->items[i].match < first || tags->items[i].match >= end)
            return false;
    return true;
}

static int by_rank(const void *a, const void *b)
{
    const Cut *x = a, *y = b;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    if (x->from[0] != y->from[0])
        return x->from[0] < y->from[0] ? -1 : 1;
    if (x->to[0] != y->to[0])
        return x->to[0] < y->to[0] ? -1 : 1;
    return strcmp(x->instead, y->instead);
}

void content_rank(ContentPart *part)
{
    Span text = part->text->text;
    g_autofree guint32 *seen = part->text->is_html ? seen_in_html(&part->tags) : seen_in_text(text);
    g_autoptr(GArray) words = find_words(text);
    g_array_sort(words, by_offset);
    for (guint i = 0; i < part->likely->len; i++) {
        Cut *cut = &g_array_index(part->likely, Cut, i);
        size_t from = cut->from[0], to = cut->to[0];
        cut->seen = seen[to] - seen[from];
        cut->rank =
            i + (has_word(words, from, to) ? 0 : NO_WORDS) + (cut->seen > 0 ? 0 : NOTHING_SEEN);
        if (part->text->is_html && !is_whole(&part->tags, from, to))
            cut->rank += BROKEN;
    }
    g_array_sort(part->likely, by_rank);
}
