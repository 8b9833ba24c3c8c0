/* header.h - the header block as it was signed: hypotheses by knowledge, then exhaustively.
 *
 * Slots are the mentions of h= that took a field, then the signature field itself. A hypothesis
 * replaces the canonical text of one slot or more; the hash state up to the first changed slot is
 * kept, so only what follows is hashed again. Order: single explanations by cost; one habit for all
 * fields; every contiguous deletion in every slot; a habit and one other change; pairs by cost;
 * every one-octet edit; three to five at once; the remaining pairs. Every stage has its share of
 * the budget. Ed25519 answers one question a verification, so only the likeliest are asked. When
 * nothing is found, what can be seen of the loss is said instead (headerloss.h), as not
 * reconstructable.
 */
#ifndef MAILASSAY_CAUSE_HEADER_H
#define MAILASSAY_CAUSE_HEADER_H

#include "analyzer/cause/cause.h"

/* What a hypothesis is compared with. */
typedef struct HeaderOracle {
    bool has_digest; /* RSA: recovered from b= */
    HashAlg hash;
    uint8_t digest[32];
    const Pubkey *key; /* Ed25519: one verification per hypothesis */
    Span signature;
} HeaderOracle;

typedef struct HeaderFound {
    GBytes *block;     /* canonical header block as signed; NULL when not found */
    GArray *causes;    /* of Cause, side header */
    GArray *ruled_out; /* of RuledOut */
    bool exhausted;    /* the budget ended the search */
} HeaderFound;

void header_search(const CauseInput *input, const HeaderOracle *oracle, Budget *budget,
                   HeaderFound *found);
void header_found_clear(HeaderFound *found);

#endif
