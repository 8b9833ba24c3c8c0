/* html.h - what the HTML parts of a message hold that mail programs act on, and how they stand to
 * the plain text beside them.
 *
 * Read as its editors write it (htmltags.h), not as a browser would repair it; comments are not
 * read, so what conditional comments hold for Outlook counts for nothing. Addresses rewritten by
 * link protection are read as they were (linkguard.h); those that a service keeps to itself are
 * passed over. Attachments and attached messages are not looked at. At most HTML_MAX_PARTS parts,
 * of each the text that mime.h decoded. Total and linear.
 *
 * Lifetime: Html owns everything in it.
 */
#ifndef MAILASSAY_MESSAGE_HTML_H
#define MAILASSAY_MESSAGE_HTML_H

#include "analyzer/message/mime.h"

enum { HTML_MAX_PARTS = 20, HTML_SAMPLE_OCTETS = 200 };

typedef enum HtmlTrait {
    HTML_SCRIPT,      /* a script element, data for search engines (JSON-LD) left out */
    HTML_HANDLER,     /* an event attribute: onclick= ... */
    HTML_SCRIPT_LINK, /* a link to javascript:, vbscript: or data: */
    HTML_FORM,
    HTML_EMBEDDED, /* iframe, frame, object, embed, applet */
    HTML_REFRESH,  /* a meta element that leads elsewhere */
    HTML_BASE,
    HTML_EXTERNAL_STYLE, /* a style sheet to be fetched; fonts left out */
    HTML_FILE_LINK,      /* a link or picture on a disk or share */
    HTML_RELATIVE_LINK,
    HTML_EMPTY_LINK,       /* href="" or "#" */
    HTML_PLAIN_LINK,       /* http: */
    HTML_TOKEN_LINK,       /* http: with what looks like a secret */
    HTML_ADDRESS_LINK,     /* to an IP address */
    HTML_INTERNAL_LINK,    /* link or picture on a host that exists inside a network only */
    HTML_CREDENTIAL_LINK,  /* user:password@ */
    HTML_TEST_LINK,        /* to a host named as a test environment */
    HTML_PLACEHOLDER_LINK, /* a template expression in a link or picture address */
    HTML_OTHER_DOMAIN,     /* the text shows an address of another site than the link leads to */
    HTML_SHORTENER,
    HTML_CID_MISSING, /* a picture of a part that is not there */
    HTML_DATA_IMAGE,
    HTML_RELATIVE_IMAGE,
    HTML_VECTOR_IMAGE, /* SVG */
    HTML_IMAGE_WITHOUT_ALT,
    HTML_TRAITS
} HtmlTrait;

typedef struct HtmlFound {
    size_t count;
    char *sample; /* the first: an address, or a tag; raw, at most HTML_SAMPLE_OCTETS; NULL when
                     count is 0 */
    char *shown;  /* HTML_OTHER_DOMAIN: the host that the text shows; else NULL */
} HtmlFound;

typedef struct HtmlPart {
    size_t part;                         /* index into Mime.parts */
    size_t links, images, remote_images; /* remote: to be fetched from the web */
    size_t letters;        /* letters and digits that are shown, those of alt= left out */
    size_t alt_letters;    /* of alt= */
    size_t hidden_letters; /* see htmltext.h */
    char *visible;         /* the text that is shown; see htmltext.h */
    char *meta_charset;    /* that it names itself, lower case; or NULL */
    bool complete;         /* all of it was looked at: neither its text nor its tags were cut */
} HtmlPart;

/* A plain text beside an HTML text, in one multipart/alternative. */
typedef struct HtmlAlternative {
    bool exists;
    size_t text, html; /* indices into Mime.parts */
    bool text_last;    /* the plain text stands behind the HTML: programs show the last they can */
    size_t text_letters, html_letters;
    bool asks_for_html;      /* the plain text is short and only says that HTML is needed */
    bool comparable;         /* both are complete and have words enough */
    unsigned shared_percent; /* of the words of the plain text that the HTML has as well */
} HtmlAlternative;

typedef struct Html {
    HtmlPart *parts;
    size_t n;
    HtmlFound found[HTML_TRAITS]; /* over all of them */
    HtmlAlternative alternative;  /* the first */
} Html;

/* Never NULL. mime is not needed any more afterwards. */
Html *html_read(const Mime *mime);
void html_free(Html *html);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Html, html_free)
const char *html_trait_name(HtmlTrait trait); /* kebab-case */

#endif
