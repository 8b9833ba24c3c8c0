#include "analyzer/cause/decoded.h"

#include "analyzer/cause/variants_text.h"

/* The message with this field's value decoded; NULL when there is nothing to decode. */
static Source *decoded_source(const CauseInput *input)
{
    const Field *field = &input->source->fields[input->signature->field];
    Span bytes = input->source->bytes;
    GString *out = g_string_new_len(bytes.p, (gssize)(field->value.p - bytes.p));
    g_string_append_c(out, ' ');
    if (!signature_decode_words(field->value, out)) {
        g_string_free(out, TRUE);
        return NULL;
    }
    const char *rest = field->value.p + field->value.n;
    g_string_append_len(out, rest, (gssize)(bytes.p + bytes.n - rest));
    g_autoptr(GBytes) octets = g_string_free_to_bytes(out);
    return source_new(octets,
                      input->source->body_lf_is_crlf ? SOURCE_LF_IS_CRLF : SOURCE_AS_STORED);
}

static CauseClass class_with_encoding(CauseClass decoded)
{
    switch (decoded) {
    case CAUSE_CLASS_NONE:
    case CAUSE_CLASS_POLICY:
        return CAUSE_CLASS_HEADERS;
    case CAUSE_CLASS_BODY:
        return CAUSE_CLASS_BOTH;
    default:
        return decoded;
    }
}

/* What verifies once decoded: block, key and value, and the body when that matches. */
static void keep_verified(const DkimSignature *signature, const Source *source, CauseReport *report)
{
    if (signature->header != DKIM_HEADER_VERIFIES)
        return;
    report->key_record = g_strdup(signature->keys[signature->key_index]->text);
    report->repaired_value = g_byte_array_ref(signature->signature);
    report->header_as_signed = dkim_header_octets(signature, source);
    report->header_proven = true;
    if (signature->body == DKIM_BODY_MATCHES) {
        report->body_as_signed = dkim_body_octets(signature, source);
        report->body_proven = true;
    }
}

static void tell_encoding(const CauseInput *input, const Source *source, CauseReport *report)
{
    GArray *causes = causes_new();
    Cause *cause = cause_add(causes, "header-signature-encoded",
                             report->header_proven ? CAUSE_PROVEN : CAUSE_INFERRED);
    const Field *field = &input->source->fields[input->signature->field];
    cause->offset = field->offset;
    cause->length = field->raw.n;
    cause_set_change(cause, source->fields[input->signature->field].value, field->value);
    cause_prepend(report, causes);
}

CauseReport *decoded_search(const CauseInput *input)
{
    if (input->signature->domain || input->signature->kind != SIGNATURE_DKIM)
        return NULL;
    g_autoptr(Source) source = decoded_source(input);
    if (!source || input->signature->field >= source->n_fields)
        return NULL;
    DkimSignature signature;
    dkim_signature_parse(&signature, source, input->signature->field, SIGNATURE_DKIM);
    CauseReport *report = NULL;
    if (signature.domain) {
        DkimSignature *list[] = {&signature};
        dkim_verify(list, 1, source, input->dns, input->judged_at_s);
        CauseInput decoded = *input;
        decoded.source = source;
        decoded.signature = &signature;
        report = cause_search(&decoded);
        keep_verified(&signature, source, report);
        tell_encoding(input, source, report);
        report->class = class_with_encoding(report->class);
    }
    dkim_signature_clear(&signature);
    return report;
}
