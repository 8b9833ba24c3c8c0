#include "analyzer/cause/body.h"

#include "analyzer/cause/bodysearch.h"

#include <string.h>

enum {
    BLOCKS_MAX_LINES = 1500,
    HEADS_MAX_LINES = 400,
    HEADS_SHARE = 16,
    HEAVY = 2000,      /* a body of which so few hypotheses can be paid: the likeliest first */
    BLOCKS_SHARE = 4,  /* of the budget: a quarter at most */
    FIRST_SHARE = 3,   /* of what is left, for one of the first bases */
    LIKELY_SHARE = 10, /* for a likely one */
    BASE_SHARE = 20,   /* for any other */
    BASES_LEAVE = 5,   /* a fifth is left for the rare changes that come after */
};

bool body_done(const BodySearch *search)
{
    return search->oracle.found || search->oracle.exhausted ||
           search->oracle.budget->spent >= search->limit;
}

bool body_work(BodySearch *search, size_t octets)
{
    budget_work(search->oracle.budget, octets);
    return !body_done(search);
}

/* Lets the next stage spend a part of what is left. */
static void limit_stage(BodySearch *search, uint64_t share)
{
    const Budget *budget = search->oracle.budget;
    search->limit = budget->spent + (budget->units - MIN(budget->spent, budget->units)) / share;
}

/* --- what a hit says --- */

static Span text_of(const BodyLines *lines, size_t from, size_t to)
{
    if (from >= to)
        return (Span){"", 0};
    const Span *first = &lines->lines[from], *last = &lines->lines[to - 1];
    return span_of(first->p, (size_t)(last->p + last->n - first->p));
}

static bool lies_in(const Source *source, Span text)
{
    return text.n > 0 && text.p >= source->bytes.p &&
           text.p + text.n <= source->bytes.p + source->bytes.n;
}

static Cause *add_cause(BodySearch *search, const char *kind, const char *detail)
{
    Cause *cause = cause_add(search->found->causes, kind, CAUSE_PROVEN);
    cause->detail = g_strdup(detail);
    cause->hypotheses = search->oracle.budget->hypotheses;
    cause->octets_hashed = search->oracle.budget->octets;
    return cause;
}

/* The lines of the view that the pieces leave as they are, at both ends; what lies between is the
 * change. */
static void find_change(const BodyView *view, const Piece *pieces, size_t n, size_t *from,
                        size_t *to)
{
    const BodyLines *lines = view->lines;
    *from = n > 0 && !pieces[0].is_text && pieces[0].from == 0 ? pieces[0].to : 0;
    *to = lines->n;
    if (n > 1 || *from == 0) {
        const Piece *last = n > 0 ? &pieces[n - 1] : NULL;
        if (last && !last->is_text && last->to == lines->n && last->from >= *from)
            *to = last->from;
    }
}

/* The same change as it was before: the pieces without the lines that stay. */
static GBytes *signed_middle(const BodyView *view, const Piece *pieces, size_t n, size_t from,
                             size_t to)
{
    bool head =
        n > 0 && !pieces[0].is_text && pieces[0].from == 0 && pieces[0].to == from && from > 0;
    bool tail = n > head && !pieces[n - 1].is_text && pieces[n - 1].from == to &&
                pieces[n - 1].to == view->lines->n;
    return lines_join(view->lines, pieces + head, n - head - tail);
}

void body_explain(BodySearch *search, const BodyView *view, const Piece *pieces, size_t n,
                  const char *kind, const char *detail)
{
    if (search->base && search->found->causes->len == 0)
        add_cause(search, search->base->kind, search->base->detail);
    Cause *cause = add_cause(search, kind, detail);
    size_t from, to;
    find_change(view, pieces, n, &from, &to);
    g_autoptr(GBytes) middle = signed_middle(view, pieces, n, from, to);
    gsize size;
    const char *p = g_bytes_get_data(middle, &size);
    Span after = text_of(view->lines, from, to);
    cause_set_change(cause, span_of(p, size), after);
    if (lies_in(search->input->source, after)) {
        cause->offset = (size_t)(after.p - search->input->source->bytes.p);
        cause->length = after.n;
    }
}

static bool is_same_base(const BodyBase *a, const BodyBase *b)
{
    return g_strcmp0(a->content_type, b->content_type) == 0 &&
           g_strcmp0(a->encoding, b->encoding) == 0 && g_bytes_equal(a->octets, b->octets);
}

static void keep_base(BodySearch *search, const BodyView *view, const Piece *pieces, size_t n,
                      BodyBase base)
{
    size_t most = base.keep == KEEP_AS_FIRST_BASE ? FIRST_BASE_MAX_OCTETS : BASE_MAX_OCTETS;
    if (search->base || view->lines->text.n > most ||
        search->bases->len >= (base.keep == KEEP_AS_BASE ? BASES_MAX - BASES_LIKELY : BASES_MAX))
        return;
    base.octets = lines_join(view->lines, pieces, n);
    for (guint i = 0; i < search->bases->len; i++)
        if (is_same_base(&g_array_index(search->bases, BodyBase, i), &base)) {
            g_bytes_unref(base.octets);
            return;
        }
    base.detail = g_strdup(base.detail);
    base.content_type = g_strdup(base.content_type);
    base.encoding = g_strdup(base.encoding);
    g_array_append_val(search->bases, base);
}

bool body_propose(BodySearch *search, const BodyView *view, const Piece *pieces, size_t n,
                  const char *kind, const char *detail, Keep keep)
{
    if (lines_try(view->lines, pieces, n)) {
        body_explain(search, view, pieces, n, kind, detail);
        return true;
    }
    if (keep != KEEP_NOT)
        keep_base(search, view, pieces, n,
                  (BodyBase){.kind = kind, .detail = (char *)detail, .keep = keep});
    return false;
}

bool body_propose_lines(BodySearch *search, const BodyView *view, size_t from, size_t to, Span text,
                        const char *kind, const char *detail, Keep keep)
{
    const Piece pieces[] = {piece_lines(0, from), piece_text(text),
                            piece_lines(to, view->lines->n)};
    return body_propose(search, view, pieces, G_N_ELEMENTS(pieces), kind, detail, keep);
}

bool body_propose_as(BodySearch *search, const BodyView *view, const Piece *pieces, size_t n,
                     const char *kind, const char *detail, const char *content_type,
                     const char *encoding, Keep keep)
{
    if (body_propose(search, view, pieces, n, kind, detail, KEEP_NOT))
        return true;
    if (keep != KEEP_NOT)
        keep_base(search, view, pieces, n,
                  (BodyBase){.kind = kind,
                             .detail = (char *)detail,
                             .content_type = (char *)content_type,
                             .encoding = (char *)encoding,
                             .keep = keep});
    return false;
}

/* --- cuts and blocks --- */

bool body_try_cuts(BodySearch *search, const BodyView *view)
{
    size_t end;
    if (lines_try_tail_cuts(view->lines, 0, &end)) {
        Piece kept = piece_lines(0, end);
        body_explain(search, view, &kept, 1, "body-footer-appended", NULL);
        return true;
    }
    const Budget *budget = search->oracle.budget;
    uint64_t limit = budget->spent + budget->units / HEADS_SHARE;
    /* Of a multipart, only what came before its first part. */
    size_t heads = view->top_is_text ? HEADS_MAX_LINES : view->leaves.items[0].preamble_to + 4;
    for (size_t from = 1;
         from < view->lines->n && from <= MIN(heads, HEADS_MAX_LINES) && !body_done(search);
         from++) {
        if (budget->spent > limit)
            return false;
        Piece kept = piece_lines(from, view->lines->n);
        if (body_propose(search, view, &kept, 1, "body-text-prepended", NULL, KEEP_NOT))
            return true;
    }
    return false;
}

/* Every contiguous block of lines taken out, small blocks first. */
bool body_try_blocks(BodySearch *search, const BodyView *view)
{
    size_t n = view->lines->n;
    uint64_t price = (uint64_t)n * n / 2 * (view->lines->text.n / 2 + BUDGET_HYPOTHESIS_OCTETS);
    if (n > BLOCKS_MAX_LINES || price > search->oracle.budget->units / BLOCKS_SHARE)
        return false;
    for (size_t length = 1; length < n; length++) {
        for (size_t from = 0; from + length <= n && !body_done(search); from++) {
            const Piece kept[] = {piece_lines(0, from), piece_lines(from + length, n)};
            if (body_propose(search, view, kept, 2, "body-lines-inserted", NULL, KEEP_NOT))
                return true;
        }
    }
    return false;
}

/* --- the order of the search --- */

typedef struct Family {
    const char *name;
    bool (*run)(BodySearch *search, const BodyView *view);
    uint64_t share; /* it may spend one of so many parts of what its stage has left */
    bool again;     /* also as a second change */
} Family;

/* Before second changes on the first bases: when links were rewritten, little else is worth a try
 * without undoing that. */
static const Family opening_families[] = {
    {"body-signer-faults", body_try_signer, 4, false},
    {"body-cuts", body_try_cuts, 4, true},
    {"body-links", body_try_links, 4, true},
};

static const Family main_families[] = {
    {"body-structure", body_try_structure, 4, true},
    {"body-whole", body_try_whole, 8, true},
    {"body-insertions", body_try_insertions, 4, true},
    {"body-encodings", body_try_encodings, 4, true},
    {"body-content", body_try_content, 2, true},
};

/* The same for a large body: what is likely before what is rare or needs many hypotheses. */
static const Family heavy_opening_families[] = {
    {"body-cuts", body_try_cuts, 4, false},
    {"body-links", body_try_links, 2, false},
};

static const Family heavy_main_families[] = {
    {"body-insertions", body_try_insertions, 3, false},
    {"body-structure", body_try_structure, 3, false},
    {"body-encodings", body_try_encodings, 3, false},
    {"body-content", body_try_content, 2, false},
    {"body-whole", body_try_whole, 2, false},
    {"body-signer-faults", body_try_signer, 1, false},
};

/* After the second changes: what is rare, or takes long. */
static const Family last_families[] = {
    {"body-single-lines", body_try_lines, 3, false},
    {"body-rare-content", body_try_rare_content, 2, false},
    {"body-line-blocks", body_try_blocks, 1, false},
};

static Span top_field(const BodySearch *search, const char *name, const char *instead)
{
    if (instead)
        return span_str(instead);
    const Field *field = source_field(search->input->source, name, 0);
    return field ? field->value : (Span){"", 0};
}

static BodyView view_new(BodySearch *search, GBytes *octets, Span text, bool lf_is_crlf)
{
    BodyView view = {.lines = lines_new(&search->oracle, octets, text, lf_is_crlf)};
    const BodyBase *base = search->base;
    view.leaves =
        leaves_find(view.lines, top_field(search, "content-type", base ? base->content_type : NULL),
                    top_field(search, "content-transfer-encoding", base ? base->encoding : NULL));
    view.top_is_text = view.leaves.n == 1 && g_str_has_prefix(view.leaves.items[0].type, "text/");
    return view;
}

static void view_clear(BodyView *view)
{
    leaves_clear(&view->leaves);
    lines_free(view->lines);
}

/* A family that has run before is told once. */
static void rule_out(BodySearch *search, const char *family, uint64_t before)
{
    RuledOut ruled_out = {family, search->oracle.budget->hypotheses - before};
    GArray *all = search->found->ruled_out;
    for (guint i = 0; i < all->len; i++)
        if (g_array_index(all, RuledOut, i).family == family) {
            g_array_index(all, RuledOut, i).hypotheses += ruled_out.hypotheses;
            return;
        }
    if (ruled_out.hypotheses > 0)
        g_array_append_val(all, ruled_out);
}

static bool run_family(BodySearch *search, const BodyView *view, const Family *family)
{
    uint64_t limit = search->limit, spent = search->oracle.budget->spent;
    search->limit = spent + (limit - spent) / family->share;
    bool found = family->run(search, view);
    search->limit = limit;
    return found;
}

static void run_families(BodySearch *search, const BodyView *view, const Family *families, size_t n)
{
    for (size_t i = 0; i < n && !body_done(search); i++) {
        uint64_t before = search->oracle.budget->hypotheses;
        if (!run_family(search, view, &families[i]))
            rule_out(search, families[i].name, before);
    }
}

static void run_again(BodySearch *search, const BodyView *view, const Family *families, size_t n)
{
    for (size_t i = 0; i < n && !body_done(search); i++)
        if (families[i].again)
            run_family(search, view, &families[i]);
}

static void search_base(BodySearch *search, const BodyBase *base)
{
    gsize size;
    const char *p = g_bytes_get_data(base->octets, &size);
    search->base = base;
    BodyView view = view_new(search, base->octets, span_of(p, size), true);
    run_again(search, &view, opening_families, G_N_ELEMENTS(opening_families));
    run_again(search, &view, main_families, G_N_ELEMENTS(main_families));
    view_clear(&view);
    search->base = NULL;
}

static const char two_changes[] = "body-two-changes";

/* Second changes on the bases of one kind, each with a part of what is left. */
static void search_bases(BodySearch *search, Keep keep)
{
    static const uint64_t shares[] = {[KEEP_AS_BASE] = BASE_SHARE,
                                      [KEEP_AS_LIKELY_BASE] = LIKELY_SHARE,
                                      [KEEP_AS_FIRST_BASE] = FIRST_SHARE};
    uint64_t before = search->oracle.budget->hypotheses;
    limit_stage(search, 1);
    uint64_t left = search->limit - search->oracle.budget->spent,
             last = search->limit - left / BASES_LEAVE;
    for (guint i = 0; i < search->bases->len; i++) {
        const BodyBase *base = &g_array_index(search->bases, BodyBase, i);
        limit_stage(search, shares[keep]);
        search->limit = MIN(search->limit, last);
        if (base->keep == keep && !body_done(search))
            search_base(search, base);
    }
    limit_stage(search, 1);
    if (!search->oracle.found)
        rule_out(search, two_changes, before);
}

static void search_all(BodySearch *search)
{
    const Source *source = search->input->source;
    BodyView view = view_new(search, source->octets, source->body, source->body_lf_is_crlf);
    bool heavy = view.lines->canon->len > search->oracle.budget->units / HEAVY;
    limit_stage(search, 1);
    if (heavy)
        run_families(search, &view, heavy_opening_families, G_N_ELEMENTS(heavy_opening_families));
    else
        run_families(search, &view, opening_families, G_N_ELEMENTS(opening_families));
    search_bases(search, KEEP_AS_FIRST_BASE);
    if (heavy)
        run_families(search, &view, heavy_main_families, G_N_ELEMENTS(heavy_main_families));
    else
        run_families(search, &view, main_families, G_N_ELEMENTS(main_families));
    search_bases(search, KEEP_AS_LIKELY_BASE);
    search_bases(search, KEEP_AS_BASE);
    run_families(search, &view, last_families, G_N_ELEMENTS(last_families));
    if (!search->oracle.found)
        body_note_losses(search, &view);
    view_clear(&view);
}

static void base_clear(void *item)
{
    BodyBase *base = item;
    g_bytes_unref(base->octets);
    g_free(base->detail);
    g_free(base->content_type);
    g_free(base->encoding);
}

void body_search(const CauseInput *input, Budget *budget, BodyFound *found)
{
    const DkimSignature *signature = input->signature;
    BodySearch search = {.input = input,
                         .oracle = {.canon = signature->body_canon,
                                    .hash = signature->hash,
                                    .limited = signature->has_length,
                                    .limit = signature->length,
                                    .budget = budget},
                         .found = found};
    found->causes = causes_new();
    found->ruled_out = g_array_new(FALSE, FALSE, sizeof(RuledOut));
    if (!signature->body_hash || signature->body_hash->len != hash_size(signature->hash))
        return;
    memcpy(search.oracle.digest, signature->body_hash->data, signature->body_hash->len);
    search.bases = g_array_new(FALSE, FALSE, sizeof(BodyBase));
    g_array_set_clear_func(search.bases, base_clear);
    search_all(&search);
    if (search.oracle.found) {
        found->body = g_bytes_new(search.oracle.found->str, search.oracle.found->len);
        g_string_free(search.oracle.found, TRUE);
    }
    found->exhausted = search.oracle.exhausted || budget->spent >= budget->units;
    g_array_unref(search.bases);
}

void body_found_clear(BodyFound *found)
{
    g_clear_pointer(&found->body, g_bytes_unref);
    g_clear_pointer(&found->causes, g_array_unref);
    g_clear_pointer(&found->ruled_out, g_array_unref);
    *found = (BodyFound){0};
}
