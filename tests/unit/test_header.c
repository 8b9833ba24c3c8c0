/* The header search from end to end: messages signed here, changed, and proven again; and what is
 * said when nothing can be. */
#include "analyzer/cause/cause.h"
#include "tests/unit/signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

static const char *const body_text = "Hello,\r\nthis is the text.\r\n";

static Signer rsa, ed25519;

static int make_keys(void **state)
{
    (void)state;
    rsa = signer_rsa(2048);
    ed25519 = signer_ed25519();
    return 0;
}

static int free_keys(void **state)
{
    (void)state;
    EVP_PKEY_free(rsa.key);
    EVP_PKEY_free(ed25519.key);
    return 0;
}

/* The canonical form of fields that are written without needless white space. */
static void append_canonical(GString *out, bool simple, const char *field)
{
    if (simple) {
        g_string_append_printf(out, "%s\r\n", field);
        return;
    }
    const char *colon = strchr(field, ':');
    g_autofree char *name = g_ascii_strdown(field, colon - field);
    g_string_append_printf(out, "%s:%s\r\n", name, colon + 2);
}

/* The signature field over these fields (NULL-terminated, each "Name: value"); h= names them in
 * order. */
static char *sign(const Signer *signer, bool simple, const char *const *fields,
                  const char *more_names)
{
    g_autoptr(GString) block = g_string_new(NULL);
    g_autoptr(GString) names = g_string_new(NULL);
    for (; *fields; fields++) {
        append_canonical(block, simple, *fields);
        g_autofree char *name = g_ascii_strdown(*fields, strchr(*fields, ':') - *fields);
        g_string_append_printf(names, "%s%s", names->len > 0 ? ":" : "", name);
    }
    g_string_append(names, more_names);
    g_autofree char *bh = digest_base64("SHA256", body_text);
    g_autofree char *field = g_strdup_printf(
        "DKIM-Signature: v=1; a=%s; c=%s/simple; d=sender.test; s=s; t=1718186401; h=%s; bh=%s; b=",
        signer->is_ed25519 ? "ed25519-sha256" : "rsa-sha256", simple ? "simple" : "relaxed",
        names->str, bh);
    append_canonical(block, simple, field);
    g_string_truncate(block, block->len - 2);
    g_autofree char *b = signer_sign(signer, block->str);
    return g_strconcat(field, b, "\r\n", NULL);
}

typedef struct Search {
    Source *source;
    Dns *dns;
    DnsSession *session;
    DkimCheck *check;
    Profile *profile;
    CauseReport *report;
} Search;

static Search search_message(const Signer *signer, const char *message, uint64_t units)
{
    Search s = {.source = source_of(message)};
    g_autofree char *p = signer_p(signer);
    g_autoptr(GString) zone = g_string_new("s._domainkey.sender.test. IN TXT ");
    g_string_append_printf(zone, "\"v=DKIM1; k=%s; p=\"", signer->is_ed25519 ? "ed25519" : "rsa");
    for (size_t i = 0; i < strlen(p); i += 200)
        g_string_append_printf(zone, " \"%.200s\"", p + i);
    g_string_append(zone, "\n");
    s.dns = dns_of(zone->str);
    s.session = dns_session_new(s.dns);
    s.check = dkim_check(s.source, s.session, 1718186500);
    s.profile = profile_new_empty();
    for (size_t i = 0; i < s.check->n && !s.report; i++) {
        CauseInput input = {.source = s.source,
                            .signature = &s.check->signatures[i],
                            .index = i,
                            .profile = s.profile,
                            .dns = s.session,
                            .units = units};
        s.report = cause_search(&input);
    }
    return s;
}

static void search_clear(Search *s)
{
    cause_report_free(s->report);
    profile_free(s->profile);
    dkim_check_free(s->check);
    dns_session_free(s->session);
    dns_free(s->dns);
    source_free(s->source);
}

static bool says(const CauseReport *report, const char *kind, CauseCertainty certainty)
{
    for (size_t i = 0; i < report->n_causes; i++)
        if (strcmp(report->causes[i].kind->id, kind) == 0 &&
            report->causes[i].certainty == certainty)
            return true;
    return false;
}

enum { FIELDS_MAX = 12 };

typedef struct Change {
    const char *received[FIELDS_MAX]; /* the fields as they arrive */
    const char *kinds[6];             /* what must be said */
} Change;

static char *join(const char *signature, const char *const *fields)
{
    g_autoptr(GString) out = g_string_new(signature);
    for (; *fields; fields++)
        g_string_append_printf(out, "%s\r\n", *fields);
    g_string_append_printf(out, "\r\n%s", body_text);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void check_proven(const Signer *signer, bool simple, const char *const *fields,
                         const char *more_names, const Change *changes, size_t n)
{
    g_autofree char *signature = sign(signer, simple, fields, more_names);
    g_autofree char *intact = join(signature, fields);
    Search control = search_message(signer, intact, CAUSE_DEFAULT_UNITS);
    assert_int_equal(control.report->class, CAUSE_CLASS_NONE);
    search_clear(&control);
    for (size_t i = 0; i < n; i++) {
        g_autofree char *message = join(signature, changes[i].received);
        Search s = search_message(signer, message, CAUSE_DEFAULT_UNITS);
        assert_int_equal(s.report->class, CAUSE_CLASS_HEADERS);
        if (!s.report->header_proven)
            print_error("not proven: %s\n", message);
        assert_true(s.report->header_proven);
        for (const char *const *kind = changes[i].kinds; *kind; kind++) {
            if (!says(s.report, *kind, CAUSE_PROVEN))
                print_error("%s, but not %s\n", s.report->causes[0].kind->id, *kind);
            assert_true(says(s.report, *kind, CAUSE_PROVEN));
        }
        search_clear(&s);
    }
}

static const char *const fields[] = {"From: \"Ann Example\" <ann@sender.test>",
                                     "To: Bob <bob@rcpt.test>,<carl@rcpt.test>",
                                     "Subject: Invoice 2024-17 of June",
                                     "Date: Wed, 12 Jun 2024 12:00:00 +0200",
                                     "Message-ID: <1@sender.test>",
                                     "MIME-Version: 1.0",
                                     "Content-Type: text/plain; charset=utf-8",
                                     NULL};
#define FROM "From: \"Ann Example\" <ann@sender.test>"
#define TO "To: Bob <bob@rcpt.test>,<carl@rcpt.test>"
#define SUBJECT "Subject: Invoice 2024-17 of June"
#define DATE "Date: Wed, 12 Jun 2024 12:00:00 +0200"
#define ID "Message-ID: <1@sender.test>"
#define VERSION "MIME-Version: 1.0"
#define TYPE "Content-Type: text/plain; charset=utf-8"

static void proves_one_change(void **state)
{
    (void)state;
    static const Change changes[] = {
        {{FROM, TO, "Subject: [EXTERNAL] Invoice 2024-17 of June", DATE, ID, VERSION, TYPE},
         {"header-subject-tag"}},
        {{FROM, TO, "Subject: Invoice 2024-17 <<checked>> of June", DATE, ID, VERSION, TYPE},
         {"header-text-inserted"}},
        {{FROM, TO, "Subject: Invoice 2o24-17 of June", DATE, ID, VERSION, TYPE},
         {"header-character-changed"}},
        {{FROM, TO, "Subject: Inoice 2024-17 of June", DATE, ID, VERSION, TYPE},
         {"header-character-changed"}},
        {{FROM, "To: Bob <bob@rcpt.test>, carl@rcpt.test", SUBJECT, DATE, ID, VERSION, TYPE},
         {"header-addresses-reformatted"}},
        {{FROM, TO, SUBJECT, "Date: Wed, 12 Jun 2024 10:00:00 GMT", ID, VERSION, TYPE},
         {"header-date-reformatted"}},
        {{FROM, TO, SUBJECT, DATE, ID, TYPE}, {"header-removed"}},
        {{FROM, TO, SUBJECT, DATE, ID, VERSION, "Subject: another", TYPE}, {"header-added"}},
        {{FROM, TO, SUBJECT, "Date: Wed, 12 Jun 2024 10:01:31 +0000 (UTC)", ID, VERSION, TYPE},
         {"header-date-replaced"}},
    };
    check_proven(&rsa, false, fields, "", changes, LEN(changes));
}

static void proves_several_changes(void **state)
{
    (void)state;
    static const Change changes[] = {
        {{"From: Ann Example via List <list@lists.test>", TO,
          "Subject: [list] Invoice 2024-17 of June", DATE, ID, VERSION, TYPE,
          "X-Original-From: \"Ann Example\" <ann@sender.test>"},
         {"header-from-rewritten", "header-subject-tag"}},
        {{FROM, "To: Bob <bob@rcpt.test>, <carl@rcpt.test>",
          "Subject: EXT: Invoice 2024-17 of June", "Date: Wed, 12 Jun 2024 10:00:00 +0000", ID,
          VERSION, "Content-Type: text/plain; charset=\"utf-8\""},
         {"header-addresses-reformatted", "header-subject-tag", "header-date-reformatted",
          "header-mime-rewritten"}},
    };
    check_proven(&rsa, false, fields, "", changes, LEN(changes));
}

/* RFC 6376 §5.4.2: names signed once more than there are fields. */
static void proves_additions_to_oversigned_fields(void **state)
{
    (void)state;
    g_autofree char *signature = sign(&rsa, false, fields, ":from:subject:reply-to:sender:cc");
    static const char *const added =
        "Reply-To: list@lists.test\r\nSender: x@lists.test\r\nCc: all@lists.test\r\n";
    g_autofree char *below = join(signature, fields);
    g_autofree char *message = g_strconcat(added, below, NULL);
    Search s = search_message(&rsa, message, CAUSE_DEFAULT_UNITS);
    assert_true(s.report->header_proven);
    assert_true(says(s.report, "header-added", CAUSE_PROVEN));
    assert_int_equal(s.report->n_causes, 1);
    assert_string_equal(s.report->causes[0].fields[0], "reply-to");
    assert_int_equal(g_strv_length(s.report->causes[0].fields), 3);
    search_clear(&s);
}

static void proves_with_ed25519(void **state)
{
    (void)state;
    static const Change changes[] = {
        {{FROM, TO, "Subject: [EXTERNAL] Invoice 2024-17 of June", DATE, ID, VERSION, TYPE},
         {"header-subject-tag"}},
        {{FROM, TO, "Subject: Invoice 2024-17 of June [Ticket#1]",
          "Date: Wed, 12 Jun 2024 10:00:00 +0000", ID, VERSION, TYPE},
         {"header-subject-suffix", "header-date-reformatted"}},
    };
    check_proven(&ed25519, false, fields, "", changes, LEN(changes));
}

static void proves_under_simple(void **state)
{
    (void)state;
    static const char *const folded[] = {
        "From: Ann <ann@sender.test>", "To: Bob <bob@rcpt.test>,\r\n\tCarl <carl@rcpt.test>",
        "Subject: Invoice 2024-17 of June, to be paid\r\n until August", "MIME-Version: 1.0", NULL};
    static const Change changes[] = {
        {{"From: Ann <ann@sender.test>", "To: Bob <bob@rcpt.test>, Carl <carl@rcpt.test>",
          "Subject: Invoice 2024-17 of June, to be paid until August", "MIME-Version: 1.0"},
         {"header-refolded"}},
        {{"from: Ann <ann@sender.test>", "to: Bob <bob@rcpt.test>,\r\n\tCarl <carl@rcpt.test>",
          "subject: Invoice 2024-17 of June, to be paid\r\n until August", "mime-version: 1.0"},
         {"header-name-case"}},
        {{"From: Ann <ann@sender.test>", "To: Bob <bob@rcpt.test>,\r\n Carl <carl@rcpt.test>",
          "Subject: [EXT] Invoice 2024-17 of June, to be paid\r\n until August",
          "Mime-Version: 1.0"},
         {"header-white-space", "header-subject-tag", "header-name-case"}},
    };
    check_proven(&rsa, true, folded, "", changes, LEN(changes));
}

static void proves_a_signature_field_written_again(void **state)
{
    (void)state;
    g_autofree char *signature = sign(&rsa, false, fields, "");
    g_auto(GStrv) tags = g_strsplit(signature, "; ", -1);
    g_autofree char *tight = g_strjoinv(";", tags);
    g_autofree char *message = join(tight, fields);
    Search s = search_message(&rsa, message, CAUSE_DEFAULT_UNITS);
    assert_true(s.report->header_proven);
    assert_true(says(s.report, "header-signature-respaced", CAUSE_PROVEN));
    search_clear(&s);
}

/* --- what cannot be proven --- */

typedef struct Loss {
    const char *received[FIELDS_MAX];
    const char *kind;
} Loss;

static void losses_are_named_not_proven(void **state)
{
    (void)state;
    static const char *const signed_fields[] = {
        "From: M\xc3\xbcller <m@sender.test>", TO, SUBJECT, ID, "X-Token: 8f1c-77", NULL};
    static const Loss losses[] = {
        {{"From: M??ller <m@sender.test>", TO, SUBJECT, ID, "X-Token: 8f1c-77"},
         "header-8bit-lost"},
        {{"From: M\xc3\xbcller <m@sender.test>", TO, SUBJECT, "Message-ID: <77af3b@relay.example>",
          "X-Token: 8f1c-77"},
         "header-message-id-replaced"},
        {{"From: M\xc3\xbcller <m@sender.test>", TO, SUBJECT, ID}, "header-removed"},
        {{"From: M\xc3\xbcller <m@sender.test>", "To: undisclosed-recipients:;", SUBJECT, ID,
          "X-Token: 8f1c-77"},
         "header-recipient-rewritten"},
        {{"From: M\xc3\xbcller <m@sender.test>", TO, "Subject: quite another text", ID,
          "X-Token: 8f1c-77"},
         "header-changed"},
    };
    g_autofree char *signature = sign(&rsa, false, signed_fields, "");
    for (size_t i = 0; i < LEN(losses); i++) {
        g_autofree char *message = join(signature, losses[i].received);
        Search s = search_message(&rsa, message, CAUSE_DEFAULT_UNITS / 10);
        assert_false(s.report->header_proven);
        assert_null(s.report->header_as_signed);
        assert_true(says(s.report, losses[i].kind, CAUSE_NOT_RECONSTRUCTABLE));
        for (size_t j = 0; j < s.report->n_causes; j++)
            assert_int_equal(s.report->causes[j].certainty, CAUSE_NOT_RECONSTRUCTABLE);
        assert_true(s.report->n_ruled_out > 0);
        search_clear(&s);
    }
}

/* Counted work decides: equal input gives equal numbers, and less is granted than asked for. */
static void work_is_counted(void **state)
{
    (void)state;
    static const char *const lost[] = {FROM, TO,  "Subject: quite another text", DATE, ID, VERSION,
                                       TYPE, NULL};
    static const uint64_t units[] = {1000, 1000000, 20000000};
    const Signer *const signers[] = {&rsa, &ed25519};
    for (size_t i = 0; i < LEN(signers); i++) {
        g_autofree char *signature = sign(signers[i], false, fields, "");
        g_autofree char *message = join(signature, lost);
        for (size_t j = 0; j < LEN(units); j++) {
            Search a = search_message(signers[i], message, units[j]),
                   b = search_message(signers[i], message, units[j]);
            assert_false(a.report->header_proven);
            assert_true(a.report->header_budget.spent <= a.report->header_budget.units);
            assert_true(a.report->header_exhausted);
            assert_int_equal(a.report->header_budget.hypotheses,
                             b.report->header_budget.hypotheses);
            assert_int_equal(a.report->header_budget.spent, b.report->header_budget.spent);
            search_clear(&a);
            search_clear(&b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(proves_one_change),
        cmocka_unit_test(proves_several_changes),
        cmocka_unit_test(proves_additions_to_oversigned_fields),
        cmocka_unit_test(proves_with_ed25519),
        cmocka_unit_test(proves_under_simple),
        cmocka_unit_test(proves_a_signature_field_written_again),
        cmocka_unit_test(losses_are_named_not_proven),
        cmocka_unit_test(work_is_counted),
    };
    return cmocka_run_group_tests(tests, make_keys, free_keys);
}
