#include "analyzer/cause/atom.h"

#include "analyzer/cause/variants_evidence.h"

#include <string.h>

AtomList *atom_list_new(void)
{
    AtomList *list = g_new0(AtomList, 1);
    list->atoms = g_array_new(FALSE, TRUE, sizeof(Atom));
    list->habits = g_array_new(FALSE, FALSE, sizeof(Habit));
    list->arena = g_string_chunk_new(4096);
    list->seen =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    return list;
}

void atom_list_free(AtomList *list)
{
    if (!list)
        return;
    for (guint i = 0; i < list->atoms->len; i++)
        g_free(g_array_index(list->atoms, Atom, i).edits);
    g_array_unref(list->atoms);
    g_string_chunk_free(list->arena);
    g_hash_table_unref(list->seen);
    g_array_unref(list->habits);
    hints_free(list->hints);
    g_free(list);
}

Atom *atom_at(const AtomList *list, size_t i)
{
    return &g_array_index(list->atoms, Atom, i);
}

static Span keep(AtomList *list, Span text)
{
    return span_of(g_string_chunk_insert_len(list->arena, text.p, (gssize)text.n), text.n);
}

static void append(AtomList *list, const SlotEdit *edits, size_t n, const char *kind, unsigned cost,
                   const char *detail)
{
    Atom atom = {.kind = kind,
                 .detail = detail ? g_string_chunk_insert(list->arena, detail) : NULL,
                 .cost = cost,
                 .edits = g_new(SlotEdit, n),
                 .n = n,
                 .order = list->atoms->len};
    for (size_t i = 0; i < n; i++)
        atom.edits[i] = (SlotEdit){edits[i].slot, keep(list, edits[i].text)};
    g_array_append_val(list->atoms, atom);
}

void atom_add_habit(AtomList *list, size_t atom, unsigned style)
{
    Habit habit = {style, atom};
    if (style > 0 && atom != ATOM_NONE)
        g_array_append_val(list->habits, habit);
}

/* The atom of that slot and text: an older one, or the next to be appended. */
static bool is_new(AtomList *list, size_t slot, Span text, size_t *atom)
{
    GByteArray *octets = g_byte_array_new();
    g_byte_array_append(octets, (const guint8 *)&slot, sizeof slot);
    g_byte_array_append(octets, (const guint8 *)text.p, (guint)text.n);
    GBytes *key = g_byte_array_free_to_bytes(octets);
    gpointer found;
    if (g_hash_table_lookup_extended(list->seen, key, NULL, &found)) {
        *atom = GPOINTER_TO_SIZE(found);
        g_bytes_unref(key);
        return false;
    }
    *atom = list->atoms->len;
    g_hash_table_insert(list->seen, key, GSIZE_TO_POINTER(*atom));
    return true;
}

size_t atom_add_field(AtomList *list, HeaderBlock *block, size_t slot, Span raw, const char *kind,
                      unsigned cost, unsigned style, const char *detail)
{
    if (list->atoms->len >= ATOMS_MAX)
        return ATOM_NONE;
    g_autoptr(GString) text = g_string_sized_new(raw.n + 8);
    block_canonical(block, &block->slots[slot], raw, text);
    Span canonical = span_of(text->str, text->len);
    if (span_equal(canonical, block->slots[slot].text))
        return ATOM_NONE;
    size_t atom;
    if (is_new(list, slot, canonical, &atom)) {
        SlotEdit edit = {slot, canonical};
        append(list, &edit, 1, kind, cost, detail);
    } else if (cost < atom_at(list, atom)->cost) { /* the likelier of two explanations stands */
        atom_at(list, atom)->kind = kind;
        atom_at(list, atom)->detail = detail ? g_string_chunk_insert(list->arena, detail) : NULL;
        atom_at(list, atom)->cost = cost;
    }
    atom_add_habit(list, atom, style);
    return atom;
}

static void append_usual_name(GString *out, const char *name)
{
    static const char *const usual[] = {"MIME-Version", "Message-ID", "Content-ID",
                                        "DKIM-Signature"};
    for (size_t i = 0; i < G_N_ELEMENTS(usual); i++) {
        if (g_ascii_strcasecmp(name, usual[i]) == 0) {
            g_string_append(out, usual[i]);
            return;
        }
    }
    for (bool start = true; *name; start = *name++ == '-')
        g_string_append_c(out, start ? g_ascii_toupper(*name) : *name);
}

size_t atom_add_value(AtomList *list, HeaderBlock *block, size_t slot, Span value, const char *kind,
                      unsigned cost, unsigned style, const char *detail)
{
    const Field *field = block->slots[slot].field;
    g_autoptr(GString) raw = g_string_sized_new(value.n + 64);
    if (field) {
        g_string_append_len(raw, field->raw.p, field->value.p - field->raw.p);
        for (size_t i = 0; i < field->value.n && byte_is_fws(field->value.p[i]); i++)
            g_string_append_c(raw, field->value.p[i]);
    } else {
        append_usual_name(raw, block->slots[slot].name);
        g_string_append(raw, ": ");
    }
    g_string_append_len(raw, value.p, (gssize)value.n);
    g_string_append(raw, "\r\n");
    return atom_add_field(list, block, slot, span_of(raw->str, raw->len), kind, cost, style,
                          detail);
}

void atom_add_edits(AtomList *list, const SlotEdit *edits, size_t n, const char *kind,
                    unsigned cost, const char *detail)
{
    if (list->atoms->len < ATOMS_MAX)
        append(list, edits, n, kind, cost, detail);
}
