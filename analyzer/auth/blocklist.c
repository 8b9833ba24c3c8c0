#include "analyzer/auth/blocklist.h"

#include <string.h>

const char *blocklist_result_name(BlockListResult result)
{
    static const char *const names[] = {[BLOCKLIST_CLEAR] = "clear",
                                        [BLOCKLIST_LISTED] = "listed",
                                        [BLOCKLIST_REFUSED] = "refused",
                                        [BLOCKLIST_BROKEN] = "broken",
                                        [BLOCKLIST_OPEN] = "open"};
    g_return_val_if_fail(result < G_N_ELEMENTS(names), "");
    return names[result];
}

/* --- names --- */

/* "2.2.0.192.zen.example"; NULL when ip is no address. Owned. */
static char *address_name(const char *ip, const char *zone)
{
    g_autofree char *reverse = dns_reverse_name(ip);
    if (!reverse)
        return NULL;
    for (size_t i = 0; i < 2; i++) { /* "in-addr.arpa", "ip6.arpa" */
        char *dot = strrchr(reverse, '.');
        if (dot)
            *dot = '\0';
    }
    return g_strconcat(reverse, ".", zone, NULL);
}

static char *name_of(const BlockList *list, const char *object)
{
    return list->of_domains ? g_strconcat(object, ".", list->zone, NULL)
                            : address_name(object, list->zone);
}

/* RFC 5782 §5: what must not be listed. */
static const char *never_listed(const BlockList *list, const char *object)
{
    return list->of_domains ? "invalid" : strchr(object, ':') ? "::ffff:7f00:1" : "127.0.0.1";
}

/* RFC 5782 §5: what must be; NULL where that is not asked. */
static const char *always_listed(const BlockList *list, const char *object)
{
    return list->of_domains || strchr(object, ':') ? NULL : "127.0.0.2";
}

static const DnsAnswer *ask(const BlockList *list, const char *object, DnsType type,
                            DnsSession *dns)
{
    g_autofree char *name = name_of(list, object);
    return name ? dns_ask(dns, name, type) : NULL;
}

/* --- answers --- */

static bool is_refusal(const char *address)
{
    return g_str_has_prefix(address, "127.255.255.") || strcmp(address, "127.0.0.1") == 0;
}

static BlockListResult read_codes(const DnsAnswer *answer)
{
    for (size_t i = 0; i < answer->n; i++)
        if (!g_str_has_prefix(answer->records[i].text, "127."))
            return BLOCKLIST_BROKEN;
    for (size_t i = 0; i < answer->n; i++)
        if (is_refusal(answer->records[i].text))
            return BLOCKLIST_REFUSED;
    return BLOCKLIST_LISTED;
}

/* What holds of the list itself. */
static BlockListResult check_list(const BlockList *list, const char *object, BlockListResult result,
                                  DnsSession *dns)
{
    if (result == BLOCKLIST_LISTED) {
        const DnsAnswer *never = ask(list, never_listed(list, object), DNS_A, dns);
        return never && never->status == DNS_OK ? BLOCKLIST_BROKEN : result;
    }
    const char *always = always_listed(list, object);
    const DnsAnswer *test = always ? ask(list, always, DNS_A, dns) : NULL;
    if (!test)
        return result;
    if (test->status == DNS_OK)
        return read_codes(test) == BLOCKLIST_LISTED ? result : read_codes(test);
    return dns_status_is_temporary(test->status) ? BLOCKLIST_OPEN : BLOCKLIST_BROKEN;
}

static char *join_codes(const DnsAnswer *answer)
{
    enum { MOST_CODES = 10 };
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < MIN(answer->n, (size_t)MOST_CODES); i++)
        g_string_append_printf(out, "%s%s", i > 0 ? ", " : "", answer->records[i].text);
    return g_string_free(out, FALSE);
}

static void read_answer(BlockListAnswer *item, DnsSession *dns)
{
    const DnsAnswer *answer = item->answer;
    if (answer->status == DNS_OK)
        item->codes = join_codes(answer);
    if (answer->status != DNS_OK && answer->status != DNS_NXDOMAIN &&
        answer->status != DNS_NODATA) {
        item->result = BLOCKLIST_OPEN;
        return;
    }
    item->result = answer->status == DNS_OK ? read_codes(answer) : BLOCKLIST_CLEAR;
    if (item->result == BLOCKLIST_LISTED || item->result == BLOCKLIST_CLEAR)
        item->result = check_list(item->list, item->object, item->result, dns);
    if (item->result != BLOCKLIST_LISTED)
        return;
    const DnsAnswer *text = ask(item->list, item->object, DNS_TXT, dns);
    if (text && text->status == DNS_OK)
        item->reason = span_dup(span_of(text->records[0].text, text->records[0].text_n));
}

static void add(BlockListCheck *check, const BlockList *list, const char *object, DnsSession *dns)
{
    const DnsAnswer *answer = ask(list, object, DNS_A, dns);
    if (!answer)
        return;
    check->items = g_renew(BlockListAnswer, check->items, check->n + 1);
    BlockListAnswer *item = &check->items[check->n++];
    *item = (BlockListAnswer){.list = list, .object = g_strdup(object), .answer = answer};
    read_answer(item, dns);
}

static bool is_repeated(const char *const *domains, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(domains[i], domains[index]) == 0)
            return true;
    return false;
}

BlockListCheck *blocklist_check(const Profile *profile, const char *ip, const char *const *domains,
                                DnsSession *dns)
{
    BlockListCheck *check = g_new0(BlockListCheck, 1);
    for (size_t i = 0; i < profile->n_block_lists; i++) {
        const BlockList *list = &profile->block_lists[i];
        if (!list->of_domains && ip)
            add(check, list, ip, dns);
        for (size_t d = 0; list->of_domains && domains[d]; d++)
            if (!is_repeated(domains, d))
                add(check, list, domains[d], dns);
    }
    return check;
}

void blocklist_check_free(BlockListCheck *check)
{
    if (!check)
        return;
    for (size_t i = 0; i < check->n; i++) {
        g_free(check->items[i].object);
        g_free(check->items[i].codes);
        g_free(check->items[i].reason);
    }
    g_free(check->items);
    g_free(check);
}

static void prefetch(const BlockList *list, const char *object, DnsSession *dns)
{
    g_autofree char *name = object ? name_of(list, object) : NULL;
    if (name)
        dns_prefetch(dns, name, DNS_A);
}

void blocklist_prefetch(const Profile *profile, const char *ip, const char *const *domains,
                        DnsSession *dns)
{
    for (size_t i = 0; i < profile->n_block_lists; i++) {
        const BlockList *list = &profile->block_lists[i];
        if (!list->of_domains && ip) {
            prefetch(list, ip, dns);
            prefetch(list, always_listed(list, ip), dns);
        }
        for (size_t d = 0; list->of_domains && domains[d]; d++)
            prefetch(list, domains[d], dns);
    }
}
