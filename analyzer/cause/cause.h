/* cause.h - why a DKIM signature (or ARC-Message-Signature) fails, and the proof.
 *
 * The public-key operation on b= gives back the digest of the header block that the signer hashed;
 * bh= is the digest of the body as signed. A suspected change is undone, hashed and compared;
 * equality proves what the message was when it was signed. RFC 6376 §3.4-3.7, RFC 8017 §8.2. A
 * proof says what changed - never who did it, nor that it was harmless.
 *
 * cause_search() works on one verified signature: class without search, then key and signature
 * value (keyfault.h), then header (header.h) and body (body.h) side by side in two threads, each
 * with its own budget, then joins the two. Deterministic for equal input: counted work decides, not
 * time. Lifetime: results own their octets.
 */
#ifndef MAILASSAY_CAUSE_CAUSE_H
#define MAILASSAY_CAUSE_CAUSE_H

#include "analyzer/auth/dkim.h"
#include "analyzer/cause/budget.h"
#include "analyzer/message/mime.h"
#include "analyzer/message/received.h"
#include "analyzer/profile.h"

/* About one second of one core, for header and body together. */
#define CAUSE_DEFAULT_UNITS UINT64_C(1000000000)

typedef enum CauseClass {
    CAUSE_CLASS_NONE,    /* verifies */
    CAUSE_CLASS_HEADERS, /* signed header fields differ */
    CAUSE_CLASS_BODY,
    CAUSE_CLASS_BOTH,
    CAUSE_CLASS_SIGNATURE, /* b= is damaged, or its digest algorithm is not the one claimed */
    CAUSE_CLASS_KEY,       /* the published record is the problem */
    CAUSE_CLASS_POLICY,    /* cryptographically fine, but x=, t=, i= or h= forbid a pass */
    CAUSE_CLASS_UNKNOWN,   /* DNS trouble: nothing can be said */
} CauseClass;
const char *cause_class_name(CauseClass class);

typedef enum CauseSide {
    CAUSE_HEADER,
    CAUSE_BODY,
    CAUSE_KEY,
    CAUSE_SIGNATURE,
    CAUSE_VIEW
} CauseSide;
const char *cause_side_name(CauseSide side);

typedef enum CauseCertainty {
    CAUSE_PROVEN,              /* digest equality, or the signature verifies with the repair */
    CAUSE_CONSISTENT,          /* bh= is matched but b= could not be confirmed */
    CAUSE_SHOWN,               /* by lengths, DER, a missing record: no search needed */
    CAUSE_NOT_RECONSTRUCTABLE, /* changed, information lost: evidence only */
    CAUSE_INFERRED,
} CauseCertainty;
const char *cause_certainty_name(CauseCertainty certainty);

typedef enum CauseActor {
    CAUSE_BY_SENDER,
    CAUSE_BY_DNS,
    CAUSE_BY_INTERMEDIARY,
    CAUSE_BY_RECEIVER,
    CAUSE_BY_EXPORT,
    CAUSE_BY_NOBODY,
    CAUSE_BY_UNKNOWN,
} CauseActor;
const char *cause_actor_name(CauseActor actor);

/* What was done, and to whom it points: one row per kind of cause, in cause.c. Ids are stable
 * kebab-case names such as "subject-tag", "footer-appended", "url-rewritten", "key-truncated",
 * "signature-plus-space". */
typedef struct CauseKind {
    const char *id;
    CauseSide side;
    CauseActor actor;
    CauseCertainty
        actor_certainty; /* of the actor: never better than CAUSE_INFERRED for changes in transit */
} CauseKind;
const CauseKind *cause_kind(const char *id); /* NULL: no such kind (a bug; the tests look) */
const CauseKind *cause_kinds(size_t *n);

typedef struct Cause {
    const CauseKind *kind;
    CauseCertainty certainty;
    char **fields;  /* header fields concerned, lower case, NULL-terminated; empty for a body */
    char *detail;   /* parameters for people: "width 76", "Safe Links, 5 links"; or NULL */
    GBytes *before; /* as signed, only what changed with a little around it; NULL when unknown */
    GBytes *after;  /* as received */
    size_t offset, length; /* in the source, of `after`; length 0 when nowhere in particular */
    uint64_t hypotheses;   /* tried until this was found */
    uint64_t octets_hashed;
} Cause;

/* What an unsuccessful search excludes. */
typedef struct RuledOut {
    const char *family; /* static, kebab-case: "contiguous-deletions", "tail-cuts" */
    uint64_t hypotheses;
} RuledOut;

typedef struct CauseReport {
    size_t signature; /* index into DkimCheck.signatures, or the ARC instance - 1 */
    CauseClass class;
    Cause *causes; /* in the order to be told: copy, key, signature, header, body */
    size_t n_causes;
    const char *story;        /* joined header and body: "8bitmime-downgrade", "mailing-list",
                                 "external-banner"; or NULL */
    GBytes *header_as_signed; /* canonical header block that was proven, or NULL */
    GBytes *body_as_signed;   /* canonical body that was proven, or NULL */
    bool header_proven, body_proven;
    char *key_record; /* record text of the key that was found in place of the published one, or
                         NULL */
    GByteArray *repaired_value; /* b= as repaired, or NULL when it is as it stands */
    Budget header_budget, body_budget, key_budget;
    bool header_exhausted, body_exhausted; /* the search ended because the budget did */
    RuledOut *ruled_out;
    size_t n_ruled_out;
} CauseReport;

typedef struct CauseInput {
    const Source *source;
    const Mime *mime;
    const DkimSignature *signature;
    size_t index;
    const Profile *profile; /* configured keys may have signed; never NULL */
    DnsSession *dns;        /* other names in reach of the key */
    int64_t judged_at_s;    /* the time for x= and t= */
    uint64_t units;         /* 0: class only */
} CauseInput;

/* The class alone: no search, no DNS. */
CauseClass cause_classify(const DkimSignature *signature);
CauseReport *cause_search(const CauseInput *input);
void cause_report_free(CauseReport *report);

/* Octets of `before` and of `after` that are kept; a side with so many may have been cut. */
enum { CAUSE_CHANGE_MAX = 4096 };

/* For the searches: a list of causes that grows. */
GArray *causes_new(void);
Cause *cause_add(GArray *causes, const char *id, CauseCertainty certainty);
void cause_set_change(Cause *cause, Span before,
                      Span after); /* copies; trims equal octets to a little context */
void cause_clear(Cause *cause);
/* Puts causes before those of the report; takes the array over. */
void cause_prepend(CauseReport *report, GArray *causes);

#endif
