/* signer.h - makes signed messages for tests, by OpenSSL alone: nothing of what is tested takes
 * part. */
#ifndef MAILASSAY_TESTS_SIGNER_H
#define MAILASSAY_TESTS_SIGNER_H

#include "analyzer/dns/dns.h"
#include "analyzer/message/source.h"

#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <string.h>

typedef struct Signer {
    EVP_PKEY *key;
    bool is_ed25519;
    const char *digest; /* "SHA256", "SHA1" */
} Signer;

static inline Signer signer_rsa(unsigned bits)
{
    return (Signer){EVP_RSA_gen(bits), false, "SHA256"};
}

static inline Signer signer_ed25519(void)
{
    return (Signer){EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), true, "SHA256"};
}

static inline char *base64_of(const unsigned char *p, size_t n)
{
    return g_base64_encode(p, n);
}

/* The p= value of the public key. */
static inline char *signer_p(const Signer *signer)
{
    if (signer->is_ed25519) {
        unsigned char raw[32];
        size_t n = sizeof raw;
        EVP_PKEY_get_raw_public_key(signer->key, raw, &n);
        return base64_of(raw, n);
    }
    unsigned char *der = NULL;
    int n = i2d_PUBKEY(signer->key, &der);
    char *p = base64_of(der, (size_t)n);
    OPENSSL_free(der);
    return p;
}

static inline char *digest_base64(const char *digest, const char *text)
{
    unsigned char out[EVP_MAX_MD_SIZE];
    size_t n = 0;
    EVP_Q_digest(NULL, digest, NULL, text, strlen(text), out, &n);
    return base64_of(out, n);
}

/* b= over the canonical text: RSA PKCS#1 v1.5, or Ed25519 over its SHA-256 (RFC 8463 §3). */
static inline char *signer_sign(const Signer *signer, const char *text)
{
    unsigned char hash[32], out[1024];
    size_t n = sizeof out, hash_n = 0;
    EVP_Q_digest(NULL, "SHA256", NULL, text, strlen(text), hash, &hash_n);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (signer->is_ed25519) {
        EVP_DigestSignInit_ex(context, NULL, NULL, NULL, NULL, signer->key, NULL);
        EVP_DigestSign(context, out, &n, hash, hash_n);
    } else {
        EVP_DigestSignInit_ex(context, NULL, signer->digest, NULL, NULL, signer->key, NULL);
        EVP_DigestSign(context, out, &n, (const unsigned char *)text, strlen(text));
    }
    EVP_MD_CTX_free(context);
    return base64_of(out, n);
}

/* A field whose value ends in "b=", signed in simple canonicalization after `fields`; with its
 * CRLF. */
static inline char *sign_simple(const Signer *signer, const char *fields, const char *name,
                                const char *value)
{
    g_autofree char *field = g_strconcat(name, ": ", value, NULL);
    g_autofree char *text = g_strconcat(fields, field, NULL);
    g_autofree char *b = signer_sign(signer, text);
    return g_strconcat(field, b, "\r\n", NULL);
}

static inline Source *source_of(const char *message)
{
    g_autoptr(GBytes) octets = g_bytes_new(message, strlen(message));
    return source_new(octets, SOURCE_AS_STORED);
}

static inline Dns *dns_of(const char *zone)
{
    g_autoptr(GError) error = NULL;
    Dns *dns = dns_new_zone_text(span_str(zone), "test", &error);
    if (!dns)
        g_error("%s", error->message);
    return dns;
}

#endif
