/* Canonicalization against the examples of RFC 6376 §3.4.5 and against a slow second writing of
 * §3.4. */
#include "analyzer/auth/canon.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void assert_octets(GString *actual, const char *expected, size_t n)
{
    assert_int_equal(actual->len, n);
    assert_memory_equal(actual->str, expected, n);
    g_string_free(actual, TRUE);
}

static GString *header(Canon canon, const char *raw, size_t n)
{
    GString *out = g_string_new(NULL);
    canon_header(canon, span_of(raw, n), canon_to_string, out);
    return out;
}

static GString *body(Canon canon, const char *raw, size_t n, bool lf_is_crlf)
{
    GString *out = g_string_new(NULL);
    canon_body(canon, span_of(raw, n), lf_is_crlf, canon_to_string, out);
    return out;
}

#define LIT(s) (s), sizeof(s) - 1
#define HEADER(canon, raw, expected) assert_octets(header(canon, LIT(raw)), LIT(expected))
#define BODY(canon, raw, lf, expected) assert_octets(body(canon, LIT(raw), lf), LIT(expected))

/* RFC 6376 §3.4.5, examples 1 to 3. */
static void rfc_examples(void **state)
{
    (void)state;
    HEADER(CANON_RELAXED, "A: X\r\n", "a:X\r\n");
    HEADER(CANON_RELAXED, "B : Y\t\r\n\tZ  \r\n", "b:Y Z\r\n");
    BODY(CANON_RELAXED, " C \r\nD \t E\r\n\r\n\r\n", false, " C\r\nD E\r\n");
    HEADER(CANON_SIMPLE, "A: X\r\n", "A: X\r\n");
    HEADER(CANON_SIMPLE, "B : Y\t\r\n\tZ  \r\n", "B : Y\t\r\n\tZ  \r\n");
    BODY(CANON_SIMPLE, " C \r\nD \t E\r\n\r\n\r\n", false, " C \r\nD \t E\r\n");
}

static void headers_relaxed(void **state)
{
    (void)state;
    HEADER(CANON_RELAXED, "SubJect:a", "subject:a\r\n");
    HEADER(CANON_RELAXED, "A:\r\n", "a:\r\n");
    HEADER(CANON_RELAXED, "A:  \t\r\n", "a:\r\n");
    HEADER(CANON_RELAXED, "A:\r\n\tb\r\n", "a:b\r\n");
    HEADER(CANON_RELAXED, "A: b\r\n \t \r\n c\r\n \r\n", "a:b c\r\n");
    HEADER(CANON_RELAXED, "A: b\n c\n", "a:b c\r\n");
    HEADER(CANON_RELAXED, "A: b \t c  d\r\n", "a:b c d\r\n");
    HEADER(CANON_RELAXED, "A: b:C :d\r\n", "a:b:C :d\r\n");
    HEADER(CANON_RELAXED, "A: b\rc \r\r\n", "a:b\rc \r\r\n");
    HEADER(CANON_RELAXED, "\xC3\x89 X\t\tY: \xC3\x89\0 Z\r\n", "\xC3\x89 x y:\xC3\x89\0 Z\r\n");
    HEADER(CANON_RELAXED, "", "\r\n");
    HEADER(CANON_RELAXED, "No Colon\r\n", "no colon\r\n");
    GString *name = g_string_new(NULL), *expected = g_string_new(NULL);
    for (int i = 0; i < 1000; i++) {
        g_string_append(name, "Name-");
        g_string_append(expected, "name-");
    }
    g_string_append(name, ": x\r\n");
    g_string_append(expected, ":x\r\n");
    assert_octets(header(CANON_RELAXED, name->str, name->len), expected->str, expected->len);
    g_string_free(name, TRUE);
    g_string_free(expected, TRUE);
}

static void headers_simple(void **state)
{
    (void)state;
    HEADER(CANON_SIMPLE, "A:b", "A:b\r\n");
    HEADER(CANON_SIMPLE, "A: b\n\t c \n", "A: b\r\n\t c \r\n");
    HEADER(CANON_SIMPLE, "A: b\r\n\t c\n d\r\n", "A: b\r\n\t c\r\n d\r\n");
    HEADER(CANON_SIMPLE, "A: b\r\r\n", "A: b\r\r\n");
    HEADER(CANON_SIMPLE, "A: \0\xFF\r\n", "A: \0\xFF\r\n");
}

static GString *signature(Canon canon, const char *raw, const char *b, const char *after_b)
{
    GString *out = g_string_new(NULL);
    size_t start = (size_t)(strstr(raw, b) - raw) + strlen(b);
    size_t end = (size_t)(strstr(raw, after_b) - raw);
    canon_signature_header(canon, span_of(raw, strlen(raw)), start, end, canon_to_string, out);
    return out;
}

static void signature_field(void **state)
{
    (void)state;
    static const char middle[] = "DKIM-Signature: v=1; b= ab\r\n\tcd \r\n ; d=x\r\n";
    assert_octets(signature(CANON_SIMPLE, middle, "b=", "; d"),
                  LIT("DKIM-Signature: v=1; b=; d=x"));
    assert_octets(signature(CANON_RELAXED, middle, "b=", "; d"),
                  LIT("dkim-signature:v=1; b=; d=x"));
    static const char last[] = "DKIM-Signature: d=x;\n\tb=ab\n";
    GString *out = g_string_new(NULL);
    canon_signature_header(CANON_SIMPLE, span_of(last, sizeof(last) - 1), 24, 27, canon_to_string,
                           out);
    assert_octets(out, LIT("DKIM-Signature: d=x;\r\n\tb="));
    out = g_string_new(NULL); /* offsets past the end are the end */
    canon_signature_header(CANON_RELAXED, span_of(last, sizeof(last) - 1), 24, 1000,
                           canon_to_string, out);
    assert_octets(out, LIT("dkim-signature:d=x; b="));
}

static void bodies_simple(void **state)
{
    (void)state;
    BODY(CANON_SIMPLE, "", false, "\r\n");
    BODY(CANON_SIMPLE, "\r\n\r\n", false, "\r\n");
    BODY(CANON_SIMPLE, "\n\n", true, "\r\n");
    BODY(CANON_SIMPLE, "a", false, "a\r\n");
    BODY(CANON_SIMPLE, " \r\n\r\n", false, " \r\n");
    BODY(CANON_SIMPLE, "a\nb\n\n", true, "a\r\nb\r\n");
    BODY(CANON_SIMPLE, "a\nb\n\n", false, "a\nb\n\n\r\n");
    BODY(CANON_SIMPLE, "a\r\nb\n\r\n\n", true, "a\r\nb\r\n");
    BODY(CANON_SIMPLE, "a\r\r\n\r\n", false, "a\r\r\n");
    BODY(CANON_SIMPLE, "\r\n\r\na\0\r\n", false, "\r\n\r\na\0\r\n");
}

static void bodies_relaxed(void **state)
{
    (void)state;
    BODY(CANON_RELAXED, "", false, "");
    BODY(CANON_RELAXED, "\r\n\r\n", false, "");
    BODY(CANON_RELAXED, " \t \r\n \r\n ", false, "");
    BODY(CANON_RELAXED, "a \t", false, "a\r\n");
    BODY(CANON_RELAXED, "\r\n \r\n\ta\tb  c \r\n \r\n", false, "\r\n\r\n a b c\r\n");
    BODY(CANON_RELAXED, "a \nb\n \n", true, "a\r\nb\r\n");
    BODY(CANON_RELAXED, "a \nb\n", false, "a \nb\n\r\n");
    BODY(CANON_RELAXED, "a \r\r\n", false, "a \r\r\n");
}

/* --- a second writing, by replacing until nothing changes --- */

static void replace_all(GString *text, const char *from, size_t from_n, const char *to, size_t to_n)
{
    for (size_t i = 0; i + from_n <= text->len;) {
        if (memcmp(text->str + i, from, from_n) == 0) {
            g_string_erase(text, (gssize)i, (gssize)from_n);
            g_string_insert_len(text, (gssize)i, to, (gssize)to_n);
            i = 0;
        } else {
            i++;
        }
    }
}

static bool ends_in(const GString *text, const char *end)
{
    size_t n = strlen(end);
    return text->len >= n && memcmp(text->str + text->len - n, end, n) == 0;
}

/* LF as CRLF, by way of an octet that the inputs do not have. */
static void normalise(GString *text)
{
    replace_all(text, "\r\n", 2, "\1", 1);
    replace_all(text, "\n", 1, "\1", 1);
    replace_all(text, "\1", 1, "\r\n", 2);
}

static void reduce_blanks(GString *text)
{
    replace_all(text, "\t", 1, " ", 1);
    replace_all(text, "  ", 2, " ", 1);
}

static GString *slow_body(Canon canon, const char *raw, size_t n, bool lf_is_crlf)
{
    GString *text = g_string_new_len(raw, (gssize)n);
    if (lf_is_crlf)
        normalise(text);
    if (!ends_in(text, "\r\n"))
        g_string_append(text, "\r\n");
    if (canon == CANON_RELAXED) {
        reduce_blanks(text);
        replace_all(text, " \r\n", 3, "\r\n", 2);
    }
    while (ends_in(text, "\r\n\r\n"))
        g_string_truncate(text, text->len - 2);
    if (canon == CANON_RELAXED && text->len == 2)
        g_string_truncate(text, 0);
    return text;
}

static GString *slow_header(Canon canon, const char *raw, size_t n)
{
    GString *text = g_string_new_len(raw, (gssize)n);
    normalise(text);
    if (!ends_in(text, "\r\n"))
        g_string_append(text, "\r\n");
    if (canon == CANON_SIMPLE)
        return text;
    replace_all(text, "\r\n", 2, "", 0);
    reduce_blanks(text);
    if (ends_in(text, " "))
        g_string_truncate(text, text->len - 1);
    char *colon = memchr(text->str, ':', text->len);
    for (char *p = text->str; p < colon; p++)
        *p = g_ascii_tolower(*p);
    size_t at = (size_t)(colon - text->str);
    if (at + 1 < text->len && text->str[at + 1] == ' ')
        g_string_erase(text, (gssize)at + 1, 1);
    if (at > 0 && text->str[at - 1] == ' ')
        g_string_erase(text, (gssize)at - 1, 1);
    g_string_append(text, "\r\n");
    return text;
}

static void random_octets(GRand *rand, const char *alphabet, size_t letters, GString *out, int most)
{
    int n = g_rand_int_range(rand, 0, most);
    for (int i = 0; i < n; i++)
        g_string_append_c(out, alphabet[g_rand_int_range(rand, 0, (gint32)letters)]);
}

static void any_body(void **state)
{
    (void)state;
    g_autoptr(GRand) rand = g_rand_new_with_seed(6376);
    for (int round = 0; round < 8000; round++) {
        GString *raw = g_string_new(NULL);
        random_octets(rand, LIT("a  \t\r\n\n\r\0\xE9"), raw, 40);
        for (int lines = g_rand_int_range(rand, 0, 6); lines > 0; lines--) {
            g_string_append(raw, "b \r\n");
            random_octets(rand, LIT("a  \t"), raw, 4);
        }
        for (int canon = CANON_SIMPLE; canon <= CANON_RELAXED; canon++) {
            for (int lf = 0; lf <= 1; lf++) {
                GString *slow = slow_body((Canon)canon, raw->str, raw->len, lf);
                assert_octets(body((Canon)canon, raw->str, raw->len, lf), slow->str, slow->len);
                g_string_free(slow, TRUE);
            }
        }
        g_string_free(raw, TRUE);
    }
}

static void any_header(void **state)
{
    (void)state;
    g_autoptr(GRand) rand = g_rand_new_with_seed(3402);
    for (int round = 0; round < 8000; round++) {
        GString *raw = g_string_new("N");
        random_octets(rand, LIT("aB\xC9 "), raw, 5);
        g_string_append_c(raw, ':');
        for (int lines = g_rand_int_range(rand, 1, 5); lines > 0; lines--) {
            random_octets(rand, LIT("Aa: \t\r\0\xC9"), raw, 12);
            g_string_append(raw, g_rand_boolean(rand) ? "\r\n " : "\n\t");
        }
        if (g_rand_boolean(rand))
            g_string_append(raw, "\r\n");
        for (int canon = CANON_SIMPLE; canon <= CANON_RELAXED; canon++) {
            GString *slow = slow_header((Canon)canon, raw->str, raw->len);
            assert_octets(header((Canon)canon, raw->str, raw->len), slow->str, slow->len);
            g_string_free(slow, TRUE);
        }
        g_string_free(raw, TRUE);
    }
}

/* --- body hashes --- */

static void assert_digest(const uint8_t *digest, const char *base64)
{
    g_autofree char *text = bytes_base64(digest, 32);
    assert_string_equal(text, base64);
}

static Source *source_with_body(const char *text, size_t n)
{
    GString *all = g_string_new("A: b\r\n\r\n");
    g_string_append_len(all, text, (gssize)n);
    g_autoptr(GBytes) octets = g_string_free_to_bytes(all);
    return source_new(octets, SOURCE_AS_STORED);
}

/* RFC 6376 §3.4.3 and §3.4.4 give the hashes of the empty body. */
static void empty_body_hashes(void **state)
{
    (void)state;
    g_autoptr(Source) source = source_with_body("", 0);
    BodyHash wanted[] = {
        {.canon = CANON_RELAXED, .hash = HASH_SHA256},
        {.canon = CANON_SIMPLE, .hash = HASH_SHA256},
        {.canon = CANON_RELAXED, .hash = HASH_SHA1},
        {.canon = CANON_SIMPLE, .hash = HASH_SHA1},
        {.canon = CANON_RELAXED, .hash = HASH_SHA256, .limited = true, .limit = 0},
        {.canon = CANON_SIMPLE, .hash = HASH_SHA256, .limited = true, .limit = 3},
        {.canon = CANON_SIMPLE, .hash = HASH_UNKNOWN},
    };
    canon_hash_body(source, wanted, G_N_ELEMENTS(wanted));
    assert_digest(wanted[0].digest, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_digest(wanted[1].digest, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
    g_autofree char *sha1_relaxed = bytes_base64(wanted[2].digest, 20);
    assert_string_equal(sha1_relaxed, "2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
    g_autofree char *sha1_simple = bytes_base64(wanted[3].digest, 20);
    assert_string_equal(sha1_simple, "uoq1oCgLlTqpdDX/iUbLy7J1Wic=");
    assert_digest(wanted[4].digest, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    assert_false(wanted[4].short_body);
    assert_digest(wanted[5].digest, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=");
    assert_true(wanted[5].short_body);
    assert_int_equal(wanted[0].canonical_size, 0);
    assert_int_equal(wanted[1].canonical_size, 2);
    assert_int_equal(wanted[6].canonical_size, 2);
    static const uint8_t nothing[32];
    assert_memory_equal(wanted[6].digest, nothing, 32);
}

/* Every limit gives the hash of that prefix of the canonical body, in whatever order they stand. */
static void limits(void **state)
{
    (void)state;
    g_autoptr(GRand) rand = g_rand_new_with_seed(64);
    GString *text = g_string_new(NULL);
    while (text->len < 150000) {
        random_octets(rand, LIT("abcdefgh  \t"), text, 120);
        g_string_append(text, text->len % 3 ? "\r\n" : " \t\r\n\r\n");
    }
    for (int i = 0; i < 100000; i++)
        g_string_append_c(text, 'x'); /* a line that is larger than any buffer */
    g_string_append(text, "\r\n\r\n");
    g_autoptr(Source) source = source_with_body(text->str, text->len);
    GString *whole[] = {body(CANON_SIMPLE, text->str, text->len, false),
                        body(CANON_RELAXED, text->str, text->len, false)};
    BodyHash wanted[600] = {0};
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        wanted[i].canon = i % 2 ? CANON_SIMPLE : CANON_RELAXED;
        wanted[i].hash = i % 3 ? HASH_SHA256 : HASH_SHA1;
        wanted[i].limited = i % 10 != 0;
        size_t size = whole[wanted[i].canon]->len;
        wanted[i].limit = i % 7 ? (uint64_t)g_rand_int_range(rand, 0, 270000) : size - 1 + i % 3;
    }
    wanted[1].limit = UINT64_MAX;
    canon_hash_body(source, wanted, G_N_ELEMENTS(wanted));
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++) {
        const GString *canonical = whole[wanted[i].canon];
        bool is_short = wanted[i].limited && wanted[i].limit > canonical->len;
        size_t n = wanted[i].limited && !is_short ? (size_t)wanted[i].limit : canonical->len;
        uint8_t expected[32] = {0};
        hash_digest(wanted[i].hash, span_of(canonical->str, n), expected);
        assert_memory_equal(wanted[i].digest, expected, hash_size(wanted[i].hash));
        assert_int_equal(wanted[i].short_body, is_short);
        assert_int_equal(wanted[i].canonical_size, canonical->len);
    }
    g_string_free(whole[0], TRUE);
    g_string_free(whole[1], TRUE);
    g_string_free(text, TRUE);
}

static void names(void **state)
{
    (void)state;
    assert_string_equal(canon_name(CANON_SIMPLE), "simple");
    assert_string_equal(canon_name(CANON_RELAXED), "relaxed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rfc_examples),
        cmocka_unit_test(headers_relaxed),
        cmocka_unit_test(headers_simple),
        cmocka_unit_test(signature_field),
        cmocka_unit_test(bodies_simple),
        cmocka_unit_test(bodies_relaxed),
        cmocka_unit_test(any_body),
        cmocka_unit_test(any_header),
        cmocka_unit_test(empty_body_hashes),
        cmocka_unit_test(limits),
        cmocka_unit_test(names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
