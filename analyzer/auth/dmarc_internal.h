/* dmarc_internal.h - what the files of the DMARC module share; nobody else includes it. */
#ifndef MAILASSAY_AUTH_DMARC_INTERNAL_H
#define MAILASSAY_AUTH_DMARC_INTERNAL_H

#include "analyzer/auth/dmarc.h"

/* dmarc_walk.c */
/* Asks for the record at _dmarc.<domain>; several records are no record (RFC 9989 §4.10 step 2). */
void dmarc_query_ask(DmarcQuery *query, const char *domain, DnsSession *dns);
void dmarc_query_clear(DmarcQuery *query);
/* DNS did not say whether there is a record. */
bool dmarc_answer_is_open(const DnsAnswer *answer);

/* dmarc_report.c */
/* Fills check->external for the record that applies (RFC 9990 §4). */
void dmarc_find_external(DmarcCheck *check, const DmarcRecord *record, DnsSession *dns);

#endif
