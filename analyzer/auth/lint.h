/* lint.h - what stands in a DNS record that its readers stumble over or ignore, each with its
 * place.
 *
 * SPF (RFC 7208), DKIM key records (RFC 6376 §3.6.1), DMARC (RFC 9989 §4.7, and RFC 7489 §6.3 for
 * receivers that still read by it), MTA-STS (RFC 8461 §3.1), TLS-RPT (RFC 8460 §3), BIMI
 * (draft-brand-indicators). The verdicts do not come from here: spf.h, pubkey.h and dmarc.h have
 * parsers of their own, which are as liberal as the standards are. Total and linear, but for the
 * terms of one SPF record, which are compared with each other up to LINT_MAX_TERMS.
 *
 * Lifetime: a Lint owns everything in it; offsets are in Lint.text.
 */
#ifndef MAILASSAY_AUTH_LINT_H
#define MAILASSAY_AUTH_LINT_H

#include "analyzer/base/taglist.h"
#include "analyzer/dns/dns.h"

enum { LINT_MAX_REMARKS = 100, LINT_MAX_TERMS = 200, LINT_SPF_OCTETS = 450 };

typedef enum LintCode {
    /* SPF */
    LINT_SPF_INVALID,               /* a term that is none: permerror (§4.6) */
    LINT_SPF_MECHANISM_AS_MODIFIER, /* "ip4=192.0.2.1": an unknown modifier, silently ignored (§6)
                                     */
    LINT_SPF_UNKNOWN_MODIFIER,
    LINT_SPF_HOST_BITS,       /* "192.0.2.17/24": the prefix reaches less far than the address */
    LINT_SPF_REPEATED,        /* a term that stands there already */
    LINT_SPF_PRIVATE_NETWORK, /* RFC 1918, loopback, link-local, unique local: never seen outside */
    LINT_SPF_MACRO_P,         /* %{p}: SHOULD NOT be used (§7.2) */
    LINT_SPF_LONG, /* over LINT_SPF_OCTETS: the answer may not fit a UDP packet (§3.4) */
    /* DKIM key record */
    LINT_KEY_UNKNOWN_TAG,
    LINT_KEY_OBSOLETE_TAG,    /* g= of RFC 4871 */
    LINT_KEY_UNKNOWN_FLAG,    /* t= with something else than y and s */
    LINT_KEY_UNKNOWN_SERVICE, /* s= with something else than * and email */
    LINT_KEY_UNKNOWN_HASH,    /* h= with something else than sha1 and sha256 */
    LINT_KEY_ESCAPED,         /* a backslash before ";", left over from a zone file */
    /* DMARC */
    LINT_DMARC_UNKNOWN_TAG,
    LINT_DMARC_OBSOLETE_TAG, /* pct, rf, ri: gone in RFC 9989 */
    LINT_DMARC_DUPLICATE_TAG,
    LINT_DMARC_MISSING_SEMICOLON, /* a value with white space and another "tag=" in it */
    LINT_DMARC_P_NOT_SECOND,      /* RFC 7489 §6.3 wants p= right behind v= */
    LINT_DMARC_SIZE_LIMIT,        /* "!10m" behind a URI: gone in RFC 9989 */
    LINT_DMARC_MANY_URIS,         /* RFC 7489 §6.2: receivers need not use more than two */
    LINT_DMARC_WITHOUT_MAILTO,    /* an address where a URI is due */
    LINT_DMARC_FO_WITHOUT_RUF,    /* §4.7: fo= is ignored */
    LINT_DMARC_EMPTY_TAG,         /* ";;" */
    /* MTA-STS, TLS-RPT, BIMI: what must be there and is not, or not as it must be */
    LINT_POLICY_VERSION,
    LINT_POLICY_TAG,
} LintCode;

typedef struct Remark {
    LintCode code;
    size_t offset, length;
    char *better; /* what was certainly meant, to stand in its place; or NULL */
} Remark;

typedef struct Lint {
    char *name; /* owner of the record */
    char *text; /* raw octets, NUL-terminated */
    size_t text_n;
    Remark *remarks; /* in the order of their codes' discovery; at most LINT_MAX_REMARKS */
    size_t n;
} Lint;

/* `text` begins with v=spf1. */
Lint *lint_spf(const char *name, Span text);
Lint *lint_key(const char *name, Span text);
Lint *lint_dmarc(const char *name, Span text);
/* The first record of an answer that wants to be one of its kind; NULL when there is none. */
Lint *lint_mta_sts(const DnsAnswer *answer);
Lint *lint_tls_rpt(const DnsAnswer *answer);
Lint *lint_bimi(const DnsAnswer *answer);
void lint_free(Lint *lint);
/* The first remark of that code; NULL when there is none, or lint is NULL. */
const Remark *lint_find(const Lint *lint, LintCode code);
/* How many records of an answer begin as that one does: "v=STSv1". */
size_t lint_count(const DnsAnswer *answer, const char *version);
/* The record with what was meant in place of every remark of that code; NULL when that is not
 * certain for all of them. Owned. */
char *lint_mended(const Lint *lint, LintCode code);

/* A TXT record at _dmarc that wants to be a DMARC record and is none, because v=DMARC1 does not
 * stand at its beginning in this spelling; NULL when there is none. Borrowed from the answer. */
const DnsRecord *lint_dmarc_near_miss(const DnsAnswer *answer);

/* For the files of this module. */
Lint *lint_new(const char *name, Span text);
/* Takes `better` over. Nothing when the list is full. */
void lint_note(Lint *lint, LintCode code, size_t offset, size_t length, char *better);

#endif
