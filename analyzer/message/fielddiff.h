/* fielddiff.h - which header fields two copies of a message have not in common.
 *
 * Equal fields (line ends aside) are taken together wherever they stand, so that what relays put
 * on top disturbs nothing. Of the rest, fields of one name are paired from the bottom up, as DKIM
 * counts them (RFC 6376 §5.4.2), and what remains is in one copy only.
 * Linear. Deviations: none known. Lifetime: indexes into Source.fields; nothing is borrowed.
 */
#ifndef MAILASSAY_MESSAGE_FIELDDIFF_H
#define MAILASSAY_MESSAGE_FIELDDIFF_H

#include "analyzer/message/source.h"

typedef enum FieldChange {
    FIELD_ADDED,    /* in b only */
    FIELD_REMOVED,  /* in a only */
    FIELD_CHANGED,  /* other text */
    FIELD_REFOLDED, /* other white space, folding or case of the name: the same text */
} FieldChange;
const char *field_change_name(FieldChange change);

typedef struct FieldDifference {
    FieldChange change;
    size_t a, b;       /* n_fields where it is in one copy only */
    size_t at_a, at_b; /* FIELD_CHANGED, FIELD_REFOLDED: the first differing octet, in the source */
} FieldDifference;

typedef struct FieldDifferences {
    FieldDifference *items; /* those of b in its order, then those that only a has */
    size_t n;
} FieldDifferences;

FieldDifferences *fielddiff_new(const Source *a, const Source *b);
void fielddiff_free(FieldDifferences *differences);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FieldDifferences, fielddiff_free)

#endif
