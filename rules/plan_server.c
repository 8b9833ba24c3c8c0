/* plan_server.c - the route through the customer's own mail server: one that DNS shows, and that
 * the SPF record of the From domain lets pass. */
#include "rules/plan_maker.h"

#include "analyzer/base/domain.h"

#include <gio/gio.h>
#include <string.h>

enum { HOSTS_MAX = 3, ADDRESSES_MAX = 4, NETWORKS_MAX = 20, DEPTH_MAX = 10 };

/* A server of the customer. */
typedef struct Server {
    char *ip;
    const char *host; /* its name, or that of the record that lists it */
} Server;

/* How to look: what SPF says with the sender of the rehearsal. */
typedef struct Search {
    const PlanMaker *maker;
    const char *mail_from;
    char *present_way; /* way_of() the server that sent this message, or NULL */
    size_t networks;   /* looked at */
    Server found;      /* ip NULL: none yet */
} Search;

/* --- would it pass --- */

static SpfCheck *checked(const Search *search, const char *ip, const char *host)
{
    const PlanMaker *maker = search->maker;
    SpfInput input = {.ip = ip,
                      .helo = host,
                      .mail_from = search->mail_from,
                      .receiver = maker->evidence->envelope->receiver.value,
                      .now_s = maker->evidence->judged_at_s};
    return spf_check(SPF_MAIL_FROM, &input, maker->dns);
}

/* The term of the domain's own record that lets the client pass; NULL when none does. Owned. */
static char *way_of(const SpfCheck *check)
{
    if (!check->evaluable || check->result != SPF_PASS || !check->matched)
        return NULL;
    const char *end = strstr(check->matched, " > ");
    return end ? g_strndup(check->matched, (gsize)(end - check->matched))
               : g_strdup(check->matched);
}

/* What passes by the operator's include, or by the term that lets the present server pass, is not
 * known to be the customer's. */
static bool is_operators_way(const Search *search, const char *way)
{
    const char *include = search->maker->profile->spf_include;
    g_autofree char *term = include ? g_strconcat("include:", include, NULL) : NULL;
    return g_strcmp0(way, term) == 0 || g_strcmp0(way, search->present_way) == 0;
}

static bool passes(const Search *search, const char *ip, const char *host)
{
    if (profile_is_own_host(search->maker->profile, ip, host))
        return false;
    SpfCheck *check = checked(search, ip, host);
    g_autofree char *way = way_of(check);
    spf_check_free(check);
    return way && !is_operators_way(search, way);
}

static bool take(Search *search, const char *ip, const char *host)
{
    if (search->found.ip || !passes(search, ip, host))
        return false;
    search->found = (Server){.ip = g_strdup(ip), .host = host};
    return true;
}

/* --- names --- */

static void look_at_host(Search *search, const char *host)
{
    static const DnsType types[] = {DNS_A, DNS_AAAA};
    g_autofree char *normal = domain_normal(span_str(host));
    if (!normal)
        return;
    for (size_t t = 0; t < G_N_ELEMENTS(types); t++) {
        const DnsAnswer *answer = dns_ask(search->maker->dns, host, types[t]);
        for (size_t i = 0; i < answer->n && i < ADDRESSES_MAX; i++)
            if (take(search, answer->records[i].text, host))
                return;
    }
}

/* Preferred first: that is how the answer is sorted. */
static void look_at_exchangers(Search *search)
{
    const DnsAnswer *mx = search->maker->evidence->author_mx;
    for (size_t i = 0; mx && i < mx->n && i < HOSTS_MAX && !search->found.ip; i++)
        look_at_host(search, mx->records[i].text);
}

/* --- networks of the SPF record --- */

/* A host of the network: the address itself of a single one, else the first after the network's
 * own. NULL when it is none. */
static char *first_host(const char *network)
{
    g_autoptr(GInetAddressMask) mask = g_inet_address_mask_new_from_string(network, NULL);
    if (!mask)
        return NULL;
    GInetAddress *base = g_inet_address_mask_get_address(mask);
    gsize n = g_inet_address_get_native_size(base);
    uint8_t octets[16];
    memcpy(octets, g_inet_address_to_bytes(base), n);
    if (g_inet_address_mask_get_length(mask) + 1 < n * 8)
        octets[n - 1] |= 1;
    g_autoptr(GInetAddress) host =
        g_inet_address_new_from_bytes(octets, g_inet_address_get_family(base));
    return g_inet_address_to_string(host);
}

static void look_at_record(Search *search, const SpfRecord *record, unsigned depth);

static void look_at_term(Search *search, const SpfRecord *record, const SpfTerm *term,
                         unsigned depth)
{
    if (term->qualifier != '+' || search->networks >= NETWORKS_MAX)
        return;
    if ((term->kind == SPF_IP4 || term->kind == SPF_IP6) && term->network) {
        search->networks++;
        g_autofree char *ip = first_host(term->network);
        if (ip)
            take(search, ip, search->maker->from_domain);
    } else if (term->kind == SPF_A) {
        search->networks++;
        look_at_host(search, term->domain ? term->domain : record->domain);
    } else if (term->child) {
        look_at_record(search, term->child, depth + 1);
    }
}

static void look_at_record(Search *search, const SpfRecord *record, unsigned depth)
{
    for (size_t i = 0; record && depth < DEPTH_MAX && i < record->n && !search->found.ip; i++)
        look_at_term(search, record, &record->terms[i], depth);
}

/* --- the route --- */

/* Its names belong to the survey and to DNS, whose answers outlive the route. */
static void find_server(Search *search, const SpfSurvey *survey)
{
    const Envelope *envelope = search->maker->evidence->envelope;
    if (envelope->client_ip.value) {
        SpfCheck *present = checked(search, envelope->client_ip.value, envelope->helo.value);
        search->present_way = way_of(present);
        spf_check_free(present);
    }
    look_at_exchangers(search);
    if (!search->found.ip)
        look_at_record(search, survey->record, 0);
}

static void try_server(const PlanMaker *maker, PlanRoute *route, const Search *search)
{
    const Server *server = &search->found;
    Rehearsal rehearsal = {
        .mail_from = search->mail_from, .client_ip = server->ip, .helo = server->host};
    Rehearsed rehearsed = plan_rehearse(maker, route, &rehearsal);
    g_autofree char *host = bytes_escape(span_str(server->host));
    plan_note(maker, route, NOTE_SERVER_FOUND, "client", server->ip, "host", host, "domain",
              maker->from_domain, NULL);
    plan_settle(maker, route, &rehearsed, rehearsed.spf_aligned);
}

/* Whether DNS keeps the answer to itself that might show a server. */
static bool is_hidden(const PlanMaker *maker, const SpfSurvey *survey)
{
    const DnsAnswer *mx = maker->evidence->author_mx;
    const DnsAnswer *record = survey->record ? survey->record->answer : NULL;
    return (record && dns_status_is_temporary(record->status)) ||
           (mx && dns_status_is_temporary(mx->status));
}

static void say_none_found(const PlanMaker *maker, PlanRoute *route, const SpfSurvey *survey)
{
    const char *fault = plan_spf_fault(survey);
    if (is_hidden(maker, survey))
        plan_state(maker, route, PLAN_CANNOT, REASON_DNS, "name", maker->from_domain, NULL);
    else if (fault)
        plan_state(maker, route, PLAN_CANNOT, REASON_SPF_FAULTY, "domain", maker->from_domain,
                   "problem", fault, NULL);
    else
        plan_state(maker, route, PLAN_CANNOT, REASON_NO_SERVER, "domain", maker->from_domain, NULL);
}

static void look_and_try(const PlanMaker *maker, PlanRoute *route, const char *mail_from)
{
    SpfInput input = {.mail_from = mail_from, .now_s = maker->evidence->judged_at_s};
    SpfSurvey *survey = spf_survey(maker->from_domain, &input, maker->dns);
    Search search = {.maker = maker, .mail_from = mail_from};
    find_server(&search, survey);
    if (search.found.ip) {
        try_server(maker, route, &search);
        plan_note(maker, route, NOTE_SERVER_SIGNS, NULL);
    } else {
        say_none_found(maker, route, survey);
    }
    g_free(search.present_way);
    g_free(search.found.ip);
    spf_survey_free(survey);
}

void plan_prefetch_own_server(const PlanMaker *maker)
{
    const DnsAnswer *mx = maker->evidence->author_mx;
    for (size_t i = 0; mx && i < mx->n && i < HOSTS_MAX; i++) {
        dns_prefetch(maker->dns, mx->records[i].text, DNS_A);
        dns_prefetch(maker->dns, mx->records[i].text, DNS_AAAA);
    }
}

void plan_add_own_server(PlanMaker *maker)
{
    g_autofree char *local = plan_local_part(maker);
    g_autofree char *mail_from = g_strconcat(local, "@", maker->from_domain, NULL);
    PlanRoute *route =
        plan_route(maker, PLAN_OWN_SERVER, TITLE_OWN_SERVER, "domain", maker->from_domain, NULL);
    if (plan_has_null_sender(maker, route))
        return;
    plan_need(maker, route, PLAN_CUSTOMER_MAIL, NEED_ACCEPT_MAIL, "domain", maker->from_domain,
              NULL);
    plan_need(maker, route, PLAN_APPLICATION, NEED_HAND_OVER, "domain", maker->from_domain, NULL);
    look_and_try(maker, route, mail_from);
}
