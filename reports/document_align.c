#include "reports/sections.h"

/* Whose message it is; NULL when nobody's of the profile. */
static const char *tenant_of(const Alignment *alignment)
{
    const SigningDomain *own = alignment->from_configured != NULL ? alignment->from_configured
                                                                  : alignment->mail_from_configured;
    return own != NULL ? own->tenant : NULL;
}

/* No report on one tenant names another. */
static void write_configured(xmlNode *parent, const char *name, const Alignment *alignment,
                             const SigningDomain *configured)
{
    if (configured == NULL)
        return;
    xmlNode *node = node_new(parent, name);
    node_attr(node, "domain", configured->domain);
    node_attr(node, "selector", configured->selector);
    if (g_strcmp0(configured->tenant, tenant_of(alignment)) == 0)
        node_attr(node, "tenant", configured->tenant);
    else
        node_bool(node, "other-tenant", true);
    node_bool(node, "active", configured->active);
    node_attr(node, "key-type", key_type_name(configured->key_type));
    node_attr(node, "hash", hash_name(configured->hash));
    if (configured->key_bits > 0)
        node_number(node, "bits", configured->key_bits);
    node_bool(node, "has-key", configured->key != NULL);
}

static void write_steps(xmlNode *parent, const Alignment *alignment)
{
    xmlNode *list = node_new(parent, "steps");
    for (size_t i = 0; i < alignment->n_steps; i++) {
        const Step *step = &alignment->steps[i];
        xmlNode *node = node_new(list, "step");
        node_attr(node, "id", step->id);
        node_attr(node, "answer", step_answer_name(step->answer));
        node_attr(node, "object", step->object);
        node_text(node, "detail", step->detail);
    }
}

static void write_check(xmlNode *list, const Evidence *evidence, const SigningDomainCheck *check)
{
    xmlNode *node = node_new(list, "signing-domain");
    node_bool(node, "is-from", check->is_from);
    node_bool(node, "is-mail-from", check->is_mail_from);
    node_attr(node, "publication", key_publication_name(check->publication));
    node_attr(node, "key-name", check->key_name);
    sections_answer(node, evidence, check->answer);
    node_bool(node, "has-signature", check->used.has_signature);
    if (check->used.has_signature)
        node_number(node, "signature-number", check->used.signature + 1);
    node_bool(node, "other-selector", check->used.other_selector);
    node_bool(node, "signed-with-configured-key", check->used.signed_with_configured_key);
    node_attr(node, "use", keyuse_name(check->used.use));
    if (check->used.signer != NULL) {
        g_autofree char *signer = g_strconcat(check->used.signer->selector, "._domainkey.",
                                              check->used.signer->domain, NULL);
        node_attr(node, "signer", signer);
    }
    write_configured(node, "configured", evidence->alignment, check->configured);
    if (check->published != NULL)
        sections_key_record(node, "published", check->published);
}

void sections_alignment(xmlNode *report, const Evidence *evidence)
{
    const Alignment *alignment = evidence->alignment;
    xmlNode *node = node_new(report, "alignment");
    node_attr(node, "from-domain", alignment->from_domain);
    node_attr(node, "mail-from-domain", alignment->mail_from_domain);
    node_bool(node, "spf-aligned", alignment->spf_aligned);
    node_bool(node, "dkim-aligned", alignment->dkim_aligned);
    node_number(node, "listed-domains", evidence->profile->n_domains);
    node_attr(node, "spf-include", evidence->profile->spf_include);
    write_steps(node, alignment);
    write_configured(node, "from-configured", alignment, alignment->from_configured);
    write_configured(node, "mail-from-configured", alignment, alignment->mail_from_configured);
    xmlNode *list = node_new(node, "signing-domains");
    for (size_t i = 0; i < alignment->n_checks; i++)
        write_check(list, evidence, &alignment->checks[i]);
}
