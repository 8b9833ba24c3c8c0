/* explain.c - `mailassay explain` and `mailassay rules`: the catalogue, for people and for
 * programs. */
#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/output.h"
#include "reports/builtin.h"
#include "reports/lines.h"

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

static void write_json(GString *out, const Catalogue *catalogue)
{
    json_t *list = json_array();
    for (size_t i = 0; i < catalogue->n; i++)
        json_array_append_new(list, json_rule(&catalogue->rules[i]));
    char *text = json_dumps(list, JSON_INDENT(2));
    g_string_append_printf(out, "%s\n", text);
    free(text);
    json_decref(list);
}

static int list_rules(bool json, Language language)
{
    g_autoptr(Catalogue) catalogue = load();
    if (!catalogue)
        return EXIT_BUG;
    g_autoptr(GString) text = g_string_new(NULL);
    if (json)
        write_json(text, catalogue);
    else
        write_list(text, catalogue, language);
    return print(text);
}

int command_rules(int argc, char **argv)
{
    g_auto(GStrv) rest = NULL;
    g_autofree char *format = NULL, *code = NULL;
    const GOptionEntry entries[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &format, "text (default) or json", "NAME"},
        {"lang", 0, 0, G_OPTION_ARG_STRING, &code, "Language of text: en (default) or nl", "CODE"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &rest, NULL, NULL},
        {0}};
    g_set_prgname("mailassay rules");
    g_autoptr(GOptionContext) context =
        g_option_context_new("- list all rules: id, severity, weight, title");
    g_option_context_add_main_entries(context, entries, NULL);
    g_autoptr(GError) error = NULL;
    Language language = LANGUAGE_EN;
    if (!g_option_context_parse(context, &argc, &argv, &error))
        return complain(error->message, "rules");
    if (format && strcmp(format, "text") != 0 && strcmp(format, "json") != 0)
        return complain("--format: choose text or json", "rules");
    if (code && !output_parse_language(code, &language))
        return complain("--lang: choose en or nl", "rules");
    if (rest && rest[0])
        return complain("rules takes no argument; mailassay explain RULE-ID tells one rule",
                        "rules");
    return list_rules(format && strcmp(format, "json") == 0, language);
}
