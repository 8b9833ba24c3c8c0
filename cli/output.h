/* output.h - formats and files: a report is written whole or not at all. */
#ifndef MAILASSAY_CLI_OUTPUT_H
#define MAILASSAY_CLI_OUTPUT_H

#include "rules/catalogue.h"

#include <libxml/tree.h>

typedef enum Format {
    FORMAT_TEXT,
    FORMAT_MARKDOWN,
    FORMAT_XML,
    FORMAT_HTML,
    FORMAT_JSON,
    FORMAT_JUNIT,
    FORMAT_SARIF,
    FORMAT_NAGIOS,
    FORMAT_PROMETHEUS,
    FORMAT_AUTHRES,
    FORMAT_LETTER,
} Format;

bool format_parse(const char *name, Format *format);
/* By the extension: .txt .letter.txt .md .xml .html .htm .json .junit.xml .sarif .sarif.json .prom.
 * False for any other. */
bool format_of_path(const char *path, Format *format);
/* For messages. */
#define FORMAT_NAMES                                                                               \
    "text, markdown, xml, html, json, junit, sarif, nagios, prometheus, authres or letter"
#define FORMAT_EXTENSIONS ".txt, .letter.txt, .md, .xml, .html, .json, .junit.xml, .sarif or .prom"

/* Where one report goes. Borrowed from the options. */
typedef struct Outputs {
    char *const *files; /* -o, NULL-terminated, or NULL */
    bool to_stdout;
    Format format; /* of standard output */
    Language language;
    bool colour;
} Outputs;

/* --lang and --color; colour NULL is "auto". False when it is none of the words. */
bool output_parse_language(const char *text, Language *language);
bool output_parse_colour(const char *when, bool *colour);

/* One view of the document. NULL and GError when it cannot be made (a bug in a stylesheet). */
GString *output_view(xmlDoc *document, Format format, Language language, bool colour,
                     GError **error);
/* Writes to a new file beside it and renames, so that a full disk leaves the old file as it was. */
bool output_write_file(const char *path, const GString *content, GError **error);
/* All n octets, however many calls that takes; false with errno set. */
bool output_write_octets(int fd, const char *p, size_t n);
bool output_write_stdout(const GString *content, GError **error);
/* All views of a document: into the files, whose names may hold %b for input, and on standard
 * output. EXIT_CLEAN, or EXIT_BUG or EXIT_IO after one line on standard error. */
int output_write(const Outputs *outputs, xmlDoc *document, const char *input);
/* The pattern with %b replaced by the input's base name without ".eml" or ".xml", and %% by %.
 * Owned. */
char *output_path(const char *pattern, const char *input);
bool output_path_is_pattern(const char *pattern);

#endif
