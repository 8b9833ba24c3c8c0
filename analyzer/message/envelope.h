/* envelope.h - who handed the message over: client IP, HELO, MAIL FROM, recipient, receiver, time
 * of receipt.
 *
 * Each fact comes from the caller, or is inferred from the message, and says where from and how
 * sure that is. Inference, newest trace first: the border is the newest Received of a hop that
 * leaves the receiving side, that is, whose client is not private and not one of the profile's
 * trusted receivers. Not borders either: hand-over without SMTP from outside (LMTP, HTTP, POP3,
 * IMAP, MAPI), between IPv6 hosts of one site that share names, and between names of one site
 * without any address. Received-SPF and Authentication-Results count when they stand above that
 * border, and directly below it when they speak of the border's client or are of its receiver
 * (Gmail writes them there): when they name the border's client the border is sure; when those
 * above it name the client of an older hop, that hop is the border (a gateway in front of the
 * receiver). What cannot be found is absent, never guessed. Of Received the first ENVELOPE_MAX_HOPS
 * are read. Linear.
 */
#ifndef MAILASSAY_MESSAGE_ENVELOPE_H
#define MAILASSAY_MESSAGE_ENVELOPE_H

#include "analyzer/message/authres.h"
#include "analyzer/message/received.h"
#include "analyzer/message/source.h"

enum { ENVELOPE_MAX_HOPS = 10000 };

typedef enum Confidence {
    CONFIDENCE_NONE,
    CONFIDENCE_LOW,
    CONFIDENCE_MEDIUM,
    CONFIDENCE_HIGH,
    CONFIDENCE_GIVEN
} Confidence;

typedef struct EnvelopeFact {
    char *
        value; /* NULL: not found. "" is the null sender; "@domain" when only the domain is known */
    const char *origin; /* "option", "return-path", "received", "received-spf",
                           "authentication-results", "x-envelope-from", "delivered-to", "" */
    size_t field;       /* index into Source.fields when origin is a field */
    Confidence confidence;
} EnvelopeFact;

/* Members that are NULL are to be inferred, and empty ones too except mail_from. */
typedef struct EnvelopeGiven {
    const char *mail_from; /* "" or "<>" is the null sender */
    const char *client_ip; /* "IPv6:" prefix accepted */
    const char *helo;
    const char *receiver;
    const char *recipient;
} EnvelopeGiven;

typedef struct Hop {
    size_t field; /* index into Source.fields */
    Received *received;
    bool trusted; /* added by the receiving side, as far as can be told */
    bool border;  /* the hop whose client is the sender's last host */
    bool has_delay;
    int64_t delay_s; /* against the next older hop with a date; negative when clocks disagree */
} Hop;

typedef struct Envelope {
    EnvelopeFact client_ip, helo, mail_from, recipient, receiver;
    char *mail_from_domain; /* normal form; NULL for a null sender or when there is none */
    char *helo_domain;      /* normal form; NULL for an address literal or junk */
    bool has_receipt_time;
    int64_t receipt_time_s; /* newest trusted Received */
    Hop *hops;              /* newest first */
    size_t n_hops;
} Envelope;

/* trusted_receivers: host or authserv-id names (names below them count too) or addresses of the
 * receiving side, NULL-terminated, may be NULL. */
Envelope *envelope_infer(const Source *source, const EnvelopeGiven *given,
                         const char *const *trusted_receivers);
void envelope_free(Envelope *envelope);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Envelope, envelope_free)
const char *confidence_name(Confidence confidence);

#endif
