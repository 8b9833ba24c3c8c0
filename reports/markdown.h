/* markdown.h - what lines.h writes, as Markdown (CommonMark): headings, nested lists, code.
 *
 * Private to reports/lines.c and markdown.c. A word that holds mark-up, or that a tracker would
 * turn into a link or a mention (an address, a domain name, #12), becomes a code span; all else is
 * escaped.
 */
#ifndef MAILASSAY_REPORTS_MARKDOWN_H
#define MAILASSAY_REPORTS_MARKDOWN_H

#include "reports/lines.h"

enum { MARKDOWN_DEEPEST = 16 };

struct Markdown {
    size_t indents[MARKDOWN_DEEPEST]; /* of the items that are open, outermost first */
    size_t depth;
};

void markdown_blank(Lines *lines);
void markdown_heading(Lines *lines, const char *text);
/* Indent 0 is a paragraph; any other an item of a list, below the last item with less indent. */
void markdown_item(Lines *lines, size_t indent, LineStyle style, const char *mark,
                   const char *text);
void markdown_pair(Lines *lines, size_t indent, const char *label, const char *text);
/* A code block. */
void markdown_raw(Lines *lines, size_t indent, const char *text);
/* A table as GitHub, GitLab and others read it; it ends the list before it. */
void markdown_table(Lines *lines, const char *const *cells, size_t columns, size_t rows);
/* The same with what points at it below. */
void markdown_pointed(Lines *lines, size_t indent, const char *text, const char *pointer);

#endif
