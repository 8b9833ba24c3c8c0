/* Live DNS against a name server that misbehaves on request: the first label of a question says
 * how.
 *
 * The server is a thread on a loopback port, UDP and TCP. What it forges says "forged", the true
 * answer says "true". */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/dns/dns.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { TIMEOUT_MS = 1200, LATENCY_MS = 20 };

typedef struct Late { /* an answer kept back */
    int64_t due_us;
    struct sockaddr_in to;
    GByteArray *packet;
} Late;

typedef struct Responder {
    int udp, tcp, stranger; /* the last sends from another address */
    int stop[2];
    uint16_t port;
    GThread *thread;
    GQueue late;
    GHashTable *seen; /* name -> how often asked by UDP */
} Responder;

typedef struct Query {
    const uint8_t *p;
    size_t n;
    size_t question_end;
    char name[256]; /* with dots */
    unsigned type;
    bool edns;
} Query;

static bool query_parse(Query *query, const uint8_t *p, size_t n)
{
    size_t at = 12, out = 0;
    while (at < n && p[at] != 0) {
        size_t label = p[at++];
        if (label > 63 || at + label + 5 > n) {
            return false;
        }
        memcpy(query->name + out, p + at, label);
        at += label;
        out += label;
        query->name[out++] = '.';
    }
    query->name[out > 0 ? out - 1 : 0] = '\0';
    if (at + 5 > n) {
        return false;
    }
    query->p = p;
    query->n = n;
    query->type = (unsigned)(p[at + 1] << 8 | p[at + 2]);
    query->question_end = at + 5;
    query->edns = p[11] == 1;
    return true;
}

static void put16(GByteArray *out, unsigned value)
{
    uint8_t octets[2] = {(uint8_t)(value >> 8), (uint8_t)value};
    g_byte_array_append(out, octets, 2);
}

static void put_name(GByteArray *out, const char *name)
{
    g_auto(GStrv) labels = g_strsplit(name, ".", 0);
    for (size_t i = 0; labels[i]; i++) {
        uint8_t n = (uint8_t)strlen(labels[i]);
        g_byte_array_append(out, &n, 1);
        g_byte_array_append(out, (const uint8_t *)labels[i], n);
    }
    g_byte_array_append(out, (const uint8_t *)"", 1);
}

/* Header and question of an answer, RD and RA set. */
static GByteArray *answer_new(const Query *query, unsigned rcode)
{
    GByteArray *out = g_byte_array_new();
    g_byte_array_append(out, query->p, (guint)query->question_end);
    out->data[2] = 0x81;
    out->data[3] = (uint8_t)(0x80 | rcode);
    memset(out->data + 6, 0, 6);
    return out;
}

/* Name, type, class, TTL; then length and data are to follow. section: 0 answer, 1 authority, 2
 * additional. */
static void put_head(GByteArray *out, const char *owner, unsigned type, unsigned class,
                     uint32_t ttl_s, size_t section)
{
    if (owner) {
        put_name(out, owner);
    } else {
        put16(out, 0xc00c); /* the question's name */
    }
    put16(out, type);
    put16(out, class);
    put16(out, ttl_s >> 16);
    put16(out, ttl_s & 0xffff);
    out->data[7 + 2 * section]++;
}

static void put_txt(GByteArray *out, const char *owner, const char *text)
{
    uint8_t n = (uint8_t)strlen(text);
    put_head(out, owner, DNS_TXT, 1, 60, 0);
    put16(out, n + 1u);
    g_byte_array_append(out, &n, 1);
    g_byte_array_append(out, (const uint8_t *)text, n);
}

static void put_pointing(GByteArray *out, const char *owner, unsigned type, const char *target,
                         uint32_t ttl_s, size_t section)
{
    put_head(out, owner, type, 1, ttl_s, section);
    g_autoptr(GByteArray) name = g_byte_array_new();
    put_name(name, target);
    put16(out, name->len);
    g_byte_array_append(out, name->data, name->len);
}

static GByteArray *truth(const Query *query)
{
    GByteArray *out = answer_new(query, 0);
    put_txt(out, NULL, "true");
    return out;
}

static GByteArray *forgery(const Query *query)
{
    GByteArray *out = answer_new(query, 0);
    put_txt(out, NULL, "forged");
    return out;
}

static void send_udp(int fd, const struct sockaddr_in *to, GByteArray *packet)
{
    if (sendto(fd, packet->data, packet->len, 0, (const struct sockaddr *)to, sizeof *to) < 0) {
        fprintf(stderr, "responder: %s\n", strerror(errno));
    }
    g_byte_array_unref(packet);
}

static bool is(const Query *query, const char *behaviour)
{
    size_t n = strlen(behaviour);
    return strncmp(query->name, behaviour, n) == 0 &&
           (query->name[n] == '.' || query->name[n] == '\0');
}

/* Forgeries sent ahead of the truth. */
static void send_forged(Responder *r, const Query *query, unsigned times,
                        const struct sockaddr_in *to)
{
    GByteArray *packet = forgery(query);
    int fd = r->udp;
    if (is(query, "wrong-id")) {
        packet->data[1] ^= 1;
    } else if (is(query, "wrong-question")) {
        packet->data[13] ^= 1;
    } else if (is(query, "wrong-type")) {
        packet->data[query->question_end - 3] ^= 1;
    } else if ((is(query, "query-back") && times == 1) || is(query, "echo")) {
        packet->data[2] &= 0x7f;
    } else if (is(query, "wrong-opcode") && times == 1) {
        packet->data[2] |= 0x28;
    } else if (is(query, "garbage")) {
        memset(packet->data + 2, 0xa5, packet->len - 2);
    } else if (is(query, "short")) {
        g_byte_array_set_size(packet, 7);
    } else if (is(query, "stranger")) {
        fd = r->stranger;
    } else {
        g_byte_array_unref(packet);
        return;
    }
    send_udp(fd, to, packet);
}

/* Answers that are the server's own, but not the plain truth; NULL: the plain truth. */
static GByteArray *odd_answer(const Query *query)
{
    GByteArray *out = answer_new(query, 0);
    if (is(query, "servfail")) {
        out->data[3] |= 2;
    } else if (is(query, "refused")) {
        out->data[3] |= 5;
    } else if (is(query, "notimp")) {
        out->data[3] |= 4;
    } else if (is(query, "nxdomain")) {
        out->data[3] |= 3;
    } else if (is(query, "always-formerr") || (is(query, "formerr") && query->edns)) {
        out->data[3] |= 1;
    } else if (is(query, "badvers")) {
        put_head(out, "", 41, 1232, 1u << 24, 2);
        put16(out, 0);
    } else if (is(query, "referral")) {
        out->data[3] = 0;
        put_pointing(out, "test", DNS_NS, "ns.test", 60, 1);
    } else if (is(query, "nodata")) {
        put_pointing(out, "test", DNS_NS, "ns.test", 60, 1);
    } else if (is(query, "cut")) {
        put_txt(out, NULL, "cut");
        g_byte_array_set_size(out, out->len - 2);
    } else if (is(query, "string-too-long")) {
        put_txt(out, NULL, "abc");
        out->data[out->len - 4] = 9;
    } else if (is(query, "pointer-loop")) {
        put_txt(out, NULL, "x");
        out->data[query->question_end + 1] = (uint8_t)query->question_end;
    } else if (is(query, "alias")) {
        put_pointing(out, NULL, DNS_CNAME, "Plain.test", 30, 0);
    } else if (is(query, "whole-chain")) {
        put_txt(out, "end.test", "true");
        put_pointing(out, "middle.test", DNS_CNAME, "end.test", 20, 0);
        put_pointing(out, NULL, DNS_CNAME, "MIDDLE.test", 30, 0);
        put_txt(out, "unasked.test", "forged");
    } else if (is(query, "alias-to-nothing")) {
        put_pointing(out, NULL, DNS_CNAME, "nothing.test", 30, 0);
        out->data[3] |= 3;
    } else if (is(query, "circle")) {
        put_pointing(out, NULL, DNS_CNAME, "circle2.test", 30, 0);
        put_pointing(out, "circle2.test", DNS_CNAME, "circle.test", 30, 0);
    } else if (g_str_has_prefix(query->name, "endless-")) {
        g_autofree char *next = g_strdup_printf(
            "endless-%d.test", (int)g_ascii_strtoull(query->name + 8, NULL, 10) + 1);
        put_pointing(out, NULL, DNS_CNAME, next, 30, 0);
    } else if (is(query, "twice")) {
        put_txt(out, NULL, "b");
        put_txt(out, NULL, "a");
        put_txt(out, NULL, "b");
    } else if (is(query, "mail")) {
        put_head(out, NULL, DNS_MX, 1, 0x80000000u, 0);
        put16(out, 7);
        put16(out, 10);
        g_byte_array_append(out, (const uint8_t *)"\2MX\xc0\x0c", 5);
    } else {
        g_byte_array_unref(out);
        return NULL;
    }
    return out;
}

static void answer_udp(Responder *r, const Query *query, const struct sockaddr_in *to)
{
    unsigned times = GPOINTER_TO_UINT(g_hash_table_lookup(r->seen, query->name)) + 1;
    g_hash_table_insert(r->seen, g_strdup(query->name), GUINT_TO_POINTER(times));
    send_forged(r, query, times, to);
    if (is(query, "silent") || is(query, "echo") || (is(query, "second-try") && times == 1)) {
        return;
    }
    GByteArray *packet = odd_answer(query);
    packet = packet ? packet : truth(query);
    if (is(query, "truncated")) {
        g_byte_array_unref(packet);
        packet = forgery(query);
        packet->data[2] |= 2;
    }
    if (!strstr(query->name, ".late.")) {
        send_udp(r->udp, to, packet);
        return;
    }
    Late *late = g_new(Late, 1);
    *late = (Late){g_get_monotonic_time() + LATENCY_MS * 1000, *to, packet};
    g_queue_push_tail(&r->late, late);
}

static void serve_tcp(Responder *r)
{
    int fd = accept(r->tcp, NULL, NULL);
    uint8_t buffer[2 + 600];
    ssize_t n = fd < 0 ? -1 : recv(fd, buffer, sizeof buffer, 0);
    Query query;
    if (n > 14 && query_parse(&query, buffer + 2, (size_t)n - 2)) {
        GByteArray *packet = truth(&query), *framed = g_byte_array_new();
        put16(framed, packet->len);
        g_byte_array_append(framed, packet->data, packet->len);
        if (send(fd, framed->data, framed->len, MSG_NOSIGNAL) < 0) {
            fprintf(stderr, "responder: %s\n", strerror(errno));
        }
        g_byte_array_unref(packet);
        g_byte_array_unref(framed);
        recv(fd, buffer, sizeof buffer, 0); /* until the client closes */
    }
    if (fd >= 0) {
        close(fd);
    }
}

/* Sends what is due; returns the milliseconds to the next. */
static int send_late(Responder *r)
{
    Late *late;
    while ((late = g_queue_peek_head(&r->late))) {
        int64_t left_us = late->due_us - g_get_monotonic_time();
        if (left_us > 0) {
            return (int)(left_us / 1000 + 1);
        }
        send_udp(r->udp, &late->to, late->packet);
        g_free(g_queue_pop_head(&r->late));
    }
    return -1;
}

static void *serve(void *arg)
{
    Responder *r = arg;
    struct pollfd fds[] = {{r->udp, POLLIN, 0}, {r->tcp, POLLIN, 0}, {r->stop[0], POLLIN, 0}};
    while (!fds[2].revents) {
        poll(fds, G_N_ELEMENTS(fds), send_late(r));
        uint8_t buffer[600];
        struct sockaddr_in from;
        socklen_t size = sizeof from;
        Query query;
        if (fds[0].revents) {
            ssize_t n = recvfrom(r->udp, buffer, sizeof buffer, 0, (struct sockaddr *)&from, &size);
            if (n > 12 && query_parse(&query, buffer, (size_t)n)) {
                answer_udp(r, &query, &from);
            }
        }
        if (fds[1].revents) {
            serve_tcp(r);
        }
    }
    return NULL;
}

static int bound_socket(int kind, const char *address, uint16_t *port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons(*port)};
    socklen_t size = sizeof at;
    inet_pton(AF_INET, address, &at.sin_addr);
    int fd = socket(AF_INET, kind | SOCK_CLOEXEC, 0);
    if (bind(fd, (struct sockaddr *)&at, size) != 0) {
        close(fd);
        return -1;
    }
    getsockname(fd, (struct sockaddr *)&at, &size);
    *port = ntohs(at.sin_port);
    return fd;
}

static void responder_start(Responder *r)
{
    *r = (Responder){.tcp = -1};
    for (int tries = 0; tries < 20 && r->tcp < 0; tries++) { /* one port for both */
        r->port = 0;
        r->udp = bound_socket(SOCK_DGRAM, "127.0.0.1", &r->port);
        r->tcp = bound_socket(SOCK_STREAM, "127.0.0.1", &r->port);
    }
    assert_true(r->tcp >= 0);
    listen(r->tcp, 4);
    r->stranger = bound_socket(SOCK_DGRAM, "127.0.0.2", &r->port);
    assert_true(r->stranger >= 0);
    assert_int_equal(pipe(r->stop), 0);
    r->seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    r->thread = g_thread_new("responder", serve, r);
}

static void responder_stop(Responder *r)
{
    assert_int_equal(write(r->stop[1], "x", 1), 1);
    g_thread_join(r->thread);
    Late *late;
    while ((late = g_queue_pop_head(&r->late))) {
        g_byte_array_unref(late->packet);
        g_free(late);
    }
    g_hash_table_unref(r->seen);
    int fds[] = {r->udp, r->tcp, r->stranger, r->stop[0], r->stop[1]};
    for (size_t i = 0; i < G_N_ELEMENTS(fds); i++) {
        close(fds[i]);
    }
}

/* --- tests --- */

typedef struct Fixture {
    Responder responder;
    Dns *dns;
    DnsSession *session;
} Fixture;

static Dns *connect_to(uint16_t port, unsigned timeout_ms)
{
    g_autofree char *server = g_strdup_printf("127.0.0.1:%u", port);
    GError *error = NULL;
    Dns *dns = dns_new_live(&(DnsOptions){.server = server, .timeout_ms = timeout_ms}, &error);
    if (!dns) {
        print_error("%s\n", error->message);
    }
    assert_non_null(dns);
    return dns;
}

static int set_up(void **state)
{
    Fixture *f = g_new0(Fixture, 1);
    responder_start(&f->responder);
    f->dns = connect_to(f->responder.port, TIMEOUT_MS);
    f->session = dns_session_new(f->dns);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    dns_session_free(f->session);
    dns_free(f->dns);
    responder_stop(&f->responder);
    g_free(f);
    return 0;
}

static void expect(Fixture *f, const char *name, DnsType type, DnsStatus status, const char *detail,
                   const char *text)
{
    const DnsAnswer *answer = dns_ask(f->session, name, type);
    if (answer->status != status || strcmp(answer->detail, detail) != 0) {
        print_error("%s: %s (%s)\n", name, dns_status_name(answer->status), answer->detail);
    }
    assert_int_equal(answer->status, status);
    assert_string_equal(answer->detail, detail);
    assert_int_equal(answer->n > 0, text != NULL);
    if (text) {
        assert_string_equal(answer->records[0].text, text);
    }
}

static void test_forgeries(void **state)
{
    static const char *const names[] = {"plain.test",      "wrong-id.test",   "wrong-question.test",
                                        "wrong-type.test", "query-back.test", "garbage.test",
                                        "short.test",      "stranger.test",   "wrong-opcode.test",
                                        "second-try.test"};
    Fixture *f = *state;
    assert_string_equal(dns_source(f->dns), "live");
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        expect(f, names[i], DNS_TXT, DNS_OK, "", "true");
    }
    expect(f, "echo.test", DNS_TXT, DNS_MALFORMED, "the answer is not a response", NULL);
}

static void test_statuses(void **state)
{
    Fixture *f = *state;
    expect(f, "nxdomain.test", DNS_TXT, DNS_NXDOMAIN, "", NULL);
    expect(f, "nodata.test", DNS_TXT, DNS_NODATA, "", NULL);
    expect(f, "plain.test", DNS_A, DNS_NODATA, "", NULL);
    expect(f, "servfail.test", DNS_TXT, DNS_SERVFAIL, "the server answered SERVFAIL", NULL);
    expect(f, "refused.test", DNS_TXT, DNS_REFUSED, "the server answered REFUSED", NULL);
    expect(f, "notimp.test", DNS_TXT, DNS_OTHER_RCODE, "the server answered NOTIMPL", NULL);
    expect(f, "badvers.test", DNS_TXT, DNS_OTHER_RCODE, "the server answered RCODE 16", NULL);
    expect(f, "referral.test", DNS_TXT, DNS_OTHER_RCODE, "the server does not resolve for others",
           NULL);
    expect(f, "cut.test", DNS_TXT, DNS_MALFORMED, "the answer is not a DNS message", NULL);
    expect(f, "string-too-long.test", DNS_TXT, DNS_MALFORMED, "the answer is not a DNS message",
           NULL);
    expect(f, "pointer-loop.test", DNS_TXT, DNS_MALFORMED, "the answer is not a DNS message", NULL);
    expect(f, "a..test", DNS_TXT, DNS_BAD_NAME,
           "a label is empty or longer than 63 octets, or the name longer than 253", NULL);
    int64_t start = g_get_monotonic_time();
    expect(f, "silent.test", DNS_TXT, DNS_TIMEOUT, "no answer within 1200 ms", NULL);
    assert_in_range(g_get_monotonic_time() - start, (TIMEOUT_MS - 100) * 1000,
                    (TIMEOUT_MS + 2000) * 1000);
}

static void test_fallbacks(void **state)
{
    Fixture *f = *state;
    expect(f, "truncated.test", DNS_TXT, DNS_OK, "", "true");
    /* Several at once: c-ares itself falls back for the first of them only. */
    static const char *const names[] = {"formerr.a.test", "formerr.b.test", "formerr.c.test"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        dns_prefetch(f->session, names[i], DNS_TXT);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        expect(f, names[i], DNS_TXT, DNS_OK, "", "true");
    }
    expect(f, "formerr.d.test", DNS_TXT, DNS_OK, "", "true");
    expect(f, "always-formerr.test", DNS_TXT, DNS_OTHER_RCODE, "the server answered FORMERR", NULL);
    expect(f, "always-formerr.b.test", DNS_TXT, DNS_OTHER_RCODE, "the server answered FORMERR",
           NULL);
    expect(f, "truncated.b.test", DNS_TXT, DNS_OK, "", "true");
}

static void test_answers(void **state)
{
    Fixture *f = *state;
    const DnsAnswer *answer = dns_ask(f->session, "twice.test", DNS_TXT);
    assert_int_equal(answer->n, 2);
    assert_string_equal(answer->records[0].text, "a");
    answer = dns_ask(f->session, "Mail.test", DNS_MX);
    assert_int_equal(answer->n, 1);
    assert_string_equal(answer->records[0].text,
                        "mx.mail.test"); /* compressed, upper case on the wire */
    assert_int_equal(answer->records[0].preference, 10);
    assert_int_equal(answer->ttl_s, 0); /* RFC 2181 §8: the top bit set is zero */

    expect(f, "alias.test", DNS_TXT, DNS_OK, "", "true");
    answer = dns_ask(f->session, "alias.test", DNS_TXT);
    assert_string_equal(answer->cnames[0], "plain.test");
    assert_int_equal(answer->ttl_s, 30);
    expect(f, "whole-chain.test", DNS_TXT, DNS_OK, "", "true");
    answer = dns_ask(f->session, "whole-chain.test", DNS_TXT);
    assert_string_equal(answer->cnames[1], "end.test");
    assert_int_equal(answer->ttl_s, 20);
    unsigned before = dns_stats(f->dns).questions;
    expect(f, "end.test", DNS_TXT, DNS_OK, "", "true"); /* known from the chain */
    assert_int_equal(dns_stats(f->dns).questions, before);
    expect(f, "unasked.test", DNS_TXT, DNS_OK, "",
           "true"); /* asked: what nobody asked for is not believed */
    expect(f, "alias-to-nothing.test", DNS_TXT, DNS_NXDOMAIN, "", NULL);
    expect(f, "circle.test", DNS_TXT, DNS_MALFORMED, "the CNAMEs lead in a circle", NULL);
    expect(f, "endless-0.test", DNS_TXT, DNS_MALFORMED, "more than 10 CNAMEs in a row", NULL);
    dns_ask(f->session, "nxdomain.test", DNS_MX);
    dns_ask(f->session, "servfail.test", DNS_MX);

    /* And all of it again from the recording. */
    GString *record = dns_session_record(f->session);
    Dns *replay = dns_new_zone_text(span_of(record->str, record->len), "recording", NULL);
    assert_non_null(replay);
    DnsSession *session = dns_session_new(replay);
    for (size_t i = 0; i < dns_session_count(f->session); i++) {
        const DnsAnswer *was = dns_session_answer(f->session, i);
        const DnsAnswer *now = dns_ask(session, was->name, was->type);
        assert_int_equal(now->status, was->status);
        assert_int_equal(now->ttl_s, was->ttl_s);
        assert_int_equal(now->n, was->n);
        assert_string_equal(now->detail, was->detail);
        assert_int_equal(g_strv_length(now->cnames), g_strv_length(was->cnames));
    }
    dns_session_free(session);
    dns_free(replay);
    g_string_free(record, TRUE);
}

/* 200 answers that each take 20 ms: what is prefetched together arrives together. */
static void test_together(void **state)
{
    Fixture *f = *state;
    int64_t start = g_get_monotonic_time();
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 200; i++) {
            g_autofree char *name = g_strdup_printf("plain.late.n%d.test", i);
            if (round == 0) {
                dns_prefetch(f->session, name, DNS_TXT);
            } else {
                expect(f, name, DNS_TXT, DNS_OK, "", "true");
            }
        }
    }
    int64_t taken_ms = (g_get_monotonic_time() - start) / 1000;
    DnsStats stats = dns_stats(f->dns);
    print_message("200 lookups, 20 ms each: %d ms, %u waits\n", (int)taken_ms, stats.rounds);
    assert_in_range(taken_ms, LATENCY_MS, 200 * LATENCY_MS / 4);
    assert_int_equal(stats.questions, 200);
    assert_int_equal(stats.rounds, 1);
}

/* A dead server costs the time of one question, not of each. */
static void test_dead(void **state)
{
    Fixture *f = *state;
    int64_t start = g_get_monotonic_time();
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 200; i++) {
            g_autofree char *name = g_strdup_printf("silent.n%d.test", i);
            if (round == 0) {
                dns_prefetch(f->session, name, DNS_TXT);
            } else {
                expect(f, name, DNS_TXT, DNS_TIMEOUT, "no answer within 1200 ms", NULL);
            }
        }
    }
    assert_in_range(g_get_monotonic_time() - start, (TIMEOUT_MS - 100) * 1000,
                    (TIMEOUT_MS + 2000) * 1000);
    dns_prefetch(f->session, "silent.one-more.test",
                 DNS_TXT); /* and dns_free does not wait for it */
}

static void test_no_server(void **state)
{
    (void)state;
    uint16_t port = 0;
    int fd = bound_socket(SOCK_DGRAM, "127.0.0.1", &port);
    close(fd); /* nobody listens there now */
    Dns *dns = connect_to(port, 5000);
    DnsSession *session = dns_session_new(dns);
    int64_t start = g_get_monotonic_time();
    assert_int_equal(dns_ask(session, "plain.test", DNS_TXT)->status, DNS_NETWORK);
    assert_in_range(g_get_monotonic_time() - start, 0, 2000 * 1000);
    dns_session_free(session);
    dns_free(dns);
}

/* A name may have an address where nobody answers before the one where the server is. */
static void test_server_by_name(void **state)
{
    Fixture *f = *state;
    g_autofree char *server = g_strdup_printf("localhost:%u", f->responder.port);
    Dns *dns = dns_new_live(&(DnsOptions){.server = server, .timeout_ms = 3000}, NULL);
    assert_non_null(dns);
    DnsSession *session = dns_session_new(dns);
    assert_int_equal(dns_ask(session, "plain.test", DNS_TXT)->status, DNS_OK);
    dns_session_free(session);
    dns_free(dns);
}

static void expect_refused_options(const DnsOptions *options, const char *message)
{
    GError *error = NULL;
    assert_null(dns_new_live(options, &error));
    assert_string_equal(error->message, message);
    g_error_free(error);
}

static void test_options(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",     ":53",     "192.0.2.1:",  "192.0.2.1:0", "192.0.2.1:65536",
        "[::1", "[::1]53", "192.0.2.1:x", "[]:53"};
    static const char *const good[] = {"192.0.2.1", "192.0.2.1:5353", "[2001:db8::1]:5353",
                                       "[2001:db8::1]", "2001:db8::1"};
    for (size_t i = 0; i < G_N_ELEMENTS(bad); i++) {
        g_autofree char *message =
            g_strconcat(bad[i], ": not a DNS server: HOST, HOST:PORT or [IPv6]:PORT", NULL);
        expect_refused_options(&(DnsOptions){.server = bad[i]}, message);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(good); i++) {
        Dns *dns = dns_new_live(&(DnsOptions){.server = good[i]}, NULL);
        assert_non_null(dns);
        dns_free(dns);
    }
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("resolv-XXXXXX", &path, NULL);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "# empty\nsearch test\n", 20), 20);
    g_autofree char *message = g_strconcat(
        path, ": no nameserver in it; add one, or name a DNS server in the options", NULL);
    expect_refused_options(&(DnsOptions){.resolv_conf = path}, message);
    assert_int_equal(write(fd, "nameserver 192.0.2.1\n", 21), 21);
    Dns *dns = dns_new_live(&(DnsOptions){.resolv_conf = path}, NULL);
    assert_non_null(dns);
    dns_free(dns);
    close(fd);
    unlink(path);
}

static void *ask_all(void *arg)
{
    DnsSession *session = dns_session_new(arg);
    for (int i = 0; i < 50; i++) {
        g_autofree char *name = g_strdup_printf("alias.late.n%d.test", i);
        dns_prefetch(session, name, DNS_TXT);
    }
    size_t good = 0;
    for (int i = 0; i < 50; i++) {
        g_autofree char *name = g_strdup_printf("alias.late.n%d.test", i);
        good += dns_ask(session, name, DNS_TXT)->status == DNS_OK;
    }
    dns_session_free(session);
    return GSIZE_TO_POINTER(good);
}

static void test_threads(void **state)
{
    Fixture *f = *state;
    GThread *threads[4];
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        threads[i] = g_thread_new("asker", ask_all, f->dns);
    }
    for (size_t i = 0; i < G_N_ELEMENTS(threads); i++) {
        assert_int_equal(GPOINTER_TO_SIZE(g_thread_join(threads[i])), 50);
    }
    assert_int_equal(dns_stats(f->dns).questions, 51); /* each once, and where all of them lead */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_forgeries, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_statuses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_fallbacks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_answers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_dead, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_threads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_server_by_name, set_up, tear_down),
        cmocka_unit_test(test_no_server),
        cmocka_unit_test(test_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
