#include "analyzer/base/keypair.h"

#include "analyzer/base/own.h"

#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <string.h>

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PKCS8_PRIV_KEY_INFO, PKCS8_PRIV_KEY_INFO_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(X509_SIG, X509_SIG_free)

enum { SALT_OCTETS = 16 };

void keypair_wipe(char *secret)
{
    if (secret)
        OPENSSL_cleanse(secret, strlen(secret));
    g_free(secret);
}

static EVP_PKEY *generate(KeyType type, unsigned bits)
{
    if (type == KEY_TYPE_ED25519)
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)bits);
}

/* PEM_write_bio_PKCS8PrivateKey() would do with 2048 iterations. */
static bool write_encrypted(BIO *out, const EVP_PKEY *pkey, const char *password)
{
    g_autoptr(PKCS8_PRIV_KEY_INFO) info = EVP_PKEY2PKCS8(pkey);
    X509_ALGOR *scheme = PKCS5_pbe2_set_iv(EVP_aes_256_cbc(), KEYPAIR_ITERATIONS, NULL, SALT_OCTETS,
                                           NULL, NID_hmacWithSHA256);
    if (!info || !scheme) {
        X509_ALGOR_free(scheme);
        return false;
    }
    /* On success the scheme belongs to the result. */
    g_autoptr(X509_SIG) sealed = PKCS8_set0_pbe(password, (int)strlen(password), info, scheme);
    if (!sealed) {
        X509_ALGOR_free(scheme);
        return false;
    }
    return PEM_write_bio_PKCS8(out, sealed) == 1;
}

static char *write_pem(EVP_PKEY *pkey, const char *password)
{
    g_autoptr(BIO) out = BIO_new(BIO_s_secmem());
    bool written = out && (password ? write_encrypted(out, pkey, password)
                                    : PEM_write_bio_PKCS8PrivateKey(out, pkey, NULL, NULL, 0, NULL,
                                                                    NULL) == 1);
    char *text;
    long n = written ? BIO_get_mem_data(out, &text) : 0;
    return n > 0 ? g_strndup(text, (gsize)n) : NULL;
}

Pubkey *keypair_new(KeyType type, unsigned bits, const char *password, char **pem, GError **error)
{
    *pem = NULL;
    ERR_clear_error();
    g_autoptr(EVP_PKEY) pkey = generate(type, bits);
    char *secret = pkey ? write_pem(pkey, password) : NULL;
    ERR_clear_error();
    if (!secret) {
        g_set_error(error, pubkey_error_quark(), 0, "no key pair could be made (OpenSSL refused)");
        return NULL;
    }
    /* What will be handed out is what can be read back. */
    Pubkey *key = pubkey_from_pem(span_str(secret), password, error);
    if (key)
        *pem = secret;
    else
        keypair_wipe(secret);
    return key;
}

char *keypair_password(void)
{
    /* 32 characters, five bits each: no 0 O o 1 I l, and one case only. */
    static const char alphabet[] = "23456789abcdefghijkmnpqrstuvwxyz";
    enum { GROUPS = 5, GROUP = 5 };
    uint8_t chance[GROUPS * GROUP];
    if (RAND_priv_bytes(chance, sizeof chance) != 1)
        return NULL;
    GString *out = g_string_sized_new(GROUPS * (GROUP + 1));
    for (size_t i = 0; i < sizeof chance; i++) {
        if (i > 0 && i % GROUP == 0)
            g_string_append_c(out, '-');
        g_string_append_c(out, alphabet[chance[i] & 31]);
    }
    OPENSSL_cleanse(chance, sizeof chance);
    return g_string_free(out, FALSE);
}

const char *keypair_refusal(KeyType type, unsigned bits)
{
    if (type == KEY_TYPE_ED25519)
        return NULL;
    if (type != KEY_TYPE_RSA)
        return "DKIM knows RSA and Ed25519 keys only (RFC 8463)";
    if (bits < KEYPAIR_MIN_BITS)
        return "RSA keys below 2048 bits are too short to sign with (RFC 8301 3.2)";
    if (bits > KEYPAIR_MAX_BITS)
        return "RSA keys beyond 4096 bits need not be understood by receivers (RFC 8301 3.2)";
    return NULL;
}

bool keypair_is_private(const uint8_t *der, size_t n)
{
    const uint8_t *at = der;
    if (n == 0 || n > LONG_MAX)
        return false;
    ERR_clear_error();
    g_autoptr(EVP_PKEY) pkey = d2i_AutoPrivateKey(NULL, &at, (long)n);
    ERR_clear_error();
    return pkey != NULL;
}

char *keypair_record(const Pubkey *key)
{
    g_autofree char *p_value = pubkey_p_value(key);
    return g_strdup_printf("v=DKIM1; k=%s; p=%s", key_type_name(pubkey_type(key)), p_value);
}

char *keypair_zone_strings(const char *record)
{
    size_t n = strlen(record);
    GString *out = g_string_new("(");
    for (size_t at = 0; at < n; at += KEYPAIR_STRING_OCTETS) {
        size_t piece = MIN(n - at, (size_t)KEYPAIR_STRING_OCTETS);
        g_string_append_printf(out, "%s\"%.*s\"", at > 0 ? "\n    " : " ", (int)piece, record + at);
    }
    g_string_append(out, " )");
    return g_string_free(out, FALSE);
}
