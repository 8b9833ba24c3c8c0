#include "cli/keyfile.h"

#include "analyzer/base/secretfile.h"
#include "cli/exit.h"
#include "cli/output.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { PASSWORD_OCTETS = 1024 };

static void fail_errno(GError **error, const char *path, const char *what)
{
    int reason = errno;
    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(reason), "%s: %s (%s)", path,
                what, g_strerror(reason));
}

/* --- writing --- */

bool keyfile_create(const char *path, const char *pem, GError **error)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, S_IRUSR | S_IWUSR);
    if (fd < 0 && errno == EEXIST) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_EXIST,
                    "%s: is there already, and a key is never overwritten; choose another name",
                    path);
        return false;
    }
    if (fd < 0) {
        fail_errno(error, path, "cannot be made");
        return false;
    }
    /* What umask took from the owner too is given back; nobody else gets anything. */
    bool written = fchmod(fd, S_IRUSR | S_IWUSR) == 0 &&
                   output_write_octets(fd, pem, strlen(pem)) && fsync(fd) == 0;
    int reason = errno;
    if (close(fd) != 0 && written) {
        reason = errno;
        written = false;
    }
    if (written)
        return true;
    g_unlink(path);
    errno = reason;
    fail_errno(error, path, "cannot be written");
    return false;
}

/* --- reading --- */

static char *read_secret(const char *path, bool *open_to_all, GError **error)
{
    g_autoptr(GError) reason = NULL;
    char *text = secretfile_read(path, open_to_all, &reason);
    if (!text)
        g_set_error(error, reason->domain, reason->code, "%s: cannot be read (%s)", path,
                    reason->message);
    return text;
}

char *keyfile_password(const char *path, int *status, GError **error)
{
    bool open_to_all = false;
    char *text = read_secret(path, &open_to_all, error);
    *status = EXIT_NO_INPUT;
    if (!text)
        return NULL;
    *status = EXIT_BAD_DATA;
    char *line = g_strndup(text, strcspn(text, "\r\n"));
    keypair_wipe(text);
    if (*line == '\0')
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: no password in its first line",
                    path);
    else if (open_to_all)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM,
                    "%s: open to everybody on this system; run: chmod o= '%s'", path, path);
    else
        return line;
    keypair_wipe(line);
    return NULL;
}

/* Without an echo. NULL when there is no terminal, or nothing was typed. */
static char *ask_terminal(const char *path, const char *prompt)
{
    FILE *terminal = fopen("/dev/tty", "r+e");
    if (!terminal)
        return NULL;
    struct termios before, quiet;
    char line[PASSWORD_OCTETS], *password = NULL;
    int fd = fileno(terminal);
    if (tcgetattr(fd, &before) == 0) {
        quiet = before;
        quiet.c_lflag &= ~(tcflag_t)ECHO;
        /* Quiet before the prompt: what is typed as soon as it shows is neither seen nor lost. */
        tcsetattr(fd, TCSAFLUSH, &quiet);
        fprintf(terminal, "%s %s: ", prompt, path);
        fflush(terminal);
        if (fgets(line, sizeof line, terminal))
            password = g_strndup(line, strcspn(line, "\r\n"));
        tcsetattr(fd, TCSAFLUSH, &before);
        fputc('\n', terminal);
    }
    OPENSSL_cleanse(line, sizeof line);
    fclose(terminal);
    return password;
}

static char *find_password(const char *path, const char *password_file, const char *prompt,
                           int *status, GError **error)
{
    if (password_file)
        return keyfile_password(password_file, status, error);
    const char *given = g_getenv("MAILASSAY_PASSWORD");
    char *password = given && *given ? g_strdup(given) : ask_terminal(path, prompt);
    if (!password)
        g_set_error(
            error, pubkey_error_quark(), 0,
            "%s: encrypted, and no password is given; use --password-file or MAILASSAY_PASSWORD",
            path);
    return password;
}

Pubkey *keyfile_load(const char *path, const char *password_file, const char *prompt, int *status,
                     GError **error)
{
    bool open_to_all = false; /* no matter: it may be a public key */
    *status = EXIT_NO_INPUT;
    char *pem = read_secret(path, &open_to_all, error);
    if (!pem)
        return NULL;
    *status = EXIT_BAD_DATA;
    Pubkey *key = NULL;
    char *password = NULL;
    bool encrypted = strstr(pem, "ENCRYPTED") != NULL;
    if (encrypted)
        password = find_password(path, password_file, prompt, status, error);
    if (!encrypted || password) {
        key = pubkey_from_pem(span_str(pem), password, error);
        if (!key)
            g_prefix_error(error, "%s: ", path);
    }
    keypair_wipe(password);
    keypair_wipe(pem);
    return key;
}
