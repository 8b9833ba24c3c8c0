/* Masks, pseudonyms, and redacted messages of any octets: as many as before, line ends in their
 * places, and in bounded time. */
#include "analyzer/message/mime.h"
#include "reports/mask.h"
#include "reports/pseudonym.h"
#include "reports/redact_internal.h"

// clang-format off
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
// clang-format on
#include <string.h>

static Redaction *redaction_open(Catalogue **catalogue)
{
    *catalogue = catalogue_new_empty();
    return redaction_new(*catalogue);
}

/* Owned. */
static GString *redact(const char *p, size_t n)
{
    g_autoptr(GBytes) octets = g_bytes_new(p, n);
    g_autoptr(Source) source = source_new(octets, SOURCE_AS_STORED);
    g_autoptr(Mime) mime = mime_parse(source);
    g_autoptr(Catalogue) catalogue = NULL;
    g_autoptr(Redaction) redaction = redaction_open(&catalogue);
    redaction_learn(redaction, source, mime);
    return redaction_message(redaction, source, mime);
}

static void check_message(const char *message, const char *wanted)
{
    GString *got = redact(message, strlen(message));
    assert_string_equal(got->str, wanted);
    g_string_free(got, TRUE);
}

static void masks_keep_length_and_form(void **state)
{
    (void)state;
    const struct {
        const char *raw, *masked;
    } cases[] = {
        {"Beste Jan, 16.00 uur\r\n\t-- ", "Xxxxx Xxx, 00.00 xxx\r\n\t-- "},
        {"Zo\u00eb \u4e2d \U0001F600", "Xx\u00f8 \u1e8b \U0001D465"},
        {"a\u00a0b\u200bc\u201cd\u201d",
         "x\u00a0x\u200bx\u201cx\u201d"}, /* what is not read stays */
        {"Ren\xe9", "Xxx\xf8"},
        {"\xe2\x82", "\xf8\xf8"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        mask_append(out, span_str(cases[i].raw));
        assert_string_equal(out->str, cases[i].masked);
        assert_int_equal(out->len, strlen(cases[i].raw));
    }
}

static char *stand_in(Pseudonyms *pseudonyms, PseudonymKind kind, const char *secret, size_t octets)
{
    GString *out = g_string_new(NULL);
    pseudonyms_append(pseudonyms, kind, span_str(secret), octets, out);
    return g_string_free(out, FALSE);
}

static void check_stand_in(Pseudonyms *pseudonyms, const char *secret, size_t octets,
                           const char *wanted)
{
    g_autofree char *got = stand_in(pseudonyms, PSEUDONYM_USER, secret, octets);
    assert_string_equal(got, wanted);
}

static void the_same_secret_has_the_same_pseudonym(void **state)
{
    (void)state;
    g_autoptr(Pseudonyms) pseudonyms = pseudonyms_new();
    check_stand_in(pseudonyms, "jan.jansen", 10, "user1xxxxx");
    check_stand_in(pseudonyms, "piet", 4, "xxx2");
    check_stand_in(pseudonyms, "JAN.Jansen", 12, "user1xxxxxxx"); /* quoted */
    check_stand_in(pseudonyms, "j", 1, "3");
    check_stand_in(pseudonyms, "ZO\u00cb", 5, "user4");
    check_stand_in(pseudonyms, "zo\u00eb", 5, "user4");
    g_autofree char *host = stand_in(pseudonyms, PSEUDONYM_HOST, "piet", 4);
    assert_string_equal(host, "xxx1"); /* of another kind */
    for (int i = 0; i < 40; i++) {
        g_autofree char *other = g_strdup_printf("u%d", i);
        pseudonyms_learn(pseudonyms, PSEUDONYM_USER, span_str(other));
    }
    check_stand_in(pseudonyms, "u39", 1, "x"); /* number 44 does not fit */
    check_stand_in(pseudonyms, "", 0, "");
}

static void addresses_of_every_form(void **state)
{
    (void)state;
    check_message(
        "From: \"Jan Jansen\" <jan.jansen@a.example>\r\n"
        "To: \"jan piet\"@b.example (klant),\r\n\tj@b.example;k@localhost\r\n"
        "Cc: Groep:=?utf-8?q?Zo=C3=AB?= <zoe@c.example>,<@relay.example:x.y@d.example>;\r\n"
        "Bcc: \"onaf <stuk@\r\n"
        "\r\n",
        "From: \"Name 1xxxx\" <user1xxxxx@a.example>\r\n"
        "To: user2xxxxx@b.example (xxxxx),\r\n\t3@b.example;6@localhost\r\n"
        "Cc: xxxx2:=?utf-8?q?xx=78=33?= <xx4@c.example>,<user8xxxxxxxxxxxxx@d.example>;\r\n"
        "Bcc: xxxx4 <xxx7@\r\n"
        "\r\n");
}

static void fields_by_what_they_hold(void **state)
{
    (void)state;
    check_message(
        "Received: from LAPTOP-JAN (a.example [192.0.2.1]) by mx.example.test with ESMTPS\r\n"
        "\tid 4Xjansen (TLS_AES_256_GCM_SHA384, SHARON) for <jan@a.example>;\r\n"
        "\tMon, 23 Nov 2026 10:00:05 +0100 (CET)\r\n"
        "Date: Jansen, 23 Nov 2026 10:00:05 +0100\r\n"
        "Jansen: ja\r\n"
        "DKIM-Signature: v=1; d=a.exa\r\n mple; i=jan@a.example; z=From:jan; b=aB+/ c=; s=een;\r\n"
        "\tq=jansen; jansen\r\n"
        "Content-Type: text/jansen; charset=utf-8; boundary=Jansen; name=\"jansen.pdf\"\r\n"
        "\r\n",
        "Received: from XXXXXX-XXX (a.example [192.0.2.1]) by mx.example.test with ESMTPS\r\n"
        "\tid 0Xxxxxxx (TLS_AES_256_GCM_SHA384, XXXXXX) for <xx1@a.example>;\r\n"
        "\tMon, 23 Nov 2026 10:00:05 +0100 (CET)\r\n"
        "Date: Xxxxxx, 00 Xxx 0000 00:00:00 +0000\r\n"
        "Xxxxxx: xx\r\n"
        "DKIM-Signature: v=1; d=x.xxx\r\n xxxx; i=xx1@a.example; z=Xxxx:xxx; b=aB+/ c=; s=een;\r\n"
        "\tq=xxxxxx; xxxxxx\r\n"
        "Content-Type: xxxx/xxxxxx; charset=utf-8; boundary=Jansen; name=\"xxxxxx.pdf\"\r\n"
        "\r\n");
}

static void bodies_inside_their_encoding(void **state)
{
    (void)state;
    check_message(
        "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        "<a href=3D\"https://x.example/t/9?j=3Djan\" title=3Djan>Zo=C3=AB=\r\n is</a>&nbsp;<jan@x>",
        "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        "<a href=3D\"https://x.example/x/0?x=3Dxxx\" title=3Dxxx>Xx=C3=B8=\r\n "
        "xx</a>&nbsp;<xxx@x>");
    check_message(
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: base64\r\n\r\nSmFuIDQy\r\nCg==\r\n",
        "Content-Type: text/plain\r\nContent-Transfer-Encoding: "
        "base64\r\n\r\nWHh4IDAw\r\nCg==\r\n");
    check_message(
        "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\nSmFuIDQyCg==\r\n",
        "Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\neHh4eHh4Cg==\r\n");
    check_message("Content-Type: text/plain\r\nContent-Transfer-Encoding: x-uu\r\n\r\n#2F%N\r\n",
                  "Content-Type: text/plain\r\nContent-Transfer-Encoding: x-xx\r\n\r\nxxxxx\r\n");
}

/* The same numbers each time. */
static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8;
}

static void any_octets_keep_length_and_line_ends(void **state)
{
    (void)state;
    static const char *const pieces[] = {"From: ",
                                         "To: ",
                                         "Received: ",
                                         "DKIM-Signature: ",
                                         "Content-Type: multipart/mixed; boundary=b\r\n",
                                         "Content-Type: text/html; charset=utf-8\r\n",
                                         "Content-Transfer-Encoding: base64\r\n",
                                         "Content-Transfer-Encoding: quoted-printable\r\n",
                                         "Content-Type: message/rfc822\r\n",
                                         "\r\n",
                                         "\r\n",
                                         "\n",
                                         "\r",
                                         "--b\r\n",
                                         "--b--\r\n",
                                         "\r\n\r\n",
                                         "jan@a.example",
                                         "<",
                                         ">",
                                         "\"",
                                         "(",
                                         ")",
                                         "@",
                                         ";",
                                         "=?utf-8?q?",
                                         "=?utf-8?b?",
                                         "?=",
                                         "=",
                                         "=3",
                                         "=C3",
                                         "\xc3",
                                         "\xeb",
                                         "%40",
                                         "https://a.example/",
                                         "//",
                                         "<a href=",
                                         "&nbsp;",
                                         "SmFu",
                                         "==",
                                         " ",
                                         "\t",
                                         "\\",
                                         "z=",
                                         "i=",
                                         "d=",
                                         "v=1;",
                                         "id ",
                                         "\0",
                                         ":",
                                         ",",
                                         "jan",
                                         "4711",
                                         "Message-ID: <"};
    uint32_t seed = 4711;
    for (int round = 0; round < 3000; round++) {
        g_autoptr(GString) message = g_string_new("Subject: x\r\n");
        size_t n = next(&seed) % 60;
        for (size_t i = 0; i < n; i++) {
            const char *piece = pieces[next(&seed) % G_N_ELEMENTS(pieces)];
            g_string_append_len(message, piece, piece[0] == '\0' ? 1 : (gssize)strlen(piece));
        }
        GString *got = redact(message->str, message->len);
        assert_int_equal(got->len, message->len);
        for (size_t i = 0; i < got->len; i++)
            assert_int_equal(got->str[i] == '\n', message->str[i] == '\n');
        g_string_free(got, TRUE);
    }
}

/* The redaction alone: what the message is made of is taken for granted. */
static int64_t time_to_redact_ms(const GString *message, const Mime *mime)
{
    g_autoptr(GBytes) octets = g_bytes_new(message->str, message->len);
    g_autoptr(Source) source = source_new(octets, SOURCE_AS_STORED);
    g_autoptr(Catalogue) catalogue = NULL;
    g_autoptr(Redaction) redaction = redaction_open(&catalogue);
    int64_t start_us = g_get_monotonic_time();
    redaction_learn(redaction, source, mime);
    GString *got = redaction_message(redaction, source, mime);
    int64_t took_us = g_get_monotonic_time() - start_us;
    assert_int_equal(got->len, message->len);
    g_string_free(got, TRUE);
    return took_us / 1000;
}

/* Each would take minutes if something were looked for again at every octet. */
static void hostile_text_takes_seconds(void **state)
{
    (void)state;
    static const char *const repeated[] = {"<",    "(",  "\"",  "=?",          "@", "=a",
                                           "a@",   "//", "<a",  "%40",         "&", "=a@b.",
                                           "a.b ", ",<", ";\"", "a@b.example "};
    static const char *const before[] = {
        "Received: ", "Cc: ",         "DKIM-Signature: v=1; ", "Content-Type: a/",
        "Subject: ",  "Message-ID: ", "Subject: x\r\n\r\n"};
    enum { OCTETS = 1 << 16, LIMIT_MS = 5000 };
    for (size_t i = 0; i < G_N_ELEMENTS(repeated); i++) {
        for (size_t place = 0; place < G_N_ELEMENTS(before); place++) {
            g_autoptr(GString) message = g_string_new(before[place]);
            size_t start = message->len;
            while (message->len < OCTETS)
                g_string_append(message, repeated[i]);
            MimePart html = {.type = (char *)"text/html",
                             .body_offset = start,
                             .body_length = message->len - start};
            Mime mime = {
                .state = MIME_PARSED, .parts = &html, .n_parts = place == G_N_ELEMENTS(before) - 1};
            int64_t took_ms = time_to_redact_ms(message, &mime);
            if (took_ms > LIMIT_MS)
                fail_msg("%s%s... took %d ms", before[place], repeated[i], (int)took_ms);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(masks_keep_length_and_form),
        cmocka_unit_test(the_same_secret_has_the_same_pseudonym),
        cmocka_unit_test(addresses_of_every_form),
        cmocka_unit_test(fields_by_what_they_hold),
        cmocka_unit_test(bodies_inside_their_encoding),
        cmocka_unit_test(any_octets_keep_length_and_line_ends),
        cmocka_unit_test(hostile_text_takes_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
