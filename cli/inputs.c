#include "cli/inputs.h"

#include "cli/exit.h"

#include <stdio.h>
#include <string.h>

static int compare_paths(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_files_of(const char *directory, GPtrArray *paths, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, error);
    if (!dir)
        return false;
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    for (const char *name; (name = g_dir_read_name(dir));) {
        g_autofree char *path = g_build_filename(directory, name, NULL);
        if (name[0] != '.' && g_file_test(path, G_FILE_TEST_IS_REGULAR))
            g_ptr_array_add(found, g_steal_pointer(&path));
    }
    g_ptr_array_sort(found, compare_paths);
    g_ptr_array_extend_and_steal(paths, g_steal_pointer(&found));
    return true;
}

static bool add_directory(const char *directory, GPtrArray *paths, GError **error)
{
    size_t before = paths->len;
    static const char *const maildir[] = {"cur", "new"};
    if (!add_files_of(directory, paths, error))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(maildir); i++) {
        g_autofree char *below = g_build_filename(directory, maildir[i], NULL);
        if (g_file_test(below, G_FILE_TEST_IS_DIR) && !add_files_of(below, paths, error))
            return false;
    }
    if (paths->len > before)
        return true;
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                "%s: no message in this directory; name one that holds .eml files, or a Maildir",
                directory);
    return false;
}

char **inputs_expand(char *const *operands, int *status)
{
    g_autoptr(GPtrArray) paths = g_ptr_array_new();
    for (char *const *operand = operands; *operand; operand++) {
        g_autoptr(GError) error = NULL;
        if (!g_file_test(*operand, G_FILE_TEST_IS_DIR)) {
            g_ptr_array_add(paths, g_strdup(*operand));
        } else if (!add_directory(*operand, paths, &error)) {
            fprintf(stderr, "mailassay: %s\n", error->message);
            *status = EXIT_NO_INPUT;
        }
    }
    g_ptr_array_add(paths, NULL);
    return (char **)g_ptr_array_free(g_steal_pointer(&paths), FALSE);
}
