#include "reports/text.h"

#include <string.h>

/* "active, rsa 2048 bits" */
static char *configured(const TextView *view, const xmlNode *entry)
{
    GString *text =
        g_string_new(text_label(view, node_is(entry, "active", "true") ? "active" : "inactive"));
    if (!node_is(entry, "has-key", "true")) {
        g_string_append_printf(text, ", %s", text_label(view, "no-configured-key"));
    } else {
        g_string_append_printf(text, ", %s", node_get(entry, "key-type"));
        if (node_get(entry, "bits")[0] != '\0') {
            g_autofree char *bits = labels_fill(view->labels, "bits", node_get(entry, "bits"));
            g_string_append_printf(text, " %s", bits);
        }
    }
    if (node_get(entry, "tenant")[0] != '\0')
        g_string_append_printf(text, " (%s)", node_get(entry, "tenant"));
    return g_string_free(text, FALSE);
}

static LineStyle style_of(const char *use)
{
    return strcmp(use, "in-order") == 0                               ? STYLE_GOOD
           : strcmp(use, "idle") == 0 || strcmp(use, "unsigned") == 0 ? STYLE_DIM
                                                                      : STYLE_FAIR;
}

static void write_entry(TextView *view, const xmlNode *domain)
{
    const char *use = node_get(domain, "use"), *signer = node_get(domain, "signer");
    g_autofree char *id = g_strconcat("keyuse.", use, NULL);
    g_autofree char *sentence = labels_fill(view->labels, id, node_get(domain, "signature-number"));
    g_autofree char *told =
        signer[0] != '\0' ? g_strdup_printf("%s %s", sentence, signer) : g_strdup(sentence);
    g_autofree char *entry = configured(view, node_child(domain, "configured"));
    LineStyle style = style_of(use);
    const char *mark = style == STYLE_GOOD ? "✓ " : style == STYLE_DIM ? "– " : "! ";
    lines_item(&view->lines, 2, style, mark, node_get(domain, "key-name"));
    text_pair(view, 4, "configured", entry);
    text_pair(view, 4, "in-dns", text_word(view, "publication", node_get(domain, "publication")));
    text_pair(view, 4, "on-message", told);
}

void text_signing(TextView *view)
{
    const xmlNode *alignment = node_child(view->report, "alignment");
    const xmlNode *domain = node_path(alignment, "signing-domains", "signing-domain");
    const char *from = node_get(alignment, "from-domain");
    bool unlisted = from[0] != '\0' && node_child(alignment, "from-configured") == NULL &&
                    node_path(alignment, "steps", "step") != NULL;
    if (domain == NULL && !unlisted)
        return;
    lines_heading(&view->lines, text_label(view, "signing"));
    if (unlisted) {
        lines_item(&view->lines, 2, STYLE_BAD, "✗ ", from);
        text_pair(view, 4, "configured", text_label(view, "not-listed"));
        text_pair(view, 4, "on-message", text_label(view, "keyuse.not-listed"));
    }
    for (; domain != NULL; domain = node_next(domain))
        write_entry(view, domain);
}
