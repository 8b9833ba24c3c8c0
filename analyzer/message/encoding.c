#include "analyzer/message/encoding.h"

/* "=?charset?B?payload?=" (RFC 2047 §2). */
typedef struct EncodedWord {
    Span charset;
    char encoding;
    Span payload;
    size_t length; /* of the whole word */
} EncodedWord;

static bool encoded_word_at(Span text, size_t start, EncodedWord *word)
{
    size_t charset = start + 2, end = span_find(text, '?', charset);
    size_t payload = end + 3, stop = span_find(text, '?', payload);
    if (stop + 1 >= text.n || text.p[end + 2] != '?' || text.p[stop + 1] != '=')
        return false;
    word->charset = span_of(text.p + charset, end - charset);
    word->encoding = g_ascii_toupper(text.p[end + 1]);
    word->payload = span_of(text.p + payload, stop - payload);
    word->length = stop + 2 - start;
    return true;
}

static void write_word(GString *out, Span charset, GByteArray **octets)
{
    if (!*octets)
        return;
    g_autofree char *payload = bytes_base64((*octets)->data, (*octets)->len);
    g_string_append_printf(out, "=?%.*s?B?%s?=", (int)charset.n, charset.p, payload);
    g_byte_array_unref(g_steal_pointer(octets));
}

char *encoding_join_words(const char *raw)
{
    Span text = span_str(raw);
    GString *out = g_string_sized_new(text.n);
    GByteArray *run = NULL;
    Span charset = {0};
    size_t done = 0; /* what stands before is written, or waits in the run */
    for (size_t at = 0; (at = span_search(text, SPAN_LIT("=?"), at)) < text.n;) {
        EncodedWord word;
        GByteArray *octets = NULL;
        if (!encoded_word_at(text, at, &word) || word.encoding != 'B' ||
            !bytes_base64_decode(word.payload, &octets)) {
            at += 2;
            continue;
        }
        bool joins = run && span_trim(span_of(text.p + done, at - done)).n == 0 &&
                     span_equal_nocase(charset, word.charset);
        if (joins) {
            g_byte_array_append(run, octets->data, octets->len);
            g_byte_array_unref(octets);
        } else {
            write_word(out, charset, &run);
            g_string_append_len(out, text.p + done, (gssize)(at - done));
            run = octets;
            charset = word.charset;
        }
        done = at = at + word.length;
    }
    write_word(out, charset, &run);
    g_string_append_len(out, text.p + done, (gssize)(text.n - done));
    return g_string_free(out, FALSE);
}

bool encoding_base64_sound(Span body, size_t *length)
{
    size_t digits = 0, padding = 0, others = 0;
    for (size_t i = 0; i < body.n; i++) {
        char c = body.p[i];
        if (g_ascii_isalnum(c) || c == '+' || c == '/') {
            digits++;
            others += padding > 0;
        } else if (c == '=') {
            padding++;
        } else {
            others += !byte_is_fws(c);
        }
    }
    *length = digits / 4 * 3 + (digits % 4 > 0 ? digits % 4 - 1 : 0);
    return others == 0 && (digits + padding) % 4 == 0 && padding <= 2 &&
           (padding == 0 || digits % 4 >= 2);
}

bool encoding_quoted_printable_sound(Span body)
{
    for (size_t i = span_find(body, '=', 0); i < body.n; i = span_find(body, '=', i + 1)) {
        if (i + 2 < body.n && g_ascii_isxdigit(body.p[i + 1]) && g_ascii_isxdigit(body.p[i + 2]))
            continue;
        size_t end = i + 1;
        while (end < body.n && (byte_is_wsp(body.p[end]) || body.p[end] == '\r'))
            end++;
        if (end < body.n && body.p[end] != '\n')
            return false;
    }
    return true;
}
