#include "reports/finding.h"

#include <string.h>

xmlNode *finding_first(const xmlDoc *document)
{
    return node_path(xmlDocGetRootElement(document), "findings", "finding");
}

bool finding_fails(const xmlNode *finding)
{
    return node_is(finding, "outcome", "fail") && !node_is(finding, "waived", "true");
}

const char *finding_text(const xmlNode *finding, const char *name, Language language)
{
    return node_value(node_child_in(finding, name, language));
}

const char *finding_missing(const xmlNode *finding)
{
    return node_child_value(node_path(finding, "arguments", "argument"), "value");
}

uint64_t finding_uint(const xmlNode *node, const char *attribute)
{
    return g_ascii_strtoull(node_get(node, attribute), NULL, 10);
}
