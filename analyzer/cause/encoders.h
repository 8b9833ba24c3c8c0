/* encoders.h - transfer encodings as different software writes them (RFC 2045 §6.7, §6.8): each
 * profile one habit.
 *
 * Used backwards: to write a decoded text as its first author may have written it.
 */
#ifndef MAILASSAY_CAUSE_ENCODERS_H
#define MAILASSAY_CAUSE_ENCODERS_H

#include "analyzer/base/bytes.h"

typedef struct QpProfile {
    const char *name;
    size_t width;     /* longest line, the soft break's "=" included */
    const char *also; /* printable octets that are escaped as well */
    bool lower_hex;
    bool break_words; /* soft breaks only after white space where there is some */
    bool
        space_at_end_only; /* white space is escaped at line ends; false: never escaped by itself */
    bool late;             /* an octet that would just fill the line still goes on it */
} QpProfile;

const QpProfile *qp_profiles(size_t *n);
/* Encodes lines ending in CRLF; the final line end is kept as it is. */
GString *qp_encode(Span text, const QpProfile *profile);
/* As qp_encode for one line without its line end. */
void qp_encode_line(Span line, const QpProfile *profile, GString *out);

/* Lines of `width` octets, each with CRLF; the last one too when final_end. */
GString *base64_encode_lines(Span octets, size_t width, bool final_end);

#endif
