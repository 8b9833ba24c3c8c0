/* main.c - picks the command; `analyze` is what is meant when none is named. */
#include "cli/commands.h"

#include <libxml/parser.h>
#include <libxslt/xslt.h>
#include <locale.h>
#include <signal.h>
#include <string.h>

static const struct {
    const char *name;
    int (*run)(int argc, char **argv);
} commands[] = {
    {"analyze", command_analyze},     {"key", command_key},       {"domain", command_domain},
    {"compare", command_compare},     {"render", command_render}, {"explain", command_explain},
    {"providers", command_providers}, {"rules", command_rules},
};

static int run(int argc, char **argv)
{
    for (size_t i = 0; argc > 1 && i < sizeof commands / sizeof commands[0]; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return commands[i].run(argc - 1, argv + 1);
    return command_analyze(argc, argv);
}

int main(int argc, char **argv)
{
    setlocale(LC_ALL, "");
    signal(SIGPIPE,
           SIG_IGN); /* a closed pipe is a write error with a message, not a silent death */
    xmlInitParser();
    int status = run(argc, argv);
    xsltCleanupGlobals();
    xmlCleanupParser();
    return status;
}
