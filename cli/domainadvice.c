/* domainadvice.c - how a domain fares as a whole, and the record that would mend it: never one that
 * repeats a fault or brings a lost key back. */
#include "cli/domainview.h"

#include "analyzer/base/keypair.h"
#include "reports/builtin.h"
#include "rules/proposal.h"
#include "rules/recordcheck.h"

static bool has(const GArray *facts, DomainFactId id)
{
    for (guint i = 0; i < facts->len; i++)
        if (g_array_index(facts, DomainFact, i).id == id)
            return true;
    return false;
}

Level domainview_worst(const DomainCheck *check)
{
    Level worst = LEVEL_GOOD;
    for (size_t i = 0; i < check->n_keys; i++)
        worst = MAX(worst, domainwords_worst(check->keys[i].facts));
    for (int part = PART_SPF; part < DOMAIN_PARTS; part++)
        worst = MAX(worst, domainwords_worst(check->facts[part]));
    return worst;
}

static Level worst_known(const GArray *facts, bool *unknown)
{
    Level worst = LEVEL_GOOD;
    for (guint i = 0; i < facts->len; i++) {
        Level level = domainwords_level(g_array_index(facts, DomainFact, i).id);
        if (level == LEVEL_UNKNOWN)
            *unknown = true;
        else
            worst = MAX(worst, level);
    }
    return worst;
}

Level domainview_known(const DomainCheck *check, bool *unknown)
{
    Level worst = LEVEL_GOOD;
    for (size_t i = 0; i < check->n_keys; i++) {
        Level level = worst_known(check->keys[i].facts, unknown);
        worst = MAX(worst, level);
    }
    for (int part = PART_SPF; part < DOMAIN_PARTS; part++) {
        Level level = worst_known(check->facts[part], unknown);
        worst = MAX(worst, level);
    }
    return worst;
}

bool advice_key(const KeyCheck *check, Advice *advice)
{
    bool stands = check->answer->status == DNS_OK || check->answer->cnames[0];
    *advice = (Advice){.change = stands && !has(check->facts, FACT_KEY_WILDCARD)};
    if (!check->active || !check->expected || has(check->facts, FACT_KEY_PRIVATE) ||
        keypair_refusal(pubkey_type(check->expected), pubkey_bits(check->expected)))
        return false;
    switch (check->publication) {
    case PUBLICATION_UNKNOWN:
    case PUBLICATION_UNCOMPARED:
    case PUBLICATION_REVOKED:
        return false;
    case PUBLICATION_VALID:
        if (domainwords_worst(check->facts) <= LEVEL_INFO || has(check->facts, FACT_PROFILE_SHA1))
            return false;
        break;
    default:
        break;
    }
    advice->name = g_strdup(check->name);
    advice->value = keypair_record(check->expected);
    return true;
}

/* The include belongs there and is not: it is put in. */
static const SpfSurvey *addition_to(const DomainCheck *check, const DomainChecks *checks)
{
    return has(check->facts[PART_SPF], FACT_SPF_NOT_INCLUDED) ? checks->include : NULL;
}

/* The record with what is missing, within the limits; else what has to be dropped before. */
static void fit_record(const DomainCheck *check, const DomainChecks *checks, Advice *advice)
{
    const SpfSurvey *survey = check->spf, *addition = addition_to(check, checks);
    const char *include = checks->profile->spf_include;
    unsigned lookups = survey->lookups + (addition ? 1 + addition->lookups : 0);
    advice->fit = spfbudget_fit(survey, include, addition);
    if (advice->fit && (addition || advice->fit->n > 0)) {
        advice->value = g_strdup(advice->fit->text);
        advice->change = true;
    } else if (!advice->fit && lookups > SPF_MAX_LOOKUPS) {
        advice->excess = lookups - SPF_MAX_LOOKUPS;
        advice->costs = spfbudget_costs(survey, include, advice->excess, &advice->n_costs);
    }
}

bool advice_spf(const DomainCheck *check, const DomainChecks *checks, Advice *advice)
{
    *advice = (Advice){0};
    const GArray *facts = check->facts[PART_SPF];
    const char *include = checks->profile->spf_include;
    if (!check->spf || has(check->facts[PART_BOUNCES], FACT_MX_DOMAIN_GONE))
        return false;
    if (has(facts, FACT_SPF_NOT_INCLUDED) || has(facts, FACT_SPF_LOOKUPS) ||
        has(facts, FACT_SPF_VOIDS)) {
        fit_record(check, checks, advice);
    } else if (include && has(facts, FACT_SPF_MISSING) && !has(facts, FACT_SPF_NEAR_MISS)) {
        g_autofree char *term = g_strconcat("include:", include, NULL);
        advice->value = proposal_spf_new(term);
    } else if (include && has(facts, FACT_SPF_SEVERAL)) {
        advice->value = proposal_spf_merged(check->spf->record->answer);
        advice->change = true;
    }
    if (advice->value && !recordcheck_is_sound(check->domain, advice->value))
        g_clear_pointer(&advice->value, g_free);
    advice->name = advice->value ? g_strdup(check->domain) : NULL;
    return advice->value != NULL;
}

bool advice_dmarc(const DomainCheck *check, Advice *advice)
{
    *advice = (Advice){0};
    if (!has(check->facts[PART_DMARC], FACT_DMARC_MISSING) ||
        has(check->facts[PART_BOUNCES], FACT_MX_DOMAIN_GONE))
        return false;
    advice->name = g_strconcat("_dmarc.", check->domain, NULL);
    advice->value = proposal_dmarc_new(check->domain);
    return true;
}

void advice_clear(Advice *advice)
{
    g_free(advice->name);
    g_free(advice->value);
    spf_fit_free(advice->fit);
    spf_costs_free(advice->costs, advice->n_costs);
}

char *advice_swap_text(const SpfSwap *swap, Language language)
{
    g_autoptr(Labels) labels = labels_new(language);
    g_autofree char *id = g_strconcat("swap.", spf_swap_name(swap->kind), NULL);
    return labels_fill(labels, id, swap->now);
}
