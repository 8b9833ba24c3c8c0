#include "reports/baseline.h"

#include "reports/finding.h"
#include "reports/findingdiff.h"

#include <string.h>

const xmlNode *baseline_of(const xmlDoc *document)
{
    return node_child(xmlDocGetRootElement(document), "baseline");
}

bool baseline_tells(const xmlNode *finding)
{
    const char *since = node_get(finding, "since-baseline");
    return since[0] == '\0' || strcmp(since, "new") == 0 || strcmp(since, "worse") == 0;
}

bool baseline_score_counts(const xmlDoc *document)
{
    const xmlNode *baseline = baseline_of(document);
    const xmlNode *verdict = node_child(xmlDocGetRootElement(document), "verdict");
    return baseline == NULL || finding_uint(verdict, "score") < finding_uint(baseline, "score");
}

/* --- the findings of the report --- */

static const char *since(FindingChange change)
{
    return change == FINDING_SAME ? "known" : finding_change_name(change);
}

static void mark_findings(const FindingPairs *pairs)
{
    for (size_t i = 0; i < pairs->n; i++) {
        const FindingPair *pair = &pairs->pairs[i];
        if (node_is(pair->after, "outcome", "fail"))
            node_attr((xmlNode *)pair->after, "since-baseline", since(pair->change));
    }
}

static bool gate_passes(const xmlNode *report)
{
    Severity fail_on = SEVERITY_ERROR;
    severity_parse(node_get(node_child(report, "verdict"), "fail-on"), &fail_on);
    const xmlNode *finding = node_path(report, "findings", "finding");
    for (; finding != NULL; finding = node_next(finding)) {
        Severity severity = SEVERITY_INFO;
        severity_parse(node_get(finding, "severity"), &severity);
        if (finding_fails(finding) && baseline_tells(finding) && severity >= fail_on)
            return false;
    }
    return true;
}

/* --- the section --- */

static size_t count(const FindingPairs *pairs, FindingChange change)
{
    size_t n = 0;
    for (size_t i = 0; i < pairs->n; i++)
        n += pairs->pairs[i].change == change && pairs->pairs[i].after != NULL &&
             finding_fails(pairs->pairs[i].after);
    return n;
}

static void write_finding(xmlNode *list, const FindingPair *pair)
{
    const xmlNode *was = pair->before;
    xmlNode *node = node_new(list, "gone-finding");
    node_attr(node, "rule", node_get(was, "rule"));
    node_attr(node, "topic", node_get(was, "topic"));
    node_attr(node, "severity", node_get(was, "severity"));
    node_attr(node, "object", node_get(was, "object"));
    node_attr(node, "state", findingdiff_state(pair->after));
    for (int language = 0; language < LANGUAGES; language++)
        node_text_in(node, "title", (Language)language,
                     finding_text(was, "title", (Language)language));
}

/* What failed then: findings that were waived are not missed. */
static void write_list(xmlNode *parent, const char *name, const FindingPairs *pairs,
                       FindingChange change)
{
    xmlNode *list = node_new(parent, name);
    for (size_t i = 0; i < pairs->n; i++) {
        if (pairs->pairs[i].change == change && finding_fails(pairs->pairs[i].before))
            write_finding(list, &pairs->pairs[i]);
    }
}

static void write_section(xmlNode *report, const xmlNode *old, const FindingPairs *pairs,
                          const char *name)
{
    const xmlNode *input = node_child(old, "input");
    xmlNode *node = node_new(report, "baseline");
    xmlAddNextSibling(node_child(report, "findings"), node);
    node_attr(node, "report-name", name);
    node_attr(node, "input-name", node_get(input, "name"));
    node_attr(node, "sha256", node_get(input, "sha256"));
    node_bool(node, "same-message",
              node_is(node_child(report, "input"), "sha256", node_get(input, "sha256")));
    node_attr(node, "now", node_get(node_child(old, "run"), "now"));
    node_number(node, "score", finding_uint(node_child(old, "verdict"), "score"));
    node_number(node, "new", count(pairs, FINDING_NEW));
    node_number(node, "worse", count(pairs, FINDING_WORSE));
    node_number(node, "better", count(pairs, FINDING_BETTER));
    node_number(node, "known", count(pairs, FINDING_SAME));
    write_list(node, "gone", pairs, FINDING_GONE);
    write_list(node, "not-judged", pairs, FINDING_OPEN);
}

void baseline_apply(xmlDoc *document, const xmlDoc *old, const char *name)
{
    xmlNode *report = xmlDocGetRootElement(document);
    const xmlNode *before = xmlDocGetRootElement(old);
    g_autoptr(FindingPairs) pairs = findingdiff_new(before, report);
    mark_findings(pairs);
    write_section(report, before, pairs, name);
    node_change(node_child(report, "verdict"), "passed", gate_passes(report) ? "true" : "false");
}
