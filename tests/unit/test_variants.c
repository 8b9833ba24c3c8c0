/* What a field may have looked like: each trade of variants*.c, and the small parsers they stand
 * on. */
#include "analyzer/cause/atom.h"
#include "analyzer/cause/variants.h"
#include "analyzer/cause/variants_mailbox.h"
#include "analyzer/cause/variants_text.h"
#include "tests/unit/signer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/* --- encoded-words --- */

static void check_decoded(const char *raw, const char *utf8, bool encoded)
{
    g_autoptr(GString) out = g_string_new(NULL);
    WordsSeen seen;
    assert_true(words_decode(span_str(raw), out, &seen));
    assert_string_equal(out->str, utf8);
    assert_int_equal(seen.encoded, encoded);
}

/* The table of RFC 2047 §8 (what is displayed), and what real mail adds to it. */
static void decodes_words(void **state)
{
    (void)state;
    check_decoded("(=?ISO-8859-1?Q?a?=)", "(a)", true);
    check_decoded("(=?ISO-8859-1?Q?a?= b)", "(a b)", true);
    check_decoded("(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)", true);
    check_decoded("(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)", true);
    check_decoded("(=?ISO-8859-1?Q?a_b?=)", "(a b)", true);
    check_decoded("(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)", true);
    check_decoded("=?utf-8?b?w6Q=?=", "\xc3\xa4", true);
    check_decoded("=?UTF-8?Q?=C3?= =?UTF-8?Q?=A4?=", "\xc3\xa4",
                  true);                                      /* a character over two words */
    check_decoded("=?UTF-8*de?Q?=C3=A4?=", "\xc3\xa4", true); /* RFC 2231 §5 */
    check_decoded("plain = text?", "plain = text?", false);
    check_decoded("=?bad", "=?bad", false);
    check_decoded("m\xfcller", "m\xc3\xbcller", false); /* raw octets that are not UTF-8 */
}

static void refuses_what_it_cannot_decode(void **state)
{
    (void)state;
    g_autoptr(GString) out = g_string_new(NULL);
    WordsSeen seen;
    assert_false(words_decode(SPAN_LIT("=?no-such-charset?Q?a?="), out, &seen));
    assert_false(words_decode(SPAN_LIT("=?utf-8?b?!!!?="), out, &seen));
    g_autofree char *long_text = g_strnfill(WORDS_MAX + 1, 'a');
    assert_false(words_decode(span_str(long_text), out, &seen));
}

static const char *text_a = "Gr\xc3\xbc\xc3\x9f"
                            "e aus Ulm";

static void encodes_words(void **state)
{
    (void)state;
    WordCharset utf8, latin;
    assert_true(words_charset(SPAN_LIT("utf-8"), &utf8));
    assert_true(words_charset(SPAN_LIT("ISO-8859-1"), &latin));
    const struct {
        WordStyle style;
        const char *expected;
    } cases[] = {
        {{.charset = &utf8, .encoding = 'B'}, "=?utf-8?B?R3LDvMOfZSBhdXMgVWxt?="},
        {{.charset = &utf8, .encoding = 'q'}, "=?utf-8?q?Gr=C3=BC=C3=9Fe_aus_Ulm?="},
        {{.charset = &utf8, .encoding = 'Q', .space_as_hex = true},
         "=?utf-8?Q?Gr=C3=BC=C3=9Fe=20aus=20Ulm?="},
        {{.charset = &latin, .encoding = 'Q'}, "=?ISO-8859-1?Q?Gr=FC=DFe_aus_Ulm?="},
        {{.charset = &utf8, .encoding = 'Q', .scope = SCOPE_EACH},
         "=?utf-8?Q?Gr=C3=BC=C3=9Fe?= aus Ulm"},
        {{.charset = &utf8, .encoding = 'Q', .scope = SCOPE_WITH_SPACE},
         "=?utf-8?Q?Gr=C3=BC=C3=9Fe_?=aus Ulm"},
        {{.charset = &utf8, .encoding = 'Q', .limit = 30},
         "=?utf-8?Q?Gr=C3=BC=C3=9Fe_au?= =?utf-8?Q?s_Ulm?="},
        {{.charset = &utf8, .encoding = 'Q', .limit = 30, .at = BREAK_BEFORE_SPACE},
         "=?utf-8?Q?Gr=C3=BC=C3=9Fe?= =?utf-8?Q?_aus_Ulm?="},
        {{.charset = &utf8, .encoding = 'B', .limit = 24},
         "=?utf-8?B?R3LDvMOfZSBh?= =?utf-8?B?dXMgVWxt?="},
    };
    for (size_t i = 0; i < LEN(cases); i++) {
        g_autoptr(GString) out = g_string_new(NULL);
        assert_true(words_encode(&cases[i].style, span_str(text_a), 9, " ", out));
        assert_string_equal(out->str, cases[i].expected);
    }
    g_autoptr(GString) out = g_string_new(NULL);
    WordStyle style = {.charset = &latin, .encoding = 'B'};
    assert_false(
        words_encode(&style, SPAN_LIT("\xe2\x82\xac"), 9, " ", out)); /* no euro sign in it */
}

/* Whatever the style: decoding gives the text back, and no encoded-word is longer than the limit.
 */
static void every_style_decodes_to_the_text(void **state)
{
    (void)state;
    const char *text = "Ein l\xc3\xa4ngerer Betreff, damit umbrochen wird: \xe2\x82\xac 10 "
                       "f\xc3\xbcr drei \xc3\x84pfel";
    WordCharset charsets[3];
    words_charset(SPAN_LIT("UTF-8"), &charsets[0]);
    words_charset(SPAN_LIT("windows-1252"), &charsets[1]);
    words_charset(SPAN_LIT("utf-8"), &charsets[2]);
    g_autoptr(GArray) styles = words_styles(charsets, LEN(charsets));
    assert_true(styles->len > 500);
    for (guint i = 0; i < styles->len; i++) {
        const WordStyle *style = &g_array_index(styles, WordStyle, i);
        g_autoptr(GString) out = g_string_new(NULL);
        assert_true(words_encode(style, span_str(text), 9, " ", out));
        check_decoded(out->str, text, true);
        g_auto(GStrv) words = g_strsplit(out->str, " ", -1);
        for (char **word = words; style->limit > 40 && !style->unpadded && *word; word++)
            assert_true(!g_str_has_prefix(*word, "=?") || strlen(*word) <= style->limit);
        assert_true(style->family < words_families(LEN(charsets)));
    }
}

static void signature_words(void **state)
{
    (void)state;
    g_autoptr(GString) out = g_string_new("x");
    assert_true(signature_decode_words(
        SPAN_LIT(" =?UTF-8?Q?v=3D1=3B_a=3Drsa-sha256=3B?=\r\n =?UTF-8?Q?_b=3DAA=3D=3D?="), out));
    assert_string_equal(out->str, "xv=1; a=rsa-sha256; b=AA==");
    assert_false(signature_decode_words(SPAN_LIT("v=1; a=rsa-sha256"), out));
    assert_string_equal(out->str, "xv=1; a=rsa-sha256; b=AA==");
}

/* --- mailboxes and dates --- */

static void reads_mailboxes(void **state)
{
    (void)state;
    g_autoptr(GArray) list = g_array_new(FALSE, TRUE, sizeof(Mailbox));
    assert_true(mailboxes_parse(
        SPAN_LIT(
            "\"Doe, J\" <j@a.test>, b@b.test (B, the other),<c@c.test>, =?q?q?a,b?= <d@d.test>,"
            " nobody:;"),
        list));
    assert_int_equal(list->len, 5);
    const Mailbox *m = (const Mailbox *)(const void *)list->data;
    assert_true(span_is(m[0].name, "\"Doe, J\"") && span_is(m[0].address, "j@a.test") &&
                m[0].bracketed);
    assert_true(span_is(m[1].address, "b@b.test") && span_is(m[1].comment, "(B, the other)") &&
                !m[1].bracketed);
    assert_true(m[2].name.n == 0 && m[2].bracketed);
    assert_true(span_is(m[3].name, "=?q?q?a,b?="));
    assert_true(m[4].address.n == 0 && span_is(m[4].whole, "nobody:;"));
    g_autoptr(GString) name = g_string_new(NULL);
    mailbox_bare_name(SPAN_LIT("\"a \\\"b\\\" c\""), name);
    assert_string_equal(name->str, "a \"b\" c");
    g_autoptr(GString) quoted = g_string_new(NULL);
    mailbox_quote(span_of(name->str, name->len), quoted);
    assert_string_equal(quoted->str, "\"a \\\"b\\\" c\"");
}

static void reads_dates(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t time_s;
        int zone;
    } cases[] = {
        {"Thu, 01 Jan 1970 00:00:00 +0000", 0, 0},
        {"Fri, 21 Nov 1997 09:55:06 -0600", 880127706, -360}, /* RFC 5322 Appendix A.1.1 */
        {"21 Nov 97 09:55:06 GMT", 880106106, 0},             /* RFC 5322 Appendix A.6.2 */
        {"Thu, 29 Feb 2024 23:59:59 +0530 (IST)", 1709231399, 330},
        {"Mon, 1 Jul 2024 10:26 EDT", 1719843960, -240},
    };
    for (size_t i = 0; i < LEN(cases); i++) {
        int64_t time_s;
        int zone;
        assert_true(variants_read_date(span_str(cases[i].text), &time_s, &zone));
        assert_int_equal(time_s, cases[i].time_s);
        assert_int_equal(zone, cases[i].zone);
    }
    int64_t time_s;
    int zone;
    assert_false(variants_read_date(SPAN_LIT("tomorrow"), &time_s, &zone));
    assert_false(variants_read_date(SPAN_LIT("Mon, 32 Jul 2024 10:26:00 +0000"), &time_s, &zone));
    assert_false(variants_read_date(SPAN_LIT(""), &time_s, &zone));
}

/* --- the trades --- */

typedef struct Bench {
    Source *source;
    DkimSignature signature;
    CauseInput input;
    HeaderOracle oracle;
    Budget budget;
    HeaderBlock *block;
    AtomList *list;
} Bench;

/* A message whose signature covers one field (h=), with all atoms of that field's slot. */
static Bench *bench_new(const char *canon, const char *name, const char *fields, const char *body)
{
    Bench *bench = g_new0(Bench, 1);
    g_autofree char *message =
        g_strdup_printf("DKIM-Signature: v=1; a=rsa-sha256; c=%s/simple; d=sender.test; s=s; "
                        "t=1718186401; h=%s; bh=AAAA; b=BBBB\r\n"
                        "%s\r\n%s",
                        canon, name, fields, body);
    bench->source = source_of(message);
    dkim_signature_parse(&bench->signature, bench->source, 0, SIGNATURE_DKIM);
    bench->input = (CauseInput){.source = bench->source, .signature = &bench->signature};
    bench->oracle = (HeaderOracle){.has_digest = true, .hash = HASH_SHA256};
    bench->budget.units = 1000000;
    bench->block = block_new(&bench->input, &bench->oracle, &bench->budget);
    bench->list = atom_list_new();
    atoms_of_presence(bench->list, bench->block);
    atoms_of_slot(bench->list, bench->block, 0);
    return bench;
}

static void bench_free(Bench *bench)
{
    atom_list_free(bench->list);
    block_free(bench->block);
    dkim_signature_clear(&bench->signature);
    source_free(bench->source);
    g_free(bench);
}

/* The cost of the atom that gives slot 0 this text; 0 when there is none. */
static unsigned cost_of(const Bench *bench, const char *text, const char **kind)
{
    for (size_t i = 0; i < bench->list->atoms->len; i++) {
        const Atom *atom = atom_at(bench->list, i);
        if (atom->n == 1 && atom->edits[0].slot == 0 && span_is(atom->edits[0].text, text)) {
            *kind = atom->kind;
            return atom->cost;
        }
    }
    return 0;
}

typedef struct TradeCase {
    const char *received; /* the value */
    const char *was;      /* the value when signed */
    const char *kind;
    const char *more; /* further fields, or NULL */
    const char *body; /* or NULL */
} TradeCase;

static void check_cases(const char *canon, const char *name, const TradeCase *cases, size_t n)
{
    bool simple = strcmp(canon, "simple") == 0;
    g_autofree char *lower = g_ascii_strdown(name, -1);
    for (size_t i = 0; i < n; i++) {
        const TradeCase *c = &cases[i];
        g_autofree char *field =
            c->received ? g_strdup_printf("%s: %s\r\n", name, c->received) : g_strdup("");
        g_autofree char *fields = g_strconcat(field, c->more, NULL);
        Bench *bench = bench_new(canon, lower, fields, c->body ? c->body : "");
        g_autofree char *text =
            g_strdup_printf(simple ? "%s: %s\r\n" : "%s:%s\r\n", simple ? name : lower, c->was);
        const char *kind = NULL;
        if (cost_of(bench, text, &kind) == 0)
            print_error("%s: not among %u: %s\n", name, bench->list->atoms->len, text);
        assert_non_null(kind);
        assert_string_equal(kind, c->kind);
        bench_free(bench);
    }
}

static void subjects(void **state)
{
    (void)state;
    static const TradeCase cases[] = {
        {"[EXTERNAL] Reset it", "Reset it", "header-subject-tag", NULL, NULL},
        {"*** SPAM *** Reset it", "Reset it", "header-subject-tag", NULL, NULL},
        {"EXT: Reset it", "Reset it", "header-subject-tag", NULL, NULL},
        {"Re: [list] Reset it", "Re: Reset it", "header-subject-tag", NULL, NULL},
        {"Reset [x] it", "Reset it", "header-text-inserted", NULL, NULL},
        {"Re: Re: Reset it", "Re: Reset it", "header-subject-tag", NULL, NULL},
        {"Reset it [Ticket#12]", "Reset it", "header-subject-suffix", NULL, NULL},
        {"[a] Reset it (external)", "Reset it", "header-subject-suffix", NULL, NULL},
        {"Reset it", "[EXT] Reset it", "header-copied-value",
         "X-Original-Subject: [EXT] Reset it\r\n", NULL},
        {"=?UTF-8?B?R3LDvMOfZQ==?=", "=?iso-8859-1?Q?Gr=FC=DFe?=", "header-reencoded", NULL, NULL},
        {"=?UTF-8?B?R3LDvMOfZQ==?=",
         "Gr\xc3\xbc\xc3\x9f"
         "e",
         "header-8bit-encoded", NULL, NULL},
        {"=?UTF-8?B?R3LDvMOfZQ==?=",
         "Gr\xfc\xdf"
         "e",
         "header-8bit-encoded", NULL, NULL},
        {"=?UTF-8?Q?=5BEXT=5D_Gr=C3=BC=C3=9Fe?=", "=?utf-8?b?R3LDvMOfZQ==?=", "header-subject-tag",
         NULL, NULL},
        {"=?utf-8?q?=5BDev=5D_Reset_it?=", "Reset it", "header-subject-tag", NULL, NULL},
        {"=?UTF-8?Q?a=C3=A4?==?UTF-8?Q?_b?=", "=?UTF-8?Q?a=C3=A4?= =?UTF-8?Q?_b?=",
         "header-folds-lost", NULL, NULL},
    };
    check_cases("relaxed", "Subject", cases, LEN(cases));
}

static void address_lists(void **state)
{
    (void)state;
    static const TradeCase to[] = {
        {"\"A B\" <a@a.test>", "A B <a@a.test>", "header-addresses-reformatted", NULL, NULL},
        {"A B <a@a.test>, C <c@c.test>", "\"A B\" <a@a.test>,\"C\" <c@c.test>",
         "header-addresses-reformatted", NULL, NULL},
        {"a@a.test, b@b.test", "a@a.test,<b@b.test>", "header-addresses-reformatted", NULL, NULL},
        {"<a@a.test>", "a@a.test", "header-addresses-reformatted", NULL, NULL},
        {"box@in.test", "a@a.test", "header-recipient-rewritten", "X-Original-To: a@a.test\r\n",
         NULL},
        {"box@in.test", "a@a.test", "header-recipient-rewritten",
         "Received: from x by y for <a@a.test>; Wed, 12 Jun 2024 10:00:00 +0000\r\n", NULL},
        {"a@a.test", "Ann <a@a.test>", "header-display-name-removed",
         "X-To-Full: Ann <a@a.test>\r\n", NULL},
        {"A <a@a.test<mailto:a@a.test>>", "A <a@a.test>", "header-link-rewritten", NULL, NULL},
        {"=?UTF-8?B?w4Q=?= <a@a.test>", "=?utf-8?q?=C3=84?= <a@a.test>", "header-reencoded", NULL,
         NULL},
    };
    check_cases("relaxed", "To", to, LEN(to));
    static const TradeCase from[] = {
        {"\"Ann via Dev\" <dev@list.test>", "Ann <ann@sender.test>", "header-from-rewritten",
         "Reply-To: ann@sender.test\r\n", NULL},
        {"'Ann B' via Dev <dev@list.test>", "\"Ann B\" <ann@sender.test>", "header-from-rewritten",
         "X-Original-From: ann@sender.test\r\n", NULL},
        {"\"Ann (External)\" <ann@sender.test>", "Ann <ann@sender.test>", "header-display-name-tag",
         NULL, NULL},
        {"=?UTF-8?Q?=5BEXT=5D_=C3=84nn?= <ann@sender.test>",
         "=?UTF-8?Q?=C3=84nn?= <ann@sender.test>", "header-display-name-tag", NULL, NULL},
    };
    check_cases("relaxed", "From", from, LEN(from));
}

static void dates(void **state)
{
    (void)state;
    static const TradeCase cases[] = {
        {"Wed, 12 Jun 2024 08:31:55 GMT", "Wed, 12 Jun 2024 10:31:55 +0200",
         "header-date-reformatted", NULL, NULL},
        {"Wed, 12 Jun 2024 10:31:55 +0200", "Wed, 12 Jun 2024 10:31:55 +0200 (CEST)",
         "header-date-reformatted", NULL, NULL},
        {"Mon, 03 Jun 2024 10:31:55 +0000", "Mon, 3 Jun 2024 10:31:55 +0000 (UTC)",
         "header-date-reformatted", NULL, NULL},
        /* t= is Wed, 12 Jun 2024 10:00:01 +0000 */
        {"Wed, 12 Jun 2024 10:00:31 +0000", "Wed, 12 Jun 2024 09:59:58 +0000",
         "header-date-replaced", NULL, NULL},
    };
    check_cases("relaxed", "Date", cases, LEN(cases));
}

static void mime_fields(void **state)
{
    (void)state;
    static const TradeCase type[] = {
        {"text/plain; charset=\"utf-8\"", "text/plain; charset=utf-8", "header-mime-rewritten",
         NULL, NULL},
        {"text/plain; charset=utf-8; format=\"flowed\"",
         "text/plain;charset=\"UTF-8\";format=flowed", "header-mime-rewritten", NULL, NULL},
        {"text/plain; charset=utf-8", "text/plain; charset=us-ascii", "header-mime-rewritten", NULL,
         NULL},
        {"text/plain; format=flowed; charset=utf-8", "text/plain; charset=utf-8; format=flowed",
         "header-mime-rewritten", NULL, NULL},
        {"multipart/mixed; boundary=\"outer-1\"", "multipart/alternative; boundary=\"inner-1\"",
         "header-copied-value", NULL,
         "--outer-1\r\nContent-Type: multipart/alternative; "
         "boundary=\"inner-1\"\r\n\r\n--inner-1--\r\n--outer-1--\r\n"},
    };
    check_cases("relaxed", "Content-Type", type, LEN(type));
    static const TradeCase encoding[] = {
        {"quoted-printable", "8bit", "header-mime-rewritten", NULL, NULL},
        {"base64", "Quoted-Printable", "header-mime-rewritten", NULL, NULL},
    };
    check_cases("relaxed", "Content-Transfer-Encoding", encoding, LEN(encoding));
    static const TradeCase version[] = {
        {"1.0", "1.0 (Mac OS X Mail 16.0 \\(3774.600.62\\))", "header-comment-removed",
         "X-Mailer: Apple Mail (2.3774.600.62)\r\n", NULL},
    };
    check_cases("relaxed", "Mime-Version", version, LEN(version));
}

static void tokens_links_and_ids(void **state)
{
    (void)state;
    static const TradeCase links[] = {
        {"<https://gw.test/r?t=1&u=https%3A%2F%2Fa.test%2Fu%3Fi%3D1>", "<https://a.test/u?i=1>",
         "header-link-rewritten", NULL, NULL},
        {"<https://a.test/0123456789012345678901234567890123456789012345\r\n 6789>",
         "<https://a.test/01234567890123456789012345678901234567890123456789>",
         "header-token-split", NULL, NULL},
    };
    check_cases("relaxed", "List-Unsubscribe", links, LEN(links));
    static const TradeCase ids[] = {
        {"<new@relay.test>", "<old@sender.test>", "header-message-id-replaced",
         "X-Google-Original-Message-ID: <old@sender.test>\r\n", NULL},
    };
    check_cases("relaxed", "Message-Id", ids, LEN(ids));
}

static void removed_fields(void **state)
{
    (void)state;
    static const TradeCase reply[] = {
        {NULL, "Ann <ann@sender.test>", "header-removed", "From: Ann <ann@sender.test>\r\n", NULL},
        {NULL, "help@sender.test", "header-removed", "X-Original-Reply-To: help@sender.test\r\n",
         NULL},
    };
    check_cases("relaxed", "Reply-To", reply, LEN(reply));
    static const TradeCase version[] = {{NULL, "1.0", "header-removed", NULL, NULL}};
    check_cases("relaxed", "Mime-Version", version, LEN(version));
}

static void simple_canonicalization(void **state)
{
    (void)state;
    static const TradeCase cases[] = {
        {"Some words that were once folded here", "Some words that were once\r\n folded here",
         "header-refolded", NULL, NULL},
        {"Some words\r\n\tfolded", "Some words\r\n folded", "header-white-space", NULL, NULL},
        {"Some words\tfolded", "Some words\r\n\tfolded", "header-white-space", NULL, NULL},
        {" Some words", "Some words", "header-white-space", NULL, NULL},
        {"Some words ", "Some words", "header-white-space", NULL, NULL},
    };
    check_cases("simple", "Subject", cases, LEN(cases));
    Bench *bench = bench_new("simple", "Message-ID", "Message-Id: <a@b.test>\r\n", "");
    const char *kind = NULL;
    assert_int_not_equal(cost_of(bench, "Message-ID: <a@b.test>\r\n", &kind), 0);
    assert_string_equal(kind, "header-name-case");
    bench_free(bench);
}

/* z= (RFC 6376 §3.5) is the best evidence there is. */
static void copies_in_z(void **state)
{
    (void)state;
    g_autofree char *message = g_strdup("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; "
                                        "d=sender.test; s=s; h=subject; bh=AAAA;\r\n"
                                        "\tz=From:a@sender.test|Subject:An=20old\r\n\t=20subject="
                                        "3B=7Cx; b=BBBB\r\nSubject: another\r\n\r\n");
    Bench bench = {.source = source_of(message),
                   .oracle = {.has_digest = true, .hash = HASH_SHA256}};
    dkim_signature_parse(&bench.signature, bench.source, 0, SIGNATURE_DKIM);
    bench.input = (CauseInput){.source = bench.source, .signature = &bench.signature};
    bench.block = block_new(&bench.input, &bench.oracle, &bench.budget);
    bench.list = atom_list_new();
    atoms_of_slot(bench.list, bench.block, 0);
    const char *kind = NULL;
    assert_int_equal(cost_of(&bench, "subject:An old subject;|x\r\n", &kind), 1);
    atom_list_free(bench.list);
    block_free(bench.block);
    dkim_signature_clear(&bench.signature);
    source_free(bench.source);
}

/* Whatever stands in a field: no more atoms than agreed, and an end in sight. */
static void hostile_fields_stay_bounded(void **state)
{
    (void)state;
    static const char *const pieces[] = {"[a] ",       "a ",        "=?utf-8?q?=C3=A9?= ",
                                         "=?utf-8?q?", "\"",        "(",
                                         "<",          "a@b.test,", "\"N, n\" <a@b.test>, ",
                                         "; a=b",      "http://",   "><",
                                         "?==?",       "a\r\n ",    "\xff",
                                         "%"};
    static const char *const names[] = {"subject",    "to",           "from",
                                        "date",       "content-type", "list-unsubscribe",
                                        "message-id", "mime-version"};
    for (size_t i = 0; i < LEN(pieces); i++) {
        g_autoptr(GString) value = g_string_new(NULL);
        while (value->len < 5000)
            g_string_append(value, pieces[i]);
        for (size_t j = 0; j < LEN(names); j++) {
            g_autofree char *fields = g_strdup_printf("%s: %s\r\n", names[j], value->str);
            Bench *bench = bench_new(i % 2 ? "simple" : "relaxed", names[j], fields, value->str);
            assert_true(bench->list->atoms->len <= ATOMS_MAX);
            assert_true(bench->list->atoms->len <= 3 * VARIANTS_PER_SLOT);
            bench_free(bench);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(decodes_words),   cmocka_unit_test(refuses_what_it_cannot_decode),
        cmocka_unit_test(encodes_words),   cmocka_unit_test(every_style_decodes_to_the_text),
        cmocka_unit_test(signature_words), cmocka_unit_test(reads_mailboxes),
        cmocka_unit_test(reads_dates),     cmocka_unit_test(subjects),
        cmocka_unit_test(address_lists),   cmocka_unit_test(dates),
        cmocka_unit_test(mime_fields),     cmocka_unit_test(tokens_links_and_ids),
        cmocka_unit_test(removed_fields),  cmocka_unit_test(simple_canonicalization),
        cmocka_unit_test(copies_in_z),     cmocka_unit_test(hostile_fields_stay_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
