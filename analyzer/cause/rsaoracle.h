/* rsaoracle.h - the RSA public-key operation, many times and cheap: does this signature unpad under
 * this key?
 *
 * For searches that vary one character of a key or of a signature. A hit is confirmed by
 * pubkey_recover() afterwards. RFC 8017 §8.2.2, §9.2. Not thread-safe: one per search.
 */
#ifndef MAILASSAY_CAUSE_RSAORACLE_H
#define MAILASSAY_CAUSE_RSAORACLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct RsaOracle RsaOracle;
RsaOracle *rsa_oracle_new(void);
void rsa_oracle_free(RsaOracle *oracle);

/* Takes modulus and exponent out of SubjectPublicKeyInfo or RSAPublicKey octets; false when they
 * are not that. */
bool rsa_oracle_set_key(RsaOracle *oracle, const uint8_t *der, size_t n);
/* Octets of the modulus in use; 0 before rsa_oracle_set_key. */
size_t rsa_oracle_size(const RsaOracle *oracle);
/* Whether the signature has PKCS #1 v1.5 signature padding under the key. */
bool rsa_oracle_unpads(RsaOracle *oracle, const uint8_t *signature, size_t n);

#endif
