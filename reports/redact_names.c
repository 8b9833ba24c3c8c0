/* SPF macros put the sender's local part, and the HELO name, into names that are asked in DNS (RFC
 * 7208 §7): what was put there is taken out again, the rest of the name stays. */
#include "reports/mask.h"
#include "reports/node.h"
#include "reports/redact_internal.h"

#include <string.h>

/* What a macro without transformers stands for, where that may be told. */
typedef struct MacroValues {
    const char *record_domain; /* %{d} */
    const char *sender_domain; /* %{o} */
    const char *helo;          /* %{h}; NULL when it is no public name */
    const char *ip;            /* %{i}, %{c}; NULL for IPv6, which is written otherwise */
    char *ip_reversed;         /* %{ir} */
} MacroValues;

typedef struct Names {
    Redaction *redaction;
    MacroValues values;
} Names;

static bool is_secret_letter(char c)
{
    return c == 'l' || c == 's' || c == 'h';
}

/* Octets of the macro at the start of spec, or of one literal octet. */
static size_t piece_length(Span spec)
{
    if (spec.n >= 2 && spec.p[0] == '%' && spec.p[1] == '{') {
        size_t end = span_find(spec, '}', 2);
        return end < spec.n ? end + 1 : spec.n;
    }
    return spec.n >= 2 && spec.p[0] == '%' ? 2 : 1;
}

static bool has_secret(Span spec)
{
    for (size_t i = 0; i + 2 < spec.n; i += piece_length(span_from(spec, i))) {
        if (spec.p[i] == '%' && spec.p[i + 1] == '{' &&
            is_secret_letter(g_ascii_tolower(spec.p[i + 2])))
            return true;
    }
    return false;
}

/* Empty when it may not be told, or is not known. */
static Span value_of(const MacroValues *values, Span piece)
{
    if (piece.p[0] != '%')
        return piece;
    const struct {
        const char *macro, *value;
    } known[] = {
        {"%{d}", values->record_domain},
        {"%{o}", values->sender_domain},
        {"%{h}", values->helo},
        {"%{i}", values->ip},
        {"%{c}", values->ip},
        {"%{ir}", values->ip_reversed},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++) {
        if (span_is_nocase(piece, known[i].macro))
            return span_str(known[i].value);
    }
    return span_is_nocase(piece, "%{v}") && values->ip != NULL ? SPAN_LIT("in-addr") : SPAN_LIT("");
}

/* Octets at the start of target that the first pieces of spec explain; *used is how much of spec.
 */
static size_t explained_start(const MacroValues *values, Span spec, Span target, size_t *used)
{
    size_t at = 0;
    for (*used = 0; *used < spec.n;) {
        size_t n = piece_length(span_from(spec, *used));
        Span value = value_of(values, span_of(spec.p + *used, n));
        if (value.n == 0 || at + value.n > target.n ||
            !span_equal_nocase(value, span_of(target.p + at, value.n)))
            break;
        at += value.n;
        *used += n;
    }
    return at;
}

/* The same from the end, over what is left of both. */
static size_t explained_end(const MacroValues *values, Span spec, Span target)
{
    g_autoptr(GArray) starts = g_array_new(FALSE, FALSE, sizeof(size_t));
    for (size_t i = 0; i < spec.n; i += piece_length(span_from(spec, i)))
        g_array_append_val(starts, i);
    size_t at = target.n, end = spec.n;
    for (guint k = starts->len; k > 0; k--) {
        size_t start = g_array_index(starts, size_t, k - 1);
        Span value = value_of(values, span_of(spec.p + start, end - start));
        if (value.n == 0 || value.n > at ||
            !span_equal_nocase(value, span_of(target.p + at - value.n, value.n)))
            break;
        at -= value.n;
        end = start;
    }
    return at;
}

/* A known local part or host as everywhere, else x and 0; dots stay, so that labels can be counted.
 */
static void append_secret(Redaction *redaction, Span secret, GString *out)
{
    if (pseudonyms_know(redaction->pseudonyms, PSEUDONYM_USER, secret))
        pseudonyms_append(redaction->pseudonyms, PSEUDONYM_USER, secret, secret.n, out);
    else if (pseudonyms_know(redaction->pseudonyms, PSEUDONYM_HOST, secret))
        pseudonyms_append(redaction->pseudonyms, PSEUDONYM_HOST, secret, secret.n, out);
    else
        mask_append(out, secret);
}

static void learn_name(Names *names, Span spec, const char *text)
{
    g_autofree char *lower = g_ascii_strdown(text, -1);
    Span target = span_str(lower);
    size_t used = 0;
    size_t start = explained_start(&names->values, spec, target, &used);
    size_t end =
        start + explained_end(&names->values, span_from(spec, used), span_from(target, start));
    if (end <= start)
        return;
    GString *made = g_string_new_len(target.p, (gssize)start);
    append_secret(names->redaction, span_of(target.p + start, end - start), made);
    g_string_append_len(made, target.p + end, (gssize)(target.n - end));
    g_hash_table_insert(names->redaction->names, g_steal_pointer(&lower),
                        g_string_free(made, FALSE));
}

static void learn_terms(Names *names, const xmlNode *record)
{
    for (; record != NULL; record = node_next(record)) {
        for (const xmlNode *term = node_path(record, "terms", "term"); term != NULL;
             term = node_next(term)) {
            Span text = span_str(node_child_value(term, "text"));
            size_t colon = MIN(span_find(text, ':', 0), span_find(text, '=', 0));
            Span spec = span_from(text, colon + 1);
            const char *target = node_child_value(term, "target");
            names->values.record_domain = node_get(record, "domain");
            if (target[0] != '\0' && has_secret(spec))
                learn_name(names, spec, target);
            learn_terms(names, node_child(term, "spf-record"));
        }
    }
}

static char *reversed(const char *ip)
{
    g_auto(GStrv) parts = g_strsplit(ip, ".", 0);
    g_autoptr(GString) out = g_string_new(NULL);
    for (size_t i = g_strv_length(parts); i > 0; i--)
        g_string_append_printf(out, "%s%s", out->len > 0 ? "." : "", parts[i - 1]);
    return g_strdup(out->str);
}

void redact_learn_names(Redaction *redaction, const xmlNode *report)
{
    const xmlNode *spf = node_child(report, "spf"), *identities = node_child(report, "identities");
    const char *ip = node_child_value(node_child(identities, "client-ip"), "value");
    const char *helo = node_child_value(node_child(identities, "helo"), "value");
    bool is_v4 = ip[0] != '\0' && strchr(ip, ':') == NULL;
    Names names = {
        .redaction = redaction,
        .values = {.sender_domain = node_get(node_child(identities, "mail-from"), "domain"),
                   .helo = redact_is_public_host(span_str(helo)) ? helo : NULL,
                   .ip = is_v4 ? ip : NULL,
                   .ip_reversed = is_v4 ? reversed(ip) : NULL}};
    learn_terms(&names, node_path(spf, "spf-mail-from", "spf-record"));
    learn_terms(&names, node_path(spf, "spf-helo", "spf-record"));
    learn_terms(&names, node_path(spf, "survey", "spf-record"));
    g_free(names.values.ip_reversed);
}
