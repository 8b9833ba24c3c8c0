/* analyze.h - a run over messages, for the commands that examine them: what all messages share, and
 * one message examined with it.
 *
 * Trouble is told in one line on standard error, and returned as an exit status (exit.h).
 */
#ifndef MAILASSAY_CLI_ANALYZE_H
#define MAILASSAY_CLI_ANALYZE_H

#include "analyzer/evidence.h"
#include "cli/options.h"
#include "reports/document.h"
#include "rules/judge.h"
#include "rules/plan.h"
#include "rules/remedy.h"

/* What all messages of a run share. */
typedef struct Run {
    const Options *options;
    Profile *profile;
    Catalogue *catalogue;
    PlanTexts *plan_texts;
    psl_ctx_t *psl;
    Dns *dns;
    GString *recording; /* --dns-record, NULL without */
    char *overlay;      /* text of --dns-overlay, NULL without */
    size_t overlay_n;
    xmlDoc *baseline; /* --baseline, when it is one for all messages; else NULL */
    int64_t now_s;
    size_t n_inputs;
    bool findings;     /* some message is at or above --fail-on, or below --min-score */
    NagiosState state; /* of the last message */
} Run;

/* run is all zero before; close it whatever the status. */
int analyze_open(Run *run, const Options *options);
void analyze_close(Run *run);

/* One message and its facts. */
typedef struct Examined {
    Source *source;
    EnvelopeGiven given;
    DnsSession *session;
    EvidenceInput input;
    Evidence *evidence;
} Examined;

/* name is that of the input. EXIT_BAD_DATA when the octets are no message. Clear it in any case. */
int analyze_examine(const Run *run, GBytes *octets, const char *name, Examined *examined);
void analyze_clear(Examined *examined);
/* Whether name servers were asked and none of them said anything at all; then it says so. */
bool analyze_dns_is_silent(const Run *run, const Examined *examined, const char *name);
/* Its report; remedies and plan may be NULL. Owned. */
xmlDoc *analyze_document(const Run *run, const Evidence *evidence, const Judgement *judgement,
                         const Remedies *remedies, const AlignmentPlan *plan, const char *name);
/* The octets of a file; NULL with *status set. */
GBytes *analyze_load(const char *path, int *status);
/* A stored report; NULL with *status set to EXIT_NO_INPUT or EXIT_BAD_DATA. */
xmlDoc *analyze_read_report(const char *path, int *status);

#endif
