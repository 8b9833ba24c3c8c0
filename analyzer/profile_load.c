/* Builds a Profile from a file that the schema approved, and checks what a schema cannot. */
#include "analyzer/base/domain.h"
#include "analyzer/base/keypair.h"
#include "analyzer/base/own.h"
#include "analyzer/base/secretfile.h"
#include "analyzer/profile.h"
#include "analyzer/profile_schema.h"

#include <gio/gio.h>
#include <string.h>

enum {
    LOGO_OCTETS = 256 << 10,
    DAY_S = 24 * 60 * 60,
};

/* What is being built, and where an error goes. */
typedef struct Loader {
    const char *path;
    char *folder;
    Profile *profile;
    GArray *domains;  /* SigningDomain */
    GArray *settings; /* RuleSetting */
    GPtrArray *hosts, *receivers;
    GHashTable *seen; /* "selector._domainkey.domain" or "rule ID" -> line of its first use */
    GError **error;
} Loader;

static bool fail(const Loader *loader, const xmlNode *node, const char *format, ...)
    G_GNUC_PRINTF(3, 4);
static bool fail(const Loader *loader, const xmlNode *node, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    g_autofree char *text = g_strdup_vprintf(format, arguments);
    va_end(arguments);
    g_set_error(loader->error, profile_error_quark(), 0, "%s:%ld: %s", loader->path,
                xmlGetLineNo(node), text);
    return false;
}

/* The value of an attribute without the white space around it, or NULL. */
static char *attribute(xmlNode *node, const char *name)
{
    g_autoptr(xmlChar) value = xmlGetNoNsProp(node, (const xmlChar *)name);
    return value ? g_strstrip(g_strdup((const char *)value)) : NULL;
}

static char *content(xmlNode *node)
{
    g_autoptr(xmlChar) value = xmlNodeGetContent(node);
    return g_strstrip(g_strdup((const char *)value));
}

static bool attribute_is(xmlNode *node, const char *name, const char *expected)
{
    g_autofree char *value = attribute(node, name);
    return value && strcmp(value, expected) == 0;
}

/* The schema has checked that it is a number in range. */
static unsigned attribute_number(xmlNode *node, const char *name)
{
    g_autofree char *value = attribute(node, name);
    return value ? (unsigned)g_ascii_strtoull(value, NULL, 10) : 0;
}

/* A domain name from an attribute that is there; NULL and an error when it is none. */
static char *attribute_domain(const Loader *loader, xmlNode *node, const char *name)
{
    g_autofree char *value = attribute(node, name);
    char *normal = domain_normal(span_str(value));
    if (!normal)
        fail(loader, node,
             "%s=\"%s\" of <%s> cannot be a name in DNS; write labels of letters, digits, \"-\" "
             "and \"_\" with dots between them",
             name, value, (const char *)node->name);
    return normal;
}

/* False and an error when key was seen before. */
static bool first_use(const Loader *loader, xmlNode *node, const char *key)
{
    void *line = g_hash_table_lookup(loader->seen, key);
    if (line)
        return fail(loader, node, "%s stands twice, first in line %u; remove one of the two", key,
                    GPOINTER_TO_UINT(line));
    g_hash_table_insert(loader->seen, g_strdup(key),
                        GUINT_TO_POINTER((unsigned)xmlGetLineNo(node)));
    return true;
}

/* True when the attribute is absent, too: then *domain stays NULL. */
static bool load_domain(const Loader *loader, xmlNode *node, const char *name, char **domain)
{
    if (!xmlHasProp(node, (const xmlChar *)name))
        return true;
    *domain = attribute_domain(loader, node, name);
    return *domain != NULL;
}

static bool load_operator(Loader *loader, xmlNode *node)
{
    loader->profile->operator_name = attribute(node, "name");
    return load_domain(loader, node, "spf-include", &loader->profile->spf_include) &&
           load_domain(loader, node, "key-host", &loader->profile->key_host);
}

static bool load_own_host(Loader *loader, xmlNode *node)
{
    g_autofree char *text = content(node);
    char *name = domain_normal(span_str(text));
    if (name) {
        g_ptr_array_add(loader->hosts, name);
        return true;
    }
    g_autoptr(GError) error = NULL;
    g_autoptr(GInetAddressMask) mask = g_inet_address_mask_new_from_string(text, &error);
    if (!mask)
        return fail(loader, node,
                    "\"%s\" is no host name, IP address or network (%s); "
                    "write it as \"mx.example.com\", \"192.0.2.1\" or \"192.0.2.0/24\"",
                    text, error->message);
    g_ptr_array_add(loader->hosts, g_inet_address_mask_to_string(mask));
    return true;
}

/* An authserv-id (RFC 8601 §2.5) is usually a domain name, but any token will do. */
static bool load_receiver(Loader *loader, xmlNode *node)
{
    g_autofree char *text = content(node);
    char *name = domain_normal(span_str(text));
    g_ptr_array_add(loader->receivers, name ? name : g_ascii_strdown(text, -1));
    return true;
}

static char *beside_profile(const Loader *loader, const char *file)
{
    return g_path_is_absolute(file) ? g_strdup(file) : g_build_filename(loader->folder, file, NULL);
}

/* All of a small file, to be freed with keypair_wipe. A secret one must be closed to everybody else
 * on the system. */
static char *read_key_file(const Loader *loader, xmlNode *node, const char *file, bool secret)
{
    g_autofree char *path = beside_profile(loader, file);
    g_autoptr(GError) error = NULL;
    bool open_to_all = false;
    char *text = secretfile_read(path, &open_to_all, &error);
    if (!text) {
        fail(loader, node, "%s: %s; name a file with one key, relative to the profile or in full",
             path, error->message);
    } else if (secret && open_to_all) {
        fail(loader, node, "%s is open to everybody on this system; run: chmod o= '%s'", path,
             path);
        keypair_wipe(text);
        return NULL;
    }
    return text;
}

static Pubkey *load_private_key(const Loader *loader, xmlNode *node)
{
    g_autofree char *file = attribute(node, "file"),
                    *password_file = attribute(node, "password-file");
    char *password = NULL;
    if (password_file) {
        password = read_key_file(loader, node, password_file, true);
        if (!password)
            return NULL;
        password[strcspn(password, "\r\n")] = '\0';
    }
    Pubkey *key = NULL;
    char *pem = read_key_file(loader, node, file, true);
    if (pem) {
        g_autoptr(GError) error = NULL;
        key = pubkey_from_pem(span_str(pem), password, &error);
        if (!key)
            fail(loader, node, "private key %s: %s; give an RSA or Ed25519 key in PEM%s", file,
                 error->message, password_file ? "" : ", and its password-file if it is encrypted");
    }
    keypair_wipe(pem);
    keypair_wipe(password);
    return key;
}

/* PEM that was indented with the XML around it. */
static char *unindent(const char *text)
{
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line; line++)
        g_strstrip(*line);
    return g_strjoinv("\n", lines);
}

static Pubkey *load_public_key(const Loader *loader, xmlNode *node)
{
    g_autofree char *file = attribute(node, "file"), *text = content(node);
    if ((file != NULL) == (*text != '\0')) {
        fail(loader, node,
             "<public-key> takes either the key in PEM or a file with it; leave one of the two");
        return NULL;
    }
    g_autofree char *read = file ? read_key_file(loader, node, file, false) : NULL;
    if (file && !read)
        return NULL;
    g_autofree char *pem = unindent(file ? read : text);
    g_autoptr(GError) error = NULL;
    Pubkey *key = pubkey_from_pem(span_str(pem), NULL, &error);
    if (!key)
        fail(
            loader, node,
            "public key: %s; give an RSA or Ed25519 key in PEM, from BEGIN to END line, or use <p>",
            error->message);
    return key;
}

static Pubkey *load_p(const Loader *loader, xmlNode *node, KeyType type)
{
    g_autofree char *text = content(node);
    g_autoptr(GByteArray) der = NULL;
    if (!bytes_base64_decode(span_str(text), &der)) {
        fail(loader, node,
             "<p> is not base64; copy what stands behind p= in the DNS record, without quotation "
             "marks");
        return NULL;
    }
    if (type == KEY_TYPE_UNKNOWN)
        type = der->len == 32 ? KEY_TYPE_ED25519 : KEY_TYPE_RSA;
    Pubkey *key = NULL;
    size_t expected;
    PubkeyDefect defect = pubkey_from_der(type, der->data, der->len, &key, &expected);
    if (defect == PUBKEY_OK)
        return key;
    pubkey_free(key);
    if (defect == PUBKEY_TRUNCATED)
        fail(loader, node, "<p> is cut: it announces %zu octets and has %u; copy all of it",
             expected, der->len);
    else
        fail(loader, node,
             "<p> is no usable %s key (%s); copy what stands behind p= in the DNS record",
             key_type_name(type), pubkey_defect_name(defect));
    return NULL;
}

/* The key inside <signing-domain>; true without one. */
static bool load_key(const Loader *loader, xmlNode *node, SigningDomain *domain)
{
    xmlNode *child = xmlFirstElementChild(node);
    if (!child)
        return true;
    if (strcmp((const char *)child->name, "private-key") == 0)
        domain->key = load_private_key(loader, child);
    else if (strcmp((const char *)child->name, "public-key") == 0)
        domain->key = load_public_key(loader, child);
    else
        domain->key = load_p(loader, child, domain->key_type);
    if (!domain->key)
        return false;
    domain->p_value = pubkey_p_value(domain->key);
    return true;
}

/* What is written about the key must be so. */
static bool check_key(const Loader *loader, xmlNode *node, SigningDomain *domain)
{
    KeyType written = domain->key_type;
    if (written == KEY_TYPE_UNKNOWN)
        domain->key_type = domain->key ? pubkey_type(domain->key) : KEY_TYPE_RSA;
    else if (domain->key && pubkey_type(domain->key) != written)
        return fail(loader, node,
                    "key-type=\"%s\", but the key is of type %s; correct one of the two",
                    key_type_name(written), key_type_name(pubkey_type(domain->key)));
    if (domain->key_bits && domain->key && pubkey_bits(domain->key) != domain->key_bits)
        return fail(loader, node,
                    "key-bits=\"%u\", but the key has %u bits; correct one of the two",
                    domain->key_bits, pubkey_bits(domain->key));
    if (domain->key_type == KEY_TYPE_ED25519 && domain->hash != HASH_SHA256)
        return fail(loader, node, "an Ed25519 key signs with sha256 only (RFC 8463); remove hash");
    return true;
}

static bool load_signing_domain(Loader *loader, xmlNode *node)
{
    /* Into the array at once: profile_free() then frees what an error leaves half done. */
    g_array_append_vals(loader->domains, &(SigningDomain){.active = true}, 1);
    SigningDomain *domain =
        &g_array_index(loader->domains, SigningDomain, loader->domains->len - 1);
    domain->domain = attribute_domain(loader, node, "domain");
    if (!domain->domain)
        return false;
    domain->selector = attribute_domain(loader, node, "selector");
    if (!domain->selector)
        return false;
    domain->tenant = attribute(node, "tenant");
    domain->active = !attribute_is(node, "active", "no");
    domain->hash = attribute_is(node, "hash", "sha1") ? HASH_SHA1 : HASH_SHA256;
    domain->key_type = attribute_is(node, "key-type", "rsa")       ? KEY_TYPE_RSA
                       : attribute_is(node, "key-type", "ed25519") ? KEY_TYPE_ED25519
                                                                   : KEY_TYPE_UNKNOWN;
    domain->key_bits = attribute_number(node, "key-bits");
    g_autofree char *key_name = g_strconcat(domain->selector, "._domainkey.", domain->domain, NULL);
    return first_use(loader, node, key_name) && load_key(loader, node, domain) &&
           check_key(loader, node, domain);
}

/* Midnight UTC after the day: the exemption holds all of it. The schema has checked that the day
 * exists. */
static int64_t end_of_day(const char *day)
{
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autofree char *midnight = g_strconcat(day, "T00:00:00Z", NULL);
    g_autoptr(GDateTime) start = g_date_time_new_from_iso8601(midnight, utc);
    return start ? g_date_time_to_unix(start) + DAY_S : 0;
}

static bool load_rule(Loader *loader, xmlNode *node)
{
    g_array_append_vals(loader->settings, &(RuleSetting){.rule = attribute(node, "id")}, 1);
    RuleSetting *setting = &g_array_index(loader->settings, RuleSetting, loader->settings->len - 1);
    g_autofree char *until = attribute(node, "until"),
                    *key = g_strconcat("rule ", setting->rule, NULL);
    setting->off = attribute_is(node, "off", "yes");
    setting->reason = attribute(node, "reason");
    setting->severity = attribute(node, "severity");
    setting->has_weight = xmlHasProp(node, (const xmlChar *)"weight") != NULL;
    setting->weight = attribute_number(node, "weight");
    setting->until_s = until ? end_of_day(until) : 0;
    if (setting->off && !setting->reason)
        return fail(loader, node, "%s is switched off without a reason; add reason=\"...\"", key);
    if (!setting->off && (setting->reason || until))
        return fail(loader, node,
                    "%s has %s= but is not switched off; add off=\"yes\" or remove it", key,
                    until ? "until" : "reason");
    return first_use(loader, node, key);
}

static bool load_score(Loader *loader, xmlNode *node)
{
    Profile *profile = loader->profile;
    profile->warn_below = attribute_number(node, "warn-below");
    profile->fail_below = attribute_number(node, "fail-below");
    if (profile->fail_below > profile->warn_below)
        return fail(loader, node, "fail-below=\"%u\" is above warn-below=\"%u\"; exchange the two",
                    profile->fail_below, profile->warn_below);
    return true;
}

static bool is_picture(const char *uri)
{
    static const char *const types[] = {"png", "jpeg", "gif", "webp", "svg+xml"};
    for (size_t i = 0; i < G_N_ELEMENTS(types); i++) {
        g_autofree char *prefix = g_strconcat("data:image/", types[i], ";base64,", NULL);
        if (!g_str_has_prefix(uri, prefix))
            continue;
        g_autoptr(GByteArray) octets = NULL;
        return bytes_base64_decode(span_str(uri + strlen(prefix)), &octets) && octets->len > 0;
    }
    return false;
}

static bool load_house(Loader *loader, xmlNode *node)
{
    g_autofree char *logo = attribute(node, "logo");
    loader->profile->house = attribute(node, "name");
    if (!logo)
        return true;
    if (strlen(logo) > LOGO_OCTETS)
        return fail(loader, node, "the logo is too large for every report; stay below %d kB",
                    LOGO_OCTETS / 1024);
    if (!is_picture(logo))
        return fail(loader, node,
                    "the logo is no data: URI of a picture; "
                    "write it as \"data:image/png;base64,...\" (or jpeg, gif, webp, svg+xml)");
    /* An attribute that was written over several lines has blanks in it. */
    g_auto(GStrv) pieces = g_strsplit_set(logo, " \t\r\n", -1);
    loader->profile->logo = g_strjoinv("", pieces);
    return true;
}

static bool load_block_list(Loader *loader, xmlNode *node)
{
    g_autofree char *zone = attribute_domain(loader, node, "zone");
    if (!zone)
        return false;
    g_autofree char *text =
        g_strconcat(attribute_is(node, "kind", "domain") ? "domain:" : "", zone, NULL);
    g_autoptr(GError) error = NULL;
    if (!profile_add_block_list(loader->profile, text, &error))
        return fail(loader, node, "%s", error->message);
    loader->profile->block_lists[loader->profile->n_block_lists - 1].name = attribute(node, "name");
    return first_use(loader, node, text);
}

static bool load_children(Loader *loader, xmlNode *parent, bool (*load)(Loader *, xmlNode *))
{
    for (xmlNode *node = xmlFirstElementChild(parent); node; node = xmlNextElementSibling(node))
        if (!load(loader, node))
            return false;
    return true;
}

static bool load_section(Loader *loader, xmlNode *node)
{
    const char *name = (const char *)node->name;
    if (strcmp(name, "operator") == 0)
        return load_operator(loader, node);
    if (strcmp(name, "own-hosts") == 0)
        return load_children(loader, node, load_own_host);
    if (strcmp(name, "trusted-receivers") == 0)
        return load_children(loader, node, load_receiver);
    if (strcmp(name, "signing-domains") == 0)
        return load_children(loader, node, load_signing_domain);
    if (strcmp(name, "block-lists") == 0)
        return load_children(loader, node, load_block_list);
    if (strcmp(name, "score") == 0)
        return load_score(loader, node);
    if (strcmp(name, "house") == 0)
        return load_house(loader, node);
    g_free(loader->profile->rule_profile);
    loader->profile->rule_profile = attribute(node, "profile");
    return load_children(loader, node, load_rule);
}

static bool load(Loader *loader)
{
    g_autoptr(xmlDoc) doc = profile_schema_read(loader->path, loader->error);
    return doc && load_children(loader, xmlDocGetRootElement(doc), load_section);
}

Profile *profile_load(const char *path, GError **error)
{
    Loader loader = {
        .path = path,
        .folder = g_path_get_dirname(path),
        .profile = profile_new_empty(),
        .domains = g_array_new(FALSE, TRUE, sizeof(SigningDomain)),
        .settings = g_array_new(FALSE, TRUE, sizeof(RuleSetting)),
        .hosts = g_ptr_array_new(),
        .receivers = g_ptr_array_new(),
        .seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL),
        .error = error,
    };
    bool ok = load(&loader);
    Profile *profile = loader.profile;
    profile->path = g_strdup(path);
    profile->n_domains = loader.domains->len;
    profile->domains = (SigningDomain *)(void *)g_array_free(loader.domains, FALSE);
    profile->n_settings = loader.settings->len;
    profile->settings = (RuleSetting *)(void *)g_array_free(loader.settings, FALSE);
    g_ptr_array_add(loader.hosts, NULL);
    g_ptr_array_add(loader.receivers, NULL);
    g_strfreev(profile->own_hosts);
    g_strfreev(profile->trusted_receivers);
    profile->own_hosts = (char **)g_ptr_array_free(loader.hosts, FALSE);
    profile->trusted_receivers = (char **)g_ptr_array_free(loader.receivers, FALSE);
    g_hash_table_destroy(loader.seen);
    g_free(loader.folder);
    if (ok)
        return profile;
    profile_free(profile);
    return NULL;
}
