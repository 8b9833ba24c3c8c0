/* secretfile.h - reads a small file that may hold a secret: a key or a password.
 *
 * What is read is wiped where it is not handed out; the caller frees it with keypair_wipe().
 */
#ifndef MAILASSAY_BASE_SECRETFILE_H
#define MAILASSAY_BASE_SECRETFILE_H

#include <glib.h>
#include <stdbool.h>

enum { SECRETFILE_MAX_OCTETS = 64 << 10 };

/* All of it, NUL-terminated. NULL and GError (G_FILE_ERROR, its message the reason without the
 * path) when it cannot be read or is too large. *open_to_all: everybody on this system may use it;
 * that says nothing of pipes and devices. */
char *secretfile_read(const char *path, bool *open_to_all, GError **error);

#endif
