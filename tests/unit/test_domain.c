/* domain.c: normal form, relations, Public Suffix List. */
#include "analyzer/base/domain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_normal(Span name, const char *expected)
{
    g_autofree char *normal = domain_normal(name);
    if (!expected) {
        if (normal)
            fail_msg("accepted as %s", normal);
        return;
    }
    assert_non_null(normal);
    assert_string_equal(normal, expected);
}

static void brings_names_to_normal_form(void **state)
{
    (void)state;
    assert_normal(SPAN_LIT("Example.COM."), "example.com");
    assert_normal(SPAN_LIT("_dmarc.example.com"), "_dmarc.example.com");
    assert_normal(SPAN_LIT("-a-.example"), "-a-.example");
    assert_normal(SPAN_LIT("20240102"), "20240102"); /* a selector */
    assert_normal(SPAN_LIT("2024.1"), "2024.1");
    assert_normal(SPAN_LIT("b\xc3\xbc"
                           "cher.example"),
                  "xn--bcher-kva.example");
    assert_normal(SPAN_LIT("B\xc3\x9c"
                           "CHER.Example"),
                  "xn--bcher-kva.example");
    /* IDNA 2008 keeps sharp s: RFC 5892, not "strasse" */
    assert_normal(SPAN_LIT("stra\xc3\x9f"
                           "e.example"),
                  "xn--strae-oqa.example");
    assert_normal(SPAN_LIT("xn--ls8h.example"),
                  "xn--ls8h.example"); /* emoji: stands in DNS, IDNA refuses it */
}

static void refuses_what_is_no_name(void **state)
{
    (void)state;
    assert_normal(SPAN_LIT(""), NULL);
    assert_normal(SPAN_LIT("."), NULL);
    assert_normal(SPAN_LIT("a..b"), NULL);
    assert_normal(SPAN_LIT(".a"), NULL);
    assert_normal(SPAN_LIT("a.."), NULL);
    assert_normal(SPAN_LIT("a b"), NULL);
    assert_normal(SPAN_LIT(" a"), NULL);
    assert_normal(SPAN_LIT("a\0b"), NULL);
    assert_normal(SPAN_LIT("a*b"), NULL);
    assert_normal(SPAN_LIT("a\\.b"), NULL);
    assert_normal(SPAN_LIT("192.0.2.1"), NULL);
    assert_normal(SPAN_LIT("[192.0.2.1]"), NULL);
    assert_normal(SPAN_LIT("2001:db8::1"), NULL);
    assert_normal(SPAN_LIT("caf\xe9.example"), NULL);
}

static void holds_to_the_lengths_of_dns(void **state)
{
    (void)state;
    g_autofree char *label63 = g_strnfill(63, 'a'), *label64 = g_strnfill(64, 'a');
    assert_normal(span_str(label63), label63);
    assert_normal(span_str(label64), NULL);
    g_autofree char *label61 = g_strnfill(61, 'a'), *label62 = g_strnfill(62, 'a');
    g_autofree char *octets253 = g_strjoin(".", label63, label63, label63, label61, NULL);
    g_autofree char *octets254 = g_strjoin(".", label63, label63, label63, label62, NULL);
    g_autofree char *with_dot = g_strconcat(octets253, ".", NULL);
    assert_int_equal(strlen(octets253), 253);
    assert_normal(span_str(octets253), octets253);
    assert_normal(span_str(with_dot), octets253);
    assert_normal(span_str(octets254), NULL);
    g_autofree char *huge = g_strnfill(1 << 20, 'a');
    assert_normal(span_str(huge), NULL);
}

static void assert_display(const char *name, const char *expected)
{
    g_autofree char *display = domain_display(name);
    assert_string_equal(display, expected);
}

static void shows_u_labels_that_round_trip(void **state)
{
    (void)state;
    assert_display("example.com", "example.com");
    assert_display("xn--bcher-kva.example", "b\xc3\xbc"
                                            "cher.example");
    assert_display("xn--ls8h.example", "xn--ls8h.example");
    assert_display("xn--999999999.example", "xn--999999999.example");
}

static void relates_names(void **state)
{
    (void)state;
    assert_true(domain_equal("a.example", "a.example"));
    assert_false(domain_equal("a.example", "b.example"));
    assert_true(domain_is_at_or_below("example.com", "example.com"));
    assert_true(domain_is_at_or_below("a.b.example.com", "example.com"));
    assert_false(domain_is_at_or_below("badexample.com", "example.com"));
    assert_false(domain_is_at_or_below("com", "example.com"));
    assert_false(domain_is_at_or_below("example.com", ""));
    assert_string_equal(domain_parent("a.example.com"), "example.com");
    assert_null(domain_parent("com"));
    assert_int_equal(domain_labels("a.example.com"), 3);
    assert_int_equal(domain_labels("com"), 1);
    assert_int_equal(domain_labels(""), 0);
}

static void assert_address(const char *address, const char *expected)
{
    g_autofree char *domain = domain_of_address(span_str(address));
    if (!expected) {
        assert_null(domain);
        return;
    }
    assert_non_null(domain);
    assert_string_equal(domain, expected);
}

static void takes_the_domain_of_an_address(void **state)
{
    (void)state;
    assert_address("user@Example.com", "example.com");
    assert_address("\"a@b\"@example.com", "example.com");
    assert_address("a@b@example.com", "example.com");
    assert_address("postmaster", NULL);
    assert_address("user@", NULL);
    assert_address("user@[192.0.2.1]", NULL);
    assert_address("user@192.0.2.1", NULL);
    assert_address("", NULL);
}

static void assert_organizational(const psl_ctx_t *psl, const char *name, const char *expected)
{
    g_autofree char *domain = domain_organizational_psl(psl, name);
    if (!expected) {
        assert_null(domain);
        return;
    }
    assert_non_null(domain);
    assert_string_equal(domain, expected);
}

static void finds_the_organizational_domain(void **state)
{
    (void)state;
    char list[] = "com\nuk\nco.uk\n*.wild.test\n!city.wild.test\n";
    FILE *file = fmemopen(list, strlen(list), "r");
    psl_ctx_t *psl = psl_load_fp(file);
    fclose(file);
    assert_non_null(psl);
    assert_organizational(psl, "a.b.example.com", "example.com");
    assert_organizational(psl, "example.com", "example.com");
    assert_organizational(psl, "com", NULL);
    assert_organizational(psl, "mail.example.co.uk", "example.co.uk");
    assert_organizational(psl, "co.uk", NULL);
    assert_organizational(psl, "a.b.c.wild.test", "b.c.wild.test");
    assert_organizational(psl, "a.city.wild.test", "city.wild.test");
    assert_organizational(psl, "unlisted", NULL);
    assert_organizational(psl, "a.b.unlisted", "b.unlisted"); /* the implied "*" rule */
    psl_free(psl);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(brings_names_to_normal_form),
        cmocka_unit_test(refuses_what_is_no_name),
        cmocka_unit_test(holds_to_the_lengths_of_dns),
        cmocka_unit_test(shows_u_labels_that_round_trip),
        cmocka_unit_test(relates_names),
        cmocka_unit_test(takes_the_domain_of_an_address),
        cmocka_unit_test(finds_the_organizational_domain),
    };
    return cmocka_run_group_tests_name("domain", tests, NULL, NULL);
}
