/* copy.h - which reading of the octets is examined: as they are stored, or with the damage of the
 * copy undone.
 *
 * A view (view.h) is taken only when signatures come out better in it: one that verifies, or at
 * least a header that does, a value that unpads, a field that can be read. Ties go to the octets as
 * stored. Lifetime: owns the views and the repaired Source; borrows the stored one.
 */
#ifndef MAILASSAY_CAUSE_COPY_H
#define MAILASSAY_CAUSE_COPY_H

#include "analyzer/auth/dkim.h"
#include "analyzer/cause/cause.h"
#include "analyzer/message/view.h"

typedef struct Copy {
    const Source *stored; /* borrowed */
    const Source *source; /* what to examine: stored, or repaired */
    Source *repaired;     /* NULL when the octets are taken as stored */
    View *views;
    size_t n_views;
    const View *view;     /* the one taken, or NULL; of copy_like() borrowed */
    DkimCheck *as_stored; /* the signatures as stored, when a view was taken; else NULL */
} Copy;

Copy *copy_choose(const Source *stored, DnsSession *dns, int64_t now_s);
/* Of a message made from the one that was read as `other`: its octets are as they should be, and
 * what was undone to get at them was undone there. other must outlive it. */
Copy *copy_like(const Copy *other, const Source *source);
void copy_free(Copy *copy);
/* Tells in the report of a signature what was undone before it was examined: causes of side `view`,
 * proven when header or body verify in the copy (and then kept as signed). Nothing happens when no
 * view was taken. */
void copy_explain(const Copy *copy, const DkimSignature *signature, CauseReport *report);
/* The class of a signature judged on the octets as stored: of the same signature there (d= and s=),
 * or BOTH when it cannot even be read there. `examined` is the class in the copy. */
CauseClass copy_class_as_stored(const Copy *copy, const DkimSignature *signature,
                                CauseClass examined);

#endif
