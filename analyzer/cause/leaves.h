/* leaves.h - the MIME structure of a body in terms of its lines (RFC 2046 §5.1), for edits that
 * must keep every octet.
 *
 * Not a MIME reader: GMime decodes, this only says which lines belong to which part. Bounded:
 * LEAVES_MAX parts, LEAVES_DEPTH levels. In the order of the body, a multipart before its parts;
 * the first is the message itself.
 */
#ifndef MAILASSAY_CAUSE_LEAVES_H
#define MAILASSAY_CAUSE_LEAVES_H

#include "analyzer/cause/lines.h"
#include "analyzer/message/source.h"

enum { LEAVES_MAX = 64, LEAVES_DEPTH = 8 };

typedef enum LeafEncoding {
    LEAF_PLAIN,
    LEAF_QUOTED_PRINTABLE,
    LEAF_BASE64,
    LEAF_OTHER
} LeafEncoding;

typedef struct Leaf {
    size_t parent; /* index; 0 for the message itself, which is its own parent */
    unsigned depth;
    size_t open; /* line of the delimiter before the part; meaningless for the message */
    size_t header_from, header_to; /* lines of the part's header; equal for the message */
    size_t body_from, body_to;     /* lines of the part's body */
    char *type;                    /* "text/html", lower case; "text/plain" when not declared */
    char *charset;                 /* or NULL */
    char *boundary;                /* of a multipart, or NULL */
    LeafEncoding encoding;
    /* multiparts only: */
    size_t preamble_to; /* preamble is [body_from, preamble_to) */
    size_t close;       /* line of the close-delimiter; body_to when there is none */
} Leaf;

typedef struct Leaves {
    Leaf *items;
    size_t n;
} Leaves;

/* content_type and encoding: values of the message's own fields, may be empty. */
Leaves leaves_find(const BodyLines *lines, Span content_type, Span encoding);
void leaves_clear(Leaves *leaves);

/* The parameter of a Content-Type value, unquoted; NULL when absent. Owned. */
char *leaf_parameter(Span content_type, const char *name);
/* Octets of a leaf's body, transfer encoding undone; NULL when that is not possible. Owned. */
GByteArray *leaf_decode(const BodyLines *lines, const Leaf *leaf);

#endif
