#include "analyzer/dns/recording.h"

#include <string.h>

/* Shows octets inside quotes: RFC 1035 §5.1 escapes, nothing but printable ASCII left. */
static void write_quoted(GString *out, const uint8_t *p, size_t n)
{
    g_string_append_c(out, '"');
    for (size_t i = 0; i < n; i++) {
        if (p[i] == '"' || p[i] == '\\') {
            g_string_append_c(out, '\\');
            g_string_append_c(out, (char)p[i]);
        } else if (p[i] < ' ' || p[i] >= 0x7f) {
            g_string_append_printf(out, "\\%03u", p[i]);
        } else {
            g_string_append_c(out, (char)p[i]);
        }
    }
    g_string_append_c(out, '"');
}

static void write_name(GString *out, const char *name)
{
    g_string_append_printf(out, strcmp(name, ".") == 0 ? "%s" : "%s.", name);
}

static void write_record(GString *out, const Hop *hop, const DnsRecord *record)
{
    write_name(out, hop->name);
    g_string_append_printf(out, " %u IN %s ", hop->ttl_s, dns_type_name((DnsType)hop->type));
    switch (hop->type) {
    case DNS_MX:
        g_string_append_printf(out, "%u ", record->preference);
        write_name(out, record->text);
        break;
    case DNS_NS:
    case DNS_CNAME:
    case DNS_PTR:
        write_name(out, record->text);
        break;
    case DNS_TXT:
        for (size_t i = 0; i < record->n_strings; i++) {
            size_t n = 0;
            const uint8_t *p = g_bytes_get_data(record->strings[i], &n);
            g_string_append(out, i > 0 ? " " : "");
            write_quoted(out, p, n);
        }
        g_string_append(out, record->n_strings == 0 ? "\\# 0" : "");
        break;
    default: /* addresses and SOA; the origin is the root, so names are absolute either way */
        g_string_append(out, record->text);
    }
    g_string_append_c(out, '\n');
}

static void write_pragma(GString *out, const Hop *hop, const char *word)
{
    g_string_append_printf(out, ";!%s ", word);
    write_name(out, hop->name);
    g_string_append_printf(out, " %s", dns_type_name((DnsType)hop->type));
}

static void write_hop(GString *out, const Hop *hop)
{
    if (hop->cname) {
        write_pragma(out, hop, "cname");
        g_string_append_printf(out, " %u ", hop->ttl_s);
        write_name(out, hop->cname);
        g_string_append_c(out, '\n');
    } else if (hop->status != DNS_OK) {
        write_pragma(out, hop, dns_status_name(hop->status));
        if (*hop->detail) {
            g_string_append_c(out, ' ');
            write_quoted(out, (const uint8_t *)hop->detail, strlen(hop->detail));
        }
        g_string_append_c(out, '\n');
    }
    for (size_t i = 0; i < hop->n; i++) {
        write_record(out, hop, &hop->records[i]);
    }
    if (hop->wildcard) {
        write_pragma(out, hop, "wildcard");
        g_string_append_c(out, '\n');
    }
}

void recording_write(GString *out, const GPtrArray *hops)
{
    for (guint i = 0; i < hops->len; i++) {
        write_hop(out, hops->pdata[i]);
    }
}

void recording_write_names(GString *out, const char *const *names, size_t n)
{
    g_string_append(out, ";!names");
    for (size_t i = 0; i < n; i++) {
        g_string_append_c(out, ' ');
        write_name(out, names[i]);
    }
    g_string_append_c(out, '\n');
}
