#include "rules/proposal.h"

#include "analyzer/auth/dmarc.h"

#include <gio/gio.h>
#include <string.h>

char *proposal_key(const SigningDomain *configured)
{
    if (!configured || !configured->p_value)
        return NULL;
    return g_strdup_printf("v=DKIM1; k=%s; p=%s", key_type_name(configured->key_type),
                           configured->p_value);
}

char *proposal_spf_with(const SpfRecord *record, const char *term)
{
    for (size_t i = 0; i < record->n; i++) {
        const SpfTerm *standing = &record->terms[i];
        if (standing->kind == SPF_ALL || standing->kind == SPF_REDIRECT)
            return g_strdup_printf("%.*s%s %s", (int)standing->offset, record->text, term,
                                   record->text + standing->offset);
    }
    g_autofree char *text = g_strchomp(g_strdup(record->text));
    return g_strdup_printf("%s %s", text, term);
}

SpfFit *proposal_spf_with_operator(const Evidence *evidence)
{
    const SpfSurvey *survey = evidence->spf_survey;
    const char *include = evidence->profile->spf_include;
    if (!survey || !survey->record->text || !include)
        return NULL;
    SpfFit *fit =
        evidence->spf_include ? spfbudget_fit(survey, include, evidence->spf_include) : NULL;
    if (!fit) {
        g_autofree char *term = g_strconcat("include:", include, NULL);
        fit = g_new0(SpfFit, 1);
        fit->text = proposal_spf_with(survey->record, term);
    }
    return fit;
}

char *proposal_spf_replacing(const SpfRecord *record, const SpfTerm *term, const char *text)
{
    const char *rest = record->text + term->offset + term->text.n;
    if (!text)
        rest += strspn(rest, " ");
    GString *out = g_string_new_len(record->text, (gssize)term->offset);
    g_string_append(out, text ? text : "");
    g_string_append(out, rest);
    return g_strchomp(g_string_free(out, false));
}

char *proposal_spf_repaired(const char *text)
{
    const char *at = text + strspn(text, " \t\"'\\");
    if (g_ascii_strncasecmp(at, "v=", 2) == 0)
        at += 2;
    at += strspn(at, " =");
    if (g_ascii_strncasecmp(at, "spf", 3) != 0)
        return NULL;
    at += 3;
    at += strspn(at, " -");
    if (*at != '1')
        return NULL;
    at++;
    at += strspn(at, " \t;,:\"'\\");
    g_autofree char *terms = g_strdup(at);
    terms[strcspn(terms, "\"'\\")] = '\0';
    g_autofree char *repaired = g_strdup_printf("v=spf1 %s", g_strchomp(terms));
    SpfRecord *record = spf_record_parse("", span_str(repaired));
    bool sound = *terms && record && record->problem == SPF_OK;
    spf_record_free(record);
    return sound ? g_steal_pointer(&repaired) : NULL;
}

static bool is_spf(const DnsRecord *record)
{
    Span text = span_of(record->text, record->text_n);
    return span_starts_nocase(text, "v=spf1") && (text.n == 6 || text.p[6] == ' ');
}

/* Adds the terms of one record that are not there yet; false when they cannot be moved to another
 * record. */
static bool merge_terms(const SpfRecord *record, GHashTable *seen, GString *merged, bool *all_fail)
{
    bool fails = false;
    for (size_t i = 0; i < record->n; i++) {
        const SpfTerm *term = &record->terms[i];
        if (term->kind == SPF_INVALID || term->kind == SPF_REDIRECT)
            return false;
        fails = fails || (term->kind == SPF_ALL && term->qualifier == '-');
        if (term->kind == SPF_ALL || term->kind == SPF_EXP || term->kind == SPF_UNKNOWN_MODIFIER)
            continue;
        g_autofree char *text = span_dup(term->text);
        if (g_hash_table_add(seen, g_ascii_strdown(text, -1)))
            g_string_append_printf(merged, " %s", text);
    }
    *all_fail = *all_fail && fails;
    return true;
}

char *proposal_spf_merged(const DnsAnswer *answer)
{
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GString) merged = g_string_new("v=spf1");
    bool all_fail = true;
    for (size_t i = 0; i < answer->n; i++) {
        if (!is_spf(&answer->records[i]))
            continue;
        SpfRecord *record = spf_record_parse(
            answer->name, span_of(answer->records[i].text, answer->records[i].text_n));
        bool plain = merge_terms(record, seen, merged, &all_fail);
        spf_record_free(record);
        if (!plain)
            return NULL;
    }
    g_string_append(merged, all_fail ? " -all" : " ~all");
    return g_string_free(g_steal_pointer(&merged), false);
}

char *proposal_spf_new(const char *term)
{
    return g_strdup_printf("v=spf1 %s ~all", term);
}

char *proposal_spf_address(const char *ip)
{
    g_autoptr(GInetAddress) address = ip ? g_inet_address_new_from_string(ip) : NULL;
    if (!address)
        return NULL;
    g_autofree char *text = g_inet_address_to_string(address);
    bool v4 = g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV4;
    return g_strdup_printf("%s:%s", v4 ? "ip4" : "ip6", text);
}

char *proposal_dmarc_new(const char *domain)
{
    return g_strdup_printf("v=DMARC1; p=none; rua=mailto:dmarc-reports@%s", domain);
}

/* The tags but for the version and the policies, which a repaired record does not take over. */
static void append_other_tags(GString *record, const char *text)
{
    static const char *const dropped[] = {"v=", "p=", "sp=", "np="};
    g_auto(GStrv) specs = g_strsplit(text, ";", -1);
    for (char **spec = specs; *spec; spec++) {
        bool drop = !*g_strstrip(*spec);
        for (size_t i = 0; i < G_N_ELEMENTS(dropped) && !drop; i++)
            drop = g_ascii_strncasecmp(*spec, dropped[i], strlen(dropped[i])) == 0;
        if (!drop)
            g_string_append_printf(record, "; %s", *spec);
    }
}

char *proposal_dmarc_repaired(const char *text)
{
    g_autofree char *plain = g_strdup(text);
    char *out = plain;
    for (const char *in = text; *in; in++)
        if (!strchr("\"\\", *in))
            *out++ = *in;
    *out = '\0';
    g_autoptr(GString) record = g_string_new("v=DMARC1; p=none");
    append_other_tags(record, plain);
    DmarcRecord *parsed = dmarc_record_parse("example.com", span_str(record->str));
    bool good = parsed && parsed->usable && !(parsed->defects & DMARC_DEFECT_SYNTAX);
    dmarc_record_free(parsed);
    return good ? g_string_free(g_steal_pointer(&record), false) : NULL;
}
