/* node.h - writes and reads nodes of the report document; the only place that knows how libxml2
 * wants its strings.
 *
 * The save functions of libxml2 check no characters, so everything is made printable here:
 * node_octets() for what stood in the message or in DNS (bytes_escape, marked encoding="c-escape"),
 * the others for text of our own making, in which escapes already written stay as they are. Values
 * over NODE_MAX_OCTETS and lists over NODE_MAX_ITEMS are cut, and counted in the document's
 * omissions: hostile mail must not make a report without end.
 */
#ifndef MAILASSAY_REPORTS_NODE_H
#define MAILASSAY_REPORTS_NODE_H

#include "analyzer/base/bytes.h"
#include "rules/catalogue.h"

#include <libxml/tree.h>

enum { NODE_MAX_OCTETS = 16384, NODE_MAX_ITEMS = 500, NODE_MAX_DEPTH = 16 };

/* --- writing --- */

xmlNode *node_new(xmlNode *parent, const char *name);
/* NULL value: no attribute. */
void node_attr(xmlNode *node, const char *name, const char *value);
/* Another value for an attribute that is there, in its place. */
void node_change(xmlNode *node, const char *name, const char *value);
void node_number(xmlNode *node, const char *name, uint64_t value);
void node_bool(xmlNode *node, const char *name, bool value);
void node_hex(xmlNode *node, const char *name, const uint8_t *p, size_t n);
/* RFC 3339 in UTC; "@" and the number where no calendar reaches. */
void node_time(xmlNode *node, const char *name, int64_t seconds);
/* The day it lies in, in UTC. */
void node_day(xmlNode *node, const char *name, int64_t seconds);
/* Child element with raw octets, escaped. */
xmlNode *node_octets(xmlNode *parent, const char *name, Span raw);
/* The same for a string; NULL: no element. */
xmlNode *node_string(xmlNode *parent, const char *name, const char *raw);
/* Child element with text of ours. NULL: no element. */
xmlNode *node_text(xmlNode *parent, const char *name, const char *text);
xmlNode *node_text_in(xmlNode *parent, const char *name, Language language, const char *text);
/* The list's length to write: at most `most`; the rest is counted as left out. */
size_t node_limit(xmlNode *list, size_t n, size_t most);
/* Text with everything escaped that bytes_escape would, except backslashes: safe on what is escaped
 * already. Owned. */
char *node_printable(const char *text);

/* What was cut: list or element name to number of items. Kept by the document until
 * node_omissions_write. */
void node_omissions_start(xmlDoc *document);
void node_omissions_write(xmlNode *parent);

/* --- reading; all total: NULL nodes are empty --- */

/* First child element of that name, first of the next siblings of the same name; NULL when there is
 * none. */
xmlNode *node_child(const xmlNode *node, const char *name);
xmlNode *node_next(const xmlNode *node);
xmlNode *node_child_in(const xmlNode *node, const char *name, Language language);
/* Child of a child: node_path(report, "identities", "client-ip"). */
xmlNode *node_path(const xmlNode *node, const char *name, const char *below);
size_t node_count(const xmlNode *list);
/* Borrowed from the document; "" when absent. */
const char *node_get(const xmlNode *node, const char *attribute);
bool node_is(const xmlNode *node, const char *attribute, const char *value);
const char *node_value(const xmlNode *node);
const char *node_child_value(const xmlNode *node, const char *name);

#endif
