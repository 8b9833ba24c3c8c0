/* keyfile.h - key files and their passwords on disk, in the environment and from the terminal.
 *
 * Secrets are freed with keypair_wipe(). A failure is a GError and the exit status that belongs to
 * it.
 */
#ifndef MAILASSAY_CLI_KEYFILE_H
#define MAILASSAY_CLI_KEYFILE_H

#include "analyzer/base/keypair.h"

/* Makes a file that nobody else can read. It never overwrites: what stands there stays. */
bool keyfile_create(const char *path, const char *pem, GError **error);
/* The first line of a file; it may not be empty, nor open to everybody on the system. */
char *keyfile_password(const char *path, int *status, GError **error);
/* The public key in a PEM file, private ones included. An encrypted one takes its password from the
 * file named (or NULL), else from MAILASSAY_PASSWORD, else from the terminal when there is one,
 * which is asked "prompt PATH: ". */
Pubkey *keyfile_load(const char *path, const char *password_file, const char *prompt, int *status,
                     GError **error);

#endif
