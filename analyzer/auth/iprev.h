/* iprev.h - forward-confirmed reverse DNS of the client IP (RFC 8601 §2.7.3), and what HELO
 * resolves to.
 *
 * Deviations: none known. At most 10 PTR names are followed.
 */
#ifndef MAILASSAY_AUTH_IPREV_H
#define MAILASSAY_AUTH_IPREV_H

#include "analyzer/dns/dns.h"

typedef enum IprevResult {
    IPREV_NOT_EVALUABLE,
    IPREV_PASS,
    IPREV_FAIL,
    IPREV_TEMPERROR,
    IPREV_PERMERROR
} IprevResult;
const char *iprev_result_name(IprevResult result);

typedef struct IprevCheck {
    IprevResult result; /* permerror: no PTR; fail: no PTR name leads back */
    char **names;       /* PTR names, NULL-terminated */
    char *confirmed;    /* the first that leads back, or NULL */
    bool helo_resolves; /* HELO name has an address */
    bool helo_matches;  /* and one of them is the client IP */
    bool helo_checked;  /* HELO is a domain name and DNS answered */
} IprevCheck;

/* ip and helo may be NULL. */
IprevCheck *iprev_check(const char *ip, const char *helo, DnsSession *dns);
void iprev_check_free(IprevCheck *check);
void iprev_prefetch(const char *ip, const char *helo, DnsSession *dns);

#endif
