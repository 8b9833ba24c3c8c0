#include "analyzer/auth/iprev.h"

#include "analyzer/base/domain.h"

#include <arpa/inet.h>
#include <string.h>

enum { FOLLOWED_NAMES = 10 };

typedef struct Address {
    DnsType type; /* DNS_A or DNS_AAAA: where such an address stands in DNS */
    uint8_t octets[16];
} Address;

/* An IPv4-mapped address (RFC 4291 §2.5.5.2) is the IPv4 address that the client had. */
static bool parse_address(const char *text, Address *address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    *address = (Address){.type = DNS_A};
    if (inet_pton(AF_INET, text, address->octets) == 1)
        return true;
    uint8_t octets[16];
    if (inet_pton(AF_INET6, text, octets) != 1)
        return false;
    if (memcmp(octets, mapped, sizeof mapped) == 0) {
        memcpy(address->octets, octets + sizeof mapped, 4);
        return true;
    }
    address->type = DNS_AAAA;
    memcpy(address->octets, octets, sizeof octets);
    return true;
}

static char *reverse_name(const Address *address)
{
    char text[INET6_ADDRSTRLEN];
    if (!inet_ntop(address->type == DNS_A ? AF_INET : AF_INET6, address->octets, text, sizeof text))
        return NULL;
    return dns_reverse_name(text);
}

static bool answer_has(const DnsAnswer *answer, const Address *address)
{
    for (size_t i = 0; i < answer->n; i++) {
        Address found;
        if (parse_address(answer->records[i].text, &found) && found.type == address->type &&
            memcmp(found.octets, address->octets, sizeof found.octets) == 0)
            return true;
    }
    return false;
}

static char **names_of(const DnsAnswer *answer)
{
    char **names = g_new0(char *, answer->n + 1);
    for (size_t i = 0; i < answer->n; i++)
        names[i] = g_strdup(answer->records[i].text);
    return names;
}

/* RFC 8601 §2.7.3: one of the names of the address must have that address. */
static void confirm(IprevCheck *check, const Address *address, DnsSession *dns)
{
    bool temporary = false;
    for (size_t i = 0; check->names[i] && i < FOLLOWED_NAMES; i++)
        dns_prefetch(dns, check->names[i], address->type);
    for (size_t i = 0; check->names[i] && i < FOLLOWED_NAMES; i++) {
        const DnsAnswer *answer = dns_ask(dns, check->names[i], address->type);
        if (answer_has(answer, address)) {
            check->confirmed = g_strdup(check->names[i]);
            check->result = IPREV_PASS;
            return;
        }
        if (dns_status_is_temporary(answer->status))
            temporary = true;
    }
    check->result = temporary ? IPREV_TEMPERROR : IPREV_FAIL;
}

static void check_client(IprevCheck *check, const Address *address, DnsSession *dns)
{
    g_autofree char *reverse = reverse_name(address);
    if (!reverse)
        return;
    const DnsAnswer *answer = dns_ask(dns, reverse, DNS_PTR);
    g_strfreev(check->names);
    check->names = names_of(answer);
    if (answer->n > 0)
        confirm(check, address, dns);
    else
        check->result = dns_status_is_temporary(answer->status) ? IPREV_TEMPERROR : IPREV_PERMERROR;
}

/* The kind of address that the client has comes first; the other kind is asked only when there is
 * none of it. */
static void check_helo(IprevCheck *check, const char *name, const Address *address, DnsSession *dns)
{
    DnsType first = address ? address->type : DNS_A;
    const DnsAnswer *answer = dns_ask(dns, name, first);
    check->helo_resolves = answer->n > 0;
    check->helo_matches = address && answer_has(answer, address);
    check->helo_checked = !dns_status_is_temporary(answer->status);
    if (check->helo_resolves || !check->helo_checked)
        return;
    answer = dns_ask(dns, name, first == DNS_A ? DNS_AAAA : DNS_A);
    check->helo_resolves = answer->n > 0;
    check->helo_checked = !dns_status_is_temporary(answer->status);
}

IprevCheck *iprev_check(const char *ip, const char *helo, DnsSession *dns)
{
    IprevCheck *check = g_new0(IprevCheck, 1);
    check->names = g_new0(char *, 1);
    Address address;
    bool has_address = ip && parse_address(ip, &address);
    if (has_address)
        check_client(check, &address, dns);
    g_autofree char *name = helo ? domain_normal(span_str(helo)) : NULL;
    if (name)
        check_helo(check, name, has_address ? &address : NULL, dns);
    return check;
}

void iprev_check_free(IprevCheck *check)
{
    if (!check)
        return;
    g_strfreev(check->names);
    g_free(check->confirmed);
    g_free(check);
}

void iprev_prefetch(const char *ip, const char *helo, DnsSession *dns)
{
    Address address;
    bool has_address = ip && parse_address(ip, &address);
    g_autofree char *reverse = has_address ? reverse_name(&address) : NULL;
    g_autofree char *name = helo ? domain_normal(span_str(helo)) : NULL;
    if (reverse)
        dns_prefetch(dns, reverse, DNS_PTR);
    if (name)
        dns_prefetch(dns, name, has_address ? address.type : DNS_A);
}

const char *iprev_result_name(IprevResult result)
{
    switch (result) {
    case IPREV_NOT_EVALUABLE:
        return "not-evaluable";
    case IPREV_PASS:
        return "pass";
    case IPREV_FAIL:
        return "fail";
    case IPREV_TEMPERROR:
        return "temperror";
    case IPREV_PERMERROR:
        return "permerror";
    }
    g_return_val_if_reached("");
}
