/* fence.h - what the MIME library may see of a message: budgets first, then a copy with the
 * dangerous fields masked.
 *
 * The library crashes or crawls on some inputs (deeply nested address groups, thousands of open
 * boundaries), and refuses or loses others (NUL, a first line that is no field). Everything here
 * looks at octets only, in one linear pass; it decides nothing about MIME itself.
 */
#ifndef MAILASSAY_MESSAGE_FENCE_H
#define MAILASSAY_MESSAGE_FENCE_H

#include "analyzer/message/mime.h"

/* MIME_PARSED when the message is within the budgets of mime.h, else the first budget that it
 * breaks. */
MimeState fence_check(const Source *source);

typedef struct Fenced {
    Span bytes;   /* as long as the source; the source's own unless something was masked */
    size_t start; /* where the first field starts; what stands before must not be shown */
    char *copy;   /* owned, or NULL */
} Fenced;

/* Masks what is no proper field, or too much of one, with "X:xxx" of equal length. */
Fenced fence_mask(const Source *source);
void fence_clear(Fenced *fenced);

/* Most groups ("name: ...;") open at one time in an address list, quoted strings and comments left
 * out. */
size_t fence_group_depth(Span value);

/* From, Sender, Reply-To, To, Cc, Bcc, in any case, Resent- ones included: what the library parses
 * at once. */
bool fence_is_address_field(Span name);

#endif
