/* bodyencode.c - transfer encodings and charsets that a hop changed, written again as the author
 * may have written them.
 *
 * A leaf is decoded and encoded with each profile; the encoding field in a part's header is changed
 * along with it. Where several leaves were changed by the same hop, all of them are tried together.
 */
#include "analyzer/cause/leaftext.h"

#include <string.h>

typedef enum Form { FORM_8BIT, FORM_QP, FORM_BASE64 } Form;

/* One way to have written a text. */
typedef struct Writing {
    Form form;
    const QpProfile *qp;
    size_t width;        /* base64 */
    bool lf;             /* base64: of text with LF for its line ends, as on the author's machine */
    bool other_end;      /* base64: no line end after the last line; from base64: one more */
    bool ascii_plain;    /* text that is ASCII was not encoded */
    const char *charset; /* to convert to, or NULL */
    bool likely;
} Writing;

static bool is_text(const Leaf *leaf)
{
    return g_str_has_prefix(leaf->type, "text/") && !leaf->boundary;
}

static const char *encoding_name(Form form, Span octets)
{
    if (form == FORM_QP)
        return "quoted-printable";
    if (form == FORM_BASE64)
        return "base64";
    for (size_t i = 0; i < octets.n; i++)
        if ((uint8_t)octets.p[i] >= 0x80)
            return "8bit";
    return "7bit";
}

static const char *kind_of(const Leaf *leaf, const Writing *writing)
{
    if (writing->charset)
        return "body-charset-converted";
    LeafEncoding now = leaf->encoding;
    if (now == LEAF_QUOTED_PRINTABLE && writing->form == FORM_QP)
        return "body-quoted-printable-rewritten";
    if (now == LEAF_BASE64 && writing->form == FORM_BASE64)
        return "body-base64-rewrapped";
    return now == LEAF_QUOTED_PRINTABLE ? "body-to-quoted-printable"
           : now == LEAF_BASE64         ? "body-to-base64"
                                        : "body-to-8bit";
}

/* --- a leaf, written again --- */

static GByteArray *converted(GByteArray *octets, const char *from, const char *to)
{
    gsize n;
    g_autofree char *text =
        g_convert((const char *)octets->data, (gssize)octets->len, to, from, NULL, &n, NULL);
    g_byte_array_unref(octets);
    if (!text)
        return NULL;
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, (const guint8 *)text, (guint)n);
    return out;
}

static void strip_final_end(GByteArray *octets)
{
    if (octets->len >= 2 && memcmp(octets->data + octets->len - 2, "\r\n", 2) == 0)
        g_byte_array_set_size(octets, octets->len - 2);
}

/* Text with all its line ends CRLF, or all LF. */
static void set_line_ends(GByteArray *octets, bool lf)
{
    g_autoptr(GString) out = g_string_sized_new(octets->len + 64);
    for (guint i = 0; i < octets->len; i++) {
        bool crlf = octets->data[i] == '\r' && i + 1 < octets->len && octets->data[i + 1] == '\n';
        i += crlf;
        if (octets->data[i] == '\n' && !lf)
            g_string_append_c(out, '\r');
        g_string_append_c(out, (char)octets->data[i]);
    }
    g_byte_array_set_size(octets, 0);
    g_byte_array_append(octets, (const guint8 *)out->str, (guint)out->len);
}

static bool is_ascii(const GByteArray *octets)
{
    for (guint i = 0; i < octets->len; i++)
        if (octets->data[i] >= 0x80)
            return false;
    return true;
}

static GString *in_base64(const Leaf *leaf, GByteArray *octets, const Writing *writing)
{
    if (leaf->encoding != LEAF_BASE64 && writing->other_end)
        strip_final_end(octets);
    if (leaf->encoding != LEAF_BASE64 && writing->lf)
        set_line_ends(octets, true);
    return base64_encode_lines(span_of((const char *)octets->data, octets->len), writing->width,
                               true);
}

static GString *in_lines(const Leaf *leaf, GByteArray *octets, const Writing *writing, Form form)
{
    if (leaf->encoding == LEAF_BASE64)
        set_line_ends(octets, false);
    strip_final_end(octets);
    Span text = span_of((const char *)octets->data, octets->len);
    GString *out =
        form == FORM_QP ? qp_encode(text, writing->qp) : g_string_new_len(text.p, (gssize)text.n);
    g_string_append(out, leaf->encoding == LEAF_BASE64 && writing->other_end ? "\r\n\r\n" : "\r\n");
    return out;
}

/* The body of a leaf in another writing, CRLF at its end; NULL when it cannot be. *form: what it
 * was written in. */
static GString *written(const BodyView *view, const Leaf *leaf, const Writing *writing, Form *form)
{
    GByteArray *octets = leaf_decode(view->lines, leaf);
    if (octets && writing->charset)
        octets = converted(octets, leaf->charset ? leaf->charset : "us-ascii", writing->charset);
    if (!octets)
        return NULL;
    *form = writing->ascii_plain && is_ascii(octets) ? FORM_8BIT : writing->form;
    GString *out = *form == FORM_BASE64 ? in_base64(leaf, octets, writing)
                                        : in_lines(leaf, octets, writing, *form);
    g_byte_array_unref(octets);
    return out;
}

/* --- its header --- */

/* A part's header with another encoding in it; the style of the field is kept. */
static void write_header(const BodyView *view, const Leaf *leaf, const char *encoding,
                         const char *charset, GString *out)
{
    for (size_t i = leaf->header_from; i < leaf->header_to; i++) {
        Span line = view->lines->lines[i];
        size_t colon = span_find(line, ':', 0);
        g_autofree char *text = span_dup(line);
        g_autofree char *lower = g_ascii_strdown(text, -1);
        char *at = charset && leaf->charset ? strstr(lower, "charset=") : NULL;
        if (encoding && g_str_has_prefix(lower, "content-transfer-encoding:")) {
            g_string_append_printf(out, "%.*s: %s", (int)colon, line.p, encoding);
        } else if (at) {
            size_t start = (size_t)(at - lower) + 8;
            bool quoted = text[start] == '"';
            start += quoted;
            g_string_append_len(out, text, (gssize)start);
            g_string_append(out, charset);
            g_string_append(out, text + MIN(start + strlen(leaf->charset), strlen(text)));
        } else {
            g_string_append(out, text);
        }
        g_string_append_len(out, "\r\n", 2);
    }
}

static bool has_encoding_field(const BodyView *view, const Leaf *leaf)
{
    for (size_t i = leaf->header_from; i < leaf->header_to; i++)
        if (span_starts_nocase(view->lines->lines[i], "content-transfer-encoding:"))
            return true;
    return false;
}

/* How the encoding field may have read before: another value, or not there at all. */
typedef enum HeaderHabit {
    HEADER_AS_IS,
    HEADER_OTHER_VALUE,
    HEADER_UPPER,
    HEADER_ABSENT,
    HEADER_HABITS
} HeaderHabit;

static void append_part(const BodyView *view, const Leaf *leaf, const Writing *writing, Form form,
                        Span body, HeaderHabit habit, GString *out)
{
    const char *encoding = encoding_name(form, body);
    g_autofree char *upper = g_ascii_strup(encoding, -1);
    if (habit == HEADER_ABSENT) {
        for (size_t i = leaf->header_from; i < leaf->header_to; i++) {
            Span line = view->lines->lines[i];
            if (span_starts_nocase(line, "content-transfer-encoding:"))
                continue;
            g_string_append_len(out, line.p, (gssize)line.n);
            g_string_append_len(out, "\r\n", 2);
        }
    } else {
        write_header(view, leaf,
                     habit == HEADER_AS_IS   ? NULL
                     : habit == HEADER_UPPER ? upper
                                             : encoding,
                     writing->charset, out);
    }
    g_string_append_len(out, "\r\n", 2);
    g_string_append_len(out, body.p, (gssize)body.n);
}

/* --- all text leaves, or one --- */

static bool applies(const Leaf *leaf, const Writing *writing, bool same_form)
{
    LeafEncoding same = writing->form == FORM_QP ? LEAF_QUOTED_PRINTABLE : LEAF_BASE64;
    if (leaf->boundary || leaf->encoding == LEAF_OTHER)
        return false;
    if (same_form)
        return writing->form != FORM_8BIT && leaf->encoding == same;
    if (writing->form == FORM_8BIT && !writing->charset)
        return is_text(leaf) && leaf->encoding != LEAF_PLAIN;
    return is_text(leaf);
}

/* Adds the body with the chosen leaves in another writing. Returns the index of the last one, plus
 * one; 0 when nothing would change. */
static size_t rewrite(BodySearch *search, const BodyView *view, const Writing *writing,
                      HeaderHabit habit, bool same_form, size_t only, PieceList *list)
{
    enum { WORK = 2 };
    size_t changed = 0;
    for (size_t i = 0; i < view->leaves.n; i++) {
        const Leaf *leaf = &view->leaves.items[i];
        if (!applies(leaf, writing, same_form) || (only && only != i))
            continue;
        Form form;
        g_autoptr(GString) body = written(view, leaf, writing, &form);
        if (!body)
            continue;
        body_work(search, body->len * WORK);
        pieces_until(list, i == 0 ? leaf->body_from : leaf->header_from);
        GString *part = g_string_new(NULL);
        if (i == 0)
            g_string_append_len(part, body->str, (gssize)body->len);
        else
            append_part(view, leaf, writing, form, span_of(body->str, body->len), habit, part);
        pieces_replace(list, leaf->body_to, part);
        changed = i + 1;
    }
    pieces_until(list, view->lines->n);
    return changed;
}

static char *describe(const Writing *writing)
{
    if (writing->charset)
        return g_strdup(writing->charset);
    if (writing->form == FORM_QP)
        return g_strdup(writing->qp->name);
    return writing->form == FORM_BASE64 ? g_strdup_printf("%zu", writing->width) : NULL;
}

/* Of a message that is one text: what its own encoding field would say. */
static const char *top_encoding(const BodyView *view, const Writing *writing, const PieceList *list)
{
    if (!view->top_is_text || list->own->len == 0)
        return NULL;
    const GString *text = g_ptr_array_index(list->own, 0);
    return encoding_name(writing->form, span_of(text->str, text->len));
}

static bool propose(BodySearch *search, const BodyView *view, const Writing *writing,
                    HeaderHabit habit, bool same_form, size_t only)
{
    PieceList list;
    pieces_init(&list, 0);
    size_t changed = rewrite(search, view, writing, habit, same_form, only, &list);
    bool found = false;
    if (changed > 0 && !body_done(search)) {
        g_autofree char *detail = describe(writing);
        const char *kind = kind_of(&view->leaves.items[changed - 1], writing);
        found = body_propose_as(search, view, pieces_of(&list), list.pieces->len, kind, detail,
                                NULL, top_encoding(view, writing, &list),
                                writing->likely && !only ? KEEP_AS_LIKELY_BASE : KEEP_AS_BASE);
    }
    pieces_clear(&list);
    return found;
}

/* The encoding field goes along with the encoding; a charset alone leaves it. */
static HeaderHabit first_habit(const BodyView *view, const Writing *writing, bool same_form)
{
    if (same_form)
        return HEADER_AS_IS;
    for (size_t i = 0; writing->charset && i < view->leaves.n; i++)
        if (is_text(&view->leaves.items[i]) && view->leaves.items[i].encoding == LEAF_PLAIN)
            return HEADER_AS_IS;
    return HEADER_OTHER_VALUE;
}

/* All leaves together, or one by one. */
typedef enum Scope { SCOPE_ALL, SCOPE_EACH } Scope;

static bool try_writing(BodySearch *search, const BodyView *view, const Writing *writing,
                        bool same_form, Scope scope)
{
    for (int habit = (int)first_habit(view, writing, same_form);
         scope == SCOPE_ALL && habit < HEADER_HABITS && !body_done(search); habit++) {
        if (propose(search, view, writing, (HeaderHabit)habit, same_form, 0))
            return true;
        if (same_form || view->top_is_text)
            break;
    }
    for (size_t i = 1; scope == SCOPE_EACH && i < view->leaves.n && !body_done(search); i++) {
        const Leaf *leaf = &view->leaves.items[i];
        if (!applies(leaf, writing, same_form))
            continue;
        HeaderHabit habit =
            same_form || !has_encoding_field(view, leaf) ? HEADER_AS_IS : HEADER_OTHER_VALUE;
        if (propose(search, view, writing, habit, same_form, i))
            return true;
    }
    return false;
}

/* --- all forms --- */

typedef struct Texts {
    bool some, base64, lines, ascii,
        others; /* text parts: any, in base64 or not, ASCII only or not */
} Texts;

static Texts texts_of(const BodyView *view)
{
    Texts texts = {0};
    for (size_t i = 0; i < view->leaves.n; i++) {
        const Leaf *leaf = &view->leaves.items[i];
        g_autoptr(GByteArray) octets = is_text(leaf) ? leaf_decode(view->lines, leaf) : NULL;
        if (!octets)
            continue;
        texts.some = true;
        *(leaf->encoding == LEAF_BASE64 ? &texts.base64 : &texts.lines) = true;
        *(is_ascii(octets) ? &texts.ascii : &texts.others) = true;
    }
    return texts;
}

/* A writing with every way its line ends may have been, and with ASCII parts left alone. */
static bool try_ends(BodySearch *search, const BodyView *view, const Texts *texts, Writing writing,
                     bool same_form, Scope scope)
{
    bool to_base64 = writing.form == FORM_BASE64;
    bool ends = !same_form && (to_base64 ? texts->lines : texts->base64 && !view->top_is_text);
    bool lf = !same_form && to_base64 && texts->lines,
         ascii = !same_form && texts->ascii && texts->others;
    for (unsigned i = 0; i < 8 && !body_done(search); i++) {
        writing.lf = i & 1;
        writing.other_end = i & 2;
        writing.ascii_plain = i & 4;
        if ((writing.lf && !lf) || (writing.other_end && !ends) || (writing.ascii_plain && !ascii))
            continue;
        if (try_writing(search, view, &writing, same_form, scope))
            return true;
    }
    return false;
}

static bool try_quoted_printable(BodySearch *search, const BodyView *view, const Texts *texts,
                                 bool same_form, Scope scope)
{
    size_t n;
    const QpProfile *profiles = qp_profiles(&n);
    for (size_t i = 0; i < n && !body_done(search); i++) {
        Writing writing = {.form = FORM_QP, .qp = &profiles[i], .likely = i == 0};
        if (try_ends(search, view, texts, writing, same_form, scope))
            return true;
    }
    return false;
}

static bool try_base64(BodySearch *search, const BodyView *view, const Texts *texts, bool same_form,
                       Scope scope)
{
    static const size_t widths[] = {76, 72, 64, 60, 74, 75, 78, 70, 57, 77, 68, 998, 1000000};
    for (size_t i = 0; i < G_N_ELEMENTS(widths) && !body_done(search); i++) {
        Writing writing = {.form = FORM_BASE64, .width = widths[i], .likely = i == 0};
        if (try_ends(search, view, texts, writing, same_form, scope))
            return true;
    }
    return false;
}

/* --- charsets --- */

/* Text in another charset, in the encoding it has or in another one along with it. */
static bool try_charset(BodySearch *search, const BodyView *view, const Texts *texts,
                        const char *charset)
{
    size_t n;
    const QpProfile *profiles = qp_profiles(&n);
    Writing eight_bit = {.form = FORM_8BIT, .charset = charset, .likely = true};
    if (try_ends(search, view, texts, eight_bit, false, SCOPE_ALL) ||
        try_ends(search, view, texts, eight_bit, false, SCOPE_EACH))
        return true;
    for (size_t i = 0; i < n && !body_done(search); i++) {
        Writing writing = {.form = FORM_QP, .qp = &profiles[i], .charset = charset};
        if (try_writing(search, view, &writing, true, SCOPE_ALL) ||
            try_writing(search, view, &writing, true, SCOPE_EACH) ||
            (i < 3 && try_ends(search, view, texts, writing, false, SCOPE_ALL)))
            return true;
    }
    for (size_t width = 72; width <= 76 && !body_done(search); width += 4) {
        Writing writing = {.form = FORM_BASE64, .width = width, .charset = charset};
        if (try_writing(search, view, &writing, true, SCOPE_ALL) ||
            try_ends(search, view, texts, writing, false, SCOPE_ALL))
            return true;
    }
    return false;
}

static bool try_charsets(BodySearch *search, const BodyView *view, const Texts *texts)
{
    static const char *const charsets[] = {"ISO-8859-1",  "UTF-8",      "windows-1252",
                                           "ISO-8859-15", "ISO-8859-2", "windows-1250",
                                           "ISO-2022-JP", "US-ASCII"};
    static const char *const lower[] = {"iso-8859-1", "utf-8", "us-ascii"};
    if (search->base || !texts->others)
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(charsets) && !body_done(search); i++)
        if (try_charset(search, view, texts, charsets[i]))
            return true;
    for (size_t i = 0; !view->top_is_text && i < G_N_ELEMENTS(lower) && !body_done(search); i++)
        if (try_charset(search, view, texts, lower[i]))
            return true;
    return false;
}

bool body_try_encodings(BodySearch *search, const BodyView *view)
{
    Texts texts = texts_of(view);
    Writing eight_bit = {.form = FORM_8BIT, .likely = true};
    for (int scope = SCOPE_ALL; scope <= SCOPE_EACH; scope++)
        if ((texts.some && try_ends(search, view, &texts, eight_bit, false, (Scope)scope)) ||
            try_quoted_printable(search, view, &texts, true, (Scope)scope) ||
            (texts.some && (try_quoted_printable(search, view, &texts, false, (Scope)scope) ||
                            try_base64(search, view, &texts, false, (Scope)scope))) ||
            try_base64(search, view, &texts, true, (Scope)scope))
            return true;
    return try_charsets(search, view, &texts);
}
