#include "analyzer/base/own.h"
#include "reports/baseline.h"
#include "reports/builtin.h"
#include "reports/document.h"
#include "reports/finding.h"

#include <string.h>

typedef struct JUnit {
    const Labels *labels;
    Language language;
    Severity failure_from; /* a lesser finding that fails is told in system-out */
    const char *input, *timestamp;
    bool redacted;
} JUnit;

typedef enum Case { CASE_PASSED, CASE_FAILED, CASE_ERROR, CASE_SKIPPED } Case;

typedef struct Counts {
    size_t n[CASE_SKIPPED + 1];
} Counts;

static void write_counts(xmlNode *node, const Counts *counts)
{
    const size_t *n = counts->n;
    node_number(node, "tests", n[CASE_PASSED] + n[CASE_FAILED] + n[CASE_ERROR] + n[CASE_SKIPPED]);
    node_number(node, "failures", n[CASE_FAILED]);
    node_number(node, "errors", n[CASE_ERROR]);
    node_number(node, "skipped", n[CASE_SKIPPED]);
    node_attr(node, "time", "0");
}

/* Why, what to do, who, and records to copy: a pipeline shows nothing else. */
static char *body_of(const JUnit *junit, const xmlNode *finding)
{
    GString *text = g_string_new(finding_text(finding, "why", junit->language));
    const char *fix = finding_text(finding, "fix", junit->language);
    if (fix[0] != '\0')
        g_string_append_printf(text, "\n%s: %s", labels_get(junit->labels, "fix"), fix);
    g_string_append_printf(text, "\n%s: %s", labels_get(junit->labels, "who"),
                           labels_of(junit->labels, "actor", node_get(finding, "actor")));
    const xmlNode *record = node_path(finding, "proposed-records", "proposed-record");
    for (; record != NULL; record = node_next(record))
        g_string_append_printf(
            text, "\n%s %s %s: %s", labels_of(junit->labels, "action", node_get(record, "action")),
            node_get(record, "name"), node_get(record, "type"), node_child_value(record, "value"));
    return g_string_free(text, FALSE);
}

/* Element with text of several lines: node_text() would write the line ends as \n. */
static xmlNode *add_text(xmlNode *parent, const char *name, const char *text)
{
    xmlNode *node = node_new(parent, name);
    xmlNode *content = xmlNewDocText(parent->doc, (const xmlChar *)text);
    if (content == NULL)
        g_error("out of memory");
    xmlAddChild(node, content);
    return node;
}

static Case write_failing(const JUnit *junit, xmlNode *test, const xmlNode *finding)
{
    g_autofree char *body = body_of(junit, finding);
    Severity severity = SEVERITY_INFO;
    severity_parse(node_get(finding, "severity"), &severity);
    if (!baseline_tells(finding)) {
        xmlNode *skipped = node_new(test, "skipped");
        node_attr(skipped, "message", labels_get(junit->labels, "baseline-known"));
        return CASE_SKIPPED;
    }
    if (severity < junit->failure_from) {
        add_text(test, "system-out", body);
        return CASE_PASSED;
    }
    xmlNode *failure = add_text(test, "failure", body);
    node_attr(failure, "message", finding_text(finding, "title", junit->language));
    node_attr(failure, "type", node_get(finding, "severity"));
    return CASE_FAILED;
}

static Case write_outcome(const JUnit *junit, xmlNode *test, const xmlNode *finding)
{
    if (finding_fails(finding))
        return write_failing(junit, test, finding);
    if (node_is(finding, "outcome", "not-evaluable")) {
        g_autofree char *why =
            labels_fill(junit->labels, "missing-fact",
                        labels_of(junit->labels, "missing", finding_missing(finding)));
        xmlNode *error = node_new(test, "error");
        node_attr(error, "message", why);
        node_attr(error, "type", "not-evaluable");
        return CASE_ERROR;
    }
    if (node_is(finding, "outcome", "pass"))
        return CASE_PASSED;
    bool waived = node_is(finding, "outcome", "fail");
    const char *why = waived ? node_child_value(finding, "waived-reason") : "";
    xmlNode *skipped = node_new(test, "skipped");
    node_attr(skipped, "message",
              why[0] != '\0' ? why
                             : labels_get(junit->labels, waived ? "waived" : "not-applicable"));
    return CASE_SKIPPED;
}

static void write_case(const JUnit *junit, xmlNode *suite, const xmlNode *finding, Counts *counts)
{
    const char *rule = node_get(finding, "rule"), *object = node_get(finding, "object");
    g_autofree char *name =
        object[0] != '\0' ? g_strdup_printf("%s (%s)", rule, object) : g_strdup(rule);
    xmlNode *test = node_new(suite, "testcase");
    node_attr(test, "name", name);
    node_attr(test, "classname", node_get(finding, "topic"));
    node_attr(test, "time", "0");
    counts->n[write_outcome(junit, test, finding)]++;
}

/* One suite: the findings of one topic, which stand together. Returns the first of the next topic.
 */
static const xmlNode *write_suite(const JUnit *junit, xmlNode *suites, const xmlNode *finding,
                                  Counts *total)
{
    const char *topic = node_get(finding, "topic");
    Counts counts = {{0}};
    xmlNode *suite = node_new(suites, "testsuite");
    node_attr(suite, "name", topic);
    node_attr(suite, "timestamp", junit->timestamp);
    node_attr(suite, "hostname", "localhost"); /* required by the schema that Ant's users follow */
    xmlNode *properties = node_new(suite, "properties");
    xmlNode *property = node_new(properties, "property");
    node_attr(property, "name", "input");
    node_attr(property, "value", junit->input);
    if (junit->redacted) {
        xmlNode *mark = node_new(properties, "property");
        node_attr(mark, "name", "redacted");
        node_attr(mark, "value", "true");
    }
    for (; finding != NULL && node_is(finding, "topic", topic); finding = node_next(finding))
        write_case(junit, suite, finding, &counts);
    write_counts(suite, &counts);
    for (size_t i = 0; i < G_N_ELEMENTS(counts.n); i++)
        total->n[i] += counts.n[i];
    return finding;
}

GString *junit_view(xmlDoc *document, Language language)
{
    const xmlNode *report = xmlDocGetRootElement(document),
                  *verdict = node_child(report, "verdict");
    g_autoptr(Labels) labels = labels_new(language);
    Severity fail_on = SEVERITY_ERROR;
    severity_parse(node_get(verdict, "fail-on"), &fail_on);
    /* JUnit's times have no zone. */
    g_autofree char *timestamp =
        g_strndup(node_get(node_child(report, "run"), "now"), strlen("2026-11-23T10:00:00"));
    JUnit junit = {.labels = labels,
                   .language = language,
                   .failure_from = MIN(fail_on, SEVERITY_WARNING),
                   .input = node_get(node_child(report, "input"), "name"),
                   .timestamp = timestamp,
                   .redacted = node_is(report, "redacted", "true")};
    g_autoptr(xmlDoc) out = xmlNewDoc((const xmlChar *)"1.0");
    xmlNode *suites = xmlNewDocNode(out, NULL, (const xmlChar *)"testsuites", NULL);
    if (out == NULL || suites == NULL)
        g_error("out of memory");
    xmlDocSetRootElement(out, suites);
    node_attr(suites, "name", "mailassay");
    Counts total = {{0}};
    const xmlNode *finding = finding_first(document);
    while (finding != NULL)
        finding = write_suite(&junit, suites, finding, &total);
    write_counts(suites, &total);
    return document_write(out);
}
