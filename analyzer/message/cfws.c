#include "analyzer/message/cfws.h"

#include <string.h>

/* Offset after the quoted string that opens at `at`, or 0 when it is not closed. */
static size_t quoted_end(Span text, size_t at)
{
    for (size_t i = at + 1; i < text.n; i++) {
        if (text.p[i] == '\\')
            i++;
        else if (text.p[i] == '"')
            return i + 1;
    }
    return 0;
}

Cfws cfws_scan(Span value)
{
    Cfws cfws = {span_of(value.n > 0 ? value.p : "", MIN(value.n, CFWS_LIMIT)), NULL};
    Span text = cfws.text;
    cfws.end = g_new0(uint32_t, text.n + 1);
    g_autofree uint32_t *open = g_new(uint32_t, text.n + 1);
    size_t depth = 0;
    bool quotes_close = true; /* one unclosed quote means that no later one is closed either */

    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '(') {
            open[depth++] = (uint32_t)i;
        } else if (c == ')' && depth > 0) {
            cfws.end[open[--depth]] = (uint32_t)(i + 1);
        } else if (c == '\\' && depth > 0) {
            i++;
        } else if (c == '"' && depth == 0 && quotes_close) {
            size_t end = quoted_end(text, i);
            quotes_close = end != 0;
            if (quotes_close) {
                cfws.end[i] = (uint32_t)end;
                i = end - 1;
            }
        }
    }
    return cfws;
}

void cfws_clear(Cfws *cfws)
{
    g_clear_pointer(&cfws->end, g_free);
    cfws->text = span_of(NULL, 0);
}

size_t cfws_comment(const Cfws *cfws, size_t at)
{
    return at < cfws->text.n && cfws->text.p[at] == '(' && cfws->end[at] ? cfws->end[at] : at;
}

size_t cfws_quoted(const Cfws *cfws, size_t at)
{
    return at < cfws->text.n && cfws->text.p[at] == '"' && cfws->end[at] ? cfws->end[at] : at;
}

size_t cfws_skip(const Cfws *cfws, size_t at)
{
    while (at < cfws->text.n) {
        size_t next = byte_is_fws(cfws->text.p[at]) ? at + 1 : cfws_comment(cfws, at);
        if (next == at)
            break;
        at = next;
    }
    return at;
}

/* Offset after "<...>", or `at` when it is not closed before a ";" or another "<". */
static size_t path_end(const Cfws *cfws, size_t at)
{
    for (size_t i = at + 1; i < cfws->text.n; i++) {
        size_t quoted = cfws_quoted(cfws, i);
        char c = cfws->text.p[i];
        if (quoted > i)
            i = quoted - 1;
        else if (c == '>')
            return i + 1;
        else if (c == '<' || c == ';')
            break;
    }
    return at;
}

/* Offset after "[...]", or `at`. */
static size_t literal_end(const Cfws *cfws, size_t at)
{
    for (size_t i = at + 1; i < cfws->text.n; i++) {
        char c = cfws->text.p[i];
        if (c == ']')
            return i + 1;
        if (strchr("[();<>", c)) /* NUL ends it as well */
            break;
    }
    return at;
}

static size_t word_end(const Cfws *cfws, size_t at)
{
    Span text = cfws->text;
    while (at < text.n) {
        char c = text.p[at];
        size_t next = at;
        if (byte_is_fws(c) || c == '(' || c == ')' || c == ';')
            break;
        if (c == '"')
            next = cfws_quoted(cfws, at);
        else if (c == '<')
            next = path_end(cfws, at);
        else if (c == '[')
            next = literal_end(cfws, at);
        at = next > at ? next : at + 1;
    }
    return at;
}

CfwsToken cfws_next(const Cfws *cfws, size_t *at)
{
    Span text = cfws->text;
    size_t i = *at;
    /* A parenthesis without its partner says nothing. */
    while (i < text.n && (byte_is_fws(text.p[i]) || text.p[i] == ')' ||
                          (text.p[i] == '(' && cfws_comment(cfws, i) == i)))
        i++;
    CfwsToken token = {CFWS_END, span_of(text.p + i, 0), i, i};
    if (i < text.n && text.p[i] == '(') {
        token.kind = CFWS_COMMENT;
        token.end = cfws_comment(cfws, i);
        token.text = span_of(text.p + i + 1, token.end - i - 2);
    } else if (i < text.n && text.p[i] == ';') {
        token.kind = CFWS_SEMICOLON;
        token.end = i + 1;
    } else if (i < text.n) {
        token.kind = CFWS_WORD;
        token.end = word_end(cfws, i);
        token.text = span_of(text.p + i, token.end - i);
    }
    *at = token.end;
    return token;
}

char *cfws_text(Span inside)
{
    Span text = span_trim(inside);
    GString *out = g_string_sized_new(text.n + 1);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (byte_is_fws(c)) {
            if (out->len > 0 && out->str[out->len - 1] != ' ')
                g_string_append_c(out, ' ');
        } else if (c == '\\' && i + 1 < text.n) {
            g_string_append_c(out, text.p[++i]);
        } else if (c != '\0') {
            g_string_append_c(out, c);
        }
    }
    return g_string_free(out, FALSE);
}
