/* variants_words.h - RFC 2047 encoded-words: read as leniently as they occur, and written as
 * mailers write them.
 *
 * Bounded: texts over WORDS_MAX octets are neither read nor written.
 */
#ifndef MAILASSAY_CAUSE_VARIANTS_WORDS_H
#define MAILASSAY_CAUSE_VARIANTS_WORDS_H

#include "analyzer/base/bytes.h"

enum { WORDS_MAX = 4096 };

typedef struct WordsSeen {
    bool encoded;     /* at least one encoded-word */
    bool raw8;        /* octets over 0x7f outside of encoded-words */
    char charset[24]; /* label of the first encoded-word */
    char encoding;    /* 'B', 'b', 'Q', 'q' of the first, or 0 */
} WordsSeen;

/* The text in UTF-8, appended; white space between encoded-words left out (RFC 2047 §6.2), raw
 * octets that are not UTF-8 read as windows-1252. False when an encoded-word cannot be decoded, or
 * the text is too long. */
bool words_decode(Span flat, GString *utf8, WordsSeen *seen);

/* Which part of the text goes into encoded-words. */
typedef enum WordScope {
    SCOPE_ALL,
    SCOPE_FROM_FIRST, /* from the first word that needs it to the end */
    SCOPE_SPAN,       /* from the first that needs it to the last */
    SCOPE_EACH,       /* runs of words that need it */
    SCOPE_WITH_SPACE, /* each run of letters that needs it, with the space behind it (MIME::Words)
                       */
    SCOPES,
} WordScope;
/* Which octets stand for themselves in Q. */
typedef enum WordSafe {
    SAFE_TEXT,        /* all printable but =?_ (RFC 2047 §4.2) */
    SAFE_PHRASE,      /* alphanumerics and !*+-/ (§5 (3)) */
    SAFE_NO_SPECIALS, /* printable without the specials of RFC 822 */
    SAFE_ALNUM,
    SAFE_LETTERS, /* and !*+-/: no digits (PHP) */
    SAFES,
} WordSafe;

/* What the limit counts. */
typedef enum WordLines {
    LINES_IGNORED,  /* the encoded-word alone */
    LINES_COUNTED,  /* what stands on the line before it, the field's name included */
    LINES_NAMELESS, /* the same, without the name */
} WordLines;

/* A charset to write with; those with one octet a character have a table. */
typedef enum WordCharsetKind { CHARSET_UTF8, CHARSET_TABLE, CHARSET_OTHER } WordCharsetKind;
typedef struct WordCharset {
    char label[24]; /* as it is written */
    WordCharsetKind kind;
    gunichar high[128]; /* what 0x80 ... 0xff stand for; 0: nothing */
} WordCharset;
/* False when nothing is known of it, or the label is too long. */
bool words_charset(Span label, WordCharset *charset);

/* Where an over-long text may be cut. */
typedef enum WordBreak { BREAK_ANYWHERE, BREAK_BEFORE_SPACE, BREAK_AFTER_SPACE } WordBreak;

typedef struct WordStyle {
    const WordCharset *charset;
    char encoding; /* as it is written */
    WordScope scope;
    WordSafe safe;     /* Q only */
    bool space_as_hex; /* =20 instead of _ */
    unsigned limit;    /* octets; 0: none */
    WordLines lines;
    WordBreak at;
    bool unpadded;   /* base64 is measured without its padding */
    bool halves;     /* an over-long text is split in the middle again and again (JavaMail) */
    unsigned cost;   /* how usual: 1 ... */
    unsigned family; /* the same but for how long texts are cut; counted from 0 */
} WordStyle;

/* Appends the text as the style writes it. separator: between encoded-words. name: octets on the
 * first line. False when the charset cannot express the text. */
bool words_encode(const WordStyle *style, Span utf8, size_t name, const char *separator,
                  GString *out);
/* Whether every encoded-word of the text stays within the limit. May say no when it is close. */
bool words_fit(const WordStyle *style, Span utf8, size_t name);
/* The styles worth trying with these charsets (likeliest first; borrowed by the styles), cheapest
 * first. Of WordStyle. */
GArray *words_styles(const WordCharset *charsets, size_t n);
/* How many families there are for that many charsets. */
unsigned words_families(size_t n_charsets);

#endif
