#include "analyzer/dns/master.h"

#include "analyzer/dns/name.h"

#include <string.h>

void master_init(MasterReader *reader, Span text)
{
    /* Editors put a byte order mark before UTF-8. */
    if (text.n >= 3 && memcmp(text.p, "\xef\xbb\xbf", 3) == 0) {
        text = span_from(text, 3);
    }
    *reader = (MasterReader){text, 0, 1};
}

static bool at_end(const MasterReader *reader)
{
    return reader->at >= reader->text.n;
}

static char peek(const MasterReader *reader)
{
    return reader->text.p[reader->at];
}

static void skip_comment(MasterReader *reader)
{
    while (!at_end(reader) && peek(reader) != '\n') {
        reader->at++;
    }
}

/* A backslash takes the octet after it along, but never a line end. */
static void step(MasterReader *reader)
{
    Span text = reader->text;
    bool escape = peek(reader) == '\\' && reader->at + 1 < text.n && text.p[reader->at + 1] != '\n';
    reader->at += escape ? 2 : 1;
}

static void read_word(MasterReader *reader, MasterEntry *entry)
{
    size_t start = reader->at;
    while (!at_end(reader) &&
           !(peek(reader) == '\0' ? NULL : strchr(" \t\r\n;()\"", peek(reader)))) {
        step(reader);
    }
    MasterField field = {span_of(reader->text.p + start, reader->at - start), false};
    g_array_append_val(entry->fields, field);
}

static bool read_quoted(MasterReader *reader, MasterEntry *entry)
{
    size_t start = ++reader->at;
    while (!at_end(reader) && peek(reader) != '"' && peek(reader) != '\n') {
        step(reader);
    }
    if (at_end(reader) || peek(reader) != '"') {
        return false;
    }
    MasterField field = {span_of(reader->text.p + start, reader->at - start), true};
    g_array_append_val(entry->fields, field);
    reader->at++;
    return true;
}

/* Blanks, comments and parentheses before the next field. Returns false at the end of the entry. */
static bool skip_to_field(MasterReader *reader, MasterEntry *entry, size_t *depth)
{
    for (; !at_end(reader); reader->at++) {
        char c = peek(reader);
        if (c == ';') {
            skip_comment(reader);
            if (at_end(reader)) {
                return false;
            }
            c = '\n';
        }
        if (c == '\n') {
            reader->line++;
            if (*depth == 0) {
                reader->at++;
                return false;
            }
        } else if (c == '(') {
            ++*depth;
        } else if (c == ')' && *depth > 0) {
            --*depth;
        } else if (c == ')') {
            entry->line = reader->line;
            return master_fault(entry, "closing parenthesis without an opening one",
                                span_of("", 0));
        } else if (c != ' ' && c != '\t' && c != '\r') {
            return true;
        }
    }
    return false;
}

/* All fields up to the end of the entry; none when it is empty. */
static void read_entry(MasterReader *reader, MasterEntry *entry)
{
    size_t depth = 0;
    entry->line = reader->line;
    while (skip_to_field(reader, entry, &depth)) {
        if (entry->fields->len == 0 && depth == 0) {
            entry->line = reader->line;
        }
        if (peek(reader) != '"') {
            read_word(reader, entry);
        } else if (!read_quoted(reader, entry)) {
            entry->line = reader->line;
            master_fault(entry, "quote not closed on its line", span_of("", 0));
            return;
        }
    }
    if (depth > 0) {
        master_fault(entry, "parenthesis opened in this entry is never closed", span_of("", 0));
    }
}

bool master_next(MasterReader *reader, MasterEntry *entry)
{
    entry->at = 0;
    entry->fault = NULL;
    g_array_set_size(entry->fields, 0);
    while (!at_end(reader) && entry->fields->len == 0 && !entry->fault) {
        Span rest = span_from(reader->text, reader->at);
        entry->indented = byte_is_wsp(rest.p[0]);
        entry->pragma = rest.n >= 2 && memcmp(rest.p, ";!", 2) == 0;
        reader->at += entry->pragma ? 2 : 0;
        read_entry(reader, entry);
    }
    return entry->fields->len > 0 || entry->fault;
}

bool master_fault(MasterEntry *entry, const char *what, Span culprit)
{
    if (!entry->fault) {
        entry->fault = what;
        entry->culprit = culprit;
    }
    return false;
}

const MasterField *master_peek(const MasterEntry *entry)
{
    return entry->at < entry->fields->len ? &g_array_index(entry->fields, MasterField, entry->at)
                                          : NULL;
}

Span master_take(MasterEntry *entry)
{
    const MasterField *field = master_peek(entry);
    if (!field) {
        return span_of("", 0);
    }
    entry->at++;
    return field->text;
}

char *master_take_name(MasterEntry *entry, const char *origin)
{
    Span field = master_take(entry);
    char *name = field.n > 0 ? name_from_master(field, origin) : NULL;
    if (!name) {
        master_fault(entry, field.n > 0 ? "not a domain name:" : "a domain name is missing", field);
    }
    return name;
}

bool master_parse_ttl(Span text, uint32_t *ttl_s)
{
    static const struct {
        char unit;
        uint32_t s;
    } units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 604800}};
    uint64_t total = 0, number = 0;
    bool digits = false;
    for (size_t i = 0; i < text.n; i++) {
        char c = g_ascii_tolower(text.p[i]);
        if (g_ascii_isdigit(c)) {
            number = MIN(number * 10 + (uint64_t)(c - '0'), UINT32_MAX);
            digits = true;
            continue;
        }
        size_t u = 0;
        while (u < G_N_ELEMENTS(units) && units[u].unit != c) {
            u++;
        }
        if (u == G_N_ELEMENTS(units) || !digits) {
            return false;
        }
        total = MIN(total + number * units[u].s, UINT32_MAX);
        number = 0;
        digits = false;
    }
    *ttl_s = (uint32_t)MIN(total + number, UINT32_MAX);
    return text.n > 0 && g_ascii_isdigit(text.p[0]);
}
