/* spf_survey.c - the whole record tree, whatever the client: cost, faults, the network that nearly
 * matches.
 *
 * Records are read level by level, and what a record will ask is started when it is read: one wait
 * for each level. What can never be evaluated (terms after all, a redirect beside all) is not
 * followed and costs nothing.
 */
#include "analyzer/auth/spf_internal.h"

#include "analyzer/base/domain.h"

#include <string.h>

/* Records read in one survey, in octets: all honest trees together are a tenth of it. */
enum { MAX_OCTETS = 256 * 1024 };

typedef struct Node {
    SpfRecord *record; /* borrowed from the tree */
    const struct Node *up;
    bool effective; /* the root, or reached by redirects alone */
    bool passing;   /* a match in here lets the message pass */
} Node;

typedef struct Nearest {
    bool found;
    uint8_t distance[16]; /* from the client to the nearest address of the network */
    SpfIp network;
    unsigned prefix;
    const char *domain; /* borrowed from the tree */
} Nearest;

typedef struct Walk {
    SpfEval eval;
    SpfSurvey *survey;
    GPtrArray *nodes;     /* of Node, owned; those after the current one are still to be walked */
    GPtrArray *includes;  /* of char, owned */
    GHashTable *included; /* its entries, for one mention each; borrowed */
    Nearest nearest;
    size_t octets;
} Walk;

/* a - b over big-endian octets; a is not smaller. */
static void subtract(const uint8_t *a, const uint8_t *b, size_t n, uint8_t *out)
{
    unsigned borrow = 0;
    for (size_t i = n; i-- > 0;) {
        unsigned take = b[i] + borrow;
        borrow = a[i] < take ? 1 : 0;
        out[i] = (uint8_t)(a[i] + (borrow << 8) - take);
    }
}

/* How far the address lies outside the network; all zero inside. */
static void distance_to(const SpfIp *ip, const SpfIp *network, unsigned prefix,
                        uint8_t distance[16])
{
    size_t n = ip->v6 ? 16 : 4;
    SpfIp low = *network, high = *network;
    memset(distance, 0, 16);
    for (unsigned bit = prefix; bit < n * 8; bit++) {
        low.octets[bit / 8] &= (uint8_t) ~(0x80U >> bit % 8);
        high.octets[bit / 8] |= (uint8_t)(0x80U >> bit % 8);
    }
    if (memcmp(ip->octets, low.octets, n) < 0)
        subtract(low.octets, ip->octets, n, distance);
    else if (memcmp(ip->octets, high.octets, n) > 0)
        subtract(ip->octets, high.octets, n, distance);
}

static void consider_network(Walk *walk, const Node *node, const SpfTerm *term,
                             const SpfIp *network)
{
    unsigned prefix = network->v6 ? term->prefix6 : term->prefix4;
    uint8_t distance[16];
    if (!walk->eval.has_ip || network->v6 != walk->eval.ip.v6 || !node->passing ||
        term->qualifier != '+')
        return;
    distance_to(&walk->eval.ip, network, prefix, distance);
    if (walk->nearest.found && memcmp(distance, walk->nearest.distance, sizeof(distance)) >= 0)
        return;
    walk->nearest = (Nearest){
        .found = true, .network = *network, .prefix = prefix, .domain = node->record->domain};
    memcpy(walk->nearest.distance, distance, sizeof(distance));
}

static void consider_addresses(Walk *walk, const Node *node, const SpfTerm *term, const char *name)
{
    const DnsAnswer *answer = dns_ask(walk->eval.dns, name, walk->eval.ip.v6 ? DNS_AAAA : DNS_A);
    for (size_t i = 0; i < answer->n; i++) {
        SpfIp ip;
        if (spf_ip_parse(answer->records[i].text, false, &ip))
            consider_network(walk, node, term, &ip);
    }
}

static void note_trouble(SpfTerm *term, const DnsAnswer *answer)
{
    if (spf_status_is_trouble(answer->status))
        term->problem = SPF_PROBLEM_DNS;
    else if (answer->status == DNS_BAD_NAME)
        term->problem = SPF_PROBLEM_BAD_NAME;
}

/* A void lookup whatever the client: no address of either family. */
static void survey_a(Walk *walk, const Node *node, SpfTerm *term)
{
    DnsSession *dns = walk->eval.dns;
    dns_prefetch(dns, term->domain, DNS_AAAA);
    const DnsAnswer *v4 = dns_ask(dns, term->domain, DNS_A);
    const DnsAnswer *v6 = dns_ask(dns, term->domain, DNS_AAAA);
    note_trouble(term, v4);
    note_trouble(term, v6);
    if (spf_status_is_void(v4->status) && spf_status_is_void(v6->status))
        term->voids = 1;
    if (walk->eval.has_ip)
        consider_addresses(walk, node, term, term->domain);
}

static void survey_mx(Walk *walk, const Node *node, SpfTerm *term)
{
    DnsSession *dns = walk->eval.dns;
    const DnsAnswer *answer = dns_ask(dns, term->domain, DNS_MX);
    note_trouble(term, answer);
    if (spf_status_is_void(answer->status))
        term->voids = 1;
    if (answer->n > SPF_MAX_MX_NAMES)
        term->problem = SPF_PROBLEM_NAME_LIMIT;
    if (!walk->eval.has_ip)
        return;
    size_t n = MIN(answer->n, SPF_MAX_MX_NAMES);
    for (size_t i = 0; i < n; i++)
        dns_prefetch(dns, answer->records[i].text, walk->eval.ip.v6 ? DNS_AAAA : DNS_A);
    for (size_t i = 0; i < n; i++)
        if (strcmp(answer->records[i].text, ".") != 0)
            consider_addresses(walk, node, term, answer->records[i].text);
}

static void survey_exists(Walk *walk, SpfTerm *term)
{
    const DnsAnswer *answer = dns_ask(walk->eval.dns, term->domain, DNS_A);
    note_trouble(term, answer);
    if (spf_status_is_void(answer->status))
        term->voids = 1;
}

static bool is_above(const Node *node, const char *domain)
{
    for (; node != NULL; node = node->up)
        if (g_ascii_strcasecmp(node->record->domain, domain) == 0)
            return true;
    return false;
}

static void add_node(Walk *walk, SpfRecord *record, const Node *up, bool effective, bool passing)
{
    Node *node = g_new0(Node, 1);
    *node = (Node){record, up, effective, passing};
    if (record->n > 0)
        walk->octets += record->terms[record->n - 1].offset + record->terms[record->n - 1].text.n;
    spf_record_prefetch(record, true, true, walk->eval.dns);
    g_ptr_array_add(walk->nodes, node);
}

static void survey_child(Walk *walk, const Node *node, SpfTerm *term)
{
    bool redirect = term->kind == SPF_REDIRECT;
    if (is_above(node, term->domain)) {
        term->problem = SPF_PROBLEM_LOOP;
        return;
    }
    if (walk->octets > MAX_OCTETS) {
        walk->survey->truncated = true;
        return;
    }
    term->child = spf_record_fetch(term->domain, walk->eval.dns);
    term->problem = term->child->problem;
    if (spf_status_is_void(term->child->answer->status))
        term->voids = 1;
    add_node(walk, term->child, node, node->effective && redirect,
             node->passing && (redirect || term->qualifier == '+'));
}

static void note_include(Walk *walk, const SpfTerm *term)
{
    const char *name = term->domain != NULL ? term->domain : term->domain_spec;
    if (name == NULL || g_hash_table_contains(walk->included, name))
        return;
    char *copy = g_strdup(name);
    g_ptr_array_add(walk->includes, copy);
    g_hash_table_add(walk->included, copy);
}

/* The target, when it can be known without what the input lacks. */
static bool find_target(Walk *walk, const Node *node, SpfTerm *term)
{
    bool known = true;
    if (term->domain_spec == NULL)
        term->domain = g_strdup(node->record->domain);
    else
        term->domain =
            spf_expand_name(&walk->eval, node->record->domain, term->domain_spec, &known);
    if (term->domain == NULL && known)
        term->problem = SPF_PROBLEM_BAD_NAME;
    if (term->kind == SPF_INCLUDE)
        note_include(walk, term);
    return term->domain != NULL;
}

static void survey_lookup(Walk *walk, const Node *node, SpfTerm *term)
{
    if (walk->eval.lookups >= SPF_SURVEY_LOOKUPS) {
        walk->survey->truncated = true;
        return;
    }
    walk->eval.lookups++;
    term->lookups = 1;
    if (!find_target(walk, node, term))
        return;
    switch (term->kind) {
    case SPF_INCLUDE:
    case SPF_REDIRECT:
        survey_child(walk, node, term);
        break;
    case SPF_A:
        survey_a(walk, node, term);
        break;
    case SPF_MX:
        survey_mx(walk, node, term);
        break;
    case SPF_EXISTS:
        survey_exists(walk, term);
        break;
    case SPF_PTR:
        walk->survey->has_ptr = true;
        break;
    default:
        break;
    }
}

static void survey_network(Walk *walk, const Node *node, const SpfTerm *term)
{
    SpfIp network;
    unsigned prefix;
    if (spf_network_parse(term->network, &network, &prefix))
        consider_network(walk, node, term, &network);
}

static void survey_term(Walk *walk, const Node *node, SpfTerm *term)
{
    switch (term->kind) {
    case SPF_ALL:
        if (term->qualifier == '+' && node->passing)
            walk->survey->has_plus_all = true;
        if (node->effective)
            walk->survey->all_qualifier = term->qualifier;
        break;
    case SPF_IP4:
    case SPF_IP6:
        survey_network(walk, node, term);
        break;
    case SPF_EXP:
    case SPF_UNKNOWN_MODIFIER:
    case SPF_INVALID:
        break;
    default:
        survey_lookup(walk, node, term);
    }
}

/* Facts about the record that decides what no other term did. */
static void note_end(Walk *walk, const Node *node, const SpfTerm *all, const SpfTerm *redirect)
{
    const SpfRecord *record = node->record;
    if (!node->effective || record->text == NULL)
        return;
    if (all == NULL && redirect == NULL)
        walk->survey->has_no_all = true;
    if (all != NULL && redirect != NULL)
        walk->survey->has_redirect_with_all = true;
    for (size_t i = 0; all != NULL && i < record->n; i++)
        if (record->terms[i].offset > all->offset && record->terms[i].kind <= SPF_EXISTS)
            walk->survey->has_terms_after_all = true;
}

static void survey_record(Walk *walk, const Node *node)
{
    SpfRecord *record = node->record;
    SpfTerm *all = spf_record_find(record, SPF_ALL);
    SpfTerm *redirect = spf_record_find(record, SPF_REDIRECT);
    note_end(walk, node, all, redirect);
    for (size_t i = 0; i < record->n; i++) {
        SpfTerm *term = &record->terms[i];
        if (term->kind == SPF_PTR)
            walk->survey->has_ptr = true;
        if (term->kind != SPF_REDIRECT && (all == NULL || term->offset <= all->offset))
            survey_term(walk, node, term);
    }
    if (redirect != NULL && all == NULL)
        survey_term(walk, node, redirect);
}

/* Adds what the records below cost. Depth is bounded by SPF_SURVEY_LOOKUPS. */
static void sum_up(SpfRecord *record, unsigned *lookups, unsigned *voids)
{
    for (size_t i = 0; i < record->n; i++) {
        SpfTerm *term = &record->terms[i];
        if (term->child != NULL)
            sum_up(term->child, &term->lookups, &term->voids);
        *lookups += term->lookups;
        *voids += term->voids;
    }
}

/* The first 16 visible octets in lower case, without blanks, quotes and a byte order mark. */
static char *skeleton(Span text)
{
    GString *out = g_string_new(NULL);
    for (size_t i = 0; i < text.n && i < 64 && out->len < 16; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c > ' ' && c < 0x7f && c != '"' && c != '\'' && c != '\\')
            g_string_append_c(out, g_ascii_tolower((char)c));
    }
    return g_string_free(out, FALSE);
}

static bool contains_version(Span text)
{
    for (size_t i = 0; i + 7 <= text.n; i++)
        if (span_starts_nocase(span_from(text, i), "v=spf1 "))
            return true;
    return false;
}

/* Not an SPF record, but meant to be one. Sender ID ("spf2.0/...") is something else. */
static bool is_near_miss(Span text)
{
    static const char *const beginnings[] = {"v=spf", "v=sp1", "v=sfp", "v:spf", "v-spf",
                                             "vspf",  "spf1",  "spf=",  "v=fps"};
    if (span_starts_nocase(text, "v=spf1") && (text.n == 6 || text.p[6] == ' '))
        return false;
    g_autofree char *start = skeleton(text);
    for (size_t i = 0; i < G_N_ELEMENTS(beginnings); i++)
        if (g_str_has_prefix(start, beginnings[i]))
            return true;
    return contains_version(text);
}

static char **near_misses(const DnsAnswer *answer)
{
    GPtrArray *found = g_ptr_array_new();
    for (size_t i = 0; answer != NULL && i < answer->n; i++) {
        Span text = span_of(answer->records[i].text, answer->records[i].text_n);
        if (is_near_miss(text))
            g_ptr_array_add(found, span_dup(text));
    }
    g_ptr_array_add(found, NULL);
    return (char **)g_ptr_array_free(found, FALSE);
}

static char *nearest_text(const Nearest *nearest)
{
    static const uint8_t inside[16];
    if (!nearest->found || memcmp(nearest->distance, inside, sizeof(inside)) == 0)
        return NULL;
    g_autofree char *network = spf_network_text(&nearest->network, nearest->prefix);
    return g_strdup_printf("%s of %s", network, nearest->domain);
}

/* Macros of the sender stand for the MAIL FROM when it is at hand, else for postmaster at the
 * domain. */
static void set_sender(SpfEval *eval, const SpfInput *input, const char *domain)
{
    const char *from = input != NULL ? input->mail_from : NULL;
    const char *at = from != NULL ? strrchr(from, '@') : NULL;
    g_autofree char *normal = at != NULL ? domain_normal(span_str(at + 1)) : NULL;
    eval->sender_domain = normal != NULL ? g_steal_pointer(&normal) : g_strdup(domain);
    if (at != NULL && at > from)
        eval->local = g_strndup(from, (size_t)(at - from));
    else
        eval->local = g_strdup("postmaster");
}

SpfSurvey *spf_survey(const char *domain, const SpfInput *input, DnsSession *dns)
{
    Walk walk = {.survey = g_new0(SpfSurvey, 1)};
    SpfSurvey *survey = walk.survey;
    spf_eval_init(&walk.eval, input, dns);
    set_sender(&walk.eval, input, domain);
    walk.nodes = g_ptr_array_new_with_free_func(g_free);
    walk.includes = g_ptr_array_new();
    walk.included = g_hash_table_new(g_str_hash, g_str_equal);
    survey->domain = g_strdup(domain);
    survey->record = spf_record_fetch(domain, dns);
    add_node(&walk, survey->record, NULL, true, true);
    for (guint i = 0; i < walk.nodes->len; i++)
        survey_record(&walk, g_ptr_array_index(walk.nodes, i));
    sum_up(survey->record, &survey->lookups, &survey->voids);
    g_ptr_array_add(walk.includes, NULL);
    survey->includes = (char **)g_ptr_array_free(walk.includes, FALSE);
    survey->near_misses = near_misses(survey->record->answer);
    survey->nearest = nearest_text(&walk.nearest);
    g_hash_table_destroy(walk.included);
    g_ptr_array_free(walk.nodes, TRUE);
    spf_eval_clear(&walk.eval);
    return survey;
}

bool spf_survey_includes(const SpfSurvey *survey, const char *domain)
{
    for (char **include = survey->includes; *include != NULL; include++)
        if (g_ascii_strcasecmp(*include, domain) == 0)
            return true;
    return false;
}

void spf_survey_free(SpfSurvey *survey)
{
    if (survey == NULL)
        return;
    g_free(survey->domain);
    spf_record_free(survey->record);
    g_strfreev(survey->includes);
    g_strfreev(survey->near_misses);
    g_free(survey->nearest);
    g_free(survey);
}
