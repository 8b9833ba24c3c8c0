#include "reports/sections.h"

/* In the order of the bits of DmarcDefect. */
static const char *const defect_names[] = {
    "bad-p",  "bad-sp",   "bad-np",      "bad-value",       "bad-uri",
    "syntax", "obsolete", "unknown-tag", "treated-as-none",
};

static const char *const author_names[] = {"one", "missing", "several"};

static void write_uris(xmlNode *parent, const char *list_name, char *const *uris)
{
    xmlNode *list = node_new(parent, list_name);
    size_t n = uris != NULL ? g_strv_length((char **)uris) : 0;
    size_t written = node_limit(list, n, 100);
    for (size_t i = 0; i < written; i++)
        node_string(list, "uri", uris[i]);
}

static const char *policy_or_null(DmarcPolicy policy)
{
    return policy != DMARC_POLICY_ABSENT ? dmarc_policy_name(policy) : NULL;
}

static void write_record(xmlNode *parent, const DmarcRecord *record)
{
    if (record == NULL)
        return;
    xmlNode *node = node_new(parent, "dmarc-record");
    const char psd[2] = {record->psd, '\0'};
    node_attr(node, "domain", record->domain);
    node_bool(node, "usable", record->usable);
    node_attr(node, "p", policy_or_null(record->p));
    node_attr(node, "sp", policy_or_null(record->sp));
    node_attr(node, "np", policy_or_null(record->np));
    node_attr(node, "adkim", record->strict_dkim ? "s" : "r");
    node_attr(node, "aspf", record->strict_spf ? "s" : "r");
    node_attr(node, "psd", record->psd != '\0' ? psd : NULL);
    node_bool(node, "testing", record->testing);
    if (record->has_pct)
        node_number(node, "pct", record->pct);
    sections_flags(node, "defects", record->defects, defect_names, G_N_ELEMENTS(defect_names));
    if (record->defects != 0)
        node_number(node, "defect-offset", record->defect_offset);
    node_string(node, "text", record->text);
    write_uris(node, "rua", record->rua);
    write_uris(node, "ruf", record->ruf);
}

static void write_walk(xmlNode *parent, const Evidence *evidence, const DmarcWalk *walk)
{
    xmlNode *node = node_new(parent, "walk");
    node_attr(node, "from-domain", walk->start);
    node_attr(node, "organizational-domain", walk->organizational_domain);
    node_bool(node, "temporary", walk->temporary);
    xmlNode *list = node_new(node, "walk-steps");
    for (size_t i = 0; i < walk->n; i++) {
        xmlNode *step = node_new(list, "walk-step");
        node_attr(step, "domain", walk->queries[i].domain);
        sections_answer(step, evidence, walk->queries[i].answer);
        node_number(step, "candidates", walk->queries[i].candidates);
        write_record(step, walk->queries[i].record);
    }
}

static void write_verdict(xmlNode *parent, const char *name, const DmarcVerdict *verdict)
{
    xmlNode *node = node_new(parent, name);
    node_attr(node, "result", dmarc_result_name(verdict->result));
    node_attr(node, "organizational-domain", verdict->organizational_domain);
    node_attr(node, "policy", policy_or_null(verdict->policy));
    node_attr(node, "policy-tag",
              verdict->policy != DMARC_POLICY_ABSENT ? verdict->policy_tag : NULL);
    node_attr(node, "applied", policy_or_null(verdict->applied));
    node_attr(node, "record-domain", verdict->record != NULL ? verdict->record->domain : NULL);
    node_bool(node, "spf-aligned", verdict->spf_aligned);
    node_bool(node, "dkim-aligned", verdict->dkim_aligned);
}

static void write_identifiers(xmlNode *parent, const DmarcCheck *dmarc)
{
    xmlNode *list = node_new(parent, "identifiers");
    size_t n = node_limit(list, dmarc->n_identifiers, 100);
    for (size_t i = 0; i < n; i++) {
        const DmarcIdentifier *identifier = &dmarc->identifiers[i];
        xmlNode *node = node_new(list, "identifier");
        node_attr(node, "method", identifier->is_dkim ? "dkim" : "spf");
        node_attr(node, "domain", identifier->domain);
        node_attr(node, "organizational-domain", identifier->organizational_domain);
        node_bool(node, "passed", identifier->passed);
        node_bool(node, "temporary", identifier->temporary);
        node_bool(node, "aligned", identifier->aligned);
        node_bool(node, "aligned-strict", identifier->aligned_strict);
        node_bool(node, "aligned-rfc7489", identifier->aligned_7489);
    }
}

static void write_external(xmlNode *parent, const Evidence *evidence)
{
    const DmarcCheck *dmarc = evidence->dmarc;
    xmlNode *list = node_new(parent, "external-reports");
    size_t n = node_limit(list, dmarc->n_external, 100);
    for (size_t i = 0; i < n; i++) {
        xmlNode *node = node_new(list, "external-report");
        node_attr(node, "domain", dmarc->external[i].domain);
        node_bool(node, "authorised", dmarc->external[i].authorised);
        node_bool(node, "temporary", dmarc->external[i].temporary);
        sections_answer(node, evidence, dmarc->external[i].answer);
        node_string(node, "uri", dmarc->external[i].uri);
    }
}

void sections_dmarc(xmlNode *report, const Evidence *evidence)
{
    const DmarcCheck *dmarc = evidence->dmarc;
    xmlNode *node = node_new(report, "dmarc");
    node_attr(node, "author", author_names[dmarc->author]);
    node_attr(node, "author-domain", dmarc->author_domain);
    node_bool(node, "author-domain-missing", dmarc->author_domain_missing);
    node_bool(node, "standards-differ", dmarc->differ);
    write_verdict(node, "rfc9989", &dmarc->rfc9989);
    write_verdict(node, "rfc7489", &dmarc->rfc7489);
    write_identifiers(node, dmarc);
    if (dmarc->walk != NULL)
        write_walk(node, evidence, dmarc->walk);
    if (dmarc->record_7489 != NULL) {
        xmlNode *apart = node_new(node, "rfc7489-record");
        write_record(apart, dmarc->record_7489);
    }
    write_external(node, evidence);
}
