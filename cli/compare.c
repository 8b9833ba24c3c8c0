/* compare.c - `mailassay compare`: two messages or stored reports, and in what they differ. */
#include "cli/analyze.h"
#include "cli/commands.h"
#include "cli/exit.h"
#include "reports/difference.h"

#include <stdio.h>
#include <string.h>

/* One of the two. */
typedef struct Operand {
    GBytes *octets;
    bool is_report;
    Examined examined; /* of a message */
    xmlDoc *document;
} Operand;

static void operand_clear(Operand *operand)
{
    xmlFreeDoc(operand->document);
    analyze_clear(&operand->examined);
    g_bytes_unref(operand->octets);
}

/* No field name begins with "<". */
static bool is_xml(GBytes *octets)
{
    gsize n;
    const char *p = g_bytes_get_data(octets, &n);
    Span text = span_of(p, n);
    if (text.n >= 3 && memcmp(text.p, "\xEF\xBB\xBF", 3) == 0)
        text = span_from(text, 3);
    text = span_trim(text);
    return text.n > 0 && text.p[0] == '<';
}

/* Before anything is asked of DNS. */
static int load(Operand *operand, const char *path)
{
    int status = EXIT_CLEAN;
    operand->octets = analyze_load(path, &status);
    if (!operand->octets)
        return status;
    operand->is_report = is_xml(operand->octets);
    if (!operand->is_report)
        return EXIT_CLEAN;
    g_autoptr(GError) error = NULL;
    gsize n;
    const char *p = g_bytes_get_data(operand->octets, &n);
    operand->document = document_read(span_of(p, n), path, &error);
    if (operand->document)
        return EXIT_CLEAN;
    fprintf(stderr, "mailassay: %s\n", error->message);
    return EXIT_BAD_DATA;
}

static int examine(Operand *operand, const Run *run, const char *path)
{
    if (operand->is_report)
        return EXIT_CLEAN;
    int status = analyze_examine(run, operand->octets, path, &operand->examined);
    if (status != EXIT_CLEAN)
        return status;
    g_autoptr(Judgement) judgement = judge(run->catalogue, operand->examined.evidence);
    operand->document =
        analyze_document(run, operand->examined.evidence, judgement, NULL, NULL, path);
    return EXIT_CLEAN;
}

static int show(const Operand operands[2], const Options *options)
{
    DifferenceSide before = {operands[0].document, operands[0].examined.evidence},
                   after = {operands[1].document, operands[1].examined.evidence};
    g_autoptr(Difference) difference = difference_new(&before, &after);
    g_autoptr(GString) view = options->format == FORMAT_JSON
                                  ? difference_json(difference, options->language)
                                  : difference_text(difference, options->language, options->colour);
    g_autoptr(GError) error = NULL;
    if (!output_write_stdout(view, &error)) {
        fprintf(stderr, "mailassay: %s\n", error->message);
        return EXIT_IO;
    }
    return difference->matters ? EXIT_FINDINGS : EXIT_CLEAN;
}

/* Profile, Public Suffix List and DNS are needed for messages only. */
static int compare(Operand operands[2], Run *run, const Options *options)
{
    int status = EXIT_CLEAN;
    for (size_t i = 0; i < 2 && status == EXIT_CLEAN; i++)
        status = load(&operands[i], options->inputs[i]);
    if (status == EXIT_CLEAN && !(operands[0].is_report && operands[1].is_report))
        status = analyze_open(run, options);
    for (size_t i = 0; i < 2 && status == EXIT_CLEAN; i++)
        status = examine(&operands[i], run, options->inputs[i]);
    if (status != EXIT_CLEAN)
        return status;
    status = show(operands, options);
    for (size_t i = 0; i < 2 && status != EXIT_IO; i++) {
        if (!operands[i].is_report &&
            analyze_dns_is_silent(run, &operands[i].examined, options->inputs[i]))
            status = EXIT_NO_SERVICE;
    }
    return status;
}

int command_compare(int argc, char **argv)
{
    int status = EXIT_CLEAN;
    Options *options = options_parse_pair(argc, argv, &status);
    if (!options)
        return status;
    Run run = {.n_inputs = 2};
    Operand operands[2] = {{0}};
    status = compare(operands, &run, options);
    for (size_t i = 0; i < G_N_ELEMENTS(operands); i++)
        operand_clear(&operands[i]);
    analyze_close(&run);
    options_free(options);
    return status;
}
