#include "reports/text.h"

#include <string.h>

/* --- identities --- */

static void write_from(TextView *view, const xmlNode *from)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const xmlNode *address = node_path(from, "addresses", "address");
    for (; address != NULL; address = node_next(address)) {
        const char *name = node_child_value(address, "display-name");
        g_string_append_printf(text, "%s%s%s<%s>", text->len > 0 ? ", " : "", name,
                               name[0] != '\0' ? " " : "", node_child_value(address, "addr-spec"));
    }
    lines_pair(&view->lines, 2, text_label(view, "from"),
               text->len > 0 ? text->str : text_label(view, "not-found"));
}

static void write_fact(TextView *view, const char *name)
{
    const xmlNode *fact = node_path(view->report, "identities", name);
    if (!node_is(fact, "found", "true")) {
        lines_pair(&view->lines, 2, text_label(view, name), text_label(view, "not-found"));
        return;
    }
    const char *value = node_is(fact, "null-sender", "true") ? text_label(view, "null-sender")
                                                             : node_child_value(fact, "value");
    const char *origin = text_word(view, "origin", node_get(fact, "origin"));
    const char *confidence = text_word(view, "confidence", node_get(fact, "confidence"));
    g_autofree char *text = node_is(fact, "confidence", "given")
                                ? g_strdup_printf("%s  [%s]", value, origin)
                                : g_strdup_printf("%s  [%s, %s]", value, origin, confidence);
    lines_pair(&view->lines, 2, text_label(view, name), text);
}

static void write_iprev(TextView *view)
{
    const xmlNode *iprev = node_child(view->report, "iprev");
    const xmlNode *name = node_path(iprev, "reverse-names", "reverse-name");
    const char *shown = node_get(iprev, "confirmed");
    if (shown[0] == '\0')
        shown = node_value(name);
    g_autofree char *text =
        g_strdup_printf("%s%s%s", node_get(iprev, "result"), shown[0] != '\0' ? "  " : "", shown);
    lines_pair(&view->lines, 2, text_label(view, "iprev"), text);
}

void text_identities(TextView *view)
{
    lines_heading(&view->lines, text_label(view, "identities"));
    write_from(view, node_path(view->report, "identities", "from"));
    write_fact(view, "mail-from");
    write_fact(view, "helo");
    write_fact(view, "client-ip");
    write_iprev(view);
    write_fact(view, "receiver");
    text_pair(view, 2, "received", node_get(node_child(view->report, "identities"), "received"));
}

/* --- journey, oldest hop first: as the message travelled --- */

static void write_hop(TextView *view, const xmlNode *hop, size_t number)
{
    const char *from = node_child_value(hop, "from-name"), *ip = node_get(hop, "ip"),
               *by = node_child_value(hop, "by");
    g_autoptr(GString) text =
        g_string_new(from[0] != '\0' || ip[0] != '\0' ? from : text_label(view, "unknown"));
    if (ip[0] != '\0')
        g_string_append_printf(text, "%s[%s]", text->len > 0 ? " " : "", ip);
    g_string_append_printf(text, " → %s", by[0] != '\0' ? by : text_label(view, "unknown"));
    if (node_child_value(hop, "with")[0] != '\0')
        g_string_append_printf(text, ", %s", node_child_value(hop, "with"));
    if (node_get(hop, "delay-s")[0] != '\0')
        g_string_append_printf(text, ", %s s", node_get(hop, "delay-s"));
    if (node_is(hop, "border", "true"))
        g_string_append_printf(text, ": %s", text_label(view, "hop-border"));
    else if (node_is(hop, "trusted", "false"))
        g_string_append_printf(text, " (%s)", text_label(view, "hop-untrusted"));
    g_autofree char *mark = g_strdup_printf("%zu. ", number);
    lines_item(&view->lines, 2, node_is(hop, "border", "true") ? STYLE_BOLD : STYLE_DIM, mark,
               text->str);
}

void text_hops(TextView *view)
{
    const xmlNode *list = node_child(view->report, "hops");
    if (node_child(list, "hop") == NULL)
        return;
    lines_heading(&view->lines, text_label(view, "hops"));
    size_t number = 0;
    for (const xmlNode *hop = list->last; hop != NULL; hop = hop->prev) {
        if (hop->type == XML_ELEMENT_NODE)
            write_hop(view, hop, ++number);
    }
}

/* --- signatures --- */

static void write_key(TextView *view, const xmlNode *key)
{
    const char *verdict = node_get(key, "verdict");
    g_autoptr(GString) text = g_string_new(text_label(view, "key"));
    g_string_append_printf(text, ": %s", text_word(view, "key", verdict));
    if (node_get(key, "name")[0] != '\0')
        g_string_append_printf(text, ", %s", node_get(key, "name"));
    const xmlNode *record = node_path(key, "key-records", "key-record");
    while (record != NULL && !node_is(record, "used", "true"))
        record = node_next(record);
    if (node_get(record, "bits")[0] != '\0') {
        g_autofree char *bits = labels_fill(view->labels, "bits", node_get(record, "bits"));
        g_string_append_printf(text, ", %s %s", node_get(record, "key-type"), bits);
    }
    lines_item(&view->lines, 4, text_style_of(verdict), text_mark_of(verdict), text->str);
}

static void write_part(TextView *view, const xmlNode *part, const char *name, const char *signed_as,
                       const char *computed)
{
    if (part == NULL)
        return;
    const char *verdict = node_get(part, "verdict");
    g_autofree char *text =
        g_strdup_printf("%s: %s", text_label(view, name), text_word(view, name, verdict));
    lines_item(&view->lines, 4, text_style_of(verdict), text_mark_of(verdict), text);
    const char *const ids[] = {signed_as, computed};
    for (size_t i = 0; i < G_N_ELEMENTS(ids) && text_style_of(verdict) == STYLE_BAD; i++) {
        if (node_get(part, ids[i])[0] == '\0')
            continue;
        lines_item(&view->lines, 6, STYLE_DIM, "", text_label(view, ids[i]));
        lines_item(&view->lines, 8, STYLE_PLAIN, "", node_get(part, ids[i]));
    }
}

static void write_signed_fields(TextView *view, const xmlNode *header)
{
    g_autoptr(GString) present = g_string_new(NULL), absent = g_string_new(NULL);
    const xmlNode *signed_field = node_path(header, "signed-fields", "signed-field");
    for (; signed_field != NULL; signed_field = node_next(signed_field)) {
        GString *list = node_is(signed_field, "present", "true") ? present : absent;
        g_string_append_printf(list, "%s%s", list->len > 0 ? ", " : "",
                               node_child_value(signed_field, "field-name"));
    }
    text_pair(view, 4, "signed-fields", present->str);
    text_pair(view, 4, "absent-fields", absent->str);
}

static void write_signature(TextView *view, const xmlNode *signature, size_t indent)
{
    const char *result = node_get(signature, "result"), *domain = node_get(signature, "domain");
    g_autofree char *name = labels_fill(view->labels, "signature", node_get(signature, "number"));
    g_autofree char *text =
        g_strdup_printf("%s: %s, d=%s s=%s, %s-%s, %s/%s", name, result, domain,
                        node_get(signature, "selector"), node_get(signature, "key-type"),
                        node_get(signature, "hash"), node_get(signature, "header-canonicalization"),
                        node_get(signature, "body-canonicalization"));
    lines_item(&view->lines, indent, text_style_of(result), text_mark_of(result), text);
    write_key(view, node_child(signature, "key"));
    write_part(view, node_child(signature, "header"), "header", "signed-digest", "computed-digest");
    write_part(view, node_child(signature, "body"), "body", "claimed-hash", "computed-hash");
    text_pair(view, 4, "problems", node_get(signature, "problems"));
    text_pair(view, 4, "signed-at", node_get(signature, "signed-at"));
    text_pair(view, 4, "expires", node_get(signature, "expires"));
    write_signed_fields(view, node_child(signature, "header"));
    text_cause(view, signature);
}

void text_signatures(TextView *view)
{
    lines_heading(&view->lines, text_label(view, "signatures"));
    const xmlNode *signature = node_path(view->report, "signatures", "signature");
    if (signature == NULL)
        lines_item(&view->lines, 2, STYLE_FAIR, "", text_label(view, "no-signatures"));
    for (; signature != NULL; signature = node_next(signature))
        write_signature(view, signature, 2);
}

void text_arc(TextView *view)
{
    const xmlNode *arc = node_child(view->report, "arc");
    if (node_is(arc, "result", "none"))
        return;
    g_autofree char *heading =
        g_strdup_printf("%s: %s", text_label(view, "arc"), node_get(arc, "result"));
    lines_heading(&view->lines, heading);
    lines_item(&view->lines, 2, STYLE_DIM, "", text_label(view, "arc-no-credit"));
    for (const xmlNode *set = node_path(arc, "arc-sets", "arc-set"); set != NULL;
         set = node_next(set)) {
        const char *verdict = node_get(set, "seal-verdict");
        g_autofree char *name = labels_fill(view->labels, "arc-set", node_get(set, "instance"));
        g_autofree char *text = g_strdup_printf(
            "%s: %s, %s %s, cv=%s", name, node_get(node_child(set, "arc-seal"), "domain"),
            text_label(view, "seal"), text_word(view, "header", verdict),
            node_child_value(set, "chain-validation"));
        lines_item(&view->lines, 2, text_style_of(verdict), text_mark_of(verdict), text);
    }
}

/* --- what receivers wrote --- */

static void write_statement(TextView *view, const xmlNode *statement)
{
    const char *who = node_child_value(statement, "authserv-id");
    lines_item(&view->lines, 2, STYLE_PLAIN, "",
               who[0] != '\0' ? who : text_label(view, "unknown"));
    if (!node_is(statement, "trusted", "true"))
        lines_item(&view->lines, 4, STYLE_DIM, "", text_label(view, "untrusted"));
    const xmlNode *result = node_path(statement, "method-results", "method-result");
    for (; result != NULL; result = node_next(result)) {
        const char *ours = node_get(result, "ours"), *agrees = node_get(result, "agrees");
        g_autoptr(GString) text = g_string_new(node_child_value(result, "method"));
        g_string_append_printf(text, "=%s", node_child_value(result, "said"));
        if (ours[0] != '\0')
            g_string_append_printf(text, ", %s: %s", text_label(view, "ours"), ours);
        bool same = strcmp(agrees, "true") == 0, other = strcmp(agrees, "false") == 0;
        lines_item(&view->lines, 4,
                   same    ? STYLE_GOOD
                   : other ? STYLE_FAIR
                           : STYLE_DIM,
                   same    ? "= "
                   : other ? "≠ "
                           : "– ",
                   text->str);
    }
}

void text_said(TextView *view)
{
    const xmlNode *statement = node_path(view->report, "receiver-said", "statement");
    if (statement == NULL)
        return;
    lines_heading(&view->lines, text_label(view, "said"));
    for (; statement != NULL; statement = node_next(statement))
        write_statement(view, statement);
}
