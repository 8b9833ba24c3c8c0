#include "rules/provider.h"

#include "analyzer/base/own.h"
#include "rules/datafile.h"

#include <string.h>

static const char *const applies_names[] = {
    [APPLIES_ALL] = "all", [APPLIES_BULK] = "bulk", [APPLIES_SUBSCRIBED] = "subscribed"};

const char *applies_name(Applies applies)
{
    g_return_val_if_fail(applies < G_N_ELEMENTS(applies_names), "");
    return applies_names[applies];
}

/* --- reading; words and numbers have been through the schema --- */

static bool is_word(const xmlNode *node, const char *name, const char *word)
{
    g_autofree char *value = datafile_attribute(node, name);
    return g_strcmp0(value, word) == 0;
}

static Applies parse_applies(const xmlNode *node)
{
    for (size_t i = 0; i < G_N_ELEMENTS(applies_names); i++)
        if (is_word(node, "applies", applies_names[i]))
            return (Applies)i;
    g_return_val_if_reached(APPLIES_ALL);
}

/* The elements of that name, one for each language; all or none of them are there. */
static bool parse_local(const xmlNode *node, const char *name, char *text[LANGUAGES],
                        const char *label, GError **error)
{
    for (const xmlNode *c = node->children; c; c = c->next) {
        if (!datafile_is(c, name))
            continue;
        Language language = is_word(c, "lang", "nl") ? LANGUAGE_NL : LANGUAGE_EN;
        if (text[language])
            return datafile_fault(error, label, c, "a language stands twice");
        text[language] = datafile_text(c);
    }
    if (!text[LANGUAGE_EN] != !text[LANGUAGE_NL])
        return datafile_fault(error, label, node, "a language is missing");
    return true;
}

static char **parse_names(const xmlNode *node, const char *name)
{
    GPtrArray *names = g_ptr_array_new();
    for (const xmlNode *c = node->children; c; c = c->next)
        if (datafile_is(c, name))
            g_ptr_array_add(names, datafile_text(c));
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, false);
}

static bool add_answer(Requirement *requirement, const xmlNode *node, const char *label,
                       GError **error)
{
    SmtpAnswer answer = {datafile_attribute(node, "code"), datafile_attribute(node, "enhanced"),
                         false};
    const char *any = answer.code ? answer.code : answer.enhanced;
    answer.permanent = any && any[0] == '5';
    requirement->answers = g_renew(SmtpAnswer, requirement->answers, requirement->n_answers + 1);
    requirement->answers[requirement->n_answers++] = answer;
    if (!any)
        return datafile_fault(error, label, node, "an answer without any code");
    if (answer.code && answer.enhanced && answer.code[0] != answer.enhanced[0])
        return datafile_fault(error, label, node, "the two codes are of different classes");
    return true;
}

/* ids: as Provider.sources, in the same order. */
static bool parse_sources(Requirement *requirement, const xmlNode *node, char *const *ids,
                          const char *label, GError **error)
{
    g_autofree char *list = datafile_attribute(node, "sources");
    g_auto(GStrv) names = g_strsplit_set(list, " \t\r\n", -1);
    for (char **name = names; *name; name++) {
        size_t i = 0;
        if (!**name)
            continue;
        while (ids[i] && strcmp(ids[i], *name) != 0)
            i++;
        if (!ids[i])
            return datafile_fault(error, label, node, "no such source");
        requirement->sources = g_renew(size_t, requirement->sources, requirement->n_sources + 1);
        requirement->sources[requirement->n_sources++] = i;
    }
    return true;
}

static bool parse_requirement(Requirement *requirement, const Providers *providers,
                              char *const *source_ids, const xmlNode *node, const char *label,
                              GError **error)
{
    g_autofree char *test = datafile_attribute(node, "test");
    while (strcmp(providers->tests[requirement->test].id, test) != 0)
        requirement->test++; /* the schema has seen that it is there */
    requirement->applies = parse_applies(node);
    requirement->required = is_word(node, "strength", "required");
    requirement->refuses = !is_word(node, "refuses", "no");
    for (const xmlNode *c = node->children; c; c = c->next)
        if (datafile_is(c, "answer") && !add_answer(requirement, c, label, error))
            return false;
    return parse_sources(requirement, node, source_ids, label, error) &&
           parse_local(node, "note", requirement->note, label, error);
}

/* Returns the ids of the sources. */
static char **read_sources(Provider *provider, const xmlNode *node)
{
    GPtrArray *ids = g_ptr_array_new();
    for (const xmlNode *c = node->children; c; c = c->next) {
        if (!datafile_is(c, "source"))
            continue;
        Reference source = {datafile_attribute(c, "label"), datafile_attribute(c, "url"),
                            datafile_attribute(c, "as-of")};
        provider->sources = g_renew(Reference, provider->sources, provider->n_sources + 1);
        provider->sources[provider->n_sources++] = source;
        g_ptr_array_add(ids, datafile_attribute(c, "id"));
    }
    g_ptr_array_add(ids, NULL);
    return (char **)g_ptr_array_free(ids, false);
}

static bool parse_provider(Provider *provider, const Providers *providers, const xmlNode *node,
                           const char *label, GError **error)
{
    provider->id = datafile_attribute(node, "id");
    provider->name = datafile_attribute(node, "name");
    provider->column = datafile_attribute(node, "column");
    provider->bulk_from = datafile_number(node, "bulk-from");
    provider->since = datafile_attribute(node, "since");
    provider->domains = parse_names(node, "domain");
    provider->hosts = parse_names(node, "host");
    g_auto(GStrv) source_ids = read_sources(provider, node);
    if (!parse_local(node, "scope", provider->scope, label, error))
        return false;
    for (const xmlNode *c = node->children; c; c = c->next) {
        if (!datafile_is(c, "requirement"))
            continue;
        provider->requirements =
            g_renew(Requirement, provider->requirements, provider->n_requirements + 1);
        Requirement *requirement = &provider->requirements[provider->n_requirements++];
        *requirement = (Requirement){0};
        if (!parse_requirement(requirement, providers, source_ids, c, label, error))
            return false;
    }
    return true;
}

static bool parse_test(ProviderTest *test, const xmlNode *node, const char *label, GError **error)
{
    test->id = datafile_attribute(node, "id");
    return parse_local(node, "title", test->title, label, error);
}

static bool parse_all(Providers *providers, const xmlNode *root, const char *label, GError **error)
{
    for (const xmlNode *c = root->children; c; c = c->next) {
        if (datafile_is(c, "test")) {
            providers->tests = g_renew(ProviderTest, providers->tests, providers->n_tests + 1);
            ProviderTest *test = &providers->tests[providers->n_tests++];
            *test = (ProviderTest){0};
            if (!parse_test(test, c, label, error))
                return false;
        } else if (datafile_is(c, "provider")) {
            providers->items = g_renew(Provider, providers->items, providers->n + 1);
            Provider *provider = &providers->items[providers->n++];
            *provider = (Provider){0};
            if (!parse_provider(provider, providers, c, label, error))
                return false;
        }
    }
    return true;
}

Providers *providers_parse(const char *xml, size_t n, const char *label, GError **error)
{
    g_autoptr(xmlDoc) doc = datafile_parse(xml, n, label, "providers.xsd", error);
    if (!doc)
        return NULL;
    g_autoptr(Providers) providers = g_new0(Providers, 1);
    if (!parse_all(providers, xmlDocGetRootElement(doc), label, error))
        return NULL;
    return g_steal_pointer(&providers);
}

Providers *providers_load(GError **error)
{
    g_autoptr(GBytes) xml = datafile_octets("providers.xml", error);
    if (!xml)
        return NULL;
    size_t n;
    const char *text = g_bytes_get_data(xml, &n);
    return providers_parse(text, n, "rules/providers.xml", error);
}

/* --- the end --- */

static void local_clear(char *text[LANGUAGES])
{
    for (size_t i = 0; i < LANGUAGES; i++)
        g_free(text[i]);
}

static void requirement_clear(Requirement *requirement)
{
    for (size_t i = 0; i < requirement->n_answers; i++) {
        g_free(requirement->answers[i].code);
        g_free(requirement->answers[i].enhanced);
    }
    g_free(requirement->answers);
    g_free(requirement->sources);
    local_clear(requirement->note);
}

static void provider_clear(Provider *provider)
{
    g_free(provider->id);
    g_free(provider->name);
    g_free(provider->column);
    g_free(provider->since);
    g_strfreev(provider->domains);
    g_strfreev(provider->hosts);
    for (size_t i = 0; i < provider->n_sources; i++) {
        g_free(provider->sources[i].label);
        g_free(provider->sources[i].url);
        g_free(provider->sources[i].as_of);
    }
    g_free(provider->sources);
    local_clear(provider->scope);
    for (size_t i = 0; i < provider->n_requirements; i++)
        requirement_clear(&provider->requirements[i]);
    g_free(provider->requirements);
}

void providers_free(Providers *providers)
{
    if (!providers)
        return;
    for (size_t i = 0; i < providers->n_tests; i++) {
        g_free(providers->tests[i].id);
        local_clear(providers->tests[i].title);
    }
    g_free(providers->tests);
    for (size_t i = 0; i < providers->n; i++)
        provider_clear(&providers->items[i]);
    g_free(providers->items);
    g_free(providers);
}
