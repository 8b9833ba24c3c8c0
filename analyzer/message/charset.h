/* charset.h - whether a text is written in the character set that it is said to be in.
 *
 * What is decided here needs no statistics: UTF-8 recognises itself (RFC 3629 §1), and text that
 * was taken for windows-1252 and encoded as UTF-8 a second time has pairs in it that no language
 * writes. Total and linear.
 */
#ifndef MAILASSAY_MESSAGE_CHARSET_H
#define MAILASSAY_MESSAGE_CHARSET_H

#include "analyzer/base/bytes.h"

/* Whether a character set of that name can be converted here. */
bool charset_is_known(const char *name);
/* One octet for each character: ISO 8859, windows-125x and their kin. */
bool charset_is_single_octet(const char *name);
/* Sound UTF-8 with at least one character of several octets in it; the last character may be cut
 * off. */
bool charset_is_utf8(Span octets);
/* How often a UTF-8 text has one character shown as two or three ("Ã©", "â€™"): it was encoded
 * twice. */
size_t charset_doubled(const char *text);
/* The character set that HTML names itself near its top, lower case; NULL when it names none.
 * Owned. */
char *charset_of_html(Span html);

#endif
