#include "analyzer/message/mime.h"

#include "analyzer/base/domain.h"
#include "analyzer/message/charset.h"
#include "analyzer/message/encoding.h"
#include "analyzer/message/fence.h"

#include <gmime/gmime.h>
#include <pthread.h>
#include <string.h>

enum {
    MAX_PARTS = 10000,
    MAX_WARNINGS = 100,
    MAX_TEXT = 256 * 1024,          /* of one part */
    MAX_TEXT_ALL = 8 * 1024 * 1024, /* of all parts */
    MAX_HEADER_TEXT = 64 * 1024,
    MAX_ADDRESS_VALUE = 1024 * 1024,
    MAX_DEEP_VALUE = 256 * 1024,
    MAX_GROUPS = 1000, /* open at one time: 208 octets of stack each */
    MAX_LISTS = 100,
    DECODE_CHUNK = 64 * 1024,
    DEEP_STACK =
        256 * 1024 * 1024, /* of address space; only the pages that are touched are taken */
};

const char *mime_state_name(MimeState state)
{
    static const char *const names[] = {
        [MIME_PARSED] = "parsed",
        [MIME_REFUSED] = "refused",
        [MIME_OVER_FIELDS] = "over-fields",
        [MIME_OVER_BOUNDARIES] = "over-boundaries",
        [MIME_OVER_ADDRESSES] = "over-addresses",
        [MIME_OVER_SIZE] = "over-size",
    };
    g_return_val_if_fail(state < G_N_ELEMENTS(names), "refused");
    return names[state];
}

static void start_gmime(void)
{
    static gsize started;
    if (g_once_init_enter(&started)) {
        g_mime_init();
        g_once_init_leave(&started, 1);
    }
}

/* Nothing of the user's locale: the same octets give the same text everywhere. */
static GMimeParserOptions *options_new(void)
{
    static const char *charsets[] = {"utf-8", "iso-8859-1", NULL};
    GMimeParserOptions *options = g_mime_parser_options_new();
    g_mime_parser_options_set_fallback_charsets(options, charsets);
    g_mime_parser_options_set_allow_addresses_without_domain(options, TRUE);
    return options;
}

/* GMime recurses on what it reads. */
static bool run_with_deep_stack(void *(*work)(void *), void *argument)
{
    pthread_attr_t attributes;
    pthread_t thread;
    if (pthread_attr_init(&attributes) != 0)
        return false;
    bool ran = pthread_attr_setstacksize(&attributes, DEEP_STACK) == 0 &&
               pthread_create(&thread, &attributes, work, argument) == 0;
    if (ran)
        pthread_join(thread, NULL);
    pthread_attr_destroy(&attributes);
    return ran;
}

/* --- Text --- */

/* NULL stays NULL. */
static char *valid_copy(const char *text)
{
    return text ? g_utf8_make_valid(text, -1) : NULL;
}

static char *lower_copy(const char *text)
{
    char *copy = valid_copy(text);
    if (!copy)
        return NULL;
    g_strstrip(copy);
    for (char *p = copy; *p; p++)
        *p = g_ascii_tolower(*p);
    return copy;
}

/* Unfolded and trimmed, as a C string: NUL and octets that are no UTF-8 become U+FFFD. */
static char *unfold(Span value)
{
    value = span_trim(value);
    GString *text = g_string_sized_new(value.n);
    for (size_t i = 0; i < value.n; i++) {
        bool crlf = value.p[i] == '\r' && i + 1 < value.n && value.p[i + 1] == '\n';
        if (!crlf && value.p[i] != '\n')
            g_string_append_c(text, value.p[i]);
    }
    char *valid = g_utf8_make_valid(text->str, (gssize)text->len);
    g_string_free(text, TRUE);
    return valid;
}

/* A header value as GMime can take it. */
static char *header_text(Span value)
{
    g_autofree char *text = unfold(value);
    return encoding_join_words(text);
}

char *mime_decode_text(Span value)
{
    start_gmime();
    value.n = MIN(value.n, MAX_HEADER_TEXT);
    g_autofree char *text = header_text(value);
    GMimeParserOptions *options = options_new();
    g_autofree char *decoded = g_mime_utils_header_decode_text(options, text);
    g_mime_parser_options_free(options);
    return valid_copy(decoded);
}

/* --- Addresses --- */

typedef struct AddressJob {
    const char *text;
    GArray *items;
    size_t groups;
} AddressJob;

static void copy_addresses(AddressJob *job, InternetAddressList *list, bool in_group)
{
    int n = internet_address_list_length(list);
    for (int i = 0; i < n; i++) {
        InternetAddress *address = internet_address_list_get_address(list, i);
        if (INTERNET_ADDRESS_IS_GROUP(address)) {
            InternetAddressGroup *group = INTERNET_ADDRESS_GROUP(address);
            job->groups++;
            if (group->members)
                copy_addresses(job, group->members, true);
            continue;
        }
        const char *name = internet_address_get_name(address);
        const char *spec = internet_address_mailbox_get_addr(INTERNET_ADDRESS_MAILBOX(address));
        Address item = {
            .name = name && *name ? valid_copy(name) : NULL,
            .addr_spec = valid_copy(spec ? spec : ""),
            .in_group = in_group,
        };
        item.domain = domain_of_address(span_str(item.addr_spec));
        g_array_append_val(job->items, item);
    }
}

static void *address_job(void *argument)
{
    AddressJob *job = argument;
    GMimeParserOptions *options = options_new();
    InternetAddressList *list = internet_address_list_parse(options, job->text);
    if (list) {
        copy_addresses(job, list, false);
        g_object_unref(list);
    }
    g_mime_parser_options_free(options);
    return NULL;
}

/* The value without comments and quoted strings; what is not closed runs to the end. */
static GString *bare_words(Span value)
{
    GString *out = g_string_sized_new(value.n);
    size_t depth = 0;
    bool quoted = false;
    for (size_t i = 0; i < value.n; i++) {
        char c = value.p[i];
        if (c == '\\' && (quoted || depth > 0)) {
            i++;
        } else if (c == '"' && depth == 0) {
            quoted = !quoted;
        } else if (c == '(' && !quoted) {
            depth++;
        } else if (c == ')' && !quoted && depth > 0) {
            depth--;
        } else if (!quoted && depth == 0) {
            g_string_append_c(out, c);
        }
    }
    return out;
}

static bool in_address(char c)
{
    return !byte_is_fws(c) && c != '\0' && !strchr("<>,;:()[]\"", c);
}

/* A value that is no address list (RFC 5322 §3.4) may still hold an address that people and
 * receivers see, such as
 * `"Name" user@example.org`: the first word with a local part and a domain. */
static bool salvage_address(Span value, Address *address)
{
    g_autoptr(GString) words = bare_words(value);
    for (const char *at = strchr(words->str, '@'); at; at = strchr(at + 1, '@')) {
        const char *start = at, *end = at + 1;
        while (start > words->str && in_address(start[-1]))
            start--;
        while (in_address(*end) && *end != '@')
            end++;
        Span spec = span_of(start, (size_t)(end - start));
        char *domain = start < at ? domain_of_address(spec) : NULL;
        if (domain) {
            *address =
                (Address){.addr_spec = g_utf8_make_valid(spec.p, (gssize)spec.n), .domain = domain};
            return true;
        }
    }
    return false;
}

static bool has_domain(const GArray *items)
{
    for (guint i = 0; i < items->len; i++)
        if (g_array_index(items, Address, i).domain)
            return true;
    return false;
}

AddressList mime_parse_addresses(Span value, bool *refused)
{
    start_gmime();
    size_t colons = 0;
    for (size_t i = 0; i < value.n; i++)
        colons += value.p[i] == ':';
    bool deep = colons > MAX_GROUPS;
    *refused = value.n > MAX_ADDRESS_VALUE ||
               (deep && (value.n > MAX_DEEP_VALUE || fence_group_depth(value) > MAX_GROUPS));
    if (*refused)
        return (AddressList){0};

    g_autofree char *text = header_text(value);
    AddressJob job = {.text = text, .items = g_array_new(FALSE, FALSE, sizeof(Address))};
    /* Where comments and quotes are broken, GMime may see deeper nesting than fence_group_depth().
     */
    if (deep)
        *refused = !run_with_deep_stack(address_job, &job);
    else
        address_job(&job);
    Address salvaged;
    if (!*refused && !has_domain(job.items) && salvage_address(value, &salvaged))
        g_array_append_val(job.items, salvaged);
    size_t n = job.items->len;
    return (AddressList){
        .items = (Address *)(void *)g_array_free(job.items, FALSE), .n = n, .groups = job.groups};
}

void address_list_clear(AddressList *list)
{
    for (size_t i = 0; i < list->n; i++) {
        g_free(list->items[i].name);
        g_free(list->items[i].addr_spec);
        g_free(list->items[i].domain);
    }
    g_free(list->items);
    *list = (AddressList){0};
}

static void append_addresses(AddressList *list, AddressList more)
{
    list->items = g_renew(Address, list->items, list->n + more.n);
    for (size_t i = 0; i < more.n; i++)
        list->items[list->n++] = more.items[i];
    list->groups += more.groups;
    g_free(more.items);
}

/* The fields of that name, at most `most` of them. */
static AddressList field_addresses(const Source *source, const char *name, size_t most,
                                   bool *refused)
{
    AddressList list = {0};
    for (size_t i = 0; i < source->n_fields && most > 0; i++) {
        if (!span_is_nocase(source->fields[i].name, name))
            continue;
        bool no = false;
        append_addresses(&list, mime_parse_addresses(source->fields[i].value, &no));
        *refused = *refused || no;
        most--;
    }
    return list;
}

/* --- Dates --- */

typedef struct DateText {
    Span text;
    size_t pos;
} DateText;

static char peek(const DateText *date)
{
    return date->pos < date->text.n ? date->text.p[date->pos] : '\0';
}

/* CFWS (RFC 5322 §3.2.2); a comment that is not closed runs to the end. */
static void skip_cfws(DateText *date)
{
    size_t depth = 0;
    for (; date->pos < date->text.n; date->pos++) {
        char c = peek(date);
        if (c == '(')
            depth++;
        else if (c == ')' && depth > 0)
            depth--;
        else if (c == '\\' && depth > 0)
            date->pos++;
        else if (depth == 0 && !byte_is_fws(c))
            return;
    }
    date->pos = date->text.n;
}

static bool take_char(DateText *date, char c)
{
    skip_cfws(date);
    if (date->pos >= date->text.n || peek(date) != c)
        return false;
    date->pos++;
    return true;
}

/* Digits, `least` to 4 of them. How many there are: *digits, when that matters. */
static bool take_number(DateText *date, size_t least, size_t most, int *value, size_t *digits)
{
    size_t n = 0;
    *value = 0;
    for (; n <= most && g_ascii_isdigit(peek(date)); n++, date->pos++)
        *value = *value * 10 + (peek(date) - '0');
    if (digits)
        *digits = n;
    return n >= least && n <= most;
}

static Span take_word(DateText *date)
{
    size_t start = date->pos;
    while (g_ascii_isalpha(peek(date)))
        date->pos++;
    return span_of(date->text.p + start, date->pos - start);
}

/* Position of a word in a list of three-letter names, from 1; 0 when it is none of them. */
static int name_index(Span word, const char *names)
{
    for (int i = 0; word.n == 3 && names[3 * i]; i++) {
        if (g_ascii_strncasecmp(word.p, names + 3 * i, 3) == 0)
            return i + 1;
    }
    return 0;
}

static bool take_day(DateText *date, int *year, int *month, int *day)
{
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    skip_cfws(date);
    if (g_ascii_isalpha(peek(date)) &&
        (name_index(take_word(date), "MonTueWedThuFriSatSun") == 0 || !take_char(date, ',')))
        return false;
    skip_cfws(date);
    if (!take_number(date, 1, 2, day, NULL))
        return false;
    skip_cfws(date);
    *month = name_index(take_word(date), "JanFebMarAprMayJunJulAugSepOctNovDec");
    skip_cfws(date);
    size_t digits = 0;
    if (*month == 0 || !take_number(date, 2, 4, year, &digits))
        return false;
    if (digits == 2) /* RFC 5322 §4.3 */
        *year += *year < 50 ? 2000 : 1900;
    else if (digits == 3)
        *year += 1900;
    bool leap = (*year % 4 == 0 && *year % 100 != 0) || *year % 400 == 0;
    return *year >= 1900 && *day >= 1 && *day <= lengths[*month - 1] + (*month == 2 && leap);
}

static bool take_time(DateText *date, int *seconds)
{
    int hour = 0, minute = 0, second = 0;
    skip_cfws(date);
    if (!take_number(date, 2, 2, &hour, NULL) || !take_char(date, ':'))
        return false;
    skip_cfws(date);
    if (!take_number(date, 2, 2, &minute, NULL))
        return false;
    if (take_char(date, ':')) {
        skip_cfws(date);
        if (!take_number(date, 2, 2, &second, NULL))
            return false;
    }
    *seconds = hour * 3600 + minute * 60 + second;
    return hour <= 23 && minute <= 59 && second <= 60;
}

/* RFC 5322 §4.3: names that are not in the list mean -0000. */
static bool take_zone(DateText *date, int *minutes)
{
    skip_cfws(date);
    char sign = peek(date);
    if (sign == '+' || sign == '-') {
        date->pos++;
        int value = 0;
        if (!take_number(date, 4, 4, &value, NULL) || value % 100 > 59)
            return false;
        *minutes = (value / 100 * 60 + value % 100) * (sign == '-' ? -1 : 1);
        return true;
    }
    static const int hours[] = {-5, -4, -6, -5, -7, -6, -8, -7};
    Span word = take_word(date);
    int index = name_index(word, "ESTEDTCSTCDTMSTMDTPSTPDT");
    *minutes = index > 0 ? hours[index - 1] * 60 : 0;
    return word.n > 0;
}

/* Days from 1970-01-01 in the Gregorian calendar; years begin in March, so that the leap day comes
 * last. */
static int64_t days_of(int year, int month, int day)
{
    int64_t y = month <= 2 ? year - 1 : year;
    int64_t shifted = (month + 9) % 12;
    return y * 365 + y / 4 - y / 100 + y / 400 + (153 * shifted + 2) / 5 + day - 1 - 719468;
}

bool mime_parse_date(Span text, int64_t *time_s, int *offset_min)
{
    DateText date = {.text = text};
    int year = 0, month = 0, day = 0, seconds = 0, zone = 0;
    if (!take_day(&date, &year, &month, &day) || !take_time(&date, &seconds) ||
        !take_zone(&date, &zone))
        return false;
    skip_cfws(&date);
    if (date.pos < text.n)
        return false;
    *time_s = days_of(year, month, day) * 86400 + seconds - (int64_t)zone * 60;
    *offset_min = zone;
    return true;
}

/* --- Decoding --- */

static bool is_encoded(GMimeContentEncoding encoding)
{
    return encoding == GMIME_CONTENT_ENCODING_BASE64 ||
           encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE ||
           encoding == GMIME_CONTENT_ENCODING_UUENCODE;
}

/* Decodes all of it, keeps the first `most` octets, gives the length of all. */
static size_t decode_octets(Span body, GMimeContentEncoding encoding, size_t most, GByteArray *kept)
{
    size_t length = 0;
    GMimeFilter *filter = g_mime_filter_basic_new(encoding, FALSE);
    for (size_t pos = 0; pos < body.n; pos += DECODE_CHUNK) {
        size_t part = MIN(body.n - pos, DECODE_CHUNK), n = 0, space = 0;
        char *out = NULL;
        /* The filter does not write to its input; its prototype is older than that promise. */
        char *in = (char *)(uintptr_t)(body.p + pos);
        if (pos + part < body.n)
            g_mime_filter_filter(filter, in, part, 0, &out, &n, &space);
        else
            g_mime_filter_complete(filter, in, part, 0, &out, &n, &space);
        length += n;
        g_byte_array_append(kept, (const guint8 *)out, (guint)MIN(n, most - kept->len));
    }
    g_object_unref(filter);
    return length;
}

/* Only what iconv names are made of: "/" in them has a meaning. */
static bool is_charset_name(const char *name)
{
    size_t n = strlen(name);
    for (size_t i = 0; i < n; i++) {
        if (!g_ascii_isalnum(name[i]) && !strchr("-_.:+", name[i]))
            return false;
    }
    return n > 0 && n <= 40;
}

/* Under the name that iconv has for it. */
static bool is_known_charset(const char *name)
{
    return is_charset_name(name) && charset_is_known(g_mime_charset_iconv_name(name));
}

static bool is_utf8_or_ascii(const char *charset)
{
    static const char *const names[] = {"utf-8", "utf8", "us-ascii", "ascii"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        if (g_ascii_strcasecmp(charset, names[i]) == 0)
            return true;
    }
    return false;
}

/* Octets of a charset that has none such: replaced one by one, by GMime. */
static char *convert_lossy(const GByteArray *octets, const char *iconv_name)
{
    GMimeFilter *filter = g_mime_filter_charset_new(iconv_name, "utf-8");
    if (!filter)
        return g_utf8_make_valid((const char *)octets->data, octets->len);
    char *out = NULL;
    size_t n = 0, space = 0;
    g_mime_filter_complete(filter, (char *)octets->data, octets->len, 0, &out, &n, &space);
    char *text = g_utf8_make_valid(out, (gssize)n);
    g_object_unref(filter);
    return text;
}

/* HTML may name its charset itself, near the top. */
static bool names_charset(const GByteArray *octets, const char *type)
{
    enum { TOP_OCTETS = 4096 };
    if (octets->len == 0 || strcmp(type, "text/html") != 0)
        return false;
    g_autofree char *top =
        g_ascii_strdown((const char *)octets->data, (gssize)MIN(octets->len, (guint)TOP_OCTETS));
    return strstr(top, "charset=") != NULL;
}

static bool exceeds_charset(const GByteArray *octets, const MimePart *part)
{
    bool ascii = part->charset && (g_ascii_strcasecmp(part->charset, "us-ascii") == 0 ||
                                   g_ascii_strcasecmp(part->charset, "ascii") == 0);
    if (!ascii && (part->charset || names_charset(octets, part->type)))
        return false;
    for (guint i = 0; i < octets->len; i++)
        if (octets->data[i] > 127)
            return true;
    return false;
}

/* `cut`: the octets go on, so that the last character may be incomplete. */
static char *to_utf8(GByteArray *octets, const char *charset, bool cut, bool *lossy)
{
    const char *p = (const char *)octets->data;
    if (octets->len == 0)
        return g_strdup("");
    if (!charset || is_utf8_or_ascii(charset)) {
        const char *end = p;
        size_t n = octets->len;
        while (!g_utf8_validate(end, (gssize)(p + n - end), &end) && *end == '\0')
            end++;
        bool broken = end < p + n && (!cut || p + n - end >= 4);
        *lossy = *lossy || broken;
        return g_utf8_make_valid(p, broken ? (gssize)n : end - p);
    }
    if (!is_known_charset(charset)) {
        *lossy = true;
        return g_utf8_make_valid(p, octets->len);
    }
    const char *name = g_mime_charset_iconv_name(charset);
    gsize used = 0, written = 0;
    g_autofree char *text = g_convert(p, octets->len, "utf-8", name, &used, &written, NULL);
    if (text && (used == octets->len || cut))
        return g_utf8_make_valid(text, (gssize)written);
    *lossy = true;
    return convert_lossy(octets, name);
}

/* --- Structure --- */

typedef struct Extract {
    const Source *source;
    const Fenced *fenced;
    GArray *parts;
    GArray *warnings;
    size_t text_left;
    bool parsed;
} Extract;

static void note_warning(gint64 offset, GMimeParserWarning code, const gchar *item,
                         gpointer context)
{
    static const char *const codes[] = {
        [GMIME_WARN_DUPLICATED_HEADER] = "duplicate-field",
        [GMIME_WARN_DUPLICATED_PARAMETER] = "duplicate-parameter",
        [GMIME_WARN_UNENCODED_8BIT_HEADER] = "8bit-header",
        [GMIME_WARN_INVALID_CONTENT_TYPE] = "invalid-content-type",
        [GMIME_WARN_INVALID_RFC2047_HEADER_VALUE] = "invalid-encoded-word",
        [GMIME_WARN_MALFORMED_MULTIPART] = "malformed-multipart",
        [GMIME_WARN_TRUNCATED_MESSAGE] = "truncated-message",
        [GMIME_WARN_MALFORMED_MESSAGE] = "malformed-message",
        [GMIME_CRIT_INVALID_HEADER_NAME] = "invalid-field-name",
        [GMIME_CRIT_CONFLICTING_HEADER] = "conflicting-field",
        [GMIME_CRIT_CONFLICTING_PARAMETER] = "conflicting-parameter",
        [GMIME_CRIT_MULTIPART_WITHOUT_BOUNDARY] = "no-boundary",
        [GMIME_WARN_INVALID_PARAMETER] = "invalid-parameter",
        [GMIME_WARN_INVALID_ADDRESS_LIST] = "invalid-address-list",
        [GMIME_CRIT_NESTING_OVERFLOW] = "nesting-overflow",
        [GMIME_WARN_PART_WITHOUT_CONTENT] = "part-without-content",
        [GMIME_CRIT_PART_WITHOUT_HEADERS_OR_CONTENT] = "part-without-anything",
    };
    (void)item;
    Extract *extract = context;
    if (extract->warnings->len >= MAX_WARNINGS || code >= G_N_ELEMENTS(codes) || !codes[code])
        return;
    MimeWarning warning = {.code = codes[code], .offset = offset > 0 ? (size_t)offset : 0};
    g_array_append_val(extract->warnings, warning);
}

/* The octets between two stream offsets, kept within the source whatever GMime says. */
static Span source_range(const Extract *extract, gint64 start, gint64 end)
{
    size_t n = extract->source->bytes.n;
    size_t from = start < 0 ? 0 : MIN((size_t)start, n);
    size_t to = end < 0 ? n : MIN((size_t)end, n);
    return span_of(extract->source->bytes.p + from, to > from ? to - from : 0);
}

static void set_body(const Extract *extract, MimePart *part, Span body)
{
    part->body_offset = (size_t)(body.p - extract->source->bytes.p);
    part->body_length = body.n;
}

static void read_content(Extract *extract, GMimePart *gpart, MimePart *part)
{
    GMimeDataWrapper *wrapper = g_mime_part_get_content(gpart);
    GMimeStream *stream = wrapper ? g_mime_data_wrapper_get_stream(wrapper) : NULL;
    if (!stream)
        return;
    Span body = source_range(extract, stream->bound_start, stream->bound_end);
    set_body(extract, part, body);

    GMimeContentEncoding encoding = g_mime_data_wrapper_get_encoding(wrapper);
    bool is_text = strcmp(part->type, "text/plain") == 0 || strcmp(part->type, "text/html") == 0;
    size_t most = is_text ? MIN(MAX_TEXT, extract->text_left) : 0;
    part->decoded_length = body.n;
    if (encoding == GMIME_CONTENT_ENCODING_BASE64)
        part->decode_lossy = !encoding_base64_sound(body, &part->decoded_length);
    else if (encoding == GMIME_CONTENT_ENCODING_QUOTEDPRINTABLE)
        part->decode_lossy = !encoding_quoted_printable_sound(body);
    GByteArray *octets = g_byte_array_new();
    if (is_encoded(encoding) && (most > 0 || encoding != GMIME_CONTENT_ENCODING_BASE64))
        part->decoded_length = decode_octets(body, encoding, most, octets);
    else
        g_byte_array_append(octets, (const guint8 *)body.p, (guint)MIN(body.n, most));
    if (most > 0) {
        bool cut = part->decoded_length > octets->len;
        part->text = to_utf8(octets, part->charset, cut, &part->decode_lossy);
        part->charset_exceeded = exceeds_charset(octets, part);
        part->doubled = charset_doubled(part->text);
        part->charset_unknown = part->charset && *part->charset && !is_known_charset(part->charset);
        part->charset_is_utf8 = part->charset && charset_is_single_octet(part->charset) &&
                                charset_is_utf8(span_of((const char *)octets->data, octets->len));
        extract->text_left -= octets->len;
    }
    g_byte_array_free(octets, TRUE);
}

static void read_properties(GMimeObject *object, MimePart *part)
{
    GMimeContentType *type = g_mime_object_get_content_type(object);
    g_autofree char *name = g_mime_content_type_get_mime_type(type);
    part->type = lower_copy(name);
    part->charset = valid_copy(g_mime_content_type_get_parameter(type, "charset"));
    part->encoding = lower_copy(g_mime_object_get_header(object, "Content-Transfer-Encoding"));
    part->disposition = lower_copy(g_mime_object_get_disposition(object));
    part->content_id = valid_copy(g_mime_object_get_content_id(object));
    part->is_multipart = GMIME_IS_MULTIPART(object);
    part->is_message = GMIME_IS_MESSAGE_PART(object);
    if (GMIME_IS_PART(object))
        part->filename = valid_copy(g_mime_part_get_filename(GMIME_PART(object)));
    else
        part->filename =
            valid_copy(g_mime_object_get_content_disposition_parameter(object, "filename"));
    const char *said = part->disposition;
    bool text = g_str_has_prefix(part->type, "text/");
    part->is_attachment =
        said ? strcmp(said, "attachment") == 0 : part->filename && !text && !part->is_multipart;
}

/* Offset of the first field of a nested message; -1 when it has none. */
static gint64 first_field(GMimeMessage *message)
{
    GMimeObject *objects[] = {GMIME_OBJECT(message), g_mime_message_get_mime_part(message)};
    gint64 first = -1;
    for (size_t i = 0; i < G_N_ELEMENTS(objects); i++) {
        GMimeHeaderList *list = objects[i] ? g_mime_object_get_header_list(objects[i]) : NULL;
        if (!list || g_mime_header_list_get_count(list) == 0)
            continue;
        gint64 offset = g_mime_header_get_offset(g_mime_header_list_get_header_at(list, 0));
        if (first < 0 || (offset >= 0 && offset < first))
            first = offset;
    }
    return first;
}

/* Depth first. GMime keeps at most 1024 levels. Returns where the part's octets end, for a message
 * around it. */
static gint64 add_part(Extract *extract, GMimeObject *object, unsigned depth)
{
    if (!object || extract->parts->len >= MAX_PARTS)
        return -1;
    guint index = extract->parts->len;
    MimePart part = {.depth = depth};
    read_properties(object, &part);
    gint64 end = -1;
    if (GMIME_IS_PART(object)) {
        read_content(extract, GMIME_PART(object), &part);
        end = (gint64)(part.body_offset + part.body_length);
    }
    g_array_append_val(extract->parts, part);

    if (GMIME_IS_MULTIPART(object)) {
        GMimeMultipart *multipart = GMIME_MULTIPART(object);
        int n = g_mime_multipart_get_count(multipart);
        for (int i = 0; i < n && extract->parts->len < MAX_PARTS; i++) {
            gint64 child = add_part(extract, g_mime_multipart_get_part(multipart, i), depth + 1);
            end = MAX(end, child);
        }
    } else if (GMIME_IS_MESSAGE_PART(object)) {
        GMimeMessage *message = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
        gint64 start = message ? first_field(message) : -1;
        if (message)
            end = add_part(extract, g_mime_message_get_mime_part(message), depth + 1);
        if (start >= 0 && end >= start)
            set_body(extract, &g_array_index(extract->parts, MimePart, index),
                     source_range(extract, start, end));
    }
    return end;
}

static void *parse_job(void *argument)
{
    Extract *extract = argument;
    /* A stream over octets that are not GMime's to free. */
    GByteArray *array = g_byte_array_new_take((guint8 *)(uintptr_t)extract->fenced->bytes.p,
                                              extract->fenced->bytes.n);
    GMimeStream *stream = g_mime_stream_mem_new();
    g_mime_stream_mem_set_byte_array(GMIME_STREAM_MEM(stream), array);
    g_mime_stream_set_bounds(stream, (gint64)extract->fenced->start, -1);
    GMimeParser *parser = g_mime_parser_new_with_stream(stream);
    g_mime_parser_set_persist_stream(parser, TRUE);
    GMimeParserOptions *options = options_new();
    g_mime_parser_options_set_warning_callback(options, note_warning, extract);

    GMimeMessage *message = g_mime_parser_construct_message(parser, options);
    extract->parsed = message != NULL;
    if (message) {
        add_part(extract, g_mime_message_get_mime_part(message), 0);
        g_object_unref(message);
    }
    g_mime_parser_options_free(options);
    g_object_unref(parser);
    g_object_unref(stream);
    g_byte_array_steal(array, NULL);
    g_byte_array_unref(array);
    return NULL;
}

static void read_structure(Mime *mime, const Source *source)
{
    Fenced fenced = fence_mask(source);
    Extract extract = {
        .source = source,
        .fenced = &fenced,
        .parts = g_array_new(FALSE, FALSE, sizeof(MimePart)),
        .warnings = g_array_new(FALSE, FALSE, sizeof(MimeWarning)),
        .text_left = MAX_TEXT_ALL,
    };
    if (!run_with_deep_stack(parse_job, &extract) || !extract.parsed)
        mime->state = MIME_REFUSED;
    mime->masked = fenced.copy != NULL;
    mime->n_parts = extract.parts->len;
    mime->parts = (MimePart *)(void *)g_array_free(extract.parts, FALSE);
    mime->n_warnings = extract.warnings->len;
    mime->warnings = (MimeWarning *)(void *)g_array_free(extract.warnings, FALSE);
    fence_clear(&fenced);
}

/* --- The message --- */

/* What stands between "<" and ">"; everything where there is no such pair. NULL when that is
 * nothing. */
static char *message_id(const Field *field)
{
    g_autofree char *text = unfold(field->value);
    char *start = strchr(text, '<');
    char *end = start ? strchr(start, '>') : NULL;
    g_autofree char *id = end ? g_strndup(start + 1, (size_t)(end - start) - 1) : g_strdup(text);
    g_strstrip(id);
    return *id ? g_steal_pointer(&id) : NULL;
}

static void read_header(Mime *mime, const Source *source)
{
    bool *refused = &mime->addresses_refused;
    mime->from = field_addresses(source, "From", 1, refused);
    mime->sender = field_addresses(source, "Sender", 1, refused);
    mime->reply_to = field_addresses(source, "Reply-To", 1, refused);
    mime->to = field_addresses(source, "To", MAX_LISTS, refused);
    mime->cc = field_addresses(source, "Cc", MAX_LISTS, refused);
    const Field *subject = source_field(source, "Subject", 0);
    if (subject)
        mime->subject = mime_decode_text(subject->value);
    if (mime->subject)
        mime->subject_doubled = charset_doubled(mime->subject);
    const Field *id = source_field(source, "Message-ID", 0);
    if (id)
        mime->message_id = message_id(id);
    const Field *date = source_field(source, "Date", 0);
    if (date)
        mime->date_valid = mime_parse_date(date->value, &mime->date_s, &mime->date_offset_min);
}

Mime *mime_parse(const Source *source)
{
    start_gmime();
    Mime *mime = g_new0(Mime, 1);
    mime->state = fence_check(source);
    if (mime->state == MIME_PARSED)
        read_structure(mime, source);
    read_header(mime, source);
    return mime;
}

void mime_free(Mime *mime)
{
    if (!mime)
        return;
    for (size_t i = 0; i < mime->n_parts; i++) {
        MimePart *part = &mime->parts[i];
        g_free(part->type);
        g_free(part->charset);
        g_free(part->encoding);
        g_free(part->filename);
        g_free(part->disposition);
        g_free(part->content_id);
        g_free(part->text);
    }
    g_free(mime->parts);
    g_free(mime->warnings);
    g_free(mime->subject);
    g_free(mime->message_id);
    AddressList *lists[] = {&mime->from, &mime->sender, &mime->reply_to, &mime->to, &mime->cc};
    for (size_t i = 0; i < G_N_ELEMENTS(lists); i++)
        address_list_clear(lists[i]);
    g_free(mime);
}
