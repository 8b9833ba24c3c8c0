/* Facts of signing domains, where a fixture of the command cannot reach: sessions, borrowed keys,
 * hostile records. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "analyzer/base/keypair.h"
#include "analyzer/domaincheck.h"

#include <string.h>

static bool has(const GArray *facts, DomainFactId id)
{
    for (guint i = 0; i < facts->len; i++)
        if (g_array_index(facts, DomainFact, i).id == id)
            return true;
    return false;
}

static Pubkey *make_key(void)
{
    char *pem = NULL;
    Pubkey *key = keypair_new(KEY_TYPE_ED25519, 0, NULL, &pem, NULL);
    assert_non_null(key);
    keypair_wipe(pem);
    return key;
}

static KeyCheck *check_key(const char *zone, const Pubkey *expected)
{
    Dns *dns = dns_new_zone_text(span_str(zone), "test", NULL);
    assert_non_null(dns);
    DnsSession *session = dns_session_new(dns);
    Profile *profile = profile_new_empty();
    KeyCheck *check = keycheck(profile, "d.example", "s", expected, session);
    check->answer = NULL; /* goes with the Dns */
    profile_free(profile);
    dns_session_free(session);
    dns_free(dns);
    return check;
}

static void a_new_key_is_what_its_record_says(void **state)
{
    (void)state;
    Pubkey *key = make_key();
    g_autofree char *record = keypair_record(key);
    g_autofree char *zone = g_strdup_printf("s._domainkey.d.example. TXT \"%s\"\n", record);
    KeyCheck *check = check_key(zone, key);
    assert_int_equal(check->publication, PUBLICATION_VALID);
    assert_true(has(check->facts, FACT_KEY_VALID));
    keycheck_free(check);
    pubkey_free(key);
}

static void two_new_keys_differ(void **state)
{
    (void)state;
    Pubkey *key = make_key(), *other = make_key();
    g_autofree char *record = keypair_record(other);
    g_autofree char *zone = g_strdup_printf("s._domainkey.d.example. TXT \"%s\"\n", record);
    KeyCheck *check = check_key(zone, key);
    assert_int_equal(check->publication, PUBLICATION_MISMATCH);
    /* Two keys that have nothing in common are not one key with characters exchanged. */
    assert_false(has(check->facts, FACT_KEY_CHARACTERS));
    keycheck_free(check);
    pubkey_free(key);
    pubkey_free(other);
}

static void encrypted_needs_its_password(void **state)
{
    (void)state;
    char *pem = NULL;
    Pubkey *key = keypair_new(KEY_TYPE_ED25519, 0, "right", &pem, NULL);
    assert_non_null(key);
    assert_true(g_str_has_prefix(pem, "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"));
    assert_null(pubkey_from_pem(span_str(pem), "wrong", NULL));
    Pubkey *again = pubkey_from_pem(span_str(pem), "right", NULL);
    assert_non_null(again);
    assert_true(pubkey_equal(key, again));
    pubkey_free(again);
    pubkey_free(key);
    keypair_wipe(pem);
}

static void passwords_differ(void **state)
{
    (void)state;
    char *one = keypair_password(), *two = keypair_password();
    assert_int_equal(strlen(one), 29);
    assert_string_not_equal(one, two);
    assert_int_equal(strspn(one, "23456789abcdefghijkmnpqrstuvwxyz-"), 29);
    keypair_wipe(one);
    keypair_wipe(two);
}

static void strings_are_full(void **state)
{
    (void)state;
    char text[512];
    memset(text, 'a', sizeof text - 1);
    text[510] = '\0';
    g_autofree char *two = keypair_zone_strings(text);
    text[511] = '\0';
    text[510] = 'a';
    g_autofree char *three = keypair_zone_strings(text);
    g_auto(GStrv) of_two = g_strsplit(two, "\"", -1), of_three = g_strsplit(three, "\"", -1);
    assert_int_equal(g_strv_length(of_two), 5);
    assert_int_equal(strlen(of_two[1]), 255);
    assert_int_equal(strlen(of_two[3]), 255);
    assert_int_equal(g_strv_length(of_three), 7);
    assert_int_equal(strlen(of_three[5]), 1);
}

static void refusals(void **state)
{
    (void)state;
    assert_null(keypair_refusal(KEY_TYPE_RSA, 2048));
    assert_null(keypair_refusal(KEY_TYPE_RSA, 4096));
    assert_null(keypair_refusal(KEY_TYPE_ED25519, 256));
    assert_non_null(keypair_refusal(KEY_TYPE_RSA, 2047));
    assert_non_null(keypair_refusal(KEY_TYPE_RSA, 4097));
    assert_non_null(keypair_refusal(KEY_TYPE_UNKNOWN, 2048));
}

/* Any octets in a record: a state and an end. */
static void hostile_records(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "\"\"",
        "\"\\000\\001\\255\"",
        "\"p=\\000\"",
        "\"p=;p=;p=\"",
        "\"-----\"",
        "\"----------\"",
        "\"v=DKIM1; p=-----BEGIN\"",
        "\"\\\\\\\\\\\\\"",
        "\"PRIVATE KEY\"",
        "\"\\\"\\\"\\\"\"",
    };
    Pubkey *key = make_key();
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++) {
        g_autofree char *zone = g_strdup_printf("s._domainkey.d.example. TXT %s\n", texts[i]);
        KeyCheck *check = check_key(zone, key);
        assert_int_not_equal(check->publication, PUBLICATION_VALID);
        assert_true(check->facts->len > 0);
        keycheck_free(check);
    }
    pubkey_free(key);
}

/* Records that include each other, and a wide one: bounded, and told. */
static void hostile_spf(void **state)
{
    (void)state;
    g_autoptr(GString) zone = g_string_new("d.example. TXT \"v=spf1 include:d.example");
    for (int i = 0; i < 200; i++)
        g_string_append_printf(zone, "\" \" include:x%d.example", i);
    g_string_append(zone, " -all\"\n");
    Dns *dns = dns_new_zone_text(span_of(zone->str, zone->len), "test", NULL);
    assert_non_null(dns);
    DnsSession *session = dns_session_new(dns);
    Profile *profile = profile_new_empty();
    const char *const domains[] = {"d.example", NULL};
    DomainChecks *checks = domaincheck(profile, domains, NULL, session);
    assert_int_equal(checks->n, 1);
    assert_true(has(checks->domains[0].facts[PART_SPF], FACT_SPF_LOOKUPS));
    assert_true(dns_stats(dns).questions < 300);
    domainchecks_free(checks);
    profile_free(profile);
    dns_session_free(session);
    dns_free(dns);
}

static void every_fact_has_a_name(void **state)
{
    (void)state;
    for (int id = 0; id < DOMAIN_FACTS; id++)
        assert_non_null(domain_fact_name((DomainFactId)id));
    assert_string_equal(domain_fact_name(FACT_KEY_CUT_AT_BORDER), "cut-at-border");
    assert_string_equal(domain_part_name(PART_BOUNCES), "bounces");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_key_is_what_its_record_says),
        cmocka_unit_test(two_new_keys_differ),
        cmocka_unit_test(encrypted_needs_its_password),
        cmocka_unit_test(passwords_differ),
        cmocka_unit_test(strings_are_full),
        cmocka_unit_test(refusals),
        cmocka_unit_test(hostile_records),
        cmocka_unit_test(hostile_spf),
        cmocka_unit_test(every_fact_has_a_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
