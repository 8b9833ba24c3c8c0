/* bytes.c: spans, the escape convention, base64. */
#include "analyzer/base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void compares_and_searches_octets(void **state)
{
    (void)state;
    assert_true(span_equal(SPAN_LIT("a\0b"), SPAN_LIT("a\0b")));
    assert_false(span_equal(SPAN_LIT("a\0b"), SPAN_LIT("a\0c")));
    assert_true(span_equal(span_of(NULL, 0), SPAN_LIT("")));
    assert_true(span_is_nocase(SPAN_LIT("FrOm"), "from"));
    assert_false(span_is_nocase(SPAN_LIT("from "), "from"));
    assert_false(span_is(SPAN_LIT("From"), "from"));
    assert_true(span_starts_nocase(SPAN_LIT("DKIM-Signature"), "dkim-"));
    assert_false(span_starts_nocase(SPAN_LIT("DK"), "dkim-"));
    /* Only ASCII folds: the octets of e-acute in Latin-1 stay different. */
    assert_false(span_is_nocase(SPAN_LIT("\xc9"), "\xe9"));
    assert_int_equal(span_str(NULL).n, 0);

    Span text = SPAN_LIT("one;two;\0;two");
    assert_int_equal(span_find(text, ';', 0), 3);
    assert_int_equal(span_find(text, ';', 4), 7);
    assert_int_equal(span_find(text, 'x', 0), text.n);
    assert_int_equal(span_find(text, ';', 99), text.n);
    assert_int_equal(span_search(text, SPAN_LIT("two"), 5), 10);
    assert_int_equal(span_search(text, SPAN_LIT("\0;t"), 0), 8);
    assert_int_equal(span_search(text, SPAN_LIT("none"), 0), text.n);
    assert_int_equal(span_search(text, SPAN_LIT("one"), 1), text.n);

    assert_true(span_is(span_trim(SPAN_LIT(" \t\r\n a b \r\n")), "a b"));
    assert_int_equal(span_trim(SPAN_LIT(" \r\n")).n, 0);
    assert_true(span_is(span_from(SPAN_LIT("abc"), 2), "c"));
    assert_int_equal(span_from(SPAN_LIT("abc"), 4).n, 0);

    g_autofree char *copy = span_dup(SPAN_LIT("a\0b"));
    assert_memory_equal(copy, "a\0b", 4);
}

static void reads_numbers(void **state)
{
    (void)state;
    uint64_t value = 7;
    assert_true(span_to_uint64(SPAN_LIT("0"), 20, &value));
    assert_int_equal(value, 0);
    assert_true(span_to_uint64(SPAN_LIT("18446744073709551615"), 20, &value));
    assert_true(value == UINT64_MAX);
    assert_false(span_to_uint64(SPAN_LIT("18446744073709551616"), 20, &value));
    assert_false(span_to_uint64(SPAN_LIT("99999999999999999999"), 20, &value));
    assert_false(span_to_uint64(SPAN_LIT("123"), 2, &value));
    assert_false(span_to_uint64(SPAN_LIT(""), 20, &value));
    assert_false(span_to_uint64(SPAN_LIT("-1"), 20, &value));
    assert_false(span_to_uint64(SPAN_LIT(" 1"), 20, &value));
    assert_false(span_to_uint64(SPAN_LIT("1\0"), 20, &value));
}

static void assert_escape(Span raw, const char *expected)
{
    g_autofree char *text = bytes_escape(raw);
    assert_string_equal(text, expected);
    g_autoptr(GByteArray) back = NULL;
    assert_true(bytes_unescape(text, &back));
    assert_int_equal(back->len, raw.n);
    if (raw.n > 0)
        assert_memory_equal(back->data, raw.p, raw.n);
}

static void escapes_what_cannot_be_seen(void **state)
{
    (void)state;
    assert_escape(SPAN_LIT(""), "");
    assert_escape(SPAN_LIT("plain text"), "plain text");
    assert_escape(SPAN_LIT("a\\b\r\n\t"), "a\\\\b\\r\\n\\t");
    assert_escape(SPAN_LIT("\0\x1b\x7f"), "\\x00\\x1B\\x7F");
    assert_escape(SPAN_LIT("caf\xc3\xa9"), "caf\xc3\xa9");
    assert_escape(SPAN_LIT("caf\xe9!"), "caf\\xE9!");                    /* Latin-1 */
    assert_escape(SPAN_LIT("\xe2\x82"), "\\xE2\\x82");                   /* cut euro sign */
    assert_escape(SPAN_LIT("\xc0\xaf"), "\\xC0\\xAF");                   /* overlong "/" */
    assert_escape(SPAN_LIT("\xed\xa0\x80"), "\\xED\\xA0\\x80");          /* surrogate */
    assert_escape(SPAN_LIT("\xf4\x90\x80\x80"), "\\xF4\\x90\\x80\\x80"); /* past U+10FFFF */
    assert_escape(SPAN_LIT("\xe2\x80\xae"), "\\u{202E}"); /* right-to-left override */
    assert_escape(SPAN_LIT("\xe2\x80\xa8"), "\\u{2028}");
    assert_escape(SPAN_LIT("\xc2\x85"), "\\u{0085}");     /* C1 */
    assert_escape(SPAN_LIT("\xe2\x80\x8b"), "\\u{200B}"); /* zero-width space */
    assert_escape(SPAN_LIT("\xef\xbf\xbe"), "\\u{FFFE}");
    assert_escape(SPAN_LIT("\xf4\x8f\xbf\xbf"), "\\u{10FFFF}");
    assert_escape(SPAN_LIT("\xf0\x9f\x93\xa7"), "\xf0\x9f\x93\xa7"); /* e-mail emoji */
    assert_escape(SPAN_LIT("\xc3\0"), "\\xC3\\x00");
}

static void escape_is_reversible_for_every_octet_pair(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 65536; i++) {
        char raw[2] = {(char)(i >> 8), (char)(i & 0xff)};
        g_autofree char *text = bytes_escape(span_of(raw, 2));
        g_autoptr(GByteArray) back = NULL;
        assert_true(g_utf8_validate(text, -1, NULL));
        assert_true(bytes_unescape(text, &back));
        assert_int_equal(back->len, 2);
        assert_memory_equal(back->data, raw, 2);
    }
}

static void unescape_refuses_what_escape_never_writes(void **state)
{
    (void)state;
    const char *const wrong[] = {
        "\\",          "\\x",       "\\x4",          "\\xZZ",
        "\\q",         "\\u",       "\\u{}",         "\\u{202E",
        "\\u{110000}", "\\u{D800}", "\\u{0000202E}", "\\x41", /* "A" needs no escape */
        "\\xc3\\xa9", /* valid UTF-8 stands as itself, and hex is upper case */
        "\\xC3\\xA9",  "\\u{00e9}", "\\u{202e}",     "\n",
        "\x01",        "\xe9",      "\xe2\x80\xae",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        GByteArray *out = NULL;
        if (bytes_unescape(wrong[i], &out))
            fail_msg("accepted: %s", wrong[i]);
        assert_null(out);
    }
}

static void assert_base64(Span text, Span expected)
{
    g_autoptr(GByteArray) out = NULL;
    assert_true(bytes_base64_decode(text, &out));
    assert_int_equal(out->len, expected.n);
    if (expected.n > 0)
        assert_memory_equal(out->data, expected.p, expected.n);
}

static void decodes_base64(void **state)
{
    (void)state;
    /* RFC 4648 §10 */
    assert_base64(SPAN_LIT(""), SPAN_LIT(""));
    assert_base64(SPAN_LIT("Zg=="), SPAN_LIT("f"));
    assert_base64(SPAN_LIT("Zm8="), SPAN_LIT("fo"));
    assert_base64(SPAN_LIT("Zm9v"), SPAN_LIT("foo"));
    assert_base64(SPAN_LIT("Zm9vYg=="), SPAN_LIT("foob"));
    assert_base64(SPAN_LIT("Zm9vYmE="), SPAN_LIT("fooba"));
    assert_base64(SPAN_LIT("Zm9vYmFy"), SPAN_LIT("foobar"));
    /* FWS anywhere, padding left out in part or whole */
    assert_base64(SPAN_LIT(" Z\tm\r\n 9 v "), SPAN_LIT("foo"));
    assert_base64(SPAN_LIT("Zg = ="), SPAN_LIT("f"));
    assert_base64(SPAN_LIT("Zg="), SPAN_LIT("f"));
    assert_base64(SPAN_LIT("Zg"), SPAN_LIT("f"));
    assert_base64(SPAN_LIT("Zm8"), SPAN_LIT("fo"));
    assert_base64(SPAN_LIT("+/+/"), SPAN_LIT("\xfb\xff\xbf"));

    const char *const wrong[] = {
        "Z", "Zm9vY", "Zm9v=", "Zg===", "=", "==", "Zg==Zg==", "Z=g=", "Zm-_", "Zm9v!", "Zm9v\\"};
    for (size_t i = 0; i < G_N_ELEMENTS(wrong); i++) {
        GByteArray *out = NULL;
        if (bytes_base64_decode(span_str(wrong[i]), &out))
            fail_msg("accepted: %s", wrong[i]);
    }
    GByteArray *out = NULL;
    assert_false(bytes_base64_decode(SPAN_LIT("Zm9v\0"), &out));
}

static void encodes(void **state)
{
    (void)state;
    g_autofree char *none = bytes_base64(NULL, 0), *text = bytes_base64((const uint8_t *)"foob", 4);
    g_autofree char *hex = bytes_hex((const uint8_t *)"\x00\xff\x1a", 3);
    assert_string_equal(none, "");
    assert_string_equal(text, "Zm9vYg==");
    assert_string_equal(hex, "00ff1a");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(compares_and_searches_octets),
        cmocka_unit_test(reads_numbers),
        cmocka_unit_test(escapes_what_cannot_be_seen),
        cmocka_unit_test(escape_is_reversible_for_every_octet_pair),
        cmocka_unit_test(unescape_refuses_what_escape_never_writes),
        cmocka_unit_test(decodes_base64),
        cmocka_unit_test(encodes),
    };
    return cmocka_run_group_tests_name("bytes", tests, NULL, NULL);
}
