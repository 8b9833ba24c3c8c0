/* provider.h - what large providers ask in public of mail to their mailboxes, as data.
 *
 * rules/providers.xml, validated by rules/providers.xsd at load, built into the program: tests (the
 * rows of the matrix), and providers with requirements, each of which has a source and the month it
 * was read. Immutable, so threads may share one. provider_matrix.h holds a message against it.
 */
#ifndef MAILASSAY_RULES_PROVIDER_H
#define MAILASSAY_RULES_PROVIDER_H

#include "rules/catalogue.h"

/* A statement that is true of a message or not. */
typedef struct ProviderTest {
    char *id; /* stable, kebab-case: names the predicate (provider_test.h) */
    char *title[LANGUAGES];
} ProviderTest;

typedef enum Applies {
    APPLIES_ALL,        /* to any message */
    APPLIES_BULK,       /* to the mail of who sends much */
    APPLIES_SUBSCRIBED, /* to newsletters and the like, never to transactional mail */
} Applies;
const char *applies_name(Applies applies); /* "all", "bulk", "subscribed" */

/* What the provider publishes that it answers; one of the two may be NULL. */
typedef struct SmtpAnswer {
    char *code;     /* reply code: "550" */
    char *enhanced; /* RFC 3463: "5.7.26" */
    bool permanent; /* 5, not 4 */
} SmtpAnswer;

typedef struct Requirement {
    size_t test; /* index into Providers.tests */
    Applies applies;
    bool required; /* false: advised */
    bool refuses;  /* false: the provider says that it refuses no message for this alone */
    SmtpAnswer *answers;
    size_t n_answers; /* 0: it publishes none */
    size_t *sources;  /* indices into Provider.sources, at least one */
    size_t n_sources;
    char *note[LANGUAGES]; /* or NULL in both */
} Requirement;

typedef struct Provider {
    char *id;
    char *name;
    char *column;       /* a name of at most 10 characters */
    unsigned bulk_from; /* messages a day that make a bulk sender; 0: it gives no number */
    char *since;        /* "2024-02": in force since; or NULL */
    char **domains;     /* of its mailboxes, NULL-terminated */
    char **hosts;       /* at or below them is received for its mailboxes only; NULL-terminated */
    Reference *sources; /* url and as_of are never NULL */
    size_t n_sources;
    char *scope[LANGUAGES]; /* for whom the requirements are */
    Requirement *requirements;
    size_t n_requirements;
} Provider;

typedef struct Providers {
    ProviderTest *tests; /* as in the file: the order of the rows */
    size_t n_tests;
    Provider *items;
    size_t n;
} Providers;

/* What is built in. GError (a bug in the data) names file and line. */
Providers *providers_load(GError **error);
/* From other text; label stands for the file in errors. */
Providers *providers_parse(const char *xml, size_t n, const char *label, GError **error);
void providers_free(Providers *providers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Providers, providers_free)

#endif
