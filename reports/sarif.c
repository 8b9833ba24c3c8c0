/* SARIF 2.1.0, OASIS Standard, 27 March 2020; sections are named where the choice is not plain. */
#include "reports/baseline.h"
#include "reports/document.h"
#include "reports/finding.h"

#include <jansson.h>
#include <string.h>

typedef struct Sarif {
    Language language;
    GHashTable *rule_index; /* rule to index + 1 */
    json_t *rules, *results;
    char *uri; /* of the message */
} Sarif;

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) !=
        0) /* the document is UTF-8, so nothing but memory can lack */
        g_error("out of memory");
}

static void set_text(json_t *object, const char *name, const char *text)
{
    set(object, name, json_string(text));
}

static void append(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0)
        g_error("out of memory");
}

static json_t *message(const char *text)
{
    json_t *object = json_object();
    set_text(object, "text", text);
    return object;
}

/* An array with one element. */
static json_t *only(json_t *value)
{
    json_t *array = json_array();
    append(array, value);
    return array;
}

/* §3.4.3: a URI reference. An absolute path names a file; anything else is relative to where the
 * user stood. */
static char *uri_of(const char *name)
{
    g_autofree char *escaped = g_uri_escape_string(name, "/", FALSE);
    return g_strconcat(name[0] == '/' ? "file://" : "", escaped, NULL);
}

static const char *level_of(const xmlNode *finding)
{
    return node_is(finding, "severity", "error")     ? "error"
           : node_is(finding, "severity", "warning") ? "warning"
                                                     : "note";
}

static const char *first_url(const xmlNode *finding)
{
    const xmlNode *reference = node_path(finding, "references", "reference");
    while (reference != NULL && !g_str_has_prefix(node_get(reference, "url"), "https://"))
        reference = node_next(reference);
    return node_get(reference, "url");
}

/* The catalogue's title and references; why and fix are about one object, so they stand in the
 * result. */
static json_t *rule_of(const Sarif *sarif, const xmlNode *finding)
{
    json_t *rule = json_object();
    const char *title = finding_text(finding, "title", sarif->language), *url = first_url(finding);
    g_autoptr(GString) help = g_string_new(title);
    g_string_append(help, "\n");
    const xmlNode *reference = node_path(finding, "references", "reference");
    for (; reference != NULL; reference = node_next(reference))
        g_string_append_printf(help, "\n%s", node_get(reference, "label"));
    g_string_append_printf(help, "\n\nmailassay explain %s", node_get(finding, "rule"));
    set_text(rule, "id", node_get(finding, "rule"));
    set(rule, "shortDescription", message(title));
    set(rule, "help", message(help->str));
    if (url[0] != '\0')
        set_text(rule, "helpUri", url);
    json_t *configuration = json_object(), *properties = json_object();
    set_text(configuration, "level", level_of(finding));
    set(rule, "defaultConfiguration", configuration);
    set(properties, "tags", only(json_string(node_get(finding, "topic"))));
    set(rule, "properties", properties);
    return rule;
}

static size_t index_of_rule(Sarif *sarif, const xmlNode *finding)
{
    const char *id = node_get(finding, "rule");
    size_t index = GPOINTER_TO_SIZE(g_hash_table_lookup(sarif->rule_index, id));
    if (index > 0)
        return index - 1;
    append(sarif->rules, rule_of(sarif, finding));
    index = json_array_size(sarif->rules);
    g_hash_table_insert(sarif->rule_index, (char *)id, GSIZE_TO_POINTER(index));
    return index - 1;
}

static json_t *artifact_location(const Sarif *sarif)
{
    json_t *location = json_object();
    set_text(location, "uri", sarif->uri);
    set(location, "index", json_integer(0));
    return location;
}

/* §3.30.4: what a region says in octets and in lines is independent of each other. */
static json_t *location_of(const Sarif *sarif, const xmlNode *finding)
{
    json_t *location = json_object(), *physical = json_object();
    const xmlNode *place = node_child(finding, "place");
    set(physical, "artifactLocation", artifact_location(sarif));
    if (place != NULL) {
        json_t *region = json_object();
        set(region, "byteOffset", json_integer((json_int_t)finding_uint(place, "offset")));
        set(region, "byteLength", json_integer((json_int_t)finding_uint(place, "length")));
        if (finding_uint(place, "line") > 0)
            set(region, "startLine", json_integer((json_int_t)finding_uint(place, "line")));
        set(physical, "region", region);
    }
    set(location, "physicalLocation", physical);
    const char *object = node_get(finding, "object");
    if (object[0] != '\0') {
        json_t *logical = json_object();
        set_text(logical, "fullyQualifiedName", object);
        set(location, "logicalLocations", only(logical));
    }
    return location;
}

/* RFC 4501: the record that the fault is in, and where. */
static json_t *record_location(const xmlNode *place)
{
    json_t *location = json_object(), *physical = json_object(), *artifact = json_object(),
           *region = json_object();
    g_autofree char *name = g_uri_escape_string(node_get(place, "name"), NULL, FALSE);
    g_autofree char *uri = g_strdup_printf("dns:%s?type=%s", name, node_get(place, "type"));
    g_autofree char *what =
        g_strdup_printf("%s %s", node_get(place, "name"), node_get(place, "type"));
    set_text(artifact, "uri", uri);
    set(physical, "artifactLocation", artifact);
    set(region, "byteOffset", json_integer((json_int_t)finding_uint(place, "offset")));
    set(region, "byteLength", json_integer((json_int_t)finding_uint(place, "length")));
    set(region, "snippet", message(node_child_value(place, "fault")));
    set(physical, "region", region);
    set(location, "physicalLocation", physical);
    set(location, "message", message(what));
    return location;
}

static json_t *suppression(const xmlNode *finding)
{
    json_t *object = json_object();
    const char *why = node_child_value(finding, "waived-reason");
    set_text(object, "kind", "external");
    if (why[0] != '\0')
        set_text(object, "justification", why);
    return object;
}

/* §3.27.17: the same finding in two reports has the same fingerprint, whatever its texts and place.
 */
static json_t *fingerprints(const xmlNode *finding)
{
    g_autofree char *identity =
        g_strdup_printf("%s\n%s", node_get(finding, "rule"), node_get(finding, "object"));
    g_autofree char *digest = g_compute_checksum_for_string(G_CHECKSUM_SHA256, identity, -1);
    json_t *object = json_object();
    set_text(object, "ruleAndObject/v1", digest);
    return object;
}

/* §3.27.24: with a baseline every result has a state. */
static void set_state(json_t *result, const xmlNode *finding)
{
    static const struct {
        const char *since, *state;
    } states[] = {
        {"new", "new"}, {"worse", "updated"}, {"better", "updated"}, {"known", "unchanged"}};
    for (size_t i = 0; i < G_N_ELEMENTS(states); i++) {
        if (node_is(finding, "since-baseline", states[i].since))
            set_text(result, "baselineState", states[i].state);
    }
}

static void add_result(Sarif *sarif, const xmlNode *finding)
{
    json_t *result = json_object(), *properties = json_object();
    const char *why = finding_text(finding, "why", sarif->language),
               *fix = finding_text(finding, "fix", sarif->language);
    g_autofree char *text =
        g_strdup_printf("%s%s%s", why, why[0] != '\0' && fix[0] != '\0' ? "\n" : "", fix);
    set_text(result, "ruleId", node_get(finding, "rule"));
    set(result, "ruleIndex", json_integer((json_int_t)index_of_rule(sarif, finding)));
    set_text(result, "level", level_of(finding));
    set(result, "message",
        message(text[0] != '\0' ? text : finding_text(finding, "title", sarif->language)));
    set(result, "locations", only(location_of(sarif, finding)));
    if (node_child(finding, "in-record") != NULL)
        set(result, "relatedLocations", only(record_location(node_child(finding, "in-record"))));
    set(result, "partialFingerprints", fingerprints(finding));
    if (node_is(finding, "waived", "true"))
        set(result, "suppressions", only(suppression(finding)));
    set_state(result, finding);
    set_text(properties, "severity", node_get(finding, "severity"));
    set_text(properties, "certainty", node_get(finding, "certainty"));
    set_text(properties, "actor", node_get(finding, "actor"));
    set(properties, "points", json_integer((json_int_t)finding_uint(finding, "points")));
    set(result, "properties", properties);
    append(sarif->results, result);
}

/* What failed in the baseline only: neither a place nor a text of this message. */
static void add_absent(Sarif *sarif, const xmlNode *gone)
{
    json_t *result = json_object();
    set_text(result, "ruleId", node_get(gone, "rule"));
    set(result, "ruleIndex", json_integer((json_int_t)index_of_rule(sarif, gone)));
    set_text(result, "level", level_of(gone));
    set(result, "message", message(finding_text(gone, "title", sarif->language)));
    set(result, "locations", only(location_of(sarif, gone)));
    set(result, "partialFingerprints", fingerprints(gone));
    set_text(result, "baselineState", "absent");
    append(sarif->results, result);
}

/* "mailassay 0.1.0" */
static json_t *tool_of(const Sarif *sarif, const xmlNode *report)
{
    json_t *tool = json_object(), *driver = json_object();
    const char *program = node_get(report, "program"), *space = strchr(program, ' ');
    set_text(driver, "name", "mailassay");
    if (space != NULL && space[1] != '\0')
        set_text(driver, "version", space + 1);
    set(driver, "rules", json_incref(sarif->rules));
    set(tool, "driver", driver);
    return tool;
}

static json_t *artifact_of(const Sarif *sarif, const xmlNode *input)
{
    json_t *artifact = json_object(), *hashes = json_object(), *location = json_object();
    set_text(location, "uri", sarif->uri);
    set(artifact, "location", location);
    set(artifact, "length", json_integer((json_int_t)finding_uint(input, "size")));
    set_text(artifact, "mimeType", "message/rfc822");
    set_text(hashes, "sha-256", node_get(input, "sha256"));
    set(artifact, "hashes", hashes);
    return artifact;
}

static json_t *run_of(const Sarif *sarif, const xmlNode *report)
{
    json_t *run = json_object(), *properties = json_object();
    const xmlNode *verdict = node_child(report, "verdict");
    set(run, "tool", tool_of(sarif, report));
    set_text(run, "language", language_code(sarif->language));
    set(run, "artifacts", only(artifact_of(sarif, node_child(report, "input"))));
    set(run, "results", json_incref(sarif->results));
    set(properties, "score", json_integer((json_int_t)finding_uint(verdict, "score")));
    set(properties, "passed", json_boolean(node_is(verdict, "passed", "true")));
    set_text(properties, "sentence", finding_text(verdict, "sentence", sarif->language));
    if (node_is(report, "redacted", "true"))
        set(properties, "redacted", json_true());
    set(run, "properties", properties);
    return run;
}

GString *sarif_view(xmlDoc *document, Language language)
{
    const xmlNode *report = xmlDocGetRootElement(document);
    const char *name = node_get(node_child(report, "input"), "name");
    g_autofree char *uri = uri_of(name[0] != '\0' ? name : "-");
    g_autoptr(GHashTable) rule_index = g_hash_table_new(g_str_hash, g_str_equal);
    Sarif sarif = {language, rule_index, json_array(), json_array(), uri};
    for (const xmlNode *finding = finding_first(document); finding != NULL;
         finding = node_next(finding)) {
        if (node_is(finding, "outcome", "fail"))
            add_result(&sarif, finding);
    }
    const xmlNode *gone = node_path(baseline_of(document), "gone", "gone-finding");
    for (; gone != NULL; gone = node_next(gone))
        add_absent(&sarif, gone);
    json_t *log = json_object();
    set_text(log, "$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    set_text(log, "version", "2.1.0");
    set(log, "runs", only(run_of(&sarif, report)));
    char *text = json_dumps(log, JSON_INDENT(2));
    if (text == NULL)
        g_error("out of memory");
    GString *out = g_string_new(text);
    g_string_append_c(out, '\n');
    free(text);
    json_decref(log);
    json_decref(sarif.rules);
    json_decref(sarif.results);
    return out;
}
