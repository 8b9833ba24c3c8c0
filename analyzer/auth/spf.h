/* spf.h - Sender Policy Framework, RFC 7208: check_host() with a trace of every term, and a survey
 * of the whole record.
 *
 * The verdict is strict: 10 lookup terms, 2 void lookups, 10 names per mx and ptr, temperror on DNS
 * trouble at once, the whole record parsed before any term counts. A void lookup is counted once a
 * term (§4.6.4 limits terms), so an mx with several hosts that have no address makes one.
 * Deviations: none known. Beyond the verdict, spf_survey() walks the complete record tree past
 * every limit (bounded by SPF_SURVEY_LOOKUPS and by the octets read). Terms behind `all` are never
 * evaluated by anybody and cost nothing in it.
 */
#ifndef MAILASSAY_AUTH_SPF_H
#define MAILASSAY_AUTH_SPF_H

#include "analyzer/base/bytes.h"
#include "analyzer/dns/dns.h"

enum {
    SPF_MAX_LOOKUPS = 10,
    SPF_MAX_VOID = 2,
    SPF_SURVEY_LOOKUPS = 100,
    SPF_SURVEY_HOSTS = 100, /* names that spf_survey_hosts() asks about in one survey */
};

/* RFC 7208 §2.6 */
typedef enum SpfResult {
    SPF_NONE,
    SPF_NEUTRAL,
    SPF_PASS,
    SPF_FAIL,
    SPF_SOFTFAIL,
    SPF_TEMPERROR,
    SPF_PERMERROR,
} SpfResult;
const char *spf_result_name(SpfResult result);

typedef enum SpfTermKind {
    SPF_ALL,
    SPF_INCLUDE,
    SPF_A,
    SPF_MX,
    SPF_PTR,
    SPF_IP4,
    SPF_IP6,
    SPF_EXISTS,
    SPF_REDIRECT,
    SPF_EXP,
    SPF_UNKNOWN_MODIFIER,
    SPF_INVALID, /* makes the record permerror */
} SpfTermKind;
const char *spf_term_kind_name(SpfTermKind kind);

typedef enum SpfOutcome {
    SPF_NOT_REACHED, /* an earlier term decided, or not applicable */
    SPF_NO_MATCH,
    SPF_MATCH,
    SPF_TERM_TEMPERROR,
    SPF_TERM_PERMERROR,
} SpfOutcome;
const char *spf_outcome_name(SpfOutcome outcome);

/* Why a record or evaluation is permerror or temperror, and other facts for a linter. */
typedef enum SpfProblem {
    SPF_OK,
    SPF_PROBLEM_SYNTAX,   /* an invalid term */
    SPF_PROBLEM_MULTIPLE, /* several v=spf1 records at one name */
    SPF_PROBLEM_LOOKUP_LIMIT,
    SPF_PROBLEM_VOID_LIMIT,
    SPF_PROBLEM_NAME_LIMIT, /* more than 10 MX names */
    SPF_PROBLEM_NO_RECORD,  /* include or redirect to a name without a record */
    SPF_PROBLEM_LOOP,       /* a record includes itself: ends at the lookup limit */
    SPF_PROBLEM_DNS,
    SPF_PROBLEM_BAD_NAME, /* a domain-spec expands to no usable name */
} SpfProblem;
const char *spf_problem_name(SpfProblem problem);

typedef struct SpfRecord SpfRecord;

/* The addresses that an a or mx term stands for, of both families. */
typedef struct SpfHosts {
    char **addresses;  /* as DNS gives them, name by name; NULL-terminated */
    bool complete;     /* DNS told all of them */
    bool void4, void6; /* the term is a void lookup for a client of that family */
} SpfHosts;

typedef struct SpfTerm {
    Span text; /* in SpfRecord.text */
    size_t offset;
    char qualifier; /* '+', '-', '~', '?' */
    SpfTermKind kind;
    char *domain_spec; /* as written, or NULL */
    char *domain;      /* expanded target asked about, or NULL when not reached or none */
    char *network;     /* ip4/ip6: "192.0.2.0/24"; a/mx with a prefix length: that, else NULL */
    unsigned prefix4, prefix6; /* cidr lengths; 32 and 128 by default */
    SpfOutcome outcome;
    SpfProblem problem;
    char *detail;     /* the address or name that matched, or what is wrong; or NULL */
    unsigned lookups; /* of RFC 7208 §4.6.4, this term and all below it */
    unsigned voids;
    SpfRecord *child; /* include and redirect, when followed; owned */
    SpfHosts *hosts;  /* a and mx, after spf_survey_hosts(); owned */
} SpfTerm;

struct SpfRecord {
    char *domain;            /* whose record */
    const DnsAnswer *answer; /* TXT, borrowed; NULL when never asked */
    char *text;              /* NULL when there is no single v=spf1 record */
    size_t candidates;       /* v=spf1 records found at the name */
    SpfTerm *terms;
    size_t n;
    SpfResult result; /* of this record as a check_host() call */
    SpfProblem problem;
    size_t problem_offset; /* in text */
};

typedef struct SpfInput {
    const char *ip; /* IPv4 or IPv6; IPv4-mapped IPv6 is taken as IPv4 (§5) */
    const char *helo;
    const char *mail_from; /* "" for the null sender: postmaster@helo is used (§2.4) */
    const char *receiver;  /* %{r}; NULL is "unknown" */
    int64_t now_s;         /* %{t} in exp= */
} SpfInput;

typedef enum SpfIdentity { SPF_MAIL_FROM, SPF_HELO } SpfIdentity;

typedef struct SpfCheck {
    SpfIdentity identity;
    bool evaluable;      /* false: no client IP, or nothing to check; see missing */
    const char *missing; /* "client-ip", "mail-from", "helo" or "" */
    SpfResult result;
    SpfProblem problem; /* of the deciding record */
    char *domain;       /* checked; as given when it is no domain name; NULL when there is none */
    char *sender;       /* local-part@domain as used */
    SpfRecord *record;  /* root of the tree; NULL when result came before any record */
    char *explanation;  /* exp= of the domain, expanded (§6.2), or NULL */
    char *matched;      /* "include:_spf.example.com > ip4:192.0.2.0/24", or NULL */
    unsigned lookups, voids; /* spent by the verdict */
} SpfCheck;

SpfCheck *spf_check(SpfIdentity identity, const SpfInput *input, DnsSession *dns);
void spf_check_free(SpfCheck *check);

/* The complete record, all terms, whatever the IP: what it costs and where it is broken. */
typedef struct SpfSurvey {
    char *domain;
    SpfRecord *
        record; /* the tree with lookups and voids counted everywhere; outcomes mean nothing here */
    unsigned lookups, voids; /* over the whole tree */
    bool truncated;          /* stopped at SPF_SURVEY_LOOKUPS, or at 256 KB of records */
    bool has_plus_all, has_ptr, has_terms_after_all, has_redirect_with_all, has_no_all;
    char all_qualifier; /* of the effective all; 0 when there is none */
    char **includes;    /* every include target in the tree, NULL-terminated */
    char **near_misses; /* TXT records that nearly are SPF ("v=spf 1", "spf1 ...", quoted),
                           NULL-terminated */
    char *nearest;      /* for `ip`: the network that misses it by least, "192.0.2.0/25 of
                           _spf.example.com", or NULL */
} SpfSurvey;
/* ip may be NULL: then macros that need it are counted but not followed, and nearest is NULL. */
SpfSurvey *spf_survey(const char *domain, const SpfInput *input, DnsSession *dns);
void spf_survey_free(SpfSurvey *survey);
/* Whether an include of that domain is evaluated somewhere in the tree. */
bool spf_survey_includes(const SpfSurvey *survey, const char *domain);
/* Fills in `hosts` of the terms that are evaluated and have no macros: what stands behind the names
 * now, whoever the client is. It costs two questions for each mail exchanger. */
void spf_survey_hosts(SpfSurvey *survey, DnsSession *dns);
/* Starts its questions; to be called for all surveys before the first is filled in. */
void spf_survey_hosts_prefetch(const SpfSurvey *survey, DnsSession *dns);

/* Parses one record without DNS: what a proposed record is checked with. Owned. */
SpfRecord *spf_record_parse(const char *domain, Span text);
void spf_record_free(SpfRecord *record);

/* Starts what an evaluation will ask first. */
void spf_prefetch(SpfIdentity identity, const SpfInput *input, DnsSession *dns);

#endif
