#include "analyzer/message/htmltext.h"

#include <libxml/HTMLparser.h>
#include <string.h>

/* --- entities --- */

enum { LONGEST_NAME = 10 };

static gunichar numbered(Span digits)
{
    bool hex = digits.n > 0 && (digits.p[0] == 'x' || digits.p[0] == 'X');
    gunichar c = 0;
    for (size_t i = hex; i < digits.n && c <= 0x10ffff; i++) {
        int digit = hex ? g_ascii_xdigit_value(digits.p[i]) : g_ascii_digit_value(digits.p[i]);
        if (digit < 0)
            return 0;
        c = c * (hex ? 16 : 10) + (gunichar)digit;
    }
    return g_unichar_validate(c) ? c : 0;
}

static gunichar named(Span name)
{
    char text[LONGEST_NAME + 1] = {0};
    if (name.n == 0 || name.n > LONGEST_NAME)
        return 0;
    memcpy(text, name.p, name.n);
    if (strcmp(text, "apos") == 0)
        return '\'';
    const htmlEntityDesc *entity = htmlEntityLookup((const xmlChar *)text);
    return entity ? entity->value : 0;
}

/* The character that an entity at `at` stands for, and where it ends; 0 when that is none. */
static gunichar entity_at(Span text, size_t at, size_t *end)
{
    size_t from = at + 1, to = from;
    while (to < text.n && to - from <= LONGEST_NAME &&
           (g_ascii_isalnum(text.p[to]) || text.p[to] == '#'))
        to++;
    Span name = span_of(text.p + from, to - from);
    gunichar c = name.n > 1 && name.p[0] == '#' ? numbered(span_from(name, 1)) : named(name);
    *end = to + (to < text.n && text.p[to] == ';');
    return c;
}

static void append_decoded(GString *out, Span text)
{
    for (size_t i = 0; i < text.n;) {
        size_t end = i + 1;
        gunichar c = text.p[i] == '&' ? entity_at(text, i, &end) : 0;
        if (c) {
            g_string_append_unichar(out, c);
            i = end;
        } else {
            g_string_append_c(out, text.p[i] ? text.p[i] : ' ');
            i++;
        }
    }
}

char *htmltext_decode(Span text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    append_decoded(out, text);
    return g_utf8_make_valid(out->str, (gssize)out->len);
}

/* --- what is not shown --- */

static bool is_never_shown(const HtmlTag *tag)
{
    static const char *const names[] = {"head",     "style",    "script",  "title",
                                        "noscript", "template", "textarea"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (tag->kind == HTML_OPEN && span_is_nocase(tag->name, names[i]))
            return true;
    return false;
}

/* "display : none" in a style without its white space. */
static bool hides(Span style)
{
    static const char *const declarations[] = {"display:none",  "visibility:hidden",
                                               "mso-hide:all",  "font-size:0;",
                                               "font-size:0px", "max-height:0;"};
    g_autoptr(GString) plain = g_string_new(NULL);
    for (size_t i = 0; i < MIN(style.n, (size_t)2048); i++)
        if (!byte_is_fws(style.p[i]))
            g_string_append_c(plain, g_ascii_tolower(style.p[i]));
    g_string_append_c(plain, ';');
    for (size_t i = 0; i < G_N_ELEMENTS(declarations); i++)
        if (span_search(span_of(plain->str, plain->len), span_str(declarations[i]), 0) < plain->len)
            return true;
    return false;
}

/* Whether an element hides what is in it; *for_good when no style sheet can name it. */
static bool is_hidden(const HtmlTags *tags, const HtmlTag *tag, bool *for_good)
{
    HtmlAttribute attribute;
    bool hidden = false;
    *for_good = true;
    for (size_t at = 0; html_attribute(tags, tag, &at, &attribute);) {
        if (span_is_nocase(attribute.name, "class") || span_is_nocase(attribute.name, "id"))
            *for_good = false;
        hidden = hidden || span_is_nocase(attribute.name, "hidden") ||
                 (span_is_nocase(attribute.name, "style") && hides(attribute.value));
    }
    return hidden;
}

/* --- text --- */

/* Elements within a line; all others part words. */
static bool is_inline(const HtmlTag *tag)
{
    static const char *const names[] = {"a",    "b",     "i",   "u",   "em",  "strong", "span",
                                        "font", "small", "big", "sub", "sup", "s",      "wbr"};
    if (tag->kind == HTML_COMMENT || tag->kind == HTML_DECLARATION)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (span_is_nocase(tag->name, names[i]))
            return true;
    return false;
}

/* Runs of white space and of characters without width become one space. */
static char *collapse(const char *text)
{
    GString *out = g_string_new(NULL);
    bool gap = false;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        if (g_unichar_isspace(c) || g_unichar_iscntrl(c)) {
            gap = true;
        } else if (!g_unichar_iszerowidth(c) || g_unichar_ismark(c)) {
            if (gap && out->len > 0)
                g_string_append_c(out, ' ');
            g_string_append_unichar(out, c);
            gap = false;
        }
    }
    return g_string_free(out, FALSE);
}

size_t htmltext_letters(const char *text)
{
    size_t letters = 0;
    for (const char *p = text; *p; p = g_utf8_next_char(p))
        letters += g_unichar_isalnum(g_utf8_get_char(p)) ? 1 : 0;
    return letters;
}

typedef struct Reading {
    const HtmlTags *tags;
    GString *visible, *hidden;
    size_t skip_to;   /* index of the tag that closes what is never shown */
    size_t hidden_to; /* ... what is hidden */
    bool for_good;
} Reading;

/* The tag at `index`, which begins where the text before it ends. */
static void read_tag(Reading *in, size_t index)
{
    const HtmlTag *tag = &in->tags->items[index];
    bool closed = tag->match > index;
    bool for_good;
    if (index == in->hidden_to)
        in->hidden_to = 0;
    if (index < in->skip_to)
        return;
    if (closed && is_never_shown(tag))
        in->skip_to = tag->match;
    else if (closed && in->hidden_to == 0 && tag->kind == HTML_OPEN &&
             is_hidden(in->tags, tag, &for_good)) {
        in->hidden_to = tag->match;
        in->for_good = for_good;
    }
    if (!is_inline(tag))
        g_string_append_c(in->hidden_to ? in->hidden : in->visible, ' ');
}

static void read_text(Reading *in, size_t index, Span text)
{
    if (index <= in->skip_to && in->skip_to > 0)
        return;
    if (in->hidden_to == 0 && in->visible->len < HTMLTEXT_MAX)
        append_decoded(in->visible, text);
    else if (in->hidden_to > 0 && in->for_good && in->hidden->len < HTMLTEXT_MAX)
        append_decoded(in->hidden, text);
}

HtmlText htmltext_read(const HtmlTags *tags)
{
    Reading in = {.tags = tags, .visible = g_string_new(NULL), .hidden = g_string_new(NULL)};
    size_t from = 0;
    for (size_t i = 0; i <= tags->n; i++) {
        size_t to = i < tags->n ? tags->items[i].from : tags->text.n;
        if (to > from)
            read_text(&in, i, span_of(tags->text.p + from, to - from));
        if (i == tags->n)
            break;
        read_tag(&in, i);
        from = tags->items[i].to;
    }
    g_autofree char *visible = g_utf8_make_valid(in.visible->str, (gssize)in.visible->len);
    g_autofree char *hidden = g_utf8_make_valid(in.hidden->str, (gssize)in.hidden->len);
    g_string_free(in.visible, TRUE);
    g_string_free(in.hidden, TRUE);
    HtmlText text = {.visible = collapse(visible), .hidden_letters = htmltext_letters(hidden)};
    text.letters = htmltext_letters(text.visible);
    return text;
}

void htmltext_clear(HtmlText *text)
{
    g_free(text->visible);
    *text = (HtmlText){0};
}

char *htmltext_between(const HtmlTags *tags, size_t from, size_t to, size_t most)
{
    g_autoptr(GString) out = g_string_new(NULL);
    size_t index = htmltags_at(tags, from);
    while (from < to && out->len < most) {
        size_t end = index < tags->n ? MIN(tags->items[index].from, to) : to;
        if (end > from)
            append_decoded(out, span_of(tags->text.p + from, MIN(end - from, most)));
        from = index < tags->n ? MAX(end, tags->items[index].to) : to;
        index++;
    }
    g_autofree char *valid = g_utf8_make_valid(out->str, (gssize)out->len);
    return collapse(valid);
}
