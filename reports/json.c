/* The JSON report is the XML one, element by element: names with "_" for "-", a list is an array,
 * and what is a number or a boolean is read from report.xsd, so that the schema stays the only
 * place that says so. */
#include "analyzer/base/own.h"
#include "reports/builtin.h"
#include "reports/document.h"
#include "reports/node.h"

#include <string.h>

typedef enum Kind { KIND_OBJECT, KIND_LIST, KIND_TEXT, KIND_BARE, KIND_WORDS, KIND_NUMBERS } Kind;

typedef struct Writer {
    GString *out;
    GHashTable *kinds; /* name of an element, or "@" and that of an attribute, to its Kind */
    const char *language;
    unsigned depth;
} Writer;

static Kind kind_of_type(const char *type)
{
    static const struct {
        const char *type;
        Kind kind;
    } simple[] = {
        {"xs:string", KIND_TEXT},  {"Octets", KIND_TEXT},
        {"LocalText", KIND_TEXT},  {"xs:nonNegativeInteger", KIND_BARE},
        {"xs:integer", KIND_BARE}, {"xs:boolean", KIND_BARE},
        {"Words", KIND_WORDS},     {"Numbers", KIND_NUMBERS},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(simple); i++) {
        if (strcmp(type, simple[i].type) == 0)
            return simple[i].kind;
    }
    return g_str_has_suffix(type, "List") ? KIND_LIST : KIND_OBJECT;
}

static void read_kinds(GHashTable *kinds, const xmlNode *node)
{
    for (; node != NULL; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        bool attribute = strcmp((const char *)node->name, "attribute") == 0;
        if (attribute || strcmp((const char *)node->name, "element") == 0) {
            char *name = g_strconcat(attribute ? "@" : "", node_get(node, "name"), NULL);
            g_hash_table_insert(kinds, name, GINT_TO_POINTER(kind_of_type(node_get(node, "type"))));
        }
        read_kinds(kinds, node->children);
    }
}

static Kind kind_of(const Writer *writer, const char *prefix, const char *name)
{
    g_autofree char *key = g_strconcat(prefix, name, NULL);
    return (Kind)GPOINTER_TO_INT(g_hash_table_lookup(writer->kinds, key));
}

static void write_string(Writer *writer, const char *text)
{
    g_string_append_c(writer->out, '"');
    for (const char *p = text; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_printf(writer->out, "\\%c", *p);
        else if ((unsigned char)*p < 0x20)
            g_string_append_printf(writer->out, "\\u%04x", (unsigned)*p);
        else
            g_string_append_c(writer->out, *p);
    }
    g_string_append_c(writer->out, '"');
}

static void write_line(Writer *writer)
{
    g_string_append_c(writer->out, '\n');
    for (unsigned i = 0; i < writer->depth; i++)
        g_string_append(writer->out, "  ");
}

/* Before each member of an object or array. */
static void write_next(Writer *writer, bool *first)
{
    if (!*first)
        g_string_append_c(writer->out, ',');
    *first = false;
    write_line(writer);
}

static void write_name(Writer *writer, const char *name)
{
    g_autofree char *key = g_strdelimit(g_strdup(name), "-", '_');
    write_string(writer, key);
    g_string_append(writer->out, ": ");
}

static void open_bracket(Writer *writer, char bracket)
{
    g_string_append_c(writer->out, bracket);
    writer->depth++;
}

static void close_bracket(Writer *writer, char bracket, bool empty)
{
    writer->depth--;
    if (!empty)
        write_line(writer);
    g_string_append_c(writer->out, bracket);
}

static void write_words(Writer *writer, const char *text, bool numbers)
{
    g_auto(GStrv) words = g_strsplit(text, " ", -1);
    g_string_append_c(writer->out, '[');
    for (char **word = words; *word != NULL; word++) {
        if (word != words)
            g_string_append(writer->out, ", ");
        if (numbers)
            g_string_append(writer->out, *word);
        else
            write_string(writer, *word);
    }
    g_string_append_c(writer->out, ']');
}

static void write_attribute(Writer *writer, const xmlAttr *attribute)
{
    const char *name = (const char *)attribute->name;
    const char *value = node_get(attribute->parent, name);
    write_name(writer, name);
    switch (kind_of(writer, "@", name)) {
    case KIND_BARE:
        g_string_append(writer->out, value);
        break;
    case KIND_WORDS:
    case KIND_NUMBERS:
        write_words(writer, value, kind_of(writer, "@", name) == KIND_NUMBERS);
        break;
    default:
        write_string(writer, value);
    }
}

static bool is_shown(const Writer *writer, const xmlNode *node)
{
    const char *language = node_get(node, "lang");
    return node->type == XML_ELEMENT_NODE &&
           (language[0] == '\0' || strcmp(language, writer->language) == 0);
}

static void write_node(Writer *writer, const xmlNode *node)
{
    Kind kind = kind_of(writer, "", (const char *)node->name);
    if (kind == KIND_TEXT) {
        write_string(writer, node_value(node));
        return;
    }
    bool list = kind == KIND_LIST, first = true;
    open_bracket(writer, list ? '[' : '{');
    for (const xmlAttr *attribute = node->properties; attribute != NULL;
         attribute = attribute->next) {
        write_next(writer, &first);
        write_attribute(writer, attribute);
    }
    for (const xmlNode *child = node->children; child != NULL; child = child->next) {
        if (!is_shown(writer, child))
            continue;
        write_next(writer, &first);
        if (!list)
            write_name(writer, (const char *)child->name);
        write_node(writer, child);
    }
    close_bracket(writer, list ? ']' : '}', first);
}

GString *json_view(xmlDoc *document, Language language)
{
    g_autoptr(xmlDoc) schema = builtin_document("report.xsd");
    g_autoptr(GHashTable) kinds = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    read_kinds(kinds, xmlDocGetRootElement(schema));
    Writer writer = {
        .out = g_string_new(NULL), .kinds = kinds, .language = language_code(language)};
    write_node(&writer, xmlDocGetRootElement(document));
    g_string_append_c(writer.out, '\n');
    return writer.out;
}
