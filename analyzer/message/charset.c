#include "analyzer/message/charset.h"

#include <string.h>

/* Only what iconv names are made of: "/" in them has a meaning. */
static bool is_name(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++)
        if (!g_ascii_isalnum(name[i]) && !strchr("-_.:+", name[i]))
            return false;
    return n > 0 && n <= 40;
}

bool charset_is_known(const char *name)
{
    if (!is_name(name))
        return false;
    GIConv converter = g_iconv_open("utf-8", name);
    if (converter == (GIConv)-1)
        return false;
    g_iconv_close(converter);
    return true;
}

bool charset_is_single_octet(const char *name)
{
    static const char *const begins[] = {"iso-8859-", "iso8859", "iso_8859-", "windows-125",
                                         "cp125",     "latin",   "koi8"};
    for (size_t i = 0; i < G_N_ELEMENTS(begins); i++)
        if (g_ascii_strncasecmp(name, begins[i], strlen(begins[i])) == 0)
            return true;
    return false;
}

bool charset_is_utf8(Span octets)
{
    const char *end = octets.p;
    if (octets.n == 0 || memchr(octets.p, '\0', octets.n))
        return false;
    g_utf8_validate(octets.p, (gssize)octets.n, &end);
    size_t whole = (size_t)(end - octets.p), rest = octets.n - whole;
    if (rest >= 4 || (rest > 0 && g_utf8_get_char_validated(end, (gssize)rest) != (gunichar)-2))
        return false;
    for (size_t i = 0; i < whole; i++)
        if ((unsigned char)octets.p[i] > 127)
            return true;
    return false;
}

/* The octet of windows-1252 for a character, the five that it has none of taken as they are; 0 when
 * there is none over 127. */
static unsigned char octet_of(gunichar c)
{
    static const gunichar high[32] = {
        0x20ac, 0x81,   0x201a, 0x192,  0x201e, 0x2026, 0x2020, 0x2021, 0x2c6,  0x2030, 0x160,
        0x2039, 0x152,  0x8d,   0x17d,  0x8f,   0x90,   0x2018, 0x2019, 0x201c, 0x201d, 0x2022,
        0x2013, 0x2014, 0x2dc,  0x2122, 0x161,  0x203a, 0x153,  0x9d,   0x17e,  0x178};
    if (c >= 0x80 && c <= 0xff)
        return (unsigned char)c;
    for (unsigned i = 0; i < G_N_ELEMENTS(high); i++)
        if (high[i] == c)
            return (unsigned char)(0x80 + i);
    return 0;
}

static bool continues(unsigned char octet)
{
    return octet >= 0x80 && octet <= 0xbf;
}

/* Leads that stand for Western letters and for typographical quotes and dashes; of others, two
 * proper capitals or a capital before a quotation mark could look the same. */
size_t charset_doubled(const char *text)
{
    size_t count = 0;
    unsigned char before = 0, last = 0;
    for (const char *p = text; *p; p = g_utf8_next_char(p)) {
        gunichar c = g_utf8_get_char(p);
        unsigned char octet = c < 0x80 ? 0 : octet_of(c);
        bool two = (last == 0xc2 || last == 0xc3) && continues(octet);
        bool three = before == 0xe2 && last >= 0x80 && last <= 0x82 && continues(octet);
        count += two || three;
        before = two || three ? 0 : last;
        last = two || three ? 0 : octet;
    }
    return count;
}

char *charset_of_html(Span html)
{
    enum { TOP_OCTETS = 4096, LONGEST = 40 };
    g_autofree char *top =
        g_ascii_strdown(html.p ? html.p : "", (gssize)MIN(html.n, (size_t)TOP_OCTETS));
    for (const char *meta = strstr(top, "<meta"); meta; meta = strstr(meta + 1, "<meta")) {
        size_t n = strcspn(meta, ">");
        g_autofree char *tag = g_strndup(meta, n);
        const char *said = strstr(tag, "charset=");
        if (!said)
            continue;
        said += strlen("charset=");
        said += strspn(said, "\"' ");
        size_t length = strspn(said, "abcdefghijklmnopqrstuvwxyz0123456789-_.:+");
        if (length > 0 && length <= LONGEST)
            return g_strndup(said, length);
    }
    return NULL;
}
