#include "analyzer/message/source.h"

#include "analyzer/base/pubkey.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    LINE_LIMIT = 998, /* RFC 5322 §2.1.1 */
    MAX_FIELDS =
        1000000, /* a field costs some 80 octets of memory, ":" and a line end cost two of input */
    MAX_STRAYS = 100,
    MESSAGE_LINES = 50, /* how far source_is_message looks */
    BINARY_SAMPLE = 4096,
};

static const size_t MAX_LOAD = (size_t)1 << 30;

/* --- Scanning --- */

typedef struct Line {
    size_t start;
    size_t end; /* without the line end */
    size_t next;
    size_t nul, bare_cr;
} Line;

typedef struct Scan {
    Source *source;
    size_t pos;
    size_t crlf, lf; /* line ends of the region being read */
    GArray *fields;
    GArray *strays;
    bool open;     /* the last line belongs to a field that is kept: a fold continues it */
    bool dropping; /* the last line belongs to a field past MAX_FIELDS */
} Scan;

static size_t count_octet(const char *p, size_t n, char c)
{
    const char *first = memchr(p, c, n);
    if (!first)
        return 0;
    size_t count = 0;
    for (const char *end = p + n; first < end; first++)
        count += *first == c;
    return count;
}

/* Offset of the first octet above 127; n when there is none. */
static size_t find_8bit(const char *p, size_t n)
{
    size_t i = 0;
    for (; i + sizeof(uint64_t) <= n; i += sizeof(uint64_t)) {
        uint64_t word;
        memcpy(&word, p + i, sizeof(word));
        if (word & UINT64_C(0x8080808080808080))
            break;
    }
    while (i < n && !((unsigned char)p[i] & 0x80))
        i++;
    return i;
}

/* False at the end of the input. */
static bool take_line(Scan *scan, Line *line)
{
    Source *source = scan->source;
    const char *p = source->bytes.p;
    size_t n = source->bytes.n;
    if (scan->pos >= n)
        return false;
    line->start = scan->pos;
    const char *lf = memchr(p + line->start, '\n', n - line->start);
    line->end = lf ? (size_t)(lf - p) : n;
    line->next = lf ? line->end + 1 : n;
    if (lf && line->end > line->start && p[line->end - 1] == '\r') {
        line->end--;
        scan->crlf++;
    } else if (lf) {
        scan->lf++;
        if (source->bare_lf++ == 0)
            source->first_bare_lf = line->end;
    }
    scan->pos = line->next;

    size_t length = line->end - line->start;
    line->nul = count_octet(p + line->start, length, '\0');
    line->bare_cr = count_octet(p + line->start, length, '\r');
    source->nul += line->nul;
    source->bare_cr += line->bare_cr;
    source->lines++;
    source->long_lines += length > LINE_LIMIT;
    if (length > source->longest_line || source->lines == 1) {
        source->longest_line = length;
        source->longest_line_number = source->lines;
    }
    return true;
}

static LineEnds region_ends(Scan *scan)
{
    LineEnds ends = scan->crlf ? (scan->lf ? LINE_ENDS_MIXED : LINE_ENDS_CRLF)
                               : (scan->lf ? LINE_ENDS_LF : LINE_ENDS_NONE);
    scan->crlf = scan->lf = 0;
    return ends;
}

/* "From alice@example.org Thu Jan  1 ..." is mbox's; "From : Alice" is a field with a blank in it.
 */
static bool is_mbox_line(Span rest)
{
    size_t i = rest.n > 0 && rest.p[0] == '>';
    if (rest.n < i + 5 || memcmp(rest.p + i, "From ", 5) != 0)
        return false;
    for (i += 5; i < rest.n && byte_is_wsp(rest.p[i]);)
        i++;
    return i == rest.n || rest.p[i] != ':';
}

static void scan_preamble(Scan *scan)
{
    Source *source = scan->source;
    if (source->bytes.n >= 3 && memcmp(source->bytes.p, "\xEF\xBB\xBF", 3) == 0) {
        source->has_bom = true;
        scan->pos = 3;
    }
    Line line;
    while (is_mbox_line(span_of(source->bytes.p + scan->pos, source->bytes.n - scan->pos))) {
        source->has_mbox_line = true;
        take_line(scan, &line);
    }
    source->preamble = span_of(source->bytes.p, scan->pos);
    scan->crlf = scan->lf = 0;
}

/* g_utf8_validate() stops at NUL, which is another defect. */
static bool is_utf8_but_for_nul(Span text)
{
    const char *p = text.p, *end = text.p + text.n;
    while (p < end && !g_utf8_validate(p, end - p, &p)) {
        if (*p != '\0')
            return false;
        p++;
    }
    return true;
}

static unsigned line_defects(const Line *line)
{
    return (line->nul ? FIELD_NUL : 0u) | (line->bare_cr ? FIELD_BARE_CR : 0u) |
           (line->end - line->start > LINE_LIMIT ? FIELD_LONG_LINE : 0u);
}

static void close_field(Scan *scan)
{
    if (scan->open) {
        Field *field = &g_array_index(scan->fields, Field, scan->fields->len - 1);
        if (find_8bit(field->value.p, field->value.n) < field->value.n) {
            field->defects |= FIELD_8BIT_VALUE;
            if (!is_utf8_but_for_nul(field->value))
                field->defects |= FIELD_INVALID_UTF8;
        }
    }
    scan->open = scan->dropping = false;
}

static unsigned name_defects(Span name)
{
    unsigned defects = name.n == 0 ? FIELD_BAD_NAME : 0;
    for (size_t i = 0; i < name.n; i++) {
        unsigned char c = (unsigned char)name.p[i];
        if (c > 127)
            defects |= FIELD_8BIT_NAME;
        if (c < 33 || c > 126)
            defects |= FIELD_BAD_NAME;
    }
    return defects;
}

static void open_field(Scan *scan, const Line *line, size_t colon)
{
    close_field(scan);
    if (scan->fields->len >= MAX_FIELDS) {
        scan->source->n_fields_over++;
        scan->dropping = true;
        return;
    }
    const char *p = scan->source->bytes.p;
    size_t name_end = colon;
    while (name_end > line->start && byte_is_wsp(p[name_end - 1]))
        name_end--;
    Field field = {
        .name = span_of(p + line->start, name_end - line->start),
        .value = span_of(p + colon + 1, line->end - colon - 1),
        .raw = span_of(p + line->start, line->next - line->start),
        .offset = line->start,
        .line = scan->source->lines,
        .defects = line_defects(line) | (name_end < colon ? FIELD_WSP_BEFORE_COLON : 0u),
    };
    field.defects |= name_defects(field.name);
    g_array_append_val(scan->fields, field);
    scan->open = true;
}

static void add_stray(Scan *scan, const Line *line)
{
    close_field(scan);
    Source *source = scan->source;
    if (source->n_strays++ >= MAX_STRAYS)
        return;
    StrayLine stray = {
        .line = span_of(source->bytes.p + line->start, line->end - line->start),
        .offset = line->start,
        .number = source->lines,
    };
    g_array_append_val(scan->strays, stray);
}

static void continue_field(Scan *scan, const Line *line)
{
    const char *p = scan->source->bytes.p;
    Field *field = &g_array_index(scan->fields, Field, scan->fields->len - 1);
    field->raw.n = line->next - field->offset;
    field->value.n = (size_t)(p + line->end - field->value.p);
    field->defects |= line_defects(line);
    size_t i = line->start;
    while (i < line->end && byte_is_wsp(p[i]))
        i++;
    if (i == line->end)
        field->defects |= FIELD_BLANK_FOLD;
}

static void scan_header(Scan *scan)
{
    Source *source = scan->source;
    const char *p = source->bytes.p;
    size_t start = scan->pos, end = source->bytes.n;
    Line line;
    while (take_line(scan, &line)) {
        if (line.end == line.start) {
            source->has_separator = true;
            end = line.start;
            break;
        }
        const char *colon;
        if (byte_is_wsp(p[line.start])) {
            if (scan->open)
                continue_field(scan, &line);
            else if (!scan->dropping)
                add_stray(scan, &line);
        } else if ((colon = memchr(p + line.start, ':', line.end - line.start))) {
            open_field(scan, &line, (size_t)(colon - p));
        } else {
            add_stray(scan, &line);
        }
    }
    close_field(scan);
    source->header = span_of(p + start, end - start);
    source->header_ends = region_ends(scan);
}

static void scan_body(Scan *scan, SourceReading reading)
{
    Source *source = scan->source;
    const char *p = source->bytes.p;
    source->body = span_of(p + scan->pos, source->bytes.n - scan->pos);
    Line line;
    while (take_line(scan, &line)) {
        size_t length = line.end - line.start;
        if (source->first_8bit_body == source->bytes.n) {
            size_t i = find_8bit(p + line.start, length);
            if (i < length)
                source->first_8bit_body = line.start + i;
        }
    }
    source->body_ends = region_ends(scan);
    LineEnds ends = source->body_ends == LINE_ENDS_NONE ? source->header_ends : source->body_ends;
    source->body_lf_is_crlf = reading == SOURCE_LF_IS_CRLF || ends == LINE_ENDS_LF;
}

static void write_sha256(Span bytes, char hex[65])
{
    uint8_t digest[32];
    hash_digest(HASH_SHA256, bytes, digest);
    g_autofree char *text = bytes_hex(digest, sizeof(digest));
    memcpy(hex, text, 65);
}

Source *source_new(GBytes *octets, SourceReading reading)
{
    Source *source = g_new0(Source, 1);
    source->octets = g_bytes_ref(octets);
    const char *p = g_bytes_get_data(octets, &source->bytes.n);
    source->bytes.p = p ? p : "";
    source->first_bare_lf = source->first_8bit_body = source->bytes.n;

    Scan scan = {
        .source = source,
        .fields = g_array_new(FALSE, FALSE, sizeof(Field)),
        .strays = g_array_new(FALSE, FALSE, sizeof(StrayLine)),
    };
    scan_preamble(&scan);
    scan_header(&scan);
    scan_body(&scan, reading);
    source->n_fields = scan.fields->len;
    source->fields = (Field *)(void *)g_array_free(scan.fields, FALSE);
    source->strays = (StrayLine *)(void *)g_array_free(scan.strays, FALSE);
    write_sha256(source->bytes, source->sha256);
    return source;
}

void source_free(Source *source)
{
    if (!source)
        return;
    g_free(source->fields);
    g_free(source->strays);
    g_bytes_unref(source->octets);
    g_free(source);
}

/* --- Loading --- */

static void set_load_error(GError **error, const char *shown, int code)
{
    const char *remedy = "copy it to a local file and try again";
    if (code == ENOENT || code == ENOTDIR)
        remedy = "check the name and the folder";
    else if (code == EACCES || code == EPERM)
        remedy = "make it readable for this user, or feed it through standard input (-)";
    else if (code == EISDIR)
        remedy = "give the message files in it instead";
    g_set_error(error, G_FILE_ERROR, (int)g_file_error_from_errno(code), "cannot read %s: %s; %s",
                shown, g_strerror(code), remedy);
}

static bool check_size(size_t size, const char *shown, GError **error)
{
    if (size == 0)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "%s is empty; save the message again with its full source", shown);
    else if (size > MAX_LOAD)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL,
                    "%s is larger than 1 GiB; give one message, not a whole mailbox", shown);
    return size > 0 && size <= MAX_LOAD;
}

static GBytes *read_all(int fd, const char *shown, GError **error)
{
    g_autoptr(GByteArray) array = g_byte_array_new();
    static const guint step = 256 * 1024;
    while (array->len <= MAX_LOAD) {
        guint have = array->len;
        g_byte_array_set_size(array, have + step);
        ssize_t got = read(fd, array->data + have, step);
        int code = errno;
        g_byte_array_set_size(array, have + (got > 0 ? (guint)got : 0));
        if (got < 0 && code == EINTR)
            continue;
        if (got < 0) {
            set_load_error(error, shown, code);
            return NULL;
        }
        if (got == 0)
            break;
    }
    if (!check_size(array->len, shown, error))
        return NULL;
    return g_byte_array_free_to_bytes(g_steal_pointer(&array));
}

static GBytes *load_fd(int fd, const char *shown, GError **error)
{
    struct stat st;
    if (fstat(fd, &st) != 0) {
        set_load_error(error, shown, errno);
        return NULL;
    }
    if (S_ISDIR(st.st_mode)) {
        set_load_error(error, shown, EISDIR);
        return NULL;
    }
    /* Files under /proc are regular, of size 0, and not empty. */
    if (!S_ISREG(st.st_mode) || st.st_size == 0 || lseek(fd, 0, SEEK_CUR) > 0)
        return read_all(fd, shown, error);
    if (!check_size((size_t)st.st_size, shown, error))
        return NULL;
    g_autoptr(GMappedFile) mapped = g_mapped_file_new_from_fd(fd, FALSE, NULL);
    return mapped ? g_mapped_file_get_bytes(mapped) : read_all(fd, shown, error);
}

GBytes *source_load(const char *path, GError **error)
{
    if (strcmp(path, "-") == 0)
        return load_fd(STDIN_FILENO, "standard input", error);
    g_autofree char *shown = g_filename_display_name(path);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        set_load_error(error, shown, errno);
        return NULL;
    }
    GBytes *octets = load_fd(fd, shown, error);
    close(fd);
    return octets;
}

/* --- Is it a message? --- */

typedef struct Magic {
    const char *start;
    size_t n;
    const char *why;
} Magic;

/* clang-format off */
#define MAGIC(octets, why) {octets, sizeof(octets) - 1, why}

static const Magic binary_magic[] = {
    MAGIC("\177ELF", "it is a program"),
    MAGIC("MZ\220", "it is a program"),
    MAGIC("%PDF-", "it is a PDF document"),
    MAGIC("PK\003\004", "it is a zip archive or an office document"),
    MAGIC("\037\213", "it is compressed with gzip"),
    MAGIC("BZh", "it is compressed with bzip2"),
    MAGIC("\3757zXZ", "it is compressed with xz"),
    MAGIC("7z\274\257", "it is a 7-Zip archive"),
    MAGIC("Rar!", "it is a RAR archive"),
    MAGIC("\211PNG", "it is a picture"),
    MAGIC("GIF8", "it is a picture"),
    MAGIC("\377\330\377", "it is a picture"),
    MAGIC("\320\317\021\340\241\261\032\341", "it is an Outlook .msg or old office file"),
    MAGIC("!BDN", "it is an Outlook .pst mailbox"),
    MAGIC("\377\376", "it is UTF-16 text, not the octets of a message"),
    MAGIC("\376\377", "it is UTF-16 text, not the octets of a message"),
};

/* Compared without case, after leading white space. */
static const Magic text_magic[] = {
    MAGIC("<!doctype", "it is a web page"),
    MAGIC("<html", "it is a web page"),
    MAGIC("<head", "it is a web page"),
    MAGIC("<body", "it is a web page"),
    MAGIC("<?xml", "it is an XML document"),
    MAGIC("#!", "it is a script"),
    MAGIC("{\\rtf", "it is an RTF document"),
};

#undef MAGIC
/* clang-format on */

static const char *const well_known[] = {
    "arc-seal",
    "authentication-results",
    "cc",
    "content-type",
    "date",
    "delivered-to",
    "dkim-signature",
    "from",
    "message-id",
    "mime-version",
    "received",
    "reply-to",
    "return-path",
    "sender",
    "subject",
    "to",
};

static bool is_well_known(Span name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(well_known); i++) {
        if (span_is_nocase(name, well_known[i]))
            return true;
    }
    return false;
}

static bool is_name_octet(char c)
{
    return g_ascii_isalnum(c) || c == '-' || c == '_' || c == '.';
}

static Span skip_quoting(Span line)
{
    size_t i = 0;
    while (i < line.n && (byte_is_wsp(line.p[i]) || line.p[i] == '>' || line.p[i] == '|'))
        i++;
    return span_from(line, i);
}

/* "Name:", but neither "https://" nor "std::string". */
static bool looks_like_field(Span line)
{
    Span text = skip_quoting(line);
    size_t n = 0;
    while (n < text.n && is_name_octet(text.p[n]))
        n++;
    size_t colon = n;
    while (colon < text.n && byte_is_wsp(text.p[colon]))
        colon++;
    if (n == 0 || n > 76 || colon == text.n || text.p[colon] != ':' || !g_ascii_isalpha(text.p[0]))
        return false;
    if (text.n != line.n)
        return is_well_known(span_of(text.p, n));
    size_t value = colon + 1;
    bool url = text.n >= value + 2 && memcmp(text.p + value, "//", 2) == 0;
    return !url && (value == text.n || text.p[value] != ':');
}

static bool has_field_early(Span text)
{
    for (size_t line = 0, pos = 0; line < MESSAGE_LINES && pos < text.n; line++) {
        const char *lf = memchr(text.p + pos, '\n', text.n - pos);
        size_t next = lf ? (size_t)(lf - text.p) + 1 : text.n;
        if (looks_like_field(span_of(text.p + pos, next - pos)))
            return true;
        pos = next;
    }
    return false;
}

static bool is_binary(Span text)
{
    size_t n = MIN(text.n, BINARY_SAMPLE), odd = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        odd += (c < 32 && !strchr("\t\n\v\f\r\033", c)) || c == 0 || c == 127;
    }
    return odd * 20 > n; /* random octets have one in nine */
}

static const char *why_no_message(Span bytes)
{
    for (size_t i = 0; i < G_N_ELEMENTS(binary_magic); i++) {
        const Magic *magic = &binary_magic[i];
        if (bytes.n >= magic->n && memcmp(bytes.p, magic->start, magic->n) == 0)
            return magic->why;
    }
    if (is_binary(bytes))
        return "it is binary data";
    Span text = bytes;
    if (text.n >= 3 && memcmp(text.p, "\xEF\xBB\xBF", 3) == 0)
        text = span_from(text, 3);
    size_t i = 0;
    while (i < text.n && byte_is_fws(text.p[i]))
        i++;
    if (i == text.n)
        return text.n ? "there is nothing but white space in it" : "it is empty";
    Span start = span_from(text, i);
    for (size_t m = 0; m < G_N_ELEMENTS(text_magic); m++) {
        const Magic *magic = &text_magic[m];
        if (span_starts_nocase(start, magic->start))
            return magic->why;
    }
    if (has_field_early(text))
        return NULL;
    if (start.p[0] == '{' || start.p[0] == '[')
        return "it looks like JSON, with no header field in its first lines";
    return "there is no header field (\"From: ...\") in its first 50 lines";
}

bool source_is_message(const Source *source, const char **why)
{
    const char *reason = why_no_message(source->bytes);
    if (reason && why)
        *why = reason;
    return !reason;
}

/* --- Fields --- */

const Field *source_field(const Source *source, const char *name, size_t n)
{
    for (size_t i = 0; i < source->n_fields; i++) {
        if (span_is_nocase(source->fields[i].name, name) && n-- == 0)
            return &source->fields[i];
    }
    return NULL;
}

size_t source_field_count(const Source *source, const char *name)
{
    size_t count = 0;
    for (size_t i = 0; i < source->n_fields; i++)
        count += span_is_nocase(source->fields[i].name, name);
    return count;
}

char *field_unfolded(const Field *field)
{
    const char *p = field->value.p;
    size_t start = 0, end = field->value.n, used = 0;
    while (start < end && byte_is_fws(p[start]))
        start++;
    while (end > start && byte_is_fws(p[end - 1]))
        end--;
    char *text = g_malloc(end - start + 1);
    for (size_t i = start; i < end; i++) {
        /* Within a value a line end is always one of a fold; a CR without LF is an octet like
         * others. */
        if (p[i] == '\n' || (p[i] == '\r' && i + 1 < end && p[i + 1] == '\n'))
            continue;
        text[used++] = p[i];
    }
    text[used] = '\0';
    return text;
}
