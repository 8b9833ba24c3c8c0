/* variants.h - what one field may have looked like when it was signed: the trades behind
 * atoms_of_slot().
 *
 * Every trade knows one kind of value and adds atoms for it: text (subjects), addresses, dates,
 * message-ids, MIME fields, the signature field, and white space and spelling of any field. All are
 * bounded per slot.
 */
#ifndef MAILASSAY_CAUSE_VARIANTS_H
#define MAILASSAY_CAUSE_VARIANTS_H

#include "analyzer/cause/atom.h"
#include "analyzer/cause/variants_evidence.h"
#include "analyzer/cause/variants_words.h"

enum {
    VARIANT_FIELD_MAX = 16384, /* octets: longer fields get no variants */
    VARIANTS_PER_SLOT = 1500,
};

/* Rewriting habits, numbered so that every trade has its own range. */
enum {
    STYLE_SPACING = 1, /* folds, white space, spelling of names: any field */
    STYLE_ADDRESSES = 200,
    STYLE_MIME = 500,
    STYLE_MARKUP = 900, /* links around addresses */
    STYLE_WORDS = 1000, /* + index in Hints.styles */
};

typedef struct Variants {
    AtomList *list;
    HeaderBlock *block;
    const Hints *hints;
    size_t slot;
    const char *name;   /* lower case */
    const Field *field; /* NULL: absent */
    Span value;         /* as received, folds kept, trimmed; empty when absent */
    Span flat;          /* unfolded and trimmed */
    bool simple;        /* header canonicalization */
    size_t most;        /* the list grows to this for the slot */
} Variants;

typedef struct Reason {
    const char *kind;
    unsigned cost;
    unsigned style;     /* 0: no habit */
    const char *detail; /* or NULL; copied */
} Reason;

/* Adds a value; under simple canonicalization also folded in the usual ways. Returns its atom as
 * given, or ATOM_NONE. */
size_t variants_add(Variants *variants, Span value, Reason why);
bool variants_full(const Variants *variants);

/* Adds what `write` makes of the value in the likeliest styles of encoders, until `most` were
 * written (habits STYLE_WORDS + index). Styles that differ in the length of encoded-words only are
 * written once where the text is too short to tell. */
typedef struct WordsWriter {
    bool (*write)(void *context, const WordStyle *style, const char *separator, GString *out);
    bool (*fits)(void *context,
                 const WordStyle *style); /* whether no encoded-word would be split */
    void *context;
    bool ascii; /* only whole texts are worth encoding */
} WordsWriter;
void variants_add_words(Variants *variants, const WordsWriter *writer, size_t most, Reason why);

/* Text as in Subject: tags, encodings. */
void variants_text(Variants *variants);
void variants_addresses(Variants *variants);
void variants_date(Variants *variants);
void variants_message_id(Variants *variants);
/* Content-*, MIME-Version. */
void variants_mime(Variants *variants);
bool variants_is_mime(const char *name);
/* Values known from elsewhere in the message. */
void variants_evidence(Variants *variants);
/* Links in angle brackets, rewritten by link protection. */
void variants_links(Variants *variants);
/* White space, folds, spelling of the name. */
void variants_style(Variants *variants);
void variants_signature(Variants *variants);

/* One habit of spacing, folding and spelling (0 ... variants_spacings() - 1) laid over a whole raw
 * field. spelled: its name as in h=. False when the habit changes nothing. For searches that
 * combine it with other changes. */
bool variants_spacing(size_t habit, Span raw, Span spelled, GString *out);
size_t variants_spacings(void);
/* An unfolded value folded in the i-th usual way (0 ... variants_folds() - 1); tab: its field is
 * folded with tabs. name: octets before the value. False when there is nothing to fold. */
bool variants_fold(size_t i, bool tab, Span value, size_t name, GString *out);
size_t variants_folds(void);

/* A date as it stands in mail, liberally: its instant and the minutes its zone is east of UTC. */
bool variants_read_date(Span value, int64_t *time_s, int *zone);

/* Every date from two minutes before the signature's t= (without one: the likeliest moment known)
 * to one after, in every zone and in the usual forms; `each` returns false to stop. */
void variants_sweep_dates(const Hints *hints, bool (*each)(void *context, Span value),
                          void *context);

/* Text of a display name or subject without what was put before, after or into it: cheapest first.
 * Calls `found` with each remainder (UTF-8 or raw, as given). What follows a reply mark ("Re:
 * [list] x") counts as the start. */
typedef enum StripPlace { STRIPPED_START, STRIPPED_MIDDLE, STRIPPED_END } StripPlace;
typedef void (*StripFound)(void *context, Span rest, const char *detail, StripPlace place,
                           unsigned cost);
void variants_strip(Span text, StripFound found, void *context);

#endif
