/* explain.c - `mailassay explain`, `mailassay rules` and `mailassay providers`: the catalogue, for
 * people and for programs. */
#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/output.h"
#include "reports/builtin.h"
#include "reports/lines.h"
#include "rules/provider.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int complain(const char *message, const char *command)
{
    fprintf(stderr, "mailassay: %s (see mailassay %s --help)\n", message, command);
    return EXIT_BAD_USAGE;
}

static Catalogue *load(void)
{
    g_autoptr(GError) error = NULL;
    Catalogue *catalogue = catalogue_load(&error);
    if (!catalogue)
        fprintf(stderr, "mailassay: %s\n", error->message);
    return catalogue;
}

static int print(GString *text)
{
    g_autoptr(GError) error = NULL;
    if (output_write_stdout(text, &error))
        return EXIT_CLEAN;
    fprintf(stderr, "mailassay: %s\n", error->message);
    return EXIT_IO;
}

/* An argument shows as <name>; white space of the file as one space. */
static char *text_of(const RuleText *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    for (size_t i = 0; i < text->n; i++)
        g_string_append_printf(out, text->pieces[i].is_argument ? "<%s>" : "%s",
                               text->pieces[i].text);
    g_auto(GStrv) words = g_strsplit_set(out->str, " \t\r\n", -1);
    g_string_truncate(out, 0);
    for (char **word = words; *word; word++) {
        if (**word)
            g_string_append_printf(out, "%s%s", out->len > 0 ? " " : "", *word);
    }
    return g_strdup(out->str);
}

/* --- one rule --- */

static void write_number(Lines *lines, const char *label, unsigned n)
{
    g_autofree char *text = g_strdup_printf("%u", n);
    lines_pair(lines, 2, label, text);
}

static void write_in_language(Lines *lines, const Rule *rule, Language language)
{
    g_autoptr(Labels) labels = labels_new(language);
    g_autofree char *title = text_of(&rule->title[language]), *why = text_of(&rule->why[language]),
                    *fix = text_of(&rule->fix[language]);
    lines_heading(lines, title);
    lines_pair(lines, 2, labels_get(labels, "severity"),
               labels_of(labels, "severity", severity_name(rule->severity)));
    lines_item(lines, 2 + LINES_LABEL, STYLE_DIM, "",
               labels_of(labels, "meaning", severity_name(rule->severity)));
    write_number(lines, labels_get(labels, "points"), rule->weight);
    if (rule->has_cap) {
        g_autofree char *limit = g_strdup_printf("%u", rule->cap);
        g_autofree char *capped = labels_fill(labels, "capped-at", limit);
        g_autofree char *cap = g_strdup_printf("%s: %s", capped, rule->cap_reason[language]);
        lines_pair(lines, 2, labels_get(labels, "score"), cap);
    }
    lines_pair(lines, 2, labels_get(labels, "who"), labels_of(labels, "actor", rule->actor));
    lines_pair(lines, 2, labels_get(labels, "why"), why);
    if (fix[0])
        lines_pair(lines, 2, labels_get(labels, "fix"), fix);
}

static void write_rule(Lines *lines, const Rule *rule)
{
    lines_item(lines, 0, STYLE_BOLD, "", rule->id);
    if (rule->formerly)
        lines_pair(lines, 2, "formerly", rule->formerly);
    if (rule->group)
        lines_pair(lines, 2, "group", rule->group);
    if (rule->only_profile)
        lines_pair(lines, 2, "rule profile", rule->only_profile);
    for (size_t i = 0; i < rule->n_references; i++) {
        const Reference *reference = &rule->references[i];
        g_autofree char *label =
            reference->as_of ? g_strdup_printf("%s (%s)", reference->label, reference->as_of)
                             : g_strdup(reference->label);
        lines_pair(lines, 2, i == 0 ? "references" : "", label);
        if (reference->url)
            lines_raw(lines, 2 + LINES_LABEL, reference->url);
    }
    for (int language = 0; language < LANGUAGES; language++)
        write_in_language(lines, rule, (Language)language);
}

/* --- an id that is none --- */

enum { LONGEST_ID = 64, SUGGESTED = 3 };

/* Levenshtein's distance of two ids, both at most LONGEST_ID long. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[LONGEST_ID + 1];
    size_t n = strlen(b);
    for (size_t j = 0; j <= n; j++)
        row[j] = (unsigned)j;
    for (size_t i = 0; a[i]; i++) {
        unsigned diagonal = row[0];
        row[0] = (unsigned)i + 1;
        for (size_t j = 0; j < n; j++) {
            unsigned changed = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            row[j + 1] = MIN(changed, MIN(row[j], diagonal) + 1);
        }
    }
    return row[n];
}

typedef struct Near {
    const char *id;
    unsigned distance;
} Near;

static int by_distance(const void *a, const void *b)
{
    const Near *x = a, *y = b;
    return x->distance != y->distance ? (x->distance < y->distance ? -1 : 1) : strcmp(x->id, y->id);
}

/* A part of an id is as near as can be. */
static unsigned how_near(const char *wanted, const char *id)
{
    if (wanted[0] && strstr(id, wanted))
        return 0;
    return strlen(wanted) > LONGEST_ID || strlen(id) > LONGEST_ID ? LONGEST_ID
                                                                  : distance(wanted, id);
}

static int complain_unknown(const Catalogue *catalogue, const char *wanted)
{
    g_autofree Near *near = g_new0(Near, catalogue->n);
    for (size_t i = 0; i < catalogue->n; i++)
        near[i] = (Near){catalogue->rules[i].id, how_near(wanted, catalogue->rules[i].id)};
    qsort(near, catalogue->n, sizeof near[0], by_distance);
    g_autofree char *shown = bytes_escape(span_str(wanted));
    fprintf(stderr, "mailassay: %s: no such rule; the nearest:", shown);
    for (size_t i = 0; i < MIN(catalogue->n, SUGGESTED); i++)
        fprintf(stderr, "%s %s", i > 0 ? "," : "", near[i].id);
    fputs(" (mailassay rules lists all)\n", stderr);
    return EXIT_BAD_USAGE;
}

static int explain(char *const *ids, bool colour)
{
    g_autoptr(Catalogue) catalogue = load();
    if (!catalogue)
        return EXIT_BUG;
    g_autoptr(GString) text = g_string_new(NULL);
    Lines lines = {.out = text, .colour = colour};
    for (char *const *id = ids; *id; id++) {
        const Rule *rule = catalogue_find(catalogue, *id);
        if (!rule)
            return complain_unknown(catalogue, *id);
        if (id > ids)
            lines_blank(&lines);
        write_rule(&lines, rule);
    }
    return print(text);
}

int command_explain(int argc, char **argv)
{
    g_auto(GStrv) ids = NULL;
    g_autofree char *when = NULL;
    const GOptionEntry entries[] = {
        {"color", 0, 0, G_OPTION_ARG_STRING, &when, "Colour: auto (default), always, never",
         "WHEN"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &ids, NULL, NULL},
        {0}};
    g_set_prgname("mailassay explain");
    g_autoptr(GOptionContext) context =
        g_option_context_new("RULE-ID... - what a rule looks at, costs, and asks");
    g_option_context_add_main_entries(context, entries, NULL);
    g_autoptr(GError) error = NULL;
    bool colour;
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return complain(error->message, "explain");
    if (!output_parse_colour(when, &colour))
        return complain("--color: choose auto, always or never", "explain");
    if (!ids || !ids[0])
        return complain("no rule given: mailassay rules lists all", "explain");
    return explain(ids, colour);
}

/* --- all rules --- */

static void write_list(GString *out, const Catalogue *catalogue, Language language)
{
    size_t width = 0;
    for (size_t i = 0; i < catalogue->n; i++)
        width = MAX(width, strlen(catalogue->rules[i].id));
    for (size_t i = 0; i < catalogue->n; i++) {
        const Rule *rule = &catalogue->rules[i];
        g_autofree char *title = text_of(&rule->title[language]);
        g_string_append_printf(out, "%-*s  %-7s  %3u  %s\n", (int)width, rule->id,
                               severity_name(rule->severity), rule->weight, title);
    }
}

static json_t *json_text(const RuleText texts[LANGUAGES])
{
    json_t *object = json_object();
    for (int language = 0; language < LANGUAGES; language++) {
        g_autofree char *text = text_of(&texts[language]);
        json_object_set_new(object, language_code((Language)language), json_string(text));
    }
    return object;
}

static json_t *json_references(const Rule *rule)
{
    json_t *list = json_array();
    for (size_t i = 0; i < rule->n_references; i++) {
        json_t *one = json_pack("{s:s, s:s*, s:s*}", "label", rule->references[i].label, "url",
                                rule->references[i].url, "as_of", rule->references[i].as_of);
        json_array_append_new(list, one);
    }
    return list;
}

static json_t *json_rule(const Rule *rule)
{
    json_t *object = json_pack("{s:s, s:s*, s:s, s:s, s:i, s:o*, s:s*, s:s*, s:s}", "id", rule->id,
                               "formerly", rule->formerly, "topic", rule->topic, "severity",
                               severity_name(rule->severity), "weight", (int)rule->weight, "cap",
                               rule->has_cap ? json_integer(rule->cap) : NULL, "group", rule->group,
                               "rule_profile", rule->only_profile, "actor", rule->actor);
    json_object_set_new(object, "title", json_text(rule->title));
    json_object_set_new(object, "why", json_text(rule->why));
    json_object_set_new(object, "fix", json_text(rule->fix));
    json_object_set_new(object, "references", json_references(rule));
    return object;
}

static json_t *json_rules(const Catalogue *catalogue)
{
    json_t *list = json_array();
    for (size_t i = 0; i < catalogue->n; i++)
        json_array_append_new(list, json_rule(&catalogue->rules[i]));
    return list;
}

/* --- what providers ask --- */

static const char *or_empty(const char *text)
{
    return text ? text : "";
}

/* "SPF passes: bulk; would answer 421 4.7.27 or 550 5.7.27; Gmail sender guidelines (2026-03)" */
static void write_requirement(Lines *lines, const Labels *labels, const Providers *providers,
                              const Provider *provider, const Requirement *requirement,
                              Language language)
{
    g_autoptr(GString) text = g_string_new(providers->tests[requirement->test].title[language]);
    g_autoptr(GString) answers = g_string_new(NULL);
    if (!requirement->required)
        g_string_append_printf(text, "; %s", labels_get(labels, "advised"));
    if (requirement->applies != APPLIES_ALL)
        g_string_append_printf(text, "; %s",
                               labels_of(labels, "applies", applies_name(requirement->applies)));
    for (size_t i = 0; i < requirement->n_answers; i++) {
        const SmtpAnswer *answer = &requirement->answers[i];
        g_string_append_printf(answers, "%s%s%s%s%s%s", i > 0 ? " " : "",
                               i > 0 ? labels_get(labels, "or") : "", i > 0 ? " " : "",
                               or_empty(answer->code), answer->code && answer->enhanced ? " " : "",
                               or_empty(answer->enhanced));
    }
    if (answers->len > 0) {
        g_autofree char *would = labels_fill(labels, "would-answer", answers->str);
        g_string_append_printf(text, "; %s", would);
    }
    for (size_t i = 0; i < requirement->n_sources; i++) {
        const Reference *source = &provider->sources[requirement->sources[i]];
        g_string_append_printf(text, "; %s (%s)", source->label, source->as_of);
    }
    lines_item(lines, 2, STYLE_PLAIN, "- ", text->str);
    if (requirement->note[language])
        lines_item(lines, 4, STYLE_PLAIN, "", requirement->note[language]);
}

static void write_provider(Lines *lines, const Labels *labels, const Providers *providers,
                           const Provider *provider, Language language)
{
    g_autoptr(GString) head = g_string_new(provider->name);
    if (provider->since) {
        g_autofree char *since = labels_fill(labels, "since", provider->since);
        g_string_append_printf(head, ", %s", since);
    }
    lines_item(lines, 0, STYLE_BOLD, "", head->str);
    lines_item(lines, 2, STYLE_PLAIN, "", provider->scope[language]);
    if (provider->bulk_from > 0) {
        g_autofree char *number = g_strdup_printf("%u", provider->bulk_from);
        g_autofree char *from = labels_fill(labels, "bulk-from", number);
        lines_pair(lines, 2, labels_get(labels, "applies.bulk"), from);
    }
    for (size_t i = 0; i < provider->n_requirements; i++)
        write_requirement(lines, labels, providers, provider, &provider->requirements[i], language);
    for (size_t i = 0; i < provider->n_sources; i++)
        lines_raw(lines, 2, provider->sources[i].url);
}

static void write_provider_list(GString *out, const Catalogue *catalogue, Language language)
{
    g_autoptr(Labels) labels = labels_new(language);
    Lines lines = {.out = out};
    for (size_t i = 0; i < catalogue->providers->n; i++) {
        if (i > 0)
            lines_blank(&lines);
        write_provider(&lines, labels, catalogue->providers, &catalogue->providers->items[i],
                       language);
    }
}

static json_t *json_local(char *const text[LANGUAGES])
{
    json_t *object = json_object();
    for (int language = 0; language < LANGUAGES && text[language]; language++)
        json_object_set_new(object, language_code((Language)language), json_string(text[language]));
    return object;
}

static json_t *json_requirement(const Providers *providers, const Provider *provider,
                                const Requirement *requirement)
{
    const ProviderTest *test = &providers->tests[requirement->test];
    json_t *object = json_pack("{s:s, s:s, s:b, s:b}", "test", test->id, "applies",
                               applies_name(requirement->applies), "required",
                               (int)requirement->required, "refuses", (int)requirement->refuses);
    json_t *answers = json_array(), *sources = json_array();
    for (size_t i = 0; i < requirement->n_answers; i++)
        json_array_append_new(answers,
                              json_pack("{s:s*, s:s*, s:b}", "code", requirement->answers[i].code,
                                        "enhanced", requirement->answers[i].enhanced, "permanent",
                                        (int)requirement->answers[i].permanent));
    for (size_t i = 0; i < requirement->n_sources; i++) {
        const Reference *source = &provider->sources[requirement->sources[i]];
        json_array_append_new(sources, json_pack("{s:s, s:s, s:s}", "label", source->label, "url",
                                                 source->url, "as_of", source->as_of));
    }
    json_object_set_new(object, "title", json_local(test->title));
    json_object_set_new(object, "note", json_local(requirement->note));
    json_object_set_new(object, "smtp_answers", answers);
    json_object_set_new(object, "sources", sources);
    return object;
}

static json_t *json_provider(const Providers *providers, const Provider *provider)
{
    json_t *object = json_pack("{s:s, s:s, s:s*, s:o*}", "id", provider->id, "name", provider->name,
                               "since", provider->since, "bulk_from",
                               provider->bulk_from ? json_integer(provider->bulk_from) : NULL);
    json_t *domains = json_array(), *requirements = json_array();
    for (char **domain = provider->domains; *domain; domain++)
        json_array_append_new(domains, json_string(*domain));
    for (size_t i = 0; i < provider->n_requirements; i++)
        json_array_append_new(requirements,
                              json_requirement(providers, provider, &provider->requirements[i]));
    json_object_set_new(object, "domains", domains);
    json_object_set_new(object, "scope", json_local(provider->scope));
    json_object_set_new(object, "requirements", requirements);
    return object;
}

static json_t *json_providers(const Catalogue *catalogue)
{
    const Providers *providers = catalogue->providers;
    json_t *list = json_array();
    for (size_t i = 0; i < providers->n; i++)
        json_array_append_new(list, json_provider(providers, &providers->items[i]));
    return list;
}

/* --- lists --- */

typedef struct Listing {
    const char *command, *summary, *too_much; /* what an argument is told */
    void (*write)(GString *out, const Catalogue *catalogue, Language language);
    json_t *(*json)(const Catalogue *catalogue);
} Listing;

static int list(const Listing *listing, bool json, Language language)
{
    g_autoptr(Catalogue) catalogue = load();
    if (!catalogue)
        return EXIT_BUG;
    g_autoptr(GString) text = g_string_new(NULL);
    if (json) {
        json_t *all = listing->json(catalogue);
        char *dump = json_dumps(all, JSON_INDENT(2));
        g_string_append_printf(text, "%s\n", dump);
        free(dump);
        json_decref(all);
    } else {
        listing->write(text, catalogue, language);
    }
    return print(text);
}

static int run_listing(const Listing *listing, int argc, char **argv)
{
    g_auto(GStrv) rest = NULL;
    g_autofree char *format = NULL, *code = NULL;
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text (default) or json", "NAME"},
        {"lang", 0, 0, G_OPTION_ARG_STRING, &code, "Language of text: en (default) or nl", "CODE"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &rest, NULL, NULL},
        {0}};
    g_autofree char *name = g_strconcat("mailassay ", listing->command, NULL);
    g_set_prgname(name);
    g_autoptr(GOptionContext) context = g_option_context_new(listing->summary);
    g_option_context_add_main_entries(context, entries, NULL);
    g_autoptr(GError) error = NULL;
    Language language = LANGUAGE_EN;
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return complain(error->message, listing->command);
    if (format && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
        return complain("--format: choose text or json", listing->command);
    if (code && !output_parse_language(code, &language))
        return complain("--lang: choose en or nl", listing->command);
    if (rest && rest[0])
        return complain(listing->too_much, listing->command);
    return list(listing, format && strcmp(format, "json") == 0, language);
}

int command_rules(int argc, char **argv)
{
    static const Listing rules = {
        "rules", "- list all rules: id, severity, weight, title",
        "rules takes no argument; mailassay explain RULE-ID tells one rule", write_list,
        json_rules};
    return run_listing(&rules, argc, argv);
}

int command_providers(int argc, char **argv)
{
    static const Listing providers = {
        "providers", "- list what large providers ask in public, with source and month",
        "providers takes no argument; a report holds a message against the list",
        write_provider_list, json_providers};
    return run_listing(&providers, argc, argv);
}
