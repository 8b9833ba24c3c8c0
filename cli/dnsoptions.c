#include "cli/dnsoptions.h"

#include "cli/exit.h"
#include "cli/options.h"

#include <stdio.h>

void dnsoptions_add(GOptionContext *context, DnsChoice *choice)
{
    const GOptionEntry entries[] = {{"dns-server", 0, 0, G_OPTION_ARG_STRING, &choice->server,
                                     "Ask this server instead of those of resolv.conf",
                                     "HOST[:PORT]"},
                                    {"timeout", 0, 0, G_OPTION_ARG_STRING, &choice->timeout,
                                     "Seconds for one question (default 5)", "SECONDS"},
                                    {"dns-zone", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &choice->zones,
                                     "Take answers from a zone file instead. Repeatable", "FILE"},
                                    {0}};
    g_option_context_add_main_entries(context, entries, NULL);
}

bool dnsoptions_check(DnsChoice *choice, GError **error)
{
    choice->timeout_ms = 5000;
    if (choice->timeout && !options_timeout(choice->timeout, &choice->timeout_ms)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "--timeout %s: give seconds from 0.1 to 600", choice->timeout);
        return false;
    }
    if (choice->server && choice->zones) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "--dns-server and --dns-zone exclude each other");
        return false;
    }
    return true;
}

Dns *dnsoptions_open(const DnsChoice *choice, int *status)
{
    g_autoptr(GError) error = NULL;
    DnsOptions live = {.server = choice->server, .timeout_ms = choice->timeout_ms};
    const char *const *zones = (const char *const *)choice->zones;
    Dns *dns = zones ? dns_new_zone(zones, g_strv_length(choice->zones), &error)
                     : dns_new_live(&live, &error);
    if (dns)
        return dns;
    bool missing = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
    *status = !zones ? EXIT_NO_SERVICE : missing ? EXIT_NO_INPUT : EXIT_BAD_DATA;
    fprintf(stderr, "mailassay: %s\n", error->message);
    return NULL;
}

void dnsoptions_clear(DnsChoice *choice)
{
    g_free(choice->server);
    g_strfreev(choice->zones);
    g_free(choice->timeout);
}
