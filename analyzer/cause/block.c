#include "analyzer/cause/block.h"

#include "analyzer/base/own.h"

#include <string.h>

/* --- slots --- */

static void append_slot(HeaderBlock *block, Slot slot, Canon canon)
{
    const DkimSignature *signature = block->input->signature;
    size_t start = block->text->len;
    if (slot.is_signature)
        canon_signature_header(canon, slot.field->raw, signature->b_start, signature->b_end,
                               canon_to_string, block->text);
    else if (slot.field)
        canon_header(canon, slot.field->raw, canon_to_string, block->text);
    slot.text = span_of(NULL, block->text->len -
                                  start); /* placed by place_slots, once the buffer stands still */
    block->slots[block->n++] = slot;
}

static void place_slots(HeaderBlock *block)
{
    size_t offset = 0;
    for (size_t i = 0; i < block->n; i++) {
        Slot *slot = &block->slots[i];
        slot->text.p = block->text->str + offset;
        offset += slot->text.n;
        slot->value = MIN(span_find(slot->text, ':', 0) + 1, slot->text.n);
        while (slot->value < slot->text.n && byte_is_wsp(slot->text.p[slot->value]))
            slot->value++;
    }
}

static const EVP_MD *digest_of(HashAlg hash)
{
    return hash == HASH_SHA1 ? EVP_sha1() : EVP_sha256();
}

static void keep_states(HeaderBlock *block)
{
    block->states = g_new0(EVP_MD_CTX *, block->n);
    g_autoptr(EVP_MD_CTX) running = EVP_MD_CTX_new();
    EVP_DigestInit_ex(running, digest_of(block->oracle->hash), NULL);
    for (size_t i = 0; i < block->n; i++) {
        block->states[i] = EVP_MD_CTX_new();
        EVP_MD_CTX_copy_ex(block->states[i], running);
        EVP_DigestUpdate(running, block->slots[i].text.p, block->slots[i].text.n);
    }
}

HeaderBlock *block_new(const CauseInput *input, const HeaderOracle *oracle, Budget *budget)
{
    const DkimSignature *signature = input->signature;
    HeaderBlock *block = g_new0(HeaderBlock, 1);
    block->input = input;
    block->oracle = oracle;
    block->budget = budget;
    block->canon = signature->header_canon;
    block->text = g_string_new(NULL);
    block->slots = g_new0(Slot, signature->n_names + 1);
    block->work = EVP_MD_CTX_new();
    for (size_t i = 0; i < signature->n_names; i++) {
        const SignedName *name = &signature->names[i];
        append_slot(block,
                    (Slot){.name = name->name,
                           .field = name->present ? &input->source->fields[name->field] : NULL},
                    block->canon);
    }
    append_slot(block,
                (Slot){.name = "dkim-signature",
                       .field = &input->source->fields[signature->field],
                       .is_signature = true},
                block->canon);
    place_slots(block);
    keep_states(block);
    return block;
}

void block_free(HeaderBlock *block)
{
    if (!block)
        return;
    for (size_t i = 0; i < block->n; i++)
        EVP_MD_CTX_free(block->states[i]);
    g_free(block->states);
    EVP_MD_CTX_free(block->work);
    g_string_free(block->text, TRUE);
    if (block->found)
        g_string_free(block->found, TRUE);
    g_free(block->slots);
    g_free(block);
}

bool block_done(const HeaderBlock *block)
{
    return block->found || block->exhausted;
}

/* --- asking --- */

static bool pay(HeaderBlock *block, size_t octets)
{
    uint64_t price = block->oracle->has_digest ? octets : octets + BUDGET_ED25519_OCTETS;
    if (budget_spend(block->budget, price))
        return true;
    block->exhausted = true;
    return false;
}

static bool is_signed(HeaderBlock *block)
{
    const HeaderOracle *oracle = block->oracle;
    uint8_t digest[EVP_MAX_MD_SIZE];
    EVP_DigestFinal_ex(block->work, digest, NULL);
    if (oracle->has_digest)
        return memcmp(digest, oracle->digest, hash_size(oracle->hash)) == 0;
    return pubkey_verify(oracle->key, oracle->hash, digest, (const uint8_t *)oracle->signature.p,
                         oracle->signature.n);
}

static size_t slot_offset(const HeaderBlock *block, size_t slot)
{
    return (size_t)(block->slots[slot].text.p - block->text->str);
}

static void keep_found(HeaderBlock *block, const SlotEdit *edits, size_t n)
{
    block->found = g_string_new(NULL);
    size_t edit = 0;
    for (size_t i = 0; i < block->n; i++) {
        Span text = edit < n && edits[edit].slot == i ? edits[edit++].text : block->slots[i].text;
        g_string_append_len(block->found, text.p, (gssize)text.n);
    }
}

bool block_try(HeaderBlock *block, const SlotEdit *edits, size_t n)
{
    if (block_done(block) || n == 0)
        return false;
    size_t from = slot_offset(block, edits[0].slot);
    size_t octets = block->text->len - from;
    for (size_t i = 0; i < n; i++)
        octets = octets - block->slots[edits[i].slot].text.n + edits[i].text.n;
    if (!pay(block, octets))
        return false;
    EVP_MD_CTX_copy_ex(block->work, block->states[edits[0].slot]);
    for (size_t i = 0; i < n; i++) {
        EVP_DigestUpdate(block->work, edits[i].text.p, edits[i].text.n);
        size_t after = slot_offset(block, edits[i].slot) + block->slots[edits[i].slot].text.n;
        size_t until = i + 1 < n ? slot_offset(block, edits[i + 1].slot) : block->text->len;
        EVP_DigestUpdate(block->work, block->text->str + after, until - after);
    }
    if (!is_signed(block))
        return false;
    keep_found(block, edits, n);
    return true;
}

bool block_try_at(HeaderBlock *block, const EVP_MD_CTX *state, const SlotEdit *edits, size_t n)
{
    const SlotEdit *last = &edits[n - 1];
    size_t rest = slot_offset(block, last->slot) + block->slots[last->slot].text.n;
    if (block_done(block) || !pay(block, last->text.n + block->text->len - rest))
        return false;
    EVP_MD_CTX_copy_ex(block->work, state);
    EVP_DigestUpdate(block->work, last->text.p, last->text.n);
    EVP_DigestUpdate(block->work, block->text->str + rest, block->text->len - rest);
    if (!is_signed(block))
        return false;
    keep_found(block, edits, n);
    return true;
}

bool block_feed(HeaderBlock *block, EVP_MD_CTX *state, size_t start, size_t end)
{
    size_t from = start < block->n ? slot_offset(block, start) : block->text->len;
    size_t until = end < block->n ? slot_offset(block, end) : block->text->len;
    if (block->budget->spent + (until - from) > block->budget->units) {
        block->exhausted = true;
        return false;
    }
    block->budget->spent += until - from;
    block->budget->octets += until - from;
    EVP_DigestUpdate(state, block->text->str + from, until - from);
    return true;
}

bool block_try_from(HeaderBlock *block, const EVP_MD_CTX *state, size_t head, Span middle,
                    size_t rest)
{
    if (block_done(block) || !pay(block, middle.n + block->text->len - rest))
        return false;
    EVP_MD_CTX_copy_ex(block->work, state);
    if (middle.n > 0)
        EVP_DigestUpdate(block->work, middle.p, middle.n);
    EVP_DigestUpdate(block->work, block->text->str + rest, block->text->len - rest);
    if (!is_signed(block))
        return false;
    block->found = g_string_new_len(block->text->str, (gssize)head);
    g_string_append_len(block->found, middle.p, (gssize)middle.n);
    g_string_append_len(block->found, block->text->str + rest, (gssize)(block->text->len - rest));
    return true;
}

bool block_try_whole(HeaderBlock *block, Span text)
{
    if (block_done(block) || !pay(block, text.n))
        return false;
    EVP_DigestInit_ex(block->work, digest_of(block->oracle->hash), NULL);
    EVP_DigestUpdate(block->work, text.p, text.n);
    if (!is_signed(block))
        return false;
    block->found = g_string_new_len(text.p, (gssize)text.n);
    return true;
}

/* --- other text for a slot --- */

/* Where the value of b= stands in a raw signature field; both ends at the end when there is none.
 */
static void find_b(Span raw, size_t *start, size_t *end)
{
    size_t colon = span_find(raw, ':', 0);
    Span value = span_from(raw, MIN(colon + 1, raw.n));
    TagList tags = taglist_parse(value);
    const Tag *b = taglist_find(&tags, "b");
    *start = *end = raw.n;
    if (b) {
        size_t base = raw.n - value.n;
        size_t equals = span_find(value, '=', b->offset);
        *start = base + MIN(equals + 1, value.n);
        *end = base + span_find(value, ';', b->value_offset);
    }
    taglist_clear(&tags);
}

void block_canonical(const HeaderBlock *block, const Slot *slot, Span raw, GString *out)
{
    if (!slot->is_signature) {
        canon_header(block->canon, raw, canon_to_string, out);
        return;
    }
    size_t start, end;
    find_b(raw, &start, &end);
    canon_signature_header(block->canon, raw, start, end, canon_to_string, out);
}
