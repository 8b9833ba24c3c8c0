#include "reports/text.h"

#include "reports/baseline.h"
#include "reports/document.h"

#include <string.h>

static const char *text_of(const TextView *view, const xmlNode *node, const char *name)
{
    return node_value(node_child_in(node, name, labels_language(view->labels)));
}

static bool one_of(const char *word, const char *const *words)
{
    while (*words != NULL && strcmp(word, *words) != 0)
        words++;
    return *words != NULL;
}

static bool is_good(const char *result)
{
    static const char *const good[] = {"pass",    "yes",   "usable", "verifies",
                                       "matches", "match", "info",   NULL};
    return one_of(result, good);
}

static bool is_bad(const char *result)
{
    static const char *const bad[] = {"fail",       "no",         "permerror",  "missing",
                                      "revoked",    "malformed",  "changed",    "policy",
                                      "differs",    "error",      "unsuitable", "key-or-value",
                                      "wrong-hash", "unverified", NULL};
    return one_of(result, bad);
}

LineStyle text_style_of(const char *result)
{
    return is_good(result) ? STYLE_GOOD : is_bad(result) ? STYLE_BAD : STYLE_FAIR;
}

const char *text_mark_of(const char *result)
{
    if (strcmp(result, "not-applicable") == 0)
        return "– ";
    return is_good(result) ? "✓ " : is_bad(result) ? "✗ " : "? ";
}

void text_pair(TextView *view, size_t indent, const char *id, const char *value)
{
    if (value[0] != '\0')
        lines_pair(&view->lines, indent, text_label(view, id), value);
}

static xmlNode *finding_number(const TextView *view, const char *number)
{
    xmlNode *finding = node_path(view->report, "findings", "finding");
    while (finding != NULL && !node_is(finding, "number", number))
        finding = node_next(finding);
    return finding;
}

/* --- the answer on one screen --- */

/* Sign and number, right-aligned. */
static char *amount(const char *sign, const char *number)
{
    size_t digits = strlen(number);
    return g_strdup_printf("%*s%s%s  ", digits < 3 ? (int)(3 - digits) : 0, "", sign, number);
}

static void write_deduction(TextView *view, const xmlNode *deduction)
{
    g_autofree char *points = amount("−", node_get(deduction, "points"));
    const char *object = node_get(deduction, "object"), *title = text_of(view, deduction, "title");
    g_autofree char *what =
        object[0] != '\0' ? g_strdup_printf("%s (%s)", title, object) : g_strdup(title);
    g_autofree char *mark = g_strconcat(points, "✗ ", NULL);
    lines_item(&view->lines, 2, STYLE_PLAIN, mark, what);
}

static void write_score(TextView *view)
{
    const xmlNode *score = node_child(view->report, "score"), *cap = node_child(score, "cap");
    const char *standing = node_get(node_child(view->report, "verdict"), "standing");
    LineStyle style = strcmp(standing, "good") == 0  ? STYLE_GOOD
                      : strcmp(standing, "bad") == 0 ? STYLE_BAD
                                                     : STYLE_FAIR;
    const char *label = node_is(score, "open", "no") ? "score-of" : "score-at-most";
    g_autofree char *of = labels_fill(view->labels, label, node_get(score, "value"));
    g_autofree char *text = g_strdup_printf("%s %s", text_label(view, "score"), of);
    lines_blank(&view->lines);
    lines_item(&view->lines, 0, style, "", text);

    const xmlNode *deduction = node_path(score, "deductions", "deduction");
    if (deduction == NULL && cap == NULL)
        return;
    lines_item(&view->lines, 3, STYLE_PLAIN, "", node_get(score, "start"));
    for (; deduction != NULL; deduction = node_next(deduction))
        write_deduction(view, deduction);
    g_autofree char *sum = amount("=", node_get(score, "uncapped"));
    if (cap == NULL) {
        lines_item(&view->lines, 2, STYLE_PLAIN, sum, "");
        return;
    }
    g_autofree char *capped = labels_fill(view->labels, "capped-at", node_get(cap, "limit"));
    g_autofree char *why = g_strdup_printf("%s: %s", capped, text_of(view, cap, "reason"));
    lines_item(&view->lines, 2, STYLE_PLAIN, sum, why);
}

/* The title says what was looked at; the mark says that it is not so. */
static void write_failing(TextView *view, const xmlNode *finding)
{
    LineStyle style = node_is(finding, "severity", "error")     ? STYLE_BAD
                      : node_is(finding, "severity", "warning") ? STYLE_FAIR
                                                                : STYLE_DIM;
    lines_item(&view->lines, 2, style, "✗ ", text_of(view, finding, "title"));
}

/* Of blockers or actions: from this one on, the first whose finding is to be told. */
static xmlNode *next_told(const TextView *view, xmlNode *item)
{
    while (item != NULL && !baseline_tells(finding_number(view, node_get(item, "finding-number"))))
        item = node_next(item);
    return item;
}

static void write_blockers(TextView *view)
{
    xmlNode *blocker = node_path(node_child(view->report, "verdict"), "blockers", "blocker");
    blocker = next_told(view, blocker);
    if (blocker == NULL)
        return;
    lines_heading(&view->lines, text_label(view, "blockers"));
    for (; blocker != NULL; blocker = next_told(view, node_next(blocker))) {
        const xmlNode *finding = finding_number(view, node_get(blocker, "finding-number"));
        lines_item(&view->lines, 2, STYLE_BAD, "✗ ", text_of(view, finding, "title"));
        lines_item(&view->lines, 4, STYLE_PLAIN, "", text_of(view, finding, "why"));
    }
}

/* What to do; a record that stands below it anyway is not told twice. */
static void write_fix(TextView *view, const xmlNode *finding)
{
    enum { LONG_RECORD = 80 };
    const char *fix = text_of(view, finding, "fix");
    const xmlNode *record = node_path(finding, "proposed-records", "proposed-record");
    const char *value = node_child_value(record, "value"), *at = strstr(fix, value);
    if (strlen(value) < LONG_RECORD || at == NULL) {
        text_pair(view, 4, "fix", fix);
        return;
    }
    g_autofree char *text = g_strdup_printf("%.*s%s%s", (int)(at - fix), fix,
                                            text_label(view, "see-below"), at + strlen(value));
    text_pair(view, 4, "fix", text);
}

static void write_proposed_records(TextView *view, const xmlNode *finding)
{
    const xmlNode *record = node_path(finding, "proposed-records", "proposed-record");
    for (; record != NULL; record = node_next(record)) {
        g_autofree char *what =
            g_strdup_printf("%s %s", node_get(record, "name"), node_get(record, "type"));
        lines_pair(&view->lines, 4, text_word(view, "action", node_get(record, "action")), what);
        lines_raw(&view->lines, 6, node_child_value(record, "value"));
        text_swaps(view, 6, record);
        const char *trial = node_get(record, "trial");
        if (strcmp(trial, "no-gain") == 0 || strcmp(trial, "over-budget") == 0)
            text_pair(view, 4, "trial", text_word(view, "trial", trial));
    }
}

static void write_actions(TextView *view)
{
    bool compared = node_child(view->report, "baseline") != NULL;
    xmlNode *action = node_path(node_child(view->report, "verdict"), "actions", "action");
    action = next_told(view, action);
    lines_heading(&view->lines, text_label(view, action != NULL ? "first"
                                                 : compared     ? "baseline-no-action"
                                                                : "nothing-to-do"));
    if (action == NULL)
        return;
    const xmlNode *finding = finding_number(view, node_get(action, "finding-number"));
    write_failing(view, finding);
    text_pair(view, 4, "why", text_of(view, finding, "why"));
    write_fix(view, finding);
    text_pair(view, 4, "who", text_word(view, "actor", node_get(action, "actor")));
    write_proposed_records(view, finding);
    text_remedy_of(view, node_get(action, "finding-number"));
    size_t more = 0;
    while ((action = next_told(view, node_next(action))) != NULL)
        more++;
    if (more > 0) {
        g_autofree char *rest = labels_count(view->labels, "more-actions", more);
        lines_item(&view->lines, 2, STYLE_DIM, "", rest);
    }
}

static void write_top(TextView *view)
{
    const xmlNode *verdict = node_child(view->report, "verdict"),
                  *input = node_child(view->report, "input");
    lines_item(&view->lines, 0, STYLE_DIM, "", node_get(input, "name"));
    lines_item(&view->lines, 0, STYLE_BOLD, "", text_of(view, verdict, "sentence"));
    text_baseline_top(view);
    if (node_is(node_child(input, "copy"), "repaired", "true"))
        lines_item(&view->lines, 0, STYLE_FAIR, "! ", text_label(view, "copy-repaired"));
    if (node_is(input, "headers-only", "true"))
        lines_item(&view->lines, 0, STYLE_FAIR, "! ", text_label(view, "headers-only"));
    write_score(view);
    text_what_happened(view);
    write_blockers(view);
    write_actions(view);
}

static void write_steps(TextView *view)
{
    const xmlNode *step = node_path(node_child(view->report, "alignment"), "steps", "step");
    if (step == NULL)
        return;
    lines_heading(&view->lines, text_label(view, "steps"));
    for (; step != NULL; step = node_next(step)) {
        const char *answer = node_get(step, "answer"), *object = node_get(step, "object");
        const char *detail = node_child_value(step, "detail");
        g_autoptr(GString) line = g_string_new(text_word(view, "step", node_get(step, "id")));
        g_string_append_printf(line, " %s", text_word(view, "answer", answer));
        if (object[0] != '\0')
            g_string_append_printf(line, ": %s", object);
        if (detail[0] != '\0')
            g_string_append_printf(line, " (%s)", detail);
        lines_item(&view->lines, 2, text_style_of(answer), text_mark_of(answer), line->str);
    }
}

/* --- findings --- */

static void write_references(TextView *view, const xmlNode *finding)
{
    g_autoptr(GString) list = g_string_new(NULL);
    const xmlNode *reference = node_path(finding, "references", "reference");
    for (; reference != NULL; reference = node_next(reference))
        g_string_append_printf(list, "%s%s", list->len > 0 ? "; " : "",
                               node_get(reference, "label"));
    text_pair(view, 4, "references", list->str);
}

/* Line and field; what stands there, when it is less than the whole field. */
static void write_place(TextView *view, const xmlNode *place)
{
    if (place == NULL)
        return;
    const char *line = node_get(place, "line"), *excerpt = node_child_value(place, "excerpt");
    const char *field = node_child_value(place, "field-name");
    g_autofree char *where = line[0] != '\0'
                                 ? labels_fill(view->labels, "line-number", line)
                                 : labels_fill(view->labels, "offset", node_get(place, "offset"));
    g_autoptr(GString) text = g_string_new(where);
    if (field[0] != '\0')
        g_string_append_printf(text, ", %s", field);
    if (field[0] == '\0' || !g_str_has_prefix(excerpt, field))
        g_string_append_printf(text, ": %s", excerpt);
    text_pair(view, 4, "place", text->str);
}

static void write_finding(TextView *view, const xmlNode *finding)
{
    const char *object = node_get(finding, "object");
    write_failing(view, finding);

    g_autoptr(GString) about = g_string_new(node_get(finding, "rule"));
    if (object[0] != '\0')
        g_string_append_printf(about, " (%s)", object);
    g_string_append_printf(about, ", %s",
                           text_word(view, "certainty", node_get(finding, "certainty")));
    if (!node_is(finding, "points", "0")) {
        g_autofree char *costs = labels_count(
            view->labels, "costs", g_ascii_strtoull(node_get(finding, "points"), NULL, 10));
        g_string_append_printf(about, ", %s", costs);
    }
    lines_item(&view->lines, 4, STYLE_DIM, "", about->str);
    text_exemption(view, finding);
    text_pair(view, 4, "why", text_of(view, finding, "why"));
    write_fix(view, finding);
    text_pair(view, 4, "who", text_word(view, "actor", node_get(finding, "actor")));
    write_proposed_records(view, finding);
    write_place(view, node_child(finding, "place"));
    text_in_record(view, finding);
    write_references(view, finding);
}

/* Findings of one outcome, perhaps of one severity, waived or not; the heading only when there are
 * any. */
static bool write_group(TextView *view, const char *heading, const char *severity, bool waived)
{
    bool any = false;
    const xmlNode *finding = node_path(view->report, "findings", "finding");
    for (; finding != NULL; finding = node_next(finding)) {
        if (!node_is(finding, "outcome", "fail") ||
            !node_is(finding, "waived", waived ? "true" : "false") || !baseline_tells(finding) ||
            (severity != NULL && !node_is(finding, "severity", severity)))
            continue;
        if (!any)
            lines_heading(&view->lines, text_label(view, heading));
        any = true;
        write_finding(view, finding);
    }
    return any;
}

static const char *missing_fact(const xmlNode *finding)
{
    return node_value(node_child(node_path(finding, "arguments", "argument"), "value"));
}

static xmlNode *next_not_evaluable(xmlNode *finding)
{
    while (finding != NULL && !node_is(finding, "outcome", "not-evaluable"))
        finding = node_next(finding);
    return finding;
}

/* Rules by the fact they lack. */
static void write_lacking(TextView *view, const xmlNode *list, const char *missing)
{
    g_autoptr(GString) rules = g_string_new(NULL);
    xmlNode *finding = next_not_evaluable(node_child(list, "finding"));
    for (; finding != NULL; finding = next_not_evaluable(node_next(finding))) {
        if (strcmp(missing_fact(finding), missing) == 0)
            g_string_append_printf(rules, "%s%s", rules->len > 0 ? ", " : "",
                                   node_get(finding, "rule"));
    }
    g_autofree char *fact =
        labels_fill(view->labels, "missing-fact", text_word(view, "missing", missing));
    lines_item(&view->lines, 2, STYLE_FAIR, "? ", fact);
    lines_item(&view->lines, 4, STYLE_DIM, "", rules->str);
}

static void write_not_evaluable(TextView *view)
{
    const xmlNode *list = node_child(view->report, "findings");
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    xmlNode *finding = next_not_evaluable(node_child(list, "finding"));
    if (finding != NULL)
        lines_heading(&view->lines, text_label(view, "not-evaluable"));
    for (; finding != NULL; finding = next_not_evaluable(node_next(finding))) {
        if (g_hash_table_add(seen, (char *)missing_fact(finding)))
            write_lacking(view, list, missing_fact(finding));
    }
}

static void write_findings(TextView *view)
{
    bool any = write_group(view, "severities.error", "error", false);
    any |= write_group(view, "severities.warning", "warning", false);
    any |= write_group(view, "severities.notice", "notice", false);
    any |= write_group(view, "severities.info", "info", false);
    if (!any)
        lines_heading(&view->lines, text_label(view, node_child(view->report, "baseline") != NULL
                                                         ? "baseline-nothing"
                                                         : "no-findings"));
    write_group(view, "waived", NULL, true);
    text_baseline_gone(view);
    write_not_evaluable(view);
}

static void write_dns_count(TextView *view)
{
    size_t asked = 0, trouble = 0;
    for (const xmlNode *answer = node_path(view->report, "dns", "answer"); answer != NULL;
         answer = node_next(answer)) {
        asked++;
        trouble += node_is(answer, "temporary", "true") || node_is(answer, "status", "malformed");
    }
    g_autofree char *text = labels_count(view->labels, "dns-count", asked);
    lines_blank(&view->lines);
    if (trouble > 0) {
        g_autofree char *open = labels_count(view->labels, "dns-trouble", trouble);
        g_autofree char *both = g_strdup_printf("%s, %s.", text, open);
        lines_item(&view->lines, 0, STYLE_FAIR, "", both);
        return;
    }
    g_autofree char *sentence = g_strconcat(text, ".", NULL);
    lines_item(&view->lines, 0, STYLE_DIM, "", sentence);
}

/* Before anything else: what stands below is not to be taken for the original. */
static void write_redacted(TextView *view)
{
    if (!node_is(view->report, "redacted", "true"))
        return;
    lines_item(&view->lines, 0, STYLE_FAIR, "! ", text_label(view, "redacted"));
    lines_blank(&view->lines);
}

void text_write(TextView *view)
{
    write_redacted(view);
    write_top(view);
    write_steps(view);
    text_signing(view);
    text_identities(view);
    text_hops(view);
    text_signatures(view);
    text_spf(view);
    text_dmarc(view);
    text_arc(view);
    text_said(view);
    text_domain(view);
    text_providers(view);
    write_findings(view);
    text_remedies(view);
    text_plan(view);
    write_dns_count(view);
}

GString *text_view(xmlDoc *document, Language language, bool colour)
{
    g_autoptr(Labels) labels = labels_new(language);
    TextView view = {
        .lines = {.out = g_string_new(NULL), .colour = colour},
        .labels = labels,
        .report = xmlDocGetRootElement(document),
    };
    text_write(&view);
    return view.lines.out;
}
