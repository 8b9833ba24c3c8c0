/* spfbudget.c and spfreach.c: records brought within the limits of RFC 7208 §4.6.4. */
#include "rules/spfbudget.h"

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
    if (!world.dns)
        fail_msg("zone: %s", error->message);
    world.session = dns_session_new(world.dns);
    return world;
}

static void world_clear(World *world)
{
    dns_session_free(world->session);
    dns_free(world->dns);
}

static SpfSurvey *survey_of(DnsSession *dns, const char *domain)
{
    SpfSurvey *survey = spf_survey(domain, NULL, dns);
    spf_survey_hosts(survey, dns);
    return survey;
}

/* --- one by one --- */

#define NINE                                                                                       \
    " include:f1.test include:f2.test include:f3.test include:f4.test include:f5.test"             \
    " include:f6.test include:f7.test include:f8.test include:f9.test"
#define EIGHT                                                                                      \
    " include:f1.test include:f2.test include:f3.test include:f4.test include:f5.test"             \
    " include:f6.test include:f7.test include:f8.test"

/* f1 to f9 cost one lookup each, and have no replacement: they let everybody through. */
#define FILLER(n) "f" n ".test. TXT \"v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 -all\"\n"
static const char fillers[] =
    "*.x.test. A 127.0.0.2\n"
    "op.test. TXT \"v=spf1 ip4:192.0.2.0/28 -all\"\n" FILLER("1") FILLER("2") FILLER("3")
        FILLER("4") FILLER("5") FILLER("6") FILLER("7") FILLER("8") FILLER("9");

/* "RECORD\nKIND TERM > BY (NOW)\n", or "-". */
static char *described(const SpfFit *fit)
{
    if (!fit)
        return g_strdup("-");
    GString *text = g_string_new(fit->text);
    for (size_t i = 0; i < fit->n; i++) {
        const SpfSwap *swap = &fit->swaps[i];
        g_string_append_printf(text, "\n%s %s", spf_swap_name(swap->kind), swap->term);
        if (*swap->by)
            g_string_append_printf(text, " > %s", swap->by);
        if (*swap->now)
            g_string_append_printf(text, " (%s)", swap->now);
    }
    return g_string_free(text, FALSE);
}

typedef struct FitCase {
    const char *zone; /* beside the fillers */
    const char *addition, *expected;
} FitCase;

static void assert_fit(const FitCase *one)
{
    g_autofree char *zone = g_strconcat(fillers, one->zone, NULL);
    World world = world_new(zone);
    SpfSurvey *survey = survey_of(world.session, "c.test");
    SpfSurvey *addition = one->addition ? survey_of(world.session, one->addition) : NULL;
    g_autoptr(SpfFit) fit = spfbudget_fit(survey, "op.test", addition);
    g_autofree char *text = described(fit);
    assert_string_equal(text, one->expected);
    if (fit)
        assert_true(fit->lookups <= SPF_MAX_LOOKUPS);
    spf_survey_free(addition);
    spf_survey_free(survey);
    world_clear(&world);
}

#define C "c.test. TXT \"v=spf1"

static void takes_out_what_matches_nobody(void **state)
{
    (void)state;
    static const FitCase cases[] = {
        /* within the limits: as it is */
        {C NINE " a -all\"\nc.test. A 192.0.2.1\n", NULL, "v=spf1" NINE " a -all"},
        {C NINE " a:gone.test mx -all\"\nc.test. MX 1 c.test.\nc.test. A 192.0.2.1\n", NULL,
         "v=spf1" NINE " mx -all\ngone a:gone.test"},
        {C NINE " mx mx:nul.test -all\"\nc.test. MX 1 c.test.\nc.test. A 192.0.2.1\n"
                "nul.test. MX 0 .\n",
         NULL, "v=spf1" NINE " mx -all\ngone mx:nul.test"},
        /* an include of nothing makes all behind it fail, so it goes before anything else */
        {C " a include:gone.test" NINE " -all\"\nc.test. A 192.0.2.1\n", NULL,
         "v=spf1 a" NINE " -all\ngone include:gone.test"},
        {C " include:gone.test a -all\"\nc.test. A 192.0.2.1\n", NULL,
         "v=spf1 a -all\ngone include:gone.test"},
        {C " include:c.test a" NINE " -all\"\nc.test. A 192.0.2.1\n", NULL,
         "v=spf1 a" NINE " -all\nitself include:c.test"},
        {C " include:none.test a" NINE
           " -all\"\nc.test. A 192.0.2.1\nnone.test. TXT \"v=spf1 -all\"\n",
         NULL, "v=spf1 a" NINE " -all\nempty include:none.test"},
        /* the operator's include stays, even when it matches nobody new */
        {C " ip4:192.0.2.0/24 include:op.test a" NINE " -all\"\nc.test. A 192.0.2.1\n", NULL,
         "v=spf1 ip4:192.0.2.0/24 include:op.test" NINE " -all\nhosts-listed a (192.0.2.1)"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_fit(&cases[i]);
}

static void takes_out_what_others_cover(void **state)
{
    (void)state;
    static const FitCase cases[] = {
        {C " a" NINE " a:C.test -all\"\nc.test. A 192.0.2.1\n", NULL,
         "v=spf1 a" NINE " -all\ncovered a:C.test (a)"},
        {C " ?a" EIGHT " exists:%{i}.x.test -exists:%{i}.x.test -all\"\nc.test. A 192.0.2.1\n",
         NULL,
         "v=spf1 ?a" EIGHT
         " exists:%{i}.x.test -all\ncovered -exists:%{i}.x.test (exists:%{i}.x.test)"},
        /* the second of the operator's own */
        {C " include:op.test" NINE " include:OP.test -all\"\n", NULL,
         "v=spf1 include:op.test" NINE " -all\ncovered include:OP.test (include:op.test)"},
        /* below a later one: what stands between gives the same */
        {C " include:in.test include:out.test" EIGHT " -all\"\n"
           "in.test. TXT \"v=spf1 exists:%{i}.x.test -all\"\n"
           "out.test. TXT \"v=spf1 ip4:192.0.2.1 include:in.test -all\"\n",
         NULL, "-"},
        {C " include:in.test include:out.test include:f1.test include:f2.test include:f3.test"
           " include:f4.test include:f5.test include:f6.test -all\"\n"
           "in.test. TXT \"v=spf1 exists:%{i}.x.test -all\"\n"
           "out.test. TXT \"v=spf1 ip4:192.0.2.1 include:in.test -all\"\n",
         NULL,
         "v=spf1 include:out.test include:f1.test include:f2.test include:f3.test include:f4.test"
         " include:f5.test include:f6.test -all\ncovered include:in.test (include:out.test)"},
        /* something between gives another result; something in it does; its end is a redirect */
        {C " include:in.test -ip4:192.0.2.9 include:out.test include:f1.test include:f2.test"
           " include:f3.test include:f4.test include:f5.test include:f6.test -all\"\n"
           "in.test. TXT \"v=spf1 exists:%{i}.x.test -all\"\n"
           "out.test. TXT \"v=spf1 ip4:192.0.2.1 include:in.test -all\"\n",
         NULL, "-"},
        {C " include:in.test include:out.test include:f1.test include:f2.test include:f3.test"
           " include:f4.test include:f5.test include:f6.test -all\"\n"
           "in.test. TXT \"v=spf1 exists:%{i}.x.test -all\"\n"
           "out.test. TXT \"v=spf1 -ip4:192.0.2.1 include:in.test -all\"\n",
         NULL, "-"},
        {C " include:in.test include:out.test include:f1.test include:f2.test include:f3.test"
           " include:f4.test include:f5.test include:f6.test -all\"\n"
           "in.test. TXT \"v=spf1 exists:%{i}.x.test -all\"\n"
           "out.test. TXT \"v=spf1 ip4:192.0.2.1 redirect=in.test\"\n",
         NULL, "-"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_fit(&cases[i]);
}

static void puts_addresses(void **state)
{
    (void)state;
    static const FitCase cases[] = {
        {C " a -mx/28" NINE " -all\"\nc.test. A 192.0.2.1\nc.test. MX 1 m.test.\n"
           "m.test. A 192.0.2.20\nm.test. AAAA 2001:db8::20\n",
         NULL, "v=spf1 ip4:192.0.2.1 -mx/28" NINE " -all\nhosts a > ip4:192.0.2.1 (192.0.2.1)"},
        {C " a ~mx//64 mx:m.test" NINE " -all\"\nc.test. A 192.0.2.1\nc.test. MX 1 m.test.\n"
           "m.test. A 192.0.2.20\nm.test. AAAA 2001:db8::20\nm.test. MX 1 m.test.\n",
         NULL,
         "v=spf1 ip4:192.0.2.1 ~mx//64 ip4:192.0.2.20 ip6:2001:db8::20" NINE
         " -all\nhosts a > ip4:192.0.2.1 (192.0.2.1)\n"
         "hosts mx:m.test > ip4:192.0.2.20 ip6:2001:db8::20 (192.0.2.20 2001:db8::20)"},
        {C " ~mx/28//64" NINE " -mx:m.test -all\"\nc.test. MX 1 m.test.\n"
           "m.test. A 192.0.2.20\nm.test. AAAA 2001:db8::20\n;!servfail m.test MX\n",
         NULL,
         "v=spf1 ~ip4:192.0.2.16/28 ~ip6:2001:db8::/64" NINE " -mx:m.test -all\n"
         "hosts ~mx/28//64 > ~ip4:192.0.2.16/28 ~ip6:2001:db8::/64 (192.0.2.16/28 2001:db8::/64)"},
        /* what stands there already, before it or behind it */
        {C " ip4:192.0.2.0/30 a mx a:m.test" NINE " ip4:192.0.2.20 -all\"\nc.test. A 192.0.2.1\n"
           "c.test. MX 1 m.test.\nm.test. A 192.0.2.20\n",
         NULL,
         "v=spf1 ip4:192.0.2.0/30 a" NINE " ip4:192.0.2.20 -all\nhosts-listed mx (192.0.2.20)\n"
         "hosts-listed a:m.test (192.0.2.20)"},
        {C " a mx -ip4:192.0.2.0/24" NINE " ip4:192.0.2.1 -all\"\nc.test. A 192.0.2.1\n"
           "c.test. MX 1 c.test.\n",
         NULL,
         "v=spf1 a ip4:192.0.2.1 -ip4:192.0.2.0/24" NINE " ip4:192.0.2.1 -all\n"
         "hosts mx > ip4:192.0.2.1 (192.0.2.1)"},
        /* DNS does not tell all of them; there are too many; the name hangs on the sender */
        {C " a" NINE " -all mx:m.test\"\nc.test. A 192.0.2.1\nc.test. AAAA 2001:db8::1\n", NULL,
         "v=spf1 a" NINE " -all mx:m.test"},
        {C " a mx" NINE " -all\"\n;!timeout c.test A\nc.test. MX 1 c.test.\n", NULL, "-"},
        {C " exists:a.x.test a:%{d}" NINE " -all\"\nc.test. A 192.0.2.1\n", NULL, "-"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_fit(&cases[i]);
}

/* What comes after an error is not reached: nothing is left to it. And what cannot be counted
 * cannot be brought within a limit. */
static void leaves_faults_alone(void **state)
{
    (void)state;
    static const FitCase cases[] = {
        {C " a:m.test include:broken.test ip4:192.0.2.20" NINE " -all\"\nm.test. A 192.0.2.20\n"
           "broken.test. TXT \"v=spf1 ip4:300\"\n",
         NULL,
         "v=spf1 ip4:192.0.2.20 include:broken.test ip4:192.0.2.20" NINE
         " -all\nhosts a:m.test > ip4:192.0.2.20 (192.0.2.20)"},
        {C " include:out.test include:in.test include:f1.test include:f2.test include:f3.test"
           " include:f4.test include:f5.test include:f6.test -all\"\n"
           "in.test. TXT \"v=spf1 exists:%{i}.x.test -all\"\n"
           "out.test. TXT \"v=spf1 include:broken.test include:in.test -all\"\n"
           "broken.test. TXT \"v=spf1 ip4:300\"\n",
         NULL, "-"},
        {C " a include:slow.test" NINE " -all\"\nc.test. A 192.0.2.1\n;!timeout slow.test TXT\n",
         NULL, "-"},
        {C " a include:loop.test" EIGHT " -all\"\nc.test. A 192.0.2.1\n"
           "loop.test. TXT \"v=spf1 include:loop.test -all\"\n",
         NULL, "-"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_fit(&cases[i]);
}

/* RFC 7208 §5.2: only "pass" of an included record is a match. */
static void puts_networks(void **state)
{
    (void)state;
    static const struct {
        const char *record, *by; /* of p.test; NULL: it cannot be replaced */
    } cases[] = {
        {"ip4:198.51.100.0/24 ip6:2001:db8::/48 -all", "ip4:198.51.100.0/24 ip6:2001:db8::/48"},
        {"ip4:198.51.100.0/25 ip4:198.51.100.128/25 ~all", "ip4:198.51.100.0/24"},
        {"-ip4:198.51.100.0/26 ip4:198.51.100.0/24", "ip4:198.51.100.64/26 ip4:198.51.100.128/25"},
        {"ip4:198.51.100.0/24 -ip4:198.51.100.0/26", "ip4:198.51.100.0/24"},
        {"~ip4:198.51.100.0/25 ?ip4:198.51.100.128/26 ip4:198.51.100.0/24 ?all",
         "ip4:198.51.100.192/26"},
        {"a:h.test mx:h.test -all", "ip4:203.0.113.7 ip6:2001:db8::7"},
        {"-a:h.test ip4:203.0.113.6/31 -all", "ip4:203.0.113.6"},
        {"?include:q.test ip4:203.0.113.0/28 -all", "ip4:203.0.113.0/29 ip4:203.0.113.12/30"},
        {"include:q.test -all", "ip4:203.0.113.8/30"},
        {"ip4:203.0.113.0/30 redirect=q.test", "ip4:203.0.113.0/30 ip4:203.0.113.8/30"},
        {"ip4:203.0.113.0/30 redirect=q.test -all", "ip4:203.0.113.0/30"},
        {"-ip4:203.0.113.8/31 redirect=q.test", "ip4:203.0.113.10/31"},
        {"ip4:203.0.113.1 exp=e.test any=thing -all ip4:203.0.113.2", "ip4:203.0.113.1"},
        {"a:gone.test ip4:203.0.113.1 -all", "ip4:203.0.113.1"},
        {"ip4:203.0.113.1 -all exists:%{i}.x.test", "ip4:203.0.113.1"},
        {"ip4:203.0.113.1 exists:%{i}.x.test -all", NULL},
        {"ip4:203.0.113.1 ptr -all", NULL},
        {"ip4:203.0.113.1 include:gone.test -all", NULL},
        {"ip4:203.0.113.1 include:p.test -all", NULL},
        {"ip4:203.0.113.1 a:%{d} -all", NULL},
        {"ip4:203.0.113.1 include:%{l}.test -all", NULL},
        {"ip4:203.0.113.1 a:slow.test -all", NULL},
        {"ip4:203.0.113.1 include:slow.test -all", NULL},
        {"ip4:203.0.113.1 ip4:203.0.113.300 -all", NULL},
        {"ip4:0.0.0.0/1 ip4:128.0.0.0/1", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *zone = g_strdup_printf(
            C " ip4:192.0.2.1 ~include:p.test" NINE " exists:%%{i}.x.test -all\"\n"
              "p.test. TXT \"v=spf1 %s\"\nq.test. TXT \"v=spf1 ip4:203.0.113.8/30 -all\"\n"
              "h.test. A 203.0.113.7\nh.test. AAAA 2001:db8::7\nh.test. MX 1 h.test.\n"
              ";!servfail slow.test A\n;!timeout slow.test TXT\n",
            cases[i].record);
        g_auto(GStrv) terms = g_strsplit(cases[i].by ? cases[i].by : "", " ", -1);
        g_autofree char *by = g_strjoinv(" ~", terms);
        g_autofree char *fitting =
            g_strdup_printf("v=spf1 ip4:192.0.2.1 ~%s" NINE " exists:%%{i}.x.test -all", by);
        World world;
        g_autofree char *all = g_strconcat(fillers, zone, NULL);
        world = world_new(all);
        SpfSurvey *survey = survey_of(world.session, "c.test");
        g_autoptr(SpfFit) fit = spfbudget_fit(survey, "op.test", NULL);
        if (g_strcmp0(fit ? fit->text : NULL, cases[i].by ? fitting : NULL) != 0)
            fail_msg("%s: %s", cases[i].record, fit ? fit->text : "nothing");
        spf_survey_free(survey);
        world_clear(&world);
    }
}

static void takes_the_least(void **state)
{
    (void)state;
    static const FitCase cases[] = {
        /* taking out comes before addresses, and these before networks */
        {C " a mx include:p.test" EIGHT " mx:gone.test -all\"\nc.test. A 192.0.2.1\n"
           "c.test. MX 1 c.test.\np.test. TXT \"v=spf1 ip4:203.0.113.1 -all\"\n",
         NULL,
         "v=spf1 a ip4:192.0.2.1 include:p.test" EIGHT " -all\n"
         "hosts mx > ip4:192.0.2.1 (192.0.2.1)\ngone mx:gone.test"},
        /* one dear include and not three cheap ones */
        {C " include:p1.test include:p2.test include:p3.test include:p4.test include:f1.test"
           " include:f2.test include:f3.test include:f4.test -all\"\n"
           "p1.test. TXT \"v=spf1 ip4:203.0.113.1 -all\"\np2.test. TXT \"v=spf1 ip4:203.0.113.2 "
           "-all\"\n"
           "p3.test. TXT \"v=spf1 ip4:203.0.113.3 -all\"\n"
           "p4.test. TXT \"v=spf1 include:p1.test include:p2.test include:p3.test a:h.test a:h.test"
           " ip4:198.51.100.0/24 ip4:198.51.99.0/26 -all\"\nh.test. A 203.0.113.9\n",
         NULL,
         "v=spf1 include:p4.test include:f1.test include:f2.test include:f3.test include:f4.test "
         "-all\n"
         "covered include:p1.test (include:p4.test)\ncovered include:p2.test (include:p4.test)\n"
         "covered include:p3.test (include:p4.test)"},
        {C " include:p1.test include:p2.test include:p3.test include:p4.test include:f1.test"
           " include:f2.test include:f3.test include:f4.test -all\"\n"
           "p1.test. TXT \"v=spf1 ip4:203.0.113.1 -all\"\np2.test. TXT \"v=spf1 ip4:203.0.113.2 "
           "-all\"\n"
           "p3.test. TXT \"v=spf1 ip4:203.0.113.3 -all\"\n"
           "p4.test. TXT \"v=spf1 a:h.test a:h.test a:h.test ip4:198.51.100.0/24 -all\"\n"
           "h.test. A 203.0.113.9\n",
         NULL,
         "v=spf1 include:p1.test include:p2.test include:p3.test ip4:198.51.100.0/24"
         " ip4:203.0.113.9 include:f1.test include:f2.test include:f3.test include:f4.test -all\n"
         "networks include:p4.test > ip4:198.51.100.0/24 ip4:203.0.113.9 (198.51.100.0/24 "
         "203.0.113.9)"},
        /* of two that do, the shorter */
        {C " include:p1.test include:p2.test" NINE " -all\"\n"
           "p1.test. TXT \"v=spf1 ip4:203.0.113.1 ip4:203.0.113.3 -all\"\n"
           "p2.test. TXT \"v=spf1 ip4:203.0.113.5 -all\"\n",
         NULL,
         "v=spf1 include:p1.test ip4:203.0.113.5" NINE " -all\n"
         "networks include:p2.test > ip4:203.0.113.5 (203.0.113.5)"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_fit(&cases[i]);
}

static void makes_room_for_an_include(void **state)
{
    (void)state;
    static const FitCase cases[] = {
        {C " a -all\"\nc.test. A 192.0.2.1\n", "op.test", "v=spf1 a include:op.test -all"},
        {C " a\"\nc.test. A 192.0.2.1\n", "op.test", "v=spf1 a include:op.test"},
        {C " a  redirect=f1.test\"\nc.test. A 192.0.2.1\n", "op.test",
         "v=spf1 a  include:op.test redirect=f1.test"},
        {C NINE "  mx   -all exp=e.test\"\nc.test. MX 1 m.test.\nm.test. A 198.51.100.1\n",
         "op.test",
         "v=spf1" NINE "  ip4:198.51.100.1   include:op.test -all exp=e.test\n"
         "hosts mx > ip4:198.51.100.1 (198.51.100.1)"},
        /* what the new include has below it */
        {C " include:p1.test" EIGHT " -all\"\np1.test. TXT \"v=spf1 exists:%{i}.x.test -all\"\n"
           "big.test. TXT \"v=spf1 include:p1.test -all\"\n",
         "big.test", "-"},
        {C " include:p1.test include:f1.test include:f2.test include:f3.test include:f4.test"
           " include:f5.test include:f6.test -all\"\n"
           "p1.test. TXT \"v=spf1 exists:%{i}.x.test -all\"\n"
           "big.test. TXT \"v=spf1 include:p1.test -all\"\n",
         "big.test",
         "v=spf1 include:f1.test include:f2.test include:f3.test include:f4.test include:f5.test"
         " include:f6.test include:big.test -all\ncovered include:p1.test (include:big.test)"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_fit(&cases[i]);
}

/* Never longer than it may be published, and of the rest only what has to go. */
static void keeps_the_record_short(void **state)
{
    (void)state;
    g_autoptr(GString) long_record = g_string_new(C NINE " mx a -all");
    for (int i = 0; i < 20; i++)
        g_string_append_printf(long_record, "%s ip4:203.0.113.%d", i % 10 == 5 ? "\" \"" : "",
                               100 + i);
    g_string_append(long_record, "\"\nc.test. MX 1 m.test.\nm.test. A 198.51.100.1\n"
                                 "c.test. A 198.51.100.2\n");
    g_autofree char *all = g_strconcat(fillers, long_record->str, NULL);
    World world = world_new(all);
    SpfSurvey *survey = survey_of(world.session, "c.test");
    g_autoptr(SpfFit) fit = spfbudget_fit(survey, NULL, NULL);
    assert_non_null(fit);
    assert_string_equal(fit->text, "v=spf1" NINE " ip4:198.51.100.1 a -all");
    assert_int_equal(fit->n, 2);
    assert_int_equal(fit->swaps[1].kind, SWAP_BEHIND_ALL);
    assert_true(g_str_has_suffix(fit->swaps[1].term, "ip4:203.0.113.118 ip4:203.0.113.119"));
    spf_survey_free(survey);
    world_clear(&world);

    /* Fifty networks in the place of one term, which leave no room for another text at the name. */
    for (int texts = 0; texts < 2; texts++) {
        g_autoptr(GString) zone = g_string_new(fillers);
        g_string_append(zone, C NINE " include:f0.test include:p.test -all\"\n"
                                     "f0.test. TXT \"v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1\"\n");
        g_string_append(zone, "p.test. TXT \"v=spf1\"");
        for (int i = 0; i < 50; i++)
            g_string_append_printf(zone, " \" ip4:203.0.113.%d\"", 2 * i);
        g_string_append_printf(zone, "\n%s", texts > 0 ? "c.test. TXT \"" : "");
        for (int i = 0; texts > 0 && i < 200; i++)
            g_string_append(zone, "x");
        g_string_append(zone, texts > 0 ? "\"\n" : "");
        World one = world_new(zone->str);
        SpfSurvey *found = survey_of(one.session, "c.test");
        g_autoptr(SpfFit) longest = spfbudget_fit(found, NULL, NULL);
        assert_int_equal(longest != NULL, texts == 0);
        spf_survey_free(found);
        world_clear(&one);
    }
}

static void counts_void_lookups(void **state)
{
    (void)state;
    static const FitCase cases[] = {
        {C " a:g1.test a:g2.test a:g3.test ip4:192.0.2.1 -all\"\n", NULL,
         "v=spf1 a:g2.test a:g3.test ip4:192.0.2.1 -all\ngone a:g1.test"},
        /* for clients with IPv6 there are three: RFC 7208 §4.6.4 does not ask what for */
        {C " a:h1.test a:h2.test a:h3.test a:g1.test a:g2.test a:g3.test -all\"\n"
           "h1.test. A 192.0.2.1\nh2.test. A 192.0.2.2\nh3.test. A 192.0.2.3\n",
         NULL,
         "v=spf1 ip4:192.0.2.1 a:h2.test a:h3.test -all\nhosts a:h1.test > ip4:192.0.2.1 "
         "(192.0.2.1)\n"
         "gone a:g1.test\ngone a:g2.test\ngone a:g3.test"},
        /* inside an include that cannot be replaced there is nothing to be done about that */
        {C " include:p.test a:g1.test a:g2.test a:g3.test -all\"\n"
           "p.test. TXT \"v=spf1 a:h1.test a:h2.test a:h3.test exists:%{i}.x.test -all\"\n"
           "h1.test. A 192.0.2.1\nh2.test. A 192.0.2.2\nh3.test. A 192.0.2.3\n",
         NULL, "v=spf1 include:p.test a:g2.test a:g3.test -all\ngone a:g1.test"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_fit(&cases[i]);
}

/* As many lookups as a survey follows, made so that no two ways lead equally far. */
static void a_hundred_lookups(void **state)
{
    (void)state;
    g_autoptr(GString) zone =
        g_string_new("c.test. TXT \"v=spf1 ip4:198.51.0.0/17 ip6:2001:db8::/64\"");
    for (int i = 0; i < 100; i++)
        g_string_append_printf(zone, " \" a:i%d.test\"", i);
    g_string_append(zone, " \" -all\"\n");
    for (int i = 0; i < 100; i++) {
        if (i % 3 != 0)
            g_string_append_printf(zone, "i%d.test. A 198.51.%d.%d\n", i, i, i * i % 200);
        if (i % 4 != 1)
            g_string_append_printf(zone, "i%d.test. AAAA 2001:db8::%x\n", i, (unsigned)(i * i + 1));
    }
    World world = world_new(zone->str);
    SpfSurvey *survey = survey_of(world.session, "c.test");
    assert_int_equal(survey->lookups, 100);
    gint64 start = g_get_monotonic_time();
    g_autoptr(SpfFit) fit = spfbudget_fit(survey, NULL, NULL);
    print_message("100 lookups: %.0f ms\n", (double)(g_get_monotonic_time() - start) / 1000);
    assert_non_null(fit);
    assert_int_equal(fit->n, 90);
    assert_int_equal(fit->lookups, 10);
    assert_true(fit->voids <= SPF_MAX_VOID);
    spf_survey_free(survey);
    world_clear(&world);
}

/* --- the same result for every address --- */

/* Trees are made up, and judged by what was made up: nothing of spf.c takes part in saying what a
 * client should get. A record is a list of terms, each a set of networks or another record. */

enum { HOSTS = 10, RECORDS = 12, TERMS = 16, TREES = 300 };

typedef enum MadeKind {
    MADE_IP,
    MADE_A,
    MADE_MX,
    MADE_INCLUDE,
    MADE_EXISTS, /* of a name that hangs on the client */
} MadeKind;

typedef struct MadeNetwork {
    bool v6;
    uint8_t first; /* the last octet; all else is the same */
    unsigned prefix;
} MadeNetwork;

typedef struct MadeTerm {
    MadeKind kind;
    char qualifier;
    MadeNetwork network; /* ip; of a and mx the prefixes */
    unsigned prefix4, prefix6;
    size_t target; /* host, or record */
} MadeTerm;

typedef struct MadeRecord {
    MadeTerm terms[TERMS];
    size_t n;
    char all;        /* qualifier, or 0 for none */
    size_t redirect; /* RECORDS for none */
    bool missing;
} MadeRecord;

/* Host h is both a host with these addresses and, as mail domain, one with the exchangers h and
 * h + 1. */
typedef struct MadeHost {
    bool v4, v6;
    uint8_t octet;
} MadeHost;

typedef struct Made {
    uint32_t seed;
    MadeHost hosts[HOSTS];
    MadeRecord records[RECORDS]; /* the first is the customer's; each includes later ones only */
} Made;

static uint32_t chance(Made *made, uint32_t n)
{
    made->seed = made->seed * 1664525 + 1013904223;
    return (made->seed >> 8) % n;
}

static char make_qualifier(Made *made)
{
    return chance(made, 6) > 0 ? '+' : "-~?"[chance(made, 3)];
}

static MadeTerm make_term(Made *made, size_t record)
{
    MadeTerm term = {.qualifier = make_qualifier(made), .prefix4 = 32, .prefix6 = 128};
    uint32_t kind = chance(made, record == 0 ? 14 : 20);
    term.kind = kind < 3 ? MADE_A : kind < 5 ? MADE_MX : kind < 10 ? MADE_INCLUDE : MADE_IP;
    if (kind == 13 && chance(made, 4) == 0)
        term.kind = MADE_EXISTS;
    term.network = (MadeNetwork){chance(made, 3) == 0, (uint8_t)chance(made, 256), 0};
    term.network.prefix = (term.network.v6 ? 122U : 26U) + chance(made, 7);
    term.target = chance(made, HOSTS);
    if (term.kind == MADE_A && chance(made, 5) == 0)
        term.prefix4 = 26 + chance(made, 7);
    if (term.kind == MADE_MX && chance(made, 5) == 0)
        term.prefix6 = 122 + chance(made, 7);
    if (term.kind == MADE_INCLUDE && record + 1 < RECORDS)
        term.target = record + 1 + chance(made, (uint32_t)(RECORDS - record - 1));
    else if (term.kind == MADE_INCLUDE)
        term.kind = MADE_IP;
    return term;
}

static void make(Made *made, uint32_t seed)
{
    *made = (Made){.seed = seed * 7919};
    for (size_t i = 0; i < HOSTS; i++)
        made->hosts[i] =
            (MadeHost){chance(made, 6) > 0, chance(made, 6) > 0, (uint8_t)chance(made, 256)};
    for (size_t i = 0; i < RECORDS; i++) {
        MadeRecord *record = &made->records[i];
        record->n = i == 0 ? 8 + chance(made, 9) : chance(made, 5);
        for (size_t j = 0; j < record->n; j++)
            record->terms[j] = make_term(made, i);
        record->redirect = RECORDS;
        record->missing = i > 0 && chance(made, 12) == 0;
        if (chance(made, 4) > 0)
            record->all = "-~?"[chance(made, 3)];
        else if (i + 1 < RECORDS && chance(made, 3) == 0)
            record->redirect = i + 1 + chance(made, (uint32_t)(RECORDS - i - 1));
    }
}

static char *network_text(const MadeNetwork *network)
{
    return network->v6 ? g_strdup_printf("2001:db8::%x/%u", network->first, network->prefix)
                       : g_strdup_printf("192.0.2.%u/%u", network->first, network->prefix);
}

static void write_term(GString *zone, const MadeTerm *term)
{
    g_string_append_c(zone, ' ');
    if (term->qualifier != '+')
        g_string_append_c(zone, term->qualifier);
    if (term->kind == MADE_IP) {
        g_autofree char *network = network_text(&term->network);
        g_string_append_printf(zone, "%s:%s", term->network.v6 ? "ip6" : "ip4", network);
    } else if (term->kind == MADE_INCLUDE) {
        g_string_append_printf(zone, "include:r%zu.test", term->target);
    } else if (term->kind == MADE_EXISTS) {
        g_string_append_printf(zone, "exists:%%{i}.h%zu.test", term->target);
    } else {
        g_string_append_printf(zone, "%s:h%zu.test", term->kind == MADE_A ? "a" : "mx",
                               term->target);
        if (term->prefix4 != 32)
            g_string_append_printf(zone, "/%u", term->prefix4);
        if (term->prefix6 != 128)
            g_string_append_printf(zone, "//%u", term->prefix6);
    }
}

static void append_txt(GString *zone, const char *name, const char *text)
{
    g_string_append_printf(zone, "%s. TXT", name);
    for (size_t i = 0; i < strlen(text); i += 255)
        g_string_append_printf(zone, " \"%.255s\"", text + i);
    g_string_append_c(zone, '\n');
}

static char *zone_of(const Made *made)
{
    GString *zone = g_string_new(NULL);
    for (size_t i = 0; i < HOSTS; i++) {
        const MadeHost *host = &made->hosts[i];
        if (host->v4)
            g_string_append_printf(zone, "h%zu.test. A 192.0.2.%u\n", i, host->octet);
        if (host->v6)
            g_string_append_printf(zone, "h%zu.test. AAAA 2001:db8::%x\n", i, host->octet);
        if (i % 4 != 3)
            g_string_append_printf(zone, "h%zu.test. MX 1 h%zu.test.\nh%zu.test. MX 2 h%zu.test.\n",
                                   i, i, i, (i + 1) % HOSTS);
    }
    for (size_t i = 0; i < RECORDS; i++) {
        const MadeRecord *record = &made->records[i];
        if (record->missing)
            continue;
        g_autofree char *name = g_strdup_printf("r%zu.test", i);
        g_autoptr(GString) text = g_string_new("v=spf1");
        for (size_t j = 0; j < record->n; j++)
            write_term(text, &record->terms[j]);
        if (record->all)
            g_string_append_printf(text, " %call", record->all);
        if (record->redirect < RECORDS)
            g_string_append_printf(text, " redirect=r%zu.test", record->redirect);
        append_txt(zone, name, text->str);
    }
    return g_string_free(zone, FALSE);
}

typedef struct Client {
    bool v6;
    uint8_t octet;
} Client;

static bool is_in(Client client, bool v6, uint8_t octet, unsigned prefix)
{
    unsigned host_bits = (v6 ? 128 : 32) - prefix;
    return client.v6 == v6 && client.octet >> host_bits == octet >> host_bits;
}

static bool host_matches(const Made *made, const MadeTerm *term, size_t host, Client client)
{
    const MadeHost *one = &made->hosts[host % HOSTS];
    return (client.v6 ? one->v6 : one->v4) &&
           is_in(client, client.v6, one->octet, client.v6 ? term->prefix6 : term->prefix4);
}

static SpfResult result_for(const Made *made, size_t record, Client client);

/* SPF_PASS for a match, SPF_NEUTRAL for none, SPF_PERMERROR. RFC 7208 §5.2 has an error for an
 * include of nothing; in the record itself it is taken out (spfbudget.h). */
static SpfResult match(const Made *made, size_t record, const MadeTerm *term, Client client)
{
    bool matches = false;
    switch (term->kind) {
    case MADE_IP:
        matches = is_in(client, term->network.v6, term->network.first, term->network.prefix);
        break;
    case MADE_A:
        matches = host_matches(made, term, term->target, client);
        break;
    case MADE_MX:
        matches = term->target % 4 != 3 && (host_matches(made, term, term->target, client) ||
                                            host_matches(made, term, term->target + 1, client));
        break;
    case MADE_INCLUDE:
        if (made->records[term->target].missing)
            return record == 0 ? SPF_NEUTRAL : SPF_PERMERROR;
        SpfResult result = result_for(made, term->target, client);
        if (result == SPF_PERMERROR)
            return result;
        matches = result == SPF_PASS;
        break;
    case MADE_EXISTS:
        break;
    }
    return matches ? SPF_PASS : SPF_NEUTRAL;
}

static SpfResult of_qualifier(char qualifier)
{
    return qualifier == '+'   ? SPF_PASS
           : qualifier == '-' ? SPF_FAIL
           : qualifier == '~' ? SPF_SOFTFAIL
                              : SPF_NEUTRAL;
}

static SpfResult result_for(const Made *made, size_t n, Client client)
{
    const MadeRecord *record = &made->records[n];
    for (size_t i = 0; i < record->n; i++) {
        SpfResult result = match(made, n, &record->terms[i], client);
        if (result != SPF_NEUTRAL)
            return result == SPF_PASS ? of_qualifier(record->terms[i].qualifier) : result;
    }
    if (record->all)
        return of_qualifier(record->all);
    if (record->redirect == RECORDS)
        return SPF_NEUTRAL;
    return made->records[record->redirect].missing ? SPF_PERMERROR
                                                   : result_for(made, record->redirect, client);
}

static SpfCheck *check_of(DnsSession *dns, Client client)
{
    g_autofree char *ip = client.v6 ? g_strdup_printf("2001:db8::%x", client.octet)
                                    : g_strdup_printf("192.0.2.%u", client.octet);
    SpfInput input = {
        .ip = ip, .helo = "mx.test", .mail_from = "user@r0.test", .now_s = 1700000000};
    return spf_check(SPF_MAIL_FROM, &input, dns);
}

static bool is_limit(SpfProblem problem)
{
    return problem == SPF_PROBLEM_LOOKUP_LIMIT || problem == SPF_PROBLEM_VOID_LIMIT;
}

typedef struct Tally {
    size_t over, fits, none, addresses, changed, limited;
    size_t kinds[SWAP_NETWORKS_LISTED + 1];
} Tally;

static void mark_network(bool edges[512], bool v6, uint8_t octet, unsigned prefix)
{
    unsigned size = 1u << ((v6 ? 128 : 32) - prefix), first = octet & ~(size - 1);
    const unsigned at[] = {first + 255, first, first + size - 1, first + size};
    for (size_t i = 0; i < G_N_ELEMENTS(at); i++)
        edges[(v6 ? 256 : 0) + at[i] % 256] = true;
}

/* The first and last address of every network, and the one beside it. */
static void mark_edges(const Made *made, bool edges[512])
{
    memset(edges, 0, 512);
    for (size_t i = 0; i < RECORDS; i++) {
        for (size_t j = 0; j < made->records[i].n; j++) {
            const MadeTerm *term = &made->records[i].terms[j];
            const MadeHost *host = &made->hosts[term->target % HOSTS];
            if (term->kind == MADE_IP) {
                mark_network(edges, term->network.v6, term->network.first, term->network.prefix);
                continue;
            }
            mark_network(edges, false, host->octet, term->prefix4);
            mark_network(edges, true, host->octet, term->prefix6);
        }
    }
}

static void compare_all(const Made *made, DnsSession *before, DnsSession *after, const SpfFit *fit,
                        Tally *tally)
{
    bool broken = false; /* an include of nothing stands in the record itself */
    for (size_t i = 0; i < made->records[0].n; i++) {
        const MadeTerm *term = &made->records[0].terms[i];
        broken = broken || (term->kind == MADE_INCLUDE && made->records[term->target].missing);
    }
    bool edges[512];
    mark_edges(made, edges);
    for (unsigned i = 0; i < G_N_ELEMENTS(edges); i++) {
        Client client = {i >= 256, (uint8_t)i};
        if (!edges[i])
            continue;
        SpfResult expected = result_for(made, 0, client);
        SpfCheck *then = check_of(after, client), *now = check_of(before, client);
        bool limited = fit->voids > SPF_MAX_VOID && then->problem == SPF_PROBLEM_VOID_LIMIT;
        if (then->result != expected && !limited)
            fail_msg("octet %u: %s, expected %s, of %s", i, spf_result_name(then->result),
                     spf_result_name(expected), fit->text);
        /* The model is right: without limits and broken includes both agree on what stands. */
        if (now->result != expected && !is_limit(now->problem) && !broken)
            fail_msg("octet %u: the model says %s, the record %s", i, spf_result_name(expected),
                     spf_result_name(now->result));
        tally->changed += now->result != then->result;
        tally->limited += limited;
        tally->addresses++;
        spf_check_free(then);
        spf_check_free(now);
    }
}

static void hold(const Made *made, World *world, const SpfFit *fit, Tally *tally)
{
    DnsSession *after = dns_session_simulate(world->session);
    g_autoptr(GString) overlay = g_string_new(NULL);
    append_txt(overlay, "r0.test", fit->text);
    assert_true(dns_session_overlay(after, span_of(overlay->str, overlay->len), NULL));
    SpfSurvey *survey = survey_of(after, "r0.test");
    assert_true(survey->record->problem == SPF_OK);
    assert_int_equal(survey->lookups, fit->lookups);
    assert_true(survey->lookups <= SPF_MAX_LOOKUPS && survey->voids <= SPF_MAX_VOID);
    assert_true(strlen(fit->text) <= 1232);
    g_autoptr(SpfFit) again = spfbudget_fit(survey, NULL, NULL);
    assert_non_null(again);
    assert_int_equal(again->n, 0);
    assert_string_equal(again->text, fit->text);
    compare_all(made, world->session, after, fit, tally);
    for (size_t i = 0; i < fit->n; i++)
        tally->kinds[fit->swaps[i].kind]++;
    spf_survey_free(survey);
    dns_session_free(after);
}

static void every_address_keeps_its_result(void **state)
{
    (void)state;
    Tally tally = {0};
    for (uint32_t seed = 1; seed <= TREES; seed++) {
        Made made;
        make(&made, seed);
        g_autofree char *zone = zone_of(&made);
        World world = world_new(zone);
        SpfSurvey *survey = survey_of(world.session, "r0.test");
        g_autoptr(SpfFit) fit = spfbudget_fit(survey, NULL, NULL);
        bool over = survey->lookups > SPF_MAX_LOOKUPS || survey->voids > SPF_MAX_VOID;
        tally.over += over;
        if (fit && fit->n > 0) {
            tally.fits++;
            hold(&made, &world, fit, &tally);
        } else if (over) {
            assert_null(fit);
            tally.none++;
        }
        spf_survey_free(survey);
        world_clear(&world);
    }
    print_message("%zu trees over the limits, %zu brought within, %zu not; %zu addresses, %zu get "
                  "another result than now, %zu stay above the limit for void lookups\n",
                  tally.over, tally.fits, tally.none, tally.addresses, tally.changed,
                  tally.limited);
    for (size_t i = 0; i < G_N_ELEMENTS(tally.kinds); i++)
        print_message("%s %zu\n", spf_swap_name((SpfSwapKind)i), tally.kinds[i]);
    assert_true(tally.fits > TREES / 3);
    assert_true(tally.limited < tally.addresses / 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(takes_out_what_matches_nobody),
        cmocka_unit_test(takes_out_what_others_cover),
        cmocka_unit_test(puts_addresses),
        cmocka_unit_test(leaves_faults_alone),
        cmocka_unit_test(puts_networks),
        cmocka_unit_test(takes_the_least),
        cmocka_unit_test(makes_room_for_an_include),
        cmocka_unit_test(keeps_the_record_short),
        cmocka_unit_test(counts_void_lookups),
        cmocka_unit_test(a_hundred_lookups),
        cmocka_unit_test(every_address_keeps_its_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
