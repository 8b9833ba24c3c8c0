/* facts.h - a report as a flat list of facts, each with a name that is the same in every report:
 * what difference.h sets side by side.
 *
 * Left out is what says nothing about message, DNS and verdict: file names, program version, time
 * of the run, TTLs, places (offset, line, number), texts for people, and what findings propose.
 *
 * Values are as the report has them (escaped). An object tells facts of one name apart: "d=... s=
 * ..." of a signature, name and type of a DNS question. Where two of an object are equal, "#2" is
 * the second. Linear in the report. Lifetime: facts own their strings; section, name and words are
 * static, or, where the report names a fact itself, part of the list.
 */
#ifndef MAILASSAY_REPORTS_FACTS_H
#define MAILASSAY_REPORTS_FACTS_H

#include "reports/node.h"

/* How much a difference says. */
typedef enum FactWeight {
    FACT_OF_COPY,   /* every copy has its own: journey, recipient, size. Never matters */
    FACT_OF_ANSWER, /* matters where both reports have it: DNS answers */
    FACT_OF_MAIL,   /* always matters */
} FactWeight;

typedef struct Fact {
    const char *section; /* "verdict", "identities" ...: ids of labels.xml */
    char *name;          /* "fact.NAME" is its label */
    char *object;        /* "" for the message */
    char *value;         /* never "": such a fact is not there */
    const char *words;   /* the family of labels its value belongs to, or NULL: as it is */
    FactWeight weight;
    bool leads; /* the fact that says that the object is there at all */
} Fact;

/* Of Fact, in the order of the report. Owned: g_ptr_array_unref. */
GPtrArray *facts_new(const xmlNode *report);
/* All sections in that order, NULL-terminated. */
const char *const *facts_sections(void);

#endif
