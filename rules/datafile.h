/* datafile.h - the data files of rules/: XML that is built into the program, read under a schema
 * that is built in too.
 *
 * What a schema cannot say is checked by who reads the file. Errors are bugs in the data and name
 * file and line. Lifetime: texts given out are owned by the caller, nodes belong to the document.
 */
#ifndef MAILASSAY_RULES_DATAFILE_H
#define MAILASSAY_RULES_DATAFILE_H

#include <glib.h>
#include <libxml/tree.h>
#include <stdbool.h>
#include <stddef.h>

GQuark datafile_error_quark(void);

/* A valid document, or NULL. label stands for the file in errors; schema is a file name under
 * rules/. Owned; free with xmlFreeDoc. */
xmlDoc *datafile_parse(const char *xml, size_t n, const char *label, const char *schema,
                       GError **error);
/* The built-in file of that name under rules/, as it stands. */
GBytes *datafile_octets(const char *name, GError **error);

/* Sets the error to "label:line: what" and returns false. */
bool datafile_fault(GError **error, const char *label, const xmlNode *node, const char *what);
bool datafile_is(const xmlNode *node, const char *name);
/* Owned; NULL when the attribute is not there. */
char *datafile_attribute(const xmlNode *node, const char *name);
/* Attributes that are numbers have been through the schema; 0 when not there. */
unsigned datafile_number(const xmlNode *node, const char *name);
/* The first child element of that name; NULL when there is none. */
const xmlNode *datafile_child(const xmlNode *node, const char *name);
/* The text of an element. The file is laid out for its author: runs of white space become one
 * space, and there is none at the ends. Owned; NULL for NULL. */
char *datafile_text(const xmlNode *node);
/* Appends text with its runs of white space squeezed. */
void datafile_squeeze(GString *out, const char *text);

#endif
