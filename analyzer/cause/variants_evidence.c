#include "analyzer/cause/variants.h"

#include "analyzer/cause/variants_mailbox.h"
#include "analyzer/message/received.h"

#include <string.h>

/* --- values by name --- */

static Span keep(Hints *hints, Span text)
{
    return span_of(g_string_chunk_insert_len(hints->arena, text.p, (gssize)text.n), text.n);
}

static void free_array(gpointer array)
{
    g_array_unref(array);
}

static void add_value(Hints *hints, const char *name, Span value, unsigned cost, const char *from)
{
    value = span_trim(value);
    if (value.n == 0 || value.n > VARIANT_FIELD_MAX)
        return;
    GArray *values = g_hash_table_lookup(hints->values, name);
    if (!values) {
        values = g_array_new(FALSE, FALSE, sizeof(HintValue));
        g_hash_table_insert(hints->values, g_strdup(name), values);
    }
    if (values->len >= HINTS_EACH)
        return;
    for (guint i = 0; i < values->len; i++)
        if (span_equal(g_array_index(values, HintValue, i).value, value))
            return;
    HintValue hint = {value, cost, from};
    g_array_append_val(values, hint);
}

static int by_cost(const void *a, const void *b)
{
    const HintValue *x = a, *y = b;
    return (x->cost > y->cost) - (x->cost < y->cost);
}

static void sort_values(gpointer name, gpointer values, gpointer unused)
{
    (void)name;
    (void)unused;
    g_array_sort(values, by_cost);
}

const GArray *hints_values(const Hints *hints, const char *name)
{
    return g_hash_table_lookup(hints->values, name);
}

/* --- z= --- */

/* RFC 6376 §2.11: dkim-quoted-printable, white space ignored. */
static Span decode_copy(Hints *hints, Span text)
{
    g_autoptr(GString) out = g_string_sized_new(text.n);
    for (size_t i = 0; i < text.n; i++) {
        char c = text.p[i];
        if (c == '=' && i + 2 < text.n && g_ascii_isxdigit(text.p[i + 1]) &&
            g_ascii_isxdigit(text.p[i + 2])) {
            int octet =
                g_ascii_xdigit_value(text.p[i + 1]) * 16 + g_ascii_xdigit_value(text.p[i + 2]);
            g_string_append_c(out, (char)octet);
            i += 2;
        } else if (!byte_is_fws(c)) {
            g_string_append_c(out, c);
        }
    }
    return keep(hints, span_of(out->str, out->len));
}

static void collect_copies(Hints *hints)
{
    const Tag *z = taglist_find(&hints->input->signature->tags, "z");
    if (!z)
        return;
    size_t n = 0;
    for (size_t start = 0; start < z->value.n && n < HINTS_FIELDS; n++) {
        size_t end = span_find(z->value, '|', start);
        Span copy = span_of(z->value.p + start, end - start);
        size_t colon = span_find(copy, ':', 0);
        if (colon < copy.n) {
            Span decoded = decode_copy(hints, span_of(copy.p, colon));
            g_autofree char *name = g_ascii_strdown(decoded.p, (gssize)decoded.n);
            add_value(hints, name, decode_copy(hints, span_from(copy, colon + 1)), 1, "z=");
        }
        start = end + 1;
    }
}

/* --- fields named after others --- */

/* What holds by nature what another field held. */
static const struct {
    const char *name, *copy;
    unsigned cost;
} kin[] = {
    {"from", "author", 1},           {"from", "reply-to", 2},
    {"from", "sender", 3},           {"from", "x-sender", 3},
    {"from", "return-path", 5},      {"from", "x-authenticated-sender", 4},
    {"to", "delivered-to", 2},       {"to", "envelope-to", 2},
    {"to", "apparently-to", 2},      {"to", "original-recipient", 2},
    {"to", "x-rcpt-to", 2},          {"to", "x-received-for", 3},
    {"to", "final-recipient", 3},    {"to", "x-envelope-recipient", 2},
    {"to", "x-recipient", 3},        {"subject", "thread-topic", 2},
    {"thread-topic", "subject", 3},  {"reply-to", "from", 3},
    {"reply-to", "sender", 4},       {"reply-to", "return-path", 4},
    {"sender", "from", 3},           {"sender", "return-path", 4},
    {"sender", "reply-to", 4},       {"errors-to", "return-path", 3},
    {"return-path", "errors-to", 3}, {"return-path", "sender", 4},
    {"return-path", "from", 4},      {"in-reply-to", "references", 5},
    {"content-id", "message-id", 6}, {"list-id", "list-post", 6},
};

/* Whether a field's name contains another as whole words: X-Original-To and Old-Subject do,
 * Reply-To does not. */
static bool is_named_after(const char *copy, const char *name)
{
    static const char *const own[] = {"reply-to", "in-reply-to", "list-id", "content-id",
                                      "thread-topic"};
    size_t n = strlen(name);
    for (size_t i = 0; i < G_N_ELEMENTS(own); i++)
        if (strcmp(copy, own[i]) == 0)
            return false;
    for (const char *at = strstr(copy, name); at; at = strstr(at + 1, name)) {
        bool starts = at == copy || at[-1] == '-' || g_str_has_prefix(copy, "x-original");
        if (starts && (at[n] == '\0' || at[n] == '-'))
            return strcmp(copy, name) != 0;
    }
    return false;
}

static unsigned cost_of_copy(const char *copy)
{
    static const char *const words[] = {"orig",   "old",   "prev",   "real",
                                        "author", "saved", "before", "unmodified"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (strstr(copy, words[i]))
            return 1;
    return g_str_has_prefix(copy, "resent-") ? 4 : 3;
}

static const char *lower_name(Hints *hints, Span name)
{
    g_autofree char *lower = g_ascii_strdown(name.p, (gssize)MIN(name.n, 200));
    return g_string_chunk_insert_const(hints->arena, lower);
}

static void collect_kin(Hints *hints, const char *const *wanted, const Field *field,
                        const char *copy)
{
    for (; *wanted; wanted++)
        if (is_named_after(copy, *wanted))
            add_value(hints, *wanted, field->value, cost_of_copy(copy), copy);
    for (size_t i = 0; i < G_N_ELEMENTS(kin); i++)
        if (strcmp(kin[i].copy, copy) == 0)
            add_value(hints, kin[i].name, field->value, kin[i].cost, copy);
}

/* --- addresses --- */

static void add_address(Hints *hints, Span address, Span name, const char *field, unsigned cost)
{
    if (hints->addresses->len >= HINTS_EACH || address.n == 0 || address.n > 320 ||
        span_find(address, '@', 0) == address.n)
        return;
    for (guint i = 0; i < hints->addresses->len; i++) {
        HintAddress *known = &g_array_index(hints->addresses, HintAddress, i);
        if (span_equal(known->address, address) && span_equal(known->name, name))
            return;
    }
    HintAddress hint = {address, name, field, cost};
    g_array_append_val(hints->addresses, hint);
}

static unsigned cost_of_address(const char *field)
{
    static const char *const likely[] = {
        "x-original-to", "delivered-to",  "x-original-from", "reply-to", "x-original-sender",
        "envelope-to",   "x-envelope-to", "x-forwarded-to",  "author",   "z="};
    for (size_t i = 0; i < G_N_ELEMENTS(likely); i++)
        if (strcmp(field, likely[i]) == 0)
            return 1;
    return strstr(field, "orig") ? 1 : 2;
}

static Span unfold(Hints *hints, Span value)
{
    g_autoptr(GString) flat = g_string_sized_new(value.n);
    for (size_t i = 0; i < value.n; i++)
        if (value.p[i] != '\r' && value.p[i] != '\n')
            g_string_append_c(flat, value.p[i] == '\t' ? ' ' : value.p[i]);
    return keep(hints, span_trim(span_of(flat->str, flat->len)));
}

static void collect_addresses(Hints *hints, Span value, const char *field)
{
    if (value.n > VARIANT_FIELD_MAX || span_find(value, '@', 0) == value.n)
        return;
    Span flat = unfold(hints, value);
    if (span_starts_nocase(flat, "rfc822;"))
        flat = span_trim(span_from(flat, 7));
    g_autoptr(GArray) mailboxes = g_array_new(FALSE, TRUE, sizeof(Mailbox));
    if (!mailboxes_parse(flat, mailboxes))
        return;
    for (guint i = 0; i < mailboxes->len && i < 16; i++) {
        const Mailbox *mailbox = &g_array_index(mailboxes, Mailbox, i);
        Span address = mailbox->address;
        if (span_starts_nocase(address, "mailto:"))
            address = span_from(address, 7);
        address.n = span_find(address, '?', 0);
        add_address(hints, address, mailbox->name, field, cost_of_address(field));
    }
}

/* --- moments and ids --- */

static void add_zone(Hints *hints, int zone)
{
    for (guint i = 0; i < hints->zones->len; i++)
        if (g_array_index(hints->zones, int, i) == zone)
            return;
    g_array_append_val(hints->zones, zone);
}

static void collect_date(Hints *hints, Span value)
{
    int64_t time_s;
    int zone;
    if (hints->times->len >= HINTS_EACH || !variants_read_date(value, &time_s, &zone))
        return;
    g_array_append_val(hints->times, time_s);
    add_zone(hints, zone);
}

static void add_message_id(Hints *hints, const char *id)
{
    if (hints->message_ids->len < HINTS_EACH)
        g_ptr_array_add(hints->message_ids, g_strdup(id));
}

static void collect_ids(Hints *hints, Span value)
{
    for (size_t open = span_find(value, '<', 0), n = 0; open < value.n && n < HINTS_EACH; n++) {
        size_t close = span_find(value, '>', open);
        Span id = span_of(value.p + open, MIN(close + 1, value.n) - open);
        if (close < value.n && id.n < 500 && span_find(id, '@', 0) < id.n) {
            g_autofree char *text = span_dup(id);
            add_message_id(hints, text);
        }
        open = span_find(value, '<', open + 1);
    }
}

static void collect_trace(Hints *hints, const Field *field)
{
    g_autoptr(Received) received = received_parse(field->value);
    if (received->date)
        collect_date(hints, span_str(received->date));
    if (received->envelope_for)
        add_address(hints, keep(hints, span_str(received->envelope_for)), (Span){"", 0}, "received",
                    1);
    if (received->id && received->by) {
        g_autofree char *id = g_strdup_printf("<%s@%s>", received->id, received->by);
        add_message_id(hints, id);
    }
}

/* --- charsets --- */

static void add_charset(Hints *hints, Span label)
{
    enum { CHARSETS = 12 };
    for (guint i = 0; i < hints->charsets->len; i++)
        if (span_is(label, g_array_index(hints->charsets, WordCharset, i).label))
            return;
    WordCharset charset;
    if (hints->charsets->len < CHARSETS && words_charset(label, &charset))
        g_array_append_val(hints->charsets, charset);
}

static void collect_charsets(Hints *hints, Span value)
{
    size_t word = span_search(value, SPAN_LIT("=?"), 0);
    for (size_t n = 0; word < value.n && n < 4; n++) {
        size_t end = span_find(value, '?', word + 2);
        add_charset(hints, span_of(value.p + word + 2, end - word - 2));
        word = span_search(value, SPAN_LIT("=?"), MIN(end + 1, value.n));
    }
}

static void collect_label(Hints *hints, Span value)
{
    static const char needle[] = "charset=";
    for (size_t i = 0; i + sizeof needle < value.n; i++) {
        if (!span_starts_nocase(span_from(value, i), needle))
            continue;
        size_t start = i + sizeof needle - 1, end = start;
        start += value.p[start] == '"';
        for (end = start;
             end < value.n && (g_ascii_isalnum(value.p[end]) || strchr("-_", value.p[end]));)
            end++;
        add_charset(hints, span_of(value.p + start, end - start));
        return;
    }
}

/* --- the body --- */

static Span line_of(Span text, size_t start, size_t *next)
{
    size_t end = span_find(text, '\n', start);
    *next = MIN(end + 1, text.n);
    if (end > start && end < text.n && text.p[end - 1] == '\r')
        end--;
    return span_of(text.p + start, end - start);
}

/* Continuation lines go with their field. */
static Span whole_field(Span body, size_t start, size_t *next)
{
    while (*next < body.n && byte_is_wsp(body.p[*next])) {
        size_t after;
        Span line = line_of(body, *next, &after);
        if (span_trim(line).n == 0 || after - start > VARIANT_FIELD_MAX)
            break;
        *next = after;
    }
    return span_of(body.p + start, *next - start);
}

static void add_boundary(Hints *hints, Span line)
{
    Span boundary = span_from(line, 2);
    while (boundary.n > 0 && byte_is_wsp(boundary.p[boundary.n - 1]))
        boundary.n--;
    if (boundary.n < 4 || boundary.n > 72 || hints->boundaries->len >= 16)
        return;
    for (guint i = 0; i < hints->boundaries->len; i++)
        if (span_is(boundary, g_ptr_array_index(hints->boundaries, i)))
            return;
    if (boundary.n > 2 && memcmp(boundary.p + boundary.n - 2, "--", 2) == 0 &&
        hints->boundaries->len > 0)
        return; /* closes one that is known */
    g_ptr_array_add(hints->boundaries, span_dup(boundary));
}

/* Headers of MIME parts, of attached messages, and quoted ones: any line that looks like a wanted
 * field. */
static void collect_body(Hints *hints, const char *const *wanted)
{
    const Source *source = hints->input->source;
    Span body = span_of(source->body.p, MIN(source->body.n, HINTS_BODY));
    bool in_header = true;
    for (size_t at = 0, next; at < body.n; at = next) {
        Span line = line_of(body, at, &next);
        if (line.n > 2 && line.p[0] == '-' && line.p[1] == '-') {
            add_boundary(hints, line);
            in_header = true;
            continue;
        }
        if (line.n == 0)
            in_header = false;
        size_t colon = line.n > 0 && g_ascii_isalpha(line.p[0]) ? span_find(line, ':', 0) : line.n;
        if (colon == line.n || colon > 40)
            continue;
        for (const char *const *name = wanted; *name; name++) {
            if (!span_is_nocase(span_of(line.p, colon), *name))
                continue;
            Span value = span_from(whole_field(body, at, &next), colon + 1);
            add_value(hints, *name, value, in_header ? 2 : 4, "body");
            collect_label(hints, value);
            break;
        }
    }
}

/* --- all of it --- */

static void collect_field(Hints *hints, const char *const *wanted, const Field *field)
{
    if (field->value.n > VARIANT_FIELD_MAX)
        return;
    const char *name = lower_name(hints, field->name);
    if (strcmp(name, "received") == 0 || strcmp(name, "x-received") == 0) {
        collect_trace(hints, field);
        return;
    }
    collect_kin(hints, wanted, field, name);
    if (strcmp(name, "dkim-signature") == 0 || g_str_has_prefix(name, "arc-"))
        return;
    collect_addresses(hints, field->value, name);
    if (g_str_has_suffix(name, "date"))
        collect_date(hints, field->value);
    if (g_str_has_suffix(name, "id") && strcmp(name, "message-id") != 0 &&
        strcmp(name, "list-id") != 0)
        collect_ids(hints, field->value);
    if (strcmp(name, "in-reply-to") == 0 || strcmp(name, "references") == 0)
        collect_ids(hints, field->value);
    collect_charsets(hints, field->value);
    if (strcmp(name, "content-type") == 0)
        collect_label(hints, field->value);
}

/* The names whose values are worth looking for: the signed ones. NULL-terminated; borrowed. */
static const char **wanted_names(const DkimSignature *signature)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);
    const char **names = g_new0(const char *, HINTS_EACH + 1);
    for (size_t i = 0, n = 0; i < signature->n_names && n < HINTS_EACH; i++)
        if (signature->names[i].name[0] && g_hash_table_add(seen, signature->names[i].name))
            names[n++] = signature->names[i].name;
    return names;
}

static void collect_usual(Hints *hints)
{
    static const char *const charsets[] = {"UTF-8",      "utf-8",        "ISO-8859-1",
                                           "iso-8859-1", "windows-1252", "Windows-1252"};
    for (size_t i = 0; i < G_N_ELEMENTS(charsets); i++)
        add_charset(hints, span_str(charsets[i]));
    hints->styles =
        words_styles((const WordCharset *)(void *)hints->charsets->data, hints->charsets->len);
    static const int zones[] = {0,   120, 60,  -300, -240, -420, -480, 330,
                                180, 540, 480, -360, 600,  660,  -180};
    for (size_t i = 0; i < G_N_ELEMENTS(zones); i++)
        add_zone(hints, zones[i]);
    for (int zone = -12 * 60; zone <= 14 * 60; zone += 30)
        add_zone(hints, zone);
    add_zone(hints, 345);
    add_zone(hints, 525);
}

/* The end of the year 9999. */
#define LATEST UINT64_C(253402300799)

Hints *hints_new(const CauseInput *input)
{
    Hints *hints = g_new0(Hints, 1);
    hints->input = input;
    hints->arena = g_string_chunk_new(4096);
    hints->values = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, free_array);
    hints->addresses = g_array_new(FALSE, FALSE, sizeof(HintAddress));
    hints->times = g_array_new(FALSE, FALSE, sizeof(int64_t));
    hints->zones = g_array_new(FALSE, FALSE, sizeof(int));
    hints->message_ids = g_ptr_array_new_with_free_func(g_free);
    hints->boundaries = g_ptr_array_new_with_free_func(g_free);
    hints->charsets = g_array_new(FALSE, FALSE, sizeof(WordCharset));
    if (input->signature->has_time && input->signature->time_s < LATEST) {
        int64_t time_s = (int64_t)input->signature->time_s;
        g_array_append_val(hints->times, time_s);
    }
    g_autofree const char **wanted = wanted_names(input->signature);
    collect_copies(hints);
    for (size_t i = 0; i < input->source->n_fields && i < HINTS_FIELDS; i++)
        collect_field(hints, wanted, &input->source->fields[i]);
    collect_body(hints, wanted);
    collect_usual(hints);
    g_hash_table_foreach(hints->values, sort_values, NULL);
    return hints;
}

void hints_free(Hints *hints)
{
    if (!hints)
        return;
    g_hash_table_unref(hints->values);
    g_array_unref(hints->addresses);
    g_array_unref(hints->times);
    g_array_unref(hints->zones);
    g_ptr_array_unref(hints->message_ids);
    g_ptr_array_unref(hints->boundaries);
    g_array_unref(hints->charsets);
    g_array_unref(hints->styles);
    g_string_chunk_free(hints->arena);
    g_free(hints);
}

/* --- the atoms --- */

void variants_evidence(Variants *variants)
{
    const GArray *values = hints_values(variants->hints, variants->name);
    const char *kind = variants->field ? "header-copied-value" : "header-removed";
    if (variants->field && strcmp(variants->name, "from") == 0)
        kind = "header-from-rewritten";
    else if (variants->field && strcmp(variants->name, "to") == 0)
        kind = "header-recipient-rewritten";
    else if (variants->field && strcmp(variants->name, "message-id") == 0)
        kind = "header-message-id-replaced";
    else if (variants->field && strcmp(variants->name, "date") == 0)
        kind = "header-date-replaced";
    for (guint i = 0; values && i < values->len && !variants_full(variants); i++) {
        const HintValue *hint = &g_array_index(values, HintValue, i);
        variants_add(variants, hint->value, (Reason){kind, hint->cost, 0, hint->from});
    }
}
