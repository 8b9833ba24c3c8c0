#include "rules/rehearse.h"

#include "analyzer/auth/dkim_sign.h"
#include "analyzer/base/keypair.h"

#include <string.h>

char *rehearse_record(void)
{
    Pubkey *key = dkim_sign_key();
    char *record = keypair_record(key);
    pubkey_free(key);
    return record;
}

void rehearse_lay_text(GString *overlay, const char *name, const char *value)
{
    g_autofree char *strings = keypair_zone_strings(value);
    g_string_append_printf(overlay, "%s. TXT %s\n", name, strings);
}

/* --- the message --- */

/* They were made of the message as it was; whoever made them makes others of another one. */
static bool belongs_to_old_from(const Field *field)
{
    static const char *const names[] = {
        "dkim-signature",        "sender",   "arc-authentication-results",
        "arc-message-signature", "arc-seal", "from"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (span_is_nocase(field->name, names[i]))
            return true;
    return false;
}

/* The fields of signatures that the new one takes the place of. */
static GHashTable *replaced_signatures(const DkimCheck *dkim, const Rehearsal *rehearsal)
{
    GHashTable *fields = g_hash_table_new(g_direct_hash, g_direct_equal);
    for (size_t i = 0; i < dkim->n && rehearsal->sign; i++) {
        const DkimSignature *signature = &dkim->signatures[i];
        if (g_strcmp0(signature->domain, rehearsal->domain) == 0 &&
            g_strcmp0(signature->selector, rehearsal->selector) == 0)
            g_hash_table_add(fields, GSIZE_TO_POINTER(signature->field));
    }
    return fields;
}

static void append_new_fields(GString *out, const Source *source, const Rehearsal *rehearsal)
{
    const char *eol = source->header_ends == LINE_ENDS_LF ? "\n" : "\r\n";
    g_string_append_printf(out, "From: %s%s", rehearsal->from, eol);
    if (rehearsal->reply_to && !source_field(source, "reply-to", 0))
        g_string_append_printf(out, "Reply-To: %s%s", rehearsal->reply_to, eol);
}

/* The message without what goes and with what comes, not signed yet. */
static GBytes *recast(const Stage *stage, const Rehearsal *rehearsal)
{
    const Source *source = stage->evidence->source;
    g_autoptr(GHashTable) replaced = replaced_signatures(stage->evidence->dkim, rehearsal);
    GString *out = g_string_sized_new(source->bytes.n + 4096);
    size_t done = 0;
    bool placed = !rehearsal->from;
    for (size_t i = 0; i < source->n_fields; i++) {
        const Field *field = &source->fields[i];
        if (!g_hash_table_contains(replaced, GSIZE_TO_POINTER(i)) &&
            !(rehearsal->from && belongs_to_old_from(field)))
            continue;
        g_string_append_len(out, source->bytes.p + done, (gssize)(field->offset - done));
        done = field->offset + field->raw.n;
        if (!placed && span_is_nocase(field->name, "from")) {
            append_new_fields(out, source, rehearsal);
            placed = true;
        }
    }
    g_string_append_len(out, source->bytes.p + done, (gssize)(source->bytes.n - done));
    return g_string_free_to_bytes(out);
}

static Source *read_as(const Source *original, GBytes *octets)
{
    return source_new(octets, original->body_lf_is_crlf ? SOURCE_LF_IS_CRLF : SOURCE_AS_STORED);
}

/* Where the signature stands is nothing to a verifier; on top it is among those that are verified.
 */
static Source *signed_source(const Source *plain, const Rehearsal *rehearsal, int64_t time_s)
{
    g_autofree char *field = dkim_sign(plain, rehearsal->domain, rehearsal->selector, time_s);
    GString *out = g_string_new_len(plain->bytes.p, (gssize)plain->bytes.n);
    if (field)
        g_string_insert(out, (gssize)plain->fields[0].offset, field);
    g_autoptr(GBytes) octets = g_string_free_to_bytes(out);
    return read_as(plain, octets);
}

/* NULL: the message stays what it was. */
static Source *message_of(const Stage *stage, const Rehearsal *rehearsal)
{
    if (!rehearsal->from && !rehearsal->sign)
        return NULL;
    g_autoptr(GBytes) octets = recast(stage, rehearsal);
    Source *plain = read_as(stage->evidence->source, octets);
    if (!rehearsal->sign)
        return plain;
    Source *whole = signed_source(plain, rehearsal, stage->evidence->judged_at_s);
    source_free(plain);
    return whole;
}

/* --- the profile --- */

/* A profile that lists no domains stays so: nothing is compared with it. */
static SigningDomain *domains_of(const Stage *stage, const Rehearsal *rehearsal, Pubkey *key,
                                 char *p_value, size_t *n)
{
    const Profile *profile = stage->input->profile;
    *n = profile->n_domains;
    SigningDomain *domains = g_new0(SigningDomain, *n + 1);
    for (size_t i = 0; i < *n; i++)
        domains[i] = profile->domains[i];
    if (!rehearsal->domain || *n == 0)
        return domains;
    size_t i = 0;
    while (i < *n && !(strcmp(domains[i].domain, rehearsal->domain) == 0 &&
                       strcmp(domains[i].selector, rehearsal->selector) == 0))
        i++;
    SigningDomain *entry = &domains[i];
    if (i == *n) {
        *n += 1;
        *entry = (SigningDomain){.domain = (char *)rehearsal->domain,
                                 .selector = (char *)rehearsal->selector};
    }
    entry->active = true;
    if (rehearsal->sign) {
        entry->hash = HASH_SHA256;
        entry->key_type = KEY_TYPE_RSA;
        entry->key_bits = 0;
        entry->key = key;
        entry->p_value = p_value;
    }
    return domains;
}

/* --- what comes of it --- */

static Rehearsed read_off(const Evidence *evidence, const Judgement *judgement)
{
    const DmarcVerdict *dmarc = &evidence->dmarc->rfc9989;
    const SpfSurvey *survey = evidence->spf_survey;
    return (Rehearsed){
        .state = remedy_state(evidence, judgement),
        .spf_aligned = dmarc->spf_aligned,
        .dkim_aligned = dmarc->dkim_aligned,
        .open = dmarc->result == DMARC_TEMPERROR || evidence->spf->result == SPF_TEMPERROR,
        .spf_lookups = survey ? survey->lookups : 0,
    };
}

static Rehearsed analysed(const Stage *stage, const Rehearsal *rehearsal, EvidenceInput *input)
{
    EnvelopeGiven given = *stage->input->given;
    given.mail_from = rehearsal->mail_from ? rehearsal->mail_from : given.mail_from;
    given.client_ip = rehearsal->client_ip ? rehearsal->client_ip : given.client_ip;
    given.helo = rehearsal->helo ? rehearsal->helo : given.helo;
    input->given = &given;
    input->known = stage->evidence;
    input->cause_units = 0;
    Evidence *evidence = evidence_collect(input);
    Judgement *judgement = judge(stage->catalogue, evidence);
    Rehearsed rehearsed = read_off(evidence, judgement);
    judgement_free(judgement);
    evidence_free(evidence);
    return rehearsed;
}

Rehearsed rehearse(const Stage *stage, const Rehearsal *rehearsal)
{
    EvidenceInput input = *stage->input;
    DnsSession *dns = dns_session_simulate(stage->input->dns);
    g_autoptr(GError) error = NULL;
    if (rehearsal->overlay && !dns_session_overlay(dns, span_str(rehearsal->overlay), &error))
        g_error("%s", error->message); /* only names and values that can be copied are laid */
    input.dns = dns;

    Source *source = message_of(stage, rehearsal);
    input.source = source ? source : stage->evidence->source;
    input.read_as = stage->evidence->copy;

    Pubkey *key = dkim_sign_key();
    g_autofree char *p_value = pubkey_p_value(key);
    Profile profile = *stage->input->profile;
    profile.domains = domains_of(stage, rehearsal, key, p_value, &profile.n_domains);
    input.profile = &profile;

    Rehearsed rehearsed = analysed(stage, rehearsal, &input);
    g_free(profile.domains);
    pubkey_free(key);
    source_free(source);
    dns_session_free(dns);
    return rehearsed;
}
