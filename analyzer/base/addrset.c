#include "analyzer/base/addrset.h"

#include "analyzer/base/bytes.h"

#include <arpa/inet.h>
#include <string.h>

enum { V4, V6, FAMILIES };

static const unsigned family_bits[FAMILIES] = {32, 128};

/* An IPv4 address is in the lower 32 bits. */
typedef struct Address {
    uint64_t high, low;
} Address;

typedef struct Range {
    Address first, last; /* both in it */
} Range;

/* Ranges ascend and neither overlap nor touch. */
struct AddrSet {
    GArray *ranges[FAMILIES];
};

static int compare(Address a, Address b)
{
    if (a.high != b.high)
        return a.high < b.high ? -1 : 1;
    return a.low < b.low ? -1 : a.low > b.low;
}

static Address after(Address a)
{
    return (Address){a.high + (a.low == UINT64_MAX), a.low + 1};
}

static Address before(Address a)
{
    return (Address){a.high - (a.low == 0), a.low - 1};
}

/* a ends before b begins, and not right before it. */
static bool is_apart(Address a, Address b)
{
    return compare(a, b) < 0 && compare(after(a), b) != 0;
}

static const Range *range_at(const GArray *ranges, guint i)
{
    return &g_array_index(ranges, Range, i);
}

/* The bits of an address of the family that stand behind the prefix. */
static Address host_bits(unsigned family, unsigned prefix)
{
    unsigned n = family_bits[family] - prefix;
    if (n > 64)
        return (Address){n == 128 ? UINT64_MAX : (UINT64_C(1) << (n - 64)) - 1, UINT64_MAX};
    return (Address){0, n == 64 ? UINT64_MAX : (UINT64_C(1) << n) - 1};
}

static void insert(GArray *ranges, Range range)
{
    guint i = 0, end;
    while (i < ranges->len && is_apart(range_at(ranges, i)->last, range.first))
        i++;
    for (end = i; end < ranges->len && !is_apart(range.last, range_at(ranges, end)->first); end++) {
        const Range *other = range_at(ranges, end);
        if (compare(other->first, range.first) < 0)
            range.first = other->first;
        if (compare(other->last, range.last) > 0)
            range.last = other->last;
    }
    if (end > i)
        g_array_remove_range(ranges, i, end - i);
    g_array_insert_val(ranges, i, range);
}

AddrSet *addrset_new(void)
{
    AddrSet *set = g_new0(AddrSet, 1);
    for (unsigned family = V4; family < FAMILIES; family++)
        set->ranges[family] = g_array_new(FALSE, FALSE, sizeof(Range));
    return set;
}

void addrset_free(AddrSet *set)
{
    if (!set)
        return;
    for (unsigned family = V4; family < FAMILIES; family++)
        g_array_unref(set->ranges[family]);
    g_free(set);
}

static uint64_t read_big_endian(const uint8_t *octets, size_t n)
{
    uint64_t value = 0;
    for (size_t i = 0; i < n; i++)
        value = value << 8 | octets[i];
    return value;
}

static bool parse_address(const char *text, unsigned *family, Address *address)
{
    uint8_t octets[16];
    if (inet_pton(AF_INET, text, octets) == 1) {
        *family = V4;
        *address = (Address){0, read_big_endian(octets, 4)};
        return true;
    }
    *family = V6;
    if (inet_pton(AF_INET6, text, octets) != 1)
        return false;
    *address = (Address){read_big_endian(octets, 8), read_big_endian(octets + 8, 8)};
    return true;
}

bool addrset_add(AddrSet *set, const char *network)
{
    size_t n = strcspn(network, "/");
    g_autofree char *text = g_strndup(network, n);
    unsigned family;
    Address address;
    if (!parse_address(text, &family, &address))
        return false;
    uint64_t prefix = family_bits[family];
    if (network[n] == '/' &&
        (!span_to_uint64(span_str(network + n + 1), 3, &prefix) || prefix > family_bits[family]))
        return false;
    Address bits = host_bits(family, (unsigned)prefix);
    Range range = {{address.high & ~bits.high, address.low & ~bits.low},
                   {address.high | bits.high, address.low | bits.low}};
    insert(set->ranges[family], range);
    return true;
}

void addrset_add_all(AddrSet *set)
{
    addrset_add(set, "0.0.0.0/0");
    addrset_add(set, "::/0");
}

void addrset_unite(AddrSet *set, const AddrSet *other)
{
    for (unsigned family = V4; family < FAMILIES; family++)
        for (guint i = 0; i < other->ranges[family]->len; i++)
            insert(set->ranges[family], *range_at(other->ranges[family], i));
}

/* What is left of the range, appended; *j is the first of `taken` that may reach into it. */
static void append_rest(GArray *rest, Range range, const GArray *taken, guint *j)
{
    while (*j < taken->len && compare(range_at(taken, *j)->last, range.first) < 0)
        (*j)++;
    for (guint k = *j; k < taken->len; k++) {
        const Range *gone = range_at(taken, k);
        if (compare(gone->first, range.last) > 0)
            break;
        if (compare(range.first, gone->first) < 0) {
            Range piece = {range.first, before(gone->first)};
            g_array_append_val(rest, piece);
        }
        if (compare(gone->last, range.last) >= 0)
            return;
        range.first = after(gone->last);
    }
    g_array_append_val(rest, range);
}

void addrset_subtract(AddrSet *set, const AddrSet *other)
{
    for (unsigned family = V4; family < FAMILIES; family++) {
        GArray *rest = g_array_new(FALSE, FALSE, sizeof(Range));
        guint j = 0;
        for (guint i = 0; i < set->ranges[family]->len; i++)
            append_rest(rest, *range_at(set->ranges[family], i), other->ranges[family], &j);
        g_array_unref(set->ranges[family]);
        set->ranges[family] = rest;
    }
}

bool addrset_is_empty(const AddrSet *set)
{
    return set->ranges[V4]->len == 0 && set->ranges[V6]->len == 0;
}

bool addrset_contains(const AddrSet *set, const AddrSet *other)
{
    g_autoptr(AddrSet) rest = addrset_new();
    addrset_unite(rest, other);
    addrset_subtract(rest, set);
    return addrset_is_empty(rest);
}

static char *network_text(unsigned family, Address address, unsigned prefix)
{
    uint8_t octets[16];
    char text[INET6_ADDRSTRLEN];
    size_t n = family_bits[family] / 8;
    for (size_t i = 0; i < n; i++) {
        size_t shift = (n - 1 - i) * 8;
        octets[i] = (uint8_t)(shift >= 64 ? address.high >> (shift - 64) : address.low >> shift);
    }
    inet_ntop(family == V4 ? AF_INET : AF_INET6, octets, text, sizeof(text));
    return prefix == family_bits[family] ? g_strdup(text) : g_strdup_printf("%s/%u", text, prefix);
}

/* The range as networks: each time the largest that begins where it begins. */
static bool add_networks(GPtrArray *networks, unsigned family, Range range, size_t max)
{
    for (;;) {
        unsigned prefix = 0;
        Address bits = host_bits(family, 0), last;
        for (;; bits = host_bits(family, ++prefix)) {
            last = (Address){range.first.high | bits.high, range.first.low | bits.low};
            bool aligned = (range.first.high & bits.high) == 0 && (range.first.low & bits.low) == 0;
            if (aligned && compare(last, range.last) <= 0)
                break;
        }
        if (networks->len >= max)
            return false;
        g_ptr_array_add(networks, network_text(family, range.first, prefix));
        if (compare(last, range.last) == 0)
            return true;
        range.first = after(last);
    }
}

char **addrset_networks(const AddrSet *set, size_t max)
{
    g_autoptr(GPtrArray) networks = g_ptr_array_new_with_free_func(g_free);
    for (unsigned family = V4; family < FAMILIES; family++)
        for (guint i = 0; i < set->ranges[family]->len; i++)
            if (!add_networks(networks, family, *range_at(set->ranges[family], i), max))
                return NULL;
    g_ptr_array_add(networks, NULL);
    return (char **)g_ptr_array_steal(networks, NULL);
}
