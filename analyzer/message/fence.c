#include "analyzer/message/fence.h"

#include <string.h>

enum {
    MAX_FIELDS = 10000,
    MAX_HEADER = 1024 * 1024,
    MAX_FIELD = 64 * 1024, /* in the copy; the field is still there for everybody else */
    MAX_COLONS = 1000,     /* in one address field of the copy */
    MAX_NESTED_ADDRESSES = 256 * 1024,  /* one address field of a nested message */
    MAX_NESTED_COLONS = 200 * 1000,     /* in all of these: 0.8 kB and 2 us each */
    MAX_BLOCK_LINES = 200 * 1000,       /* in the headers of all parts: 0.5 kB each */
    MAX_BLOCK_OCTETS = 4 * 1024 * 1024, /* parameters take 70 times their size */
    MAX_DASHES = 30 * 1000, /* any "--" line may be a part: 5 kB and 20 us each in a digest */
    MAX_OPEN = 1024,        /* boundaries the library keeps open */
    BOUNDARY_BUDGET = 10 * 1000 * 1000, /* comparisons of a line with a boundary: about 0.2 s */
    BOUNDARY_UNIT = 64,                 /* octets that are compared in the time of one call */
};

static const size_t MAX_SIZE = (size_t)150 << 20;

bool fence_is_address_field(Span name)
{
    static const char *const names[] = {"from", "sender", "reply-to", "to", "cc", "bcc"};
    if (span_starts_nocase(name, "resent-"))
        name = span_from(name, strlen("resent-"));
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (span_is_nocase(name, names[i]))
            return true;
    }
    return false;
}

static size_t count_colons(Span text)
{
    size_t count = 0;
    for (size_t i = 0; i < text.n; i++)
        count += text.p[i] == ':';
    return count;
}

/* --- Budgets --- */

typedef struct Tally {
    uint64_t dashes;      /* "--" lines */
    uint64_t comparisons; /* of such a line with one boundary; long lines take more */
    uint64_t multiparts;  /* fields that may open a boundary */
    unsigned blocks;      /* header blocks that may stand here, one after the other */
    bool contains;        /* the block being read says that there is something inside */
    uint64_t block_lines, block_octets;
    bool in_address;
    size_t address_length, longest_address;
    uint64_t colons;
} Tally;

/* The name of the field that starts here; empty when the line starts no field. */
static Span field_name(Span line)
{
    size_t n = 0;
    while (n < line.n && n < 32 && (g_ascii_isalpha(line.p[n]) || line.p[n] == '-'))
        n++;
    size_t colon = n;
    while (colon < line.n && byte_is_wsp(line.p[colon]))
        colon++;
    return span_of(line.p, colon < line.n && line.p[colon] == ':' ? n : 0);
}

/* A media type with nothing inside, for certain: what cannot be told counts as multipart or
 * message. */
static bool is_leaf_type(Span value)
{
    static const char *const leaves[] = {"text/", "application/", "image/", "audio/", "video/"};
    value = span_trim(value);
    for (size_t i = 0; i < G_N_ELEMENTS(leaves); i++) {
        if (span_starts_nocase(value, leaves[i]))
            return true;
    }
    return false;
}

/* What a line says of the part that it stands in. */
typedef enum TypeLine { TYPE_NONE, TYPE_LEAF, TYPE_CONTAINER } TypeLine;

static TypeLine type_line(Span line, Span name)
{
    if (!span_is_nocase(name, "content-type"))
        return TYPE_NONE;
    return is_leaf_type(span_from(line, span_find(line, ':', 0) + 1)) ? TYPE_LEAF : TYPE_CONTAINER;
}

/* A part begins with a header block; within a message part another one follows. */
static void tally_blocks(Tally *tally, Span line, TypeLine type)
{
    if (line.n == 0 || span_is(line, "\r")) {
        tally->blocks -= tally->blocks > 0;
        tally->contains = false;
        return;
    }
    if (line.n >= 2 && line.p[0] == '-' && line.p[1] == '-') {
        tally->dashes++;
        tally->comparisons += 1 + line.n / BOUNDARY_UNIT;
        tally->blocks = 2; /* parts of a digest are messages without saying so */
        tally->contains = false;
    }
    if (tally->blocks == 0)
        return;
    if (type == TYPE_CONTAINER) {
        tally->contains = true;
        tally->blocks++;
    } else if (type == TYPE_LEAF && !tally->contains) {
        tally->blocks = 1;
    }
    if (byte_is_wsp(line.p[0]) || span_find(line, ':', 0) < line.n) {
        tally->block_lines++;
        tally->block_octets += line.n;
    }
}

static void tally_line(Tally *tally, Span line)
{
    bool fold = line.n > 0 && byte_is_wsp(line.p[0]);
    Span name =
        fold || line.n == 0 || !g_ascii_isalpha(line.p[0]) ? SPAN_LIT("") : field_name(line);
    TypeLine type = type_line(line, name);
    tally->multiparts += type == TYPE_CONTAINER;
    tally_blocks(tally, line, type);
    if (!fold) {
        tally->in_address = fence_is_address_field(name);
        tally->address_length = 0;
    }
    if (tally->in_address) {
        tally->address_length += line.n;
        tally->longest_address = MAX(tally->longest_address, tally->address_length);
        tally->colons += count_colons(line);
    }
}

static Tally tally_body(Span body)
{
    Tally tally = {.multiparts = 1, .blocks = 1}; /* the message's own */
    for (size_t pos = 0; pos < body.n;) {
        size_t end = span_find(body, '\n', pos);
        tally_line(&tally, span_of(body.p + pos, end - pos));
        pos = end + 1;
    }
    return tally;
}

static bool is_leaf(const Source *source)
{
    for (size_t i = 0; i < source->n_fields; i++) {
        const Field *field = &source->fields[i];
        if (span_is_nocase(field->name, "content-type") && !is_leaf_type(field->value))
            return false;
    }
    return true;
}

MimeState fence_check(const Source *source)
{
    if (source->bytes.n > MAX_SIZE)
        return MIME_OVER_SIZE;
    if (source->n_fields + source->n_fields_over > MAX_FIELDS || source->header.n > MAX_HEADER)
        return MIME_OVER_FIELDS;
    if (is_leaf(source))
        return MIME_PARSED;
    Tally tally = tally_body(source->body);
    if (tally.dashes > MAX_DASHES ||
        tally.comparisons * MIN(tally.multiparts, MAX_OPEN) > BOUNDARY_BUDGET)
        return MIME_OVER_BOUNDARIES;
    if (tally.longest_address > MAX_NESTED_ADDRESSES || tally.colons > MAX_NESTED_COLONS)
        return MIME_OVER_ADDRESSES;
    if (tally.block_lines > MAX_BLOCK_LINES || tally.block_octets > MAX_BLOCK_OCTETS)
        return MIME_OVER_FIELDS;
    return MIME_PARSED;
}

/* --- Masking --- */

static bool must_mask(const Field *field)
{
    return (field->defects & (FIELD_NUL | FIELD_BAD_NAME)) || field->raw.n > MAX_FIELD ||
           (fence_is_address_field(field->name) && count_colons(field->value) > MAX_COLONS);
}

typedef struct Mask {
    char *p;
    size_t start; /* where the library starts to read */
    bool seen;    /* a field stands before */
} Mask;

/* [i, j): one or more whole lines. Their last line end stays. */
static void mask_lines(Mask *mask, size_t i, size_t j)
{
    size_t end = j;
    if (end > i && mask->p[end - 1] == '\n')
        end--;
    if (end > i && end < j && mask->p[end - 1] == '\r')
        end--;
    memset(mask->p + i, 'x', end - i);
    if (end - i >= 2) {
        memcpy(mask->p + i, "X:", 2);
        mask->seen = true;
    } else if (mask->seen) {
        memset(mask->p + i, ' ', end - i); /* no room for a field: a fold of the one before */
    } else {
        mask->start = j;
    }
}

Fenced fence_mask(const Source *source)
{
    Fenced fenced = {.bytes = source->bytes, .start = source->preamble.n};
    size_t kept = 0;
    for (size_t i = 0; i < source->n_fields; i++)
        kept += must_mask(&source->fields[i]) ? 0 : source->fields[i].raw.n;
    if (kept == source->header.n)
        return fenced;

    fenced.copy = g_memdup2(source->bytes.p, source->bytes.n);
    Mask mask = {.p = fenced.copy, .start = fenced.start};
    size_t pos = fenced.start;
    for (size_t i = 0; i < source->n_fields; i++) {
        const Field *field = &source->fields[i];
        if (field->offset > pos)
            mask_lines(&mask, pos, field->offset);
        pos = field->offset + field->raw.n;
        if (must_mask(field))
            mask_lines(&mask, field->offset, pos);
        else
            mask.seen = true;
    }
    size_t end = source->preamble.n + source->header.n;
    if (end > pos)
        mask_lines(&mask, pos, end);
    fenced.bytes.p = fenced.copy;
    fenced.start = mask.start;
    return fenced;
}

void fence_clear(Fenced *fenced)
{
    g_free(fenced->copy);
    *fenced = (Fenced){0};
}

/* --- Address lists --- */

size_t fence_group_depth(Span value)
{
    size_t depth = 0, most = 0, comments = 0;
    bool quoted = false;
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '\\' && (quoted || comments > 0)) {
            i++;
        } else if (quoted || (c == '"' && comments == 0)) {
            quoted = c == '"' ? !quoted : quoted;
        } else if (c == '(') {
            comments++;
        } else if (c == ')') {
            comments -= comments > 0;
        } else if (comments == 0 && c == ':') {
            depth++;
            most = MAX(most, depth);
        } else if (comments == 0 && c == ';') {
            depth -= depth > 0;
        }
    }
    return most;
}
