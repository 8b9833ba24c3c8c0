/* domainjson.c - the view for machines: its shape is in domainview.h. */
#include "cli/domainview.h"

#include <jansson.h>
#include <stdlib.h>

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *fact_json(const DomainFact *fact, Language language)
{
    g_autofree char *text = domainwords_sentence(fact, language);
    json_t *out = json_pack("{s:s, s:s, s:s}", "id", domain_fact_name(fact->id), "level",
                            level_name(domainwords_level(fact->id)), "text", text);
    if (fact->object)
        json_object_set_new(out, "object", json_string(fact->object));
    if (fact->found)
        json_object_set_new(out, "found", json_string(fact->found));
    if (fact->n > 0)
        json_object_set_new(out, "n", json_integer((json_int_t)fact->n));
    if (fact->of > 0)
        json_object_set_new(out, "of", json_integer((json_int_t)fact->of));
    return out;
}

static json_t *record_json(const Advice *advice, Language language)
{
    json_t *record = json_pack("{s:s, s:s, s:s, s:s}", "action", advice->change ? "change" : "add",
                               "name", advice->name, "type", "TXT", "value", advice->value);
    json_t *replaced = json_array();
    for (size_t i = 0; advice->fit && i < advice->fit->n; i++) {
        const SpfSwap *swap = &advice->fit->swaps[i];
        g_autofree char *text = advice_swap_text(swap, language);
        json_array_append_new(replaced, json_pack("{s:s, s:s, s:s, s:b, s:s}", "term", swap->term,
                                                  "by", swap->by, "reason",
                                                  spf_swap_name(swap->kind), "needs_upkeep",
                                                  spf_swap_needs_upkeep(swap->kind), "text", text));
    }
    if (json_array_size(replaced) > 0)
        json_object_set(record, "replaced", replaced);
    json_decref(replaced);
    return record;
}

static json_t *drop_json(const Advice *advice)
{
    json_t *costs = json_array();
    for (size_t i = 0; i < advice->n_costs; i++)
        json_array_append_new(costs, json_pack("{s:s, s:I, s:b}", "term", advice->costs[i].term,
                                               "lookups", (json_int_t)advice->costs[i].lookups,
                                               "enough", advice->costs[i].enough));
    return json_pack("{s:I, s:o}", "excess", (json_int_t)advice->excess, "costs", costs);
}

/* Takes the advice over. */
static void add_facts(json_t *out, const GArray *facts, bool advised, Advice *advice,
                      Language language)
{
    json_t *list = json_array(), *publish = json_array();
    for (guint i = 0; i < facts->len; i++)
        json_array_append_new(list, fact_json(&g_array_index(facts, DomainFact, i), language));
    if (advised)
        json_array_append_new(publish, record_json(advice, language));
    if (advice->n_costs > 0)
        json_object_set_new(out, "drop", drop_json(advice));
    advice_clear(advice);
    json_object_set_new(out, "worst", json_string(level_name(domainwords_worst(facts))));
    json_object_set_new(out, "facts", list);
    json_object_set_new(out, "publish", publish);
}

static json_t *key_json(const KeyCheck *check, Language language)
{
    json_t *out = json_pack("{s:s, s:s, s:b, s:b, s:s}", "selector", check->selector, "name",
                            check->name, "listed", check->configured != NULL, "active",
                            check->active, "state", key_publication_name(check->publication));
    Advice advice;
    bool advised = advice_key(check, &advice);
    add_facts(out, check->facts, advised, &advice, language);
    return out;
}

static json_t *part_json(const DomainCheck *check, DomainPart part, bool advised, Advice *advice,
                         Language language)
{
    if (!check->active)
        return json_null();
    json_t *out = json_object();
    add_facts(out, check->facts[part], advised, advice, language);
    return out;
}

static json_t *domain_json(const DomainCheck *check, const DomainChecks *checks, Language language)
{
    json_t *keys = json_array();
    for (size_t i = 0; i < check->n_keys; i++)
        json_array_append_new(keys, key_json(&check->keys[i], language));
    json_t *out = json_pack("{s:s, s:o, s:b, s:s, s:o}", "domain", check->domain, "tenant",
                            text_or_null(check->tenant), "active", check->active, "worst",
                            level_name(domainview_worst(check)), "keys", keys);
    Advice spf, dmarc, none = {0};
    bool spf_advised = advice_spf(check, checks, &spf), dmarc_advised = advice_dmarc(check, &dmarc);
    json_object_set_new(out, "spf", part_json(check, PART_SPF, spf_advised, &spf, language));
    json_object_set_new(out, "dmarc",
                        part_json(check, PART_DMARC, dmarc_advised, &dmarc, language));
    json_object_set_new(out, "bounces", part_json(check, PART_BOUNCES, false, &none, language));
    return out;
}

GString *domainview_json(const DomainChecks *checks, Language language)
{
    json_t *domains = json_array();
    Level worst = LEVEL_GOOD;
    json_int_t to_do = 0;
    for (size_t i = 0; i < checks->n; i++) {
        Level level = domainview_worst(&checks->domains[i]);
        worst = MAX(worst, level);
        to_do += level > LEVEL_INFO ? 1 : 0;
        json_array_append_new(domains, domain_json(&checks->domains[i], checks, language));
    }
    json_t *document = json_pack(
        "{s:o, s:o, s:o, s:I, s:I, s:s}", "operator", text_or_null(checks->profile->operator_name),
        "include", text_or_null(checks->profile->spf_include), "domains", domains, "checked",
        (json_int_t)checks->n, "to_do", to_do, "worst", level_name(worst));
    char *text = json_dumps(document, JSON_INDENT(2) | JSON_PRESERVE_ORDER);
    json_decref(document);
    GString *out = g_string_new(text);
    free(text);
    g_string_append_c(out, '\n');
    return out;
}
