#include "analyzer/base/bytes.h"

#include <string.h>

Span span_str(const char *s)
{
    return s ? (Span){s, strlen(s)} : (Span){"", 0};
}

bool span_equal(Span a, Span b)
{
    return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool span_equal_nocase(Span a, Span b)
{
    if (a.n != b.n)
        return false;
    for (size_t i = 0; i < a.n; i++)
        if (g_ascii_tolower(a.p[i]) != g_ascii_tolower(b.p[i]))
            return false;
    return true;
}

bool span_is(Span a, const char *s)
{
    return span_equal(a, span_str(s));
}

bool span_is_nocase(Span a, const char *s)
{
    return span_equal_nocase(a, span_str(s));
}

bool span_starts_nocase(Span a, const char *prefix)
{
    size_t n = strlen(prefix);
    return a.n >= n && span_equal_nocase(span_of(a.p, n), span_of(prefix, n));
}

Span span_from(Span a, size_t start)
{
    return start < a.n ? span_of(a.p + start, a.n - start) : (Span){"", 0};
}

Span span_trim(Span a)
{
    while (a.n > 0 && byte_is_fws(a.p[0])) {
        a.p++;
        a.n--;
    }
    while (a.n > 0 && byte_is_fws(a.p[a.n - 1]))
        a.n--;
    return a;
}

size_t span_find(Span a, char c, size_t start)
{
    if (start >= a.n)
        return a.n;
    const char *hit = memchr(a.p + start, c, a.n - start);
    return hit ? (size_t)(hit - a.p) : a.n;
}

size_t span_search(Span a, Span needle, size_t start)
{
    if (start >= a.n)
        return a.n;
    if (needle.n == 0)
        return start;
    const char *hit = memmem(a.p + start, a.n - start, needle.p, needle.n);
    return hit ? (size_t)(hit - a.p) : a.n;
}

char *span_dup(Span a)
{
    char *copy = g_malloc(a.n + 1);
    if (a.n > 0)
        memcpy(copy, a.p, a.n);
    copy[a.n] = '\0';
    return copy;
}

/* Characters that are valid but unseen, or that change how others are seen: sorted, disjoint
 * ranges. */
static const struct {
    uint32_t first, last;
} invisible[] = {
    {0x80, 0x9f},     /* C1 */
    {0xad, 0xad},     /* soft hyphen */
    {0x61c, 0x61c},   /* Arabic letter mark */
    {0x180e, 0x180e}, /* Mongolian vowel separator */
    {0x200b, 0x200f}, /* zero-width space, joiners, direction marks */
    {0x2028, 0x202e}, /* line and paragraph separator, embeddings and overrides */
    {0x2060, 0x206f}, /* word joiner, invisible operators, isolates, deprecated format characters */
    {0xfdd0, 0xfdef}, /* non-characters */
    {0xfeff, 0xfeff}, /* zero-width no-break space */
    {0xfff9, 0xfffb}, /* interlinear annotation */
    {0xe0000, 0xe007f}, /* tags */
};

static bool is_invisible(uint32_t c)
{
    if ((c & 0xfffe) == 0xfffe) /* the last two of every plane are non-characters */
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(invisible) && invisible[i].first <= c; i++)
        if (c <= invisible[i].last)
            return true;
    return false;
}

static void escape_octet(GString *out, unsigned char c)
{
    static const char digits[] = "0123456789ABCDEF";
    const char text[] = {'\\', 'x', digits[c >> 4], digits[c & 15]};
    g_string_append_len(out, text, sizeof text);
}

static void escape_ascii(GString *out, unsigned char c)
{
    switch (c) {
    case '\\':
        g_string_append(out, "\\\\");
        break;
    case '\r':
        g_string_append(out, "\\r");
        break;
    case '\n':
        g_string_append(out, "\\n");
        break;
    case '\t':
        g_string_append(out, "\\t");
        break;
    default:
        if (c < 0x20 || c == 0x7f)
            escape_octet(out, c);
        else
            g_string_append_c(out, (char)c);
    }
}

char *bytes_escape(Span raw)
{
    GString *out = g_string_sized_new(raw.n + 16);
    size_t i = 0;
    while (i < raw.n) {
        unsigned char c = (unsigned char)raw.p[i];
        if (c < 0x80) {
            escape_ascii(out, c);
            i++;
            continue;
        }
        size_t left = raw.n - i;
        uint32_t wide = g_utf8_get_char_validated(raw.p + i, left < 4 ? (gssize)left : 4);
        if (wide >= 0x110000) { /* (gunichar)-1 and -2: not UTF-8 */
            escape_octet(out, c);
            i++;
            continue;
        }
        size_t width = (size_t)g_unichar_to_utf8(wide, NULL);
        if (is_invisible(wide))
            g_string_append_printf(out, "\\u{%04X}", wide);
        else
            g_string_append_len(out, raw.p + i, (gssize)width);
        i += width;
    }
    return g_string_free(out, FALSE);
}

/* "\u{...}" from behind the "\u": appends the character, returns the octets taken or 0. */
static size_t unescape_wide(const char *text, GByteArray *out)
{
    uint32_t value = 0;
    size_t i = 1;
    if (text[0] != '{')
        return 0;
    for (; i <= 6 && g_ascii_isxdigit(text[i]); i++)
        value = value * 16 + (uint32_t)g_ascii_xdigit_value(text[i]);
    if (i == 1 || text[i] != '}' || !g_unichar_validate(value))
        return 0;
    char utf8[6];
    int width = g_unichar_to_utf8(value, utf8);
    g_byte_array_append(out, (const guint8 *)utf8, (guint)width);
    return i + 1;
}

/* What follows a backslash: appends what it stands for, returns the octets taken or 0. */
static size_t unescape_one(const char *text, GByteArray *out)
{
    static const char letters[] = "\\rnt", meanings[] = "\\\r\n\t";
    const char *letter = text[0] ? strchr(letters, text[0]) : NULL;
    if (letter) {
        g_byte_array_append(out, (const guint8 *)meanings + (letter - letters), 1);
        return 1;
    }
    if (text[0] == 'x' && g_ascii_isxdigit(text[1]) && g_ascii_isxdigit(text[2])) {
        guint8 c = (guint8)(g_ascii_xdigit_value(text[1]) * 16 + g_ascii_xdigit_value(text[2]));
        g_byte_array_append(out, &c, 1);
        return 3;
    }
    size_t taken = text[0] == 'u' ? unescape_wide(text + 1, out) : 0;
    return taken > 0 ? taken + 1 : 0;
}

bool bytes_unescape(const char *text, GByteArray **out)
{
    g_autoptr(GByteArray) raw = g_byte_array_new();
    for (const char *at = text; *at;) {
        if (*at != '\\') {
            size_t run = strcspn(at, "\\");
            if (run > G_MAXINT)
                return false;
            g_byte_array_append(raw, (const guint8 *)at, (guint)run);
            at += run;
            continue;
        }
        size_t taken = unescape_one(at + 1, raw);
        if (taken == 0)
            return false;
        at += taken + 1;
    }
    /* Every octet string has exactly one escaped form, so writing it again tells whether this was
     * it. */
    g_autofree char *again = bytes_escape(span_of((const char *)raw->data, raw->len));
    if (strcmp(again, text) != 0)
        return false;
    *out = g_steal_pointer(&raw);
    return true;
}

/* 0..63, or 64 for an octet outside the alphabet. */
static unsigned base64_value(char c)
{
    if (c >= 'A' && c <= 'Z')
        return (unsigned)(c - 'A');
    if (c >= 'a' && c <= 'z')
        return (unsigned)(c - 'a') + 26;
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0') + 52;
    return c == '+' ? 62 : c == '/' ? 63 : 64;
}

bool bytes_base64_decode(Span text, GByteArray **out)
{
    g_autoptr(GByteArray) raw = g_byte_array_new();
    uint32_t bits = 0;
    unsigned sextets = 0; /* in the group of four being read */
    unsigned padding = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (byte_is_fws(text.p[i]))
            continue;
        if (text.p[i] == '=') {
            if (++padding > 2)
                return false;
            continue;
        }
        unsigned value = base64_value(text.p[i]);
        if (value > 63 || padding > 0)
            return false;
        bits = bits << 6 | value;
        if (++sextets < 4)
            continue;
        guint8 octets[3] = {(guint8)(bits >> 16), (guint8)(bits >> 8), (guint8)bits};
        g_byte_array_append(raw, octets, 3);
        sextets = 0;
        bits = 0;
    }
    unsigned padding_wanted = sextets == 2 ? 2 : sextets == 3 ? 1 : 0;
    if (sextets == 1 || padding > padding_wanted)
        return false;
    if (sextets > 0) {
        bits <<= 6 * (4 - sextets);
        guint8 octets[2] = {(guint8)(bits >> 16), (guint8)(bits >> 8)};
        g_byte_array_append(raw, octets, sextets - 1);
    }
    *out = g_steal_pointer(&raw);
    return true;
}

char *bytes_base64(const uint8_t *p, size_t n)
{
    return n > 0 ? g_base64_encode(p, n) : g_strdup("");
}

char *bytes_hex(const uint8_t *p, size_t n)
{
    static const char digits[] = "0123456789abcdef";
    char *text = g_malloc(n * 2 + 1);
    for (size_t i = 0; i < n; i++) {
        text[2 * i] = digits[p[i] >> 4];
        text[2 * i + 1] = digits[p[i] & 15];
    }
    text[2 * n] = '\0';
    return text;
}

bool span_to_uint64(Span a, size_t max_digits, uint64_t *value)
{
    if (a.n == 0 || a.n > max_digits)
        return false;
    uint64_t sum = 0;
    for (size_t i = 0; i < a.n; i++) {
        if (!g_ascii_isdigit(a.p[i]))
            return false;
        uint64_t digit = (uint64_t)(a.p[i] - '0');
        if (sum > (UINT64_MAX - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}
