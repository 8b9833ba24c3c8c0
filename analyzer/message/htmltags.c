#include "analyzer/message/htmltags.h"

#include <string.h>

static bool is_space(char c)
{
    return byte_is_fws(c) || c == '\f';
}

/* Behind the ">" of the tag at `from`; quotes are respected while they close. */
static size_t tag_end(Span text, size_t from)
{
    char quote = 0;
    size_t unquoted = 0;
    for (size_t i = from + 1; i < text.n; i++) {
        char c = text.p[i];
        if (c == '>' && !quote)
            return i + 1;
        if (c == '>' && unquoted == 0)
            unquoted = i + 1;
        if (quote ? c == quote : (c == '"' || c == '\'') && text.p[i - 1] == '=')
            quote = quote ? 0 : c;
        if (unquoted && i > unquoted + 2048)
            break;
    }
    return unquoted;
}

static Span name_at(Span text, size_t from)
{
    size_t end = from;
    while (end < text.n && !is_space(text.p[end]) && text.p[end] != '>' && text.p[end] != '/')
        end++;
    return span_of(text.p + from, end - from);
}

/* What is not there any more need not be searched for again. */
typedef struct Ahead {
    size_t last_comment, last_tag; /* ends */
    bool raw;
} Ahead;

/* The tag that begins at `from`; false when that "<" is none. */
static bool tag_at(Span text, size_t from, const Ahead *ahead, HtmlTag *tag)
{
    char c = from + 1 < text.n ? text.p[from + 1] : ' ';
    *tag = (HtmlTag){.from = from, .name = {"", 0}};
    if (from >= ahead->last_tag)
        return false;
    if (c == '!' && from + 3 < text.n && text.p[from + 2] == '-' && text.p[from + 3] == '-') {
        if (from + 4 > ahead->last_comment)
            return false;
        tag->kind = HTML_COMMENT;
        tag->to = span_search(text, SPAN_LIT("-->"), from + 4) + 3;
        return true;
    }
    if (c == '!' || c == '?')
        tag->kind = HTML_DECLARATION;
    else if (c == '/' || g_ascii_isalpha(c))
        tag->kind = c == '/' ? HTML_CLOSE : HTML_OPEN;
    else
        return false;
    if (tag->kind != HTML_DECLARATION)
        tag->name = name_at(text, from + 1 + (c == '/'));
    tag->to = tag_end(text, from);
    return tag->to > 0;
}

/* What stands in these elements is no HTML. */
static bool is_raw(const HtmlTag *tag)
{
    return tag->kind == HTML_OPEN &&
           (span_is_nocase(tag->name, "script") || span_is_nocase(tag->name, "style"));
}

/* Where the closing tag begins; the end of the text when there is none. */
static size_t raw_end(Span text, const HtmlTag *tag)
{
    for (size_t i = tag->to; (i = span_search(text, SPAN_LIT("</"), i)) < text.n; i++)
        if (span_equal_nocase(name_at(text, i + 2), tag->name))
            return i;
    return text.n;
}

/* Pairs each closing tag with the nearest open one of its name. */
static void match_tags(HtmlTags *tags)
{
    enum { DEPTH_MAX = 256 };
    size_t open[DEPTH_MAX], depth = 0;
    for (size_t i = 0; i < tags->n; i++) {
        HtmlTag *tag = &tags->items[i];
        tag->match = i;
        if (tag->kind == HTML_OPEN && depth < DEPTH_MAX)
            open[depth++] = i;
        if (tag->kind != HTML_CLOSE)
            continue;
        for (size_t d = depth; d-- > 0;) {
            HtmlTag *opened = &tags->items[open[d]];
            if (span_equal_nocase(opened->name, tag->name)) {
                opened->match = i;
                tag->match = open[d];
                depth = d;
                break;
            }
        }
    }
}

static size_t last_of(Span text, Span needle)
{
    for (size_t i = text.n; i >= needle.n; i--)
        if (memcmp(text.p + i - needle.n, needle.p, needle.n) == 0)
            return i - needle.n;
    return 0;
}

HtmlTags htmltags_find(Span text)
{
    GArray *found = g_array_new(FALSE, FALSE, sizeof(HtmlTag));
    Ahead ahead = {last_of(text, SPAN_LIT("-->")), last_of(text, SPAN_LIT(">")), true};
    for (size_t at = 0; found->len < HTMLTAGS_MAX && (at = span_find(text, '<', at)) < text.n;) {
        HtmlTag tag;
        if (!tag_at(text, at, &ahead, &tag)) {
            at++;
            continue;
        }
        g_array_append_val(found, tag);
        at = tag.to;
        size_t raw = ahead.raw && is_raw(&tag) ? raw_end(text, &tag) : tag.to;
        ahead.raw &= raw < text.n;
        if (ahead.raw)
            at = raw;
    }
    HtmlTags tags = {.text = text, .n = found->len};
    tags.items = (HtmlTag *)(void *)g_array_free(found, FALSE);
    match_tags(&tags);
    return tags;
}

void htmltags_clear(HtmlTags *tags)
{
    g_free(tags->items);
    *tags = (HtmlTags){0};
}

size_t htmltags_at(const HtmlTags *tags, size_t offset)
{
    size_t low = 0, high = tags->n;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (tags->items[middle].to <= offset)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

size_t htmltags_named(const HtmlTags *tags, HtmlTagKind kind, const char *name, size_t start)
{
    for (size_t i = start; i < tags->n; i++)
        if (tags->items[i].kind == kind && span_is_nocase(tags->items[i].name, name))
            return i;
    return tags->n;
}

bool html_attribute(const HtmlTags *tags, const HtmlTag *tag, size_t *at, HtmlAttribute *attribute)
{
    const char *p = tags->text.p;
    size_t end = tag->to - 1, i = *at ? *at : tag->from + 1 + tag->name.n;
    if (tag->kind != HTML_OPEN)
        return false;
    size_t from = i;
    while (i < end && (is_space(p[i]) || p[i] == '/'))
        i++;
    if (i >= end)
        return false;
    size_t name = i;
    while (i < end && !is_space(p[i]) && p[i] != '=')
        i++;
    *attribute =
        (HtmlAttribute){.from = from, .name = span_of(p + name, i - name), .value = {"", 0}};
    if (i < end && p[i] == '=') {
        i++;
        char quote = i < end && (p[i] == '"' || p[i] == '\'') ? p[i] : 0;
        size_t value = i + (quote != 0);
        for (i = value; i < end && (quote ? p[i] != quote : !is_space(p[i]));)
            i++;
        attribute->value = span_of(p + value, i - value);
        i += quote && i < end;
    }
    *at = attribute->to = MAX(i, from + 1);
    return true;
}
