/* domain.c - `mailassay domain`: what DNS says of the signing domains, without any message. */
#include "analyzer/base/domain.h"
#include "cli/commands.h"
#include "cli/dnsoptions.h"
#include "cli/domainview.h"
#include "cli/exit.h"
#include "cli/output.h"

#include <stdio.h>
#include <string.h>

static const char *const summary =
    "Checks signing domains against DNS, without any message: key records, SPF with your\n"
    "include, DMARC, and whether bounces can come back. All domains of the profile when none\n"
    "is named.";

static const char *const notes =
    "Exit status: 0 nothing at or above --fail-on; 1 something is; 69 nothing is, but DNS\n"
    "left questions unanswered, or there is no name server; 64 wrong usage; 65 a zone file\n"
    "that is none; 66 no such file; 74 cannot write; 78 bad profile.\n"
    "\n"
    "Examples:\n"
    "  mailassay domain --profile domains.xml\n"
    "  mailassay domain --profile domains.xml --format json --fail-on warning customer.example\n"
    "  mailassay domain --profile domains.xml --format letter --lang nl customer.example\n"
    "  mailassay domain --selector wm1 --selector wm2 customer.example";

typedef struct DomainOptions {
    char *profile, *format_name, *language_name, *colour_name, *fail_on_name; /* as given */
    char **domains, **selectors; /* to normal form; NULL-terminated or NULL */
    gboolean verbose;
    DnsChoice dns;
    Format format;
    Language language;
    bool colour, never_fail;
    Severity fail_on;
} DomainOptions;

static int complain(const GError *error, int status)
{
    fprintf(stderr, "mailassay: %s\n", error->message);
    return status;
}

static void options_clear(DomainOptions *o)
{
    g_free(o->profile);
    g_free(o->format_name);
    g_free(o->language_name);
    g_free(o->colour_name);
    g_free(o->fail_on_name);
    g_strfreev(o->domains);
    g_strfreev(o->selectors);
    dnsoptions_clear(&o->dns);
}

static GOptionContext *context_new(DomainOptions *o)
{
    GOptionContext *context = g_option_context_new("[DOMAIN...] - check signing domains");
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, notes);
    const GOptionEntry entries[] = {
        {"profile", 'p', 0, G_OPTION_ARG_FILENAME, &o->profile,
         "Your signing domains and SPF include (XML)", "FILE"},
        {"selector", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->selectors,
         "Look at this selector too, for every domain. Repeatable", "NAME"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &o->format_name,
         "text (default), json, or letter: what one domain's DNS administrators have to do",
         "NAME"},
        {"lang", 0, 0, G_OPTION_ARG_STRING, &o->language_name, "Language: en (default) or nl",
         "CODE"},
        {"color", 0, 0, G_OPTION_ARG_STRING, &o->colour_name,
         "Colour in text: auto (default), always, never", "WHEN"},
        {"fail-on", 0, 0, G_OPTION_ARG_STRING, &o->fail_on_name,
         "Exit 1 from this level: info, notice, warning, error (default), never", "LEVEL"},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &o->verbose,
         "Print time and DNS round trips on standard error", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->domains, NULL, NULL},
        {0}};
    g_option_context_add_main_entries(context, entries, NULL);
    dnsoptions_add(context, &o->dns);
    return context;
}

static bool usage(GError **error, const char *format, const char *value)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, value);
    return false;
}

static bool normalise(char **names, const char *format, GError **error)
{
    for (char **name = names; name && *name; name++) {
        char *normal = domain_normal(span_str(*name));
        if (!normal)
            return usage(error, format, *name);
        g_free(*name);
        *name = normal;
    }
    return true;
}

static bool check_names(DomainOptions *o, GError **error)
{
    if (!normalise(o->domains, "%s: no domain name", error) ||
        !normalise(o->selectors, "--selector %s: no selector; use letters, digits and hyphens",
                   error))
        return false;
    if (!o->profile && !o->domains)
        return usage(error, "%s", "name a domain, or --profile with a list of them");
    return true;
}

static bool check_options(DomainOptions *o, GError **error)
{
    o->fail_on = SEVERITY_ERROR;
    o->never_fail = g_strcmp0(o->fail_on_name, "never") == 0;
    if (o->fail_on_name && !o->never_fail && !severity_parse(o->fail_on_name, &o->fail_on))
        return usage(error, "--fail-on %s: choose info, notice, warning, error or never",
                     o->fail_on_name);
    o->format = FORMAT_TEXT;
    if (o->format_name &&
        (!format_parse(o->format_name, &o->format) ||
         (o->format != FORMAT_TEXT && o->format != FORMAT_JSON && o->format != FORMAT_LETTER)))
        return usage(error, "--format %s: choose text, json or letter", o->format_name);
    if (o->format == FORMAT_LETTER && (!o->domains || g_strv_length(o->domains) != 1))
        return usage(error, "%s", "--format letter: a letter is about one domain; name it");
    if (o->language_name && !output_parse_language(o->language_name, &o->language))
        return usage(error, "--lang %s: choose en or nl", o->language_name);
    if (!output_parse_colour(o->colour_name, &o->colour))
        return usage(error, "--color %s: choose auto, always or never", o->colour_name);
    return check_names(o, error) && dnsoptions_check(&o->dns, error);
}

static int verdict(const DomainOptions *o, const DomainChecks *checks)
{
    Level worst = LEVEL_GOOD;
    bool unknown = false;
    for (size_t i = 0; i < checks->n; i++) {
        Level known = domainview_known(&checks->domains[i], &unknown);
        worst = MAX(worst, known);
    }
    if (o->never_fail)
        return EXIT_CLEAN;
    if (worst >= level_of_severity(o->fail_on))
        return EXIT_FINDINGS;
    return unknown ? EXIT_NO_SERVICE : EXIT_CLEAN;
}

static GString *view_of(const DomainOptions *o, const DomainChecks *checks, DnsSession *session)
{
    if (o->format == FORMAT_JSON)
        return domainview_json(checks, o->language);
    if (o->format == FORMAT_LETTER)
        return domainview_letter(checks, (const char *const *)o->selectors, session, o->language);
    return domainview_text(checks, o->language, o->colour);
}

static int check_all(const DomainOptions *o, const Profile *profile, Dns *dns)
{
    int64_t started_us = g_get_monotonic_time();
    DnsSession *session = dns_session_new(dns);
    DomainChecks *checks = domaincheck(profile, (const char *const *)o->domains,
                                       (const char *const *)o->selectors, session);
    int64_t done_us = g_get_monotonic_time();
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) view = view_of(o, checks, session);
    int status = output_write_stdout(view, &error) ? verdict(o, checks) : complain(error, EXIT_IO);
    if (o->verbose) {
        DnsStats stats = dns_stats(dns);
        fprintf(stderr, "mailassay: %zu domains: %.1f ms, %u DNS questions in %u round trips\n",
                checks->n, (double)(done_us - started_us) / 1000.0, stats.questions, stats.rounds);
    }
    domainchecks_free(checks);
    dns_session_free(session);
    return status;
}

static int check_with(const DomainOptions *o)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Profile) profile =
        o->profile ? profile_load(o->profile, &error) : profile_new_empty();
    if (!profile)
        return complain(error, EXIT_BAD_PROFILE);
    if (!o->domains && profile->n_domains == 0) {
        fprintf(stderr, "mailassay: %s: lists no signing domain; name one on the command line\n",
                o->profile);
        return EXIT_BAD_PROFILE;
    }
    int status = EXIT_CLEAN;
    Dns *dns = dnsoptions_open(&o->dns, &status);
    if (dns)
        status = check_all(o, profile, dns);
    dns_free(dns);
    return status;
}

int command_domain(int argc, char **argv)
{
    DomainOptions o = {0};
    g_set_prgname("mailassay domain");
    g_autoptr(GOptionContext) context = context_new(&o);
    g_autoptr(GError) error = NULL;
    int status;
    if (g_option_context_parse(context, &argc, &argv, &error) && check_options(&o, &error)) {
        status = check_with(&o);
    } else {
        fprintf(stderr, "mailassay: %s (see mailassay domain --help)\n", error->message);
        status = EXIT_BAD_USAGE;
    }
    options_clear(&o);
    return status;
}
