/* document.h - the report document: everything that was found, as XML in the shape of
 * reports/report.xsd.
 *
 * The only input of every view. Same Evidence and Judgement give the same octets. Texts of findings
 * are in it in both languages; octets of the message are escaped (bytes_escape) and marked
 * encoding="c-escape".
 */
#ifndef MAILASSAY_DOCUMENT_H
#define MAILASSAY_DOCUMENT_H

#include "rules/judge.h"
#include "rules/plan.h"
#include "rules/remedy.h"

#include <libxml/tree.h>

typedef struct DocumentInput {
    const Evidence *evidence;
    const Judgement *judgement;
    const Remedies *remedies;  /* NULL: none were looked for */
    const AlignmentPlan *plan; /* NULL: there is none */
    const char *input_name;   /* as given on the command line */
    Severity fail_on;
    const char *const
        *options; /* name, value, name, value ..., NULL: what the user chose, for the report */
} DocumentInput;

/* Owned; free with xmlFreeDoc. */
xmlDoc *document_new(const DocumentInput *input);
/* UTF-8, indented. */
GString *document_write(xmlDoc *document);

/* A stored report. Refused, with one line that begins with label: what is no XML, has a DTD, does
 * not follow report.xsd, is of another version, or holds characters that node.h never writes, so
 * that views may trust it as they trust document_new(). Owned. */
xmlDoc *document_read(Span xml, const char *label, GError **error);

/* Views. language selects texts; colour only concerns text. Of a report with a baseline
 * (baseline.h) those for people tell what is new or worse, and those that gate count only that. */
GString *text_view(xmlDoc *document, Language language, bool colour);
/* The text report for tickets and chats; no octet of a message is taken for mark-up, a link or a
 * mention. */
GString *markdown_view(xmlDoc *document, Language language);
GString *json_view(xmlDoc *document, Language language);
GString *html_view(xmlDoc *document, Language language, GError **error);
/* The hand-over letter: what the administrators of the From domain have to do in DNS, and nothing
 * else. See letter.h. */
GString *letter_view(const xmlDoc *document, Language language);
/* JUnit: suite = topic, case = rule and object. fail is a failure from warning up (or from fail-on,
 * when that is lower); below it the case passes and says why in system-out. error = not evaluable,
 * skipped = not applicable or waived. */
GString *junit_view(xmlDoc *document, Language language);
/* SARIF 2.1.0 (OASIS): a result for each failing finding, with its octets in the message; waived
 * ones are suppressed. */
GString *sarif_view(xmlDoc *document, Language language);
/* Prometheus text exposition 0.0.4. */
GString *prometheus_view(xmlDoc *document);
/* One Authentication-Results field (RFC 8601); lines end with LF. The authserv-id is the receiver
 * that the user gave, or "mailassay". What was not evaluable is left out. */
GString *authres_view(xmlDoc *document);

/* The states of the Monitoring Plugins guidelines, which are exit statuses too. CRITICAL: the
 * verdict did not pass, or the score is below fail-below. WARNING: a warning fails, or the score is
 * below warn-below. UNKNOWN: neither, but a fact or an answer of DNS is missing that may lower the
 * score. */
typedef enum NagiosState { NAGIOS_OK, NAGIOS_WARNING, NAGIOS_CRITICAL, NAGIOS_UNKNOWN } NagiosState;
NagiosState nagios_state(const xmlDoc *document);
/* One line: state, sentence, performance data. */
GString *nagios_view(xmlDoc *document, Language language);

#endif
