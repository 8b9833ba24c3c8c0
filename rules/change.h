/* change.h - a proposed record as changes of what stands in DNS: what to add, change and remove,
 * and the same as an overlay to try it out with.
 *
 * A TXT set is shared: of an SPF or DMARC record only its own kind is replaced, what else stands at
 * the name stays. At the name of a key nothing else may stand (RFC 6376 §3.6.2.2). What a wildcard
 * answered is not at the name; an alias goes, and the record stands in its place. A new alias to a
 * key takes the place of all texts at the name.
 */
#ifndef MAILASSAY_CHANGE_H
#define MAILASSAY_CHANGE_H

#include "rules/judge.h"

typedef struct Change {
    char *action;     /* "add", "change", "remove" */
    char *name;       /* owner, no final dot */
    const char *type; /* "TXT", "CNAME" */
    char *value; /* as one string; for "remove" what stands there now. Escaped, as ProposedRecord is
                  */
    char *was;   /* for "change" what stands there now, escaped; else NULL */
} Change;

typedef struct ChangePlan {
    Change *changes;
    size_t n;
    char *owner; /* whose TXT set it changes: two plans with one owner exclude each other */
    bool is_spf;
    GString *overlay; /* for dns_session_overlay */
} ChangePlan;

/* NULL when it is not to be proposed: our own parser refuses the record, DNS does not tell what
 * stands at the name, the name or value cannot be copied as it is, a DMARC policy would become
 * stricter, or all is so already. dns is asked for what stands at the name. Owned. */
ChangePlan *change_plan(const ProposedRecord *record, DnsSession *dns);
void change_plan_free(ChangePlan *plan);

#endif
