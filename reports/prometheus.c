#include "reports/baseline.h"
#include "reports/document.h"
#include "reports/finding.h"

#include <string.h>

typedef struct Exposition {
    GString *out;
    const char *input; /* label of every sample: several files may lie in one directory */
} Exposition;

static void write_head(Exposition *e, const char *name, const char *help)
{
    g_string_append_printf(e->out, "# HELP mailassay_%s %s\n# TYPE mailassay_%s gauge\n", name,
                           help, name);
}

static void write_label(Exposition *e, const char *name, const char *value)
{
    g_string_append_printf(e->out, ",%s=\"", name);
    for (const char *p = value; *p != '\0'; p++) {
        if (*p == '\n')
            g_string_append(e->out, "\\n");
        else if (*p == '\\' || *p == '"')
            g_string_append_printf(e->out, "\\%c", *p);
        else
            g_string_append_c(e->out, *p);
    }
    g_string_append_c(e->out, '"');
}

/* labels: name, value, name, value ..., NULL */
static void write_sample(Exposition *e, const char *name, const char *const *labels,
                         const char *value)
{
    g_string_append_printf(e->out, "mailassay_%s{", name);
    gsize start = e->out->len;
    write_label(e, "input", e->input);
    for (; labels != NULL && labels[0] != NULL; labels += 2)
        write_label(e, labels[0], labels[1]);
    g_string_erase(e->out, (gssize)start, 1); /* the comma before the first */
    g_string_append_printf(e->out, "} %s\n", value);
}

static void write_verdict(Exposition *e, const xmlNode *verdict)
{
    write_head(e, "score", "Score of the message, 0 to 100.");
    write_sample(e, "score", NULL, node_get(verdict, "score"));
    write_head(e, "score_threshold",
               "Score below which the standing is fair (warn) or bad (fail).");
    write_sample(e, "score_threshold", (const char *const[]){"level", "warn", NULL},
                 node_get(verdict, "warn-below"));
    write_sample(e, "score_threshold", (const char *const[]){"level", "fail", NULL},
                 node_get(verdict, "fail-below"));
    write_head(e, "score_open",
               "1 when a fact or an answer of DNS is missing that may lower the score.");
    write_sample(e, "score_open", NULL, node_is(verdict, "open", "no") ? "0" : "1");
    write_head(e, "passed", "1 when no failing finding reaches the severity of --fail-on.");
    write_sample(e, "passed", NULL, node_is(verdict, "passed", "true") ? "1" : "0");
    static const char *const methods[] = {"spf", "dkim", "dmarc", "arc"};
    write_head(e, "result", "Result of each method (RFC 8601), as a label; the value is 1.");
    for (size_t i = 0; i < G_N_ELEMENTS(methods); i++)
        write_sample(e, "result",
                     (const char *const[]){"method", methods[i], "result",
                                           node_get(verdict, methods[i]), NULL},
                     "1");
}

static void write_counts(Exposition *e, const xmlDoc *document)
{
    static const char *const severities[] = {"error", "warning", "notice", "info"};
    static const char *const outcomes[] = {"pass", "fail", "not-applicable", "not-evaluable"};
    size_t n[G_N_ELEMENTS(severities)][G_N_ELEMENTS(outcomes)] = {0};
    for (const xmlNode *finding = finding_first(document); finding != NULL;
         finding = node_next(finding)) {
        for (size_t s = 0; s < G_N_ELEMENTS(severities); s++) {
            for (size_t o = 0; o < G_N_ELEMENTS(outcomes); o++)
                n[s][o] += node_is(finding, "severity", severities[s]) &&
                           !node_is(finding, "waived", "true") &&
                           node_is(finding, "outcome", outcomes[o]);
        }
    }
    write_head(e, "findings",
               "Findings that are not waived, by severity of the rule and by outcome.");
    for (size_t s = 0; s < G_N_ELEMENTS(severities); s++) {
        for (size_t o = 0; o < G_N_ELEMENTS(outcomes); o++) {
            g_autofree char *count = g_strdup_printf("%zu", n[s][o]);
            write_sample(
                e, "findings",
                (const char *const[]){"severity", severities[s], "outcome", outcomes[o], NULL},
                count);
        }
    }
}

/* A series may stand in an exposition once. */
static void write_failing(Exposition *e, const xmlDoc *document)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    write_head(e, "finding_failing",
               "A rule that fails for an object; the value is the points it costs.");
    for (const xmlNode *finding = finding_first(document); finding != NULL;
         finding = node_next(finding)) {
        const char *rule = node_get(finding, "rule"), *object = node_get(finding, "object");
        if (!finding_fails(finding) || !baseline_tells(finding) ||
            !g_hash_table_add(seen, g_strdup_printf("%s %s", rule, object)))
            continue;
        write_sample(e, "finding_failing",
                     (const char *const[]){"rule", rule, "object", object, "severity",
                                           node_get(finding, "severity"), NULL},
                     node_get(finding, "points"));
    }
}

static void write_baseline(Exposition *e, const xmlNode *baseline)
{
    static const char *const counts[] = {"new", "worse", "better", "known"};
    if (baseline == NULL)
        return;
    write_head(e, "baseline_findings",
               "Failing findings against the baseline; finding_failing has those new or worse.");
    for (size_t i = 0; i < G_N_ELEMENTS(counts); i++)
        write_sample(e, "baseline_findings", (const char *const[]){"change", counts[i], NULL},
                     node_get(baseline, counts[i]));
    g_autofree char *gone = g_strdup_printf("%zu", node_count(node_child(baseline, "gone")));
    write_sample(e, "baseline_findings", (const char *const[]){"change", "gone", NULL}, gone);
    write_head(e, "baseline_score", "Score of the baseline.");
    write_sample(e, "baseline_score", NULL, node_get(baseline, "score"));
}

static void write_time(Exposition *e, const xmlNode *run)
{
    g_autoptr(GDateTime) now = g_date_time_new_from_iso8601(node_get(run, "now"), NULL);
    if (now == NULL)
        return;
    g_autofree char *seconds = g_strdup_printf("%" G_GINT64_FORMAT, g_date_time_to_unix(now));
    write_head(e, "run_timestamp_seconds", "When the message was analysed.");
    write_sample(e, "run_timestamp_seconds", NULL, seconds);
}

GString *prometheus_view(xmlDoc *document)
{
    const xmlNode *report = xmlDocGetRootElement(document);
    Exposition e = {.out = g_string_new(NULL),
                    .input = node_get(node_child(report, "input"), "name")};
    write_verdict(&e, node_child(report, "verdict"));
    write_counts(&e, document);
    write_failing(&e, document);
    write_baseline(&e, baseline_of(document));
    write_time(&e, node_child(report, "run"));
    if (node_is(report, "redacted", "true")) {
        write_head(&e, "redacted", "1 when names and addresses in labels are replaced.");
        write_sample(&e, "redacted", NULL, "1");
    }
    return e.out;
}
