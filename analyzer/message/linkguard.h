/* linkguard.h - addresses rewritten by link protection and click tracking, back to what they were.
 *
 * Known services are read by their own rules (Microsoft Safe Links; Proofpoint URL Defense v1, v2,
 * v3; Cisco Secure Email; Barracuda, Symantec, Sophos, Trend Micro, Trellix, Bitdefender, Check
 * Point and others); any other address that carries another one in a parameter or in its path,
 * percent-encoded or in base64, is read as well. Pure text: nothing is fetched.
 */
#ifndef MAILASSAY_MESSAGE_LINKGUARD_H
#define MAILASSAY_MESSAGE_LINKGUARD_H

#include "analyzer/base/bytes.h"

enum { LINKGUARD_MAX_URL = 16384 };

/* The address within `url` (which has "&", not "&amp;"), appended to out. False: it carries none.
 * *product: who rewrote it, static; "redirect" when no known service did. */
bool linkguard_undo(Span url, GString *out, const char **product);
/* A service that keeps the address to itself; NULL: not known as one. Static. */
const char *linkguard_opaque(Span url);
/* The host of an http, https or mailto address, without port; empty when there is none. */
Span linkguard_host(Span url);

#endif
