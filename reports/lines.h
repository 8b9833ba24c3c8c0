/* lines.h - text for a terminal: wrapped by display width at 80 columns, coloured when asked; or as
 * Markdown.
 *
 * Wide characters take two columns, combining ones none. Control characters never come out.
 */
#ifndef MAILASSAY_REPORTS_LINES_H
#define MAILASSAY_REPORTS_LINES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

enum { LINES_WIDTH = 80 };

typedef enum LineStyle {
    STYLE_PLAIN,
    STYLE_BOLD,
    STYLE_DIM,
    STYLE_GOOD,
    STYLE_FAIR,
    STYLE_BAD
} LineStyle;

typedef struct Markdown Markdown; /* markdown.h */

typedef struct Lines {
    GString *out;
    bool colour;
    Markdown *markdown; /* or NULL: for a terminal */
} Lines;

void lines_blank(Lines *lines);
/* A blank line, then the heading. */
void lines_heading(Lines *lines, const char *text);
/* Mark, then text wrapped at its right. The style is that of the mark; of the text when the mark is
 * "". */
void lines_item(Lines *lines, size_t indent, LineStyle style, const char *mark, const char *text);
/* Label, padded to LINES_LABEL columns, then text; under a label that is too wide for that. */
enum { LINES_LABEL = 18 };
void lines_pair(Lines *lines, size_t indent, const char *label, const char *text);
/* A line that is to be copied: never wrapped. */
void lines_raw(Lines *lines, size_t indent, const char *text);
/* Rows of cells, row by row; the first row is the heading. Nothing is wrapped: the columns but the
 * first are as wide as they have to be, and the first takes what is left of LINES_WIDTH. Cells are
 * words of ours. */
void lines_table(Lines *lines, size_t indent, const char *const *cells, size_t columns,
                 size_t rows);
/* A line like that, and carets below `width` columns of it from `column` on. */
void lines_pointed(Lines *lines, size_t indent, const char *text, size_t column, size_t width);
size_t lines_width(const char *text);

#endif
