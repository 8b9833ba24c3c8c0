#include "reports/sections.h"

/* In the order of the bits of DkimProblem. */
static const char *const problem_names[] = {
    "syntax",
    "missing-tag",
    "version",
    "algorithm",
    "canonicalization",
    "query",
    "from-not-signed",
    "identity",
    "strict-identity",
    "expired",
    "future",
    "expiry-before-time",
    "sha1",
    "short-key",
    "key-hash",
    "key-service",
    "key-type",
    "length",
    "multiple-from",
    "public-suffix",
    "over-limit",
    "domain",
};

static const char *const kind_names[] = {"dkim", "arc-message", "arc-seal"};
static const char *const recover_names[] = {"ok", "length", "padding", "no-digestinfo", "not-rsa"};

xmlNode *sections_key_record(xmlNode *parent, const char *name, const KeyRecord *record)
{
    xmlNode *node = node_new(parent, name);
    node_attr(node, "state", key_state_name(record->state));
    node_attr(node, "key-type", key_type_name(record->type));
    if (record->key != NULL)
        node_number(node, "bits", pubkey_bits(record->key));
    if (record->state == KEY_BAD_KEY)
        node_attr(node, "key-defect", pubkey_defect_name(record->pubkey_defect));
    if (record->state == KEY_SYNTAX)
        node_attr(node, "tag-defect", taglist_defect_name((TagListDefect)record->taglist_defect));
    if (record->defect_offset < record->text_n)
        node_number(node, "defect-offset", record->defect_offset);
    node_number(node, "key-octets", record->p_octets);
    if (record->der_expected > 0)
        node_number(node, "key-octets-announced", record->der_expected);
    node_bool(node, "allows-sha1", !record->hashes_listed || record->allows_sha1);
    node_bool(node, "allows-sha256", !record->hashes_listed || record->allows_sha256);
    node_bool(node, "allows-email", record->allows_email);
    node_bool(node, "testing", record->testing);
    node_bool(node, "strict-identity", record->strict_identity);
    node_bool(node, "obsolete-granularity", record->has_g);
    node_octets(node, "text", span_of(record->text, record->text_n));
    return node;
}

static void write_key(xmlNode *parent, const Evidence *evidence, const DkimSignature *signature)
{
    xmlNode *node = node_new(parent, "key");
    node_attr(node, "verdict", dkim_key_verdict_name(signature->key));
    node_attr(node, "name", signature->key_name);
    sections_answer(node, evidence, signature->key_answer);
    xmlNode *list = node_new(node, "key-records");
    for (size_t i = 0; i < signature->n_keys; i++) {
        xmlNode *record = sections_key_record(list, "key-record", signature->keys[i]);
        node_bool(record, "used", i == signature->key_index);
    }
}

static void write_signed_fields(xmlNode *parent, const Evidence *evidence,
                                const DkimSignature *signature)
{
    xmlNode *list = node_new(parent, "signed-fields");
    size_t n = node_limit(list, signature->n_names, NODE_MAX_ITEMS);
    for (size_t i = 0; i < n; i++) {
        xmlNode *node = node_new(list, "signed-field");
        node_bool(node, "present", signature->names[i].present);
        if (signature->names[i].present)
            sections_field_place(node, evidence->source, signature->names[i].field);
        node_string(node, "field-name", signature->names[i].name);
    }
}

static void write_header(xmlNode *parent, const Evidence *evidence, const DkimSignature *signature)
{
    xmlNode *node = node_new(parent, "header");
    node_attr(node, "verdict", dkim_header_verdict_name(signature->header));
    if (signature->header != DKIM_HEADER_NOT_EVALUATED) {
        node_hex(node, "computed-digest", signature->header_digest, hash_size(signature->hash));
        node_attr(node, "recovery", recover_names[signature->recover]);
    }
    if (signature->recovered) {
        node_attr(node, "signed-hash", hash_name(signature->recovered_hash));
        node_hex(node, "signed-digest", signature->recovered_digest,
                 hash_size(signature->recovered_hash));
    }
    if (signature->signature != NULL)
        node_number(node, "signature-octets", signature->signature->len);
    node_number(node, "over-signed", signature->n_repeats);
    write_signed_fields(node, evidence, signature);
}

static void write_body(xmlNode *parent, const DkimSignature *signature)
{
    xmlNode *node = node_new(parent, "body");
    node_attr(node, "verdict", dkim_body_verdict_name(signature->body));
    if (signature->body_hash != NULL) {
        g_autofree char *claimed =
            bytes_base64(signature->body_hash->data, signature->body_hash->len);
        node_attr(node, "claimed-hash", claimed);
    }
    if (signature->body == DKIM_BODY_MATCHES || signature->body == DKIM_BODY_DIFFERS) {
        g_autofree char *computed =
            bytes_base64(signature->computed_body_hash, hash_size(signature->hash));
        node_attr(node, "computed-hash", computed);
        node_number(node, "canonical-size", signature->canonical_body_size);
    }
    if (signature->has_length)
        node_number(node, "signed-length", signature->length);
}

static void write_tags(xmlNode *parent, const DkimSignature *signature)
{
    xmlNode *list = node_new(parent, "tags");
    size_t n = node_limit(list, signature->tags.n, 100);
    for (size_t i = 0; i < n; i++) {
        const Tag *tag = &signature->tags.tags[i];
        xmlNode *node = node_new(list, "tag");
        node_number(node, "value-offset", tag->value_offset);
        node_octets(node, "tag-name", tag->name);
        node_octets(node, "value", tag->value);
    }
}

/* Times beyond the calendar are shown as far as they go; the tag has them as written. */
static void write_time(xmlNode *node, const char *name, bool present, uint64_t seconds)
{
    if (present)
        node_time(node, name, (int64_t)MIN(seconds, (uint64_t)INT64_MAX));
}

void sections_signature(xmlNode *parent, const char *name, const Evidence *evidence,
                        const DkimSignature *signature, size_t number, const SignatureCause *cause)
{
    xmlNode *node = node_new(parent, name);
    node_number(node, "number", number);
    node_attr(node, "kind", kind_names[signature->kind]);
    node_attr(node, "result", dkim_result_name(signature->result));
    node_bool(node, "crypto-pass", signature->crypto_pass);
    sections_flags(node, "problems", signature->problems, problem_names,
                   G_N_ELEMENTS(problem_names));
    if (signature->problems & DKIM_PROBLEM_SYNTAX) {
        node_attr(node, "defect-tag", signature->defect_tag);
        node_number(node, "defect-offset", signature->defect_offset);
        node_attr(node, "tag-defect", taglist_defect_name(signature->tags.defect));
    }
    node_attr(node, "domain", signature->domain);
    node_attr(node, "selector", signature->selector);
    node_attr(node, "identity-domain", signature->identity_domain);
    node_attr(node, "key-type", key_type_name(signature->key_type));
    node_attr(node, "hash", hash_name(signature->hash));
    node_attr(node, "header-canonicalization", canon_name(signature->header_canon));
    node_attr(node, "body-canonicalization", canon_name(signature->body_canon));
    write_time(node, "signed-at", signature->has_time, signature->time_s);
    write_time(node, "expires", signature->has_expiry, signature->expiry_s);
    sections_field_place(node, evidence->source, signature->field);
    node_string(node, "identity", signature->identity);
    write_key(node, evidence, signature);
    write_header(node, evidence, signature);
    if (signature->kind != SIGNATURE_ARC_SEAL)
        write_body(node, signature);
    sections_cause(node, evidence, cause);
    write_tags(node, signature);
}

void sections_signatures(xmlNode *report, const Evidence *evidence)
{
    const DkimCheck *dkim = evidence->dkim;
    xmlNode *list = node_new(report, "signatures");
    size_t n = node_limit(list, dkim->n, 100);
    for (size_t i = 0; i < n; i++)
        sections_signature(list, "signature", evidence, &dkim->signatures[i], i + 1,
                           evidence->causes != NULL ? &evidence->causes[i] : NULL);
}
