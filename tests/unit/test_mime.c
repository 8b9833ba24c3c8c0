/* MIME structure, addresses, dates and text, and what hostile input may do to them: nothing. */
#include "analyzer/message/fence.h"
#include "analyzer/message/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static Source *read_octets(const char *p, size_t n)
{
    g_autoptr(GBytes) octets = g_bytes_new(p, n);
    return source_new(octets, SOURCE_AS_STORED);
}

#define READ(text) read_octets(text, sizeof(text) - 1)

static void assert_text(const char *actual, const char *expected)
{
    if (expected)
        assert_string_equal(actual ? actual : "(null)", expected);
    else
        assert_null(actual);
}

static void assert_body(const Source *source, const MimePart *part, const char *expected)
{
    assert_int_equal(part->body_length, strlen(expected));
    assert_memory_equal(source->bytes.p + part->body_offset, expected, part->body_length);
}

static void repeat(GString *out, const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++)
        g_string_append(out, text);
}

/* --- structure --- */

static const char mixed[] = "From: =?utf-8?q?J=C3=B6rg?= <joerg@example.org>\r\n"
                            "To: Team: a@example.com, \"B, b\" <b@EXAMPLE.com>;, c@example.net\r\n"
                            "Cc: d@b\xC3\xBC"
                            "cher.example\r\n"
                            "Subject: =?iso-8859-1?Q?caf=E9?=\r\n au lait\r\n"
                            "Message-ID: <1@example.org>\r\n"
                            "Date: Thu, 1 Jan 2026 12:30:00 +0200\r\n"
                            "Content-Type: multipart/mixed; boundary=\"out\"\r\n"
                            "\r\n"
                            "prologue\r\n"
                            "--out\r\n"
                            "Content-Type: multipart/alternative; boundary=in\r\n"
                            "\r\n"
                            "--in\r\n"
                            "Content-Type: TEXT/Plain; charset=ISO-8859-1\r\n"
                            "Content-Transfer-Encoding: Quoted-Printable\r\n"
                            "\r\n"
                            "caf=E9=\r\n!\r\n"
                            "--in\r\n"
                            "Content-Type: text/html; charset=utf-8\r\n"
                            "Content-Transfer-Encoding: base64\r\n"
                            "\r\n"
                            "PGI+\r\n"
                            "--in--\r\n"
                            "--out\r\n"
                            "Content-Type: application/pdf\r\n"
                            "Content-Disposition: Attachment; filename*=utf-8''%C3%A9.pdf\r\n"
                            "\r\n"
                            "%PDF\r\n"
                            "--out\r\n"
                            "Content-Type: message/rfc822\r\n"
                            "\r\n"
                            "Subject: inner\r\n"
                            "\r\n"
                            "inner body\r\n"
                            "--out--\r\n"
                            "epilogue\r\n";

static void structure(void **state)
{
    (void)state;
    g_autoptr(Source) source = READ(mixed);
    g_autoptr(Mime) mime = mime_parse(source);
    assert_int_equal(mime->state, MIME_PARSED);
    assert_false(mime->masked);
    static const char *const types[] = {
        "multipart/mixed", "multipart/alternative", "text/plain", "text/html",
        "application/pdf", "message/rfc822",        "text/plain"};
    static const unsigned depths[] = {0, 1, 2, 2, 1, 1, 2};
    assert_int_equal(mime->n_parts, G_N_ELEMENTS(types));
    for (size_t i = 0; i < mime->n_parts; i++) {
        assert_string_equal(mime->parts[i].type, types[i]);
        assert_int_equal(mime->parts[i].depth, depths[i]);
        assert_int_equal(mime->parts[i].is_multipart, i < 2);
        assert_int_equal(mime->parts[i].is_message, i == 5);
        assert_int_equal(mime->parts[i].is_attachment, i == 4);
        assert_false(mime->parts[i].decode_lossy);
    }
    const MimePart *plain = &mime->parts[2], *html = &mime->parts[3], *pdf = &mime->parts[4];
    assert_body(source, plain, "caf=E9=\r\n!");
    assert_text(plain->text, "caf\xC3\xA9!");
    assert_text(plain->charset, "ISO-8859-1");
    assert_text(plain->encoding, "quoted-printable");
    assert_int_equal(plain->decoded_length, 5);
    assert_body(source, html, "PGI+");
    assert_text(html->text, "<b>");
    assert_int_equal(html->decoded_length, 3);
    assert_body(source, pdf, "%PDF");
    assert_text(pdf->filename, "\xC3\xA9.pdf");
    assert_text(pdf->disposition, "attachment");
    assert_text(pdf->text, NULL);
    assert_text(pdf->encoding, NULL);
    assert_body(source, &mime->parts[5], "Subject: inner\r\n\r\ninner body");
    assert_body(source, &mime->parts[6], "inner body");
    assert_int_equal(mime->parts[0].body_length, 0);
}

static void header_facts(void **state)
{
    (void)state;
    g_autoptr(Source) source = READ(mixed);
    g_autoptr(Mime) mime = mime_parse(source);
    assert_text(mime->subject, "caf\xC3\xA9 au lait");
    assert_text(mime->message_id, "1@example.org");
    assert_true(mime->date_valid);
    assert_int_equal(mime->date_s, 1767263400); /* date -u -d '2026-01-01 10:30' +%s */
    assert_int_equal(mime->date_offset_min, 120);
    assert_int_equal(mime->from.n, 1);
    assert_text(mime->from.items[0].name, "J\xC3\xB6rg");
    assert_text(mime->from.items[0].addr_spec, "joerg@example.org");
    assert_text(mime->from.items[0].domain, "example.org");
    assert_int_equal(mime->to.n, 3);
    assert_int_equal(mime->to.groups, 1);
    assert_true(mime->to.items[0].in_group);
    assert_text(mime->to.items[1].name, "B, b");
    assert_text(mime->to.items[1].domain, "example.com");
    assert_false(mime->to.items[2].in_group);
    assert_int_equal(mime->cc.n, 1);
    assert_text(mime->cc.items[0].domain, "xn--bcher-kva.example");
    assert_int_equal(mime->sender.n, 0);
    assert_int_equal(mime->reply_to.n, 0);
    assert_false(mime->addresses_refused);
}

static void lists_of_several_fields(void **state)
{
    (void)state;
    g_autoptr(Source) source = READ("To: a@example.org\nTo: b@example.org, c@example.org\n"
                                    "From: d@example.org\nFrom: e@example.org\nMessage-id: bare\n");
    g_autoptr(Mime) mime = mime_parse(source);
    assert_int_equal(mime->to.n, 3);
    assert_text(mime->to.items[2].addr_spec, "c@example.org");
    assert_int_equal(mime->from.n, 1);
    assert_text(mime->message_id, "bare");
    assert_false(mime->date_valid);
}

/* --- the fence --- */

/* What the library cannot take changes nothing in what stands beside it, offsets included. */
static void masked_fields(void **state)
{
    (void)state;
    static const char *const heads[] = {
        "garbage first\r\n",
        "a\r\n",
        "a\r\nb\r\n:\r\n",
        " fold of nothing\r\n",
        "\r\r\n",
        ": empty\r\n",
        "N A M E: x\r\n",
        ">From x\r\n> From y\r\n",
        "From x y\r\n",
        "\xEF\xBB\xBF",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(heads); i++) {
        GString *text = g_string_new(heads[i]);
        g_string_append(text, "From: a@example.org\r\nno colon\r\nq\r\n");
        g_string_append_len(text, "Subject: b\0c\r\n", 14);
        g_string_append(text, "Content-Type: text/html\r\n\r\n<p>\r\n");
        g_autoptr(Source) source = read_octets(text->str, text->len);
        g_autoptr(Mime) mime = mime_parse(source);
        assert_int_equal(mime->state, MIME_PARSED);
        assert_true(mime->masked);
        assert_int_equal(mime->n_parts, 1);
        assert_text(mime->parts[0].type, "text/html");
        assert_body(source, &mime->parts[0], "<p>\r\n");
        assert_text(mime->from.items[0].domain, "example.org");
        assert_text(mime->subject, "b\xEF\xBF\xBD"
                                   "c");
        g_string_free(text, TRUE);
    }
}

static void nothing_but_a_body(void **state)
{
    (void)state;
    g_autoptr(Source) blank = READ("\r\nbody");
    g_autoptr(Mime) mime = mime_parse(blank);
    assert_int_equal(mime->state, MIME_PARSED);
    assert_body(blank, &mime->parts[0], "body");
    g_autoptr(Source) empty = READ("");
    g_autoptr(Mime) nothing = mime_parse(empty);
    assert_int_equal(nothing->state, MIME_REFUSED);
    assert_int_equal(nothing->n_parts, 0);
    g_autoptr(Source) prose = READ("a");
    g_autoptr(Mime) refused = mime_parse(prose);
    assert_int_equal(refused->state, MIME_REFUSED);
    assert_true(refused->masked);
}

/* A mask is of equal length, keeps every kept field where it was, and leaves the body alone. */
static void masks_keep_offsets(void **state)
{
    (void)state;
    static const char alphabet[] = "abT: \r\n\n\0\xE9";
    g_autoptr(GRand) rand = g_rand_new_with_seed(5322);
    for (int round = 0; round < 5000; round++) {
        GString *text = g_string_new(NULL);
        for (int n = g_rand_int_range(rand, 0, 50); n > 0; n--)
            g_string_append_c(text, alphabet[g_rand_int_range(rand, 0, sizeof(alphabet) - 1)]);
        g_autoptr(Source) source = read_octets(text->str, text->len);
        g_string_free(text, TRUE);
        Fenced fenced = fence_mask(source);
        assert_int_equal(fenced.bytes.n, source->bytes.n);
        assert_true(fenced.start <= source->preamble.n + source->header.n);
        size_t body = source->bytes.n - source->body.n;
        assert_memory_equal(fenced.bytes.p + body, source->bytes.p + body, source->body.n);
        g_autoptr(GBytes) octets =
            g_bytes_new(fenced.bytes.p + fenced.start, fenced.bytes.n - fenced.start);
        g_autoptr(Source) again = source_new(octets, SOURCE_AS_STORED);
        assert_int_equal(again->n_strays, 0);
        assert_int_equal(again->preamble.n, 0);
        assert_int_equal(again->has_separator, source->has_separator);
        for (size_t i = 0; i < again->n_fields; i++)
            assert_false(again->fields[i].defects & (FIELD_NUL | FIELD_BAD_NAME));
        fence_clear(&fenced);
    }
}

static GString *nested_groups(size_t octets)
{
    GString *text = g_string_new("To: ");
    while (text->len < octets)
        g_string_append(text, "a:");
    g_string_append(text, "\r\n");
    return text;
}

static void groups_without_end(void **state)
{
    (void)state;
    GString *text = nested_groups(300 * 1000);
    bool refused = false;
    AddressList list = mime_parse_addresses(span_of(text->str + 4, text->len - 4), &refused);
    assert_true(refused);
    assert_int_equal(list.n, 0);
    address_list_clear(&list);

    g_string_append(text, "From: a@example.org\r\n\r\nbody");
    g_autoptr(Source) top = read_octets(text->str, text->len);
    g_autoptr(Mime) mime = mime_parse(top);
    assert_int_equal(mime->state, MIME_PARSED);
    assert_true(mime->masked);
    assert_true(mime->addresses_refused);
    assert_text(mime->from.items[0].addr_spec, "a@example.org");
    assert_body(top, &mime->parts[0], "body");
    g_string_free(text, TRUE);
}

static void groups_in_an_attached_message(void **state)
{
    (void)state;
    static const struct {
        size_t octets;
        MimeState state;
    } cases[] = {{2000, MIME_PARSED}, {200 * 1000, MIME_PARSED}, {300 * 1000, MIME_OVER_ADDRESSES}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GString *text = g_string_new("From: a@example.org\r\nContent-Type: message/rfc822\r\n\r\n");
        GString *groups = nested_groups(cases[i].octets);
        g_string_append_len(text, groups->str, (gssize)groups->len);
        g_string_append(text, "\r\nbody");
        g_autoptr(Source) source = read_octets(text->str, text->len);
        g_autoptr(Mime) mime = mime_parse(source);
        assert_int_equal(mime->state, cases[i].state);
        assert_int_equal(mime->n_parts, cases[i].state == MIME_PARSED ? 2 : 0);
        assert_text(mime->from.items[0].addr_spec, "a@example.org");
        g_string_free(groups, TRUE);
        g_string_free(text, TRUE);
    }
}

/* Folded over many lines, in several fields, it counts just so. */
static void groups_in_folds(void **state)
{
    (void)state;
    GString *text = g_string_new("Content-Type: message/rfc822\n\n");
    for (int field = 0; field < 30; field++) {
        g_string_append(text, field % 2 ? "RESENT-Bcc :" : "reply-to:");
        repeat(text, " a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:a:\n", 400);
    }
    g_autoptr(Source) source = read_octets(text->str, text->len);
    assert_int_equal(fence_check(source), MIME_OVER_ADDRESSES);
    g_string_free(text, TRUE);
}

static void boundaries_without_end(void **state)
{
    (void)state;
    GString *text = g_string_new("Content-Type: multipart/mixed; boundary=b\n\n");
    for (int i = 0; i < 500; i++)
        g_string_append_printf(text, "--b%d\nContent-Type:\n multipart/mixed; boundary=b%d\n\n", i,
                               i + 1);
    g_autoptr(Source) fine = read_octets(text->str, text->len);
    assert_int_equal(fence_check(fine), MIME_PARSED);
    repeat(text, "--no such boundary\n", 29000);
    g_autoptr(Source) source = read_octets(text->str, text->len);
    g_autoptr(Mime) mime = mime_parse(source);
    assert_int_equal(mime->state, MIME_OVER_BOUNDARIES);
    g_string_free(text, TRUE);

    /* The same lines under one boundary are a long text. */
    text = g_string_new("Content-Type: multipart/mixed; boundary=b\n\n--b\n\n");
    repeat(text, "--no such boundary\n\n\n", 29000);
    g_autoptr(Source) flat = read_octets(text->str, text->len);
    assert_int_equal(fence_check(flat), MIME_PARSED);
    repeat(text, "--no such boundary\n\n\n", 1000);
    g_autoptr(Source) crowd = read_octets(text->str, text->len);
    assert_int_equal(fence_check(crowd), MIME_OVER_BOUNDARIES);
    g_string_overwrite(
        text, 0, "Content-Type: text/plain ;"); /* where nothing is inside, nothing can open */
    g_autoptr(Source) leaf = read_octets(text->str, text->len);
    assert_int_equal(fence_check(leaf), MIME_PARSED);
    g_string_free(text, TRUE);
}

/* Header lines are dear wherever GMime may find them; lines of text are not. */
static void headers_of_parts(void **state)
{
    (void)state;
    static const struct {
        const char *start;
        MimeState state;
    } cases[] = {
        {"Content-Type: message/rfc822\n\n", MIME_OVER_FIELDS},
        {"Content-Type: multipart/digest; boundary=b\n\nx\n\n--b\n\n", MIME_OVER_FIELDS},
        {"Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type:\n message/rfc822\n\n"
         "Content-Type: message/rfc822\n\n",
         MIME_OVER_FIELDS},
        {"Content-Type: multipart/mixed; boundary=b\n\n\n--b\n\n\n", MIME_PARSED},
        {"Content-Type: text/plain\n\n", MIME_PARSED},
        {"\n", MIME_PARSED},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GString *text = g_string_new(cases[i].start);
        repeat(text, "a: b\n", 200001);
        g_autoptr(Source) lines = read_octets(text->str, text->len);
        assert_int_equal(fence_check(lines), cases[i].state);
        g_string_assign(text, cases[i].start);
        repeat(text, "a: 0123456789 0123456789", 200000);
        g_autoptr(Source) octets = read_octets(text->str, text->len);
        assert_int_equal(fence_check(octets), cases[i].state);
        g_string_free(text, TRUE);
    }
}

/* Attachments are no headers, whatever the part says of itself. */
static void large_attachments(void **state)
{
    (void)state;
    static const char *const starts[] = {
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: image/png\n\n",
        "Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Transfer-Encoding: base64\n\n",
        "Content-Type: message/rfc822\n\nContent-Transfer-Encoding: base64\n\n",
        ("Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: message/rfc822\n\n"
         "Subject: a\nContent-Type: application/pdf\n\n"),
    };
    for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
        GString *text = g_string_new(starts[i]);
        repeat(text, "QUJDQUJDQUJDQUJDQUJDQUJDQUJDQUJD\n", 300000);
        g_string_append(text, "--b--\n");
        g_autoptr(Source) source = read_octets(text->str, text->len);
        assert_int_equal(fence_check(source), MIME_PARSED);
        g_string_free(text, TRUE);
    }
}

static void deep_nesting(void **state)
{
    (void)state;
    GString *text =
        g_string_new("From: a@example.org\nContent-Type: multipart/mixed; boundary=b0\n\n");
    for (int i = 0; i < 3000; i++)
        g_string_append_printf(text, "--b%d\nContent-Type: multipart/mixed; boundary=b%d\n\n", i,
                               i + 1);
    g_autoptr(Source) source = read_octets(text->str, text->len);
    g_autoptr(Mime) mime = mime_parse(source);
    assert_int_equal(mime->state, MIME_PARSED);
    assert_true(mime->n_parts > 1000);
    g_string_free(text, TRUE);
}

static void many_of_everything(void **state)
{
    (void)state;
    GString *text = g_string_new(NULL);
    repeat(text, "To: a@example.org\n", 10001);
    g_string_append(text, "Subject: s\n\nbody");
    g_autoptr(Source) fields = read_octets(text->str, text->len);
    g_autoptr(Mime) over = mime_parse(fields);
    assert_int_equal(over->state, MIME_OVER_FIELDS);
    assert_int_equal(over->to.n, 100);
    assert_text(over->subject, "s");

    g_string_assign(text, "Content-Type: multipart/mixed; boundary=b\n\n");
    repeat(text, "--b\n\nx\n", 12000);
    g_autoptr(Source) parts = read_octets(text->str, text->len);
    g_autoptr(Mime) mime = mime_parse(parts);
    assert_int_equal(mime->state, MIME_PARSED);
    assert_int_equal(mime->n_parts, 10000);

    g_string_assign(text, "Subject: ");
    repeat(text, "x", 1024 * 1024);
    g_autoptr(Source) large = read_octets(text->str, text->len);
    assert_int_equal(fence_check(large), MIME_OVER_FIELDS);
    g_string_free(text, TRUE);
}

static void state_names(void **state)
{
    (void)state;
    assert_string_equal(mime_state_name(MIME_PARSED), "parsed");
    assert_string_equal(mime_state_name(MIME_REFUSED), "refused");
    assert_string_equal(mime_state_name(MIME_OVER_FIELDS), "over-fields");
    assert_string_equal(mime_state_name(MIME_OVER_BOUNDARIES), "over-boundaries");
    assert_string_equal(mime_state_name(MIME_OVER_ADDRESSES), "over-addresses");
    assert_string_equal(mime_state_name(MIME_OVER_SIZE), "over-size");
}

static void warnings(void **state)
{
    (void)state;
    g_autoptr(Source) source = READ("From: a@example.org\nContent-Type: multipart/mixed\n\nbody\n");
    g_autoptr(Mime) mime = mime_parse(source);
    assert_int_equal(mime->n_warnings, 1);
    assert_string_equal(mime->warnings[0].code, "no-boundary");
    assert_int_equal(mime->warnings[0].offset, 20);
}

/* --- decoding --- */

static MimePart decoded(Mime **mime, const char *fields, const char *body, size_t n)
{
    GString *text = g_string_new("From: a@example.org\n");
    g_string_append(text, fields);
    g_string_append(text, "\n\n");
    g_string_append_len(text, body, (gssize)n);
    g_autoptr(Source) source = read_octets(text->str, text->len);
    g_string_free(text, TRUE);
    *mime = mime_parse(source);
    assert_int_equal((*mime)->n_parts, 1);
    return (*mime)->parts[0];
}

static void assert_decoded(const char *fields, const char *body, size_t n, const char *text,
                           bool lossy)
{
    g_autoptr(Mime) mime = NULL;
    MimePart part = decoded(&mime, fields, body, n);
    assert_text(part.text, text);
    assert_int_equal(part.decode_lossy, lossy);
}

#define DECODED(fields, body, text, lossy)                                                         \
    assert_decoded(fields, body, sizeof(body) - 1, text, lossy)
#define BASE64 "Content-Transfer-Encoding: base64"
#define QUOTED "Content-Transfer-Encoding: quoted-printable"
#define CHARSET "Content-Type: text/plain; charset="

static void transfer_encodings(void **state)
{
    (void)state;
    DECODED(BASE64, "aGVsbG8=\r\n", "hello", false);
    DECODED(BASE64, "aGVs\n bG8\n =\n", "hello", false);
    DECODED(BASE64, "aGVs*bG8=\n", "hello", true);
    DECODED(BASE64, "aGVsbG8\n", "hel", true);        /* its padding is missing */
    DECODED(BASE64, "aGVsbG8=aGVs\n", "hello", true); /* and goes on after the padding */
    DECODED(BASE64, "", "", false);
    DECODED(QUOTED, "a=3Db=\r\nc =\nd", "a=bc d", false);
    DECODED(QUOTED, "a=3d", "a=", false);
    DECODED(QUOTED, "a=xyb", "a=xyb", true);
    DECODED(QUOTED, "50 = 50", "50 = 50", true);
}

static void charsets(void **state)
{
    (void)state;
    DECODED(CHARSET "utf-8", "\xC3\xA9", "\xC3\xA9", false);
    DECODED(CHARSET "utf-8", "a\xE9z", "a\xEF\xBF\xBDz", true);
    DECODED(CHARSET "windows-1252", "\x80", "\xE2\x82\xAC", false);
    DECODED(CHARSET "iso-8859-15", "\xA4", "\xE2\x82\xAC", false);
    DECODED(CHARSET "shift_jis", "\x82\xA0", "\xE3\x81\x82", false);
    DECODED("Subject: x", "\xC3\xA9", "\xC3\xA9", false); /* 8-bit without a charset, yet UTF-8 */
    DECODED("Subject: x", "\xE9", "\xEF\xBF\xBD", true);
    DECODED(CHARSET "no-such", "a\xE9", "a\xEF\xBF\xBD", true);
    DECODED(CHARSET "\"../../x//TRANSLIT\"", "a", "a", true);
    DECODED(CHARSET "utf-8", "a\0b",
            "a\xEF\xBF\xBD"
            "b",
            false);
    DECODED(CHARSET "utf-8", "", "", false);
    g_autoptr(Mime) mime = NULL;
    MimePart broken = decoded(&mime, CHARSET "shift_jis", "a\xFF\x82\xA0", 4);
    assert_true(broken.decode_lossy);
    assert_non_null(strstr(broken.text, "\xE3\x81\x82")); /* one bad octet does not cost the rest */
}

static void long_text_is_cut(void **state)
{
    (void)state;
    GString *text = g_string_new("x");
    repeat(text, "\xE2\x82\xAC", 100000);
    g_autoptr(Mime) mime = NULL;
    MimePart part = decoded(&mime, CHARSET "utf-8", text->str, text->len);
    assert_int_equal(part.decoded_length, 300001);
    assert_int_equal(strlen(part.text), 262144);
    assert_true(g_utf8_validate(part.text, -1, NULL));
    assert_false(part.decode_lossy);
    g_string_free(text, TRUE);
}

static void headers_to_text(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *text;
    } cases[] = {
        {" plain ", "plain"},
        {" a\r\n b\n\tc ", "a b\tc"},
        {"=?utf-8?b?w6k=?= =?utf-8?b?w6k=?=", "\xC3\xA9\xC3\xA9"},
        {"=?utf-8?b?YWI=?= =?UTF-8?B?w6k?=\r\n =?utf-8?B?w?= x", "ab\xC3\xA9 x"},
        {"=?utf-8?b?4oI=?= =?utf-8?b?rA==?=", "\xE2\x82\xAC"},
        {"a =?utf-8?b?"
         "?= =?utf-8?b?",
         "a  =?utf-8?b?"},
        {"=?utf-8?b?YQ==?= b =?utf-8?b?YQ==?=", "a b a"},
        {"=?utf-8?b?YQ==?= =?iso-8859-1?b?6Q==?=", "a\xC3\xA9"},
        {"=?utf-8?b?YQ==?= =?utf-8?q?b?=", "ab"},
        {"=?windows-1252?Q?=80?=", "\xE2\x82\xAC"},
        {"=?utf-8?Q?caf=C3?=\r\n =?utf-8?Q?=A9?=", "caf\xC3\xA9"},
        {"raw \xC3\xA9", "raw \xC3\xA9"},
        {"raw \xE9", "raw \xEF\xBF\xBD"},
        {"=?broken", "=?broken"},
        {"", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = mime_decode_text(span_str(cases[i].raw));
        assert_string_equal(text, cases[i].text);
    }
    g_autofree char *bad = mime_decode_text(SPAN_LIT("=?utf-8?Q?=FF=00x?="));
    assert_true(g_utf8_validate(bad, -1, NULL));
}

/* --- addresses --- */

static void addresses(void **state)
{
    (void)state;
    static const struct {
        const char *raw, *name, *spec, *domain;
    } cases[] = {
        {"a@example.org", NULL, "a@example.org", "example.org"},
        {" <a@example.org>\r\n", NULL, "a@example.org", "example.org"},
        {"\"Quoted, name\" <a@example.org>", "Quoted, name", "a@example.org", "example.org"},
        {"a@Example.ORG (A comment)", "A comment", "a@Example.ORG", "example.org"},
        {"=?utf-8?q?=C3=A9?= <a@example.org>", "\xC3\xA9", "a@example.org", "example.org"},
        {"\"a b\"@example.org", NULL, "\"a b\"@example.org", "example.org"},
        {"<@x.example,@y.example:a@example.org>", NULL, "a@example.org", "example.org"},
        {"=?utf-8?b?YQ==?= =?utf-8?b?Yg==?= <a@example.org>", "ab", "a@example.org", "example.org"},
        {"root", NULL, "root", NULL},
        {"a@[192.0.2.1]", NULL, "a@[192.0.2.1]", NULL},
        {"Name <a@example.org", "Name", "a@example.org", "example.org"},
        {"Folded\r\n Name\r\n <a@example.org>", "Folded Name", "a@example.org", "example.org"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool refused = true;
        AddressList list = mime_parse_addresses(span_str(cases[i].raw), &refused);
        assert_false(refused);
        assert_int_equal(list.n, 1);
        assert_text(list.items[0].name, cases[i].name);
        assert_text(list.items[0].addr_spec, cases[i].spec);
        assert_text(list.items[0].domain, cases[i].domain);
        assert_int_equal(list.groups, 0);
        address_list_clear(&list);
    }
}

static void groups(void **state)
{
    (void)state;
    bool refused = true;
    AddressList list = mime_parse_addresses(SPAN_LIT("undisclosed-recipients:;"), &refused);
    assert_int_equal(list.n, 0);
    assert_int_equal(list.groups, 1);
    address_list_clear(&list);
    list = mime_parse_addresses(SPAN_LIT(""), &refused);
    assert_int_equal(list.n, 0);
    assert_int_equal(list.groups, 0);
    assert_false(refused);
    address_list_clear(&list);

    GString *many = g_string_new(NULL);
    repeat(many, "g: a@example.org;, ", 3000); /* side by side they are no nesting */
    list = mime_parse_addresses(span_of(many->str, many->len), &refused);
    assert_false(refused);
    assert_int_equal(list.n, 3000);
    assert_int_equal(list.groups, 3000);
    address_list_clear(&list);
    g_string_free(many, TRUE);
}

static void group_depth(void **state)
{
    (void)state;
    assert_int_equal(fence_group_depth(SPAN_LIT("")), 0);
    assert_int_equal(fence_group_depth(SPAN_LIT("a: b;, c: d: e;; f:;")), 2);
    assert_int_equal(fence_group_depth(SPAN_LIT("\"a:\\\":\" b (c: (d:) \\) :) :")), 1);
    assert_int_equal(fence_group_depth(SPAN_LIT(";;;a:")), 1);
}

/* Quotes that only one of the two readers sees as closed: still no crash. */
static void groups_behind_quotes(void **state)
{
    (void)state;
    static const char *const starts[] = {"\"", "(", "\\\"", "<\"", "a@[", "=?utf-8?q?=22?= \"x\\"};
    for (size_t i = 0; i < G_N_ELEMENTS(starts); i++) {
        GString *text = g_string_new(starts[i]);
        repeat(text, "a:", 120000);
        bool refused = false;
        AddressList list = mime_parse_addresses(span_of(text->str, text->len), &refused);
        address_list_clear(&list);
        g_string_free(text, TRUE);
    }
}

/* --- dates --- */

static void dates(void **state)
{
    (void)state;
    /* Expected values: date -u -d '...' +%s */
    static const struct {
        const char *text;
        int64_t time_s;
        int offset_min;
    } cases[] = {
        {"Thu, 1 Jan 1970 00:00:00 +0000", 0, 0},
        {"Fri, 21 Nov 1997 09:55:06 -0600", 880127706, -360}, /* RFC 5322 A.1.1 */
        {"21 Nov 97 09:55:06 GMT", 880106106, 0},             /* RFC 5322 A.6.2 */
        {"Thu,\r\n\t13\r\n\tFeb\r\n\t1969\r\n\t23:32\r\n\t-0330 (Newfoundland Time)", -27723480,
         -210},
        {" 29 feb 2024 23:59:60 +0530 ", 1709231400, 330},
        {"1 Jan 2026 00:00 EST", 1767243600, -300},
        {"1 Jan 2026 00:00 Z", 1767225600, 0},
        {"1 Jan 2026 00:00 CEST", 1767225600, 0}, /* unknown names are -0000 */
        {"Mon (a(b\\)) c), 1 Jan 2026 00 : 00 : 01 +0000", 1767225601, 0},
        {"31 Dec 9999 23:59:59 +0000", INT64_C(253402300799), 0},
        {"1 Mar 1900 00:00:00 +0000", INT64_C(-2203891200), 0},
        {"1 Jan 126 00:00:00 +0000", 1767225600, 0},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int64_t time_s = 1;
        int offset_min = 1;
        assert_true(mime_parse_date(span_str(cases[i].text), &time_s, &offset_min));
        assert_int_equal(time_s, cases[i].time_s);
        assert_int_equal(offset_min, cases[i].offset_min);
    }
}

static void no_dates(void **state)
{
    (void)state;
    static const char *const cases[] = {
        "",
        "today",
        "2026-01-01T00:00:00Z",
        "Thu 1 Jan 2026 00:00:00 +0000",
        "Xyz, 1 Jan 2026 00:00:00 +0000",
        "1 Jan 2026 00:00:00",
        "1 Jan 2026 24:00:00 +0000",
        "1 Jan 2026 00:60:00 +0000",
        "1 Jan 2026 00:00:61 +0000",
        "0 Jan 2026 00:00:00 +0000",
        "32 Jan 2026 00:00:00 +0000",
        "29 Feb 2026 00:00:00 +0000",
        "29 Feb 1900 00:00:00 +0000",
        "1 Foo 2026 00:00:00 +0000",
        "1 Jan 02026 00:00:00 +0000",
        "1 Jan 1899 00:00:00 +0000",
        "1 Jan 2026 0:00:00 +0000",
        "1 Jan 2026 00:00:00 +000",
        "1 Jan 2026 00:00:00 +0060",
        "1 Jan 2026 00:00:00 +00000",
        "1 Jan 2026 00:00:00 +0000 x",
        "1 Jan 2026 00:00:00 (",
        ",",
        "99999999999999999999 Jan 2026 00:00:00 +0000",
        "Thu, 1 Jan 2026 00:00:00 +-100",
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        int64_t time_s = 0;
        int offset_min = 0;
        assert_false(mime_parse_date(span_str(cases[i]), &time_s, &offset_min));
    }
    int64_t time_s = 0;
    int offset_min = 0;
    assert_false(mime_parse_date(SPAN_LIT("1 Jan 2026 00:00:00 +0000\0"), &time_s, &offset_min));
}

/* --- any octets --- */

static void mutate(GRand *rand, GString *text)
{
    static const char *const pieces[] = {
        "\r\n",
        "\n",
        "--out",
        "--in\r\n",
        "--in--\r\n",
        ":",
        ";",
        "\"",
        "(",
        "=?utf-8?q?",
        "?=",
        "From ",
        "Content-Type: message/rfc822\r\n\r\n",
        "Content-Type: multipart/digest; boundary=in\r\n\r\n",
        "Content-Transfer-Encoding: uuencode\r\n",
        "\xFF",
        "\r\n\r\n",
        "a:a:a:",
        "filename*0*=",
    };
    for (int n = g_rand_int_range(rand, 1, 8); n > 0; n--) {
        gssize at = g_rand_int_range(rand, 0, (gint32)text->len);
        switch (g_rand_int_range(rand, 0, 4)) {
        case 0:
            text->str[at] = (char)g_rand_int_range(rand, 0, 256);
            break;
        case 1:
            g_string_erase(text, at, g_rand_int_range(rand, 0, (gint32)((gssize)text->len - at)));
            break;
        case 2:
            g_string_truncate(text, (gsize)MAX(at, 1));
            break;
        default:
            g_string_insert(text, at, pieces[g_rand_int_range(rand, 0, G_N_ELEMENTS(pieces))]);
        }
    }
}

static void salvaged_addresses(void **state)
{
    (void)state;
    static const struct {
        const char *value, *domain;
    } cases[] = {
        {"\"Berg, Anna <a@wrong.example>\" anna@right.example", "right.example"},
        {"<<<><anna@right.example>>>", "right.example"},
        {"\"( bob@wrong.example)\" anna@right.example", "right.example"},
        {"(anna@wrong.example)", NULL},
        {"\"anna@wrong.example\"", NULL},
        {"@right.example", NULL},
        {"anna@", NULL},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        bool refused;
        AddressList list = mime_parse_addresses(span_str(cases[i].value), &refused);
        const char *domain = list.n > 0 ? list.items[list.n - 1].domain : NULL;
        assert_false(refused);
        if (cases[i].domain)
            assert_string_equal(domain, cases[i].domain);
        else
            assert_null(domain);
        address_list_clear(&list);
    }
}

static void any_octets(void **state)
{
    (void)state;
    g_autoptr(GRand) rand = g_rand_new_with_seed(2045);
    for (int round = 0; round < 3000; round++) {
        GString *text = g_string_new_len(mixed, sizeof(mixed) - 1);
        mutate(rand, text);
        g_autoptr(Source) source = read_octets(text->str, text->len);
        g_string_free(text, TRUE);
        g_autoptr(Mime) mime = mime_parse(source);
        for (size_t i = 0; i < mime->n_parts; i++) {
            const MimePart *part = &mime->parts[i];
            assert_true(part->body_offset + part->body_length <= source->bytes.n);
            assert_true(!part->text || g_utf8_validate(part->text, -1, NULL));
            assert_true(!part->filename || g_utf8_validate(part->filename, -1, NULL));
        }
        for (size_t i = 0; i < mime->from.n; i++)
            assert_true(g_utf8_validate(mime->from.items[i].addr_spec, -1, NULL));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(structure),
        cmocka_unit_test(header_facts),
        cmocka_unit_test(lists_of_several_fields),
        cmocka_unit_test(masked_fields),
        cmocka_unit_test(nothing_but_a_body),
        cmocka_unit_test(masks_keep_offsets),
        cmocka_unit_test(groups_without_end),
        cmocka_unit_test(groups_in_an_attached_message),
        cmocka_unit_test(groups_in_folds),
        cmocka_unit_test(boundaries_without_end),
        cmocka_unit_test(headers_of_parts),
        cmocka_unit_test(large_attachments),
        cmocka_unit_test(deep_nesting),
        cmocka_unit_test(many_of_everything),
        cmocka_unit_test(state_names),
        cmocka_unit_test(warnings),
        cmocka_unit_test(transfer_encodings),
        cmocka_unit_test(charsets),
        cmocka_unit_test(long_text_is_cut),
        cmocka_unit_test(headers_to_text),
        cmocka_unit_test(addresses),
        cmocka_unit_test(groups),
        cmocka_unit_test(group_depth),
        cmocka_unit_test(groups_behind_quotes),
        cmocka_unit_test(dates),
        cmocka_unit_test(no_dates),
        cmocka_unit_test(salvaged_addresses),
        cmocka_unit_test(any_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
