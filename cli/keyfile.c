#include "cli/keyfile.h"

#include "cli/output.h"

#include "cli/exit.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <openssl/crypto.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

enum { FILE_OCTETS = 64 * 1024, PASSWORD_OCTETS = 1024 };

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

/* All of a small file, NUL-terminated; NULL when it cannot be read or is too large. */
static char *read_small(const char *path, struct stat *status, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, status) < 0) {
        fail_errno(error, path, "cannot be read");
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    char *text = g_malloc0(FILE_OCTETS + 1);
    size_t n = 0;
    ssize_t got = 1;
    while (got > 0 && n < FILE_OCTETS) {
        got = read(fd, text + n, FILE_OCTETS - n);
        n += got > 0 ? (size_t)got : 0;
    }
    if (got == 0) {
        close(fd);
        return text;
    }
    if (got < 0)
        fail_errno(error, path, "cannot be read");
    else
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "%s: too large for a key or a password", path);
    OPENSSL_cleanse(text, FILE_OCTETS);
    g_free(text);
    close(fd);
    return NULL;
}

char *keyfile_password(const char *path, int *status, GError **error)
{
    struct stat file;
    char *text = read_small(path, &file, error);
    *status = EXIT_NO_INPUT;
    if (!text)
        return NULL;
    *status = EXIT_BAD_DATA;
    char *line = g_strndup(text, strcspn(text, "\r\n"));
    keypair_wipe(text);
    if (*line == '\0')
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: no password in its first line",
                    path);
    else if (S_ISREG(file.st_mode) && (file.st_mode & S_IRWXO))
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_PERM,
                    "%s: open to everybody on this system; run: chmod o= '%s'", path, path);
    else
        return line;
    keypair_wipe(line);
    return NULL;
}

/* Without an echo. NULL when there is no terminal, or nothing was typed. */
static char *ask_terminal(const char *path)
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
        fprintf(terminal, "Password of %s: ", path);
        fflush(terminal);
        tcsetattr(fd, TCSAFLUSH, &quiet);
        if (fgets(line, sizeof line, terminal))
            password = g_strndup(line, strcspn(line, "\r\n"));
        tcsetattr(fd, TCSAFLUSH, &before);
        fputc('\n', terminal);
    }
    OPENSSL_cleanse(line, sizeof line);
    fclose(terminal);
    return password;
}

static char *find_password(const char *path, const char *password_file, int *status, GError **error)
{
    if (password_file)
        return keyfile_password(password_file, status, error);
    const char *given = g_getenv("MAILASSAY_PASSWORD");
    char *password = given && *given ? g_strdup(given) : ask_terminal(path);
    if (!password)
        g_set_error(
            error, pubkey_error_quark(), 0,
            "%s: encrypted, and no password is given; use --password-file or MAILASSAY_PASSWORD",
            path);
    return password;
}

Pubkey *keyfile_load(const char *path, const char *password_file, int *status, GError **error)
{
    struct stat file;
    *status = EXIT_NO_INPUT;
    char *pem = read_small(path, &file, error);
    if (!pem)
        return NULL;
    *status = EXIT_BAD_DATA;
    Pubkey *key = NULL;
    char *password = NULL;
    bool encrypted = strstr(pem, "ENCRYPTED") != NULL;
    if (encrypted)
        password = find_password(path, password_file, status, error);
    if (!encrypted || password) {
        key = pubkey_from_pem(span_str(pem), password, error);
        if (!key)
            g_prefix_error(error, "%s: ", path);
    }
    keypair_wipe(password);
    keypair_wipe(pem);
    return key;
}
