#include "reports/sections.h"
#include "rules/provider_matrix.h"

static void write_local(xmlNode *parent, const char *name, char *const text[LANGUAGES])
{
    for (int language = 0; language < LANGUAGES; language++)
        node_text_in(parent, name, (Language)language, text[language]);
}

static void write_tests(xmlNode *parent, const Providers *providers)
{
    xmlNode *list = node_new(parent, "provider-tests");
    for (size_t i = 0; i < providers->n_tests; i++) {
        xmlNode *test = node_new(list, "provider-test");
        node_attr(test, "id", providers->tests[i].id);
        write_local(test, "title", providers->tests[i].title);
    }
}

static void write_answers(xmlNode *parent, const Requirement *requirement)
{
    xmlNode *list = node_new(parent, "smtp-answers");
    for (size_t i = 0; i < requirement->n_answers; i++) {
        const SmtpAnswer *answer = &requirement->answers[i];
        xmlNode *node = node_new(list, "smtp-answer");
        node_attr(node, "code", answer->code);
        node_attr(node, "enhanced", answer->enhanced);
        node_bool(node, "permanent", answer->permanent);
    }
}

static void write_read_at(xmlNode *node, const Requirement *requirement)
{
    g_autoptr(GString) list = g_string_new(NULL);
    for (size_t i = 0; i < requirement->n_sources; i++)
        g_string_append_printf(list, "%s%zu", i > 0 ? " " : "", requirement->sources[i] + 1);
    node_attr(node, "read-at", list->str);
}

static void write_check(xmlNode *list, const Providers *providers, const ProviderCheck *check)
{
    const Requirement *requirement = check->requirement;
    bool asked = check->state != PROVIDER_NOT_APPLICABLE;
    xmlNode *node = node_new(list, "requirement");
    node_attr(node, "test", providers->tests[requirement->test].id);
    node_attr(node, "applies", applies_name(requirement->applies));
    node_bool(node, "required", requirement->required);
    node_bool(node, "refuses", requirement->refuses);
    node_attr(node, "fulfilled", provider_state_name(check->state));
    node_bool(node, "inferred", asked && check->result->inferred);
    if (asked) {
        node_attr(node, "missing", check->result->missing);
        node_attr(node, "instead", check->result->found);
    }
    write_read_at(node, requirement);
    write_answers(node, requirement);
    write_local(node, "note", requirement->note);
}

static void write_provider(xmlNode *list, const Providers *providers, const ProviderRow *row)
{
    const Provider *provider = row->provider;
    xmlNode *node = node_new(list, "provider");
    node_attr(node, "id", provider->id);
    node_attr(node, "name", provider->name);
    node_attr(node, "short-name", provider->column);
    if (provider->bulk_from > 0)
        node_number(node, "bulk-from", provider->bulk_from);
    node_attr(node, "since", provider->since);
    node_bool(node, "is-recipient", row->is_recipient);
    node_attr(node, "verdict", provider_verdict_name(row->verdict));
    node_bool(node, "inferred", row->inferred);
    write_local(node, "scope", provider->scope);
    xmlNode *requirements = node_new(node, "requirements");
    for (size_t i = 0; i < provider->n_requirements; i++)
        write_check(requirements, providers, &row->checks[i]);
    xmlNode *references = node_new(node, "references");
    for (size_t i = 0; i < provider->n_sources; i++) {
        xmlNode *reference = node_new(references, "reference");
        node_attr(reference, "label", provider->sources[i].label);
        node_attr(reference, "url", provider->sources[i].url);
        node_attr(reference, "as-of", provider->sources[i].as_of);
    }
}

void sections_providers(xmlNode *report, const ProviderMatrix *matrix)
{
    if (matrix == NULL)
        return;
    xmlNode *node = node_new(report, "providers");
    node_number(node, "all-met", provider_matrix_all_met(matrix));
    write_tests(node, matrix->providers);
    xmlNode *list = node_new(node, "provider-list");
    for (size_t i = 0; i < matrix->providers->n; i++)
        write_provider(list, matrix->providers, &matrix->rows[i]);
}
