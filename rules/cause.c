/* Why a signature fails, as far as the search for causes told. A kind of cause that was not found
 * passes only when another one explains the same side of the signature: a search that found nothing
 * excludes nothing. */
#include "rules/deciding.h"

#include <string.h>

enum { SHOWN_OCTETS = 80, SHOWN_FIELDS = 10, SHOWN_FAMILIES = 12 };

static const CauseReport *report_of(const Evidence *evidence, size_t i)
{
    return evidence->causes ? evidence->causes[i].report : NULL;
}

static const Cause *first_of_kind(const CauseReport *report, const CauseKind *kind)
{
    for (size_t i = 0; report && i < report->n_causes; i++)
        if (report->causes[i].kind == kind)
            return &report->causes[i];
    return NULL;
}

static Certainty certainty_of(const Cause *cause)
{
    switch (cause->certainty) {
    case CAUSE_PROVEN:
        return CERTAINTY_PROVEN;
    case CAUSE_SHOWN:
        return CERTAINTY_EVALUATED;
    case CAUSE_CONSISTENT:
    case CAUSE_NOT_RECONSTRUCTABLE:
    case CAUSE_INFERRED:
        break;
    }
    return CERTAINTY_INFERRED;
}

/* --- what the texts may name --- */

/* The begin of it; not half a character. */
static void argument_begin(Verdicts *out, const char *name, Span text)
{
    size_t n = MIN(text.n, SHOWN_OCTETS);
    while (n < text.n && n > 0 && ((unsigned char)text.p[n] & 0xC0) == 0x80)
        n--;
    g_autoptr(GString) begin = g_string_new_len(text.p, (gssize)n);
    if (n < text.n)
        g_string_append(begin, " ...");
    verdict_argument_span(out, name, span_of(begin->str, begin->len));
}

static Span octets_of(GBytes *bytes)
{
    size_t n = 0;
    const char *p = bytes ? g_bytes_get_data(bytes, &n) : NULL;
    return p ? span_of(p, n) : span_str("");
}

/* A detail that quotes the message is escaped already, and is not escaped again. */
static Span detail_of(const Cause *cause, GByteArray **unescaped)
{
    Span detail = span_str(cause->detail);
    if (detail.n > 0 && bytes_unescape(cause->detail, unescaped))
        return span_of((const char *)(*unescaped)->data, (*unescaped)->len);
    return detail;
}

/* Of all causes of the kind: a field that is changed in two ways is named once. */
static void argument_fields(Verdicts *out, const CauseReport *report, const CauseKind *kind)
{
    g_autoptr(GString) fields = g_string_new(NULL);
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i < report->n_causes; i++) {
        const Cause *cause = &report->causes[i];
        for (size_t f = 0; cause->kind == kind && cause->fields && cause->fields[f]; f++) {
            if (g_hash_table_size(seen) >= SHOWN_FIELDS ||
                !g_hash_table_add(seen, cause->fields[f]))
                continue;
            g_string_append_printf(fields, "%s%s", fields->len > 0 ? ", " : "", cause->fields[f]);
        }
    }
    verdict_argument(out, "fields", fields->str);
}

static void describe(const CauseReport *report, const DkimSignature *signature, const Cause *cause,
                     Verdicts *out)
{
    g_autoptr(GByteArray) unescaped = NULL;
    Span detail = detail_of(cause, &unescaped);
    Span before = octets_of(cause->before), after = octets_of(cause->after);
    verdict_argument(out, "domain", signature->domain);
    verdict_argument(out, "selector", signature->selector);
    verdict_argument(out, "name", signature->key_name);
    argument_fields(out, report, cause->kind);
    argument_begin(out, "detail", detail);
    argument_begin(out, "before", cause->before ? before : span_str("?"));
    argument_begin(out, "after", cause->after ? after : span_str("?"));
    /* What was put in, or how it came to read. */
    argument_begin(out, "found", span_trim(detail.n > 0 ? detail : after));
    verdict_argument_number(out, "hypotheses", cause->hypotheses);
}

/* --- records to publish --- */

static bool is_one_of(const CauseKind *kind, const char *const *ids)
{
    for (; *ids; ids++)
        if (strcmp(kind->id, *ids) == 0)
            return true;
    return false;
}

/* What stands at another name, as the search was told by DNS. */
static void propose_removal(const Evidence *evidence, const char *name, Verdicts *out)
{
    for (size_t i = 0; i < dns_session_count(evidence->dns); i++) {
        const DnsAnswer *answer = dns_session_answer(evidence->dns, i);
        if (answer->type == DNS_TXT && answer->n > 0 && strcmp(answer->name, name) == 0)
            verdict_record(out, "remove", name, "TXT", answer->records[0].text);
    }
}

/* The published key without the tags that forbid this use of it; NULL when it cannot be used at
 * all. */
static char *record_without_limits(const DkimSignature *signature)
{
    const Pubkey *key = NULL;
    for (size_t i = 0; i < signature->n_keys && !key; i++)
        key = signature->keys[i]->key;
    if (!key)
        return NULL;
    g_autofree char *value = pubkey_p_value(key);
    return g_strdup_printf("v=DKIM1; k=%s; p=%s", key_type_name(pubkey_type(key)), value);
}

static void propose_key(const Evidence *evidence, const DkimSignature *signature,
                        const Cause *cause, const char *record, Verdicts *out)
{
    static const char *const elsewhere[] = {"key-doubled-domain", "key-misplaced", NULL};
    const DnsAnswer *answer = signature->key_answer;
    bool alias = answer && answer->cnames && answer->cnames[0];
    if (alias)
        verdict_record(out, "remove", signature->key_name, "CNAME", answer->cnames[0]);
    bool standing = !alias && answer && answer->n > 0;
    verdict_record(out, standing ? "change" : "add", signature->key_name, "TXT", record);
    if (cause->detail && is_one_of(cause->kind, elsewhere))
        propose_removal(evidence, cause->detail, out);
}

static void propose(const Evidence *evidence, const CauseReport *report,
                    const DkimSignature *signature, const Cause *cause, Verdicts *out)
{
    static const char *const limited[] = {"key-hash-excluded", "key-service-excluded",
                                          "key-strict-identity", "key-type", NULL};
    if (cause->kind->side != CAUSE_KEY)
        return;
    /* The record of another domain is nobody's business here. */
    static const char *const foreign[] = {"key-of-another-domain", NULL};
    g_autofree char *record = is_one_of(cause->kind, limited)   ? record_without_limits(signature)
                              : is_one_of(cause->kind, foreign) ? NULL
                                                                : g_strdup(report->key_record);
    g_autofree char *pattern =
        g_strdup_printf("v=DKIM1; k=%s; p=...", key_type_name(signature->key_type));
    verdict_argument(out, "record", record ? record : pattern);
    if (strcmp(cause->kind->id, "key-cname-in-txt") == 0 && cause->detail) {
        propose_removal(evidence, signature->key_name, out);
        verdict_record(out, "add", signature->key_name, "CNAME", cause->detail);
    } else if (record && cause->kind->actor == CAUSE_BY_DNS) {
        propose_key(evidence, signature, cause, record, out);
    }
}

/* --- one kind of cause --- */

static void state(const Evidence *evidence, size_t i, const Cause *cause, Verdicts *out)
{
    const CauseReport *report = report_of(evidence, i);
    const DkimSignature *signature = &evidence->dkim->signatures[i];
    char object[32] = "";
    if (cause->kind->side != CAUSE_VIEW)
        g_snprintf(object, sizeof(object), "signature-%zu", i + 1);
    verdict_fail(out, object, certainty_of(cause));
    verdict_actor(out, actor_of_cause(report, cause));
    describe(report, signature, cause, out);
    propose(evidence, report, signature, cause, out);
    if (cause->length > 0 && evidence->copy && !evidence->copy->view)
        verdict_place(out, cause->offset, cause->length);
    if (!signature_decides(evidence, signature))
        verdict_at_most(out, SEVERITY_INFO);
    if (signature_passed_on_receipt(evidence, signature)) {
        verdict_at_most(out, SEVERITY_INFO);
        verdict_actor(out, cause_actor_name(CAUSE_BY_EXPORT));
    }
}

static bool is_explained(const CauseReport *report, CauseSide side)
{
    for (size_t i = 0; report && i < report->n_causes; i++) {
        const Cause *cause = &report->causes[i];
        if (cause->kind->side == side && cause->certainty != CAUSE_INFERRED &&
            cause->certainty != CAUSE_NOT_RECONSTRUCTABLE)
            return true;
    }
    return false;
}

void cause_of_kind(const Evidence *evidence, const CauseKind *kind, Verdicts *out)
{
    bool found = false, excluded = false;
    for (size_t i = 0; i < signature_count(evidence); i++) {
        const Cause *cause = first_of_kind(report_of(evidence, i), kind);
        if (!cause)
            excluded = excluded || is_explained(report_of(evidence, i), kind->side);
        else if (!found || kind->side != CAUSE_VIEW) /* the copy is one, however many signatures */
            state(evidence, i, cause, out);
        found = found || cause;
    }
    if (!found && excluded)
        verdict_pass(out, "");
}

/* --- when nothing was found --- */

static bool is_searched(const CauseReport *report)
{
    return report && (report->header_budget.units > 0 || report->body_budget.units > 0);
}

/* By family of changes, with counts; how many there were in all. */
static char *ruled_out(const CauseReport *report, uint64_t *sum)
{
    GString *text = g_string_new(NULL);
    *sum = 0;
    for (size_t i = 0; i < report->n_ruled_out; i++) {
        const RuledOut *family = &report->ruled_out[i];
        *sum += family->hypotheses;
        if (i < SHOWN_FAMILIES)
            g_string_append_printf(text, "%s%s (%" G_GUINT64_FORMAT ")", i > 0 ? ", " : "",
                                   family->family, family->hypotheses);
    }
    if (report->n_ruled_out > SHOWN_FAMILIES)
        g_string_append(text, ", ...");
    return g_string_free(text, false);
}

static void not_found(const Evidence *evidence, Verdicts *out)
{
    for (size_t i = 0; i < signature_count(evidence); i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        const CauseReport *report = report_of(evidence, i);
        bool header =
            signature->header == DKIM_HEADER_CHANGED || signature->header == DKIM_HEADER_UNVERIFIED;
        bool body = signature->body == DKIM_BODY_DIFFERS;
        if (!is_searched(report) || !(header || body) || !signature_decides(evidence, signature) ||
            signature_passed_on_receipt(evidence, signature))
            continue;
        char object[32];
        g_snprintf(object, sizeof(object), "signature-%zu", i + 1);
        if ((!header || report->header_proven) && (!body || report->body_as_signed)) {
            verdict_pass(out, object);
            continue;
        }
        uint64_t hypotheses;
        g_autofree char *families = ruled_out(report, &hypotheses);
        verdict_fail(out, object, CERTAINTY_EVALUATED);
        verdict_argument(out, "domain", signature->domain);
        verdict_argument(out, "families", families);
        verdict_argument_number(out, "hypotheses", hypotheses);
    }
}

/* --- between which systems the body changed --- */

/* The comparable mark before `at`; NULL when there is none. */
static const TimelineMark *mark_before(const Timeline *timeline, size_t at)
{
    while (at-- > 0)
        if (timeline->marks[at].has_body_hash)
            return &timeline->marks[at];
    return NULL;
}

static size_t comparable_systems(const Timeline *timeline)
{
    size_t n = 0;
    for (size_t i = 0; i < timeline->n; i++)
        n += timeline->marks[i].has_body_hash && timeline->marks[i].stage != TIMELINE_FILE;
    return n;
}

/* Says something only where more than one system left a hash of the body. */
static void body_changed(const Evidence *evidence, bool after_last, Verdicts *out)
{
    for (size_t i = 0; i < signature_count(evidence); i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        const Timeline *timeline = evidence->causes ? evidence->causes[i].timeline : NULL;
        if (!timeline || comparable_systems(timeline) < 2 ||
            !signature_decides(evidence, signature) ||
            signature_passed_on_receipt(evidence, signature))
            continue;
        char object[32];
        g_snprintf(object, sizeof(object), "signature-%zu", i + 1);
        size_t at = timeline->body_changed_at;
        const TimelineMark *earlier = timeline->has_body_change ? mark_before(timeline, at) : NULL;
        if (!earlier || (timeline->marks[at].stage == TIMELINE_FILE) != after_last) {
            verdict_pass(out, object);
            continue;
        }
        const TimelineMark *later = &timeline->marks[at];
        verdict_fail(out, object, CERTAINTY_EVALUATED);
        verdict_argument(out, "domain", signature->domain);
        verdict_argument(out, "earlier", earlier->who);
        verdict_argument(out, "later", later->who);
        const TimelineMark *place = after_last ? earlier : later;
        const Field *field = &evidence->source->fields[place->field];
        verdict_place(out, field->offset, field->raw.n);
    }
}

static void body_changed_between(const Evidence *evidence, Verdicts *out)
{
    body_changed(evidence, false, out);
}

static void body_changed_last(const Evidence *evidence, Verdicts *out)
{
    body_changed(evidence, true, out);
}

const RuleCheck cause_rules[] = {
    {"cause-not-found", not_found},
    {"cause-body-changed-between", body_changed_between},
    {"cause-body-changed-last", body_changed_last},
    {NULL, NULL},
};
