/* spf.c - check_host() and what is asked of it (RFC 7208 §2.4, §4, §6). */
#include "analyzer/auth/spf_internal.h"

#include "analyzer/base/domain.h"

#include <arpa/inet.h>
#include <string.h>

/* The records being evaluated, innermost first. */
typedef struct Frame {
    const char *domain;
    const struct Frame *up;
} Frame;

static SpfRecord *check_host(SpfEval *eval, const char *domain, const Frame *up);

void spf_eval_init(SpfEval *eval, const SpfInput *input, DnsSession *dns)
{
    *eval = (SpfEval){.dns = dns, .ptr_status = DNS_OK};
    if (input == NULL)
        return;
    eval->has_ip = spf_ip_parse(input->ip, true, &eval->ip);
    if (eval->has_ip) {
        char text[INET6_ADDRSTRLEN];
        inet_ntop(eval->ip.v6 ? AF_INET6 : AF_INET, eval->ip.octets, text, sizeof(text));
        eval->ip_text = g_strdup(text);
    }
    eval->helo = input->helo;
    eval->receiver = input->receiver;
    eval->now_s = input->now_s;
}

void spf_eval_clear(SpfEval *eval)
{
    g_free(eval->ip_text);
    g_free(eval->local);
    g_free(eval->sender_domain);
    if (eval->validated != NULL)
        g_ptr_array_free(eval->validated, TRUE);
}

/* §4.3: labels of 1 to 63 octets, 253 in all, and two labels at least. */
static bool can_have_record(const char *domain)
{
    size_t label = 0, labels = 1, n = strlen(domain);
    if (n == 0 || n > SPF_MAX_NAME)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (domain[i] != '.') {
            label++;
        } else if (label == 0 || label > 63) {
            return false;
        } else {
            label = 0;
            labels++;
        }
    }
    return labels >= 2 && label >= 1 && label <= 63;
}

static bool is_among(const Frame *frame, const char *domain)
{
    for (; frame != NULL; frame = frame->up)
        if (g_ascii_strcasecmp(frame->domain, domain) == 0)
            return true;
    return false;
}

static bool has_loop(const Frame *frame)
{
    for (; frame != NULL; frame = frame->up)
        if (is_among(frame->up, frame->domain))
            return true;
    return false;
}

/* §4.6.4: include, a, mx, ptr, exists and redirect, all together. */
static bool count_lookup(SpfEval *eval, SpfTerm *term, const Frame *frame)
{
    if (eval->lookups < SPF_MAX_LOOKUPS) {
        eval->lookups++;
        return true;
    }
    term->problem = has_loop(frame) ? SPF_PROBLEM_LOOP : SPF_PROBLEM_LOOKUP_LIMIT;
    return false;
}

/* Evaluates the record at the target of include or redirect. NULL when the target is no name. */
static SpfRecord *follow(SpfEval *eval, SpfTerm *term, const Frame *frame)
{
    if (!spf_term_target(eval, term, frame->domain))
        return NULL;
    term->child = check_host(eval, term->domain, frame);
    term->problem = term->child->problem;
    const DnsAnswer *answer = term->child->answer;
    if (answer != NULL && spf_status_is_void(answer->status) && !spf_count_void(eval, term))
        return NULL;
    return term->child;
}

/* §5.2, the table. */
static SpfOutcome eval_include(SpfEval *eval, SpfTerm *term, const Frame *frame)
{
    const SpfRecord *child = follow(eval, term, frame);
    if (child == NULL)
        return SPF_TERM_PERMERROR;
    switch (child->result) {
    case SPF_PASS:
        return SPF_MATCH;
    case SPF_FAIL:
    case SPF_SOFTFAIL:
    case SPF_NEUTRAL:
        return SPF_NO_MATCH;
    case SPF_TEMPERROR:
        return SPF_TERM_TEMPERROR;
    case SPF_NONE:
    case SPF_PERMERROR:
        return SPF_TERM_PERMERROR;
    }
    g_return_val_if_reached(SPF_TERM_PERMERROR);
}

static bool is_mechanism(SpfTermKind kind)
{
    return kind <= SPF_EXISTS;
}

static bool is_lookup_mechanism(SpfTermKind kind)
{
    return is_mechanism(kind) && kind != SPF_ALL && kind != SPF_IP4 && kind != SPF_IP6;
}

static void eval_mechanism(SpfEval *eval, SpfTerm *term, const Frame *frame)
{
    unsigned lookups = eval->lookups, voids = eval->voids;
    if (is_lookup_mechanism(term->kind) && !count_lookup(eval, term, frame)) {
        term->outcome = SPF_TERM_PERMERROR;
        return;
    }
    if (term->kind == SPF_ALL)
        term->outcome = SPF_MATCH;
    else if (term->kind == SPF_INCLUDE)
        term->outcome = eval_include(eval, term, frame);
    else
        term->outcome = spf_match(eval, term, frame->domain);
    term->lookups = eval->lookups - lookups;
    term->voids = eval->voids - voids;
}

static SpfResult result_of_qualifier(char qualifier)
{
    switch (qualifier) {
    case '-':
        return SPF_FAIL;
    case '~':
        return SPF_SOFTFAIL;
    case '?':
        return SPF_NEUTRAL;
    default:
        return SPF_PASS;
    }
}

static void end_in_error(SpfRecord *record, const SpfTerm *term)
{
    record->result = term->outcome == SPF_TERM_TEMPERROR ? SPF_TEMPERROR : SPF_PERMERROR;
    record->problem = term->problem;
    record->problem_offset = term->offset;
}

/* §6.1: the target's result is the result, except that none is permerror. */
static void eval_redirect(SpfEval *eval, SpfRecord *record, SpfTerm *term, const Frame *frame)
{
    unsigned lookups = eval->lookups, voids = eval->voids;
    const SpfRecord *child = NULL;
    if (count_lookup(eval, term, frame))
        child = follow(eval, term, frame);
    term->lookups = eval->lookups - lookups;
    term->voids = eval->voids - voids;
    term->outcome = SPF_MATCH;
    if (child == NULL || child->result == SPF_NONE || child->result == SPF_PERMERROR)
        term->outcome = SPF_TERM_PERMERROR;
    else if (child->result == SPF_TEMPERROR)
        term->outcome = SPF_TERM_TEMPERROR;
    if (term->outcome == SPF_MATCH)
        record->result = child->result;
    else
        end_in_error(record, term);
}

static void eval_terms(SpfEval *eval, SpfRecord *record, const Frame *frame)
{
    for (size_t i = 0; i < record->n; i++) {
        SpfTerm *term = &record->terms[i];
        if (!is_mechanism(term->kind))
            continue;
        eval_mechanism(eval, term, frame);
        if (term->outcome == SPF_MATCH) {
            record->result = result_of_qualifier(term->qualifier);
            return;
        }
        if (term->outcome != SPF_NO_MATCH) {
            end_in_error(record, term);
            return;
        }
    }
    /* Here the record has no all (§5.1: redirect would be ignored), as that would have matched. */
    SpfTerm *redirect = spf_record_find(record, SPF_REDIRECT);
    if (redirect != NULL)
        eval_redirect(eval, record, redirect, frame);
    else
        record->result = SPF_NEUTRAL;
}

static SpfRecord *check_host(SpfEval *eval, const char *domain, const Frame *up)
{
    if (!can_have_record(domain)) {
        SpfRecord *none = spf_record_new(domain);
        none->problem = SPF_PROBLEM_BAD_NAME;
        return none;
    }
    Frame frame = {domain, up};
    SpfRecord *record = spf_record_fetch(domain, eval->dns);
    if (spf_record_is_evaluable(record)) {
        spf_record_prefetch(record, !eval->ip.v6, eval->ip.v6, eval->dns);
        eval_terms(eval, record, &frame);
    }
    return record;
}

/* The record that gave the result: redirects followed to the end. */
static SpfRecord *last_record(SpfRecord *record)
{
    SpfTerm *redirect = spf_record_find(record, SPF_REDIRECT);
    while (redirect != NULL && redirect->outcome == SPF_MATCH) {
        record = redirect->child;
        redirect = spf_record_find(record, SPF_REDIRECT);
    }
    return record;
}

/* §6.2: nothing that goes wrong here changes the result. */
static char *explain(SpfEval *eval, SpfRecord *root)
{
    SpfRecord *record = last_record(root);
    SpfTerm *term = spf_record_find(record, SPF_EXP);
    bool known;
    if (term == NULL)
        return NULL;
    term->outcome = SPF_NO_MATCH;
    term->domain = spf_expand_name(eval, record->domain, term->domain_spec, &known);
    if (term->domain == NULL) {
        term->problem = SPF_PROBLEM_BAD_NAME;
        return NULL;
    }
    const DnsAnswer *answer = dns_ask(eval->dns, term->domain, DNS_TXT);
    if (spf_status_is_trouble(answer->status))
        term->problem = SPF_PROBLEM_DNS;
    else if (answer->n == 0)
        term->problem = SPF_PROBLEM_NO_RECORD;
    else if (answer->n > 1)
        term->problem = SPF_PROBLEM_MULTIPLE;
    if (term->problem != SPF_OK)
        return NULL;
    Span text = span_of(answer->records[0].text, answer->records[0].text_n);
    char *explanation = spf_expand_explanation(eval, record->domain, text);
    if (explanation == NULL)
        term->problem = SPF_PROBLEM_SYNTAX;
    else
        term->outcome = SPF_MATCH;
    return explanation;
}

/* "include:_spf.example.com > ip4:192.0.2.0/24" */
static char *matched_path(const SpfRecord *record)
{
    g_autoptr(GString) path = g_string_new(NULL);
    while (record != NULL) {
        const SpfTerm *matched = NULL;
        for (size_t i = 0; i < record->n && matched == NULL; i++)
            if (record->terms[i].outcome == SPF_MATCH && record->terms[i].kind != SPF_EXP)
                matched = &record->terms[i];
        if (matched == NULL)
            break;
        if (path->len > 0)
            g_string_append(path, " > ");
        g_string_append_len(path, matched->text.p, (gssize)matched->text.n);
        record = matched->child;
    }
    return path->len > 0 ? g_string_free(g_steal_pointer(&path), FALSE) : NULL;
}

/* §2.3, §2.4, §4.3: the sender of an identity. False with *missing when the identity is not there.
 */
static bool choose_sender(SpfIdentity identity, const SpfInput *input, char **local, char **domain,
                          const char **missing)
{
    *local = *domain = NULL;
    *missing = "";
    if (identity == SPF_MAIL_FROM && input->mail_from == NULL) {
        *missing = "mail-from";
        return false;
    }
    if (identity == SPF_HELO || input->mail_from[0] == '\0') {
        if (input->helo == NULL || input->helo[0] == '\0') {
            *missing = "helo";
            return false;
        }
        *local = g_strdup("postmaster");
        *domain = g_strdup(input->helo);
        return true;
    }
    const char *at = strrchr(input->mail_from, '@');
    if (at == NULL || at == input->mail_from)
        *local = g_strdup("postmaster");
    else
        *local = g_strndup(input->mail_from, (size_t)(at - input->mail_from));
    *domain = g_strdup(at != NULL ? at + 1 : input->mail_from);
    return true;
}

/* The domain in normal form when it can have a record (§4.3), else NULL. */
static char *checkable_domain(const char *domain)
{
    g_autofree char *normal = domain_normal(span_str(domain));
    return normal != NULL && can_have_record(normal) ? g_steal_pointer(&normal) : NULL;
}

static void run_check(SpfCheck *check, SpfEval *eval)
{
    check->record = check_host(eval, check->domain, NULL);
    check->result = check->record->result;
    check->problem = check->record->problem;
    if (check->result == SPF_FAIL)
        check->explanation = explain(eval, check->record);
    if (check->result != SPF_TEMPERROR && check->result != SPF_PERMERROR)
        check->matched = matched_path(check->record);
    check->lookups = eval->lookups;
    check->voids = eval->voids;
}

SpfCheck *spf_check(SpfIdentity identity, const SpfInput *input, DnsSession *dns)
{
    SpfCheck *check = g_new0(SpfCheck, 1);
    SpfEval eval;
    g_autofree char *domain = NULL;
    spf_eval_init(&eval, input, dns);
    check->identity = identity;
    check->result = SPF_NONE;
    check->evaluable = choose_sender(identity, input, &eval.local, &domain, &check->missing);
    if (check->evaluable) {
        char *normal = checkable_domain(domain);
        eval.sender_domain = normal != NULL ? normal : g_steal_pointer(&domain);
        check->domain = g_strdup(eval.sender_domain);
        check->sender = g_strdup_printf("%s@%s", eval.local, eval.sender_domain);
        if (!eval.has_ip) {
            check->evaluable = false;
            check->missing = "client-ip";
        } else if (normal == NULL) {
            check->problem = SPF_PROBLEM_BAD_NAME;
        } else {
            if (eval.helo == NULL)
                eval.helo = "unknown";
            run_check(check, &eval);
        }
    }
    spf_eval_clear(&eval);
    return check;
}

void spf_check_free(SpfCheck *check)
{
    if (check == NULL)
        return;
    g_free(check->domain);
    g_free(check->sender);
    spf_record_free(check->record);
    g_free(check->explanation);
    g_free(check->matched);
    g_free(check);
}

void spf_prefetch(SpfIdentity identity, const SpfInput *input, DnsSession *dns)
{
    g_autofree char *local = NULL;
    g_autofree char *domain = NULL;
    const char *missing;
    if (!choose_sender(identity, input, &local, &domain, &missing))
        return;
    g_autofree char *normal = checkable_domain(domain);
    if (normal != NULL)
        dns_prefetch(dns, normal, DNS_TXT);
}

const char *spf_result_name(SpfResult result)
{
    static const char *const names[] = {"none",     "neutral",   "pass",     "fail",
                                        "softfail", "temperror", "permerror"};
    g_return_val_if_fail((size_t)result < G_N_ELEMENTS(names), "");
    return names[result];
}

const char *spf_term_kind_name(SpfTermKind kind)
{
    static const char *const names[] = {
        "all", "include",          "a",      "mx", "ptr", "ip4", "ip6", "exists", "redirect",
        "exp", "unknown-modifier", "invalid"};
    g_return_val_if_fail((size_t)kind < G_N_ELEMENTS(names), "");
    return names[kind];
}

const char *spf_outcome_name(SpfOutcome outcome)
{
    static const char *const names[] = {"not-reached", "no-match", "match", "temperror",
                                        "permerror"};
    g_return_val_if_fail((size_t)outcome < G_N_ELEMENTS(names), "");
    return names[outcome];
}

const char *spf_problem_name(SpfProblem problem)
{
    static const char *const names[] = {"ok",         "syntax",     "multiple",  "lookup-limit",
                                        "void-limit", "name-limit", "no-record", "loop",
                                        "dns",        "bad-name"};
    g_return_val_if_fail((size_t)problem < G_N_ELEMENTS(names), "");
    return names[problem];
}
