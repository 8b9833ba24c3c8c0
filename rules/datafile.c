#include "rules/datafile.h"

#include "analyzer/base/own.h"

#include <gio/gio.h>
#include <string.h>

/* Made by glib-compile-resources. Named here, so that the linker takes it from the library. */
GResource *mailassay_get_resource(void);

G_DEFINE_QUARK(mailassay - datafile - error - quark, datafile_error)

bool datafile_fault(GError **error, const char *label, const xmlNode *node, const char *what)
{
    g_set_error(error, datafile_error_quark(), 0, "%s:%ld: %s", label, xmlGetLineNo(node), what);
    return false;
}

bool datafile_is(const xmlNode *node, const char *name)
{
    return node->type == XML_ELEMENT_NODE && strcmp((const char *)node->name, name) == 0;
}

char *datafile_attribute(const xmlNode *node, const char *name)
{
    xmlChar *value = xmlGetNoNsProp(node, (const xmlChar *)name);
    char *copy = g_strdup((const char *)value);
    xmlFree(value);
    return copy;
}

unsigned datafile_number(const xmlNode *node, const char *name)
{
    g_autofree char *value = datafile_attribute(node, name);
    return value ? (unsigned)g_ascii_strtoull(value, NULL, 10) : 0;
}

const xmlNode *datafile_child(const xmlNode *node, const char *name)
{
    for (const xmlNode *c = node->children; c; c = c->next)
        if (datafile_is(c, name))
            return c;
    return NULL;
}

void datafile_squeeze(GString *out, const char *text)
{
    for (const char *c = text; *c; c++) {
        if (!g_ascii_isspace(*c))
            g_string_append_c(out, *c);
        else if (out->len == 0 || out->str[out->len - 1] != ' ')
            g_string_append_c(out, ' ');
    }
}

char *datafile_text(const xmlNode *node)
{
    if (!node)
        return NULL;
    g_autoptr(GString) out = g_string_new(NULL);
    for (const xmlNode *c = node->children; c; c = c->next)
        if (c->type == XML_TEXT_NODE || c->type == XML_CDATA_SECTION_NODE)
            datafile_squeeze(out, (const char *)c->content);
    return g_strdup(g_strstrip(out->str));
}

/* --- reading --- */

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

GBytes *datafile_octets(const char *name, GError **error)
{
    g_autofree char *path = g_strconcat("/mailassay/rules/", name, NULL);
    return g_resource_lookup_data(mailassay_get_resource(), path, G_RESOURCE_LOOKUP_FLAGS_NONE,
                                  error);
}

static bool validate(xmlDoc *doc, const char *label, const char *schema_name, GError **error)
{
    g_autoptr(GBytes) xsd = datafile_octets(schema_name, error);
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
    g_set_error(error, datafile_error_quark(), 0, "%s:%d: %s", schema ? label : schema_name,
                found.line, found.message ? found.message : "not valid");
    g_free(found.message);
    return false;
}

xmlDoc *datafile_parse(const char *xml, size_t n, const char *label, const char *schema,
                       GError **error)
{
    g_autoptr(xmlParserCtxt) context = xmlNewParserCtxt();
    g_autoptr(xmlDoc) doc =
        xmlCtxtReadMemory(context, xml, (int)MIN(n, (size_t)G_MAXINT), label, NULL,
                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!doc) {
        const xmlError *last = xmlCtxtGetLastError(context);
        g_set_error(error, datafile_error_quark(), 0, "%s:%d: %s", label, last ? last->line : 0,
                    last && last->message ? last->message : "not XML");
        return NULL;
    }
    return validate(doc, label, schema, error) ? g_steal_pointer(&doc) : NULL;
}
