#include "analyzer/message/received_spf.h"

#include "analyzer/message/cfws.h"
#include "analyzer/message/received.h"

#include <string.h>

/* One "key=value"; values run to the next blank, ";" or comment when they are not quoted. */
static Span spf_word(const Cfws *cfws, size_t *at, const char *stops)
{
    Span text = cfws->text;
    size_t start = *at;
    while (*at < text.n) {
        char c = text.p[*at];
        size_t quoted = cfws_quoted(cfws, *at);
        if (quoted == *at && (c == '\0' || byte_is_fws(c) || strchr(stops, c)))
            break;
        *at = quoted > *at ? quoted : *at + 1;
    }
    return span_of(text.p + start, *at - start);
}

static char *spf_value(Span raw)
{
    if (raw.n >= 2 && raw.p[0] == '"' && raw.p[raw.n - 1] == '"')
        return cfws_text(span_of(raw.p + 1, raw.n - 2));
    return span_dup(raw);
}

static void spf_pair(ReceivedSpf *spf, Span key, Span raw)
{
    const struct {
        const char *key;
        char **value;
    } keys[] = {{"client-ip", &spf->client_ip},
                {"envelope-from", &spf->envelope_from},
                {"helo", &spf->helo},
                {"receiver", &spf->receiver},
                {"identity", &spf->identity}};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++) {
        if (!span_is_nocase(key, keys[i].key) || *keys[i].value)
            continue;
        g_autofree char *value = spf_value(raw);
        if (i == 0)
            *keys[i].value = received_ip(span_str(value));
        else if (i == 1)
            *keys[i].value = received_path(span_str(value));
        else if (value[0] != '\0')
            *keys[i].value = g_steal_pointer(&value);
    }
}

ReceivedSpf *received_spf_parse(Span value)
{
    ReceivedSpf *spf = g_new0(ReceivedSpf, 1);
    Cfws cfws = cfws_scan(value);
    size_t at = cfws_skip(&cfws, 0);
    Span result = spf_word(&cfws, &at, "(;=");
    if (result.n > 0)
        spf->result = g_ascii_strdown(result.p, (gssize)result.n);
    while (at < cfws.text.n && byte_is_fws(cfws.text.p[at]))
        at++;
    size_t end = cfws_comment(&cfws, at);
    if (end > at)
        spf->comment = cfws_text(span_of(cfws.text.p + at + 1, end - at - 2));
    while ((at = cfws_skip(&cfws, at)) < cfws.text.n) {
        Span key = spf_word(&cfws, &at, "(;=");
        at = cfws_skip(&cfws, at);
        if (at < cfws.text.n && cfws.text.p[at] == '=') {
            at = cfws_skip(&cfws, at + 1);
            spf_pair(spf, key, spf_word(&cfws, &at, "(;"));
        } else if (key.n == 0) {
            at++; /* ";" or what cannot start a key */
        }
    }
    cfws_clear(&cfws);
    return spf;
}

void received_spf_free(ReceivedSpf *spf)
{
    if (!spf)
        return;
    g_free(spf->result);
    g_free(spf->comment);
    g_free(spf->client_ip);
    g_free(spf->envelope_from);
    g_free(spf->helo);
    g_free(spf->receiver);
    g_free(spf->identity);
    g_free(spf);
}
