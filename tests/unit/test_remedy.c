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

static void assert_plan(const PlanCase *one)
{
    Dns *dns = dns_of(one->zone);
    DnsSession *session = dns_session_new(dns);
    ProposedRecord record = {(char *)one->action, (char *)one->name, (char *)"TXT",
                             (char *)one->value};
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
        {"add", D, "v=DMARC1", "", ""},
        {"add", "s._domainkey.customer.example", "v=DKIM1; k=rsa; p=AAAA", "", ""},
        {"add", "s._domainkey.customer.example", "v=DKIM1; k=rsa; p=", "", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_plan(&cases[i]);
}

/* What is not replaced is in the overlay, octet for octet: it replaces the whole set. */
static void others_stay(void **state)
{
    (void)state;
    Dns *dns = dns_of("customer.example. TXT \"" SPF_NOW
                      "\"\ncustomer.example. TXT \"a\\\"\\\\\\200;\"\n");
    DnsSession *session = dns_session_new(dns), *after = dns_session_simulate(session);
    ProposedRecord record = {(char *)"change", (char *)"customer.example", (char *)"TXT",
                             (char *)SPF_NEW};
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

/* Nine more lookups stand before it: with the include there would be eleven. */
static void include_over_the_limit(void **state)
{
    (void)state;
    g_autoptr(GString) zone = g_string_new(HOSTS DMARC "customer.example. TXT \"v=spf1 mx");
    for (int i = 0; i < 9; i++)
        g_string_append_printf(zone, " include:i%d.test", i);
    g_string_append(zone, " -all\"\n");
    for (int i = 0; i < 9; i++)
        g_string_append_printf(zone, "i%d.test. TXT \"v=spf1 ip4:203.0.113.%d ~all\"\n", i, i);
    Run run;
    run_open(&run, zone->str);
    Remedies *remedies = remedy_prove(&run.input, run.evidence, run.judgement, run.catalogue);
    assert_int_equal(remedies->n, 0);
    assert_false(remedies->has_set);
    assert_int_equal(remedies->n_over_budget, 1);
    assert_int_equal(remedies->over_budget[0].lookups, 11);
    assert_int_equal(remedies->over_budget[0].n_costs, 11);
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
        records[i] = (ProposedRecord){(char *)"add",
                                      g_strdup_printf("n%zu._report._dmarc.service.example", i),
                                      (char *)"TXT", (char *)"v=DMARC1"};
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
    ProposedRecord record = {(char *)"change", (char *)"customer.example", (char *)"TXT",
                             (char *)"v=spf1 mx ip4:203.0.113.1 -all"};
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
        cmocka_unit_test(others_stay),
        cmocka_unit_test(include_carries_the_message),
        cmocka_unit_test(include_over_the_limit),
        cmocka_unit_test(many_proposals),
        cmocka_unit_test(useless_is_not_offered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
