/* packet.h - DNS messages: a question as octets, an answer as hops.
 *
 * RFC 1035 §4, RFC 6891 (EDNS), RFC 2308 §2 (negative answers), RFC 6604 §3 (the RCODE is about the
 * last alias).
 * ldns builds questions and expands compressed names. Its packet parser is not used: it leaks on
 * malformed messages. Reading is total: any octets give at least one hop.
 */
#ifndef MAILASSAY_DNS_PACKET_H
#define MAILASSAY_DNS_PACKET_H

#include "analyzer/dns/hop.h"

enum { PACKET_EDNS_OCTETS = 1232 }; /* fits every path without fragments */

/* A question with a random ID, recursion desired, with or without EDNS. Owned. */
GByteArray *packet_question(const char *name, DnsType type, bool edns);
/* Is it a response to an ordinary query at all? */
bool packet_is_response(const uint8_t *p, size_t n);
/* Did the server not understand the question, as those do that know no EDNS (RFC 6891 §7)? */
bool packet_is_formerr(const uint8_t *p, size_t n);
/* What the answer says about name and type, and about the aliases it leads through: see WireDeliver
 * in wire.h. */
GPtrArray *packet_hops(const uint8_t *p, size_t n, const char *name, DnsType type);

#endif
