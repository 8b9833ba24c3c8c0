/* bodyloss.c - signs that a body was changed in a way that nothing can undo: what it was is not in
 * the message any more. */
#include "analyzer/cause/bodycontent.h"
#include "analyzer/message/linkguard.h"

#include <string.h>

enum { NOTICE_MAX = 2000, SHOWN_MAX = 120 };

static void note(BodySearch *search, const char *kind, char *detail)
{
    Cause *cause = cause_add(search->found->causes, kind, CAUSE_NOT_RECONSTRUCTABLE);
    cause->detail = detail;
    cause->hypotheses = search->oracle.budget->hypotheses;
    cause->octets_hashed = search->oracle.budget->octets;
    search->found->lossy_evidence = true;
}

/* --- links --- */

static void note_opaque_links(const Content *content)
{
    const char *product = NULL;
    size_t n = 0;
    for (size_t i = 0; i < content->n; i++) {
        Span text = content->parts[i].text->text;
        size_t at = 0, from, end;
        while (content_next_address(text, &at, &from, &end)) {
            Span url = span_of(text.p + from, MIN(end - from, (size_t)LINKGUARD_MAX_URL));
            const char *keeper = linkguard_opaque(url), *undone;
            g_autoptr(GString) original = g_string_new(NULL);
            if (!keeper || linkguard_undo(url, original, &undone))
                continue;
            product = product ? product : keeper;
            n++;
        }
    }
    if (n > 0)
        note(content->search, "body-links-opaque",
             g_strdup_printf("%s, %zu link%s", product, n, n == 1 ? "" : "s"));
}

/* --- parts --- */

static bool has_word(const char *lower, const char *const *words)
{
    for (; *words; words++)
        if (strstr(lower, *words))
            return true;
    return false;
}

/* "The attachment was removed by ...": a notice that stands where something else was. */
static bool is_notice(Span text)
{
    static const char *const things[] = {"attachment", "file",    "anhang",   "anlage", "bijlage",
                                         "jointe",     "adjunto", "allegato", NULL};
    static const char *const deeds[] = {"removed",         "deleted",    "stripped",   "quarantin",
                                        "blocked",         "replaced",   "discarded",  "entfernt",
                                        "gel\xc3\xb6scht", "verwijderd", "supprim",    "eliminad",
                                        "rimoss",          "infected",   "disallowed", NULL};
    text = span_trim(text);
    if (text.n == 0 || text.n > NOTICE_MAX)
        return false;
    g_autofree char *plain = span_dup(text);
    g_autofree char *lower = g_ascii_strdown(plain, -1);
    return has_word(lower, things) && has_word(lower, deeds);
}

/* The first text of a message speaks of what it likes; a later one that is plain and small may be a
 * notice. */
static void note_removed_parts(const Content *content)
{
    for (size_t i = 1; i < content->n; i++) {
        const LeafText *text = content->parts[i].text;
        if (text->is_html || !is_notice(text->text))
            continue;
        Span shown = span_trim(text->text);
        shown.n = MIN(shown.n, (size_t)SHOWN_MAX);
        while (shown.n > 0 && shown.n == SHOWN_MAX && (shown.p[shown.n - 1] & 0x80))
            shown.n--;
        note(content->search, "body-part-removed", bytes_escape(shown));
    }
}

/* --- structure --- */

static bool has_delimiters(const BodyView *view)
{
    for (size_t i = 0; i + 1 < view->lines->n; i++) {
        Span line = view->lines->lines[i], next = view->lines->lines[i + 1];
        if (line.n > 2 && line.p[0] == '-' && line.p[1] == '-' &&
            span_starts_nocase(next, "content-"))
            return true;
    }
    return false;
}

static void note_boundary(BodySearch *search, const BodyView *view)
{
    const Leaf *top = &view->leaves.items[0];
    if (!top->boundary || view->leaves.n > 1)
        return;
    bool others = has_delimiters(view);
    if (others)
        note(search, "body-boundary-rewritten",
             g_strdup("the delimiters in the body are not those of the Content-Type field"));
    else
        note(search, "body-truncated", g_strdup("no delimiter of the multipart is in the body"));
}

/* Microsoft Exchange makes every message anew, with boundaries of its own. */
static void note_foreign_boundary(BodySearch *search, const BodyView *view)
{
    const char *boundary = view->leaves.items[0].boundary;
    const Source *source = search->input->source;
    const Field *id = source_field(source, "message-id", 0);
    bool of_exchange = boundary && boundary[0] == '_' && g_ascii_isdigit(boundary[1]) &&
                       g_ascii_isdigit(boundary[2]) && g_ascii_isdigit(boundary[3]) &&
                       boundary[4] == '_';
    if (!of_exchange || source_field(source, "thread-index", 0) ||
        search->input->signature->header == DKIM_HEADER_VERIFIES)
        return;
    if (id && span_search(id->value, SPAN_LIT(".outlook.com"), 0) < id->value.n)
        return;
    note(search, "body-boundary-rewritten",
         g_strdup("the boundary is of the form that Microsoft Exchange makes"));
}

static void note_truncation(BodySearch *search, const BodyView *view)
{
    const Leaf *top = &view->leaves.items[0];
    const DkimSignature *signature = search->input->signature;
    if (view->leaves.n > 1 && top->boundary && top->close == top->body_to)
        note(search, "body-truncated", g_strdup("the last delimiter of the multipart is missing"));
    else if (signature->has_length && signature->length > signature->canonical_body_size)
        note(search, "body-truncated",
             g_strdup_printf("%" G_GUINT64_FORMAT " octets were signed, %" G_GUINT64_FORMAT
                             " are there",
                             signature->length, signature->canonical_body_size));
}

/* White space at line ends is gone where it must have been: "-- " before a text signature (RFC 3676
 * §4.3), soft line ends of format=flowed. Only simple canonicalization minds. */
static void note_stripped_space(const Content *content)
{
    const BodyView *view = content->view;
    bool dashes = false, spaces = false, flowed = false;
    for (size_t i = 0; i < view->lines->n; i++) {
        Span line = view->lines->lines[i];
        dashes |= span_is(line, "--");
        spaces |= line.n > 0 && byte_is_wsp(line.p[line.n - 1]);
    }
    const Field *type = source_field(content->search->input->source, "content-type", 0);
    g_autofree char *format = type ? leaf_parameter(type->value, "format") : NULL;
    flowed = format && g_ascii_strcasecmp(format, "flowed") == 0;
    if (content->search->oracle.canon == CANON_SIMPLE && !spaces && (dashes || flowed))
        note(content->search, "body-white-space", g_strdup("white space at line ends was removed"));
}

/* --- HTML --- */

/* The head as Exchange and Outlook.com write it when they store a message: joined, with a meta tag
 * of theirs. */
static bool is_groomed(const HtmlTags *tags)
{
    size_t head = htmltags_named(tags, HTML_OPEN, "head", 0);
    if (head == 0 || head + 1 >= tags->n || !span_is_nocase(tags->items[head + 1].name, "meta"))
        return false;
    const HtmlTag *meta = &tags->items[head + 1];
    HtmlAttribute attribute;
    size_t at = 0;
    bool first = html_attribute(tags, meta, &at, &attribute) &&
                 span_is_nocase(attribute.name, "http-equiv") &&
                 span_is_nocase(attribute.value, "content-type");
    bool joined = tags->items[head - 1].to == tags->items[head].from;
    bool own_line = tags->items[head].to < meta->from;
    return first && joined && own_line;
}

static void note_grooming(const Content *content)
{
    for (size_t i = 0; i < content->n; i++)
        if (is_groomed(&content->parts[i].tags)) {
            note(
                content->search, "body-html-groomed",
                g_strdup("the head of the HTML is as Microsoft Exchange and Outlook.com write it"));
            return;
        }
}

void body_note_losses(BodySearch *search, const BodyView *view)
{
    Content content;
    content_init(&content, search, view);
    note_opaque_links(&content);
    note_removed_parts(&content);
    note_boundary(search, view);
    note_foreign_boundary(search, view);
    note_truncation(search, view);
    note_grooming(&content);
    note_stripped_space(&content);
    content_clear(&content);
    if (search->found->causes->len > 0)
        return;
    note(search, "body-changed", NULL);
    search->found->lossy_evidence = false;
}
