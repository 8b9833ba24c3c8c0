#include "rules/deciding.h"
#include "rules/proposal.h"

#include <string.h>

/* Rules about the operator's signing domains. They name the cause in the operator's own terms; what
 * a receiver makes of it is charged by the rules about DKIM, SPF and alignment. */

static bool has_domains(const Evidence *evidence)
{
    return evidence->profile->n_domains > 0;
}

/* --- the two domains of the message and the list --- */

static void in_list(const Evidence *evidence, const char *domain, const SigningDomain *configured,
                    Verdicts *out)
{
    if (!has_domains(evidence) || !domain)
        return;
    if (configured) {
        verdict_pass(out, domain);
        return;
    }
    verdict_fail(out, domain, CERTAINTY_PROVEN);
    verdict_argument(out, "domain", domain);
}

static void active(const char *domain, const SigningDomain *configured, Verdicts *out)
{
    if (!domain || !configured)
        return;
    if (configured->active) {
        verdict_pass(out, domain);
        return;
    }
    verdict_fail(out, domain, CERTAINTY_PROVEN);
    verdict_argument(out, "domain", domain);
    verdict_argument(out, "selector", configured->selector);
}

static void from_in_list(const Evidence *evidence, Verdicts *out)
{
    in_list(evidence, evidence->alignment->from_domain, evidence->alignment->from_configured, out);
}

/* A server signs with a selector of the domain that is switched off: profile-inactive-signing says
 * so. */
static bool signs_while_inactive(const Evidence *evidence, const char *domain)
{
    const Alignment *alignment = evidence->alignment;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        const SigningDomainCheck *check = &alignment->checks[i];
        if (check->used.has_signature && !check->configured->active &&
            strcmp(check->configured->domain, domain) == 0)
            return true;
    }
    return false;
}

static void from_active(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    if (alignment->from_domain && !signs_while_inactive(evidence, alignment->from_domain))
        active(alignment->from_domain, alignment->from_configured, out);
}

static void mail_from_in_list(const Evidence *evidence, Verdicts *out)
{
    in_list(evidence, evidence->alignment->mail_from_domain,
            evidence->alignment->mail_from_configured, out);
}

/* Of one domain in both places, the rule about From speaks. */
static void mail_from_active(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    if (alignment->mail_from_configured &&
        alignment->mail_from_configured != alignment->from_configured &&
        !signs_while_inactive(evidence, alignment->mail_from_domain))
        active(alignment->mail_from_domain, alignment->mail_from_configured, out);
}

/* --- the key of each signing domain --- */

static const DkimSignature *signature_of(const Evidence *evidence, const SigningDomainCheck *check)
{
    return check->used.has_signature && check->used.signature < evidence->dkim->n
               ? &evidence->dkim->signatures[check->used.signature]
               : NULL;
}

static bool signature_passes(const Evidence *evidence, const SigningDomainCheck *check)
{
    const DkimSignature *signature = signature_of(evidence, check);
    return signature && signature->result == DKIM_PASS;
}

/* Its key matters for this message: it is the From domain's, or it signed. */
static bool matters(const SigningDomainCheck *check)
{
    return check->configured->active && (check->is_from || check->used.has_signature);
}

static bool publication_unusable(KeyPublication publication)
{
    return publication == PUBLICATION_MALFORMED || publication == PUBLICATION_TRUNCATED ||
           publication == PUBLICATION_REVOKED || publication == PUBLICATION_MULTIPLE;
}

static void fail_key(const SigningDomainCheck *check, const char *action, Verdicts *out)
{
    g_autofree char *record = proposal_key(check->configured);
    verdict_fail(out, check->key_name, CERTAINTY_PROVEN);
    verdict_argument(out, "domain", check->configured->domain);
    verdict_argument(out, "selector", check->configured->selector);
    verdict_argument(out, "name", check->key_name);
    verdict_argument(out, "publication", key_publication_name(check->publication));
    verdict_argument(out, "record", record ? record : "v=DKIM1; k=rsa; p=...");
    if (record)
        verdict_record(out, action, check->key_name, "TXT", record);
}

typedef enum KeyFault { FAULT_MISSING, FAULT_UNUSABLE, FAULT_MISMATCH } KeyFault;

static bool has_fault(const SigningDomainCheck *check, KeyFault fault)
{
    switch (fault) {
    case FAULT_MISSING:
        return check->publication == PUBLICATION_MISSING;
    case FAULT_UNUSABLE:
        return publication_unusable(check->publication);
    case FAULT_MISMATCH:
        return check->publication == PUBLICATION_MISMATCH;
    }
    return false;
}

/* A rule about the signature itself tells of the key, and has the record to publish. */
static bool told_with_signature(const Evidence *evidence, const SigningDomainCheck *check)
{
    const DkimSignature *signature = signature_of(evidence, check);
    if (!signature || !signature_decides(evidence, signature))
        return false;
    return signature->key == DKIM_KEY_MISSING || signature->key == DKIM_KEY_REVOKED ||
           signature->key == DKIM_KEY_MALFORMED || signature->n_keys > 1 ||
           signature_key_replaced(evidence, signature);
}

/* A fault of the key counts when the message suffers by it: no aligned signature passes. */
static void keys(const Evidence *evidence, KeyFault fault, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        const SigningDomainCheck *check = &alignment->checks[i];
        if (!matters(check) || (has_fault(check, fault) && told_with_signature(evidence, check)))
            continue;
        if (check->publication == PUBLICATION_UNKNOWN) {
            if (fault == FAULT_MISSING)
                verdict_not_evaluable(out, check->key_name, "dns");
        } else if (has_fault(check, fault) && !alignment->dkim_aligned) {
            fail_key(check, fault == FAULT_MISSING ? "add" : "change", out);
        } else if (!has_fault(check, fault)) {
            verdict_pass(out, check->key_name);
        }
    }
}

static void key_published(const Evidence *evidence, Verdicts *out)
{
    keys(evidence, FAULT_MISSING, out);
}

static void key_usable(const Evidence *evidence, Verdicts *out)
{
    keys(evidence, FAULT_UNUSABLE, out);
}

static void key_matches(const Evidence *evidence, Verdicts *out)
{
    keys(evidence, FAULT_MISMATCH, out);
}

/* The message passes by another signature, but the next one of this signing domain will not. */
static void key_latent(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        const SigningDomainCheck *check = &alignment->checks[i];
        if (!matters(check) || !alignment->dkim_aligned ||
            check->publication == PUBLICATION_UNKNOWN)
            continue;
        bool faulty = has_fault(check, FAULT_MISSING) || has_fault(check, FAULT_UNUSABLE) ||
                      has_fault(check, FAULT_MISMATCH);
        if (faulty && !signature_passes(evidence, check))
            fail_key(check, has_fault(check, FAULT_MISSING) ? "add" : "change", out);
        else
            verdict_pass(out, check->key_name);
    }
}

/* DNS has another key than the configuration, and it is DNS that is right. */
static void configuration_stale(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        const SigningDomainCheck *check = &alignment->checks[i];
        if (!check->configured->key || !signature_passes(evidence, check))
            continue;
        if (check->publication != PUBLICATION_MISMATCH) {
            verdict_pass(out, check->key_name);
            continue;
        }
        verdict_fail(out, check->key_name, CERTAINTY_PROVEN);
        verdict_argument(out, "domain", check->configured->domain);
        verdict_argument(out, "selector", check->configured->selector);
        verdict_argument(out, "name", check->key_name);
    }
}

/* DNS and configuration agree, but the signer holds a third key. */
static void key_used(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        const SigningDomainCheck *check = &alignment->checks[i];
        const DkimSignature *signature = signature_of(evidence, check);
        if (!signature || check->publication != PUBLICATION_VALID)
            continue;
        if (signature->header != DKIM_HEADER_KEY_OR_VALUE ||
            check->used.signed_with_configured_key || alignment->dkim_aligned) {
            verdict_pass(out, check->key_name);
            continue;
        }
        verdict_fail(out, check->key_name, CERTAINTY_PROVEN);
        verdict_argument(out, "domain", check->configured->domain);
        verdict_argument(out, "selector", check->configured->selector);
    }
}

/* --- what signed --- */

static void signature_present(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    const SigningDomain *configured = alignment->from_configured;
    if (!configured || !configured->active)
        return;
    bool present = alignment->dkim_aligned;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        const SigningDomainCheck *check = &alignment->checks[i];
        present =
            present || (check->is_from && check->configured->active && check->used.has_signature);
    }
    if (present) {
        verdict_pass(out, configured->domain);
        return;
    }
    verdict_fail(out, configured->domain, CERTAINTY_PROVEN);
    verdict_argument(out, "domain", configured->domain);
    verdict_argument(out, "selector", configured->selector);
}

static void other_selector(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        const SigningDomainCheck *check = &alignment->checks[i];
        if (!check->used.other_selector) {
            verdict_pass(out, check->key_name);
            continue;
        }
        verdict_fail(out, check->key_name, CERTAINTY_PROVEN);
        verdict_argument(out, "domain", check->configured->domain);
        verdict_argument(out, "selector", check->configured->selector);
    }
}

static void inactive_signing(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        const SigningDomainCheck *check = &alignment->checks[i];
        if (!check->used.has_signature)
            continue;
        if (check->configured->active) {
            verdict_pass(out, check->key_name);
            continue;
        }
        verdict_fail(out, check->key_name, CERTAINTY_PROVEN);
        verdict_argument(out, "domain", check->configured->domain);
        verdict_argument(out, "selector", check->configured->selector);
    }
}

/* --- the configuration itself --- */

static void hash(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        const SigningDomain *configured = alignment->checks[i].configured;
        if (configured->hash == HASH_SHA256) {
            verdict_pass(out, alignment->checks[i].key_name);
            continue;
        }
        verdict_fail(out, alignment->checks[i].key_name, CERTAINTY_PROVEN);
        verdict_argument(out, "domain", configured->domain);
        verdict_argument(out, "hash", hash_name(configured->hash));
    }
}

static void key_bits(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        const SigningDomainCheck *check = &alignment->checks[i];
        const Pubkey *key = check->configured->key;
        if (!key && check->published)
            key = check->published->key;
        if (!key || check->configured->key_bits == 0)
            continue;
        if (pubkey_bits(key) == check->configured->key_bits) {
            verdict_pass(out, check->key_name);
            continue;
        }
        verdict_fail(out, check->key_name, CERTAINTY_PROVEN);
        verdict_argument(out, "name", check->key_name);
        verdict_argument_number(out, "configured", check->configured->key_bits);
        verdict_argument_number(out, "bits", pubkey_bits(key));
    }
}

/* --- SPF and relays of the operator --- */

static bool includes_operator(const Evidence *evidence)
{
    return evidence->spf_survey &&
           spf_survey_includes(evidence->spf_survey, evidence->profile->spf_include);
}

static bool has_own_hosts(const Profile *profile)
{
    return profile->own_hosts && profile->own_hosts[0];
}

static bool sent_by_operator(const Evidence *evidence)
{
    return profile_is_own_host(evidence->profile, evidence->envelope->client_ip.value,
                               evidence->iprev->confirmed);
}

static void propose_include(const Evidence *evidence, Verdicts *out)
{
    const char *domain = evidence->spf->domain;
    g_autoptr(SpfFit) fit = proposal_spf_with_operator(evidence);
    if (fit) {
        verdict_argument(out, "record", fit->text);
        verdict_fit(out, domain, fit);
        return;
    }
    g_autofree char *term = g_strconcat("include:", evidence->profile->spf_include, NULL);
    g_autofree char *record = proposal_spf_new(term);
    verdict_argument(out, "record", record);
    verdict_record(out, "add", domain, "TXT", record);
}

/* A domain without the include is no fault while SPF passes: the operator's addresses may stand
 * there otherwise. When the client is known to be the operator's, the rules about SPF propose the
 * include; this one is for operators who did not list their hosts. */
static void spf_include(const Evidence *evidence, Verdicts *out)
{
    const SpfCheck *spf = evidence->spf;
    const Profile *profile = evidence->profile;
    if (!profile->spf_include || !spf->evaluable || !spf->domain || spf->result == SPF_TEMPERROR)
        return;
    if (has_own_hosts(profile) && !sent_by_operator(evidence))
        return;
    if (spf->result == SPF_PASS || spf->result == SPF_PERMERROR || includes_operator(evidence)) {
        verdict_pass(out, spf->domain);
        return;
    }
    if (has_own_hosts(profile))
        return;
    verdict_fail(out, spf->domain, spf_certainty(evidence));
    verdict_argument(out, "domain", spf->domain);
    verdict_argument(out, "include", profile->spf_include);
    propose_include(evidence, out);
}

static void own_relay(const Evidence *evidence, Verdicts *out)
{
    const char *ip = evidence->envelope->client_ip.value;
    if (!has_own_hosts(evidence->profile))
        return;
    if (!ip) {
        verdict_not_evaluable(out, "", "client-ip");
    } else if (sent_by_operator(evidence)) {
        verdict_pass(out, ip);
    } else {
        verdict_fail(out, ip, envelope_certainty(&evidence->envelope->client_ip));
        verdict_argument(out, "client-ip", ip);
    }
}

const RuleCheck profile_rules[] = {
    {"profile-from-in-list", from_in_list},
    {"profile-from-active", from_active},
    {"profile-mail-from-in-list", mail_from_in_list},
    {"profile-mail-from-active", mail_from_active},
    {"profile-key-published", key_published},
    {"profile-key-usable", key_usable},
    {"profile-key-matches", key_matches},
    {"profile-key-latent", key_latent},
    {"profile-configuration-stale", configuration_stale},
    {"profile-key-used", key_used},
    {"profile-signature-present", signature_present},
    {"profile-other-selector", other_selector},
    {"profile-inactive-signing", inactive_signing},
    {"profile-hash", hash},
    {"profile-key-bits", key_bits},
    {"profile-spf-include", spf_include},
    {"profile-own-relay", own_relay},
    {NULL, NULL},
};
