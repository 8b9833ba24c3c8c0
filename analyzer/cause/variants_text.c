/* variants_text.c - subjects and other unstructured text: tags before, after and inside;
 * encoded-words. */
#include "analyzer/cause/variants_text.h"

#include "analyzer/cause/variants.h"

#include <string.h>

enum {
    ENCODINGS_OF_VALUE = 900, /* for the value as it stands */
    ENCODINGS_OF_REST = 600,  /* for what is left after a strip: halved for each unit of its cost */
};

static const char *kind_of_strip(const char *name, StripPlace place)
{
    if (strcmp(name, "subject") != 0 || place == STRIPPED_MIDDLE)
        return "header-text-inserted";
    return place == STRIPPED_END ? "header-subject-suffix" : "header-subject-tag";
}

static void found_again(void *context, Span rest, const char *detail, StripPlace place,
                        unsigned cost)
{
    Variants *variants = context;
    if (cost <= 2)
        variants_add(variants, rest,
                     (Reason){kind_of_strip(variants->name, place), cost + 2, 0, detail});
}

static void found_raw(void *context, Span rest, const char *detail, StripPlace place, unsigned cost)
{
    Variants *variants = context;
    variants_add(variants, rest, (Reason){kind_of_strip(variants->name, place), cost, 0, detail});
    if (cost == 1) /* a mark at the other end too, or a second one */
        variants_strip(rest, found_again, variants);
}

static bool is_ascii(Span text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] > 0x7e || (unsigned char)text.p[i] < ' ')
            return false;
    return true;
}

static void add_raw8(Variants *variants, Span utf8, Reason why)
{
    variants_add(variants, utf8, why);
    if (is_ascii(utf8))
        return;
    gsize n;
    g_autofree char *latin =
        g_convert(utf8.p, (gssize)utf8.n, "windows-1252", "UTF-8", NULL, &n, NULL);
    why.cost += 2;
    if (latin)
        variants_add(variants, span_of(latin, n), why);
}

typedef struct TextWriter {
    Span utf8;
    size_t name;
} TextWriter;

static bool write_text(void *context, const WordStyle *style, const char *separator, GString *out)
{
    const TextWriter *text = context;
    return words_encode(style, text->utf8, text->name, separator, out);
}

static bool text_fits(void *context, const WordStyle *style)
{
    const TextWriter *text = context;
    return words_fit(style, text->utf8, text->name);
}

/* The text written in the styles of encoders. */
static void add_encoded(Variants *variants, Span utf8, size_t most, Reason why)
{
    TextWriter text = {utf8, strlen(variants->name) + 2};
    WordsWriter writer = {write_text, text_fits, &text, is_ascii(utf8)};
    variants_add_words(variants, &writer, most, why);
}

static void found_decoded(void *context, Span rest, const char *detail, StripPlace place,
                          unsigned cost)
{
    Variants *variants = context;
    Reason why = {kind_of_strip(variants->name, place), cost, 0, detail};
    add_raw8(variants, rest, why);
    why.style = STYLE_WORDS;
    if (!is_ascii(rest))
        add_encoded(variants, rest, ENCODINGS_OF_REST >> cost, why);
}

void variants_text(Variants *variants)
{
    if (!variants->field || variants->value.n > WORDS_MAX)
        return;
    variants_strip(variants->value, found_raw, variants);
    g_autoptr(GString) utf8 = g_string_new(NULL);
    WordsSeen seen;
    if (!words_decode(variants->flat, utf8, &seen) || (!seen.encoded && !seen.raw8)) {
        if (strcmp(variants->name, "subject") ==
            0) /* plain now: an encoded-word may have been resolved */
            add_encoded(variants, variants->flat, ENCODINGS_OF_REST,
                        (Reason){"header-reencoded", 4, STYLE_WORDS, NULL});
        return;
    }
    Span text = span_of(utf8->str, utf8->len);
    bool was_raw = seen.encoded && !seen.raw8;
    add_raw8(variants, text,
             (Reason){was_raw ? "header-8bit-encoded" : "header-reencoded", 1, 0, NULL});
    add_encoded(variants, text, ENCODINGS_OF_VALUE,
                (Reason){"header-reencoded", 0, STYLE_WORDS, NULL});
    variants_strip(text, found_decoded, variants);
}

bool signature_decode_words(Span value, GString *out)
{
    g_autoptr(GString) flat = g_string_sized_new(value.n);
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] != '\r' && value.p[i] != '\n')
            g_string_append_c(flat, value.p[i] == '\t' ? ' ' : value.p[i]);
    WordsSeen seen;
    size_t before = out->len;
    if (words_decode(span_trim(span_of(flat->str, flat->len)), out, &seen) && seen.encoded)
        return true;
    g_string_truncate(out, before);
    return false;
}
