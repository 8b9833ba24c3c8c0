#include "analyzer/dns/wire.h"

#include "analyzer/base/own.h"
#include "analyzer/dns/packet.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

enum {
    DEFAULT_TIMEOUT_MS = 5000,
    UNDER_WAY_MAX = 64,
    RESENDS_MAX = 3, /* after something that is no response came with the right ID */
    ADDRESSES_MAX = 4,
    TRIES = 3,     /* per server; c-ares doubles the time of each */
    TRY_SHARE = 7, /* 1 + 2 + 4 */
};

typedef struct Question {
    Wire *wire;
    char *name;
    DnsType type;
    int64_t deadline_us;
    unsigned resends;
    bool edns;
    bool carried;   /* c-ares has it */
    bool delivered; /* ended before c-ares was done with it */
} Question;

struct Wire {
    WireDeliver deliver;
    void *arg;
    unsigned timeout_ms;
    GThread *thread;
    int wake; /* eventfd: look into the inbox */

    GMutex lock;  /* holds the next two */
    GQueue inbox; /* of Question, started by any thread */
    bool stopping;

    /* All below belongs to the thread. */
    ares_channel channel;
    GArray *sockets;    /* of struct pollfd, those of c-ares */
    GQueue waiting;     /* of Question, not sent yet */
    GQueue open;        /* of Question, not delivered yet, the earliest deadline first */
    unsigned under_way; /* given to c-ares and not delivered */
    bool without_edns;  /* a server did not understand it */
};

static void question_free(Question *question)
{
    g_free(question->name);
    g_free(question);
}

static int64_t now_us(void)
{
    return g_get_monotonic_time();
}

/* --- the thread --- */

static void finish(Question *question, GPtrArray *hops)
{
    Wire *wire = question->wire;
    wire->under_way -= question->carried ? 1 : 0;
    question->delivered = true;
    g_queue_remove(&wire->open, question);
    wire->deliver(wire->arg, hops);
}

static void finish_with(Question *question, DnsStatus status, const char *detail)
{
    GPtrArray *hops = g_ptr_array_new();
    g_ptr_array_add(hops, hop_new(question->name, question->type, status, detail));
    finish(question, hops);
}

static void finish_timeout(Question *question)
{
    g_autofree char *detail = g_strdup_printf("no answer within %u ms", question->wire->timeout_ms);
    finish_with(question, DNS_TIMEOUT, detail);
}

static void send_again(Question *question)
{
    Wire *wire = question->wire;
    wire->under_way--;
    question->carried = false;
    g_queue_push_head(&wire->waiting, question);
}

/* c-ares has compared ID, question and sender. It does not look at QR: what is no response is
 * either forged or a reflection, and the true answer may still come. */
static void take_answer(Question *question, const uint8_t *p, size_t n)
{
    if (!packet_is_response(p, n)) {
        if (question->resends++ < RESENDS_MAX) {
            send_again(question);
            return;
        }
        finish_with(question, DNS_MALFORMED, "the answer is not a response");
    } else if (packet_is_formerr(p, n) && question->edns) {
        question->wire->without_edns = true;
        send_again(question);
        return;
    } else {
        finish(question, packet_hops(p, n, question->name, question->type));
    }
    question_free(question);
}

static void carried_back(void *arg, int status, int timeouts, unsigned char *p, int n)
{
    (void)timeouts;
    Question *question = arg;
    if (question->delivered || status == ARES_EDESTRUCTION) {
        question_free(question);
        return;
    }
    if (status == ARES_SUCCESS) {
        take_answer(question, p, n > 0 ? (size_t)n : 0);
        return;
    }
    if (status == ARES_ETIMEOUT) {
        finish_timeout(question);
    } else {
        finish_with(question, DNS_NETWORK, ares_strerror(status));
    }
    question_free(question);
}

static void send_waiting(Wire *wire)
{
    while (wire->under_way < UNDER_WAY_MAX && !g_queue_is_empty(&wire->waiting)) {
        Question *question = g_queue_pop_head(&wire->waiting);
        question->edns = !wire->without_edns;
        question->carried = true;
        wire->under_way++;
        g_autoptr(GByteArray) packet =
            packet_question(question->name, question->type, question->edns);
        ares_send(wire->channel, packet->data, (int)packet->len, carried_back, question);
    }
}

/* A question that c-ares still carries is freed when it comes back. */
static void expire(Wire *wire)
{
    Question *question;
    while ((question = g_queue_peek_head(&wire->open)) && question->deadline_us <= now_us()) {
        finish_timeout(question);
        if (!question->carried) {
            g_queue_remove(&wire->waiting, question);
            question_free(question);
        }
    }
}

static void watch_socket(void *arg, ares_socket_t fd, int readable, int writable)
{
    Wire *wire = arg;
    struct pollfd watch = {fd, (short)((readable ? POLLIN : 0) | (writable ? POLLOUT : 0)), 0};
    for (guint i = 0; i < wire->sockets->len; i++) {
        if (g_array_index(wire->sockets, struct pollfd, i).fd == fd) {
            g_array_remove_index_fast(wire->sockets, i);
            break;
        }
    }
    if (watch.events) {
        g_array_append_val(wire->sockets, watch);
    }
}

/* Milliseconds to the next thing to do; -1 when nothing is open. */
static int patience_ms(Wire *wire)
{
    const Question *first = g_queue_peek_head(&wire->open);
    if (!first) {
        return -1;
    }
    int64_t left_ms = CLAMP((first->deadline_us - now_us() + 999) / 1000, 0, INT_MAX);
    struct timeval limit = {left_ms / 1000, left_ms % 1000 * 1000}, soonest;
    const struct timeval *next = ares_timeout(wire->channel, &limit, &soonest);
    return (int)(next->tv_sec * 1000 + (next->tv_usec + 999) / 1000);
}

static void wait_and_process(Wire *wire)
{
    /* A copy: processing opens and closes sockets. */
    g_autoptr(GArray) polled = g_array_copy(wire->sockets);
    struct pollfd inbox = {wire->wake, POLLIN, 0};
    g_array_append_val(polled, inbox);
    if (poll((struct pollfd *)(void *)polled->data, polled->len, patience_ms(wire)) < 0 &&
        errno != EINTR) {
        g_usleep(1000); /* out of memory: no reason to spin */
    }
    for (guint i = 0; i < polled->len; i++) {
        const struct pollfd *ready = &g_array_index(polled, struct pollfd, i);
        uint64_t count;
        if (ready->fd == wire->wake) {
            if (ready->revents && read(wire->wake, &count, sizeof count) < 0) {
                continue; /* taken already */
            }
        } else if (ready->revents) {
            bool in = ready->revents & (POLLIN | POLLERR | POLLHUP), out = ready->revents & POLLOUT;
            ares_process_fd(wire->channel, in ? ready->fd : ARES_SOCKET_BAD,
                            out ? ready->fd : ARES_SOCKET_BAD);
        }
    }
    ares_process_fd(wire->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD); /* its timeouts */
}

/* False when it is time to stop. */
static bool take_inbox(Wire *wire)
{
    g_mutex_lock(&wire->lock);
    Question *question;
    while ((question = g_queue_pop_head(&wire->inbox))) {
        g_queue_push_tail(&wire->waiting, question);
        g_queue_push_tail(&wire->open, question);
    }
    bool stopping = wire->stopping;
    g_mutex_unlock(&wire->lock);
    return !stopping;
}

static void *run(void *arg)
{
    Wire *wire = arg;
    while (take_inbox(wire)) {
        send_waiting(wire);
        wait_and_process(wire);
        expire(wire);
    }
    return NULL;
}

static void wake(Wire *wire)
{
    const uint64_t one = 1;
    /* It can only fail when the counter is full, and then the thread is awake. */
    if (write(wire->wake, &one, sizeof one) < 0) {
        return;
    }
}

/* --- setting up --- */

static void set_error(GError **error, const char *what, const char *why)
{
    g_set_error(error, g_quark_from_static_string("mailassay-dns"), 0, "%s: %s", what, why);
}

/* c-ares falls back to 127.0.0.1 in silence when resolv.conf names no server; the user would see
 * only timeouts. */
static bool has_nameserver(const char *path, GError **error)
{
    g_autofree char *text = NULL;
    g_autoptr(GError) cause = NULL;
    if (!g_file_get_contents(path, &text, NULL, &cause)) {
        set_error(error, cause->message, "name a DNS server in the options");
        return false;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", 0);
    for (size_t i = 0; lines[i]; i++) {
        g_auto(GStrv) words = g_strsplit_set(g_strstrip(lines[i]), " \t", 2);
        if (words[0] && words[1] && strcmp(words[0], "nameserver") == 0) {
            return true;
        }
    }
    set_error(error, path, "no nameserver in it; add one, or name a DNS server in the options");
    return false;
}

/* HOST, HOST:PORT, [v6], [v6]:PORT, and a bare v6 address, which has several colons. */
static bool split_server(const char *server, char **host, char **port)
{
    const char *colon = strrchr(server, ':');
    if (server[0] == '[') {
        const char *close = strchr(server, ']');
        if (!close || (close[1] != '\0' && close[1] != ':')) {
            return false;
        }
        *host = g_strndup(server + 1, (size_t)(close - server - 1));
        *port = g_strdup(close[1] == ':' ? close + 2 : "53");
    } else if (colon && strchr(server, ':') == colon) {
        *host = g_strndup(server, (size_t)(colon - server));
        *port = g_strdup(colon + 1);
    } else {
        *host = g_strdup(server);
        *port = g_strdup("53");
    }
    uint64_t number = 0;
    return **host && span_to_uint64(span_str(*port), 5, &number) && number > 0 &&
           number <= UINT16_MAX;
}

static bool set_server(Wire *wire, const char *server, GError **error)
{
    g_autofree char *host = NULL, *port = NULL;
    if (!split_server(server, &host, &port)) {
        set_error(error, server, "not a DNS server: HOST, HOST:PORT or [IPv6]:PORT");
        return false;
    }
    struct addrinfo hints = {.ai_socktype = SOCK_DGRAM, .ai_flags = AI_NUMERICSERV}, *found = NULL;
    int failure = getaddrinfo(host, port, &hints, &found);
    if (failure != 0) {
        set_error(error, server, gai_strerror(failure));
        return false;
    }
    /* All addresses of the host: "localhost" is ::1 first, and the server may be on 127.0.0.1. */
    struct ares_addr_port_node nodes[ADDRESSES_MAX] = {0};
    size_t n = 0;
    for (const struct addrinfo *a = found; a && n < ADDRESSES_MAX; a = a->ai_next, n++) {
        nodes[n].family = a->ai_family;
        nodes[n].udp_port = nodes[n].tcp_port = (int)g_ascii_strtoull(port, NULL, 10);
        if (a->ai_family == AF_INET) {
            const struct sockaddr_in *v4 = (const void *)a->ai_addr;
            memcpy(&nodes[n].addr.addr4, &v4->sin_addr, sizeof v4->sin_addr);
        } else {
            const struct sockaddr_in6 *v6 = (const void *)a->ai_addr;
            memcpy(&nodes[n].addr.addr6, &v6->sin6_addr, sizeof v6->sin6_addr);
        }
        if (n > 0) {
            nodes[n - 1].next = &nodes[n];
        }
    }
    freeaddrinfo(found);
    int status = ares_set_servers_ports(wire->channel, nodes);
    if (status != ARES_SUCCESS) {
        set_error(error, server, ares_strerror(status));
    }
    return status == ARES_SUCCESS;
}

static bool set_up_channel(Wire *wire, const DnsOptions *options, GError **error)
{
    const char *resolv_conf = options->resolv_conf ? options->resolv_conf : "/etc/resolv.conf";
    if (!options->server && !has_nameserver(resolv_conf, error)) {
        return false;
    }
    struct ares_options settings = {
        .flags = ARES_FLAG_NOCHECKRESP | ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES | ARES_FLAG_EDNS,
        .timeout = (int)MIN(MAX(wire->timeout_ms / TRY_SHARE, 1), INT_MAX),
        .tries = TRIES,
        .ednspsz = PACKET_EDNS_OCTETS,
        .sock_state_cb = watch_socket,
        .sock_state_cb_data = wire,
        .resolvconf_path = (char *)resolv_conf,
    };
    int status =
        ares_init_options(&wire->channel, &settings,
                          ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_EDNSPSZ |
                              ARES_OPT_SOCK_STATE_CB | ARES_OPT_RESOLVCONF);
    if (status != ARES_SUCCESS) {
        wire->channel = NULL;
        set_error(error, "DNS", ares_strerror(status));
        return false;
    }
    return !options->server || set_server(wire, options->server, error);
}

Wire *wire_new(const DnsOptions *options, WireDeliver deliver, void *arg, GError **error)
{
    Wire *wire = g_new0(Wire, 1);
    wire->deliver = deliver;
    wire->arg = arg;
    wire->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : DEFAULT_TIMEOUT_MS;
    wire->sockets = g_array_new(FALSE, FALSE, sizeof(struct pollfd));
    g_mutex_init(&wire->lock);
    wire->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (wire->wake < 0) {
        set_error(error, "DNS", g_strerror(errno));
        wire_free(wire);
        return NULL;
    }
    if (!set_up_channel(wire, options, error)) {
        wire_free(wire);
        return NULL;
    }
    wire->thread = g_thread_try_new("dns", run, wire, error);
    if (!wire->thread) {
        wire_free(wire);
        return NULL;
    }
    return wire;
}

void wire_start(Wire *wire, const char *name, DnsType type)
{
    Question *question = g_new0(Question, 1);
    question->wire = wire;
    question->name = g_strdup(name);
    question->type = type;
    question->deadline_us = now_us() + (int64_t)wire->timeout_ms * 1000;
    g_mutex_lock(&wire->lock);
    g_queue_push_tail(&wire->inbox, question);
    g_mutex_unlock(&wire->lock);
    wake(wire);
}

static void free_questions(GQueue *questions)
{
    Question *question;
    while ((question = g_queue_pop_head(questions))) {
        question_free(question);
    }
}

void wire_free(Wire *wire)
{
    if (!wire) {
        return;
    }
    if (wire->thread) {
        g_mutex_lock(&wire->lock);
        wire->stopping = true;
        g_mutex_unlock(&wire->lock);
        wake(wire);
        g_thread_join(wire->thread);
    }
    if (wire->channel) {
        ares_destroy(wire->channel); /* gives back the questions it carries, which are freed then */
    }
    free_questions(&wire->waiting);
    free_questions(&wire->inbox);
    g_queue_clear(&wire->open);
    g_array_unref(wire->sockets);
    if (wire->wake >= 0) {
        close(wire->wake);
    }
    g_mutex_clear(&wire->lock);
    g_free(wire);
}
