/* presence.c - fields that came, went or were doubled after signing, and signers that hashed other
 * fields than they said.
 *
 * RFC 6376 §5.4.2: the n-th mention of a name in h= takes the n-th instance from the bottom; a
 * mention without an instance is the null string, so that an added instance breaks the signature.
 */
#include "analyzer/cause/atom.h"

#include "analyzer/auth/fieldindex.h"

#include <string.h>

enum { DROPS_MAX = 200, DROPS_WORK = 400000 /* slots looked at */, ABSENT_MAX = 60 };

/* --- edits over many slots --- */

typedef struct Edits {
    SlotEdit *list;
    size_t n;
    GPtrArray *texts;
} Edits;

static Edits edits_new(const HeaderBlock *block)
{
    return (Edits){g_new(SlotEdit, block->n), 0, g_ptr_array_new_with_free_func(g_free)};
}

static void edits_clear(Edits *edits)
{
    g_free(edits->list);
    g_ptr_array_unref(edits->texts);
}

/* Takes text over when it differs from what the slot has. */
static void edit(Edits *edits, const HeaderBlock *block, size_t slot, GString *text)
{
    Span span = span_of(text->str, text->len);
    if (span_equal(span, block->slots[slot].text)) {
        g_string_free(text, TRUE);
        return;
    }
    g_ptr_array_add(edits->texts, g_string_free(text, FALSE));
    edits->list[edits->n++] = (SlotEdit){slot, span};
}

static void add_edits(AtomList *list, Edits *edits, const char *kind, unsigned cost,
                      const char *detail)
{
    if (edits->n > 0)
        atom_add_edits(list, edits->list, edits->n, kind, cost, detail);
    edits_clear(edits);
}

static void field_text(const HeaderBlock *block, const Field *field, GString *out)
{
    if (field)
        canon_header(block->canon, field->raw, canon_to_string, out);
}

/* --- what the signer may have done --- */

static void add_other_canon(AtomList *list, HeaderBlock *block)
{
    const DkimSignature *signature = block->input->signature;
    Canon other = block->canon == CANON_SIMPLE ? CANON_RELAXED : CANON_SIMPLE;
    Edits edits = edits_new(block);
    for (size_t i = 0; i < block->n; i++) {
        const Slot *slot = &block->slots[i];
        GString *text = g_string_new(NULL);
        if (slot->is_signature)
            canon_signature_header(other, slot->field->raw, signature->b_start, signature->b_end,
                                   canon_to_string, text);
        else if (slot->field)
            canon_header(other, slot->field->raw, canon_to_string, text);
        edit(&edits, block, i, text);
    }
    add_edits(list, &edits, "signer-header-other-canon", 1, canon_name(other));
}

/* A signer that hashes "name:" for a field that is not there, instead of nothing. */
static void add_missing_as_empty(AtomList *list, HeaderBlock *block)
{
    Edits edits = edits_new(block);
    for (size_t i = 0; i < block->n; i++)
        if (!block->slots[i].field)
            edit(&edits, block, i, g_string_append(g_string_new(block->slots[i].name), ":\r\n"));
    add_edits(list, &edits, "signer-missing-as-empty", 1, NULL);
}

static void add_trailing_crlf(AtomList *list, HeaderBlock *block)
{
    const Slot *last = &block->slots[block->n - 1];
    GString *text = g_string_new_len(last->text.p, (gssize)last->text.n);
    Edits edits = edits_new(block);
    edit(&edits, block, block->n - 1, g_string_append(text, "\r\n"));
    add_edits(list, &edits, "signer-trailing-crlf", 1, NULL);
}

/* A signer that keeps the space of a fold right after the colon. */
static void add_fold_space(AtomList *list, HeaderBlock *block)
{
    if (block->canon != CANON_RELAXED)
        return;
    Edits edits = edits_new(block);
    for (size_t i = 0; i < block->n; i++) {
        const Slot *slot = &block->slots[i];
        const Field *field = slot->field;
        bool folded =
            field && field->value.n > 1 && (field->value.p[0] == '\r' || field->value.p[0] == '\n');
        if (!folded)
            continue;
        GString *text = g_string_new_len(slot->text.p, (gssize)slot->value);
        g_string_append_c(text, ' ');
        g_string_append_len(text, slot->text.p + slot->value, (gssize)(slot->text.n - slot->value));
        edit(&edits, block, i, text);
    }
    add_edits(list, &edits, "signer-fold-space", 2, NULL);
}

/* --- which instance a mention takes --- */

/* How slots are filled again with the fields of the message: from the bottom, as RFC 6376 §5.4.2
 * wants it, or from the top; without one field, or without all that stand before the `above`-th of
 * the message. */
typedef struct Refill {
    const Field *without;
    size_t above;
    bool top_down;
} Refill;

static bool is_left_out(const HeaderBlock *block, const Refill *how, const Field *field)
{
    return field == how->without || (size_t)(field - block->input->source->fields) < how->above;
}

static void refill(AtomList *list, HeaderBlock *block, const FieldIndex *index, Refill how,
                   const char *kind, unsigned cost, const char *detail)
{
    g_autoptr(GHashTable) used = g_hash_table_new(g_str_hash, g_str_equal);
    Edits edits = edits_new(block);
    for (size_t i = 0; i + 1 < block->n; i++) {
        const char *name = block->slots[i].name;
        size_t taken = GPOINTER_TO_SIZE(g_hash_table_lookup(used, name));
        FieldGroup group = fieldindex_find(index, span_str(name));
        const Field *field = NULL;
        for (; taken < group.n && !field; taken++) {
            field = &block->input->source
                         ->fields[group.fields[how.top_down ? taken : group.n - 1 - taken]];
            if (is_left_out(block, &how, field))
                field = NULL;
        }
        g_hash_table_insert(used, (void *)name, GSIZE_TO_POINTER(taken));
        if (field != block->slots[i].field) {
            GString *text = g_string_new(NULL);
            field_text(block, field, text);
            edit(&edits, block, i, text);
        }
    }
    add_edits(list, &edits, kind, cost, detail);
}

static bool is_duplicate(const HeaderBlock *block, const Field *field, FieldGroup group)
{
    for (size_t i = 0; i < group.n; i++) {
        const Field *other = &block->input->source->fields[group.fields[i]];
        if (other != field && span_equal(span_trim(other->value), span_trim(field->value)))
            return true;
    }
    return false;
}

static void add_drops(AtomList *list, HeaderBlock *block, const FieldIndex *index)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    size_t drops = 0, most = MIN(DROPS_MAX, DROPS_WORK / block->n);
    for (size_t i = 0; i + 1 < block->n; i++) {
        FieldGroup group = fieldindex_find(index, span_str(block->slots[i].name));
        if (!g_hash_table_add(seen, (void *)block->slots[i].name))
            continue;
        for (size_t j = 0; j < group.n && drops < most; j++, drops++) {
            const Field *field = &block->input->source->fields[group.fields[j]];
            const char *kind =
                is_duplicate(block, field, group) ? "header-duplicated" : "header-added";
            refill(list, block, index, (Refill){.without = field}, kind, 2, NULL);
        }
    }
}

/* --- fields that were removed and whose value can be guessed --- */

static const struct {
    const char *name;
    const char *values[12];
} defaults[] = {
    {"mime-version", {"1.0", "1.0 (produced by MetaSend Vx.x)"}},
    {"content-transfer-encoding",
     {"7bit", "8bit", "quoted-printable", "base64", "binary", "7BIT", "8BIT"}},
    {"content-type",
     {"text/plain; charset=us-ascii", "text/plain; charset=utf-8", "text/plain; charset=\"utf-8\"",
      "text/plain; charset=UTF-8", "text/plain; charset=\"UTF-8\"", "text/html; charset=utf-8",
      "text/html; charset=\"utf-8\"", "text/html; charset=UTF-8", "text/plain",
      "text/plain; charset=iso-8859-1", "text/html"}},
    {"content-disposition", {"inline", "attachment"}},
    {"content-language", {"en", "en-US", "nl", "nl-NL", "de", "de-DE", "fr"}},
    {"importance", {"normal", "high", "low"}},
    {"priority", {"normal", "urgent", "non-urgent"}},
    {"x-priority", {"3", "1", "5", "3 (Normal)", "1 (Highest)"}},
    {"precedence", {"bulk", "list", "junk"}},
    {"auto-submitted", {"auto-generated", "auto-replied", "no"}},
    {"x-auto-response-suppress", {"All", "OOF, AutoReply", "DR, RN, NRN, OOF, AutoReply", "OOF"}},
    {"list-unsubscribe-post", {"List-Unsubscribe=One-Click"}},
    {"x-mailer", {"PHPMailer"}},
};

static void add_removed_value(AtomList *list, HeaderBlock *block, size_t slot, const char *spelling,
                              Span value, unsigned cost)
{
    g_autoptr(GString) raw = g_string_new(spelling);
    g_string_append(raw, ": ");
    g_string_append_len(raw, value.p, (gssize)value.n);
    g_string_append(raw, "\r\n");
    GString *text = g_string_new(NULL);
    canon_header(block->canon, span_of(raw->str, raw->len), canon_to_string, text);
    Edits edits = edits_new(block);
    edit(&edits, block, slot, text);
    add_edits(list, &edits, "header-removed", cost, NULL);
}

/* "Mime-Version" for "mime-version": matters for simple canonicalization only. */
static char *title_case(const char *name)
{
    char *out = g_strdup(name);
    bool start = true;
    for (char *c = out; *c; c++) {
        if (start)
            *c = (char)g_ascii_toupper(*c);
        start = *c == '-';
    }
    return out;
}

static void add_removed(AtomList *list, HeaderBlock *block, size_t slot, unsigned cost)
{
    const Source *source = block->input->source;
    const char *name = block->slots[slot].name;
    g_autofree char *spelling =
        strcmp(name, "mime-version") == 0 ? g_strdup("MIME-Version") : title_case(name);
    for (size_t i = 0; i < G_N_ELEMENTS(defaults); i++)
        for (size_t j = 0; strcmp(defaults[i].name, name) == 0 && j < 12 && defaults[i].values[j];
             j++)
            add_removed_value(list, block, slot, spelling, span_str(defaults[i].values[j]), cost);
    /* Who answers and who sends is often the author again. */
    static const char *const mirrored[] = {"reply-to",  "sender", "return-path",
                                           "errors-to", "to",     "x-sender"};
    static const char *const mirrors[] = {"from",     "return-path",  "sender",
                                          "reply-to", "delivered-to", "x-original-to"};
    for (size_t i = 0; i < G_N_ELEMENTS(mirrored); i++) {
        for (size_t j = 0; strcmp(mirrored[i], name) == 0 && j < G_N_ELEMENTS(mirrors); j++) {
            const Field *field = source_field(source, mirrors[j], 0);
            if (!field)
                continue;
            Span value = span_trim(field->value);
            add_removed_value(list, block, slot, spelling, value, cost);
            size_t open = span_find(value, '<', 0), close = span_find(value, '>', open);
            if (close < value.n)
                add_removed_value(list, block, slot, spelling,
                                  span_of(value.p + open + 1, close - open - 1), cost);
            if (close < value.n)
                add_removed_value(list, block, slot, spelling,
                                  span_of(value.p + open, close - open + 1), cost + 1);
        }
    }
}

/* --- the two entries --- */

void atoms_of_signer(AtomList *list, HeaderBlock *block)
{
    g_autoptr(FieldIndex) index = fieldindex_new(block->input->source);
    add_other_canon(list, block);
    add_missing_as_empty(list, block);
    add_trailing_crlf(list, block);
    add_fold_space(list, block);
    refill(list, block, index, (Refill){.top_down = true}, "signer-top-down", 3,
           NULL); /* equal octets: an added field is likelier */
}

void atoms_of_presence(AtomList *list, HeaderBlock *block)
{
    g_autoptr(FieldIndex) index = fieldindex_new(block->input->source);
    add_drops(list, block, index);
    /* Whoever signs puts the signature on top: what stands above it came later. */
    refill(list, block, index, (Refill){.above = block->input->signature->field}, "header-added", 1,
           "all above the signature");
    g_autoptr(GHashTable) mentions = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0; i + 1 < block->n; i++) {
        const char *name = block->slots[i].name;
        size_t before = GPOINTER_TO_SIZE(g_hash_table_lookup(mentions, name));
        g_hash_table_insert(mentions, (void *)name, GSIZE_TO_POINTER(before + 1));
    }
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (size_t i = 0, absent = 0; i + 1 < block->n && absent < ABSENT_MAX; i++) {
        const char *name = block->slots[i].name;
        if (!g_hash_table_add(seen, (void *)name) || block->slots[i].field)
            continue;
        absent++;
        bool once = GPOINTER_TO_SIZE(g_hash_table_lookup(mentions, name)) == 1;
        add_removed(list, block, i, once ? 2 : 4);
    }
}
