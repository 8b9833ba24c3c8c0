#include "reports/facts.h"

#include "reports/findingdiff.h"

#include <string.h>

typedef struct Collector {
    GPtrArray *facts;
    const xmlNode *report;
    const char *section; /* of what is added */
    FactWeight weight;
    GHashTable *objects; /* section, name of the list and object, to how often it came */
} Collector;

static void fact_free(gpointer data)
{
    Fact *fact = data;
    g_free(fact->name);
    g_free(fact->object);
    g_free(fact->value);
    g_free(fact);
}

/* --- adding --- */

static void enter(Collector *c, const char *section, FactWeight weight)
{
    c->section = section;
    c->weight = weight;
}

static Fact *add(Collector *c, const char *name, const char *object, const char *value,
                 const char *words)
{
    if (value[0] == '\0')
        return NULL;
    Fact *fact = g_new0(Fact, 1);
    *fact = (Fact){c->section, g_strdup(name), g_strdup(object), g_strdup(value), words,
                   c->weight,  false};
    g_ptr_array_add(c->facts, fact);
    return fact;
}

/* The first fact of an object. Returns the object with "#n" when its name came before. Owned. */
static char *lead(Collector *c, const char *name, const char *object, const char *value,
                  const char *words)
{
    char *key = g_strdup_printf("%s\n%s\n%s", c->section, name, object);
    size_t times = GPOINTER_TO_SIZE(g_hash_table_lookup(c->objects, key)) + 1;
    g_hash_table_insert(c->objects, key, GSIZE_TO_POINTER(times));
    char *unique = times == 1 ? g_strdup(object) : g_strdup_printf("%s #%zu", object, times);
    Fact *fact = add(c, name, unique, value[0] != '\0' ? value : "-", words);
    fact->leads = true;
    return unique;
}

/* What "spf/spf-mail-from@result" leads to: elements by name, then an attribute or the text. ""
 * when there is none. */
static const char *value_at(const xmlNode *node, const char *path)
{
    g_auto(GStrv) ends = g_strsplit(path, "@", 2);
    g_auto(GStrv) names = g_strsplit(ends[0], "/", -1);
    for (char **name = names; *name != NULL; name++) {
        if ((*name)[0] != '\0')
            node = node_child(node, *name);
    }
    return ends[1] != NULL ? node_get(node, ends[1]) : node_value(node);
}

/* One fact of a node for each line of a table. */
typedef struct Place {
    const char *name, *path, *words;
} Place;

static void add_places(Collector *c, const xmlNode *node, const char *object, const Place *places,
                       size_t n)
{
    for (size_t i = 0; i < n; i++)
        add(c, places[i].name, object, value_at(node, places[i].path), places[i].words);
}
#define ADD_PLACES(c, node, object, places)                                                        \
    add_places(c, node, object, places, G_N_ELEMENTS(places))

/* Values of a list in one line. Owned. */
static char *joined(const xmlNode *list, const char *child, const char *attribute)
{
    GString *text = g_string_new(NULL);
    for (const xmlNode *node = node_child(list, child); node != NULL; node = node_next(node))
        g_string_append_printf(text, "%s%s", text->len > 0 ? ", " : "", value_at(node, attribute));
    return g_string_free(text, FALSE);
}

static void add_joined(Collector *c, const char *name, const char *object, const xmlNode *list,
                       const char *child, const char *attribute)
{
    g_autofree char *text = joined(list, child, attribute);
    add(c, name, object, text, NULL);
}

/* --- verdict --- */

static void add_verdict(Collector *c)
{
    static const Place places[] = {
        {"score", "verdict@score", NULL}, {"open", "verdict@open", "open"},
        {"dkim", "verdict@dkim", NULL},   {"spf", "verdict@spf", NULL},
        {"dmarc", "verdict@dmarc", NULL}, {"arc", "verdict@arc", NULL},
        {"cap", "score/cap@rule", NULL},
    };
    enter(c, "verdict", FACT_OF_MAIL);
    ADD_PLACES(c, c->report, "", places);
    const xmlNode *deduction = node_path(node_child(c->report, "score"), "deductions", "deduction");
    for (; deduction != NULL; deduction = node_next(deduction))
        g_free(lead(c, "points", node_get(deduction, "rule"), node_get(deduction, "points"), NULL));
}

/* --- identities --- */

static void add_identity(Collector *c, const char *name, FactWeight weight)
{
    const xmlNode *fact = node_path(c->report, "identities", name);
    if (!node_is(fact, "found", "true"))
        return;
    enter(c, "identities", weight);
    const char *value = node_child_value(fact, "value");
    add(c, name, "", value[0] != '\0' ? value : "<>", NULL);
    enter(c, "identities", FACT_OF_COPY);
    g_autofree char *from = g_strconcat(name, "-origin", NULL);
    add(c, from, "", node_get(fact, "origin"), "origin");
}

static void add_identities(Collector *c)
{
    static const Place author[] = {
        {"from-domain", "identities/from@domain", NULL},
        {"organizational-domain", "identities/from@organizational-domain", NULL},
    };
    static const Place reverse[] = {
        {"iprev", "iprev@result", NULL},
        {"reverse-name", "iprev@confirmed", NULL},
    };
    enter(c, "identities", FACT_OF_MAIL);
    add_joined(c, "from", "", node_path(node_child(c->report, "identities"), "from", "addresses"),
               "address", "addr-spec");
    ADD_PLACES(c, c->report, "", author);
    add_identity(c, "mail-from", FACT_OF_MAIL);
    add_identity(c, "helo", FACT_OF_MAIL);
    add_identity(c, "client-ip", FACT_OF_MAIL);
    enter(c, "identities", FACT_OF_MAIL);
    ADD_PLACES(c, c->report, "", reverse);
    add_identity(c, "recipient", FACT_OF_COPY);
    add_identity(c, "receiver", FACT_OF_COPY);
    enter(c, "identities", FACT_OF_COPY);
    add(c, "received", "", value_at(c->report, "identities@received"), NULL);
}

static void add_alignment(Collector *c)
{
    static const Place places[] = {
        {"dkim-aligned", "alignment@dkim-aligned", "truth"},
        {"spf-aligned", "alignment@spf-aligned", "truth"},
    };
    enter(c, "alignment", FACT_OF_MAIL);
    ADD_PLACES(c, c->report, "", places);
    const xmlNode *step = node_path(node_child(c->report, "alignment"), "steps", "step");
    for (; step != NULL; step = node_next(step)) {
        g_autofree char *name = g_strconcat("step.", node_get(step, "id"), NULL);
        add(c, name, "", node_get(step, "answer"), "answer");
    }
    const xmlNode *domain =
        node_path(node_child(c->report, "alignment"), "signing-domains", "signing-domain");
    for (; domain != NULL; domain = node_next(domain))
        g_free(lead(c, "publication", node_get(domain, "key-name"), node_get(domain, "publication"),
                    NULL));
}

/* --- journey --- */

static void add_hops(Collector *c)
{
    enter(c, "hops", FACT_OF_COPY);
    const xmlNode *hop = node_path(c->report, "hops", "hop");
    for (; hop != NULL; hop = node_next(hop)) {
        const char *by = node_child_value(hop, "by"), *id = node_child_value(hop, "id");
        g_autofree char *object =
            g_strdup_printf("%s%s%s", by[0] != '\0' ? by : "-", id[0] != '\0' ? " " : "", id);
        const char *ip = node_get(hop, "ip");
        g_autofree char *value = g_strdup_printf(
            "%s%s%s%s %s %s", node_child_value(hop, "from-name"), ip[0] != '\0' ? " [" : "", ip,
            ip[0] != '\0' ? "]" : "", node_child_value(hop, "with"), node_child_value(hop, "tls"));
        g_free(lead(c, "hop", object, g_strstrip(value), NULL));
    }
}

/* --- signatures --- */

static void add_signature(Collector *c, const xmlNode *signature, const char *object)
{
    static const Place places[] = {
        {"key", "key@verdict", "key"},
        {"header", "header@verdict", "header"},
        {"body", "body@verdict", "body"},
        {"problems", "@problems", NULL},
        {"identity", "identity", NULL},
        {"algorithm", "@hash", NULL},
        {"header-canonicalization", "@header-canonicalization", NULL},
        {"body-canonicalization", "@body-canonicalization", NULL},
        {"body-hash", "body@claimed-hash", NULL},
        {"signed-length", "body@signed-length", NULL},
        {"signed-at", "@signed-at", NULL},
        {"expires", "@expires", NULL},
    };
    g_autofree char *unique = lead(c, "signature", object, node_get(signature, "result"), NULL);
    if (!node_is(signature, "class", "none"))
        add(c, "cause-class", unique, node_get(signature, "class"), "class");
    ADD_PLACES(c, signature, unique, places);
    add_joined(c, "causes", unique, node_child(signature, "causes"), "cause", "@id");
    add_joined(c, "signed-fields", unique, node_path(signature, "header", "signed-fields"),
               "signed-field", "field-name");
}

static void add_signatures(Collector *c)
{
    enter(c, "signatures", FACT_OF_MAIL);
    const xmlNode *signature = node_path(c->report, "signatures", "signature");
    for (; signature != NULL; signature = node_next(signature)) {
        const char *number = node_get(signature, "number");
        g_autofree char *name = findingdiff_signature(c->report, number);
        if (name == NULL)
            name = g_strdup_printf("signature-%s", number);
        add_signature(c, signature, name);
    }
}

static void add_arc(Collector *c)
{
    static const Place places[] = {
        {"chain-validation", "chain-validation", NULL},
        {"message-signature", "arc-message-signature@result", NULL},
        {"arc-domain", "arc-seal@domain", NULL},
    };
    enter(c, "arc", FACT_OF_MAIL);
    add(c, "defect", "", value_at(c->report, "arc@defect"), NULL);
    const xmlNode *set = node_path(node_child(c->report, "arc"), "arc-sets", "arc-set");
    for (; set != NULL; set = node_next(set)) {
        g_autofree char *object = g_strdup_printf("i=%s", node_get(set, "instance"));
        g_autofree char *unique = lead(c, "seal", object, node_get(set, "seal-verdict"), "header");
        ADD_PLACES(c, set, unique, places);
    }
}

/* --- SPF and DMARC --- */

static const xmlNode *matching_term(const xmlNode *record)
{
    const xmlNode *term = node_path(record, "terms", "term");
    while (term != NULL && !node_is(term, "outcome", "match"))
        term = node_next(term);
    return term;
}

/* The terms that led to the result, from the record of the domain inwards. Owned. */
static char *matched_path(const xmlNode *check)
{
    GString *path = g_string_new(NULL);
    const xmlNode *record = node_child(check, "spf-record");
    for (const xmlNode *term = matching_term(record); term != NULL;
         term = matching_term(node_child(term, "spf-record")))
        g_string_append_printf(path, "%s%s", path->len > 0 ? " > " : "",
                               node_child_value(term, "text"));
    if (path->len == 0)
        g_string_append(path, node_child_value(check, "matched"));
    return g_string_free(path, FALSE);
}

static void add_spf(Collector *c, const char *name, const char *object)
{
    static const Place places[] = {
        {"spf-domain", "@domain", NULL},
        {"problem", "@problem", NULL},
        {"spf-record", "spf-record/text", NULL},
        {"lookups", "@lookups", NULL},
        {"voids", "@voids", NULL},
    };
    const xmlNode *check = node_path(c->report, "spf", name);
    enter(c, "spf", FACT_OF_MAIL);
    add(c, "result", object,
        node_is(check, "evaluable", "false") ? "not-evaluable" : node_get(check, "result"), NULL);
    ADD_PLACES(c, check, object, places);
    g_autofree char *path = matched_path(check);
    add(c, "matched-path", object, path, NULL);
}

static void add_dmarc(Collector *c)
{
    static const Place places[] = {
        {"author-domain", "@author-domain", NULL},
        {"dmarc-result", "rfc9989@result", NULL},
        {"policy", "rfc9989@policy", NULL},
        {"applied", "rfc9989@applied", NULL},
        {"record-domain", "rfc9989@record-domain", NULL},
        {"dmarc-result-rfc7489", "rfc7489@result", NULL},
    };
    const xmlNode *dmarc = node_child(c->report, "dmarc");
    enter(c, "dmarc", FACT_OF_MAIL);
    ADD_PLACES(c, dmarc, "", places);
    const xmlNode *step = node_path(node_child(dmarc, "walk"), "walk-steps", "walk-step");
    for (; step != NULL; step = node_next(step)) {
        const xmlNode *record = node_child(step, "dmarc-record");
        if (record != NULL)
            g_free(lead(c, "dmarc-record", node_get(record, "domain"),
                        node_child_value(record, "text"), NULL));
    }
}

static void add_said(Collector *c)
{
    enter(c, "said", FACT_OF_COPY);
    const xmlNode *statement = node_path(c->report, "receiver-said", "statement");
    for (; statement != NULL; statement = node_next(statement)) {
        const char *who = node_child_value(statement, "authserv-id");
        const xmlNode *result = node_path(statement, "method-results", "method-result");
        for (; result != NULL; result = node_next(result)) {
            g_autofree char *object =
                g_strdup_printf("%s %s", who, node_child_value(result, "method"));
            g_free(lead(c, "said-word", object, node_child_value(result, "said"), NULL));
        }
    }
}

/* --- the message itself --- */

static void add_parts(Collector *c)
{
    enum { DEEPEST = 64 };
    static const Place places[] = {
        {"charset", "charset", NULL},
        {"transfer-encoding", "transfer-encoding", NULL},
        {"disposition", "disposition", NULL},
        {"filename", "filename", NULL},
        {"decoded-length", "@decoded-length", NULL},
    };
    size_t number[DEEPEST] = {0}; /* of the part at each depth, counted below its parent */
    const xmlNode *part = node_path(node_child(c->report, "mime"), "parts", "part");
    for (; part != NULL; part = node_next(part)) {
        size_t depth =
            (size_t)MIN(g_ascii_strtoull(node_get(part, "depth"), NULL, 10), (guint64)DEEPEST - 1);
        number[depth]++;
        for (size_t below = depth + 1; below < DEEPEST; below++)
            number[below] = 0;
        g_autoptr(GString) path = g_string_new(NULL);
        for (size_t i = 0; i <= depth; i++)
            g_string_append_printf(path, "%s%zu", i > 0 ? "." : "", number[i]);
        g_autofree char *unique = lead(c, "part", path->str, node_child_value(part, "type"), NULL);
        ADD_PLACES(c, part, unique, places);
    }
}

static void add_mime(Collector *c)
{
    static const Place places[] = {
        {"subject", "mime/subject", NULL},
        {"message-id", "mime/message-id", NULL},
        {"date", "mime@date", NULL},
        {"mime-state", "mime@state", NULL},
    };
    static const char *const lists[] = {"sender", "reply-to", "to", "cc"};
    enter(c, "mime", FACT_OF_MAIL);
    ADD_PLACES(c, c->report, "", places);
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        add_joined(c, lists[i], "", node_path(c->report, "mime", lists[i]), "address", "addr-spec");
    add_parts(c);
}

static void add_input(Collector *c)
{
    static const Place places[] = {
        {"sha256", "input@sha256", NULL},
        {"size-name", "input@size", NULL},
        {"header-size", "input@header-size", NULL},
        {"body-size", "input@body-size", NULL},
        {"field-count", "input@field-count", NULL},
        {"header-line-ends", "input@header-line-ends", NULL},
        {"body-line-ends", "input@body-line-ends", NULL},
        {"bare-lf", "input@bare-lf", NULL},
        {"bare-cr", "input@bare-cr", NULL},
        {"nul", "input@nul", NULL},
        {"longest-line", "input@longest-line", NULL},
        {"stray-lines", "input@stray-line-count", NULL},
        {"bom", "input@bom", "truth"},
        {"mbox-line", "input@mbox-line", "truth"},
        {"headers-only", "input@headers-only", "truth"},
    };
    enter(c, "input", FACT_OF_COPY);
    ADD_PLACES(c, c->report, "", places);
    add_joined(c, "repairs", "", node_path(node_child(c->report, "input"), "copy", "repairs"),
               "repair", "");
}

/* --- DNS --- */

/* Answers are in canonical order (dns.h). Owned. */
static char *records_of(const xmlNode *answer)
{
    GString *line = g_string_new(node_get(answer, "status"));
    const xmlNode *record = node_path(answer, "records", "record");
    for (bool first = true; record != NULL; record = node_next(record), first = false) {
        const char *preference = node_get(record, "preference");
        g_string_append_printf(line, "%s%s%s%s", first ? ": " : " | ", preference,
                               preference[0] != '\0' ? " " : "", node_child_value(record, "text"));
    }
    return g_string_free(line, FALSE);
}

static void add_dns(Collector *c)
{
    enter(c, "dns", FACT_OF_ANSWER);
    const xmlNode *answer = node_path(c->report, "dns", "answer");
    for (; answer != NULL; answer = node_next(answer)) {
        g_autofree char *object =
            g_strdup_printf("%s %s", node_get(answer, "name"), node_get(answer, "type"));
        g_autofree char *value = records_of(answer);
        g_autofree char *unique = lead(c, "answer", object, value, NULL);
        add_joined(c, "aliases", unique, node_child(answer, "aliases"), "alias", "");
    }
}

/* --- under which conditions --- */

static void add_options(Collector *c)
{
    static const Place places[] = {
        {"judged-at", "run@judged-at", NULL},
        {"rule-profile", "run@rule-profile", NULL},
        {"operator", "run@operator", NULL},
    };
    static const char *const gates[] = {"fail-on", "baseline",
                                        NULL}; /* nothing is judged by them */
    enter(c, "options", FACT_OF_COPY);
    ADD_PLACES(c, c->report, "", places);
    const xmlNode *option = node_path(c->report, "options", "option");
    for (; option != NULL; option = node_next(option)) {
        const char *name = node_get(option, "name");
        if (!g_strv_contains(gates, name))
            g_free(lead(c, "option", name, node_child_value(option, "value"), NULL));
    }
}

GPtrArray *facts_new(const xmlNode *report)
{
    g_autoptr(GHashTable) objects = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    Collector c = {
        .facts = g_ptr_array_new_with_free_func(fact_free), .report = report, .objects = objects};
    add_verdict(&c);
    add_identities(&c);
    add_alignment(&c);
    add_signatures(&c);
    add_spf(&c, "spf-mail-from", "MAIL FROM");
    add_spf(&c, "spf-helo", "HELO");
    add_dmarc(&c);
    add_arc(&c);
    add_mime(&c);
    add_dns(&c);
    add_said(&c);
    add_hops(&c);
    add_input(&c);
    add_options(&c);
    return c.facts;
}

const char *const *facts_sections(void)
{
    static const char *const sections[] = {
        "verdict", "identities", "alignment", "signatures", "spf",   "dmarc",   "arc",
        "mime",    "dns",        "said",      "hops",       "input", "options", NULL};
    return sections;
}
