/* proposal.h - the DNS texts that rules propose: keys (RFC 6376 §3.6.1), SPF (RFC 7208), DMARC (RFC
 * 9989).
 *
 * A proposal changes as little as it can and is never stricter than what stands: what it lets
 * through today stays let through. All results are owned.
 */
#ifndef MAILASSAY_PROPOSAL_H
#define MAILASSAY_PROPOSAL_H

#include "analyzer/auth/spf.h"
#include "analyzer/evidence.h"
#include "rules/spfbudget.h"

/* The key record of a configured key; NULL when the profile has no key for it. */
char *proposal_key(const SigningDomain *configured);
/* The record with one more term, put before the terms that say what happens to all others: before
 * "all" or "redirect", else at the end. */
char *proposal_spf_with(const SpfRecord *record, const char *term);
/* The record of the checked domain with the operator's include: within the limits on lookups where
 * that can be done without loss (spfbudget.h), else with the include alone. NULL without a record.
 */
SpfFit *proposal_spf_with_operator(const Evidence *evidence);
/* The record without that term of it, or with another text in its place. */
char *proposal_spf_replacing(const SpfRecord *record, const SpfTerm *term, const char *text);
/* What a TXT record that is nearly SPF was meant to be: quotes gone and the version spelled
 * "v=spf1"; NULL when the result would still be no proper record. */
char *proposal_spf_repaired(const char *text);
/* One record out of several at a name (RFC 7208 §4.5 allows one): all their terms, each once, and
 * "-all" when every one of them had it, else "~all". NULL when they are no plain lists: an invalid
 * term, or a redirect. */
char *proposal_spf_merged(const DnsAnswer *answer);
/* A first record: the term and "~all", which asks nobody to refuse anything. */
char *proposal_spf_new(const char *term);
/* "ip4:192.0.2.1" or "ip6:2001:db8::1"; NULL when ip is no address. */
char *proposal_spf_address(const char *ip);
/* A first record: watch only, with a report address in the domain itself. */
char *proposal_dmarc_new(const char *domain);

/* What a TXT record that is nearly DMARC was meant to be: quotes gone, "v=DMARC1" first and spelled
 * so; NULL when the result would still be no usable record. */
char *proposal_dmarc_repaired(const char *text);

#endif
