/* spf.c and its parts: RFC 7208. */
#include "analyzer/auth/spf.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct World {
    Dns *dns;
    DnsSession *session;
} World;

static World world_new(const char *zone)
{
    g_autoptr(GError) error = NULL;
    World world = {.dns = dns_new_zone_text(span_str(zone), "test", &error)};
    if (world.dns == NULL)
        fail_msg("zone: %s", error->message);
    world.session = dns_session_new(world.dns);
    return world;
}

static void world_clear(World *world)
{
    dns_session_free(world->session);
    dns_free(world->dns);
}

static SpfCheck *check_from(World *world, const char *ip, const char *mail_from)
{
    SpfInput input = {
        .ip = ip, .helo = "mx.example.org", .mail_from = mail_from, .now_s = 1700000000};
    return spf_check(SPF_MAIL_FROM, &input, world->session);
}

static void expect_in(World *world, const char *ip, const char *domain, SpfResult result,
                      SpfProblem problem)
{
    g_autofree char *from = g_strconcat("user@", domain, NULL);
    SpfCheck *check = check_from(world, ip, from);
    if (check->result != result || check->problem != problem)
        fail_msg("%s: %s (%s), expected %s (%s)", domain, spf_result_name(check->result),
                 spf_problem_name(check->problem), spf_result_name(result),
                 spf_problem_name(problem));
    spf_check_free(check);
}

static void assert_term(const char *term, SpfTermKind kind)
{
    g_autofree char *text = g_strconcat("v=spf1 ", term, NULL);
    SpfRecord *record = spf_record_parse("example.com", span_str(text));
    if (record->n != 1 || record->terms[0].kind != kind)
        fail_msg("%s: %s, expected %s", term,
                 record->n > 0 ? spf_term_kind_name(record->terms[0].kind) : "nothing",
                 spf_term_kind_name(kind));
    assert_int_equal(record->problem, kind == SPF_INVALID ? SPF_PROBLEM_SYNTAX : SPF_OK);
    if (kind == SPF_INVALID) {
        assert_int_equal(record->problem_offset, 7);
        assert_int_equal(record->result, SPF_PERMERROR);
        assert_non_null(record->terms[0].detail);
    }
    spf_record_free(record);
}

static void reads_every_kind_of_term(void **state)
{
    (void)state;
    static const struct {
        const char *term;
        SpfTermKind kind;
    } terms[] = {
        {"all", SPF_ALL},
        {"-ALL", SPF_ALL},
        {"?all", SPF_ALL},
        {"include:a.example", SPF_INCLUDE},
        {"Include:%{d}", SPF_INCLUDE},
        {"include:a.example.", SPF_INCLUDE},
        {"a", SPF_A},
        {"a/24", SPF_A},
        {"a//64", SPF_A},
        {"a/0//0", SPF_A},
        {"a:b.example/24//64", SPF_A},
        {"a:b/c.example", SPF_A},
        {"a:%{d}/8", SPF_A},
        {"a:%{l/}.example/32", SPF_A},
        {"a:1.example-2", SPF_A},
        {"a:_x.example", SPF_A},
        {"mx", SPF_MX},
        {"~mx:b.example", SPF_MX},
        {"ptr", SPF_PTR},
        {"ptr:b.example", SPF_PTR},
        {"ip4:192.0.2.1", SPF_IP4},
        {"IP4:192.0.2.0/24", SPF_IP4},
        {"ip4:0.0.0.0/0", SPF_IP4},
        {"ip6:2001:db8::/32", SPF_IP6},
        {"ip6:::1", SPF_IP6},
        {"ip6:::ffff:192.0.2.1/128", SPF_IP6},
        {"exists:%{ir}.x.example", SPF_EXISTS},
        {"exists:x%%", SPF_EXISTS},
        {"redirect=a.example", SPF_REDIRECT},
        {"REDIRECT=%{o}", SPF_REDIRECT},
        {"exp=a.example", SPF_EXP},
        {"x=", SPF_UNKNOWN_MODIFIER},
        {"x-y_z.1=a:/b%{s}", SPF_UNKNOWN_MODIFIER},
        {"ra=postmaster", SPF_UNKNOWN_MODIFIER},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(terms); i++)
        assert_term(terms[i].term, terms[i].kind);
}

static void refuses_every_syntax_error(void **state)
{
    (void)state;
    static const char *const terms[] = {
        "all.",
        "all:x",
        "all/8",
        "--all",
        "+",
        "-",
        "foo",
        "redirect:a.example",
        "+redirect=a.example",
        "=x",
        "1x=y",
        "include",
        "include:",
        "include:localhost",
        "include:a.example/24",
        "a:",
        "a:localhost",
        "a:a.123",
        "a:a.-x",
        "a:a.x-",
        "a:a..",
        "a:a.b_c",
        "a/33",
        "a/024",
        "a/",
        "a//",
        "a//129",
        "a/8/8",
        "a/8//",
        "a//8//8",
        "a/999999999999999999999",
        "ptr/24",
        "mx:",
        "ip4",
        "ip4:",
        "ip4:1.2.3",
        "ip4:1.2.3.4.5",
        "ip4:01.2.3.4",
        "ip4:256.0.0.1",
        "ip4:1.2.3.4/33",
        "ip4:1.2.3.4/",
        "ip4:1.2.3.4//8",
        "ip4:1.2.3.4:25",
        "ip4:2001:db8::1",
        "ip4:example.com",
        "ip6:192.0.2.1",
        "ip6:2001:db8::/129",
        "ip6:::1%eth0",
        "ip6:[::1]",
        "exists",
        "exists:",
        "exists:a.example/8",
        "a:%{x}.example",
        "a:%{c}.example",
        "a:%{d0}.example",
        "a:%{d00r}.example",
        "a:%{d",
        "a:%{}.example",
        "a:%{dr2}.example",
        "a:%{d!}.example",
        "a:%",
        "a:%a.example",
        "exp=",
        "exp=-all",
        "exp=%{r}.x",
        "redirect=",
        "x=%a",
        "x=%{q}",
        "a\tb",
        "ip4:192.0.2.1\r",
        "a:\xc3\xa9.example",
        "\xef\xbb\xbfmx",
        "\"a\"",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(terms); i++)
        assert_term(terms[i], SPF_INVALID);
}

static void keeps_what_terms_say(void **state)
{
    (void)state;
    Span text =
        SPAN_LIT("V=sPf1   ~ip4:192.0.2.77/25 a:x.example/9//65  -ip6:2001:DB8:0::1/32 mx ");
    SpfRecord *record = spf_record_parse("example.com", text);
    assert_int_equal(record->n, 4);
    assert_int_equal(record->candidates, 1);
    assert_int_equal(record->terms[0].qualifier, '~');
    assert_int_equal(record->terms[0].offset, 9);
    assert_true(span_is(record->terms[0].text, "~ip4:192.0.2.77/25"));
    assert_string_equal(record->terms[0].network, "192.0.2.0/25");
    assert_int_equal(record->terms[0].prefix4, 25);
    assert_string_equal(record->terms[1].domain_spec, "x.example");
    assert_string_equal(record->terms[1].network, "/9//65");
    assert_int_equal(record->terms[1].prefix4, 9);
    assert_int_equal(record->terms[1].prefix6, 65);
    assert_string_equal(record->terms[2].network, "2001:db8::/32");
    assert_null(record->terms[3].network);
    assert_null(record->terms[3].domain_spec);
    assert_int_equal(record->terms[3].prefix4, 32);
    assert_int_equal(record->terms[3].prefix6, 128);
    spf_record_free(record);
}

static void knows_what_is_no_record(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "v=spf1", "v=spf1 ", "v=spf10 -all", "v=spf2 -all", " v=spf1", "v=spf1\t-all"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        bool good = i == 1 || i == 2;
        SpfRecord *record = spf_record_parse("example.com", span_str(texts[i]));
        assert_int_equal(record->candidates, good ? 1 : 0);
        assert_int_equal(record->problem, good ? SPF_OK : SPF_PROBLEM_NO_RECORD);
        assert_int_equal(record->text != NULL, good);
        spf_record_free(record);
    }
}

static void refuses_modifiers_twice(void **state)
{
    (void)state;
    SpfRecord *record = spf_record_parse(
        "example.com", SPAN_LIT("v=spf1 exp=a.example x=1 x=2 redirect=b.example EXP=c.example"));
    assert_int_equal(record->problem, SPF_PROBLEM_SYNTAX);
    assert_int_equal(record->problem_offset, 48);
    assert_int_equal(record->terms[0].kind, SPF_EXP);
    assert_int_equal(record->terms[4].kind, SPF_INVALID);
    spf_record_free(record);
}

/* The examples of RFC 7208 §7.4, asked for through an explanation. */
static void expands_the_macros_of_the_rfc(void **state)
{
    (void)state;
    static const struct {
        const char *ip, *macros, *expansion;
    } examples[] = {
        {"192.0.2.3", "%{s}", "strong-bad@email.example.com"},
        {"192.0.2.3", "%{o}", "email.example.com"},
        {"192.0.2.3", "%{d}", "email.example.com"},
        {"192.0.2.3", "%{d4}", "email.example.com"},
        {"192.0.2.3", "%{d3}", "email.example.com"},
        {"192.0.2.3", "%{d2}", "example.com"},
        {"192.0.2.3", "%{d1}", "com"},
        {"192.0.2.3", "%{dr}", "com.example.email"},
        {"192.0.2.3", "%{d2r}", "example.email"},
        {"192.0.2.3", "%{l}", "strong-bad"},
        {"192.0.2.3", "%{l-}", "strong.bad"},
        {"192.0.2.3", "%{lr}", "strong-bad"},
        {"192.0.2.3", "%{lr-}", "bad.strong"},
        {"192.0.2.3", "%{l1r-}", "strong"},
        {"192.0.2.3", "%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"},
        {"192.0.2.3", "%{lr-}.lp._spf.%{d2}", "bad.strong.lp._spf.example.com"},
        {"192.0.2.3", "%{lr-}.lp.%{ir}.%{v}._spf.%{d2}",
         "bad.strong.lp.3.2.0.192.in-addr._spf.example.com"},
        {"192.0.2.3", "%{ir}.%{v}.%{l1r-}.lp._spf.%{d2}",
         "3.2.0.192.in-addr.strong.lp._spf.example.com"},
        {"192.0.2.3", "%{d2}.trusted-domains.example.net",
         "example.com.trusted-domains.example.net"},
        {"2001:db8::cb01", "%{ir}.%{v}._spf.%{d2}",
         "1.0.B.C.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.B.D.0.1.0.0.2.ip6._spf.example.com"},
        {"192.0.2.3", "%{p} %{h}%_%%%- %{r} %{t} %{c}",
         "mx.example.org mx.example.org %%20 unknown 1700000000 192.0.2.3"},
        {"2001:DB8:0:0::cb01", "%{c} %{p}", "2001:db8::cb01 unknown"},
        {"192.0.2.3", "%{S} %{L1R-}", "strong-bad%40email.example.com strong"},
        {"192.0.2.3", "%{d99999999999999999999}", "email.example.com"},
        {"192.0.2.3", "%{o.m}", NULL},
        {"192.0.2.3", "a %b", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(examples); i++) {
        g_autofree char *zone =
            g_strdup_printf("email.example.com. 60 IN TXT \"v=spf1 -all exp=e.example.com\"\n"
                            "e.example.com. 60 IN TXT \"%s\"\n"
                            "3.2.0.192.in-addr.arpa. 60 IN PTR mx.example.org.\n"
                            "mx.example.org. 60 IN A 192.0.2.3\n",
                            examples[i].macros);
        World world = world_new(zone);
        SpfCheck *check = check_from(&world, examples[i].ip, "strong-bad@email.example.com");
        assert_int_equal(check->result, SPF_FAIL);
        if (examples[i].expansion == NULL)
            assert_null(check->explanation);
        else
            assert_string_equal(check->explanation, examples[i].expansion);
        spf_check_free(check);
        world_clear(&world);
    }
}

static void maps_the_results_of_include(void **state)
{
    (void)state;
    World world = world_new(";!servfail dead.example.com TXT\n"
                            "pass.example.com. IN TXT \"v=spf1 +all\"\n"
                            "fail.example.com. IN TXT \"v=spf1 -all\"\n"
                            "softfail.example.com. IN TXT \"v=spf1 ~all\"\n"
                            "neutral.example.com. IN TXT \"v=spf1\"\n"
                            "broken.example.com. IN TXT \"v=spf1 foo\"\n"
                            "none.example.com. IN TXT \"hello\"\n"
                            "i1.example.com. IN TXT \"v=spf1 ?include:pass.example.com -all\"\n"
                            "i2.example.com. IN TXT \"v=spf1 include:fail.example.com ~all\"\n"
                            "i3.example.com. IN TXT \"v=spf1 include:softfail.example.com -all\"\n"
                            "i4.example.com. IN TXT \"v=spf1 include:neutral.example.com -all\"\n"
                            "i5.example.com. IN TXT \"v=spf1 include:dead.example.com -all\"\n"
                            "i6.example.com. IN TXT \"v=spf1 include:broken.example.com -all\"\n"
                            "i7.example.com. IN TXT \"v=spf1 include:none.example.com -all\"\n"
                            "i8.example.com. IN TXT \"v=spf1 include:%{h1}. -all\"\n"
                            "r1.example.com. IN TXT \"v=spf1 redirect=softfail.example.com\"\n"
                            "r2.example.com. IN TXT \"v=spf1 redirect=none.example.com\"\n"
                            "r3.example.com. IN TXT \"v=spf1 redirect=dead.example.com\"\n"
                            "r4.example.com. IN TXT \"v=spf1 redirect=none.example.com ?all\"\n");
    expect_in(&world, "192.0.2.1", "i1.example.com", SPF_NEUTRAL, SPF_OK);
    expect_in(&world, "192.0.2.1", "i2.example.com", SPF_SOFTFAIL, SPF_OK);
    expect_in(&world, "192.0.2.1", "i3.example.com", SPF_FAIL, SPF_OK);
    expect_in(&world, "192.0.2.1", "i4.example.com", SPF_FAIL, SPF_OK);
    expect_in(&world, "192.0.2.1", "i5.example.com", SPF_TEMPERROR, SPF_PROBLEM_DNS);
    expect_in(&world, "192.0.2.1", "i6.example.com", SPF_PERMERROR, SPF_PROBLEM_SYNTAX);
    expect_in(&world, "192.0.2.1", "i7.example.com", SPF_PERMERROR, SPF_PROBLEM_NO_RECORD);
    expect_in(&world, "192.0.2.1", "i8.example.com", SPF_PERMERROR, SPF_PROBLEM_SYNTAX);
    expect_in(&world, "192.0.2.1", "r1.example.com", SPF_SOFTFAIL, SPF_OK);
    expect_in(&world, "192.0.2.1", "r2.example.com", SPF_PERMERROR, SPF_PROBLEM_NO_RECORD);
    expect_in(&world, "192.0.2.1", "r3.example.com", SPF_TEMPERROR, SPF_PROBLEM_DNS);
    expect_in(&world, "192.0.2.1", "r4.example.com", SPF_NEUTRAL, SPF_OK);
    world_clear(&world);
}

static void tells_dns_trouble_from_absence(void **state)
{
    (void)state;
    World world = world_new(
        ";!timeout t.example.com TXT\n;!refused r.example.com TXT\n;!malformed m.example.com TXT\n"
        ";!servfail bad.example.com ANY\n"
        "a.example.com. IN TXT \"v=spf1 a:bad.example.com +all\"\n"
        "mx.example.com. IN TXT \"v=spf1 mx:x.example.com +all\"\n"
        "x.example.com. IN MX 5 bad.example.com.\n"
        "exists.example.com. IN TXT \"v=spf1 exists:bad.example.com +all\"\n"
        "two.example.com. IN TXT \"v=spf1 -all\"\ntwo.example.com. IN TXT \"v=spf1 +all\"\n"
        "early.example.com. IN TXT \"v=spf1 ip4:192.0.2.1 a:bad.example.com\"\n"
        "late.example.com. IN TXT \"v=spf1 +all foo\"\n"
        "name.example.com. IN TXT \"v=spf1 a:a..b.example mx:%{h}x..y.example ?all\"\n");
    static const char *const trouble[] = {"t", "r", "m", "a", "mx", "exists"};
    for (size_t i = 0; i < G_N_ELEMENTS(trouble); i++) {
        g_autofree char *domain = g_strconcat(trouble[i], ".example.com", NULL);
        expect_in(&world, "192.0.2.1", domain, SPF_TEMPERROR, SPF_PROBLEM_DNS);
    }
    expect_in(&world, "192.0.2.1", "no.example.com", SPF_NONE, SPF_PROBLEM_NO_RECORD);
    expect_in(&world, "192.0.2.1", "two.example.com", SPF_PERMERROR, SPF_PROBLEM_MULTIPLE);
    expect_in(&world, "192.0.2.1", "early.example.com", SPF_PASS, SPF_OK);
    expect_in(&world, "192.0.2.2", "early.example.com", SPF_TEMPERROR, SPF_PROBLEM_DNS);
    expect_in(&world, "192.0.2.1", "late.example.com", SPF_PERMERROR, SPF_PROBLEM_SYNTAX);
    expect_in(&world, "192.0.2.1", "name.example.com", SPF_NEUTRAL, SPF_OK);
    world_clear(&world);
}

/* `n` terms "a:hI.example.com" with an address that does not match. */
static void append_host_terms(GString *zone, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        g_string_append_printf(zone, "h%u.example.com. IN A 198.51.100.9\n", i);
}

static void holds_the_lookup_limit(void **state)
{
    (void)state;
    g_autoptr(GString) zone = g_string_new("");
    append_host_terms(zone, 11);
    for (unsigned n = 10; n <= 11; n++) {
        g_string_append_printf(zone, "n%u.example.com. IN TXT \"v=spf1", n);
        for (unsigned i = 0; i < n; i++)
            g_string_append_printf(zone, " a:h%u.example.com", i);
        g_string_append(zone, " ip4:192.0.2.1 -all\"\n");
    }
    g_string_append(
        zone,
        "loop.example.com. IN TXT \"v=spf1 include:loop.example.com\"\n"
        "ring.example.com. IN TXT \"v=spf1 redirect=ring2.example.com\"\n"
        "ring2.example.com. IN TXT \"v=spf1 redirect=RING.example.com\"\n"
        "deep.example.com. IN TXT \"v=spf1 a:h0.example.com include:n10.example.com ?all\"\n");
    World world = world_new(zone->str);
    expect_in(&world, "192.0.2.1", "n10.example.com", SPF_PASS, SPF_OK);
    expect_in(&world, "192.0.2.1", "n11.example.com", SPF_PERMERROR, SPF_PROBLEM_LOOKUP_LIMIT);
    expect_in(&world, "192.0.2.1", "deep.example.com", SPF_PERMERROR, SPF_PROBLEM_LOOKUP_LIMIT);
    expect_in(&world, "192.0.2.1", "loop.example.com", SPF_PERMERROR, SPF_PROBLEM_LOOP);
    expect_in(&world, "192.0.2.1", "ring.example.com", SPF_PERMERROR, SPF_PROBLEM_LOOP);
    world_clear(&world);
}

static void holds_the_void_limit(void **state)
{
    (void)state;
    World world = world_new(
        "two.example.com. IN TXT \"v=spf1 a:x1.example.com mx:only.example.com ip4:192.0.2.1 "
        "-all\"\n"
        "three.example.com. IN TXT \"v=spf1 a:x1.example.com exists:x2.example.com "
        "mx:x3.example.com "
        "ip4:192.0.2.1 -all\"\n"
        "host.example.com. IN TXT \"v=spf1 mx -all\"\n"
        "host.example.com. IN MX 1 a.example.com.\nhost.example.com. IN MX 2 b.example.com.\n"
        "host.example.com. IN MX 3 c.example.com.\nhost.example.com. IN MX 4 ok.example.com.\n"
        "ok.example.com. IN A 192.0.2.1\n"
        "only.example.com. IN A 198.51.100.1\n");
    SpfCheck *check = check_from(&world, "192.0.2.1", "u@two.example.com");
    assert_int_equal(check->result, SPF_PASS);
    assert_int_equal(check->voids, 2);
    assert_int_equal(check->lookups, 2);
    assert_int_equal(check->record->terms[0].voids, 1);
    spf_check_free(check);
    expect_in(&world, "192.0.2.1", "three.example.com", SPF_PERMERROR, SPF_PROBLEM_VOID_LIMIT);
    /* §4.6.4 counts terms: hosts without an address make one void lookup of their mx. */
    expect_in(&world, "192.0.2.1", "host.example.com", SPF_PASS, SPF_OK);
    world_clear(&world);
}

static void holds_the_name_limits(void **state)
{
    (void)state;
    g_autoptr(GString) zone = g_string_new("ten.example.com. IN TXT \"v=spf1 mx -all\"\n"
                                           "eleven.example.com. IN TXT \"v=spf1 mx -all\"\n"
                                           "ptr.example.com. IN TXT \"v=spf1 ptr -all\"\n");
    for (int i = 0; i < 11; i++) {
        g_string_append_printf(zone, "m%02d.example.com. IN A 192.0.2.%d\n", i, i);
        g_string_append_printf(zone, "eleven.example.com. IN MX 1 m%02d.example.com.\n", i);
        if (i < 10)
            g_string_append_printf(zone, "ten.example.com. IN MX 1 m%02d.example.com.\n", i);
        g_string_append_printf(zone, "99.2.0.192.in-addr.arpa. IN PTR n%02d.ptr.example.com.\n", i);
    }
    g_string_append(zone, "n10.ptr.example.com. IN A 192.0.2.99\n");
    World world = world_new(zone->str);
    expect_in(&world, "192.0.2.9", "ten.example.com", SPF_PASS, SPF_OK);
    expect_in(&world, "192.0.2.0", "eleven.example.com", SPF_PERMERROR, SPF_PROBLEM_NAME_LIMIT);
    expect_in(&world, "192.0.2.99", "ptr.example.com", SPF_FAIL, SPF_OK);
    world_clear(&world);
}

static void validates_names_for_ptr(void **state)
{
    (void)state;
    World world = world_new(
        ";!servfail 7.2.0.192.in-addr.arpa PTR\n"
        "d.example. IN TXT \"v=spf1 ptr:Example.COM -all\"\n"
        "e.example. IN TXT \"v=spf1 exists:%{p}.ok.example -all\"\n"
        "5.2.0.192.in-addr.arpa. IN PTR mail.example.com.\n"
        "5.2.0.192.in-addr.arpa. IN PTR mail.e.example.\n"
        "mail.example.com. IN A 192.0.2.5\nmail.e.example. IN A 192.0.2.5\n"
        "mail.e.example.ok.example. IN A 127.0.0.2\n"
        "6.2.0.192.in-addr.arpa. IN PTR mail.example.com.\n"
        "8.2.0.192.in-addr.arpa. IN PTR mail.notexample.com.\nmail.notexample.com. IN A 192.0.2.8\n"
        "unknown.ok.example. IN A 127.0.0.2\n"
        "v.example. IN TXT \"v=spf1 ptr ptr:a.example ptr:b.example\"\n"
        "f.example. IN TXT \"v=spf1 exists:%{p}.is.example -all\"\n"
        "10.2.0.192.in-addr.arpa. IN PTR a.f.example.\n10.2.0.192.in-addr.arpa. IN PTR f.example.\n"
        "11.2.0.192.in-addr.arpa. IN PTR a.other.example.\n"
        "11.2.0.192.in-addr.arpa. IN PTR sub.f.example.\n"
        "a.f.example. IN A 192.0.2.10\nf.example. IN A 192.0.2.10\n"
        "a.other.example. IN A 192.0.2.11\nsub.f.example. IN A 192.0.2.11\n"
        "f.example.is.example. IN A 127.0.0.2\nsub.f.example.is.example. IN A 127.0.0.2\n");
    expect_in(&world, "192.0.2.5", "d.example", SPF_PASS, SPF_OK);
    expect_in(&world, "192.0.2.6", "d.example", SPF_FAIL, SPF_OK);
    expect_in(&world, "192.0.2.7", "d.example", SPF_FAIL, SPF_OK);
    expect_in(&world, "192.0.2.8", "d.example", SPF_FAIL, SPF_OK);
    expect_in(&world, "192.0.2.5", "e.example", SPF_PASS, SPF_OK);
    expect_in(&world, "192.0.2.6", "e.example", SPF_PASS, SPF_OK);
    /* A client without a name: one void lookup for each of the three terms. */
    expect_in(&world, "192.0.2.9", "v.example", SPF_PERMERROR, SPF_PROBLEM_VOID_LIMIT);
    /* %{p}: the domain itself before a name below it, and that before others, whatever their order
     * in DNS. */
    expect_in(&world, "192.0.2.10", "f.example", SPF_PASS, SPF_OK);
    expect_in(&world, "192.0.2.11", "f.example", SPF_PASS, SPF_OK);
    world_clear(&world);
}

static void compares_addresses_by_family(void **state)
{
    (void)state;
    World world =
        world_new("a.example.com. IN TXT \"v=spf1 a/25//33 -all\"\n"
                  "a.example.com. IN A 192.0.2.0\na.example.com. IN AAAA 2001:db8:8000::\n"
                  "n.example.com. IN TXT \"v=spf1 ip4:192.0.2.128/26 ip6:2001:db8::/31 -all\"\n"
                  "z.example.com. IN TXT \"v=spf1 ip4:0.0.0.0/0 -all\"\n");
    expect_in(&world, "192.0.2.127", "a.example.com", SPF_PASS, SPF_OK);
    expect_in(&world, "192.0.2.128", "a.example.com", SPF_FAIL, SPF_OK);
    expect_in(&world, "2001:db8:ffff::1", "a.example.com", SPF_PASS, SPF_OK);
    expect_in(&world, "2001:db8:7fff::1", "a.example.com", SPF_FAIL, SPF_OK);
    expect_in(&world, "::ffff:192.0.2.127", "a.example.com", SPF_PASS, SPF_OK);
    expect_in(&world, "192.0.2.191", "n.example.com", SPF_PASS, SPF_OK);
    expect_in(&world, "192.0.2.192", "n.example.com", SPF_FAIL, SPF_OK);
    expect_in(&world, "2001:db9::1", "n.example.com", SPF_PASS, SPF_OK);
    expect_in(&world, "2001:dba::1", "n.example.com", SPF_FAIL, SPF_OK);
    expect_in(&world, "203.0.113.1", "z.example.com", SPF_PASS, SPF_OK);
    expect_in(&world, "2001:db8::1", "z.example.com", SPF_FAIL, SPF_OK);
    world_clear(&world);
}

static void chooses_the_identity(void **state)
{
    (void)state;
    World world = world_new(
        "example.com. IN TXT \"v=spf1 -all exp=e.example.com\"\n"
        "mail.example.com. IN TXT \"v=spf1 +all\"\ne.example.com. IN TXT \"%{l}|%{s}|%{h}\"\n");
    static const struct {
        SpfIdentity identity;
        const char *ip, *helo, *from;
        bool evaluable;
        const char *missing, *sender;
        SpfResult result;
    } cases[] = {
        {SPF_MAIL_FROM, "192.0.2.1", "h.example", "a@b@Example.COM.", true, "", "a@b@example.com",
         SPF_FAIL},
        {SPF_MAIL_FROM, "192.0.2.1", "h.example", "@example.com", true, "",
         "postmaster@example.com", SPF_FAIL},
        {SPF_MAIL_FROM, "192.0.2.1", "mail.example.com", "", true, "",
         "postmaster@mail.example.com", SPF_PASS},
        {SPF_HELO, "192.0.2.1", "mail.example.com", "x@example.com", true, "",
         "postmaster@mail.example.com", SPF_PASS},
        {SPF_HELO, "192.0.2.1", "[192.0.2.1]", "x@example.com", true, "", "postmaster@[192.0.2.1]",
         SPF_NONE},
        {SPF_MAIL_FROM, "192.0.2.1", "h.example", "x@localhost", true, "", "x@localhost", SPF_NONE},
        {SPF_MAIL_FROM, "192.0.2.1", NULL, "", false, "helo", NULL, SPF_NONE},
        {SPF_HELO, "192.0.2.1", "", "x@example.com", false, "helo", NULL, SPF_NONE},
        {SPF_MAIL_FROM, "192.0.2.1", "h.example", NULL, false, "mail-from", NULL, SPF_NONE},
        {SPF_MAIL_FROM, NULL, "h.example", "x@example.com", false, "client-ip", "x@example.com",
         SPF_NONE},
        {SPF_MAIL_FROM, "unknown", "h.example", "x@example.com", false, "client-ip",
         "x@example.com", SPF_NONE},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        SpfInput input = {.ip = cases[i].ip, .helo = cases[i].helo, .mail_from = cases[i].from};
        SpfCheck *check = spf_check(cases[i].identity, &input, world.session);
        assert_int_equal(check->evaluable, cases[i].evaluable);
        assert_string_equal(check->missing, cases[i].missing);
        if (cases[i].sender == NULL)
            assert_null(check->sender);
        else
            assert_string_equal(check->sender, cases[i].sender);
        assert_int_equal(check->result, cases[i].result);
        spf_check_free(check);
    }
    world_clear(&world);
}

static void traces_the_evaluation(void **state)
{
    (void)state;
    World world = world_new(
        "example.com. IN TXT \"v=spf1 a include:_a.example.com redirect=_r.example.com\"\n"
        "_a.example.com. IN TXT \"v=spf1 a:gone.example.com include:_b.example.com ~all\"\n"
        "_b.example.com. IN TXT \"v=spf1 ip4:192.0.2.0/24 mx -all\"\n"
        "_r.example.com. IN TXT \"v=spf1 mx ip4:198.51.100.0/24 -all exp=why.%{d2}\"\n"
        "why.example.com. IN TXT \"No: %{d}\"\n");
    SpfCheck *check = check_from(&world, "192.0.2.200", "u@example.com");
    assert_int_equal(check->result, SPF_PASS);
    assert_string_equal(check->matched,
                        "include:_a.example.com > include:_b.example.com > ip4:192.0.2.0/24");
    assert_int_equal(check->lookups, 4);
    assert_int_equal(check->voids, 2);
    const SpfTerm *include = &check->record->terms[1];
    assert_int_equal(include->outcome, SPF_MATCH);
    assert_int_equal(include->lookups, 3);
    assert_int_equal(include->voids, 1);
    assert_string_equal(include->domain, "_a.example.com");
    assert_int_equal(include->child->terms[0].outcome, SPF_NO_MATCH);
    assert_int_equal(include->child->terms[2].outcome, SPF_NOT_REACHED);
    assert_int_equal(check->record->terms[2].outcome, SPF_NOT_REACHED);
    assert_null(check->record->terms[2].domain);
    spf_check_free(check);
    check = check_from(&world, "198.51.100.1", "u@example.com");
    /* Voids: a at example.com, a:gone, mx at _b: one more than allowed. */
    assert_int_equal(check->result, SPF_PERMERROR);
    assert_int_equal(check->problem, SPF_PROBLEM_VOID_LIMIT);
    assert_null(check->matched);
    assert_int_equal(check->record->terms[1].outcome, SPF_TERM_PERMERROR);
    spf_check_free(check);
    world_clear(&world);
}

static void explains_only_a_fail_and_only_in_ascii(void **state)
{
    (void)state;
    World world =
        world_new(";!servfail dead.example.com TXT\n"
                  "r.example.com. IN TXT \"v=spf1 redirect=x.example.com exp=other.example.com\"\n"
                  "x.example.com. IN TXT \"v=spf1 ip4:192.0.2.1 -all exp=e.%{d2}\"\n"
                  "e.example.com. IN TXT \"Mail of %{o} \" \"is not sent by %{i}\"\n"
                  "s.example.com. IN TXT \"v=spf1 ~all exp=e.example.com\"\n"
                  "d.example.com. IN TXT \"v=spf1 -all exp=dead.example.com\"\n"
                  "u.example.com. IN TXT \"v=spf1 -all exp=utf.example.com\"\n"
                  "utf.example.com. IN TXT \"\\195\\169\"\n"
                  "l.example.com. IN TXT \"v=spf1 -all exp=local.example.com\"\n"
                  "local.example.com. IN TXT \"%{l}\"\n"
                  "m.example.com. IN TXT \"v=spf1 -all exp=many.example.com\"\n"
                  "many.example.com. IN TXT \"one\"\nmany.example.com. IN TXT \"two\"\n");
    SpfCheck *check = check_from(&world, "192.0.2.2", "u@r.example.com");
    assert_int_equal(check->result, SPF_FAIL);
    assert_string_equal(check->explanation, "Mail of r.example.com is not sent by 192.0.2.2");
    assert_string_equal(check->matched, "redirect=x.example.com > -all");
    spf_check_free(check);
    static const char *const silent[] = {"u@s.example.com", "u@d.example.com", "u@u.example.com",
                                         "u@m.example.com", "\xc3\xa9@l.example.com"};
    for (size_t i = 0; i < G_N_ELEMENTS(silent); i++) {
        check = check_from(&world, "192.0.2.2", silent[i]);
        assert_int_equal(check->result, i == 0 ? SPF_SOFTFAIL : SPF_FAIL);
        assert_null(check->explanation);
        spf_check_free(check);
    }
    world_clear(&world);
}

/* §7.3: labels go on the left until 253 octets are left. */
static void shortens_long_names(void **state)
{
    (void)state;
    g_autofree char *label = g_strnfill(49, 'x');
    g_autofree char *tail = g_strdup_printf("%s.%s.%s.%s.%s.d", label, label, label, label, label);
    assert_int_equal(strlen(tail), 251);
    g_autofree char *zone =
        g_strdup_printf("d.example. IN TXT \"v=spf1 exists:abc.\" \"%s\" \" -all\"\n"
                        "f.example. IN TXT \"v=spf1 exists:a.\" \"%s\" \" -all\"\n"
                        "%s. IN A 127.0.0.2\n",
                        tail, tail, tail);
    World world = world_new(zone);
    SpfCheck *check = check_from(&world, "192.0.2.2", "u@d.example");
    assert_int_equal(check->result, SPF_PASS);
    assert_string_equal(check->record->terms[0].domain, tail);
    spf_check_free(check);
    /* 253 octets with "a.": kept, and there is nothing at that name. */
    expect_in(&world, "192.0.2.2", "f.example", SPF_FAIL, SPF_OK);
    world_clear(&world);
}

static SpfSurvey *survey_of(World *world, const char *domain, const char *ip)
{
    SpfInput input = {.ip = ip, .helo = "h.example", .mail_from = "u@example.com"};
    return spf_survey(domain, ip != NULL ? &input : NULL, world->session);
}

static void surveys_past_the_match(void **state)
{
    (void)state;
    World world = world_new(
        "example.com. IN TXT \"v=spf1 ip4:192.0.2.0/24 include:_a.example.com "
        "include:_b.example.com "
        "exists:%{i}.l.example.com ?all mx redirect=_r.example.com\"\n"
        "_a.example.com. IN TXT \"v=spf1 include:_b.example.com a:gone.example.com ptr -all\"\n"
        "_b.example.com. IN TXT \"v=spf1 ip4:198.51.100.0/25 include:_a.example.com\"\n"
        "_r.example.com. IN TXT \"v=spf1 +all\"\n");
    SpfSurvey *survey = survey_of(&world, "example.com", "198.51.100.130");
    /* example.com: _a 1 + (_b 1 + loop 1, a 1, ptr 1), _b 1 + (_a 1 + (loop 1, a 1, ptr 1)), exists
     * 1 */
    assert_int_equal(survey->lookups, 11);
    assert_int_equal(survey->record->terms[1].lookups, 5);
    assert_int_equal(survey->record->terms[2].lookups, 5);
    assert_int_equal(survey->voids, 3);
    assert_false(survey->truncated);
    assert_true(survey->has_ptr);
    assert_true(survey->has_terms_after_all);
    assert_true(survey->has_redirect_with_all);
    assert_false(survey->has_no_all);
    assert_false(survey->has_plus_all);
    assert_int_equal(survey->all_qualifier, '?');
    assert_string_equal(survey->includes[0], "_a.example.com");
    assert_string_equal(survey->includes[1], "_b.example.com");
    assert_null(survey->includes[2]);
    assert_string_equal(survey->nearest, "198.51.100.0/25 of _b.example.com");
    assert_int_equal(survey->record->terms[1].child->terms[0].child->terms[1].problem,
                     SPF_PROBLEM_LOOP);
    spf_survey_free(survey);
    survey = survey_of(&world, "example.com", "192.0.2.1");
    assert_null(survey->nearest);
    spf_survey_free(survey);
    survey = survey_of(&world, "example.com", NULL);
    assert_int_equal(survey->lookups, 11);
    assert_int_equal(survey->voids, 2);
    assert_null(survey->nearest);
    assert_null(survey->record->terms[3].domain);
    spf_survey_free(survey);
    world_clear(&world);
}

static void surveys_facts_of_the_end(void **state)
{
    (void)state;
    World world = world_new(
        "r.example.com. IN TXT \"v=spf1 redirect=_r.example.com\"\n"
        "_r.example.com. IN TXT \"v=spf1 +all\"\n"
        "i.example.com. IN TXT \"v=spf1 ?include:_r.example.com\"\n"
        "n.example.com. IN TXT \"v=spf 1 mx -all\"\nn.example.com. IN TXT \"spf1 mx\"\n"
        "n.example.com. IN TXT \"\\\"v=spf1 -all\\\"\"\nn.example.com. IN TXT \"spf2.0/pra -all\"\n"
        "n.example.com. IN TXT \"ms=123 v=spf1 mx -all\"\nn.example.com. IN TXT \"V=SPF1;mx\"\n"
        "n.example.com. IN TXT \"v=DMARC1; p=none\"\nn.example.com. IN TXT \"v=spf1 -all\"\n"
        "m.example.com. IN TXT \"v=spf1 mx -all\"\nm.example.com. IN MX 1 h.example.com.\n"
        "h.example.com. IN AAAA 2001:db8:1::9\n"
        "q.example.com. IN TXT \"v=spf1 -ip4:198.50.255.254 ?include:w.example.com "
        "ip4:198.50.255.0/25 ip4:198.51.0.0/16\"\n"
        "w.example.com. IN TXT \"v=spf1 ip4:198.50.255.255 -all\"\n");
    SpfSurvey *survey = survey_of(&world, "r.example.com", "192.0.2.1");
    assert_true(survey->has_plus_all);
    assert_false(survey->has_no_all);
    assert_int_equal(survey->all_qualifier, '+');
    spf_survey_free(survey);
    survey = survey_of(&world, "i.example.com", "192.0.2.1");
    assert_false(survey->has_plus_all);
    assert_true(survey->has_no_all);
    assert_int_equal(survey->all_qualifier, 0);
    spf_survey_free(survey);
    survey = survey_of(&world, "n.example.com", "192.0.2.1");
    assert_int_equal(g_strv_length(survey->near_misses), 5);
    assert_int_equal(survey->record->candidates, 1);
    spf_survey_free(survey);
    survey = survey_of(&world, "m.example.com", "2001:db8:1::a");
    assert_string_equal(survey->nearest, "2001:db8:1::9/128 of m.example.com");
    spf_survey_free(survey);
    /* One address below the network, across two octets; nearer ones do not let mail pass. */
    survey = survey_of(&world, "q.example.com", "198.50.255.255");
    assert_string_equal(survey->nearest, "198.51.0.0/16 of q.example.com");
    spf_survey_free(survey);
    survey = survey_of(&world, "absent.example.com", "192.0.2.1");
    assert_int_equal(survey->record->problem, SPF_PROBLEM_NO_RECORD);
    assert_false(survey->has_no_all);
    spf_survey_free(survey);
    world_clear(&world);
}

/* Every name includes 20 others: an endless tree without a cycle in any path of the first hundred.
 */
static void survives_hostile_trees(void **state)
{
    (void)state;
    g_autoptr(GString) zone = g_string_new("");
    for (int i = 0; i < 200; i++) {
        g_string_append_printf(zone, "n%d.example.com. IN TXT", i);
        for (int j = 1; j <= 20; j++)
            g_string_append_printf(zone, " \"%sinclude:n%d.example.com \"", j == 1 ? "v=spf1 " : "",
                                   (i + j) % 200);
        g_string_append_c(zone, '\n');
    }
    World world = world_new(zone->str);
    SpfSurvey *survey = survey_of(&world, "n0.example.com", "192.0.2.1");
    assert_true(survey->truncated);
    assert_int_equal(survey->lookups, SPF_SURVEY_LOOKUPS);
    spf_survey_free(survey);
    expect_in(&world, "192.0.2.1", "n0.example.com", SPF_PERMERROR, SPF_PROBLEM_LOOKUP_LIMIT);
    world_clear(&world);
}

/* Sixty records of 32 KB each: read until 256 KB, and no further. */
static void survives_hostile_records(void **state)
{
    (void)state;
    g_autofree char *filler = g_strnfill(250, 'x');
    g_autoptr(GString) zone = g_string_new("");
    for (int i = 0; i < 60; i++) {
        g_string_append_printf(zone, "n%d.example.com. IN TXT \"v=spf1 include:n%d.example.com \"",
                               i, i + 1);
        for (int j = 0; j < 128; j++)
            g_string_append_printf(zone, " \"%.*s= \"", 248, filler);
        g_string_append_c(zone, '\n');
    }
    World world = world_new(zone->str);
    SpfSurvey *survey = survey_of(&world, "n0.example.com", "192.0.2.1");
    assert_true(survey->truncated);
    assert_true(survey->lookups >= 8 && survey->lookups <= 10);
    spf_survey_free(survey);
    world_clear(&world);
}

static void survives_hostile_sizes(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new("v=spf1");
    while (text->len < 450000)
        g_string_append(text, " ip4:192.0.2.1 a:%{s} x");
    SpfRecord *record = spf_record_parse("example.com", span_of(text->str, text->len));
    assert_int_equal(record->problem, SPF_PROBLEM_SYNTAX);
    assert_true(record->n < 10000);
    spf_record_free(record);
    /* A macro bomb: the sender, 8 KB long, 5,000 times. It must end, and in no explanation. */
    g_autoptr(GString) zone = g_string_new(
        "example.com. IN TXT \"v=spf1 -all exp=e.example.com\"\ne.example.com. IN TXT");
    for (int i = 0; i < 100; i++) {
        g_string_append(zone, " \"");
        for (int j = 0; j < 50; j++)
            g_string_append(zone, "%{sr}");
        g_string_append(zone, "\"");
    }
    g_string_append_c(zone, '\n');
    World world = world_new(zone->str);
    g_autofree char *local = g_strnfill(8192, 'a');
    g_autofree char *from = g_strconcat(local, "@example.com", NULL);
    SpfCheck *check = check_from(&world, "192.0.2.1", from);
    assert_int_equal(check->result, SPF_FAIL);
    assert_null(check->explanation);
    spf_check_free(check);
    world_clear(&world);
}

static const char *const fragments[] = {
    " ",           " ",           " ",     "a",
    "mx",          "ptr",         "all",   "-",
    "~",           "?",           "+",     ":",
    "/",           "//",          "24",    "0",
    "999",         "ip4:",        "ip6:",  "include:",
    "exists:",     "redirect=",   "exp=",  "192.0.2.1",
    "2001:db8::1", "example.com", ".",     "%{",
    "}",           "%{d}",        "%{ir}", "%{l2r-}",
    "%{S}",        "%{p}",        "%%",    "%_",
    "%-",          "%",           "x=",    "n0.example.com",
    "\x01",        "\xc3",        "\t",    "h%{h}.example",
};

static void append_fragments(GRand *rand, GString *text)
{
    int n = g_rand_int_range(rand, 0, 24);
    for (int i = 0; i < n; i++)
        g_string_append(text, fragments[g_rand_int_range(rand, 0, G_N_ELEMENTS(fragments))]);
}

/* Random records, evaluated and surveyed: nothing but an end and consistent sums is asked of them.
 */
static void takes_any_record(void **state)
{
    (void)state;
    GRand *rand = g_rand_new_with_seed(7208);
    for (int round = 0; round < 400; round++) {
        g_autoptr(GString) zone = g_string_new(
            "1.2.0.192.in-addr.arpa. IN PTR example.com.\nexample.com. IN A 192.0.2.1\n");
        for (int i = 0; i < 3; i++) {
            g_autoptr(GString) text = g_string_new("v=spf1 ");
            append_fragments(rand, text);
            g_string_append_printf(zone, "n%d.example.com. IN TXT \"", i);
            for (size_t k = 0; k < text->len; k++)
                g_string_append_printf(zone, "\\%03u", (unsigned)(unsigned char)text->str[k]);
            g_string_append(zone, "\"\n");
            SpfRecord *record = spf_record_parse("example.com", span_of(text->str, text->len));
            for (size_t k = 0; k < record->n; k++)
                assert_true(record->terms[k].offset + record->terms[k].text.n <= text->len);
            spf_record_free(record);
        }
        World world = world_new(zone->str);
        SpfCheck *check =
            check_from(&world, round % 2 ? "192.0.2.1" : "2001:db8::1", "a.b-c@n0.example.com");
        assert_true(check->lookups <= SPF_MAX_LOOKUPS);
        assert_true(check->voids <= SPF_MAX_VOID || check->result == SPF_PERMERROR);
        SpfSurvey *survey = survey_of(&world, "n0.example.com", "192.0.2.1");
        assert_true(survey->lookups <= SPF_SURVEY_LOOKUPS);
        spf_survey_free(survey);
        spf_check_free(check);
        world_clear(&world);
    }
    g_rand_free(rand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_every_kind_of_term),
        cmocka_unit_test(refuses_every_syntax_error),
        cmocka_unit_test(keeps_what_terms_say),
        cmocka_unit_test(knows_what_is_no_record),
        cmocka_unit_test(refuses_modifiers_twice),
        cmocka_unit_test(expands_the_macros_of_the_rfc),
        cmocka_unit_test(maps_the_results_of_include),
        cmocka_unit_test(tells_dns_trouble_from_absence),
        cmocka_unit_test(holds_the_lookup_limit),
        cmocka_unit_test(holds_the_void_limit),
        cmocka_unit_test(holds_the_name_limits),
        cmocka_unit_test(validates_names_for_ptr),
        cmocka_unit_test(compares_addresses_by_family),
        cmocka_unit_test(chooses_the_identity),
        cmocka_unit_test(traces_the_evaluation),
        cmocka_unit_test(explains_only_a_fail_and_only_in_ascii),
        cmocka_unit_test(shortens_long_names),
        cmocka_unit_test(surveys_past_the_match),
        cmocka_unit_test(surveys_facts_of_the_end),
        cmocka_unit_test(survives_hostile_trees),
        cmocka_unit_test(survives_hostile_records),
        cmocka_unit_test(survives_hostile_sizes),
        cmocka_unit_test(takes_any_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
