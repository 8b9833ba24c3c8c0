/* fixture-sign - writes signed messages for fixtures: DKIM (RFC 6376, RFC 8463) and ARC (RFC 8617)
 * signatures.
 *
 *   fixture-sign --key KEY.pem -d DOMAIN -s SELECTOR --headers from:to:subject [options] MESSAGE
 *       prepends a DKIM-Signature
 *   fixture-sign --arc INSTANCE --authserv-id HOST --cv none|pass|fail [--results TEXT] ... MESSAGE
 *       prepends ARC-Seal, ARC-Message-Signature and ARC-Authentication-Results
 *   fixture-sign --record KEY.pem
 *       prints the key record
 *
 * --digest sha1 makes the signature value with another hash than a= says, as a faulty signer does.
 *
 * Canonicalization is written here a second time, line by line from the RFC and without regard to
 * speed, so that fixtures do not depend on the code they test. Same input, same output: nothing is
 * taken from the clock. New fields get the line ends of the message; bare LF is read as CRLF, as
 * for a message stored with LF.
 */
#include <glib.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { EXIT_USAGE = 64, EXIT_INPUT = 66 };

static const char usage[] =
    "usage: fixture-sign --key KEY.pem -d DOMAIN -s SELECTOR --headers A:B:C [-c relaxed/simple]\n"
    "           [-a rsa-sha256|rsa-sha1|ed25519-sha256] [-t TIME] [-x TIME] [-i IDENTITY] [-l "
    "OCTETS]\n"
    "           [--tag NAME=VALUE]... [--digest sha1|sha256] MESSAGE\n"
    "       fixture-sign --arc N --authserv-id HOST --cv none|pass|fail [--results TEXT] (as "
    "above) MESSAGE\n"
    "       fixture-sign --record KEY.pem\n";

typedef struct Options {
    char *key, *record, *domain, *selector, *canon, *algorithm, *time, *expires, *identity, *length;
    char *headers, *authserv_id, *cv, *results, *digest;
    char **tags;
    int arc;
    char **files;
} Options;

/* The message as lines without their ends. */
typedef struct Message {
    GPtrArray *fields; /* of char *, each with "\r\n" at its folds and none at its end */
    GPtrArray *body;   /* of GString * */
    const char *eol;   /* as stored */
    char *octets;
    size_t n;
} Message;

static G_NORETURN void fail(const char *what, const char *which)
{
    fprintf(stderr, "fixture-sign: %s%s%s\n", what, which ? ": " : "", which ? which : "");
    exit(EXIT_INPUT);
}

/* --- reading --- */

static void free_line(void *line)
{
    g_string_free(line, TRUE);
}

static GPtrArray *lines_of(const char *p, size_t n)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(free_line);
    size_t start = 0;
    for (size_t i = 0; i < n; i++) {
        if (p[i] != '\n')
            continue;
        size_t end = i > start && p[i - 1] == '\r' ? i - 1 : i;
        g_ptr_array_add(lines, g_string_new_len(p + start, (gssize)(end - start)));
        start = i + 1;
    }
    if (start < n)
        g_ptr_array_add(lines, g_string_new_len(p + start, (gssize)(n - start)));
    return lines;
}

static Message read_message(const char *path)
{
    Message message = {0};
    GError *error = NULL;
    if (!g_file_get_contents(path, &message.octets, &message.n, &error))
        fail("cannot read the message", error->message);
    const char *lf = memchr(message.octets, '\n', message.n);
    message.eol = lf && (lf == message.octets || lf[-1] != '\r') ? "\n" : "\r\n";
    GPtrArray *lines = lines_of(message.octets, message.n);
    message.fields = g_ptr_array_new_with_free_func(g_free);
    guint i = 0;
    for (; i < lines->len; i++) {
        const GString *line = lines->pdata[i];
        if (line->len == 0)
            break;
        bool fold = line->str[0] == ' ' || line->str[0] == '\t';
        if (fold && message.fields->len > 0) {
            char **last = (char **)&message.fields->pdata[message.fields->len - 1];
            char *longer = g_strconcat(*last, "\r\n", line->str, NULL);
            g_free(*last);
            *last = longer;
        } else {
            g_ptr_array_add(message.fields, g_strdup(line->str));
        }
    }
    if (i < lines->len) /* the separator */
        i++;
    message.body = g_ptr_array_new_with_free_func(free_line);
    for (; i < lines->len; i++) {
        const GString *line = lines->pdata[i];
        g_ptr_array_add(message.body, g_string_new_len(line->str, (gssize)line->len));
    }
    g_ptr_array_free(lines, TRUE);
    return message;
}

static EVP_PKEY *read_key(const char *path)
{
    FILE *file = fopen(path, "r");
    EVP_PKEY *key = file ? PEM_read_PrivateKey(file, NULL, NULL, NULL) : NULL;
    if (file)
        fclose(file);
    if (!key)
        fail("no private key in", path);
    return key;
}

/* --- canonicalization, RFC 6376 §3.4 --- */

static bool is_wsp(char c)
{
    return c == ' ' || c == '\t';
}

/* §3.4.2: name in lower case, unfolded, runs of WSP to one space, none at the ends and around the
 * colon. */
static char *relaxed_field(const char *field)
{
    const char *colon = strchr(field, ':');
    if (!colon)
        fail("a line of the header is no field", field);
    g_autofree char *name = g_ascii_strdown(field, colon - field);
    g_strchomp(name);
    GString *value = g_string_new(NULL);
    for (const char *p = colon + 1; *p; p++) {
        if (*p == '\r' && p[1] == '\n')
            p++;
        else
            g_string_append_c(value, is_wsp(*p) ? ' ' : *p);
    }
    GString *out = g_string_new(name);
    g_string_append_c(out, ':');
    bool pending = false;
    for (const char *p = value->str; *p; p++) {
        if (*p == ' ') {
            pending = true;
            continue;
        }
        if (pending && out->len > strlen(name) + 1)
            g_string_append_c(out, ' ');
        pending = false;
        g_string_append_c(out, *p);
    }
    g_string_free(value, TRUE);
    return g_string_free(out, FALSE);
}

static char *canonical_field(const char *field, bool relaxed)
{
    return relaxed ? relaxed_field(field) : g_strdup(field);
}

/* §3.4.3, §3.4.4 */
static GString *canonical_body(const Message *message, bool relaxed)
{
    GPtrArray *lines = g_ptr_array_new_with_free_func(free_line);
    for (guint i = 0; i < message->body->len; i++) {
        const GString *line = message->body->pdata[i];
        GString *out = g_string_new(NULL);
        for (size_t j = 0; j < line->len; j++) {
            char c = line->str[j];
            if (!relaxed || !is_wsp(c))
                g_string_append_c(out, c);
            else if (j == 0 || !is_wsp(line->str[j - 1]))
                g_string_append_c(out, ' ');
        }
        if (relaxed && out->len > 0 && out->str[out->len - 1] == ' ')
            g_string_truncate(out, out->len - 1);
        g_ptr_array_add(lines, out);
    }
    while (lines->len > 0 && ((GString *)lines->pdata[lines->len - 1])->len == 0)
        g_ptr_array_remove_index(lines, lines->len - 1);
    GString *body = g_string_new(NULL);
    for (guint i = 0; i < lines->len; i++) {
        const GString *line = lines->pdata[i];
        g_string_append_len(body, line->str, (gssize)line->len);
        g_string_append(body, "\r\n");
    }
    if (body->len == 0 && !relaxed)
        g_string_append(body, "\r\n");
    g_ptr_array_free(lines, TRUE);
    return body;
}

/* --- hashing and signing --- */

static const EVP_MD *digest_named(const char *name)
{
    return g_str_has_suffix(name, "sha1") ? EVP_sha1() : EVP_sha256();
}

static char *base64_hash(const Options *options, const char *p, size_t n)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length;
    if (!EVP_Digest(p, n, digest, &length, digest_named(options->algorithm), NULL))
        fail("cannot hash", NULL);
    return g_base64_encode(digest, length);
}

/* RFC 8463 §3: Ed25519 signs the SHA-256 of the data, RSA the data. */
static char *sign(const Options *options, EVP_PKEY *key, const GString *data)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_n;
    const unsigned char *input = (const unsigned char *)data->str;
    size_t n = data->len;
    bool ed25519 = EVP_PKEY_is_a(key, "ED25519");
    if (ed25519 != g_str_has_prefix(options->algorithm, "ed25519"))
        fail("the key is of another type than the algorithm", options->algorithm);
    if (ed25519) {
        if (!EVP_Digest(input, n, digest, &digest_n, EVP_sha256(), NULL))
            fail("cannot hash", NULL);
        input = digest;
        n = digest_n;
    }
    const EVP_MD *md = digest_named(options->digest ? options->digest : options->algorithm);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    size_t length = 0;
    if (EVP_DigestSignInit(context, NULL, ed25519 ? NULL : md, NULL, key) != 1 ||
        EVP_DigestSign(context, NULL, &length, input, n) != 1)
        fail("cannot sign", NULL);
    unsigned char *signature = g_malloc(length);
    if (EVP_DigestSign(context, signature, &length, input, n) != 1)
        fail("cannot sign: key too small for the hash", NULL);
    EVP_MD_CTX_free(context);
    char *text = g_base64_encode(signature, length);
    g_free(signature);
    return text;
}

/* --- writing fields --- */

/* Adds text after "tag=", folded so that lines stay below 78 octets; `at`: where a fold may follow
 * (0: anywhere). */
static void append_folded(GString *field, const char *text, char at)
{
    size_t column = 3;
    for (const char *p = text; *p; p++) {
        g_string_append_c(field, *p);
        if (++column >= 70 && p[1] && (at == '\0' || *p == at)) {
            g_string_append(field, "\r\n  ");
            column = 2;
        }
    }
}

static void append_tag(GString *field, const char *name, const char *value)
{
    if (value)
        g_string_append_printf(field, " %s=%s;", name, value);
}

static void write_field(const char *field, const char *eol)
{
    for (const char *p = field; *p; p++) {
        if (*p == '\r' && p[1] == '\n') {
            fputs(eol, stdout);
            p++;
        } else {
            putchar(*p);
        }
    }
    fputs(eol, stdout);
}

static bool field_is(const char *field, const char *name)
{
    size_t n = strlen(name);
    const char *p = field + n;
    if (g_ascii_strncasecmp(field, name, n) != 0)
        return false;
    while (is_wsp(*p))
        p++;
    return *p == ':';
}

/* §5.4.2: each name of the list takes the last field of that name that is not taken yet; one too
 * many adds nothing. */
static void append_signed_fields(GString *data, const Message *message, const Options *options,
                                 bool relaxed)
{
    bool *taken = g_new0(bool, message->fields->len + 1);
    g_auto(GStrv) names = g_strsplit(options->headers, ":", -1);
    for (char **name = names; *name; name++) {
        for (guint i = message->fields->len; i > 0; i--) {
            const char *field = message->fields->pdata[i - 1];
            if (taken[i - 1] || !field_is(field, g_strstrip(*name)))
                continue;
            g_autofree char *canonical = canonical_field(field, relaxed);
            g_string_append_printf(data, "%s\r\n", canonical);
            taken[i - 1] = true;
            break;
        }
    }
    g_free(taken);
}

static bool relaxes(const Options *options, bool body)
{
    const char *slash = strchr(options->canon, '/');
    const char *word = body ? (slash ? slash + 1 : "simple") : options->canon;
    return g_str_has_prefix(word, "relaxed");
}

/* Everything of the signature field up to and with "b=". `start`: name, colon and the first tags.
 */
static GString *unsigned_field(const char *start, const Message *message, const Options *options)
{
    GString *field = g_string_new(start);
    GString *body = canonical_body(message, relaxes(options, true));
    if (options->length)
        g_string_truncate(body,
                          MIN(body->len, (size_t)g_ascii_strtoull(options->length, NULL, 10)));
    g_autofree char *body_hash = base64_hash(options, body->str, body->len);
    g_string_free(body, TRUE);

    append_tag(field, "a", options->algorithm);
    append_tag(field, "c", options->canon);
    append_tag(field, "d", options->domain);
    append_tag(field, "s", options->selector);
    g_string_append(field, "\r\n"); /* the tag's own space makes the fold */
    append_tag(field, "t", options->time);
    append_tag(field, "x", options->expires);
    append_tag(field, "i", options->arc ? NULL : options->identity);
    append_tag(field, "l", options->length);
    for (char **tag = options->tags; tag && *tag; tag++)
        g_string_append_printf(field, " %s;", *tag);
    g_string_append(field, " h=");
    append_folded(field, options->headers, ':');
    g_string_append_printf(field, ";\r\n bh=%s;\r\n b=", body_hash);
    return field;
}

/* The whole field; data: what precedes the field itself in the signed octets. Takes field. */
static char *signed_field(GString *field, GString *data, const Options *options, EVP_PKEY *key,
                          bool relaxed)
{
    g_autofree char *canonical = canonical_field(field->str, relaxed);
    g_string_append(data, canonical);
    g_autofree char *signature = sign(options, key, data);
    append_folded(field, signature, '\0');
    return g_string_free(field, FALSE);
}

static char *message_signature(const char *start, const Message *message, const Options *options,
                               EVP_PKEY *key)
{
    bool relaxed = relaxes(options, false);
    GString *data = g_string_new(NULL);
    append_signed_fields(data, message, options, relaxed);
    GString *field = unsigned_field(start, message, options);
    char *text = signed_field(field, data, options, key, relaxed);
    g_string_free(data, TRUE);
    return text;
}

/* --- ARC, RFC 8617 §5.1 --- */

/* The field of that name and instance, NULL when there is none. */
static const char *arc_field(const Message *message, const char *name, int instance)
{
    for (guint i = 0; i < message->fields->len; i++) {
        const char *field = message->fields->pdata[i];
        if (!field_is(field, name))
            continue;
        const char *p = strchr(field, ':') + 1;
        while (is_wsp(*p) || *p == '\r' || *p == '\n')
            p++;
        if (g_str_has_prefix(p, "i=") && strtol(p + 2, NULL, 10) == instance)
            return field;
    }
    return NULL;
}

static void append_relaxed(GString *data, const char *field)
{
    g_autofree char *canonical = relaxed_field(field);
    g_string_append_printf(data, "%s\r\n", canonical);
}

static void write_arc_set(const Message *message, const Options *options, EVP_PKEY *key)
{
    static const char *const names[] = {"ARC-Authentication-Results", "ARC-Message-Signature",
                                        "ARC-Seal"};
    g_autofree char *results =
        g_strdup_printf("%s: i=%d; %s; %s", names[0], options->arc, options->authserv_id,
                        options->results ? options->results : "none");
    g_autofree char *start = g_strdup_printf("%s: i=%d;", names[1], options->arc);
    g_autofree char *signature = message_signature(start, message, options, key);

    GString *data = g_string_new(NULL);
    for (int instance = 1; instance < options->arc; instance++) {
        for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
            const char *field = arc_field(message, names[i], instance);
            if (!field)
                fail("the message has no earlier field of the chain", names[i]);
            append_relaxed(data, field);
        }
    }
    append_relaxed(data, results);
    append_relaxed(data, signature);

    GString *seal = g_string_new(NULL);
    g_string_printf(seal, "%s: i=%d;", names[2], options->arc);
    append_tag(seal, "a", options->algorithm);
    append_tag(seal, "t", options->time);
    append_tag(seal, "cv", options->cv);
    append_tag(seal, "d", options->domain);
    append_tag(seal, "s", options->selector);
    g_string_append(seal, "\r\n b=");
    g_autofree char *sealed = signed_field(seal, data, options, key, true);
    g_string_free(data, TRUE);
    write_field(sealed, message->eol);
    write_field(signature, message->eol);
    write_field(results, message->eol);
}

/* --- key records --- */

static void write_record(const char *path)
{
    EVP_PKEY *key = read_key(path);
    bool ed25519 = EVP_PKEY_is_a(key, "ED25519");
    unsigned char raw[32];
    size_t raw_n = sizeof(raw);
    unsigned char *der = NULL;
    int n = ed25519 ? 0 : i2d_PUBKEY(key, &der);
    if (ed25519 ? EVP_PKEY_get_raw_public_key(key, raw, &raw_n) != 1 : n <= 0)
        fail("no public key in", path);
    g_autofree char *p = ed25519 ? g_base64_encode(raw, raw_n) : g_base64_encode(der, (gsize)n);
    printf("v=DKIM1; k=%s; p=%s\n", ed25519 ? "ed25519" : "rsa", p);
    OPENSSL_free(der);
    EVP_PKEY_free(key);
}

/* --- command line --- */

static Options read_options(int argc, char **argv)
{
    Options o = {0};
    const GOptionEntry entries[] = {
        {"key", 'k', 0, G_OPTION_ARG_FILENAME, &o.key, NULL, NULL},
        {"record", 'r', 0, G_OPTION_ARG_FILENAME, &o.record, NULL, NULL},
        {"domain", 'd', 0, G_OPTION_ARG_STRING, &o.domain, NULL, NULL},
        {"selector", 's', 0, G_OPTION_ARG_STRING, &o.selector, NULL, NULL},
        {"canonicalization", 'c', 0, G_OPTION_ARG_STRING, &o.canon, NULL, NULL},
        {"algorithm", 'a', 0, G_OPTION_ARG_STRING, &o.algorithm, NULL, NULL},
        {"time", 't', 0, G_OPTION_ARG_STRING, &o.time, NULL, NULL},
        {"expires", 'x', 0, G_OPTION_ARG_STRING, &o.expires, NULL, NULL},
        {"identity", 'i', 0, G_OPTION_ARG_STRING, &o.identity, NULL, NULL},
        {"length", 'l', 0, G_OPTION_ARG_STRING, &o.length, NULL, NULL},
        {"tag", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o.tags, NULL, NULL},
        {"headers", 0, 0, G_OPTION_ARG_STRING, &o.headers, NULL, NULL},
        {"arc", 0, 0, G_OPTION_ARG_INT, &o.arc, NULL, NULL},
        {"authserv-id", 0, 0, G_OPTION_ARG_STRING, &o.authserv_id, NULL, NULL},
        {"cv", 0, 0, G_OPTION_ARG_STRING, &o.cv, NULL, NULL},
        {"results", 0, 0, G_OPTION_ARG_STRING, &o.results, NULL, NULL},
        {"digest", 0, 0, G_OPTION_ARG_STRING, &o.digest, NULL, NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o.files, NULL, NULL},
        G_OPTION_ENTRY_NULL,
    };
    GOptionContext *context = g_option_context_new(NULL);
    g_option_context_add_main_entries(context, entries, NULL);
    GError *error = NULL;
    bool good = g_option_context_parse(context, &argc, &argv, &error);
    bool one_file = o.files && o.files[0] && !o.files[1];
    bool complete = o.key && o.domain && o.selector && o.headers && one_file;
    if (!good || (o.record ? o.files != NULL : !complete) || (o.arc && (!o.authserv_id || !o.cv))) {
        if (error)
            fprintf(stderr, "fixture-sign: %s\n", error->message);
        fputs(usage, stderr);
        exit(EXIT_USAGE);
    }
    g_option_context_free(context);
    if (!o.canon)
        o.canon = g_strdup("relaxed/relaxed");
    if (!o.algorithm)
        o.algorithm = g_strdup("rsa-sha256");
    return o;
}

static void clear(Options *o, Message *message)
{
    char *strings[] = {o->key,       o->record,      o->domain,  o->selector, o->canon,
                       o->algorithm, o->time,        o->expires, o->identity, o->length,
                       o->headers,   o->authserv_id, o->cv,      o->results,  o->digest};
    for (size_t i = 0; i < G_N_ELEMENTS(strings); i++)
        g_free(strings[i]);
    g_strfreev(o->tags);
    g_strfreev(o->files);
    g_free(message->octets);
    if (message->fields)
        g_ptr_array_free(message->fields, TRUE);
    if (message->body)
        g_ptr_array_free(message->body, TRUE);
}

int main(int argc, char **argv)
{
    Options options = read_options(argc, argv);
    Message message = {0};
    if (options.record) {
        write_record(options.record);
    } else {
        message = read_message(options.files[0]);
        EVP_PKEY *key = read_key(options.key);
        if (options.arc) {
            write_arc_set(&message, &options, key);
        } else {
            g_autofree char *field =
                message_signature("DKIM-Signature: v=1;", &message, &options, key);
            write_field(field, message.eol);
        }
        fwrite(message.octets, 1, message.n, stdout);
        EVP_PKEY_free(key);
    }
    clear(&options, &message);
    return fflush(stdout) == 0 ? 0 : EXIT_INPUT;
}
