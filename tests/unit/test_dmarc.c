/* dmarc.c and its parts: RFC 9989, RFC 7489, RFC 9990 §4. */
#include "analyzer/auth/dmarc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

typedef struct World {
    Dns *dns;
    DnsSession *session;
    psl_ctx_t *psl;
} World;

static const char suffixes[] = "// a list of our own\ncom\nexample\nnet\n*.wild\nco.test\n";

static psl_ctx_t *psl_of_test(void)
{
    g_autofree char *path = NULL;
    int fd = g_file_open_tmp("pslXXXXXX", &path, NULL);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w+");
    assert_non_null(file);
    fputs(suffixes, file);
    rewind(file);
    psl_ctx_t *psl = psl_load_fp(file);
    fclose(file);
    remove(path);
    assert_non_null(psl);
    return psl;
}

static World world_new(const char *zone)
{
    g_autoptr(GError) error = NULL;
    World world = {.dns = dns_new_zone_text(span_str(zone), "test", &error), .psl = psl_of_test()};
    if (world.dns == NULL)
        fail_msg("zone: %s", error->message);
    world.session = dns_session_new(world.dns);
    return world;
}

static void world_clear(World *world)
{
    dns_session_free(world->session);
    dns_free(world->dns);
    psl_free(world->psl);
}

typedef struct Id {
    const char *domain;
    char method; /* 's' or 'd' */
    char result; /* 'p'ass, 'f'ail, 't'emperror */
} Id;

static DmarcCheck *check_with(World *world, const char *author, const Id *ids, size_t n)
{
    DmarcIdentifier *identifiers = g_new0(DmarcIdentifier, n);
    for (size_t i = 0; i < n; i++) {
        identifiers[i].domain = g_strdup(ids[i].domain);
        identifiers[i].is_dkim = ids[i].method == 'd';
        identifiers[i].passed = ids[i].result == 'p';
        identifiers[i].temporary = ids[i].result == 't';
    }
    return dmarc_check(DMARC_AUTHOR_ONE, author, identifiers, n, world->psl, world->session);
}

static DmarcCheck *check_one(World *world, const char *author, const char *domain, char method,
                             char result)
{
    Id id = {domain, method, result};
    return check_with(world, author, &id, 1);
}

static DmarcRecord *parse(const char *text)
{
    return dmarc_record_parse("example.com", span_str(text));
}

static void reads_a_record(void **state)
{
    (void)state;
    DmarcRecord *record =
        parse("v=DMARC1; p=Reject; sp=quarantine;np=none; adkim=s; aspf=S; psd=n; t=y; fo=1:d:s; "
              "rua=mailto:a@example.com , mailto:b@example.net!10m; ruf=mailto:c@example.com");
    assert_int_equal(record->p, DMARC_POLICY_REJECT);
    assert_int_equal(record->sp, DMARC_POLICY_QUARANTINE);
    assert_int_equal(record->np, DMARC_POLICY_NONE);
    assert_true(record->strict_dkim && record->strict_spf && record->testing && record->usable);
    assert_int_equal(record->psd, 'n');
    assert_false(record->has_pct);
    assert_int_equal(record->pct, 100);
    assert_string_equal(record->rua[0], "mailto:a@example.com");
    assert_string_equal(record->rua[1], "mailto:b@example.net!10m");
    assert_null(record->rua[2]);
    assert_string_equal(record->ruf[0], "mailto:c@example.com");
    assert_int_equal(record->defects, 0);
    dmarc_record_free(record);
}

static void knows_what_is_no_record(void **state)
{
    (void)state;
    static const char *const texts[] = {"",
                                        "v=DMARC2; p=none",
                                        "v=dmarc1; p=none",
                                        "V=DMARC1; p=none",
                                        "p=none; v=DMARC1",
                                        "; v=DMARC1; p=none",
                                        "x; v=DMARC1",
                                        "v=DMARC1 p=none",
                                        "v=DMARC1.; p=none"};
    for (size_t i = 0; i < G_N_ELEMENTS(texts); i++)
        assert_null(parse(texts[i]));
    DmarcRecord *record = parse("v = DMARC1 ; p = none ");
    assert_int_equal(record->p, DMARC_POLICY_NONE);
    dmarc_record_free(record);
}

static void names_the_defects(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        unsigned defects;
        size_t offset;
        bool usable;
    } cases[] = {
        {"v=DMARC1; p=none;", 0, 0, true},
        {"v=DMARC1", DMARC_DEFECT_BAD_P, 0, false},
        {"v=DMARC1; p=", DMARC_DEFECT_BAD_P, 12, false},
        {"v=DMARC1; p=bob", DMARC_DEFECT_BAD_P, 12, false},
        {"v=DMARC1; rua=mailto:a@b.example", DMARC_DEFECT_BAD_P | DMARC_DEFECT_TREATED_AS_NONE, 0,
         true},
        {"v=DMARC1; p=none; sp=x", DMARC_DEFECT_BAD_SP, 21, false},
        {"v=DMARC1; p=none; np=x", DMARC_DEFECT_BAD_NP, 21, false},
        {"v=DMARC1; p=none; np=x; rua=https://r.example/x",
         DMARC_DEFECT_BAD_NP | DMARC_DEFECT_BAD_URI | DMARC_DEFECT_TREATED_AS_NONE, 21, true},
        {"v=DMARC1; p=none; adkim=x", DMARC_DEFECT_BAD_VALUE, 24, true},
        {"v=DMARC1; p=none; aspf=rs", DMARC_DEFECT_BAD_VALUE, 23, true},
        {"v=DMARC1; p=none; psd=maybe", DMARC_DEFECT_BAD_VALUE, 22, true},
        {"v=DMARC1; p=none; t=1", DMARC_DEFECT_BAD_VALUE, 20, true},
        {"v=DMARC1; p=none; fo=0:", DMARC_DEFECT_BAD_VALUE, 21, true},
        {"v=DMARC1; p=none; pct=50", DMARC_DEFECT_OBSOLETE, 18, true},
        {"v=DMARC1; p=none; pct=101", DMARC_DEFECT_OBSOLETE | DMARC_DEFECT_BAD_VALUE, 18, true},
        {"v=DMARC1; p=none; x=1; rf=afrf", DMARC_DEFECT_UNKNOWN_TAG | DMARC_DEFECT_OBSOLETE, 18,
         true},
        {"v=DMARC1; p=none; rua=mailto:x", DMARC_DEFECT_BAD_URI, 22, true},
        {"v=DMARC1; p=none; rua=a@b.example", DMARC_DEFECT_BAD_URI, 22, true},
        {"v=DMARC1; p=none; rua=mailto:a@b.example,,", DMARC_DEFECT_BAD_URI, 41, true},
        {"v=DMARC1; p=none; p=reject", DMARC_DEFECT_SYNTAX, 18, true},
        {"v=DMARC1;; p=none", DMARC_DEFECT_SYNTAX, 9, true},
        {"v=DMARC1; psd=y", DMARC_DEFECT_BAD_P, 0, true},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        DmarcRecord *record = parse(cases[i].text);
        if (record->defects != cases[i].defects || record->defect_offset != cases[i].offset ||
            record->usable != cases[i].usable)
            fail_msg("%s: defects %#x at %zu, usable %d", cases[i].text, record->defects,
                     record->defect_offset, record->usable);
        dmarc_record_free(record);
    }
}

static void assert_walk(World *world, const char *start, const char *organizational,
                        const char *names)
{
    DmarcWalk *walk = dmarc_walk(start, world->session);
    g_autoptr(GString) asked = g_string_new("");
    for (size_t i = 0; i < walk->n; i++)
        g_string_append_printf(asked, "%s%s", i > 0 ? " " : "", walk->queries[i].domain);
    assert_string_equal(asked->str, names);
    assert_string_equal(walk->organizational_domain, organizational);
    assert_false(walk->temporary);
    dmarc_walk_free(walk);
}

static void walks_the_tree(void **state)
{
    (void)state;
    World world = world_new(
        "_dmarc.mail.example.com. IN TXT \"v=DMARC1; p=none\"\n"
        "_dmarc.example.com. IN TXT \"v=DMARC1; p=none\"\n"
        "_dmarc.stop.example.com. IN TXT \"v=DMARC1; p=none; psd=n\"\n"
        "_dmarc.net. IN TXT \"v=DMARC1; p=reject; psd=y\"\n"
        "_dmarc.two.net. IN TXT \"v=DMARC1; p=none\"\n_dmarc.two.net. IN TXT \"v=DMARC1; "
        "p=reject\"\n"
        "_dmarc.other.net. IN TXT \"hello\"\n_dmarc.other.net. IN TXT \"v=DMARC1; p=none\"\n");
    /* The first two are examples of RFC 9989 §4.10 and §4.10.2. */
    assert_walk(
        &world, "a.b.c.d.e.f.g.h.i.j.mail.example.com", "example.com",
        "a.b.c.d.e.f.g.h.i.j.mail.example.com g.h.i.j.mail.example.com h.i.j.mail.example.com "
        "i.j.mail.example.com j.mail.example.com mail.example.com example.com com");
    assert_walk(&world, "a.mail.example.com", "example.com",
                "a.mail.example.com mail.example.com example.com com");
    assert_walk(&world, "b.c.d.e.f.mail.example.com", "example.com",
                "b.c.d.e.f.mail.example.com c.d.e.f.mail.example.com d.e.f.mail.example.com "
                "e.f.mail.example.com "
                "f.mail.example.com mail.example.com example.com com");
    assert_walk(&world, "a.stop.example.com", "stop.example.com",
                "a.stop.example.com stop.example.com");
    assert_walk(&world, "stop.example.com", "stop.example.com", "stop.example.com");
    assert_walk(&world, "a.b.new.net", "new.net", "a.b.new.net b.new.net new.net net");
    assert_walk(&world, "a.two.net", "two.net", "a.two.net two.net net");
    assert_walk(&world, "a.other.net", "other.net", "a.other.net other.net net");
    assert_walk(&world, "net", "net", "net");
    assert_walk(&world, "a.b.example", "a.b.example", "a.b.example b.example example");
    world_clear(&world);
}

static void chooses_the_policy(void **state)
{
    (void)state;
    World world = world_new(
        "_dmarc.example.com. IN TXT \"v=DMARC1; p=reject; sp=quarantine; np=none\"\n"
        "example.com. IN A 192.0.2.1\nreal.example.com. IN TXT \"here\"\n"
        "_dmarc.own.example.com. IN TXT \"v=DMARC1; p=none; sp=reject\"\n"
        "_dmarc.t.net. IN TXT \"v=DMARC1; p=reject; sp=quarantine; t=y\"\nx.t.net. IN A 192.0.2.1\n"
        "_dmarc.pct.net. IN TXT \"v=DMARC1; p=reject; pct=0\"\n"
        "_dmarc.half.net. IN TXT \"v=DMARC1; p=reject; pct=50\"\n"
        "_dmarc.bad.net. IN TXT \"v=DMARC1; p=reject; sp=oops; rua=mailto:a@bad.net\"\n"
        "_dmarc.off.net. IN TXT \"v=DMARC1; p=oops\"\n_dmarc.sub.off.net. IN TXT \"x\"\n");
    static const struct {
        const char *author;
        DmarcResult result;
        const char *tag;
        DmarcPolicy policy, applied;
        DmarcResult result_7489;
        DmarcPolicy applied_7489;
    } cases[] = {
        {"example.com", DMARC_FAIL, "p", DMARC_POLICY_REJECT, DMARC_POLICY_REJECT, DMARC_FAIL,
         DMARC_POLICY_REJECT},
        {"real.example.com", DMARC_FAIL, "sp", DMARC_POLICY_QUARANTINE, DMARC_POLICY_QUARANTINE,
         DMARC_FAIL, DMARC_POLICY_QUARANTINE},
        {"ghost.example.com", DMARC_FAIL, "np", DMARC_POLICY_NONE, DMARC_POLICY_NONE, DMARC_FAIL,
         DMARC_POLICY_QUARANTINE},
        {"own.example.com", DMARC_FAIL, "p", DMARC_POLICY_NONE, DMARC_POLICY_NONE, DMARC_FAIL,
         DMARC_POLICY_NONE},
        {"t.net", DMARC_FAIL, "p", DMARC_POLICY_REJECT, DMARC_POLICY_QUARANTINE, DMARC_FAIL,
         DMARC_POLICY_REJECT},
        {"x.t.net", DMARC_FAIL, "sp", DMARC_POLICY_QUARANTINE, DMARC_POLICY_NONE, DMARC_FAIL,
         DMARC_POLICY_QUARANTINE},
        {"pct.net", DMARC_FAIL, "p", DMARC_POLICY_REJECT, DMARC_POLICY_REJECT, DMARC_FAIL,
         DMARC_POLICY_QUARANTINE},
        {"half.net", DMARC_FAIL, "p", DMARC_POLICY_REJECT, DMARC_POLICY_REJECT, DMARC_FAIL,
         DMARC_POLICY_REJECT},
        {"bad.net", DMARC_FAIL, "p", DMARC_POLICY_NONE, DMARC_POLICY_NONE, DMARC_FAIL,
         DMARC_POLICY_NONE},
        {"off.net", DMARC_NONE, "", DMARC_POLICY_ABSENT, DMARC_POLICY_ABSENT, DMARC_NONE,
         DMARC_POLICY_ABSENT},
        {"sub.off.net", DMARC_NONE, "", DMARC_POLICY_ABSENT, DMARC_POLICY_ABSENT, DMARC_NONE,
         DMARC_POLICY_ABSENT},
        {"free.net", DMARC_NONE, "", DMARC_POLICY_ABSENT, DMARC_POLICY_ABSENT, DMARC_NONE,
         DMARC_POLICY_ABSENT},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        DmarcCheck *check = check_one(&world, cases[i].author, "elsewhere.example", 's', 'p');
        const DmarcVerdict *now = &check->rfc9989, *then = &check->rfc7489;
        if (now->result != cases[i].result || now->policy != cases[i].policy ||
            now->applied != cases[i].applied || strcmp(now->policy_tag, cases[i].tag) != 0 ||
            then->result != cases[i].result_7489 || then->applied != cases[i].applied_7489)
            fail_msg("%s: %s %s=%s applied %s; RFC 7489 %s %s", cases[i].author,
                     dmarc_result_name(now->result), now->policy_tag,
                     dmarc_policy_name(now->policy), dmarc_policy_name(now->applied),
                     dmarc_result_name(then->result), dmarc_policy_name(then->applied));
        assert_int_equal(check->differ,
                         now->applied != then->applied || now->policy != then->policy);
        dmarc_check_free(check);
    }
    world_clear(&world);
}

static void aligns_identifiers(void **state)
{
    (void)state;
    World world = world_new("_dmarc.example.com. IN TXT \"v=DMARC1; p=reject; aspf=s\"\n"
                            "_dmarc.island.example.com. IN TXT \"v=DMARC1; p=none; psd=n\"\n");
    static const struct {
        const char *author, *domain;
        char method, result;
        DmarcResult verdict;
        bool aligned, strict, aligned_7489;
    } cases[] = {
        {"example.com", "example.com", 's', 'p', DMARC_PASS, true, true, true},
        {"example.com", "b.example.com", 's', 'p', DMARC_FAIL, false, false, false},
        {"example.com", "b.example.com", 'd', 'p', DMARC_PASS, true, false, true},
        {"a.example.com", "b.example.com", 'd', 'p', DMARC_PASS, true, false, true},
        {"a.example.com", "example.com", 'd', 'f', DMARC_FAIL, true, false, true},
        {"a.example.com", "example.com", 'd', 't', DMARC_TEMPERROR, true, false, true},
        {"a.example.com", "example.net", 'd', 't', DMARC_FAIL, false, false, false},
        {"example.com", "notexample.com", 'd', 'p', DMARC_FAIL, false, false, false},
        {"example.com", "com", 'd', 'p', DMARC_FAIL, false, false, false},
        {"example.com", "x.island.example.com", 'd', 'p', DMARC_FAIL, false, false, true},
        {"x.island.example.com", "island.example.com", 's', 'p', DMARC_PASS, true, false, false},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        DmarcCheck *check =
            check_one(&world, cases[i].author, cases[i].domain, cases[i].method, cases[i].result);
        const DmarcIdentifier *id = &check->identifiers[0];
        if (check->rfc9989.result != cases[i].verdict || id->aligned != cases[i].aligned ||
            id->aligned_strict != cases[i].strict || id->aligned_7489 != cases[i].aligned_7489)
            fail_msg("%s with %s: %s, aligned %d, strict %d, by RFC 7489 %d", cases[i].author,
                     cases[i].domain, dmarc_result_name(check->rfc9989.result), id->aligned,
                     id->aligned_strict, id->aligned_7489);
        bool pass = cases[i].aligned && cases[i].result == 'p';
        assert_int_equal(check->rfc9989.spf_aligned, pass && cases[i].method == 's');
        assert_int_equal(check->rfc9989.dkim_aligned, pass && cases[i].method == 'd');
        dmarc_check_free(check);
    }
    world_clear(&world);
}

static void one_aligned_pass_is_enough(void **state)
{
    (void)state;
    World world = world_new("_dmarc.example.com. IN TXT \"v=DMARC1; p=reject\"\n");
    const Id ids[] = {{"esp.net", 's', 'p'},
                      {"example.com", 'd', 'f'},
                      {"m.example.com", 'd', 'p'},
                      {"esp.net", 'd', 'p'}};
    DmarcCheck *check = check_with(&world, "example.com", ids, G_N_ELEMENTS(ids));
    assert_int_equal(check->rfc9989.result, DMARC_PASS);
    assert_false(check->rfc9989.spf_aligned);
    assert_true(check->rfc9989.dkim_aligned);
    assert_string_equal(check->identifiers[2].organizational_domain, "example.com");
    assert_string_equal(check->identifiers[3].organizational_domain, "esp.net");
    assert_false(check->differ);
    dmarc_check_free(check);
    world_clear(&world);
}

static void compares_the_two_standards(void **state)
{
    (void)state;
    World world = world_new("_dmarc.shop.co.test. IN TXT \"v=DMARC1; p=reject\"\n"
                            "_dmarc.far.co.test. IN TXT \"v=DMARC1; p=none; psd=n\"\n"
                            "_dmarc.a.far.co.test. IN TXT \"v=DMARC1; p=quarantine; psd=n\"\n"
                            "_dmarc.twice.net. IN TXT \"v=DMARC1; p=reject\"\n"
                            "_dmarc.m.twice.net. IN TXT \"v=DMARC1; p=none\"\n"
                            "_dmarc.m.twice.net. IN TXT \"v=DMARC1; p=quarantine\"\n");
    /* The walk ends at psd=n, so the record of the list's Organizational Domain is fetched apart.
     */
    DmarcCheck *check = check_one(&world, "x.a.far.co.test", "far.co.test", 'd', 'p');
    assert_int_equal(check->rfc9989.result, DMARC_FAIL);
    assert_string_equal(check->rfc9989.organizational_domain, "a.far.co.test");
    assert_int_equal(check->rfc9989.policy, DMARC_POLICY_QUARANTINE);
    assert_int_equal(check->rfc7489.result, DMARC_PASS);
    assert_string_equal(check->rfc7489.organizational_domain, "far.co.test");
    assert_non_null(check->record_7489);
    assert_ptr_equal(check->rfc7489.record, check->record_7489);
    assert_true(check->differ);
    dmarc_check_free(check);
    /* Several records: none for RFC 7489, as if absent for the walk. */
    check = check_one(&world, "m.twice.net", "twice.net", 's', 'p');
    assert_int_equal(check->walk->queries[0].candidates, 2);
    assert_null(check->walk->queries[0].record);
    assert_int_equal(check->rfc9989.result, DMARC_PASS);
    assert_int_equal(check->rfc9989.policy, DMARC_POLICY_REJECT);
    assert_int_equal(check->rfc7489.result, DMARC_NONE);
    assert_true(check->differ);
    dmarc_check_free(check);
    check = check_one(&world, "shop.co.test", "mail.shop.co.test", 's', 'p');
    assert_int_equal(check->rfc9989.result, DMARC_PASS);
    assert_false(check->differ);
    assert_null(check->record_7489);
    dmarc_check_free(check);
    world_clear(&world);
}

static void keeps_dns_trouble_apart(void **state)
{
    (void)state;
    World world = world_new(";!servfail _dmarc.dead.net TXT\n;!timeout _dmarc.net TXT\n;!refused "
                            "_dmarc.mid.own.net TXT\n"
                            "_dmarc.own.net. IN TXT \"v=DMARC1; p=reject\"\n"
                            "_dmarc.a.mid.own.net. IN TXT \"v=DMARC1; p=none\"\n");
    DmarcCheck *check = check_one(&world, "dead.net", "dead.net", 's', 'p');
    assert_int_equal(check->rfc9989.result, DMARC_TEMPERROR);
    assert_int_equal(check->rfc7489.result, DMARC_TEMPERROR);
    assert_null(check->rfc9989.record);
    assert_null(check->rfc9989.organizational_domain);
    dmarc_check_free(check);
    /* The top-level domain alone does not answer: own.net is the Organizational Domain either way.
     */
    check = check_one(&world, "x.own.net", "y.own.net", 's', 'p');
    assert_false(check->walk->temporary);
    assert_int_equal(check->rfc9989.result, DMARC_PASS);
    dmarc_check_free(check);
    check = check_one(&world, "none.net", "none.net", 's', 'p');
    assert_int_equal(check->rfc9989.result, DMARC_TEMPERROR);
    assert_int_equal(check->rfc7489.result, DMARC_NONE);
    dmarc_check_free(check);
    /* A policy is there; only relaxed alignment is open, and only for related names. */
    check = check_one(&world, "a.mid.own.net", "own.net", 's', 'p');
    assert_true(check->walk->temporary);
    assert_int_equal(check->rfc9989.result, DMARC_TEMPERROR);
    assert_int_equal(check->rfc9989.policy, DMARC_POLICY_NONE);
    assert_int_equal(check->rfc7489.result, DMARC_PASS);
    dmarc_check_free(check);
    check = check_one(&world, "a.mid.own.net", "a.mid.own.net", 'd', 'p');
    assert_int_equal(check->rfc9989.result, DMARC_PASS);
    dmarc_check_free(check);
    check = check_one(&world, "a.mid.own.net", "esp.example", 'd', 'p');
    assert_int_equal(check->rfc9989.result, DMARC_FAIL);
    dmarc_check_free(check);
    world_clear(&world);
}

static void needs_one_author_domain(void **state)
{
    (void)state;
    World world = world_new("_dmarc.example.com. IN TXT \"v=DMARC1; p=reject\"\n");
    DmarcIdentifier *ids = g_new0(DmarcIdentifier, 1);
    ids[0].domain = g_strdup("example.com");
    ids[0].passed = true;
    DmarcCheck *check = dmarc_check(DMARC_AUTHOR_SEVERAL, NULL, ids, 1, world.psl, world.session);
    assert_int_equal(check->rfc9989.result, DMARC_NONE);
    assert_null(check->walk);
    assert_string_equal(check->rfc9989.policy_tag, "");
    assert_int_equal(dns_session_count(world.session), 0);
    dmarc_check_free(check);
    world_clear(&world);
}

static void asks_for_consent_to_reports(void **state)
{
    (void)state;
    World world = world_new(
        ";!servfail example.com._report._dmarc.slow.example TXT\n"
        "_dmarc.example.com. IN TXT \"v=DMARC1; p=none; rua=mailto:a@example.com,"
        "mailto:a@sub.example.com,mailto:a@yes.example!10m,\" \"mailto:a@no.example,"
        "mailto:a@slow.example?x=y@z,https://r.example/; ruf=mailto:a@island.example.com\"\n"
        "_dmarc.island.example.com. IN TXT \"v=DMARC1; p=none; psd=n\"\n"
        "*._report._dmarc.yes.example. IN TXT \"v=DMARC1\"\n"
        "example.com._report._dmarc.no.example. IN TXT \"no\"\n");
    DmarcCheck *check = check_one(&world, "mail.example.com", "example.com", 's', 'p');
    assert_int_equal(check->n_external, 4);
    static const struct {
        const char *domain;
        bool authorised, temporary;
    } expected[] = {{"yes.example", true, false},
                    {"no.example", false, false},
                    {"slow.example", false, true},
                    {"island.example.com", false, false}};
    for (size_t i = 0; i < 4; i++) {
        assert_string_equal(check->external[i].domain, expected[i].domain);
        assert_int_equal(check->external[i].authorised, expected[i].authorised);
        assert_int_equal(check->external[i].temporary, expected[i].temporary);
    }
    assert_string_equal(check->external[0].uri, "mailto:a@yes.example!10m");
    dmarc_check_free(check);
    world_clear(&world);
}

static void bounds_the_questions(void **state)
{
    (void)state;
    g_autoptr(GString) zone = g_string_new("_dmarc.example.com. IN TXT \"v=DMARC1; p=none; rua=\"");
    for (int i = 0; i < 500; i++)
        g_string_append_printf(zone, " \"mailto:a@s%d.a.b.c.d.example.com,\"", i);
    g_string_append_c(zone, '\n');
    World world = world_new(zone->str);
    g_autofree Id *ids = g_new0(Id, 500);
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (int i = 0; i < 500; i++) {
        g_ptr_array_add(names, g_strdup_printf("d%d.example.net", i));
        ids[i] = (Id){g_ptr_array_index(names, (guint)i), 'd', 'p'};
    }
    DmarcCheck *check = check_with(&world, "example.com", ids, 500);
    assert_int_equal(check->rfc9989.result, DMARC_FAIL);
    assert_true(dns_session_count(world.session) < 200);
    dmarc_check_free(check);
    world_clear(&world);
}

static void takes_any_record(void **state)
{
    (void)state;
    static const char *const fragments[] = {
        "v=DMARC1", ";",      "; ",   "p=",      "sp=",         "np=",  "psd=",     "t=",
        "none",     "reject", "rua=", "mailto:", "a@b.example", ",",    "!",        "?",
        "adkim=",   "s",      "y",    "n",       "pct=",        "7",    "fo=",      ":",
        "=",        " ",      "\t",   "\xff",    "\x01",        "ruf=", "https://", "p=none;"};
    GRand *rand = g_rand_new_with_seed(9989);
    for (int round = 0; round < 20000; round++) {
        g_autoptr(GString) text = g_string_new(round % 3 ? "v=DMARC1; " : "");
        int n = g_rand_int_range(rand, 0, 20);
        for (int i = 0; i < n; i++)
            g_string_append(text, fragments[g_rand_int_range(rand, 0, G_N_ELEMENTS(fragments))]);
        DmarcRecord *record = dmarc_record_parse("example.com", span_of(text->str, text->len));
        if (record == NULL)
            continue;
        assert_true(record->defect_offset <= text->len);
        assert_true(record->pct <= 100);
        assert_true(record->usable || (record->defects & DMARC_DEFECT_TREATED_AS_NONE) == 0);
        dmarc_record_free(record);
    }
    g_rand_free(rand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_record),
        cmocka_unit_test(knows_what_is_no_record),
        cmocka_unit_test(names_the_defects),
        cmocka_unit_test(walks_the_tree),
        cmocka_unit_test(chooses_the_policy),
        cmocka_unit_test(aligns_identifiers),
        cmocka_unit_test(one_aligned_pass_is_enough),
        cmocka_unit_test(compares_the_two_standards),
        cmocka_unit_test(keeps_dns_trouble_apart),
        cmocka_unit_test(needs_one_author_domain),
        cmocka_unit_test(asks_for_consent_to_reports),
        cmocka_unit_test(bounds_the_questions),
        cmocka_unit_test(takes_any_record),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
