#include "analyzer/base/own.h"
#include "analyzer/message/authres.h"
#include "reports/document.h"
#include "reports/lines.h"
#include "reports/markdown.h"
#include "reports/node.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* A report in which everything that came from outside tries to be something else. Characters that
 * node.h would have escaped are in it all the same: a view has to keep its own format whole,
 * whatever it is given. */
static const char report[] =
    "<report xmlns='urn:mailassay:report:1' version='1' program='mailassay 9.9'>"
    "<verdict score='40' standing='bad' warn-below='90' fail-below='70' worst='error' "
    "fail-on='error' passed='false'"
    " errors='1' warnings='1' notices='0' spf='fail' dkim='pass' dmarc='fail' arc='none'>"
    "<sentence lang='en'>a|b&#10;MAILASSAY OK - c</sentence><sentence "
    "lang='nl'>Nederlands</sentence></verdict>"
    "<input name='-- a b/[x](http://evil.example).eml' sha256='00' size='1000'/>"
    "<options><option name='receiver'><value>mx&quot;.example; dkim=pass</value></option></options>"
    "<run now='2026-11-23T10:05:00Z'/>"
    "<identities><client-ip found='true'><value>2001:db8::1</value></client-ip></identities>"
    "<signatures><signature number='1' result='fail' class='body' domain='a.example' selector='s "
    "1' key-type='rsa'"
    " hash='sha256'><identity>joe (x)@a.example</identity><tags><tag><tag-name>b</tag-name>"
    "<value>ab/+d=ghijk</value></tag></tags></signature>"
    "<signature number='2' result='not-evaluable' domain='b.example'/></signatures>"
    "<spf><spf-mail-from evaluable='true' "
    "result='fail'><spf-sender>\"a;b\"@c.example</spf-sender></spf-mail-from>"
    "<spf-helo evaluable='false'/></spf>"
    "<dmarc author-domain='a.example'><rfc9989 result='fail'/></dmarc>"
    "<arc result='none'/><iprev result='pass'/>"
    "<findings>"
    "<finding number='1' rule='dkim-a' topic='dkim' severity='error' outcome='fail' "
    "object='o&quot;&lt;b>&#10;&#92;'"
    " waived='false' points='25' actor='dns' certainty='proven'>"
    "<title lang='en'>Title ]]&gt; &lt;/testcase&gt;</title><why lang='en'>See http://evil.example "
    "and @all, #12"
    " &lt;script&gt; `tick` | **bold** [a](b) joe@a.example \\* 1 - x</why><fix lang='en'>Do "
    "``it``.</fix>"
    "<place offset='7' length='3' line='2'/><proposed-records><proposed-record action='add' "
    "name='n' type='TXT'>"
    "<value>v=``` x</value></proposed-record></proposed-records>"
    "<references><reference label='L' url='javascript:alert(1)'/>"
    "<reference label='M' url='https://m.example/'/></references></finding>"
    "<finding number='2' rule='dkim-a' topic='dkim' severity='error' outcome='fail' "
    "object='o&quot;&lt;b>&#10;&#92;'"
    " waived='false' points='0'/>"
    "<finding number='3' rule='spf-b' topic='spf' severity='notice' outcome='fail' object='' "
    "waived='false'"
    " points='0'><why lang='en'>W</why></finding>"
    "<finding number='4' rule='spf-c' topic='spf' severity='error' outcome='fail' object='x' "
    "waived='true' points='0'>"
    "<waived-reason>Because</waived-reason></finding>"
    "<finding number='5' rule='spf-d' topic='spf' severity='warning' outcome='not-evaluable' "
    "object=''>"
    "<arguments><argument name='missing'><value>body</value></argument></arguments></finding>"
    "<finding number='6' rule='spf-e' topic='spf' severity='warning' outcome='not-applicable' "
    "object=''/>"
    "<finding number='7' rule='spf-f' topic='spf' severity='warning' outcome='pass' object=''/>"
    "</findings></report>";

static xmlDoc *parse(const char *text)
{
    xmlDoc *document = xmlReadMemory(text, (int)strlen(text), "test", NULL, 0);
    assert_non_null(document);
    return document;
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;
    for (const char *p = strstr(text, what); p != NULL; p = strstr(p + strlen(what), what))
        n++;
    return n;
}

static void assert_has(const GString *text, const char *what)
{
    if (strstr(text->str, what) == NULL)
        fail_msg("no %s in\n%s", what, text->str);
}

static void assert_lacks(const GString *text, const char *what)
{
    if (strstr(text->str, what) != NULL)
        fail_msg("%s in\n%s", what, text->str);
}

/* --- Markdown --- */

static void markdown_words_are_text(void **state)
{
    static const struct {
        const char *text, *markdown;
    } cases[] = {
        {"plain words, 10% off!", "plain words, 10% off\\!"},
        {"of example.com, too", "of `example.com`, too"},
        {"(example.com)", "(`example.com`)"},
        {"<joe@example.com>", "\\<`joe@example.com`\\>"},
        {"http://x/y", "`http://x/y`"},
        {"MAILTO:x", "`MAILTO:x`"},
        {"see #12 and @all", "see `#12` and `@all`"},
        {"a_b *c* d", "`a_b` `*c*` d"},
        {"[a](b)", "\\[`a](b`)"},
        {"a`b", "``a`b``"},
        {"`", "`` ` ``"},
        {"``a", "``` ``a ```"},
        {"x\\y", "`x\\y`"},
        {"a|b", "`a|b`"},
        {"&amp;", "`&amp`;"},
        {"<script>alert(1)</script>", "\\<`script>alert(1)</script`\\>"},
        {"1. x", "1\\. x"},
        {"23) x", "23\\) x"},
        {"7.", "7\\."},
        {"- x", "\\- x"},
        {"+ x", "\\+ x"},
        {"--- x", "\\--- x"},
        {"# x", "`#` x"},
        {"> x", "\\> x"},
        {"192.0.2.1 and 3.6.2", "192.0.2.1 and 3.6.2"},
        {"m\xc3\xbcnchen.de", "`m\xc3\xbcnchen.de`"},
        {"a.\xc3\xbc\xc3\xbc", "`a.\xc3\xbc\xc3\xbc`"},
        {"a\nb\x1b[c", "`a?b?[c`"},
        {"", ""},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        Markdown markdown = {.depth = 0};
        Lines lines = {.out = out, .markdown = &markdown};
        lines_item(&lines, 0, STYLE_PLAIN, "", cases[i].text);
        g_autofree char *wanted = g_strconcat(cases[i].markdown, "\n\n", NULL);
        assert_string_equal(out->str, cases[i].text[0] != '\0' ? wanted : "\n");
    }
}

/* What is further in stands below what is less far in, whatever the steps. */
static void markdown_lists_nest(void **state)
{
    (void)state;
    g_autoptr(GString) out = g_string_new(NULL);
    Markdown markdown = {.depth = 0};
    Lines lines = {.out = out, .markdown = &markdown};
    lines_heading(&lines, "H*");
    lines_item(&lines, 3, STYLE_PLAIN, "", "100");
    lines_item(&lines, 2, STYLE_BAD, "✗ ", "a");
    lines_item(&lines, 9, STYLE_BOLD, "", "b");
    lines_pair(&lines, 4, "Why", "c");
    lines_raw(&lines, 6, "```` d");
    lines_item(&lines, 2, STYLE_PLAIN, "1. ", "e");
    lines_blank(&lines);
    lines_item(&lines, 0, STYLE_BOLD, "! ", "f");
    assert_string_equal(out->str, "## `H*`\n\n- 100\n- ✗ a\n  - **b**\n  - **Why:** c\n"
                                  "    `````\n    ```` d\n    `````\n- 1\\. e\n\n\\! **f**\n\n");
}

static void markdown_is_bounded_in_depth(void **state)
{
    (void)state;
    g_autoptr(GString) out = g_string_new(NULL);
    Markdown markdown = {.depth = 0};
    Lines lines = {.out = out, .markdown = &markdown};
    for (size_t i = 1; i < 1000; i++)
        lines_item(&lines, i, STYLE_PLAIN, "", "x");
    assert_int_equal(markdown.depth, MARKDOWN_DEEPEST);
    assert_int_equal(count(out->str, "- x\n"), 999);
}

static void markdown_report_is_text(void **state)
{
    (void)state;
    g_autoptr(xmlDoc) document = parse(report);
    g_autoptr(GString) text = markdown_view(document, LANGUAGE_EN);
    assert_has(text,
               "`http://evil.example` and `@all`, `#12` \\<script\\> `` `tick` `` `|` `**bold**`");
    assert_has(text, "    ````\n    v=``` x\n    ````\n");
    assert_lacks(text, "\n|");
    assert_lacks(text, " <");
}

/* --- JUnit --- */

static void junit_has_every_case_once(void **state)
{
    (void)state;
    g_autoptr(xmlDoc) document = parse(report);
    g_autoptr(GString) text = junit_view(document, LANGUAGE_EN);
    g_autoptr(xmlDoc) junit = parse(text->str); /* well-formed, whatever stood in it */
    const xmlNode *suites = xmlDocGetRootElement(junit), *suite = node_child(suites, "testsuite");
    assert_string_equal(node_get(suites, "tests"), "7");
    assert_string_equal(node_get(suites, "failures"), "2");
    assert_string_equal(node_get(suites, "errors"), "1");
    assert_string_equal(node_get(suites, "skipped"), "2"); /* not applicable, and waived */
    assert_string_equal(node_get(suite, "name"), "dkim");
    assert_string_equal(node_get(suite, "timestamp"), "2026-11-23T10:05:00");
    const xmlNode *test = node_child(suite, "testcase"), *failure = node_child(test, "failure");
    assert_string_equal(node_get(test, "name"), "dkim-a (o\"<b>\\n\\)");
    assert_string_equal(node_get(failure, "message"), "Title ]]> </testcase>");
    assert_string_equal(node_get(failure, "type"), "error");
    assert_non_null(strstr(node_value(failure), "<script>"));
    assert_non_null(strstr(node_value(failure), "v=``` x"));
    suite = node_next(suite);
    assert_int_equal(node_child_value(node_child(suite, "testcase"), "system-out")[0], 'W');
    assert_has(text, "<skipped message=\"Because\"/>");
    assert_null(node_next(suite));
}

/* What makes the run fail fails here too. */
static void junit_fails_as_the_run_does(void **state)
{
    (void)state;
    g_autofree char *start = g_strndup(report, (gsize)(strstr(report, "fail-on='error'") - report));
    g_autofree char *stricter =
        g_strconcat(start, "fail-on='notice'",
                    strstr(report, "fail-on='error'") + strlen("fail-on='error'"), NULL);
    g_autoptr(xmlDoc) document = parse(stricter);
    g_autoptr(GString) text = junit_view(document, LANGUAGE_EN);
    assert_has(text, "failures=\"3\"");
    assert_has(text, "type=\"notice\"");
    assert_lacks(text, "<system-out>");
}

/* --- SARIF --- */

static json_t *first_run(const GString *text)
{
    json_t *log = json_loads(text->str, 0, NULL);
    assert_non_null(log);
    json_t *run = json_incref(json_array_get(json_object_get(log, "runs"), 0));
    json_decref(log);
    return run;
}

static const char *string_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text != NULL ? text : "";
}

static void sarif_has_the_failing(void **state)
{
    (void)state;
    g_autoptr(xmlDoc) document = parse(report);
    g_autoptr(GString) text = sarif_view(document, LANGUAGE_EN);
    json_t *run = first_run(text), *results = json_object_get(run, "results");
    json_t *driver = json_object_get(json_object_get(run, "tool"), "driver"),
           *rules = json_object_get(driver, "rules");
    assert_string_equal(string_of(driver, "version"), "9.9");
    assert_int_equal(json_array_size(results), 4);
    assert_int_equal(json_array_size(rules), 3);
    assert_string_equal(string_of(json_array_get(rules, 0), "helpUri"), "https://m.example/");

    const json_t *first = json_array_get(results, 0), *second = json_array_get(results, 1);
    assert_string_equal(string_of(first, "ruleId"), "dkim-a");
    assert_string_equal(string_of(first, "level"), "error");
    assert_string_equal(string_of(json_array_get(results, 2), "level"), "note");
    const json_t *location = json_array_get(json_object_get(first, "locations"), 0);
    const json_t *physical = json_object_get(location, "physicalLocation");
    const json_t *region = json_object_get(physical, "region");
    assert_int_equal(json_integer_value(json_object_get(region, "byteOffset")), 7);
    assert_int_equal(json_integer_value(json_object_get(region, "byteLength")), 3);
    assert_int_equal(json_integer_value(json_object_get(region, "startLine")), 2);
    assert_string_equal(string_of(json_object_get(physical, "artifactLocation"), "uri"),
                        "--%20a%20b/%5Bx%5D%28http%3A//evil.example%29.eml");
    assert_true(json_equal(json_object_get(first, "partialFingerprints"),
                           json_object_get(second, "partialFingerprints")));
    assert_false(json_equal(json_object_get(first, "partialFingerprints"),
                            json_object_get(json_array_get(results, 2), "partialFingerprints")));
    assert_null(json_object_get(first, "suppressions"));
    const json_t *waived =
        json_array_get(json_object_get(json_array_get(results, 3), "suppressions"), 0);
    assert_string_equal(string_of(waived, "justification"), "Because");
    json_decref(run);
}

/* --- one line for a monitoring system --- */

static void nagios_is_one_line(void **state)
{
    (void)state;
    g_autoptr(xmlDoc) document = parse(report);
    g_autoptr(GString) text = nagios_view(document, LANGUAGE_EN);
    assert_string_equal(
        text->str,
        "MAILASSAY CRITICAL - a?b?MAILASSAY OK - c | score=40;90:;70:;0;100 errors=1;;;0 "
        "warnings=1;;;0 notices=0;;;0\n");
    assert_int_equal(nagios_state(document), 2);
}

static void nagios_states(void **state)
{
    static const struct {
        const char *verdict;
        NagiosState state;
    } cases[] = {
        {"passed='true' standing='good' score='90' warnings='0' open='no'", NAGIOS_OK},
        {"passed='true' standing='good' score='95' warnings='2' open='no'", NAGIOS_WARNING},
        {"passed='true' standing='fair' score='89' warnings='0' open='no'", NAGIOS_WARNING},
        {"passed='true' standing='bad' score='69' warnings='0' open='no'", NAGIOS_CRITICAL},
        {"passed='false' standing='good' score='100' warnings='0' open='no'", NAGIOS_CRITICAL},
        {"passed='true' standing='fair' score='100' warnings='0' open='dns'", NAGIOS_UNKNOWN},
        {"passed='true' standing='fair' score='100' warnings='0' open='facts'", NAGIOS_UNKNOWN},
        {"passed='true' standing='fair' score='95' warnings='1' open='dns'", NAGIOS_WARNING},
        {"passed='true' standing='fair' score='89' warnings='0' open='dns'", NAGIOS_WARNING},
        {"passed='false' standing='fair' score='100' warnings='0' open='dns'", NAGIOS_CRITICAL},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *text = g_strdup_printf(
            "<report><verdict warn-below='90' fail-below='70' %s/></report>", cases[i].verdict);
        g_autoptr(xmlDoc) document = parse(text);
        assert_int_equal(nagios_state(document), cases[i].state);
    }
}

/* --- Prometheus --- */

static void prometheus_escapes_labels(void **state)
{
    (void)state;
    g_autoptr(xmlDoc) document = parse(report);
    g_autoptr(GString) text = prometheus_view(document);
    assert_has(
        text,
        "\nmailassay_finding_failing{input=\"-- a b/[x](http://evil.example).eml\",rule=\"dkim-a\","
        "object=\"o\\\"<b>\\n\\\\\",severity=\"error\"} 25\n");
    assert_int_equal(count(text->str, "rule=\"dkim-a\""), 1); /* a series stands once */
    assert_lacks(text, "spf-c");                              /* waived */
    assert_has(
        text,
        "{input=\"-- a "
        "b/[x](http://evil.example).eml\",severity=\"warning\",outcome=\"not-evaluable\"} 1\n");
    assert_has(text, "mailassay_run_timestamp_seconds{input=\"-- a "
                     "b/[x](http://evil.example).eml\"} 1795428300\n");
}

/* --- Authentication-Results --- */

static void authres_is_read_back(void **state)
{
    (void)state;
    g_autoptr(xmlDoc) document = parse(report);
    g_autoptr(GString) text = authres_view(document);
    static const char name[] = "Authentication-Results:";
    assert_true(g_str_has_prefix(text->str, name));
    g_autoptr(AuthRes) said =
        authres_parse(span_from(span_of(text->str, text->len - 1), strlen(name)));
    assert_true(said->valid);
    assert_true(said->strict);
    assert_string_equal(said->authserv_id, "mx\".example; dkim=pass");
    assert_int_equal(said->n_results, 4);
    const AuthResult *dkim = &said->results[0], *spf = &said->results[1],
                     *dmarc = &said->results[2], *iprev = &said->results[3];
    assert_string_equal(dkim->method, "dkim");
    assert_string_equal(dkim->result, "fail");
    assert_string_equal(dkim->reason, "body");
    assert_string_equal(authres_property(dkim, "header.d"), "a.example");
    assert_string_equal(authres_property(dkim, "header.i"), "joe (x)@a.example");
    assert_string_equal(authres_property(dkim, "header.s"), "s 1");
    assert_string_equal(authres_property(dkim, "header.a"), "rsa-sha256");
    assert_string_equal(authres_property(dkim, "header.b"), "ab/+d=gh");
    assert_string_equal(spf->method, "spf");
    assert_string_equal(authres_property(spf, "smtp.mailfrom"), "\"a;b\"@c.example");
    assert_string_equal(authres_property(dmarc, "header.from"), "a.example");
    assert_string_equal(authres_property(iprev, "policy.iprev"), "2001:db8::1");
}

static void authres_of_nothing(void **state)
{
    (void)state;
    g_autoptr(xmlDoc) document = parse("<report/>");
    g_autoptr(GString) text = authres_view(document);
    assert_string_equal(text->str, "Authentication-Results: mailassay; none\n");
    g_autoptr(AuthRes) said = authres_parse(SPAN_LIT(" mailassay; none"));
    assert_true(said->strict && said->none);
}

/* --- all of them --- */

/* Views are total: what is not there is empty. */
static void empty_reports_have_views(void **state)
{
    static const char *const documents[] = {
        "<report/>",
        "<report><verdict/><findings/></report>",
        "<report><findings><finding/></findings></report>",
        "<report><findings><finding outcome='fail'/><finding outcome='not-evaluable'/></findings>"
        "<signatures><signature/></signatures><spf><spf-mail-from/></spf></report>",
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(documents); i++) {
        g_autoptr(xmlDoc) document = parse(documents[i]);
        GString *const views[] = {
            markdown_view(document, LANGUAGE_NL),
            junit_view(document, LANGUAGE_NL),
            sarif_view(document, LANGUAGE_NL),
            nagios_view(document, LANGUAGE_NL),
            prometheus_view(document),
            authres_view(document),
        };
        for (size_t j = 0; j < G_N_ELEMENTS(views); j++) {
            assert_true(views[j]->len > 0);
            g_string_free(views[j], TRUE);
        }
    }
}

/* --- stored reports --- */

static void reading_refuses(void **state)
{
    static const struct {
        const char *text, *fault;
    } cases[] = {
        {"", "r.xml:"},
        {"not XML", "r.xml:1: not a report of mailassay: not XML"},
        {"<a><b></a>", "not XML"},
        {"<html/>", "r.xml:1: not a report of mailassay: "},
        {"<report xmlns='urn:mailassay:report:1' version='2'/>",
         "r.xml:1: not a report of mailassay: it is of another version than 1"},
        {"<report version='1' program='x'/>", "not a report"},
        {"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "document type"},
        {"<report xmlns='urn:mailassay:report:1' version='1' program='x'/>", "not a report"},
    };
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        GError *error = NULL;
        assert_null(document_read(span_str(cases[i].text), "r.xml", &error));
        assert_non_null(error);
        if (strstr(error->message, cases[i].fault) == NULL || strchr(error->message, '\n') != NULL)
            fail_msg("%s: %s", cases[i].text, error->message);
        g_error_free(error);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(markdown_words_are_text),
        cmocka_unit_test(markdown_lists_nest),
        cmocka_unit_test(markdown_is_bounded_in_depth),
        cmocka_unit_test(markdown_report_is_text),
        cmocka_unit_test(junit_has_every_case_once),
        cmocka_unit_test(junit_fails_as_the_run_does),
        cmocka_unit_test(sarif_has_the_failing),
        cmocka_unit_test(nagios_is_one_line),
        cmocka_unit_test(nagios_states),
        cmocka_unit_test(prometheus_escapes_labels),
        cmocka_unit_test(authres_is_read_back),
        cmocka_unit_test(authres_of_nothing),
        cmocka_unit_test(empty_reports_have_views),
        cmocka_unit_test(reading_refuses),
    };
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    xmlCleanupParser();
    return failed;
}
