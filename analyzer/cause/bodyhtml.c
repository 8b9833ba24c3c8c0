/* bodyhtml.c - what may have been put into an HTML part: a banner behind <body>, a disclaimer
 * before </body>, any element, comment, image or wrapping, and attributes.
 */
#include "analyzer/cause/bodycontent.h"

#include <string.h>

enum {
    NEAR_MAX = 100, /* places tried from an anchor at first */
    FAR_MAX = 1500, /* and at last */
    FRAME_MAX = 40, /* places from either end for a frame of two cuts */
    OUTER_MAX = 40, /* elements, from the begin, that may be around all */
    ELEMENTS_MAX = 4000,
    ATTRIBUTES_MAX = 3000,
    NAMES_MAX = 100,
};

#define AT(array, i) g_array_index(array, size_t, i)

/* Where inserted text may begin or end: at tags and line ends. Sorted. */
typedef struct Places {
    GArray *starts, *ends;
} Places;

static int by_offset(const void *a, const void *b)
{
    const size_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

static void sort_places(GArray *places)
{
    g_array_sort(places, by_offset);
    guint kept = 0;
    for (guint i = 0; i < places->len; i++)
        if (kept == 0 || AT(places, i) != AT(places, kept - 1))
            AT(places, kept++) = AT(places, i);
    g_array_set_size(places, kept);
}

static Places find_places(const HtmlTags *tags)
{
    Places places = {g_array_new(FALSE, FALSE, sizeof(size_t)),
                     g_array_new(FALSE, FALSE, sizeof(size_t))};
    for (size_t i = 0; i < tags->n; i++) {
        g_array_append_val(places.starts, tags->items[i].from);
        g_array_append_val(places.ends, tags->items[i].to);
    }
    for (size_t lf = 0; (lf = span_find(tags->text, '\n', lf)) < tags->text.n;) {
        size_t end = lf > 0 && tags->text.p[lf - 1] == '\r' ? lf - 1 : lf;
        g_array_append_val(places.starts, end);
        g_array_append_val(places.ends, end);
        lf++;
        g_array_append_val(places.starts, lf);
        g_array_append_val(places.ends, lf);
    }
    sort_places(places.starts);
    sort_places(places.ends);
    return places;
}

static void places_clear(Places *places)
{
    g_array_unref(places->starts);
    g_array_unref(places->ends);
}

/* Index of the first place after `offset`. */
static guint after(const GArray *places, size_t offset)
{
    guint low = 0, high = places->len;
    while (low < high) {
        guint middle = low + (high - low) / 2;
        if (AT(places, middle) <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/* Octets of the line end at `at`, 0 when there is none. */
static size_t line_end_at(Span text, size_t at)
{
    if (at + 2 <= text.n && text.p[at] == '\r' && text.p[at + 1] == '\n')
        return 2;
    return at < text.n && text.p[at] == '\n';
}

static size_t line_end_before(Span text, size_t at)
{
    if (at >= 2 && text.p[at - 2] == '\r' && text.p[at - 1] == '\n')
        return 2;
    return at >= 1 && text.p[at - 1] == '\n';
}

/* --- at anchors --- */

enum { ANCHORS_MAX = 16 };

typedef struct Anchors {
    size_t at[ANCHORS_MAX];
    size_t n;
} Anchors;

static void add_anchor(Anchors *anchors, size_t at)
{
    if (anchors->n < ANCHORS_MAX)
        anchors->at[anchors->n++] = at;
}

static void add_behind(const HtmlTags *tags, const char *name, Anchors *anchors)
{
    size_t i = htmltags_named(tags, HTML_OPEN, name, 0);
    if (i == tags->n)
        return;
    size_t at = tags->items[i].to;
    add_anchor(anchors, at);
    if (line_end_at(tags->text, at))
        add_anchor(anchors, at + line_end_at(tags->text, at));
}

static void add_before(const HtmlTags *tags, const char *name, Anchors *anchors)
{
    size_t last = tags->n;
    for (size_t i = tags->n; i-- > 0 && last == tags->n;)
        if (tags->items[i].kind == HTML_CLOSE && span_is_nocase(tags->items[i].name, name))
            last = i;
    if (last == tags->n)
        return;
    size_t at = tags->items[last].from;
    add_anchor(anchors, at);
    if (line_end_before(tags->text, at))
        add_anchor(anchors, at - line_end_before(tags->text, at));
}

/* Behind <body>; without one, at the begin. */
static Anchors head_anchors(const HtmlTags *tags)
{
    Anchors anchors = {0};
    add_behind(tags, "body", &anchors);
    if (anchors.n == 0)
        add_behind(tags, "html", &anchors);
    add_anchor(&anchors, 0);
    return anchors;
}

static Anchors tail_anchors(const HtmlTags *tags)
{
    Anchors anchors = {0};
    add_before(tags, "body", &anchors);
    add_before(tags, "html", &anchors);
    add_anchor(&anchors, tags->text.n);
    if (line_end_before(tags->text, tags->text.n))
        add_anchor(&anchors, tags->text.n - line_end_before(tags->text, tags->text.n));
    return anchors;
}

/* The k-th places behind the head anchors and before the tail anchors, from k = first on. */
static void add_at_anchors(const HtmlTags *tags, const Places *places, guint first, guint last,
                           GArray *cuts)
{
    Anchors heads = head_anchors(tags), tails = tail_anchors(tags);
    for (guint k = first; k < last; k++) {
        for (size_t i = 0; i < heads.n; i++) {
            guint end = after(places->ends, heads.at[i]) + k;
            if (end < places->ends->len)
                content_cut(cuts, "body-banner-inserted", heads.at[i], AT(places->ends, end));
        }
        for (size_t i = 0; i < tails.n; i++) {
            guint before = after(places->starts, tails.at[i] > 0 ? tails.at[i] - 1 : 0);
            if (before > k)
                content_cut(cuts, "body-disclaimer-inserted", AT(places->starts, before - 1 - k),
                            tails.at[i]);
        }
    }
}

/* <meta> and the like behind <head>. */
static void add_in_head(const HtmlTags *tags, const Places *places, GArray *cuts)
{
    enum { HEAD_PLACES = 12 };
    Anchors behind = {0}, before = {0};
    add_behind(tags, "head", &behind);
    add_before(tags, "head", &before);
    for (guint k = 0; k < HEAD_PLACES; k++) {
        for (size_t i = 0; i < behind.n; i++) {
            guint end = after(places->ends, behind.at[i]) + k;
            if (end < places->ends->len)
                content_cut(cuts, "body-html-inserted", behind.at[i], AT(places->ends, end));
        }
        for (size_t i = 0; i < before.n; i++) {
            guint start = after(places->starts, before.at[i] - 1);
            if (start > k)
                content_cut(cuts, "body-html-inserted", AT(places->starts, start - 1 - k),
                            before.at[i]);
        }
    }
}

/* A frame around it all: something at the begin and something at the end. */
static void add_frames(const HtmlTags *tags, const Places *places, GArray *cuts)
{
    size_t n = tags->text.n;
    for (guint i = 0; i < MIN(places->ends->len, FRAME_MAX); i++)
        for (guint j = 0; j < MIN(places->starts->len, FRAME_MAX); j++)
            content_cut_two(cuts, "body-html-inserted", 0, AT(places->ends, i),
                            AT(places->starts, places->starts->len - 1 - j), n);
    Anchors heads = head_anchors(tags), tails = tail_anchors(tags);
    guint first = after(places->ends, heads.at[0]),
          last = after(places->starts, MAX(tails.at[0], (size_t)1) - 1);
    for (guint i = first; i < MIN(places->ends->len, first + FRAME_MAX); i++)
        for (guint j = last; j > 0 && last - j < FRAME_MAX; j--)
            content_cut_two(cuts, "body-html-inserted", heads.at[0], AT(places->ends, i),
                            AT(places->starts, j - 1), tails.at[0]);
}

/* --- anywhere --- */

/* One range with the white space around it in or out. */
static void add_with_space(const HtmlTags *tags, size_t from, size_t to, GArray *cuts)
{
    Span text = tags->text;
    size_t before = from, behind = to;
    while (before > 0 && byte_is_wsp(text.p[before - 1]))
        before--;
    while (behind < text.n && byte_is_wsp(text.p[behind]))
        behind++;
    size_t end_behind = line_end_at(text, behind), end_before = line_end_before(text, before);
    content_cut(cuts, "body-html-inserted", from, to);
    if (end_behind)
        content_cut(cuts, "body-html-inserted", from, behind + end_behind);
    if (end_before)
        content_cut(cuts, "body-html-inserted", before - end_before, to);
    if (before < from && end_behind)
        content_cut(cuts, "body-html-inserted", before, behind + end_behind);
    if (end_before && end_behind)
        content_cut(cuts, "body-html-inserted", before - end_before, behind + end_behind);
    if (before < from)
        content_cut(cuts, "body-html-inserted", before, to);
    if (behind > to)
        content_cut(cuts, "body-html-inserted", from, behind);
}

static bool is_void(const HtmlTag *tag)
{
    static const char *const names[] = {"img",   "br",   "hr",  "meta", "link",
                                        "input", "base", "wbr", "area", "col"};
    for (size_t i = 0; tag->kind == HTML_OPEN && i < G_N_ELEMENTS(names); i++)
        if (span_is_nocase(tag->name, names[i]))
            return true;
    return tag->kind == HTML_COMMENT || tag->kind == HTML_DECLARATION;
}

static void add_voids(const HtmlTags *tags, GArray *cuts)
{
    for (size_t i = 0; i < MIN(tags->n, (size_t)ELEMENTS_MAX); i++)
        if (tags->items[i].kind == HTML_COMMENT)
            add_with_space(tags, tags->items[i].from, tags->items[i].to, cuts);
    for (size_t i = 0; i < MIN(tags->n, (size_t)ELEMENTS_MAX); i++)
        if (is_void(&tags->items[i]) && tags->items[i].kind != HTML_COMMENT)
            add_with_space(tags, tags->items[i].from, tags->items[i].to, cuts);
}

/* Something in the head and something behind <body>: a banner with its style. */
static void add_head_and_body(const HtmlTags *tags, const Places *places, GArray *cuts)
{
    enum { HEAD_ENDS = 10, BODY_ENDS = 40 };
    Anchors heads = {0}, bodies = {0};
    add_behind(tags, "head", &heads);
    add_behind(tags, "body", &bodies);
    for (size_t h = 0; bodies.n > 0 && h < heads.n; h++)
        for (guint i = 0; i < HEAD_ENDS; i++)
            for (guint j = 0; j < BODY_ENDS; j++) {
                guint head = after(places->ends, heads.at[h]) + i,
                      body = after(places->ends, bodies.at[0]) + j;
                if (head < places->ends->len && body < places->ends->len)
                    content_cut_two(cuts, "body-banner-inserted", heads.at[h],
                                    AT(places->ends, head), bodies.at[0], AT(places->ends, body));
            }
}

/* What follows the last tags, put in place of the last line ends. */
static void add_tails(const HtmlTags *tags, const Places *places, GArray *cuts)
{
    enum { TAILS_MAX = 20 };
    for (guint i = places->starts->len; i-- > 0 && places->starts->len - i <= TAILS_MAX;)
        content_cut_tail(cuts, "body-html-inserted", tags->text, AT(places->starts, i));
}

static void add_elements(const HtmlTags *tags, GArray *cuts)
{
    for (size_t i = 0; i < MIN(tags->n, (size_t)ELEMENTS_MAX); i++) {
        const HtmlTag *tag = &tags->items[i];
        if (tag->kind == HTML_OPEN && tag->match != i)
            add_with_space(tags, tag->from, tags->items[tag->match].to, cuts);
        else if (tag->match == i && !is_void(tag))
            add_with_space(tags, tag->from, tag->to, cuts);
    }
}

/* An element put around something: both its tags. */
static void add_wrappings(const HtmlTags *tags, size_t first, size_t last, GArray *cuts)
{
    for (size_t i = first; i < MIN(tags->n, last); i++) {
        const HtmlTag *open = &tags->items[i], *close = &tags->items[open->match];
        if (open->kind != HTML_OPEN || open->match == i)
            continue;
        size_t end_open = line_end_at(tags->text, open->to),
               end_close = line_end_at(tags->text, close->to);
        size_t before_close = line_end_before(tags->text, close->from);
        content_cut_two(cuts, "body-html-inserted", open->from, open->to, close->from, close->to);
        if (end_open && end_close)
            content_cut_two(cuts, "body-html-inserted", open->from, open->to + end_open,
                            close->from, close->to + end_close);
        if (end_open && before_close)
            content_cut_two(cuts, "body-html-inserted", open->from, open->to + end_open,
                            close->from - before_close, close->to);
        if (end_open)
            content_cut_two(cuts, "body-html-inserted", open->from, open->to + end_open,
                            close->from, close->to);
    }
}

void content_html_cuts(ContentPart *part)
{
    const HtmlTags *tags = &part->tags;
    Places places = find_places(tags);
    add_at_anchors(tags, &places, 0, NEAR_MAX, part->likely);
    add_tails(tags, &places, part->likely);
    add_in_head(tags, &places, part->common);
    add_voids(tags, part->common);
    add_elements(tags, part->common);
    places_clear(&places);
}

void content_rare_html_cuts(ContentPart *part)
{
    Places places = find_places(&part->tags);
    add_wrappings(&part->tags, 0, OUTER_MAX, part->rare);
    add_head_and_body(&part->tags, &places, part->rare);
    add_at_anchors(&part->tags, &places, NEAR_MAX, FAR_MAX, part->rare);
    add_frames(&part->tags, &places, part->rare);
    add_wrappings(&part->tags, OUTER_MAX, ELEMENTS_MAX, part->rare);
    places_clear(&places);
}

/* --- attributes --- */

static bool try_edits(const Content *content, const ContentPart *part, const GArray *edits,
                      const char *detail)
{
    return content_try_edits(content, part, (const Edit *)(void *)edits->data, edits->len,
                             "body-html-inserted", detail);
}

/* The names of all attributes, lower case. */
static GPtrArray *attribute_names(const HtmlTags *tags)
{
    GPtrArray *names = g_ptr_array_new_with_free_func(g_free);
    for (size_t i = 0; i < tags->n; i++) {
        HtmlAttribute attribute;
        for (size_t at = 0;
             names->len < NAMES_MAX && html_attribute(tags, &tags->items[i], &at, &attribute);) {
            g_autofree char *name = g_ascii_strdown(attribute.name.p, (gssize)attribute.name.n);
            if (*name && !g_ptr_array_find_with_equal_func(names, name, g_str_equal, NULL))
                g_ptr_array_add(names, g_steal_pointer(&name));
        }
    }
    return names;
}

static bool try_name(const Content *content, const ContentPart *part, const char *name)
{
    g_autoptr(GArray) edits = g_array_new(FALSE, FALSE, sizeof(Edit));
    const HtmlTags *tags = &part->tags;
    for (size_t i = 0; i < tags->n; i++) {
        HtmlAttribute attribute;
        for (size_t at = 0; html_attribute(tags, &tags->items[i], &at, &attribute);) {
            Edit edit = {attribute.from, attribute.to, {"", 0}};
            if (span_is_nocase(attribute.name, name))
                g_array_append_val(edits, edit);
        }
    }
    g_autofree char *detail = g_strdup_printf("attribute %s", name);
    return try_edits(content, part, edits, detail);
}

bool content_try_attributes(const Content *content, const ContentPart *part)
{
    const HtmlTags *tags = &part->tags;
    g_autoptr(GPtrArray) names = attribute_names(tags);
    for (guint i = 0; i < names->len && !body_done(content->search); i++)
        if (try_name(content, part, g_ptr_array_index(names, i)))
            return true;
    size_t tried = 0;
    for (size_t i = 0; i < tags->n && tried < ATTRIBUTES_MAX; i++) {
        HtmlAttribute attribute;
        for (size_t at = 0; html_attribute(tags, &tags->items[i], &at, &attribute); tried++) {
            if (body_done(content->search))
                return false;
            g_autoptr(GArray) edits = g_array_new(FALSE, FALSE, sizeof(Edit));
            Edit edit = {attribute.from, attribute.to, {"", 0}};
            g_array_append_val(edits, edit);
            if (try_edits(content, part, edits, "an attribute"))
                return true;
        }
    }
    return false;
}
