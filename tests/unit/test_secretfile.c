/* Small files that may hold a secret. */
#include "analyzer/base/secretfile.h"

#include "analyzer/base/keypair.h"

#include <glib/gstdio.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>

#include <cmocka.h>

typedef struct Folder {
    char *folder, *path;
} Folder;

static int folder_new(void **state)
{
    Folder *folder = g_new0(Folder, 1);
    folder->folder = g_dir_make_tmp("secretfile-XXXXXX", NULL);
    folder->path = g_build_filename(folder->folder, "file", NULL);
    *state = folder;
    return folder->folder ? 0 : 1;
}

static int folder_free(void **state)
{
    Folder *folder = *state;
    g_unlink(folder->path);
    g_rmdir(folder->folder);
    g_free(folder->path);
    g_free(folder->folder);
    g_free(folder);
    return 0;
}

static void write_file(const Folder *folder, size_t n, mode_t mode)
{
    g_autofree char *text = g_strnfill(n, 'x');
    assert_true(g_file_set_contents(folder->path, text, (gssize)n, NULL));
    assert_int_equal(chmod(folder->path, mode), 0);
}

static void says_who_may_read_it(void **state)
{
    const Folder *folder = *state;
    static const struct {
        mode_t mode;
        bool open_to_all;
    } cases[] = {{0600, false}, {0640, false}, {0660, false}, {0644, true}, {0601, true}};
    for (size_t i = 0; i < G_N_ELEMENTS(cases); i++) {
        write_file(folder, 3, cases[i].mode);
        bool open_to_all = !cases[i].open_to_all;
        char *text = secretfile_read(folder->path, &open_to_all, NULL);
        assert_string_equal(text, "xxx");
        assert_int_equal(open_to_all, cases[i].open_to_all);
        keypair_wipe(text);
    }
}

static void is_bounded(void **state)
{
    const Folder *folder = *state;
    bool open_to_all;
    g_autoptr(GError) error = NULL;
    write_file(folder, SECRETFILE_MAX_OCTETS - 1, 0600);
    char *text = secretfile_read(folder->path, &open_to_all, NULL);
    assert_int_equal(strlen(text), SECRETFILE_MAX_OCTETS - 1);
    keypair_wipe(text);
    write_file(folder, SECRETFILE_MAX_OCTETS + 1, 0600);
    assert_null(secretfile_read(folder->path, &open_to_all, &error));
    assert_non_null(strstr(error->message, "too large"));
}

static void endless_devices_end(void **state)
{
    (void)state;
    bool open_to_all;
    g_autoptr(GError) error = NULL;
    assert_null(secretfile_read("/dev/zero", &open_to_all, &error));
    assert_non_null(strstr(error->message, "too large"));
    char *nothing = secretfile_read("/dev/null", &open_to_all, NULL);
    assert_string_equal(nothing, "");
    assert_false(open_to_all);
    keypair_wipe(nothing);
}

static void trouble_has_a_reason(void **state)
{
    const Folder *folder = *state;
    bool open_to_all;
    g_autoptr(GError) missing = NULL, directory = NULL;
    assert_null(secretfile_read(folder->path, &open_to_all, &missing));
    assert_true(g_error_matches(missing, G_FILE_ERROR, G_FILE_ERROR_NOENT));
    assert_null(secretfile_read(folder->folder, &open_to_all, &directory));
    assert_true(g_error_matches(directory, G_FILE_ERROR, G_FILE_ERROR_ISDIR));
    assert_null(strstr(missing->message, folder->path)); /* the caller names it */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(says_who_may_read_it, folder_new, folder_free),
        cmocka_unit_test_setup_teardown(is_bounded, folder_new, folder_free),
        cmocka_unit_test(endless_devices_end),
        cmocka_unit_test_setup_teardown(trouble_has_a_reason, folder_new, folder_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
