#include "reports/sections.h"

void sections_answer(xmlNode *node, const Evidence *evidence, const DnsAnswer *answer)
{
    if (answer == NULL)
        return;
    size_t n = dns_session_count(evidence->dns);
    for (size_t i = 0; i < n; i++) {
        if (dns_session_answer(evidence->dns, i) == answer) {
            node_number(node, "question", i + 1);
            break;
        }
    }
    node_attr(node, "status", dns_status_name(answer->status));
}

/* Where a TXT record is cut into character-strings: "255 161". */
static void write_string_lengths(xmlNode *node, const DnsRecord *record)
{
    g_autoptr(GString) lengths = g_string_new(NULL);
    for (size_t i = 0; i < record->n_strings; i++)
        g_string_append_printf(lengths, "%s%zu", i > 0 ? " " : "",
                               g_bytes_get_size(record->strings[i]));
    node_attr(node, "string-lengths", lengths->str);
}

static void write_record(xmlNode *list, const DnsAnswer *answer, const DnsRecord *record)
{
    xmlNode *node = node_new(list, "record");
    if (answer->type == DNS_MX)
        node_number(node, "preference", record->preference);
    if (answer->type == DNS_TXT)
        write_string_lengths(node, record);
    node_octets(node, "text",
                answer->type == DNS_TXT ? span_of(record->text, record->text_n)
                                        : span_str(record->text));
}

static void write_question(xmlNode *list, const DnsAnswer *answer, size_t number)
{
    xmlNode *node = node_new(list, "answer");
    node_number(node, "number", number);
    node_attr(node, "name", answer->name);
    node_attr(node, "type", dns_type_name(answer->type));
    node_attr(node, "status", dns_status_name(answer->status));
    node_bool(node, "temporary", dns_status_is_temporary(answer->status));
    node_number(node, "ttl-s", answer->ttl_s);
    node_bool(node, "wildcard", answer->wildcard);
    node_bool(node, "proposed", answer->from_overlay);
    xmlNode *aliases = node_new(node, "aliases");
    for (char **cname = answer->cnames; cname != NULL && *cname != NULL; cname++)
        node_text(aliases, "alias", *cname);
    xmlNode *records = node_new(node, "records");
    size_t n = node_limit(records, answer->n, NODE_MAX_ITEMS);
    for (size_t i = 0; i < n; i++)
        write_record(records, answer, &answer->records[i]);
    if (answer->detail != NULL && answer->detail[0] != '\0')
        node_text(node, "detail", answer->detail);
}

void sections_dns(xmlNode *report, const Evidence *evidence)
{
    xmlNode *list = node_new(report, "dns");
    size_t n = node_limit(list, dns_session_count(evidence->dns), 1000);
    for (size_t i = 0; i < n; i++)
        write_question(list, dns_session_answer(evidence->dns, i), i + 1);
}

void sections_domain_records(xmlNode *report, const Evidence *evidence)
{
    const struct {
        const char *purpose;
        const DnsAnswer *answer;
    } asked[] = {
        {"mail-from-mx", evidence->mail_from_mx}, {"mail-from-a", evidence->mail_from_a},
        {"author-mx", evidence->author_mx},       {"tls-rpt", evidence->tls_rpt},
        {"mta-sts", evidence->mta_sts},           {"bimi", evidence->bimi},
    };
    const Lint *const found[G_N_ELEMENTS(asked)] = {
        NULL, NULL, NULL, evidence->lint.tls_rpt, evidence->lint.mta_sts, evidence->lint.bimi};
    xmlNode *list = node_new(report, "domain-records");
    for (size_t i = 0; i < G_N_ELEMENTS(asked); i++) {
        if (asked[i].answer == NULL)
            continue;
        xmlNode *node = node_new(list, "domain-record");
        node_attr(node, "purpose", asked[i].purpose);
        node_attr(node, "name", asked[i].answer->name);
        sections_answer(node, evidence, asked[i].answer);
        if (found[i] != NULL)
            node_octets(node, "text", span_of(found[i]->text, found[i]->text_n));
    }
}

void sections_block_lists(xmlNode *report, const Evidence *evidence)
{
    const BlockListCheck *check = evidence->block_lists;
    if (check->n == 0)
        return;
    xmlNode *list = node_new(report, "block-lists");
    for (size_t i = 0; i < check->n; i++) {
        const BlockListAnswer *answer = &check->items[i];
        xmlNode *node = node_new(list, "block-list");
        node_attr(node, "zone", answer->list->zone);
        node_attr(node, "title", answer->list->name);
        node_attr(node, "kind", answer->list->of_domains ? "domain" : "address");
        node_attr(node, "object", answer->object);
        node_attr(node, "result", blocklist_result_name(answer->result));
        node_attr(node, "codes", answer->codes);
        sections_answer(node, evidence, answer->answer);
        node_string(node, "reason", answer->reason);
    }
}
