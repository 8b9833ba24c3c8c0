/* findingdiff.h - the findings of two reports side by side: what is new, worse, better, gone.
 *
 * A finding is identified by its rule and its object. An object "signature-3" only says where the
 * signature stood, and relays put signatures above others: it is identified by d= and s= of that
 * signature, counted from the bottom where several are equal, and by its number only when it has
 * no such tags. Where one report states an identity several times, first is set against first.
 *
 * Pure and linear: two documents in (document_new or document_read), pairs out.
 * Lifetime: nodes are borrowed from the documents.
 */
#ifndef MAILASSAY_REPORTS_FINDINGDIFF_H
#define MAILASSAY_REPORTS_FINDINGDIFF_H

#include "reports/node.h"

typedef enum FindingChange {
    FINDING_SAME,    /* fails in both and is as grave, or fails in neither and is as certain */
    FINDING_NEW,     /* fails now and did not before */
    FINDING_WORSE,   /* fails in both: severity is higher, or it counts now and did not before
                        (it was merely inferred, or switched off by the profile) */
    FINDING_OPEN,    /* did fail or pass, and cannot be judged now */
    FINDING_BETTER,  /* the reverse of worse */
    FINDING_GONE,    /* did fail, and now passes or has nothing to judge */
    FINDING_SETTLED, /* could not be judged before, and passes now */
} FindingChange;
/* "same", "new" ... */
const char *finding_change_name(FindingChange change);

typedef struct FindingPair {
    FindingChange change;
    const xmlNode *before, *after; /* finding elements; one of them may be NULL */
} FindingPair;

typedef struct FindingPairs {
    FindingPair *pairs; /* findings of the later report in its order, then those it lacks */
    size_t n;
} FindingPairs;

FindingPairs *findingdiff_new(const xmlNode *before, const xmlNode *after);
void findingdiff_free(FindingPairs *pairs);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(FindingPairs, findingdiff_free)

/* The outcome as one word for people and machines: "pass", "fail", "not-applicable",
 * "not-evaluable", "waived"; "absent" for NULL. */
const char *findingdiff_state(const xmlNode *finding);
/* The same for the objects of other lists: what signature number `number` of a report is called
 * when numbers are not to be trusted, "d=... s=..."; with "#2" for the second from the bottom of
 * the same name. NULL when it has no such tags. Owned. */
char *findingdiff_signature(const xmlNode *report, const char *number);

#endif
