#include "analyzer/cause/headerloss.h"

#include "analyzer/base/taglist.h"

#include <string.h>

enum { SLOTS_LOOKED_AT = 200, VALUE_LOOKED_AT = 16384 };

static void note(const HeaderBlock *block, GArray *causes, const char *kind, size_t slot,
                 char *detail)
{
    Cause *cause = cause_add(causes, kind, CAUSE_NOT_RECONSTRUCTABLE);
    const Slot *of = &block->slots[slot];
    cause->fields = g_renew(char *, cause->fields, 2);
    cause->fields[0] = g_strdup(of->name);
    cause->fields[1] = NULL;
    cause->detail = detail;
    cause->hypotheses = block->budget->hypotheses;
    cause->octets_hashed = block->budget->octets;
    if (of->field) {
        cause->offset = of->field->offset;
        cause->length = of->field->raw.n;
        cause->after = g_bytes_new(of->text.p, MIN(of->text.n, 4096));
    }
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* Two question marks or more in a row inside of words: octets that had no place in ASCII. */
static void note_8bit(const HeaderBlock *block, GArray *causes, size_t slot)
{
    Span text = block->slots[slot].text;
    size_t marks = 0, run = 0;
    for (size_t i = block->slots[slot].value; i <= text.n; i++) {
        if (i < text.n && text.p[i] == '?') {
            run++;
            continue;
        }
        marks += run >= 2 ? run : 0;
        run = 0;
    }
    bool replacement = span_search(text, SPAN_LIT("\xef\xbf\xbd"), 0) < text.n; /* U+FFFD */
    if (span_search(text, SPAN_LIT("=?"), 0) == text.n && (marks > 0 || replacement))
        note(block, causes, "header-8bit-lost", slot,
             replacement ? g_strdup("replacement characters")
                         : g_strdup_printf("%zu question marks", marks));
}

/* --- Message-ID --- */

static Span domain_of(Span text)
{
    size_t at = text.n;
    while (at > 0 && text.p[at - 1] != '@')
        at--;
    size_t end = at;
    while (end < text.n && (g_ascii_isalnum(text.p[end]) || strchr("-._", text.p[end])))
        end++;
    return at > 0 ? span_of(text.p + at, end - at) : (Span){"", 0};
}

static bool shares_domain(Span a, Span b)
{
    Span longer = a.n > b.n ? a : b, shorter = a.n > b.n ? b : a;
    if (shorter.n == 0 || span_find(shorter, '.', 0) == shorter.n)
        return false;
    Span tail = span_from(longer, longer.n - shorter.n);
    return span_equal_nocase(tail, shorter) &&
           (longer.n == shorter.n || longer.p[longer.n - shorter.n - 1] == '.');
}

/* Whether a domain is that of the author, of the bounce address or of a signer: all of them may
 * give Message-IDs. */
static bool is_of_sender(const HeaderBlock *block, Span domain)
{
    static const char *const names[] = {"from", "sender", "return-path", "reply-to"};
    const Source *source = block->input->source;
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const Field *field = source_field(source, names[i], 0);
        if (field && shares_domain(domain, domain_of(field->value)))
            return true;
    }
    for (size_t i = 0, looked = 0; i < source->n_fields && looked < SLOTS_LOOKED_AT; i++) {
        if (!span_is_nocase(source->fields[i].name, "dkim-signature"))
            continue;
        looked++;
        TagList tags = taglist_parse(source->fields[i].value);
        const Tag *d = taglist_find(&tags, "d");
        bool shared = d && shares_domain(domain, d->value);
        taglist_clear(&tags);
        if (shared)
            return true;
    }
    return false;
}

static void note_message_id(const HeaderBlock *block, GArray *causes, size_t slot)
{
    Span id = domain_of(block->slots[slot].text);
    if (id.n == 0 || is_of_sender(block, id))
        return;
    g_autofree char *text = span_dup(id);
    note(block, causes, "header-message-id-replaced", slot, g_strdup_printf("of %s", text));
}

/* --- To --- */

static bool mentions(Span value, Span address)
{
    for (size_t i = 0; i + address.n <= value.n; i++)
        if (span_equal_nocase(span_of(value.p + i, address.n), address))
            return true;
    return false;
}

static Span recipient_of(const Source *source, const char *name)
{
    const Field *field = source_field(source, name, 0);
    Span address = field ? span_trim(field->value) : (Span){"", 0};
    return address.n <= 320 ? address : (Span){"", 0};
}

/* To names the mailbox where the message ended, and not the recipient it was sent to. */
static void note_recipient(const HeaderBlock *block, GArray *causes, size_t slot)
{
    static const char *const first[] = {"x-original-to", "x-forwarded-for", "x-forwarded-to"};
    const Source *source = block->input->source;
    Span text = block->slots[slot].text;
    if (span_search(text, SPAN_LIT("undisclosed"), 0) < text.n ||
        span_find(text, '@', 0) == text.n) {
        note(block, causes, "header-recipient-rewritten", slot, g_strdup("no recipient named"));
        return;
    }
    Span last = recipient_of(source, "delivered-to");
    if (last.n == 0 || text.n > VALUE_LOOKED_AT || !mentions(text, last))
        return;
    for (size_t i = 0; i < G_N_ELEMENTS(first); i++) {
        Span address = recipient_of(source, first[i]);
        if (address.n == 0 || mentions(text, address))
            continue;
        note(block, causes, "header-recipient-rewritten", slot,
             g_strdup_printf("not the one of %s", first[i]));
        return;
    }
}

/* --- fields that are gone --- */

/* Listed in h= by many signers whether they are there or not. */
static const char *const often_absent[] = {"cc",
                                           "bcc",
                                           "reply-to",
                                           "sender",
                                           "in-reply-to",
                                           "references",
                                           "resent-date",
                                           "resent-from",
                                           "resent-to",
                                           "resent-cc",
                                           "resent-message-id",
                                           "resent-sender",
                                           "list-id",
                                           "list-help",
                                           "list-post",
                                           "list-owner",
                                           "list-archive",
                                           "list-subscribe",
                                           "list-unsubscribe",
                                           "list-unsubscribe-post",
                                           "content-id",
                                           "content-description",
                                           "content-disposition",
                                           "comments",
                                           "keywords",
                                           "content-language",
                                           "openpgp",
                                           "autocrypt",
                                           "errors-to",
                                           "mail-followup-to",
                                           "mail-reply-to",
                                           "disposition-notification-to",
                                           "organization",
                                           "precedence",
                                           "content-transfer-encoding",
                                           "content-type",
                                           "mime-version",
                                           "x-csa-complaints",
                                           NULL};

static void note_absent(const HeaderBlock *block, GArray *causes, size_t slot)
{
    const char *name = block->slots[slot].name;
    size_t mentions_of_it = 0;
    for (size_t i = 0; i + 1 < block->n && i < SLOTS_LOOKED_AT; i++)
        mentions_of_it += strcmp(block->slots[i].name, name) == 0;
    if (mentions_of_it == 1 && name[0] && !is_one_of(name, often_absent))
        note(block, causes, "header-removed", slot, g_strdup("named in h=, not there"));
}

void headerloss_note(const HeaderBlock *block, GArray *causes)
{
    guint before = causes->len;
    bool to_seen = false;
    for (size_t i = 0; i + 1 < block->n && i < SLOTS_LOOKED_AT; i++) {
        const Slot *slot = &block->slots[i];
        if (!slot->field) {
            note_absent(block, causes, i);
            continue;
        }
        note_8bit(block, causes, i);
        if (strcmp(slot->name, "message-id") == 0)
            note_message_id(block, causes, i);
        else if (strcmp(slot->name, "to") == 0 && !to_seen)
            note_recipient(block, causes, i);
        to_seen = to_seen || strcmp(slot->name, "to") == 0;
    }
    if (causes->len == before) {
        Cause *cause = cause_add(causes, "header-changed", CAUSE_NOT_RECONSTRUCTABLE);
        cause->hypotheses = block->budget->hypotheses;
        cause->octets_hashed = block->budget->octets;
    }
}
