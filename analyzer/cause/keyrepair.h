/* keyrepair.h - what a damaged key record may have been meant to say: candidates for its p=, each
 * with what was undone.
 *
 * Text in, text out: nothing is asked and nothing verified here. RFC 6376 §3.6.1.
 */
#ifndef MAILASSAY_CAUSE_KEYREPAIR_H
#define MAILASSAY_CAUSE_KEYREPAIR_H

#include "analyzer/base/bytes.h"

#include <glib.h>

typedef struct KeyCandidate {
    char *p_value;    /* base64 in the standard alphabet, without white space or padding */
    const char *kind; /* id of the cause that the repair stands for */
} KeyCandidate;

/* Appends what one record may mean; nothing when it holds no base64 that could be a key. */
void key_repair_record(Span text, GPtrArray *candidates);
/* Appends what several records may mean when they are pieces of one (every order of up to three).
 */
void key_repair_split(const Span *texts, size_t n, GPtrArray *candidates);
GPtrArray *key_candidates_new(void);

/* The name that a record holds when a CNAME's target was pasted into TXT; NULL when it is no host
 * name. Owned. */
char *key_repair_name_in_text(Span text);

#endif
