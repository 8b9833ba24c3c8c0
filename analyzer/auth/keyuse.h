/* keyuse.h - which key made the signatures that a message has for a signing domain: configuration x
 * DNS x message, as one word.
 *
 * RSA tells by its padding which key made a signature, whatever was changed since (RFC 8017
 * §8.2.2); Ed25519 only when the signature verifies. Beside the configured key those in DNS and all
 * others of the profile are tried, switched off or another tenant's as they may be.
 */
#ifndef MAILASSAY_AUTH_KEYUSE_H
#define MAILASSAY_AUTH_KEYUSE_H

#include "analyzer/auth/dkim.h"
#include "analyzer/auth/publication.h"
#include "analyzer/profile.h"

typedef enum KeyUse {
    /* a signature under the domain and selector is there, made with the configured key */
    KEYUSE_IN_ORDER,     /* DNS has the same key, and the signature passes */
    KEYUSE_FAILS,        /* DNS has the same key; that the signature fails has another reason */
    KEYUSE_DNS_OTHER,    /* DNS has another key */
    KEYUSE_DNS_UNUSABLE, /* DNS has no key that can be used: the publication says why */
    KEYUSE_DNS_UNKNOWN,  /* DNS does not tell */
    KEYUSE_INACTIVE,     /* the entry is switched off */
    /* a signature is there, made with another key */
    KEYUSE_PUBLISHED, /* the one in DNS: the profile is behind */
    KEYUSE_OF_OTHER,  /* the key of another entry of the profile */
    KEYUSE_FOREIGN,   /* no key of DNS or profile; or b= is damaged */
    /* a signature is there, and its key cannot be told */
    KEYUSE_UNCOMPARED, /* the profile has no key for the entry */
    KEYUSE_UNTOLD,     /* Ed25519 that does not verify, or no b= */
    /* no signature under the domain and selector is there */
    KEYUSE_OTHER_NAME,     /* the configured key signed under another domain or selector */
    KEYUSE_OTHER_SELECTOR, /* the domain signs under a selector that the profile does not have */
    KEYUSE_UNSIGNED,
    KEYUSE_IDLE, /* and the entry is switched off */
} KeyUse;
const char *keyuse_name(KeyUse use); /* "in-order", "dns-other" ... */

typedef struct KeyUseFound {
    bool has_signature;  /* a DKIM-Signature of domain and selector is on the message */
    size_t signature;    /* index into DkimCheck.signatures: a passing one before others */
    bool other_selector; /* a signature of the domain with a selector that is not configured */
    bool signed_with_configured_key; /* a signature, of whatever d=, is made with the configured key
                                      */
    const SigningDomain *signer;     /* with KEYUSE_OF_OTHER: whose key it is. Borrowed */
    KeyUse use;
} KeyUseFound;

/* published: the single record at the entry's name, or NULL. */
KeyUseFound keyuse_find(const SigningDomain *entry, const Profile *profile,
                        KeyPublication publication, const KeyRecord *published,
                        const DkimCheck *dkim);

#endif
