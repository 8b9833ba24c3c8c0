/* keyplaces.h - the names at which a key record stands when it was put at the wrong one. Text only,
 * nothing is asked. */
#ifndef MAILASSAY_CAUSE_KEYPLACES_H
#define MAILASSAY_CAUSE_KEYPLACES_H

#include <glib.h>

typedef enum KeyPlaceFault {
    KEY_PLACE_DOUBLED, /* s._domainkey.example.com.example.com: the form appends the domain itself
                        */
    KEY_PLACE_NO_UNDERSCORE, /* s.domainkey.example.com */
    KEY_PLACE_LABEL,         /* another word or none for _domainkey, or no selector */
    KEY_PLACE_LEVEL,         /* at a domain above */
} KeyPlaceFault;

typedef struct KeyPlace {
    char *name; /* owned by the array */
    KeyPlaceFault fault;
} KeyPlace;

/* Of KeyPlace, likeliest first. Owned; names are freed with it. */
GArray *key_places(const char *selector, const char *domain);

#endif
