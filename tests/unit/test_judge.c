/* judge.c, score.c and the predicates: whole messages, signed here, against the score and the
 * findings they deserve. */
#include "analyzer/base/own.h"
#include "rules/judge.h"
#include "rules/score.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/signer.h"

#define DATE_S 1793611800 /* 2026-11-02T09:30:00Z, a minute before receipt */

#define TRACE                                                                                      \
    "Received: from mail.customer.example (mail.customer.example [192.0.2.10])\r\n"                \
    "\tby mx.receiver.test with ESMTPS id 4711 for <anna@receiver.test>;\r\n"                      \
    "\tMon, 2 Nov 2026 09:31:00 +0000\r\n"
#define FIELDS                                                                                     \
    "From: Customer <info@customer.example>\r\n"                                                   \
    "To: Anna <anna@receiver.test>\r\n"                                                            \
    "Subject: Your order\r\n"                                                                      \
    "Date: Mon, 2 Nov 2026 09:30:00 +0000\r\n"                                                     \
    "Message-ID: <1.8f3a@app.customer.example>\r\n"                                                \
    "MIME-Version: 1.0\r\n"                                                                        \
    "Content-Type: text/plain; charset=utf-8\r\n"
#define NAMES "from:to:subject:date:message-id:mime-version:content-type"
#define BODY "Dear Anna,\r\nyour order is on its way.\r\n"

#define HOSTS                                                                                      \
    "customer.example. 300 IN MX 10 mail.customer.example.\n"                                      \
    "customer.example. 300 IN A 192.0.2.10\n"                                                      \
    "mail.customer.example. 300 IN A 192.0.2.10\n"                                                 \
    "10.2.0.192.in-addr.arpa. 300 IN PTR mail.customer.example.\n"                                 \
    "bounce.service.example. 300 IN MX 10 mail.customer.example.\n"                                \
    "bounce.service.example. 300 IN A 192.0.2.10\n"                                                \
    "bounce.service.example. 300 IN TXT \"v=spf1 ip4:192.0.2.0/24 -all\"\n"
#define SPF "customer.example. 300 IN TXT \"v=spf1 mx ~all\"\n"
#define DMARC(policy)                                                                              \
    "_dmarc.customer.example. 300 IN TXT "                                                         \
    "\"v=DMARC1; p=" policy "; rua=mailto:reports@customer.example\"\n"

/* How a message differs from the clean one; NULL members are as there. */
typedef struct Mail {
    const char *mail_from;
    const char *sign_as;     /* d=; "" leaves the signature out */
    const char *top;         /* fields put on top after signing */
    const char *old, *new;   /* text of the message changed after signing */
    const char *spf, *dmarc; /* zone lines */
    const char *hosts;       /* zone lines in place of HOSTS */
    const char *key;         /* zone line in place of the key's */
    const char *key_tags;    /* put into the key record: "t=y; " */
    const char *tags;        /* put into the signature: "l=10; " */
    bool headers_only;
} Mail;

typedef struct Case {
    Catalogue *catalogue;
    Signer signer;
    char *p;
    psl_ctx_t *psl;
    Profile *profile; /* of the next analysis; empty again after it */
    int64_t now_s;
    Judgement *judgement;
} Case;

static Case c;

static int open_case(void **state)
{
    (void)state;
    GError *error = NULL;
    c.catalogue = catalogue_load(&error);
    if (!c.catalogue)
        fail_msg("%s", error->message);
    c.signer = signer_rsa(2048);
    c.p = signer_p(&c.signer);
    c.psl = psl_latest(NULL);
    c.profile = profile_new_empty();
    c.now_s = DATE_S + 3600;
    return 0;
}

static int close_case(void **state)
{
    (void)state;
    judgement_free(c.judgement);
    profile_free(c.profile);
    psl_free(c.psl);
    g_free(c.p);
    EVP_PKEY_free(c.signer.key);
    catalogue_free(c.catalogue);
    return 0;
}

/* --- making messages --- */

/* "Name: value" lines as relaxed header canonicalization has them (RFC 6376 §3.4.2); ours have one
 * space and no folds. */
static char *relaxed(const char *fields)
{
    GString *out = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(fields, "\r\n", -1);
    for (size_t i = 0; lines[i] && *lines[i]; i++) {
        char *colon = strchr(lines[i], ':');
        g_autofree char *name = g_ascii_strdown(lines[i], colon - lines[i]);
        g_string_append_printf(out, "%s:%s\r\n", name, colon + 2);
    }
    return g_string_free(out, FALSE);
}

static char *signature(const char *domain, const char *tags)
{
    g_autofree char *bh = digest_base64("SHA256", BODY);
    g_autofree char *value = g_strdup_printf(
        "v=1; a=rsa-sha256; c=relaxed/relaxed; d=%s; s=s1; %sh=%s; bh=%s; b=", domain, tags, NAMES,
        bh);
    g_autofree char *header = relaxed(FIELDS);
    g_autofree char *block = g_strconcat(header, "dkim-signature:", value, NULL);
    g_autofree char *b = signer_sign(&c.signer, block);
    return g_strconcat("DKIM-Signature: ", value, b, "\r\n", NULL);
}

static char *replaced(const char *text, const char *old, const char *new)
{
    g_auto(GStrv) parts = g_strsplit(text, old, 2);
    assert_non_null(parts[1]);
    return g_strjoinv(new, parts);
}

static char *message_of(const Mail *mail)
{
    const char *domain = mail->sign_as ? mail->sign_as : "customer.example";
    g_autofree char *signed_as =
        *domain ? signature(domain, mail->tags ? mail->tags : "") : g_strdup("");
    g_autofree char *text =
        g_strconcat("Return-Path: <", mail->mail_from ? mail->mail_from : "info@customer.example",
                    ">\r\n", mail->top ? mail->top : "", TRACE, signed_as, FIELDS,
                    mail->headers_only ? "" : "\r\n" BODY, NULL);
    return mail->old ? replaced(text, mail->old, mail->new) : g_steal_pointer(&text);
}

/* The key record, in two strings: one holds 255 octets. */
static char *key_line(const char *domain, const char *tags)
{
    return g_strdup_printf("s1._domainkey.%s. 300 IN TXT \"v=DKIM1; %sk=rsa; p=%.200s\" \"%s\"\n",
                           domain, tags, c.p, c.p + 200);
}

static char *zone_of(const Mail *mail)
{
    g_autofree char *key = mail->key
                               ? g_strdup(mail->key)
                               : key_line("customer.example", mail->key_tags ? mail->key_tags : "");
    g_autofree char *service = key_line("service.example", "");
    g_autofree char *below = key_line("app.customer.example", "");
    return g_strconcat(mail->hosts ? mail->hosts : HOSTS, mail->spf ? mail->spf : SPF,
                       mail->dmarc ? mail->dmarc : DMARC("reject"), key, service, below, NULL);
}

/* --- judging them --- */

/* Every argument a text names is given, or the text has a hole. */
static void assert_arguments(const Finding *finding)
{
    for (size_t l = 0; l < LANGUAGES; l++) {
        const RuleText *texts[] = {&finding->rule->why[l], &finding->rule->fix[l]};
        for (size_t t = 0; t < G_N_ELEMENTS(texts); t++) {
            for (size_t i = 0; i < texts[t]->n; i++) {
                const TextPiece *piece = &texts[t]->pieces[i];
                const char *value =
                    piece->is_argument ? finding_argument(finding, piece->text) : "x";
                if (!value || !*value)
                    fail_msg("%s does not give \"%s\"", finding->rule->id, piece->text);
            }
        }
    }
}

static void assert_sound(const Judgement *judgement)
{
    GHashTable *seen = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (size_t i = 0; i < judgement->n; i++) {
        g_hash_table_add(seen, (void *)judgement->findings[i].rule);
        if (judgement->findings[i].outcome == OUTCOME_FAIL)
            assert_arguments(&judgement->findings[i]);
    }
    assert_int_equal(g_hash_table_size(seen), c.catalogue->n);
    g_hash_table_destroy(seen);
}

static void run_text(const char *message, const char *zone)
{
    Source *source = source_of(message);
    Dns *dns = dns_of(zone);
    DnsSession *session = dns_session_new(dns);
    EnvelopeGiven given = {0};
    EvidenceInput input = {.source = source,
                           .given = &given,
                           .profile = c.profile,
                           .dns = session,
                           .psl = c.psl,
                           .now_s = c.now_s};
    Evidence *evidence = evidence_collect(&input);
    judgement_free(c.judgement);
    c.judgement = judge(c.catalogue, evidence);
    assert_sound(c.judgement);
    evidence_free(evidence);
    dns_session_free(session);
    dns_free(dns);
    source_free(source);
    profile_free(c.profile);
    c.profile = profile_new_empty();
    c.now_s = DATE_S + 3600;
}

static void run(Mail mail)
{
    g_autofree char *message = message_of(&mail);
    g_autofree char *zone = zone_of(&mail);
    run_text(message, zone);
}

static const Finding *find(const char *rule, Outcome outcome)
{
    assert_non_null(catalogue_find(c.catalogue, rule));
    for (size_t i = 0; i < c.judgement->n; i++) {
        const Finding *finding = &c.judgement->findings[i];
        if (strcmp(finding->rule->id, rule) == 0 && finding->outcome == outcome)
            return finding;
    }
    return NULL;
}

static const Finding *assert_outcome(const char *rule, Outcome outcome)
{
    const Finding *finding = find(rule, outcome);
    if (!finding)
        fail_msg("%s is not %s", rule, outcome_name(outcome));
    return finding;
}

static const Finding *assert_fails(const char *rule)
{
    return assert_outcome(rule, OUTCOME_FAIL);
}

/* The rules that fail with this severity or worse, space between them, in the order of the report.
 */
static void assert_failing(Severity least, const char *expected)
{
    g_autoptr(GString) rules = g_string_new(NULL);
    for (size_t i = 0; i < c.judgement->n; i++) {
        const Finding *finding = &c.judgement->findings[i];
        if (finding->outcome == OUTCOME_FAIL && finding->severity >= least)
            g_string_append_printf(rules, "%s%s", rules->len ? " " : "", finding->rule->id);
    }
    assert_string_equal(rules->str, expected);
}

static void assert_score(unsigned score, const char *cap)
{
    if (c.judgement->score != score)
        for (size_t i = 0; i < c.judgement->n_deductions; i++)
            print_message("%u %s\n", c.judgement->deductions[i].points,
                          c.judgement->deductions[i].rule->id);
    assert_int_equal(c.judgement->score, score);
    assert_string_equal(c.judgement->cap ? c.judgement->cap->id : "", cap);
}

static void assert_record(const Finding *finding, const char *action, const char *name,
                          const char *value)
{
    assert_int_equal(finding->n_records, 1);
    assert_string_equal(finding->records[0].action, action);
    assert_string_equal(finding->records[0].name, name);
    assert_string_equal(finding->records[0].type, "TXT");
    assert_string_equal(finding->records[0].value, value);
}

/* --- messages that are well --- */

static void test_clean_message_scores_100(void **state)
{
    (void)state;
    run((Mail){0});
    assert_failing(SEVERITY_NOTICE, "");
    assert_score(100, "");
    for (size_t i = 0; i < c.judgement->n; i++)
        if (c.judgement->findings[i].outcome == OUTCOME_NOT_EVALUABLE)
            fail_msg("%s could not be evaluated", c.judgement->findings[i].rule->id);
}

static void test_unaligned_spf_is_no_fault_beside_dkim(void **state)
{
    (void)state;
    run((Mail){.mail_from = "b@bounce.service.example"});
    assert_failing(SEVERITY_NOTICE, "alignment-from-spf");
    assert_score(100, "");
}

static void test_second_signature_that_fails_does_no_harm(void **state)
{
    (void)state;
    g_autofree char *other = signature("nowhere.example", "");
    run((Mail){.top = other});
    assert_failing(SEVERITY_NOTICE, "dkim-extra-signature");
    assert_score(100, "");
}

/* --- DKIM --- */

static void test_unsigned_message(void **state)
{
    (void)state;
    run((Mail){.sign_as = ""});
    assert_failing(SEVERITY_NOTICE, "dkim-signature-present");
    assert_score(75, "");
}

static void test_missing_key(void **state)
{
    (void)state;
    run((Mail){.key = ""});
    assert_failing(SEVERITY_NOTICE, "dkim-key-found");
    assert_score(75, "");
    assert_int_equal(assert_fails("dkim-key-found")->n_records, 0); /* nobody told us the key */
}

static void test_dns_trouble_costs_nothing(void **state)
{
    (void)state;
    run((Mail){.key = ";!timeout s1._domainkey.customer.example TXT\n"});
    assert_failing(SEVERITY_NOTICE, "");
    assert_outcome("dkim-key-found", OUTCOME_NOT_EVALUABLE);
    assert_score(100, "");
}

static void test_dns_trouble_leaves_alignment_open(void **state)
{
    (void)state;
    run((Mail){.mail_from = "b@bounce.service.example",
               .key = ";!timeout s1._domainkey.customer.example TXT\n"});
    assert_outcome("dmarc-result", OUTCOME_NOT_EVALUABLE);
    assert_score(100, "");
}

static void test_changed_body(void **state)
{
    (void)state;
    run((Mail){.old = "on its way", .new = "late"});
    assert_failing(SEVERITY_NOTICE, "dkim-body-hash");
    assert_outcome("dkim-header-signature", OUTCOME_PASS);
    assert_int_equal(assert_fails("dkim-body-hash")->certainty, CERTAINTY_PROVEN);
    assert_score(75, "");
}

static void test_one_root_cause_is_charged_once(void **state)
{
    (void)state;
    run((Mail){.old = "Your order\r\nDate: Mon, 2 Nov 2026 09:30:00 +0000\r\n"
                      "Message-ID: <1.8f3a@app.customer.example>\r\nMIME-Version: 1.0\r\n"
                      "Content-Type: text/plain; charset=utf-8\r\n\r\nDear Anna",
               .new = "[EXTERNAL] Your order\r\nDate: Mon, 2 Nov 2026 09:30:00 +0000\r\n"
                      "Message-ID: <1.8f3a@app.customer.example>\r\nMIME-Version: 1.0\r\n"
                      "Content-Type: text/plain; charset=utf-8\r\n\r\nBeware!\r\nDear Anna"});
    assert_fails("dkim-body-hash");
    assert_fails("dkim-header-signature");
    assert_int_equal(c.judgement->n_deductions, 1);
    assert_score(75, "");
}

static void test_other_key(void **state)
{
    (void)state;
    Signer own = c.signer;
    c.signer = signer_rsa(2048);
    Mail mail = {0};
    g_autofree char *message = message_of(&mail);
    EVP_PKEY_free(c.signer.key);
    c.signer = own;
    g_autofree char *zone = zone_of(&mail);
    run_text(message, zone);
    assert_failing(SEVERITY_NOTICE, "dkim-key-or-value");
    assert_score(75, "");
}

static void test_headers_only_is_not_judged(void **state)
{
    (void)state;
    run((Mail){.headers_only = true});
    assert_failing(SEVERITY_NOTICE, "");
    assert_outcome("dkim-body-hash", OUTCOME_NOT_EVALUABLE);
    assert_fails("message-complete");
    assert_score(100, "");
}

static void test_copy_changed_after_receipt(void **state)
{
    (void)state;
    run((Mail){.mail_from = "b@bounce.service.example",
               .top = "Authentication-Results: mx.receiver.test;\r\n"
                      "\tdkim=pass header.d=customer.example header.s=s1;\r\n"
                      "\tspf=pass smtp.mailfrom=b@bounce.service.example; dmarc=pass\r\n",
               .old = "on its way",
               .new = "late"});
    assert_failing(SEVERITY_NOTICE, "dkim-unchanged-since-receipt alignment-from-spf");
    assert_outcome("dmarc-result", OUTCOME_NOT_EVALUABLE);
    assert_score(100, "");
}

/* --- SPF --- */

static void test_spf_results(void **state)
{
    (void)state;
    Mail fail = {.sign_as = "",
                 .spf = "customer.example. 300 IN TXT \"v=spf1 ip4:192.0.2.64/28 -all\"\n"};
    run(fail);
    assert_string_equal(finding_argument(assert_fails("spf-result-fail"), "term"),
                        "ip4:192.0.2.10");
    assert_string_equal(finding_argument(assert_fails("spf-nearest-network"), "nearest"),
                        "192.0.2.64/28");
    assert_outcome("spf-carried-by-dkim", OUTCOME_NOT_APPLICABLE);
    fail.spf = "customer.example. 300 IN TXT \"v=spf1 ip4:192.0.3.0/24 ~all\"\n";
    run(fail);
    assert_fails("spf-result-softfail");
    assert_outcome("spf-nearest-network", OUTCOME_NOT_APPLICABLE);
    run((Mail){.spf = ""});
    assert_failing(SEVERITY_NOTICE, "spf-record-missing");
    assert_record(assert_fails("spf-record-missing"), "add", "customer.example",
                  "v=spf1 ip4:192.0.2.10 ~all");
    assert_score(88, "");
}

static void test_dkim_carries_what_spf_does_not_list(void **state)
{
    (void)state;
    run((Mail){.spf = "customer.example. 300 IN TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n"});
    assert_failing(SEVERITY_NOTICE, "spf-carried-by-dkim");
    assert_string_equal(finding_argument(assert_fails("spf-carried-by-dkim"), "result"), "fail");
    assert_outcome("spf-result-fail", OUTCOME_NOT_APPLICABLE);
    assert_score(95, "");
}

static void test_spf_record_faults(void **state)
{
    (void)state;
    run((Mail){.spf = SPF "customer.example. 300 IN TXT \"v=spf1 ip4:198.51.100.1 -all\"\n"});
    assert_failing(SEVERITY_NOTICE, "spf-record-multiple");
    assert_record(assert_fails("spf-record-multiple"), "change", "customer.example",
                  "v=spf1 mx ip4:198.51.100.1 ~all");
    run((Mail){.spf = "customer.example. 300 IN TXT \"v=spf1 mx ipv4:198.51.100.1 -all\"\n"});
    assert_failing(SEVERITY_NOTICE, "spf-syntax");
    assert_string_equal(finding_argument(assert_fails("spf-syntax"), "term"), "ipv4:198.51.100.1");
    assert_string_equal(finding_argument(assert_fails("spf-syntax"), "position"), "11");
    run((Mail){.spf = "customer.example. 300 IN TXT \"v=spf1 mx include:gone.example -all\"\n"});
    assert_failing(SEVERITY_NOTICE, "spf-latent-fault");
    assert_score(95, "");
    run((Mail){.spf = "customer.example. 300 IN TXT \"v=spf1 include:gone.example mx -all\"\n"});
    assert_failing(SEVERITY_NOTICE, "spf-include-missing");
    assert_string_equal(finding_argument(assert_fails("spf-include-missing"), "record-domain"),
                        "gone.example");
    run((Mail){.spf = "customer.example. 300 IN TXT \"v=spf1 mx +all\"\n"});
    assert_failing(SEVERITY_NOTICE, "spf-plus-all");
    run((Mail){.spf = "customer.example. 300 IN TXT \"v=spf1 mx\"\n"});
    assert_record(assert_fails("spf-no-all"), "change", "customer.example", "v=spf1 mx ~all");
    run((Mail){.spf = "customer.example. 300 IN TXT \"v=spf1 ip4:192.0.0.0/2 -all\"\n"});
    assert_failing(SEVERITY_NOTICE, "spf-wide-network");
    run((Mail){
        .spf = "customer.example. 300 IN TXT \"v=spf1 a:a.customer.example a:b.customer.example "
               "a:c.customer.example mx -all\"\n"});
    assert_fails("spf-void-lookups");
}

/* --- DMARC and alignment --- */

#define UNALIGNED .sign_as = "", .mail_from = "b@bounce.service.example"

static void test_caps_follow_the_policy(void **state)
{
    (void)state;
    run((Mail){UNALIGNED});
    assert_score(20, "dmarc-refused");
    run((Mail){UNALIGNED, .dmarc = DMARC("quarantine")});
    assert_score(40, "dmarc-quarantined");
    run((Mail){UNALIGNED, .dmarc = DMARC("none")});
    assert_score(50, "dmarc-result");
    assert_failing(SEVERITY_WARNING, "dkim-signature-present dmarc-result");
    assert_int_equal(c.judgement->uncapped, 65);
}

static void test_nothing_passes_at_all(void **state)
{
    (void)state;
    run((Mail){.sign_as = "", .spf = "", .dmarc = ""});
    assert_score(25, "alignment-authenticated");
    assert_failing(SEVERITY_WARNING,
                   "dkim-signature-present spf-record-missing dmarc-record-present "
                   "alignment-authenticated");
    assert_int_equal(c.judgement->uncapped, 100 - 25 - 12 - 12 - 10);
}

static void test_nothing_is_aligned_and_no_policy(void **state)
{
    (void)state;
    run((Mail){UNALIGNED, .dmarc = ""});
    assert_score(50, "alignment-any");
    assert_failing(SEVERITY_WARNING, "dkim-signature-present dmarc-record-present alignment-any");
    run((Mail){UNALIGNED, .dmarc = ";!timeout _dmarc.customer.example TXT\n"});
    assert_outcome("alignment-any", OUTCOME_NOT_EVALUABLE);
    assert_outcome("dmarc-record-present", OUTCOME_NOT_EVALUABLE);
}

static void test_service_signs_for_itself(void **state)
{
    (void)state;
    run((Mail){.sign_as = "service.example"});
    assert_failing(SEVERITY_NOTICE, "alignment-from-dkim");
    assert_string_equal(finding_argument(assert_fails("alignment-from-dkim"), "signing-domain"),
                        "service.example");
    assert_score(92, "");
}

static void test_missing_dmarc_record(void **state)
{
    (void)state;
    run((Mail){.dmarc = ""});
    assert_failing(SEVERITY_NOTICE, "dmarc-record-present");
    assert_record(assert_fails("dmarc-record-present"), "add", "_dmarc.customer.example",
                  "v=DMARC1; p=none; rua=mailto:dmarc-reports@customer.example");
    assert_score(88, "");
}

static void test_dmarc_record_faults(void **state)
{
    (void)state;
    run((Mail){.dmarc = DMARC("reject") DMARC("none")});
    assert_failing(SEVERITY_NOTICE, "dmarc-record-multiple");
    assert_score(88, "");
    run((Mail){.dmarc = "_dmarc.customer.example. 300 IN TXT \"v=DMARC1; p=none\"\n"});
    assert_record(assert_fails("dmarc-rua-missing"), "change", "_dmarc.customer.example",
                  "v=DMARC1; p=none; rua=mailto:dmarc-reports@customer.example");
    assert_score(99, "");
    run((Mail){.dmarc = "_dmarc.customer.example. 300 IN TXT \"v=DMARC1; p=rejct\"\n"});
    assert_failing(SEVERITY_NOTICE, "dmarc-record-usable");
    run((Mail){.dmarc = "_dmarc.customer.example. 300 IN TXT "
                        "\"v=DMARC1; p=reject; sp=none; rua=mailto:d@reports.test\"\n"});
    assert_fails("dmarc-subdomain-weaker");
    assert_record(assert_fails("dmarc-rua-external"), "add",
                  "customer.example._report._dmarc.reports.test", "v=DMARC1");
}

/* --- the message itself --- */

static void test_two_from_fields(void **state)
{
    (void)state;
    run((Mail){.top = "From: Other <other@elsewhere.test>\r\n"});
    assert_fails("message-from-single");
    assert_score(30, "message-from-single");
}

static void test_fields_of_the_message(void **state)
{
    (void)state;
    run((Mail){.top = "Subject: Another\r\n"});
    assert_fails("message-duplicate-fields");
    run((Mail){.sign_as = "", .old = "Message-ID: <1.8f3a@app.customer.example>\r\n", .new = ""});
    assert_fails("message-id");
    run((Mail){.sign_as = "", .old = "2 Nov 2026 09:30:00", .new = "4 Nov 2026 12:30:00"});
    assert_string_equal(finding_argument(assert_fails("message-date-plausible"), "hours"), "50");
    run((Mail){.sign_as = "", .old = "Your order", .new = "Hello {{ first_name }}"});
    assert_int_equal(assert_fails("message-placeholder")->points, 4);
    run((Mail){.sign_as = "", .old = "Dear Anna", .new = "Dear ${name}"});
    assert_int_equal(assert_fails("message-placeholder")->points, 0); /* merely inferred */
    run((Mail){.sign_as = "", .old = "Customer <", .new = "\"boss@bank.test\" <"});
    assert_fails("message-display-name");
}

static void test_pasted_copy_is_not_blamed_on_the_message(void **state)
{
    (void)state;
    run_text("\r\n" FIELDS "\r\n" BODY, HOSTS SPF);
    assert_fails("message-header");
    assert_outcome("message-from-present", OUTCOME_NOT_EVALUABLE);
    assert_outcome("dkim-signature-present", OUTCOME_NOT_EVALUABLE);
    assert_score(100, "");
}

/* --- every rule can fail --- */

#define TXT(text) "customer.example. 300 IN TXT \"" text "\"\n"
#define KEY(text) "s1._domainkey.customer.example. 300 IN TXT \"" text "\"\n"
#define DMARC_TXT(tags)                                                                            \
    "_dmarc.customer.example. 300 IN TXT \"v=DMARC1; p=none; rua=mailto:r@customer.example; " tags \
    "\"\n"
#define FORWARDED(time)                                                                            \
    "Received: from mx.receiver.test (mx.receiver.test [10.0.0.5])\r\n"                            \
    "\tby store.receiver.test with ESMTP id 2; Mon, 2 Nov 2026 " time " +0000\r\n"
#define AGAIN                                                                                      \
    "Received: from store.receiver.test ([10.0.0.6]) by store.receiver.test with ESMTP id 3;\r\n"  \
    "\tMon, 2 Nov 2026 09:32:00 +0000\r\n"
#define LONG_50 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define LONG_250 LONG_50 LONG_50 LONG_50 LONG_50 LONG_50

typedef struct Firing {
    const char *rule;
    Mail mail;
} Firing;

static const Firing firings[] = {
    {"dkim-key-answer", {.key = ";!servfail s1._domainkey.customer.example TXT\n"}},
    {"dkim-key-alias",
     {.key = "s1._domainkey.customer.example. 300 IN CNAME gone.provider.test.\n"}},
    {"dkim-key-revoked", {.key = KEY("v=DKIM1; p=")}},
    {"dkim-key-not-a-key", {.key = KEY("v=spf1 -all")}},
    {"dkim-key-wellformed", {.key = KEY("v=DKIM1; k=rsa; p=AAAA")}},
    {"dkim-key-truncated", {.key = KEY("v=DKIM1; p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA")}},
    {"dkim-key-testing", {.key_tags = "t=y; "}},
    {"dkim-key-suitable", {.key_tags = "s=other; "}},
    {"dkim-key-strict-identity", {.key_tags = "t=s; ", .tags = "i=@app.customer.example; "}},
    {"dkim-identity", {.tags = "i=@service.example; "}},
    {"dkim-syntax", {.tags = "t=soon; "}},
    {"dkim-expired", {.tags = "x=1793000000; "}},
    {"dkim-future", {.tags = "t=1893000000; "}},
    {"dkim-length-tag", {.tags = "l=5; "}},
    {"dkim-length-beyond", {.tags = "l=9999; "}},
    {"dkim-successor-draft", {.top = "DKIM2-Signature: i=1\r\n"}},
    {"dkim-oversigning", {0}},
    {"dkim-coverage", {.top = "Reply-To: help@customer.example\r\n"}},

    {"spf-evaluable", {.old = "[192.0.2.10]", .new = "x"}},
    {"spf-answer", {.spf = ";!timeout customer.example TXT\n"}},
    {"spf-result-neutral", {.sign_as = "", .spf = TXT("v=spf1 ip4:198.51.100.1 ?all")}},
    {"spf-near-miss", {.spf = TXT("v=spf1mx ~all")}},
    {"spf-lookup-limit", {.spf = TXT("v=spf1 include:customer.example -all")}},
    {"spf-lookup-survey", {.spf = TXT("v=spf1 mx a a a a a a a a a a -all")}},
    {"spf-lookup-reserve", {.spf = TXT("v=spf1 mx a a a a a a a a -all")}},
    {"spf-void-survey", {.spf = TXT("v=spf1 mx a:a.test a:b.test a:c.test -all")}},
    {"spf-neutral-all", {.spf = TXT("v=spf1 mx ?all")}},
    {"spf-ptr", {.spf = TXT("v=spf1 mx ptr -all")}},
    {"spf-terms-after-all", {.spf = TXT("v=spf1 mx -all ip4:198.51.100.1")}},
    {"spf-helo", {.spf = SPF "mail.customer.example. 300 IN TXT \"v=spf1 -all\"\n"}},

    {"dmarc-author-single",
     {.old = "Customer <info@customer.example>", .new = "a@customer.example, b@b.test"}},
    {"dmarc-author-exists",
     {.old = "Customer <info@customer.example>", .new = "a@gone.customer.example"}},
    {"dmarc-syntax", {.dmarc = DMARC_TXT("adkim=x")}},
    {"dmarc-unknown-tag", {.dmarc = DMARC_TXT("ruf-x=1; xyz=1")}},
    {"dmarc-obsolete-tag", {.dmarc = DMARC_TXT("pct=50")}},
    {"dmarc-policy-none", {.dmarc = DMARC_TXT("")}},
    {"dmarc-testing-mode", {.dmarc = DMARC_TXT("t=y")}},
    {"dmarc-strict-alignment",
     {.sign_as = "app.customer.example",
      .mail_from = "b@bounce.service.example",
      .dmarc = DMARC_TXT("adkim=s")}},
    {"dmarc-standards-differ",
     {UNALIGNED, .dmarc = "_dmarc.customer.example. 300 IN TXT \"v=DMARC1; p=reject; "
                          "rua=mailto:r@customer.example; t=y\"\n"}},

    {"alignment-reply-to", {.top = "Reply-To: help@else.test\r\n"}},
    {"alignment-sender", {.top = "Sender: robot@else.test\r\n"}},
    {"alignment-receiver-agrees",
     {.top = "Authentication-Results: mx.receiver.test; spf=fail\r\n"}},

    {"transport-reverse-dns",
     {.hosts = "customer.example. 300 IN MX 10 mail.customer.example.\n"
               "mail.customer.example. 300 IN A 192.0.2.10\n"}},
    {"transport-iprev",
     {.hosts = "customer.example. 300 IN MX 10 mail.customer.example.\n"
               "mail.customer.example. 300 IN A 192.0.2.11\n"
               "10.2.0.192.in-addr.arpa. 300 IN PTR mail.customer.example.\n"}},
    {"transport-helo-name", {.old = "from mail.customer.example", .new = "from localhost"}},
    {"transport-helo-resolves",
     {.old = "from mail.customer.example", .new = "from gone.customer.example"}},
    {"transport-tls", {.old = "ESMTPS", .new = "ESMTP"}},
    {"transport-delay", {.top = FORWARDED("12:31:00")}},
    {"transport-clock-skew", {.top = FORWARDED("08:31:00")}},
    {"transport-hop-loop", {.top = AGAIN AGAIN AGAIN AGAIN}},
    {"transport-bounces", {.mail_from = "b@gone.test"}},
    {"transport-replies", {.hosts = "customer.example. 300 IN MX 0 .\n"}},

    {"message-stray-lines", {.top = "no field at all\r\n"}},
    {"message-field-names", {.top = "X-Field : x\r\n"}},
    {"message-blank-fold", {.top = "X-Field: a\r\n \r\n\tb\r\n"}},
    {"message-8bit-header", {.top = "X-Field: caf\xe9\r\n"}},
    {"message-utf8-header", {.top = "X-Field: caf\xc3\xa9\r\n"}},
    {"message-long-lines", {.top = "X-Field: " LONG_250 LONG_250 LONG_250 LONG_250 "\r\n"}},
    {"message-line-ends", {.top = "X-Field: a\n"}},
    {"message-bare-cr", {.top = "X-Field: a\rb\r\n"}},
    {"message-date-present", {.old = "Date: Mon, 2 Nov 2026 09:30:00 +0000", .new = "Date: today"}},
    {"message-subject", {.old = "Your order", .new = ""}},
    {"message-recipient", {.old = "To: Anna <anna@receiver.test>\r\n", .new = ""}},
    {"message-mime-version", {.old = "MIME-Version: 1.0\r\n", .new = ""}},
    {"message-8bit-body", {.old = "on its way", .new = "on its w\xc3\xa1y"}},
    {"message-decodable", {.old = "on its way", .new = "on its w\xe1y"}},
    {"message-text-part", {.old = "text/plain", .new = "text/html"}},
};

static void test_rules_fail_when_they_should(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(firings); i++) {
        run(firings[i].mail);
        assert_fails(firings[i].rule);
    }
}

static void test_signatures_beyond_the_limit(void **state)
{
    (void)state;
    g_autoptr(GString) many = g_string_new(NULL);
    for (size_t i = 0; i < DKIM_MAX_SIGNATURES; i++)
        g_string_append(many, "DKIM-Signature: v=1\r\n");
    run((Mail){.top = many->str});
    assert_string_equal(finding_argument(assert_fails("dkim-signature-limit"), "count"), "51");
}

/* --- the operator's profile --- */

static void add_domain(const char *domain, const char *p)
{
    Profile *profile = c.profile;
    profile->domains = g_renew(SigningDomain, profile->domains, profile->n_domains + 1);
    g_autofree char *text = g_strconcat("v=DKIM1; k=rsa; p=", p, NULL);
    KeyRecord *record = key_record_parse(span_str(text));
    assert_non_null(record->key);
    profile->domains[profile->n_domains++] = (SigningDomain){.domain = g_strdup(domain),
                                                             .selector = g_strdup("s1"),
                                                             .active = true,
                                                             .hash = HASH_SHA256,
                                                             .key_type = KEY_TYPE_RSA,
                                                             .key = g_steal_pointer(&record->key),
                                                             .p_value = g_strdup(p)};
    key_record_free(record);
}

static void test_clean_message_of_a_signing_domain(void **state)
{
    (void)state;
    add_domain("customer.example", c.p);
    run((Mail){0});
    assert_failing(SEVERITY_NOTICE, "");
    assert_outcome("profile-key-matches", OUTCOME_PASS);
    assert_score(100, "");
}

static void test_configured_key_is_proposed(void **state)
{
    (void)state;
    add_domain("customer.example", c.p);
    run((Mail){.key = ""});
    assert_failing(SEVERITY_NOTICE, "dkim-key-found");
    g_autofree char *record = g_strconcat("v=DKIM1; k=rsa; p=", c.p, NULL);
    assert_record(assert_fails("dkim-key-found"), "add", "s1._domainkey.customer.example", record);
    assert_score(75, "");
}

static void test_configured_key_differs(void **state)
{
    (void)state;
    Signer other = signer_rsa(2048);
    g_autofree char *p = signer_p(&other);
    add_domain("customer.example", p);
    run((Mail){0});
    assert_failing(SEVERITY_NOTICE, "profile-configuration-stale");
    assert_outcome("dkim-key-replaced", OUTCOME_PASS);
    add_domain("customer.example", p);
    run((Mail){.sign_as = ""});
    assert_failing(SEVERITY_NOTICE,
                   "dkim-signature-present profile-key-matches profile-signature-present");
    assert_score(75, "");
    EVP_PKEY_free(other.key);
}

static void test_from_outside_the_list(void **state)
{
    (void)state;
    add_domain("else.example", c.p);
    run((Mail){0});
    assert_failing(SEVERITY_NOTICE, "profile-from-in-list");
    assert_score(100, "");
}

/* The first domain of the profile, to be changed before the run. */
static SigningDomain *configure(const char *domain)
{
    add_domain(domain, c.p);
    return &c.profile->domains[0];
}

static void test_faults_of_signing_domains(void **state)
{
    (void)state;
    configure("customer.example")->active = false;
    run((Mail){0});
    assert_fails("profile-inactive-signing");
    assert_outcome("profile-from-active", OUTCOME_NOT_APPLICABLE);
    assert_outcome("profile-mail-from-active", OUTCOME_NOT_APPLICABLE);

    configure("customer.example")->active = false;
    run((Mail){.sign_as = ""});
    assert_fails("profile-from-active");
    assert_outcome("profile-mail-from-active", OUTCOME_NOT_APPLICABLE);

    configure("customer.example");
    run((Mail){.mail_from = "b@bounce.service.example"});
    assert_fails("profile-mail-from-in-list");
    assert_score(100, "");

    configure("customer.example")->hash = HASH_SHA1;
    run((Mail){0});
    assert_fails("profile-hash");

    configure("customer.example")->key_bits = 4096;
    run((Mail){0});
    assert_string_equal(finding_argument(assert_fails("profile-key-bits"), "bits"), "2048");

    configure("customer.example");
    run((Mail){.key = KEY("v=DKIM1; p=")});
    assert_failing(SEVERITY_NOTICE, "dkim-key-revoked");
    assert_score(75, "");

    SigningDomain *entry = configure("customer.example");
    g_free(entry->selector);
    entry->selector = g_strdup("s2");
    run((Mail){0});
    assert_failing(SEVERITY_NOTICE, "profile-key-latent");
    assert_fails("profile-other-selector");

    g_strfreev(c.profile->own_hosts);
    c.profile->own_hosts = g_strsplit("198.51.100.0/24", " ", -1);
    run((Mail){0});
    assert_fails("profile-own-relay");
}

static void test_a_third_key_signed(void **state)
{
    (void)state;
    Mail mail = {0};
    Signer own = c.signer;
    c.signer = signer_rsa(2048);
    g_autofree char *message = message_of(&mail);
    EVP_PKEY_free(c.signer.key);
    c.signer = own;
    g_autofree char *zone = zone_of(&mail);
    configure("customer.example");
    run_text(message, zone);
    assert_failing(SEVERITY_NOTICE, "dkim-key-or-value profile-key-used");
    assert_score(75, "");
}

static void test_operators_include_is_proposed(void **state)
{
    (void)state;
    c.profile->spf_include = g_strdup("_spf.service.example");
    g_strfreev(c.profile->own_hosts);
    c.profile->own_hosts = g_strsplit("192.0.2.0/24", " ", -1);
    run((Mail){.spf = "customer.example. 300 IN TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n"});
    assert_failing(SEVERITY_NOTICE, "spf-carried-by-dkim");
    assert_record(assert_fails("spf-carried-by-dkim"), "change", "customer.example",
                  "v=spf1 ip4:198.51.100.0/24 include:_spf.service.example -all");

    c.profile->spf_include = g_strdup("_spf.service.example");
    run((Mail){.spf = "customer.example. 300 IN TXT \"v=spf1 ip4:198.51.100.0/24 -all\"\n"});
    assert_record(assert_fails("profile-spf-include"), "change", "customer.example",
                  "v=spf1 ip4:198.51.100.0/24 include:_spf.service.example -all");
}

static void set_rule(const char *rule, RuleSetting setting)
{
    setting.rule = g_strdup(rule);
    setting.reason = g_strdup(setting.reason);
    setting.severity = g_strdup(setting.severity);
    Profile *profile = c.profile;
    profile->settings = g_renew(RuleSetting, profile->settings, profile->n_settings + 1);
    profile->settings[profile->n_settings++] = setting;
}

static void test_rules_can_be_waived_for_a_time(void **state)
{
    (void)state;
    set_rule("dkim-signature-present",
             (RuleSetting){.off = true, .reason = "legacy", .until_s = DATE_S + 7200});
    run((Mail){.sign_as = ""});
    const Finding *finding = assert_fails("dkim-signature-present");
    assert_true(finding->waived);
    assert_string_equal(finding->waived_reason, "legacy");
    assert_score(100, "");
    Severity worst;
    assert_true(!judgement_worst(c.judgement, &worst) || worst == SEVERITY_INFO);

    set_rule("dkim-signature-present",
             (RuleSetting){.off = true, .reason = "legacy", .until_s = DATE_S + 7200});
    c.now_s = DATE_S + 7200;
    run((Mail){.sign_as = ""});
    assert_score(75, "");
    finding = assert_fails("dkim-signature-present");
    assert_true(finding->exemption_ended && !finding->waived);
    assert_string_equal(finding->waived_reason, "legacy");
}

static void test_weight_and_severity_can_be_set(void **state)
{
    (void)state;
    set_rule("dkim-signature-present", (RuleSetting){.has_weight = true, .weight = 3});
    run((Mail){.sign_as = ""});
    assert_score(97, "");
    set_rule("dkim-signature-present", (RuleSetting){.severity = (char *)"notice"});
    run((Mail){.sign_as = ""});
    assert_int_equal(assert_fails("dkim-signature-present")->severity, SEVERITY_NOTICE);
    set_rule("dkim-signature-present", (RuleSetting){.severity = (char *)"info"});
    run((Mail){.sign_as = ""});
    assert_score(100, "");
}

static void test_settings_are_checked(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    set_rule("dkim-no-such", (RuleSetting){.off = true});
    assert_false(judge_check_settings(c.catalogue, c.profile, &error));
    assert_non_null(strstr(error->message, "dkim-no-such"));
    g_clear_error(&error);
    profile_free(c.profile);
    c.profile = profile_new_empty();
    set_rule("spf-ptr", (RuleSetting){.severity = (char *)"fatal"});
    assert_false(judge_check_settings(c.catalogue, c.profile, &error));
    assert_non_null(strstr(error->message, "fatal"));
    profile_free(c.profile);
    c.profile = profile_new_empty();
    set_rule("spf-ptr", (RuleSetting){.severity = (char *)"warning"});
    assert_true(judge_check_settings(c.catalogue, c.profile, NULL));
    profile_free(c.profile);
    c.profile = profile_new_empty();
}

static void test_newsletter_rules_cost_only_there(void **state)
{
    (void)state;
    const char *field = "List-Unsubscribe: <mailto:leave@customer.example>\r\n";
    run((Mail){.top = field});
    assert_int_equal(assert_fails("message-one-click")->severity, SEVERITY_INFO);
    assert_score(100, "");
    g_free(c.profile->rule_profile);
    c.profile->rule_profile = g_strdup("newsletter");
    run((Mail){.top = field});
    assert_int_equal(assert_fails("message-one-click")->severity, SEVERITY_WARNING);
    assert_score(94, "");
    g_free(c.profile->rule_profile);
    c.profile->rule_profile = g_strdup("newsletter");
    run((Mail){0});
    assert_failing(SEVERITY_NOTICE, "message-list-unsubscribe");
    assert_score(90, "");
}

/* --- counting --- */

static const Rule plain_4 = {.id = (char *)"a-4", .weight = 4};
static const Rule plain_60 = {.id = (char *)"a-60", .weight = 60};
static const Rule group_10 = {.id = (char *)"a-10", .weight = 10, .group = (char *)"g"};
static const Rule group_20 = {.id = (char *)"a-20", .weight = 20, .group = (char *)"g"};
static const Rule cap_50 = {.id = (char *)"a-c50", .has_cap = true, .cap = 50};
static const Rule cap_30 = {.id = (char *)"a-c30", .has_cap = true, .cap = 30};

static unsigned score_of(Finding *findings, size_t n, const Rule **cap)
{
    Profile *profile = profile_new_empty();
    Judgement judgement = {.findings = findings, .n = n};
    score_count(&judgement, profile);
    g_free(judgement.deductions);
    profile_free(profile);
    *cap = judgement.cap;
    return judgement.score;
}

#define FAILING(r)                                                                                 \
    {                                                                                              \
        .rule = (r), .outcome = OUTCOME_FAIL, .severity = SEVERITY_ERROR,                          \
        .certainty = CERTAINTY_PROVEN                                                              \
    }

static void test_a_rule_is_charged_once(void **state)
{
    (void)state;
    const Rule *cap;
    Finding findings[] = {FAILING(&plain_4), FAILING(&plain_4)};
    assert_int_equal(score_of(findings, 2, &cap), 96);
    assert_int_equal(findings[0].points, 4);
    assert_int_equal(findings[1].points, 0);
}

static void test_a_group_is_charged_once(void **state)
{
    (void)state;
    const Rule *cap;
    Finding findings[] = {FAILING(&group_10), FAILING(&group_20), FAILING(&group_10),
                          FAILING(&plain_4)};
    assert_int_equal(score_of(findings, 4, &cap), 76);
    assert_int_equal(findings[0].points, 0);
    assert_int_equal(findings[1].points, 20);
}

static void test_the_score_does_not_go_below_zero(void **state)
{
    (void)state;
    const Rule *cap;
    const Rule also_60 = {.id = (char *)"a-also-60", .weight = 60};
    Finding findings[] = {FAILING(&plain_60), FAILING(&also_60)};
    assert_int_equal(score_of(findings, 2, &cap), 0);
}

static void test_the_lowest_cap_counts(void **state)
{
    (void)state;
    const Rule *cap;
    Finding both[] = {FAILING(&cap_50), FAILING(&cap_30)};
    assert_int_equal(score_of(both, 2, &cap), 30);
    assert_ptr_equal(cap, &cap_30);
    Finding below[] = {FAILING(&cap_50), FAILING(&plain_60)};
    assert_int_equal(score_of(below, 2, &cap), 40);
    assert_null(cap);
}

static void test_what_does_not_count(void **state)
{
    (void)state;
    const Rule *cap;
    Finding findings[] = {FAILING(&plain_4), FAILING(&plain_4), FAILING(&cap_30), FAILING(&plain_4),
                          FAILING(&plain_4)};
    findings[0].certainty = CERTAINTY_INFERRED;
    findings[1].waived = true;
    findings[2].severity = SEVERITY_WARNING;
    findings[3].severity = SEVERITY_INFO;
    findings[4].outcome = OUTCOME_NOT_EVALUABLE;
    assert_int_equal(score_of(findings, 5, &cap), 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_clean_message_scores_100),
        cmocka_unit_test(test_unaligned_spf_is_no_fault_beside_dkim),
        cmocka_unit_test(test_second_signature_that_fails_does_no_harm),
        cmocka_unit_test(test_unsigned_message),
        cmocka_unit_test(test_missing_key),
        cmocka_unit_test(test_dns_trouble_costs_nothing),
        cmocka_unit_test(test_dns_trouble_leaves_alignment_open),
        cmocka_unit_test(test_changed_body),
        cmocka_unit_test(test_one_root_cause_is_charged_once),
        cmocka_unit_test(test_other_key),
        cmocka_unit_test(test_headers_only_is_not_judged),
        cmocka_unit_test(test_copy_changed_after_receipt),
        cmocka_unit_test(test_spf_results),
        cmocka_unit_test(test_dkim_carries_what_spf_does_not_list),
        cmocka_unit_test(test_spf_record_faults),
        cmocka_unit_test(test_caps_follow_the_policy),
        cmocka_unit_test(test_nothing_passes_at_all),
        cmocka_unit_test(test_nothing_is_aligned_and_no_policy),
        cmocka_unit_test(test_service_signs_for_itself),
        cmocka_unit_test(test_missing_dmarc_record),
        cmocka_unit_test(test_dmarc_record_faults),
        cmocka_unit_test(test_two_from_fields),
        cmocka_unit_test(test_fields_of_the_message),
        cmocka_unit_test(test_rules_fail_when_they_should),
        cmocka_unit_test(test_signatures_beyond_the_limit),
        cmocka_unit_test(test_pasted_copy_is_not_blamed_on_the_message),
        cmocka_unit_test(test_clean_message_of_a_signing_domain),
        cmocka_unit_test(test_configured_key_is_proposed),
        cmocka_unit_test(test_configured_key_differs),
        cmocka_unit_test(test_from_outside_the_list),
        cmocka_unit_test(test_faults_of_signing_domains),
        cmocka_unit_test(test_a_third_key_signed),
        cmocka_unit_test(test_operators_include_is_proposed),
        cmocka_unit_test(test_rules_can_be_waived_for_a_time),
        cmocka_unit_test(test_weight_and_severity_can_be_set),
        cmocka_unit_test(test_settings_are_checked),
        cmocka_unit_test(test_newsletter_rules_cost_only_there),
        cmocka_unit_test(test_a_rule_is_charged_once),
        cmocka_unit_test(test_a_group_is_charged_once),
        cmocka_unit_test(test_the_score_does_not_go_below_zero),
        cmocka_unit_test(test_the_lowest_cap_counts),
        cmocka_unit_test(test_what_does_not_count),
    };
    return cmocka_run_group_tests_name("judge", tests, open_case, close_case);
}
