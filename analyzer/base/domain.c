#include "analyzer/base/domain.h"

#include <idn2.h>
#include <string.h>

enum {
    NAME_LIMIT = 253,
    LABEL_LIMIT = 63,
    INPUT_LIMIT = 2048, /* octets of U-labels that could still give 253 of A-labels, generously */
};

static bool is_ascii(Span name)
{
    for (size_t i = 0; i < name.n; i++)
        if ((unsigned char)name.p[i] >= 0x80)
            return false;
    return true;
}

/* Four labels of digits only are an IPv4 address, whole or mistyped. Fewer are not: selectors like
 * "2024" exist. */
static bool is_dotted_quad(const char *name)
{
    return strspn(name, "0123456789.") == strlen(name) && domain_labels(name) == 4;
}

static bool is_normal(const char *name)
{
    size_t n = strlen(name), label = 0;
    if (n == 0 || n > NAME_LIMIT)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = name[i];
        if (c == '.') {
            if (label == 0)
                return false;
            label = 0;
            continue;
        }
        if (!g_ascii_islower(c) && !g_ascii_isdigit(c) && c != '-' && c != '_')
            return false;
        if (++label > LABEL_LIMIT)
            return false;
    }
    return label > 0 && !is_dotted_quad(name);
}

/* Names in ASCII are not sent through IDNA: it refuses labels that stand in DNS (emoji) and alters
 * others. */
static char *to_ascii(Span name)
{
    if (is_ascii(name))
        return g_ascii_strdown(name.p, (gssize)name.n);
    if (!g_utf8_validate(name.p, (gssize)name.n, NULL))
        return NULL;
    g_autofree char *copy = span_dup(name);
    char *converted = NULL;
    if (idn2_to_ascii_8z(copy, &converted, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT) != IDN2_OK)
        return NULL;
    char *lower = g_ascii_strdown(converted, -1);
    idn2_free(converted);
    return lower;
}

char *domain_normal(Span name)
{
    if (name.n == 0 || name.n > INPUT_LIMIT || span_find(name, '\0', 0) < name.n)
        return NULL;
    g_autofree char *ascii = to_ascii(name);
    if (!ascii)
        return NULL;
    size_t n = strlen(ascii);
    if (n > 0 && ascii[n - 1] == '.')
        ascii[n - 1] = '\0';
    return is_normal(ascii) ? g_steal_pointer(&ascii) : NULL;
}

char *domain_display(const char *name)
{
    if (!strstr(name, "xn--"))
        return g_strdup(name);
    char *converted = NULL;
    if (idn2_to_unicode_8z8z(name, &converted, IDN2_NONTRANSITIONAL) != IDN2_OK)
        return g_strdup(name);
    g_autofree char *unicode = g_strdup(converted);
    idn2_free(converted);
    g_autofree char *back = domain_normal(span_str(unicode));
    return back && strcmp(back, name) == 0 ? g_steal_pointer(&unicode) : g_strdup(name);
}

bool domain_equal(const char *a, const char *b)
{
    return strcmp(a, b) == 0;
}

bool domain_is_at_or_below(const char *name, const char *ancestor)
{
    size_t n = strlen(name), above = strlen(ancestor);
    if (above == 0 || n < above || strcmp(name + n - above, ancestor) != 0)
        return false;
    return n == above || name[n - above - 1] == '.';
}

const char *domain_parent(const char *name)
{
    const char *dot = strchr(name, '.');
    return dot ? dot + 1 : NULL;
}

size_t domain_labels(const char *name)
{
    size_t labels = *name ? 1 : 0;
    for (; *name; name++)
        labels += *name == '.';
    return labels;
}

char *domain_of_address(Span addr_spec)
{
    for (size_t i = addr_spec.n; i > 0; i--)
        if (addr_spec.p[i - 1] == '@')
            return domain_normal(span_trim(span_from(addr_spec, i)));
    return NULL;
}

char *domain_organizational_psl(const psl_ctx_t *psl, const char *name)
{
    return g_strdup(psl_registrable_domain(psl, name));
}
