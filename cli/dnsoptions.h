/* dnsoptions.h - where answers come from, for the commands that work without a message:
 * --dns-server, --timeout,
 * --dns-zone.
 */
#ifndef MAILASSAY_CLI_DNSOPTIONS_H
#define MAILASSAY_CLI_DNSOPTIONS_H

#include "analyzer/dns/dns.h"

typedef struct DnsChoice {
    char *server;
    char **zones;  /* NULL: ask live */
    char *timeout; /* as given */
    unsigned timeout_ms;
} DnsChoice;

/* Adds the options; what they are set to is in `choice`, which must outlive the context. */
void dnsoptions_add(GOptionContext *context, DnsChoice *choice);
/* False and GError (G_OPTION_ERROR) when they cannot be meant. */
bool dnsoptions_check(DnsChoice *choice, GError **error);
/* NULL after one line on stderr, with *status the exit status. */
Dns *dnsoptions_open(const DnsChoice *choice, int *status);
void dnsoptions_clear(DnsChoice *choice);

#endif
