/* builtin.h - the data files of reports/ that are compiled into the program (GResource), and the
 * words of the views.
 *
 * labels.xml holds every word that a view writes of its own, in all languages; texts of findings
 * come from the rules.
 */
#ifndef MAILASSAY_REPORTS_BUILTIN_H
#define MAILASSAY_REPORTS_BUILTIN_H

#include "analyzer/base/bytes.h"
#include "rules/catalogue.h"

#include <libxml/tree.h>

/* A file by its name under reports/; static storage. A name that is not built in is a bug and
 * aborts. */
Span builtin_file(const char *name);
/* The same, parsed; owned. */
xmlDoc *builtin_document(const char *name);

typedef struct Labels Labels;
Labels *labels_new(Language language);
void labels_free(Labels *labels);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Labels, labels_free)
Language labels_language(const Labels *labels);
/* The word with that id; the id itself when there is none. Borrowed. */
const char *labels_get(const Labels *labels, const char *id);
/* The word "prefix.name"; name itself when there is none. Borrowed from labels or from the caller.
 */
const char *labels_of(const Labels *labels, const char *prefix, const char *name);
/* With "{}" replaced by the value, once. Owned. */
char *labels_fill(const Labels *labels, const char *id, const char *value);
/* "1 blocker", "2 blockers": id is that of the plural with "{}", id.one that of the singular.
 * Owned. */
char *labels_count(const Labels *labels, const char *id, uint64_t n);

#endif
