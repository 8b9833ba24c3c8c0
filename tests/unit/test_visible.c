/* visible.c: what is not seen in escaped octets is shown. */
#include "reports/node.h"
#include "reports/visible.h"

#include <glib.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void assert_text(const char *escaped, const char *expected)
{
    g_autofree char *got = visible_text(escaped, "[-", "-]");
    assert_string_equal(got, expected);
}

static void shows_blanks_as_text(void **state)
{
    (void)state;
    assert_text("", "");
    assert_text("a b  c", "[-a\xe2\x90\xa3"
                          "b\xe2\x90\xa3\xe2\x90\xa3"
                          "c-]");
    /* No-break space, combining acute; what has a shape of its own stays. */
    assert_text("a\xc2\xa0"
                "b",
                "[-a\\u{a0}b-]");
    assert_text("e\xcc\x81 \xc3\xa9", "[-e\\u{301}\xe2\x90\xa3\xc3\xa9-]");
    /* Each line between the marks; "\\n" is a backslash and an n, and no end of a line. */
    assert_text("a\\r\\nb\\n", "[-a\\r\\n-]\n[-b\\n-]\n");
    assert_text("a\\\\nb", "[-a\\\\nb-]");
}

static void breaks_lines(void **state)
{
    (void)state;
    g_autofree char *lines = visible_lines("a b\\r\\n\\\\n\\nc");
    assert_string_equal(lines, "a b\\r\\n\n\\\\n\\n\nc");
}

/* "<escape>\r\n</escape>" and so on, as libxml2 writes it. */
static char *marked_up(const char *escaped)
{
    xmlDoc *document = xmlNewDoc((const xmlChar *)"1.0");
    xmlNode *value = xmlNewDocNode(document, NULL, (const xmlChar *)"v", NULL);
    xmlDocSetRootElement(document, value);
    xmlNodeAddContent(value, (const xmlChar *)escaped);
    visible_mark_up(value);
    g_autoptr(GString) out = g_string_new(NULL);
    for (const xmlNode *node = value->children; node != NULL; node = node->next) {
        bool text = node->type == XML_TEXT_NODE;
        xmlChar *content = xmlNodeGetContent(node);
        g_string_append_printf(out, "%s%s(%s)", text ? "text" : (const char *)node->name,
                               text ? "" : node_get(node, "code"), (const char *)content);
        xmlFree(content);
    }
    xmlFreeDoc(document);
    return g_strdup(out->str);
}

static void assert_marked_up(const char *escaped, const char *expected)
{
    g_autofree char *got = marked_up(escaped);
    assert_string_equal(got, expected);
}

static void tells_runs_apart(void **state)
{
    (void)state;
    assert_marked_up("", "");
    assert_marked_up("a<b>&", "text(a<b>&)");
    assert_marked_up("a  b", "text(a)blank(  )text(b)");
    assert_marked_up("\\r\\n\\r\\n\\x80\\u{200b}",
                     "escape(\\r\\n)escape(\\r\\n)escape(\\x80\\u{200b})");
    assert_marked_up("\\\\n", "escape(\\\\)text(n)");
    assert_marked_up("\xc2\xa0\xc3\xa9", "blankU+00A0(\xc2\xa0)foreignU+00E9(\xc3\xa9)");
    /* A stored report may hold what bytes_escape never writes. */
    assert_marked_up("\\", "escape(\\)");
    assert_marked_up("\\x4", "escape(\\x4)");
    assert_marked_up("\\u{12", "escape(\\u)text({12)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shows_blanks_as_text),
        cmocka_unit_test(breaks_lines),
        cmocka_unit_test(tells_runs_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
