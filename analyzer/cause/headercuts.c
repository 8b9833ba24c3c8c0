/* headercuts.c - one field, exhaustively: whatever was put into it, one octet changed or lost, a
 * date set again. */
#include "analyzer/cause/headersearch.h"
#include "analyzer/cause/variants.h"

#include "analyzer/base/own.h"

#include <string.h>

enum {
    DENSE_SLOT = 700,   /* octets: in longer slots cuts begin and end at tokens only */
    SPARSE_TOKENS = 16, /* how many tokens such a cut takes at most, when it is not at an end */
    CUT_SLOT = 16384,   /* octets: longer slots get no cuts */
    EDIT_SLOT = 1500,   /* octets: longer slots get no one-octet edits */
};

static size_t offset_of(const HeaderBlock *block, const Slot *slot)
{
    return (size_t)(slot->text.p - block->text->str);
}

/* Where the editable octets of a slot end: before its CRLF. */
static size_t slot_end(const Slot *slot)
{
    return slot->is_signature || slot->text.n < 2 ? slot->text.n : slot->text.n - 2;
}

static bool at_token(const Slot *slot, size_t i)
{
    return i == slot->value || i >= slot_end(slot) ||
           strchr(" \t,;<>\"[]():=@./", slot->text.p[i]) ||
           strchr(" \t,;<>\"[]():=@./", slot->text.p[i - 1]);
}

static const char *kind_of_insertion(const Slot *slot, size_t start, size_t end)
{
    bool first = start == slot->value, last = end == slot_end(slot);
    if (strcmp(slot->name, "subject") == 0)
        return first  ? "header-subject-tag"
               : last ? "header-subject-suffix"
                      : "header-text-inserted";
    if (strcmp(slot->name, "from") == 0 && start < span_find(slot->text, '<', slot->value))
        return "header-display-name-tag";
    return slot->is_signature ? "header-signature-respaced" : "header-text-inserted";
}

static void explain_span(HeaderSearch *search, size_t slot, const char *kind, size_t signed_length)
{
    const HeaderBlock *block = search->block;
    Cause *cause = header_add_cause(search, kind, NULL);
    header_place_cause(search, cause, slot);
    Span before = span_of(block->found->str + offset_of(block, &block->slots[slot]), signed_length);
    cause_set_change(cause, before, block->slots[slot].text);
}

/* The stops of cuts that begin at `start`: every octet in short slots; in long ones the next
 * tokens, or all when the cut begins the value, and always the end. */
static size_t next_stop(const Slot *slot, size_t start, size_t stop, size_t tokens)
{
    size_t end = slot_end(slot);
    if (slot->text.n <= DENSE_SLOT)
        return stop + 1;
    if (tokens >= SPARSE_TOKENS && start != slot->value)
        return stop < end ? end : end + 1;
    for (stop++; stop < end && !at_token(slot, stop);)
        stop++;
    return stop;
}

/* Every contiguous run of octets taken out: whatever was inserted, and wherever. */
static bool try_cuts(HeaderSearch *search, size_t index)
{
    HeaderBlock *block = search->block;
    const Slot *slot = &block->slots[index];
    size_t base = offset_of(block, slot), end = slot_end(slot);
    if (slot->text.n > CUT_SLOT)
        return false;
    g_autoptr(EVP_MD_CTX) state = EVP_MD_CTX_new();
    EVP_MD_CTX_copy_ex(state, block->states[index]);
    EVP_DigestUpdate(state, slot->text.p, slot->value);
    for (size_t start = slot->value; start < end; start++) {
        bool begins = slot->text.n <= DENSE_SLOT || at_token(slot, start);
        size_t tokens = 0;
        for (size_t stop = next_stop(slot, start, start, 0); begins && stop <= end;) {
            if (block_try_from(block, state, base + start, (Span){0}, base + stop)) {
                explain_span(search, index, kind_of_insertion(slot, start, stop),
                             slot->text.n - (stop - start));
                return true;
            }
            if (block_done(block))
                return false;
            stop = next_stop(slot, start, stop, ++tokens);
        }
        EVP_DigestUpdate(state, slot->text.p + start, 1);
    }
    return false;
}

/* The same in a short slot, beside an atom for another one. */
static bool try_cuts_beside(HeaderSearch *search, size_t index, const Atom *atom)
{
    HeaderBlock *block = search->block;
    const Slot *slot = &block->slots[index];
    size_t end = slot_end(slot);
    g_autoptr(GString) text = g_string_sized_new(slot->text.n);
    for (size_t start = slot->value; start < end; start++) {
        for (size_t stop = start + 1; stop <= end; stop++) {
            g_string_truncate(text, 0);
            g_string_append_len(text, slot->text.p, (gssize)start);
            g_string_append_len(text, slot->text.p + stop, (gssize)(slot->text.n - stop));
            SlotEdit cut = {index, span_of(text->str, text->len)};
            bool first = index < atom->edits[0].slot;
            SlotEdit edits[] = {first ? cut : atom->edits[0], first ? atom->edits[0] : cut};
            if (block_try(block, edits, 2)) {
                header_explain_edits(search, kind_of_insertion(slot, start, stop), NULL, &cut, 1);
                header_explain_edits(search, atom->kind, atom->detail, atom->edits, 1);
                return true;
            }
            if (block_done(block))
                return false;
        }
    }
    return false;
}

/* Something put into the subject or into a name, wherever, and one likely change elsewhere. */
bool headercuts_insertions_and_one(HeaderSearch *search)
{
    enum { BESIDE_SLOT = 110, BESIDE_OF = 60 };
    HeaderBlock *block = search->block;
    for (size_t i = 0; i < search->n && i < BESIDE_OF; i++) {
        const Atom *atom = search->by_cost[i];
        for (size_t slot = 0; slot < block->n && atom->n == 1; slot++) {
            const Slot *of = &block->slots[slot];
            bool named = strcmp(of->name, "subject") == 0 || strcmp(of->name, "from") == 0;
            if (!of->field || !named || of->text.n > BESIDE_SLOT || atom->edits[0].slot == slot)
                continue;
            if (try_cuts_beside(search, slot, atom))
                return true;
            if (block_done(block))
                return false;
        }
    }
    return false;
}

static bool try_octet(HeaderSearch *search, size_t index, const EVP_MD_CTX *state, size_t at,
                      size_t replaced)
{
    HeaderBlock *block = search->block;
    const Slot *slot = &block->slots[index];
    size_t base = offset_of(block, slot);
    for (int c = 0x20; c < 0x7f; c++) {
        char octet = (char)c;
        if (replaced == 1 && slot->text.p[at] == octet)
            continue;
        if (block_try_from(block, state, base + at, span_of(&octet, 1), base + at + replaced)) {
            explain_span(search, index, "header-character-changed", slot->text.n - replaced + 1);
            return true;
        }
        if (block_done(block))
            return false;
    }
    return false;
}

/* Every octet exchanged, and every octet put back where one may have been lost. */
static bool try_octets(HeaderSearch *search, size_t index)
{
    HeaderBlock *block = search->block;
    const Slot *slot = &block->slots[index];
    size_t end = slot_end(slot);
    if (slot->text.n > EDIT_SLOT)
        return false;
    g_autoptr(EVP_MD_CTX) state = EVP_MD_CTX_new();
    EVP_MD_CTX_copy_ex(state, block->states[index]);
    EVP_DigestUpdate(state, slot->text.p, slot->value);
    for (size_t at = slot->value; at <= end && !block_done(block); at++) {
        if ((at < end && try_octet(search, index, state, at, 1)) ||
            try_octet(search, index, state, at, 0))
            return true;
        if (at < end)
            EVP_DigestUpdate(state, slot->text.p + at, 1);
    }
    return false;
}

typedef struct SlotSize {
    size_t slot, size;
} SlotSize;

static int by_size(const void *a, const void *b)
{
    const SlotSize *x = a, *y = b;
    if (x->size != y->size)
        return x->size < y->size ? -1 : 1;
    return x->slot < y->slot ? -1 : x->slot > y->slot;
}

/* Short slots first: they are cheap, and tags are put into short fields. */
static bool try_slots(HeaderSearch *search, bool (*try)(HeaderSearch *, size_t))
{
    const HeaderBlock *block = search->block;
    g_autofree SlotSize *slots = g_new(SlotSize, block->n);
    size_t n = 0;
    for (size_t i = 0; i < block->n; i++)
        if (block->slots[i].field)
            slots[n++] = (SlotSize){i, block->slots[i].text.n};
    qsort(slots, n, sizeof *slots, by_size);
    for (size_t i = 0; i < n && !block_done(block); i++)
        if (try(search, slots[i].slot))
            return true;
    return false;
}

bool headercuts_insertions(HeaderSearch *search)
{
    return try_slots(search, try_cuts);
}

bool headercuts_octets(HeaderSearch *search)
{
    return try_slots(search, try_octets);
}

/* --- dates --- */

typedef struct Sweep {
    HeaderSearch *search;
    size_t slot;
    GString *text;
} Sweep;

static bool try_date(void *context, Span value)
{
    Sweep *sweep = context;
    HeaderBlock *block = sweep->search->block;
    const Slot *slot = &block->slots[sweep->slot];
    g_string_truncate(sweep->text, 0);
    g_string_append_len(sweep->text, slot->text.p, (gssize)slot->value);
    g_string_append_len(sweep->text, value.p, (gssize)value.n);
    g_string_append(sweep->text, "\r\n");
    SlotEdit edit = {sweep->slot, span_of(sweep->text->str, sweep->text->len)};
    if (block_try(block, &edit, 1)) {
        header_explain_edits(sweep->search, "header-date-replaced", NULL, &edit, 1);
        return false;
    }
    return !block_done(block);
}

bool headercuts_dates(HeaderSearch *search)
{
    HeaderBlock *block = search->block;
    if (!search->list->hints)
        return false;
    for (size_t i = 0; i < block->n; i++) {
        if (strcmp(block->slots[i].name, "date") != 0 || !block->slots[i].field)
            continue;
        g_autoptr(GString) text = g_string_new(NULL);
        Sweep sweep = {search, i, text};
        variants_sweep_dates(search->list->hints, try_date, &sweep);
        return block->found != NULL;
    }
    return false;
}
