#include "analyzer/cause/leaves.h"

#include <string.h>

/* --- parameters --- */

static Span skip_to_parameter(Span text, size_t *pos)
{
    size_t semicolon = span_find(text, ';', *pos);
    *pos = MIN(semicolon + 1, text.n);
    while (*pos < text.n && byte_is_fws(text.p[*pos]))
        (*pos)++;
    return span_from(text, *pos);
}

static char *parameter_value(Span rest)
{
    GString *value = g_string_new(NULL);
    if (rest.n > 0 && rest.p[0] == '"') {
        for (size_t i = 1; i < rest.n && rest.p[i] != '"'; i++) {
            if (rest.p[i] == '\\' && i + 1 < rest.n)
                i++;
            g_string_append_c(value, rest.p[i]);
        }
    } else {
        for (size_t i = 0; i < rest.n && !byte_is_fws(rest.p[i]) && rest.p[i] != ';'; i++)
            g_string_append_c(value, rest.p[i]);
    }
    return g_string_free(value, FALSE);
}

char *leaf_parameter(Span content_type, const char *name)
{
    size_t length = strlen(name);
    for (size_t pos = 0; pos < content_type.n;) {
        Span rest = skip_to_parameter(content_type, &pos);
        if (!span_starts_nocase(rest, name))
            continue;
        size_t i = length;
        while (i < rest.n && byte_is_fws(rest.p[i]))
            i++;
        if (i == rest.n || rest.p[i] != '=')
            continue;
        i++;
        while (i < rest.n && byte_is_fws(rest.p[i]))
            i++;
        return parameter_value(span_from(rest, i));
    }
    return NULL;
}

static char *media_type(Span content_type)
{
    size_t end = 0;
    content_type = span_trim(content_type);
    while (end < content_type.n && content_type.p[end] != ';' && !byte_is_fws(content_type.p[end]))
        end++;
    return end > 0 ? g_ascii_strdown(content_type.p, (gssize)end) : g_strdup("text/plain");
}

static LeafEncoding encoding_of(Span value)
{
    value = span_trim(value);
    if (value.n == 0 || span_is_nocase(value, "7bit") || span_is_nocase(value, "8bit") ||
        span_is_nocase(value, "binary"))
        return LEAF_PLAIN;
    if (span_is_nocase(value, "quoted-printable"))
        return LEAF_QUOTED_PRINTABLE;
    return span_is_nocase(value, "base64") ? LEAF_BASE64 : LEAF_OTHER;
}

/* --- structure --- */

static void describe(Leaf *leaf, Span content_type, Span encoding)
{
    leaf->type = media_type(content_type);
    leaf->charset = leaf_parameter(content_type, "charset");
    leaf->encoding = encoding_of(encoding);
    if (g_str_has_prefix(leaf->type, "multipart/"))
        leaf->boundary = leaf_parameter(content_type, "boundary");
}

/* The value of a field in a part's header, folds included; empty when absent. */
static Span part_field(const BodyLines *lines, const Leaf *leaf, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = leaf->header_from; i < leaf->header_to; i++) {
        Span line = lines->lines[i];
        if (!span_starts_nocase(line, name) || line.n <= length || line.p[length] != ':')
            continue;
        size_t last = i;
        while (last + 1 < leaf->header_to && lines->lines[last + 1].n > 0 &&
               byte_is_wsp(lines->lines[last + 1].p[0]))
            last++;
        const char *start = line.p + length + 1;
        return span_of(start, (size_t)(lines->lines[last].p + lines->lines[last].n - start));
    }
    return (Span){"", 0};
}

typedef enum Delimiter { DELIMITER_NONE, DELIMITER_OPEN, DELIMITER_CLOSE } Delimiter;

static Delimiter delimiter(Span line, const char *boundary)
{
    size_t n = strlen(boundary);
    if (line.n < n + 2 || line.p[0] != '-' || line.p[1] != '-' ||
        memcmp(line.p + 2, boundary, n) != 0)
        return DELIMITER_NONE;
    Span rest = span_from(line, n + 2);
    if (rest.n >= 2 && rest.p[0] == '-' && rest.p[1] == '-')
        return DELIMITER_CLOSE;
    return span_trim(rest).n == 0 ? DELIMITER_OPEN : DELIMITER_NONE;
}

static void split(Leaves *leaves, const BodyLines *lines, size_t index);

/* Adds the part that begins behind the delimiter at `open` and ends before line `end`. */
static void add_part(Leaves *leaves, const BodyLines *lines, size_t parent, size_t open, size_t end)
{
    if (leaves->n == LEAVES_MAX)
        return;
    Leaf *leaf = &leaves->items[leaves->n++];
    *leaf = (Leaf){.parent = parent,
                   .depth = leaves->items[parent].depth + 1,
                   .open = open,
                   .header_from = open + 1,
                   .header_to = open + 1};
    while (leaf->header_to < end && lines->lines[leaf->header_to].n > 0)
        leaf->header_to++;
    leaf->body_from = MIN(leaf->header_to + 1, end);
    leaf->body_to = end;
    describe(leaf, part_field(lines, leaf, "content-type"),
             part_field(lines, leaf, "content-transfer-encoding"));
    split(leaves, lines, leaves->n - 1);
}

/* Splits one multipart into its parts, each with its own parts behind it; LEAVES_DEPTH bounds the
 * recursion. */
static void split(Leaves *leaves, const BodyLines *lines, size_t index)
{
    Leaf *leaf = &leaves->items[index];
    leaf->preamble_to = leaf->close = leaf->body_to;
    if (!leaf->boundary || !*leaf->boundary || leaf->depth >= LEAVES_DEPTH)
        return;
    bool some = false;
    size_t open = 0;
    for (size_t i = leaf->body_from; i < leaf->body_to; i++) {
        Delimiter kind = delimiter(lines->lines[i], leaf->boundary);
        if (kind == DELIMITER_NONE)
            continue;
        if (some)
            add_part(leaves, lines, index, open, i);
        else
            leaf->preamble_to = i;
        some = true;
        open = i;
        if (kind == DELIMITER_CLOSE) {
            leaf->close = i;
            return;
        }
    }
    if (some)
        add_part(leaves, lines, index, open, leaf->body_to);
}

Leaves leaves_find(const BodyLines *lines, Span content_type, Span encoding)
{
    Leaves leaves = {g_new0(Leaf, LEAVES_MAX), 1};
    leaves.items[0] = (Leaf){.body_to = lines->n};
    describe(&leaves.items[0], content_type, encoding);
    split(&leaves, lines, 0);
    return leaves;
}

void leaves_clear(Leaves *leaves)
{
    for (size_t i = 0; i < leaves->n; i++) {
        g_free(leaves->items[i].type);
        g_free(leaves->items[i].charset);
        g_free(leaves->items[i].boundary);
    }
    g_free(leaves->items);
    *leaves = (Leaves){0};
}

/* --- decoding --- */

static int hex_value(char c)
{
    return g_ascii_xdigit_value(c);
}

/* RFC 2045 §6.7; what is no escape stands for itself. */
static void decode_qp_line(Span line, GByteArray *out)
{
    size_t end = line.n;
    while (end > 0 && byte_is_wsp(line.p[end - 1]))
        end--;
    bool soft = end > 0 && line.p[end - 1] == '=';
    end -= soft;
    for (size_t i = 0; i < end; i++) {
        uint8_t octet = (uint8_t)line.p[i];
        if (octet == '=' && i + 2 < end && hex_value(line.p[i + 1]) >= 0 &&
            hex_value(line.p[i + 2]) >= 0) {
            octet = (uint8_t)(hex_value(line.p[i + 1]) << 4 | hex_value(line.p[i + 2]));
            i += 2;
        }
        g_byte_array_append(out, &octet, 1);
    }
    if (!soft)
        g_byte_array_append(out, (const guint8 *)"\r\n", 2);
}

GByteArray *leaf_decode(const BodyLines *lines, const Leaf *leaf)
{
    GByteArray *out = g_byte_array_new();
    if (leaf->encoding == LEAF_BASE64) {
        g_byte_array_unref(out);
        if (leaf->body_from == leaf->body_to)
            return g_byte_array_new();
        const Span *first = &lines->lines[leaf->body_from],
                   *last = &lines->lines[leaf->body_to - 1];
        Span text = span_of(first->p, (size_t)(last->p + last->n - first->p));
        return bytes_base64_decode(text, &out) ? out : NULL;
    }
    if (leaf->encoding == LEAF_OTHER) {
        g_byte_array_unref(out);
        return NULL;
    }
    for (size_t i = leaf->body_from; i < leaf->body_to; i++) {
        if (leaf->encoding == LEAF_QUOTED_PRINTABLE) {
            decode_qp_line(lines->lines[i], out);
        } else {
            g_byte_array_append(out, (const guint8 *)lines->lines[i].p, (guint)lines->lines[i].n);
            g_byte_array_append(out, (const guint8 *)"\r\n", 2);
        }
    }
    return out;
}
