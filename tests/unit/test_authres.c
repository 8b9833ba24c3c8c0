#include "analyzer/message/authres.h"

#include "analyzer/message/cfws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* The whole of a field on one line: "id/version: method/version=result r=[reason] c=[comment]
 * name=value; ...". */
static char *show(const AuthRes *a)
{
    GString *out = g_string_new(NULL);
    g_string_append(out, a->authserv_id ? a->authserv_id : "-");
    if (a->version)
        g_string_append_printf(out, "/%s", a->version);
    g_string_append(out, a->none ? ": none" : ":");
    for (size_t i = 0; i < a->n_results; i++) {
        const AuthResult *r = &a->results[i];
        g_string_append_printf(out, "%s %s", i > 0 ? ";" : "", r->method);
        if (r->method_version)
            g_string_append_printf(out, "/%s", r->method_version);
        g_string_append_printf(out, "=%s", r->result);
        if (r->reason)
            g_string_append_printf(out, " r=[%s]", r->reason);
        if (r->comment)
            g_string_append_printf(out, " c=[%s]", r->comment);
        for (size_t j = 0; j < r->n_properties; j++)
            g_string_append_printf(out, " %s=%s", r->properties[j].name, r->properties[j].value);
    }
    return g_string_free(out, FALSE);
}

static void expect(const char *value, bool strict, const char *want)
{
    g_autoptr(AuthRes) a = authres_parse(span_str(value));
    g_autofree char *got = show(a);
    if (strcmp(got, want) != 0)
        fail_msg("got  %s\nwant %s\nin   %s", got, want, value);
    if (!a->valid || a->strict != strict)
        fail_msg("valid %d strict %d in %s", a->valid, a->strict, value);
}

/* RFC 8601 appendix B, by shape. */
static void test_grammar(void **state)
{
    (void)state;
    expect("example.org 1; none", true, "example.org/1: none");
    expect("example.org; none", true, "example.org: none");
    expect(" example.com;\r\n          spf=pass smtp.mailfrom=example.net", true,
           "example.com: spf=pass smtp.mailfrom=example.net");
    expect("example.com; auth=pass (cram-md5) smtp.auth=sender@example.net;\r\n\tspf=pass "
           "smtp.mailfrom=example.net",
           true,
           "example.com: auth=pass c=[cram-md5] smtp.auth=sender@example.net; spf=pass "
           "smtp.mailfrom=example.net");
    expect("example.com; dkim=pass reason=\"good signature\" header.i=@mail.example.net; dkim=fail "
           "reason=bad header.i=@a.b",
           true,
           "example.com: dkim=pass r=[good signature] header.i=@mail.example.net; dkim=fail "
           "r=[bad] header.i=@a.b");
    expect("foo.example.net (foobar) 1 (baz);\r\n dkim (Because I like it) / 1 (One yay) = (wait "
           "for it) fail\r\n policy (A "
           "dot can go here) . (like that) expired (this surprised me) = (as I wasn't expecting "
           "it) 1362471462",
           true,
           "foo.example.net/1: dkim/1=fail c=[Because I like it; One yay; wait for it; A dot can "
           "go here; like that; this "
           "surprised me; as I wasn't expecting it] policy.expired=1362471462");
    expect("\"host; x\" 1;dkim=pass header.b=\"a/b+c=\"", true,
           "host; x/1: dkim=pass header.b=a/b+c=");
    expect("a.example; DKIM=PASS Header.I=@B.Example", true,
           "a.example: dkim=pass header.i=@B.Example");
    expect("a.example; spf=pass (a (b; c) \\) d) smtp.mailfrom=\"john doe\"@example.net", true,
           "a.example: spf=pass c=[a (b; c) ) d] smtp.mailfrom=\"john doe\"@example.net");
    expect("a.example; iprev=pass policy.iprev=\"2001:db8::1\"", true,
           "a.example: iprev=pass policy.iprev=2001:db8::1");
    expect("a.example; iprev=pass policy.iprev=192.0.2.1 (x.example)", true,
           "a.example: iprev=pass c=[x.example] policy.iprev=192.0.2.1");
}

static void test_deviations(void **state)
{
    (void)state;
    /* Exchange Online: no authserv-id, properties without ptype */
    expect("spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=example.org; dkim=pass (signature "
           "was verified)\r\n "
           "header.d=example.org;dmarc=pass action=none header.from=example.org;compauth=pass "
           "reason=100",
           false,
           "-: spf=pass c=[sender IP is 192.0.2.1] smtp.mailfrom=example.org; dkim=pass "
           "c=[signature was verified] "
           "header.d=example.org; dmarc=pass action=none header.from=example.org; compauth=pass "
           "r=[100]");
    /* Gmail: unquoted "/" in b= */
    expect("mx.google.com;\r\n       dkim=pass header.i=@example.org header.s=s1 "
           "header.b=\"abc+/1\";\r\n       spf=pass "
           "(google.com: domain of a@example.org designates 192.0.2.1 as permitted sender) "
           "smtp.mailfrom=a@example.org;\r\n"
           "       dmarc=pass (p=REJECT sp=REJECT dis=NONE) header.from=example.org",
           true,
           "mx.google.com: dkim=pass header.i=@example.org header.s=s1 header.b=abc+/1; spf=pass "
           "c=[google.com: domain of "
           "a@example.org designates 192.0.2.1 as permitted sender] smtp.mailfrom=a@example.org; "
           "dmarc=pass c=[p=REJECT "
           "sp=REJECT dis=NONE] header.from=example.org");
    expect("a.example; dkim=pass header.b=ab/c=", false, "a.example: dkim=pass header.b=ab/c=");
    expect("a.example; iprev=pass policy.iprev=2001:db8::1 (x)", false,
           "a.example: iprev=pass c=[x] policy.iprev=2001:db8::1");
    expect("a.example; x.y=pass", false, "a.example: x.y=pass");
    expect("a.example; x-tls=pass version=TLSv1.2 bits=256", false,
           "a.example: x-tls=pass version=TLSv1.2 bits=256");
    expect("a.example; spf=pass smtp.mailfrom=<>;", false, "a.example: spf=pass smtp.mailfrom=<>");
    expect("a.example; spf=pass smtp.mailfrom=; dkim=none", false,
           "a.example: spf=pass smtp.mailfrom=; dkim=none");
    expect("a.example;; spf=pass", false, "a.example: spf=pass");
    expect("a.example spf=pass", false, "a.example: spf=pass");
    expect("a.example; spf=pass stray words smtp.helo=h.example", false,
           "a.example: spf=pass smtp.helo=h.example");
    expect("a.example; spf=pass (never closed smtp.helo=h", false,
           "a.example: spf=pass smtp.helo=h");
    expect("a.example; dkim=pass header.d=b.example;b.example; dmarc=none", false,
           "a.example: dkim=pass header.d=b.example; b.example=; dmarc=none");
    expect("a.example; dkim=pass header.d=x.example reason=late", false,
           "a.example: dkim=pass r=[late] header.d=x.example");
    expect("a.example; dkim=pass reason=one reason=two", false,
           "a.example: dkim=pass r=[one] reason=two");
    expect("a.example; dkim=pass reason=\"x\"header.d=y.example", false,
           "a.example: dkim=pass r=[x] header.d=y.example");
    expect("a.example; none; spf=pass", false, "a.example: none spf=pass");
    expect("a.example/1; spf=pass", false,
           "a.example/1: spf=pass"); /* all of it is the authserv-id */
}

static void test_no_sense(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      " ",
                                      ";",
                                      "hello world",
                                      "a.example",
                                      "a.example;",
                                      "(comment only)",
                                      "=",
                                      "a.example; b; c"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autoptr(AuthRes) a = authres_parse(span_str(bad[i]));
        if (a->valid || a->strict)
            fail_msg("makes sense: %s", bad[i]);
    }
}

static void test_property(void **state)
{
    (void)state;
    g_autoptr(AuthRes) a =
        authres_parse(SPAN_LIT("a; spf=pass smtp.mailfrom=x@b.c SMTP.helo=h.c smtp.helo=i.c"));
    assert_int_equal(a->n_results, 1);
    assert_string_equal(authres_property(&a->results[0], "smtp.helo"), "h.c");
    assert_null(authres_property(&a->results[0], "header.from"));
}

static void expect_arc(const char *value, unsigned instance, bool strict, const char *want)
{
    g_autoptr(AuthRes) a = authres_parse_arc(span_str(value));
    g_autofree char *got = show(a);
    assert_string_equal(got, want);
    assert_int_equal(a->instance, instance);
    assert_int_equal(a->strict, strict);
    assert_true(a->valid);
}

static void test_arc(void **state)
{
    (void)state;
    expect_arc(" i=1; a.example; spf=pass smtp.mailfrom=b.example", 1, true,
               "a.example: spf=pass smtp.mailfrom=b.example");
    expect_arc(" (x) i (y) = 12 ; a.example 1; none", 12, true, "a.example/1: none");
    expect_arc("a.example; spf=pass", 0, false, "a.example: spf=pass");
    expect_arc("i=51; a.example; spf=pass", 0, false, "a.example: spf=pass");
    expect_arc("i=x; a.example; spf=pass", 0, false, "a.example: spf=pass");
    expect_arc("i=2; spf=pass (sender IP is 192.0.2.1) smtp.mailfrom=b.example", 2, false,
               "-: spf=pass c=[sender IP is 192.0.2.1] smtp.mailfrom=b.example");
}

static void test_total(void **state)
{
    (void)state;
    static const char *const repeated[] = {
        "(",    ")",  "\"",  ";",  "=",  "a.", "a=",   ".",      "/",    "a ; ",
        "a=b ", "()", "(a ", "\\", "a/", "1 ", "i=1;", "a.b=c ", "; a=b"};
    for (size_t i = 0; i < G_N_ELEMENTS(repeated); i++) {
        g_autoptr(GString) big = g_string_new(i % 2 ? "a.example; b=c " : NULL);
        while (big->len < 2 * CFWS_LIMIT)
            g_string_append(big, repeated[i]);
        int64_t start = g_get_monotonic_time();
        g_autoptr(AuthRes) a = authres_parse(span_of(big->str, big->len));
        g_autoptr(AuthRes) b = authres_parse_arc(span_of(big->str, big->len));
        assert_true(g_get_monotonic_time() - start < 10 * G_USEC_PER_SEC);
        assert_false(a->strict || b->strict);
    }
    static const char nul[] = "a\0b; spf\0=pa\0ss smtp.mail\0from=\0x";
    for (size_t n = 0; n <= sizeof(nul); n++)
        authres_free(authres_parse(span_of(nul, MIN(n, sizeof(nul)))));
    authres_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_grammar),  cmocka_unit_test(test_deviations),
        cmocka_unit_test(test_no_sense), cmocka_unit_test(test_property),
        cmocka_unit_test(test_arc),      cmocka_unit_test(test_total),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
