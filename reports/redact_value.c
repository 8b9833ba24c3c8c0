#include "reports/mask.h"
#include "reports/redact_internal.h"

#include "analyzer/base/domain.h"
#include "analyzer/message/received.h"

#include <string.h>

/* What the search for causes says of its own; the rest of its details is text of the message. */
static const char *const known_details[] = {"-",
                                            "sha1",
                                            "sha256",
                                            "trailing space added",
                                            "trailing space removed",
                                            "of a shorter body",
                                            "of another signature",
                                            "no final line end",
                                            "the signer hashed doubled dots",
                                            "an attribute"};

static bool is_one_of(Span text, const char *const *words, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (span_is_nocase(text, words[i]))
            return true;
    }
    return false;
}

#define IS_ONE_OF(text, words) is_one_of(text, words, G_N_ELEMENTS(words))

static bool is_made_of(Span text, bool (*belongs)(char))
{
    for (size_t i = 0; i < text.n; i++) {
        if (!belongs(text.p[i]))
            return false;
    }
    return true;
}

static bool is_digit(char c)
{
    return g_ascii_isdigit(c);
}

static bool is_base64(char c)
{
    return g_ascii_isalnum(c) || c == '+' || c == '/' || c == '=' || byte_is_fws(c);
}

static bool is_selector(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '.' || c == '+';
}

static bool is_in_domain(char c)
{
    return is_selector(c) || (unsigned char)c >= 0x80 || c == ':' || c == '/' || c == '*';
}

static bool is_in_field_name(char c)
{
    return g_ascii_isgraph(c) && c != ':' && c != ',' && c != ';';
}

static void append(GString *out, Span text)
{
    g_string_append_len(out, text.p, (gssize)text.n);
}

static void keep_or_mask(bool keep, Span raw, GString *out)
{
    if (keep)
        append(out, raw);
    else
        mask_append(out, raw);
}

/* --- hosts and addresses --- */

bool redact_is_public_host(Span name)
{
    if (span_find(name, '.', 0) == name.n && span_find(name, ':', 0) == name.n)
        return span_is_nocase(name, "localhost"); /* most words: neither name nor address */
    g_autofree char *ip = received_ip(name);
    if (ip != NULL)
        return true;
    g_autofree char *normal = domain_normal(name);
    if (normal == NULL || domain_labels(normal) < 2)
        return false;
    const char *top = strrchr(normal, '.') + 1;
    return !g_ascii_isdigit(top[0]) && !redact_is_listed(redact_private_tops, span_str(top));
}

/* A name that is, or lies below, one that a macro made; NULL when it is none. */
static const char *personal_name(const Redaction *redaction, Span name, size_t *start)
{
    g_autofree char *text = span_dup(name);
    g_autofree char *lower = g_ascii_strdown(text, -1);
    for (const char *p = lower; p != NULL; p = domain_parent(p)) {
        const char *made = g_hash_table_lookup(redaction->names, p);
        if (made != NULL) {
            *start = (size_t)(p - lower);
            return made;
        }
    }
    return NULL;
}

static void append_domain(Redaction *redaction, Span raw, GString *out)
{
    size_t start = 0;
    const char *made = personal_name(redaction, raw, &start);
    if (made != NULL) {
        append(out, span_of(raw.p, start));
        g_string_append(out, made);
    } else if (pseudonyms_know(redaction->pseudonyms, PSEUDONYM_HOST, raw)) {
        pseudonyms_append(redaction->pseudonyms, PSEUDONYM_HOST, raw, raw.n, out);
    } else {
        keep_or_mask(is_made_of(raw, is_in_domain) || redact_is_public_host(raw), raw, out);
    }
}

static void append_host(Redaction *redaction, Span raw, GString *out)
{
    if (raw.n == 0 || span_is(raw, "-") || redact_is_public_host(raw))
        append_domain(redaction, raw, out);
    else
        pseudonyms_append(redaction->pseudonyms, PSEUDONYM_HOST, raw, raw.n, out);
}

/* Where the host begins: after the last "@"; n when there is none. */
static size_t host_at(Span address)
{
    for (size_t i = address.n; i > 0; i--) {
        if (address.p[i - 1] == '@')
            return i;
    }
    return address.n;
}

static bool has_at(Span address)
{
    return span_find(address, '@', 0) < address.n;
}

/* A quoted local part is the same as without the quotes (RFC 5321 §4.1.2). */
static Span local_of(Span address)
{
    Span local = span_of(address.p, has_at(address) ? host_at(address) - 1 : 0);
    if (local.n >= 2 && local.p[0] == '"' && local.p[local.n - 1] == '"')
        return span_of(local.p + 1, local.n - 2);
    return local;
}

static void append_address(Redaction *redaction, Span raw, GString *out)
{
    if (!has_at(raw)) {
        append_host(redaction, raw, out);
        return;
    }
    size_t host = host_at(raw);
    pseudonyms_append(redaction->pseudonyms, PSEUDONYM_USER, local_of(raw), host - 1, out);
    g_string_append_c(out, '@');
    append_host(redaction, span_from(raw, host), out);
}

static void append_id(Redaction *redaction, Span raw, GString *out)
{
    size_t host = has_at(raw) ? host_at(raw) : raw.n + 1;
    pseudonyms_append(redaction->pseudonyms, PSEUDONYM_ID, span_of(raw.p, host - 1), host - 1, out);
    if (host > raw.n)
        return;
    g_string_append_c(out, '@');
    append_host(redaction, span_from(raw, host), out);
}

/* --- addresses within text --- */

/* RFC 5322 §3.2.3 atext and ".", with what is not ASCII. */
static bool is_in_local(char c)
{
    return g_ascii_isalnum(c) || (unsigned char)c >= 0x80 ||
           (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~.", c));
}

/* Octets of "@" at i: also as a URI writes it; 0 when there is none. */
static size_t at_sign(Span text, size_t i)
{
    if (text.p[i] == '@')
        return 1;
    return span_starts_nocase(span_from(text, i), "%40") ? 3 : 0;
}

/* The longest that may be a local part and ends at `end`, not before `from`. */
static Span local_before(Span text, size_t end, size_t from)
{
    size_t start = end;
    if (end > from + 1 && text.p[end - 1] == '"') {
        for (start = end - 1; start > from && text.p[start - 1] != '"' && end - start < 256;
             start--)
            ;
        return span_of(text.p + start, end - 1 - start);
    }
    while (start > from && is_in_local(text.p[start - 1]) && end - start < 256)
        start--;
    return span_of(text.p + start, end - start);
}

/* What may stand before a local part without being of it: "smtp.mailfrom=", "mailto:", "p=". */
static size_t next_start(Span local, size_t start)
{
    for (size_t i = start; i < local.n; i++) {
        if (strchr("=/'!&?`{|", local.p[i]) != NULL)
            return i + 1;
    }
    return local.n;
}

static bool is_key(Span text)
{
    static const char *const keys[] = {"smtp.mailfrom", "smtp.rcptto", "header.i", "header.from",
                                       "header.sender", "smtp.auth",   "i",        "envelope-from",
                                       "from",          "to",          "for",      "rcpt",
                                       "identity",      "rua",         "ruf"};
    return IS_ONE_OF(text, keys);
}

void redact_learn_addresses(Redaction *redaction, Span text)
{
    enum { MOST = 100000 }; /* in one text; no message to people has more */
    size_t from = 0, met = 0;
    for (size_t i = 0; i < text.n && met < MOST; i++) {
        size_t n = at_sign(text, i);
        if (n == 0)
            continue;
        Span local = local_before(text, i, from);
        size_t equals = span_find(local, '=', 0);
        if (is_key(span_of(local.p, equals)))
            local = span_from(local, equals + 1);
        pseudonyms_learn(redaction->pseudonyms, PSEUDONYM_USER, local);
        from = i + n;
        met++;
    }
}

/* The known local part that ends at `end`; empty when there is none. */
static Span known_before(const Redaction *redaction, Span text, size_t end, size_t from)
{
    Span local = local_before(text, end, from);
    for (size_t start = 0; start < local.n; start = next_start(local, start)) {
        Span rest = span_from(local, start);
        if (pseudonyms_know(redaction->pseudonyms, PSEUDONYM_USER, rest))
            return rest;
    }
    return span_of(local.p, 0);
}

/* A name that a macro made and that begins at i; the longest one. */
static const char *name_at(const Redaction *redaction, Span text, size_t i, size_t *n)
{
    GHashTableIter iter;
    gpointer name, made;
    const char *found = NULL;
    *n = 0;
    g_hash_table_iter_init(&iter, redaction->names);
    while (g_hash_table_iter_next(&iter, &name, &made)) {
        size_t length = strlen(name);
        if (length > *n && span_starts_nocase(span_from(text, i), name)) {
            *n = length;
            found = made;
        }
    }
    return found;
}

/* Of what is public, only what the message knows as a local part, and the names made of it. */
static void append_public(Redaction *redaction, Span raw, GString *out)
{
    bool names = g_hash_table_size(redaction->names) > 0;
    size_t done = 0; /* written so far */
    for (size_t i = 0; i < raw.n;) {
        size_t n = 0;
        const char *made = names ? name_at(redaction, raw, i, &n) : NULL;
        if (made != NULL) {
            append(out, span_of(raw.p + done, i - done));
            g_string_append(out, made);
            i += n;
            done = i;
            continue;
        }
        if (at_sign(raw, i) > 0) {
            Span local = known_before(redaction, raw, i, done);
            if (local.n > 0) {
                append(out, span_of(raw.p + done, (size_t)(local.p - raw.p) - done));
                pseudonyms_append(redaction->pseudonyms, PSEUDONYM_USER, local, local.n, out);
                done = (size_t)(local.p - raw.p) + local.n;
            }
        }
        i++;
    }
    append(out, span_from(raw, done));
}

/* --- words --- */

bool redact_is_known_field(Span name)
{
    return redact_is_listed(redact_field_names, name);
}

/* "iso-8859-15", "windows-1252": a family and a number. */
static bool is_numbered_charset(Span word)
{
    static const char *const families[] = {"iso-8859-", "windows-", "cp", "ibm", "iso-2022-jp-"};
    for (size_t i = 0; i < G_N_ELEMENTS(families); i++) {
        size_t n = strlen(families[i]);
        if (span_starts_nocase(word, families[i]) && word.n > n && word.n <= n + 4)
            return is_made_of(span_from(word, n), is_digit);
    }
    return false;
}

static void append_word(Span raw, GString *out)
{
    Span word = span_trim(raw);
    keep_or_mask(redact_is_listed(redact_protocol_words, word) || is_numbered_charset(word), raw,
                 out);
}

static void append_fields(Span raw, GString *out)
{
    for (size_t i = 0; i < raw.n;) {
        size_t n = 0;
        while (i + n < raw.n && is_in_field_name(raw.p[i + n]))
            n++;
        Span name = span_of(raw.p + i, n);
        keep_or_mask(redact_is_known_field(name), name, out);
        i += n;
        if (i < raw.n) { /* a separator, or what cannot stand in a name: a mask leaves only the
                            former */
            mask_append(out, span_of(raw.p + i, 1));
            i++;
        }
    }
}

/* "ECDHE-RSA-AES256-GCM-SHA384", "TLSv1.3", "secp256r1", "256". */
static bool is_tls_word(Span word)
{
    for (size_t i = 0; i < word.n;) {
        size_t n = 0;
        while (i + n < word.n && g_ascii_isalpha(word.p[i + n]))
            n++;
        if (n > 0 && !redact_is_listed(redact_tls_words, span_of(word.p + i, n)))
            return false;
        size_t digits = 0;
        for (i += n; i < word.n && !g_ascii_isalpha(word.p[i]); i++)
            digits = g_ascii_isdigit(word.p[i]) ? digits + 1 : 0;
        if (digits > 5)
            return false;
    }
    return true;
}

/* Word for word. */
static void append_tls(Span raw, GString *out)
{
    for (size_t i = 0; i < raw.n;) {
        size_t n = 0;
        while (i + n < raw.n && !byte_is_fws(raw.p[i + n]) && !strchr("()=,;/:\"", raw.p[i + n]))
            n++;
        Span word = span_of(raw.p + i, MAX(n, 1));
        keep_or_mask(is_tls_word(word) || redact_is_listed(redact_protocol_words, word), word, out);
        i += word.n;
    }
}

static void append_filename(Span raw, GString *out)
{
    size_t dot = raw.n;
    while (dot > 0 && raw.p[dot - 1] != '.')
        dot--;
    bool known = dot > 1 && redact_is_listed(redact_extensions, span_from(raw, dot));
    size_t stem = known ? dot : raw.n;
    mask_append(out, span_of(raw.p, stem));
    append(out, span_from(raw, stem));
}

/* "4", "0 octets", "177 of 294 octets", "of app01.operator.example", "Safe Links, 5 links". */
static bool is_known_detail(Span raw)
{
    if (IS_ONE_OF(raw, known_details) || (raw.n <= 3 && is_made_of(raw, is_digit)))
        return true;
    if (span_starts_nocase(raw, "of "))
        return redact_is_public_host(span_from(raw, 3));
    g_autofree char *text = span_dup(raw);
    g_auto(GStrv) parts = g_strsplit(text, " ", 0);
    if (g_strv_length(parts) == 2 && strcmp(parts[1], "octets") == 0)
        return is_made_of(span_str(parts[0]), is_digit);
    if (g_strv_length(parts) == 4 && strcmp(parts[1], "of") == 0 && strcmp(parts[3], "octets") == 0)
        return is_made_of(span_str(parts[0]), is_digit) && is_made_of(span_str(parts[2]), is_digit);
    return redact_is_public_host(raw) && span_find(raw, '@', 0) == raw.n;
}

/* "signature-1", a domain, a key's name, a host, an address, a word, the name of a field, or
 * nothing. */
static void append_object(Redaction *redaction, Span raw, GString *out)
{
    bool signature = span_starts_nocase(raw, "signature-") &&
                     is_made_of(span_from(raw, strlen("signature-")), is_digit);
    size_t space = span_find(raw, ' ', 0);
    if (space < raw.n) { /* an address or domain, and the block list that was asked about it */
        append_object(redaction, span_of(raw.p, space), out);
        g_string_append_c(out, ' ');
        append_object(redaction, span_from(raw, space + 1), out);
        return;
    }
    if (raw.n == 0 || signature || redact_is_listed(redact_protocol_words, raw) ||
        redact_is_known_field(raw))
        append(out, raw);
    else
        append_host(redaction, raw, out);
}

static void append_file(Span raw, GString *out)
{
    static const char *const names[][2] = {
        {".eml", "message.eml"}, {".zone", "overlay.zone"}, {".xml", "profile.xml"}};
    if (span_is(raw, "-")) {
        append(out, raw);
        return;
    }
    g_autofree char *path = span_dup(raw);
    const char *name = "message";
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_str_has_suffix(path, names[i][0]))
            name = names[i][1];
    }
    g_string_append(out, name);
}

/* Display name and address of "name <address>"; no name when there are no brackets. */
static Span name_and_address(Span raw, Span *address)
{
    size_t open = raw.n;
    while (open > 0 && raw.p[open - 1] != '<')
        open--;
    if (open == 0 || raw.p[raw.n - 1] != '>') {
        *address = raw;
        return span_of(raw.p, 0);
    }
    *address = span_of(raw.p + open, raw.n - open - 1);
    Span name = span_trim(span_of(raw.p, open - 1));
    bool quoted = name.n >= 2 && name.p[0] == '"' && name.p[name.n - 1] == '"';
    return quoted ? span_of(name.p + 1, name.n - 2) : name;
}

static void append_mailbox(Redaction *redaction, Span raw, GString *out)
{
    Span address, name = name_and_address(raw, &address);
    if (name.n > 0) {
        redact_value(redaction, REDACT_PERSON, name, out);
        g_string_append_c(out, ' ');
    }
    g_string_append(out, address.p != raw.p ? "<" : "");
    append_address(redaction, address, out);
    g_string_append(out, address.p != raw.p ? ">" : "");
}

void redact_value(Redaction *redaction, Treatment treatment, Span raw, GString *out)
{
    Pseudonyms *pseudonyms = redaction->pseudonyms;
    switch (treatment) {
    case REDACT_KEEP:
        append(out, raw);
        return;
    case REDACT_DOMAIN:
        append_domain(redaction, raw, out);
        return;
    case REDACT_HOST:
        append_host(redaction, raw, out);
        return;
    case REDACT_ADDRESS:
        append_address(redaction, raw, out);
        return;
    case REDACT_MAILBOX:
        append_mailbox(redaction, raw, out);
        return;
    case REDACT_PERSON:
        pseudonyms_append(pseudonyms, PSEUDONYM_NAME, raw, raw.n, out);
        return;
    case REDACT_ID:
        append_id(redaction, raw, out);
        return;
    case REDACT_TENANT:
        pseudonyms_append_free(pseudonyms, PSEUDONYM_TENANT, raw, out);
        return;
    case REDACT_PROSE:
    case REDACT_PUBLIC:
        append_public(redaction, raw, out);
        return;
    case REDACT_WORD:
        append_word(raw, out);
        return;
    case REDACT_SELECTOR:
        keep_or_mask(raw.n <= 253 && is_made_of(raw, is_selector), raw, out);
        return;
    case REDACT_BASE64:
        keep_or_mask(is_made_of(raw, is_base64) || span_is(raw, "-"), raw, out);
        return;
    case REDACT_NUMBER:
        keep_or_mask((raw.n <= 20 && is_made_of(raw, is_digit)) || span_is(raw, "-"), raw, out);
        return;
    case REDACT_FIELDS:
        append_fields(raw, out);
        return;
    case REDACT_TLS:
        append_tls(raw, out);
        return;
    case REDACT_FILENAME:
        append_filename(raw, out);
        return;
    case REDACT_DETAIL:
        keep_or_mask(is_known_detail(raw), raw, out);
        return;
    case REDACT_OBJECT:
        append_object(redaction, raw, out);
        return;
    case REDACT_FILE:
        append_file(raw, out);
        return;
    case REDACT_OPERATOR:
        g_string_append(out, "Operator");
        return;
    default:
        mask_append(out, raw);
    }
}

void redact_learn_value(Redaction *redaction, Treatment treatment, Span raw)
{
    Pseudonyms *pseudonyms = redaction->pseudonyms;
    if (treatment == REDACT_MAILBOX) {
        Span address, name = name_and_address(raw, &address);
        if (name.n > 0)
            pseudonyms_learn(pseudonyms, PSEUDONYM_NAME, name);
        redact_learn_value(redaction, REDACT_ADDRESS, address);
    } else if (treatment == REDACT_ADDRESS && has_at(raw))
        pseudonyms_learn(pseudonyms, PSEUDONYM_USER, local_of(raw));
    else if (treatment == REDACT_HOST && !span_is(raw, "-") && !redact_is_public_host(raw))
        pseudonyms_learn(pseudonyms, PSEUDONYM_HOST, raw);
    else if (treatment == REDACT_PERSON)
        pseudonyms_learn(pseudonyms, PSEUDONYM_NAME, raw);
    else if (treatment == REDACT_TENANT)
        pseudonyms_learn(pseudonyms, PSEUDONYM_TENANT, raw);
}
