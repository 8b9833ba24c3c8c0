#include "rules/catalogue.h"

#include "analyzer/base/own.h"
#include "rules/datafile.h"
#include "rules/provider.h"

#include <string.h>

G_DEFINE_QUARK(mailassay - catalogue - error - quark, catalogue_error)

const char *const catalogue_topics[] = {"message",   "html",    "dkim", "cause",     "spf", "dmarc",
                                        "alignment", "profile", "arc",  "transport", NULL};

static const char *const severity_names[] = {
    [SEVERITY_INFO] = "info",
    [SEVERITY_NOTICE] = "notice",
    [SEVERITY_WARNING] = "warning",
    [SEVERITY_ERROR] = "error",
};

const char *severity_name(Severity severity)
{
    g_return_val_if_fail(severity <= SEVERITY_ERROR, "");
    return severity_names[severity];
}

bool severity_parse(const char *text, Severity *severity)
{
    for (size_t i = 0; i < G_N_ELEMENTS(severity_names); i++) {
        if (g_strcmp0(text, severity_names[i]) == 0) {
            *severity = (Severity)i;
            return true;
        }
    }
    return false;
}

const char *language_code(Language language)
{
    static const char *const codes[] = {[LANGUAGE_EN] = "en", [LANGUAGE_NL] = "nl"};
    g_return_val_if_fail(language < LANGUAGES, "");
    return codes[language];
}

/* --- texts --- */

static void add_piece(GArray *pieces, bool is_argument, const char *text)
{
    if (!*text)
        return;
    TextPiece piece = {is_argument, g_strdup(text)};
    g_array_append_val(pieces, piece);
}

static RuleText parse_prose(const xmlNode *node)
{
    g_autoptr(GArray) pieces = g_array_new(false, false, sizeof(TextPiece));
    g_autoptr(GString) run = g_string_new(NULL);
    for (const xmlNode *c = node ? node->children : NULL; c; c = c->next) {
        if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE) {
            datafile_squeeze(run, (const char *)c->content);
        } else if (datafile_is(c, "arg")) {
            if (pieces->len == 0)
                g_strchug(run->str);
            add_piece(pieces, false, run->str);
            g_string_truncate(run, 0);
            g_autofree char *name = datafile_attribute(c, "name");
            add_piece(pieces, true, name);
        }
    }
    g_strchomp(run->str);
    if (pieces->len == 0)
        g_strchug(run->str);
    add_piece(pieces, false, run->str);
    RuleText text = {.n = pieces->len};
    text.pieces = (TextPiece *)(void *)g_array_free(g_steal_pointer(&pieces), false);
    return text;
}

static void text_clear(RuleText *text)
{
    for (size_t i = 0; i < text->n; i++)
        g_free(text->pieces[i].text);
    g_free(text->pieces);
}

static bool text_names(const RuleText *text, const char *argument)
{
    for (size_t i = 0; i < text->n; i++)
        if (text->pieces[i].is_argument && strcmp(text->pieces[i].text, argument) == 0)
            return true;
    return false;
}

static bool same_arguments(const RuleText *a, const RuleText *b)
{
    for (size_t i = 0; i < a->n; i++)
        if (a->pieces[i].is_argument && !text_names(b, a->pieces[i].text))
            return false;
    for (size_t i = 0; i < b->n; i++)
        if (b->pieces[i].is_argument && !text_names(a, b->pieces[i].text))
            return false;
    return true;
}

static bool parse_texts(Rule *rule, const xmlNode *node, const char *label, GError **error)
{
    bool seen[LANGUAGES] = {false};
    for (const xmlNode *c = node->children; c; c = c->next) {
        if (!datafile_is(c, "text"))
            continue;
        g_autofree char *code = datafile_attribute(c, "lang");
        Language language = strcmp(code, "nl") == 0 ? LANGUAGE_NL : LANGUAGE_EN;
        if (seen[language])
            return datafile_fault(error, label, c, "a language stands twice");
        seen[language] = true;
        rule->title[language] = parse_prose(datafile_child(c, "title"));
        rule->why[language] = parse_prose(datafile_child(c, "why"));
        rule->fix[language] = parse_prose(datafile_child(c, "fix"));
        const xmlNode *cap = datafile_child(c, "cap");
        if (rule->has_cap != (cap != NULL))
            return datafile_fault(error, label, c, "a cap and its reason go together");
        RuleText reason = parse_prose(cap);
        rule->cap_reason[language] = reason.n ? g_strdup(reason.pieces[0].text) : NULL;
        text_clear(&reason);
    }
    if (!same_arguments(&rule->why[LANGUAGE_EN], &rule->why[LANGUAGE_NL]) ||
        !same_arguments(&rule->fix[LANGUAGE_EN], &rule->fix[LANGUAGE_NL]))
        return datafile_fault(error, label, node, "the two languages use different arguments");
    return true;
}

/* --- rules --- */

static Reference parse_reference(const xmlNode *node)
{
    Reference reference = {0};
    if (datafile_is(node, "rfc")) {
        unsigned number = datafile_number(node, "number");
        g_autofree char *section = datafile_attribute(node, "section");
        reference.label = section ? g_strdup_printf("RFC %u §%s", number, section)
                                  : g_strdup_printf("RFC %u", number);
        reference.url = g_strdup_printf("https://www.rfc-editor.org/rfc/rfc%u%s%s", number,
                                        section ? "#section-" : "", section ? section : "");
    } else {
        reference.label = datafile_attribute(node, "label");
        reference.url = datafile_attribute(node, "url");
        reference.as_of = datafile_attribute(node, "as-of");
    }
    return reference;
}

static void parse_references(Rule *rule, const xmlNode *node)
{
    g_autoptr(GArray) references = g_array_new(false, false, sizeof(Reference));
    for (const xmlNode *c = node->children; c; c = c->next) {
        if (!datafile_is(c, "rfc") && !datafile_is(c, "source"))
            continue;
        Reference reference = parse_reference(c);
        g_array_append_val(references, reference);
    }
    rule->n_references = references->len;
    rule->references = (Reference *)(void *)g_array_free(g_steal_pointer(&references), false);
}

static void rule_clear(void *data)
{
    Rule *rule = data;
    g_free(rule->id);
    g_free(rule->formerly);
    g_free(rule->topic);
    g_free(rule->group);
    g_free(rule->actor);
    g_free(rule->only_profile);
    for (size_t i = 0; i < rule->n_references; i++) {
        g_free(rule->references[i].label);
        g_free(rule->references[i].url);
        g_free(rule->references[i].as_of);
    }
    g_free(rule->references);
    for (size_t i = 0; i < LANGUAGES; i++) {
        g_free(rule->cap_reason[i]);
        text_clear(&rule->title[i]);
        text_clear(&rule->why[i]);
        text_clear(&rule->fix[i]);
    }
}

static bool parse_rule(Rule *rule, const char *topic, const xmlNode *node, const char *label,
                       GError **error)
{
    rule->id = datafile_attribute(node, "id");
    rule->formerly = datafile_attribute(node, "formerly");
    rule->topic = g_strdup(topic);
    g_autofree char *severity = datafile_attribute(node, "severity");
    severity_parse(severity, &rule->severity);
    rule->weight = datafile_number(node, "weight");
    rule->group = datafile_attribute(node, "group");
    g_autofree char *cap = datafile_attribute(node, "cap");
    rule->has_cap = cap != NULL;
    rule->cap = datafile_number(node, "cap");
    rule->actor = datafile_attribute(node, "actor");
    rule->only_profile = datafile_attribute(node, "profile");
    parse_references(rule, node);

    size_t prefix = strlen(topic);
    if (strncmp(rule->id, topic, prefix) != 0 || rule->id[prefix] != '-')
        return datafile_fault(error, label, node, "the id does not begin with the topic");
    if (rule->severity == SEVERITY_INFO && rule->weight > 0)
        return datafile_fault(error, label, node, "information costs no points");
    if (rule->has_cap && rule->severity != SEVERITY_ERROR)
        return datafile_fault(error, label, node, "only an error has a cap");
    return parse_texts(rule, node, label, error);
}

/* --- files --- */

Catalogue *catalogue_new_empty(void)
{
    Catalogue *catalogue = g_new0(Catalogue, 1);
    catalogue->by_id = g_hash_table_new(g_str_hash, g_str_equal);
    return catalogue;
}

/* Rules move in memory while the catalogue grows, so the table is made again. */
static bool index_rules(Catalogue *catalogue, const char *label, GError **error)
{
    g_hash_table_remove_all(catalogue->by_id);
    for (size_t i = 0; i < catalogue->n; i++) {
        Rule *rule = &catalogue->rules[i];
        if (!g_hash_table_insert(catalogue->by_id, rule->id, rule) ||
            (rule->formerly && !g_hash_table_insert(catalogue->by_id, rule->formerly, rule))) {
            g_set_error(error, catalogue_error_quark(), 0, "%s: two rules share the name %s", label,
                        rule->id);
            return false;
        }
    }
    return true;
}

bool catalogue_add(Catalogue *catalogue, const char *xml, size_t n, const char *label,
                   GError **error)
{
    g_autoptr(xmlDoc) doc = datafile_parse(xml, n, label, "catalogue.xsd", error);
    if (!doc)
        return false;
    const xmlNode *root = xmlDocGetRootElement(doc);
    g_autofree char *topic = datafile_attribute(root, "topic");
    if (!g_strv_contains(catalogue_topics, topic))
        return datafile_fault(error, label, root, "no such topic");
    bool ok = true;
    for (const xmlNode *c = root->children; c && ok; c = c->next) {
        if (!datafile_is(c, "rule"))
            continue;
        Rule rule = {0};
        ok = parse_rule(&rule, topic, c, label, error);
        if (ok) {
            catalogue->rules = g_renew(Rule, catalogue->rules, catalogue->n + 1);
            catalogue->rules[catalogue->n++] = rule;
        } else {
            rule_clear(&rule);
        }
    }
    return index_rules(catalogue, label, ok ? error : NULL) && ok;
}

Catalogue *catalogue_load(GError **error)
{
    g_autoptr(Catalogue) catalogue = catalogue_new_empty();
    for (size_t i = 0; catalogue_topics[i]; i++) {
        g_autofree char *name = g_strconcat(catalogue_topics[i], ".xml", NULL);
        g_autofree char *label = g_strconcat("rules/", name, NULL);
        g_autoptr(GBytes) xml = datafile_octets(name, error);
        if (!xml)
            return NULL;
        size_t n;
        const char *text = g_bytes_get_data(xml, &n);
        if (!catalogue_add(catalogue, text, n, label, error))
            return NULL;
    }
    catalogue->providers = providers_load(error);
    return catalogue->providers ? g_steal_pointer(&catalogue) : NULL;
}

void catalogue_free(Catalogue *catalogue)
{
    if (!catalogue)
        return;
    for (size_t i = 0; i < catalogue->n; i++)
        rule_clear(&catalogue->rules[i]);
    g_free(catalogue->rules);
    g_hash_table_destroy(catalogue->by_id);
    providers_free(catalogue->providers);
    g_free(catalogue);
}

const Rule *catalogue_find(const Catalogue *catalogue, const char *id)
{
    return g_hash_table_lookup(catalogue->by_id, id);
}
