/* blocklist.h - whether DNS block lists have the sending address, or the domains of the message.
 *
 * RFC 5782. Only lists that the operator named are asked: each learns from the question who mails
 * whom. Listed is an answer within 127/8 only; what else stands there says something about the
 * list, not about the sender: 127.255.255.0/24 (Spamhaus) and 127.0.0.1 (URIBL) that it refuses the
 * name server that asks, an address outside 127/8 that the list is gone and its domain parked, a
 * test point (§5) that it is listed or not against the rule that it lists everything or nothing.
 * Deviation: of domain lists and for IPv6 the test point that must be listed is not asked: many
 * have none.
 */
#ifndef MAILASSAY_AUTH_BLOCKLIST_H
#define MAILASSAY_AUTH_BLOCKLIST_H

#include "analyzer/dns/dns.h"
#include "analyzer/profile.h"

typedef enum BlockListResult {
    BLOCKLIST_CLEAR,
    BLOCKLIST_LISTED,
    BLOCKLIST_REFUSED, /* the list does not answer this name server */
    BLOCKLIST_BROKEN,  /* it is gone, or lists everything or nothing */
    BLOCKLIST_OPEN,    /* DNS trouble */
} BlockListResult;
const char *blocklist_result_name(BlockListResult result);

typedef struct BlockListAnswer {
    const BlockList *list; /* borrowed from the profile */
    char *object;          /* the address or domain asked about */
    BlockListResult result;
    char *codes;  /* what the list answered: "127.0.0.2, 127.0.0.4"; NULL when it has no record */
    char *reason; /* its TXT record, raw; asked only when listed; or NULL */
    const DnsAnswer *answer; /* borrowed from the session */
} BlockListAnswer;

typedef struct BlockListCheck {
    BlockListAnswer *items; /* list by list */
    size_t n;
} BlockListCheck;

/* ip NULL: address lists are not asked. domains: NULL-terminated, in normal form; each is asked for
 * once. */
BlockListCheck *blocklist_check(const Profile *profile, const char *ip, const char *const *domains,
                                DnsSession *dns);
void blocklist_check_free(BlockListCheck *check);
void blocklist_prefetch(const Profile *profile, const char *ip, const char *const *domains,
                        DnsSession *dns);

#endif
