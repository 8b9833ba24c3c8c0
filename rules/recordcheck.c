#include "rules/recordcheck.h"

#include "analyzer/auth/dmarc.h"
#include "analyzer/auth/spf.h"
#include "analyzer/base/pubkey.h"

#include <string.h>

RecordKind recordcheck_kind(const char *name, Span text)
{
    if (strstr(name, "._domainkey."))
        return RECORD_KEY;
    if (span_starts_nocase(text, "v=spf1") && (text.n == 6 || text.p[6] == ' '))
        return RECORD_SPF;
    return span_starts_nocase(text, "v=DMARC1") ? RECORD_DMARC : RECORD_OTHER;
}

/* What anybody can paste into a form, and not changed by escaping. */
static bool is_plain(const char *value)
{
    for (const char *p = value; *p; p++)
        if (!g_ascii_isprint(*p) || *p == '\\' || *p == '"')
            return false;
    return true;
}

static bool spf_is_sound(const char *name, const char *value)
{
    SpfRecord *record = spf_record_parse(name, span_str(value));
    bool sound = record->result != SPF_PERMERROR && record->problem == SPF_OK;
    for (size_t i = 0; i < record->n; i++)
        sound = sound && record->terms[i].kind != SPF_INVALID;
    spf_record_free(record);
    return sound;
}

static bool key_is_sound(const char *value)
{
    KeyRecord *record = key_record_parse(span_str(value));
    bool sound = record->state == KEY_VALID;
    key_record_free(record);
    return sound;
}

/* RFC 9990 §4: the record that lets reports come has no policy. */
static bool dmarc_is_sound(const char *name, const char *value)
{
    DmarcRecord *record = dmarc_record_parse(name, span_str(value));
    bool sound = record && (record->usable || strstr(name, "._report._dmarc."));
    dmarc_record_free(record);
    return sound;
}

bool recordcheck_is_sound(const char *name, const char *value)
{
    if (!is_plain(value))
        return false;
    switch (recordcheck_kind(name, span_str(value))) {
    case RECORD_SPF:
        return spf_is_sound(name, value);
    case RECORD_DMARC:
        return dmarc_is_sound(name, value);
    case RECORD_KEY:
        return key_is_sound(value);
    case RECORD_OTHER:
        return false;
    }
    return false;
}
