/* cfws.h - comments and quoted strings of structured header fields (RFC 5322 §3.2.1-3.2.4), for
 * fields that are taken apart by hand: Received, Received-SPF, Authentication-Results.
 *
 * A comment or quoted string that is never closed is none: its opening octet is then an ordinary
 * one. Only the first CFWS_LIMIT octets of a value are looked at; real fields are a hundredth of
 * that.
 */
#ifndef MAILASSAY_MESSAGE_CFWS_H
#define MAILASSAY_MESSAGE_CFWS_H

#include "analyzer/base/bytes.h"

#define CFWS_LIMIT ((size_t)64 * 1024)

typedef struct Cfws {
    Span text;     /* what is read: the value, cut at CFWS_LIMIT */
    uint32_t *end; /* for the opening octet of a comment or quoted string: the offset after its
                      last; else 0 */
} Cfws;

Cfws cfws_scan(Span value);
void cfws_clear(Cfws *cfws);

/* Offset after the comment (or quoted string) that opens at `at`; `at` itself when none opens
 * there. */
size_t cfws_comment(const Cfws *cfws, size_t at);
size_t cfws_quoted(const Cfws *cfws, size_t at);
/* First offset at or after `at` that is neither white space nor in a comment. */
size_t cfws_skip(const Cfws *cfws, size_t at);

typedef enum CfwsKind { CFWS_END, CFWS_WORD, CFWS_COMMENT, CFWS_SEMICOLON } CfwsKind;

typedef struct CfwsToken {
    CfwsKind kind;
    Span text;         /* of a comment: what is inside */
    size_t start, end; /* in the value */
} CfwsToken;

/* The token at or after *at, which moves behind it. Words are what stands between white space,
 * comments and ";"; quoted strings, <paths> and [literals] stay whole within them. */
CfwsToken cfws_next(const Cfws *cfws, size_t *at);

/* What a comment or a value says: folds and runs of white space as one space, trimmed, quoted-pairs
 * resolved. Owned. */
char *cfws_text(Span inside);

#endif
