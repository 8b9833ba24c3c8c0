#include "cli/reconstruct.h"

#include "cli/output.h"

#include <errno.h>
#include <glib/gstdio.h>
#include <string.h>

typedef struct Target {
    const char *directory;
    size_t index;
    GError **error;
} Target;

static bool write_span(const Target *target, const char *suffix, Span octets)
{
    g_autofree char *name = g_strdup_printf("sig%zu.%s", target->index, suffix);
    g_autofree char *path = g_build_filename(target->directory, name, NULL);
    g_autoptr(GString) content = g_string_new_len(octets.p, (gssize)octets.n);
    return output_write_file(path, content, target->error);
}

static Span bytes_span(GBytes *bytes)
{
    gsize n;
    const char *p = g_bytes_get_data(bytes, &n);
    return span_of(p, n);
}

/* --- what changed, line by line --- */

static GPtrArray *split_lines(Span text)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(g_free);
    for (size_t pos = 0; pos < text.n;) {
        size_t end = MIN(span_find(text, '\n', pos) + 1, text.n);
        g_ptr_array_add(lines, bytes_escape(span_of(text.p + pos, end - pos)));
        pos = end;
    }
    return lines;
}

static void append_lines(GString *out, char mark, const GPtrArray *lines, guint from, guint to)
{
    for (guint i = from; i < to; i++)
        g_string_append_printf(out, "%c%s\n", mark, (const char *)g_ptr_array_index(lines, i));
}

/* Everything between the first and the last differing line; octets escaped, so that nothing
 * invisible hides. */
static GString *diff(Span before, Span after)
{
    enum { CONTEXT = 3 };
    g_autoptr(GPtrArray) old = split_lines(before), new = split_lines(after);
    guint head = 0, tail = 0, shorter = MIN(old->len, new->len);
    while (head < shorter && strcmp(old->pdata[head], new->pdata[head]) == 0)
        head++;
    while (tail < shorter - head &&
           strcmp(old->pdata[old->len - 1 - tail], new->pdata[new->len - 1 - tail]) == 0)
        tail++;
    GString *out = g_string_new("--- as signed\n+++ as received\n");
    guint start = head > CONTEXT ? head - CONTEXT : 0;
    g_string_append_printf(out, "@@ -%u,%u +%u,%u @@\n", start + 1, old->len - tail - start,
                           start + 1, new->len - tail - start);
    append_lines(out, ' ', old, start, head);
    append_lines(out, '-', old, head, old->len - tail);
    append_lines(out, '+', new, head, new->len - tail);
    append_lines(out, ' ', old, old->len - tail, MIN(old->len, old->len - tail + CONTEXT));
    return out;
}

static bool write_side(const Target *target, const char *name, Span signed_octets, Span received)
{
    g_autofree char *diff_name = g_strconcat(name, ".diff", NULL);
    if (!write_span(target, name, signed_octets))
        return false;
    if (span_equal(signed_octets, received))
        return true;
    g_autoptr(GString) text = diff(signed_octets, received);
    return write_span(target, diff_name, span_of(text->str, text->len));
}

/* --- key and value --- */

static Pubkey *key_in_use(const DkimSignature *signature, const CauseReport *report)
{
    const char *text = report->key_record;
    if (!text && signature->key_index < signature->n_keys)
        text = signature->keys[signature->key_index]->text;
    KeyRecord *record = text ? key_record_parse(span_str(text)) : NULL;
    Pubkey *key = record ? g_steal_pointer(&record->key) : NULL;
    key_record_free(record);
    return key;
}

/* RFC 8410 §4: what stands before the 32 octets in a SubjectPublicKeyInfo. */
static const uint8_t ed25519_prefix[] = {0x30, 0x2a, 0x30, 0x05, 0x06, 0x03,
                                         0x2b, 0x65, 0x70, 0x03, 0x21, 0x00};

static char *pem_of(const Pubkey *key)
{
    g_autofree char *p_value = pubkey_p_value(key);
    GByteArray *octets = NULL;
    if (!bytes_base64_decode(span_str(p_value), &octets))
        return NULL;
    if (pubkey_type(key) == KEY_TYPE_ED25519)
        g_byte_array_prepend(octets, ed25519_prefix, sizeof ed25519_prefix);
    g_autofree char *base64 = bytes_base64(octets->data, octets->len);
    g_byte_array_unref(octets);
    GString *pem = g_string_new("-----BEGIN PUBLIC KEY-----\n");
    for (size_t i = 0; i < strlen(base64); i += 64)
        g_string_append_printf(pem, "%.64s\n", base64 + i);
    g_string_append(pem, "-----END PUBLIC KEY-----\n");
    return g_string_free(pem, FALSE);
}

static bool write_key(const Target *target, const DkimSignature *signature,
                      const CauseReport *report, Span block)
{
    Pubkey *key = key_in_use(signature, report);
    if (!key)
        return true;
    g_autofree char *pem = pem_of(key);
    bool ed25519 = pubkey_type(key) == KEY_TYPE_ED25519;
    pubkey_free(key);
    const GByteArray *value =
        report->repaired_value ? report->repaired_value : signature->signature;
    if (!pem || !write_span(target, "pem", span_str(pem)) ||
        !write_span(target, "b", span_of((const char *)value->data, value->len)))
        return false;
    if (!ed25519)
        return true;
    uint8_t digest[32];
    hash_digest(HASH_SHA256, block, digest);
    return write_span(target, "digest", span_of((const char *)digest, sizeof digest));
}

/* --- one signature --- */

static bool write_header(const Target *target, const Evidence *evidence,
                         const DkimSignature *signature, const CauseReport *report)
{
    g_autoptr(GBytes) received = dkim_header_octets(signature, evidence->source);
    Span block = bytes_span(received), as_signed = block;
    if (report->header_as_signed)
        as_signed = bytes_span(report->header_as_signed);
    else if (signature->header != DKIM_HEADER_VERIFIES)
        return true;
    return write_side(target, "header", as_signed, block) &&
           write_key(target, signature, report, as_signed);
}

static bool write_body(const Target *target, const Evidence *evidence,
                       const DkimSignature *signature, const CauseReport *report)
{
    g_autoptr(GBytes) received = dkim_body_octets(signature, evidence->source);
    Span body = bytes_span(received), as_signed = body;
    if (report->body_as_signed)
        as_signed = bytes_span(report->body_as_signed);
    else if (signature->body != DKIM_BODY_MATCHES)
        return true;
    return write_side(target, "body", as_signed, body);
}

bool reconstruct_write(const char *directory, const Evidence *evidence, GError **error)
{
    if (g_mkdir_with_parents(directory, 0777) != 0) {
        g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno),
                    "%s: this directory cannot be made (%s)", directory, g_strerror(errno));
        return false;
    }
    for (size_t i = 0; i < evidence->dkim->n; i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        const CauseReport *report = evidence->causes[i].report;
        Target target = {directory, i, error};
        if (!write_header(&target, evidence, signature, report) ||
            !write_body(&target, evidence, signature, report))
            return false;
    }
    return true;
}
