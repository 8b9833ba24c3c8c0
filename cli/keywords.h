/* keywords.h - what `mailassay key` says, in the languages there are. */
#ifndef MAILASSAY_CLI_KEYWORDS_H
#define MAILASSAY_CLI_KEYWORDS_H

#include "rules/catalogue.h"

typedef enum KeyWord {
    KEY_WORD_ONE_STRING,
    KEY_WORD_ZONE_FILE,
    KEY_WORD_WEB_FORM,
    KEY_WORD_BITS,
    KEY_WORD_TYPE, /* at most six columns, as the next three */
    KEY_WORD_NAME,
    KEY_WORD_FULL,
    KEY_WORD_VALUE,
    KEY_WORD_SOME_SELECTOR, /* stand in the record of a key without a name */
    KEY_WORD_SOME_DOMAIN,
    KEY_WORD_PASSWORD_OF,
    KEY_WORD_SHOWN_ONCE,
    KEY_WORD_NOT_LISTED, /* the profile: ... */
    KEY_WORD_NO_KEY,
    KEY_WORD_SAME_KEY,
    KEY_WORD_OTHER_KEY,
    KEY_WORD_SWITCHED_OFF,
    KEY_WORD_SHA1,
    KEY_WORDS
} KeyWord;
/* Static storage. */
const char *keywords_get(KeyWord word, Language language);

#endif
