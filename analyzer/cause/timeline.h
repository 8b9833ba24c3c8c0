/* timeline.h - what bh= and the receivers' own words say about when a message changed: free, before
 * any search.
 *
 * The bh= of all DKIM-Signature and ARC-Message-Signature fields with the same body
 * canonicalization and without l= are the body's hash at each hop (RFC 6376 §3.7, RFC 8617 §4.1.2).
 * A trusted receiver that said dkim=pass for what fails now shows that the file was changed after
 * receipt.
 */
#ifndef MAILASSAY_CAUSE_TIMELINE_H
#define MAILASSAY_CAUSE_TIMELINE_H

#include "analyzer/auth/arc.h"
#include "analyzer/auth/dkim.h"
#include "analyzer/message/authres.h"

typedef enum TimelineStage {
    TIMELINE_SIGNATURE,
    TIMELINE_ARC,
    TIMELINE_RECEIVER,
    TIMELINE_FILE
} TimelineStage;
const char *timeline_stage_name(TimelineStage stage);

typedef struct TimelineMark {
    TimelineStage stage;
    size_t field;       /* index into Source.fields; meaningless for the file */
    char *who;          /* d= of a signature or seal, authserv-id of a receiver; or NULL */
    bool has_body_hash; /* comparable with its neighbours */
    bool same_body;     /* as at the comparable mark before it */
    bool says_pass;     /* receivers and ARC sets: their result for the signature was pass */
} TimelineMark;

typedef struct Timeline {
    TimelineMark *marks; /* in the order of time, the file last */
    size_t n;
    bool changed_after_receipt; /* a trusted receiver said pass, and it fails now */
    bool has_body_change;
    size_t body_changed_at; /* mark at which the body first differs from the mark before */
} Timeline;

/* An Authentication-Results field and whether its writer is trusted. */
typedef struct TimelineWord {
    size_t field;
    const AuthRes *authres;
    bool trusted;
} TimelineWord;

/* For one signature. words: newest first. Owned. */
Timeline *timeline_new(const DkimCheck *dkim, size_t signature, const ArcChain *arc,
                       const TimelineWord *words, size_t n_words);
void timeline_free(Timeline *timeline);

#endif
