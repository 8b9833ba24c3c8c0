/* bytes.h - borrowed runs of octets, and how raw octets are shown to people.
 *
 * A Span never owns; it is valid as long as what it points into. Message octets are not C strings:
 * they may hold NUL and anything else, so everything that reads a message takes Spans.
 * The escape convention (bytes_escape) is the one of the report: reversible, greppable, and safe in
 * a terminal, in XML and in HTML.
 */
#ifndef MAILASSAY_BASE_BYTES_H
#define MAILASSAY_BASE_BYTES_H

#include <glib.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct Span {
    const char *p;
    size_t n;
} Span;

#define SPAN_LIT(s) ((Span){"" s, sizeof(s) - 1})

static inline Span span_of(const char *p, size_t n)
{
    return (Span){p, n};
}
Span span_str(const char *s); /* a C string; NULL gives the empty span */

bool span_equal(Span a, Span b);
bool span_equal_nocase(Span a, Span b);     /* ASCII case only */
bool span_is(Span a, const char *s);        /* exact */
bool span_is_nocase(Span a, const char *s); /* ASCII case only */
bool span_starts_nocase(Span a, const char *prefix);
Span span_from(Span a, size_t start); /* a without its first `start` octets; empty when shorter */
Span span_trim(Span a);               /* without SP, TAB, CR, LF at both ends */
/* Offset of the first octet c at or after `start`; a.n when there is none. */
size_t span_find(Span a, char c, size_t start);
/* Offset of the first occurrence of needle at or after `start` (exact octets); a.n when there is
 * none. */
size_t span_search(Span a, Span needle, size_t start);
char *span_dup(Span a); /* NUL-terminated copy, owned; octets after a NUL stay in it */

/* SP or TAB: RFC 5234 WSP. */
static inline bool byte_is_wsp(char c)
{
    return c == ' ' || c == '\t';
}
/* WSP, CR or LF: what RFC 5322 FWS is made of. */
static inline bool byte_is_fws(char c)
{
    return byte_is_wsp(c) || c == '\r' || c == '\n';
}

/* Shows any octets as printable UTF-8 (owned): backslash as \\, CR LF TAB as \r \n \t, other
 * controls, DEL and every octet that is not part of valid UTF-8 as \xHH, and C1, U+2028/9, bidi
 * controls, zero-width characters and non-characters as \u{HHHH}. Everything else stands as it is.
 */
char *bytes_escape(Span raw);
/* The inverse; false when `text` is not something bytes_escape wrote. *out is owned by the caller.
 */
bool bytes_unescape(const char *text, GByteArray **out);

/* RFC 4648 §4 with FWS allowed anywhere (RFC 6376 §2.10 base64string); missing final padding is
 * accepted. False on any other octet, or on left-over bits that cannot be an octet. *out is owned
 * by the caller. */
bool bytes_base64_decode(Span text, GByteArray **out);
char *bytes_base64(const uint8_t *p, size_t n); /* without line ends, owned */
char *bytes_hex(const uint8_t *p, size_t n);    /* lower case, owned */

/* Unsigned decimal that is all of the span, at most max_digits long; false otherwise. */
bool span_to_uint64(Span a, size_t max_digits, uint64_t *value);

#endif
