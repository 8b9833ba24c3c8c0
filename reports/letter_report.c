/* letter_report.c - the letter about a message: which remedies and findings of a report are for the
 * administrators of the From domain. Nothing is judged here: what helps is what the report offers.
 */
#include "reports/builtin.h"
#include "reports/document.h"
#include "reports/finding.h"
#include "reports/letter.h"

#include <stdlib.h>
#include <string.h>

typedef struct Reader {
    const xmlDoc *document;
    const xmlNode *report, *remedies;
    const Labels *labels;
    Letter *letter;
    const char *include; /* of the operator; "" without */
    GPtrArray *foreign;  /* domains of other tenants, borrowed */
    GHashTable *owners;  /* names that a task is about already */
    GHashTable *solved;  /* numbers of findings that the tasks solve */
} Reader;

/* --- whose names they are --- */

static void note_foreign(Reader *reader)
{
    const xmlNode *list = node_path(reader->report, "alignment", "signing-domains");
    for (const xmlNode *one = node_child(list, "signing-domain"); one != NULL;
         one = node_next(one)) {
        const xmlNode *configured = node_child(one, "configured");
        if (node_is(configured, "other-tenant", "true"))
            g_ptr_array_add(reader->foreign, (void *)node_get(configured, "domain"));
    }
}

/* The most specific domain of all that the name lies in decides whose it is. */
static bool is_theirs(const Reader *reader, const char *name)
{
    const Letter *letter = reader->letter;
    if (!letter_is_below(name, letter->zone) || letter_is_below(name, reader->include))
        return false;
    size_t own = letter_is_below(name, letter->domain) ? strlen(letter->domain) : 0;
    for (guint i = 0; i < reader->foreign->len; i++) {
        const char *domain = g_ptr_array_index(reader->foreign, i);
        if (letter_is_below(name, domain) && strlen(domain) > own)
            return false;
    }
    return true;
}

/* --- what stands there --- */

/* What DNS said of TXT at a name; NULL when it was not asked. */
static const xmlNode *answer_of(const Reader *reader, const char *name)
{
    const xmlNode *answer = node_path(reader->report, "dns", "answer");
    while (answer != NULL &&
           (strcmp(node_get(answer, "name"), name) != 0 || !node_is(answer, "type", "TXT")))
        answer = node_next(answer);
    return answer;
}

/* Time to live, and the other records, of what DNS said at the task's name. What came of an alias
 * or a wildcard does not stand there. */
static void add_standing(const Reader *reader, LetterTask *task)
{
    const xmlNode *answer = answer_of(reader, task->object);
    task->old_ttl_s = finding_uint(answer, "ttl-s");
    if (node_path(answer, "aliases", "alias") != NULL || node_is(answer, "wildcard", "true"))
        return;
    const xmlNode *record = node_path(answer, "records", "record");
    for (; record != NULL; record = node_next(record)) {
        const char *text = node_child_value(record, "text");
        if (!letter_changes(task, text))
            g_ptr_array_add(task->stays, g_strdup(text));
    }
}

static char *standing_spf(const Reader *reader, const char *name)
{
    const xmlNode *record = node_path(answer_of(reader, name), "records", "record");
    while (record != NULL &&
           g_ascii_strncasecmp(node_child_value(record, "text"), "v=spf1", strlen("v=spf1")) != 0)
        record = node_next(record);
    return record != NULL ? g_strdup(node_child_value(record, "text")) : NULL;
}

/* --- what is offered --- */

static bool is_worse(const xmlNode *a, const xmlNode *b)
{
    Severity first = SEVERITY_INFO, second = SEVERITY_INFO;
    severity_parse(node_get(a, "severity"), &first);
    severity_parse(node_get(b, "severity"), &second);
    return b == NULL || first > second;
}

/* Of the gravest finding that proposes it. */
static char *why_of(const Reader *reader, const xmlNode *remedy)
{
    g_auto(GStrv) numbers = g_strsplit(node_get(remedy, "proposed-by"), " ", -1);
    const xmlNode *gravest = NULL;
    for (xmlNode *finding = finding_first(reader->document); finding != NULL;
         finding = node_next(finding))
        if (g_strv_contains((const char *const *)numbers, node_get(finding, "number")) &&
            node_is(finding, "actor", "dns") && is_worse(finding, gravest))
            gravest = finding;
    const char *why = finding_text(gravest, "why", labels_language(reader->labels));
    return why[0] != '\0' ? g_strdup(why) : NULL;
}

/* "SPF: fail → pass, DMARC: fail → pass"; NULL when no result changes. */
static char *effect_of(const Reader *reader, const xmlNode *after)
{
    static const char *const results[] = {"spf", "dkim", "dmarc"};
    const xmlNode *before = node_child(reader->remedies, "as-is");
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(results); i++) {
        const char *was = node_get(before, results[i]), *is = node_get(after, results[i]);
        if (strcmp(was, is) != 0)
            g_string_append_printf(text, "%s%s: %s → %s", text->len > 0 ? ", " : "",
                                   labels_of(reader->labels, "change", results[i]), was, is);
    }
    return text->len > 0 ? g_strdup(text->str) : NULL;
}

static void note_solved(Reader *reader, const xmlNode *outcome)
{
    g_auto(GStrv) numbers = g_strsplit(node_get(outcome, "solved"), " ", -1);
    for (char **number = numbers; *number != NULL; number++)
        g_hash_table_add(reader->solved, g_strdup(*number));
}

static bool is_for_them(const Reader *reader, const xmlNode *remedy)
{
    const xmlNode *change = node_path(remedy, "changes", "change");
    return change != NULL && node_is(remedy, "actor", "dns") &&
           is_theirs(reader, node_get(change, "name"));
}

static void add_swaps(const Reader *reader, const xmlNode *remedy, LetterTask *task)
{
    const xmlNode *swap = node_path(remedy, "replaced-terms", "replaced-term");
    for (; swap != NULL; swap = node_next(swap)) {
        g_autofree char *id = g_strconcat("swap.", node_get(swap, "reason"), NULL);
        g_autofree char *why = labels_fill(reader->labels, id, node_child_value(swap, "now"));
        letter_add_swap(task, node_get(swap, "term"), node_child_value(swap, "by"), why);
    }
}

static void add_remedy(Reader *reader, const xmlNode *remedy, LetterUrgency urgency)
{
    const xmlNode *change = node_path(remedy, "changes", "change");
    const char *owner = node_get(change, "name");
    if (!is_for_them(reader, remedy) || !g_hash_table_add(reader->owners, g_strdup(owner)))
        return;
    LetterTask *task = letter_add(reader->letter, urgency, owner, "TXT");
    for (; change != NULL; change = node_next(change))
        letter_add_change(task, node_get(change, "action"), node_get(change, "name"),
                          node_get(change, "type"), node_child_value(change, "value"),
                          node_child(change, "was") != NULL ? node_child_value(change, "was")
                                                            : NULL);
    const xmlNode *outcome = node_child(remedy, "outcome");
    task->why = why_of(reader, remedy);
    task->effect = effect_of(reader, outcome);
    if (task->effect == NULL)
        task->effect = g_strdup(labels_get(reader->labels, "letter.solved"));
    add_swaps(reader, remedy, task);
    add_standing(reader, task);
    note_solved(reader, outcome);
}

/* Offered ones that are not needed come after those that are, one for each name: two proposals for
 * a name exclude each other. */
static void add_remedies(Reader *reader)
{
    const xmlNode *first = node_path(reader->remedies, "offered", "remedy");
    size_t needed = 0, theirs = 0;
    for (const xmlNode *remedy = first; remedy != NULL; remedy = node_next(remedy)) {
        if (!node_is(remedy, "in-smallest-set", "true"))
            continue;
        needed++;
        theirs += is_for_them(reader, remedy);
        add_remedy(reader, remedy, LETTER_NEEDED);
    }
    const xmlNode *together = node_child(reader->remedies, "together");
    if (needed > 1 && theirs == needed) {
        reader->letter->together = effect_of(reader, together);
        note_solved(reader, together);
    }
    for (const xmlNode *remedy = first; remedy != NULL; remedy = node_next(remedy))
        if (!node_is(remedy, "in-smallest-set", "true"))
            add_remedy(reader, remedy, LETTER_RECOMMENDED);
}

/* --- what has no record that could be offered --- */

/* An SPF record without room: which terms to look at, and what belongs in it once there is. */
static void add_over_budget(Reader *reader, const xmlNode *record)
{
    const char *name = node_get(record, "name");
    if (!is_theirs(reader, name) || !g_hash_table_add(reader->owners, g_strdup(name)))
        return;
    LetterTask *task = letter_add(reader->letter, LETTER_BY_HAND, name, "TXT");
    g_autoptr(GString) costs = g_string_new(NULL);
    g_autofree char *term = g_strconcat("include:", reader->include, NULL);
    for (const xmlNode *cost = node_path(record, "costs", "cost"); cost != NULL;
         cost = node_next(cost))
        if (strcmp(node_get(cost, "text"), term) != 0)
            g_string_append_printf(costs, "%s%s (%s)", costs->len > 0 ? ", " : "",
                                   node_get(cost, "text"), node_get(cost, "lookups"));
    task->standing = standing_spf(reader, name);
    task->why = labels_fill(reader->labels, "letter.no-room", node_get(record, "lookups"));
    g_autofree char *make_room = labels_fill(reader->labels, "letter.make-room", costs->str);
    g_autofree char *then = labels_fill(reader->labels, "letter.then-include", term);
    bool adds = reader->include[0] != '\0' && strstr(node_child_value(record, "value"), term);
    task->how = adds ? g_strdup_printf("%s %s", make_room, then) : g_strdup(make_room);
}

/* These say of a server that the record does not name it. Whether it should, the report knows or
 * nobody does: then there is a remedy, or nothing to hand over. */
static bool is_about_server(const xmlNode *finding)
{
    static const char *const rules[] = {"spf-result-fail", "spf-result-softfail",
                                        "spf-result-neutral", "spf-carried-by-dkim", NULL};
    return g_strv_contains(rules, node_get(finding, "rule"));
}

/* The name in DNS that a finding is about; NULL when it is about none. Owned. */
static char *object_of(const Reader *reader, const xmlNode *finding)
{
    const char *object = node_get(finding, "object");
    const xmlNode *record = node_path(finding, "proposed-records", "proposed-record");
    if (record != NULL)
        return g_strdup(node_get(record, "name"));
    if (!g_str_has_prefix(object, "signature-"))
        return node_is(finding, "topic", "dmarc") ? g_strconcat("_dmarc.", object, NULL)
                                                  : g_strdup(object);
    const xmlNode *signature = node_path(reader->report, "signatures", "signature");
    while (signature != NULL && !node_is(signature, "number", object + strlen("signature-")))
        signature = node_next(signature);
    const char *domain = node_get(signature, "domain"), *selector = node_get(signature, "selector");
    return *domain != '\0' && *selector != '\0'
               ? g_strconcat(selector, "._domainkey.", domain, NULL)
               : NULL;
}

/* Records that were tried out and do not help are no part of the letter. */
static bool is_refused(const xmlNode *finding)
{
    const xmlNode *record = node_path(finding, "proposed-records", "proposed-record");
    return node_is(record, "trial", "over-budget");
}

static LetterTask *task_of(const Reader *reader, const char *object)
{
    GArray *tasks = reader->letter->tasks;
    for (guint i = 0; i < tasks->len; i++) {
        LetterTask *task = &g_array_index(tasks, LetterTask, i);
        if (strcmp(task->object, object) == 0)
            return task;
    }
    return NULL;
}

static char *with_sentence(char *before, const char *sentence)
{
    if (sentence[0] == '\0' || (before != NULL && strstr(before, sentence) != NULL))
        return before;
    char *after = before != NULL ? g_strdup_printf("%s %s", before, sentence) : g_strdup(sentence);
    g_free(before);
    return after;
}

/* The rule can say that a key belongs there, but not which: no profile has it. */
static bool lacks_key(const xmlNode *finding)
{
    const xmlNode *argument = node_path(finding, "arguments", "argument");
    while (argument != NULL && !node_is(argument, "name", "record"))
        argument = node_next(argument);
    return g_str_has_suffix(node_child_value(argument, "value"), "p=...");
}

static void add_finding(Reader *reader, const xmlNode *finding)
{
    Severity severity = SEVERITY_INFO;
    severity_parse(node_get(finding, "severity"), &severity);
    if (!finding_fails(finding) || !node_is(finding, "actor", "dns") ||
        severity < SEVERITY_WARNING || is_about_server(finding) || is_refused(finding) ||
        g_hash_table_contains(reader->solved, node_get(finding, "number")))
        return;
    g_autofree char *object = object_of(reader, finding);
    if (object == NULL || !is_theirs(reader, object))
        return;
    LetterTask *task = task_of(reader, object);
    if (task == NULL)
        task = letter_add(reader->letter, LETTER_BY_HAND, object,
                          node_is(finding, "topic", "transport") ? "MX" : "TXT");
    if (task->urgency != LETTER_BY_HAND)
        return; /* its record is told already */
    Language language = labels_language(reader->labels);
    task->why = with_sentence(task->why, finding_text(finding, "why", language));
    task->how = with_sentence(task->how, lacks_key(finding)
                                             ? labels_get(reader->labels, "letter.record-follows")
                                             : finding_text(finding, "fix", language));
}

static void add_by_hand(Reader *reader)
{
    const xmlNode *record = node_path(reader->remedies, "over-budget", "too-many-lookups");
    for (; record != NULL; record = node_next(record))
        add_over_budget(reader, record);
    for (xmlNode *finding = finding_first(reader->document); finding != NULL;
         finding = node_next(finding))
        add_finding(reader, finding);
}

/* --- the whole --- */

static char *text_or_null(const char *text)
{
    return text[0] != '\0' ? g_strdup(text) : NULL;
}

static bool is_supposed(const xmlNode *report)
{
    const xmlNode *option = node_path(report, "options", "option");
    while (option != NULL && !node_is(option, "name", "dns-overlay"))
        option = node_next(option);
    return option != NULL;
}

static void read_head(Reader *reader)
{
    const xmlNode *report = reader->report, *alignment = node_child(report, "alignment");
    const xmlNode *from = node_path(report, "identities", "from"),
                  *own = node_child(alignment, "from-configured");
    Letter *letter = reader->letter;
    letter->domain = text_or_null(node_get(alignment, "from-domain"));
    letter->zone = text_or_null(node_get(from, "organizational-domain"));
    if (letter->domain != NULL && letter->zone == NULL)
        letter->zone = g_strdup(letter->domain);
    letter->tenant = text_or_null(node_get(own, "tenant"));
    letter->operator_name = text_or_null(node_get(node_child(report, "run"), "operator"));
    letter->open = !node_is(node_child(report, "verdict"), "open", "no");
    letter->supposed = is_supposed(report);
    reader->include = node_get(alignment, "spf-include");
    note_foreign(reader);
}

Letter *letter_of_report(const xmlDoc *document, Language language)
{
    const xmlNode *report = xmlDocGetRootElement((xmlDoc *)document);
    g_autoptr(Labels) labels = labels_new(language);
    g_autoptr(GPtrArray) foreign = g_ptr_array_new();
    g_autoptr(GHashTable) owners = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) solved = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Reader reader = {.document = document,
                     .report = report,
                     .remedies = node_child(report, "remedies"),
                     .labels = labels,
                     .letter = letter_new(),
                     .foreign = foreign,
                     .owners = owners,
                     .solved = solved};
    read_head(&reader);
    if (reader.letter->domain == NULL)
        return reader.letter;
    add_remedies(&reader);
    add_by_hand(&reader);
    return reader.letter;
}

GString *letter_view(const xmlDoc *document, Language language)
{
    g_autoptr(Letter) letter = letter_of_report(document, language);
    return letter_write(letter, language);
}
