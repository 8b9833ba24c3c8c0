#include "rules/change.h"

#include "analyzer/auth/dmarc.h"
#include "rules/recordcheck.h"

#include <string.h>

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

/* The strictest usable policies that stand; absent when there are none. */
static void standing_policies(const char *domain, const DnsAnswer *answer, DmarcPolicy *p,
                              DmarcPolicy *sp)
{
    *p = *sp = DMARC_POLICY_ABSENT;
    for (size_t i = 0; i < answer->n; i++) {
        DmarcRecord *record = dmarc_record_parse(domain, text_of(&answer->records[i]));
        if (record && record->usable) {
            *p = MAX(*p, record->p);
            *sp = MAX(*sp, record->sp);
        }
        dmarc_record_free(record);
    }
}

/* Whoever has no policy yet begins with watching. What is said of subdomains alone may be as strict
 * as what stands for them, or for all. */
static bool is_no_stricter(const char *name, const char *value, const DnsAnswer *answer)
{
    const char *domain = g_str_has_prefix(name, "_dmarc.") ? name + strlen("_dmarc.") : name;
    DmarcPolicy p, sp;
    standing_policies(domain, answer, &p, &sp);
    p = MAX(p, DMARC_POLICY_NONE);
    DmarcRecord *record = dmarc_record_parse(domain, span_str(value));
    bool mild = record && record->p <= p && record->sp <= MAX(p, sp);
    dmarc_record_free(record);
    return mild;
}

static bool is_valid(const ProposedRecord *record, const DnsAnswer *answer)
{
    bool policy = recordcheck_kind(record->name, span_str(record->value)) == RECORD_DMARC &&
                  !strstr(record->name, "._report._dmarc.");
    return recordcheck_is_sound(record->name, record->value) &&
           (!policy || is_no_stricter(record->name, record->value, answer));
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

static bool stands_already(const DnsAnswer *answer, RecordKind kind, const char *value)
{
    size_t rivals = 0, same = 0;
    for (size_t i = 0; i < answer->n; i++) {
        Span text = text_of(&answer->records[i]);
        rivals += recordcheck_kind(answer->name, text) == kind;
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
    RecordKind kind = recordcheck_kind(record->name, span_str(record->value));
    bool removal = is_removal(record), placed = removal || stands(answer, record->value);
    for (size_t i = 0; i < answer->n && is_at_name(answer); i++) {
        Span text = text_of(&answer->records[i]);
        bool stays =
            removal ? !span_is(text, record->value) : recordcheck_kind(answer->name, text) != kind;
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

static ChangePlan *plan_new(const ProposedRecord *record)
{
    ChangePlan *plan = g_new0(ChangePlan, 1);
    plan->owner = g_strdup(record->name);
    plan->overlay = g_string_new(NULL);
    return plan;
}

static void remove_alias(ChangePlan *plan, const DnsAnswer *answer)
{
    if (!answer->cnames[0])
        return;
    add_change(plan, "remove", "CNAME", bytes_escape(span_str(answer->cnames[0])), NULL);
    g_string_append_printf(plan->overlay, ";!remove %s. CNAME\n", plan->owner);
}

/* Nothing stands beside an alias (RFC 1034 §3.6.2), and it has to lead to a key. Another alias is
 * left alone. */
static ChangePlan *plan_alias(const ProposedRecord *record, const DnsAnswer *answer,
                              DnsSession *dns)
{
    if (is_removal(record) || recordcheck_kind(record->name, span_str("")) != RECORD_KEY ||
        !is_plain_name(record->value) || answer->cnames[0])
        return NULL;
    const DnsAnswer *target = dns_ask(dns, record->value, DNS_TXT);
    if (target->n != 1 || !recordcheck_is_sound(record->name, target->records[0].text))
        return NULL;
    ChangePlan *plan = plan_new(record);
    for (size_t i = 0; i < answer->n && is_at_name(answer); i++)
        add_change(plan, "remove", "TXT", bytes_escape(text_of(&answer->records[i])), NULL);
    if (plan->n > 0)
        g_string_append_printf(plan->overlay, ";!remove %s. TXT\n", plan->owner);
    add_change(plan, "add", "CNAME", g_strdup(record->value), NULL);
    g_string_append_printf(plan->overlay, "%s. CNAME %s.\n", plan->owner, record->value);
    return plan;
}

ChangePlan *change_plan(const ProposedRecord *record, DnsSession *dns)
{
    RecordKind kind = recordcheck_kind(record->name, span_str(record->value));
    if (!is_plain_name(record->name) ||
        strpbrk(record->value, "\\\"")) /* what bytes_escape() changed is not what stands there */
        return NULL;
    const DnsAnswer *answer = dns_ask(dns, record->name, DNS_TXT);
    if (answer->status != DNS_OK && answer->status != DNS_NODATA && answer->status != DNS_NXDOMAIN)
        return NULL;
    if (strcmp(record->type, "CNAME") == 0)
        return plan_alias(record, answer, dns);
    if (strcmp(record->type, "TXT") != 0)
        return NULL;
    if (!is_removal(record) &&
        (!is_valid(record, answer) || stands_already(answer, kind, record->value)))
        return NULL;

    ChangePlan *plan = plan_new(record);
    plan->is_spf = kind == RECORD_SPF;
    remove_alias(plan, answer); /* nothing stands beside one */
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
