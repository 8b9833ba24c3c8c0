/* What becomes of each node of the report: one line for every one that holds text. What is not here
 * is masked; tests/redact.py holds this table against report.xsd and against the catalogue. */
#include "analyzer/base/own.h"
#include "reports/builtin.h"
#include "reports/node.h"
#include "reports/redact_internal.h"

#include <string.h>

typedef struct Policy {
    const char *of;
    Treatment treatment;
} Policy;

/* parent/element, for elements with text. */
static const Policy element_policies[] = {
    {"verdict/sentence", REDACT_PUBLIC},
    {"repairs/repair", REDACT_KEEP},
    {"copy/detail", REDACT_NUMBER},
    {"flawed-field/field-name", REDACT_FIELDS},
    {"stray-line/text", REDACT_MASK},
    {"option/value", REDACT_BY_OPTION},
    {"run/logo", REDACT_DROP},
    {"address/display-name", REDACT_PERSON},
    {"address/addr-spec", REDACT_ADDRESS},
    {"mail-from/value", REDACT_ADDRESS},
    {"recipient/value", REDACT_ADDRESS},
    {"helo/value", REDACT_HOST},
    {"client-ip/value", REDACT_HOST},
    {"receiver/value", REDACT_HOST},
    {"step/detail", REDACT_SELECTOR},
    {"hop/from-name", REDACT_HOST},
    {"hop/reverse-name", REDACT_HOST},
    {"hop/by", REDACT_HOST},
    {"hop/with", REDACT_WORD},
    {"hop/tls", REDACT_TLS},
    {"hop/id", REDACT_MASK},
    {"hop/envelope-for", REDACT_ADDRESS},
    {"hop/envelope-from", REDACT_ADDRESS},
    {"hop/date", REDACT_MASK},
    {"signature/identity", REDACT_ADDRESS},
    {"arc-message-signature/identity", REDACT_ADDRESS},
    {"arc-seal/identity", REDACT_ADDRESS},
    {"cause/detail", REDACT_DETAIL},
    {"cause/before", REDACT_BY_SIDE},
    {"cause/after", REDACT_BY_SIDE},
    {"fields/field-name", REDACT_FIELDS},
    {"search/header-as-signed", REDACT_MASK},
    {"search/body-as-signed", REDACT_MASK},
    {"mark/who", REDACT_HOST},
    {"key-record/text", REDACT_PUBLIC},
    {"published/text", REDACT_PUBLIC},
    {"signed-field/field-name", REDACT_FIELDS},
    {"tag/tag-name", REDACT_WORD},
    {"tag/value", REDACT_BY_TAG},
    {"spf-mail-from/spf-sender", REDACT_ADDRESS},
    {"spf-helo/spf-sender", REDACT_ADDRESS},
    {"spf-mail-from/matched", REDACT_PUBLIC},
    {"spf-helo/matched", REDACT_PUBLIC},
    {"spf-mail-from/explanation", REDACT_MASK},
    {"spf-helo/explanation", REDACT_MASK},
    {"spf-record/text", REDACT_PUBLIC},
    {"term/text", REDACT_PUBLIC},
    {"term/target", REDACT_PUBLIC},
    {"term/detail", REDACT_PUBLIC},
    {"includes/include", REDACT_PUBLIC},
    {"near-misses/near-miss", REDACT_PUBLIC},
    {"dmarc-record/text", REDACT_PUBLIC},
    {"rua/uri", REDACT_PUBLIC},
    {"ruf/uri", REDACT_PUBLIC},
    {"external-report/uri", REDACT_PUBLIC},
    {"arc-set/chain-validation", REDACT_WORD},
    {"statement/authserv-id", REDACT_HOST},
    {"arc-results/authserv-id", REDACT_HOST},
    {"reverse-names/reverse-name", REDACT_PUBLIC},
    {"method-result/method", REDACT_WORD},
    {"method-result/said", REDACT_WORD},
    {"method-result/reason", REDACT_MASK},
    {"method-result/comment", REDACT_MASK},
    {"property/property-name", REDACT_WORD},
    {"property/value", REDACT_BY_PROPERTY},
    {"mime/subject", REDACT_MASK},
    {"mime/message-id", REDACT_ID},
    {"part/type", REDACT_WORD},
    {"part/charset", REDACT_WORD},
    {"part/transfer-encoding", REDACT_WORD},
    {"part/disposition", REDACT_WORD},
    {"part/filename", REDACT_FILENAME},
    {"deduction/title", REDACT_TEXT},
    {"cap/reason", REDACT_TEXT},
    {"finding/title", REDACT_TEXT},
    {"finding/why", REDACT_TEXT},
    {"finding/fix", REDACT_TEXT},
    {"finding/waived-reason", REDACT_MASK},
    {"place/field-name", REDACT_FIELDS},
    {"place/excerpt", REDACT_MASK},
    {"argument/value", REDACT_BY_ARGUMENT},
    {"proposed-record/value", REDACT_PUBLIC},
    {"brought-finding/title", REDACT_TEXT},
    {"change/value", REDACT_PUBLIC},
    {"change/was", REDACT_PUBLIC},
    {"too-many-lookups/value", REDACT_PUBLIC},
    {"answer/detail", REDACT_PUBLIC},
    {"aliases/alias", REDACT_PUBLIC},
    {"record/text", REDACT_BY_QUESTION},
    {"piece/value", REDACT_BY_SIDE},
    {"html-trait/sample", REDACT_MASK},
    {"html-trait/shown", REDACT_MASK},
    {"domain-record/text", REDACT_PUBLIC},
    {"block-list/reason", REDACT_MASK},
    {"in-record/before", REDACT_PUBLIC},
    {"in-record/fault", REDACT_PUBLIC},
    {"in-record/after", REDACT_PUBLIC},
    {"replaced-term/by", REDACT_PUBLIC},
    {"replaced-term/now", REDACT_PUBLIC},
    {"gone-finding/title", REDACT_TEXT},
    {"provider-test/title", REDACT_KEEP},
    {"provider/scope", REDACT_KEEP},
    {"requirement/note", REDACT_KEEP},
    {"plan/recommendation", REDACT_PROSE},
    {"route/title", REDACT_PROSE},
    {"route/state-reason", REDACT_PROSE},
    {"need/what", REDACT_PROSE},
    {"plan-note/remark", REDACT_PROSE},
    {"plan-record/value", REDACT_PUBLIC},
    {"plan-record/was", REDACT_PUBLIC},
};

/* element/attribute where elements differ, else the attribute; those with a type other than text
 * need no line. */
static const Policy attribute_policies[] = {
    {"action", REDACT_KEEP},
    {"adkim", REDACT_KEEP},
    {"all-qualifier", REDACT_KEEP},
    {"applied", REDACT_KEEP},
    {"as-of", REDACT_KEEP},
    {"aspf", REDACT_KEEP},
    {"author", REDACT_KEEP},
    {"author-domain", REDACT_DOMAIN},
    {"claimed-hash", REDACT_BASE64},
    {"code", REDACT_KEEP},
    {"computed-hash", REDACT_BASE64},
    {"confirmed", REDACT_DOMAIN},
    {"date-zone", REDACT_KEEP},
    {"defect", REDACT_KEEP},
    {"defect-tag", REDACT_WORD},
    {"dkim", REDACT_KEEP},
    {"dmarc", REDACT_KEEP},
    {"domain", REDACT_DOMAIN},
    {"encoding", REDACT_KEEP},
    {"expected", REDACT_KEEP},
    {"from-domain", REDACT_DOMAIN},
    {"id", REDACT_KEEP},
    {"identity-domain", REDACT_DOMAIN},
    {"ip", REDACT_HOST},
    {"key-defect", REDACT_KEEP},
    {"key-name", REDACT_DOMAIN},
    {"kind", REDACT_KEEP},
    {"label", REDACT_KEEP},
    {"lang", REDACT_KEEP},
    {"mail-from-domain", REDACT_DOMAIN},
    {"method", REDACT_KEEP},
    {"missing", REDACT_KEEP},
    {"input/name", REDACT_FILE},
    {"provider/name", REDACT_KEEP},
    {"option/name", REDACT_KEEP},
    {"argument/name", REDACT_KEEP},
    {"family/name", REDACT_KEEP},
    {"name", REDACT_DOMAIN},
    {"nearest", REDACT_PUBLIC},
    {"network", REDACT_PUBLIC},
    {"np", REDACT_KEEP},
    {"object", REDACT_OBJECT},
    {"of", REDACT_KEEP},
    {"operator", REDACT_OPERATOR},
    {"organizational-domain", REDACT_DOMAIN},
    {"origin", REDACT_KEEP},
    {"outcome", REDACT_KEEP},
    {"p", REDACT_KEEP},
    {"policy", REDACT_KEEP},
    {"policy-tag", REDACT_KEEP},
    {"problem", REDACT_KEEP},
    {"run/profile", REDACT_FILE},
    {"program", REDACT_KEEP},
    {"psd", REDACT_KEEP},
    {"publication", REDACT_KEEP},
    {"purpose", REDACT_KEEP},
    {"qualifier", REDACT_KEEP},
    {"record-domain", REDACT_DOMAIN},
    {"recovery", REDACT_KEEP},
    {"rule", REDACT_KEEP},
    {"rule-profile", REDACT_KEEP},
    {"run", REDACT_KEEP},
    {"seal-verdict", REDACT_KEEP},
    {"selector", REDACT_SELECTOR},
    {"sp", REDACT_KEEP},
    {"spf", REDACT_KEEP},
    {"spf-include", REDACT_DOMAIN},
    {"stage", REDACT_KEEP},
    {"state", REDACT_KEEP},
    {"status", REDACT_KEEP},
    {"story", REDACT_KEEP},
    {"tag-defect", REDACT_KEEP},
    {"tenant", REDACT_TENANT},
    {"cost/text", REDACT_PUBLIC},
    {"topic", REDACT_KEEP},
    {"trial", REDACT_KEEP},
    {"type", REDACT_KEEP},
    {"client-ip", REDACT_HOST},
    {"codes", REDACT_KEEP},
    {"enhanced", REDACT_KEEP},
    {"from", REDACT_MAILBOX},
    {"helo", REDACT_HOST},
    {"house", REDACT_OPERATOR},
    {"input-name", REDACT_FILE},
    {"instead", REDACT_WORD},
    {"mail-from", REDACT_ADDRESS},
    {"party", REDACT_KEEP},
    {"reason", REDACT_KEEP},
    {"recommended", REDACT_KEEP},
    {"reply-to", REDACT_MAILBOX},
    {"report-name", REDACT_FILE},
    {"result", REDACT_KEEP},
    {"short-name", REDACT_KEEP},
    {"signed-as", REDACT_DOMAIN},
    {"signer", REDACT_DOMAIN},
    {"since", REDACT_KEEP},
    {"term", REDACT_PUBLIC},
    {"test", REDACT_KEEP},
    {"title", REDACT_MASK},
    {"zone", REDACT_DOMAIN},
    {"url", REDACT_KEEP},
    {"verdict", REDACT_KEEP},
};

static const Policy option_policies[] = {
    {"mail-from", REDACT_ADDRESS}, {"recipient", REDACT_ADDRESS}, {"client-ip", REDACT_HOST},
    {"helo", REDACT_HOST},         {"receiver", REDACT_HOST},     {"profile", REDACT_FILE},
    {"dns-overlay", REDACT_FILE},  {"line-ends", REDACT_KEEP},    {"no-dns", REDACT_KEEP},
    {"cause-budget", REDACT_KEEP}, {"fail-on", REDACT_KEEP},      {"baseline", REDACT_FILE},
    {"block-list", REDACT_PUBLIC},
};

/* topic/argument where topics differ, else the argument. */
static const Policy argument_policies[] = {
    {"bits", REDACT_NUMBER},
    {"charset", REDACT_WORD},
    {"claimed", REDACT_WORD},
    {"client-ip", REDACT_HOST},
    {"computed", REDACT_WORD},
    {"computed-hash", REDACT_BASE64},
    {"configured", REDACT_NUMBER},
    {"costliest", REDACT_PUBLIC},
    {"count", REDACT_NUMBER},
    {"damage", REDACT_KEEP},
    {"defect", REDACT_KEEP},
    {"detail", REDACT_DETAIL},
    {"domain", REDACT_DOMAIN},
    {"earlier", REDACT_HOST},
    {"encoding", REDACT_WORD},
    {"expected", REDACT_NUMBER},
    {"expiry", REDACT_KEEP},
    {"families", REDACT_KEEP},
    {"field", REDACT_FIELDS},
    {"fields", REDACT_FIELDS},
    {"dkim/found", REDACT_PUBLIC},
    {"dmarc/found", REDACT_PUBLIC},
    {"spf/found", REDACT_PUBLIC},
    {"cause/found", REDACT_BY_SIDE},
    {"message/found", REDACT_MASK},
    {"cause/before", REDACT_BY_SIDE},
    {"cause/after", REDACT_BY_SIDE},
    {"from-domain", REDACT_DOMAIN},
    {"hash", REDACT_WORD},
    {"helo", REDACT_HOST},
    {"host", REDACT_HOST},
    {"host-before", REDACT_HOST},
    {"hours", REDACT_NUMBER},
    {"hypotheses", REDACT_NUMBER},
    {"identity", REDACT_ADDRESS},
    {"include", REDACT_DOMAIN},
    {"instance", REDACT_NUMBER},
    {"judged", REDACT_KEEP},
    {"later", REDACT_HOST},
    {"length", REDACT_NUMBER},
    {"limit", REDACT_NUMBER},
    {"line", REDACT_NUMBER},
    {"mail-from-domain", REDACT_DOMAIN},
    {"megabytes", REDACT_NUMBER},
    {"method", REDACT_WORD},
    {"minutes", REDACT_NUMBER},
    {"missing", REDACT_KEEP},
    {"message/name", REDACT_PERSON},
    {"name", REDACT_DOMAIN},
    {"names", REDACT_FIELDS},
    {"nearest", REDACT_PUBLIC},
    {"octets", REDACT_NUMBER},
    {"policy", REDACT_KEEP},
    {"position", REDACT_NUMBER},
    {"protocol", REDACT_WORD},
    {"publication", REDACT_KEEP},
    {"receiver", REDACT_HOST},
    {"record", REDACT_PUBLIC},
    {"record-domain", REDACT_DOMAIN},
    {"result", REDACT_WORD},
    {"result-before", REDACT_WORD},
    {"said", REDACT_WORD},
    {"selector", REDACT_SELECTOR},
    {"signed", REDACT_KEEP},
    {"signed-hash", REDACT_BASE64},
    {"signing-domain", REDACT_DOMAIN},
    {"state", REDACT_KEEP},
    {"tag", REDACT_WORD},
    {"target", REDACT_PUBLIC},
    {"term", REDACT_PUBLIC},
    {"type", REDACT_WORD},
    {"codes", REDACT_KEEP},
    {"from", REDACT_DOMAIN},
    {"images", REDACT_NUMBER},
    {"inside", REDACT_WORD},
    {"kilobytes", REDACT_NUMBER},
    {"letters", REDACT_NUMBER},
    {"list", REDACT_DOMAIN},
    {"network", REDACT_PUBLIC},
    {"object", REDACT_HOST},
    {"outside", REDACT_WORD},
    {"percent", REDACT_NUMBER},
    {"reason", REDACT_MASK},
    {"shown", REDACT_MASK},
    {"tls", REDACT_TLS},
    {"transport/found", REDACT_PUBLIC},
    {"where", REDACT_FIELDS},
    {"used", REDACT_WORD},
    {"warning", REDACT_KEEP},
};

/* Of DKIM-Signature, ARC-Message-Signature and ARC-Seal. i= is an address or an instance; z= has
 * whole fields. */
static const Policy tag_policies[] = {
    {"v", REDACT_NUMBER},  {"a", REDACT_WORD},   {"b", REDACT_BASE64}, {"bh", REDACT_BASE64},
    {"c", REDACT_WORD},    {"cv", REDACT_WORD},  {"d", REDACT_HOST},   {"h", REDACT_FIELDS},
    {"i", REDACT_ADDRESS}, {"l", REDACT_NUMBER}, {"q", REDACT_WORD},   {"s", REDACT_SELECTOR},
    {"t", REDACT_NUMBER},  {"x", REDACT_NUMBER},
};

static const Policy property_policies[] = {
    {"header.d", REDACT_HOST},         {"header.s", REDACT_SELECTOR},
    {"header.b", REDACT_BASE64},       {"header.a", REDACT_WORD},
    {"header.i", REDACT_ADDRESS},      {"header.from", REDACT_ADDRESS},
    {"header.sender", REDACT_ADDRESS}, {"smtp.mailfrom", REDACT_ADDRESS},
    {"smtp.rcptto", REDACT_ADDRESS},   {"smtp.helo", REDACT_HOST},
    {"smtp.remote-ip", REDACT_HOST},   {"smtp.client-ip", REDACT_HOST},
    {"policy.iprev", REDACT_HOST},     {"policy.dmarc", REDACT_WORD},
    {"action", REDACT_WORD},           {"header.oldest-pass", REDACT_NUMBER},
    {"arc.chain", REDACT_HOST},
};

static bool find(const Policy *policies, size_t n, const char *of, Treatment *treatment)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(policies[i].of, of) == 0) {
            *treatment = policies[i].treatment;
            return true;
        }
    }
    return false;
}

#define FIND(policies, of, treatment) find(policies, G_N_ELEMENTS(policies), of, treatment)

/* One of the name within its parent, else the name alone, else the mask. */
static Treatment find_in(const Policy *policies, size_t n, const char *parent, const char *name)
{
    g_autofree char *path = g_strdup_printf("%s/%s", parent, name);
    Treatment treatment = REDACT_MASK;
    if (!find(policies, n, path, &treatment))
        find(policies, n, name, &treatment);
    return treatment;
}

#define FIND_IN(policies, parent, name) find_in(policies, G_N_ELEMENTS(policies), parent, name)

static const char *name_of(const xmlNode *node)
{
    return node != NULL && node->name != NULL ? (const char *)node->name : "";
}

Treatment redact_tag_treatment(Span name)
{
    g_autofree char *text = span_dup(name);
    Treatment treatment = REDACT_MASK;
    FIND(tag_policies, text, &treatment);
    return treatment;
}

/* What was changed in a key record is public; in a message it is not. */
static Treatment by_side(const xmlNode *node)
{
    const xmlNode *cause = node->parent;
    if (strcmp(name_of(cause), "piece") == 0) /* piece, difference, cause */
        cause = cause->parent->parent;
    if (strcmp(name_of(cause), "argument") == 0) /* argument, arguments, finding */
        return g_str_has_prefix(node_get(cause->parent->parent, "rule"), "cause-key-")
                   ? REDACT_PUBLIC
                   : REDACT_MASK;
    return node_is(cause, "side", "key") ? REDACT_PUBLIC : REDACT_MASK;
}

/* Text at a name that was made from the sender may speak of him. */
static Treatment by_question(const Redaction *redaction, const xmlNode *node)
{
    const xmlNode *answer = node->parent->parent->parent; /* text, record, records, answer */
    g_autofree char *name = g_ascii_strdown(node_get(answer, "name"), -1);
    bool personal = node_is(answer, "type", "TXT") && g_hash_table_contains(redaction->names, name);
    return personal && !g_str_has_prefix(node_value(node), "v=spf1") ? REDACT_MASK : REDACT_PUBLIC;
}

static Treatment by_argument(const xmlNode *node)
{
    const char *name = node_get(node->parent, "name");
    const xmlNode *finding = node->parent->parent->parent;
    Treatment treatment = FIND_IN(argument_policies, node_get(finding, "topic"), name);
    return treatment == REDACT_BY_SIDE ? by_side(node) : treatment;
}

/* In ARC i= is the number of a set. */
static Treatment by_tag(const xmlNode *node)
{
    const xmlNode *tag = node->parent, *signature = tag->parent->parent;
    Span name = span_str(node_child_value(tag, "tag-name"));
    if (span_is(name, "i") && g_str_has_prefix(name_of(signature), "arc-"))
        return REDACT_NUMBER;
    return redact_tag_treatment(name);
}

static Treatment of_text(const Redaction *redaction, const xmlNode *node)
{
    const xmlNode *parent = node->parent;
    Treatment treatment = FIND_IN(element_policies, name_of(parent), name_of(node));
    switch (treatment) {
    case REDACT_BY_TAG:
        return by_tag(node);
    case REDACT_BY_PROPERTY:
        treatment = REDACT_MASK;
        FIND(property_policies, node_child_value(parent, "property-name"), &treatment);
        return treatment;
    case REDACT_BY_OPTION:
        treatment = REDACT_MASK;
        FIND(option_policies, node_get(parent, "name"), &treatment);
        return treatment;
    case REDACT_BY_ARGUMENT:
        return by_argument(node);
    case REDACT_BY_SIDE:
        return by_side(node);
    case REDACT_BY_QUESTION:
        return by_question(redaction, node);
    default:
        return treatment;
    }
}

Treatment redact_treatment(const Redaction *redaction, const xmlNode *node, const char *attribute)
{
    if (attribute == NULL)
        return of_text(redaction, node);
    if (g_hash_table_contains(redaction->typed, attribute))
        return REDACT_KEEP;
    return FIND_IN(attribute_policies, name_of(node), attribute);
}

static void collect_attributes(const xmlNode *node, GHashTable *typed, GHashTable *text)
{
    for (; node != NULL; node = node->next) {
        if (node->type != XML_ELEMENT_NODE)
            continue;
        const char *name = node_get(node, "name"), *type = node_get(node, "type");
        if (strcmp(name_of(node), "attribute") == 0 && name[0] != '\0')
            g_hash_table_add(strcmp(type, "xs:string") == 0 || type[0] == '\0' ? text : typed,
                             g_strdup(name));
        collect_attributes(node->children, typed, text);
    }
}

GHashTable *redact_typed_attributes(void)
{
    g_autoptr(xmlDoc) schema = builtin_document("report.xsd");
    GHashTable *typed = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GHashTable) text = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    collect_attributes(xmlDocGetRootElement(schema), typed, text);
    GHashTableIter iter;
    gpointer name;
    g_hash_table_iter_init(&iter, text);
    while (g_hash_table_iter_next(&iter, &name, NULL))
        g_hash_table_remove(typed, name);
    return typed;
}
