/* encodedword.h - faults in the encoded words of header fields that people read: "=?utf-8?Q?...?=".
 *
 * RFC 2047 §2, §5, §6; the charset parameter of RFC 2231 §5. Subject, From, Sender, Reply-To, To
 * and Cc are read, the first field of each, at most ENCODEDWORD_OCTETS and 500 words of it. A word
 * that programs show as it stands, or with characters lost, is broken; the others are shown right
 * by most. Total and linear.
 */
#ifndef MAILASSAY_MESSAGE_ENCODEDWORD_H
#define MAILASSAY_MESSAGE_ENCODEDWORD_H

#include "analyzer/message/source.h"

enum { ENCODEDWORD_OCTETS = 64 * 1024, ENCODEDWORD_MAX = 75 };

typedef enum EncodedWordFault {
    ENCODEDWORD_BROKEN, /* not ended, white space within, an encoding or character set that does not
                           exist, octets that are none of it */
    ENCODEDWORD_SPLIT,  /* a character begins in one word and ends in the next (§5) */
    ENCODEDWORD_QUOTED, /* within quotation marks, where it is no encoded word (§5) */
    ENCODEDWORD_LONG,   /* over ENCODEDWORD_MAX octets (§2) */
    ENCODEDWORD_FAULTS
} EncodedWordFault;

/* The first of each kind. */
typedef struct EncodedWords {
    struct {
        size_t count;
        size_t field;          /* index into Source.fields */
        size_t offset, length; /* in the source */
    } found[ENCODEDWORD_FAULTS];
} EncodedWords;

EncodedWords encodedword_check(const Source *source);

#endif
