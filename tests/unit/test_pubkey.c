/* pubkey.c: key records and the public-key operations. */
#include "analyzer/base/pubkey.h"

#include "analyzer/base/own.h"
#include "analyzer/base/taglist.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* RFC 8463 appendix A.2 */
#define RSA_P                                                                                      \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQiY/"   \
    "J16JYi0Qvx/"                                                                                  \
    "byYzCNb3W91y3FutACDfzwQ/BC/e/"                                                                \
    "8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/"                  \
    "K4w3QIDAQAB"
#define ED25519_P "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="
#define ED25519_SECRET "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=" /* appendix A.1 */

static EVP_PKEY *signer; /* RSA, 1024 bits: made once, the tests do not depend on its value */

static int make_signer(void **state)
{
    (void)state;
    signer = EVP_RSA_gen(1024);
    return signer ? 0 : -1;
}

static int free_signer(void **state)
{
    (void)state;
    EVP_PKEY_free(signer);
    return 0;
}

static Pubkey *public_half(EVP_PKEY *pkey)
{
    uint8_t *der = NULL;
    int n = i2d_PUBKEY(pkey, &der);
    Pubkey *key = NULL;
    size_t expected = 0;
    assert_int_equal(pubkey_from_der(KEY_TYPE_RSA, der, (size_t)n, &key, &expected), PUBKEY_OK);
    assert_int_equal(expected, n);
    OPENSSL_free(der);
    return key;
}

static GByteArray *octets(const char *base64)
{
    GByteArray *out = NULL;
    assert_true(bytes_base64_decode(span_str(base64), &out));
    return out;
}

static void assert_state(const char *text, KeyState expected)
{
    KeyRecord *record = key_record_parse(span_str(text));
    if (record->state != expected)
        fail_msg("%s: %s, not %s", text, key_state_name(record->state), key_state_name(expected));
    assert_true((record->key != NULL) == (expected == KEY_VALID));
    assert_string_equal(record->text, text);
    key_record_free(record);
}

static void names_the_state_of_a_record(void **state)
{
    (void)state;
    assert_state("v=DKIM1; k=rsa; p=" RSA_P, KEY_VALID);
    assert_state("p=" RSA_P, KEY_VALID);
    assert_state(" v = DKIM1 ;\r\n p=" RSA_P " ; ", KEY_VALID);
    assert_state("v=DKIM1; x=unknown; p=" RSA_P ";", KEY_VALID);
    assert_state("v=DKIM1; k=ed25519; p=" ED25519_P, KEY_VALID);
    assert_state("v=DKIM1; p=", KEY_REVOKED);
    assert_state("v=DKIM1; k=strange; p= ;", KEY_REVOKED);
    assert_state("v=spf1 include:_spf.example.com -all", KEY_NOT_A_KEY);
    assert_state("some-verification=abc", KEY_NOT_A_KEY);
    assert_state("", KEY_NOT_A_KEY);
    assert_state("v=DMARC2", KEY_NOT_A_KEY);
    assert_state("v=DKIM1; k=rsa", KEY_NO_P);
    assert_state("v=DKIM2; p=" RSA_P, KEY_BAD_VERSION);
    assert_state("v=dkim1; p=" RSA_P, KEY_BAD_VERSION);
    assert_state("k=rsa; v=DKIM1; p=" RSA_P, KEY_BAD_VERSION);
    assert_state("v=DMARC1; p=reject", KEY_BAD_VERSION);
    assert_state("v=DKIM1; p=" RSA_P "; p=" RSA_P, KEY_SYNTAX);
    assert_state("v=DKIM1; p=" RSA_P "; junk", KEY_SYNTAX);
    assert_state("v=DKIM1;; p=" RSA_P, KEY_SYNTAX);
    assert_state("v=DKIM1; k=strange; p=" RSA_P, KEY_UNKNOWN_TYPE);
    assert_state("v=DKIM1; k=RSA; p=" RSA_P,
                 KEY_UNKNOWN_TYPE); /* values are case-sensitive, RFC 6376 §3.2 */
    assert_state("v=DKIM1; p=abcde", KEY_BAD_KEY);
}

static void reads_the_tags(void **state)
{
    (void)state;
    KeyRecord *plain = key_record_parse(SPAN_LIT("p=" RSA_P));
    assert_false(plain->hashes_listed);
    assert_true(plain->allows_sha1 && plain->allows_sha256 && plain->allows_email);
    assert_false(plain->testing || plain->strict_identity || plain->has_g);
    assert_int_equal(plain->type, KEY_TYPE_RSA);
    assert_int_equal(pubkey_bits(plain->key), 1024);
    assert_int_equal(plain->p_octets, 162);
    assert_int_equal(plain->defect_offset, plain->text_n);
    assert_null(plain->notes);
    key_record_free(plain);

    KeyRecord *full = key_record_parse(
        SPAN_LIT("v=DKIM1; g=*; h= sha512 : sha256; s=tlsrpt:email; t=y : s; n=old key; p=" RSA_P));
    assert_int_equal(full->state, KEY_VALID);
    assert_true(full->hashes_listed && full->allows_sha256 && full->allows_email);
    assert_false(full->allows_sha1);
    assert_true(full->testing && full->strict_identity && full->has_g);
    assert_string_equal(full->notes, "old key");
    key_record_free(full);

    KeyRecord *other = key_record_parse(SPAN_LIT("s=tlsrpt; h=sha1; t=ys; p=" RSA_P));
    assert_false(other->allows_email || other->allows_sha256 || other->testing ||
                 other->strict_identity);
    assert_true(other->allows_sha1);
    key_record_free(other);
}

static void assert_key_defect(const char *text, PubkeyDefect expected)
{
    KeyRecord *record = key_record_parse(span_str(text));
    if (record->pubkey_defect != expected)
        fail_msg("%s: %s, not %s", text, pubkey_defect_name(record->pubkey_defect),
                 pubkey_defect_name(expected));
    assert_true((record->key != NULL) == (expected == PUBKEY_TRAILING || expected == PUBKEY_OK));
    key_record_free(record);
}

static void names_what_is_wrong_with_p(void **state)
{
    (void)state;
    assert_key_defect("p=" RSA_P, PUBKEY_OK);
    assert_key_defect("p=hello_world", PUBKEY_BAD_BASE64);
    assert_key_defect("p=a", PUBKEY_BAD_BASE64);
    assert_key_defect("p=MIGf=MA0", PUBKEY_BAD_BASE64);
    assert_key_defect("p=" RSA_P "=", PUBKEY_BAD_BASE64);
    assert_key_defect("p=-----BEGIN PUBLIC KEY-----", PUBKEY_BAD_BASE64);
    assert_key_defect("p=aGVsbG8gd29ybGQ=", PUBKEY_NOT_DER);
    assert_key_defect("p=" ED25519_P, PUBKEY_NOT_DER);
    /* prime256v1 and Ed25519 SubjectPublicKeyInfo under k=rsa */
    assert_key_defect("p=MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEJsAhJFLaMUYLo0/J2BCw79We"
                      "cer3jbo5dyJxzL09/TTsOqLMsLq1ZFygzMqUW4hko0oBPCYAoNPL9PPPMMppqw==",
                      PUBKEY_OTHER_TYPE);
    assert_key_defect("p=MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
                      PUBKEY_OTHER_TYPE);
    assert_key_defect("k=ed25519; p=MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=",
                      PUBKEY_ED25519_SPKI);
    assert_key_defect("k=ed25519; p=" RSA_P, PUBKEY_OTHER_TYPE);
    assert_key_defect("k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHUQ==",
                      PUBKEY_ED25519_LENGTH);
    /* 48 of the 162 octets that the first four announce, and up to three letters more of base64 */
    const char cut[] = "p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk0";
    const size_t octets_left[] = {48, 48, 49, 50};
    for (size_t more = 0; more < 4; more++) {
        KeyRecord *record = key_record_parse(span_of(cut, strlen(cut) - 3 + more));
        assert_int_equal(record->pubkey_defect, PUBKEY_TRUNCATED);
        assert_int_equal(record->state, KEY_BAD_KEY);
        assert_int_equal(record->p_octets, octets_left[more]);
        assert_int_equal(record->der_expected, 162);
        key_record_free(record);
    }
}

static void points_at_the_first_wrong_octet(void **state)
{
    (void)state;
    KeyRecord *record = key_record_parse(SPAN_LIT("v=DKIM1; p=MIGf\\;MA"));
    assert_int_equal(record->state, KEY_SYNTAX); /* "MA" has no "=" */
    assert_int_equal(record->taglist_defect, TAGLIST_NO_EQUALS);
    assert_int_equal(record->defect_offset, 17);
    key_record_free(record);
    record = key_record_parse(SPAN_LIT("v=DKIM1; p=MIGf\\nMA"));
    assert_int_equal(record->state, KEY_BAD_KEY);
    assert_int_equal(record->defect_offset, 15);
    key_record_free(record);
}

static void refuses_small_order_points(void **state)
{
    (void)state;
    /* The 8 points of edwards25519 times the group order L, computed apart, in all their encodings
     * but for the sign of x, which is tried both ways. */
    const char *const points[] = {
        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
        "JuiVj8KyJ7BFw/SJ8u+Y8NXfrAXTxjM5sTgCiG1T/AU=",
        "xxdqcD1N2E+6PAt2DRBnDyogU/osOczGTsf9d5KsA3o=",
        "7P///////////////////////////////////////38=",
        "7f///////////////////////////////////////38=",
        "7v///////////////////////////////////////38=",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(points); i++) {
        g_autoptr(GByteArray) point = octets(points[i]);
        Pubkey *key = NULL;
        size_t expected;
        assert_int_equal(
            pubkey_from_der(KEY_TYPE_ED25519, point->data, point->len, &key, &expected),
            PUBKEY_SMALL_ORDER);
        assert_null(key);
        point->data[31] ^= 0x80;
        assert_int_equal(
            pubkey_from_der(KEY_TYPE_ED25519, point->data, point->len, &key, &expected),
            PUBKEY_SMALL_ORDER);
        assert_null(key);
    }
}

/* A bare RSAPublicKey of 64 octets and the exponent, by hand. */
static PubkeyDefect bare_rsa(uint8_t exponent, size_t extra, Pubkey **key)
{
    uint8_t der[74] = {0x30, 70, 0x02, 65, 0x00};
    memset(der + 5, 0xc5, 64);
    memcpy(der + 69, (const uint8_t[]){0x02, 0x01, exponent}, 3);
    size_t expected;
    PubkeyDefect defect = pubkey_from_der(KEY_TYPE_RSA, der, 72 + extra, key, &expected);
    assert_int_equal(expected, 72);
    return defect;
}

static void refuses_exponents_that_let_anybody_sign(void **state)
{
    (void)state;
    Pubkey *key = NULL;
    assert_int_equal(bare_rsa(1, 0, &key), PUBKEY_BAD_EXPONENT);
    assert_null(key);
    assert_int_equal(bare_rsa(0, 0, &key), PUBKEY_BAD_EXPONENT);
    assert_int_equal(bare_rsa(2, 0, &key), PUBKEY_BAD_EXPONENT);
    assert_int_equal(bare_rsa(4, 0, &key), PUBKEY_BAD_EXPONENT);
    assert_int_equal(bare_rsa(3, 0, &key), PUBKEY_OK);
    assert_true(pubkey_is_bare_rsa(key));
    assert_int_equal(pubkey_bits(key), 512);
    pubkey_free(key);
    assert_int_equal(bare_rsa(3, 2, &key), PUBKEY_TRAILING);
    assert_non_null(key);
    pubkey_free(key);
}

static void refuses_a_modulus_beyond_openssl(void **state)
{
    (void)state;
    enum { MODULUS = 2049 };
    uint8_t der[MODULUS + 11] = {0x30, 0x82, (MODULUS + 7) >> 8, (MODULUS + 7) & 255,
                                 0x02, 0x82, MODULUS >> 8,       MODULUS & 255};
    memset(der + 8, 0x45, MODULUS);
    memcpy(der + 8 + MODULUS, (const uint8_t[]){0x02, 0x01, 0x03}, 3);
    Pubkey *key = NULL;
    size_t expected;
    assert_int_equal(pubkey_from_der(KEY_TYPE_RSA, der, sizeof der, &key, &expected),
                     PUBKEY_BAD_SIZE);
    assert_null(key);
    assert_int_equal(expected, sizeof der);
}

/* PKCS#1 v1.5 over `input` as it stands: with md NULL the caller gives the whole DigestInfo. */
static size_t sign(const EVP_MD *md, const uint8_t *input, size_t input_n, uint8_t out[128])
{
    g_autoptr(EVP_PKEY_CTX) context = EVP_PKEY_CTX_new(signer, NULL);
    size_t n = 128;
    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING), 1);
    if (md)
        assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, md), 1);
    assert_int_equal(EVP_PKEY_sign(context, out, &n, input, input_n), 1);
    return n;
}

static void verifies_and_recovers_rsa(void **state)
{
    (void)state;
    Pubkey *key = public_half(signer);
    const struct {
        HashAlg hash;
        const EVP_MD *md;
    } cases[] = {{HASH_SHA1, EVP_sha1()}, {HASH_SHA256, EVP_sha256()}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        uint8_t digest[32], sig[128], recovered[32];
        HashAlg hash;
        hash_digest(cases[i].hash, SPAN_LIT("signed"), digest);
        size_t n = sign(cases[i].md, digest, hash_size(cases[i].hash), sig);
        assert_true(pubkey_verify(key, cases[i].hash, digest, sig, n));
        assert_false(pubkey_verify(key, cases[!i].hash, digest, sig, n));
        assert_false(pubkey_verify(key, HASH_UNKNOWN, digest, sig, n));
        assert_int_equal(pubkey_recover(key, sig, n, &hash, recovered), RECOVER_OK);
        assert_int_equal(hash, cases[i].hash);
        assert_memory_equal(recovered, digest, hash_size(hash));
        assert_int_equal(pubkey_recover(key, sig, n - 1, &hash, recovered), RECOVER_LENGTH);
        assert_false(pubkey_verify(key, cases[i].hash, digest, sig, n - 1));
        sig[60] ^= 1;
        assert_int_equal(pubkey_recover(key, sig, n, &hash, recovered), RECOVER_PADDING);
        assert_int_equal(hash, HASH_UNKNOWN);
        assert_false(pubkey_verify(key, cases[i].hash, digest, sig, n));
        memset(sig, 0xff, n); /* above the modulus */
        assert_int_equal(pubkey_recover(key, sig, n, &hash, recovered), RECOVER_PADDING);
    }
    assert_int_equal(ERR_peek_error(), 0);
    pubkey_free(key);
}

/* What is recovered and what verifies must never disagree. */
static void refuses_other_digest_infos(void **state)
{
    (void)state;
    Pubkey *key = public_half(signer);
    uint8_t digest[32], sig[128], recovered[32];
    HashAlg hash;
    hash_digest(HASH_SHA256, SPAN_LIT("signed"), digest);
    /* DigestInfo without the NULL parameters: RFC 8017 §A.2.4 says they stand there */
    uint8_t info[17 + 32] = {0x30, 0x2f, 0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
                             0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x04, 0x20};
    memcpy(info + 17, digest, 32);
    size_t n = sign(NULL, info, sizeof info, sig);
    assert_int_equal(pubkey_recover(key, sig, n, &hash, recovered), RECOVER_NO_DIGESTINFO);
    assert_false(pubkey_verify(key, HASH_SHA256, digest, sig, n));
    /* the digest alone */
    n = sign(NULL, digest, 32, sig);
    assert_int_equal(pubkey_recover(key, sig, n, &hash, recovered), RECOVER_NO_DIGESTINFO);
    assert_false(pubkey_verify(key, HASH_SHA256, digest, sig, n));
    /* SHA-512: a digest we do not know */
    uint8_t long_digest[64] = {1};
    n = sign(EVP_sha512(), long_digest, sizeof long_digest, sig);
    assert_int_equal(pubkey_recover(key, sig, n, &hash, recovered), RECOVER_NO_DIGESTINFO);
    pubkey_free(key);
}

static void verifies_ed25519_over_the_digest(void **state)
{
    (void)state;
    g_autoptr(GByteArray) secret = octets(ED25519_SECRET);
    g_autoptr(EVP_PKEY) private =
        EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, NULL, secret->data, secret->len);
    uint8_t digest[32], sig[64], recovered[32];
    size_t n = sizeof sig;
    HashAlg hash;
    hash_digest(HASH_SHA256, SPAN_LIT("signed"), digest);
    g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestSignInit(context, NULL, NULL, NULL, private), 1);
    assert_int_equal(EVP_DigestSign(context, sig, &n, digest, sizeof digest), 1);

    KeyRecord *record = key_record_parse(SPAN_LIT("k=ed25519; p=" ED25519_P));
    assert_int_equal(pubkey_type(record->key), KEY_TYPE_ED25519);
    assert_int_equal(pubkey_bits(record->key), 256);
    assert_int_equal(record->der_expected, 0);
    assert_true(pubkey_verify(record->key, HASH_SHA256, digest, sig, n));
    assert_false(pubkey_verify(record->key, HASH_SHA1, digest, sig, n));
    assert_int_equal(pubkey_recover(record->key, sig, n, &hash, recovered), RECOVER_NOT_RSA);
    digest[0] ^= 1;
    assert_false(pubkey_verify(record->key, HASH_SHA256, digest, sig, n));
    digest[0] ^= 1;
    sig[63] ^= 1;
    assert_false(pubkey_verify(record->key, HASH_SHA256, digest, sig, n));
    assert_false(pubkey_verify(record->key, HASH_SHA256, digest, sig, 63));
    assert_false(pubkey_verify(record->key, HASH_SHA256, digest, sig, 0));
    g_autofree char *p = pubkey_p_value(record->key);
    assert_string_equal(p, ED25519_P);
    key_record_free(record);
}

static char *pem_of(EVP_PKEY *pkey, const char *password, bool public)
{
    g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
    if (public)
        PEM_write_bio_PUBKEY(bio, pkey);
    else
        PEM_write_bio_PKCS8PrivateKey(bio, pkey, password ? EVP_aes_128_cbc() : NULL, NULL, 0, NULL,
                                      (void *)password);
    char *data = NULL;
    long n = BIO_get_mem_data(bio, &data);
    return g_strndup(data, (gsize)n);
}

static void reads_pem(void **state)
{
    (void)state;
    Pubkey *expected = public_half(signer);
    g_autofree char *public = pem_of(signer, NULL, true), *private = pem_of(signer, NULL, false);
    g_autofree char *encrypted = pem_of(signer, "open sesame", false);
    g_autofree char *commented = g_strconcat("selector one\n\n", public, NULL);
    const struct {
        const char *pem, *password;
    } good[] = {{public, NULL},
                {private, NULL},
                {private, "unneeded"},
                {encrypted, "open sesame"},
                {commented, NULL}};
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        GError *error = NULL;
        Pubkey *key = pubkey_from_pem(span_str(good[i].pem), good[i].password, &error);
        assert_null(error);
        assert_non_null(key);
        assert_true(pubkey_equal(key, expected));
        pubkey_free(key);
    }
    static const char ed25519[] = "-----BEGIN PUBLIC KEY-----\n"
                                  "MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n"
                                  "-----END PUBLIC KEY-----\n";
    Pubkey *ed25519_key = pubkey_from_pem(span_str(ed25519), NULL, NULL);
    assert_non_null(ed25519_key);
    assert_int_equal(pubkey_type(ed25519_key), KEY_TYPE_ED25519);
    g_autofree char *p = pubkey_p_value(ed25519_key);
    assert_string_equal(p, ED25519_P);
    pubkey_free(ed25519_key);
    g_autoptr(EVP_PKEY) ec = EVP_EC_gen("P-256");
    g_autofree char *other_type = pem_of(ec, NULL, true);
    const struct {
        const char *pem, *password, *says;
    } bad[] = {
        {encrypted, NULL, "no password"}, {encrypted, "wrong", "does not open"},
        {"", NULL, "no PEM key"},         {"not a key\n", NULL, "no PEM key"},
        {other_type, NULL, "other-type"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(GError) error = NULL;
        assert_null(pubkey_from_pem(span_str(bad[i].pem), bad[i].password, &error));
        assert_non_null(error);
        if (!strstr(error->message, bad[i].says))
            fail_msg("%s lacks %s", error->message, bad[i].says);
    }
    pubkey_free(expected);
}

static void compares_and_writes_keys(void **state)
{
    (void)state;
    KeyRecord *record = key_record_parse(SPAN_LIT("p=" RSA_P));
    KeyRecord *again = key_record_parse(SPAN_LIT("v=DKIM1; p=" RSA_P));
    KeyRecord *ed25519 = key_record_parse(SPAN_LIT("k=ed25519; p=" ED25519_P));
    Pubkey *other = public_half(signer);
    g_autofree char *p = pubkey_p_value(record->key);
    assert_string_equal(p, RSA_P);
    assert_true(pubkey_equal(record->key, again->key));
    assert_false(pubkey_equal(record->key, other));
    assert_false(pubkey_equal(record->key, ed25519->key));
    pubkey_free(other);
    key_record_free(record);
    key_record_free(again);
    key_record_free(ed25519);
    key_record_free(NULL);
    pubkey_free(NULL);
}

static void hashes(void **state)
{
    (void)state;
    uint8_t digest[32];
    hash_digest(HASH_SHA1, SPAN_LIT("abc"), digest); /* FIPS 180-4 examples */
    g_autofree char *sha1 = bytes_hex(digest, hash_size(HASH_SHA1));
    assert_string_equal(sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
    hash_digest(HASH_SHA256, span_of(NULL, 0), digest);
    g_autofree char *sha256 = bytes_base64(digest, hash_size(HASH_SHA256));
    assert_string_equal(sha256, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_int_equal(hash_size(HASH_UNKNOWN), 0);
    assert_string_equal(hash_name(HASH_SHA256), "sha256");
}

/* Keys are opened by hand where possible: OpenSSL's own reading of every single changed octet must
 * be the same. */
static void agrees_with_openssl_on_every_change(void **state)
{
    (void)state;
    g_autoptr(GByteArray) der = octets(RSA_P);
    for (guint i = 0; i < der->len; i++) {
        for (unsigned change = 1; change < 256; change *= 4) {
            der->data[i] ^= (guint8)change;
            const uint8_t *at = der->data;
            g_autoptr(EVP_PKEY) reference = d2i_PUBKEY(NULL, &at, (long)der->len);
            bool is_rsa = reference && EVP_PKEY_is_a(reference, "RSA");
            Pubkey *key = NULL;
            size_t expected;
            PubkeyDefect defect =
                pubkey_from_der(KEY_TYPE_RSA, der->data, der->len, &key, &expected);
            bool judged = defect == PUBKEY_BAD_EXPONENT || defect == PUBKEY_TRUNCATED;
            if (!judged && (key != NULL) != is_rsa)
                fail_msg("octet %u, change %u: %s", i, change, pubkey_defect_name(defect));
            if (key) {
                g_autofree char *p = pubkey_p_value(key);
                uint8_t *again = NULL;
                int n = i2d_PUBKEY(reference, &again);
                g_autofree char *reference_p = bytes_base64(again, (size_t)n);
                assert_string_equal(p, reference_p);
                assert_int_equal(pubkey_bits(key), EVP_PKEY_get_bits(reference));
                OPENSSL_free(again);
            }
            pubkey_free(key);
            der->data[i] ^= (guint8)change;
        }
    }
    ERR_clear_error();
}

/* Any cut and any single changed octet of a good record gives a record, and never reads past the
 * text. */
static void is_total(void **state)
{
    (void)state;
    const char good[] = "v=DKIM1; k=rsa; t=s; p=" RSA_P;
    for (size_t n = 0; n < sizeof good; n++) {
        g_autofree char *cut = span_dup(span_of(good, n));
        char *exact = n > 0 ? g_memdup2(cut, n) : NULL;
        key_record_free(key_record_parse(span_of(exact, n)));
        if (n > 0) {
            exact[n - 1] = (char)(exact[n - 1] ^ 0x15);
            key_record_free(key_record_parse(span_of(exact, n)));
        }
        g_free(exact);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_the_state_of_a_record),
        cmocka_unit_test(reads_the_tags),
        cmocka_unit_test(names_what_is_wrong_with_p),
        cmocka_unit_test(points_at_the_first_wrong_octet),
        cmocka_unit_test(refuses_small_order_points),
        cmocka_unit_test(refuses_exponents_that_let_anybody_sign),
        cmocka_unit_test(refuses_a_modulus_beyond_openssl),
        cmocka_unit_test(verifies_and_recovers_rsa),
        cmocka_unit_test(refuses_other_digest_infos),
        cmocka_unit_test(verifies_ed25519_over_the_digest),
        cmocka_unit_test(reads_pem),
        cmocka_unit_test(compares_and_writes_keys),
        cmocka_unit_test(hashes),
        cmocka_unit_test(agrees_with_openssl_on_every_change),
        cmocka_unit_test(is_total),
    };
    return cmocka_run_group_tests_name("pubkey", tests, make_signer, free_signer);
}
