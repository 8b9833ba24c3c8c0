/* htmltext.h - what a reader of an HTML text sees of it: the words, without mark-up.
 *
 * Elements that are never shown (head, style, script, title, template) are left out; what is hidden
 * by an attribute on the element itself (display:none, visibility:hidden, font-size:0,
 * mso-hide:all, hidden) is counted apart. Style sheets are not read. Total and linear.
 */
#ifndef MAILASSAY_MESSAGE_HTMLTEXT_H
#define MAILASSAY_MESSAGE_HTMLTEXT_H

#include "analyzer/message/htmltags.h"

enum { HTMLTEXT_MAX = 64 * 1024 };

typedef struct HtmlText {
    char *visible;         /* UTF-8, words with one space between, at most HTMLTEXT_MAX; owned */
    size_t letters;        /* letters and digits in it */
    size_t hidden_letters; /* hidden by an attribute, on elements without class and id: no style
                              sheet shows them again */
} HtmlText;

HtmlText htmltext_read(const HtmlTags *tags);
void htmltext_clear(HtmlText *text);
/* What stands between two offsets, without mark-up; at most `most` octets of it. Owned. */
char *htmltext_between(const HtmlTags *tags, size_t from, size_t to, size_t most);
/* A value of an attribute, or a text, with entities replaced (&amp; &#38; &eacute;). Owned. */
char *htmltext_decode(Span text);
/* Letters and digits. */
size_t htmltext_letters(const char *text);

#endif
