#include "reports/letter.h"

#include "analyzer/base/keypair.h"
#include "reports/builtin.h"
#include "reports/lines.h"

#include <string.h>

enum { INDENT = 3, LABEL = 10, MOST_STAYS = 10, HOUR_S = 3600, MINUTE_S = 60 };

/* --- filling one --- */

static void change_clear(LetterChange *change)
{
    g_free(change->action);
    g_free(change->name);
    g_free(change->type);
    g_free(change->value);
    g_free(change->was);
}

static void task_clear(void *item)
{
    LetterTask *task = item;
    for (size_t i = 0; i < task->n_changes; i++)
        change_clear(&task->changes[i]);
    g_free(task->changes);
    g_free(task->object);
    g_free(task->type);
    g_free(task->standing);
    g_free(task->why);
    g_free(task->how);
    g_free(task->effect);
    g_ptr_array_unref(task->swaps);
    g_ptr_array_unref(task->stays);
}

Letter *letter_new(void)
{
    Letter *letter = g_new0(Letter, 1);
    letter->tasks = g_array_new(FALSE, TRUE, sizeof(LetterTask));
    g_array_set_clear_func(letter->tasks, task_clear);
    return letter;
}

void letter_free(Letter *letter)
{
    if (letter == NULL)
        return;
    g_array_unref(letter->tasks);
    g_free(letter->domain);
    g_free(letter->zone);
    g_free(letter->tenant);
    g_free(letter->operator_name);
    g_free(letter->together);
    g_free(letter);
}

LetterTask *letter_add(Letter *letter, LetterUrgency urgency, const char *object, const char *type)
{
    LetterTask task = {.urgency = urgency,
                       .object = g_strdup(object),
                       .type = g_strdup(type),
                       .swaps = g_ptr_array_new_with_free_func(g_free),
                       .stays = g_ptr_array_new_with_free_func(g_free)};
    g_array_append_val(letter->tasks, task);
    return &g_array_index(letter->tasks, LetterTask, letter->tasks->len - 1);
}

void letter_add_change(LetterTask *task, const char *action, const char *name, const char *type,
                       const char *value, const char *was)
{
    task->changes = g_renew(LetterChange, task->changes, task->n_changes + 1);
    task->changes[task->n_changes++] = (LetterChange){.action = g_strdup(action),
                                                      .name = g_strdup(name),
                                                      .type = g_strdup(type),
                                                      .value = g_strdup(value),
                                                      .was = g_strdup(was)};
}

void letter_add_swap(LetterTask *task, const char *term, const char *by, const char *why)
{
    g_ptr_array_add(task->swaps,
                    g_strdup_printf("%s%s%s: %s", term, by[0] != '\0' ? " → " : "", by, why));
}

bool letter_changes(const LetterTask *task, const char *text)
{
    for (size_t i = 0; i < task->n_changes; i++)
        if (g_strcmp0(task->changes[i].value, text) == 0 ||
            g_strcmp0(task->changes[i].was, text) == 0)
            return true;
    return false;
}

bool letter_is_below(const char *name, const char *domain)
{
    size_t n = strlen(name), m = strlen(domain);
    return m > 0 && n >= m && g_ascii_strcasecmp(name + n - m, domain) == 0 &&
           (n == m || name[n - m - 1] == '.');
}

/* --- words --- */

typedef struct Writer {
    const Letter *letter;
    const Labels *labels;
    Lines lines;
} Writer;

static const char *word(const Writer *writer, const char *id)
{
    return labels_of(writer->labels, "letter", id);
}

/* The word with {domain}, {operator}, {name}, {type} and {n} filled in; in one pass, so that what
 * is filled in is not read again. */
static char *filled(const Writer *writer, const char *id, const char *name, const char *type,
                    const char *n)
{
    const struct {
        const char *place, *value;
    } places[] = {{"{domain}", writer->letter->domain},
                  {"{operator}", writer->letter->operator_name},
                  {"{name}", name},
                  {"{type}", type},
                  {"{n}", n}};
    GString *out = g_string_new(NULL);
    for (const char *p = word(writer, id); *p != '\0';) {
        size_t i = 0;
        while (i < G_N_ELEMENTS(places) && !g_str_has_prefix(p, places[i].place))
            i++;
        if (i == G_N_ELEMENTS(places)) {
            g_string_append_c(out, *p++);
            continue;
        }
        g_string_append(out, places[i].value != NULL ? places[i].value : "");
        p += strlen(places[i].place);
    }
    return g_string_free(out, FALSE);
}

/* "id.one" for one of them; with the number filled in. */
static char *counted(const Writer *writer, const char *id, size_t n)
{
    g_autofree char *number = g_strdup_printf("%zu", n);
    g_autofree char *one = g_strconcat(id, ".one", NULL);
    return filled(writer, n == 1 ? one : id, NULL, NULL, number);
}

/* The variant for an operator whose name is known, or the neutral one. */
static char *from_operator(const Writer *writer, const char *id)
{
    g_autofree char *neutral = g_strconcat(id, ".neutral", NULL);
    return filled(writer, writer->letter->operator_name != NULL ? id : neutral, NULL, NULL, NULL);
}

static char *duration(const Writer *writer, uint64_t seconds)
{
    if (seconds % HOUR_S == 0)
        return counted(writer, "hours", (size_t)(seconds / HOUR_S));
    if (seconds >= MINUTE_S)
        return counted(writer, "minutes", (size_t)((seconds + MINUTE_S - 1) / MINUTE_S));
    return counted(writer, "seconds", (size_t)seconds);
}

/* --- lines --- */

static void paragraph(Writer *writer, size_t indent, const char *text)
{
    lines_blank(&writer->lines);
    lines_item(&writer->lines, indent, STYLE_PLAIN, "", text);
}

/* What is to be copied stands alone on its line, from the first column on. */
static void copyable(Writer *writer, const char *text)
{
    lines_raw(&writer->lines, 0, text);
}

static void labelled(Writer *writer, const char *id, const char *text)
{
    g_autofree char *line = g_strdup_printf("%s: %s", word(writer, id), text);
    paragraph(writer, INDENT, line);
}

/* A name is never wrapped. */
static void field(Writer *writer, const char *id, const char *value)
{
    const char *label = word(writer, id);
    g_autoptr(GString) line = g_string_new(label);
    for (size_t n = lines_width(label); n < LABEL; n++)
        g_string_append_c(line, ' ');
    g_string_append_printf(line, " %s", value);
    lines_raw(&writer->lines, INDENT, line->str);
}

/* --- one record --- */

/* Forms and shells take it as it stands. */
static bool is_plain_name(const char *name)
{
    for (const char *p = name; *p != '\0'; p++)
        if (!g_ascii_isalnum(*p) && strchr("-_.", *p) == NULL)
            return false;
    return name[0] != '\0' && name[0] != '-';
}

static bool is_plain_value(const char *value)
{
    for (const char *p = value; *p != '\0'; p++)
        if (!g_ascii_isprint(*p) || *p == '\\' || *p == '"')
            return false;
    return true;
}

/* The name as forms want it that add the domain themselves. */
static char *relative_name(const Writer *writer, const char *name)
{
    const char *zone = writer->letter->zone;
    if (!letter_is_below(name, zone))
        return NULL;
    if (strlen(name) == strlen(zone))
        return filled(writer, "apex", zone, NULL, NULL);
    g_autofree char *host = g_strndup(name, strlen(name) - strlen(zone) - 1);
    g_autofree char *within = filled(writer, "within", zone, NULL, NULL);
    return g_strdup_printf("%s %s", host, within);
}

static void write_standing(Writer *writer, const char *text)
{
    paragraph(writer, INDENT, word(writer, "stands-now"));
    copyable(writer, text);
    if (strchr(text, '\\') != NULL)
        lines_item(&writer->lines, INDENT, STYLE_PLAIN, "", word(writer, "escaped"));
}

/* To an address that nobody may have made yet. */
static bool asks_for_reports(const char *value)
{
    return g_str_has_prefix(value, "v=DMARC1") && strstr(value, "rua=") != NULL;
}

static void write_value(Writer *writer, const LetterChange *change)
{
    if (!is_plain_value(change->value)) {
        paragraph(writer, INDENT, word(writer, "not-copyable"));
        copyable(writer, change->value);
        return;
    }
    paragraph(writer, INDENT, word(writer, "value"));
    copyable(writer, change->value);
    if (asks_for_reports(change->value) && !(change->was && asks_for_reports(change->was)))
        lines_item(&writer->lines, INDENT, STYLE_PLAIN, "", word(writer, "mailbox"));
    if (strlen(change->value) <= KEYPAIR_STRING_OCTETS)
        return;
    g_autofree char *strings = keypair_zone_strings(change->value);
    g_autofree char *record = g_strdup_printf("%s. IN TXT %s", change->name, strings);
    g_auto(GStrv) lines = g_strsplit(record, "\n", -1);
    paragraph(writer, INDENT, word(writer, "zone-file"));
    for (char **line = lines; *line != NULL; line++)
        copyable(writer, *line);
}

static void write_change(Writer *writer, const LetterChange *change, const char *number)
{
    bool removal = strcmp(change->action, "remove") == 0;
    g_autofree char *title = filled(writer, change->action, change->name, change->type, NULL);
    g_autofree char *mark = g_strconcat(number, ". ", NULL);
    g_autofree char *relative = relative_name(writer, change->name);
    lines_blank(&writer->lines);
    lines_item(&writer->lines, 0, STYLE_PLAIN, mark, title);
    lines_blank(&writer->lines);
    field(writer, "name", change->name);
    if (relative != NULL)
        field(writer, "in-forms", relative);
    field(writer, "type", change->type);
    if (!removal)
        field(writer, "ttl", word(writer, "ttl-hint"));
    else if (change->value != NULL)
        write_standing(writer, change->value);
    if (!removal)
        write_value(writer, change);
    if (change->was != NULL)
        write_standing(writer, change->was);
}

/* --- one task --- */

static void write_own_command(Writer *writer, const char *name)
{
    static const char key[] = "._domainkey.", policy[] = "_dmarc.";
    const char *at = strstr(name, key);
    g_autofree char *command =
        at != NULL
            ? g_strdup_printf("mailassay domain %s --selector %.*s", at + strlen(key),
                              (int)(at - name), name)
            : g_strconcat("mailassay domain ",
                          g_str_has_prefix(name, policy) ? name + strlen(policy) : name, NULL);
    copyable(writer, command);
}

static bool only_removes(const LetterTask *task)
{
    for (size_t i = 0; i < task->n_changes; i++)
        if (strcmp(task->changes[i].action, "remove") != 0)
            return false;
    return task->n_changes > 0;
}

static void write_checks(Writer *writer, const LetterTask *task)
{
    if (!is_plain_name(task->object))
        return;
    const char *type = task->n_changes > 0 ? "TXT" : task->type;
    g_autofree char *dig = g_strdup_printf("dig +short %s %s", type, task->object);
    g_autofree char *resolve = g_strdup_printf("Resolve-DnsName -Type %s %s", type, task->object);
    paragraph(writer, INDENT,
              word(writer, task->n_changes == 0 ? "check-by-hand"
                           : only_removes(task) ? "check-removed"
                                                : "check"));
    copyable(writer, dig);
    copyable(writer, resolve);
    write_own_command(writer, task->object);
}

static void write_stays(Writer *writer, const LetterTask *task)
{
    if (task->stays->len == 0)
        return;
    paragraph(writer, INDENT, word(writer, "stays"));
    for (guint i = 0; i < MIN(task->stays->len, MOST_STAYS); i++)
        copyable(writer, g_ptr_array_index(task->stays, i));
    if (task->stays->len > MOST_STAYS) {
        g_autofree char *more = counted(writer, "stays-more", task->stays->len - MOST_STAYS);
        lines_item(&writer->lines, INDENT, STYLE_PLAIN, "", more);
    }
}

static void write_swaps(Writer *writer, const LetterTask *task)
{
    if (task->swaps->len == 0)
        return;
    g_autofree char *head = g_strdup_printf("%s:", labels_get(writer->labels, "swaps"));
    paragraph(writer, INDENT, head);
    for (guint i = 0; i < task->swaps->len; i++)
        lines_item(&writer->lines, INDENT, STYLE_PLAIN, "- ", g_ptr_array_index(task->swaps, i));
}

static void write_effect(Writer *writer, const LetterTask *task)
{
    if (task->effect == NULL)
        return;
    g_autofree char *text = g_strdup_printf("%s. %s", task->effect, word(writer, "proven"));
    labelled(writer, "effect", text);
}

static void write_when(Writer *writer, const LetterTask *task)
{
    if (task->old_ttl_s == 0) {
        labelled(writer, "when", word(writer, "when-unknown"));
        return;
    }
    g_autofree char *length = duration(writer, task->old_ttl_s);
    g_autofree char *text = filled(writer, "when-ttl", NULL, NULL, length);
    labelled(writer, "when", text);
}

static void write_task(Writer *writer, const LetterTask *task, size_t number)
{
    g_autofree char *whole = g_strdup_printf("%zu", number);
    for (size_t i = 0; i < task->n_changes; i++) {
        g_autofree char *part = g_strdup_printf("%zu%c", number, (char)('a' + MIN(i, 25)));
        write_change(writer, &task->changes[i], task->n_changes > 1 ? part : whole);
    }
    if (task->n_changes == 0) {
        g_autofree char *title = filled(writer, "by-hand", task->object, task->type, NULL);
        g_autofree char *mark = g_strconcat(whole, ". ", NULL);
        lines_blank(&writer->lines);
        lines_item(&writer->lines, 0, STYLE_PLAIN, mark, title);
    }
    if (task->standing != NULL)
        write_standing(writer, task->standing);
    if (task->why != NULL)
        labelled(writer, "why", task->why);
    if (task->how != NULL)
        labelled(writer, "how", task->how);
    write_swaps(writer, task);
    write_effect(writer, task);
    write_stays(writer, task);
    write_checks(writer, task);
    if (task->n_changes > 0)
        write_when(writer, task);
}

/* --- the whole --- */

static const LetterTask *task_at(const Letter *letter, guint i)
{
    return &g_array_index(letter->tasks, LetterTask, i);
}

static size_t count(const Letter *letter, LetterUrgency urgency)
{
    size_t n = 0;
    for (guint i = 0; i < letter->tasks->len; i++)
        n += task_at(letter, i)->urgency == urgency;
    return n;
}

static void write_head(Writer *writer)
{
    const Letter *letter = writer->letter;
    if (letter->supposed)
        lines_item(&writer->lines, 0, STYLE_PLAIN, "", word(writer, "supposed"));
    size_t n = letter->tasks->len;
    g_autofree char *subject = n == 0 ? filled(writer, "subject-nothing", NULL, NULL, NULL)
                                      : counted(writer, "subject", n);
    g_autofree char *to = filled(writer, "to", NULL, NULL, NULL);
    g_autofree char *to_tenant =
        letter->tenant != NULL ? g_strdup_printf("%s (%s)", to, letter->tenant) : g_strdup(to);
    lines_raw(&writer->lines, 0, subject);
    lines_raw(&writer->lines, 0, to_tenant);
    paragraph(writer, 0, word(writer, "salutation"));
}

static void write_opening(Writer *writer)
{
    const Letter *letter = writer->letter;
    size_t n = letter->tasks->len;
    const char *id = n == 0                               ? "nothing"
                     : n == count(letter, LETTER_BY_HAND) ? "opening-by-hand"
                                                          : "opening";
    g_autofree char *what = from_operator(writer, "sends");
    g_autofree char *need = filled(writer, id, NULL, NULL, NULL);
    g_autofree char *text = g_strdup_printf("%s %s", what, need);
    paragraph(writer, 0, text);
    if (letter->open)
        paragraph(writer, 0, word(writer, "open"));
}

static void write_tasks(Writer *writer)
{
    static const char *const groups[] = {[LETTER_NEEDED] = "needed",
                                         [LETTER_RECOMMENDED] = "recommended",
                                         [LETTER_BY_HAND] = "also-by-hand"};
    const Letter *letter = writer->letter;
    for (guint i = 0; i < letter->tasks->len; i++) {
        const LetterTask *task = task_at(letter, i);
        size_t in_group = count(letter, task->urgency);
        bool begins = i == 0 || task_at(letter, i - 1)->urgency != task->urgency;
        if (begins && in_group < letter->tasks->len)
            paragraph(writer, 0, word(writer, groups[task->urgency]));
        write_task(writer, task, i + 1);
    }
    if (letter->together != NULL) {
        g_autofree char *text = g_strdup_printf("%s: %s. %s", word(writer, "together"),
                                                letter->together, word(writer, "proven"));
        paragraph(writer, 0, text);
    }
}

static void write_close(Writer *writer)
{
    const Letter *letter = writer->letter;
    if (letter->tasks->len > 0)
        paragraph(writer, 0, word(writer, "nothing-else"));
    g_autofree char *answer =
        from_operator(writer, letter->tasks->len > 0 ? "answer" : "answer-nothing");
    paragraph(writer, 0, answer);
    if (letter->operator_name == NULL)
        return;
    paragraph(writer, 0, word(writer, "regards"));
    lines_item(&writer->lines, 0, STYLE_PLAIN, "", letter->operator_name);
}

GString *letter_write(const Letter *letter, Language language)
{
    g_autoptr(Labels) labels = labels_new(language);
    Writer writer = {.letter = letter, .labels = labels, .lines = {.out = g_string_new(NULL)}};
    if (letter->domain == NULL) {
        lines_item(&writer.lines, 0, STYLE_PLAIN, "", word(&writer, "no-domain"));
        return writer.lines.out;
    }
    write_head(&writer);
    write_opening(&writer);
    write_tasks(&writer);
    write_close(&writer);
    return writer.lines.out;
}
