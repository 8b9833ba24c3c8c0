#include "analyzer/auth/arc.h"
#include "tests/unit/signer.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const int64_t NOW = 1700000000;

#define FROM "From: Ann <ann@example.org>\r\n"
#define SUBJECT "Subject: Offer\r\n"
#define BODY "Dear Bob,\r\n\r\nall is well.\r\n"

static Signer rsa;

/* A message while it travels: each hop puts its set on top. Fields are written so that relaxed
 * canonicalization only changes their name, which keeps the expected text plain. */
typedef struct Journey {
    GString *sets;   /* ARC fields, newest on top */
    GString *sealed; /* the sets so far, in the order a seal covers them */
    const char *body;
    const char *message_tags; /* of the ARC-Message-Signature */
    const char *seal_tags;
} Journey;

static Journey journey_new(void)
{
    return (Journey){g_string_new(NULL), g_string_new(NULL), BODY, "c=relaxed/relaxed; ", ""};
}

static void journey_clear(Journey *journey)
{
    g_string_free(journey->sets, TRUE);
    g_string_free(journey->sealed, TRUE);
}

static char *canonical(const char *name, const char *value)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    return g_strconcat(lower, ":", value, "\r\n", NULL);
}

/* The value with its b=, signed after `before` in relaxed canonicalization. */
static char *sign_relaxed(const char *before, const char *name, const char *value)
{
    g_autofree char *lower = g_ascii_strdown(name, -1);
    g_autofree char *text = g_strconcat(before, lower, ":", value, NULL);
    g_autofree char *b = signer_sign(&rsa, text);
    return g_strconcat(value, b, NULL);
}

static void prepend_field(GString *sets, const char *name, const char *value)
{
    g_autofree char *field = g_strconcat(name, ": ", value, "\r\n", NULL);
    g_string_prepend(sets, field);
}

static char *message_signature(const Journey *journey, unsigned instance)
{
    g_autofree char *bh = digest_base64("SHA256", journey->body);
    g_autofree char *value = g_strdup_printf(
        "i=%u; a=rsa-sha256; %sd=hop%u.test; s=arc; h=from:subject; bh=%s; b=", instance,
        journey->message_tags, instance, bh);
    return sign_relaxed("from:Ann <ann@example.org>\r\nsubject:Offer\r\n", "ARC-Message-Signature",
                        value);
}

static void hop(Journey *journey, unsigned instance, const char *cv)
{
    g_autofree char *results = g_strdup_printf("i=%u; hop%u.test; spf=pass", instance, instance);
    g_autofree char *message = message_signature(journey, instance);
    g_autofree char *results_text = canonical("ARC-Authentication-Results", results);
    g_autofree char *message_text = canonical("ARC-Message-Signature", message);
    /* RFC 8617 §5.1.2: a chain found broken is sealed for its last set alone. */
    if (g_str_equal(cv, "fail"))
        g_string_truncate(journey->sealed, 0);
    g_string_append(journey->sealed, results_text);
    g_string_append(journey->sealed, message_text);
    g_autofree char *seal =
        g_strdup_printf("i=%u; a=rsa-sha256; cv=%s; d=hop%u.test; s=arc; %sb=", instance, cv,
                        instance, journey->seal_tags);
    g_autofree char *signed_seal = sign_relaxed(journey->sealed->str, "ARC-Seal", seal);
    g_autofree char *seal_text = canonical("ARC-Seal", signed_seal);
    g_string_append(journey->sealed, seal_text);
    prepend_field(journey->sets, "ARC-Authentication-Results", results);
    prepend_field(journey->sets, "ARC-Message-Signature", message);
    prepend_field(journey->sets, "ARC-Seal", signed_seal);
}

static GString *zone_for(unsigned hops, const char *more)
{
    g_autofree char *p = signer_p(&rsa);
    GString *zone = g_string_new(more);
    for (unsigned i = 1; i <= hops; i++)
        g_string_append_printf(zone, "arc._domainkey.hop%u.test. 60 IN TXT \"p=%s\"\n", i, p);
    return zone;
}

/* One checked message, and what it borrows from. */
typedef struct Run {
    Source *source;
    Dns *dns;
    DnsSession *session;
    ArcChain *chain;
} Run;

static Run run(const char *message, const char *zone)
{
    Run r = {.source = source_of(message), .dns = dns_of(zone)};
    r.session = dns_session_new(r.dns);
    r.chain = arc_check(r.source, r.session, NOW);
    return r;
}

static void run_clear(Run *r)
{
    arc_free(r->chain);
    dns_session_free(r->session);
    dns_free(r->dns);
    source_free(r->source);
}

/* `wrong` in the sets becomes `right` before the message arrives; NULL: nothing is changed. */
static Run arrive(const Journey *journey, const char *wrong, const char *right)
{
    g_autoptr(GString) message = g_string_new(journey->sets->str);
    g_string_append_printf(message, FROM SUBJECT "\r\n%s", journey->body);
    if (wrong)
        assert_int_equal(g_string_replace(message, wrong, right, 1), 1);
    g_autoptr(GString) zone = zone_for(5, NULL);
    return run(message->str, zone->str);
}

static void expect(const Run *r, ArcResult result, ArcDefect defect, unsigned instance)
{
    if (r->chain->result != result || r->chain->defect != defect)
        print_message("%s, %s at %u\n", arc_result_name(r->chain->result),
                      arc_defect_name(r->chain->defect), r->chain->defect_instance);
    assert_int_equal(r->chain->result, result);
    assert_int_equal(r->chain->defect, defect);
    assert_int_equal(r->chain->defect_instance, instance);
}

static void expect_change(const Journey *journey, const char *wrong, const char *right,
                          ArcDefect defect, unsigned instance)
{
    Run r = arrive(journey, wrong, right);
    expect(&r, ARC_FAIL, defect, instance);
    run_clear(&r);
}

static void test_none(void **state)
{
    (void)state;
    Run r = run(FROM "\r\n" BODY, "x.test. 60 IN A 192.0.2.1\n");
    expect(&r, ARC_NONE, ARC_OK, 0);
    assert_int_equal(r.chain->n, 0);
    run_clear(&r);
}

static void test_pass(void **state)
{
    (void)state;
    Journey journey = journey_new();
    hop(&journey, 1, "none");
    Run r = arrive(&journey, NULL, NULL);
    expect(&r, ARC_PASS, ARC_OK, 0);
    assert_int_equal(r.chain->n, 1);
    assert_int_equal(r.chain->oldest_pass, 0);
    run_clear(&r);
    hop(&journey, 2, "pass");
    hop(&journey, 3, "pass");
    r = arrive(&journey, NULL, NULL);
    expect(&r, ARC_PASS, ARC_OK, 0);
    assert_int_equal(r.chain->n, 3);
    assert_string_equal(r.chain->sets[0].cv, "none");
    assert_string_equal(r.chain->sets[2].cv, "pass");
    assert_int_equal(r.chain->sets[1].seal_verdict, DKIM_HEADER_VERIFIES);
    assert_string_equal(r.chain->sets[1].message.domain, "hop2.test");
    assert_string_equal(r.chain->sets[1].results->authserv_id, "hop2.test");
    run_clear(&r);
    journey_clear(&journey);
}

/* §5.2 step 5: hop 3 was the last to change the message. */
static void test_oldest_pass(void **state)
{
    (void)state;
    Journey journey = journey_new();
    hop(&journey, 1, "none");
    hop(&journey, 2, "pass");
    journey.body = BODY "--\r\nlist\r\n";
    hop(&journey, 3, "pass");
    hop(&journey, 4, "pass");
    Run r = arrive(&journey, NULL, NULL);
    expect(&r, ARC_PASS, ARC_OK, 0);
    assert_int_equal(r.chain->oldest_pass, 3);
    assert_int_equal(r.chain->sets[1].message.body, DKIM_BODY_DIFFERS);
    run_clear(&r);
    journey_clear(&journey);
}

static void test_change_after_the_last_hop(void **state)
{
    (void)state;
    Journey journey = journey_new();
    hop(&journey, 1, "none");
    hop(&journey, 2, "pass");
    expect_change(&journey, "all is well", "all is lost", ARC_MESSAGE_SIGNATURE, 2);
    expect_change(&journey, "hop1.test; spf=pass", "hop1.test; spf=fail", ARC_SEAL, 2);
    journey_clear(&journey);
}

/* Set 1 is altered between hops 1 and 2: seal 1 fails, the seals over the altered set hold. */
static void test_seal_of_a_middle_hop(void **state)
{
    (void)state;
    Journey journey = journey_new();
    hop(&journey, 1, "none");
    g_string_replace(journey.sets, "hop1.test; spf=pass", "hop1.test; spf=fail", 1);
    g_string_replace(journey.sealed, "hop1.test; spf=pass", "hop1.test; spf=fail", 1);
    hop(&journey, 2, "pass");
    Run r = arrive(&journey, NULL, NULL);
    expect(&r, ARC_FAIL, ARC_SEAL, 1);
    assert_int_equal(r.chain->sets[0].seal_verdict, DKIM_HEADER_CHANGED);
    assert_int_equal(r.chain->sets[1].seal_verdict, DKIM_HEADER_VERIFIES);
    run_clear(&r);
    journey_clear(&journey);
}

static void test_structure(void **state)
{
    (void)state;
    Journey journey = journey_new();
    hop(&journey, 1, "none");
    hop(&journey, 2, "pass");
    expect_change(&journey, "ARC-Seal: i=2", "ARC-Sial: i=2", ARC_INCOMPLETE, 2);
    expect_change(&journey, "ARC-Seal: i=2", "ARC-Seal: i=1", ARC_DUPLICATE, 1);
    expect_change(&journey, "ARC-Seal: i=2", "ARC-Seal: i=0", ARC_BAD_INSTANCE, 0);
    expect_change(&journey, "ARC-Seal: i=2", "ARC-Seal: i=51", ARC_BAD_INSTANCE, 0);
    expect_change(&journey, "ARC-Seal: i=2; ", "ARC-Seal: ", ARC_BAD_INSTANCE, 0);
    expect_change(&journey, "ARC-Authentication-Results: i=2;",
                  "ARC-Authentication-Results: ", ARC_BAD_INSTANCE, 0);
    expect_change(&journey, "cv=pass; ", "", ARC_BAD_SYNTAX, 2);
    expect_change(&journey, "cv=pass; ", "cv=pass; cv=pass; ", ARC_BAD_SYNTAX, 2);
    expect_change(&journey, "cv=pass; ", "cv=none; ", ARC_BAD_CV, 2);
    expect_change(&journey, "cv=none; ", "cv=pass; ", ARC_BAD_CV, 1);
    expect_change(&journey, "cv=pass; ", "cv=pass; h=from; ", ARC_SEAL_SIGNS_FIELDS, 2);
    expect_change(&journey, "bh=", "xx=", ARC_BAD_SYNTAX, 2);
    expect_change(&journey, "h=from:subject", "h=from:Arc-Seal", ARC_MESSAGE_SIGNS_SEAL, 2);
    journey_clear(&journey);
}

static void test_gap(void **state)
{
    (void)state;
    Journey journey = journey_new();
    hop(&journey, 1, "none");
    hop(&journey, 3, "pass");
    Run r = arrive(&journey, NULL, NULL);
    expect(&r, ARC_FAIL, ARC_GAP, 2);
    assert_int_equal(r.chain->n, 3);
    assert_false(r.chain->sets[1].has_seal);
    run_clear(&r);
    journey_clear(&journey);
}

static void test_chain_sealed_as_failed(void **state)
{
    (void)state;
    Journey journey = journey_new();
    hop(&journey, 1, "none");
    hop(&journey, 2, "fail");
    Run r = arrive(&journey, NULL, NULL);
    expect(&r, ARC_FAIL, ARC_CV_FAIL, 2);
    assert_int_equal(r.chain->sets[1].seal_verdict, DKIM_HEADER_VERIFIES);
    run_clear(&r);
    journey_clear(&journey);
}

static void test_keys(void **state)
{
    (void)state;
    Journey journey = journey_new();
    hop(&journey, 1, "none");
    g_autofree char *message = g_strconcat(journey.sets->str, FROM SUBJECT "\r\n" BODY, NULL);
    Run r = run(message, "x.test. 60 IN A 192.0.2.1\n");
    expect(&r, ARC_FAIL, ARC_MESSAGE_SIGNATURE, 1);
    run_clear(&r);
    r = run(message, ";!timeout arc._domainkey.hop1.test TXT\n");
    expect(&r, ARC_TEMPERROR, ARC_OK, 0);
    run_clear(&r);
    hop(&journey, 2, "pass");
    g_autofree char *longer = g_strconcat(journey.sets->str, FROM SUBJECT "\r\n" BODY, NULL);
    g_autofree char *p = signer_p(&rsa);
    g_autofree char *zone = g_strdup_printf(";!servfail arc._domainkey.hop1.test TXT\n"
                                            "arc._domainkey.hop2.test. 60 IN TXT \"p=%s\"\n",
                                            p);
    r = run(longer, zone);
    expect(&r, ARC_TEMPERROR, ARC_OK, 0);
    run_clear(&r);
    journey_clear(&journey);
}

/* RFC 8301 holds for ARC too (RFC 8617 §4.1.2 refers to DKIM). */
static void test_short_key(void **state)
{
    (void)state;
    Signer strong = rsa;
    rsa = signer_rsa(768);
    Journey journey = journey_new();
    hop(&journey, 1, "none");
    Run r = arrive(&journey, NULL, NULL);
    expect(&r, ARC_FAIL, ARC_MESSAGE_SIGNATURE, 1);
    assert_true(r.chain->sets[0].message.crypto_pass);
    assert_int_equal(r.chain->sets[0].seal_verdict, DKIM_HEADER_VERIFIES);
    run_clear(&r);
    journey_clear(&journey);
    EVP_PKEY_free(rsa.key);
    rsa = strong;
}

static void test_without_canonicalization_tag(void **state)
{
    (void)state;
    Journey journey = journey_new();
    journey.message_tags = "";
    hop(&journey, 1, "none");
    Run r = arrive(&journey, NULL, NULL);
    expect(&r, ARC_PASS, ARC_OK, 0);
    assert_int_equal(r.chain->sets[0].message.header_canon, CANON_RELAXED);
    run_clear(&r);
    journey_clear(&journey);
}

static void test_too_many(void **state)
{
    (void)state;
    g_autoptr(GString) message = g_string_new(NULL);
    for (unsigned i = 0; i < 100000; i++)
        g_string_append(message, "ARC-Seal: i=1\r\n");
    g_string_append(message, FROM "\r\n" BODY);
    Run r = run(message->str, "x.test. 60 IN A 192.0.2.1\n");
    assert_int_equal(r.chain->result, ARC_FAIL);
    assert_int_equal(r.chain->n, 1);
    run_clear(&r);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(arc_result_name(ARC_TEMPERROR), "temperror");
    assert_string_equal(arc_defect_name(ARC_MESSAGE_SIGNS_SEAL), "signs-seal");
}

static int make_keys(void **state)
{
    (void)state;
    rsa = signer_rsa(1024);
    return rsa.key ? 0 : -1;
}

static int free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa.key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),
        cmocka_unit_test(test_pass),
        cmocka_unit_test(test_oldest_pass),
        cmocka_unit_test(test_change_after_the_last_hop),
        cmocka_unit_test(test_seal_of_a_middle_hop),
        cmocka_unit_test(test_structure),
        cmocka_unit_test(test_gap),
        cmocka_unit_test(test_chain_sealed_as_failed),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_short_key),
        cmocka_unit_test(test_without_canonicalization_tag),
        cmocka_unit_test(test_too_many),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
