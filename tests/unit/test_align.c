/* align.c: configuration x DNS x message, and the steps. */
#include "analyzer/auth/align.h"

#include "analyzer/base/own.h"

#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RSA_P                                                                                      \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi"     \
    "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZy"     \
    "VYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB" /* RFC 8463 appendix A.2 */
#define ED25519_P "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

/* One made-up case: what the other collectors would have found. */
typedef struct Case {
    Profile *profile;
    Envelope envelope;
    DkimCheck dkim;
    SpfCheck spf;
    DmarcCheck dmarc;
    Dns *dns;
    DnsSession *session;
    Alignment *alignment;
} Case;

/* Signing domains as "domain selector [inactive]", one string each, the key from `key` or none. */
static void configure(Case *c, const char *const *entries, size_t n, const char *key_text)
{
    c->profile = profile_new_empty();
    c->profile->domains = g_new0(SigningDomain, n);
    c->profile->n_domains = n;
    for (size_t i = 0; i < n; i++) {
        g_auto(GStrv) words = g_strsplit(entries[i], " ", -1);
        SigningDomain *entry = &c->profile->domains[i];
        *entry = (SigningDomain){.domain = g_strdup(words[0]),
                                 .selector = g_strdup(words[1]),
                                 .active = words[2] == NULL,
                                 .hash = HASH_SHA256,
                                 .key_type = KEY_TYPE_RSA};
        if (!key_text)
            continue;
        KeyRecord *record = key_record_parse(span_str(key_text));
        entry->key = g_steal_pointer(&record->key);
        entry->key_type = record->type;
        key_record_free(record);
    }
}

static void run(Case *c, const char *zone)
{
    g_autoptr(GError) error = NULL;
    c->dns = zone ? dns_new_zone_text(span_str(zone), "test", &error) : dns_new_none();
    if (!c->dns)
        fail_msg("%s", error->message);
    c->session = dns_session_new(c->dns);
    align_prefetch(c->profile, c->dmarc.author_domain, c->envelope.mail_from_domain, c->session);
    c->alignment = align_check(c->profile, &c->envelope, &c->dkim, &c->spf, &c->dmarc, c->session);
}

static void clear(Case *c)
{
    alignment_free(c->alignment);
    dns_session_free(c->session);
    dns_free(c->dns);
    profile_free(c->profile);
    *c = (Case){.profile = NULL};
}

static void assert_step(const Case *c, const char *id, StepAnswer answer, const char *object,
                        const char *detail)
{
    for (size_t i = 0; i < c->alignment->n_steps; i++) {
        const Step *step = &c->alignment->steps[i];
        if (strcmp(step->id, id) != 0)
            continue;
        if (step->answer != answer || g_strcmp0(step->object, object) != 0 ||
            g_strcmp0(step->detail, detail) != 0)
            fail_msg("%s: %s, %s, %s", id, step_answer_name(step->answer), step->object,
                     step->detail);
        return;
    }
    fail_msg("no step %s", id);
}

static const char *const one_entry[] = {"example.com s1"};

static void no_steps_without_signing_domains(void **state)
{
    (void)state;
    Case c = {.profile = profile_new_empty(),
              .dmarc = {.author_domain = (char *)"example.com", .rfc9989 = {.spf_aligned = true}}};
    run(&c, "");
    assert_int_equal(c.alignment->n_steps, 0);
    assert_int_equal(c.alignment->n_checks, 0);
    assert_string_equal(c.alignment->from_domain, "example.com");
    assert_null(c.alignment->mail_from_domain);
    assert_true(c.alignment->spf_aligned);
    assert_false(c.alignment->dkim_aligned);
    assert_int_equal(dns_session_count(c.session), 0);
    clear(&c);
}

static void everything_in_order(void **state)
{
    (void)state;
    DkimSignature signature = {
        .domain = (char *)"example.com", .selector = (char *)"s1", .result = DKIM_PASS};
    Case c = {
        .envelope = {.mail_from = {.value = (char *)"a@bounce.example.com"},
                     .mail_from_domain = (char *)"bounce.example.com"},
        .dkim = {.signatures = &signature, .n = 1, .result = DKIM_PASS},
        .spf = {.evaluable = true, .result = SPF_PASS, .domain = (char *)"bounce.example.com"},
        .dmarc = {.author_domain = (char *)"example.com",
                  .rfc9989 = {.spf_aligned = true, .dkim_aligned = true}},
    };
    configure(&c, one_entry, 1, "p=" RSA_P);
    run(&c, "s1._domainkey.example.com. TXT \"v=DKIM1; p=" RSA_P "\"\n");
    const char *const ids[] = {
        "from-domain",       "from-in-list",       "from-active",    "mail-from-domain",
        "mail-from-in-list", "mail-from-active",   "key-published",  "key-equal",
        "signature-present", "signature-verifies", "spf-authorises", "from-aligned",
    };
    assert_int_equal(c.alignment->n_steps, G_N_ELEMENTS(ids));
    for (size_t i = 0; i < G_N_ELEMENTS(ids); i++) {
        assert_string_equal(c.alignment->steps[i].id, ids[i]);
        assert_int_equal(c.alignment->steps[i].answer, STEP_YES);
    }
    assert_step(&c, "from-in-list", STEP_YES, "example.com", NULL);
    assert_step(&c, "from-active", STEP_YES, "example.com", "s1");
    assert_step(&c, "mail-from-in-list", STEP_YES, "bounce.example.com", "example.com");
    assert_step(&c, "key-published", STEP_YES, "s1._domainkey.example.com", "valid");
    assert_step(&c, "signature-verifies", STEP_YES, "s1._domainkey.example.com", "pass");
    assert_step(&c, "spf-authorises", STEP_YES, "bounce.example.com", "pass");
    assert_step(&c, "from-aligned", STEP_YES, "example.com", "dkim+spf");
    assert_int_equal(c.alignment->n_checks, 1);
    const SigningDomainCheck *check = &c.alignment->checks[0];
    assert_true(check->is_from && check->is_mail_from && check->used.has_signature);
    assert_false(check->used.other_selector || check->used.signed_with_configured_key);
    assert_int_equal(check->publication, PUBLICATION_VALID);
    assert_int_equal(check->published->state, KEY_VALID);
    clear(&c);
}

static void assert_publication(const char *zone, const char *key_text, KeyPublication expected,
                               StepAnswer published, StepAnswer equal)
{
    Case c = {.dmarc = {.author_domain = (char *)"example.com"}};
    configure(&c, one_entry, 1, key_text);
    run(&c, zone);
    const SigningDomainCheck *check = &c.alignment->checks[0];
    if (check->publication != expected)
        fail_msg("%s: %s", zone, key_publication_name(check->publication));
    assert_string_equal(check->key_name, "s1._domainkey.example.com");
    assert_non_null(check->answer);
    bool single = check->answer->n > 0 && expected != PUBLICATION_MULTIPLE;
    assert_true((check->published != NULL) == single);
    const char *name = key_publication_name(expected);
    assert_step(&c, "key-published", published, "s1._domainkey.example.com", name);
    assert_step(&c, "key-equal", equal, "s1._domainkey.example.com", name);
    clear(&c);
}

#define TXT(text) "s1._domainkey.example.com. TXT \"" text "\"\n"

static void tells_how_a_key_is_published(void **state)
{
    (void)state;
    const StepAnswer yes = STEP_YES, no = STEP_NO, unknown = STEP_UNKNOWN, na = STEP_NOT_APPLICABLE;
    const char *rsa = "p=" RSA_P;
    assert_publication(TXT("p=" RSA_P), rsa, PUBLICATION_VALID, yes, yes);
    assert_publication(TXT("p=" RSA_P), NULL, PUBLICATION_UNCOMPARED, yes, na);
    assert_publication(TXT("k=ed25519\\; p=" ED25519_P), rsa, PUBLICATION_MISMATCH, yes, no);
    assert_publication("", rsa, PUBLICATION_MISSING, no, na);
    assert_publication("s1._domainkey.example.com. A 192.0.2.1\n", rsa, PUBLICATION_MISSING, no,
                       na);
    assert_publication(";!servfail s1._domainkey.example.com TXT\n", rsa, PUBLICATION_UNKNOWN,
                       unknown, unknown);
    assert_publication(NULL, rsa, PUBLICATION_UNKNOWN, unknown, unknown);
    assert_publication(TXT("v=DKIM1\\; p="), rsa, PUBLICATION_REVOKED, no, na);
    assert_publication(TXT("v=DKIM1\\; p=MIGfMA0GCSqGSIb3DQEB"), rsa, PUBLICATION_TRUNCATED, no,
                       na);
    assert_publication(TXT("v=DKIM1\\; p=hello"), rsa, PUBLICATION_MALFORMED, no, na);
    assert_publication(TXT("v=DKIM1"), rsa, PUBLICATION_MALFORMED, no, na);
    assert_publication(TXT("v=spf1 -all"), rsa, PUBLICATION_MALFORMED, no, na);
    assert_publication(TXT("v=spf1 -all") TXT("p=" RSA_P), rsa, PUBLICATION_VALID, yes, yes);
    assert_publication(TXT("p=" RSA_P) TXT("z=after") TXT("a=before"), rsa, PUBLICATION_VALID, yes,
                       yes);
    assert_publication(TXT("p=" RSA_P) TXT("p="), rsa, PUBLICATION_MULTIPLE, no, na);
}

static void answers_no_where_something_is_wrong(void **state)
{
    (void)state;
    DkimSignature signature = {
        .domain = (char *)"example.com", .selector = (char *)"other", .result = DKIM_FAIL};
    Case c = {
        .envelope = {.mail_from = {.value = (char *)"a@elsewhere.example"},
                     .mail_from_domain = (char *)"elsewhere.example"},
        .dkim = {.signatures = &signature, .n = 1},
        .spf = {.evaluable = true, .result = SPF_SOFTFAIL, .domain = (char *)"elsewhere.example"},
        .dmarc = {.author_domain = (char *)"example.com"},
    };
    configure(&c, (const char *const[]){"example.com s1 inactive"}, 1, NULL);
    run(&c, "");
    assert_step(&c, "from-active", STEP_NO, "example.com", "s1");
    assert_step(&c, "mail-from-in-list", STEP_NO, "elsewhere.example", NULL);
    assert_step(&c, "mail-from-active", STEP_NOT_APPLICABLE, "elsewhere.example", NULL);
    assert_step(&c, "signature-present", STEP_NO, "s1._domainkey.example.com", "other-selector");
    assert_step(&c, "signature-verifies", STEP_NOT_APPLICABLE, "s1._domainkey.example.com", NULL);
    assert_step(&c, "spf-authorises", STEP_NO, "elsewhere.example", "softfail");
    assert_step(&c, "from-aligned", STEP_NO, "example.com", NULL);
    assert_true(c.alignment->checks[0].used.other_selector);
    clear(&c);

    /* nothing about this message is configured */
    c = (Case){.envelope = {.mail_from = {.value = (char *)""}},
               .spf = {.evaluable = true, .result = SPF_NONE},
               .dmarc = {.author = DMARC_AUTHOR_SEVERAL}};
    configure(&c, one_entry, 1, NULL);
    run(&c, "");
    assert_int_equal(c.alignment->n_checks, 0);
    assert_step(&c, "from-domain", STEP_NO, NULL, "several");
    assert_step(&c, "from-in-list", STEP_NOT_APPLICABLE, NULL, NULL);
    assert_step(&c, "mail-from-domain", STEP_NOT_APPLICABLE, NULL, "<>");
    assert_step(&c, "key-published", STEP_NOT_APPLICABLE, NULL, NULL);
    assert_step(&c, "signature-verifies", STEP_NOT_APPLICABLE, NULL, NULL);
    assert_step(&c, "from-aligned", STEP_NOT_APPLICABLE, NULL, NULL);
    clear(&c);

    c = (Case){.envelope = {.mail_from = {.value = (char *)"postmaster"}},
               .spf = {.evaluable = true},
               .dmarc = {.author = DMARC_AUTHOR_MISSING}};
    configure(&c, one_entry, 1, NULL);
    run(&c, "");
    assert_step(&c, "from-domain", STEP_NO, NULL, "missing");
    assert_step(&c, "mail-from-domain", STEP_NO, NULL, "postmaster");
    clear(&c);
}

static void is_unknown_when_it_cannot_be_known(void **state)
{
    (void)state;
    DkimSignature signature = {
        .domain = (char *)"example.com", .selector = (char *)"s1", .result = DKIM_TEMPERROR};
    DmarcIdentifier identifiers[] = {
        {.domain = (char *)"example.com", .is_dkim = true, .temporary = true, .aligned = true},
    };
    Case c = {
        .dkim = {.signatures = &signature, .n = 1},
        .spf = {.missing = "client-ip"},
        .dmarc = {.author_domain = (char *)"example.com",
                  .identifiers = identifiers,
                  .n_identifiers = 1},
    };
    configure(&c, one_entry, 1, "p=" RSA_P);
    run(&c, NULL);
    assert_step(&c, "mail-from-domain", STEP_UNKNOWN, NULL, NULL);
    assert_step(&c, "key-published", STEP_UNKNOWN, "s1._domainkey.example.com", "unknown");
    assert_step(&c, "signature-present", STEP_YES, "s1._domainkey.example.com", NULL);
    assert_step(&c, "signature-verifies", STEP_UNKNOWN, "s1._domainkey.example.com", "temperror");
    assert_step(&c, "spf-authorises", STEP_UNKNOWN, NULL, "client-ip");
    assert_step(&c, "from-aligned", STEP_UNKNOWN, "example.com", NULL);
    alignment_free(c.alignment);

    /* SPF is known and does not help: the signature alone keeps it open */
    c.spf = (SpfCheck){.evaluable = true, .result = SPF_TEMPERROR, .domain = (char *)"x.example"};
    c.alignment = align_check(c.profile, &c.envelope, &c.dkim, &c.spf, &c.dmarc, c.session);
    assert_step(&c, "spf-authorises", STEP_UNKNOWN, "x.example", "temperror");
    assert_step(&c, "from-aligned", STEP_UNKNOWN, "example.com", NULL);
    alignment_free(c.alignment);

    /* headers only: the body is not there to tell */
    signature.result = DKIM_FAIL;
    signature.header = DKIM_HEADER_VERIFIES;
    signature.body = DKIM_BODY_NOT_SUPPLIED;
    identifiers[0].temporary = false;
    c.alignment = align_check(c.profile, &c.envelope, &c.dkim, &c.spf, &c.dmarc, c.session);
    assert_step(&c, "signature-verifies", STEP_UNKNOWN, "s1._domainkey.example.com", "fail");
    assert_step(&c, "from-aligned", STEP_UNKNOWN, "example.com", NULL);
    alignment_free(c.alignment);

    /* and nothing is left open */
    signature.body = DKIM_BODY_DIFFERS;
    c.alignment = align_check(c.profile, &c.envelope, &c.dkim, &c.spf, &c.dmarc, c.session);
    assert_step(&c, "signature-verifies", STEP_NO, "s1._domainkey.example.com", "fail");
    assert_step(&c, "from-aligned", STEP_NO, "example.com", NULL);
    clear(&c);
}

static void chooses_the_entry_that_matters(void **state)
{
    (void)state;
    DkimSignature signatures[] = {
        {.domain = (char *)"example.com", .selector = (char *)"s2", .result = DKIM_FAIL},
        {.domain = (char *)"example.com", .selector = (char *)"s2", .result = DKIM_PASS},
        {.domain = (char *)"third.example", .selector = (char *)"t", .result = DKIM_PASS},
    };
    const char *const entries[] = {"example.com s1", "example.com s2", "third.example t",
                                   "mail.example m", "unrelated.example u"};
    Case c = {
        .envelope = {.mail_from = {.value = (char *)"a@mail.example"},
                     .mail_from_domain = (char *)"mail.example"},
        .dkim = {.signatures = signatures, .n = G_N_ELEMENTS(signatures)},
        .dmarc = {.author_domain = (char *)"example.com"},
    };
    configure(&c, entries, G_N_ELEMENTS(entries), NULL);
    run(&c, "");
    assert_int_equal(c.alignment->n_checks, 4);
    const SigningDomainCheck *checks = c.alignment->checks;
    assert_true(checks[0].is_from && !checks[0].used.has_signature &&
                !checks[0].used.other_selector);
    assert_true(checks[1].is_from && checks[1].used.has_signature);
    assert_int_equal(checks[1].used.signature, 1); /* the one that passes */
    assert_true(!checks[2].is_from && !checks[2].is_mail_from && checks[2].used.has_signature);
    assert_true(checks[3].is_mail_from && !checks[3].used.has_signature);
    assert_step(&c, "signature-verifies", STEP_YES, "s2._domainkey.example.com", "pass");
    clear(&c);

    /* From below a configured domain: in the list only when a signature shows it */
    c = (Case){.dkim = {.signatures = signatures, .n = 2},
               .dmarc = {.author_domain = (char *)"news.example.com"}};
    configure(&c, entries, G_N_ELEMENTS(entries), NULL);
    run(&c, "");
    assert_ptr_equal(c.alignment->from_configured, &c.profile->domains[0]);
    assert_step(&c, "from-in-list", STEP_YES, "news.example.com", "example.com");
    clear(&c);
    c = (Case){.dmarc = {.author_domain = (char *)"news.example.com"}};
    configure(&c, entries, G_N_ELEMENTS(entries), NULL);
    run(&c, "");
    assert_null(c.alignment->from_configured);
    assert_step(&c, "from-in-list", STEP_NO, "news.example.com", NULL);
    clear(&c);
}

/* The published key is another, the body was changed, d= is of somebody else: the padding still
 * tells who signed. */
static void names_the_key_that_signed(void **state)
{
    (void)state;
    g_autoptr(EVP_PKEY) pkey = EVP_RSA_gen(1024);
    uint8_t *der = NULL;
    int n = i2d_PUBKEY(pkey, &der);
    g_autofree char *p = bytes_base64(der, (size_t)n), *key_text = g_strconcat("p=", p, NULL);
    OPENSSL_free(der);
    uint8_t digest[32] = {1}, b[128];
    size_t b_n = sizeof b;
    g_autoptr(EVP_PKEY_CTX) context = EVP_PKEY_CTX_new(pkey, NULL);
    assert_int_equal(EVP_PKEY_sign_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING), 1);
    assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()), 1);
    assert_int_equal(EVP_PKEY_sign(context, b, &b_n, digest, sizeof digest), 1);

    g_autoptr(GByteArray) octets = g_byte_array_append(g_byte_array_new(), b, (guint)b_n);
    DkimSignature signature = {.domain = (char *)"forwarder.example",
                               .selector = (char *)"f",
                               .result = DKIM_FAIL,
                               .signature = octets};
    Case c = {.dkim = {.signatures = &signature, .n = 1},
              .dmarc = {.author_domain = (char *)"example.com"}};
    configure(&c, one_entry, 1, key_text);
    run(&c, TXT("p=" RSA_P));
    assert_int_equal(c.alignment->checks[0].publication, PUBLICATION_MISMATCH);
    assert_true(c.alignment->checks[0].used.signed_with_configured_key);
    alignment_free(c.alignment);
    octets->data[5] ^= 1;
    c.alignment = align_check(c.profile, &c.envelope, &c.dkim, &c.spf, &c.dmarc, c.session);
    assert_false(c.alignment->checks[0].used.signed_with_configured_key);
    clear(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_steps_without_signing_domains),
        cmocka_unit_test(everything_in_order),
        cmocka_unit_test(tells_how_a_key_is_published),
        cmocka_unit_test(answers_no_where_something_is_wrong),
        cmocka_unit_test(is_unknown_when_it_cannot_be_known),
        cmocka_unit_test(chooses_the_entry_that_matters),
        cmocka_unit_test(names_the_key_that_signed),
    };
    return cmocka_run_group_tests_name("align", tests, NULL, NULL);
}
