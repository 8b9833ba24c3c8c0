/* rules/cause.c and rules/cause.xml: every kind of cause has its rule, and what the search found
 * becomes a finding that names the change, who must act, and the records to publish. */
#include "analyzer/base/own.h"
#include "rules/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/signer.h"

#define NOW_S 1793611800
#define KEY "v=DKIM1; k=ed25519; p=TWTR7vKkptOOTmRqMvtLznpNbU1udl8PxAwXw0+voNw="
#define NAME "s1._domainkey.customer.example"

#define SIGNED(domain)                                                                             \
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=" domain                              \
    "; s=s1; h=from:subject;\r\n"                                                                  \
    " bh=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=; b=AAAA\r\n"
#define REST                                                                                       \
    "From: Customer <info@customer.example>\r\n"                                                   \
    "Subject: [EXTERNAL] Your order\r\n"                                                           \
    "\r\n"                                                                                         \
    "Dear Anna\r\n"

typedef struct Case {
    Catalogue *catalogue;
    psl_ctx_t *psl;
    Profile *profile;
    Source *source;
    Dns *dns;
    DnsSession *session;
    Evidence *evidence; /* collected without a search: the reports are filled in here */
    Judgement *judgement;
    char *p;
} Case;

static Case c;

static int open_case(void **state)
{
    (void)state;
    GError *error = NULL;
    c.catalogue = catalogue_load(&error);
    if (!c.catalogue)
        fail_msg("%s", error->message);
    c.psl = psl_latest(NULL);
    c.profile = profile_new_empty();
    Signer signer = signer_rsa(1024);
    c.p = signer_p(&signer);
    EVP_PKEY_free(signer.key);
    return 0;
}

static int close_case(void **state)
{
    (void)state;
    g_free(c.p);
    profile_free(c.profile);
    psl_free(c.psl);
    catalogue_free(c.catalogue);
    return 0;
}

static void collect(const char *message, const char *zone)
{
    c.source = source_of(message);
    c.dns = dns_of(zone);
    c.session = dns_session_new(c.dns);
    EnvelopeGiven given = {0};
    EvidenceInput input = {.source = c.source,
                           .given = &given,
                           .profile = c.profile,
                           .dns = c.session,
                           .psl = c.psl,
                           .now_s = NOW_S};
    c.evidence = evidence_collect(&input);
}

static void collect_one(void)
{
    g_autofree char *zone = g_strdup_printf(NAME ". 300 IN TXT \"v=DKIM1; h=sha1; p=%s\"\n", c.p);
    collect(SIGNED("customer.example") REST, zone);
}

static int close_message(void **state)
{
    (void)state;
    judgement_free(c.judgement);
    evidence_free(c.evidence);
    dns_session_free(c.session);
    dns_free(c.dns);
    source_free(c.source);
    c.judgement = NULL;
    c.evidence = NULL;
    c.session = NULL;
    c.dns = NULL;
    c.source = NULL;
    return 0;
}

/* --- what the search is made to say --- */

static CauseReport *report_of(size_t signature)
{
    return c.evidence->causes[signature].report;
}

static void clear_causes(size_t signature)
{
    CauseReport *report = report_of(signature);
    for (size_t i = 0; i < report->n_causes; i++)
        cause_clear(&report->causes[i]);
    report->n_causes = 0;
}

static Cause *add_cause(size_t signature, const char *id, CauseCertainty certainty)
{
    CauseReport *report = report_of(signature);
    assert_non_null(cause_kind(id));
    report->causes = g_renew(Cause, report->causes, report->n_causes + 1);
    report->causes[report->n_causes] =
        (Cause){.kind = cause_kind(id), .certainty = certainty, .hypotheses = 7};
    return &report->causes[report->n_causes++];
}

static void set_change(Cause *cause, const char *before, const char *after)
{
    cause->before = g_bytes_new(before, strlen(before));
    cause->after = g_bytes_new(after, strlen(after));
}

static void set_fields(Cause *cause, const char *names)
{
    cause->fields = g_strsplit(names, " ", -1);
}

static void judge_now(void)
{
    judgement_free(c.judgement);
    c.judgement = judge(c.catalogue, c.evidence);
}

static const Finding *find(const char *rule, Outcome outcome)
{
    for (size_t i = 0; i < c.judgement->n; i++) {
        const Finding *finding = &c.judgement->findings[i];
        if (strcmp(finding->rule->id, rule) == 0 && finding->outcome == outcome)
            return finding;
    }
    return NULL;
}

static const Finding *fails(const char *rule)
{
    const Finding *finding = find(rule, OUTCOME_FAIL);
    if (!finding)
        fail_msg("%s does not fail", rule);
    return finding;
}

static size_t count(const char *rule, Outcome outcome)
{
    size_t n = 0;
    for (size_t i = 0; i < c.judgement->n; i++)
        n += strcmp(c.judgement->findings[i].rule->id, rule) == 0 &&
             c.judgement->findings[i].outcome == outcome;
    return n;
}

static void assert_argument(const Finding *finding, const char *name, const char *expected)
{
    const char *value = finding_argument(finding, name);
    if (!value)
        fail_msg("%s does not give \"%s\"", finding->rule->id, name);
    assert_string_equal(value, expected);
}

static void assert_record(const Finding *finding, size_t i, const char *action, const char *name,
                          const char *type, const char *value)
{
    assert_true(i < finding->n_records);
    assert_string_equal(finding->records[i].action, action);
    assert_string_equal(finding->records[i].name, name);
    assert_string_equal(finding->records[i].type, type);
    assert_string_equal(finding->records[i].value, value);
}

/* Every argument a text names is given, or the text has a hole. */
static void assert_arguments(const Finding *finding)
{
    for (size_t l = 0; l < LANGUAGES; l++) {
        const RuleText *texts[] = {&finding->rule->why[l], &finding->rule->fix[l]};
        for (size_t t = 0; t < G_N_ELEMENTS(texts); t++)
            for (size_t i = 0; i < texts[t]->n; i++)
                if (texts[t]->pieces[i].is_argument &&
                    !finding_argument(finding, texts[t]->pieces[i].text))
                    fail_msg("%s does not give \"%s\"", finding->rule->id,
                             texts[t]->pieces[i].text);
    }
}

/* --- every kind --- */

static void test_every_kind_has_its_rule(void **state)
{
    (void)state;
    size_t n;
    const CauseKind *kinds = cause_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *id = g_strconcat("cause-", kinds[i].id, NULL);
        const Rule *rule = catalogue_find(c.catalogue, id);
        if (!rule)
            fail_msg("%s: no rule", id);
        assert_int_equal(rule->weight, 0);
        for (size_t l = 0; l < LANGUAGES; l++)
            assert_true(rule->title[l].n == 1 && rule->why[l].n > 0 && rule->fix[l].n > 0);
        const char *actor =
            kinds[i].actor == CAUSE_BY_UNKNOWN ? "intermediary" : cause_actor_name(kinds[i].actor);
        if (strcmp(rule->actor, actor) != 0)
            fail_msg("%s: %s must act, and the kind says %s", id, rule->actor, actor);
        if (kinds[i].side == CAUSE_VIEW || kinds[i].actor == CAUSE_BY_EXPORT)
            assert_int_equal(rule->severity, SEVERITY_INFO);
        else
            assert_string_equal(rule->group, "dkim");
    }
}

static void test_every_kind_is_told(void **state)
{
    (void)state;
    collect_one();
    size_t n;
    const CauseKind *kinds = cause_kinds(&n);
    for (size_t i = 0; i < n; i++) {
        clear_causes(0);
        add_cause(0, kinds[i].id, CAUSE_PROVEN);
        judge_now();
        g_autofree char *id = g_strconcat("cause-", kinds[i].id, NULL);
        const Finding *finding = fails(id);
        assert_int_equal(finding->certainty, CERTAINTY_PROVEN);
        assert_int_equal(finding->points, 0);
        assert_string_equal(finding->object, kinds[i].side == CAUSE_VIEW ? "" : "signature-1");
        assert_arguments(finding);
        for (size_t j = 0; j < n; j++) {
            g_autofree char *other = g_strconcat("cause-", kinds[j].id, NULL);
            Outcome expected =
                kinds[j].side == kinds[i].side ? OUTCOME_PASS : OUTCOME_NOT_APPLICABLE;
            if (i != j && !find(other, expected))
                fail_msg("%s beside %s is not %s", other, id, outcome_name(expected));
        }
    }
}

static void test_nothing_found_excludes_nothing(void **state)
{
    (void)state;
    collect_one();
    add_cause(0, "body-changed", CAUSE_NOT_RECONSTRUCTABLE);
    judge_now();
    assert_int_equal(fails("cause-body-changed")->certainty, CERTAINTY_INFERRED);
    assert_int_equal(count("cause-body-footer-appended", OUTCOME_NOT_APPLICABLE), 1);
    assert_int_equal(count("cause-header-subject-tag", OUTCOME_NOT_APPLICABLE), 1);
}

static void test_certainties(void **state)
{
    (void)state;
    static const struct {
        CauseCertainty is;
        Certainty told;
    } rows[] = {{CAUSE_PROVEN, CERTAINTY_PROVEN},
                {CAUSE_SHOWN, CERTAINTY_EVALUATED},
                {CAUSE_CONSISTENT, CERTAINTY_INFERRED},
                {CAUSE_NOT_RECONSTRUCTABLE, CERTAINTY_INFERRED},
                {CAUSE_INFERRED, CERTAINTY_INFERRED}};
    collect_one();
    for (size_t i = 0; i < G_N_ELEMENTS(rows); i++) {
        clear_causes(0);
        add_cause(0, "body-blank-lines", rows[i].is);
        judge_now();
        assert_int_equal(fails("cause-body-blank-lines")->certainty, rows[i].told);
    }
}

/* --- what is told --- */

static void test_the_change_is_shown(void **state)
{
    (void)state;
    collect_one();
    Cause *cause = add_cause(0, "header-subject-tag", CAUSE_PROVEN);
    set_change(cause, "subject:Your order", "subject:[EXTERNAL]\tYour order");
    set_fields(cause, "subject");
    cause->offset = 10;
    cause->length = 20;
    cause = add_cause(0, "header-subject-tag", CAUSE_PROVEN);
    set_fields(cause, "subject comments");
    judge_now();
    const Finding *finding = fails("cause-header-subject-tag");
    assert_argument(finding, "domain", "customer.example");
    assert_argument(finding, "selector", "s1");
    assert_argument(finding, "name", NAME);
    assert_argument(finding, "fields", "subject, comments");
    assert_argument(finding, "before", "subject:Your order");
    assert_argument(finding, "after", "subject:[EXTERNAL]\\tYour order");
    assert_argument(finding, "found", "subject:[EXTERNAL]\\tYour order");
    assert_argument(finding, "detail", "-");
    assert_argument(finding, "hypotheses", "7");
    assert_int_equal(finding->offset, 10);
    assert_int_equal(finding->length, 20);
    assert_int_equal(count("cause-header-subject-tag", OUTCOME_FAIL), 1);
}

static void test_long_changes_are_cut_between_characters(void **state)
{
    (void)state;
    collect_one();
    g_autofree char *filler = g_strnfill(79, 'x');
    g_autofree char *after = g_strconcat(filler, "\xc3\xa9 and so on", NULL);
    set_change(add_cause(0, "body-footer-appended", CAUSE_PROVEN), "", after);
    judge_now();
    g_autofree char *expected = g_strconcat(filler, " ...", NULL);
    assert_argument(fails("cause-body-footer-appended"), "after", expected);
    assert_argument(fails("cause-body-footer-appended"), "before", "-");
}

static void test_an_escaped_detail_is_not_escaped_again(void **state)
{
    (void)state;
    collect_one();
    add_cause(0, "body-banner-inserted", CAUSE_PROVEN)->detail = g_strdup("caf\\xE9 \\\\ Caution");
    judge_now();
    assert_argument(fails("cause-body-banner-inserted"), "found", "caf\\xE9 \\\\ Caution");
}

static void test_what_was_is_unknown(void **state)
{
    (void)state;
    collect_one();
    add_cause(0, "header-message-id-replaced", CAUSE_NOT_RECONSTRUCTABLE);
    judge_now();
    assert_argument(fails("cause-header-message-id-replaced"), "before", "?");
    assert_false(fails("cause-header-message-id-replaced")->has_place);
}

static void test_each_signature_is_told_and_the_copy_once(void **state)
{
    (void)state;
    collect(SIGNED("customer.example") SIGNED("customer.example") REST, "");
    for (size_t i = 0; i < 2; i++) {
        add_cause(i, "body-tabs-expanded", CAUSE_PROVEN);
        add_cause(i, "copy-bom", CAUSE_PROVEN);
    }
    judge_now();
    assert_int_equal(count("cause-body-tabs-expanded", OUTCOME_FAIL), 2);
    assert_int_equal(count("cause-copy-bom", OUTCOME_FAIL), 1);
}

static void test_a_signature_that_does_not_decide_informs(void **state)
{
    (void)state;
    collect(SIGNED("customer.example") SIGNED("service.example") REST, "");
    add_cause(0, "key-pem", CAUSE_PROVEN);
    add_cause(1, "key-pem", CAUSE_PROVEN);
    judge_now();
    const Finding *first = fails("cause-key-pem");
    assert_int_equal(first[0].severity, SEVERITY_ERROR);
    assert_string_equal(first[1].object, "signature-2");
    assert_int_equal(first[1].severity, SEVERITY_INFO);
}

static void test_after_receipt_only_the_copy_is_concerned(void **state)
{
    (void)state;
    collect_one();
    c.evidence->causes[0].timeline->changed_after_receipt = true;
    c.evidence->dkim->signatures[0].body = DKIM_BODY_DIFFERS;
    report_of(0)->body_budget.units = 1;
    add_cause(0, "body-html-groomed", CAUSE_NOT_RECONSTRUCTABLE);
    judge_now();
    assert_int_equal(fails("cause-body-html-groomed")->severity, SEVERITY_INFO);
    assert_string_equal(finding_actor(fails("cause-body-html-groomed")), "export");
    assert_int_equal(count("cause-not-found", OUTCOME_NOT_APPLICABLE), 1);
}

/* --- records --- */

static void test_a_repaired_record_replaces_what_stands(void **state)
{
    (void)state;
    collect_one();
    report_of(0)->key_record = g_strdup(KEY);
    add_cause(0, "key-pem", CAUSE_PROVEN);
    judge_now();
    const Finding *finding = fails("cause-key-pem");
    assert_int_equal(finding->n_records, 1);
    assert_record(finding, 0, "change", NAME, "TXT", KEY);
    assert_argument(finding, "record", KEY);
    assert_string_equal(finding_actor(finding), "dns");
}

/* Our own parser reads a record before anybody is told to publish it. */
static void test_a_record_that_is_no_key_is_not_shown(void **state)
{
    (void)state;
    collect_one();
    report_of(0)->key_record = g_strdup("v=DKIM1; k=rsa; p=abcd");
    add_cause(0, "key-pem", CAUSE_PROVEN);
    judge_now();
    assert_int_equal(fails("cause-key-pem")->n_records, 0);
}

static void test_a_record_at_the_doubled_name_is_moved(void **state)
{
    (void)state;
    collect(SIGNED("customer.example") REST,
            NAME ".customer.example. 300 IN TXT \"k=rsa; p=abcd\"\n");
    dns_ask(c.session, NAME ".customer.example", DNS_TXT);
    report_of(0)->key_record = g_strdup(KEY);
    add_cause(0, "key-doubled-domain", CAUSE_PROVEN)->detail = g_strdup(NAME ".customer.example");
    judge_now();
    const Finding *finding = fails("cause-key-doubled-domain");
    assert_int_equal(finding->n_records, 2);
    assert_record(finding, 0, "add", NAME, "TXT", KEY);
    assert_record(finding, 1, "remove", NAME ".customer.example", "TXT", "k=rsa; p=abcd");
}

static void test_a_target_in_text_becomes_an_alias(void **state)
{
    (void)state;
    collect(SIGNED("customer.example") REST, NAME ". 300 IN TXT \"s1.service.example\"\n");
    add_cause(0, "key-cname-in-txt", CAUSE_SHOWN)->detail = g_strdup("s1.service.example");
    judge_now();
    const Finding *finding = fails("cause-key-cname-in-txt");
    assert_int_equal(finding->n_records, 2);
    assert_record(finding, 0, "remove", NAME, "TXT", "s1.service.example");
    assert_record(finding, 1, "add", NAME, "CNAME", "s1.service.example");
}

static void test_an_alias_goes_before_the_key_comes(void **state)
{
    (void)state;
    collect(SIGNED("customer.example") REST, NAME ". 300 IN CNAME gone.service.example.\n");
    report_of(0)->key_record = g_strdup(KEY);
    add_cause(0, "key-missing", CAUSE_PROVEN);
    judge_now();
    const Finding *finding = fails("cause-key-missing");
    assert_int_equal(finding->n_records, 2);
    assert_record(finding, 0, "remove", NAME, "CNAME", "gone.service.example");
    assert_record(finding, 1, "add", NAME, "TXT", KEY);
}

static void test_limits_are_taken_out_of_the_record(void **state)
{
    (void)state;
    collect_one();
    add_cause(0, "key-hash-excluded", CAUSE_PROVEN);
    judge_now();
    g_autofree char *record = g_strdup_printf("v=DKIM1; k=rsa; p=%s", c.p);
    assert_record(fails("cause-key-hash-excluded"), 0, "change", NAME, "TXT", record);
}

static void test_a_wrong_selector_is_no_matter_of_dns(void **state)
{
    (void)state;
    collect_one();
    report_of(0)->key_record = g_strdup(KEY);
    add_cause(0, "key-other-selector", CAUSE_PROVEN)->detail =
        g_strdup("s2._domainkey.customer.example");
    judge_now();
    assert_int_equal(fails("cause-key-other-selector")->n_records, 0);
    assert_string_equal(finding_actor(fails("cause-key-other-selector")), "sender");
}

/* --- who must act --- */

static void body_differs(void)
{
    c.evidence->dkim->signatures[0].body = DKIM_BODY_DIFFERS;
}

static void test_the_rule_that_is_charged_names_who_the_proof_points_to(void **state)
{
    (void)state;
    collect_one();
    body_differs();
    judge_now();
    assert_string_equal(finding_actor(fails("dkim-body-hash")), "intermediary");
    add_cause(0, "body-banner-inserted", CAUSE_INFERRED);
    judge_now();
    assert_string_equal(finding_actor(fails("dkim-body-hash")), "intermediary");
    clear_causes(0);
    add_cause(0, "header-from-rewritten", CAUSE_PROVEN);
    add_cause(0, "body-banner-inserted", CAUSE_PROVEN);
    judge_now();
    assert_string_equal(finding_actor(fails("dkim-body-hash")), "receiver");
    clear_causes(0);
    add_cause(0, "body-text-inserted", CAUSE_PROVEN);
    judge_now();
    assert_string_equal(finding_actor(fails("dkim-body-hash")), "intermediary");
}

static void test_a_list_is_no_receiver(void **state)
{
    (void)state;
    collect_one();
    add_cause(0, "header-subject-tag", CAUSE_PROVEN);
    judge_now();
    assert_string_equal(finding_actor(fails("cause-header-subject-tag")), "receiver");
    report_of(0)->story = "mailing-list";
    judge_now();
    assert_string_equal(finding_actor(fails("cause-header-subject-tag")), "intermediary");
}

/* --- when nothing was found, and the timeline --- */

static void test_not_found_tells_what_was_tried(void **state)
{
    (void)state;
    collect_one();
    body_differs();
    judge_now();
    assert_int_equal(count("cause-not-found", OUTCOME_NOT_APPLICABLE), 1); /* nothing was tried */

    CauseReport *report = report_of(0);
    report->body_budget.units = 1;
    report->ruled_out = g_new0(RuledOut, 2);
    report->ruled_out[0] = (RuledOut){"body-tail-cuts", 40};
    report->ruled_out[1] = (RuledOut){"body-encodings", 2};
    report->n_ruled_out = 2;
    judge_now();
    const Finding *finding = fails("cause-not-found");
    assert_argument(finding, "families", "body-tail-cuts (40), body-encodings (2)");
    assert_argument(finding, "hypotheses", "42");
    assert_arguments(finding);

    report->body_as_signed = g_bytes_new_static("x", 1);
    judge_now();
    assert_int_equal(count("cause-not-found", OUTCOME_PASS), 1);
}

static void set_marks(const TimelineMark *marks, size_t n, size_t changed_at)
{
    Timeline *timeline = c.evidence->causes[0].timeline;
    for (size_t i = 0; i < timeline->n; i++)
        g_free(timeline->marks[i].who);
    timeline->marks = g_renew(TimelineMark, timeline->marks, n);
    for (size_t i = 0; i < n; i++) {
        timeline->marks[i] = marks[i];
        timeline->marks[i].who = g_strdup(marks[i].who);
    }
    timeline->n = n;
    timeline->has_body_change = changed_at > 0;
    timeline->body_changed_at = changed_at;
}

static void test_between_which_systems_the_body_changed(void **state)
{
    (void)state;
    static const TimelineMark marks[] = {
        {TIMELINE_SIGNATURE, 0, (char *)"customer.example", true, true, false},
        {TIMELINE_RECEIVER, 0, (char *)"mx.list.example", false, false, false},
        {TIMELINE_ARC, 0, (char *)"list.example", true, false, false},
        {TIMELINE_FILE, 0, NULL, true, false, false}};
    collect_one();
    set_marks(marks, 4, 2);
    judge_now();
    const Finding *finding = fails("cause-body-changed-between");
    assert_argument(finding, "earlier", "customer.example");
    assert_argument(finding, "later", "list.example");
    assert_arguments(finding);
    assert_int_equal(count("cause-body-changed-last", OUTCOME_PASS), 1);

    set_marks(marks, 4, 3);
    judge_now();
    finding = fails("cause-body-changed-last");
    assert_argument(finding, "earlier", "list.example");
    assert_arguments(finding);
    assert_int_equal(count("cause-body-changed-between", OUTCOME_PASS), 1);

    set_marks(marks + 2, 2, 1); /* one system alone says nothing that bh= does not say */
    judge_now();
    assert_int_equal(count("cause-body-changed-last", OUTCOME_NOT_APPLICABLE), 1);
}

#define MESSAGE(test) cmocka_unit_test_teardown(test, close_message)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_kind_has_its_rule),
        MESSAGE(test_every_kind_is_told),
        MESSAGE(test_nothing_found_excludes_nothing),
        MESSAGE(test_certainties),
        MESSAGE(test_the_change_is_shown),
        MESSAGE(test_long_changes_are_cut_between_characters),
        MESSAGE(test_an_escaped_detail_is_not_escaped_again),
        MESSAGE(test_what_was_is_unknown),
        MESSAGE(test_each_signature_is_told_and_the_copy_once),
        MESSAGE(test_a_signature_that_does_not_decide_informs),
        MESSAGE(test_after_receipt_only_the_copy_is_concerned),
        MESSAGE(test_a_repaired_record_replaces_what_stands),
        MESSAGE(test_a_record_that_is_no_key_is_not_shown),
        MESSAGE(test_a_record_at_the_doubled_name_is_moved),
        MESSAGE(test_a_target_in_text_becomes_an_alias),
        MESSAGE(test_an_alias_goes_before_the_key_comes),
        MESSAGE(test_limits_are_taken_out_of_the_record),
        MESSAGE(test_a_wrong_selector_is_no_matter_of_dns),
        MESSAGE(test_the_rule_that_is_charged_names_who_the_proof_points_to),
        MESSAGE(test_a_list_is_no_receiver),
        MESSAGE(test_not_found_tells_what_was_tried),
        MESSAGE(test_between_which_systems_the_body_changed),
    };
    return cmocka_run_group_tests_name("cause rules", tests, open_case, close_case);
}
