#include "analyzer/cause/variants.h"

#include <string.h>

enum { SLOTS_WITH_VARIANTS = 100 };

/* --- adding --- */

/* Under simple canonicalization one space behind the colon is usual: what stands there may have
 * been changed too. */
static void add_one_space(Variants *variants, Span value, Reason why)
{
    const Field *field = variants->field;
    if (!field ||
        (field->value.n > 1 && field->value.p[0] == ' ' && !byte_is_fws(field->value.p[1])))
        return;
    g_autoptr(GString) raw = g_string_new_len(field->raw.p, (gssize)span_find(field->raw, ':', 0));
    g_string_append(raw, ": ");
    g_string_append_len(raw, value.p, (gssize)value.n);
    g_string_append(raw, "\r\n");
    atom_add_field(variants->list, variants->block, variants->slot, span_of(raw->str, raw->len),
                   why.kind, why.cost + 1, 0, why.detail);
}

bool variants_full(const Variants *variants)
{
    return variants->list->atoms->len >= variants->most;
}

size_t variants_add(Variants *variants, Span value, Reason why)
{
    if (variants_full(variants) || value.n > VARIANT_FIELD_MAX)
        return ATOM_NONE;
    if (!variants->field)
        why.kind = "header-removed";
    size_t atom = atom_add_value(variants->list, variants->block, variants->slot, value, why.kind,
                                 why.cost, why.style, why.detail);
    if (!variants->simple)
        return atom;
    add_one_space(variants, value, why);
    if (value.n < 20)
        return atom;
    bool tab = span_search(variants->value, SPAN_LIT("\n\t"), 0) < variants->value.n;
    bool folded = span_find(value, '\n', 0) < value.n;
    for (size_t i = 0; i < variants_folds() && !folded; i++) {
        g_autoptr(GString) text = g_string_sized_new(value.n + 16);
        if (variants_fold(i, tab, value, strlen(variants->name) + 2, text))
            atom_add_value(variants->list, variants->block, variants->slot,
                           span_of(text->str, text->len), why.kind, why.cost + 1, 0, why.detail);
    }
    return atom;
}

/* --- encoded-words --- */

/* What became of a family of styles: those that differ in lengths only. */
enum { FAMILY_NEW, FAMILY_FAILED, FAMILY_WRITTEN };

typedef struct Family {
    unsigned state;
    size_t atom;
} Family;

/* How many values were written. */
static size_t add_style(Variants *variants, const WordsWriter *writer, guint index, Family *family,
                        Reason why)
{
    static const char *const separators[] = {"\r\n ", "\r\n\t", " "};
    const WordStyle *style = &g_array_index(variants->hints->styles, WordStyle, index);
    bool fits = style->limit == 0 || writer->fits(writer->context, style);
    if (fits && family->state == FAMILY_WRITTEN) {
        atom_add_habit(variants->list, family->atom, why.style);
        return 0;
    }
    for (size_t i = 0; i < (variants->simple && !fits ? G_N_ELEMENTS(separators) : 1); i++) {
        g_autoptr(GString) value = g_string_new(NULL);
        if (!writer->write(writer->context, style, separators[i], value)) {
            family->state = FAMILY_FAILED;
            return 0;
        }
        size_t atom = variants_add(variants, span_of(value->str, value->len), why);
        if (fits)
            *family = (Family){FAMILY_WRITTEN, atom};
    }
    return 1;
}

void variants_add_words(Variants *variants, const WordsWriter *writer, size_t most, Reason why)
{
    const GArray *styles = variants->hints->styles;
    g_autofree Family *families = g_new0(Family, words_families(variants->hints->charsets->len));
    size_t written = 0;
    for (guint i = 0; i < styles->len && written < most && !variants_full(variants); i++) {
        const WordStyle *style = &g_array_index(styles, WordStyle, i);
        if ((writer->ascii && style->scope != SCOPE_ALL) ||
            families[style->family].state == FAMILY_FAILED)
            continue;
        written += add_style(variants, writer, i, &families[style->family],
                             (Reason){why.kind, why.cost + style->cost, why.style + i, why.detail});
    }
}

/* --- what was put into a text --- */

typedef struct Strip {
    Span text;
    StripFound found;
    void *context;
} Strip;

static StripPlace place_of(Span text, size_t start, size_t end)
{
    enum { REPLY_MARK_MAX = 12 };
    Span before = span_trim(span_of(text.p, start));
    if (before.n == 0 || (before.n <= REPLY_MARK_MAX && before.p[before.n - 1] == ':'))
        return STRIPPED_START;
    return end == text.n ? STRIPPED_END : STRIPPED_MIDDLE;
}

static void strip(const Strip *job, size_t start, size_t end, unsigned cost)
{
    Span text = job->text;
    Span cut = span_of(text.p + start, end - start);
    g_autoptr(GString) rest = g_string_new_len(text.p, (gssize)start);
    g_string_append_len(rest, text.p + end, (gssize)(text.n - end));
    Span trimmed = span_trim(span_of(rest->str, rest->len));
    if (trimmed.n == 0 || trimmed.n == text.n)
        return;
    g_autofree char *detail = bytes_escape(span_of(cut.p, MIN(cut.n, 80)));
    job->found(job->context, trimmed, detail, place_of(text, start, end), cost);
}

static size_t past_blanks(Span text, size_t i)
{
    while (i < text.n && byte_is_fws(text.p[i]))
        i++;
    return i;
}

/* The end of a bracketed or decorated group that begins at i: "[EXTERNAL]", "(ext)", "***SPAM***",
 * "<!>". i: none. */
static size_t group_end(Span text, size_t i)
{
    static const char open[] = "[({<", close[] = "])}>";
    const char *bracket = strchr(open, text.p[i]);
    if (bracket && *bracket) {
        size_t end = span_find(text, close[bracket - open], i);
        return end < text.n && end - i <= 80 ? end + 1 : i;
    }
    if (!strchr("*!#~+=_-", text.p[i]))
        return i;
    size_t run = i;
    while (run < text.n && text.p[run] == text.p[i])
        run++;
    size_t end = span_search(text, span_of(text.p + i, run - i), run);
    return run < text.n && end < text.n && end - i <= 80 ? end + run - i : i;
}

/* Groups, and white space on one side of them. */
static void strip_groups(const Strip *job)
{
    Span text = job->text;
    size_t groups = 0;
    for (size_t i = 0; i < text.n && groups < 12; i++) {
        bool starts = i == 0 || byte_is_fws(text.p[i - 1]) || strchr("])}>*:", text.p[i - 1]);
        size_t end = starts ? group_end(text, i) : i;
        if (end == i)
            continue;
        groups++;
        size_t after = past_blanks(text, end), before = i;
        while (before > 0 && byte_is_fws(text.p[before - 1]))
            before--;
        bool edge = i == 0 || end == text.n;
        strip(job, i, after, edge ? 1 : 2);
        if (after < text.n && strchr(":-|", text.p[after])) /* "[EXT]: ", "[list] - " */
            strip(job, i, past_blanks(text, after + 1), edge ? 2 : 3);
        if (end > i + 1 && before < i)
            strip(job, before, end, edge ? 1 : 3);
        strip(job, i, end, 4);
    }
}

/* From the front to a word boundary, and from one to the end. */
static void strip_words(const Strip *job)
{
    enum { WORDS = 8 };
    Span text = job->text;
    size_t words = 0;
    for (size_t i = 1; i < text.n && words < WORDS; i++) {
        if (!byte_is_fws(text.p[i]) || byte_is_fws(text.p[i - 1]))
            continue;
        words++;
        bool marked = strchr(":]|-*!)", text.p[i - 1]) != NULL;
        strip(job, 0, past_blanks(text, i), marked ? 1 : words <= 3 ? 2 : 3);
        strip(job, 0, i, 5);
    }
    words = 0;
    for (size_t i = text.n - 1; i > 0 && words < WORDS; i--) {
        if (!byte_is_fws(text.p[i]) || byte_is_fws(text.p[i - 1]))
            continue;
        words++;
        Span rest = span_from(text, past_blanks(text, i));
        bool marked = span_starts_nocase(rest, "via ") ||
                      strchr("[(|-*", rest.n > 0 ? rest.p[0] : 'x') ||
                      span_starts_nocase(rest, "on behalf of ");
        strip(job, i, text.n, marked ? 1 : words <= 3 ? 2 : 3);
    }
}

/* "Re: Re: x", and marks without white space behind them: "EXT:x". */
static void strip_marks(const Strip *job)
{
    Span text = job->text;
    size_t colon = span_find(text, ':', 0);
    if (colon < text.n && colon < 40) {
        size_t rest = past_blanks(text, colon + 1);
        strip(job, 0, rest, 2);
        if (span_starts_nocase(span_from(text, rest), "re:") ||
            span_starts_nocase(span_from(text, rest), "fwd:"))
            strip(job, rest, past_blanks(text, span_find(text, ':', rest) + 1), 2);
    }
    size_t at = 0;
    for (unsigned words = 0; words < 12 && at < text.n; words++) { /* any one word */
        size_t end = at;
        while (end < text.n && !byte_is_fws(text.p[end]))
            end++;
        end = past_blanks(text, end);
        if (at > 0 && end < text.n)
            strip(job, at, end, 4);
        at = end;
    }
}

void variants_strip(Span text, StripFound found, void *context)
{
    Strip job = {text, found, context};
    if (text.n < 2 || text.n > WORDS_MAX)
        return;
    strip_groups(&job);
    strip_words(&job);
    strip_marks(&job);
}

/* --- who is asked --- */

static bool is_text(const char *name)
{
    static const char *const names[] = {
        "subject",      "comments", "keywords",   "thread-topic", "content-description",
        "organization", "x-mailer", "user-agent", "list-id"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static bool is_addresses(const char *name)
{
    static const char *const names[] = {"from",
                                        "to",
                                        "cc",
                                        "bcc",
                                        "reply-to",
                                        "sender",
                                        "errors-to",
                                        "x-sender",
                                        "return-path",
                                        "resent-from",
                                        "resent-to",
                                        "resent-cc",
                                        "resent-sender",
                                        "mail-followup-to",
                                        "disposition-notification-to",
                                        "return-receipt-to"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return false;
}

static void ask_trades(Variants *variants)
{
    const char *name = variants->name;
    if (is_text(name))
        variants_text(variants);
    if (is_addresses(name))
        variants_addresses(variants);
    if (strcmp(name, "date") == 0 || strcmp(name, "resent-date") == 0)
        variants_date(variants);
    if (g_str_has_suffix(name, "message-id"))
        variants_message_id(variants);
    if (variants_is_mime(name))
        variants_mime(variants);
    if (variants->field && span_search(variants->flat, SPAN_LIT("://"), 0) < variants->flat.n)
        variants_links(variants);
}

void atoms_of_slot(AtomList *list, HeaderBlock *block, size_t slot)
{
    const Slot *of = &block->slots[slot];
    for (size_t i = 0; !of->field && i < slot && i < SLOTS_WITH_VARIANTS; i++)
        if (strcmp(block->slots[i].name, of->name) == 0)
            return; /* signed twice and more so that no other can be added: absent on purpose */
    if (list->atoms->len >= ATOMS_MAX || (slot >= SLOTS_WITH_VARIANTS && !of->is_signature) ||
        (of->field && of->field->raw.n > VARIANT_FIELD_MAX))
        return;
    if (!list->hints)
        list->hints = hints_new(block->input);
    Variants variants = {.list = list,
                         .block = block,
                         .hints = list->hints,
                         .slot = slot,
                         .name = of->name,
                         .field = of->field,
                         .value = of->field ? span_trim(of->field->value) : (Span){"", 0},
                         .simple = block->canon == CANON_SIMPLE,
                         .most = list->atoms->len + VARIANTS_PER_SLOT};
    g_autoptr(GString) flat = g_string_sized_new(variants.value.n);
    for (size_t i = 0; i < variants.value.n; i++)
        if (variants.value.p[i] != '\r' && variants.value.p[i] != '\n')
            g_string_append_c(flat, variants.value.p[i] == '\t' ? ' ' : variants.value.p[i]);
    variants.flat = span_of(flat->str, flat->len);
    if (of->is_signature) {
        variants_style(&variants);
        variants_signature(&variants);
        return;
    }
    if (of->field)
        variants_style(&variants);
    variants.most = list->atoms->len + VARIANTS_PER_SLOT;
    variants_evidence(&variants);
    ask_trades(&variants);
}
