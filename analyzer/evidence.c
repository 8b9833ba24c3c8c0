#include "analyzer/evidence.h"

#include "analyzer/base/domain.h"

/* --- what the message says of its author --- */

/* RFC 9989 §4.5: one From field whose addresses share one domain, else there is no Author Domain.
 */
static DmarcAuthor author_of(const Source *source, const Mime *mime, const char **domain)
{
    *domain = NULL;
    size_t fields = source_field_count(source, "from");
    if (fields == 0)
        return DMARC_AUTHOR_MISSING;
    if (fields > 1)
        return DMARC_AUTHOR_SEVERAL;
    for (size_t i = 0; i < mime->from.n; i++) {
        const char *candidate = mime->from.items[i].domain;
        if (!candidate)
            continue;
        if (*domain && !domain_equal(*domain, candidate)) {
            *domain = NULL;
            return DMARC_AUTHOR_SEVERAL;
        }
        *domain = candidate;
    }
    return *domain ? DMARC_AUTHOR_ONE : DMARC_AUTHOR_MISSING;
}

static DmarcIdentifier *identifiers_of(const SpfCheck *spf, const DkimCheck *dkim, size_t *n)
{
    DmarcIdentifier *list = g_new0(DmarcIdentifier, dkim->n + 1);
    *n = 0;
    g_autofree char *spf_domain =
        spf->evaluable && spf->domain ? domain_normal(span_str(spf->domain)) : NULL;
    if (spf_domain)
        list[(*n)++] = (DmarcIdentifier){.domain = g_steal_pointer(&spf_domain),
                                         .passed = spf->result == SPF_PASS,
                                         .temporary = spf->result == SPF_TEMPERROR};
    for (size_t i = 0; i < dkim->n; i++) {
        const DkimSignature *signature = &dkim->signatures[i];
        if (signature->domain)
            list[(*n)++] = (DmarcIdentifier){.domain = g_strdup(signature->domain),
                                             .is_dkim = true,
                                             .passed = signature->result == DKIM_PASS,
                                             .temporary = signature->result == DKIM_TEMPERROR};
    }
    return list;
}

/* --- what the receiving side wrote --- */

static bool names_trusted_receiver(const Profile *profile, const Envelope *envelope,
                                   const char *authserv_id)
{
    if (!authserv_id)
        return false;
    for (char **name = profile->trusted_receivers; name && *name; name++)
        if (g_ascii_strcasecmp(*name, authserv_id) == 0)
            return true;
    return envelope->receiver.value &&
           g_ascii_strcasecmp(envelope->receiver.value, authserv_id) == 0;
}

static void collect_said(Evidence *evidence)
{
    const Source *source = evidence->source;
    evidence->said = g_new0(ReceiverSaid, source_field_count(source, "authentication-results") + 1);
    for (size_t i = 0; i < source->n_fields; i++) {
        if (!span_is_nocase(source->fields[i].name, "authentication-results"))
            continue;
        ReceiverSaid *said = &evidence->said[evidence->n_said++];
        said->field = i;
        said->authres = authres_parse(source->fields[i].value);
        said->trusted = names_trusted_receiver(evidence->profile, evidence->envelope,
                                               said->authres->authserv_id);
    }
}

/* --- why signatures fail --- */

/* A message may have many broken signatures: all searches together get a few times what one gets.
 */
enum { CAUSE_SEARCHES = 2 };

static SignatureCause search_cause(const EvidenceInput *input, const Evidence *evidence,
                                   const DkimSignature *signature, size_t index, uint64_t *left)
{
    CauseInput search = {.source = evidence->source,
                         .mime = evidence->mime,
                         .signature = signature,
                         .index = index,
                         .profile = input->profile,
                         .dns = input->dns,
                         .judged_at_s = evidence->judged_at_s,
                         .units = MIN(input->cause_units, *left)};
    return (SignatureCause){.report = cause_search(&search)};
}

static void charge(const CauseReport *report, uint64_t *left)
{
    *left -= MIN(*left, report->key_budget.spent + report->header_budget.spent +
                            report->body_budget.spent);
}

static bool same_keys(const DkimSignature *a, const DkimSignature *b)
{
    if (a->n_keys != b->n_keys)
        return false;
    for (size_t i = 0; i < a->n_keys; i++)
        if (!span_equal(span_of(a->keys[i]->text, a->keys[i]->text_n),
                        span_of(b->keys[i]->text, b->keys[i]->text_n)))
            return false;
    return true;
}

/* What is known of the same signature of the same copy, when it had the same key and came out the
 * same. */
static const SignatureCause *known_cause(const Evidence *known, const Evidence *evidence,
                                         const DkimSignature *signature, const DkimSignature *then,
                                         const SignatureCause *cause)
{
    bool same = span_equal(known->source->bytes, evidence->source->bytes) &&
                then->result == signature->result && then->key == signature->key &&
                then->header == signature->header && then->body == signature->body;
    return same && same_keys(then, signature) ? cause : NULL;
}

static SignatureCause find_cause(const EvidenceInput *input, const Evidence *evidence, size_t index,
                                 uint64_t *left)
{
    const Evidence *known = input->known;
    const DkimSignature *signature = &evidence->dkim->signatures[index];
    const SignatureCause *cause =
        known && index < known->dkim->n
            ? known_cause(known, evidence, signature, &known->dkim->signatures[index],
                          &known->causes[index])
            : NULL;
    if (cause)
        return (SignatureCause){.report = cause->report, .borrowed = true};
    SignatureCause found = search_cause(input, evidence, signature, index, left);
    copy_explain(evidence->copy, signature, found.report);
    found.report->class = copy_class_as_stored(evidence->copy, signature, found.report->class);
    return found;
}

static SignatureCause find_arc_cause(const EvidenceInput *input, const Evidence *evidence,
                                     size_t index, uint64_t *left)
{
    const Evidence *known = input->known;
    const DkimSignature *signature = &evidence->arc->sets[index].message;
    const SignatureCause *cause =
        known && index < known->arc->n && known->arc->sets[index].has_message
            ? known_cause(known, evidence, signature, &known->arc->sets[index].message,
                          &known->arc_causes[index])
            : NULL;
    return cause ? (SignatureCause){.report = cause->report, .borrowed = true}
                 : search_cause(input, evidence, signature, index, left);
}

static void collect_causes(Evidence *evidence, const EvidenceInput *input)
{
    uint64_t left = input->cause_units * CAUSE_SEARCHES;
    evidence->causes = g_new0(SignatureCause, evidence->dkim->n + 1);
    g_autofree TimelineWord *words = g_new0(TimelineWord, evidence->n_said + 1);
    for (size_t i = 0; i < evidence->n_said; i++)
        words[i] = (TimelineWord){evidence->said[i].field, evidence->said[i].authres,
                                  evidence->said[i].trusted};
    for (size_t i = 0; i < evidence->dkim->n; i++) {
        evidence->causes[i] = find_cause(input, evidence, i, &left);
        charge(evidence->causes[i].report, &left);
        evidence->causes[i].timeline =
            timeline_new(evidence->dkim, i, evidence->arc, words, evidence->n_said);
    }
    evidence->arc_causes = g_new0(SignatureCause, evidence->arc->n + 1);
    for (size_t i = 0; i < evidence->arc->n; i++) {
        if (!evidence->arc->sets[i].has_message)
            continue;
        evidence->arc_causes[i] = find_arc_cause(input, evidence, i, &left);
        charge(evidence->arc_causes[i].report, &left);
    }
}

static void free_causes(SignatureCause *causes, size_t n)
{
    for (size_t i = 0; causes && i < n; i++) {
        if (!causes[i].borrowed)
            cause_report_free(causes[i].report);
        timeline_free(causes[i].timeline);
    }
    g_free(causes);
}

/* --- DNS that only informs --- */

typedef struct Lookup {
    const char *prefix; /* put before the domain */
    DnsType type;
} Lookup;

enum { LOOKUP_MX, LOOKUP_TLS_RPT, LOOKUP_MTA_STS, LOOKUP_BIMI };
static const Lookup author_lookups[] = {
    [LOOKUP_MX] = {"", DNS_MX},
    [LOOKUP_TLS_RPT] = {"_smtp._tls.", DNS_TXT},
    [LOOKUP_MTA_STS] = {"_mta-sts.", DNS_TXT},
    [LOOKUP_BIMI] = {"default._bimi.", DNS_TXT},
};

static const DnsAnswer *author_ask(DnsSession *dns, size_t lookup, const char *domain)
{
    g_autofree char *name = g_strconcat(author_lookups[lookup].prefix, domain, NULL);
    return dns_ask(dns, name, author_lookups[lookup].type);
}

static void author_prefetch(DnsSession *dns, const char *domain)
{
    for (size_t i = 0; i < G_N_ELEMENTS(author_lookups); i++) {
        g_autofree char *name = g_strconcat(author_lookups[i].prefix, domain, NULL);
        dns_prefetch(dns, name, author_lookups[i].type);
    }
}

/* --- remarks on records --- */

static Lint *lint_key_of(const DkimSignature *signature)
{
    size_t index = signature->key_index < signature->n_keys ? signature->key_index : 0;
    if (signature->n_keys == 0)
        return NULL;
    const KeyRecord *record = signature->keys[index];
    return lint_key(signature->key_name, span_of(record->text, record->text_n));
}

static Lint *lint_dmarc_of(const DmarcRecord *record)
{
    g_autofree char *name = g_strconcat("_dmarc.", record->domain, NULL);
    return lint_dmarc(name, span_str(record->text));
}

/* What the walk met that wants to be a record, when none applies. */
static void lint_walk(RecordLint *lint, const DmarcWalk *walk)
{
    for (size_t i = 0; i < walk->n && !lint->dmarc; i++)
        if (walk->queries[i].record)
            lint->dmarc = lint_dmarc_of(walk->queries[i].record);
    for (size_t i = 0; i < walk->n && !lint->dmarc && !lint->dmarc_near; i++) {
        const DmarcQuery *query = &walk->queries[i];
        const DnsRecord *near = query->candidates == 0 ? lint_dmarc_near_miss(query->answer) : NULL;
        if (near)
            lint->dmarc_near = lint_new(query->answer->name, span_of(near->text, near->text_n));
    }
}

static void collect_lint(Evidence *evidence)
{
    RecordLint *lint = &evidence->lint;
    const SpfSurvey *survey = evidence->spf_survey;
    if (survey && survey->record && survey->record->text)
        lint->spf = lint_spf(survey->domain, span_str(survey->record->text));
    lint->keys = g_new0(Lint *, evidence->dkim->n + 1);
    for (size_t i = 0; i < evidence->dkim->n; i++)
        lint->keys[i] = lint_key_of(&evidence->dkim->signatures[i]);
    const DmarcRecord *applies = evidence->dmarc->rfc9989.record;
    if (applies)
        lint->dmarc = lint_dmarc_of(applies);
    else if (evidence->dmarc->walk)
        lint_walk(lint, evidence->dmarc->walk);
    lint->mta_sts = lint_mta_sts(evidence->mta_sts);
    lint->tls_rpt = lint_tls_rpt(evidence->tls_rpt);
    lint->bimi = lint_bimi(evidence->bimi);
}

static void lint_clear(RecordLint *lint, size_t n_signatures)
{
    for (size_t i = 0; lint->keys && i < n_signatures; i++)
        lint_free(lint->keys[i]);
    g_free(lint->keys);
    Lint *const others[] = {lint->spf,     lint->dmarc,   lint->dmarc_near,
                            lint->mta_sts, lint->tls_rpt, lint->bimi};
    for (size_t i = 0; i < G_N_ELEMENTS(others); i++)
        lint_free(others[i]);
}

/* --- collection --- */

/* What domain lists are asked about: the author's and the envelope's domain, NULL-terminated. */
typedef struct Named {
    const char *domains[3];
} Named;

static Named named_domains(const Evidence *evidence, const char *author_domain)
{
    Named named = {{NULL}};
    size_t n = 0;
    if (author_domain)
        named.domains[n++] = author_domain;
    if (evidence->envelope->mail_from_domain)
        named.domains[n++] = evidence->envelope->mail_from_domain;
    return named;
}

/* Everything that the message alone tells us to ask is asked before anybody waits. */
static void prefetch(const Evidence *evidence, const SpfInput *spf, const char *author_domain)
{
    DnsSession *dns = evidence->dns;
    dkim_prefetch(evidence->source, dns);
    arc_prefetch(evidence->source, dns);
    spf_prefetch(SPF_MAIL_FROM, spf, dns);
    spf_prefetch(SPF_HELO, spf, dns);
    iprev_prefetch(spf->ip, spf->helo, dns);
    Named named = named_domains(evidence, author_domain);
    blocklist_prefetch(evidence->profile, spf->ip, named.domains, dns);
    align_prefetch(evidence->profile, author_domain, evidence->envelope->mail_from_domain, dns);
    if (author_domain) {
        dmarc_prefetch(author_domain, dns);
        author_prefetch(dns, author_domain);
    }
    if (evidence->envelope->mail_from_domain) {
        dns_prefetch(dns, evidence->envelope->mail_from_domain, DNS_MX);
        dns_prefetch(dns, evidence->envelope->mail_from_domain, DNS_A);
    }
}

static void collect_informative(Evidence *evidence, const char *author_domain)
{
    DnsSession *dns = evidence->dns;
    const char *mail_from = evidence->envelope->mail_from_domain;
    if (mail_from) {
        evidence->mail_from_mx = dns_ask(dns, mail_from, DNS_MX);
        evidence->mail_from_a = dns_ask(dns, mail_from, DNS_A);
    }
    if (author_domain) {
        evidence->author_mx = author_ask(dns, LOOKUP_MX, author_domain);
        evidence->tls_rpt = author_ask(dns, LOOKUP_TLS_RPT, author_domain);
        evidence->mta_sts = author_ask(dns, LOOKUP_MTA_STS, author_domain);
        evidence->bimi = author_ask(dns, LOOKUP_BIMI, author_domain);
    }
}

/* x= and t= are a matter of the moment the message was received (RFC 6376 §3.5), not of the moment
 * it is read. */
static int64_t time_of_judgement(const EvidenceInput *input, const Envelope *envelope)
{
    if (input->now_given || !envelope->has_receipt_time)
        return input->now_s;
    return envelope->receipt_time_s;
}

static bool body_is_missing(const Source *source, const DkimCheck *dkim)
{
    if (!source->has_separator)
        return true;
    for (size_t i = 0; i < dkim->n; i++)
        if (dkim->signatures[i].body == DKIM_BODY_NOT_SUPPLIED)
            return true;
    return false;
}

/* What the include would cost, where it is missing. */
static void collect_spf_include(Evidence *evidence, const SpfInput *input)
{
    const char *include = evidence->profile->spf_include;
    const SpfSurvey *survey = evidence->spf_survey;
    if (include && survey->record->text && evidence->spf->evaluable &&
        evidence->spf->result != SPF_PASS && g_ascii_strcasecmp(include, survey->domain) != 0 &&
        !spf_survey_includes(survey, include))
        evidence->spf_include = spf_survey(include, input, evidence->dns);
}

/* What else could stand in a record that asks too much. */
static void collect_spf_hosts(Evidence *evidence)
{
    SpfSurvey *survey = evidence->spf_survey, *include = evidence->spf_include;
    unsigned lookups = survey->lookups + (include ? 1 + include->lookups : 0);
    unsigned voids = survey->voids + (include ? include->voids : 0);
    if (lookups <= SPF_MAX_LOOKUPS && voids <= SPF_MAX_VOID)
        return;
    spf_survey_hosts_prefetch(survey, evidence->dns);
    if (include)
        spf_survey_hosts(include, evidence->dns);
    spf_survey_hosts(survey, evidence->dns);
}

static void collect_spf(Evidence *evidence, const SpfInput *input)
{
    evidence->spf = spf_check(SPF_MAIL_FROM, input, evidence->dns);
    evidence->spf_helo = spf_check(SPF_HELO, input, evidence->dns);
    g_autofree char *domain =
        evidence->spf->domain ? domain_normal(span_str(evidence->spf->domain)) : NULL;
    if (!domain && evidence->envelope->mail_from_domain)
        domain = g_strdup(evidence->envelope->mail_from_domain);
    if (!domain)
        return;
    evidence->spf_survey = spf_survey(domain, input, evidence->dns);
    collect_spf_include(evidence, input);
    collect_spf_hosts(evidence);
}

Evidence *evidence_collect(const EvidenceInput *input)
{
    Evidence *evidence = g_new0(Evidence, 1);
    evidence->copy = input->read_as ? copy_like(input->read_as, input->source)
                                    : copy_choose(input->source, input->dns, input->now_s);
    evidence->source = evidence->copy->source;
    evidence->profile = input->profile;
    evidence->dns = input->dns;
    evidence->now_s = input->now_s;
    evidence->mime_borrowed = input->known && input->known->source == evidence->source;
    evidence->mime = evidence->mime_borrowed ? input->known->mime : mime_parse(evidence->source);
    evidence->html = html_read(evidence->mime);
    evidence->encoded_words = encodedword_check(evidence->source);
    evidence->envelope = envelope_infer(evidence->source, input->given,
                                        (const char *const *)input->profile->trusted_receivers);
    evidence->judged_at_s = time_of_judgement(input, evidence->envelope);

    const char *author_domain;
    DmarcAuthor author = author_of(evidence->source, evidence->mime, &author_domain);
    SpfInput spf = {.ip = evidence->envelope->client_ip.value,
                    .helo = evidence->envelope->helo.value,
                    .mail_from = evidence->envelope->mail_from.value,
                    .receiver = evidence->envelope->receiver.value,
                    .now_s = evidence->judged_at_s};
    prefetch(evidence, &spf, author_domain);

    evidence->dkim = dkim_check(evidence->source, input->dns, evidence->judged_at_s);
    evidence->headers_only = body_is_missing(evidence->source, evidence->dkim);
    evidence->arc = arc_check(evidence->source, input->dns, evidence->judged_at_s);
    collect_spf(evidence, &spf);
    evidence->iprev = iprev_check(spf.ip, spf.helo, input->dns);

    size_t n_identifiers;
    DmarcIdentifier *identifiers = identifiers_of(evidence->spf, evidence->dkim, &n_identifiers);
    evidence->dmarc =
        dmarc_check(author, author_domain, identifiers, n_identifiers, input->psl, input->dns);
    evidence->alignment = align_check(input->profile, evidence->envelope, evidence->dkim,
                                      evidence->spf, evidence->dmarc, input->dns);
    collect_said(evidence);
    collect_causes(evidence, input);
    collect_informative(evidence, author_domain);
    collect_lint(evidence);
    Named named = named_domains(evidence, author_domain);
    evidence->block_lists = blocklist_check(input->profile, spf.ip, named.domains, input->dns);
    return evidence;
}

void evidence_free(Evidence *evidence)
{
    if (!evidence)
        return;
    for (size_t i = 0; i < evidence->n_said; i++)
        authres_free(evidence->said[i].authres);
    g_free(evidence->said);
    lint_clear(&evidence->lint, evidence->dkim->n);
    blocklist_check_free(evidence->block_lists);
    free_causes(evidence->causes, evidence->dkim->n);
    free_causes(evidence->arc_causes, evidence->arc->n);
    alignment_free(evidence->alignment);
    dmarc_check_free(evidence->dmarc);
    iprev_check_free(evidence->iprev);
    spf_survey_free(evidence->spf_include);
    spf_survey_free(evidence->spf_survey);
    spf_check_free(evidence->spf_helo);
    spf_check_free(evidence->spf);
    arc_free(evidence->arc);
    dkim_check_free(evidence->dkim);
    envelope_free(evidence->envelope);
    html_free(evidence->html);
    if (!evidence->mime_borrowed)
        mime_free(evidence->mime);
    copy_free(evidence->copy);
    g_free(evidence);
}
