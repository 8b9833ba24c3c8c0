#include "reports/node.h"

#include "analyzer/base/own.h"

#include <string.h>

static const char *name_of(const xmlNode *node)
{
    return (const char *)node->name;
}

static xmlNode *checked(xmlNode *node)
{
    if (node == NULL) /* libxml2 has no abort on lack of memory, GLib has */
        g_error("out of memory");
    return node;
}

xmlNode *node_new(xmlNode *parent, const char *name)
{
    xmlNode *node = checked(xmlNewDocNode(parent->doc, parent->ns, (const xmlChar *)name, NULL));
    xmlAddChild(parent, node);
    return node;
}

static void omit(const xmlNode *node, const char *name, size_t n)
{
    GHashTable *omitted = node->doc->_private;
    if (omitted == NULL)
        return;
    size_t so_far = GPOINTER_TO_SIZE(g_hash_table_lookup(omitted, name));
    g_hash_table_insert(omitted, g_strdup(name), GSIZE_TO_POINTER(so_far + n));
}

/* Where to cut: at the limit, or up to three octets before it so as not to split a character. */
static size_t cut_at(Span raw)
{
    size_t n = NODE_MAX_OCTETS;
    for (int i = 0; i < 3 && ((unsigned char)raw.p[n] & 0xC0) == 0x80; i++)
        n--;
    return n;
}

static Span cut(const xmlNode *node, const char *name, Span raw)
{
    if (raw.n <= NODE_MAX_OCTETS)
        return raw;
    omit(node, name, 1);
    return span_of(raw.p, cut_at(raw));
}

char *node_printable(const char *text)
{
    GString *out = g_string_sized_new(strlen(text));
    for (const char *p = text;; p++) {
        size_t n = strcspn(p, "\\");
        g_autofree char *run = bytes_escape(span_of(p, n));
        g_string_append(out, run);
        p += n;
        if (*p == '\0')
            return g_string_free(out, FALSE);
        g_string_append_c(out, '\\');
    }
}

void node_attr(xmlNode *node, const char *name, const char *value)
{
    if (value == NULL)
        return;
    Span whole = cut(node, name, span_str(value));
    g_autofree char *text = g_strndup(whole.p, whole.n);
    g_autofree char *printable = node_printable(text);
    if (xmlNewProp(node, (const xmlChar *)name, (const xmlChar *)printable) == NULL)
        g_error("out of memory");
}

void node_change(xmlNode *node, const char *name, const char *value)
{
    g_autofree char *printable = node_printable(value);
    if (xmlSetProp(node, (const xmlChar *)name, (const xmlChar *)printable) == NULL)
        g_error("out of memory");
}

void node_number(xmlNode *node, const char *name, uint64_t value)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);
    node_attr(node, name, text);
}

void node_bool(xmlNode *node, const char *name, bool value)
{
    node_attr(node, name, value ? "true" : "false");
}

void node_hex(xmlNode *node, const char *name, const uint8_t *p, size_t n)
{
    g_autofree char *text = bytes_hex(p, n);
    node_attr(node, name, text);
}

void node_time(xmlNode *node, const char *name, int64_t seconds)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
    g_autofree char *text = time != NULL ? g_date_time_format(time, "%Y-%m-%dT%H:%M:%SZ")
                                         : g_strdup_printf("@%" G_GINT64_FORMAT, seconds);
    node_attr(node, name, text);
}

void node_day(xmlNode *node, const char *name, int64_t seconds)
{
    g_autoptr(GDateTime) time = g_date_time_new_from_unix_utc(seconds);
    g_autofree char *text = time != NULL ? g_date_time_format(time, "%Y-%m-%d")
                                         : g_strdup_printf("@%" G_GINT64_FORMAT, seconds);
    node_attr(node, name, text);
}

static xmlNode *add_text(xmlNode *parent, const char *name, const char *text)
{
    xmlNode *node = node_new(parent, name);
    if (text[0] == '\0') /* as it is after reading it again */
        return node;
    xmlNode *content = checked(xmlNewDocText(parent->doc, (const xmlChar *)text));
    xmlAddChild(node, content);
    return node;
}

xmlNode *node_octets(xmlNode *parent, const char *name, Span raw)
{
    g_autofree char *text = bytes_escape(cut(parent, name, raw));
    xmlNode *node = add_text(parent, name, text);
    node_attr(node, "encoding", "c-escape");
    return node;
}

xmlNode *node_string(xmlNode *parent, const char *name, const char *raw)
{
    return raw != NULL ? node_octets(parent, name, span_str(raw)) : NULL;
}

xmlNode *node_text(xmlNode *parent, const char *name, const char *text)
{
    if (text == NULL)
        return NULL;
    Span whole = cut(parent, name, span_str(text));
    g_autofree char *copy = g_strndup(whole.p, whole.n);
    g_autofree char *printable = node_printable(copy);
    return add_text(parent, name, printable);
}

xmlNode *node_text_in(xmlNode *parent, const char *name, Language language, const char *text)
{
    xmlNode *node = node_text(parent, name, text);
    if (node != NULL)
        node_attr(node, "lang", language_code(language));
    return node;
}

size_t node_limit(xmlNode *list, size_t n, size_t most)
{
    if (n <= most)
        return n;
    omit(list, name_of(list), n - most);
    return most;
}

void node_omissions_start(xmlDoc *document)
{
    document->_private = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

void node_omissions_write(xmlNode *parent)
{
    GHashTable *omitted = g_steal_pointer(&parent->doc->_private);
    xmlNode *list = node_new(parent, "omissions");
    guint n = 0;
    g_autofree const char **names = (const char **)g_hash_table_get_keys_as_array(omitted, &n);
    qsort(names, n, sizeof(names[0]), by_name);
    for (guint i = 0; i < n; i++) {
        xmlNode *node = node_new(list, "omission");
        node_attr(node, "of", names[i]);
        node_number(node, "count", GPOINTER_TO_SIZE(g_hash_table_lookup(omitted, names[i])));
    }
    g_hash_table_unref(omitted);
}

static xmlNode *find(xmlNode *from, const char *name)
{
    for (xmlNode *node = from; node != NULL; node = node->next) {
        if (node->type == XML_ELEMENT_NODE && (name == NULL || strcmp(name_of(node), name) == 0))
            return node;
    }
    return NULL;
}

xmlNode *node_child(const xmlNode *node, const char *name)
{
    return node != NULL ? find(node->children, name) : NULL;
}

xmlNode *node_next(const xmlNode *node)
{
    return node != NULL ? find(node->next, name_of(node)) : NULL;
}

xmlNode *node_child_in(const xmlNode *node, const char *name, Language language)
{
    xmlNode *child = node_child(node, name);
    while (child != NULL && !node_is(child, "lang", language_code(language)))
        child = node_next(child);
    return child;
}

xmlNode *node_path(const xmlNode *node, const char *name, const char *below)
{
    return node_child(node_child(node, name), below);
}

size_t node_count(const xmlNode *list)
{
    size_t n = 0;
    for (const xmlNode *node = node_child(list, NULL); node != NULL; node = find(node->next, NULL))
        n++;
    return n;
}

const char *node_get(const xmlNode *node, const char *attribute)
{
    for (const xmlAttr *a = node != NULL ? node->properties : NULL; a != NULL; a = a->next) {
        if (strcmp((const char *)a->name, attribute) == 0)
            return a->children != NULL ? (const char *)a->children->content : "";
    }
    return "";
}

bool node_is(const xmlNode *node, const char *attribute, const char *value)
{
    return strcmp(node_get(node, attribute), value) == 0;
}

const char *node_value(const xmlNode *node)
{
    const xmlNode *text = node != NULL ? node->children : NULL;
    return text != NULL && text->type == XML_TEXT_NODE ? (const char *)text->content : "";
}

const char *node_child_value(const xmlNode *node, const char *name)
{
    return node_value(node_child(node, name));
}
