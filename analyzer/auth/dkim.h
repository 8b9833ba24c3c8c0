/* dkim.h - DKIM signatures: RFC 6376, 8301 (algorithms), 8463 (Ed25519), 8616 (internationalised
 * mail).
 *
 * Every signature gets three independent verdicts - key, header, body - and one result in the words
 * of RFC 8601 that follows from them and from policy. rsa-sha1 and RSA below 1024 bits are computed
 * (crypto) and never pass (8301 §3). ARC-Message-Signature and ARC-Seal use the same parser and
 * verdicts (see arc.h). Deviations: an empty item in h= ("from::to") names no field instead of
 * being a syntax error.
 *
 * Results: permerror when signature or key record can never be right (syntax, missing tags,
 * missing, revoked or unsuitable key, rsa-sha1, short key); neutral when it may be right but is not
 * for us to say (unknown version, algorithm, canonicalization or query method; body not supplied;
 * over the limit); temperror on DNS trouble; fail when header or body do not verify; policy when
 * all verifies but it is expired, of the future, or the message has several From fields.
 *
 * Work is bounded: at most DKIM_MAX_SIGNATURES are verified, the others up to DKIM_MAX_LISTED are
 * listed as not evaluated. A signature field over 1 MiB, with over 1000 tags or over 100,000 names
 * in h= is a syntax error. Lifetime: signatures own their strings; spans point into the Source; key
 * answers are borrowed from the DnsSession.
 */
#ifndef MAILASSAY_AUTH_DKIM_H
#define MAILASSAY_AUTH_DKIM_H

#include "analyzer/auth/canon.h"
#include "analyzer/auth/fieldindex.h"
#include "analyzer/base/pubkey.h"
#include "analyzer/base/taglist.h"
#include "analyzer/dns/dns.h"
#include "analyzer/message/source.h"

enum { DKIM_MAX_SIGNATURES = 50, DKIM_MAX_LISTED = 1000, DKIM_MAX_KEY_RECORDS = 10 };

/* RFC 8601 §2.7.1 */
typedef enum DkimResult {
    DKIM_NONE,
    DKIM_NEUTRAL,
    DKIM_PASS,
    DKIM_FAIL,
    DKIM_POLICY,
    DKIM_TEMPERROR,
    DKIM_PERMERROR,
} DkimResult;
const char *dkim_result_name(DkimResult result);

typedef enum DkimKeyVerdict {
    DKIM_KEY_NOT_ASKED, /* no usable d= and s= to ask for, or over the limit */
    DKIM_KEY_USABLE,
    DKIM_KEY_MISSING,     /* NXDOMAIN, NODATA, or a CNAME to a name that has no TXT */
    DKIM_KEY_UNAVAILABLE, /* DNS trouble */
    DKIM_KEY_REVOKED,
    DKIM_KEY_MALFORMED,  /* record(s) there, none usable */
    DKIM_KEY_MULTIPLE,   /* several usable records: tried in turn, `key` is the one that verified or
                            the first */
    DKIM_KEY_UNSUITABLE, /* well-formed but forbids this use: k=, h=, s=, t=s */
} DkimKeyVerdict;
const char *dkim_key_verdict_name(DkimKeyVerdict verdict);

typedef enum DkimHeaderVerdict {
    DKIM_HEADER_NOT_EVALUATED, /* no key, or b= cannot be read */
    DKIM_HEADER_VERIFIES,
    DKIM_HEADER_CHANGED,      /* RSA: the key made this signature, over other header fields */
    DKIM_HEADER_KEY_OR_VALUE, /* RSA: padding or length says other key, or damaged b= */
    DKIM_HEADER_WRONG_HASH,   /* RSA: signed with another hash than a= says */
    DKIM_HEADER_UNVERIFIED,   /* Ed25519: does not verify; no more can be told */
} DkimHeaderVerdict;
const char *dkim_header_verdict_name(DkimHeaderVerdict verdict);

typedef enum DkimBodyVerdict {
    DKIM_BODY_NOT_EVALUATED, /* no bh=, or unknown algorithm or canonicalization */
    DKIM_BODY_MATCHES,
    DKIM_BODY_DIFFERS,
    DKIM_BODY_NOT_SUPPLIED, /* no body, or only white space, and that is not what was signed */
} DkimBodyVerdict;
const char *dkim_body_verdict_name(DkimBodyVerdict verdict);

/* Why the result is not pass, most decisive first; NULL-free bit set, because several can hold. */
typedef enum DkimProblem {
    DKIM_PROBLEM_SYNTAX = 1 << 0,      /* not a tag list, bad tag value: defect_* */
    DKIM_PROBLEM_MISSING_TAG = 1 << 1, /* v a b bh d h s */
    DKIM_PROBLEM_VERSION = 1 << 2,
    DKIM_PROBLEM_ALGORITHM = 1 << 3, /* unknown a= */
    DKIM_PROBLEM_CANON = 1 << 4,     /* unknown c= */
    DKIM_PROBLEM_QUERY = 1 << 5,     /* q= without dns/txt */
    DKIM_PROBLEM_FROM_NOT_SIGNED = 1 << 6,
    DKIM_PROBLEM_IDENTITY = 1 << 7,        /* i= not at or below d= */
    DKIM_PROBLEM_STRICT_IDENTITY = 1 << 8, /* key t=s and i= domain is not d= */
    DKIM_PROBLEM_EXPIRED = 1 << 9,         /* x= before the time of judgement */
    DKIM_PROBLEM_FUTURE = 1 << 10,         /* t= after it (more than 5 minutes) */
    DKIM_PROBLEM_X_BEFORE_T = 1 << 11,
    DKIM_PROBLEM_SHA1 = 1 << 12,          /* RFC 8301 §3.1 */
    DKIM_PROBLEM_SHORT_KEY = 1 << 13,     /* RSA below 1024, RFC 8301 §3.2 */
    DKIM_PROBLEM_KEY_HASH = 1 << 14,      /* key h= excludes it */
    DKIM_PROBLEM_KEY_SERVICE = 1 << 15,   /* key s= excludes email */
    DKIM_PROBLEM_KEY_TYPE = 1 << 16,      /* key k= is not of a= */
    DKIM_PROBLEM_LENGTH = 1 << 17,        /* l= beyond the body */
    DKIM_PROBLEM_MULTIPLE_FROM = 1 << 18, /* more than one From field: RFC 6376 §8.15 */
    DKIM_PROBLEM_PUBLIC_SUFFIX = 1 << 19, /* reserved */
    DKIM_PROBLEM_OVER_LIMIT = 1 << 20,    /* beyond DKIM_MAX_SIGNATURES */
    DKIM_PROBLEM_DOMAIN = 1 << 21,        /* d= or s= is no domain name */
} DkimProblem;

typedef enum SignatureKind {
    SIGNATURE_DKIM,
    SIGNATURE_ARC_MESSAGE,
    SIGNATURE_ARC_SEAL
} SignatureKind;

/* One mention in h=: which field it takes (§5.4.2: the n-th mention takes the n-th instance from
 * the bottom). */
typedef struct SignedName {
    char *name;   /* as in h=, lower case */
    bool present; /* false: the null string (over-signed) */
    size_t field; /* index into Source.fields when present */
} SignedName;

typedef struct DkimSignature {
    SignatureKind kind;
    size_t field; /* index into Source.fields */
    TagList tags;
    unsigned problems;      /* DkimProblem bits */
    size_t defect_offset;   /* in the field's value; meaningful with DKIM_PROBLEM_SYNTAX */
    const char *defect_tag; /* "bh", "l" ... static; "" when the list itself is broken */

    KeyType key_type; /* a= */
    HashAlg hash;
    Canon header_canon, body_canon;
    char *domain;          /* d= in normal form, or NULL */
    char *selector;        /* s= in normal form, or NULL */
    char *identity;        /* i= decoded, default "@d" */
    char *identity_domain; /* its domain in normal form, or NULL */
    GByteArray *signature; /* b=, or NULL */
    GByteArray *body_hash; /* bh=, or NULL */
    size_t b_start, b_end; /* of the b= value, offsets in the field's raw span */
    bool has_length, has_time, has_expiry;
    uint64_t length;   /* l= */
    uint64_t time_s;   /* t= */
    uint64_t expiry_s; /* x= */
    unsigned instance; /* i= of the ARC kinds, 1..50; else 0 */
    SignedName *names; /* h= in order */
    size_t n_names;
    size_t n_repeats; /* names over-signed: mentions without an instance */
    char *names_text; /* what the names point into */

    char *key_name;              /* selector._domainkey.domain, or NULL */
    const DnsAnswer *key_answer; /* NULL when not asked */
    KeyRecord **keys;            /* parsed records, owned */
    size_t n_keys;
    size_t key_index; /* which of keys was used; n_keys when none */

    DkimKeyVerdict key;
    DkimHeaderVerdict header;
    DkimBodyVerdict body;
    bool crypto_pass; /* arithmetic of header and body both verify, policy aside */
    DkimResult result;

    uint8_t header_digest[32]; /* what the header fields as received hash to */
    bool recovered;            /* RSA padding was valid: what the signer hashed is known */
    HashAlg recovered_hash;
    uint8_t recovered_digest[32];
    RecoverResult recover; /* meaningful when an RSA key was usable */
    uint8_t computed_body_hash[32];
    uint64_t canonical_body_size;
} DkimSignature;

typedef struct DkimCheck {
    DkimSignature *signatures; /* in the order of the fields, top first */
    size_t n;                  /* at most DKIM_MAX_LISTED */
    size_t n_fields;           /* DKIM-Signature fields on the message */
    DkimResult result;         /* the best of all: pass if any passes */
} DkimCheck;

/* Parse only: no DNS, no hashing. Always returns; see problems. Sets everything up to and with
 * key_name. */
void dkim_signature_parse(DkimSignature *signature, const Source *source, size_t field,
                          SignatureKind kind);
/* The same with an index made before. NULL: the names in h= are not looked up. */
void dkim_signature_parse_indexed(DkimSignature *signature, const Source *source,
                                  const FieldIndex *index, size_t field, SignatureKind kind);
void dkim_signature_clear(DkimSignature *signature);

/* now_s: the time of judgement for t= and x= (time of receipt when known). */
DkimCheck *dkim_check(const Source *source, DnsSession *dns, int64_t now_s);
void dkim_check_free(DkimCheck *check);
/* Starts the key questions of all signatures; dkim_check asks them again and waits. */
void dkim_prefetch(const Source *source, DnsSession *dns);

/* Verifies signatures that are parsed already, all in one walk over the body; arc.c uses it. Works
 * for the DKIM and ARC-Message-Signature kinds. */
void dkim_verify(DkimSignature **signatures, size_t n, const Source *source, DnsSession *dns,
                 int64_t now_s);
/* Fetches and parses the key record(s) at key_name: sets key_answer, keys, key, key_index and the
 * key's problems. */
void dkim_fetch_key(DkimSignature *signature, DnsSession *dns);
/* Verifies b= over a canonical header block with the fetched key(s): sets header, recovered*,
 * key_index. */
void dkim_verify_header(DkimSignature *signature, Span canonical_block);

/* The header block as hashed: signed fields in h= order, then the signature field itself. */
void dkim_header_block(const DkimSignature *signature, const Source *source, CanonSink sink,
                       void *context);
/* The same as octets, and the canonical body as hashed, l= applied. Owned. */
GBytes *dkim_header_octets(const DkimSignature *signature, const Source *source);
GBytes *dkim_body_octets(const DkimSignature *signature, const Source *source);

#endif
