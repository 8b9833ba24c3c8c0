#include "analyzer/auth/lint.h"

#include <string.h>

Lint *lint_new(const char *name, Span text)
{
    Lint *lint = g_new0(Lint, 1);
    lint->name = g_strdup(name);
    lint->text = span_dup(text);
    lint->text_n = text.n;
    return lint;
}

void lint_free(Lint *lint)
{
    if (!lint)
        return;
    for (size_t i = 0; i < lint->n; i++)
        g_free(lint->remarks[i].better);
    g_free(lint->remarks);
    g_free(lint->name);
    g_free(lint->text);
    g_free(lint);
}

void lint_note(Lint *lint, LintCode code, size_t offset, size_t length, char *better)
{
    if (lint->n >= LINT_MAX_REMARKS) {
        g_free(better);
        return;
    }
    lint->remarks = g_renew(Remark, lint->remarks, lint->n + 1);
    lint->remarks[lint->n++] = (Remark){code, offset, length, better};
}

const Remark *lint_find(const Lint *lint, LintCode code)
{
    for (size_t i = 0; lint && i < lint->n; i++)
        if (lint->remarks[i].code == code)
            return &lint->remarks[i];
    return NULL;
}

char *lint_mended(const Lint *lint, LintCode code)
{
    GString *out = g_string_new(NULL);
    size_t from = 0;
    for (size_t i = 0; i < lint->n; i++) {
        const Remark *remark = &lint->remarks[i];
        if (remark->code != code)
            continue;
        if (!remark->better || remark->offset < from) {
            g_string_free(out, TRUE);
            return NULL;
        }
        g_string_append_len(out, lint->text + from, (gssize)(remark->offset - from));
        g_string_append(out, remark->better);
        from = remark->offset + remark->length;
    }
    g_string_append_len(out, lint->text + from, (gssize)(lint->text_n - from));
    return g_string_free(out, FALSE);
}

/* --- DKIM key records --- */

static bool is_one_of(Span name, const char *const *names, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (span_is(name, names[i]))
            return true;
    return false;
}

/* The first word of a colon-separated list that is none of the known ones. */
static void check_words(Lint *lint, const TagList *tags, const char *tag_name, LintCode code,
                        const char *const known[2])
{
    const Tag *tag = taglist_find(tags, tag_name);
    for (size_t start = 0; tag && start <= tag->value.n;) {
        size_t end = span_find(tag->value, ':', start);
        Span word = span_trim(span_of(tag->value.p + start, end - start));
        if (!is_one_of(word, known, 2)) {
            size_t within = word.n > 0 ? (size_t)(word.p - tag->value.p) : start;
            lint_note(lint, code, tag->value_offset + within, word.n, NULL);
            return;
        }
        start = end + 1;
    }
}

static size_t spec_length(const Tag *tag)
{
    return tag->value_offset + tag->value.n - tag->offset;
}

Lint *lint_key(const char *name, Span text)
{
    static const char *const known[] = {"v", "h", "k", "n", "p", "s", "t"};
    static const char *const flags[2] = {"y", "s"}, *const services[2] = {"*", "email"},
                             *const hashes[2] = {"sha1", "sha256"};
    Lint *lint = lint_new(name, text);
    TagList tags = taglist_parse(text);
    for (size_t i = 0; i < tags.n; i++) {
        const Tag *tag = &tags.tags[i];
        if (span_is(tag->name, "g"))
            lint_note(lint, LINT_KEY_OBSOLETE_TAG, tag->offset, spec_length(tag), NULL);
        else if (!is_one_of(tag->name, known, G_N_ELEMENTS(known)))
            lint_note(lint, LINT_KEY_UNKNOWN_TAG, tag->offset, spec_length(tag), NULL);
    }
    check_words(lint, &tags, "t", LINT_KEY_UNKNOWN_FLAG, flags);
    check_words(lint, &tags, "s", LINT_KEY_UNKNOWN_SERVICE, services);
    check_words(lint, &tags, "h", LINT_KEY_UNKNOWN_HASH, hashes);
    size_t escape = span_search(text, SPAN_LIT("\\;"), 0);
    if (escape < text.n)
        lint_note(lint, LINT_KEY_ESCAPED, escape, 1, NULL);
    taglist_clear(&tags);
    return lint;
}

/* --- DMARC --- */

static const char *const dmarc_tags[] = {"v",   "p", "sp",  "np",  "adkim", "aspf", "fo",
                                         "psd", "t", "rua", "ruf", "pct",   "rf",   "ri"};

static bool is_obsolete(Span name)
{
    static const char *const obsolete[] = {"pct", "rf", "ri"};
    return is_one_of(name, obsolete, G_N_ELEMENTS(obsolete));
}

/* White space and then a tag of DMARC and "=", within a value: "none rua=mailto:...". */
static void check_semicolon(Lint *lint, const Tag *tag)
{
    enum { LONGEST = 12 }; /* a tag's name, white space and "=" */
    for (size_t i = 1; i < tag->value.n; i++) {
        if (!byte_is_fws(tag->value.p[i - 1]) || byte_is_fws(tag->value.p[i]))
            continue;
        Span rest = span_from(tag->value, i);
        rest.n = MIN(rest.n, (size_t)LONGEST);
        size_t equals = span_find(rest, '=', 0);
        if (equals == rest.n)
            continue;
        Span name = span_trim(span_of(rest.p, equals));
        if (!is_one_of(name, dmarc_tags, G_N_ELEMENTS(dmarc_tags)))
            continue;
        size_t gap = i;
        while (gap > 0 && byte_is_fws(tag->value.p[gap - 1]))
            gap--;
        lint_note(lint, LINT_DMARC_MISSING_SEMICOLON, tag->value_offset + gap, i - gap,
                  g_strdup("; "));
    }
}

/* "!" digits and perhaps a unit at the end of a URI (RFC 7489 §6.2). Its length; 0: none. */
static size_t size_limit(Span uri)
{
    size_t n = uri.n;
    if (n > 0 && strchr("kmgtKMGT", uri.p[n - 1]))
        n--;
    size_t digits = n;
    while (digits > 0 && g_ascii_isdigit(uri.p[digits - 1]))
        digits--;
    return digits < n && digits > 0 && uri.p[digits - 1] == '!' ? uri.n - digits + 1 : 0;
}

/* "dmarc@example.com" without a scheme. */
static bool is_plain_address(Span uri)
{
    size_t at = span_find(uri, '@', 0);
    bool good = at > 0 && at + 1 < uri.n && span_find(uri, '@', at + 1) == uri.n;
    for (size_t i = 0; i < uri.n && good; i++)
        good = g_ascii_isalnum(uri.p[i]) || strchr("@.-_+", uri.p[i]);
    return good;
}

static void check_uris(Lint *lint, const TagList *tags, const char *name)
{
    enum { READ_BY_ALL = 2 };
    const Tag *tag = taglist_find(tags, name);
    size_t count = 0;
    for (size_t start = 0; tag && start <= tag->value.n;) {
        size_t end = span_find(tag->value, ',', start);
        Span uri = span_trim(span_of(tag->value.p + start, end - start));
        start = end + 1;
        if (uri.n == 0)
            continue;
        size_t offset = (size_t)(uri.p - tag->value.p) + tag->value_offset;
        size_t limit = size_limit(uri);
        if (limit > 0)
            lint_note(lint, LINT_DMARC_SIZE_LIMIT, offset + uri.n - limit, limit, g_strdup(""));
        if (is_plain_address(uri)) {
            g_autofree char *address = span_dup(uri);
            lint_note(lint, LINT_DMARC_WITHOUT_MAILTO, offset, uri.n,
                      g_strconcat("mailto:", address, NULL));
        }
        if (++count == READ_BY_ALL + 1)
            lint_note(lint, LINT_DMARC_MANY_URIS, offset, uri.n, NULL);
    }
}

/* A name that stood before. */
static bool is_repeated(const TagList *tags, const Tag *tag)
{
    char name[16];
    if (tag->name.n >= sizeof(name))
        return false;
    memcpy(name, tag->name.p, tag->name.n);
    name[tag->name.n] = '\0';
    return taglist_find(tags, name) != tag;
}

static void check_dmarc_tag(Lint *lint, const TagList *tags, const Tag *tag)
{
    if (is_obsolete(tag->name))
        lint_note(lint, LINT_DMARC_OBSOLETE_TAG, tag->offset, spec_length(tag), NULL);
    else if (!is_one_of(tag->name, dmarc_tags, G_N_ELEMENTS(dmarc_tags)))
        lint_note(lint, LINT_DMARC_UNKNOWN_TAG, tag->offset, spec_length(tag), NULL);
    else if (is_repeated(tags, tag))
        lint_note(lint, LINT_DMARC_DUPLICATE_TAG, tag->offset, spec_length(tag), NULL);
    check_semicolon(lint, tag);
}

Lint *lint_dmarc(const char *name, Span text)
{
    Lint *lint = lint_new(name, text);
    TagList tags = taglist_parse(text);
    for (size_t i = 0; i < tags.n && lint->n < LINT_MAX_REMARKS; i++)
        check_dmarc_tag(lint, &tags, &tags.tags[i]);
    const Tag *p = taglist_find(&tags, "p"), *fo = taglist_find(&tags, "fo");
    if (p && p != &tags.tags[1])
        lint_note(lint, LINT_DMARC_P_NOT_SECOND, p->offset, spec_length(p), NULL);
    if (fo && !taglist_find(&tags, "ruf"))
        lint_note(lint, LINT_DMARC_FO_WITHOUT_RUF, fo->offset, spec_length(fo), NULL);
    if (tags.defect == TAGLIST_EMPTY_SPEC)
        lint_note(lint, LINT_DMARC_EMPTY_TAG, tags.defect_offset, 1, NULL);
    check_uris(lint, &tags, "rua");
    check_uris(lint, &tags, "ruf");
    taglist_clear(&tags);
    return lint;
}

static bool has_nocase(Span text, const char *word)
{
    size_t n = strlen(word);
    for (size_t i = 0; i + n <= text.n; i++)
        if (g_ascii_strncasecmp(text.p + i, word, n) == 0)
            return true;
    return false;
}

const DnsRecord *lint_dmarc_near_miss(const DnsAnswer *answer)
{
    enum { READ = 4096 };
    for (size_t i = 0; answer && i < answer->n; i++) {
        const DnsRecord *record = &answer->records[i];
        Span text = span_of(record->text, MIN(record->text_n, (size_t)READ));
        if (has_nocase(text, "dmarc1") && has_nocase(text, "p=") && has_nocase(text, "v="))
            return record;
    }
    return NULL;
}

/* --- MTA-STS, TLS-RPT, BIMI --- */

static bool wants_version(const DnsRecord *record, const char *version)
{
    return span_starts_nocase(span_of(record->text, record->text_n), version);
}

size_t lint_count(const DnsAnswer *answer, const char *version)
{
    size_t count = 0;
    for (size_t i = 0; answer && i < answer->n; i++)
        count += wants_version(&answer->records[i], version);
    return count;
}

/* The first record that begins as `version` does, in any case; its version noted when it is not
 * spelled so. */
static Lint *policy_new(const DnsAnswer *answer, const char *version)
{
    for (size_t i = 0; answer && i < answer->n; i++) {
        const DnsRecord *record = &answer->records[i];
        if (!wants_version(record, version))
            continue;
        size_t n = strlen(version);
        Span text = span_of(record->text, record->text_n);
        Lint *lint = lint_new(answer->name, text);
        bool ends = text.n == n || text.p[n] == ';' || byte_is_wsp(text.p[n]);
        if (memcmp(text.p, version, n) != 0 || !ends)
            lint_note(lint, LINT_POLICY_VERSION, 0, MIN(span_find(text, ';', 0), text.n), NULL);
        return lint;
    }
    return NULL;
}

typedef bool (*ValueCheck)(Span value);

/* The tag has to be there, with a value that passes. */
static void require(Lint *lint, const TagList *tags, const char *name, ValueCheck is_good)
{
    const Tag *tag = taglist_find(tags, name);
    if (!tag)
        lint_note(lint, LINT_POLICY_TAG, lint->text_n, 0, NULL);
    else if (!is_good(tag->value))
        lint_note(lint, LINT_POLICY_TAG, tag->offset, spec_length(tag), NULL);
}

static void check_policy(Lint *lint, const char *name, ValueCheck is_good)
{
    TagList tags = taglist_parse(span_of(lint->text, lint->text_n));
    require(lint, &tags, name, is_good);
    taglist_clear(&tags);
}

/* RFC 8461 §3.1: 1*32(ALPHA / DIGIT) */
static bool is_sts_id(Span value)
{
    bool good = value.n >= 1 && value.n <= 32;
    for (size_t i = 0; i < value.n && good; i++)
        good = g_ascii_isalnum(value.p[i]);
    return good;
}

/* RFC 8460 §3: mailto or https URIs with commas between them. */
static bool is_tls_rua(Span value)
{
    bool good = value.n > 0;
    for (size_t start = 0; start <= value.n && good;) {
        size_t end = span_find(value, ',', start);
        Span uri = span_trim(span_of(value.p + start, end - start));
        size_t at = span_find(uri, '@', 0);
        good = (span_starts_nocase(uri, "mailto:") && at > strlen("mailto:") && at + 1 < uri.n) ||
               (span_starts_nocase(uri, "https://") && uri.n > strlen("https://"));
        start = end + 1;
    }
    return good;
}

/* An https URI; an empty one says that there is no logo. */
static bool is_bimi_location(Span value)
{
    return value.n == 0 || (span_starts_nocase(value, "https://") && value.n > strlen("https://"));
}

Lint *lint_mta_sts(const DnsAnswer *answer)
{
    Lint *lint = policy_new(answer, "v=STSv1");
    if (lint)
        check_policy(lint, "id", is_sts_id);
    return lint;
}

Lint *lint_tls_rpt(const DnsAnswer *answer)
{
    Lint *lint = policy_new(answer, "v=TLSRPTv1");
    if (lint)
        check_policy(lint, "rua", is_tls_rua);
    return lint;
}

Lint *lint_bimi(const DnsAnswer *answer)
{
    Lint *lint = policy_new(answer, "v=BIMI1");
    if (lint)
        check_policy(lint, "l", is_bimi_location);
    return lint;
}
