/* bodycase.h - a body as signed and as received, and what the search makes of them. The digest is
 * OpenSSL's, over the literal text: the signed bodies of these tests are in canonical form already.
 */
#ifndef MAILASSAY_TESTS_BODYCASE_H
#define MAILASSAY_TESTS_BODYCASE_H

#include "analyzer/cause/body.h"

#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

typedef struct BodyCase {
    Source *source;
    DkimSignature signature;
    Budget budget;
    BodyFound found;
} BodyCase;

/* `fields`: header fields with their CRLF. */
static inline BodyCase body_case(const char *fields, const char *as_signed, const char *as_received,
                                 Canon canon)
{
    g_autofree char *message = g_strconcat(fields, "\r\n", as_received, NULL);
    g_autoptr(GBytes) octets = g_bytes_new(message, strlen(message));
    unsigned char digest[32];
    size_t n = 0;
    EVP_Q_digest(NULL, "SHA256", NULL, as_signed, strlen(as_signed), digest, &n);
    BodyCase body = {.source = source_new(octets, SOURCE_AS_STORED),
                     .budget = {.units = CAUSE_DEFAULT_UNITS / 2}};
    body.signature = (DkimSignature){.hash = HASH_SHA256,
                                     .body_canon = canon,
                                     .body_hash = g_byte_array_new(),
                                     .header = DKIM_HEADER_VERIFIES};
    g_byte_array_append(body.signature.body_hash, digest, 32);
    CauseInput input = {.source = body.source, .signature = &body.signature};
    body_search(&input, &body.budget, &body.found);
    return body;
}

static inline void body_case_clear(BodyCase *body)
{
    body_found_clear(&body->found);
    g_byte_array_unref(body->signature.body_hash);
    source_free(body->source);
}

static inline const Cause *cause_at(const BodyCase *body, guint i)
{
    return &g_array_index(body->found.causes, Cause, i);
}

static inline bool has_kind(const BodyCase *body, const char *kind)
{
    for (guint i = 0; i < body->found.causes->len; i++)
        if (strcmp(cause_at(body, i)->kind->id, kind) == 0)
            return true;
    return false;
}

/* The search finds the signed body and explains it by these kinds, in this order: "one two". */
static inline void assert_undone(const char *fields, const char *as_signed, const char *as_received,
                                 Canon canon, const char *kinds)
{
    BodyCase body = body_case(fields, as_signed, as_received, canon);
    assert_non_null(body.found.body);
    gsize n;
    const char *p = g_bytes_get_data(body.found.body, &n);
    assert_int_equal(n, strlen(as_signed));
    assert_memory_equal(p, as_signed, n);
    g_autoptr(GString) found = g_string_new(NULL);
    for (guint i = 0; i < body.found.causes->len; i++) {
        assert_int_equal(cause_at(&body, i)->certainty, CAUSE_PROVEN);
        g_string_append_printf(found, "%s%s", i ? " " : "", cause_at(&body, i)->kind->id);
    }
    assert_string_equal(found->str, kinds);
    body_case_clear(&body);
}

/* The search finds nothing, and says that this kind of change has left its traces. */
static inline void assert_lost(const char *fields, const char *as_signed, const char *as_received,
                               Canon canon, const char *kind)
{
    BodyCase body = body_case(fields, as_signed, as_received, canon);
    assert_null(body.found.body);
    assert_true(has_kind(&body, kind));
    for (guint i = 0; i < body.found.causes->len; i++)
        assert_int_equal(cause_at(&body, i)->certainty, CAUSE_NOT_RECONSTRUCTABLE);
    body_case_clear(&body);
}

#endif
