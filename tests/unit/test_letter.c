/* The hand-over letter: what may be in it, and that everything in it can be copied safely. */
#include "reports/letter.h"

#include "analyzer/base/own.h"
#include "reports/builtin.h"
#include "reports/node.h"

#include <libxml/parser.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static Letter *letter_about(const char *domain)
{
    Letter *letter = letter_new();
    letter->domain = g_strdup(domain);
    letter->zone = g_strdup(domain);
    return letter;
}

static char *written(const Letter *letter)
{
    return g_string_free(letter_write(letter, LANGUAGE_EN), FALSE);
}

static bool has_line(const char *text, const char *line)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    return g_strv_contains((const char *const *)lines, line);
}

static void below_is_by_labels(void **state)
{
    (void)state;
    assert_true(letter_is_below("customer.example", "customer.example"));
    assert_true(letter_is_below("s._domainkey.Customer.Example", "customer.example"));
    assert_false(letter_is_below("notcustomer.example", "customer.example"));
    assert_false(letter_is_below("example", "customer.example"));
    assert_false(letter_is_below("customer.example", ""));
    assert_false(letter_is_below("", "customer.example"));
}

static void copyable_lines_stand_alone(void **state)
{
    (void)state;
    g_autoptr(Letter) letter = letter_about("customer.example");
    LetterTask *task = letter_add(letter, LETTER_NEEDED, "s._domainkey.customer.example", "TXT");
    g_autofree char *value = g_strnfill(600, 'A');
    letter_add_change(task, "change", task->object, "TXT", value, "v=DKIM1; p=");
    g_autofree char *text = written(letter);
    assert_true(has_line(text, value));
    assert_true(has_line(text, "v=DKIM1; p="));
    assert_true(has_line(text, "dig +short TXT s._domainkey.customer.example"));
    assert_true(has_line(text, "Resolve-DnsName -Type TXT s._domainkey.customer.example"));
    assert_true(has_line(text, "mailassay domain customer.example --selector s"));
    assert_non_null(strstr(text, "In a form  s._domainkey ("));
    assert_non_null(strstr(text, "s._domainkey.customer.example. IN TXT ( \"AAA"));
}

/* What a form or a shell would take differently is not handed over as if it could be pasted. */
static void hostile_names_and_values_are_not_for_copying(void **state)
{
    (void)state;
    static const char *const names[] = {"$(reboot).customer.example", "-f.customer.example",
                                        "a b.customer.example", "a;b.customer.example"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autoptr(Letter) letter = letter_about("customer.example");
        LetterTask *task = letter_add(letter, LETTER_NEEDED, names[i], "TXT");
        letter_add_change(task, "add", names[i], "TXT", "v=spf1 -all", NULL);
        g_autofree char *text = written(letter);
        assert_null(strstr(text, "dig "));
        assert_null(strstr(text, "Resolve-DnsName"));
        assert_null(strstr(text, "mailassay domain"));
    }
    static const char *const values[] = {"v=spf1 exists:a\"b -all", "v=spf1 exists:a\\b -all",
                                         "v=spf1 \xc3\xa9 -all", "v=spf1\t-all"};
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++) {
        g_autoptr(Letter) letter = letter_about("customer.example");
        LetterTask *task = letter_add(letter, LETTER_NEEDED, "customer.example", "TXT");
        letter_add_change(task, "add", task->object, "TXT", values[i], NULL);
        g_autofree char *text = written(letter);
        assert_null(strstr(text, "Value, on one line"));
        assert_non_null(strstr(text, "Ask us before"));
    }
}

static void nothing_filled_in_is_read_again(void **state)
{
    (void)state;
    g_autoptr(Letter) letter = letter_about("customer.example");
    letter->operator_name = g_strdup("{domain}{n}\x1b[31m\nBcc: all");
    letter->tenant = g_strdup("{operator}");
    g_autofree char *text = written(letter);
    assert_non_null(strstr(text, "{domain}{n}?[31m?Bcc: all"));
    assert_non_null(strstr(text, "({operator})"));
    assert_null(strchr(text, '\x1b'));
}

static void many_others_are_counted(void **state)
{
    (void)state;
    g_autoptr(Letter) letter = letter_about("customer.example");
    LetterTask *task = letter_add(letter, LETTER_NEEDED, "customer.example", "TXT");
    letter_add_change(task, "add", task->object, "TXT", "v=spf1 -all", NULL);
    for (int i = 0; i < 500; i++)
        g_ptr_array_add(task->stays, g_strdup_printf("verification-%d", i));
    g_autofree char *text = written(letter);
    assert_true(has_line(text, "verification-9"));
    assert_false(has_line(text, "verification-10"));
    assert_non_null(strstr(text, "and 490 more"));
}

static void times_are_told_in_words(void **state)
{
    (void)state;
    static const struct {
        uint64_t ttl_s;
        const char *words;
    } cases[] = {{1, "one second"},  {59, "59 seconds"},  {60, "one minute"}, {90, "2 minutes"},
                 {3600, "one hour"}, {86400, "24 hours"}, {0, "as a rule"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autoptr(Letter) letter = letter_about("customer.example");
        LetterTask *task = letter_add(letter, LETTER_NEEDED, "customer.example", "TXT");
        letter_add_change(task, "remove", task->object, "TXT", "v=spf1", NULL);
        task->old_ttl_s = cases[i].ttl_s;
        g_autofree char *text = written(letter);
        assert_non_null(strstr(text, cases[i].words));
    }
}

/* --- from a report --- */

#define REMEDY(owner, in_set)                                                                      \
    "<remedy number='1' actor='dns' in-smallest-set='" in_set "' proposed-by='1'><changes>"        \
    "<change action='add' name='" owner "' type='TXT'><value>value of " owner                      \
    "</value></change></changes><outcome spf='pass' dkim='pass' dmarc='pass'/></remedy>"

static const char shared_organization[] =
    "<report><verdict open='no'/><run operator='Operator'/>"
    "<identities><from organizational-domain='shared.example'/></identities>"
    "<alignment from-domain='a.shared.example' spf-include='_spf.shared.example'>"
    "<from-configured domain='a.shared.example' tenant='A'/><signing-domains>"
    "<signing-domain><configured domain='a.shared.example' tenant='A'/></signing-domain>"
    "<signing-domain><configured domain='b.shared.example' other-tenant='true'/></signing-domain>"
    "<signing-domain><configured domain='x.a.shared.example' other-tenant='true'/></signing-domain>"
    "</signing-domains></alignment><remedies><as-is spf='fail' dkim='fail' dmarc='fail'/>"
    "<offered>" REMEDY("s._domainkey.a.shared.example", "true")
        REMEDY("s._domainkey.b.shared.example", "true") REMEDY("_spf.shared.example", "true")
            REMEDY("t._domainkey.x.a.shared.example", "true")
                REMEDY("_dmarc.shared.example", "false") REMEDY("elsewhere.example", "false")
                    REMEDY("_dmarc.shared.example",
                           "false") "</offered><together spf='pass' dkim='pass' "
                                    "dmarc='pass'/></remedies></report>";

static void only_their_names_are_handed_over(void **state)
{
    (void)state;
    g_autoptr(xmlDoc) document = xmlReadMemory(
        shared_organization, (int)strlen(shared_organization), "test", NULL, XML_PARSE_NONET);
    assert_non_null(document);
    g_autoptr(Letter) letter = letter_of_report(document, LANGUAGE_EN);
    assert_int_equal(letter->tasks->len, 2);
    assert_string_equal(g_array_index(letter->tasks, LetterTask, 0).object,
                        "s._domainkey.a.shared.example");
    assert_string_equal(g_array_index(letter->tasks, LetterTask, 1).object,
                        "_dmarc.shared.example");
    assert_null(letter->together); /* others have a part in it */
    g_autofree char *text = written(letter);
    assert_null(strstr(text, "b.shared.example"));
    assert_null(strstr(text, "x.a.shared.example"));
    assert_null(strstr(text, "_spf.shared.example"));
    assert_null(strstr(text, "elsewhere.example"));
}

static void an_empty_report_makes_no_letter(void **state)
{
    (void)state;
    g_autoptr(xmlDoc) document = xmlReadMemory("<report/>", 9, "test", NULL, XML_PARSE_NONET);
    g_autoptr(Letter) letter = letter_of_report(document, LANGUAGE_NL);
    assert_null(letter->domain);
    g_autofree char *text = written(letter);
    assert_non_null(strstr(text, "no single sender domain"));
}

/* --- words --- */

static void both_languages_fill_in_the_same(void **state)
{
    (void)state;
    static const char *const places[] = {"{domain}", "{operator}", "{name}", "{type}", "{n}"};
    g_autoptr(xmlDoc) document = builtin_document("labels.xml");
    size_t n = 0;
    for (xmlNode *label = node_child(xmlDocGetRootElement(document), "label"); label != NULL;
         label = node_next(label)) {
        n += g_str_has_prefix(node_get(label, "id"), "letter.") ? 1 : 0;
        for (size_t i = 0; i < G_N_ELEMENTS(places); i++)
            assert_int_equal(strstr(node_child_value(label, "en"), places[i]) != NULL,
                             strstr(node_child_value(label, "nl"), places[i]) != NULL);
    }
    assert_true(n > 50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(below_is_by_labels),
        cmocka_unit_test(copyable_lines_stand_alone),
        cmocka_unit_test(hostile_names_and_values_are_not_for_copying),
        cmocka_unit_test(nothing_filled_in_is_read_again),
        cmocka_unit_test(many_others_are_counted),
        cmocka_unit_test(times_are_told_in_words),
        cmocka_unit_test(only_their_names_are_handed_over),
        cmocka_unit_test(an_empty_report_makes_no_letter),
        cmocka_unit_test(both_languages_fill_in_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
