#include "reports/redact_internal.h"

#include "reports/node.h"
#include "reports/sections.h"

#include <string.h>

Redaction *redaction_new(const Catalogue *catalogue)
{
    Redaction *redaction = g_new0(Redaction, 1);
    redaction->catalogue = catalogue;
    redaction->pseudonyms = pseudonyms_new();
    redaction->names = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    redaction->typed = redact_typed_attributes();
    return redaction;
}

void redaction_free(Redaction *redaction)
{
    if (redaction == NULL)
        return;
    pseudonyms_free(redaction->pseudonyms);
    g_hash_table_unref(redaction->names);
    g_hash_table_unref(redaction->typed);
    g_free(redaction);
}

GByteArray *redact_octets(const char *text)
{
    GByteArray *raw = NULL;
    if (bytes_unescape(text, &raw))
        return raw;
    raw = g_byte_array_new();
    g_byte_array_append(raw, (const uint8_t *)text, (guint)strlen(text));
    return raw;
}

static Span octets_of(const GByteArray *raw)
{
    return span_of((const char *)raw->data, raw->len);
}

void redaction_learn(Redaction *redaction, const Source *source, const Mime *mime)
{
    /* The author first, so that his number is the first. */
    const AddressList *lists[] = {&mime->from, &mime->sender, &mime->reply_to, &mime->to,
                                  &mime->cc};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++) {
        for (size_t k = 0; k < lists[i]->n; k++)
            redact_learn_value(redaction, REDACT_ADDRESS, span_str(lists[i]->items[k].addr_spec));
    }
    redact_learn_addresses(redaction, source->bytes);
    for (size_t i = 0; i < mime->n_parts; i++)
        redact_learn_addresses(redaction, span_str(mime->parts[i].text));
}

/* --- the document --- */

static void learn_text(Redaction *redaction, Treatment treatment, const char *text)
{
    g_autoptr(GByteArray) raw = redact_octets(text);
    redact_learn_value(redaction, treatment, octets_of(raw));
}

/* In the order of the document, so that numbers rise as it is read. */
static void learn(Redaction *redaction, const xmlNode *node)
{
    for (; node != NULL; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        for (const xmlAttr *attribute = node->properties; attribute != NULL;
             attribute = attribute->next) {
            const char *name = (const char *)attribute->name;
            learn_text(redaction, redact_treatment(redaction, node, name), node_get(node, name));
        }
        learn_text(redaction, redact_treatment(redaction, node, NULL), node_value(node));
        learn(redaction, node->children);
    }
}

static char *redacted(Redaction *redaction, Treatment treatment, const char *text)
{
    g_autoptr(GByteArray) raw = redact_octets(text);
    g_autoptr(GString) out = g_string_sized_new(raw->len);
    redact_value(redaction, treatment, octets_of(raw), out);
    return bytes_escape(span_of(out->str, out->len));
}

static void set_text(xmlNode *node, const char *text)
{
    xmlNodeSetContent(node, NULL);
    xmlNode *content = xmlNewDocText(node->doc, (const xmlChar *)text);
    if (content == NULL) /* libxml2 has no abort on lack of memory, GLib has */
        g_error("out of memory");
    if (text[0] != '\0')
        xmlAddChild(node, content);
    else
        xmlFreeNode(content);
}

static void redact_attributes(Redaction *redaction, xmlNode *node)
{
    for (xmlAttr *attribute = node->properties; attribute != NULL; attribute = attribute->next) {
        const char *name = (const char *)attribute->name, *value = node_get(node, name);
        Treatment treatment = redact_treatment(redaction, node, name);
        if (treatment == REDACT_KEEP || value[0] == '\0')
            continue;
        g_autofree char *text = redacted(redaction, treatment, value);
        xmlSetProp(node, attribute->name, (const xmlChar *)text);
    }
}

static const char *argument_of(const void *finding, const char *name)
{
    const xmlNode *argument = node_path(finding, "arguments", "argument");
    while (argument != NULL && !node_is(argument, "name", name))
        argument = node_next(argument);
    return node_child_value(argument, "value");
}

/* The finding that a deduction or cap shows, or the finding itself. */
static const Rule *rule_of(const Redaction *redaction, const xmlNode *text)
{
    return catalogue_find(redaction->catalogue, node_get(text->parent, "rule"));
}

/* What the catalogue says, with the arguments as they are now; masked when it does not know the
 * rule. */
static char *text_again(const Redaction *redaction, const xmlNode *node)
{
    const Rule *rule = rule_of(redaction, node);
    Language language =
        node_is(node, "lang", language_code(LANGUAGE_NL)) ? LANGUAGE_NL : LANGUAGE_EN;
    const char *name = (const char *)node->name;
    if (rule == NULL)
        return NULL;
    if (strcmp(name, "reason") == 0)
        return g_strdup(rule->cap_reason[language]);
    const RuleText *texts = strcmp(name, "why") == 0   ? rule->why
                            : strcmp(name, "fix") == 0 ? rule->fix
                                                       : rule->title;
    return sections_rule_text(&texts[language], argument_of, node->parent);
}

/* A text of the plan: the mailboxes of its rehearsal as they become there; with any other mailbox
 * in it, it is masked. */
static char *prose(Redaction *redaction, const xmlNode *node)
{
    static const char *const mailboxes[] = {"from", "reply-to"};
    static const char *const places[] = {"\x01", "\x02"}; /* characters that no text has */
    const xmlNode *route = node->parent;
    while (route->type == XML_ELEMENT_NODE && strcmp((const char *)route->name, "route") != 0)
        route = route->parent; /* at the end the document, which has no rehearsal */
    const xmlNode *rehearsal = node_child(route, "rehearsal");
    g_autoptr(GString) text = g_string_new(node_value(node));
    for (size_t i = 0; i < G_N_ELEMENTS(mailboxes); i++)
        if (node_get(rehearsal, mailboxes[i])[0] != '\0')
            g_string_replace(text, node_get(rehearsal, mailboxes[i]), places[i], 0);
    if (strchr(text->str, '<') != NULL)
        return redacted(redaction, REDACT_MASK, node_value(node));
    g_autoptr(GString) out = g_string_new(NULL);
    redact_value(redaction, REDACT_PROSE, span_of(text->str, text->len), out);
    for (size_t i = 0; i < G_N_ELEMENTS(mailboxes); i++) {
        g_autofree char *mailbox =
            redacted(redaction, REDACT_MAILBOX, node_get(rehearsal, mailboxes[i]));
        g_string_replace(out, places[i], mailbox, 0);
    }
    return g_strdup(out->str);
}

static void redact_content(Redaction *redaction, xmlNode *node)
{
    const char *value = node_value(node);
    Treatment treatment = redact_treatment(redaction, node, NULL);
    if (treatment == REDACT_KEEP || treatment == REDACT_TEXT || value[0] == '\0')
        return;
    g_autofree char *text =
        treatment == REDACT_PROSE ? prose(redaction, node) : redacted(redaction, treatment, value);
    set_text(node, text);
}

/* All but the texts of findings, which need their arguments. Backwards and from the leaves, so that
 * what decides about a node (the name before a value, the question above an answer) is as it was.
 */
static void redact_nodes(Redaction *redaction, xmlNode *node)
{
    while (node != NULL) {
        xmlNode *next = node->prev;
        if (node->type == XML_ELEMENT_NODE &&
            redact_treatment(redaction, node, NULL) == REDACT_DROP) {
            xmlUnlinkNode(node);
            xmlFreeNode(node);
        } else if (node->type == XML_ELEMENT_NODE) {
            redact_nodes(redaction, node->last);
            redact_content(redaction, node);
            redact_attributes(redaction, node);
        }
        node = next;
    }
}

static void write_texts(Redaction *redaction, xmlNode *node)
{
    for (; node != NULL; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        write_texts(redaction, node->children);
        if (redact_treatment(redaction, node, NULL) != REDACT_TEXT)
            continue;
        g_autofree char *again = text_again(redaction, node);
        g_autofree char *masked =
            again == NULL ? redacted(redaction, REDACT_MASK, node_value(node)) : NULL;
        g_autofree char *printable = node_printable(again != NULL ? again : masked);
        set_text(node, printable);
    }
}

void redaction_document(Redaction *redaction, xmlDoc *document)
{
    xmlNode *report = xmlDocGetRootElement(document);
    if (node_is(report, "redacted", "true"))
        return;
    learn(redaction, report);
    redact_learn_names(redaction, report);
    redact_nodes(redaction, report);
    write_texts(redaction, report);
    node_bool(report, "redacted", true);
}
