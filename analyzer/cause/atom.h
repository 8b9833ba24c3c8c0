/* atom.h - single explanations of a changed header block: small edits, each with its kind and its
 * price.
 *
 * An atom replaces the text of one slot or of several. Cheap atoms are likely ones; a style is one
 * rewriting habit, and its atoms are tried together over all slots. Two habits may lead to the same
 * text: the atom then belongs to both. Texts live as long as the list. The list is bounded: past
 * ATOMS_MAX nothing is added.
 */
#ifndef MAILASSAY_CAUSE_ATOM_H
#define MAILASSAY_CAUSE_ATOM_H

#include "analyzer/cause/block.h"

typedef struct Atom {
    const char *kind; /* id of the cause */
    char *detail;     /* for people, or NULL; in the list's arena */
    unsigned cost;    /* 1: very likely ... 9: far-fetched */
    SlotEdit *edits;  /* by slot, ascending */
    size_t n;
    size_t order; /* of arrival: ties are broken by it */
} Atom;

/* One atom of a rewriting habit. */
typedef struct Habit {
    unsigned style; /* 1 ... */
    size_t atom;    /* index */
} Habit;

enum { ATOMS_MAX = 12000 };

typedef struct AtomList {
    GArray *atoms;  /* of Atom */
    GArray *habits; /* of Habit */
    GStringChunk *arena;
    GHashTable *seen; /* slot and text of single-slot atoms, to the atom: duplicates are dropped */
    struct Hints *hints; /* what the rest of the message tells (variants_evidence.h); made when
                            first asked for */
} AtomList;

AtomList *atom_list_new(void);
void atom_list_free(AtomList *list);
Atom *atom_at(const AtomList *list, size_t i);
#define ATOM_NONE SIZE_MAX

/* Adds an atom for one slot from a raw field ("Name: value"); dropped when its canonical text is
 * that of the slot, or is in the list already. detail is copied; may be NULL. style 0: no habit.
 * Returns the atom of that text, or ATOM_NONE. */
size_t atom_add_field(AtomList *list, HeaderBlock *block, size_t slot, Span raw, const char *kind,
                      unsigned cost, unsigned style, const char *detail);
/* As atom_add_field, with a value instead of a field: the field's name and what stands before the
 * value are kept; an absent field gets its usual name. */
size_t atom_add_value(AtomList *list, HeaderBlock *block, size_t slot, Span value, const char *kind,
                      unsigned cost, unsigned style, const char *detail);
/* Makes an atom part of a habit too; none: nothing. */
void atom_add_habit(AtomList *list, size_t atom, unsigned style);
/* Adds an atom over several slots; texts are canonical and copied. */
void atom_add_edits(AtomList *list, const SlotEdit *edits, size_t n, const char *kind,
                    unsigned cost, const char *detail);

/* --- who knows what: each adds to the list what its trade suggests for one slot --- */

/* Signer faults, dropped and removed fields: whole-block atoms. */
void atoms_of_signer(AtomList *list, HeaderBlock *block);
void atoms_of_presence(AtomList *list, HeaderBlock *block);
/* Everything known about one field by its name and kind (variants*.c); of an absent one, what it
 * may have been. */
void atoms_of_slot(AtomList *list, HeaderBlock *block, size_t slot);

#endif
