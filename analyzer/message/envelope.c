#include "analyzer/message/envelope.h"

#include "analyzer/base/domain.h"
#include "analyzer/message/received_spf.h"

#include <gio/gio.h>
#include <string.h>

#define NO_HOP SIZE_MAX

/* How many Received-SPF and Authentication-Results are read, newest first. */
enum { MAX_STATEMENTS = 200 };

/* What a Received-SPF or Authentication-Results field says of the envelope. */
typedef struct Statement {
    size_t field;
    const char *origin;
    char *client_ip;
    char *mail_from; /* NULL when it says nothing of it */
    char *helo;
    char *author; /* authserv-id, or the receiver of Received-SPF; or NULL */
} Statement;

typedef struct Inference {
    const Source *source;
    const char *const *trusted;
    Envelope *envelope;
    GArray *statements;  /* newest first */
    size_t border;       /* index into hops, or NO_HOP */
    size_t border_field; /* index of its field; without a border that of the oldest trusted hop, or
                            0 */
    size_t
        older_field; /* of the Received below the border; the number of fields when there is none */
    Confidence confidence; /* in the border */
} Inference;

const char *confidence_name(Confidence confidence)
{
    switch (confidence) {
    case CONFIDENCE_NONE:
        return "none";
    case CONFIDENCE_LOW:
        return "low";
    case CONFIDENCE_MEDIUM:
        return "medium";
    case CONFIDENCE_HIGH:
        return "high";
    case CONFIDENCE_GIVEN:
        return "given";
    }
    g_return_val_if_reached("none");
}

/* --- names and addresses --- */

/* Not reachable from outside: RFC 1918, 6598, 4193, 3927, 4291 §2.5. */
static bool is_internal_ip(const char *ip)
{
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(ip);
    if (!address)
        return false;
    const uint8_t *octets = g_inet_address_to_bytes(address);
    if (g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV6 && (octets[0] & 0xfe) == 0xfc)
        return true;
    if (g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV4 &&
        (octets[0] == 0 || (octets[0] == 100 && (octets[1] & 0xc0) == 64)))
        return true;
    return g_inet_address_get_is_any(address) || g_inet_address_get_is_loopback(address) ||
           g_inet_address_get_is_link_local(address) || g_inet_address_get_is_site_local(address);
}

/* Both IPv6 and of one /32, the size of a provider's network. */
static bool same_ipv6_site(const char *a, const char *b)
{
    if (!a || !b || !strchr(a, ':') || !strchr(b, ':'))
        return false;
    g_autoptr(GInetAddress) x = g_inet_address_new_from_string(a);
    g_autoptr(GInetAddress) y = g_inet_address_new_from_string(b);
    return x && y && memcmp(g_inet_address_to_bytes(x), g_inet_address_to_bytes(y), 4) == 0;
}

/* One is the other or below it, or they have a parent in common: three labels, or two when the last
 * one is no country code (example.com; co.uk is no parent). A guess for hosts without addresses,
 * where no public suffix list is at hand. */
static bool same_site(const char *a, const char *b)
{
    if (!a || !b)
        return false;
    size_t n = strlen(a), m = strlen(b), common = 0, labels = 0;
    for (size_t i = 1; i <= MIN(n, m); i++) {
        if (g_ascii_tolower(a[n - i]) != g_ascii_tolower(b[m - i]))
            break;
        bool starts_a = i == n || a[n - i - 1] == '.';
        bool starts_b = i == m || b[m - i - 1] == '.';
        if (a[n - i] != '.' && starts_a && starts_b) {
            labels++;
            common = i;
        }
    }
    if (common == n || common == m)
        return common > 0;
    const char *dot = strrchr(a, '.');
    bool country = dot && strlen(dot + 1) == 2;
    return labels >= (country ? 3U : 2U);
}

static bool is_trusted_name(const Inference *inference, const char *name)
{
    g_autofree char *normal = name ? domain_normal(span_str(name)) : NULL;
    for (const char *const *t = inference->trusted; name && t && *t; t++) {
        g_autofree char *trusted = domain_normal(span_str(*t));
        if (g_ascii_strcasecmp(name, *t) == 0)
            return true;
        if (normal && trusted && domain_is_at_or_below(normal, trusted))
            return true;
    }
    return false;
}

/* --- hops --- */

static void collect_hops(Inference *inference)
{
    const Source *source = inference->source;
    size_t n = MIN(source_field_count(source, "received"), ENVELOPE_MAX_HOPS);
    Envelope *envelope = inference->envelope;
    envelope->hops = g_new0(Hop, n + 1);
    for (size_t i = 0; i < source->n_fields && envelope->n_hops < n; i++) {
        if (!span_is_nocase(source->fields[i].name, "received"))
            continue;
        Hop *hop = &envelope->hops[envelope->n_hops++];
        hop->field = i;
        hop->received = received_parse(source->fields[i].value);
    }
}

static void collect_delays(Envelope *envelope)
{
    const Received *older = NULL;
    for (size_t i = envelope->n_hops; i > 0; i--) {
        Hop *hop = &envelope->hops[i - 1];
        if (!hop->received->date_valid)
            continue;
        if (older) {
            hop->has_delay = true;
            hop->delay_s = hop->received->time_s - older->time_s;
        }
        older = hop->received;
    }
}

/* Handed over or fetched, not received by SMTP from outside. */
static bool is_local_protocol(const char *with)
{
    static const char *const prefixes[] = {"LMTP", "UTF8LMTP", "HTTP", "POP3",
                                           "IMAP", "MAPI",     "BSMTP"};
    for (size_t i = 0; with && i < G_N_ELEMENTS(prefixes); i++)
        if (g_ascii_strncasecmp(with, prefixes[i], strlen(prefixes[i])) == 0)
            return true;
    return false;
}

/* A name that can only be of the receiver's own network. */
static bool is_internal_name(const char *name, const char *by)
{
    static const char *const last[] = {"localhost", "localdomain", "local", "internal", "lan"};
    const char *dot = strrchr(name, '.');
    if (!dot || same_site(name, by))
        return true;
    for (size_t i = 0; i < G_N_ELEMENTS(last); i++)
        if (g_ascii_strcasecmp(dot + 1, last[i]) == 0)
            return true;
    return false;
}

/* Whether the client of this hop belongs to the receiving side as well. */
static bool is_internal(const Inference *inference, const Received *received)
{
    if (!received->is_relay || is_local_protocol(received->with))
        return true;
    if (is_trusted_name(inference, received->rdns))
        return true;
    if (!received->ip)
        return is_internal_name(received->helo, received->by);
    if (is_internal_ip(received->ip) || is_trusted_name(inference, received->ip))
        return true;
    const char *name = received->rdns ? received->rdns : received->helo;
    return same_ipv6_site(received->ip, received->by_ip) && same_site(name, received->by);
}

static void set_border(Inference *inference, size_t border, Confidence confidence)
{
    const Envelope *envelope = inference->envelope;
    inference->border = border;
    inference->confidence = confidence;
    inference->border_field = envelope->hops[border].field;
    inference->older_field = border + 1 < envelope->n_hops ? envelope->hops[border + 1].field
                                                           : inference->source->n_fields;
}

static void find_border(Inference *inference)
{
    const Envelope *envelope = inference->envelope;
    inference->border = NO_HOP;
    inference->older_field = inference->source->n_fields;
    for (size_t i = 0; i < envelope->n_hops; i++) {
        const Received *received = envelope->hops[i].received;
        if (is_internal(inference, received))
            continue;
        bool sure = is_trusted_name(inference, received->by);
        set_border(inference, i,
                   sure           ? CONFIDENCE_HIGH
                   : received->ip ? CONFIDENCE_MEDIUM
                                  : CONFIDENCE_LOW);
        return;
    }
    if (envelope->n_hops > 0)
        inference->border_field = envelope->hops[envelope->n_hops - 1].field;
}

/* --- statements --- */

static void statement_clear(Statement *statement)
{
    g_free(statement->client_ip);
    g_free(statement->mail_from);
    g_free(statement->helo);
    g_free(statement->author);
}

static void read_received_spf(Span value, Statement *statement)
{
    g_autoptr(ReceivedSpf) spf = received_spf_parse(value);
    statement->origin = "received-spf";
    statement->client_ip = g_steal_pointer(&spf->client_ip);
    statement->mail_from = g_steal_pointer(&spf->envelope_from);
    statement->helo = g_steal_pointer(&spf->helo);
    statement->author = g_steal_pointer(&spf->receiver);
}

/* The client as Exchange and others name it. */
static char *authres_client_ip(const AuthResult *result)
{
    static const char *const names[] = {"smtp.remote-ip", "policy.iprev", "smtp.client-ip"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *value = authres_property(result, names[i]);
        char *ip = value ? received_ip(span_str(value)) : NULL;
        if (ip)
            return ip;
    }
    static const char phrase[] = "sender IP is ";
    const char *at = result->comment ? strstr(result->comment, phrase) : NULL;
    if (!at)
        return NULL;
    at += strlen(phrase);
    return received_ip(span_of(at, strcspn(at, " ;,")));
}

/* smtp.mailfrom holds an address or, as Exchange writes it, its domain alone. */
static char *authres_mail_from(const char *value)
{
    g_autofree char *path = received_path(span_str(value));
    if (path[0] == '\0' || strchr(path, '@'))
        return g_steal_pointer(&path);
    g_autofree char *domain = domain_normal(span_str(path));
    return domain ? g_strdup_printf("@%s", path) : NULL;
}

static void read_authres(Span value, Statement *statement)
{
    g_autoptr(AuthRes) authres = authres_parse(value);
    statement->origin = "authentication-results";
    statement->author = g_strdup(authres->authserv_id);
    for (size_t i = 0; i < authres->n_results; i++) {
        const AuthResult *result = &authres->results[i];
        if (!statement->client_ip)
            statement->client_ip = authres_client_ip(result);
        if (strcmp(result->method, "spf") != 0)
            continue;
        const char *mail_from = authres_property(result, "smtp.mailfrom");
        const char *helo = authres_property(result, "smtp.helo");
        if (mail_from && !statement->mail_from)
            statement->mail_from = authres_mail_from(mail_from);
        if (helo && !statement->helo)
            statement->helo = g_strdup(helo);
    }
}

static void collect_statements(Inference *inference)
{
    const Source *source = inference->source;
    inference->statements = g_array_new(FALSE, FALSE, sizeof(Statement));
    g_array_set_clear_func(inference->statements, (GDestroyNotify)statement_clear);
    for (size_t i = 0; i < source->n_fields && inference->statements->len < MAX_STATEMENTS; i++) {
        const Field *field = &source->fields[i];
        Statement statement = {.field = i};
        if (span_is_nocase(field->name, "received-spf"))
            read_received_spf(field->value, &statement);
        else if (span_is_nocase(field->name, "authentication-results"))
            read_authres(field->value, &statement);
        else
            continue;
        g_array_append_val(inference->statements, statement);
    }
}

static const Received *border_received(const Inference *inference)
{
    return inference->border == NO_HOP ? NULL
                                       : inference->envelope->hops[inference->border].received;
}

/* Above the border only the receiving side can have written. Directly below it anybody can, so
 * there a field counts when it names the border's client, or its receiver by a name that receivers
 * protect (RFC 8601 §5). */
static bool is_believed(const Inference *inference, const Statement *statement)
{
    const Received *border = border_received(inference);
    if (statement->field < inference->border_field)
        return true;
    if (!border || statement->field > inference->older_field)
        return false;
    if (statement->client_ip)
        return g_strcmp0(statement->client_ip, border->ip) == 0;
    return statement->author &&
           (is_trusted_name(inference, statement->author) ||
            (border->by && g_ascii_strcasecmp(statement->author, border->by) == 0));
}

/* Lets the newest field that names a client confirm the border or move it to the older hop it
 * speaks of. */
static void check_border(Inference *inference)
{
    const Envelope *envelope = inference->envelope;
    for (guint i = 0; i < inference->statements->len && inference->border != NO_HOP; i++) {
        const Statement *statement = &g_array_index(inference->statements, Statement, i);
        if (!statement->client_ip || !is_believed(inference, statement) ||
            is_internal_ip(statement->client_ip))
            continue;
        for (size_t j = inference->border; j < envelope->n_hops; j++) {
            if (g_strcmp0(envelope->hops[j].received->ip, statement->client_ip) != 0)
                continue;
            bool same = j == inference->border;
            set_border(inference, j, same ? CONFIDENCE_HIGH : CONFIDENCE_MEDIUM);
            break;
        }
        return;
    }
}

/* --- facts --- */

/* Takes value; a fact of more confidence stays. */
static void set_fact(EnvelopeFact *fact, char *value, const char *origin, size_t field,
                     Confidence confidence)
{
    if (!value || confidence <= fact->confidence) {
        g_free(value);
        return;
    }
    g_free(fact->value);
    *fact = (EnvelopeFact){value, origin, field, confidence};
}

static void facts_of_border(Inference *inference)
{
    Envelope *envelope = inference->envelope;
    const Received *border = border_received(inference);
    if (!border)
        return;
    size_t field = inference->border_field;
    Confidence confidence = inference->confidence;
    /* A caller's address that is not the border's: then its names are of another connection. */
    bool other = envelope->client_ip.value && g_strcmp0(envelope->client_ip.value, border->ip) != 0;
    set_fact(&envelope->client_ip, g_strdup(border->ip), "received", field, confidence);
    set_fact(&envelope->helo, g_strdup(border->helo), "received", field,
             other ? CONFIDENCE_LOW : confidence);
    set_fact(&envelope->receiver, g_strdup(border->by), "received", field,
             other ? CONFIDENCE_LOW : confidence);
    set_fact(&envelope->recipient, g_strdup(border->envelope_for), "received", field, confidence);
}

static void facts_of_statements(Inference *inference)
{
    Envelope *envelope = inference->envelope;
    for (guint i = 0; i < inference->statements->len; i++) {
        const Statement *statement = &g_array_index(inference->statements, Statement, i);
        bool believed = is_believed(inference, statement);
        bool named = believed && is_trusted_name(inference, statement->author);
        if (!believed && !(inference->border == NO_HOP && envelope->n_hops == 0))
            continue;
        Confidence confidence = named ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW;
        if (statement->client_ip && !is_internal_ip(statement->client_ip))
            set_fact(&envelope->client_ip, g_strdup(statement->client_ip), statement->origin,
                     statement->field, confidence);
        set_fact(&envelope->helo, g_strdup(statement->helo), statement->origin, statement->field,
                 confidence);
        set_fact(&envelope->mail_from, g_strdup(statement->mail_from), statement->origin,
                 statement->field, believed ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW);
    }
}

static const char *address_domain(const char *address)
{
    const char *at = strrchr(address, '@');
    return at ? at + 1 : address;
}

/* Whether a believed statement speaks of another sender's domain. For the null sender statements
 * name the HELO (RFC 7208 §2.4), which is no contradiction. */
static bool is_contradicted(const Inference *inference, const char *mail_from)
{
    if (mail_from[0] == '\0')
        return false;
    for (guint i = 0; i < inference->statements->len; i++) {
        const Statement *statement = &g_array_index(inference->statements, Statement, i);
        if (statement->mail_from && is_believed(inference, statement))
            return g_ascii_strcasecmp(address_domain(statement->mail_from),
                                      address_domain(mail_from)) != 0;
    }
    return false;
}

/* RFC 5321 §4.4: the final delivery writes it on top. Some write it further down, where a sender
 * could have, too. */
static void fact_of_return_path(Inference *inference)
{
    const Field *field = source_field(inference->source, "return-path", 0);
    if (!field)
        return;
    size_t index = (size_t)(field - inference->source->fields);
    g_autofree char *unfolded = field_unfolded(field);
    char *path = received_path(span_str(unfolded));
    Confidence confidence = CONFIDENCE_MEDIUM;
    if (inference->envelope->n_hops > 0 && index < inference->border_field)
        confidence = CONFIDENCE_HIGH;
    else if (is_contradicted(inference, path))
        confidence = CONFIDENCE_LOW;
    set_fact(&inference->envelope->mail_from, path, "return-path", index, confidence);
}

static void fact_of_field(Inference *inference, EnvelopeFact *fact, const char *name,
                          const char *origin)
{
    const Field *field = source_field(inference->source, name, 0);
    if (!field)
        return;
    size_t index = (size_t)(field - inference->source->fields);
    bool above = inference->envelope->n_hops > 0 && index < inference->border_field;
    g_autofree char *unfolded = field_unfolded(field);
    set_fact(fact, received_path(span_str(unfolded)), origin, index,
             above ? CONFIDENCE_MEDIUM : CONFIDENCE_LOW);
}

/* What the receiving side's own hops say; the border itself first. */
static void facts_of_trusted_hops(Inference *inference)
{
    Envelope *envelope = inference->envelope;
    for (size_t i = envelope->n_hops; i > 0; i--) {
        const Hop *hop = &envelope->hops[i - 1];
        if (!hop->trusted)
            continue;
        set_fact(&envelope->mail_from, g_strdup(hop->received->envelope_from), "received",
                 hop->field, CONFIDENCE_MEDIUM);
        set_fact(&envelope->recipient, g_strdup(hop->received->envelope_for), "received",
                 hop->field, CONFIDENCE_MEDIUM);
    }
    for (size_t i = 0; i < envelope->n_hops && !envelope->has_receipt_time; i++) {
        if (!envelope->hops[i].trusted || !envelope->hops[i].received->date_valid)
            continue;
        envelope->has_receipt_time = true;
        envelope->receipt_time_s = envelope->hops[i].received->time_s;
    }
}

static void mark_hops(Inference *inference)
{
    Envelope *envelope = inference->envelope;
    for (size_t i = 0; i < envelope->n_hops; i++) {
        envelope->hops[i].border = i == inference->border;
        envelope->hops[i].trusted = inference->border == NO_HOP || i <= inference->border;
    }
}

/* --- the caller's word --- */

static void take_given(Envelope *envelope, const EnvelopeGiven *given)
{
    if (!given)
        return;
    if (given->client_ip && given->client_ip[0] != '\0') {
        char *ip = received_ip(span_str(given->client_ip));
        set_fact(&envelope->client_ip, ip ? ip : g_strdup(given->client_ip), "option", 0,
                 CONFIDENCE_GIVEN);
    }
    if (given->mail_from)
        set_fact(&envelope->mail_from, received_path(span_str(given->mail_from)), "option", 0,
                 CONFIDENCE_GIVEN);
    if (given->recipient && given->recipient[0] != '\0')
        set_fact(&envelope->recipient, received_path(span_str(given->recipient)), "option", 0,
                 CONFIDENCE_GIVEN);
    if (given->helo && given->helo[0] != '\0')
        set_fact(&envelope->helo, g_strdup(given->helo), "option", 0, CONFIDENCE_GIVEN);
    if (given->receiver && given->receiver[0] != '\0')
        set_fact(&envelope->receiver, g_strdup(given->receiver), "option", 0, CONFIDENCE_GIVEN);
}

/* The hop of the caller's client is the border, wherever it stands. */
static void border_of_given(Inference *inference)
{
    const Envelope *envelope = inference->envelope;
    for (size_t i = 0; i < envelope->n_hops && envelope->client_ip.value; i++) {
        if (g_strcmp0(envelope->hops[i].received->ip, envelope->client_ip.value) == 0) {
            set_border(inference, i, CONFIDENCE_HIGH);
            return;
        }
    }
}

Envelope *envelope_infer(const Source *source, const EnvelopeGiven *given,
                         const char *const *trusted_receivers)
{
    Envelope *envelope = g_new0(Envelope, 1);
    Inference inference = {.source = source, .trusted = trusted_receivers, .envelope = envelope};
    EnvelopeFact *facts[] = {&envelope->client_ip, &envelope->helo, &envelope->mail_from,
                             &envelope->recipient, &envelope->receiver};
    for (size_t i = 0; i < G_N_ELEMENTS(facts); i++)
        facts[i]->origin = "";

    take_given(envelope, given);
    collect_hops(&inference);
    collect_statements(&inference);
    find_border(&inference);
    check_border(&inference);
    border_of_given(&inference);
    mark_hops(&inference);

    facts_of_border(&inference);
    fact_of_return_path(&inference);
    facts_of_statements(&inference);
    fact_of_field(&inference, &envelope->mail_from, "x-envelope-from", "x-envelope-from");
    facts_of_trusted_hops(&inference);
    fact_of_field(&inference, &envelope->recipient, "x-original-to", "delivered-to");
    fact_of_field(&inference, &envelope->recipient, "delivered-to", "delivered-to");
    fact_of_field(&inference, &envelope->recipient, "envelope-to", "delivered-to");
    collect_delays(envelope);

    if (envelope->mail_from.value)
        envelope->mail_from_domain = domain_of_address(span_str(envelope->mail_from.value));
    if (envelope->helo.value)
        envelope->helo_domain = domain_normal(span_str(envelope->helo.value));
    g_array_free(inference.statements, TRUE);
    return envelope;
}

void envelope_free(Envelope *envelope)
{
    if (!envelope)
        return;
    for (size_t i = 0; i < envelope->n_hops; i++)
        received_free(envelope->hops[i].received);
    g_free(envelope->hops);
    g_free(envelope->client_ip.value);
    g_free(envelope->helo.value);
    g_free(envelope->mail_from.value);
    g_free(envelope->recipient.value);
    g_free(envelope->receiver.value);
    g_free(envelope->mail_from_domain);
    g_free(envelope->helo_domain);
    g_free(envelope);
}
