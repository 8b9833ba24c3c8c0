/* htmltags.h - where the tags of an HTML text are, which belong together, and what attributes they
 * have.
 *
 * No parser of meaning: mail HTML is read as its editors do, for taking something out without
 * touching the rest. Total and linear; at most HTMLTAGS_MAX tags.
 */
#ifndef MAILASSAY_MESSAGE_HTMLTAGS_H
#define MAILASSAY_MESSAGE_HTMLTAGS_H

#include "analyzer/base/bytes.h"

enum { HTMLTAGS_MAX = 20000 };

typedef enum HtmlTagKind { HTML_OPEN, HTML_CLOSE, HTML_COMMENT, HTML_DECLARATION } HtmlTagKind;

typedef struct HtmlTag {
    HtmlTagKind kind;
    size_t from, to; /* in the text, with the angle brackets */
    Span name;       /* as written; empty for comments and declarations */
    size_t match;    /* index of the other tag of the pair; its own when there is none */
} HtmlTag;

typedef struct HtmlTags {
    Span text;
    HtmlTag *items;
    size_t n;
} HtmlTags;

HtmlTags htmltags_find(Span text);
void htmltags_clear(HtmlTags *tags);
/* The first tag that ends after `offset`; n when there is none. */
size_t htmltags_at(const HtmlTags *tags, size_t offset);
/* The first of this kind and name (any case) from `start` on; n when there is none. */
size_t htmltags_named(const HtmlTags *tags, HtmlTagKind kind, const char *name, size_t start);

/* One attribute, with the white space before it: offsets in the text. */
typedef struct HtmlAttribute {
    size_t from, to;
    Span name, value; /* value without its quotes; empty when there is none */
} HtmlAttribute;

/* The next attribute of a tag; *at is 0 before the first. False: no more. */
bool html_attribute(const HtmlTags *tags, const HtmlTag *tag, size_t *at, HtmlAttribute *attribute);

#endif
