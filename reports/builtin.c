#include "reports/builtin.h"

#include "analyzer/base/own.h"
#include "reports/node.h"

#include <gio/gio.h>
#include <string.h>

/* Made by glib-compile-resources; see the Makefile. */
GResource *mailassay_get_resource(void);

struct Labels {
    Language language;
    GHashTable *words;
};

Span builtin_file(const char *name)
{
    g_autofree char *path = g_strconcat("/mailassay/reports/", name, NULL);
    g_autoptr(GError) error = NULL;
    GBytes *bytes = g_resource_lookup_data(mailassay_get_resource(), path,
                                           G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
    if (bytes == NULL)
        g_error("%s", error->message);
    size_t n = 0;
    const char *p = g_bytes_get_data(bytes, &n);
    g_bytes_unref(bytes); /* the octets are part of the program */
    return span_of(p, n);
}

xmlDoc *builtin_document(const char *name)
{
    Span file = builtin_file(name);
    xmlDoc *document =
        xmlReadMemory(file.p, (int)file.n, name, NULL, XML_PARSE_NONET | XML_PARSE_NOBLANKS);
    if (document == NULL)
        g_error("%s: not well-formed", name);
    return document;
}

Labels *labels_new(Language language)
{
    g_autoptr(xmlDoc) document = builtin_document("labels.xml");
    Labels *labels = g_new0(Labels, 1);
    labels->language = language;
    labels->words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (xmlNode *label = node_child(xmlDocGetRootElement(document), "label"); label != NULL;
         label = node_next(label)) {
        const char *word = node_value(node_child(label, language_code(language)));
        g_hash_table_insert(labels->words, g_strdup(node_get(label, "id")), g_strdup(word));
    }
    return labels;
}

void labels_free(Labels *labels)
{
    if (labels == NULL)
        return;
    g_hash_table_unref(labels->words);
    g_free(labels);
}

Language labels_language(const Labels *labels)
{
    return labels->language;
}

const char *labels_get(const Labels *labels, const char *id)
{
    const char *word = g_hash_table_lookup(labels->words, id);
    return word != NULL ? word : id;
}

const char *labels_of(const Labels *labels, const char *prefix, const char *name)
{
    g_autofree char *id = g_strconcat(prefix, ".", name, NULL);
    const char *word = g_hash_table_lookup(labels->words, id);
    return word != NULL ? word : name;
}

char *labels_fill(const Labels *labels, const char *id, const char *value)
{
    const char *word = labels_get(labels, id);
    const char *place = strstr(word, "{}");
    if (place == NULL)
        return g_strdup(word);
    return g_strdup_printf("%.*s%s%s", (int)(place - word), word, value, place + 2);
}

char *labels_count(const Labels *labels, const char *id, uint64_t n)
{
    g_autofree char *number = g_strdup_printf("%" G_GUINT64_FORMAT, n);
    g_autofree char *one = g_strconcat(id, ".one", NULL);
    return labels_fill(labels, n == 1 ? one : id, number);
}
