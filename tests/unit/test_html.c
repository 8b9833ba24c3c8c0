/* What HTML parts hold, and what is no reason for a remark: the traits of single texts, the plain
 * text beside them, and hostile input. */
#include "analyzer/message/charset.h"
#include "analyzer/message/encodedword.h"
#include "analyzer/message/html.h"
#include "analyzer/message/htmltext.h"
#include "analyzer/message/weblink.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static Html *html_of(const char *message)
{
    g_autoptr(GBytes) octets = g_bytes_new(message, strlen(message));
    Source *source = source_new(octets, SOURCE_AS_STORED);
    Mime *mime = mime_parse(source);
    Html *html = html_read(mime);
    mime_free(mime);
    source_free(source);
    return html;
}

static Html *html_of_body(const char *body)
{
    g_autofree char *message = g_strconcat(
        "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n",
        body, NULL);
    return html_of(message);
}

/* Which traits a text has, as "script form". */
static char *traits_of(const Html *html)
{
    GString *out = g_string_new(NULL);
    for (HtmlTrait trait = 0; trait < HTML_TRAITS; trait++)
        if (html->found[trait].count > 0)
            g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", html_trait_name(trait));
    return g_string_free(out, FALSE);
}

static void test_traits(void **state)
{
    (void)state;
    static const struct {
        const char *body, *traits;
    } cases[] = {
        {"<p>Text</p>", ""},
        {"<SCRIPT>x()</SCRIPT>", "script"},
        {"<script type=\"application/ld+json\">{}</script>", ""},
        {"<!--[if mso]><script>x()</script><iframe></iframe><![endif]-->", ""},
        {"<style>a[href='javascript:'] { }</style>", ""},
        {"<td onClick='x()'>", "handler"},
        {"<td once='x'>", ""},
        {"<a href='javascript:void(0)'>a</a>", "script-link"},
        {"<a href=' &#106;avascript:x()'>a</a>", "script-link"},
        {"<a href='data:text/html,x'>a</a>", "script-link"},
        {"<form action='https://a.example/'>", "form"},
        {"<object data='a'>", "embedded"},
        {"<meta http-equiv='Refresh' content='0;url=https://a.example/'>", "refresh"},
        {"<meta http-equiv='Content-Type' content='text/html; charset=utf-8'>", ""},
        {"<link rel='stylesheet' href='https://a.example/a.css'>", "external-style"},
        {"<link rel='stylesheet' href='https://fonts.example/css?family=A'>", ""},
        {"<link rel='icon' href='https://a.example/a.ico'>", ""},
        {"<a href='file:///c:/a.pdf'>a</a>", "file-link"},
        {"<a href='\\\\server\\share\\a.pdf'>a</a>", "file-link"},
        {"<a href='C:\\a.pdf'>a</a>", "file-link"},
        {"<a href='/wo/1'>a</a>", "relative-link"},
        {"<a href='wo.html'>a</a>", "relative-link"},
        {"<base href='https://a.example/'><a href='/wo/1'>a</a><img src='b.png' alt=''>", "base"},
        {"<a href='#top'>a</a><a href='mailto:a@b.example'>a</a><a href='tel:+31'>a</a>", ""},
        {"<a name='here'>a</a><a>b</a>", ""},
        {"<a href=''>a</a>", "empty-link"},
        {"<a href='#'>a</a>", "empty-link"},
        {"<a href='http://a.example/'>a</a>", "plain-link"},
        {"<a href='http://a.example/?token=0123456789abcdef'>a</a>", "plain-link token-link"},
        {"<a href='http://a.example/?page=0123456789abcdef'>a</a>", "plain-link"},
        {"<a href='https://a.example/?token=0123456789abcdef'>a</a>", ""},
        {"<a href='https://203.0.113.9/'>a</a>", "address-link"},
        {"<a href='https://[2001:db8::1]/'>a</a>", "address-link"},
        {"<a href='https://10.1.2.3/'>a</a>", "internal-link"},
        {"<a href='https://[::1]/'>a</a>", "internal-link"},
        {"<a href='https://localhost:8080/'>a</a>", "internal-link"},
        {"<a href='https://app.firma.local./'>a</a>", "internal-link"},
        {"<a href='https://local.example.com/'>a</a>", ""},
        {"<a href='https://intranet/'>a</a>", "internal-link"},
        {"<img src='https://10.1.2.3/a.png' alt=''>", "internal-link"},
        {"<a href='https://jan:pw@a.example/'>a</a>", "credential-link"},
        {"<a href='https://a.example/@jan'>a</a>", ""},
        {"<a href='https://acc.a.example/'>a</a>", "test-link"},
        {"<a href='https://test.example/'>a</a>", ""},
        {"<a href='https://accounts.a.example/'>a</a>", ""},
        {"<a href='https://a.example/{{id}}'>a</a>", "placeholder-link"},
        {"<a href='https://a.example/%7B%7Bid%7D%7D'>a</a>", "placeholder-link"},
        {"<a href='https://a.example/%7Bid%7D'>a</a>", ""},
        {"<a href='https://bit.ly/x'>a</a>", "shortener"},
        {"<a href='https://a.other.example/'>https://a.shown.com/</a>", "other-domain"},
        {"<a href='https://a.example/'>www.<b>b.com</b></a>", "other-domain"},
        {"<a href='https://www.a.com/x'>http://A.com</a>", ""},
        {"<a href='https://mail.a.com/x'>https://www.a.com/</a>", ""},
        {"<a href='https://a.example/'>bestand.pdf</a>", ""},
        {"<a href='https://a.example/'>See https://b.com for more</a>", ""},
        {"<a href='mailto:a@b.example'>https://b.com</a>", ""},
        /* rewritten by the receiver's link protection: as it was sent */
        {"<a "
         "href='https://eur01.safelinks.protection.outlook.com/"
         "?url=https%3A%2F%2Fwww.a.com%2Fx&amp;"
         "data=1'>https://www.a.com/x</a>",
         ""},
        {"<a href='https://protect.mimecast.com/s/abc'>https://www.a.com/x</a>", ""},
        {"<img src='cid:a@b' alt=''>", "cid-missing"},
        {"<img src='data:image/png;base64,AA' alt=''>", "data-image"},
        {"<img src='/a.png' alt=''>", "relative-image"},
        {"<img src='https://a.example/a.SVG?x' alt=''>", "vector-image"},
        {"<svg></svg>", "vector-image"},
        {"<img src='https://a.example/a.png'>", "image-without-alt"},
        {"<img src='https://a.example/a.png' alt>", ""},
        {"<a href=\"https://a.example/", ""},
        {"<a href=https://a.example/x>a</a>", ""},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Html *html = html_of_body(cases[i].body);
        g_autofree char *traits = traits_of(html);
        if (strcmp(traits, cases[i].traits) != 0)
            fail_msg("%s: \"%s\", not \"%s\"", cases[i].body, traits, cases[i].traits);
        html_free(html);
    }
}

static void test_the_first_is_the_sample(void **state)
{
    (void)state;
    Html *html = html_of_body("<a href='/1&amp;2'>a</a><a href='/3'>b</a>"
                              "<a href='https://a.example'>https://b.com</a>");
    assert_int_equal(html->found[HTML_RELATIVE_LINK].count, 2);
    assert_string_equal(html->found[HTML_RELATIVE_LINK].sample, "/1&2");
    assert_string_equal(html->found[HTML_OTHER_DOMAIN].shown, "b.com");
    assert_int_equal(html->parts[0].links, 3);
    html_free(html);
}

static void test_shown_text(void **state)
{
    (void)state;
    Html *html = html_of_body(
        "<head><title>T</title><style>p{}</style></head><body>"
        "<div style='display : none'>preview</div><p>Caf&eacute;&nbsp;&#233; &amp; b<b>o</b>ld</p>"
        "<div class='m' style='display:none'>mobile</div><span hidden>more</span></body>");
    assert_string_equal(html->parts[0].visible, "Café é & bold");
    assert_int_equal(html->parts[0].letters, 9);
    assert_int_equal(html->parts[0].hidden_letters, strlen("previewmore"));
    html_free(html);
}

#define ALTERNATIVE(first, second)                                                                 \
    "From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; "              \
    "boundary=b\r\n\r\n"                                                                           \
    "--b\r\n" first "\r\n--b\r\n" second "\r\n--b--\r\n"
#define TEXT(text) "Content-Type: text/plain; charset=utf-8\r\n\r\n" text
#define RICH(text) "Content-Type: text/html; charset=utf-8\r\n\r\n" text
#define WORDS                                                                                      \
    "alpha bravo charlie delta foxtrot golf1 hotel india juliett kilo lima1 mike1 november"

static void test_plain_text_beside(void **state)
{
    (void)state;
    Html *html = html_of(ALTERNATIVE(TEXT(WORDS), RICH("<p>" WORDS "</p>")));
    assert_true(html->alternative.exists && html->alternative.comparable);
    assert_int_equal(html->alternative.shared_percent, 100);
    assert_false(html->alternative.text_last || html->alternative.asks_for_html);
    html_free(html);
    html =
        html_of(ALTERNATIVE(RICH("<p>" WORDS "</p>"), TEXT("Your client does not support HTML.")));
    assert_true(html->alternative.text_last && html->alternative.asks_for_html);
    assert_false(html->alternative.comparable);
    html_free(html);
    html = html_of(ALTERNATIVE(TEXT(" \r\n"), RICH("<p>a</p>")));
    assert_int_equal(html->alternative.text_letters, 0);
    html_free(html);
    html = html_of(ALTERNATIVE(TEXT("a"), TEXT("b")));
    assert_false(html->alternative.exists);
    html_free(html);
}

static void test_character_sets(void **state)
{
    (void)state;
    assert_true(charset_is_utf8(SPAN_LIT("caf\xc3\xa9")));
    assert_true(charset_is_utf8(SPAN_LIT("caf\xc3\xa9 \xe2\x82")));
    assert_false(charset_is_utf8(SPAN_LIT("caf\xe9")));
    assert_false(charset_is_utf8(SPAN_LIT("cafe")));
    assert_int_equal(charset_doubled("caf\u00c3\u00a9 it\u00e2\u20ac\u2122s"), 2);
    assert_int_equal(charset_doubled("\u00abCAF\u00c9\u00bb, N\u00c3O, \u00e2me, \u00c2\u2014"), 1);
    assert_int_equal(charset_doubled("caf\u00e9 \u20ac 5"), 0);
    g_autofree char *meta = charset_of_html(SPAN_LIT("<META charset=\"ISO-8859-1\">"));
    assert_string_equal(meta, "iso-8859-1");
    assert_null(charset_of_html(SPAN_LIT("<p>charset=x</p>")));
    assert_true(charset_is_known("iso-8859-15"));
    assert_false(charset_is_known("utf-9"));
    assert_false(charset_is_known("utf-8//IGNORE"));
}

static void test_encoded_words(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        int broken, split, quoted, long_;
    } cases[] = {
        {"Subject: =?utf-8?Q?caf=C3=A9?=", 0, 0, 0, 0},
        {"Subject: =?utf-8?B?Y2Fmw6k=?= =?iso-8859-1?q?caf=E9?= plain", 0, 0, 0, 0},
        {"Subject: =?utf-8*en?Q?caf=C3=A9?=", 0, 0, 0, 0},
        {"Subject: what =? is this ?= and =?x", 0, 0, 0, 0},
        {"Subject: =?utf-8?Q?caf=C3?=\r\n =?utf-8?Q?=A9?=", 0, 1, 0, 0},
        {"Subject: =?utf-8?Q?caf=C3?=", 1, 0, 0, 0},
        {"Subject: =?utf-8?Q?caf=C3?= x =?utf-8?Q?=A9?=", 2, 0, 0, 0},
        {"Subject: =?utf-8?Q?caf=E9?=", 1, 0, 0, 0},
        {"Subject: =?utf-8?Q?caf=C3=A9", 1, 0, 0, 0},
        {"Subject: =?utf-8?Q?a b?=", 1, 0, 0, 0},
        {"Subject: =?utf-8?Q?a=3?=", 1, 0, 0, 0},
        {"Subject: =?utf-8?X?ab?=", 1, 0, 0, 0},
        {"Subject: =?utf-8?B?!!!?=", 1, 0, 0, 0},
        {"Subject: =?nosuch?Q?ab?=", 1, 0, 0, 0},
        {"Subject: \"=?utf-8?Q?ab?=\"", 0, 0, 0, 0},
        {"From: \"=?utf-8?Q?ab?=\" <a@b.example>", 0, 0, 1, 0},
        {"From: \"a\" =?utf-8?Q?ab?= <a@b.example>", 0, 0, 0, 0},
        {"Subject: =?utf-8?Q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?=", 0,
         0, 0, 0},
        {"Subject: =?utf-8?Q?aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa?=", 0,
         0, 0, 1},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *message = g_strconcat(cases[i].fields, "\r\n\r\n", NULL);
        g_autoptr(GBytes) octets = g_bytes_new(message, strlen(message));
        Source *source = source_new(octets, SOURCE_AS_STORED);
        EncodedWords words = encodedword_check(source);
        if ((int)words.found[ENCODEDWORD_BROKEN].count != cases[i].broken ||
            (int)words.found[ENCODEDWORD_SPLIT].count != cases[i].split ||
            (int)words.found[ENCODEDWORD_QUOTED].count != cases[i].quoted ||
            (int)words.found[ENCODEDWORD_LONG].count != cases[i].long_)
            fail_msg("%s: %zu %zu %zu %zu", cases[i].fields, words.found[0].count,
                     words.found[1].count, words.found[2].count, words.found[3].count);
        for (size_t f = 0; f < ENCODEDWORD_FAULTS; f++)
            assert_true(words.found[f].offset + words.found[f].length <= source->bytes.n);
        source_free(source);
    }
}

static const char *const pieces[] = {"<a href='",
                                     "https://",
                                     "http://[",
                                     "'>",
                                     "</a>",
                                     "<img src=",
                                     "<!--",
                                     "-->",
                                     "<script",
                                     "&#x",
                                     "&eacute;",
                                     "&#99999999;",
                                     "<div style='display:none'>",
                                     "</div>",
                                     "{{",
                                     "cid:",
                                     "@",
                                     "=?",
                                     "?=",
                                     "\xc3\xa9",
                                     "\xc3",
                                     "\r\n",
                                     " ",
                                     "<style>",
                                     "</style>",
                                     "//",
                                     "?token=",
                                     "<base href=",
                                     "www.",
                                     "\"",
                                     "<svg",
                                     "data:",
                                     "\\\\",
                                     "::",
                                     "%7B%7B"};

/* Pieces of mark-up in any order. */
static void test_hostile_html(void **state)
{
    (void)state;
    GRand *random = g_rand_new_with_seed(11);
    for (size_t round = 0; round < 1500; round++) {
        g_autoptr(GString) body = g_string_new(NULL);
        size_t n = (size_t)g_rand_int_range(random, 0, round % 300 == 0 ? 40000 : 60);
        for (size_t i = 0; i < n; i++)
            g_string_append(body, pieces[g_rand_int_range(random, 0, G_N_ELEMENTS(pieces))]);
        Html *html = html_of_body(body->str);
        for (HtmlTrait trait = 0; trait < HTML_TRAITS; trait++) {
            const HtmlFound *found = &html->found[trait];
            assert_true((found->count > 0) == (found->sample != NULL));
            if (found->sample)
                assert_true(strlen(found->sample) <= HTML_SAMPLE_OCTETS);
        }
        html_free(html);
    }
    g_rand_free(random);
}

/* What repeats must not take time by its square. */
static void test_long_repetitions(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(pieces); i++) {
        g_autoptr(GString) body = g_string_new("<a href='https://a.example/'>");
        while (body->len < 250000)
            g_string_append(body, pieces[i]);
        int64_t started_us = g_get_monotonic_time();
        html_free(html_of_body(body->str));
        assert_true(g_get_monotonic_time() - started_us < 5000000);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traits),         cmocka_unit_test(test_the_first_is_the_sample),
        cmocka_unit_test(test_shown_text),     cmocka_unit_test(test_plain_text_beside),
        cmocka_unit_test(test_character_sets), cmocka_unit_test(test_encoded_words),
        cmocka_unit_test(test_hostile_html),   cmocka_unit_test(test_long_repetitions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
