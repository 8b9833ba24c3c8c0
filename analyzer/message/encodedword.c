#include "analyzer/message/encodedword.h"

#include "analyzer/message/charset.h"

#include <string.h>

/* One encoded word; offsets in the value of the field. */
typedef struct Word {
    size_t from, to;
    Span charset, text;
    char encoding;
    bool sound; /* of the right form; what it holds is another matter */
} Word;

typedef struct Reader {
    EncodedWords *words;
    const Source *source;
    size_t field;
    Span value;
    GByteArray *before; /* octets of a word that ends within a character; NULL: none */
    size_t before_from, before_to;
} Reader;

static void note(Reader *in, EncodedWordFault fault, size_t from, size_t to)
{
    if (in->words->found[fault].count++ > 0)
        return;
    const char *start = in->value.p + from;
    in->words->found[fault].field = in->field;
    in->words->found[fault].offset = (size_t)(start - in->source->bytes.p);
    in->words->found[fault].length = to - from;
}

/* §2: especials and white space are not in a token. */
static bool is_token(Span token)
{
    for (size_t i = 0; i < token.n; i++)
        if (token.p[i] <= ' ' || token.p[i] > '~' || strchr("()<>@,;:\"/[]?.=", token.p[i]))
            return false;
    return token.n > 0;
}

/* The word that begins at "=?"; false when that begins none at all. Where it goes on to white space
 * it is broken, and ends there. */
static bool word_at(Span value, size_t from, Word *word)
{
    size_t question = span_find(value, '?', from + 2);
    *word = (Word){.from = from};
    if (question + 2 >= value.n || value.p[question + 2] != '?')
        return false;
    Span charset = span_of(value.p + from + 2, question - from - 2);
    charset.n = MIN(charset.n, span_find(charset, '*', 0));
    if (!is_token(charset))
        return false;
    word->charset = charset;
    word->encoding = g_ascii_toupper(value.p[question + 1]);
    size_t start = question + 3, at = start;
    while (at < value.n && value.p[at] != '?' && !byte_is_fws(value.p[at]))
        at++;
    word->text = span_of(value.p + start, at - start);
    word->sound = at + 1 < value.n && value.p[at] == '?' && value.p[at + 1] == '=';
    word->to = word->sound ? at + 2 : at;
    return true;
}

/* §4.2; false at a "=" without two hexadecimal digits. */
static bool decode_q(Span text, GByteArray *out)
{
    for (size_t i = 0; i < text.n; i++) {
        guint8 octet = (guint8)text.p[i];
        if (octet == '_')
            octet = ' ';
        if (octet == '=') {
            int high = i + 2 < text.n ? g_ascii_xdigit_value(text.p[i + 1]) : -1;
            int low = high >= 0 ? g_ascii_xdigit_value(text.p[i + 2]) : -1;
            if (low < 0)
                return false;
            octet = (guint8)(high << 4 | low);
            i += 2;
        }
        g_byte_array_append(out, &octet, 1);
    }
    return true;
}

/* Owned; NULL when the text is not of its encoding. */
static GByteArray *decode(const Word *word)
{
    GByteArray *out = NULL;
    if (word->encoding == 'B')
        return bytes_base64_decode(word->text, &out) ? out : NULL;
    if (word->encoding != 'Q')
        return NULL;
    out = g_byte_array_new();
    if (decode_q(word->text, out))
        return out;
    g_byte_array_unref(out);
    return NULL;
}

static bool is_utf8_name(Span charset)
{
    return span_is_nocase(charset, "utf-8") || span_is_nocase(charset, "utf8");
}

typedef enum Octets { OCTETS_SOUND, OCTETS_CUT, OCTETS_FOREIGN } Octets;

static Octets check_utf8(const GByteArray *octets)
{
    const char *start = (const char *)octets->data, *end = start;
    if (octets->len == 0 || g_utf8_validate(start, octets->len, &end))
        return OCTETS_SOUND;
    gssize left = (gssize)octets->len - (end - start);
    return left < 4 && g_utf8_get_char_validated(end, left) == (gunichar)-2 ? OCTETS_CUT
                                                                            : OCTETS_FOREIGN;
}

static void forget(Reader *in)
{
    if (in->before)
        g_byte_array_unref(in->before);
    in->before = NULL;
}

/* A word that ended within a character, and nothing that ended it. */
static void give_up(Reader *in)
{
    if (in->before)
        note(in, ENCODEDWORD_BROKEN, in->before_from, in->before_to);
    forget(in);
}

/* What the octets of a UTF-8 word are, the rest of the word before it put first. */
static void check_octets(Reader *in, const Word *word, GByteArray *octets)
{
    bool joined = in->before != NULL;
    if (joined)
        g_byte_array_prepend(octets, in->before->data, in->before->len);
    Octets found = check_utf8(octets);
    if (joined && found == OCTETS_FOREIGN) {
        give_up(in);
        note(in, ENCODEDWORD_BROKEN, word->from, word->to);
        return;
    }
    if (joined)
        note(in, ENCODEDWORD_SPLIT, in->before_from, word->to);
    forget(in);
    if (found == OCTETS_FOREIGN)
        note(in, ENCODEDWORD_BROKEN, word->from, word->to);
    if (found != OCTETS_CUT)
        return;
    const char *end;
    g_utf8_validate((const char *)octets->data, octets->len, &end);
    guint kept = (guint)(end - (const char *)octets->data);
    in->before = g_byte_array_new();
    g_byte_array_append(in->before, octets->data + kept, octets->len - kept);
    in->before_from = word->from;
    in->before_to = word->to;
}

static void check_word(Reader *in, const Word *word)
{
    g_autoptr(GByteArray) octets = word->sound ? decode(word) : NULL;
    g_autofree char *charset = span_dup(word->charset);
    if (word->to - word->from > ENCODEDWORD_MAX)
        note(in, ENCODEDWORD_LONG, word->from, word->to);
    if (!octets || !charset_is_known(charset)) {
        give_up(in);
        note(in, ENCODEDWORD_BROKEN, word->from, word->to);
    } else if (is_utf8_name(word->charset)) {
        check_octets(in, word, octets);
    } else {
        give_up(in);
    }
}

/* Whether `at` is within a quoted-string (RFC 5322 §3.2.4); *from and *quoted are where the count
 * stands. */
static bool is_quoted(Span value, size_t at, size_t *from, bool *quoted)
{
    for (; *from < at; (*from)++) {
        if (value.p[*from] == '\\')
            (*from)++;
        else if (value.p[*from] == '"')
            *quoted = !*quoted;
    }
    return *quoted;
}

static void check_field(Reader *in, bool addresses)
{
    enum { MOST_WORDS = 500 };
    size_t counted = 0, end = 0, words = 0;
    bool quoted = false;
    for (size_t at = span_search(in->value, SPAN_LIT("=?"), 0);
         at < in->value.n && words < MOST_WORDS; at = span_search(in->value, SPAN_LIT("=?"), at)) {
        Word word;
        if (!word_at(in->value, at, &word)) {
            at += 2;
            continue;
        }
        if (span_trim(span_of(in->value.p + end, at - end)).n > 0)
            give_up(in);
        if (addresses && word.sound && is_quoted(in->value, at, &counted, &quoted))
            note(in, ENCODEDWORD_QUOTED, word.from, word.to);
        else
            check_word(in, &word);
        at = end = word.to;
        words++;
    }
    give_up(in);
}

EncodedWords encodedword_check(const Source *source)
{
    static const char *const names[] = {"Subject", "From", "Sender", "Reply-To", "To", "Cc"};
    EncodedWords words = {0};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        const Field *field = source_field(source, names[i], 0);
        if (!field)
            continue;
        Reader in = {.words = &words,
                     .source = source,
                     .field = (size_t)(field - source->fields),
                     .value = field->value};
        in.value.n = MIN(in.value.n, (size_t)ENCODEDWORD_OCTETS);
        check_field(&in, i > 0);
    }
    return words;
}
