#include "cli/output.h"

#include "cli/exit.h"
#include "reports/document.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const struct {
    Format format;
    const char *name;
    const char *extensions[3];
} formats[] = {
    {FORMAT_LETTER, "letter", {".letter.txt", NULL}}, /* before those that end the same */
    {FORMAT_TEXT, "text", {".txt", NULL}},
    {FORMAT_MARKDOWN, "markdown", {".md", NULL}},
    {FORMAT_JUNIT, "junit", {".junit.xml", NULL}},
    {FORMAT_SARIF, "sarif", {".sarif", ".sarif.json", NULL}},
    {FORMAT_XML, "xml", {".xml", NULL}},
    {FORMAT_HTML, "html", {".html", ".htm", NULL}},
    {FORMAT_JSON, "json", {".json", NULL}},
    {FORMAT_NAGIOS, "nagios", {NULL}},
    {FORMAT_PROMETHEUS, "prometheus", {".prom", NULL}},
    {FORMAT_AUTHRES, "authres", {NULL}},
};

bool format_parse(const char *name, Format *format)
{
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        if (strcmp(formats[i].name, name) == 0) {
            *format = formats[i].format;
            return true;
        }
    }
    return false;
}

bool format_of_path(const char *path, Format *format)
{
    g_autofree char *lower = g_ascii_strdown(path, -1);
    for (size_t i = 0; i < G_N_ELEMENTS(formats); i++) {
        for (const char *const *extension = formats[i].extensions; *extension; extension++) {
            if (g_str_has_suffix(lower, *extension)) {
                *format = formats[i].format;
                return true;
            }
        }
    }
    return false;
}

bool output_parse_language(const char *text, Language *language)
{
    for (int i = 0; i < LANGUAGES; i++) {
        if (strcmp(language_code((Language)i), text) == 0) {
            *language = (Language)i;
            return true;
        }
    }
    return false;
}

/* NO_COLOR: https://no-color.org */
bool output_parse_colour(const char *when, bool *colour)
{
    if (!when || strcmp(when, "auto") == 0) {
        const char *no_color = g_getenv("NO_COLOR");
        *colour = isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
                  g_strcmp0(g_getenv("TERM"), "dumb") != 0;
        return true;
    }
    *colour = strcmp(when, "always") == 0;
    return *colour || strcmp(when, "never") == 0;
}

GString *output_view(xmlDoc *document, Format format, Language language, bool colour,
                     GError **error)
{
    switch (format) {
    case FORMAT_TEXT:
        return text_view(document, language, colour);
    case FORMAT_XML:
        return document_write(document);
    case FORMAT_HTML:
        return html_view(document, language, error);
    case FORMAT_JSON:
        return json_view(document, language);
    case FORMAT_MARKDOWN:
        return markdown_view(document, language);
    case FORMAT_JUNIT:
        return junit_view(document, language);
    case FORMAT_SARIF:
        return sarif_view(document, language);
    case FORMAT_NAGIOS:
        return nagios_view(document, language);
    case FORMAT_PROMETHEUS:
        return prometheus_view(document);
    case FORMAT_AUTHRES:
        return authres_view(document);
    case FORMAT_LETTER:
        return letter_view(document, language);
    }
    g_return_val_if_reached(NULL);
}

static bool fail(GError **error, const char *path)
{
    int reason = errno;
    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(reason),
                "%s: cannot be written (%s); the old file, if any, is as it was", path,
                g_strerror(reason));
    return false;
}

bool output_write_octets(int fd, const char *p, size_t n)
{
    while (n > 0) {
        ssize_t written = write(fd, p, n);
        if (written < 0 && errno == EINTR)
            continue;
        if (written <= 0)
            return false;
        p += written;
        n -= (size_t)written;
    }
    return true;
}

/* A device or a pipe cannot be replaced by renaming: it is written to as it is. */
static bool write_special(const char *path, const GString *content, GError **error)
{
    int fd = g_open(path, O_WRONLY | O_CLOEXEC, 0);
    if (fd < 0)
        return fail(error, path);
    bool written = output_write_octets(fd, content->str, content->len);
    if (close(fd) != 0 || !written)
        return fail(error, path);
    return true;
}

bool output_write_file(const char *path, const GString *content, GError **error)
{
    GStatBuf status;
    if (g_stat(path, &status) == 0 && !S_ISREG(status.st_mode) && !S_ISDIR(status.st_mode))
        return write_special(path, content, error);
    g_autofree char *temporary = g_strconcat(path, ".XXXXXX", NULL);
    int fd = g_mkstemp_full(temporary, O_WRONLY | O_CLOEXEC, 0666);
    if (fd < 0)
        return fail(error, path);
    bool written = output_write_octets(fd, content->str, content->len);
    if (close(fd) != 0)
        written = false;
    if (!written || g_rename(temporary, path) != 0) {
        int reason = errno;
        g_unlink(temporary);
        errno = reason;
        return fail(error, path);
    }
    return true;
}

bool output_write_stdout(const GString *content, GError **error)
{
    if (!output_write_octets(STDOUT_FILENO, content->str, content->len)) {
        g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(errno),
                    "standard output: cannot be written (%s)", g_strerror(errno));
        return false;
    }
    return true;
}

static int complain(const GError *error, int status)
{
    fprintf(stderr, "mailassay: %s\n", error->message);
    return status;
}

int output_write(const Outputs *outputs, xmlDoc *document, const char *input)
{
    for (char *const *path = outputs->files; path && *path; path++) {
        Format format = FORMAT_TEXT;
        format_of_path(*path, &format);
        g_autofree char *target = output_path(*path, input);
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) view = output_view(document, format, outputs->language, false, &error);
        if (!view)
            return complain(error, EXIT_BUG);
        if (!output_write_file(target, view, &error))
            return complain(error, EXIT_IO);
    }
    if (!outputs->to_stdout)
        return EXIT_CLEAN;
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) view =
        output_view(document, outputs->format, outputs->language, outputs->colour, &error);
    if (!view)
        return complain(error, EXIT_BUG);
    return output_write_stdout(view, &error) ? EXIT_CLEAN : complain(error, EXIT_IO);
}

bool output_path_is_pattern(const char *pattern)
{
    return strstr(pattern, "%b") != NULL;
}

char *output_path(const char *pattern, const char *input)
{
    g_autofree char *base =
        strcmp(input, "-") == 0 ? g_strdup("stdin") : g_path_get_basename(input);
    if (g_str_has_suffix(base, ".eml") || g_str_has_suffix(base, ".xml"))
        base[strlen(base) - 4] = '\0';
    GString *path = g_string_new(NULL);
    for (const char *p = pattern; *p; p++) {
        if (p[0] == '%' && p[1] == 'b') {
            g_string_append(path, base);
            p++;
        } else {
            g_string_append_c(path, *p);
            if (p[0] == '%' && p[1] == '%')
                p++;
        }
    }
    return g_string_free(path, FALSE);
}
