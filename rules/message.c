#include "rules/deciding.h"

#include <string.h>

/* --- the copy that was given --- */

static void complete(const Evidence *evidence, Verdicts *out)
{
    if (evidence->headers_only)
        verdict_fail(out, "", CERTAINTY_EVALUATED);
    else
        verdict_pass(out, "");
}

static void header(const Evidence *evidence, Verdicts *out)
{
    if (header_found(evidence))
        verdict_pass(out, "");
    else
        verdict_fail(out, "", CERTAINTY_PROVEN);
}

static void copy_sound(const Evidence *evidence, Verdicts *out)
{
    const View *view = evidence->copy ? evidence->copy->view : NULL;
    if (!view) {
        verdict_pass(out, "");
        return;
    }
    g_autoptr(GString) names = g_string_new(NULL);
    for (size_t i = 0; i < view->n_repairs; i++)
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "",
                               view_repair_name(view->repairs[i]));
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_argument(out, "damage", names->str);
}

static void as_sent(const Evidence *evidence, Verdicts *out)
{
    const Source *source = evidence->source;
    if (!source->has_mbox_line && !source->has_bom) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_place(out, 0, source->preamble.n);
}

static void line_ends(const Evidence *evidence, Verdicts *out)
{
    const Source *source = evidence->source;
    bool mixed = source->header_ends == LINE_ENDS_MIXED || source->body_ends == LINE_ENDS_MIXED ||
                 (source->header_ends == LINE_ENDS_CRLF && source->body_ends == LINE_ENDS_LF) ||
                 (source->header_ends == LINE_ENDS_LF && source->body_ends == LINE_ENDS_CRLF);
    if (!mixed) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_INFERRED);
    verdict_argument_number(out, "count", source->bare_lf);
    if (source->first_bare_lf < source->bytes.n)
        verdict_place(out, source->first_bare_lf, 1);
}

static void counted(size_t count, Verdicts *out)
{
    if (count == 0) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_argument_number(out, "count", count);
}

static void bare_cr(const Evidence *evidence, Verdicts *out)
{
    counted(evidence->source->bare_cr, out);
}

static void nul(const Evidence *evidence, Verdicts *out)
{
    counted(evidence->source->nul, out);
}

static void long_lines(const Evidence *evidence, Verdicts *out)
{
    const Source *source = evidence->source;
    counted(source->long_lines, out);
    if (source->long_lines == 0)
        return;
    verdict_argument_number(out, "octets", source->longest_line);
    verdict_argument_number(out, "line", source->longest_line_number);
}

static void size(const Evidence *evidence, Verdicts *out)
{
    const size_t limit_mb = 25;
    size_t n = evidence->source->bytes.n;
    if (n <= limit_mb * 1024 * 1024) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_argument_number(out, "megabytes", n / (1024 * 1024));
    verdict_argument_number(out, "limit", limit_mb);
}

/* --- header fields as octets --- */

static void place_field(const Field *field, Verdicts *out)
{
    verdict_argument_span(out, "field", field->name);
    verdict_argument_number(out, "line", field->line);
    verdict_place(out, field->offset, field->raw.n);
}

/* Fields with one of the defects and without any of the others: one finding, about the first. */
static void defects(const Evidence *evidence, unsigned mask, unsigned without, Verdicts *out)
{
    const Source *source = evidence->source;
    const Field *first = NULL;
    size_t count = 0;
    for (size_t i = 0; i < source->n_fields; i++) {
        const Field *field = &source->fields[i];
        if (!(field->defects & mask) || field->defects & without)
            continue;
        count++;
        if (!first)
            first = field;
    }
    counted(count, out);
    if (first)
        place_field(first, out);
}

static bool utf8_transport(const Evidence *evidence)
{
    enum { MAX_HOPS = 100 };
    for (size_t i = 0; i < MIN(evidence->envelope->n_hops, (size_t)MAX_HOPS); i++)
        if (span_starts_nocase(span_str(evidence->envelope->hops[i].received->with), "UTF8"))
            return true;
    return false;
}

static void raw_utf8(const Evidence *evidence, Verdicts *out)
{
    if (utf8_transport(evidence))
        verdict_pass(out, "");
    else
        defects(evidence, FIELD_8BIT_VALUE, FIELD_INVALID_UTF8, out);
}

static void raw_8bit(const Evidence *evidence, Verdicts *out)
{
    defects(evidence, FIELD_INVALID_UTF8, 0, out);
}

static void field_names(const Evidence *evidence, Verdicts *out)
{
    defects(evidence, FIELD_BAD_NAME | FIELD_8BIT_NAME | FIELD_WSP_BEFORE_COLON, 0, out);
}

static void blank_fold(const Evidence *evidence, Verdicts *out)
{
    defects(evidence, FIELD_BLANK_FOLD, 0, out);
}

/* Of a copy that begins with no header at all, message-header tells. */
static void stray_lines(const Evidence *evidence, Verdicts *out)
{
    const Source *source = evidence->source;
    if (!header_found(evidence))
        return;
    counted(source->n_strays, out);
    if (source->n_strays == 0)
        return;
    verdict_argument_number(out, "line", source->strays[0].number);
    verdict_place(out, source->strays[0].offset, source->strays[0].line.n);
}

static void duplicate_fields(const Evidence *evidence, Verdicts *out)
{
    /* RFC 5322 §3.6 and RFC 2045 §4-6: at most once. From has a rule of its own. */
    static const char *const single[] = {"date",
                                         "sender",
                                         "reply-to",
                                         "to",
                                         "cc",
                                         "bcc",
                                         "message-id",
                                         "in-reply-to",
                                         "references",
                                         "subject",
                                         "mime-version",
                                         "content-type",
                                         "content-transfer-encoding"};
    bool any = false;
    for (size_t i = 0; i < G_N_ELEMENTS(single); i++) {
        size_t count = source_field_count(evidence->source, single[i]);
        if (count < 2)
            continue;
        any = true;
        const Field *second = source_field(evidence->source, single[i], 1);
        verdict_fail(out, single[i], CERTAINTY_PROVEN);
        verdict_argument_number(out, "count", count);
        place_field(second, out);
    }
    if (!any)
        verdict_pass(out, "");
}

/* --- From, Date, Message-ID, Subject, recipients --- */

/* A field that is not there: the message's fault only when the copy has the header at all. */
static void absent(const Evidence *evidence, Verdicts *out)
{
    if (header_found(evidence))
        verdict_fail(out, "", CERTAINTY_PROVEN);
    else
        verdict_not_evaluable(out, "", "header");
}

static void from_present(const Evidence *evidence, Verdicts *out)
{
    if (evidence->dmarc->author != DMARC_AUTHOR_MISSING)
        verdict_pass(out, "");
    else if (source_field(evidence->source, "from", 0) && evidence->mime->state != MIME_PARSED)
        verdict_not_evaluable(out, "", "mime");
    else
        absent(evidence, out);
}

static void from_single(const Evidence *evidence, Verdicts *out)
{
    size_t count = source_field_count(evidence->source, "from");
    if (count == 0)
        return;
    if (count == 1) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_argument_number(out, "count", count);
    place_field(source_field(evidence->source, "from", 1), out);
}

static void display_name(const Evidence *evidence, Verdicts *out)
{
    const char *from = evidence->dmarc->author_domain;
    const AddressList *list = &evidence->mime->from;
    if (!from || list->n == 0)
        return;
    const char *name = list->items[0].name;
    const char *at = name ? strrchr(name, '@') : NULL;
    g_autofree char *named = NULL;
    if (at) {
        size_t n =
            strspn(at + 1, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-");
        named = domain_normal(span_of(at + 1, n));
    }
    if (!named || domain_labels(named) < 2 || domain_is_at_or_below(named, from) ||
        domain_is_at_or_below(from, named)) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_argument(out, "name", name);
    verdict_argument(out, "domain", from);
}

static void date_present(const Evidence *evidence, Verdicts *out)
{
    const Field *field = source_field(evidence->source, "date", 0);
    if (evidence->mime->date_valid) {
        verdict_pass(out, "");
        return;
    }
    if (field && evidence->mime->state != MIME_PARSED) {
        verdict_not_evaluable(out, "", "mime");
        return;
    }
    absent(evidence, out);
    verdict_argument_span(out, "found", field ? span_trim(field->value) : SPAN_LIT("-"));
    if (field)
        verdict_place(out, field->offset, field->raw.n);
}

/* Against the time of receipt; without one only the future can be told. */
static void date_plausible(const Evidence *evidence, Verdicts *out)
{
    enum { DAY_S = 86400, OLD_S = 7 * DAY_S };
    const Envelope *envelope = evidence->envelope;
    if (!evidence->mime->date_valid)
        return;
    int64_t reference = envelope->has_receipt_time ? envelope->receipt_time_s : evidence->now_s;
    int64_t date = evidence->mime->date_s;
    bool future = date - DAY_S > reference;
    bool old = envelope->has_receipt_time && date + OLD_S < reference;
    if (!future && !old) {
        verdict_pass(out, "");
        return;
    }
    const Field *field = source_field(evidence->source, "date", 0);
    verdict_fail(out, "", CERTAINTY_EVALUATED);
    verdict_argument_number(out, "hours",
                            (uint64_t)((future ? date - reference : reference - date) / 3600));
    if (field)
        verdict_place(out, field->offset, field->raw.n);
}

/* "<" left "@" right ">" without white space inside (RFC 5322 §3.6.4). */
static bool is_message_id(const char *text)
{
    size_t n = strlen(text);
    const char *at = strchr(text, '@');
    return n >= 5 && text[0] == '<' && text[n - 1] == '>' && at && at > text + 1 &&
           at < text + n - 2 && !strpbrk(text, " \t") && !strchr(text + 1, '<');
}

static void message_id(const Evidence *evidence, Verdicts *out)
{
    const Field *field = source_field(evidence->source, "message-id", 0);
    g_autofree char *text = field ? field_unfolded(field) : NULL;
    if (text && is_message_id(text)) {
        verdict_pass(out, "");
        return;
    }
    absent(evidence, out);
    verdict_argument(out, "found", text);
    if (field)
        verdict_place(out, field->offset, field->raw.n);
}

static void subject(const Evidence *evidence, Verdicts *out)
{
    const char *text = evidence->mime->subject;
    if (!source_field(evidence->source, "subject", 0) || (text && !*text))
        absent(evidence, out);
    else
        verdict_pass(out, "");
}

static void recipient(const Evidence *evidence, Verdicts *out)
{
    const Mime *mime = evidence->mime;
    bool named = mime->to.n > 0 || mime->cc.n > 0 || mime->to.groups > 0 || mime->cc.groups > 0;
    if (named)
        verdict_pass(out, "");
    else if (mime->state != MIME_PARSED || mime->addresses_refused)
        verdict_not_evaluable(out, "", "mime");
    else
        absent(evidence, out);
}

/* --- MIME --- */

static void mime_parsed(const Evidence *evidence, Verdicts *out)
{
    MimeState state = evidence->mime->state;
    if (state == MIME_PARSED && evidence->mime->addresses_refused)
        state = MIME_OVER_ADDRESSES;
    if (state == MIME_PARSED) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_argument(out, "state", mime_state_name(state));
}

/* What the parser met and another rule charges. */
static bool told_elsewhere(const Evidence *evidence, const char *code)
{
    static const char *const codes[] = {"duplicate-field", "conflicting-field", "8bit-header",
                                        "invalid-field-name"};
    for (size_t i = 0; i < G_N_ELEMENTS(codes); i++)
        if (strcmp(codes[i], code) == 0)
            return true;
    if (strcmp(code, "invalid-encoded-word") == 0)
        return evidence->encoded_words.found[ENCODEDWORD_BROKEN].count > 0;
    return strcmp(code, "invalid-address-list") == 0 &&
           evidence->dmarc->author == DMARC_AUTHOR_MISSING;
}

/* Where the copy ends after the header, the structure that the header announces is not there to
 * judge. */
static void mime_clean(const Evidence *evidence, Verdicts *out)
{
    const Mime *mime = evidence->mime;
    const MimeWarning *first = NULL;
    size_t count = 0;
    if (mime->state != MIME_PARSED || evidence->headers_only)
        return;
    for (size_t i = mime->n_warnings; i-- > 0;) {
        if (told_elsewhere(evidence, mime->warnings[i].code))
            continue;
        first = &mime->warnings[i];
        count++;
    }
    counted(count, out);
    if (!first)
        return;
    verdict_argument(out, "warning", first->code);
    verdict_place(out, first->offset, 0);
}

static void mime_version(const Evidence *evidence, Verdicts *out)
{
    if (!source_field(evidence->source, "content-type", 0))
        return;
    if (source_field(evidence->source, "mime-version", 0))
        verdict_pass(out, "");
    else
        verdict_fail(out, "", CERTAINTY_PROVEN);
}

static bool declares_8bit(const MimePart *part)
{
    return g_strcmp0(part->encoding, "8bit") == 0 || g_strcmp0(part->encoding, "binary") == 0;
}

static void body_8bit(const Evidence *evidence, Verdicts *out)
{
    const Mime *mime = evidence->mime;
    const Source *source = evidence->source;
    if (mime->state != MIME_PARSED)
        return;
    bool declared = source->first_8bit_body >= source->bytes.n;
    for (size_t i = 0; i < mime->n_parts && !declared; i++)
        declared = declares_8bit(&mime->parts[i]);
    if (declared) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_place(out, source->first_8bit_body, 1);
}

static void decodable(const Evidence *evidence, Verdicts *out)
{
    const Mime *mime = evidence->mime;
    for (size_t i = 0; i < mime->n_parts; i++) {
        const MimePart *part = &mime->parts[i];
        if ((!part->decode_lossy && !part->charset_exceeded) || part->charset_unknown)
            continue;
        verdict_fail(out, "", CERTAINTY_PROVEN);
        verdict_argument(out, "type", part->type);
        verdict_argument(out, "charset", part->charset ? part->charset : "us-ascii");
        verdict_argument(out, "encoding", part->encoding ? part->encoding : "7bit");
        verdict_place(out, part->body_offset, part->body_length);
        return;
    }
    if (mime->n_parts > 0)
        verdict_pass(out, "");
}

static void charset_known(const Evidence *evidence, Verdicts *out)
{
    const Mime *mime = evidence->mime;
    for (size_t i = 0; i < mime->n_parts; i++) {
        const MimePart *part = &mime->parts[i];
        if (!part->charset_unknown)
            continue;
        verdict_fail(out, "", CERTAINTY_EVALUATED);
        verdict_argument(out, "type", part->type);
        verdict_argument(out, "charset", part->charset);
        verdict_place(out, part->body_offset, part->body_length);
        return;
    }
    if (mime->n_parts > 0)
        verdict_pass(out, "");
}

static void charset_true(const Evidence *evidence, Verdicts *out)
{
    const Mime *mime = evidence->mime;
    for (size_t i = 0; i < mime->n_parts; i++) {
        const MimePart *part = &mime->parts[i];
        if (!part->charset_is_utf8)
            continue;
        verdict_fail(out, "", CERTAINTY_EVALUATED);
        verdict_argument(out, "type", part->type);
        verdict_argument(out, "charset", part->charset);
        verdict_place(out, part->body_offset, part->body_length);
        return;
    }
    if (mime->n_parts > 0)
        verdict_pass(out, "");
}

/* One such pair in a text may be an example; in a subject it is none. */
static void encoded_once(const Evidence *evidence, Verdicts *out)
{
    enum { SEVERAL = 2 };
    const Mime *mime = evidence->mime;
    size_t count = mime->subject_doubled;
    const char *where = "Subject";
    for (size_t i = 0; i < mime->n_parts && count == 0; i++) {
        const MimePart *part = &mime->parts[i];
        count = part->is_attachment || part->doubled < SEVERAL ? 0 : part->doubled;
        where = part->type;
    }
    if (count == 0) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_EVALUATED);
    verdict_argument_number(out, "count", count);
    verdict_argument(out, "where", where);
}

/* --- encoded words --- */

static void encoded_word(const Evidence *evidence, EncodedWordFault fault, Verdicts *out)
{
    const Source *source = evidence->source;
    size_t count = evidence->encoded_words.found[fault].count;
    counted(count, out);
    if (count == 0)
        return;
    const Field *field = &source->fields[evidence->encoded_words.found[fault].field];
    size_t offset = evidence->encoded_words.found[fault].offset,
           length = evidence->encoded_words.found[fault].length;
    verdict_argument_span(out, "field", field->name);
    verdict_argument_span(out, "found", span_of(source->bytes.p + offset, MIN(length, 120)));
    verdict_place(out, offset, length);
}

static void word_sound(const Evidence *evidence, Verdicts *out)
{
    encoded_word(evidence, ENCODEDWORD_BROKEN, out);
}

static void word_split(const Evidence *evidence, Verdicts *out)
{
    encoded_word(evidence, ENCODEDWORD_SPLIT, out);
}

static void word_quoted(const Evidence *evidence, Verdicts *out)
{
    encoded_word(evidence, ENCODEDWORD_QUOTED, out);
}

static void word_long(const Evidence *evidence, Verdicts *out)
{
    encoded_word(evidence, ENCODEDWORD_LONG, out);
}

/* --- attachments --- */

static const char *extension_of(const MimePart *part)
{
    const char *dot = part->filename ? strrchr(part->filename, '.') : NULL;
    return dot ? dot + 1 : "";
}

/* What Gmail refuses, alone or in an archive. */
static bool is_blocked_type(const MimePart *part)
{
    static const char *const types[] = {
        "ade", "adp", "apk", "appx", "bat", "cab", "chm", "cmd", "com", "cpl", "dll",
        "dmg", "exe", "hta", "ins",  "isp", "iso", "jar", "js",  "jse", "lib", "lnk",
        "mde", "msc", "msi", "msix", "msp", "mst", "nsh", "pif", "ps1", "scr", "sct",
        "sys", "vb",  "vbe", "vbs",  "vhd", "vxd", "wsc", "wsf", "wsh", "xll"};
    for (size_t i = 0; i < G_N_ELEMENTS(types) && !part->is_message; i++)
        if (g_ascii_strcasecmp(extension_of(part), types[i]) == 0)
            return true;
    return false;
}

static bool is_empty_file(const MimePart *part)
{
    return part->is_attachment && !part->is_multipart && !part->is_message &&
           part->body_length == 0;
}

static bool is_tnef(const MimePart *part)
{
    return g_strcmp0(part->type, "application/ms-tnef") == 0 ||
           (part->filename && g_ascii_strcasecmp(part->filename, "winmail.dat") == 0);
}

static void attachments(const Evidence *evidence, bool (*is_bad)(const MimePart *), Verdicts *out)
{
    const Mime *mime = evidence->mime;
    if (mime->state != MIME_PARSED || evidence->headers_only)
        return;
    for (size_t i = 0; i < mime->n_parts; i++) {
        if (!is_bad(&mime->parts[i]))
            continue;
        verdict_fail(out, "", CERTAINTY_EVALUATED);
        verdict_argument(out, "name", mime->parts[i].filename);
        verdict_place(out, mime->parts[i].body_offset, mime->parts[i].body_length);
        return;
    }
    verdict_pass(out, "");
}

static void attachment_type(const Evidence *evidence, Verdicts *out)
{
    attachments(evidence, is_blocked_type, out);
}

static void attachment_empty(const Evidence *evidence, Verdicts *out)
{
    attachments(evidence, is_empty_file, out);
}

static void attachment_tnef(const Evidence *evidence, Verdicts *out)
{
    attachments(evidence, is_tnef, out);
}

static bool has_text(const Mime *mime, const char *type)
{
    for (size_t i = 0; i < mime->n_parts; i++)
        if (g_strcmp0(mime->parts[i].type, type) == 0 && !mime->parts[i].is_attachment)
            return true;
    return false;
}

static void text_part(const Evidence *evidence, Verdicts *out)
{
    if (!has_text(evidence->mime, "text/html"))
        return;
    if (has_text(evidence->mime, "text/plain"))
        verdict_pass(out, "");
    else
        verdict_fail(out, "", CERTAINTY_PROVEN);
}

/* --- content --- */

typedef struct Marks {
    const char *open, *close;
} Marks;

/* Between the marks of a template stands a short name or expression on one line. */
static bool is_expression(Span text)
{
    bool letter = false;
    for (size_t i = 0; i < text.n; i++) {
        letter = letter || g_ascii_isalpha(text.p[i]);
        if (!g_ascii_isalnum(text.p[i]) && !strchr(" _.-|:#/^&=()'\"", text.p[i]))
            return false;
    }
    return letter;
}

/* First template expression that was not replaced; empty when there is none. */
static Span find_placeholder(Span text)
{
    enum { MAX_EXPRESSION = 64 };
    static const Marks marks[] = {{"{{", "}}"}, {"${", "}"},  {"*|", "|*"}, {"%%", "%%"},
                                  {"{%", "%}"}, {"<%", "%>"}, {"[[", "]]"}};
    for (size_t m = 0; m < G_N_ELEMENTS(marks); m++) {
        Span open = span_str(marks[m].open), close = span_str(marks[m].close);
        for (size_t at = span_search(text, open, 0); at < text.n;
             at = span_search(text, open, at + 1)) {
            Span rest = span_from(text, at + open.n);
            rest.n = MIN(rest.n, (size_t)MAX_EXPRESSION + close.n);
            size_t end = span_search(rest, close, 0);
            if (end < rest.n && end > 0 && is_expression(span_of(rest.p, end)))
                return span_of(text.p + at, open.n + end + close.n);
        }
    }
    return span_of("", 0);
}

static void placeholder(const Evidence *evidence, Verdicts *out)
{
    enum { MAX_PARTS = 50 };
    const Mime *mime = evidence->mime;
    Span found = find_placeholder(span_str(mime->subject));
    Certainty certainty = CERTAINTY_EVALUATED;
    for (size_t i = 0; i < MIN(mime->n_parts, (size_t)MAX_PARTS) && found.n == 0; i++) {
        if (mime->parts[i].is_attachment)
            continue;
        found = find_placeholder(span_str(mime->parts[i].text));
        certainty = CERTAINTY_INFERRED; /* a text may well be about templates */
    }
    if (found.n == 0) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", certainty);
    verdict_argument_span(out, "found", found);
}

/* What programs write when there is nothing to write, where a name is due: "Dear null,". */
static bool is_empty_value(Span word)
{
    static const char *const values[] = {"null",    "undefined", "(null)", "NaN",
                                         "[object", "None",      "NULL",   "<null>"};
    for (size_t i = 0; i < G_N_ELEMENTS(values); i++)
        if (span_is(word, values[i]))
            return true;
    return false;
}

static bool is_salutation(Span word)
{
    static const char *const words[] = {
        "Dear",  "Hello",  "Hi",    "Beste",   "Geachte", "Hallo", "Dag",  "Hoi",
        "Liebe", "Lieber", "Guten", "Bonjour", "Cher",    "Chère", "heer", "mevrouw",
        "Mr.",   "Mrs.",   "Ms.",   "meneer",  "familie", "klant"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (span_is(word, words[i]))
            return true;
    return false;
}

/* A salutation and an empty value right behind it, on one line; empty when there is none. */
static Span find_empty_salutation(Span text)
{
    enum { TOP_OCTETS = 16384 };
    Span before = {NULL, 0};
    text.n = MIN(text.n, (size_t)TOP_OCTETS);
    for (size_t at = 0; at < text.n;) {
        while (at < text.n && strchr(" \t\r\n,;!", text.p[at])) {
            if (text.p[at] == '\n')
                before.n = 0;
            at++;
        }
        size_t from = at;
        while (at < text.n && !strchr(" \t\r\n,;!", text.p[at]))
            at++;
        Span word = span_of(text.p + from, at - from);
        if (before.n > 0 && is_salutation(before) && is_empty_value(word))
            return span_of(before.p, (size_t)(word.p - before.p) + word.n);
        before = word;
    }
    return span_of("", 0);
}

/* Traces of a program that no text for people has in it. */
static Span find_program_text(Span text)
{
    static const char *const traces[] = {
        "[object Object]",        "System.Collections.Generic.",
        "System.Data.DataRow",    "Traceback (most recent call last)",
        "NullReferenceException", "NullPointerException"};
    for (size_t i = 0; i < G_N_ELEMENTS(traces); i++) {
        size_t at = span_search(text, span_str(traces[i]), 0);
        if (at < text.n)
            return span_of(text.p + at, strlen(traces[i]));
    }
    return span_of("", 0);
}

static Span find_empty(Span text)
{
    Span found = find_empty_salutation(text);
    return found.n > 0 ? found : find_program_text(text);
}

/* Of HTML, what is shown. */
static void empty_value(const Evidence *evidence, Verdicts *out)
{
    const Mime *mime = evidence->mime;
    Span found = find_empty(span_str(mime->subject));
    for (size_t i = 0; i < evidence->html->n && found.n == 0; i++)
        found = find_empty(span_str(evidence->html->parts[i].visible));
    for (size_t i = 0; i < mime->n_parts && found.n == 0; i++)
        if (!mime->parts[i].is_attachment && g_strcmp0(mime->parts[i].type, "text/plain") == 0)
            found = find_empty(span_str(mime->parts[i].text));
    if (found.n == 0) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_EVALUATED);
    verdict_argument_span(out, "found", found);
}

/* --- unsubscribing, for the newsletter profile --- */

static bool offers_https(const Evidence *evidence)
{
    const Field *field = source_field(evidence->source, "list-unsubscribe", 0);
    g_autofree char *text = field ? field_unfolded(field) : NULL;
    g_autofree char *lower = text ? g_ascii_strdown(text, -1) : NULL;
    return lower && strstr(lower, "<https://");
}

static void list_unsubscribe(const Evidence *evidence, Verdicts *out)
{
    if (g_strcmp0(evidence->profile->rule_profile, "newsletter") != 0)
        verdict_not_applicable(out);
    else if (source_field(evidence->source, "list-unsubscribe", 0))
        verdict_pass(out, "");
    else
        verdict_fail(out, "", CERTAINTY_PROVEN);
}

static void one_click(const Evidence *evidence, Verdicts *out)
{
    const Field *field = source_field(evidence->source, "list-unsubscribe-post", 0);
    if (!source_field(evidence->source, "list-unsubscribe", 0))
        return;
    if (field && offers_https(evidence))
        verdict_pass(out, "");
    else
        verdict_fail(out, "", CERTAINTY_PROVEN);
}

/* RFC 8058 §3.1: that one pair and nothing else. */
static void one_click_value(const Evidence *evidence, Verdicts *out)
{
    const Field *field = source_field(evidence->source, "list-unsubscribe-post", 0);
    if (!field)
        return;
    if (span_is(span_trim(field->value), "List-Unsubscribe=One-Click")) {
        verdict_pass(out, "");
        return;
    }
    g_autofree char *text = field_unfolded(field);
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_argument(out, "found", text);
    verdict_place(out, field->offset, field->raw.n);
}

/* RFC 2369 §2: URIs in angle brackets with commas between them, and comments. */
static bool is_uri_list(Span value)
{
    size_t uris = 0;
    for (size_t at = 0; at < value.n;) {
        char c = value.p[at];
        size_t end = at + 1;
        if (c == '<') {
            end = span_find(value, '>', at);
            Span uri = span_trim(span_of(value.p + at + 1, end - at - 1));
            size_t colon = span_find(uri, ':', 0);
            if (end == value.n || colon == 0 || colon + 1 >= uri.n)
                return false;
            uris++;
        } else if (c == '(') {
            end = span_find(value, ')', at);
        } else if (c != ',' && !byte_is_fws(c) && c != ')') {
            return false;
        }
        at = c == '<' || c == '(' ? end + 1 : end;
    }
    return uris > 0;
}

static void list_unsubscribe_form(const Evidence *evidence, Verdicts *out)
{
    const Field *field = source_field(evidence->source, "list-unsubscribe", 0);
    if (!field)
        return;
    g_autofree char *text = field_unfolded(field);
    if (is_uri_list(span_trim(span_str(text)))) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
    verdict_argument(out, "found", text);
    verdict_place(out, field->offset, field->raw.n);
}

static bool covers(const DkimSignature *signature, const char *name)
{
    for (size_t i = 0; i < signature->n_names; i++)
        if (g_ascii_strcasecmp(signature->names[i].name, name) == 0)
            return true;
    return false;
}

static bool covers_unsubscribing(const DkimSignature *signature)
{
    return signature_stands(signature) && covers(signature, "list-unsubscribe") &&
           covers(signature, "list-unsubscribe-post");
}

/* RFC 8058 §4: a valid signature has to cover both fields. */
static void one_click_signed(const Evidence *evidence, Verdicts *out)
{
    if (!source_field(evidence->source, "list-unsubscribe-post", 0) || evidence->dkim->n == 0)
        return;
    for (size_t i = 0; i < signature_count(evidence); i++) {
        if (covers_unsubscribing(&evidence->dkim->signatures[i])) {
            verdict_pass(out, "");
            return;
        }
    }
    verdict_fail(out, "", CERTAINTY_PROVEN);
}

/* The standard asks for any valid signature; receivers trust that of the From domain. */
static void one_click_aligned(const Evidence *evidence, Verdicts *out)
{
    const DkimSignature *covering = NULL;
    if (!source_field(evidence->source, "list-unsubscribe-post", 0))
        return;
    for (size_t i = 0; i < signature_count(evidence); i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        if (!covers_unsubscribing(signature))
            continue;
        covering = signature;
        if (signature_aligned(evidence, signature)) {
            verdict_pass(out, "");
            return;
        }
    }
    if (!covering)
        return;
    verdict_fail(out, "", CERTAINTY_EVALUATED);
    verdict_argument(out, "domain", covering->domain);
    verdict_argument(out, "from", evidence->dmarc->author_domain);
}

const RuleCheck message_rules[] = {
    {"message-complete", complete},
    {"message-header", header},
    {"message-copy-sound", copy_sound},
    {"message-as-sent", as_sent},
    {"message-from-present", from_present},
    {"message-from-single", from_single},
    {"message-display-name", display_name},
    {"message-duplicate-fields", duplicate_fields},
    {"message-date-present", date_present},
    {"message-date-plausible", date_plausible},
    {"message-id", message_id},
    {"message-subject", subject},
    {"message-recipient", recipient},
    {"message-stray-lines", stray_lines},
    {"message-field-names", field_names},
    {"message-blank-fold", blank_fold},
    {"message-8bit-header", raw_8bit},
    {"message-utf8-header", raw_utf8},
    {"message-long-lines", long_lines},
    {"message-line-ends", line_ends},
    {"message-bare-cr", bare_cr},
    {"message-nul", nul},
    {"message-size", size},
    {"message-mime-parsed", mime_parsed},
    {"message-mime-clean", mime_clean},
    {"message-mime-version", mime_version},
    {"message-8bit-body", body_8bit},
    {"message-decodable", decodable},
    {"message-charset-known", charset_known},
    {"message-charset-true", charset_true},
    {"message-encoded-once", encoded_once},
    {"message-word-sound", word_sound},
    {"message-word-split", word_split},
    {"message-word-quoted", word_quoted},
    {"message-word-long", word_long},
    {"message-attachment-type", attachment_type},
    {"message-attachment-empty", attachment_empty},
    {"message-attachment-tnef", attachment_tnef},
    {"message-text-part", text_part},
    {"message-placeholder", placeholder},
    {"message-empty-value", empty_value},
    {"message-list-unsubscribe", list_unsubscribe},
    {"message-one-click", one_click},
    {"message-one-click-signed", one_click_signed},
    {"message-list-unsubscribe-form", list_unsubscribe_form},
    {"message-one-click-value", one_click_value},
    {"message-one-click-aligned", one_click_aligned},
    {NULL, NULL},
};
