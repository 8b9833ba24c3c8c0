/* visible.h - makes seen what is not seen in octets that the document holds escaped.
 *
 * Escapes are told apart from the text around them, spaces shown, and characters beyond ASCII
 * named. The input is what bytes_escape() writes; other text does no harm.
 */
#ifndef MAILASSAY_REPORTS_VISIBLE_H
#define MAILASSAY_REPORTS_VISIBLE_H

#include <libxml/tree.h>

/* With a line end put after every written one. Owned. */
char *visible_lines(const char *escaped);
/* The same, each line between the marks, and for a terminal: a space is U+2423, any other blank and
 * every combining mark \u{HHHH}. Owned. */
char *visible_text(const char *escaped, const char *open, const char *close);
/* Turns the text of an element into a mix of text and the elements escape (one line of escapes at
 * most: it ends with \n), blank (spaces, or with code another blank or combining mark) and foreign
 * (with code: a character beyond ASCII), all without namespace. NULL: nothing. */
void visible_mark_up(xmlNode *octets);

#endif
