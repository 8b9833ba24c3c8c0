/* evidence.h - all facts about one message: runs the collectors in order and owns what they found.
 *
 * evidence_collect() is a pure function of its input: same bytes, DNS answers, profile and now give
 * the same Evidence. It never judges. Frozen once returned; rules and reports read it through const
 * Evidence *. Re-entrant: several threads may collect with DnsSessions of one Dns.
 */
#ifndef MAILASSAY_EVIDENCE_H
#define MAILASSAY_EVIDENCE_H

#include "analyzer/auth/align.h"
#include "analyzer/auth/arc.h"
#include "analyzer/auth/blocklist.h"
#include "analyzer/auth/dkim.h"
#include "analyzer/auth/dmarc.h"
#include "analyzer/auth/iprev.h"
#include "analyzer/auth/lint.h"
#include "analyzer/auth/spf.h"
#include "analyzer/cause/cause.h"
#include "analyzer/cause/copy.h"
#include "analyzer/cause/timeline.h"
#include "analyzer/message/authres.h"
#include "analyzer/message/encodedword.h"
#include "analyzer/message/envelope.h"
#include "analyzer/message/html.h"
#include "analyzer/message/mime.h"
#include "analyzer/message/source.h"
#include "analyzer/profile.h"

typedef struct EvidenceInput {
    const Source *source;
    const EnvelopeGiven *given;
    const Profile *profile; /* never NULL: profile_new_empty() */
    DnsSession *dns;
    const psl_ctx_t *psl;
    int64_t now_s; /* the clock of the run; x= and t= use the time of receipt when that is known */
    uint64_t
        cause_units; /* what the search for causes may spend for one signature, and at most twice that for
                        all of them; 0: class only */
    bool now_given;  /* the caller set the time of judgement: it wins over the time of receipt */
    const struct Evidence *known; /* of the same message under other DNS answers, or NULL: a
                                    signature that fails as it did there has the cause found there,
                                    and is not searched again. Must outlive the result */
    const Copy *read_as; /* of the message that source was made from: no reading of its own is
                            looked for. NULL: it is. Must outlive the result */
} EvidenceInput;

/* An Authentication-Results field of the message. */
typedef struct ReceiverSaid {
    size_t field; /* index into Source.fields */
    AuthRes *authres;
    bool trusted; /* authserv-id is a trusted receiver, or equals the inferred receiver */
} ReceiverSaid;

/* Why one signature fails, and when the message changed. */
typedef struct SignatureCause {
    CauseReport *report; /* never NULL; class `none` when it verifies */
    Timeline *timeline;
    bool borrowed; /* report belongs to EvidenceInput.known */
} SignatureCause;

/* Remarks on the records that the results rest on; each NULL when there is no such record. */
typedef struct RecordLint {
    Lint *spf;   /* of the surveyed domain itself */
    Lint **keys; /* one for each of dkim->signatures: the key record that it was held against */
    Lint *dmarc; /* the record that applies, or the first that would like to */
    Lint *dmarc_near;               /* no record applies, but this is nearly one; without remarks */
    Lint *mta_sts, *tls_rpt, *bimi; /* of the author domain */
} RecordLint;

typedef struct Evidence {
    const Source *source;   /* what was examined: copy->source; borrowed */
    Copy *copy;             /* which reading of the octets that is, and what was undone to get it */
    const Profile *profile; /* borrowed */
    DnsSession *dns;        /* borrowed: its log and answers */
    int64_t now_s;          /* the clock of the run */
    int64_t judged_at_s;    /* the time used for x= and t= */
    bool headers_only; /* no separator, or nothing after it while a signature says there was a body
                        */
    Mime *mime;
    bool mime_borrowed; /* it belongs to EvidenceInput.known */
    Html *html;
    EncodedWords encoded_words;
    Envelope *envelope;
    DkimCheck *dkim;
    SignatureCause *causes; /* one for each of dkim->signatures */
    SpfCheck *spf;          /* MAIL FROM */
    SpfCheck *spf_helo;
    SpfSurvey *spf_survey; /* of the checked domain; NULL when there is none. With hosts when it, or
                              it with the next, exceeds a limit */
    SpfSurvey *spf_include; /* of the operator's include, when SPF does not pass and the include is
                               not in the record; else NULL */
    IprevCheck *iprev;
    DmarcCheck *dmarc;
    ArcChain *arc;
    SignatureCause *arc_causes; /* one for each of arc->sets: its ARC-Message-Signature */
    Alignment *alignment;
    ReceiverSaid *said; /* newest first */
    size_t n_said;
    const DnsAnswer *mail_from_mx,
        *mail_from_a; /* can the envelope domain take bounces; NULL when not asked */
    const DnsAnswer *author_mx;
    const DnsAnswer *tls_rpt, *mta_sts,
        *bimi; /* TXT of _smtp._tls, _mta-sts, default._bimi of the author domain */
    RecordLint lint;
    BlockListCheck *block_lists; /* empty unless the profile names lists */
} Evidence;

Evidence *evidence_collect(const EvidenceInput *input);
void evidence_free(Evidence *evidence);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Evidence, evidence_free)

#endif
