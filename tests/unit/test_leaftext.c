#include "analyzer/cause/leaftext.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* A body that is one text part, and its decoded text. */
typedef struct One {
    Budget budget;
    BodyOracle oracle;
    BodyView view;
    LeafText *text;
} One;

static void one_init(One *one, const char *body, const char *encoding)
{
    *one = (One){.budget = {.units = 1000000}};
    one->oracle = (BodyOracle){.canon = CANON_SIMPLE, .hash = HASH_SHA256, .budget = &one->budget};
    g_autoptr(GBytes) octets = g_bytes_new(body, strlen(body));
    gsize n;
    const char *p = g_bytes_get_data(octets, &n);
    one->view.lines = lines_new(&one->oracle, octets, span_of(p, n), false);
    one->view.leaves =
        leaves_find(one->view.lines, SPAN_LIT("text/html; charset=utf-8"), span_str(encoding));
    one->text = leaftext_new(&one->view, &one->view.leaves.items[0]);
}

static void one_clear(One *one)
{
    leaftext_free(one->text);
    leaves_clear(&one->view.leaves);
    lines_free(one->view.lines);
}

/* Octets [from, to) of the decoded text become `text`: then the body is this. */
static void assert_edit(const char *body, const char *encoding, size_t from, size_t to,
                        const char *text, const char *expected)
{
    One one;
    one_init(&one, body, encoding);
    assert_non_null(one.text);
    Edit edit = {from, to, span_str(text)};
    PieceList list;
    pieces_init(&list, 0);
    leaftext_edit(one.text, &edit, 1, 0, &list);
    g_autoptr(GBytes) joined = lines_join(one.view.lines, pieces_of(&list), list.pieces->len);
    gsize n;
    const char *p = g_bytes_get_data(joined, &n);
    assert_int_equal(n, strlen(expected));
    assert_memory_equal(p, expected, n);
    pieces_clear(&list);
    one_clear(&one);
}

static void test_plain(void **state)
{
    (void)state;
    static const char body[] = "one\r\ntwo\r\nthree\r\n";
    assert_edit(body, "", 0, 0, "x", "xone\r\ntwo\r\nthree\r\n");
    assert_edit(body, "", 0, 5, "", "two\r\nthree\r\n");
    assert_edit(body, "", 2, 7, "", "ono\r\nthree\r\n");
    assert_edit(body, "", 3, 5, "", "onetwo\r\nthree\r\n");
    assert_edit(body, "", 10, 17, "", "one\r\ntwo\r\n");
    assert_edit(body, "", 8, 17, "\r\n\r\n", "one\r\ntwo\r\n\r\n");
    assert_edit(body, "", 0, 17, "", "");
    assert_edit(body, "", 17, 17, "more\r\n", "one\r\ntwo\r\nthree\r\nmore\r\n");
}

/* Untouched lines keep their own way, even an odd one: "=65" is "e". */
static void test_quoted_printable(void **state)
{
    (void)state;
    static const char body[] = "on=65\r\nt=\r\nwo =3D 2\r\n=65nd\r\n";
    assert_edit(body, "quoted-printable", 0, 3, "1=", "1=3D\r\nt=\r\nwo =3D 2\r\n=65nd\r\n");
    assert_edit(body, "quoted-printable", 5, 6, "T", "on=65\r\nTwo =3D 2\r\n=65nd\r\n");
    assert_edit(body, "quoted-printable", 5, 14, "", "on=65\r\n=65nd\r\n");
}

/* CR LF that stands as "=0D=0A" within a line stays so. */
static void test_escaped_line_ends(void **state)
{
    (void)state;
    assert_edit("a=0D=0Ab=0D=0Ac\r\n", "quoted-printable", 3, 4, "B", "a=0D=0AB=0D=0Ac\r\n");
}

/* "one two three four\n" at width 8: lines before the edit stay. */
static void test_base64(void **state)
{
    (void)state;
    static const char body[] = "b25lIHR3\r\nbyB0aHJl\r\nZSBmb3Vy\r\nCg==\r\n";
    assert_edit(body, "base64", 13, 18, "", "b25lIHR3\r\nbyB0aHJl\r\nZQo=\r\n");
    assert_edit(body, "base64", 0, 0, "", body);
    One one;
    one_init(&one, "b25lIHR3\r\nbyB0\r\naHJl\r\n", "base64"); /* lines of any length */
    assert_null(one.text);
    one_clear(&one);
    one_init(&one, "b25lIHR3\r\nbyB0aHJl\r\n\r\nappended text\r\n", "base64");
    assert_non_null(one.text);
    assert_true(span_is(one.text->text, "one two thre"));
    one_clear(&one);
}

static void test_none(void **state)
{
    (void)state;
    static const char *const encodings[] = {"", "quoted-printable", "base64", "x-uuencode"};
    for (size_t i = 0; i < G_N_ELEMENTS(encodings); i++) {
        One one;
        one_init(&one, "", encodings[i]);
        assert_null(one.text);
        one_clear(&one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_quoted_printable),
        cmocka_unit_test(test_escaped_line_ends),
        cmocka_unit_test(test_base64),
        cmocka_unit_test(test_none),
    };
    return cmocka_run_group_tests_name("leaftext", tests, NULL, NULL);
}
