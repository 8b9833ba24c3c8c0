/* commands.h - one function per command; each returns the exit status (exit.h). argv[0] is the
 * command's name. */
#ifndef MAILASSAY_CLI_COMMANDS_H
#define MAILASSAY_CLI_COMMANDS_H

int command_analyze(int argc, char **argv);
int command_compare(int argc, char **argv);
int command_key(int argc, char **argv);
int command_domain(int argc, char **argv);
int command_render(int argc, char **argv);
int command_explain(int argc, char **argv);
int command_rules(int argc, char **argv);
int command_providers(int argc, char **argv);

#endif
