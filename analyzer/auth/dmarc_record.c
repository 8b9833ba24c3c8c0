/* dmarc_record.c - reads a DMARC policy record (RFC 9989 §4.7, §4.8; RFC 7489 §6.3). */
#include "analyzer/auth/dmarc.h"

#include <string.h>

static const char *const known_tags[] = {"v",   "p", "sp",  "np",  "adkim", "aspf", "fo",
                                         "psd", "t", "rua", "ruf", "pct",   "rf",   "ri"};

typedef struct Reader {
    DmarcRecord *record;
    const TagList *tags;
} Reader;

static void note(DmarcRecord *record, DmarcDefect defect, size_t offset)
{
    if (record->defects == 0 || offset < record->defect_offset)
        record->defect_offset = offset;
    record->defects |= (unsigned)defect;
}

static bool is_known(Span name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(known_tags); i++)
        if (span_is(name, known_tags[i]))
            return true;
    return false;
}

/* p, sp, np: ABSENT when the tag is missing, and with the defect noted when its value is none of
 * the three. */
static DmarcPolicy read_policy(const Reader *in, const char *name, DmarcDefect defect)
{
    const Tag *tag = taglist_find(in->tags, name);
    if (tag == NULL)
        return DMARC_POLICY_ABSENT;
    for (DmarcPolicy policy = DMARC_POLICY_NONE; policy <= DMARC_POLICY_REJECT; policy++)
        if (span_is_nocase(tag->value, dmarc_policy_name(policy)))
            return policy;
    note(in->record, defect, tag->value_offset);
    return DMARC_POLICY_ABSENT;
}

/* A tag whose value is one letter of `letters`; the first of them is the default. */
static char read_letter(const Reader *in, const char *name, const char *letters)
{
    const Tag *tag = taglist_find(in->tags, name);
    if (tag == NULL)
        return letters[0];
    char c = tag->value.n == 1 ? g_ascii_tolower(tag->value.p[0]) : '\0';
    if (c != '\0' && strchr(letters, c) != NULL)
        return c;
    note(in->record, DMARC_DEFECT_BAD_VALUE, tag->value_offset);
    return letters[0];
}

/* fo: "0", "1", "d", "s", separated by colons. It changes nothing here; only a bad value is worth a
 * word. */
static void check_fo(const Reader *in)
{
    const Tag *tag = taglist_find(in->tags, "fo");
    if (tag == NULL)
        return;
    bool good = tag->value.n > 0;
    for (size_t start = 0; start <= tag->value.n && good;) {
        size_t end = span_find(tag->value, ':', start);
        Span option = span_trim(span_of(tag->value.p + start, end - start));
        good = option.n == 1 && strchr("01dsDS", option.p[0]) != NULL && option.p[0] != '\0';
        start = end + 1;
    }
    if (!good)
        note(in->record, DMARC_DEFECT_BAD_VALUE, tag->value_offset);
}

static void read_pct(const Reader *in)
{
    const Tag *tag = taglist_find(in->tags, "pct");
    uint64_t value = 100;
    in->record->pct = 100;
    if (tag == NULL)
        return;
    in->record->has_pct = true;
    if (span_to_uint64(tag->value, 3, &value) && value <= 100)
        in->record->pct = (unsigned)value;
    else
        note(in->record, DMARC_DEFECT_BAD_VALUE, tag->value_offset);
}

/* scheme ":" something, visible ASCII (RFC 3986 §3); for mailto an address with a domain in it. */
static bool is_uri(Span uri, bool *mailto)
{
    size_t colon = span_find(uri, ':', 0);
    *mailto = span_starts_nocase(uri, "mailto:");
    if (colon == 0 || colon + 1 >= uri.n || !g_ascii_isalpha(uri.p[0]))
        return false;
    for (size_t i = 0; i < uri.n; i++) {
        char c = uri.p[i];
        if (c <= ' ' || c > 0x7e || (i < colon && !g_ascii_isalnum(c) && strchr("+-.", c) == NULL))
            return false;
    }
    if (!*mailto)
        return true;
    size_t at = span_find(uri, '@', colon);
    return at > colon + 1 && at + 1 < uri.n;
}

/* rua, ruf: comma-separated URIs. True when one of them at least is syntactically valid. */
static bool read_uris(const Reader *in, const char *name, char ***uris)
{
    GPtrArray *list = g_ptr_array_new();
    const Tag *tag = taglist_find(in->tags, name);
    bool any = false;
    for (size_t start = 0; tag != NULL && start <= tag->value.n;) {
        size_t end = span_find(tag->value, ',', start);
        Span uri = span_trim(span_of(tag->value.p + start, end - start));
        bool mailto;
        bool good = is_uri(uri, &mailto);
        any = any || good;
        if (!good || !mailto)
            note(in->record, DMARC_DEFECT_BAD_URI, tag->value_offset + start);
        if (uri.n > 0)
            g_ptr_array_add(list, span_dup(uri));
        start = end + 1;
    }
    g_ptr_array_add(list, NULL);
    *uris = (char **)g_ptr_array_free(list, FALSE);
    return any;
}

static void note_tags(const Reader *in)
{
    if (in->tags->defect != TAGLIST_OK)
        note(in->record, DMARC_DEFECT_SYNTAX, in->tags->defect_offset);
    for (size_t i = 0; i < in->tags->n; i++) {
        const Tag *tag = &in->tags->tags[i];
        if (span_is(tag->name, "pct") || span_is(tag->name, "rf") || span_is(tag->name, "ri"))
            note(in->record, DMARC_DEFECT_OBSOLETE, tag->offset);
        else if (!is_known(tag->name))
            note(in->record, DMARC_DEFECT_UNKNOWN_TAG, tag->offset);
    }
}

/* RFC 9989 §4.10.1: without a valid p, or with a bad sp or np, a valid rua makes it p=none, else it
 * is ignored. A record that states psd= marks a boundary and may leave p out: that means p=none
 * (§4.7, "p"). */
static void decide_use(const Reader *in, bool has_rua)
{
    DmarcRecord *record = in->record;
    unsigned bad_subdomains = record->defects & (DMARC_DEFECT_BAD_SP | DMARC_DEFECT_BAD_NP);
    bool without_p = taglist_find(in->tags, "p") == NULL;
    if (without_p)
        note(record, DMARC_DEFECT_BAD_P, 0);
    if (without_p && record->psd != 'u' && bad_subdomains == 0) {
        record->p = DMARC_POLICY_NONE;
        record->usable = true;
        return;
    }
    bool broken = bad_subdomains != 0 || (record->defects & DMARC_DEFECT_BAD_P) != 0;
    record->usable = !broken || has_rua;
    if (broken && has_rua)
        record->defects |= DMARC_DEFECT_TREATED_AS_NONE;
}

static bool begins_with_version(Span text, const TagList *tags)
{
    return tags->n > 0 && text.p + tags->tags[0].offset == span_trim(text).p &&
           span_is(tags->tags[0].name, "v") && span_is(tags->tags[0].value, "DMARC1");
}

DmarcRecord *dmarc_record_parse(const char *domain, Span text)
{
    TagList tags = taglist_parse(text);
    if (!begins_with_version(text, &tags)) {
        taglist_clear(&tags);
        return NULL;
    }
    DmarcRecord *record = g_new0(DmarcRecord, 1);
    Reader in = {record, &tags};
    record->domain = g_strdup(domain);
    record->text = span_dup(text);
    note_tags(&in);
    record->p = read_policy(&in, "p", DMARC_DEFECT_BAD_P);
    record->sp = read_policy(&in, "sp", DMARC_DEFECT_BAD_SP);
    record->np = read_policy(&in, "np", DMARC_DEFECT_BAD_NP);
    record->strict_dkim = read_letter(&in, "adkim", "rs") == 's';
    record->strict_spf = read_letter(&in, "aspf", "rs") == 's';
    record->psd = read_letter(&in, "psd", "uyn");
    record->testing = read_letter(&in, "t", "ny") == 'y';
    check_fo(&in);
    read_pct(&in);
    bool has_rua = read_uris(&in, "rua", &record->rua);
    read_uris(&in, "ruf", &record->ruf);
    decide_use(&in, has_rua);
    taglist_clear(&tags);
    return record;
}

void dmarc_record_free(DmarcRecord *record)
{
    if (record == NULL)
        return;
    g_free(record->domain);
    g_free(record->text);
    g_strfreev(record->rua);
    g_strfreev(record->ruf);
    g_free(record);
}

const char *dmarc_policy_name(DmarcPolicy policy)
{
    static const char *const names[] = {"", "none", "quarantine", "reject"};
    g_return_val_if_fail((size_t)policy < G_N_ELEMENTS(names), "");
    return names[policy];
}
