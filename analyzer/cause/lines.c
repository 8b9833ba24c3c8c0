#include "analyzer/cause/lines.h"

#include "analyzer/base/own.h"

#include <string.h>

enum { STATE_EVERY = 64, TAIL_CUTS_MAX = 50000, NEW_TEXT_PRICE = 1 };

/* --- the lines and their canonical text --- */

/* Written at `to`, which has room for the line and CRLF. Returns the octets written. */
static size_t canonical_line(Canon canon, Span line, char *to)
{
    char *at = to;
    if (canon == CANON_SIMPLE) {
        memcpy(at, line.p, line.n);
        at += line.n;
    } else {
        while (line.n > 0 && byte_is_wsp(line.p[line.n - 1]))
            line.n--;
        bool space = false;
        for (size_t i = 0; i < line.n; i++) {
            bool is_space = byte_is_wsp(line.p[i]);
            *at = is_space ? ' ' : line.p[i];
            at += !(is_space && space);
            space = is_space;
        }
    }
    memcpy(at, "\r\n", 2);
    return (size_t)(at + 2 - to);
}

/* The line at *pos without its end; *pos moves behind it. */
static Span next_line(Span text, bool lf_is_crlf, size_t *pos)
{
    size_t start = *pos, lf = start;
    for (;;) {
        lf = span_find(text, '\n', lf);
        if (lf == text.n) {
            *pos = text.n;
            return span_of(text.p + start, text.n - start);
        }
        bool crlf = lf > start && text.p[lf - 1] == '\r';
        if (crlf || lf_is_crlf) {
            *pos = lf + 1;
            return span_of(text.p + start, lf - start - crlf);
        }
        lf++;
    }
}

static const EVP_MD *digest_of(HashAlg hash)
{
    return hash == HASH_SHA1 ? EVP_sha1() : EVP_sha256();
}

static void keep_states(BodyLines *lines)
{
    lines->states = g_new0(void *, lines->n / STATE_EVERY + 1);
    g_autoptr(EVP_MD_CTX) running = EVP_MD_CTX_new();
    EVP_DigestInit_ex(running, digest_of(lines->oracle->hash), NULL);
    for (size_t i = 0; i <= lines->n / STATE_EVERY; i++) {
        size_t from = i * STATE_EVERY, to = MIN(from + STATE_EVERY, lines->n);
        EVP_MD_CTX *state = EVP_MD_CTX_new();
        EVP_MD_CTX_copy_ex(state, running);
        lines->states[i] = state;
        EVP_DigestUpdate(running, lines->canon->str + lines->offsets[from],
                         lines->offsets[to] - lines->offsets[from]);
    }
}

BodyLines *lines_new(BodyOracle *oracle, GBytes *octets, Span text, bool lf_is_crlf)
{
    BodyLines *lines = g_new0(BodyLines, 1);
    lines->octets = g_bytes_ref(octets);
    lines->text = text;
    lines->oracle = oracle;
    /* A bare LF may be a line end: one octet becomes two. */
    lines->canon = g_string_new(NULL);
    g_string_set_size(lines->canon, text.n * 2 + 2);
    GArray *found = g_array_new(FALSE, FALSE, sizeof(Span));
    GArray *offsets = g_array_new(FALSE, FALSE, sizeof(size_t));
    size_t offset = 0;
    g_array_append_val(offsets, offset);
    for (size_t pos = 0; pos < text.n;) {
        Span line = next_line(text, lf_is_crlf, &pos);
        offset += canonical_line(oracle->canon, line, lines->canon->str + offset);
        g_array_append_val(found, line);
        g_array_append_val(offsets, offset);
    }
    g_string_set_size(lines->canon, offset);
    lines->n = found->len;
    lines->lines = (Span *)(void *)g_array_free(found, FALSE);
    lines->offsets = (size_t *)(void *)g_array_free(offsets, FALSE);
    keep_states(lines);
    return lines;
}

void lines_free(BodyLines *lines)
{
    if (!lines)
        return;
    for (size_t i = 0; i <= lines->n / STATE_EVERY; i++)
        EVP_MD_CTX_free(lines->states[i]);
    g_free(lines->states);
    g_free(lines->lines);
    g_free(lines->offsets);
    g_string_free(lines->canon, TRUE);
    g_bytes_unref(lines->octets);
    g_free(lines);
}

bool lines_done(const BodyLines *lines)
{
    return lines->oracle->found || lines->oracle->exhausted;
}

/* --- asking --- */

static bool pay(BodyOracle *oracle, size_t octets)
{
    if (budget_spend(oracle->budget, octets))
        return true;
    oracle->exhausted = true;
    return false;
}

static bool is_signed(const BodyOracle *oracle, EVP_MD_CTX *state)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    EVP_DigestFinal_ex(state, digest, NULL);
    return memcmp(digest, oracle->digest, hash_size(oracle->hash)) == 0;
}

/* Canonical text of each piece; empty lines at the end of all are gone, and l= is applied. */
typedef struct Row {
    Span *spans;
    size_t n;
    GPtrArray *own; /* GString of new text */
    size_t octets;
} Row;

static void trim_row(Row *row)
{
    while (row->n > 0) {
        Span *last = &row->spans[row->n - 1];
        /* "\r\n" alone, or after another line end, is an empty line */
        while (last->n >= 2 && memcmp(last->p + last->n - 2, "\r\n", 2) == 0 &&
               (last->n == 2 || last->p[last->n - 3] == '\n'))
            last->n -= 2;
        if (last->n > 0)
            return;
        row->n--;
    }
}

static void limit_row(Row *row, const BodyOracle *oracle)
{
    uint64_t left = oracle->limited ? oracle->limit : UINT64_MAX;
    row->octets = 0;
    for (size_t i = 0; i < row->n; i++) {
        row->spans[i].n = (size_t)MIN((uint64_t)row->spans[i].n, left);
        left -= row->spans[i].n;
        row->octets += row->spans[i].n;
    }
}

static Span canonical_text(const BodyLines *lines, Span text, Row *row)
{
    GString *out = g_string_new(NULL);
    size_t offset = 0;
    g_string_set_size(out, text.n * 2 + 2);
    for (size_t pos = 0; pos < text.n;)
        offset +=
            canonical_line(lines->oracle->canon, next_line(text, true, &pos), out->str + offset);
    g_string_set_size(out, offset);
    g_ptr_array_add(row->own, out);
    budget_work(lines->oracle->budget, text.n * NEW_TEXT_PRICE);
    return span_of(out->str, out->len);
}

static void free_string(void *string)
{
    g_string_free(string, TRUE);
}

static void count_row(Row *row)
{
    row->octets = 0;
    for (size_t i = 0; i < row->n; i++)
        row->octets += row->spans[i].n;
}

static Row row_of(const BodyLines *lines, const Piece *pieces, size_t n)
{
    Row row = {.spans = g_new(Span, n + 1), .own = g_ptr_array_new_with_free_func(free_string)};
    for (size_t i = 0; i < n; i++) {
        Span span = pieces[i].is_text
                        ? canonical_text(lines, pieces[i].text, &row)
                        : span_of(lines->canon->str + lines->offsets[pieces[i].from],
                                  lines->offsets[pieces[i].to] - lines->offsets[pieces[i].from]);
        if (span.n > 0)
            row.spans[row.n++] = span;
    }
    count_row(&row);
    return row;
}

/* The whole body: its end trimmed and l= applied. */
static void row_init(Row *row, const BodyLines *lines, const Piece *pieces, size_t n)
{
    *row = row_of(lines, pieces, n);
    trim_row(row);
    if (row->n == 0 && lines->oracle->canon == CANON_SIMPLE)
        row->spans[row->n++] = SPAN_LIT("\r\n"); /* §3.4.3: an empty body is one line end */
    limit_row(row, lines->oracle);
}

static void row_clear(Row *row)
{
    g_free(row->spans);
    g_ptr_array_unref(row->own);
}

/* When the row begins as the body does: the kept state nearest to where it goes its own way. Takes
 * what that state covers out of the row. */
static const EVP_MD_CTX *shared_start(const BodyLines *lines, Row *row)
{
    if (row->n == 0 || row->spans[0].p != lines->canon->str)
        return lines->states[0];
    size_t low = 0, high = lines->n / STATE_EVERY;
    while (low < high) {
        size_t middle = (low + high + 1) / 2;
        if (lines->offsets[middle * STATE_EVERY] <= row->spans[0].n)
            low = middle;
        else
            high = middle - 1;
    }
    size_t covered = lines->offsets[low * STATE_EVERY];
    row->spans[0] = span_from(row->spans[0], covered);
    row->octets -= covered;
    return lines->states[low];
}

static void append_row(GString *out, const Row *row)
{
    for (size_t i = 0; i < row->n; i++)
        g_string_append_len(out, row->spans[i].p, (gssize)row->spans[i].n);
}

static void keep_found(BodyLines *lines, const Row *row)
{
    lines->oracle->found = g_string_new(NULL);
    append_row(lines->oracle->found, row);
}

bool lines_try(BodyLines *lines, const Piece *pieces, size_t n)
{
    if (lines_done(lines))
        return false;
    Row row;
    row_init(&row, lines, pieces, n);
    Span first = row.n > 0 ? row.spans[0] : (Span){0};
    const EVP_MD_CTX *start = shared_start(lines, &row);
    bool found = false;
    if (pay(lines->oracle, row.octets)) {
        g_autoptr(EVP_MD_CTX) state = EVP_MD_CTX_new();
        EVP_MD_CTX_copy_ex(state, start);
        for (size_t i = 0; i < row.n; i++)
            EVP_DigestUpdate(state, row.spans[i].p, row.spans[i].n);
        found = is_signed(lines->oracle, state);
    }
    if (row.n > 0)
        row.spans[0] = first;
    if (found)
        keep_found(lines, &row);
    row_clear(&row);
    return found;
}

/* --- many hypotheses with one start --- */

struct LinesStart {
    const Piece *pieces;
    size_t n;
    EVP_MD_CTX *state; /* NULL with l=: what is left of the limit depends on all of it */
};

LinesStart *lines_start_new(BodyLines *lines, const Piece *pieces, size_t n)
{
    LinesStart *start = g_new0(LinesStart, 1);
    *start = (LinesStart){.pieces = pieces, .n = n};
    if (lines->oracle->limited)
        return start;
    Row row = row_of(lines, pieces, n);
    const EVP_MD_CTX *shared = shared_start(lines, &row);
    if (pay(lines->oracle, row.octets)) {
        start->state = EVP_MD_CTX_new();
        EVP_MD_CTX_copy_ex(start->state, shared);
        for (size_t i = 0; i < row.n; i++)
            EVP_DigestUpdate(start->state, row.spans[i].p, row.spans[i].n);
    }
    row_clear(&row);
    if (start->state)
        return start;
    g_free(start);
    return NULL;
}

void lines_start_free(LinesStart *start)
{
    if (!start)
        return;
    EVP_MD_CTX_free(start->state);
    g_free(start);
}

static bool try_all(BodyLines *lines, const LinesStart *start, const Piece *pieces, size_t n)
{
    Piece *all = g_new(Piece, start->n + n);
    memcpy(all, start->pieces, start->n * sizeof *all);
    memcpy(all + start->n, pieces, n * sizeof *all);
    bool found = lines_try(lines, all, start->n + n);
    g_free(all);
    return found;
}

bool lines_try_after(BodyLines *lines, const LinesStart *start, const Piece *pieces, size_t n)
{
    if (lines_done(lines))
        return false;
    if (!start->state)
        return try_all(lines, start, pieces, n);
    Row row = row_of(lines, pieces, n);
    trim_row(&row);
    count_row(&row);
    bool found = false;
    if (row.n > 0 && pay(lines->oracle, row.octets)) {
        g_autoptr(EVP_MD_CTX) state = EVP_MD_CTX_new();
        EVP_MD_CTX_copy_ex(state, start->state);
        for (size_t i = 0; i < row.n; i++)
            EVP_DigestUpdate(state, row.spans[i].p, row.spans[i].n);
        found = is_signed(lines->oracle, state);
    }
    if (found) {
        Row first = row_of(lines, start->pieces, start->n);
        keep_found(lines, &first);
        append_row(lines->oracle->found, &row);
        row_clear(&first);
    }
    row_clear(&row);
    return found;
}

bool lines_try_tail_cuts(BodyLines *lines, size_t from, size_t *end)
{
    BodyOracle *oracle = lines->oracle;
    if (lines_done(lines) || oracle->limited || from >= lines->n)
        return false;
    g_autoptr(EVP_MD_CTX) running = EVP_MD_CTX_new(), state = EVP_MD_CTX_new();
    EVP_DigestInit_ex(running, digest_of(oracle->hash), NULL);
    size_t fed = lines->offsets[from];
    for (size_t i = from; i < lines->n; i++) {
        if (lines->offsets[i + 1] - lines->offsets[i] == 2)
            continue; /* an empty line: the cut is the same as before it */
        size_t n = lines->offsets[i + 1] - fed;
        if (lines->n - i > TAIL_CUTS_MAX)
            continue; /* hashed along with the first cut */
        if (!pay(oracle, n))
            return false;
        EVP_DigestUpdate(running, lines->canon->str + fed, n);
        fed = lines->offsets[i + 1];
        EVP_MD_CTX_copy_ex(state, running);
        if (is_signed(oracle, state)) {
            *end = i + 1;
            size_t start = lines->offsets[from];
            oracle->found = g_string_new_len(lines->canon->str + start, (gssize)(fed - start));
            return true;
        }
    }
    return false;
}

bool lines_try_octets(BodyLines *lines, Span octets)
{
    if (lines_done(lines) || !pay(lines->oracle, octets.n))
        return false;
    uint8_t digest[32];
    hash_digest(lines->oracle->hash, octets, digest);
    if (memcmp(digest, lines->oracle->digest, hash_size(lines->oracle->hash)) != 0)
        return false;
    lines->oracle->found = g_string_new_len(octets.p, (gssize)octets.n);
    return true;
}

GString *lines_replace(Span text, Span what, Span with)
{
    GString *out = g_string_sized_new(text.n + 64);
    for (size_t pos = 0; pos < text.n;) {
        size_t end = span_search(text, what, pos);
        g_string_append_len(out, text.p + pos, (gssize)(end - pos));
        if (end < text.n)
            g_string_append_len(out, with.p, (gssize)with.n);
        pos = end + what.n;
    }
    return out;
}

GBytes *lines_join(const BodyLines *lines, const Piece *pieces, size_t n)
{
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < n; i++) {
        if (pieces[i].is_text) {
            g_string_append_len(out, pieces[i].text.p, (gssize)pieces[i].text.n);
            continue;
        }
        for (size_t j = pieces[i].from; j < pieces[i].to; j++) {
            g_string_append_len(out, lines->lines[j].p, (gssize)lines->lines[j].n);
            g_string_append_len(out, "\r\n", 2);
        }
    }
    return g_string_free_to_bytes(out);
}
