/* difference.c: what changed between two texts, to the octet. */
#include "analyzer/base/difference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* "a[-old-]{+new+}b" */
static char *shown(Span before, Span after)
{
    static const char *const open[] = {"", "[-", "{+"}, *const close[] = {"", "-]", "+}"};
    g_autoptr(GArray) pieces = difference_pieces(before, after);
    GString *out = g_string_new(NULL);
    for (guint i = 0; i < pieces->len; i++) {
        const DifferencePiece *piece = &g_array_index(pieces, DifferencePiece, i);
        g_string_append(out, open[piece->side]);
        g_string_append_len(out, piece->octets.p, (gssize)piece->octets.n);
        g_string_append(out, close[piece->side]);
    }
    return g_string_free(out, FALSE);
}

static void assert_shown(const char *before, const char *after, const char *expected)
{
    g_autofree char *got = shown(span_str(before), span_str(after));
    assert_string_equal(got, expected);
}

static void marks_exactly_what_changed(void **state)
{
    (void)state;
    assert_shown("", "", "");
    assert_shown("same", "same", "same");
    assert_shown("", "footer", "{+footer+}");
    assert_shown("gone", "", "[-gone-]");
    assert_shown("subject:Werkorder", "subject:[EXTERN] Werkorder",
                 "subject:{+[EXTERN] +}Werkorder");
    assert_shown("encoding:8bit\r\n", "encoding:base64\r\n", "encoding:[-8bit-]{+base64+}\r\n");
    /* Several places, and the equal words between them. */
    assert_shown("een caf\xc3\xa9 hier\r\ndaar \r\n", "een caf=C3=A9 hier\r\ndaar\r\n",
                 "een caf[-\xc3\xa9-]{+=C3=A9+} hier\r\ndaar[- -]\r\n");
    /* Only the octet of the line end. */
    assert_shown("a\r\nb", "a\nb", "a[-\r-]\nb");
    assert_shown("lekkage op", "lekkage\r\n op", "lekkage{+\r\n+} op");
}

static void keeps_characters_whole(void **state)
{
    (void)state;
    /* e-acute and e-grave share their first octet, e-acute and i-acute none, Latin-1 is no UTF-8.
     */
    assert_shown("t\xc3\xa9", "t\xc3\xa8", "t[-\xc3\xa9-]{+\xc3\xa8+}");
    assert_shown("\xe2\x82\xac", "\xc2\xac", "[-\xe2\x82\xac-]{+\xc2\xac+}");
    assert_shown("t\xe9l", "t\xe8l", "t[-\xe9-]{+\xe8+}l");
}

static GString *side(const GArray *pieces, DifferenceSide without)
{
    GString *text = g_string_new(NULL);
    DifferenceSide last = without;
    for (guint i = 0; i < pieces->len; i++) {
        const DifferencePiece *piece = &g_array_index(pieces, DifferencePiece, i);
        assert_true(piece->octets.n > 0);
        assert_true(i == 0 || piece->side != last);
        last = piece->side;
        if (piece->side != without)
            g_string_append_len(text, piece->octets.p, (gssize)piece->octets.n);
    }
    return text;
}

static void assert_loses_nothing(Span before, Span after)
{
    g_autoptr(GArray) pieces = difference_pieces(before, after);
    g_autoptr(GString) first = side(pieces, DIFFERENCE_AFTER);
    g_autoptr(GString) second = side(pieces, DIFFERENCE_BEFORE);
    assert_true(span_equal(span_of(first->str, first->len), before));
    assert_true(span_equal(span_of(second->str, second->len), after));
}

/* Any octets: the pieces give both texts back. */
static void loses_nothing(void **state)
{
    (void)state;
    static const char alphabet[] = "ab \r\n\xc3\xa9=\0";
    g_autoptr(GRand) random = g_rand_new_with_seed(6);
    char text[2][64];
    for (int round = 0; round < 20000; round++) {
        size_t n[2];
        for (int i = 0; i < 2; i++) {
            n[i] = (size_t)g_rand_int_range(random, 0, 40);
            for (size_t j = 0; j < n[i]; j++)
                text[i][j] = alphabet[g_rand_int_range(random, 0, sizeof alphabet - 1)];
        }
        assert_loses_nothing(span_of(text[0], n[0]), span_of(text[1], n[1]));
    }
}

/* Nothing in common, and as long as it gets: one replacement, in bounded time. */
static void gives_up_on_long_changes(void **state)
{
    (void)state;
    enum { N = 1 << 20 };
    g_autofree char *before = g_malloc(N), *after = g_malloc(N);
    for (size_t i = 0; i < N; i++) {
        before[i] = "a-"[i % 2];
        after[i] = "b+"[i % 2];
    }
    before[0] = after[0] = '.';
    assert_loses_nothing(span_of(before, N), span_of(after, N));
    g_autoptr(GArray) pieces = difference_pieces(span_of(before, N), span_of(after, N));
    assert_int_equal(pieces->len, 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(marks_exactly_what_changed),
        cmocka_unit_test(keeps_characters_whole),
        cmocka_unit_test(loses_nothing),
        cmocka_unit_test(gives_up_on_long_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
