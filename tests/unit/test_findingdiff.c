#include "analyzer/base/own.h"
#include "reports/baseline.h"
#include "reports/findingdiff.h"

#include <libxml/parser.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* As much of a report as findings need. */
static xmlDoc *report(const char *signatures, const char *findings)
{
    g_autofree char *xml = g_strdup_printf(
        "<report><verdict score='50' passed='false' fail-on='error'/><input name='m.eml' "
        "sha256='00'/><run now='2026-11-23T10:00:00Z'/><signatures>%s</signatures>"
        "<findings>%s</findings></report>",
        signatures, findings);
    xmlDoc *document = xmlReadMemory(xml, (int)strlen(xml), "test", NULL, XML_PARSE_NONET);
    assert_non_null(document);
    return document;
}

#define FAIL(rule, object, severity)                                                               \
    "<finding rule='" rule "' object='" object "' topic='t' severity='" severity                   \
    "' outcome='fail' waived='false' certainty='evaluated'/>"
#define WAIVED(rule, object)                                                                       \
    "<finding rule='" rule "' object='" object                                                     \
    "' severity='error' outcome='fail' waived='true' certainty='evaluated'/>"
#define INFERRED(rule, object)                                                                     \
    "<finding rule='" rule "' object='" object                                                     \
    "' severity='error' outcome='fail' waived='false' certainty='inferred'/>"
#define IS(rule, object, outcome)                                                                  \
    "<finding rule='" rule "' object='" object "' severity='error' outcome='" outcome "'/>"
#define SIGNATURE(number, domain, selector)                                                        \
    "<signature number='" number "' domain='" domain "' selector='" selector "'/>"

/* "new rule (object)" and so on, by one space; what is the same left out. */
static char *told(const char *old_signatures, const char *old, const char *new_signatures,
                  const char *new)
{
    g_autoptr(xmlDoc) before = report(old_signatures, old), after = report(new_signatures, new);
    g_autoptr(FindingPairs) pairs =
        findingdiff_new(xmlDocGetRootElement(before), xmlDocGetRootElement(after));
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < pairs->n; i++) {
        const FindingPair *pair = &pairs->pairs[i];
        const xmlNode *finding = pair->after != NULL ? pair->after : pair->before;
        if (pair->change != FINDING_SAME)
            g_string_append_printf(out, "%s%s %s (%s)", out->len > 0 ? ", " : "",
                                   finding_change_name(pair->change), node_get(finding, "rule"),
                                   node_get(finding, "object"));
    }
    return g_string_free(out, FALSE);
}

static void assert_told(const char *old, const char *new, const char *wanted)
{
    g_autofree char *got = told("", old, "", new);
    assert_string_equal(got, wanted);
}

static void every_change(void **state)
{
    (void)state;
    assert_told("", "", "");
    assert_told(FAIL("a", "x", "error"), FAIL("a", "x", "error"), "");
    assert_told("", FAIL("a", "x", "info"), "new a (x)");
    assert_told(IS("a", "x", "pass"), FAIL("a", "x", "error"), "new a (x)");
    assert_told(IS("a", "x", "not-evaluable"), FAIL("a", "x", "error"), "new a (x)");
    assert_told(FAIL("a", "x", "notice"), FAIL("a", "x", "warning"), "worse a (x)");
    assert_told(FAIL("a", "x", "warning"), FAIL("a", "x", "notice"), "better a (x)");
    assert_told(INFERRED("a", "x"), FAIL("a", "x", "error"), "worse a (x)");
    assert_told(FAIL("a", "x", "error"), INFERRED("a", "x"), "better a (x)");
    assert_told(WAIVED("a", "x"), FAIL("a", "x", "info"), "worse a (x)");
    assert_told(FAIL("a", "x", "info"), WAIVED("a", "x"), "better a (x)");
    assert_told(FAIL("a", "x", "error"), "", "gone a (x)");
    assert_told(FAIL("a", "x", "error"), IS("a", "x", "pass"), "gone a (x)");
    assert_told(FAIL("a", "x", "error"), IS("a", "", "not-applicable"), "gone a (x)");
    assert_told(FAIL("a", "x", "error"), IS("a", "x", "not-evaluable"), "open a (x)");
    assert_told(IS("a", "x", "pass"), IS("a", "x", "not-evaluable"), "open a (x)");
    assert_told(IS("a", "x", "not-evaluable"), IS("a", "x", "pass"), "settled a (x)");
    assert_told(IS("a", "", "not-applicable"), IS("a", "x", "pass"), "");
    assert_told(IS("a", "", "not-applicable"), IS("a", "x", "not-evaluable"), "");
}

static void rule_and_object_identify(void **state)
{
    (void)state;
    assert_told(FAIL("a", "x", "error"), FAIL("a", "y", "error"), "new a (y), gone a (x)");
    assert_told(FAIL("a", "x", "error"), FAIL("b", "x", "error"), "new b (x), gone a (x)");
    /* Stated several times: first against first, what is left is new or gone. */
    assert_told(FAIL("a", "x", "error"), FAIL("a", "x", "error") FAIL("a", "x", "error"),
                "new a (x)");
    assert_told(FAIL("a", "x", "error") FAIL("a", "x", "error"), FAIL("a", "x", "error"),
                "gone a (x)");
}

/* A relay put its signature above: signature-1 is signature-2 now. */
static void signatures_by_their_tags(void **state)
{
    (void)state;
    const char *one = SIGNATURE("1", "a.example", "s"),
               *two = SIGNATURE("1", "relay.example", "r") SIGNATURE("2", "a.example", "s");
    g_autofree char *same =
        told(one, FAIL("key", "signature-1", "error"), two,
             IS("key", "signature-1", "pass") FAIL("key", "signature-2", "error"));
    assert_string_equal(same, "");
    g_autofree char *other =
        told(one, FAIL("key", "signature-1", "error"), two,
             FAIL("key", "signature-1", "error") IS("key", "signature-2", "pass"));
    assert_string_equal(other, "new key (signature-1), gone key (signature-2)");
    /* Of equal tags the lowest is the first. */
    const char *twice = SIGNATURE("1", "a.example", "s") SIGNATURE("2", "a.example", "s");
    g_autofree char *lowest =
        told(one, FAIL("key", "signature-1", "error"), twice, FAIL("key", "signature-2", "error"));
    assert_string_equal(lowest, "");
    g_autofree char *upper =
        told(one, FAIL("key", "signature-1", "error"), twice, FAIL("key", "signature-1", "error"));
    assert_string_equal(upper, "new key (signature-1), gone key (signature-1)");
    /* Without tags the number is all there is. */
    g_autofree char *bare = told("<signature number='1'/>", FAIL("key", "signature-1", "error"),
                                 "<signature number='1'/>", FAIL("key", "signature-1", "error"));
    assert_string_equal(bare, "");
}

/* What is new one way is gone the other way. */
static void reversed(void **state)
{
    (void)state;
    const char *a = FAIL("a", "", "error") FAIL("b", "", "notice") IS("c", "", "not-evaluable")
        INFERRED("d", "");
    const char *b =
        FAIL("x", "", "error") FAIL("b", "", "error") IS("c", "", "pass") FAIL("d", "", "error");
    assert_told(a, b, "new x (), worse b (), settled c (), worse d (), gone a ()");
    assert_told(b, a, "new a (), better b (), open c (), better d (), gone x ()");
}

static void baseline_marks(void **state)
{
    (void)state;
    g_autoptr(xmlDoc) old =
        report("", FAIL("known", "", "error") FAIL("worse", "", "notice") FAIL("gone", "", "error")
                       WAIVED("off", "") FAIL("open", "", "error"));
    g_autoptr(xmlDoc) new =
        report("", FAIL("known", "", "error") FAIL("worse", "", "warning") FAIL("new", "", "notice")
                       IS("gone", "", "pass") IS("open", "", "not-evaluable"));
    baseline_apply(new, old, "old.xml");
    const xmlNode *root = xmlDocGetRootElement(new),
                  *finding = node_path(root, "findings", "finding");
    const char *const wanted[] = {"known", "worse", "new", "", ""};
    for (size_t i = 0; i < G_N_ELEMENTS(wanted); i++, finding = node_next(finding))
        assert_string_equal(node_get(finding, "since-baseline"), wanted[i]);
    /* The known error does not count, and what is new or worse is no error. */
    assert_string_equal(node_get(node_child(root, "verdict"), "passed"), "true");
    const xmlNode *baseline = baseline_of(new);
    assert_string_equal(node_get(baseline, "new"), "1");
    assert_string_equal(node_get(baseline, "worse"), "1");
    assert_string_equal(node_get(baseline, "known"), "1");
    assert_int_equal(node_count(node_child(baseline, "gone")), 1); /* not what was waived */
    assert_int_equal(node_count(node_child(baseline, "not-judged")), 1);
    assert_false(baseline_score_counts(new)); /* it is no lower */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_change),
        cmocka_unit_test(rule_and_object_identify),
        cmocka_unit_test(signatures_by_their_tags),
        cmocka_unit_test(reversed),
        cmocka_unit_test(baseline_marks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
