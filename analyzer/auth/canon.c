#include "analyzer/auth/canon.h"

#include "analyzer/base/own.h"

#include <string.h>

const char *canon_name(Canon canon)
{
    return canon == CANON_SIMPLE ? "simple" : "relaxed";
}

void canon_to_string(void *gstring, const char *p, size_t n)
{
    g_string_append_len(gstring, p, (gssize)n);
}

/* --- Lines and runs --- */

typedef struct Out {
    CanonSink sink;
    void *context;
    bool lower; /* ASCII letters in lower case */
} Out;

static void emit_lower(const Out *out, const char *p, size_t n)
{
    char chunk[256];
    while (n > 0) {
        size_t part = MIN(n, sizeof(chunk));
        for (size_t i = 0; i < part; i++)
            chunk[i] = g_ascii_tolower(p[i]);
        out->sink(out->context, chunk, part);
        p += part;
        n -= part;
    }
}

static void emit(const Out *out, const char *p, size_t n)
{
    if (n == 0)
        return;
    if (out->lower)
        emit_lower(out, p, n);
    else
        out->sink(out->context, p, n);
}

static void emit_crlfs(const Out *out, size_t count)
{
    static const char ends[] = "\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n\r\n";
    const size_t most = (sizeof(ends) - 1) / 2;
    for (; count > most; count -= most)
        emit(out, ends, 2 * most);
    emit(out, ends, 2 * count);
}

/* The line that starts at `start`: its content, and where the next one starts. The last may have no
 * line end. */
static Span line_at(Span text, size_t start, bool lf_is_crlf, size_t *next)
{
    const char *p = text.p + start, *end = text.p + text.n;
    for (const char *from = p; from < end; from++) {
        from = memchr(from, '\n', (size_t)(end - from));
        if (!from)
            break;
        bool crlf = from > p && from[-1] == '\r';
        if (crlf || lf_is_crlf) {
            *next = (size_t)(from - text.p) + 1;
            return span_of(p, (size_t)(from - p) - crlf);
        }
    }
    *next = text.n;
    return span_of(p, text.n - start);
}

static Span without_final_line_end(Span text, bool lf_is_crlf)
{
    if (text.n >= 2 && text.p[text.n - 2] == '\r' && text.p[text.n - 1] == '\n')
        text.n -= 2;
    else if (lf_is_crlf && text.n >= 1 && text.p[text.n - 1] == '\n')
        text.n--;
    return text;
}

/* As it is, but for bare LF, which becomes CRLF where it is a line end. */
static void emit_simple(const Out *out, Span text, bool lf_is_crlf)
{
    size_t run = 0;
    for (size_t pos = 0, next; lf_is_crlf && pos < text.n; pos = next) {
        Span line = line_at(text, pos, true, &next);
        size_t end = pos + line.n;
        if (next == end + 1) {
            emit(out, text.p + run, end - run);
            emit_crlfs(out, 1);
            run = next;
        }
    }
    emit(out, text.p + run, text.n - run);
}

/* Every run of WSP as one SP. What needs no change goes out in one run. */
static void emit_reduced(const Out *out, Span line)
{
    size_t run = 0, i = 0;
    while (i < line.n) {
        if (!byte_is_wsp(line.p[i])) {
            i++;
            continue;
        }
        size_t blank = i;
        while (i < line.n && byte_is_wsp(line.p[i]))
            i++;
        if (i - blank == 1 && line.p[blank] == ' ')
            continue;
        emit(out, line.p + run, blank - run);
        emit(out, " ", 1);
        run = i;
    }
    emit(out, line.p + run, line.n - run);
}

static Span trim_right(Span text)
{
    while (text.n > 0 && byte_is_wsp(text.p[text.n - 1]))
        text.n--;
    return text;
}

static Span trim_left(Span text)
{
    while (text.n > 0 && byte_is_wsp(text.p[0]))
        text = span_from(text, 1);
    return text;
}

/* --- Header fields --- */

/* Unfolded, WSP reduced, none at either end (§3.4.2). */
static void emit_unfolded(const Out *out, Span text)
{
    bool some = false, blank = false;
    for (size_t pos = 0, next; pos < text.n; pos = next) {
        Span line = line_at(text, pos, true, &next);
        Span inner = trim_left(line);
        blank = blank || inner.n < line.n;
        if (inner.n == 0)
            continue;
        if (some && blank)
            emit(out, " ", 1);
        Span trimmed = trim_right(inner);
        emit_reduced(out, trimmed);
        blank = trimmed.n < inner.n;
        some = true;
    }
}

/* Without the final CRLF. */
static void emit_header(Canon canon, Span raw, CanonSink sink, void *context)
{
    Out out = {sink, context, false};
    if (canon == CANON_SIMPLE) {
        emit_simple(&out, without_final_line_end(raw, true), true);
        return;
    }
    const char *colon = raw.n > 0 ? memchr(raw.p, ':', raw.n) : NULL;
    size_t name = colon ? (size_t)(colon - raw.p) : raw.n;
    out.lower = true;
    emit_unfolded(&out, span_of(raw.p, name));
    if (!colon)
        return;
    out.lower = false;
    emit(&out, ":", 1);
    emit_unfolded(&out, span_of(colon + 1, raw.n - name - 1));
}

void canon_header(Canon canon, Span raw, CanonSink sink, void *context)
{
    emit_header(canon, raw, sink, context);
    sink(context, "\r\n", 2);
}

void canon_signature_header(Canon canon, Span raw, size_t b_start, size_t b_end, CanonSink sink,
                            void *context)
{
    b_end = MIN(b_end, raw.n);
    b_start = MIN(b_start, b_end);
    GString *emptied = g_string_sized_new(raw.n - (b_end - b_start));
    g_string_append_len(emptied, raw.p, (gssize)b_start);
    g_string_append_len(emptied, raw.p + b_end, (gssize)(raw.n - b_end));
    emit_header(canon, span_of(emptied->str, emptied->len), sink, context);
    g_string_free(emptied, TRUE);
}

/* --- Bodies --- */

/* §3.4.3: trailing empty lines go, and there is always one line end. */
static void body_simple(const Out *out, Span body, bool lf_is_crlf)
{
    Span shorter = without_final_line_end(body, lf_is_crlf);
    while (shorter.n < body.n) {
        body = shorter;
        shorter = without_final_line_end(body, lf_is_crlf);
    }
    emit_simple(out, body, lf_is_crlf);
    emit_crlfs(out, 1);
}

/* §3.4.4. Line ends are held back until text follows them. */
static void body_relaxed(const Out *out, Span body, bool lf_is_crlf)
{
    size_t held = 0;
    bool some = false;
    for (size_t pos = 0, next; pos < body.n; pos = next) {
        Span line = trim_right(line_at(body, pos, lf_is_crlf, &next));
        if (line.n > 0) {
            emit_crlfs(out, held);
            emit_reduced(out, line);
            held = 0;
            some = true;
        }
        held++;
    }
    emit_crlfs(out, some);
}

void canon_body(Canon canon, Span body, bool lf_is_crlf, CanonSink sink, void *context)
{
    Out out = {sink, context, false};
    if (canon == CANON_SIMPLE)
        body_simple(&out, body, lf_is_crlf);
    else
        body_relaxed(&out, body, lf_is_crlf);
}

/* --- Body hashes --- */

/* One hash over the body; every l= takes a copy of its state on the way, so a thousand signatures
 * with a thousand limits cost one pass. */
typedef struct Running {
    EVP_MD_CTX *state, *copy;
    GPtrArray *wanted; /* BodyHash, borrowed, by rising limit */
    guint next;
    uint64_t fed;
} Running;

enum { N_HASHES = 2 };

typedef struct Walk {
    Running running[N_HASHES];
    size_t used;
    uint64_t size;
    char buffer[32 * 1024];
} Walk;

static uint64_t effective_limit(const BodyHash *wanted)
{
    return wanted->limited ? wanted->limit : UINT64_MAX;
}

static int by_limit(const void *a, const void *b)
{
    uint64_t left = effective_limit(*(BodyHash *const *)a);
    uint64_t right = effective_limit(*(BodyHash *const *)b);
    return (left > right) - (left < right);
}

static void running_init(Running *running, Canon canon, HashAlg hash, BodyHash *wanted, size_t n)
{
    running->wanted = g_ptr_array_new();
    for (size_t i = 0; i < n; i++) {
        if (wanted[i].canon == canon && wanted[i].hash == hash)
            g_ptr_array_add(running->wanted, &wanted[i]);
    }
    g_ptr_array_sort(running->wanted, by_limit);
    if (running->wanted->len == 0)
        return;
    running->state = EVP_MD_CTX_new();
    running->copy = EVP_MD_CTX_new();
    EVP_DigestInit_ex(running->state, hash == HASH_SHA1 ? EVP_sha1() : EVP_sha256(), NULL);
}

static void running_clear(Running *running)
{
    EVP_MD_CTX_free(running->state);
    EVP_MD_CTX_free(running->copy);
    g_ptr_array_unref(running->wanted);
}

/* The digest of what was fed so far goes to the next in the row. */
static void running_take(Running *running)
{
    BodyHash *wanted = g_ptr_array_index(running->wanted, running->next++);
    EVP_MD_CTX_copy_ex(running->copy, running->state);
    EVP_DigestFinal_ex(running->copy, wanted->digest, NULL);
}

static void running_feed(Running *running, const char *p, size_t n)
{
    while (running->next < running->wanted->len) {
        uint64_t limit = effective_limit(g_ptr_array_index(running->wanted, running->next));
        if (limit > running->fed + n)
            break;
        size_t part = (size_t)(limit - running->fed);
        EVP_DigestUpdate(running->state, p, part);
        running->fed += part;
        p += part;
        n -= part;
        running_take(running);
    }
    if (running->next < running->wanted->len)
        EVP_DigestUpdate(running->state, p, n);
    running->fed += n;
}

static void walk_feed(Walk *walk, const char *p, size_t n)
{
    for (size_t i = 0; i < N_HASHES; i++)
        running_feed(&walk->running[i], p, n);
}

static void walk_sink(void *context, const char *p, size_t n)
{
    Walk *walk = context;
    walk->size += n;
    if (n > sizeof(walk->buffer) - walk->used) {
        walk_feed(walk, walk->buffer, walk->used);
        walk->used = 0;
    }
    if (n > sizeof(walk->buffer)) {
        walk_feed(walk, p, n);
        return;
    }
    memcpy(walk->buffer + walk->used, p, n);
    walk->used += n;
}

static void walk_body(const Source *source, Canon canon, BodyHash *wanted, size_t n)
{
    g_autofree Walk *walk = g_new0(Walk, 1);
    running_init(&walk->running[0], canon, HASH_SHA256, wanted, n);
    running_init(&walk->running[1], canon, HASH_SHA1, wanted, n);
    canon_body(canon, source->body, source->body_lf_is_crlf, walk_sink, walk);
    walk_feed(walk, walk->buffer, walk->used);
    for (size_t i = 0; i < N_HASHES; i++) {
        Running *running = &walk->running[i];
        while (running->next < running->wanted->len)
            running_take(running);
        running_clear(running);
    }
    for (size_t i = 0; i < n; i++) {
        if (wanted[i].canon != canon)
            continue;
        wanted[i].canonical_size = walk->size;
        wanted[i].short_body = wanted[i].limited && wanted[i].limit > walk->size;
    }
}

void canon_hash_body(const Source *source, BodyHash *wanted, size_t n)
{
    static const Canon canons[] = {CANON_SIMPLE, CANON_RELAXED};
    for (size_t i = 0; i < n; i++)
        memset(wanted[i].digest, 0, sizeof(wanted[i].digest));
    for (size_t c = 0; c < G_N_ELEMENTS(canons); c++) {
        bool used = false;
        for (size_t i = 0; i < n && !used; i++)
            used = wanted[i].canon == canons[c];
        if (used)
            walk_body(source, canons[c], wanted, n);
    }
}
