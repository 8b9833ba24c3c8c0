#include "analyzer/dns/rdata.h"

#include "analyzer/dns/name.h"

#include <arpa/inet.h>
#include <string.h>

enum { RDATA_MAX = 65535 };

/* --- fields to octets --- */

static void append_uint16(GByteArray *rdata, uint16_t value)
{
    value = htons(value);
    g_byte_array_append(rdata, (const uint8_t *)&value, sizeof value);
}

static bool append_address(MasterEntry *entry, int family, size_t n, GByteArray *rdata)
{
    Span field = master_take(entry);
    g_autofree char *text = span_dup(field);
    uint8_t address[sizeof(struct in6_addr)];
    if (inet_pton(family, text, address) != 1) {
        return master_fault(
            entry, family == AF_INET ? "not an IPv4 address:" : "not an IPv6 address:", field);
    }
    g_byte_array_append(rdata, address, (guint)n);
    return true;
}

static bool append_name(MasterEntry *entry, const char *origin, GByteArray *rdata)
{
    g_autofree char *name = master_take_name(entry, origin);
    return name && name_to_wire(name, rdata);
}

static bool append_mx(MasterEntry *entry, const char *origin, GByteArray *rdata)
{
    Span field = master_take(entry);
    uint64_t preference = 0;
    if (!span_to_uint64(field, 5, &preference) || preference > UINT16_MAX) {
        return master_fault(entry, "not an MX preference:", field);
    }
    append_uint16(rdata, (uint16_t)preference);
    return append_name(entry, origin, rdata);
}

static bool append_strings(MasterEntry *entry, GByteArray *rdata)
{
    if (!master_peek(entry)) {
        return master_fault(entry, "TXT without a string", span_of("", 0));
    }
    while (master_peek(entry)) {
        Span field = master_take(entry);
        guint length_at = rdata->len;
        g_byte_array_append(rdata, (const uint8_t *)"", 1);
        if (!name_unescape(field, rdata)) {
            return master_fault(entry, "broken escape in", field);
        }
        guint n = rdata->len - length_at - 1;
        if (n > 255) {
            return master_fault(entry, "a string of more than 255 octets, split it:", field);
        }
        rdata->data[length_at] = (uint8_t)n;
    }
    return true;
}

static bool append_soa(MasterEntry *entry, const char *origin, GByteArray *rdata)
{
    if (!append_name(entry, origin, rdata) || !append_name(entry, origin, rdata)) {
        return false;
    }
    for (int i = 0; i < 5; i++) {
        Span field = master_take(entry);
        uint32_t value = 0;
        if (!master_parse_ttl(field, &value)) {
            return master_fault(entry, "not a number in SOA:", field);
        }
        value = htonl(value);
        g_byte_array_append(rdata, (const uint8_t *)&value, sizeof value);
    }
    return true;
}

/* RFC 3597 §5: \# LENGTH HEX... */
static bool append_generic(MasterEntry *entry, GByteArray *rdata)
{
    master_take(entry);
    Span length = master_take(entry);
    uint64_t n = 0;
    GString *hex = g_string_new(NULL);
    while (master_peek(entry)) {
        Span field = master_take(entry);
        g_string_append_len(hex, field.p, (gssize)field.n);
    }
    bool good = span_to_uint64(length, 5, &n) && hex->len == n * 2;
    for (size_t i = 0; good && i < hex->len; i += 2) {
        int high = g_ascii_xdigit_value(hex->str[i]), low = g_ascii_xdigit_value(hex->str[i + 1]);
        uint8_t octet = (uint8_t)(high << 4 | low);
        good = high >= 0 && low >= 0;
        g_byte_array_append(rdata, &octet, 1);
    }
    g_string_free(hex, TRUE);
    return good || master_fault(entry, "\\# wants a length and that many octets in hexadecimal",
                                span_of("", 0));
}

static bool append_rdata(MasterEntry *entry, unsigned type, const char *origin, GByteArray *rdata)
{
    const MasterField *first = master_peek(entry);
    if (first && !first->quoted && span_is(first->text, "\\#")) {
        return append_generic(entry, rdata);
    }
    switch (type) {
    case DNS_A:
        return append_address(entry, AF_INET, 4, rdata);
    case DNS_AAAA:
        return append_address(entry, AF_INET6, 16, rdata);
    case DNS_NS:
    case DNS_CNAME:
    case DNS_PTR:
        return append_name(entry, origin, rdata);
    case DNS_MX:
        return append_mx(entry, origin, rdata);
    case DNS_SOA:
        return append_soa(entry, origin, rdata);
    default:
        return append_strings(entry, rdata);
    }
}

GBytes *rdata_parse(MasterEntry *entry, unsigned type, const char *origin)
{
    GByteArray *octets = g_byte_array_new();
    bool good = append_rdata(entry, type, origin, octets);
    g_autoptr(GBytes) rdata = g_byte_array_free_to_bytes(octets);
    if (!good) {
        return NULL;
    }
    if (master_peek(entry)) {
        master_fault(entry, "more fields than the type has, from", master_take(entry));
        return NULL;
    }
    if (g_bytes_get_size(rdata) > RDATA_MAX || !rdata_is_valid(type, rdata)) {
        master_fault(entry, "data that no record of this type can have:",
                     span_str(dns_type_name((DnsType)type)));
        return NULL;
    }
    return g_steal_pointer(&rdata);
}

/* --- octets to records --- */

void rdata_clear_record(DnsRecord *record)
{
    for (size_t i = 0; i < record->n_strings; i++) {
        g_bytes_unref(record->strings[i]);
    }
    g_free(record->strings);
    g_free(record->text);
    *record = (DnsRecord){0};
}

static void record_set_text(DnsRecord *record, char *text)
{
    record->text = text;
    record->text_n = strlen(text);
}

static bool read_address(int family, const uint8_t *p, size_t n, DnsRecord *record)
{
    char text[INET6_ADDRSTRLEN];
    if (n != (family == AF_INET ? 4 : 16) || !inet_ntop(family, p, text, sizeof text)) {
        return false;
    }
    record_set_text(record, g_strdup(text));
    return true;
}

static bool read_name(const uint8_t *p, size_t n, DnsRecord *record)
{
    size_t at = 0;
    char *name = name_from_wire(p, n, &at);
    if (name) {
        record_set_text(record, name);
    }
    return name && at == n;
}

static bool read_mx(const uint8_t *p, size_t n, DnsRecord *record)
{
    if (n < 3) {
        return false;
    }
    record->preference = (uint16_t)(p[0] << 8 | p[1]);
    return read_name(p + 2, n - 2, record);
}

/* No string at all (an empty rdata) breaks RFC 1035 §3.3.14 but is seen, and harms nobody: it is an
 * empty text. */
static bool read_txt(const uint8_t *p, size_t n, DnsRecord *record)
{
    g_autoptr(GPtrArray) strings = g_ptr_array_new();
    GString *text = g_string_new(NULL);
    size_t at = 0;
    while (at < n && p[at] <= n - at - 1) {
        g_ptr_array_add(strings, g_bytes_new(p + at + 1, p[at]));
        g_string_append_len(text, (const char *)p + at + 1, p[at]);
        at += 1 + (size_t)p[at];
    }
    record->n_strings = strings->len;
    record->strings = (GBytes **)g_ptr_array_free(g_steal_pointer(&strings), FALSE);
    record->text_n = text->len;
    record->text = g_string_free(text, FALSE);
    return at == n;
}

static uint32_t read_uint32(const uint8_t *p)
{
    return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool read_soa(const uint8_t *p, size_t n, DnsRecord *record)
{
    size_t at = 0;
    g_autofree char *mname = name_from_wire(p, n, &at);
    g_autofree char *rname = mname ? name_from_wire(p, n, &at) : NULL;
    if (!rname || n - at != 20) {
        return false;
    }
    p += at;
    record_set_text(record, g_strdup_printf("%s %s %u %u %u %u %u", mname, rname, read_uint32(p),
                                            read_uint32(p + 4), read_uint32(p + 8),
                                            read_uint32(p + 12), read_uint32(p + 16)));
    return true;
}

bool rdata_read(unsigned type, GBytes *rdata, DnsRecord *record)
{
    size_t n = 0;
    const uint8_t *p = g_bytes_get_data(rdata, &n);
    switch (type) {
    case DNS_A:
        return read_address(AF_INET, p, n, record);
    case DNS_AAAA:
        return read_address(AF_INET6, p, n, record);
    case DNS_NS:
    case DNS_CNAME:
    case DNS_PTR:
        return read_name(p, n, record);
    case DNS_MX:
        return read_mx(p, n, record);
    case DNS_TXT:
        return read_txt(p, n, record);
    case DNS_SOA:
        return read_soa(p, n, record);
    default:
        return false;
    }
}

bool rdata_is_valid(unsigned type, GBytes *rdata)
{
    DnsRecord record = {0};
    bool valid = rdata_read(type, rdata, &record);
    rdata_clear_record(&record);
    return valid;
}
