/* taglist.h - "tag=value; tag=value" lists: RFC 6376 §3.2, also the shape of DMARC records (RFC
 * 9989 §4.8).
 *
 * Parsing is total: any octets give a TagList, with the first defect and its offset. Tags are kept
 * in order, duplicates included; the caller decides what a duplicate means (RFC 6376 §3.2: the
 * whole list is invalid). Names are case-sensitive as written; values are the octets between FWS,
 * inner FWS kept. Lifetime: spans point into the text that was parsed.
 */
#ifndef MAILASSAY_BASE_TAGLIST_H
#define MAILASSAY_BASE_TAGLIST_H

#include "analyzer/base/bytes.h"

typedef enum TagListDefect {
    TAGLIST_OK,
    TAGLIST_EMPTY,      /* nothing but FWS */
    TAGLIST_NO_EQUALS,  /* a tag-spec without "=" */
    TAGLIST_BAD_NAME,   /* not ALPHA *(ALPHA / DIGIT / "_") */
    TAGLIST_BAD_VALUE,  /* an octet outside %x21-3A / %x3C-7E and FWS; UTF-8 is let pass (RFC 8616)
                         */
    TAGLIST_DUPLICATE,  /* a name stands twice */
    TAGLIST_EMPTY_SPEC, /* ";;" or a leading ";" */
} TagListDefect;

typedef struct Tag {
    Span name;
    Span value;          /* trimmed; inner FWS kept */
    size_t offset;       /* of the name in the parsed text */
    size_t value_offset; /* of the value in the parsed text */
} Tag;

typedef struct TagList {
    Tag *tags;
    size_t n;
    TagListDefect defect; /* the first one met */
    size_t defect_offset;
} TagList;

TagList taglist_parse(Span text);
void taglist_clear(TagList *list);
/* First tag of that exact name; NULL when absent. */
const Tag *taglist_find(const TagList *list, const char *name);
/* In kebab-case, for reports: "duplicate", "bad-name" ... */
const char *taglist_defect_name(TagListDefect defect);

#endif
