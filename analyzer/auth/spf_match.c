/* spf_match.c - addresses, and the mechanisms that ask DNS about the client: a, mx, ptr, ip4, ip6,
 * exists (RFC 7208 §5). */
#include "analyzer/auth/spf_internal.h"

#include "analyzer/base/domain.h"

#include <arpa/inet.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

bool spf_ip_parse(const char *text, bool mapped, SpfIp *ip)
{
    *ip = (SpfIp){0};
    if (text == NULL)
        return false;
    if (inet_pton(AF_INET, text, ip->octets) == 1)
        return true;
    ip->v6 = inet_pton(AF_INET6, text, ip->octets) == 1;
    if (ip->v6 && mapped && memcmp(ip->octets, mapped_prefix, sizeof(mapped_prefix)) == 0) {
        SpfIp v4 = {0};
        memcpy(v4.octets, ip->octets + 12, 4);
        *ip = v4;
        return true;
    }
    return ip->v6;
}

bool spf_ip_within(const SpfIp *ip, const SpfIp *network, unsigned prefix)
{
    if (ip->v6 != network->v6)
        return false;
    size_t whole = prefix / 8;
    if (memcmp(ip->octets, network->octets, whole) != 0)
        return false;
    unsigned rest = prefix % 8;
    return rest == 0 || ((ip->octets[whole] ^ network->octets[whole]) >> (8 - rest)) == 0;
}

char *spf_network_text(const SpfIp *network, unsigned prefix)
{
    SpfIp base = *network;
    for (unsigned bit = prefix; bit < (base.v6 ? 128U : 32U); bit++)
        base.octets[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
    char text[INET6_ADDRSTRLEN];
    inet_ntop(base.v6 ? AF_INET6 : AF_INET, base.octets, text, sizeof(text));
    return g_strdup_printf("%s/%u", text, prefix);
}

bool spf_network_parse(const char *text, SpfIp *network, unsigned *prefix)
{
    const char *slash = strchr(text, '/');
    uint64_t value = 0;
    if (slash == NULL || !span_to_uint64(span_str(slash + 1), 3, &value))
        return false;
    g_autofree char *address = g_strndup(text, (size_t)(slash - text));
    *prefix = (unsigned)value;
    return spf_ip_parse(address, false, network) && value <= (network->v6 ? 128 : 32);
}

bool spf_count_void(SpfEval *eval, SpfTerm *term)
{
    if (term->voids == 0) {
        term->voids = 1;
        eval->voids++;
    }
    if (eval->voids <= SPF_MAX_VOID)
        return true;
    term->problem = SPF_PROBLEM_VOID_LIMIT;
    return false;
}

bool spf_term_target(SpfEval *eval, SpfTerm *term, const char *domain)
{
    bool known;
    g_free(term->domain);
    if (term->domain_spec == NULL)
        term->domain = g_strdup(domain);
    else
        term->domain = spf_expand_name(eval, domain, term->domain_spec, &known);
    if (term->domain == NULL)
        term->problem = SPF_PROBLEM_BAD_NAME;
    return term->domain != NULL;
}

/* What an answer means for a term before its records are looked at. */
static SpfOutcome read_status(SpfEval *eval, SpfTerm *term, const DnsAnswer *answer)
{
    if (spf_status_is_trouble(answer->status)) {
        term->problem = SPF_PROBLEM_DNS;
        g_free(term->detail);
        term->detail = g_strdup_printf("%s %s: %s", answer->name, dns_type_name(answer->type),
                                       dns_status_name(answer->status));
        return SPF_TERM_TEMPERROR;
    }
    if (answer->status == DNS_BAD_NAME)
        term->problem = SPF_PROBLEM_BAD_NAME;
    if (spf_status_is_void(answer->status) && !spf_count_void(eval, term))
        return SPF_TERM_PERMERROR;
    return SPF_NO_MATCH;
}

static DnsType address_type(const SpfEval *eval)
{
    return eval->ip.v6 ? DNS_AAAA : DNS_A;
}

/* §5.3: any address of `name` within the prefix length that belongs to the client's family. */
static SpfOutcome match_addresses(SpfEval *eval, SpfTerm *term, const char *name)
{
    const DnsAnswer *answer = dns_ask(eval->dns, name, address_type(eval));
    SpfOutcome outcome = read_status(eval, term, answer);
    unsigned prefix = eval->ip.v6 ? term->prefix6 : term->prefix4;
    for (size_t i = 0; i < answer->n && outcome == SPF_NO_MATCH; i++) {
        SpfIp ip;
        if (!spf_ip_parse(answer->records[i].text, false, &ip) ||
            !spf_ip_within(&eval->ip, &ip, prefix))
            continue;
        term->detail = g_strdup(answer->records[i].text);
        return SPF_MATCH;
    }
    return outcome;
}

/* §5.4 */
static SpfOutcome match_mx(SpfEval *eval, SpfTerm *term)
{
    const DnsAnswer *answer = dns_ask(eval->dns, term->domain, DNS_MX);
    SpfOutcome outcome = read_status(eval, term, answer);
    if (outcome != SPF_NO_MATCH)
        return outcome;
    if (answer->n > SPF_MAX_MX_NAMES) {
        term->problem = SPF_PROBLEM_NAME_LIMIT;
        return SPF_TERM_PERMERROR;
    }
    for (size_t i = 0; i < answer->n; i++)
        dns_prefetch(eval->dns, answer->records[i].text, address_type(eval));
    for (size_t i = 0; i < answer->n && outcome == SPF_NO_MATCH; i++)
        if (strcmp(answer->records[i].text, ".") != 0)
            outcome = match_addresses(eval, term, answer->records[i].text);
    return outcome;
}

/* True when the client's address is among those of the name. DNS trouble skips the name (§5.5). */
static bool is_confirmed(SpfEval *eval, const char *name)
{
    const DnsAnswer *answer = dns_ask(eval->dns, name, address_type(eval));
    for (size_t i = 0; i < answer->n; i++) {
        SpfIp ip;
        if (spf_ip_parse(answer->records[i].text, false, &ip) && ip.v6 == eval->ip.v6 &&
            memcmp(ip.octets, eval->ip.octets, sizeof(ip.octets)) == 0)
            return true;
    }
    return false;
}

const GPtrArray *spf_validated_names(SpfEval *eval)
{
    if (eval->validated != NULL)
        return eval->validated;
    eval->validated = g_ptr_array_new();
    g_autofree char *reverse = dns_reverse_name(eval->ip_text);
    g_return_val_if_fail(reverse != NULL, eval->validated);
    const DnsAnswer *answer = dns_ask(eval->dns, reverse, DNS_PTR);
    eval->ptr_status = answer->status;
    size_t n = MIN(answer->n, SPF_MAX_PTR_NAMES);
    for (size_t i = 0; i < n; i++)
        dns_prefetch(eval->dns, answer->records[i].text, address_type(eval));
    for (size_t i = 0; i < n; i++)
        if (is_confirmed(eval, answer->records[i].text))
            g_ptr_array_add(eval->validated, answer->records[i].text);
    return eval->validated;
}

/* §5.5: trouble with the PTR question is no match, never an error. */
static SpfOutcome match_ptr(SpfEval *eval, SpfTerm *term)
{
    const GPtrArray *names = spf_validated_names(eval);
    if (spf_status_is_void(eval->ptr_status) && !spf_count_void(eval, term))
        return SPF_TERM_PERMERROR;
    g_autofree char *target = g_ascii_strdown(term->domain, -1);
    for (guint i = 0; i < names->len; i++) {
        const char *name = g_ptr_array_index(names, i);
        if (!domain_is_at_or_below(name, target))
            continue;
        term->detail = g_strdup(name);
        return SPF_MATCH;
    }
    return SPF_NO_MATCH;
}

static SpfOutcome match_network(const SpfEval *eval, const SpfTerm *term)
{
    SpfIp network;
    unsigned prefix;
    bool within = spf_network_parse(term->network, &network, &prefix) &&
                  spf_ip_within(&eval->ip, &network, prefix);
    return within ? SPF_MATCH : SPF_NO_MATCH;
}

/* §5.7: an A question, whatever the family of the client. */
static SpfOutcome match_exists(SpfEval *eval, SpfTerm *term)
{
    const DnsAnswer *answer = dns_ask(eval->dns, term->domain, DNS_A);
    SpfOutcome outcome = read_status(eval, term, answer);
    if (outcome != SPF_NO_MATCH || answer->n == 0)
        return outcome;
    term->detail = g_strdup(answer->records[0].text);
    return SPF_MATCH;
}

SpfOutcome spf_match(SpfEval *eval, SpfTerm *term, const char *domain)
{
    if (term->kind == SPF_IP4 || term->kind == SPF_IP6)
        return match_network(eval, term);
    /* §4.8: a target that cannot be a name is treated as one that does not exist. */
    if (!spf_term_target(eval, term, domain))
        return SPF_NO_MATCH;
    switch (term->kind) {
    case SPF_A:
        return match_addresses(eval, term, term->domain);
    case SPF_MX:
        return match_mx(eval, term);
    case SPF_PTR:
        return match_ptr(eval, term);
    case SPF_EXISTS:
        return match_exists(eval, term);
    default:
        g_return_val_if_reached(SPF_NO_MATCH);
    }
}
