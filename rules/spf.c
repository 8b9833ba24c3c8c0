#include "rules/deciding.h"
#include "rules/proposal.h"
#include "rules/remark.h"

#include <gio/gio.h>
#include <string.h>

/* --- shared between the rules --- */

/* The check has a result that can be judged. That it has none is said once, by spf-evaluable or
 * spf-answer, and held against the score by spf-result-fail. */
static bool settled(const Evidence *evidence)
{
    return evidence->spf->evaluable && evidence->spf->result != SPF_TEMPERROR;
}

static void fail_check(const Evidence *evidence, Verdicts *out)
{
    const SpfCheck *spf = evidence->spf;
    verdict_fail(out, spf->domain, spf_certainty(evidence));
    verdict_argument(out, "domain", spf->domain);
    verdict_argument(out, "client-ip", evidence->envelope->client_ip.value);
}

/* What would authorise the client: the operator's include when it is one of the operator's hosts
 * and the include is not there, else its address. */
static char *authorising_term(const Evidence *evidence, bool *own)
{
    const Profile *profile = evidence->profile;
    const char *ip = evidence->envelope->client_ip.value;
    *own =
        profile->spf_include && profile_is_own_host(profile, ip, evidence->iprev->confirmed) &&
        !(evidence->spf_survey && spf_survey_includes(evidence->spf_survey, profile->spf_include));
    return *own ? g_strconcat("include:", profile->spf_include, NULL) : proposal_spf_address(ip);
}

/* --- the verdict for this message --- */

/* Told as information: the rules that needed the check say that they could not be evaluated. */
static void evaluable(const Evidence *evidence, Verdicts *out)
{
    if (evidence->spf->evaluable) {
        verdict_pass(out, evidence->spf->domain);
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_argument(out, "missing", evidence->spf->missing);
}

static void answer(const Evidence *evidence, Verdicts *out)
{
    const SpfCheck *spf = evidence->spf;
    if (!spf->evaluable)
        return;
    if (spf->result != SPF_TEMPERROR) {
        verdict_pass(out, spf->domain);
        return;
    }
    verdict_fail(out, spf->domain, CERTAINTY_PROVEN);
    verdict_argument(out, "domain", spf->domain);
}

static bool is_unlisted(SpfResult result)
{
    return result == SPF_FAIL || result == SPF_SOFTFAIL || result == SPF_NEUTRAL;
}

static void fail_unlisted(const Evidence *evidence, Verdicts *out)
{
    bool own;
    g_autofree char *term = authorising_term(evidence, &own);
    fail_check(evidence, out);
    verdict_argument(out, "term", term);
    g_autoptr(SpfFit) fit = own ? proposal_spf_with_operator(evidence) : NULL;
    if (fit)
        verdict_fit(out, evidence->spf->domain, fit);
}

/* A record exists and does not let this client through; what DKIM carries has a rule of its own. */
static void result(const Evidence *evidence, SpfResult failing, Verdicts *out)
{
    if (!settled(evidence))
        return;
    if (evidence->spf->result != failing)
        verdict_pass(out, evidence->spf->domain);
    else if (!carried_by_dkim(evidence))
        fail_unlisted(evidence, out);
}

static void result_fail(const Evidence *evidence, Verdicts *out)
{
    if (evidence->spf->evaluable && evidence->spf->result == SPF_TEMPERROR)
        verdict_not_evaluable(out, evidence->spf->domain, "dns");
    else
        result(evidence, SPF_FAIL, out);
}

static void result_softfail(const Evidence *evidence, Verdicts *out)
{
    result(evidence, SPF_SOFTFAIL, out);
}

static void result_neutral(const Evidence *evidence, Verdicts *out)
{
    result(evidence, SPF_NEUTRAL, out);
}

/* Forwarding makes SPF fail and DKIM is there to survive it, so this is far from an error. */
static void carried(const Evidence *evidence, Verdicts *out)
{
    if (!settled(evidence) || !carried_by_dkim(evidence))
        return;
    if (!is_unlisted(evidence->spf->result)) {
        verdict_pass(out, evidence->spf->domain);
        return;
    }
    fail_unlisted(evidence, out);
    verdict_argument(out, "result", spf_result_name(evidence->spf->result));
}

static bool has_near_miss(const Evidence *evidence)
{
    const SpfSurvey *survey = evidence->spf_survey;
    return survey && survey->near_misses && survey->near_misses[0];
}

/* Nothing can be published in a domain that is not there; transport-bounces tells of it. */
static bool domain_is_missing(const Evidence *evidence)
{
    return evidence->mail_from_mx && evidence->mail_from_mx->status == DNS_NXDOMAIN;
}

static void record_missing(const Evidence *evidence, Verdicts *out)
{
    if (!settled(evidence) || domain_is_missing(evidence))
        return;
    if (evidence->spf->result != SPF_NONE || has_near_miss(evidence)) {
        verdict_pass(out, evidence->spf->domain);
        return;
    }
    bool own;
    g_autofree char *term = authorising_term(evidence, &own);
    g_autofree char *record = term ? proposal_spf_new(term) : NULL;
    fail_check(evidence, out);
    verdict_argument(out, "record", record);
    if (record)
        verdict_record(out, "add", evidence->spf->domain, "TXT", record);
}

/* In the same /24 or /56, the size in which networks of one organization are handed out: farther
 * away a neighbour is chance. */
static bool is_near(const char *ip, const char *network)
{
    enum { NEAR_OCTETS_V4 = 3, NEAR_OCTETS_V6 = 7 };
    g_autoptr(GInetAddress) client = ip ? g_inet_address_new_from_string(ip) : NULL;
    g_autofree char *host = g_strndup(network, strcspn(network, "/"));
    g_autoptr(GInetAddress) listed = g_inet_address_new_from_string(host);
    if (!client || !listed ||
        g_inet_address_get_family(client) != g_inet_address_get_family(listed))
        return false;
    bool v4 = g_inet_address_get_family(client) == G_SOCKET_FAMILY_IPV4;
    return memcmp(g_inet_address_to_bytes(client), g_inet_address_to_bytes(listed),
                  v4 ? NEAR_OCTETS_V4 : NEAR_OCTETS_V6) == 0;
}

static void nearest(const Evidence *evidence, Verdicts *out)
{
    const SpfCheck *spf = evidence->spf;
    const SpfSurvey *survey = evidence->spf_survey;
    if (spf->evaluable && spf->result == SPF_PASS)
        verdict_pass(out, spf->domain);
    if (!spf->evaluable || !is_unlisted(spf->result) || !survey || !survey->nearest)
        return;
    const char *of = strstr(survey->nearest, " of ");
    size_t n = of ? (size_t)(of - survey->nearest) : strlen(survey->nearest);
    g_autofree char *network = g_strndup(survey->nearest, n);
    if (!is_near(evidence->envelope->client_ip.value, network))
        return;
    fail_check(evidence, out);
    verdict_argument(out, "nearest", network);
    verdict_argument(out, "record-domain", of ? of + strlen(" of ") : survey->domain);
}

/* --- permerror: the record cannot be used --- */

/* The record where the fault is: the deepest one that ended in permerror. */
static const SpfRecord *faulty(const SpfRecord *record)
{
    for (;;) {
        const SpfRecord *below = NULL;
        for (size_t i = 0; i < record->n && !below; i++)
            if (record->terms[i].outcome == SPF_TERM_PERMERROR)
                below = record->terms[i].child;
        if (!below || below->problem == SPF_OK)
            return record;
        record = below;
    }
}

/* Fails when the check ended in permerror because of one of these; mask has bits of 1 <<
 * SpfProblem. */
static bool permerror(const Evidence *evidence, unsigned mask, Verdicts *out)
{
    if (!settled(evidence))
        return false;
    const SpfCheck *spf = evidence->spf;
    if (spf->result != SPF_PERMERROR || !(mask & 1u << spf->problem)) {
        verdict_pass(out, spf->domain);
        return false;
    }
    fail_check(evidence, out);
    verdict_argument(out, "record-domain", spf->record ? faulty(spf->record)->domain : spf->domain);
    return true;
}

static void merge_records(const Evidence *evidence, const SpfRecord *record, Verdicts *out)
{
    g_autofree char *merged = record->answer ? proposal_spf_merged(record->answer) : NULL;
    verdict_argument(out, "record", merged ? merged : "v=spf1 ... ~all");
    if (merged && g_strcmp0(record->domain, evidence->spf->domain) == 0)
        verdict_record(out, "change", record->domain, "TXT", merged);
}

static void record_multiple(const Evidence *evidence, Verdicts *out)
{
    if (!permerror(evidence, 1u << SPF_PROBLEM_MULTIPLE, out))
        return;
    const SpfRecord *record = evidence->spf->record ? faulty(evidence->spf->record) : NULL;
    verdict_argument_number(out, "count", record ? record->candidates : 2);
    if (record)
        merge_records(evidence, record, out);
    else
        verdict_argument(out, "record", "v=spf1 ... ~all");
}

static const SpfTerm *invalid_term(const SpfRecord *record)
{
    for (size_t i = 0; i < record->n; i++)
        if (record->terms[i].kind == SPF_INVALID)
            return &record->terms[i];
    return NULL;
}

static void argument_fault(const SpfRecord *record, Verdicts *out)
{
    const SpfTerm *term = invalid_term(record);
    verdict_argument_span(out, "term", term ? term->text : span_str(record->text));
    verdict_argument_number(out, "position", record->problem_offset + 1);
    if (record->text)
        verdict_in_record(out, record->domain, span_str(record->text), record->problem_offset,
                          term ? term->text.n : 0);
}

static void syntax(const Evidence *evidence, Verdicts *out)
{
    if (!permerror(evidence, 1u << SPF_PROBLEM_SYNTAX, out) || !evidence->spf->record)
        return;
    const SpfRecord *record = faulty(evidence->spf->record);
    argument_fault(record, out);
    if (evidence->lint.spf && g_strcmp0(record->domain, evidence->lint.spf->name) == 0)
        remark_propose(evidence->lint.spf, LINT_SPF_INVALID, out);
}

/* The dearest terms of the record itself, as "include:a.example (4), include:b.example (3)". */
static char *costliest(const SpfRecord *record)
{
    GString *list = g_string_new(NULL);
    unsigned below = G_MAXUINT;
    for (size_t shown = 0; shown < 3;) {
        unsigned most = 0;
        for (size_t i = 0; i < record->n; i++)
            if (record->terms[i].lookups < below)
                most = MAX(most, record->terms[i].lookups);
        if (most == 0)
            break;
        for (size_t i = 0; i < record->n && shown < 3; i++) {
            const SpfTerm *term = &record->terms[i];
            if (term->lookups != most)
                continue;
            g_autofree char *text = span_dup(term->text);
            g_string_append_printf(list, "%s%s (%u)", list->len ? ", " : "", text, most);
            shown++;
        }
        below = most;
    }
    return g_string_free(list, false);
}

static void argument_costs(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = evidence->spf_survey;
    g_autofree char *list = survey && survey->record ? costliest(survey->record) : NULL;
    verdict_argument(out, "costliest", list);
    verdict_argument_number(out, "count", survey ? survey->lookups : evidence->spf->lookups);
}

/* The include that this message needs beside room for it: it came from the operator, as far as the
 * profile tells. */
static const SpfSurvey *include_to_add(const Evidence *evidence)
{
    const Profile *profile = evidence->profile;
    bool hosts_unknown = !profile->own_hosts || !profile->own_hosts[0];
    bool own = hosts_unknown || profile_is_own_host(profile, evidence->envelope->client_ip.value,
                                                    evidence->iprev->confirmed);
    return own ? evidence->spf_include : NULL;
}

/* The record without what makes it fail and within the limits, when there is a way without loss. */
static bool propose_fit(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = evidence->spf_survey;
    if (!survey)
        return false;
    g_autoptr(SpfFit) fit =
        spfbudget_fit(survey, evidence->profile->spf_include, include_to_add(evidence));
    if (!fit || fit->n == 0)
        return false;
    verdict_fit(out, survey->domain, fit);
    return true;
}

static void lookup_limit(const Evidence *evidence, Verdicts *out)
{
    if (!permerror(evidence, 1u << SPF_PROBLEM_LOOKUP_LIMIT | 1u << SPF_PROBLEM_LOOP, out))
        return;
    argument_costs(evidence, out);
    propose_fit(evidence, out);
}

static void void_limit(const Evidence *evidence, Verdicts *out)
{
    if (permerror(evidence, 1u << SPF_PROBLEM_VOID_LIMIT, out))
        propose_fit(evidence, out);
}

static void include_missing(const Evidence *evidence, Verdicts *out)
{
    if (permerror(evidence, 1u << SPF_PROBLEM_NO_RECORD, out))
        propose_fit(evidence, out);
}

static void name_limit(const Evidence *evidence, Verdicts *out)
{
    permerror(evidence, 1u << SPF_PROBLEM_NAME_LIMIT | 1u << SPF_PROBLEM_BAD_NAME | 1u << SPF_OK,
              out);
}

/* --- the record as a whole, whoever sends --- */

/* The survey when the domain has a record; the record can be faulty and yet let this message
 * through. */
static const SpfSurvey *surveyed(const Evidence *evidence)
{
    const SpfSurvey *survey = evidence->spf_survey;
    return survey && survey->record && survey->record->text ? survey : NULL;
}

static void fail_survey(const SpfSurvey *survey, Verdicts *out)
{
    verdict_fail(out, survey->domain, CERTAINTY_PROVEN);
    verdict_argument(out, "domain", survey->domain);
    verdict_argument(out, "found", survey->record->text);
}

static bool survey_flag(const Evidence *evidence, bool flag, Verdicts *out)
{
    const SpfSurvey *survey = surveyed(evidence);
    if (!survey)
        return false;
    if (flag)
        fail_survey(survey, out);
    else
        verdict_pass(out, survey->domain);
    return flag;
}

static void lookup_survey(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = surveyed(evidence);
    if (!survey || evidence->spf->problem == SPF_PROBLEM_LOOKUP_LIMIT ||
        evidence->spf->problem == SPF_PROBLEM_LOOP)
        return;
    if (!survey_flag(evidence, survey->lookups > SPF_MAX_LOOKUPS, out))
        return;
    argument_costs(evidence, out);
    propose_fit(evidence, out);
}

static void lookup_reserve(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = surveyed(evidence);
    if (survey && survey->lookups <= SPF_MAX_LOOKUPS &&
        survey_flag(evidence, survey->lookups >= SPF_MAX_LOOKUPS - 1, out))
        argument_costs(evidence, out);
}

static void void_survey(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = surveyed(evidence);
    if (!survey || evidence->spf->problem == SPF_PROBLEM_VOID_LIMIT ||
        !survey_flag(evidence, survey->voids > SPF_MAX_VOID, out))
        return;
    verdict_argument_number(out, "count", survey->voids);
    propose_fit(evidence, out);
}

static bool is_broken(const SpfRecord *record)
{
    return record->problem == SPF_PROBLEM_SYNTAX || record->problem == SPF_PROBLEM_MULTIPLE ||
           record->problem == SPF_PROBLEM_NO_RECORD;
}

/* First faulty record, depth first. The survey's own limit on lookups bounds the depth. */
static const SpfRecord *find_broken(const SpfRecord *record)
{
    for (size_t i = 0; i < record->n; i++) {
        const SpfTerm *term = &record->terms[i];
        if (term->problem == SPF_PROBLEM_LOOP)
            return record;
        const SpfRecord *broken = term->child ? find_broken(term->child) : NULL;
        if (broken)
            return broken;
    }
    return is_broken(record) ? record : NULL;
}

static void latent_fault(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = surveyed(evidence);
    if (!survey || evidence->spf->result == SPF_PERMERROR)
        return;
    const SpfRecord *broken = find_broken(survey->record);
    if (!survey_flag(evidence, broken != NULL, out))
        return;
    verdict_argument(out, "record-domain", broken->domain);
    if (broken->problem == SPF_PROBLEM_SYNTAX) {
        const SpfTerm *term = invalid_term(broken);
        verdict_in_record(out, broken->domain, span_str(broken->text), broken->problem_offset,
                          term ? term->text.n : 0);
    }
    if (broken->problem == SPF_PROBLEM_NO_RECORD)
        propose_fit(evidence, out);
}

static bool has_wide_network(const SpfRecord *record)
{
    for (size_t i = 0; i < record->n; i++) {
        const SpfTerm *term = &record->terms[i];
        bool hosts = term->kind == SPF_A || term->kind == SPF_MX;
        bool v4 = (hosts || term->kind == SPF_IP4) && term->prefix4 < 8;
        bool v6 = (hosts || term->kind == SPF_IP6) && term->prefix6 < 16;
        if (term->qualifier == '+' && (v4 || v6))
            return true;
        if (term->child && has_wide_network(term->child))
            return true;
    }
    return false;
}

static void wide_network(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = surveyed(evidence);
    if (survey)
        survey_flag(evidence, has_wide_network(survey->record), out);
}

static const SpfTerm *first_term(const SpfRecord *record, SpfTermKind kind)
{
    for (size_t i = 0; i < record->n; i++)
        if (record->terms[i].kind == kind)
            return &record->terms[i];
    return NULL;
}

/* Where the first such term of the domain's own record stands; it may be in an included one. */
static void place_term(const SpfSurvey *survey, SpfTermKind kind, Verdicts *out)
{
    const SpfTerm *term = first_term(survey->record, kind);
    if (term)
        verdict_in_record(out, survey->domain, span_str(survey->record->text), term->offset,
                          term->text.n);
}

static void plus_all(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = surveyed(evidence);
    if (!survey_flag(evidence, survey && survey->has_plus_all, out))
        return;
    const SpfTerm *all = first_term(survey->record, SPF_ALL);
    place_term(survey, SPF_ALL, out);
    if (all && all->qualifier == '+') {
        g_autofree char *record = proposal_spf_replacing(survey->record, all, "~all");
        verdict_record(out, "change", survey->domain, "TXT", record);
    }
}

static void neutral_all(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = surveyed(evidence);
    if (survey_flag(evidence, survey && survey->all_qualifier == '?', out))
        place_term(survey, SPF_ALL, out);
}

static void no_all(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = surveyed(evidence);
    if (!survey_flag(evidence, survey && survey->has_no_all, out))
        return;
    g_autofree char *text = g_strchomp(g_strdup(survey->record->text));
    g_autofree char *record = g_strconcat(text, " ~all", NULL);
    verdict_record(out, "change", survey->domain, "TXT", record);
}

static void uses_ptr(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = surveyed(evidence);
    if (survey_flag(evidence, survey && survey->has_ptr, out))
        place_term(survey, SPF_PTR, out);
}

/* The first term behind "all", or the redirect that stands beside it. */
static void place_unread(const SpfSurvey *survey, Verdicts *out)
{
    const SpfRecord *record = survey->record;
    const SpfTerm *all = first_term(record, SPF_ALL);
    const SpfTerm *unread =
        all && all + 1 < record->terms + record->n ? all + 1 : first_term(record, SPF_REDIRECT);
    if (unread)
        verdict_in_record(out, survey->domain, span_str(record->text), unread->offset,
                          unread->text.n);
}

static void terms_after_all(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = surveyed(evidence);
    if (survey_flag(evidence,
                    survey && (survey->has_terms_after_all || survey->has_redirect_with_all), out))
        place_unread(survey, out);
}

static void near_miss(const Evidence *evidence, Verdicts *out)
{
    const SpfSurvey *survey = evidence->spf_survey;
    if (!survey)
        return;
    if (!has_near_miss(evidence) || survey->record->text) {
        verdict_pass(out, survey->domain);
        return;
    }
    verdict_fail(out, survey->domain, CERTAINTY_EVALUATED);
    verdict_argument(out, "domain", survey->domain);
    verdict_argument(out, "found", survey->near_misses[0]);
    g_autofree char *repaired = proposal_spf_repaired(survey->near_misses[0]);
    if (repaired)
        verdict_record(out, "change", survey->domain, "TXT", repaired);
}

/* --- how the record is written --- */

static void mechanism_as_modifier(const Evidence *evidence, Verdicts *out)
{
    const Lint *lint = evidence->lint.spf;
    if (remark_fails(lint, LINT_SPF_MECHANISM_AS_MODIFIER, lint ? lint->name : "", out))
        remark_propose(lint, LINT_SPF_MECHANISM_AS_MODIFIER, out);
}

static void unknown_modifier(const Evidence *evidence, Verdicts *out)
{
    const Lint *lint = evidence->lint.spf;
    remark_fails(lint, LINT_SPF_UNKNOWN_MODIFIER, lint ? lint->name : "", out);
}

static void host_bits(const Evidence *evidence, Verdicts *out)
{
    const Lint *lint = evidence->lint.spf;
    if (remark_fails(lint, LINT_SPF_HOST_BITS, lint ? lint->name : "", out))
        verdict_argument(out, "network", lint_find(lint, LINT_SPF_HOST_BITS)->better);
}

static void repeated_term(const Evidence *evidence, Verdicts *out)
{
    const Lint *lint = evidence->lint.spf;
    remark_fails(lint, LINT_SPF_REPEATED, lint ? lint->name : "", out);
}

static void private_network(const Evidence *evidence, Verdicts *out)
{
    const Lint *lint = evidence->lint.spf;
    remark_fails(lint, LINT_SPF_PRIVATE_NETWORK, lint ? lint->name : "", out);
}

static void macro_p(const Evidence *evidence, Verdicts *out)
{
    const Lint *lint = evidence->lint.spf;
    remark_fails(lint, LINT_SPF_MACRO_P, lint ? lint->name : "", out);
}

static void record_long(const Evidence *evidence, Verdicts *out)
{
    const Lint *lint = evidence->lint.spf;
    if (remark_fails(lint, LINT_SPF_LONG, lint ? lint->name : "", out)) {
        verdict_argument_number(out, "octets", lint->text_n);
        verdict_argument_number(out, "limit", LINT_SPF_OCTETS);
    }
}

/* --- the other identity --- */

static void helo(const Evidence *evidence, Verdicts *out)
{
    const SpfCheck *check = evidence->spf_helo;
    if (!check->evaluable || check->result == SPF_NONE)
        return;
    if (check->result == SPF_TEMPERROR) {
        verdict_not_evaluable(out, check->domain, "dns");
    } else if (check->result == SPF_FAIL || check->result == SPF_PERMERROR) {
        verdict_fail(out, check->domain, envelope_certainty(&evidence->envelope->client_ip));
        verdict_argument(out, "domain", check->domain);
        verdict_argument(out, "client-ip", evidence->envelope->client_ip.value);
        verdict_argument(out, "result", spf_result_name(check->result));
    } else {
        verdict_pass(out, check->domain);
    }
}

const RuleCheck spf_rules[] = {
    {"spf-evaluable", evaluable},
    {"spf-answer", answer},
    {"spf-result-fail", result_fail},
    {"spf-result-softfail", result_softfail},
    {"spf-result-neutral", result_neutral},
    {"spf-carried-by-dkim", carried},
    {"spf-record-missing", record_missing},
    {"spf-near-miss", near_miss},
    {"spf-nearest-network", nearest},
    {"spf-record-multiple", record_multiple},
    {"spf-syntax", syntax},
    {"spf-lookup-limit", lookup_limit},
    {"spf-void-lookups", void_limit},
    {"spf-include-missing", include_missing},
    {"spf-name-limit", name_limit},
    {"spf-lookup-survey", lookup_survey},
    {"spf-lookup-reserve", lookup_reserve},
    {"spf-void-survey", void_survey},
    {"spf-latent-fault", latent_fault},
    {"spf-wide-network", wide_network},
    {"spf-plus-all", plus_all},
    {"spf-neutral-all", neutral_all},
    {"spf-no-all", no_all},
    {"spf-ptr", uses_ptr},
    {"spf-terms-after-all", terms_after_all},
    {"spf-mechanism-as-modifier", mechanism_as_modifier},
    {"spf-unknown-modifier", unknown_modifier},
    {"spf-host-bits", host_bits},
    {"spf-repeated-term", repeated_term},
    {"spf-private-network", private_network},
    {"spf-macro-p", macro_p},
    {"spf-record-long", record_long},
    {"spf-helo", helo},
    {NULL, NULL},
};
