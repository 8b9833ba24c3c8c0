/* profile.c: loading, its errors, and what is asked of a profile. */
#include "analyzer/profile.h"

#include "analyzer/base/own.h"

#include <glib/gstdio.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

#define RSA_P                                                                                      \
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi"     \
    "Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZy"     \
    "VYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB" /* RFC 8463 appendix A.2 */
#define ED25519_P "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="

static char *folder; /* for the files of these tests */

static char *in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void write_file(const char *name, const char *text, mode_t mode)
{
    g_autofree char *path = in_folder(name);
    assert_true(g_file_set_contents(path, text, -1, NULL));
    assert_int_equal(chmod(path, mode), 0);
}

static char *pem_of(EVP_PKEY *pkey, const char *password)
{
    g_autoptr(BIO) bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, pkey, password ? EVP_aes_128_cbc() : NULL, NULL, 0, NULL,
                                  (void *)password);
    char *data = NULL;
    long n = BIO_get_mem_data(bio, &data);
    return g_strndup(data, (gsize)n);
}

static int make_folder(void **state)
{
    (void)state;
    folder = g_dir_make_tmp("test_profile_XXXXXX", NULL);
    if (!folder)
        return -1;
    g_autoptr(EVP_PKEY) pkey = EVP_RSA_gen(1024);
    g_autofree char *plain = pem_of(pkey, NULL), *encrypted = pem_of(pkey, "open sesame");
    write_file("plain.key", plain, 0600);
    write_file("exposed.key", plain, 0644);
    write_file("encrypted.key", encrypted, 0640);
    write_file("password", "open sesame\n", 0600);
    write_file("wrong-password", "open barley\n", 0600);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    GDir *dir = g_dir_open(folder, 0, NULL);
    for (const char *name = g_dir_read_name(dir); name; name = g_dir_read_name(dir)) {
        g_autofree char *path = in_folder(name);
        g_unlink(path);
    }
    g_dir_close(dir);
    g_rmdir(folder);
    g_free(folder);
    return 0;
}

static Profile *load(const char *text, GError **error)
{
    write_file("profile.xml", text, 0644);
    g_autofree char *path = in_folder("profile.xml");
    return profile_load(path, error);
}

static Profile *load_good(const char *text)
{
    g_autoptr(GError) error = NULL;
    Profile *profile = load(text, &error);
    if (!profile)
        fail_msg("%s", error->message);
    return profile;
}

static void loads_everything(void **state)
{
    (void)state;
    g_autoptr(Profile) profile =
        load_good("<?xml version=\"1.0\"?>\n"
                  "<mailassay-profile version=\"1\">\n"
                  "  <house name=\"House\" logo=\"data:image/png;base64,aGVs\n bG8=\"/>\n"
                  "  <operator name=\" Example Mail \" spf-include=\"_SPF.mail.example.\"\n"
                  "    key-host=\"DKIM.mail.example\"/>\n"
                  "  "
                  "<own-hosts><host>MX.mail.example</host><host>192.0.2.0/24</"
                  "host><host>2001:db8::1</host></own-hosts>\n"
                  "  "
                  "<trusted-receivers><receiver>MX.receiver.example</"
                  "receiver><receiver>Inner_Filter!</receiver>"
                  "</trusted-receivers>\n"
                  "  <signing-domains>\n"
                  "    <signing-domain domain=\"Example.com\" selector=\"S2024\" key-bits=\"1024\" "
                  "tenant=\"one\">\n"
                  "      <public-key>\n"
                  "        -----BEGIN PUBLIC KEY-----\n"
                  "        MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDkHlOQoBTzWRiGs5V6NpP3idY6\n"
                  "        Wk08a5qhdR6wy5bdOKb2jLQiY/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/\n"
                  "        e/8uBsCR+yz1Lxj+PL6lHvqMKrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G\n"
                  "        +2kryOTIKT+l/K4w3QIDAQAB\n"
                  "        -----END PUBLIC KEY-----\n"
                  "      </public-key>\n"
                  "    </signing-domain>\n"
                  "    <signing-domain domain=\"example.com\" selector=\"old\" active=\"no\" "
                  "hash=\"sha1\"/>\n"
                  "    <signing-domain domain=\"b\xc3\xbc"
                  "cher.example\" selector=\"e\"><p>" ED25519_P "</p></signing-domain>\n"
                  "  </signing-domains>\n"
                  "  <rules profile=\"newsletter\">\n"
                  "    <rule id=\"dkim-body-changed\" severity=\"notice\" weight=\"0\"/>\n"
                  "    <rule id=\"spf-ptr\" off=\"yes\" reason=\"known\" until=\"2026-12-31\"/>\n"
                  "  </rules>\n"
                  "  <score fail-below=\"50\"/>\n"
                  "  <block-lists><list zone=\"Zen.Example.\" name=\"Zen\"/>"
                  "<list zone=\"dbl.example\" kind=\"domain\"/></block-lists>\n"
                  "</mailassay-profile>\n");
    assert_string_equal(profile->operator_name, "Example Mail");
    assert_string_equal(profile->spf_include, "_spf.mail.example");
    assert_string_equal(profile->key_host, "dkim.mail.example");
    assert_string_equal(profile->own_hosts[0], "mx.mail.example");
    assert_string_equal(profile->own_hosts[1], "192.0.2.0/24");
    assert_string_equal(profile->own_hosts[2], "2001:db8::1");
    assert_null(profile->own_hosts[3]);
    assert_string_equal(profile->trusted_receivers[0], "mx.receiver.example");
    assert_string_equal(profile->trusted_receivers[1], "inner_filter!");
    assert_null(profile->trusted_receivers[2]);
    assert_string_equal(profile->house, "House");
    assert_string_equal(profile->logo, "data:image/png;base64,aGVsbG8=");
    assert_string_equal(profile->rule_profile, "newsletter");
    assert_int_equal(profile->warn_below, 90);
    assert_int_equal(profile->fail_below, 50);

    assert_int_equal(profile->n_domains, 3);
    const SigningDomain *first = &profile->domains[0];
    assert_string_equal(first->domain, "example.com");
    assert_string_equal(first->selector, "s2024");
    assert_string_equal(first->tenant, "one");
    assert_true(first->active);
    assert_int_equal(first->hash, HASH_SHA256);
    assert_int_equal(first->key_type, KEY_TYPE_RSA);
    assert_int_equal(first->key_bits, 1024);
    assert_string_equal(first->p_value, RSA_P);
    const SigningDomain *old = &profile->domains[1];
    assert_false(old->active);
    assert_int_equal(old->hash, HASH_SHA1);
    assert_int_equal(old->key_type, KEY_TYPE_RSA);
    assert_null(old->key);
    assert_null(old->p_value);
    assert_null(old->tenant);
    const SigningDomain *third = &profile->domains[2];
    assert_string_equal(third->domain, "xn--bcher-kva.example");
    assert_int_equal(third->key_type, KEY_TYPE_ED25519);
    assert_string_equal(third->p_value, ED25519_P);

    assert_int_equal(profile->n_block_lists, 2);
    assert_string_equal(profile->block_lists[0].zone, "zen.example");
    assert_string_equal(profile->block_lists[0].name, "Zen");
    assert_false(profile->block_lists[0].of_domains);
    assert_true(profile->block_lists[1].of_domains);
    assert_null(profile->block_lists[1].name);

    assert_int_equal(profile->n_settings, 2);
    assert_string_equal(profile->settings[0].rule, "dkim-body-changed");
    assert_string_equal(profile->settings[0].severity, "notice");
    assert_true(profile->settings[0].has_weight);
    assert_int_equal(profile->settings[0].weight, 0);
    assert_false(profile->settings[0].off);
    assert_true(profile->settings[1].off);
    assert_false(profile->settings[1].has_weight);
    assert_string_equal(profile->settings[1].reason, "known");
    assert_true(profile->settings[1].until_s == 1798761600); /* date -u -d 2027-01-01 +%s */
}

static void an_empty_profile_has_defaults(void **state)
{
    (void)state;
    g_autoptr(Profile) loaded = load_good("<mailassay-profile version=\"1\"/>");
    g_autoptr(Profile) made = profile_new_empty();
    const Profile *const both[] = {loaded, made};
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(both[i]->n_domains, 0);
        assert_int_equal(both[i]->n_settings, 0);
        assert_null(both[i]->own_hosts[0]);
        assert_null(both[i]->trusted_receivers[0]);
        assert_null(both[i]->operator_name);
        assert_null(both[i]->logo);
        assert_string_equal(both[i]->rule_profile, "transactional");
        assert_int_equal(both[i]->warn_below, 90);
        assert_int_equal(both[i]->fail_below, 70);
        assert_null(profile_find(both[i], "example.com"));
        assert_false(profile_is_own_host(both[i], "192.0.2.1", "mx.example"));
        assert_false(profile_is_own_host(both[i], NULL, NULL));
    }
    assert_null(made->path);
    profile_free(NULL);
}

static void reads_private_keys(void **state)
{
    (void)state;
    g_autofree char *absolute = in_folder("plain.key");
    g_autofree char *text = g_strdup_printf(
        "<mailassay-profile version=\"1\"><signing-domains>"
        "<signing-domain domain=\"a.example\" selector=\"s\"><private-key "
        "file=\"plain.key\"/></signing-domain>"
        "<signing-domain domain=\"b.example\" selector=\"s\">"
        "<private-key file=\"encrypted.key\" password-file=\"password\"/></signing-domain>"
        "<signing-domain domain=\"c.example\" selector=\"s\"><private-key "
        "file=\"%s\"/></signing-domain>"
        "<signing-domain domain=\"d.example\" selector=\"s\"><public-key "
        "file=\"exposed.key\"/></signing-domain>"
        "</signing-domains></mailassay-profile>",
        absolute);
    g_autoptr(Profile) profile = load_good(text);
    assert_int_equal(profile->n_domains, 4);
    for (size_t i = 1; i < 4; i++) {
        assert_true(pubkey_equal(profile->domains[0].key, profile->domains[i].key));
        assert_string_equal(profile->domains[0].p_value, profile->domains[i].p_value);
    }
}

#define PROFILE(inside) "<mailassay-profile version=\"1\">\n" inside "\n</mailassay-profile>"
#define DOMAINS(inside) PROFILE("<signing-domains>\n" inside "</signing-domains>")
#define DOMAIN(attributes, key)                                                                    \
    DOMAINS("<signing-domain domain=\"a.example\" selector=\"s\" " attributes ">" key              \
            "</signing-domain>\n")

static void a_fault_names_file_line_and_remedy(void **state)
{
    (void)state;
    const struct {
        const char *text, *where, *says;
    } faults[] = {
        {"", ":1:", "mend the XML"},
        {"<mailassay-profile version=\"1\">\n\n</wrong>", ":3:", "mismatch"},
        {"<other/>", ":1:", "begins with <mailassay-profile"},
        {"<mailassay-profile/>", ":1:", "It is 1."},
        {"<mailassay-profile version=\"2\"/>", ":1:", "It is 1."},
        {"<!DOCTYPE mailassay-profile [<!ENTITY x \"y\">]>\n<mailassay-profile version=\"1\"/>",
         ":1:", "remove <!DOCTYPE"},
        {PROFILE("<bogus/>"), ":2:", "in any order: operator"},
        {PROFILE("<score/>\n<score/>"), ":3:", "each at most once"},
        {PROFILE("<operator name=\"\"/>"), ":2:", "as it is to stand in reports"},
        {PROFILE("<operator colour=\"red\"/>"), ":2:", "operator: the organisation"},
        {PROFILE("<operator spf-include=\"not a name\"/>"), ":2:", "cannot be a name in DNS"},
        {PROFILE("<operator key-host=\"192.0.2.1\"/>"),
         ":2:", "key-host=\"192.0.2.1\" of <operator> cannot be"},
        {PROFILE("<own-hosts>\n<host>192.0.2.300</host></own-hosts>"), ":3:", "192.0.2.300"},
        {PROFILE("<own-hosts>\n<host>192.0.2.1/24</host></own-hosts>"),
         ":3:", "beyond prefix length"},
        {PROFILE("<own-hosts>\n<host> </host></own-hosts>"), ":3:", "host: a host name"},
        {PROFILE("<score warn-below=\"101\"/>"), ":2:", "0 to 100"},
        {PROFILE("<score warn-below=\"50\"/>"), ":2:", "exchange the two"},
        {PROFILE("<house logo=\"http://a.example/logo.png\"/>"), ":2:", "data:image/png"},
        {PROFILE("<house logo=\"data:text/html;base64,aGVsbG8=\"/>"), ":2:", "data:image/png"},
        {PROFILE("<house logo=\"data:image/png;base64,?\"/>"), ":2:", "data:image/png"},
        {PROFILE("<block-lists>\n<list zone=\"a b.example\"/></block-lists>"),
         ":3:", "cannot be a name in DNS"},
        {PROFILE("<block-lists>\n<list zone=\"zen\"/></block-lists>"), ":3:", "is no block list"},
        {PROFILE("<block-lists>\n<list zone=\"a.example\"/>\n<list zone=\"A.example\"/>"
                 "</block-lists>"),
         ":4:", "first in line 3"},
        {PROFILE("<block-lists>\n<list zone=\"a.example\" kind=\"ip\"/></block-lists>"),
         ":3:", "\"address\" when it lists IP addresses"},
        {PROFILE("<rules profile=\"spam\"/>"), ":2:", "\"newsletter\" for mail to a list"},
        {PROFILE("<rules>\n<rule id=\"A B\"/></rules>"), ":3:", "lower-case words"},
        {PROFILE("<rules>\n<rule id=\"a\" severity=\"fatal\"/></rules>"),
         ":3:", "\"error\", \"warning\""},
        {PROFILE("<rules>\n<rule id=\"a\" weight=\"-1\"/></rules>"), ":3:", "0 to 100"},
        {PROFILE("<rules>\n<rule id=\"a\" off=\"yes\"/></rules>"), ":3:", "add reason="},
        {PROFILE("<rules>\n<rule id=\"a\" reason=\"b\"/></rules>"), ":3:", "add off="},
        {PROFILE("<rules>\n<rule id=\"a\" until=\"2026-12-31\"/></rules>"), ":3:", "add off="},
        {PROFILE("<rules>\n<rule id=\"a\" off=\"yes\" reason=\"b\" until=\"2026-02-30\"/></rules>"),
         ":3:", "the last day"},
        {PROFILE(
             "<rules>\n<rule id=\"a\" off=\"yes\" reason=\"b\" until=\"2026-02-03Z\"/></rules>"),
         ":3:", "the last day"},
        {PROFILE("<rules>\n<rule id=\"a\" weight=\"1\"/>\n<rule id=\"a\"/></rules>"),
         ":4:", "first in line 3"},
        {DOMAINS("<signing-domain domain=\"a.example\"/>"), ":3:", "selector._domainkey.domain"},
        {DOMAINS("<signing-domain domain=\"a..example\" selector=\"s\"/>"), ":3:", "a..example"},
        {DOMAINS("<signing-domain domain=\"a.example\" selector=\"s s\"/>"), ":3:", "s s"},
        {DOMAINS("<signing-domain domain=\"a.example\" selector=\"s\"/>\n"
                 "<signing-domain domain=\"A.example\" selector=\"S\" active=\"no\"/>"),
         ":4:", "s._domainkey.a.example stands twice, first in line 3"},
        {DOMAIN("active=\"maybe\"", ""), ":3:", "prepared or retired"},
        {DOMAIN("hash=\"md5\"", ""), ":3:", "\"sha256\""},
        {DOMAIN("key-type=\"dsa\"", ""), ":3:", "\"ed25519\""},
        {DOMAIN("key-bits=\"big\"", ""), ":3:", "as \"2048\""},
        {DOMAIN("key-bits=\"2048\"", "<p>" RSA_P "</p>"), ":3:", "has 1024 bits"},
        {DOMAIN("key-type=\"rsa\"", "<p>" ED25519_P "</p>"), ":3:", "not-der"},
        {DOMAIN("key-type=\"ed25519\"", "<private-key file=\"plain.key\"/>"),
         ":3:", "is of type rsa"},
        {DOMAIN("hash=\"sha1\"", "<p>" ED25519_P "</p>"), ":3:", "RFC 8463"},
        {DOMAIN("", "<p>\"v=DKIM1\"</p>"), ":3:", "not base64"},
        {DOMAIN("", "<p>MIGfMA0GCSqGSIb3</p>"), ":3:", "announces 162 octets and has 12"},
        {DOMAIN("", "<p>" RSA_P "</p><p>" RSA_P "</p>"), ":3:", "either public-key, or p"},
        {DOMAIN("", "<public-key/>"), ":3:", "either the key in PEM or a file"},
        {DOMAIN("", "<public-key file=\"plain.key\">x</public-key>"),
         ":3:", "either the key in PEM or a file"},
        {DOMAIN("", "<public-key>hello</public-key>"), ":3:", "from BEGIN to END"},
        {DOMAIN("", "<public-key file=\"nowhere\"/>"), ":3:", "No such file"},
        {DOMAIN("", "<private-key/>"), ":3:", "path of the PEM file"},
        {DOMAIN("", "<private-key file=\"nowhere\"/>"), ":3:", "relative to the profile"},
        {DOMAIN("", "<private-key file=\"exposed.key\"/>"), ":3:", "chmod o="},
        {DOMAIN("", "<private-key file=\"encrypted.key\"/>"), ":3:", "no password is given"},
        {DOMAIN("", "<private-key file=\"encrypted.key\" password-file=\"wrong-password\"/>"),
         ":3:", "does not open"},
        {DOMAIN("", "<private-key file=\"password\"/>"), ":3:", "no PEM key"},
        {DOMAIN("", "<private-key file=\".\"/>"), ":3:", "Is a directory"},
    };
    g_autofree char *path = in_folder("profile.xml");
    for (size_t i = 0; i < G_N_ELEMENTS(faults); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Profile) profile = load(faults[i].text, &error);
        if (profile || !error)
            fail_msg("accepted: %s", faults[i].text);
        g_autofree char *where = g_strconcat(path, faults[i].where, NULL);
        assert_true(error->domain == profile_error_quark());
        if (!g_str_has_prefix(error->message, where) || !strstr(error->message, faults[i].says))
            fail_msg("%s\n    is said of: %s\n    wanted: %s ... %s", error->message,
                     faults[i].text, faults[i].where, faults[i].says);
        if (strchr(error->message, '\n'))
            fail_msg("more than one line: %s", error->message);
    }
}

static void a_missing_file_is_named(void **state)
{
    (void)state;
    g_autofree char *path = in_folder("nowhere.xml");
    g_autoptr(GError) error = NULL;
    assert_null(profile_load(path, &error));
    assert_non_null(strstr(error->message, "nowhere.xml"));
}

static void no_entity_reads_a_file(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    assert_null(load("<!DOCTYPE mailassay-profile [<!ENTITY x SYSTEM \"password\">]>\n"
                     "<mailassay-profile "
                     "version=\"1\"><own-hosts><host>&x;</host></own-hosts></mailassay-profile>",
                     &error));
    assert_non_null(strstr(error->message, "DOCTYPE"));
}

static void finds_entries(void **state)
{
    (void)state;
    g_autoptr(Profile) profile = load_good(
        DOMAINS("<signing-domain domain=\"a.example\" selector=\"old\" active=\"no\"/>\n"
                "<signing-domain domain=\"a.example\" selector=\"new\"/>\n"
                "<signing-domain domain=\"b.example\" selector=\"one\" active=\"no\"/>\n"
                "<signing-domain domain=\"b.example\" selector=\"two\" active=\"no\"/>\n"));
    assert_string_equal(profile_find(profile, "a.example")->selector, "new");
    assert_string_equal(profile_find(profile, "b.example")->selector, "one");
    assert_null(profile_find(profile, "example"));
    assert_null(profile_find(profile, "x.a.example"));
    assert_ptr_equal(profile_find_selector(profile, "b.example", "two"), &profile->domains[3]);
    assert_null(profile_find_selector(profile, "b.example", "new"));
}

static void knows_own_hosts(void **state)
{
    (void)state;
    g_autoptr(Profile) profile = load_good(PROFILE(
        "<own-hosts><host>mx.example</host><host>192.0.2.0/25</host><host>198.51.100.7</host>"
        "<host>2001:db8:1::/48</host></own-hosts>"));
    assert_true(profile_is_own_host(profile, NULL, "MX.example."));
    assert_false(profile_is_own_host(profile, NULL, "a.mx.example"));
    assert_false(profile_is_own_host(profile, NULL, "192.0.2.0/25"));
    assert_true(profile_is_own_host(profile, "192.0.2.127", NULL));
    assert_false(profile_is_own_host(profile, "192.0.2.128", NULL));
    assert_true(profile_is_own_host(profile, "198.51.100.7", "other.example"));
    assert_false(profile_is_own_host(profile, "198.51.100.8", NULL));
    assert_true(profile_is_own_host(profile, "2001:db8:1:2::3", NULL));
    assert_false(profile_is_own_host(profile, "2001:db8:2::3", NULL));
    assert_true(profile_is_own_host(profile, "::ffff:192.0.2.5", NULL)); /* IPv4-mapped */
    assert_false(profile_is_own_host(profile, "junk", "more junk"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loads_everything),
        cmocka_unit_test(an_empty_profile_has_defaults),
        cmocka_unit_test(reads_private_keys),
        cmocka_unit_test(a_fault_names_file_line_and_remedy),
        cmocka_unit_test(a_missing_file_is_named),
        cmocka_unit_test(no_entity_reads_a_file),
        cmocka_unit_test(finds_entries),
        cmocka_unit_test(knows_own_hosts),
    };
    int failed = cmocka_run_group_tests_name("profile", tests, make_folder, remove_folder);
    xmlCleanupParser();
    return failed;
}
