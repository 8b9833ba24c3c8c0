/* master.h - the lexical part of master files (RFC 1035 §5.1): entries made of fields, with line
 * numbers.
 *
 * ldns reads master files too, but accepts an unterminated quote, lets an unclosed parenthesis
 * swallow the records that follow, and holds 64 KiB of text a record, which escaped TXT data
 * exceeds. Both faults are errors here.
 * An addition of ours: a line starting with ";!" is an entry too, a pragma (see dns.h).
 * Lifetime: fields point into the text given to master_init.
 */
#ifndef MAILASSAY_DNS_MASTER_H
#define MAILASSAY_DNS_MASTER_H

#include "analyzer/base/bytes.h"

typedef struct MasterField {
    Span text; /* as written, escapes in place, quotes taken off */
    bool quoted;
} MasterField;

typedef struct MasterEntry {
    GArray *fields; /* of MasterField */
    guint at;       /* the next to take */
    size_t line;    /* where it begins, or where *fault is */
    bool indented;  /* begins with a blank: the owner is that of the entry before */
    bool pragma;
    const char *fault; /* the first thing found wrong, NULL while all is well */
    Span culprit;      /* what it is about; may be empty */
} MasterEntry;

typedef struct MasterReader {
    Span text;
    size_t at;
    size_t line;
} MasterReader;

void master_init(MasterReader *reader, Span text);
/* Reads the next entry that has a field. entry->fields is the caller's and is emptied first. False
 * at the end of the text; a lexical error gives an entry with a fault. */
bool master_next(MasterReader *reader, MasterEntry *entry);

/* Notes a fault. Returns false, for `return master_fault(...)`. */
bool master_fault(MasterEntry *entry, const char *what, Span culprit);

/* The next field; NULL when there is none. */
const MasterField *master_peek(const MasterEntry *entry);
/* Takes the next field; the empty span when there is none. */
Span master_take(MasterEntry *entry);
/* Takes a domain name: canonical, owned. NULL is a fault. */
char *master_take_name(MasterEntry *entry, const char *origin);
/* Seconds, or BIND's 1w2d3h4m5s. False when it is neither. */
bool master_parse_ttl(Span text, uint32_t *ttl_s);

#endif
