#include "analyzer/dns/hop.h"

#include "analyzer/dns/rdata.h"

Hop *hop_new(const char *name, unsigned type, DnsStatus status, const char *detail)
{
    Hop *hop = g_new0(Hop, 1);
    hop->name = g_strdup(name);
    hop->type = type;
    hop->status = status;
    hop->detail = g_strdup(detail);
    return hop;
}

Hop *hop_new_cname(const char *name, unsigned type, const char *target, uint32_t ttl_s)
{
    Hop *hop = hop_new(name, type, DNS_OK, "");
    hop->cname = g_strdup(target);
    hop->ttl_s = ttl_s;
    return hop;
}

static int compare_rdata(const void *a, const void *b)
{
    return g_bytes_compare(*(GBytes *const *)a, *(GBytes *const *)b);
}

Hop *hop_new_records(const char *name, unsigned type, GPtrArray *rdata, uint32_t ttl_s)
{
    g_autoptr(Hop) hop = hop_new(name, type, DNS_OK, "");
    hop->ttl_s = ttl_s;
    hop->records = g_new0(DnsRecord, rdata->len);
    g_ptr_array_sort(rdata, compare_rdata);
    for (guint i = 0; i < rdata->len; i++) {
        if (i > 0 && g_bytes_equal(rdata->pdata[i - 1], rdata->pdata[i])) {
            continue;
        }
        if (!rdata_read(type, rdata->pdata[i], &hop->records[hop->n++])) {
            return NULL;
        }
    }
    return g_steal_pointer(&hop);
}

void hop_free(Hop *hop)
{
    if (!hop) {
        return;
    }
    for (size_t i = 0; i < hop->n; i++) {
        rdata_clear_record(&hop->records[i]);
    }
    g_free(hop->records);
    g_free(hop->name);
    g_free(hop->cname);
    g_free(hop->detail);
    g_free(hop);
}
