#include "rules/deciding.h"

#include <string.h>

size_t signature_count(const Evidence *evidence)
{
    return MIN(evidence->dkim->n, (size_t)DKIM_MAX_SIGNATURES);
}

bool signature_aligned(const Evidence *evidence, const DkimSignature *signature)
{
    const DmarcCheck *dmarc = evidence->dmarc;
    if (!signature->domain || !dmarc->author_domain)
        return false;
    for (size_t i = 0; i < dmarc->n_identifiers; i++) {
        const DmarcIdentifier *identifier = &dmarc->identifiers[i];
        if (identifier->is_dkim && strcmp(identifier->domain, signature->domain) == 0)
            return identifier->aligned;
    }
    return false;
}

static bool body_missing(const DkimSignature *signature)
{
    return signature->body == DKIM_BODY_NOT_SUPPLIED;
}

bool signature_passed_on_receipt(const Evidence *evidence, const DkimSignature *signature)
{
    bool changed = signature->body == DKIM_BODY_DIFFERS ||
                   signature->header == DKIM_HEADER_CHANGED ||
                   signature->header == DKIM_HEADER_UNVERIFIED;
    if (!evidence->causes || !changed)
        return false;
    const Timeline *timeline = evidence->causes[signature - evidence->dkim->signatures].timeline;
    return timeline && timeline->changed_after_receipt;
}

bool signature_open(const Evidence *evidence, const DkimSignature *signature)
{
    if (signature->result == DKIM_PASS)
        return false;
    if (signature->result == DKIM_TEMPERROR || signature->key == DKIM_KEY_UNAVAILABLE ||
        signature_passed_on_receipt(evidence, signature))
        return true;
    return body_missing(signature) && signature->header == DKIM_HEADER_VERIFIES;
}

bool signature_stands(const DkimSignature *signature)
{
    return signature->result == DKIM_PASS ||
           (body_missing(signature) && signature->header == DKIM_HEADER_VERIFIES &&
            signature->problems == 0);
}

/* Higher is better; only the best rank decides. */
static unsigned rank(const Evidence *evidence, const DkimSignature *signature)
{
    bool aligned = signature_aligned(evidence, signature);
    bool stands = signature_stands(signature);
    return (aligned ? 2u : 0u) + (stands ? 1u : 0u);
}

bool signature_decides(const Evidence *evidence, const DkimSignature *signature)
{
    unsigned best = 0;
    for (size_t i = 0; i < signature_count(evidence); i++)
        best = MAX(best, rank(evidence, &evidence->dkim->signatures[i]));
    return rank(evidence, signature) == best;
}

bool signature_any_passes(const Evidence *evidence)
{
    for (size_t i = 0; i < signature_count(evidence); i++)
        if (evidence->dkim->signatures[i].result == DKIM_PASS)
            return true;
    return false;
}

bool signature_any_open(const Evidence *evidence)
{
    for (size_t i = 0; i < signature_count(evidence); i++)
        if (signature_open(evidence, &evidence->dkim->signatures[i]))
            return true;
    return false;
}

const SigningDomainCheck *signature_configured(const Evidence *evidence,
                                               const DkimSignature *signature)
{
    const Alignment *alignment = evidence->alignment;
    for (size_t i = 0; i < alignment->n_checks; i++) {
        const SigningDomainCheck *check = &alignment->checks[i];
        if (check->used.has_signature && check->used.signature < evidence->dkim->n &&
            &evidence->dkim->signatures[check->used.signature] == signature)
            return check;
    }
    return NULL;
}

bool signature_key_replaced(const Evidence *evidence, const DkimSignature *signature)
{
    const SigningDomainCheck *check = signature_configured(evidence, signature);
    return check && check->publication == PUBLICATION_MISMATCH &&
           check->used.signed_with_configured_key && signature->header == DKIM_HEADER_KEY_OR_VALUE;
}

void each_deciding(const Evidence *evidence, SignaturePredicate check, Verdicts *out)
{
    for (size_t i = 0; i < signature_count(evidence); i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        if (!signature_decides(evidence, signature))
            continue;
        char object[32];
        g_snprintf(object, sizeof(object), "signature-%zu", i + 1);
        check(evidence, signature, object, out);
    }
}

const char *actor_of_cause(const CauseReport *report, const Cause *cause)
{
    CauseActor actor = cause->kind->actor;
    if (actor == CAUSE_BY_UNKNOWN)
        return NULL;
    if (actor == CAUSE_BY_RECEIVER && g_strcmp0(report->story, "mailing-list") == 0)
        actor = CAUSE_BY_INTERMEDIARY;
    return cause_actor_name(actor);
}

bool header_found(const Evidence *evidence)
{
    const Source *source = evidence->source;
    return source->n_fields > 0 &&
           (source->n_strays == 0 || source->strays[0].offset > source->fields[0].offset);
}

bool carried_by_dkim(const Evidence *evidence)
{
    const DmarcResult dmarc = evidence->dmarc->rfc9989.result;
    return evidence->alignment->dkim_aligned && (dmarc == DMARC_PASS || dmarc == DMARC_NONE);
}

bool alignment_open(const Evidence *evidence)
{
    if (evidence->alignment->spf_aligned || evidence->alignment->dkim_aligned)
        return false;
    if (evidence->dmarc->rfc9989.result == DMARC_TEMPERROR)
        return true;
    for (size_t i = 0; i < signature_count(evidence); i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        if (signature_aligned(evidence, signature) && signature_open(evidence, signature))
            return true;
    }
    if (!header_found(evidence))
        return true;
    const SpfCheck *spf = evidence->spf;
    return !spf->evaluable || spf->result == SPF_TEMPERROR ||
           spf_certainty(evidence) == CERTAINTY_INFERRED;
}

Certainty envelope_certainty(const EnvelopeFact *fact)
{
    return fact->confidence >= CONFIDENCE_MEDIUM ? CERTAINTY_EVALUATED : CERTAINTY_INFERRED;
}

const char *authentication_missing(const Evidence *evidence)
{
    if (!header_found(evidence))
        return "header";
    if (evidence->headers_only)
        return "body";
    for (size_t i = 0; i < signature_count(evidence); i++)
        if (signature_passed_on_receipt(evidence, &evidence->dkim->signatures[i]))
            return "copy";
    return "authentication";
}

/* Whose address the client has does not matter when there is no record to look it up in. */
static bool depends_on_client(const SpfCheck *spf)
{
    return spf->result != SPF_NONE && spf->problem != SPF_PROBLEM_MULTIPLE &&
           spf->problem != SPF_PROBLEM_SYNTAX;
}

Certainty spf_certainty(const Evidence *evidence)
{
    const Envelope *envelope = evidence->envelope;
    if (depends_on_client(evidence->spf) &&
        envelope_certainty(&envelope->client_ip) == CERTAINTY_INFERRED)
        return CERTAINTY_INFERRED;
    const EnvelopeFact *identity = envelope->mail_from.value && *envelope->mail_from.value
                                       ? &envelope->mail_from
                                       : &envelope->helo;
    return envelope_certainty(identity);
}

bool spf_passes(const Evidence *evidence)
{
    return evidence->spf->evaluable && evidence->spf->result == SPF_PASS;
}
