#include "analyzer/base/own.h"
#include "reports/builtin.h"
#include "reports/document.h"
#include "reports/lines.h"
#include "reports/node.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

/* A message and a catalogue of our own, with everything hostile in it that a report must survive.
 */

static const char message[] =
    "Received: from mail.example.com ([192.0.2.1]) by mx.example.net; Mon, 23 Nov 2026 10:00:00 "
    "+0000\r\n"
    "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d=example.com; s=s1;\r\n"
    " h=from:subject:date:x-none; t=1795428000; l=12345678901234567890;\r\n"
    " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA\r\n"
    "From: \"<script>alert(1)</script>\" <a@example.com>\r\n"
    "Subject: \x1b[31m \xff \xe2\x80\xae ]]> & http://evil.example/?a=1&b=2\r\n"
    "Date: Mon, 23 Nov 2026 10:00:00 +0000\r\n"
    "\r\n"
    "body\r\n";

#define HOSTILE "\x01\x1b[31m\xff<b>&\"'\\ \xe2\x80\xae\xc2\x9b"

static const char zone[] =
    "example.com. 300 IN TXT \"v=spf1 include:_spf.example.com -all\"\n"
    "_spf.example.com. 300 IN TXT \"v=spf1 ip4:198.51.100.0/24 ~all\"\n"
    "_dmarc.example.com. 300 IN TXT \"v=DMARC1; p=reject; rua=mailto:r@example.com\"\n"
    ";!timeout s1._domainkey.example.com TXT\n";

static TextPiece title_en[] = {
    {false, "The key of\n   "}, {true, "domain"}, {false, " is missing"}};
static TextPiece title_nl[] = {{false, "De sleutel van "}, {true, "domain"}, {false, " ontbreekt"}};
static TextPiece why_en[] = {{false, "Nobody can check <the> signature."}};
static TextPiece why_nl[] = {{false, "Niemand kan de handtekening controleren."}};
static TextPiece fix_en[] = {{false, "Publish it."}};
static TextPiece fix_nl[] = {{false, "Publiceer hem."}};
static Reference references[] = {
    {"RFC 6376 §3.6.1", "https://www.rfc-editor.org/rfc/rfc6376#section-3.6.1", "2026-11"}};

#define TEXTS                                                                                      \
    .title = {{title_en, 3}, {title_nl, 3}}, .why = {{why_en, 1}, {why_nl, 1}},                    \
    .fix = {{fix_en, 1}, {fix_nl, 1}}, .references = references, .n_references = 1

static Rule missing_rule = {
    .id = "dkim-key-missing",
    .topic = "dkim",
    .severity = SEVERITY_ERROR,
    .weight = 30,
    .has_cap = true,
    .cap = 50,
    .cap_reason = {"Large receivers refuse it.", "Grote ontvangers weigeren het."},
    .actor = "dns",
    TEXTS};
static Rule notice_rule = {.id = "spf-lookups",
                           .topic = "spf",
                           .severity = SEVERITY_NOTICE,
                           .weight = 5,
                           .actor = "sender",
                           TEXTS};
static Rule passed_rule = {.id = "message-date",
                           .topic = "message",
                           .severity = SEVERITY_WARNING,
                           .actor = "sender",
                           TEXTS};

static FindingArgument arguments[] = {{"domain", HOSTILE}};
static SpfSwap swaps[] = {{SWAP_HOSTS, HOSTILE, HOSTILE, HOSTILE}, {SWAP_GONE, HOSTILE, "", ""}};
static ProposedRecord records[] = {
    {"add", "s1._domainkey.example.com", "TXT", "v=DKIM1; p=" HOSTILE, swaps, G_N_ELEMENTS(swaps)}};

static RecordPlace in_record = {.name = "s1._domainkey.example.com",
                                .type = "TXT",
                                .text = "v=DKIM1; " HOSTILE " p=",
                                .text_n = sizeof("v=DKIM1; " HOSTILE " p=") - 1,
                                .offset = 9,
                                .length = sizeof(HOSTILE) - 1};

static Finding findings[] = {
    {.rule = &passed_rule, .severity = SEVERITY_WARNING, .outcome = OUTCOME_PASS, .object = ""},
    {.rule = &notice_rule,
     .severity = SEVERITY_NOTICE,
     .outcome = OUTCOME_FAIL,
     .certainty = CERTAINTY_EVALUATED,
     .object = "example.com",
     .arguments = arguments,
     .n_arguments = 1,
     .points = 5},
    {.rule = &missing_rule,
     .severity = SEVERITY_ERROR,
     .outcome = OUTCOME_FAIL,
     .certainty = CERTAINTY_EVALUATED,
     .object = "signature-1",
     .arguments = arguments,
     .n_arguments = 1,
     .has_place = true,
     .offset = 100,
     .length = 20,
     .in_record = &in_record,
     .waived_reason = HOSTILE,
     .waived_until_s = 1795392000,
     .exemption_ended = true,
     .records = records,
     .n_records = 1,
     .points = 30},
    {.rule = &missing_rule,
     .severity = SEVERITY_ERROR,
     .outcome = OUTCOME_FAIL,
     .certainty = CERTAINTY_EVALUATED,
     .object = "signature-2"},
};
static Deduction deductions[] = {{&notice_rule, 5, 1}, {&missing_rule, 30, 2}};
static Judgement judgement = {.findings = findings,
                              .n = 4,
                              .deductions = deductions,
                              .n_deductions = 2,
                              .score = 50,
                              .uncapped = 65,
                              .cap = &missing_rule};

static Address from_address[] = {{HOSTILE, "a@example.com", "example.com", false}};
static MimePart parts[] = {
    {.type = "text/plain", .charset = HOSTILE, .body_length = 6, .decoded_length = 6}};
static Mime mime = {.state = MIME_PARSED,
                    .parts = parts,
                    .n_parts = 1,
                    .subject = HOSTILE,
                    .from = {from_address, 1, 0},
                    .date_valid = true,
                    .date_s = -1};

static HtmlPart html_part = {.part = 0, .links = 1, .complete = true};
static Html rich_text = {
    .parts = &html_part, .n = 1, .found = {[HTML_OTHER_DOMAIN] = {1, HOSTILE, HOSTILE}}};
static BlockList block_list = {.zone = "bl.example", .name = HOSTILE};
static BlockListAnswer block_list_answer = {.list = &block_list,
                                            .object = "192.0.2.1",
                                            .result = BLOCKLIST_LISTED,
                                            .codes = "127.0.0.2",
                                            .reason = HOSTILE};
static BlockListCheck block_lists = {&block_list_answer, 1};

static Received received = {.helo = HOSTILE,
                            .ip = "192.0.2.1",
                            .by = "mx.example.net",
                            .date_valid = true,
                            .is_relay = true};
static Hop hops[] = {
    {.received = &received, .trusted = true, .border = true, .has_delay = true, .delay_s = -3}};
static Envelope envelope = {.client_ip = {"192.0.2.1", "received", 0, CONFIDENCE_HIGH},
                            .helo = {HOSTILE, "received", 0, CONFIDENCE_MEDIUM},
                            .mail_from = {"a@example.com", "option", 0, CONFIDENCE_GIVEN},
                            .recipient = {NULL, "", 0, CONFIDENCE_NONE},
                            .receiver = {NULL, "", 0, CONFIDENCE_NONE},
                            .mail_from_domain = "example.com",
                            .has_receipt_time = true,
                            .receipt_time_s = 1795428000,
                            .hops = hops,
                            .n_hops = 1};

static AuthProperty properties[] = {{"header.d", "example.com"}};
static AuthResult said_results[] = {{.method = "dkim",
                                     .result = "pass",
                                     .comment = HOSTILE,
                                     .properties = properties,
                                     .n_properties = 1},
                                    {.method = "spf", .result = "fail"}};
static AuthRes authres = {
    .valid = true, .authserv_id = HOSTILE, .results = said_results, .n_results = 2};
static ReceiverSaid said[] = {{.field = 0, .authres = &authres, .trusted = true}};

static SigningDomain configured = {.domain = "example.com",
                                   .selector = "s1",
                                   .active = true,
                                   .hash = HASH_SHA256,
                                   .key_type = KEY_TYPE_RSA};
static Step steps[] = {{"from-domain", STEP_YES, "example.com", NULL},
                       {"key-published", STEP_UNKNOWN, "s1._domainkey.example.com", HOSTILE}};
static SigningDomainCheck checks[] = {
    {.configured = &configured, .is_from = true, .key_name = "s1._domainkey.example.com"}};
static Alignment alignment = {.from_domain = "example.com",
                              .from_configured = &configured,
                              .checks = checks,
                              .n_checks = 1,
                              .steps = steps,
                              .n_steps = 2};
static char *reverse_names[] = {"mail.example.com", NULL};
static IprevCheck iprev = {
    .result = IPREV_PASS, .names = reverse_names, .confirmed = "mail.example.com"};
static Profile profile = {
    .path = "profile.xml", .rule_profile = "transactional", .warn_below = 90, .fail_below = 70};

typedef struct Case {
    Source *source;
    Dns *dns;
    DnsSession *session;
    Evidence evidence;
    xmlDoc *document;
} Case;

static int case_new(void **state)
{
    Case *one = g_new0(Case, 1);
    g_autoptr(GBytes) octets = g_bytes_new_static(message, sizeof(message) - 1);
    g_autoptr(GError) error = NULL;
    one->source = source_new(octets, SOURCE_AS_STORED);
    one->dns = dns_new_zone_text(span_of(zone, sizeof(zone) - 1), "zone", &error);
    assert_null(error);
    one->session = dns_session_new(one->dns);

    SpfInput spf = {.ip = "192.0.2.1", .helo = "mail.example.com", .mail_from = "a@example.com"};
    DmarcIdentifier *identifiers = g_new0(DmarcIdentifier, 1);
    identifiers[0] = (DmarcIdentifier){.domain = g_strdup("example.com")};
    const psl_ctx_t *psl = psl_builtin();
    one->evidence = (Evidence){
        .source = one->source,
        .profile = &profile,
        .dns = one->session,
        .now_s = 1795428300,
        .judged_at_s = 1795428000,
        .mime = &mime,
        .html = &rich_text,
        .envelope = &envelope,
        .dkim = dkim_check(one->source, one->session, 1795428000),
        .spf = spf_check(SPF_MAIL_FROM, &spf, one->session),
        .spf_helo = spf_check(SPF_HELO, &spf, one->session),
        .spf_survey = spf_survey("example.com", &spf, one->session),
        .iprev = &iprev,
        .dmarc = dmarc_check(DMARC_AUTHOR_ONE, "example.com", identifiers, 1, psl, one->session),
        .arc = arc_check(one->source, one->session, 1795428000),
        .alignment = &alignment,
        .said = said,
        .n_said = 1};
    one->evidence.block_lists = &block_lists;
    block_list_answer.answer = dns_ask(one->session, "1.2.0.192.bl.example", DNS_A);
    static const char *const options[] = {"mail-from", HOSTILE, NULL};
    DocumentInput input = {.evidence = &one->evidence,
                           .judgement = &judgement,
                           .input_name = "a" HOSTILE ".eml",
                           .fail_on = SEVERITY_WARNING,
                           .options = options};
    one->document = document_new(&input);
    *state = one;
    return 0;
}

static int case_free(void **state)
{
    Case *one = *state;
    xmlFreeDoc(one->document);
    dkim_check_free(one->evidence.dkim);
    spf_check_free(one->evidence.spf);
    spf_check_free(one->evidence.spf_helo);
    spf_survey_free(one->evidence.spf_survey);
    dmarc_check_free(one->evidence.dmarc);
    arc_free(one->evidence.arc);
    dns_session_free(one->session);
    dns_free(one->dns);
    source_free(one->source);
    g_free(one);
    return 0;
}

static xmlNode *root_of(void **state)
{
    return xmlDocGetRootElement(((Case *)*state)->document);
}

static void complain(void *context, xmlErrorPtr error)
{
    (void)context;
    fprintf(stderr, "line %d: %s", error->line, error->message);
}

/* --- the document --- */

static void document_validates_and_can_be_read_again(void **state)
{
    Case *one = *state;
    g_autoptr(GString) xml = document_write(one->document);
    g_autoptr(xmlDoc) again =
        xmlReadMemory(xml->str, (int)xml->len, "report.xml", NULL, XML_PARSE_NONET);
    assert_non_null(again);
    Span schema_text = builtin_file("report.xsd");
    g_autoptr(xmlSchemaParserCtxt) parser =
        xmlSchemaNewMemParserCtxt(schema_text.p, (int)schema_text.n);
    g_autoptr(xmlSchema) schema = xmlSchemaParse(parser);
    assert_non_null(schema);
    g_autoptr(xmlSchemaValidCtxt) context = xmlSchemaNewValidCtxt(schema);
    xmlSchemaSetValidStructuredErrors(context, complain, NULL);
    assert_int_equal(xmlSchemaValidateDoc(context, again), 0);
}

static void document_is_the_same_twice(void **state)
{
    void *other = NULL;
    case_new(&other);
    g_autoptr(GString) a = document_write(((Case *)*state)->document),
                       b = document_write(((Case *)other)->document);
    assert_string_equal(a->str, b->str);
    case_free(&other);
}

static void octets_can_be_had_back(void **state)
{
    xmlNode *value = node_child(node_path(root_of(state), "identities", "helo"), "value");
    assert_string_equal(node_get(value, "encoding"), "c-escape");
    GByteArray *octets = NULL;
    assert_true(bytes_unescape(node_value(value), &octets));
    assert_int_equal(octets->len, strlen(HOSTILE));
    assert_memory_equal(octets->data, HOSTILE, octets->len);
    g_byte_array_unref(octets);
}

static void texts_are_rendered_in_both_languages(void **state)
{
    xmlNode *finding = node_next(node_next(node_path(root_of(state), "findings", "finding")));
    assert_string_equal(node_value(node_child_in(finding, "title", LANGUAGE_EN)),
                        "The key of \\x01\\x1B[31m\\xFF<b>&\"'\\ \\u{202E}\\u{009B} is missing");
    assert_string_equal(node_value(node_child_in(finding, "fix", LANGUAGE_NL)), "Publiceer hem.");
    assert_null(node_child(node_path(root_of(state), "findings", "finding"), "title")); /* passed */
}

static void verdict_names_what_blocks_and_what_comes_first(void **state)
{
    xmlNode *verdict = node_child(root_of(state), "verdict");
    assert_string_equal(node_get(verdict, "score"), "50");
    assert_string_equal(node_get(verdict, "standing"), "bad");
    assert_string_equal(node_get(verdict, "worst"), "error");
    assert_string_equal(node_get(verdict, "passed"), "false");
    assert_string_equal(node_get(verdict, "errors"), "1"); /* two objects, one rule */
    assert_int_equal(node_count(node_child(verdict, "blockers")), 1);
    assert_string_equal(node_get(node_path(verdict, "blockers", "blocker"), "finding-number"), "3");
    assert_int_equal(node_count(node_child(verdict, "actions")), 2);
    assert_string_equal(node_get(node_path(verdict, "actions", "action"), "rule"),
                        "dkim-key-missing");
    assert_string_equal(node_value(node_child_in(verdict, "sentence", LANGUAGE_EN)),
                        "DMARC fails for example.com; one error makes major receivers refuse or "
                        "distrust such mail.");
}

static void nothing_failing_leaves_nothing_to_do(void **state)
{
    Case *one = *state;
    Judgement clean = {.findings = findings, .n = 1, .score = 100, .uncapped = 100};
    DocumentInput input = {
        .evidence = &one->evidence, .judgement = &clean, .fail_on = SEVERITY_INFO};
    g_autoptr(xmlDoc) document = document_new(&input);
    xmlNode *verdict = node_child(xmlDocGetRootElement(document), "verdict");
    assert_string_equal(node_get(verdict, "worst"), "none");
    assert_string_equal(node_get(verdict, "passed"), "true");
    assert_string_equal(node_get(verdict, "standing"), "good");
    assert_int_equal(node_count(node_child(verdict, "blockers")), 0);
    assert_int_equal(node_count(node_child(verdict, "actions")), 0);
    g_autoptr(GString) text = text_view(document, LANGUAGE_EN, false);
    assert_non_null(strstr(text->str, "There is nothing to do."));
    g_autoptr(GString) html = html_view(document, LANGUAGE_EN, NULL);
    assert_non_null(strstr(html->str, "There is nothing to do."));
}

static void score_shows_its_arithmetic(void **state)
{
    xmlNode *score = node_child(root_of(state), "score");
    unsigned sum = 100;
    for (xmlNode *one = node_path(score, "deductions", "deduction"); one != NULL;
         one = node_next(one))
        sum -= (unsigned)g_ascii_strtoull(node_get(one, "points"), NULL, 10);
    assert_int_equal(sum, g_ascii_strtoull(node_get(score, "uncapped"), NULL, 10));
    assert_string_equal(node_get(score, "value"), "50");
    assert_string_equal(node_get(node_child(score, "cap"), "limit"), "50");
    assert_string_equal(node_get(node_child(score, "cap"), "finding-number"), "3");
}

static void receivers_words_are_compared_with_ours(void **state)
{
    xmlNode *results =
        node_child(node_path(root_of(state), "receiver-said", "statement"), "method-results");
    xmlNode *dkim = node_child(results, "method-result"), *spf = node_next(dkim);
    assert_string_equal(node_get(dkim, "ours"), "temperror"); /* the key question times out */
    assert_string_equal(node_get(dkim, "agrees"), "false");
    assert_string_equal(node_get(spf, "ours"), "fail");
    assert_string_equal(node_get(spf, "agrees"), "true");
}

static void places_name_line_field_and_octets(void **state)
{
    xmlNode *place =
        node_child(node_next(node_next(node_path(root_of(state), "findings", "finding"))), "place");
    assert_string_equal(node_get(place, "field"), "2");
    assert_string_equal(node_get(place, "line"), "2");
    assert_string_equal(node_value(node_child(place, "field-name")), "DKIM-Signature");
    g_autofree char *expected = g_strndup(message + 100, 20);
    assert_string_equal(node_value(node_child(place, "excerpt")), expected);
}

/* --- nodes --- */

static void long_values_and_lists_are_cut_and_counted(void **state)
{
    (void)state;
    g_autoptr(xmlDoc) document = xmlNewDoc((const xmlChar *)"1.0");
    node_omissions_start(document);
    xmlNode *root = xmlNewDocNode(document, NULL, (const xmlChar *)"report", NULL);
    xmlDocSetRootElement(document, root);
    GString *text = g_string_new(NULL);
    while (text->len < NODE_MAX_OCTETS - 1)
        g_string_append_c(text, 'a');
    g_string_append(text, "\xc3\xa9z"); /* the limit falls inside the character */
    xmlNode *node = node_octets(root, "text", span_of(text->str, text->len));
    g_string_free(text, TRUE);
    assert_int_equal(strlen(node_value(node)), NODE_MAX_OCTETS - 1);
    xmlNode *list = node_new(root, "hops");
    assert_int_equal(node_limit(list, 7, 10), 7);
    assert_int_equal(node_limit(list, 1000, 10), 10);
    node_omissions_write(root);
    xmlNode *hops_left = node_path(root, "omissions", "omission"),
            *text_left = node_next(hops_left);
    assert_string_equal(node_get(hops_left, "of"), "hops");
    assert_string_equal(node_get(hops_left, "count"), "990");
    assert_string_equal(node_get(text_left, "of"), "text");
    assert_string_equal(node_get(text_left, "count"), "1");
}

static void printable_leaves_escapes_alone(void **state)
{
    (void)state;
    const struct {
        const char *in, *out;
    } cases[] = {{"", ""},
                 {"a\\x01b", "a\\x01b"},
                 {"a\x01"
                  "b",
                  "a\\x01b"},
                 {"\\", "\\"},
                 {"\n\\\\", "\\n\\\\"}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *out = node_printable(cases[i].in);
        assert_string_equal(out, cases[i].out);
    }
}

/* --- lines --- */

static void lines_wrap_by_display_width(void **state)
{
    (void)state;
    Lines lines = {.out = g_string_new(NULL)};
    lines_item(
        &lines, 2, STYLE_BAD, "✗ ",
        "aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk llll mmmm nnnn oooo pppp qqqq");
    assert_string_equal(
        lines.out->str,
        "  ✗ aaaa bbbb cccc dddd eeee ffff gggg hhhh iiii jjjj kkkk llll mmmm nnnn oooo\n"
        "    pppp qqqq\n");
    g_string_truncate(lines.out, 0);
    for (int i = 0; i < 41; i++)
        g_string_append(lines.out, "漢");
    g_autofree char *wide = g_strdup(lines.out->str);
    g_string_truncate(lines.out, 0);
    lines_item(&lines, 0, STYLE_PLAIN, "", wide);
    assert_int_equal(strlen(lines.out->str), 41 * 3 + 2);
    assert_int_equal(strchr(lines.out->str, '\n') - lines.out->str, 40 * 3);
    g_string_truncate(lines.out, 0);
    lines_item(&lines, 0, STYLE_PLAIN, "",
               "a\x1b[31m\xc2\x9b"
               "b");
    assert_string_equal(lines.out->str, "a?[31m?b\n");
    g_string_free(lines.out, TRUE);
}

static void a_table_keeps_its_columns(void **state)
{
    (void)state;
    static const char *const cells[] = {"What", "A", "Bcd", "漢字", "✓", "", "long", "", "✗ no"};
    Lines lines = {.out = g_string_new(NULL)};
    lines_table(&lines, 2, cells, 3, 3);
    g_auto(GStrv) rows = g_strsplit(lines.out->str, "\n", -1);
    assert_int_equal(g_strv_length(rows), 4);
    /* 80 columns: two before, four for the last, three for "A" and the gap behind it */
    assert_int_equal(lines_width(rows[0]), 80 - 1);
    assert_int_equal(strchr(rows[0], 'A') - rows[0], 80 - 4 - 3);
    assert_int_equal(lines_width(rows[1]), 80 - 4 - 3 + 1);
    assert_int_equal(lines_width(rows[2]), 80);
    g_string_free(lines.out, TRUE);
}

/* --- views --- */

static void text_is_plain_and_narrow(void **state)
{
    xmlDoc *document = ((Case *)*state)->document;
    for (int language = 0; language < LANGUAGES; language++) {
        g_autoptr(GString) text = text_view(document, (Language)language, false);
        assert_true(g_utf8_validate(text->str, (gssize)text->len, NULL));
        g_auto(GStrv) rows = g_strsplit(text->str, "\n", -1);
        for (char **row = rows; *row != NULL; row++) {
            for (const char *p = *row; *p != '\0'; p = g_utf8_next_char(p))
                assert_false(g_unichar_iscntrl(g_utf8_get_char(p)));
            if (!g_str_has_prefix(*row, "      v=DKIM1")) /* a record to copy */
                assert_true(lines_width(*row) <= LINES_WIDTH);
        }
    }
    g_autoptr(GString) coloured = text_view(document, LANGUAGE_EN, true);
    assert_non_null(strstr(coloured->str, "\x1b[31m✗ "));
}

static void text_begins_with_the_answer(void **state)
{
    g_autoptr(GString) text = text_view(((Case *)*state)->document, LANGUAGE_NL, false);
    const char *const in_order[] = {"DMARC faalt voor example.com; één fout",
                                    "Score 50 van 100",
                                    "−30",
                                    "begrensd op 50",
                                    "Staat aflevering in de weg",
                                    "Doe dit eerst",
                                    "Publiceer hem.",
                                    "Ondertekenend domein, stap voor stap",
                                    "Identiteiten",
                                    "Reis",
                                    "DKIM-handtekeningen",
                                    "Fouten",
                                    "Aandachtspunten"};
    const char *at = text->str;
    for (size_t i = 0; i < G_N_ELEMENTS(in_order); i++) {
        at = strstr(at, in_order[i]);
        if (at == NULL)
            fail_msg("not there, or not in its place: %s", in_order[i]);
    }
}

static void html_escapes_all_that_is_hostile(void **state)
{
    Case *one = *state;
    for (int language = 0; language < LANGUAGES; language++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) html = html_view(one->document, (Language)language, &error);
        assert_null(error);
        assert_true(g_utf8_validate(html->str, (gssize)html->len, NULL));
        assert_null(strstr(html->str, "<script"));
        assert_null(strstr(html->str, "<b>&"));
        assert_null(strstr(html->str, "evil.example\""));
        assert_non_null(strstr(html->str, "FF&lt;b&gt;&amp;"));
        assert_non_null(strstr(html->str, "default-src 'none'"));
        assert_non_null(strstr(html->str, language == LANGUAGE_NL ? "<html lang=\"nl\">"
                                                                  : "<html lang=\"en\">"));
        assert_non_null(
            strstr(html->str, language == LANGUAGE_NL ? "Doe dit eerst" : "Do this first"));
    }
}

static void json_has_lists_numbers_and_booleans(void **state)
{
    Case *one = *state;
    g_autoptr(GString) text = json_view(one->document, LANGUAGE_NL);
    json_error_t error;
    json_t *root = json_loads(text->str, JSON_DECODE_INT_AS_REAL | JSON_REJECT_DUPLICATES, &error);
    if (root == NULL)
        fail_msg("line %d: %s", error.line, error.text);
    json_t *score = json_object_get(root, "score"),
           *signatures = json_object_get(root, "signatures");
    assert_true(json_number_value(json_object_get(score, "value")) == 50.0);
    assert_int_equal(json_array_size(json_object_get(root, "findings")), 4);
    assert_int_equal(json_array_size(json_object_get(root, "dns")),
                     dns_session_count(one->session));
    assert_true(json_is_object(json_object_get(root, "spf")));
    assert_true(json_is_object(json_object_get(root, "dmarc")));
    assert_int_equal(json_array_size(json_object_get(json_object_get(root, "arc"), "arc_sets")), 0);
    json_t *signature = json_array_get(signatures, 0);
    assert_true(json_is_false(json_object_get(signature, "crypto_pass")));
    assert_string_equal(
        json_string_value(json_array_get(json_object_get(signature, "problems"), 0)), "length");
    json_t *titled = json_array_get(json_object_get(root, "findings"), 3);
    assert_string_equal(json_string_value(json_object_get(titled, "title")),
                        "De sleutel van ontbreekt");
    json_t *said_by =
        json_object_get(json_array_get(json_object_get(root, "receiver_said"), 0), "authserv_id");
    GByteArray *octets = NULL;
    assert_true(bytes_unescape(json_string_value(said_by), &octets));
    assert_memory_equal(octets->data, HOSTILE, octets->len);
    g_byte_array_unref(octets);
    json_decref(root);
    assert_non_null(
        strstr(text->str, "\"signed_length\": 12345678901234567890")); /* beyond 63 bits */
}

static void every_kind_of_cause_has_words(void **state)
{
    (void)state;
    for (int language = 0; language < LANGUAGES; language++) {
        g_autoptr(Labels) labels = labels_new((Language)language);
        size_t n = 0;
        const CauseKind *kinds = cause_kinds(&n);
        for (size_t i = 0; i < n; i++) {
            if (labels_of(labels, "cause", kinds[i].id) == kinds[i].id)
                fail_msg("no label cause.%s", kinds[i].id);
            assert_ptr_not_equal(labels_of(labels, "actor", cause_actor_name(kinds[i].actor)),
                                 cause_actor_name(kinds[i].actor));
        }
    }
}

static void labels_are_complete(void **state)
{
    (void)state;
    g_autoptr(xmlDoc) document = builtin_document("labels.xml");
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    for (xmlNode *label = node_child(xmlDocGetRootElement(document), "label"); label != NULL;
         label = node_next(label)) {
        const char *en = node_value(node_child(label, "en")),
                   *nl = node_value(node_child(label, "nl"));
        assert_true(en[0] != '\0' && nl[0] != '\0');
        assert_int_equal(strstr(en, "{}") != NULL, strstr(nl, "{}") != NULL);
        assert_true(g_hash_table_add(seen, (char *)node_get(label, "id")));
    }
}

static void test_place_in_a_record(void **state)
{
    const xmlNode *finding = node_path(root_of(state), "findings", "finding");
    while (!node_child(finding, "in-record"))
        finding = node_next(finding);
    const xmlNode *place = node_child(finding, "in-record");
    assert_string_equal(node_get(place, "offset"), "9");
    assert_string_equal(node_child_value(place, "before"), "v=DKIM1; ");
    assert_string_equal(node_child_value(place, "after"), " p=");
    assert_string_equal(node_get(finding, "exemption-ended"), "2026-11-22");
    g_autoptr(GString) text = text_view(((Case *)*state)->document, LANGUAGE_EN, false);
    assert_non_null(strstr(text->str, "character 10\n      v=DKIM1; \\x01"));
    assert_non_null(strstr(text->str, "\n               ^^^^"));
    assert_non_null(strstr(text->str, "exemption"));
    g_autoptr(GString) sarif = sarif_view(((Case *)*state)->document, LANGUAGE_EN);
    assert_non_null(strstr(sarif->str, "dns:s1._domainkey.example.com?type=TXT"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_place_in_a_record, case_new, case_free),
        cmocka_unit_test_setup_teardown(document_validates_and_can_be_read_again, case_new,
                                        case_free),
        cmocka_unit_test_setup_teardown(document_is_the_same_twice, case_new, case_free),
        cmocka_unit_test_setup_teardown(octets_can_be_had_back, case_new, case_free),
        cmocka_unit_test_setup_teardown(texts_are_rendered_in_both_languages, case_new, case_free),
        cmocka_unit_test_setup_teardown(verdict_names_what_blocks_and_what_comes_first, case_new,
                                        case_free),
        cmocka_unit_test_setup_teardown(nothing_failing_leaves_nothing_to_do, case_new, case_free),
        cmocka_unit_test_setup_teardown(score_shows_its_arithmetic, case_new, case_free),
        cmocka_unit_test_setup_teardown(receivers_words_are_compared_with_ours, case_new,
                                        case_free),
        cmocka_unit_test_setup_teardown(places_name_line_field_and_octets, case_new, case_free),
        cmocka_unit_test(long_values_and_lists_are_cut_and_counted),
        cmocka_unit_test(printable_leaves_escapes_alone),
        cmocka_unit_test(lines_wrap_by_display_width),
        cmocka_unit_test(a_table_keeps_its_columns),
        cmocka_unit_test_setup_teardown(text_is_plain_and_narrow, case_new, case_free),
        cmocka_unit_test_setup_teardown(text_begins_with_the_answer, case_new, case_free),
        cmocka_unit_test_setup_teardown(html_escapes_all_that_is_hostile, case_new, case_free),
        cmocka_unit_test_setup_teardown(json_has_lists_numbers_and_booleans, case_new, case_free),
        cmocka_unit_test(every_kind_of_cause_has_words),
        cmocka_unit_test(labels_are_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
