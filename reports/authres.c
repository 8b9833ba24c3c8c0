#include "reports/document.h"
#include "reports/finding.h"

#include <string.h>

static const char *text_of_tag(const xmlNode *signature, const char *name)
{
    const xmlNode *tag = node_path(signature, "tags", "tag");
    while (tag != NULL && strcmp(node_child_value(tag, "tag-name"), name) != 0)
        tag = node_next(tag);
    return node_child_value(tag, "value");
}

/* RFC 2045 §5.1 */
static bool is_token(const char *text)
{
    for (const char *p = text; *p != '\0'; p++) {
        if (!g_ascii_isgraph(*p) || strchr("()<>@,;:\\\"/[]?=", *p) != NULL)
            return false;
    }
    return text[0] != '\0';
}

/* pvalue of RFC 8601 §2.2: a token, an address or domain as it is; all else quoted. */
static void put_value(GString *out, const char *value)
{
    const char *at = strchr(value, '@');
    g_autofree char *local = at != NULL ? g_strndup(value, (gsize)(at - value)) : NULL;
    if (is_token(value) || (at != NULL && is_token(at + 1) && (at == value || is_token(local)))) {
        g_string_append(out, value);
        return;
    }
    g_string_append_c(out, '"');
    for (const char *p = value; *p != '\0'; p++) {
        if (*p == '"' || *p == '\\')
            g_string_append_c(out, '\\');
        g_string_append_c(out, g_ascii_iscntrl(*p) ? '?' : *p);
    }
    g_string_append_c(out, '"');
}

static void put_result(GString *out, const char *method, const char *result)
{
    g_string_append_printf(out, ";\n\t%s=%s", method, result);
}

static void put_property(GString *out, const char *name, const char *value)
{
    if (value[0] == '\0')
        return;
    g_string_append_printf(out, "\n\t %s=", name);
    put_value(out, value);
}

/* The words of RFC 8601 §2.7; a result that we could not have is not one of them. */
static bool was_evaluated(const char *result)
{
    return result[0] != '\0' && strcmp(result, "not-evaluable") != 0;
}

static void put_signature(GString *out, const xmlNode *signature)
{
    const char *result = node_get(signature, "result"), *class = node_get(signature, "class");
    if (!was_evaluated(result))
        return;
    put_result(out, "dkim", result);
    if (class[0] != '\0' && strcmp(class, "none") != 0) {
        g_string_append(out, " reason=");
        put_value(out, class);
    }
    put_property(out, "header.d", node_get(signature, "domain"));
    put_property(out, "header.i", node_child_value(signature, "identity"));
    put_property(out, "header.s", node_get(signature, "selector"));
    if (node_get(signature, "key-type")[0] != '\0') {
        g_autofree char *algorithm =
            g_strdup_printf("%s-%s", node_get(signature, "key-type"), node_get(signature, "hash"));
        put_property(out, "header.a", algorithm);
    }
    /* RFC 6008 §4: the first eight characters tell signatures of one domain apart. */
    g_autofree char *b = g_strndup(text_of_tag(signature, "b"), 8);
    put_property(out, "header.b", strchr(b, '\\') == NULL ? b : "");
}

static void put_signatures(GString *out, const xmlNode *report)
{
    const xmlNode *signature = node_path(report, "signatures", "signature");
    if (signature == NULL && node_is(node_child(report, "verdict"), "dkim", "none"))
        put_result(out, "dkim", "none");
    for (; signature != NULL; signature = node_next(signature))
        put_signature(out, signature);
}

static void put_spf(GString *out, const xmlNode *report)
{
    const xmlNode *sender = node_path(report, "spf", "spf-mail-from"),
                  *helo = node_path(report, "spf", "spf-helo");
    if (node_is(sender, "evaluable", "true") && was_evaluated(node_get(sender, "result"))) {
        put_result(out, "spf", node_get(sender, "result"));
        put_property(out, "smtp.mailfrom", node_child_value(sender, "spf-sender"));
    }
    if (node_is(helo, "evaluable", "true") && was_evaluated(node_get(helo, "result"))) {
        put_result(out, "spf", node_get(helo, "result"));
        put_property(out, "smtp.helo", node_get(helo, "domain"));
    }
}

static void put_others(GString *out, const xmlNode *report)
{
    const xmlNode *dmarc = node_child(report, "dmarc"), *arc = node_child(report, "arc"),
                  *iprev = node_child(report, "iprev");
    const char *result = node_get(node_child(dmarc, "rfc9989"), "result");
    if (was_evaluated(result) && node_get(dmarc, "author-domain")[0] != '\0') {
        put_result(out, "dmarc", result);
        put_property(out, "header.from", node_get(dmarc, "author-domain"));
    }
    if (was_evaluated(node_get(arc, "result")) && !node_is(arc, "result", "none"))
        put_result(out, "arc", node_get(arc, "result"));
    const char *ip = node_child_value(node_path(report, "identities", "client-ip"), "value");
    if (was_evaluated(node_get(iprev, "result")) && !node_is(iprev, "result", "none") &&
        ip[0] != '\0') {
        put_result(out, "iprev", node_get(iprev, "result"));
        put_property(out, "policy.iprev", ip);
    }
}

static const char *authserv_id(const xmlNode *report)
{
    const xmlNode *option = node_path(report, "options", "option");
    while (option != NULL && !node_is(option, "name", "receiver"))
        option = node_next(option);
    const char *receiver = node_child_value(option, "value");
    return receiver[0] != '\0' ? receiver : "mailassay";
}

GString *authres_view(xmlDoc *document)
{
    const xmlNode *report = xmlDocGetRootElement(document);
    GString *out = g_string_new("Authentication-Results: ");
    put_value(out, authserv_id(report));
    if (node_is(report, "redacted", "true"))
        g_string_append(out, " (redacted)");
    gsize before = out->len;
    put_signatures(out, report);
    put_spf(out, report);
    put_others(out, report);
    g_string_append(out, out->len == before ? "; none\n" : "\n");
    return out;
}
