#include "analyzer/cause/cause.h"

#include "analyzer/cause/body.h"
#include "analyzer/cause/decoded.h"
#include "analyzer/cause/header.h"
#include "analyzer/cause/keyfault.h"

#include <string.h>

/* --- names --- */

const char *cause_class_name(CauseClass class)
{
    static const char *const names[] = {"none",      "headers", "body",   "both",
                                        "signature", "key",     "policy", "unknown"};
    g_return_val_if_fail((size_t) class < G_N_ELEMENTS(names), "unknown");
    return names[class];
}

const char *cause_side_name(CauseSide side)
{
    static const char *const names[] = {"header", "body", "key", "signature", "view"};
    g_return_val_if_fail((size_t)side < G_N_ELEMENTS(names), "header");
    return names[side];
}

const char *cause_certainty_name(CauseCertainty certainty)
{
    static const char *const names[] = {"proven", "consistent", "shown", "not-reconstructable",
                                        "inferred"};
    g_return_val_if_fail((size_t)certainty < G_N_ELEMENTS(names), "inferred");
    return names[certainty];
}

const char *cause_actor_name(CauseActor actor)
{
    static const char *const names[] = {"sender", "dns",    "intermediary", "receiver",
                                        "export", "nobody", "unknown"};
    g_return_val_if_fail((size_t)actor < G_N_ELEMENTS(names), "unknown");
    return names[actor];
}

/* --- class without search --- */

enum {
    KEY_FORBIDS = DKIM_PROBLEM_KEY_HASH | DKIM_PROBLEM_KEY_SERVICE | DKIM_PROBLEM_KEY_TYPE |
                  DKIM_PROBLEM_STRICT_IDENTITY,
    UNREADABLE = DKIM_PROBLEM_SYNTAX | DKIM_PROBLEM_MISSING_TAG | DKIM_PROBLEM_DOMAIN,
};

static CauseClass class_of_key(const DkimSignature *signature)
{
    switch (signature->key) {
    case DKIM_KEY_UNAVAILABLE:
        return CAUSE_CLASS_UNKNOWN;
    case DKIM_KEY_NOT_ASKED:
        return CAUSE_CLASS_SIGNATURE;
    case DKIM_KEY_USABLE:
    case DKIM_KEY_MULTIPLE:
        return CAUSE_CLASS_NONE;
    case DKIM_KEY_MISSING:
    case DKIM_KEY_REVOKED:
    case DKIM_KEY_MALFORMED:
    case DKIM_KEY_UNSUITABLE:
        return CAUSE_CLASS_KEY;
    }
    g_return_val_if_reached(CAUSE_CLASS_UNKNOWN);
}

/* A modulus is a multiple of 64 bits in practice: a b= of another length was cut, not made by
 * another key. */
static CauseClass class_of_length(const DkimSignature *signature)
{
    return signature->signature && signature->signature->len % 8 == 0 &&
                   signature->signature->len >= 64
               ? CAUSE_CLASS_KEY
               : CAUSE_CLASS_SIGNATURE;
}

static CauseClass class_of_content(const DkimSignature *signature)
{
    bool body_differs = signature->body == DKIM_BODY_DIFFERS;
    switch (signature->header) {
    case DKIM_HEADER_VERIFIES:
        if (body_differs)
            return CAUSE_CLASS_BODY;
        if (signature->problems & KEY_FORBIDS)
            return CAUSE_CLASS_KEY;
        return signature->problems ? CAUSE_CLASS_POLICY : CAUSE_CLASS_NONE;
    case DKIM_HEADER_CHANGED:
    case DKIM_HEADER_UNVERIFIED:
        return body_differs ? CAUSE_CLASS_BOTH : CAUSE_CLASS_HEADERS;
    case DKIM_HEADER_WRONG_HASH:
        return CAUSE_CLASS_SIGNATURE;
    case DKIM_HEADER_KEY_OR_VALUE:
        return signature->recover == RECOVER_LENGTH ? class_of_length(signature) : CAUSE_CLASS_KEY;
    case DKIM_HEADER_NOT_EVALUATED:
        return CAUSE_CLASS_SIGNATURE;
    }
    g_return_val_if_reached(CAUSE_CLASS_UNKNOWN);
}

CauseClass cause_classify(const DkimSignature *signature)
{
    /* Several records at the name: which one a verifier takes is undefined (RFC 6376 §3.6.2.2), so
     * a pass here is luck. */
    if (signature->key == DKIM_KEY_MULTIPLE && signature->header == DKIM_HEADER_VERIFIES)
        return CAUSE_CLASS_KEY;
    if (signature->result == DKIM_PASS)
        return CAUSE_CLASS_NONE;
    CauseClass of_key = class_of_key(signature);
    if (of_key == CAUSE_CLASS_SIGNATURE || of_key == CAUSE_CLASS_UNKNOWN)
        return of_key;
    /* A key that is unsuitable for this use may still have verified the arithmetic: the key is to
     * blame then. */
    if (of_key == CAUSE_CLASS_KEY)
        return CAUSE_CLASS_KEY;
    if (signature->header == DKIM_HEADER_NOT_EVALUATED && (signature->problems & UNREADABLE))
        return CAUSE_CLASS_SIGNATURE;
    return class_of_content(signature);
}

/* --- causes as a list --- */

static void clear_cause(gpointer item)
{
    cause_clear(item);
}

GArray *causes_new(void)
{
    GArray *causes = g_array_new(FALSE, TRUE, sizeof(Cause));
    g_array_set_clear_func(causes, clear_cause);
    return causes;
}

Cause *cause_add(GArray *causes, const char *id, CauseCertainty certainty)
{
    Cause cause = {.kind = cause_kind(id), .certainty = certainty, .fields = g_new0(char *, 1)};
    g_assert(cause.kind);
    g_array_append_val(causes, cause);
    return &g_array_index(causes, Cause, causes->len - 1);
}

void cause_clear(Cause *cause)
{
    g_strfreev(cause->fields);
    g_free(cause->detail);
    g_clear_pointer(&cause->before, g_bytes_unref);
    g_clear_pointer(&cause->after, g_bytes_unref);
    *cause = (Cause){0};
}

void cause_prepend(CauseReport *report, GArray *causes)
{
    for (size_t i = 0; i < report->n_causes; i++)
        g_array_append_val(causes, report->causes[i]);
    g_free(report->causes);
    report->n_causes = causes->len;
    g_array_set_clear_func(causes, NULL); /* the report owns them now */
    report->causes = (Cause *)(void *)g_array_free(causes, FALSE);
}

enum { CHANGE_CONTEXT = 24 };

static GBytes *excerpt(Span text, size_t start, size_t end)
{
    start = start > CHANGE_CONTEXT ? start - CHANGE_CONTEXT : 0;
    end = MIN(text.n, end + CHANGE_CONTEXT);
    return g_bytes_new(text.p + start, MIN(end - start, CAUSE_CHANGE_MAX));
}

void cause_set_change(Cause *cause, Span before, Span after)
{
    size_t head = 0, tail = 0, shorter = MIN(before.n, after.n);
    while (head < shorter && before.p[head] == after.p[head])
        head++;
    while (tail < shorter - head && before.p[before.n - 1 - tail] == after.p[after.n - 1 - tail])
        tail++;
    g_clear_pointer(&cause->before, g_bytes_unref);
    g_clear_pointer(&cause->after, g_bytes_unref);
    cause->before = excerpt(before, head, before.n - tail);
    cause->after = excerpt(after, head, after.n - tail);
}

/* --- the search --- */

typedef struct Search {
    const CauseInput *input;
    CauseReport *report;
    KeyFound key;
    HeaderOracle oracle;
    bool has_oracle;
    HeaderFound header;
    BodyFound body;
} Search;

static bool key_needs_search(const DkimSignature *signature)
{
    return signature->key != DKIM_KEY_USABLE || signature->header == DKIM_HEADER_KEY_OR_VALUE ||
           signature->header == DKIM_HEADER_NOT_EVALUATED ||
           signature->header == DKIM_HEADER_WRONG_HASH || (signature->problems & KEY_FORBIDS);
}

static void search_key(Search *search)
{
    const DkimSignature *signature = search->input->signature;
    if (!key_needs_search(signature))
        return;
    keyfault_search(search->input, &search->report->key_budget, &search->key);
    if (search->key.class == CAUSE_CLASS_KEY || search->key.class == CAUSE_CLASS_SIGNATURE)
        search->report->class = search->key.class;
}

/* What the header search compares with: the digest that the published key gave back, or the one
 * that was found. */
static void choose_oracle(Search *search)
{
    const DkimSignature *signature = search->input->signature;
    if (search->key.recovered) {
        search->oracle = (HeaderOracle){.has_digest = true, .hash = search->key.hash};
        memcpy(search->oracle.digest, search->key.digest, sizeof search->oracle.digest);
        search->has_oracle = true;
    } else if (signature->recovered) {
        search->oracle = (HeaderOracle){.has_digest = true, .hash = signature->recovered_hash};
        memcpy(search->oracle.digest, signature->recovered_digest, sizeof search->oracle.digest);
        search->has_oracle = true;
    } else if (signature->key_type == KEY_TYPE_ED25519 && signature->signature) {
        const Pubkey *key = search->key.key;
        if (!key && signature->key_index < signature->n_keys)
            key = signature->keys[signature->key_index]->key;
        const GByteArray *value =
            search->key.signature ? search->key.signature : signature->signature;
        search->oracle =
            (HeaderOracle){.hash = HASH_SHA256,
                           .key = key,
                           .signature = span_of((const char *)value->data, value->len)};
        search->has_oracle = key != NULL;
    }
}

/* The header block as received is what was signed: by verification, or under the key, value or hash
 * that was found. Then it is kept as proven, when the signature as it stands does not say so
 * itself. */
static bool header_is_as_signed(Search *search)
{
    const DkimSignature *signature = search->input->signature;
    const HeaderOracle *oracle = &search->oracle;
    if (signature->header == DKIM_HEADER_VERIFIES)
        return true;
    if (!search->has_oracle)
        return false;
    g_autoptr(GBytes) block = dkim_header_octets(signature, search->input->source);
    gsize n;
    const char *p = g_bytes_get_data(block, &n);
    uint8_t digest[32];
    hash_digest(oracle->hash, span_of(p, n), digest);
    bool same = oracle->has_digest
                    ? memcmp(digest, oracle->digest, hash_size(oracle->hash)) == 0
                    : pubkey_verify(oracle->key, oracle->hash, digest,
                                    (const uint8_t *)oracle->signature.p, oracle->signature.n);
    if (same)
        search->header.block = g_bytes_ref(block);
    return same;
}

static void *header_thread(void *context)
{
    Search *search = context;
    header_search(search->input, &search->oracle, &search->report->header_budget, &search->header);
    return NULL;
}

/* Header and body are independent: the header block contains bh= itself, not the body. */
static void search_content(Search *search)
{
    CauseReport *report = search->report;
    bool header = !header_is_as_signed(search) && search->has_oracle;
    bool body = search->input->signature->body == DKIM_BODY_DIFFERS;
    GThread *thread = NULL;
    if (header && body)
        thread = g_thread_new("header-search", header_thread, search);
    else if (header)
        header_thread(search);
    if (body)
        body_search(search->input, &report->body_budget, &search->body);
    if (thread)
        g_thread_join(thread);
    report->header_exhausted = search->header.exhausted;
    report->body_exhausted = search->body.exhausted;
}

/* The body is as signed: shown along with a header that is not. */
static void keep_received_body(Search *search)
{
    enum { BODY_MAX = 16 * 1024 * 1024 };
    const CauseInput *input = search->input;
    if (input->signature->canonical_body_size > BODY_MAX)
        return;
    search->body.body = dkim_body_octets(input->signature, input->source);
}

/* bh= stands inside the signed header block: a body match is a proof only when the header block is
 * proven too. */
static void settle_proof(Search *search)
{
    CauseReport *report = search->report;
    report->header_proven = search->header.block != NULL;
    bool header_holds =
        report->header_proven || search->input->signature->header == DKIM_HEADER_VERIFIES;
    if (search->input->signature->body == DKIM_BODY_MATCHES && !search->body.body)
        keep_received_body(search);
    report->body_proven = search->body.body && header_holds;
    if (search->header.block)
        report->header_as_signed = g_bytes_ref(search->header.block);
    if (search->body.body)
        report->body_as_signed = g_bytes_ref(search->body.body);
    report->key_record = g_strdup(search->key.record);
    if (search->key.signature)
        report->repaired_value = g_byte_array_ref(search->key.signature);
    if (header_holds || !search->body.causes)
        return;
    for (guint i = 0; i < search->body.causes->len; i++) {
        Cause *cause = &g_array_index(search->body.causes, Cause, i);
        if (cause->certainty == CAUSE_PROVEN)
            cause->certainty = CAUSE_CONSISTENT;
    }
}

/* --- what the signature itself states, without any search --- */

static const struct {
    unsigned problems;
    const char *id;
} stated[] = {
    {DKIM_PROBLEM_EXPIRED, "policy-expired"},
    {DKIM_PROBLEM_FUTURE, "policy-future"},
    {DKIM_PROBLEM_FROM_NOT_SIGNED, "policy-from-not-signed"},
    {DKIM_PROBLEM_IDENTITY, "policy-identity"},
    {DKIM_PROBLEM_SHA1 | DKIM_PROBLEM_ALGORITHM, "policy-algorithm"},
    {DKIM_PROBLEM_SHORT_KEY, "key-weak"},
    {UNREADABLE, "signature-syntax"},
};

static void state_plain_facts(const DkimSignature *signature, GArray *causes)
{
    if (signature->body == DKIM_BODY_NOT_SUPPLIED)
        cause_add(causes, "copy-headers-only", CAUSE_SHOWN);
    for (size_t i = 0; i < G_N_ELEMENTS(stated); i++)
        if (signature->problems & stated[i].problems)
            cause_add(causes, stated[i].id, CAUSE_SHOWN);
}

/* --- one story out of header and body --- */

static bool has_cause(const CauseReport *report, const char *const *ids)
{
    for (; *ids; ids++)
        for (size_t i = 0; i < report->n_causes; i++)
            if (strcmp(report->causes[i].kind->id, *ids) == 0)
                return true;
    return false;
}

static const struct {
    const char *story;
    const char *header[8], *body[8];
} stories[] = {
    {"8bitmime-downgrade",
     {"header-mime-rewritten"},
     {"body-to-quoted-printable", "body-to-base64"}},
    {"8bit-upgrade", {"header-mime-rewritten"}, {"body-to-8bit"}},
    {"mailing-list",
     {"header-subject-tag", "header-from-rewritten", "header-mime-rewritten"},
     {"body-footer-appended", "body-part-added", "body-wrapped"}},
    {"external-banner", {"header-subject-tag"}, {"body-banner-inserted", "body-text-prepended"}},
    {"link-protection",
     {"header-subject-tag", "header-link-rewritten"},
     {"body-links-rewritten", "body-links-opaque"}},
};

static const char *story_of(const CauseReport *report)
{
    for (size_t i = 0; i < G_N_ELEMENTS(stories); i++)
        if (has_cause(report, stories[i].header) && has_cause(report, stories[i].body))
            return stories[i].story;
    return NULL;
}

static void take(GArray *into, GArray **from)
{
    if (!*from)
        return;
    for (guint i = 0; i < (*from)->len; i++)
        g_array_append_val(into, g_array_index(*from, Cause, i));
    g_array_set_clear_func(*from, NULL); /* the causes have moved */
    g_clear_pointer(from, g_array_unref);
}

static void take_ruled_out(CauseReport *report, const GArray *from)
{
    if (!from)
        return;
    report->ruled_out = g_renew(RuledOut, report->ruled_out, report->n_ruled_out + from->len);
    for (guint i = 0; i < from->len; i++)
        report->ruled_out[report->n_ruled_out++] = g_array_index(from, RuledOut, i);
}

static void conclude(Search *search)
{
    CauseReport *report = search->report;
    GArray *causes = causes_new();
    state_plain_facts(search->input->signature, causes);
    take(causes, &search->key.causes);
    take(causes, &search->header.causes);
    take(causes, &search->body.causes);
    take_ruled_out(report, search->header.ruled_out);
    take_ruled_out(report, search->body.ruled_out);
    cause_prepend(report, causes);
    report->story = story_of(report);
}

CauseReport *cause_search(const CauseInput *input)
{
    CauseReport *report = decoded_search(input);
    if (report)
        return report;
    report = g_new0(CauseReport, 1);
    report->signature = input->index;
    report->class = cause_classify(input->signature);
    if (input->units == 0 || report->class == CAUSE_CLASS_NONE ||
        report->class == CAUSE_CLASS_UNKNOWN) {
        GArray *causes = causes_new();
        state_plain_facts(input->signature, causes);
        cause_prepend(report, causes);
        return report;
    }
    report->key_budget.units = input->units;
    report->header_budget.units = input->units / 2;
    report->body_budget.units = input->units / 2;
    Search search = {.input = input, .report = report, .key = {.class = CAUSE_CLASS_UNKNOWN}};
    search_key(&search);
    choose_oracle(&search);
    search_content(&search);
    settle_proof(&search);
    conclude(&search);
    keyfault_found_clear(&search.key);
    header_found_clear(&search.header);
    body_found_clear(&search.body);
    return report;
}

void cause_report_free(CauseReport *report)
{
    if (!report)
        return;
    for (size_t i = 0; i < report->n_causes; i++)
        cause_clear(&report->causes[i]);
    g_free(report->causes);
    g_free(report->ruled_out);
    g_free(report->key_record);
    if (report->repaired_value)
        g_byte_array_unref(report->repaired_value);
    g_clear_pointer(&report->header_as_signed, g_bytes_unref);
    g_clear_pointer(&report->body_as_signed, g_bytes_unref);
    g_free(report);
}
