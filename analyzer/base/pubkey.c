#include "analyzer/base/pubkey.h"

#include "analyzer/base/own.h"
#include "analyzer/base/taglist.h"

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <string.h>

struct Pubkey {
    EVP_PKEY *pkey;
    KeyType type;
    unsigned bits;
    bool bare_rsa;
};

enum {
    ED25519_OCTETS = 32,
    MAX_RSA_BITS = OPENSSL_RSA_MAX_MODULUS_BITS,
    DER_BIT_STRING = 0x03,
    DER_SEQUENCE = 0x30,
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pubkey, pubkey_free)

GQuark pubkey_error_quark(void)
{
    return g_quark_from_static_string("mailassay-pubkey");
}

void pubkey_free(Pubkey *key)
{
    if (!key)
        return;
    EVP_PKEY_free(key->pkey);
    g_free(key);
}

static Pubkey *pubkey_new(EVP_PKEY *pkey, KeyType type, bool bare_rsa)
{
    Pubkey *key = g_new0(Pubkey, 1);
    key->pkey = pkey;
    key->type = type;
    key->bits = (unsigned)EVP_PKEY_get_bits(pkey);
    key->bare_rsa = bare_rsa;
    return key;
}

/* The header of a DER element: its octets, 0 when there is no such header; *length is what it
 * announces. */
static size_t der_header(uint8_t tag, const uint8_t *der, size_t n, size_t *length)
{
    *length = 0;
    if (n < 2 || der[0] != tag)
        return 0;
    if (der[1] < 0x80) {
        *length = der[1];
        return 2;
    }
    size_t length_octets = der[1] & 0x7f;
    if (length_octets == 0 || length_octets > 4 || n < 2 + length_octets)
        return 0;
    for (size_t i = 0; i < length_octets; i++)
        *length = *length << 8 | der[2 + i];
    return 2 + length_octets;
}

/* Octets that a SEQUENCE announces, its header included; 0 when there is none. */
static size_t der_announced(const uint8_t *der, size_t n)
{
    size_t length, header = der_header(DER_SEQUENCE, der, n, &length);
    return header > 0 ? header + length : 0;
}

/* y of the points of small order on edwards25519, little-endian, the sign of x left out: 0, 1, -1,
 * the two of order 8, and the non-canonical p and p + 1. Every one of the torsion encodings is one
 * of these with either sign. */
static const uint8_t small_order[7][ED25519_OCTETS] = {
    {0},
    {1},
    {0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
     0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
     0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
    {0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
     0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
     0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
    {0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xed, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
    {0xee, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
     0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
};

static bool is_small_order(const uint8_t *point)
{
    uint8_t y[ED25519_OCTETS];
    memcpy(y, point, sizeof y);
    y[ED25519_OCTETS - 1] &= 0x7f;
    for (size_t i = 0; i < G_N_ELEMENTS(small_order); i++)
        if (memcmp(y, small_order[i], sizeof y) == 0)
            return true;
    return false;
}

/* RFC 8463 §4.2: the 32 octets of RFC 8032, without a SubjectPublicKeyInfo around them. */
static PubkeyDefect ed25519_from_octets(const uint8_t *octets, size_t n, Pubkey **key)
{
    if (n != ED25519_OCTETS) {
        const uint8_t *at = octets;
        g_autoptr(EVP_PKEY) other = d2i_PUBKEY(NULL, &at, (long)n);
        if (!other)
            return PUBKEY_ED25519_LENGTH;
        return EVP_PKEY_is_a(other, "ED25519") ? PUBKEY_ED25519_SPKI : PUBKEY_OTHER_TYPE;
    }
    if (is_small_order(octets))
        return PUBKEY_SMALL_ORDER;
    EVP_PKEY *pkey = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, octets, n);
    if (!pkey)
        return PUBKEY_NOT_DER;
    *key = pubkey_new(pkey, KEY_TYPE_ED25519, false);
    return PUBKEY_OK;
}

/* With e = 1 every value is its own signature; an even e has no private counterpart. */
static PubkeyDefect check_rsa_numbers(const EVP_PKEY *pkey)
{
    if (EVP_PKEY_get_bits(pkey) > MAX_RSA_BITS)
        return PUBKEY_BAD_SIZE;
    BIGNUM *e = NULL;
    if (!EVP_PKEY_get_bn_param(pkey, OSSL_PKEY_PARAM_RSA_E, &e))
        return PUBKEY_NOT_DER;
    g_autoptr(BIGNUM) owned = e;
    if (!BN_is_odd(owned) || BN_is_one(owned))
        return PUBKEY_BAD_EXPONENT;
    return PUBKEY_OK;
}

/* Neither a SubjectPublicKeyInfo nor an RSAPublicKey that OpenSSL can use: at least a key of some
 * algorithm? */
static PubkeyDefect name_unusable(const uint8_t *der, size_t n)
{
    const uint8_t *at = der;
    g_autoptr(X509_PUBKEY) info = d2i_X509_PUBKEY(NULL, &at, (long)n);
    ASN1_OBJECT *algorithm = NULL;
    if (!info || !X509_PUBKEY_get0_param(&algorithm, NULL, NULL, NULL, info))
        return PUBKEY_NOT_DER;
    return OBJ_obj2nid(algorithm) == NID_rsaEncryption ? PUBKEY_NOT_DER : PUBKEY_OTHER_TYPE;
}

/* A SubjectPublicKeyInfo with rsaEncryption as everybody writes it, opened by hand: d2i_PUBKEY()
 * tries every decoder there is and takes fifty times as long. NULL for anything else, which
 * d2i_PUBKEY() may still understand. */
static EVP_PKEY *open_usual_rsa(const uint8_t *der, size_t n, const uint8_t **end)
{
    static const uint8_t algorithm[] = {
        0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00,
    };
    size_t length, header = der_header(DER_SEQUENCE, der, n, &length);
    if (header == 0 || length > n - header || length < sizeof algorithm ||
        memcmp(der + header, algorithm, sizeof algorithm) != 0)
        return NULL;
    const uint8_t *at = der + header + sizeof algorithm;
    size_t left = length - sizeof algorithm;
    header = der_header(DER_BIT_STRING, at, left, &length);
    if (header == 0 || length == 0 || length != left - header || at[header] != 0)
        return NULL;
    const uint8_t *key = at + header + 1;
    *end = at + left;
    g_autoptr(EVP_PKEY) pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &key, (long)(length - 1));
    return pkey && key == *end ? g_steal_pointer(&pkey) : NULL;
}

static PubkeyDefect rsa_from_der(const uint8_t *der, size_t n, Pubkey **key)
{
    const uint8_t *end = der;
    bool bare = false;
    g_autoptr(EVP_PKEY) pkey = open_usual_rsa(der, n, &end);
    if (!pkey) {
        end = der;
        pkey = d2i_PUBKEY(NULL, &end, (long)n);
    }
    if (!pkey) {
        end = der;
        bare = true;
        pkey = d2i_PublicKey(EVP_PKEY_RSA, NULL, &end, (long)n);
    }
    if (!pkey)
        return name_unusable(der, n);
    if (!EVP_PKEY_is_a(pkey, "RSA"))
        return PUBKEY_OTHER_TYPE;
    PubkeyDefect defect = check_rsa_numbers(pkey);
    if (defect != PUBKEY_OK)
        return defect;
    *key = pubkey_new(g_steal_pointer(&pkey), KEY_TYPE_RSA, bare);
    return end == der + n ? PUBKEY_OK : PUBKEY_TRAILING;
}

PubkeyDefect pubkey_from_der(KeyType type, const uint8_t *der, size_t n, Pubkey **key,
                             size_t *der_expected)
{
    *key = NULL;
    *der_expected = der_announced(der, n);
    if (type == KEY_TYPE_UNKNOWN)
        return PUBKEY_OTHER_TYPE;
    if (n == 0 || n > LONG_MAX)
        return type == KEY_TYPE_ED25519 ? PUBKEY_ED25519_LENGTH : PUBKEY_NOT_DER;
    /* 32 octets that happen to look like a DER header are still an Ed25519 key. */
    bool raw = type == KEY_TYPE_ED25519 && n == ED25519_OCTETS;
    if (raw)
        *der_expected = 0;
    if (*der_expected > n)
        return PUBKEY_TRUNCATED;
    ERR_clear_error();
    PubkeyDefect defect =
        type == KEY_TYPE_RSA ? rsa_from_der(der, n, key) : ed25519_from_octets(der, n, key);
    ERR_clear_error();
    return defect;
}

/* Our own copy of the public half: what was read may hold a private key, and must not outlive the
 * reading. */
static PubkeyDefect keep_public_half(const EVP_PKEY *pkey, Pubkey **key)
{
    size_t expected;
    if (EVP_PKEY_is_a(pkey, "ED25519")) {
        uint8_t octets[ED25519_OCTETS];
        size_t n = sizeof octets;
        if (!EVP_PKEY_get_raw_public_key(pkey, octets, &n))
            return PUBKEY_NOT_DER;
        return pubkey_from_der(KEY_TYPE_ED25519, octets, n, key, &expected);
    }
    if (!EVP_PKEY_is_a(pkey, "RSA"))
        return PUBKEY_OTHER_TYPE;
    uint8_t *der = NULL;
    int n = i2d_PUBKEY(pkey, &der);
    if (n <= 0)
        return PUBKEY_NOT_DER;
    PubkeyDefect defect = pubkey_from_der(KEY_TYPE_RSA, der, (size_t)n, key, &expected);
    OPENSSL_free(der);
    return defect;
}

/* What stands between BEGIN and END, when that is a public key: no decoder needs to be searched
 * then. */
static bool read_public_pem(BIO *bio, Pubkey **key, PubkeyDefect *defect)
{
    static const uint8_t ed25519_spki[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                           0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};
    char *name = NULL, *header = NULL;
    uint8_t *der = NULL;
    long length = 0;
    bool read = PEM_read_bio(bio, &name, &header, &der, &length) == 1;
    bool is_public =
        read && (strcmp(name, "PUBLIC KEY") == 0 || strcmp(name, "RSA PUBLIC KEY") == 0);
    if (is_public) {
        size_t n = (size_t)length, expected;
        if (n == sizeof ed25519_spki + ED25519_OCTETS &&
            memcmp(der, ed25519_spki, sizeof ed25519_spki) == 0)
            *defect = pubkey_from_der(KEY_TYPE_ED25519, der + sizeof ed25519_spki, ED25519_OCTETS,
                                      key, &expected);
        else
            *defect = pubkey_from_der(KEY_TYPE_RSA, der, n, key, &expected);
    }
    if (der)
        OPENSSL_clear_free(der, (size_t)length);
    OPENSSL_free(name);
    OPENSSL_free(header);
    return is_public;
}

/* NULL when no decoder of OpenSSL makes a key of it. */
static EVP_PKEY *read_any_pem(BIO *bio, const char *password)
{
    EVP_PKEY *pkey = NULL;
    g_autoptr(OSSL_DECODER_CTX) decoder =
        OSSL_DECODER_CTX_new_for_pkey(&pkey, "PEM", NULL, NULL, 0, NULL, NULL);
    if (password)
        OSSL_DECODER_CTX_set_passphrase(decoder, (const unsigned char *)password, strlen(password));
    if (OSSL_DECODER_from_bio(decoder, bio) == 1)
        return pkey;
    EVP_PKEY_free(pkey);
    return NULL;
}

Pubkey *pubkey_from_pem(Span pem, const char *password, GError **error)
{
    if (pem.n > INT_MAX) {
        g_set_error(error, pubkey_error_quark(), 0, "too long for a key");
        return NULL;
    }
    ERR_clear_error();
    Pubkey *key = NULL;
    PubkeyDefect defect = PUBKEY_OK;
    g_autoptr(BIO) bio = BIO_new_mem_buf(pem.n > 0 ? pem.p : "", (int)pem.n);
    if (!read_public_pem(bio, &key, &defect)) {
        g_autoptr(BIO) again = BIO_new_mem_buf(pem.n > 0 ? pem.p : "", (int)pem.n);
        g_autoptr(EVP_PKEY) pkey = read_any_pem(again, password);
        ERR_clear_error();
        if (!pkey) {
            bool encrypted = span_search(pem, SPAN_LIT("ENCRYPTED"), 0) < pem.n;
            g_set_error(error, pubkey_error_quark(), 0, "%s",
                        !encrypted ? "no PEM key that can be read"
                        : password ? "the password does not open this encrypted key"
                                   : "the key is encrypted and no password is given");
            return NULL;
        }
        defect = keep_public_half(pkey, &key);
    }
    ERR_clear_error();
    if (defect == PUBKEY_OK)
        return key;
    g_set_error(error, pubkey_error_quark(), 0, "not a usable RSA or Ed25519 key (%s)",
                pubkey_defect_name(defect));
    pubkey_free(key);
    return NULL;
}

KeyType pubkey_type(const Pubkey *key)
{
    return key->type;
}

unsigned pubkey_bits(const Pubkey *key)
{
    return key->type == KEY_TYPE_ED25519 ? 256 : key->bits;
}

bool pubkey_is_bare_rsa(const Pubkey *key)
{
    return key->bare_rsa;
}

bool pubkey_equal(const Pubkey *a, const Pubkey *b)
{
    bool equal = EVP_PKEY_eq(a->pkey, b->pkey) == 1;
    ERR_clear_error();
    return equal;
}

char *pubkey_p_value(const Pubkey *key)
{
    if (key->type == KEY_TYPE_ED25519) {
        uint8_t octets[ED25519_OCTETS];
        size_t n = sizeof octets;
        bool ok = EVP_PKEY_get_raw_public_key(key->pkey, octets, &n) == 1;
        g_return_val_if_fail(ok, NULL);
        return bytes_base64(octets, n);
    }
    uint8_t *der = NULL;
    int n = i2d_PUBKEY(key->pkey, &der);
    g_return_val_if_fail(n > 0, NULL);
    char *text = bytes_base64(der, (size_t)n);
    OPENSSL_free(der);
    return text;
}

/* RFC 8017 §9.2 note 1: DigestInfo up to the digest. The forms without NULL parameters are left
 * out: EVP_PKEY_verify refuses them too, and a recovered digest must mean that verification over it
 * succeeds. */
static const uint8_t prefix_sha1[] = {
    0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14,
};
static const uint8_t prefix_sha256[] = {
    0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
    0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04, 0x20,
};

static bool digest_after(const uint8_t *prefix, size_t prefix_n, size_t digest_n,
                         const uint8_t *info, size_t n, uint8_t *digest)
{
    if (n != prefix_n + digest_n || memcmp(info, prefix, prefix_n) != 0)
        return false;
    memcpy(digest, info + prefix_n, digest_n);
    return true;
}

RecoverResult pubkey_recover(const Pubkey *key, const uint8_t *sig, size_t n, HashAlg *hash,
                             uint8_t digest[32])
{
    *hash = HASH_UNKNOWN;
    if (key->type != KEY_TYPE_RSA)
        return RECOVER_NOT_RSA;
    size_t size = (size_t)EVP_PKEY_get_size(key->pkey);
    if (n != size)
        return RECOVER_LENGTH;
    ERR_clear_error();
    g_autofree uint8_t *info = g_malloc0(size);
    size_t info_n = size;
    g_autoptr(EVP_PKEY_CTX) context = EVP_PKEY_CTX_new(key->pkey, NULL);
    bool ok = context && EVP_PKEY_verify_recover_init(context) == 1 &&
              EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
              EVP_PKEY_verify_recover(context, info, &info_n, sig, n) == 1;
    ERR_clear_error();
    if (!ok)
        return RECOVER_PADDING;
    if (digest_after(prefix_sha256, sizeof prefix_sha256, 32, info, info_n, digest))
        *hash = HASH_SHA256;
    else if (digest_after(prefix_sha1, sizeof prefix_sha1, 20, info, info_n, digest))
        *hash = HASH_SHA1;
    else
        return RECOVER_NO_DIGESTINFO;
    return RECOVER_OK;
}

static const EVP_MD *hash_md(HashAlg hash)
{
    return hash == HASH_SHA1 ? EVP_sha1() : hash == HASH_SHA256 ? EVP_sha256() : NULL;
}

static bool verify_rsa(const Pubkey *key, HashAlg hash, const uint8_t *digest, const uint8_t *sig,
                       size_t n)
{
    g_autoptr(EVP_PKEY_CTX) context = EVP_PKEY_CTX_new(key->pkey, NULL);
    return context && EVP_PKEY_verify_init(context) == 1 &&
           EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
           EVP_PKEY_CTX_set_signature_md(context, hash_md(hash)) == 1 &&
           EVP_PKEY_verify(context, sig, n, digest, hash_size(hash)) == 1;
}

static bool verify_ed25519(const Pubkey *key, const uint8_t *digest, const uint8_t *sig, size_t n)
{
    g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
    return context && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key->pkey) == 1 &&
           EVP_DigestVerify(context, sig, n, digest, hash_size(HASH_SHA256)) == 1;
}

bool pubkey_verify(const Pubkey *key, HashAlg hash, const uint8_t *digest, const uint8_t *sig,
                   size_t n)
{
    if (hash == HASH_UNKNOWN || n == 0)
        return false;
    ERR_clear_error();
    bool ok = key->type == KEY_TYPE_RSA
                  ? verify_rsa(key, hash, digest, sig, n)
                  : hash == HASH_SHA256 && verify_ed25519(key, digest, sig, n);
    ERR_clear_error();
    return ok;
}

size_t hash_size(HashAlg hash)
{
    return hash == HASH_SHA1 ? 20 : hash == HASH_SHA256 ? 32 : 0;
}

const char *hash_name(HashAlg hash)
{
    return hash == HASH_SHA1 ? "sha1" : hash == HASH_SHA256 ? "sha256" : "unknown";
}

void hash_digest(HashAlg hash, Span data, uint8_t out[32])
{
    const EVP_MD *md = hash_md(hash);
    g_return_if_fail(md);
    bool ok = EVP_Digest(data.n > 0 ? data.p : "", data.n, out, NULL, md, NULL) == 1;
    g_assert(ok); /* only without memory or without a provider */
}

/* Whether a colon-separated list (RFC 6376 §3.6.1: h=, s=, t=) has the word, compared exactly
 * (§3.2). */
static bool colon_list_has(Span list, const char *word)
{
    for (size_t start = 0; start <= list.n;) {
        size_t end = span_find(list, ':', start);
        if (span_is(span_trim(span_of(list.p + start, end - start)), word))
            return true;
        start = end + 1;
    }
    return false;
}

static void read_flags(KeyRecord *record, const TagList *tags)
{
    const Tag *h = taglist_find(tags, "h"), *s = taglist_find(tags, "s"),
              *t = taglist_find(tags, "t");
    const Tag *n = taglist_find(tags, "n"), *k = taglist_find(tags, "k");
    record->hashes_listed = h != NULL;
    record->allows_sha1 = !h || colon_list_has(h->value, "sha1");
    record->allows_sha256 = !h || colon_list_has(h->value, "sha256");
    record->allows_email = !s || colon_list_has(s->value, "*") || colon_list_has(s->value, "email");
    record->testing = t && colon_list_has(t->value, "y");
    record->strict_identity = t && colon_list_has(t->value, "s");
    record->has_g = taglist_find(tags, "g") != NULL;
    record->notes = n ? span_dup(n->value) : NULL;
    record->type = !k || span_is(k->value, "rsa") ? KEY_TYPE_RSA
                   : span_is(k->value, "ed25519") ? KEY_TYPE_ED25519
                                                  : KEY_TYPE_UNKNOWN;
}

/* Offset in value of the octet that is no base64, for the finger in the report; value.n when all
 * are. */
static size_t find_bad_base64(Span value)
{
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (!g_ascii_isalnum(c) && c != '+' && c != '/' && c != '=' && !byte_is_fws(c))
            return i;
    }
    return value.n;
}

/* Base64 that was cut behind the first of four letters cannot be decoded to the end, but its
 * beginning still tells how long the key was: a cut, then, and no wrong letter. */
static bool is_cut_base64(Span value, GByteArray **der)
{
    Span shorter = span_trim(value);
    if (shorter.n == 0)
        return false;
    shorter = span_trim(span_of(shorter.p, shorter.n - 1));
    if (!bytes_base64_decode(shorter, der))
        return false;
    return der_announced((*der)->data, (*der)->len) > (*der)->len;
}

static KeyState read_key(KeyRecord *record, const Tag *p)
{
    g_autoptr(GByteArray) der = NULL;
    record->defect_offset = p->value_offset;
    if (!bytes_base64_decode(p->value, &der)) {
        size_t bad = find_bad_base64(p->value);
        if (bad < p->value.n || !is_cut_base64(p->value, &der)) {
            record->pubkey_defect = PUBKEY_BAD_BASE64;
            record->defect_offset += bad < p->value.n ? bad : 0;
            return KEY_BAD_KEY;
        }
    }
    record->p_octets = der->len;
    record->pubkey_defect =
        pubkey_from_der(record->type, der->data, der->len, &record->key, &record->der_expected);
    if (record->pubkey_defect == PUBKEY_OK)
        record->defect_offset = record->text_n;
    return record->key ? KEY_VALID : KEY_BAD_KEY;
}

static bool is_dkim1(const Tag *v)
{
    return v && span_is(v->value, "DKIM1");
}

/* In the order of RFC 6376 §6.1.2: is it a key record, is its syntax right, is it revoked, can the
 * key be used. */
static KeyState judge(KeyRecord *record, const TagList *tags)
{
    const Tag *v = taglist_find(tags, "v"), *p = taglist_find(tags, "p"),
              *k = taglist_find(tags, "k");
    record->defect_offset = record->text_n;
    if (!is_dkim1(v) && !p)
        return KEY_NOT_A_KEY;
    if (tags->defect != TAGLIST_OK) {
        record->defect_offset = tags->defect_offset;
        return KEY_SYNTAX;
    }
    if (v && (!is_dkim1(v) || v != tags->tags)) {
        record->defect_offset = v->offset;
        return KEY_BAD_VERSION;
    }
    if (!p)
        return KEY_NO_P;
    if (p->value.n == 0) {
        record->defect_offset = p->offset;
        return KEY_REVOKED;
    }
    if (record->type == KEY_TYPE_UNKNOWN) {
        record->defect_offset = k->offset;
        return KEY_UNKNOWN_TYPE;
    }
    return read_key(record, p);
}

KeyRecord *key_record_parse(Span text)
{
    KeyRecord *record = g_new0(KeyRecord, 1);
    record->text = span_dup(text);
    record->text_n = text.n;
    TagList tags = taglist_parse(text);
    record->taglist_defect = (int)tags.defect;
    read_flags(record, &tags);
    record->state = judge(record, &tags);
    taglist_clear(&tags);
    return record;
}

bool key_record_is_cut(const KeyRecord *record)
{
    enum { LOST_CHARACTERS_OCTETS = 2 };
    return record->state == KEY_BAD_KEY && record->pubkey_defect == PUBKEY_TRUNCATED &&
           record->der_expected > record->p_octets + LOST_CHARACTERS_OCTETS;
}

void key_record_free(KeyRecord *record)
{
    if (!record)
        return;
    pubkey_free(record->key);
    g_free(record->notes);
    g_free(record->text);
    g_free(record);
}

const char *key_state_name(KeyState state)
{
    switch (state) {
    case KEY_VALID:
        return "valid";
    case KEY_REVOKED:
        return "revoked";
    case KEY_NOT_A_KEY:
        return "not-a-key";
    case KEY_NO_P:
        return "no-p";
    case KEY_BAD_VERSION:
        return "bad-version";
    case KEY_SYNTAX:
        return "syntax";
    case KEY_UNKNOWN_TYPE:
        return "unknown-type";
    case KEY_BAD_KEY:
        return "bad-key";
    }
    g_return_val_if_reached("");
}

const char *pubkey_defect_name(PubkeyDefect defect)
{
    switch (defect) {
    case PUBKEY_OK:
        return "ok";
    case PUBKEY_BAD_BASE64:
        return "bad-base64";
    case PUBKEY_NOT_DER:
        return "not-der";
    case PUBKEY_TRUNCATED:
        return "truncated";
    case PUBKEY_TRAILING:
        return "trailing";
    case PUBKEY_OTHER_TYPE:
        return "other-type";
    case PUBKEY_ED25519_LENGTH:
        return "ed25519-length";
    case PUBKEY_ED25519_SPKI:
        return "ed25519-spki";
    case PUBKEY_SMALL_ORDER:
        return "small-order";
    case PUBKEY_BAD_EXPONENT:
        return "bad-exponent";
    case PUBKEY_BAD_SIZE:
        return "bad-size";
    }
    g_return_val_if_reached("");
}

const char *key_type_name(KeyType type)
{
    return type == KEY_TYPE_RSA ? "rsa" : type == KEY_TYPE_ED25519 ? "ed25519" : "unknown";
}
