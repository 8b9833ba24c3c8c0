/* mime.h - what GMime says of the message: structure, decoded text, addresses, dates. The only file
 * that knows GMime.
 *
 * RFC 2045-2049, 2047, 2231, 5322 §3.4, 6532. The fence: fields that GMime cannot take are masked
 * in a copy of equal length, so that every offset stays a source offset; parsing runs in a thread
 * with a large stack; messages over the budgets below are not given to GMime at all, and the state
 * says which budget. Bytes for hashing never come from here.
 *
 * Lifetime: everything is copied out of GMime and owned by Mime; offsets refer to the Source.
 */
#ifndef MAILASSAY_MESSAGE_MIME_H
#define MAILASSAY_MESSAGE_MIME_H

#include "analyzer/message/source.h"

/* The budgets keep the work for one message within about a second. Fields: 10,000 or 1 MiB in the
 * header, 200,000 lines or 4 MiB in the headers of parts. Boundaries: 30,000 lines that start with
 * "--", or fewer times the boundaries that may be open. Addresses: 256 KiB in one address field of
 * a nested message, or 200,000 colons in all of them. Size: 150 MiB. */
typedef enum MimeState {
    MIME_PARSED,
    MIME_REFUSED, /* GMime gave nothing */
    MIME_OVER_FIELDS,
    MIME_OVER_BOUNDARIES,
    MIME_OVER_ADDRESSES,
    MIME_OVER_SIZE,
} MimeState;

typedef struct Address {
    char *name;      /* decoded display name, or NULL */
    char *addr_spec; /* as GMime gives it, UTF-8; never NULL, may be without "@" */
    char *domain;    /* normal form, or NULL when it is none */
    bool in_group;
} Address;

typedef struct AddressList {
    Address *items;
    size_t n;
    size_t groups; /* group constructs met, empty ones included */
} AddressList;

typedef struct MimePart {
    unsigned depth;        /* 0 for the top */
    char *type;            /* "text/html", lower case */
    char *charset;         /* as declared, or NULL */
    char *encoding;        /* Content-Transfer-Encoding as declared, lower case, or NULL */
    char *filename;        /* decoded, or NULL */
    char *disposition;     /* lower case, or NULL */
    char *content_id;      /* without brackets, or NULL */
    size_t body_offset;    /* of the part's body in the source; 0/0 for multiparts */
    size_t body_length;    /* the line end before a boundary belongs to the boundary */
    size_t decoded_length; /* 0 for multiparts and messages */
    bool is_multipart;
    bool is_message;    /* an attached message, whose own parts follow one level deeper */
    bool is_attachment; /* said to be one, or has a file name and is neither inline nor text */
    bool decode_lossy;  /* octets that encoding or charset do not have were dropped or replaced */
    bool charset_exceeded; /* a text has octets over 127, but is us-ascii: it says so, or says
                              nothing (RFC 2046 §4.1.2) */
    bool charset_unknown;  /* no such character set is known here */
    bool charset_is_utf8;  /* a text declared as a single-octet character set is sound UTF-8 with
                              characters of several octets */
    size_t doubled;        /* characters of the text that were encoded twice (charset.h) */
    char *text; /* text/plain and text/html as UTF-8: the first 256 KiB, 8 MiB in all parts; or NULL
                 */
} MimePart;

typedef struct MimeWarning {
    const char *code; /* kebab-case, static */
    size_t offset;    /* 0 when unknown */
} MimeWarning;

typedef struct Mime {
    MimeState state;
    MimePart *parts;       /* depth first, top first */
    size_t n_parts;        /* at most 10,000 are kept */
    MimeWarning *warnings; /* at most 100 */
    size_t n_warnings;
    bool masked; /* some field was masked before GMime saw it */
    /* Of the first field of that name (To and Cc: of the first 100), whatever the state. */
    char *subject;          /* decoded, or NULL */
    size_t subject_doubled; /* characters of it that were encoded twice */
    AddressList from, sender, reply_to, to, cc;
    bool addresses_refused; /* one of them could not be given to the parser */
    char *message_id;       /* without brackets, or NULL */
    bool date_valid;
    int64_t date_s;      /* Unix time of Date */
    int date_offset_min; /* its zone, minutes east */
} Mime;

Mime *mime_parse(const Source *source);
void mime_free(Mime *mime);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mime, mime_free)
const char *mime_state_name(MimeState state);

/* Addresses of one field value, fenced like the message: nesting over 1000 groups, or a value over
 * 1 MiB, gives an empty list and *refused. A value that is no address list but
 * holds an address all the same (`"Name" user@example.org`) gives that one. */
AddressList mime_parse_addresses(Span value, bool *refused);
void address_list_clear(AddressList *list);

/* RFC 5322 §3.3 date-time with the obsolete forms; false when it is none. A wrong day of the week
 * is let pass. */
bool mime_parse_date(Span text, int64_t *time_s, int *offset_min);
/* RFC 2047 decoded to UTF-8, unfolded, invalid octets replaced; of the first 64 KiB. Owned. */
char *mime_decode_text(Span value);

#endif
