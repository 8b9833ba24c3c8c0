#include "reports/pseudonym.h"

#include <string.h>

static const char *const words[] = {"user", "Name ", "host", "id", "Tenant "};

struct Pseudonyms {
    GHashTable *numbers[PSEUDONYM_KINDS]; /* secret in lower case to number */
};

Pseudonyms *pseudonyms_new(void)
{
    Pseudonyms *pseudonyms = g_new0(Pseudonyms, 1);
    for (int kind = 0; kind < PSEUDONYM_KINDS; kind++)
        pseudonyms->numbers[kind] = g_hash_table_new_full(
            g_bytes_hash, g_bytes_equal, (GDestroyNotify)(void (*)(void))g_bytes_unref, NULL);
    return pseudonyms;
}

void pseudonyms_free(Pseudonyms *pseudonyms)
{
    if (pseudonyms == NULL)
        return;
    for (int kind = 0; kind < PSEUDONYM_KINDS; kind++)
        g_hash_table_unref(pseudonyms->numbers[kind]);
    g_free(pseudonyms);
}

static GBytes *key_of(Span secret)
{
    bool is_text = g_utf8_validate(secret.p, (gssize)secret.n, NULL);
    char *lower = is_text ? g_utf8_strdown(secret.p, (gssize)secret.n)
                          : g_ascii_strdown(secret.p, (gssize)secret.n);
    return g_bytes_new_take(lower, is_text ? strlen(lower) : secret.n);
}

size_t pseudonyms_learn(Pseudonyms *pseudonyms, PseudonymKind kind, Span secret)
{
    if (secret.n == 0)
        return 0;
    GHashTable *numbers = pseudonyms->numbers[kind];
    GBytes *key = key_of(secret);
    size_t number = GPOINTER_TO_SIZE(g_hash_table_lookup(numbers, key));
    if (number == 0) {
        number = g_hash_table_size(numbers) + 1;
        g_hash_table_insert(numbers, g_bytes_ref(key), GSIZE_TO_POINTER(number));
    }
    g_bytes_unref(key);
    return number;
}

bool pseudonyms_know(const Pseudonyms *pseudonyms, PseudonymKind kind, Span secret)
{
    if (secret.n == 0)
        return false;
    GBytes *key = key_of(secret);
    bool known = g_hash_table_contains(pseudonyms->numbers[kind], key);
    g_bytes_unref(key);
    return known;
}

/* The number alone, right-aligned in x; all x when it does not fit. */
static void append_short(GString *out, size_t number, size_t octets)
{
    gsize start = out->len;
    for (size_t i = 0; i < octets; i++)
        g_string_append_c(out, 'x');
    size_t rest = number;
    for (size_t i = octets; i > 0 && rest > 0; i--, rest /= 36)
        out->str[start + i - 1] = "0123456789abcdefghijklmnopqrstuvwxyz"[rest % 36];
    for (size_t i = 0; i < octets && rest > 0; i++)
        out->str[start + i] = 'x';
}

void pseudonyms_append_free(Pseudonyms *pseudonyms, PseudonymKind kind, Span secret, GString *out)
{
    size_t number = pseudonyms_learn(pseudonyms, kind, secret);
    if (number > 0)
        g_string_append_printf(out, "%s%zu", words[kind], number);
}

void pseudonyms_append(Pseudonyms *pseudonyms, PseudonymKind kind, Span secret, size_t octets,
                       GString *out)
{
    size_t number = pseudonyms_learn(pseudonyms, kind, secret);
    if (number == 0)
        return;
    g_autofree char *full = g_strdup_printf("%s%zu", words[kind], number);
    size_t n = strlen(full);
    if (n > octets) {
        append_short(out, number, octets);
        return;
    }
    g_string_append(out, full);
    for (; n < octets; n++)
        g_string_append_c(out, 'x');
}
