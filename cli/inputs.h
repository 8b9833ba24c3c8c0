/* inputs.h - what the file operands stand for: messages, one after the other. */
#ifndef MAILASSAY_CLI_INPUTS_H
#define MAILASSAY_CLI_INPUTS_H

#include <glib.h>
#include <stdbool.h>

/* Replaces each directory by its regular files (and those in cur/ and new/ of a Maildir), sorted by
 * name, names with a leading dot left out. Owned, NULL-terminated. An operand that gives nothing is
 * reported: one line on stderr and *status set to EXIT_NO_INPUT; the others still come. */
char **inputs_expand(char *const *operands, int *status);

#endif
