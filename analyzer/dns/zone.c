#include "analyzer/dns/zone.h"

#include "analyzer/base/own.h"
#include "analyzer/dns/master.h"
#include "analyzer/dns/name.h"
#include "analyzer/dns/rdata.h"

#include <string.h>

enum { DEFAULT_TTL_S = 3600, TTL_MAX_S = 0x7fffffff };

typedef struct Set {
    unsigned type;
    uint32_t ttl_s;   /* the smallest: RFC 2181 §5.2 wants them equal */
    GPtrArray *rdata; /* of GBytes; empty for types outside DnsType */
} Set;

typedef struct Pragma {
    DnsStatus status;
    char *detail;
    char *cname;
    uint32_t ttl_s;
} Pragma;

struct Zone {
    GHashTable
        *nodes; /* name -> GPtrArray of Set; names above others are there too, without sets */
    GHashTable *pragmas;   /* "TYPE name" -> Pragma */
    GHashTable *wildcards; /* set of "TYPE name" */
    GHashTable *removed;   /* set of "TYPE name" */
    bool recorded;         /* it begins with ";!recorded" */
    int64_t recorded_at_s;
    GHashTable *listed; /* set of names: a recording tells which names its source listed; NULL in
                           other files */
};

static void set_free(void *data)
{
    Set *set = data;
    g_ptr_array_unref(set->rdata);
    g_free(set);
}

static void pragma_free(void *data)
{
    Pragma *pragma = data;
    g_free(pragma->detail);
    g_free(pragma->cname);
    g_free(pragma);
}

Zone *zone_new(void)
{
    Zone *zone = g_new0(Zone, 1);
    zone->nodes =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
    zone->pragmas = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, pragma_free);
    zone->wildcards = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    zone->removed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_hash_table_insert(zone->nodes, g_strdup("."), g_ptr_array_new_with_free_func(set_free));
    return zone;
}

void zone_free(Zone *zone)
{
    if (!zone) {
        return;
    }
    g_hash_table_unref(zone->nodes);
    g_hash_table_unref(zone->pragmas);
    g_hash_table_unref(zone->wildcards);
    g_hash_table_unref(zone->removed);
    if (zone->listed) {
        g_hash_table_unref(zone->listed);
    }
    g_free(zone);
}

static char *key_of(unsigned type, const char *name)
{
    return g_strdup_printf("%u %s", type, name);
}

/* --- loading --- */

typedef struct Loader {
    Zone *zone;
    bool is_overlay;
    char *origin;
    char *owner; /* of the last record; NULL before the first */
    uint32_t ttl_s;
    MasterEntry entry;
} Loader;

/* 0 when it is none. */
static unsigned parse_type(Span text)
{
    g_autofree char *name = span_dup(text);
    return span_is_nocase(text, "ANY") ? ZONE_ANY : ldns_get_rr_type_by_name(name);
}

/* The node of a name. It and every name above it exist from now on (RFC 4592 §2.2.2). */
static GPtrArray *make_node(Zone *zone, const char *name)
{
    for (const char *p = name; p && !g_hash_table_contains(zone->nodes, p); p = name_parent(p)) {
        g_hash_table_insert(zone->nodes, g_strdup(p), g_ptr_array_new_with_free_func(set_free));
    }
    return g_hash_table_lookup(zone->nodes, name);
}

static Set *find_set(const GPtrArray *node, unsigned type)
{
    for (guint i = 0; node && i < node->len; i++) {
        Set *set = node->pdata[i];
        if (set->type == type) {
            return set;
        }
    }
    return NULL;
}

static void add_rdata(Zone *zone, const char *name, unsigned type, uint32_t ttl_s, GBytes *rdata)
{
    GPtrArray *node = make_node(zone, name);
    Set *set = find_set(node, type);
    if (!set) {
        set = g_new0(Set, 1);
        *set = (Set){type, ttl_s, g_ptr_array_new_with_free_func((GDestroyNotify)g_bytes_unref)};
        g_ptr_array_add(node, set);
    }
    set->ttl_s = MIN(set->ttl_s, ttl_s);
    if (rdata) {
        g_ptr_array_add(set->rdata, g_bytes_ref(rdata));
    }
}

/* [owner] [TTL] [class] type rdata, TTL and class in either order (RFC 1035 §5.1). */
static bool load_record(Loader *loader)
{
    MasterEntry *entry = &loader->entry;
    if (!entry->indented) {
        char *owner = master_take_name(entry, loader->origin);
        if (!owner) {
            return false;
        }
        g_free(loader->owner);
        loader->owner = owner;
    }
    if (!loader->owner) {
        return master_fault(entry, "a record without a name before the first name", span_of("", 0));
    }
    uint32_t ttl_s = loader->ttl_s, value = 0;
    Span field = master_take(entry);
    while (span_is_nocase(field, "IN") || master_parse_ttl(field, &value)) {
        ttl_s = span_is_nocase(field, "IN") ? ttl_s : MIN(value, (uint32_t)TTL_MAX_S);
        field = master_take(entry);
    }
    unsigned type = parse_type(field);
    if (type == 0 || type == ZONE_ANY) {
        return master_fault(
            entry, field.n > 0 ? "not a record type:" : "the record type is missing", field);
    }
    bool known = *dns_type_name((DnsType)type) != '\0';
    g_autoptr(GBytes) rdata = known ? rdata_parse(entry, type, loader->origin) : NULL;
    if (known && !rdata) {
        return false;
    }
    add_rdata(loader->zone, loader->owner, type, ttl_s, rdata);
    return true;
}

static bool load_directive(Loader *loader)
{
    MasterEntry *entry = &loader->entry;
    Span directive = master_take(entry);
    if (span_is_nocase(directive, "$ORIGIN")) {
        char *origin = master_take_name(entry, loader->origin);
        if (!origin) {
            return false;
        }
        g_free(loader->origin);
        loader->origin = origin;
        return true;
    }
    if (span_is_nocase(directive, "$TTL")) {
        Span field = master_take(entry);
        return master_parse_ttl(field, &loader->ttl_s) || master_fault(entry, "not a TTL:", field);
    }
    return master_fault(entry, "directive not supported:", directive);
}

static void put_pragma(Zone *zone, unsigned type, const char *name, Pragma value)
{
    Pragma *pragma = g_new(Pragma, 1);
    *pragma = value;
    g_hash_table_replace(zone->pragmas, key_of(type, name), pragma);
    if (value.status == DNS_NODATA || value.status == DNS_OK) {
        make_node(zone, name);
    }
}

/* TTL TARGET */
static bool load_cname(Loader *loader, unsigned type, const char *name)
{
    MasterEntry *entry = &loader->entry;
    Span field = master_take(entry);
    uint32_t ttl_s = 0;
    if (!master_parse_ttl(field, &ttl_s)) {
        return master_fault(entry, "not a TTL:", field);
    }
    char *target = master_take_name(entry, loader->origin);
    if (target) {
        put_pragma(loader->zone, type, name, (Pragma){DNS_OK, g_strdup(""), target, ttl_s});
    }
    return target != NULL;
}

/* [detail] */
static bool load_status(Loader *loader, DnsStatus status, unsigned type, const char *name)
{
    g_autoptr(GByteArray) detail = g_byte_array_new();
    Span field = master_take(&loader->entry);
    if (!name_unescape(field, detail)) {
        return master_fault(&loader->entry, "broken escape in", field);
    }
    g_byte_array_append(detail, (const uint8_t *)"", 1);
    put_pragma(loader->zone, type, name,
               (Pragma){status, g_strdup((const char *)detail->data), NULL, 0});
    return true;
}

/* SECONDS */
static bool load_recorded(Loader *loader)
{
    Span field = master_take(&loader->entry);
    uint64_t seconds = 0;
    if (!span_to_uint64(field, 12, &seconds)) {
        return master_fault(&loader->entry, "not a time in seconds since 1970:", field);
    }
    loader->zone->recorded = true;
    loader->zone->recorded_at_s = (int64_t)seconds;
    return true;
}

/* *NAME */
static bool load_names(Loader *loader)
{
    Zone *zone = loader->zone;
    if (!zone->listed) {
        zone->listed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    }
    while (master_peek(&loader->entry)) {
        char *name = master_take_name(&loader->entry, loader->origin);
        if (!name) {
            return false;
        }
        g_hash_table_add(zone->listed, name);
    }
    return true;
}

/* The pragmas that begin with NAME TYPE. */
static bool load_about(Loader *loader, Span word)
{
    static const DnsStatus statuses[] = {DNS_SERVFAIL, DNS_TIMEOUT,  DNS_REFUSED, DNS_MALFORMED,
                                         DNS_NODATA,   DNS_NXDOMAIN, DNS_NETWORK, DNS_OTHER_RCODE};
    MasterEntry *entry = &loader->entry;
    g_autofree char *name = master_take_name(entry, loader->origin);
    if (!name) {
        return false;
    }
    Span type_field = master_take(entry);
    unsigned type = parse_type(type_field);
    if (type == 0) {
        return master_fault(entry, "not a record type:", type_field);
    }
    if (span_is_nocase(word, "cname")) {
        return load_cname(loader, type, name);
    }
    if (span_is_nocase(word, "wildcard")) {
        return g_hash_table_add(loader->zone->wildcards, key_of(type, name)), true;
    }
    if (span_is_nocase(word, "remove") && loader->is_overlay) {
        return g_hash_table_add(loader->zone->removed, key_of(type, name)), true;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(statuses); i++) {
        if (span_is_nocase(word, dns_status_name(statuses[i]))) {
            return load_status(loader, statuses[i], type, name);
        }
    }
    return master_fault(entry, "pragma not known here:", word);
}

static bool load_pragma(Loader *loader)
{
    MasterEntry *entry = &loader->entry;
    Span word = master_take(entry);
    bool good = span_is_nocase(word, "recorded") ? load_recorded(loader)
                : span_is_nocase(word, "names")  ? load_names(loader)
                                                 : load_about(loader, word);
    if (good && master_peek(entry)) {
        return master_fault(entry, "more fields than the pragma has, from", master_take(entry));
    }
    return good;
}

static bool load_entry(Loader *loader)
{
    const MasterField *first = master_peek(&loader->entry);
    if (loader->entry.pragma) {
        return load_pragma(loader);
    }
    bool directive =
        !loader->entry.indented && !first->quoted && first->text.n > 0 && first->text.p[0] == '$';
    return directive ? load_directive(loader) : load_record(loader);
}

static void set_error(GError **error, const char *label, const MasterEntry *entry)
{
    Span culprit = entry->culprit;
    g_autofree char *shown = bytes_escape(span_of(culprit.p, MIN(culprit.n, 80)));
    const char *quote = culprit.n > 0 ? "'" : "";
    g_set_error(error, g_quark_from_static_string("mailassay-dns"), 0, "%s:%zu: %s%s%s%s%s", label,
                entry->line, entry->fault, culprit.n > 0 ? " " : "", quote, shown, quote);
}

bool zone_load(Zone *zone, Span text, const char *label, bool is_overlay, GError **error)
{
    Loader loader = {zone, is_overlay, g_strdup("."), NULL, DEFAULT_TTL_S, {0}};
    loader.entry.fields = g_array_new(FALSE, FALSE, sizeof(MasterField));
    MasterReader reader;
    master_init(&reader, text);
    bool good = true;
    while (good && master_next(&reader, &loader.entry)) {
        good = !loader.entry.fault && load_entry(&loader);
    }
    if (!good) {
        set_error(error, label, &loader.entry);
    }
    g_array_unref(loader.entry.fields);
    g_free(loader.origin);
    g_free(loader.owner);
    return good;
}

bool zone_add_fault(Zone *zone, const char *name, const char *type_name, DnsStatus status)
{
    g_autofree char *canonical = name_from_master(span_str(name), ".");
    unsigned type = parse_type(span_str(type_name));
    if (!canonical || type == 0) {
        return false;
    }
    put_pragma(zone, type, canonical, (Pragma){status, g_strdup(""), NULL, 0});
    return true;
}

/* --- lookup --- */

static bool has_key(GHashTable *table, unsigned type, const char *name)
{
    g_autofree char *key = key_of(type, name);
    return g_hash_table_contains(table, key);
}

static Hop *pragma_hop(const Zone *zone, unsigned key_type, const char *name, DnsType type)
{
    g_autofree char *key = key_of(key_type, name);
    const Pragma *pragma = g_hash_table_lookup(zone->pragmas, key);
    if (!pragma) {
        return NULL;
    }
    return pragma->cname ? hop_new_cname(name, type, pragma->cname, pragma->ttl_s)
                         : hop_new(name, type, pragma->status, pragma->detail);
}

static Hop *set_hop(const GPtrArray *node, unsigned set_type, const char *name, DnsType type)
{
    const Set *set = find_set(node, set_type);
    if (!set) {
        return NULL;
    }
    Hop *hop = hop_new_records(name, set_type, set->rdata, set->ttl_s);
    if (set_type == (unsigned)type) {
        return hop;
    }
    Hop *alias = hop_new_cname(name, type, hop->records[0].text, set->ttl_s);
    hop_free(hop);
    return alias;
}

Hop *zone_lookup_exact(const Zone *zone, const char *name, DnsType type)
{
    const GPtrArray *node = g_hash_table_lookup(zone->nodes, name);
    Hop *hop = pragma_hop(zone, type, name, type);
    hop = hop ? hop : set_hop(node, type, name, type);
    hop = hop ? hop : pragma_hop(zone, ZONE_ANY, name, type);
    hop = hop ? hop : set_hop(node, DNS_CNAME, name, type);
    if (hop && has_key(zone->wildcards, type, name)) {
        hop->wildcard = true;
    }
    return hop;
}

/* RFC 4592 §3.3.1: the wildcard below the closest encloser, and no other. */
static Hop *wildcard_hop(const Zone *zone, const char *name, DnsType type)
{
    const char *encloser = name_parent(name);
    while (!g_hash_table_contains(zone->nodes, encloser)) {
        encloser = name_parent(encloser);
    }
    g_autofree char *source =
        strcmp(encloser, ".") == 0 ? g_strdup("*") : g_strconcat("*.", encloser, NULL);
    const GPtrArray *node = g_hash_table_lookup(zone->nodes, source);
    if (!node) {
        return hop_new(name, type, DNS_NXDOMAIN, "");
    }
    Hop *hop = set_hop(node, type, name, type);
    hop = hop ? hop : set_hop(node, DNS_CNAME, name, type);
    hop = hop ? hop : hop_new(name, type, DNS_NODATA, "");
    hop->wildcard = hop->status == DNS_OK;
    return hop;
}

Hop *zone_lookup(const Zone *zone, const char *name, DnsType type)
{
    Hop *hop = zone_lookup_exact(zone, name, type);
    if (hop) {
        return hop;
    }
    if (g_hash_table_contains(zone->nodes, name)) {
        return hop_new(name, type, DNS_NODATA, "");
    }
    return wildcard_hop(zone, name, type);
}

bool zone_removes(const Zone *zone, const char *name, DnsType type)
{
    return has_key(zone->removed, type, name) || has_key(zone->removed, ZONE_ANY, name);
}

bool zone_recorded_at(const Zone *zone, int64_t *time_s)
{
    if (zone->recorded) {
        *time_s = zone->recorded_at_s;
    }
    return zone->recorded;
}

static bool has_text(const GPtrArray *sets)
{
    for (guint i = 0; i < sets->len; i++) {
        if (((const Set *)sets->pdata[i])->type == DNS_TXT) {
            return true;
        }
    }
    return false;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool is_at_or_below(const char *name, const char *ancestor)
{
    size_t n = strlen(name), m = strlen(ancestor);
    return n >= m && strcmp(name + n - m, ancestor) == 0 && (n == m || name[n - m - 1] == '.');
}

char **zone_names_below(const Zone *zone, const char *ancestor)
{
    GPtrArray *names = g_ptr_array_new();
    GHashTableIter iter;
    void *name = NULL, *sets = NULL;
    g_hash_table_iter_init(&iter, zone->listed ? zone->listed : zone->nodes);
    while (g_hash_table_iter_next(&iter, &name, &sets)) {
        if (is_at_or_below(name, ancestor) && (zone->listed || has_text(sets))) {
            g_ptr_array_add(names, g_strdup(name));
        }
    }
    g_ptr_array_sort(names, compare_names);
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}
