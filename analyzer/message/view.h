/* view.h - damage of the copy itself, undone: what saving, pasting or exporting did to a message
 * after receipt.
 *
 * Cheap patterns find the damage (a byte order mark, leading blank lines, indentation, "> "
 * quoting, lost folds, NBSP, HTML entities, linkified addresses, quoted-printable shown, CR CR LF,
 * mbox ">From", UTF-8 read as Latin-1 or windows-1252); its inverse gives a view: other octets that
 * may be nearer to what was received. At most three repairs are laid over each other. Whether a
 * view is better is decided by whoever can verify signatures (evidence.c); nothing is blamed on
 * anybody. Linear in the message; messages over VIEW_MAX_BYTES get no view.
 */
#ifndef MAILASSAY_MESSAGE_VIEW_H
#define MAILASSAY_MESSAGE_VIEW_H

#include "analyzer/message/source.h"

enum { VIEW_MAX_REPAIRS = 3, VIEW_MAX_CANDIDATES = 24, VIEW_MAX_BYTES = 32 * 1024 * 1024 };

typedef enum ViewRepair {
    VIEW_BOM,
    VIEW_LEADING_BLANK,
    VIEW_INDENTED,
    VIEW_QUOTED,
    VIEW_FOLDS_LOST,
    VIEW_NBSP,
    VIEW_HTML_ENTITIES,
    VIEW_LINKIFIED,
    VIEW_QP_SHOWN,
    VIEW_CR_DOUBLED,
    VIEW_MBOX_FROM,
    VIEW_DOUBLE_UTF8,
    VIEW_SOFT_WRAPPED,
    VIEW_REPAIRS
} ViewRepair;
const char *view_repair_name(ViewRepair repair); /* kebab-case: "copy-indented" ... */

typedef struct View {
    ViewRepair repairs[VIEW_MAX_REPAIRS];
    size_t n_repairs;
    char *detail;   /* what was undone, for people: "4 spaces before every line"; or NULL */
    GBytes *octets; /* the repaired copy */
} View;

/* Candidate views, likeliest first; *n is 0 for a message without a sign of damage. Owned:
 * views_free. */
View *views_find(const Source *source, size_t *n);
void views_free(View *views, size_t n);

#endif
