/* addrset.c: sets of addresses, against sets of bits. */
#include "analyzer/base/addrset.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static AddrSet *set_of(const char *networks)
{
    AddrSet *set = addrset_new();
    g_auto(GStrv) list = g_strsplit(networks, " ", -1);
    for (char **network = list; *network; network++)
        if (**network && !addrset_add(set, *network))
            fail_msg("%s is refused", *network);
    return set;
}

static void assert_networks(const AddrSet *set, const char *expected)
{
    g_auto(GStrv) networks = addrset_networks(set, 1000);
    g_autofree char *text = g_strjoinv(" ", networks);
    assert_string_equal(text, expected);
}

static void joins_networks(void **state)
{
    (void)state;
    static const struct {
        const char *networks, *expected;
    } cases[] = {
        {"", ""},
        {"192.0.2.7", "192.0.2.7"},
        {"192.0.2.7/24", "192.0.2.0/24"},
        {"192.0.2.128/25 192.0.2.0/25", "192.0.2.0/24"},
        {"192.0.2.2 192.0.2.1 192.0.2.1", "192.0.2.1 192.0.2.2"},
        {"192.0.2.3 192.0.2.2", "192.0.2.2/31"},
        {"192.0.2.0/24 192.0.2.9", "192.0.2.0/24"},
        {"0.0.0.0/0", "0.0.0.0/0"},
        {"255.255.255.255 255.255.255.254", "255.255.255.254/31"},
        {"0.0.0.0/1 128.0.0.0/1", "0.0.0.0/0"},
        {"2001:db8::/64 2001:db8:0:1::/64", "2001:db8::/63"},
        {"2001:db8::1 192.0.2.1", "192.0.2.1 2001:db8::1"},
        {"::/1 8000::/1", "::/0"},
        {"2001:db8:0:0:ffff:ffff:ffff:ffff 2001:db8:0:1::",
         "2001:db8::ffff:ffff:ffff:ffff 2001:db8:0:1::"},
        {"::ffff:192.0.2.1 192.0.2.1", "192.0.2.1 ::ffff:192.0.2.1"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(AddrSet) set = set_of(cases[i].networks);
        assert_networks(set, cases[i].expected);
    }
}

static void refuses_what_is_none(void **state)
{
    (void)state;
    static const char *const none[] = {"",
                                       "192.0.2",
                                       "192.0.2.1/33",
                                       "192.0.2.1/",
                                       "192.0.2.1/-1",
                                       "192.0.2.0.1",
                                       "2001:db8::/129",
                                       "2001:db8::g",
                                       "/24",
                                       "192.0.2.1/2 4"};
    g_autoptr(AddrSet) set = addrset_new();
    for (size_t i = 0; i < G_N_ELEMENTS(none); i++)
        if (addrset_add(set, none[i]))
            fail_msg("%s is taken", none[i]);
    assert_true(addrset_is_empty(set));
}

static void subtracts(void **state)
{
    (void)state;
    static const struct {
        const char *from, *what, *expected;
    } cases[] = {
        {"192.0.2.0/24", "192.0.2.0/24", ""},
        {"192.0.2.0/24", "192.0.2.0/25", "192.0.2.128/25"},
        {"192.0.2.0/30", "192.0.2.1", "192.0.2.0 192.0.2.2/31"},
        {"192.0.2.0/30 192.0.2.8/30", "192.0.2.3 192.0.2.8",
         "192.0.2.0/31 192.0.2.2 192.0.2.9 192.0.2.10/31"},
        {"0.0.0.0/0", "0.0.0.0/1 255.255.255.255",
         "128.0.0.0/2 192.0.0.0/3 224.0.0.0/4 240.0.0.0/5 "
         "248.0.0.0/6 252.0.0.0/7 254.0.0.0/8 255.0.0.0/9 255.128.0.0/10 255.192.0.0/11 "
         "255.224.0.0/12 255.240.0.0/13 255.248.0.0/14 255.252.0.0/15 255.254.0.0/16 "
         "255.255.0.0/17 255.255.128.0/18 255.255.192.0/19 255.255.224.0/20 255.255.240.0/21 "
         "255.255.248.0/22 255.255.252.0/23 255.255.254.0/24 255.255.255.0/25 255.255.255.128/26 "
         "255.255.255.192/27 255.255.255.224/28 255.255.255.240/29 255.255.255.248/30 "
         "255.255.255.252/31 255.255.255.254"},
        {"::/0", "::/0", ""},
        {"2001:db8::/127", "2001:db8::", "2001:db8::1"},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(AddrSet) from = set_of(cases[i].from), what = set_of(cases[i].what);
        assert_true(addrset_contains(from, from));
        addrset_subtract(from, what);
        assert_networks(from, cases[i].expected);
    }
}

static void no_more_than_asked_for(void **state)
{
    (void)state;
    g_autoptr(AddrSet) set = set_of("192.0.2.0 192.0.2.2 192.0.2.4");
    g_auto(GStrv) three = addrset_networks(set, 3);
    assert_non_null(three);
    assert_null(addrset_networks(set, 2));
}

/* --- the same with one bit for each address of a /24 --- */

static uint32_t chance(uint32_t *seed, uint32_t n)
{
    *seed = *seed * 1664525 + 1013904223;
    return (*seed >> 8) % n;
}

static void set_bits(bool bits[256], unsigned first, unsigned prefix, bool value)
{
    unsigned n = 1u << (32 - prefix);
    for (unsigned i = first & ~(n - 1); i < (first & ~(n - 1)) + n; i++)
        bits[i] = value;
}

static void agrees_with_bits(void **state)
{
    (void)state;
    uint32_t seed = 7;
    for (int round = 0; round < 400; round++) {
        bool bits[256] = {false};
        bool v6 = round % 2 == 1;
        g_autoptr(AddrSet) set = addrset_new();
        for (uint32_t i = 0, n = 1 + chance(&seed, 12); i < n; i++) {
            unsigned first = chance(&seed, 256), prefix = 24 + chance(&seed, 9);
            bool add = chance(&seed, 3) > 0;
            g_autofree char *network =
                v6 ? g_strdup_printf("2001:db8:0:ffff:ffff:ffff:ffff:ff%02x/%u", first, prefix + 96)
                   : g_strdup_printf("198.51.100.%u/%u", first, prefix);
            g_autoptr(AddrSet) one = set_of(network);
            if (add)
                addrset_unite(set, one);
            else
                addrset_subtract(set, one);
            set_bits(bits, first, prefix, add);
        }
        for (unsigned i = 0; i < 256; i++) {
            g_autofree char *address =
                v6 ? g_strdup_printf("2001:db8:0:ffff:ffff:ffff:ffff:ff%02x", i)
                   : g_strdup_printf("198.51.100.%u", i);
            g_autoptr(AddrSet) one = set_of(address);
            assert_int_equal(addrset_contains(set, one), bits[i]);
        }
        g_auto(GStrv) networks = addrset_networks(set, 1000);
        g_autofree char *text = g_strjoinv(" ", networks);
        g_autoptr(AddrSet) again = set_of(text);
        assert_true(addrset_contains(set, again) && addrset_contains(again, set));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(joins_networks),   cmocka_unit_test(refuses_what_is_none),
        cmocka_unit_test(subtracts),        cmocka_unit_test(no_more_than_asked_for),
        cmocka_unit_test(agrees_with_bits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
