#include "rules/plan_text.h"

#include "analyzer/base/bytes.h"
#include "analyzer/base/own.h"

#include <gio/gio.h>
#include <string.h>

/* Made by glib-compile-resources; see the Makefile. */
GResource *mailassay_get_resource(void);

static const char *const names[PLAN_TEXTS] = {
    [TITLE_KEY] = "title-key",
    [TITLE_ALIAS] = "title-alias",
    [TITLE_BOUNCE_SUBDOMAIN] = "title-bounce-subdomain",
    [TITLE_BOUNCE_DOMAIN] = "title-bounce-domain",
    [TITLE_OWN_FROM] = "title-own-from",
    [TITLE_OWN_SERVER] = "title-own-server",
    [NEED_MAKE_KEY] = "need-make-key",
    [NEED_ACTIVATE] = "need-activate",
    [NEED_SIGN] = "need-sign",
    [NEED_SIGN_RIGHT_KEY] = "need-sign-right-key",
    [NEED_MEND_SIGNATURE] = "need-mend-signature",
    [NEED_PUBLISH_KEY] = "need-publish-key",
    [NEED_PUBLISH_KEY_TO_COME] = "need-publish-key-to-come",
    [NEED_KEY_HOST] = "need-key-host",
    [NEED_KEEP_KEY] = "need-keep-key",
    [NEED_ALIAS] = "need-alias",
    [NEED_SUBDOMAIN] = "need-subdomain",
    [NEED_MAIL_FROM] = "need-mail-from",
    [NEED_TAKE_BOUNCES] = "need-take-bounces",
    [NEED_INCLUDE] = "need-include",
    [NEED_RETURN_BOUNCES] = "need-return-bounces",
    [NEED_OWN_FROM] = "need-own-from",
    [NEED_SIGN_OWN] = "need-sign-own",
    [NEED_PUBLISH_OWN] = "need-publish-own",
    [NEED_PUBLISH_OWN_TO_COME] = "need-publish-own-to-come",
    [NEED_OWN_DOMAIN] = "need-own-domain",
    [NEED_ACCEPT_MAIL] = "need-accept-mail",
    [NEED_HAND_OVER] = "need-hand-over",
    [REASON_IN_PLACE] = "reason-in-place",
    [REASON_CHANGED] = "reason-changed",
    [REASON_DNS] = "reason-dns",
    [REASON_STRICT_SPF] = "reason-strict-spf",
    [REASON_NO_POLICY] = "reason-no-policy",
    [REASON_SPF_RESULT] = "reason-spf-result",
    [REASON_SPF_LOOKUPS] = "reason-spf-lookups",
    [REASON_SPF_FAULTY] = "reason-spf-faulty",
    [REASON_RESULT] = "reason-result",
    [REASON_NO_KEY_HOST] = "reason-no-key-host",
    [REASON_NAME_TOO_LONG] = "reason-name-too-long",
    [REASON_NO_INCLUDE] = "reason-no-include",
    [REASON_NO_CLIENT] = "reason-no-client",
    [REASON_NULL_SENDER] = "reason-null-sender",
    [REASON_NO_OWN_DOMAIN] = "reason-no-own-domain",
    [REASON_NO_SERVER] = "reason-no-server",
    [NOTE_ROTATION] = "note-rotation",
    [NOTE_FORWARDING] = "note-forwarding",
    [NOTE_SPF_STAYS] = "note-spf-stays",
    [NOTE_SPF_LOOKUPS] = "note-spf-lookups",
    [NOTE_SPF_FIRST] = "note-spf-first",
    [NOTE_OTHER_SENDER] = "note-other-sender",
    [NOTE_SERVER_FOUND] = "note-server-found",
    [NOTE_SERVER_SIGNS] = "note-server-signs",
    [WHY_LASTING] = "why-lasting",
    [WHY_KEEPS_FROM] = "why-keeps-from",
    [WHY_NO_CUSTOMER] = "why-no-customer",
    [WHY_ONLY] = "why-only",
};

struct PlanTexts {
    char *texts[PLAN_TEXTS][LANGUAGES];
};

const char *plan_text_name(PlanTextId id)
{
    g_return_val_if_fail(id < PLAN_TEXTS, "");
    return names[id];
}

/* --- reading --- */

static bool fault(GError **error, const char *label, const xmlNode *node, const char *what)
{
    g_set_error(error, catalogue_error_quark(), 0, "%s:%ld: %s", label, xmlGetLineNo(node), what);
    return false;
}

/* Runs of white space become one space: the file is laid out for its author. */
static char *squeezed(const xmlNode *node)
{
    g_autoptr(xmlChar) content = xmlNodeGetContent(node);
    GString *out = g_string_new(NULL);
    for (const char *c = (const char *)content; *c; c++) {
        if (!g_ascii_isspace(*c))
            g_string_append_c(out, *c);
        else if (out->len > 0 && out->str[out->len - 1] != ' ')
            g_string_append_c(out, ' ');
    }
    return g_strchomp(g_string_free(out, FALSE));
}

/* The first {name} at or after `text`, as its octets without braces; empty when there is none. */
static Span next_argument(const char *text)
{
    const char *open = strchr(text, '{');
    const char *close = open ? strchr(open, '}') : NULL;
    return close ? span_of(open + 1, (size_t)(close - open - 1)) : span_of(text, 0);
}

static bool uses_all_of(const char *text, const char *other)
{
    for (Span name = next_argument(other); name.n > 0; name = next_argument(name.p)) {
        g_autofree char *argument = g_strdup_printf("{%.*s}", (int)name.n, name.p);
        if (!strstr(text, argument))
            return false;
    }
    return true;
}

static PlanTextId id_of(const char *name)
{
    PlanTextId id = 0;
    while (id < PLAN_TEXTS && strcmp(names[id], name) != 0)
        id++;
    return id;
}

static bool read_text(PlanTexts *texts, xmlNode *node, const char *label, GError **error)
{
    g_autoptr(xmlChar) name = xmlGetNoNsProp(node, (const xmlChar *)"id");
    PlanTextId id = id_of((const char *)name);
    if (id == PLAN_TEXTS)
        return fault(error, label, node, "no such text is used");
    char **text = texts->texts[id];
    if (text[LANGUAGE_EN])
        return fault(error, label, node, "this text stands twice");
    xmlNode *en = xmlFirstElementChild(node);
    text[LANGUAGE_EN] = squeezed(en);
    text[LANGUAGE_NL] = squeezed(xmlNextElementSibling(en));
    if (!uses_all_of(text[LANGUAGE_EN], text[LANGUAGE_NL]) ||
        !uses_all_of(text[LANGUAGE_NL], text[LANGUAGE_EN]))
        return fault(error, label, node, "the two languages use different arguments");
    return true;
}

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

static GBytes *built_in(const char *path)
{
    g_autoptr(GError) error = NULL;
    GBytes *bytes = g_resource_lookup_data(mailassay_get_resource(), path,
                                           G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
    if (!bytes)
        g_error("%s", error->message);
    return bytes;
}

static bool validate(xmlDoc *doc, const char *label, GError **error)
{
    g_autoptr(GBytes) xsd = built_in("/mailassay/rules/plan.xsd");
    size_t n;
    const char *text = g_bytes_get_data(xsd, &n);
    SchemaFault found = {0};
    g_autoptr(xmlSchemaParserCtxt) parser = xmlSchemaNewMemParserCtxt(text, (int)n);
    g_autoptr(xmlSchema) schema = xmlSchemaParse(parser);
    g_autoptr(xmlSchemaValidCtxt) context = xmlSchemaNewValidCtxt(schema);
    xmlSchemaSetValidStructuredErrors(context, note_schema_fault, &found);
    if (xmlSchemaValidateDoc(context, doc) == 0)
        return true;
    g_set_error(error, catalogue_error_quark(), 0, "%s:%d: %s", label, found.line,
                found.message ? found.message : "not valid");
    g_free(found.message);
    return false;
}

static bool read_all(PlanTexts *texts, xmlDoc *doc, const char *label, GError **error)
{
    xmlNode *root = xmlDocGetRootElement(doc);
    for (xmlNode *node = xmlFirstElementChild(root); node; node = xmlNextElementSibling(node))
        if (!read_text(texts, node, label, error))
            return false;
    for (PlanTextId id = 0; id < PLAN_TEXTS; id++) {
        if (texts->texts[id][LANGUAGE_EN])
            continue;
        g_set_error(error, catalogue_error_quark(), 0, "%s: the text %s is missing", label,
                    names[id]);
        return false;
    }
    return true;
}

PlanTexts *plan_texts_parse(const char *xml, size_t n, const char *label, GError **error)
{
    g_autoptr(xmlParserCtxt) context = xmlNewParserCtxt();
    g_autoptr(xmlDoc) doc =
        xmlCtxtReadMemory(context, xml, (int)n, label, NULL,
                          XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (!doc) {
        const xmlError *last = xmlCtxtGetLastError(context);
        g_set_error(error, catalogue_error_quark(), 0, "%s:%d: not XML", label,
                    last ? last->line : 0);
        return NULL;
    }
    if (!validate(doc, label, error))
        return NULL;
    g_autoptr(PlanTexts) texts = g_new0(PlanTexts, 1);
    return read_all(texts, doc, label, error) ? g_steal_pointer(&texts) : NULL;
}

PlanTexts *plan_texts_load(GError **error)
{
    g_autoptr(GBytes) xml = built_in("/mailassay/rules/plan.xml");
    size_t n;
    const char *text = g_bytes_get_data(xml, &n);
    return plan_texts_parse(text, n, "rules/plan.xml", error);
}

void plan_texts_free(PlanTexts *texts)
{
    if (!texts)
        return;
    for (size_t i = 0; i < PLAN_TEXTS; i++)
        for (size_t language = 0; language < LANGUAGES; language++)
            g_free(texts->texts[i][language]);
    g_free(texts);
}

/* --- filling --- */

static const char *value_of(Span name, const char *const *arguments)
{
    for (; arguments && arguments[0]; arguments += 2)
        if (span_is(name, arguments[0]))
            return arguments[1] && *arguments[1] ? arguments[1] : "-";
    return "-";
}

char *plan_text(const PlanTexts *texts, PlanTextId id, Language language,
                const char *const *arguments)
{
    const char *at = texts->texts[id][language];
    GString *out = g_string_new(NULL);
    for (Span name = next_argument(at); name.n > 0; name = next_argument(at)) {
        g_string_append_len(out, at, name.p - 1 - at);
        g_string_append(out, value_of(name, arguments));
        at = name.p + name.n + 1;
    }
    g_string_append(out, at);
    return g_string_free(out, FALSE);
}
