#include "reports/findingdiff.h"

#include "reports/finding.h"

#include <string.h>

const char *finding_change_name(FindingChange change)
{
    static const char *const names[] = {"same",   "new",  "worse",  "open",
                                        "better", "gone", "settled"};
    return names[change];
}

/* --- identity --- */

static bool same_key(const xmlNode *a, const xmlNode *b)
{
    return node_is(a, "domain", node_get(b, "domain")) &&
           node_is(a, "selector", node_get(b, "selector"));
}

char *findingdiff_signature(const xmlNode *report, const char *number)
{
    const xmlNode *signature = node_path(report, "signatures", "signature");
    while (signature != NULL && !node_is(signature, "number", number))
        signature = node_next(signature);
    const char *domain = node_get(signature, "domain"), *selector = node_get(signature, "selector");
    if (domain[0] == '\0' || selector[0] == '\0')
        return NULL;
    size_t from_bottom = 1;
    for (const xmlNode *below = node_next(signature); below != NULL; below = node_next(below))
        from_bottom += same_key(below, signature);
    return from_bottom == 1 ? g_strdup_printf("d=%s s=%s", domain, selector)
                            : g_strdup_printf("d=%s s=%s #%zu", domain, selector, from_bottom);
}

/* Of all signatures that findings name: each is looked up once. */
typedef struct Names {
    const xmlNode *report;
    GHashTable *of_object; /* "signature-3" to its name */
} Names;

static const char *name_of(Names *names, const char *object)
{
    static const char prefix[] = "signature-";
    if (!g_str_has_prefix(object, prefix))
        return object;
    const char *name = g_hash_table_lookup(names->of_object, object);
    if (name != NULL)
        return name;
    char *found = findingdiff_signature(names->report, object + strlen(prefix));
    if (found == NULL)
        found = g_strdup(object);
    g_hash_table_insert(names->of_object, (char *)object, found);
    return found;
}

static char *identity_of(Names *names, const xmlNode *finding)
{
    return g_strdup_printf("%s\n%s", node_get(finding, "rule"),
                           name_of(names, node_get(finding, "object")));
}

/* --- gravity --- */

const char *findingdiff_state(const xmlNode *finding)
{
    if (finding == NULL)
        return "absent";
    return node_is(finding, "outcome", "fail") && node_is(finding, "waived", "true")
               ? "waived"
               : node_get(finding, "outcome");
}

static bool fails(const xmlNode *finding)
{
    return node_is(finding, "outcome", "fail");
}

/* Of what fails: switched off by the profile is nothing, and merely inferred costs nothing. */
static unsigned gravity(const xmlNode *finding)
{
    Severity severity = SEVERITY_INFO;
    if (node_is(finding, "waived", "true"))
        return 0;
    severity_parse(node_get(finding, "severity"), &severity);
    return 1 + 2 * (unsigned)severity + !node_is(finding, "certainty", "inferred");
}

static FindingChange change_of(const xmlNode *before, const xmlNode *after)
{
    bool failed = fails(before), open = node_is(after, "outcome", "not-evaluable");
    if (failed && fails(after)) {
        unsigned was = gravity(before), is = gravity(after);
        return is > was ? FINDING_WORSE : is < was ? FINDING_BETTER : FINDING_SAME;
    }
    if (fails(after))
        return FINDING_NEW;
    if (open && (failed || node_is(before, "outcome", "pass")))
        return FINDING_OPEN;
    if (failed)
        return FINDING_GONE;
    return node_is(before, "outcome", "not-evaluable") && node_is(after, "outcome", "pass")
               ? FINDING_SETTLED
               : FINDING_SAME;
}

/* --- pairs --- */

/* Findings by identity, each list in the order of the report. */
static GHashTable *index_findings(const xmlNode *report, Names *names)
{
    GHashTable *index =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_queue_free);
    const xmlNode *finding = node_path(report, "findings", "finding");
    for (; finding != NULL; finding = node_next(finding)) {
        g_autofree char *identity = identity_of(names, finding);
        GQueue *same = g_hash_table_lookup(index, identity);
        if (same == NULL) {
            same = g_queue_new();
            g_hash_table_insert(index, g_steal_pointer(&identity), same);
        }
        g_queue_push_tail(same, (gpointer)finding);
    }
    return index;
}

static void add_pair(GArray *pairs, const xmlNode *before, const xmlNode *after)
{
    FindingPair pair = {change_of(before, after), before, after};
    g_array_append_val(pairs, pair);
}

FindingPairs *findingdiff_new(const xmlNode *before, const xmlNode *after)
{
    GArray *pairs = g_array_new(FALSE, FALSE, sizeof(FindingPair));
    g_autoptr(GHashTable) old_names = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    g_autoptr(GHashTable) new_names = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    Names old = {before, old_names}, new = {after, new_names};
    g_autoptr(GHashTable) index = index_findings(before, &old);
    g_autoptr(GHashTable) paired = g_hash_table_new(NULL, NULL);

    const xmlNode *finding = node_path(after, "findings", "finding");
    for (; finding != NULL; finding = node_next(finding)) {
        g_autofree char *identity = identity_of(&new, finding);
        GQueue *same = g_hash_table_lookup(index, identity);
        const xmlNode *partner = same != NULL ? g_queue_pop_head(same) : NULL;
        if (partner != NULL)
            g_hash_table_add(paired, (gpointer)partner);
        add_pair(pairs, partner, finding);
    }
    for (finding = node_path(before, "findings", "finding"); finding != NULL;
         finding = node_next(finding)) {
        if (!g_hash_table_contains(paired, finding))
            add_pair(pairs, finding, NULL);
    }
    FindingPairs *result = g_new0(FindingPairs, 1);
    result->n = pairs->len;
    result->pairs = (FindingPair *)(void *)g_array_free(pairs, FALSE);
    return result;
}

void findingdiff_free(FindingPairs *pairs)
{
    if (pairs == NULL)
        return;
    g_free(pairs->pairs);
    g_free(pairs);
}
