/* judge.h - predicates over evidence give findings; findings give a score.
 *
 * A predicate sees const Evidence * and nothing else. It states one outcome per object it looked at
 * (a signature, a domain, the message), so that a finding is identified by rule and object and
 * stays comparable between runs.
 *
 * Score: 100, less the weight of each failing rule once (however many objects fail), and of the
 * rules of one group only the heaviest, but never below 0; then the lowest cap of a failing rule.
 * Not applicable, not evaluable, waived and merely inferred findings cost nothing. A rule for one
 * rule profile is information in the others and costs nothing.
 *
 * Octets from outside (message, DNS) are in arguments, objects and records as bytes_escape() writes
 * them.
 */
#ifndef MAILASSAY_JUDGE_H
#define MAILASSAY_JUDGE_H

#include "analyzer/evidence.h"
#include "rules/catalogue.h"
#include "rules/spfbudget.h"

typedef enum Outcome {
    OUTCOME_PASS,
    OUTCOME_FAIL,
    OUTCOME_NOT_APPLICABLE,
    OUTCOME_NOT_EVALUABLE
} Outcome;
const char *outcome_name(Outcome outcome);

typedef enum Certainty {
    CERTAINTY_PROVEN,
    CERTAINTY_EVALUATED,
    CERTAINTY_INFERRED,
    CERTAINTY_NOT_EVALUABLE
} Certainty;
const char *certainty_name(Certainty certainty);

typedef struct FindingArgument {
    char *name;
    char *value;
} FindingArgument;

/* A DNS record to publish, change or remove. */
typedef struct ProposedRecord {
    char *action;   /* "add", "change", "remove" */
    char *name;     /* owner, no final dot */
    char *type;     /* "TXT" ... */
    char *value;    /* as one string; for "remove" what stands there now */
    SpfSwap *swaps; /* terms of the SPF record that stands there which are not in this one */
    size_t n_swaps;
} ProposedRecord;

/* Where in a DNS record the fault is. */
typedef struct RecordPlace {
    char *name; /* owner, no final dot */
    char *type; /* "TXT" ... */
    char *text; /* the record, strings joined; raw octets */
    size_t text_n;
    size_t offset, length; /* in text; length 0: between two octets, or at the end */
} RecordPlace;

typedef struct Finding {
    const Rule *rule;  /* borrowed from the catalogue */
    Severity severity; /* the rule's, milder when it does no harm here, or as the profile sets it */
    Outcome outcome;
    Certainty certainty;
    const char
        *actor; /* found for this object to be who must act; NULL: whom the rule names. Borrowed */
    char *object; /* "signature-1", "example.com", "" for the message */
    FindingArgument *arguments;
    size_t n_arguments;
    bool has_place;
    size_t offset, length;   /* in the source */
    RecordPlace *in_record;  /* NULL: not about a place in a record */
    ProposedRecord *records; /* remedy */
    size_t n_records;
    unsigned points; /* taken off by this finding (first failing object of its rule), else 0 */
    bool waived;     /* switched off by the profile: shown, costs nothing */
    char *waived_reason;
    int64_t waived_until_s; /* when the exemption ends; 0: it does not */
    bool exemption_ended; /* the profile switched it off until then: it counts again. Not waived */
} Finding;

typedef struct Deduction {
    const Rule *rule;
    unsigned points;
    size_t finding; /* index of the finding that carries it */
} Deduction;

typedef struct Judgement {
    Finding
        *findings; /* by topic, rule, then as the predicate stated them; every rule at least once */
    size_t n;
    Deduction *deductions;
    size_t n_deductions;
    unsigned score;
    unsigned uncapped; /* before the cap */
    const Rule *cap;   /* NULL when none applied */
    const char *open; /* why the score may turn out lower: "dns" did not answer, "facts" are missing
                         that decide; NULL when nothing that costs points is left to judge */
    size_t count[4][4]; /* [Severity][Outcome]; waived findings are not counted */
    struct ProviderMatrix
        *providers; /* provider_matrix.h; NULL without providers in the catalogue */
} Judgement;

/* Aborts when catalogue and predicates do not match (judge_check_rules). Owned; borrows from the
 * catalogue. */
Judgement *judge(const Catalogue *catalogue, const Evidence *evidence);
void judgement_free(Judgement *judgement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Judgement, judgement_free)
/* Highest severity among failing findings that are not waived; false when none fails. */
bool judgement_worst(const Judgement *judgement, Severity *severity);

/* Whether every rule has exactly one predicate and every predicate a rule. GError names the one
 * that has not. */
bool judge_check_rules(const Catalogue *catalogue, GError **error);
/* Whether every rule the profile's settings name exists, and every severity is one. GError for the
 * operator. */
bool judge_check_settings(const Catalogue *catalogue, const Profile *profile, GError **error);
GQuark judge_error_quark(void);
/* The value of a finding's argument; NULL when it has none of that name. */
const char *finding_argument(const Finding *finding, const char *name);
/* Who must act. */
const char *finding_actor(const Finding *finding);

/* --- for the predicates in rules/<topic>.c --- */

/* A predicate that states nothing is recorded as not applicable. Whatever the message, it states a
 * bounded number of outcomes. */

typedef struct Verdicts Verdicts; /* collects the outcomes of one predicate */
typedef void (*Predicate)(const Evidence *evidence, Verdicts *out);
typedef struct RuleCheck {
    const char *id;
    Predicate check;
} RuleCheck;
/* A predicate about one signature, called for each that decides (deciding.h). */
typedef void (*SignaturePredicate)(const Evidence *evidence, const DkimSignature *signature,
                                   const char *object, Verdicts *out);
typedef struct SignatureCheck {
    const char *id;
    SignaturePredicate check;
} SignatureCheck;
/* The predicate of the rules "cause-<kind>", one for each of cause_kinds(). */
void cause_of_kind(const Evidence *evidence, const CauseKind *kind, Verdicts *out);
/* One table per topic, ended by {NULL, NULL}. */
extern const RuleCheck dkim_rules[], cause_rules[], spf_rules[], dmarc_rules[], arc_rules[],
    alignment_rules[], profile_rules[], transport_rules[], message_rules[], html_rules[];
extern const SignatureCheck dkim_signature_rules[];

/* Each starts an outcome about `object` ("" is the message); what follows is added to it. */
void verdict_pass(Verdicts *out, const char *object);
void verdict_fail(Verdicts *out, const char *object, Certainty certainty);
void verdict_not_applicable(Verdicts *out);
void verdict_not_evaluable(Verdicts *out, const char *object, const char *missing);
/* A value that is NULL or empty becomes "-": texts have no holes. */
void verdict_argument(Verdicts *out, const char *name, const char *value);
void verdict_argument_number(Verdicts *out, const char *name, uint64_t value);
void verdict_argument_span(Verdicts *out, const char *name, Span value); /* escaped */
/* Another than the rule names must act: one of the catalogue's words, static. NULL: nobody else. */
void verdict_actor(Verdicts *out, const char *actor);
/* No worse than this: what fails does no harm here. */
void verdict_at_most(Verdicts *out, Severity severity);
void verdict_place(Verdicts *out, size_t offset, size_t length);
/* In the TXT record of that owner; kept within the text. */
void verdict_in_record(Verdicts *out, const char *name, Span text, size_t offset, size_t length);
/* Nothing is stated when our own parsers refuse the record (recordcheck.h). */
void verdict_record(Verdicts *out, const char *action, const char *name, const char *type,
                    const char *value);
/* An SPF record in the place of the one at that name, with what was swapped in it. */
void verdict_fit(Verdicts *out, const char *name, const SpfFit *fit);

#endif
