/* conformance DIR... - runs conformance suites (cases.jsonl, eml/, zones/) and says what differs.
 *
 * A DIR is a suite (it has cases.jsonl) or a folder of suites. Exit status 0 when every case holds.
 */
#include "analyzer/evidence.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MIME_MAX_MS = 2000, MIME_MAX_KIB = 256 * 1024, MIME_HANG_S = 60 };

G_DEFINE_AUTOPTR_CLEANUP_FUNC(json_t, json_decref)

typedef struct Case {
    const char *id, *kind, *dir;
    json_t *json, *input, *expect;
    GString *faults; /* "key: expected ..., got ..." lines; empty when the case holds */
} Case;

/* What a case is run on. */
typedef struct Stage {
    Source *source;
    Dns *dns;
    DnsSession *session;
    int64_t now_s;
} Stage;

typedef struct Tally {
    unsigned passed, failed, apart;
} Tally;

static const char *text_of(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void fault(Case *c, const char *key, const json_t *expected, const char *got)
{
    g_autofree char *words = expected ? json_dumps(expected, JSON_ENCODE_ANY | JSON_COMPACT) : NULL;
    g_string_append_printf(c->faults, "    %s: expected %s, got %s\n", key, words ? words : "-",
                           got ? got : "null");
}

static bool value_matches(const json_t *expected, const char *got)
{
    if (json_is_null(expected))
        return !got;
    if (json_is_string(expected))
        return got && g_str_equal(json_string_value(expected), got);
    size_t i;
    json_t *item;
    json_array_foreach (expected, i, item)
        if (value_matches(item, got))
            return true;
    return false;
}

/* expected: one word, null, or a list of acceptable words; absent means not asked. */
static void want(Case *c, const json_t *object, const char *key, const char *got)
{
    const json_t *expected = json_object_get(object, key);
    if (expected && !value_matches(expected, got))
        fault(c, key, expected, got);
}

static void want_bool(Case *c, const char *key, bool got)
{
    const json_t *expected = json_object_get(c->expect, key);
    if (json_is_boolean(expected) && json_is_true(expected) != got)
        fault(c, key, expected, got ? "true" : "false");
}

/* ---- setting the stage ---- */

static void stage_clear(Stage *stage)
{
    dns_session_free(stage->session);
    dns_free(stage->dns);
    source_free(stage->source);
    *stage = (Stage){0};
}

static bool stage_faults(const Case *c, Dns *dns)
{
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(c->json, "dns_faults"), i, item) {
        const char *name = text_of(item, "name"), *type = text_of(item, "type");
        const char *word = text_of(item, "fault");
        if (!name || !type || !word)
            return false;
        dns_add_fault(dns, name, type, g_str_equal(word, "timeout") ? DNS_TIMEOUT : DNS_SERVFAIL);
    }
    return true;
}

static bool stage_dns(Case *c, Stage *stage)
{
    const char *zone = text_of(c->json, "zone");
    if (!zone) {
        stage->dns = dns_new_none();
    } else {
        g_autofree char *path = g_build_filename(c->dir, zone, NULL);
        const char *files[] = {path};
        g_autoptr(GError) error = NULL;
        stage->dns = dns_new_zone(files, 1, &error);
        if (!stage->dns) {
            fault(c, "zone", json_object_get(c->json, "zone"), error->message);
            return false;
        }
        if (!stage_faults(c, stage->dns)) {
            fault(c, "dns_faults", json_object_get(c->json, "dns_faults"), "unreadable");
            return false;
        }
    }
    stage->session = dns_session_new(stage->dns);
    return true;
}

static bool stage_message(Case *c, Stage *stage)
{
    const char *eml = text_of(c->json, "eml");
    if (!eml)
        return true;
    g_autofree char *path = g_build_filename(c->dir, eml, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL; /* not source_load(): a case may be an empty file */
    size_t n = 0;
    if (!g_file_get_contents(path, &text, &n, &error)) {
        fault(c, "eml", json_object_get(c->json, "eml"), error->message);
        return false;
    }
    g_autoptr(GBytes) octets = g_bytes_new_take(text, n);
    const char *eol = text_of(c->json, "eol");
    bool crlf = !eol || g_str_equal(eol, "crlf");
    stage->source = source_new(octets, crlf ? SOURCE_AS_STORED : SOURCE_LF_IS_CRLF);
    return true;
}

static bool stage_init(Case *c, Stage *stage)
{
    *stage = (Stage){.now_s = json_integer_value(json_object_get(c->input, "now"))};
    if (stage_dns(c, stage) && stage_message(c, stage))
        return true;
    stage_clear(stage);
    return false;
}

/* ---- one function per kind ---- */

static void run_spf(Case *c, Stage *stage)
{
    SpfInput input = {
        .ip = text_of(c->input, "ip"),
        .helo = text_of(c->input, "helo"),
        .mail_from = text_of(c->input, "mail_from"),
        .receiver = text_of(c->input, "receiver"),
        .now_s = stage->now_s,
    };
    SpfCheck *check = spf_check(SPF_MAIL_FROM, &input, stage->session);
    const char *key = json_object_get(c->expect, "rfc7208") ? "rfc7208" : "spf";
    want(c, c->expect, key, spf_result_name(check->result));
    want(c, c->expect, "explanation", check->explanation);
    spf_check_free(check);
}

static void run_dkim(Case *c, Stage *stage)
{
    DkimCheck *check = dkim_check(stage->source, stage->session, stage->now_s);
    want(c, c->expect, "dkim", dkim_result_name(check->result));
    size_t i;
    json_t *item;
    json_array_foreach (json_object_get(c->expect, "signatures"), i, item) {
        if (i >= check->n) {
            fault(c, "signatures", item, "no such signature");
            break;
        }
        const DkimSignature *signature = &check->signatures[i];
        want(c, item, "result", dkim_result_name(signature->result));
        want(c, item, "crypto", signature->crypto_pass ? "pass" : "fail");
    }
    dkim_check_free(check);
}

static void run_arc(Case *c, Stage *stage)
{
    ArcChain *chain = arc_check(stage->source, stage->session, stage->now_s);
    want(c, c->expect, "arc", arc_result_name(chain->result));
    arc_free(chain);
}

/* The field's value, whether the case gives the name too or not. */
static Span header_value(const Case *c, const char *name)
{
    Span header = span_str(text_of(c->input, "header"));
    g_autofree char *prefix = g_strconcat(name, ":", NULL);
    return span_starts_nocase(header, prefix) ? span_from(header, strlen(prefix)) : header;
}

static json_t *authres_json(const AuthRes *authres)
{
    if (!authres->valid)
        return json_pack("{s:b}", "error", 1);
    json_t *results = json_array();
    for (size_t i = 0; i < authres->n_results; i++) {
        const AuthResult *r = &authres->results[i];
        json_t *properties = json_array();
        for (size_t j = 0; j < r->n_properties; j++)
            json_array_append_new(
                properties, json_pack("[s,s?]", r->properties[j].name, r->properties[j].value));
        json_t *result = json_pack("{s:s?,s:s?,s:o}", "method", r->method, "result", r->result,
                                   "properties", properties);
        if (r->reason)
            json_object_set_new(result, "reason", json_string(r->reason));
        json_array_append_new(results, result);
    }
    json_t *json = json_pack("{s:s?,s:o}", "authserv_id", authres->authserv_id, "results", results);
    if (authres->version)
        json_object_set_new(json, "version", json_string(authres->version));
    return json;
}

/* Every key of `expected` stands in `got` with that value; lists have the same length. */
static bool json_covers(const json_t *got, const json_t *expected)
{
    if (json_is_array(expected)) {
        if (json_array_size(got) != json_array_size(expected))
            return false;
        for (size_t i = 0; i < json_array_size(expected); i++)
            if (!json_covers(json_array_get(got, i), json_array_get(expected, i)))
                return false;
        return true;
    }
    if (!json_is_object(expected))
        return json_equal(got, expected);
    const char *key;
    json_t *value;
    json_object_foreach ((json_t *)(uintptr_t)expected, key, value)
        if (!g_str_equal(key, "differs") && !json_covers(json_object_get(got, key), value))
            return false;
    return true;
}

static void run_authres(Case *c, Stage *stage)
{
    (void)stage;
    AuthRes *authres = authres_parse(header_value(c, "Authentication-Results"));
    g_autoptr(json_t) got = authres_json(authres);
    bool good = json_covers(got, c->expect);
    const char *key;
    json_t *reading;
    json_object_foreach (json_object_get(c->expect, "differs"), key, reading)
        good = good || json_covers(got, reading);
    if (!good) {
        g_autofree char *text = json_dumps(got, JSON_COMPACT);
        fault(c, "field", c->expect, text);
    }
    authres_free(authres);
}

static void run_received(Case *c, Stage *stage)
{
    (void)stage;
    Received *received = received_parse(header_value(c, "Received"));
    const json_t *relay = json_object_get(c->expect, "relay");
    if (!json_is_false(relay)) {
        want(c, c->expect, "helo", received->helo);
        want(c, c->expect, "rdns", received->rdns);
        want(c, c->expect, "ip", received->ip);
        want(c, c->expect, "by", received->by);
        want(c, c->expect, "with", received->with);
        want(c, c->expect, "id", received->id);
        want(c, c->expect, "envfrom", received->envelope_from);
        want(c, c->expect, "tls", received->tls);
        want(c, c->expect, "date", received->date);
    }
    received_free(received);
}

static void run_psl(Case *c, Stage *stage)
{
    (void)stage;
    g_autofree char *name = domain_normal(span_str(text_of(c->input, "domain")));
    g_autofree char *got = name ? domain_organizational_psl(psl_builtin(), name) : NULL;
    want(c, c->expect, "organizational_domain", got);
}

/* The From value of a DMARC case: its first domain, and whether DMARC can be judged by it. */
static DmarcAuthor author_of(const char *header_from, char **domain)
{
    bool refused = false;
    AddressList list = mime_parse_addresses(span_str(header_from), &refused);
    DmarcAuthor author = DMARC_AUTHOR_MISSING;
    *domain = NULL;
    for (size_t i = 0; i < list.n; i++) {
        if (!list.items[i].domain)
            continue;
        if (!*domain) {
            *domain = g_strdup(list.items[i].domain);
            author = DMARC_AUTHOR_ONE;
        } else if (!domain_equal(*domain, list.items[i].domain)) {
            author = DMARC_AUTHOR_SEVERAL;
        }
    }
    address_list_clear(&list);
    return author;
}

static void add_identifiers(GArray *identifiers, const json_t *list, bool is_dkim)
{
    size_t i;
    json_t *item;
    json_array_foreach (list, i, item) {
        const char *result = text_of(item, "result");
        char *domain = domain_normal(span_str(text_of(item, "domain")));
        if (!domain)
            continue;
        DmarcIdentifier identifier = {
            .domain = domain,
            .is_dkim = is_dkim,
            .passed = g_strcmp0(result, "pass") == 0,
            .temporary = g_strcmp0(result, "temperror") == 0,
        };
        g_array_append_val(identifiers, identifier);
    }
}

static void want_queries(Case *c, const DmarcWalk *walk)
{
    const json_t *expected = json_object_get(c->expect, "queries");
    if (!expected)
        return;
    g_autoptr(json_t) got = json_array();
    for (size_t i = 0; walk && i < walk->n; i++)
        json_array_append_new(got, json_sprintf("_dmarc.%s", walk->queries[i].domain));
    if (!json_equal(got, expected)) {
        g_autofree char *text = json_dumps(got, JSON_COMPACT);
        fault(c, "queries", expected, text);
    }
}

static void want_dmarc(Case *c, const DmarcCheck *check)
{
    const DmarcVerdict *verdict = &check->rfc9989;
    const DmarcRecord *record = verdict->record;
    want(c, c->expect, "dmarc", dmarc_result_name(verdict->result));
    want(c, c->expect, "policy", dmarc_policy_name(verdict->applied));
    want(c, c->expect, "organizational_domain", verdict->organizational_domain);
    want(c, c->expect, "record_at", record ? record->domain : NULL);
    const json_t *either = json_object_get(c->expect, "record_or_org_domain");
    if (either && !value_matches(either, record ? record->domain : NULL) &&
        !value_matches(either, verdict->organizational_domain))
        fault(c, "record_or_org_domain", either, record ? record->domain : NULL);
    want_bool(c, "spf_aligned", verdict->spf_aligned);
    want_bool(c, "dkim_aligned", verdict->dkim_aligned);
    want(c, c->expect, "p", record ? dmarc_policy_name(record->p) : NULL);
    want(c, c->expect, "t", record ? (record->testing ? "y" : "n") : NULL);
    want_queries(c, check->walk);
}

static void run_dmarc(Case *c, Stage *stage)
{
    g_autofree char *domain = NULL;
    DmarcAuthor author = author_of(text_of(c->input, "header_from"), &domain);
    want(c, c->expect, "from_domain", domain);
    GArray *identifiers = g_array_new(FALSE, FALSE, sizeof(DmarcIdentifier));
    add_identifiers(identifiers, json_object_get(c->input, "spf"), false);
    add_identifiers(identifiers, json_object_get(c->input, "dkim"), true);
    size_t n = identifiers->len;
    DmarcIdentifier *items = (DmarcIdentifier *)(void *)g_array_free(identifiers, FALSE);
    DmarcCheck *check = dmarc_check(author, author == DMARC_AUTHOR_ONE ? domain : NULL, items, n,
                                    psl_builtin(), stage->session);
    want_dmarc(c, check);
    dmarc_check_free(check);
}

static Evidence *collect(const Case *c, const Stage *stage, const Profile *profile)
{
    EnvelopeGiven given = {
        .mail_from = text_of(c->input, "mail_from"),
        .client_ip = text_of(c->input, "ip"),
        .helo = text_of(c->input, "helo"),
        .receiver = text_of(c->input, "receiver"),
    };
    EvidenceInput input = {
        .source = stage->source,
        .given = &given,
        .profile = profile,
        .dns = stage->session,
        .psl = psl_builtin(),
        .now_s = stage->now_s,
        .now_given = json_object_get(c->input, "now") != NULL,
    };
    return evidence_collect(&input);
}

static void run_e2e(Case *c, Stage *stage)
{
    Profile *profile = profile_new_empty();
    Evidence *evidence = collect(c, stage, profile);
    want(c, c->expect, "dkim", dkim_result_name(evidence->dkim->result));
    want(c, c->expect, "spf", spf_result_name(evidence->spf->result));
    want(c, c->expect, "arc", arc_result_name(evidence->arc->result));
    want(c, c->expect, "iprev", iprev_result_name(evidence->iprev->result));
    const DmarcVerdict *verdict = &evidence->dmarc->rfc9989;
    want(c, c->expect, "dmarc", dmarc_result_name(verdict->result));
    want(c, c->expect, "policy", dmarc_policy_name(verdict->applied));
    evidence_free(evidence);
    profile_free(profile);
}

static void mime_child(const Case *c, const Stage *stage)
{
    alarm(MIME_HANG_S);
    Profile *profile = profile_new_empty();
    Evidence *evidence = collect(c, stage, profile);
    evidence_free(evidence);
    profile_free(profile);
    exit(0); /* not _exit: leaks are looked for on the way out */
}

static int64_t timeval_ms(struct timeval t)
{
    return (int64_t)t.tv_sec * 1000 + t.tv_usec / 1000;
}

/* In a process of its own, so that a crash, a hang and the memory used are its own too. */
static void run_mime(Case *c, Stage *stage)
{
    fflush(stdout);
    pid_t pid = fork();
    if (pid == 0)
        mime_child(c, stage);
    int status = 0;
    struct rusage usage = {0};
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid) {
        fault(c, "completes", NULL, g_strerror(errno));
        return;
    }
    int64_t ms = timeval_ms(usage.ru_utime) + timeval_ms(usage.ru_stime);
    g_autofree char *got = NULL;
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        got = g_strdup_printf("wait status %d", status);
    else if (ms > MIME_MAX_MS || usage.ru_maxrss > MIME_MAX_KIB)
        got = g_strdup_printf("%" G_GINT64_FORMAT " ms, %ld KiB", ms, usage.ru_maxrss);
    if (got)
        fault(c, "completes", NULL, got);
}

/* ---- suites ---- */

static const struct Kind {
    const char *name;
    void (*run)(Case *c, Stage *stage);
} kinds[] = {
    {"spf", run_spf},           {"dkim", run_dkim},       {"arc", run_arc},
    {"dmarc", run_dmarc},       {"authres", run_authres}, {"mime", run_mime},
    {"received", run_received}, {"psl", run_psl},         {"e2e", run_e2e},
};

static void run_case(Case *c)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++) {
        if (!c->kind || !g_str_equal(kinds[i].name, c->kind))
            continue;
        Stage stage;
        if (!stage_init(c, &stage))
            return;
        kinds[i].run(c, &stage);
        stage_clear(&stage);
        return;
    }
    fault(c, "unknown kind", NULL, c->kind);
}

static bool run_line(const char *dir, const char *line, Tally *tally)
{
    json_error_t error;
    g_autoptr(json_t) json = json_loads(line, JSON_ALLOW_NUL, &error);
    if (!json) {
        printf("  %s/cases.jsonl: %s\n", dir, error.text);
        tally->failed++;
        return false;
    }
    Case c = {
        .id = text_of(json, "id"),
        .kind = text_of(json, "kind"),
        .dir = dir,
        .json = json,
        .input = json_object_get(json, "input"),
        .expect = json_object_get(json, "expect"),
        .faults = g_string_new(NULL),
    };
    run_case(&c);
    bool good = c.faults->len == 0;
    /* The case's list of public suffixes may be newer than the installed one. */
    bool apart = !good && g_strcmp0(c.kind, "psl") == 0;
    if (!good)
        printf("  %s%s:\n%s", c.id, apart ? " (differs from the installed list)" : "",
               c.faults->str);
    if (apart)
        tally->apart++;
    else if (good)
        tally->passed++;
    else
        tally->failed++;
    g_string_free(c.faults, TRUE);
    return good;
}

static void run_suite(const char *dir, const char *cases, Tally *total)
{
    g_auto(GStrv) lines = g_strsplit(cases, "\n", -1);
    Tally tally = {0};
    for (size_t i = 0; lines[i]; i++)
        if (*lines[i])
            run_line(dir, lines[i], &tally);
    g_autofree char *name = g_path_get_basename(dir);
    printf("%s: %u of %u", name, tally.passed, tally.passed + tally.failed);
    if (tally.apart)
        printf(", %u apart", tally.apart);
    printf("\n");
    total->passed += tally.passed;
    total->failed += tally.failed;
    total->apart += tally.apart;
}

static bool run_dir_as_suite(const char *dir, Tally *total)
{
    g_autofree char *path = g_build_filename(dir, "cases.jsonl", NULL);
    g_autofree char *cases = NULL;
    if (!g_file_get_contents(path, &cases, NULL, NULL))
        return false;
    run_suite(dir, cases, total);
    return true;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool run_dir(const char *dir, Tally *total)
{
    if (run_dir_as_suite(dir, total))
        return true;
    GDir *listing = g_dir_open(dir, 0, NULL);
    if (!listing)
        return false;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *name; (name = g_dir_read_name(listing));)
        g_ptr_array_add(names, g_build_filename(dir, name, NULL));
    g_dir_close(listing);
    qsort(names->pdata, names->len, sizeof *names->pdata, compare_names);
    bool found = false;
    for (size_t i = 0; i < names->len; i++)
        found = run_dir_as_suite(names->pdata[i], total) || found;
    return found;
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: conformance DIR...\n");
        return 64;
    }
    Tally total = {0};
    for (int i = 1; i < argc; i++) {
        if (!run_dir(argv[i], &total)) {
            fprintf(stderr, "%s: no suite here (cases.jsonl)\n", argv[i]);
            return 66;
        }
    }
    if (total.apart)
        printf("%u apart: Public Suffix List differences\n", total.apart);
    printf("%u passed, %u failed\n", total.passed, total.failed);
    return total.failed == 0 ? 0 : 1;
}
