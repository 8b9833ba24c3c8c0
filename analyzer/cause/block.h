/* block.h - the canonical header block as slots, and one question: is this what was signed?
 *
 * Slots are the mentions of h= in order, then the signature field (RFC 6376 §3.7). The text of all
 * slots stands in one buffer and the hash state before every slot is kept, so that a hypothesis
 * about slot i hashes only from there on. Every question is paid from the budget; after a yes, or
 * when the budget is used up, nothing more is asked.
 */
#ifndef MAILASSAY_CAUSE_BLOCK_H
#define MAILASSAY_CAUSE_BLOCK_H

#include "analyzer/cause/header.h"

#include <openssl/evp.h>

typedef struct Slot {
    const char *name;   /* lower case */
    const Field *field; /* NULL: over-signed, no instance */
    bool is_signature;
    Span text;    /* canonical, as received; in HeaderBlock.text */
    size_t value; /* offset in text of the value: after "name:" and the white space behind it */
} Slot;

typedef struct HeaderBlock {
    const CauseInput *input;
    const HeaderOracle *oracle;
    Budget *budget;
    Canon canon;
    GString *text; /* all slots */
    Slot *slots;
    size_t n;
    EVP_MD_CTX **states; /* before each slot */
    EVP_MD_CTX *work;
    GString *found; /* the block as signed, once found */
    bool exhausted;
} HeaderBlock;

/* A slot with other text. */
typedef struct SlotEdit {
    size_t slot;
    Span text; /* canonical; borrowed */
} SlotEdit;

HeaderBlock *block_new(const CauseInput *input, const HeaderOracle *oracle, Budget *budget);
void block_free(HeaderBlock *block);
/* Found, or no budget left: stop asking. */
bool block_done(const HeaderBlock *block);

/* edits by slot, ascending. True when that is what was signed; block->found is set then. */
bool block_try(HeaderBlock *block, const SlotEdit *edits, size_t n);
/* The same when `state` holds everything before the last of the edits, the other edits included. */
bool block_try_at(HeaderBlock *block, const EVP_MD_CTX *state, const SlotEdit *edits, size_t n);
/* Feeds the slots from `start` up to `end` as received; the work is paid for. False when there is
 * no budget left. */
bool block_feed(HeaderBlock *block, EVP_MD_CTX *state, size_t start, size_t end);
/* For exhaustive edits inside one slot: `state` holds everything before `middle`; `rest` is the
 * offset in block->text from where the block goes on. `head` is the offset up to which the block is
 * as received. */
bool block_try_from(HeaderBlock *block, const EVP_MD_CTX *state, size_t head, Span middle,
                    size_t rest);
/* Another block altogether, not made of slots. */
bool block_try_whole(HeaderBlock *block, Span text);

/* Canonical text of a raw field ("Name: value", final line end optional), appended to out; for the
 * signature field its b= is emptied and its final CRLF left out. */
void block_canonical(const HeaderBlock *block, const Slot *slot, Span raw, GString *out);

#endif
