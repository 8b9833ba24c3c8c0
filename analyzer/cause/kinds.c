/* kinds.c - every kind of cause that the searches know: where it lies, and to whom it points.
 *
 * The actor of a change in transit is always an inference from its kind; who hashed what when
 * signing is not.
 */
#include "analyzer/cause/cause.h"

#include <string.h>

#define COPY(id)                                                                                   \
    {                                                                                              \
        id, CAUSE_VIEW, CAUSE_BY_EXPORT, CAUSE_INFERRED                                            \
    }
#define KEY(id, actor)                                                                             \
    {                                                                                              \
        id, CAUSE_KEY, actor, CAUSE_SHOWN                                                          \
    }
#define SIGNATURE(id, actor)                                                                       \
    {                                                                                              \
        id, CAUSE_SIGNATURE, actor, CAUSE_INFERRED                                                 \
    }
#define HEADER(id, actor)                                                                          \
    {                                                                                              \
        id, CAUSE_HEADER, actor, CAUSE_INFERRED                                                    \
    }
#define BODY(id, actor)                                                                            \
    {                                                                                              \
        id, CAUSE_BODY, actor, CAUSE_INFERRED                                                      \
    }

static const CauseKind kinds[] = {
    /* the copy */
    COPY("copy-bom"),
    COPY("copy-leading-blank"),
    COPY("copy-indented"),
    COPY("copy-quoted"),
    COPY("copy-folds-lost"),
    COPY("copy-nbsp"),
    COPY("copy-html-entities"),
    COPY("copy-linkified"),
    COPY("copy-qp-shown"),
    COPY("copy-cr-doubled"),
    COPY("copy-mbox-from"),
    COPY("copy-double-utf8"),
    COPY("copy-soft-wrapped"),
    COPY("copy-headers-only"),

    /* the key record */
    KEY("key-missing", CAUSE_BY_DNS),
    KEY("key-doubled-domain", CAUSE_BY_DNS),
    KEY("key-misplaced", CAUSE_BY_DNS),
    KEY("key-cname-dangling", CAUSE_BY_DNS),
    KEY("key-cname-in-txt", CAUSE_BY_DNS),
    KEY("key-foreign-record", CAUSE_BY_DNS),
    KEY("key-pem", CAUSE_BY_DNS),
    KEY("key-escaped", CAUSE_BY_DNS),
    KEY("key-quoted", CAUSE_BY_DNS),
    KEY("key-url-safe", CAUSE_BY_DNS),
    KEY("key-no-p-tag", CAUSE_BY_DNS),
    KEY("key-version", CAUSE_BY_DNS),
    KEY("key-syntax", CAUSE_BY_DNS),
    KEY("key-split-records", CAUSE_BY_DNS),
    KEY("key-several-records", CAUSE_BY_DNS),
    KEY("key-truncated", CAUSE_BY_DNS),
    KEY("key-character", CAUSE_BY_DNS),
    KEY("key-damaged", CAUSE_BY_DNS),
    KEY("key-type", CAUSE_BY_DNS),
    KEY("key-hash-excluded", CAUSE_BY_DNS),
    KEY("key-service-excluded", CAUSE_BY_DNS),
    KEY("key-strict-identity", CAUSE_BY_DNS),
    KEY("key-revoked", CAUSE_BY_SENDER),
    KEY("key-other-selector", CAUSE_BY_SENDER),
    KEY("key-configured", CAUSE_BY_DNS),
    KEY("key-of-another-domain", CAUSE_BY_SENDER),
    KEY("key-other-size", CAUSE_BY_SENDER),
    KEY("key-other", CAUSE_BY_SENDER),
    KEY("key-weak", CAUSE_BY_SENDER),

    /* the signature value, and what the signature says of itself */
    SIGNATURE("signature-plus-space", CAUSE_BY_EXPORT),
    SIGNATURE("signature-url-safe", CAUSE_BY_EXPORT),
    SIGNATURE("signature-character", CAUSE_BY_UNKNOWN),
    SIGNATURE("signature-character-lost", CAUSE_BY_EXPORT),
    SIGNATURE("signature-truncated", CAUSE_BY_EXPORT),
    SIGNATURE("signature-damaged", CAUSE_BY_UNKNOWN),
    SIGNATURE("signature-other-hash", CAUSE_BY_SENDER),
    SIGNATURE("signature-syntax", CAUSE_BY_SENDER),
    SIGNATURE("policy-expired", CAUSE_BY_SENDER),
    SIGNATURE("policy-future", CAUSE_BY_SENDER),
    SIGNATURE("policy-from-not-signed", CAUSE_BY_SENDER),
    SIGNATURE("policy-identity", CAUSE_BY_SENDER),
    SIGNATURE("policy-algorithm", CAUSE_BY_SENDER),

    /* header fields: how the signer went wrong */
    HEADER("signer-header-other-canon", CAUSE_BY_SENDER),
    HEADER("signer-missing-as-empty", CAUSE_BY_SENDER),
    HEADER("signer-trailing-crlf", CAUSE_BY_SENDER),
    HEADER("signer-top-down", CAUSE_BY_SENDER),
    HEADER("signer-fold-space", CAUSE_BY_SENDER),
    /* header fields: what happened to them */
    HEADER("header-subject-tag", CAUSE_BY_RECEIVER),
    HEADER("header-subject-suffix", CAUSE_BY_RECEIVER),
    HEADER("header-display-name-tag", CAUSE_BY_RECEIVER),
    HEADER("header-display-name-removed", CAUSE_BY_INTERMEDIARY),
    HEADER("header-text-inserted", CAUSE_BY_INTERMEDIARY),
    HEADER("header-character-changed", CAUSE_BY_UNKNOWN),
    HEADER("header-reencoded", CAUSE_BY_INTERMEDIARY),
    HEADER("header-8bit-encoded", CAUSE_BY_INTERMEDIARY),
    HEADER("header-8bit-lost", CAUSE_BY_INTERMEDIARY),
    HEADER("header-addresses-reformatted", CAUSE_BY_INTERMEDIARY),
    HEADER("header-recipient-rewritten", CAUSE_BY_INTERMEDIARY),
    HEADER("header-from-rewritten", CAUSE_BY_INTERMEDIARY),
    HEADER("header-date-reformatted", CAUSE_BY_INTERMEDIARY),
    HEADER("header-date-replaced", CAUSE_BY_INTERMEDIARY),
    HEADER("header-message-id-replaced", CAUSE_BY_INTERMEDIARY),
    HEADER("header-mime-rewritten", CAUSE_BY_INTERMEDIARY),
    HEADER("header-comment-removed", CAUSE_BY_INTERMEDIARY),
    HEADER("header-long-line-broken", CAUSE_BY_SENDER),
    HEADER("header-token-split", CAUSE_BY_INTERMEDIARY),
    HEADER("header-folds-lost", CAUSE_BY_EXPORT),
    HEADER("header-white-space", CAUSE_BY_INTERMEDIARY),
    HEADER("header-name-case", CAUSE_BY_INTERMEDIARY),
    HEADER("header-refolded", CAUSE_BY_INTERMEDIARY),
    HEADER("header-added", CAUSE_BY_INTERMEDIARY),
    HEADER("header-duplicated", CAUSE_BY_INTERMEDIARY),
    HEADER("header-removed", CAUSE_BY_INTERMEDIARY),
    HEADER("header-link-rewritten", CAUSE_BY_RECEIVER),
    HEADER("header-copied-value", CAUSE_BY_INTERMEDIARY),
    HEADER("header-signature-respaced", CAUSE_BY_INTERMEDIARY),
    HEADER("header-signature-encoded", CAUSE_BY_INTERMEDIARY),
    HEADER("header-body-hash-rewritten", CAUSE_BY_UNKNOWN),
    HEADER("header-changed", CAUSE_BY_UNKNOWN),

    /* bodies: how the signer went wrong */
    BODY("signer-body-line-ends", CAUSE_BY_SENDER),
    BODY("signer-body-other-canon", CAUSE_BY_SENDER),
    BODY("signer-body-trailing-lines", CAUSE_BY_SENDER),
    BODY("signer-body-empty", CAUSE_BY_SENDER),
    /* bodies: what happened to them */
    BODY("body-footer-appended", CAUSE_BY_INTERMEDIARY),
    BODY("body-text-prepended", CAUSE_BY_RECEIVER),
    BODY("body-banner-inserted", CAUSE_BY_RECEIVER),
    BODY("body-disclaimer-inserted", CAUSE_BY_INTERMEDIARY),
    BODY("body-html-inserted", CAUSE_BY_INTERMEDIARY),
    BODY("body-lines-inserted", CAUSE_BY_INTERMEDIARY),
    BODY("body-text-inserted", CAUSE_BY_UNKNOWN),
    BODY("body-character-changed", CAUSE_BY_UNKNOWN),
    BODY("body-links-rewritten", CAUSE_BY_RECEIVER),
    BODY("body-links-opaque", CAUSE_BY_RECEIVER),
    BODY("body-to-quoted-printable", CAUSE_BY_INTERMEDIARY),
    BODY("body-to-base64", CAUSE_BY_INTERMEDIARY),
    BODY("body-to-8bit", CAUSE_BY_INTERMEDIARY),
    BODY("body-quoted-printable-rewritten", CAUSE_BY_INTERMEDIARY),
    BODY("body-base64-rewrapped", CAUSE_BY_INTERMEDIARY),
    BODY("body-charset-converted", CAUSE_BY_INTERMEDIARY),
    BODY("body-lines-wrapped", CAUSE_BY_INTERMEDIARY),
    BODY("body-long-lines-broken", CAUSE_BY_SENDER),
    BODY("body-part-added", CAUSE_BY_INTERMEDIARY),
    BODY("body-part-removed", CAUSE_BY_RECEIVER),
    BODY("body-part-headers-changed", CAUSE_BY_RECEIVER),
    BODY("body-wrapped", CAUSE_BY_INTERMEDIARY),
    BODY("body-preamble-changed", CAUSE_BY_INTERMEDIARY),
    BODY("body-epilogue-changed", CAUSE_BY_INTERMEDIARY),
    BODY("body-boundary-rewritten", CAUSE_BY_INTERMEDIARY),
    BODY("body-blank-lines", CAUSE_BY_INTERMEDIARY),
    BODY("body-bare-lf", CAUSE_BY_INTERMEDIARY),
    BODY("body-white-space", CAUSE_BY_INTERMEDIARY),
    BODY("body-tabs-expanded", CAUSE_BY_INTERMEDIARY),
    BODY("body-dots-doubled", CAUSE_BY_INTERMEDIARY),
    BODY("body-dots-lost", CAUSE_BY_INTERMEDIARY),
    BODY("body-from-escaped", CAUSE_BY_EXPORT),
    BODY("body-html-groomed", CAUSE_BY_RECEIVER),
    BODY("body-truncated", CAUSE_BY_EXPORT),
    BODY("body-changed", CAUSE_BY_UNKNOWN),
};

#undef COPY
#undef KEY
#undef SIGNATURE
#undef HEADER
#undef BODY

const CauseKind *cause_kinds(size_t *n)
{
    *n = G_N_ELEMENTS(kinds);
    return kinds;
}

const CauseKind *cause_kind(const char *id)
{
    for (size_t i = 0; i < G_N_ELEMENTS(kinds); i++)
        if (strcmp(kinds[i].id, id) == 0)
            return &kinds[i];
    return NULL;
}
