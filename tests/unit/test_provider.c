/* provider.c, provider_test.c and provider_matrix.c: the data, each predicate in each of its
 * states, and what a provider makes of a message. Facts are made by hand, so that each case is one
 * fact away from a message that meets all. */
#include "rules/provider_matrix.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/signer.h"

static Providers *loaded;
static KeyRecord *key_768, *key_1024, *key_2048;

static KeyRecord *key_of_bits(unsigned bits)
{
    Signer signer = signer_rsa(bits);
    g_autofree char *p = signer_p(&signer);
    g_autofree char *text = g_strconcat("v=DKIM1; p=", p, NULL);
    EVP_PKEY_free(signer.key);
    KeyRecord *record = key_record_parse(span_str(text));
    assert_non_null(record->key);
    return record;
}

static int load(void **state)
{
    (void)state;
    GError *error = NULL;
    loaded = providers_load(&error);
    if (!loaded)
        fail_msg("%s", error->message);
    key_768 = key_of_bits(768);
    key_1024 = key_of_bits(1024);
    key_2048 = key_of_bits(2048);
    return 0;
}

static int unload(void **state)
{
    (void)state;
    key_record_free(key_768);
    key_record_free(key_1024);
    key_record_free(key_2048);
    providers_free(loaded);
    return 0;
}

/* --- the data --- */

static void test_tests_and_predicates_match(void **state)
{
    (void)state;
    GError *error = NULL;
    if (!provider_test_check(loaded, &error))
        fail_msg("%s", error->message);
}

static void test_one_too_many_is_named(void **state)
{
    (void)state;
    ProviderTest odd = {.id = (char *)"odd"};
    g_autoptr(GError) no_predicate = NULL, no_test = NULL;
    assert_false(provider_test_check(&(Providers){.tests = &odd, .n_tests = 1}, &no_predicate));
    assert_string_equal(no_predicate->message, "test odd has no predicate");
    assert_false(provider_test_check(&(Providers){0}, &no_test));
    assert_string_equal(no_test->message, "predicate spf-or-dkim has no test");
}

/* In the text report a title has what five columns leave of a line. */
static void test_titles_are_short_and_translated(void **state)
{
    (void)state;
    enum { ROOM = 33 };
    for (size_t i = 0; i < loaded->n_tests; i++) {
        const ProviderTest *test = &loaded->tests[i];
        for (size_t l = 0; l < LANGUAGES; l++)
            if (g_utf8_strlen(test->title[l], -1) > ROOM)
                fail_msg("%s: \"%s\" is too long", test->id, test->title[l]);
        if (strcmp(test->title[LANGUAGE_EN], test->title[LANGUAGE_NL]) == 0)
            fail_msg("%s: not translated", test->id);
    }
}

static void test_every_requirement_has_source_and_month(void **state)
{
    (void)state;
    g_autofree bool *used = g_new0(bool, loaded->n_tests);
    for (size_t i = 0; i < loaded->n; i++) {
        const Provider *provider = &loaded->items[i];
        g_autofree bool *cited = g_new0(bool, provider->n_sources);
        assert_true(provider->n_requirements > 0 && provider->domains[0]);
        for (size_t j = 0; j < provider->n_requirements; j++) {
            const Requirement *requirement = &provider->requirements[j];
            used[requirement->test] = true;
            assert_true(requirement->n_sources > 0);
            for (size_t k = 0; k < requirement->n_sources; k++) {
                const Reference *source = &provider->sources[requirement->sources[k]];
                cited[requirement->sources[k]] = true;
                assert_true(g_str_has_prefix(source->url, "https://"));
                assert_int_equal(strlen(source->as_of), strlen("2026-11"));
            }
        }
        for (size_t k = 0; k < provider->n_sources; k++)
            if (!cited[k])
                fail_msg("%s: nothing cites %s", provider->id, provider->sources[k].label);
        assert_true(strcmp(provider->scope[LANGUAGE_EN], provider->scope[LANGUAGE_NL]) != 0);
    }
    for (size_t i = 0; i < loaded->n_tests; i++)
        if (!used[i])
            fail_msg("nobody asks %s", loaded->tests[i].id);
}

static const char *const good =
    "<providers>\n"
    "<test id='spf-pass'><title lang='en'>It passes</title><title lang='nl'>Het "
    "slaagt</title></test>\n"
    "<provider id='p' name='Post' column='Post' bulk-from='10' since='2024-02'>\n"
    "<domain>post.test</domain><host>mx.post.test</host>\n"
    "<source id='a' label='A page' url='https://post.test/' as-of='2026-11'/>\n"
    "<scope lang='en'>For all.</scope><scope lang='nl'>Voor allen.</scope>\n"
    "<requirement test='spf-pass' applies='bulk' strength='required' refuses='no' sources='a'>\n"
    "<answer code='550' enhanced='5.7.1'/><answer enhanced='4.7.1'/>"
    "<note lang='en'>So be it.</note><note lang='nl'>Het zij zo.</note></requirement>\n"
    "</provider></providers>\n";

static void test_all_of_it_is_read(void **state)
{
    (void)state;
    g_autoptr(Providers) providers = providers_parse(good, strlen(good), "test", NULL);
    assert_non_null(providers);
    const Provider *provider = &providers->items[0];
    const Requirement *requirement = &provider->requirements[0];
    assert_string_equal(provider->name, "Post");
    assert_int_equal(provider->bulk_from, 10);
    assert_string_equal(provider->since, "2024-02");
    assert_string_equal(provider->domains[0], "post.test");
    assert_string_equal(provider->hosts[0], "mx.post.test");
    assert_string_equal(provider->sources[0].as_of, "2026-11");
    assert_string_equal(provider->scope[LANGUAGE_NL], "Voor allen.");
    assert_int_equal(requirement->applies, APPLIES_BULK);
    assert_true(requirement->required);
    assert_false(requirement->refuses);
    assert_int_equal(requirement->n_answers, 2);
    assert_string_equal(requirement->answers[0].code, "550");
    assert_true(requirement->answers[0].permanent);
    assert_null(requirement->answers[1].code);
    assert_false(requirement->answers[1].permanent);
    assert_string_equal(requirement->note[LANGUAGE_EN], "So be it.");
}

static void assert_fault(const char *from, const char *to, const char *message)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) around = g_strsplit(good, from, 2);
    assert_non_null(around[1]);
    g_autofree char *xml = g_strjoinv(to, around);
    assert_null(providers_parse(xml, strlen(xml), "test.xml", &error));
    assert_non_null(error);
    if (!strstr(error->message, message) || !g_str_has_prefix(error->message, "test.xml:"))
        fail_msg("\"%s\" does not say \"%s\"", error->message, message);
}

static void test_faults_name_file_and_line(void **state)
{
    (void)state;
    assert_fault("</providers>", "", "test.xml:");
    assert_fault("test='spf-pass'", "test='other'", "test-ref");
    assert_fault("applies='bulk'", "applies='some'", "applies");
    assert_fault("strength='required' ", "", "strength");
    assert_fault("sources='a'", "sources='b'", "test.xml:7: no such source");
    assert_fault("sources='a'", "sources=''", "sources");
    assert_fault(" as-of='2026-11'", "", "as-of");
    assert_fault("as-of='2026-11'", "as-of='November'", "as-of");
    assert_fault("<answer enhanced='4.7.1'/>", "<answer/>", "an answer without any code");
    assert_fault("enhanced='5.7.1'", "enhanced='4.7.1'", "different classes");
    assert_fault("<note lang='nl'>Het zij zo.</note>", "", "a language is missing");
    assert_fault("<title lang='nl'>", "<title lang='en'>", "a language stands twice");
    assert_fault("column='Post'", "column='Post and more'", "column");
    assert_fault("<domain>post.test</domain>", "", "domain");
}

/* --- facts --- */

enum { MOST_FINDINGS = 8 };

/* A message that meets all: signed by its own domain with a key of 2048 bits, SPF passes, DMARC
 * passes, and what the rules say is good. Tests change one thing. */
typedef struct Facts {
    Field field;
    StrayLine stray;
    Source source;
    Address addresses[2];
    MimePart part;
    Mime mime;
    Received received;
    Hop hop;
    Envelope envelope;
    KeyRecord *records[1];
    DkimSignature signature;
    DkimCheck dkim;
    SpfCheck spf;
    char *names[3];
    IprevCheck iprev;
    DmarcRecord policy;
    DmarcWalk walk;
    DmarcIdentifier identifier;
    DmarcCheck dmarc;
    Alignment alignment;
    Profile profile;
    Evidence evidence;
    Rule rules[MOST_FINDINGS];
    Finding findings[MOST_FINDINGS];
    FindingArgument argument;
    Judgement judgement;
} Facts;

static const char *const all_rules[MOST_FINDINGS] = {
    "message-from-present",     "message-id",      "dmarc-author-exists", "transport-reverse-dns",
    "message-list-unsubscribe", "transport-iprev", "transport-helo-name", "transport-bounces"};

static void facts_init(Facts *f)
{
    *f = (Facts){0};
    f->source = (Source){.fields = &f->field, .n_fields = 1, .strays = &f->stray};
    f->addresses[0] = f->addresses[1] = (Address){.domain = (char *)"a.test"};
    f->part = (MimePart){.text = (char *)"Click to unsubscribe"};
    f->mime = (Mime){.state = MIME_PARSED, .parts = &f->part, .n_parts = 1};
    f->mime.from = (AddressList){f->addresses, 1, 0};
    f->received = (Received){.with = (char *)"ESMTPS", .tls = (char *)"yes"};
    f->hop = (Hop){.received = &f->received, .border = true, .trusted = true};
    f->envelope = (Envelope){.hops = &f->hop, .n_hops = 1};
    f->envelope.client_ip =
        (EnvelopeFact){.value = (char *)"192.0.2.10", .confidence = CONFIDENCE_HIGH};
    f->envelope.helo =
        (EnvelopeFact){.value = (char *)"mail.a.test", .confidence = CONFIDENCE_HIGH};
    f->envelope.mail_from =
        (EnvelopeFact){.value = (char *)"x@a.test", .confidence = CONFIDENCE_HIGH};
    f->records[0] = key_2048;
    f->signature = (DkimSignature){.domain = (char *)"a.test",
                                   .result = DKIM_PASS,
                                   .header = DKIM_HEADER_VERIFIES,
                                   .body = DKIM_BODY_MATCHES,
                                   .key = DKIM_KEY_USABLE,
                                   .keys = f->records,
                                   .n_keys = 1};
    f->dkim = (DkimCheck){&f->signature, 1, 1, DKIM_PASS};
    f->spf = (SpfCheck){.evaluable = true, .missing = "", .result = SPF_PASS};
    f->names[0] = (char *)"mail.a.test";
    f->iprev = (IprevCheck){.result = IPREV_PASS, .names = f->names};
    f->identifier = (DmarcIdentifier){
        .domain = (char *)"a.test", .is_dkim = true, .passed = true, .aligned = true};
    f->dmarc = (DmarcCheck){.author = DMARC_AUTHOR_ONE,
                            .author_domain = (char *)"a.test",
                            .identifiers = &f->identifier,
                            .n_identifiers = 1,
                            .walk = &f->walk};
    f->dmarc.rfc9989 =
        (DmarcVerdict){.result = DMARC_PASS, .record = &f->policy, .applied = DMARC_POLICY_REJECT};
    f->alignment = (Alignment){.dkim_aligned = true, .spf_aligned = true};
    f->profile = (Profile){.rule_profile = (char *)"transactional"};
    f->evidence = (Evidence){.source = &f->source,
                             .profile = &f->profile,
                             .mime = &f->mime,
                             .envelope = &f->envelope,
                             .dkim = &f->dkim,
                             .spf = &f->spf,
                             .iprev = &f->iprev,
                             .dmarc = &f->dmarc,
                             .alignment = &f->alignment};
    for (size_t i = 0; i < MOST_FINDINGS; i++) {
        f->rules[i].id = (char *)all_rules[i];
        f->findings[i] = (Finding){
            .rule = &f->rules[i], .outcome = OUTCOME_PASS, .certainty = CERTAINTY_EVALUATED};
    }
    f->judgement = (Judgement){.findings = f->findings, .n = MOST_FINDINGS};
}

/* --- what changes --- */

static void find(Facts *f, const char *rule, Outcome outcome, const char *name, const char *value)
{
    for (size_t i = 0; i < MOST_FINDINGS; i++) {
        if (strcmp(f->rules[i].id, rule) != 0)
            continue;
        f->findings[i].outcome = outcome;
        f->argument = (FindingArgument){(char *)name, (char *)value};
        f->findings[i].arguments = &f->argument;
        f->findings[i].n_arguments = name ? 1 : 0;
        return;
    }
    fail_msg("no finding of %s", rule);
}

static void nothing(Facts *f)
{
    (void)f;
}

static void no_header(Facts *f)
{
    f->source.n_fields = 0;
    f->dkim.n = 0;
    f->dkim.result = DKIM_NONE;
    f->spf = (SpfCheck){.missing = "mail-from"};
    f->dmarc.author = DMARC_AUTHOR_MISSING;
    f->dmarc.author_domain = NULL;
    f->alignment = (Alignment){0};
    f->names[0] = NULL;
    f->iprev.result = IPREV_NOT_EVALUABLE;
    f->envelope.client_ip.value = NULL;
    f->envelope.n_hops = 0;
    f->evidence.headers_only = true;
}

static void spf_soft(Facts *f)
{
    f->spf.result = SPF_SOFTFAIL;
    f->alignment.spf_aligned = false;
}

static void spf_forbids(Facts *f)
{
    f->spf.result = SPF_FAIL;
    f->alignment.spf_aligned = false;
}

static void spf_temporary(Facts *f)
{
    f->spf.result = SPF_TEMPERROR;
    f->alignment.spf_aligned = false;
}

static void client_guessed(Facts *f)
{
    f->envelope.client_ip.confidence = CONFIDENCE_LOW;
}

static void spf_soft_guessed(Facts *f)
{
    spf_soft(f);
    client_guessed(f);
}

static void no_client(Facts *f)
{
    f->spf = (SpfCheck){.missing = "client-ip"};
    f->alignment.spf_aligned = false;
    f->envelope.client_ip = (EnvelopeFact){.origin = ""};
    f->iprev = (IprevCheck){.result = IPREV_NOT_EVALUABLE};
    find(f, "transport-reverse-dns", OUTCOME_NOT_EVALUABLE, "missing", "client-ip");
}

static void unsign(Facts *f)
{
    f->dkim = (DkimCheck){.result = DKIM_NONE};
    f->dmarc.n_identifiers = 0;
    f->alignment.dkim_aligned = false;
}

static void fails_dmarc(Facts *f)
{
    f->dmarc.rfc9989.result = DMARC_FAIL;
    f->dmarc.rfc7489 = f->dmarc.rfc9989;
}

static void nothing_passes(Facts *f)
{
    unsign(f);
    spf_soft(f);
    fails_dmarc(f);
}

/* pct=0: refused by RFC 9989, let pass by RFC 7489. */
static void standards_differ(Facts *f)
{
    nothing_passes(f);
    f->dmarc.rfc7489.applied = DMARC_POLICY_NONE;
}

static void asks_for_quarantine(Facts *f)
{
    nothing_passes(f);
    f->dmarc.rfc9989.applied = f->dmarc.rfc7489.applied = DMARC_POLICY_QUARANTINE;
}

static void damaged(Facts *f)
{
    f->signature.result = f->dkim.result = DKIM_FAIL;
    f->signature.body = DKIM_BODY_DIFFERS;
    f->alignment.dkim_aligned = false;
}

static void key_unknown(Facts *f)
{
    f->signature.result = f->dkim.result = DKIM_TEMPERROR;
    f->signature.key = DKIM_KEY_UNAVAILABLE;
    f->signature.n_keys = 0;
    f->alignment.dkim_aligned = false;
}

static void key_unknown_only(Facts *f)
{
    key_unknown(f);
    spf_soft(f);
    fails_dmarc(f);
}

static void body_lost(Facts *f)
{
    f->signature.result = f->dkim.result = DKIM_NEUTRAL;
    f->signature.body = DKIM_BODY_NOT_SUPPLIED;
    f->alignment.dkim_aligned = false;
    f->evidence.headers_only = true;
}

static void signed_elsewhere(Facts *f)
{
    f->signature.domain = (char *)"b.test";
    f->dmarc.n_identifiers = 0;
    f->alignment.dkim_aligned = false;
}

static void signed_elsewhere_only(Facts *f)
{
    signed_elsewhere(f);
    f->alignment.spf_aligned = false;
}

static void organization_open(Facts *f)
{
    signed_elsewhere_only(f);
    f->dmarc.rfc9989 = (DmarcVerdict){.result = DMARC_TEMPERROR};
    f->walk.temporary = true;
}

static void no_policy(Facts *f)
{
    f->dmarc.rfc9989 = (DmarcVerdict){.result = DMARC_NONE};
}

static void several_authors(Facts *f)
{
    f->dmarc.author = DMARC_AUTHOR_SEVERAL;
    f->dmarc.author_domain = NULL;
    f->alignment = (Alignment){0};
    f->rules[0].id = (char *)"dmarc-author-single";
    find(f, "dmarc-author-single", OUTCOME_FAIL, NULL, NULL);
}

static void from_not_parsed(Facts *f)
{
    f->mime.state = MIME_OVER_FIELDS;
    f->dmarc.author = DMARC_AUTHOR_MISSING;
    f->dmarc.author_domain = NULL;
    f->alignment = (Alignment){0};
}

static void two_addresses(Facts *f)
{
    f->mime.from.n = 2;
}

static void no_from(Facts *f)
{
    find(f, "message-from-present", OUTCOME_FAIL, NULL, NULL);
}

static void from_unread(Facts *f)
{
    find(f, "message-from-present", OUTCOME_NOT_EVALUABLE, "missing", "mime");
}

static void two_subjects(Facts *f)
{
    f->rules[0].id = (char *)"message-duplicate-fields";
    find(f, "message-duplicate-fields", OUTCOME_FAIL, "field", "Subject");
}

static void two_subjects_waived(Facts *f)
{
    two_subjects(f);
    f->findings[0].waived = true;
}

static void no_message_id(Facts *f)
{
    find(f, "message-id", OUTCOME_FAIL, "found", "-");
}

static void message_id_unread(Facts *f)
{
    find(f, "message-id", OUTCOME_NOT_EVALUABLE, "missing", "header");
}

static void no_such_domain(Facts *f)
{
    find(f, "dmarc-author-exists", OUTCOME_FAIL, "domain", "a.test");
}

static void domain_unknown(Facts *f)
{
    find(f, "dmarc-author-exists", OUTCOME_NOT_EVALUABLE, "missing", "dns");
}

static void domain_not_asked(Facts *f)
{
    find(f, "dmarc-author-exists", OUTCOME_NOT_APPLICABLE, NULL, NULL);
}

static void no_name(Facts *f)
{
    f->names[0] = NULL;
    f->iprev.result = IPREV_PERMERROR;
    find(f, "transport-reverse-dns", OUTCOME_FAIL, "host", "-");
}

static void name_leads_astray(Facts *f)
{
    f->iprev.result = IPREV_FAIL;
    find(f, "transport-iprev", OUTCOME_FAIL, "host", "c.test");
}

static void name_unknown(Facts *f)
{
    f->names[0] = NULL;
    f->iprev.result = IPREV_TEMPERROR;
    find(f, "transport-reverse-dns", OUTCOME_NOT_EVALUABLE, "missing", "dns");
}

static void name_forwards(Facts *f)
{
    f->names[0] = (char *)"192-0-2-10.dsl.test";
}

static void name_backwards(Facts *f)
{
    f->names[0] = (char *)"h010.002.000.192.in.test";
}

static void name_and_better(Facts *f)
{
    f->names[0] = (char *)"192-0-2-10.dsl.test";
    f->names[1] = (char *)"mail.a.test";
}

static void name_of_another(Facts *f)
{
    f->names[0] = (char *)"192-0-2-11.dsl.test";
}

static void name_ipv6(Facts *f)
{
    f->envelope.client_ip.value = (char *)"2001:db8::7";
    f->names[0] = (char *)"2001-db8--7.dsl.test";
}

static void helo_short(Facts *f)
{
    find(f, "transport-helo-name", OUTCOME_FAIL, "helo", "app01");
}

static void helo_unknown(Facts *f)
{
    find(f, "transport-helo-name", OUTCOME_NOT_EVALUABLE, "missing", "helo");
}

static void in_the_clear(Facts *f)
{
    f->received.with = (char *)"ESMTP";
    f->received.tls = NULL;
}

static void handed_over_locally(Facts *f)
{
    f->received.with = (char *)"LMTP";
    f->received.tls = NULL;
}

static void hop_not_trusted(Facts *f)
{
    f->hop.trusted = false;
}

static void bounces_nowhere(Facts *f)
{
    find(f, "transport-bounces", OUTCOME_FAIL, "domain", "a.test");
}

static void bounces_unknown(Facts *f)
{
    find(f, "transport-bounces", OUTCOME_NOT_EVALUABLE, "missing", "dns");
}

static void null_sender(Facts *f)
{
    find(f, "transport-bounces", OUTCOME_NOT_APPLICABLE, NULL, NULL);
}

static void no_unsubscribing(Facts *f)
{
    find(f, "message-list-unsubscribe", OUTCOME_FAIL, NULL, NULL);
    f->part.text = (char *)"Dear Anna, your order is on its way.";
}

static void unsubscribing_not_asked(Facts *f)
{
    find(f, "message-list-unsubscribe", OUTCOME_NOT_APPLICABLE, NULL, NULL);
}

static void text_unread(Facts *f)
{
    f->mime.n_parts = 0;
}

static void weak_key(Facts *f)
{
    damaged(f);
    f->records[0] = key_768;
}

static void older_key(Facts *f)
{
    f->records[0] = key_1024;
}

/* --- each test in each of its states; "~" is merely inferred --- */

static const struct {
    const char *test;
    void (*change)(Facts *f);
    const char *expected;
} cases[] = {
    {"spf-pass", nothing, "met"},
    {"spf-pass", client_guessed, "met~"},
    {"spf-pass", spf_soft, "not-met softfail"},
    {"spf-pass", spf_soft_guessed, "not-met~ softfail"},
    {"spf-pass", spf_temporary, "not-evaluable dns"},
    {"spf-pass", no_client, "not-evaluable client-ip"},
    {"spf-not-fail", spf_soft, "met"},
    {"spf-not-fail", spf_forbids, "not-met fail"},
    {"spf-not-fail", spf_temporary, "not-evaluable dns"},
    {"dkim-pass", nothing, "met"},
    {"dkim-pass", signed_elsewhere, "met"},
    {"dkim-pass", unsign, "not-met none"},
    {"dkim-pass", damaged, "not-met fail"},
    {"dkim-pass", key_unknown, "not-evaluable dns"},
    {"dkim-pass", body_lost, "not-evaluable body"},
    {"dkim-pass", no_header, "not-evaluable header"},
    {"spf-or-dkim", nothing, "met"},
    {"spf-or-dkim", unsign, "met"},
    {"spf-or-dkim", spf_soft, "met"},
    {"spf-or-dkim", nothing_passes, "not-met softfail"},
    {"spf-or-dkim", key_unknown, "met"},
    {"spf-or-dkim", key_unknown_only, "not-evaluable dns"},
    {"spf-or-dkim", no_header, "not-evaluable header"},
    {"dkim-aligned", nothing, "met"},
    {"dkim-aligned", signed_elsewhere, "not-met"},
    {"dkim-aligned", unsign, "not-met"},
    {"dkim-aligned", key_unknown, "not-evaluable dns"},
    {"dkim-aligned", body_lost, "not-evaluable body"},
    {"dkim-aligned", organization_open, "not-evaluable dns"},
    {"dkim-aligned", several_authors, "not-met"},
    {"dkim-aligned", from_not_parsed, "not-evaluable mime"},
    {"dkim-aligned", no_header, "not-evaluable header"},
    {"dmarc-aligned", nothing, "met"},
    {"dmarc-aligned", client_guessed, "met"},
    {"dmarc-aligned", signed_elsewhere, "met"},
    {"dmarc-aligned", signed_elsewhere_only, "not-met"},
    {"dmarc-aligned", nothing_passes, "not-met"},
    {"dmarc-aligned", key_unknown_only, "not-evaluable authentication"},
    {"dmarc-aligned", organization_open, "not-evaluable dns"},
    {"dmarc-aligned", several_authors, "not-met"},
    {"dmarc-record", nothing, "met"},
    {"dmarc-record", no_policy, "not-met"},
    {"dmarc-record", organization_open, "not-evaluable dns"},
    {"dmarc-record", several_authors, "not-applicable"},
    {"dmarc-record", no_header, "not-evaluable header"},
    {"dmarc-reject", nothing, "met"},
    {"dmarc-reject", nothing_passes, "not-met reject"},
    {"dmarc-reject", standards_differ, "not-met~ reject"},
    {"dmarc-reject", asks_for_quarantine, "met"},
    {"dmarc-reject", key_unknown_only, "not-evaluable authentication"},
    {"dmarc-reject", organization_open, "not-evaluable dns"},
    {"dmarc-reject", no_policy, "not-applicable"},
    {"dmarc-quarantine", nothing, "met"},
    {"dmarc-quarantine", asks_for_quarantine, "not-met quarantine"},
    {"dmarc-quarantine", nothing_passes, "met"},
    {"dmarc-quarantine", organization_open, "not-evaluable dns"},
    {"dmarc-quarantine", no_policy, "not-applicable"},
    {"key-1024", nothing, "met"},
    {"key-1024", older_key, "met"},
    {"key-1024", weak_key, "not-met 768"},
    {"key-1024", key_unknown, "not-evaluable dns"},
    {"key-1024", unsign, "not-applicable"},
    {"key-2048", nothing, "met"},
    {"key-2048", older_key, "not-met 1024"},
    {"key-2048", key_unknown, "not-evaluable dns"},
    {"key-2048", unsign, "not-applicable"},
    {"from-single", nothing, "met"},
    {"from-single", two_addresses, "not-met"},
    {"from-single", several_authors, "not-met"},
    {"from-single", no_from, "not-met"},
    {"from-single", from_unread, "not-evaluable mime"},
    {"from-exists", nothing, "met"},
    {"from-exists", no_such_domain, "not-met a.test"},
    {"from-exists", domain_unknown, "not-evaluable dns"},
    {"from-exists", domain_not_asked, "not-applicable"},
    {"message-id", nothing, "met"},
    {"message-id", no_message_id, "not-met"},
    {"message-id", message_id_unread, "not-evaluable header"},
    {"message-format", nothing, "met"},
    {"message-format", two_subjects, "not-met Subject"},
    {"message-format", two_subjects_waived, "not-met Subject"},
    {"message-format", from_unread, "not-evaluable mime"},
    {"ptr", nothing, "met"},
    {"ptr", client_guessed, "met~"},
    {"ptr", name_leads_astray, "met"},
    {"ptr", no_name, "not-met"},
    {"ptr", name_unknown, "not-evaluable dns"},
    {"ptr", no_client, "not-evaluable client-ip"},
    {"fcrdns", nothing, "met"},
    {"fcrdns", no_name, "not-met"},
    {"fcrdns", name_leads_astray, "not-met c.test"},
    {"fcrdns", name_unknown, "not-evaluable dns"},
    {"ptr-own", nothing, "met"},
    {"ptr-own", name_forwards, "not-met~ 192-0-2-10.dsl.test"},
    {"ptr-own", name_backwards, "not-met~ h010.002.000.192.in.test"},
    {"ptr-own", name_ipv6, "not-met~ 2001-db8--7.dsl.test"},
    {"ptr-own", name_and_better, "met"},
    {"ptr-own", name_of_another, "met"},
    {"ptr-own", name_unknown, "not-evaluable dns"},
    {"ptr-own", no_client, "not-evaluable client-ip"},
    {"ptr-own", no_name, "not-applicable"},
    {"helo-fqdn", nothing, "met"},
    {"helo-fqdn", helo_short, "not-met app01"},
    {"helo-fqdn", helo_unknown, "not-evaluable helo"},
    {"tls", nothing, "met"},
    {"tls", hop_not_trusted, "met~"},
    {"tls", in_the_clear, "not-met~ ESMTP"},
    {"tls", handed_over_locally, "not-evaluable trace"},
    {"tls", no_header, "not-evaluable trace"},
    {"bounces", nothing, "met"},
    {"bounces", bounces_nowhere, "not-met a.test"},
    {"bounces", bounces_unknown, "not-evaluable dns"},
    {"bounces", null_sender, "not-applicable"},
    {"list-unsubscribe", nothing, "met"},
    {"list-unsubscribe", no_unsubscribing, "not-met"},
    {"list-unsubscribe", unsubscribing_not_asked, "not-applicable"},
    {"one-click", nothing, "met"},
    {"one-click", no_unsubscribing, "not-met"},
    {"one-click", unsubscribing_not_asked, "not-applicable"},
    {"unsubscribe-link", nothing, "met~"},
    {"unsubscribe-link", no_unsubscribing, "not-met~"},
    {"unsubscribe-link", text_unread, "not-evaluable mime"},
    {"unsubscribe-link", no_header, "not-evaluable body"},
};

static char *asked(const char *test, const Facts *f)
{
    ProviderTestResult result = provider_test(test, &f->evidence, &f->judgement);
    const char *more = result.missing ? result.missing : result.found;
    char *text = g_strdup_printf("%s%s%s%s", provider_state_name(result.state),
                                 result.inferred ? "~" : "", more ? " " : "", more ? more : "");
    provider_test_clear(&result);
    return text;
}

static void test_each_predicate_in_each_state(void **state)
{
    (void)state;
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        Facts facts;
        facts_init(&facts);
        cases[i].change(&facts);
        g_autofree char *got = asked(cases[i].test, &facts);
        if (strcmp(got, cases[i].expected) != 0)
            fail_msg("case %zu, %s: %s instead of %s", i, cases[i].test, got, cases[i].expected);
    }
}

static bool has_case(const char *test, const char *state)
{
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++)
        if (strcmp(cases[i].test, test) == 0 && g_str_has_prefix(cases[i].expected, state))
            return true;
    return false;
}

static void test_no_predicate_is_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < loaded->n_tests; i++) {
        const char *test = loaded->tests[i].id;
        if (!has_case(test, "met") || !has_case(test, "not-met"))
            fail_msg("%s: no case for one of its states", test);
        if (!has_case(test, "not-evaluable") && !has_case(test, "not-applicable"))
            fail_msg("%s: no case without an answer", test);
    }
}

static void test_what_is_found_is_escaped(void **state)
{
    (void)state;
    Facts facts;
    facts_init(&facts);
    facts.received = (Received){.with = (char *)"ESMTP\x1b[31m"};
    g_autofree char *got = asked("tls", &facts);
    assert_string_equal(got, "not-met~ ESMTP\\x1B[31m");
}

static void test_what_is_found_is_short(void **state)
{
    (void)state;
    for (size_t n = 80; n < 120; n++) {
        Facts facts;
        facts_init(&facts);
        g_autofree char *fill = g_strnfill(n, 'x');
        g_autofree char *with = g_strconcat("ESMTP", fill, "\x1b\xc3\xa9\xc3\xa9", fill, NULL);
        facts.received = (Received){.with = with};
        g_autofree char *got = asked("tls", &facts);
        assert_true(strlen(got) <= strlen("not-met~ ") + 103);
        assert_true(g_str_has_suffix(got, "..."));
        assert_true(g_utf8_validate(got, -1, NULL));
        const char *escape = strchr(got, '\\');
        assert_true(!escape || g_str_has_prefix(escape, "\\x1B"));
    }
}

/* --- what a provider makes of it --- */

static const ProviderRow *row_of(const ProviderMatrix *matrix, const char *id)
{
    for (size_t i = 0; i < matrix->providers->n; i++)
        if (strcmp(matrix->rows[i].provider->id, id) == 0)
            return &matrix->rows[i];
    fail_msg("no provider %s", id);
    return NULL;
}

static void assert_verdict(void (*change)(Facts *f), const char *provider, const char *verdict)
{
    Facts facts;
    facts_init(&facts);
    change(&facts);
    g_autoptr(ProviderMatrix) matrix = provider_matrix(loaded, &facts.evidence, &facts.judgement);
    const char *got = provider_verdict_name(row_of(matrix, provider)->verdict);
    if (strcmp(got, verdict) != 0)
        fail_msg("%s: %s instead of %s", provider, got, verdict);
}

static void newsletter(Facts *f)
{
    f->profile.rule_profile = (char *)"newsletter";
}

static void newsletter_without_one_click(Facts *f)
{
    newsletter(f);
    find(f, "message-list-unsubscribe", OUTCOME_FAIL, NULL, NULL);
}

static void unsubscribing_is_not_asked_of_transactional_mail(Facts *f)
{
    no_unsubscribing(f);
}

static void test_verdicts(void **state)
{
    (void)state;
    for (size_t i = 0; i < loaded->n; i++)
        assert_verdict(nothing, loaded->items[i].id, "all-met");
    assert_verdict(nothing_passes, "gmail", "refuses");
    assert_verdict(spf_soft, "gmail", "refuses-bulk");
    assert_verdict(spf_soft, "microsoft", "refuses-bulk");
    assert_verdict(spf_soft, "gmx", "all-met"); /* advised */
    assert_verdict(spf_forbids, "gmx", "refuses");
    assert_verdict(signed_elsewhere, "gmx", "refuses");
    assert_verdict(signed_elsewhere, "gmail", "all-met");
    assert_verdict(older_key, "gmail", "all-met"); /* advised */
    assert_verdict(spf_temporary, "microsoft", "open");
    assert_verdict(spf_soft_guessed, "microsoft", "open");
    assert_verdict(in_the_clear, "gmail", "open");
    assert_verdict(name_forwards, "gmx", "open");
    assert_verdict(name_forwards, "yahoo", "all-met"); /* advised */
    assert_verdict(newsletter, "gmail", "all-met");
    assert_verdict(newsletter_without_one_click, "gmail", "short");
    assert_verdict(newsletter_without_one_click, "yahoo", "refuses-bulk");
    for (size_t i = 0; i < loaded->n; i++)
        assert_verdict(unsubscribing_is_not_asked_of_transactional_mail, loaded->items[i].id,
                       "all-met");
}

static void test_what_is_inferred_says_so(void **state)
{
    (void)state;
    Facts facts;
    facts_init(&facts);
    client_guessed(&facts);
    g_autoptr(ProviderMatrix) matrix = provider_matrix(loaded, &facts.evidence, &facts.judgement);
    assert_true(row_of(matrix, "gmail")->inferred);
    assert_int_equal(provider_matrix_all_met(matrix), loaded->n);
}

static void assert_recipient(const char *recipient, const char *receiver, const char *provider)
{
    Facts facts;
    facts_init(&facts);
    facts.envelope.recipient.value = (char *)recipient;
    facts.envelope.receiver.value = (char *)receiver;
    g_autoptr(ProviderMatrix) matrix = provider_matrix(loaded, &facts.evidence, &facts.judgement);
    for (size_t i = 0; i < loaded->n; i++) {
        const char *id = loaded->items[i].id;
        if (matrix->rows[i].is_recipient != (g_strcmp0(id, provider) == 0))
            fail_msg("%s, %s: %s", recipient, receiver, id);
    }
}

static void test_the_recipient_is_told(void **state)
{
    (void)state;
    assert_recipient(NULL, NULL, NULL);
    assert_recipient("nobody@gmail.com", NULL, "gmail");
    assert_recipient("nobody@GMAIL.COM", "mx.a.test", "gmail");
    assert_recipient("nobody@mail.gmail.com", NULL, NULL);
    assert_recipient("nobody@a.test", "mx.google.com", NULL);
    assert_recipient("nobody@a.test", "mx-ha.web.de", NULL); /* a mailbox elsewhere, passed on */
    assert_recipient(NULL, "mx-ha.web.de", "gmx");
    assert_recipient(NULL, "mx.notweb.de", NULL);
    assert_recipient(NULL, "a.mail.protection.outlook.com", NULL);
    assert_recipient("not an address", "mx-ha.web.de", "gmx");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tests_and_predicates_match),
        cmocka_unit_test(test_one_too_many_is_named),
        cmocka_unit_test(test_titles_are_short_and_translated),
        cmocka_unit_test(test_every_requirement_has_source_and_month),
        cmocka_unit_test(test_all_of_it_is_read),
        cmocka_unit_test(test_faults_name_file_and_line),
        cmocka_unit_test(test_each_predicate_in_each_state),
        cmocka_unit_test(test_no_predicate_is_left_out),
        cmocka_unit_test(test_what_is_found_is_escaped),
        cmocka_unit_test(test_what_is_found_is_short),
        cmocka_unit_test(test_verdicts),
        cmocka_unit_test(test_what_is_inferred_says_so),
        cmocka_unit_test(test_the_recipient_is_told),
    };
    return cmocka_run_group_tests_name("provider", tests, load, unload);
}
