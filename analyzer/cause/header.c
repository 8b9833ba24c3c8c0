#include "analyzer/cause/header.h"

#include "analyzer/cause/headerloss.h"
#include "analyzer/cause/headersearch.h"

#include <string.h>

/* --- what a hit says --- */

static void add_field_name(Cause *cause, const char *name)
{
    size_t n = g_strv_length(cause->fields);
    for (size_t i = 0; i < n; i++)
        if (strcmp(cause->fields[i], name) == 0)
            return;
    cause->fields = g_renew(char *, cause->fields, n + 2);
    cause->fields[n] = g_strdup(name);
    cause->fields[n + 1] = NULL;
}

void header_place_cause(const HeaderSearch *search, Cause *cause, size_t slot)
{
    const Field *field = search->block->slots[slot].field;
    add_field_name(cause, search->block->slots[slot].name);
    if (field && cause->length == 0) {
        cause->offset = field->offset;
        cause->length = field->raw.n;
    }
}

Cause *header_add_cause(const HeaderSearch *search, const char *kind, const char *detail)
{
    Cause *cause = cause_add(search->found->causes, kind, CAUSE_PROVEN);
    cause->detail = g_strdup(detail);
    cause->hypotheses = search->block->budget->hypotheses;
    cause->octets_hashed = search->block->budget->octets;
    return cause;
}

static void append_without_wsp(Span text, GString *out)
{
    for (size_t i = 0; i < text.n; i++)
        if (!byte_is_wsp(text.p[i]))
            g_string_append_c(out, text.p[i]);
}

static bool same_relaxed(Span a, Span b)
{
    g_autoptr(GString) x = g_string_sized_new(a.n);
    g_autoptr(GString) y = g_string_sized_new(b.n);
    canon_header(CANON_RELAXED, a, canon_to_string, x);
    canon_header(CANON_RELAXED, b, canon_to_string, y);
    return g_string_equal(x, y);
}

/* Whatever trade thought of it: a change that relaxed canonicalization would not have seen is one
 * of white space, folds or the spelling of names. */
static const char *kind_under_simple(const HeaderBlock *block, const char *kind,
                                     const SlotEdit *edits, size_t n)
{
    bool refolded = false, respelled = true;
    for (size_t i = 0; i < n; i++) {
        Span signed_text = edits[i].text, received = block->slots[edits[i].slot].text;
        if (signed_text.n == 0 || received.n == 0 || block->slots[edits[i].slot].is_signature ||
            !same_relaxed(signed_text, received))
            return kind;
        g_autoptr(GString) x = g_string_sized_new(signed_text.n);
        g_autoptr(GString) y = g_string_sized_new(received.n);
        append_without_wsp(signed_text, x);
        append_without_wsp(received, y);
        respelled = respelled && span_equal_nocase(signed_text, received);
        refolded = refolded || g_ascii_strcasecmp(x->str, y->str) != 0;
    }
    return respelled ? "header-name-case" : refolded ? "header-refolded" : "header-white-space";
}

void header_explain_edits(const HeaderSearch *search, const char *kind, const char *detail,
                          const SlotEdit *edits, size_t n)
{
    if (search->block->canon == CANON_SIMPLE)
        kind = kind_under_simple(search->block, kind, edits, n);
    Cause *cause = header_add_cause(search, kind, detail);
    g_autoptr(GString) before = g_string_new(NULL);
    g_autoptr(GString) after = g_string_new(NULL);
    for (size_t i = 0; i < n; i++) {
        Span received = search->block->slots[edits[i].slot].text;
        header_place_cause(search, cause, edits[i].slot);
        g_string_append_len(before, edits[i].text.p, (gssize)edits[i].text.n);
        g_string_append_len(after, received.p, (gssize)received.n);
    }
    cause_set_change(cause, span_of(before->str, before->len), span_of(after->str, after->len));
}

/* --- what to try, and in which order --- */

static int compare_atoms(const void *a, const void *b)
{
    const Atom *x = *(const Atom *const *)a, *y = *(const Atom *const *)b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

/* A trade may think many of its atoms likely: what counts is how many better ones there are for the
 * same slot. */
static void grade_atoms(HeaderSearch *search)
{
    static const size_t better[GRADES] = {0, 4, 12, 36, 108, 324};
    g_autofree size_t *rank = g_new0(size_t, search->block->n);
    for (size_t i = 0; i < search->n; i++) {
        Atom *atom = atom_at(search->list, (size_t)search->by_cost[i]->order);
        size_t before = rank[atom->edits[0].slot]++;
        unsigned grade = 1;
        while (grade < GRADES && before >= better[grade])
            grade++;
        atom->cost = MIN(MAX(atom->cost, grade), GRADES);
    }
}

static void sort_atoms(HeaderSearch *search)
{
    search->n = search->list->atoms->len;
    search->by_cost = g_new(const Atom *, search->n + 1);
    for (size_t i = 0; i < search->n; i++)
        search->by_cost[i] = atom_at(search->list, i);
    qsort(search->by_cost, search->n, sizeof *search->by_cost, compare_atoms);
    grade_atoms(search);
    qsort(search->by_cost, search->n, sizeof *search->by_cost, compare_atoms);
}

static void collect_atoms(HeaderSearch *search)
{
    atoms_of_signer(search->list, search->block);
    atoms_of_presence(search->list, search->block);
    for (size_t i = 0; i < search->block->n; i++)
        atoms_of_slot(search->list, search->block, i);
    sort_atoms(search);
    headermix_group(search);
}

/* Goes on where it ended when its share of the budget was used up. */
static bool try_singles(HeaderSearch *search)
{
    while (search->next_single < search->n && !block_done(search->block)) {
        if (headermix_atoms(search, &search->by_cost[search->next_single], 1))
            return true;
        if (!block_done(search->block))
            search->next_single++;
    }
    return false;
}

static bool try_rest(HeaderSearch *search)
{
    return try_singles(search) || headermix_totals(search);
}

/* Shares of what the budget has left when the stage begins, in percent. */
typedef struct Stage {
    const char *family;
    bool (*run)(HeaderSearch *search);
    unsigned share;
} Stage;

static const Stage rsa_stages[] = {
    {"header-known-changes", try_singles, 50},
    {"header-one-style", headermix_styles, 30},
    {"header-contiguous-insertions", headercuts_insertions, 30},
    {"header-style-and-changes", headermix_styles_and_one, 25},
    {"header-several-changes", headermix_totals, 40},
    {"header-several-changes", headermix_wide, 15},
    {"header-style-and-changes", headermix_styles_and_two, 25},
    {"header-written-again", headermix_product, 35},
    {"header-mime-fields", headermix_mime, 25},
    {"header-dates-near-signing", headercuts_dates, 40},
    {"header-single-characters", headercuts_octets, 70},
    {"header-contiguous-insertions", headercuts_insertions_and_one, 30},
    {"header-several-changes", try_rest, 100},
};

/* Every question is a verification: the likeliest alone and together, then whatever there is still
 * time for. */
static const Stage ed25519_stages[] = {
    {"header-known-changes", try_singles, 45},
    {"header-one-style", headermix_styles, 15},
    {"header-several-changes", headermix_totals, 40},
    {"header-several-changes", headermix_wide, 10},
    {"header-style-and-changes", headermix_styles_and_one, 15},
    {"header-several-changes", try_rest, 100},
};

static void rule_out(HeaderFound *found, const char *family, uint64_t hypotheses)
{
    for (guint i = 0; i < found->ruled_out->len; i++) {
        RuledOut *known = &g_array_index(found->ruled_out, RuledOut, i);
        if (strcmp(known->family, family) == 0) {
            known->hypotheses += hypotheses;
            return;
        }
    }
    RuledOut ruled_out = {family, hypotheses};
    if (hypotheses > 0)
        g_array_append_val(found->ruled_out, ruled_out);
}

/* True when the header was found. */
static bool run_stage(HeaderSearch *search, const Stage *stage)
{
    Budget *budget = search->block->budget;
    uint64_t granted = budget->units, left = granted - MIN(budget->spent, granted),
             before = budget->hypotheses;
    budget->units = budget->spent + left / 100 * stage->share;
    bool found = stage->run(search);
    budget->units = granted;
    if (!found)
        rule_out(search->found, stage->family, budget->hypotheses - before);
    search->found->exhausted = search->block->exhausted; /* of the last stage that ran */
    search->block->exhausted = false;
    return found;
}

void header_search(const CauseInput *input, const HeaderOracle *oracle, Budget *budget,
                   HeaderFound *found)
{
    HeaderSearch search = {
        .block = block_new(input, oracle, budget), .found = found, .list = atom_list_new()};
    found->causes = causes_new();
    found->ruled_out = g_array_new(FALSE, FALSE, sizeof(RuledOut));
    collect_atoms(&search);
    const Stage *stages = oracle->has_digest ? rsa_stages : ed25519_stages;
    size_t n = oracle->has_digest ? G_N_ELEMENTS(rsa_stages) : G_N_ELEMENTS(ed25519_stages);
    bool done = false;
    for (size_t i = 0; i < n && !done; i++)
        done = run_stage(&search, &stages[i]);
    if (done) {
        found->exhausted = false;
        found->block = g_bytes_new(search.block->found->str, search.block->found->len);
    } else {
        headerloss_note(search.block, found->causes);
    }
    headermix_clear(&search);
    g_free(search.by_cost);
    atom_list_free(search.list);
    block_free(search.block);
}

void header_found_clear(HeaderFound *found)
{
    g_clear_pointer(&found->block, g_bytes_unref);
    g_clear_pointer(&found->causes, g_array_unref);
    g_clear_pointer(&found->ruled_out, g_array_unref);
    *found = (HeaderFound){0};
}
