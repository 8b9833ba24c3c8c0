/* spf_macro.c - macros: syntax and expansion (RFC 7208 §7). */
#include "analyzer/auth/spf_internal.h"

#include <string.h>

static const char delimiters[] = ".-+,/_=";

/* One macro-expand: "%{" letter digits "r" delimiters "}", "%%", "%_" or "%-". */
typedef struct Macro {
    char letter; /* lower case; '%', '_' and '-' for the three literals */
    bool url;    /* the letter was upper case: URL-escape what comes of it */
    bool reverse;
    size_t keep;   /* parts kept from the right; 0 for all */
    Span split;    /* delimiters given; empty means "." */
    size_t length; /* in the text */
} Macro;

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

/* Reads the macro at the start of text, which is a '%'. */
static const char *parse_macro(Span text, bool in_explanation, Macro *macro)
{
    *macro = (Macro){0};
    if (text.n >= 2 && is_one_of(text.p[1], "%_-")) {
        macro->letter = text.p[1];
        macro->length = 2;
        return NULL;
    }
    if (text.n < 2 || text.p[1] != '{')
        return "a \"%\" that begins no macro";
    size_t i = 2;
    if (i < text.n)
        macro->letter = g_ascii_tolower(text.p[i]);
    if (!is_one_of(macro->letter, "slodiphv") && !is_one_of(macro->letter, "crt"))
        return "a macro letter that does not exist";
    if (is_one_of(macro->letter, "crt") && !in_explanation)
        return "a macro letter that is allowed in explanations only";
    macro->url = g_ascii_isupper(text.p[i]);
    i++;
    size_t digits = i;
    for (; i < text.n && g_ascii_isdigit(text.p[i]); i++)
        macro->keep = MIN(macro->keep * 10 + (size_t)(text.p[i] - '0'), 10000);
    if (i > digits && macro->keep == 0)
        return "a macro that keeps 0 parts";
    if (i < text.n && (text.p[i] == 'r' || text.p[i] == 'R')) {
        macro->reverse = true;
        i++;
    }
    size_t start = i;
    while (i < text.n && is_one_of(text.p[i], delimiters))
        i++;
    if (i >= text.n || text.p[i] != '}')
        return "a macro that does not end in \"}\"";
    macro->split = span_of(text.p + start, i - start);
    macro->length = i + 1;
    return NULL;
}

/* macro-string; *tail is set to what follows the last macro-expand. SP only where an explain-string
 * allows it. */
static const char *macro_string_defect(Span text, bool in_explanation, bool spaces, Span *tail)
{
    *tail = text;
    for (size_t i = 0; i < text.n;) {
        char c = text.p[i];
        if (c == '%') {
            Macro macro;
            const char *defect = parse_macro(span_from(text, i), in_explanation, &macro);
            if (defect != NULL)
                return defect;
            i += macro.length;
            *tail = span_from(text, i);
        } else if ((c >= 0x21 && c <= 0x7e) || (c == ' ' && spaces)) {
            i++;
        } else {
            return "a character that is not printable ASCII";
        }
    }
    return NULL;
}

const char *spf_macro_string_defect(Span text, bool in_explanation)
{
    Span tail;
    return macro_string_defect(text, in_explanation, false, &tail);
}

/* §7.1: letters and digits, one letter at least, or with "-" inside. */
static bool is_toplabel(Span label)
{
    bool letter = false, hyphen = false;
    for (size_t i = 0; i < label.n; i++) {
        letter = letter || g_ascii_isalpha(label.p[i]);
        hyphen = hyphen || label.p[i] == '-';
        if (!g_ascii_isalnum(label.p[i]) && label.p[i] != '-')
            return false;
    }
    return (letter || hyphen) && label.p[0] != '-' && label.p[label.n - 1] != '-';
}

const char *spf_domain_spec_defect(Span text)
{
    Span tail;
    if (text.n == 0)
        return "a domain name is missing";
    const char *defect = macro_string_defect(text, false, false, &tail);
    if (defect != NULL || tail.n == 0)
        return defect;
    if (tail.p[tail.n - 1] == '.')
        tail.n--;
    size_t label = tail.n;
    while (label > 0 && tail.p[label - 1] != '.')
        label--;
    if (label == 0)
        return "a domain name of one label";
    return is_toplabel(span_from(tail, label)) ? NULL : "a domain name that cannot end so";
}

/* §7.3: "p" prefers the domain itself, then a name below it, then any. */
static const char *validated_name(SpfEval *eval, const char *domain)
{
    const GPtrArray *names = spf_validated_names(eval);
    const char *below = NULL;
    g_autofree char *wanted = g_ascii_strdown(domain, -1);
    g_autofree char *suffix = g_strconcat(".", wanted, NULL);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (strcmp(name, wanted) == 0)
            return name;
        if (below == NULL && g_str_has_suffix(name, suffix))
            below = name;
    }
    if (below != NULL)
        return below;
    return names->len > 0 ? g_ptr_array_index(names, 0) : "unknown";
}

/* IPv4 as it is; IPv6 as 32 nibbles with dots between (§7.3, "i"). */
static void append_dotted_ip(const SpfEval *eval, GString *out)
{
    if (!eval->ip.v6) {
        g_string_append(out, eval->ip_text);
        return;
    }
    for (size_t i = 0; i < 16; i++)
        g_string_append_printf(out, "%s%X.%X", i > 0 ? "." : "", (unsigned)eval->ip.octets[i] >> 4,
                               eval->ip.octets[i] & 15U);
}

/* §7.2. False when it is not known: no client address, no HELO, no sender. */
static bool append_value(SpfEval *eval, const char *domain, char letter, GString *out)
{
    if (is_one_of(letter, "ipvc") && !eval->has_ip)
        return false;
    if (is_one_of(letter, "slo") && eval->sender_domain == NULL)
        return false;
    if (letter == 'h' && eval->helo == NULL)
        return false;
    switch (letter) {
    case 's':
        g_string_append(out, eval->local);
        g_string_append_c(out, '@');
        g_string_append(out, eval->sender_domain);
        break;
    case 'l':
        g_string_append(out, eval->local);
        break;
    case 'o':
        g_string_append(out, eval->sender_domain);
        break;
    case 'd':
        g_string_append(out, domain);
        break;
    case 'i':
        append_dotted_ip(eval, out);
        break;
    case 'p':
        g_string_append(out, validated_name(eval, domain));
        break;
    case 'v':
        g_string_append(out, eval->ip.v6 ? "ip6" : "in-addr");
        break;
    case 'h':
        g_string_append(out, eval->helo);
        break;
    case 'c':
        g_string_append(out, eval->ip_text);
        break;
    case 'r':
        g_string_append(out, eval->receiver != NULL ? eval->receiver : "unknown");
        break;
    case 't':
        g_string_append_printf(out, "%" G_GINT64_FORMAT, eval->now_s);
        break;
    default:
        g_return_val_if_reached(false);
    }
    return true;
}

/* Splits, reverses, keeps the right-hand parts and joins with "." (§7.3). */
static GString *transform(const GString *value, const Macro *macro)
{
    Span split = macro->split.n > 0 ? macro->split : SPAN_LIT(".");
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(Span));
    Span part = {value->str, 0};
    for (size_t i = 0; i <= value->len; i++) {
        if (i < value->len && memchr(split.p, value->str[i], split.n) == NULL) {
            part.n++;
            continue;
        }
        g_array_append_val(parts, part);
        part = span_of(value->str + i + 1, 0);
    }
    size_t n = parts->len;
    size_t first = macro->keep > 0 && macro->keep < n ? n - macro->keep : 0;
    GString *out = g_string_new(NULL);
    for (size_t i = first; i < n; i++) {
        Span next = g_array_index(parts, Span, macro->reverse ? n - 1 - i : i);
        if (i > first)
            g_string_append_c(out, '.');
        g_string_append_len(out, next.p, (gssize)next.n);
    }
    return out;
}

static void append_url_escaped(GString *out, const GString *value)
{
    for (size_t i = 0; i < value->len; i++) {
        char c = value->str[i];
        if (g_ascii_isalnum(c) || is_one_of(c, "-._~"))
            g_string_append_c(out, c);
        else
            g_string_append_printf(out, "%%%02X", (unsigned)(unsigned char)c);
    }
}

static bool append_macro(SpfEval *eval, const char *domain, const Macro *macro, GString *out)
{
    switch (macro->letter) {
    case '%':
        g_string_append_c(out, '%');
        return true;
    case '_':
        g_string_append_c(out, ' ');
        return true;
    case '-':
        g_string_append(out, "%20");
        return true;
    default:
        break;
    }
    g_autoptr(GString) value = g_string_new(NULL);
    if (!append_value(eval, domain, macro->letter, value))
        return false;
    eval->macro_spent += value->len;
    g_autoptr(GString) parts = transform(value, macro);
    if (macro->url)
        append_url_escaped(out, parts);
    else
        g_string_append_len(out, parts->str, (gssize)parts->len);
    return true;
}

/* Expands a macro-string whose syntax was checked. False when a value is not known or the budget is
 * spent. */
static bool expand(SpfEval *eval, const char *domain, Span text, GString *out, bool *known)
{
    *known = true;
    for (size_t i = 0; i < text.n;) {
        Macro macro;
        if (text.p[i] != '%') {
            g_string_append_c(out, text.p[i++]);
            continue;
        }
        if (parse_macro(span_from(text, i), true, &macro) != NULL)
            return false;
        eval->macro_spent += macro.length;
        if (eval->macro_spent > SPF_MACRO_BUDGET)
            return false;
        *known = append_macro(eval, domain, &macro, out);
        if (!*known)
            return false;
        i += macro.length;
    }
    return true;
}

char *spf_expand_name(SpfEval *eval, const char *domain, const char *spec, bool *known)
{
    g_autoptr(GString) out = g_string_new(NULL);
    if (!expand(eval, domain, span_str(spec), out, known))
        return NULL;
    if (out->len > 0 && out->str[out->len - 1] == '.')
        g_string_truncate(out, out->len - 1);
    const char *name = out->str;
    while (name != NULL && out->len - (size_t)(name - out->str) > SPF_MAX_NAME) {
        const char *dot = strchr(name, '.');
        name = dot != NULL ? dot + 1 : NULL;
    }
    return name != NULL && *name != '\0' ? g_strdup(name) : NULL;
}

char *spf_expand_explanation(SpfEval *eval, const char *domain, Span text)
{
    Span tail;
    bool known;
    if (macro_string_defect(text, true, true, &tail) != NULL)
        return NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    if (!expand(eval, domain, text, out, &known))
        return NULL;
    for (size_t i = 0; i < out->len; i++)
        if (out->str[i] < 0x20 || out->str[i] > 0x7e)
            return NULL;
    return g_string_free(g_steal_pointer(&out), FALSE);
}
