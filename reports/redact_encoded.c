/* Octets behind an encoding: decoded, redacted, and encoded again in the same places. */
#include "reports/mask.h"
#include "reports/redact_internal.h"

#include <string.h>

static int hex_value(char c)
{
    return g_ascii_isxdigit(c) ? g_ascii_xdigit_value(c) : -1;
}

/* Octets of the encoded octet at i: 3 for =HH, else 1. */
static size_t unit_at(Span raw, size_t i)
{
    return raw.p[i] == '=' && i + 2 < raw.n && hex_value(raw.p[i + 1]) >= 0 &&
                   hex_value(raw.p[i + 2]) >= 0
               ? 3
               : 1;
}

/* Octets of the soft line break at i (RFC 2045 §6.7), 0 when there is none: it is no octet of the
 * text. */
static size_t soft_break_at(Span raw, size_t i)
{
    size_t end = i + 1;
    if (raw.p[i] != '=')
        return 0;
    while (end < raw.n && byte_is_wsp(raw.p[end]))
        end++;
    if (end < raw.n && raw.p[end] == '\r')
        end++;
    return end < raw.n && raw.p[end] == '\n' ? end + 1 - i : 0;
}

static char decoded_at(Span raw, size_t i, size_t unit, bool underscore)
{
    if (unit == 3)
        return (char)(hex_value(raw.p[i + 1]) << 4 | hex_value(raw.p[i + 2]));
    return underscore && raw.p[i] == '_' ? ' ' : raw.p[i];
}

static void encode_unit(Span raw, size_t i, size_t unit, bool underscore, char now, GString *out)
{
    char before = decoded_at(raw, i, unit, underscore);
    if (now == before)
        g_string_append_len(out, raw.p + i, (gssize)unit);
    else if (unit == 3)
        g_string_append_printf(out, "=%02X", (unsigned)(unsigned char)now);
    else
        g_string_append_c(out, now == ' ' && underscore ? '_' : now);
}

/* underscore: the Q encoding of RFC 2047, where "_" is a space. */
static void redact_quoted(const Redactor *redactor, Span raw, bool underscore, GString *out)
{
    g_autoptr(GString) plain = g_string_sized_new(raw.n), redacted = g_string_sized_new(raw.n);
    for (size_t i = 0; i < raw.n;) {
        size_t soft = soft_break_at(raw, i), unit = unit_at(raw, i);
        if (soft == 0)
            g_string_append_c(plain, decoded_at(raw, i, unit, underscore));
        i += soft > 0 ? soft : unit;
    }
    redactor->redact(redactor->context, redactor->redaction, span_of(plain->str, plain->len),
                     redacted);
    size_t n = 0;
    for (size_t i = 0; i < raw.n;) {
        size_t soft = soft_break_at(raw, i), unit = unit_at(raw, i);
        if (soft > 0)
            g_string_append_len(out, raw.p + i, (gssize)soft);
        else
            encode_unit(raw, i, unit, underscore, redacted->str[n++], out);
        i += soft > 0 ? soft : unit;
    }
}

void redact_quoted_printable(const Redactor *redactor, Span raw, GString *out)
{
    redact_quoted(redactor, raw, false, out);
}

void redact_q_encoding(const Redactor *redactor, Span raw, GString *out)
{
    redact_quoted(redactor, raw, true, out);
}

static bool is_digit64(char c)
{
    return g_ascii_isalnum(c) || c == '+' || c == '/' || c == '=';
}

/* Nothing that could be decoded may be left of what cannot be. */
static void fill_base64(Span raw, GString *out)
{
    for (size_t i = 0; i < raw.n; i++)
        g_string_append_c(out, byte_is_fws(raw.p[i]) || raw.p[i] == '=' ? raw.p[i] : 'x');
}

void redact_base64(const Redactor *redactor, Span raw, GString *out)
{
    GByteArray *decoded = NULL;
    size_t digits = 0;
    for (size_t i = 0; i < raw.n; i++)
        digits += is_digit64(raw.p[i]);
    if (!bytes_base64_decode(raw, &decoded)) {
        fill_base64(raw, out);
        return;
    }
    g_autoptr(GString) redacted = g_string_sized_new(decoded->len);
    redactor->redact(redactor->context, redactor->redaction,
                     span_of((const char *)decoded->data, decoded->len), redacted);
    g_autofree char *again = bytes_base64((const uint8_t *)redacted->str, redacted->len);
    g_byte_array_unref(decoded);
    size_t n = strlen(again);
    if (n < digits || n > digits + 2) { /* only the padding may be missing */
        fill_base64(raw, out);
        return;
    }
    n = 0;
    for (size_t i = 0; i < raw.n; i++)
        g_string_append_c(out, is_digit64(raw.p[i]) ? again[n++] : raw.p[i]);
}

/* Octets of the encoded-word at the start of raw (RFC 2047 §2), and where its text is; 0 when there
 * is none. */
size_t redact_encoded_word(Span raw, Span *charset, Span *text, bool *is_base64)
{
    enum { MAX_WORD = 1000 }; /* RFC 2047 §2: 75 */
    if (raw.n < 8 || raw.p[0] != '=' || raw.p[1] != '?')
        return 0;
    raw.n = MIN(raw.n, (size_t)MAX_WORD);
    size_t charset_end = span_find(raw, '?', 2);
    if (charset_end + 2 >= raw.n || raw.p[charset_end + 2] != '?' ||
        !strchr("qQbB", raw.p[charset_end + 1]))
        return 0;
    size_t start = charset_end + 3, end = span_find(raw, '?', start);
    for (size_t i = 2; i < end && i < raw.n; i++) {
        if (byte_is_fws(raw.p[i]))
            return 0;
    }
    if (end + 1 >= raw.n || raw.p[end + 1] != '=')
        return 0;
    *charset = span_of(raw.p + 2, charset_end - 2);
    *text = span_of(raw.p + start, end - start);
    *is_base64 = g_ascii_tolower(raw.p[charset_end + 1]) == 'b';
    return end + 2;
}

/* Charsets whose letters are octets by themselves, or UTF-8; in others a letter may be any octets.
 */
bool redact_is_readable_charset(Span charset)
{
    size_t star = span_find(charset, '*', 0); /* RFC 2231 §5: a language after it */
    Span name = span_of(charset.p, star);
    return name.n == 0 || span_is_nocase(name, "utf-8") || span_is_nocase(name, "utf8") ||
           span_is_nocase(name, "us-ascii") || span_is_nocase(name, "ascii") ||
           span_starts_nocase(name, "iso-8859-") || span_starts_nocase(name, "windows-125");
}

static void mask(const void *context, Redaction *redaction, Span raw, GString *out)
{
    (void)context, (void)redaction;
    mask_append(out, raw);
}

void redact_filled(const void *context, Redaction *redaction, Span raw, GString *out)
{
    (void)context, (void)redaction;
    mask_append_filled(out, raw);
}

void redact_unstructured(Redaction *redaction, Span raw, GString *out)
{
    size_t done = 0;
    for (size_t i = 0; i < raw.n;) {
        Span charset, text;
        bool is_base64;
        size_t n = redact_encoded_word(span_from(raw, i), &charset, &text, &is_base64);
        if (n == 0) {
            i++;
            continue;
        }
        Redactor redactor = {redaction, redact_is_readable_charset(charset) ? mask : redact_filled,
                             NULL};
        mask_append(out, span_of(raw.p + done, i - done));
        size_t text_at = (size_t)(text.p - raw.p);
        g_string_append(out, "=?");
        redact_value(redaction, REDACT_WORD, charset, out);
        g_string_append_len(out, raw.p + i + 2 + charset.n, (gssize)(text_at - i - 2 - charset.n));
        if (is_base64)
            redact_base64(&redactor, text, out);
        else
            redact_q_encoding(&redactor, text, out);
        g_string_append(out, "?=");
        i += n;
        done = i;
    }
    mask_append(out, span_from(raw, done));
}
