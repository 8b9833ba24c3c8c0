/* profile.h - what the operator configured: signing domains, SPF include, own hosts, trusted
 * receivers, house rules.
 *
 * An XML file; analyzer/profile.xsd (built in) is its description and its manual. Loading is
 * strict: the first fault names file, line and remedy. Files it names are relative to it; private
 * keys must be closed to others on the system, and only their public half is kept. Immutable after
 * load. Other tenants' data never leaves here except through profile_domain_*().
 */
#ifndef MAILASSAY_PROFILE_H
#define MAILASSAY_PROFILE_H

#include "analyzer/base/pubkey.h"

typedef struct SigningDomain {
    char *domain;   /* normal form */
    char *selector; /* normal form */
    char *tenant;   /* or NULL */
    bool active;
    HashAlg hash; /* sha256 unless configured otherwise (and then reported) */
    KeyType key_type;
    unsigned key_bits; /* configured length; 0 when not given */
    Pubkey *key;       /* the configured public key; NULL when the profile has none */
    char *p_value;     /* of key, or NULL */
} SigningDomain;

/* A rule whose weight or severity the operator changed, or that is switched off until a day. */
typedef struct RuleSetting {
    char *rule;
    bool off;
    char *reason;    /* obligatory when off */
    int64_t until_s; /* end of the exemption; 0: no end given */
    char *severity;  /* or NULL */
    bool has_weight;
    unsigned weight;
} RuleSetting;

/* A DNS block list that is to be asked (RFC 5782). */
typedef struct BlockList {
    char *zone;      /* normal form */
    char *name;      /* for people; or NULL */
    bool of_domains; /* else of addresses */
} BlockList;

typedef struct Profile {
    char *path;
    char *operator_name; /* or NULL */
    char *spf_include;   /* normal form, or NULL */
    char *key_host; /* below it stand keys that customers point to with a CNAME; normal form, or
                       NULL */
    SigningDomain *domains;
    size_t n_domains;
    char **own_hosts;         /* host names, addresses and CIDR networks of the operator's relays,
                                 NULL-terminated */
    char **trusted_receivers; /* NULL-terminated */
    char *rule_profile;       /* "transactional" or "newsletter" */
    RuleSetting *settings;
    size_t n_settings;
    BlockList *block_lists; /* none unless the operator names them */
    size_t n_block_lists;
    char *house; /* whose report it is, for the head of the report; NULL: the operator's name */
    char *logo;  /* data: URI for the report, or NULL */
    unsigned warn_below,
        fail_below; /* score thresholds for the report's colours; 90 and 70 by default */
} Profile;

/* GError: profile_error_quark(); the message names file, line and remedy. */
Profile *profile_load(const char *path, GError **error);
/* A profile that lists nothing. */
Profile *profile_new_empty(void);
void profile_free(Profile *profile);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Profile, profile_free)
GQuark profile_error_quark(void);

/* Adds a block list: "zen.example", or "domain:dbl.example" for one of domains. GError for the
 * user when that names none. */
bool profile_add_block_list(Profile *profile, const char *text, GError **error);

/* First entry for the domain that is active, else the first inactive one, else NULL. */
const SigningDomain *profile_find(const Profile *profile, const char *domain);
const SigningDomain *profile_find_selector(const Profile *profile, const char *domain,
                                           const char *selector);
/* Whether ip lies in own_hosts (addresses and networks), or host equals one of the names. Either
 * may be NULL. */
bool profile_is_own_host(const Profile *profile, const char *ip, const char *host);

#endif
