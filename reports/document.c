#include "reports/document.h"

#include "reports/sections.h"

static void write_options(xmlNode *report, const char *const *options)
{
    xmlNode *list = node_new(report, "options");
    for (; options != NULL && options[0] != NULL; options += 2) {
        xmlNode *option = node_new(list, "option");
        node_attr(option, "name", options[0]);
        node_text(option, "value", options[1]);
    }
}

static void write_run(xmlNode *report, const DocumentInput *input)
{
    const Evidence *evidence = input->evidence;
    const Profile *profile = evidence->profile;
    xmlNode *run = node_new(report, "run");
    node_time(run, "now", evidence->now_s);
    node_time(run, "judged-at", evidence->judged_at_s);
    node_number(run, "dns-questions", dns_session_count(evidence->dns));
    node_attr(run, "rule-profile", profile->rule_profile);
    node_attr(run, "operator", profile->operator_name);
    node_attr(run, "house", profile->house);
    node_attr(run, "profile", profile->path);
    node_text(run, "logo", profile->logo);
}

xmlDoc *document_new(const DocumentInput *input)
{
    xmlDoc *document = xmlNewDoc((const xmlChar *)"1.0");
    if (document == NULL)
        g_error("out of memory");
    node_omissions_start(document);
    xmlNode *report = xmlNewDocNode(document, NULL, (const xmlChar *)"report", NULL);
    xmlDocSetRootElement(document, report);
    xmlSetNs(report, xmlNewNs(report, (const xmlChar *)"urn:mailassay:report:1", NULL));
    node_number(report, "version", 1);
    node_attr(report, "program", "mailassay " MAILASSAY_VERSION);

    const Evidence *evidence = input->evidence;
    sections_verdict(report, input);
    sections_input(report, input);
    write_options(report, input->options);
    write_run(report, input);
    sections_identities(report, evidence);
    sections_alignment(report, evidence);
    sections_hops(report, evidence);
    sections_signatures(report, evidence);
    sections_spf(report, evidence);
    sections_dmarc(report, evidence);
    sections_arc(report, evidence);
    sections_iprev(report, evidence);
    sections_said(report, evidence);
    sections_mime(report, evidence);
    sections_domain_records(report, evidence);
    sections_block_lists(report, evidence);
    sections_score(report, input);
    sections_findings(report, input);
    sections_providers(report, input->judgement->providers);
    sections_remedies(report, input->remedies);
    sections_plan(report, input->plan);
    sections_dns(report, evidence);
    node_omissions_write(report);
    return document;
}

GString *document_write(xmlDoc *document)
{
    xmlChar *octets = NULL;
    int n = 0;
    xmlDocDumpFormatMemoryEnc(document, &octets, &n, "UTF-8", 1);
    if (octets == NULL)
        g_error("out of memory");
    GString *out = g_string_new_len((const char *)octets, n);
    xmlFree(octets);
    return out;
}
