#include "reports/difference.h"

#include <string.h>

/* --- facts --- */

static char *key_of(const Fact *fact)
{
    return g_strdup_printf("%s\n%s\n%s", fact->section, fact->name, fact->object);
}

static char *object_of(const Fact *fact)
{
    return g_strdup_printf("%s\n%s", fact->section, fact->object);
}

/* Facts by key, and the objects that are led by one. */
typedef struct FactIndex {
    GHashTable *facts, *objects;
} FactIndex;

static void index_init(FactIndex *index, const GPtrArray *facts)
{
    index->facts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    index->objects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    for (guint i = 0; i < facts->len; i++) {
        Fact *fact = facts->pdata[i];
        g_hash_table_insert(index->facts, key_of(fact), fact);
        if (fact->leads)
            g_hash_table_add(index->objects, object_of(fact));
    }
}

static void index_clear(FactIndex *index)
{
    g_hash_table_unref(index->facts);
    g_hash_table_unref(index->objects);
}

/* Of an object that is in one report only, one fact says so for all. */
static bool is_told_by_another(const FactIndex *own, const FactIndex *other, const Fact *fact)
{
    g_autofree char *object = object_of(fact);
    return !fact->leads && g_hash_table_contains(own->objects, object) &&
           !g_hash_table_contains(other->objects, object);
}

static void add_fact(GArray *list, const Fact *before, const Fact *after)
{
    FactWeight weight = (after != NULL ? after : before)->weight;
    FactDifference one = {before, after,
                          weight == FACT_OF_MAIL || (weight == FACT_OF_ANSWER && before && after)};
    g_array_append_val(list, one);
}

static void compare_section(GArray *list, const Difference *d, const FactIndex *before,
                            const FactIndex *after, const char *section)
{
    for (guint i = 0; i < d->after_facts->len; i++) {
        const Fact *fact = d->after_facts->pdata[i];
        if (strcmp(fact->section, section) != 0)
            continue;
        g_autofree char *key = key_of(fact);
        const Fact *was = g_hash_table_lookup(before->facts, key);
        if ((was == NULL || strcmp(was->value, fact->value) != 0) &&
            !is_told_by_another(after, before, fact))
            add_fact(list, was, fact);
    }
    for (guint i = 0; i < d->before_facts->len; i++) {
        const Fact *fact = d->before_facts->pdata[i];
        if (strcmp(fact->section, section) != 0)
            continue;
        g_autofree char *key = key_of(fact);
        if (!g_hash_table_contains(after->facts, key) && !is_told_by_another(before, after, fact))
            add_fact(list, fact, NULL);
    }
}

static void compare_facts(Difference *d)
{
    FactIndex before, after;
    index_init(&before, d->before_facts);
    index_init(&after, d->after_facts);
    GArray *list = g_array_new(FALSE, FALSE, sizeof(FactDifference));
    for (const char *const *section = facts_sections(); *section != NULL; section++)
        compare_section(list, d, &before, &after, *section);
    index_clear(&before);
    index_clear(&after);
    d->n_facts = list->len;
    d->facts = (FactDifference *)(void *)g_array_free(list, FALSE);
}

/* --- findings --- */

static void keep_changed(FindingPairs *pairs)
{
    size_t kept = 0;
    for (size_t i = 0; i < pairs->n; i++) {
        if (pairs->pairs[i].change != FINDING_SAME)
            pairs->pairs[kept++] = pairs->pairs[i];
    }
    pairs->n = kept;
}

/* --- octets --- */

static SignedCopy copy_of(const Evidence *evidence)
{
    return (SignedCopy){evidence->source, evidence->dkim, evidence->arc, evidence->headers_only};
}

static void compare_octets(Difference *d)
{
    if (d->before.evidence == NULL || d->after.evidence == NULL)
        return;
    SignedCopy a = copy_of(d->before.evidence), b = copy_of(d->after.evidence);
    d->signatures = regiondiff_new(&a, &b);
    d->fields = fielddiff_new(a.source, b.source);
}

static bool signs(const DkimSignature *signature, size_t field)
{
    for (size_t i = 0; i < signature->n_names; i++) {
        if (signature->names[i].present && signature->names[i].field == field)
            return true;
    }
    return false;
}

static bool is_signed(const Evidence *evidence, size_t field)
{
    size_t n = MIN(evidence->dkim->n, (size_t)DKIM_MAX_SIGNATURES);
    for (size_t i = 0; i < n; i++) {
        if (signs(&evidence->dkim->signatures[i], field))
            return true;
    }
    return false;
}

bool difference_field_is_signed(const Difference *difference, const FieldDifference *field)
{
    return (field->change != FIELD_ADDED && is_signed(difference->before.evidence, field->a)) ||
           (field->change != FIELD_REMOVED && is_signed(difference->after.evidence, field->b));
}

Span difference_field_from(const Source *source, size_t index, size_t at)
{
    const Field *field = &source->fields[index];
    size_t within =
        at > field->offset && at - field->offset < field->raw.n ? at - field->offset : 0;
    return span_from(field->raw, within > DIFFERENCE_LEAD ? within - DIFFERENCE_LEAD : 0);
}

static bool region_differs(const Region *region)
{
    return region->state == REGION_DIFFERS;
}

static bool matters(const Difference *d)
{
    if (d->findings->n > 0)
        return true;
    for (size_t i = 0; i < d->n_facts; i++) {
        if (d->facts[i].matters)
            return true;
    }
    for (size_t i = 0; d->signatures != NULL && i < d->signatures->n; i++) {
        const SignaturePair *pair = &d->signatures->pairs[i];
        if (region_differs(&pair->header) || region_differs(&pair->body))
            return true;
    }
    return false;
}

Difference *difference_new(const DifferenceSide *before, const DifferenceSide *after)
{
    Difference *d = g_new0(Difference, 1);
    const xmlNode *old = xmlDocGetRootElement(before->document),
                  *new = xmlDocGetRootElement(after->document);
    d->before = *before;
    d->after = *after;
    d->findings = findingdiff_new(old, new);
    keep_changed(d->findings);
    d->before_facts = facts_new(old);
    d->after_facts = facts_new(new);
    compare_facts(d);
    compare_octets(d);
    d->matters = matters(d);
    return d;
}

void difference_free(Difference *difference)
{
    if (difference == NULL)
        return;
    findingdiff_free(difference->findings);
    g_ptr_array_unref(difference->before_facts);
    g_ptr_array_unref(difference->after_facts);
    g_free(difference->facts);
    regiondiff_free(difference->signatures);
    fielddiff_free(difference->fields);
    g_free(difference);
}
