#include "analyzer/cause/variants_words.h"

#include <string.h>

/* --- reading --- */

typedef struct Word {
    Span charset; /* without an RFC 2231 language */
    char encoding;
    Span text;
    size_t end;
} Word;

static bool is_token(char c)
{
    return c > ' ' && c < 0x7f && !strchr("()<>@,;:\"/[]?=", c);
}

/* "=?charset?encoding?text?=" at `start`. */
static bool word_at(Span flat, size_t start, Word *word)
{
    if (start + 8 > flat.n || flat.p[start] != '=' || flat.p[start + 1] != '?')
        return false;
    size_t i = start + 2;
    while (i < flat.n && is_token(flat.p[i]))
        i++;
    if (i == start + 2 || i + 3 >= flat.n || flat.p[i] != '?' || flat.p[i + 2] != '?' ||
        !strchr("BbQq", flat.p[i + 1]))
        return false;
    word->charset = span_of(flat.p + start + 2, i - start - 2);
    word->charset.n = span_find(word->charset, '*', 0);
    word->encoding = flat.p[i + 1];
    size_t end = span_search(flat, SPAN_LIT("?="), i + 3);
    if (end >= flat.n)
        return false;
    word->text = span_of(flat.p + i + 3, end - i - 3);
    word->end = end + 2;
    return true;
}

static int hex_value(char c)
{
    return g_ascii_xdigit_value(c);
}

static bool decode_text(const Word *word, GString *out)
{
    if (word->encoding == 'B' || word->encoding == 'b') {
        g_autoptr(GByteArray) octets = NULL;
        if (!bytes_base64_decode(word->text, &octets))
            return false;
        g_string_append_len(out, (const char *)octets->data, octets->len);
        return true;
    }
    for (size_t i = 0; i < word->text.n; i++) {
        char c = word->text.p[i];
        if (c == '=' && i + 2 < word->text.n && hex_value(word->text.p[i + 1]) >= 0 &&
            hex_value(word->text.p[i + 2]) >= 0) {
            g_string_append_c(
                out, (char)(hex_value(word->text.p[i + 1]) * 16 + hex_value(word->text.p[i + 2])));
            i += 2;
        } else {
            g_string_append_c(out, c == '_' ? ' ' : c);
        }
    }
    return true;
}

static bool append_converted(GString *utf8, Span octets, const char *charset)
{
    gsize written;
    g_autofree char *text =
        g_convert(octets.p, (gssize)octets.n, "UTF-8", charset, NULL, &written, NULL);
    if (text)
        g_string_append_len(utf8, text, (gssize)written);
    return text != NULL;
}

static void append_raw(GString *utf8, Span raw, WordsSeen *seen)
{
    bool high = false;
    for (size_t i = 0; i < raw.n && !high; i++)
        high = (unsigned char)raw.p[i] > 0x7f;
    seen->raw8 = seen->raw8 || high;
    if (!high || g_utf8_validate(raw.p, (gssize)raw.n, NULL) ||
        !append_converted(utf8, raw, "windows-1252")) {
        g_string_append_len(utf8, raw.p, (gssize)raw.n);
        return;
    }
}

static Span trim_wsp(Span a)
{
    while (a.n > 0 && byte_is_wsp(a.p[0]))
        a = span_from(a, 1);
    return a;
}

bool words_decode(Span flat, GString *utf8, WordsSeen *seen)
{
    *seen = (WordsSeen){0};
    if (flat.n > WORDS_MAX)
        return false;
    g_autoptr(GString) octets =
        g_string_new(NULL); /* of encoded-words in a row: a character may be split over two */
    g_autofree char *charset = NULL;
    bool fine = true;
    for (size_t i = 0, raw = 0; fine && i <= flat.n;) {
        Word word = {0};
        if (i < flat.n && !word_at(flat, i, &word)) {
            i++;
            continue;
        }
        Span between = span_of(flat.p + raw, i - raw);
        bool ends = i == flat.n || trim_wsp(between).n > 0 || !charset ||
                    !span_is_nocase(word.charset, charset);
        if (ends && charset) {
            fine = append_converted(utf8, span_of(octets->str, octets->len), charset);
            g_string_truncate(octets, 0);
            g_clear_pointer(&charset, g_free);
            if (i == flat.n || trim_wsp(between).n > 0)
                append_raw(utf8, between, seen);
        } else if (ends) {
            append_raw(utf8, between, seen);
        }
        if (i == flat.n)
            break;
        if (!seen->encoded) {
            g_strlcpy(seen->charset, "", sizeof seen->charset);
            memcpy(seen->charset, word.charset.p, MIN(word.charset.n, sizeof seen->charset - 1));
            seen->encoding = word.encoding;
        }
        seen->encoded = true;
        if (!charset)
            charset = span_dup(word.charset);
        fine = fine && decode_text(&word, octets);
        i = raw = word.end;
    }
    return fine;
}

/* --- charsets --- */

bool words_charset(Span label, WordCharset *charset)
{
    *charset = (WordCharset){0};
    if (label.n == 0 || label.n >= sizeof charset->label)
        return false;
    memcpy(charset->label, label.p, label.n);
    if (g_ascii_strcasecmp(charset->label, "utf-8") == 0)
        return true;
    g_autofree char *letters = g_convert("aZ~", 3, "UTF-8", charset->label, NULL, NULL, NULL);
    if (!letters || strcmp(letters, "aZ~") != 0)
        return false;
    charset->kind = CHARSET_TABLE;
    for (unsigned i = 0; i < 128; i++) {
        char octet = (char)(i + 128);
        g_autofree char *character =
            g_convert(&octet, 1, "UTF-8", charset->label, NULL, NULL, NULL);
        charset->high[i] = character && character[0] ? g_utf8_get_char(character) : 0;
    }
    char two[] = {(char)0xa4, (char)0xa4};
    g_autofree char *wide = g_convert(two, 2, "UTF-8", charset->label, NULL, NULL, NULL);
    if (wide && g_utf8_strlen(wide, -1) == 1)
        charset->kind = CHARSET_OTHER; /* two octets make one character */
    return true;
}

static bool append_character(const WordCharset *charset, gunichar character, GString *out)
{
    if (character < 128) {
        g_string_append_c(out, (char)character);
        return true;
    }
    for (unsigned i = 0; i < 128; i++) {
        if (charset->high[i] == character) {
            g_string_append_c(out, (char)(i + 128));
            return true;
        }
    }
    return false;
}

/* UTF-8 text in the charset; false when it cannot express it. */
static bool append_in_charset(const WordCharset *charset, Span utf8, GString *out)
{
    if (charset->kind == CHARSET_UTF8) {
        g_string_append_len(out, utf8.p, (gssize)utf8.n);
        return true;
    }
    if (charset->kind == CHARSET_OTHER) {
        gsize n;
        g_autofree char *octets =
            g_convert(utf8.p, (gssize)utf8.n, charset->label, "UTF-8", NULL, &n, NULL);
        if (octets)
            g_string_append_len(out, octets, (gssize)n);
        return octets != NULL;
    }
    for (const char *p = utf8.p; p < utf8.p + utf8.n; p = g_utf8_next_char(p))
        if (!append_character(charset, g_utf8_get_char(p), out))
            return false;
    return true;
}

/* --- writing --- */

typedef struct Writer {
    const WordStyle *style;
    const char *separator;
    GString *out;
    size_t line; /* octets on the line so far */
    bool fine;
} Writer;

static bool is_safe(WordSafe safe, char c)
{
    if (g_ascii_isalnum(c))
        return safe != SAFE_LETTERS || g_ascii_isalpha(c);
    if (c <= ' ' || c >= 0x7f)
        return false;
    switch (safe) {
    case SAFE_TEXT:
        return !strchr("=?_", c);
    case SAFE_PHRASE:
        return strchr("!*+-/", c) != NULL;
    case SAFE_NO_SPECIALS:
        return !strchr("=?_()<>@,;:\\\".[]", c);
    case SAFE_LETTERS:
        return strchr("!*+-/", c) != NULL;
    case SAFE_ALNUM:
    case SAFES:
        return false;
    }
    return false;
}

static void append_hex(GString *out, char c)
{
    static const char digits[] = "0123456789ABCDEF";
    char hex[] = {'=', digits[(unsigned char)c >> 4], digits[(unsigned char)c & 15]};
    g_string_append_len(out, hex, sizeof hex);
}

static void append_q(const WordStyle *style, Span octets, GString *out)
{
    for (size_t i = 0; i < octets.n; i++) {
        char c = octets.p[i];
        if (c == ' ' && !style->space_as_hex)
            g_string_append_c(out, '_');
        else if (is_safe(style->safe, c))
            g_string_append_c(out, c);
        else
            append_hex(out, c);
    }
}

static bool is_q(const WordStyle *style)
{
    return style->encoding == 'Q' || style->encoding == 'q';
}

static void append_payload(const WordStyle *style, Span octets, GString *out)
{
    if (is_q(style)) {
        append_q(style, octets, out);
    } else {
        g_autofree char *base64 = bytes_base64((const uint8_t *)octets.p, octets.n);
        g_string_append(out, base64);
    }
}

/* The text between "?" and "?=" for some characters. */
static bool payload(const WordStyle *style, Span utf8, GString *out)
{
    if (style->charset->kind == CHARSET_UTF8) {
        append_payload(style, utf8, out);
        return true;
    }
    g_autoptr(GString) octets = g_string_sized_new(utf8.n);
    if (!append_in_charset(style->charset, utf8, octets))
        return false;
    append_payload(style, span_of(octets->str, octets->len), out);
    return true;
}

static void put_word(Writer *writer, Span utf8, bool first)
{
    const WordStyle *style = writer->style;
    if (!first) {
        g_string_append(writer->out, writer->separator);
        writer->line = 1;
    }
    size_t before = writer->out->len;
    g_string_append(writer->out, "=?");
    g_string_append(writer->out, style->charset->label);
    g_string_append_c(writer->out, '?');
    g_string_append_c(writer->out, style->encoding);
    g_string_append_c(writer->out, '?');
    writer->fine = writer->fine && payload(style, utf8, writer->out);
    g_string_append(writer->out, "?=");
    writer->line += writer->out->len - before;
}

static size_t next_character(Span utf8, size_t at)
{
    at++;
    while (at < utf8.n && ((unsigned char)utf8.p[at] & 0xc0) == 0x80)
        at++;
    return at;
}

/* Octets that the payload of some UTF-8 text takes; a guess for charsets with several octets a
 * character. */
static size_t payload_size(const WordStyle *style, Span utf8)
{
    bool wide = style->charset->kind == CHARSET_UTF8;
    size_t octets = 0, size = 0;
    for (size_t i = 0; i < utf8.n; i++) {
        char c = utf8.p[i];
        if (!wide && ((unsigned char)c & 0xc0) == 0x80)
            continue;
        octets++;
        size += is_safe(style->safe, c) || (c == ' ' && !style->space_as_hex) ? 1 : 3;
    }
    if (is_q(style))
        return size;
    return style->unpadded ? (octets * 4 + 2) / 3 : (octets + 2) / 3 * 4;
}

static void put_halves(Writer *writer, Span utf8, bool first)
{
    size_t overhead = strlen(writer->style->charset->label) + 7;
    if (utf8.n < 2 || payload_size(writer->style, utf8) + overhead <= writer->style->limit) {
        put_word(writer, utf8, first);
        return;
    }
    size_t characters = 0, middle = 0;
    for (size_t i = 0; i < utf8.n; i = next_character(utf8, i))
        characters++;
    for (size_t i = 0; i < characters / 2; i++)
        middle = next_character(utf8, middle);
    if (middle == 0 || middle >= utf8.n) {
        put_word(writer, utf8, first);
        return;
    }
    put_halves(writer, span_of(utf8.p, middle), first);
    put_halves(writer, span_from(utf8, middle), false);
}

/* Where to cut at `end` or before it, by words when there is a space. */
static size_t break_before(const WordStyle *style, Span utf8, size_t start, size_t end)
{
    if (style->at == BREAK_ANYWHERE)
        return end;
    for (size_t i = style->at == BREAK_BEFORE_SPACE ? end : end - 1; i > start; i--)
        if (utf8.p[i] == ' ')
            return style->at == BREAK_BEFORE_SPACE ? i : i + 1;
    return end;
}

/* Some text as encoded-words in a row, each filled up to the limit. */
static void put_words(Writer *writer, Span utf8)
{
    const WordStyle *style = writer->style;
    if (style->limit == 0) {
        put_word(writer, utf8, true);
        return;
    }
    if (style->halves) {
        put_halves(writer, utf8, true);
        return;
    }
    size_t overhead = strlen(style->charset->label) + 7;
    bool first = true;
    for (size_t start = 0; start < utf8.n;) {
        size_t taken = style->lines != LINES_IGNORED ? (first ? writer->line : 1) : 0;
        size_t room = style->limit > overhead + taken ? style->limit - overhead - taken : 0;
        size_t end = next_character(utf8, start),
               size = payload_size(style, span_of(utf8.p + start, end - start));
        while (end < utf8.n) {
            size_t next = next_character(utf8, end);
            size_t more = is_q(style)
                              ? size + payload_size(style, span_of(utf8.p + end, next - end))
                              : payload_size(style, span_of(utf8.p + start, next - start));
            if (more > room)
                break;
            size = more;
            end = next;
        }
        if (end < utf8.n)
            end = break_before(style, utf8, start, end);
        put_word(writer, span_of(utf8.p + start, end - start), first);
        first = false;
        start = end;
    }
}

static bool needs_encoding(Span word)
{
    for (size_t i = 0; i < word.n; i++)
        if ((unsigned char)word.p[i] > 0x7e || (unsigned char)word.p[i] < ' ')
            return true;
    return false;
}

static void put_raw(Writer *writer, Span text)
{
    g_string_append_len(writer->out, text.p, (gssize)text.n);
    writer->line += text.n;
}

/* The next word (without the space before it), from `at`. */
static Span word_from(Span text, size_t at)
{
    while (at < text.n && text.p[at] == ' ')
        at++;
    return span_of(text.p + at, span_find(text, ' ', at) - at);
}

/* MIME::Words: letters, digits and octets over 0x7e in a row, and the white space behind them. */
static Span letters_from(Span text, size_t at)
{
    while (at < text.n) {
        size_t end = at;
        while (end < text.n && (g_ascii_isalnum(text.p[end]) || (unsigned char)text.p[end] > 0x7e))
            end++;
        Span word = span_of(text.p + at, end - at);
        while (end > at && end < text.n && text.p[end] == ' ')
            end++;
        if (needs_encoding(word))
            return span_of(word.p, (size_t)(text.p + end - word.p));
        at = MAX(end, at + 1);
    }
    return (Span){text.p + text.n, 0};
}

/* The run of words that is encoded next, from `at`; empty when there is none. */
static Span run_from(const WordStyle *style, Span text, size_t at)
{
    if (style->scope == SCOPE_WITH_SPACE)
        return letters_from(text, at);
    const char *start = NULL, *end = NULL;
    while (at < text.n) {
        Span word = word_from(text, at);
        at = (size_t)(word.p - text.p) + word.n;
        if (needs_encoding(word)) {
            start = start ? start : word.p;
            end = word.p + word.n;
        } else if (start && style->scope == SCOPE_EACH) {
            break;
        }
    }
    if (!start)
        return (Span){text.p + text.n, 0};
    if (style->scope == SCOPE_FROM_FIRST)
        end = text.p + text.n;
    return span_of(start, (size_t)(end - start));
}

bool words_fit(const WordStyle *style, Span utf8, size_t name)
{
    size_t all = payload_size(style, utf8) + strlen(style->charset->label) + 7;
    if (style->lines != LINES_IGNORED)
        all += name + (style->scope == SCOPE_ALL ? 0 : utf8.n);
    return style->limit == 0 || all <= style->limit;
}

bool words_encode(const WordStyle *style, Span utf8, size_t name, const char *separator,
                  GString *out)
{
    if (utf8.n > WORDS_MAX || utf8.n == 0 || !g_utf8_validate(utf8.p, (gssize)utf8.n, NULL))
        return false;
    Writer writer = {style, separator, out, style->lines == LINES_NAMELESS ? 0 : name, true};
    if (style->scope == SCOPE_ALL) {
        put_words(&writer, utf8);
        return writer.fine;
    }
    for (size_t at = 0; at < utf8.n && writer.fine;) {
        Span run = run_from(style, utf8, at);
        size_t start = (size_t)(run.p - utf8.p);
        put_raw(&writer, span_of(utf8.p + at, start - at));
        if (start == at && at > 0 && run.n > 0) /* encoded-words side by side */
            put_raw(&writer, SPAN_LIT(" "));
        if (run.n > 0)
            put_words(&writer, run);
        at = start + run.n;
    }
    return writer.fine;
}

/* --- which styles there are --- */

unsigned words_families(size_t n_charsets)
{
    return (unsigned)n_charsets * 4 * SCOPES * 2 * SAFES;
}

/* How long encoded-words or their lines are made: by RFC 2047 §2, by python, PHP, Perl, JavaMail,
 * .NET and others. */
static const struct {
    unsigned limit;
    WordLines lines;
    bool halves, unpadded;
    unsigned cost;
    WordBreak at;
} lengths[] = {
    {0, LINES_IGNORED, false, false, 1, BREAK_ANYWHERE},
    {75, LINES_IGNORED, false, false, 1, BREAK_ANYWHERE},
    {76, LINES_COUNTED, false, false, 1, BREAK_ANYWHERE},
    {75, LINES_COUNTED, false, false, 2, BREAK_ANYWHERE},
    {78, LINES_COUNTED, false, false, 2, BREAK_ANYWHERE},
    {76, LINES_IGNORED, false, false, 2, BREAK_ANYWHERE},
    {77, LINES_COUNTED, false, false, 2, BREAK_ANYWHERE},
    {74, LINES_COUNTED, false, false, 3, BREAK_ANYWHERE},
    {74, LINES_IGNORED, false, false, 3, BREAK_ANYWHERE},
    {72, LINES_IGNORED, false, false, 3, BREAK_ANYWHERE},
    {76, LINES_NAMELESS, false, false, 3, BREAK_ANYWHERE},
    {74, LINES_NAMELESS, false, false, 3, BREAK_ANYWHERE},
    {73, LINES_IGNORED, false, false, 4, BREAK_ANYWHERE},
    {70, LINES_IGNORED, false, false, 4, BREAK_ANYWHERE},
    {68, LINES_IGNORED, true, false, 2, BREAK_ANYWHERE},
    {75, LINES_IGNORED, true, false, 4, BREAK_ANYWHERE},
    {72, LINES_COUNTED, false, false, 4, BREAK_ANYWHERE},
    {64, LINES_IGNORED, false, false, 4, BREAK_ANYWHERE},
    {60, LINES_IGNORED, false, false, 4, BREAK_ANYWHERE},
    {79, LINES_COUNTED, false, false, 4, BREAK_ANYWHERE},
    {68, LINES_COUNTED, false, true, 4, BREAK_ANYWHERE},
    {71, LINES_IGNORED, false, false, 5, BREAK_ANYWHERE},
    {75, LINES_IGNORED, false, false, 2, BREAK_BEFORE_SPACE},
    {76, LINES_COUNTED, false, false, 2, BREAK_BEFORE_SPACE},
    {78, LINES_COUNTED, false, false, 3, BREAK_BEFORE_SPACE},
    {75, LINES_IGNORED, false, false, 2, BREAK_AFTER_SPACE},
    {76, LINES_COUNTED, false, false, 2, BREAK_AFTER_SPACE},
    {78, LINES_COUNTED, false, false, 3, BREAK_AFTER_SPACE},
    {998, LINES_IGNORED, false, false, 5, BREAK_ANYWHERE},
};

static unsigned cost_of(const WordStyle *style, unsigned of_length, unsigned of_charset)
{
    static const unsigned scopes[] = {[SCOPE_ALL] = 0,
                                      [SCOPE_FROM_FIRST] = 1,
                                      [SCOPE_SPAN] = 1,
                                      [SCOPE_EACH] = 1,
                                      [SCOPE_WITH_SPACE] = 2};
    static const unsigned safes[] = {[SAFE_TEXT] = 0,
                                     [SAFE_PHRASE] = 0,
                                     [SAFE_NO_SPECIALS] = 1,
                                     [SAFE_ALNUM] = 2,
                                     [SAFE_LETTERS] = 2};
    bool odd_case = (style->encoding == 'b' || style->encoding == 'q') &&
                    g_ascii_isupper(style->charset->label[0]);
    return of_length + of_charset + scopes[style->scope] + safes[style->safe] +
           style->space_as_hex *
               (style->scope == SCOPE_WITH_SPACE || style->safe == SAFE_LETTERS ? 0u : 2u) +
           odd_case * 2u;
}

static int by_cost(const void *a, const void *b)
{
    const WordStyle *x = a, *y = b;
    return (x->cost > y->cost) - (x->cost < y->cost);
}

static void add_styles(GArray *styles, const WordCharset *charset, char encoding,
                       unsigned of_charset, unsigned family)
{
    enum { COST_MAX = 6 };
    bool q = encoding == 'Q' || encoding == 'q';
    for (size_t i = 0; i < G_N_ELEMENTS(lengths); i++) {
        for (unsigned scope = 0; scope < SCOPES; scope++) {
            for (unsigned variant = 0; variant < (q ? 2 * SAFES : 1); variant++) {
                WordStyle style = {.charset = charset,
                                   .encoding = encoding,
                                   .scope = (WordScope)scope,
                                   .safe = (WordSafe)(variant / 2),
                                   .space_as_hex = variant % 2,
                                   .limit = lengths[i].limit,
                                   .lines = lengths[i].lines,
                                   .at = lengths[i].at,
                                   .unpadded = lengths[i].unpadded,
                                   .halves = lengths[i].halves,
                                   .family = family + scope * 2 * SAFES + variant};
                style.cost = cost_of(&style, lengths[i].cost, of_charset);
                if (style.cost <= COST_MAX)
                    g_array_append_val(styles, style);
            }
        }
    }
}

GArray *words_styles(const WordCharset *charsets, size_t n)
{
    GArray *styles = g_array_new(FALSE, FALSE, sizeof(WordStyle));
    unsigned family = 0;
    for (size_t i = 0; i < n; i++) {
        unsigned of_charset = (unsigned)MIN(i / 2, 4);
        for (const char *encoding = "BQbq"; *encoding; encoding++, family += SCOPES * 2 * SAFES)
            add_styles(styles, &charsets[i], *encoding, of_charset, family);
    }
    g_array_sort(styles, by_cost); /* stable: GLib sorts arrays by merging */
    return styles;
}
