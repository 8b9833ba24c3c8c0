/* catalogue.c: what is built in, and what a faulty catalogue is told. */
#include "rules/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const a_rule =
    "<rules topic='spf'>\n"
    "<rule id='spf-x' severity='error' weight='7' cap='30' group='g' actor='dns' "
    "formerly='spf-w'>\n"
    "<rfc number='7208' section='4.6.4'/><source label='A guide' url='https://example.com/' "
    "as-of='2026-11'/>\n"
    "<text lang='en'><title>A  title</title><why>Before\n <arg name='a'/>after <arg "
    "name='b'/></why>\n"
    "<fix><arg name='a'/>.</fix><cap>A reason.</cap></text>\n"
    "<text lang='nl'><title>Een titel</title><why><arg name='b'/> en <arg name='a'/></why>\n"
    "<fix>Doe <arg name='a'/></fix><cap>Een reden.</cap></text>\n"
    "</rule></rules>\n";

static Catalogue *loaded;

static int load(void **state)
{
    (void)state;
    GError *error = NULL;
    loaded = catalogue_load(&error);
    if (!loaded)
        fail_msg("%s", error->message);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    catalogue_free(loaded);
    return 0;
}

/* --- what is built in --- */

static void test_every_topic_has_rules(void **state)
{
    (void)state;
    assert_true(loaded->n >= 70);
    size_t topic = 0;
    for (size_t i = 0; i < loaded->n; i++) {
        while (strcmp(loaded->rules[i].topic, catalogue_topics[topic]) != 0)
            assert_non_null(catalogue_topics[++topic]);
    }
    assert_null(catalogue_topics[topic + 1]);
}

static void test_every_rule_is_complete(void **state)
{
    (void)state;
    for (size_t i = 0; i < loaded->n; i++) {
        const Rule *rule = &loaded->rules[i];
        assert_true(rule->n_references > 0);
        for (size_t l = 0; l < LANGUAGES; l++) {
            if (rule->title[l].n != 1 || rule->title[l].pieces[0].is_argument)
                fail_msg("%s: a title is plain text", rule->id);
            if (rule->why[l].n == 0 || rule->fix[l].n == 0)
                fail_msg("%s: a text is empty", rule->id);
        }
        if (strcmp(rule->title[LANGUAGE_EN].pieces[0].text,
                   rule->title[LANGUAGE_NL].pieces[0].text) == 0)
            fail_msg("%s: not translated", rule->id);
        assert_ptr_equal(catalogue_find(loaded, rule->id), rule);
    }
}

static void test_severity_and_weight_agree(void **state)
{
    (void)state;
    for (size_t i = 0; i < loaded->n; i++) {
        const Rule *rule = &loaded->rules[i];
        if (strcmp(rule->topic, "cause") ==
            0) { /* what fails is charged by the rule that says so */
            assert_int_equal(rule->weight, 0);
            continue;
        }
        if (rule->severity == SEVERITY_NOTICE && rule->weight > 3)
            fail_msg("%s: a notice of %u points", rule->id, rule->weight);
        if (rule->severity == SEVERITY_WARNING && rule->weight > 15)
            fail_msg("%s: a warning of %u points", rule->id, rule->weight);
        if (rule->severity == SEVERITY_ERROR && rule->weight < 10 && !rule->has_cap)
            fail_msg("%s: an error of %u points", rule->id, rule->weight);
    }
}

static void test_rules_and_predicates_match(void **state)
{
    (void)state;
    GError *error = NULL;
    if (!judge_check_rules(loaded, &error))
        fail_msg("%s", error->message);
}

static void test_a_rule_too_many_is_named(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalogue) catalogue = catalogue_load(NULL);
    assert_true(catalogue_add(catalogue, a_rule, strlen(a_rule), "test", NULL));
    assert_false(judge_check_rules(catalogue, &error));
    assert_string_equal(error->message, "rule spf-x has 0 predicates");
}

static void test_a_predicate_too_many_is_named(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalogue) catalogue = catalogue_new_empty();
    assert_false(judge_check_rules(catalogue, &error));
    assert_true(g_str_has_suffix(error->message, "has no rule"));
}

/* --- reading --- */

static void test_a_rule_is_read(void **state)
{
    (void)state;
    g_autoptr(Catalogue) catalogue = catalogue_new_empty();
    assert_true(catalogue_add(catalogue, a_rule, strlen(a_rule), "test", NULL));
    const Rule *rule = catalogue_find(catalogue, "spf-w");
    assert_non_null(rule);
    assert_string_equal(rule->id, "spf-x");
    assert_int_equal(rule->severity, SEVERITY_ERROR);
    assert_int_equal(rule->weight, 7);
    assert_true(rule->has_cap);
    assert_int_equal(rule->cap, 30);
    assert_string_equal(rule->group, "g");
    assert_string_equal(rule->actor, "dns");
    assert_string_equal(rule->cap_reason[LANGUAGE_NL], "Een reden.");
    assert_int_equal(rule->n_references, 2);
    assert_string_equal(rule->references[0].label, "RFC 7208 §4.6.4");
    assert_string_equal(rule->references[0].url,
                        "https://www.rfc-editor.org/rfc/rfc7208#section-4.6.4");
    assert_string_equal(rule->references[1].as_of, "2026-11");
}

/* "Before <a>after <b>": white space is squeezed, and kept where it parts words. */
static void test_texts_are_cut_in_pieces(void **state)
{
    (void)state;
    static const TextPiece expected[] = {
        {false, "Before "}, {true, "a"}, {false, "after "}, {true, "b"}};
    g_autoptr(Catalogue) catalogue = catalogue_new_empty();
    assert_true(catalogue_add(catalogue, a_rule, strlen(a_rule), "test", NULL));
    const RuleText *why = &catalogue->rules[0].why[LANGUAGE_EN];
    assert_int_equal(why->n, G_N_ELEMENTS(expected));
    for (size_t i = 0; i < why->n; i++) {
        assert_int_equal(why->pieces[i].is_argument, expected[i].is_argument);
        assert_string_equal(why->pieces[i].text, expected[i].text);
    }
    assert_string_equal(catalogue->rules[0].fix[LANGUAGE_EN].pieces[1].text, ".");
}

/* --- faults --- */

/* The good rule with one text replaced by another; what the error says. */
static void assert_fault(const char *from, const char *to, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalogue) catalogue = catalogue_new_empty();
    g_auto(GStrv) around = g_strsplit(a_rule, from, 2);
    assert_non_null(around[1]);
    g_autofree char *xml = g_strjoinv(to, around);
    assert_false(catalogue_add(catalogue, xml, strlen(xml), "test.xml", &error));
    assert_non_null(error);
    if (!strstr(error->message, message) || !g_str_has_prefix(error->message, "test.xml:"))
        fail_msg("\"%s\" does not say \"%s\"", error->message, message);
}

static void test_faults_name_file_and_line(void **state)
{
    (void)state;
    assert_fault("</rules>", "", "test.xml:");
    assert_fault("severity='error'", "severity='bad'", "test.xml:2: ");
    assert_fault("weight='7'", "", "weight");
    assert_fault("weight='7'", "weight='101'", "weight");
    assert_fault("actor='dns'", "actor='somebody'", "actor");
    assert_fault("id='spf-x'", "id='Spf_X'", "id");
    assert_fault(
        "<rfc number='7208' section='4.6.4'/><source label='A guide' url='https://example.com/' "
        "as-of='2026-11'/>",
        "", "Expected is one of ( rfc, source )");
    assert_fault("topic='spf'", "topic='else'", "no such topic");
    assert_fault("id='spf-x'", "id='dkim-x'", "does not begin with the topic");
    assert_fault("severity='error' weight='7' cap='30'", "severity='info' weight='7' cap='30'",
                 "costs no points");
    assert_fault("severity='error'", "severity='warning'", "only an error has a cap");
    assert_fault("cap='30' ", "", "a cap and its reason");
    assert_fault("<cap>Een reden.</cap>", "", "a cap and its reason");
    assert_fault("lang='nl'", "lang='en'", "stands twice");
    assert_fault("Doe <arg name='a'/>", "Doe <arg name='b'/>", "different arguments");
    assert_fault("Doe <arg name='a'/>", "Doe", "different arguments");
}

static void test_a_name_is_used_once(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autoptr(Catalogue) catalogue = catalogue_new_empty();
    assert_true(catalogue_add(catalogue, a_rule, strlen(a_rule), "one", NULL));
    assert_false(catalogue_add(catalogue, a_rule, strlen(a_rule), "two", &error));
    assert_string_equal(error->message, "two: two rules share the name spf-x");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_topic_has_rules),
        cmocka_unit_test(test_every_rule_is_complete),
        cmocka_unit_test(test_severity_and_weight_agree),
        cmocka_unit_test(test_rules_and_predicates_match),
        cmocka_unit_test(test_a_rule_too_many_is_named),
        cmocka_unit_test(test_a_predicate_too_many_is_named),
        cmocka_unit_test(test_a_rule_is_read),
        cmocka_unit_test(test_texts_are_cut_in_pieces),
        cmocka_unit_test(test_faults_name_file_and_line),
        cmocka_unit_test(test_a_name_is_used_once),
    };
    return cmocka_run_group_tests_name("catalogue", tests, load, unload);
}
