#include "analyzer/cause/rsaoracle.h"

#include <glib.h>
#include <openssl/bn.h>

struct RsaOracle {
    BIGNUM *modulus, *exponent, *value, *result;
    BN_CTX *context;
    BN_MONT_CTX *montgomery;
    size_t size;
};

RsaOracle *rsa_oracle_new(void)
{
    RsaOracle *oracle = g_new0(RsaOracle, 1);
    oracle->modulus = BN_new();
    oracle->exponent = BN_new();
    oracle->value = BN_new();
    oracle->result = BN_new();
    oracle->context = BN_CTX_new();
    oracle->montgomery = BN_MONT_CTX_new();
    return oracle;
}

void rsa_oracle_free(RsaOracle *oracle)
{
    if (!oracle)
        return;
    BN_free(oracle->modulus);
    BN_free(oracle->exponent);
    BN_free(oracle->value);
    BN_free(oracle->result);
    BN_MONT_CTX_free(oracle->montgomery);
    BN_CTX_free(oracle->context);
    g_free(oracle);
}

/* A DER element: moves *p past its header, and says how long its content is. X.690 §8.1. */
static bool der_enter(const uint8_t **p, const uint8_t *end, uint8_t tag, size_t *length)
{
    if (end - *p < 2 || (*p)[0] != tag)
        return false;
    size_t n = (*p)[1];
    *p += 2;
    if (n & 0x80) {
        size_t octets = n & 0x7f;
        if (octets == 0 || octets > 3 || (size_t)(end - *p) < octets)
            return false;
        for (n = 0; octets > 0; octets--)
            n = n << 8 | *(*p)++;
    }
    *length = n;
    return n <= (size_t)(end - *p);
}

static bool der_integer(const uint8_t **p, const uint8_t *end, BIGNUM *number)
{
    size_t n;
    if (!der_enter(p, end, 0x02, &n) || n > 4096)
        return false;
    BN_bin2bn(*p, (int)n, number);
    *p += n;
    return true;
}

bool rsa_oracle_set_key(RsaOracle *oracle, const uint8_t *der, size_t n)
{
    const uint8_t *p = der, *end = der + n;
    size_t length;
    oracle->size = 0;
    if (!der_enter(&p, end, 0x30, &length))
        return false;
    if (p < end &&
        *p == 0x30) { /* SubjectPublicKeyInfo: algorithm, then a bit string with the RSAPublicKey */
        if (!der_enter(&p, end, 0x30, &length))
            return false;
        p += length;
        if (!der_enter(&p, end, 0x03, &length) || length == 0 || *p++ != 0 ||
            !der_enter(&p, end, 0x30, &length))
            return false;
    }
    if (!der_integer(&p, end, oracle->modulus) || !der_integer(&p, end, oracle->exponent))
        return false;
    if (!BN_is_odd(oracle->modulus) || BN_num_bits(oracle->exponent) > 64 ||
        BN_num_bytes(oracle->modulus) < 64)
        return false;
    if (!BN_MONT_CTX_set(oracle->montgomery, oracle->modulus, oracle->context))
        return false;
    oracle->size = (size_t)BN_num_bytes(oracle->modulus);
    return true;
}

size_t rsa_oracle_size(const RsaOracle *oracle)
{
    return oracle->size;
}

/* 00 01 FF ... FF 00: the leading zero octet is not in the number. */
static bool has_padding(const BIGNUM *number, size_t size)
{
    uint8_t block[2048];
    if (size > sizeof block || (size_t)BN_num_bytes(number) != size - 1)
        return false;
    BN_bn2bin(number, block);
    if (block[0] != 0x01)
        return false;
    size_t i = 1;
    while (i < size - 1 && block[i] == 0xff)
        i++;
    return i >= 9 && i < size - 1 && block[i] == 0x00;
}

bool rsa_oracle_unpads(RsaOracle *oracle, const uint8_t *signature, size_t n)
{
    if (oracle->size == 0 || n != oracle->size)
        return false;
    BN_bin2bn(signature, (int)n, oracle->value);
    if (BN_cmp(oracle->value, oracle->modulus) >= 0)
        return false;
    if (!BN_mod_exp_mont(oracle->result, oracle->value, oracle->exponent, oracle->modulus,
                         oracle->context, oracle->montgomery))
        return false;
    return has_padding(oracle->result, oracle->size);
}
