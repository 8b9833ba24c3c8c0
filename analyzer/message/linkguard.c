#include "analyzer/message/linkguard.h"

#include <string.h>

/* --- octets --- */

static void append_percent_decoded(GString *out, Span text)
{
    for (size_t i = 0; i < text.n; i++) {
        int high = text.p[i] == '%' && i + 2 < text.n ? g_ascii_xdigit_value(text.p[i + 1]) : -1;
        int low = high >= 0 ? g_ascii_xdigit_value(text.p[i + 2]) : -1;
        if (low >= 0) {
            g_string_append_c(out, (char)(high << 4 | low));
            i += 2;
        } else {
            g_string_append_c(out, text.p[i]);
        }
    }
}

/* RFC 4648 §5 or §4, padding optional. */
static GByteArray *from_base64url(Span text)
{
    g_autoptr(GString) standard = g_string_sized_new(text.n + 4);
    for (size_t i = 0; i < text.n && text.p[i] != '='; i++)
        g_string_append_c(standard, text.p[i] == '-' ? '+' : text.p[i] == '_' ? '/' : text.p[i]);
    GByteArray *out;
    return bytes_base64_decode(span_of(standard->str, standard->len), &out) ? out : NULL;
}

static bool is_address(Span text)
{
    return (span_starts_nocase(text, "http://") && text.n > 7) ||
           (span_starts_nocase(text, "https://") && text.n > 8) ||
           (span_starts_nocase(text, "mailto:") && text.n > 7);
}

static bool ends_nocase(Span text, const char *end)
{
    size_t n = strlen(end);
    return text.n >= n && span_equal_nocase(span_from(text, text.n - n), span_of(end, n));
}

Span linkguard_host(Span url)
{
    size_t start = span_search(url, SPAN_LIT("://"), 0);
    if (start == url.n) {
        start = span_find(url, '@', 0);
        start = span_starts_nocase(url, "mailto:") && start < url.n ? start + 1 : url.n;
    } else {
        start += 3;
    }
    Span rest = span_from(url, start);
    size_t end = 0;
    while (end < rest.n && !strchr("/?#:&", rest.p[end]) && rest.p[end])
        end++;
    return span_of(rest.p, end);
}

/* --- parameters --- */

/* The value of "name=" in the query; empty when absent. */
static Span query_value(Span url, const char *name)
{
    size_t length = strlen(name);
    for (size_t pos = span_find(url, '?', 0); pos < url.n;) {
        Span rest = span_from(url, pos + 1);
        size_t end = 0;
        while (end < rest.n && rest.p[end] != '&')
            end++;
        if (end > length && rest.p[length] == '=' &&
            span_equal_nocase(span_of(rest.p, length), span_str(name)))
            return span_of(rest.p + length + 1, end - length - 1);
        pos += 1 + end;
    }
    return (Span){"", 0};
}

/* An address, percent-encoded or in base64. */
static bool read_value(Span value, GString *out)
{
    gsize before = out->len;
    append_percent_decoded(out, value);
    if (is_address(span_of(out->str + before, out->len - before)))
        return true;
    g_autoptr(GString) encoded = g_string_new(out->str + before);
    g_string_truncate(out, before);
    g_autoptr(GByteArray) octets = from_base64url(span_of(encoded->str, encoded->len));
    if (!octets || !is_address(span_of((const char *)octets->data, octets->len)))
        return false;
    g_string_append_len(out, (const char *)octets->data, (gssize)octets->len);
    return true;
}

/* --- Proofpoint --- */

/* v2: "-" for "%" and "_" for "/", then percent-encoding. */
static bool undo_proofpoint2(Span url, GString *out)
{
    g_autofree char *value = span_dup(query_value(url, "u"));
    for (char *c = value; *c; c++)
        *c = *c == '-' ? '%' : *c == '_' ? '/' : *c;
    return *value && read_value(span_str(value), out);
}

/* What stands for one octet or a run in a v3 address: "*" one, "**X" so many as X says. Returns the
 * octets of `token`. */
static size_t v3_run(Span url, size_t at, size_t *characters)
{
    static const char lengths[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const char *found =
        at + 2 < url.n && url.p[at + 1] == '*' ? memchr(lengths, url.p[at + 2], 64) : NULL;
    *characters = found ? (size_t)(found - lengths) + 2 : 1;
    return found ? 3 : 1;
}

static void append_characters(GString *out, const GByteArray *from, guint *at, size_t characters)
{
    while (characters > 0 && *at < from->len) {
        g_string_append_c(out, (char)from->data[(*at)++]);
        if (*at == from->len || (from->data[*at] & 0xC0) != 0x80) /* UTF-8: a character ends here */
            characters--;
    }
}

/* v3: "v3/__ADDRESS__;OCTETS!..."; octets that stand for the "*" of the address, in base64. */
static bool undo_proofpoint3(Span url, GString *out)
{
    size_t start = span_search(url, SPAN_LIT("/v3/__"), 0);
    size_t end = start < url.n ? span_search(url, SPAN_LIT("__;"), start + 6) : url.n;
    if (end == url.n)
        return false;
    Span address = span_of(url.p + start + 6, end - start - 6);
    size_t bang = span_find(url, '!', end);
    g_autoptr(GByteArray) octets = from_base64url(span_of(url.p + end + 3, bang - end - 3));
    guint used = 0;
    gsize before = out->len;
    for (size_t i = 0; i < address.n;) {
        if (address.p[i] != '*' || !octets) {
            g_string_append_c(out, address.p[i++]);
            continue;
        }
        size_t characters;
        i += v3_run(address, i, &characters);
        append_characters(out, octets, &used, characters);
    }
    /* "https:/host": the second slash is sometimes lost. */
    const char *scheme = strstr(out->str + before, ":/");
    if (scheme && scheme[2] != '/' && scheme[2])
        g_string_insert(out, scheme - out->str + 2, "/");
    return is_address(span_of(out->str + before, out->len - before));
}

/* --- addresses in the path --- */

/* "/v2/___https://host/path___.TOKEN" */
static bool undo_underscores(Span url, GString *out)
{
    size_t start = span_search(url, SPAN_LIT("___"), 0);
    size_t end = start < url.n ? span_search(url, SPAN_LIT("___"), start + 3) : url.n;
    if (end == url.n || !is_address(span_of(url.p + start + 3, end - start - 3)))
        return false;
    g_string_append_len(out, url.p + start + 3, (gssize)(end - start - 3));
    return true;
}

/* The rest of the path from a segment on that is an encoded address, or a segment in base64. */
static bool undo_segment(Span url, GString *out)
{
    enum { ENCODED_MAX = 8 };
    size_t at = span_search(url, SPAN_LIT("://"), 0), encoded = 0;
    for (at = MIN(at + 3, url.n); (at = span_find(url, '/', at)) < url.n && encoded < ENCODED_MAX;
         at++) {
        Span rest = span_from(url, at + 1);
        bool percent = span_starts_nocase(rest, "http%3a") || span_starts_nocase(rest, "https%3a");
        bool plain = span_starts_nocase(rest, "http://") || span_starts_nocase(rest, "https://");
        bool base64 = rest.n > 12 && memcmp(rest.p, "aHR0c", 5) == 0;
        if (plain) {
            g_string_append_len(out, rest.p, (gssize)rest.n);
            return true;
        }
        if (!percent && !base64)
            continue;
        encoded++;
        size_t end = 0;
        while (end < rest.n && (percent ? rest.p[end] != '?' : !strchr("/?&", rest.p[end])))
            end++;
        if (read_value(span_of(rest.p, end), out))
            return true;
    }
    return false;
}

/* Any parameter whose value is an address; the longest, for a tracker may add one of its own. */
static bool undo_any_parameter(Span url, GString *out)
{
    g_autoptr(GString) best = g_string_new(NULL);
    for (size_t pos = span_find(url, '?', 0); pos < url.n;) {
        Span rest = span_from(url, pos + 1);
        size_t end = span_find(rest, '&', 0), equals = span_find(span_of(rest.p, end), '=', 0);
        g_autoptr(GString) value = g_string_new(NULL);
        if (equals < end && end - equals > 10 &&
            read_value(span_of(rest.p + equals + 1, end - equals - 1), value) &&
            value->len > best->len)
            g_string_assign(best, value->str);
        pos += 1 + end;
    }
    g_string_append_len(out, best->str, (gssize)best->len);
    return best->len > 0;
}

/* --- who --- */

typedef enum Rule {
    RULE_PARAMETER,
    RULE_PROOFPOINT2,
    RULE_PROOFPOINT3,
    RULE_SEGMENT,
    RULE_UNDERSCORES
} Rule;

static const struct Service {
    const char *product;
    const char *host; /* end of the host name */
    const char *path; /* begin of what follows it, or "" */
    Rule rule;
    const char *parameter;
} services[] = {
    {"Microsoft Safe Links", "safelinks.protection.outlook.com", "", RULE_PARAMETER, "url"},
    {"Microsoft Safe Links", "safelinks.protection.office365.us", "", RULE_PARAMETER, "url"},
    {"Microsoft Safe Links", "safelinks.o365.cn", "", RULE_PARAMETER, "url"},
    {"Proofpoint URL Defense", "urldefense.proofpoint.com", "/v1", RULE_PARAMETER, "u"},
    {"Proofpoint URL Defense", "urldefense.proofpoint.com", "/v2", RULE_PROOFPOINT2, ""},
    {"Proofpoint URL Defense", "urldefense.proofpoint.com", "/v3", RULE_PROOFPOINT3, ""},
    {"Proofpoint URL Defense", "urldefense.com", "/v3", RULE_PROOFPOINT3, ""},
    {"Proofpoint URL Defense", "urldefense.com", "/v2", RULE_PROOFPOINT2, ""},
    {"Proofpoint URL Defense", "urldefense.us", "/v3", RULE_PROOFPOINT3, ""},
    {"Proofpoint URL Defense", "urldefense.us", "/v2", RULE_PROOFPOINT2, ""},
    {"Barracuda Link Protection", "linkprotect.cudasvc.com", "", RULE_PARAMETER, "a"},
    {"Cisco Secure Email", "secure-web.cisco.com", "", RULE_SEGMENT, ""},
    {"Symantec Click-time Protection", "clicktime.symantec.com", "", RULE_PARAMETER, "u"},
    {"Symantec Click-time Protection", "clicktime.cloud.postoffice.net", "", RULE_PARAMETER, "u"},
    {"Sophos Time-of-Click", "protection.sophos.com", "", RULE_PARAMETER, "u"},
    {"Trend Micro Time-of-Click", "trendmicro.com", "", RULE_PARAMETER, "url"},
    {"Trellix URL Defense", "fireeye.com", "", RULE_PARAMETER, "u"},
    {"Trellix URL Defense", "trellix.com", "", RULE_PARAMETER, "u"},
    {"Check Point Harmony", "avanan.click", "", RULE_UNDERSCORES, ""},
    {"Check Point Harmony", "checkpoint.com", "", RULE_UNDERSCORES, ""},
    {"Bitdefender Link Scan", "linkscan.io", "", RULE_SEGMENT, ""},
    {"Perception Point URL Sand", "urlsand.com", "", RULE_PARAMETER, "u"},
    {"URL Sand", "urlsand.esvalabs.com", "", RULE_PARAMETER, "u"},
    {"TitanHQ Link Lock", "linklock.titanhq.com", "", RULE_PARAMETER, "url"},
    {"AppRiver Edge Pilot", "link.edgepilot.com", "", RULE_PARAMETER, "u"},
    {"Google redirect", "www.google.com", "/url", RULE_PARAMETER, "q"},
    {"Google redirect", "www.google.com", "/url", RULE_PARAMETER, "url"},
};

static bool host_is(Span host, const char *end)
{
    size_t n = strlen(end);
    return ends_nocase(host, end) &&
           (host.n == n || host.p[host.n - n - 1] == '.' || host.p[host.n - n - 1] == '-');
}

static bool undo_by(const struct Service *service, Span url, GString *out)
{
    switch (service->rule) {
    case RULE_PARAMETER: {
        Span value = query_value(url, service->parameter);
        return value.n > 0 && read_value(value, out);
    }
    case RULE_PROOFPOINT2:
        return undo_proofpoint2(url, out);
    case RULE_PROOFPOINT3:
        return undo_proofpoint3(url, out);
    case RULE_SEGMENT:
        return undo_segment(url, out);
    case RULE_UNDERSCORES:
        return undo_underscores(url, out);
    }
    g_return_val_if_reached(false);
}

bool linkguard_undo(Span url, GString *out, const char **product)
{
    if (url.n > LINKGUARD_MAX_URL || !is_address(url) || memchr(url.p, '\0', url.n))
        return false;
    gsize before = out->len;
    Span host = linkguard_host(url), path = span_from(url, (size_t)(host.p + host.n - url.p));
    for (size_t i = 0; i < G_N_ELEMENTS(services); i++) {
        const struct Service *service = &services[i];
        if (!host_is(host, service->host) || !span_starts_nocase(path, service->path))
            continue;
        *product = service->product;
        if (undo_by(service, url, out))
            return true;
        g_string_truncate(out, before);
    }
    *product = "redirect";
    bool (*const others[])(Span, GString *) = {undo_any_parameter, undo_proofpoint3,
                                               undo_underscores, undo_segment};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (others[i](url, out))
            return true;
        g_string_truncate(out, before);
    }
    return false;
}

const char *linkguard_opaque(Span url)
{
    static const struct {
        const char *product, *host, *path;
    } keepers[] = {
        {"Mimecast", "mimecast.com", "/s/"},
        {"Mimecast", "mimecast.com", "/r/"},
        {"Mimecast", "mimecastprotect.com", "/s/"},
        {"Mimecast", "mimecastprotect.com", "/r/"},
        {"Mimecast", "mimecastprotect.com", "/l/"},
        {"Cisco Secure Email", "secure-web.cisco.com", ""},
        {"Hornetsecurity", "atpscan.global.hornetsecurity.com", ""},
        {"Vade", "vadesecure.com", ""},
        {"Fortinet", "fortimailcloud.com", ""},
        {"Trend Micro", "trendmicro.com", "/wis"},
        {"Proofpoint", "urldefense.com", "/v"},
        {"Proofpoint", "urldefense.proofpoint.com", ""},
        {"Proofpoint", "ppe-hosted.com", ""},
    };
    Span host = linkguard_host(url);
    if (host.n == 0)
        return NULL;
    Span path = span_from(url, (size_t)(host.p + host.n - url.p));
    for (size_t i = 0; i < G_N_ELEMENTS(keepers); i++)
        if (host_is(host, keepers[i].host) && span_starts_nocase(path, keepers[i].path))
            return keepers[i].product;
    return NULL;
}
