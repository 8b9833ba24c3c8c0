/* rehearse.h - the same message, sent in another way: changed and signed in memory, laid over what
 * DNS would say, collected and judged again.
 *
 * The signature of a rehearsal is that of dkim_sign.h: nothing it makes leaves the program. The
 * message is rehearsed as it was received, so a rehearsal tells who would be authenticated and
 * aligned, not what is done to the body on the way. Why other signatures fail is not searched.
 * Results own nothing and borrow nothing.
 */
#ifndef MAILASSAY_REHEARSE_H
#define MAILASSAY_REHEARSE_H

#include "rules/remedy.h"

/* What the rehearsals of one message share; all borrowed. */
typedef struct Stage {
    const EvidenceInput *input;
    const Evidence *evidence; /* collected from input */
    const Catalogue *catalogue;
} Stage;

/* What is otherwise than it was; NULL: as it was. */
typedef struct Rehearsal {
    const char *mail_from, *client_ip, *helo;
    /* Value of From. The fields that belonged to the old one go: every DKIM-Signature, ARC, Sender.
     */
    const char *from;
    const char *reply_to; /* value of Reply-To, for a message without one that gets another From */
    /* A signing domain that is set up and active; with `sign` the message gets a signature of it,
     * by the key that rehearse_record() publishes, in place of one with the same d= and s=. */
    const char *domain, *selector;
    bool sign;
    const char *overlay; /* zone text, as dns_session_overlay() takes it */
} Rehearsal;

typedef struct Rehearsed {
    RemedyState state;
    bool spf_aligned, dkim_aligned; /* by RFC 9989, with a pass */
    bool open;                      /* DNS did not tell enough */
    unsigned spf_lookups;           /* of the whole record that was checked */
} Rehearsed;

Rehearsed rehearse(const Stage *stage, const Rehearsal *rehearsal);
/* The key record that goes with `sign`. Owned. */
char *rehearse_record(void);
/* A TXT record as a line of an overlay: strings of at most 255 octets (RFC 1035 §3.3). */
void rehearse_lay_text(GString *overlay, const char *name, const char *value);

#endif
