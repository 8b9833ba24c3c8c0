/* catalogue.h - the rules as data: severity, weight, cap, who must act, references, and texts in
 * two languages.
 *
 * rules/<topic>.xml, validated by rules/catalogue.xsd at load, built into the program. Immutable,
 * so threads may share one.
 *
 * Texts. The title is a noun phrase for what is looked at, so that it fits every outcome and says
 * nothing untrue behind a cross; it has no arguments. Why and fix are written for a failing
 * finding: the first sentence of why says what is wrong, and every argument in them is one that the
 * predicate gives with each fail.
 */
#ifndef MAILASSAY_CATALOGUE_H
#define MAILASSAY_CATALOGUE_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef enum Severity { SEVERITY_INFO, SEVERITY_NOTICE, SEVERITY_WARNING, SEVERITY_ERROR } Severity;
const char *severity_name(Severity severity);
bool severity_parse(const char *text, Severity *severity);

typedef enum Language { LANGUAGE_EN, LANGUAGE_NL, LANGUAGES } Language;
const char *language_code(Language language); /* "en", "nl" */

/* Text with named arguments: pieces in order, each literal text or the name of an argument. */
typedef struct TextPiece {
    bool is_argument;
    char *text;
} TextPiece;
typedef struct RuleText {
    TextPiece *pieces;
    size_t n;
} RuleText;

typedef struct Reference {
    char *label; /* "RFC 6376 §3.6.1", "Gmail sender guidelines" */
    char *url;   /* or NULL */
    char *as_of; /* "2026-11": the month whose state it gives, for what may change; or NULL */
} Reference;

typedef struct Rule {
    char *id;       /* stable, kebab-case, begins with the topic */
    char *formerly; /* or NULL */
    char *topic;
    Severity severity;
    unsigned weight; /* points off when it fails */
    char *group;     /* rules of one group have one root cause: only the heaviest failing one is
                        charged; or     NULL */
    bool has_cap;
    unsigned cap; /* the score cannot be above this when it fails: a major receiver would refuse */
    char *cap_reason[LANGUAGES];
    char *actor;        /* "sender", "dns", "intermediary", "receiver", "export", "nobody" */
    char *only_profile; /* "newsletter": costs points in that rule profile only; NULL: in all */
    Reference *references;
    size_t n_references;
    RuleText title[LANGUAGES], why[LANGUAGES], fix[LANGUAGES];
} Rule;

typedef struct Catalogue {
    Rule *rules; /* by topic, then as in the file */
    size_t n;
    GHashTable *by_id;
    struct Providers *providers; /* what providers ask (provider.h); NULL when not loaded */
} Catalogue;

/* The built-in catalogue with the providers. GError (a bug in the data) names file and line. */
Catalogue *catalogue_load(GError **error);
/* Adds the rules of one topic file. label stands for the file in errors. False: catalogue is as it
 * was, plus rules that came before the fault. */
bool catalogue_add(Catalogue *catalogue, const char *xml, size_t n, const char *label,
                   GError **error);
Catalogue *catalogue_new_empty(void);
void catalogue_free(Catalogue *catalogue);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Catalogue, catalogue_free)
GQuark catalogue_error_quark(void);
/* By id or by what the rule was called formerly; NULL when there is none. */
const Rule *catalogue_find(const Catalogue *catalogue, const char *id);
extern const char *const catalogue_topics[]; /* NULL-terminated, in the order of the report */

#endif
