#include "tests/unit/bodycase.h"

#define TEXT "Content-Type: text/plain; charset=utf-8\r\n"
#define HTML "Content-Type: text/html; charset=utf-8\r\n"
#define QP "Content-Transfer-Encoding: quoted-printable\r\n"
#define BASE64 "Content-Transfer-Encoding: base64\r\n"
#define ALTERNATIVE "Content-Type: multipart/alternative; boundary=b1\r\n"

/* A text and an HTML part, with `in_text` and `in_html` put in near their begin and end. */
#define BOTH(top_text, end_text, top_html, end_html)                                               \
    "--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" top_text                             \
    "Dear Ann,\r\nyour order 817 is on its way.\r\n"                                               \
    "See https://shop.example/orders/817?lang=en&src=mail\r\n" end_text                            \
    "--b1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html>\r\n<body>" top_html              \
    "<p>Dear Ann,</p>\r\n"                                                                         \
    "<p>your <a href=\"https://shop.example/orders/817?lang=en&amp;src=mail\">order 817</a> is "   \
    "on its way.</p>\r\n" end_html "</body>\r\n</html>\r\n--b1--\r\n"

static const char *const both = BOTH("", "", "", "");

static void test_banner(void **state)
{
    (void)state;
    assert_undone(HTML, "<html><body>\r\n<p>Hello</p>\r\n</body></html>\r\n",
                  "<html><body><table><tr><td>CAUTION: external "
                  "sender</td></tr></table><br>\r\n<p>Hello</p>\r\n"
                  "</body></html>\r\n",
                  CANON_RELAXED, "body-banner-inserted");
    assert_undone(ALTERNATIVE, both, BOTH("", "", "<div>From outside.</div>\r\n", ""),
                  CANON_RELAXED, "body-banner-inserted");
}

static void test_both_parts(void **state)
{
    (void)state;
    assert_undone(ALTERNATIVE, both,
                  BOTH("CAUTION: from outside.\r\n\r\n", "",
                       "<div><b>CAUTION:</b> from outside.</div>\r\n", ""),
                  CANON_RELAXED, "body-text-prepended body-banner-inserted");
    assert_undone(ALTERNATIVE, both,
                  BOTH("", "\r\n--\r\nExample Ltd, registered 1234\r\n", "",
                       "<p style=\"font-size:9px\">Example Ltd, registered 1234</p>\r\n"),
                  CANON_SIMPLE, "body-footer-appended body-disclaimer-inserted");
}

static void test_elements(void **state)
{
    (void)state;
    static const char page[] =
        "<html>\r\n<head>\r\n<title>T</title>\r\n</head>\r\n<body>\r\n<table>\r\n<tr><td>1</td>"
        "</tr>\r\n<tr><td>2</td></tr>\r\n</table>\r\n</body>\r\n</html>\r\n";
    assert_undone(HTML, page,
                  "<html>\r\n<head>\r\n<meta http-equiv=\"Content-Type\" "
                  "content=\"text/html\"><title>T</title>\r\n</head>"
                  "\r\n<body>\r\n<table>\r\n<tr><td>1</td></tr>\r\n<tr><td>2</td></tr>\r\n</"
                  "table>\r\n</body>\r\n</html>\r\n",
                  CANON_RELAXED, "body-html-inserted");
    assert_undone(HTML, page,
                  "<html>\r\n<head>\r\n<title>T</title>\r\n</"
                  "head>\r\n<body>\r\n<table>\r\n<tr><td>1</td></tr>\r\n"
                  "<tr><td><b>Ad</b> "
                  "here</td></tr>\r\n<tr><td>2</td></tr>\r\n</table>\r\n</body>\r\n</html>\r\n",
                  CANON_RELAXED, "body-html-inserted");
}

static void test_attribute(void **state)
{
    (void)state;
    assert_undone(HTML, "<p class=a>x</p><p>y</p>\r\n",
                  "<p data-scan=\"1\" class=a>x</p><p data-scan=\"2\">y</p>\r\n", CANON_RELAXED,
                  "body-html-inserted");
}

static void test_wrapping(void **state)
{
    (void)state;
    assert_undone(
        HTML, "<p>one</p>\r\n<p>two</p>\r\n",
        "<html><body><div class=\"wrap\"><p>one</p>\r\n<p>two</p></div></body></html>\r\n",
        CANON_RELAXED, "body-html-inserted");
}

static void test_links(void **state)
{
    (void)state;
    assert_undone(TEXT, "See https://example.org/a?b=1&c=2.\r\n",
                  "See "
                  "https://nam02.safelinks.protection.outlook.com/"
                  "?url=https%3A%2F%2Fexample.org%2Fa%3Fb%3D1%26c%3D2&"
                  "data=05&reserved=0.\r\n",
                  CANON_RELAXED, "body-links-rewritten");
    /* the author wrote "&" where HTML wants "&amp;" */
    assert_undone(HTML, "<a href=\"https://example.org/a?b=1&c=2\">x</a>\r\n",
                  "<a "
                  "href=\"https://nam02.safelinks.protection.outlook.com/"
                  "?url=https%3A%2F%2Fexample.org%2Fa%3Fb%3D1%26c"
                  "%3D2&amp;data=05&amp;reserved=0\" "
                  "originalsrc=\"https://example.org/a?b=1&amp;c=2\" shash=\"Zz==\">x"
                  "</a>\r\n",
                  CANON_RELAXED, "body-links-rewritten");
    assert_undone(HTML,
                  "<a href=\"https://example.org\">x</a> <a "
                  "href=\"https://example.net/?next=https://example.org\">"
                  "y</a>\r\n",
                  "<a href=\"https://urldefense.com/v3/__https://example.org/__;!!a!b$\">x</a> "
                  "[example.org] <a href="
                  "\"https://example.net/?next=https://example.org\">y</a>\r\n",
                  CANON_RELAXED, "body-links-rewritten");
}

static void test_links_and_banner(void **state)
{
    (void)state;
    static const char received[] =
        "--b1\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nCAUTION: from outside.\r\n\r\nDear "
        "Ann,\r\nyour order 817 "
        "is on its way.\r\n"
        "See "
        "https://linkprotect.cudasvc.com/"
        "url?a=https%3a%2f%2fshop.example%2forders%2f817%3flang%3den%26src%3dmail&c=E,1"
        "\r\n--b1\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<html>\r\n<body><div>CAUTION: "
        "from outside.</div>"
        "<p>Dear Ann,</p>\r\n"
        "<p>your <a "
        "href=\"https://linkprotect.cudasvc.com/"
        "url?a=https%3a%2f%2fshop.example%2forders%2f817%3flang%3den%26src"
        "%3dmail&amp;c=E,1\">order 817</a> is on its way.</p>\r\n</body>\r\n</html>\r\n--b1--\r\n";
    assert_undone(ALTERNATIVE, both, received, CANON_RELAXED,
                  "body-links-rewritten body-text-prepended body-banner-inserted");
}

/* Only the touched line is written again, in the manner of the others: lower case digits, "!"
 * escaped. */
static void test_quoted_printable(void **state)
{
    (void)state;
    assert_undone(
        HTML QP,
        "<html><body><p>Gr=c3=bc=c3=9fe=21 Lorem ipsum dolor sit amet, consectetur a=\r\ndipiscing "
        "elit, sed do "
        "eiusmod.</p>\r\n<p class=3D\"b\">zwei=21</p></body></html>\r\n",
        "<html><body><div>Extern=21</div><p>Gr=c3=bc=c3=9fe=21 Lorem ipsum dolor sit=\r\n amet, "
        "consectetur "
        "adipiscing elit, sed do eiusmod.</p>\r\n<p class=3D\"b\">zwei=21</p></body></html>\r\n",
        CANON_RELAXED, "body-banner-inserted");
}

/* "<html><body><p>Guten Tag</p></body></html>", with "<p>Werbung</p>" before "</body>" as received;
 * width 24. */
static void test_base64(void **state)
{
    (void)state;
    assert_undone(HTML BASE64,
                  "PGh0bWw+PGJvZHk+PHA+R3V0\r\nZW4gVGFnPC9wPjwvYm9keT48\r\nL2h0bWw+Cg==\r\n",
                  "PGh0bWw+PGJvZHk+PHA+R3V0\r\nZW4gVGFnPC9wPjxwPldlcmJ1\r\nbmc8L3A+"
                  "PC9ib2R5PjwvaHRt\r\nbD4K\r\n",
                  CANON_RELAXED, "body-disclaimer-inserted");
}

static void test_characters(void **state)
{
    (void)state;
    assert_undone(TEXT, "Please pay 120 EUR.\r\nThanks\r\n", "Please pay 920 EUR.\r\nThanks\r\n",
                  CANON_SIMPLE, "body-character-changed");
    assert_undone(TEXT, "Please pay now.\r\nThanks\r\n", "Please pay now.\r\nThank\r\n",
                  CANON_SIMPLE, "body-character-changed");
}

static void test_inline(void **state)
{
    (void)state;
    assert_undone(TEXT, "Dear Ann,\r\nall is well.\r\n", "[External] Dear Ann,\r\nall is well.\r\n",
                  CANON_RELAXED, "body-text-inserted");
}

/* Marks of the inserter in the head, in the body and in the text. */
static void test_marks(void **state)
{
    (void)state;
#define MARKED(text, head, body)                                                                   \
    "--b1\r\nContent-Type: text/plain\r\n\r\n" text "Hello Ann,\r\nall is well.\r\n--b1\r\n"       \
    "Content-Type: text/html\r\n\r\n<html><head>" head "<title>T</title></head>\r\n<body>" body    \
    "<p>Hello Ann</p>\r\n</body></html>\r\n--b1--\r\n"
    assert_undone(ALTERNATIVE, MARKED("", "", ""),
                  MARKED("QqBannerStart\r\nFrom an external sender\r\nQqBannerEnd\r\n",
                         "<!-- BaNnEr-HeAd-start -->\r\n<style>#q{color:red}</style>\r\n<!-- "
                         "BaNnEr-HeAd-end -->\r\n",
                         "<!-- BaNnEr-BoDy-start -->\r\n<!-- Box : BEGIN --><div "
                         "id=q>External</div><!-- Box : END -->"
                         "\r\n<!-- BaNnEr-BoDy-end -->\r\n"),
                  CANON_RELAXED, "body-banner-inserted");
}

static void test_detail(void **state)
{
    (void)state;
    BodyCase body = body_case(ALTERNATIVE, both, BOTH("", "", "<div>From\r\n  outside.</div>", ""),
                              CANON_RELAXED);
    assert_non_null(body.found.body);
    assert_int_equal(body.found.causes->len, 1);
    const Cause *cause = cause_at(&body, 0);
    assert_string_equal(cause->detail, "<div>From outside.</div>");
    assert_true(cause->length > 0);
    Span after = span_of(body.source->bytes.p + cause->offset, cause->length);
    assert_true(span_search(after, SPAN_LIT("<div>From"), 0) < after.n);
    body_case_clear(&body);
}

static void test_losses(void **state)
{
    (void)state;
    assert_lost(TEXT, "See https://example.org/a\r\n",
                "See https://protect-eu.mimecast.com/s/AbCdEf?domain=example.org\r\n",
                CANON_RELAXED, "body-links-opaque");
    assert_lost("Content-Type: multipart/mixed; boundary=b1\r\n", "another body altogether\r\n",
                "--b1\r\nContent-Type: text/plain\r\n\r\nthe attachment was removed by "
                "me\r\n--b1\r\nContent-Type: text/plain"
                "\r\n\r\nThe attachment invoice.zip was removed by the filter.\r\n--b1--\r\n",
                CANON_RELAXED, "body-part-removed");
    assert_lost("Content-Type: multipart/mixed; boundary=b1\r\n", "another body altogether\r\n",
                "--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1\r\nContent-Type: "
                "application/pdf\r\n\r\n%PDF\r\n",
                CANON_RELAXED, "body-truncated");
    assert_lost("Content-Type: multipart/mixed; boundary=b1\r\n", "another body altogether\r\n",
                "--b2\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b2--\r\n", CANON_RELAXED,
                "body-boundary-rewritten");
    assert_lost(HTML, "another body altogether\r\n",
                "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; "
                "charset=utf-8\"></head><body>hello "
                "to you</body></html>\r\n",
                CANON_RELAXED, "body-html-groomed");
    assert_lost(TEXT, "another body altogether\r\n", "Hi,\r\n\r\n--\r\nAnn\r\n", CANON_SIMPLE,
                "body-white-space");
    assert_lost(TEXT, "another body altogether\r\n", "Hi,\r\n\r\nAnn\r\n", CANON_RELAXED,
                "body-changed");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_banner),           cmocka_unit_test(test_both_parts),
        cmocka_unit_test(test_elements),         cmocka_unit_test(test_attribute),
        cmocka_unit_test(test_wrapping),         cmocka_unit_test(test_links),
        cmocka_unit_test(test_links_and_banner), cmocka_unit_test(test_quoted_printable),
        cmocka_unit_test(test_base64),           cmocka_unit_test(test_characters),
        cmocka_unit_test(test_inline),           cmocka_unit_test(test_detail),
        cmocka_unit_test(test_losses),           cmocka_unit_test(test_marks),
    };
    return cmocka_run_group_tests_name("bodycontent", tests, NULL, NULL);
}
