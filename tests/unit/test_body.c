#include "tests/unit/bodycase.h"

#define TEXT "Content-Type: text/plain; charset=utf-8\r\n"
#define MIXED "Content-Type: multipart/mixed; boundary=\"b1\"\r\n"

static const char *const note = "Dear Ann,\r\n\r\nall is well.\r\n\r\nBob\r\n";

#define PART_1                                                                                     \
    "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nDear "      \
    "Ann,\r\n\r\nsee below.\r\n"
#define PART_2 "Content-Type: text/csv; name=a.csv\r\n\r\n1,2\r\n"
static const char *const mixed = "--b1\r\n" PART_1 "--b1\r\n" PART_2 "--b1--\r\n";

static void test_signer(void **state)
{
    (void)state;
    BodyCase body = body_case(TEXT, "a\nb\n", "a\r\nb\r\n", CANON_RELAXED);
    assert_true(has_kind(&body, "signer-body-line-ends"));
    body_case_clear(&body);
    assert_undone(TEXT, "a  b \r\n", "a  b \r\n", CANON_RELAXED, "signer-body-other-canon");
    assert_undone(TEXT, "a\r\n\r\n", "a\r\n", CANON_SIMPLE, "signer-body-trailing-lines");
    assert_undone(TEXT, "", "a\r\n", CANON_RELAXED, "signer-body-empty");
}

static void test_cuts(void **state)
{
    (void)state;
    assert_undone(TEXT, note, "Dear Ann,\r\n\r\nall is well.\r\n\r\nBob\r\n___\r\nlist footer\r\n",
                  CANON_SIMPLE, "body-footer-appended");
    assert_undone(TEXT, note, "[checked]\r\nDear Ann,\r\n\r\nall is well.\r\n\r\nBob\r\n",
                  CANON_SIMPLE, "body-text-prepended");
    assert_undone(TEXT, note, "Dear Ann,\r\n\r\nall is well.\r\n-- ad --\r\nbuy\r\n\r\nBob\r\n",
                  CANON_SIMPLE, "body-text-inserted");
}

/* l= covers only the begin: what was put before it is found all the same. */
static void test_length(void **state)
{
    (void)state;
    BodyCase body = {.budget = {.units = 50000000}};
    g_autoptr(GBytes) octets =
        g_bytes_new_static("Subject: x\r\n\r\nnew\r\nDear Ann,\r\nmore\r\n", 35);
    body.source = source_new(octets, SOURCE_AS_STORED);
    body.signature = (DkimSignature){.hash = HASH_SHA256,
                                     .body_canon = CANON_SIMPLE,
                                     .body_hash = g_byte_array_new(),
                                     .has_length = true,
                                     .length = 8};
    unsigned char digest[32];
    size_t n;
    EVP_Q_digest(NULL, "SHA256", NULL, "Dear Ann", 8, digest, &n);
    g_byte_array_append(body.signature.body_hash, digest, 32);
    CauseInput input = {.source = body.source, .signature = &body.signature};
    body_search(&input, &body.budget, &body.found);
    assert_non_null(body.found.body);
    assert_int_equal(g_bytes_get_size(body.found.body), 8);
    assert_true(has_kind(&body, "body-text-prepended"));
    body_case_clear(&body);
}

static void test_lines(void **state)
{
    (void)state;
    assert_undone(TEXT, ".a\r\nb\r\n.c\r\n", "..a\r\nb\r\n.c\r\n", CANON_SIMPLE,
                  "body-dots-doubled");
    assert_undone(TEXT, "a\r\n..b\r\n", "a\r\n.b\r\n", CANON_SIMPLE, "body-dots-lost");
    assert_undone(TEXT, "a\r\nFrom here on\r\n", "a\r\n>From here on\r\n", CANON_SIMPLE,
                  "body-from-escaped");
    assert_undone(TEXT, "\r\na\r\n", "a\r\n", CANON_SIMPLE, "body-blank-lines");
    assert_undone(TEXT, "a\r\nb\r\nc\r\n", "a\r\n\r\nb\r\n\r\nc\r\n", CANON_SIMPLE,
                  "body-blank-lines");
    assert_undone(TEXT, "a\r\nb\r\nc\r\nd\r\n", "a\r\nb\r\nc\r\n\r\nd\r\n", CANON_SIMPLE,
                  "body-blank-lines");
    assert_undone(TEXT, "a\tb\r\n\tc\r\n", "a       b\r\n        c\r\n", CANON_SIMPLE,
                  "body-tabs-expanded");
    assert_undone(TEXT, "a\r\nb\r\nc\r\n", "a\r\nb\nc\r\n", CANON_SIMPLE, "body-bare-lf");
    assert_undone(TEXT, "a\r\nb  c\r\n", "a \r\nb  c  \r\n", CANON_SIMPLE, "body-white-space");
    assert_undone(TEXT, "Bob\r\n-- \r\nExample Ltd\r\n", "Bob\r\n--\r\nExample Ltd\r\n",
                  CANON_SIMPLE, "body-white-space");
}

static void test_flowed(void **state)
{
    (void)state;
    assert_undone("Content-Type: text/plain; format=flowed\r\n",
                  "This goes \r\non here.\r\n\r\nBob\r\n-- \r\nLtd\r\n",
                  "This goes\r\non here.\r\n\r\nBob\r\n--\r\nLtd\r\n", CANON_SIMPLE,
                  "body-white-space");
}

static void test_wrapping(void **state)
{
    (void)state;
    assert_undone(TEXT,
                  "The quick brown fox jumps over the lazy dog and runs "
                  "away.\r\nhttps://example.org/a/very/long/"
                  "address/that/stands/alone\r\n",
                  "The quick brown fox jumps over the lazy\r\ndog and runs "
                  "away.\r\nhttps://example.org/a/very/long/"
                  "address/that/stands/alone\r\n",
                  CANON_RELAXED, "body-lines-wrapped");
    g_autoptr(GString) as_signed = g_string_new(NULL), received = g_string_new(NULL);
    for (int i = 0; i < 2500; i++) {
        g_string_append_printf(as_signed, "%c", 'a' + i % 26);
        g_string_append_printf(received, "%c%s", 'a' + i % 26, (i + 1) % 990 == 0 ? "!\r\n " : "");
    }
    g_string_append(as_signed, "\r\n");
    g_string_append(received, "\r\n");
    BodyCase body = body_case(TEXT, as_signed->str, received->str, CANON_RELAXED);
    assert_non_null(body.found.body);
    assert_true(has_kind(&body, "body-long-lines-broken"));
    body_case_clear(&body);
}

static void test_parts(void **state)
{
    (void)state;
    assert_undone(MIXED, mixed,
                  "--b1\r\n" PART_1 "--b1\r\n" PART_2
                  "--b1\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--b1--\r\n",
                  CANON_SIMPLE, "body-part-added");
    assert_undone("Content-Type: multipart/mixed; boundary=outer\r\n", mixed,
                  "--outer\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\n--b1\r\n" PART_1
                  "--b1\r\n" PART_2
                  "--b1--\r\n--outer\r\nContent-Type: text/plain\r\n\r\nfooter\r\n--outer--\r\n",
                  CANON_SIMPLE, "body-wrapped");
    assert_undone(
        MIXED, "This is a multi-part message in MIME format.\r\n\r\n--b1\r\n" PART_1 "--b1--\r\n",
        "--b1\r\n" PART_1 "--b1--\r\n", CANON_SIMPLE, "body-preamble-changed");
    assert_undone(MIXED, mixed, "--b1\r\n" PART_1 "\r\n--b1\r\n" PART_2 "\r\n--b1--\r\n",
                  CANON_SIMPLE, "body-blank-lines");
    assert_undone(MIXED, mixed, "--b1\r\n" PART_1 "--b1\r\n" PART_2 "\r\n--b1--\r\n", CANON_SIMPLE,
                  "body-blank-lines");
}

static void test_part_headers(void **state)
{
    (void)state;
    assert_undone(MIXED, mixed,
                  "--b1\r\nX-Scan: 1\r\n" PART_1 "--b1\r\nX-Scan: 1\r\n" PART_2 "--b1--\r\n",
                  CANON_SIMPLE, "body-part-headers-changed");
    assert_undone(
        MIXED, mixed,
        "--b1\r\nContent-Type: text/plain;\r\n\tcharset=\"utf-8\"\r\nContent-Transfer-Encoding: "
        "7bit\r\n\r\nDear "
        "Ann,\r\n\r\nsee below.\r\n--b1\r\nContent-Type: "
        "text/csv;\r\n\tname=\"a.csv\"\r\n\r\n1,2\r\n--b1--\r\n",
        CANON_SIMPLE, "body-part-headers-changed");
    assert_undone(MIXED,
                  "--b1\r\nContent-Type: text/plain; charset=\"UTF-8\"\r\n\r\nsee\r\n--b1--\r\n",
                  "--b1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
                  "7bit\r\n\r\nsee\r\n"
                  "--b1--\r\n",
                  CANON_RELAXED, "body-part-headers-changed");
}

#define EIGHT                                                                                      \
    "Gr\xc3\xbc\xc3\x9f"                                                                           \
    "e\r\nund mehr\r\n"
#define EIGHT_QP "Gr=C3=BC=C3=9Fe\r\nund mehr\r\n"

static void test_encodings(void **state)
{
    (void)state;
    assert_undone(TEXT "Content-Transfer-Encoding: quoted-printable\r\n", EIGHT, EIGHT_QP,
                  CANON_SIMPLE, "body-to-quoted-printable");
    assert_undone(TEXT "Content-Transfer-Encoding: 8bit\r\n", EIGHT_QP, EIGHT, CANON_SIMPLE,
                  "body-to-8bit");
    /* "Grüße" and "und mehr", with LF as on the converter's machine */
    assert_undone(TEXT "Content-Transfer-Encoding: base64\r\n", EIGHT,
                  "R3LDvMOfZQp1bmQgbWVocgo=\r\n", CANON_SIMPLE, "body-to-base64");
    assert_undone(TEXT "Content-Transfer-Encoding: 8bit\r\n", "R3LDvMOfZQp1bmQgbWVocgo=\r\n", EIGHT,
                  CANON_SIMPLE, "body-to-8bit");
    assert_undone(TEXT "Content-Transfer-Encoding: 8bit\r\n",
                  "Gr\xfc\xdf"
                  "e\r\nund mehr\r\n",
                  EIGHT, CANON_SIMPLE, "body-charset-converted");
    /* both at the same time: ISO-8859-1 as it was, UTF-8 in base64 as it is */
    assert_undone(TEXT "Content-Transfer-Encoding: base64\r\n",
                  "Gr\xfc\xdf"
                  "e\r\nund mehr\r\n",
                  "R3LDvMOfZQp1bmQgbWVocgo=\r\n", CANON_SIMPLE, "body-charset-converted");
    assert_undone("Content-Type: multipart/alternative; boundary=b1\r\n",
                  "--b1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
                  "8bit\r\n\r\n" EIGHT "--b1--\r\n",
                  "--b1\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: "
                  "quoted-printable\r\n\r\n" EIGHT_QP "--b1--\r\n",
                  CANON_SIMPLE, "body-to-quoted-printable");
}

/* Parts of nested multiparts, in the order of the body. */
static void test_nested(void **state)
{
    (void)state;
#define NESTED(charset, text)                                                                      \
    "--b1\r\nContent-Type: multipart/alternative; boundary=b2\r\n\r\n--b2\r\nContent-Type: "       \
    "text/plain; charset=" charset "\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" text              \
    "--b2\r\nContent-Type: text/html; charset=" charset                                            \
    "\r\nContent-Transfer-Encoding: 8bit\r\n\r\n<p>\r\n" text "--b2--\r\n--b1\r\n" PART_2          \
    "--b1--\r\n"
    assert_undone(MIXED,
                  NESTED("iso-8859-1", "Gr\xfc\xdf"
                                       "e\r\n"),
                  NESTED("utf-8", "Gr\xc3\xbc\xc3\x9f"
                                  "e\r\n"),
                  CANON_SIMPLE, "body-charset-converted");
}

static void test_two_changes(void **state)
{
    (void)state;
    assert_undone(TEXT "Content-Transfer-Encoding: quoted-printable\r\n", EIGHT,
                  EIGHT_QP "-- =20\r\nlist footer\r\n", CANON_SIMPLE,
                  "body-to-quoted-printable body-footer-appended");
    assert_undone(TEXT, ".a\r\nFrom b\r\n", "..a\r\n>From b\r\n", CANON_SIMPLE,
                  "body-dots-doubled body-from-escaped");
}

/* Less to spend finds less, and says so; the same input gives the same work. */
static void test_budget(void **state)
{
    (void)state;
    BodyCase once = body_case(TEXT, "no such body", note, CANON_RELAXED);
    BodyCase again = body_case(TEXT, "no such body", note, CANON_RELAXED);
    assert_null(once.found.body);
    assert_int_equal(once.budget.spent, again.budget.spent);
    assert_int_equal(once.budget.hypotheses, again.budget.hypotheses);
    assert_true(once.found.ruled_out->len > 3);
    BodyFound found = {0};
    Budget little = {.units = 2000};
    CauseInput input = {.source = once.source, .signature = &once.signature};
    body_search(&input, &little, &found);
    assert_true(found.exhausted);
    assert_true(little.hypotheses < 10);
    body_found_clear(&found);
    body_case_clear(&once);
    body_case_clear(&again);
}

/* Bodies that are nothing, or end anywhere, give no trouble. */
static void test_odd(void **state)
{
    (void)state;
    static const char *const fields[] = {
        TEXT, MIXED, TEXT "Content-Transfer-Encoding: base64\r\n",
        "Content-Type: text/html\r\nContent-Transfer-Encoding: quoted-printable\r\n", ""};
    static const char *const bodies[] = {
        "\r\n",       "x",
        "=",          "=\r\n",
        "--b1",       "--b1\r\n",
        "--b1--",     "--b1\r\nContent-Type: multipart/mixed; boundary=b1\r\n\r\n--b1",
        "<",          "<body",
        "<p>x",       "\n",
        "a\nb",       ".",
        "AAAA=",      "<a href=\"https://x.example/?url=https://\">",
        "=3D=\r\n=3D"};
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        for (size_t j = 0; j < G_N_ELEMENTS(bodies); j++)
            for (int canon = 0; canon < 2; canon++) {
                BodyCase body = body_case(fields[i], "no such body", bodies[j], (Canon)canon);
                assert_null(body.found.body);
                body_case_clear(&body);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_signer),       cmocka_unit_test(test_cuts),
        cmocka_unit_test(test_length),       cmocka_unit_test(test_lines),
        cmocka_unit_test(test_wrapping),     cmocka_unit_test(test_parts),
        cmocka_unit_test(test_part_headers), cmocka_unit_test(test_encodings),
        cmocka_unit_test(test_nested),       cmocka_unit_test(test_flowed),
        cmocka_unit_test(test_two_changes),  cmocka_unit_test(test_budget),
        cmocka_unit_test(test_odd),
    };
    return cmocka_run_group_tests_name("body", tests, NULL, NULL);
}
