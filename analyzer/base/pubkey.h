/* pubkey.h - DKIM key records (RFC 6376 §3.6.1, RFC 8301, RFC 8463) and the public-key operations
 * on them.
 *
 * A key is parsed once per record text and cached by whoever owns the KeyRecord. Reading threads
 * may share one. Deviation: a bare RSAPublicKey in p= is accepted (RFC 6376 §3.6.1's own words) and
 * reported. RSA exponents below 3 and even ones, and Ed25519 points of small order, are refused:
 * with them anybody can sign.
 */
#ifndef MAILASSAY_BASE_PUBKEY_H
#define MAILASSAY_BASE_PUBKEY_H

#include "analyzer/base/bytes.h"

typedef enum KeyType { KEY_TYPE_UNKNOWN, KEY_TYPE_RSA, KEY_TYPE_ED25519 } KeyType;
typedef enum HashAlg { HASH_UNKNOWN, HASH_SHA1, HASH_SHA256 } HashAlg;

typedef enum PubkeyDefect {
    PUBKEY_OK,
    PUBKEY_BAD_BASE64,
    PUBKEY_NOT_DER,    /* decodes to something that is no key at all */
    PUBKEY_TRUNCATED,  /* DER announces more octets than there are: der_expected > der_length */
    PUBKEY_TRAILING,   /* octets after the key */
    PUBKEY_OTHER_TYPE, /* a key of another algorithm than k= says (EC, RSA-PSS, Ed25519 SPKI under
                          k=rsa) */
    PUBKEY_ED25519_LENGTH, /* k=ed25519 but not 32 octets */
    PUBKEY_ED25519_SPKI, /* k=ed25519 with a 44-octet SubjectPublicKeyInfo: RFC 8463 §4.2 wants the
                            bare 32 */
    PUBKEY_SMALL_ORDER,
    PUBKEY_BAD_EXPONENT,
    PUBKEY_BAD_SIZE, /* modulus beyond what OpenSSL handles (16384 bits) */
} PubkeyDefect;

/* One public key. Opaque to everybody else: the OpenSSL object stays inside pubkey.c. */
typedef struct Pubkey Pubkey;

/* From the octets of p=. On anything but PUBKEY_OK and PUBKEY_TRAILING *key is NULL.
 * der_expected is what the outer DER length announces (0 when it is not DER). */
PubkeyDefect pubkey_from_der(KeyType type, const uint8_t *der, size_t n, Pubkey **key,
                             size_t *der_expected);
/* From PEM text: public, or private (encrypted: with `password`, NULL when there is none). Only the
 * public half is kept. GError on failure: pubkey_error_quark(); never asks for a password on the
 * terminal. */
GQuark pubkey_error_quark(void);
Pubkey *pubkey_from_pem(Span pem, const char *password, GError **error);
void pubkey_free(Pubkey *key);
KeyType pubkey_type(const Pubkey *key);
unsigned pubkey_bits(const Pubkey *key);
bool pubkey_is_bare_rsa(
    const Pubkey *key); /* given as RSAPublicKey instead of SubjectPublicKeyInfo */
bool pubkey_equal(const Pubkey *a, const Pubkey *b);
/* The p= value: base64 of SubjectPublicKeyInfo (RSA) or of the 32 octets (Ed25519). Owned. */
char *pubkey_p_value(const Pubkey *key);

typedef enum RecoverResult {
    RECOVER_OK,      /* padding valid: this key made the signature */
    RECOVER_LENGTH,  /* signature length differs from the modulus: other key size, or b= cut */
    RECOVER_PADDING, /* right length, invalid padding: another key, or b= damaged */
    RECOVER_NO_DIGESTINFO, /* padding valid but the content is no SHA-1 or SHA-256 DigestInfo */
    RECOVER_NOT_RSA,       /* Ed25519 gives nothing back */
} RecoverResult;

/* The RSA public-key operation on a signature (RFC 8017 §8.2.2): what the signer hashed.
 * On RECOVER_OK, *hash is the DigestInfo's algorithm and digest[0..hash_size(*hash)) the digest. */
RecoverResult pubkey_recover(const Pubkey *key, const uint8_t *sig, size_t n, HashAlg *hash,
                             uint8_t digest[32]);
/* Verifies a signature over a digest: RSA PKCS#1 v1.5, or Ed25519 over the 32 octets (RFC 8463 §3).
 */
bool pubkey_verify(const Pubkey *key, HashAlg hash, const uint8_t *digest, const uint8_t *sig,
                   size_t n);

size_t hash_size(HashAlg hash);      /* 20, 32; 0 for unknown */
const char *hash_name(HashAlg hash); /* "sha1", "sha256", "unknown" */
void hash_digest(HashAlg hash, Span data, uint8_t out[32]);

typedef enum KeyState {
    KEY_VALID,
    KEY_REVOKED,      /* p= is empty (§3.6.1) */
    KEY_NOT_A_KEY,    /* neither v=DKIM1 nor p=: another record stands at the name */
    KEY_NO_P,         /* looks like a key record but has no p= */
    KEY_BAD_VERSION,  /* v= is not DKIM1, or not the first tag */
    KEY_SYNTAX,       /* not a tag list: defect in tags_defect */
    KEY_UNKNOWN_TYPE, /* k= is neither rsa nor ed25519 */
    KEY_BAD_KEY,      /* p= cannot be used: defect in pubkey_defect */
} KeyState;

typedef struct KeyRecord {
    char *text; /* the record, strings joined */
    size_t text_n;
    KeyState state;
    PubkeyDefect pubkey_defect;
    int taglist_defect;   /* a TagListDefect */
    size_t defect_offset; /* in text, where state or defect points to; text_n when nowhere in
                             particular */
    size_t p_octets;      /* decoded length of p= */
    size_t der_expected;  /* see pubkey_from_der; 0 when not reached */
    KeyType type;         /* of k=, rsa by default */
    Pubkey *key;          /* NULL unless usable */
    bool hashes_listed;   /* h= present */
    bool allows_sha1, allows_sha256;
    bool allows_email;    /* s= absent, or has "*" or "email" */
    bool testing;         /* t=y */
    bool strict_identity; /* t=s */
    bool has_g;           /* obsolete g= of RFC 4871: ignored, reported */
    char *notes;          /* n=, or NULL */
} KeyRecord;

/* Total: any octets give a record. */
KeyRecord *key_record_parse(Span text);
void key_record_free(KeyRecord *record);
/* The end of p= is missing, as when a field was too short for it; a character or two lost on the
 * way is another damage. */
bool key_record_is_cut(const KeyRecord *record);
const char *key_state_name(KeyState state);          /* kebab-case */
const char *pubkey_defect_name(PubkeyDefect defect); /* kebab-case */
const char *key_type_name(KeyType type);             /* "rsa", "ed25519", "unknown" */

#endif
