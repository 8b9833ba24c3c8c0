#include "analyzer/dns/dns.h"

#include "analyzer/dns/name.h"
#include "analyzer/dns/recording.h"
#include "analyzer/dns/wire.h"
#include "analyzer/dns/zone.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

enum { CNAME_LINKS_MAX = 10 };

/* What is known of one question. */
typedef struct Entry {
    Hop *hop;       /* NULL while it is under way */
    unsigned links; /* aliases followed before this question was started */
    unsigned round; /* waits that had begun when it was started */
} Entry;

struct Dns {
    Zone *zone; /* zone and wire both NULL: knows nothing */
    Wire *wire;
    GMutex lock; /* holds everything below, and zone */
    GCond arrived;
    GHashTable *entries; /* "TYPE name" -> Entry */
    GHashTable *answers; /* "TYPE name" -> DnsAnswer, those no overlay had a part in */
    DnsStats stats;
};

/* A question as one analysis saw it. */
typedef struct Logged {
    const DnsAnswer *answer;
    DnsAnswer *own; /* the same when an overlay had a part in it */
} Logged;

struct DnsSession {
    Dns *dns;
    DnsSession *parent; /* of a simulation: the session it lies upon; else NULL */
    Zone *overlay;
    GHashTable *by_key;    /* "TYPE name" -> Logged */
    GPtrArray *log;        /* of Logged, owned by by_key */
    GPtrArray *own_hops;   /* made by the overlay */
    GHashTable *base_seen; /* set of const Hop *: below */
    GPtrArray *base_hops;  /* what Dns said beneath the overlay, each once, in order */
    GHashTable *listed;    /* set of the names it listed */
};

/* --- names of things --- */

bool dns_status_is_temporary(DnsStatus status)
{
    return status != DNS_OK && status != DNS_NODATA && status != DNS_NXDOMAIN &&
           status != DNS_BAD_NAME;
}

const char *dns_status_name(DnsStatus status)
{
    static const char *const names[] = {
        [DNS_OK] = "ok",
        [DNS_NODATA] = "nodata",
        [DNS_NXDOMAIN] = "nxdomain",
        [DNS_SERVFAIL] = "servfail",
        [DNS_REFUSED] = "refused",
        [DNS_OTHER_RCODE] = "other-rcode",
        [DNS_TIMEOUT] = "timeout",
        [DNS_MALFORMED] = "malformed",
        [DNS_NETWORK] = "network",
        [DNS_BAD_NAME] = "bad-name",
    };
    return names[status];
}

static const struct {
    DnsType type;
    const char *name;
} types[] = {
    {DNS_A, "A"},     {DNS_NS, "NS"}, {DNS_CNAME, "CNAME"}, {DNS_SOA, "SOA"},
    {DNS_PTR, "PTR"}, {DNS_MX, "MX"}, {DNS_TXT, "TXT"},     {DNS_AAAA, "AAAA"},
};

const char *dns_type_name(DnsType type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (types[i].type == type) {
            return types[i].name;
        }
    }
    return "";
}

bool dns_type_parse(const char *text, DnsType *type)
{
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_ascii_strcasecmp(types[i].name, text) == 0) {
            *type = types[i].type;
            return true;
        }
    }
    return false;
}

char *dns_reverse_name(const char *ip)
{
    uint8_t octets[sizeof(struct in6_addr)];
    if (inet_pton(AF_INET, ip, octets) == 1) {
        return g_strdup_printf("%u.%u.%u.%u.in-addr.arpa", octets[3], octets[2], octets[1],
                               octets[0]);
    }
    if (inet_pton(AF_INET6, ip, octets) != 1) {
        return NULL;
    }
    GString *name = g_string_new(NULL);
    for (size_t i = sizeof octets; i-- > 0;) {
        g_string_append_printf(name, "%x.%x.", octets[i] & 15u, octets[i] >> 4);
    }
    g_string_append(name, "ip6.arpa");
    return g_string_free(name, FALSE);
}

/* --- Dns --- */

static void answer_free(void *data)
{
    DnsAnswer *answer = data;
    if (answer) {
        g_free(answer->name);
        g_strfreev(answer->cnames);
        g_free(answer->detail);
        g_free(answer);
    }
}

static void entry_free(void *data)
{
    Entry *entry = data;
    hop_free(entry->hop);
    g_free(entry);
}

static char *key_of(DnsType type, const char *name)
{
    return g_strdup_printf("%d %s", (int)type, name);
}

Dns *dns_new_none(void)
{
    Dns *dns = g_new0(Dns, 1);
    g_mutex_init(&dns->lock);
    g_cond_init(&dns->arrived);
    dns->entries = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, entry_free);
    dns->answers = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, answer_free);
    return dns;
}

Dns *dns_new_zone_text(Span text, const char *label, GError **error)
{
    g_autoptr(Zone) zone = zone_new();
    if (!zone_load(zone, text, label, false, error)) {
        return NULL;
    }
    Dns *dns = dns_new_none();
    dns->zone = g_steal_pointer(&zone);
    return dns;
}

Dns *dns_new_zone(const char *const *files, size_t n_files, GError **error)
{
    g_autoptr(Zone) zone = zone_new();
    for (size_t i = 0; i < n_files; i++) {
        g_autofree char *text = NULL;
        gsize n = 0;
        if (!g_file_get_contents(files[i], &text, &n, error) ||
            !zone_load(zone, span_of(text, n), files[i], false, error)) {
            return NULL;
        }
    }
    Dns *dns = dns_new_none();
    dns->zone = g_steal_pointer(&zone);
    return dns;
}

void dns_free(Dns *dns)
{
    if (!dns) {
        return;
    }
    wire_free(dns->wire);
    zone_free(dns->zone);
    g_hash_table_unref(dns->answers);
    g_hash_table_unref(dns->entries);
    g_cond_clear(&dns->arrived);
    g_mutex_clear(&dns->lock);
    g_free(dns);
}

const char *dns_source(const Dns *dns)
{
    return dns->wire ? "live" : dns->zone ? "zone" : "none";
}

bool dns_recorded_at(const Dns *dns, int64_t *time_s)
{
    return dns->zone && zone_recorded_at(dns->zone, time_s);
}

void dns_add_fault(Dns *dns, const char *name, const char *type, DnsStatus status)
{
    if (dns->zone) {
        g_mutex_lock(&dns->lock);
        zone_add_fault(dns->zone, name, type, status);
        g_mutex_unlock(&dns->lock);
    }
}

DnsStats dns_stats(Dns *dns)
{
    g_mutex_lock(&dns->lock);
    DnsStats stats = dns->stats;
    g_mutex_unlock(&dns->lock);
    return stats;
}

/* Finds the entry of a question, starting the question when it is new. Lock held. */
static Entry *start_question(Dns *dns, const char *name, DnsType type, unsigned links)
{
    g_autofree char *key = key_of(type, name);
    Entry *entry = g_hash_table_lookup(dns->entries, key);
    if (entry) {
        return entry;
    }
    entry = g_new0(Entry, 1);
    entry->links = links;
    entry->round = dns->stats.rounds;
    g_hash_table_insert(dns->entries, g_steal_pointer(&key), entry);
    dns->stats.questions++;
    if (dns->wire) {
        wire_start(dns->wire, name, type);
    } else if (dns->zone) {
        entry->hop = zone_lookup(dns->zone, name, type);
    } else {
        entry->hop = hop_new(name, type, DNS_TIMEOUT, "");
    }
    return entry;
}

/* Keeps what came in. The first word on a question stands: answers given out point to it. */
static void store_hop(Dns *dns, Hop *hop, unsigned links)
{
    g_autofree char *key = key_of((DnsType)hop->type, hop->name);
    Entry *entry = g_hash_table_lookup(dns->entries, key);
    if (!entry) {
        entry = g_new0(Entry, 1);
        entry->links = links;
        g_hash_table_insert(dns->entries, g_steal_pointer(&key), entry);
    }
    if (entry->hop) {
        hop_free(hop);
    } else {
        entry->hop = hop;
    }
}

/* From the wire's thread. An alias that the server did not follow is followed at once: nobody has
 * to wait for it to be noticed. */
static void deliver(void *arg, GPtrArray *hops)
{
    Dns *dns = arg;
    const Hop *last = hops->pdata[hops->len - 1];
    g_autofree char *next = g_strdup(last->cname);
    DnsType type = (DnsType)last->type;
    g_mutex_lock(&dns->lock);
    const Hop *first = hops->pdata[0];
    g_autofree char *key = key_of(type, first->name);
    const Entry *asked = g_hash_table_lookup(dns->entries, key);
    unsigned links = (asked ? asked->links : 0) + hops->len;
    for (guint i = 0; i < hops->len; i++) {
        store_hop(dns, hops->pdata[i], links);
    }
    if (next && links <= CNAME_LINKS_MAX) {
        start_question(dns, next, type, links);
    }
    g_cond_broadcast(&dns->arrived);
    g_mutex_unlock(&dns->lock);
    g_ptr_array_unref(hops);
}

Dns *dns_new_live(const DnsOptions *options, GError **error)
{
    Dns *dns = dns_new_none();
    dns->wire = wire_new(options, deliver, dns, error);
    if (!dns->wire) {
        g_clear_pointer(&dns, dns_free);
    }
    return dns;
}

static const Hop *ask_hop(Dns *dns, const char *name, DnsType type)
{
    g_mutex_lock(&dns->lock);
    unsigned before = dns->stats.questions;
    Entry *entry = start_question(dns, name, type, 0);
    if (dns->stats.questions == before) {
        dns->stats.cache_hits++;
    }
    /* What was under way already when somebody last began to wait comes in with that. */
    if (!entry->hop && entry->round == dns->stats.rounds) {
        dns->stats.rounds++;
    }
    while (!entry->hop) {
        g_cond_wait(&dns->arrived, &dns->lock);
    }
    const Hop *hop = entry->hop;
    g_mutex_unlock(&dns->lock);
    return hop;
}

/* --- sessions --- */

static void logged_free(void *data)
{
    Logged *logged = data;
    answer_free(logged->own);
    g_free(logged);
}

DnsSession *dns_session_new(Dns *dns)
{
    DnsSession *session = g_new0(DnsSession, 1);
    session->dns = dns;
    session->by_key = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, logged_free);
    session->log = g_ptr_array_new();
    session->own_hops = g_ptr_array_new_with_free_func((GDestroyNotify)hop_free);
    session->base_seen = g_hash_table_new(g_direct_hash, g_direct_equal);
    session->base_hops = g_ptr_array_new();
    session->listed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return session;
}

DnsSession *dns_session_simulate(DnsSession *parent)
{
    DnsSession *session = dns_session_new(parent->dns);
    session->parent = parent;
    return session;
}

bool dns_session_overlay(DnsSession *session, Span zone_text, GError **error)
{
    g_autoptr(Zone) overlay = zone_new();
    if (!zone_load(overlay, zone_text, "overlay", true, error)) {
        return false;
    }
    zone_free(session->overlay);
    session->overlay = g_steal_pointer(&overlay);
    return true;
}

void dns_session_free(DnsSession *session)
{
    if (!session) {
        return;
    }
    g_ptr_array_unref(session->log);
    g_hash_table_unref(session->by_key);
    g_ptr_array_unref(session->own_hops);
    g_ptr_array_unref(session->base_hops);
    g_hash_table_unref(session->base_seen);
    g_hash_table_unref(session->listed);
    zone_free(session->overlay);
    g_free(session);
}

static const Hop *session_hop(DnsSession *session, const char *name, DnsType type, bool *overlaid);

/* What lies beneath the overlay of a session. */
static const Hop *base_hop(DnsSession *session, const char *name, DnsType type, bool *overlaid)
{
    if (session->parent) {
        return session_hop(session->parent, name, type, overlaid);
    }
    const Hop *hop = ask_hop(session->dns, name, type);
    if (g_hash_table_add(session->base_seen, (void *)hop)) {
        g_ptr_array_add(session->base_hops, (void *)hop);
    }
    return hop;
}

static const Hop *own_hop(DnsSession *session, Hop *hop)
{
    g_ptr_array_add(session->own_hops, hop);
    return hop;
}

/* One link of a chain, seen through the overlay. A name that the overlay brings into being, or that
 * exists because the overlay has something below it, is no NXDOMAIN any more. */
static const Hop *session_hop(DnsSession *session, const char *name, DnsType type, bool *overlaid)
{
    const Zone *overlay = session->overlay;
    if (!overlay) {
        return base_hop(session, name, type, overlaid);
    }
    Hop *laid = zone_lookup_exact(overlay, name, type);
    if (laid) {
        *overlaid = true;
        return own_hop(session, laid);
    }
    const Hop *base = base_hop(session, name, type, overlaid);
    if (zone_removes(overlay, name, base->cname ? DNS_CNAME : type)) {
        *overlaid = true;
        return base->status == DNS_OK ? own_hop(session, hop_new(name, type, DNS_NODATA, ""))
                                      : base;
    }
    if (base->status != DNS_NXDOMAIN) {
        return base;
    }
    laid = zone_lookup(overlay, name, type);
    if (laid->status == DNS_NXDOMAIN) {
        hop_free(laid);
        return base;
    }
    *overlaid = true;
    return own_hop(session, laid);
}

static bool chain_has(const GPtrArray *hops, const char *name)
{
    for (guint i = 0; i < hops->len; i++) {
        const Hop *hop = hops->pdata[i];
        if (strcmp(hop->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* Follows aliases to the end. Returns "" or what is wrong with the chain (RFC 1034 §3.6.2 leaves
 * the limit to us). */
static const char *walk_chain(DnsSession *session, const char *name, DnsType type, GPtrArray *hops,
                              bool *overlaid)
{
    for (const char *at = name;;) {
        const Hop *hop = session_hop(session, at, type, overlaid);
        g_ptr_array_add(hops, (void *)hop);
        if (!hop->cname) {
            return "";
        }
        if (chain_has(hops, hop->cname)) {
            return "the CNAMEs lead in a circle";
        }
        if (hops->len > CNAME_LINKS_MAX) {
            return "more than 10 CNAMEs in a row";
        }
        at = hop->cname;
    }
}

static DnsAnswer *make_answer(const char *name, DnsType type, const GPtrArray *hops,
                              const char *fault)
{
    const Hop *last = hops->pdata[hops->len - 1];
    g_autoptr(GPtrArray) cnames = g_ptr_array_new();
    DnsAnswer *answer = g_new0(DnsAnswer, 1);
    answer->name = g_strdup(name);
    answer->type = type;
    answer->status = *fault ? DNS_MALFORMED : last->status;
    answer->detail = g_strdup(*fault ? fault : last->detail);
    answer->records = last->records;
    answer->n = last->n;
    answer->ttl_s = *fault ? 0 : last->ttl_s;
    for (guint i = 0; i < hops->len; i++) {
        const Hop *hop = hops->pdata[i];
        answer->wildcard = answer->wildcard || hop->wildcard;
        answer->ttl_s = MIN(answer->ttl_s, hop->ttl_s);
        if (hop->cname) {
            g_ptr_array_add(cnames, g_strdup(hop->cname));
        }
    }
    g_ptr_array_add(cnames, NULL);
    answer->cnames = (char **)g_ptr_array_free(g_steal_pointer(&cnames), FALSE);
    return answer;
}

static DnsAnswer *make_bad_name(const char *name, DnsType type)
{
    DnsAnswer *answer = g_new0(DnsAnswer, 1);
    answer->name = g_strdup(name);
    answer->type = type;
    answer->status = DNS_BAD_NAME;
    answer->cnames = g_new0(char *, 1);
    answer->detail =
        g_strdup("a label is empty or longer than 63 octets, or the name longer than 253");
    return answer;
}

/* Gives the answer a place that outlives this session, unless another session did so before. */
static const DnsAnswer *share_answer(Dns *dns, const char *key, DnsAnswer *answer)
{
    g_mutex_lock(&dns->lock);
    DnsAnswer *known = g_hash_table_lookup(dns->answers, key);
    if (known) {
        answer_free(answer);
    } else {
        known = answer;
        g_hash_table_insert(dns->answers, g_strdup(key), answer);
    }
    g_mutex_unlock(&dns->lock);
    return known;
}

const DnsAnswer *dns_ask(DnsSession *session, const char *raw, DnsType type)
{
    bool valid = false;
    g_autofree char *name = name_from_question(raw, &valid);
    g_autofree char *key = key_of(type, name);
    Logged *logged = g_hash_table_lookup(session->by_key, key);
    if (logged) {
        return logged->answer;
    }
    logged = g_new0(Logged, 1);
    if (!valid) {
        logged->answer = share_answer(session->dns, key, make_bad_name(name, type));
    } else {
        g_autoptr(GPtrArray) hops = g_ptr_array_new();
        bool overlaid = false;
        const char *fault = walk_chain(session, name, type, hops, &overlaid);
        DnsAnswer *answer = make_answer(name, type, hops, fault);
        answer->from_overlay = overlaid;
        logged->own = overlaid ? answer : NULL;
        logged->answer = overlaid ? answer : share_answer(session->dns, key, answer);
    }
    g_hash_table_insert(session->by_key, g_steal_pointer(&key), logged);
    g_ptr_array_add(session->log, logged);
    return logged->answer;
}

void dns_prefetch(DnsSession *session, const char *raw, DnsType type)
{
    Dns *dns = session->dns;
    bool valid = false;
    g_autofree char *name = name_from_question(raw, &valid);
    if (!valid || !dns->wire) {
        return;
    }
    for (unsigned links = 0; session->overlay && links < CNAME_LINKS_MAX; links++) {
        g_autoptr(Hop) laid = zone_lookup_exact(session->overlay, name, type);
        if (!laid) {
            break;
        }
        if (!laid->cname) {
            return;
        }
        g_free(name);
        name = g_strdup(laid->cname);
    }
    g_mutex_lock(&dns->lock);
    start_question(dns, name, type, 0);
    g_mutex_unlock(&dns->lock);
}

size_t dns_session_count(const DnsSession *session)
{
    return session->log->len;
}

const DnsAnswer *dns_session_answer(const DnsSession *session, size_t i)
{
    const Logged *logged = session->log->pdata[i];
    return logged->answer;
}

char **dns_session_names_below(DnsSession *session, const char *ancestor)
{
    if (session->parent) {
        return dns_session_names_below(session->parent, ancestor);
    }
    if (!session->dns->zone) {
        return g_new0(char *, 1);
    }
    char **names = zone_names_below(session->dns->zone, ancestor);
    for (size_t i = 0; names[i]; i++) {
        g_hash_table_add(session->listed, g_strdup(names[i]));
    }
    return names;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

GString *dns_session_record(const DnsSession *session)
{
    GString *text = g_string_new(NULL);
    guint n = 0;
    g_autofree const char **names =
        (const char **)g_hash_table_get_keys_as_array(session->listed, &n);
    qsort(names, n, sizeof *names, compare_names);
    recording_write_names(text, names, n);
    recording_write(text, session->base_hops);
    return text;
}
