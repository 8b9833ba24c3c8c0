#include "analyzer/base/difference.h"

#include <string.h>

const char *difference_side_name(DifferenceSide side)
{
    static const char *const names[] = {"both", "before", "after"};
    return names[side];
}

/* --- pieces --- */

static Span between(Span text, size_t start, size_t end)
{
    return span_of(text.p + start, end - start);
}

/* Joins what follows on the last piece of the same side. */
static void add_piece(GArray *pieces, DifferenceSide side, Span octets)
{
    if (octets.n == 0)
        return;
    DifferencePiece *last =
        pieces->len > 0 ? &g_array_index(pieces, DifferencePiece, pieces->len - 1) : NULL;
    if (last != NULL && last->side == side && last->octets.p + last->octets.n == octets.p) {
        last->octets.n += octets.n;
        return;
    }
    DifferencePiece piece = {side, octets};
    g_array_append_val(pieces, piece);
}

static bool inside_character(Span text, size_t at)
{
    return at < text.n && ((unsigned char)text.p[at] & 0xc0) == 0x80;
}

static size_t common_head(Span a, Span b)
{
    size_t n = 0, shorter = MIN(a.n, b.n);
    while (n < shorter && a.p[n] == b.p[n])
        n++;
    while (n > 0 && (inside_character(a, n) || inside_character(b, n)))
        n--;
    return n;
}

static size_t common_tail(Span a, Span b)
{
    size_t n = 0, shorter = MIN(a.n, b.n);
    while (n < shorter && a.p[a.n - 1 - n] == b.p[b.n - 1 - n])
        n++;
    while (n > 0 && inside_character(a, a.n - n))
        n--;
    return n;
}

/* A run of words that was replaced by another, down to the octet. */
static void add_change(GArray *pieces, Span before, Span after)
{
    size_t head = common_head(before, after);
    Span a = span_from(before, head), b = span_from(after, head);
    size_t tail = common_tail(a, b);
    add_piece(pieces, DIFFERENCE_BOTH, between(before, 0, head));
    add_piece(pieces, DIFFERENCE_BEFORE, between(a, 0, a.n - tail));
    add_piece(pieces, DIFFERENCE_AFTER, between(b, 0, b.n - tail));
    add_piece(pieces, DIFFERENCE_BOTH, between(a, a.n - tail, a.n));
}

/* --- words --- */

static bool is_word_octet(char c)
{
    return g_ascii_isalnum(c) || (unsigned char)c >= 0x80;
}

static size_t word_length(Span text)
{
    size_t n = 0;
    while (n < text.n && is_word_octet(text.p[n]))
        n++;
    if (n > 0)
        return n;
    return text.n > 1 && text.p[0] == '\r' && text.p[1] == '\n' ? 2 : 1;
}

static GArray *words_of(Span text)
{
    GArray *words = g_array_new(FALSE, FALSE, sizeof(Span));
    for (Span rest = text; rest.n > 0;) {
        Span word = between(rest, 0, word_length(rest));
        g_array_append_val(words, word);
        rest = span_from(rest, word.n);
    }
    return words;
}

/* --- the shortest edit script --- */

typedef struct Edit {
    const Span *a, *b;
    long n, m;
    GPtrArray *rounds; /* the furthest reach on each diagonal after 0, 1, 2 ... edits */
} Edit;

enum { DIAGONALS = 2 * DIFFERENCE_MAX_EDITS + 3, MIDDLE = DIFFERENCE_MAX_EDITS + 1 };

/* Whether the last edit into diagonal k inserted a word of b, rather than deleted one of a. */
static bool came_by_insertion(const long *reach, long k, long edits)
{
    return k == -edits || (k != edits && reach[MIDDLE + k - 1] < reach[MIDDLE + k + 1]);
}

/* The number of edits, or -1 when there are too many. */
static long search_edits(Edit *edit)
{
    long reach[DIAGONALS] = {0};
    for (long edits = 0; edits <= DIFFERENCE_MAX_EDITS; edits++) {
        g_ptr_array_add(edit->rounds, g_memdup2(reach, sizeof reach));
        for (long k = -edits; k <= edits; k += 2) {
            long x = came_by_insertion(reach, k, edits) ? reach[MIDDLE + k + 1]
                                                        : reach[MIDDLE + k - 1] + 1;
            while (x < edit->n && x - k < edit->m && span_equal(edit->a[x], edit->b[x - k]))
                x++;
            reach[MIDDLE + k] = x;
            if (x >= edit->n && x - k >= edit->m)
                return edits;
        }
    }
    return -1;
}

/* Marks the words of both texts that changed, walking the rounds backwards. */
static void mark_changes(const Edit *edit, long edits, bool *changed_a, bool *changed_b)
{
    long x = edit->n, y = edit->m;
    for (; edits > 0; edits--) {
        const long *reach = g_ptr_array_index(edit->rounds, (guint)edits);
        long k = x - y;
        bool inserted = came_by_insertion(reach, k, edits);
        long from = inserted ? k + 1 : k - 1;
        x = reach[MIDDLE + from];
        y = x - from;
        if (inserted)
            changed_b[y] = true;
        else
            changed_a[x] = true;
    }
}

/* From the first word that changed to the last, on both sides, until the next equal one. */
static void add_pieces(GArray *pieces, const Edit *edit, const bool *changed_a,
                       const bool *changed_b)
{
    long x = 0, y = 0;
    while (x < edit->n || y < edit->m) {
        long from_x = x, from_y = y;
        while (x < edit->n && changed_a[x])
            x++;
        while (y < edit->m && changed_b[y])
            y++;
        if (x == from_x && y == from_y) {
            add_piece(pieces, DIFFERENCE_BOTH, edit->a[x]);
            x++;
            y++;
            continue;
        }
        Span before = {0}, after = {0};
        if (x > from_x)
            before = span_of(edit->a[from_x].p,
                             (size_t)(edit->a[x - 1].p + edit->a[x - 1].n - edit->a[from_x].p));
        if (y > from_y)
            after = span_of(edit->b[from_y].p,
                            (size_t)(edit->b[y - 1].p + edit->b[y - 1].n - edit->b[from_y].p));
        add_change(pieces, before, after);
    }
}

GArray *difference_pieces(Span before, Span after)
{
    GArray *pieces = g_array_new(FALSE, FALSE, sizeof(DifferencePiece));
    g_autoptr(GArray) a = words_of(before);
    g_autoptr(GArray) b = words_of(after);
    g_autoptr(GPtrArray) rounds = g_ptr_array_new_with_free_func(g_free);
    Edit edit = {.a = (const Span *)(const void *)a->data,
                 .b = (const Span *)(const void *)b->data,
                 .n = (long)a->len,
                 .m = (long)b->len,
                 .rounds = rounds};
    long edits = search_edits(&edit);
    if (edits < 0) {
        add_change(pieces, before, after);
        return pieces;
    }
    g_autofree bool *changed_a = g_new0(bool, a->len + 1), *changed_b = g_new0(bool, b->len + 1);
    mark_changes(&edit, edits, changed_a, changed_b);
    add_pieces(pieces, &edit, changed_a, changed_b);
    return pieces;
}
