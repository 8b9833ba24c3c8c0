#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/dns/dns.h"

#include <string.h>

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

static void test_names(void **state)
{
    (void)state;
    Dns *dns = load("x\\046y\\\\z\\000.test TXT odd\n"
                    "\\195\\169.test TXT utf8\n"
                    "a+b=c/d.test TXT printable\n");
    DnsSession *session = dns_session_new(dns);
    const DnsAnswer *answer = dns_ask(session, "A+b=C/d.TEST.", DNS_TXT);
    assert_string_equal(answer->name, "a+b=c/d.test");
    assert_int_equal(answer->status, DNS_OK);
    assert_ptr_equal(answer, dns_ask(session, "a+b=c/d.test", DNS_TXT));
    answer = dns_ask(session, "\xc3\xa9.test", DNS_TXT);
    assert_string_equal(answer->name, "\\195\\169.test");
    assert_int_equal(answer->status, DNS_OK);
    /* No escapes in questions: a backslash is an octet like any other. */
    answer = dns_ask(session, "x\\046y.test", DNS_TXT);
    assert_string_equal(answer->name, "x\\092046y.test");
    assert_int_equal(answer->status, DNS_NXDOMAIN);
    answer = dns_ask(session, "sp ace(\"@$;\x01.test", DNS_TXT);
    assert_string_equal(answer->name, "sp\\032ace\\040\\034\\064\\036\\059\\001.test");
    dns_session_free(session);
    dns_free(dns);
}

static void expect_bad(DnsSession *session, const char *name, bool bad)
{
    DnsStatus status = dns_ask(session, name, DNS_A)->status;
    assert_int_equal(status, bad ? DNS_BAD_NAME : DNS_NXDOMAIN);
}

static void test_bad_names(void **state)
{
    (void)state;
    Dns *dns = load("");
    DnsSession *session = dns_session_new(dns);
    const char *bad[] = {"", ".", "..", "a..b", ".a", "a..", "..a"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        expect_bad(session, bad[i], true);
    }
    g_autofree char *label63 = g_strnfill(63, 'a');
    g_autofree char *label64 = g_strnfill(64, 'a');
    expect_bad(session, label63, false);
    expect_bad(session, label64, true);
    g_autofree char *octets253 =
        g_strdup_printf("%s.%s.%s.%.61s", label63, label63, label63, label63);
    g_autofree char *octets254 =
        g_strdup_printf("%s.%s.%s.%.62s", label63, label63, label63, label63);
    assert_int_equal(strlen(octets253), 253);
    expect_bad(session, octets253, false);
    expect_bad(session, octets254, true);
    g_autofree char *dotted = g_strconcat(octets253, ".", NULL);
    expect_bad(session, dotted, false);
    /* Logged like any other question, but not sent and not recorded. */
    assert_int_equal(dns_session_count(session), G_N_ELEMENTS(bad) - 1 + 4); /* "." is "" */
    assert_int_equal(dns_stats(dns).questions, 2);
    GString *record = dns_session_record(session);
    assert_null(strstr(record->str, ".."));
    g_string_free(record, TRUE);
    dns_session_free(session);
    dns_free(dns);
}

static void test_chains(void **state)
{
    (void)state;
    GString *text =
        g_string_new("a.test 50 CNAME b.test\nb.test 20 CNAME c.test\nc.test 30 TXT end\n"
                     "loop1.test CNAME loop2.test\nloop2.test CNAME loop1.test\n"
                     "self.test CNAME self.test\ngone.test CNAME nowhere.test\n"
                     "*.wild.test CNAME a.test\nn11.test TXT end\n");
    for (int i = 0; i < 11; i++) {
        g_string_append_printf(text, "n%d.test CNAME n%d.test\n", i, i + 1);
    }
    Dns *dns = load(text->str);
    g_string_free(text, TRUE);
    DnsSession *session = dns_session_new(dns);
    const DnsAnswer *answer = dns_ask(session, "a.test", DNS_TXT);
    assert_string_equal(answer->records[0].text, "end");
    assert_int_equal(answer->ttl_s, 20);
    assert_string_equal(answer->cnames[0], "b.test");
    assert_string_equal(answer->cnames[1], "c.test");
    assert_null(answer->cnames[2]);
    answer = dns_ask(session, "a.test", DNS_CNAME);
    assert_string_equal(answer->records[0].text, "b.test");
    assert_null(answer->cnames[0]);
    assert_int_equal(dns_ask(session, "a.test", DNS_MX)->status, DNS_NODATA);
    assert_int_equal(dns_ask(session, "gone.test", DNS_MX)->status, DNS_NXDOMAIN);
    answer = dns_ask(session, "loop1.test", DNS_TXT);
    assert_int_equal(answer->status, DNS_MALFORMED);
    assert_string_equal(answer->detail, "the CNAMEs lead in a circle");
    assert_int_equal(answer->n, 0);
    assert_int_equal(dns_ask(session, "self.test", DNS_TXT)->status, DNS_MALFORMED);
    assert_int_equal(dns_ask(session, "n1.test", DNS_TXT)->status, DNS_OK);
    answer = dns_ask(session, "n0.test", DNS_TXT);
    assert_int_equal(answer->status, DNS_MALFORMED);
    assert_string_equal(answer->detail, "more than 10 CNAMEs in a row");
    answer = dns_ask(session, "x.y.wild.test", DNS_TXT);
    assert_true(answer->wildcard);
    assert_string_equal(answer->records[0].text, "end");
    dns_session_free(session);
    dns_free(dns);
}

static void test_log_and_cache(void **state)
{
    (void)state;
    Dns *dns = load("a.test TXT x\nb.test CNAME a.test\n");
    assert_string_equal(dns_source(dns), "zone");
    DnsSession *first = dns_session_new(dns), *second = dns_session_new(dns);
    dns_prefetch(first, "a.test", DNS_TXT);
    assert_int_equal(dns_session_count(first), 0);
    const DnsAnswer *answer = dns_ask(first, "b.test", DNS_TXT);
    dns_ask(first, "a.test", DNS_TXT);
    dns_ask(first, "B.test.", DNS_TXT);
    assert_int_equal(dns_session_count(first), 2);
    assert_ptr_equal(dns_session_answer(first, 0), answer);
    assert_string_equal(dns_session_answer(first, 1)->name, "a.test");
    dns_session_free(first);
    assert_ptr_equal(dns_ask(second, "b.test", DNS_TXT), answer); /* outlives its session */
    assert_int_equal(dns_stats(dns).questions, 2);
    assert_int_equal(dns_stats(dns).rounds, 0);
    dns_session_free(second);
    dns_free(dns);

    dns = dns_new_none();
    assert_string_equal(dns_source(dns), "none");
    first = dns_session_new(dns);
    assert_int_equal(dns_ask(first, "a.test", DNS_TXT)->status, DNS_TIMEOUT);
    assert_int_equal(dns_ask(first, "a..test", DNS_TXT)->status, DNS_BAD_NAME);
    dns_session_free(first);
    dns_free(dns);
}

static void expect(DnsSession *session, const char *name, DnsType type, DnsStatus status,
                   bool overlay, const char *first)
{
    const DnsAnswer *answer = dns_ask(session, name, type);
    if (answer->status != status || answer->from_overlay != overlay) {
        print_error("%s %s: %s\n", name, dns_type_name(type), dns_status_name(answer->status));
    }
    assert_int_equal(answer->status, status);
    assert_int_equal(answer->from_overlay, overlay);
    assert_int_equal(answer->n, first ? 1 : 0);
    if (first) {
        assert_string_equal(answer->records[0].text, first);
    }
}

static const char base_zone[] =
    "a.test TXT old\na.test MX 10 mail.test\nb.test TXT old\nc.test CNAME b.test\n"
    "d.test TXT d\ne.test TXT e\nf.test CNAME a.test\n"
    ";!servfail s.test TXT\n*.w.test A 192.0.2.1\n";
static const char overlay_text[] =
    "a.test 60 TXT new\n;!remove b.test TXT\nd.test CNAME deep.new.test\n"
    "deep.new.test TXT proposed\nout.test CNAME e.test\ns.test TXT mended\n"
    ";!remove f.test CNAME\n;!remove nowhere.test ANY\n*.x.test TXT laid\n"
    "w.test TXT w\n;!timeout slow.test TXT\n";

/* In the order of a caller that knows nothing of the overlay. */
static void ask_overlaid(DnsSession *session)
{
    expect(session, "a.test", DNS_TXT, DNS_OK, true, "new");
    expect(session, "a.test", DNS_MX, DNS_OK, false, "mail.test");
    expect(session, "b.test", DNS_TXT, DNS_NODATA, true, NULL);
    expect(session, "c.test", DNS_TXT, DNS_NODATA, true, NULL);
    expect(session, "d.test", DNS_TXT, DNS_OK, true, "proposed");
    expect(session, "new.test", DNS_TXT, DNS_NODATA, true, NULL);
    expect(session, "deep.new.test", DNS_A, DNS_NODATA, true, NULL);
    expect(session, "other.new.test", DNS_A, DNS_NXDOMAIN, false, NULL);
    expect(session, "out.test", DNS_TXT, DNS_OK, true, "e");
    expect(session, "s.test", DNS_TXT, DNS_OK, true, "mended");
    expect(session, "f.test", DNS_TXT, DNS_NODATA, true, NULL);
    expect(session, "nowhere.test", DNS_TXT, DNS_NXDOMAIN, true, NULL);
    expect(session, "y.x.test", DNS_TXT, DNS_OK, true, "laid");
    expect(session, "y.w.test", DNS_A, DNS_OK, false, "192.0.2.1");
    expect(session, "slow.test", DNS_TXT, DNS_TIMEOUT, true, NULL);
}

static void test_overlay(void **state)
{
    (void)state;
    Dns *dns = load(base_zone);
    DnsSession *plain = dns_session_new(dns), *laid = dns_session_new(dns);
    GError *error = NULL;
    assert_true(dns_session_overlay(laid, span_str(overlay_text), NULL));
    ask_overlaid(laid);
    expect(plain, "a.test", DNS_TXT, DNS_OK, false, "old");
    assert_false(dns_session_overlay(plain, span_str("a.test TXT \"\n"), &error));
    assert_string_equal(error->message, "overlay:1: quote not closed on its line");
    g_error_free(error);

    /* The same overlay over the recording gives the same answers. */
    GString *record = dns_session_record(laid);
    assert_null(strstr(record->str, "proposed"));
    Dns *replay = load(record->str);
    DnsSession *again = dns_session_new(replay);
    assert_true(dns_session_overlay(again, span_str(overlay_text), NULL));
    ask_overlaid(again);
    dns_session_free(again);
    dns_free(replay);
    g_string_free(record, TRUE);
    dns_session_free(laid);
    dns_session_free(plain);
    dns_free(dns);
}

static void test_simulation(void **state)
{
    (void)state;
    Dns *dns = load("a.test TXT a\nb.test TXT b\nc.test TXT c\n");
    DnsSession *session = dns_session_new(dns);
    assert_true(dns_session_overlay(session, span_str("b.test TXT laid\n"), NULL));
    expect(session, "a.test", DNS_TXT, DNS_OK, false, "a");
    DnsSession *what_if = dns_session_simulate(session);
    assert_true(dns_session_overlay(what_if, span_str("a.test TXT simulated\n"), NULL));
    expect(what_if, "a.test", DNS_TXT, DNS_OK, true, "simulated");
    expect(what_if, "b.test", DNS_TXT, DNS_OK, true, "laid");
    expect(what_if, "c.test", DNS_TXT, DNS_OK, false, "c");
    dns_session_free(what_if);
    assert_int_equal(dns_session_count(session), 1);
    GString *record = dns_session_record(session);
    assert_string_equal(record->str,
                        ";!names\na.test. 3600 IN TXT \"a\"\nc.test. 3600 IN TXT \"c\"\n");
    g_string_free(record, TRUE);
    dns_session_free(session);
    dns_free(dns);
}

static void assert_same_answer(const DnsAnswer *a, const DnsAnswer *b)
{
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->ttl_s, b->ttl_s);
    assert_string_equal(a->detail, b->detail);
    assert_int_equal(a->wildcard, b->wildcard);
    assert_int_equal(a->from_overlay, b->from_overlay);
    assert_int_equal(a->n, b->n);
    assert_int_equal(g_strv_length(a->cnames), g_strv_length(b->cnames));
    for (size_t i = 0; a->cnames[i]; i++) {
        assert_string_equal(a->cnames[i], b->cnames[i]);
    }
    for (size_t i = 0; i < a->n; i++) {
        const DnsRecord *x = &a->records[i], *y = &b->records[i];
        assert_int_equal(x->text_n, y->text_n);
        assert_memory_equal(x->text, y->text, x->text_n + 1);
        assert_int_equal(x->preference, y->preference);
        assert_int_equal(x->n_strings, y->n_strings);
        for (size_t j = 0; j < x->n_strings; j++) {
            assert_true(g_bytes_equal(x->strings[j], y->strings[j]));
        }
    }
}

static void test_recording(void **state)
{
    (void)state;
    static const DnsType all[] = {DNS_A,   DNS_NS, DNS_CNAME, DNS_SOA,
                                  DNS_PTR, DNS_MX, DNS_TXT,   DNS_AAAA};
    static const char *const names[] = {"a.test",
                                        "b.test",
                                        "c.test",
                                        "d.test",
                                        "loop.test",
                                        "x.w.test",
                                        "y.w.test",
                                        "w.test",
                                        "*.w.test",
                                        "z.test",
                                        "ent.test",
                                        "sub.ent.test",
                                        "odd\\(\x01\xff.test",
                                        "geo.test",
                                        "bad..name",
                                        "null.test",
                                        "fault.test"};
    GString *text = g_string_new(
        "$TTL 77\na.test SOA ns.test hm.test 1 2 3 4 4294967295\na.test NS ns2.test\na.test NS "
        "ns1.test\n"
        "a.test A 192.0.2.10\na.test A 192.0.2.9\na.test AAAA 2001:db8::1\na.test 5 MX 10 "
        "m.test\na.test 9 MX 0 .\n"
        "b.test 33 CNAME a.test\nc.test CNAME b.test\nd.test TXT \"\"\nd.test TXT \\# 0\nd.test "
        "TXT \"\" \"a\"\n"
        "d.test TXT \"q\\\"\\\\b\\000\\010\\255;\" x\nloop.test CNAME loop.test\n*.w.test TXT w\n"
        "y.w.test 9 CNAME x.w.test\nsub.ent.test PTR odd\\092\\040\\001\\255.test\n"
        "odd\\092\\040\\001\\255.test TXT here\n;!cname geo.test A 5 a.test\n;!cname geo.test MX 6 "
        "a.test\n"
        ";!cname geo.test TXT 6 d.test\n;!nxdomain null.test A\nnull.test TXT t\n"
        ";!servfail fault.test A \"all \\\"servers\\\" \\\\ failed\"\n;!timeout fault.test ANY\n"
        ";!other-rcode fault.test MX \"FORMERR\"\n;!network fault.test TXT unreachable\n"
        "fault.test NS ns.test\nbig.test TXT");
    for (int i = 0; i < 250; i++) {
        g_autofree char *octets = g_strnfill(254, 'k');
        g_string_append_printf(text, " %s\\2%02d", octets, i % 56);
    }
    Dns *dns = load(text->str);
    g_string_free(text, TRUE);
    DnsSession *session = dns_session_new(dns);
    dns_ask(session, "big.test", DNS_TXT);
    for (size_t i = 0; i < G_N_ELEMENTS(names) * G_N_ELEMENTS(all); i++) {
        dns_ask(session, names[i / G_N_ELEMENTS(all)], all[i % G_N_ELEMENTS(all)]);
    }
    GString *record = dns_session_record(session);
    Dns *again = load(record->str);
    DnsSession *replay = dns_session_new(again);
    /* Backwards: the order of questions must not matter. */
    for (size_t i = dns_session_count(session); i-- > 0;) {
        const DnsAnswer *was = dns_session_answer(session, i);
        const char *name = i == 0 ? "big.test" : names[(i - 1) / G_N_ELEMENTS(all)];
        assert_same_answer(was, dns_ask(replay, name, was->type));
    }
    dns_session_free(replay);
    dns_free(again);
    g_string_free(record, TRUE);
    dns_session_free(session);
    dns_free(dns);
}

static void expect_names(DnsSession *session, const char *ancestor, const char *expected)
{
    g_auto(GStrv) names = dns_session_names_below(session, ancestor);
    g_autofree char *joined = g_strjoinv(" ", names);
    assert_string_equal(joined, expected);
}

/* Recordings of several sessions stand one after the other in one file; each replays as it was. */
static void test_recordings_together(void **state)
{
    (void)state;
    Dns *dns = load("k2._domainkey.a.test TXT 2\nk1._domainkey.a.test TXT 1\n_dmarc.a.test TXT "
                    "d\na.test A 192.0.2.1\n"
                    "xa.test TXT x\n;!cname g.test A 5 a.test\n;!cname g.test TXT 6 "
                    "xa.test\n;!cname g.test MX 7 xa.test\n");
    DnsSession *first = dns_session_new(dns), *second = dns_session_new(dns);
    expect_names(first, "a.test", "_dmarc.a.test k1._domainkey.a.test k2._domainkey.a.test");
    DnsSession *what_if = dns_session_simulate(second);
    expect_names(what_if, "_domainkey.a.test", "k1._domainkey.a.test k2._domainkey.a.test");
    expect_names(second, "test.test", "");
    dns_session_free(what_if);
    expect(first, "g.test", DNS_A, DNS_OK, false, "192.0.2.1");
    expect(second, "g.test", DNS_TXT, DNS_OK, false, "x");
    expect(second, "g.test", DNS_MX, DNS_NODATA, false, NULL);
    GString *both = dns_session_record(first);
    GString *more = dns_session_record(second);
    g_string_append(both, more->str);
    int64_t time_s = 0;
    assert_false(dns_recorded_at(dns, &time_s));
    g_string_append(both, ";!recorded 1790000000\n");

    Dns *replay = load(both->str);
    DnsSession *again = dns_session_new(replay);
    expect(again, "g.test", DNS_MX, DNS_NODATA, false, NULL);
    expect(again, "g.test", DNS_TXT, DNS_OK, false, "x");
    expect(again, "g.test", DNS_A, DNS_OK, false, "192.0.2.1");
    expect_names(again, "a.test", "_dmarc.a.test k1._domainkey.a.test k2._domainkey.a.test");
    expect_names(again, "g.test", "");
    expect_names(again, "xa.test", ""); /* recorded, but nobody was told of it */
    assert_true(dns_recorded_at(replay, &time_s));
    assert_int_equal(time_s, 1790000000);
    dns_session_free(again);
    dns_free(replay);
    g_string_free(more, TRUE);
    g_string_free(both, TRUE);
    dns_session_free(first);
    dns_session_free(second);
    dns_free(dns);
}

static void test_reverse(void **state)
{
    (void)state;
    g_autofree char *v4 = dns_reverse_name("192.0.2.1");
    assert_string_equal(v4, "1.2.0.192.in-addr.arpa");
    g_autofree char *v6 = dns_reverse_name("2001:db8::567:89ab"); /* RFC 3596 §2.5 has the form */
    assert_string_equal(v6,
                        "b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa");
    assert_null(dns_reverse_name("192.0.2.256"));
    assert_null(dns_reverse_name("mail.test"));
    assert_null(dns_reverse_name(""));
}

static void test_words(void **state)
{
    (void)state;
    DnsType type;
    assert_true(dns_type_parse("txt", &type));
    assert_int_equal(type, DNS_TXT);
    assert_false(dns_type_parse("SPF", &type));
    assert_string_equal(dns_type_name(DNS_AAAA), "AAAA");
    assert_string_equal(dns_status_name(DNS_SERVFAIL), "servfail");
    assert_true(dns_status_is_temporary(DNS_TIMEOUT));
    assert_true(dns_status_is_temporary(DNS_REFUSED));
    assert_false(dns_status_is_temporary(DNS_NXDOMAIN));
    assert_false(dns_status_is_temporary(DNS_BAD_NAME));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_bad_names),
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_log_and_cache),
        cmocka_unit_test(test_overlay),
        cmocka_unit_test(test_simulation),
        cmocka_unit_test(test_recordings_together),
        cmocka_unit_test(test_recording),
        cmocka_unit_test(test_reverse),
        cmocka_unit_test(test_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
