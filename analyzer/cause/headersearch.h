/* headersearch.h - one header search under way: what its stages share. */
#ifndef MAILASSAY_CAUSE_HEADERSEARCH_H
#define MAILASSAY_CAUSE_HEADERSEARCH_H

#include "analyzer/cause/atom.h"

/* Atoms of a slot are graded by cost and rank: each grade has about three times as many as the one
 * before. */
enum { GRADES = 6 };

/* A habit and what it does to each slot. */
typedef struct Group {
    unsigned style;
    const Atom **atoms; /* by slot, ascending */
    size_t n;
} Group;

typedef struct HeaderSearch {
    HeaderBlock *block;
    HeaderFound *found;
    AtomList *list;
    const Atom **by_cost; /* all atoms, cheapest first */
    size_t n;
    size_t next_single;  /* in by_cost: where try_singles goes on */
    unsigned next_total; /* where headermix_totals goes on */
    GArray *groups;      /* of Group */
} HeaderSearch;

/* --- what a hit says (header.c) --- */

Cause *header_add_cause(const HeaderSearch *search, const char *kind, const char *detail);
/* Names the slot's field in the cause and points there. */
void header_place_cause(const HeaderSearch *search, Cause *cause, size_t slot);
/* One cause for all edits that one habit made. */
void header_explain_edits(const HeaderSearch *search, const char *kind, const char *detail,
                          const SlotEdit *edits, size_t n);

/* --- stages: true when the block was found; else everything was tried or the budget is used up ---
 */

/* Changes in several fields at once (headermix.c). */
bool headermix_atoms(HeaderSearch *search, const Atom *const *atoms,
                     size_t n);                      /* just these together */
void headermix_group(HeaderSearch *search);          /* fills search->groups */
bool headermix_styles(HeaderSearch *search);         /* one habit over all fields */
bool headermix_styles_and_one(HeaderSearch *search); /* but for one field */
bool headermix_styles_and_two(HeaderSearch *search);
bool headermix_totals(HeaderSearch *search);  /* any two to five, by total cost */
bool headermix_product(HeaderSearch *search); /* likely ones of all content fields */
bool headermix_wide(HeaderSearch *search);    /* with atoms over many slots */
bool headermix_mime(HeaderSearch *search);    /* the MIME fields together */
void headermix_clear(HeaderSearch *search);

/* One field, exhaustively (headercuts.c). */
bool headercuts_insertions(HeaderSearch *search);
bool headercuts_insertions_and_one(HeaderSearch *search);
bool headercuts_octets(HeaderSearch *search);
bool headercuts_dates(HeaderSearch *search);

#endif
