#include "analyzer/dns/packet.h"

#include "analyzer/base/own.h"
#include "analyzer/dns/name.h"
#include "analyzer/dns/rdata.h"

#include <stdlib.h>
#include <string.h>

enum { HEADER_OCTETS = 12, HOPS_MAX = 16 };

/* A record of the answer section: of the type asked for, or an alias. */
typedef struct Resource {
    char *owner;
    unsigned type;
    uint32_t ttl_s;
    GBytes *rdata;
} Resource;

typedef struct Message {
    const uint8_t *p;
    size_t n;
    size_t at;
    unsigned asked;       /* the type */
    GPtrArray *answers;   /* of Resource */
    unsigned rcode;       /* with EDNS's upper bits */
    bool has_ns, has_soa; /* in the authority section */
} Message;

GByteArray *packet_question(const char *name, DnsType type, bool edns)
{
    g_autoptr(GByteArray) labels = g_byte_array_new();
    if (!name_to_wire(name, labels)) {
        g_return_val_if_reached(labels);
    }
    ldns_rdf *owner = ldns_rdf_new_frm_data(LDNS_RDF_TYPE_DNAME, labels->len, labels->data);
    g_autoptr(ldns_pkt) packet =
        ldns_pkt_query_new(owner, (ldns_rr_type)type, LDNS_RR_CLASS_IN, LDNS_RD);
    ldns_pkt_set_random_id(packet);
    if (edns) {
        ldns_pkt_set_edns_udp_size(packet, PACKET_EDNS_OCTETS);
    }
    uint8_t *wire = NULL;
    size_t n = 0;
    GByteArray *octets = g_byte_array_new();
    if (ldns_pkt2wire(&wire, packet, &n) == LDNS_STATUS_OK) {
        g_byte_array_append(octets, wire, (guint)n);
    }
    free(wire);
    return octets;
}

bool packet_is_response(const uint8_t *p, size_t n)
{
    return n >= HEADER_OCTETS && LDNS_QR_WIRE(p) && LDNS_OPCODE_WIRE(p) == LDNS_PACKET_QUERY;
}

bool packet_is_formerr(const uint8_t *p, size_t n)
{
    return n >= HEADER_OCTETS && LDNS_RCODE_WIRE(p) == LDNS_RCODE_FORMERR;
}

static void resource_free(void *data)
{
    Resource *resource = data;
    g_free(resource->owner);
    g_bytes_unref(resource->rdata);
    g_free(resource);
}

static bool has(const Message *message, size_t n)
{
    return message->n - message->at >= n;
}

static uint16_t take_uint16(Message *message)
{
    uint16_t value = ldns_read_uint16(message->p + message->at);
    message->at += 2;
    return value;
}

/* Appends a name, expanded and in lower case. */
static bool expand_name(Message *message, GByteArray *out)
{
    ldns_rdf *name = NULL;
    if (ldns_wire2dname(&name, message->p, message->n, &message->at) != LDNS_STATUS_OK) {
        return false;
    }
    ldns_dname2canonical(name);
    g_byte_array_append(out, ldns_rdf_data(name), (guint)ldns_rdf_size(name));
    ldns_rdf_deep_free(name);
    return message->at <= message->n;
}

static void copy_octets(Message *message, size_t n, GByteArray *out)
{
    g_byte_array_append(out, message->p + message->at, (guint)n);
    message->at += n;
}

/* The rdata of the next n octets, with the names in it expanded (only these types may be
 * compressed, RFC 3597 §4). */
static bool expand_rdata(Message *message, unsigned type, size_t n, GByteArray *out)
{
    size_t end = message->at + n;
    unsigned names = type == DNS_SOA
                         ? 2
                         : type == DNS_NS || type == DNS_CNAME || type == DNS_PTR || type == DNS_MX;
    if (type == DNS_MX) {
        if (n < 2) {
            return false;
        }
        copy_octets(message, 2, out);
    }
    for (; names > 0; names--) {
        if (message->at >= end || !expand_name(message, out)) {
            return false;
        }
    }
    if (message->at > end) {
        return false;
    }
    copy_octets(message, end - message->at, out);
    return true;
}

static bool read_answer(Message *message, const GByteArray *owner, unsigned type, uint32_t ttl_s,
                        size_t n)
{
    GByteArray *octets = g_byte_array_new();
    bool good = expand_rdata(message, type, n, octets);
    g_autoptr(GBytes) rdata = g_byte_array_free_to_bytes(octets);
    if (!good || !rdata_is_valid(type, rdata)) {
        return false;
    }
    size_t at = 0;
    Resource *resource = g_new0(Resource, 1);
    resource->owner = name_from_wire(owner->data, owner->len, &at);
    resource->type = type;
    resource->ttl_s = ttl_s > INT32_MAX ? 0 : ttl_s; /* RFC 2181 §8 */
    resource->rdata = g_steal_pointer(&rdata);
    g_ptr_array_add(message->answers, resource);
    return true;
}

static bool read_resource(Message *message, ldns_pkt_section section)
{
    g_autoptr(GByteArray) owner = g_byte_array_new();
    if (!expand_name(message, owner) || !has(message, 10)) {
        return false;
    }
    unsigned type = take_uint16(message);
    unsigned class = take_uint16(message);
    uint32_t ttl_s = ldns_read_uint32(message->p + message->at);
    message->at += 4;
    size_t n = take_uint16(message);
    if (!has(message, n)) {
        return false;
    }
    size_t end = message->at + n;
    if (section == LDNS_SECTION_ANSWER && class == LDNS_RR_CLASS_IN &&
        (type == message->asked || type == DNS_CNAME) &&
        !read_answer(message, owner, type, ttl_s, n)) {
        return false;
    }
    if (section == LDNS_SECTION_AUTHORITY) {
        message->has_ns = message->has_ns || type == DNS_NS;
        message->has_soa = message->has_soa || type == DNS_SOA;
    }
    if (section == LDNS_SECTION_ADDITIONAL && type == LDNS_RR_TYPE_OPT) {
        message->rcode |= ttl_s >> 24 << 4; /* RFC 6891 §6.1.3 */
    }
    message->at = end;
    return true;
}

static bool read_message(Message *message)
{
    if (!has(message, HEADER_OCTETS)) {
        return false;
    }
    const uint8_t *p = message->p;
    message->rcode = LDNS_RCODE_WIRE(p);
    message->at = HEADER_OCTETS;
    g_autoptr(GByteArray) skipped = g_byte_array_new();
    for (unsigned i = LDNS_QDCOUNT(p); i > 0; i--) {
        if (!expand_name(message, skipped) || !has(message, 4)) {
            return false;
        }
        message->at += 4;
    }
    const struct {
        ldns_pkt_section section;
        unsigned count;
    } sections[] = {
        {LDNS_SECTION_ANSWER, LDNS_ANCOUNT(p)},
        {LDNS_SECTION_AUTHORITY, LDNS_NSCOUNT(p)},
        {LDNS_SECTION_ADDITIONAL, LDNS_ARCOUNT(p)},
    };
    for (size_t s = 0; s < G_N_ELEMENTS(sections); s++) {
        for (unsigned i = 0; i < sections[s].count; i++) {
            if (!read_resource(message, sections[s].section)) {
                return false;
            }
        }
    }
    return true;
}

/* The records, or else the alias, that stand at a name; NULL when the message has neither. */
static Hop *find_hop(const Message *message, const char *name)
{
    g_autoptr(GPtrArray) rdata = g_ptr_array_new();
    const Resource *alias = NULL;
    uint32_t ttl_s = UINT32_MAX;
    for (guint i = 0; i < message->answers->len; i++) {
        const Resource *resource = message->answers->pdata[i];
        if (strcmp(resource->owner, name) != 0) {
            continue;
        }
        if (resource->type == message->asked) {
            g_ptr_array_add(rdata, resource->rdata);
            ttl_s = MIN(ttl_s, resource->ttl_s);
        } else if (!alias || g_bytes_compare(resource->rdata, alias->rdata) < 0) {
            alias = resource;
        }
    }
    if (rdata->len > 0) {
        return hop_new_records(name, message->asked, rdata, ttl_s);
    }
    if (!alias) {
        return NULL;
    }
    size_t at = 0, n = 0;
    const uint8_t *octets = g_bytes_get_data(alias->rdata, &n);
    g_autofree char *target = name_from_wire(octets, n, &at);
    return hop_new_cname(name, message->asked, target, alias->ttl_s);
}

/* What a message without records says. */
static Hop *negative_hop(const Message *message, const char *name)
{
    DnsStatus status = DNS_OTHER_RCODE;
    switch (message->rcode) {
    case LDNS_RCODE_NOERROR:
        /* RFC 2308 §2.2: no SOA but NS is a referral. A server that resolves for others follows it
         * itself. */
        if (message->has_ns && !message->has_soa && !LDNS_RA_WIRE(message->p) &&
            !LDNS_AA_WIRE(message->p)) {
            return hop_new(name, message->asked, DNS_OTHER_RCODE,
                           "the server does not resolve for others");
        }
        return hop_new(name, message->asked, DNS_NODATA, "");
    case LDNS_RCODE_NXDOMAIN:
        return hop_new(name, message->asked, DNS_NXDOMAIN, "");
    case LDNS_RCODE_SERVFAIL:
        status = DNS_SERVFAIL;
        break;
    case LDNS_RCODE_REFUSED:
        status = DNS_REFUSED;
        break;
    default:
        break;
    }
    ldns_lookup_table *known = ldns_lookup_by_id(ldns_rcodes, (int)message->rcode);
    g_autofree char *detail = known
                                  ? g_strdup_printf("the server answered %s", known->name)
                                  : g_strdup_printf("the server answered RCODE %u", message->rcode);
    return hop_new(name, message->asked, status, detail);
}

static bool hops_have(const GPtrArray *hops, const char *name)
{
    for (guint i = 0; i < hops->len; i++) {
        const Hop *hop = hops->pdata[i];
        if (strcmp(hop->name, name) == 0) {
            return true;
        }
    }
    return false;
}

static void collect_hops(const Message *message, const char *name, GPtrArray *hops)
{
    const char *at = name;
    while (hops->len < HOPS_MAX && !hops_have(hops, at)) {
        Hop *hop = find_hop(message, at);
        if (!hop && hops->len > 0 && message->rcode == LDNS_RCODE_NOERROR) {
            return; /* the aliases lead out of what this server told */
        }
        hop = hop ? hop : negative_hop(message, at);
        g_ptr_array_add(hops, hop);
        if (!hop->cname) {
            return;
        }
        at = hop->cname;
    }
}

GPtrArray *packet_hops(const uint8_t *p, size_t n, const char *name, DnsType type)
{
    GPtrArray *hops = g_ptr_array_new();
    Message message = {p, n,     0,    type, g_ptr_array_new_with_free_func(resource_free),
                       0, false, false};
    if (read_message(&message)) {
        collect_hops(&message, name, hops);
    } else {
        g_ptr_array_add(hops,
                        hop_new(name, type, DNS_MALFORMED, "the answer is not a DNS message"));
    }
    g_ptr_array_unref(message.answers);
    return hops;
}
