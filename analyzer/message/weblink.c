#include "analyzer/message/weblink.h"

#include "analyzer/base/domain.h"

#include <gio/gio.h>
#include <string.h>

enum { LONGEST_READ = 4096 }; /* octets of an address that are looked at */

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(word, words[i]) == 0)
            return true;
    return false;
}

/* --- the host --- */

static bool is_internal_address(GInetAddress *address)
{
    static const char *const carrier = "100.64.0.0/10", *const unique = "fc00::/7";
    if (g_inet_address_get_is_loopback(address) || g_inet_address_get_is_site_local(address) ||
        g_inet_address_get_is_link_local(address) || g_inet_address_get_is_any(address))
        return true;
    bool v4 = g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV4;
    g_autoptr(GInetAddressMask) mask =
        g_inet_address_mask_new_from_string(v4 ? carrier : unique, NULL);
    return g_inet_address_mask_matches(mask, address);
}

static bool is_internal_name(const char *host)
{
    static const char *const ends[] = {"localhost", "local", "internal", "lan",
                                       "intranet",  "corp",  "intern",   "localdomain",
                                       "home.arpa", "test",  "invalid"};
    if (!strchr(host, '.'))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(ends); i++)
        if (domain_is_at_or_below(host, ends[i]))
            return true;
    return false;
}

/* A label before the last two: "test.example" may be the name of a magazine. */
static bool is_test_host(const char *host)
{
    static const char *const words[] = {"test",       "tst",     "acc",     "acceptance",
                                        "acceptatie", "staging", "stage",   "dev",
                                        "develop",    "uat",     "sandbox", "preprod"};
    g_auto(GStrv) labels = g_strsplit(host, ".", 0);
    size_t n = g_strv_length(labels);
    for (size_t i = 0; i + 2 < n; i++)
        if (is_one_of(labels[i], words, G_N_ELEMENTS(words)))
            return true;
    return false;
}

static bool is_shortener(const char *host)
{
    static const char *const hosts[] = {"bit.ly",  "tinyurl.com", "goo.gl",  "ow.ly", "is.gd",
                                        "buff.ly", "rebrand.ly",  "cutt.ly", "t.ly",  "shorturl.at",
                                        "tiny.cc", "rb.gy",       "lnkd.in"};
    return is_one_of(host, hosts, G_N_ELEMENTS(hosts));
}

static unsigned host_flags(const char *host)
{
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(host);
    if (address)
        return is_internal_address(address) ? WEBLINK_INTERNAL : WEBLINK_ADDRESS;
    if (is_internal_name(host))
        return WEBLINK_INTERNAL;
    return (is_test_host(host) ? WEBLINK_TEST_HOST : 0u) |
           (is_shortener(host) ? WEBLINK_SHORTENER : 0u);
}

/* Lower case, without brackets, port and final dot; NULL when nothing is left. */
static char *host_of(Span authority)
{
    Span host = authority;
    if (host.n > 0 && host.p[0] == '[') {
        size_t end = span_find(host, ']', 0);
        host = span_of(host.p + 1, end - 1);
    } else {
        host.n = span_find(host, ':', 0);
    }
    while (host.n > 0 && host.p[host.n - 1] == '.')
        host.n--;
    if (host.n == 0 || memchr(host.p, '\0', host.n))
        return NULL;
    g_autofree char *raw = span_dup(host);
    g_autofree char *valid = g_utf8_make_valid(raw, -1);
    return g_utf8_strdown(valid, -1);
}

/* Behind the last "@" of an authority; the whole when there is none. */
static Span without_userinfo(Span authority, bool *credentials)
{
    for (size_t i = authority.n; i-- > 0;) {
        if (authority.p[i] != '@')
            continue;
        *credentials = true;
        return span_from(authority, i + 1);
    }
    *credentials = false;
    return authority;
}

/* --- what stands behind the host --- */

static bool is_secret_name(Span name)
{
    static const char *const words[] = {"token", "access_token", "auth",     "session", "sessionid",
                                        "sid",   "password",     "passwd",   "pwd",     "jwt",
                                        "otp",   "apikey",       "api_key",  "secret",  "ticket",
                                        "reset", "invite",       "signature"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (span_is_nocase(name, words[i]))
            return true;
    return false;
}

static bool has_token(Span rest)
{
    enum { SECRET_OCTETS = 16 };
    size_t at = span_find(rest, '?', 0);
    while (at < rest.n) {
        Span pair = span_from(rest, at + 1);
        pair.n = MIN(span_find(pair, '&', 0), span_find(pair, '#', 0));
        size_t equals = span_find(pair, '=', 0);
        if (equals < pair.n && pair.n - equals > SECRET_OCTETS &&
            is_secret_name(span_of(pair.p, equals)))
            return true;
        at = at + 1 + pair.n;
        if (at >= rest.n || rest.p[at] == '#')
            return false;
    }
    return false;
}

/* Marks that no address has in it by itself. */
static bool has_placeholder(Span address)
{
    static const char *const marks[] = {"{{",   "}}",     "%7B%7B", "%7b%7b", "${",
                                        "$%7B", "%24%7B", "<%",     "*|",     "[["};
    for (size_t i = 0; i < G_N_ELEMENTS(marks); i++)
        if (span_search(address, span_str(marks[i]), 0) < address.n)
            return true;
    return false;
}

static bool is_vector(Span rest)
{
    Span path = span_of(rest.p, MIN(span_find(rest, '?', 0), span_find(rest, '#', 0)));
    return path.n >= 4 && span_is_nocase(span_from(path, path.n - 4), ".svg");
}

static void read_web(WebLink *link, Span rest)
{
    size_t end = 0;
    while (end < rest.n && !strchr("/?#\\", rest.p[end]))
        end++;
    bool credentials;
    Span authority = without_userinfo(span_of(rest.p, end), &credentials);
    link->host = host_of(authority);
    if (!link->host) {
        link->flags |= WEBLINK_RELATIVE; /* "https:///path", "http://" */
        return;
    }
    link->flags |= WEBLINK_WEB | host_flags(link->host);
    if (credentials)
        link->flags |= WEBLINK_CREDENTIALS;
    if (has_token(span_from(rest, end)))
        link->flags |= WEBLINK_TOKEN;
    if (is_vector(span_from(rest, end)))
        link->flags |= WEBLINK_VECTOR;
}

/* Length of a scheme before ":" (RFC 3986 §3.1); 0 when there is none. */
static size_t scheme_length(Span address)
{
    size_t n = 0;
    while (n < address.n &&
           (g_ascii_isalnum(address.p[n]) || (n > 0 && strchr("+-.", address.p[n]))))
        n++;
    return n > 0 && n < address.n && address.p[n] == ':' && g_ascii_isalpha(address.p[0]) ? n : 0;
}

static void read_scheme(WebLink *link, Span address, size_t n)
{
    Span scheme = span_of(address.p, n), rest = span_from(address, n + 1);
    bool plain = span_is_nocase(scheme, "http");
    if (plain || span_is_nocase(scheme, "https")) {
        if (plain)
            link->flags |= WEBLINK_PLAIN;
        size_t slashes = 0;
        while (slashes < rest.n && strchr("/\\", rest.p[slashes]))
            slashes++;
        read_web(link, slashes <= 2 ? span_from(rest, slashes) : span_of(rest.p, 0));
    } else if (span_is_nocase(scheme, "javascript") || span_is_nocase(scheme, "vbscript")) {
        link->flags |= WEBLINK_SCRIPT;
    } else if (span_is_nocase(scheme, "data")) {
        link->flags |= WEBLINK_DATA;
    } else if (span_is_nocase(scheme, "cid")) {
        link->flags |= WEBLINK_CID;
    } else if (span_is_nocase(scheme, "file") || n == 1) {
        link->flags |= WEBLINK_FILE;
    }
}

WebLink weblink_read(Span address)
{
    WebLink link = {0};
    while (address.n > 0 && (unsigned char)address.p[0] <= ' ')
        address = span_from(address, 1);
    while (address.n > 0 && (unsigned char)address.p[address.n - 1] <= ' ')
        address.n--;
    address.n = MIN(address.n, (size_t)LONGEST_READ);
    size_t scheme = scheme_length(address);
    if (has_placeholder(address))
        link.flags |= WEBLINK_PLACEHOLDER;
    else if (address.n == 0 || span_is(address, "#"))
        link.flags |= WEBLINK_EMPTY;
    else if (address.p[0] == '#')
        link.flags |= WEBLINK_FRAGMENT;
    else if (span_starts_nocase(address, "\\\\"))
        link.flags |= WEBLINK_FILE;
    else if (span_starts_nocase(address, "//"))
        read_web(&link, span_from(address, 2));
    else if (scheme > 0)
        read_scheme(&link, address, scheme);
    else
        link.flags |= WEBLINK_RELATIVE;
    return link;
}

void weblink_clear(WebLink *link)
{
    g_free(link->host);
    *link = (WebLink){0};
}

char *weblink_shown_host(Span text)
{
    text = span_trim(text);
    bool scheme = span_starts_nocase(text, "http://") || span_starts_nocase(text, "https://");
    if (!scheme && !span_starts_nocase(text, "www."))
        return NULL;
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] <= ' ')
            return NULL; /* a sentence */
    WebLink link = {0};
    read_web(&link, scheme ? span_from(text, span_find(text, '/', 0) + 2) : text);
    char *host = g_steal_pointer(&link.host);
    g_autofree char *normal = host ? domain_normal(span_str(host)) : NULL;
    if (normal && domain_labels(normal) >= 2 && !(link.flags & WEBLINK_ADDRESS))
        return host;
    g_free(host);
    return NULL;
}

/* The last two labels of a name. */
static const char *end_of(const char *name)
{
    const char *last = strrchr(name, '.');
    if (!last)
        return name;
    for (const char *p = last; p > name; p--)
        if (p[-1] == '.')
            return p;
    return name;
}

bool weblink_same_site(const char *a, const char *b)
{
    return strcmp(end_of(a), end_of(b)) == 0;
}
