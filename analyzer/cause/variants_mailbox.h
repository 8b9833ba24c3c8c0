/* variants_mailbox.h - address lists (RFC 5322 §3.4) cut into what rewriting software touches:
 * names, brackets, commas.
 *
 * Lenient: what is no mailbox is kept as a literal. Spans point into the text. At most
 * MAILBOXES_MAX are read.
 */
#ifndef MAILASSAY_CAUSE_VARIANTS_MAILBOX_H
#define MAILASSAY_CAUSE_VARIANTS_MAILBOX_H

#include "analyzer/base/bytes.h"

enum { MAILBOXES_MAX = 200 };

typedef struct Mailbox {
    Span name;    /* before the brackets, trimmed, as written; or empty */
    Span address; /* without brackets; empty for a literal */
    Span comment; /* the last one, with its parentheses; or empty */
    Span whole;   /* the item, trimmed */
    bool bracketed;
} Mailbox;

/* False when there is nothing to read, or more than MAILBOXES_MAX. Of Mailbox. */
bool mailboxes_parse(Span flat, GArray *out);
/* A display name without its quotes and escapes; other names as they are. Appended. */
void mailbox_bare_name(Span name, GString *out);
/* RFC 5322 §3.2.3: whether a bare name must be quoted. `atoms_only`: also for '.'. */
bool mailbox_needs_quotes(Span bare, bool atoms_only);
void mailbox_quote(Span bare, GString *out);

#endif
