/* The differences for machines: the shape is in difference.h. */
#include "reports/difference.h"
#include "reports/finding.h"

#include <jansson.h>
#include <stdlib.h>

enum { TEXT_SHOWN = 512 };

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0)
        g_error("out of memory");
}

static void set_text(json_t *object, const char *name, const char *text)
{
    set(object, name, json_string(text));
}

static void set_number(json_t *object, const char *name, size_t n)
{
    set(object, name, json_integer((json_int_t)n));
}

static void set_octets(json_t *object, const char *name, const char *p, size_t n)
{
    g_autofree char *escaped = bytes_escape(span_of(p, MIN(n, (size_t)TEXT_SHOWN)));
    set_text(object, name, escaped);
}

static void append(json_t *list, json_t *value)
{
    if (json_array_append_new(list, value) != 0)
        g_error("out of memory");
}

static json_t *side_json(const DifferenceSide *side, Language language)
{
    const xmlNode *report = xmlDocGetRootElement(side->document);
    const xmlNode *verdict = node_child(report, "verdict"), *input = node_child(report, "input");
    json_t *out = json_object();
    set_text(out, "input", node_get(input, "name"));
    set_text(out, "sha256", node_get(input, "sha256"));
    set_number(out, "score", (size_t)finding_uint(verdict, "score"));
    set_text(out, "sentence", finding_text(verdict, "sentence", language));
    return out;
}

static json_t *state_json(const xmlNode *finding)
{
    if (finding == NULL)
        return json_null();
    json_t *out = json_object();
    const char *certainty = node_get(finding, "certainty");
    set_text(out, "outcome", findingdiff_state(finding));
    set_text(out, "severity", node_get(finding, "severity"));
    set(out, "certainty", certainty[0] != '\0' ? json_string(certainty) : json_null());
    return out;
}

static json_t *findings_json(const Difference *d, Language language)
{
    json_t *list = json_array();
    for (size_t i = 0; i < MIN(d->findings->n, (size_t)NODE_MAX_ITEMS); i++) {
        const FindingPair *pair = &d->findings->pairs[i];
        const xmlNode *finding = pair->after != NULL ? pair->after : pair->before;
        const char *title = finding_text(pair->after, "title", language);
        json_t *one = json_object();
        set_text(one, "change", finding_change_name(pair->change));
        set_text(one, "rule", node_get(finding, "rule"));
        set_text(one, "object", node_get(finding, "object"));
        set_text(one, "topic", node_get(finding, "topic"));
        set_text(one, "title",
                 title[0] != '\0' ? title : finding_text(pair->before, "title", language));
        set(one, "before", state_json(pair->before));
        set(one, "after", state_json(pair->after));
        append(list, one);
    }
    return list;
}

static json_t *facts_json(const Difference *d)
{
    json_t *list = json_array();
    for (size_t i = 0; i < MIN(d->n_facts, (size_t)NODE_MAX_ITEMS); i++) {
        const FactDifference *difference = &d->facts[i];
        const Fact *fact = difference->after != NULL ? difference->after : difference->before;
        json_t *one = json_object();
        set_text(one, "section", fact->section);
        set_text(one, "fact", fact->name);
        set_text(one, "object", fact->object);
        set(one, "before",
            difference->before != NULL ? json_string(difference->before->value) : json_null());
        set(one, "after",
            difference->after != NULL ? json_string(difference->after->value) : json_null());
        set(one, "matters", json_boolean(difference->matters));
        append(list, one);
    }
    return list;
}

static json_t *place_json(const RegionPlace *place, const Source *source)
{
    json_t *out = json_object();
    set(out, "at_end", json_boolean(place->at_end));
    if (place->has_field) {
        Span name = source->fields[place->field].name;
        set_number(out, "field", place->field + 1);
        set_octets(out, "name", name.p, name.n);
    }
    set_number(out, "line", place->line);
    set_number(out, "offset", place->offset);
    set_octets(out, "octets", place->excerpt, place->excerpt_n);
    return out;
}

static json_t *region_json(const Difference *d, const Region *region)
{
    json_t *out = json_object();
    set_text(out, "state", region_state_name(region->state));
    set_number(out, "size_before", region->size_a);
    set_number(out, "size_after", region->size_b);
    if (region->state != REGION_DIFFERS)
        return out;
    set_number(out, "at", region->at);
    set_octets(out, "context", region->context, region->context_n);
    set(out, "before", place_json(&region->a, d->before.evidence->source));
    set(out, "after", place_json(&region->b, d->after.evidence->source));
    return out;
}

static json_t *signatures_json(const Difference *d)
{
    if (d->signatures == NULL)
        return json_null();
    json_t *list = json_array();
    for (size_t i = 0; i < d->signatures->n; i++) {
        const SignaturePair *pair = &d->signatures->pairs[i];
        json_t *one = json_object();
        set_text(one, "domain", pair->a->domain);
        set_text(one, "selector", pair->a->selector);
        set(one, "same_signature", json_boolean(pair->same_value));
        set_number(one, "arc_instance", pair->a->instance);
        set(one, "header", region_json(d, &pair->header));
        set(one, "body", region_json(d, &pair->body));
        append(list, one);
    }
    return list;
}

/* at: the first differing octet, or 0 when the field is in one copy only. */
static json_t *field_json(const Source *source, size_t index, size_t at)
{
    if (index >= source->n_fields)
        return json_null();
    const Field *field = &source->fields[index];
    json_t *out = json_object();
    set_number(out, "field", index + 1);
    set_number(out, "line", field->line);
    set_number(out, "offset", MAX(at, field->offset));
    Span from = difference_field_from(source, index, at);
    set_octets(out, "text", from.p, from.n);
    return out;
}

static json_t *fields_json(const Difference *d)
{
    if (d->fields == NULL)
        return json_null();
    const Source *a = d->before.evidence->source, *b = d->after.evidence->source;
    json_t *list = json_array();
    for (size_t i = 0; i < MIN(d->fields->n, (size_t)NODE_MAX_ITEMS); i++) {
        const FieldDifference *field = &d->fields->items[i];
        Span name = field->b < b->n_fields ? b->fields[field->b].name : a->fields[field->a].name;
        json_t *one = json_object();
        set_text(one, "change", field_change_name(field->change));
        set_octets(one, "name", name.p, name.n);
        set(one, "signed", json_boolean(difference_field_is_signed(d, field)));
        set(one, "before", field_json(a, field->a, field->at_a));
        set(one, "after", field_json(b, field->b, field->at_b));
        append(list, one);
    }
    return list;
}

static size_t left_out(size_t n)
{
    return n > NODE_MAX_ITEMS ? n - NODE_MAX_ITEMS : 0;
}

static json_t *omitted_json(const Difference *d)
{
    json_t *out = json_object();
    set_number(out, "findings", left_out(d->findings->n));
    set_number(out, "facts", left_out(d->n_facts));
    set_number(out, "fields", d->fields != NULL ? left_out(d->fields->n) : 0);
    return out;
}

GString *difference_json(const Difference *difference, Language language)
{
    json_t *document = json_object();
    set(document, "before", side_json(&difference->before, language));
    set(document, "after", side_json(&difference->after, language));
    set(document, "differs", json_boolean(difference->matters));
    set(document, "findings", findings_json(difference, language));
    set(document, "facts", facts_json(difference));
    set(document, "signatures", signatures_json(difference));
    set(document, "fields", fields_json(difference));
    set(document, "omitted", omitted_json(difference));
    char *text = json_dumps(document, JSON_INDENT(2));
    if (text == NULL)
        g_error("out of memory");
    GString *out = g_string_new(text);
    g_string_append_c(out, '\n');
    free(text);
    json_decref(document);
    return out;
}
