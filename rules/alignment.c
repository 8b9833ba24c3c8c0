#include "rules/deciding.h"

#include <string.h>

/* --- pass and aligned --- */

static bool spf_open(const Evidence *evidence)
{
    const SpfCheck *spf = evidence->spf;
    return !spf->evaluable || spf->result == SPF_TEMPERROR ||
           spf_certainty(evidence) == CERTAINTY_INFERRED;
}

static void argument_identities(const Evidence *evidence, Verdicts *out)
{
    verdict_argument(out, "from-domain", evidence->alignment->from_domain);
    verdict_argument(out, "mail-from-domain", evidence->alignment->mail_from_domain);
}

/* Neither SPF nor any signature passes, aligned or not. */
static void authenticated(const Evidence *evidence, Verdicts *out)
{
    if (signature_any_passes(evidence) || spf_passes(evidence)) {
        verdict_pass(out, "");
    } else if (signature_any_open(evidence) || spf_open(evidence) || !header_found(evidence)) {
        verdict_not_evaluable(out, "", authentication_missing(evidence));
    } else {
        verdict_fail(out, "", CERTAINTY_EVALUATED);
        argument_identities(evidence, out);
    }
}

/* With a DMARC record this is what DMARC says, and without any pass there is nothing to be aligned.
 */
static bool judged_elsewhere(const Evidence *evidence)
{
    bool passes = signature_any_passes(evidence) || spf_passes(evidence);
    return evidence->dmarc->rfc9989.record || !passes;
}

static void any(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    if (!alignment->from_domain)
        return;
    if (alignment->spf_aligned || alignment->dkim_aligned) {
        verdict_pass(out, alignment->from_domain);
    } else if (judged_elsewhere(evidence)) {
        verdict_not_applicable(out);
    } else if (alignment_open(evidence)) {
        verdict_not_evaluable(out, alignment->from_domain, authentication_missing(evidence));
    } else {
        verdict_fail(out, alignment->from_domain, CERTAINTY_EVALUATED);
        argument_identities(evidence, out);
    }
}

/* The signature that passes without being aligned names whom the mail seems to come from. */
static const DkimSignature *passing_elsewhere(const Evidence *evidence)
{
    for (size_t i = 0; i < signature_count(evidence); i++)
        if (evidence->dkim->signatures[i].result == DKIM_PASS)
            return &evidence->dkim->signatures[i];
    return NULL;
}

/* A signature of the From domain is there; that it fails is what the rules about DKIM tell. */
static bool any_signature_aligned(const Evidence *evidence)
{
    for (size_t i = 0; i < signature_count(evidence); i++)
        if (signature_aligned(evidence, &evidence->dkim->signatures[i]))
            return true;
    return false;
}

static void from_dkim(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    const DkimSignature *elsewhere = passing_elsewhere(evidence);
    if (!alignment->from_domain || !elsewhere)
        return;
    if (alignment->dkim_aligned) {
        verdict_pass(out, alignment->from_domain);
        return;
    }
    if (any_signature_aligned(evidence))
        return;
    verdict_fail(out, alignment->from_domain, CERTAINTY_EVALUATED);
    argument_identities(evidence, out);
    verdict_argument(out, "signing-domain", elsewhere->domain);
}

static void from_spf(const Evidence *evidence, Verdicts *out)
{
    const Alignment *alignment = evidence->alignment;
    if (!alignment->from_domain || !spf_passes(evidence))
        return;
    if (alignment->spf_aligned) {
        verdict_pass(out, alignment->from_domain);
        return;
    }
    verdict_fail(out, alignment->from_domain, spf_certainty(evidence));
    verdict_argument(out, "from-domain", alignment->from_domain);
    verdict_argument(out, "mail-from-domain", evidence->spf->domain);
}

/* --- other addresses in the header --- */

static const char *first_domain(const AddressList *list)
{
    for (size_t i = 0; i < list->n; i++)
        if (list->items[i].domain)
            return list->items[i].domain;
    return NULL;
}

/* Under one of the author's domains, or above it: the Organizational Domain is known for the author
 * only. */
static bool related(const Evidence *evidence, const char *domain)
{
    const char *from = evidence->alignment->from_domain;
    const char *organization = evidence->dmarc->rfc7489.organizational_domain;
    return domain_is_at_or_below(domain, from) || domain_is_at_or_below(from, domain) ||
           (organization && domain_is_at_or_below(domain, organization));
}

static void same_organization(const Evidence *evidence, const AddressList *list, Verdicts *out)
{
    const char *domain = first_domain(list);
    if (!domain || !evidence->alignment->from_domain)
        return;
    if (related(evidence, domain)) {
        verdict_pass(out, domain);
        return;
    }
    verdict_fail(out, domain, CERTAINTY_PROVEN);
    verdict_argument(out, "domain", domain);
    verdict_argument(out, "from-domain", evidence->alignment->from_domain);
}

static void reply_to(const Evidence *evidence, Verdicts *out)
{
    same_organization(evidence, &evidence->mime->reply_to, out);
}

static void sender(const Evidence *evidence, Verdicts *out)
{
    same_organization(evidence, &evidence->mime->sender, out);
}

/* --- what the receiver said --- */

/* Newest field of a trusted receiver that has a result for the method. */
static const AuthResult *said_of(const Evidence *evidence, const char *method,
                                 const char **receiver)
{
    for (size_t i = 0; i < evidence->n_said; i++) {
        const ReceiverSaid *said = &evidence->said[i];
        for (size_t r = 0; said->trusted && r < said->authres->n_results; r++) {
            const AuthResult *result = &said->authres->results[r];
            if (g_strcmp0(result->method, method) != 0)
                continue;
            *receiver = said->authres->authserv_id;
            return result;
        }
    }
    return NULL;
}

/* A receiver lists a result per signature; one pass is what counts. */
static bool said_pass(const Evidence *evidence, const char *method)
{
    for (size_t i = 0; i < evidence->n_said; i++) {
        const ReceiverSaid *said = &evidence->said[i];
        for (size_t r = 0; said->trusted && r < said->authres->n_results; r++)
            if (g_strcmp0(said->authres->results[r].method, method) == 0 &&
                g_strcmp0(said->authres->results[r].result, "pass") == 0)
                return true;
    }
    return false;
}

static void compare(const Evidence *evidence, const char *method, bool known, bool passes,
                    const char *computed, Verdicts *out)
{
    const char *receiver = NULL;
    const AuthResult *said = said_of(evidence, method, &receiver);
    if (!said || !known)
        return;
    if (said_pass(evidence, method) == passes) {
        verdict_pass(out, method);
        return;
    }
    verdict_fail(out, method, CERTAINTY_INFERRED);
    verdict_argument(out, "method", method);
    verdict_argument(out, "said", said_pass(evidence, method) ? "pass" : said->result);
    verdict_argument(out, "computed", computed);
    verdict_argument(out, "receiver", receiver);
}

static void receiver_agrees(const Evidence *evidence, Verdicts *out)
{
    const DmarcResult dmarc = evidence->dmarc->rfc9989.result;
    bool dkim_known = signature_any_passes(evidence) || !signature_any_open(evidence);
    bool dmarc_known = dmarc == DMARC_PASS || (dmarc == DMARC_FAIL && !alignment_open(evidence));
    compare(evidence, "spf", evidence->spf->evaluable && evidence->spf->result != SPF_TEMPERROR,
            evidence->spf->result == SPF_PASS, spf_result_name(evidence->spf->result), out);
    compare(evidence, "dkim", dkim_known, signature_any_passes(evidence),
            dkim_result_name(evidence->dkim->result), out);
    compare(evidence, "dmarc", dmarc_known, dmarc == DMARC_PASS, dmarc_result_name(dmarc), out);
}

const RuleCheck alignment_rules[] = {
    {"alignment-authenticated", authenticated},
    {"alignment-any", any},
    {"alignment-from-dkim", from_dkim},
    {"alignment-from-spf", from_spf},
    {"alignment-reply-to", reply_to},
    {"alignment-sender", sender},
    {"alignment-receiver-agrees", receiver_agrees},
    {NULL, NULL},
};
