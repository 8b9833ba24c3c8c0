/* domaintext.c - the view for people: a table with a line for each key, then what there is to do.
 */
#include "cli/domainview.h"

#include "reports/lines.h"

#include <string.h>

enum { COLUMNS = 7, GAP = 2 };

static const char *mark_of(Level level)
{
    switch (level) {
    case LEVEL_GOOD:
    case LEVEL_INFO:
        return "✓";
    case LEVEL_UNKNOWN:
        return "?";
    case LEVEL_ERROR:
        return "✗";
    default:
        return "!";
    }
}

static LineStyle style_of(Level level)
{
    switch (level) {
    case LEVEL_GOOD:
    case LEVEL_INFO:
        return STYLE_GOOD;
    case LEVEL_ERROR:
        return STYLE_BAD;
    default:
        return STYLE_FAIR;
    }
}

static bool is_work(Level level)
{
    return level > LEVEL_INFO;
}

/* --- the table --- */

typedef struct Row {
    char *cells[COLUMNS];
    Level level;
} Row;

static void row_clear(void *item)
{
    Row *row = item;
    for (size_t i = 0; i < COLUMNS; i++)
        g_free(row->cells[i]);
}

static char *part_cell(const DomainCheck *check, DomainPart part)
{
    return g_strdup(check->active ? mark_of(domainwords_worst(check->facts[part])) : "-");
}

static void add_row(GArray *rows, const DomainCheck *check, const KeyCheck *key, Language language)
{
    Row row = {.level = key ? domainwords_worst(key->facts) : LEVEL_GOOD};
    for (int part = PART_SPF; part < DOMAIN_PARTS; part++) {
        Level level = domainwords_worst(check->facts[part]);
        row.level = MAX(row.level, level);
    }
    row.cells[0] = g_strdup(check->domain);
    row.cells[1] = g_strdup(key ? key->selector : "-");
    row.cells[2] = key ? g_strdup_printf("%s %s", mark_of(domainwords_worst(key->facts)),
                                         domainwords_state(key, language))
                       : g_strdup("-");
    row.cells[3] = part_cell(check, PART_SPF);
    row.cells[4] = part_cell(check, PART_DMARC);
    row.cells[5] = part_cell(check, PART_BOUNCES);
    row.cells[6] = g_strdup(check->tenant ? check->tenant : "");
    g_array_append_val(rows, row);
}

static GArray *table_rows(const DomainChecks *checks, Language language)
{
    GArray *rows = g_array_new(FALSE, FALSE, sizeof(Row));
    g_array_set_clear_func(rows, row_clear);
    static const Phrase heads[COLUMNS] = {[0] = PHRASE_DOMAIN,
                                          [1] = PHRASE_SELECTOR,
                                          [2] = PHRASE_KEY,
                                          [5] = PHRASE_BOUNCES,
                                          [6] = PHRASE_TENANT};
    Row head = {.level = LEVEL_GOOD};
    for (size_t i = 0; i < COLUMNS; i++)
        head.cells[i] = g_strdup(i == 3   ? "SPF"
                                 : i == 4 ? "DMARC"
                                          : domainwords_phrase(heads[i], language));
    g_array_append_val(rows, head);
    for (size_t i = 0; i < checks->n; i++) {
        const DomainCheck *check = &checks->domains[i];
        for (size_t j = 0; j < check->n_keys; j++)
            add_row(rows, check, &check->keys[j], language);
        if (check->n_keys == 0)
            add_row(rows, check, NULL, language);
    }
    return rows;
}

static void append_padded(GString *line, const char *text, size_t width)
{
    g_string_append(line, text);
    for (size_t n = lines_width(text); n < width; n++)
        g_string_append_c(line, ' ');
}

static void write_table(Lines *lines, const DomainChecks *checks, Language language)
{
    g_autoptr(GArray) rows = table_rows(checks, language);
    size_t widths[COLUMNS] = {0};
    for (guint i = 0; i < rows->len; i++)
        for (size_t j = 0; j < COLUMNS; j++)
            widths[j] = MAX(widths[j], lines_width(g_array_index(rows, Row, i).cells[j]));
    lines_blank(lines);
    for (guint i = 0; i < rows->len; i++) {
        const Row *row = &g_array_index(rows, Row, i);
        g_autoptr(GString) line = g_string_new(NULL);
        append_padded(line, i == 0 ? "" : mark_of(row->level), 1);
        for (size_t j = 0; j < COLUMNS; j++) {
            append_padded(line, "", j == 0 ? 1 : GAP);
            append_padded(line, row->cells[j], widths[j]);
        }
        g_strchomp(line->str);
        lines_raw(lines, 0, line->str);
    }
}

/* --- what there is to do --- */

/* "include:a.example: lets nobody through" */
static void write_swaps(Lines *lines, const Advice *advice, Language language)
{
    for (size_t i = 0; advice->fit && i < advice->fit->n; i++) {
        const SpfSwap *swap = &advice->fit->swaps[i];
        g_autofree char *why = advice_swap_text(swap, language);
        g_autofree char *text =
            g_strdup_printf("%s%s%s: %s", swap->term, *swap->by ? " → " : "", swap->by, why);
        lines_item(lines, 6, STYLE_PLAIN, "· ", text);
    }
}

/* What can be dropped, when no record without loss can be proposed. */
static void write_costs(Lines *lines, const Advice *advice, Language language)
{
    g_autofree char *head = domainwords_counted(PHRASE_DROP, language, advice->excess, 0);
    lines_item(lines, 4, STYLE_PLAIN, "→ ", head);
    for (size_t i = 0; i < advice->n_costs; i++) {
        const SpfCost *cost = &advice->costs[i];
        g_autofree char *text = g_strdup_printf("%s (%u)", cost->term, cost->lookups);
        lines_item(lines, 6, STYLE_PLAIN, "· ", text);
    }
}

static void write_advice(Lines *lines, bool advised, Advice *advice, Language language)
{
    if (advised) {
        g_autofree char *line = g_strconcat(advice->name, ". TXT", NULL);
        lines_item(lines, 4, STYLE_PLAIN, "→ ",
                   domainwords_phrase(advice->change ? PHRASE_CHANGE : PHRASE_ADD, language));
        lines_raw(lines, 6, line);
        lines_raw(lines, 6, advice->value);
        write_swaps(lines, advice, language);
    } else if (advice->n_costs > 0) {
        write_costs(lines, advice, language);
    }
    advice_clear(advice);
}

/* Takes the advice over. */
static void write_facts(Lines *lines, const char *title, const GArray *facts, bool advised,
                        Advice *advice, Language language)
{
    Level worst = domainwords_worst(facts);
    g_autofree char *mark = g_strconcat(mark_of(worst), " ", NULL);
    lines_item(lines, 2, style_of(worst), mark, title);
    for (guint i = 0; i < facts->len; i++) {
        const DomainFact *fact = &g_array_index(facts, DomainFact, i);
        g_autofree char *text = domainwords_sentence(fact, language);
        lines_item(lines, 4, STYLE_PLAIN, "", text);
    }
    write_advice(lines, advised, advice, language);
}

static void write_key(Lines *lines, const KeyCheck *key, Language language)
{
    Advice advice;
    bool advised = advice_key(key, &advice);
    g_autofree char *title = g_strdup_printf("%s: %s", key->name, domainwords_state(key, language));
    write_facts(lines, title, key->facts, advised, &advice, language);
}

static void write_details(Lines *lines, const DomainCheck *check, const DomainChecks *checks,
                          Language language)
{
    g_autofree char *title = check->tenant
                                 ? g_strdup_printf("%s (%s)", check->domain, check->tenant)
                                 : g_strdup(check->domain);
    lines_heading(lines, title);
    for (size_t i = 0; i < check->n_keys; i++)
        if (is_work(domainwords_worst(check->keys[i].facts)))
            write_key(lines, &check->keys[i], language);
    Advice spf, dmarc, none = {0};
    bool spf_advised = advice_spf(check, checks, &spf), dmarc_advised = advice_dmarc(check, &dmarc);
    if (is_work(domainwords_worst(check->facts[PART_SPF])))
        write_facts(lines, "SPF", check->facts[PART_SPF], spf_advised, &spf, language);
    else
        advice_clear(&spf);
    if (is_work(domainwords_worst(check->facts[PART_DMARC])))
        write_facts(lines, "DMARC", check->facts[PART_DMARC], dmarc_advised, &dmarc, language);
    else
        advice_clear(&dmarc);
    if (is_work(domainwords_worst(check->facts[PART_BOUNCES])))
        write_facts(lines, domainwords_phrase(PHRASE_BOUNCES, language), check->facts[PART_BOUNCES],
                    false, &none, language);
}

GString *domainview_text(const DomainChecks *checks, Language language, bool colour)
{
    Lines lines = {.out = g_string_new(NULL), .colour = colour};
    size_t to_do = 0;
    for (size_t i = 0; i < checks->n; i++)
        to_do += is_work(domainview_worst(&checks->domains[i])) ? 1 : 0;
    g_autofree char *summary = domainwords_counted(PHRASE_SUMMARY, language, to_do, checks->n);
    lines_item(&lines, 0, STYLE_BOLD, "", domainwords_phrase(PHRASE_TITLE, language));
    lines_item(&lines, 0, STYLE_PLAIN, "", summary);
    write_table(&lines, checks, language);
    for (size_t i = 0; i < checks->n; i++)
        if (is_work(domainview_worst(&checks->domains[i])))
            write_details(&lines, &checks->domains[i], checks, language);
    if (to_do == 0) {
        lines_blank(&lines);
        lines_item(&lines, 0, STYLE_GOOD, "", domainwords_phrase(PHRASE_ALL_GOOD, language));
    }
    return lines.out;
}

GString *domainview_key(const KeyCheck *check, Language language, bool colour)
{
    Lines lines = {.out = g_string_new(NULL), .colour = colour};
    write_key(&lines, check, language);
    return lines.out;
}
