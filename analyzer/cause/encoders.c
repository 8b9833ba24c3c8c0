#include "analyzer/cause/encoders.h"

#include <string.h>

static const QpProfile profiles[] = {
    {"76", 76, "", false, false, true, false},
    {"76 late", 76, "", false, false, true, true},
    {"75", 75, "", false, false, true, false},
    {"73", 73, "", false, false, true, false},
    {"72", 72, "", false, false, true, false},
    {"74", 74, "", false, false, true, false},
    {"77", 77, "", false, false, true, false},
    {"70", 70, "", false, false, true, false},
    {"78", 78, "", false, false, true, false},
    {"998", 998, "", false, false, true, false},
    {"76 words", 76, "", false, true, true, false},
    {"75 words", 75, "", false, true, true, false},
    {"72 words", 72, "", false, true, true, false},
    {"76 lower", 76, "", true, false, true, false},
    {"76 late lower", 76, "", true, false, true, true},
    {"76 ebcdic", 76, "!\"#$@[\\]^`{|}~", false, false, true, false},
    {"76 late ebcdic", 76, "!\"#$@[\\]^`{|}~", false, false, true, true},
    {"72 ebcdic", 72, "!\"#$@[\\]^`{|}~", false, false, true, false},
    {"76 dot", 76, ".", false, false, true, false},
    {"76 quotes", 76, "\"", false, false, true, false},
    {"76 question", 76, "?", false, false, true, false},
    {"76 angle", 76, "<>", false, false, true, false},
};

const QpProfile *qp_profiles(size_t *n)
{
    *n = G_N_ELEMENTS(profiles);
    return profiles;
}

/* Octets that stand for themselves; white space does except at the end of a line. */
static void plain_octets(const QpProfile *profile, bool plain[256])
{
    memset(plain, 0, 256 * sizeof *plain);
    memset(plain + 33, 1, 94 * sizeof *plain);
    plain['='] = false;
    plain[' '] = plain['\t'] = true;
    for (const char *c = profile->also; *c; c++)
        plain[(uint8_t)*c] = false;
}

/* Where a line that is full may be broken: behind the last white space, or right here. */
static char *break_at(char *line_start, char *end, const QpProfile *profile)
{
    for (char *c = end; profile->break_words && c > line_start; c--)
        if (byte_is_wsp(c[-1]))
            return c;
    return end;
}

static void encode_line(Span line, const QpProfile *profile, const bool plain[256], GString *out)
{
    const char *digits = profile->lower_hex ? "0123456789abcdef" : "0123456789ABCDEF";
    gsize before = out->len;
    g_string_set_size(out,
                      before + line.n * 6 + 4); /* "=HH", and at most one soft break for each */
    char *start = out->str + before, *to = start;
    for (size_t i = 0; i < line.n; i++) {
        uint8_t octet = (uint8_t)line.p[i];
        bool last = i + 1 == line.n;
        bool as_is = plain[octet] && !(last && byte_is_wsp((char)octet));
        size_t n = as_is ? 1 : 3, room = profile->width - (last && profile->late ? 0 : 1);
        if ((size_t)(to - start) + n > room) {
            char *at = break_at(start, to, profile);
            memmove(at + 3, at, (size_t)(to - at));
            memcpy(at, "=\r\n", 3);
            start = at + 3;
            to += 3;
        }
        *to++ = as_is ? (char)octet : '=';
        if (as_is)
            continue;
        *to++ = digits[octet >> 4];
        *to++ = digits[octet & 15];
    }
    g_string_set_size(out, (gsize)(to - out->str));
}

void qp_encode_line(Span line, const QpProfile *profile, GString *out)
{
    bool plain[256];
    plain_octets(profile, plain);
    encode_line(line, profile, plain, out);
}

GString *qp_encode(Span text, const QpProfile *profile)
{
    bool plain[256];
    plain_octets(profile, plain);
    GString *out = g_string_sized_new(text.n + text.n / 8 + 64);
    for (size_t pos = 0; pos < text.n;) {
        size_t end = span_search(text, SPAN_LIT("\r\n"), pos);
        encode_line(span_of(text.p + pos, end - pos), profile, plain, out);
        if (end < text.n)
            g_string_append_len(out, "\r\n", 2);
        pos = end + 2;
    }
    return out;
}

GString *base64_encode_lines(Span octets, size_t width, bool final_end)
{
    g_autofree char *all = bytes_base64((const uint8_t *)octets.p, octets.n);
    size_t n = strlen(all);
    GString *out = g_string_sized_new(n + n / width * 2 + 4);
    for (size_t i = 0; i < n; i += width) {
        g_string_append_len(out, all + i, (gssize)MIN(width, n - i));
        if (i + width < n || final_end)
            g_string_append_len(out, "\r\n", 2);
    }
    return out;
}
