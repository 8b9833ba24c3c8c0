/* publication.h - what stands at a key's name in DNS, against the key that is configured (RFC 6376
 * §3.6.2.2). */
#ifndef MAILASSAY_AUTH_PUBLICATION_H
#define MAILASSAY_AUTH_PUBLICATION_H

#include "analyzer/base/pubkey.h"
#include "analyzer/dns/dns.h"

typedef enum KeyPublication {
    PUBLICATION_UNKNOWN,    /* DNS trouble */
    PUBLICATION_VALID,      /* published and equal to the configured key */
    PUBLICATION_UNCOMPARED, /* published and usable, no key in the profile to compare with */
    PUBLICATION_MISMATCH,
    PUBLICATION_MISSING,
    PUBLICATION_MALFORMED, /* record(s) there, none a usable key */
    PUBLICATION_MULTIPLE,  /* several that look like key records */
    PUBLICATION_REVOKED,
    PUBLICATION_TRUNCATED,
} KeyPublication;
const char *key_publication_name(KeyPublication publication);

/* configured may be NULL. *record is the single record, or NULL; owned by the caller. Of very many
 * records at the name only the first DKIM_MAX_KEY_RECORDS are read. */
KeyPublication publication_check(const DnsAnswer *answer, const Pubkey *configured,
                                 KeyRecord **record);

#endif
