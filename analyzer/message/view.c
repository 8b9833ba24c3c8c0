#include "analyzer/message/view.h"

#include <string.h>

const char *view_repair_name(ViewRepair repair)
{
    static const char *const names[] = {
        "copy-bom",         "copy-leading-blank", "copy-indented",      "copy-quoted",
        "copy-folds-lost",  "copy-nbsp",          "copy-html-entities", "copy-linkified",
        "copy-qp-shown",    "copy-cr-doubled",    "copy-mbox-from",     "copy-double-utf8",
        "copy-soft-wrapped"};
    G_STATIC_ASSERT(G_N_ELEMENTS(names) == VIEW_REPAIRS);
    g_return_val_if_fail((size_t)repair < G_N_ELEMENTS(names), "copy-bom");
    return names[repair];
}

/* Every repair reads the text and either gives another one (owned) or NULL: no sign of that damage.
 */
typedef GString *(*Repair)(Span text, char **detail);

/* The next line with its line end. */
static Span next_line(Span text, size_t *pos)
{
    size_t start = *pos;
    *pos = MIN(span_find(text, '\n', start) + 1, text.n);
    return span_of(text.p + start, *pos - start);
}

static Span without_end(Span line)
{
    while (line.n > 0 && (line.p[line.n - 1] == '\n' || line.p[line.n - 1] == '\r'))
        line.n--;
    return line;
}

static void append(GString *out, Span text)
{
    g_string_append_len(out, text.p, (gssize)text.n);
}

/* Gives out back when it says something else than text, else NULL. */
static GString *changed(GString *out, Span text)
{
    if (!span_equal(span_of(out->str, out->len), text))
        return out;
    g_string_free(out, TRUE);
    return NULL;
}

/* Where the header ends: the offset of the first empty line; text.n when there is none. */
static size_t header_end(Span text)
{
    for (size_t pos = 0; pos < text.n;) {
        size_t start = pos;
        if (without_end(next_line(text, &pos)).n == 0)
            return start;
    }
    return text.n;
}

/* --- what stands before or at the start of every line --- */

static GString *repair_bom(Span text, char **detail)
{
    (void)detail;
    if (text.n < 3 || memcmp(text.p, "\xef\xbb\xbf", 3) != 0)
        return NULL;
    return g_string_new_len(text.p + 3, (gssize)(text.n - 3));
}

static GString *repair_leading_blank(Span text, char **detail)
{
    size_t pos = 0, start = 0;
    unsigned blank = 0;
    while (pos < text.n && span_trim(next_line(text, &pos)).n == 0) {
        start = pos;
        blank++;
    }
    if (blank == 0 || start == text.n)
        return NULL;
    *detail = g_strdup_printf("%u", blank);
    return g_string_new_len(text.p + start, (gssize)(text.n - start));
}

static size_t leading_blanks(Span line)
{
    size_t n = 0;
    while (n < line.n && byte_is_wsp(line.p[n]))
        n++;
    return n;
}

/* White space that every line has in common. */
static GString *repair_indented(Span text, char **detail)
{
    size_t common = SIZE_MAX;
    for (size_t pos = 0; pos < text.n && common > 0;) {
        Span line = without_end(next_line(text, &pos));
        if (span_trim(line).n > 0)
            common = MIN(common, leading_blanks(line));
    }
    if (common == 0 || common == SIZE_MAX)
        return NULL;
    GString *out = g_string_sized_new(text.n);
    for (size_t pos = 0; pos < text.n;) {
        Span line = next_line(text, &pos);
        append(out, span_from(line, MIN(common, leading_blanks(without_end(line)))));
    }
    *detail = g_strdup_printf("%zu", common);
    return out;
}

/* "> " or "| " before every line; where the line was empty, the blank behind the mark may be gone.
 */
static GString *repair_quoted(Span text, char **detail)
{
    char mark = text.n > 0 ? text.p[0] : '\0';
    bool blank = true;
    if (mark != '>' && mark != '|')
        return NULL;
    for (size_t pos = 0; pos < text.n;) {
        Span line = without_end(next_line(text, &pos));
        if (line.n > 0 && line.p[0] != mark)
            return NULL;
        blank = blank && (line.n < 2 || line.p[1] == ' ');
    }
    GString *out = g_string_sized_new(text.n);
    for (size_t pos = 0; pos < text.n;) {
        Span line = next_line(text, &pos);
        size_t marks = line.n > 0 && line.p[0] == mark;
        append(out, span_from(line, marks + (blank && line.n > 1 && line.p[1] == ' ')));
    }
    *detail = g_strdup_printf("%c", mark);
    return out;
}

/* --- header lines that lost what made them continuations --- */

static bool begins_field(Span line)
{
    size_t n = 0;
    while (n < line.n && (g_ascii_isalnum(line.p[n]) || line.p[n] == '-' || line.p[n] == '_'))
        n++;
    return n > 0 && n < line.n && line.p[n] == ':';
}

static GString *refolded(Span text, const char *indent)
{
    size_t end = header_end(text);
    GString *out = g_string_sized_new(text.n + 64);
    for (size_t pos = 0; pos < end;) {
        Span line = next_line(text, &pos);
        bool continues =
            out->len > 0 && line.n > 0 && !byte_is_wsp(line.p[0]) && !begins_field(line);
        if (continues && !g_str_has_prefix(out->str, "From "))
            g_string_append(out, indent);
        append(out, line);
    }
    append(out, span_from(text, end));
    return changed(out, text);
}

static GString *repair_folds(Span text, char **detail)
{
    (void)detail;
    return refolded(text, "\t");
}

static GString *repair_folds_with_space(Span text, char **detail)
{
    (void)detail;
    return refolded(text, " ");
}

/* --- characters that a browser or a form put in the place of others --- */

static size_t nbsp_at(Span text, size_t i)
{
    if (i + 1 < text.n && (uint8_t)text.p[i] == 0xc2 && (uint8_t)text.p[i + 1] == 0xa0)
        return 2;
    return (uint8_t)text.p[i] == 0xa0 ? 1 : 0;
}

/* A run at the start of a line was a fold; elsewhere each stands for one space. */
static GString *without_nbsp(Span text, const char *fold, size_t until)
{
    GString *out = g_string_sized_new(text.n);
    bool line_start = true, some = false;
    for (size_t i = 0; i < text.n;) {
        size_t end = i, found = 0;
        while (end < until && (byte_is_wsp(text.p[end]) || nbsp_at(text, end))) {
            size_t n = nbsp_at(text, end);
            found += n > 0;
            end += MAX(n, (size_t)1);
        }
        if (line_start && found > 0) {
            g_string_append(out, fold);
            some = true;
            i = end;
        } else if (i < until && nbsp_at(text, i)) {
            g_string_append_c(out, ' ');
            some = true;
            i += nbsp_at(text, i);
        } else {
            g_string_append_c(out, text.p[i++]);
        }
        line_start = i > 0 && text.p[i - 1] == '\n';
    }
    if (some)
        return out;
    g_string_free(out, TRUE);
    return NULL;
}

static GString *repair_nbsp_header(Span text, char **detail)
{
    (void)detail;
    return without_nbsp(text, "\t", header_end(text));
}

static GString *repair_nbsp_header_space(Span text, char **detail)
{
    (void)detail;
    return without_nbsp(text, " ", header_end(text));
}

static GString *repair_nbsp(Span text, char **detail)
{
    (void)detail;
    return without_nbsp(text, "\t", text.n);
}

static GString *repair_nbsp_space(Span text, char **detail)
{
    (void)detail;
    return without_nbsp(text, " ", text.n);
}

static const struct {
    const char *entity, *stands_for;
} entities[] = {{"&lt;", "<"},   {"&gt;", ">"},   {"&quot;", "\""}, {"&#34;", "\""}, {"&#39;", "'"},
                {"&#x27;", "'"}, {"&#039;", "'"}, {"&apos;", "'"},  {"&#x2F;", "/"}, {"&#61;", "="},
                {"&#x3D;", "="}, {"&nbsp;", " "}, {"&amp;", "&"}};

static size_t entity_at(Span text, size_t i, const char **stands_for)
{
    for (size_t e = 0; e < G_N_ELEMENTS(entities); e++) {
        size_t n = strlen(entities[e].entity);
        if (text.n - i >= n && memcmp(text.p + i, entities[e].entity, n) == 0) {
            *stands_for = entities[e].stands_for;
            return n;
        }
    }
    return 0;
}

static GString *without_entities(Span text, size_t until)
{
    GString *out = g_string_sized_new(text.n);
    for (size_t i = 0; i < text.n;) {
        const char *stands_for = NULL;
        size_t n = i < until && text.p[i] == '&' ? entity_at(text, i, &stands_for) : 0;
        if (n > 0)
            g_string_append(out, stands_for);
        else
            g_string_append_c(out, text.p[i]);
        i += MAX(n, (size_t)1);
    }
    return changed(out, text);
}

static bool header_has(Span text, const char *needle)
{
    return span_search(span_of(text.p, header_end(text)), span_str(needle), 0) < header_end(text);
}

static GString *repair_entities(Span text, char **detail)
{
    (void)detail;
    bool sign = header_has(text, "&lt;") || header_has(text, "&gt;") ||
                header_has(text, "&quot;") || header_has(text, "&#");
    return sign ? without_entities(text, text.n) : NULL;
}

static GString *repair_entities_header(Span text, char **detail)
{
    (void)detail;
    return without_entities(text, header_end(text));
}

/* "a@b<mailto:a@b>", "[a@b](mailto:a@b)", "<a@b<mailto:a@b>>", "https://x<https://x>". */
static size_t link_before(Span text, size_t at)
{
    static const char stops[] = " \t\r\n<>()[]\",;";
    size_t start = at;
    while (start > 0 && !strchr(stops, text.p[start - 1]))
        start--;
    return start;
}

static size_t linkified_at(Span text, size_t i)
{
    static const char *const openings[] = {"<mailto:", "](mailto:", "<http://", "<https://"};
    for (size_t o = 0; o < G_N_ELEMENTS(openings); o++) {
        size_t n = strlen(openings[o]);
        if (text.n - i < n || memcmp(text.p + i, openings[o], n) != 0)
            continue;
        bool web = o >= 2;
        size_t from = i + (web ? 1 : n), before = link_before(text, i);
        size_t shown = i - before;
        if (shown == 0 || text.n - from <= shown ||
            memcmp(text.p + from, text.p + before, shown) != 0)
            continue;
        size_t end = from + shown;
        end += end < text.n && text.p[end] == '/' && web;
        if (end < text.n && text.p[end] == (o == 1 ? ')' : '>'))
            return end + 1 - i;
    }
    return 0;
}

static GString *without_links(Span text, size_t until)
{
    GString *out = g_string_sized_new(text.n);
    for (size_t i = 0; i < text.n;) {
        size_t n = i < until && (text.p[i] == '<' || text.p[i] == ']') ? linkified_at(text, i) : 0;
        if (n > 0 && text.p[i] == ']') { /* its "[" goes as well */
            char *open = strrchr(out->str, '[');
            if (open)
                g_string_erase(out, open - out->str, 1);
        }
        if (n == 0)
            g_string_append_c(out, text.p[i]);
        i += MAX(n, (size_t)1);
    }
    return changed(out, text);
}

static GString *repair_links(Span text, char **detail)
{
    (void)detail;
    return header_has(text, "mailto:") ? without_links(text, text.n) : NULL;
}

static GString *repair_links_header(Span text, char **detail)
{
    (void)detail;
    return header_has(text, "mailto:") ? without_links(text, header_end(text)) : NULL;
}

/* --- encodings of the whole file --- */

/* "b=3D..." in a header: the file shows quoted-printable text (RFC 2045 §6.7) that was never
 * decoded. */
static GString *repair_qp(Span text, char **detail)
{
    (void)detail;
    if (!header_has(text, "=3D") && !header_has(text, "=3d"))
        return NULL;
    GString *out = g_string_sized_new(text.n);
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] != '=') {
            g_string_append_c(out, text.p[i]);
            continue;
        }
        bool crlf = i + 2 < text.n && text.p[i + 1] == '\r' && text.p[i + 2] == '\n';
        if (crlf || (i + 1 < text.n && text.p[i + 1] == '\n')) {
            i += crlf ? 2 : 1;
            continue;
        }
        int high = i + 2 < text.n ? g_ascii_xdigit_value(text.p[i + 1]) : -1;
        int low = i + 2 < text.n ? g_ascii_xdigit_value(text.p[i + 2]) : -1;
        if (high < 0 || low < 0) {
            g_string_append_c(out, '=');
            continue;
        }
        g_string_append_c(out, (char)(high << 4 | low));
        i += 2;
    }
    return out;
}

static GString *repair_cr(Span text, char **detail)
{
    (void)detail;
    GString *out = g_string_new_len(text.p, (gssize)text.n);
    g_string_truncate(out, 0);
    for (size_t i = 0; i < text.n; i++) {
        size_t crs = 0;
        while (i + crs < text.n && text.p[i + crs] == '\r')
            crs++;
        bool doubled = crs > 1 && i + crs < text.n && text.p[i + crs] == '\n';
        g_string_append_c(out, text.p[i]);
        if (doubled)
            i += crs - 1;
    }
    return changed(out, text);
}

/* mboxrd and mboxo put one ">" before "From " and ">From " in bodies. */
static GString *repair_from(Span text, char **detail)
{
    (void)detail;
    if (text.n < 5 || memcmp(text.p, "From ", 5) != 0)
        return NULL;
    GString *out = g_string_sized_new(text.n);
    for (size_t pos = 0; pos < text.n;) {
        Span line = next_line(text, &pos);
        size_t marks = 0;
        while (marks < line.n && line.p[marks] == '>')
            marks++;
        bool escaped = marks > 0 && line.n >= marks + 5 && memcmp(line.p + marks, "From ", 5) == 0;
        append(out, span_from(line, escaped));
    }
    return changed(out, text);
}

/* UTF-8 that was read as another charset and written as UTF-8 once more. */
static GString *undoubled(Span text, const char *charset)
{
    gsize n;
    g_autofree char *once = g_convert(text.p, (gssize)text.n, charset, "UTF-8", NULL, &n, NULL);
    if (!once || !g_utf8_validate_len(once, n, NULL))
        return NULL;
    return changed(g_string_new_len(once, (gssize)n), text);
}

static GString *repair_latin1(Span text, char **detail)
{
    *detail = g_strdup("ISO-8859-1");
    return undoubled(text, "ISO-8859-1");
}

static GString *repair_windows(Span text, char **detail)
{
    *detail = g_strdup("windows-1252");
    return undoubled(text, "WINDOWS-1252");
}

static const struct {
    ViewRepair name;
    Repair repair;
} repairs[] = {
    {VIEW_CR_DOUBLED, repair_cr},
    {VIEW_BOM, repair_bom},
    {VIEW_LEADING_BLANK, repair_leading_blank},
    {VIEW_INDENTED, repair_indented},
    {VIEW_QUOTED, repair_quoted},
    {VIEW_QP_SHOWN, repair_qp},
    {VIEW_HTML_ENTITIES, repair_entities},
    {VIEW_NBSP, repair_nbsp_header},
    {VIEW_NBSP, repair_nbsp_header_space},
    {VIEW_NBSP, repair_nbsp},
    {VIEW_NBSP, repair_nbsp_space},
    {VIEW_LINKIFIED, repair_links_header},
    {VIEW_LINKIFIED, repair_links},
    {VIEW_FOLDS_LOST, repair_folds},
    {VIEW_FOLDS_LOST, repair_folds_with_space},
    {VIEW_MBOX_FROM, repair_from},
    {VIEW_DOUBLE_UTF8, repair_latin1},
    {VIEW_DOUBLE_UTF8, repair_windows},
    {VIEW_HTML_ENTITIES, repair_entities_header},
};

/* --- the candidates --- */

static bool is_known(const GArray *views, const GString *octets)
{
    for (guint i = 0; i < views->len; i++) {
        gsize n;
        const char *p = g_bytes_get_data(g_array_index(views, View, i).octets, &n);
        if (n == octets->len && memcmp(p, octets->str, n) == 0)
            return true;
    }
    return false;
}

static void add_view(GArray *views, const View *base, ViewRepair name, GString *octets,
                     char *detail)
{
    View view = {.detail = base && base->detail && detail
                               ? g_strconcat(base->detail, ", ", detail, NULL)
                               : g_strdup(detail ? detail
                                          : base ? base->detail
                                                 : NULL)};
    for (size_t i = 0; base && i < base->n_repairs; i++)
        view.repairs[view.n_repairs++] = base->repairs[i];
    view.repairs[view.n_repairs++] = name;
    view.octets = g_string_free_to_bytes(octets);
    g_array_append_val(views, view);
}

/* Everything that one more repair makes of this text. */
static void extend(GArray *views, const View *base, Span text)
{
    for (size_t i = 0; i < G_N_ELEMENTS(repairs) && views->len < VIEW_MAX_CANDIDATES; i++) {
        bool again = false;
        for (size_t j = 0; base && j < base->n_repairs; j++)
            again = again || base->repairs[j] == repairs[i].name;
        if (again)
            continue;
        g_autofree char *detail = NULL;
        GString *octets = repairs[i].repair(text, &detail);
        if (octets && octets->len > 0 && !is_known(views, octets))
            add_view(views, base, repairs[i].name, octets, detail);
        else if (octets)
            g_string_free(octets, TRUE);
    }
}

View *views_find(const Source *source, size_t *n)
{
    GArray *views = g_array_new(FALSE, TRUE, sizeof(View));
    if (source->bytes.n <= VIEW_MAX_BYTES)
        extend(views, NULL, source->bytes);
    for (guint i = 0; i < views->len && views->len < VIEW_MAX_CANDIDATES; i++) {
        View base = g_array_index(views, View, i); /* a copy: the array may move */
        gsize size;
        const char *p = g_bytes_get_data(base.octets, &size);
        if (base.n_repairs < VIEW_MAX_REPAIRS)
            extend(views, &base, span_of(p, size));
    }
    *n = views->len;
    return (View *)(void *)g_array_free(views, FALSE);
}

void views_free(View *views, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        g_free(views[i].detail);
        g_bytes_unref(views[i].octets);
    }
    g_free(views);
}
