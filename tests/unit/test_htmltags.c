#include "analyzer/message/htmltags.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void test_pairs(void **state)
{
    (void)state;
    HtmlTags tags =
        htmltags_find(SPAN_LIT("<!DOCTYPE html><div><p>a<br>b</p><p>c</DIV><!-- <p> --></x>"));
    assert_int_equal(tags.n, 9);
    assert_int_equal(tags.items[0].kind, HTML_DECLARATION);
    assert_int_equal(tags.items[1].match, 6); /* div, past the unclosed second p */
    assert_int_equal(tags.items[2].match, 4);
    assert_int_equal(tags.items[3].match, 3);
    assert_int_equal(tags.items[5].match, 5);
    assert_int_equal(tags.items[7].kind, HTML_COMMENT);
    assert_int_equal(tags.items[8].kind, HTML_CLOSE);
    htmltags_clear(&tags);
}

static void test_raw_text(void **state)
{
    (void)state;
    HtmlTags tags =
        htmltags_find(SPAN_LIT("<style>a > b { } <p></style><script>if (a<b) '<p>'</script><p>"));
    assert_int_equal(tags.n, 5);
    assert_true(span_is(tags.items[4].name, "p"));
    htmltags_clear(&tags);
}

static void test_attributes(void **state)
{
    (void)state;
    HtmlTags tags = htmltags_find(SPAN_LIT("<a  href=\"x>y\" title='t' bare  empty= n=1/>z</a>"));
    assert_int_equal(tags.n, 2);
    static const char *const expected[][2] = {
        {"href", "x>y"}, {"title", "t"}, {"bare", ""}, {"empty", ""}, {"n", "1/"}};
    HtmlAttribute attribute;
    size_t at = 0, i = 0;
    for (; html_attribute(&tags, &tags.items[0], &at, &attribute); i++) {
        assert_true(i < G_N_ELEMENTS(expected));
        assert_true(span_is(attribute.name, expected[i][0]));
        assert_true(span_is(attribute.value, expected[i][1]));
    }
    assert_int_equal(i, G_N_ELEMENTS(expected));
    htmltags_clear(&tags);
}

/* Anything gives tags within the text. */
static void test_total(void **state)
{
    (void)state;
    static const char octets[] = "<>/!-=\"' ab\n";
    unsigned seed = 1;
    for (int round = 0; round < 3000; round++) {
        char text[40];
        for (size_t i = 0; i < sizeof text; i++) {
            seed = seed * 1103515245u + 12345u;
            text[i] = octets[seed >> 16 & 0xff ? (seed >> 16) % (sizeof octets - 1) : 0];
        }
        HtmlTags tags = htmltags_find(span_of(text, sizeof text));
        size_t before = 0;
        for (size_t i = 0; i < tags.n; i++) {
            assert_true(tags.items[i].from >= before && tags.items[i].to > tags.items[i].from);
            before = tags.items[i].to;
            assert_true(before <= sizeof text);
            HtmlAttribute attribute;
            for (size_t at = 0; html_attribute(&tags, &tags.items[i], &at, &attribute);)
                assert_true(attribute.from < attribute.to && attribute.to < tags.items[i].to);
        }
        htmltags_clear(&tags);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pairs),
        cmocka_unit_test(test_raw_text),
        cmocka_unit_test(test_attributes),
        cmocka_unit_test(test_total),
    };
    return cmocka_run_group_tests_name("htmltags", tests, NULL, NULL);
}
