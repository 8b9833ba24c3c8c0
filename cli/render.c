/* render.c - `mailassay render`: any view of a report that was stored as XML. */
#include "analyzer/message/source.h"
#include "cli/commands.h"
#include "cli/exit.h"
#include "cli/output.h"
#include "reports/document.h"
#include "reports/redact.h"

#include <stdio.h>
#include <string.h>

static const char *const summary = "Makes another view of a stored XML report. Nothing is asked or "
                                   "judged again: all views of one report tell the\n"
                                   "same. FILE - is standard input.";

static const char *const notes =
    "Exit status: 0 written; 64 wrong usage; 65 not a report; 66 no such file; 74 cannot write.\n"
    "With --format nagios: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.";

typedef struct Render {
    char **files, **rest;
    char *format, *language, *colour;
    gboolean redact;
    Outputs outputs;
} Render;

static void render_clear(Render *render)
{
    g_strfreev(render->files);
    g_strfreev(render->rest);
    g_free(render->format);
    g_free(render->language);
    g_free(render->colour);
}

static bool usage(GError **error, const char *format, const char *value)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, value);
    return false;
}

static bool check(Render *render, GError **error)
{
    Outputs *outputs = &render->outputs;
    Format format;
    outputs->files = render->files;
    outputs->to_stdout = render->format || !render->files;
    if (render->format && !format_parse(render->format, &outputs->format))
        return usage(error, "--format %s: choose " FORMAT_NAMES, render->format);
    if (render->language && !output_parse_language(render->language, &outputs->language))
        return usage(error, "--lang %s: choose en or nl", render->language);
    if (!output_parse_colour(render->colour, &outputs->colour))
        return usage(error, "--color %s: choose auto, always or never", render->colour);
    for (char **path = render->files; path && *path; path++)
        if (!format_of_path(*path, &format))
            return usage(error, "-o %s: the extension must be " FORMAT_EXTENSIONS, *path);
    if (!render->rest || !render->rest[0])
        return usage(error, "%s", "no report given: name an XML report, or - for standard input");
    if (render->rest[1])
        return usage(error, "%s: one report at a time", render->rest[1]);
    return true;
}

static bool parse(Render *render, int argc, char **argv, GError **error)
{
    const GOptionEntry entries[] = {
        {"output", 'o', 0, G_OPTION_ARG_FILENAME_ARRAY, &render->files,
         "Write a view; the extension (" FORMAT_EXTENSIONS
         ") is its format. Repeatable. %b is the report's name",
         "FILE"},
        {"format", 0, 0, G_OPTION_ARG_STRING, &render->format,
         "Format on standard output: " FORMAT_NAMES, "NAME"},
        {"lang", 0, 0, G_OPTION_ARG_STRING, &render->language, "Language: en (default) or nl",
         "CODE"},
        {"color", 0, 0, G_OPTION_ARG_STRING, &render->colour,
         "Colour in text: auto (default), always, never", "WHEN"},
        {"redact", 0, 0, G_OPTION_ARG_NONE, &render->redact,
         "Replace names, addresses, text and link tokens, as analyze --redact does", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &render->rest, NULL, NULL},
        {0}};
    g_autoptr(GOptionContext) context =
        g_option_context_new("REPORT.xml - make another view of a stored report");
    g_option_context_set_summary(context, summary);
    g_option_context_set_description(context, notes);
    g_option_context_add_main_entries(context, entries, NULL);
    return g_option_context_parse(context, &argc, &argv, error) && check(render, error);
}

static int complain(const GError *error, int status)
{
    fprintf(stderr, "mailassay: %s\n", error->message);
    return status;
}

static bool redact(xmlDoc *document, GError **error)
{
    g_autoptr(Catalogue) catalogue = catalogue_load(error);
    if (!catalogue)
        return false;
    g_autoptr(Redaction) redaction = redaction_new(catalogue);
    redaction_document(redaction, document);
    return true;
}

static int render_file(const Render *render, const char *path)
{
    const Outputs *outputs = &render->outputs;
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) octets = source_load(path, &error);
    if (!octets)
        return complain(error, EXIT_NO_INPUT);
    gsize n;
    const char *p = g_bytes_get_data(octets, &n);
    xmlDoc *document = document_read(span_of(p, n), path, &error);
    if (!document)
        return complain(error, EXIT_BAD_DATA);
    int status = render->redact && !redact(document, &error)
                     ? complain(error, EXIT_BUG)
                     : output_write(outputs, document, path);
    if (status == EXIT_CLEAN && outputs->to_stdout && outputs->format == FORMAT_NAGIOS)
        status = (int)nagios_state(document);
    xmlFreeDoc(document);
    return status;
}

int command_render(int argc, char **argv)
{
    Render render = {0};
    g_autoptr(GError) error = NULL;
    int status;
    g_set_prgname("mailassay render");
    if (parse(&render, argc, argv, &error)) {
        status = render_file(&render, render.rest[0]);
    } else {
        fprintf(stderr, "mailassay: %s (see mailassay render --help)\n", error->message);
        status = EXIT_BAD_USAGE;
    }
    render_clear(&render);
    return status;
}
