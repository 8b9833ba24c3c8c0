/* variants_signature.c - the signature field itself, written again by somebody who thought white
 * space free (it is not under simple canonicalization, and under relaxed a space more or less still
 * counts), or with another bh=. */
#include "analyzer/cause/variants.h"

#include "analyzer/base/own.h"

#include <string.h>

typedef struct SignatureForm {
    const char *separator; /* after ";"; NULL: as received */
    const char *equals;
    const char *colon; /* in h= */
    unsigned h_width;  /* h= folded before this column; 0: not */
    size_t h_break;    /* a space after this one of its colons; 0: none */
    bool h_glued;      /* white space in h= taken out */
    bool bh_glued;
    unsigned bh_break; /* a space in bh= here; 0: none */
    char final;        /* ';', 0 none, or 'k': kept */
    const char *bh;    /* another value, or NULL */
} SignatureForm;

static void append_without_blanks(Span text, GString *out)
{
    for (size_t i = 0; i < text.n; i++)
        if (!byte_is_fws(text.p[i]))
            g_string_append_c(out, text.p[i]);
}

static void append_names(const SignatureForm *form, Span value, const char *fold, GString *out)
{
    if (!form->h_glued && !form->colon) {
        g_string_append_len(out, value.p, (gssize)value.n);
        return;
    }
    size_t column = 2, colons = 0;
    for (size_t start = 0; start <= value.n;) {
        size_t end = span_find(value, ':', start);
        Span name = span_trim(span_of(value.p + start, end - start));
        if (start > 0) {
            colons++;
            bool full = form->h_width > 0 && column + name.n + 1 > form->h_width;
            bool breaks = full || (form->h_break > 0 && colons == form->h_break);
            g_string_append(out, form->colon ? form->colon : ":");
            g_string_append(out, breaks ? fold : "");
            column = breaks ? 1 : column + 1;
        }
        append_without_blanks(name, out);
        column += name.n;
        start = end + 1;
    }
}

static void append_tag(const SignatureForm *form, const Tag *tag, const char *fold, GString *out)
{
    g_string_append_len(out, tag->name.p, (gssize)tag->name.n);
    g_string_append(out, form->equals);
    if (span_is(tag->name, "h")) {
        append_names(form, tag->value, fold, out);
    } else if (span_is(tag->name, "bh") && (form->bh || form->bh_glued || form->bh_break > 0)) {
        g_autoptr(GString) hash = g_string_new(NULL);
        append_without_blanks(form->bh ? span_str(form->bh) : tag->value, hash);
        if (form->bh_break > 0 && form->bh_break < hash->len)
            g_string_insert(hash, (gssize)form->bh_break, fold);
        g_string_append_len(out, hash->str, (gssize)hash->len);
    } else {
        g_string_append_len(out, tag->value.p, (gssize)tag->value.n);
    }
}

static void append_blanks_before(Span value, size_t offset, GString *out)
{
    size_t start = offset;
    while (start > 0 && byte_is_fws(value.p[start - 1]))
        start--;
    g_string_append_len(out, value.p + start, (gssize)(offset - start));
}

static void add_form(Variants *variants, const TagList *tags, SignatureForm form, Reason why)
{
    const char *fold = variants->simple ? "\r\n\t" : " ";
    Span value = variants->field->value;
    bool final = form.final == ';';
    if (form.final == 'k') {
        Span trimmed = span_trim(value);
        final = trimmed.n > 0 && trimmed.p[trimmed.n - 1] == ';';
    }
    g_autoptr(GString) out = g_string_sized_new(value.n + 64);
    for (size_t i = 0; i < tags->n; i++) {
        if (i > 0)
            g_string_append_c(out, ';');
        if (i > 0 && form.separator)
            g_string_append(out, form.separator);
        else if (i > 0)
            append_blanks_before(value, tags->tags[i].offset, out);
        append_tag(&form, &tags->tags[i], fold, out);
    }
    if (final)
        g_string_append_c(out, ';');
    variants_add(variants, span_of(out->str, out->len), why);
}

static SignatureForm form_as_is(void)
{
    return (SignatureForm){.separator = " ", .equals = "=", .final = 'k'};
}

static void add_spacings(Variants *variants, const TagList *tags)
{
    static const char *const separators[] = {NULL, " ", "", "\r\n\t", "\r\n ", "\r\n        "};
    static const char *const equals[] = {"=", " = ", " =", "= "};
    static const char *const colons[] = {NULL, ":", " : ", ": ", " :"};
    static const char finals[] = "k;n";
    Reason why = {"header-signature-respaced", 2, 0, NULL};
    for (size_t s = 0; s < (variants->simple ? G_N_ELEMENTS(separators) : 3); s++) {
        for (size_t e = 0; e < G_N_ELEMENTS(equals); e++) {
            for (size_t c = 0; c < G_N_ELEMENTS(colons); c++) {
                for (size_t f = 0; finals[f]; f++) {
                    for (unsigned glued = 0; glued < 2; glued++) {
                        SignatureForm form = {.separator = separators[s],
                                              .equals = equals[e],
                                              .colon = colons[c],
                                              .bh_glued = glued != 0,
                                              .final = finals[f]};
                        form.h_glued = colons[c] != NULL;
                        why.cost = 2u + (e > 0) + (c > 1) + (f > 0) + (e > 0 && c > 1);
                        add_form(variants, tags, form, why);
                    }
                }
            }
        }
    }
}

/* A fold inside h= or bh= is a space under relaxed canonicalization: where it was before somebody
 * unfolded the field can be guessed from the usual widths, or tried at every colon. */
static void add_inner_folds(Variants *variants, const TagList *tags)
{
    enum { COLONS = 60 };
    static const char *const separators[] = {NULL, " ", ""};
    Reason why = {"header-signature-respaced", 3, 0, NULL};
    for (size_t s = 0; s < G_N_ELEMENTS(separators); s++) {
        SignatureForm form = form_as_is();
        form.separator = separators[s];
        form.h_glued = true;
        for (size_t i = 1; i < COLONS; i++) {
            form.h_break = i;
            add_form(variants, tags, form, why);
        }
        form.h_break = 0;
        for (unsigned width = 50; width <= 80; width++) {
            form.h_width = width;
            add_form(variants, tags, form, (Reason){why.kind, 4, 0, NULL});
        }
        form.h_width = 0;
        for (unsigned at = 1; at < 44; at++) {
            form.bh_break = at;
            add_form(variants, tags, form, (Reason){why.kind, 5, 0, NULL});
        }
    }
}

/* Under simple canonicalization: folds before some of the tags, and one space before the others. */
static void add_tag_folds(Variants *variants, const TagList *tags)
{
    enum { TAGS_MAX = 10 };
    static const char *const folds[] = {"\r\n\t", "\r\n ", "\r\n        ", "\r\n    "};
    if (!variants->simple || tags->n > TAGS_MAX || tags->n == 0)
        return;
    for (size_t f = 0; f < G_N_ELEMENTS(folds); f++) {
        for (unsigned mask = 1; mask < 1u << (tags->n - 1); mask++) {
            g_autoptr(GString) out = g_string_sized_new(variants->field->value.n + 64);
            SignatureForm form = form_as_is();
            for (size_t i = 0; i < tags->n; i++) {
                if (i > 0)
                    g_string_append_printf(out, ";%s", mask >> (i - 1) & 1 ? folds[f] : " ");
                append_tag(&form, &tags->tags[i], folds[f], out);
            }
            variants_add(variants, span_of(out->str, out->len),
                         (Reason){"header-signature-respaced", f < 2 ? 4 : 5, 0, NULL});
        }
    }
}

/* One "; " closed or one ";" opened. */
static void add_single_separators(Variants *variants)
{
    Span value = variants->field->value;
    Reason why = {"header-signature-respaced", 3, 0, NULL};
    for (size_t at = span_find(value, ';', 0), n = 0; at < value.n && n < 40; n++) {
        size_t next = at + 1, blanks = next;
        while (blanks < value.n && byte_is_fws(value.p[blanks]))
            blanks++;
        g_autoptr(GString) out = g_string_new_len(value.p, (gssize)next);
        if (blanks == next)
            g_string_append_c(out, ' ');
        g_string_append_len(out, value.p + blanks, (gssize)(value.n - blanks));
        variants_add(variants, span_trim(span_of(out->str, out->len)), why);
        at = span_find(value, ';', next);
    }
}

/* --- another bh= --- */

static void add_body_hash(Variants *variants, Span own, const char *base64, unsigned cost,
                          const char *detail)
{
    if (span_is(own, base64))
        return;
    Span value = variants->field->value;
    g_autoptr(GString) out = g_string_new_len(value.p, own.p - value.p);
    g_string_append(out, base64);
    size_t rest = (size_t)(own.p - value.p) + own.n;
    g_string_append_len(out, value.p + rest, (gssize)(value.n - rest));
    variants_add(variants, span_trim(span_of(out->str, out->len)),
                 (Reason){"header-body-hash-rewritten", cost, 0, detail});
}

/* The hashes of the canonical body cut at each of its last line ends, as one state runs over it. */
static void add_cut_bodies(Variants *variants, Span own)
{
    enum { CUTS = 400, BODY_MAX = 8 * 1024 * 1024 };
    const CauseInput *input = variants->block->input;
    const DkimSignature *signature = input->signature;
    if (input->source->body.n > BODY_MAX || signature->has_length)
        return;
    g_autoptr(GString) body = g_string_new(NULL);
    canon_body(signature->body_canon, input->source->body, input->source->body_lf_is_crlf,
               canon_to_string, body);
    size_t start = body->len, lines = 0;
    while (start > 0 && lines < CUTS) {
        start--;
        lines += start > 0 && body->str[start - 1] == '\n';
    }
    if (!budget_spend(variants->block->budget, body->len + (body->len - start) + lines * 64))
        return;
    g_autoptr(EVP_MD_CTX) state = EVP_MD_CTX_new();
    g_autoptr(EVP_MD_CTX) work = EVP_MD_CTX_new();
    EVP_DigestInit_ex(state, signature->hash == HASH_SHA1 ? EVP_sha1() : EVP_sha256(), NULL);
    EVP_DigestUpdate(state, body->str, start);
    for (size_t at = start; at <= body->len;) {
        uint8_t digest[EVP_MAX_MD_SIZE];
        bool blank_before = at >= 4 && memcmp(body->str + at - 4, "\r\n\r\n", 4) ==
                                           0; /* never ends a canonical body */
        if (!blank_before) {
            EVP_MD_CTX_copy_ex(work, state);
            EVP_DigestFinal_ex(work, digest, NULL);
            g_autofree char *base64 = bytes_base64(digest, hash_size(signature->hash));
            add_body_hash(variants, own, base64, at == body->len ? 3 : 5, "of a shorter body");
        }
        if (at == body->len)
            break;
        const char *end = memchr(body->str + at, '\n', body->len - at);
        size_t next = end ? (size_t)(end - body->str) + 1 : body->len;
        EVP_DigestUpdate(state, body->str + at, next - at);
        at = next;
    }
}

/* bh= of the other signatures and seals on the message. */
static void add_other_hashes(Variants *variants, Span own)
{
    const Source *source = variants->block->input->source;
    size_t tried = 0;
    for (size_t i = 0; i < source->n_fields && i < HINTS_FIELDS && tried < HINTS_EACH; i++) {
        const Field *field = &source->fields[i];
        if (field == variants->field || field->value.n > VARIANT_FIELD_MAX ||
            (!span_is_nocase(field->name, "dkim-signature") &&
             !span_is_nocase(field->name, "arc-message-signature")))
            continue;
        tried++;
        TagList tags = taglist_parse(field->value);
        const Tag *bh = taglist_find(&tags, "bh");
        g_autoptr(GString) hash = g_string_new(NULL);
        if (bh)
            append_without_blanks(bh->value, hash);
        if (hash->len > 0)
            add_body_hash(variants, own, hash->str, 2, "of another signature");
        taglist_clear(&tags);
    }
}

void variants_signature(Variants *variants)
{
    TagList tags = taglist_parse(variants->field->value);
    if (tags.n > 0 && tags.n <= 40) {
        add_spacings(variants, &tags);
        add_inner_folds(variants, &tags);
        add_tag_folds(variants, &tags);
        add_single_separators(variants);
    }
    const Tag *bh = taglist_find(&tags, "bh");
    size_t most = variants->most;
    variants->most = most + VARIANTS_PER_SLOT;
    if (bh && bh->value.n > 0 && variants->block->input->signature->body == DKIM_BODY_MATCHES) {
        add_other_hashes(variants, bh->value);
        add_cut_bodies(variants, bh->value);
    }
    variants->most = most;
    taglist_clear(&tags);
}
