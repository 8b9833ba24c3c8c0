#include "analyzer/auth/dkim.h"
#include "tests/unit/signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

static const int64_t NOW = 1700000000;

#define FROM "From: Ann <ann@example.org>\r\n"
#define TO "To: Bob <bob@example.net>\r\n"
#define SUBJECT "Subject: Offer\r\n"
#define BODY "Dear Bob,\r\n\r\nall is well.\r\n"
#define START "v=1; a=rsa-sha256; d=example.org; s=one; "

static Signer rsa, short_rsa, ed25519;

/* One checked message, and what it borrows from. */
typedef struct Run {
    Source *source;
    Dns *dns;
    DnsSession *session;
    DkimCheck *check;
    const DkimSignature *first;
} Run;

static Run run(const char *message, const char *zone)
{
    Run r = {.source = source_of(message), .dns = dns_of(zone)};
    r.session = dns_session_new(r.dns);
    r.check = dkim_check(r.source, r.session, NOW);
    r.first = r.check->signatures;
    return r;
}

static void run_clear(Run *r)
{
    dkim_check_free(r->check);
    dns_session_free(r->session);
    dns_free(r->dns);
    source_free(r->source);
}

/* "one._domainkey.example.org. TXT" with `tags` and the key. */
static char *zone_with(const Signer *signer, const char *tags)
{
    g_autofree char *p = signer_p(signer);
    return g_strdup_printf("one._domainkey.example.org. 60 IN TXT \"%sp=%s\"\n", tags, p);
}

/* Signs `fields` and BODY with the given tags (and bh=, b= after them), simple/simple unless the
 * tags say otherwise. */
static char *signed_with(const Signer *signer, const char *tags, const char *fields)
{
    g_autofree char *bh = digest_base64("SHA256", BODY);
    g_autofree char *value = g_strdup_printf("%sbh=%s; b=", tags, bh);
    return sign_simple(signer, fields, "DKIM-Signature", value);
}

/* The whole of it: From and To signed with `tags`, key record with `record_tags`. */
static Run run_tags(const char *tags, const char *record_tags)
{
    g_autofree char *signature = signed_with(&rsa, tags, FROM TO);
    g_autofree char *message = g_strconcat(signature, FROM TO SUBJECT "\r\n" BODY, NULL);
    g_autofree char *zone = zone_with(&rsa, record_tags);
    return run(message, zone);
}

static Run run_zone(const char *zone)
{
    g_autofree char *signature = signed_with(&rsa, START "h=from:to; ", FROM TO);
    g_autofree char *message = g_strconcat(signature, FROM TO SUBJECT "\r\n" BODY, NULL);
    return run(message, zone);
}

static void expect_tags(const char *tags, const char *record_tags, DkimResult result,
                        unsigned problems, bool crypto)
{
    Run r = run_tags(tags, record_tags);
    if (r.first->result != result || r.first->problems != problems)
        print_message("%s | %s: %s, problems %x\n", tags, record_tags,
                      dkim_result_name(r.first->result), r.first->problems);
    assert_int_equal(r.first->result, result);
    assert_int_equal(r.first->problems, problems);
    assert_int_equal(r.first->crypto_pass, crypto);
    run_clear(&r);
}

static void test_pass(void **state)
{
    (void)state;
    Run r = run_tags(START "h=from:to; ", "v=DKIM1; ");
    assert_int_equal(r.check->n, 1);
    assert_int_equal(r.check->result, DKIM_PASS);
    assert_int_equal(r.first->result, DKIM_PASS);
    assert_int_equal(r.first->key, DKIM_KEY_USABLE);
    assert_int_equal(r.first->header, DKIM_HEADER_VERIFIES);
    assert_int_equal(r.first->body, DKIM_BODY_MATCHES);
    assert_true(r.first->crypto_pass);
    assert_int_equal(r.first->problems, 0);
    assert_string_equal(r.first->domain, "example.org");
    assert_string_equal(r.first->key_name, "one._domainkey.example.org");
    assert_string_equal(r.first->identity, "@example.org");
    assert_int_equal(r.first->canonical_body_size, strlen(BODY));
    assert_true(r.first->recovered);
    run_clear(&r);
}

static void test_relaxed(void **state)
{
    (void)state;
    g_autofree char *bh = digest_base64("SHA256", "Dear Bob,\r\n\r\nall is well.\r\n");
    g_autofree char *canonical = g_strdup_printf(
        "subject:A long one\r\nfrom:Ann <ann@example.org>\r\n"
        "dkim-signature:v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org; s=one; "
        "h=Subject : From; b=; bh=%s",
        bh);
    g_autofree char *b = signer_sign(&rsa, canonical);
    g_autofree char *message = g_strdup_printf(
        "DKIM-SIGNATURE : v=1; a=rsa-sha256;\r\n\tc=relaxed/relaxed; d=example.org; s=one;\r\n"
        " h=Subject : From; b= %.20s\r\n  %s ;\r\n bh=%s\r\n"
        "FROM:Ann  <ann@example.org>  \r\nSubject: A\r\n  long one\r\n\r\n"
        "Dear   Bob,\t\r\n \r\nall is  well.  \r\n\r\n\r\n",
        b, b + 20, bh);
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run(message, zone);
    assert_int_equal(r.first->result, DKIM_PASS);
    assert_int_equal(r.first->n_names, 2);
    assert_string_equal(r.first->names[0].name, "subject");
    assert_int_equal(r.first->names[0].field, 2);
    run_clear(&r);
}

static void test_ed25519(void **state)
{
    (void)state;
    const char *tags = "v=1; a=ed25519-sha256; d=example.org; s=one; h=from:to; ";
    g_autofree char *signature = signed_with(&ed25519, tags, FROM TO);
    g_autofree char *zone = zone_with(&ed25519, "k=ed25519; ");
    g_autofree char *good = g_strconcat(signature, FROM TO "\r\n" BODY, NULL);
    Run r = run(good, zone);
    assert_int_equal(r.first->result, DKIM_PASS);
    run_clear(&r);
    g_autofree char *bad = g_strconcat(signature, FROM "To: eve@example.net\r\n\r\n" BODY, NULL);
    r = run(bad, zone);
    assert_int_equal(r.first->result, DKIM_FAIL);
    assert_int_equal(r.first->header, DKIM_HEADER_UNVERIFIED);
    assert_int_equal(r.first->body, DKIM_BODY_MATCHES);
    assert_false(r.first->recovered);
    run_clear(&r);
}

static void test_changed_body(void **state)
{
    (void)state;
    g_autofree char *signature = signed_with(&rsa, START "h=from:to; ", FROM TO);
    g_autofree char *message = g_strconcat(signature, FROM TO "\r\n" BODY "-- \r\nlist\r\n", NULL);
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run(message, zone);
    assert_int_equal(r.first->result, DKIM_FAIL);
    assert_int_equal(r.first->header, DKIM_HEADER_VERIFIES);
    assert_int_equal(r.first->body, DKIM_BODY_DIFFERS);
    assert_false(r.first->crypto_pass);
    run_clear(&r);
}

static void test_changed_header_recovers_what_was_signed(void **state)
{
    (void)state;
    g_autofree char *bh = digest_base64("SHA256", BODY);
    g_autofree char *field =
        g_strdup_printf("DKIM-Signature: " START "h=from:subject; bh=%s; b=", bh);
    g_autofree char *text = g_strconcat(FROM SUBJECT, field, NULL);
    g_autofree char *b = signer_sign(&rsa, text);
    g_autofree char *message =
        g_strconcat(field, b, "\r\n" FROM "Subject: [external] Offer\r\n\r\n" BODY, NULL);
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run(message, zone);
    assert_int_equal(r.first->result, DKIM_FAIL);
    assert_int_equal(r.first->header, DKIM_HEADER_CHANGED);
    assert_true(r.first->recovered);
    assert_int_equal(r.first->recovered_hash, HASH_SHA256);
    g_autofree char *signed_digest = digest_base64("SHA256", text);
    g_autofree char *recovered = base64_of(r.first->recovered_digest, 32);
    assert_string_equal(recovered, signed_digest);
    run_clear(&r);
}

static void test_other_key_and_other_hash(void **state)
{
    (void)state;
    Signer other = signer_rsa(1024);
    g_autofree char *zone = zone_with(&other, "");
    Run r = run_zone(zone);
    assert_int_equal(r.first->header, DKIM_HEADER_KEY_OR_VALUE);
    assert_int_equal(r.first->result, DKIM_FAIL);
    run_clear(&r);
    other.digest = "SHA1";
    g_autofree char *signature = signed_with(&other, START "h=from:to; ", FROM TO);
    g_autofree char *message = g_strconcat(signature, FROM TO "\r\n" BODY, NULL);
    r = run(message, zone);
    assert_int_equal(r.first->header, DKIM_HEADER_WRONG_HASH);
    assert_int_equal(r.first->recovered_hash, HASH_SHA1);
    assert_int_equal(r.first->result, DKIM_FAIL);
    run_clear(&r);
    EVP_PKEY_free(other.key);
}

/* RFC 8301 §3: computed, never a pass. */
static void test_weak_signatures(void **state)
{
    (void)state;
    g_autofree char *sha1_bh = digest_base64("SHA1", BODY);
    g_autofree char *value =
        g_strdup_printf("v=1; a=rsa-sha1; d=example.org; s=one; h=from; bh=%s; b=", sha1_bh);
    Signer sha1 = rsa;
    sha1.digest = "SHA1";
    g_autofree char *signature = sign_simple(&sha1, FROM, "DKIM-Signature", value);
    g_autofree char *message = g_strconcat(signature, FROM "\r\n" BODY, NULL);
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run(message, zone);
    assert_int_equal(r.first->result, DKIM_PERMERROR);
    assert_int_equal(r.first->problems, DKIM_PROBLEM_SHA1);
    assert_true(r.first->crypto_pass);
    run_clear(&r);

    g_autofree char *short_signature = signed_with(&short_rsa, START "h=from; ", FROM);
    g_autofree char *short_message = g_strconcat(short_signature, FROM "\r\n" BODY, NULL);
    g_autofree char *short_zone = zone_with(&short_rsa, "");
    r = run(short_message, short_zone);
    assert_int_equal(r.first->result, DKIM_PERMERROR);
    assert_int_equal(r.first->problems, DKIM_PROBLEM_SHORT_KEY);
    assert_true(r.first->crypto_pass);
    run_clear(&r);
}

static void test_missing_tags(void **state)
{
    (void)state;
    static const char *const tags[] = {"v=1",           "a=rsa-sha256", "b=AAAA", "bh=AAAA",
                                       "d=example.org", "h=from",       "s=one"};
    for (size_t skip = 0; skip < G_N_ELEMENTS(tags); skip++) {
        g_autoptr(GString) message = g_string_new("DKIM-Signature: ");
        for (size_t i = 0; i < G_N_ELEMENTS(tags); i++)
            if (i != skip)
                g_string_append_printf(message, "%s; ", tags[i]);
        g_string_append(message, "\r\n" FROM "\r\n" BODY);
        Run r = run(message->str, "x.test. 60 IN A 192.0.2.1\n");
        assert_int_equal(r.first->result, DKIM_PERMERROR);
        assert_true(r.first->problems & DKIM_PROBLEM_MISSING_TAG);
        run_clear(&r);
    }
}

static void test_syntax(void **state)
{
    (void)state;
    static const struct {
        const char *tags;
        unsigned problems;
        const char *defect_tag;
    } cases[] = {
        {START "s=two; h=from:to; ", DKIM_PROBLEM_SYNTAX, ""},
        {START ";h=from:to; ", DKIM_PROBLEM_SYNTAX, ""},
        {START "h=from:to; l=; ", DKIM_PROBLEM_SYNTAX, "l"},
        {START "h=from:to; l=-1; ", DKIM_PROBLEM_SYNTAX, "l"},
        {START "h=from:to; t=1234567890123; ", DKIM_PROBLEM_SYNTAX, "t"},
        {START "h=from:to; x=soon; ", DKIM_PROBLEM_SYNTAX, "x"},
        {START "h=from:to; i=a=4@example.org; ", DKIM_PROBLEM_SYNTAX, "i"},
        {START "h=from to; ", DKIM_PROBLEM_SYNTAX | DKIM_PROBLEM_FROM_NOT_SIGNED, "h"},
        {START "h=; ", DKIM_PROBLEM_SYNTAX | DKIM_PROBLEM_FROM_NOT_SIGNED, "h"},
        {"v=1; a=rsa-sha256; d=example.org.; s=one; h=from:to; ", DKIM_PROBLEM_DOMAIN, ""},
        {"v=1; a=rsa-sha256; d=org; s=one; h=from:to; ", DKIM_PROBLEM_DOMAIN, ""},
        {"v=1; a=rsa-sha256; d=example.org; s=o(ne; h=from:to; ", DKIM_PROBLEM_DOMAIN, ""},
        {START "h=to; ", DKIM_PROBLEM_FROM_NOT_SIGNED, ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Run r = run_tags(cases[i].tags, "");
        if (r.first->problems != cases[i].problems)
            print_message("%s: problems %x\n", cases[i].tags, r.first->problems);
        assert_int_equal(r.first->problems, cases[i].problems);
        assert_string_equal(r.first->defect_tag, cases[i].defect_tag);
        assert_int_equal(r.first->result, DKIM_PERMERROR);
        run_clear(&r);
    }
}

static void test_unreadable_value(void **state)
{
    (void)state;
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run("DKIM-Signature: " START "h=from; bh=AAAA; b=A*A\r\n" FROM "\r\n" BODY, zone);
    assert_int_equal(r.first->result, DKIM_PERMERROR);
    assert_string_equal(r.first->defect_tag, "b");
    assert_int_equal(r.first->key, DKIM_KEY_USABLE);
    assert_int_equal(r.first->header, DKIM_HEADER_NOT_EVALUATED);
    assert_int_equal(r.first->body, DKIM_BODY_DIFFERS);
    run_clear(&r);
}

static void test_unknown_things_are_neutral(void **state)
{
    (void)state;
    const char *rest = "d=example.org; s=one; h=from:to; ";
    g_autofree char *version = g_strconcat("v=2; a=rsa-sha256; ", rest, NULL);
    g_autofree char *algorithm = g_strconcat("v=1; a=rsa-sha512; ", rest, NULL);
    g_autofree char *canon = g_strconcat("v=1; a=rsa-sha256; c=simple/strict; ", rest, NULL);
    expect_tags(version, "", DKIM_NEUTRAL, DKIM_PROBLEM_VERSION, true);
    expect_tags(algorithm, "", DKIM_NEUTRAL, DKIM_PROBLEM_ALGORITHM | DKIM_PROBLEM_KEY_TYPE, false);
    expect_tags(canon, "", DKIM_NEUTRAL, DKIM_PROBLEM_CANON, false);
    expect_tags(START "h=from:to; q=dns/special; ", "", DKIM_NEUTRAL, DKIM_PROBLEM_QUERY, true);
    expect_tags(START "h=from:to; q=http/x : dns/txt; ", "", DKIM_PASS, 0, true);
    expect_tags(START "h=from:to; zz=1; ", "", DKIM_PASS, 0, true);
}

static void test_identity(void **state)
{
    (void)state;
    expect_tags(START "h=from:to; i=ann@mail.example.org; ", "", DKIM_PASS, 0, true);
    expect_tags(START "h=from:to; i=@example.com; ", "", DKIM_PERMERROR, DKIM_PROBLEM_IDENTITY,
                true);
    expect_tags(START "h=from:to; i=@notexample.org; ", "", DKIM_PERMERROR, DKIM_PROBLEM_IDENTITY,
                true);
    expect_tags(START "h=from:to; i=ann; ", "", DKIM_PERMERROR, DKIM_PROBLEM_IDENTITY, true);
    expect_tags(START "h=from:to; i=@mail.example.org; ", "t=s; ", DKIM_PERMERROR,
                DKIM_PROBLEM_STRICT_IDENTITY, true);
    expect_tags(START "h=from:to; i=ann@EXAMPLE.org; ", "t=s:y; ", DKIM_PASS, 0, true);
    expect_tags(START "h=from:to; i=ann=\r\n 20@example.org; ", "", DKIM_PERMERROR,
                DKIM_PROBLEM_SYNTAX, true);
    expect_tags(START "h=from:to; i=ann@example.org.; ", "", DKIM_PERMERROR, DKIM_PROBLEM_IDENTITY,
                true);
    expect_tags(START "h=from:to; i=ann@bob@example.org; ", "", DKIM_PERMERROR,
                DKIM_PROBLEM_IDENTITY, true);
    expect_tags(START "h=from:to; i=\"ann@bob\"@example.org; ", "", DKIM_PASS, 0, true);
    Run r = run_tags(START "h=from:to; i=ann=3D\r\n =20x@example.org; ", "");
    assert_string_equal(r.first->identity, "ann= x@example.org");
    assert_string_equal(r.first->identity_domain, "example.org");
    assert_int_equal(r.first->result, DKIM_PASS);
    run_clear(&r);
}

static void test_time(void **state)
{
    (void)state;
    expect_tags(START "h=from:to; t=1699999999; x=1700000000; ", "", DKIM_PASS, 0, true);
    expect_tags(START "h=from:to; x=1699999999; ", "", DKIM_POLICY, DKIM_PROBLEM_EXPIRED, true);
    expect_tags(START "h=from:to; t=1700000300; ", "", DKIM_PASS, 0, true);
    expect_tags(START "h=from:to; t=1700000301; ", "", DKIM_POLICY, DKIM_PROBLEM_FUTURE, true);
    expect_tags(START "h=from:to; t=1700000100; x=1700000100; ", "", DKIM_PERMERROR,
                DKIM_PROBLEM_X_BEFORE_T, true);
    expect_tags(START "h=from:to; x=999999999999; ", "", DKIM_PASS, 0, true);
}

static void test_length(void **state)
{
    (void)state;
    g_autofree char *signature = signed_with(&rsa, START "h=from; l=27; ", FROM);
    assert_int_equal(strlen(BODY), 27);
    g_autofree char *longer = g_strconcat(signature, FROM "\r\n" BODY "and more\r\n", NULL);
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run(longer, zone);
    assert_int_equal(r.first->result, DKIM_PASS);
    assert_true(r.first->has_length);
    assert_int_equal(r.first->canonical_body_size, 27 + strlen("and more\r\n"));
    run_clear(&r);
    expect_tags(START "h=from:to; l=28; ", "", DKIM_PERMERROR, DKIM_PROBLEM_LENGTH, true);
    expect_tags(START "h=from:to; l=99999999999999999999999; ", "", DKIM_PERMERROR,
                DKIM_PROBLEM_LENGTH, true);
}

static void test_several_from_fields(void **state)
{
    (void)state;
    g_autofree char *signature = signed_with(&rsa, START "h=from; ", FROM);
    g_autofree char *message =
        g_strconcat(signature, "From: eve@example.com\r\n" FROM "\r\n" BODY, NULL);
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run(message, zone);
    assert_true(r.first->crypto_pass);
    assert_int_equal(r.first->result, DKIM_POLICY);
    assert_int_equal(r.first->problems, DKIM_PROBLEM_MULTIPLE_FROM);
    run_clear(&r);
}

static void expect_key(const char *zone, DkimKeyVerdict key, DkimResult result, unsigned problems)
{
    Run r = run_zone(zone);
    if (r.first->key != key || r.first->result != result)
        print_message("%s: %s %s\n", zone, dkim_key_verdict_name(r.first->key),
                      dkim_result_name(r.first->result));
    assert_int_equal(r.first->key, key);
    assert_int_equal(r.first->result, result);
    assert_int_equal(r.first->problems, problems);
    assert_int_equal(r.first->body, DKIM_BODY_MATCHES);
    run_clear(&r);
}

static void test_key_verdicts(void **state)
{
    (void)state;
    const char *name = "one._domainkey.example.org.";
    static const struct {
        const char *record;
        DkimKeyVerdict key;
        DkimResult result;
    } cases[] = {
        {"60 IN A 192.0.2.1", DKIM_KEY_MISSING, DKIM_PERMERROR},
        {"60 IN TXT \"v=DKIM1; p=\"", DKIM_KEY_REVOKED, DKIM_PERMERROR},
        {"60 IN TXT \"v=DKIM1; p=AAAA\"", DKIM_KEY_MALFORMED, DKIM_PERMERROR},
        {"60 IN TXT \"v=spf1 -all\"", DKIM_KEY_MALFORMED, DKIM_PERMERROR},
        {"60 IN CNAME gone.example.com.", DKIM_KEY_MISSING, DKIM_PERMERROR},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *zone = g_strdup_printf("%s %s\n", name, cases[i].record);
        expect_key(zone, cases[i].key, cases[i].result, 0);
    }
    expect_key("other.test. 60 IN A 192.0.2.1\n", DKIM_KEY_MISSING, DKIM_PERMERROR, 0);
    expect_key(";!servfail one._domainkey.example.org TXT\n", DKIM_KEY_UNAVAILABLE, DKIM_TEMPERROR,
               0);
    expect_key(";!timeout one._domainkey.example.org TXT\n", DKIM_KEY_UNAVAILABLE, DKIM_TEMPERROR,
               0);
}

static void test_key_restrictions(void **state)
{
    (void)state;
    const char *tags = START "h=from:to; ";
    expect_tags(tags, "h=sha1; ", DKIM_PERMERROR, DKIM_PROBLEM_KEY_HASH, true);
    expect_tags(tags, "h=sha1:sha256; ", DKIM_PASS, 0, true);
    expect_tags(tags, "s=tlsrpt; ", DKIM_PERMERROR, DKIM_PROBLEM_KEY_SERVICE, true);
    expect_tags(tags, "s=tlsrpt:*; ", DKIM_PASS, 0, true);
    g_autofree char *zone = zone_with(&ed25519, "k=ed25519; ");
    expect_key(zone, DKIM_KEY_UNSUITABLE, DKIM_PERMERROR, DKIM_PROBLEM_KEY_TYPE);
}

static void test_several_key_records(void **state)
{
    (void)state;
    Signer other = signer_rsa(1024);
    g_autofree char *mine = zone_with(&rsa, "");
    g_autofree char *restricted = zone_with(&rsa, "s=tlsrpt; ");
    g_autofree char *others = zone_with(&other, "");
    const char *revoked = "one._domainkey.example.org. 60 IN TXT \"p=\"\n";
    const char *foreign = "one._domainkey.example.org. 60 IN TXT \"v=spf1 -all\"\n";

    g_autofree char *two = g_strconcat(others, mine, NULL);
    expect_key(two, DKIM_KEY_MULTIPLE, DKIM_PASS, 0);
    g_autofree char *with_foreign = g_strconcat(foreign, mine, revoked, NULL);
    expect_key(with_foreign, DKIM_KEY_USABLE, DKIM_PASS, 0);
    g_autofree char *without_objection = g_strconcat(restricted, mine, NULL);
    expect_key(without_objection, DKIM_KEY_MULTIPLE, DKIM_PASS, 0);
    g_autofree char *only_restricted = g_strconcat(restricted, others, NULL);
    expect_key(only_restricted, DKIM_KEY_MULTIPLE, DKIM_PERMERROR, DKIM_PROBLEM_KEY_SERVICE);
    EVP_PKEY_free(other.key);
}

static void test_key_behind_cname(void **state)
{
    (void)state;
    g_autofree char *p = signer_p(&rsa);
    g_autofree char *zone =
        g_strdup_printf("one._domainkey.example.org. 60 IN CNAME k1.example.com.\n"
                        "k1.example.com. 60 IN TXT \"v=DKIM1; p=%.100s\" \"%s\"\n",
                        p, p + 100);
    expect_key(zone, DKIM_KEY_USABLE, DKIM_PASS, 0);
}

/* RFC 6376 §5.4.2: from the bottom up, then the null string. */
static void test_repeated_names(void **state)
{
    (void)state;
    const char *low = "Received: from b.test\r\n", *high = "Received: from a.test\r\n";
    g_autofree char *fields = g_strconcat(low, high, FROM, NULL);
    g_autofree char *signature =
        signed_with(&rsa, START "h=Received:received:from:Received:From:x-none; ", fields);
    g_autofree char *message = g_strconcat(signature, high, low, FROM "\r\n" BODY, NULL);
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run(message, zone);
    assert_int_equal(r.first->result, DKIM_PASS);
    assert_int_equal(r.first->n_names, 6);
    assert_int_equal(r.first->n_repeats, 3);
    assert_int_equal(r.first->names[0].field, 2);
    assert_int_equal(r.first->names[1].field, 1);
    assert_false(r.first->names[3].present);
    run_clear(&r);
    g_autofree char *added = g_strconcat("Received: from c.test\r\n", message, NULL);
    r = run(added, zone);
    assert_int_equal(r.first->header, DKIM_HEADER_CHANGED);
    run_clear(&r);
}

/* The field being verified was not there yet when h= named DKIM-Signature. */
static void test_own_field_is_not_signed(void **state)
{
    (void)state;
    const char *older = "DKIM-Signature: v=9; d=example.com\r\n";
    g_autofree char *fields = g_strconcat(older, FROM, NULL);
    g_autofree char *signature =
        signed_with(&rsa, START "h=dkim-signature:dkim-signature:from; ", fields);
    g_autofree char *message = g_strconcat(signature, older, FROM "\r\n" BODY, NULL);
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run(message, zone);
    assert_int_equal(r.check->n, 2);
    assert_int_equal(r.first->result, DKIM_PASS);
    assert_int_equal(r.first->n_repeats, 1);
    run_clear(&r);
}

static void test_headers_only(void **state)
{
    (void)state;
    static const char *const tags[] = {START "h=from; ", START "h=from; l=27; "};
    static const char *const ends[] = {"", "\r\n", "\r\n\r\n \r\n"};
    g_autofree char *zone = zone_with(&rsa, "");
    for (size_t i = 0; i < G_N_ELEMENTS(tags) * G_N_ELEMENTS(ends); i++) {
        g_autofree char *signature = signed_with(&rsa, tags[i % G_N_ELEMENTS(tags)], FROM);
        const char *end = ends[i / G_N_ELEMENTS(tags)];
        g_autofree char *message = g_strconcat(signature, FROM, end, NULL);
        Run r = run(message, zone);
        assert_int_equal(r.first->header, DKIM_HEADER_VERIFIES);
        assert_int_equal(r.first->body, DKIM_BODY_NOT_SUPPLIED);
        assert_int_equal(r.first->result, DKIM_NEUTRAL);
        assert_int_equal(r.first->problems, 0);
        run_clear(&r);
    }
}

/* RFC 6376 §3.4.3: the empty body is one CRLF in simple. */
static void test_empty_body_signed(void **state)
{
    (void)state;
    const char *value = START "h=from; bh=frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=; b=";
    g_autofree char *signature = sign_simple(&rsa, FROM, "DKIM-Signature", value);
    g_autofree char *message = g_strconcat(signature, FROM, NULL);
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run(message, zone);
    assert_int_equal(r.first->body, DKIM_BODY_MATCHES);
    assert_int_equal(r.first->result, DKIM_PASS);
    run_clear(&r);
}

/* Before bh= and v=: fields, empty line, body, empty line, signature under one hash. */
static void test_drafts(void **state)
{
    (void)state;
    const char *value = "a=rsa-sha256; d=example.org; s=one; h=from; b=";
    g_autofree char *signature =
        sign_simple(&rsa, FROM "\r\n" BODY "\r\n", "DKIM-Signature", value);
    g_autofree char *message = g_strconcat(signature, FROM "\r\n" BODY, NULL);
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run(message, zone);
    assert_true(r.first->crypto_pass);
    assert_int_equal(r.first->result, DKIM_PERMERROR);
    assert_int_equal(r.first->problems, DKIM_PROBLEM_MISSING_TAG);
    run_clear(&r);
}

static void test_best_result_counts(void **state)
{
    (void)state;
    g_autofree char *good = signed_with(&rsa, START "h=from; ", FROM);
    g_autofree char *bad = signed_with(&rsa, START "h=from:subject; ", FROM);
    g_autofree char *message =
        g_strconcat("DKIM-Signature: junk\r\n", bad, good, FROM SUBJECT "\r\n" BODY, NULL);
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run(message, zone);
    assert_int_equal(r.check->signatures[0].result, DKIM_PERMERROR);
    assert_int_equal(r.check->signatures[1].result, DKIM_FAIL);
    assert_int_equal(r.check->signatures[2].result, DKIM_PASS);
    assert_int_equal(r.check->result, DKIM_PASS);
    run_clear(&r);
    r = run(FROM "\r\n" BODY, zone);
    assert_int_equal(r.check->result, DKIM_NONE);
    assert_int_equal(r.check->n, 0);
    run_clear(&r);
}

static void test_limits(void **state)
{
    (void)state;
    g_autofree char *signature = signed_with(&rsa, START "h=from; ", FROM);
    g_autoptr(GString) message = g_string_new(NULL);
    for (size_t i = 0; i < 1200; i++)
        g_string_append(message, signature);
    g_string_append(message, FROM "\r\n" BODY);
    g_autofree char *zone = zone_with(&rsa, "");
    Run r = run(message->str, zone);
    assert_int_equal(r.check->n_fields, 1200);
    assert_int_equal(r.check->n, DKIM_MAX_LISTED);
    assert_int_equal(r.check->signatures[49].result, DKIM_PASS);
    assert_int_equal(r.check->signatures[50].result, DKIM_NEUTRAL);
    assert_int_equal(r.check->signatures[50].problems, DKIM_PROBLEM_OVER_LIMIT);
    run_clear(&r);
}

/* Many names and many fields at once: seconds would be quadratic. */
static void test_hostile_sizes(void **state)
{
    (void)state;
    alarm(60);
    g_autoptr(GString) message = g_string_new(NULL);
    for (size_t i = 0; i < 20; i++) {
        g_string_append(message, "DKIM-Signature: " START "bh=AAAA; b=AAAA; h=from");
        for (size_t j = 0; j < 50000; j++)
            g_string_append(message, ":a:b");
        g_string_append(message, "\r\n");
    }
    for (size_t j = 0; j < 200000; j++)
        g_string_append(message, "a:\r\n");
    g_string_append(message, FROM "\r\n" BODY);
    Run r = run(message->str, "x.test. 60 IN A 192.0.2.1\n");
    assert_int_equal(r.check->n, 20);
    assert_int_equal(r.first->n_names, 100000);
    assert_string_equal(r.first->defect_tag, "h");
    assert_true(r.first->names[1].present);
    assert_false(r.first->names[2].present);
    run_clear(&r);
    alarm(0);
}

static void test_oversized_field(void **state)
{
    (void)state;
    g_autofree char *padding = g_strnfill((1 << 20) + 1, 'x');
    g_autofree char *message =
        g_strconcat("DKIM-Signature: " START "h=from; z=", padding, "\r\n" FROM "\r\n" BODY, NULL);
    Run r = run(message, "x.test. 60 IN A 192.0.2.1\n");
    assert_int_equal(r.first->result, DKIM_PERMERROR);
    assert_true(r.first->problems & DKIM_PROBLEM_SYNTAX);
    run_clear(&r);
}

static void test_names(void **state)
{
    (void)state;
    assert_string_equal(dkim_result_name(DKIM_TEMPERROR), "temperror");
    assert_string_equal(dkim_key_verdict_name(DKIM_KEY_UNSUITABLE), "unsuitable");
    assert_string_equal(dkim_header_verdict_name(DKIM_HEADER_KEY_OR_VALUE), "key-or-value");
    assert_string_equal(dkim_body_verdict_name(DKIM_BODY_NOT_SUPPLIED), "not-supplied");
}

static int make_keys(void **state)
{
    (void)state;
    rsa = signer_rsa(1024);
    short_rsa = signer_rsa(768);
    ed25519 = signer_ed25519();
    return rsa.key && short_rsa.key && ed25519.key ? 0 : -1;
}

static int free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa.key);
    EVP_PKEY_free(short_rsa.key);
    EVP_PKEY_free(ed25519.key);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pass),
        cmocka_unit_test(test_relaxed),
        cmocka_unit_test(test_ed25519),
        cmocka_unit_test(test_changed_body),
        cmocka_unit_test(test_changed_header_recovers_what_was_signed),
        cmocka_unit_test(test_other_key_and_other_hash),
        cmocka_unit_test(test_weak_signatures),
        cmocka_unit_test(test_missing_tags),
        cmocka_unit_test(test_syntax),
        cmocka_unit_test(test_unreadable_value),
        cmocka_unit_test(test_unknown_things_are_neutral),
        cmocka_unit_test(test_identity),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_length),
        cmocka_unit_test(test_several_from_fields),
        cmocka_unit_test(test_key_verdicts),
        cmocka_unit_test(test_key_restrictions),
        cmocka_unit_test(test_several_key_records),
        cmocka_unit_test(test_key_behind_cname),
        cmocka_unit_test(test_repeated_names),
        cmocka_unit_test(test_own_field_is_not_signed),
        cmocka_unit_test(test_headers_only),
        cmocka_unit_test(test_empty_body_signed),
        cmocka_unit_test(test_drafts),
        cmocka_unit_test(test_best_result_counts),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_hostile_sizes),
        cmocka_unit_test(test_oversized_field),
        cmocka_unit_test(test_names),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
