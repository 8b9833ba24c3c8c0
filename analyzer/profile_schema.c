#include "analyzer/profile_schema.h"

#include "analyzer/base/own.h"
#include "analyzer/profile.h"

#include <gio/gio.h>
#include <string.h>

#define SCHEMA "/mailassay/analyzer/profile.xsd"

enum { PROFILE_OCTETS = 16 << 20 }; /* some ten thousand signing domains */

/* From the built-in data (see the Makefile). */
GResource *mailassay_get_resource(void);

static bool is_element(const xmlNode *node, const char *name)
{
    return node && strcmp((const char *)node->name, name) == 0;
}

/* The first declaration below `node` of that kind ("element", "attribute", "complexType") and name.
 */
static xmlNode *find_declaration(xmlNode *node, const char *kind, const char *name)
{
    for (xmlNode *child = xmlFirstElementChild(node); child; child = xmlNextElementSibling(child)) {
        g_autoptr(xmlChar) declared = xmlGetNoNsProp(child, (const xmlChar *)"name");
        if (is_element(child, kind) && g_strcmp0((const char *)declared, name) == 0)
            return child;
        xmlNode *deeper = find_declaration(child, kind, name);
        if (deeper)
            return deeper;
    }
    return NULL;
}

static xmlNode *find_attribute(xmlNode *schema, xmlNode *element, const char *name)
{
    g_autoptr(xmlChar) type = xmlGetNoNsProp(element, (const xmlChar *)"type");
    xmlNode *holder = type ? find_declaration(schema, "complexType", (const char *)type) : element;
    return holder ? find_declaration(holder, "attribute", name) : NULL;
}

/* What the schema says about an element, or about its attribute `name` if that is not NULL. Owned.
 */
static char *find_documentation(xmlNode *schema, const char *element, const char *name)
{
    xmlNode *declaration = find_declaration(schema, "element", element);
    if (!declaration) /* an element that does not exist: what may stand in a profile */
        declaration = find_declaration(schema, "element", "mailassay-profile");
    xmlNode *attribute = name ? find_attribute(schema, declaration, name) : NULL;
    xmlNode *annotation = xmlFirstElementChild(attribute ? attribute : declaration);
    g_autoptr(xmlChar) text =
        is_element(annotation, "annotation") ? xmlNodeGetContent(annotation) : NULL;
    return text ? g_strstrip(g_strdup((const char *)text)) : g_strdup("see analyzer/profile.xsd");
}

/* Takes the first complaint of the validator; those that follow are its consequences. */
typedef struct Complaint {
    const char *path;
    xmlNode *schema;
    GError **error;
    bool made;
} Complaint;

/* "... attribute 'NAME' ..." in a message of the validator: NAME, owned; NULL when it is about an
 * element. */
static char *attribute_meant(const char *message)
{
    static const char before[] = "attribute '";
    const char *found = strstr(message, before);
    if (!found)
        return NULL;
    const char *name = found + strlen(before);
    return g_strndup(name, strcspn(name, "'"));
}

static void complain(void *context, xmlErrorPtr fault)
{
    Complaint *complaint = context;
    const xmlNode *node = fault->node;
    if (complaint->made || !node)
        return;
    complaint->made = true;
    if (node->type == XML_ATTRIBUTE_NODE)
        node = node->parent;
    g_autofree char *message = g_strstrip(g_strdup(fault->message));
    g_autofree char *attribute = attribute_meant(message);
    /* An element out of place: what belongs there is told by the one around it. */
    bool misplaced = strstr(message, "not expected") && node->parent->type == XML_ELEMENT_NODE;
    const xmlNode *about = misplaced ? node->parent : node;
    g_autofree char *remedy =
        find_documentation(complaint->schema, (const char *)about->name, attribute);
    g_set_error(complaint->error, profile_error_quark(), 0, "%s:%ld: %s Remedy: %s",
                complaint->path, xmlGetLineNo(node), message, remedy);
}

static bool validate(xmlDoc *doc, const char *path, GError **error)
{
    g_autoptr(GBytes) bytes = g_resource_lookup_data(mailassay_get_resource(), SCHEMA,
                                                     G_RESOURCE_LOOKUP_FLAGS_NONE, NULL);
    g_return_val_if_fail(bytes, false);
    size_t n;
    const char *text = g_bytes_get_data(bytes, &n);
    g_autoptr(xmlDoc) schema_doc =
        xmlReadMemory(text, (int)n, "profile.xsd", NULL, XML_PARSE_NONET);
    g_autoptr(xmlSchemaParserCtxt) parser = xmlSchemaNewDocParserCtxt(schema_doc);
    g_autoptr(xmlSchema) schema = xmlSchemaParse(parser);
    g_return_val_if_fail(schema, false);
    g_autoptr(xmlSchemaValidCtxt) validator = xmlSchemaNewValidCtxt(schema);
    Complaint complaint = {
        .path = path, .schema = xmlDocGetRootElement(schema_doc), .error = error};
    xmlSchemaSetValidStructuredErrors(validator, complain, &complaint);
    /* Defaults of attributes then stand in the schema only. */
    xmlSchemaSetValidOptions(validator, XML_SCHEMA_VAL_VC_I_CREATE);
    if (xmlSchemaValidateDoc(validator, doc) == 0)
        return true;
    if (!complaint.made)
        g_set_error(error, profile_error_quark(), 0,
                    "%s:1: not a profile; begin with <mailassay-profile version=\"1\">", path);
    return false;
}

static xmlDoc *parse(const char *text, size_t n, const char *path, GError **error)
{
    g_autoptr(xmlParserCtxt) parser = xmlNewParserCtxt();
    /* No entity is substituted, no DTD and nothing from elsewhere loaded; big line numbers are kept
     * right. */
    const int options =
        XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_BIG_LINES;
    g_autoptr(xmlDoc) doc = xmlCtxtReadMemory(parser, text, (int)n, path, NULL, options);
    if (!doc) {
        const xmlError *fault = xmlCtxtGetLastError(parser);
        g_autofree char *message =
            g_strstrip(g_strdup(fault && fault->message ? fault->message : "no XML"));
        g_set_error(error, profile_error_quark(), 0, "%s:%d: %s; mend the XML there", path,
                    fault ? fault->line : 1, message);
        return NULL;
    }
    if (doc->intSubset) {
        g_set_error(error, profile_error_quark(), 0,
                    "%s:1: a profile has no document type declaration; remove <!DOCTYPE ...>",
                    path);
        return NULL;
    }
    return g_steal_pointer(&doc);
}

xmlDoc *profile_schema_read(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) fault = NULL;
    size_t n;
    if (!g_file_get_contents(path, &text, &n, &fault)) {
        g_set_error(error, profile_error_quark(), 0, "profile: %s", fault->message);
        return NULL;
    }
    if (n > PROFILE_OCTETS) {
        g_set_error(error, profile_error_quark(), 0, "%s: too large for a profile (%d MB)", path,
                    PROFILE_OCTETS >> 20);
        return NULL;
    }
    g_autoptr(xmlDoc) doc = parse(text, n, path, error);
    return doc && validate(doc, path, error) ? g_steal_pointer(&doc) : NULL;
}
