#include "rules/judge.h"

#include <string.h>

/* Defects by what they say about the chain. ARC is not credited, so none of this costs points. */
static bool is_structural(ArcDefect defect)
{
    switch (defect) {
    case ARC_TOO_MANY:
    case ARC_GAP:
    case ARC_INCOMPLETE:
    case ARC_DUPLICATE:
    case ARC_BAD_INSTANCE:
    case ARC_BAD_SYNTAX:
    case ARC_BAD_CV:
    case ARC_SEAL_SIGNS_FIELDS:
    case ARC_MESSAGE_SIGNS_SEAL:
        return true;
    case ARC_OK:
    case ARC_CV_FAIL:
    case ARC_MESSAGE_SIGNATURE:
    case ARC_SEAL:
        return false;
    }
    return false;
}

/* ARC fields are there and DNS said enough. */
static bool settled(const Evidence *evidence, Verdicts *out)
{
    if (evidence->arc->result == ARC_TEMPERROR)
        verdict_not_evaluable(out, "", "dns");
    return evidence->arc->result == ARC_PASS || evidence->arc->result == ARC_FAIL;
}

/* Who wrote set number `instance`: the authserv-id, or the sealing domain. */
static const char *host_of(const ArcChain *chain, unsigned instance)
{
    for (size_t i = 0; i < chain->n; i++) {
        const ArcSet *set = &chain->sets[i];
        if (set->instance != instance)
            continue;
        if (set->has_results && set->results && set->results->authserv_id)
            return set->results->authserv_id;
        return set->has_seal && set->seal.domain ? set->seal.domain : "-";
    }
    return "-";
}

static void state(const Evidence *evidence, bool failing, Verdicts *out)
{
    const ArcChain *chain = evidence->arc;
    if (!settled(evidence, out))
        return;
    if (!failing) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_EVALUATED);
    verdict_argument(out, "defect", arc_defect_name(chain->defect));
    verdict_argument_number(out, "instance", chain->defect_instance);
    verdict_argument(out, "host", host_of(chain, chain->defect_instance));
}

static void structure(const Evidence *evidence, Verdicts *out)
{
    state(evidence, is_structural(evidence->arc->defect), out);
}

static void reported_broken(const Evidence *evidence, Verdicts *out)
{
    state(evidence, evidence->arc->defect == ARC_CV_FAIL, out);
}

static void seals(const Evidence *evidence, Verdicts *out)
{
    state(evidence, evidence->arc->defect == ARC_SEAL, out);
}

/* Without the body the newest message signature cannot be judged. */
static void unchanged_since(const Evidence *evidence, Verdicts *out)
{
    if (evidence->headers_only && evidence->arc->result == ARC_FAIL)
        verdict_not_evaluable(out, "", "body");
    else
        state(evidence, evidence->arc->defect == ARC_MESSAGE_SIGNATURE, out);
}

/* oldest_pass: sets from that instance on still match the message, those before it do not (RFC 8617
 * §5.2.1). */
static void changed_at(const Evidence *evidence, Verdicts *out)
{
    const ArcChain *chain = evidence->arc;
    if (chain->result != ARC_PASS)
        return;
    if (chain->oldest_pass < 2) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_argument(out, "host-before", host_of(chain, chain->oldest_pass - 1));
    verdict_argument(out, "host", host_of(chain, chain->oldest_pass));
}

static bool reports_pass(const AuthRes *results, const char *method)
{
    for (size_t i = 0; i < results->n_results; i++)
        if (g_strcmp0(results->results[i].method, method) == 0 &&
            g_strcmp0(results->results[i].result, "pass") == 0)
            return true;
    return false;
}

/* The first host of the chain saw DMARC or DKIM pass that fails now: broken between there and here.
 */
static void passed_before(const Evidence *evidence, Verdicts *out)
{
    const ArcChain *chain = evidence->arc;
    if (chain->n == 0 || !chain->sets[0].has_results || !chain->sets[0].results)
        return;
    const AuthRes *first = chain->sets[0].results;
    bool passed_now =
        evidence->dmarc->rfc9989.result == DMARC_PASS || evidence->dkim->result == DKIM_PASS;
    bool passed_then = reports_pass(first, "dmarc") || reports_pass(first, "dkim");
    if (!passed_then || passed_now || evidence->headers_only) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", chain->result == ARC_PASS ? CERTAINTY_EVALUATED : CERTAINTY_INFERRED);
    verdict_argument(out, "host", host_of(chain, chain->sets[0].instance));
}

const RuleCheck arc_rules[] = {
    {"arc-structure", structure},
    {"arc-reported-broken", reported_broken},
    {"arc-seals", seals},
    {"arc-unchanged", unchanged_since},
    {"arc-changed-at", changed_at},
    {"arc-passed-before", passed_before},
    {NULL, NULL},
};
