#include "reports/sections.h"

#include <string.h>

static xmlNode *write_fact(xmlNode *parent, const char *name, const Evidence *evidence,
                           const EnvelopeFact *fact)
{
    xmlNode *node = node_new(parent, name);
    node_bool(node, "found", fact->value != NULL);
    node_attr(node, "confidence", confidence_name(fact->confidence));
    if (fact->value == NULL)
        return node;
    node_attr(node, "origin", fact->origin);
    if (strcmp(fact->origin, "option") != 0 && fact->origin[0] != '\0')
        sections_field_place(node, evidence->source, fact->field);
    node_string(node, "value", fact->value);
    return node;
}

/* Author domain: what DMARC and the reader of the message look at. */
static void write_from(xmlNode *parent, const Evidence *evidence)
{
    xmlNode *node = node_new(parent, "from");
    node_attr(node, "domain", evidence->dmarc->author_domain);
    node_attr(node, "organizational-domain", evidence->dmarc->rfc9989.organizational_domain);
    node_number(node, "from-fields", source_field_count(evidence->source, "From"));
    sections_addresses(node, "addresses", &evidence->mime->from);
}

void sections_identities(xmlNode *report, const Evidence *evidence)
{
    const Envelope *envelope = evidence->envelope;
    xmlNode *node = node_new(report, "identities");
    write_from(node, evidence);
    xmlNode *mail_from = write_fact(node, "mail-from", evidence, &envelope->mail_from);
    node_attr(mail_from, "domain", envelope->mail_from_domain);
    if (envelope->mail_from.value != NULL)
        node_bool(mail_from, "null-sender", envelope->mail_from.value[0] == '\0');
    xmlNode *helo = write_fact(node, "helo", evidence, &envelope->helo);
    node_attr(helo, "domain", envelope->helo_domain);
    write_fact(node, "client-ip", evidence, &envelope->client_ip);
    write_fact(node, "recipient", evidence, &envelope->recipient);
    write_fact(node, "receiver", evidence, &envelope->receiver);
    if (envelope->has_receipt_time)
        node_time(node, "received", envelope->receipt_time_s);
}

static void write_hop(xmlNode *list, const Evidence *evidence, const Hop *hop)
{
    const Received *received = hop->received;
    xmlNode *node = node_new(list, "hop");
    node_bool(node, "trusted", hop->trusted);
    node_bool(node, "border", hop->border);
    node_bool(node, "relay", received->is_relay);
    node_attr(node, "ip", received->ip);
    if (received->date_valid)
        node_time(node, "time", received->time_s);
    if (hop->has_delay) {
        g_autofree char *delay = g_strdup_printf("%" G_GINT64_FORMAT, hop->delay_s);
        node_attr(node, "delay-s", delay);
    }
    sections_field_place(node, evidence->source, hop->field);
    node_string(node, "from-name", received->helo);
    node_string(node, "reverse-name", received->rdns);
    node_string(node, "by", received->by);
    node_string(node, "with", received->with);
    node_string(node, "tls", received->tls);
    node_string(node, "id", received->id);
    node_string(node, "envelope-for", received->envelope_for);
    node_string(node, "envelope-from", received->envelope_from);
    node_string(node, "date", received->date_valid ? NULL : received->date);
}

void sections_hops(xmlNode *report, const Evidence *evidence)
{
    const Envelope *envelope = evidence->envelope;
    xmlNode *list = node_new(report, "hops");
    size_t n = node_limit(list, envelope->n_hops, 100);
    for (size_t i = 0; i < n; i++)
        write_hop(list, evidence, &envelope->hops[i]);
}

void sections_iprev(xmlNode *report, const Evidence *evidence)
{
    const IprevCheck *iprev = evidence->iprev;
    xmlNode *node = node_new(report, "iprev");
    node_attr(node, "result", iprev_result_name(iprev->result));
    node_bool(node, "helo-checked", iprev->helo_checked);
    if (iprev->helo_checked) {
        node_bool(node, "helo-resolves", iprev->helo_resolves);
        node_bool(node, "helo-matches", iprev->helo_matches);
    }
    node_attr(node, "confirmed", iprev->confirmed);
    xmlNode *names = node_new(node, "reverse-names");
    for (char **name = iprev->names; name != NULL && *name != NULL; name++)
        node_text(names, "reverse-name", *name);
}
