/* Two copies of a message: header fields (fielddiff.h) and signed regions (regiondiff.h). */
#include "analyzer/auth/regiondiff.h"
#include "analyzer/message/fielddiff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static Source *source(const char *text, size_t n)
{
    g_autoptr(GBytes) octets = g_bytes_new(text, n);
    return source_new(octets, SOURCE_AS_STORED);
}
#define SOURCE(text) source(text, sizeof(text) - 1)

/* "changed 2/3" is field 2 of a and 3 of b; "-" where there is none. */
static void assert_fields(const char *a, const char *b, const char *wanted)
{
    g_autoptr(Source) x = source(a, strlen(a)), y = source(b, strlen(b));
    g_autoptr(FieldDifferences) differences = fielddiff_new(x, y);
    g_autoptr(GString) got = g_string_new(NULL);
    for (size_t i = 0; i < differences->n; i++) {
        const FieldDifference *one = &differences->items[i];
        g_string_append_printf(got, "%s%s ", i > 0 ? ", " : "", field_change_name(one->change));
        if (one->a < x->n_fields)
            g_string_append_printf(got, "%zu/", one->a + 1);
        else
            g_string_append(got, "-/");
        if (one->b < y->n_fields)
            g_string_append_printf(got, "%zu", one->b + 1);
        else
            g_string_append_c(got, '-');
    }
    assert_string_equal(got->str, wanted);
}

static void fields(void **state)
{
    (void)state;
    assert_fields("A: 1\r\nB: 2\r\n\r\n", "A: 1\r\nB: 2\r\n\r\n", "");
    assert_fields("A: 1\r\n b\r\n\r\n", "A: 1\n b\n\n", ""); /* line ends alone */
    assert_fields("B: 2\r\n\r\n", "A: 1\r\nB: 2\r\n\r\n", "added -/1");
    assert_fields("A: 1\r\nB: 2\r\n\r\n", "B: 2\r\n\r\n", "removed 1/-");
    assert_fields("A: 1\r\n\r\n", "A: 2\r\n\r\n", "changed 1/1");
    assert_fields("A: one two\r\n\r\n", "a: one\r\n two\r\n\r\n", "refolded 1/1");
    assert_fields("A: one\r\n\r\n", "A: ONE\r\n\r\n", "changed 1/1");
    /* A relay adds one on top; the others are the same wherever they stand. */
    assert_fields("R: 2\r\nR: 1\r\n\r\n", "R: 3\r\nR: 2\r\nR: 1\r\n\r\n", "added -/1");
    assert_fields("A: 1\r\nB: 2\r\n\r\n", "B: 2\r\nA: 1\r\n\r\n", "");
    assert_fields("R: 1\r\nR: 2\r\nR: 3\r\n\r\n", "R: 1\r\nR: 3\r\n\r\n", "removed 2/-");
    /* What is not equal is paired from the bottom. */
    assert_fields("R: x\r\nR: y\r\n\r\n", "R: p\r\nR: q\r\nR: r\r\n\r\n",
                  "added -/1, changed 1/2, changed 2/3");
    assert_fields("", "A: 1\r\n\r\n", "added -/1");
    assert_fields("A: 1\r\n\r\n", "", "removed 1/-");
}

static void first_octet_of_a_field(void **state)
{
    (void)state;
    g_autoptr(Source) a = SOURCE("X: 0\r\nSubject: one\r\n\r\n"),
                      b = SOURCE("Subject: two\r\n\r\n");
    g_autoptr(FieldDifferences) differences = fielddiff_new(a, b);
    assert_int_equal(differences->n, 2);
    assert_int_equal(differences->items[0].change, FIELD_CHANGED);
    assert_int_equal(a->bytes.p[differences->items[0].at_a], 'o');
    assert_int_equal(b->bytes.p[differences->items[0].at_b], 't');
}

/* --- signed regions --- */

#define SIGNED(canon, tags, b)                                                                     \
    "DKIM-Signature: v=1; a=rsa-sha256; c=" canon "; d=a.example; s=s; h=from:subject;" tags       \
    " bh=YWJj; b=" b "\r\n"
#define HEAD "From: <a@a.example>\r\nSubject: one  two\r\n"

typedef struct Copy2 {
    Source *source;
    DkimSignature signature;
    DkimCheck dkim;
    ArcChain arc;
    SignedCopy copy;
} Copy2;

static void copy_init(Copy2 *copy, const char *text)
{
    memset(copy, 0, sizeof(*copy));
    copy->source = source(text, strlen(text));
    for (size_t i = 0; i < copy->source->n_fields; i++) {
        if (span_is_nocase(copy->source->fields[i].name, "DKIM-Signature"))
            dkim_signature_parse(&copy->signature, copy->source, i, SIGNATURE_DKIM);
    }
    copy->dkim.signatures = &copy->signature;
    copy->dkim.n = 1;
    copy->copy = (SignedCopy){copy->source, &copy->dkim, &copy->arc, false};
}

static void copy_clear(Copy2 *copy)
{
    dkim_signature_clear(&copy->signature);
    source_free(copy->source);
}

static char *octets_at(const Source *source, size_t offset)
{
    Span rest = span_from(source->bytes, offset);
    return bytes_escape(span_of(rest.p, MIN(rest.n, (size_t)3)));
}

/* Compares; the header and body states, then the octets at the place in a and b of the first region
 * that differs. */
static void assert_regions(const char *text_a, const char *text_b, const char *wanted)
{
    Copy2 a, b;
    copy_init(&a, text_a);
    copy_init(&b, text_b);
    g_autoptr(SignaturePairs) pairs = regiondiff_new(&a.copy, &b.copy);
    g_autoptr(GString) got = g_string_new(NULL);
    if (pairs->n > 0) {
        const Region *header = &pairs->pairs[0].header, *body = &pairs->pairs[0].body;
        g_string_append_printf(got, "%s %s %s", pairs->pairs[0].same_value ? "same" : "other",
                               region_state_name(header->state), region_state_name(body->state));
        const Region *region = header->state == REGION_DIFFERS ? header : body;
        if (region->state == REGION_DIFFERS) {
            g_autofree char *x = octets_at(a.source, region->a.offset);
            g_autofree char *y = octets_at(b.source, region->b.offset);
            g_string_append_printf(got, " at %zu, line %zu: %s, line %zu: %s", region->at,
                                   region->a.line, region->a.at_end ? "end" : x, region->b.line,
                                   region->b.at_end ? "end" : y);
        }
    }
    assert_string_equal(got->str, wanted);
    copy_clear(&a);
    copy_clear(&b);
}

static void regions(void **state)
{
    (void)state;
#define RELAXED SIGNED("relaxed/relaxed", "", "QUFB") HEAD "\r\n"
#define SIMPLE SIGNED("simple/simple", "", "QUFB") HEAD "\r\n"
    assert_regions(RELAXED "body\r\n", RELAXED "body\r\n", "same equal equal");
    /* What canonicalization takes away is no difference, and another count of lines none either. */
    assert_regions(RELAXED "a  b \r\n\r\n\r\n", RELAXED "a b\r\n", "same equal equal");
    assert_regions(SIMPLE "a  b\r\n", SIMPLE "a b\r\n",
                   "same equal differs at 2, line 5:  b\\r, line 5: b\\r\\n" + 0);
}

static void places(void **state)
{
    (void)state;
    assert_regions(RELAXED "one  two\r\nthree\r\n", RELAXED "one two\r\nthRee\r\n",
                   "same equal differs at 11, line 6: ree, line 6: Ree");
    assert_regions(RELAXED "one\r\n", RELAXED "one\r\n\r\n-- \r\n",
                   "same equal differs at 5, line 5: end, line 5: \\r\\n\\r");
    /* Fields above shift places, not the canonical octet. */
    assert_regions(RELAXED "body\r\n", "Received: x\r\n" RELAXED "bodY\r\n",
                   "same equal differs at 3, line 5: y\\r\\n, line 6: Y\\r\\n");
    assert_regions(RELAXED "b\r\n",
                   SIGNED("relaxed/relaxed", "", "QUFB") "From: <a@a.example>\r\n"
                                                         "Subject: [x] one two\r\n\r\nb\r\n",
                   "same differs equal at 28, line 3: one, line 3: [x]");
}

static void length_and_canonicalization(void **state)
{
    (void)state;
#define LIMITED SIGNED("relaxed/relaxed", " l=3;", "QUFB") HEAD "\r\n"
    assert_regions(LIMITED "abc\r\n", LIMITED "abcd\r\n", "same equal equal");
    assert_regions(LIMITED "abcde\r\n", LIMITED "abcdf\r\n", "same equal equal");
    assert_regions(LIMITED "abc\r\n", LIMITED "abd\r\n",
                   "same equal differs at 2, line 5: c\\r\\n, line 5: d\\r\\n");
    assert_regions(RELAXED "a\r\n", SIMPLE "a\r\n", "same not-comparable not-comparable");
    assert_regions(RELAXED "a\r\n", LIMITED "a\r\n",
                   "same differs not-comparable at 124, line 1: DKI, line 1: DKI");
}

static void pairs(void **state)
{
    (void)state;
    /* Another value over the same body hash: the copy for another recipient. */
    assert_regions(RELAXED "a\r\n", SIGNED("relaxed/relaxed", "", "QUFC") HEAD "\r\na\r\n",
                   "other equal equal");
    assert_regions(RELAXED "a\r\n",
                   "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=b.example; s=s; "
                   "h=from:subject; bh=YWJj; b=QUFB\r\n" HEAD "\r\na\r\n",
                   "");
    /* Unreadable ones are not compared. */
    assert_regions("DKIM-Signature: nonsense\r\n\r\na", "DKIM-Signature: nonsense\r\n\r\nb", "");
}

static void body_missing(void **state)
{
    (void)state;
    Copy2 a, b;
    copy_init(&a, RELAXED "body\r\n");
    copy_init(&b, RELAXED);
    b.copy.headers_only = true;
    g_autoptr(SignaturePairs) compared = regiondiff_new(&a.copy, &b.copy);
    assert_int_equal(compared->n, 1);
    assert_int_equal(compared->pairs[0].header.state, REGION_EQUAL);
    assert_int_equal(compared->pairs[0].body.state, REGION_NOT_SUPPLIED);
    copy_clear(&a);
    copy_clear(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),
        cmocka_unit_test(first_octet_of_a_field),
        cmocka_unit_test(regions),
        cmocka_unit_test(places),
        cmocka_unit_test(length_and_canonicalization),
        cmocka_unit_test(pairs),
        cmocka_unit_test(body_missing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
