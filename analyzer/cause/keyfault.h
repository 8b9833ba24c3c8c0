/* keyfault.h - a key record or b= that was damaged, misplaced or exchanged: repaired, and proven by
 * verification.
 *
 * Record: PEM armour, escapes, quotes, URL-safe alphabet, split over several records or beside an
 * old one, a CNAME target in TXT, the doubled domain, the name without underscore, another selector
 * of the same domain, a configured key, one wrong, missing or doubled character; truncation is
 * shown by DER lengths. b=: space for plus, URL-safe alphabet, one wrong or missing character. RFC
 * 6376 §3.6.1, §3.2 (base64string).
 */
#ifndef MAILASSAY_CAUSE_KEYFAULT_H
#define MAILASSAY_CAUSE_KEYFAULT_H

#include "analyzer/cause/cause.h"

typedef struct KeyFound {
    CauseClass class; /* KEY or SIGNATURE when a fault was shown or proven, else UNKNOWN: go on as
                         classified */
    Pubkey *key;      /* the key that made the signature; NULL when none was found. Owned */
    GByteArray *signature; /* b= repaired, NULL when as it is */
    bool recovered;        /* what the signer hashed, by `key` and `signature` */
    HashAlg hash;
    uint8_t digest[32];
    char *record;   /* the repaired record's text, or NULL */
    GArray *causes; /* of Cause, sides key and signature */
} KeyFound;

/* Only for signatures whose key verdict or header verdict is not fine as it is. */
void keyfault_search(const CauseInput *input, Budget *budget, KeyFound *found);
void keyfault_found_clear(KeyFound *found);

#endif
