#include "reports/document.h"
#include "reports/finding.h"

#include <string.h>

NagiosState nagios_state(const xmlDoc *document)
{
    const xmlNode *verdict = node_child(xmlDocGetRootElement(document), "verdict");
    if (node_is(verdict, "passed", "false") || node_is(verdict, "standing", "bad"))
        return NAGIOS_CRITICAL;
    if (finding_uint(verdict, "warnings") > 0 ||
        finding_uint(verdict, "score") < finding_uint(verdict, "warn-below"))
        return NAGIOS_WARNING;
    return node_is(verdict, "open", "no") ? NAGIOS_OK : NAGIOS_UNKNOWN;
}

GString *nagios_view(xmlDoc *document, Language language)
{
    static const char *const words[] = {"OK", "WARNING", "CRITICAL", "UNKNOWN"};
    const xmlNode *verdict = node_child(xmlDocGetRootElement(document), "verdict");
    GString *out = g_string_new("MAILASSAY ");
    g_string_append_printf(out, "%s - %s", words[nagios_state(document)],
                           node_value(node_child_in(verdict, "sentence", language)));
    /* The first "|" begins the performance data, and a line end the long output. */
    for (char *p = out->str; *p != '\0'; p++) {
        if (*p == '|' || g_ascii_iscntrl(*p))
            *p = '?';
    }
    /* "90:" is the range in which all is well. */
    g_string_append_printf(
        out, " | score=%s;%s:;%s:;0;100 errors=%s;;;0 warnings=%s;;;0 notices=%s;;;0\n",
        node_get(verdict, "score"), node_get(verdict, "warn-below"),
        node_get(verdict, "fail-below"), node_get(verdict, "errors"), node_get(verdict, "warnings"),
        node_get(verdict, "notices"));
    return out;
}
