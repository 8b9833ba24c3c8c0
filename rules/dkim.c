#include "rules/deciding.h"
#include "rules/proposal.h"
#include "rules/remark.h"

#include <string.h>

/* What every text about a signature may name, and where it stands in the message. */
static void describe(const Evidence *evidence, const DkimSignature *signature, Verdicts *out)
{
    verdict_argument(out, "domain", signature->domain);
    verdict_argument(out, "selector", signature->selector);
    verdict_argument(out, "name", signature->key_name);
    if (signature->field < evidence->source->n_fields) {
        const Field *field = &evidence->source->fields[signature->field];
        verdict_place(out, field->offset, field->raw.n);
    }
}

static void fail(const Evidence *evidence, const DkimSignature *signature, const char *object,
                 Certainty certainty, Verdicts *out)
{
    verdict_fail(out, object, certainty);
    describe(evidence, signature, out);
}

/* Most faults of a signature are one bit. */
static bool problem(const Evidence *evidence, const DkimSignature *signature, const char *object,
                    unsigned mask, Verdicts *out)
{
    if (!(signature->problems & mask)) {
        verdict_pass(out, object);
        return false;
    }
    fail(evidence, signature, object, CERTAINTY_EVALUATED, out);
    return true;
}

/* What cannot be read, or not as the standard says, has no header hash, body hash or key that it
 * could be held against: that it cannot be read is the one fault to mend. */
static bool is_readable(const DkimSignature *signature)
{
    return !(signature->problems & (DKIM_PROBLEM_SYNTAX | DKIM_PROBLEM_MISSING_TAG |
                                    DKIM_PROBLEM_VERSION | DKIM_PROBLEM_DOMAIN));
}

/* --- the signature field --- */

static void signature_present(const Evidence *evidence, Verdicts *out)
{
    if (evidence->dkim->n > 0) {
        verdict_pass(out, "");
        return;
    }
    if (!header_found(evidence)) {
        verdict_not_evaluable(out, "", "header");
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_argument(out, "domain", evidence->dmarc->author_domain);
}

static void syntax(const Evidence *evidence, const DkimSignature *signature, const char *object,
                   Verdicts *out)
{
    if (is_readable(signature)) {
        verdict_pass(out, object);
        return;
    }
    fail(evidence, signature, object, CERTAINTY_EVALUATED, out);
    verdict_argument(out, "tag", signature->defect_tag);
}

static void method(const Evidence *evidence, const DkimSignature *signature, const char *object,
                   Verdicts *out)
{
    problem(evidence, signature, object,
            DKIM_PROBLEM_ALGORITHM | DKIM_PROBLEM_CANON | DKIM_PROBLEM_QUERY, out);
}

static void sha1(const Evidence *evidence, const DkimSignature *signature, const char *object,
                 Verdicts *out)
{
    problem(evidence, signature, object, DKIM_PROBLEM_SHA1, out);
}

static void from_signed(const Evidence *evidence, const DkimSignature *signature,
                        const char *object, Verdicts *out)
{
    problem(evidence, signature, object, DKIM_PROBLEM_FROM_NOT_SIGNED, out);
}

static void identity(const Evidence *evidence, const DkimSignature *signature, const char *object,
                     Verdicts *out)
{
    if (problem(evidence, signature, object, DKIM_PROBLEM_IDENTITY, out))
        verdict_argument(out, "identity", signature->identity);
}

static void argument_time(Verdicts *out, const char *name, uint64_t time_s)
{
    g_autoptr(GDateTime) time =
        time_s <= G_MAXINT64 ? g_date_time_new_from_unix_utc((int64_t)time_s) : NULL;
    g_autofree char *text = time ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ") : NULL;
    if (text)
        verdict_argument(out, name, text);
    else
        verdict_argument_number(out, name, time_s);
}

static void expired(const Evidence *evidence, const DkimSignature *signature, const char *object,
                    Verdicts *out)
{
    if (!problem(evidence, signature, object, DKIM_PROBLEM_EXPIRED | DKIM_PROBLEM_X_BEFORE_T, out))
        return;
    argument_time(out, "expiry", signature->expiry_s);
    argument_time(out, "judged", (uint64_t)MAX(evidence->judged_at_s, 0));
}

static void future(const Evidence *evidence, const DkimSignature *signature, const char *object,
                   Verdicts *out)
{
    if (!problem(evidence, signature, object, DKIM_PROBLEM_FUTURE, out))
        return;
    argument_time(out, "signed", signature->time_s);
    argument_time(out, "judged", (uint64_t)MAX(evidence->judged_at_s, 0));
}

/* --- the key record --- */

static bool key_asked(const DkimSignature *signature)
{
    return signature->key != DKIM_KEY_NOT_ASKED && signature->key != DKIM_KEY_UNAVAILABLE;
}

/* The key record that stands for the signature: the one used, or the first. */
static const KeyRecord *key_record(const DkimSignature *signature)
{
    if (signature->key_index < signature->n_keys)
        return signature->keys[signature->key_index];
    return signature->n_keys > 0 ? signature->keys[0] : NULL;
}

/* Names what to publish, and proposes it when the operator's profile has the key. */
static void propose_key(const Evidence *evidence, const DkimSignature *signature,
                        const char *action, Verdicts *out)
{
    const SigningDomain *configured =
        signature->domain && signature->selector
            ? profile_find_selector(evidence->profile, signature->domain, signature->selector)
            : NULL;
    g_autofree char *record = proposal_key(configured);
    if (record)
        verdict_record(out, action, signature->key_name, "TXT", record);
    g_autofree char *pattern =
        g_strdup_printf("v=DKIM1; k=%s; p=...", key_type_name(signature->key_type));
    verdict_argument(out, "record", record ? record : pattern);
}

/* Never NULL when the signature has a key record. */
static const Lint *key_lint(const Evidence *evidence, const DkimSignature *signature)
{
    return evidence->lint.keys ? evidence->lint.keys[signature - evidence->dkim->signatures] : NULL;
}

static void place_in_key(const DkimSignature *signature, const KeyRecord *record, size_t offset,
                         size_t length, Verdicts *out)
{
    verdict_in_record(out, signature->key_name, span_of(record->text, record->text_n), offset,
                      length);
}

/* The tag itself, for a finding about its value. */
static void place_key_tag(const DkimSignature *signature, const KeyRecord *record, const char *name,
                          Verdicts *out)
{
    TagList tags = taglist_parse(span_of(record->text, record->text_n));
    const Tag *tag = taglist_find(&tags, name);
    if (tag)
        place_in_key(signature, record, tag->offset, tag->value_offset + tag->value.n - tag->offset,
                     out);
    taglist_clear(&tags);
}

static bool is_alias(const DkimSignature *signature)
{
    const DnsAnswer *answer = signature->key_answer;
    return answer && answer->cnames && answer->cnames[0];
}

/* That DNS did not answer is no fault of anybody's: told as information, while the rule about the
 * key says that it could not be evaluated. */
static void key_answer(const Evidence *evidence, const DkimSignature *signature, const char *object,
                       Verdicts *out)
{
    if (signature->key == DKIM_KEY_NOT_ASKED)
        return;
    if (signature->key == DKIM_KEY_UNAVAILABLE)
        fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    else
        verdict_pass(out, object);
}

static void key_found(const Evidence *evidence, const DkimSignature *signature, const char *object,
                      Verdicts *out)
{
    if (signature->key == DKIM_KEY_MISSING && !is_alias(signature)) {
        fail(evidence, signature, object, CERTAINTY_PROVEN, out);
        propose_key(evidence, signature, "add", out);
    } else if (key_asked(signature) && signature->key != DKIM_KEY_MISSING) {
        verdict_pass(out, object);
    } else if (signature->key == DKIM_KEY_UNAVAILABLE) {
        verdict_not_evaluable(out, object, "dns");
    }
}

static void key_alias(const Evidence *evidence, const DkimSignature *signature, const char *object,
                      Verdicts *out)
{
    if (!key_asked(signature) || !is_alias(signature))
        return;
    if (signature->key != DKIM_KEY_MISSING) {
        verdict_pass(out, object);
        return;
    }
    char **cnames = signature->key_answer->cnames;
    fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    verdict_argument(out, "target", cnames[g_strv_length(cnames) - 1]);
}

static void key_revoked(const Evidence *evidence, const DkimSignature *signature,
                        const char *object, Verdicts *out)
{
    if (signature->key == DKIM_KEY_REVOKED) {
        fail(evidence, signature, object, CERTAINTY_PROVEN, out);
        propose_key(evidence, signature, "change", out);
    } else if (signature->n_keys > 0) {
        verdict_pass(out, object);
    }
}

static bool is_foreign(const KeyRecord *record)
{
    return record->state == KEY_NOT_A_KEY;
}

static const KeyRecord *malformed_record(const DkimSignature *signature)
{
    return signature->key == DKIM_KEY_MALFORMED ? key_record(signature) : NULL;
}

static void key_not_a_key(const Evidence *evidence, const DkimSignature *signature,
                          const char *object, Verdicts *out)
{
    const KeyRecord *record = malformed_record(signature);
    if (record && is_foreign(record)) {
        fail(evidence, signature, object, CERTAINTY_PROVEN, out);
        verdict_argument_span(out, "found", span_of(record->text, record->text_n));
        propose_key(evidence, signature, "change", out);
    } else if (signature->n_keys > 0) {
        verdict_pass(out, object);
    }
}

static void key_truncated(const Evidence *evidence, const DkimSignature *signature,
                          const char *object, Verdicts *out)
{
    const KeyRecord *record = malformed_record(signature);
    if (record && key_record_is_cut(record)) {
        fail(evidence, signature, object, CERTAINTY_PROVEN, out);
        verdict_argument_number(out, "octets", record->p_octets);
        verdict_argument_number(out, "expected", record->der_expected);
        place_in_key(signature, record, record->text_n, 0, out);
        propose_key(evidence, signature, "change", out);
    } else if (signature->n_keys > 0) {
        verdict_pass(out, object);
    }
}

static const char *key_defect(const KeyRecord *record)
{
    if (record->state != KEY_BAD_KEY)
        return key_state_name(record->state);
    return record->pubkey_defect == PUBKEY_TRUNCATED ? "character-lost"
                                                     : pubkey_defect_name(record->pubkey_defect);
}

/* The record without the backslashes that a zone file needs and DNS does not; NULL when that does
 * not make a key of it. */
static char *unescaped_key(const KeyRecord *record)
{
    GString *text = g_string_new_len(record->text, (gssize)record->text_n);
    g_string_replace(text, "\\;", ";", 0);
    KeyRecord *parsed = key_record_parse(span_of(text->str, text->len));
    bool good = parsed->state == KEY_VALID;
    key_record_free(parsed);
    return g_string_free(text, !good);
}

static void fail_escaped(const DkimSignature *signature, const KeyRecord *record,
                         const Remark *escape, const char *unescaped, Verdicts *out)
{
    verdict_argument(out, "defect", "backslash");
    verdict_argument_span(out, "found", span_of(record->text, record->text_n));
    verdict_argument(out, "record", unescaped);
    verdict_record(out, "change", signature->key_name, "TXT", unescaped);
    place_in_key(signature, record, escape->offset, escape->length, out);
}

static void key_wellformed(const Evidence *evidence, const DkimSignature *signature,
                           const char *object, Verdicts *out)
{
    const KeyRecord *record = malformed_record(signature);
    if (!record || key_record_is_cut(record) || is_foreign(record)) {
        if (signature->n_keys > 0)
            verdict_pass(out, object);
        return;
    }
    const Remark *escape = lint_find(key_lint(evidence, signature), LINT_KEY_ESCAPED);
    g_autofree char *unescaped = escape ? unescaped_key(record) : NULL;
    fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    if (unescaped) {
        fail_escaped(signature, record, escape, unescaped, out);
        return;
    }
    verdict_argument(out, "defect", key_defect(record));
    verdict_argument_span(out, "found", span_of(record->text, record->text_n));
    place_in_key(signature, record, record->defect_offset, 1, out);
    propose_key(evidence, signature, "change", out);
}

static void key_multiple(const Evidence *evidence, const DkimSignature *signature,
                         const char *object, Verdicts *out)
{
    if (signature->n_keys == 1)
        verdict_pass(out, object);
    if (signature->n_keys < 2)
        return;
    fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    verdict_argument_number(out, "count", signature->n_keys);
    const KeyRecord *record = key_record(signature);
    if (signature->header == DKIM_HEADER_VERIFIES && record)
        verdict_record(out, "change", signature->key_name, "TXT", record->text);
    else
        propose_key(evidence, signature, "change", out);
}

static const Pubkey *usable_key(const DkimSignature *signature)
{
    const KeyRecord *record = key_record(signature);
    return record ? record->key : NULL;
}

static void key_too_short(const Evidence *evidence, const DkimSignature *signature,
                          const char *object, Verdicts *out)
{
    const Pubkey *key = usable_key(signature);
    if (key && problem(evidence, signature, object, DKIM_PROBLEM_SHORT_KEY, out))
        verdict_argument_number(out, "bits", pubkey_bits(key));
}

static void key_size(const Evidence *evidence, const DkimSignature *signature, const char *object,
                     Verdicts *out)
{
    const Pubkey *key = usable_key(signature);
    if (!key || signature->problems & DKIM_PROBLEM_SHORT_KEY)
        return;
    if (pubkey_type(key) != KEY_TYPE_RSA || pubkey_bits(key) >= 2048) {
        verdict_pass(out, object);
        return;
    }
    fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    verdict_argument_number(out, "bits", pubkey_bits(key));
}

static void key_format(const Evidence *evidence, const DkimSignature *signature, const char *object,
                       Verdicts *out)
{
    const Pubkey *key = usable_key(signature);
    if (!key)
        return;
    if (!pubkey_is_bare_rsa(key)) {
        verdict_pass(out, object);
        return;
    }
    fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    g_autofree char *value = pubkey_p_value(key);
    g_autofree char *record = g_strdup_printf("v=DKIM1; k=rsa; p=%s", value);
    verdict_record(out, "change", signature->key_name, "TXT", record);
}

static void key_testing(const Evidence *evidence, const DkimSignature *signature,
                        const char *object, Verdicts *out)
{
    const KeyRecord *record = key_record(signature);
    if (!record || record->state != KEY_VALID)
        return;
    if (!record->testing) {
        verdict_pass(out, object);
        return;
    }
    fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    place_key_tag(signature, record, "t", out);
}

/* --- how the key record is written --- */

static bool key_remark(const Evidence *evidence, const DkimSignature *signature, const char *object,
                       LintCode code, Verdicts *out)
{
    const Lint *lint = key_lint(evidence, signature);
    const KeyRecord *record = key_record(signature);
    return lint && record && record->state == KEY_VALID && remark_fails(lint, code, object, out);
}

static void key_unknown_tag(const Evidence *evidence, const DkimSignature *signature,
                            const char *object, Verdicts *out)
{
    key_remark(evidence, signature, object, LINT_KEY_UNKNOWN_TAG, out);
}

static void key_obsolete_tag(const Evidence *evidence, const DkimSignature *signature,
                             const char *object, Verdicts *out)
{
    key_remark(evidence, signature, object, LINT_KEY_OBSOLETE_TAG, out);
}

static void key_unknown_flag(const Evidence *evidence, const DkimSignature *signature,
                             const char *object, Verdicts *out)
{
    key_remark(evidence, signature, object, LINT_KEY_UNKNOWN_FLAG, out);
}

static void key_unknown_service(const Evidence *evidence, const DkimSignature *signature,
                                const char *object, Verdicts *out)
{
    key_remark(evidence, signature, object, LINT_KEY_UNKNOWN_SERVICE, out);
}

static void key_unknown_hash(const Evidence *evidence, const DkimSignature *signature,
                             const char *object, Verdicts *out)
{
    key_remark(evidence, signature, object, LINT_KEY_UNKNOWN_HASH, out);
}

static void strict_identity(const Evidence *evidence, const DkimSignature *signature,
                            const char *object, Verdicts *out)
{
    if (signature->n_keys > 0 &&
        problem(evidence, signature, object, DKIM_PROBLEM_STRICT_IDENTITY, out))
        verdict_argument(out, "identity", signature->identity);
}

static void key_suitable(const Evidence *evidence, const DkimSignature *signature,
                         const char *object, Verdicts *out)
{
    /* An algorithm that nobody knows, or may use, is not the key's fault. */
    const KeyRecord *record = key_record(signature);
    if (!record || signature->problems & (DKIM_PROBLEM_ALGORITHM | DKIM_PROBLEM_SHA1))
        return;
    if (problem(evidence, signature, object,
                DKIM_PROBLEM_KEY_HASH | DKIM_PROBLEM_KEY_SERVICE | DKIM_PROBLEM_KEY_TYPE, out)) {
        unsigned bits = signature->problems;
        const char *tag = bits & DKIM_PROBLEM_KEY_TYPE   ? "k="
                          : bits & DKIM_PROBLEM_KEY_HASH ? "h="
                                                         : "s=";
        char name[2] = {tag[0], '\0'};
        verdict_argument(out, "tag", tag);
        verdict_argument_span(out, "found", span_of(record->text, record->text_n));
        place_key_tag(signature, record, name, out);
    }
}

/* --- header and body --- */

/* Whoever a proven cause points to must act, not whom one would suspect without it. */
static void name_actor(const Evidence *evidence, const DkimSignature *signature, CauseSide side,
                       Verdicts *out)
{
    const CauseReport *report =
        evidence->causes ? evidence->causes[signature - evidence->dkim->signatures].report : NULL;
    for (size_t i = 0; report && i < report->n_causes; i++) {
        const Cause *cause = &report->causes[i];
        bool sure = cause->certainty == CAUSE_PROVEN || cause->certainty == CAUSE_SHOWN;
        if (sure && cause->kind->side == side && actor_of_cause(report, cause)) {
            verdict_actor(out, actor_of_cause(report, cause));
            return;
        }
    }
}

static void body_hash(const Evidence *evidence, const DkimSignature *signature, const char *object,
                      Verdicts *out)
{
    if (!is_readable(signature))
        return;
    switch (signature->body) {
    case DKIM_BODY_MATCHES:
        verdict_pass(out, object);
        return;
    case DKIM_BODY_NOT_SUPPLIED:
        verdict_not_evaluable(out, object, "body");
        return;
    case DKIM_BODY_NOT_EVALUATED:
        return;
    case DKIM_BODY_DIFFERS:
        break;
    }
    if (signature_passed_on_receipt(evidence, signature)) {
        verdict_not_evaluable(out, object, "copy");
        return;
    }
    fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    g_autofree char *said =
        signature->body_hash ? bytes_base64(signature->body_hash->data, signature->body_hash->len)
                             : NULL;
    g_autofree char *computed =
        bytes_base64(signature->computed_body_hash, hash_size(signature->hash));
    name_actor(evidence, signature, CAUSE_BODY, out);
    verdict_argument(out, "signed-hash", said);
    verdict_argument(out, "computed-hash", computed);
}

static void body_supplied(const Evidence *evidence, const DkimSignature *signature,
                          const char *object, Verdicts *out)
{
    if (signature->body == DKIM_BODY_NOT_SUPPLIED)
        fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    else
        verdict_pass(out, object);
}

/* The message was fine when it was received: saving or exporting changed it. */
static void unchanged_since_receipt(const Evidence *evidence, const DkimSignature *signature,
                                    const char *object, Verdicts *out)
{
    if (signature_passed_on_receipt(evidence, signature))
        fail(evidence, signature, object, CERTAINTY_EVALUATED, out);
    else if (signature->body == DKIM_BODY_DIFFERS || signature->header == DKIM_HEADER_CHANGED)
        verdict_pass(out, object);
}

/* Several rules share the header verdict: which of the failing values is theirs. Whether it fails.
 */
static bool header_verdict(const Evidence *evidence, const DkimSignature *signature,
                           const char *object, unsigned failing, Verdicts *out)
{
    if (signature->header == DKIM_HEADER_NOT_EVALUATED || !is_readable(signature))
        return false;
    if (!(failing & 1u << signature->header)) {
        verdict_pass(out, object);
        return false;
    }
    if (signature_passed_on_receipt(evidence, signature)) {
        verdict_not_evaluable(out, object, "copy");
        return false;
    }
    fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    return true;
}

static void header_signature(const Evidence *evidence, const DkimSignature *signature,
                             const char *object, Verdicts *out)
{
    if (header_verdict(evidence, signature, object,
                       1u << DKIM_HEADER_CHANGED | 1u << DKIM_HEADER_UNVERIFIED, out))
        name_actor(evidence, signature, CAUSE_HEADER, out);
}

static void key_or_value(const Evidence *evidence, const DkimSignature *signature,
                         const char *object, Verdicts *out)
{
    if (signature_key_replaced(evidence, signature) ||
        !header_verdict(evidence, signature, object, 1u << DKIM_HEADER_KEY_OR_VALUE, out))
        return;
    name_actor(evidence, signature, CAUSE_KEY, out);
    name_actor(evidence, signature, CAUSE_SIGNATURE, out);
}

static void key_replaced(const Evidence *evidence, const DkimSignature *signature,
                         const char *object, Verdicts *out)
{
    const SigningDomainCheck *check = signature_configured(evidence, signature);
    if (!check || signature->header == DKIM_HEADER_NOT_EVALUATED)
        return;
    if (!signature_key_replaced(evidence, signature)) {
        verdict_pass(out, object);
        return;
    }
    fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    propose_key(evidence, signature, "change", out);
}

static void wrong_hash(const Evidence *evidence, const DkimSignature *signature, const char *object,
                       Verdicts *out)
{
    if (header_verdict(evidence, signature, object, 1u << DKIM_HEADER_WRONG_HASH, out)) {
        verdict_argument(out, "claimed", hash_name(signature->hash));
        verdict_argument(out, "used", hash_name(signature->recovered_hash));
    }
}

static void length_beyond(const Evidence *evidence, const DkimSignature *signature,
                          const char *object, Verdicts *out)
{
    if (!signature->has_length || signature->body == DKIM_BODY_NOT_SUPPLIED)
        return;
    if (problem(evidence, signature, object, DKIM_PROBLEM_LENGTH, out)) {
        verdict_argument_number(out, "length", signature->length);
        verdict_argument_number(out, "octets", signature->canonical_body_size);
    }
}

static void length_tag(const Evidence *evidence, const DkimSignature *signature, const char *object,
                       Verdicts *out)
{
    if (!signature->has_length) {
        verdict_pass(out, object);
        return;
    }
    fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    verdict_argument_number(out, "length", signature->length);
}

/* --- what is signed --- */

static size_t mentions(const DkimSignature *signature, const char *name)
{
    size_t n = 0;
    for (size_t i = 0; i < signature->n_names; i++)
        n += g_ascii_strcasecmp(signature->names[i].name, name) == 0;
    return n;
}

/* RFC 6376 §5.4.1, and the fields that say how the body is to be read. */
static const char *const core_fields[] = {"subject",  "date",       "to",           "cc",
                                          "reply-to", "message-id", "mime-version", "content-type"};

/* Bit i: the i-th core field is in the message. */
static unsigned core_present(const Source *source)
{
    unsigned present = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(core_fields); i++)
        if (source_field(source, core_fields[i], 0))
            present |= 1u << i;
    return present;
}

static unsigned core_signed(const DkimSignature *signature)
{
    unsigned covered = 0;
    for (size_t n = 0; n < signature->n_names; n++)
        for (size_t i = 0; i < G_N_ELEMENTS(core_fields); i++)
            if (strcmp(signature->names[n].name, core_fields[i]) == 0)
                covered |= 1u << i;
    return covered;
}

static void state_coverage(const Evidence *evidence, const DkimSignature *signature, size_t number,
                           unsigned present, Verdicts *out)
{
    g_autofree char *object = g_strdup_printf("signature-%zu", number);
    unsigned missing = present & ~core_signed(signature);
    if (missing == 0) {
        verdict_pass(out, object);
        return;
    }
    g_autoptr(GString) names = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(core_fields); i++)
        if (missing & 1u << i)
            g_string_append_printf(names, "%s%s", names->len > 0 ? ":" : "", core_fields[i]);
    fail(evidence, signature, object, CERTAINTY_PROVEN, out);
    verdict_argument(out, "names", names->str);
}

/* About each signature that decides, but the message is searched once. */
static void coverage(const Evidence *evidence, Verdicts *out)
{
    unsigned present = core_present(evidence->source);
    for (size_t i = 0; i < signature_count(evidence); i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        if (signature->n_names > 0 && signature_decides(evidence, signature))
            state_coverage(evidence, signature, i + 1, present, out);
    }
}

/* Of a signature that fails nobody can tell how many From fields there were when it was made. */
static void oversigning(const Evidence *evidence, const DkimSignature *signature,
                        const char *object, Verdicts *out)
{
    if (!signature_stands(signature))
        return;
    if (mentions(signature, "from") > source_field_count(evidence->source, "from"))
        verdict_pass(out, object);
    else
        fail(evidence, signature, object, CERTAINTY_PROVEN, out);
}

static void header_canon(const Evidence *evidence, const DkimSignature *signature,
                         const char *object, Verdicts *out)
{
    if (signature->problems & (DKIM_PROBLEM_SYNTAX | DKIM_PROBLEM_CANON))
        return;
    if (signature->header_canon == CANON_RELAXED)
        verdict_pass(out, object);
    else
        fail(evidence, signature, object, CERTAINTY_PROVEN, out);
}

/* --- all signatures together --- */

/* However many there are, they are one thing to know, told about the first. */
static void extra_signature(const Evidence *evidence, Verdicts *out)
{
    size_t extra = 0, failing = 0, first = 0;
    for (size_t i = 0; i < signature_count(evidence); i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        if (signature_decides(evidence, signature))
            continue;
        extra++;
        if (signature_stands(signature) || signature_open(evidence, signature))
            continue;
        if (failing++ == 0)
            first = i;
    }
    if (failing == 0) {
        if (extra > 0)
            verdict_pass(out, "");
        return;
    }
    const DkimSignature *signature = &evidence->dkim->signatures[first];
    char object[32];
    g_snprintf(object, sizeof(object), "signature-%zu", first + 1);
    fail(evidence, signature, object, CERTAINTY_EVALUATED, out);
    verdict_argument_number(out, "count", failing);
    verdict_argument(out, "result", dkim_result_name(signature->result));
}

static void signature_limit(const Evidence *evidence, Verdicts *out)
{
    if (evidence->dkim->n == 0)
        return;
    if (evidence->dkim->n <= DKIM_MAX_SIGNATURES) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_argument_number(out, "count", evidence->dkim->n);
    verdict_argument_number(out, "limit", DKIM_MAX_SIGNATURES);
}

static void successor_draft(const Evidence *evidence, Verdicts *out)
{
    const Field *field = source_field(evidence->source, "dkim2-signature", 0);
    if (!field) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_place(out, field->offset, field->raw.n);
}

const RuleCheck dkim_rules[] = {
    {"dkim-signature-present", signature_present}, {"dkim-coverage", coverage},
    {"dkim-extra-signature", extra_signature},     {"dkim-signature-limit", signature_limit},
    {"dkim-successor-draft", successor_draft},     {NULL, NULL},
};

const SignatureCheck dkim_signature_rules[] = {
    {"dkim-syntax", syntax},
    {"dkim-method", method},
    {"dkim-algorithm-sha1", sha1},
    {"dkim-from-signed", from_signed},
    {"dkim-identity", identity},
    {"dkim-expired", expired},
    {"dkim-future", future},
    {"dkim-key-answer", key_answer},
    {"dkim-key-found", key_found},
    {"dkim-key-alias", key_alias},
    {"dkim-key-revoked", key_revoked},
    {"dkim-key-not-a-key", key_not_a_key},
    {"dkim-key-truncated", key_truncated},
    {"dkim-key-wellformed", key_wellformed},
    {"dkim-key-multiple", key_multiple},
    {"dkim-key-too-short", key_too_short},
    {"dkim-key-size", key_size},
    {"dkim-key-format", key_format},
    {"dkim-key-testing", key_testing},
    {"dkim-key-strict-identity", strict_identity},
    {"dkim-key-suitable", key_suitable},
    {"dkim-key-unknown-tag", key_unknown_tag},
    {"dkim-key-obsolete-tag", key_obsolete_tag},
    {"dkim-key-unknown-flag", key_unknown_flag},
    {"dkim-key-unknown-service", key_unknown_service},
    {"dkim-key-unknown-hash", key_unknown_hash},
    {"dkim-body-hash", body_hash},
    {"dkim-body-supplied", body_supplied},
    {"dkim-unchanged-since-receipt", unchanged_since_receipt},
    {"dkim-header-signature", header_signature},
    {"dkim-key-replaced", key_replaced},
    {"dkim-key-or-value", key_or_value},
    {"dkim-wrong-hash", wrong_hash},
    {"dkim-length-beyond", length_beyond},
    {"dkim-length-tag", length_tag},
    {"dkim-oversigning", oversigning},
    {"dkim-header-canonicalization", header_canon},
    {NULL, NULL},
};
