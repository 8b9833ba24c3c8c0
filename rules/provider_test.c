#include "rules/provider_test.h"

#include "rules/deciding.h"

#include <string.h>

/* What a predicate sees and says. */
typedef struct Asked {
    const Evidence *evidence;
    const Judgement *judgement;
    ProviderTestResult result;
} Asked;

const char *provider_state_name(ProviderState state)
{
    static const char *const names[] = {[PROVIDER_MET] = "met",
                                        [PROVIDER_NOT_MET] = "not-met",
                                        [PROVIDER_NOT_EVALUABLE] = "not-evaluable",
                                        [PROVIDER_NOT_APPLICABLE] = "not-applicable"};
    g_return_val_if_fail(state < G_N_ELEMENTS(names), "");
    return names[state];
}

static void met(Asked *asked)
{
    asked->result.state = PROVIDER_MET;
}

/* It stands in a cell of a table. Takes the escaped text over; cuts no character and no escape. */
static char *shortened(char *escaped)
{
    enum { MOST_OCTETS = 100, LONGEST_ESCAPE = 8 };
    size_t n = MOST_OCTETS;
    if (strlen(escaped) <= n)
        return escaped;
    while (n > 0 && ((unsigned char)escaped[n] & 0xC0) == 0x80)
        n--;
    for (size_t i = n - LONGEST_ESCAPE; i < n; i++)
        if (escaped[i] == '\\')
            n = i;
    g_autofree char *whole = escaped;
    return g_strdup_printf("%.*s...", (int)n, whole);
}

/* found: raw; NULL or empty: nothing to show. */
static void not_met(Asked *asked, const char *found)
{
    asked->result.state = PROVIDER_NOT_MET;
    asked->result.found = found && *found ? shortened(bytes_escape(span_str(found))) : NULL;
}

static void not_evaluable(Asked *asked, const char *missing)
{
    asked->result.state = PROVIDER_NOT_EVALUABLE;
    asked->result.missing = g_strdup(missing ? missing : "authentication");
}

static void not_applicable(Asked *asked)
{
    asked->result.state = PROVIDER_NOT_APPLICABLE;
}

static void rests_on(Asked *asked, const EnvelopeFact *fact)
{
    if (asked->result.state == PROVIDER_MET || asked->result.state == PROVIDER_NOT_MET)
        asked->result.inferred |= envelope_certainty(fact) == CERTAINTY_INFERRED;
}

/* --- what rules of the catalogue say --- */

static bool is_one_of(const char *id, const char *const *ids)
{
    while (*ids && strcmp(*ids, id) != 0)
        ids++;
    return *ids != NULL;
}

/* A failure that is certain says more than one that is inferred. */
static const Finding *weightiest(const Finding *a, const Finding *b)
{
    static const unsigned rank[] = {[OUTCOME_FAIL] = 3,
                                    [OUTCOME_NOT_EVALUABLE] = 2,
                                    [OUTCOME_PASS] = 1,
                                    [OUTCOME_NOT_APPLICABLE] = 0};
    if (!a || rank[b->outcome] > rank[a->outcome])
        return b;
    bool firmer = a->certainty == CERTAINTY_INFERRED && b->certainty != CERTAINTY_INFERRED;
    return a->outcome == OUTCOME_FAIL && b->outcome == OUTCOME_FAIL && firmer ? b : a;
}

/* Met when none of the rules fails. shown: the argument that tells what there is, or NULL. */
static void ask_rules(Asked *asked, const char *const *ids, const char *shown)
{
    const Finding *decisive = NULL;
    for (size_t i = 0; i < asked->judgement->n; i++) {
        const Finding *finding = &asked->judgement->findings[i];
        if (is_one_of(finding->rule->id, ids))
            decisive = weightiest(decisive, finding);
    }
    if (!decisive || decisive->outcome == OUTCOME_NOT_APPLICABLE) {
        not_applicable(asked);
    } else if (decisive->outcome == OUTCOME_NOT_EVALUABLE) {
        not_evaluable(asked, finding_argument(decisive, "missing"));
    } else if (decisive->outcome == OUTCOME_PASS) {
        met(asked);
    } else {
        const char *found = shown ? finding_argument(decisive, shown) : NULL;
        asked->result.state = PROVIDER_NOT_MET;
        asked->result.found = found && strcmp(found, "-") != 0 ? shortened(g_strdup(found)) : NULL;
        asked->result.inferred = decisive->certainty == CERTAINTY_INFERRED;
    }
}

static void from_exists(Asked *asked)
{
    static const char *const rules[] = {"dmarc-author-exists", NULL};
    ask_rules(asked, rules, "domain");
}

static void message_id(Asked *asked)
{
    static const char *const rules[] = {"message-id", NULL};
    ask_rules(asked, rules, "found");
}

static void message_format(Asked *asked)
{
    static const char *const rules[] = {"message-from-present", "message-from-single",
                                        "message-date-present", "message-duplicate-fields", NULL};
    ask_rules(asked, rules, "field");
}

/* RFC 5322 allows several addresses, of one domain as well; that is not what is asked. */
static void from_single(Asked *asked)
{
    static const char *const rules[] = {"message-from-present", "message-from-single",
                                        "dmarc-author-single", NULL};
    ask_rules(asked, rules, NULL);
    if (asked->result.state == PROVIDER_MET && asked->evidence->mime->from.n > 1)
        not_met(asked, NULL);
}

static void ptr(Asked *asked)
{
    static const char *const rules[] = {"transport-reverse-dns", NULL};
    ask_rules(asked, rules, NULL);
    rests_on(asked, &asked->evidence->envelope->client_ip);
}

static void fcrdns(Asked *asked)
{
    static const char *const rules[] = {"transport-reverse-dns", "transport-iprev", NULL};
    ask_rules(asked, rules, "host");
    rests_on(asked, &asked->evidence->envelope->client_ip);
}

static void helo_fqdn(Asked *asked)
{
    static const char *const rules[] = {"transport-helo-name", NULL};
    ask_rules(asked, rules, "helo");
    rests_on(asked, &asked->evidence->envelope->helo);
}

static void bounces(Asked *asked)
{
    static const char *const rules[] = {"transport-bounces", NULL};
    ask_rules(asked, rules, "domain");
    rests_on(asked, &asked->evidence->envelope->mail_from);
}

static void list_unsubscribe(Asked *asked)
{
    static const char *const rules[] = {"message-list-unsubscribe", NULL};
    ask_rules(asked, rules, NULL);
}

static void one_click(Asked *asked)
{
    static const char *const rules[] = {"message-list-unsubscribe", "message-one-click",
                                        "message-one-click-signed", NULL};
    ask_rules(asked, rules, NULL);
}

/* --- SPF and DKIM --- */

/* Whether SPF says anything; when it does not, that is the answer. */
static bool spf_known(Asked *asked)
{
    const SpfCheck *spf = asked->evidence->spf;
    if (!spf->evaluable)
        not_evaluable(asked, spf->missing);
    else if (spf->result == SPF_TEMPERROR)
        not_evaluable(asked, "dns");
    return spf->evaluable && spf->result != SPF_TEMPERROR;
}

static void spf_is(Asked *asked, bool good)
{
    const SpfCheck *spf = asked->evidence->spf;
    if (!spf_known(asked))
        return;
    if (good)
        met(asked);
    else
        not_met(asked, spf_result_name(spf->result));
    asked->result.inferred = spf_certainty(asked->evidence) == CERTAINTY_INFERRED;
}

static void spf_pass(Asked *asked)
{
    spf_is(asked, spf_passes(asked->evidence));
}

static void spf_not_fail(Asked *asked)
{
    spf_is(asked, asked->evidence->spf->result != SPF_FAIL);
}

/* The fact for want of which a signature is open. */
static const char *dkim_missing(const Evidence *evidence)
{
    for (size_t i = 0; header_found(evidence) && i < signature_count(evidence); i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        if (signature->result == DKIM_TEMPERROR || signature->key == DKIM_KEY_UNAVAILABLE)
            return "dns";
    }
    const char *missing = authentication_missing(evidence);
    return strcmp(missing, "authentication") == 0 ? "body" : missing;
}

static void dkim_pass(Asked *asked)
{
    const Evidence *evidence = asked->evidence;
    if (signature_any_passes(evidence))
        met(asked);
    else if (signature_any_open(evidence) || !header_found(evidence))
        not_evaluable(asked, dkim_missing(evidence));
    else
        not_met(asked, dkim_result_name(evidence->dkim->result));
}

/* One pass will do. Without any, the question is open as long as DKIM is, and else what SPF says.
 */
static void spf_or_dkim(Asked *asked)
{
    Asked spf = *asked;
    spf_pass(&spf);
    dkim_pass(asked);
    bool by_dkim =
        asked->result.state == PROVIDER_MET ||
        (asked->result.state == PROVIDER_NOT_EVALUABLE && spf.result.state != PROVIDER_MET);
    provider_test_clear(by_dkim ? &spf.result : &asked->result);
    if (!by_dkim)
        asked->result = spf.result;
}

/* --- alignment and DMARC --- */

/* Without a single author domain there is none whose DMARC record could be asked for. */
static bool has_author(Asked *asked)
{
    const Evidence *evidence = asked->evidence;
    if (evidence->dmarc->author == DMARC_AUTHOR_ONE)
        return true;
    if (!header_found(evidence))
        not_evaluable(asked, "header");
    else if (evidence->dmarc->author == DMARC_AUTHOR_MISSING &&
             evidence->mime->state != MIME_PARSED)
        not_evaluable(asked, "mime");
    else
        not_applicable(asked);
    return false;
}

/* Then nothing is aligned with From either. */
static bool has_author_to_align(Asked *asked)
{
    if (has_author(asked))
        return true;
    if (asked->result.state == PROVIDER_NOT_APPLICABLE)
        not_met(asked, NULL);
    return false;
}

static const char *alignment_missing(const Evidence *evidence)
{
    return evidence->dmarc->rfc9989.result == DMARC_TEMPERROR ? "dns"
                                                              : authentication_missing(evidence);
}

static void dmarc_aligned(Asked *asked)
{
    const Evidence *evidence = asked->evidence;
    const Alignment *alignment = evidence->alignment;
    if (!has_author_to_align(asked))
        return;
    if (alignment->dkim_aligned || alignment->spf_aligned) {
        met(asked);
        asked->result.inferred =
            !alignment->dkim_aligned && spf_certainty(evidence) == CERTAINTY_INFERRED;
    } else if (alignment_open(evidence)) {
        not_evaluable(asked, alignment_missing(evidence));
    } else {
        not_met(asked, NULL);
    }
}

static bool aligned_signature_open(const Evidence *evidence)
{
    for (size_t i = 0; i < signature_count(evidence); i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        if (signature_aligned(evidence, signature) && signature_open(evidence, signature))
            return true;
    }
    return false;
}

static void dkim_aligned(Asked *asked)
{
    const Evidence *evidence = asked->evidence;
    if (!has_author_to_align(asked))
        return;
    bool organization_open =
        signature_any_passes(evidence) && evidence->dmarc->rfc9989.result == DMARC_TEMPERROR;
    if (evidence->alignment->dkim_aligned)
        met(asked);
    else if (organization_open)
        not_evaluable(asked, "dns");
    else if (aligned_signature_open(evidence))
        not_evaluable(asked, dkim_missing(evidence));
    else
        not_met(asked, NULL);
}

static void dmarc_record(Asked *asked)
{
    const DmarcCheck *dmarc = asked->evidence->dmarc;
    if (!has_author(asked))
        return;
    if (dmarc->rfc9989.record)
        met(asked);
    else if (dmarc->walk && dmarc->walk->temporary)
        not_evaluable(asked, "dns");
    else
        not_met(asked, NULL);
}

static bool asks_for(const DmarcVerdict *verdict, DmarcPolicy policy)
{
    return verdict->result == DMARC_FAIL && verdict->applied == policy;
}

/* Not met when the message fails and the domain asks for this. Without a record nothing is asked.
 * Which of the two standards a provider reads is not known: where they differ it is a guess. */
static void policy_is_not(Asked *asked, DmarcPolicy policy)
{
    const Evidence *evidence = asked->evidence;
    const DmarcVerdict *now = &evidence->dmarc->rfc9989, *before = &evidence->dmarc->rfc7489;
    if (!has_author(asked))
        return;
    if (now->result == DMARC_TEMPERROR) {
        not_evaluable(asked, "dns");
    } else if (!now->record) {
        not_applicable(asked);
    } else if (!asks_for(now, policy) && !asks_for(before, policy)) {
        met(asked);
    } else if (alignment_open(evidence)) {
        not_evaluable(asked, authentication_missing(evidence));
    } else {
        not_met(asked, dmarc_policy_name(policy));
        asked->result.inferred = asks_for(now, policy) != asks_for(before, policy);
    }
}

static void dmarc_reject(Asked *asked)
{
    policy_is_not(asked, DMARC_POLICY_REJECT);
}

static void dmarc_quarantine(Asked *asked)
{
    policy_is_not(asked, DMARC_POLICY_QUARANTINE);
}

/* --- keys --- */

static unsigned rsa_bits(const DkimSignature *signature)
{
    if (signature->key_index >= signature->n_keys)
        return 0;
    const Pubkey *key = signature->keys[signature->key_index]->key;
    return key && pubkey_type(key) == KEY_TYPE_RSA ? pubkey_bits(key) : 0;
}

/* The best of the signatures that decide; one without an RSA key has no such length. */
static void key_of(Asked *asked, unsigned bits)
{
    const Evidence *evidence = asked->evidence;
    unsigned best = 0;
    bool unknown = false;
    for (size_t i = 0; i < signature_count(evidence); i++) {
        const DkimSignature *signature = &evidence->dkim->signatures[i];
        if (!signature_decides(evidence, signature))
            continue;
        best = MAX(best, rsa_bits(signature));
        unknown |= signature->key == DKIM_KEY_UNAVAILABLE;
    }
    g_autofree char *found = g_strdup_printf("%u", best);
    if (best >= bits)
        met(asked);
    else if (unknown)
        not_evaluable(asked, "dns");
    else if (best == 0)
        not_applicable(asked);
    else
        not_met(asked, found);
}

static void key_1024(Asked *asked)
{
    key_of(asked, 1024);
}

static void key_2048(Asked *asked)
{
    key_of(asked, 2048);
}

/* --- the sending host --- */

enum { OCTETS = 4 };

/* "192-0-2-10.dsl.example" and "10.2.0.192.in.example" are made of the address 192.0.2.10. */
static bool is_made_of(const char *name, const unsigned octets[OCTETS])
{
    unsigned last[OCTETS] = {0}; /* numbers of the name, newest last */
    size_t seen = 0;
    for (const char *p = name; *p; p++) {
        if (!g_ascii_isdigit(*p))
            continue;
        char *end;
        guint64 number = g_ascii_strtoull(p, &end, 10);
        p = end - 1;
        memmove(last, last + 1, sizeof last - sizeof last[0]);
        last[OCTETS - 1] = (unsigned)MIN(number, G_MAXUINT);
        bool forward = true, backward = true;
        for (size_t i = 0; i < OCTETS; i++) {
            forward &= last[i] == octets[i];
            backward &= last[i] == octets[OCTETS - 1 - i];
        }
        if (++seen >= OCTETS && (forward || backward))
            return true;
    }
    return false;
}

static bool is_generic(const char *name, const char *ip)
{
    unsigned octets[OCTETS];
    const char *p = ip;
    for (size_t i = 0; i < OCTETS; i++) {
        char *end;
        octets[i] = (unsigned)g_ascii_strtoull(p, &end, 10);
        if (end == p || *end != (i + 1 < OCTETS ? '.' : '\0')) { /* IPv6 */
            g_autofree char *dashed = g_strdelimit(g_strdup(ip), ":", '-');
            return strstr(name, dashed) != NULL;
        }
        p = end + 1;
    }
    return is_made_of(name, octets);
}

/* A name made of the address is what providers give to whoever asks for none; but it may be fixed
 * and meant, so it is a guess. */
static void ptr_own(Asked *asked)
{
    const Evidence *evidence = asked->evidence;
    const char *ip = evidence->envelope->client_ip.value;
    char *const *names = evidence->iprev->names;
    if (evidence->iprev->result == IPREV_NOT_EVALUABLE || !ip) {
        not_evaluable(asked, "client-ip");
        return;
    }
    if (evidence->iprev->result == IPREV_TEMPERROR && (!names || !names[0])) {
        not_evaluable(asked, "dns");
        return;
    }
    if (!names || !names[0]) {
        not_applicable(asked);
        return;
    }
    bool own = false;
    for (char *const *name = names; *name && !own; name++)
        own = !is_generic(*name, ip);
    if (own)
        met(asked);
    else
        not_met(asked, names[0]);
    rests_on(asked, &evidence->envelope->client_ip);
    asked->result.inferred |= !own;
}

static const Hop *border(const Envelope *envelope)
{
    for (size_t i = 0; i < envelope->n_hops; i++)
        if (envelope->hops[i].border)
            return &envelope->hops[i];
    return NULL;
}

/* Without TLS here the server may still use it where it is offered. */
static void tls(Asked *asked)
{
    const Hop *hop = border(asked->evidence->envelope);
    const char *with = hop ? hop->received->with : NULL;
    if (hop && hop->received->tls) {
        met(asked);
        asked->result.inferred = !hop->trusted;
    } else if (with && (span_starts_nocase(span_str(with), "ESMTP") ||
                        span_starts_nocase(span_str(with), "SMTP"))) {
        not_met(asked, with);
        asked->result.inferred = true;
    } else {
        not_evaluable(asked, "trace");
    }
}

/* --- the text --- */

static bool offers_unsubscribing(const char *text)
{
    static const char *const words[] = {"unsubscribe", "opt out",         "opt-out",  "afmeld",
                                        "meld je af",  "uitschrij",       "abmeld",   "abbestell",
                                        "desabonn",    "d\xc3\xa9sabonn", "disiscri", "cancelar"};
    g_autofree char *lower = g_ascii_strdown(text, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(lower, words[i]))
            return true;
    return false;
}

/* By its words: a guess either way. */
static void unsubscribe_link(Asked *asked)
{
    const Evidence *evidence = asked->evidence;
    const Mime *mime = evidence->mime;
    bool any = false, offered = false;
    for (size_t i = 0; i < mime->n_parts && !offered; i++) {
        any |= mime->parts[i].text != NULL;
        offered = mime->parts[i].text && offers_unsubscribing(mime->parts[i].text);
    }
    if (evidence->headers_only || !any) {
        not_evaluable(asked, evidence->headers_only ? "body" : "mime");
        return;
    }
    if (offered)
        met(asked);
    else
        not_met(asked, NULL);
    asked->result.inferred = true;
}

/* --- all of them --- */

static const struct {
    const char *id;
    void (*ask)(Asked *asked);
} tests[] = {
    {"spf-or-dkim", spf_or_dkim},
    {"spf-pass", spf_pass},
    {"spf-not-fail", spf_not_fail},
    {"dkim-pass", dkim_pass},
    {"dkim-aligned", dkim_aligned},
    {"key-1024", key_1024},
    {"key-2048", key_2048},
    {"dmarc-record", dmarc_record},
    {"dmarc-aligned", dmarc_aligned},
    {"dmarc-reject", dmarc_reject},
    {"dmarc-quarantine", dmarc_quarantine},
    {"from-single", from_single},
    {"from-exists", from_exists},
    {"message-id", message_id},
    {"message-format", message_format},
    {"ptr", ptr},
    {"fcrdns", fcrdns},
    {"ptr-own", ptr_own},
    {"helo-fqdn", helo_fqdn},
    {"tls", tls},
    {"bounces", bounces},
    {"list-unsubscribe", list_unsubscribe},
    {"one-click", one_click},
    {"unsubscribe-link", unsubscribe_link},
};

ProviderTestResult provider_test(const char *id, const Evidence *evidence,
                                 const Judgement *judgement)
{
    Asked asked = {evidence, judgement, {0}};
    for (size_t i = 0; i < G_N_ELEMENTS(tests); i++) {
        if (strcmp(tests[i].id, id) == 0) {
            tests[i].ask(&asked);
            return asked.result;
        }
    }
    g_error("test %s has no predicate", id);
}

void provider_test_clear(ProviderTestResult *result)
{
    g_free(result->missing);
    g_free(result->found);
    *result = (ProviderTestResult){0};
}

bool provider_test_check(const Providers *providers, GError **error)
{
    for (size_t i = 0; i < providers->n_tests; i++) {
        bool found = false;
        for (size_t j = 0; j < G_N_ELEMENTS(tests) && !found; j++)
            found = strcmp(tests[j].id, providers->tests[i].id) == 0;
        if (!found) {
            g_set_error(error, judge_error_quark(), 0, "test %s has no predicate",
                        providers->tests[i].id);
            return false;
        }
    }
    for (size_t j = 0; j < G_N_ELEMENTS(tests); j++) {
        bool found = false;
        for (size_t i = 0; i < providers->n_tests && !found; i++)
            found = strcmp(tests[j].id, providers->tests[i].id) == 0;
        if (!found) {
            g_set_error(error, judge_error_quark(), 0, "predicate %s has no test", tests[j].id);
            return false;
        }
    }
    return true;
}
