/* Words that tell nothing of a message: what is not in these lists is masked. Each word has a space
 * on both sides. */
#include "reports/redact_internal.h"

#include <string.h>

/* Of mail and its protocols, where a word of them is expected. */
const char redact_protocol_words[] =
    /* methods and results, RFC 8601 and what is seen beside it */
    " spf dkim dmarc arc iprev auth sender-id domainkeys dkim-adsp dkim-atps bimi compauth none"
    " neutral pass bestguesspass fail hardfail softfail policy temperror permerror error discard"
    " nxdomain signed unknown invalid reject quarantine oreject pct.quarantine pct.reject action"
    " reason header.d header.i header.s header.b header.a header.from header.sender"
    " header.oldest-pass smtp.mailfrom smtp.helo smtp.rcptto smtp.remote-ip smtp.client-ip"
    " smtp.auth policy.iprev policy.dmarc arc.chain"
    /* tags */
    " v a b bh c cv d h i k l n p q r s t x z v= a= b= bh= c= cv= d= h= i= k= l= n= p= q= r= s= t="
    " x= z= 1 rsa-sha1 rsa-sha256 ed25519-sha256 rsa ed25519 sha1 sha256 simple relaxed"
    " simple/simple simple/relaxed relaxed/simple relaxed/relaxed dns/txt"
    /* protocols, RFC 3848 and what is seen beside it */
    " smtp esmtp esmtpa esmtps esmtpsa lmtp lmtpa lmtps lmtpsa utf8smtp utf8smtpa utf8smtps"
    " utf8smtpsa utf8lmtp asmtp smtps http https mapi local bsmtp nntp pop3 imap"
    /* MIME */
    " 7bit 8bit binary quoted-printable base64 x-uuencode uuencode inline attachment form-data"
    " utf-8 utf8 us-ascii ascii utf-7 utf-16 utf-16le utf-16be utf-32 gb2312 gbk gb18030 big5"
    " shift_jis euc-jp euc-kr koi8-r koi8-u macintosh text/plain text/html text/calendar text/csv"
    " text/xml text/rfc822-headers text/enriched text/x-amp-html multipart/mixed"
    " multipart/alternative multipart/related multipart/report multipart/signed"
    " multipart/encrypted multipart/digest multipart/form-data multipart/parallel"
    " multipart/appledouble message/rfc822 message/global message/delivery-status"
    " message/global-delivery-status message/disposition-notification message/feedback-report"
    " message/partial message/external-body application/octet-stream application/pdf"
    " application/json application/xml application/zip application/gzip application/x-gzip"
    " application/ics application/rtf application/msword application/vnd.ms-excel"
    " application/vnd.ms-powerpoint application/vnd.ms-outlook application/ms-tnef"
    " application/pkcs7-mime application/pkcs7-signature application/x-pkcs7-signature"
    " application/pgp-signature application/pgp-encrypted application/x-zip-compressed"
    " application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    " application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    " application/vnd.openxmlformats-officedocument.presentationml.presentation image/png"
    " image/jpeg image/jpg image/gif image/svg+xml image/bmp image/webp image/tiff image/x-icon"
    " image/heic audio/mpeg audio/wav audio/ogg video/mp4 video/mpeg video/quicktime"
    /* an argument without a value */
    " - ? 1.0"
    /* curves */
    " x25519 x448 p-256 p-384 p-521"
    " ";

const char redact_field_names[] =
    " from to cc bcc sender reply-to subject date message-id in-reply-to references comments"
    " keywords received return-path delivered-to envelope-to x-original-to x-envelope-from"
    " x-envelope-to errors-to mime-version content-type content-transfer-encoding"
    " content-disposition content-id content-description content-language content-location"
    " content-md5 content-class content-length dkim-signature domainkey-signature"
    " authentication-results received-spf arc-seal arc-message-signature"
    " arc-authentication-results resent-from resent-to resent-cc resent-bcc resent-sender"
    " resent-date resent-message-id list-id list-unsubscribe list-unsubscribe-post list-subscribe"
    " list-post list-help list-owner list-archive mailing-list precedence priority importance"
    " sensitivity auto-submitted feedback-id disposition-notification-to return-receipt-to"
    " return-receipt-from organization user-agent x-mailer x-priority x-msmail-priority x-mimeole"
    " x-auto-response-suppress x-originating-ip x-received x-forwarded-to x-forwarded-for"
    " x-gm-message-state x-google-smtp-source x-google-dkim-signature x-google-original-from"
    " x-original-from x-spam-status x-spam-flag x-spam-level x-spam-score x-spam-checker-version"
    " x-virus-scanned x-virus-status x-report-abuse x-report-abuse-to x-campaign-id"
    " x-csa-complaints x-loop x-beenthere x-mailman-version thread-topic thread-index"
    " accept-language x-ms-exchange-organization-scl x-ms-exchange-organization-authas"
    " x-ms-exchange-organization-authsource x-ms-has-attach x-ms-tnef-correlator"
    " x-forefront-antispam-report x-microsoft-antispam x-ses-outgoing original-recipient autocrypt"
    " tls-required require-recipient-valid-since bimi-selector bimi-location dkim2-signature"
    " status x-status x-uid x-keywords lines"
    " ";

/* In trace fields, around what they tell. */
const char redact_trace_words[] =
    " from by with for id via helo ehlo unknown port of domain as permitted sender designates"
    " designate does not is neither nor denied record sending ip protection client-ip"
    " envelope-from envelope-to receiver identity mechanism mailfrom problem authenticated"
    " unverified verified dis sp p bulk microsoft server postfix exim sendmail smtp.mailfrom mail"
    " test mode key verification succeeded failed unprotected message body hash signature verify"
    " did header.s header.b header.a header.d header.i"
    " ";

/* What the name of a protocol, cipher or curve is put together of, digits left out, and what is
 * said around it. In these letters only. */
const char redact_tls_words[] =
    " TLS TLSv SSLv ECDHE ECDH DHE EDH RSA PSS RSAE ECDSA AES ARIA CHACHA POLY GCM CBC CCM SHA"
    " MLKEM secp SecP prime EC CAMELLIA DES EDE ED ffdhe r v cipher version using with bits bit"
    " key exchange server signature digest client verified verify yes no OK not requested peer"
    " certificate present Client did CN"
    " ";

/* What a file's name may tell of it. */
const char redact_extensions[] =
    " pdf doc docx xls xlsx ppt pptx odt ods txt csv rtf htm html xml json ics vcf eml msg zip gz"
    " 7z rar png jpg jpeg gif bmp svg tif tiff webp heic mp3 mp4 wav p7s p7m asc dat"
    " ";

/* Top-level names that are in no public DNS. */
const char redact_private_tops[] =
    " local localdomain lan home internal corp intranet priv private workgroup"
    " ";

const char redact_html_elements[] =
    " html head body title meta link style script base p div span a img br hr b i u s em strong"
    " small big sub sup font center table tbody thead tfoot tr td th col colgroup caption ul ol li"
    " dl dt dd h1 h2 h3 h4 h5 h6 pre code blockquote address form input button label select option"
    " textarea section article header footer nav main figure figcaption video audio source svg"
    " path object embed iframe area map abbr cite q del ins tt noscript doctype"
    " ";

const char redact_html_attributes[] =
    " href src alt title style class id name width height align valign border cellpadding"
    " cellspacing bgcolor background color face size lang dir target rel type content charset"
    " http-equiv action method value colspan rowspan role xmlns cite for media hspace vspace link"
    " vlink nowrap html"
    " ";

bool redact_is_listed(const char *list, Span word)
{
    enum { MAX_WORD = 80 };
    if (word.n == 0 || word.n > MAX_WORD || span_find(word, ' ', 0) < word.n ||
        span_find(word, '\0', 0) < word.n)
        return false;
    g_autofree char *text = span_dup(word);
    g_autofree char *lower = g_ascii_strdown(text, -1);
    g_autofree char *spaced = g_strdup_printf(" %s ", list == redact_tls_words ? text : lower);
    return strstr(list, spaced) != NULL;
}
