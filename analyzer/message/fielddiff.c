#include "analyzer/message/fielddiff.h"

#include <string.h>

const char *field_change_name(FieldChange change)
{
    static const char *const names[] = {"added", "removed", "changed", "refolded"};
    return names[change];
}

/* --- what is equal --- */

/* The field with CRLF as LF and without the last line end. */
static GBytes *plain_of(const Field *field)
{
    GString *out = g_string_sized_new(field->raw.n);
    for (size_t i = 0; i < field->raw.n; i++) {
        char c = field->raw.p[i];
        if (c == '\r' && i + 1 < field->raw.n && field->raw.p[i + 1] == '\n')
            continue;
        g_string_append_c(out, c);
    }
    if (out->len > 0 && out->str[out->len - 1] == '\n')
        g_string_truncate(out, out->len - 1);
    return g_string_free_to_bytes(out);
}

static GBytes *name_of(const Field *field)
{
    char *lower = g_ascii_strdown(field->name.p, (gssize)field->name.n);
    return g_bytes_new_take(lower, strlen(lower));
}

/* Name, colon, and the words of the value with one space between them: what readers see. */
static GString *words_of(const Field *field)
{
    GString *out = g_string_sized_new(field->raw.n);
    g_autoptr(GBytes) name = name_of(field);
    g_string_append_len(out, g_bytes_get_data(name, NULL), (gssize)g_bytes_get_size(name));
    g_string_append_c(out, ':');
    bool blank = false;
    Span value = span_trim(field->value);
    for (size_t i = 0; i < value.n; i++) {
        if (byte_is_fws(value.p[i])) {
            blank = true;
            continue;
        }
        if (blank)
            g_string_append_c(out, ' ');
        blank = false;
        g_string_append_c(out, value.p[i]);
    }
    return out;
}

/* --- pairs --- */

typedef GBytes *(*KeyOf)(const Field *field);

/* Takes fields of a and b with the same key together, from the bottom up. Only those that are not
 * taken yet: partner[i] of a field of b is the field of a, or a->n_fields. */
typedef struct Pairing {
    const Source *a, *b;
    bool *taken;     /* of each field of a */
    size_t *partner; /* of each field of b */
} Pairing;

static void pair_by(Pairing *pairing, KeyOf key_of)
{
    g_autoptr(GHashTable) index = g_hash_table_new_full(
        g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, (GDestroyNotify)g_array_unref);
    /* Each list holds the fields of one key, the lowest of them last. */
    for (size_t i = 0; i < pairing->a->n_fields; i++) {
        if (pairing->taken[i])
            continue;
        GBytes *key = key_of(&pairing->a->fields[i]);
        GArray *same = g_hash_table_lookup(index, key);
        if (same == NULL) {
            same = g_array_new(FALSE, FALSE, sizeof(size_t));
            g_hash_table_insert(index, g_bytes_ref(key), same);
        }
        g_array_append_val(same, i);
        g_bytes_unref(key);
    }
    for (size_t i = pairing->b->n_fields; i-- > 0;) {
        if (pairing->partner[i] < pairing->a->n_fields)
            continue;
        g_autoptr(GBytes) key = key_of(&pairing->b->fields[i]);
        GArray *same = g_hash_table_lookup(index, key);
        if (same == NULL || same->len == 0)
            continue;
        size_t lowest = g_array_index(same, size_t, same->len - 1);
        g_array_set_size(same, same->len - 1);
        pairing->partner[i] = lowest;
        pairing->taken[lowest] = true;
    }
}

static size_t first_difference(Span a, Span b)
{
    size_t n = MIN(a.n, b.n), i = 0;
    while (i < n && a.p[i] == b.p[i])
        i++;
    return i;
}

static FieldDifference changed(const Source *a, const Source *b, size_t in_a, size_t in_b)
{
    const Field *x = &a->fields[in_a], *y = &b->fields[in_b];
    GString *words_a = words_of(x), *words_b = words_of(y);
    bool same = g_string_equal(words_a, words_b);
    g_string_free(words_a, TRUE);
    g_string_free(words_b, TRUE);
    size_t at = first_difference(x->raw, y->raw);
    return (FieldDifference){same ? FIELD_REFOLDED : FIELD_CHANGED, in_a, in_b, x->offset + at,
                             y->offset + at};
}

static bool is_equal(const Field *a, const Field *b)
{
    g_autoptr(GBytes) x = plain_of(a), y = plain_of(b);
    return g_bytes_equal(x, y);
}

FieldDifferences *fielddiff_new(const Source *a, const Source *b)
{
    g_autofree bool *taken = g_new0(bool, a->n_fields + 1);
    g_autofree size_t *partner = g_new(size_t, b->n_fields + 1);
    for (size_t i = 0; i < b->n_fields; i++)
        partner[i] = a->n_fields;
    Pairing pairing = {a, b, taken, partner};
    pair_by(&pairing, plain_of);
    pair_by(&pairing, name_of);

    GArray *items = g_array_new(FALSE, FALSE, sizeof(FieldDifference));
    for (size_t i = 0; i < b->n_fields; i++) {
        FieldDifference item = {FIELD_ADDED, a->n_fields, i, 0, 0};
        if (partner[i] < a->n_fields) {
            if (is_equal(&a->fields[partner[i]], &b->fields[i]))
                continue;
            item = changed(a, b, partner[i], i);
        }
        g_array_append_val(items, item);
    }
    for (size_t i = 0; i < a->n_fields; i++) {
        FieldDifference item = {FIELD_REMOVED, i, b->n_fields, 0, 0};
        if (!taken[i])
            g_array_append_val(items, item);
    }
    FieldDifferences *differences = g_new0(FieldDifferences, 1);
    differences->n = items->len;
    differences->items = (FieldDifference *)(void *)g_array_free(items, FALSE);
    return differences;
}

void fielddiff_free(FieldDifferences *differences)
{
    if (differences == NULL)
        return;
    g_free(differences->items);
    g_free(differences);
}
