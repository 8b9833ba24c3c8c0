/* arc.h - Authenticated Received Chain (RFC 8617): the chain's result, and which hop broke what.
 *
 * Verdict none | pass | fail as in §5.2; a DNS fault that decides makes it temperror. ARC earns no
 * credit anywhere. At most 50 instances (§4.2.1). Deviations, both lenient: an
 * ARC-Message-Signature without c= may be simple/simple (RFC 6376) or relaxed/relaxed (what is
 * sent); an empty item in h= names no field.
 */
#ifndef MAILASSAY_AUTH_ARC_H
#define MAILASSAY_AUTH_ARC_H

#include "analyzer/auth/dkim.h"
#include "analyzer/message/authres.h"

typedef enum ArcResult { ARC_NONE, ARC_PASS, ARC_FAIL, ARC_TEMPERROR } ArcResult;
const char *arc_result_name(ArcResult result);

typedef enum ArcDefect {
    ARC_OK,
    ARC_TOO_MANY,           /* more than 50 sets */
    ARC_GAP,                /* instances are not 1..n */
    ARC_INCOMPLETE,         /* a set lacks one of its three fields */
    ARC_DUPLICATE,          /* a set has one of its fields twice */
    ARC_BAD_INSTANCE,       /* i= missing or not 1..50 */
    ARC_BAD_SYNTAX,         /* a field that cannot be parsed, missing or forbidden tag */
    ARC_BAD_CV,             /* cv= is not none at i=1 or not pass above */
    ARC_CV_FAIL,            /* newest seal says cv=fail */
    ARC_MESSAGE_SIGNATURE,  /* newest AMS does not verify */
    ARC_SEAL,               /* an AS does not verify */
    ARC_SEAL_SIGNS_FIELDS,  /* AS has h= */
    ARC_MESSAGE_SIGNS_SEAL, /* AMS h= names ARC-Seal */
} ArcDefect;
const char *arc_defect_name(ArcDefect defect);

typedef struct ArcSet {
    unsigned instance;
    bool has_results, has_message, has_seal;
    size_t results_field; /* index into Source.fields; meaningful with has_* */
    AuthRes *results;
    DkimSignature message; /* kind SIGNATURE_ARC_MESSAGE */
    DkimSignature seal;    /* kind SIGNATURE_ARC_SEAL */
    char *cv;              /* as written, lower case, or NULL */
    DkimHeaderVerdict seal_verdict;
} ArcSet;

typedef struct ArcChain {
    ArcResult result;
    ArcDefect defect;         /* the one that decided */
    unsigned defect_instance; /* 0: the chain as a whole */
    ArcSet *sets;             /* by instance, 1 first */
    size_t n;
    unsigned oldest_pass; /* §5.2.1: 0 when the message was not changed since the first set, else an
                             instance; meaningful when result is pass */
} ArcChain;

ArcChain *arc_check(const Source *source, DnsSession *dns, int64_t now_s);
void arc_free(ArcChain *chain);
void arc_prefetch(const Source *source, DnsSession *dns);

#endif
