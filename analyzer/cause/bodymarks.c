/* bodymarks.c - text between marks that its inserter left, "... start" and "... end", in comments
 * or on lines of their own.
 *
 * Products that warn or sign put several pieces into one message (a style into the head, a banner
 * into the body, lines into the text part) and mark each so that they find them again. All marked
 * pieces of all parts are taken out together.
 */
#include "analyzer/cause/bodycontent.h"

#include <string.h>

enum { MARKS_MAX = 400, MARK_LENGTH = 120, REGION_LINES = 80 };

/* Is `end` what `start` is, but for the word? */
static bool is_pair(Span start, Span end)
{
    static const char *const words[][2] = {
        {"start", "end"}, {"begin", "end"}, {"start", "stop"}, {"open", "close"}};
    if (start.n > MARK_LENGTH || end.n > MARK_LENGTH)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        size_t n = strlen(words[i][0]), m = strlen(words[i][1]);
        for (size_t at = 0; at + n <= start.n; at++) {
            if (!span_starts_nocase(span_from(start, at), words[i][0]) || end.n != start.n - n + m)
                continue;
            if (span_equal_nocase(span_of(start.p, at), span_of(end.p, at)) &&
                span_starts_nocase(span_from(end, at), words[i][1]) &&
                span_equal_nocase(span_from(start, at + n), span_from(end, at + m)))
                return true;
        }
    }
    return false;
}

static void add_region(GArray *regions, size_t from, size_t to)
{
    Edit region = {from, to, {"", 0}};
    g_array_append_val(regions, region);
}

/* Outermost pairs of comments. */
static void find_in_html(const HtmlTags *tags, GArray *regions)
{
    g_autoptr(GArray) comments = g_array_new(FALSE, FALSE, sizeof(size_t));
    for (size_t i = 0; i < tags->n && comments->len < MARKS_MAX; i++)
        if (tags->items[i].kind == HTML_COMMENT)
            g_array_append_val(comments, i);
    for (guint i = 0; i < comments->len; i++) {
        const HtmlTag *first = &tags->items[g_array_index(comments, size_t, i)];
        for (guint j = comments->len; j-- > i + 1;) {
            const HtmlTag *last = &tags->items[g_array_index(comments, size_t, j)];
            if (!is_pair(span_of(tags->text.p + first->from, first->to - first->from),
                         span_of(tags->text.p + last->from, last->to - last->from)))
                continue;
            add_region(regions, first->from, last->to);
            i = j;
            break;
        }
    }
}

static Span line_at(Span text, size_t from)
{
    return span_trim(span_of(text.p + from, span_find(text, '\n', from) - from));
}

/* Pairs of lines; the region ends with the line end of the second. */
static void find_in_text(Span text, GArray *regions)
{
    size_t marks = 0;
    for (size_t from = 0; from < text.n && marks < MARKS_MAX;) {
        Span start = line_at(text, from);
        size_t next = MIN(span_find(text, '\n', from) + 1, text.n), at = next;
        bool may_start = start.n >= 5 && start.n <= MARK_LENGTH;
        marks += may_start;
        for (size_t lines = 0; may_start && lines < REGION_LINES && at < text.n; lines++) {
            size_t behind = MIN(span_find(text, '\n', at) + 1, text.n);
            if (is_pair(start, line_at(text, at))) {
                add_region(regions, from, behind);
                next = behind;
                break;
            }
            at = behind;
        }
        from = next;
    }
}

/* A line end more at either side of each region. */
static void widen(Span text, bool before, bool behind, GArray *regions)
{
    size_t last = 0;
    for (guint i = 0; i < regions->len; i++) {
        Edit *region = &g_array_index(regions, Edit, i);
        size_t from = region->from, to = region->to;
        if (before && from > last && text.p[from - 1] == '\n')
            from -= from > last + 1 && text.p[from - 2] == '\r' ? 2 : 1;
        if (behind && to < text.n && text.p[to] == '\n')
            to++;
        else if (behind && to + 1 < text.n && text.p[to] == '\r' && text.p[to + 1] == '\n')
            to += 2;
        *region = (Edit){from, to, {"", 0}};
        last = to;
    }
}

/* How the regions are cut. */
typedef struct Manner {
    bool html, text;     /* in these parts */
    bool before, behind; /* line ends around the regions of HTML parts */
    bool text_behind;    /* a blank line behind those of text parts */
} Manner;

static bool propose(const Content *content, GArray *const *regions, const Manner *manner)
{
    PieceList list;
    pieces_init(&list, 0);
    for (size_t i = 0; i < content->n; i++) {
        const LeafText *text = content->parts[i].text;
        g_autoptr(GArray) edits = g_array_copy(regions[i]);
        if (!(text->is_html ? manner->html : manner->text))
            g_array_set_size(edits, 0);
        widen(text->text, text->is_html && manner->before,
              text->is_html ? manner->behind : manner->text_behind, edits);
        pieces_until(&list, text->leaf->body_from);
        leaftext_edit(text, (const Edit *)(void *)edits->data, edits->len, 0, &list);
    }
    pieces_until(&list, content->view->lines->n);
    bool found = body_propose(content->search, content->view, pieces_of(&list), list.pieces->len,
                              "body-banner-inserted", "marked", KEEP_AS_LIKELY_BASE);
    pieces_clear(&list);
    return found;
}

static bool try_manners(const Content *content, GArray *const *regions, bool html, bool text)
{
    static const struct {
        bool html, text;
    } places[] = {{true, true}, {true, false}, {false, true}};
    for (size_t i = 0; i < G_N_ELEMENTS(places); i++) {
        if ((places[i].html && !html) || (places[i].text && !text))
            continue;
        for (unsigned ends = 0; ends < 8 && !body_done(content->search); ends++) {
            Manner manner = {places[i].html, places[i].text, ends & 1, ends & 2, ends & 4};
            bool matters =
                ((ends & 3) == 0 || places[i].html) && ((ends & 4) == 0 || places[i].text);
            if (matters && propose(content, regions, &manner))
                return true;
        }
    }
    return false;
}

bool content_try_marks(const Content *content)
{
    GArray *regions[CONTENT_MAX_PARTS];
    bool html = false, text = false;
    for (size_t i = 0; i < content->n; i++) {
        const ContentPart *part = &content->parts[i];
        regions[i] = g_array_new(FALSE, FALSE, sizeof(Edit));
        if (part->text->is_html)
            find_in_html(&part->tags, regions[i]);
        else
            find_in_text(part->text->text, regions[i]);
        *(part->text->is_html ? &html : &text) |= regions[i]->len > 0;
    }
    bool found = (html || text) && try_manners(content, regions, html, text);
    for (size_t i = 0; i < content->n; i++)
        g_array_unref(regions[i]);
    return found;
}
