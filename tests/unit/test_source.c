/* The octet scanner: line ends, fields, defects, loading, and what is no message. */
#include "analyzer/message/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <glib/gstdio.h>
#include <unistd.h>

static Source *read_octets(const char *p, size_t n)
{
    g_autoptr(GBytes) octets = g_bytes_new(p, n);
    return source_new(octets, SOURCE_AS_STORED);
}

#define READ(text) read_octets(text, sizeof(text) - 1)

static void assert_span(Span span, const char *expected)
{
    assert_int_equal(span.n, strlen(expected));
    assert_memory_equal(span.p, expected, span.n);
}

static void fields_and_body(void **state)
{
    (void)state;
    g_autoptr(Source) s = READ("From: a@example.org\r\nSubject: one\r\n\ttwo\r\n\r\nHi\r\n");
    assert_int_equal(s->n_fields, 2);
    assert_span(s->fields[0].name, "From");
    assert_span(s->fields[0].value, " a@example.org");
    assert_span(s->fields[0].raw, "From: a@example.org\r\n");
    assert_int_equal(s->fields[1].offset, 21);
    assert_int_equal(s->fields[1].line, 2);
    assert_span(s->fields[1].value, " one\r\n\ttwo");
    assert_span(s->fields[1].raw, "Subject: one\r\n\ttwo\r\n");
    assert_int_equal(s->fields[1].defects, 0);
    g_autofree char *subject = field_unfolded(&s->fields[1]);
    assert_string_equal(subject, "one\ttwo");
    assert_true(s->has_separator);
    assert_span(s->header, "From: a@example.org\r\nSubject: one\r\n\ttwo\r\n");
    assert_span(s->body, "Hi\r\n");
    assert_int_equal(s->header_ends, LINE_ENDS_CRLF);
    assert_int_equal(s->body_ends, LINE_ENDS_CRLF);
    assert_false(s->body_lf_is_crlf);
    assert_int_equal(s->lines, 5);
    assert_int_equal(s->longest_line, 19);
    assert_int_equal(s->longest_line_number, 1);
    assert_int_equal(s->first_bare_lf, s->bytes.n);
    assert_int_equal(s->first_8bit_body, s->bytes.n);
    /* Independently: printf ... | sha256sum */
    assert_string_equal(s->sha256,
                        "963a4ba1d06c18aefea72fed06a316d95a1ddfe510867a38195a3dbf4fc8acc8");
}

static void headers_only(void **state)
{
    (void)state;
    g_autoptr(Source) s = READ("From: a\r\nTo: b");
    assert_false(s->has_separator);
    assert_int_equal(s->n_fields, 2);
    assert_span(s->fields[1].value, " b");
    assert_span(s->fields[1].raw, "To: b");
    assert_int_equal(s->body.n, 0);
    assert_ptr_equal(s->body.p, s->bytes.p + s->bytes.n);

    g_autoptr(Source) ended = READ("From: a\r\n\r\n");
    assert_true(ended->has_separator);
    assert_int_equal(ended->body.n, 0);
}

static void line_ends(void **state)
{
    (void)state;
    g_autoptr(Source) lf = READ("A: b\nC: d\n\nx\ny\n");
    assert_int_equal(lf->header_ends, LINE_ENDS_LF);
    assert_int_equal(lf->body_ends, LINE_ENDS_LF);
    assert_true(lf->body_lf_is_crlf);
    assert_int_equal(lf->bare_lf, 5);
    assert_int_equal(lf->first_bare_lf, 4);

    g_autoptr(Source) mixed = READ("A: b\r\n\r\nx\ny\r\n");
    assert_int_equal(mixed->header_ends, LINE_ENDS_CRLF);
    assert_int_equal(mixed->body_ends, LINE_ENDS_MIXED);
    assert_false(mixed->body_lf_is_crlf);
    assert_int_equal(mixed->first_bare_lf, 9);
    g_autoptr(Source) forced = source_new(mixed->octets, SOURCE_LF_IS_CRLF);
    assert_true(forced->body_lf_is_crlf);

    /* A body in LF under a header in CRLF was stored so. */
    g_autoptr(Source) body_lf = READ("A: b\r\n\r\nx\ny\n");
    assert_true(body_lf->body_lf_is_crlf);
    /* No line end in the body: the header tells. */
    g_autoptr(Source) follow_lf = READ("A: b\n\nx");
    assert_true(follow_lf->body_lf_is_crlf);
    g_autoptr(Source) follow_crlf = READ("A: b\r\n\r\nx");
    assert_false(follow_crlf->body_lf_is_crlf);
    assert_int_equal(follow_crlf->body_ends, LINE_ENDS_NONE);
}

static void bare_cr_ends_no_line(void **state)
{
    (void)state;
    g_autoptr(Source) s = READ("A: b\rC: d\r\nE: f\r\r\n\r\r\nG: h\r\n\r\nx\r\r");
    assert_int_equal(s->n_fields, 3);
    assert_span(s->fields[0].value, " b\rC: d");
    assert_int_equal(s->fields[0].defects, FIELD_BARE_CR);
    assert_span(s->fields[1].value, " f\r");
    assert_int_equal(s->fields[1].defects, FIELD_BARE_CR);
    assert_int_equal(s->n_strays, 1); /* CR CR LF is no empty line */
    assert_span(s->strays[0].line, "\r");
    assert_span(s->fields[2].name, "G");
    assert_int_equal(s->bare_cr, 5);
}

static void stray_lines(void **state)
{
    (void)state;
    g_autoptr(Source) s =
        READ(" fold of nothing\r\nA: b\r\n\tc\r\nno field here\r\n and its fold\r\n"
             "D: e\r\n\r\n");
    assert_int_equal(s->n_fields, 2);
    assert_span(s->fields[0].raw, "A: b\r\n\tc\r\n");
    assert_span(s->fields[1].raw, "D: e\r\n");
    assert_int_equal(s->n_strays, 3);
    assert_span(s->strays[0].line, " fold of nothing");
    assert_int_equal(s->strays[0].number, 1);
    assert_span(s->strays[1].line, "no field here");
    assert_int_equal(s->strays[1].offset, 28);
    assert_int_equal(s->strays[2].number, 5);
}

static void strays_are_counted_past_the_kept(void **state)
{
    (void)state;
    GString *text = g_string_new("A: b\n");
    for (int i = 0; i < 250; i++)
        g_string_append(text, "nothing\n");
    g_autoptr(Source) s = read_octets(text->str, text->len);
    g_string_free(text, TRUE);
    assert_int_equal(s->n_strays, 250);
    assert_int_equal(s->strays[99].number, 101);
}

static void preamble(void **state)
{
    (void)state;
    g_autoptr(Source) mbox = READ("From alice@example.org Thu Jan  1 00:00:00 2026\nTo: b\n\n");
    assert_true(mbox->has_mbox_line);
    assert_int_equal(mbox->preamble.n, 48);
    assert_span(mbox->header, "To: b\n");
    assert_int_equal(mbox->fields[0].line, 2);

    g_autoptr(Source) quoted = READ("From a\r\n>From b\r\nTo: b\n\n");
    assert_int_equal(quoted->n_fields, 1);
    assert_int_equal(quoted->n_strays, 0);
    assert_int_equal(quoted->preamble.n, 17);
    assert_int_equal(quoted->header_ends,
                     LINE_ENDS_LF); /* the preamble is not part of the header */

    g_autoptr(Source) blank = READ("From : Alice <alice@example.org>\r\n\r\n");
    assert_false(blank->has_mbox_line);
    assert_int_equal(blank->n_fields, 1);
    assert_span(blank->fields[0].name, "From");
    assert_int_equal(blank->fields[0].defects, FIELD_WSP_BEFORE_COLON);

    g_autoptr(Source) bom = READ("\xEF\xBB\xBF"
                                 "To: b\r\n\r\n");
    assert_true(bom->has_bom);
    assert_int_equal(bom->preamble.n, 3);
    assert_span(bom->fields[0].name, "To");
    assert_int_equal(bom->fields[0].offset, 3);
    assert_int_equal(bom->fields[0].defects, 0);
}

static unsigned defects_of(const char *p, size_t n)
{
    g_autoptr(Source) s = read_octets(p, n);
    assert_int_equal(s->n_fields, 1);
    return s->fields[0].defects;
}

#define DEFECTS(text) defects_of(text, sizeof(text) - 1)

static void defects(void **state)
{
    (void)state;
    assert_int_equal(DEFECTS("A: b\r\n"), 0);
    assert_int_equal(DEFECTS("A: b\0c\r\n"), FIELD_NUL);
    assert_int_equal(DEFECTS("A\0: b\r\n"), FIELD_NUL | FIELD_BAD_NAME);
    assert_int_equal(DEFECTS("A b: c\r\n"), FIELD_BAD_NAME);
    assert_int_equal(DEFECTS(": c\r\n"), FIELD_BAD_NAME);
    assert_int_equal(DEFECTS("A\t : c\r\n"), FIELD_WSP_BEFORE_COLON);
    assert_int_equal(DEFECTS("\xC3\xA9: c\r\n"), FIELD_8BIT_NAME | FIELD_BAD_NAME);
    assert_int_equal(DEFECTS("A: \xC3\xA9\r\n"), FIELD_8BIT_VALUE);
    assert_int_equal(DEFECTS("A: \xC3\xA9\0\xC3\xA9\r\n"), FIELD_8BIT_VALUE | FIELD_NUL);
    assert_int_equal(DEFECTS("A: \xE9\r\n"), FIELD_8BIT_VALUE | FIELD_INVALID_UTF8);
    assert_int_equal(DEFECTS("A: b\r\n \t\r\n c\r\n"), FIELD_BLANK_FOLD);
    assert_int_equal(DEFECTS("A: b\r\n c\xFF"), FIELD_8BIT_VALUE | FIELD_INVALID_UTF8);
}

static void long_lines(void **state)
{
    (void)state;
    GString *text = g_string_new("A: ");
    while (text->len < 998)
        g_string_append_c(text, 'x');
    g_string_append(text, "\r\n");
    assert_int_equal(defects_of(text->str, text->len), 0);
    g_string_insert_c(text, 5, 'x');
    assert_int_equal(defects_of(text->str, text->len), FIELD_LONG_LINE);
    g_autoptr(Source) s = read_octets(text->str, text->len);
    assert_int_equal(s->long_lines, 1);
    assert_int_equal(s->longest_line, 999);
    g_string_free(text, TRUE);
}

static void body_counts(void **state)
{
    (void)state;
    g_autoptr(Source) s =
        READ("A: \xFF\r\n\r\n1234567890\r\nabcdefg\x80\r\n\0\0\r\nlast longest line");
    assert_int_equal(s->first_8bit_body, 8 + 12 + 7);
    assert_int_equal(s->nul, 2);
    assert_int_equal(s->lines, 6);
    assert_int_equal(s->longest_line, 17);
    assert_int_equal(s->longest_line_number, 6);
}

static void lookup(void **state)
{
    (void)state;
    g_autoptr(Source) s = READ("To: 1\nFROM: 2\nto: 3\nTo\0: 4\n\nTo: 5\n");
    assert_int_equal(source_field_count(s, "tO"), 2);
    assert_span(source_field(s, "To", 0)->value, " 1");
    assert_span(source_field(s, "To", 1)->value, " 3");
    assert_null(source_field(s, "To", 2));
    assert_null(source_field(s, "Cc", 0));
    assert_span(source_field(s, "from", 0)->value, " 2");
}

static void unfolding(void **state)
{
    (void)state;
    g_autoptr(Source) s = READ("A:\r\n  b\r\n \r\n\tc\rd\n e \r\n");
    g_autofree char *text = field_unfolded(&s->fields[0]);
    assert_string_equal(text, "b \tc\rd e");
    g_autoptr(Source) blank = READ("A: \r\n\r\n");
    g_autofree char *empty = field_unfolded(&blank->fields[0]);
    assert_string_equal(empty, "");
}

static void empty_input(void **state)
{
    (void)state;
    g_autoptr(Source) s = read_octets("", 0);
    assert_int_equal(s->n_fields, 0);
    assert_int_equal(s->lines, 0);
    assert_string_equal(s->sha256,
                        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    const char *why = NULL;
    assert_false(source_is_message(s, &why));
    assert_string_equal(why, "it is empty");
}

/* Any octets: the fields and strays tile the header, and the pieces tile the source. */
static void any_octets(void **state)
{
    (void)state;
    static const char alphabet[] = "aA:: \t\r\n\n\r\0\xC3\xA9>From ";
    g_autoptr(GRand) rand = g_rand_new_with_seed(20260101);
    for (int round = 0; round < 20000; round++) {
        char octets[64];
        size_t n = (size_t)g_rand_int_range(rand, 0, (gint32)sizeof(octets));
        for (size_t i = 0; i < n; i++)
            octets[i] = alphabet[g_rand_int_range(rand, 0, (gint32)sizeof(alphabet) - 1)];
        g_autoptr(Source) s = read_octets(octets, n);
        size_t covered = s->preamble.n;
        assert_true(s->header.p == s->bytes.p + s->preamble.n);
        for (size_t i = 0; i < s->n_fields; i++) {
            const Field *f = &s->fields[i];
            assert_true(f->raw.p == s->bytes.p + f->offset);
            assert_true(f->value.p > f->name.p && f->value.p + f->value.n <= f->raw.p + f->raw.n);
            covered += f->raw.n;
        }
        for (size_t i = 0; i < s->n_strays; i++) {
            const char *end = s->strays[i].line.p + s->strays[i].line.n;
            covered += s->strays[i].line.n;
            size_t left = (size_t)(s->bytes.p + s->bytes.n - end);
            covered += left >= 2 && end[0] == '\r' && end[1] == '\n' ? 2 : left >= 1;
        }
        assert_int_equal(covered, s->preamble.n + s->header.n);
        size_t separator = s->bytes.n - s->preamble.n - s->header.n - s->body.n;
        assert_true(s->has_separator ? separator == 1 || separator == 2 : separator == 0);
        const char *why = NULL;
        assert_true(source_is_message(s, &why) || why);
        for (size_t i = 0; i < s->n_fields; i++)
            g_free(field_unfolded(&s->fields[i]));
    }
}

static void many_fields(void **state)
{
    (void)state;
    GString *text = g_string_new(NULL);
    for (int i = 0; i < 1000007; i++)
        g_string_append(text, ":\n\t\n");
    g_string_append(text, "\nbody");
    g_autoptr(Source) s = read_octets(text->str, text->len);
    g_string_free(text, TRUE);
    assert_int_equal(s->n_fields, 1000000);
    assert_int_equal(s->n_fields_over, 7);
    assert_int_equal(s->n_strays, 0);
    assert_span(s->body, "body");
}

/* --- is it a message --- */

static const char *refusal(const char *p, size_t n)
{
    g_autoptr(Source) s = read_octets(p, n);
    const char *why = NULL;
    return source_is_message(s, &why) ? "message" : why;
}

#define REFUSAL(text) refusal(text, sizeof(text) - 1)

static void messages(void **state)
{
    (void)state;
    assert_string_equal(REFUSAL("From: a\r\n"), "message");
    assert_string_equal(REFUSAL("X-Any.thing: a\n"), "message");
    assert_string_equal(REFUSAL("\xEF\xBB\xBF"
                                "Subject: a\n"),
                        "message");
    assert_string_equal(REFUSAL("From a@example.org Thu Jan  1\nSubject: a\n"), "message");
    assert_string_equal(REFUSAL("\n\n\r\nFrom: a\r\n"), "message");
    assert_string_equal(REFUSAL("Here it is:\n\n> From : a\n> To: b\n"), "message");
    assert_string_equal(REFUSAL("    Received: from x\n    From: a\n"), "message");
}

static void no_messages(void **state)
{
    (void)state;
    assert_string_equal(REFUSAL("\x7f"
                                "ELF\2\1\1\0\0"),
                        "it is a program");
    assert_string_equal(REFUSAL("%PDF-1.7\nFrom: a\n"), "it is a PDF document");
    assert_string_equal(REFUSAL("PK\3\4abc"), "it is a zip archive or an office document");
    assert_string_equal(REFUSAL("\x89PNG\r\n\x1a\n"), "it is a picture");
    assert_string_equal(REFUSAL("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0"),
                        "it is an Outlook .msg or old office file");
    assert_string_equal(REFUSAL("\n <!DOCTYPE html>\n<style>\ncolor:red\n"), "it is a web page");
    assert_string_equal(REFUSAL("<HTML>\n"), "it is a web page");
    assert_string_equal(REFUSAL("{\n  \"from\": \"a\",\n  \"to\": \"b\"\n}\n"),
                        "it looks like JSON, with no header field in its first lines");
    assert_string_equal(REFUSAL("\xff\xfe"
                                "F\0r\0o\0m\0:\0"),
                        "it is UTF-16 text, not the octets of a message");
    assert_string_equal(REFUSAL("a\0b\0c\0d\0: x\n"), "it is binary data");
    assert_string_equal(REFUSAL(" \r\n\t\n"), "there is nothing but white space in it");
    static const char none[] = "there is no header field (\"From: ...\") in its first 50 lines";
    assert_string_equal(REFUSAL("https://example.org/\nstd::string\nA sentence: no field\n"), none);
    assert_string_equal(REFUSAL("    default: break;\n"), none);
    GString *late = g_string_new(NULL);
    for (int i = 0; i < 50; i++)
        g_string_append(late, "prose\n");
    g_string_append(late, "From: a\n");
    assert_string_equal(refusal(late->str, late->len), none);
    assert_string_equal(refusal(late->str + 6, late->len - 6), "message");
    g_string_free(late, TRUE);
}

/* --- loading --- */

static void assert_load_error(const char *path, GFileError code, const char *file,
                              const char *remedy)
{
    g_autoptr(GError) error = NULL;
    assert_null(source_load(path, &error));
    assert_true(g_error_matches(error, G_FILE_ERROR, (int)code));
    assert_non_null(strstr(error->message, file));
    assert_non_null(strstr(error->message, remedy));
    assert_null(strchr(error->message, '\n'));
}

static void loading(void **state)
{
    (void)state;
    g_autoptr(GError) error = NULL;
    g_autofree char *dir = g_dir_make_tmp("source-XXXXXX", &error);
    assert_null(error);
    g_autofree char *path = g_build_filename(dir, "m.eml", NULL);
    assert_load_error(path, G_FILE_ERROR_NOENT, "m.eml", "check the name");
    assert_load_error(dir, G_FILE_ERROR_ISDIR, dir, "give the message files");
    assert_true(g_file_set_contents(path, "", 0, NULL));
    assert_load_error(path, G_FILE_ERROR_INVAL, "m.eml is empty", "save the message again");
    assert_true(g_file_set_contents(path, "A: b\0c", 6, NULL));
    g_autoptr(GBytes) octets = source_load(path, &error);
    assert_non_null(octets);
    assert_int_equal(g_bytes_get_size(octets), 6);
    assert_memory_equal(g_bytes_get_data(octets, NULL), "A: b\0c", 6);
    if (geteuid() != 0) {
        assert_int_equal(g_chmod(path, 0), 0);
        assert_load_error(path, G_FILE_ERROR_ACCES, "m.eml", "make it readable");
    }
    assert_int_equal(g_unlink(path), 0);
    assert_int_equal(g_rmdir(dir), 0);
}

static void loading_from_a_pipe(void **state)
{
    (void)state;
    int ends[2], saved = dup(STDIN_FILENO);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    assert_int_equal(write(ends[1], "A: b\n", 5), 5);
    close(ends[0]);
    close(ends[1]);
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) octets = source_load("-", &error);
    assert_non_null(octets);
    assert_int_equal(g_bytes_get_size(octets), 5);
    assert_load_error("-", G_FILE_ERROR_INVAL, "standard input is empty", "save");
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    close(saved);
}

/* Random octets hold a colon in an early line often enough; they are no message all the same. */
static void random_octets(void **state)
{
    (void)state;
    g_autoptr(GRand) rand = g_rand_new_with_seed(5322);
    for (int round = 0; round < 200; round++) {
        char octets[2000] = "a: ";
        for (size_t i = 3; i < sizeof(octets); i++)
            octets[i] = (char)g_rand_int_range(rand, 0, 256);
        g_autoptr(GBytes) bytes = g_bytes_new(octets, sizeof(octets));
        g_autoptr(Source) source = source_new(bytes, SOURCE_AS_STORED);
        const char *why = NULL;
        assert_false(source_is_message(source, &why));
        assert_string_equal(why, "it is binary data");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_and_body),
        cmocka_unit_test(headers_only),
        cmocka_unit_test(line_ends),
        cmocka_unit_test(bare_cr_ends_no_line),
        cmocka_unit_test(stray_lines),
        cmocka_unit_test(strays_are_counted_past_the_kept),
        cmocka_unit_test(preamble),
        cmocka_unit_test(defects),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(body_counts),
        cmocka_unit_test(lookup),
        cmocka_unit_test(unfolding),
        cmocka_unit_test(empty_input),
        cmocka_unit_test(any_octets),
        cmocka_unit_test(many_fields),
        cmocka_unit_test(messages),
        cmocka_unit_test(no_messages),
        cmocka_unit_test(loading),
        cmocka_unit_test(loading_from_a_pipe),
        cmocka_unit_test(random_octets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
