/* variants_address.c - address lists as relays rewrite them: quotes, commas, brackets, names, and
 * addresses replaced. */
#include "analyzer/cause/variants.h"
#include "analyzer/cause/variants_mailbox.h"

#include <string.h>

/* --- writing a list --- */

typedef enum Quoting {
    QUOTING_KEPT,
    QUOTING_NONE,
    QUOTING_ALL,
    QUOTING_NEEDED,
    QUOTING_NEEDED_DOT,
    QUOTINGS
} Quoting;
typedef enum Brackets {
    BRACKETS_KEPT,
    BRACKETS_ALL,
    BRACKETS_NAMED,
    BRACKETS_NONE,
    BRACKETS_COMMENT,
    BRACKETSS
} Brackets;
typedef enum Domains {
    DOMAINS_KEPT,
    DOMAINS_LOWER,
    DOMAINS_ALL_LOWER, /* local parts too */
    DOMAINS_UPPER,
    DOMAINS_TITLE,
    DOMAINS_ALL_TITLE,
    DOMAINSS,
} Domains;

typedef struct ListForm {
    Quoting quoting;
    Brackets brackets;
    Domains domains;
    const char *separator;
    const char *gap; /* between name and "<" */
    size_t only;     /* all but the separator applies to this item alone; MAILBOXES_MAX: to all */
    const WordStyle *words; /* names written again, or NULL */
    bool names_raw;         /* names decoded to raw octets */
    bool single_quotes;     /* taken off names */
} ListForm;

static ListForm list_as_is(void)
{
    return (ListForm){.separator = ", ", .gap = " ", .only = MAILBOXES_MAX};
}

static void append_domain(Domains domains, Span address, GString *out)
{
    size_t at = span_find(address, '@', 0);
    bool start = true;
    for (size_t i = 0; i < address.n; i++) {
        char c = address.p[i];
        bool in_domain = i > at;
        if (domains == DOMAINS_ALL_LOWER || (domains == DOMAINS_LOWER && in_domain))
            c = g_ascii_tolower(c);
        else if (domains == DOMAINS_UPPER && in_domain)
            c = g_ascii_toupper(c);
        else if (start && (domains == DOMAINS_ALL_TITLE || (domains == DOMAINS_TITLE && in_domain)))
            c = g_ascii_toupper(c);
        start = i == at || strchr(i < at ? "-._" : "-", address.p[i]) != NULL;
        g_string_append_c(out, c);
    }
}

/* The name without quotes, in UTF-8 when the form asks for it; false when it cannot be. */
static bool name_text(const ListForm *form, Span name, GString *out)
{
    g_autoptr(GString) bare = g_string_new(NULL);
    mailbox_bare_name(name, bare);
    Span text = span_of(bare->str, bare->len);
    if (form->single_quotes && text.n > 2 && text.p[0] == '\'' && text.p[text.n - 1] == '\'')
        text = span_of(text.p + 1, text.n - 2);
    WordsSeen seen;
    if (form->names_raw)
        return words_decode(text, out, &seen);
    g_string_append_len(out, text.p, (gssize)text.n);
    return true;
}

static bool has_8bit(Span text)
{
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] > 0x7e)
            return true;
    return false;
}

static bool append_name(const ListForm *form, Span name, GString *out)
{
    if (form->words && has_8bit(name)) /* in UTF-8: see decoded_names() */
        return words_encode(form->words, name, 0, " ", out);
    g_autoptr(GString) bare = g_string_new(NULL);
    if (!name_text(form, name, bare))
        return false;
    Span text = span_of(bare->str, bare->len);
    bool quoted = name.n > 0 && name.p[0] == '"';
    switch (form->quoting) {
    case QUOTING_NONE:
        quoted = false;
        break;
    case QUOTING_ALL:
        quoted = true;
        break;
    case QUOTING_NEEDED:
    case QUOTING_NEEDED_DOT:
        quoted = mailbox_needs_quotes(text, form->quoting == QUOTING_NEEDED_DOT);
        break;
    case QUOTING_KEPT:
    case QUOTINGS:
        break;
    }
    if (quoted)
        mailbox_quote(text, out);
    else
        g_string_append_len(out, text.p, (gssize)text.n);
    return true;
}

static bool append_mailbox(const ListForm *form, const Mailbox *mailbox, GString *out)
{
    if (mailbox->address.n == 0) {
        g_string_append_len(out, mailbox->whole.p, (gssize)mailbox->whole.n);
        return true;
    }
    Span name = mailbox->name;
    bool bracketed = mailbox->bracketed;
    if (form->brackets == BRACKETS_ALL)
        bracketed = true;
    else if (form->brackets == BRACKETS_NAMED)
        bracketed = name.n > 0;
    else if (form->brackets == BRACKETS_NONE || form->brackets == BRACKETS_COMMENT)
        bracketed = false;
    if (bracketed && name.n > 0) {
        if (!append_name(form, name, out))
            return false;
        g_string_append(out, form->gap);
    }
    if (bracketed)
        g_string_append_c(out, '<');
    append_domain(form->domains, mailbox->address, out);
    if (bracketed)
        g_string_append_c(out, '>');
    if (form->brackets == BRACKETS_COMMENT && name.n > 0) {
        g_string_append(out, " (");
        g_autoptr(GString) bare = g_string_new(NULL);
        mailbox_bare_name(name, bare);
        g_string_append_len(out, bare->str, (gssize)bare->len);
        g_string_append_c(out, ')');
    } else if (mailbox->comment.n > 0) {
        g_string_append_c(out, ' ');
        g_string_append_len(out, mailbox->comment.p, (gssize)mailbox->comment.n);
    }
    return true;
}

static bool append_list(const ListForm *form, const GArray *list, GString *out)
{
    ListForm plain = list_as_is();
    for (guint i = 0; i < list->len; i++) {
        if (i > 0)
            g_string_append(out, form->separator);
        const ListForm *of = form->only == MAILBOXES_MAX || form->only == i ? form : &plain;
        if (!append_mailbox(of, &g_array_index(list, Mailbox, i), out))
            return false;
    }
    return true;
}

static void add_list(Variants *variants, const GArray *list, ListForm form, Reason why)
{
    g_autoptr(GString) value = g_string_sized_new(variants->flat.n + 32);
    if (!variants_full(variants) && append_list(&form, list, value))
        variants_add(variants, span_of(value->str, value->len), why);
}

/* --- habits --- */

static const char *const relaxed_separators[] = {", ", ",", " , ", " ,", "; ", ";", NULL};
static const char *const simple_separators[] = {
    ", ", ",\r\n\t", ",\r\n ", ",", ",\r\n        ", ",\r\n    ", "; ", NULL};

static void add_habits(Variants *variants, const GArray *list)
{
    static const unsigned of_quoting[] = {0, 1, 1, 1, 2}, of_brackets[] = {0, 1, 1, 3, 4},
                          of_separator[] = {0, 1, 2, 3, 4, 4, 5};
    const char *const *separators = variants->simple ? simple_separators : relaxed_separators;
    bool encoded =
        span_search(variants->flat, SPAN_LIT("=?"), 0) < variants->flat.n; /* seldom quoted */
    unsigned style = STYLE_ADDRESSES;
    for (unsigned quoting = 0; quoting < QUOTINGS; quoting++) {
        for (unsigned brackets = 0; brackets < BRACKETSS; brackets++) {
            for (size_t s = 0; separators[s]; s++) {
                ListForm form = list_as_is();
                form.quoting = (Quoting)quoting;
                form.brackets = (Brackets)brackets;
                form.separator = separators[s];
                unsigned cost = of_quoting[quoting] + of_brackets[brackets] + of_separator[s];
                cost += encoded && quoting > 0 ? 2 : 0;
                add_list(variants, list, form,
                         (Reason){"header-addresses-reformatted", MAX(cost, 1), style++, NULL});
            }
        }
    }
}

/* Few items: every one with or without quotes and brackets. */
static void add_grid(Variants *variants, const GArray *list)
{
    enum { GRID_MAX = 3, SEPARATORS = 3, WAYS = 4 };
    const char *const *separators = variants->simple ? simple_separators : relaxed_separators;
    unsigned all = 1;
    for (guint i = 0; i < list->len; i++)
        all *= WAYS;
    for (size_t s = 0; list->len <= GRID_MAX && s < SEPARATORS; s++) {
        for (unsigned way = 0; way < all; way++) {
            g_autoptr(GString) value = g_string_new(NULL);
            unsigned rest = way;
            for (guint i = 0; i < list->len; i++, rest /= WAYS) {
                ListForm form = list_as_is();
                form.quoting = rest % WAYS & 1 ? QUOTING_ALL : QUOTING_NONE;
                form.brackets = rest % WAYS & 2 ? BRACKETS_ALL : BRACKETS_NAMED;
                g_string_append(value, i > 0 ? separators[s] : "");
                append_mailbox(&form, &g_array_index(list, Mailbox, i), value);
            }
            variants_add(variants, span_of(value->str, value->len),
                         (Reason){"header-addresses-reformatted", s > 0 ? 4 : 3, 0, NULL});
        }
    }
}

/* One thing done to one item or to all. */
static void add_items(Variants *variants, const GArray *list)
{
    Reason why = {"header-addresses-reformatted", 2, 0, NULL};
    for (guint i = 0; i < list->len && i < 16; i++) {
        for (unsigned which = QUOTING_NONE; which < QUOTING_NEEDED; which++) {
            ListForm form = list_as_is();
            form.only = i;
            form.quoting = (Quoting)which;
            add_list(variants, list, form, why);
        }
        for (unsigned which = BRACKETS_ALL; which < BRACKETSS; which++) {
            ListForm form = list_as_is();
            form.only = i;
            form.brackets = (Brackets)which;
            add_list(variants, list, form, why);
        }
        for (unsigned which = DOMAINS_LOWER; which < DOMAINSS; which++) {
            ListForm form = list_as_is();
            form.only = i;
            form.domains = (Domains)which;
            add_list(variants, list, form, (Reason){why.kind, 4, 0, NULL});
        }
    }
    for (unsigned which = DOMAINS_LOWER; which < DOMAINSS; which++) {
        ListForm form = list_as_is();
        form.domains = (Domains)which;
        add_list(variants, list, form, (Reason){why.kind, 3, STYLE_ADDRESSES + 280 + which, NULL});
    }
    ListForm form = list_as_is();
    form.gap = "";
    add_list(variants, list, form, (Reason){why.kind, 3, STYLE_ADDRESSES + 290, NULL});
    form = list_as_is();
    form.single_quotes = true;
    for (unsigned quoting = 0; quoting < QUOTING_NEEDED; quoting++) {
        form.quoting = (Quoting)quoting;
        add_list(variants, list, form,
                 (Reason){why.kind, 2, STYLE_ADDRESSES + 291 + quoting, NULL});
    }
}

typedef struct ListWriter {
    const GArray *list;
} ListWriter;

/* The list with names that are not ASCII given in UTF-8, kept in the arena. False when there are
 * none. */
static bool decoded_names(const GArray *list, GStringChunk *arena, GArray *out)
{
    bool any = false;
    for (guint i = 0; i < list->len; i++) {
        Mailbox mailbox = g_array_index(list, Mailbox, i);
        g_autoptr(GString) bare = g_string_new(NULL);
        g_autoptr(GString) text = g_string_new(NULL);
        mailbox_bare_name(mailbox.name, bare);
        WordsSeen seen;
        if (words_decode(span_of(bare->str, bare->len), text, &seen) &&
            (seen.encoded || seen.raw8)) {
            any = true;
            mailbox.name =
                span_of(g_string_chunk_insert_len(arena, text->str, (gssize)text->len), text->len);
        }
        g_array_append_val(out, mailbox);
    }
    return any;
}

/* Each name in its own style; and all in one, with quotes and brackets changed besides. */
static void add_names_mixed(Variants *variants, const GArray *list, const GArray *decoded)
{
    enum { FAMILIES = 40, ITEMS = 6 };
    size_t families = 0;
    for (guint i = 0; i < variants->hints->styles->len && families < FAMILIES; i++) {
        const WordStyle *style = &g_array_index(variants->hints->styles, WordStyle, i);
        if (style->limit > 0)
            continue;
        families++;
        ListForm form = list_as_is();
        form.words = style;
        for (guint item = 0; item < list->len && item < ITEMS && list->len > 1; item++) {
            g_autoptr(GArray) one = g_array_copy((GArray *)list);
            g_array_index(one, Mailbox, item) = g_array_index(decoded, Mailbox, item);
            form.only = item;
            add_list(variants, one, form, (Reason){"header-reencoded", 2 + style->cost, 0, NULL});
        }
        form.only = MAILBOXES_MAX;
        for (unsigned way = 1; way < 9; way++) {
            static const Quoting quotings[] = {QUOTING_KEPT, QUOTING_NONE, QUOTING_ALL};
            static const Brackets brackets[] = {BRACKETS_KEPT, BRACKETS_ALL, BRACKETS_NAMED};
            form.quoting = quotings[way % 3];
            form.brackets = brackets[way / 3];
            for (unsigned s = 0; s < 2; s++) {
                form.separator = s == 0 ? ", " : ",";
                add_list(variants, decoded, form,
                         (Reason){"header-reencoded", 2 + style->cost + s, 0, NULL});
            }
        }
    }
}

static bool write_list(void *context, const WordStyle *style, const char *separator, GString *out)
{
    (void)separator; /* names are short */
    const ListWriter *writer = context;
    ListForm form = list_as_is();
    form.words = style;
    return append_list(&form, writer->list, out);
}

static bool list_fits(void *context, const WordStyle *style)
{
    const ListWriter *writer = context;
    for (guint i = 0; i < writer->list->len; i++)
        if (!words_fit(style, g_array_index(writer->list, Mailbox, i).name, 0))
            return false;
    return true;
}

/* Names in other encoded-words, or raw. */
static void add_names_encoded(Variants *variants, const GArray *list)
{
    enum { ENCODINGS = 160 };
    g_autoptr(GStringChunk) arena = g_string_chunk_new(512);
    g_autoptr(GArray) decoded = g_array_new(FALSE, FALSE, sizeof(Mailbox));
    if (!decoded_names(list, arena, decoded))
        return;
    for (unsigned quoting = 0; quoting < QUOTINGS; quoting++) {
        ListForm form = list_as_is();
        form.names_raw = true;
        form.quoting = (Quoting)quoting;
        add_list(
            variants, list, form,
            (Reason){"header-8bit-encoded", quoting < QUOTING_NEEDED ? 1 + quoting : 2, 0, NULL});
    }
    ListWriter writer = {decoded};
    variants_add_words(variants, &(WordsWriter){write_list, list_fits, &writer, false}, ENCODINGS,
                       (Reason){"header-reencoded", 0, STYLE_WORDS, NULL});
    add_names_mixed(variants, list, decoded);
}

/* --- links that a mail program made of addresses --- */

/* "<a@b<mailto:a@b>>", "a@b <mailto:a@b>", "<mailto:a@b|a@b>". */
static void append_unlinked(Span flat, GString *out)
{
    static const char mailto[] = "<mailto:";
    for (size_t i = 0; i < flat.n;) {
        if (!span_starts_nocase(span_from(flat, i), mailto)) {
            g_string_append_c(out, flat.p[i++]);
            continue;
        }
        size_t close = span_find(flat, '>', i), bar = span_find(flat, '|', i);
        if (close == flat.n) {
            g_string_append_c(out, flat.p[i++]);
            continue;
        }
        if (bar < close)
            g_string_append_len(out, flat.p + bar + 1, (gssize)(close - bar - 1));
        else if (out->len > 0 && out->str[out->len - 1] == ' ')
            g_string_truncate(out, out->len - 1);
        i = close + 1;
    }
}

static void add_unlinked(Variants *variants)
{
    g_autoptr(GString) flat = g_string_sized_new(variants->flat.n);
    append_unlinked(variants->flat, flat);
    if (flat->len == variants->flat.n)
        return;
    variants_add(variants, span_of(flat->str, flat->len),
                 (Reason){"header-link-rewritten", 1, STYLE_MARKUP, NULL});
    g_autoptr(GArray) list = g_array_new(FALSE, TRUE, sizeof(Mailbox));
    if (!mailboxes_parse(span_of(flat->str, flat->len), list))
        return;
    for (unsigned i = 0; i < 2; i++) {
        ListForm form = list_as_is();
        form.brackets = BRACKETS_NAMED;
        form.separator = i == 0 ? "," : ", ";
        add_list(variants, list, form,
                 (Reason){"header-link-rewritten", 1, STYLE_MARKUP + 1 + i, NULL});
        form.brackets = BRACKETS_KEPT;
        add_list(variants, list, form,
                 (Reason){"header-link-rewritten", 2, STYLE_MARKUP + 3 + i, NULL});
    }
}

/* --- names and addresses known from elsewhere --- */

static void append_address(Span name, Span address, unsigned form, GString *out)
{
    g_autoptr(GString) bare = g_string_new(NULL);
    mailbox_bare_name(name, bare);
    Span text = span_of(bare->str, bare->len);
    switch (form) {
    case 0: /* as specials demand */
    case 1: /* the other way round */
        if (mailbox_needs_quotes(text, false) == (form == 0))
            mailbox_quote(text, out);
        else
            g_string_append_len(out, text.p, (gssize)text.n);
        g_string_append_printf(out, "%s<%.*s>", text.n > 0 ? " " : "", (int)address.n, address.p);
        return;
    case 2:
        g_string_append_printf(out, "%.*s (%.*s)", (int)address.n, address.p, (int)text.n, text.p);
        return;
    default:
        g_string_append_printf(out, "%.*s<%.*s>", (int)text.n, text.p, (int)address.n, address.p);
        return;
    }
}

/* One item of the list (or all of it, when item is its length) given as name and address. */
static void add_replacement(Variants *variants, const GArray *list, guint item, Span name,
                            Span address, Reason why)
{
    for (unsigned form = 0; form < (name.n > 0 ? 4u : 0u); form++) {
        g_autoptr(GString) value = g_string_new(NULL);
        ListForm as_is = list_as_is();
        for (guint i = 0; i < list->len && item < list->len; i++) {
            g_string_append(value, i > 0 ? ", " : "");
            if (i == item)
                append_address(name, address, form, value);
            else
                append_mailbox(&as_is, &g_array_index(list, Mailbox, i), value);
        }
        if (item == list->len)
            append_address(name, address, form, value);
        variants_add(variants, span_of(value->str, value->len),
                     (Reason){why.kind, why.cost + (form > 1 ? 2 : 0), 0, why.detail});
    }
    if (name.n > 0)
        return;
    for (unsigned brackets = 0; brackets < 2; brackets++) {
        g_autoptr(GString) value = g_string_new(NULL);
        ListForm as_is = list_as_is();
        for (guint i = 0; i < list->len; i++) {
            if (item == list->len)
                break;
            g_string_append(value, i > 0 ? ", " : "");
            if (i != item)
                append_mailbox(&as_is, &g_array_index(list, Mailbox, i), value);
            else
                g_string_append_printf(value, brackets ? "<%.*s>" : "%.*s", (int)address.n,
                                       address.p);
        }
        if (item == list->len)
            g_string_append_printf(value, brackets ? "<%.*s>" : "%.*s", (int)address.n, address.p);
        variants_add(variants, span_of(value->str, value->len), why);
    }
}

/* A name lost on the way stands in another field beside the same address; or another spelling of
 * the address does. */
static void add_known_names(Variants *variants, const GArray *list)
{
    const GArray *known = variants->hints->addresses;
    for (guint i = 0; i < list->len && i < 16; i++) {
        const Mailbox *mailbox = &g_array_index(list, Mailbox, i);
        for (guint j = 0; j < known->len && mailbox->address.n > 0; j++) {
            const HintAddress *hint = &g_array_index(known, HintAddress, j);
            if (!span_equal_nocase(hint->address, mailbox->address))
                continue;
            Reason why = {hint->name.n > 0 && mailbox->name.n == 0 ? "header-display-name-removed"
                                                                   : "header-addresses-reformatted",
                          2, 0, hint->field};
            add_replacement(variants, list, i, hint->name, hint->address, why);
            if (mailbox->name.n > 0 && hint->name.n == 0)
                add_replacement(variants, list, i, mailbox->name, hint->address, why);
        }
    }
}

/* --- names with something put into them; From and To replaced --- */

typedef struct Names {
    GStringChunk *arena;
    GArray *spans; /* of Span: names worth trying, likeliest first */
    GArray *costs; /* of unsigned */
} Names;

static void found_name(void *context, Span rest, const char *detail, StripPlace place,
                       unsigned cost)
{
    (void)detail;
    (void)place;
    Names *names = context;
    Span name = span_of(g_string_chunk_insert_len(names->arena, rest.p, (gssize)rest.n), rest.n);
    g_array_append_val(names->spans, name);
    g_array_append_val(names->costs, cost);
    if (name.n > 2 && name.p[0] == '\'' && name.p[name.n - 1] == '\'') {
        name = span_of(name.p + 1, name.n - 2);
        g_array_append_val(names->spans, name);
        g_array_append_val(names->costs, cost);
    }
}

static void names_of(const Mailbox *mailbox, Names *names)
{
    g_autoptr(GString) bare = g_string_new(NULL);
    mailbox_bare_name(mailbox->name, bare);
    Span text = span_of(bare->str, bare->len);
    if (text.n == 0)
        return;
    variants_strip(text, found_name, names);
    found_name(names, text, NULL, STRIPPED_START, 1);
    g_autoptr(GString) utf8 = g_string_new(NULL);
    WordsSeen seen;
    if (words_decode(text, utf8, &seen) && seen.encoded)
        variants_strip(span_of(utf8->str, utf8->len), found_name, names);
}

static Names names_new(void)
{
    return (Names){g_string_chunk_new(512), g_array_new(FALSE, FALSE, sizeof(Span)),
                   g_array_new(FALSE, FALSE, sizeof(unsigned))};
}

static void names_clear(Names *names)
{
    g_string_chunk_free(names->arena);
    g_array_unref(names->spans);
    g_array_unref(names->costs);
}

/* A name whose text is not ASCII was probably encoded when it was signed. */
static void add_encoded_replacement(Variants *variants, const GArray *list, guint item, Span name,
                                    Span address, Reason why)
{
    enum { NEW = 20, TRIED = 250 };
    const GArray *styles = variants->hints->styles;
    guint before = variants->list->atoms->len;
    for (guint i = 0, tried = 0; i < styles->len && has_8bit(name); i++) {
        const WordStyle *style = &g_array_index(styles, WordStyle, i);
        g_autoptr(GString) encoded = g_string_new(NULL);
        if (style->limit > 0)
            continue;
        if (++tried > TRIED || variants->list->atoms->len > before + NEW)
            break;
        if (words_encode(style, name, 0, " ", encoded))
            add_replacement(variants, list, item, span_of(encoded->str, encoded->len), address,
                            (Reason){why.kind, why.cost + style->cost, 0, why.detail});
    }
}

static void add_stripped_names(Variants *variants, const GArray *list)
{
    for (guint i = 0; i < list->len && i < 4; i++) {
        const Mailbox *mailbox = &g_array_index(list, Mailbox, i);
        if (mailbox->address.n == 0 || mailbox->name.n == 0)
            continue;
        Names names = names_new();
        names_of(mailbox, &names);
        for (guint j = 0; j < names.spans->len; j++) {
            Span name = g_array_index(names.spans, Span, j);
            Reason why = {"header-display-name-tag", g_array_index(names.costs, unsigned, j), 0,
                          NULL};
            add_replacement(variants, list, i, name, mailbox->address, why);
            add_encoded_replacement(variants, list, i, name, mailbox->address, why);
        }
        names_clear(&names);
    }
}

/* The whole field given as another address: of the names, those of the received field (without what
 * a list put into them) and those that stand beside the address elsewhere. */
static void add_other_addresses(Variants *variants, const GArray *list, const char *kind)
{
    enum { ADDRESSES = 14, NAMES = 24 };
    Names names = names_new();
    for (guint i = 0; i < list->len && i < 3; i++)
        names_of(&g_array_index(list, Mailbox, i), &names);
    const GArray *known = variants->hints->addresses;
    size_t tried = 0;
    for (unsigned cost = 1; cost <= 2; cost++) {
        for (guint i = 0; i < known->len && tried < ADDRESSES; i++) {
            const HintAddress *hint = &g_array_index(known, HintAddress, i);
            if (hint->cost != cost || strcmp(hint->field, variants->name) == 0)
                continue;
            tried++;
            Reason why = {kind, cost + 1, 0, hint->field};
            add_replacement(variants, list, list->len, hint->name, hint->address, why);
            add_replacement(variants, list, list->len, (Span){"", 0}, hint->address, why);
            for (guint j = 0; j < names.spans->len && j < NAMES; j++) {
                why.cost = cost + g_array_index(names.costs, unsigned, j);
                Span name = g_array_index(names.spans, Span, j);
                add_replacement(variants, list, list->len, name, hint->address, why);
                add_encoded_replacement(variants, list, list->len, name, hint->address, why);
            }
            for (guint j = 0; list->len > 1 && j < list->len && j < 8; j++)
                add_replacement(variants, list, j, hint->name, hint->address,
                                (Reason){kind, cost + 2, 0, hint->field});
        }
    }
    names_clear(&names);
}

static const char *kind_of_replacement(const char *name)
{
    if (strcmp(name, "from") == 0 || strcmp(name, "sender") == 0 || strcmp(name, "reply-to") == 0)
        return "header-from-rewritten";
    return "header-recipient-rewritten";
}

void variants_addresses(Variants *variants)
{
    g_autoptr(GArray) list = g_array_new(FALSE, TRUE, sizeof(Mailbox));
    if (!variants->field) {
        add_other_addresses(variants, list, "header-removed");
        return;
    }
    if (variants->flat.n == 0)
        return;
    add_unlinked(variants);
    if (!mailboxes_parse(variants->flat, list))
        return;
    add_habits(variants, list);
    add_items(variants, list);
    add_grid(variants, list);
    add_names_encoded(variants, list);
    add_known_names(variants, list);
    add_stripped_names(variants, list);
    add_other_addresses(variants, list, kind_of_replacement(variants->name));
}
