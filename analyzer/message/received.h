/* received.h - trace fields (RFC 5321 §4.4, RFC 3848) as real software writes them.
 *
 * Total: any value gives a Received; what was not found is NULL. Knows the shapes of Postfix, Exim,
 * sendmail, qmail, Exchange and Exchange Online, Gmail, Amazon SES, CommuniGate, MDaemon, Zimbra,
 * Haraka, OpenSMTPD and others by form, not by name: "from HELO (RDNS [IP])", "from [IP]
 * (helo=HELO)", "from HELO (IP)", "(HELO x) (y@IP)", ... Of several addresses the one nearest to
 * "by" is taken: what stands before it can be the client's own words. The value alone is read,
 * without the field's name, and of it the first 64 KiB (cfws.h).
 */
#ifndef MAILASSAY_MESSAGE_RECEIVED_H
#define MAILASSAY_MESSAGE_RECEIVED_H

#include "analyzer/message/source.h"

typedef struct Received {
    char *helo; /* what the client called itself */
    char *rdns; /* what the receiver found for the IP; NULL for "unknown" */
    char *ip;   /* normalised by GInetAddress; NULL when there is none */
    char *by;
    char *by_ip; /* the receiver's own address where it says so, or NULL */
    char *with;  /* "ESMTPS" ... as written */
    char *id;
    char *envelope_for;  /* address without brackets */
    char *envelope_from; /* "(envelope-from <...>)", or NULL; "" is the null sender */
    char *tls;  /* "TLSv1.3 cipher ..." as written, or "yes" from a with-protocol that has S; else
                   NULL */
    char *date; /* after the last ";", trimmed */
    bool date_valid;
    int64_t time_s;
    bool is_relay; /* a hop over the network: has a from clause with host or address */
} Received;

Received *received_parse(Span value); /* the field's value, folds included */
void received_free(Received *received);

/* An IP address in any of the forms of trace fields, as text of GInetAddress: brackets, "IPv6:",
 * zone index, port after it; an IPv4-mapped IPv6 address gives the IPv4 one. NULL when it is none.
 * Owned. */
char *received_ip(Span text);
/* The address of a path: without brackets and source route; "" for "<>" (RFC 5321 §4.1.1.2). Owned.
 */
char *received_path(Span path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Received, received_free)

#endif
