#include "analyzer/message/envelope.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static Envelope *infer(const char *header, const EnvelopeGiven *given, const char *const *trusted,
                       Source **source)
{
    g_autofree char *text = g_strconcat(header, "From: a@example.org\nSubject: x\n\nbody\n", NULL);
    GBytes *octets = g_bytes_new(text, strlen(text));
    *source = source_new(octets, SOURCE_AS_STORED);
    g_bytes_unref(octets);
    return envelope_infer(*source, given, trusted);
}

static void expect_fact(const EnvelopeFact *fact, const char *value, const char *origin,
                        Confidence confidence)
{
    if (g_strcmp0(fact->value, value) != 0 || strcmp(fact->origin, origin) != 0 ||
        fact->confidence != confidence)
        fail_msg("got %s from %s (%s), want %s from %s (%s)", fact->value ? fact->value : "(none)",
                 fact->origin, confidence_name(fact->confidence), value ? value : "(none)", origin,
                 confidence_name(confidence));
}

#define POSTFIX                                                                                    \
    "Received: from mail.example.org (mail.example.org [192.0.2.25])\n\tby mx.example.net "        \
    "(Postfix) with ESMTPS id 1\n"                                                                 \
    "\tfor <u@example.net>; Mon, 23 Nov 2026 10:00:10 +0100\n"

static void test_one_hop(void **state)
{
    (void)state;
    g_autoptr(Source) source = NULL;
    g_autoptr(Envelope) e =
        infer("Return-Path: <bounce@b.example.org>\nDelivered-To: v@example.net\n" POSTFIX
              "Received: from pc ([10.0.0.5]) by mail.example.org with ESMTPSA id 2;\n"
              " Mon, 23 Nov 2026 10:00:12 +0100\n",
              NULL, NULL, &source);
    expect_fact(&e->client_ip, "192.0.2.25", "received", CONFIDENCE_MEDIUM);
    expect_fact(&e->helo, "mail.example.org", "received", CONFIDENCE_MEDIUM);
    expect_fact(&e->receiver, "mx.example.net", "received", CONFIDENCE_MEDIUM);
    expect_fact(&e->recipient, "u@example.net", "received", CONFIDENCE_MEDIUM);
    expect_fact(&e->mail_from, "bounce@b.example.org", "return-path", CONFIDENCE_HIGH);
    assert_int_equal(e->mail_from.field, 0);
    assert_int_equal(e->client_ip.field, 2);
    assert_string_equal(e->mail_from_domain, "b.example.org");
    assert_string_equal(e->helo_domain, "mail.example.org");
    assert_int_equal(e->n_hops, 2);
    assert_true(e->hops[0].border && e->hops[0].trusted);
    assert_false(e->hops[1].border || e->hops[1].trusted);
    assert_true(e->has_receipt_time);
    assert_int_equal(e->receipt_time_s, 1795424410); /* date -u -d '2026-11-23 09:00:10' +%s */
    assert_true(e->hops[0].has_delay);
    assert_int_equal(e->hops[0].delay_s, -2);
    assert_false(e->hops[1].has_delay);
}

static void test_trusted(void **state)
{
    (void)state;
    static const char *const trusted[] = {"MX.example.net", NULL};
    g_autoptr(Source) source = NULL;
    g_autoptr(Envelope) e =
        infer("Received: from mx.example.net (mx.example.net [198.51.100.9]) by store.example.com "
              "with ESMTP id 0; Mon, 23 Nov 2026 10:00:20 +0100\n" POSTFIX,
              NULL, trusted, &source);
    expect_fact(&e->client_ip, "192.0.2.25", "received", CONFIDENCE_HIGH);
    assert_true(e->hops[1].border && e->hops[0].trusted && !e->hops[0].border);
    assert_int_equal(e->receipt_time_s, 1795424420);

    /* A client that only claims the trusted name is not believed. */
    g_autoptr(Source) source2 = NULL;
    g_autoptr(Envelope) f = infer(
        "Received: from mx.example.net (unknown [203.0.113.9]) by mx.example.net with ESMTP id "
        "0; Mon, 23 Nov 2026 10:00:20 +0100\n" POSTFIX,
        NULL, trusted, &source2);
    expect_fact(&f->client_ip, "203.0.113.9", "received", CONFIDENCE_HIGH);
}

static void test_inner_hops(void **state)
{
    (void)state;
    g_autoptr(Source) source = NULL;
    g_autoptr(Envelope) e = infer(
        "Received: from mx.example.net ([198.51.100.1]) by store.example.net with LMTP id 1; x\n"
        "Received: from localhost (localhost [127.0.0.1]) by mx.example.net (Postfix) with ESMTP "
        "id 2; x\n"
        "Received: from mx.example.net ([127.0.0.1]) by localhost (amavisd-new, port 10024) with "
        "ESMTP id 3; x\n"
        "Received: from gate.example.net by mx.example.net with ESMTP id 4; x\n"
        "Received: from a (b [fd00::1]) by gate.example.net with ESMTP id 5; x\n"
        "Received: from a (b [100.64.1.1]) by gate.example.net with ESMTP id 6; x\n"
        "Received: (qmail 1 invoked by uid 89); 23 Nov 2026 09:00:30 -0000\n" POSTFIX
        "Received: from z.example (z.example [203.0.113.1]) by mail.example.org with ESMTP id 7; "
        "x\n",
        NULL, NULL, &source);
    expect_fact(&e->client_ip, "192.0.2.25", "received", CONFIDENCE_MEDIUM);
    assert_int_equal(e->n_hops, 9);
    assert_true(e->hops[7].border);
    assert_false(e->hops[8].trusted);
    assert_int_equal(e->receipt_time_s, 1795424430); /* the newest trusted one that has a date */
}

/* Gmail writes Received-SPF and its results below the Received they speak of. */
static void test_below_border(void **state)
{
    (void)state;
    g_autoptr(Source) source = NULL;
    g_autoptr(Envelope) e =
        infer("Delivered-To: u@example.net\n"
              "Received: by 2002:a05:6402:34c1:b0:1:2 with SMTP id a; Mon, 23 Nov 2026 01:00:11 "
              "-0800 (PST)\n"
              "Return-Path: <a@example.org>\n"
              "Received: from mail.example.org (mail.example.org. [192.0.2.25]) by mx.google.com "
              "with ESMTPS id b for "
              "<u@example.net>; Mon, 23 Nov 2026 01:00:10 -0800 (PST)\n"
              "Received-SPF: pass (google.com: domain of a@example.org designates 192.0.2.25 as "
              "permitted sender) "
              "client-ip=192.0.2.25;\n"
              "Authentication-Results: mx.google.com; spf=pass smtp.mailfrom=a@example.org\n",
              NULL, NULL, &source);
    expect_fact(&e->client_ip, "192.0.2.25", "received", CONFIDENCE_HIGH);
    expect_fact(&e->mail_from, "a@example.org", "return-path", CONFIDENCE_HIGH);
    expect_fact(&e->receiver, "mx.google.com", "received", CONFIDENCE_HIGH);
}

/* Exchange Online: HTTPS and IPv6 within one site, statements above the border, Return-Path at the
 * end. */
static void test_exchange(void **state)
{
    (void)state;
    g_autoptr(Source) source = NULL;
    g_autoptr(Envelope) e = infer(
        "Received: from A.eur.prod.example.com (2001:db8:10::5) by B.eur.prod.example.com with "
        "HTTPS; Mon, 23 Nov "
        "2026 09:00:14 +0000\n"
        "Received: from C.eur.prod.example.com (2001:db8:20::6) by A.eur.prod.example.com "
        "(2001:db8:10::5) with "
        "Microsoft SMTP Server (version=TLS1_2, cipher=X) id 15.20; Mon, 23 Nov 2026 09:00:13 "
        "+0000\n"
        "Received: from D.mail.protection.example.com (2001:db8:30:cafe::d6) by "
        "C.outlook.example.com "
        "(2001:db8:20::12) with Microsoft SMTP Server id 15.20 via Frontend Transport; Mon, 23 Nov "
        "2026 09:00:12 "
        "+0000\n"
        "Authentication-Results: spf=pass (sender IP is 192.0.2.25) smtp.mailfrom=example.org; "
        "dkim=none\n"
        "Received-SPF: Pass (protection.example.com: domain of example.org designates 192.0.2.25 "
        "as permitted "
        "sender) receiver=protection.example.com; client-ip=192.0.2.25; helo=mail.example.org; "
        "pr=C\n"
        "Received: from mail.example.org (192.0.2.25) by D.mail.protection.example.com "
        "(10.167.16.15) with "
        "Microsoft SMTP Server id 15.20 via Frontend Transport; Mon, 23 Nov 2026 09:00:10 +0000\n"
        "Return-Path: a@example.org\n",
        NULL, NULL, &source);
    expect_fact(&e->client_ip, "192.0.2.25", "received", CONFIDENCE_HIGH);
    expect_fact(&e->helo, "mail.example.org", "received", CONFIDENCE_HIGH);
    expect_fact(&e->mail_from, "a@example.org", "return-path", CONFIDENCE_MEDIUM);
    assert_int_equal(e->receipt_time_s, 1795424414);
    assert_true(e->hops[3].border);
}

/* A filter service in front of the receiver: the receiver's statement says which hop counts. */
static void test_gateway(void **state)
{
    (void)state;
    g_autoptr(Source) source = NULL;
    g_autoptr(Envelope) e = infer("Authentication-Results: mx.example.net; spf=pass "
                                  "smtp.mailfrom=a@example.org smtp.remote-ip=192.0.2.25\n"
                                  "Received: from f.filter.example (f.filter.example "
                                  "[198.51.100.77]) by mx.example.net with ESMTP id 1; x\n"
                                  "Received: from mail.example.org (mail.example.org [192.0.2.25]) "
                                  "by f.filter.example with ESMTP id 2; x\n",
                                  NULL, NULL, &source);
    expect_fact(&e->client_ip, "192.0.2.25", "received", CONFIDENCE_MEDIUM);
    expect_fact(&e->mail_from, "a@example.org", "authentication-results", CONFIDENCE_MEDIUM);
    assert_true(e->hops[1].border && e->hops[0].trusted);
}

/* What the sender can have written does not count. */
static void test_forged(void **state)
{
    (void)state;
    g_autoptr(Source) source = NULL;
    g_autoptr(Envelope) e =
        infer("Received-SPF: pass client-ip=192.0.2.25; envelope-from=\"real@example.org\"; "
              "helo=mail.example.org\n" POSTFIX
              "Received-SPF: pass client-ip=203.0.113.66; envelope-from=x@bank.example\n"
              "Authentication-Results: mx.evil.example; spf=pass (sender IP is 203.0.113.66) "
              "smtp.mailfrom=x@bank.example\n"
              "Received: from mx.bank.example (mx.bank.example [203.0.113.66]) by mx.example.net "
              "with ESMTP id 9; x\n"
              "Return-Path: <x@bank.example>\nX-Envelope-From: <y@bank.example>\n",
              NULL, NULL, &source);
    expect_fact(&e->client_ip, "192.0.2.25", "received", CONFIDENCE_HIGH);
    expect_fact(&e->mail_from, "real@example.org", "received-spf", CONFIDENCE_MEDIUM);
}

static void test_given(void **state)
{
    (void)state;
    EnvelopeGiven given = {.mail_from = "<>",
                           .client_ip = "IPv6:2001:DB8::5",
                           .helo = "h.example",
                           .receiver = "r.example",
                           .recipient = "<t@r.example>"};
    g_autoptr(Source) source = NULL;
    g_autoptr(Envelope) e = infer("Return-Path: <a@example.org>\n" POSTFIX, &given, NULL, &source);
    expect_fact(&e->client_ip, "2001:db8::5", "option", CONFIDENCE_GIVEN);
    expect_fact(&e->helo, "h.example", "option", CONFIDENCE_GIVEN);
    expect_fact(&e->mail_from, "", "option", CONFIDENCE_GIVEN);
    expect_fact(&e->receiver, "r.example", "option", CONFIDENCE_GIVEN);
    expect_fact(&e->recipient, "t@r.example", "option", CONFIDENCE_GIVEN);
    assert_null(e->mail_from_domain);

    /* The given client's own hop gives the rest; of another connection the names are only a guess.
     */
    EnvelopeGiven older = {.client_ip = "203.0.113.1", .helo = ""};
    g_autoptr(Source) source2 = NULL;
    g_autoptr(Envelope) f = infer(POSTFIX "Received: from z.example (z.example [203.0.113.1]) by "
                                          "mail.example.org with ESMTP id 7; x\n",
                                  &older, NULL, &source2);
    assert_true(f->hops[1].border);
    expect_fact(&f->helo, "z.example", "received", CONFIDENCE_HIGH);
    EnvelopeGiven other = {.client_ip = "203.0.113.77"};
    g_autoptr(Source) source3 = NULL;
    g_autoptr(Envelope) g = infer(POSTFIX, &other, NULL, &source3);
    expect_fact(&g->client_ip, "203.0.113.77", "option", CONFIDENCE_GIVEN);
    expect_fact(&g->helo, "mail.example.org", "received", CONFIDENCE_LOW);
}

static void test_little(void **state)
{
    (void)state;
    g_autoptr(Source) source = NULL;
    g_autoptr(Envelope) none = infer("", NULL, NULL, &source);
    expect_fact(&none->client_ip, NULL, "", CONFIDENCE_NONE);
    expect_fact(&none->mail_from, NULL, "", CONFIDENCE_NONE);
    assert_false(none->has_receipt_time);
    assert_int_equal(none->n_hops, 0);

    g_autoptr(Source) source2 = NULL;
    g_autoptr(Envelope) said = infer(
        "Received-SPF: pass client-ip=192.0.2.1; envelope-from=a@example.org; helo=h.example\n",
        NULL, NULL, &source2);
    expect_fact(&said->client_ip, "192.0.2.1", "received-spf", CONFIDENCE_LOW);
    expect_fact(&said->mail_from, "a@example.org", "received-spf", CONFIDENCE_LOW);
    expect_fact(&said->helo, "h.example", "received-spf", CONFIDENCE_LOW);

    /* From outside, but the address is not told */
    g_autoptr(Source) source3 = NULL;
    g_autoptr(Envelope) bare =
        infer("Received: from machine.example by x.y.test; 21 Nov 2026 10:01:22 -0600\n", NULL,
              NULL, &source3);
    expect_fact(&bare->client_ip, NULL, "", CONFIDENCE_NONE);
    expect_fact(&bare->helo, "machine.example", "received", CONFIDENCE_LOW);
    assert_true(bare->has_receipt_time && bare->hops[0].border);

    /* Never left the machine */
    g_autoptr(Source) source4 = NULL;
    g_autoptr(Envelope) local =
        infer("Return-Path: <>\nReceived: by a.example (Postfix, from userid 33) id 3; x\n"
              "Received: from localhost (localhost [::1]) by a.example with ESMTP id 4; x\n",
              NULL, NULL, &source4);
    expect_fact(&local->client_ip, NULL, "", CONFIDENCE_NONE);
    expect_fact(&local->mail_from, "", "return-path", CONFIDENCE_HIGH);
    assert_true(local->hops[0].trusted && local->hops[1].trusted && !local->hops[1].border);

    g_autoptr(Source) source5 = NULL;
    g_autoptr(Envelope) domain = infer("Authentication-Results: spf=pass (sender IP is 192.0.2.25) "
                                       "smtp.mailfrom=example.org\n" POSTFIX,
                                       NULL, NULL, &source5);
    expect_fact(&domain->mail_from, "@example.org", "authentication-results", CONFIDENCE_MEDIUM);
    assert_string_equal(domain->mail_from_domain, "example.org");
}

static void test_return_path_forms(void **state)
{
    (void)state;
    static const char *const forms[][2] = {
        {"<a@example.org>", "a@example.org"},
        {"a@example.org", "a@example.org"},
        {"<@r.example:a@example.org> (why)", "a@example.org"},
        {"<\"a b\"@example.org>", "\"a b\"@example.org"},
        {"<>", ""},
        {"<a@\n example.org>", "a@"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(forms); i++) {
        g_autoptr(Source) source = NULL;
        g_autofree char *header = g_strdup_printf("Return-Path: %s\n" POSTFIX, forms[i][0]);
        g_autoptr(Envelope) e = infer(header, NULL, NULL, &source);
        assert_string_equal(e->mail_from.value, forms[i][1]);
    }
}

static void test_many(void **state)
{
    (void)state;
    g_autoptr(GString) header = g_string_new(NULL);
    for (int i = 0; i < ENVELOPE_MAX_HOPS + 500; i++)
        g_string_append(
            header,
            "Received: from a ([10.0.0.1]) by b with ESMTP id 1; Mon, 23 Nov 2026 10:00:10 +0100\n"
            "Received-SPF: pass client-ip=10.0.0.1\n");
    g_autoptr(Source) source = NULL;
    int64_t start = g_get_monotonic_time();
    g_autoptr(Envelope) e = infer(header->str, NULL, NULL, &source);
    assert_true(g_get_monotonic_time() - start < 10 * G_USEC_PER_SEC);
    assert_int_equal(e->n_hops, ENVELOPE_MAX_HOPS);
    assert_null(e->client_ip.value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_hop),    cmocka_unit_test(test_trusted),
        cmocka_unit_test(test_inner_hops), cmocka_unit_test(test_below_border),
        cmocka_unit_test(test_exchange),   cmocka_unit_test(test_gateway),
        cmocka_unit_test(test_forged),     cmocka_unit_test(test_given),
        cmocka_unit_test(test_little),     cmocka_unit_test(test_return_path_forms),
        cmocka_unit_test(test_many),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
