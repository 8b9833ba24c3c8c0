#include "analyzer/auth/dkim.h"

#include <string.h>

enum {
    FUTURE_TOLERANCE_S = 300,
    DRAFT_MAX_BODY = 1 << 20, /* octets of body a signature of the drafts is verified over */
};

/* ---- names ---- */

const char *dkim_result_name(DkimResult result)
{
    switch (result) {
    case DKIM_NONE:
        return "none";
    case DKIM_NEUTRAL:
        return "neutral";
    case DKIM_PASS:
        return "pass";
    case DKIM_FAIL:
        return "fail";
    case DKIM_POLICY:
        return "policy";
    case DKIM_TEMPERROR:
        return "temperror";
    case DKIM_PERMERROR:
        return "permerror";
    }
    g_return_val_if_reached("none");
}

const char *dkim_key_verdict_name(DkimKeyVerdict verdict)
{
    switch (verdict) {
    case DKIM_KEY_NOT_ASKED:
        return "not-asked";
    case DKIM_KEY_USABLE:
        return "usable";
    case DKIM_KEY_MISSING:
        return "missing";
    case DKIM_KEY_UNAVAILABLE:
        return "unavailable";
    case DKIM_KEY_REVOKED:
        return "revoked";
    case DKIM_KEY_MALFORMED:
        return "malformed";
    case DKIM_KEY_MULTIPLE:
        return "multiple";
    case DKIM_KEY_UNSUITABLE:
        return "unsuitable";
    }
    g_return_val_if_reached("not-asked");
}

const char *dkim_header_verdict_name(DkimHeaderVerdict verdict)
{
    switch (verdict) {
    case DKIM_HEADER_NOT_EVALUATED:
        return "not-evaluated";
    case DKIM_HEADER_VERIFIES:
        return "verifies";
    case DKIM_HEADER_CHANGED:
        return "changed";
    case DKIM_HEADER_KEY_OR_VALUE:
        return "key-or-value";
    case DKIM_HEADER_WRONG_HASH:
        return "wrong-hash";
    case DKIM_HEADER_UNVERIFIED:
        return "unverified";
    }
    g_return_val_if_reached("not-evaluated");
}

const char *dkim_body_verdict_name(DkimBodyVerdict verdict)
{
    switch (verdict) {
    case DKIM_BODY_NOT_EVALUATED:
        return "not-evaluated";
    case DKIM_BODY_MATCHES:
        return "matches";
    case DKIM_BODY_DIFFERS:
        return "differs";
    case DKIM_BODY_NOT_SUPPLIED:
        return "not-supplied";
    }
    g_return_val_if_reached("not-evaluated");
}

/* ---- key ---- */

/* What a well-formed record has against this signature (RFC 6376 §6.1.2, RFC 8301 §3.2). */
static unsigned key_problems(const DkimSignature *signature, const KeyRecord *record)
{
    unsigned problems = 0;
    if (record->type != signature->key_type)
        problems |= DKIM_PROBLEM_KEY_TYPE;
    if ((signature->hash == HASH_SHA1 && !record->allows_sha1) ||
        (signature->hash == HASH_SHA256 && !record->allows_sha256))
        problems |= DKIM_PROBLEM_KEY_HASH;
    if (!record->allows_email)
        problems |= DKIM_PROBLEM_KEY_SERVICE;
    if (record->strict_identity && signature->kind == SIGNATURE_DKIM &&
        g_strcmp0(signature->identity_domain, signature->domain) != 0)
        problems |= DKIM_PROBLEM_STRICT_IDENTITY;
    if (record->type == KEY_TYPE_RSA && pubkey_bits(record->key) < 1024)
        problems |= DKIM_PROBLEM_SHORT_KEY;
    return problems;
}

static const unsigned UNSUITABLE = DKIM_PROBLEM_KEY_TYPE | DKIM_PROBLEM_KEY_HASH |
                                   DKIM_PROBLEM_KEY_SERVICE | DKIM_PROBLEM_STRICT_IDENTITY;

static bool key_is_usable(const KeyRecord *record)
{
    return record->state == KEY_VALID && record->key;
}

static void choose_key(DkimSignature *signature, size_t i)
{
    signature->problems &= ~(UNSUITABLE | DKIM_PROBLEM_SHORT_KEY);
    signature->problems |= key_problems(signature, signature->keys[i]);
    signature->key_index = i;
}

/* Several records are tried in turn (§3.6.2.2 leaves it open), so the first that has nothing
 * against the signature stands for them until one verifies. */
static DkimKeyVerdict judge_keys(DkimSignature *signature)
{
    size_t usable = 0, suitable = 0;
    bool revoked = false;
    for (size_t i = 0; i < signature->n_keys; i++) {
        const KeyRecord *record = signature->keys[i];
        revoked = revoked || record->state == KEY_REVOKED;
        if (!key_is_usable(record))
            continue;
        bool suits = !(key_problems(signature, record) & UNSUITABLE);
        if (usable == 0 || (suits && suitable == 0))
            choose_key(signature, i);
        usable++;
        suitable += suits;
    }
    if (usable == 0)
        return revoked ? DKIM_KEY_REVOKED : DKIM_KEY_MALFORMED;
    if (suitable == 0)
        return DKIM_KEY_UNSUITABLE;
    return usable > 1 ? DKIM_KEY_MULTIPLE : DKIM_KEY_USABLE;
}

static void clear_keys(DkimSignature *signature)
{
    for (size_t i = 0; i < signature->n_keys; i++)
        key_record_free(signature->keys[i]);
    g_clear_pointer(&signature->keys, g_free);
    signature->n_keys = signature->key_index = 0;
}

static DkimKeyVerdict fetch_records(DkimSignature *signature, DnsSession *dns)
{
    const DnsAnswer *answer = dns_ask(dns, signature->key_name, DNS_TXT);
    signature->key_answer = answer;
    switch (answer->status) {
    case DNS_OK:
        break;
    case DNS_NODATA:
    case DNS_NXDOMAIN:
    case DNS_BAD_NAME:
        return DKIM_KEY_MISSING;
    default:
        return DKIM_KEY_UNAVAILABLE;
    }
    signature->n_keys = MIN(answer->n, (size_t)DKIM_MAX_KEY_RECORDS);
    signature->keys = g_new0(KeyRecord *, signature->n_keys + 1);
    for (size_t i = 0; i < signature->n_keys; i++)
        signature->keys[i] =
            key_record_parse(span_of(answer->records[i].text, answer->records[i].text_n));
    signature->key_index = signature->n_keys;
    return judge_keys(signature);
}

void dkim_fetch_key(DkimSignature *signature, DnsSession *dns)
{
    clear_keys(signature);
    signature->key = signature->key_name ? fetch_records(signature, dns) : DKIM_KEY_NOT_ASKED;
}

/* ---- header ---- */

static void signed_fields(const DkimSignature *signature, const Source *source, CanonSink sink,
                          void *context)
{
    for (size_t i = 0; i < signature->n_names; i++)
        if (signature->names[i].present)
            canon_header(signature->header_canon, source->fields[signature->names[i].field].raw,
                         sink, context);
}

static void signature_field(const DkimSignature *signature, const Source *source, CanonSink sink,
                            void *context)
{
    canon_signature_header(signature->header_canon, source->fields[signature->field].raw,
                           signature->b_start, signature->b_end, sink, context);
}

void dkim_header_block(const DkimSignature *signature, const Source *source, CanonSink sink,
                       void *context)
{
    signed_fields(signature, source, sink, context);
    signature_field(signature, source, sink, context);
}

/* Before RFC 4871 had bh= and v=, b= covered the body too: fields, an empty line, body, an empty
 * line, signature. Such a signature is an error, but whether its arithmetic holds is a fact. */
static bool is_of_drafts(const DkimSignature *signature, const Source *source)
{
    return signature->kind == SIGNATURE_DKIM && !taglist_find(&signature->tags, "v") &&
           !taglist_find(&signature->tags, "bh") && source->body.n <= DRAFT_MAX_BODY;
}

static void draft_block(const DkimSignature *signature, const Source *source, CanonSink sink,
                        void *context)
{
    signed_fields(signature, source, sink, context);
    sink(context, "\r\n", 2);
    canon_body(signature->body_canon, source->body, source->body_lf_is_crlf, sink, context);
    sink(context, "\r\n", 2);
    signature_field(signature, source, sink, context);
}

/* RSA gives back what the signer hashed: that tells a changed header from another key. */
static DkimHeaderVerdict verdict_of_recovery(DkimSignature *signature, const Pubkey *key)
{
    const GByteArray *b = signature->signature;
    signature->recover = pubkey_recover(key, b->data, b->len, &signature->recovered_hash,
                                        signature->recovered_digest);
    signature->recovered = signature->recover == RECOVER_OK;
    if (!signature->recovered)
        return DKIM_HEADER_KEY_OR_VALUE;
    if (signature->recovered_hash != signature->hash)
        return DKIM_HEADER_WRONG_HASH;
    return memcmp(signature->recovered_digest, signature->header_digest,
                  hash_size(signature->hash)) == 0
               ? DKIM_HEADER_VERIFIES
               : DKIM_HEADER_CHANGED;
}

static DkimHeaderVerdict verify_with(DkimSignature *signature, const KeyRecord *record)
{
    const GByteArray *b = signature->signature;
    bool verifies =
        pubkey_verify(record->key, signature->hash, signature->header_digest, b->data, b->len);
    if (signature->key_type == KEY_TYPE_ED25519)
        return verifies ? DKIM_HEADER_VERIFIES : DKIM_HEADER_UNVERIFIED;
    DkimHeaderVerdict verdict = verdict_of_recovery(signature, record->key);
    if (verifies)
        return DKIM_HEADER_VERIFIES;
    return verdict == DKIM_HEADER_VERIFIES ? DKIM_HEADER_KEY_OR_VALUE : verdict;
}

static bool can_try(const DkimSignature *signature, size_t i)
{
    return i < signature->n_keys && key_is_usable(signature->keys[i]) &&
           signature->keys[i]->type == signature->key_type;
}

/* Of several keys: first one that verifies and suits, then one that merely verifies. */
static void try_keys(DkimSignature *signature)
{
    size_t best = signature->n_keys;
    unsigned best_rank = 0;
    for (size_t i = 0; i < signature->n_keys && best_rank < 7; i++) {
        if (!can_try(signature, i))
            continue;
        unsigned rank = 1;
        if (verify_with(signature, signature->keys[i]) == DKIM_HEADER_VERIFIES)
            rank += 4;
        if (!key_problems(signature, signature->keys[i]))
            rank += 2;
        if (rank > best_rank) {
            best = i;
            best_rank = rank;
        }
    }
    if (best == signature->n_keys)
        return;
    choose_key(signature, best);
    signature->header = verify_with(signature, signature->keys[best]);
}

void dkim_verify_header(DkimSignature *signature, Span canonical_block)
{
    signature->header = DKIM_HEADER_NOT_EVALUATED;
    signature->recovered = false;
    if (signature->hash == HASH_UNKNOWN)
        return;
    hash_digest(signature->hash, canonical_block, signature->header_digest);
    if (signature->signature)
        try_keys(signature);
}

/* ---- body ---- */

static bool has_known_body(const DkimSignature *signature)
{
    return signature->kind != SIGNATURE_ARC_SEAL && signature->hash != HASH_UNKNOWN &&
           !(signature->problems & DKIM_PROBLEM_CANON);
}

static void judge_body(DkimSignature *signature, const Source *source, const BodyHash *body)
{
    size_t size = hash_size(signature->hash);
    memcpy(signature->computed_body_hash, body->digest, size);
    signature->canonical_body_size = body->canonical_size;
    signature->problems &= ~(unsigned)DKIM_PROBLEM_LENGTH;
    const GByteArray *claimed = signature->body_hash;
    if (!claimed)
        signature->body = DKIM_BODY_NOT_EVALUATED;
    else if (claimed->len == size && memcmp(claimed->data, body->digest, size) == 0)
        signature->body = DKIM_BODY_MATCHES;
    else if (span_trim(source->body).n == 0)
        signature->body = DKIM_BODY_NOT_SUPPLIED; /* only the header was copied, as happens */
    else
        signature->body = DKIM_BODY_DIFFERS;
    if (body->short_body && signature->body != DKIM_BODY_NOT_SUPPLIED)
        signature->problems |= DKIM_PROBLEM_LENGTH;
}

static void verify_bodies(DkimSignature **signatures, size_t n, const Source *source)
{
    g_autofree BodyHash *wanted = g_new0(BodyHash, n + 1);
    g_autofree DkimSignature **whose = g_new(DkimSignature *, n + 1);
    size_t count = 0;
    for (size_t i = 0; i < n; i++) {
        const DkimSignature *signature = signatures[i];
        if (!has_known_body(signature))
            continue;
        wanted[count] = (BodyHash){
            .canon = signature->body_canon,
            .hash = signature->hash,
            .limited = signature->has_length,
            .limit = signature->length,
        };
        whose[count++] = signatures[i];
    }
    canon_hash_body(source, wanted, count);
    for (size_t i = 0; i < count; i++)
        judge_body(whose[i], source, &wanted[i]);
}

/* ---- result ---- */

static void judge_time(DkimSignature *signature, int64_t now_s)
{
    uint64_t now = now_s > 0 ? (uint64_t)now_s : 0;
    if (signature->has_expiry && signature->expiry_s < now)
        signature->problems |= DKIM_PROBLEM_EXPIRED;
    if (signature->has_time && signature->time_s > now + FUTURE_TOLERANCE_S)
        signature->problems |= DKIM_PROBLEM_FUTURE;
}

static DkimResult result_of(const DkimSignature *signature)
{
    const unsigned permanent = DKIM_PROBLEM_SYNTAX | DKIM_PROBLEM_MISSING_TAG |
                               DKIM_PROBLEM_DOMAIN | DKIM_PROBLEM_FROM_NOT_SIGNED |
                               DKIM_PROBLEM_IDENTITY | DKIM_PROBLEM_X_BEFORE_T | DKIM_PROBLEM_SHA1;
    const unsigned unknown = DKIM_PROBLEM_VERSION | DKIM_PROBLEM_ALGORITHM | DKIM_PROBLEM_CANON |
                             DKIM_PROBLEM_QUERY | DKIM_PROBLEM_OVER_LIMIT;
    const unsigned policy = DKIM_PROBLEM_EXPIRED | DKIM_PROBLEM_FUTURE | DKIM_PROBLEM_MULTIPLE_FROM;
    if (signature->problems & permanent)
        return DKIM_PERMERROR;
    if (signature->problems & unknown)
        return DKIM_NEUTRAL;
    if (signature->key == DKIM_KEY_UNAVAILABLE)
        return DKIM_TEMPERROR;
    if (signature->key != DKIM_KEY_USABLE && signature->key != DKIM_KEY_MULTIPLE)
        return DKIM_PERMERROR;
    if (signature->problems & (UNSUITABLE | DKIM_PROBLEM_SHORT_KEY))
        return DKIM_PERMERROR;
    if (signature->header != DKIM_HEADER_VERIFIES || signature->body == DKIM_BODY_DIFFERS)
        return DKIM_FAIL;
    if (signature->problems & DKIM_PROBLEM_LENGTH)
        return DKIM_PERMERROR;
    if (signature->problems & policy)
        return DKIM_POLICY;
    return signature->body == DKIM_BODY_MATCHES ? DKIM_PASS : DKIM_NEUTRAL;
}

static void verify_header(DkimSignature *signature, const Source *source)
{
    if (signature->problems & DKIM_PROBLEM_CANON)
        return;
    bool draft = is_of_drafts(signature, source);
    g_autoptr(GString) block = g_string_new(NULL);
    if (draft)
        draft_block(signature, source, canon_to_string, block);
    else
        dkim_header_block(signature, source, canon_to_string, block);
    dkim_verify_header(signature, span_of(block->str, block->len));
    if (draft && signature->header == DKIM_HEADER_VERIFIES)
        signature->body = DKIM_BODY_MATCHES;
}

void dkim_verify(DkimSignature **signatures, size_t n, const Source *source, DnsSession *dns,
                 int64_t now_s)
{
    for (size_t i = 0; i < n; i++)
        if (signatures[i]->key_name)
            dns_prefetch(dns, signatures[i]->key_name, DNS_TXT);
    verify_bodies(signatures, n, source);
    for (size_t i = 0; i < n; i++) {
        DkimSignature *signature = signatures[i];
        dkim_fetch_key(signature, dns);
        verify_header(signature, source);
        signature->crypto_pass =
            signature->header == DKIM_HEADER_VERIFIES && signature->body == DKIM_BODY_MATCHES;
        judge_time(signature, now_s);
        signature->result = result_of(signature);
    }
}

/* ---- message ---- */

/* Best first: what a receiver would rather act on. A temperror may still become a pass. */
static DkimResult better_of(DkimResult a, DkimResult b)
{
    static const DkimResult order[] = {
        DKIM_PASS, DKIM_TEMPERROR, DKIM_POLICY, DKIM_FAIL, DKIM_NEUTRAL, DKIM_PERMERROR, DKIM_NONE,
    };
    for (size_t i = 0; i < G_N_ELEMENTS(order); i++)
        if (a == order[i] || b == order[i])
            return order[i];
    g_return_val_if_reached(DKIM_NONE);
}

/* The DKIM-Signature fields from the top, at most `limit`; *total counts them all. */
static size_t *find_signatures(const Source *source, size_t limit, size_t *n, size_t *total)
{
    size_t *fields = g_new(size_t, limit);
    *n = *total = 0;
    for (size_t i = 0; i < source->n_fields; i++) {
        if (!span_is_nocase(source->fields[i].name, "DKIM-Signature"))
            continue;
        if (*n < limit)
            fields[(*n)++] = i;
        (*total)++;
    }
    return fields;
}

static void list_unverified(DkimSignature *signature, size_t field)
{
    *signature = (DkimSignature){
        .kind = SIGNATURE_DKIM,
        .field = field,
        .defect_tag = "",
        .problems = DKIM_PROBLEM_OVER_LIMIT,
        .result = DKIM_NEUTRAL,
    };
}

DkimCheck *dkim_check(const Source *source, DnsSession *dns, int64_t now_s)
{
    DkimCheck *check = g_new0(DkimCheck, 1);
    g_autofree size_t *fields =
        find_signatures(source, DKIM_MAX_LISTED, &check->n, &check->n_fields);
    check->signatures = g_new0(DkimSignature, check->n + 1);
    DkimSignature *verified[DKIM_MAX_SIGNATURES];
    size_t n = MIN(check->n, (size_t)DKIM_MAX_SIGNATURES);
    g_autoptr(FieldIndex) index = n > 0 ? fieldindex_new(source) : NULL;
    for (size_t i = 0; i < n; i++) {
        verified[i] = &check->signatures[i];
        dkim_signature_parse_indexed(verified[i], source, index, fields[i], SIGNATURE_DKIM);
    }
    dkim_verify(verified, n, source, dns, now_s);
    for (size_t i = n; i < check->n; i++)
        list_unverified(&check->signatures[i], fields[i]);
    check->result = DKIM_NONE;
    for (size_t i = 0; i < check->n; i++)
        check->result = better_of(check->result, check->signatures[i].result);
    return check;
}

void dkim_check_free(DkimCheck *check)
{
    if (!check)
        return;
    for (size_t i = 0; i < check->n; i++)
        dkim_signature_clear(&check->signatures[i]);
    g_free(check->signatures);
    g_free(check);
}

void dkim_prefetch(const Source *source, DnsSession *dns)
{
    size_t n, total;
    g_autofree size_t *fields = find_signatures(source, DKIM_MAX_SIGNATURES, &n, &total);
    for (size_t i = 0; i < n; i++) {
        DkimSignature signature;
        dkim_signature_parse_indexed(&signature, source, NULL, fields[i], SIGNATURE_DKIM);
        if (signature.key_name)
            dns_prefetch(dns, signature.key_name, DNS_TXT);
        dkim_signature_clear(&signature);
    }
}

GBytes *dkim_header_octets(const DkimSignature *signature, const Source *source)
{
    GString *block = g_string_new(NULL);
    dkim_header_block(signature, source, canon_to_string, block);
    return g_string_free_to_bytes(block);
}

GBytes *dkim_body_octets(const DkimSignature *signature, const Source *source)
{
    GString *body = g_string_new(NULL);
    canon_body(signature->body_canon, source->body, source->body_lf_is_crlf, canon_to_string, body);
    if (signature->has_length && signature->length < body->len)
        g_string_truncate(body, (gsize)signature->length);
    return g_string_free_to_bytes(body);
}
