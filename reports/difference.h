/* difference.h - in what two reports, or two copies of a message, differ.
 *
 * difference_new() is pure: two report documents in, a list of differences out. Where both come
 * from messages that were just analysed, header fields (fielddiff.h) and signed regions
 * (regiondiff.h) are set side by side as well; reports do not hold the octets that takes.
 *
 * What matters, and decides the exit status of `mailassay compare`: a finding that is not the same
 * (findingdiff.h), a signed region that differs, and facts about the mail, its verdict, or a DNS
 * question that both asked. What does not: what every copy has of its own - recipient, receiver,
 * journey, what receivers wrote, octets and line ends of the file, header fields in themselves
 * (those that are signed show in the regions), options and time. facts.h has the list, and what is
 * no difference at all. Lists are cut at NODE_MAX_ITEMS when they are shown, never when they are
 * compared.
 *
 * JSON: {"before": C, "after": C, "differs": true or false (something that matters does),
 * "findings": [{"change", "rule", "object", "topic", "title", "before": S, "after": S}], "facts":
 * [{"section", "fact", "object", "before", "after", "matters"}], "signatures": [{"domain",
 * "selector", "same_signature", "arc_instance" (0: DKIM), "header": R, "body": R}], "fields":
 * [{"change", "name", "signed", "before": F, "after": F}], "omitted": {"findings", "facts",
 * "fields"}}. C is {"input", "sha256", "score", "sentence"}. change of a finding: new, worse, open,
 * better, gone, settled. S is {"outcome", "severity", "certainty"}, or null where the report lacks
 * it; before and after of a fact are text, or null. "signatures" and "fields" are null unless both
 * are messages. R is {"state", "size_before", "size_after", "at", "context", "before": P, "after":
 * P}; those from "at" on only when state is "differs". P is {"at_end", "field", "name", "line",
 * "offset", "octets"}; field and name only where it lies in one. F is {"field", "line", "offset",
 * "text"}, or null; its offset is that of the first differing octet when both have it, and text
 * begins DIFFERENCE_LEAD octets before that and is cut after 512. Fields count from 1; texts of the
 * message are escaped as in the report.
 */
#ifndef MAILASSAY_REPORTS_DIFFERENCE_H
#define MAILASSAY_REPORTS_DIFFERENCE_H

#include "analyzer/auth/regiondiff.h"
#include "analyzer/evidence.h"
#include "analyzer/message/fielddiff.h"
#include "reports/facts.h"
#include "reports/findingdiff.h"

/* One side. */
typedef struct DifferenceSide {
    xmlDoc *document;
    const Evidence *evidence; /* NULL: a stored report */
} DifferenceSide;

typedef struct FactDifference {
    const Fact *before, *after; /* one of them may be NULL */
    bool matters;
} FactDifference;

typedef struct Difference {
    DifferenceSide before, after; /* borrowed, and must outlive it */
    FindingPairs *findings;       /* those that are not FINDING_SAME */
    GPtrArray *before_facts, *after_facts;
    FactDifference *facts; /* by section; in one, what is changed or added first */
    size_t n_facts;
    SignaturePairs *signatures; /* NULL unless both are messages */
    FieldDifferences *fields;   /* NULL unless both are messages */
    bool matters;               /* something does */
} Difference;

Difference *difference_new(const DifferenceSide *before, const DifferenceSide *after);
void difference_free(Difference *difference);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Difference, difference_free)

/* Whether a signature of either copy covers that field. */
bool difference_field_is_signed(const Difference *difference, const FieldDifference *field);
/* A field from DIFFERENCE_LEAD octets before `at` (an offset in the source) on; whole when that is
 * not in it. */
Span difference_field_from(const Source *source, size_t index, size_t at);
enum { DIFFERENCE_LEAD = 40 };

GString *difference_text(const Difference *difference, Language language, bool colour);
GString *difference_json(const Difference *difference, Language language);

#endif
