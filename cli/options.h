/* options.h - the command line of `mailassay analyze`, checked and in the program's own terms.
 *
 * Lifetime: Options owns everything in it.
 */
#ifndef MAILASSAY_CLI_OPTIONS_H
#define MAILASSAY_CLI_OPTIONS_H

#include "analyzer/message/source.h"
#include "cli/output.h"
#include "rules/catalogue.h"

typedef struct Options {
    char *mail_from, *client_ip, *helo, *receiver, *recipient; /* NULL: to be inferred */
    char *dns_server;
    char **dns_zones; /* NULL: ask live */
    char *dns_record;
    char *dns_overlay;
    char *baseline; /* report to compare with, %b as in -o; or NULL */
    bool no_dns;
    unsigned timeout_ms;
    char *profile;
    char *psl;
    char **block_lists; /* besides those of the profile, NULL-terminated; or NULL */
    SourceReading reading;
    bool has_now;
    int64_t now_s;
    Format format;  /* of standard output */
    bool to_stdout; /* false when only -o was asked for */
    Language language;
    bool colour;
    char **outputs; /* -o, NULL-terminated */
    Severity fail_on;
    bool never_fail; /* --fail-on never */
    unsigned min_score;
    uint64_t
        cause_units; /* what the search for the cause of a broken signature may spend (budget.h) */
    bool redact;
    char *redact_message; /* file for the redacted message, or NULL; redact is then set */
    char *reconstruct; /* directory for what was proven, or NULL */
    bool verbose;
    char **inputs; /* NULL-terminated, at least one */
} Options;

/* Takes the arguments after the command's name. NULL when the program is to end: with *status 0
 * after --help or
 * --version, or EXIT_BAD_USAGE after one line on stderr. */
Options *options_parse(int argc, char **argv, int *status);
/* The same for `mailassay compare`: exactly two inputs, format text or json, nothing that writes
 * files. */
Options *options_parse_pair(int argc, char **argv, int *status);
void options_free(Options *options);

/* For other commands too: seconds from 0.1 to 600; false when it is none. */
bool options_timeout(const char *text, unsigned *timeout_ms);

#endif
