#include "analyzer/cause/variants_mailbox.h"

#include <string.h>

enum { PIECE_MAX = 1000 /* octets of a quoted string or comment */ };

/* Past a quoted string, a comment or an encoded-word at i, or one octet further. */
static size_t skip_piece(Span text, size_t i)
{
    char open = text.p[i];
    if (open == '=' && i + 1 < text.n && text.p[i + 1] == '?') {
        size_t charset = span_find(text, '?', i + 2), encoding = span_find(text, '?', charset + 1);
        size_t end = span_search(text, SPAN_LIT("?="), encoding + 1);
        return end < text.n && end - i < 200 ? end + 2 : i + 1;
    }
    if (open != '"' && open != '(')
        return i + 1;
    size_t depth = 0, most = MIN(text.n, i + PIECE_MAX);
    for (size_t at = i; at < most; at++) {
        char c = text.p[at];
        if (c == '\\')
            at++;
        else if (open == '"' && c == '"' && at > i)
            return at + 1;
        else if (open == '(' && c == '(')
            depth++;
        else if (open == '(' && c == ')' && --depth == 0)
            return at + 1;
    }
    return i + 1; /* never closed: an ordinary octet */
}

static Mailbox literal(Span whole)
{
    return (Mailbox){.whole = whole};
}

static Mailbox read_mailbox(Span whole)
{
    Mailbox mailbox = {.whole = whole};
    size_t open = whole.n, close = whole.n, bare = whole.n;
    for (size_t i = 0; i < whole.n;) {
        size_t next = skip_piece(whole, i);
        if (next > i + 1 && whole.p[i] == '(') {
            mailbox.comment = span_of(whole.p + i, next - i);
            bare = MIN(bare, i);
        } else if (next == i + 1 && whole.p[i] == '<' && open == whole.n) {
            open = i;
        } else if (next == i + 1 && whole.p[i] == '>' && open < whole.n) {
            close = i;
        }
        i = next;
    }
    if (open < whole.n && close < whole.n) {
        mailbox.bracketed = true;
        mailbox.name = span_trim(span_of(whole.p, open));
        mailbox.address = span_of(whole.p + open + 1, close - open - 1);
        return mailbox;
    }
    Span address = span_trim(span_of(whole.p, bare));
    if (span_find(address, '@', 0) == address.n || span_find(address, ' ', 0) < address.n)
        return literal(whole);
    mailbox.address = address;
    return mailbox;
}

bool mailboxes_parse(Span flat, GArray *out)
{
    size_t depth = 0, start = 0;
    for (size_t i = 0; i <= flat.n;) {
        char c = i < flat.n ? flat.p[i] : ',';
        if (i < flat.n && c == '<')
            depth = 1;
        else if (i < flat.n && c == '>')
            depth = 0;
        if ((c == ',' && depth == 0) || i == flat.n) {
            Span whole = span_trim(span_of(flat.p + start, i - start));
            if (out->len == MAILBOXES_MAX)
                return false;
            Mailbox mailbox = read_mailbox(whole);
            if (whole.n > 0)
                g_array_append_val(out, mailbox);
            start = i + 1;
        }
        i = i < flat.n ? skip_piece(flat, i) : i + 1;
    }
    return out->len > 0;
}

void mailbox_bare_name(Span name, GString *out)
{
    if (name.n < 2 || name.p[0] != '"' || name.p[name.n - 1] != '"') {
        g_string_append_len(out, name.p, (gssize)name.n);
        return;
    }
    for (size_t i = 1; i + 1 < name.n; i++) {
        if (name.p[i] == '\\' && i + 2 < name.n)
            i++;
        g_string_append_c(out, name.p[i]);
    }
}

bool mailbox_needs_quotes(Span bare, bool atoms_only)
{
    for (size_t i = 0; i < bare.n; i++)
        if (strchr("()<>[]:;@\\,\"", bare.p[i]) || (atoms_only && bare.p[i] == '.'))
            return true;
    return false;
}

void mailbox_quote(Span bare, GString *out)
{
    g_string_append_c(out, '"');
    for (size_t i = 0; i < bare.n; i++) {
        if (bare.p[i] == '"' || bare.p[i] == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, bare.p[i]);
    }
    g_string_append_c(out, '"');
}
