/* spfbudget.h - an SPF record brought within what receivers look up, letting through what it let
 * through.
 *
 * RFC 7208 §4.6.4: 10 lookups, 2 void lookups; the latter are counted for clients of either family.
 * Every address gets the result that it would get if there were no limits, as DNS is now: terms
 * keep their order and qualifiers, and only those are touched that
 *   - no client can reach, or that match none: taken out, no upkeep;
 *   - name hosts: their addresses stand instead, to be changed when a host moves;
 *   - include records made of addresses: their networks stand instead, to be watched.
 * Of several ways the first in this order is taken: fewest includes replaced by networks, fewest
 * hosts by addresses, fewest terms taken out, fewest octets. It is sought up to 450 octets for the
 * whole record (RFC 7208 §3.4), and if there is none, up to what fits a DNS answer over UDP.
 *
 * What stays as it is: the operator's own include, redirect, exists, ptr, names with macros, and
 * includes with any of these, with a fault or with DNS trouble below them. An include is matched by
 * its "pass" alone (RFC 7208 §5.2), so that -, ~ and ? inside it cut holes and match nothing.
 * Deviation: an include of a name without a record makes every check that comes to it fail; it is
 * taken for one that matches nothing. Of ways that could be followed at a time, those beyond 1024,
 * the dearest, are not: no record short enough to be published comes near. Time: under a tenth of a
 * second for a tree of 100 lookups that was made to take long.
 */
#ifndef MAILASSAY_SPFBUDGET_H
#define MAILASSAY_SPFBUDGET_H

#include "analyzer/auth/spf.h"

typedef enum SpfSwapKind {
    SWAP_GONE,            /* leads to no record, or to no address */
    SWAP_ITSELF,          /* includes the record that it stands in */
    SWAP_EMPTY,           /* an include that lets nothing through */
    SWAP_COVERED,         /* another term, `standing`, matches all that it matches */
    SWAP_BEHIND_ALL,      /* never read; all such terms are one swap */
    SWAP_HOSTS,           /* a or mx, by its addresses */
    SWAP_HOSTS_LISTED,    /* the addresses stand in the record already */
    SWAP_NETWORKS,        /* include, by its networks */
    SWAP_NETWORKS_LISTED, /* the networks stand in the record already */
} SpfSwapKind;
const char *spf_swap_name(SpfSwapKind kind); /* "gone", "itself", "hosts-listed" ... */
/* The record has to be changed when what the term stands for changes. */
bool spf_swap_needs_upkeep(SpfSwapKind kind);

typedef struct SpfSwap {
    SpfSwapKind kind;
    char *term; /* as it stands in the record */
    char *by;   /* what stands there instead, "" for nothing */
    char *now;  /* hosts and networks: what the term stands for as of this survey, "192.0.2.1
                   2001:db8::/64"; covered: the other term; else "" */
} SpfSwap;

typedef struct SpfFit {
    char *text; /* the record */
    SpfSwap *swaps;
    size_t n; /* 0: it was within the limits */
    unsigned lookups;
    unsigned voids; /* the most for clients of one family; more than 2 only where it was more and no
                       way leads to 2 */
} SpfFit;

/* survey: of the record, with hosts (spf_survey_hosts) unless it is within the limits. own: the
 * operator's include, or NULL. addition: the survey of an include to be put before the terms that
 * decide on all others (proposal.h), or NULL. NULL when there is no way without loss, or no record
 * that can be read. Owned. */
SpfFit *spfbudget_fit(const SpfSurvey *survey, const char *own, const SpfSurvey *addition);
void spf_fit_free(SpfFit *fit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SpfFit, spf_fit_free)

/* A term that the owner may drop. */
typedef struct SpfCost {
    char *term; /* escaped */
    unsigned lookups;
    bool enough; /* without this one alone the rest is within the limit */
} SpfCost;

/* When nothing can be had without loss: the terms that ask DNS, dearest first, but for the
 * operator's own include, NULL for none. excess: lookups that are too many. Owned; free with
 * spf_costs_free. */
SpfCost *spfbudget_costs(const SpfSurvey *survey, const char *own, unsigned excess, size_t *n);
void spf_costs_free(SpfCost *costs, size_t n);

void spf_swap_copy(SpfSwap *to, const SpfSwap *from);
void spf_swap_clear(SpfSwap *swap);

#endif
