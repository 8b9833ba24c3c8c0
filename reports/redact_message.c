#include "reports/mask.h"
#include "reports/redact_internal.h"

#include <string.h>

/* What stands between the bodies of parts is read line by line. */
typedef enum LineMode { LINES_HEADER, LINES_TEXT } LineMode;

typedef struct Body {
    Redaction *redaction;
    GPtrArray *boundaries; /* GBytes of each that a Content-Type named so far */
    bool holds_message;    /* the part whose header was read last is a message */
    GString *out;
} Body;

static void unref_bytes(gpointer bytes)
{
    g_bytes_unref(bytes);
}

static void note_field(void *context, Span name, Span value)
{
    Body *body = context;
    if (!span_is_nocase(name, "content-type"))
        return;
    Span boundary = redact_boundary_of(value), type = span_trim(value);
    if (boundary.n > 0)
        g_ptr_array_add(body->boundaries, g_bytes_new(boundary.p, boundary.n));
    body->holds_message = span_starts_nocase(type, "message/rfc822") ||
                          span_starts_nocase(type, "message/global") ||
                          span_starts_nocase(type, "text/rfc822-headers");
}

static void write_header(Body *body, Span block)
{
    body->holds_message = false;
    redact_visit_fields(block, note_field, body);
    redact_header(body->redaction, block, body->out);
}

/* "--boundary" or "--boundary--", then white space (RFC 2046 §5.1.1). */
static bool is_boundary(const Body *body, Span line, bool *closes)
{
    Span text = span_trim(line);
    if (text.n < 3 || text.p[0] != '-' || text.p[1] != '-')
        return false;
    Span rest = span_from(text, 2);
    for (guint i = 0; i < body->boundaries->len; i++) {
        gsize n;
        const char *p = g_bytes_get_data(g_ptr_array_index(body->boundaries, i), &n);
        if (rest.n < n || memcmp(rest.p, p, n) != 0)
            continue;
        *closes = span_is(span_from(rest, n), "--");
        if (rest.n == n || *closes)
            return true;
    }
    return false;
}

static size_t line_length(Span text)
{
    return MIN(span_find(text, '\n', 0) + 1, text.n);
}

/* Octets up to the empty line, or all. */
static size_t header_length(Span text)
{
    size_t n = 0;
    while (n < text.n) {
        size_t line = line_length(span_from(text, n));
        if (text.p[n] == '\n' || (text.p[n] == '\r' && line == 2))
            break;
        n += line;
    }
    return n;
}

/* Boundaries, headers of parts, and what stands before the first and after the last part. */
static void write_between(Body *body, Span text)
{
    LineMode mode = body->holds_message ? LINES_HEADER : LINES_TEXT;
    while (text.n > 0) {
        size_t n = line_length(text);
        bool closes = false;
        if (mode == LINES_HEADER) {
            n = header_length(text);
            write_header(body, span_of(text.p, n));
            size_t empty = line_length(span_from(text, n));
            g_string_append_len(body->out, text.p + n, (gssize)empty);
            n += empty;
            mode = body->holds_message ? LINES_HEADER : LINES_TEXT;
        } else if (is_boundary(body, span_of(text.p, n), &closes)) {
            g_string_append_len(body->out, text.p, (gssize)n);
            mode = closes ? LINES_TEXT : LINES_HEADER;
        } else {
            redact_text(body->redaction, span_of(text.p, n), body->out);
        }
        text = span_from(text, n);
    }
}

static Redactor redactor_of(Redaction *redaction, const MimePart *part)
{
    bool is_text =
        g_str_has_prefix(part->type, "text/") || g_str_has_prefix(part->type, "message/");
    Redactor redactor = {redaction, redact_filled, NULL};
    if (is_text && redact_is_readable_charset(span_str(part->charset)))
        redactor.redact = strcmp(part->type, "text/html") == 0 ? redact_as_html : redact_as_text;
    return redactor;
}

static void write_leaf(Body *body, const MimePart *part, Span text)
{
    static const char *const plain[] = {"7bit", "8bit", "binary"};
    Redactor redactor = redactor_of(body->redaction, part);
    const char *encoding = part->encoding != NULL ? part->encoding : "7bit";
    bool is_plain = false;
    for (size_t i = 0; i < G_N_ELEMENTS(plain); i++)
        is_plain = is_plain || strcmp(encoding, plain[i]) == 0;
    if (strcmp(encoding, "base64") == 0)
        redact_base64(&redactor, text, body->out);
    else if (strcmp(encoding, "quoted-printable") == 0)
        redact_quoted_printable(&redactor, text, body->out);
    else if (is_plain)
        redactor.redact(NULL, body->redaction, text, body->out);
    else
        mask_append_filled(body->out, text);
}

static bool is_leaf(const MimePart *part)
{
    return !part->is_multipart && !part->is_message && part->body_length > 0;
}

/* Leaves stand in the order of their offsets; one that does not is part of what stands between. */
static void write_body(Body *body, const Source *source, const Mime *mime)
{
    size_t at = source->bytes.n - source->body.n;
    for (size_t i = 0; i < mime->n_parts; i++) {
        const MimePart *part = &mime->parts[i];
        if (!is_leaf(part) || part->body_offset < at ||
            part->body_length > source->bytes.n - part->body_offset)
            continue;
        write_between(body, span_of(source->bytes.p + at, part->body_offset - at));
        write_leaf(body, part, span_of(source->bytes.p + part->body_offset, part->body_length));
        at = part->body_offset + part->body_length;
    }
    write_between(body, span_from(source->bytes, at));
}

/* A byte order mark, the "From " line of a mailbox. */
static void write_preamble(Redaction *redaction, Span preamble, GString *out)
{
    size_t from = span_search(preamble, SPAN_LIT("From "), 0);
    size_t kept = from < preamble.n ? from + strlen("From ") : 0;
    redact_text(redaction, span_of(preamble.p, MIN(from, kept)), out);
    if (kept > 0)
        g_string_append(out, "From ");
    redact_text(redaction, span_from(preamble, kept), out);
}

GString *redaction_message(Redaction *redaction, const Source *source, const Mime *mime)
{
    GString *out = g_string_sized_new(source->bytes.n + 1);
    Body body = {.redaction = redaction,
                 .boundaries = g_ptr_array_new_with_free_func(unref_bytes),
                 .out = out};
    size_t header = (size_t)(source->header.p - source->bytes.p);
    size_t body_at = source->bytes.n - source->body.n;
    write_preamble(redaction, span_of(source->bytes.p, header), out);
    write_header(&body, source->header);
    g_string_append_len(out, source->bytes.p + header + source->header.n,
                        (gssize)(body_at - header - source->header.n));
    if (mime->state == MIME_PARSED)
        write_body(&body, source, mime);
    else
        mask_append_filled(out, source->body);
    g_ptr_array_unref(body.boundaries);
    g_assert(out->len == source->bytes.n);
    return out;
}
