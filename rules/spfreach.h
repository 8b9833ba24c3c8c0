/* spfreach.h - whom a surveyed SPF term matches, as far as that can be told without the client.
 *
 * RFC 7208 §5. Terms come from spf_survey(), with hosts from spf_survey_hosts(). Deviations: the
 * limits on lookups are not regarded.
 */
#ifndef MAILASSAY_SPFREACH_H
#define MAILASSAY_SPFREACH_H

#include "analyzer/auth/spf.h"
#include "analyzer/base/addrset.h"

/* The addresses that the term matches, as DNS is now; for an include those that get a "pass" in it
 * (§5.2). NULL when they are not known exactly: macros, exists, ptr, a fault or DNS trouble, or
 * more than 512 terms. Owned. */
AddrSet *spfreach_of(const SpfTerm *term);
/* Whether outer matches whatever inner matches, by how the records are made: they are the same, or
 * inner stands below outer, and nothing before it can decide otherwise. Both are terms of one
 * record. */
bool spfreach_covers(const SpfTerm *outer, const SpfTerm *inner);
bool spfreach_is_same(const SpfTerm *a, const SpfTerm *b);
/* Nothing in it or below it can end in an error, as DNS is now. */
bool spfreach_is_clean(const SpfTerm *term);
/* No record or no address is behind its name, so that it matches nobody. */
bool spfreach_leads_nowhere(const SpfTerm *term);
/* Its target hangs on the message. */
bool spfreach_has_macro(const SpfTerm *term);
/* False for modifiers other than redirect, for what stands behind `all`, and for a redirect beside
 * one (§5.1). */
bool spfreach_is_read(const SpfRecord *record, const SpfTerm *term);

#endif
