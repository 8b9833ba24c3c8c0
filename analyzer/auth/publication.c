#include "analyzer/auth/publication.h"

#include "analyzer/auth/dkim.h"

static KeyPublication compare(const Pubkey *configured, const KeyRecord *published)
{
    switch (published->state) {
    case KEY_REVOKED:
        return PUBLICATION_REVOKED;
    case KEY_BAD_KEY:
        return published->pubkey_defect == PUBKEY_TRUNCATED ? PUBLICATION_TRUNCATED
                                                            : PUBLICATION_MALFORMED;
    case KEY_VALID:
        break;
    default:
        return PUBLICATION_MALFORMED;
    }
    if (!configured)
        return PUBLICATION_UNCOMPARED;
    return pubkey_equal(configured, published->key) ? PUBLICATION_VALID : PUBLICATION_MISMATCH;
}

/* Records at the name that are no key records at all (a wildcard's SPF) only count when nothing
 * else is there. */
static KeyPublication read_records(const DnsAnswer *answer, const Pubkey *configured,
                                   KeyRecord **published)
{
    size_t candidates = 0;
    for (size_t i = 0; i < answer->n && i < DKIM_MAX_KEY_RECORDS; i++) {
        const DnsRecord *text = &answer->records[i];
        KeyRecord *record = key_record_parse(span_of(text->text, text->text_n));
        bool candidate = record->state != KEY_NOT_A_KEY;
        if (candidate)
            candidates++;
        if (*published && (!candidate || (*published)->state != KEY_NOT_A_KEY)) {
            key_record_free(record);
            continue;
        }
        key_record_free(*published);
        *published = record;
    }
    if (candidates <= 1)
        return compare(configured, *published);
    g_clear_pointer(published, key_record_free);
    return PUBLICATION_MULTIPLE;
}

KeyPublication publication_check(const DnsAnswer *answer, const Pubkey *configured,
                                 KeyRecord **record)
{
    *record = NULL;
    switch (answer->status) {
    case DNS_OK:
        return read_records(answer, configured, record);
    case DNS_NODATA:
    case DNS_NXDOMAIN:
    case DNS_BAD_NAME:
        return PUBLICATION_MISSING;
    default:
        return PUBLICATION_UNKNOWN;
    }
}

const char *key_publication_name(KeyPublication publication)
{
    switch (publication) {
    case PUBLICATION_UNKNOWN:
        return "unknown";
    case PUBLICATION_VALID:
        return "valid";
    case PUBLICATION_UNCOMPARED:
        return "uncompared";
    case PUBLICATION_MISMATCH:
        return "mismatch";
    case PUBLICATION_MISSING:
        return "missing";
    case PUBLICATION_MALFORMED:
        return "malformed";
    case PUBLICATION_MULTIPLE:
        return "multiple";
    case PUBLICATION_REVOKED:
        return "revoked";
    case PUBLICATION_TRUNCATED:
        return "truncated";
    }
    g_return_val_if_reached("");
}
