#include "reports/sections.h"

void sections_swaps(xmlNode *parent, const ProposedRecord *record)
{
    if (record->n_swaps == 0)
        return;
    xmlNode *list = node_new(parent, "replaced-terms");
    for (size_t i = 0; i < record->n_swaps; i++) {
        const SpfSwap *swap = &record->swaps[i];
        xmlNode *node = node_new(list, "replaced-term");
        node_attr(node, "term", swap->term);
        node_attr(node, "reason", spf_swap_name(swap->kind));
        node_bool(node, "needs-upkeep", spf_swap_needs_upkeep(swap->kind));
        if (*swap->by)
            node_text(node, "by", swap->by);
        if (*swap->now)
            node_text(node, "now", swap->now);
    }
}
