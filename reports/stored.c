/* Reads a report that was written earlier: whoever wrote it, views get nothing that document_new()
 * would not give. */
#include "analyzer/base/own.h"
#include "reports/builtin.h"
#include "reports/document.h"
#include "reports/node.h"

#include <string.h>

static GQuark stored_error_quark(void)
{
    return g_quark_from_static_string("mailassay-stored-error");
}

typedef struct Fault {
    int line;
    char *text; /* the first one */
} Fault;

static void note_fault(void *context, xmlErrorPtr problem)
{
    Fault *fault = context;
    if (fault->text != NULL)
        return;
    fault->line = problem->line;
    fault->text =
        g_strchomp(node_printable(problem->message != NULL ? problem->message : "invalid"));
    if (g_str_has_suffix(fault->text, "\\n"))
        fault->text[strlen(fault->text) - 2] = '\0';
}

static bool refuse(GError **error, const char *label, int line, const char *what)
{
    g_set_error(error, stored_error_quark(), 0, "%s:%d: not a report of mailassay: %s", label, line,
                what);
    return false;
}

static bool follows_schema(xmlDoc *document, const char *label, GError **error)
{
    Fault fault = {0};
    g_autoptr(xmlDoc) text = builtin_document("report.xsd");
    g_autoptr(xmlSchemaParserCtxt) parser = xmlSchemaNewDocParserCtxt(text);
    g_autoptr(xmlSchema) schema = xmlSchemaParse(parser);
    if (schema == NULL)
        g_error("report.xsd: not a schema");
    g_autoptr(xmlSchemaValidCtxt) context = xmlSchemaNewValidCtxt(schema);
    xmlSchemaSetValidStructuredErrors(context, note_fault, &fault);
    bool valid = xmlSchemaValidateDoc(context, document) == 0;
    if (!valid)
        refuse(error, label, fault.line, fault.text != NULL ? fault.text : "invalid");
    g_free(fault.text);
    return valid;
}

/* Control and direction-changing characters are written escaped (bytes.h), whatever element they
 * stand in. */
static bool is_printable(const xmlNode *text)
{
    const char *content = text != NULL && text->content != NULL ? (const char *)text->content : "";
    g_autofree char *printable = node_printable(content);
    return strcmp(printable, content) == 0;
}

static bool is_safe(const xmlNode *node)
{
    for (const xmlAttr *attribute = node->properties; attribute != NULL;
         attribute = attribute->next) {
        if (!is_printable(attribute->children))
            return false;
    }
    const char *url = node_get(node, "url");
    return url[0] == '\0' || g_str_has_prefix(url, "https://") || g_str_has_prefix(url, "http://");
}

/* libxml2 reads 256 levels at most. */
static const xmlNode *find_unsafe(const xmlNode *node)
{
    for (; node != NULL; node = node->next) {
        if (node->type == XML_TEXT_NODE && !is_printable(node))
            return node;
        if (node->type != XML_ELEMENT_NODE)
            continue;
        const xmlNode *below = is_safe(node) ? find_unsafe(node->children) : node;
        if (below != NULL)
            return below;
    }
    return NULL;
}

static xmlDoc *parse(Span xml, const char *label, GError **error)
{
    g_autoptr(xmlParserCtxt) context = xmlNewParserCtxt();
    if (context == NULL)
        g_error("out of memory");
    if (xml.n > G_MAXINT) {
        refuse(error, label, 1, "over 2 GiB");
        return NULL;
    }
    g_autoptr(xmlDoc) document = xmlCtxtReadMemory(context, xml.p, (int)xml.n, label, NULL,
                                                   XML_PARSE_NONET | XML_PARSE_NOBLANKS |
                                                       XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    const xmlError *last = xmlCtxtGetLastError(context);
    if (document == NULL)
        refuse(error, label, last != NULL ? last->line : 1, "not XML");
    else if (document->intSubset != NULL)
        refuse(error, label, 1, "it has a document type declaration");
    else
        return g_steal_pointer(&document);
    return NULL;
}

xmlDoc *document_read(Span xml, const char *label, GError **error)
{
    g_autoptr(xmlDoc) document = parse(xml, label, error);
    if (document == NULL)
        return NULL;
    const xmlNode *report = xmlDocGetRootElement(document);
    const char *version = node_get(report, "version");
    if (strcmp((const char *)report->name, "report") == 0 && version[0] != '\0' &&
        strcmp(version, "1") != 0) {
        refuse(error, label, (int)xmlGetLineNo(report), "it is of another version than 1");
        return NULL;
    }
    if (!follows_schema(document, label, error))
        return NULL;
    const xmlNode *unsafe = find_unsafe(report);
    if (unsafe != NULL) {
        refuse(error, label, (int)xmlGetLineNo(unsafe),
               "it holds characters or an address that no report has");
        return NULL;
    }
    return g_steal_pointer(&document);
}
