/* finding.h - reads the findings of a report document: what the views for machines have in common.
 *
 * Strings are borrowed from the document, "" when absent.
 */
#ifndef MAILASSAY_REPORTS_FINDING_H
#define MAILASSAY_REPORTS_FINDING_H

#include "reports/node.h"

/* The first finding of a document; node_next() gives the others. NULL when there is none. */
xmlNode *finding_first(const xmlDoc *document);
/* Outcome fail, and not switched off by the profile. */
bool finding_fails(const xmlNode *finding);
/* Title, why or fix. */
const char *finding_text(const xmlNode *finding, const char *name, Language language);
/* What a finding that is not evaluable lacks, as a word of the program. */
const char *finding_missing(const xmlNode *finding);
/* An attribute that is a number; 0 when it is absent. */
uint64_t finding_uint(const xmlNode *node, const char *attribute);

#endif
