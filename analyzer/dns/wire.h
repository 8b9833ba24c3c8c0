/* wire.h - live DNS: questions out, hops in. RFC 1035 §4, RFC 6891 (EDNS), RFC 7766 (TCP after
 * truncation).
 *
 * ldns builds the packets, c-ares carries them: several servers, retries, TCP. One thread of our
 * own drives the c-ares channel and is the only one that touches it, so questions proceed while
 * nobody waits. At most 64 are under way, the others queue. Every question ends within its time,
 * counted from wire_start().
 */
#ifndef MAILASSAY_DNS_WIRE_H
#define MAILASSAY_DNS_WIRE_H

#include "analyzer/dns/hop.h"

typedef struct Wire Wire;

/* Takes the hops of one question (Hop *, owned by the receiver), never none. The first is of the
 * question itself, each further one continues an alias. A last hop that is an alias itself points
 * outside of what the server told. Called on the wire's thread. */
typedef void (*WireDeliver)(void *arg, GPtrArray *hops);

Wire *wire_new(const DnsOptions *options, WireDeliver deliver, void *arg, GError **error);
/* Starts a question at once; any thread. name is canonical. */
void wire_start(Wire *wire, const char *name, DnsType type);
/* Stops. Questions under way are dropped without delivery. */
void wire_free(Wire *wire);

#endif
