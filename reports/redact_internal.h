/* redact_internal.h - private to reports/redact*.c.
 *
 * redact_policy.c says what becomes of each node, redact_value.c does it to a value, redact_names.c
 * finds the DNS names that SPF macros made from the sender, redact.c walks the document.
 */
#ifndef MAILASSAY_REPORTS_REDACT_INTERNAL_H
#define MAILASSAY_REPORTS_REDACT_INTERNAL_H

#include "reports/pseudonym.h"
#include "reports/redact.h"

struct Redaction {
    const Catalogue *catalogue;
    Pseudonyms *pseudonyms;
    GHashTable *names; /* DNS names with a secret in them, lower case, to what they become */
    GHashTable *typed; /* attributes that the schema gives a type other than text */
};

typedef enum Treatment {
    REDACT_MASK,    /* first: the default */
    REDACT_KEEP,    /* words, numbers and times of the program or of a standard */
    REDACT_DOMAIN,  /* a name in DNS */
    REDACT_HOST,    /* what should be a public host name or an address literal */
    REDACT_ADDRESS, /* local-part@host, or a host alone */
    REDACT_MAILBOX, /* display name <address> */
    REDACT_PROSE,   /* text of the program with names and addresses of the message in it */
    REDACT_PERSON,  /* display name */
    REDACT_ID,      /* Message-ID without brackets */
    REDACT_TENANT,
    REDACT_PUBLIC,   /* text of a DNS record */
    REDACT_WORD,     /* a word of a protocol: kept when it is one */
    REDACT_SELECTOR, /* kept when it has the form of one */
    REDACT_BASE64,   /* a digest or signature: kept when it has the form of one */
    REDACT_NUMBER,
    REDACT_FIELDS,   /* names of header fields: known ones are kept */
    REDACT_TLS,      /* what a Received field says about encryption */
    REDACT_FILENAME, /* its extension may stay */
    REDACT_DETAIL,   /* what the search for a cause adds for people */
    REDACT_OBJECT,   /* of a finding */
    REDACT_FILE,     /* path on the user's disk */
    REDACT_OPERATOR,
    REDACT_TEXT, /* made from the catalogue again */
    REDACT_DROP,
    /* What decides is the name that stands beside the value. */
    REDACT_BY_TAG,
    REDACT_BY_PROPERTY,
    REDACT_BY_OPTION,
    REDACT_BY_ARGUMENT,
    REDACT_BY_SIDE,
    REDACT_BY_QUESTION,
} Treatment;

/* Of a node's text, or of its attribute (NULL: the text). Names decided by what stands beside are
 * resolved: never a REDACT_BY_*. */
Treatment redact_treatment(const Redaction *redaction, const xmlNode *node, const char *attribute);
/* Of a tag of a DKIM or ARC field. */
Treatment redact_tag_treatment(Span name);
/* The attributes of report.xsd that hold no free text. Owned. */
GHashTable *redact_typed_attributes(void);

/* Appends what becomes of raw octets. Not for REDACT_TEXT and REDACT_DROP. */
void redact_value(Redaction *redaction, Treatment treatment, Span raw, GString *out);
/* Remembers the secrets in a value, so that they are known wherever they stand. */
void redact_learn_value(Redaction *redaction, Treatment treatment, Span raw);
/* Every local part before an "@" in text of any kind. */
void redact_learn_addresses(Redaction *redaction, Span text);
/* Public DNS, or an address: what may be told. */
bool redact_is_public_host(Span name);
/* A header field whose name tells nothing. */
bool redact_is_known_field(Span name);

/* redact_words.c: words that tell nothing. Without regard to case, but for the words of TLS. */
extern const char redact_protocol_words[], redact_field_names[], redact_trace_words[],
    redact_tls_words[], redact_extensions[], redact_private_tops[], redact_html_elements[],
    redact_html_attributes[];
bool redact_is_listed(const char *list, Span word);

void redact_learn_names(Redaction *redaction, const xmlNode *report);

/* --- the message: everything appends exactly as many octets as it is given, and keeps line ends
 * ---
 */

/* What redacts decoded octets; as many as it is given. */
typedef struct Redactor {
    Redaction *redaction;
    void (*redact)(const void *context, Redaction *redaction, Span raw, GString *out);
    const void *context;
} Redactor;

void redact_quoted_printable(const Redactor *redactor, Span raw, GString *out);
/* The Q encoding of RFC 2047, where "_" is a space. */
void redact_q_encoding(const Redactor *redactor, Span raw, GString *out);
void redact_base64(const Redactor *redactor, Span raw, GString *out);
/* Octets of the encoded-word at the start of raw, its charset and its encoded text; 0 when there is
 * none. */
size_t redact_encoded_word(Span raw, Span *charset, Span *text, bool *is_base64);
/* Whether its letters are octets by themselves, or UTF-8. */
bool redact_is_readable_charset(Span charset);
/* Masked, encoded-words within their encoding. */
void redact_unstructured(Redaction *redaction, Span raw, GString *out);

/* For Redactor: all x but the line ends; text and HTML as below. */
void redact_filled(const void *context, Redaction *redaction, Span raw, GString *out);
void redact_as_text(const void *context, Redaction *redaction, Span raw, GString *out);
void redact_as_html(const void *context, Redaction *redaction, Span raw, GString *out);

/* Masked; of "https://host/path" scheme and host stay, of addresses the host. */
void redact_text(Redaction *redaction, Span raw, GString *out);
/* The same for HTML, whose elements and attributes stay. */
void redact_html(Redaction *redaction, Span raw, GString *out);
/* Octets of a local part at the start of text that an "@" and a host follow; 0 when there is none.
 * *key is what stands before it without being of it ("smtp.mailfrom="), *run what was looked at. */
size_t redact_local_at(Span text, size_t *key, size_t *run);
/* Octets of the host name or address at the start of text; 0 when there is none. */
size_t redact_host_length(Span text);

/* A header, or the header of a part: fields, and what stands between them. */
void redact_header(Redaction *redaction, Span block, GString *out);
/* Calls back with each field of a block. */
typedef void (*FieldVisitor)(void *context, Span name, Span value);
void redact_visit_fields(Span block, FieldVisitor visit, void *context);
/* From `boundary=` of a Content-Type; empty when it has none. */
Span redact_boundary_of(Span content_type);

/* Raw octets of an escaped text; the text itself when it is none. Owned. */
GByteArray *redact_octets(const char *text);

#endif
