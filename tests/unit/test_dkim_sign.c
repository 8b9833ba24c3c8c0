/* dkim_sign.c: what it signs verifies, whatever the message looks like. */
#include "analyzer/auth/dkim_sign.h"

#include "analyzer/auth/dkim.h"
#include "analyzer/base/keypair.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

enum { NOW_S = 1795424405 };

#define FROM "From: Customer <info@customer.example>\r\n"
#define REST "To: anna@receiver.test\r\nSubject: Order\r\nDate: Mon, 23 Nov 2026 10:00:03 +0100\r\n"

static Source *source_of(const char *p, size_t n)
{
    g_autoptr(GBytes) octets = g_bytes_new(p, n);
    return source_new(octets, SOURCE_AS_STORED);
}

/* With the signature where the message begins; NULL when it is refused. */
static Source *signed_source(const char *p, size_t n)
{
    g_autoptr(Source) plain = source_of(p, n);
    g_autofree char *field = dkim_sign(plain, "customer.example", "s1", NOW_S);
    if (!field)
        return NULL;
    size_t start = plain->fields[0].offset;
    g_autoptr(GString) text = g_string_new_len(p, (gssize)n);
    g_string_insert(text, (gssize)start, field);
    return source_of(text->str, text->len);
}

static DkimCheck *checked(const Source *source)
{
    Pubkey *key = dkim_sign_key();
    g_autofree char *record = keypair_record(key);
    g_autofree char *zone = g_strdup_printf(
        "s1._domainkey.customer.example. TXT \"%.200s\" \"%s\"\n", record, record + 200);
    g_autoptr(GError) error = NULL;
    Dns *dns = dns_new_zone_text(span_str(zone), "test", &error);
    assert_non_null(dns);
    DnsSession *session = dns_session_new(dns);
    DkimCheck *check = dkim_check(source, session, NOW_S);
    /* What is looked at below is not borrowed from the session. */
    dns_session_free(session);
    dns_free(dns);
    pubkey_free(key);
    return check;
}

static void assert_verifies(const char *what, const char *p, size_t n, DkimResult result)
{
    g_autoptr(Source) source = signed_source(p, n);
    if (!source)
        fail_msg("%s: not signed", what);
    DkimCheck *check = checked(source);
    if (check->n == 0 || check->signatures[0].result != result || !check->signatures[0].crypto_pass)
        fail_msg("%s: %s, not %s", what,
                 check->n > 0 ? dkim_result_name(check->signatures[0].result) : "no signature",
                 dkim_result_name(result));
    dkim_check_free(check);
}

static void verifies(void **state)
{
    (void)state;
#define CASE(what, text)                                                                           \
    {                                                                                              \
        what, text, sizeof(text) - 1                                                               \
    }
    static const struct {
        const char *what, *text;
        size_t n;
    } cases[] = {
        CASE("usual", FROM REST "\r\nDear Anna\r\n"),
        CASE("empty body", FROM REST "\r\n"),
        CASE("no body", FROM REST),
        CASE("no final line end", FROM "Subject: Order"),
        CASE("From alone", FROM),
        CASE("stored with LF", "From: info@customer.example\nSubject: a\n b\n\nDear  Anna \n\n\n"),
        CASE("header CRLF, body LF", FROM REST "\r\nDear\nAnna\n"),
        CASE("body mixed", FROM REST "\r\nDear\nAnna\r\n \t\r\n\r\n"),
        CASE("header mixed", "From: info@customer.example\nSubject: a\r\n\r\nDear Anna\r\n"),
        CASE("8-bit",
             "From: Ren\xe9 <info@customer.example>\r\nSubject: \xc3\xa9\xff\r\n\r\n\xe9\r\n"),
        CASE("NUL and bare CR", FROM "Subject: a\0b\rc\r\n\r\nDear\0Anna\r"),
        CASE("white space before the colon", "From \t: info@customer.example\r\n\r\nDear Anna\r\n"),
        CASE("case of names", "FROM: info@customer.example\r\nsUBJECT: x\r\n\r\nDear Anna\r\n"),
        CASE("empty values", FROM "Subject:\r\nTo: \r\n\r\nDear Anna\r\n"),
        CASE("folds", FROM "Subject: a\r\n\t \r\n  b  \r\n\r\nDear Anna\r\n"),
        CASE("duplicated fields",
             "Subject: one\r\n" FROM "To: a@b.test\r\nSubject: two\r\nTo: c@d.test\r\n"
             "Subject: three\r\n\r\nDear Anna\r\n"),
        CASE("signed before", "DKIM-Signature: v=1; a=rsa-sha256; d=other.example; s=x; h=from; "
                              "bh=AA==; b=AA==\r\n" FROM "\r\nDear Anna\r\n"),
        CASE("mailbox line", "From a@b.test Mon Nov 23 10:00:03 2026\r\n" FROM "\r\nDear Anna\r\n"),
        CASE("stray line", FROM "no field at all\r\nSubject: x\r\n\r\nDear Anna\r\n"),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        assert_verifies(cases[i].what, cases[i].text, cases[i].n, DKIM_PASS);
}

static void verifies_large(void **state)
{
    (void)state;
    g_autoptr(GString) text = g_string_new(FROM "Subject: ");
    for (size_t i = 0; i < 1 << 20; i++)
        g_string_append_c(text, i % 900 == 899 ? ' ' : 'x');
    g_string_append(text, "\r\nReferences:");
    for (size_t i = 0; i < 5000; i++)
        g_string_append_printf(text, "\r\n <%zu@customer.example>", i);
    g_string_append(text, "\r\n\r\nDear Anna\r\n");
    assert_verifies("1 MB of Subject", text->str, text->len, DKIM_PASS);

    g_string_assign(text, FROM);
    for (size_t i = 0; i < 3000; i++)
        g_string_append_printf(text, "To: a%zu@receiver.test\r\n", i);
    g_string_append(text, "\r\nDear Anna\r\n");
    assert_verifies("3000 To fields", text->str, text->len, DKIM_PASS);
}

/* RFC 6376 §8.15: it verifies, and is not believed. */
static void several_from(void **state)
{
    (void)state;
    static const char text[] = FROM FROM "\r\nDear Anna\r\n";
    assert_verifies("two From fields", text, sizeof text - 1, DKIM_POLICY);
}

static void refuses_without_from(void **state)
{
    (void)state;
    static const char *const texts[] = {"Subject: x\r\n\r\nDear Anna\r\n", "X-From: a@b.test\r\n",
                                        "", "no message at all"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autoptr(Source) source = source_of(texts[i], strlen(texts[i]));
        assert_null(dkim_sign(source, "customer.example", "s1", NOW_S));
    }
}

/* Reports are the same octets every time, so what they are made from is too. */
static void same_every_time(void **state)
{
    (void)state;
    static const char text[] = FROM REST "\r\nDear Anna\r\n";
    g_autoptr(Source) source = source_of(text, sizeof text - 1);
    g_autofree char *one = dkim_sign(source, "customer.example", "s1", NOW_S);
    g_autofree char *two = dkim_sign(source, "customer.example", "s1", NOW_S);
    assert_string_equal(one, two);
    assert_true(g_str_has_suffix(one, "\r\n"));
    assert_non_null(strstr(one, "t=1795424405;"));
}

/* Every field of the message counts, and so does one that is put in beside it. */
static void covers(void **state)
{
    (void)state;
    static const char text[] = FROM REST "\r\nDear Anna\r\n";
    static const struct {
        const char *old, *new;
    } changes[] = {{"Order", "Offer"},
                   {"anna@", "bob@"},
                   {"10:00:03", "10:00:04"},
                   {"Dear", "Dead"},
                   {"info@c", "ceo@c"},
                   {"\r\nTo: ", "\r\nTo: x@y.test\r\nTo: "},
                   {"\r\nTo: ", "\r\nFrom: ceo@bank.example\r\nTo: "}};
    for (size_t i = 0; i < G_N_ELEMENTS(changes); i++) {
        g_autoptr(Source) source = signed_source(text, sizeof text - 1);
        g_autofree char *copy = g_strndup(source->bytes.p, source->bytes.n);
        char *at = strstr(copy, changes[i].old);
        assert_non_null(at);
        g_autofree char *changed = g_strdup_printf("%.*s%s%s", (int)(at - copy), copy,
                                                   changes[i].new, at + strlen(changes[i].old));
        g_autoptr(Source) after = source_of(changed, strlen(changed));
        DkimCheck *check = checked(after);
        assert_int_equal(check->signatures[0].result, DKIM_FAIL);
        dkim_check_free(check);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(verifies),        cmocka_unit_test(verifies_large),
        cmocka_unit_test(several_from),    cmocka_unit_test(refuses_without_from),
        cmocka_unit_test(same_every_time), cmocka_unit_test(covers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
