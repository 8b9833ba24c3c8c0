/* domainletter.c - the hand-over letter about a signing domain before there is any message: the
 * records that domainadvice.c proposes, as changes of what stands, tried out by a second check. */
#include "cli/domainview.h"

#include "reports/builtin.h"
#include "reports/letter.h"
#include "reports/node.h"
#include "rules/change.h"
#include "rules/proposal.h"

#include <string.h>

/* What a fact is about: the operator's own configuration, or another customer's key, is no matter
 * of the customer. */
static bool is_theirs(const DomainFact *fact, const char *include)
{
    switch (fact->id) {
    case FACT_KEY_UNCOMPARED:
    case FACT_KEY_OF_DOMAIN:
    case FACT_PROFILE_SHORT:
    case FACT_PROFILE_SHA1:
    case FACT_PROFILE_UNLISTED:
        return false;
    case FACT_SPF_BROKEN_BELOW:
        return !include || !letter_is_below(fact->object, include);
    default:
        return true;
    }
}

typedef struct Composer {
    const DomainChecks *checks;
    const DomainCheck *check;
    DnsSession *dns;
    const Labels *labels;
    Letter *letter;
    GString *overlay; /* all records of the letter */
} Composer;

static Language language_of(const Composer *composer)
{
    return labels_language(composer->labels);
}

/* One sentence on what it is for, and those of the facts that are work for the customer. */
static char *why_of(const Composer *composer, const GArray *facts, const char *about)
{
    GString *why = g_string_new(labels_of(composer->labels, "letter", about));
    for (guint i = 0; i < facts->len; i++) {
        const DomainFact *fact = &g_array_index(facts, DomainFact, i);
        Level level = domainwords_level(fact->id);
        if (level < LEVEL_NOTICE || level == LEVEL_UNKNOWN ||
            !is_theirs(fact, composer->checks->profile->spf_include))
            continue;
        g_autofree char *sentence = domainwords_sentence(fact, language_of(composer));
        g_autofree char *printable = node_printable(sentence);
        g_string_append_printf(why, " %s", printable);
    }
    return g_string_free(why, FALSE);
}

static Level worst_of(const Composer *composer, const GArray *facts)
{
    Level worst = LEVEL_GOOD;
    for (guint i = 0; i < facts->len; i++) {
        const DomainFact *fact = &g_array_index(facts, DomainFact, i);
        Level level = domainwords_level(fact->id);
        if (level == LEVEL_UNKNOWN)
            composer->letter->open = true;
        else if (is_theirs(fact, composer->checks->profile->spf_include))
            worst = MAX(worst, level);
    }
    return worst;
}

/* --- tasks with records --- */

/* Takes the plan over. Other TXT records stay, unless an alias or a wildcard gave them. */
static LetterTask *add_plan(Composer *composer, LetterUrgency urgency, ChangePlan *plan)
{
    const DnsAnswer *answer = dns_ask(composer->dns, plan->owner, DNS_TXT);
    LetterTask *task = letter_add(composer->letter, urgency, plan->owner, "TXT");
    for (size_t i = 0; i < plan->n; i++) {
        const Change *change = &plan->changes[i];
        letter_add_change(task, change->action, change->name, change->type, change->value,
                          change->was);
    }
    task->old_ttl_s = answer->ttl_s;
    for (size_t i = 0; i < answer->n && !answer->wildcard && !answer->cnames[0]; i++) {
        char *text = bytes_escape(span_of(answer->records[i].text, answer->records[i].text_n));
        if (letter_changes(task, text))
            g_free(text);
        else
            g_ptr_array_add(task->stays, text);
    }
    g_string_append(composer->overlay, plan->overlay->str);
    change_plan_free(plan);
    return task;
}

static ChangePlan *plan_of(Composer *composer, const char *action, const char *name,
                           const char *value)
{
    const ProposedRecord record = {.action = (char *)action,
                                   .name = (char *)name,
                                   .type = (char *)"TXT",
                                   .value = (char *)value};
    return change_plan(&record, composer->dns);
}

static void add_swaps(const Composer *composer, const SpfFit *fit, LetterTask *task)
{
    for (size_t i = 0; fit && i < fit->n; i++) {
        g_autofree char *why = advice_swap_text(&fit->swaps[i], language_of(composer));
        g_autofree char *term = node_printable(fit->swaps[i].term);
        letter_add_swap(task, term, fit->swaps[i].by, why);
    }
}

/* False when there is no record that could be handed over. Takes the advice over. */
static bool add_advice(Composer *composer, bool advised, Advice *advice, const GArray *facts,
                       const char *about)
{
    ChangePlan *plan =
        advised ? plan_of(composer, advice->change ? "change" : "add", advice->name, advice->value)
                : NULL;
    if (plan) {
        bool needed = worst_of(composer, facts) == LEVEL_ERROR;
        LetterTask *task = add_plan(composer, needed ? LETTER_NEEDED : LETTER_RECOMMENDED, plan);
        task->why = why_of(composer, facts, about);
        add_swaps(composer, advice->fit, task);
    }
    advice_clear(advice);
    return plan != NULL;
}

/* --- keys --- */

static bool has(const GArray *facts, DomainFactId id)
{
    for (guint i = 0; i < facts->len; i++)
        if (g_array_index(facts, DomainFact, i).id == id)
            return true;
    return false;
}

/* A key that must not be there; a private one is not written down once more. */
static void add_removals(Composer *composer, const KeyCheck *key, LetterUrgency urgency)
{
    bool is_private = has(key->facts, FACT_KEY_PRIVATE);
    const char *about = is_private ? "about-private" : "about-inactive";
    for (size_t i = 0; i < key->answer->n; i++) {
        if (key->answer->wildcard || key->answer->cnames[0])
            return;
        g_autofree char *text =
            bytes_escape(span_of(key->answer->records[i].text, key->answer->records[i].text_n));
        LetterTask *task = letter_add(composer->letter, urgency, key->name, "TXT");
        letter_add_change(task, "remove", key->name, "TXT", is_private ? NULL : text, NULL);
        task->why = g_strdup(labels_of(composer->labels, "letter", about));
        task->old_ttl_s = key->answer->ttl_s;
    }
}

/* Whether anything is the customer's to do about a key for which there is no record: the others
 * are waiting for a new key of the operator's. */
static bool needs_a_key(const KeyCheck *key)
{
    return key->active && !key->expected && key->publication != PUBLICATION_REVOKED;
}

static void add_key(Composer *composer, const KeyCheck *key)
{
    Level worst = worst_of(composer, key->facts);
    Advice advice;
    if (has(key->facts, FACT_KEY_PRIVATE)) {
        add_removals(composer, key, LETTER_NEEDED);
        return;
    }
    if (!key->active) {
        if (key->publication == PUBLICATION_VALID)
            add_removals(composer, key, LETTER_RECOMMENDED);
        return;
    }
    bool advised = advice_key(key, &advice);
    if (add_advice(composer, advised, &advice, key->facts, "about-key") || worst < LEVEL_WARNING ||
        !needs_a_key(key))
        return;
    LetterTask *task = letter_add(composer->letter, LETTER_BY_HAND, key->name, "TXT");
    task->why = why_of(composer, key->facts, "about-key");
    task->how = g_strdup(labels_of(composer->labels, "letter", "record-follows"));
}

/* --- SPF, DMARC, bounces --- */

/* Of the customer's own terms. */
static char *costs_of(const SpfRecord *record, const char *own_term)
{
    GString *costs = g_string_new(NULL);
    for (size_t i = 0; i < record->n; i++) {
        g_autofree char *term = bytes_escape(record->terms[i].text);
        if (record->terms[i].lookups > 0 && strcmp(term, own_term) != 0)
            g_string_append_printf(costs, "%s%s (%u)", costs->len > 0 ? ", " : "", term,
                                   record->terms[i].lookups);
    }
    return g_string_free(costs, FALSE);
}

/* The record is full, or would be with the operator in it. */
static void tell_of_room(Composer *composer, LetterTask *task)
{
    const SpfSurvey *survey = composer->check->spf, *below = composer->checks->include;
    const GArray *facts = composer->check->facts[PART_SPF];
    const char *include = composer->checks->profile->spf_include;
    bool misses = has(facts, FACT_SPF_NOT_INCLUDED);
    if (!misses && !has(facts, FACT_SPF_LOOKUPS))
        return;
    g_autofree char *term = g_strconcat("include:", include, NULL);
    g_autofree char *costs = costs_of(survey->record, term);
    g_autofree char *room = labels_fill(composer->labels, "letter.make-room", costs);
    g_free(task->how);
    task->how = g_steal_pointer(&room);
    if (!misses)
        return;
    g_autofree char *number =
        g_strdup_printf("%u", survey->lookups + 1 + (below ? below->lookups : 0));
    g_autofree char *then = labels_fill(composer->labels, "letter.then-include", term);
    g_autofree char *how = g_strdup_printf("%s %s", task->how, then);
    g_free(task->why);
    g_free(task->how);
    task->why = labels_fill(composer->labels, "letter.no-room", number);
    task->how = g_steal_pointer(&how);
}

/* about names two words of the letter: what it is for, and what to do. */
static LetterTask *add_by_hand(Composer *composer, DomainPart part, const char *object,
                               const char *type)
{
    static const char *const about[] = {
        [PART_SPF] = "about-spf", [PART_DMARC] = "about-dmarc", [PART_BOUNCES] = "about-bounces"};
    static const char *const how[] = {
        [PART_SPF] = "how-spf", [PART_DMARC] = "how-dmarc", [PART_BOUNCES] = "how-bounces"};
    const GArray *facts = composer->check->facts[part];
    if (worst_of(composer, facts) < LEVEL_WARNING)
        return NULL;
    LetterTask *task = letter_add(composer->letter, LETTER_BY_HAND, object, type);
    task->why = why_of(composer, facts, about[part]);
    task->how = g_strdup(labels_of(composer->labels, "letter", how[part]));
    return task;
}

static void add_spf(Composer *composer)
{
    const DomainCheck *check = composer->check;
    const SpfRecord *record = check->spf->record;
    Advice advice;
    bool advised = advice_spf(check, composer->checks, &advice);
    if (add_advice(composer, advised, &advice, check->facts[PART_SPF], "about-spf"))
        return;
    LetterTask *task = add_by_hand(composer, PART_SPF, check->domain, "TXT");
    if (!task || !record || !record->text)
        return;
    task->standing = bytes_escape(span_str(record->text));
    tell_of_room(composer, task);
}

static void add_dmarc(Composer *composer)
{
    const DomainCheck *check = composer->check;
    g_autofree char *name = g_strconcat("_dmarc.", check->domain, NULL);
    Advice advice;
    bool advised = advice_dmarc(check, &advice);
    if (!add_advice(composer, advised, &advice, check->facts[PART_DMARC], "about-dmarc"))
        add_by_hand(composer, PART_DMARC, name, "TXT");
}

/* In a domain that does not exist there is nothing else to be done. */
static void add_tasks(Composer *composer)
{
    const DomainCheck *check = composer->check;
    const GArray *bounces = check->facts[PART_BOUNCES];
    bool gone = check->active && has(bounces, FACT_MX_DOMAIN_GONE);
    for (size_t i = 0; i < check->n_keys && !gone; i++)
        add_key(composer, &check->keys[i]);
    if (!check->active)
        return;
    if (!gone) {
        add_spf(composer);
        add_dmarc(composer);
    }
    add_by_hand(composer, PART_BOUNCES, check->domain, "MX");
}

/* --- tried out --- */

static const KeyCheck *key_named(const DomainCheck *check, const char *name)
{
    for (size_t i = 0; i < check->n_keys; i++)
        if (strcmp(check->keys[i].name, name) == 0)
            return &check->keys[i];
    return NULL;
}

/* "missing → valid"; of SPF the way to the operator's include; else that it is in order. */
static char *effect_of(const Composer *composer, const LetterTask *task, const DomainCheck *then)
{
    Language language = language_of(composer);
    const KeyCheck *key = key_named(composer->check, task->object),
                   *new_key = key_named(then, task->object);
    if (key && new_key)
        return new_key->publication != PUBLICATION_VALID || new_key->publication == key->publication
                   ? NULL
                   : g_strdup_printf("%s → %s", domainwords_state(key, language),
                                     domainwords_state(new_key, language));
    bool policy = g_str_has_prefix(task->object, "_dmarc.");
    const GArray *facts = then->facts[policy ? PART_DMARC : PART_SPF];
    if (!facts || domainwords_worst(facts) > LEVEL_NOTICE)
        return NULL;
    return g_strdup(labels_of(composer->labels, "letter", "solved"));
}

/* Everything is checked again with all records of the letter in place. */
static void prove(Composer *composer, const char *const *selectors)
{
    DnsSession *after = dns_session_simulate(composer->dns);
    const char *const domains[] = {composer->check->domain, NULL};
    GArray *tasks = composer->letter->tasks;
    if (composer->overlay->len > 0 &&
        dns_session_overlay(after, span_of(composer->overlay->str, composer->overlay->len), NULL)) {
        DomainChecks *then = domaincheck(composer->checks->profile, domains, selectors, after);
        for (guint i = 0; i < tasks->len; i++) {
            LetterTask *task = &g_array_index(tasks, LetterTask, i);
            if (task->n_changes > 0)
                task->effect = effect_of(composer, task, &then->domains[0]);
        }
        domainchecks_free(then);
    }
    dns_session_free(after);
}

static gint by_urgency(gconstpointer a, gconstpointer b)
{
    return (gint)((const LetterTask *)a)->urgency - (gint)((const LetterTask *)b)->urgency;
}

static void read_head(Composer *composer)
{
    const DomainCheck *check = composer->check;
    const char *zone = check->dmarc ? check->dmarc->organizational_domain : NULL;
    Letter *letter = composer->letter;
    letter->domain = g_strdup(check->domain);
    letter->zone = g_strdup(zone ? zone : check->domain);
    letter->tenant = g_strdup(check->tenant);
    letter->operator_name = g_strdup(composer->checks->profile->operator_name);
}

GString *domainview_letter(const DomainChecks *checks, const char *const *selectors,
                           DnsSession *dns, Language language)
{
    g_autoptr(Labels) labels = labels_new(language);
    g_autoptr(Letter) letter = letter_new();
    g_autoptr(GString) overlay = g_string_new(NULL);
    const DomainCheck *check = &checks->domains[0];
    Composer composer = {.checks = checks,
                         .check = check,
                         .dns = dns,
                         .labels = labels,
                         .letter = letter,
                         .overlay = overlay};
    read_head(&composer);
    add_tasks(&composer);
    prove(&composer, selectors);
    g_array_sort(letter->tasks, by_urgency);
    return letter_write(letter, language);
}
