/* The signature parser: RFC 6376 §3.5 for DKIM-Signature, RFC 8617 §4.1.2-3 for the ARC kinds. */
#include "analyzer/auth/dkim.h"
#include "analyzer/base/domain.h"

#include <string.h>

enum {
    MAX_FIELD_OCTETS = 1 << 20, /* a longer signature field is not read */
    MAX_TAGS = 1000,
    MAX_NAMES = 100000,     /* mentions in h= */
    MAX_LENGTH_DIGITS = 76, /* §3.5: l= */
    MAX_TIME_DIGITS = 12,   /* §3.5: t=, x= */
    MAX_ARC_INSTANCE = 50,  /* RFC 8617 §4.2.1 */
};

enum {
    KIND_DKIM = 1 << SIGNATURE_DKIM,
    KIND_MESSAGE = 1 << SIGNATURE_ARC_MESSAGE,
    KIND_SEAL = 1 << SIGNATURE_ARC_SEAL,
    KIND_SIGNED = KIND_DKIM | KIND_MESSAGE,
    KIND_ARC = KIND_MESSAGE | KIND_SEAL,
    KIND_ALL = KIND_DKIM | KIND_ARC,
};

/* Each tag parser returns the problem its value has, 0 for none. */

static unsigned parse_version(DkimSignature *signature, Span value)
{
    (void)signature;
    return span_is(value, "1") ? 0 : DKIM_PROBLEM_VERSION;
}

static unsigned parse_algorithm(DkimSignature *signature, Span value)
{
    static const struct {
        const char *name;
        KeyType type;
        HashAlg hash;
    } algorithms[] = {
        {"rsa-sha256", KEY_TYPE_RSA, HASH_SHA256},
        {"rsa-sha1", KEY_TYPE_RSA, HASH_SHA1},
        {"ed25519-sha256", KEY_TYPE_ED25519, HASH_SHA256},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(algorithms); i++) {
        if (!span_is(value, algorithms[i].name))
            continue;
        signature->key_type = algorithms[i].type;
        signature->hash = algorithms[i].hash;
        return signature->hash == HASH_SHA1 ? DKIM_PROBLEM_SHA1 : 0;
    }
    return DKIM_PROBLEM_ALGORITHM;
}

static unsigned parse_base64(Span value, GByteArray **octets)
{
    if (!bytes_base64_decode(value, octets))
        return DKIM_PROBLEM_SYNTAX;
    if ((*octets)->len > 0)
        return 0;
    g_byte_array_unref(g_steal_pointer(octets));
    return DKIM_PROBLEM_SYNTAX;
}

static unsigned parse_signature_value(DkimSignature *signature, Span value)
{
    return parse_base64(value, &signature->signature);
}

static unsigned parse_body_hash(DkimSignature *signature, Span value)
{
    return parse_base64(value, &signature->body_hash);
}

static bool canon_of(Span name, Canon *canon)
{
    if (span_is(name, "simple"))
        *canon = CANON_SIMPLE;
    else if (span_is(name, "relaxed"))
        *canon = CANON_RELAXED;
    else
        return false;
    return true;
}

/* "header[/body]": the body's is simple when only one is named. */
static unsigned parse_canon(DkimSignature *signature, Span value)
{
    size_t slash = span_find(value, '/', 0);
    bool known = canon_of(span_of(value.p, slash), &signature->header_canon);
    if (slash < value.n)
        known = canon_of(span_from(value, slash + 1), &signature->body_canon) && known;
    return known ? 0 : DKIM_PROBLEM_CANON;
}

/* d=, s=: as domain_normal, but without its leniency for a final dot: the ABNF has none. */
static char *parse_name(Span value)
{
    return value.n > 0 && value.p[value.n - 1] != '.' ? domain_normal(value) : NULL;
}

/* §3.5: domain-name has at least two labels. */
static unsigned parse_domain(DkimSignature *signature, Span value)
{
    signature->domain = parse_name(value);
    if (signature->domain && !strchr(signature->domain, '.'))
        g_clear_pointer(&signature->domain, g_free);
    return signature->domain ? 0 : DKIM_PROBLEM_DOMAIN;
}

static unsigned parse_selector(DkimSignature *signature, Span value)
{
    signature->selector = parse_name(value);
    return signature->selector ? 0 : DKIM_PROBLEM_DOMAIN;
}

/* §3.4.1 hdr-name: octets a field name can have; ";" cannot be here. */
static bool is_field_name(Span name)
{
    for (size_t i = 0; i < name.n; i++)
        if (name.p[i] < 33 || name.p[i] > 126)
            return false;
    return true;
}

/* An empty item names no field: it is passed over, as other verifiers do. */
static bool add_name(DkimSignature *signature, GArray *names, size_t start, size_t end)
{
    Span name = span_trim(span_of(signature->names_text + start, end - start));
    if (name.n == 0)
        return true;
    if (!is_field_name(name) || names->len >= MAX_NAMES)
        return false;
    SignedName mention = {.name = signature->names_text + (name.p - signature->names_text)};
    mention.name[name.n] = '\0'; /* where white space, ":" or the end was */
    g_array_append_val(names, mention);
    return true;
}

/* An empty h= is an error in DKIM, where From must be there; RFC 8617 asks for no field in
 * particular. */
static unsigned parse_names(DkimSignature *signature, Span value)
{
    if (value.n == 0)
        return signature->kind == SIGNATURE_DKIM ? DKIM_PROBLEM_SYNTAX : 0;
    if (span_find(value, '\0', 0) < value.n)
        return DKIM_PROBLEM_SYNTAX;
    signature->names_text = g_ascii_strdown(value.p, (gssize)value.n);
    Span text = span_of(signature->names_text, value.n);
    GArray *names = g_array_new(FALSE, FALSE, sizeof(SignedName));
    unsigned problem = 0;
    for (size_t start = 0; start <= text.n;) {
        size_t end = span_find(text, ':', start);
        if (!add_name(signature, names, start, end))
            problem = DKIM_PROBLEM_SYNTAX;
        start = end + 1;
    }
    signature->n_names = names->len;
    signature->names = (SignedName *)(void *)g_array_free(names, FALSE);
    return problem;
}

/* §2.11 dkim-quoted-printable; NULL when it is not that. */
static char *decode_quoted_printable(Span value)
{
    g_autoptr(GString) out = g_string_sized_new(value.n);
    for (size_t i = 0; i < value.n; i++) {
        if (byte_is_fws(value.p[i]))
            continue;
        if (value.p[i] != '=') {
            g_string_append_c(out, value.p[i]);
            continue;
        }
        int high = i + 1 < value.n ? g_ascii_xdigit_value(value.p[i + 1]) : -1;
        int low = i + 2 < value.n ? g_ascii_xdigit_value(value.p[i + 2]) : -1;
        if (high < 0 || low < 0 || high * 16 + low == 0)
            return NULL;
        g_string_append_c(out, (char)(high * 16 + low));
        i += 2;
    }
    return g_string_free(g_steal_pointer(&out), FALSE);
}

/* RFC 8617 §4.2.1: position = 1*2DIGIT, 1 to 50. */
static unsigned parse_instance(DkimSignature *signature, Span value)
{
    uint64_t instance = 0;
    if (!span_to_uint64(value, 2, &instance) || instance < 1 || instance > MAX_ARC_INSTANCE)
        return DKIM_PROBLEM_SYNTAX;
    signature->instance = (unsigned)instance;
    return 0;
}

/* §3.5: [ Local-part ] "@" domain-name; only a quoted local-part has an "@" of its own. */
static unsigned parse_identity(DkimSignature *signature, Span value)
{
    signature->identity = decode_quoted_printable(value);
    if (!signature->identity)
        return DKIM_PROBLEM_SYNTAX;
    const char *at = strrchr(signature->identity, '@');
    bool quoted = signature->identity[0] == '"';
    if (at && (quoted || strchr(signature->identity, '@') == at))
        signature->identity_domain = parse_name(span_str(at + 1));
    return signature->identity_domain ? 0 : DKIM_PROBLEM_IDENTITY;
}

static unsigned parse_length(DkimSignature *signature, Span value)
{
    if (value.n == 0 || value.n > MAX_LENGTH_DIGITS)
        return DKIM_PROBLEM_SYNTAX;
    for (size_t i = 0; i < value.n; i++)
        if (!g_ascii_isdigit(value.p[i]))
            return DKIM_PROBLEM_SYNTAX;
    signature->has_length = true;
    if (!span_to_uint64(value, MAX_LENGTH_DIGITS, &signature->length))
        signature->length = UINT64_MAX; /* more than any body has */
    return 0;
}

/* §3.5: a list of which one must be known; others are ignored. */
static unsigned parse_query(DkimSignature *signature, Span value)
{
    (void)signature;
    for (size_t start = 0; start <= value.n;) {
        size_t end = span_find(value, ':', start);
        if (span_is(span_trim(span_of(value.p + start, end - start)), "dns/txt"))
            return 0;
        start = end + 1;
    }
    return DKIM_PROBLEM_QUERY;
}

static unsigned parse_time(DkimSignature *signature, Span value)
{
    signature->has_time = span_to_uint64(value, MAX_TIME_DIGITS, &signature->time_s);
    return signature->has_time ? 0 : DKIM_PROBLEM_SYNTAX;
}

static unsigned parse_expiry(DkimSignature *signature, Span value)
{
    signature->has_expiry = span_to_uint64(value, MAX_TIME_DIGITS, &signature->expiry_s);
    return signature->has_expiry ? 0 : DKIM_PROBLEM_SYNTAX;
}

static const struct TagRule {
    const char *tag;
    unsigned known;    /* KIND_ bits in which it has a meaning */
    unsigned required; /* and in which it must be there */
    unsigned (*parse)(DkimSignature *signature, Span value);
} tag_rules[] = {
    {"v", KIND_DKIM, KIND_DKIM, parse_version},
    {"a", KIND_ALL, KIND_ALL, parse_algorithm},
    {"b", KIND_ALL, KIND_ALL, parse_signature_value},
    {"bh", KIND_SIGNED, KIND_SIGNED, parse_body_hash},
    {"c", KIND_SIGNED, 0, parse_canon},
    {"d", KIND_ALL, KIND_ALL, parse_domain},
    {"s", KIND_ALL, KIND_ALL, parse_selector},
    {"h", KIND_SIGNED, KIND_SIGNED, parse_names},
    {"i", KIND_DKIM, 0, parse_identity},
    {"i", KIND_ARC, KIND_ARC, parse_instance},
    {"l", KIND_SIGNED, 0, parse_length},
    {"q", KIND_SIGNED, 0, parse_query},
    {"t", KIND_ALL, 0, parse_time},
    {"x", KIND_SIGNED, 0, parse_expiry},
};

static void note_defect(DkimSignature *signature, const char *tag, size_t offset)
{
    if (!(signature->problems & DKIM_PROBLEM_SYNTAX)) {
        signature->defect_tag = tag;
        signature->defect_offset = offset;
    }
    signature->problems |= DKIM_PROBLEM_SYNTAX;
}

static void parse_tags(DkimSignature *signature)
{
    unsigned kind = 1U << signature->kind;
    for (size_t i = 0; i < G_N_ELEMENTS(tag_rules); i++) {
        const struct TagRule *rule = &tag_rules[i];
        if (!(rule->known & kind))
            continue;
        const Tag *tag = taglist_find(&signature->tags, rule->tag);
        if (!tag) {
            if (rule->required & kind)
                signature->problems |= DKIM_PROBLEM_MISSING_TAG;
            continue;
        }
        unsigned problem = rule->parse(signature, tag->value);
        if (problem & DKIM_PROBLEM_SYNTAX)
            note_defect(signature, rule->tag, tag->value_offset);
        signature->problems |= problem;
    }
}

static bool signs_from(const DkimSignature *signature)
{
    for (size_t i = 0; i < signature->n_names; i++)
        if (g_str_equal(signature->names[i].name, "from"))
            return true;
    return false;
}

/* What follows from several tags together. */
static void relate_tags(DkimSignature *signature)
{
    if (signature->has_time && signature->has_expiry && signature->expiry_s <= signature->time_s)
        signature->problems |= DKIM_PROBLEM_X_BEFORE_T;
    if (signature->domain && signature->selector)
        signature->key_name =
            g_strconcat(signature->selector, "._domainkey.", signature->domain, NULL);
    if (signature->kind != SIGNATURE_DKIM)
        return;
    if (!signs_from(signature))
        signature->problems |= DKIM_PROBLEM_FROM_NOT_SIGNED;
    if (!taglist_find(&signature->tags, "i") && signature->domain) {
        signature->identity = g_strconcat("@", signature->domain, NULL);
        signature->identity_domain = g_strdup(signature->domain);
    }
    if (signature->identity_domain && signature->domain &&
        !domain_is_at_or_below(signature->identity_domain, signature->domain))
        signature->problems |= DKIM_PROBLEM_IDENTITY;
}

/* §3.7: b= is emptied with the white space around its value, so up to the next ";". */
static void locate_signature_value(DkimSignature *signature, const Field *field)
{
    size_t value_start = (size_t)(field->value.p - field->raw.p);
    signature->b_start = signature->b_end = value_start + field->value.n;
    const Tag *b = taglist_find(&signature->tags, "b");
    if (!b)
        return;
    size_t equals = span_find(field->value, '=', b->offset);
    signature->b_start = value_start + equals + 1;
    signature->b_end = value_start + span_find(field->value, ';', equals + 1);
}

/* §5.4.2: the n-th mention takes the n-th field from the bottom. The signature itself was not there
 * when its h= was written (§3.5, h=), so it never counts as an instance. */
static void bind_names(DkimSignature *signature, const FieldIndex *index)
{
    g_autofree size_t *taken = g_new0(size_t, fieldindex_groups(index) + 1);
    for (size_t i = 0; i < signature->n_names; i++) {
        SignedName *mention = &signature->names[i];
        FieldGroup group = fieldindex_find(index, span_str(mention->name));
        if (group.n > 0 && taken[group.id] < group.n &&
            group.fields[group.n - 1 - taken[group.id]] == signature->field)
            taken[group.id]++;
        mention->present = group.n > 0 && taken[group.id] < group.n;
        if (mention->present)
            mention->field = group.fields[group.n - 1 - taken[group.id]++];
        else
            signature->n_repeats++;
    }
    if (signature->kind == SIGNATURE_DKIM && fieldindex_find(index, SPAN_LIT("from")).n > 1)
        signature->problems |= DKIM_PROBLEM_MULTIPLE_FROM;
}

/* Where the field gets too long or has too many tags, found before anything is allocated for it;
 * value.n when neither. */
static size_t find_excess(Span value)
{
    if (value.n > MAX_FIELD_OCTETS)
        return MAX_FIELD_OCTETS;
    size_t end = span_find(value, ';', 0);
    for (size_t n = 1; end < value.n && n < MAX_TAGS; n++)
        end = span_find(value, ';', end + 1);
    return end;
}

static void parse_list(DkimSignature *signature, Span value)
{
    size_t excess = find_excess(value);
    if (excess < value.n) {
        note_defect(signature, "", excess);
        return;
    }
    signature->tags = taglist_parse(value);
    if (signature->tags.defect != TAGLIST_OK)
        note_defect(signature, "", signature->tags.defect_offset);
}

void dkim_signature_parse_indexed(DkimSignature *signature, const Source *source,
                                  const FieldIndex *index, size_t field, SignatureKind kind)
{
    const Field *whole = &source->fields[field];
    *signature = (DkimSignature){.kind = kind, .field = field, .defect_tag = ""};
    parse_list(signature, whole->value);
    parse_tags(signature);
    relate_tags(signature);
    locate_signature_value(signature, whole);
    if (index)
        bind_names(signature, index);
}

void dkim_signature_parse(DkimSignature *signature, const Source *source, size_t field,
                          SignatureKind kind)
{
    g_autoptr(FieldIndex) index = fieldindex_new(source);
    dkim_signature_parse_indexed(signature, source, index, field, kind);
}

void dkim_signature_clear(DkimSignature *signature)
{
    taglist_clear(&signature->tags);
    g_free(signature->domain);
    g_free(signature->selector);
    g_free(signature->identity);
    g_free(signature->identity_domain);
    g_clear_pointer(&signature->signature, g_byte_array_unref);
    g_clear_pointer(&signature->body_hash, g_byte_array_unref);
    g_free(signature->names);
    g_free(signature->names_text);
    g_free(signature->key_name);
    for (size_t i = 0; i < signature->n_keys; i++)
        key_record_free(signature->keys[i]);
    g_free(signature->keys);
    *signature = (DkimSignature){0};
}
