/* variants_text.h - a DKIM-Signature field that a gateway turned into RFC 2047 encoded-words, read
 * again.
 *
 * RFC 2047 §5 forbids encoded-words in structured fields; no verifier can read such a signature.
 */
#ifndef MAILASSAY_CAUSE_VARIANTS_TEXT_H
#define MAILASSAY_CAUSE_VARIANTS_TEXT_H

#include "analyzer/base/bytes.h"

/* The value with its encoded-words decoded, unfolded, appended. False, and nothing appended, when
 * it has none. */
bool signature_decode_words(Span value, GString *out);

#endif
