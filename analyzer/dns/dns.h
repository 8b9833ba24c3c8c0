/* dns.h - the only door to DNS: questions, answers, cache, log, overlay.
 *
 * RFC 1035, 2308 (NODATA and NXDOMAIN), 6891 (EDNS). Answers come from a live server (c-ares
 * carries packets that ldns builds) or from a zone file (RFC 4592 lookup), never from both.
 *
 * Dns is shared and locked: transport, cache, counters. DnsSession belongs to one analysis and one
 * thread: it logs what that analysis asked, in the order asked, and lays an overlay of proposed
 * records over the answers. Lifetime: an answer is borrowed until its Dns (or, when it came from
 * the overlay, its session) is freed.
 *
 * Time: dns_prefetch() starts questions and returns at once; dns_ask() waits for one answer. What
 * is known to be needed together is prefetched together, so an analysis waits once per level of
 * dependency.
 */
#ifndef MAILASSAY_DNS_DNS_H
#define MAILASSAY_DNS_DNS_H

#include "analyzer/base/bytes.h"

typedef enum DnsType {
    DNS_A = 1,
    DNS_NS = 2,
    DNS_CNAME = 5,
    DNS_SOA = 6,
    DNS_PTR = 12,
    DNS_MX = 15,
    DNS_TXT = 16,
    DNS_AAAA = 28,
} DnsType;

typedef enum DnsStatus {
    DNS_OK,     /* at least one record of the type */
    DNS_NODATA, /* the name exists, the type does not */
    DNS_NXDOMAIN,
    DNS_SERVFAIL,
    DNS_REFUSED,
    DNS_OTHER_RCODE, /* FORMERR, NOTIMP ...: see detail */
    DNS_TIMEOUT,     /* no answer from any server in time */
    DNS_MALFORMED,   /* an answer that cannot be parsed, or a CNAME loop */
    DNS_NETWORK,     /* the question could not be sent */
    DNS_BAD_NAME,    /* not sent: no such name can exist in DNS (label over 63, name over 253, empty
                        label) */
} DnsStatus;

typedef struct DnsRecord {
    GBytes **strings; /* TXT: the character-strings, in order */
    size_t n_strings;
    char *text; /* TXT: strings joined, NUL-terminated (may hold NUL); names as in DnsAnswer.name
                   for MX/PTR/CNAME/NS; the address for A and AAAA; "mname rname serial ..." for SOA
                 */
    size_t text_n;
    uint16_t preference; /* MX; the null MX (RFC 7505) has text "." */
} DnsRecord;

typedef struct DnsAnswer {
    char *name; /* as asked: lower case, no final dot; what is not printable ASCII, and . \ " ; ( )
                   @ $ inside a label, as \DDD */
    DnsType type;
    DnsStatus status;
    const DnsRecord
        *records; /* of the asked type only, sorted in canonical order of their octets */
    size_t n;
    char **cnames;     /* targets of the CNAME chain in order, NULL-terminated; never NULL */
    uint32_t ttl_s;    /* smallest of the chain; 0 when there are no records */
    char *detail;      /* "" or one clause for people: the RCODE, what is malformed */
    bool wildcard;     /* zone files only: a link of the chain is synthesised from a wildcard */
    bool from_overlay; /* the overlay had a part in it */
} DnsAnswer;

/* True for the statuses where asking again later may give another answer. */
bool dns_status_is_temporary(DnsStatus status);
const char *dns_status_name(DnsStatus status); /* "ok", "nodata", "nxdomain", "servfail" ... */
const char *dns_type_name(DnsType type);
bool dns_type_parse(const char *text, DnsType *type);

typedef struct Dns Dns;

typedef struct DnsOptions {
    const char *server;      /* HOST or HOST:PORT or [v6]:PORT; NULL: as resolv.conf says */
    unsigned timeout_ms;     /* for one question, all tries together; 0: 5000 */
    const char *resolv_conf; /* NULL: /etc/resolv.conf */
} DnsOptions;

Dns *dns_new_live(const DnsOptions *options, GError **error);
/* Master files (RFC 1035 §5), several domains in one are fine, no SOA needed. Pragmas, one a line:
 *   ;!servfail NAME TYPE   ;!timeout NAME TYPE   ;!refused NAME TYPE   ;!malformed NAME TYPE
 * ;!nodata NAME TYPE with TYPE a type name or ANY (every type the file has no record of at that
 * name); a "quoted detail" may follow. Recordings use a few more, see zone.h. GError names the file
 * and line. */
Dns *dns_new_zone(const char *const *files, size_t n_files, GError **error);
/* From text in memory, for tests and simulations. `label` stands for the file name in errors. */
Dns *dns_new_zone_text(Span text, const char *label, GError **error);
/* A Dns that knows nothing: every question is a timeout. For --no-dns. */
Dns *dns_new_none(void);
void dns_free(Dns *dns);
const char *dns_source(const Dns *dns); /* for the report: "live", "zone" or "none" */
void dns_add_fault(Dns *dns, const char *name, const char *type,
                   DnsStatus status); /* zone only; as the pragma */

/* Counters since dns_new, for -v and benchmarks. */
typedef struct DnsStats {
    unsigned questions; /* sent (or looked up) */
    unsigned cache_hits;
    unsigned rounds; /* times somebody had to wait for the network; what was under way together
                        counts once */
} DnsStats;
DnsStats dns_stats(Dns *dns);

typedef struct DnsSession DnsSession;
DnsSession *dns_session_new(Dns *dns);
/* A session over what `parent` sees, its overlay included, for asking "what if": its questions are
 * not in the parent's log, but are in the parent's recording, so that a replay can simulate too.
 * The parent must outlive it. */
DnsSession *dns_session_simulate(DnsSession *parent);
/* Lays a zone-syntax text over every answer: an owner/type that stands in it replaces what DNS has;
 * a line
 * ";!remove NAME TYPE" takes records away. To be laid before the first question. False and GError
 * when it does not parse. */
bool dns_session_overlay(DnsSession *session, Span zone_text, GError **error);
void dns_session_free(DnsSession *session);

/* name: presentation form without escapes, any case, final dot optional. It is lower-cased, not
 * IDN-mapped. */
const DnsAnswer *dns_ask(DnsSession *session, const char *name, DnsType type);
/* Starts a question without waiting and without logging it: only what somebody then asks is in the
 * log. Harmless to call for something never asked later. */
void dns_prefetch(DnsSession *session, const char *name, DnsType type);

/* The log: each distinct question once, in the order first asked. */
size_t dns_session_count(const DnsSession *session);
const DnsAnswer *dns_session_answer(const DnsSession *session, size_t i);
/* What DNS said as a zone file that dns_new_zone replays to the same answers, field by field,
 * faults and CNAMEs included. What the overlay said is not in it: the overlay is an input of its
 * own, to be laid over the replay again. Owned. */
GString *dns_session_record(const DnsSession *session);

/* Names at or below `ancestor` that hold TXT, as far as the source can list them: a zone file can,
 * a live server cannot (then the list is empty). Sorted. Owned, NULL-terminated. */
char **dns_session_names_below(DnsSession *session, const char *ancestor);
/* The moment of the ";!recorded SECONDS" line that a recording begins with; false when there is
 * none. */
bool dns_recorded_at(const Dns *dns, int64_t *time_s);

/* "d.c.b.a.in-addr.arpa" or the nibble form under ip6.arpa; NULL when ip is no address. Owned. */
char *dns_reverse_name(const char *ip);

#endif
