/* variants_style.c - folds, white space and the spelling of names; spaces put into tokens, and
 * spaces lost.
 *
 * Under relaxed canonicalization only a space that came or went where there was none counts (RFC
 * 6376 §3.4.2); under simple every octet does. */
#include "analyzer/cause/variants.h"

#include <string.h>

/* --- folding --- */

typedef struct Fold {
    char after; /* break behind each of these; 0: at white space, before the line is full */
    unsigned width;
    const char *indent; /* stands for the white space at the break; NULL: that stays */
} Fold;

/* The first ones with the indentation of the field; then whatever is usual. */
static const Fold folds[] = {
    {',', 0, " "}, {0, 78, " "},     {';', 0, " "},    {0, 76, " "},         {',', 0, "\t"},
    {0, 78, "\t"}, {';', 0, "\t"},   {0, 76, "\t"},    {0, 78, NULL},        {0, 72, " "},
    {0, 72, "\t"}, {0, 998, " "},    {0, 79, " "},     {0, 77, " "},         {0, 75, " "},
    {0, 70, " "},  {',', 0, "    "}, {';', 0, "    "}, {',', 0, "        "}, {';', 0, "        "},
    {'>', 0, " "}, {'>', 0, "\t"},   {0, 65, "\t"},    {0, 74, "\t"},
};

enum { FOLDS_OF_VALUE = 8 };

size_t variants_folds(void)
{
    return FOLDS_OF_VALUE;
}

static Span word_behind(Span value, size_t at, size_t *blanks)
{
    size_t start = at;
    while (start < value.n && byte_is_wsp(value.p[start]))
        start++;
    *blanks = start - at;
    size_t end = start;
    while (end < value.n && !byte_is_wsp(value.p[end]))
        end++;
    return span_of(value.p + start, end - start);
}

static bool fold_value(const Fold *fold, const char *indent, Span value, size_t line, GString *out)
{
    bool folded = false;
    for (size_t at = 0; at < value.n;) {
        size_t blanks;
        Span word = word_behind(value, at, &blanks);
        bool breaks = fold->after ? at > 0 && value.p[at - 1] == fold->after
                                  : at > 0 && line + blanks + word.n > fold->width;
        if (breaks && blanks > 0 && word.n > 0) {
            g_string_append(out, "\r\n");
            if (indent)
                g_string_append(out, indent);
            else
                g_string_append_len(out, value.p + at, (gssize)blanks);
            line = indent ? strlen(indent) : blanks;
            folded = true;
        } else {
            g_string_append_len(out, value.p + at, (gssize)blanks);
            line += blanks;
        }
        g_string_append_len(out, word.p, (gssize)word.n);
        line += word.n;
        at += blanks + word.n;
    }
    return folded;
}

bool variants_fold(size_t i, bool tab, Span value, size_t name, GString *out)
{
    const Fold *fold = &folds[i];
    const char *indent = fold->indent;
    if (tab && i < FOLDS_OF_VALUE) /* the other indentation first */
        indent = indent[0] == ' ' ? "\t" : " ";
    return fold_value(fold, indent, value, name, out);
}

/* --- habits over a whole field --- */

typedef enum Case {
    CASE_KEPT,
    CASE_TITLE,
    CASE_LOWER,
    CASE_USUAL,
    CASE_SPELLED,
    CASE_UPPER,
    CASES
} Case;

typedef enum Space {
    SPACE_KEPT,
    SPACE_UNFOLDED,  /* line ends taken out */
    SPACE_ONE_LINE,  /* folds made one space */
    SPACE_COLLAPSED, /* and all other runs too */
    SPACE_TABS_TO_SPACES,
    SPACE_FOLDS_TO_TABS, /* a fold's white space made a tab */
    SPACE_FOLDS_TO_SPACES,
    SPACE_FOLDED_AT_TABS, /* a line end before every tab: somebody took them out */
    SPACE_NOT_TRAILING,
    SPACE_TRAILING,
    SPACE_COLON_NONE,
    SPACE_COLON_ONE,
    SPACE_COLON_TWO,
    SPACE_COLON_TAB,
    SPACE_FIXED, /* then the folds */
} Space;

enum { SPACES = SPACE_FIXED + G_N_ELEMENTS(folds) };

size_t variants_spacings(void)
{
    return CASES * SPACES - 1;
}

static void append_cased(Case spelling, Span name, Span spelled, GString *out)
{
    static const char *const usual[] = {"MIME-Version", "Message-ID",
                                        "Content-ID",   "DKIM-Signature",
                                        "List-ID",      "X-MS-Exchange-Organization-SCL"};
    for (size_t i = 0; spelling == CASE_USUAL && i < G_N_ELEMENTS(usual); i++) {
        if (span_is_nocase(name, usual[i])) {
            g_string_append(out, usual[i]);
            return;
        }
    }
    if (spelling == CASE_SPELLED && span_equal_nocase(name, spelled))
        name = spelled;
    bool start = true;
    for (size_t i = 0; i < name.n; i++) {
        char c = name.p[i];
        if (spelling == CASE_UPPER || ((spelling == CASE_TITLE || spelling == CASE_USUAL) && start))
            c = g_ascii_toupper(c);
        else if (spelling != CASE_KEPT && spelling != CASE_SPELLED)
            c = g_ascii_tolower(c);
        start = c == '-';
        g_string_append_c(out, c);
    }
}

static bool at_line_end(Span text, size_t i, size_t *n)
{
    *n = i + 1 < text.n && text.p[i] == '\r' && text.p[i + 1] == '\n' ? 2
         : text.p[i] == '\n'                                          ? 1
                                                                      : 0;
    return *n > 0;
}

/* Each fold (line end and white space behind it) replaced: the line end taken out, `indent` for the
 * white space (NULL: as it is), or both one space. */
static void append_refolded(Span value, bool keep_ends, const char *indent, GString *out)
{
    for (size_t i = 0, n; i < value.n;) {
        if (!at_line_end(value, i, &n)) {
            g_string_append_c(out, value.p[i++]);
            continue;
        }
        if (keep_ends)
            g_string_append_len(out, value.p + i, (gssize)n);
        i += n;
        if (!indent)
            continue;
        while (i < value.n && byte_is_wsp(value.p[i]))
            i++;
        g_string_append(out, indent);
    }
}

static void append_collapsed(Span value, GString *out)
{
    for (size_t i = 0; i < value.n;) {
        if (!byte_is_fws(value.p[i])) {
            g_string_append_c(out, value.p[i++]);
            continue;
        }
        while (i < value.n && byte_is_fws(value.p[i]))
            i++;
        g_string_append_c(out, ' ');
    }
}

static void append_folded(const Fold *fold, Span value, size_t name, GString *out)
{
    g_autoptr(GString) flat = g_string_sized_new(value.n);
    append_collapsed(value, flat);
    fold_value(fold, fold->indent, span_of(flat->str, flat->len), name + 2, out);
}

static Span without_trailing(Span value)
{
    while (value.n > 0 && byte_is_fws(value.p[value.n - 1]))
        value.n--;
    return value;
}

static void append_value(size_t space, Span value, size_t name, GString *out)
{
    switch (space) {
    case SPACE_UNFOLDED:
        append_refolded(value, false, NULL, out);
        return;
    case SPACE_ONE_LINE:
        append_refolded(value, false, " ", out);
        return;
    case SPACE_COLLAPSED:
        append_collapsed(value, out);
        return;
    case SPACE_FOLDS_TO_TABS:
        append_refolded(value, true, "\t", out);
        return;
    case SPACE_FOLDS_TO_SPACES:
        append_refolded(value, true, " ", out);
        return;
    case SPACE_FOLDED_AT_TABS:
        for (size_t i = 0; i < value.n; i++) {
            bool folded = i > 0 && value.p[i - 1] == '\n';
            g_string_append(out, value.p[i] == '\t' && !folded ? "\r\n" : "");
            g_string_append_c(out, value.p[i]);
        }
        return;
    case SPACE_NOT_TRAILING:
        value = without_trailing(value);
        break;
    case SPACE_TABS_TO_SPACES:
        for (size_t i = 0; i < value.n; i++)
            g_string_append_c(out, value.p[i] == '\t' ? ' ' : value.p[i]);
        return;
    default:
        if (space >= SPACE_FIXED) {
            append_folded(&folds[space - SPACE_FIXED], value, name, out);
            return;
        }
    }
    g_string_append_len(out, value.p, (gssize)value.n);
    if (space == SPACE_TRAILING)
        g_string_append_c(out, ' ');
}

bool variants_spacing(size_t habit, Span raw, Span spelled, GString *out)
{
    size_t space = (habit + 1) % SPACES, start = out->len;
    Case spelling = (Case)((habit + 1) / SPACES);
    size_t colon = span_find(raw, ':', 0);
    if (colon == raw.n)
        return false;
    Span value = span_from(raw, colon + 1);
    if (value.n >= 2 && value.p[value.n - 2] == '\r' && value.p[value.n - 1] == '\n')
        value.n -= 2;
    else if (value.n >= 1 && value.p[value.n - 1] == '\n')
        value.n--;
    static const char *const after[] = {[SPACE_COLON_NONE] = "",
                                        [SPACE_COLON_ONE] = " ",
                                        [SPACE_COLON_TWO] = "  ",
                                        [SPACE_COLON_TAB] = "\t"};
    append_cased(spelling, span_of(raw.p, colon), spelled, out);
    g_string_append_c(out, ':');
    size_t blanks = 0;
    while (blanks < value.n && byte_is_wsp(value.p[blanks]))
        blanks++;
    bool colons = space >= SPACE_COLON_NONE && space <= SPACE_COLON_TAB;
    if (colons)
        g_string_append(out, after[space]);
    else
        g_string_append_len(out, value.p, (gssize)blanks);
    append_value(space, span_from(value, blanks), colon, out);
    g_string_append(out, "\r\n");
    return !span_equal(span_of(out->str + start, out->len - start), raw);
}

/* The name as h= spells it. */
static Span spelled_in_h(const Variants *variants)
{
    const Tag *h = taglist_find(&variants->block->input->signature->tags, "h");
    size_t n = strlen(variants->name);
    for (size_t start = 0; h && start < h->value.n;) {
        size_t end = span_find(h->value, ':', start);
        Span name = span_trim(span_of(h->value.p + start, end - start));
        if (name.n == n && span_is_nocase(name, variants->name))
            return name;
        start = end + 1;
    }
    return (Span){"", 0};
}

static void add_habits(Variants *variants)
{
    Span spelled = spelled_in_h(variants);
    for (size_t i = 0; i < variants_spacings() && !variants_full(variants); i++) {
        size_t space = (i + 1) % SPACES, spelling = (i + 1) / SPACES;
        const char *kind = space == SPACE_KEPT    ? "header-name-case"
                           : space >= SPACE_FIXED ? "header-refolded"
                                                  : "header-white-space";
        unsigned cost = (space == SPACE_KEPT    ? 1u
                         : space >= SPACE_FIXED ? 3u
                                                : 2u) +
                        (spelling > CASE_KEPT) + (spelling > CASE_KEPT && space > SPACE_KEPT) * 2u;
        g_autoptr(GString) raw = g_string_sized_new(variants->field->raw.n + 32);
        if (variants_spacing(i, variants->field->raw, spelled, raw))
            atom_add_field(variants->list, variants->block, variants->slot,
                           span_of(raw->str, raw->len), kind, cost, (unsigned)(STYLE_SPACING + i),
                           NULL);
    }
}

/* One fold, wherever it was, and lines filled up to any width: what simple canonicalization cannot
 * do without. */
static void add_folds(Variants *variants)
{
    enum { FOLD_POSITIONS = 100, NARROWEST = 40, WIDEST = 132 };
    Span flat = variants->flat;
    Reason why = {"header-refolded", 3, 0, NULL};
    for (size_t i = 1, n = 0; i < flat.n && n < FOLD_POSITIONS; i++) {
        if (flat.p[i] != ' ')
            continue;
        n++;
        for (const char *const *fold = (const char *const[]){"\r\n ", "\r\n\t", NULL}; *fold;
             fold++) {
            g_autoptr(GString) value = g_string_new_len(flat.p, (gssize)i);
            g_string_append(value, *fold);
            g_string_append_len(value, flat.p + i + 1, (gssize)(flat.n - i - 1));
            variants_add(variants, span_of(value->str, value->len), why);
        }
    }
    for (unsigned width = WIDEST; width >= NARROWEST; width--) {
        for (const char *const *indent = (const char *const[]){" ", "\t", NULL}; *indent;
             indent++) {
            g_autoptr(GString) value = g_string_sized_new(flat.n + 16);
            if (fold_value(&(Fold){0, width, *indent}, *indent, flat, strlen(variants->name) + 2,
                           value))
                variants_add(variants, span_of(value->str, value->len),
                             (Reason){why.kind, 4, 0, NULL});
        }
    }
}

/* --- spaces put into tokens --- */

enum { BROKEN_LINE = 900, SINGLES = 80 };

/* Folds closed without a space: those after lines of at least `least` octets, or the only-th
 * one. */
static size_t append_joined(const Variants *variants, size_t least, size_t only, GString *out)
{
    Span value = variants->value;
    size_t line = strlen(variants->name) + 2, count = 0;
    for (size_t i = 0, n; i < value.n;) {
        if (!at_line_end(value, i, &n)) {
            g_string_append_c(out, value.p[i++]);
            line++;
            continue;
        }
        bool join = line >= least && (only == 0 || only == ++count);
        if (!join)
            g_string_append_len(out, value.p + i, (gssize)n);
        for (i += n, line = 0; join && i < value.n && byte_is_wsp(value.p[i]);)
            i++;
    }
    return count;
}

static void add_joined(Variants *variants, size_t least, size_t only, Reason why)
{
    g_autoptr(GString) value = g_string_sized_new(variants->value.n);
    append_joined(variants, least, only, value);
    variants_add(variants, span_of(value->str, value->len), why);
}

static void add_without_breaks(Variants *variants)
{
    size_t folds_there = 0;
    for (size_t i = 0; i < variants->value.n; i++)
        folds_there += variants->value.p[i] == '\n';
    if (folds_there > 0) {
        add_joined(variants, BROKEN_LINE, 0, (Reason){"header-long-line-broken", 1, 0, NULL});
        add_joined(variants, 0, 0, (Reason){"header-token-split", 3, 0, "every fold"});
    }
    for (size_t only = 1; only <= MIN(folds_there, SINGLES); only++)
        add_joined(variants, 0, only, (Reason){"header-token-split", 2, 0, NULL});
    /* The fold may be gone already, its space not. */
    Span flat = variants->flat;
    for (size_t i = 1, n = 0; flat.n > 60 && i + 1 < flat.n && n < SINGLES; i++) {
        if (flat.p[i] != ' ')
            continue;
        n++;
        g_autoptr(GString) value = g_string_new_len(flat.p, (gssize)i);
        g_string_append_len(value, flat.p + i + 1, (gssize)(flat.n - i - 1));
        variants_add(variants, span_of(value->str, value->len),
                     (Reason){"header-token-split", 4, 0, NULL});
    }
}

/* --- spaces lost --- */

/* Where two tokens stand glued together that usually have white space between them. */
static void add_glue_undone(Variants *variants, const char *glued, const char *apart, unsigned cost)
{
    size_t n = strlen(glued);
    g_autoptr(GString) all = g_string_sized_new(variants->value.n + 16);
    Span value = variants->value;
    size_t count = 0;
    for (size_t at = 0; at < value.n;) {
        size_t next = span_search(value, span_str(glued), at);
        g_string_append_len(all, value.p + at, (gssize)(next - at));
        if (next == value.n)
            break;
        g_string_append(all, apart);
        at = next + n;
        if (++count > SINGLES)
            continue;
        g_autoptr(GString) one = g_string_new_len(value.p, (gssize)next);
        g_string_append(one, apart);
        g_string_append_len(one, value.p + at, (gssize)(value.n - at));
        variants_add(variants, span_of(one->str, one->len),
                     (Reason){"header-folds-lost", cost + 1, 0, NULL});
    }
    if (count > 0)
        variants_add(variants, span_of(all->str, all->len),
                     (Reason){"header-folds-lost", cost, 0, NULL});
}

/* One space where a line of a usual width may have ended. */
static void add_lost_spaces(Variants *variants)
{
    Span flat = variants->flat;
    size_t name = strlen(variants->name) + 2;
    for (size_t i = 1; i < flat.n && i < 400; i++) {
        size_t column = (i + name) % 78;
        if (flat.p[i] == ' ' || flat.p[i - 1] == ' ' || (column > 4 && column < 60))
            continue;
        g_autoptr(GString) value = g_string_new_len(flat.p, (gssize)i);
        g_string_append_c(value, ' ');
        g_string_append_len(value, flat.p + i, (gssize)(flat.n - i));
        variants_add(variants, span_of(value->str, value->len),
                     (Reason){"header-folds-lost", 6, 0, NULL});
    }
}

void variants_style(Variants *variants)
{
    if (variants->simple)
        add_habits(variants);
    if (!variants->field || variants->block->slots[variants->slot].is_signature)
        return;
    if (variants->simple)
        add_folds(variants);
    add_without_breaks(variants);
    add_glue_undone(variants, "?==?", "?= =?", 1);
    add_glue_undone(variants, "><", "> <", 2);
    add_glue_undone(variants, ">,<", ">, <", 2);
    if (variants->flat.n > 60)
        add_lost_spaces(variants);
}
