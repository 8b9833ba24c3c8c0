/* change.c and remedy.c: what a proposed record changes, which are refused, and what trying them
 * out says. */
#include "rules/remedy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* An unsigned message that only SPF can carry. */
static const char message[] =
    "Return-Path: <info@customer.example>\r\n"
    "Received: from mail.service.example (mail.service.example [192.0.2.10])\r\n"
    "\tby mx.receiver.test with ESMTPS id 1 for <anna@receiver.test>;\r\n"
    "\tMon, 2 Nov 2026 09:31:00 +0000\r\n"
    "From: Customer <info@customer.example>\r\n"
    "To: anna@receiver.test\r\n"
    "Subject: Order\r\n"
    "Date: Mon, 2 Nov 2026 09:30:00 +0000\r\n"
    "Message-ID: <1@customer.example>\r\n"
    "\r\n"
    "Dear Anna\r\n";

#define HOSTS                                                                                      \
    "customer.example. MX 10 mail.customer.example.\n"                                             \
    "mail.customer.example. A 198.51.100.1\n"                                                      \
    "mail.service.example. A 192.0.2.10\n"                                                         \
    "10.2.0.192.in-addr.arpa. PTR mail.service.example.\n"                                         \
    "_spf.service.example. TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"
#define DMARC "_dmarc.customer.example. TXT \"v=DMARC1; p=reject; rua=mailto:r@customer.example\"\n"

/* --- plans --- */

typedef struct PlanCase {
    const char *action, *name, *value;
    const char *zone;
    const char *expect; /* "action name type value [was]" a line; "" when it is refused */
} PlanCase;

static char *described(const ChangePlan *plan)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; plan && i < plan->n; i++) {
        const Change *change = &plan->changes[i];
        g_string_append_printf(text, "%s %s %s %s", change->action, change->name, change->type,
                               change->value);
        if (change->was)
            g_string_append_printf(text, " [%s]", change->was);
        g_string_append_c(text, '\n');
    }
    return g_string_free(text, FALSE);
}

static Dns *dns_of(const char *zone)
{
    g_autoptr(GError) error = NULL;
    Dns *dns = dns_new_zone_text(span_str(zone), "test", &error);
    if (!dns)
        fail_msg("%s", error->message);
    return dns;
}

/* Borrows. */
static ProposedRecord text_record(const char *action, const char *name, const char *value)
{
    return (ProposedRecord){.action = (char *)action,
                            .name = (char *)name,
                            .type = (char *)"TXT",
                            .value = (char *)value};
}

static void assert_plan(const PlanCase *one)
{
    Dns *dns = dns_of(one->zone);
    DnsSession *session = dns_session_new(dns);
    ProposedRecord record = text_record(one->action, one->name, one->value);
    ChangePlan *plan = change_plan(&record, session);
    g_autofree char *text = described(plan);
    assert_string_equal(text, one->expect);
    change_plan_free(plan);
    dns_session_free(session);
    dns_free(dns);
}

#define SPF_NOW "v=spf1 mx -all"
#define SPF_NEW "v=spf1 mx include:_spf.service.example -all"
#define D "_dmarc.customer.example"

static void plans(void **state)
{
    (void)state;
    static const PlanCase cases[] = {
        {"add", "customer.example", SPF_NEW, "", "add customer.example TXT " SPF_NEW "\n"},
        {"change", "customer.example", SPF_NEW, "customer.example. TXT \"" SPF_NOW "\"\n",
         "change customer.example TXT " SPF_NEW " [" SPF_NOW "]\n"},
        {"change", "customer.example", SPF_NEW, "customer.example. TXT \"other\"\n",
         "add customer.example TXT " SPF_NEW "\n"},
        /* one of two is right already: only the other has to go */
        {"change", "customer.example", SPF_NEW,
         "customer.example. TXT \"" SPF_NOW "\"\ncustomer.example. TXT \"" SPF_NEW "\"\n",
         "remove customer.example TXT " SPF_NOW "\n"},
        {"change", "customer.example", SPF_NEW,
         "customer.example. TXT \"v=spf1 a -all\"\ncustomer.example. TXT \"v=spf1 mx -all\"\n",
         "change customer.example TXT " SPF_NEW
         " [v=spf1 a -all]\nremove customer.example TXT v=spf1 mx -all\n"},
        {"add", D, "v=DMARC1; p=none", "*.customer.example. TXT \"v=spf1 -all\"\n",
         "add " D " TXT v=DMARC1; p=none\n"},
        {"add", D, "v=DMARC1; p=none", D ". CNAME gone.service.example.\n",
         "remove " D " CNAME gone.service.example\nadd " D " TXT v=DMARC1; p=none\n"},
        {"change", D, "v=DMARC1; p=reject; rua=mailto:a@b.example",
         D ". TXT \"v=DMARC1; p=reject\"\n",
         "change " D " TXT v=DMARC1; p=reject; rua=mailto:a@b.example [v=DMARC1; p=reject]\n"},
        {"change", D, "v=DMARC1; p=none; sp=reject; rua=mailto:a@b.example",
         D ". TXT \"v=DMARC1; p=none; sp=reject\"\n",
         "change " D " TXT v=DMARC1; p=none; sp=reject; rua=mailto:a@b.example "
         "[v=DMARC1; p=none; sp=reject]\n"},
        {"remove", "customer.example", "v=spf1 a -all",
         "customer.example. TXT \"v=spf1 a -all\"\ncustomer.example. TXT \"" SPF_NEW "\"\n",
         "remove customer.example TXT v=spf1 a -all\n"},
        {"add", "customer.example._report._dmarc.service.example", "v=DMARC1", "",
         "add customer.example._report._dmarc.service.example TXT v=DMARC1\n"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_plan(&cases[i]);
}

static void refused(void **state)
{
    (void)state;
    static const PlanCase cases[] = {
        {"add", "customer.example", "v=spf1 ip4:192.0.2.300 -all", "", ""},
        {"add", "customer.example", "v=spf1 \"mx\" -all", "", ""},
        {"add", "customer.example", "some text", "", ""},
        {"add", "customer\\x20.example", SPF_NEW, "", ""},
        {"add", "customer.example", SPF_NEW, ";!timeout customer.example TXT\n", ""},
        {"add", "customer.example", SPF_NEW, ";!servfail customer.example TXT\n", ""},
        {"add", "customer.example", SPF_NEW, "customer.example. TXT \"" SPF_NEW "\"\n", ""},
        /* never from nothing to reject, never stricter than what stands */
        {"add", D, "v=DMARC1; p=reject", "", ""},
        {"add", D, "v=DMARC1; p=quarantine", D ". TXT \"v=DMARC1; p=quarentine\"\n", ""},
        {"change", D, "v=DMARC1; p=reject", D ". TXT \"v=DMARC1; p=quarantine\"\n", ""},
        {"add", D, "v=DMARC1; p=none; sp=reject", "", ""},
        {"change", D, "v=DMARC1; p=none; sp=reject",
         D ". TXT \"v=DMARC1; p=none; sp=quarantine\"\n", ""},
        {"add", D, "v=DMARC1", "", ""},
        {"add", "s._domainkey.customer.example", "v=DKIM1; k=rsa; p=AAAA", "", ""},
        {"add", "s._domainkey.customer.example", "v=DKIM1; k=rsa; p=", "", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_plan(&cases[i]);
}

#define KEY "v=DKIM1; k=ed25519; p=TWTR7vKkptOOTmRqMvtLznpNbU1udl8PxAwXw0+voNw="
#define S "s._domainkey.customer.example"

/* The alias takes the place of every text, and has to lead to a key. */
static void aliases(void **state)
{
    (void)state;
    static const struct {
        const char *action, *name, *value, *zone, *expect;
    } cases[] = {
        {"add", S, "k.service.example",
         S ". TXT \"k.service.example\"\nk.service.example. TXT \"" KEY "\"\n",
         "remove " S " TXT k.service.example\nadd " S " CNAME k.service.example\n"},
        {"add", S, "k.service.example", "k.service.example. TXT \"" KEY "\"\n",
         "add " S " CNAME k.service.example\n"},
        {"add", S, "k.service.example", S ". TXT \"k.service.example\"\n", ""},
        {"add", S, "k.service.example", "k.service.example. TXT \"v=DKIM1; p=\"\n", ""},
        {"add", S, "k.service.example",
         S ". CNAME other.example.\nk.service.example. TXT \"" KEY "\"\n", ""},
        {"add", "customer.example", "k.service.example", "k.service.example. TXT \"" KEY "\"\n",
         ""},
        {"remove", S, "k.service.example", S ". CNAME k.service.example.\n", ""},
        {"add", S, "k service", "k.service.example. TXT \"" KEY "\"\n", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Dns *dns = dns_of(cases[i].zone);
        DnsSession *session = dns_session_new(dns), *after = dns_session_simulate(session);
        ProposedRecord record = {.action = (char *)cases[i].action,
                                 .name = (char *)cases[i].name,
                                 .type = (char *)"CNAME",
                                 .value = (char *)cases[i].value};
        ChangePlan *plan = change_plan(&record, session);
        g_autofree char *text = described(plan);
        assert_string_equal(text, cases[i].expect);
        if (plan) {
            Span overlay = span_of(plan->overlay->str, plan->overlay->len);
            assert_true(dns_session_overlay(after, overlay, NULL));
            const DnsAnswer *answer = dns_ask(after, S, DNS_TXT);
            assert_int_equal(answer->n, 1);
            assert_string_equal(answer->records[0].text, KEY);
        }
        change_plan_free(plan);
        dns_session_free(after);
        dns_session_free(session);
        dns_free(dns);
    }
}

/* What is not replaced is in the overlay, octet for octet: it replaces the whole set. */
static void others_stay(void **state)
{
    (void)state;
    Dns *dns = dns_of("customer.example. TXT \"" SPF_NOW
                      "\"\ncustomer.example. TXT \"a\\\"\\\\\\200;\"\n");
    DnsSession *session = dns_session_new(dns), *after = dns_session_simulate(session);
    ProposedRecord record = text_record("change", "customer.example", SPF_NEW);
    ChangePlan *plan = change_plan(&record, session);
    assert_non_null(plan);
    assert_true(dns_session_overlay(after, span_of(plan->overlay->str, plan->overlay->len), NULL));
    const DnsAnswer *answer = dns_ask(after, "customer.example", DNS_TXT);
    assert_int_equal(answer->n, 2);
    bool other = false, spf = false;
    for (size_t i = 0; i < answer->n; i++) {
        other = other || strcmp(answer->records[i].text, "a\"\\\xc8;") == 0;
        spf = spf || strcmp(answer->records[i].text, SPF_NEW) == 0;
    }
    assert_true(other && spf);
    change_plan_free(plan);
    dns_session_free(after);
    dns_session_free(session);
    dns_free(dns);
}

/* --- proofs --- */

typedef struct Run {
    Catalogue *catalogue;
    Profile *profile;
    psl_ctx_t *psl;
    Dns *dns;
    DnsSession *session;
    Source *source;
    EnvelopeGiven given;
    EvidenceInput input;
    Evidence *evidence;
    Judgement *judgement;
} Run;

static void run_open(Run *run, const char *zone)
{
    g_autoptr(GError) error = NULL;
    *run = (Run){.catalogue = catalogue_load(&error),
                 .profile = profile_new_empty(),
                 .psl = psl_latest(NULL)};
    if (!run->catalogue)
        fail_msg("%s", error->message);
    run->profile->spf_include = g_strdup("_spf.service.example");
    run->dns = dns_of(zone);
    run->session = dns_session_new(run->dns);
    g_autoptr(GBytes) octets = g_bytes_new_static(message, sizeof(message) - 1);
    run->source = source_new(octets, SOURCE_AS_STORED);
    run->input = (EvidenceInput){.source = run->source,
                                 .given = &run->given,
                                 .profile = run->profile,
                                 .dns = run->session,
                                 .psl = run->psl,
                                 .now_s = 1793611860,
                                 .cause_units = 1000000};
    run->evidence = evidence_collect(&run->input);
    run->judgement = judge(run->catalogue, run->evidence);
}

static void run_close(Run *run)
{
    judgement_free(run->judgement);
    evidence_free(run->evidence);
    source_free(run->source);
    dns_session_free(run->session);
    dns_free(run->dns);
    psl_free(run->psl);
    profile_free(run->profile);
    catalogue_free(run->catalogue);
}

static void include_carries_the_message(void **state)
{
    (void)state;
    Run run;
    run_open(&run, HOSTS DMARC "customer.example. TXT \"" SPF_NOW "\"\n");
    size_t asked = dns_session_count(run.session);
    Remedies *remedies = remedy_prove(&run.input, run.evidence, run.judgement, run.catalogue);
    assert_int_equal(dns_session_count(run.session), asked); /* the log is that of the analysis */
    assert_string_equal(remedies->before.spf, "fail");
    assert_string_equal(remedies->before.dmarc, "fail");
    assert_int_equal(remedies->before.score, run.judgement->score);
    assert_int_equal(remedies->n, 1);
    const Remedy *remedy = &remedies->items[0];
    g_autofree char *plan = described(remedy->plan);
    assert_string_equal(plan, "change customer.example TXT " SPF_NEW " [" SPF_NOW "]\n");
    assert_true(remedy->n_findings >= 1);
    assert_string_equal(remedy->outcome.state.spf, "pass");
    assert_string_equal(remedy->outcome.state.dmarc, "pass");
    assert_true(remedy->outcome.state.score > remedies->before.score);
    assert_int_equal(remedy->outcome.n_brought, 0);
    assert_true(remedy->in_set && remedies->has_set);
    assert_int_equal(remedies->together.state.errors, remedy->outcome.state.errors);
    for (size_t i = 0; i < remedy->outcome.n_solved; i++)
        assert_int_equal(run.judgement->findings[remedy->outcome.solved[i]].outcome, OUTCOME_FAIL);
    remedies_free(remedies);
    run_close(&run);
}

/* Eight lookups that cannot be spared, and two more; with the include there are eleven. */
static char *full_zone(const char *two_more)
{
    GString *zone = g_string_new(HOSTS DMARC "customer.example. TXT \"v=spf1");
    for (int i = 0; i < 4; i++)
        g_string_append_printf(zone, " include:i%d.test", i);
    g_string_append_printf(zone, " %s -all\"\n", two_more);
    for (int i = 0; i < 5; i++)
        g_string_append_printf(zone,
                               "i%d.test. TXT \"v=spf1 a:m.%%{d} ~all\"\n"
                               "m.i%d.test. A 203.0.113.%d\n",
                               i, i, i);
    return g_string_free(zone, FALSE);
}

static void include_over_the_limit(void **state)
{
    (void)state;
    g_autofree char *zone = full_zone("include:i4.test");
    Run run;
    run_open(&run, zone);
    Remedies *remedies = remedy_prove(&run.input, run.evidence, run.judgement, run.catalogue);
    assert_int_equal(remedies->n, 0);
    assert_false(remedies->has_set);
    assert_int_equal(remedies->n_over_budget, 1);
    assert_false(remedies->over_budget[0].published);
    assert_int_equal(remedies->over_budget[0].lookups, 11);
    assert_int_equal(remedies->over_budget[0].n_costs, 5); /* the operator's own is not to go */
    assert_int_equal(remedies->over_budget[0].costs[0].lookups, 2);
    assert_true(remedies->over_budget[0].costs[0].enough);
    remedies_free(remedies);
    run_close(&run);
}

/* The longer of two names by its address: room for the include. */
static void room_is_made(void **state)
{
    (void)state;
    g_autofree char *zone = full_zone("mx a:mail.customer.example");
    Run run;
    run_open(&run, zone);
    Remedies *remedies = remedy_prove(&run.input, run.evidence, run.judgement, run.catalogue);
    assert_int_equal(remedies->n_over_budget, 0);
    assert_int_equal(remedies->n, 1);
    const Remedy *remedy = &remedies->items[0];
    assert_string_equal(remedy->outcome.state.spf, "pass");
    assert_non_null(strstr(remedy->plan->changes[0].value,
                           " mx ip4:198.51.100.1 include:_spf.service.example -all"));
    assert_int_equal(remedy->record->n_swaps, 1);
    assert_string_equal(remedy->record->swaps[0].term, "a:mail.customer.example");
    remedies_free(remedies);
    run_close(&run);
}

/* A record that is published and asks too much is told of once, when nothing is offered. */
static void standing_record_over_the_limit(void **state)
{
    (void)state;
    static const struct {
        const char *two_more;
        size_t offered, told;
    } cases[] = {{"include:i4.test include:_spf.service.example", 0, 1},
                 {"mx a:mail.customer.example include:_spf.service.example", 1, 0},
                 {"include:i4.test", 0, 1} /* without the include; it is not standing */};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *zone = full_zone(cases[i].two_more);
        Run run;
        run_open(&run, zone);
        Remedies *remedies = remedy_prove(&run.input, run.evidence, run.judgement, run.catalogue);
        assert_int_equal(remedies->n, cases[i].offered);
        assert_int_equal(remedies->n_over_budget, cases[i].told);
        if (cases[i].told > 0)
            assert_int_equal(remedies->over_budget[0].published, i == 0);
        remedies_free(remedies);
        run_close(&run);
    }
}

static void propose_instead(Finding *finding, const char *const *values, size_t n)
{
    finding->records = g_new0(ProposedRecord, n);
    finding->n_records = n;
    for (size_t i = 0; i < n; i++)
        finding->records[i] = (ProposedRecord){g_strdup("change"),
                                               g_strdup("customer.example"),
                                               g_strdup("TXT"),
                                               g_strdup(values[i]),
                                               NULL,
                                               0};
}

/* The first gains more points, the second removes more errors: only one can stand. */
static void set_removes_every_error(void **state)
{
    (void)state;
    static const char *const values[] = {
        "v=spf1 ip4:192.0.2.10 include:a.i.test include:b.i.test include:c.i.test include:d.i.test "
        "include:e.i.test include:f.i.test include:g.i.test include:h.i.test include:j.i.test ~all",
        "v=spf1 ip4:192.0.2.10 ?all"};
    g_autoptr(GString) zone = g_string_new(HOSTS DMARC "*.i.test. TXT \"v=spf1 -all\"\n");
    g_string_append_printf(zone, "customer.example. TXT \"%.*s\"\n",
                           (int)(strlen(values[0]) - strlen(" ~all")), values[0]);
    Run run;
    run_open(&run, zone->str);
    run.profile->settings = g_new0(RuleSetting, 2);
    run.profile->n_settings = 2;
    run.profile->settings[0] =
        (RuleSetting){.rule = g_strdup("spf-no-all"), .severity = g_strdup("error")};
    run.profile->settings[1] =
        (RuleSetting){.rule = g_strdup("spf-lookup-reserve"), .severity = g_strdup("error")};
    judgement_free(run.judgement);
    run.judgement = judge(run.catalogue, run.evidence);
    for (size_t i = 0; i < run.judgement->n; i++) {
        Finding *finding = &run.judgement->findings[i];
        for (size_t j = 0; j < finding->n_records; j++) {
            g_free(finding->records[j].action);
            g_free(finding->records[j].name);
            g_free(finding->records[j].type);
            g_free(finding->records[j].value);
        }
        g_free(finding->records);
        finding->records = NULL;
        finding->n_records = 0;
        if (finding->outcome == OUTCOME_FAIL && strcmp(finding->rule->id, "spf-no-all") == 0)
            propose_instead(finding, values, G_N_ELEMENTS(values));
    }
    Remedies *remedies = remedy_prove(&run.input, run.evidence, run.judgement, run.catalogue);
    size_t errors = remedies->before.errors;
    assert_int_equal(remedies->n, 2);
    assert_int_equal(remedies->items[0].outcome.state.errors, errors - 1);
    assert_false(remedies->items[0].in_set);
    assert_true(remedies->items[1].in_set);
    assert_int_equal(remedies->together.state.errors, errors - 2);
    remedies_free(remedies);
    run_close(&run);
}

/* More is proposed than is tried out; equal records are one remedy. The findings fail in this
 * judgement only, so each trial solves them all. */
static void many_proposals(void **state)
{
    (void)state;
    enum { PROPOSED = REMEDY_MAX + 8 };
    Run run;
    run_open(&run, HOSTS DMARC "customer.example. TXT \"" SPF_NEW "\"\n");
    Judgement made_up = *run.judgement;
    made_up.n += PROPOSED;
    made_up.findings = g_new0(Finding, made_up.n);
    memcpy(made_up.findings, run.judgement->findings, run.judgement->n * sizeof(Finding));
    ProposedRecord records[PROPOSED];
    for (size_t i = 0; i < PROPOSED; i++) {
        records[i] = text_record("add", g_strdup_printf("n%zu._report._dmarc.service.example", i),
                                 "v=DMARC1");
        made_up.findings[run.judgement->n + i] = (Finding){.rule = &run.catalogue->rules[0],
                                                           .outcome = OUTCOME_FAIL,
                                                           .object = records[i].name,
                                                           .records = &records[i == 1 ? 0 : i],
                                                           .n_records = 1};
    }
    Remedies *remedies = remedy_prove(&run.input, run.evidence, &made_up, run.catalogue);
    assert_int_equal(remedies->n, REMEDY_MAX);
    assert_int_equal(remedies->untried, 7);
    assert_int_equal(remedies->items[0].n_findings, 2);
    assert_int_equal(remedies->items[0].outcome.n_solved, PROPOSED);
    assert_false(remedies->has_set); /* none is an error */
    assert_int_equal(remedy_trial(remedies, &records[0]), REMEDY_HELPS);
    assert_int_equal(remedy_trial(remedies, &records[PROPOSED - 1]), REMEDY_NOT_TRIED);
    remedies_free(remedies);
    for (size_t i = 0; i < PROPOSED; i++)
        g_free(records[i].name);
    g_free(made_up.findings);
    run_close(&run);
}

/* The record is right by itself, but the message came from elsewhere. */
static void useless_is_not_offered(void **state)
{
    (void)state;
    Run run;
    run_open(&run, HOSTS DMARC "customer.example. TXT \"" SPF_NOW "\"\n");
    ProposedRecord record =
        text_record("change", "customer.example", "v=spf1 mx ip4:203.0.113.1 -all");
    for (size_t i = 0; i < run.judgement->n; i++) {
        Finding *finding = &run.judgement->findings[i];
        for (size_t j = 0; j < finding->n_records; j++) {
            g_free(finding->records[j].value);
            finding->records[j].value = g_strdup(record.value);
        }
    }
    Remedies *remedies = remedy_prove(&run.input, run.evidence, run.judgement, run.catalogue);
    assert_int_equal(remedies->n, 0);
    assert_false(remedies->has_set);
    assert_int_equal(remedy_trial(remedies, &record), REMEDY_NO_GAIN);
    remedies_free(remedies);
    run_close(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plans),
        cmocka_unit_test(refused),
        cmocka_unit_test(aliases),
        cmocka_unit_test(others_stay),
        cmocka_unit_test(include_carries_the_message),
        cmocka_unit_test(include_over_the_limit),
        cmocka_unit_test(room_is_made),
        cmocka_unit_test(standing_record_over_the_limit),
        cmocka_unit_test(set_removes_every_error),
        cmocka_unit_test(many_proposals),
        cmocka_unit_test(useless_is_not_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
