#include "reports/sections.h"

#include <string.h>

/* What we found ourselves for the method a receiver reports on; NULL when we have nothing to set
 * beside it. */
static const char *own_result(const Evidence *evidence, const AuthResult *said)
{
    if (strcmp(said->method, "spf") == 0)
        return evidence->spf->evaluable ? spf_result_name(evidence->spf->result) : NULL;
    if (strcmp(said->method, "dmarc") == 0)
        return dmarc_result_name(evidence->dmarc->rfc9989.result);
    if (strcmp(said->method, "arc") == 0)
        return arc_result_name(evidence->arc->result);
    if (strcmp(said->method, "iprev") == 0)
        return evidence->iprev->result != IPREV_NOT_EVALUABLE
                   ? iprev_result_name(evidence->iprev->result)
                   : NULL;
    if (strcmp(said->method, "dkim") != 0)
        return NULL;

    const char *domain = authres_property(said, "header.d");
    const char *selector = authres_property(said, "header.s");
    if (domain == NULL)
        return dkim_result_name(evidence->dkim->result);
    for (size_t i = 0; i < evidence->dkim->n; i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        if (signature->domain != NULL && g_ascii_strcasecmp(signature->domain, domain) == 0 &&
            (selector == NULL || (signature->selector != NULL &&
                                  g_ascii_strcasecmp(signature->selector, selector) == 0)))
            return dkim_result_name(signature->result);
    }
    return NULL;
}

static void write_result(xmlNode *list, const Evidence *evidence, const AuthResult *said)
{
    xmlNode *node = node_new(list, "method-result");
    const char *ours = own_result(evidence, said);
    node_attr(node, "ours", ours);
    if (ours != NULL)
        node_bool(node, "agrees", strcmp(ours, said->result) == 0);
    node_string(node, "method", said->method);
    node_string(node, "said", said->result);
    node_string(node, "reason", said->reason);
    node_string(node, "comment", said->comment);
    xmlNode *properties = node_new(node, "properties");
    size_t n = node_limit(properties, said->n_properties, 50);
    for (size_t i = 0; i < n; i++) {
        xmlNode *property = node_new(properties, "property");
        node_string(property, "property-name", said->properties[i].name);
        node_string(property, "value", said->properties[i].value);
    }
}

static void write_statement(xmlNode *node, const Evidence *evidence, const AuthRes *authres)
{
    node_bool(node, "valid", authres->valid);
    node_bool(node, "strict", authres->strict);
    node_bool(node, "no-result", authres->none);
    node_string(node, "authserv-id", authres->authserv_id);
    xmlNode *results = node_new(node, "method-results");
    size_t n = node_limit(results, authres->n_results, 100);
    for (size_t i = 0; i < n; i++)
        write_result(results, evidence, &authres->results[i]);
}

void sections_said(xmlNode *report, const Evidence *evidence)
{
    xmlNode *list = node_new(report, "receiver-said");
    size_t n = node_limit(list, evidence->n_said, 100);
    for (size_t i = 0; i < n; i++) {
        const ReceiverSaid *said = &evidence->said[i];
        xmlNode *node = node_new(list, "statement");
        node_bool(node, "trusted", said->trusted);
        sections_field_place(node, evidence->source, said->field);
        write_statement(node, evidence, said->authres);
    }
}

static void write_set(xmlNode *list, const Evidence *evidence, size_t index)
{
    const ArcSet *set = &evidence->arc->sets[index];
    const SignatureCause *cause =
        evidence->arc_causes != NULL ? &evidence->arc_causes[index] : NULL;
    xmlNode *node = node_new(list, "arc-set");
    node_number(node, "instance", set->instance);
    node_attr(node, "seal-verdict", dkim_header_verdict_name(set->seal_verdict));
    node_string(node, "chain-validation", set->cv);
    if (set->has_results && set->results != NULL) {
        xmlNode *results = node_new(node, "arc-results");
        sections_field_place(results, evidence->source, set->results_field);
        write_statement(results, evidence, set->results);
    }
    if (set->has_message)
        sections_signature(node, "arc-message-signature", evidence, &set->message, set->instance,
                           cause);
    if (set->has_seal)
        sections_signature(node, "arc-seal", evidence, &set->seal, set->instance, NULL);
}

void sections_arc(xmlNode *report, const Evidence *evidence)
{
    const ArcChain *chain = evidence->arc;
    xmlNode *node = node_new(report, "arc");
    node_attr(node, "result", arc_result_name(chain->result));
    if (chain->defect != ARC_OK) {
        node_attr(node, "defect", arc_defect_name(chain->defect));
        node_number(node, "defect-instance", chain->defect_instance);
    }
    if (chain->result == ARC_PASS)
        node_number(node, "oldest-pass", chain->oldest_pass);
    xmlNode *list = node_new(node, "arc-sets");
    size_t n = node_limit(list, chain->n, 50);
    for (size_t i = 0; i < n; i++)
        write_set(list, evidence, i);
}
