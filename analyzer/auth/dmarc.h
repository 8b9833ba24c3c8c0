/* dmarc.h - DMARC: RFC 9989 (policy, tree walk), with the RFC 7489 outcome (Public Suffix List,
 * pct) beside it.
 *
 * A record that cannot be used means no DMARC at all (RFC 9989 §4.10.1): result none, never
 * permerror. A record with psd= and without p= stands for p=none (§4.7). Deviations: none known.
 * Names in normal form (domain.h).
 */
#ifndef MAILASSAY_AUTH_DMARC_H
#define MAILASSAY_AUTH_DMARC_H

#include "analyzer/base/domain.h"
#include "analyzer/base/taglist.h"
#include "analyzer/dns/dns.h"

enum { DMARC_MAX_QUERIES = 8 };

typedef enum DmarcResult {
    DMARC_NONE,
    DMARC_PASS,
    DMARC_FAIL,
    DMARC_TEMPERROR,
    DMARC_PERMERROR
} DmarcResult;
const char *dmarc_result_name(DmarcResult result);

typedef enum DmarcPolicy {
    DMARC_POLICY_ABSENT,
    DMARC_POLICY_NONE,
    DMARC_POLICY_QUARANTINE,
    DMARC_POLICY_REJECT
} DmarcPolicy;
const char *dmarc_policy_name(DmarcPolicy policy); /* "", "none", "quarantine", "reject" */

typedef enum DmarcDefect {
    DMARC_DEFECT_BAD_P = 1 << 0, /* p= missing or not one of the three */
    DMARC_DEFECT_BAD_SP = 1 << 1,
    DMARC_DEFECT_BAD_NP = 1 << 2,
    DMARC_DEFECT_BAD_VALUE =
        1 << 3, /* adkim, aspf, fo, psd, t with a value that is not defined: default applies */
    DMARC_DEFECT_BAD_URI = 1 << 4,  /* rua or ruf has an entry that is no mailto: URI */
    DMARC_DEFECT_SYNTAX = 1 << 5,   /* not a clean tag list */
    DMARC_DEFECT_OBSOLETE = 1 << 6, /* pct, rf, ri: gone in RFC 9989 */
    DMARC_DEFECT_UNKNOWN_TAG = 1 << 7,
    DMARC_DEFECT_TREATED_AS_NONE = 1 << 8, /* unusable policy with a valid rua: p=none (§4.7) */
} DmarcDefect;

typedef struct DmarcRecord {
    char *domain; /* without "_dmarc." */
    char *text;
    DmarcPolicy p, sp, np; /* ABSENT when not there or not valid */
    bool strict_dkim, strict_spf;
    char psd;     /* 'y', 'n', 'u' */
    bool testing; /* t=y */
    bool has_pct;
    unsigned pct;         /* 100 by default */
    char **rua, **ruf;    /* URIs as written, NULL-terminated */
    unsigned defects;     /* DmarcDefect bits */
    size_t defect_offset; /* of the first */
    bool usable;          /* false: to be ignored */
} DmarcRecord;

/* NULL when text does not begin with the tag v=DMARC1. */
DmarcRecord *dmarc_record_parse(const char *domain, Span text);
void dmarc_record_free(DmarcRecord *record);

/* One step of a tree walk: what was asked and what came of it. */
typedef struct DmarcQuery {
    char *domain;            /* without "_dmarc." */
    const DnsAnswer *answer; /* borrowed from the session */
    size_t candidates;       /* records that begin with v=DMARC1 */
    DmarcRecord *record;     /* the single one, or NULL */
} DmarcQuery;

typedef struct DmarcWalk {
    char *start;
    DmarcQuery *queries;
    size_t n;
    char *organizational_domain;
    bool temporary; /* DNS trouble left the answer open */
} DmarcWalk;

/* RFC 9989 §4.10. */
DmarcWalk *dmarc_walk(const char *domain, DnsSession *dns);
void dmarc_walk_free(DmarcWalk *walk);

/* An authenticated identifier to be aligned. */
typedef struct DmarcIdentifier {
    char *domain;                /* normal form */
    bool is_dkim;                /* else SPF */
    bool passed;                 /* its method's result is pass */
    bool temporary;              /* its method's result is temperror */
    bool aligned;                /* out: under the mode of the applicable record (RFC 9989) */
    bool aligned_strict;         /* out: names are equal */
    bool aligned_7489;           /* out: under RFC 7489 */
    char *organizational_domain; /* out, RFC 9989; NULL when DNS trouble hides it, or past 16
                                    distinct domains */
} DmarcIdentifier;

typedef enum DmarcAuthor {
    DMARC_AUTHOR_ONE,     /* exactly one Author Domain */
    DMARC_AUTHOR_MISSING, /* no From, or no address with a domain in it */
    DMARC_AUTHOR_SEVERAL, /* different domains, or several From fields */
} DmarcAuthor;

/* The outcome under one of the two standards. */
typedef struct DmarcVerdict {
    DmarcResult result;
    const DmarcRecord *record;   /* that applies; borrowed from the check; NULL when none */
    char *organizational_domain; /* of the author domain; NULL when unknown */
    DmarcPolicy policy;          /* requested for this author domain: p, sp or np */
    const char *policy_tag;      /* "p", "sp", "np" or "" */
    DmarcPolicy applied; /* what a receiver is asked to do with a failing message, after t= (or as
                            pct reads) */
    bool spf_aligned, dkim_aligned; /* with a passing identifier */
} DmarcVerdict;

typedef struct DmarcCheck {
    DmarcAuthor author;
    char *author_domain; /* normal form; NULL unless author is ONE */
    DmarcIdentifier *identifiers;
    size_t n_identifiers;
    DmarcWalk *walk;            /* from the author domain; NULL unless author is ONE */
    bool author_domain_missing; /* NXDOMAIN for it: np applies */
    DmarcRecord *record_7489;   /* fetched apart when it is none of the walk's, else NULL; owned */
    DmarcVerdict rfc9989, rfc7489;
    bool differ; /* result, policy or alignment is not the same under both */
    struct DmarcReportTarget {
        char *uri, *domain; /* outside the Organizational Domain */
        bool authorised, temporary;
        const DnsAnswer *answer;
    } * external;
    size_t n_external;
} DmarcCheck;

/* identifiers are taken over (array and strings from g_malloc). author_domain NULL unless author is
 * ONE. */
DmarcCheck *dmarc_check(DmarcAuthor author, const char *author_domain, DmarcIdentifier *identifiers,
                        size_t n, const psl_ctx_t *psl, DnsSession *dns);
void dmarc_check_free(DmarcCheck *check);
/* Starts the walk of a domain. */
void dmarc_prefetch(const char *author_domain, DnsSession *dns);

#endif
