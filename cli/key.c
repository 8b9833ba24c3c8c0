/* key.c - `mailassay key`: a new key pair, the record of one that is there, and both held against
 * profile and DNS. */
#include "analyzer/base/domain.h"
#include "cli/commands.h"
#include "cli/dnsoptions.h"
#include "cli/domainview.h"
#include "cli/exit.h"
#include "cli/keyfile.h"
#include "cli/keywords.h"
#include "cli/output.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>

static const char *const notes =
    "The private key is PEM (PKCS#8), encrypted with AES-256 under a password that is made up\n"
    "and shown once, on standard error; --password-file takes one of yours, --plain leaves\n"
    "the key open. It is readable by its owner only and nothing is ever overwritten. An\n"
    "encrypted key is opened with --password-file, else with the environment's\n"
    "MAILASSAY_PASSWORD, else with what is typed.\n"
    "\n"
    "Exit status: 0 done, or all are equal; 1 key, profile and DNS are not equal; 64 wrong\n"
    "usage, or a key that must not be used; 65 no key, or the password is wrong; 66 no such\n"
    "file; 69 no name server, or no answer; 74 cannot write; 78 bad profile.\n"
    "\n"
    "Examples:\n"
    "  mailassay key new --domain customer.example --selector wm1 -o customer.pem\n"
    "  mailassay key show --domain customer.example --selector wm1 customer.pem\n"
    "  mailassay key check --domain customer.example --selector wm1 --profile domains.xml "
    "customer.pem";

typedef struct KeyOptions {
    char *domain, *selector;  /* normal form; NULL when not given */
    char *type, *hash, *bits; /* as given */
    char *password_file, *profile, *output, *language_name;
    gboolean plain, encrypt;
    char **rest;
    DnsChoice dns;
    KeyType key_type;
    unsigned key_bits;
    Language language;
} KeyOptions;

typedef struct KeyCommand {
    const char *name, *operands;
    bool makes, needs_name, compares;
    int (*run)(const KeyOptions *options);
} KeyCommand;

static int complain(const GError *error, int status)
{
    fprintf(stderr, "mailassay: %s\n", error->message);
    return status;
}

/* --- options --- */

static void options_clear(KeyOptions *o)
{
    g_free(o->domain);
    g_free(o->selector);
    g_free(o->type);
    g_free(o->hash);
    g_free(o->bits);
    g_free(o->password_file);
    g_free(o->profile);
    g_free(o->output);
    g_free(o->language_name);
    g_strfreev(o->rest);
    dnsoptions_clear(&o->dns);
}

static GOptionContext *context_new(const KeyCommand *command, KeyOptions *o)
{
    GOptionContext *context = g_option_context_new(command->operands);
    g_option_context_set_description(context, notes);
    const GOptionEntry all[] = {
        {"domain", 0, 0, G_OPTION_ARG_STRING, &o->domain, "Signing domain, the d= of signatures",
         "DOMAIN"},
        {"selector", 0, 0, G_OPTION_ARG_STRING, &o->selector, "Selector, the s= of signatures",
         "NAME"},
        {"password-file", 0, 0, G_OPTION_ARG_FILENAME, &o->password_file,
         "Password: the first line of this file", "FILE"},
        {"lang", 0, 0, G_OPTION_ARG_STRING, &o->language_name, "Language: en (default) or nl",
         "CODE"},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &o->rest, NULL, NULL},
        {0}};
    const GOptionEntry makes[] = {
        {"type", 0, 0, G_OPTION_ARG_STRING, &o->type, "rsa (default) or ed25519", "TYPE"},
        {"bits", 0, 0, G_OPTION_ARG_STRING, &o->bits,
         "Length of an RSA key: 2048 (default) to 4096", "N"},
        {"hash", 0, 0, G_OPTION_ARG_STRING, &o->hash, "sha256, the only hash there is for DKIM",
         "NAME"},
        {"encrypt", 0, 0, G_OPTION_ARG_NONE, &o->encrypt, "Encrypt the private key (default)",
         NULL},
        {"plain", 0, 0, G_OPTION_ARG_NONE, &o->plain, "Do not encrypt the private key", NULL},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &o->output, "File to make", "FILE"},
        {0}};
    const GOptionEntry compares[] = {{"profile", 'p', 0, G_OPTION_ARG_FILENAME, &o->profile,
                                      "Your signing domains (XML)", "FILE"},
                                     {0}};
    g_option_context_add_main_entries(context, all, NULL);
    if (command->makes)
        g_option_context_add_main_entries(context, makes, NULL);
    if (command->compares) {
        g_option_context_add_main_entries(context, compares, NULL);
        dnsoptions_add(context, &o->dns);
    }
    return context;
}

static bool usage(GError **error, const char *format, const char *value)
{
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, format, value);
    return false;
}

/* In place, to normal form. */
static bool check_name(char **name, const char *format, GError **error)
{
    if (!*name)
        return true;
    char *normal = domain_normal(span_str(*name));
    if (!normal)
        return usage(error, format, *name);
    g_free(*name);
    *name = normal;
    return true;
}

static bool check_type(KeyOptions *o, GError **error)
{
    o->key_type = KEY_TYPE_RSA;
    o->key_bits = KEYPAIR_MIN_BITS;
    if (o->type && strcmp(o->type, "ed25519") == 0)
        o->key_type = KEY_TYPE_ED25519;
    else if (o->type && strcmp(o->type, "rsa") != 0)
        return usage(error, "--type %s: DKIM knows rsa and ed25519 only (RFC 8463)", o->type);
    if (o->hash && g_ascii_strcasecmp(o->hash, "sha256") != 0)
        return usage(error,
                     "--hash %s: DKIM signs with sha256 only; sha1 is forbidden (RFC 8301 3.1)",
                     o->hash);
    uint64_t bits;
    if (!o->bits)
        return true;
    if (o->key_type == KEY_TYPE_ED25519)
        return usage(error, "--bits %s: an Ed25519 key has one length", o->bits);
    if (!span_to_uint64(span_str(o->bits), 6, &bits))
        return usage(error, "--bits %s: give a number from 2048 to 4096", o->bits);
    o->key_bits = (unsigned)bits;
    const char *refusal = keypair_refusal(KEY_TYPE_RSA, o->key_bits);
    if (refusal) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "--bits %s: %s", o->bits,
                    refusal);
        return false;
    }
    return true;
}

static bool check_options(const KeyCommand *command, KeyOptions *o, GError **error)
{
    if (!check_name(&o->domain, "--domain %s: no domain name", error) ||
        !check_name(&o->selector, "--selector %s: no selector; use letters, digits and hyphens",
                    error) ||
        !check_type(o, error) || !dnsoptions_check(&o->dns, error))
        return false;
    if (o->language_name && !output_parse_language(o->language_name, &o->language))
        return usage(error, "--lang %s: choose en or nl", o->language_name);
    if (!o->domain != !o->selector || (command->needs_name && !o->domain))
        return usage(error, "key %s: give --domain and --selector", command->name);
    if (o->plain && (o->password_file || o->encrypt))
        return usage(error, "--plain and %s exclude each other",
                     o->encrypt ? "--encrypt" : "--password-file");
    size_t files = o->rest ? g_strv_length(o->rest) : 0;
    if (command->makes && (files > 0 || !o->output))
        return usage(error, "key %s: name the file to make with -o", command->name);
    if (!command->makes && files != 1)
        return usage(error, "key %s: name one file with a key", command->name);
    return true;
}

/* --- the record --- */

static const char *word(const KeyOptions *o, KeyWord id)
{
    return keywords_get(id, o->language);
}

static void append_line(GString *out, const char *label, const char *value)
{
    g_string_append_printf(out, "%-6s %s\n", label, value);
}

/* As one string, for a zone file, and as the pairs that web forms ask for. */
static int print_record(const KeyOptions *o, const Pubkey *key)
{
    g_autofree char *record = keypair_record(key), *strings = keypair_zone_strings(record);
    const char *selector = o->selector ? o->selector : word(o, KEY_WORD_SOME_SELECTOR);
    const char *domain = o->domain ? o->domain : word(o, KEY_WORD_SOME_DOMAIN);
    g_autofree char *host = g_strconcat(selector, "._domainkey", NULL);
    g_autofree char *name = g_strconcat(host, ".", domain, NULL);
    g_autoptr(GString) out = g_string_new(NULL);
    g_string_append_printf(out, "# %s (%s, %u %s)\n%s\n", word(o, KEY_WORD_ONE_STRING),
                           key_type_name(pubkey_type(key)), pubkey_bits(key),
                           word(o, KEY_WORD_BITS), record);
    g_string_append_printf(out, "\n# %s\n%s. IN TXT %s\n", word(o, KEY_WORD_ZONE_FILE), name,
                           strings);
    g_string_append_printf(out, "\n# %s\n", word(o, KEY_WORD_WEB_FORM));
    append_line(out, word(o, KEY_WORD_TYPE), "TXT");
    append_line(out, word(o, KEY_WORD_NAME), host);
    append_line(out, word(o, KEY_WORD_FULL), name);
    append_line(out, word(o, KEY_WORD_VALUE), record);
    g_autoptr(GError) error = NULL;
    return output_write_stdout(out, &error) ? EXIT_CLEAN : complain(error, EXIT_IO);
}

/* --- key new --- */

/* NULL with EXIT_CLEAN in *status: the key is to stay open. */
static char *choose_password(const KeyOptions *o, bool *made_up, int *status)
{
    g_autoptr(GError) error = NULL;
    char *password = NULL;
    *status = EXIT_CLEAN;
    if (o->plain)
        return NULL;
    if (o->password_file) {
        password = keyfile_password(o->password_file, status, &error);
        *status = password ? EXIT_CLEAN : complain(error, *status);
        return password;
    }
    password = keypair_password();
    *made_up = password != NULL;
    if (!password) {
        fputs("mailassay: no random numbers to make a password of\n", stderr);
        *status = EXIT_BUG;
    }
    return password;
}

/* A key whose password nobody saw is of no use: then there is no file either. */
static bool show_password(const KeyOptions *o, const char *password)
{
    bool shown = fprintf(stderr, "%s %s, %s: %s\n", word(o, KEY_WORD_PASSWORD_OF), o->output,
                         word(o, KEY_WORD_SHOWN_ONCE), password) > 0;
    if (fflush(stderr) == 0 && shown)
        return true;
    g_unlink(o->output);
    return false;
}

static int key_new(const KeyOptions *o)
{
    int status;
    bool made_up = false;
    char *pem = NULL, *password = choose_password(o, &made_up, &status);
    if (status != EXIT_CLEAN)
        return status;
    g_autoptr(GError) error = NULL;
    Pubkey *key = keypair_new(o->key_type, o->key_bits, password, &pem, &error);
    if (!key)
        status = complain(error, EXIT_BUG);
    else if (!keyfile_create(o->output, pem, &error))
        status = complain(error, EXIT_IO);
    else if (made_up && !show_password(o, password))
        status = EXIT_IO;
    keypair_wipe(pem);
    keypair_wipe(password);
    if (status == EXIT_CLEAN)
        status = print_record(o, key);
    pubkey_free(key);
    return status;
}

/* --- key show --- */

/* NULL after one line on stderr. */
static Pubkey *load_usable(const KeyOptions *o, int *status)
{
    g_autoptr(GError) error = NULL;
    const char *path = o->rest[0];
    Pubkey *key =
        keyfile_load(path, o->password_file, word(o, KEY_WORD_PASSWORD_OF), status, &error);
    if (!key) {
        complain(error, *status);
        return NULL;
    }
    const char *refusal = keypair_refusal(pubkey_type(key), pubkey_bits(key));
    if (!refusal)
        return key;
    fprintf(stderr, "mailassay: %s: a key of %u bits: %s\n", path, pubkey_bits(key), refusal);
    *status = EXIT_BAD_DATA;
    pubkey_free(key);
    return NULL;
}

static int key_show(const KeyOptions *o)
{
    int status;
    Pubkey *key = load_usable(o, &status);
    if (!key)
        return status;
    status = print_record(o, key);
    pubkey_free(key);
    return status;
}

/* --- key check --- */

/* What the profile has for this name, against the file. */
static bool compare_profile(const KeyOptions *o, const Profile *profile, const Pubkey *key,
                            GString *out)
{
    const SigningDomain *entry = profile_find_selector(profile, o->domain, o->selector);
    bool equal = entry && entry->key && pubkey_equal(entry->key, key);
    KeyWord state = !entry        ? KEY_WORD_NOT_LISTED
                    : !entry->key ? KEY_WORD_NO_KEY
                    : equal       ? KEY_WORD_SAME_KEY
                                  : KEY_WORD_OTHER_KEY;
    g_string_append_printf(out, "%s %s: %s\n", equal ? "✓" : "✗", o->profile, word(o, state));
    if (entry && !entry->active)
        g_string_append_printf(out, "! %s\n", word(o, KEY_WORD_SWITCHED_OFF));
    if (entry && entry->hash != HASH_SHA256)
        g_string_append_printf(out, "✗ %s\n", word(o, KEY_WORD_SHA1));
    return equal && entry->hash == HASH_SHA256;
}

static int compare(const KeyOptions *o, const Profile *profile, const Pubkey *key, Dns *dns)
{
    g_autoptr(GString) out = g_string_new(NULL);
    bool equal = !o->profile || compare_profile(o, profile, key, out);
    DnsSession *session = dns_session_new(dns);
    KeyCheck *check = keycheck(profile, o->domain, o->selector, key, session);
    g_autoptr(GString) view = domainview_key(check, o->language, false);
    g_string_append_len(out, view->str, (gssize)view->len);
    bool unknown = check->publication == PUBLICATION_UNKNOWN;
    Level worst = domainwords_worst(check->facts);
    keycheck_free(check);
    dns_session_free(session);
    g_autoptr(GError) error = NULL;
    if (!output_write_stdout(out, &error))
        return complain(error, EXIT_IO);
    return !equal || worst == LEVEL_ERROR ? EXIT_FINDINGS : unknown ? EXIT_NO_SERVICE : EXIT_CLEAN;
}

static int key_check(const KeyOptions *o)
{
    int status;
    g_autoptr(GError) error = NULL;
    g_autoptr(Profile) profile =
        o->profile ? profile_load(o->profile, &error) : profile_new_empty();
    if (!profile)
        return complain(error, EXIT_BAD_PROFILE);
    Pubkey *key = load_usable(o, &status);
    if (!key)
        return status;
    Dns *dns = dnsoptions_open(&o->dns, &status);
    if (dns)
        status = compare(o, profile, key, dns);
    dns_free(dns);
    pubkey_free(key);
    return status;
}

/* --- which of them --- */

static const KeyCommand key_commands[] = {
    {"new", "- make a DKIM key pair and print its record", true, true, false, key_new},
    {"show", "FILE - print the record of a key", false, false, false, key_show},
    {"check", "FILE - compare a key with profile and DNS", false, true, true, key_check},
};

static int run_command(const KeyCommand *command, int argc, char **argv)
{
    KeyOptions o = {0};
    g_autoptr(GOptionContext) context = context_new(command, &o);
    g_autoptr(GError) error = NULL;
    int status;
    if (g_option_context_parse(context, &argc, &argv, &error) &&
        check_options(command, &o, &error)) {
        status = command->run(&o);
    } else {
        fprintf(stderr, "mailassay: %s (see mailassay key %s --help)\n", error->message,
                command->name);
        status = EXIT_BAD_USAGE;
    }
    options_clear(&o);
    return status;
}

int command_key(int argc, char **argv)
{
    g_autoptr(GString) names = g_string_new(NULL);
    for (size_t i = 0; i < G_N_ELEMENTS(key_commands); i++) {
        if (argc > 1 && strcmp(argv[1], key_commands[i].name) == 0) {
            g_autofree char *program = g_strconcat("mailassay key ", key_commands[i].name, NULL);
            g_set_prgname(program);
            return run_command(&key_commands[i], argc - 1, argv + 1);
        }
        g_string_append_printf(names, "%s%s", i > 0 ? ", " : "", key_commands[i].name);
    }
    fprintf(stderr, "mailassay: key %s: choose %s (see mailassay key new --help)\n",
            argc > 1 ? argv[1] : "", names->str);
    return EXIT_BAD_USAGE;
}
