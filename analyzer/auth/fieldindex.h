/* fieldindex.h - the fields of a message grouped by name, so that many h= lists are looked up in
 * linear time.
 *
 * Built by sorting, not by hashing: no choice of names makes it slow. Borrows the Source.
 */
#ifndef MAILASSAY_AUTH_FIELDINDEX_H
#define MAILASSAY_AUTH_FIELDINDEX_H

#include "analyzer/message/source.h"

typedef struct FieldIndex FieldIndex;

/* All fields of one name: indices into Source.fields, the top one first. */
typedef struct FieldGroup {
    const size_t *fields;
    size_t n;
    size_t id; /* 0 .. fieldindex_groups() - 1 */
} FieldGroup;

FieldIndex *fieldindex_new(const Source *source);
void fieldindex_free(FieldIndex *index);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FieldIndex, fieldindex_free)
size_t fieldindex_groups(const FieldIndex *index);
/* The fields of that name, any case; n is 0 when there are none. */
FieldGroup fieldindex_find(const FieldIndex *index, Span name);

#endif
