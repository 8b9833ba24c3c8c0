/* received_spf.h - "Received-SPF" (RFC 7208 §9.1): result and key=value pairs.
 *
 * Deviations, all lenient: unquoted values run to the next white space or ";", pairs need no ";"
 * between them, an envelope-from may stand in <>. Total and linear; of the value the first 64 KiB
 * are read (cfws.h).
 */
#ifndef MAILASSAY_MESSAGE_RECEIVED_SPF_H
#define MAILASSAY_MESSAGE_RECEIVED_SPF_H

#include "analyzer/base/bytes.h"

typedef struct ReceivedSpf {
    char *result; /* lower case, or NULL */
    char *comment;
    char *client_ip;
    char *envelope_from; /* "" is the null sender */
    char *helo;
    char *receiver;
    char *identity;
} ReceivedSpf;
ReceivedSpf *received_spf_parse(Span value);
void received_spf_free(ReceivedSpf *spf);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReceivedSpf, received_spf_free)

#endif
