/* domainwords.h - how bad a fact about a signing domain is, and how it is told: one table for all.
 */
#ifndef MAILASSAY_CLI_DOMAINWORDS_H
#define MAILASSAY_CLI_DOMAINWORDS_H

#include "analyzer/domaincheck.h"
#include "rules/catalogue.h"

/* In the order of which stands for several. Unknown is DNS trouble: no verdict either way. */
typedef enum Level {
    LEVEL_GOOD,
    LEVEL_INFO,
    LEVEL_NOTICE,
    LEVEL_UNKNOWN,
    LEVEL_WARNING,
    LEVEL_ERROR
} Level;
const char *level_name(Level level); /* "good", "info", "notice", "unknown", "warning", "error" */
Level level_of_severity(Severity severity);

Level domainwords_level(DomainFactId id);
/* The worst of them; LEVEL_GOOD for none. */
Level domainwords_worst(const GArray *facts);
/* One or two sentences. Owned. */
char *domainwords_sentence(const DomainFact *fact, Language language);
/* One or two words for a key's state: "valid", "geldig". */
const char *domainwords_state(const KeyCheck *check, Language language);

/* What the view itself says. */
typedef enum Phrase {
    PHRASE_TITLE,
    PHRASE_DOMAIN,
    PHRASE_SELECTOR,
    PHRASE_KEY,
    PHRASE_BOUNCES,
    PHRASE_TENANT,
    PHRASE_SUMMARY,
    PHRASE_ALL_GOOD,
    PHRASE_ADD,
    PHRASE_CHANGE,
    PHRASE_DROP, /* n lookups are too many; above a list of terms */
    PHRASES,
} Phrase;
const char *domainwords_phrase(Phrase phrase, Language language);
/* "{n}" and "{of}" in a phrase replaced. Owned. */
char *domainwords_counted(Phrase phrase, Language language, size_t n, size_t of);

#endif
