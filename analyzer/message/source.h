/* source.h - the message as octets: where each header field starts and ends, and where the body
 * begins.
 *
 * RFC 5322 §2.1-2.2, §3.5 read liberally: every octet sequence gives a Source; what departs from
 * the RFC becomes a defect with its place. Nothing is ever re-serialised: spans point into the
 * bytes as they were given. One pass, linear; a line is ended by CRLF or by a bare LF.
 *
 * Line ends. A region (header, body) that has bare LFs only was stored with LF: they are read as
 * CRLF. In a body that has both, a bare LF is an ordinary octet, as for an SMTP receiver, unless
 * the reading is SOURCE_LF_IS_CRLF.
 *
 * Lifetime: a Source owns a reference on its bytes; spans and fields are borrowed until
 * source_free().
 */
#ifndef MAILASSAY_MESSAGE_SOURCE_H
#define MAILASSAY_MESSAGE_SOURCE_H

#include "analyzer/base/bytes.h"

typedef enum FieldDefect {
    FIELD_NUL = 1 << 0, /* NUL octet in it */
    FIELD_BARE_CR = 1 << 1,
    FIELD_8BIT_NAME = 1 << 2,
    FIELD_WSP_BEFORE_COLON = 1 << 3,
    FIELD_BAD_NAME = 1 << 4,   /* octets outside %d33-126 in the name */
    FIELD_LONG_LINE = 1 << 5,  /* a line over 998 octets */
    FIELD_BLANK_FOLD = 1 << 6, /* a continuation line of white space only */
    FIELD_8BIT_VALUE = 1 << 7,
    FIELD_INVALID_UTF8 = 1 << 8, /* 8-bit value that is not UTF-8 */
} FieldDefect;

typedef struct Field {
    Span name;        /* before the colon, trailing WSP left out */
    Span value;       /* after the colon, up to but without the final line end; folds included */
    Span raw;         /* the whole field, final line end included */
    size_t offset;    /* of raw in the source */
    size_t line;      /* 1-based */
    unsigned defects; /* FieldDefect bits */
} Field;

typedef enum LineEnds { LINE_ENDS_NONE, LINE_ENDS_CRLF, LINE_ENDS_LF, LINE_ENDS_MIXED } LineEnds;

typedef enum SourceReading { SOURCE_AS_STORED, SOURCE_LF_IS_CRLF } SourceReading;

/* A line in the header block that is no field (no colon, or a fold before any field). Kept, and not
 * signed. */
typedef struct StrayLine {
    Span line;
    size_t offset;
    size_t number; /* 1-based line */
} StrayLine;

typedef struct Source {
    GBytes *octets;
    Span bytes;
    Span preamble;      /* mbox "From " line and BOM before the first field, else empty */
    Span header;        /* first field up to the separator */
    Span body;          /* after the separator; empty span at the end when there is none */
    bool has_separator; /* an empty line ended the header: false means headers only */
    Field *fields;
    size_t n_fields;
    size_t n_fields_over; /* fields past the first 1,000,000: counted, not kept */
    StrayLine *strays;
    size_t n_strays; /* the first 100 are kept, n_strays counts all */
    LineEnds header_ends, body_ends;
    bool body_lf_is_crlf;         /* bare LF in the body is to be read as CRLF (canon.h asks) */
    size_t bare_lf, bare_cr, nul; /* counts over the whole source */
    size_t lines;
    size_t longest_line; /* octets without the line end; its number in longest_line_number */
    size_t longest_line_number;
    size_t long_lines;    /* lines over 998 octets */
    size_t first_bare_lf; /* offsets; bytes.n when there is none */
    size_t first_8bit_body;
    bool has_bom, has_mbox_line;
    char sha256[65]; /* of the bytes as given */
} Source;

/* Never fails. Takes its own reference on octets. */
Source *source_new(GBytes *octets, SourceReading reading);
void source_free(Source *source);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Source, source_free)

/* Maps a file; reads "-" (standard input), pipes and devices into memory. At most 1 GiB.
 * GError: G_FILE_ERROR with a line that names the file and the remedy. */
GBytes *source_load(const char *path, GError **error);

/* Whether this can be a message at all: at least one well-formed field among the first 50 lines (a
 * well-known one when it is indented or quoted: damaged copies can be repaired), and not mostly NUL
 * or control octets. False with *why one clause for people (static string). why may be NULL. */
bool source_is_message(const Source *source, const char **why);

/* The n-th field of that name from the top (0 first), any case; NULL when there is none. */
const Field *source_field(const Source *source, const char *name, size_t n);
size_t source_field_count(const Source *source, const char *name);
/* Value unfolded and trimmed: CRLF before WSP removed (RFC 5322 §2.2.3). Owned. */
char *field_unfolded(const Field *field);

#endif
