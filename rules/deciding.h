/* deciding.h - on which signatures the verdict about a message hangs, and what is still open.
 *
 * A receiver needs one passing signature that is aligned with From (RFC 9989 §4.4, RFC 6376 §6.1:
 * any one will do). The faults of other signatures harm nobody. So the rules look at: the aligned
 * signatures that verify, or else all aligned ones, or else those that verify, or else all.
 */
#ifndef MAILASSAY_DECIDING_H
#define MAILASSAY_DECIDING_H

#include "rules/judge.h"

/* d= aligned with the author domain, whether or not the signature verifies. */
bool signature_aligned(const Evidence *evidence, const DkimSignature *signature);
/* A trusted receiver saw it pass: what fails is this copy, not the message that was delivered. */
bool signature_passed_on_receipt(const Evidence *evidence, const DkimSignature *signature);
/* It may pass, but a fact is missing: the key could not be asked for, the body is not there, or the
 * copy was changed. */
bool signature_open(const Evidence *evidence, const DkimSignature *signature);
/* Nothing speaks against it: it passes, or all but the missing body is right. */
bool signature_stands(const DkimSignature *signature);
bool signature_decides(const Evidence *evidence, const DkimSignature *signature);
/* Whether any signature passes, or may yet, aligned or not. */
bool signature_any_passes(const Evidence *evidence);
bool signature_any_open(const Evidence *evidence);
/* The configured signing domain whose selector it names; NULL when there is none. */
const SigningDomainCheck *signature_configured(const Evidence *evidence,
                                               const DkimSignature *signature);
/* It was made with the operator's key, while DNS has another: what to publish is known. */
bool signature_key_replaced(const Evidence *evidence, const DkimSignature *signature);
/* Calls check for each signature that decides; its object is "signature-N", counted from the top.
 */
void each_deciding(const Evidence *evidence, SignaturePredicate check, Verdicts *out);
/* How many of DkimCheck.signatures the rules look at: those over DKIM_MAX_SIGNATURES were not
 * verified. */
size_t signature_count(const Evidence *evidence);

/* To whom a cause points. A mailing list marks subjects and bodies like a receiver does: the whole
 * of what changed tells them apart. NULL: nobody can be named. */
const char *actor_of_cause(const CauseReport *report, const Cause *cause);

/* The copy begins with a header. When it is indented, quoted or begins with a blank line, fields
 * are missing because of the way it was saved, and their absence says nothing. */
bool header_found(const Evidence *evidence);
/* An aligned DKIM signature passes, and DMARC with it, or there is no DMARC record that asks for
 * more. */
bool carried_by_dkim(const Evidence *evidence);
/* Whether an aligned pass may yet come of a signature or of SPF that is open. */
bool alignment_open(const Evidence *evidence);
/* What is missing when authentication is open: "header", "body", "copy", or "authentication". */
const char *authentication_missing(const Evidence *evidence);
/* As sure as what the envelope says: given by the user or read from a trace field of the receiver
 * is evaluated. */
Certainty envelope_certainty(const EnvelopeFact *fact);
/* Of everything SPF depends on. */
Certainty spf_certainty(const Evidence *evidence);
bool spf_passes(const Evidence *evidence);

#endif
