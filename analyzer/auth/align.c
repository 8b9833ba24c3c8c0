#include "analyzer/auth/align.h"

#include "analyzer/base/domain.h"

#include <string.h>

static char *key_name_of(const SigningDomain *configured)
{
    return g_strconcat(configured->selector, "._domainkey.", configured->domain, NULL);
}

static bool is_of_domain(const DkimSignature *signature, const char *domain)
{
    return signature->domain && domain_equal(signature->domain, domain);
}

static bool signs_for(const DkimCheck *dkim, const char *domain)
{
    for (size_t i = 0; i < dkim->n; i++)
        if (is_of_domain(&dkim->signatures[i], domain))
            return true;
    return false;
}

/* The entry of a domain; or of one above it, when the message shows by a signature that mail of the
 * domain is signed with that one. */
static const SigningDomain *find_configured(const Profile *profile, const char *domain,
                                            const DkimCheck *dkim)
{
    const SigningDomain *entry = domain ? profile_find(profile, domain) : NULL;
    for (const char *above = domain; above && !entry; above = domain_parent(above))
        if (signs_for(dkim, above))
            entry = profile_find(profile, above);
    return entry;
}

/* --- one signing domain: configuration, DNS, message --- */

static void check_publication(SigningDomainCheck *check, DnsSession *dns)
{
    check->key_name = key_name_of(check->configured);
    check->answer = dns_ask(dns, check->key_name, DNS_TXT);
    check->publication =
        publication_check(check->answer, check->configured->key, &check->published);
}

static bool same_domain(const SigningDomain *entry, const SigningDomain *other)
{
    return other && domain_equal(entry->domain, other->domain);
}

static void check_signing_domains(Alignment *alignment, const Profile *profile,
                                  const DkimCheck *dkim, DnsSession *dns)
{
    GArray *checks = g_array_new(FALSE, TRUE, sizeof(SigningDomainCheck));
    for (size_t i = 0; i < profile->n_domains; i++) {
        const SigningDomain *entry = &profile->domains[i];
        SigningDomainCheck check = {
            .configured = entry,
            .is_from = same_domain(entry, alignment->from_configured),
            .is_mail_from = same_domain(entry, alignment->mail_from_configured),
        };
        if (!check.is_from && !check.is_mail_from && !signs_for(dkim, entry->domain))
            continue;
        check_publication(&check, dns);
        check.used = keyuse_find(entry, profile, check.publication, check.published, dkim);
        g_array_append_val(checks, check);
    }
    alignment->n_checks = checks->len;
    alignment->checks = (SigningDomainCheck *)(void *)g_array_free(checks, FALSE);
}

/* --- the steps --- */

static void add_step(GArray *steps, const char *id, StepAnswer answer, const char *object,
                     const char *detail)
{
    Step step = {
        .id = id, .answer = answer, .object = g_strdup(object), .detail = g_strdup(detail)};
    g_array_append_val(steps, step);
}

static StepAnswer yes_if(bool condition)
{
    return condition ? STEP_YES : STEP_NO;
}

/* "in-list" and "active" for one identity. */
static void add_list_steps(GArray *steps, const char *in_list, const char *active,
                           const char *domain, const SigningDomain *configured)
{
    if (!domain) {
        add_step(steps, in_list, STEP_NOT_APPLICABLE, NULL, NULL);
        add_step(steps, active, STEP_NOT_APPLICABLE, NULL, NULL);
        return;
    }
    if (!configured) {
        add_step(steps, in_list, STEP_NO, domain, NULL);
        add_step(steps, active, STEP_NOT_APPLICABLE, domain, NULL);
        return;
    }
    bool above = !domain_equal(domain, configured->domain);
    add_step(steps, in_list, STEP_YES, domain, above ? configured->domain : NULL);
    add_step(steps, active, yes_if(configured->active), configured->domain, configured->selector);
}

static void add_from_steps(GArray *steps, const Alignment *alignment, const DmarcCheck *dmarc)
{
    const char *domain = alignment->from_domain;
    add_step(steps, "from-domain", yes_if(domain != NULL), domain,
             domain                                  ? NULL
             : dmarc->author == DMARC_AUTHOR_SEVERAL ? "several"
                                                     : "missing");
    add_list_steps(steps, "from-in-list", "from-active", domain, alignment->from_configured);
}

static void add_mail_from_steps(GArray *steps, const Alignment *alignment, const Envelope *envelope)
{
    const char *domain = alignment->mail_from_domain, *value = envelope->mail_from.value;
    if (domain)
        add_step(steps, "mail-from-domain", STEP_YES, domain, NULL);
    else if (!value)
        add_step(steps, "mail-from-domain", STEP_UNKNOWN, NULL, NULL);
    else if (*value == '\0')
        add_step(steps, "mail-from-domain", STEP_NOT_APPLICABLE, NULL, "<>");
    else
        add_step(steps, "mail-from-domain", STEP_NO, NULL, value);
    add_list_steps(steps, "mail-from-in-list", "mail-from-active", domain,
                   alignment->mail_from_configured);
}

/* How much a check has to do with the message: From before Mail-from, a signature before none,
 * active before not. */
static unsigned relevance(const SigningDomainCheck *check)
{
    return (check->is_from ? 8u : 0) + (check->is_mail_from ? 4u : 0) +
           (check->used.has_signature ? 2u : 0) + (check->configured->active ? 1u : 0);
}

/* The one that the steps about key and signature are about; NULL when nothing configured concerns
 * the message. */
static const SigningDomainCheck *principal(const Alignment *alignment)
{
    const SigningDomainCheck *best = NULL;
    for (size_t i = 0; i < alignment->n_checks; i++)
        if (!best || relevance(&alignment->checks[i]) > relevance(best))
            best = &alignment->checks[i];
    return best;
}

static StepAnswer published_answer(KeyPublication publication)
{
    switch (publication) {
    case PUBLICATION_UNKNOWN:
        return STEP_UNKNOWN;
    case PUBLICATION_VALID:
    case PUBLICATION_UNCOMPARED:
    case PUBLICATION_MISMATCH:
        return STEP_YES;
    default:
        return STEP_NO;
    }
}

static StepAnswer equal_answer(KeyPublication publication)
{
    switch (publication) {
    case PUBLICATION_UNKNOWN:
        return STEP_UNKNOWN;
    case PUBLICATION_VALID:
        return STEP_YES;
    case PUBLICATION_MISMATCH:
        return STEP_NO;
    default:
        return STEP_NOT_APPLICABLE;
    }
}

/* Headers alone cannot tell whether the body is intact. */
static bool lacks_body_only(const DkimSignature *signature)
{
    return signature->header == DKIM_HEADER_VERIFIES && signature->body == DKIM_BODY_NOT_SUPPLIED;
}

static StepAnswer verifies_answer(const DkimSignature *signature)
{
    if (signature->result == DKIM_PASS)
        return STEP_YES;
    return signature->result == DKIM_TEMPERROR || lacks_body_only(signature) ? STEP_UNKNOWN
                                                                             : STEP_NO;
}

static void add_key_steps(GArray *steps, const SigningDomainCheck *check, const DkimCheck *dkim)
{
    static const char *const ids[] = {"key-published", "key-equal", "signature-present",
                                      "signature-verifies"};
    if (!check) {
        for (size_t i = 0; i < G_N_ELEMENTS(ids); i++)
            add_step(steps, ids[i], STEP_NOT_APPLICABLE, NULL, NULL);
        return;
    }
    const char *publication = key_publication_name(check->publication);
    add_step(steps, ids[0], published_answer(check->publication), check->key_name, publication);
    add_step(steps, ids[1], equal_answer(check->publication), check->key_name, publication);
    add_step(steps, ids[2], yes_if(check->used.has_signature), check->key_name,
             check->used.has_signature    ? NULL
             : check->used.other_selector ? "other-selector"
                                          : NULL);
    if (!check->used.has_signature) {
        add_step(steps, ids[3], STEP_NOT_APPLICABLE, check->key_name, NULL);
        return;
    }
    const DkimSignature *signature = &dkim->signatures[check->used.signature];
    add_step(steps, ids[3], verifies_answer(signature), check->key_name,
             dkim_result_name(signature->result));
}

static void add_spf_step(GArray *steps, const SpfCheck *spf)
{
    if (!spf->evaluable)
        add_step(steps, "spf-authorises", STEP_UNKNOWN, spf->domain, spf->missing);
    else
        add_step(steps, "spf-authorises",
                 spf->result == SPF_TEMPERROR ? STEP_UNKNOWN : yes_if(spf->result == SPF_PASS),
                 spf->domain, spf_result_name(spf->result));
}

static bool would_align(const DmarcCheck *dmarc, const DkimSignature *signature)
{
    for (size_t i = 0; i < dmarc->n_identifiers; i++) {
        const DmarcIdentifier *identifier = &dmarc->identifiers[i];
        if (identifier->is_dkim && identifier->aligned &&
            is_of_domain(signature, identifier->domain))
            return true;
    }
    return false;
}

/* Whether something that is not known now could still align the message. */
static bool could_align(const DkimCheck *dkim, const SpfCheck *spf, const DmarcCheck *dmarc)
{
    if (dmarc->rfc9989.result == DMARC_TEMPERROR || (dmarc->walk && dmarc->walk->temporary) ||
        !spf->evaluable)
        return true;
    for (size_t i = 0; i < dmarc->n_identifiers; i++)
        if (dmarc->identifiers[i].temporary && dmarc->identifiers[i].aligned)
            return true;
    for (size_t i = 0; i < dkim->n; i++)
        if (lacks_body_only(&dkim->signatures[i]) && would_align(dmarc, &dkim->signatures[i]))
            return true;
    return false;
}

static void add_aligned_step(GArray *steps, const Alignment *alignment, bool open)
{
    bool dkim = alignment->dkim_aligned, spf = alignment->spf_aligned;
    if (!alignment->from_domain)
        add_step(steps, "from-aligned", STEP_NOT_APPLICABLE, NULL, NULL);
    else if (dkim || spf)
        add_step(steps, "from-aligned", STEP_YES, alignment->from_domain,
                 dkim && spf ? "dkim+spf"
                 : dkim      ? "dkim"
                             : "spf");
    else
        add_step(steps, "from-aligned", open ? STEP_UNKNOWN : STEP_NO, alignment->from_domain,
                 NULL);
}

Alignment *align_check(const Profile *profile, const Envelope *envelope, const DkimCheck *dkim,
                       const SpfCheck *spf, const DmarcCheck *dmarc, DnsSession *dns)
{
    Alignment *alignment = g_new0(Alignment, 1);
    alignment->from_domain = g_strdup(dmarc->author_domain);
    alignment->mail_from_domain = g_strdup(envelope->mail_from_domain);
    alignment->spf_aligned = dmarc->rfc9989.spf_aligned;
    alignment->dkim_aligned = dmarc->rfc9989.dkim_aligned;
    if (profile->n_domains == 0)
        return alignment;
    alignment->from_configured = find_configured(profile, alignment->from_domain, dkim);
    alignment->mail_from_configured = find_configured(profile, alignment->mail_from_domain, dkim);
    check_signing_domains(alignment, profile, dkim, dns);

    GArray *steps = g_array_new(FALSE, FALSE, sizeof(Step));
    add_from_steps(steps, alignment, dmarc);
    add_mail_from_steps(steps, alignment, envelope);
    add_key_steps(steps, principal(alignment), dkim);
    add_spf_step(steps, spf);
    add_aligned_step(steps, alignment, could_align(dkim, spf, dmarc));
    alignment->n_steps = steps->len;
    alignment->steps = (Step *)(void *)g_array_free(steps, FALSE);
    return alignment;
}

void alignment_free(Alignment *alignment)
{
    if (!alignment)
        return;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        g_free(alignment->checks[i].key_name);
        key_record_free(alignment->checks[i].published);
    }
    for (size_t i = 0; i < alignment->n_steps; i++) {
        g_free(alignment->steps[i].object);
        g_free(alignment->steps[i].detail);
    }
    g_free(alignment->checks);
    g_free(alignment->steps);
    g_free(alignment->from_domain);
    g_free(alignment->mail_from_domain);
    g_free(alignment);
}

void align_prefetch(const Profile *profile, const char *from_domain, const char *mail_from_domain,
                    DnsSession *dns)
{
    for (size_t i = 0; i < profile->n_domains; i++) {
        const SigningDomain *entry = &profile->domains[i];
        bool wanted = (from_domain && domain_equal(entry->domain, from_domain)) ||
                      (mail_from_domain && domain_equal(entry->domain, mail_from_domain));
        if (!wanted)
            continue;
        g_autofree char *name = key_name_of(entry);
        dns_prefetch(dns, name, DNS_TXT);
    }
}

const char *step_answer_name(StepAnswer answer)
{
    switch (answer) {
    case STEP_YES:
        return "yes";
    case STEP_NO:
        return "no";
    case STEP_UNKNOWN:
        return "unknown";
    case STEP_NOT_APPLICABLE:
        return "not-applicable";
    }
    g_return_val_if_reached("");
}
