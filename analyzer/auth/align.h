/* align.h - the signing-domain steps, in the order a support engineer works, each with its answer.
 *
 * Reads what was collected and asks DNS for the configured keys. Configuration x DNS x message, per
 * identity (From and Mail-from). The entry of an identity is the one of its domain; or of a domain
 * above it, when a signature on the message is of that one: then the signer evidently does sign for
 * the domains below. The steps about key and signature are about one entry: of the From domain
 * before the Mail-from domain, with a signature on the message before one without, active before
 * inactive.
 */
#ifndef MAILASSAY_AUTH_ALIGN_H
#define MAILASSAY_AUTH_ALIGN_H

#include "analyzer/auth/dkim.h"
#include "analyzer/auth/dmarc.h"
#include "analyzer/auth/keyuse.h"
#include "analyzer/auth/spf.h"
#include "analyzer/message/envelope.h"
#include "analyzer/profile.h"

/* One signing domain that matters for this message: its From or Mail-from domain is configured, or
 * a signature on the message is of it. */
typedef struct SigningDomainCheck {
    const SigningDomain *configured; /* borrowed from the Profile */
    bool is_from, is_mail_from;
    char *key_name;
    const DnsAnswer *answer; /* borrowed from the session */
    KeyRecord *published;    /* the single record, or NULL; owned */
    KeyPublication publication;
    KeyUseFound used; /* what the message's signatures say of it */
} SigningDomainCheck;

typedef enum StepAnswer { STEP_YES, STEP_NO, STEP_UNKNOWN, STEP_NOT_APPLICABLE } StepAnswer;
const char *step_answer_name(StepAnswer answer);

/* id: "from-domain", "from-in-list", "from-active", "mail-from-domain", "mail-from-in-list",
 * "mail-from-active", "key-published", "key-equal", "signature-present", "signature-verifies",
 * "spf-authorises", "from-aligned". */
typedef struct Step {
    const char *id;
    StepAnswer answer;
    char *object; /* the domain, key name or host the answer is about; or NULL */
    char *detail; /* a fact in terms of the field: a result word, an address; or NULL */
} Step;

typedef struct Alignment {
    char *from_domain; /* normal form, or NULL */
    char *mail_from_domain;
    bool spf_aligned, dkim_aligned;                              /* by RFC 9989, with a pass */
    const SigningDomain *from_configured, *mail_from_configured; /* or NULL */
    SigningDomainCheck *checks;
    size_t n_checks;
    Step *steps; /* empty without a profile that lists domains */
    size_t n_steps;
} Alignment;

Alignment *align_check(const Profile *profile, const Envelope *envelope, const DkimCheck *dkim,
                       const SpfCheck *spf, const DmarcCheck *dmarc, DnsSession *dns);
void alignment_free(Alignment *alignment);
/* Starts the key questions of the profile's entries for these two domains (either may be NULL). */
void align_prefetch(const Profile *profile, const char *from_domain, const char *mail_from_domain,
                    DnsSession *dns);

#endif
