#include "reports/sections.h"

#include <string.h>

enum { EXCERPT_OCTETS = 160 };

static const char *argument(const void *of, const char *name)
{
    const Finding *finding = of;
    for (size_t i = 0; i < finding->n_arguments; i++) {
        if (strcmp(finding->arguments[i].name, name) == 0)
            return finding->arguments[i].value;
    }
    return "";
}

char *sections_rule_text(const RuleText *text, ArgumentOf argument_of, const void *of)
{
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < text->n; i++) {
        const TextPiece *piece = &text->pieces[i];
        if (piece->is_argument) {
            g_autofree char *value = node_printable(argument_of(of, piece->text));
            g_string_append(out, value);
            continue;
        }
        for (const char *p = piece->text; *p != '\0'; p++) {
            if (!g_ascii_isspace(*p))
                g_string_append_c(out, *p);
            else if (out->len > 0 && out->str[out->len - 1] != ' ')
                g_string_append_c(out, ' ');
        }
    }
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
    return g_string_free(out, FALSE);
}

static void write_texts(xmlNode *node, const char *name, const Finding *finding,
                        const RuleText texts[LANGUAGES])
{
    for (int language = 0; language < LANGUAGES; language++) {
        g_autofree char *text = sections_rule_text(&texts[language], argument, finding);
        if (text[0] != '\0')
            node_text_in(node, name, (Language)language, text);
    }
}

/* The header field that holds an offset; n_fields when it is in none. Fields are in the order of
 * their offsets. */
static size_t field_at(const Source *source, size_t offset)
{
    size_t low = 0, high = source->n_fields;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const Field *field = &source->fields[middle];
        if (offset < field->offset)
            high = middle;
        else if (offset - field->offset < field->raw.n)
            return middle;
        else
            low = middle + 1;
    }
    return source->n_fields;
}

static void write_place(xmlNode *parent, const Finding *finding, const Source *source)
{
    xmlNode *node = node_new(parent, "place");
    size_t index = field_at(source, finding->offset);
    node_number(node, "offset", finding->offset);
    node_number(node, "length", finding->length);
    if (index < source->n_fields) {
        const Field *field = &source->fields[index];
        size_t line = field->line;
        for (size_t i = field->offset; i < finding->offset; i++)
            line += source->bytes.p[i] == '\n';
        node_number(node, "line", line);
        node_number(node, "field", index + 1);
        node_octets(node, "field-name", span_of(field->name.p, MIN(field->name.n, EXCERPT_OCTETS)));
    }
    if (finding->offset < source->bytes.n) {
        size_t n = MIN(source->bytes.n - finding->offset, MIN(finding->length, EXCERPT_OCTETS));
        node_octets(node, "excerpt", span_of(source->bytes.p + finding->offset, n));
    }
}

/* What stands at the fault and around it: enough for a line on a screen. */
static void write_in_record(xmlNode *parent, const RecordPlace *place)
{
    enum { BEFORE = 32, AT = 40, AFTER = 24 };
    Span text = span_of(place->text, place->text_n);
    size_t before = MIN(place->offset, (size_t)BEFORE), at = MIN(place->length, (size_t)AT);
    size_t left = text.n - place->offset - at,
           after = at < place->length ? 0 : MIN(left, (size_t)AFTER);
    const char *fault = text.p + place->offset;
    xmlNode *node = node_new(parent, "in-record");
    node_attr(node, "name", place->name);
    node_attr(node, "type", place->type);
    node_number(node, "offset", place->offset);
    node_number(node, "length", place->length);
    node_number(node, "record-length", place->text_n);
    node_octets(node, "before", span_of(fault - before, before));
    node_octets(node, "fault", span_of(fault, at));
    node_octets(node, "after", span_of(fault + at, after));
}

static void write_exemption(xmlNode *node, const Finding *finding)
{
    if (finding->waived && finding->waived_until_s != 0)
        node_day(node, "waived-until", finding->waived_until_s - 1);
    if (finding->exemption_ended)
        node_day(node, "exemption-ended", finding->waived_until_s - 1);
    if (finding->waived || finding->exemption_ended)
        node_text(node, "waived-reason", finding->waived_reason);
}

static void write_lists(xmlNode *node, const Remedies *remedies, const Finding *finding)
{
    xmlNode *arguments = node_new(node, "arguments");
    for (size_t i = 0; i < finding->n_arguments; i++) {
        xmlNode *one = node_new(arguments, "argument");
        node_attr(one, "name", finding->arguments[i].name);
        node_text(one, "value", finding->arguments[i].value);
    }
    xmlNode *records = node_new(node, "proposed-records");
    for (size_t i = 0; i < finding->n_records; i++) {
        xmlNode *record = node_new(records, "proposed-record");
        node_attr(record, "action", finding->records[i].action);
        node_attr(record, "name", finding->records[i].name);
        node_attr(record, "type", finding->records[i].type);
        if (remedies != NULL)
            node_attr(record, "trial",
                      remedy_trial_name(remedy_trial(remedies, &finding->records[i])));
        node_text(record, "value", finding->records[i].value);
        sections_swaps(record, &finding->records[i]);
    }
    xmlNode *references = node_new(node, "references");
    for (size_t i = 0; i < finding->rule->n_references; i++) {
        xmlNode *reference = node_new(references, "reference");
        node_attr(reference, "label", finding->rule->references[i].label);
        node_attr(reference, "url", finding->rule->references[i].url);
        node_attr(reference, "as-of", finding->rule->references[i].as_of);
    }
}

static void write_finding(xmlNode *list, const DocumentInput *input, const Finding *finding,
                          size_t number)
{
    const Rule *rule = finding->rule;
    xmlNode *node = node_new(list, "finding");
    node_number(node, "number", number);
    node_attr(node, "rule", rule->id);
    node_attr(node, "topic", rule->topic);
    node_attr(node, "severity", severity_name(finding->severity));
    node_attr(node, "outcome", outcome_name(finding->outcome));
    node_attr(node, "object", finding->object != NULL ? finding->object : "");
    if (finding->outcome == OUTCOME_PASS || finding->outcome == OUTCOME_NOT_APPLICABLE)
        return;
    node_attr(node, "certainty", certainty_name(finding->certainty));
    node_attr(node, "actor", finding_actor(finding));
    node_number(node, "points", finding->points);
    node_bool(node, "waived", finding->waived);
    write_texts(node, "title", finding, rule->title);
    write_texts(node, "why", finding, rule->why);
    write_texts(node, "fix", finding, rule->fix);
    write_exemption(node, finding);
    if (finding->has_place)
        write_place(node, finding, input->evidence->source);
    if (finding->in_record)
        write_in_record(node, finding->in_record);
    write_lists(node, input->remedies, finding);
}

void sections_findings(xmlNode *report, const DocumentInput *input)
{
    const Judgement *judgement = input->judgement;
    xmlNode *list = node_new(report, "findings");
    for (size_t i = 0; i < judgement->n; i++)
        write_finding(list, input, &judgement->findings[i], i + 1);
}

static void write_cap(xmlNode *parent, const Judgement *judgement)
{
    const Rule *rule = judgement->cap;
    if (rule == NULL)
        return;
    xmlNode *node = node_new(parent, "cap");
    node_number(node, "limit", rule->cap);
    node_attr(node, "rule", rule->id);
    for (size_t i = 0; i < judgement->n; i++) {
        const Finding *finding = &judgement->findings[i];
        if (finding->rule == rule && finding->outcome == OUTCOME_FAIL && !finding->waived) {
            node_number(node, "finding-number", i + 1);
            break;
        }
    }
    for (int language = 0; language < LANGUAGES; language++)
        node_text_in(node, "reason", (Language)language, rule->cap_reason[language]);
}

void sections_score(xmlNode *report, const DocumentInput *input)
{
    const Judgement *judgement = input->judgement;
    xmlNode *node = node_new(report, "score");
    node_number(node, "value", judgement->score);
    node_number(node, "start", 100);
    node_number(node, "uncapped", judgement->uncapped);
    node_attr(node, "open", judgement->open ? judgement->open : "no");
    xmlNode *list = node_new(node, "deductions");
    for (size_t i = 0; i < judgement->n_deductions; i++) {
        const Deduction *deduction = &judgement->deductions[i];
        const Finding *finding = &judgement->findings[deduction->finding];
        xmlNode *one = node_new(list, "deduction");
        node_number(one, "points", deduction->points);
        node_attr(one, "rule", deduction->rule->id);
        node_number(one, "finding-number", deduction->finding + 1);
        node_attr(one, "object", finding->object != NULL ? finding->object : "");
        write_texts(one, "title", finding, finding->rule->title);
    }
    write_cap(node, judgement);
}
