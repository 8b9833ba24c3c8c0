#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/dns/dns.h"

#include <string.h>

/* The zone of RFC 4592 §2.2.1, whose answers §2.2.1 and §2.2.2 list. */
static const char rfc4592[] =
    "$ORIGIN example.\n"
    "example. 3600 IN SOA ns.example.com. hostmaster.example.com. 1 2 3 4 5\n"
    "         3600 IN NS ns.example.com.\n"
    "         3600 IN NS ns.example.net.\n"
    "*        3600 IN TXT \"this is a wildcard\"\n"
    "*        3600 IN MX 10 host1.example.\n"
    "sub.*    3600 IN TXT \"this is not a wildcard\"\n"
    "host1    3600 IN A 192.0.2.1\n"
    "_ssh._tcp.host1 3600 IN CNAME target.example.org.\n"
    "_ssh._tcp.host2 3600 IN CNAME target.example.org.\n"
    "subdel   3600 IN NS ns.example.com.\n";

static Dns *load(const char *text)
{
    GError *error = NULL;
    Dns *dns = dns_new_zone_text(span_str(text), "test", &error);
    if (!dns) {
        print_error("%s\n", error->message);
    }
    assert_non_null(dns);
    return dns;
}

static void expect(Dns *dns, const char *name, DnsType type, DnsStatus status, const char *first)
{
    DnsSession *session = dns_session_new(dns);
    const DnsAnswer *answer = dns_ask(session, name, type);
    if (answer->status != status) {
        print_error("%s %s: %s\n", name, dns_type_name(type), dns_status_name(answer->status));
    }
    assert_int_equal(answer->status, status);
    if (first) {
        assert_true(answer->n > 0);
        assert_string_equal(answer->records[0].text, first);
    } else {
        assert_int_equal(answer->n, 0);
    }
    dns_session_free(session);
}

static void expect_error(const char *text, const char *message)
{
    GError *error = NULL;
    Dns *dns = dns_new_zone_text(span_str(text), "test", &error);
    assert_null(dns);
    assert_string_equal(error->message, message);
    g_error_free(error);
}

static void test_wildcards(void **state)
{
    (void)state;
    Dns *dns = load(rfc4592);
    expect(dns, "host3.example", DNS_MX, DNS_OK, "host1.example");
    expect(dns, "host3.example", DNS_A, DNS_NODATA, NULL);
    expect(dns, "foo.bar.example", DNS_TXT, DNS_OK, "this is a wildcard");
    expect(dns, "host1.example", DNS_MX, DNS_NODATA, NULL);
    expect(dns, "sub.*.example", DNS_MX, DNS_NODATA, NULL);
    expect(dns, "_telnet._tcp.host1.example", DNS_TXT, DNS_NXDOMAIN, NULL);
    expect(dns, "ghost.*.example", DNS_MX, DNS_NXDOMAIN, NULL);
    expect(dns, "_tcp.host1.example", DNS_TXT, DNS_NODATA, NULL); /* empty non-terminal, §2.2.2 */
    expect(dns, "*.example", DNS_TXT, DNS_OK, "this is a wildcard");
    expect(dns, "other.test", DNS_TXT, DNS_NXDOMAIN, NULL);
    DnsSession *session = dns_session_new(dns);
    assert_true(dns_ask(session, "HOST3.example.", DNS_TXT)->wildcard);
    assert_string_equal(dns_session_answer(session, 0)->name, "host3.example");
    assert_false(dns_ask(session, "*.example", DNS_TXT)->wildcard);
    dns_session_free(session);
    dns_free(dns);
}

static void test_values(void **state)
{
    (void)state;
    Dns *dns = load("\xef\xbb\xbf$TTL 1h1m\r\n"
                    "$ORIGIN example.test.\r\n"
                    "@ IN 60 MX ( 10 ; first\r\n"
                    "     mail ) ; second\r\n"
                    "  A 192.0.2.7\r\n"
                    "  AAAA 2001:DB8:0::1\r\n"
                    "  NS NS.example.net.\r\n"
                    "  SOA ns hostmaster ( 1 1h 2 3 4 )\r\n"
                    "null MX 0 .\r\n"
                    "a\\.b 5 IN TXT \"\" \"x\\\"\\000\\255;(\" plain\\032word\r\n"
                    "spf SPF \"v=spf1 -all\"\r\n"
                    "other TYPE65280 \\# 3 ab cdef\r\n"
                    "empty TXT \\# 0\r\n"
                    "twice.example.net. TXT same\r\ntwice.example.net. 30 TXT same\r\n"
                    "two.example.net. A 192.0.2.9\r\ntwo.example.net. A 192.0.2.10\r\n"
                    "both CNAME null\r\nboth TXT beside");
    expect(dns, "example.test", DNS_MX, DNS_OK, "mail.example.test");
    expect(dns, "example.test", DNS_A, DNS_OK, "192.0.2.7");
    expect(dns, "example.test", DNS_AAAA, DNS_OK, "2001:db8::1");
    expect(dns, "example.test", DNS_NS, DNS_OK, "ns.example.net");
    expect(dns, "example.test", DNS_SOA, DNS_OK,
           "ns.example.test hostmaster.example.test 1 3600 2 3 4");
    expect(dns, "null.example.test", DNS_MX, DNS_OK, ".");
    expect(dns, "spf.example.test", DNS_TXT, DNS_NODATA, NULL);
    expect(dns, "other.example.test", DNS_TXT, DNS_NODATA, NULL);
    expect(dns, "empty.example.test", DNS_TXT, DNS_OK, "");
    expect(dns, "both.example.test", DNS_TXT, DNS_OK, "beside");
    expect(dns, "both.example.test", DNS_MX, DNS_OK, ".");
    DnsSession *session = dns_session_new(dns);
    const DnsAnswer *two = dns_ask(session, "two.example.net", DNS_A);
    assert_int_equal(two->n, 2);
    assert_string_equal(two->records[0].text, "192.0.2.9"); /* octets, not text: RFC 4034 §6.3 */
    assert_int_equal(two->ttl_s, 3660);
    assert_int_equal(dns_ask(session, "twice.example.net", DNS_TXT)->n, 1);
    assert_int_equal(dns_ask(session, "twice.example.net", DNS_TXT)->ttl_s, 30);
    assert_int_equal(dns_ask(session, "example.test", DNS_MX)->ttl_s, 60);
    assert_int_equal(dns_ask(session, "example.test", DNS_MX)->records[0].preference, 10);
    dns_session_free(session);
    dns_free(dns);
}

static void test_strings(void **state)
{
    (void)state;
    Dns *dns = load("a.test TXT \"\" \"x\\\"\\000\\255;(\" plain\\032word ; comment\n");
    DnsSession *session = dns_session_new(dns);
    const DnsAnswer *answer = dns_ask(session, "a.test", DNS_TXT);
    static const char joined[] = "x\"\0\xff;(plain word";
    assert_int_equal(answer->n, 1);
    assert_int_equal(answer->records[0].n_strings, 3);
    assert_int_equal(g_bytes_get_size(answer->records[0].strings[0]), 0);
    assert_int_equal(answer->records[0].text_n, sizeof joined - 1);
    assert_memory_equal(answer->records[0].text, joined, sizeof joined);
    dns_session_free(session);
    dns_free(dns);
}

static void test_faults(void **state)
{
    (void)state;
    Dns *dns = load("a.test A 192.0.2.1\n"
                    ";!timeout a.test ANY\n"
                    "  ;! not a pragma: it does not start the line\n"
                    ";!servfail b.test TXT \"as \\034told\\034\" ; comment\n"
                    "c.test CNAME b.test\n"
                    ";!nodata d.test ANY\n"
                    ";!refused e.test MX\n;!malformed e.test A\n;!nxdomain e.test TXT\n");
    expect(dns, "a.test", DNS_A, DNS_OK, "192.0.2.1");
    expect(dns, "a.test", DNS_TXT, DNS_TIMEOUT, NULL);
    expect(dns, "b.test", DNS_TXT, DNS_SERVFAIL, NULL);
    expect(dns, "c.test", DNS_TXT, DNS_SERVFAIL, NULL);
    expect(dns, "b.test", DNS_A, DNS_NXDOMAIN, NULL);
    expect(dns, "d.test", DNS_A, DNS_NODATA, NULL);
    expect(dns, "e.test", DNS_MX, DNS_REFUSED, NULL);
    expect(dns, "e.test", DNS_A, DNS_MALFORMED, NULL);
    expect(dns, "e.test", DNS_TXT, DNS_NXDOMAIN, NULL);
    DnsSession *session = dns_session_new(dns);
    assert_string_equal(dns_ask(session, "c.test", DNS_TXT)->detail, "as \"told\"");
    dns_session_free(session);
    dns_free(dns);

    dns = load("a.test A 192.0.2.1\n");
    dns_add_fault(dns, "a.test", "any", DNS_SERVFAIL);
    dns_add_fault(dns, "a.test", "no such type", DNS_SERVFAIL);
    dns_add_fault(dns, "a..test", "A", DNS_SERVFAIL);
    expect(dns, "a.test", DNS_A, DNS_OK, "192.0.2.1");
    expect(dns, "a.test", DNS_MX, DNS_SERVFAIL, NULL);
    dns_free(dns);
}

static void test_errors(void **state)
{
    (void)state;
    expect_error("a.test TXT x\n\na.test TXT \"open\na.test TXT y\n",
                 "test:3: quote not closed on its line");
    expect_error("a.test TXT x\nb.test TXT ( y\nc.test TXT z\n",
                 "test:2: parenthesis opened in this entry is never closed");
    expect_error("a.test TXT x )\n", "test:1: closing parenthesis without an opening one");
    expect_error("a.test TXT (\n\"ok\" \"bad\\\n)", "test:2: quote not closed on its line");
    expect_error("\na.test A 192.0.2.300\n", "test:2: not an IPv4 address: '192.0.2.300'");
    expect_error("a.test AAAA\n", "test:1: not an IPv6 address:");
    expect_error("a.test A 192.0.2.3 4\n", "test:1: more fields than the type has, from '4'");
    expect_error("a.test MX 65536 b\n", "test:1: not an MX preference: '65536'");
    expect_error("a.test MX 1\n", "test:1: a domain name is missing");
    expect_error("a.test TXT\n", "test:1: TXT without a string");
    expect_error("a.test TXT \\256\n", "test:1: broken escape in '\\\\256'");
    expect_error("a.test A \\# 3 c00002\n",
                 "test:1: data that no record of this type can have: 'A'");
    expect_error("a.test A \\# 4 c00002\n",
                 "test:1: \\# wants a length and that many octets in hexadecimal");
    expect_error("a.test FOO x\n", "test:1: not a record type: 'FOO'");
    expect_error("a.test 300 IN\n", "test:1: the record type is missing");
    expect_error("a..test A 192.0.2.1\n", "test:1: not a domain name: 'a..test'");
    expect_error(" A 192.0.2.1\n", "test:1: a record without a name before the first name");
    expect_error("$INCLUDE other\n", "test:1: directive not supported: '$INCLUDE'");
    expect_error("$TTL x\n", "test:1: not a TTL: 'x'");
    expect_error(";!sevrfail a.test TXT\n", "test:1: pragma not known here: 'sevrfail'");
    expect_error(";!remove a.test TXT\n", "test:1: pragma not known here: 'remove'");
    expect_error(";!timeout a.test A x y\n", "test:1: more fields than the pragma has, from 'y'");
    expect_error(";!recorded today\n", "test:1: not a time in seconds since 1970: 'today'");
    expect_error(";!names a..test\n", "test:1: not a domain name: 'a..test'");
    expect_error(";!cname a.test A x b.test\n", "test:1: not a TTL: 'x'");
    expect_error(";!timeout a.test\n", "test:1: not a record type:");
    g_autofree char *octets = g_strnfill(256, 'x');
    g_autofree char *text = g_strdup_printf("a.test TXT %s\n", octets);
    g_autofree char *shown = g_strnfill(80, 'x');
    g_autofree char *message =
        g_strdup_printf("test:1: a string of more than 255 octets, split it: '%s'", shown);
    expect_error(text, message);
    GError *error = NULL;
    const char *files[] = {"/nonexistent.zone"};
    assert_null(dns_new_zone(files, 1, &error));
    assert_non_null(strstr(error->message, "/nonexistent.zone"));
    g_error_free(error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wildcards), cmocka_unit_test(test_values),
        cmocka_unit_test(test_strings),   cmocka_unit_test(test_faults),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
