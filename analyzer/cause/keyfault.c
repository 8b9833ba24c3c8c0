#include "analyzer/cause/keyfault.h"

#include "analyzer/base/domain.h"
#include "analyzer/cause/keyplaces.h"
#include "analyzer/cause/keyrepair.h"
#include "analyzer/cause/rsaoracle.h"

#include <string.h>

/* Everything one search works with. */
typedef struct Fault {
    const CauseInput *input;
    const DkimSignature *signature;
    Budget *budget;
    KeyFound *found;
    RsaOracle *oracle;
    GByteArray *value; /* b= as it stands, NULL when it cannot be decoded */
} Fault;

static void add_shown(Fault *fault, const char *id, char *detail)
{
    Cause *cause = cause_add(fault->found->causes, id, CAUSE_SHOWN);
    cause->detail = detail;
    cause->hypotheses = fault->budget->hypotheses;
}

static Cause *add_proven(Fault *fault, const char *id, char *detail)
{
    Cause *cause = cause_add(fault->found->causes, id, CAUSE_PROVEN);
    cause->detail = detail;
    cause->hypotheses = fault->budget->hypotheses;
    fault->found->class = cause->kind->side == CAUSE_KEY ? CAUSE_CLASS_KEY : CAUSE_CLASS_SIGNATURE;
    return cause;
}

/* --- does this key, with this value, make the signature? --- */

/* RSA: the padding tells, whatever became of the header fields. Ed25519: only an unchanged header
 * can tell. */
static bool verifies(Fault *fault, const Pubkey *key, const GByteArray *value)
{
    const DkimSignature *signature = fault->signature;
    KeyFound *found = fault->found;
    if (!key || !value)
        return false;
    if (pubkey_type(key) == KEY_TYPE_ED25519)
        return signature->key_type == KEY_TYPE_ED25519 &&
               budget_spend(fault->budget, BUDGET_ED25519_OCTETS) &&
               pubkey_verify(key, HASH_SHA256, signature->header_digest, value->data, value->len);
    if (signature->key_type != KEY_TYPE_RSA || !budget_spend(fault->budget, BUDGET_RSA_OCTETS))
        return false;
    if (pubkey_recover(key, value->data, value->len, &found->hash, found->digest) != RECOVER_OK)
        return false;
    found->recovered = true;
    return true;
}

static GByteArray *decode(const char *base64)
{
    GByteArray *octets = NULL;
    return bytes_base64_decode(span_str(base64), &octets) ? octets : NULL;
}

static Pubkey *key_of_p(const Fault *fault, const char *p_value, size_t *announced, size_t *have)
{
    Pubkey *key = NULL;
    g_autoptr(GByteArray) der = decode(p_value);
    *announced = *have = 0;
    if (!der)
        return NULL;
    *have = der->len;
    pubkey_from_der(fault->signature->key_type, der->data, der->len, &key, announced);
    return key;
}

/* Takes the key over when the signature is its work. */
static bool accept(Fault *fault, Pubkey *key, const char *p_value)
{
    if (!verifies(fault, key, fault->value)) {
        pubkey_free(key);
        return false;
    }
    fault->found->key = key;
    const char *type = fault->signature->key_type == KEY_TYPE_ED25519 ? "ed25519" : "rsa";
    fault->found->record = g_strdup_printf("v=DKIM1; k=%s; p=%s", type, p_value);
    return true;
}

static bool accept_p(Fault *fault, const char *p_value)
{
    size_t announced, have;
    Pubkey *key = key_of_p(fault, p_value, &announced, &have);
    return key && accept(fault, key, p_value);
}

/* --- the record at the name itself --- */

static Span record_text(const DnsAnswer *answer, size_t i)
{
    return span_of(answer->records[i].text, answer->records[i].text_n);
}

static size_t record_count(const DnsAnswer *answer)
{
    return answer && answer->status == DNS_OK ? MIN(answer->n, DKIM_MAX_KEY_RECORDS) : 0;
}

static bool try_candidates(Fault *fault, const GPtrArray *candidates)
{
    for (guint i = 0; i < candidates->len; i++) {
        const KeyCandidate *candidate = g_ptr_array_index(candidates, i);
        if (accept_p(fault, candidate->p_value)) {
            add_proven(fault, candidate->kind, NULL);
            return true;
        }
    }
    return false;
}

/* Records as they are, for several of them; then each repaired; then joined. */
static bool try_published(Fault *fault)
{
    const DnsAnswer *answer = fault->signature->key_answer;
    size_t n = record_count(answer);
    g_autoptr(GPtrArray) candidates = key_candidates_new();
    g_autofree Span *texts = g_new(Span, n + 1);
    for (size_t i = 0; i < n; i++) {
        texts[i] = record_text(answer, i);
        guint before = candidates->len;
        key_repair_record(texts[i], candidates);
        /* A sound record that made the signature is only hidden by the others. */
        if (n > 1 && candidates->len > before) {
            KeyCandidate *own = g_ptr_array_index(candidates, before);
            if (strcmp(own->kind, "key-damaged") == 0)
                own->kind = "key-several-records";
        }
    }
    key_repair_split(texts, n, candidates);
    return try_candidates(fault, candidates);
}

/* --- other names in reach --- */

/* Selectors that products and manuals propose: the right key often stands at one of them after a
 * rotation. */
static const char *const usual_selectors[] = {
    "default", "dkim", "mail", "google",   "selector1",     "selector2", "s1", "s2", "k1",
    "k2",      "k3",   "key1", "key2",     "smtp",          "email",     "mx", "m1", "m2",
    "pm",      "dk",   "sig1", "mandrill", "everlytickey1",
};

static void add_name(GPtrArray *names, GPtrArray *kinds, char *name, const char *kind)
{
    for (guint i = 0; i < names->len; i++) {
        if (strcmp(g_ptr_array_index(names, i), name) == 0) {
            g_free(name);
            return;
        }
    }
    g_ptr_array_add(names, name);
    g_ptr_array_add(kinds, (void *)kind);
}

/* "s2" and "s2023" after "s1" and "s2024": numbers at the end of a selector count on. */
static void add_neighbours(GPtrArray *names, GPtrArray *kinds, const char *selector,
                           const char *domain)
{
    size_t stem = strlen(selector);
    while (stem > 0 && g_ascii_isdigit(selector[stem - 1]))
        stem--;
    uint64_t number = 0;
    bool numbered = span_to_uint64(span_str(selector + stem), 8, &number);
    for (uint64_t step = 1; numbered && step <= 2; step++) {
        add_name(names, kinds,
                 g_strdup_printf("%.*s%" G_GUINT64_FORMAT "._domainkey.%s", (int)stem, selector,
                                 number + step, domain),
                 "key-other-selector");
        if (number >= step)
            add_name(names, kinds,
                     g_strdup_printf("%.*s%" G_GUINT64_FORMAT "._domainkey.%s", (int)stem, selector,
                                     number - step, domain),
                     "key-other-selector");
    }
}

static void add_misplaced(GPtrArray *names, GPtrArray *kinds, const char *selector,
                          const char *domain)
{
    g_autoptr(GArray) places = key_places(selector, domain);
    for (guint i = 0; i < places->len; i++) {
        const KeyPlace *place = &g_array_index(places, KeyPlace, i);
        add_name(names, kinds, g_strdup(place->name),
                 place->fault == KEY_PLACE_DOUBLED ? "key-doubled-domain" : "key-misplaced");
    }
}

static void names_in_reach(const Fault *fault, GPtrArray *names, GPtrArray *kinds)
{
    const DkimSignature *signature = fault->signature;
    const char *selector = signature->selector, *domain = signature->domain;
    const DnsAnswer *answer = signature->key_answer;
    for (size_t i = 0; i < record_count(answer); i++) {
        char *target = key_repair_name_in_text(record_text(answer, i));
        if (target)
            add_name(names, kinds, target, "key-cname-in-txt");
    }
    add_misplaced(names, kinds, selector, domain);
    for (size_t i = 0; i < fault->input->profile->n_domains; i++) {
        const SigningDomain *configured = &fault->input->profile->domains[i];
        if (domain_equal(configured->domain, domain))
            add_name(names, kinds,
                     g_strdup_printf("%s._domainkey.%s", configured->selector, domain),
                     "key-other-selector");
    }
    add_neighbours(names, kinds, selector, domain);
    for (size_t i = 0; i < G_N_ELEMENTS(usual_selectors); i++)
        add_name(names, kinds, g_strdup_printf("%s._domainkey.%s", usual_selectors[i], domain),
                 "key-other-selector");
    g_auto(GStrv) known = dns_session_names_below(fault->input->dns, domain);
    for (char **name = known; *name; name++) {
        bool selector_name = strstr(*name, "._domainkey.") != NULL;
        add_name(names, kinds, g_strdup(*name),
                 selector_name ? "key-other-selector" : "key-misplaced");
    }
}

static bool try_record_at(Fault *fault, Span text)
{
    KeyRecord *record = key_record_parse(text);
    bool found = false;
    if (record->key) {
        g_autofree char *p_value = pubkey_p_value(record->key);
        found = accept_p(fault, p_value);
    }
    key_record_free(record);
    return found;
}

static bool try_names(Fault *fault)
{
    const DkimSignature *signature = fault->signature;
    if (!signature->domain || !signature->selector)
        return false;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GPtrArray) kinds = g_ptr_array_new();
    names_in_reach(fault, names, kinds);
    for (guint i = 0; i < names->len; i++)
        dns_prefetch(fault->input->dns, g_ptr_array_index(names, i), DNS_TXT);
    for (guint i = 0; i < names->len; i++) {
        const DnsAnswer *answer = dns_ask(fault->input->dns, g_ptr_array_index(names, i), DNS_TXT);
        for (size_t j = 0; j < record_count(answer); j++) {
            if (try_record_at(fault, record_text(answer, j))) {
                add_proven(fault, g_ptr_array_index(kinds, i),
                           g_strdup(g_ptr_array_index(names, i)));
                return true;
            }
        }
    }
    return false;
}

/* Of the entries of the signature's domain, or of all others. */
static bool try_entries(Fault *fault, bool of_domain, const char *kind)
{
    const Profile *profile = fault->input->profile;
    for (size_t i = 0; i < profile->n_domains; i++) {
        const SigningDomain *configured = &profile->domains[i];
        if (domain_equal(configured->domain, fault->signature->domain) != of_domain ||
            !configured->p_value || !accept_p(fault, configured->p_value))
            continue;
        add_proven(fault, kind,
                   g_strdup_printf("%s._domainkey.%s", configured->selector, configured->domain));
        return true;
    }
    return false;
}

/* A configured key that made the signature: what is published is another one, or nothing. Several
 * domains may have one key; then it is that of the signature's domain. */
static bool try_configured(Fault *fault)
{
    bool missing = fault->signature->key == DKIM_KEY_MISSING;
    return try_entries(fault, true, missing ? "key-missing" : "key-configured") ||
           try_entries(fault, false, "key-of-another-domain");
}

/* --- b= itself --- */

/* b= as written, folds taken out; single spaces inside lines stay, because "+" may have become one.
 */
static GString *written_value(const Fault *fault)
{
    const Tag *tag = taglist_find(&fault->signature->tags, "b");
    GString *out = g_string_new(NULL);
    for (size_t i = 0; tag && i < tag->value.n; i++) {
        char c = tag->value.p[i];
        if (c != '\r' && c != '\n') {
            g_string_append_c(out, c);
            continue;
        }
        while (i + 1 < tag->value.n && byte_is_fws(tag->value.p[i + 1]))
            i++;
    }
    return out;
}

static bool accept_value(Fault *fault, const Pubkey *key, GByteArray *value, const char *id,
                         char *detail)
{
    if (!value || !verifies(fault, key, value)) {
        if (value)
            g_byte_array_unref(value);
        g_free(detail);
        return false;
    }
    fault->found->signature = value;
    add_proven(fault, id, detail);
    return true;
}

static char *translate(const char *text, const char *from, const char *to)
{
    char *out = g_strdup(text);
    for (char *c = out; *c; c++) {
        const char *at = strchr(from, *c);
        if (at)
            *c = to[at - from];
    }
    return out;
}

/* One character of b= exchanged, or one put back: every place, every character. */
static bool try_value_characters(Fault *fault, const Pubkey *key, const char *written)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strcspn(written, "="), octets = rsa_oracle_size(fault->oracle);
    size_t expected = (octets * 4 + 2) / 3;
    bool lost = n + 1 == expected;
    if (n != expected && !lost)
        return false;
    for (size_t i = 0; i < expected; i++) {
        g_autoptr(GString) trial = g_string_new_len(written, (gssize)n);
        if (lost)
            g_string_insert_c(trial, (gssize)i, 'A');
        for (const char *c = alphabet; *c; c++) {
            trial->str[i] = *c;
            g_autoptr(GByteArray) value = decode(trial->str);
            if (!budget_spend(fault->budget, BUDGET_RSA_OCTETS))
                return false;
            if (value && rsa_oracle_unpads(fault->oracle, value->data, value->len))
                return accept_value(fault, key, g_steal_pointer(&value),
                                    lost ? "signature-character-lost" : "signature-character",
                                    g_strdup_printf("%zu", i + 1));
        }
    }
    return false;
}

static bool try_value(Fault *fault, const Pubkey *key, bool exhaustive)
{
    if (!key || pubkey_type(key) != KEY_TYPE_RSA)
        return false;
    g_autofree char *p_value = pubkey_p_value(key);
    g_autoptr(GByteArray) der = decode(p_value);
    if (!der || !rsa_oracle_set_key(fault->oracle, der->data, der->len))
        return false;
    g_autoptr(GString) written = written_value(fault);
    g_autofree char *plus = translate(written->str, " ", "+");
    g_autofree char *standard = translate(written->str, "-_", "+/");
    if (strchr(written->str, ' ') &&
        accept_value(fault, key, decode(plus), "signature-plus-space", NULL))
        return true;
    if (strpbrk(written->str, "-_") &&
        accept_value(fault, key, decode(standard), "signature-url-safe", NULL))
        return true;
    g_autofree char *squeezed = g_strdup(written->str);
    size_t kept = 0;
    for (size_t i = 0; squeezed[i]; i++)
        if (!byte_is_wsp(squeezed[i]))
            squeezed[kept++] = squeezed[i];
    squeezed[kept] = '\0';
    return exhaustive && try_value_characters(fault, key, squeezed);
}

/* --- one character of p= --- */

static bool try_p_at(Fault *fault, GString *trial, size_t i, char c)
{
    trial->str[i] = c;
    g_autoptr(GByteArray) der = decode(trial->str);
    if (!der || !budget_spend(fault->budget, BUDGET_RSA_OCTETS) ||
        !rsa_oracle_set_key(fault->oracle, der->data, der->len) ||
        !rsa_oracle_unpads(fault->oracle, fault->value->data, fault->value->len) ||
        !accept_p(fault, trial->str))
        return false;
    add_proven(fault, "key-character", g_strdup_printf("%zu", i + 1));
    return true;
}

/* Letters that people and forms confuse are tried at every place before anything else is. */
static char likely_slip(char c, int which)
{
    static const char pairs[] = "lI1l0OO0Il5SS5";
    if (which == 0)
        return (char)(g_ascii_islower(c) ? g_ascii_toupper(c) : g_ascii_tolower(c));
    for (size_t i = 0; pairs[i]; i += 2)
        if (pairs[i] == c && which == 1)
            return pairs[i + 1];
    return c;
}

static bool try_p_exchanged(Fault *fault, const char *p_value)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    g_autoptr(GString) trial = g_string_new(p_value);
    for (int which = 0; which < 2; which++) {
        for (size_t i = 0; i < trial->len; i++) {
            char c = likely_slip(p_value[i], which);
            if (c != p_value[i] && try_p_at(fault, trial, i, c))
                return true;
            trial->str[i] = p_value[i];
        }
    }
    for (size_t i = 0; i < trial->len; i++) {
        for (const char *c = alphabet; *c; c++)
            if (*c != p_value[i] && try_p_at(fault, trial, i, *c))
                return true;
        trial->str[i] = p_value[i];
    }
    return false;
}

static bool try_p_lost(Fault *fault, const char *p_value)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t n = strlen(p_value);
    for (size_t i = 0; i <= n; i++) {
        g_autoptr(GString) trial = g_string_new(p_value);
        g_string_insert_c(trial, (gssize)i, 'A');
        for (const char *c = alphabet; *c; c++)
            if (try_p_at(fault, trial, i, *c))
                return true;
    }
    return false;
}

static bool try_p_doubled(Fault *fault, const char *p_value)
{
    for (size_t i = 0; p_value[i]; i++) {
        g_autoptr(GString) trial = g_string_new(p_value);
        g_string_erase(trial, (gssize)i, 1);
        char next = trial->str[MIN(i, trial->len - 1)];
        if (try_p_at(fault, trial, MIN(i, trial->len - 1), next))
            return true;
    }
    return false;
}

static bool try_p_characters(Fault *fault)
{
    const DnsAnswer *answer = fault->signature->key_answer;
    if (!fault->value || fault->signature->key_type != KEY_TYPE_RSA || record_count(answer) != 1)
        return false;
    g_autoptr(GPtrArray) candidates = key_candidates_new();
    key_repair_record(record_text(answer, 0), candidates);
    if (candidates->len == 0)
        return false;
    const char *p_value = ((KeyCandidate *)g_ptr_array_index(candidates, 0))->p_value;
    return try_p_exchanged(fault, p_value) || try_p_doubled(fault, p_value) ||
           try_p_lost(fault, p_value);
}

/* --- what can be shown without a proof --- */

static const char *id_of_record(const KeyRecord *record)
{
    switch (record->state) {
    case KEY_REVOKED:
        return "key-revoked";
    case KEY_NOT_A_KEY:
        return "key-foreign-record";
    case KEY_NO_P:
        return "key-no-p-tag";
    case KEY_BAD_VERSION:
        return "key-version";
    case KEY_SYNTAX:
        return "key-syntax";
    case KEY_UNKNOWN_TYPE:
        return "key-type";
    case KEY_BAD_KEY:
        return key_record_is_cut(record) ? "key-truncated" : "key-damaged";
    case KEY_VALID:
        break;
    }
    return NULL;
}

static void show_record(Fault *fault)
{
    const DnsAnswer *answer = fault->signature->key_answer;
    for (size_t i = 0; i < record_count(answer); i++) {
        KeyRecord *record = key_record_parse(record_text(answer, i));
        const char *id = id_of_record(record);
        g_autofree char *target = key_repair_name_in_text(record_text(answer, i));
        if (target)
            add_shown(fault, "key-cname-in-txt", g_steal_pointer(&target));
        else if (id)
            add_shown(
                fault, id,
                record->der_expected > record->p_octets
                    ? g_strdup_printf("%zu of %zu octets", record->p_octets, record->der_expected)
                    : NULL);
        key_record_free(record);
        if (id) {
            fault->found->class = CAUSE_CLASS_KEY;
            return;
        }
    }
}

/* The published key is well-formed and yet did not make this signature: its size may tell. */
static void show_other_key(Fault *fault)
{
    const DkimSignature *signature = fault->signature;
    if (signature->header != DKIM_HEADER_KEY_OR_VALUE)
        return;
    if (signature->recover == RECOVER_LENGTH &&
        cause_classify(signature) == CAUSE_CLASS_SIGNATURE) {
        add_shown(
            fault, "signature-truncated",
            g_strdup_printf("%u octets", signature->signature ? signature->signature->len : 0));
        fault->found->class = CAUSE_CLASS_SIGNATURE;
        return;
    }
    bool other_size = signature->recover == RECOVER_LENGTH;
    add_shown(fault, other_size ? "key-other-size" : "key-other",
              other_size ? g_strdup_printf("b= is of a %u-bit key", signature->signature->len * 8)
                         : NULL);
    fault->found->class = CAUSE_CLASS_KEY;
}

static void show_fault(Fault *fault)
{
    const DnsAnswer *answer = fault->signature->key_answer;
    if (fault->signature->key == DKIM_KEY_MISSING) {
        bool dangling = answer && answer->cnames && answer->cnames[0];
        add_shown(fault, dangling ? "key-cname-dangling" : "key-missing",
                  dangling ? g_strdup(answer->cnames[0]) : NULL);
        fault->found->class = CAUSE_CLASS_KEY;
        return;
    }
    show_record(fault);
    if (fault->found->causes->len == 0)
        show_other_key(fault);
    if (fault->found->causes->len == 0 && !fault->value)
        add_shown(fault, "signature-damaged", NULL);
}

/* --- records that forbid what they verify --- */

static bool name_forbidden_use(Fault *fault)
{
    static const struct {
        unsigned problem;
        const char *id;
    } uses[] = {
        {DKIM_PROBLEM_KEY_HASH, "key-hash-excluded"},
        {DKIM_PROBLEM_KEY_SERVICE, "key-service-excluded"},
        {DKIM_PROBLEM_STRICT_IDENTITY, "key-strict-identity"},
        {DKIM_PROBLEM_KEY_TYPE, "key-type"},
    };
    const DkimSignature *signature = fault->signature;
    bool verifies_otherwise = signature->header == DKIM_HEADER_VERIFIES || signature->recovered;
    for (size_t i = 0; verifies_otherwise && i < G_N_ELEMENTS(uses); i++) {
        if (signature->problems & uses[i].problem) {
            add_proven(fault, uses[i].id, NULL);
            return true;
        }
    }
    return false;
}

static bool name_other_hash(Fault *fault)
{
    const DkimSignature *signature = fault->signature;
    if (signature->header != DKIM_HEADER_WRONG_HASH || !signature->recovered)
        return false;
    Cause *cause =
        add_proven(fault, "signature-other-hash", g_strdup(hash_name(signature->recovered_hash)));
    cause->hypotheses = 1;
    return true;
}

static const Pubkey *published_key(const DkimSignature *signature)
{
    for (size_t i = 0; i < signature->n_keys; i++)
        if (signature->keys[i]->key)
            return signature->keys[i]->key;
    return NULL;
}

static bool search_everything(Fault *fault)
{
    const Pubkey *published = published_key(fault->signature);
    return name_forbidden_use(fault) || name_other_hash(fault) || try_published(fault) ||
           try_value(fault, published, false) || try_configured(fault) || try_names(fault) ||
           try_value(fault, published, true) || try_p_characters(fault);
}

void keyfault_search(const CauseInput *input, Budget *budget, KeyFound *found)
{
    const DkimSignature *signature = input->signature;
    *found = (KeyFound){.class = CAUSE_CLASS_UNKNOWN, .causes = causes_new()};
    Fault fault = {.input = input,
                   .signature = signature,
                   .budget = budget,
                   .found = found,
                   .oracle = rsa_oracle_new(),
                   .value = signature->signature};
    if (signature->key != DKIM_KEY_UNAVAILABLE && !search_everything(&fault))
        show_fault(&fault);
    rsa_oracle_free(fault.oracle);
}

void keyfault_found_clear(KeyFound *found)
{
    pubkey_free(found->key);
    if (found->signature)
        g_byte_array_unref(found->signature);
    g_free(found->record);
    if (found->causes)
        g_array_unref(found->causes);
    *found = (KeyFound){0};
}
