/* Text and HTML of a message. */
#include "reports/mask.h"
#include "reports/redact_internal.h"

#include <string.h>

enum { MAX_HOST = 255, MAX_LOCAL = 256 };

static bool is_in_host(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '.' || c == '_' || (unsigned char)c >= 0x80;
}

static bool is_in_local(char c)
{
    return g_ascii_isalnum(c) || (unsigned char)c >= 0x80 ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c) != NULL);
}

size_t redact_host_length(Span text)
{
    size_t n = 0;
    if (text.n > 0 && text.p[0] == '[') { /* address literal */
        size_t end = span_find(text, ']', 1);
        return end < text.n && redact_is_public_host(span_of(text.p, end + 1)) ? end + 1 : 0;
    }
    while (n < text.n && n < MAX_HOST && is_in_host(text.p[n]))
        n++;
    while (n > 0 && (text.p[n - 1] == '.' || text.p[n - 1] == '-'))
        n--;
    return redact_is_public_host(span_of(text.p, n)) ? n : 0;
}

size_t redact_local_at(Span text, size_t *key, size_t *run)
{
    static const char *const keys[] = {
        "smtp.mailfrom=", "smtp.rcptto=", "header.i=",      "header.from=", "header.sender=",
        "smtp.auth=",     "i=",           "envelope-from=", "from=",        "to=",
        "for=",           "rcpt=",        "identity="};
    size_t n = 0;
    *key = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (span_starts_nocase(text, keys[i]))
            *key = MAX(*key, strlen(keys[i]));
    }
    while (*key + n < text.n && n < MAX_LOCAL && is_in_local(text.p[*key + n]))
        n++;
    *run = *key + n;
    return n > 0 && *run + 1 < text.n && text.p[*run] == '@' ? n : 0;
}

/* Octets of "scheme://" at the start; 0 when there is none. */
static size_t scheme_length(Span text)
{
    static const char *const schemes[] = {"https://", "http://", "ftp://", "//"};
    for (size_t i = 0; i < G_N_ELEMENTS(schemes); i++) {
        if (span_starts_nocase(text, schemes[i]))
            return strlen(schemes[i]);
    }
    return 0;
}

/* An address at the start: its octets are written; 0 when there is none. */
static size_t write_address(Redaction *redaction, Span text, GString *out)
{
    size_t key, run, n = redact_local_at(text, &key, &run);
    if (n == 0)
        return 0;
    Span host = span_from(text, key + n + 1);
    size_t host_n = redact_host_length(host);
    if (host_n == 0)
        return 0;
    mask_append(out, span_of(text.p, key));
    pseudonyms_append(redaction->pseudonyms, PSEUDONYM_USER, span_of(text.p + key, n), n, out);
    g_string_append_c(out, '@');
    redact_value(redaction, REDACT_HOST, span_of(host.p, host_n), out);
    return key + n + 1 + host_n;
}

/* Scheme and host, or "mailto:". */
static size_t write_origin(Redaction *redaction, Span text, GString *out)
{
    if (span_starts_nocase(text, "mailto:")) {
        g_string_append_len(out, text.p, (gssize)strlen("mailto:"));
        return strlen("mailto:");
    }
    size_t scheme = scheme_length(text), host = redact_host_length(span_from(text, scheme));
    /* "https://name@host": what looks like a host is none. */
    if (scheme == 0 || host == 0 || (scheme + host < text.n && strchr("@%", text.p[scheme + host])))
        return 0;
    g_string_append_len(out, text.p, (gssize)scheme);
    redact_value(redaction, REDACT_HOST, span_of(text.p + scheme, host), out);
    return scheme + host;
}

void redact_text(Redaction *redaction, Span raw, GString *out)
{
    size_t done = 0;
    g_autoptr(GString) kept = g_string_new(NULL);
    for (size_t i = 0; i < raw.n;) {
        Span rest = span_from(raw, i);
        char before = i > done ? raw.p[i - 1] : ' ';
        size_t n = g_ascii_isalnum(before) ? 0 : write_origin(redaction, rest, kept);
        if (n == 0 && !is_in_local(before))
            n = write_address(redaction, rest, kept);
        if (n > 0) {
            mask_append(out, span_of(raw.p + done, i - done));
            g_string_append_len(out, kept->str, (gssize)kept->len);
            g_string_truncate(kept, 0);
            done = i + n;
        }
        i += MAX(n, 1);
    }
    mask_append(out, span_from(raw, done));
}

/* --- HTML --- */

static const char *const entities[] = {"&nbsp;", "&amp;", "&lt;", "&gt;", "&quot;"};

static size_t word_length(Span text)
{
    size_t n = 0;
    while (n < text.n && (g_ascii_isalnum(text.p[n]) || text.p[n] == '-'))
        n++;
    return n;
}

/* Where the tag ends that begins at the start of text, ">" included; quotes may hold a ">". 0 when
 * it has no end. */
static size_t tag_length(Span text)
{
    char quote = '\0';
    for (size_t i = 1; i < text.n; i++) {
        char c = text.p[i];
        if (quote != '\0')
            quote = c == quote ? '\0' : quote;
        else if ((c == '"' || c == '\'') && text.p[i - 1] == '=')
            quote = c;
        else if (c == '>')
            return i + 1;
    }
    return 0;
}

/* What follows the element's name. */
static void write_attributes(Redaction *redaction, Span text, GString *out)
{
    for (size_t i = 0; i < text.n;) {
        size_t n = word_length(span_from(text, i));
        Span name = span_of(text.p + i, n);
        if (n > 0 && redact_is_listed(redact_html_attributes, name)) {
            g_string_append_len(out, name.p, (gssize)n);
            i += n;
        }
        size_t end = i;
        while (end < text.n && !byte_is_fws(text.p[end]) && text.p[end] != '"' &&
               text.p[end] != '\'')
            end++;
        if (end < text.n && !byte_is_fws(text.p[end])) { /* a quoted value */
            size_t close = span_find(text, text.p[end], end + 1);
            end = MIN(close + 1, text.n);
        }
        end = MAX(end, MIN(i + 1, text.n));
        redact_text(redaction, span_of(text.p + i, end - i), out);
        i = end;
    }
}

static void write_tag(Redaction *redaction, Span tag, GString *out)
{
    size_t name_at = tag.n > 1 && (tag.p[1] == '/' || tag.p[1] == '!') ? 2 : 1;
    size_t n = word_length(span_from(tag, name_at));
    if (!redact_is_listed(redact_html_elements, span_of(tag.p + name_at, n))) {
        redact_text(redaction, tag, out);
        return;
    }
    g_string_append_len(out, tag.p, (gssize)(name_at + n));
    write_attributes(redaction, span_of(tag.p + name_at + n, tag.n - name_at - n), out);
}

/* Octets of a character reference that tells nothing; 0 when there is none. */
static size_t entity_length(Span text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(entities); i++) {
        if (span_starts_nocase(text, entities[i]))
            return strlen(entities[i]);
    }
    return 0;
}

void redact_html(Redaction *redaction, Span raw, GString *out)
{
    size_t done = 0;
    bool ends = true; /* a tag without an end was not met yet: looking again would be quadratic */
    for (size_t i = 0; i < raw.n;) {
        Span rest = span_from(raw, i);
        size_t entity = raw.p[i] == '&' ? entity_length(rest) : 0;
        size_t tag = raw.p[i] == '<' && ends ? tag_length(rest) : 0;
        ends = ends && (raw.p[i] != '<' || tag > 0);
        if (entity + tag == 0) {
            i++;
            continue;
        }
        redact_text(redaction, span_of(raw.p + done, i - done), out);
        if (tag > 0)
            write_tag(redaction, span_of(raw.p + i, tag), out);
        else
            g_string_append_len(out, raw.p + i, (gssize)entity);
        i += entity + tag;
        done = i;
    }
    redact_text(redaction, span_from(raw, done), out);
}

void redact_as_text(const void *context, Redaction *redaction, Span raw, GString *out)
{
    (void)context;
    redact_text(redaction, raw, out);
}

void redact_as_html(const void *context, Redaction *redaction, Span raw, GString *out)
{
    (void)context;
    redact_html(redaction, raw, out);
}
