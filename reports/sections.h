/* sections.h - the parts of the report document, each written by one function under the root
 * element.
 *
 * Private to reports/document*.c. Facts only: everything is read from Evidence and Judgement,
 * nothing is decided here. Numbers that point at header fields count from 1 at the top.
 */
#ifndef MAILASSAY_REPORTS_SECTIONS_H
#define MAILASSAY_REPORTS_SECTIONS_H

#include "reports/document.h"
#include "reports/node.h"

/* document_verdict.c */
void sections_verdict(xmlNode *report, const DocumentInput *input);
/* document_input.c */
void sections_input(xmlNode *report, const DocumentInput *input);
void sections_mime(xmlNode *report, const Evidence *evidence);
/* document_envelope.c */
void sections_identities(xmlNode *report, const Evidence *evidence);
void sections_hops(xmlNode *report, const Evidence *evidence);
void sections_iprev(xmlNode *report, const Evidence *evidence);
/* document_align.c */
void sections_alignment(xmlNode *report, const Evidence *evidence);
/* document_dkim.c */
void sections_signatures(xmlNode *report, const Evidence *evidence);
/* document_cause.c: into a signature, into the input */
void sections_cause(xmlNode *signature, const Evidence *evidence, const SignatureCause *cause);
void sections_copy(xmlNode *input, const Copy *copy);
/* document_arc.c */
void sections_arc(xmlNode *report, const Evidence *evidence);
void sections_said(xmlNode *report, const Evidence *evidence);
/* document_spf.c */
void sections_spf(xmlNode *report, const Evidence *evidence);
/* document_dmarc.c */
void sections_dmarc(xmlNode *report, const Evidence *evidence);
/* document_findings.c */
void sections_score(xmlNode *report, const DocumentInput *input);
void sections_findings(xmlNode *report, const DocumentInput *input);
/* document_providers.c; NULL: no section */
void sections_providers(xmlNode *report, const struct ProviderMatrix *matrix);
/* document_remedy.c; NULL: no section */
void sections_remedies(xmlNode *report, const Remedies *remedies);
/* document_plan.c; NULL: no section */
void sections_plan(xmlNode *report, const AlignmentPlan *plan);
/* document_dns.c */
void sections_domain_records(xmlNode *report, const Evidence *evidence);
void sections_block_lists(xmlNode *report, const Evidence *evidence);
void sections_dns(xmlNode *report, const Evidence *evidence);

/* Shared by several sections. */

/* document_swaps.c: what is not in a proposed SPF record that stands there now; nothing when all
 * is. */
void sections_swaps(xmlNode *parent, const ProposedRecord *record);

/* field, line, offset, length of a header field; nothing when index is out of range. */
void sections_field_place(xmlNode *node, const Source *source, size_t index);
/* question, status, ttl: which question of the DNS log this is; nothing when answer is NULL. */
void sections_answer(xmlNode *node, const Evidence *evidence, const DnsAnswer *answer);
/* A list of addresses. */
void sections_addresses(xmlNode *parent, const char *name, const AddressList *addresses);
/* One signature of any kind as a child of parent; cause may be NULL. */
void sections_signature(xmlNode *parent, const char *name, const Evidence *evidence,
                        const DkimSignature *signature, size_t number, const SignatureCause *cause);
/* Results and score of one analysis, as attributes. */
void sections_remedy_state(xmlNode *node, const RemedyState *state);
/* A key record as a child of parent. */
xmlNode *sections_key_record(xmlNode *parent, const char *name, const KeyRecord *record);
/* A text of the catalogue, filled in. Arguments are shown as they are, printable; of the catalogue's
 * own text, runs of white space become one space. Owned. */
typedef const char *(*ArgumentOf)(const void *of, const char *name); /* "" when there is none */
char *sections_rule_text(const RuleText *text, ArgumentOf argument_of, const void *of);
/* The words of a bit set, separated by one space, as an attribute; no attribute when empty. */
void sections_flags(xmlNode *node, const char *name, unsigned bits, const char *const *words,
                    size_t n_words);

#endif
