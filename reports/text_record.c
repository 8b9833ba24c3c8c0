/* text_record.c - what a finding says of a DNS record and of the profile. */
#include "reports/text.h"

#include <string.h>

/* As document_findings.c cuts it. */
enum { BEFORE_OCTETS = 32, FAULT_OCTETS = 40, AFTER_OCTETS = 24 };

static uint64_t number(const xmlNode *node, const char *name)
{
    return g_ascii_strtoull(node_get(node, name), NULL, 10);
}

/* The record around the fault, and carets below it. */
void text_in_record(TextView *view, const xmlNode *finding)
{
    const xmlNode *place = node_child(finding, "in-record");
    if (place == NULL)
        return;
    uint64_t offset = number(place, "offset"), length = number(place, "length");
    const char *before = node_child_value(place, "before"),
               *fault = node_child_value(place, "fault"), *after = node_child_value(place, "after");
    char position[24];
    g_snprintf(position, sizeof(position), "%" G_GUINT64_FORMAT, offset + 1);
    g_autofree char *at = labels_fill(view->labels, "character-number", position);
    g_autofree char *where =
        g_strdup_printf("%s %s, %s", node_get(place, "name"), node_get(place, "type"), at);
    text_pair(view, 4, "in-record", where);

    g_autoptr(GString) line = g_string_new(offset > BEFORE_OCTETS ? "…" : "");
    g_string_append(line, before);
    size_t column = lines_width(line->str), width = lines_width(fault);
    g_string_append_printf(line, "%s%s", fault, after);
    uint64_t shown = offset + MIN(length, (uint64_t)FAULT_OCTETS) + AFTER_OCTETS;
    if (length > FAULT_OCTETS || number(place, "record-length") > shown)
        g_string_append(line, "…");
    lines_pointed(&view->lines, 6, line->str, column, MAX(width, (size_t)1));
}

/* Why a rule is switched off, or that it was. */
void text_exemption(TextView *view, const xmlNode *finding)
{
    const char *reason = node_child_value(finding, "waived-reason");
    const char *until = node_get(finding, "waived-until"),
               *ended = node_get(finding, "exemption-ended");
    if (reason[0] == '\0')
        return;
    g_autofree char *day = until[0] != '\0'   ? labels_fill(view->labels, "waived-until", until)
                           : ended[0] != '\0' ? labels_fill(view->labels, "exemption-ended", ended)
                                              : NULL;
    g_autofree char *text =
        day != NULL ? g_strdup_printf("%s (%s)", reason, day) : g_strdup(reason);
    text_pair(view, 4, "reason", text);
}
