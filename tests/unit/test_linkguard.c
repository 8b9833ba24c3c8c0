#include "analyzer/message/linkguard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void assert_link(const char *rewritten, const char *original, const char *product)
{
    g_autoptr(GString) out = g_string_new(NULL);
    const char *who = NULL;
    assert_true(linkguard_undo(span_str(rewritten), out, &who));
    assert_string_equal(out->str, original);
    assert_string_equal(who, product);
}

static void assert_no_link(const char *url)
{
    g_autoptr(GString) out = g_string_new("kept ");
    const char *who;
    assert_false(linkguard_undo(span_str(url), out, &who));
    assert_string_equal(out->str, "kept ");
}

static void test_parameters(void **state)
{
    (void)state;
    assert_link("https://eur01.safelinks.protection.outlook.com/"
                "?url=https%3A%2F%2Fwww.example.org%2Fa%3Fb%3D1%26c%3D2&"
                "data=05%7C01&sdata=x%3D&reserved=0",
                "https://www.example.org/a?b=1&c=2", "Microsoft Safe Links");
    assert_link(
        "https://urldefense.proofpoint.com/v1/url?u=http://www.example.org/%3Fa%3Db&k=x%0A&r=y%0A",
        "http://www.example.org/?a=b", "Proofpoint URL Defense");
    assert_link(
        "https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fexample.org%2fx&c=E,1,abc&typo=1",
        "https://example.org/x", "Barracuda Link Protection");
    assert_link("https://clicktime.symantec.com/3AbCd?h=xyz&u=https%3A%2F%2Fexample.org%2F",
                "https://example.org/", "Symantec Click-time Protection");
    assert_link("https://us-east-2.protection.sophos.com/"
                "?d=example.org&u=aHR0cHM6Ly9leGFtcGxlLm9yZy9hP2I9Yw==&i=1",
                "https://example.org/a?b=c", "Sophos Time-of-Click");
    assert_link("https://imsva91-ctp.trendmicro.com:443/wis/clicktime/v1/"
                "query?url=http%3a%2f%2fexample.org&umid=1",
                "http://example.org", "Trend Micro Time-of-Click");
    assert_link("https://protect2.fireeye.com/v1/url?k=1-2&q=1&e=3&u=https%3A%2F%2Fexample.org%2Fp",
                "https://example.org/p", "Trellix URL Defense");
    assert_link("https://www.google.com/url?q=https://example.org/&sa=D", "https://example.org/",
                "Google redirect");
    assert_link("https://click.example.net/track?id=7&redirect=https%3A%2F%2Fexample.org%2Fx%3Fy",
                "https://example.org/x?y", "redirect");
    assert_link(
        "https://eur01.safelinks.protection.outlook.com/?url=mailto%3Aann%40example.org&data=1",
        "mailto:ann@example.org", "Microsoft Safe Links");
}

static void test_proofpoint(void **state)
{
    (void)state;
    assert_link("https://urldefense.proofpoint.com/v2/"
                "url?u=https-3A__www.example.org_a-5Fb-3Fc-3D1-26d&d=DwMF&c=x&e=",
                "https://www.example.org/a_b?c=1&d", "Proofpoint URL Defense");
    assert_link("https://urldefense.com/v3/__https://www.example.org/path__;!!abc!def$",
                "https://www.example.org/path", "Proofpoint URL Defense");
    /* "Iw" is "#"; "**A" stands for two of "?=", "Pz0" */
    assert_link("https://urldefense.com/v3/__https://example.org/p*top__;Iw!!abc$",
                "https://example.org/p#top", "Proofpoint URL Defense");
    assert_link("https://urldefense.us/v3/__https://example.org/p**Aend__;Pz0!!abc$",
                "https://example.org/p?=end", "Proofpoint URL Defense");
    /* U+00FC in UTF-8, one character in two octets */
    assert_link("https://urldefense.com/v3/__https://example.org/f*r__;w7w!!abc$",
                "https://example.org/f\xc3\xbcr", "Proofpoint URL Defense");
    assert_link("https://urldefense.com/v3/__https:/example.org/a__;!!abc$",
                "https://example.org/a", "Proofpoint URL Defense");
}

static void test_paths(void **state)
{
    (void)state;
    assert_link("https://secure-web.cisco.com/1AbC-dEf/https%3A%2F%2Fexample.org%2Fa%3Fb%3Dc",
                "https://example.org/a?b=c", "Cisco Secure Email");
    assert_link("https://url.avanan.click/v2/___https://example.org/a___.YXAz",
                "https://example.org/a", "Check Point Harmony");
    assert_link("https://linkscan.io/scan/ux/aHR0cHM6Ly9leGFtcGxlLm9yZy9h/0123",
                "https://example.org/a", "Bitdefender Link Scan");
}

static void test_none(void **state)
{
    (void)state;
    assert_no_link("");
    assert_no_link("https://example.org/");
    assert_no_link("https://example.org/?a=b&c=httpsomething");
    assert_no_link("https://protect-eu.mimecast.com/s/AbCdEf?domain=example.org");
    assert_no_link("https://urldefense.com/v3/__https://example.org/");
    assert_no_link("ftp://example.org/?u=https%3A%2F%2Fexample.org");
    assert_string_equal(
        linkguard_opaque(span_str("https://protect-eu.mimecast.com/s/AbCdEf?domain=x")),
        "Mimecast");
    assert_null(linkguard_opaque(span_str("https://www.mimecast.com/products")));
    assert_null(linkguard_opaque(span_str("https://notmimecast.com/s/x")));
}

static void test_host(void **state)
{
    (void)state;
    Span host = linkguard_host(span_str("https://a.example:8443/x"));
    assert_true(span_is(host, "a.example"));
    assert_true(span_is(linkguard_host(span_str("mailto:ann@b.example?subject=x")), "b.example"));
    assert_int_equal(linkguard_host(span_str("nothing")).n, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters), cmocka_unit_test(test_proofpoint),
        cmocka_unit_test(test_paths),      cmocka_unit_test(test_none),
        cmocka_unit_test(test_host),
    };
    return cmocka_run_group_tests_name("linkguard", tests, NULL, NULL);
}
