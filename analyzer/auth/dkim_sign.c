#include "analyzer/auth/dkim_sign.h"

#include "analyzer/auth/canon.h"
#include "analyzer/base/own.h"

#include <string.h>

enum { INSTANCES_MAX = 50, FOLD_COLUMN = 72 };

/* PKCS#1 (RFC 8017 A.1.2) in base64. No secret: see dkim_sign.h. */
static const char private_half[] =
    "MIIEogIBAAKCAQEAxtOyCx02J1aIddPX/W0QObRj7eurvxZNIrGuKnBI8dM6n78f+fgWj/WdN5lOQ80LREK/R2Cn2yGO"
    "iZYCkoAycGWyzWRDjAcS5dYgIKj87nI4VHc7ozRC4vEEk3ARazY+MFsmA7yhHSChRRjIJta9vaQx/9lXIK6uXTvyjatu"
    "afZInqwHQNUUQ5meOKLOEMK90L4EWhUTIJ1I15kRLfZKXQKwlbMAJU50rTaorv28+6/PbHO7tzicLl3zLpQ9zmDUn/65"
    "yor7hL2WJNeAgsdKn7MFJ87F99q0cMbeh/HKOZqIPkVWrkxvAqZqYF5WCwn5y0aYAWh1j6+8Yr8+IAwP5wIDAQABAoIB"
    "ABX1kImeCXqbxIja7lUnjq4I3daLplV9pY704nWpHsKn9Sa/3vdmg+YUwZnqkn8g2M3ftKzcoH1ZE0Xf2Fs3fG/3KMx6"
    "y+OzGPkNxqZEyQv0IoOLAv5Z9HSIcQca+VmGzU8y6fEUtr32+h4dsrwTZd5ZkZ9zxiXZFRnoAo3MsW5TWmU/4vimjj4l"
    "5gSBe/ouJ47QD3TyVsMTLleq/Fnsr6XHXC9IAE8iWqJ35goJHCy/aUQhIQKx6ZcURGkQZvZkRFuT7+IOyCjyXmuk9VR2"
    "uzVmfK6qHsbOFm69O5P0xK5ep6mAlOHXO1lNIrNCG3I5BIUzeQVIzXgFz5Q2YiFiSA0CgYEA/6f9hH+vujlOw2Y/PprM"
    "bExbkjlL/yf35C3LlyAQxUMIL1pRoVGBqEMzWoOUjuZSL2hDoWpi1LPPHxG0zpGQPDefjaIwB06jEFKbG357iB5qeqpU"
    "EEo03CFehLNluFpLpF79Grwz4KKKJLrdvwBOL8qXTUMChv4S70H6q+nlr5sCgYEAxxgkRdHixmyiXH8RS3vCBK/iEuGw"
    "ra8YItS6Vgj6pNb0rR/nkkV0lj+QbHbzqACSeGoazmOIRZP4EpElZEHVugfRe8V3WksO5C7K5LpNw4aqB7edHnb6v9j1"
    "wkh+ua1YQvQlh8cPjFu4Liv3e/3KRQRSbl+2WZZD6u/Cxd5yM6UCgYBrxXpmn5kJjNz6HCEvF/xy7uFvS74Qqt2iD/gS"
    "Fg9byL0rkQx2T7CzqNh+IJfAgbFFkNNpuTo+Zio687Dfn5dI+z3EbAmJGwo8eEYwmeojYIcMfL8BOvb7kQmSMToBM/dN"
    "LEnQOmQ4HuzTPP77ZHqRRPrxM/1dwL9kotC0Jd6QXwKBgBBfBtSK7rfcRPmQJU7srUaPY+qjjlCp3jU3At+CO4IEfvgh"
    "cHxRo8WbEngoy95bta+bIfsoqhL2mOaF8uosk7OJYwtncGoHVAEla9+lBjH2x9J8obnYlMPjxkmkhm8kNubChreEgd3L"
    "yPha+y3B77j/IvwaeLcjKRCPiJeWtBNVAoGAMaHTj/swe/1xFGQBY0Rff71bzIJOFRxlhdRCZMyLPJg+naZZquB+OQ29"
    "ftWSTzx+Oj62wC+17G76Lr/qsqk2tPpfELJlbeUSdiiuhebNkqWRsNl9lVIis78tosx4KRVZytpDnMBYzG6sxyBBTszR"
    "OchqitezYg41nfXqtZyDUZI=";
/* SubjectPublicKeyInfo. */
static const char public_half[] =
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAxtOyCx02J1aIddPX/W0QObRj7eurvxZNIrGuKnBI8dM6n78f"
    "+fgWj/WdN5lOQ80LREK/R2Cn2yGOiZYCkoAycGWyzWRDjAcS5dYgIKj87nI4VHc7ozRC4vEEk3ARazY+MFsmA7yhHSCh"
    "RRjIJta9vaQx/9lXIK6uXTvyjatuafZInqwHQNUUQ5meOKLOEMK90L4EWhUTIJ1I15kRLfZKXQKwlbMAJU50rTaorv28"
    "+6/PbHO7tzicLl3zLpQ9zmDUn/65yor7hL2WJNeAgsdKn7MFJ87F99q0cMbeh/HKOZqIPkVWrkxvAqZqYF5WCwn5y0aY"
    "AWh1j6+8Yr8+IAwP5wIDAQAB";

/* What is signed when it is there: RFC 6376 §5.4.1, RFC 8058 §4. */
static const char *const names[] = {
    "from",
    "to",
    "cc",
    "reply-to",
    "sender",
    "subject",
    "date",
    "message-id",
    "in-reply-to",
    "references",
    "mime-version",
    "content-type",
    "content-id",
    "content-transfer-encoding",
    "content-description",
    "list-unsubscribe",
    "list-unsubscribe-post",
};

static EVP_PKEY *private_key(void)
{
    gsize n;
    g_autofree guchar *der = g_base64_decode(private_half, &n);
    const guchar *at = der;
    EVP_PKEY *key = d2i_PrivateKey(EVP_PKEY_RSA, NULL, &at, (long)n);
    if (!key)
        g_error("the key of rehearsals cannot be read");
    return key;
}

Pubkey *dkim_sign_key(void)
{
    gsize n;
    g_autofree guchar *der = g_base64_decode(public_half, &n);
    Pubkey *key = NULL;
    size_t expected;
    if (pubkey_from_der(KEY_TYPE_RSA, der, n, &key, &expected) != PUBKEY_OK)
        g_error("the key of rehearsals cannot be read");
    return key;
}

/* --- what is signed --- */

typedef struct Signing {
    const Source *source;
    const char *eol;
    GString *h;     /* value of h= */
    GString *block; /* the fields, canonical, in the order of h= */
    size_t column;  /* of h= in its line */
} Signing;

static void mention(Signing *signing, const char *name)
{
    size_t n = strlen(name) + 1;
    if (signing->h->len > 0)
        g_string_append_c(signing->h, ':');
    if (signing->column + n > FOLD_COLUMN) {
        g_string_append_printf(signing->h, "%s\t", signing->eol);
        signing->column = 0;
    }
    g_string_append(signing->h, name);
    signing->column += n;
}

/* §5.4.2: from the bottom, the last mention taking nothing. Absent fields are not mentioned. */
static void sign_fields(Signing *signing, const char *name)
{
    const Source *source = signing->source;
    size_t found = 0;
    for (size_t i = source->n_fields; i > 0 && found < INSTANCES_MAX; i--) {
        const Field *field = &source->fields[i - 1];
        if (!span_is_nocase(field->name, name))
            continue;
        mention(signing, name);
        canon_header(CANON_RELAXED, field->raw, canon_to_string, signing->block);
        found++;
    }
    if (found > 0 && found < INSTANCES_MAX)
        mention(signing, name);
}

static char *body_hash(const Source *source)
{
    BodyHash hash = {.canon = CANON_RELAXED, .hash = HASH_SHA256};
    canon_hash_body(source, &hash, 1);
    return bytes_base64(hash.digest, hash_size(HASH_SHA256));
}

/* --- the signature --- */

static char *signature_over(const GString *block)
{
    g_autoptr(EVP_PKEY) key = private_key();
    g_autoptr(EVP_MD_CTX) context = EVP_MD_CTX_new();
    unsigned char value[512];
    size_t n = sizeof value;
    if (EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key) != 1 ||
        EVP_DigestSign(context, value, &n, (const unsigned char *)block->str, block->len) != 1)
        g_error("OpenSSL cannot sign");
    return bytes_base64(value, n);
}

static void append_folded(GString *field, const char *text, const char *eol)
{
    for (size_t at = 0, n = strlen(text); at < n; at += FOLD_COLUMN) {
        if (at > 0)
            g_string_append_printf(field, "%s\t", eol);
        g_string_append_len(field, text + at, (gssize)MIN(n - at, (size_t)FOLD_COLUMN));
    }
}

static char *sign_block(Signing *signing, const char *domain, const char *selector, int64_t time_s)
{
    const char *eol = signing->eol;
    g_autofree char *bh = body_hash(signing->source);
    GString *field = g_string_new(NULL);
    g_string_printf(
        field,
        "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s;%s\ts=%s; t=%" G_GINT64_FORMAT
        ";%s\th=%s;%s\tbh=%s;%s\tb=",
        domain, eol, selector, MAX(time_s, 0), eol, signing->h->str, eol, bh, eol);
    canon_signature_header(CANON_RELAXED, span_of(field->str, field->len), field->len, field->len,
                           canon_to_string, signing->block);
    g_autofree char *value = signature_over(signing->block);
    append_folded(field, value, eol);
    g_string_append(field, eol);
    return g_string_free(field, FALSE);
}

char *dkim_sign(const Source *source, const char *domain, const char *selector, int64_t time_s)
{
    if (!source_field(source, "from", 0))
        return NULL;
    Signing signing = {.source = source,
                       .eol = source->header_ends == LINE_ENDS_LF ? "\n" : "\r\n",
                       .h = g_string_new(NULL),
                       .block = g_string_new(NULL)};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        sign_fields(&signing, names[i]);
    char *field = sign_block(&signing, domain, selector, time_s);
    g_string_free(signing.h, TRUE);
    g_string_free(signing.block, TRUE);
    return field;
}
