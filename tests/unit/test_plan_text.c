/* plan_text.c: the built-in texts, what is refused, and how arguments are filled in. */
#include "rules/plan_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* Every text there has to be, with the same words but for one of them. */
static char *texts_with(PlanTextId id, const char *text)
{
    GString *xml = g_string_new("<plan-texts>\n");
    for (PlanTextId i = 0; i < PLAN_TEXTS; i++) {
        if (i == id)
            g_string_append(xml, text);
        else
            g_string_append_printf(xml, "<text id=\"%s\"><en>a {x}</en><nl>{x} b</nl></text>\n",
                                   plan_text_name(i));
    }
    g_string_append(xml, "</plan-texts>\n");
    return g_string_free(xml, FALSE);
}

static void built_in_texts_load(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(PlanTexts) texts = plan_texts_load(&error);
    if (!texts)
        fail_msg("%s", error->message);
    for (PlanTextId id = 0; id < PLAN_TEXTS; id++) {
        for (Language language = 0; language < LANGUAGES; language++) {
            g_autofree char *text = plan_text(texts, id, language, NULL);
            assert_true(strlen(text) > 4);
            assert_null(strpbrk(text, "{}\n"));
        }
    }
}

static void fills_in(void **state)
{
    (void)state;
    static const struct {
        const char *text, *domain, *expect;
    } cases[] = {
        {"Sign as {domain}.", "a.example", "Sign as a.example."},
        {"{domain}", "a.example", "a.example"},
        {"{domain}{domain} and {other}", "a", "aa and -"},
        {"{domain}", "{domain}", "{domain}"}, /* a value is no text */
        {"{domain}", "", "-"},
        {"  two\n   lines ", "a", "two lines"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *one = g_strdup_printf(
            "<text id=\"title-key\"><en>%s</en><nl>%s</nl></text>\n", cases[i].text, cases[i].text);
        g_autofree char *xml = texts_with(TITLE_KEY, one);
        g_autoptr(GError) error = NULL;
        g_autoptr(PlanTexts) texts = plan_texts_parse(xml, strlen(xml), "test.xml", &error);
        if (!texts)
            fail_msg("%s", error->message);
        const char *const arguments[] = {"domain", cases[i].domain, NULL};
        g_autofree char *text = plan_text(texts, TITLE_KEY, LANGUAGE_NL, arguments);
        assert_string_equal(text, cases[i].expect);
    }
}

static void faults_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"", "the text title-key is missing"},
        {"<text id=\"title-lock\"><en>a</en><nl>b</nl></text>", ":2: no such text is used"},
        {"<text id=\"title-alias\"><en>a</en><nl>b</nl></text>", "this text stands twice"},
        {"<text id=\"title-key\"><en>{a}</en><nl>{b}</nl></text>",
         ":2: the two languages use different arguments"},
        {"<text id=\"title-key\"><en>a</en><nl>{b}</nl></text>", "different arguments"},
        {"<text id=\"title-key\"><en>a</en></text>", ":2:"},
        {"<text id=\"title-key\"><en>a {b</en><nl>a {b</nl></text>", ":2:"},
        {"<text id=\"title-key\"><en/><nl/></text>", ":2:"},
        {"<text id=\"title-key\">", "test.xml:"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *xml = texts_with(TITLE_KEY, cases[i].text);
        g_autoptr(GError) error = NULL;
        g_autoptr(PlanTexts) texts = plan_texts_parse(xml, strlen(xml), "test.xml", &error);
        assert_null(texts);
        if (!strstr(error->message, cases[i].says))
            fail_msg("%s: %s", cases[i].text, error->message);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(built_in_texts_load),
        cmocka_unit_test(fills_in),
        cmocka_unit_test(faults_are_named),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
