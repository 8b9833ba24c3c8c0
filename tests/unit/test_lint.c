/* Remarks on DNS records: what is said of which octets, and what is proposed instead. */
#include "analyzer/auth/lint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

typedef Lint *(*LintFunction)(const char *name, Span text);

typedef struct Expectation {
    const char *text;
    LintCode code;
    const char *at;     /* NULL: no such remark */
    const char *mended; /* or NULL */
} Expectation;

static void assert_remarks(LintFunction lint_of, const Expectation *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const Expectation *e = &cases[i];
        Lint *lint = lint_of("name.example", span_str(e->text));
        const Remark *remark = lint_find(lint, e->code);
        if (!e->at != !remark)
            fail_msg("%s: remark %d is %s", e->text, (int)e->code, remark ? "there" : "missing");
        if (remark) {
            g_autofree char *at = g_strndup(lint->text + remark->offset, remark->length);
            assert_string_equal(at, e->at);
        }
        g_autofree char *mended = remark ? lint_mended(lint, e->code) : NULL;
        if (e->mended)
            assert_string_equal(mended, e->mended);
        else
            assert_null(mended);
        lint_free(lint);
    }
}

static void test_spf(void **state)
{
    (void)state;
    static const Expectation cases[] = {
        {"v=spf1 ipv4:192.0.2.1 -all", LINT_SPF_INVALID, "ipv4:192.0.2.1",
         "v=spf1 ip4:192.0.2.1 -all"},
        {"v=spf1 ~ip:192.0.2.0/24 -all", LINT_SPF_INVALID, "~ip:192.0.2.0/24",
         "v=spf1 ~ip4:192.0.2.0/24 -all"},
        {"v=spf1 ip4:2001:db8::1 -all", LINT_SPF_INVALID, "ip4:2001:db8::1",
         "v=spf1 ip6:2001:db8::1 -all"},
        {"v=spf1 192.0.2.1 -all", LINT_SPF_INVALID, "192.0.2.1", "v=spf1 ip4:192.0.2.1 -all"},
        {"v=spf1 a:192.0.2.1 mx:192.0.2.2 -all", LINT_SPF_INVALID, "a:192.0.2.1",
         "v=spf1 ip4:192.0.2.1 ip4:192.0.2.2 -all"},
        {"v=spf1 ip4:192.0.2.1/33 -all", LINT_SPF_INVALID, "ip4:192.0.2.1/33", NULL},
        {"v=spf1 ip4:192.0.2.1 ipv4:nothing -all", LINT_SPF_INVALID, "ipv4:nothing", NULL},
        {"v=spf1 ip4:192.0.2.1 -all", LINT_SPF_INVALID, NULL, NULL},
        {"v=spf1 ip4=192.0.2.1 include=a.example -all", LINT_SPF_MECHANISM_AS_MODIFIER,
         "ip4=192.0.2.1", "v=spf1 ip4:192.0.2.1 include:a.example -all"},
        {"v=spf1 redirect=a.example", LINT_SPF_MECHANISM_AS_MODIFIER, NULL, NULL},
        {"v=spf1 redirect=a.example", LINT_SPF_UNKNOWN_MODIFIER, NULL, NULL},
        {"v=spf1 ra=a -all", LINT_SPF_UNKNOWN_MODIFIER, "ra=a", NULL},
        {"v=spf1 ?ip4:192.0.2.9/24 -all", LINT_SPF_HOST_BITS, "?ip4:192.0.2.9/24",
         "v=spf1 ?ip4:192.0.2.0/24 -all"},
        {"v=spf1 ip6:2001:db8::1/32 -all", LINT_SPF_HOST_BITS, "ip6:2001:db8::1/32",
         "v=spf1 ip6:2001:db8::/32 -all"},
        {"v=spf1 ip4:192.0.2.9/32 ip6:2001:db8::/32 -all", LINT_SPF_HOST_BITS, NULL, NULL},
        {"v=spf1 a MX mx a -all", LINT_SPF_REPEATED, "mx", NULL},
        {"v=spf1 ip4:10.1.2.3 -all", LINT_SPF_PRIVATE_NETWORK, "ip4:10.1.2.3", NULL},
        {"v=spf1 ip6:fd00::/8 -all", LINT_SPF_PRIVATE_NETWORK, "ip6:fd00::/8", NULL},
        {"v=spf1 ip4:11.0.0.1 -all", LINT_SPF_PRIVATE_NETWORK, NULL, NULL},
        {"v=spf1 exists:%{i}.%{P}.example.com -all", LINT_SPF_MACRO_P, "%{P", NULL},
        {"v=spf1 exists:%{i}.%%p.example.com -all", LINT_SPF_MACRO_P, NULL, NULL},
    };
    assert_remarks(lint_spf, cases, G_N_ELEMENTS(cases));
}

static void test_length_of_spf(void **state)
{
    (void)state;
    for (size_t n = LINT_SPF_OCTETS; n <= LINT_SPF_OCTETS + 1; n++) {
        g_autoptr(GString) text = g_string_new("v=spf1 a");
        while (text->len < n)
            g_string_append_c(text, ' ');
        Lint *lint = lint_spf("name.example", span_of(text->str, text->len));
        const Remark *remark = lint_find(lint, LINT_SPF_LONG);
        assert_true((remark != NULL) == (n > LINT_SPF_OCTETS));
        if (remark)
            assert_int_equal(remark->offset, LINT_SPF_OCTETS);
        lint_free(lint);
    }
}

static void test_key(void **state)
{
    (void)state;
    static const Expectation cases[] = {
        {"v=DKIM1; g=; p=AA", LINT_KEY_OBSOLETE_TAG, "g=", NULL},
        {"v=DKIM1; pp=AA; p=AA", LINT_KEY_UNKNOWN_TAG, "pp=AA", NULL},
        {"v=DKIM1; K=rsa; p=AA", LINT_KEY_UNKNOWN_TAG, "K=rsa", NULL},
        {"v=DKIM1; k=rsa; n=notes; t=y:s; s=*:email; h=sha1:sha256; p=AA", LINT_KEY_UNKNOWN_TAG,
         NULL, NULL},
        {"v=DKIM1; t=y : x; p=AA", LINT_KEY_UNKNOWN_FLAG, "x", NULL},
        {"v=DKIM1; t=y:; p=AA", LINT_KEY_UNKNOWN_FLAG, "", NULL},
        {"v=DKIM1; t=s:y; p=AA", LINT_KEY_UNKNOWN_FLAG, NULL, NULL},
        {"v=DKIM1; s=mail; p=AA", LINT_KEY_UNKNOWN_SERVICE, "mail", NULL},
        {"v=DKIM1; h=sha-256; p=AA", LINT_KEY_UNKNOWN_HASH, "sha-256", NULL},
        {"v=DKIM1\\; p=AA", LINT_KEY_ESCAPED, "\\", NULL},
        {"v=DKIM1; p=AA", LINT_KEY_ESCAPED, NULL, NULL},
    };
    assert_remarks(lint_key, cases, G_N_ELEMENTS(cases));
}

static void test_dmarc(void **state)
{
    (void)state;
    static const Expectation cases[] = {
        {"v=DMARC1; p=none; policy=x", LINT_DMARC_UNKNOWN_TAG, "policy=x", NULL},
        {"v=DMARC1; p=none; pct=5", LINT_DMARC_OBSOLETE_TAG, "pct=5", NULL},
        {"v=DMARC1; p=none; p=reject", LINT_DMARC_DUPLICATE_TAG, "p=reject", NULL},
        {"v=DMARC1; p=none  sp=none rua=mailto:a@b.example", LINT_DMARC_MISSING_SEMICOLON, "  ",
         "v=DMARC1; p=none; sp=none; rua=mailto:a@b.example"},
        {"v=DMARC1; p=none; rua=mailto:a@b.example, mailto:p@q.example?x=y",
         LINT_DMARC_MISSING_SEMICOLON, NULL, NULL},
        {"v=DMARC1; sp=none; p=none", LINT_DMARC_P_NOT_SECOND, "p=none", NULL},
        {"v=DMARC1; p=none", LINT_DMARC_P_NOT_SECOND, NULL, NULL},
        {"v=DMARC1; psd=y", LINT_DMARC_P_NOT_SECOND, NULL, NULL},
        {"v=DMARC1; p=none; rua=mailto:a@b.example!10m,mailto:c@d.example!5", LINT_DMARC_SIZE_LIMIT,
         "!10m", "v=DMARC1; p=none; rua=mailto:a@b.example,mailto:c@d.example"},
        {"v=DMARC1; p=none; rua=mailto:a!b@c.example", LINT_DMARC_SIZE_LIMIT, NULL, NULL},
        {"v=DMARC1; p=none; rua=mailto:a@b.example,mailto:c@d.example,mailto:e@f.example",
         LINT_DMARC_MANY_URIS, "mailto:e@f.example", NULL},
        {"v=DMARC1; p=none; rua=a@b.example", LINT_DMARC_WITHOUT_MAILTO, "a@b.example",
         "v=DMARC1; p=none; rua=mailto:a@b.example"},
        {"v=DMARC1; p=none; fo=1", LINT_DMARC_FO_WITHOUT_RUF, "fo=1", NULL},
        {"v=DMARC1; p=none; fo=1; ruf=mailto:a@b.example", LINT_DMARC_FO_WITHOUT_RUF, NULL, NULL},
        {"v=DMARC1;; p=none", LINT_DMARC_EMPTY_TAG, ";", NULL},
    };
    assert_remarks(lint_dmarc, cases, G_N_ELEMENTS(cases));
}

/* The answer to a TXT question about a name of a zone text. */
typedef struct Asked {
    Dns *dns;
    DnsSession *session;
    const DnsAnswer *answer;
} Asked;

static Asked ask(const char *record)
{
    g_autofree char *zone = g_strdup_printf("n.example. TXT \"%s\"\n", record);
    Asked asked = {.dns = dns_new_zone_text(span_str(zone), "zone", NULL)};
    assert_non_null(asked.dns);
    asked.session = dns_session_new(asked.dns);
    asked.answer = dns_ask(asked.session, "n.example", DNS_TXT);
    return asked;
}

static void asked_clear(Asked *asked)
{
    dns_session_free(asked->session);
    dns_free(asked->dns);
}

static void test_near_misses_of_dmarc(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool near;
    } cases[] = {
        {"v=dmarc1; p=none", true}, {"V=DMARC1; p=none", true}, {"p=none; v=DMARC1", true},
        {"v=spf1 -all", false},     {"see dmarc1", false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Asked asked = ask(cases[i].text);
        assert_true((lint_dmarc_near_miss(asked.answer) != NULL) == cases[i].near);
        asked_clear(&asked);
    }
}

static void test_policies(void **state)
{
    (void)state;
    static const struct {
        Lint *(*lint_of)(const DnsAnswer *answer);
        const char *text;
        bool found, sound;
    } cases[] = {
        {lint_mta_sts, "v=STSv1; id=20261123T1", true, true},
        {lint_mta_sts, "v=STSv1; id=20261123T1;", true, true},
        {lint_mta_sts, "v=STSv1; id=2026-11-23", true, false},
        {lint_mta_sts, "v=STSv1;", true, false},
        {lint_mta_sts, "v=stsv1; id=1", true, false},
        {lint_mta_sts, "v=STSv12; id=1", true, false},
        {lint_mta_sts, "something else", false, false},
        {lint_tls_rpt, "v=TLSRPTv1; rua=mailto:a@b.example,https://c.example/r", true, true},
        {lint_tls_rpt, "v=TLSRPTv1; rua=a@b.example", true, false},
        {lint_tls_rpt, "v=TLSRPTv1", true, false},
        {lint_bimi, "v=BIMI1; l=https://a.example/logo.svg; a=https://a.example/c.pem", true, true},
        {lint_bimi, "v=BIMI1; l=; a=;", true, true},
        {lint_bimi, "v=BIMI1; l=http://a.example/logo.svg", true, false},
        {lint_bimi, "v=BIMI1; a=https://a.example/c.pem", true, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Asked asked = ask(cases[i].text);
        Lint *lint = cases[i].lint_of(asked.answer);
        if ((lint != NULL) != cases[i].found || (lint && (lint->n == 0) != cases[i].sound))
            fail_msg("%s", cases[i].text);
        lint_free(lint);
        asked_clear(&asked);
    }
    assert_null(lint_mta_sts(NULL));
}

/* Whatever the octets, the places lie within them; and what grows is bounded. */
static void test_hostile_records(void **state)
{
    (void)state;
    static const LintFunction all[] = {lint_spf, lint_key, lint_dmarc};
    static const char *const seeds[] = {"v=spf1 ", "v=DMARC1; p=none; rua=", "v=DKIM1; t="};
    static const char alphabet[] = "a=;: \t!,@.\\\"/%{}+-~?0199\xff\x01pv";
    GRand *random = g_rand_new_with_seed(7);
    for (size_t round = 0; round < 3000; round++) {
        g_autoptr(GString) text = g_string_new(seeds[round % G_N_ELEMENTS(seeds)]);
        size_t n = (size_t)g_rand_int_range(random, 0, round % 100 == 0 ? 60000 : 60);
        for (size_t i = 0; i < n; i++)
            g_string_append_c(text, alphabet[g_rand_int_range(random, 0, sizeof(alphabet))]);
        for (size_t f = 0; f < G_N_ELEMENTS(all); f++) {
            Lint *lint = all[f]("x", span_of(text->str, text->len));
            assert_true(lint->n <= LINT_MAX_REMARKS);
            for (size_t r = 0; r < lint->n; r++)
                assert_true(lint->remarks[r].offset + lint->remarks[r].length <= text->len);
            lint_free(lint);
        }
    }
    g_rand_free(random);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_spf),
        cmocka_unit_test(test_length_of_spf),
        cmocka_unit_test(test_key),
        cmocka_unit_test(test_dmarc),
        cmocka_unit_test(test_near_misses_of_dmarc),
        cmocka_unit_test(test_policies),
        cmocka_unit_test(test_hostile_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
