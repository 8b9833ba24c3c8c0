/* taglist.c: RFC 6376 §3.2. */
#include "analyzer/base/taglist.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void keeps_tags_in_order_with_offsets(void **state)
{
    (void)state;
    Span text = SPAN_LIT(" v=1; a = rsa-sha256 ;\r\n\tb=ab\r\n cd;c=;");
    TagList list = taglist_parse(text);
    assert_int_equal(list.defect, TAGLIST_OK);
    assert_int_equal(list.n, 4);
    assert_true(span_is(list.tags[0].name, "v"));
    assert_int_equal(list.tags[0].offset, 1);
    assert_int_equal(list.tags[0].value_offset, 3);
    assert_true(span_is(list.tags[1].name, "a"));
    assert_true(span_is(list.tags[1].value, "rsa-sha256"));
    assert_int_equal(list.tags[1].value_offset, 10);
    assert_true(span_is(list.tags[2].value, "ab\r\n cd"));
    assert_true(span_is(list.tags[3].name, "c"));
    assert_int_equal(list.tags[3].value.n, 0);
    assert_int_equal(list.tags[3].value_offset, text.n - 1);
    assert_ptr_equal(taglist_find(&list, "b"), &list.tags[2]);
    assert_null(taglist_find(&list, "B"));
    taglist_clear(&list);
    assert_int_equal(list.n, 0);
}

static void assert_defect(Span text, TagListDefect defect, size_t offset)
{
    TagList list = taglist_parse(text);
    assert_string_equal(taglist_defect_name(list.defect), taglist_defect_name(defect));
    if (defect != TAGLIST_OK)
        assert_int_equal(list.defect_offset, offset);
    taglist_clear(&list);
}

static void names_the_first_defect(void **state)
{
    (void)state;
    assert_defect(SPAN_LIT("a=1"), TAGLIST_OK, 0);
    assert_defect(SPAN_LIT("a=1; \r\n"), TAGLIST_OK, 0);
    assert_defect(SPAN_LIT("a=1==;b_2=x"), TAGLIST_OK, 0);
    assert_defect(SPAN_LIT("n=caf\xc3\xa9"), TAGLIST_OK, 0);
    assert_defect(SPAN_LIT("a=1;A=1"), TAGLIST_OK, 0); /* names are case-sensitive */
    assert_defect(SPAN_LIT(""), TAGLIST_EMPTY, 0);
    assert_defect(SPAN_LIT(" \r\n\t"), TAGLIST_EMPTY, 0);
    assert_defect(SPAN_LIT("a=1;junk"), TAGLIST_NO_EQUALS, 4);
    assert_defect(SPAN_LIT("a=1; 2b=x"), TAGLIST_BAD_NAME, 5);
    assert_defect(SPAN_LIT("=x"), TAGLIST_BAD_NAME, 0);
    assert_defect(SPAN_LIT("a b=x"), TAGLIST_BAD_NAME, 0);
    assert_defect(SPAN_LIT("a-b=x"), TAGLIST_BAD_NAME, 0);
    assert_defect(SPAN_LIT("a=x\0y"), TAGLIST_BAD_VALUE, 3);
    assert_defect(SPAN_LIT("a= x\x7f"), TAGLIST_BAD_VALUE, 4);
    assert_defect(SPAN_LIT("a=ok\xe9"), TAGLIST_BAD_VALUE, 4);
    assert_defect(SPAN_LIT("a=1;b=2;a=3;b=4"), TAGLIST_DUPLICATE, 8);
    assert_defect(SPAN_LIT("b=2;a=1;a=3;b=4;junk"), TAGLIST_DUPLICATE, 8);
    assert_defect(SPAN_LIT("b=2;junk;b=4"), TAGLIST_NO_EQUALS, 4);
    assert_defect(SPAN_LIT("a=1;;b=2"), TAGLIST_EMPTY_SPEC, 4);
    assert_defect(SPAN_LIT(";a=1"), TAGLIST_EMPTY_SPEC, 0);
    assert_defect(SPAN_LIT(";"), TAGLIST_EMPTY_SPEC, 0);
    assert_defect(SPAN_LIT("a=1; ;"), TAGLIST_EMPTY_SPEC, 4);
}

static void goes_on_after_a_defect(void **state)
{
    (void)state;
    TagList list = taglist_parse(SPAN_LIT("junk;;p=abc;p=def"));
    assert_int_equal(list.defect, TAGLIST_NO_EQUALS);
    assert_int_equal(list.n, 2);
    assert_true(span_is(taglist_find(&list, "p")->value, "abc"));
    taglist_clear(&list);
}

static void many_tags_take_no_time(void **state)
{
    (void)state;
    GString *text = g_string_new(NULL);
    for (unsigned i = 0; i < 200000; i++)
        g_string_append_printf(text, "t%u=%u;", i, i);
    g_string_append(text, "t0=again");
    gint64 start = g_get_monotonic_time();
    TagList list = taglist_parse(span_of(text->str, text->len));
    assert_true(g_get_monotonic_time() - start < 5 * G_USEC_PER_SEC); /* quadratic: minutes */
    assert_int_equal(list.n, 200001);
    assert_int_equal(list.defect, TAGLIST_DUPLICATE);
    assert_int_equal(list.defect_offset, text->len - strlen("t0=again"));
    taglist_clear(&list);
    g_string_free(text, TRUE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_tags_in_order_with_offsets),
        cmocka_unit_test(names_the_first_defect),
        cmocka_unit_test(goes_on_after_a_defect),
        cmocka_unit_test(many_tags_take_no_time),
    };
    return cmocka_run_group_tests_name("taglist", tests, NULL, NULL);
}
