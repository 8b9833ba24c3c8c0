/* analyze.c - `mailassay analyze`: load, collect, judge, report, and the exit status. */
#include "cli/analyze.h"

#include "analyzer/evidence.h"
#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/inputs.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/reconstruct.h"
#include "reports/baseline.h"
#include "reports/finding.h"
#include "reports/redact.h"

#include <libxml/tree.h>
#include <stdio.h>
#include <string.h>

static int complain(const GError *error, int status)
{
    fprintf(stderr, "mailassay: %s\n", error->message);
    return status;
}

/* --- what has to be there before the first message --- */

static Dns *open_dns(const Options *options, GError **error)
{
    if (options->no_dns)
        return dns_new_none();
    if (options->dns_zones)
        return dns_new_zone((const char *const *)options->dns_zones,
                            g_strv_length(options->dns_zones), error);
    DnsOptions live = {.server = options->dns_server, .timeout_ms = options->timeout_ms};
    return dns_new_live(&live, error);
}

static psl_ctx_t *open_psl(const Options *options, GError **error)
{
    psl_ctx_t *psl = options->psl ? psl_load_file(options->psl) : psl_latest(NULL);
    if (!psl && options->psl)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
                    "%s: not a Public Suffix List that can be read", options->psl);
    else if (!psl)
        g_set_error(
            error, G_FILE_ERROR, G_FILE_ERROR_FAILED,
            "no Public Suffix List: install the package publicsuffix, or give one with --psl");
    return psl;
}

/* Laid over a session of its own, to say what is wrong with it before the first message. */
static int open_overlay(Run *run)
{
    const char *path = run->options->dns_overlay;
    g_autoptr(GError) error = NULL;
    if (!path)
        return EXIT_CLEAN;
    if (!g_file_get_contents(path, &run->overlay, &run->overlay_n, &error))
        return complain(error, EXIT_NO_INPUT);
    DnsSession *session = dns_session_new(run->dns);
    bool good = dns_session_overlay(session, span_of(run->overlay, run->overlay_n), &error);
    dns_session_free(session);
    if (good)
        return EXIT_CLEAN;
    g_prefix_error(&error, "%s: ", path);
    return complain(error, EXIT_BAD_DATA);
}

static bool add_block_lists(Profile *profile, const Options *options, GError **error)
{
    for (char **list = options->block_lists; list && *list; list++)
        if (!profile_add_block_list(profile, *list, error)) {
            g_prefix_error(error, "--block-list: ");
            return false;
        }
    return true;
}

xmlDoc *analyze_read_report(const char *path, int *status)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) octets = source_load(path, &error);
    xmlDoc *report = NULL;
    if (octets) {
        gsize n;
        const char *p = g_bytes_get_data(octets, &n);
        report = document_read(span_of(p, n), path, &error);
    }
    if (!report)
        *status = complain(error, octets || g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_INVAL)
                                      ? EXIT_BAD_DATA
                                      : EXIT_NO_INPUT);
    return report;
}

/* One for all messages is read before the first; else each message has its own. */
static int open_baseline(Run *run)
{
    const char *path = run->options->baseline;
    int status = EXIT_CLEAN;
    if (path && !output_path_is_pattern(path))
        run->baseline = analyze_read_report(path, &status);
    return status;
}

int analyze_open(Run *run, const Options *options)
{
    g_autoptr(GError) error = NULL;
    run->options = options;
    run->catalogue = catalogue_load(&error);
    if (!run->catalogue)
        return complain(error, EXIT_BUG);
    run->plan_texts = plan_texts_load(&error);
    if (!run->plan_texts)
        return complain(error, EXIT_BUG);
    run->profile = options->profile ? profile_load(options->profile, &error) : profile_new_empty();
    if (!run->profile)
        return complain(error, EXIT_BAD_PROFILE);
    if (!add_block_lists(run->profile, options, &error))
        return complain(error, EXIT_BAD_USAGE);
    if (!judge_check_settings(run->catalogue, run->profile, &error))
        return complain(error, EXIT_BAD_PROFILE);
    run->psl = open_psl(options, &error);
    if (!run->psl)
        return complain(error, EXIT_NO_INPUT);
    run->dns = open_dns(options, &error);
    if (!run->dns) {
        bool missing = g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOENT);
        return complain(error, !options->dns_zones ? EXIT_NO_SERVICE
                               : missing           ? EXIT_NO_INPUT
                                                   : EXIT_BAD_DATA);
    }
    /* A recording is replayed at the moment it was made, so that the report is the same to the
     * octet. */
    if (options->has_now)
        run->now_s = options->now_s;
    else if (!dns_recorded_at(run->dns, &run->now_s))
        run->now_s = g_get_real_time() / G_USEC_PER_SEC;
    if (options->dns_record)
        run->recording = g_string_new(NULL);
    int status = open_overlay(run);
    return status == EXIT_CLEAN ? open_baseline(run) : status;
}

void analyze_close(Run *run)
{
    if (run->recording)
        g_string_free(run->recording, TRUE);
    g_free(run->overlay);
    xmlFreeDoc(run->baseline);
    dns_free(run->dns);
    psl_free(run->psl);
    profile_free(run->profile);
    plan_texts_free(run->plan_texts);
    catalogue_free(run->catalogue);
}

/* --- one message --- */

/* What the user chose and what decides the outcome; how DNS was reached is not part of it. */
static GPtrArray *options_for_report(const Options *options, const char *budget,
                                     const char *block_lists)
{
    const struct {
        const char *name, *value;
    } chosen[] = {
        {"mail-from", options->mail_from},
        {"client-ip", options->client_ip},
        {"helo", options->helo},
        {"receiver", options->receiver},
        {"recipient", options->recipient},
        {"profile", options->profile},
        {"line-ends", options->reading == SOURCE_LF_IS_CRLF ? "crlf" : NULL},
        {"dns-overlay", options->dns_overlay},
        {"baseline", options->baseline},
        {"no-dns", options->no_dns ? "yes" : NULL},
        {"cause-budget", budget},
        {"block-list", block_lists},
        {"fail-on", options->never_fail ? "never" : severity_name(options->fail_on)},
    };
    GPtrArray *list = g_ptr_array_new();
    for (size_t i = 0; i < G_N_ELEMENTS(chosen); i++) {
        if (chosen[i].value) {
            g_ptr_array_add(list, (void *)chosen[i].name);
            g_ptr_array_add(list, (void *)chosen[i].value);
        }
    }
    g_ptr_array_add(list, NULL);
    return list;
}

static int write_reports(const Run *run, xmlDoc *document, const char *input)
{
    const Options *options = run->options;
    Outputs outputs = {.files = options->outputs,
                       .to_stdout = options->to_stdout,
                       .format = options->format,
                       .language = options->language,
                       .colour = options->colour};
    return output_write(&outputs, document, input);
}

/* The message first: when it cannot be written, nothing is. */
static int redact(const Run *run, const Evidence *evidence, xmlDoc *document, const char *input)
{
    const char *pattern = run->options->redact_message;
    if (!run->options->redact)
        return EXIT_CLEAN;
    g_autoptr(Redaction) redaction = redaction_new(run->catalogue);
    redaction_learn(redaction, evidence->source, evidence->mime);
    redaction_document(redaction, document);
    if (!pattern)
        return EXIT_CLEAN;
    g_autofree char *path = output_path(pattern, input);
    g_autoptr(GString) message = redaction_message(redaction, evidence->source, evidence->mime);
    g_autoptr(GError) error = NULL;
    return output_write_file(path, message, &error) ? EXIT_CLEAN : complain(error, EXIT_IO);
}

/* With a baseline a low score counts only when it is lower than then (baseline.h). */
static bool is_finding(const Options *options, const xmlDoc *document)
{
    const xmlNode *verdict = node_child(xmlDocGetRootElement(document), "verdict");
    if (baseline_score_counts(document) && finding_uint(verdict, "score") < options->min_score)
        return true;
    return !options->never_fail && node_is(verdict, "passed", "false");
}

xmlDoc *analyze_document(const Run *run, const Evidence *evidence, const Judgement *judgement,
                         const Remedies *remedies, const AlignmentPlan *plan, const char *name)
{
    uint64_t units = run->options->cause_units;
    g_autofree char *budget = units == CAUSE_DEFAULT_UNITS
                                  ? NULL
                                  : g_strdup_printf("%" G_GUINT64_FORMAT, units / 1000000);
    g_autofree char *lists =
        run->options->block_lists ? g_strjoinv(" ", run->options->block_lists) : NULL;
    g_autoptr(GPtrArray) chosen = options_for_report(run->options, budget, lists);
    DocumentInput in = {.evidence = evidence,
                        .judgement = judgement,
                        .remedies = remedies,
                        .plan = plan,
                        .input_name = name,
                        .fail_on = run->options->fail_on,
                        .options = (const char *const *)chosen->pdata};
    return document_new(&in);
}

/* The report this one is set against: NULL when there is none, or with *status set. Borrowed when
 * it is the run's, else owned by *own. */
static const xmlDoc *baseline_for(const Run *run, const char *path, xmlDoc **own, int *status)
{
    if (!path || run->baseline)
        return run->baseline;
    return *own = analyze_read_report(path, status);
}

static int report(Run *run, const Examined *examined, const xmlDoc *baseline,
                  const char *baseline_path, const char *input)
{
    const Evidence *evidence = examined->evidence;
    Judgement *judgement = judge(run->catalogue, evidence);
    Remedies *remedies = remedy_prove(&examined->input, evidence, judgement, run->catalogue);
    AlignmentPlan *plan =
        plan_make(&examined->input, evidence, judgement, run->catalogue, run->plan_texts);
    xmlDoc *document = analyze_document(run, evidence, judgement, remedies, plan, input);
    if (baseline)
        baseline_apply(document, baseline, baseline_path);
    int status = redact(run, evidence, document, input);
    if (status == EXIT_CLEAN)
        status = write_reports(run, document, input);
    run->findings |= is_finding(run->options, document);
    run->state = nagios_state(document);
    xmlFreeDoc(document);
    plan_free(plan);
    remedies_free(remedies);
    judgement_free(judgement);
    return status;
}

static void print_cost(const Run *run, const char *input, int64_t started_us, DnsStats before)
{
    DnsStats after = dns_stats(run->dns);
    fprintf(stderr, "mailassay: %s: %.1f ms, %u DNS questions in %u round trips\n", input,
            (double)(g_get_monotonic_time() - started_us) / 1000.0,
            after.questions - before.questions, after.rounds - before.rounds);
}

/* Whether name servers were asked and none of them said anything at all. */
static bool dns_is_silent(const Dns *dns, const DnsSession *session)
{
    size_t n = dns_session_count(session);
    if (n == 0 || strcmp(dns_source(dns), "live") != 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        DnsStatus status = dns_session_answer(session, i)->status;
        if (status != DNS_TIMEOUT && status != DNS_NETWORK && status != DNS_BAD_NAME)
            return false;
    }
    return true;
}

static DnsSession *open_session(const Run *run)
{
    DnsSession *session = dns_session_new(run->dns);
    if (run->overlay)
        dns_session_overlay(session, span_of(run->overlay, run->overlay_n),
                            NULL); /* open_overlay() saw it parse */
    return session;
}

GBytes *analyze_load(const char *path, int *status)
{
    g_autoptr(GError) error = NULL;
    GBytes *octets = source_load(path, &error);
    if (!octets) /* it is there, but empty or too large */
        *status = complain(error, g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_INVAL)
                                      ? EXIT_BAD_DATA
                                      : EXIT_NO_INPUT);
    return octets;
}

int analyze_examine(const Run *run, GBytes *octets, const char *name, Examined *examined)
{
    const Options *options = run->options;
    examined->source = source_new(octets, options->reading);
    const char *why;
    if (!source_is_message(examined->source, &why)) {
        fprintf(
            stderr,
            "mailassay: %s: not a message: %s; save the message as received (\"show original\")\n",
            name, why);
        return EXIT_BAD_DATA;
    }
    examined->given = (EnvelopeGiven){.mail_from = options->mail_from,
                                      .client_ip = options->client_ip,
                                      .helo = options->helo,
                                      .receiver = options->receiver,
                                      .recipient = options->recipient};
    examined->session = open_session(run);
    examined->input = (EvidenceInput){.source = examined->source,
                                      .given = &examined->given,
                                      .profile = run->profile,
                                      .dns = examined->session,
                                      .psl = run->psl,
                                      .now_s = run->now_s,
                                      .cause_units = options->cause_units,
                                      .now_given = options->has_now};
    examined->evidence = evidence_collect(&examined->input);
    return EXIT_CLEAN;
}

void analyze_clear(Examined *examined)
{
    evidence_free(examined->evidence);
    dns_session_free(examined->session);
    source_free(examined->source);
}

bool analyze_dns_is_silent(const Run *run, const Examined *examined, const char *name)
{
    if (!dns_is_silent(run->dns, examined->session))
        return false;
    fprintf(stderr,
            "mailassay: %s: no name server answered: the report leaves open what depends on DNS\n",
            name);
    return true;
}

/* Everything that is written about an examined message. */
static int tell(Run *run, const Examined *examined, const xmlDoc *baseline,
                const char *baseline_path, const char *input)
{
    const Options *options = run->options;
    g_autoptr(GError) error = NULL;
    int status = report(run, examined, baseline, baseline_path, input);
    if (status == EXIT_CLEAN && options->reconstruct &&
        !reconstruct_write(options->reconstruct, examined->evidence, &error))
        status = complain(error, EXIT_IO);
    if (run->recording) {
        g_autoptr(GString) record = dns_session_record(examined->session);
        g_string_append_len(run->recording, record->str, (gssize)record->len);
    }
    if (status == EXIT_CLEAN && analyze_dns_is_silent(run, examined, input))
        status = EXIT_NO_SERVICE;
    return status;
}

static int analyze(Run *run, const char *input)
{
    int64_t started_us = g_get_monotonic_time();
    DnsStats before = dns_stats(run->dns);
    int status = EXIT_CLEAN;
    g_autoptr(GBytes) octets = analyze_load(input, &status);
    if (!octets)
        return status;
    const char *pattern = run->options->baseline;
    g_autofree char *path = run->baseline ? g_strdup(pattern)
                            : pattern     ? output_path(pattern, input)
                                          : NULL;
    xmlDoc *own = NULL;
    const xmlDoc *baseline = baseline_for(run, path, &own, &status);
    Examined examined = {0};
    if (status == EXIT_CLEAN)
        status = analyze_examine(run, octets, input, &examined);
    if (status == EXIT_CLEAN) {
        status = tell(run, &examined, baseline, path, input);
        if (run->options->verbose)
            print_cost(run, input, started_us, before);
    }
    analyze_clear(&examined);
    xmlFreeDoc(own);
    return status;
}

/* --- all of them --- */

/* Structured reports of several messages cannot share one file. */
static bool outputs_are_apart(const Options *options)
{
    if (options->to_stdout && options->format != FORMAT_TEXT) {
        fputs("mailassay: several messages in one stream would not be one document: "
              "use -o 'DIRECTORY/%b.xml' (see mailassay --help)\n",
              stderr);
        return false;
    }
    for (char **path = options->outputs; path && *path; path++) {
        if (!output_path_is_pattern(*path)) {
            fprintf(stderr,
                    "mailassay: -o %s: each message would overwrite the last; put %%b (the input's "
                    "name) in it\n",
                    *path);
            return false;
        }
    }
    const char *message = options->redact_message;
    if (message && !output_path_is_pattern(message)) {
        fprintf(stderr,
                "mailassay: --redact-message %s: each message would overwrite the last; put %%b "
                "(the input's name) in it\n",
                message);
        return false;
    }
    return true;
}

static int write_recording(const Run *run)
{
    if (!run->recording)
        return EXIT_CLEAN;
    g_autofree char *head = g_strdup_printf(";!recorded %" G_GINT64_FORMAT "\n", run->now_s);
    g_string_prepend(run->recording, head);
    g_autoptr(GError) error = NULL;
    return output_write_file(run->options->dns_record, run->recording, &error)
               ? EXIT_CLEAN
               : complain(error, EXIT_IO);
}

/* A monitoring system reads one line and a status from 0 to 3, so there trouble is UNKNOWN. */
static bool is_plugin(const Options *options)
{
    return options->to_stdout && options->format == FORMAT_NAGIOS;
}

static int analyze_all(const Options *options)
{
    int trouble = EXIT_CLEAN;
    g_auto(GStrv) inputs = inputs_expand(options->inputs, &trouble);
    size_t n = g_strv_length(inputs);
    if (n > 1 && options->reconstruct) {
        fputs("mailassay: --reconstruct takes one message at a time\n", stderr);
        return EXIT_BAD_USAGE;
    }
    if (n > 1 && !outputs_are_apart(options))
        return EXIT_BAD_USAGE;
    if (n == 0)
        return trouble;
    Run run = {.n_inputs = n};
    int status = analyze_open(&run, options);
    if (status == EXIT_CLEAN) {
        for (size_t i = 0; i < n; i++) {
            int one = analyze(&run, inputs[i]);
            if (trouble == EXIT_CLEAN)
                trouble = one;
        }
        status = write_recording(&run);
    }
    analyze_close(&run);
    if (trouble == EXIT_CLEAN)
        trouble = status;
    if (trouble != EXIT_CLEAN)
        return trouble;
    if (is_plugin(options))
        return (int)run.state;
    return run.findings ? EXIT_FINDINGS : EXIT_CLEAN;
}

int command_analyze(int argc, char **argv)
{
    int status = EXIT_CLEAN;
    Options *options = options_parse(argc, argv, &status);
    if (!options)
        return status;
    status = analyze_all(options);
    if (is_plugin(options) && status > NAGIOS_UNKNOWN) {
        puts("MAILASSAY UNKNOWN - no report: the reason is on standard error");
        status = NAGIOS_UNKNOWN;
    }
    options_free(options);
    return status;
}
