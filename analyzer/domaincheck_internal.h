/* domaincheck_internal.h - what the files of domaincheck share; nobody else includes it. */
#ifndef MAILASSAY_DOMAINCHECK_INTERNAL_H
#define MAILASSAY_DOMAINCHECK_INTERNAL_H

#include "analyzer/domaincheck.h"

GArray *domain_facts_new(void);
/* For the fields that a fact has beyond its id. */
DomainFact *domain_fact_add(GArray *facts, DomainFactId id);
void domain_fact_found(GArray *facts, DomainFactId id, const char *found);
void domain_fact_counted(GArray *facts, DomainFactId id, size_t n, size_t of);

/* "servfail", or "servfail: what the server said". Owned. */
char *domain_dns_trouble(const DnsAnswer *answer);

/* domaincheck_key.c. Each of the three waits for what the one before started. */
void key_check_init(KeyCheck *check, const char *domain, const char *selector,
                    const SigningDomain *configured, const Pubkey *expected, DnsSession *dns);
void key_check_ask(KeyCheck *check, DnsSession *dns);
void key_check_explain(KeyCheck *check, const Profile *profile, DnsSession *dns);
void key_check_clear(KeyCheck *check);

/* domaincheck_mail.c. Of all domains together: what is known to be asked, then level after level.
 */
void mail_check_start(const char *domain, DnsSession *dns);
void mail_check_prefetch(const DomainChecks *checks, DnsSession *dns);
void mail_check_explain(DomainCheck *check, const DomainChecks *checks, DnsSession *dns);
/* What else could stand in an SPF record that asks too much, or will when the include is in it. */
void mail_check_hosts_start(const DomainCheck *check, const DomainChecks *checks, DnsSession *dns);
void mail_check_hosts(DomainCheck *check, const DomainChecks *checks, DnsSession *dns);

#endif
