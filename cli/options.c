#include "cli/options.h"

#include "analyzer/cause/cause.h"
#include "analyzer/message/received.h"
#include "cli/exit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const summary = "Says whether a received message is authenticated and aligned "
                                   "with the domains you sign for, and what to\n"
                                   "change. FILE is a message as received (.eml, or its header "
                                   "only), a directory of them, or - for standard\n"
                                   "input. Nothing but DNS questions leaves this machine.";

static const char *const notes =
    "Exit status: 0 nothing at or above --fail-on; 1 something is, or the score is below "
    "--min-score;\n"
    "64 wrong usage; 65 not a message; 66 no such input; 69 no name server answered; 74 cannot "
    "write; 78 bad profile.\n"
    "With --baseline only what is new or worse counts, and a low score only when it is lower than "
    "the baseline's.\n"
    "With --format nagios: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.\n"
    "\n"
    "Other commands: mailassay render REPORT.xml makes another view of a stored report; mailassay "
    "rules lists the\n"
    "rules; mailassay explain RULE-ID tells one; mailassay providers lists what large providers "
    "ask;\n"
    "mailassay compare A B shows in what two copies or reports differ.\n"
    "\n"
    "Examples:\n"
    "  mailassay received.eml\n"
    "  mailassay --profile domains.xml -o report.html received.eml\n"
    "  mailassay --dns-record case.zone received.eml; mailassay --dns-zone case.zone received.eml\n"
    "\n"
    "The manual is mailassay(1).";

static const char *const pair_summary =
    "Shows in what two messages, two stored XML reports, or one of each differ: results, findings, "
    "facts.\n"
    "Messages are analysed, both with the options given; of two messages it also says where what a "
    "signature\n"
    "covers begins to differ. What a file is, is seen from its content. One of them may be -, "
    "standard input.";

static const char *const pair_notes =
    "Exit status: 0 nothing differs that matters; 1 something does: a result, the score, a "
    "finding, "
    "an identity,\n"
    "a signature or what it covers, structure, or a DNS answer both asked for. What every copy has "
    "of its own does\n"
    "not: recipient, receiver, journey, what receivers wrote, size and line ends, unsigned fields, "
    "options, time.\n"
    "64 wrong usage; 65 neither a message nor a report; 66 no such input; 69 no name server "
    "answered; 74 cannot\n"
    "write; 78 bad profile.\n"
    "\n"
    "Examples:\n"
    "  mailassay compare sent.eml received.eml\n"
    "  mailassay compare before.xml after.xml --format json";

/* What GOption fills in, before it is checked. */
typedef struct Raw {
    char *timeout, *cause_budget, *now, *format, *language, *colour, *fail_on, *line_ends,
        *min_score;
    gboolean no_dns, redact, verbose, version;
    char **rest;
} Raw;

static void raw_clear(Raw *raw)
{
    g_free(raw->timeout);
    g_free(raw->cause_budget);
    g_free(raw->now);
    g_free(raw->format);
    g_free(raw->language);
    g_free(raw->colour);
    g_free(raw->fail_on);
    g_free(raw->line_ends);
    g_free(raw->min_score);
    g_strfreev(raw->rest);
}

void options_free(Options *options)
{
    if (!options)
        return;
    g_free(options->mail_from);
    g_free(options->client_ip);
    g_free(options->helo);
    g_free(options->receiver);
    g_free(options->recipient);
    g_free(options->dns_server);
    g_strfreev(options->dns_zones);
    g_free(options->dns_record);
    g_free(options->dns_overlay);
    g_free(options->baseline);
    g_free(options->profile);
    g_free(options->psl);
    g_strfreev(options->block_lists);
    g_free(options->reconstruct);
    g_free(options->redact_message);
    g_strfreev(options->outputs);
    g_strfreev(options->inputs);
    g_free(options);
}

static void add_report_options(GOptionContext *context, Options *o, Raw *raw)
{
    const GOptionEntry report[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME_ARRAY, &o->outputs,
         "Write a report; the extension (.txt .letter.txt .md .xml .html .json .junit.xml .sarif "
         ".prom) is its "
         "format. "
         "Repeatable. %b is the input's name",
         "FILE"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &raw->format,
         "Format on standard output: text (default), markdown, xml, html, json, junit, sarif, "
         "nagios, prometheus, "
         "authres, letter",
         "NAME"},
        {"lang", 0, 0, G_OPTION_ARG_STRING, &raw->language, "Language: en (default) or nl", "CODE"},
        {"color", 0, 0, G_OPTION_ARG_STRING, &raw->colour,
         "Colour in text: auto (default), always, never", "WHEN"},
        {"redact", 0, 0, G_OPTION_ARG_NONE, &raw->redact,
         "Make reports that can be shown to others: names, addresses, text and link tokens are "
         "replaced; verdicts stay",
         NULL},
        {"redact-message", 0, 0, G_OPTION_ARG_FILENAME, &o->redact_message,
         "The same, and write the message so redacted. Its signatures no longer verify", "FILE"},
        {"profile", 'p', 0, G_OPTION_ARG_FILENAME, &o->profile,
         "Your signing domains, SPF include and relays (XML)", "FILE"},
        {"fail-on", 0, 0, G_OPTION_ARG_STRING, &raw->fail_on,
         "Exit 1 from this severity: info, notice, warning, error (default), never", "LEVEL"},
        {"min-score", 0, 0, G_OPTION_ARG_STRING, &raw->min_score,
         "Exit 1 below this score (0 to 100)", "N"},
        {"baseline", 0, 0, G_OPTION_ARG_FILENAME, &o->baseline,
         "Report only what is new or worse since this stored report, and what is gone; exit 1 for "
         "that only",
         "OLD.xml"},
        {"reconstruct", 0, 0, G_OPTION_ARG_FILENAME, &o->reconstruct,
         "Write header block and body as they were signed, so that the proof can be checked",
         "DIRECTORY"},
        {"dns-record", 0, 0, G_OPTION_ARG_FILENAME, &o->dns_record,
         "Write all answers to a zone file that --dns-zone replays", "FILE"},
        {"verbose", 'v', 0, G_OPTION_ARG_NONE, &raw->verbose,
         "Print time and DNS round trips on standard error", NULL},
        {"version", 0, 0, G_OPTION_ARG_NONE, &raw->version, "Print the version", NULL},
        {0}};
    g_option_context_add_main_entries(context, report, NULL);
}

static void add_comparison_options(GOptionContext *context, Options *o, Raw *raw)
{
    const GOptionEntry shown[] = {
        {"format", 0, 0, G_OPTION_ARG_STRING, &raw->format, "text (default) or json", "NAME"},
        {"lang", 0, 0, G_OPTION_ARG_STRING, &raw->language, "Language: en (default) or nl", "CODE"},
        {"color", 0, 0, G_OPTION_ARG_STRING, &raw->colour,
         "Colour in text: auto (default), always, never", "WHEN"},
        {"profile", 'p', 0, G_OPTION_ARG_FILENAME, &o->profile,
         "Your signing domains, SPF include and relays (XML)", "FILE"},
        {0}};
    g_option_context_add_main_entries(context, shown, NULL);
}

/* What facts and judgement depend on beside the message. */
static void add_message_options(GOptionContext *context, Options *o, Raw *raw)
{
    const GOptionEntry envelope[] = {
        {"mail-from", 'f', 0, G_OPTION_ARG_STRING, &o->mail_from,
         "Envelope sender; '' is the null sender", "ADDRESS"},
        {"client-ip", 'i', 0, G_OPTION_ARG_STRING, &o->client_ip,
         "Address of the host that sent it", "IP"},
        {"helo", 'e', 0, G_OPTION_ARG_STRING, &o->helo, "Name it gave in HELO or EHLO", "NAME"},
        {"receiver", 'm', 0, G_OPTION_ARG_STRING, &o->receiver, "Name of the receiving host",
         "NAME"},
        {"recipient", 'r', 0, G_OPTION_ARG_STRING, &o->recipient, "Envelope recipient", "ADDRESS"},
        {"now", 0, 0, G_OPTION_ARG_STRING, &raw->now,
         "Judge at this time instead of the time of receipt (RFC 3339, or seconds since 1970)",
         "TIME"},
        {"cause-budget", 0, 0, G_OPTION_ARG_STRING, &raw->cause_budget,
         "Work for finding why a signature broke: million octets to hash (default 1000, about 1 s; "
         "0: none)",
         "N"},
        {"line-ends", 0, 0, G_OPTION_ARG_STRING, &raw->line_ends,
         "auto (default), or crlf: read every bare LF as CRLF", "HOW"},
        {0}};
    const GOptionEntry dns[] = {
        {"dns-server", 0, 0, G_OPTION_ARG_STRING, &o->dns_server,
         "Ask this server instead of those of resolv.conf", "HOST[:PORT]"},
        {"timeout", 0, 0, G_OPTION_ARG_STRING, &raw->timeout,
         "Seconds for one question (default 5)", "SECONDS"},
        {"dns-zone", 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->dns_zones,
         "Take answers from a zone file instead. Repeatable", "FILE"},
        {"dns-overlay", 0, 0, G_OPTION_ARG_FILENAME, &o->dns_overlay,
         "What if: lay these records over the answers (zone file; \";!remove NAME TYPE\" takes "
         "away)",
         "FILE"},
        {"block-list", 0, 0, G_OPTION_ARG_STRING_ARRAY, &o->block_lists,
         "Ask this DNS block list about the sending address, or with domain: before it about the "
         "domains. Repeatable",
         "ZONE"},
        {"no-dns", 0, 0, G_OPTION_ARG_NONE, &raw->no_dns, "Ask nothing", NULL},
        {"psl", 0, 0, G_OPTION_ARG_FILENAME, &o->psl, "Public Suffix List to use", "FILE"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &raw->rest, NULL, NULL},
        {0}};
    g_option_context_add_main_entries(context, envelope, NULL);
    g_option_context_add_main_entries(context, dns, NULL);
}

static bool usage(GError **error, const char *format, const char *value)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, value);
    return false;
}

static bool parse_time(const char *text, int64_t *time_s)
{
    uint64_t seconds;
    if (span_to_uint64(span_str(text), 12, &seconds)) {
        *time_s = (int64_t)seconds;
        return true;
    }
    g_autoptr(GTimeZone) utc = g_time_zone_new_utc();
    g_autoptr(GDateTime) moment = g_date_time_new_from_iso8601(text, utc);
    if (!moment)
        return false;
    *time_s = g_date_time_to_unix(moment);
    return true;
}

bool options_timeout(const char *text, unsigned *timeout_ms)
{
    char *end;
    double seconds = g_ascii_strtod(text, &end);
    if (*end || end == text || !(seconds >= 0.1 && seconds <= 600))
        return false;
    *timeout_ms = (unsigned)(seconds * 1000);
    return true;
}

static bool parse_budget(const char *text, uint64_t *units)
{
    uint64_t millions;
    if (!span_to_uint64(span_str(text), 6, &millions))
        return false;
    *units = millions * 1000000;
    return true;
}

static bool check_outputs(const Options *o, GError **error)
{
    Format format;
    for (char **path = o->outputs; path && *path; path++)
        if (!format_of_path(*path, &format))
            return usage(error, "-o %s: the extension must be " FORMAT_EXTENSIONS, *path);
    return true;
}

/* What these write is the original. */
static bool check_redaction(Options *o, const Raw *raw, GError **error)
{
    o->redact = raw->redact || o->redact_message;
    const char *original = o->dns_record ? "--dns-record" : o->reconstruct ? "--reconstruct" : NULL;
    if (o->redact && original)
        return usage(error, "--redact: %s writes originals, which are not redacted; make two runs",
                     original);
    return true;
}

static bool check_choices(Options *o, const Raw *raw, GError **error)
{
    if (raw->format && !format_parse(raw->format, &o->format))
        return usage(error, "--format %s: choose " FORMAT_NAMES, raw->format);
    if (raw->language && !output_parse_language(raw->language, &o->language))
        return usage(error, "--lang %s: choose en or nl", raw->language);
    if (!output_parse_colour(raw->colour, &o->colour))
        return usage(error, "--color %s: choose auto, always or never", raw->colour);
    o->never_fail = raw->fail_on && strcmp(raw->fail_on, "never") == 0;
    if (raw->fail_on && !o->never_fail && !severity_parse(raw->fail_on, &o->fail_on))
        return usage(error, "--fail-on %s: choose info, notice, warning, error or never",
                     raw->fail_on);
    uint64_t min_score = 0;
    if (raw->min_score &&
        (!span_to_uint64(span_str(raw->min_score), 3, &min_score) || min_score > 100))
        return usage(error, "--min-score %s: give a number from 0 to 100", raw->min_score);
    o->min_score = (unsigned)min_score;
    return check_redaction(o, raw, error) && check_outputs(o, error);
}

static bool check_sources(Options *o, const Raw *raw, GError **error)
{
    g_autofree char *ip = o->client_ip ? received_ip(span_str(o->client_ip)) : NULL;
    if (o->client_ip && !ip)
        return usage(error, "--client-ip %s: give an IPv4 or IPv6 address", o->client_ip);
    if (raw->timeout && !options_timeout(raw->timeout, &o->timeout_ms))
        return usage(error, "--timeout %s: give seconds from 0.1 to 600", raw->timeout);
    if (raw->cause_budget && !parse_budget(raw->cause_budget, &o->cause_units))
        return usage(error, "--cause-budget %s: give millions of octets, 0 to 999999",
                     raw->cause_budget);
    if (raw->now && !(o->has_now = parse_time(raw->now, &o->now_s)))
        return usage(error,
                     "--now %s: give a time such as 2026-11-23T10:00:00Z, or seconds since 1970",
                     raw->now);
    if (raw->line_ends && strcmp(raw->line_ends, "crlf") == 0)
        o->reading = SOURCE_LF_IS_CRLF;
    else if (raw->line_ends && strcmp(raw->line_ends, "auto") != 0)
        return usage(error, "--line-ends %s: choose auto or crlf", raw->line_ends);
    if ((o->dns_server != NULL) + (o->dns_zones != NULL) + o->no_dns > 1)
        return usage(error, "%s exclude each other", "--dns-server, --dns-zone and --no-dns");
    return true;
}

static bool check_inputs(const Options *o, GError **error)
{
    if (!o->inputs || !o->inputs[0])
        return usage(error, "%s", "no message given: name an .eml file, or - for standard input");
    return true;
}

static bool check_pair(const Options *o, GError **error)
{
    if (!o->inputs || g_strv_length(o->inputs) != 2)
        return usage(error, "%s", "name two: messages, stored XML reports, or one of each");
    if (strcmp(o->inputs[0], "-") == 0 && strcmp(o->inputs[1], "-") == 0)
        return usage(error, "%s", "standard input can be one of the two");
    if (o->format != FORMAT_TEXT && o->format != FORMAT_JSON)
        return usage(error, "%s", "--format: choose text or json");
    return true;
}

static Options *options_new(void)
{
    Options *o = g_new0(Options, 1);
    o->timeout_ms = 5000;
    o->cause_units = CAUSE_DEFAULT_UNITS;
    o->fail_on = SEVERITY_ERROR;
    return o;
}

typedef bool (*InputCheck)(const Options *o, GError **error);

/* False when the program is to end, with *status set. */
static bool read_options(Options *o, Raw *raw, GOptionContext *context, InputCheck check, int argc,
                         char **argv, int *status)
{
    g_autoptr(GError) error = NULL;
    bool good = g_option_context_parse(context, &argc, &argv, &error);
    o->inputs = g_steal_pointer(&raw->rest);
    o->no_dns = raw->no_dns;
    o->verbose = raw->verbose;
    o->to_stdout = raw->format || !o->outputs;
    if (good && raw->version) {
        puts("mailassay " MAILASSAY_VERSION);
        *status = EXIT_CLEAN;
        return false;
    }
    if (good && check_choices(o, raw, &error) && check_sources(o, raw, &error) && check(o, &error))
        return true;
    fprintf(stderr, "mailassay: %s (see %s --help)\n", error->message, g_get_prgname());
    *status = EXIT_BAD_USAGE;
    return false;
}

/* Takes the context over. */
static Options *parse(Options *o, Raw *raw, GOptionContext *context, InputCheck check, int argc,
                      char **argv, int *status)
{
    bool good = read_options(o, raw, context, check, argc, argv, status);
    g_option_context_free(context);
    raw_clear(raw);
    if (good)
        return o;
    options_free(o);
    return NULL;
}

Options *options_parse(int argc, char **argv, int *status)
{
    Options *o = options_new();
    Raw raw = {0};
    g_set_prgname("mailassay");
    GOptionContext *context = g_option_context_new("FILE... - examine received mail");
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, notes);
    add_report_options(context, o, &raw);
    add_message_options(context, o, &raw);
    return parse(o, &raw, context, check_inputs, argc, argv, status);
}

Options *options_parse_pair(int argc, char **argv, int *status)
{
    Options *o = options_new();
    Raw raw = {0};
    g_set_prgname("mailassay compare");
    GOptionContext *context = g_option_context_new("BEFORE AFTER - show what differs");
    g_option_context_set_summary(context, pair_summary);
    g_option_context_set_description(context, pair_notes);
    add_comparison_options(context, o, &raw);
    add_message_options(context, o, &raw);
    return parse(o, &raw, context, check_pair, argc, argv, status);
}
