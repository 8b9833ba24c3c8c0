/* profile_schema.h - reads a profile file as XML and holds it against analyzer/profile.xsd (built
 * in).
 *
 * The file is treated as untrusted XML: no DTD, no entities, nothing loaded from elsewhere, 16 MB
 * at most. Only profile_load.c uses it.
 */
#ifndef MAILASSAY_PROFILE_SCHEMA_H
#define MAILASSAY_PROFILE_SCHEMA_H

#include <glib.h>
#include <libxml/tree.h>
#include <stdbool.h>

/* Owned, valid, with the defaults of attributes filled in. NULL and GError when it cannot be read
 * or is not valid: file, line, what is wrong, and as the remedy what the schema's documentation
 * says about the element or attribute. */
xmlDoc *profile_schema_read(const char *path, GError **error);

#endif
