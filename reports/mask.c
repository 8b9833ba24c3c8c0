#include "reports/mask.h"

#include <string.h>

/* By the number of octets; 0 is an octet that is not UTF-8. */
static const char *const stand_ins[] = {"\xF8", "x", "ø", "ẋ", "𝑥"};

static char mask_ascii(char c)
{
    if (g_ascii_isupper(c))
        return 'X';
    if (g_ascii_islower(c))
        return 'x';
    return g_ascii_isdigit(c) ? '0' : c;
}

/* What a reader does not read: spaces, punctuation, and what cannot be seen. */
static bool says_nothing(gunichar c)
{
    switch (g_unichar_type(c)) {
    case G_UNICODE_CONTROL:
    case G_UNICODE_FORMAT:
    case G_UNICODE_CONNECT_PUNCTUATION:
    case G_UNICODE_DASH_PUNCTUATION:
    case G_UNICODE_CLOSE_PUNCTUATION:
    case G_UNICODE_FINAL_PUNCTUATION:
    case G_UNICODE_INITIAL_PUNCTUATION:
    case G_UNICODE_OTHER_PUNCTUATION:
    case G_UNICODE_OPEN_PUNCTUATION:
    case G_UNICODE_LINE_SEPARATOR:
    case G_UNICODE_PARAGRAPH_SEPARATOR:
    case G_UNICODE_SPACE_SEPARATOR:
        return true;
    default:
        return false;
    }
}

void mask_append(GString *out, Span raw)
{
    for (size_t i = 0; i < raw.n;) {
        if ((unsigned char)raw.p[i] < 0x80) {
            g_string_append_c(out, mask_ascii(raw.p[i++]));
            continue;
        }
        gunichar c = g_utf8_get_char_validated(raw.p + i, (gssize)(raw.n - i));
        bool valid = c != (gunichar)-1 && c != (gunichar)-2;
        size_t n = valid ? (size_t)g_unichar_to_utf8(c, NULL) : 0;
        if (valid && says_nothing(c))
            g_string_append_len(out, raw.p + i, (gssize)n);
        else
            g_string_append(out, stand_ins[n]);
        i += MAX(n, 1);
    }
}

void mask_append_filled(GString *out, Span raw)
{
    for (size_t i = 0; i < raw.n; i++)
        g_string_append_c(out, raw.p[i] == '\r' || raw.p[i] == '\n' ? raw.p[i] : 'x');
}
