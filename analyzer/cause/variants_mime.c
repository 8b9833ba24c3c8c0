/* variants_mime.c - MIME fields as gateways rewrite them: quotes, case, order and spacing of
 * parameters; encodings and charsets replaced; comments dropped. RFC 2045 §5.1, RFC 2183. */
#include "analyzer/cause/variants.h"

#include <string.h>

enum { PARAMETERS_MAX = 8 };

typedef struct Parameter {
    Span name, value; /* the value without quotes, escapes kept */
    bool quoted;
} Parameter;

typedef struct MimeValue {
    Span type;
    Parameter parameters[PARAMETERS_MAX];
    size_t n;
} MimeValue;

/* How a value is written. */
typedef enum Quotes { QUOTES_KEPT, QUOTES_NONE, QUOTES_ALL, QUOTES_TURNED, QUOTES } Quotes;
typedef enum Letters { LETTERS_KEPT, LETTERS_LOWER, LETTERS_UPPER, LETTERS_TITLE, LETTERS } Letters;

typedef struct MimeForm {
    Quotes quotes;
    size_t only; /* quotes changed on this parameter alone; PARAMETERS_MAX: on all */
    Letters type, charset, name;
    const char *separator;
    bool final; /* a ";" at the end */
} MimeForm;

static const char *const relaxed_separators[] = {"; ", ";", " ; ", " ;", NULL};
static const char *const simple_separators[] = {"; ",        ";\r\n\t",     ";\r\n ",        ";",
                                                ";\r\n    ", ";\r\n      ", ";\r\n        ", " ; ",
                                                ";\r\n  ",   NULL};

bool variants_is_mime(const char *name)
{
    return strcmp(name, "mime-version") == 0 ||
           (g_str_has_prefix(name, "content-") && strcmp(name, "content-id") != 0 &&
            strcmp(name, "content-description") != 0);
}

/* --- reading --- */

static size_t quoted_end(Span text, size_t open)
{
    for (size_t i = open + 1; i < text.n; i++) {
        if (text.p[i] == '\\')
            i++;
        else if (text.p[i] == '"')
            return i;
    }
    return text.n;
}

static bool parse_value(Span flat, MimeValue *mime)
{
    *mime = (MimeValue){0};
    size_t at = span_find(flat, ';', 0);
    mime->type = span_trim(span_of(flat.p, at));
    while (at < flat.n) {
        size_t equals = span_find(flat, '=', at + 1), semicolon = span_find(flat, ';', at + 1);
        if (span_trim(span_from(flat, at + 1)).n == 0)
            return true;
        if (semicolon < equals || equals == flat.n || mime->n == PARAMETERS_MAX)
            return false;
        Parameter parameter = {.name = span_trim(span_of(flat.p + at + 1, equals - at - 1))};
        size_t start = equals + 1;
        while (start < flat.n && byte_is_wsp(flat.p[start]))
            start++;
        parameter.quoted = start < flat.n && flat.p[start] == '"';
        size_t end = parameter.quoted ? quoted_end(flat, start) : span_find(flat, ';', start);
        parameter.value = parameter.quoted ? span_of(flat.p + start + 1, end - start - 1)
                                           : span_trim(span_of(flat.p + start, end - start));
        if (parameter.quoted && end == flat.n)
            return false;
        mime->parameters[mime->n++] = parameter;
        at = span_find(flat, ';', end);
    }
    return mime->type.n > 0;
}

/* --- writing --- */

static void append_letters(Letters letters, Span text, GString *out)
{
    bool start = true;
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (letters == LETTERS_UPPER || (letters == LETTERS_TITLE && start))
            c = g_ascii_toupper(c);
        else if (letters != LETTERS_KEPT)
            c = g_ascii_tolower(c);
        start = !g_ascii_isalnum(c);
        g_string_append_c(out, c);
    }
}

/* RFC 2045 §5.1: tspecials and white space cannot stand in a token. */
static bool needs_quotes(Span value)
{
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] <= ' ' || strchr("()<>@,;:\\\"/[]?=", value.p[i]))
            return true;
    return value.n == 0;
}

static bool is_quoted(const Parameter *parameter, const MimeForm *form, size_t i)
{
    if (form->only < PARAMETERS_MAX && form->only != i)
        return parameter->quoted;
    switch (form->quotes) {
    case QUOTES_NONE:
        return needs_quotes(parameter->value);
    case QUOTES_ALL:
        return true;
    case QUOTES_TURNED:
        return !parameter->quoted;
    case QUOTES_KEPT:
    case QUOTES:
        break;
    }
    return parameter->quoted;
}

static void append_mime(const MimeValue *mime, const MimeForm *form, GString *out)
{
    append_letters(form->type, mime->type, out);
    for (size_t i = 0; i < mime->n; i++) {
        const Parameter *parameter = &mime->parameters[i];
        g_string_append(out, form->separator);
        append_letters(form->name, parameter->name, out);
        g_string_append_c(out, '=');
        bool quoted = is_quoted(parameter, form, i);
        if (quoted)
            g_string_append_c(out, '"');
        bool charset = span_is_nocase(parameter->name, "charset");
        append_letters(charset ? form->charset : LETTERS_KEPT, parameter->value, out);
        if (quoted)
            g_string_append_c(out, '"');
    }
    if (form->final)
        g_string_append(out, ";");
}

/* --- forms: habits, which are the same for every MIME field --- */

typedef struct Writing {
    Variants *variants;
    Reason why;
} Writing;

static void add_form(const Writing *writing, const MimeValue *mime, MimeForm form, unsigned cost,
                     unsigned style)
{
    g_autoptr(GString) value = g_string_sized_new(128);
    append_mime(mime, &form, value);
    variants_add(writing->variants, span_of(value->str, value->len),
                 (Reason){writing->why.kind, writing->why.cost + cost, style, writing->why.detail});
}

static MimeForm form_as_is(void)
{
    return (MimeForm){.only = PARAMETERS_MAX, .separator = "; "};
}

/* The whole grid of habits; deep: every letter case too. */
static void add_forms(const Writing *writing, const MimeValue *mime, bool deep)
{
    const char *const *separators =
        writing->variants->simple ? simple_separators : relaxed_separators;
    unsigned style = STYLE_MIME;
    for (size_t s = 0; separators[s]; s++) {
        for (unsigned quotes = 0; quotes < QUOTES; quotes++) {
            for (unsigned letters = 0; letters < (deep ? LETTERS * LETTERS : 1); letters++) {
                MimeForm form = form_as_is();
                form.separator = separators[s];
                form.quotes = (Quotes)quotes;
                form.type = (Letters)(letters / LETTERS);
                form.charset = (Letters)(letters % LETTERS);
                unsigned cost = (s > 0 ? 1u : 0u) + (s > 2) + (quotes == QUOTES_TURNED) +
                                (form.type > 0) + (letters % LETTERS > 0) +
                                (form.type >= LETTERS_UPPER) + (form.charset >= LETTERS_TITLE);
                style++;
                if (cost < 5)
                    add_form(writing, mime, form, cost, MIN(style, STYLE_MARKUP - 1));
            }
        }
    }
}

/* Few parameters: every one with or without quotes, and with its own separator. */
static void add_grid(const Writing *writing, const MimeValue *mime)
{
    enum { GRID_MAX = 3, SEPARATORS = 4 };
    const char *const *separators =
        writing->variants->simple ? simple_separators : relaxed_separators;
    unsigned radix = writing->variants->simple ? SEPARATORS : 2, spacings = 1;
    for (size_t i = 0; i < mime->n; i++)
        spacings *= radix;
    for (unsigned quotes = 0; mime->n <= GRID_MAX && quotes < 1u << mime->n; quotes++) {
        for (unsigned spacing = 0; spacing < spacings; spacing++) {
            g_autoptr(GString) value = g_string_new_len(mime->type.p, (gssize)mime->type.n);
            unsigned rest = spacing;
            for (size_t i = 0; i < mime->n; i++, rest /= radix) {
                const Parameter *parameter = &mime->parameters[i];
                const char *quote = quotes >> i & 1 ? "\"" : "";
                g_string_append(value, separators[rest % radix]);
                g_string_append_len(value, parameter->name.p, (gssize)parameter->name.n);
                g_string_append_printf(value, "=%s%.*s%s", quote, (int)parameter->value.n,
                                       parameter->value.p, quote);
            }
            variants_add(
                writing->variants, span_of(value->str, value->len),
                (Reason){writing->why.kind, writing->why.cost + 2, 0, writing->why.detail});
        }
    }
}

/* Things done to one parameter, or at the end. */
static void add_single_forms(const Writing *writing, const MimeValue *mime)
{
    for (size_t i = 0; i < mime->n; i++) {
        MimeForm form = form_as_is();
        form.quotes = QUOTES_TURNED;
        form.only = i;
        add_form(writing, mime, form, 1, 0);
    }
    for (unsigned letters = LETTERS_LOWER; letters < LETTERS; letters++) {
        MimeForm form = form_as_is();
        form.name = (Letters)letters;
        add_form(writing, mime, form, 3, 0);
    }
    MimeForm form = form_as_is();
    form.final = true;
    add_form(writing, mime, form, 2, 0);
    form.separator = ";";
    add_form(writing, mime, form, 3, 0);
}

/* --- other parameters --- */

static MimeValue without(const MimeValue *mime, size_t at)
{
    MimeValue out = *mime;
    out.n--;
    memmove(&out.parameters[at], &out.parameters[at + 1], (out.n - at) * sizeof out.parameters[0]);
    return out;
}

static MimeValue with(const MimeValue *mime, size_t at, Parameter parameter)
{
    MimeValue out = *mime;
    memmove(&out.parameters[at + 1], &out.parameters[at], (out.n - at) * sizeof out.parameters[0]);
    out.parameters[at] = parameter;
    out.n++;
    return out;
}

static size_t find_parameter(const MimeValue *mime, const char *name)
{
    for (size_t i = 0; i < mime->n; i++)
        if (span_is_nocase(mime->parameters[i].name, name))
            return i;
    return mime->n;
}

static void add_orders(const Writing *writing, const MimeValue *mime)
{
    for (size_t i = 0; i < mime->n; i++) {
        for (size_t j = 0; j < mime->n; j++) {
            MimeValue shorter = without(mime, i), moved = with(&shorter, j, mime->parameters[i]);
            if (i != j)
                add_forms(writing, &moved, false);
        }
    }
}

static void add_dropped(const Writing *writing, const MimeValue *mime)
{
    for (size_t i = 0; i < mime->n; i++) {
        MimeValue shorter = without(mime, i);
        add_forms(writing, &shorter, false);
    }
    MimeValue bare = {.type = mime->type};
    add_forms(writing, &bare, true);
}

static void add_extra(const Writing *writing, const MimeValue *mime, const char *name, Span value)
{
    if (mime->n == PARAMETERS_MAX || find_parameter(mime, name) < mime->n || value.n == 0)
        return;
    for (size_t at = 0; at <= mime->n; at++) {
        for (unsigned quoted = 0; quoted < 2; quoted++) {
            MimeValue longer = with(mime, at, (Parameter){span_str(name), value, quoted != 0});
            Writing further = {writing->variants, writing->why};
            further.why.cost += at < mime->n;
            add_forms(&further, &longer, false);
        }
    }
}

static void add_replaced(const Writing *writing, const MimeValue *mime, const char *name,
                         Span value)
{
    size_t at = find_parameter(mime, name);
    if (at == mime->n || value.n == 0)
        return;
    MimeValue other = *mime;
    other.parameters[at].value = value;
    add_forms(writing, &other, false);
}

static void add_other_parameters(const Writing *writing, const MimeValue *mime)
{
    static const char *const charsets[] = {
        "utf-8",      "UTF-8",        "us-ascii",     "US-ASCII",    "iso-8859-1",
        "ISO-8859-1", "windows-1252", "Windows-1252", "iso-8859-15", "ISO-8859-15",
        "iso-8859-2", "windows-1250", "ISO-2022-JP",  "koi8-r",      "windows-1251",
        "gb2312",     "big5",         "ascii",        "utf8"};
    const Hints *hints = writing->variants->hints;
    bool text = span_starts_nocase(mime->type, "text/");
    for (guint i = 0; text && i < hints->charsets->len; i++) {
        Span charset = span_str(g_array_index(hints->charsets, WordCharset, i).label);
        add_replaced(writing, mime, "charset", charset);
        add_extra(writing, mime, "charset", charset);
    }
    for (size_t i = 0; text && i < G_N_ELEMENTS(charsets); i++) {
        add_replaced(writing, mime, "charset", span_str(charsets[i]));
        add_extra(writing, mime, "charset", span_str(charsets[i]));
    }
    if (text) {
        add_extra(writing, mime, "format", SPAN_LIT("flowed"));
        add_extra(writing, mime, "delsp", SPAN_LIT("yes"));
    }
    for (guint i = 0; i < hints->boundaries->len; i++) {
        Span boundary = span_str(g_ptr_array_index(hints->boundaries, i));
        add_replaced(writing, mime, "boundary", boundary);
        add_extra(writing, mime, "boundary", boundary);
    }
    if (span_starts_nocase(mime->type, "multipart/related")) {
        add_extra(writing, mime, "type", SPAN_LIT("text/html"));
        add_extra(writing, mime, "type", SPAN_LIT("multipart/alternative"));
    }
}

static void add_other_types(const Writing *writing, const MimeValue *mime)
{
    static const char *const types[] = {
        "text/plain",        "text/html",        "multipart/mixed",         "multipart/alternative",
        "multipart/related", "multipart/report", "application/octet-stream"};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        bool multipart = span_starts_nocase(mime->type, "multipart/");
        if (multipart != g_str_has_prefix(types[i], "multipart/"))
            continue;
        MimeValue other = *mime;
        other.type = span_str(types[i]);
        add_forms(writing, &other, false);
    }
}

/* --- whole fields --- */

static void add_parameters(Variants *variants, Span flat, Reason why)
{
    MimeValue mime;
    if (!parse_value(flat, &mime))
        return;
    Writing writing = {variants, why};
    add_forms(&writing, &mime, true);
    add_single_forms(&writing, &mime);
    add_grid(&writing, &mime);
    g_autoptr(GString) lower = g_string_new(NULL);
    append_letters(LETTERS_LOWER, mime.type, lower);
    MimeValue lowered = mime;
    lowered.type = span_of(lower->str, lower->len);
    add_grid(&writing, &lowered);
    writing.why.cost += 2;
    add_other_parameters(&writing, &mime);
    add_orders(&writing, &mime);
    add_dropped(&writing, &mime);
    writing.why.cost += 2;
    add_other_types(&writing, &mime);
}

static void add_encodings(Variants *variants)
{
    static const char *const encodings[] = {"8bit", "quoted-printable", "base64", "7bit", "binary"};
    for (size_t i = 0; i < G_N_ELEMENTS(encodings); i++) {
        for (unsigned letters = LETTERS_LOWER; letters < LETTERS; letters++) {
            g_autoptr(GString) value = g_string_new(NULL);
            append_letters((Letters)letters, span_str(encodings[i]), value);
            variants_add(
                variants, span_of(value->str, value->len),
                (Reason){"header-mime-rewritten", letters == LETTERS_LOWER ? 1 : 2, 0, NULL});
        }
    }
}

/* "1.0 (Mac OS X Mail 16.0 \(3774.600.62\))": the comment repeats X-Mailer "Apple Mail
 * (2.3774.600.62)". */
static void add_apple(Variants *variants, Span mailer)
{
    static const char *const versions[] = {
        "16.0", "15.0", "14.0", "13.4", "13.0", "12.4", "12.2", "12.1", "12.0",
        "11.5", "11.4", "11.3", "11.2", "11.1", "11.0", "10.3", "10.2", "10.1",
        "10.0", "9.3",  "9.2",  "9.1",  "9.0",  "8.2",  "8.1",  "8.0",  "7.3",
        "7.2",  "7.1",  "7.0",  "6.6",  "6.5",  "6.3",  "6.2",  "6.1",  "6.0"};
    size_t open = span_find(mailer, '(', 0), close = span_find(mailer, ')', open);
    if (close == mailer.n)
        return;
    Span build = span_of(mailer.p + open + 1, close - open - 1);
    if (span_starts_nocase(build, "2."))
        build = span_from(build, 2);
    for (size_t i = 0; i < G_N_ELEMENTS(versions); i++) {
        g_autofree char *value = g_strdup_printf("1.0 (Mac OS X Mail %s \\(%.*s\\))", versions[i],
                                                 (int)build.n, build.p);
        variants_add(variants, span_str(value), (Reason){"header-comment-removed", 2, 0, NULL});
    }
    g_autofree char *frame =
        g_strdup_printf("1.0 (Apple Message framework v%.*s)", (int)build.n, build.p);
    variants_add(variants, span_str(frame), (Reason){"header-comment-removed", 3, 0, NULL});
}

static void add_versions(Variants *variants)
{
    static const char *const known[] = {"1.0", "1.0 (1.0)", "1.0 (produced by MetaSend Vx.x)",
                                        "1.0 (Generated by PHPMailer)", "1.0 (Mac OS X Mail)"};
    for (size_t i = 0; i < G_N_ELEMENTS(known); i++)
        variants_add(variants, span_str(known[i]),
                     (Reason){"header-comment-removed", i == 0 ? 1 : 3, 0, NULL});
    static const char *const mailers[] = {"x-mailer", "user-agent"};
    for (size_t i = 0; i < G_N_ELEMENTS(mailers); i++) {
        const Field *field = source_field(variants->block->input->source, mailers[i], 0);
        if (!field || field->value.n > 200)
            continue;
        Span mailer = span_trim(field->value);
        add_apple(variants, mailer);
        g_autofree char *value = g_strdup_printf("1.0 (%.*s)", (int)mailer.n, mailer.p);
        variants_add(variants, span_str(value), (Reason){"header-comment-removed", 3, 0, NULL});
    }
}

static void add_hinted(Variants *variants)
{
    const GArray *values = hints_values(variants->hints, variants->name);
    for (guint i = 0; values && i < values->len && i < 6 && !variants_full(variants); i++) {
        const HintValue *hint = &g_array_index(values, HintValue, i);
        g_autoptr(GString) flat = g_string_new(NULL);
        for (size_t j = 0; j < hint->value.n; j++)
            if (hint->value.p[j] != '\r' && hint->value.p[j] != '\n')
                g_string_append_c(flat, hint->value.p[j] == '\t' ? ' ' : hint->value.p[j]);
        MimeValue mime;
        Writing writing = {variants, {"header-mime-rewritten", hint->cost + 1, 0, hint->from}};
        if (!parse_value(span_of(flat->str, flat->len), &mime))
            continue;
        add_forms(&writing, &mime, i < 2);
        add_single_forms(&writing, &mime);
    }
}

void variants_mime(Variants *variants)
{
    if (strcmp(variants->name, "mime-version") == 0)
        add_versions(variants);
    else if (strcmp(variants->name, "content-transfer-encoding") == 0)
        add_encodings(variants);
    else {
        add_parameters(variants, variants->flat, (Reason){"header-mime-rewritten", 1, 0, NULL});
        add_hinted(variants);
    }
}
