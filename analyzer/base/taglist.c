#include "analyzer/base/taglist.h"

#include <stdlib.h>
#include <string.h>

/* RFC 6376 §3.2: tag-name = ALPHA *ALNUMPUNC */
static bool is_tag_name(Span name)
{
    if (name.n == 0 || !g_ascii_isalpha(name.p[0]))
        return false;
    for (size_t i = 1; i < name.n; i++)
        if (!g_ascii_isalnum(name.p[i]) && name.p[i] != '_')
            return false;
    return true;
}

/* RFC 6376 §3.2: VALCHAR and FWS. RFC 8616 adds UTF-8. Offset of the first other octet; value.n
 * when none. */
static size_t find_bad_octet(Span value)
{
    bool wide = false;
    for (size_t i = 0; i < value.n; i++) {
        unsigned char c = (unsigned char)value.p[i];
        if (c >= 0x80)
            wide = true;
        else if ((c < 0x21 || c == 0x7f) && !byte_is_fws(value.p[i]))
            return i;
    }
    const char *end = value.p + value.n;
    if (wide && !g_utf8_validate(value.p, (gssize)value.n, &end))
        return (size_t)(end - value.p);
    return value.n;
}

static void note_defect(TagList *list, TagListDefect defect, size_t offset)
{
    if (list->defect == TAGLIST_OK || offset < list->defect_offset) {
        list->defect = defect;
        list->defect_offset = offset;
    }
}

/* One tag-spec, [start, end) of text; `last` when no ";" follows it. */
static void parse_tag_spec(TagList *list, GArray *tags, Span text, size_t start, size_t end,
                           bool last)
{
    Span spec = span_trim(span_of(text.p + start, end - start));
    if (spec.n == 0) {
        if (!last)
            note_defect(list, TAGLIST_EMPTY_SPEC, start);
        return;
    }
    size_t offset = (size_t)(spec.p - text.p);
    size_t equals = span_find(spec, '=', 0);
    if (equals == spec.n) {
        note_defect(list, TAGLIST_NO_EQUALS, offset);
        return;
    }
    Tag tag = {.name = span_trim(span_of(spec.p, equals)), .offset = offset};
    tag.value = span_trim(span_of(spec.p + equals + 1, spec.n - equals - 1));
    tag.value_offset = (size_t)(tag.value.p - text.p);
    if (!is_tag_name(tag.name))
        note_defect(list, TAGLIST_BAD_NAME, offset);
    size_t bad = find_bad_octet(tag.value);
    if (bad < tag.value.n)
        note_defect(list, TAGLIST_BAD_VALUE, tag.value_offset + bad);
    g_array_append_val(tags, tag);
}

static int compare_by_name(const void *a, const void *b)
{
    const Tag *x = *(const Tag *const *)a, *y = *(const Tag *const *)b;
    size_t n = MIN(x->name.n, y->name.n);
    int order = n > 0 ? memcmp(x->name.p, y->name.p, n) : 0;
    if (order == 0)
        order = (x->name.n > y->name.n) - (x->name.n < y->name.n);
    return order ? order : (x->offset > y->offset) - (x->offset < y->offset);
}

/* Sorting, not hashing: no list of names makes it slow. */
static void find_duplicates(TagList *list)
{
    if (list->n < 2)
        return;
    g_autofree const Tag **sorted = g_new(const Tag *, list->n);
    for (size_t i = 0; i < list->n; i++)
        sorted[i] = &list->tags[i];
    qsort(sorted, list->n, sizeof *sorted, compare_by_name);
    for (size_t i = 1; i < list->n; i++)
        if (span_equal(sorted[i - 1]->name, sorted[i]->name))
            note_defect(list, TAGLIST_DUPLICATE, sorted[i]->offset);
}

TagList taglist_parse(Span text)
{
    TagList list = {.defect = TAGLIST_OK};
    if (span_trim(text).n == 0) {
        list.defect = TAGLIST_EMPTY;
        return list;
    }
    GArray *tags = g_array_new(FALSE, FALSE, sizeof(Tag));
    for (size_t start = 0; start < text.n;) {
        size_t end = span_find(text, ';', start);
        parse_tag_spec(&list, tags, text, start, end, end == text.n);
        start = end + 1;
    }
    list.n = tags->len;
    list.tags = (Tag *)(void *)g_array_free(tags, FALSE);
    find_duplicates(&list);
    return list;
}

void taglist_clear(TagList *list)
{
    g_free(list->tags);
    *list = (TagList){.defect = TAGLIST_OK};
}

const Tag *taglist_find(const TagList *list, const char *name)
{
    Span wanted = span_str(name);
    for (size_t i = 0; i < list->n; i++)
        if (span_equal(list->tags[i].name, wanted))
            return &list->tags[i];
    return NULL;
}

const char *taglist_defect_name(TagListDefect defect)
{
    switch (defect) {
    case TAGLIST_OK:
        return "ok";
    case TAGLIST_EMPTY:
        return "empty";
    case TAGLIST_NO_EQUALS:
        return "no-equals";
    case TAGLIST_BAD_NAME:
        return "bad-name";
    case TAGLIST_BAD_VALUE:
        return "bad-value";
    case TAGLIST_DUPLICATE:
        return "duplicate";
    case TAGLIST_EMPTY_SPEC:
        return "empty-spec";
    }
    g_return_val_if_reached("ok");
}
