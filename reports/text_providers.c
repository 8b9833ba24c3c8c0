#include "reports/text.h"

#include <string.h>

static const char *local(const TextView *view, const xmlNode *node, const char *name)
{
    return node_value(node_child_in(node, name, labels_language(view->labels)));
}

static const xmlNode *requirement_of(const xmlNode *provider, const char *test)
{
    const xmlNode *one = node_path(provider, "requirements", "requirement");
    while (one != NULL && !node_is(one, "test", test))
        one = node_next(one);
    return one;
}

static bool is_unmet(const xmlNode *requirement)
{
    return node_is(requirement, "fulfilled", "not-met");
}

static bool is_open(const xmlNode *requirement)
{
    return node_is(requirement, "fulfilled", "not-evaluable");
}

/* --- the table --- */

static const char *sign_of(const xmlNode *requirement)
{
    if (requirement == NULL)
        return "";
    if (is_unmet(requirement))
        return node_is(requirement, "required", "true") ? "✗" : "!";
    return is_open(requirement) ? "?" : node_is(requirement, "fulfilled", "met") ? "✓" : "–";
}

/* A row in which nothing is asked of this message says nothing. */
static void add_row(GPtrArray *cells, const TextView *view, const xmlNode *providers,
                    const xmlNode *test)
{
    bool any = false;
    guint before = cells->len;
    g_ptr_array_add(cells, (void *)local(view, test, "title"));
    const xmlNode *provider = node_path(providers, "provider-list", "provider");
    for (; provider != NULL; provider = node_next(provider)) {
        const xmlNode *requirement = requirement_of(provider, node_get(test, "id"));
        any |= requirement != NULL && !node_is(requirement, "fulfilled", "not-applicable");
        g_ptr_array_add(cells, (void *)sign_of(requirement));
    }
    if (!any)
        g_ptr_array_set_size(cells, (int)before);
}

static void write_table(TextView *view, const xmlNode *providers)
{
    g_autoptr(GPtrArray) cells = g_ptr_array_new();
    g_ptr_array_add(cells, (void *)text_label(view, "requirement"));
    const xmlNode *provider = node_path(providers, "provider-list", "provider");
    for (; provider != NULL; provider = node_next(provider))
        g_ptr_array_add(cells, (void *)node_get(provider, "short-name"));
    size_t columns = cells->len;
    const xmlNode *test = node_path(providers, "provider-tests", "provider-test");
    for (; test != NULL; test = node_next(test))
        add_row(cells, view, providers, test);
    lines_table(&view->lines, 2, (const char *const *)cells->pdata, columns, cells->len / columns);
    lines_item(&view->lines, 0, STYLE_DIM, "", text_label(view, "providers-legend"));
}

/* --- of each provider what is not met, or open --- */

/* "421 4.7.27 or 550 5.7.27"; "" when it publishes none. */
static char *answers_of(const TextView *view, const xmlNode *requirement)
{
    GString *text = g_string_new(NULL);
    const xmlNode *answer = node_path(requirement, "smtp-answers", "smtp-answer");
    for (; answer != NULL; answer = node_next(answer)) {
        const char *code = node_get(answer, "code"), *enhanced = node_get(answer, "enhanced");
        if (text->len > 0)
            g_string_append_printf(text, " %s ", text_label(view, "or"));
        g_string_append_printf(text, "%s%s%s", code,
                               code[0] != '\0' && enhanced[0] != '\0' ? " " : "", enhanced);
    }
    return g_string_free(text, FALSE);
}

/* In brackets behind the requirement: what there is instead, or lacks; whom it is asked of. */
static char *remarks_of(const TextView *view, const xmlNode *requirement)
{
    g_autoptr(GPtrArray) remarks = g_ptr_array_new();
    const char *missing = node_get(requirement, "missing"),
               *instead = node_get(requirement, "instead");
    g_autofree char *lacks =
        labels_fill(view->labels, "missing-fact", text_word(view, "missing", missing));
    if (missing[0] != '\0')
        g_ptr_array_add(remarks, lacks);
    if (is_unmet(requirement) && instead[0] != '\0')
        g_ptr_array_add(remarks, (void *)instead);
    if (node_is(requirement, "inferred", "true"))
        g_ptr_array_add(remarks, (void *)text_label(view, "inferred"));
    if (node_is(requirement, "required", "false"))
        g_ptr_array_add(remarks, (void *)text_label(view, "advised"));
    if (!node_is(requirement, "applies", "all"))
        g_ptr_array_add(remarks,
                        (void *)text_word(view, "applies", node_get(requirement, "applies")));
    g_ptr_array_add(remarks, NULL);
    return g_strjoinv(", ", (char **)remarks->pdata);
}

static void write_requirement(TextView *view, const xmlNode *test, const xmlNode *requirement)
{
    g_autoptr(GString) text = g_string_new(local(view, test, "title"));
    g_autofree char *remarks = remarks_of(view, requirement);
    g_autofree char *answers = answers_of(view, requirement);
    if (remarks[0] != '\0')
        g_string_append_printf(text, " (%s)", remarks);
    if (is_unmet(requirement) && answers[0] != '\0') {
        g_autofree char *would = labels_fill(view->labels, "would-answer", answers);
        g_string_append_printf(text, ": %s", would);
    }
    g_autofree char *mark = g_strconcat(sign_of(requirement), " ", NULL);
    bool bad = is_unmet(requirement) && node_is(requirement, "required", "true");
    lines_item(&view->lines, 4, bad ? STYLE_BAD : STYLE_FAIR, mark, text->str);
}

static const char *mark_of_verdict(const char *verdict)
{
    return g_str_has_prefix(verdict, "refuses") ? "✗ "
           : strcmp(verdict, "all-met") == 0    ? "✓ "
           : strcmp(verdict, "open") == 0       ? "? "
                                                : "! ";
}

static LineStyle style_of_verdict(const char *verdict)
{
    return g_str_has_prefix(verdict, "refuses") ? STYLE_BAD
           : strcmp(verdict, "all-met") == 0    ? STYLE_GOOD
                                                : STYLE_FAIR;
}

/* "Gmail (this message's recipient): all that it requires is met"; for bulk from how many. */
static void write_verdict(TextView *view, const xmlNode *provider)
{
    const char *verdict = node_get(provider, "verdict"), *from = node_get(provider, "bulk-from");
    g_autoptr(GString) text = g_string_new(node_get(provider, "name"));
    if (node_is(provider, "is-recipient", "true"))
        g_string_append_printf(text, " (%s)", text_label(view, "is-recipient"));
    g_string_append_printf(text, ": %s", text_word(view, "provider-verdict", verdict));
    if (strcmp(verdict, "refuses-bulk") == 0) {
        g_autofree char *bulk = from[0] != '\0' ? labels_fill(view->labels, "bulk-from", from)
                                                : g_strdup(text_label(view, "bulk-no-number"));
        g_string_append_printf(text, " (%s)", bulk);
    }
    if (node_is(provider, "inferred", "true"))
        g_string_append_printf(text, ", %s", text_label(view, "inferred"));
    lines_item(&view->lines, 2, style_of_verdict(verdict), mark_of_verdict(verdict), text->str);
}

void text_providers(TextView *view)
{
    const xmlNode *providers = node_child(view->report, "providers");
    if (providers == NULL)
        return;
    lines_heading(&view->lines, text_label(view, "providers"));
    lines_item(&view->lines, 0, STYLE_DIM, "", text_label(view, "providers-lead"));
    write_table(view, providers);
    const xmlNode *provider = node_path(providers, "provider-list", "provider");
    for (; provider != NULL; provider = node_next(provider)) {
        write_verdict(view, provider);
        const xmlNode *test = node_path(providers, "provider-tests", "provider-test");
        for (; test != NULL; test = node_next(test)) {
            const xmlNode *requirement = requirement_of(provider, node_get(test, "id"));
            if (is_unmet(requirement) || is_open(requirement))
                write_requirement(view, test, requirement);
        }
    }
}
