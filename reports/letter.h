/* letter.h - the hand-over letter: what the administrators of one domain have to do in their DNS,
 * as a text that can be sent to them as it is.
 *
 * It holds nothing but what they need: no other tenant, no score, no rule. One composer writes all
 * letters, so that one about a message reads as one about a signing domain; who fills a Letter says
 * what is in it. Prose is wrapped at 80 columns; a name or value that is to be copied never is.
 *
 * All strings of a Letter are printable (bytes_escape or node_printable) and in the letter's
 * language. It owns them.
 */
#ifndef MAILASSAY_REPORTS_LETTER_H
#define MAILASSAY_REPORTS_LETTER_H

#include "rules/catalogue.h"

#include <libxml/tree.h>

/* One record. */
typedef struct LetterChange {
    char *action; /* "add", "change" or "remove" */
    char *name;   /* owner, no final dot, ASCII */
    char *type;
    char *value; /* as one string; for "remove" what stands there now, or NULL when it is not to be
                    repeated */
    char *was;   /* for "change" what stands there now; else NULL */
} LetterChange;

typedef enum LetterUrgency {
    LETTER_NEEDED,      /* without it something fails */
    LETTER_RECOMMENDED, /* helps, but is not among the least that is needed */
    LETTER_BY_HAND      /* no record can be proposed: why and how say what is to be done */
} LetterUrgency;

typedef struct LetterTask {
    LetterUrgency urgency;
    char *object; /* the name it is about */
    char *type;   /* "TXT", "MX": what a check of it asks for */
    LetterChange *changes;
    size_t n_changes;
    char *standing;     /* without changes: the record to look at, or NULL */
    char *why;          /* sentences */
    char *how;          /* sentences, or NULL */
    char *effect;       /* "SPF: fail → pass": what was proven, or NULL */
    GPtrArray *swaps;   /* what is other in an SPF record than a term more, as sentences */
    GPtrArray *stays;   /* other TXT records at that name, which have to stay */
    uint64_t old_ttl_s; /* of what stands there; 0: nothing, or not known */
} LetterTask;

typedef struct Letter {
    char *domain;        /* NULL: the message has no single author domain, and there is no letter */
    char *zone;          /* organizational domain: names in forms are taken as relative to it */
    char *tenant;        /* or NULL */
    char *operator_name; /* or NULL */
    GArray *tasks;       /* LetterTask, in the order of the letter: by urgency */
    char *together; /* what all needed ones do when made at once; NULL when there is only one */
    bool open;      /* not everything could be checked */
    bool supposed;  /* DNS was partly made up (--dns-overlay): not to be sent */
} Letter;

Letter *letter_new(void);
void letter_free(Letter *letter);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Letter, letter_free)
/* An empty task of the letter, to be filled; valid until the next one is added. */
LetterTask *letter_add(Letter *letter, LetterUrgency urgency, const char *object, const char *type);
void letter_add_change(LetterTask *task, const char *action, const char *name, const char *type,
                       const char *value, const char *was);
/* by: what stands in the term's place, or "". */
void letter_add_swap(LetterTask *task, const char *term, const char *by, const char *why);
/* Whether a record with this text is one of those that the task adds, changes or removes. */
bool letter_changes(const LetterTask *task, const char *text);
/* Whether name is domain or lies below it. */
bool letter_is_below(const char *name, const char *domain);

/* letter_report.c: from a report document. In scope are names of the From domain's organisation,
 * less the operator's include and the domains of other tenants. */
Letter *letter_of_report(const xmlDoc *document, Language language);

/* The letter; lines end with LF. */
GString *letter_write(const Letter *letter, Language language);

#endif
