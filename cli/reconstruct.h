/* reconstruct.h - what was proven, as files that anybody can check with sha256sum and openssl.
 *
 * For signature N (0 is the topmost): sigN.header and sigN.body are the canonical octets as signed;
 * sigN.b is the value of b=, sigN.pem the public key, sigN.digest (Ed25519 only) what that
 * signature covers; sigN.header.diff and sigN.body.diff show the change. A side that was neither
 * proven nor verifies gets no file.
 */
#ifndef MAILASSAY_CLI_RECONSTRUCT_H
#define MAILASSAY_CLI_RECONSTRUCT_H

#include "analyzer/evidence.h"

/* Makes the directory when it is not there. GError names the file that could not be written. */
bool reconstruct_write(const char *directory, const Evidence *evidence, GError **error);

#endif
