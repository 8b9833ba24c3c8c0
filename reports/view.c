/* The HTML report: html.xsl over the report document, with labels and style sheet laid beside it.
 *
 * The transformation sees <view><report/><w id="...">word</w>...<letter/></view> and may neither
 * read nor write anything: every preference of libxslt's security is "forbid", and the stylesheet
 * comes from memory. */
#include "analyzer/base/own.h"
#include "reports/builtin.h"
#include "reports/document.h"
#include "reports/letter.h"
#include "reports/node.h"
#include "reports/visible.h"

#include <libexslt/exslt.h>
#include <libxslt/security.h>
#include <libxslt/transform.h>
#include <libxslt/variables.h>
#include <libxslt/xsltutils.h>

#include "analyzer/base/pubkey.h"

G_DEFINE_AUTOPTR_CLEANUP_FUNC(xsltStylesheet, xsltFreeStylesheet)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xsltTransformContext, xsltFreeTransformContext)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(xsltSecurityPrefs, xsltFreeSecurityPrefs)

static GQuark view_error_quark(void)
{
    return g_quark_from_static_string("mailassay-view-error");
}

static xsltSecurityPrefs *forbid_everything(void)
{
    static const xsltSecurityOption options[] = {
        XSLT_SECPREF_READ_FILE, XSLT_SECPREF_WRITE_FILE, XSLT_SECPREF_CREATE_DIRECTORY,
        XSLT_SECPREF_READ_NETWORK, XSLT_SECPREF_WRITE_NETWORK};
    xsltSecurityPrefs *prefs = xsltNewSecurityPrefs();
    for (size_t i = 0; i < G_N_ELEMENTS(options); i++)
        xsltSetSecurityPrefs(prefs, options[i], xsltSecurityForbid);
    return prefs;
}

/* The text of the letter; nothing when there is nothing to hand over. */
static void add_letter(xmlNode *view, const xmlDoc *document, Language language)
{
    g_autoptr(Letter) letter = letter_of_report(document, language);
    if (letter->tasks->len == 0)
        return;
    g_autoptr(GString) text = letter_write(letter, language);
    if (xmlNewTextChild(view, NULL, (const xmlChar *)"letter", (const xmlChar *)text->str) == NULL)
        g_error("out of memory");
}

/* In the copy that is shown: octets that changed, with what is not seen in them marked. */
static void mark_changes(xmlNode *signatures)
{
    for (xmlNode *signature = signatures; signature != NULL; signature = node_next(signature)) {
        xmlNode *cause = node_path(signature, "causes", "cause");
        for (; cause != NULL; cause = node_next(cause)) {
            xmlNode *piece = node_path(cause, "difference", "piece");
            for (; piece != NULL; piece = node_next(piece))
                visible_mark_up(node_child(piece, "value"));
            if (node_child(cause, "difference") != NULL)
                continue;
            visible_mark_up(node_child(cause, "before"));
            visible_mark_up(node_child(cause, "after"));
        }
    }
}

/* What the stylesheet is applied to: the report, the words of one language, and the letter. */
static xmlDoc *beside_labels(xmlDoc *document, Language language)
{
    xmlDoc *both = xmlNewDoc((const xmlChar *)"1.0");
    if (both == NULL)
        g_error("out of memory");
    xmlNode *view = xmlNewDocNode(both, NULL, (const xmlChar *)"view", NULL);
    xmlDocSetRootElement(both, view);
    xmlNode *report = xmlDocCopyNode(xmlDocGetRootElement(document), both, 1);
    xmlAddChild(view, report);
    mark_changes(node_path(report, "signatures", "signature"));
    g_autoptr(xmlDoc) labels = builtin_document("labels.xml");
    for (xmlNode *label = node_child(xmlDocGetRootElement(labels), "label"); label != NULL;
         label = node_next(label)) {
        xmlNode *word =
            node_text(view, "w", node_value(node_child(label, language_code(language))));
        node_attr(word, "id", node_get(label, "id"));
    }
    add_letter(view, document, language);
    return both;
}

/* One stylesheet of its files: xsl:include would have to read while everything is forbidden. */
static xmlDoc *whole_stylesheet(void)
{
    static const char *const parts[] = {
        "html-answer.xsl",
        "html-identities.xsl",
        "html-journey.xsl",
        "html-signatures.xsl",
        "html-facts.xsl",
        "html-remedies.xsl",
        "html-signing.xsl",
        "html-letter.xsl",
        "html-baseline.xsl",
        "html-providers.xsl",
        "html-swaps.xsl",
        "html-record.xsl",
        "html-domain.xsl",
        "html-change.xsl",
        "html-plan.xsl",
    };
    xmlDoc *whole = builtin_document("html.xsl");
    for (size_t i = 0; i < G_N_ELEMENTS(parts); i++) {
        g_autoptr(xmlDoc) part = builtin_document(parts[i]);
        for (xmlNode *node = xmlDocGetRootElement(part)->children; node != NULL; node = node->next)
            xmlAddChild(xmlDocGetRootElement(whole), xmlDocCopyNode(node, whole, 1));
    }
    return whole;
}

static void collect_error(void *context, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void collect_error(void *context, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_string_append_vprintf(context, format, arguments);
    va_end(arguments);
}

/* The style sheet, and its digest for the Content-Security-Policy. */
static void set_parameters(xsltTransformContext *context, Language language)
{
    Span style = builtin_file("style.css");
    uint8_t digest[32];
    hash_digest(HASH_SHA256, style, digest);
    g_autofree char *hash = bytes_base64(digest, sizeof(digest));
    xsltQuoteOneUserParam(context, (const xmlChar *)"lang",
                          (const xmlChar *)language_code(language));
    xsltQuoteOneUserParam(context, (const xmlChar *)"style", (const xmlChar *)style.p);
    xsltQuoteOneUserParam(context, (const xmlChar *)"style-hash", (const xmlChar *)hash);
}

GString *html_view(xmlDoc *document, Language language, GError **error)
{
    exsltCommonRegister(); /* exsl:node-set */
    /* The stylesheet takes its document over. */
    g_autoptr(xsltStylesheet) stylesheet = xsltParseStylesheetDoc(whole_stylesheet());
    if (stylesheet == NULL)
        g_error("html.xsl: not a stylesheet");
    g_autoptr(xmlDoc) input = beside_labels(document, language);
    g_autoptr(xsltSecurityPrefs) prefs = forbid_everything();
    g_autoptr(xsltTransformContext) context = xsltNewTransformContext(stylesheet, input);
    g_autoptr(GString) messages = g_string_new(NULL);
    xsltSetTransformErrorFunc(context, messages, collect_error);
    if (xsltSetCtxtSecurityPrefs(prefs, context) != 0)
        g_error("out of memory");
    set_parameters(context, language);

    g_autoptr(xmlDoc) result =
        xsltApplyStylesheetUser(stylesheet, input, NULL, NULL, NULL, context);
    if (result == NULL || context->state != XSLT_STATE_OK) {
        g_set_error(error, view_error_quark(), 0, "html.xsl: %s", g_strstrip(messages->str));
        return NULL;
    }
    xmlChar *octets = NULL;
    int n = 0;
    if (xsltSaveResultToString(&octets, &n, result, stylesheet) != 0)
        g_error("out of memory");
    GString *out = g_string_new_len((const char *)octets, n);
    xmlFree(octets);
    return out;
}
