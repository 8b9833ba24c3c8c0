/* spf_internal.h - what the files of the SPF module share; nobody else includes it.
 *
 * spf_record.c reads records, spf_macro.c expands macros, spf_match.c asks the mechanisms, spf.c is
 * check_host(), spf_survey.c walks the whole tree, spf_hosts.c asks what it stands for. All
 * sections are those of RFC 7208.
 */
#ifndef MAILASSAY_AUTH_SPF_INTERNAL_H
#define MAILASSAY_AUTH_SPF_INTERNAL_H

#include "analyzer/auth/spf.h"

enum {
    SPF_MAX_MX_NAMES = 10,  /* §4.6.4 */
    SPF_MAX_PTR_NAMES = 10, /* §4.6.4 */
    SPF_MAX_PREFETCH = 20,  /* questions started ahead for one record */
    SPF_MAX_NAME = 253,     /* §7.3: longer expansions lose labels on the left */
    SPF_MACRO_BUDGET =
        1 << 20, /* octets one check may put through macros: no honest record comes near */
};

typedef struct SpfIp {
    bool v6;
    uint8_t octets[16]; /* the first 4 for IPv4 */
} SpfIp;

/* The state of one check or survey. */
typedef struct SpfEval {
    DnsSession *dns;
    bool has_ip;
    SpfIp ip;
    char *ip_text;               /* for %{c}; owned */
    char *local, *sender_domain; /* owned; NULL when there is no sender */
    const char *helo;            /* NULL when not known */
    const char *receiver;
    int64_t now_s;
    GPtrArray *validated; /* names of the client that are confirmed (§5.5); NULL until asked for */
    DnsStatus ptr_status; /* of the PTR question behind them */
    unsigned lookups, voids;
    size_t macro_spent;
} SpfEval;

void spf_eval_init(SpfEval *eval, const SpfInput *input, DnsSession *dns);
void spf_eval_clear(SpfEval *eval);

/* spf_record.c */
SpfRecord *spf_record_new(const char *domain);
/* §4.4 and §4.5: asks for TXT and parses the single v=spf1 record. result and problem say what came
 * of it; terms are there only when a record is. */
SpfRecord *spf_record_fetch(const char *domain, DnsSession *dns);
/* True when the record can be evaluated: there is one and its syntax is right. */
bool spf_record_is_evaluable(const SpfRecord *record);
/* The first term of that kind, or NULL. */
SpfTerm *spf_record_find(const SpfRecord *record, SpfTermKind kind);
/* Starts what the terms without macros will ask; v4 and v6 say which addresses matter. */
void spf_record_prefetch(const SpfRecord *record, bool v4, bool v6, DnsSession *dns);

/* spf_macro.c. The checks return NULL when the syntax is right, otherwise one clause on what is
 * wrong. */
const char *spf_macro_string_defect(Span text, bool in_explanation);
const char *spf_domain_spec_defect(Span text);
/* §7.3. NULL when no name comes of it; *known is false when that is for lack of a client address,
 * HELO or sender. */
char *spf_expand_name(SpfEval *eval, const char *domain, const char *spec, bool *known);
/* §6.2. NULL when the text is no explain-string, or what comes of it is not printable ASCII. */
char *spf_expand_explanation(SpfEval *eval, const char *domain, Span text);

/* spf_match.c */
/* An address in any notation inet_pton takes; IPv4-mapped IPv6 becomes IPv4 (§5) when `mapped` says
 * so. */
bool spf_ip_parse(const char *text, bool mapped, SpfIp *ip);
bool spf_ip_within(const SpfIp *ip, const SpfIp *network, unsigned prefix);
/* "192.0.2.0/24", host bits cleared. Owned. */
char *spf_network_text(const SpfIp *network, unsigned prefix);
/* The inverse; false when it is none. */
bool spf_network_parse(const char *text, SpfIp *network, unsigned *prefix);
/* The target of a term: its domain-spec expanded, or `domain` itself. Sets term->domain. */
bool spf_term_target(SpfEval *eval, SpfTerm *term, const char *domain);
/* Evaluates one mechanism other than all and include for a record of `domain`. */
SpfOutcome spf_match(SpfEval *eval, SpfTerm *term, const char *domain);
/* Confirmed names of the client address (§5.5), at most 10 asked; borrowed from eval. */
const GPtrArray *spf_validated_names(SpfEval *eval);
/* §4.6.4: a term counts once, however many of its questions found nothing. False when the limit is
 * passed. */
bool spf_count_void(SpfEval *eval, SpfTerm *term);
static inline bool spf_status_is_void(DnsStatus status)
{
    return status == DNS_NODATA || status == DNS_NXDOMAIN;
}
/* §2.6.6, §4.4: everything but an answer, "no such name", "no such type" and a name that cannot be
 * asked. */
static inline bool spf_status_is_trouble(DnsStatus status)
{
    return status != DNS_OK && !spf_status_is_void(status) && status != DNS_BAD_NAME;
}

#endif
