/* keypair.h - making a DKIM key pair, and writing the record of a public key.
 *
 * RSA of 2048 to 4096 bits (RFC 8301 §3.2) and Ed25519 (RFC 8463); the private half as PKCS#8 PEM,
 * encrypted by PBES2: AES-256-CBC under PBKDF2 with HMAC-SHA-256 (RFC 8018). Deviations: none
 * known. What is secret is wiped before its memory is given back: free it with keypair_wipe().
 */
#ifndef MAILASSAY_BASE_KEYPAIR_H
#define MAILASSAY_BASE_KEYPAIR_H

#include "analyzer/base/pubkey.h"

enum {
    KEYPAIR_MIN_BITS =
        2048, /* below it RFC 8301 §3.2 advises against, and large receivers mark down */
    KEYPAIR_MAX_BITS = 4096,     /* beyond it no verifier has to follow: RFC 8301 §3.2 */
    KEYPAIR_ITERATIONS = 600000, /* of PBKDF2 */
    KEYPAIR_STRING_OCTETS = 255, /* a character-string of a TXT record: RFC 1035 §3.3.14 */
};

/* The public half; *pem is the private one, to be freed with keypair_wipe. A NULL password leaves
 * it unencrypted. GError (pubkey_error_quark()) when OpenSSL cannot: no entropy, no memory. */
Pubkey *keypair_new(KeyType type, unsigned bits, const char *password, char **pem, GError **error);
/* A password with 125 bits of chance in letters and digits that nobody confuses. NULL without
 * entropy. */
char *keypair_password(void);
void keypair_wipe(char *secret);

/* Why a key is not to be signed with, as a clause; NULL when nothing is wrong with it. */
const char *keypair_refusal(KeyType type, unsigned bits);
/* Whether these octets hold a private key (PKCS#8 or PKCS#1): in p= it is public to everybody. */
bool keypair_is_private(const uint8_t *der, size_t n);

/* "v=DKIM1; k=rsa; p=..." (RFC 6376 §3.6.1). Owned. */
char *keypair_record(const Pubkey *key);
/* The same for a master file: ("..." "...") with strings of at most 255 octets. Owned. */
char *keypair_zone_strings(const char *record);

#endif
