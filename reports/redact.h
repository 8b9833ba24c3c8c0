/* redact.h - makes a report, and a message, that can be shown to others: verdicts, findings, score,
 * counts, offsets, digests, times, domains, selectors and IP addresses stay; who wrote to whom, and
 * what, goes.
 *
 * Done once, on the report document, so that every view is redacted. Deny by default: what has no
 * entry in redact_policy.c, and what does not have the form that its entry promises, is masked
 * (mask.h). Local parts, display names, tenants, names of machines outside the public DNS and left
 * parts of Message-IDs get pseudonyms (pseudonym.h), the same one everywhere. Texts of findings are
 * made again, from the catalogue and the redacted arguments, so that a local part that is also a
 * word of the program takes no word from a text.
 *
 * DNS is public and stays, but for local parts that the message has too (before "@", as in rua=),
 * and names that SPF macros made from sender or HELO.
 *
 * What can still be told: domains and hosts of sender and receiver, their addresses, times, sizes,
 * lengths of words, where capitals and digits stood. Digests (SHA-256 of the input, bh=, b=) let
 * whoever has the message, or can guess all of it, confirm that it is this one.
 */
#ifndef MAILASSAY_REPORTS_REDACT_H
#define MAILASSAY_REPORTS_REDACT_H

#include "analyzer/message/mime.h"
#include "analyzer/message/source.h"
#include "rules/catalogue.h"

#include <libxml/tree.h>

/* The pseudonyms of one message. Borrows the catalogue. */
typedef struct Redaction Redaction;
Redaction *redaction_new(const Catalogue *catalogue);
void redaction_free(Redaction *redaction);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Redaction, redaction_free)

/* Learns the addresses of the message: header, body and decoded texts. Without it (a stored report)
 * those of the report alone are known, which matters for what DNS records say only. */
void redaction_learn(Redaction *redaction, const Source *source, const Mime *mime);
/* Redacts a report in place and marks it (report/@redacted); one that is marked already stays as it
 * is. */
void redaction_document(Redaction *redaction, xmlDoc *document);

/* The message with the same pseudonyms: as many octets, lines and fields, with the same line ends,
 * so that offsets of the report fit. Bodies are masked inside their encoding, attachments filled;
 * tags of HTML, hosts of links, boundaries and signature values stay. Nothing in it says that it is
 * redacted, as that would move offsets: the file's name has to. Its signatures do not verify: the
 * report has the verdicts of the original. Of a copy that was repaired (input/copy) this is the
 * repaired one. Owned. */
GString *redaction_message(Redaction *redaction, const Source *source, const Mime *mime);

#endif
