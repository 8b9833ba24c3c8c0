#include "rules/change.h"

#include "analyzer/auth/dmarc.h"
#include "analyzer/auth/spf.h"
#include "analyzer/base/pubkey.h"

#include <string.h>

typedef enum Kind { KIND_SPF, KIND_DMARC, KIND_KEY, KIND_OTHER } Kind;

static bool is_key_name(const char *name)
{
    return strstr(name, "._domainkey.") != NULL;
}

static Kind kind_of(const char *name, Span text)
{
    if (is_key_name(name))
        return KIND_KEY;
    if (span_starts_nocase(text, "v=spf1") && (text.n == 6 || text.p[6] == ' '))
        return KIND_SPF;
    return span_starts_nocase(text, "v=DMARC1") ? KIND_DMARC : KIND_OTHER;
}

static Span text_of(const DnsRecord *record)
{
    return span_of(record->text, record->text_n);
}

/* --- may it be proposed? --- */

/* A host name that stands in a zone file as it is. */
static bool is_plain_name(const char *name)
{
    for (const char *p = name; *p; p++)
        if (!g_ascii_isalnum(*p) && *p != '-' && *p != '_' && *p != '.')
            return false;
    return *name != '\0';
}

/* What anybody can paste into a form: printable, and not changed by escaping. */
static bool is_plain_value(const char *value)
{
    for (const char *p = value; *p; p++)
        if (!g_ascii_isprint(*p) || *p == '\\' || *p == '"')
            return false;
    return true;
}

static bool spf_is_valid(const char *name, const char *value)
{
    SpfRecord *record = spf_record_parse(name, span_str(value));
    bool valid = record->result != SPF_PERMERROR && record->problem == SPF_OK;
    for (size_t i = 0; i < record->n; i++)
        valid = valid && record->terms[i].kind != SPF_INVALID;
    spf_record_free(record);
    return valid;
}

static bool key_is_valid(const char *value)
{
    KeyRecord *record = key_record_parse(span_str(value));
    bool valid = record->state == KEY_VALID;
    key_record_free(record);
    return valid;
}

/* The strictest usable policy that stands; absent when there is none. */
static DmarcPolicy standing_policy(const char *domain, const DnsAnswer *answer)
{
    DmarcPolicy strictest = DMARC_POLICY_ABSENT;
    for (size_t i = 0; i < answer->n; i++) {
        DmarcRecord *record = dmarc_record_parse(domain, text_of(&answer->records[i]));
        if (record && record->usable)
            strictest = MAX(strictest, record->p);
        dmarc_record_free(record);
    }
    return strictest;
}

/* Whoever has no policy yet begins with watching. */
static bool dmarc_is_valid(const char *name, const char *value, const DnsAnswer *answer)
{
    const char *domain = g_str_has_prefix(name, "_dmarc.") ? name + strlen("_dmarc.") : name;
    DmarcRecord *record = dmarc_record_parse(domain, span_str(value));
    bool valid = record != NULL;
    if (valid && !strstr(name, "._report._dmarc.")) {
        DmarcPolicy most = MAX(standing_policy(domain, answer), DMARC_POLICY_NONE);
        valid = record->usable && record->p <= most;
    }
    dmarc_record_free(record);
    return valid;
}

static bool is_valid(const ProposedRecord *record, const DnsAnswer *answer)
{
    switch (kind_of(record->name, span_str(record->value))) {
    case KIND_SPF:
        return spf_is_valid(record->name, record->value);
    case KIND_DMARC:
        return dmarc_is_valid(record->name, record->value, answer);
    case KIND_KEY:
        return key_is_valid(record->value);
    case KIND_OTHER:
        return false;
    }
    return false;
}

/* --- what has to be done --- */

static void add_change(ChangePlan *plan, const char *action, const char *type, char *value,
                       char *was)
{
    plan->changes = g_renew(Change, plan->changes, plan->n + 1);
    plan->changes[plan->n++] = (Change){.action = g_strdup(action),
                                        .name = g_strdup(plan->owner),
                                        .type = type,
                                        .value = value,
                                        .was = was};
}

/* A TXT record in a zone file: strings of at most 255 octets (RFC 1035 §3.3). */
static void overlay_text(ChangePlan *plan, Span text)
{
    g_string_append_printf(plan->overlay, "%s. TXT", plan->owner);
    for (size_t i = 0; i < text.n || i == 0; i += 255) {
        g_string_append(plan->overlay, " \"");
        for (size_t j = i; j < MIN(text.n, i + 255); j++) {
            unsigned char c = (unsigned char)text.p[j];
            if (g_ascii_isprint((char)c) && c != '"' && c != '\\')
                g_string_append_c(plan->overlay, (char)c);
            else
                g_string_append_printf(plan->overlay, "\\%03u", c);
        }
        g_string_append_c(plan->overlay, '"');
    }
    g_string_append_c(plan->overlay, '\n');
}

static bool stands_already(const DnsAnswer *answer, Kind kind, const char *value)
{
    size_t rivals = 0, same = 0;
    for (size_t i = 0; i < answer->n; i++) {
        Span text = text_of(&answer->records[i]);
        rivals += kind_of(answer->name, text) == kind;
        same += span_is(text, value);
    }
    return same > 0 && rivals == 1;
}

static bool is_removal(const ProposedRecord *record)
{
    return strcmp(record->action, "remove") == 0;
}

/* What stands at the end of an alias or comes of a wildcard does not stand at the name. */
static bool is_at_name(const DnsAnswer *answer)
{
    return !answer->wildcard && !answer->cnames[0];
}

static bool stands(const DnsAnswer *answer, const char *value)
{
    for (size_t i = 0; i < answer->n; i++)
        if (span_is(text_of(&answer->records[i]), value))
            return is_at_name(answer);
    return false;
}

/* The first record of the kind is changed, unless another is as it should be; the others of the
 * kind go, all else stays. */
static void plan_text(ChangePlan *plan, const ProposedRecord *record, const DnsAnswer *answer)
{
    Kind kind = kind_of(record->name, span_str(record->value));
    bool removal = is_removal(record), placed = removal || stands(answer, record->value);
    for (size_t i = 0; i < answer->n && is_at_name(answer); i++) {
        Span text = text_of(&answer->records[i]);
        bool stays = removal ? !span_is(text, record->value) : kind_of(answer->name, text) != kind;
        if (stays) {
            overlay_text(plan, text);
        } else if (!removal && span_is(text, record->value)) {
            continue; /* change_plan() laid it down */
        } else if (!placed) {
            add_change(plan, "change", "TXT", g_strdup(record->value), bytes_escape(text));
            placed = true;
        } else {
            add_change(plan, "remove", "TXT", bytes_escape(text), NULL);
        }
    }
    if (!placed)
        add_change(plan, "add", "TXT", g_strdup(record->value), NULL);
}

ChangePlan *change_plan(const ProposedRecord *record, DnsSession *dns)
{
    Kind kind = kind_of(record->name, span_str(record->value));
    if (strcmp(record->type, "TXT") != 0 || !is_plain_name(record->name) ||
        !is_plain_value(record->value))
        return NULL;
    const DnsAnswer *answer = dns_ask(dns, record->name, DNS_TXT);
    if (answer->status != DNS_OK && answer->status != DNS_NODATA && answer->status != DNS_NXDOMAIN)
        return NULL;
    if (!is_removal(record) &&
        (!is_valid(record, answer) || stands_already(answer, kind, record->value)))
        return NULL;

    ChangePlan *plan = g_new0(ChangePlan, 1);
    plan->owner = g_strdup(record->name);
    plan->is_spf = kind == KIND_SPF;
    plan->overlay = g_string_new(NULL);
    if (answer->cnames[0]) { /* nothing stands beside an alias: RFC 1034 §3.6.2 */
        add_change(plan, "remove", "CNAME", bytes_escape(span_str(answer->cnames[0])), NULL);
        g_string_append_printf(plan->overlay, ";!remove %s. CNAME\n", plan->owner);
    }
    if (is_removal(record))
        g_string_append_printf(plan->overlay, ";!remove %s. TXT\n", plan->owner);
    else
        overlay_text(plan, span_str(record->value));
    plan_text(plan, record, answer);
    return plan;
}

void change_plan_free(ChangePlan *plan)
{
    if (!plan)
        return;
    for (size_t i = 0; i < plan->n; i++) {
        g_free(plan->changes[i].action);
        g_free(plan->changes[i].name);
        g_free(plan->changes[i].value);
        g_free(plan->changes[i].was);
    }
    g_free(plan->changes);
    g_free(plan->owner);
    g_string_free(plan->overlay, TRUE);
    g_free(plan);
}
