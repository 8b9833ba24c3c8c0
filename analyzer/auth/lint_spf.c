/* lint_spf.c - remarks on a v=spf1 record (RFC 7208), term by term. */
#include "analyzer/auth/lint.h"
#include "analyzer/auth/spf_internal.h"

#include <string.h>

static const char *const mechanisms[] = {"include", "a",   "mx",     "ptr",
                                         "ip4",     "ip6", "exists", "all"};

static bool is_mechanism(Span name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(mechanisms); i++)
        if (span_is_nocase(name, mechanisms[i]))
            return true;
    return false;
}

/* "ip4:" or "ip6:" for an address or network in the family's own notation; NULL when it is none. */
static const char *family_of(Span network)
{
    g_autofree char *text = span_dup(network);
    char *slash = strchr(text, '/');
    if (slash)
        *slash = '\0';
    SpfIp ip;
    if (!spf_ip_parse(text, false, &ip))
        return NULL;
    return ip.v6 ? "ip6:" : "ip4:";
}

/* What an invalid term was certainly meant to be, as a term that the parser takes; NULL otherwise.
 * An address says of itself that it is one, whatever stands before it. */
static char *meant(const SpfTerm *term)
{
    Span text = term->text;
    bool qualified = text.n > 0 && strchr("+-~?", text.p[0]);
    Span rest = span_from(text, qualified);
    size_t colon = MIN(span_find(rest, ':', 0), span_find(rest, '=', 0));
    Span value = span_from(rest, colon + 1);
    const char *family = family_of(rest);
    if (family)
        value = rest; /* the mechanism is missing altogether */
    else if (colon < rest.n)
        family = family_of(value);
    if (!family)
        return NULL;
    g_autofree char *network = span_dup(value);
    g_autofree char *better =
        g_strdup_printf("%.*s%s%s", qualified ? 1 : 0, text.p, family, network);
    g_autofree char *whole = g_strconcat("v=spf1 ", better, NULL);
    SpfRecord *parsed = spf_record_parse("example.com", span_str(whole));
    bool good = parsed->problem == SPF_OK && parsed->n == 1;
    spf_record_free(parsed);
    return good ? g_steal_pointer(&better) : NULL;
}

/* "ip4=192.0.2.1" for "ip4:192.0.2.1". */
static void check_modifier(Lint *lint, const SpfTerm *term)
{
    size_t equals = span_find(term->text, '=', 0);
    Span name = span_of(term->text.p, equals);
    if (!is_mechanism(name)) {
        lint_note(lint, LINT_SPF_UNKNOWN_MODIFIER, term->offset, term->text.n, NULL);
        return;
    }
    char *better = span_dup(term->text);
    better[equals] = ':';
    lint_note(lint, LINT_SPF_MECHANISM_AS_MODIFIER, term->offset, term->text.n, better);
}

static bool is_private(const SpfIp *ip)
{
    static const char *const networks[] = {"10.0.0.0/8",  "172.16.0.0/12",  "192.168.0.0/16",
                                           "127.0.0.0/8", "169.254.0.0/16", "100.64.0.0/10",
                                           "::1/128",     "fe80::/10",      "fc00::/7"};
    for (size_t i = 0; i < G_N_ELEMENTS(networks); i++) {
        SpfIp network;
        unsigned prefix;
        if (spf_network_parse(networks[i], &network, &prefix) &&
            spf_ip_within(ip, &network, prefix))
            return true;
    }
    return false;
}

/* term->network has the host bits cleared; term->text is as written. */
static void check_network(Lint *lint, const SpfTerm *term)
{
    size_t colon = span_find(term->text, ':', 0), slash = span_find(term->text, '/', 0);
    g_autofree char *written =
        g_strndup(term->text.p + colon + 1, MIN(slash, term->text.n) - colon - 1);
    SpfIp ip, network;
    unsigned prefix;
    if (!spf_ip_parse(written, false, &ip) || !term->network ||
        !spf_network_parse(term->network, &network, &prefix))
        return;
    if (memcmp(ip.octets, network.octets, ip.v6 ? 16 : 4) != 0) {
        g_autofree char *better = spf_network_text(&network, prefix);
        lint_note(lint, LINT_SPF_HOST_BITS, term->offset, term->text.n,
                  g_strdup_printf("%.*s%s", (int)(colon + 1), term->text.p, better));
    }
    if (is_private(&ip))
        lint_note(lint, LINT_SPF_PRIVATE_NETWORK, term->offset, term->text.n, NULL);
}

static void check_macro(Lint *lint, const SpfTerm *term)
{
    for (size_t i = span_search(term->text, SPAN_LIT("%{"), 0); i + 2 < term->text.n;
         i = span_search(term->text, SPAN_LIT("%{"), i + 1)) {
        if (g_ascii_tolower(term->text.p[i + 2]) == 'p') {
            lint_note(lint, LINT_SPF_MACRO_P, term->offset + i, 3, NULL);
            return;
        }
    }
}

static void check_repetition(Lint *lint, const SpfRecord *record, size_t index)
{
    const SpfTerm *term = &record->terms[index];
    for (size_t i = 0; i < MIN(index, (size_t)LINT_MAX_TERMS); i++) {
        if (span_equal_nocase(record->terms[i].text, term->text)) {
            lint_note(lint, LINT_SPF_REPEATED, term->offset, term->text.n, NULL);
            return;
        }
    }
}

static void check_term(Lint *lint, const SpfRecord *record, size_t index)
{
    const SpfTerm *term = &record->terms[index];
    switch (term->kind) {
    case SPF_INVALID:
        lint_note(lint, LINT_SPF_INVALID, term->offset, term->text.n, meant(term));
        return;
    case SPF_UNKNOWN_MODIFIER:
        check_modifier(lint, term);
        return;
    case SPF_IP4:
    case SPF_IP6:
        check_network(lint, term);
        break;
    case SPF_ALL:
    case SPF_INCLUDE:
    case SPF_A:
    case SPF_MX:
    case SPF_PTR:
    case SPF_EXISTS:
    case SPF_REDIRECT:
    case SPF_EXP:
        check_macro(lint, term);
        break;
    }
    check_repetition(lint, record, index);
}

Lint *lint_spf(const char *name, Span text)
{
    Lint *lint = lint_new(name, text);
    SpfRecord *record = spf_record_parse(name, text);
    for (size_t i = 0; i < record->n && lint->n < LINT_MAX_REMARKS; i++)
        check_term(lint, record, i);
    if (text.n > LINT_SPF_OCTETS)
        lint_note(lint, LINT_SPF_LONG, LINT_SPF_OCTETS, text.n - LINT_SPF_OCTETS, NULL);
    spf_record_free(record);
    return lint;
}
