#include "rules/catalogue.h"

#include "analyzer/base/own.h"

#include <gio/gio.h>
#include <string.h>

/* Made by glib-compile-resources. Named here, so that the linker takes it from the library. */
GResource *mailassay_get_resource(void);

G_DEFINE_QUARK(mailassay - catalogue - error - quark, catalogue_error)

const char *const catalogue_topics[] = {"message",   "dkim",    "cause", "spf",       "dmarc",
                                        "alignment", "profile", "arc",   "transport", NULL};

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

/* --- small things about XML --- */

static bool fault(GError **error, const char *label, const xmlNode *node, const char *what)
{
    g_set_error(error, catalogue_error_quark(), 0, "%s:%ld: %s", label, xmlGetLineNo(node), what);
    return false;
}

static bool is_element(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

static char *attribute(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
    char *copy = g_strdup((const char *)value);
    xmlFree(value);
    return copy;
}

/* Attributes that are numbers have been through the schema. */
static unsigned attribute_number(const xmlNode *node, const char *name)
{
    g_autofree char *value = attribute(node, name);
    return value ? (unsigned)g_ascii_strtoull(value, NULL, 10) : 0;
}

static const xmlNode *child(const xmlNode *node, const char *name)
{
    for (const xmlNode *c = node->children; c; c = c->next)
        if (is_element(c, name))
            return c;
    return NULL;
}

/* --- texts --- */

/* Runs of white space become one space: the file is laid out for its author. */
static void append_squeezed(GString *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (!g_ascii_isspace(*c))
            g_string_append_c(out, *c);
        else if (out->len == 0 || out->str[out->len - 1] != ' ')
            g_string_append_c(out, ' ');
    }
}

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
            append_squeezed(run, (const char *)c->content);
        } else if (is_element(c, "arg")) {
            if (pieces->len == 0)
                g_strchug(run->str);
            add_piece(pieces, false, run->str);
            g_string_truncate(run, 0);
            g_autofree char *name = attribute(c, "name");
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
        if (!is_element(c, "text"))
            continue;
        g_autofree char *code = attribute(c, "lang");
        Language language = strcmp(code, "nl") == 0 ? LANGUAGE_NL : LANGUAGE_EN;
        if (seen[language])
            return fault(error, label, c, "a language stands twice");
        seen[language] = true;
        rule->title[language] = parse_prose(child(c, "title"));
        rule->why[language] = parse_prose(child(c, "why"));
        rule->fix[language] = parse_prose(child(c, "fix"));
        const xmlNode *cap = child(c, "cap");
        if (rule->has_cap != (cap != NULL))
            return fault(error, label, c, "a cap and its reason go together");
        RuleText reason = parse_prose(cap);
        rule->cap_reason[language] = reason.n ? g_strdup(reason.pieces[0].text) : NULL;
        text_clear(&reason);
    }
    if (!same_arguments(&rule->why[LANGUAGE_EN], &rule->why[LANGUAGE_NL]) ||
        !same_arguments(&rule->fix[LANGUAGE_EN], &rule->fix[LANGUAGE_NL]))
        return fault(error, label, node, "the two languages use different arguments");
    return true;
}

/* --- rules --- */

static Reference parse_reference(const xmlNode *node)
{
    Reference reference = {0};
    if (is_element(node, "rfc")) {
        unsigned number = attribute_number(node, "number");
        g_autofree char *section = attribute(node, "section");
        reference.label = section ? g_strdup_printf("RFC %u §%s", number, section)
                                  : g_strdup_printf("RFC %u", number);
        reference.url = g_strdup_printf("https://www.rfc-editor.org/rfc/rfc%u%s%s", number,
                                        section ? "#section-" : "", section ? section : "");
    } else {
        reference.label = attribute(node, "label");
        reference.url = attribute(node, "url");
        reference.as_of = attribute(node, "as-of");
    }
    return reference;
}

static void parse_references(Rule *rule, const xmlNode *node)
{
    g_autoptr(GArray) references = g_array_new(false, false, sizeof(Reference));
    for (const xmlNode *c = node->children; c; c = c->next) {
        if (!is_element(c, "rfc") && !is_element(c, "source"))
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
    rule->id = attribute(node, "id");
    rule->formerly = attribute(node, "formerly");
    rule->topic = g_strdup(topic);
    g_autofree char *severity = attribute(node, "severity");
    severity_parse(severity, &rule->severity);
    rule->weight = attribute_number(node, "weight");
    rule->group = attribute(node, "group");
    g_autofree char *cap = attribute(node, "cap");
    rule->has_cap = cap != NULL;
    rule->cap = attribute_number(node, "cap");
    rule->actor = attribute(node, "actor");
    rule->only_profile = attribute(node, "profile");
    parse_references(rule, node);

    size_t prefix = strlen(topic);
    if (strncmp(rule->id, topic, prefix) != 0 || rule->id[prefix] != '-')
        return fault(error, label, node, "the id does not begin with the topic");
    if (rule->severity == SEVERITY_INFO && rule->weight > 0)
        return fault(error, label, node, "information costs no points");
    if (rule->has_cap && rule->severity != SEVERITY_ERROR)
        return fault(error, label, node, "only an error has a cap");
    return parse_texts(rule, node, label, error);
}

/* --- files --- */

typedef struct SchemaFault {
    int line;
    char *message; /* the first one */
} SchemaFault;

static void note_schema_fault(void *context, xmlErrorPtr problem)
{
    SchemaFault *first = context;
    if (first->message)
        return;
    first->line = problem->line;
    first->message = g_strchomp(g_strdup(problem->message ? problem->message : "invalid"));
}

static GBytes *built_in(const char *path, GError **error)
{
    return g_resource_lookup_data(mailassay_get_resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE,
                                  error);
}

static bool validate(xmlDoc *doc, const char *label, GError **error)
{
    g_autoptr(GBytes) xsd = built_in("/mailassay/rules/catalogue.xsd", error);
    if (!xsd)
        return false;
    size_t n;
    const char *text = g_bytes_get_data(xsd, &n);
    SchemaFault found = {0};
    g_autoptr(xmlSchemaParserCtxt) parser = xmlSchemaNewMemParserCtxt(text, (int)n);
    xmlSchemaSetParserStructuredErrors(parser, note_schema_fault, &found);
    g_autoptr(xmlSchema) schema = xmlSchemaParse(parser);
    if (schema) {
        g_autoptr(xmlSchemaValidCtxt) context = xmlSchemaNewValidCtxt(schema);
        xmlSchemaSetValidStructuredErrors(context, note_schema_fault, &found);
        if (xmlSchemaValidateDoc(context, doc) == 0)
            return true;
    }
    g_set_error(error, catalogue_error_quark(), 0, "%s:%d: %s", schema ? label : "catalogue.xsd",
                found.line, found.message ? found.message : "not valid");
    g_free(found.message);
    return false;
}

static xmlDoc *parse_xml(const char *xml, size_t n, const char *label, GError **error)
{
    g_autoptr(xmlParserCtxt) context = xmlNewParserCtxt();
    xmlDoc *doc = xmlCtxtReadMemory(context, xml, (int)MIN(n, (size_t)G_MAXINT), label, NULL,
                                    XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!doc) {
        const xmlError *last = xmlCtxtGetLastError(context);
        g_set_error(error, catalogue_error_quark(), 0, "%s:%d: %s", label, last ? last->line : 0,
                    last && last->message ? last->message : "not XML");
    }
    return doc;
}

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
    g_autoptr(xmlDoc) doc = parse_xml(xml, n, label, error);
    if (!doc || !validate(doc, label, error))
        return false;
    const xmlNode *root = xmlDocGetRootElement(doc);
    g_autofree char *topic = attribute(root, "topic");
    if (!g_strv_contains(catalogue_topics, topic))
        return fault(error, label, root, "no such topic");
    bool ok = true;
    for (const xmlNode *c = root->children; c && ok; c = c->next) {
        if (!is_element(c, "rule"))
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
        g_autofree char *label = g_strdup_printf("rules/%s.xml", catalogue_topics[i]);
        g_autofree char *path = g_strconcat("/mailassay/", label, NULL);
        g_autoptr(GBytes) xml = built_in(path, error);
        if (!xml)
            return NULL;
        size_t n;
        const char *text = g_bytes_get_data(xml, &n);
        if (!catalogue_add(catalogue, text, n, label, error))
            return NULL;
    }
    return g_steal_pointer(&catalogue);
}

void catalogue_free(Catalogue *catalogue)
{
    if (!catalogue)
        return;
    for (size_t i = 0; i < catalogue->n; i++)
        rule_clear(&catalogue->rules[i]);
    g_free(catalogue->rules);
    g_hash_table_destroy(catalogue->by_id);
    g_free(catalogue);
}

const Rule *catalogue_find(const Catalogue *catalogue, const char *id)
{
    return g_hash_table_lookup(catalogue->by_id, id);
}
