/* text.h - the parts of the terminal report. Private to reports/text*.c: see document.h for
 * text_view(). */
#ifndef MAILASSAY_REPORTS_TEXT_H
#define MAILASSAY_REPORTS_TEXT_H

#include "reports/builtin.h"
#include "reports/lines.h"
#include "reports/node.h"

typedef struct TextView {
    Lines lines;
    const Labels *labels;
    xmlNode *report;
} TextView;

/* A label, and one of a family of labels: "cause" and "body-truncated". */
static inline const char *text_label(const TextView *view, const char *id)
{
    return labels_get(view->labels, id);
}
static inline const char *text_word(const TextView *view, const char *family, const char *name)
{
    return labels_of(view->labels, family, name);
}

/* text.c: the whole report, into view->lines */
void text_write(TextView *view);
/* text_facts.c: what was found out, in the order of the procedure. */
void text_identities(TextView *view);
void text_hops(TextView *view);
void text_signatures(TextView *view);
/* text_cause.c: what was done to the message, in short, and why one signature fails */
void text_what_happened(TextView *view);
void text_cause(TextView *view, const xmlNode *signature);
void text_arc(TextView *view);
void text_said(TextView *view);
/* text_remedy.c: what the proposed records do, each and together; what the one of a finding does */
void text_remedies(TextView *view);
void text_remedy_of(TextView *view, const char *finding_number);
/* text_signing.c: each signing domain as configured, in DNS, and on this message */
void text_signing(TextView *view);
/* text_baseline.c: against which report, and how many are left out; what failed then and not now */
void text_baseline_top(TextView *view);
void text_baseline_gone(TextView *view);
/* text_providers.c: the provider matrix, then of each provider what is not met or open */
void text_providers(TextView *view);
/* text_swaps.c: what is not in a proposed SPF record that stands there now; an SPF record that needs
 * too many lookups */
/* text_swaps.c: what is not in a proposed SPF record that stands there now; an SPF record that
 * needs too many lookups */
void text_swaps(TextView *view, size_t indent, const xmlNode *record);
void text_over_budget(TextView *view, const xmlNode *record);
/* "SPF fail → pass, score 40 → 100": which results of two analyses differ; "" when none does.
 * Owned. */
char *text_change(const TextView *view, const xmlNode *before, const xmlNode *after);
/* text_plan.c: the ways to send such mail */
void text_plan(TextView *view);
/* text_policy.c */
void text_spf(TextView *view);
void text_dmarc(TextView *view);

/* text_domain.c */
void text_domain(TextView *view);
/* text_record.c: of one finding */
void text_in_record(TextView *view, const xmlNode *finding);
void text_exemption(TextView *view, const xmlNode *finding);

/* The style of a result word of RFC 8601. */
LineStyle text_style_of(const char *result);
/* "✓ ", "✗ " or "? " for a result word. */
const char *text_mark_of(const char *result);
/* Label and value as a pair; nothing when the value is "". */
void text_pair(TextView *view, size_t indent, const char *label, const char *value);

#endif
