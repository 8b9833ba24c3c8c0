/* pseudonym.h - the same stand-in for the same secret, wherever it stands: user1, Name 2, host3.
 *
 * Secrets are told apart by kind, and compared without regard to case (ASCII, and UTF-8 where they
 * are that). Numbers count from 1 in the order of learning. A stand-in is written to the length
 * that is asked for: filled up with x when that is longer, and reduced to the number in base 36
 * when it is shorter; where not even that fits it is x alone, and no longer tells secrets apart.
 */
#ifndef MAILASSAY_REPORTS_PSEUDONYM_H
#define MAILASSAY_REPORTS_PSEUDONYM_H

#include "analyzer/base/bytes.h"

typedef enum PseudonymKind {
    PSEUDONYM_USER,   /* local part */
    PSEUDONYM_NAME,   /* display name */
    PSEUDONYM_HOST,   /* of a machine, not of the public DNS */
    PSEUDONYM_ID,     /* left part of a Message-ID */
    PSEUDONYM_TENANT, /* customer of the operator */
    PSEUDONYM_KINDS
} PseudonymKind;

typedef struct Pseudonyms Pseudonyms;
Pseudonyms *pseudonyms_new(void);
void pseudonyms_free(Pseudonyms *pseudonyms);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pseudonyms, pseudonyms_free)

/* Its number, given on first sight; 0 for the empty secret. */
size_t pseudonyms_learn(Pseudonyms *pseudonyms, PseudonymKind kind, Span secret);
bool pseudonyms_know(const Pseudonyms *pseudonyms, PseudonymKind kind, Span secret);
/* Learns it and appends its stand-in, in the length that it has by itself. */
void pseudonyms_append_free(Pseudonyms *pseudonyms, PseudonymKind kind, Span secret, GString *out);
/* The same with that many octets, all ASCII. */
void pseudonyms_append(Pseudonyms *pseudonyms, PseudonymKind kind, Span secret, size_t octets,
                       GString *out);

#endif
