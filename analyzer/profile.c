#include "analyzer/profile.h"

#include "analyzer/base/domain.h"

#include <gio/gio.h>
#include <string.h>

GQuark profile_error_quark(void)
{
    return g_quark_from_static_string("mailassay-profile");
}

Profile *profile_new_empty(void)
{
    Profile *profile = g_new0(Profile, 1);
    profile->path = NULL;
    profile->own_hosts = g_new0(char *, 1);
    profile->trusted_receivers = g_new0(char *, 1);
    profile->rule_profile = g_strdup("transactional");
    profile->warn_below = 90;
    profile->fail_below = 70;
    return profile;
}

void profile_free(Profile *profile)
{
    if (!profile)
        return;
    for (size_t i = 0; i < profile->n_domains; i++) {
        SigningDomain *domain = &profile->domains[i];
        g_free(domain->domain);
        g_free(domain->selector);
        g_free(domain->tenant);
        g_free(domain->p_value);
        pubkey_free(domain->key);
    }
    for (size_t i = 0; i < profile->n_settings; i++) {
        g_free(profile->settings[i].rule);
        g_free(profile->settings[i].reason);
        g_free(profile->settings[i].severity);
    }
    for (size_t i = 0; i < profile->n_block_lists; i++) {
        g_free(profile->block_lists[i].zone);
        g_free(profile->block_lists[i].name);
    }
    g_free(profile->block_lists);
    g_free(profile->domains);
    g_free(profile->settings);
    g_free(profile->path);
    g_free(profile->operator_name);
    g_free(profile->house);
    g_free(profile->spf_include);
    g_free(profile->key_host);
    g_strfreev(profile->own_hosts);
    g_strfreev(profile->trusted_receivers);
    g_free(profile->rule_profile);
    g_free(profile->logo);
    g_free(profile);
}

bool profile_add_block_list(Profile *profile, const char *text, GError **error)
{
    static const char *const prefix = "domain:";
    bool of_domains = g_str_has_prefix(text, prefix);
    char *zone = domain_normal(span_str(of_domains ? text + strlen(prefix) : text));
    if (!zone || domain_labels(zone) < 2) {
        g_free(zone);
        g_set_error(error, profile_error_quark(), 0,
                    "\"%s\" is no block list; give the name of its zone, and \"domain:\" before it "
                    "when it lists domains",
                    text);
        return false;
    }
    profile->block_lists = g_renew(BlockList, profile->block_lists, profile->n_block_lists + 1);
    profile->block_lists[profile->n_block_lists++] =
        (BlockList){.zone = zone, .of_domains = of_domains};
    return true;
}

const SigningDomain *profile_find(const Profile *profile, const char *domain)
{
    const SigningDomain *inactive = NULL;
    for (size_t i = 0; i < profile->n_domains; i++) {
        const SigningDomain *entry = &profile->domains[i];
        if (!domain_equal(entry->domain, domain))
            continue;
        if (entry->active)
            return entry;
        if (!inactive)
            inactive = entry;
    }
    return inactive;
}

const SigningDomain *profile_find_selector(const Profile *profile, const char *domain,
                                           const char *selector)
{
    for (size_t i = 0; i < profile->n_domains; i++)
        if (domain_equal(profile->domains[i].domain, domain) &&
            domain_equal(profile->domains[i].selector, selector))
            return &profile->domains[i];
    return NULL;
}

/* The address, an IPv4-mapped one (RFC 4291 §2.5.5.2) as IPv4; NULL when text is none. */
static GInetAddress *parse_address(const char *text)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    GInetAddress *address = g_inet_address_new_from_string(text);
    if (!address || g_inet_address_get_family(address) != G_SOCKET_FAMILY_IPV6)
        return address;
    const uint8_t *octets = g_inet_address_to_bytes(address);
    if (memcmp(octets, mapped, sizeof mapped) != 0)
        return address;
    GInetAddress *v4 = g_inet_address_new_from_bytes(octets + sizeof mapped, G_SOCKET_FAMILY_IPV4);
    g_object_unref(address);
    return v4;
}

bool profile_is_own_host(const Profile *profile, const char *ip, const char *host)
{
    g_autoptr(GInetAddress) address = ip ? parse_address(ip) : NULL;
    g_autofree char *name = host ? domain_normal(span_str(host)) : NULL;
    for (char **entry = profile->own_hosts; *entry; entry++) {
        if (name && strcmp(*entry, name) == 0)
            return true;
        g_autoptr(GInetAddressMask) mask =
            address ? g_inet_address_mask_new_from_string(*entry, NULL) : NULL;
        if (mask && g_inet_address_mask_matches(mask, address))
            return true;
    }
    return false;
}
