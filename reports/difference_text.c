/* The differences as text. Results and findings first, then where what was signed begins to differ,
 * header fields, and all other facts by section; what does not matter is dim. */
#include "reports/builtin.h"
#include "reports/difference.h"
#include "reports/finding.h"
#include "reports/lines.h"

#include <string.h>

enum { VALUE_SHOWN = 200, VALUE_BEFORE = 40 };

typedef struct Text {
    Lines lines;
    const Labels *labels;
    const Difference *difference;
} Text;

static const char *word(const Text *text, const char *id)
{
    return labels_of(text->labels, "diff", id);
}

static const char *fact_label(const Text *text, const char *name)
{
    const char *label = labels_of(text->labels, "fact", name);
    return label != name ? label : labels_get(text->labels, name);
}

/* --- values --- */

static const char *back_to_start(const char *text, const char *p)
{
    while (p > text && ((unsigned char)*p & 0xC0) == 0x80)
        p--;
    return p;
}

static size_t common_start(const char *a, const char *b)
{
    size_t i = 0;
    while (a[i] != '\0' && a[i] == b[i])
        i++;
    return i;
}

/* The value; of a long one, what stands around the place where the other begins to differ. Owned.
 */
static char *shown(const char *value, const char *other)
{
    size_t n = strlen(value);
    if (n <= VALUE_SHOWN)
        return g_strdup(value);
    size_t at = other != NULL ? common_start(value, other) : 0;
    const char *from = at > VALUE_BEFORE ? value + at - VALUE_BEFORE : value;
    from = back_to_start(value, MIN(from, value + n - VALUE_SHOWN));
    const char *to = back_to_start(value, MIN(from + VALUE_SHOWN, value + n));
    return g_strdup_printf("%s%.*s%s", from > value ? "…" : "", (int)(to - from), from,
                           *to != '\0' ? "…" : "");
}

static char *fact_value(const Text *text, const Fact *fact, const Fact *other)
{
    if (fact == NULL)
        return g_strdup(word(text, "absent"));
    if (fact->words != NULL)
        return g_strdup(labels_of(text->labels, fact->words, fact->value));
    return shown(fact->value, other != NULL ? other->value : NULL);
}

/* "before → after" behind a label; on lines of their own when they are long. */
static void write_change(Text *text, bool matters, const char *label, const char *before,
                         const char *after)
{
    enum { SHORT = 60 };
    LineStyle style = matters ? STYLE_BOLD : STYLE_DIM;
    const char *mark = matters ? "≠ " : "· ";
    if (lines_width(label) + lines_width(before) + lines_width(after) <= SHORT + 10) {
        g_autofree char *line = g_strdup_printf("%s: %s → %s", label, before, after);
        lines_item(&text->lines, 2, style, mark, line);
        return;
    }
    lines_item(&text->lines, 2, style, mark, label);
    lines_pair(&text->lines, 4, word(text, "before"), before);
    lines_pair(&text->lines, 4, word(text, "after"), after);
}

static void write_fact(Text *text, const FactDifference *difference)
{
    const Fact *fact = difference->after != NULL ? difference->after : difference->before;
    g_autofree char *label =
        fact->object[0] != '\0'
            ? g_strdup_printf("%s (%s)", fact_label(text, fact->name), fact->object)
            : g_strdup(fact_label(text, fact->name));
    g_autofree char *before = fact_value(text, difference->before, difference->after),
                    *after = fact_value(text, difference->after, difference->before);
    write_change(text, difference->matters, label, before, after);
}

static void write_left_out(Text *text, size_t n)
{
    if (n <= NODE_MAX_ITEMS)
        return;
    g_autofree char *more = labels_count(text->labels, "diff.more", n - NODE_MAX_ITEMS);
    lines_item(&text->lines, 2, STYLE_DIM, "", more);
}

/* The facts of one section; so many of them in all. */
static void write_section(Text *text, const char *section, size_t *written)
{
    const Difference *d = text->difference;
    bool headed = false;
    for (size_t i = 0; i < d->n_facts && *written < NODE_MAX_ITEMS; i++) {
        const FactDifference *fact = &d->facts[i];
        const char *of = (fact->after != NULL ? fact->after : fact->before)->section;
        if (strcmp(of, section) != 0)
            continue;
        if (!headed)
            lines_heading(&text->lines, labels_get(text->labels, section));
        headed = true;
        write_fact(text, fact);
        ++*written;
    }
}

/* --- top --- */

static void write_side(Text *text, const char *which, const DifferenceSide *side)
{
    const xmlNode *report = xmlDocGetRootElement(side->document);
    const xmlNode *verdict = node_child(report, "verdict"), *input = node_child(report, "input");
    g_autofree char *score = labels_fill(text->labels, "score-of", node_get(verdict, "score"));
    g_autofree char *line =
        g_strdup_printf("%s: %s %s. %s", node_get(input, "name"), labels_get(text->labels, "score"),
                        score, finding_text(verdict, "sentence", labels_language(text->labels)));
    lines_pair(&text->lines, 0, word(text, which), line);
}

static void write_answer(Text *text)
{
    const Difference *d = text->difference;
    size_t others = (d->fields != NULL ? d->fields->n : 0) + d->n_facts;
    lines_blank(&text->lines);
    if (d->matters)
        lines_item(&text->lines, 0, STYLE_BAD, "", word(text, "differs"));
    else if (others > 0)
        lines_item(&text->lines, 0, STYLE_GOOD, "", word(text, "only-copy"));
    else
        lines_item(&text->lines, 0, STYLE_GOOD, "", word(text, "none"));
}

/* --- findings --- */

/* "fail (error)", "pass". Owned. */
static char *state_of(const Text *text, const xmlNode *finding)
{
    const char *state = findingdiff_state(finding);
    const char *shown_state = labels_of(text->labels, "diff-state", state);
    if (!node_is(finding, "outcome", "fail"))
        return g_strdup(shown_state);
    const char *severity = labels_of(text->labels, "severity", node_get(finding, "severity"));
    const char *certainty = node_is(finding, "certainty", "inferred")
                                ? labels_of(text->labels, "certainty", "inferred")
                                : "";
    return g_strdup_printf("%s (%s%s%s)", shown_state, severity, certainty[0] ? ", " : "",
                           certainty);
}

/* Passed findings have no title. */
static const char *title_of(const Text *text, const FindingPair *pair)
{
    const char *title = finding_text(pair->after, "title", labels_language(text->labels));
    if (title[0] == '\0')
        title = finding_text(pair->before, "title", labels_language(text->labels));
    return title[0] != '\0' ? title
                            : node_get(pair->after != NULL ? pair->after : pair->before, "rule");
}

static void write_finding(Text *text, const FindingPair *pair)
{
    static const struct {
        LineStyle style;
        const char *mark;
    } looks[] = {
        [FINDING_SAME] = {STYLE_PLAIN, ""},     [FINDING_NEW] = {STYLE_BAD, "✗ "},
        [FINDING_WORSE] = {STYLE_BAD, "✗ "},    [FINDING_OPEN] = {STYLE_FAIR, "? "},
        [FINDING_BETTER] = {STYLE_GOOD, "✗ "},  [FINDING_GONE] = {STYLE_GOOD, "✓ "},
        [FINDING_SETTLED] = {STYLE_GOOD, "✓ "},
    };
    const xmlNode *finding = pair->after != NULL ? pair->after : pair->before;
    const char *object = node_get(finding, "object");
    g_autofree char *before = state_of(text, pair->before), *after = state_of(text, pair->after);
    g_autofree char *about =
        g_strdup_printf("%s%s%s%s: %s → %s", node_get(finding, "rule"), object[0] ? " (" : "",
                        object, object[0] ? ")" : "", before, after);
    lines_item(&text->lines, 2, looks[pair->change].style, looks[pair->change].mark,
               title_of(text, pair));
    lines_item(&text->lines, 4, STYLE_DIM, "", about);
    if (pair->change == FINDING_NEW || pair->change == FINDING_WORSE) {
        const char *why = finding_text(pair->after, "why", labels_language(text->labels));
        if (why[0] != '\0')
            lines_item(&text->lines, 4, STYLE_PLAIN, "", why);
    }
}

static void write_findings(Text *text)
{
    static const FindingChange order[] = {FINDING_NEW,    FINDING_WORSE, FINDING_OPEN,
                                          FINDING_BETTER, FINDING_GONE,  FINDING_SETTLED};
    const FindingPairs *findings = text->difference->findings;
    size_t written = 0;
    for (size_t k = 0; k < G_N_ELEMENTS(order); k++) {
        bool headed = false;
        for (size_t i = 0; i < findings->n && written < NODE_MAX_ITEMS; i++) {
            if (findings->pairs[i].change != order[k])
                continue;
            if (!headed)
                lines_heading(&text->lines, labels_of(text->labels, "diff-findings",
                                                      finding_change_name(order[k])));
            headed = true;
            write_finding(text, &findings->pairs[i]);
            written++;
        }
    }
    write_left_out(text, findings->n);
}

/* --- what was signed --- */

static char *place_text(const Text *text, const RegionPlace *place, const Source *source)
{
    GString *line = g_string_new(NULL);
    g_autofree char *number = g_strdup_printf("%zu", place->line),
                    *offset = g_strdup_printf("%zu", place->offset);
    g_autofree char *at_line = labels_fill(text->labels, "line-number", number),
                    *at_octet = labels_fill(text->labels, "offset", offset);
    g_string_append_printf(line, "%s, %s", at_line, at_octet);
    if (place->has_field) {
        Span name = source->fields[place->field].name;
        g_autofree char *escaped = bytes_escape(span_of(name.p, MIN(name.n, (size_t)80)));
        g_string_append_printf(line, ", %s", escaped);
    }
    g_autofree char *octets = bytes_escape(span_of(place->excerpt, place->excerpt_n));
    if (place->at_end)
        g_string_append_printf(line, ": %s", word(text, "ends"));
    else
        g_string_append_printf(line, ": \"%s\"", octets); /* a space is seen at either end */
    return g_string_free(line, FALSE);
}

static void write_region(Text *text, const char *name, const Region *region)
{
    const Difference *d = text->difference;
    const char *label = labels_get(text->labels, name);
    if (region->state != REGION_DIFFERS) {
        g_autofree char *line = g_strdup_printf(
            "%s: %s", label,
            labels_of(text->labels, "diff-region", region_state_name(region->state)));
        bool equal = region->state == REGION_EQUAL;
        lines_item(&text->lines, 4, equal ? STYLE_GOOD : STYLE_FAIR, equal ? "= " : "? ", line);
        return;
    }
    g_autofree char *at = g_strdup_printf("%zu", region->at);
    g_autofree char *where = labels_fill(text->labels, "diff-region.differs", at);
    g_autofree char *line = g_strdup_printf("%s: %s", label, where);
    lines_item(&text->lines, 4, STYLE_BAD, "≠ ", line);
    if (region->context_n > 0) {
        g_autofree char *context = bytes_escape(span_of(region->context, region->context_n));
        g_autofree char *quoted = g_strdup_printf("\"%s\"", context);
        lines_pair(&text->lines, 6, word(text, "context"), quoted);
    }
    g_autofree char *a = place_text(text, &region->a, d->before.evidence->source),
                    *b = place_text(text, &region->b, d->after.evidence->source);
    lines_pair(&text->lines, 6, word(text, "before"), a);
    lines_pair(&text->lines, 6, word(text, "after"), b);
}

static void write_signatures(Text *text)
{
    const SignaturePairs *pairs = text->difference->signatures;
    if (pairs == NULL || pairs->n == 0)
        return;
    lines_heading(&text->lines, word(text, "regions"));
    for (size_t i = 0; i < pairs->n; i++) {
        const SignaturePair *pair = &pairs->pairs[i];
        g_autofree char *line = g_strdup_printf(
            "%s d=%s s=%s%s%s",
            pair->a->kind == SIGNATURE_ARC_MESSAGE ? "ARC-Message-Signature" : "DKIM-Signature",
            pair->a->domain, pair->a->selector, pair->same_value ? "" : ": ",
            pair->same_value ? "" : word(text, "other-value"));
        lines_item(&text->lines, 2, STYLE_PLAIN, "", line);
        write_region(text, "header", &pair->header);
        write_region(text, "body", &pair->body);
    }
}

/* --- header fields --- */

static char *field_text(const Source *source, size_t index, size_t at)
{
    Span from = difference_field_from(source, index, at), raw = span_trim(from);
    g_autofree char *escaped = bytes_escape(span_of(raw.p, MIN(raw.n, (size_t)VALUE_SHOWN)));
    return g_strdup_printf("%s%s%s", from.n < source->fields[index].raw.n ? "…" : "", escaped,
                           raw.n > VALUE_SHOWN ? "…" : "");
}

static void write_field(Text *text, const FieldDifference *field)
{
    static const char *const marks[] = {"+ ", "− ", "≠ ", "~ "};
    const Difference *d = text->difference;
    const Source *a = d->before.evidence->source, *b = d->after.evidence->source;
    bool in_both = field->change == FIELD_CHANGED || field->change == FIELD_REFOLDED;
    bool covered = difference_field_is_signed(d, field);
    g_autofree char *before =
                        field->change != FIELD_ADDED ? field_text(a, field->a, field->at_a) : NULL,
                    *after = field->change != FIELD_REMOVED ? field_text(b, field->b, field->at_b)
                                                            : NULL;
    Span name =
        field->change != FIELD_REMOVED ? b->fields[field->b].name : a->fields[field->a].name;
    g_autofree char *escaped = bytes_escape(span_of(name.p, MIN(name.n, (size_t)80)));
    g_autofree char *title =
        g_strdup_printf("%s: %s%s%s", escaped,
                        labels_of(text->labels, "diff-field", field_change_name(field->change)),
                        covered ? ", " : "", covered ? word(text, "signed") : "");
    lines_item(&text->lines, 2, covered ? STYLE_BAD : STYLE_DIM, marks[field->change], title);
    if (in_both) {
        lines_pair(&text->lines, 4, word(text, "before"), before);
        lines_pair(&text->lines, 4, word(text, "after"), after);
    } else {
        lines_item(&text->lines, 4, STYLE_DIM, "", before != NULL ? before : after);
    }
}

static void write_fields(Text *text)
{
    const FieldDifferences *fields = text->difference->fields;
    if (fields == NULL || fields->n == 0)
        return;
    lines_heading(&text->lines, word(text, "fields"));
    for (size_t i = 0; i < MIN(fields->n, (size_t)NODE_MAX_ITEMS); i++)
        write_field(text, &fields->items[i]);
    write_left_out(text, fields->n);
}

GString *difference_text(const Difference *difference, Language language, bool colour)
{
    g_autoptr(Labels) labels = labels_new(language);
    Text text = {.lines = {.out = g_string_new(NULL), .colour = colour},
                 .labels = labels,
                 .difference = difference};
    size_t written = 0;
    write_side(&text, "before", &difference->before);
    write_side(&text, "after", &difference->after);
    write_answer(&text);
    const char *const *section = facts_sections();
    write_section(&text, *section++, &written); /* the verdict */
    write_findings(&text);
    write_signatures(&text);
    write_fields(&text);
    for (; *section != NULL; section++)
        write_section(&text, *section, &written);
    write_left_out(&text, difference->n_facts);
    return text.lines.out;
}
