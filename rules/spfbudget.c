#include "rules/spfbudget.h"

#include "rules/spfreach.h"

#include <stdlib.h>
#include <string.h>

enum {
    PREFERRED_OCTETS = 450, /* RFC 7208 §3.4 */
    UDP_OCTETS = 1232,      /* what answers over UDP are held to, lest they are cut up */
    ANSWER_OCTETS = 48,     /* header, question, EDNS and the owner of this record */
    RECORD_OCTETS = 16,     /* owner, type, class, TTL and lengths of another record */
    MAX_NETWORKS = 64,      /* in the place of one term: more do not fit */
    MAX_TERMS = 512,        /* in the record: no published one comes near */
    MAX_ITEMS = 128,
    MAX_WAYS = 1024,
};

/* What is counted. A void lookup may be one for clients of one family only. */
typedef struct Spent {
    unsigned lookups, void4, void6, voids;
} Spent;

/* A term that costs something, or all that are never read. */
typedef struct Item {
    const SpfTerm *term; /* the first of those never read */
    Spent spent;
    bool can_stay, can_go;
    SpfSwapKind kind;        /* when it goes */
    char **networks, **now;  /* hosts and networks: those that have to stand in its place; all */
    const SpfTerm *standing; /* covered: by what */
    long octets;             /* that the record grows by when it goes */
} Item;

typedef struct Plan {
    const SpfRecord *record;
    const char *own;
    SpfTerm addition; /* no text when there is none */
    size_t place;     /* of the addition: it stands before what is at that offset */
    GPtrArray *read; /* of const SpfTerm: what receivers read, in order; the addition is among it */
    GArray *items;   /* of Item */
} Plan;

/* One way to deal with the items so far. */
typedef struct Way {
    int64_t cost;
    long octets;
    Spent spent; /* no less than what may be spent */
    uint64_t gone[MAX_ITEMS / 64];
} Way;

const char *spf_swap_name(SpfSwapKind kind)
{
    static const char *const names[] = {"gone",         "itself",     "empty",
                                        "covered",      "behind-all", "hosts",
                                        "hosts-listed", "networks",   "networks-listed"};
    g_return_val_if_fail((size_t)kind < G_N_ELEMENTS(names), "");
    return names[kind];
}

bool spf_swap_needs_upkeep(SpfSwapKind kind)
{
    return kind >= SWAP_HOSTS;
}

/* --- what a term costs --- */

static bool asks(const SpfTerm *term)
{
    return term->kind != SPF_ALL && term->kind != SPF_IP4 && term->kind != SPF_IP6;
}

static bool is_void(const DnsAnswer *answer)
{
    return answer && (answer->status == DNS_NODATA || answer->status == DNS_NXDOMAIN);
}

/* What hangs on the client finds nothing for most clients. */
static void count_voids(const SpfTerm *term, Spent *spent)
{
    bool void4, void6, always;
    if (term->hosts) {
        void4 = term->hosts->void4;
        void6 = term->hosts->void6;
        always = void4 && void6;
    } else {
        always = term->child ? is_void(term->child->answer) : term->voids > 0;
        void4 = void6 = always || term->kind == SPF_PTR || spfreach_has_macro(term);
    }
    spent->void4 += void4;
    spent->void6 += void6;
    spent->voids += always;
    for (size_t i = 0; term->child && i < term->child->n; i++)
        if (spfreach_is_read(term->child, &term->child->terms[i]) && asks(&term->child->terms[i]))
            count_voids(&term->child->terms[i], spent);
}

static Spent spent_by(const SpfTerm *term)
{
    Spent spent = {.lookups = term->lookups};
    count_voids(term, &spent);
    return spent;
}

/* The survey has seen all of it: what it costs is known, and has an end. */
static bool is_surveyed(const SpfTerm *term)
{
    bool follows = term->kind == SPF_INCLUDE || term->kind == SPF_REDIRECT;
    if (term->problem == SPF_PROBLEM_LOOP || (asks(term) && term->lookups == 0) ||
        (follows && term->domain && !term->child && term->problem == SPF_OK) ||
        (follows && term->problem == SPF_PROBLEM_DNS))
        return false;
    for (size_t i = 0; term->child && i < term->child->n; i++)
        if (spfreach_is_read(term->child, &term->child->terms[i]) &&
            !is_surveyed(&term->child->terms[i]))
            return false;
    return true;
}

/* --- the terms that are read --- */

static bool is_decider(const SpfTerm *term)
{
    return term->kind == SPF_ALL || term->kind == SPF_REDIRECT;
}

static void init_addition(Plan *plan, const SpfSurvey *include, char *text)
{
    const SpfRecord *record = plan->record;
    plan->addition = (SpfTerm){.text = span_str(text),
                               .qualifier = '+',
                               .kind = SPF_INCLUDE,
                               .domain = include->domain,
                               .prefix4 = 32,
                               .prefix6 = 128,
                               .problem = include->record->problem,
                               .lookups = include->lookups + 1,
                               .voids = include->voids + is_void(include->record->answer),
                               .child = include->record};
    plan->place = strlen(record->text);
    for (size_t i = record->n; i-- > 0;)
        if (is_decider(&record->terms[i]))
            plan->place = record->terms[i].offset;
}

static void list_read(Plan *plan)
{
    const SpfRecord *record = plan->record;
    const SpfTerm *redirect = NULL;
    bool added = plan->addition.text.n == 0;
    for (size_t i = 0; i < record->n; i++) {
        const SpfTerm *term = &record->terms[i];
        if (!added && term->offset >= plan->place) {
            g_ptr_array_add(plan->read, &plan->addition);
            added = true;
        }
        if (!spfreach_is_read(record, term))
            continue;
        if (term->kind == SPF_REDIRECT)
            redirect = term;
        else
            g_ptr_array_add(plan->read, (void *)term);
    }
    if (!added)
        g_ptr_array_add(plan->read, &plan->addition);
    if (redirect)
        g_ptr_array_add(plan->read, (void *)redirect);
}

static const SpfTerm *read_at(const Plan *plan, guint i)
{
    return g_ptr_array_index(plan->read, i);
}

/* The terms behind the i-th that give what it gives, up to the first that may give something else:
 * an address that it matches can be left to one of them. */
static guint end_of_run(const Plan *plan, guint i)
{
    char qualifier = read_at(plan, i)->qualifier;
    guint end = i + 1;
    while (end < plan->read->len && read_at(plan, end)->qualifier == qualifier &&
           !is_decider(read_at(plan, end)) && spfreach_is_clean(read_at(plan, end)))
        end++;
    return end;
}

/* --- what can become of a term --- */

static bool is_own(const Plan *plan, const SpfTerm *term)
{
    return term == &plan->addition || (plan->own && term->kind == SPF_INCLUDE && term->domain &&
                                       g_ascii_strcasecmp(term->domain, plan->own) == 0);
}

/* Equal terms cover each other, and the first of them stays. */
static const SpfTerm *covering(const Plan *plan, guint i)
{
    const SpfTerm *term = read_at(plan, i);
    for (guint j = 0; j < i; j++)
        if (asks(read_at(plan, j)) && spfreach_covers(read_at(plan, j), term))
            return read_at(plan, j);
    for (guint j = i + 1, end = end_of_run(plan, i); j < end; j++) {
        const SpfTerm *other = read_at(plan, j);
        if (asks(other) && !spfreach_is_same(other, term) && spfreach_covers(other, term))
            return other;
    }
    return NULL;
}

/* Addresses that the record lists where the i-th term might as well stand. */
static AddrSet *listed_for(const Plan *plan, guint i)
{
    AddrSet *listed = addrset_new();
    for (guint j = 0, end = end_of_run(plan, i); j < end; j++)
        if (read_at(plan, j)->network && !asks(read_at(plan, j)))
            addrset_add(listed, read_at(plan, j)->network);
    return listed;
}

/* The networks that are not within the set. Takes nothing over. */
static char **networks_beyond(char **networks, const AddrSet *set)
{
    GPtrArray *rest = g_ptr_array_new();
    for (char **network = networks; *network; network++) {
        g_autoptr(AddrSet) one = addrset_new();
        addrset_add(one, *network);
        if (!addrset_contains(set, one))
            g_ptr_array_add(rest, g_strdup(*network));
    }
    g_ptr_array_add(rest, NULL);
    return (char **)g_ptr_array_free(rest, FALSE);
}

static bool has_everything(char **networks)
{
    for (char **network = networks; *network; network++)
        if (g_str_has_suffix(*network, "/0"))
            return true;
    return false;
}

/* "ip4:192.0.2.0/24 ip6:2001:db8::1", each with the qualifier. */
static char *terms_for(char qualifier, char **networks)
{
    GString *text = g_string_new(NULL);
    for (char **network = networks; *network; network++) {
        if (text->len > 0)
            g_string_append_c(text, ' ');
        if (qualifier != '+')
            g_string_append_c(text, qualifier);
        g_string_append_printf(text, "%s:%s", strchr(*network, ':') ? "ip6" : "ip4", *network);
    }
    return g_string_free(text, FALSE);
}

/* Without a term in its place the blank goes too. */
static long growth(const SpfTerm *term, const char *by)
{
    return (long)strlen(by) - (long)term->text.n - (*by ? 0 : 1);
}

static void make_networks(const Plan *plan, guint i, Item *item)
{
    const SpfTerm *term = item->term;
    if (term->kind != SPF_A && term->kind != SPF_MX && term->kind != SPF_INCLUDE)
        return;
    g_autoptr(AddrSet) set = spfreach_of(term);
    item->now = set ? addrset_networks(set, MAX_NETWORKS) : NULL;
    if (!item->now || has_everything(item->now))
        return;
    g_autoptr(AddrSet) listed = listed_for(plan, i);
    item->networks = networks_beyond(item->now, listed);
    g_autofree char *by = terms_for(term->qualifier, item->networks);
    item->can_go = true;
    item->kind = !item->now[0]               ? SWAP_EMPTY
                 : term->kind == SPF_INCLUDE ? SWAP_NETWORKS
                                             : SWAP_HOSTS;
    item->octets = growth(term, by);
}

static bool is_itself(const Plan *plan, const SpfTerm *term)
{
    return term->kind == SPF_INCLUDE && term->problem == SPF_PROBLEM_LOOP && term->domain &&
           g_ascii_strcasecmp(term->domain, plan->record->domain) == 0;
}

static void add_item(Plan *plan, guint i)
{
    const SpfTerm *term = read_at(plan, i);
    Item item = {.term = term,
                 .spent = spent_by(term),
                 .can_stay = is_surveyed(term),
                 .standing = covering(plan, i),
                 .octets = growth(term, "")};
    /* The first of several equal ones stays, and with it the operator's. */
    bool own = is_own(plan, term) && !(item.standing && spfreach_is_same(item.standing, term));
    item.can_go = !own && term->kind != SPF_REDIRECT;
    if (is_itself(plan, term)) {
        item.kind = SWAP_ITSELF;
    } else if (spfreach_leads_nowhere(term)) {
        item.kind = SWAP_GONE;
        /* Every check that comes to it fails (RFC 7208 §5.2). */
        item.can_stay = item.can_stay && term->kind != SPF_INCLUDE;
    } else if (item.standing) {
        item.kind = SWAP_COVERED;
    } else if (item.can_go) {
        item.can_go = false;
        make_networks(plan, i, &item);
    }
    g_array_append_val(plan->items, item);
}

static bool is_never_read(const Plan *plan, const SpfTerm *term)
{
    return term->kind <= SPF_EXISTS && !spfreach_is_read(plan->record, term);
}

static void add_never_read(Plan *plan)
{
    Item item = {.can_stay = true, .can_go = true, .kind = SWAP_BEHIND_ALL};
    for (size_t i = 0; i < plan->record->n; i++) {
        const SpfTerm *term = &plan->record->terms[i];
        if (!is_never_read(plan, term))
            continue;
        if (!item.term)
            item.term = term;
        item.octets += growth(term, "");
    }
    if (item.term)
        g_array_append_val(plan->items, item);
}

static void item_clear(void *data)
{
    Item *item = data;
    g_strfreev(item->networks);
    g_strfreev(item->now);
}

static void plan_init(Plan *plan, const SpfRecord *record, const char *own,
                      const SpfSurvey *addition, char *text)
{
    *plan = (Plan){.record = record,
                   .own = own,
                   .read = g_ptr_array_new(),
                   .items = g_array_new(FALSE, FALSE, sizeof(Item))};
    g_array_set_clear_func(plan->items, item_clear);
    if (addition)
        init_addition(plan, addition, text);
    list_read(plan);
    for (guint i = 0; i < plan->read->len; i++)
        if (asks(read_at(plan, i)))
            add_item(plan, i);
    add_never_read(plan);
}

static void plan_clear(Plan *plan)
{
    g_array_unref(plan->items);
    g_ptr_array_unref(plan->read);
}

static const Item *item_at(const Plan *plan, guint i)
{
    return &g_array_index(plan->items, Item, i);
}

/* --- the way --- */

/* One include by its networks weighs more than all hosts by their addresses, and so on down to the
 * octets. */
static int64_t weight_of(SpfSwapKind kind)
{
    if (kind == SWAP_NETWORKS || kind == SWAP_NETWORKS_LISTED)
        return INT64_C(1) << 44;
    return INT64_C(1) << (spf_swap_needs_upkeep(kind) ? 36 : 28);
}

static unsigned less(unsigned spent, unsigned saved, unsigned limit)
{
    return MAX(spent - saved, limit);
}

static Way without(const Way *way, const Item *item, guint i, const Spent *limit)
{
    Way shorter = *way;
    shorter.cost += weight_of(item->kind) + item->octets;
    shorter.octets += item->octets;
    shorter.spent.lookups = less(way->spent.lookups, item->spent.lookups, limit->lookups);
    shorter.spent.void4 = less(way->spent.void4, item->spent.void4, limit->void4);
    shorter.spent.void6 = less(way->spent.void6, item->spent.void6, limit->void6);
    shorter.spent.voids = less(way->spent.voids, item->spent.voids, limit->voids);
    shorter.gone[i / 64] |= UINT64_C(1) << i % 64;
    return shorter;
}

static int compare_spent(const Spent *a, const Spent *b)
{
    if (a->lookups != b->lookups)
        return a->lookups < b->lookups ? -1 : 1;
    if (a->void4 != b->void4)
        return a->void4 < b->void4 ? -1 : 1;
    if (a->void6 != b->void6)
        return a->void6 < b->void6 ? -1 : 1;
    return a->voids < b->voids ? -1 : a->voids > b->voids;
}

static int compare_cost(const void *a, const void *b)
{
    const Way *x = a, *y = b;
    if (x->cost != y->cost)
        return x->cost < y->cost ? -1 : 1;
    if (x->octets != y->octets)
        return x->octets < y->octets ? -1 : 1;
    return memcmp(x->gone, y->gone, sizeof(x->gone));
}

static int compare_ways(const void *a, const void *b)
{
    const Way *x = a, *y = b;
    int order = compare_spent(&x->spent, &y->spent);
    return order != 0 ? order : compare_cost(a, b);
}

static int compare_lookups(const void *a, const void *b)
{
    const Way *x = a, *y = b;
    if (x->spent.lookups != y->spent.lookups)
        return x->spent.lookups < y->spent.lookups ? -1 : 1;
    return compare_cost(a, b);
}

/* The cheapest, as many for each number of lookups: those that save much are dear, and are needed.
 */
static void thin_out(GArray *ways)
{
    guint groups = 0, kept = 0, taken = 0;
    unsigned lookups = 0;
    g_array_sort(ways, compare_lookups);
    for (guint i = 0; i < ways->len; i++)
        groups += i == 0 || g_array_index(ways, Way, i - 1).spent.lookups !=
                                g_array_index(ways, Way, i).spent.lookups;
    for (guint i = 0; i < ways->len; i++) {
        Way way = g_array_index(ways, Way, i);
        taken = i > 0 && way.spent.lookups == lookups ? taken + 1 : 1;
        lookups = way.spent.lookups;
        if (taken <= MAX_WAYS / groups)
            g_array_index(ways, Way, kept++) = way;
    }
    g_array_set_size(ways, kept);
}

/* Of the ways that lead equally far, a dearer one is of use only when its record is shorter. */
static void prune(GArray *ways)
{
    guint kept = 0;
    g_array_sort(ways, compare_ways);
    for (guint i = 0; i < ways->len; i++) {
        const Way *way = &g_array_index(ways, Way, i);
        const Way *last = kept > 0 ? &g_array_index(ways, Way, kept - 1) : NULL;
        if (last && compare_spent(&last->spent, &way->spent) == 0 && last->octets <= way->octets)
            continue;
        g_array_index(ways, Way, kept++) = *way;
    }
    g_array_set_size(ways, kept);
    if (kept > MAX_WAYS)
        thin_out(ways);
}

static GArray *ways_within(const Plan *plan, const Spent *limit, const Spent *total)
{
    GArray *ways = g_array_new(FALSE, FALSE, sizeof(Way));
    Way none = {.spent = {MAX(total->lookups, limit->lookups), MAX(total->void4, limit->void4),
                          MAX(total->void6, limit->void6), MAX(total->voids, limit->voids)}};
    g_array_append_val(ways, none);
    for (guint i = 0; i < plan->items->len; i++) {
        const Item *item = item_at(plan, i);
        GArray *next = g_array_new(FALSE, FALSE, sizeof(Way));
        if (item->can_stay)
            g_array_append_vals(next, ways->data, ways->len);
        for (guint j = 0; item->can_go && j < ways->len; j++) {
            Way shorter = without(&g_array_index(ways, Way, j), item, i, limit);
            g_array_append_val(next, shorter);
        }
        g_array_unref(ways);
        ways = next;
        prune(ways);
    }
    return ways;
}

/* The cheapest way to the limit whose record has no more octets. */
static bool choose(const GArray *ways, const Spent *limit, long octets, Way *chosen)
{
    bool found = false;
    for (guint i = 0; i < ways->len; i++) {
        const Way *way = &g_array_index(ways, Way, i);
        if (compare_spent(&way->spent, limit) != 0 || way->octets > octets ||
            (found && compare_cost(chosen, way) <= 0))
            continue;
        *chosen = *way;
        found = true;
    }
    return found;
}

/* Octets that the record may have beside the other texts at its name. */
static long room_at(const SpfRecord *record)
{
    long room = UDP_OCTETS - ANSWER_OCTETS - (long)strlen(record->domain);
    const DnsAnswer *answer = record->answer;
    for (size_t i = 0; answer && i < answer->n; i++) {
        Span text = span_of(answer->records[i].text, answer->records[i].text_n);
        if (!span_is(text, record->text))
            room -= RECORD_OCTETS + (long)text.n;
    }
    return room;
}

static bool find_way(const Plan *plan, Way *chosen)
{
    long octets = (long)strlen(plan->record->text);
    long added = plan->addition.text.n > 0 ? (long)plan->addition.text.n + 1 : 0;
    long preferred = MAX(PREFERRED_OCTETS, octets + added) - octets - added;
    long most = MAX(room_at(plan->record), octets + added) - octets - added;
    Spent total = {0};
    for (guint i = 0; i < plan->items->len; i++) {
        const Spent *spent = &item_at(plan, i)->spent;
        total.lookups += spent->lookups;
        total.void4 += spent->void4;
        total.void6 += spent->void6;
        total.voids += spent->voids;
    }
    /* Better no void lookups too many for anybody; else no more than there are for one family. */
    const Spent limits[] = {
        {SPF_MAX_LOOKUPS, SPF_MAX_VOID, SPF_MAX_VOID, SPF_MAX_VOID},
        {SPF_MAX_LOOKUPS, MAX(SPF_MAX_VOID, total.void4), MAX(SPF_MAX_VOID, total.void6),
         SPF_MAX_VOID},
    };
    bool found = false;
    for (size_t i = 0; i < G_N_ELEMENTS(limits) && !found; i++) {
        GArray *ways = ways_within(plan, &limits[i], &total);
        found =
            choose(ways, &limits[i], preferred, chosen) || choose(ways, &limits[i], most, chosen);
        g_array_unref(ways);
    }
    return found;
}

/* --- the record --- */

static bool goes(const Way *way, guint i)
{
    return way->gone[i / 64] >> i % 64 & 1;
}

static char *all_never_read(const Plan *plan)
{
    GString *text = g_string_new(NULL);
    for (size_t i = 0; i < plan->record->n; i++) {
        const SpfTerm *term = &plan->record->terms[i];
        if (!is_never_read(plan, term))
            continue;
        if (text->len > 0)
            g_string_append_c(text, ' ');
        g_string_append_len(text, term->text.p, (gssize)term->text.n);
    }
    return g_string_free(text, FALSE);
}

/* The covering term that stays, or is replaced by what it stands for. What covers a term comes
 * before it or has it below itself, so the search ends. */
static const SpfTerm *standing_in(const Plan *plan, const Way *way, const Item *item)
{
    const SpfTerm *standing = item->standing;
    for (guint i = 0; i < plan->items->len; i++) {
        const Item *other = item_at(plan, i);
        if (other->term == standing && goes(way, i) && other->kind == SWAP_COVERED)
            return standing_in(plan, way, other);
    }
    return standing;
}

/* What an earlier swap has put into the record already is not put there again. */
static SpfSwap swap_of(const Plan *plan, const Way *way, const Item *item, AddrSet *put)
{
    SpfSwap swap = {.kind = item->kind, .by = g_strdup(""), .now = g_strdup("")};
    swap.term = item->kind == SWAP_BEHIND_ALL ? all_never_read(plan) : span_dup(item->term->text);
    if (item->kind == SWAP_COVERED) {
        g_free(swap.now);
        swap.now = span_dup(standing_in(plan, way, item)->text);
    }
    if (item->kind != SWAP_HOSTS && item->kind != SWAP_NETWORKS)
        return swap;
    g_auto(GStrv) networks = networks_beyond(item->networks, put);
    g_free(swap.now);
    g_free(swap.by);
    swap.now = g_strjoinv(" ", item->now);
    swap.by = terms_for(item->term->qualifier, networks);
    if (!networks[0])
        swap.kind = item->kind == SWAP_HOSTS ? SWAP_HOSTS_LISTED : SWAP_NETWORKS_LISTED;
    for (char **network = networks; *network; network++)
        addrset_add(put, *network);
    return swap;
}

static void list_swaps(const Plan *plan, const Way *way, SpfFit *fit)
{
    g_autoptr(AddrSet) put = addrset_new();
    unsigned void4 = 0, void6 = 0;
    fit->swaps = g_new0(SpfSwap, plan->items->len + 1);
    for (guint i = 0; i < plan->items->len; i++) {
        const Item *item = item_at(plan, i);
        if (goes(way, i)) {
            fit->swaps[fit->n++] = swap_of(plan, way, item, put);
            continue;
        }
        fit->lookups += item->spent.lookups;
        void4 += item->spent.void4;
        void6 += item->spent.void6;
    }
    fit->voids = MAX(void4, void6);
}

/* The swap of the term; NULL when it stays. */
static const SpfSwap *swap_for(const Plan *plan, const Way *way, const SpfFit *fit,
                               const SpfTerm *term)
{
    size_t nth = 0;
    for (guint i = 0; i < plan->items->len; i++) {
        const Item *item = item_at(plan, i);
        bool it_is = item->kind == SWAP_BEHIND_ALL && item->term && goes(way, i)
                         ? is_never_read(plan, term)
                         : item->term == term;
        if (it_is && goes(way, i))
            return &fit->swaps[nth];
        nth += goes(way, i);
    }
    return NULL;
}

static char *text_of(const Plan *plan, const Way *way, const SpfFit *fit)
{
    const SpfRecord *record = plan->record;
    const SpfSwap *gone = swap_for(plan, way, fit, &plan->addition);
    bool added = plan->addition.text.n == 0 || gone;
    GString *text = g_string_new(NULL);
    size_t at = 0;
    for (size_t i = 0; i < record->n; i++) {
        const SpfTerm *term = &record->terms[i];
        const SpfSwap *swap = swap_for(plan, way, fit, term);
        g_string_append_len(text, record->text + at, (gssize)(term->offset - at));
        at = term->offset;
        if (!added && term->offset >= plan->place) {
            g_string_append_printf(text, "%s ", plan->addition.text.p);
            added = true;
        }
        if (!swap)
            continue;
        g_string_append(text, swap->by);
        at += term->text.n;
        if (!*swap->by)
            at += strspn(record->text + at, " ");
    }
    g_string_append(text, record->text + at);
    g_strchomp(text->str);
    text->len = strlen(text->str);
    if (!added)
        g_string_append_printf(text, " %s", plan->addition.text.p);
    return g_string_free(text, FALSE);
}

SpfFit *spfbudget_fit(const SpfSurvey *survey, const char *own, const SpfSurvey *addition)
{
    const SpfRecord *record = survey->record;
    if (!record->text || record->problem != SPF_OK || record->n > MAX_TERMS)
        return NULL;
    g_autofree char *text = addition ? g_strconcat("include:", addition->domain, NULL) : NULL;
    SpfFit *fit = NULL;
    Plan plan;
    Way way;
    plan_init(&plan, record, own, addition, text);
    if (plan.items->len <= MAX_ITEMS && find_way(&plan, &way)) {
        fit = g_new0(SpfFit, 1);
        list_swaps(&plan, &way, fit);
        fit->text = text_of(&plan, &way, fit);
    }
    plan_clear(&plan);
    return fit;
}

/* --- what is left to the owner --- */

static int by_cost(const void *a, const void *b)
{
    const SpfCost *x = a, *y = b;
    if (x->lookups != y->lookups)
        return x->lookups > y->lookups ? -1 : 1;
    return strcmp(x->term, y->term);
}

SpfCost *spfbudget_costs(const SpfSurvey *survey, const char *own, unsigned excess, size_t *n)
{
    const Plan plan = {.own = own};
    const SpfRecord *record = survey->record;
    SpfCost *costs = g_new0(SpfCost, record->n + 1);
    *n = 0;
    for (size_t i = 0; i < record->n; i++) {
        const SpfTerm *term = &record->terms[i];
        if (term->lookups > 0 && !is_own(&plan, term))
            costs[(*n)++] =
                (SpfCost){bytes_escape(term->text), term->lookups, term->lookups >= excess};
    }
    qsort(costs, *n, sizeof(*costs), by_cost);
    return costs;
}

void spf_costs_free(SpfCost *costs, size_t n)
{
    for (size_t i = 0; i < n; i++)
        g_free(costs[i].term);
    g_free(costs);
}

void spf_swap_copy(SpfSwap *to, const SpfSwap *from)
{
    *to = (SpfSwap){from->kind, g_strdup(from->term), g_strdup(from->by), g_strdup(from->now)};
}

void spf_swap_clear(SpfSwap *swap)
{
    g_free(swap->term);
    g_free(swap->by);
    g_free(swap->now);
}

void spf_fit_free(SpfFit *fit)
{
    if (!fit)
        return;
    for (size_t i = 0; i < fit->n; i++)
        spf_swap_clear(&fit->swaps[i]);
    g_free(fit->swaps);
    g_free(fit->text);
    g_free(fit);
}
