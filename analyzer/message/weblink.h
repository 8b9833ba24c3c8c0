/* weblink.h - what kind of address a link or picture in a mail has, as far as its text tells.
 *
 * RFC 3986 read as browsers do (white space and controls around it gone, any case). Internal names
 * are those of RFC 6761, RFC 6762 and RFC 8375, single labels, and what offices use inside
 * (.local, .lan, .intranet ...); internal addresses those of RFC 6890. Pure text: nothing is asked.
 * Total and linear.
 */
#ifndef MAILASSAY_MESSAGE_WEBLINK_H
#define MAILASSAY_MESSAGE_WEBLINK_H

#include "analyzer/base/bytes.h"

typedef enum WebLinkFlag {
    WEBLINK_EMPTY = 1 << 0,    /* nothing, or "#" alone */
    WEBLINK_FRAGMENT = 1 << 1, /* "#there" */
    WEBLINK_RELATIVE = 1 << 2, /* no scheme: leads nowhere in a mail */
    WEBLINK_SCRIPT = 1 << 3,   /* javascript:, vbscript: */
    WEBLINK_DATA = 1 << 4,
    WEBLINK_CID = 1 << 5,
    WEBLINK_FILE = 1 << 6,         /* file:, a drive or a share */
    WEBLINK_WEB = 1 << 7,          /* http: or https: (or "//host") with a host */
    WEBLINK_PLAIN = 1 << 8,        /* http: */
    WEBLINK_ADDRESS = 1 << 9,      /* the host is an IP address that the internet knows */
    WEBLINK_INTERNAL = 1 << 10,    /* the host exists inside a network only */
    WEBLINK_CREDENTIALS = 1 << 11, /* user:password@host */
    WEBLINK_TEST_HOST = 1 << 12,   /* a label such as "staging" or "acc" before the domain */
    WEBLINK_TOKEN = 1 << 13,       /* a parameter that looks like a secret */
    WEBLINK_PLACEHOLDER = 1 << 14, /* an expression of a template that was not filled in */
    WEBLINK_SHORTENER = 1 << 15,
    WEBLINK_VECTOR = 1 << 16, /* the path ends in ".svg" */
} WebLinkFlag;

typedef struct WebLink {
    unsigned flags; /* WebLinkFlag bits */
    char *host;     /* lower case, without port and final dot; NULL unless WEBLINK_WEB */
} WebLink;

/* Of the address without entities ("&", not "&amp;"). host is owned. */
WebLink weblink_read(Span address);
void weblink_clear(WebLink *link);
/* A text that shows where a link leads ("https://..." or "www."): its host as in WebLink, owned;
 * NULL when it is no such text. */
char *weblink_shown_host(Span text);
/* Of one organization as far as names tell: equal, one below the other, or the same last two
 * labels. */
bool weblink_same_site(const char *a, const char *b);

#endif
