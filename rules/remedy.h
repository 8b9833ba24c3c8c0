/* remedy.h - proposed DNS records, tried out: laid over what DNS says, everything collected and
 * judged again.
 *
 * What a remedy does is not argued but read from a second analysis of the same message, so its
 * certainty is always "proven by re-analysis". Only what makes something better and nothing worse
 * is offered. Why a signature fails is searched again only where its key changes and it fails
 * still. Lifetime: Remedies owns everything in it but the rules and the proposed records; those and
 * the indices are of the judgement it was made from.
 */
#ifndef MAILASSAY_REMEDY_H
#define MAILASSAY_REMEDY_H

#include "rules/change.h"
#include "rules/judge.h"

enum { REMEDY_MAX = 12 }; /* so many are tried out, those for the gravest findings */

/* Result words (RFC 8601) and counts of one analysis. */
typedef struct RemedyState {
    const char *spf, *dkim, *dmarc; /* static; "not-evaluable" for SPF without a client */
    unsigned score;
    size_t errors;    /* failing findings of severity error */
    size_t providers; /* whose requirements are all met (provider_matrix.h) */
} RemedyState;

RemedyState remedy_state(const Evidence *evidence, const Judgement *judgement);

/* A finding that fails only when the change is made. */
typedef struct RemedyBrought {
    const Rule *rule;
    Severity severity;
    char *object;
} RemedyBrought;

typedef struct RemedyOutcome {
    RemedyState state;
    size_t *solved; /* failing findings of the judgement that do not fail any more */
    size_t n_solved;
    RemedyBrought *brought;
    size_t n_brought;
} RemedyOutcome;

typedef struct Remedy {
    const ProposedRecord *record; /* of the judgement */
    ChangePlan *plan;
    size_t *findings; /* that propose it, ascending */
    size_t n_findings;
    const char *actor;     /* of the gravest of them */
    RemedyOutcome outcome; /* of this remedy alone */
    bool in_set;           /* see Remedies.together */
} Remedy;

/* An SPF record that needs more lookups than receivers make (RFC 7208 §4.6.4), and has no other
 * that lets through the same: something has to be dropped. */
typedef struct RemedyOverBudget {
    char *name, *value; /* escaped, as in ProposedRecord */
    bool published;     /* it stands in DNS; else it was proposed, and is not offered */
    unsigned lookups;
    SpfCost *costs;
    size_t n_costs;
} RemedyOverBudget;

/* What came of a proposed record. */
typedef enum RemedyTrial {
    REMEDY_NOT_TRIED, /* too many are proposed, or DNS does not tell what stands at the name */
    REMEDY_HELPS,     /* it is among the items */
    REMEDY_NO_GAIN,   /* by itself it makes nothing better */
    REMEDY_OVER_BUDGET,
} RemedyTrial;
const char *
remedy_trial_name(RemedyTrial trial); /* "not-tried", "helps", "no-gain", "over-budget" */

typedef struct Remedies {
    RemedyState before;
    Remedy *items; /* by gain: score, then errors, then other findings */
    size_t n;
    bool has_set; /* some of them remove errors: those with in_set remove every error that DNS can
                     remove. None of them is superfluous, and no one or two others do as much */
    RemedyOutcome together; /* of the set, made at once */
    RemedyOverBudget *over_budget;
    size_t n_over_budget;
    size_t untried;     /* proposals beyond REMEDY_MAX */
    GHashTable *trials; /* what remedy_trial() answers */
} Remedies;

/* input is what evidence was collected from; its session must be alive still. Owned. */
Remedies *remedy_prove(const EvidenceInput *input, const Evidence *evidence,
                       const Judgement *judgement, const Catalogue *catalogue);
/* Of a record that a finding of the judgement proposes. An alias that has to go shares the fate of
 * the record that takes its place. */
RemedyTrial remedy_trial(const Remedies *remedies, const ProposedRecord *record);
void remedies_free(Remedies *remedies);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Remedies, remedies_free)

#endif
