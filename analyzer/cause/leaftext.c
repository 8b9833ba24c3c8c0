#include "analyzer/cause/leaftext.h"

#include <string.h>

/* --- pieces --- */

static void free_string(void *string)
{
    g_string_free(string, TRUE);
}

void pieces_init(PieceList *list, size_t from)
{
    list->pieces = g_array_new(FALSE, FALSE, sizeof(Piece));
    list->own = g_ptr_array_new_with_free_func(free_string);
    list->next = from;
}

void pieces_clear(PieceList *list)
{
    g_array_unref(list->pieces);
    g_ptr_array_unref(list->own);
}

void pieces_until(PieceList *list, size_t line)
{
    if (line <= list->next)
        return;
    Piece *last =
        list->pieces->len > 0 ? &g_array_index(list->pieces, Piece, list->pieces->len - 1) : NULL;
    if (last && !last->is_text && last->to == list->next) {
        last->to = line;
    } else {
        Piece piece = piece_lines(list->next, line);
        g_array_append_val(list->pieces, piece);
    }
    list->next = line;
}

void pieces_replace(PieceList *list, size_t line, GString *text)
{
    g_ptr_array_add(list->own, text);
    if (text->len > 0) {
        Piece piece = piece_text(span_of(text->str, text->len));
        g_array_append_val(list->pieces, piece);
    }
    list->next = MAX(list->next, line);
}

/* --- lines of the text --- */

static bool ends_softly(Span line)
{
    while (line.n > 0 && byte_is_wsp(line.p[line.n - 1]))
        line.n--;
    return line.n > 0 && line.p[line.n - 1] == '=';
}

/* Decoded size of one line of quoted-printable, as leaf_decode() decodes it. */
static size_t decoded_size(Span line)
{
    size_t n = 0;
    while (line.n > 0 && byte_is_wsp(line.p[line.n - 1]))
        line.n--;
    if (line.n > 0 && line.p[line.n - 1] == '=')
        line.n--;
    for (size_t i = 0; i < line.n; i++, n++)
        if (line.p[i] == '=' && i + 2 < line.n && g_ascii_isxdigit(line.p[i + 1]) &&
            g_ascii_isxdigit(line.p[i + 2]))
            i += 2;
    return n;
}

static void find_lines(LeafText *text)
{
    const Leaf *leaf = text->leaf;
    size_t most = leaf->body_to - leaf->body_from, at = 0;
    text->starts = g_new(size_t, most + 1);
    text->sources = g_new(size_t, most + 1);
    bool open = false;
    for (size_t i = leaf->body_from; i < leaf->body_to; i++) {
        Span line = text->view->lines->lines[i];
        if (!open) {
            text->starts[text->n_lines] = at;
            text->sources[text->n_lines++] = i;
        }
        open = leaf->encoding == LEAF_QUOTED_PRINTABLE && ends_softly(line);
        at += leaf->encoding == LEAF_QUOTED_PRINTABLE ? decoded_size(line) : line.n;
        at += open ? 0 : 2;
    }
    text->starts[text->n_lines] = at;
    text->sources[text->n_lines] = leaf->body_to;
    text->open_end = open;
}

/* The line that holds the octet at `offset`; the last one for the end of the text. */
static size_t line_at(const LeafText *text, size_t offset)
{
    size_t low = 0, high = text->n_lines;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (text->starts[middle] <= offset)
            low = middle;
        else
            high = middle;
    }
    return low;
}

/* One line of the text without its line end. */
static Span text_line(const LeafText *text, size_t i)
{
    bool open = i + 1 == text->n_lines && text->open_end;
    return span_of(text->text.p + text->starts[i],
                   text->starts[i + 1] - text->starts[i] - (open ? 0 : 2));
}

/* --- how the part's encoder writes --- */

enum { SAMPLE_OCTETS = 48 * 1024 };

static size_t reproduced_lines(const LeafText *text, const QpProfile *profile)
{
    g_autoptr(GString) written = g_string_sized_new(256);
    size_t same = 0;
    for (size_t i = 0; i < text->n_lines && text->starts[i] < SAMPLE_OCTETS; i++) {
        const Span *first = &text->view->lines->lines[text->sources[i]];
        const Span *last = &text->view->lines->lines[text->sources[i + 1] - 1];
        Span received = span_of(first->p, (size_t)(last->p + last->n - first->p));
        g_string_truncate(written, 0);
        qp_encode_line(text_line(text, i), profile, written);
        same += span_equal(received, span_of(written->str, written->len));
    }
    return same;
}

/* What the received lines show of their encoder: its width, what it escapes without need, the case
 * of its digits. */
static QpProfile observed_profile(LeafText *text)
{
    QpProfile profile = {.name = "as received", .width = 76, .also = "", .space_at_end_only = true};
    bool escaped[256] = {false};
    size_t widest = 0, lower = 0, upper = 0;
    for (size_t i = text->leaf->body_from; i < text->leaf->body_to; i++) {
        Span line = text->view->lines->lines[i];
        if (ends_softly(line))
            widest = MAX(widest, line.n);
        for (size_t j = 0; j + 2 < line.n; j++) {
            int high = line.p[j] == '=' ? g_ascii_xdigit_value(line.p[j + 1]) : -1;
            int low = high >= 0 ? g_ascii_xdigit_value(line.p[j + 2]) : -1;
            if (low < 0)
                continue;
            escaped[high << 4 | low] |= j + 3 < line.n; /* at a line end white space must be */
            lower += g_ascii_islower(line.p[j + 1]) || g_ascii_islower(line.p[j + 2]);
            upper += g_ascii_isupper(line.p[j + 1]) || g_ascii_isupper(line.p[j + 2]);
        }
    }
    GString *also = g_string_new(NULL);
    for (int c = 33; c < 127; c++)
        if (escaped[c] && c != '=')
            g_string_append_c(also, (char)c);
    text->also = g_string_free(also, FALSE);
    profile.also = text->also;
    profile.lower_hex = lower > upper;
    if (widest >= 20)
        profile.width = widest;
    return profile;
}

typedef struct Ranked {
    QpProfile profile;
    size_t same, rank;
} Ranked;

static int by_same(const void *a, const void *b)
{
    const Ranked *x = a, *y = b;
    if (x->same != y->same)
        return x->same > y->same ? -1 : 1;
    return x->rank < y->rank ? -1 : 1;
}

static void find_writings(LeafText *text)
{
    size_t n_known;
    const QpProfile *known = qp_profiles(&n_known);
    QpProfile observed = observed_profile(text), late = observed, words = observed;
    late.late = true;
    words.break_words = true;
    const QpProfile own[] = {observed, late, words};
    size_t n = n_known + G_N_ELEMENTS(own);
    Ranked *ranked = g_new(Ranked, n);
    for (size_t i = 0; i < n; i++) {
        ranked[i] = (Ranked){.profile = i < n_known ? known[i] : own[i - n_known], .rank = i};
        ranked[i].same = reproduced_lines(text, &ranked[i].profile);
    }
    qsort(ranked, n, sizeof *ranked, by_same);
    for (text->n_writings = 0; text->n_writings < LEAFTEXT_WRITINGS; text->n_writings++)
        text->writings[text->n_writings] = ranked[text->n_writings].profile;
    g_free(ranked);
}

static bool is_base64_line(Span line)
{
    for (size_t i = 0; i < line.n; i++)
        if (!g_ascii_isalnum(line.p[i]) && !strchr("+/=", line.p[i]))
            return false;
    return line.n > 0;
}

/* Where the base64 ends: text that was appended to it is no base64. */
static size_t base64_end(const BodyView *view, const Leaf *leaf)
{
    size_t to = leaf->body_from;
    while (to < leaf->body_to && is_base64_line(view->lines->lines[to]))
        to++;
    return to;
}

/* Lines of one width, but the last: false when the base64 is written otherwise. */
static bool find_width(LeafText *text)
{
    const Leaf *leaf = text->leaf;
    const Span *lines = text->view->lines->lines;
    size_t to = text->base64_to;
    text->width = lines[leaf->body_from].n;
    for (size_t i = leaf->body_from; i + 1 < to; i++)
        if (lines[i].n != text->width)
            return false;
    if (to - leaf->body_from == 1)
        text->width = MAX(text->width, (size_t)76);
    return text->width % 4 == 0 && lines[to - 1].n <= text->width;
}

static GByteArray *decode(const BodyView *view, const Leaf *leaf, size_t base64_to)
{
    if (leaf->encoding != LEAF_BASE64)
        return leaf_decode(view->lines, leaf);
    Leaf base64 = *leaf;
    base64.body_to = base64_to;
    return base64_to > leaf->body_from ? leaf_decode(view->lines, &base64) : NULL;
}

LeafText *leaftext_new(const BodyView *view, const Leaf *leaf)
{
    if (leaf->boundary || leaf->encoding == LEAF_OTHER || leaf->body_from >= leaf->body_to)
        return NULL;
    const BodyLines *lines = view->lines;
    if (lines->offsets[leaf->body_to] - lines->offsets[leaf->body_from] > LEAFTEXT_MAX_OCTETS)
        return NULL;
    size_t base64_to = leaf->encoding == LEAF_BASE64 ? base64_end(view, leaf) : leaf->body_to;
    GByteArray *octets = decode(view, leaf, base64_to);
    if (!octets)
        return NULL;
    LeafText *text = g_new0(LeafText, 1);
    *text = (LeafText){
        .view = view, .leaf = leaf, .octets = octets, .n_writings = 1, .base64_to = base64_to};
    text->text = span_of((const char *)octets->data, octets->len);
    text->is_html = strcmp(leaf->type, "text/html") == 0;
    if (leaf->encoding != LEAF_BASE64)
        find_lines(text);
    if (leaf->encoding == LEAF_QUOTED_PRINTABLE)
        find_writings(text);
    if (leaf->encoding != LEAF_BASE64 || find_width(text))
        return text;
    leaftext_free(text);
    return NULL;
}

void leaftext_free(LeafText *text)
{
    if (!text)
        return;
    g_byte_array_unref(text->octets);
    g_free(text->starts);
    g_free(text->sources);
    g_free(text->also);
    g_free(text);
}

/* --- edits --- */

/* New text as lines of the part. one_line: CR LF within it stood as "=0D=0A". */
static GString *encoded(const LeafText *text, Span decoded, bool one_line, size_t writing)
{
    GString *out = g_string_sized_new(decoded.n + decoded.n / 8 + 16);
    size_t whole = decoded.n >= 2 && memcmp(decoded.p + decoded.n - 2, "\r\n", 2) == 0
                       ? decoded.n - 2
                       : decoded.n;
    for (size_t pos = 0; pos < decoded.n;) {
        size_t end = one_line ? whole : span_search(decoded, SPAN_LIT("\r\n"), pos);
        Span line = span_of(decoded.p + pos, end - pos);
        if (text->leaf->encoding == LEAF_QUOTED_PRINTABLE)
            qp_encode_line(line, &text->writings[writing], out);
        else
            g_string_append_len(out, line.p, (gssize)line.n);
        g_string_append(out, end == decoded.n && text->open_end ? "=\r\n" : "\r\n");
        pos = end + 2;
    }
    return out;
}

/* Edits that touch neighbouring lines are one replacement. Returns the first edit that is not part
 * of it. */
static size_t edit_group(const LeafText *text, const Edit *edits, size_t n, size_t first,
                         size_t writing, PieceList *list)
{
    size_t from_line = line_at(text, edits[first].from), next = first, end_line,
           done = text->starts[from_line];
    g_autoptr(GString) decoded = g_string_new(NULL);
    do {
        const Edit *edit = &edits[next++];
        g_string_append_len(decoded, text->text.p + done, (gssize)(edit->from - done));
        g_string_append_len(decoded, edit->text.p, (gssize)edit->text.n);
        done = edit->to;
        end_line = line_at(text, done);
    } while (next < n && line_at(text, edits[next].from) <= end_line);
    bool at_line_start = done == text->starts[end_line] &&
                         (decoded->len == 0 || decoded->str[decoded->len - 1] == '\n');
    if (done == text->text.n)
        end_line = text->n_lines;
    else if (!at_line_start) {
        end_line++;
        g_string_append_len(decoded, text->text.p + done, (gssize)(text->starts[end_line] - done));
    }
    Span line = text_line(text, from_line);
    bool one_line = end_line == from_line + 1 && span_search(line, SPAN_LIT("\r\n"), 0) < line.n;
    pieces_until(list, text->sources[from_line]);
    pieces_replace(list, text->sources[end_line],
                   encoded(text, span_of(decoded->str, decoded->len), one_line, writing));
    return next;
}

static void edit_base64(const LeafText *text, const Edit *edits, size_t n, PieceList *list)
{
    size_t line = edits[0].from / (text->width / 4 * 3), done = line * (text->width / 4 * 3);
    g_autoptr(GString) decoded = g_string_new(NULL);
    for (size_t i = 0; i < n; i++) {
        g_string_append_len(decoded, text->text.p + done, (gssize)(edits[i].from - done));
        g_string_append_len(decoded, edits[i].text.p, (gssize)edits[i].text.n);
        done = edits[i].to;
    }
    g_string_append_len(decoded, text->text.p + done, (gssize)(text->text.n - done));
    pieces_until(list, MIN(text->leaf->body_from + line, text->base64_to));
    pieces_replace(list, text->base64_to,
                   base64_encode_lines(span_of(decoded->str, decoded->len), text->width, true));
}

void leaftext_edit(const LeafText *text, const Edit *edits, size_t n, size_t writing,
                   PieceList *list)
{
    if (n > 0 && text->leaf->encoding == LEAF_BASE64)
        edit_base64(text, edits, n, list);
    else
        for (size_t i = 0; i < n;)
            i = edit_group(text, edits, n, i, writing, list);
    pieces_until(list, text->leaf->body_to);
}
