/* bodycontent.c - edits of decoded text: one part, one cut after the other, in the order of their
 * likelihood. */
#include "analyzer/cause/bodycontent.h"

#include <stdlib.h>
#include <string.h>

enum {
    FIRST_CUTS = 120,  /* of each part, the likeliest */
    FIRST_PAIRS = 400, /* of them, in two parts */
    LONG_EDIT = 4096,  /* octets to be written again: then in the likeliest manner only */
    READING = 4,       /* price of decoding and of looking for places, for each octet */
    SHOWN_MAX = 160,   /* of inserted text, in a detail */
};

/* What may have been spent when a step of this stage ends: a part of what the stage has left. */
uint64_t content_limit(const Content *content, unsigned part)
{
    const BodySearch *search = content->search;
    uint64_t spent = search->oracle.budget->spent;
    return spent + (search->limit - MIN(spent, search->limit)) / part;
}

bool content_is_over(const Content *content, uint64_t limit)
{
    return body_done(content->search) || content->search->oracle.budget->spent >= limit;
}

/* --- edits of one part --- */

/* The part with the edits made, from line list->next up to its end. Returns the octets written
 * anew. */
static size_t add_edits(const ContentPart *part, const Edit *edits, size_t n, size_t writing,
                        PieceList *list)
{
    size_t written = 0;
    guint before = list->own->len;
    pieces_until(list, part->text->leaf->body_from);
    leaftext_edit(part->text, edits, n, writing, list);
    for (guint i = before; i < list->own->len; i++)
        written += ((const GString *)g_ptr_array_index(list->own, i))->len;
    return written;
}

static bool same_text(const PieceList *a, const PieceList *b)
{
    if (a->own->len != b->own->len)
        return false;
    for (guint i = 0; i < a->own->len; i++)
        if (!g_string_equal(g_ptr_array_index(a->own, i), g_ptr_array_index(b->own, i)))
            return false;
    return true;
}

/* The manner in which these edits give what was signed; n_writings when none does. */
static size_t find_writing(const Content *content, const ContentPart *part, const Edit *edits,
                           size_t n)
{
    PieceList tried[LEAFTEXT_WRITINGS];
    size_t n_tried = 0, size = 0, found = part->text->n_writings;
    for (size_t writing = 0; writing < part->text->n_writings && size < LONG_EDIT; writing++) {
        PieceList *list = &tried[n_tried];
        pieces_init(list, 0);
        size = add_edits(part, edits, n, writing, list);
        pieces_until(list, content->view->lines->n);
        body_work(content->search, size * 2);
        bool known = false;
        for (size_t i = 0; i < n_tried && !known; i++)
            known = same_text(&tried[i], list);
        n_tried++;
        if (known || !lines_try(content->view->lines, pieces_of(list), list->pieces->len))
            continue;
        found = writing;
        break;
    }
    for (size_t i = 0; i < n_tried; i++)
        pieces_clear(&tried[i]);
    return found;
}

static void explain_edits(const Content *content, const ContentPart *part, const Edit *edits,
                          size_t n, size_t writing, const char *kind, const char *detail)
{
    PieceList list;
    pieces_init(&list, 0);
    add_edits(part, edits, n, writing, &list);
    pieces_until(&list, content->view->lines->n);
    body_explain(content->search, content->view, pieces_of(&list), list.pieces->len, kind, detail);
    pieces_clear(&list);
}

bool content_try_edits(const Content *content, const ContentPart *part, const Edit *edits, size_t n,
                       const char *kind, const char *detail)
{
    size_t writing = find_writing(content, part, edits, n);
    if (writing == part->text->n_writings)
        return false;
    explain_edits(content, part, edits, n, writing, kind, detail);
    return true;
}

/* --- one cut --- */

static size_t cut_edits(const Cut *cut, Edit edits[2])
{
    for (size_t i = 0; i < cut->n; i++)
        edits[i] =
            (Edit){cut->from[i], cut->to[i], i == 0 ? span_str(cut->instead) : (Span){"", 0}};
    return cut->n;
}

/* What was cut out, for people: its begin, white space collapsed. */
static char *shown(const ContentPart *part, const Cut *cut)
{
    Span text = span_trim(span_of(part->text->text.p + cut->from[0], cut->to[0] - cut->from[0]));
    g_autoptr(GString) out = g_string_new(NULL);
    for (size_t i = 0; i < text.n && out->len < SHOWN_MAX; i++) {
        bool space = byte_is_fws(text.p[i]);
        if (space && out->len > 0 && out->str[out->len - 1] == ' ')
            continue;
        g_string_append_c(out, space ? ' ' : text.p[i]);
    }
    /* Not in the middle of a character. */
    while (out->len >= SHOWN_MAX && (out->str[out->len - 1] & 0x80))
        g_string_truncate(out, out->len - 1);
    return bytes_escape(span_of(out->str, out->len));
}

void content_explain_cut(const Content *content, const ContentPart *part, const Cut *cut,
                         size_t writing)
{
    Edit edits[2];
    size_t n = cut_edits(cut, edits);
    g_autofree char *detail = shown(part, cut);
    explain_edits(content, part, edits, n, writing, cut->kind, detail);
}

static bool try_cut(const Content *content, const ContentPart *part, const Cut *cut)
{
    Edit edits[2];
    size_t n = cut_edits(cut, edits), writing = find_writing(content, part, edits, n);
    if (writing == part->text->n_writings)
        return false;
    content_explain_cut(content, part, cut, writing);
    return true;
}

/* The part with the cut made, in its likeliest manner. */
size_t content_add_cut(const ContentPart *part, const Cut *cut, PieceList *list)
{
    Edit edits[2];
    size_t n = cut_edits(cut, edits);
    return add_edits(part, edits, n, 0, list);
}

/* --- the family --- */

void content_init(Content *content, BodySearch *search, const BodyView *view)
{
    *content = (Content){.search = search, .view = view};
    for (size_t i = 0; i < content->view->leaves.n && content->n < CONTENT_MAX_PARTS; i++) {
        const Leaf *leaf = &content->view->leaves.items[i];
        LeafText *text =
            g_str_has_prefix(leaf->type, "text/") ? leaftext_new(content->view, leaf) : NULL;
        if (!text)
            continue;
        body_work(search, text->text.n * READING);
        ContentPart *part = &content->parts[content->n++];
        *part = (ContentPart){.text = text,
                              .likely = g_array_new(FALSE, FALSE, sizeof(Cut)),
                              .common = g_array_new(FALSE, FALSE, sizeof(Cut)),
                              .rare = g_array_new(FALSE, FALSE, sizeof(Cut))};
        if (text->is_html)
            part->tags = htmltags_find(text->text);
    }
}

void content_clear(Content *content)
{
    for (size_t i = 0; i < content->n; i++) {
        g_array_unref(content->parts[i].likely);
        g_array_unref(content->parts[i].common);
        g_array_unref(content->parts[i].rare);
        htmltags_clear(&content->parts[i].tags);
        leaftext_free(content->parts[i].text);
    }
}

typedef const GArray *(*CutsOf)(const ContentPart *part);

static const GArray *likely_of(const ContentPart *part)
{
    return part->likely;
}
static const GArray *common_of(const ContentPart *part)
{
    return part->common;
}
static const GArray *rare_of(const ContentPart *part)
{
    return part->rare;
}

/* Cuts [first, last) of all parts, in turns: the likeliest of each part first. */
static bool try_all(const Content *content, CutsOf cuts, guint first, guint last, unsigned share)
{
    uint64_t limit = content_limit(content, share);
    bool some = true;
    for (guint i = first; i < last && some; i++) {
        some = false;
        for (size_t j = 0; j < content->n; j++) {
            const GArray *of_part = cuts(&content->parts[j]);
            if (content_is_over(content, limit))
                return false;
            if (i < of_part->len &&
                try_cut(content, &content->parts[j], &g_array_index(of_part, Cut, i)))
                return true;
            some |= i < of_part->len;
        }
    }
    return false;
}

static void find_likely_cuts(Content *content)
{
    for (size_t i = 0; i < content->n; i++) {
        ContentPart *part = &content->parts[i];
        if (part->text->is_html)
            content_html_cuts(part);
        else
            content_text_cuts(part);
        body_work(content->search, part->text->text.n * READING);
        content_rank(part);
    }
}

static void find_rare_cuts(Content *content)
{
    for (size_t i = 0; i < content->n; i++)
        if (content->parts[i].text->is_html)
            content_rare_html_cuts(&content->parts[i]);
        else
            content_rare_text_cuts(&content->parts[i]);
}

bool body_try_links(BodySearch *search, const BodyView *view)
{
    Content content;
    content_init(&content, search, view);
    bool found = content_try_links(&content) || content_try_marks(&content);
    content_clear(&content);
    return found;
}

bool body_try_insertions(BodySearch *search, const BodyView *view)
{
    Content content;
    content_init(&content, search, view);
    find_likely_cuts(&content);
    bool found = try_all(&content, likely_of, 0, FIRST_CUTS, 2) ||
                 content_try_products(&content, 0, FIRST_PAIRS, 1);
    content_clear(&content);
    return found;
}

bool body_try_content(BodySearch *search, const BodyView *view)
{
    Content content;
    content_init(&content, search, view);
    find_likely_cuts(&content);
    bool found = content_try_products(&content, FIRST_PAIRS, SIZE_MAX, 2) ||
                 try_all(&content, common_of, 0, G_MAXUINT, 2) ||
                 try_all(&content, likely_of, FIRST_CUTS, G_MAXUINT, 1);
    content_clear(&content);
    return found;
}

static bool try_rare(Content *content)
{
    find_rare_cuts(content);
    if (try_all(content, rare_of, 0, G_MAXUINT, 2) || content_try_characters(content))
        return true;
    for (size_t i = 0; i < content->n; i++)
        if (content->parts[i].text->is_html && content_try_attributes(content, &content->parts[i]))
            return true;
    return false;
}

bool body_try_rare_content(BodySearch *search, const BodyView *view)
{
    Content content;
    content_init(&content, search, view);
    bool found = try_rare(&content);
    content_clear(&content);
    return found;
}
