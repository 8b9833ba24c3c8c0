/* spf_record.c - reads a v=spf1 record into terms (RFC 7208 §4.5, §4.6, §5, §6, §12). */
#include "analyzer/auth/spf_internal.h"

#include <arpa/inet.h>
#include <string.h>

/* No TXT record is longer than its RDLENGTH can say. */
enum { MAX_RECORD = 65535 };

typedef enum Argument { ARGUMENT_NONE, ARGUMENT_OPTIONAL, ARGUMENT_REQUIRED } Argument;

static const struct Mechanism {
    const char *name;
    SpfTermKind kind;
    Argument domain;
    bool cidr;
} mechanisms[] = {
    {"all", SPF_ALL, ARGUMENT_NONE, false},     {"include", SPF_INCLUDE, ARGUMENT_REQUIRED, false},
    {"a", SPF_A, ARGUMENT_OPTIONAL, true},      {"mx", SPF_MX, ARGUMENT_OPTIONAL, true},
    {"ptr", SPF_PTR, ARGUMENT_OPTIONAL, false}, {"ip4", SPF_IP4, ARGUMENT_REQUIRED, false},
    {"ip6", SPF_IP6, ARGUMENT_REQUIRED, false}, {"exists", SPF_EXISTS, ARGUMENT_REQUIRED, false},
};

static Span span_head(Span a, size_t n)
{
    return span_of(a.p, n < a.n ? n : a.n);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* ip4-cidr-length and ip6-cidr-length without their slashes: no leading zero, at most `max`. */
static bool parse_prefix(Span digits, unsigned max, unsigned *prefix)
{
    uint64_t value = 0;
    if (!span_to_uint64(digits, 3, &value) || value > max || (digits.n > 1 && digits.p[0] == '0'))
        return false;
    *prefix = (unsigned)value;
    return true;
}

/* Takes "/" digits off the end of *text. Nothing is taken when it does not end so. */
static Span take_digits_after_slash(Span *text)
{
    size_t n = text->n;
    while (n > 0 && is_digit(text->p[n - 1]))
        n--;
    if (n == text->n || n == 0 || text->p[n - 1] != '/')
        return (Span){NULL, 0};
    Span digits = span_from(*text, n);
    text->n = n - 1;
    return digits;
}

/* dual-cidr-length at the end of *text, which is shortened by it. */
static const char *parse_dual_cidr(Span *text, SpfTerm *term)
{
    size_t whole = text->n;
    const char *start = text->p;
    Span digits = take_digits_after_slash(text);
    if (digits.p == NULL)
        return NULL;
    if (text->n > 0 && text->p[text->n - 1] == '/') {
        text->n--;
        if (!parse_prefix(digits, 128, &term->prefix6))
            return "the IPv6 prefix length is not a number from 0 to 128";
        digits = take_digits_after_slash(text);
    }
    if (digits.p != NULL && !parse_prefix(digits, 32, &term->prefix4))
        return "the IPv4 prefix length is not a number from 0 to 32";
    term->network = g_strndup(start + text->n, whole - text->n);
    return NULL;
}

/* What follows the name of include, a, mx, ptr and exists. */
static const char *parse_domain_argument(const struct Mechanism *m, Span rest, SpfTerm *term)
{
    if (m->cidr) {
        const char *defect = parse_dual_cidr(&rest, term);
        if (defect != NULL)
            return defect;
    }
    if (rest.n == 0)
        return m->domain == ARGUMENT_REQUIRED ? "a domain name is missing" : NULL;
    if (rest.p[0] != ':')
        return "what follows the name is not allowed there";
    rest = span_from(rest, 1);
    const char *defect = spf_domain_spec_defect(rest);
    if (defect == NULL)
        term->domain_spec = span_dup(rest);
    return defect;
}

/* ":" ip4-network or ip6-network and one prefix length (§5.6). */
static const char *parse_network_argument(Span rest, bool v6, SpfTerm *term)
{
    const char *defect = v6 ? "not an IPv6 network" : "not an IPv4 network";
    if (rest.n < 2 || rest.p[0] != ':')
        return "an address is missing";
    rest = span_from(rest, 1);
    size_t slash = span_find(rest, '/', 0);
    unsigned *prefix = v6 ? &term->prefix6 : &term->prefix4;
    if (slash < rest.n && !parse_prefix(span_from(rest, slash + 1), v6 ? 128 : 32, prefix))
        return v6 ? "the prefix length is not a number from 0 to 128"
                  : "the prefix length is not a number from 0 to 32";
    g_autofree char *address = span_dup(span_head(rest, slash));
    SpfIp ip;
    if (!spf_ip_parse(address, false, &ip) || ip.v6 != v6)
        return defect;
    term->network = spf_network_text(&ip, *prefix);
    return NULL;
}

/* [ qualifier ] mechanism (§4.6.2). */
static const char *parse_directive(SpfTerm *term)
{
    Span rest = term->text;
    if (strchr("+-~?", rest.p[0]) != NULL) {
        term->qualifier = rest.p[0];
        rest = span_from(rest, 1);
    }
    size_t n = 0;
    while (n < rest.n && rest.p[n] != ':' && rest.p[n] != '/')
        n++;
    for (size_t i = 0; i < G_N_ELEMENTS(mechanisms); i++) {
        const struct Mechanism *m = &mechanisms[i];
        if (!span_is_nocase(span_head(rest, n), m->name))
            continue;
        rest = span_from(rest, n);
        term->kind = m->kind;
        if (m->kind == SPF_ALL)
            return rest.n == 0 ? NULL : "\"all\" takes no argument";
        if (m->kind == SPF_IP4 || m->kind == SPF_IP6)
            return parse_network_argument(rest, m->kind == SPF_IP6, term);
        return parse_domain_argument(m, rest, term);
    }
    return "not a mechanism of SPF";
}

/* Length of `name "="` at the start of a modifier (§4.6.1), "=" not counted; 0 when it is none. */
static size_t modifier_name_length(Span text)
{
    if (text.n == 0 || !g_ascii_isalpha(text.p[0]))
        return 0;
    size_t n = 1;
    while (n < text.n && (g_ascii_isalnum(text.p[n]) || strchr("-_.", text.p[n]) != NULL))
        n++;
    return n < text.n && text.p[n] == '=' ? n : 0;
}

static const char *parse_modifier(SpfTerm *term, size_t name_length)
{
    Span name = span_head(term->text, name_length);
    Span value = span_from(term->text, name_length + 1);
    if (span_is_nocase(name, "redirect"))
        term->kind = SPF_REDIRECT;
    else if (span_is_nocase(name, "exp"))
        term->kind = SPF_EXP;
    else
        term->kind = SPF_UNKNOWN_MODIFIER;
    if (term->kind == SPF_UNKNOWN_MODIFIER)
        return spf_macro_string_defect(value, true);
    const char *defect = spf_domain_spec_defect(value);
    if (defect == NULL)
        term->domain_spec = span_dup(value);
    return defect;
}

static const char *parse_term(SpfTerm *term)
{
    for (size_t i = 0; i < term->text.n; i++)
        if (term->text.p[i] < 0x21 || term->text.p[i] > 0x7e)
            return "a character that is not printable ASCII";
    size_t name_length = modifier_name_length(term->text);
    return name_length > 0 ? parse_modifier(term, name_length) : parse_directive(term);
}

static void make_invalid(SpfTerm *term, const char *why)
{
    term->kind = SPF_INVALID;
    term->problem = SPF_PROBLEM_SYNTAX;
    g_clear_pointer(&term->domain_spec, g_free);
    g_clear_pointer(&term->network, g_free);
    term->detail = g_strdup(why);
}

/* §6: redirect and exp stand at most once each. */
static void reject_repeated_modifiers(SpfTerm *terms, size_t n)
{
    bool redirect = false, explanation = false;
    for (size_t i = 0; i < n; i++) {
        bool *seen = terms[i].kind == SPF_REDIRECT ? &redirect : &explanation;
        if (terms[i].kind != SPF_REDIRECT && terms[i].kind != SPF_EXP)
            continue;
        if (*seen)
            make_invalid(&terms[i], "this modifier stands twice");
        *seen = true;
    }
}

static void parse_terms(SpfRecord *record, Span text)
{
    g_autoptr(GArray) terms = g_array_new(FALSE, TRUE, sizeof(SpfTerm));
    size_t at = strlen("v=spf1");
    while (at < text.n) {
        if (text.p[at] == ' ') {
            at++;
            continue;
        }
        SpfTerm term = {.offset = at, .qualifier = '+', .prefix4 = 32, .prefix6 = 128};
        size_t end = at > MAX_RECORD ? text.n : span_find(text, ' ', at);
        term.text = span_of(text.p + at, end - at);
        const char *defect =
            at > MAX_RECORD ? "longer than a TXT record can be" : parse_term(&term);
        if (defect != NULL)
            make_invalid(&term, defect);
        g_array_append_val(terms, term);
        at = end;
    }
    record->n = terms->len;
    record->terms = (SpfTerm *)(void *)g_array_free(g_steal_pointer(&terms), FALSE);
    reject_repeated_modifiers(record->terms, record->n);
}

/* §4.5: the version section is case-insensitive and ends at a space or at the end. */
static bool is_spf_record(Span text)
{
    return span_starts_nocase(text, "v=spf1") && (text.n == 6 || text.p[6] == ' ');
}

static void parse_into(SpfRecord *record, Span text)
{
    record->text = span_dup(text);
    record->candidates = 1;
    record->result = SPF_NEUTRAL;
    parse_terms(record, span_of(record->text, text.n));
    const SpfTerm *invalid = spf_record_find(record, SPF_INVALID);
    if (invalid != NULL) {
        record->result = SPF_PERMERROR;
        record->problem = SPF_PROBLEM_SYNTAX;
        record->problem_offset = invalid->offset;
    }
}

SpfRecord *spf_record_new(const char *domain)
{
    SpfRecord *record = g_new0(SpfRecord, 1);
    record->domain = g_strdup(domain);
    record->result = SPF_NONE;
    return record;
}

SpfRecord *spf_record_parse(const char *domain, Span text)
{
    SpfRecord *record = spf_record_new(domain);
    if (is_spf_record(text))
        parse_into(record, text);
    else
        record->problem = SPF_PROBLEM_NO_RECORD;
    return record;
}

SpfRecord *spf_record_fetch(const char *domain, DnsSession *dns)
{
    SpfRecord *record = spf_record_new(domain);
    record->answer = dns_ask(dns, domain, DNS_TXT);
    if (spf_status_is_trouble(record->answer->status)) {
        record->result = SPF_TEMPERROR;
        record->problem = SPF_PROBLEM_DNS;
        return record;
    }
    Span found = {NULL, 0};
    for (size_t i = 0; i < record->answer->n; i++) {
        Span text = span_of(record->answer->records[i].text, record->answer->records[i].text_n);
        if (is_spf_record(text) && record->candidates++ == 0)
            found = text;
    }
    if (record->candidates == 1) {
        parse_into(record, found);
    } else if (record->candidates == 0) {
        record->problem = SPF_PROBLEM_NO_RECORD;
    } else {
        record->result = SPF_PERMERROR;
        record->problem = SPF_PROBLEM_MULTIPLE;
    }
    return record;
}

bool spf_record_is_evaluable(const SpfRecord *record)
{
    return record->text != NULL && record->problem == SPF_OK;
}

SpfTerm *spf_record_find(const SpfRecord *record, SpfTermKind kind)
{
    for (size_t i = 0; i < record->n; i++)
        if (record->terms[i].kind == kind)
            return &record->terms[i];
    return NULL;
}

static unsigned prefetch_term(const SpfTerm *term, const char *name, bool v4, bool v6,
                              DnsSession *dns)
{
    switch (term->kind) {
    case SPF_INCLUDE:
    case SPF_REDIRECT:
        dns_prefetch(dns, name, DNS_TXT);
        return 1;
    case SPF_MX:
        dns_prefetch(dns, name, DNS_MX);
        return 1;
    case SPF_EXISTS:
        dns_prefetch(dns, name, DNS_A);
        return 1;
    case SPF_A:
        if (v4)
            dns_prefetch(dns, name, DNS_A);
        if (v6)
            dns_prefetch(dns, name, DNS_AAAA);
        return (v4 ? 1U : 0U) + (v6 ? 1U : 0U);
    default:
        return 0;
    }
}

void spf_record_prefetch(const SpfRecord *record, bool v4, bool v6, DnsSession *dns)
{
    unsigned started = 0;
    bool after_all = false;
    for (size_t i = 0; i < record->n && started < SPF_MAX_PREFETCH; i++) {
        const SpfTerm *term = &record->terms[i];
        after_all = after_all || term->kind == SPF_ALL;
        if (after_all || (term->domain_spec != NULL && strchr(term->domain_spec, '%') != NULL))
            continue;
        const char *name = term->domain_spec != NULL ? term->domain_spec : record->domain;
        started += prefetch_term(term, name, v4, v6, dns);
    }
}

void spf_record_free(SpfRecord *record)
{
    if (record == NULL)
        return;
    for (size_t i = 0; i < record->n; i++) {
        SpfTerm *term = &record->terms[i];
        g_free(term->domain_spec);
        g_free(term->domain);
        g_free(term->network);
        g_free(term->detail);
        spf_record_free(term->child);
        if (term->hosts != NULL)
            g_strfreev(term->hosts->addresses);
        g_free(term->hosts);
    }
    g_free(record->terms);
    g_free(record->domain);
    g_free(record->text);
    g_free(record);
}
