/* encoding.h - what the MIME library does not say of encoded octets: whether they are sound, and
 * what to mend before it sees them.
 *
 * RFC 2045 §6.7, §6.8; RFC 2047 §2, §6.2. Total and linear in the input.
 */
#ifndef MAILASSAY_MESSAGE_ENCODING_H
#define MAILASSAY_MESSAGE_ENCODING_H

#include "analyzer/base/bytes.h"

/* RFC 2045 §6.8: true when all of it is of the alphabet and ends as it should. *length: what it
 * decodes to, padding and foreign octets left out. */
bool encoding_base64_sound(Span body, size_t *length);
/* RFC 2045 §6.7: false when a "=" stands before anything but two hexadecimal digits or a line end.
 */
bool encoding_quoted_printable_sound(Span body);

/* A header value with every run of base64 words (RFC 2047) of one charset made one word. GMime
 * decodes such a run as a whole and stops at the first padding; it also drops what an unpadded word
 * has left over. Owned. */
char *encoding_join_words(const char *raw);

#endif
