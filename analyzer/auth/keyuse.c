#include "analyzer/auth/keyuse.h"

#include "analyzer/base/domain.h"

static bool is_of_domain(const DkimSignature *signature, const char *domain)
{
    return signature->domain && domain_equal(signature->domain, domain);
}

static bool made_by(const Pubkey *key, const DkimSignature *signature)
{
    if (!signature->signature)
        return false;
    const uint8_t *b = signature->signature->data;
    size_t n = signature->signature->len;
    HashAlg hash;
    uint8_t digest[32];
    if (pubkey_type(key) == KEY_TYPE_RSA)
        return pubkey_recover(key, b, n, &hash, digest) == RECOVER_OK;
    return signature->hash == HASH_SHA256 &&
           pubkey_verify(key, HASH_SHA256, signature->header_digest, b, n);
}

static void look_at_signatures(KeyUseFound *found, const SigningDomain *entry,
                               const Profile *profile, const DkimCheck *dkim)
{
    for (size_t i = 0; i < dkim->n && i < DKIM_MAX_SIGNATURES; i++) {
        const DkimSignature *signature = &dkim->signatures[i];
        if (entry->key && made_by(entry->key, signature))
            found->signed_with_configured_key = true;
        if (!is_of_domain(signature, entry->domain) || !signature->selector)
            continue;
        if (!profile_find_selector(profile, entry->domain, signature->selector))
            found->other_selector = true;
        if (!domain_equal(signature->selector, entry->selector))
            continue;
        bool better = found->has_signature && signature->result == DKIM_PASS &&
                      dkim->signatures[found->signature].result != DKIM_PASS;
        if (!found->has_signature || better)
            found->signature = i;
        found->has_signature = true;
    }
}

static KeyUse use_without_signature(const KeyUseFound *found, const SigningDomain *entry)
{
    if (found->signed_with_configured_key)
        return KEYUSE_OTHER_NAME;
    if (found->other_selector)
        return KEYUSE_OTHER_SELECTOR;
    return entry->active ? KEYUSE_UNSIGNED : KEYUSE_IDLE;
}

static KeyUse use_of_configured_key(const SigningDomain *entry, KeyPublication publication,
                                    const DkimSignature *signature)
{
    if (!entry->active)
        return KEYUSE_INACTIVE;
    switch (publication) {
    case PUBLICATION_UNKNOWN:
        return KEYUSE_DNS_UNKNOWN;
    case PUBLICATION_VALID:
    case PUBLICATION_UNCOMPARED:
        return signature->result == DKIM_PASS ? KEYUSE_IN_ORDER : KEYUSE_FAILS;
    case PUBLICATION_MISMATCH:
        return KEYUSE_DNS_OTHER;
    default:
        return KEYUSE_DNS_UNUSABLE;
    }
}

static const SigningDomain *find_signer(const Profile *profile, const SigningDomain *entry,
                                        const DkimSignature *signature)
{
    for (size_t i = 0; i < profile->n_domains; i++) {
        const SigningDomain *other = &profile->domains[i];
        if (other != entry && other->key && made_by(other->key, signature))
            return other;
    }
    return NULL;
}

static KeyUse use_of_another_key(KeyUseFound *found, const SigningDomain *entry,
                                 const Profile *profile, const KeyRecord *published,
                                 const DkimSignature *signature)
{
    bool as_published = published && published->key && made_by(published->key, signature);
    found->signer = find_signer(profile, entry, signature);
    if (found->signer)
        return KEYUSE_OF_OTHER;
    if (!entry->key)
        return entry->active ? KEYUSE_UNCOMPARED : KEYUSE_INACTIVE;
    if (as_published)
        return KEYUSE_PUBLISHED;
    return signature->signature && signature->key_type == KEY_TYPE_RSA ? KEYUSE_FOREIGN
                                                                       : KEYUSE_UNTOLD;
}

KeyUseFound keyuse_find(const SigningDomain *entry, const Profile *profile,
                        KeyPublication publication, const KeyRecord *published,
                        const DkimCheck *dkim)
{
    KeyUseFound found = {0};
    look_at_signatures(&found, entry, profile, dkim);
    if (!found.has_signature) {
        found.use = use_without_signature(&found, entry);
        return found;
    }
    const DkimSignature *signature = &dkim->signatures[found.signature];
    if (entry->key && made_by(entry->key, signature))
        found.use = use_of_configured_key(entry, publication, signature);
    else
        found.use = use_of_another_key(&found, entry, profile, published, signature);
    return found;
}

const char *keyuse_name(KeyUse use)
{
    static const char *const names[] = {
        [KEYUSE_IN_ORDER] = "in-order",
        [KEYUSE_FAILS] = "fails",
        [KEYUSE_DNS_OTHER] = "dns-other",
        [KEYUSE_DNS_UNUSABLE] = "dns-unusable",
        [KEYUSE_DNS_UNKNOWN] = "dns-unknown",
        [KEYUSE_INACTIVE] = "inactive",
        [KEYUSE_PUBLISHED] = "published",
        [KEYUSE_OF_OTHER] = "of-other",
        [KEYUSE_FOREIGN] = "foreign",
        [KEYUSE_UNCOMPARED] = "uncompared",
        [KEYUSE_UNTOLD] = "untold",
        [KEYUSE_OTHER_NAME] = "other-name",
        [KEYUSE_OTHER_SELECTOR] = "other-selector",
        [KEYUSE_UNSIGNED] = "unsigned",
        [KEYUSE_IDLE] = "idle",
    };
    g_return_val_if_fail(use < G_N_ELEMENTS(names), "");
    return names[use];
}
