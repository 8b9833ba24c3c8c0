#include "analyzer/auth/fieldindex.h"

#include <stdlib.h>
#include <string.h>

typedef struct NamedField {
    Span name;
    size_t field;
} NamedField;

struct FieldIndex {
    size_t *fields; /* indices into Source.fields, sorted by name, then by place */
    Span *names;    /* of each group */
    size_t *starts; /* of each group in fields; one more at the end */
    size_t n_groups;
};

/* By length first: most comparisons then cost nothing. Of long names, equal octets are passed over
 * eight at a time. */
static int compare_names(Span a, Span b)
{
    if (a.n != b.n)
        return a.n < b.n ? -1 : 1;
    size_t same = 0;
    while (same + 8 <= a.n && memcmp(a.p + same, b.p + same, 8) == 0)
        same += 8;
    for (size_t i = same; i < a.n; i++) {
        unsigned char x = (unsigned char)g_ascii_tolower(a.p[i]);
        unsigned char y = (unsigned char)g_ascii_tolower(b.p[i]);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

static int compare_fields(const void *a, const void *b)
{
    const NamedField *x = a, *y = b;
    int order = compare_names(x->name, y->name);
    return order ? order : (x->field > y->field) - (x->field < y->field);
}

FieldIndex *fieldindex_new(const Source *source)
{
    size_t n = source->n_fields;
    g_autofree NamedField *sorted = g_new(NamedField, n + 1);
    for (size_t i = 0; i < n; i++)
        sorted[i] = (NamedField){.name = source->fields[i].name, .field = i};
    qsort(sorted, n, sizeof *sorted, compare_fields);

    FieldIndex *index = g_new0(FieldIndex, 1);
    index->fields = g_new(size_t, n + 1);
    index->names = g_new(Span, n + 1);
    index->starts = g_new(size_t, n + 1);
    for (size_t i = 0; i < n; i++) {
        if (i == 0 || compare_names(sorted[i - 1].name, sorted[i].name) != 0) {
            index->names[index->n_groups] = sorted[i].name;
            index->starts[index->n_groups++] = i;
        }
        index->fields[i] = sorted[i].field;
    }
    index->starts[index->n_groups] = n;
    return index;
}

void fieldindex_free(FieldIndex *index)
{
    if (!index)
        return;
    g_free(index->fields);
    g_free(index->names);
    g_free(index->starts);
    g_free(index);
}

size_t fieldindex_groups(const FieldIndex *index)
{
    return index->n_groups;
}

FieldGroup fieldindex_find(const FieldIndex *index, Span name)
{
    size_t low = 0, high = index->n_groups;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = compare_names(index->names[middle], name);
        if (order == 0) {
            size_t start = index->starts[middle];
            return (FieldGroup){&index->fields[start], index->starts[middle + 1] - start, middle};
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return (FieldGroup){0};
}
