/* iprev.c: forward-confirmed reverse DNS, and what HELO resolves to. */
#include "analyzer/auth/iprev.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char zone[] =
    "1.2.0.192.in-addr.arpa. PTR mail.example.\n"
    "2.2.0.192.in-addr.arpa. PTR a.example.\n" /* leads elsewhere */
    "2.2.0.192.in-addr.arpa. PTR b.example.\n"
    "3.2.0.192.in-addr.arpa. PTR lost.example.\n"
    "4.2.0.192.in-addr.arpa. PTR late.example.\n"
    "5.2.0.192.in-addr.arpa. PTR late.example.\n"
    "5.2.0.192.in-addr.arpa. PTR mail.example.\n"
    ";!servfail 6.2.0.192.in-addr.arpa PTR\n"
    "7.2.0.192.in-addr.arpa. CNAME 7.sub.2.0.192.in-addr.arpa.\n" /* RFC 2317 */
    "7.sub.2.0.192.in-addr.arpa. PTR mail.example.\n"
    "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa. PTR six.example.\n"
    "mail.example. A 192.0.2.1\n"
    "mail.example. A 192.0.2.5\n"
    "mail.example. A 192.0.2.7\n"
    "a.example. A 198.51.100.1\n"
    "b.example. A 198.51.100.2\n"
    "six.example. AAAA 2001:DB8:0::1\n"
    ";!timeout late.example ANY\n"
    "half.example. A 192.0.2.1\n"
    ";!timeout half.example AAAA\n";

static Dns *dns;

static int load_zone(void **state)
{
    (void)state;
    dns = dns_new_zone_text(span_str(zone), "test", NULL);
    return dns ? 0 : -1;
}

static int free_zone(void **state)
{
    (void)state;
    dns_free(dns);
    return 0;
}

static void assert_iprev(const char *ip, IprevResult result, const char *confirmed)
{
    DnsSession *session = dns_session_new(dns);
    iprev_prefetch(ip, NULL, session);
    IprevCheck *check = iprev_check(ip, NULL, session);
    if (check->result != result)
        fail_msg("%s: %s", ip, iprev_result_name(check->result));
    assert_true((check->confirmed != NULL) == (confirmed != NULL));
    if (confirmed)
        assert_string_equal(check->confirmed, confirmed);
    assert_non_null(check->names);
    assert_false(check->helo_checked);
    iprev_check_free(check);
    dns_session_free(session);
}

static void gives_the_results_of_rfc_8601(void **state)
{
    (void)state;
    assert_iprev("192.0.2.1", IPREV_PASS, "mail.example");
    assert_iprev("::ffff:192.0.2.1", IPREV_PASS, "mail.example");
    assert_iprev("192.0.2.7", IPREV_PASS, "mail.example");
    assert_iprev("2001:db8::1", IPREV_PASS, "six.example");
    assert_iprev("192.0.2.2", IPREV_FAIL, NULL);
    assert_iprev("192.0.2.3", IPREV_FAIL, NULL);
    assert_iprev("192.0.2.4", IPREV_TEMPERROR, NULL);
    assert_iprev("192.0.2.5", IPREV_PASS, "mail.example"); /* one name is enough */
    assert_iprev("192.0.2.6", IPREV_TEMPERROR, NULL);
    assert_iprev("192.0.2.99", IPREV_PERMERROR, NULL); /* no PTR */
    assert_iprev("2001:db8::2", IPREV_PERMERROR, NULL);
    assert_iprev(NULL, IPREV_NOT_EVALUABLE, NULL);
    assert_iprev("", IPREV_NOT_EVALUABLE, NULL);
    assert_iprev("192.0.2", IPREV_NOT_EVALUABLE, NULL);
}

static void follows_ten_names(void **state)
{
    (void)state;
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < 12; i++)
        g_string_append_printf(text, "1.2.0.192.in-addr.arpa. PTR n%02u.example.\n", i);
    g_string_append(text, "n09.example. A 192.0.2.1\n");
    GString *too_far = g_string_new_len(
        text->str, (gssize)text->len - (gssize)strlen("n09.example. A 192.0.2.1\n"));
    g_string_append(too_far, "n10.example. A 192.0.2.1\n");
    const struct {
        GString *zone;
        IprevResult result;
    } cases[] = {{text, IPREV_PASS}, {too_far, IPREV_FAIL}};
    for (size_t i = 0; i < 2; i++) {
        Dns *many =
            dns_new_zone_text(span_of(cases[i].zone->str, cases[i].zone->len), "test", NULL);
        DnsSession *session = dns_session_new(many);
        IprevCheck *check = iprev_check("192.0.2.1", NULL, session);
        assert_int_equal(check->result, cases[i].result);
        assert_int_equal(g_strv_length(check->names), 12);
        assert_true(dns_session_count(session) <= 11);
        iprev_check_free(check);
        dns_session_free(session);
        dns_free(many);
        g_string_free(cases[i].zone, TRUE);
    }
}

static void assert_helo(const char *ip, const char *helo, bool checked, bool resolves, bool matches)
{
    DnsSession *session = dns_session_new(dns);
    iprev_prefetch(ip, helo, session);
    IprevCheck *check = iprev_check(ip, helo, session);
    if (check->helo_checked != checked || check->helo_resolves != resolves ||
        check->helo_matches != matches)
        fail_msg("%s %s: %d %d %d", ip, helo, check->helo_checked, check->helo_resolves,
                 check->helo_matches);
    iprev_check_free(check);
    dns_session_free(session);
}

static void resolves_helo(void **state)
{
    (void)state;
    assert_helo("192.0.2.1", "Mail.Example.", true, true, true);
    assert_helo("192.0.2.99", "mail.example", true, true, false);
    assert_helo("2001:db8::1", "six.example", true, true, true);
    assert_helo("2001:db8::1", "mail.example", true, true,
                false); /* has an address, of the other kind */
    assert_helo(NULL, "six.example", true, true, false);
    assert_helo("192.0.2.1", "lost.example", true, false, false);
    assert_helo("192.0.2.1", "late.example", false, false, false);
    assert_helo("192.0.2.1", "half.example", true, true, true);
    assert_helo("2001:db8::1", "half.example", false, false, false);
    assert_helo("192.0.2.1", "[192.0.2.1]", false, false, false);
    assert_helo("192.0.2.1", "192.0.2.1", false, false, false);
    assert_helo("192.0.2.1", "not a name", false, false, false);
    assert_helo("192.0.2.1", NULL, false, false, false);
}

static void survives_no_dns(void **state)
{
    (void)state;
    Dns *none = dns_new_none();
    DnsSession *session = dns_session_new(none);
    IprevCheck *check = iprev_check("192.0.2.1", "mail.example", session);
    assert_int_equal(check->result, IPREV_TEMPERROR);
    assert_false(check->helo_checked);
    iprev_check_free(check);
    iprev_check_free(NULL);
    dns_session_free(session);
    dns_free(none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_the_results_of_rfc_8601),
        cmocka_unit_test(follows_ten_names),
        cmocka_unit_test(resolves_helo),
        cmocka_unit_test(survives_no_dns),
    };
    return cmocka_run_group_tests_name("iprev", tests, load_zone, free_zone);
}
