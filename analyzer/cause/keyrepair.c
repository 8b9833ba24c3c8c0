#include "analyzer/cause/keyrepair.h"

#include "analyzer/base/domain.h"
#include "analyzer/base/taglist.h"

#include <string.h>

enum { SHORTEST_KEY = 40, LONGEST_KEY = 3000 };

static void candidate_free(void *item)
{
    KeyCandidate *candidate = item;
    g_free(candidate->p_value);
    g_free(candidate);
}

GPtrArray *key_candidates_new(void)
{
    return g_ptr_array_new_with_free_func(candidate_free);
}

static bool is_base64(char c)
{
    return g_ascii_isalnum(c) || c == '+' || c == '/';
}

/* Keeps what base64 is made of, in the standard alphabet; *url_safe tells that the other one was in
 * use. */
static char *base64_of(Span text, bool *url_safe)
{
    GString *out = g_string_sized_new(text.n);
    *url_safe = false;
    for (size_t i = 0; i < text.n && text.p[i] != ';'; i++) {
        char c = text.p[i];
        if (c == '-' || c == '_') {
            *url_safe = true;
            c = c == '-' ? '+' : '/';
        }
        if (is_base64(c))
            g_string_append_c(out, c);
    }
    return g_string_free(out, FALSE);
}

static void add(GPtrArray *candidates, char *p_value, const char *kind)
{
    size_t n = strlen(p_value);
    if (n < SHORTEST_KEY || n > LONGEST_KEY) {
        g_free(p_value);
        return;
    }
    KeyCandidate *candidate = g_new0(KeyCandidate, 1);
    candidate->p_value = p_value;
    candidate->kind = kind;
    g_ptr_array_add(candidates, candidate);
}

/* "-----BEGIN PUBLIC KEY-----" and the like, taken out wherever they stand. */
static bool drop_armour(GString *text)
{
    bool found = false;
    for (char *begin; (begin = strstr(text->str, "-----"));) {
        char *end = strstr(begin + 5, "-----");
        gssize length = end ? end + 5 - begin : 5;
        g_string_erase(text, begin - text->str, length);
        found = true;
    }
    return found;
}

/* "\;" "\"" "\n" and "\r\n" written out. */
static bool drop_escapes(GString *text)
{
    GString *out = g_string_sized_new(text->len);
    bool found = false;
    for (size_t i = 0; i < text->len; i++) {
        if (text->str[i] != '\\') {
            g_string_append_c(out, text->str[i]);
            continue;
        }
        found = true;
        if (i + 1 < text->len && (text->str[i + 1] == 'n' || text->str[i + 1] == 'r'))
            i++;
    }
    g_string_assign(text, out->str);
    g_string_free(out, TRUE);
    return found;
}

static bool drop_quotes(GString *text)
{
    static const char *const quotes[] = {"\"", "'", "\xe2\x80\x9c", "\xe2\x80\x9d", "&quot;", "`"};
    guint found = 0;
    for (size_t i = 0; i < G_N_ELEMENTS(quotes); i++)
        found += g_string_replace(text, quotes[i], "", 0);
    return found > 0;
}

/* Where the value of p= begins, tolerating a missing ";" before it and space around "="; -1 when
 * there is none. */
static gssize find_p(const GString *text)
{
    for (size_t i = 0; i < text->len; i++) {
        if ((text->str[i] != 'p' && text->str[i] != 'P') ||
            (i > 0 && g_ascii_isalnum(text->str[i - 1])))
            continue;
        size_t j = i + 1;
        while (j < text->len && byte_is_fws(text->str[j]))
            j++;
        if (j < text->len && (text->str[j] == '=' || text->str[j] == ':'))
            return (gssize)(j + 1);
    }
    return -1;
}

/* The longest run of base64 octets, for a record whose "p=" was lost. */
static Span longest_run(const GString *text)
{
    Span best = {text->str, 0};
    for (size_t i = 0; i < text->len;) {
        size_t start = i;
        while (i < text->len && (is_base64(text->str[i]) || text->str[i] == '='))
            i++;
        if (i - start > best.n)
            best = span_of(text->str + start, i - start);
        if (i == start)
            i++;
    }
    return best;
}

/* What is wrong with a record whose p= could be read: the tags around it. */
static const char *fault_of_tags(Span text)
{
    TagList tags = taglist_parse(text);
    const Tag *version = taglist_find(&tags, "v"), *type = taglist_find(&tags, "k");
    const char *kind = "key-syntax";
    if (tags.n > 0 && tags.defect == TAGLIST_OK) {
        if (version && (version != tags.tags || !span_is(version->value, "DKIM1")))
            kind = "key-version";
        else if (type && !span_is(type->value, "rsa") && !span_is(type->value, "ed25519"))
            kind = "key-type";
        else
            kind = "key-damaged";
    }
    taglist_clear(&tags);
    return kind;
}

void key_repair_record(Span text, GPtrArray *candidates)
{
    g_autoptr(GString) clean = g_string_new_len(text.p, (gssize)text.n);
    if (memchr(clean->str, '\0', clean->len))
        return;
    bool armour = drop_armour(clean), escapes = drop_escapes(clean), quotes = drop_quotes(clean),
         url_safe;
    gssize p = find_p(clean);
    Span value = p < 0 ? longest_run(clean) : span_of(clean->str + p, clean->len - (size_t)p);
    char *base64 = base64_of(value, &url_safe);
    const char *kind = armour     ? "key-pem"
                       : escapes  ? "key-escaped"
                       : quotes   ? "key-quoted"
                       : url_safe ? "key-url-safe"
                       : p < 0    ? "key-no-p-tag"
                                  : fault_of_tags(text);
    add(candidates, base64, kind);
}

static void add_joined(const Span *texts, const size_t *order, size_t n, GPtrArray *candidates)
{
    g_autoptr(GString) joined = g_string_new(NULL);
    bool url_safe;
    for (size_t i = 0; i < n; i++) {
        g_autoptr(GString) piece = g_string_new_len(texts[order[i]].p, (gssize)texts[order[i]].n);
        drop_quotes(piece);
        gssize p = find_p(piece);
        g_string_append(joined, piece->str + (p > 0 ? p : 0));
    }
    add(candidates, base64_of(span_of(joined->str, joined->len), &url_safe), "key-split-records");
}

void key_repair_split(const Span *texts, size_t n, GPtrArray *candidates)
{
    static const size_t twos[][3] = {{0, 1, 2}, {1, 0, 2}};
    static const size_t threes[][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2},
                                       {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (size_t i = 0; n == 2 && i < G_N_ELEMENTS(twos); i++)
        add_joined(texts, twos[i], n, candidates);
    for (size_t i = 0; n == 3 && i < G_N_ELEMENTS(threes); i++)
        add_joined(texts, threes[i], n, candidates);
}

char *key_repair_name_in_text(Span text)
{
    text = span_trim(text);
    if (text.n > 1 && text.p[0] == '"' && text.p[text.n - 1] == '"')
        text = span_of(text.p + 1, text.n - 2);
    if (text.n > 6 && span_starts_nocase(text, "cname "))
        text = span_trim(span_from(text, 6));
    if (text.n == 0 || span_find(text, '=', 0) < text.n || span_find(text, '.', 0) == text.n)
        return NULL;
    return domain_normal(text);
}
