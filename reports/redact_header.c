/* Header fields of a message, each by what its value is made of. */
#include "reports/mask.h"
#include "reports/redact_internal.h"

#include "analyzer/base/taglist.h"

#include <string.h>

/* --- addresses --- */

/* What is longer has no end: looking for it at each of its beginnings would take too long. */
enum { MAX_NESTED = 1024 };

/* Octets up to the ">" of what begins with "<"; 0 when it has none. */
static size_t bracket_length(Span text)
{
    Span near = span_of(text.p, MIN(text.n, (size_t)MAX_NESTED));
    size_t close = span_find(near, '>', 0);
    return close < near.n ? close : 0;
}

/* Octets of the quoted-string at the start, quotes included; 0 when it has no end. */
static size_t quoted_length(Span text)
{
    for (size_t i = 1; i < MIN(text.n, (size_t)MAX_NESTED); i++) {
        if (text.p[i] == '\\')
            i++;
        else if (text.p[i] == '"')
            return i + 1;
    }
    return 0;
}

/* Octets of the comment at the start, which may nest; 0 when it has no end. */
static size_t comment_length(Span text)
{
    size_t depth = 0;
    for (size_t i = 0; i < MIN(text.n, (size_t)MAX_NESTED); i++) {
        if (text.p[i] == '\\')
            i++;
        else if (text.p[i] == '(')
            depth++;
        else if (text.p[i] == ')' && --depth == 0)
            return i + 1;
    }
    return 0;
}

static bool has_line_end(Span text)
{
    return span_find(text, '\n', 0) < text.n || span_find(text, '\r', 0) < text.n;
}

/* A display name as Mime has it, so that it gets the same number. */
static void write_name(const void *context, Redaction *redaction, Span raw, GString *out)
{
    pseudonyms_append(redaction->pseudonyms, PSEUDONYM_NAME, span_str(context), raw.n, out);
}

/* "\"x\"" without what quotes it. Owned. */
static char *unquoted(Span quoted)
{
    GString *out = g_string_sized_new(quoted.n);
    for (size_t i = 0; i < quoted.n; i++) {
        if (quoted.p[i] == '\\' && i + 1 < quoted.n)
            i++;
        g_string_append_c(out, quoted.p[i]);
    }
    return g_string_free(out, FALSE);
}

/* A name in one encoded-word. */
static void write_encoded_name(Redaction *redaction, Span text, Span word, bool is_base64,
                               GString *out)
{
    g_autofree char *name = mime_decode_text(text);
    Redactor redactor = {redaction, write_name, name};
    size_t before = (size_t)(word.p - text.p);
    g_string_append_len(out, text.p, (gssize)before);
    if (is_base64)
        redact_base64(&redactor, word, out);
    else
        redact_q_encoding(&redactor, word, out);
    g_string_append(out, "?=");
}

/* A display name: the pseudonym where it is in one piece, else masked. */
static void write_phrase(Redaction *redaction, Span raw, GString *out)
{
    Span text = span_trim(raw), charset, word;
    bool is_base64;
    bool encoded = text.n > 0 && redact_encoded_word(text, &charset, &word, &is_base64) == text.n &&
                   redact_is_readable_charset(charset);
    bool quoted = text.n >= 2 && text.p[0] == '"' && quoted_length(text) == text.n;
    bool whole =
        text.n > 0 && !has_line_end(text) && span_search(text, SPAN_LIT("=?"), 0) == text.n;
    if (!whole && !encoded) {
        redact_unstructured(redaction, raw, out);
        return;
    }
    size_t before = (size_t)(text.p - raw.p), end = before + text.n;
    g_string_append_len(out, raw.p, (gssize)before);
    if (encoded) {
        write_encoded_name(redaction, text, word, is_base64, out);
    } else {
        g_autofree char *name = quoted ? unquoted(span_of(text.p + 1, text.n - 2)) : span_dup(text);
        g_string_append(out, quoted ? "\"" : "");
        write_name(name, redaction, quoted ? span_of(text.p + 1, text.n - 2) : text, out);
        g_string_append(out, quoted ? "\"" : "");
    }
    g_string_append_len(out, raw.p + end, (gssize)(raw.n - end));
}

/* Between the brackets, or an address without: quoted local parts too. */
static void write_address(Redaction *redaction, Span raw, GString *out)
{
    Span text = span_trim(raw);
    size_t before = (size_t)(text.p - raw.p), at = text.n;
    for (size_t i = text.n; i > 0 && at == text.n; i--)
        at = text.p[i - 1] == '@' ? i - 1 : text.n;
    if (has_line_end(text) || (at == text.n && !redact_is_public_host(text))) {
        mask_append(out, raw);
        return;
    }
    g_string_append_len(out, raw.p, (gssize)before);
    redact_value(redaction, REDACT_ADDRESS, text, out);
    size_t end = before + text.n;
    g_string_append_len(out, raw.p + end, (gssize)(raw.n - end));
}

/* Where the item of an address list ends that begins at the start: at "<", ",", ";", ":" or "(". */
static size_t item_length(Span text)
{
    size_t i = 0;
    while (i < text.n && !strchr("<,;:(", text.p[i])) {
        size_t quoted = text.p[i] == '"' ? quoted_length(span_from(text, i)) : 0;
        i += MAX(quoted, 1);
    }
    return i;
}

static void write_addresses(Redaction *redaction, Span raw, GString *out)
{
    for (size_t i = 0; i < raw.n;) {
        Span rest = span_from(raw, i);
        size_t n = 1, close = raw.p[i] == '<' ? bracket_length(rest) : 0;
        if (raw.p[i] == '(') {
            n = MAX(comment_length(rest), 1);
            redact_unstructured(redaction, span_of(rest.p, n), out);
        } else if (close > 0) {
            n = close + 1;
            g_string_append_c(out, '<');
            write_address(redaction, span_of(rest.p + 1, close - 1), out);
            g_string_append_c(out, '>');
        } else if (strchr("<,;:", raw.p[i]) != NULL) {
            mask_append(out, span_of(rest.p, 1));
        } else {
            n = MAX(item_length(rest), 1);
            Span item = span_of(rest.p, n);
            bool before_bracket = n < rest.n && rest.p[n] == '<';
            if (!before_bracket && span_find(item, '@', 0) < n)
                write_address(redaction, item, out);
            else
                write_phrase(redaction, item, out);
        }
        i += n;
    }
}

static void write_ids(Redaction *redaction, Span raw, GString *out)
{
    for (size_t i = 0; i < raw.n;) {
        Span rest = span_from(raw, i);
        size_t close = raw.p[i] == '<' ? bracket_length(rest) : 0;
        Span id = close > 0 ? span_of(rest.p + 1, close - 1) : span_of(rest.p, 0);
        if (close == 0 || has_line_end(id)) {
            mask_append(out, span_of(rest.p, 1));
            i++;
            continue;
        }
        g_string_append_c(out, '<');
        redact_value(redaction, REDACT_ID, id, out);
        g_string_append_c(out, '>');
        i += close + 1;
    }
}

/* --- trace fields --- */

/* Not a word of mail, but perhaps of TLS; numbers may be those of a queue. */
static bool may_be_of_tls(Span word)
{
    return word.n > 3 || (word.n > 0 && g_ascii_isalpha(word.p[0]));
}

static bool ends_word(char c)
{
    return byte_is_fws(c) || strchr("()<>,;\"=@", c) != NULL;
}

/* After "key=": what the key promises; else a host, an address or a word, else masked. */
static void write_trace_word(Redaction *redaction, Span key, Span word, GString *out)
{
    Span bare = word.n > 0 && word.p[word.n - 1] == ':' ? span_of(word.p, word.n - 1) : word;
    if (span_is_nocase(key, "header.s") || span_is_nocase(key, "header.b"))
        redact_value(redaction, span_is_nocase(key, "header.s") ? REDACT_SELECTOR : REDACT_BASE64,
                     word, out);
    else if (redact_is_listed(redact_trace_words, word) || redact_is_public_host(word))
        g_string_append_len(out, word.p, (gssize)word.n);
    else if (bare.n < word.n && redact_is_public_host(bare))
        g_string_append_len(out, word.p, (gssize)word.n);
    else if (pseudonyms_know(redaction->pseudonyms, PSEUDONYM_HOST, word))
        redact_value(redaction, REDACT_HOST, word, out);
    else
        redact_value(redaction, may_be_of_tls(word) ? REDACT_TLS : REDACT_WORD, word, out);
}

/* The local part before "@host" at the start; 0 when there is none. */
static size_t trace_local(Span text, size_t *key, size_t *run)
{
    size_t quoted = text.p[0] == '"' ? quoted_length(text) : 0;
    *key = 0;
    *run = 0;
    if (quoted > 0 && quoted < text.n && text.p[quoted] == '@')
        return quoted;
    return redact_local_at(text, key, run);
}

static void write_trace(Redaction *redaction, Span raw, GString *out)
{
    Span key = span_of(raw.p, 0);
    size_t quiet = 0; /* no address begins before this */
    for (size_t i = 0; i < raw.n;) {
        Span rest = span_from(raw, i);
        size_t n = 0, before = 0, run = 0;
        size_t local = i >= quiet ? trace_local(rest, &before, &run) : 0;
        size_t host = local > 0 ? redact_host_length(span_from(rest, before + local + 1)) : 0;
        quiet = local == 0 ? MAX(quiet, i + run) : quiet;
        if (host > 0) {
            g_string_append_len(out, rest.p, (gssize)before); /* one of redact_local_at()'s */
            redact_value(redaction, REDACT_ADDRESS, span_of(rest.p + before, local + 1 + host),
                         out);
            i += before + local + 1 + host;
            continue;
        }
        while (n < rest.n && !ends_word(rest.p[n]))
            n++;
        Span word = span_of(rest.p, n);
        if (n < rest.n && rest.p[n] == '@')
            mask_append(out, word);
        else
            write_trace_word(redaction, key, word, out);
        key = n < rest.n && rest.p[n] == '=' ? word : span_of(raw.p, 0);
        if (n < rest.n)
            mask_append(out, span_of(rest.p + n, 1));
        i += n + 1;
    }
}

/* Days, months and zones have three letters; the parser lets other words pass. */
static bool has_long_word(Span raw)
{
    size_t n = 0;
    for (size_t i = 0; i < raw.n && n <= 3; i++)
        n = g_ascii_isalpha(raw.p[i]) || (unsigned char)raw.p[i] >= 0x80 ? n + 1 : 0;
    return n > 3;
}

/* A date, perhaps with the name of its zone: "Mon, 23 Nov 2026 10:00:06 +0100 (CET)". */
static bool is_date(Span raw)
{
    int64_t time_s;
    int offset_min;
    size_t comment = span_find(raw, '(', 0);
    Span after = span_trim(span_from(raw, comment));
    for (size_t i = 1; i + 1 < after.n; i++) {
        if (!g_ascii_isupper(after.p[i]))
            return false;
    }
    return raw.n < 60 && after.n <= 6 && !has_long_word(span_of(raw.p, comment)) &&
           mime_parse_date(span_of(raw.p, comment), &time_s, &offset_min);
}

/* The date behind the last ";" stays when it is one. */
static void write_received(Redaction *redaction, Span raw, GString *out)
{
    size_t semicolon = raw.n;
    while (semicolon > 0 && raw.p[semicolon - 1] != ';')
        semicolon--;
    bool dated = semicolon > 0 && is_date(span_from(raw, semicolon));
    write_trace(redaction, span_of(raw.p, dated ? semicolon : raw.n), out);
    if (dated)
        g_string_append_len(out, raw.p + semicolon, (gssize)(raw.n - semicolon));
}

static void write_date(Redaction *redaction, Span raw, GString *out)
{
    if (is_date(raw))
        g_string_append_len(out, raw.p, (gssize)raw.n);
    else
        redact_unstructured(redaction, raw, out);
}

/* --- tags --- */

static bool keeps_length(Treatment treatment)
{
    return treatment != REDACT_ADDRESS && treatment != REDACT_HOST;
}

static void write_tags(Redaction *redaction, Span raw, GString *out)
{
    TagList list = taglist_parse(raw);
    size_t done = 0;
    for (size_t i = 0; i < list.n; i++) {
        const Tag *tag = &list.tags[i];
        mask_append(out, span_of(raw.p + done, tag->offset - done));
        redact_value(redaction, REDACT_WORD, tag->name, out);
        size_t name_end = tag->offset + tag->name.n;
        mask_append(out, span_of(raw.p + name_end, tag->value_offset - name_end));
        Treatment treatment = redact_tag_treatment(tag->name);
        uint64_t instance;
        if (span_is(tag->name, "i") && span_to_uint64(tag->value, 2, &instance))
            treatment = REDACT_NUMBER; /* of an ARC set */
        if (has_line_end(tag->value) && !keeps_length(treatment))
            treatment = REDACT_MASK;
        redact_value(redaction, treatment, tag->value, out);
        done = tag->value_offset + tag->value.n;
    }
    mask_append(out, span_from(raw, done));
    taglist_clear(&list);
}

/* --- MIME --- */

/* Octets up to the ";" that ends a parameter. */
static size_t parameter_length(Span text)
{
    size_t i = 0;
    while (i < text.n && text.p[i] != ';') {
        size_t quoted = text.p[i] == '"' ? quoted_length(span_from(text, i)) : 0;
        i += MAX(quoted, 1);
    }
    return i;
}

static Treatment parameter_treatment(Span name)
{
    static const char *const words[] = {"charset", "format", "delsp",  "report-type", "protocol",
                                        "micalg",  "type",   "method", "smime-type"};
    if (span_is_nocase(name, "boundary"))
        return REDACT_KEEP;
    if (span_is_nocase(name, "name") || span_is_nocase(name, "filename"))
        return REDACT_FILENAME;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++) {
        if (span_is_nocase(name, words[i]))
            return REDACT_WORD;
    }
    return REDACT_MASK;
}

static bool is_parameter_name(Span name)
{
    static const char *const others[] = {"size",      "creation-date",   "modification-date",
                                         "read-date", "filename*",       "name*",
                                         "start",     "x-apple-part-url"};
    if (parameter_treatment(name) != REDACT_MASK)
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++) {
        if (span_starts_nocase(name, others[i]))
            return true;
    }
    return false;
}

static void write_parameter(Redaction *redaction, Span raw, GString *out)
{
    size_t equals = span_find(raw, '=', 0);
    Span name = span_trim(span_of(raw.p, equals));
    Span value = span_trim(span_from(raw, equals + 1));
    if (equals == raw.n || name.n == 0 || !is_parameter_name(name)) {
        redact_unstructured(redaction, raw, out);
        return;
    }
    if (value.n >= 2 && value.p[0] == '"' && value.p[value.n - 1] == '"')
        value = span_of(value.p + 1, value.n - 2);
    size_t at = (size_t)(value.p - raw.p);
    g_string_append_len(out, raw.p, (gssize)at);
    if (has_line_end(value) || span_search(value, SPAN_LIT("=?"), 0) < value.n)
        redact_unstructured(redaction, value, out);
    else
        redact_value(redaction, parameter_treatment(name), value, out);
    g_string_append_len(out, value.p + value.n, (gssize)(raw.n - at - value.n));
}

static void write_mime(Redaction *redaction, Span raw, GString *out)
{
    size_t n = parameter_length(raw);
    redact_value(redaction, REDACT_WORD, span_of(raw.p, n), out);
    while (n < raw.n) {
        g_string_append_c(out, ';');
        Span rest = span_from(raw, n + 1);
        size_t length = parameter_length(rest);
        write_parameter(redaction, span_of(rest.p, length), out);
        n += 1 + length;
    }
}

Span redact_boundary_of(Span content_type)
{
    for (size_t n = parameter_length(content_type); n < content_type.n;) {
        Span rest = span_from(content_type, n + 1);
        size_t length = parameter_length(rest);
        Span parameter = span_of(rest.p, length);
        size_t equals = span_find(parameter, '=', 0);
        if (span_is_nocase(span_trim(span_of(parameter.p, equals)), "boundary")) {
            Span value = span_trim(span_from(parameter, equals + 1));
            bool quoted = value.n >= 2 && value.p[0] == '"';
            return quoted ? span_of(value.p + 1, value.n - 2) : value;
        }
        n += 1 + length;
    }
    return span_of(content_type.p, 0);
}

/* --- fields --- */

typedef void (*ValueWriter)(Redaction *redaction, Span value, GString *out);

static const struct {
    const char *name;
    ValueWriter write;
} writers[] = {
    {"from", write_addresses},
    {"to", write_addresses},
    {"cc", write_addresses},
    {"bcc", write_addresses},
    {"sender", write_addresses},
    {"reply-to", write_addresses},
    {"return-path", write_addresses},
    {"delivered-to", write_addresses},
    {"envelope-to", write_addresses},
    {"errors-to", write_addresses},
    {"x-original-to", write_addresses},
    {"x-envelope-from", write_addresses},
    {"x-envelope-to", write_addresses},
    {"x-forwarded-to", write_addresses},
    {"resent-from", write_addresses},
    {"resent-to", write_addresses},
    {"resent-cc", write_addresses},
    {"resent-bcc", write_addresses},
    {"resent-sender", write_addresses},
    {"disposition-notification-to", write_addresses},
    {"return-receipt-to", write_addresses},
    {"list-id", write_addresses},
    {"message-id", write_ids},
    {"resent-message-id", write_ids},
    {"in-reply-to", write_ids},
    {"references", write_ids},
    {"content-id", write_ids},
    {"date", write_date},
    {"resent-date", write_date},
    {"received", write_received},
    {"x-received", write_received},
    {"received-spf", write_trace},
    {"authentication-results", write_trace},
    {"arc-authentication-results", write_trace},
    {"dkim-signature", write_tags},
    {"arc-message-signature", write_tags},
    {"arc-seal", write_tags},
    {"mime-version", write_mime},
    {"content-type", write_mime},
    {"content-disposition", write_mime},
    {"content-transfer-encoding", write_mime},
    {"list-unsubscribe", redact_text},
    {"list-subscribe", redact_text},
    {"list-post", redact_text},
    {"list-help", redact_text},
    {"list-owner", redact_text},
    {"list-archive", redact_text},
};

static void write_field(Redaction *redaction, Span name, Span between, Span value, GString *out)
{
    redact_value(redaction, REDACT_FIELDS, name, out);
    mask_append(out, between);
    for (size_t i = 0; i < G_N_ELEMENTS(writers); i++) {
        if (span_is_nocase(name, writers[i].name)) {
            writers[i].write(redaction, value, out);
            return;
        }
    }
    redact_unstructured(redaction, value, out);
}

/* Octets of the line at the start, its end included. */
static size_t line_length(Span text)
{
    return MIN(span_find(text, '\n', 0) + 1, text.n);
}

/* Octets of the field at the start, continuation lines included. */
static size_t field_length(Span block)
{
    size_t n = line_length(block);
    while (n < block.n && byte_is_wsp(block.p[n]))
        n += line_length(span_from(block, n));
    return n;
}

/* The name before the colon; empty when this is no field. */
static Span name_of(Span field, size_t *colon)
{
    size_t n = 0;
    while (n < field.n && g_ascii_isgraph(field.p[n]) && field.p[n] != ':')
        n++;
    *colon = n;
    while (*colon < field.n && byte_is_wsp(field.p[*colon]))
        (*colon)++;
    bool is_field = n > 0 && *colon < field.n && field.p[*colon] == ':';
    return span_of(field.p, is_field ? n : 0);
}

void redact_header(Redaction *redaction, Span block, GString *out)
{
    while (block.n > 0) {
        size_t n = field_length(block), colon;
        Span name = name_of(span_of(block.p, n), &colon);
        if (name.n == 0)
            redact_unstructured(redaction, span_of(block.p, n), out);
        else
            write_field(redaction, name, span_of(block.p + name.n, colon + 1 - name.n),
                        span_of(block.p + colon + 1, n - colon - 1), out);
        block = span_from(block, n);
    }
}

void redact_visit_fields(Span block, FieldVisitor visit, void *context)
{
    while (block.n > 0) {
        size_t n = field_length(block), colon;
        Span name = name_of(span_of(block.p, n), &colon);
        if (name.n > 0)
            visit(context, name, span_of(block.p + colon + 1, n - colon - 1));
        block = span_from(block, n);
    }
}
