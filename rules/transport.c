#include "rules/deciding.h"
#include "rules/remark.h"

#include <string.h>

enum { MAX_HOPS = 100 }; /* hops looked at: whatever has more is reported for that alone */

/* --- the client: reverse DNS and HELO --- */

static void reverse_dns(const Evidence *evidence, IprevResult failing, Verdicts *out)
{
    const char *ip = evidence->envelope->client_ip.value;
    switch (evidence->iprev->result) {
    case IPREV_NOT_EVALUABLE:
        verdict_not_evaluable(out, "", "client-ip");
        return;
    case IPREV_TEMPERROR:
        verdict_not_evaluable(out, ip, "dns");
        return;
    case IPREV_PASS:
    case IPREV_FAIL:
    case IPREV_PERMERROR:
        break;
    }
    if (evidence->iprev->result != failing) {
        verdict_pass(out, ip);
        return;
    }
    char **names = evidence->iprev->names;
    verdict_fail(out, ip, envelope_certainty(&evidence->envelope->client_ip));
    verdict_argument(out, "client-ip", ip);
    verdict_argument(out, "host", names ? names[0] : NULL);
}

static void reverse_present(const Evidence *evidence, Verdicts *out)
{
    reverse_dns(evidence, IPREV_PERMERROR, out);
}

static void reverse_confirmed(const Evidence *evidence, Verdicts *out)
{
    reverse_dns(evidence, IPREV_FAIL, out);
}

static void helo_name(const Evidence *evidence, Verdicts *out)
{
    const Envelope *envelope = evidence->envelope;
    const char *helo = envelope->helo.value;
    if (!helo) {
        verdict_not_evaluable(out, "", "helo");
        return;
    }
    if (envelope->helo_domain && domain_labels(envelope->helo_domain) >= 2) {
        verdict_pass(out, helo);
        return;
    }
    verdict_fail(out, helo, envelope_certainty(&envelope->helo));
    verdict_argument(out, "helo", helo);
    verdict_argument(out, "client-ip", envelope->client_ip.value);
}

static void helo_resolves(const Evidence *evidence, Verdicts *out)
{
    const Envelope *envelope = evidence->envelope;
    bool named = envelope->helo_domain && domain_labels(envelope->helo_domain) >= 2;
    if (!named || !evidence->iprev->helo_checked)
        return;
    if (evidence->iprev->helo_resolves) {
        verdict_pass(out, envelope->helo_domain);
        return;
    }
    verdict_fail(out, envelope->helo_domain, envelope_certainty(&envelope->helo));
    verdict_argument(out, "helo", envelope->helo_domain);
}

/* --- the hops --- */

static size_t hops(const Evidence *evidence)
{
    return MIN(evidence->envelope->n_hops, (size_t)MAX_HOPS);
}

static void place_hop(const Evidence *evidence, const Hop *hop, Verdicts *out)
{
    if (hop->field >= evidence->source->n_fields)
        return;
    const Field *field = &evidence->source->fields[hop->field];
    verdict_place(out, field->offset, field->raw.n);
}

static const Hop *border(const Evidence *evidence)
{
    for (size_t i = 0; i < hops(evidence); i++)
        if (evidence->envelope->hops[i].border)
            return &evidence->envelope->hops[i];
    return NULL;
}

/* Local deliveries and hand-overs without a protocol word say nothing about TLS. */
static void tls(const Evidence *evidence, Verdicts *out)
{
    const Hop *hop = border(evidence);
    if (!hop || !hop->received->with)
        return;
    if (hop->received->tls) {
        verdict_pass(out, hop->received->by);
        return;
    }
    if (!span_starts_nocase(span_str(hop->received->with), "ESMTP") &&
        !span_starts_nocase(span_str(hop->received->with), "SMTP"))
        return;
    verdict_fail(out, hop->received->by, hop->trusted ? CERTAINTY_EVALUATED : CERTAINTY_INFERRED);
    verdict_argument(out, "receiver", hop->received->by);
    verdict_argument(out, "protocol", hop->received->with);
    place_hop(evidence, hop, out);
}

/* RFC 8996: gone are SSL 3, TLS 1.0 and TLS 1.1. */
static bool is_old_tls(const char *text)
{
    static const char *const old[] = {"SSLv3",  "TLSv1.0", "TLSv1.1", "TLSv1 ", "TLS1.0",
                                      "TLS1.1", "TLS1_0",  "TLS1_1",  "TLSv1/"};
    for (size_t i = 0; i < G_N_ELEMENTS(old); i++)
        if (strstr(text, old[i]))
            return true;
    return strcmp(text, "TLSv1") == 0;
}

static void tls_version(const Evidence *evidence, Verdicts *out)
{
    const Hop *hop = border(evidence);
    if (!hop || !hop->received->tls)
        return;
    if (!is_old_tls(hop->received->tls)) {
        verdict_pass(out, hop->received->by);
        return;
    }
    verdict_fail(out, hop->received->by, hop->trusted ? CERTAINTY_EVALUATED : CERTAINTY_INFERRED);
    verdict_argument(out, "receiver", hop->received->by);
    verdict_argument(out, "tls", hop->received->tls);
    place_hop(evidence, hop, out);
}

static const Hop *slowest(const Evidence *evidence)
{
    const Hop *worst = NULL;
    for (size_t i = 0; i < hops(evidence); i++) {
        const Hop *hop = &evidence->envelope->hops[i];
        if (hop->has_delay && (!worst || hop->delay_s > worst->delay_s))
            worst = hop;
    }
    return worst;
}

static void delay(const Evidence *evidence, Verdicts *out)
{
    enum { LONG_DELAY_S = 1800 };
    const Hop *hop = slowest(evidence);
    if (!hop)
        return;
    if (hop->delay_s < LONG_DELAY_S) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_INFERRED);
    verdict_argument_number(out, "minutes", (uint64_t)(hop->delay_s / 60));
    verdict_argument(out, "host", hop->received->by);
    place_hop(evidence, hop, out);
}

static void clock_skew(const Evidence *evidence, Verdicts *out)
{
    enum { SKEW_S = 300 };
    const Hop *worst = NULL;
    for (size_t i = 0; i < hops(evidence); i++) {
        const Hop *hop = &evidence->envelope->hops[i];
        if (hop->has_delay && (!worst || hop->delay_s < worst->delay_s))
            worst = hop;
    }
    if (!worst)
        return;
    if (worst->delay_s > -SKEW_S) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_INFERRED);
    verdict_argument_number(out, "minutes", (uint64_t)(-(worst->delay_s / 60)));
    verdict_argument(out, "host", worst->received->by);
    place_hop(evidence, worst, out);
}

/* Filters hand a message to themselves once or twice; four times is a loop. */
static void loop(const Evidence *evidence, Verdicts *out)
{
    enum { OFTEN = 4, MANY_HOPS = 25 };
    const char *looping = NULL;
    for (size_t i = 0; i < hops(evidence) && !looping; i++) {
        const char *by = evidence->envelope->hops[i].received->by;
        size_t times = 0;
        for (size_t k = i; by && k < hops(evidence); k++)
            times += evidence->envelope->hops[k].received->by &&
                     g_ascii_strcasecmp(by, evidence->envelope->hops[k].received->by) == 0;
        if (times >= OFTEN)
            looping = by;
    }
    if (evidence->envelope->n_hops == 0)
        return;
    if (!looping && evidence->envelope->n_hops <= MANY_HOPS) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_INFERRED);
    verdict_argument_number(out, "count", evidence->envelope->n_hops);
    verdict_argument(out, "host", looping);
}

/* --- can mail come back --- */

static bool is_null_mx(const DnsAnswer *mx)
{
    return mx->status == DNS_OK && mx->n == 1 && g_strcmp0(mx->records[0].text, ".") == 0;
}

/* NODATA for MX and A leaves an IPv6-only host possible. */
static void bounces(const Evidence *evidence, Verdicts *out)
{
    const char *domain = evidence->envelope->mail_from_domain;
    const DnsAnswer *mx = evidence->mail_from_mx, *a = evidence->mail_from_a;
    if (!domain || !mx || !a)
        return;
    if (dns_status_is_temporary(mx->status) || dns_status_is_temporary(a->status)) {
        verdict_not_evaluable(out, domain, "dns");
        return;
    }
    if (!is_null_mx(mx) && (mx->status == DNS_OK || a->status == DNS_OK)) {
        verdict_pass(out, domain);
        return;
    }
    bool certain = is_null_mx(mx) || mx->status == DNS_NXDOMAIN;
    verdict_fail(out, domain,
                 certain ? envelope_certainty(&evidence->envelope->mail_from) : CERTAINTY_INFERRED);
    verdict_argument(out, "domain", domain);
}

/* Without MX the address record is used (RFC 5321 §5.1), which was not asked: only a plain refusal
 * is judged. */
static void replies(const Evidence *evidence, Verdicts *out)
{
    const DnsAnswer *mx = evidence->author_mx;
    const char *domain = evidence->dmarc->author_domain;
    if (!mx || !domain)
        return;
    if (dns_status_is_temporary(mx->status)) {
        verdict_not_evaluable(out, domain, "dns");
    } else if (evidence->mime->reply_to.n > 0 || !is_null_mx(mx)) {
        verdict_pass(out, domain);
    } else {
        verdict_fail(out, domain, CERTAINTY_PROVEN);
        verdict_argument(out, "domain", domain);
    }
}

/* --- what else the domain publishes; that it is not there is no fault --- */

static void policy_record(const Lint *lint, const DnsAnswer *answer, const char *version,
                          Verdicts *out)
{
    if (!lint)
        return;
    size_t count = lint_count(answer, version);
    if (lint->n == 0 && count == 1) {
        verdict_pass(out, lint->name);
        return;
    }
    const Remark fault = lint->n > 0 ? lint->remarks[0] : (Remark){.length = lint->text_n};
    verdict_fail(out, lint->name, CERTAINTY_PROVEN);
    remark_place(lint, fault.offset, fault.length, out);
    verdict_argument_number(out, "count", count);
}

static void mta_sts(const Evidence *evidence, Verdicts *out)
{
    policy_record(evidence->lint.mta_sts, evidence->mta_sts, "v=STSv1", out);
}

static void tls_rpt(const Evidence *evidence, Verdicts *out)
{
    policy_record(evidence->lint.tls_rpt, evidence->tls_rpt, "v=TLSRPTv1", out);
}

static void bimi(const Evidence *evidence, Verdicts *out)
{
    policy_record(evidence->lint.bimi, evidence->bimi, "v=BIMI1", out);
}

/* A logo is shown of a domain that refuses or distrusts what fails DMARC. */
static void bimi_policy(const Evidence *evidence, Verdicts *out)
{
    const Lint *lint = evidence->lint.bimi;
    const DmarcVerdict *dmarc = &evidence->dmarc->rfc9989;
    if (!lint || !evidence->dmarc->author_domain ||
        (evidence->dmarc->walk && evidence->dmarc->walk->temporary))
        return;
    bool enforced =
        dmarc->policy == DMARC_POLICY_REJECT || dmarc->policy == DMARC_POLICY_QUARANTINE;
    if (enforced && !(dmarc->record && dmarc->record->testing)) {
        verdict_pass(out, evidence->dmarc->author_domain);
        return;
    }
    verdict_fail(out, evidence->dmarc->author_domain, CERTAINTY_PROVEN);
    verdict_argument(out, "name", lint->name);
    verdict_argument(out, "policy", dmarc_policy_name(dmarc->policy));
}

/* --- block lists: only those that the operator named --- */

static const char *list_name(const BlockListAnswer *answer)
{
    return answer->list->name ? answer->list->name : answer->list->zone;
}

/* "192.0.2.1 at zen.example" */
static char *list_object(const BlockListAnswer *answer)
{
    return g_strdup_printf("%s %s", answer->object, answer->list->zone);
}

static void listed(const Evidence *evidence, bool of_domains, Certainty certainty, Verdicts *out)
{
    for (size_t i = 0; i < evidence->block_lists->n; i++) {
        const BlockListAnswer *answer = &evidence->block_lists->items[i];
        g_autofree char *object = list_object(answer);
        if (answer->list->of_domains != of_domains)
            continue;
        if (answer->result == BLOCKLIST_CLEAR) {
            verdict_pass(out, object);
        } else if (answer->result == BLOCKLIST_OPEN) {
            verdict_not_evaluable(out, object, "dns");
        } else if (answer->result == BLOCKLIST_LISTED) {
            verdict_fail(out, object, certainty);
            verdict_argument(out, "object", answer->object);
            verdict_argument(out, "list", list_name(answer));
            verdict_argument(out, "codes", answer->codes);
            verdict_argument(out, "reason", answer->reason);
        }
    }
}

static void listed_address(const Evidence *evidence, Verdicts *out)
{
    listed(evidence, false, envelope_certainty(&evidence->envelope->client_ip), out);
}

static void listed_domain(const Evidence *evidence, Verdicts *out)
{
    listed(evidence, true, CERTAINTY_EVALUATED, out);
}

static void list_result(const Evidence *evidence, BlockListResult failing, Verdicts *out)
{
    for (size_t i = 0; i < evidence->block_lists->n; i++) {
        const BlockListAnswer *answer = &evidence->block_lists->items[i];
        g_autofree char *object = list_object(answer);
        if (answer->result == BLOCKLIST_OPEN)
            continue;
        if (answer->result != failing) {
            verdict_pass(out, object);
            continue;
        }
        verdict_fail(out, object, CERTAINTY_EVALUATED);
        verdict_argument(out, "list", list_name(answer));
        verdict_argument(out, "codes", answer->codes);
    }
}

static void list_answers(const Evidence *evidence, Verdicts *out)
{
    list_result(evidence, BLOCKLIST_REFUSED, out);
}

static void list_works(const Evidence *evidence, Verdicts *out)
{
    list_result(evidence, BLOCKLIST_BROKEN, out);
}

const RuleCheck transport_rules[] = {
    {"transport-reverse-dns", reverse_present},
    {"transport-iprev", reverse_confirmed},
    {"transport-helo-name", helo_name},
    {"transport-helo-resolves", helo_resolves},
    {"transport-tls", tls},
    {"transport-tls-version", tls_version},
    {"transport-delay", delay},
    {"transport-clock-skew", clock_skew},
    {"transport-hop-loop", loop},
    {"transport-bounces", bounces},
    {"transport-replies", replies},
    {"transport-mta-sts", mta_sts},
    {"transport-tls-rpt", tls_rpt},
    {"transport-bimi", bimi},
    {"transport-bimi-policy", bimi_policy},
    {"transport-listed-address", listed_address},
    {"transport-listed-domain", listed_domain},
    {"transport-list-answers", list_answers},
    {"transport-list-works", list_works},
    {NULL, NULL},
};
