/* domaincheck.h - what DNS says of signing domains, without any message: key records, SPF, DMARC,
 * and whether bounces can come back.
 *
 * RFC 6376 §3.6, 7208, 9989 §4.10, 5321 §5.1, 7505. Facts only: how bad one is, and its words, are
 * for who shows them. Deviations: SPF macros that need a sender's address are counted but not
 * followed.
 *
 * Time: every question that can be known is started before the first answer is waited for, for all
 * domains together, and so is each next level (SPF includes, addresses of mail exchangers, places
 * where a missing key may be). The number of waits is bound by the depth of SPF records, not by the
 * number of domains. Lifetime: the result borrows from profile, names and session.
 */
#ifndef MAILASSAY_DOMAINCHECK_H
#define MAILASSAY_DOMAINCHECK_H

#include "analyzer/auth/dmarc.h"
#include "analyzer/auth/publication.h"
#include "analyzer/auth/spf.h"
#include "analyzer/profile.h"

typedef enum DomainPart { PART_KEY, PART_SPF, PART_DMARC, PART_BOUNCES, DOMAIN_PARTS } DomainPart;
const char *domain_part_name(DomainPart part); /* "key", "spf", "dmarc", "bounces" */

/* What the fields of a DomainFact hold stands beside each; object is always a DNS name. */
typedef enum DomainFactId {
    /* the key record: first the state, then what exactly differs */
    FACT_KEY_VALID,
    FACT_KEY_UNCOMPARED,
    FACT_KEY_UNKNOWN, /* found: what DNS said */
    FACT_KEY_MISSING,
    FACT_KEY_MISMATCH,
    FACT_KEY_MALFORMED, /* found: the defect */
    FACT_KEY_MULTIPLE,  /* n records */
    FACT_KEY_REVOKED,
    FACT_KEY_TRUNCATED,
    FACT_KEY_CUT_AT_BORDER,  /* n characters are missing after `of` octets of the record, a multiple
                                of 255 */
    FACT_KEY_CUT,            /* n characters are missing at the end of p= */
    FACT_KEY_OCTETS_MISSING, /* n octets of `of`; when there is no key to compare with */
    FACT_KEY_PIECE_LOST,     /* n characters after the first `of` of p= */
    FACT_KEY_PIECE_ADDED,    /* n characters too many after the first `of` */
    FACT_KEY_CHARACTERS,     /* n characters differ, the first is number `of` of p= */
    FACT_KEY_QUOTED,
    FACT_KEY_ESCAPED,
    FACT_KEY_PEM,
    FACT_KEY_URL_SAFE,
    FACT_KEY_NO_P,
    FACT_KEY_TAGS,          /* found: what is wrong with the tags around a sound p= */
    FACT_KEY_SPACES,        /* n blanks in p= */
    FACT_KEY_SPLIT,         /* one key in n records */
    FACT_KEY_AMONG_SEVERAL, /* ours is one of n */
    FACT_KEY_DANGLING,      /* found: the name that the alias leads to and that is gone */
    FACT_KEY_NAME_IN_TEXT,  /* found: the name, meant for a CNAME */
    FACT_KEY_WILDCARD,      /* any selector gives this answer */
    FACT_KEY_FOREIGN,       /* found: the text that stands there */
    FACT_KEY_OF_DOMAIN,     /* object: key name of the configured domain whose key it is */
    FACT_KEY_OF_SELECTOR,   /* object: as before, with the same domain */
    FACT_KEY_DOUBLED_NAME,  /* object: where it stands */
    FACT_KEY_NO_UNDERSCORE, /* object */
    FACT_KEY_OTHER_LABEL,   /* object */
    FACT_KEY_OTHER_LEVEL,   /* object */
    FACT_KEY_OTHER_SIZE,    /* n bits published, `of` configured */
    FACT_KEY_OTHER_TYPE,    /* found: type published */
    FACT_KEY_SHORT,         /* n bits published */
    FACT_KEY_PRIVATE,       /* the private key is public */
    FACT_KEY_TESTING,
    FACT_KEY_HASH_EXCLUDED,    /* h= without sha256 */
    FACT_KEY_SERVICE_EXCLUDED, /* s= without email */
    FACT_KEY_INACTIVE_PUBLISHED,
    FACT_KEY_INACTIVE_WITHDRAWN,
    FACT_PROFILE_SHORT, /* n bits configured */
    FACT_PROFILE_SHA1,
    FACT_PROFILE_UNLISTED, /* domain and selector are not in the profile */

    FACT_SPF_VALID,   /* no include to look for; n lookups */
    FACT_SPF_UNKNOWN, /* object: whose record; found: what DNS said */
    FACT_SPF_MISSING,
    FACT_SPF_NEAR_MISS,         /* found: the text that nearly is a record */
    FACT_SPF_SEVERAL,           /* n records */
    FACT_SPF_SYNTAX,            /* found: the term, or the record */
    FACT_SPF_BROKEN_BELOW,      /* object: domain of the faulty record; found: the problem */
    FACT_SPF_INCLUDED,          /* term n of `of`; found: the include */
    FACT_SPF_INCLUDED_THROUGH,  /* found: the way, "a.example > b.example" */
    FACT_SPF_NOT_INCLUDED,      /* found: the include */
    FACT_SPF_INCLUDE_UNREACHED, /* behind all, or in a redirect beside all; found: the include */
    FACT_SPF_INCLUDE_WEAK,      /* found: the term, whose match is no pass */
    FACT_SPF_INCLUDE_TOO_LATE,  /* n lookups before it */
    FACT_SPF_LOOKUPS,           /* n of `of`: too many */
    FACT_SPF_LOOKUPS_NEAR,      /* n of `of`: none left for another include */
    FACT_SPF_VOIDS,             /* n of `of` */
    FACT_SPF_PLUS_ALL,

    FACT_DMARC_POLICY,    /* found: quarantine or reject */
    FACT_DMARC_INHERITED, /* found: the policy; object: the domain above whose record it is */
    FACT_DMARC_NO_POLICY, /* p=none */
    FACT_DMARC_NO_REPORTS,
    FACT_DMARC_TESTING,
    FACT_DMARC_UNKNOWN, /* found */
    FACT_DMARC_MISSING,
    FACT_DMARC_SEVERAL,  /* n */
    FACT_DMARC_UNUSABLE, /* found: the record */

    FACT_MX_FOUND,       /* n exchangers */
    FACT_MX_IMPLICIT,    /* no MX, but an address: RFC 5321 §5.1 */
    FACT_MX_UNKNOWN,     /* found */
    FACT_MX_NULL,        /* RFC 7505: takes no mail at all */
    FACT_MX_NOWHERE,     /* neither MX nor address */
    FACT_MX_DOMAIN_GONE, /* NXDOMAIN */
    FACT_MX_HOST_GONE,   /* object: an exchanger without an address; n of `of` are so */
    FACT_MX_HOSTS_GONE,  /* all are; object: one of them */
    FACT_MX_HOST_ALIAS,  /* object: an exchanger that is a CNAME (RFC 5321 §5.1) */
    DOMAIN_FACTS,
} DomainFactId;
const char *domain_fact_name(DomainFactId id); /* kebab-case, stable, unique within its part */

typedef struct DomainFact {
    DomainFactId id;
    char *object, *found; /* or NULL */
    size_t n, of;
} DomainFact;

/* One selector of a domain. */
typedef struct KeyCheck {
    const char *domain, *selector;
    const SigningDomain *configured; /* NULL for a selector that is not in the profile */
    const Pubkey *expected;          /* what should be published; NULL when it is not known */
    bool active;
    char *name; /* selector._domainkey.domain */
    const DnsAnswer *answer;
    KeyRecord *published; /* the single record, or NULL */
    KeyPublication publication;
    GArray *facts; /* of DomainFact */
} KeyCheck;

typedef struct DomainCheck {
    const char *domain, *tenant; /* tenant may be NULL */
    bool active;                 /* one of its selectors is */
    KeyCheck *keys;
    size_t n_keys;
    SpfSurvey *spf; /* NULL, as dmarc is, and no facts, when all of it is switched off. With hosts
                       when it exceeds a limit, or would with the operator's include */
    DmarcWalk *dmarc;
    GArray *facts[DOMAIN_PARTS]; /* of DomainFact; [PART_KEY] is NULL: they are in keys */
} DomainCheck;

typedef struct DomainChecks {
    const Profile *profile;
    DomainCheck *domains;
    size_t n;
    SpfSurvey *include; /* of the operator's include; NULL without one */
} DomainChecks;

/* domains: in normal form; none means all of the profile, in its order. selectors are looked at
 * beside the configured ones. Both NULL-terminated, or NULL. */
DomainChecks *domaincheck(const Profile *profile, const char *const *domains,
                          const char *const *selectors, DnsSession *dns);
void domainchecks_free(DomainChecks *checks);

/* The key part alone, for a key at hand: is it the one that DNS has? To be freed with
 * keycheck_free. */
KeyCheck *keycheck(const Profile *profile, const char *domain, const char *selector,
                   const Pubkey *expected, DnsSession *dns);
void keycheck_free(KeyCheck *check);

#endif
