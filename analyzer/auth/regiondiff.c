#include "analyzer/auth/regiondiff.h"

#include <string.h>

const char *region_state_name(RegionState state)
{
    static const char *const names[] = {"equal", "differs", "not-supplied", "not-comparable"};
    return names[state];
}

/* --- from a canonical octet back to the source --- */

/* Canonicalization hands out runs of the source, and in between octets of its own: a space, a line
 * end. The latter lie where the last run ended. */
typedef struct Trace {
    Span text;     /* what is canonicalized */
    size_t wanted; /* canonical offset */
    size_t passed; /* canonical octets so far */
    size_t reached, found;
    bool done;
} Trace;

static void trace_sink(void *context, const char *p, size_t n)
{
    Trace *trace = context;
    uintptr_t start = (uintptr_t)trace->text.p, run = (uintptr_t)p;
    bool inside = run >= start && run - start < trace->text.n;
    size_t offset = inside ? (size_t)(run - start) : trace->reached;
    if (!trace->done && trace->wanted - trace->passed < n) {
        trace->found = inside ? offset + (trace->wanted - trace->passed) : offset;
        trace->done = true;
    }
    if (inside)
        trace->reached = offset + n;
    trace->passed += n;
}

static size_t traced(const Trace *trace)
{
    return trace->done ? trace->found : trace->reached;
}

static size_t line_of(const Source *source, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset && i < source->bytes.n; i++)
        line += source->bytes.p[i] == '\n';
    return line;
}

/* --- a region as it is hashed --- */

/* A header field begins at this canonical offset. */
typedef struct Mark {
    size_t start;
    size_t field;
    bool own; /* the signature's field */
} Mark;

typedef struct Block {
    GString *octets;
    GArray *marks; /* Mark; of a body: none */
} Block;

static void block_init(Block *block)
{
    block->octets = g_string_new(NULL);
    block->marks = g_array_new(FALSE, FALSE, sizeof(Mark));
}

static void block_clear(Block *block)
{
    g_string_free(block->octets, TRUE);
    g_array_unref(block->marks);
}

static void mark(Block *block, size_t field, bool own)
{
    Mark one = {block->octets->len, field, own};
    g_array_append_val(block->marks, one);
}

static void fill_header(Block *block, const DkimSignature *signature, const Source *source)
{
    for (size_t i = 0; i < signature->n_names; i++) {
        const SignedName *name = &signature->names[i];
        if (!name->present)
            continue;
        mark(block, name->field, false);
        canon_header(signature->header_canon, source->fields[name->field].raw, canon_to_string,
                     block->octets);
    }
    mark(block, signature->field, true);
    canon_signature_header(signature->header_canon, source->fields[signature->field].raw,
                           signature->b_start, signature->b_end, canon_to_string, block->octets);
}

static const Mark *mark_at(const Block *block, size_t at)
{
    const Mark *found = NULL;
    for (guint i = 0; i < block->marks->len; i++) {
        const Mark *one = &g_array_index(block->marks, Mark, i);
        if (one->start > at)
            break;
        found = one;
    }
    return found;
}

static void excerpt_of(RegionPlace *place, const Block *block, size_t at, size_t limit)
{
    size_t end = MIN(block->octets->len, limit);
    place->at_end = at >= end;
    place->excerpt_n = place->at_end ? 0 : MIN(end - at, (size_t)REGION_EXCERPT); /* 0: NULL */
    place->excerpt = g_memdup2(block->octets->str + at, place->excerpt_n);
}

static void place_in_header(RegionPlace *place, const Block *block, const Source *source,
                            Canon canon, size_t at)
{
    excerpt_of(place, block, at, SIZE_MAX);
    const Mark *in = place->at_end ? NULL : mark_at(block, at);
    if (in == NULL) {
        place->offset = source->header.p != NULL
                            ? (size_t)(source->header.p - source->bytes.p) + source->header.n
                            : 0;
        place->line = line_of(source, place->offset);
        return;
    }
    const Field *field = &source->fields[in->field];
    place->has_field = true;
    place->field = in->field;
    place->offset = field->offset;
    if (!in->own) {
        Trace trace = {.text = field->raw, .wanted = at - in->start};
        canon_header(canon, field->raw, trace_sink, &trace);
        place->offset += traced(&trace);
    }
    place->line = line_of(source, place->offset);
}

static RegionPlace place_in_body(const Source *source, Canon canon, size_t at)
{
    Trace trace = {.text = source->body, .wanted = at};
    canon_body(canon, source->body, source->body_lf_is_crlf, trace_sink, &trace);
    size_t offset = (size_t)(source->body.p - source->bytes.p) + traced(&trace);
    return (RegionPlace){.offset = offset, .line = line_of(source, offset)};
}

/* --- comparing --- */

static size_t first_difference(const GString *a, const GString *b)
{
    size_t n = MIN(a->len, b->len), i = 0;
    while (i < n && a->str[i] == b->str[i])
        i++;
    return i;
}

static void set_difference(Region *region, const Block *a, size_t at)
{
    region->state = REGION_DIFFERS;
    region->at = at;
    region->context_n = MIN(at, (size_t)REGION_CONTEXT);
    region->context = g_memdup2(a->octets->str + at - region->context_n, region->context_n);
}

static void compare_headers(SignaturePair *pair, const Source *a, const Source *b)
{
    Region *region = &pair->header;
    if (pair->a->header_canon != pair->b->header_canon) {
        region->state = REGION_NOT_COMPARABLE;
        return;
    }
    Block x, y;
    block_init(&x);
    block_init(&y);
    fill_header(&x, pair->a, a);
    fill_header(&y, pair->b, b);
    region->size_a = x.octets->len;
    region->size_b = y.octets->len;
    size_t at = first_difference(x.octets, y.octets);
    if (at < x.octets->len || at < y.octets->len) {
        set_difference(region, &x, at);
        place_in_header(&region->a, &x, a, pair->a->header_canon, at);
        place_in_header(&region->b, &y, b, pair->b->header_canon, at);
    }
    block_clear(&x);
    block_clear(&y);
}

/* Both bodies in one canonicalization, made when the first signature asks for it. */
typedef struct Bodies {
    bool made;
    Block a, b;
    size_t at;                    /* first differing octet, or the shorter length */
    RegionPlace place_a, place_b; /* of that */
} Bodies;

static void make_bodies(Bodies *bodies, Canon canon, const Source *a, const Source *b)
{
    if (bodies->made)
        return;
    bodies->made = true;
    block_init(&bodies->a);
    block_init(&bodies->b);
    canon_body(canon, a->body, a->body_lf_is_crlf, canon_to_string, bodies->a.octets);
    canon_body(canon, b->body, b->body_lf_is_crlf, canon_to_string, bodies->b.octets);
    bodies->at = first_difference(bodies->a.octets, bodies->b.octets);
    bodies->place_a = place_in_body(a, canon, bodies->at);
    bodies->place_b = place_in_body(b, canon, bodies->at);
}

static size_t limit_of(const DkimSignature *signature)
{
    return signature->has_length ? (size_t)MIN(signature->length, (uint64_t)SIZE_MAX) : SIZE_MAX;
}

static void compare_bodies(SignaturePair *pair, Bodies bodies[2], const SignedCopy *a,
                           const SignedCopy *b)
{
    Region *region = &pair->body;
    Canon canon = pair->a->body_canon;
    if (canon != pair->b->body_canon || limit_of(pair->a) != limit_of(pair->b))
        region->state = REGION_NOT_COMPARABLE;
    else if (a->headers_only || b->headers_only)
        region->state = REGION_NOT_SUPPLIED;
    if (region->state != REGION_EQUAL)
        return;
    Bodies *both = &bodies[canon];
    size_t limit = limit_of(pair->a), at;
    make_bodies(both, canon, a->source, b->source);
    region->size_a = MIN(both->a.octets->len, limit);
    region->size_b = MIN(both->b.octets->len, limit);
    at = both->at;
    if (at >= limit || (at == region->size_a && at == region->size_b))
        return;
    set_difference(region, &both->a, at);
    region->a = both->place_a;
    region->b = both->place_b;
    excerpt_of(&region->a, &both->a, at, limit);
    excerpt_of(&region->b, &both->b, at, limit);
}

/* --- pairs --- */

/* Those that can be compared at all: with d= and s=, and a known canonicalization. */
static bool is_readable(const DkimSignature *signature)
{
    return signature->domain != NULL && signature->selector != NULL &&
           (signature->problems & (DKIM_PROBLEM_SYNTAX | DKIM_PROBLEM_CANON)) == 0;
}

static GPtrArray *signatures_of(const SignedCopy *copy)
{
    GPtrArray *list = g_ptr_array_new();
    size_t n = MIN(copy->dkim->n, (size_t)DKIM_MAX_SIGNATURES);
    for (size_t i = 0; i < n; i++) {
        if (is_readable(&copy->dkim->signatures[i]))
            g_ptr_array_add(list, &copy->dkim->signatures[i]);
    }
    for (size_t i = 0; i < copy->arc->n; i++) {
        if (copy->arc->sets[i].has_message && is_readable(&copy->arc->sets[i].message))
            g_ptr_array_add(list, &copy->arc->sets[i].message);
    }
    return list;
}

static bool same_octets(const GByteArray *a, const GByteArray *b)
{
    return a != NULL && b != NULL && a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
}

static bool is_pair(const DkimSignature *a, const DkimSignature *b, bool by_value)
{
    return a->kind == b->kind && strcmp(a->domain, b->domain) == 0 &&
           strcmp(a->selector, b->selector) == 0 &&
           (by_value ? same_octets(a->signature, b->signature)
                     : same_octets(a->body_hash, b->body_hash));
}

/* The partner of each of a in b; NULL where there is none. First by b=, then by bh= among those
 * that are left. */
static void find_partners(const GPtrArray *a, GPtrArray *b, const DkimSignature **partner)
{
    for (int round = 0; round < 2; round++) {
        for (guint i = 0; i < a->len; i++) {
            for (guint j = 0; partner[i] == NULL && j < b->len; j++) {
                if (b->pdata[j] == NULL || !is_pair(a->pdata[i], b->pdata[j], round == 0))
                    continue;
                partner[i] = b->pdata[j];
                b->pdata[j] = NULL;
            }
        }
    }
}

SignaturePairs *regiondiff_new(const SignedCopy *a, const SignedCopy *b)
{
    g_autoptr(GPtrArray) of_a = signatures_of(a), of_b = signatures_of(b);
    g_autofree const DkimSignature **partner = g_new0(const DkimSignature *, of_a->len + 1);
    find_partners(of_a, of_b, partner);
    Bodies bodies[2] = {{0}};
    SignaturePairs *pairs = g_new0(SignaturePairs, 1);
    pairs->pairs = g_new0(SignaturePair, of_a->len + 1);
    for (guint i = 0; i < of_a->len; i++) {
        if (partner[i] == NULL)
            continue;
        SignaturePair *pair = &pairs->pairs[pairs->n++];
        pair->a = of_a->pdata[i];
        pair->b = partner[i];
        pair->same_value = same_octets(pair->a->signature, pair->b->signature);
        compare_headers(pair, a->source, b->source);
        compare_bodies(pair, bodies, a, b);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(bodies); i++) {
        if (bodies[i].made) {
            block_clear(&bodies[i].a);
            block_clear(&bodies[i].b);
        }
    }
    return pairs;
}

static void region_clear(Region *region)
{
    g_free(region->context);
    g_free(region->a.excerpt);
    g_free(region->b.excerpt);
}

void regiondiff_free(SignaturePairs *pairs)
{
    if (pairs == NULL)
        return;
    for (size_t i = 0; i < pairs->n; i++) {
        region_clear(&pairs->pairs[i].header);
        region_clear(&pairs->pairs[i].body);
    }
    g_free(pairs->pairs);
    g_free(pairs);
}
