/* headermix.c - changes in several fields at once: habits over all of them, and any few by their
 * total cost. */
#include "analyzer/cause/headersearch.h"
#include "analyzer/cause/variants.h"

#include "analyzer/base/own.h"

#include <string.h>

enum {
    WITH_HABIT_PER_SLOT = 40, /* cheapest atoms of a slot that are tried beside a habit */
    WITH_HABIT_OF = 200,
    TWO_WITH_HABIT_PER_SLOT = 4,
    TWO_WITH_HABIT_OF = 40,
    WIDE = 40, /* atoms over many slots that are tried beside others */
    WITH_WIDE_PER_SLOT = 30,
    WITH_WIDE_OF = 300,
    PAIRS_WITH_WIDE_OF = 24,
};

/* Merges the edits of atoms that touch different slots; 0 when two of them touch the same. */
static size_t merge(const Atom *const *atoms, size_t n, SlotEdit *edits, size_t room)
{
    size_t total = 0;
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < atoms[i]->n; j++) {
            if (total == room)
                return 0;
            size_t at = total;
            while (at > 0 && edits[at - 1].slot > atoms[i]->edits[j].slot) {
                edits[at] = edits[at - 1];
                at--;
            }
            if (at > 0 && edits[at - 1].slot == atoms[i]->edits[j].slot)
                return 0;
            edits[at] = atoms[i]->edits[j];
            total++;
        }
    }
    return total;
}

bool headermix_atoms(HeaderSearch *search, const Atom *const *atoms, size_t n)
{
    size_t room = 0;
    for (size_t i = 0; i < n; i++)
        room += atoms[i]->n;
    g_autofree SlotEdit *edits = g_new(SlotEdit, room);
    size_t total = merge(atoms, n, edits, room);
    if (total == 0 || !block_try(search->block, edits, total))
        return false;
    for (size_t i = 0; i < n; i++)
        header_explain_edits(search, atoms[i]->kind, atoms[i]->detail, atoms[i]->edits,
                             atoms[i]->n);
    return true;
}

/* The cheapest atoms, not more than `per_slot` of those that begin at the same slot. */
static size_t cheapest(const HeaderSearch *search, size_t per_slot, size_t all, const Atom **out)
{
    g_autofree size_t *used = g_new0(size_t, search->block->n);
    size_t n = 0;
    for (size_t i = 0; i < search->n && n < all; i++) {
        size_t slot = search->by_cost[i]->edits[0].slot;
        if (used[slot]++ < per_slot)
            out[n++] = search->by_cost[i];
    }
    return n;
}

/* --- habits --- */

static int compare_habits(const void *a, const void *b)
{
    const Habit *x = a, *y = b;
    if (x->style != y->style)
        return x->style < y->style ? -1 : 1;
    return x->atom < y->atom ? -1 : x->atom > y->atom;
}

static int compare_by_slot(const void *a, const void *b)
{
    const Atom *x = *(const Atom *const *)a, *y = *(const Atom *const *)b;
    if (x->edits[0].slot != y->edits[0].slot)
        return x->edits[0].slot < y->edits[0].slot ? -1 : 1;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int compare_members(gconstpointer a, gconstpointer b)
{
    return compare_by_slot(a, b);
}

static void clear_group(gpointer group)
{
    g_free(((Group *)group)->atoms);
}

/* For every style the cheapest atom of it in each slot. Habits that come to the same are kept
 * once. */
void headermix_group(HeaderSearch *search)
{
    search->groups = g_array_new(FALSE, FALSE, sizeof(Group));
    g_array_set_clear_func(search->groups, clear_group);
    GArray *habits = search->list->habits;
    g_array_sort(habits, compare_habits);
    g_autoptr(GHashTable) seen =
        g_hash_table_new_full(g_bytes_hash, g_bytes_equal, (GDestroyNotify)g_bytes_unref, NULL);
    g_autoptr(GPtrArray) chosen = g_ptr_array_new();
    for (guint start = 0, end; start < habits->len; start = end) {
        unsigned style = g_array_index(habits, Habit, start).style;
        g_ptr_array_set_size(chosen, 0);
        for (end = start; end < habits->len && g_array_index(habits, Habit, end).style == style;
             end++)
            g_ptr_array_add(
                chosen, (gpointer)atom_at(search->list, g_array_index(habits, Habit, end).atom));
        g_ptr_array_sort(chosen, compare_members);
        Group group = {style, g_new(const Atom *, chosen->len), 0};
        for (guint i = 0; i < chosen->len; i++) {
            const Atom *atom = g_ptr_array_index(chosen, i);
            if (group.n == 0 || group.atoms[group.n - 1]->edits[0].slot != atom->edits[0].slot)
                group.atoms[group.n++] = atom;
        }
        GBytes *key = g_bytes_new(group.atoms, group.n * sizeof *group.atoms);
        if (g_hash_table_add(seen, key))
            g_array_append_val(search->groups, group);
        else
            clear_group(&group);
    }
}

static bool try_group(HeaderSearch *search, const Group *group)
{
    g_autofree SlotEdit *edits = g_new(SlotEdit, group->n);
    for (size_t i = 0; i < group->n; i++)
        edits[i] = group->atoms[i]->edits[0];
    if (!block_try(search->block, edits, group->n))
        return false;
    header_explain_edits(search, group->atoms[0]->kind, group->atoms[0]->detail, edits, group->n);
    return true;
}

/* One habit over all fields. */
bool headermix_styles(HeaderSearch *search)
{
    for (guint i = 0; i < search->groups->len && !block_done(search->block); i++) {
        const Group *group = &g_array_index(search->groups, Group, i);
        if (group->n > 1 && try_group(search, group))
            return true;
    }
    return false;
}

/* The text that the atom gives its slot, with the habit laid over it where that can be done octet
 * by octet. */
static Span text_beside(const HeaderSearch *search, const Group *group, const Atom *atom,
                        GString *out)
{
    const HeaderBlock *block = search->block;
    Span text = atom->edits[0].text;
    size_t habit = group->style - STYLE_SPACING;
    if (block->canon == CANON_SIMPLE && habit < variants_spacings() &&
        !block->slots[atom->edits[0].slot].is_signature &&
        variants_spacing(habit, text, (Span){"", 0}, out))
        return span_of(out->str, out->len);
    return text;
}

/* The habit with other texts for some slots (ascending). */
static bool try_beside(HeaderSearch *search, const Group *group, const Atom *const *atoms, size_t n)
{
    g_autofree SlotEdit *edits = g_new(SlotEdit, group->n + n);
    g_autofree SlotEdit *own = g_new(SlotEdit, n);
    g_autofree SlotEdit *others = g_new(SlotEdit, group->n);
    g_autoptr(GString) spaced = g_string_new(NULL);
    size_t total = 0, n_others = 0, at = 0;
    for (size_t i = 0; i < n; i++)
        own[i] = (SlotEdit){atoms[i]->edits[0].slot,
                            n == 1 ? text_beside(search, group, atoms[i], spaced)
                                   : atoms[i]->edits[0].text};
    for (size_t i = 0; i < group->n; i++) {
        const SlotEdit *edit = &group->atoms[i]->edits[0];
        while (at < n && own[at].slot < edit->slot)
            edits[total++] = own[at++];
        if (at < n && own[at].slot == edit->slot)
            continue;
        edits[total++] = *edit;
        others[n_others++] = *edit;
    }
    while (at < n)
        edits[total++] = own[at++];
    if (n_others == 0 || !block_try(search->block, edits, total))
        return false;
    header_explain_edits(search, group->atoms[0]->kind, group->atoms[0]->detail, others, n_others);
    for (size_t i = 0; i < n; i++)
        header_explain_edits(search, atoms[i]->kind, atoms[i]->detail, &own[i], 1);
    return true;
}

static bool try_groups_beside(HeaderSearch *search, const Atom *const *atoms, size_t n)
{
    for (guint i = 0; i < search->groups->len; i++) {
        const Group *group = &g_array_index(search->groups, Group, i);
        if (group->n > 1 && try_beside(search, group, atoms, n))
            return true;
        if (block_done(search->block))
            return false;
    }
    return false;
}

/* One habit over all fields, but for one that changed in another way. */
bool headermix_styles_and_one(HeaderSearch *search)
{
    const Atom *atoms[WITH_HABIT_OF];
    size_t n = cheapest(search, WITH_HABIT_PER_SLOT, WITH_HABIT_OF, atoms);
    for (size_t i = 0; i < n && !block_done(search->block); i++)
        if (atoms[i]->n == 1 && try_groups_beside(search, &atoms[i], 1))
            return true;
    return false;
}

/* The same with two others. */
bool headermix_styles_and_two(HeaderSearch *search)
{
    const Atom *atoms[TWO_WITH_HABIT_OF];
    size_t n = cheapest(search, TWO_WITH_HABIT_PER_SLOT, TWO_WITH_HABIT_OF, atoms);
    for (size_t j = 1; j < n; j++) {
        for (size_t i = 0; i < j; i++) {
            bool ascending = atoms[i]->edits[0].slot < atoms[j]->edits[0].slot;
            const Atom *two[] = {atoms[ascending ? i : j], atoms[ascending ? j : i]};
            if (two[0]->n > 1 || two[1]->n > 1 || two[0]->edits[0].slot == two[1]->edits[0].slot)
                continue;
            if (try_groups_beside(search, two, 2))
                return true;
            if (block_done(search->block))
                return false;
        }
    }
    return false;
}

/* --- any few fields --- */

enum {
    MIX_DEPTH = 8,
    MIX_TOTALS_DEPTH = 5,
    MIX_FURTHER = 2 /* what every change after the first costs on top */
};

/* The atoms that change one slot, by slot and grade. */
typedef struct Mix {
    HeaderSearch *search;
    const Atom **atoms;
    size_t *slots; /* those that have atoms, ascending; block->n at the end */
    size_t n_slots;
    size_t (*starts)[GRADES + 2]; /* of each of them: where its atoms of a grade begin */
    EVP_MD_CTX *states[MIX_DEPTH];
    SlotEdit edits[MIX_DEPTH];
    const Atom *chosen[MIX_DEPTH];
} Mix;

static void mix_init(Mix *mix, HeaderSearch *search)
{
    *mix = (Mix){.search = search, .atoms = g_new(const Atom *, search->n + 1)};
    size_t n = 0;
    for (size_t i = 0; i < search->n; i++)
        if (search->by_cost[i]->n == 1)
            mix->atoms[n++] = search->by_cost[i];
    qsort(mix->atoms, n, sizeof *mix->atoms, compare_by_slot);
    mix->slots = g_new(size_t, n + 1);
    mix->starts = g_malloc_n(n + 1, sizeof *mix->starts);
    for (size_t at = 0; at < n;) {
        size_t slot = mix->atoms[at]->edits[0].slot;
        for (unsigned grade = 0; grade < GRADES + 2; grade++) {
            mix->starts[mix->n_slots][grade] = at;
            while (at < n && mix->atoms[at]->edits[0].slot == slot && mix->atoms[at]->cost <= grade)
                at++;
        }
        mix->slots[mix->n_slots++] = slot;
    }
    mix->slots[mix->n_slots] = search->block->n;
    for (size_t i = 0; i < MIX_DEPTH; i++)
        mix->states[i] = EVP_MD_CTX_new();
}

static void mix_clear(Mix *mix)
{
    for (size_t i = 0; i < MIX_DEPTH; i++)
        EVP_MD_CTX_free(mix->states[i]);
    g_free(mix->starts);
    g_free(mix->slots);
    g_free(mix->atoms);
}

static void choose(Mix *mix, size_t depth, const Atom *atom)
{
    mix->chosen[depth] = atom;
    mix->edits[depth] = atom->edits[0];
}

static void explain_mix(const Mix *mix, size_t depth)
{
    for (size_t i = 0; i <= depth; i++)
        header_explain_edits(mix->search, mix->chosen[i]->kind, mix->chosen[i]->detail,
                             &mix->edits[i], 1);
}

static bool try_last(Mix *mix, size_t depth, size_t at, unsigned cost)
{
    HeaderBlock *block = mix->search->block;
    if (cost > GRADES || depth == 0)
        return false;
    for (size_t i = mix->starts[at][cost]; i < mix->starts[at][cost + 1]; i++) {
        choose(mix, depth, mix->atoms[i]);
        if (block_try_at(block, mix->states[depth], mix->edits, depth + 1)) {
            explain_mix(mix, depth);
            return true;
        }
        if (block_done(block))
            return false;
    }
    return false;
}

/* All ways to spend exactly `left` on changes of mix->slots from `at` on. states[depth] holds what
 * stands before the first of them. */
static bool mix_from(Mix *mix, size_t depth, size_t at, unsigned left)
{
    HeaderBlock *block = mix->search->block;
    for (; at < mix->n_slots; at++) {
        if (try_last(mix, depth, at, left))
            return true;
        for (unsigned cost = 1;
             depth + 1 < MIX_TOTALS_DEPTH && cost <= GRADES && cost + MIX_FURTHER < left; cost++) {
            for (size_t i = mix->starts[at][cost]; i < mix->starts[at][cost + 1]; i++) {
                choose(mix, depth, mix->atoms[i]);
                EVP_MD_CTX *state = mix->states[depth + 1];
                EVP_MD_CTX_copy_ex(state, mix->states[depth]);
                EVP_DigestUpdate(state, mix->edits[depth].text.p, mix->edits[depth].text.n);
                if (block_feed(block, state, mix->slots[at] + 1, mix->slots[at + 1]) &&
                    mix_from(mix, depth + 1, at + 1, left - cost - MIX_FURTHER))
                    return true;
                if (block_done(block))
                    return false;
            }
        }
        if (block_done(block) ||
            !block_feed(block, mix->states[depth], mix->slots[at], mix->slots[at + 1]))
            return false;
    }
    return false;
}

bool headermix_totals(HeaderSearch *search)
{
    enum {
        LOWEST = 2 + MIX_FURTHER,
        HIGHEST = MIX_TOTALS_DEPTH * (GRADES + MIX_FURTHER) - MIX_FURTHER
    };
    Mix mix;
    mix_init(&mix, search);
    bool found = false;
    for (unsigned total = MAX(search->next_total, LOWEST); total <= HIGHEST; total++) {
        if (mix.n_slots > 0)
            EVP_MD_CTX_copy_ex(mix.states[0], search->block->states[mix.slots[0]]);
        found = mix_from(&mix, 0, 0, total);
        if (found || block_done(search->block))
            break;
        search->next_total = total + 1;
    }
    mix_clear(&mix);
    return found;
}

/* --- everything written again --- */

/* What a program that parses a message and writes it anew may have changed at once. */
static bool is_written_again(const char *name)
{
    static const char *const names[] = {
        "from",    "to",   "cc",           "reply-to",     "sender",
        "subject", "date", "mime-version", "content-type", "content-transfer-encoding"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

/* All ways to change any of mix->slots from `at` on, with the first `most` atoms of each. */
static bool product_from(Mix *mix, size_t depth, size_t at, size_t most)
{
    HeaderBlock *block = mix->search->block;
    for (; at < mix->n_slots && depth < MIX_DEPTH; at++) {
        size_t first = mix->starts[at][0], end = mix->starts[at][GRADES + 1];
        for (size_t i = first; i < end && i < first + most; i++) {
            choose(mix, depth, mix->atoms[i]);
            if (block_try_at(block, mix->states[depth], mix->edits, depth + 1)) {
                explain_mix(mix, depth);
                return true;
            }
            if (depth + 1 < MIX_DEPTH && at + 1 < mix->n_slots) {
                EVP_MD_CTX *state = mix->states[depth + 1];
                EVP_MD_CTX_copy_ex(state, mix->states[depth]);
                EVP_DigestUpdate(state, mix->edits[depth].text.p, mix->edits[depth].text.n);
                if (block_feed(block, state, mix->slots[at] + 1, mix->slots[at + 1]) &&
                    product_from(mix, depth + 1, at + 1, most))
                    return true;
            }
            if (block_done(block))
                return false;
        }
        if (!block_feed(block, mix->states[depth], mix->slots[at], mix->slots[at + 1]))
            return false;
    }
    return false;
}

/* As many atoms of each slot as make not too many products. */
static size_t product_width(const Mix *mix)
{
    enum { PRODUCTS = 100000, WIDEST = 40 };
    size_t width = 1;
    for (; width < WIDEST; width++) {
        size_t products = 1;
        for (size_t i = 0; i < mix->n_slots && products <= PRODUCTS; i++)
            products *= 1 + MIN(width + 1, mix->starts[i][GRADES + 1] - mix->starts[i][0]);
        if (products > PRODUCTS)
            break;
    }
    return width;
}

/* The likeliest ways for each of the fields that are written again together. */
bool headermix_product(HeaderSearch *search)
{
    Mix mix;
    mix_init(&mix, search);
    size_t n = 0;
    for (size_t i = 0; i < mix.n_slots; i++) {
        const Slot *slot = &search->block->slots[mix.slots[i]];
        if (!slot->field || !is_written_again(slot->name))
            continue;
        mix.slots[n] = mix.slots[i];
        memmove(mix.starts[n++], mix.starts[i], sizeof *mix.starts);
    }
    mix.n_slots = n;
    mix.slots[n] = search->block->n;
    bool found = false;
    if (n > 0) {
        EVP_MD_CTX_copy_ex(mix.states[0], search->block->states[mix.slots[0]]);
        found = product_from(&mix, 0, 0, product_width(&mix));
    }
    mix_clear(&mix);
    return found;
}

/* Fields added or dropped, signers that took other fields: with one or two changes beside. */
bool headermix_wide(HeaderSearch *search)
{
    const Atom *wide[WIDE], *others[WITH_WIDE_OF];
    size_t n_wide = 0, n = cheapest(search, WITH_WIDE_PER_SLOT, WITH_WIDE_OF, others);
    for (size_t i = 0; i < search->n && n_wide < WIDE; i++)
        if (search->by_cost[i]->n > 1)
            wide[n_wide++] = search->by_cost[i];
    for (size_t i = 0; i < n_wide; i++) {
        for (size_t j = 0; j < n; j++) {
            const Atom *chosen[] = {wide[i], others[j], NULL};
            if (headermix_atoms(search, chosen, 2))
                return true;
            for (size_t k = 0; k < j && j < PAIRS_WITH_WIDE_OF; k++) {
                chosen[2] = others[k];
                if (headermix_atoms(search, chosen, 3))
                    return true;
            }
            if (block_done(search->block))
                return false;
        }
    }
    return false;
}

/* --- MIME fields, which are written again together --- */

static size_t atoms_of_name(const HeaderSearch *search, const char *name, size_t most,
                            const Atom **out)
{
    size_t n = 0;
    for (size_t i = 0; i < search->n && n < most; i++) {
        const Atom *atom = search->by_cost[i];
        if (atom->n == 1 && strcmp(search->block->slots[atom->edits[0].slot].name, name) == 0)
            out[n++] = atom;
    }
    return n;
}

/* Content-Type, Content-Transfer-Encoding and MIME-Version at once; two of them are pairs. */
bool headermix_mime(HeaderSearch *search)
{
    enum { TYPES = 300, ENCODINGS = 16, VERSIONS = 12 };
    const Atom *types[TYPES], *encodings[ENCODINGS], *versions[VERSIONS];
    size_t n_types = atoms_of_name(search, "content-type", TYPES, types);
    size_t n_encodings = atoms_of_name(search, "content-transfer-encoding", ENCODINGS, encodings);
    size_t n_versions = atoms_of_name(search, "mime-version", VERSIONS, versions);
    for (size_t i = 0; i < n_types; i++) {
        for (size_t j = 0; j < n_encodings; j++) {
            for (size_t k = 0; k < n_versions; k++) {
                const Atom *three[] = {types[i], encodings[j], versions[k]};
                if (headermix_atoms(search, three, 3))
                    return true;
                if (block_done(search->block))
                    return false;
            }
        }
    }
    return false;
}

void headermix_clear(HeaderSearch *search)
{
    if (search->groups)
        g_array_unref(search->groups);
    search->groups = NULL;
}
