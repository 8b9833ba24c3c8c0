/* bodyproduct.c - one cut in each of two parts: a banner or a disclaimer that was put into the text
 * and into its HTML. */
#include "analyzer/cause/bodycontent.h"

#include <stdlib.h>
#include <string.h>

enum { PRODUCT_MAX = 400 /* cuts of each part */ };

/* A cut of each part. Likely pairs: near the ends, at the same end of both, with as much to be seen
 * in both, for the same words are often put into the text and into its HTML. */
typedef struct Pair {
    uint16_t a, b;
    uint32_t cost;
} Pair;

static int by_cost(const void *x, const void *y)
{
    const Pair *a = x, *b = y;
    if (a->cost != b->cost)
        return a->cost < b->cost ? -1 : 1;
    if (a->a != b->a)
        return a->a < b->a ? -1 : 1;
    return a->b < b->b ? -1 : a->b > b->b;
}

static bool is_at_top(const Cut *cut)
{
    return strcmp(cut->kind, "body-text-prepended") == 0 ||
           strcmp(cut->kind, "body-banner-inserted") == 0;
}

static uint32_t cost_of(const Cut *a, const Cut *b)
{
    enum { OTHER_WORDS = 300, OTHER_END = 400 };
    size_t distance = 2 * (a->seen > b->seen ? a->seen - b->seen : b->seen - a->seen);
    return (uint32_t)MIN(distance, (size_t)OTHER_WORDS) +
           (is_at_top(a) == is_at_top(b) ? 0 : OTHER_END);
}

static Pair *pairs_of(const ContentPart *first, const ContentPart *second, size_t n_a, size_t n_b)
{
    Pair *pairs = g_new(Pair, n_a * n_b);
    for (size_t i = 0; i < n_a; i++)
        for (size_t j = 0; j < n_b; j++) {
            uint32_t cost = cost_of(&g_array_index(first->likely, Cut, i),
                                    &g_array_index(second->likely, Cut, j));
            pairs[i * n_b + j] = (Pair){(uint16_t)i, (uint16_t)j, cost + (uint32_t)(i + j)};
        }
    qsort(pairs, n_a * n_b, sizeof *pairs, by_cost);
    return pairs;
}

/* Starts of the body with each cut of the first part, made when first needed. */
typedef struct Starts {
    LinesStart **items;
    PieceList *lists;
    size_t n;
} Starts;

static LinesStart *start_with(const Content *content, const ContentPart *first,
                              const ContentPart *second, size_t i, Starts *starts)
{
    if (starts->items[i])
        return starts->items[i];
    PieceList *list = &starts->lists[i];
    pieces_init(list, 0);
    content_add_cut(first, &g_array_index(first->likely, Cut, i), list);
    pieces_until(list, second->text->leaf->body_from);
    starts->items[i] = lines_start_new(content->view->lines, pieces_of(list), list->pieces->len);
    if (!starts->items[i])
        pieces_clear(list);
    return starts->items[i];
}

static void starts_clear(Starts *starts)
{
    for (size_t i = 0; i < starts->n; i++)
        if (starts->items[i]) {
            lines_start_free(starts->items[i]);
            pieces_clear(&starts->lists[i]);
        }
    g_free(starts->items);
    g_free(starts->lists);
}

static bool try_pair(const Content *content, const LinesStart *start, const ContentPart *second,
                     const Cut *cut)
{
    PieceList list;
    pieces_init(&list, second->text->leaf->body_from);
    body_work(content->search, content_add_cut(second, cut, &list) * 2);
    pieces_until(&list, content->view->lines->n);
    bool found = lines_try_after(content->view->lines, start, pieces_of(&list), list.pieces->len);
    pieces_clear(&list);
    return found;
}

/* Pairs [from, to) in the order of their cost. */
static bool try_product(const Content *content, const ContentPart *first, const ContentPart *second,
                        size_t from, size_t to, uint64_t limit)
{
    size_t n_a = MIN(first->likely->len, PRODUCT_MAX), n_b = MIN(second->likely->len, PRODUCT_MAX);
    if (n_a == 0 || n_b == 0)
        return false;
    g_autofree Pair *pairs = pairs_of(first, second, n_a, n_b);
    Starts starts = {g_new0(LinesStart *, n_a), g_new(PieceList, n_a), n_a};
    bool found = false;
    for (size_t i = from; i < MIN(n_a * n_b, to) && !found && !content_is_over(content, limit);
         i++) {
        const LinesStart *start = start_with(content, first, second, pairs[i].a, &starts);
        const Cut *cut = &g_array_index(second->likely, Cut, pairs[i].b);
        if (!start || !try_pair(content, start, second, cut))
            continue;
        found = true;
        content_explain_cut(content, first, &g_array_index(first->likely, Cut, pairs[i].a), 0);
        content_explain_cut(content, second, cut, 0);
    }
    starts_clear(&starts);
    return found;
}

bool content_try_products(const Content *content, size_t from, size_t to, unsigned share)
{
    for (size_t i = 0; i + 1 < content->n; i++)
        for (size_t j = i + 1; j < content->n && j < i + 3; j++)
            if (try_product(content, &content->parts[i], &content->parts[j], from, to,
                            content_limit(content, share)))
                return true;
    return false;
}
