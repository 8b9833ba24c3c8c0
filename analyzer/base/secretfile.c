#include "analyzer/base/secretfile.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>
#include <unistd.h>

static void fail_errno(GError **error)
{
    int reason = errno;
    g_set_error_literal(error, G_FILE_ERROR, (int)g_file_error_from_errno(reason),
                        g_strerror(reason));
}

/* NULL with GError; fd stays open. */
static char *read_all(int fd, GError **error)
{
    char *text = g_malloc0(SECRETFILE_MAX_OCTETS + 1);
    size_t n = 0;
    ssize_t got = 1;
    while (got > 0 && n < SECRETFILE_MAX_OCTETS) {
        got = read(fd, text + n, SECRETFILE_MAX_OCTETS - n);
        if (got < 0 && errno == EINTR)
            got = 1;
        else
            n += got > 0 ? (size_t)got : 0;
    }
    if (got == 0)
        return text;
    if (got < 0)
        fail_errno(error);
    else
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                            "too large for a key or a password");
    OPENSSL_cleanse(text, SECRETFILE_MAX_OCTETS);
    g_free(text);
    return NULL;
}

char *secretfile_read(const char *path, bool *open_to_all, GError **error)
{
    struct stat status;
    char *text = NULL;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0 || fstat(fd, &status) < 0) {
        fail_errno(error);
    } else {
        *open_to_all = S_ISREG(status.st_mode) && (status.st_mode & S_IRWXO) != 0;
        text = read_all(fd, error);
    }
    if (fd >= 0)
        close(fd);
    return text;
}
