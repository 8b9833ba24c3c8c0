/* leaftext.h - one part of a body as decoded text, and the way back: edits of the text as edits of
 * the lines.
 *
 * Quoted-printable is local to a line of text, so only lines that an edit touches are written
 * again; all others stay as they were received. They are written as the part's encoder would have:
 * the profiles that reproduce the received lines best are told from them. Base64 is written again
 * from the line of the first edit on, at the received width.
 */
#ifndef MAILASSAY_CAUSE_LEAFTEXT_H
#define MAILASSAY_CAUSE_LEAFTEXT_H

#include "analyzer/cause/bodysearch.h"
#include "analyzer/cause/encoders.h"

enum { LEAFTEXT_MAX_OCTETS = 2 * 1024 * 1024, LEAFTEXT_WRITINGS = 4 };

/* Octets [from, to) of the text become `text`. */
typedef struct Edit {
    size_t from, to;
    Span text;
} Edit;

typedef struct LeafText {
    const BodyView *view;
    const Leaf *leaf;
    GByteArray *octets;
    Span text;
    bool is_html;
    /* Lines of the text by hard line ends, not for base64: n_lines + 1 entries each. */
    size_t *starts;  /* in the text */
    size_t *sources; /* the line of the body that each begins on */
    size_t n_lines;
    bool open_end; /* quoted-printable whose last line ends in a soft break */
    QpProfile writings[LEAFTEXT_WRITINGS]; /* quoted-printable: likeliest first */
    size_t n_writings;                     /* 1 for the other encodings */
    char *also;                            /* what the writings' `also` may point to */
    size_t width, base64_to;               /* base64: of its lines; the line behind its last one */
} LeafText;

/* NULL: a multipart, not decodable, or too large. The view must outlive it. */
LeafText *leaftext_new(const BodyView *view, const Leaf *leaf);
void leaftext_free(LeafText *text);

/* Pieces under construction: lines up to `next` are in it, as they are or in another form. */
typedef struct PieceList {
    GArray *pieces; /* of Piece */
    GPtrArray *own; /* of GString */
    size_t next;
} PieceList;

/* A list that begins with line `from`. */
void pieces_init(PieceList *list, size_t from);
void pieces_clear(PieceList *list);
/* Lines up to `line` as they are. */
void pieces_until(PieceList *list, size_t line);
/* Takes text; lines up to `line` are replaced by it. */
void pieces_replace(PieceList *list, size_t line, GString *text);
static inline const Piece *pieces_of(const PieceList *list)
{
    return (const Piece *)(void *)list->pieces->data;
}

/* Adds the lines up to the end of the part with the edits made: sorted, disjoint, in the text.
 * `writing` < n_writings. */
void leaftext_edit(const LeafText *text, const Edit *edits, size_t n, size_t writing,
                   PieceList *list);

#endif
