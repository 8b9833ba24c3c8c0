/* The same zone text through NSD and from the file must give the same answers: NSD is the judge of
 * RFC 4592 here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/dns/dns.h"

#include <arpa/inet.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { READY_TRIES = 100, READY_STEP_US = 50 * 1000 };

static const char zone_text[] = "$ORIGIN example.test.\n"
                                "$TTL 1h\n"
                                "@ SOA ns hostmaster 1 2h 3m 4w 60\n"
                                "@ NS ns\n"
                                "@ NS ns.other.test.\n"
                                "@ 77 MX 20 mail2\n"
                                "@ 77 MX 10 mail1\n"
                                "@ TXT \"v=spf1 -all\"\n"
                                "@ TXT \"another\" \"in two\"\n"
                                "ns A 192.0.2.53\n"
                                "mail1 A 192.0.2.10\n"
                                "mail1 A 192.0.2.9\n"
                                "mail1 AAAA 2001:DB8::10\n"
                                "MAIL2 A 192.0.2.20\n"
                                "null MX 0 .\n"
                                "10 PTR mail1\n"
                                "sel._domainkey TXT \"v=DKIM1\\059 p=\" \"\" \"octets "
                                "\\000\\010\\127\\200\\255 \\\"quoted\\\" \\\\\"\n"
                                "empty TXT \"\"\n"
                                "*.wild TXT \"wild\"\n"
                                "*.wild MX 5 mail1\n"
                                "here.wild A 192.0.2.30\n"
                                "below.ent.wild A 192.0.2.31\n"
                                "*.calias CNAME www\n"
                                "www CNAME www2\n"
                                "www2 300 CNAME mail1\n"
                                "out CNAME target.other.test.\n"
                                "dangling CNAME nowhere\n"
                                "circle1 CNAME circle2\n"
                                "circle2 CNAME circle1\n"
                                "spf TYPE99 \\# 12 0b763d73706631202d616c6c\n"
                                "caa CAA 0 issue \"ca.test\"\n"
                                "od\\100\\195\\169\\032\\(x TXT odd\n"
                                "a.b.c.d.e.deep A 192.0.2.40\n";

static const char other_text[] = "$ORIGIN other.test.\n"
                                 "@ 60 SOA ns.example.test. hostmaster.example.test. 1 2 3 4 5\n"
                                 "@ 60 NS ns.example.test.\n"
                                 "target 60 TXT \"at the other end\"\n"
                                 "target 60 A 198.51.100.1\n";

static const char *const names[] = {"",
                                    "ns",
                                    "mail1",
                                    "MAIL2",
                                    "null",
                                    "10",
                                    "sel._domainkey",
                                    "_domainkey",
                                    "empty",
                                    "x.wild",
                                    "y.x.wild",
                                    "wild",
                                    "*.wild",
                                    "here.wild",
                                    "ent.wild",
                                    "x.ent.wild",
                                    "below.ent.wild",
                                    "x.here.wild",
                                    "z.calias",
                                    "www",
                                    "www2",
                                    "out",
                                    "dangling",
                                    "circle1",
                                    "spf",
                                    "caa",
                                    "long",
                                    "nowhere",
                                    "ODD\xc3\xa9 (x",
                                    "deep",
                                    "c.d.e.deep",
                                    "x.c.d.e.deep",
                                    "a.b.c.d.e.deep",
                                    "x.mail1"};

static const DnsType types[] = {DNS_A,   DNS_NS, DNS_CNAME, DNS_SOA,
                                DNS_PTR, DNS_MX, DNS_TXT,   DNS_AAAA};

typedef struct Fixture {
    char *folder;
    pid_t pid;
    uint16_t port;
    GString *zone; /* of example.test */
    Dns *live, *offline;
} Fixture;

static void write_file(const char *folder, const char *name, const char *text)
{
    g_autofree char *path = g_build_filename(folder, name, NULL);
    assert_true(g_file_set_contents(path, text, -1, NULL));
}

static uint16_t free_port(void)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, size), 0);
    getsockname(fd, (struct sockaddr *)&at, &size);
    close(fd);
    return ntohs(at.sin_port);
}

static Dns *connect_to(uint16_t port, unsigned timeout_ms)
{
    g_autofree char *server = g_strdup_printf("127.0.0.1:%u", port);
    Dns *dns = dns_new_live(&(DnsOptions){.server = server, .timeout_ms = timeout_ms}, NULL);
    assert_non_null(dns);
    return dns;
}

static bool is_ready(uint16_t port)
{
    Dns *dns = connect_to(port, 500);
    DnsSession *session = dns_session_new(dns);
    bool ready = dns_ask(session, "example.test", DNS_SOA)->status == DNS_OK;
    dns_session_free(session);
    dns_free(dns);
    return ready;
}

static void start_nsd(Fixture *f, const char *nsd)
{
    g_autofree char *configuration = g_strdup_printf(
        "server:\n  ip-address: 127.0.0.1@%u\n  username: \"\"\n  chroot: \"\"\n  database: \"\"\n"
        "  zonesdir: \"%s\"\n  pidfile: \"\"\n  xfrdfile: \"%s/xfrd\"\n  zonelistfile: "
        "\"%s/list\"\n"
        "  logfile: \"%s/log\"\n  server-count: 1\nremote-control:\n  control-enable: no\n"
        "zone:\n  name: example.test\n  zonefile: example.zone\nzone:\n  name: other.test\n  "
        "zonefile: other.zone\n",
        f->port, f->folder, f->folder, f->folder, f->folder);
    write_file(f->folder, "nsd.conf", configuration);
    write_file(f->folder, "example.zone", f->zone->str);
    write_file(f->folder, "other.zone", other_text);
    g_autofree char *path = g_build_filename(f->folder, "nsd.conf", NULL);
    f->pid = fork();
    assert_true(f->pid >= 0);
    if (f->pid == 0) {
        execl(nsd, nsd, "-d", "-c", path, (char *)NULL);
        _exit(127);
    }
}

/* NULL zone: no NSD here. */
static int set_up(void **state)
{
    Fixture *f = g_new0(Fixture, 1);
    *state = f;
    g_autofree char *nsd = g_find_program_in_path("nsd");
    if (!nsd && access("/usr/sbin/nsd", X_OK) == 0) {
        nsd = g_strdup("/usr/sbin/nsd");
    }
    if (!nsd) {
        return 0;
    }
    f->zone = g_string_new(zone_text);
    g_string_append(f->zone, "long TXT");
    for (int i = 0; i < 250; i++) { /* 63 750 octets: only TCP takes them */
        g_autofree char *filler = g_strnfill(250, (char)('a' + i % 26));
        g_string_append_printf(f->zone, " \"%s %03d\"", filler, i);
    }
    g_string_append_c(f->zone, '\n');
    f->folder = g_dir_make_tmp("mailassay-nsd-XXXXXX", NULL);
    f->port = free_port();
    start_nsd(f, nsd);
    int tries = 0;
    while (!is_ready(f->port)) {
        assert_true(++tries < READY_TRIES);
        g_usleep(READY_STEP_US);
    }
    g_autofree char *both = g_strconcat(f->zone->str, other_text, NULL);
    f->live = connect_to(f->port, 5000);
    f->offline = dns_new_zone_text(span_str(both), "both", NULL);
    assert_non_null(f->offline);
    return 0;
}

static int tear_down(void **state)
{
    Fixture *f = *state;
    dns_free(f->live);
    dns_free(f->offline);
    if (f->pid > 0) {
        kill(f->pid, SIGTERM);
        waitpid(f->pid, NULL, 0);
    }
    if (f->zone) {
        g_string_free(f->zone, TRUE);
        static const char *const files[] = {"nsd.conf", "example.zone", "other.zone",
                                            "log",      "list",         "xfrd"};
        for (size_t i = 0; i < G_N_ELEMENTS(files); i++) {
            g_autofree char *path = g_build_filename(f->folder, files[i], NULL);
            unlink(path);
        }
        rmdir(f->folder);
    }
    g_free(f->folder);
    g_free(f);
    return 0;
}

static bool require_nsd(const Fixture *f)
{
    if (!f->zone) {
        print_message("nsd is not installed: zone lookup is not compared with it\n");
        skip();
    }
    return f->zone;
}

static void assert_same_record(const DnsRecord *a, const DnsRecord *b)
{
    assert_int_equal(a->text_n, b->text_n);
    assert_memory_equal(a->text, b->text, a->text_n);
    assert_int_equal(a->preference, b->preference);
    assert_int_equal(a->n_strings, b->n_strings);
    for (size_t i = 0; i < a->n_strings; i++) {
        assert_true(g_bytes_equal(a->strings[i], b->strings[i]));
    }
}

static void assert_same_answer(const DnsAnswer *a, const DnsAnswer *b)
{
    if (a->status != b->status || a->ttl_s != b->ttl_s || a->n != b->n) {
        print_error("%s %s: %s %u (%s), %s %u (%s)\n", a->name, dns_type_name(a->type),
                    dns_status_name(a->status), a->ttl_s, a->detail, dns_status_name(b->status),
                    b->ttl_s, b->detail);
    }
    assert_string_equal(a->name, b->name);
    assert_int_equal(a->status, b->status);
    assert_int_equal(a->ttl_s, b->ttl_s);
    assert_string_equal(a->detail, b->detail);
    assert_int_equal(a->n, b->n);
    for (size_t i = 0; a->cnames[i] || b->cnames[i]; i++) {
        assert_string_equal(a->cnames[i], b->cnames[i]);
    }
    for (size_t i = 0; i < a->n; i++) {
        assert_same_record(&a->records[i], &b->records[i]);
    }
}

static char *full_name(size_t i)
{
    return g_strconcat(names[i], *names[i] ? ".example.test" : "example.test", NULL);
}

static void test_same_answers(void **state)
{
    Fixture *f = *state;
    if (!require_nsd(f)) {
        return;
    }
    DnsSession *live = dns_session_new(f->live), *offline = dns_session_new(f->offline);
    for (size_t i = 0; i < G_N_ELEMENTS(names) * G_N_ELEMENTS(types); i++) {
        g_autofree char *name = full_name(i / G_N_ELEMENTS(types));
        dns_prefetch(live, name, types[i % G_N_ELEMENTS(types)]);
    }
    size_t records = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(names) * G_N_ELEMENTS(types); i++) {
        g_autofree char *name = full_name(i / G_N_ELEMENTS(types));
        DnsType type = types[i % G_N_ELEMENTS(types)];
        const DnsAnswer *answer = dns_ask(live, name, type);
        assert_same_answer(answer, dns_ask(offline, name, type));
        records += answer->n;
    }
    assert_int_equal(dns_ask(live, "long.example.test", DNS_TXT)->records[0].n_strings, 250);
    assert_int_equal(dns_ask(live, "out.example.test", DNS_TXT)->status, DNS_OK);
    assert_int_equal(dns_ask(live, "odd\xc3\xa9 (x.example.test", DNS_TXT)->status, DNS_OK);
    print_message("%zu questions, %zu records\n", dns_session_count(live), records);
    dns_session_free(live);
    dns_session_free(offline);
}

/* What was live yesterday is a file today. */
static void test_same_recording(void **state)
{
    Fixture *f = *state;
    if (!require_nsd(f)) {
        return;
    }
    DnsSession *live = dns_session_new(f->live);
    for (size_t i = 0; i < G_N_ELEMENTS(names) * G_N_ELEMENTS(types); i++) {
        g_autofree char *name = full_name(i / G_N_ELEMENTS(types));
        dns_ask(live, name, types[i % G_N_ELEMENTS(types)]);
    }
    GString *record = dns_session_record(live);
    Dns *replay = dns_new_zone_text(span_of(record->str, record->len), "recording", NULL);
    assert_non_null(replay);
    DnsSession *again = dns_session_new(replay);
    for (size_t i = 0; i < G_N_ELEMENTS(names) * G_N_ELEMENTS(types); i++) {
        g_autofree char *name = full_name(i / G_N_ELEMENTS(types));
        DnsType type = types[i % G_N_ELEMENTS(types)];
        assert_same_answer(dns_ask(live, name, type), dns_ask(again, name, type));
    }
    GString *second = dns_session_record(again);
    assert_string_equal(second->str, record->str);
    g_string_free(second, TRUE);
    g_string_free(record, TRUE);
    dns_session_free(again);
    dns_free(replay);
    dns_session_free(live);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_same_answers),
                                       cmocka_unit_test(test_same_recording)};
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
