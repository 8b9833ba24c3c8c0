/* text_domain.c - what else the domain publishes, and what block lists say. */
#include "reports/text.h"

#include <string.h>

static void write_record(TextView *view, const char *purpose)
{
    const xmlNode *record = node_path(view->report, "domain-records", "domain-record");
    while (record != NULL && !node_is(record, "purpose", purpose))
        record = node_next(record);
    if (record == NULL)
        return;
    const char *text = node_child_value(record, "text"), *status = node_get(record, "status");
    bool absent = strcmp(status, "ok") == 0 || strcmp(status, "nxdomain") == 0 ||
                  strcmp(status, "nodata") == 0;
    text_pair(view, 2, purpose,
              text[0] != '\0' ? text
              : absent        ? text_label(view, "not-published")
                              : status);
}

static void write_list(TextView *view, const xmlNode *list)
{
    const char *result = node_get(list, "result"), *codes = node_get(list, "codes"),
               *reason = node_child_value(list, "reason");
    bool listed = strcmp(result, "listed") == 0, clear = strcmp(result, "clear") == 0;
    g_autoptr(GString) text = g_string_new(node_get(list, "zone"));
    g_string_append_printf(text, ": %s, %s", node_get(list, "object"),
                           text_word(view, "block-list", result));
    if (codes[0] != '\0')
        g_string_append_printf(text, " (%s)", codes);
    if (reason[0] != '\0')
        g_string_append_printf(text, ": %s", reason);
    lines_item(&view->lines, 2,
               clear    ? STYLE_GOOD
               : listed ? STYLE_BAD
                        : STYLE_FAIR,
               clear    ? "✓ "
               : listed ? "✗ "
                        : "? ",
               text->str);
}

void text_domain(TextView *view)
{
    if (node_get(node_child(view->report, "dmarc"), "author-domain")[0] != '\0') {
        lines_heading(&view->lines, text_label(view, "other-records"));
        write_record(view, "mta-sts");
        write_record(view, "tls-rpt");
        write_record(view, "bimi");
    }
    const xmlNode *list = node_path(view->report, "block-lists", "block-list");
    if (list == NULL)
        return;
    lines_heading(&view->lines, text_label(view, "block-lists"));
    for (; list != NULL; list = node_next(list))
        write_list(view, list);
}
