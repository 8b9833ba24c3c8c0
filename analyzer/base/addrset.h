/* addrset.h - sets of IP addresses, IPv4 and IPv6, exact to the address.
 *
 * An IPv4 address and the IPv6 address it can be mapped to (RFC 4291 §2.5.5.2) are two. A set of n
 * networks takes at most n ranges; adding one costs O(n), the rest O(n + m). Deviations: none.
 */
#ifndef MAILASSAY_BASE_ADDRSET_H
#define MAILASSAY_BASE_ADDRSET_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct AddrSet AddrSet;

AddrSet *addrset_new(void);
void addrset_free(AddrSet *set);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AddrSet, addrset_free)

/* "192.0.2.0/24", "2001:db8::/32", or an address alone; bits behind the prefix do not count. False,
 * and nothing is added, when it is neither. */
bool addrset_add(AddrSet *set, const char *network);
void addrset_add_all(AddrSet *set);
void addrset_unite(AddrSet *set, const AddrSet *other);
void addrset_subtract(AddrSet *set, const AddrSet *other);

bool addrset_is_empty(const AddrSet *set);
bool addrset_contains(const AddrSet *set, const AddrSet *other);
/* The fewest networks that make it up, IPv4 first, ascending, as addrset_add() takes them; an
 * address alone has no "/32" or "/128". NULL when they are more than max. Owned, NULL-terminated.
 */
char **addrset_networks(const AddrSet *set, size_t max);

#endif
