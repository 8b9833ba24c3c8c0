/* exit.h - the exit statuses of the program, documented in mailassay(1): 0 and 1 are verdicts, the
 * others trouble. */
#ifndef MAILASSAY_CLI_EXIT_H
#define MAILASSAY_CLI_EXIT_H

enum {
    EXIT_CLEAN = 0, /* nothing at or above --fail-on, score at least --min-score */
    EXIT_FINDINGS = 1,
    EXIT_BAD_USAGE = 64, /* sysexits.h from here on */
    EXIT_BAD_DATA = 65,  /* an input is no message, or a zone file no zone */
    EXIT_NO_INPUT = 66,
    EXIT_NO_SERVICE = 69, /* no name server to ask */
    EXIT_BUG = 70,
    EXIT_IO = 74,
    EXIT_BAD_PROFILE = 78,
};

#endif
