#include "analyzer/auth/arc.h"

#include <string.h>

enum { MAX_INSTANCE = 50, MAX_FIELDS = 3 * MAX_INSTANCE, MAX_FIELD_OCTETS = 1 << 20 };

/* ---- names ---- */

const char *arc_result_name(ArcResult result)
{
    switch (result) {
    case ARC_NONE:
        return "none";
    case ARC_PASS:
        return "pass";
    case ARC_FAIL:
        return "fail";
    case ARC_TEMPERROR:
        return "temperror";
    }
    g_return_val_if_reached("none");
}

const char *arc_defect_name(ArcDefect defect)
{
    switch (defect) {
    case ARC_OK:
        return "ok";
    case ARC_TOO_MANY:
        return "too-many";
    case ARC_GAP:
        return "gap";
    case ARC_INCOMPLETE:
        return "incomplete";
    case ARC_DUPLICATE:
        return "duplicate";
    case ARC_BAD_INSTANCE:
        return "bad-instance";
    case ARC_BAD_SYNTAX:
        return "bad-syntax";
    case ARC_BAD_CV:
        return "bad-cv";
    case ARC_CV_FAIL:
        return "cv-fail";
    case ARC_MESSAGE_SIGNATURE:
        return "message-signature";
    case ARC_SEAL:
        return "seal";
    case ARC_SEAL_SIGNS_FIELDS:
        return "seal-signs-fields";
    case ARC_MESSAGE_SIGNS_SEAL:
        return "signs-seal";
    }
    g_return_val_if_reached("ok");
}

/* ---- collecting the sets (RFC 8617 §5.2, steps 1 to 3) ---- */

typedef enum ArcFieldKind { FIELD_RESULTS, FIELD_MESSAGE, FIELD_SEAL, FIELD_OTHER } ArcFieldKind;

static ArcFieldKind kind_of(const Field *field)
{
    if (!span_starts_nocase(field->name, "ARC-"))
        return FIELD_OTHER;
    if (span_is_nocase(field->name, "ARC-Authentication-Results"))
        return FIELD_RESULTS;
    if (span_is_nocase(field->name, "ARC-Message-Signature"))
        return FIELD_MESSAGE;
    return span_is_nocase(field->name, "ARC-Seal") ? FIELD_SEAL : FIELD_OTHER;
}

/* The first defect met decides; nothing later can mend it. */
static void note_defect(ArcChain *chain, ArcDefect defect, unsigned instance)
{
    if (chain->defect == ARC_OK) {
        chain->defect = defect;
        chain->defect_instance = instance;
    }
}

static ArcSet *set_at(ArcChain *chain, unsigned instance)
{
    ArcSet *set = &chain->sets[instance - 1];
    set->instance = instance;
    chain->n = MAX(chain->n, (size_t)instance);
    return set;
}

static void add_results(ArcChain *chain, const Source *source, size_t field)
{
    AuthRes *results = authres_parse_arc(source->fields[field].value);
    unsigned instance = results->instance;
    if (instance < 1 || instance > MAX_INSTANCE) {
        note_defect(chain, ARC_BAD_INSTANCE, 0);
        authres_free(results);
        return;
    }
    ArcSet *set = set_at(chain, instance);
    if (set->has_results) {
        note_defect(chain, ARC_DUPLICATE, instance);
        authres_free(results);
        return;
    }
    set->has_results = true;
    set->results_field = field;
    set->results = results;
}

static void add_signature(ArcChain *chain, const Source *source, const FieldIndex *index,
                          size_t field, SignatureKind kind)
{
    DkimSignature signature;
    dkim_signature_parse_indexed(&signature, source, index, field, kind);
    unsigned instance = signature.instance;
    if (instance == 0) {
        note_defect(chain, ARC_BAD_INSTANCE, 0);
        dkim_signature_clear(&signature);
        return;
    }
    ArcSet *set = set_at(chain, instance);
    bool *has = kind == SIGNATURE_ARC_SEAL ? &set->has_seal : &set->has_message;
    if (*has) {
        note_defect(chain, ARC_DUPLICATE, instance);
        dkim_signature_clear(&signature);
        return;
    }
    *has = true;
    *(kind == SIGNATURE_ARC_SEAL ? &set->seal : &set->message) = signature;
}

/* More than three times fifty fields cannot be a chain; only so many are read. */
static void collect_sets(ArcChain *chain, const Source *source)
{
    g_autoptr(FieldIndex) index = NULL;
    size_t read = 0;
    for (size_t i = 0; i < source->n_fields; i++) {
        ArcFieldKind kind = kind_of(&source->fields[i]);
        if (kind == FIELD_OTHER)
            continue;
        if (++read > MAX_FIELDS) {
            note_defect(chain, ARC_TOO_MANY, 0);
            return;
        }
        if (!index)
            index = fieldindex_new(source);
        if (source->fields[i].value.n > MAX_FIELD_OCTETS)
            note_defect(chain, ARC_BAD_SYNTAX, 0);
        else if (kind == FIELD_RESULTS)
            add_results(chain, source, i);
        else
            add_signature(chain, source, index, i,
                          kind == FIELD_SEAL ? SIGNATURE_ARC_SEAL : SIGNATURE_ARC_MESSAGE);
    }
}

static bool set_is_empty(const ArcSet *set)
{
    return !set->has_results && !set->has_message && !set->has_seal;
}

static bool set_is_complete(const ArcSet *set)
{
    return set->has_results && set->has_message && set->has_seal;
}

static bool signs_seal(const DkimSignature *message)
{
    for (size_t i = 0; i < message->n_names; i++)
        if (g_str_equal(message->names[i].name, "arc-seal"))
            return true;
    return false;
}

static void read_cv(ArcSet *set)
{
    const Tag *cv = set->has_seal ? taglist_find(&set->seal.tags, "cv") : NULL;
    if (!cv)
        return;
    g_autofree char *text = span_dup(cv->value);
    set->cv = g_ascii_strdown(text, -1);
}

static bool is_well_formed(const DkimSignature *signature)
{
    return !(signature->problems & (DKIM_PROBLEM_SYNTAX | DKIM_PROBLEM_MISSING_TAG));
}

/* What is wrong with one set by itself (§4.1.2, §4.1.3, §5.2 step 3). */
static ArcDefect judge_set(const ArcSet *set)
{
    if (set_is_empty(set))
        return ARC_GAP;
    if (!set_is_complete(set))
        return ARC_INCOMPLETE;
    if (taglist_find(&set->seal.tags, "h"))
        return ARC_SEAL_SIGNS_FIELDS;
    if (!is_well_formed(&set->message) || !is_well_formed(&set->seal) || !set->cv)
        return ARC_BAD_SYNTAX;
    if (!g_str_equal(set->cv, set->instance == 1 ? "none" : "pass"))
        return ARC_BAD_CV;
    return signs_seal(&set->message) ? ARC_MESSAGE_SIGNS_SEAL : ARC_OK;
}

static void judge_structure(ArcChain *chain)
{
    for (size_t i = 0; i < chain->n; i++) {
        chain->sets[i].instance = (unsigned)i + 1;
        read_cv(&chain->sets[i]);
    }
    /* §5.2 step 2 comes before everything that could be said about the form. */
    const ArcSet *newest = chain->n > 0 ? &chain->sets[chain->n - 1] : NULL;
    if (newest && g_strcmp0(newest->cv, "fail") == 0)
        note_defect(chain, ARC_CV_FAIL, newest->instance);
    for (size_t i = chain->n; i-- > 0 && chain->defect == ARC_OK;) {
        ArcDefect defect = judge_set(&chain->sets[i]);
        if (defect != ARC_OK)
            note_defect(chain, defect, chain->sets[i].instance);
    }
}

/* ---- verifying (§5.2, steps 4 to 6) ---- */

static void append_field(GString *block, const Source *source, size_t field)
{
    canon_header(CANON_RELAXED, source->fields[field].raw, canon_to_string, block);
}

/* §5.1.1: a seal covers all sets up to its own, fields in the order results, message signature,
 * seal; one that says cv=fail covers its own set only (§5.1.2). */
static void verify_seals(ArcChain *chain, const Source *source, DnsSession *dns)
{
    g_autoptr(GString) block = g_string_new(NULL);
    for (size_t i = 0; i < chain->n; i++) {
        ArcSet *set = &chain->sets[i];
        if (!set_is_complete(set))
            return;
        bool alone = g_strcmp0(set->cv, "fail") == 0;
        size_t start = alone ? block->len : 0;
        append_field(block, source, set->results_field);
        append_field(block, source, set->message.field);
        size_t sealed = block->len;
        canon_signature_header(CANON_RELAXED, source->fields[set->seal.field].raw,
                               set->seal.b_start, set->seal.b_end, canon_to_string, block);
        dkim_fetch_key(&set->seal, dns);
        dkim_verify_header(&set->seal, span_of(block->str + start, block->len - start));
        set->seal_verdict = set->seal.header;
        g_string_truncate(block, sealed);
        append_field(block, source, set->seal.field);
    }
}

static void verify_messages(ArcChain *chain, const Source *source, DnsSession *dns, int64_t now_s)
{
    DkimSignature *messages[MAX_INSTANCE];
    size_t n = 0;
    for (size_t i = 0; i < chain->n; i++)
        if (chain->sets[i].has_message)
            messages[n++] = &chain->sets[i].message;
    dkim_verify(messages, n, source, dns, now_s);
}

/* RFC 8617 §4.1.2 takes c= over from DKIM, and with it the default simple/simple; signers that
 * leave it out are known to mean relaxed/relaxed. Either reading counts. */
static void retry_relaxed(ArcChain *chain, const Source *source, DnsSession *dns, int64_t now_s)
{
    DkimSignature *messages[MAX_INSTANCE];
    size_t n = 0;
    for (size_t i = 0; i < chain->n; i++) {
        DkimSignature *message = &chain->sets[i].message;
        if (!chain->sets[i].has_message || message->result != DKIM_FAIL ||
            taglist_find(&message->tags, "c"))
            continue;
        message->header_canon = message->body_canon = CANON_RELAXED;
        messages[n++] = message;
    }
    if (n > 0)
        dkim_verify(messages, n, source, dns, now_s);
}

static void prefetch_seals(const ArcChain *chain, DnsSession *dns)
{
    for (size_t i = 0; i < chain->n; i++)
        if (chain->sets[i].seal.key_name)
            dns_prefetch(dns, chain->sets[i].seal.key_name, DNS_TXT);
}

static bool seal_verifies(const DkimSignature *seal)
{
    return seal->problems == 0 && seal->header == DKIM_HEADER_VERIFIES;
}

/* Newest first: the first seal that does not verify tells after which hop the chain was damaged. A
 * fault in DNS decides only when nothing is known to be wrong. */
static void judge_signatures(ArcChain *chain)
{
    bool temporary = false;
    const ArcSet *newest = &chain->sets[chain->n - 1];
    if (newest->message.result == DKIM_TEMPERROR)
        temporary = true;
    else if (newest->message.result != DKIM_PASS)
        note_defect(chain, ARC_MESSAGE_SIGNATURE, newest->instance);
    for (size_t i = chain->n; i-- > 0;) {
        const DkimSignature *seal = &chain->sets[i].seal;
        if (seal->problems == 0 && seal->key == DKIM_KEY_UNAVAILABLE)
            temporary = true;
        else if (!seal_verifies(seal))
            note_defect(chain, ARC_SEAL, chain->sets[i].instance);
    }
    if (chain->defect != ARC_OK)
        chain->result = ARC_FAIL;
    else
        chain->result = temporary ? ARC_TEMPERROR : ARC_PASS;
}

/* §5.2 step 5: the lowest instance from which on all message signatures verify; 0 when it is 1. */
static unsigned find_oldest_pass(const ArcChain *chain)
{
    for (size_t i = chain->n; i-- > 0;)
        if (chain->sets[i].message.result != DKIM_PASS)
            return chain->sets[i].instance + 1;
    return 0;
}

ArcChain *arc_check(const Source *source, DnsSession *dns, int64_t now_s)
{
    ArcChain *chain = g_new0(ArcChain, 1);
    chain->sets = g_new0(ArcSet, MAX_INSTANCE);
    collect_sets(chain, source);
    judge_structure(chain);
    if (chain->n == 0) {
        chain->result = chain->defect == ARC_OK ? ARC_NONE : ARC_FAIL;
        return chain;
    }
    /* Verified even when the form has decided already: which hop still holds is worth knowing. */
    prefetch_seals(chain, dns);
    verify_messages(chain, source, dns, now_s);
    retry_relaxed(chain, source, dns, now_s);
    verify_seals(chain, source, dns);
    if (chain->defect != ARC_OK)
        chain->result = ARC_FAIL;
    else
        judge_signatures(chain);
    if (chain->result == ARC_PASS)
        chain->oldest_pass = find_oldest_pass(chain);
    return chain;
}

void arc_free(ArcChain *chain)
{
    if (!chain)
        return;
    for (size_t i = 0; i < chain->n; i++) {
        ArcSet *set = &chain->sets[i];
        authres_free(set->results);
        dkim_signature_clear(&set->message);
        dkim_signature_clear(&set->seal);
        g_free(set->cv);
    }
    g_free(chain->sets);
    g_free(chain);
}

void arc_prefetch(const Source *source, DnsSession *dns)
{
    size_t read = 0;
    for (size_t i = 0; i < source->n_fields && read < MAX_FIELDS; i++) {
        ArcFieldKind kind = kind_of(&source->fields[i]);
        if (kind != FIELD_MESSAGE && kind != FIELD_SEAL)
            continue;
        DkimSignature signature;
        dkim_signature_parse_indexed(&signature, source, NULL, i,
                                     kind == FIELD_SEAL ? SIGNATURE_ARC_SEAL
                                                        : SIGNATURE_ARC_MESSAGE);
        if (signature.key_name)
            dns_prefetch(dns, signature.key_name, DNS_TXT);
        dkim_signature_clear(&signature);
        read++;
    }
}
