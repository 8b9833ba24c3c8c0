#include "rules/deciding.h"
#include "rules/proposal.h"
#include "rules/remark.h"

#include <string.h>

/* --- what the walk found --- */

static bool has_author(const Evidence *evidence)
{
    return evidence->dmarc->author == DMARC_AUTHOR_ONE;
}

static const DmarcRecord *applicable(const Evidence *evidence)
{
    return evidence->dmarc->rfc9989.record;
}

/* DNS left open whether there is a record. */
static bool record_open(const Evidence *evidence)
{
    return !applicable(evidence) && evidence->dmarc->walk && evidence->dmarc->walk->temporary;
}

/* The first step of the walk where the domain has something that wants to be a record. */
static const DmarcQuery *first_candidate(const Evidence *evidence)
{
    const DmarcWalk *walk = evidence->dmarc->walk;
    for (size_t i = 0; walk && i < walk->n; i++)
        if (walk->queries[i].candidates > 0)
            return &walk->queries[i];
    return NULL;
}

/* Where a record does most good: the Organizational Domain, by the Public Suffix List while DNS
 * says nothing yet. */
static const char *publish_at(const Evidence *evidence)
{
    const char *organizational = evidence->dmarc->rfc7489.organizational_domain;
    return organizational ? organizational : evidence->dmarc->author_domain;
}

static void argument_record(const DmarcRecord *record, Verdicts *out)
{
    g_autofree char *name = g_strconcat("_dmarc.", record->domain, NULL);
    verdict_argument(out, "name", name);
    verdict_argument(out, "found", record->text);
}

static void propose_new(const char *domain, const char *action, Verdicts *out)
{
    g_autofree char *name = g_strconcat("_dmarc.", domain, NULL);
    g_autofree char *record = proposal_dmarc_new(domain);
    verdict_argument(out, "name", name);
    verdict_argument(out, "record", record);
    verdict_record(out, action, name, "TXT", record);
}

static void place_defect(const DmarcRecord *record, Verdicts *out)
{
    g_autofree char *name = g_strconcat("_dmarc.", record->domain, NULL);
    Span text = span_str(record->text);
    size_t end = span_find(text, ';', record->defect_offset);
    verdict_in_record(out, name, text, record->defect_offset,
                      end > record->defect_offset ? end - record->defect_offset : 1);
}

/* Rules about the record that applies: not applicable without one. */
static bool record_flag(const Evidence *evidence, bool flag, Verdicts *out)
{
    const DmarcRecord *record = applicable(evidence);
    if (!record)
        return false;
    if (!flag) {
        verdict_pass(out, record->domain);
        return false;
    }
    verdict_fail(out, record->domain, CERTAINTY_PROVEN);
    argument_record(record, out);
    return true;
}

/* --- the author --- */

static void author_single(const Evidence *evidence, Verdicts *out)
{
    if (evidence->dmarc->author == DMARC_AUTHOR_SEVERAL)
        verdict_fail(out, "", CERTAINTY_EVALUATED);
    else if (has_author(evidence))
        verdict_pass(out, evidence->dmarc->author_domain);
}

/* NXDOMAIN for any type means that nothing stands at or below the name (RFC 8020 §2). */
static void author_exists(const Evidence *evidence, Verdicts *out)
{
    const DnsAnswer *mx = evidence->author_mx;
    const char *domain = evidence->dmarc->author_domain;
    if (!has_author(evidence) || !mx)
        return;
    if (dns_status_is_temporary(mx->status)) {
        verdict_not_evaluable(out, domain, "dns");
    } else if (mx->status != DNS_NXDOMAIN) {
        verdict_pass(out, domain);
    } else {
        verdict_fail(out, domain, CERTAINTY_PROVEN);
        verdict_argument(out, "domain", domain);
    }
}

/* --- the record --- */

/* Told as information: dmarc-record-present and dmarc-result say that they could not be evaluated.
 */
static void answer(const Evidence *evidence, Verdicts *out)
{
    const char *domain = evidence->dmarc->author_domain;
    if (!has_author(evidence))
        return;
    if (!record_open(evidence) && evidence->dmarc->rfc9989.result != DMARC_TEMPERROR) {
        verdict_pass(out, domain);
        return;
    }
    verdict_fail(out, domain, CERTAINTY_PROVEN);
    verdict_argument(out, "domain", domain);
}

/* Nothing can be published for a domain that is not there: dmarc-author-exists says so. */
static bool author_missing(const Evidence *evidence)
{
    return evidence->author_mx && evidence->author_mx->status == DNS_NXDOMAIN;
}

static void record_present(const Evidence *evidence, Verdicts *out)
{
    if (!has_author(evidence))
        return;
    const char *author = evidence->dmarc->author_domain;
    if (record_open(evidence)) {
        verdict_not_evaluable(out, author, "dns");
    } else if (applicable(evidence) || first_candidate(evidence) || evidence->lint.dmarc_near) {
        verdict_pass(out, author);
    } else if (!author_missing(evidence)) {
        verdict_fail(out, author, CERTAINTY_PROVEN);
        verdict_argument(out, "domain", author);
        propose_new(publish_at(evidence), "add", out);
    }
}

/* Text of the first record that can be used, when several stand at a name. */
static const char *usable_of(const DmarcQuery *query)
{
    for (size_t i = 0; query->answer && i < query->answer->n; i++) {
        const DnsRecord *text = &query->answer->records[i];
        DmarcRecord *record = dmarc_record_parse(query->domain, span_of(text->text, text->text_n));
        bool usable = record && record->usable;
        dmarc_record_free(record);
        if (usable)
            return text->text;
    }
    return NULL;
}

static void record_multiple(const Evidence *evidence, Verdicts *out)
{
    const DmarcQuery *query = first_candidate(evidence);
    if (!query)
        return;
    if (query->candidates < 2) {
        verdict_pass(out, query->domain);
        return;
    }
    g_autofree char *name = g_strconcat("_dmarc.", query->domain, NULL);
    verdict_fail(out, query->domain, CERTAINTY_PROVEN);
    verdict_argument(out, "name", name);
    verdict_argument_number(out, "count", query->candidates);
    const char *usable = usable_of(query);
    if (usable)
        verdict_record(out, "change", name, "TXT", usable);
}

static void record_usable(const Evidence *evidence, Verdicts *out)
{
    const DmarcQuery *query = first_candidate(evidence);
    if (!query || !query->record)
        return;
    if (query->record->usable) {
        verdict_pass(out, query->domain);
        return;
    }
    verdict_fail(out, query->domain, CERTAINTY_PROVEN);
    verdict_argument(out, "found", query->record->text);
    verdict_argument_number(out, "position", query->record->defect_offset + 1);
    place_defect(query->record, out);
    propose_new(query->domain, "change", out);
}

/* Something is published, but receivers look for "v=DMARC1" at its beginning, spelled so. */
static void near_miss(const Evidence *evidence, Verdicts *out)
{
    const Lint *lint = evidence->lint.dmarc_near;
    if (!has_author(evidence) || record_open(evidence))
        return;
    if (!lint) {
        if (first_candidate(evidence))
            verdict_pass(out, evidence->dmarc->author_domain);
        return;
    }
    verdict_fail(out, lint->name + strlen("_dmarc."), CERTAINTY_EVALUATED);
    verdict_argument(out, "name", lint->name);
    verdict_argument_span(out, "found", span_of(lint->text, lint->text_n));
    verdict_in_record(out, lint->name, span_of(lint->text, lint->text_n), 0,
                      span_find(span_of(lint->text, lint->text_n), ';', 0));
    g_autofree char *record = proposal_dmarc_repaired(lint->text);
    verdict_argument(out, "record", record);
    if (record)
        verdict_record(out, "change", lint->name, "TXT", record);
}

/* What the defect is about is told by a rule of its own. */
static bool told_by_remark(const Lint *lint, const DmarcRecord *record)
{
    static const LintCode codes[] = {LINT_DMARC_DUPLICATE_TAG, LINT_DMARC_MISSING_SEMICOLON,
                                     LINT_DMARC_WITHOUT_MAILTO, LINT_DMARC_SIZE_LIMIT,
                                     LINT_DMARC_EMPTY_TAG};
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++) {
        const Remark *remark = lint_find(lint, codes[i]);
        if (!remark)
            continue;
        size_t from = MIN(record->defect_offset, remark->offset),
               to = MAX(record->defect_offset, remark->offset);
        if (!memchr(lint->text + from, ';', to - from))
            return true;
    }
    return false;
}

static void syntax(const Evidence *evidence, Verdicts *out)
{
    const unsigned harmful = DMARC_DEFECT_BAD_P | DMARC_DEFECT_BAD_SP | DMARC_DEFECT_BAD_NP |
                             DMARC_DEFECT_BAD_VALUE | DMARC_DEFECT_BAD_URI | DMARC_DEFECT_SYNTAX |
                             DMARC_DEFECT_TREATED_AS_NONE;
    const DmarcRecord *record = applicable(evidence);
    bool failing =
        record && record->defects & harmful && !told_by_remark(evidence->lint.dmarc, record);
    if (!record_flag(evidence, failing, out))
        return;
    verdict_argument_number(out, "position", record->defect_offset + 1);
    place_defect(record, out);
}

/* --- how the record is written --- */

static bool remark(const Evidence *evidence, LintCode code, Verdicts *out)
{
    const Lint *lint = evidence->lint.dmarc;
    return lint && remark_fails(lint, code, lint->name + strlen("_dmarc."), out);
}

static void unknown_tag(const Evidence *evidence, Verdicts *out)
{
    remark(evidence, LINT_DMARC_UNKNOWN_TAG, out);
}

static void obsolete_tag(const Evidence *evidence, Verdicts *out)
{
    remark(evidence, LINT_DMARC_OBSOLETE_TAG, out);
}

static void duplicate_tag(const Evidence *evidence, Verdicts *out)
{
    remark(evidence, LINT_DMARC_DUPLICATE_TAG, out);
}

static void missing_semicolon(const Evidence *evidence, Verdicts *out)
{
    /* A record that nobody reads is not to become a strict one at a stroke. */
    if (remark(evidence, LINT_DMARC_MISSING_SEMICOLON, out) && applicable(evidence))
        remark_propose(evidence->lint.dmarc, LINT_DMARC_MISSING_SEMICOLON, out);
}

static void empty_tag(const Evidence *evidence, Verdicts *out)
{
    remark(evidence, LINT_DMARC_EMPTY_TAG, out);
}

static void p_position(const Evidence *evidence, Verdicts *out)
{
    remark(evidence, LINT_DMARC_P_NOT_SECOND, out);
}

static void size_limit(const Evidence *evidence, Verdicts *out)
{
    if (remark(evidence, LINT_DMARC_SIZE_LIMIT, out))
        remark_propose(evidence->lint.dmarc, LINT_DMARC_SIZE_LIMIT, out);
}

static void many_addresses(const Evidence *evidence, Verdicts *out)
{
    remark(evidence, LINT_DMARC_MANY_URIS, out);
}

static void without_mailto(const Evidence *evidence, Verdicts *out)
{
    if (remark(evidence, LINT_DMARC_WITHOUT_MAILTO, out))
        remark_propose(evidence->lint.dmarc, LINT_DMARC_WITHOUT_MAILTO, out);
}

static void fo_without_ruf(const Evidence *evidence, Verdicts *out)
{
    remark(evidence, LINT_DMARC_FO_WITHOUT_RUF, out);
}

static void policy_none(const Evidence *evidence, Verdicts *out)
{
    record_flag(evidence, evidence->dmarc->rfc9989.policy == DMARC_POLICY_NONE, out);
}

/* A tag that is absent takes the value of the wider one. */
static void subdomain_weaker(const Evidence *evidence, Verdicts *out)
{
    const DmarcRecord *record = applicable(evidence);
    bool weaker = false;
    if (record) {
        DmarcPolicy sp = record->sp != DMARC_POLICY_ABSENT ? record->sp : record->p;
        DmarcPolicy np = record->np != DMARC_POLICY_ABSENT ? record->np : sp;
        weaker = sp < record->p || np < sp;
    }
    record_flag(evidence, weaker, out);
}

static void testing_mode(const Evidence *evidence, Verdicts *out)
{
    const DmarcRecord *record = applicable(evidence);
    record_flag(evidence, record && record->testing, out);
}

static void rua_missing(const Evidence *evidence, Verdicts *out)
{
    const DmarcRecord *record = applicable(evidence);
    if (lint_find(evidence->lint.dmarc, LINT_DMARC_MISSING_SEMICOLON))
        return; /* it may stand behind that */
    if (!record_flag(evidence, record && (!record->rua || !record->rua[0]), out))
        return;
    g_autofree char *text = g_strchomp(g_strdup(record->text));
    g_autofree char *name = g_strconcat("_dmarc.", record->domain, NULL);
    g_autofree char *proposed =
        g_strdup_printf("%s%srua=mailto:dmarc-reports@%s", text,
                        g_str_has_suffix(text, ";") ? " " : "; ", record->domain);
    verdict_argument(out, "record", proposed);
    verdict_record(out, "change", name, "TXT", proposed);
}

static void report_target(const DmarcRecord *record, const struct DmarcReportTarget *target,
                          Verdicts *out)
{
    if (target->temporary) {
        verdict_not_evaluable(out, target->domain, "dns");
    } else if (target->authorised) {
        verdict_pass(out, target->domain);
    } else {
        g_autofree char *name =
            g_strdup_printf("%s._report._dmarc.%s", record->domain, target->domain);
        verdict_fail(out, target->domain, CERTAINTY_PROVEN);
        verdict_argument(out, "domain", record->domain);
        verdict_argument(out, "target", target->domain);
        verdict_argument(out, "name", name);
        verdict_record(out, "add", name, "TXT", "v=DMARC1");
    }
}

static void rua_external(const Evidence *evidence, Verdicts *out)
{
    enum { MAX_TARGETS = 20 };
    const DmarcRecord *record = applicable(evidence);
    for (size_t i = 0; record && i < MIN(evidence->dmarc->n_external, (size_t)MAX_TARGETS); i++)
        report_target(record, &evidence->dmarc->external[i], out);
}

/* --- the outcome for this message --- */

/* Why the outcome cannot be told; NULL when it can. */
static const char *outcome_missing(const Evidence *evidence)
{
    switch (evidence->dmarc->rfc9989.result) {
    case DMARC_TEMPERROR:
        return "dns";
    case DMARC_FAIL:
        return alignment_open(evidence) ? authentication_missing(evidence) : NULL;
    default:
        return NULL;
    }
}

/* Rules that fail only when the message fails DMARC. */
static void outcome(const Evidence *evidence, bool failing, Verdicts *out)
{
    const DmarcCheck *dmarc = evidence->dmarc;
    if (!has_author(evidence) || outcome_missing(evidence))
        return;
    if (dmarc->rfc9989.result != DMARC_FAIL || !failing) {
        verdict_pass(out, dmarc->author_domain);
    } else {
        verdict_fail(out, dmarc->author_domain, CERTAINTY_EVALUATED);
        verdict_argument(out, "domain", dmarc->author_domain);
        verdict_argument(out, "policy", dmarc_policy_name(dmarc->rfc9989.applied));
    }
}

static void result(const Evidence *evidence, Verdicts *out)
{
    const char *missing = has_author(evidence) ? outcome_missing(evidence) : NULL;
    if (missing)
        verdict_not_evaluable(out, evidence->dmarc->author_domain, missing);
    else
        outcome(evidence, true, out);
}

static void refused(const Evidence *evidence, Verdicts *out)
{
    outcome(evidence, evidence->dmarc->rfc9989.applied == DMARC_POLICY_REJECT, out);
}

static void quarantined(const Evidence *evidence, Verdicts *out)
{
    outcome(evidence, evidence->dmarc->rfc9989.applied == DMARC_POLICY_QUARANTINE, out);
}

/* A passing identifier of the same organization is turned down by adkim=s or aspf=s alone. */
static bool strict_only(const DmarcCheck *dmarc)
{
    const char *organization = dmarc->rfc9989.organizational_domain;
    for (size_t i = 0; organization && i < dmarc->n_identifiers; i++) {
        const DmarcIdentifier *identifier = &dmarc->identifiers[i];
        if (identifier->passed && !identifier->aligned &&
            g_strcmp0(identifier->organizational_domain, organization) == 0)
            return true;
    }
    return false;
}

static void strict_alignment(const Evidence *evidence, Verdicts *out)
{
    const DmarcRecord *record = applicable(evidence);
    if (!record || !(record->strict_dkim || record->strict_spf))
        return;
    bool failing = evidence->dmarc->rfc9989.result == DMARC_FAIL && strict_only(evidence->dmarc);
    record_flag(evidence, failing, out);
}

/* A policy that differs matters to a failing message only. */
static void standards_differ(const Evidence *evidence, Verdicts *out)
{
    const DmarcCheck *dmarc = evidence->dmarc;
    if (!has_author(evidence) || record_open(evidence))
        return;
    bool matters =
        dmarc->rfc9989.result != dmarc->rfc7489.result || dmarc->rfc9989.result == DMARC_FAIL;
    if (!dmarc->differ || !matters) {
        verdict_pass(out, dmarc->author_domain);
        return;
    }
    verdict_fail(out, dmarc->author_domain, CERTAINTY_EVALUATED);
    verdict_argument(out, "result", dmarc_result_name(dmarc->rfc9989.result));
    verdict_argument(out, "result-before", dmarc_result_name(dmarc->rfc7489.result));
}

const RuleCheck dmarc_rules[] = {
    {"dmarc-author-single", author_single},
    {"dmarc-author-exists", author_exists},
    {"dmarc-answer", answer},
    {"dmarc-record-present", record_present},
    {"dmarc-record-multiple", record_multiple},
    {"dmarc-record-usable", record_usable},
    {"dmarc-result", result},
    {"dmarc-refused", refused},
    {"dmarc-quarantined", quarantined},
    {"dmarc-strict-alignment", strict_alignment},
    {"dmarc-syntax", syntax},
    {"dmarc-near-miss", near_miss},
    {"dmarc-unknown-tag", unknown_tag},
    {"dmarc-obsolete-tag", obsolete_tag},
    {"dmarc-duplicate-tag", duplicate_tag},
    {"dmarc-missing-semicolon", missing_semicolon},
    {"dmarc-empty-tag", empty_tag},
    {"dmarc-p-position", p_position},
    {"dmarc-size-limit", size_limit},
    {"dmarc-many-addresses", many_addresses},
    {"dmarc-without-mailto", without_mailto},
    {"dmarc-fo-without-ruf", fo_without_ruf},
    {"dmarc-policy-none", policy_none},
    {"dmarc-subdomain-weaker", subdomain_weaker},
    {"dmarc-testing-mode", testing_mode},
    {"dmarc-rua-missing", rua_missing},
    {"dmarc-rua-external", rua_external},
    {"dmarc-standards-differ", standards_differ},
    {NULL, NULL},
};
