/* voice - what mailassay says of the cases of the differential test: JSON lines in, JSON lines out.
 *
 * A case has "id", "kind" (dkim or spf), "zone" (a master file), "now", and "message" (base64) or
 * "ip", "helo" and "mail_from". DKIM verdicts are of the whole message: pass, temperror, notpass.
 */
#include "analyzer/auth/dkim.h"
#include "analyzer/auth/spf.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static const char *const PROBLEMS[] = {
    "syntax",        "missing-tag",   "version",         "algorithm",   "canon",    "query",
    "not-from",      "identity",      "strict-identity", "expired",     "future",   "x-before-t",
    "sha1",          "short-key",     "key-hash",        "key-service", "key-type", "length",
    "multiple-from", "public-suffix", "over-limit",      "domain",
};

static void describe(GString *detail, const DkimSignature *s)
{
    g_string_append_printf(detail, "[%s key=%s header=%s body=%s crypto=%s",
                           dkim_result_name(s->result), dkim_key_verdict_name(s->key),
                           dkim_header_verdict_name(s->header), dkim_body_verdict_name(s->body),
                           s->crypto_pass ? "pass" : "fail");
    for (unsigned i = 0; i < G_N_ELEMENTS(PROBLEMS); i++)
        if (s->problems & 1u << i)
            g_string_append_printf(detail, " %s", PROBLEMS[i]);
    if (s->problems & DKIM_PROBLEM_SYNTAX)
        g_string_append_printf(detail, " defect=%s", s->defect_tag);
    for (size_t i = 0; i < s->n_keys; i++)
        g_string_append_printf(detail, " record=%s", key_state_name(s->keys[i]->state));
    g_string_append_c(detail, ']');
}

static json_t *answer_dkim(const json_t *item, DnsSession *session)
{
    size_t n;
    unsigned char *octets = g_base64_decode(text_of(item, "message"), &n);
    GBytes *bytes = g_bytes_new_take(octets, n);
    Source *source = source_new(bytes, SOURCE_AS_STORED);
    DkimCheck *check =
        dkim_check(source, session, json_integer_value(json_object_get(item, "now")));
    GString *detail = g_string_new("");
    for (size_t i = 0; i < check->n; i++)
        describe(detail, &check->signatures[i]);
    const char *verdict = check->result == DKIM_PASS        ? "pass"
                          : check->result == DKIM_TEMPERROR ? "temperror"
                                                            : "notpass";
    json_t *answer = json_pack("{s:s,s:s}", "verdict", verdict, "detail", detail->str);
    g_string_free(detail, TRUE);
    dkim_check_free(check);
    source_free(source);
    g_bytes_unref(bytes);
    return answer;
}

/* The first term that is no term, in this record or one it leads to. */
static char *invalid_term(const SpfRecord *record)
{
    for (size_t i = 0; record && i < record->n; i++) {
        const SpfTerm *term = &record->terms[i];
        if (term->kind == SPF_INVALID)
            return span_dup(term->text);
        char *below = invalid_term(term->child);
        if (below)
            return below;
    }
    return NULL;
}

static json_t *answer_spf(const json_t *item, DnsSession *session)
{
    SpfInput input = {
        .ip = text_of(item, "ip"),
        .helo = text_of(item, "helo"),
        .mail_from = text_of(item, "mail_from"),
        .receiver = "mx.receiver.example",
        .now_s = json_integer_value(json_object_get(item, "now")),
    };
    SpfCheck *check = spf_check(SPF_MAIL_FROM, &input, session);
    g_autofree char *term =
        check->problem == SPF_PROBLEM_SYNTAX ? invalid_term(check->record) : NULL;
    g_autofree char *escaped = term ? g_strescape(term, NULL) : NULL;
    g_autofree char *detail = g_strdup_printf(
        "%s lookups=%u voids=%u%s%s%s", spf_problem_name(check->problem), check->lookups,
        check->voids, escaped ? " term='" : "", escaped ? escaped : "", escaped ? "'" : "");
    json_t *answer = json_pack("{s:s,s:s,s:s?}", "verdict", spf_result_name(check->result),
                               "detail", detail, "explanation", check->explanation);
    spf_check_free(check);
    return answer;
}

static json_t *answer_case(const json_t *item)
{
    g_autoptr(GError) error = NULL;
    Dns *dns = dns_new_zone_text(span_str(text_of(item, "zone")), text_of(item, "id"), &error);
    if (!dns) {
        fprintf(stderr, "voice: %s\n", error->message);
        exit(EXIT_FAILURE);
    }
    DnsSession *session = dns_session_new(dns);
    json_t *answer = g_str_equal(text_of(item, "kind"), "dkim") ? answer_dkim(item, session)
                                                                : answer_spf(item, session);
    json_object_set(answer, "id", json_object_get(item, "id"));
    dns_session_free(session);
    dns_free(dns);
    return answer;
}

int main(void)
{
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, stdin) > 0) {
        json_t *item = json_loads(line, JSON_ALLOW_NUL, NULL);
        if (!item) {
            fputs("voice: a line is no JSON\n", stderr);
            return EXIT_FAILURE;
        }
        json_t *answer = answer_case(item);
        json_dumpf(answer, stdout, JSON_COMPACT);
        putchar('\n');
        json_decref(answer);
        json_decref(item);
    }
    free(line);
    return EXIT_SUCCESS;
}
