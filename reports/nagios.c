#include "reports/baseline.h"
#include "reports/builtin.h"
#include "reports/document.h"
#include "reports/finding.h"

#include <string.h>

/* The verdict counts a root cause once, whether or not it is in the baseline. */
static bool warns(const xmlDoc *document)
{
    if (baseline_of(document) == NULL)
        return finding_uint(node_child(xmlDocGetRootElement(document), "verdict"), "warnings") > 0;
    for (const xmlNode *finding = finding_first(document); finding != NULL;
         finding = node_next(finding)) {
        if (finding_fails(finding) && baseline_tells(finding) &&
            node_is(finding, "severity", "warning"))
            return true;
    }
    return false;
}

NagiosState nagios_state(const xmlDoc *document)
{
    const xmlNode *verdict = node_child(xmlDocGetRootElement(document), "verdict");
    bool counts = baseline_score_counts(document);
    if (node_is(verdict, "passed", "false") || (counts && node_is(verdict, "standing", "bad")))
        return NAGIOS_CRITICAL;
    if (warns(document) ||
        (counts && finding_uint(verdict, "score") < finding_uint(verdict, "warn-below")))
        return NAGIOS_WARNING;
    return node_is(verdict, "open", "no") ? NAGIOS_OK : NAGIOS_UNKNOWN;
}

/* The sentence is of the message as it is; this says why that may still be OK. */
static void write_counts(GString *out, const xmlNode *baseline, Language language)
{
    static const char *const ids[] = {"new", "worse"};
    if (baseline == NULL)
        return;
    g_autoptr(Labels) labels = labels_new(language);
    g_string_append_printf(out, " %s: ", labels_get(labels, "baseline"));
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        g_autofree char *id = g_strconcat("baseline-", ids[i], NULL);
        g_autofree char *count = labels_count(labels, id, finding_uint(baseline, ids[i]));
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", count);
    }
    g_string_append_c(out, '.');
}

GString *nagios_view(xmlDoc *document, Language language)
{
    static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    const xmlNode *verdict = node_child(xmlDocGetRootElement(document), "verdict");
    GString *out = g_string_new("MAILASSAY ");
    g_string_append_printf(out, "%s - %s", words[nagios_state(document)],
                           node_value(node_child_in(verdict, "sentence", language)));
    const xmlNode *baseline = baseline_of(document);
    write_counts(out, baseline, language);
    /* The first "|" begins the performance data, and a line end the long output. */
    for (char *p = out->str; *p != '\0'; p++) {
        if (*p == '|' || g_ascii_iscntrl(*p))
            *p = '?';
    }
    /* "90:" is the range in which all is well. */
    g_string_append_printf(out,
                           " | score=%s;%s:;%s:;0;100 errors=%s;;;0 warnings=%s;;;0 notices=%s;;;0",
                           node_get(verdict, "score"), node_get(verdict, "warn-below"),
                           node_get(verdict, "fail-below"), node_get(verdict, "errors"),
                           node_get(verdict, "warnings"), node_get(verdict, "notices"));
    if (baseline != NULL)
        g_string_append_printf(out, " new=%s;;;0 worse=%s;;;0", node_get(baseline, "new"),
                               node_get(baseline, "worse"));
    g_string_append_c(out, '\n');
    return out;
}
