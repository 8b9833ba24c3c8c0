/* bodycontent.h - what the edits of decoded text share: the text parts of a body, and cuts to be
 * tried in them. */
#ifndef MAILASSAY_CAUSE_BODYCONTENT_H
#define MAILASSAY_CAUSE_BODYCONTENT_H

#include "analyzer/cause/bodysearch.h"
#include "analyzer/cause/leaftext.h"
#include "analyzer/message/htmltags.h"

enum { CONTENT_MAX_PARTS = 12 };

/* A text part that edits are tried in. */
typedef struct ContentPart {
    LeafText *text;
    HtmlTags tags;         /* empty when it is no HTML */
    GArray *likely;        /* of Cut: for products with those of another part as well */
    GArray *common, *rare; /* of Cut */
} ContentPart;

typedef struct Content {
    BodySearch *search;
    const BodyView *view;
    ContentPart parts[CONTENT_MAX_PARTS]; /* in the order of the body */
    size_t n;
} Content;

/* Text that somebody put in, taken out again: one range, or the two halves of a wrapping. */
typedef struct Cut {
    size_t from[2], to[2];
    size_t n;
    const char *kind;
    const char *instead; /* line ends that stood in place of the first range, or "" */
    size_t seen,
        rank; /* content_rank(): octets of it that a reader sees; the likeliest is lowest */
} Cut;

void content_init(Content *content, BodySearch *search, const BodyView *view);
void content_clear(Content *content);

void content_cut(GArray *cuts, const char *kind, size_t from, size_t to);
/* What stands from `from` to the end was put in place of the last line ends of the text. */
void content_cut_tail(GArray *cuts, const char *kind, Span text, size_t from);
void content_cut_two(GArray *cuts, const char *kind, size_t from, size_t to, size_t from2,
                     size_t to2);

/* What may have been spent when a step of this stage ends: a part of what the stage has left. */
uint64_t content_limit(const Content *content, unsigned part);
bool content_is_over(const Content *content, uint64_t limit);
/* Adds the part with the cut made, in its likeliest manner, up to its end. Returns the octets
 * written anew. */
size_t content_add_cut(const ContentPart *part, const Cut *cut, PieceList *list);
void content_explain_cut(const Content *content, const ContentPart *part, const Cut *cut,
                         size_t writing);
/* Edits of one part in each manner that it may have been written in, where that makes a difference.
 */
bool content_try_edits(const Content *content, const ContentPart *part, const Edit *edits, size_t n,
                       const char *kind, const char *detail);

/* bodylinks.c: all links at once, then those of one host, one part, in attributes only. Keeps the
 * likeliest miss as base. */
bool content_try_links(const Content *content);
/* The next http or https address at or after *at, without punctuation behind it; *at moves on.
 * False: no more. */
bool content_next_address(Span text, size_t *at, size_t *from, size_t *end);
/* bodymarks.c: all text between marks, in all parts. */
bool content_try_marks(const Content *content);
/* bodyhtml.c: cuts of an HTML part, likely and common; those that are rare. */
void content_html_cuts(ContentPart *part);
void content_rare_html_cuts(ContentPart *part);
/* bodyhtml.c: attributes, by name in all tags and one by one. */
bool content_try_attributes(const Content *content, const ContentPart *part);
/* bodytext.c: cuts of any other text part, by its lines. */
void content_text_cuts(ContentPart *part);
void content_rare_text_cuts(ContentPart *part);

/* bodyrank.c: sorts the likely cuts. */
void content_rank(ContentPart *part);
/* bodyproduct.c: likely cuts of two parts at the same time. Of each two parts, pairs of cuts [from,
 * to) in the order of their likelihood, with one of `share` parts of what is left. */
bool content_try_products(const Content *content, size_t from, size_t to, unsigned share);
/* bodychars.c: digits, characters, a few words, in short texts. */
bool content_try_characters(const Content *content);

#endif
