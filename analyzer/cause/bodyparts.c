/* bodyparts.c - MIME surgery undone: parts that came, part headers that were rewritten, preambles,
 * wrapping. */
#include "analyzer/cause/bodysearch.h"

#include <string.h>

static size_t last_line(const BodyView *view)
{
    return view->lines->n;
}

/* --- whole parts --- */

/* A part added by a list or a gateway: everything from its delimiter up to the next one. */
static bool try_added_parts(BodySearch *search, const BodyView *view)
{
    for (size_t i = view->leaves.n; i-- > 1 && !body_done(search);) {
        const Leaf *leaf = &view->leaves.items[i];
        const Piece kept[] = {piece_lines(0, leaf->open),
                              piece_lines(leaf->body_to, last_line(view))};
        if (body_propose(search, view, kept, 2, "body-part-added", leaf->type, KEEP_AS_LIKELY_BASE))
            return true;
    }
    return false;
}

static char *part_header(const BodyView *view, const Leaf *leaf, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = leaf->header_from; i < leaf->header_to; i++) {
        Span line = view->lines->lines[i];
        if (!span_starts_nocase(line, name) || line.n <= length || line.p[length] != ':')
            continue;
        GString *value = g_string_new_len(line.p + length + 1, (gssize)(line.n - length - 1));
        for (i++; i < leaf->header_to && view->lines->lines[i].n > 0 &&
                  byte_is_wsp(view->lines->lines[i].p[0]);
             i++)
            g_string_append_len(value, view->lines->lines[i].p, (gssize)view->lines->lines[i].n);
        return g_string_free(value, FALSE);
    }
    return g_strdup("");
}

/* The message was put as a first part into a new multipart: its body is that part's body. */
static bool try_unwrapping(BodySearch *search, const BodyView *view)
{
    for (size_t i = 1; i < view->leaves.n && !body_done(search); i++) {
        const Leaf *leaf = &view->leaves.items[i];
        g_autofree char *type = part_header(view, leaf, "content-type");
        g_autofree char *encoding = part_header(view, leaf, "content-transfer-encoding");
        size_t from = leaf->body_from, to = leaf->body_to;
        if (strcmp(leaf->type, "message/rfc822") == 0) { /* the body of the message within */
            while (from < to && view->lines->lines[from].n > 0)
                from++;
            from = MIN(from + 1, to);
        }
        const Piece kept = piece_lines(from, to);
        if (body_propose_as(search, view, &kept, 1, "body-wrapped", leaf->type, type, encoding,
                            KEEP_AS_LIKELY_BASE))
            return true;
        /* The wrapper took the last line end for its delimiter's. */
        const Piece with_end[] = {kept, piece_text(SPAN_LIT("\r\n"))};
        if (body_propose(search, view, with_end, 2, "body-wrapped", leaf->type, KEEP_NOT))
            return true;
    }
    return false;
}

/* --- around the delimiters --- */

static const char *const preambles[] = {
    "This is a multi-part message in MIME format.",
    "This is a multi-part message in MIME format...",
    ("This is a MIME-formatted message.  If you see this text it means that your\r\n"
     "E-mail software does not support MIME-formatted messages."),
    "This is a MIME-encapsulated message.",
    "This is a MIME-encapsulated message",
    "This message is in MIME format.",
    "This is a cryptographically signed message in MIME format.",
    "--- multipart message ---",
    "Multipart MIME message",
    "",
};

static bool try_no_preamble(BodySearch *search, const BodyView *view, const Leaf *leaf)
{
    return leaf->preamble_to > leaf->body_from &&
           body_propose_lines(search, view, leaf->body_from, leaf->preamble_to, (Span){"", 0},
                              "body-preamble-changed", NULL, KEEP_AS_BASE);
}

static bool try_preambles(BodySearch *search, const BodyView *view, const Leaf *leaf)
{
    size_t from = leaf->body_from, to = leaf->preamble_to;
    for (size_t i = 0; i < G_N_ELEMENTS(preambles) && !body_done(search); i++) {
        g_autofree char *one = g_strconcat(preambles[i], "\r\n", NULL);
        g_autofree char *two = g_strconcat(preambles[i], "\r\n\r\n", NULL);
        g_autofree char *three = g_strconcat("\r\n", preambles[i], "\r\n\r\n", NULL);
        const char *const texts[] = {one, two, three};
        for (size_t j = 0; j < G_N_ELEMENTS(texts); j++)
            if (body_propose_lines(search, view, from, to, span_str(texts[j]),
                                   "body-preamble-changed", NULL, KEEP_NOT))
                return true;
    }
    return false;
}

static bool try_epilogue(BodySearch *search, const BodyView *view, const Leaf *leaf)
{
    if (leaf->close + 1 >= leaf->body_to)
        return false;
    return body_propose_lines(search, view, leaf->close + 1, leaf->body_to, (Span){"", 0},
                              "body-epilogue-changed", NULL, KEEP_AS_BASE);
}

/* Which delimiters a gateway put blank lines before. */
typedef struct Delimiters {
    size_t of; /* index of the multipart; 0: of all */
    bool but_first, close_only;
} Delimiters;

static bool is_delimiter(const BodyView *view, const Delimiters *which, size_t line)
{
    for (size_t i = 0; i < view->leaves.n; i++) {
        const Leaf *leaf = &view->leaves.items[i];
        size_t owner = i > 0 && leaf->open == line ? leaf->parent : i;
        bool open = i > 0 && leaf->open == line && !which->close_only;
        bool close = leaf->boundary && leaf->close == line && line < leaf->body_to;
        bool first = open && view->leaves.items[owner].preamble_to == line;
        if ((open || close) && (which->of == 0 || which->of == owner + 1) &&
            !(first && which->but_first))
            return true;
    }
    return false;
}

/* Blank lines before delimiters: one taken out, or one put in. */
static bool try_blanks(BodySearch *search, const BodyView *view, const Delimiters *which, bool add)
{
    g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
    size_t from = 0;
    for (size_t i = 0; i < last_line(view); i++) {
        bool blank_before = i > from && view->lines->lines[i - 1].n == 0;
        if (!(add || blank_before) || !is_delimiter(view, which, i))
            continue;
        Piece before = piece_lines(from, add ? i : i - 1), blank = piece_text(SPAN_LIT("\r\n"));
        g_array_append_val(pieces, before);
        if (add)
            g_array_append_val(pieces, blank);
        from = i;
    }
    Piece rest = piece_lines(from, last_line(view));
    g_array_append_val(pieces, rest);
    return pieces->len > 1 &&
           body_propose(search, view, (const Piece *)(void *)pieces->data, pieces->len,
                        "body-blank-lines", "before the MIME delimiters",
                        which->of ? KEEP_NOT : KEEP_AS_BASE);
}

static bool try_blanks_before_delimiters(BodySearch *search, const BodyView *view)
{
    for (size_t of = 0; of <= view->leaves.n && !body_done(search); of++) {
        if (of > 0 && !view->leaves.items[of - 1].boundary)
            continue;
        const Delimiters some[] = {{of, false, false}, {of, true, false}, {of, false, true}};
        for (size_t i = 0; i < G_N_ELEMENTS(some); i++)
            if (try_blanks(search, view, &some[i], false) ||
                try_blanks(search, view, &some[i], true))
                return true;
    }
    return false;
}

/* --- part headers --- */

/* One field of a part's header: its lines. */
typedef struct PartField {
    size_t from, to;
    char *name; /* lower case */
} PartField;

static void part_field_clear(void *item)
{
    g_free(((PartField *)item)->name);
}

static GArray *part_fields(const BodyView *view)
{
    GArray *fields = g_array_new(FALSE, FALSE, sizeof(PartField));
    g_array_set_clear_func(fields, part_field_clear);
    for (size_t i = 1; i < view->leaves.n; i++) {
        const Leaf *leaf = &view->leaves.items[i];
        for (size_t line = leaf->header_from; line < leaf->header_to;) {
            PartField field = {.from = line, .to = line + 1};
            Span text = view->lines->lines[line];
            while (field.to < leaf->header_to && byte_is_wsp(view->lines->lines[field.to].p[0]))
                field.to++;
            field.name = g_ascii_strdown(text.p, (gssize)span_find(text, ':', 0));
            g_array_append_val(fields, field);
            line = field.to;
        }
    }
    return fields;
}

/* How a field was before: `text` has its line ends, name is in lower case. False: the same as it
 * is. */
typedef bool (*FieldUndo)(const char *name, const GString *text, const void *context, GString *out);

static void append_lines(const BodyView *view, size_t from, size_t to, GString *out)
{
    for (size_t i = from; i < to; i++) {
        g_string_append_len(out, view->lines->lines[i].p, (gssize)view->lines->lines[i].n);
        g_string_append_len(out, "\r\n", 2);
    }
}

static GString *field_text(const BodyView *view, const PartField *field)
{
    GString *out = g_string_new(NULL);
    append_lines(view, field->from, field->to, out);
    return out;
}

static bool try_fields(BodySearch *search, const BodyView *view, const GArray *fields,
                       FieldUndo undo, const void *context, const char *detail, Keep keep)
{
    g_autoptr(GArray) pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
    g_autoptr(GPtrArray) texts = g_ptr_array_new_with_free_func(g_free);
    size_t from = 0;
    for (guint i = 0; i < fields->len; i++) {
        const PartField *field = &g_array_index(fields, PartField, i);
        GString *before = g_string_new(NULL);
        g_autoptr(GString) received = field_text(view, field);
        bool changed = undo(field->name, received, context, before);
        Span text = span_of(before->str, before->len);
        g_ptr_array_add(texts, g_string_free(before, FALSE));
        if (!changed)
            continue;
        const Piece own[] = {piece_lines(0, field->from), piece_text(text),
                             piece_lines(field->to, last_line(view))};
        if (body_propose(search, view, own, 3, "body-part-headers-changed", detail, KEEP_NOT))
            return true;
        const Piece both[] = {piece_lines(from, field->from), piece_text(text)};
        g_array_append_vals(pieces, both, 2);
        from = field->to;
    }
    if (pieces->len <= 2)
        return false;
    Piece rest = piece_lines(from, last_line(view));
    g_array_append_val(pieces, rest);
    return body_propose(search, view, (const Piece *)(void *)pieces->data, pieces->len,
                        "body-part-headers-changed", detail, keep);
}

static bool undo_added(const char *name, const GString *text, const void *added, GString *out)
{
    (void)text;
    (void)out;
    return strcmp(name, added) == 0;
}

static bool undo_fold(const char *name, const GString *text, const void *separator, GString *out)
{
    (void)name;
    bool quoted = false;
    for (size_t i = 0; i < text->len; i++) {
        char c = text->str[i];
        quoted ^= c == '"';
        g_string_append_c(out, c);
        if (c != ';' || quoted)
            continue;
        size_t next = i + 1;
        while (next < text->len && byte_is_fws(text->str[next]))
            next++;
        if (next == text->len)
            continue;
        g_string_append(out, separator);
        i = next - 1;
    }
    return !g_string_equal(out, text);
}

typedef enum QuoteHabit { QUOTES_ON, QUOTES_OFF } QuoteHabit;

static bool is_token_octet(char c)
{
    return g_ascii_isgraph(c) && !strchr("()<>@,;:\\\"/[]?=", c);
}

/* Parameter values that are tokens, with and without quotes (RFC 2045 §5.1). */
static bool undo_quotes(const char *name, const GString *text, const void *context, GString *out)
{
    QuoteHabit habit = *(const QuoteHabit *)context;
    (void)name;
    for (size_t i = 0; i < text->len; i++) {
        g_string_append_c(out, text->str[i]);
        if (text->str[i] != '=')
            continue;
        size_t start = i + 1, end = start;
        bool quoted = start < text->len && text->str[start] == '"';
        start += quoted;
        for (end = start; end < text->len && is_token_octet(text->str[end]);)
            end++;
        bool whole = end > start && (quoted ? text->str[end] == '"' : true);
        if (!whole)
            continue;
        if (habit == QUOTES_ON)
            g_string_append_c(out, '"');
        g_string_append_len(out, text->str + start, (gssize)(end - start));
        if (habit == QUOTES_ON)
            g_string_append_c(out, '"');
        i = end - 1 + quoted;
    }
    return !g_string_equal(out, text);
}

/* "Content-type" for "Content-Type", "utf-8" for "UTF-8". */
typedef enum CaseHabit {
    CASE_NAME_TITLE,
    CASE_NAME_SENTENCE,
    CASE_NAME_LOWER,
    CASE_VALUE_LOWER,
    CASE_VALUE_UPPER,
    CASE_CHARSET_UPPER,
    CASE_CHARSET_LOWER
} CaseHabit;

static void recase_name(GString *text, size_t n, CaseHabit habit)
{
    for (size_t i = 0; i < n; i++) {
        bool start = i == 0 || (habit == CASE_NAME_TITLE && text->str[i - 1] == '-');
        bool upper = start && habit != CASE_NAME_LOWER;
        text->str[i] =
            (char)(upper ? g_ascii_toupper(text->str[i]) : g_ascii_tolower(text->str[i]));
    }
    if (habit == CASE_NAME_TITLE && g_str_has_prefix(text->str, "Mime-"))
        text->str[1] = 'I', text->str[2] = 'M', text->str[3] = 'E';
}

static void recase_charset(GString *text, bool upper)
{
    g_autofree char *lower = g_ascii_strdown(text->str, (gssize)text->len);
    char *at = strstr(lower, "charset=");
    for (size_t i = at ? (size_t)(at - lower) + 8 : text->len;
         i < text->len && !strchr(";\r\n ", text->str[i]); i++)
        text->str[i] =
            (char)(upper ? g_ascii_toupper(text->str[i]) : g_ascii_tolower(text->str[i]));
}

static bool undo_case(const char *name, const GString *text, const void *context, GString *out)
{
    CaseHabit habit = *(const CaseHabit *)context;
    g_string_append_len(out, text->str, (gssize)text->len);
    size_t colon = strlen(name);
    if (habit <= CASE_NAME_LOWER) {
        recase_name(out, colon, habit);
    } else if (habit >= CASE_CHARSET_UPPER) {
        recase_charset(out, habit == CASE_CHARSET_UPPER);
    } else {
        for (size_t i = colon; i < out->len; i++)
            out->str[i] = (char)(habit == CASE_VALUE_UPPER ? g_ascii_toupper(out->str[i])
                                                           : g_ascii_tolower(out->str[i]));
    }
    return !g_string_equal(out, text);
}

static bool try_added_fields(BodySearch *search, const BodyView *view, const GArray *fields)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < fields->len && !body_done(search); i++) {
        const char *name = g_array_index(fields, PartField, i).name;
        /* What is no MIME field was hardly the author's. */
        Keep keep = g_str_has_prefix(name, "content-") ? KEEP_AS_BASE : KEEP_AS_LIKELY_BASE;
        if (g_hash_table_add(seen, (void *)name) &&
            try_fields(search, view, fields, undo_added, name, name, keep))
            return true;
    }
    return false;
}

/* Fields that gateways leave out because they say what is the default anyway. */
static bool try_removed_fields(BodySearch *search, const BodyView *view)
{
    static const char *const lines[] = {
        "Content-Transfer-Encoding: 7bit\r\n",
        "Content-Transfer-Encoding: 8bit\r\n",
        "Content-Disposition: inline\r\n",
        "MIME-Version: 1.0\r\n",
        "Mime-Version: 1.0\r\n",
    };
    for (size_t i = 1; i < view->leaves.n; i++) {
        const Leaf *leaf = &view->leaves.items[i];
        for (size_t j = 0; j < G_N_ELEMENTS(lines) && !body_done(search); j++)
            for (size_t at = leaf->header_from; at <= leaf->header_to; at++)
                if (body_propose_lines(search, view, at, at, span_str(lines[j]),
                                       "body-part-headers-changed", NULL, KEEP_NOT))
                    return true;
    }
    return false;
}

/* Two neighbouring fields that changed places, in every part. */
static bool try_swapped_fields(BodySearch *search, const BodyView *view, const GArray *fields)
{
    for (guint i = 0; i + 1 < fields->len && !body_done(search); i++) {
        const PartField *a = &g_array_index(fields, PartField, i),
                        *b = &g_array_index(fields, PartField, i + 1);
        if (a->to != b->from)
            continue;
        const Piece swapped[] = {piece_lines(0, a->from), piece_lines(b->from, b->to),
                                 piece_lines(a->from, a->to), piece_lines(b->to, last_line(view))};
        if (body_propose(search, view, swapped, 4, "body-part-headers-changed", "order", KEEP_NOT))
            return true;
    }
    return false;
}

static bool try_styles(BodySearch *search, const BodyView *view, const GArray *fields)
{
    static const char *const folds[] = {" ",      "\r\n\t",   "\r\n ",    "",
                                        "\r\n  ", "\r\n    ", "\r\n\t\t", "\r\n        "};
    static const QuoteHabit quotes[] = {QUOTES_ON, QUOTES_OFF};
    static const CaseHabit cases[] = {CASE_CHARSET_UPPER, CASE_CHARSET_LOWER, CASE_NAME_TITLE,
                                      CASE_NAME_SENTENCE, CASE_NAME_LOWER,    CASE_VALUE_LOWER,
                                      CASE_VALUE_UPPER};
    for (size_t i = 0; i < G_N_ELEMENTS(folds); i++)
        if (try_fields(search, view, fields, undo_fold, folds[i], "folding", KEEP_AS_BASE))
            return true;
    for (size_t i = 0; i < G_N_ELEMENTS(quotes); i++)
        if (try_fields(search, view, fields, undo_quotes, &quotes[i], "quotes", KEEP_AS_BASE))
            return true;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (try_fields(search, view, fields, undo_case, &cases[i], "upper and lower case",
                       KEEP_AS_BASE))
            return true;
    return false;
}

/* Several habits of another writer at the same time; -1 leaves it as it is. */
typedef struct Style {
    const char *fold;    /* or NULL */
    int quotes, charset; /* QuoteHabit, CaseHabit */
    bool no_encoding, no_disposition;
} Style;

static void append_undone(const char *name, FieldUndo undo, const void *context, GString *text)
{
    g_autoptr(GString) out = g_string_new(NULL);
    undo(name, text, context, out);
    g_string_assign(text, out->str);
}

static bool undo_style(const char *name, const GString *text, const void *context, GString *out)
{
    const Style *style = context;
    bool encoding = strcmp(name, "content-transfer-encoding") == 0;
    if (style->no_encoding && encoding && (strstr(text->str, "7bit") || strstr(text->str, "8bit")))
        return true;
    if (style->no_disposition && strcmp(name, "content-disposition") == 0 &&
        strstr(text->str, "inline"))
        return true;
    g_string_append_len(out, text->str, (gssize)strlen(text->str));
    const QuoteHabit quotes = style->quotes == QUOTES_ON ? QUOTES_ON : QUOTES_OFF;
    const CaseHabit charset =
        style->charset == CASE_CHARSET_UPPER ? CASE_CHARSET_UPPER : CASE_CHARSET_LOWER;
    if (style->charset >= 0)
        append_undone(name, undo_case, &charset, out);
    if (style->quotes >= 0)
        append_undone(name, undo_quotes, &quotes, out);
    if (style->fold)
        append_undone(name, undo_fold, style->fold, out);
    return strcmp(out->str, text->str) != 0;
}

/* All part headers in another style. *known holds the outcomes so far. */
static bool try_style(BodySearch *search, const BodyView *view, const GArray *fields,
                      const Style *style, GHashTable *known)
{
    g_autoptr(GString) text = g_string_new(NULL);
    size_t from = 0;
    for (guint i = 0; i < fields->len; i++) {
        const PartField *field = &g_array_index(fields, PartField, i);
        g_autoptr(GString) received = field_text(view, field), before = g_string_new(NULL);
        if (!undo_style(field->name, received, style, before))
            continue;
        append_lines(view, from, field->from, text);
        g_string_append(text, before->str);
        from = field->to;
    }
    append_lines(view, from, last_line(view), text);
    if (!g_hash_table_add(known, g_compute_checksum_for_data(G_CHECKSUM_SHA1,
                                                             (const guchar *)text->str, text->len)))
        return false;
    Piece piece = piece_text(span_of(text->str, text->len));
    return body_propose(search, view, &piece, 1, "body-part-headers-changed", "style",
                        style->fold ? KEEP_NOT : KEEP_AS_BASE);
}

static bool try_all_styles(BodySearch *search, const BodyView *view, const GArray *fields)
{
    static const char *const folds[] = {NULL, " ", "\r\n\t", "\r\n ", ""};
    static const int quotes[] = {-1, QUOTES_ON, QUOTES_OFF},
                     charsets[] = {-1, CASE_CHARSET_UPPER, CASE_CHARSET_LOWER};
    g_autoptr(GHashTable) known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (unsigned i = 0; i < G_N_ELEMENTS(folds) * 3 * 3 * 4 && !body_done(search); i++) {
        Style style = {.quotes = quotes[i % 3],
                       .charset = charsets[i / 3 % 3],
                       .no_encoding = i / 9 % 2,
                       .no_disposition = i / 18 % 2,
                       .fold = folds[i / 36]};
        if (try_style(search, view, fields, &style, known))
            return true;
    }
    return false;
}

static bool try_around(BodySearch *search, const BodyView *view,
                       bool (*try)(BodySearch *search, const BodyView *view, const Leaf *leaf))
{
    for (size_t i = 0; i < view->leaves.n && !body_done(search); i++)
        if (view->leaves.items[i].boundary && try(search, view, &view->leaves.items[i]))
            return true;
    return false;
}

bool body_try_structure(BodySearch *search, const BodyView *view)
{
    if (view->leaves.n == 1)
        return false;
    g_autoptr(GArray) fields = part_fields(view);
    return try_added_parts(search, view) || try_unwrapping(search, view) ||
           try_around(search, view, try_epilogue) || try_around(search, view, try_no_preamble) ||
           try_added_fields(search, view, fields) || try_styles(search, view, fields) ||
           try_blanks_before_delimiters(search, view) || try_around(search, view, try_preambles) ||
           try_all_styles(search, view, fields) || try_removed_fields(search, view) ||
           try_swapped_fields(search, view, fields);
}
