/* causes - runs messages with a known cause through the analyzer and checks every proof on its own.
 *
 *   causes DIR...          DIR holds cases.jsonl, eml/ and zone/
 *
 * A case passes when the class is right and, for every broken side that can be derived, there is a
 * proof that holds: the digest of the reconstruction is computed here with OpenSSL and held against
 * bh= and against b= under the key, not taken from the program. Ends with "N passed, N failed".
 */
#include "analyzer/evidence.h"

#include <jansson.h>
#include <libpsl.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct Side {
    unsigned derivable, proven;
} Side;

typedef struct Tally {
    unsigned passed, failed, classes_right, cases, false_proofs, unexpected_proofs,
        intact_called_broken;
    Side header, body, key, by_changes[4];
    GArray *times_ms;              /* of double: all cases */
    GArray *proof_ms;              /* cases with a proof */
    GArray *hypotheses;            /* of double */
    double tried, octets, seconds; /* of all cases */
} Tally;

typedef struct Case {
    json_t *json, *truth;
    const char *id;
    Evidence *evidence;
    const DkimSignature *signature;
    const CauseReport *report;
    GString *faults;
} Case;

/* --- the independent check --- */

static GByteArray *p_of_record(const char *record)
{
    const char *p = strstr(record, "p=");
    if (!p)
        return NULL;
    g_autofree char *text = g_strndup(p + 2, strcspn(p + 2, ";"));
    GString *clean = g_string_new(NULL);
    for (const char *c = text; *c; c++)
        if (g_ascii_isalnum(*c) || strchr("+/=", *c))
            g_string_append_c(clean, *c);
    gsize n = 0;
    guchar *der = g_base64_decode(clean->str, &n);
    g_string_free(clean, TRUE);
    return g_byte_array_new_take(der, n);
}

static EVP_PKEY *key_of_record(const char *record, bool ed25519)
{
    GByteArray *der = p_of_record(record);
    if (!der)
        return NULL;
    const unsigned char *p = der->data;
    EVP_PKEY *key = ed25519
                        ? EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, der->data, der->len)
                        : d2i_PUBKEY(NULL, &p, (long)der->len);
    g_byte_array_unref(der);
    return key;
}

static bool verifies(EVP_PKEY *key, bool ed25519, bool sha1, const GByteArray *value, GBytes *block)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n;
    gsize size;
    const void *octets = g_bytes_get_data(block, &size);
    const EVP_MD *md = sha1 ? EVP_sha1() : EVP_sha256();
    EVP_Digest(octets, size, digest, &n, md, NULL);
    if (ed25519) {
        EVP_MD_CTX *context = EVP_MD_CTX_new();
        bool good = EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
                    EVP_DigestVerify(context, value->data, value->len, digest, n) == 1;
        EVP_MD_CTX_free(context);
        return good;
    }
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
    bool good = EVP_PKEY_verify_init(context) == 1 &&
                EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PADDING) == 1 &&
                EVP_PKEY_CTX_set_signature_md(context, md) == 1 &&
                EVP_PKEY_verify(context, value->data, value->len, digest, n) == 1;
    EVP_PKEY_CTX_free(context);
    return good;
}

/* The header block verifies under the found key, or under a published one; under the hash the
 * signer really used. */
static bool header_holds(const Case *c)
{
    const DkimSignature *signature = c->signature;
    const GByteArray *value =
        c->report->repaired_value ? c->report->repaired_value : signature->signature;
    bool ed25519 = signature->key_type == KEY_TYPE_ED25519;
    size_t n = c->report->key_record ? 1 : signature->n_keys;
    for (size_t i = 0; i < n && value && c->report->header_as_signed; i++) {
        const char *record =
            c->report->key_record ? c->report->key_record : signature->keys[i]->text;
        EVP_PKEY *key = key_of_record(record, ed25519);
        bool good =
            key && (verifies(key, ed25519, false, value, c->report->header_as_signed) ||
                    (!ed25519 && verifies(key, false, true, value, c->report->header_as_signed)));
        EVP_PKEY_free(key);
        if (good)
            return true;
    }
    return false;
}

/* The body hashes to bh=; where the field cannot be read, to what the ground truth says was signed.
 */
static bool body_holds(const Case *c)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned n;
    gsize size, expected_n = 0;
    if (!c->report->body_as_signed)
        return false;
    const void *octets = g_bytes_get_data(c->report->body_as_signed, &size);
    const GByteArray *bh = c->signature->body_hash;
    const char *truth = json_string_value(json_object_get(c->truth, "signed_body_sha256_b64"));
    g_autofree guchar *expected =
        bh ? g_memdup2(bh->data, bh->len) : g_base64_decode(truth ? truth : "", &expected_n);
    expected_n = bh ? bh->len : expected_n;
    EVP_Digest(octets, size, digest, &n, expected_n == 20 ? EVP_sha1() : EVP_sha256(), NULL);
    return n == expected_n && memcmp(digest, expected, n) == 0;
}

/* --- one case --- */

static void fault(Case *c, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void fault(Case *c, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_string_append(c->faults, "    ");
    g_string_append_vprintf(c->faults, format, args);
    g_string_append_c(c->faults, '\n');
    va_end(args);
}

/* Proven by verification, or shown by lengths and DER where no search is needed. */
static bool has_proof(const CauseReport *report, CauseSide side)
{
    for (size_t i = 0; i < report->n_causes; i++)
        if (report->causes[i].kind->side == side && (report->causes[i].certainty == CAUSE_PROVEN ||
                                                     report->causes[i].certainty == CAUSE_SHOWN))
            return true;
    return false;
}

static void judge_side(Case *c, Tally *tally, const char *name, json_t *provable, bool claimed,
                       bool holds, Side *side)
{
    if (claimed && !holds) {
        fault(c, "%s: false proof: the digest does not hold", name);
        tally->false_proofs++;
    }
    /* The ground truth did not expect this one, but the digest holds: a proof all the same. */
    if (json_is_false(provable) && claimed && holds)
        tally->unexpected_proofs++;
    if (!json_is_true(provable))
        return;
    size_t changes = json_array_size(json_object_get(c->truth, "transformations"));
    Side *by_changes = &tally->by_changes[MIN(changes, (size_t)3)];
    side->derivable++;
    by_changes->derivable++;
    if (claimed && holds) {
        side->proven++;
        by_changes->proven++;
    } else {
        fault(c, "%s: not proven", name);
    }
}

static bool names_fault(const CauseReport *report)
{
    for (size_t i = 0; i < report->n_causes; i++)
        if (report->causes[i].kind->side == CAUSE_KEY ||
            report->causes[i].kind->side == CAUSE_SIGNATURE)
            return true;
    return false;
}

static void judge_case(Case *c, Tally *tally)
{
    const char *expected = json_string_value(json_object_get(c->truth, "class"));
    const char *got = c->report ? cause_class_name(c->report->class) : "no such signature";
    tally->cases++;
    if (strcmp(expected, got) == 0)
        tally->classes_right++;
    else
        fault(c, "class: expected %s, got %s", expected, got);
    if (strcmp(expected, "none") == 0 && strcmp(got, "none") != 0)
        tally->intact_called_broken++;
    if (!c->report)
        return;
    judge_side(c, tally, "header", json_object_get(c->truth, "provable_headers"),
               c->report->header_proven, header_holds(c), &tally->header);
    judge_side(c, tally, "body", json_object_get(c->truth, "provable_body"),
               c->report->body_as_signed != NULL, body_holds(c), &tally->body);
    bool key_proof = has_proof(c->report, CAUSE_KEY) || has_proof(c->report, CAUSE_SIGNATURE);
    json_t *provable_key = json_object_get(c->truth, "provable_key");
    judge_side(c, tally, "key", provable_key,
               key_proof && provable_key && !json_is_null(provable_key), true, &tally->key);
    if ((strcmp(expected, "key") == 0 || strcmp(expected, "signature") == 0) &&
        !names_fault(c->report))
        fault(c, "the fault of the key or signature is not named");
}

static void find_signature(Case *c)
{
    json_t *wanted = json_object_get(c->truth, "signature");
    const char *d = json_string_value(json_object_get(wanted, "d")),
               *s = json_string_value(json_object_get(wanted, "s"));
    const DkimCheck *dkim = c->evidence->dkim;
    for (size_t i = 0; i < dkim->n && !c->signature; i++) {
        const DkimSignature *signature = &dkim->signatures[i];
        bool same = signature->domain && signature->selector && strcmp(signature->domain, d) == 0 &&
                    strcmp(signature->selector, s) == 0;
        if (!same && dkim->n > 1)
            continue;
        c->signature = signature;
        c->report = c->evidence->causes[i].report;
    }
}

static double percentile(GArray *values, double part)
{
    if (values->len == 0)
        return 0;
    guint at = (guint)(part * (values->len - 1) + 0.5);
    return g_array_index(values, double, at);
}

static int compare_doubles(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static void count_work(Tally *tally, const Case *c, double ms)
{
    g_array_append_val(tally->times_ms, ms);
    if (!c->report)
        return;
    double hypotheses =
        (double)(c->report->header_budget.hypotheses + c->report->body_budget.hypotheses +
                 c->report->key_budget.hypotheses);
    g_array_append_val(tally->hypotheses, hypotheses);
    tally->tried += hypotheses;
    tally->octets += (double)(c->report->header_budget.octets + c->report->body_budget.octets);
    tally->seconds += ms / 1000.0;
    if (c->report->header_proven || c->report->body_proven)
        g_array_append_val(tally->proof_ms, ms);
}

static bool run_case(const char *directory, json_t *json, const psl_ctx_t *psl, Tally *tally)
{
    Case c = {.json = json,
              .truth = json_object_get(json, "truth"),
              .id = json_string_value(json_object_get(json, "id")),
              .faults = g_string_new(NULL)};
    g_autofree char *eml =
        g_build_filename(directory, json_string_value(json_object_get(json, "eml")), NULL);
    g_autofree char *zone =
        g_build_filename(directory, json_string_value(json_object_get(json, "zone")), NULL);
    const char *zones[] = {zone};
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) octets = source_load(eml, &error);
    Dns *dns = octets ? dns_new_zone(zones, 1, &error) : NULL;
    if (!dns) {
        printf("  %s: %s\n", c.id, error->message);
        g_string_free(c.faults, TRUE);
        return false;
    }
    g_autoptr(Source) source = source_new(octets, SOURCE_AS_STORED);
    g_autoptr(Profile) profile = profile_new_empty();
    DnsSession *session = dns_session_new(dns);
    EnvelopeGiven given = {0};
    EvidenceInput input = {.source = source,
                           .given = &given,
                           .profile = profile,
                           .dns = session,
                           .psl = psl,
                           .now_s = 1760000000,
                           .cause_units = CAUSE_DEFAULT_UNITS};
    gint64 started = g_get_monotonic_time();
    c.evidence = evidence_collect(&input);
    double ms = (double)(g_get_monotonic_time() - started) / 1000.0;
    find_signature(&c);
    judge_case(&c, tally);
    count_work(tally, &c, ms);
    bool passed = c.faults->len == 0;
    if (!passed) {
        json_t *list = json_object_get(c.truth, "transformations");
        printf("  %s:", c.id);
        for (size_t i = 0; i < json_array_size(list); i++)
            printf(" %s", json_string_value(json_array_get(list, i)));
        printf(" (%.0f ms)\n%s", ms, c.faults->str);
    }
    evidence_free(c.evidence);
    dns_session_free(session);
    dns_free(dns);
    g_string_free(c.faults, TRUE);
    return passed;
}

/* --- all of them --- */

static void print_values(const char *what, GArray *values)
{
    g_array_sort(values, compare_doubles);
    printf("  %s: p50 %.0f, p90 %.0f, p95 %.0f, p99 %.0f, max %.0f\n", what,
           percentile(values, 0.5), percentile(values, 0.9), percentile(values, 0.95),
           percentile(values, 0.99), percentile(values, 1));
}

/* What one core of this machine hashes, in octets a second: the measure for the search. */
static double sha256_rate(void)
{
    enum { SIZE = 64 * 1024 * 1024 };
    g_autofree uint8_t *octets = g_malloc0(SIZE);
    uint8_t digest[EVP_MAX_MD_SIZE];
    int64_t started = g_get_monotonic_time();
    EVP_Digest(octets, SIZE, digest, NULL, EVP_sha256(), NULL);
    return SIZE / ((double)(g_get_monotonic_time() - started) / 1e6);
}

static void print_speed(const Tally *tally)
{
    if (tally->seconds <= 0)
        return;
    printf("  speed: %.0f hypotheses and %.0f MB hashed in %.2f s: %.0f hypotheses and %.0f MB a "
           "second; "
           "SHA-256 alone does %.0f MB a second\n",
           tally->tried, tally->octets / 1e6, tally->seconds, tally->tried / tally->seconds,
           tally->octets / 1e6 / tally->seconds, sha256_rate() / 1e6);
}

static void print_tally(const char *directory, Tally *tally)
{
    printf("%s: %u of %u\n", directory, tally->passed, tally->passed + tally->failed);
    printf("  class right: %u of %u\n", tally->classes_right, tally->cases);
    printf("  proven of derivable: header %u of %u, body %u of %u, key %u of %u\n",
           tally->header.proven, tally->header.derivable, tally->body.proven, tally->body.derivable,
           tally->key.proven, tally->key.derivable);
    for (size_t i = 1; i < 4; i++)
        printf("  of %zu%s change%s: %u of %u\n", i, i == 3 ? " or more" : "", i > 1 ? "s" : "",
               tally->by_changes[i].proven, tally->by_changes[i].derivable);
    printf("  false proofs: %u (proofs that hold where none was expected: %u)\n",
           tally->false_proofs, tally->unexpected_proofs);
    printf("  intact messages called broken: %u\n", tally->intact_called_broken);
    print_values("ms, all", tally->times_ms);
    print_values("ms, proven", tally->proof_ms);
    print_values("hypotheses", tally->hypotheses);
    print_speed(tally);
}

static void run_directory(const char *directory, const psl_ctx_t *psl, unsigned *passed,
                          unsigned *failed)
{
    Tally tally = {.times_ms = g_array_new(FALSE, FALSE, sizeof(double)),
                   .proof_ms = g_array_new(FALSE, FALSE, sizeof(double)),
                   .hypotheses = g_array_new(FALSE, FALSE, sizeof(double))};
    g_autofree char *path = g_build_filename(directory, "cases.jsonl", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;
    if (!g_file_get_contents(path, &text, NULL, &error)) {
        printf("%s\n", error->message);
        (*failed)++;
        return;
    }
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++) {
        json_t *json = **line ? json_loads(*line, 0, NULL) : NULL;
        if (!json)
            continue;
        if (run_case(directory, json, psl, &tally))
            tally.passed++;
        else
            tally.failed++;
        json_decref(json);
    }
    print_tally(directory, &tally);
    *passed += tally.passed;
    *failed += tally.failed;
    g_array_unref(tally.times_ms);
    g_array_unref(tally.proof_ms);
    g_array_unref(tally.hypotheses);
}

int main(int argc, char **argv)
{
    unsigned passed = 0, failed = 0;
    psl_ctx_t *psl = psl_latest(NULL);
    for (int i = 1; i < argc; i++)
        run_directory(argv[i], psl, &passed, &failed);
    psl_free(psl);
    printf("%u passed, %u failed\n", passed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
