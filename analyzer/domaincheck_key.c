/* domaincheck_key.c - one key record: its state, and what exactly differs from what should stand
 * there. */
#include "analyzer/domaincheck_internal.h"

#include "analyzer/auth/dkim.h"
#include "analyzer/base/domain.h"
#include "analyzer/base/keypair.h"
#include "analyzer/base/taglist.h"
#include "analyzer/cause/keyplaces.h"
#include "analyzer/cause/keyrepair.h"

#include <string.h>

/* Beyond these, two keys are just two keys. The octets that all RSA keys of a size begin with are
 * no likeness. */
enum { MAX_SLIPS = 8, MIN_LIKENESS = 60, SHORT_BITS = 2048 };

/* A selector that nobody has: what answers to it answers to all. */
static const char *const nobody = "mailassay-nobody-has-this-selector";

static char *nobodys_name(const KeyCheck *check)
{
    return g_strconcat(nobody, "._domainkey.", check->domain, NULL);
}

void key_check_init(KeyCheck *check, const char *domain, const char *selector,
                    const SigningDomain *configured, const Pubkey *expected, DnsSession *dns)
{
    *check = (KeyCheck){
        .domain = domain,
        .selector = selector,
        .configured = configured,
        .expected = expected,
        .active = !configured || configured->active,
        .name = g_strconcat(selector, "._domainkey.", domain, NULL),
        .facts = domain_facts_new(),
    };
    dns_prefetch(dns, check->name, DNS_TXT);
}

/* Whether more has to be asked to say what is wrong. */
static bool is_to_be_explained(const KeyCheck *check)
{
    switch (check->publication) {
    case PUBLICATION_VALID:
    case PUBLICATION_UNKNOWN:
    case PUBLICATION_REVOKED:
    case PUBLICATION_UNCOMPARED:
        return false;
    default:
        return check->active;
    }
}

void key_check_ask(KeyCheck *check, DnsSession *dns)
{
    check->answer = dns_ask(dns, check->name, DNS_TXT);
    check->publication = publication_check(check->answer, check->expected, &check->published);
    if (!is_to_be_explained(check))
        return;
    g_autofree char *any = nobodys_name(check);
    dns_prefetch(dns, any, DNS_TXT);
    g_autoptr(GArray) places = key_places(check->selector, check->domain);
    for (guint i = 0; i < places->len; i++)
        dns_prefetch(dns, g_array_index(places, KeyPlace, i).name, DNS_TXT);
}

static Span text_at(const DnsAnswer *answer, size_t i)
{
    return span_of(answer->records[i].text, answer->records[i].text_n);
}

static size_t texts_of(const DnsAnswer *answer)
{
    return answer->status == DNS_OK ? MIN(answer->n, DKIM_MAX_KEY_RECORDS) : 0;
}

/* --- p= as published, against p= as it should be --- */

/* As in KeyCandidate: without padding. */
static char *expected_p(const KeyCheck *check)
{
    char *p_value = check->expected ? pubkey_p_value(check->expected) : NULL;
    if (p_value)
        p_value[strcspn(p_value, "=")] = '\0';
    return p_value;
}

static size_t common_start(const char *a, const char *b)
{
    size_t n = 0;
    while (a[n] && a[n] == b[n])
        n++;
    return n;
}

static size_t common_end(const char *a, size_t a_n, const char *b, size_t b_n)
{
    size_t n = 0;
    while (n < a_n && n < b_n && a[a_n - 1 - n] == b[b_n - 1 - n])
        n++;
    return n;
}

static bool explain_exchanged(KeyCheck *check, const char *is, const char *should)
{
    size_t slips = 0, first = 0;
    for (size_t i = 0; is[i]; i++)
        if (is[i] != should[i] && slips++ == 0)
            first = i + 1;
    if (slips == 0 || slips > MAX_SLIPS)
        return false;
    domain_fact_counted(check->facts, FACT_KEY_CHARACTERS, slips, first);
    return true;
}

/* True when it is our key, with something lost, added or exchanged. */
static bool explain_difference(KeyCheck *check, Span text, const char *is, const char *should)
{
    size_t n = strlen(is), m = strlen(should), start = common_start(is, should),
           end = common_end(is, n, should, m);
    if (n == m)
        return explain_exchanged(check, is, should);
    if (start < n && start + end < MIN(n, m))
        return false;
    if (start + end < MIN_LIKENESS)
        return false;
    if (n > m)
        domain_fact_counted(check->facts, FACT_KEY_PIECE_ADDED, n - m, start);
    else if (start < n)
        domain_fact_counted(check->facts, FACT_KEY_PIECE_LOST, m - n, start);
    else if (text.n % KEYPAIR_STRING_OCTETS == 0)
        domain_fact_counted(check->facts, FACT_KEY_CUT_AT_BORDER, m - n, text.n);
    else
        domain_fact_counted(check->facts, FACT_KEY_CUT, m - n, 0);
    return true;
}

/* How the text was damaged on its way into DNS, as far as it can be seen. */
static bool explain_dress(KeyCheck *check, const KeyCandidate *candidate, bool ours)
{
    static const struct {
        const char *kind;
        DomainFactId id;
    } visible[] = {
        {"key-pem", FACT_KEY_PEM},       {"key-escaped", FACT_KEY_ESCAPED},
        {"key-quoted", FACT_KEY_QUOTED}, {"key-url-safe", FACT_KEY_URL_SAFE},
        {"key-no-p-tag", FACT_KEY_NO_P},
    };
    for (size_t i = 0; i < G_N_ELEMENTS(visible); i++) {
        bool certain = ours || visible[i].id != FACT_KEY_NO_P;
        if (certain && strcmp(candidate->kind, visible[i].kind) == 0) {
            domain_fact_add(check->facts, visible[i].id);
            return true;
        }
    }
    if (!ours || check->published->state == KEY_VALID)
        return false;
    domain_fact_found(check->facts, FACT_KEY_TAGS, key_state_name(check->published->state));
    return true;
}

static bool is_private(const char *p_value)
{
    g_autoptr(GByteArray) der = NULL;
    return bytes_base64_decode(span_str(p_value), &der) && keypair_is_private(der->data, der->len);
}

/* A private key stays one when it is published as it was found in its file. */
static bool explain_private(KeyCheck *check, Span text, const char *p_value)
{
    bool armour = span_search(text, SPAN_LIT("PRIVATE KEY"), 0) < text.n;
    if (!armour && !(p_value && is_private(p_value)))
        return false;
    domain_fact_add(check->facts, FACT_KEY_PRIVATE);
    return true;
}

static bool explain_octets(KeyCheck *check)
{
    const KeyRecord *record = check->published;
    if (record->der_expected <= record->p_octets)
        return false;
    domain_fact_counted(check->facts, FACT_KEY_OCTETS_MISSING,
                        record->der_expected - record->p_octets, record->der_expected);
    return true;
}

/* True when the text itself says what happened to it. */
static bool explain_text(KeyCheck *check)
{
    Span text = span_of(check->published->text, check->published->text_n);
    g_autoptr(GPtrArray) candidates = key_candidates_new();
    key_repair_record(text, candidates);
    const KeyCandidate *candidate = candidates->len > 0 ? candidates->pdata[0] : NULL;
    if (explain_private(check, text, candidate ? candidate->p_value : NULL))
        return true;
    if (!candidate)
        return false;
    g_autofree char *should = expected_p(check);
    bool ours = should && strcmp(candidate->p_value, should) == 0;
    bool dressed = explain_dress(check, candidate, ours);
    if (ours)
        return dressed;
    if (should ? explain_difference(check, text, candidate->p_value, should)
               : explain_octets(check))
        return true;
    return dressed;
}

/* --- another key --- */

static char *key_name_of(const SigningDomain *entry)
{
    return g_strconcat(entry->selector, "._domainkey.", entry->domain, NULL);
}

/* Whose key is it? One of the same domain before one of another; of that, nothing but its name is
 * told. */
static bool explain_owner(KeyCheck *check, const Profile *profile, const Pubkey *key)
{
    const SigningDomain *owner = NULL;
    g_autofree char *p_value = pubkey_p_value(key);
    for (size_t i = 0; i < profile->n_domains; i++) {
        const SigningDomain *entry = &profile->domains[i];
        if (entry == check->configured || g_strcmp0(entry->p_value, p_value) != 0)
            continue;
        if (!owner || domain_equal(entry->domain, check->domain))
            owner = entry;
    }
    if (!owner)
        return false;
    bool same = domain_equal(owner->domain, check->domain);
    domain_fact_add(check->facts, same ? FACT_KEY_OF_SELECTOR : FACT_KEY_OF_DOMAIN)->object =
        key_name_of(owner);
    return true;
}

static void explain_kind(KeyCheck *check, const Pubkey *key)
{
    unsigned bits = pubkey_bits(key), should = check->expected ? pubkey_bits(check->expected) : 0;
    if (check->expected && pubkey_type(key) != pubkey_type(check->expected))
        domain_fact_found(check->facts, FACT_KEY_OTHER_TYPE, key_type_name(pubkey_type(key)));
    else if (check->expected && bits != should)
        domain_fact_counted(check->facts, FACT_KEY_OTHER_SIZE, bits, should);
    if (pubkey_type(key) == KEY_TYPE_RSA && bits < SHORT_BITS)
        domain_fact_counted(check->facts, FACT_KEY_SHORT, bits, SHORT_BITS);
}

/* --- a sound record --- */

/* RFC 6376 §2.10 allows them; some forms and some verifiers do not. */
static size_t blanks_in_p(const KeyRecord *record)
{
    TagList tags = taglist_parse(span_of(record->text, record->text_n));
    const Tag *p = taglist_find(&tags, "p");
    size_t n = 0;
    for (size_t i = 0; p && i < p->value.n; i++)
        if (byte_is_fws(p->value.p[i]))
            n++;
    taglist_clear(&tags);
    return n;
}

static void explain_tags(KeyCheck *check)
{
    const KeyRecord *record = check->published;
    size_t blanks = blanks_in_p(record);
    if (record->hashes_listed && !record->allows_sha256)
        domain_fact_add(check->facts, FACT_KEY_HASH_EXCLUDED);
    if (!record->allows_email)
        domain_fact_add(check->facts, FACT_KEY_SERVICE_EXCLUDED);
    if (record->testing)
        domain_fact_add(check->facts, FACT_KEY_TESTING);
    if (blanks > 0)
        domain_fact_counted(check->facts, FACT_KEY_SPACES, blanks, 0);
}

/* --- several records --- */

static bool record_is(Span text, const Pubkey *key)
{
    KeyRecord *record = key_record_parse(text);
    bool equal = key && record->key && pubkey_equal(record->key, key);
    key_record_free(record);
    return equal;
}

static Span *all_texts(const KeyCheck *check, size_t *n)
{
    *n = texts_of(check->answer);
    Span *texts = g_new(Span, *n + 1);
    for (size_t i = 0; i < *n; i++)
        texts[i] = text_at(check->answer, i);
    return texts;
}

/* Strings of one record that were entered as records of their own. */
static bool explain_split(KeyCheck *check)
{
    size_t n;
    g_autofree Span *texts = all_texts(check, &n);
    g_autofree char *should = expected_p(check);
    g_autoptr(GPtrArray) candidates = key_candidates_new();
    key_repair_split(texts, n, candidates);
    for (guint i = 0; should && i < candidates->len; i++) {
        if (strcmp(((const KeyCandidate *)candidates->pdata[i])->p_value, should) == 0) {
            domain_fact_counted(check->facts, FACT_KEY_SPLIT, n, 0);
            return true;
        }
    }
    return false;
}

static void explain_several(KeyCheck *check)
{
    size_t n;
    bool ours = false;
    g_autofree Span *texts = all_texts(check, &n);
    domain_fact_counted(check->facts, FACT_KEY_MULTIPLE, n, 0);
    for (size_t i = 0; i < n; i++) {
        explain_private(check, texts[i], NULL);
        ours |= record_is(texts[i], check->expected);
    }
    if (ours)
        domain_fact_counted(check->facts, FACT_KEY_AMONG_SEVERAL, n, 0);
    else
        explain_split(check);
}

/* --- elsewhere --- */

static bool same_texts(const DnsAnswer *a, const DnsAnswer *b)
{
    if (a->status != DNS_OK || b->status != DNS_OK || a->n != b->n)
        return false;
    for (size_t i = 0; i < a->n; i++)
        if (!span_equal(text_at(a, i), text_at(b, i)))
            return false;
    return true;
}

static bool explain_wildcard(KeyCheck *check, DnsSession *dns)
{
    g_autofree char *any = nobodys_name(check);
    if (!same_texts(check->answer, dns_ask(dns, any, DNS_TXT)))
        return false;
    domain_fact_add(check->facts, FACT_KEY_WILDCARD);
    return true;
}

static bool is_configured_name(const Profile *profile, const char *name)
{
    for (size_t i = 0; i < profile->n_domains; i++) {
        g_autofree char *own = key_name_of(&profile->domains[i]);
        if (strcmp(own, name) == 0)
            return true;
    }
    return false;
}

/* Without a key to know it by, only the two names that nobody means. */
static bool stands_at(const KeyCheck *check, const KeyPlace *place, DnsSession *dns)
{
    const DnsAnswer *answer = dns_ask(dns, place->name, DNS_TXT);
    bool unmeant = place->fault == KEY_PLACE_DOUBLED || place->fault == KEY_PLACE_NO_UNDERSCORE;
    for (size_t i = 0; i < texts_of(answer); i++) {
        if (check->expected ? record_is(text_at(answer, i), check->expected) : false)
            return true;
        KeyRecord *record =
            !check->expected && unmeant ? key_record_parse(text_at(answer, i)) : NULL;
        bool key = record && record->key;
        key_record_free(record);
        if (key)
            return true;
    }
    return false;
}

static void explain_place(KeyCheck *check, const Profile *profile, DnsSession *dns)
{
    static const DomainFactId ids[] = {
        [KEY_PLACE_DOUBLED] = FACT_KEY_DOUBLED_NAME,
        [KEY_PLACE_NO_UNDERSCORE] = FACT_KEY_NO_UNDERSCORE,
        [KEY_PLACE_LABEL] = FACT_KEY_OTHER_LABEL,
        [KEY_PLACE_LEVEL] = FACT_KEY_OTHER_LEVEL,
    };
    g_autoptr(GArray) places = key_places(check->selector, check->domain);
    for (guint i = 0; i < places->len; i++) {
        const KeyPlace *place = &g_array_index(places, KeyPlace, i);
        if (!stands_at(check, place, dns) || is_configured_name(profile, place->name))
            continue;
        domain_fact_add(check->facts, ids[place->fault])->object = g_strdup(place->name);
        return;
    }
}

/* --- by state --- */

static void explain_missing(KeyCheck *check)
{
    guint aliases = g_strv_length(check->answer->cnames);
    domain_fact_add(check->facts, FACT_KEY_MISSING);
    if (aliases > 0)
        domain_fact_found(check->facts, FACT_KEY_DANGLING, check->answer->cnames[aliases - 1]);
}

static void explain_malformed(KeyCheck *check)
{
    const KeyRecord *record = check->published;
    bool cut = check->publication == PUBLICATION_TRUNCATED;
    if (cut)
        domain_fact_add(check->facts, FACT_KEY_TRUNCATED);
    else
        domain_fact_found(check->facts, FACT_KEY_MALFORMED,
                          record->state == KEY_BAD_KEY ? pubkey_defect_name(record->pubkey_defect)
                                                       : key_state_name(record->state));
    Span text = span_of(record->text, record->text_n);
    g_autofree char *target = key_repair_name_in_text(text);
    if (target) {
        domain_fact_found(check->facts, FACT_KEY_NAME_IN_TEXT, target);
    } else if (!explain_split(check) && !explain_text(check) && record->state == KEY_NOT_A_KEY) {
        g_autofree char *shown = bytes_escape(text);
        domain_fact_found(check->facts, FACT_KEY_FOREIGN, shown);
    }
}

static void explain_mismatch(KeyCheck *check, const Profile *profile)
{
    domain_fact_add(check->facts, FACT_KEY_MISMATCH);
    if (!explain_owner(check, profile, check->published->key))
        explain_text(check);
    explain_kind(check, check->published->key);
    explain_tags(check);
}

static void explain_state(KeyCheck *check, const Profile *profile)
{
    switch (check->publication) {
    case PUBLICATION_UNKNOWN: {
        g_autofree char *trouble = domain_dns_trouble(check->answer);
        domain_fact_found(check->facts, FACT_KEY_UNKNOWN, trouble);
        return;
    }
    case PUBLICATION_VALID:
        domain_fact_add(check->facts, FACT_KEY_VALID);
        explain_kind(check, check->published->key);
        explain_tags(check);
        return;
    case PUBLICATION_UNCOMPARED:
        domain_fact_add(check->facts, FACT_KEY_UNCOMPARED);
        explain_owner(check, profile, check->published->key);
        explain_kind(check, check->published->key);
        explain_tags(check);
        return;
    case PUBLICATION_MISMATCH:
        explain_mismatch(check, profile);
        return;
    case PUBLICATION_MISSING:
        explain_missing(check);
        return;
    case PUBLICATION_MALFORMED:
    case PUBLICATION_TRUNCATED:
        explain_malformed(check);
        return;
    case PUBLICATION_MULTIPLE:
        explain_several(check);
        return;
    case PUBLICATION_REVOKED:
        domain_fact_add(check->facts, FACT_KEY_REVOKED);
        return;
    }
}

/* Of a domain that is switched off only one thing matters: whether it is still there. */
static void explain_inactive(KeyCheck *check)
{
    switch (check->publication) {
    case PUBLICATION_UNKNOWN:
        explain_state(check, NULL);
        return;
    case PUBLICATION_MISSING:
    case PUBLICATION_REVOKED:
        domain_fact_add(check->facts, FACT_KEY_INACTIVE_WITHDRAWN);
        return;
    default:
        domain_fact_add(check->facts, FACT_KEY_INACTIVE_PUBLISHED);
        if (check->published)
            explain_private(check, span_of(check->published->text, check->published->text_n), NULL);
    }
}

static void explain_configuration(KeyCheck *check)
{
    const SigningDomain *configured = check->configured;
    if (!configured) {
        domain_fact_add(check->facts, FACT_PROFILE_UNLISTED);
        return;
    }
    unsigned bits = configured->key ? pubkey_bits(configured->key) : configured->key_bits;
    if (check->active && configured->hash == HASH_SHA1)
        domain_fact_add(check->facts, FACT_PROFILE_SHA1);
    if (check->active && configured->key_type == KEY_TYPE_RSA && bits > 0 && bits < SHORT_BITS)
        domain_fact_counted(check->facts, FACT_PROFILE_SHORT, bits, SHORT_BITS);
}

void key_check_explain(KeyCheck *check, const Profile *profile, DnsSession *dns)
{
    if (!check->active) {
        explain_inactive(check);
        return;
    }
    explain_state(check, profile);
    if (is_to_be_explained(check)) {
        explain_wildcard(check, dns);
        explain_place(check, profile, dns);
    }
    explain_configuration(check);
}

void key_check_clear(KeyCheck *check)
{
    g_free(check->name);
    key_record_free(check->published);
    if (check->facts)
        g_array_unref(check->facts);
}

KeyCheck *keycheck(const Profile *profile, const char *domain, const char *selector,
                   const Pubkey *expected, DnsSession *dns)
{
    KeyCheck *check = g_new0(KeyCheck, 1);
    key_check_init(check, domain, selector, profile_find_selector(profile, domain, selector),
                   expected, dns);
    key_check_ask(check, dns);
    key_check_explain(check, profile, dns);
    return check;
}

void keycheck_free(KeyCheck *check)
{
    if (!check)
        return;
    key_check_clear(check);
    g_free(check);
}
