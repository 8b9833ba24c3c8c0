#include "analyzer/dns/name.h"

#include <string.h>

enum { LABEL_MAX = 63, NAME_MAX_OCTETS = 255 }; /* the latter on the wire, root label included */

typedef struct Builder {
    GString *text;
    size_t label;  /* octets in the label being built */
    size_t octets; /* wire octets of the finished labels */
    bool bad;
} Builder;

/* Octets that stand for themselves in a master file wherever a name can stand. */
static bool is_plain(uint8_t c)
{
    return c > ' ' && c < 0x7f && !strchr(".\\\"();@$", c);
}

static void add_octet(Builder *b, uint8_t c)
{
    c = (uint8_t)g_ascii_tolower((char)c);
    if (is_plain(c)) {
        g_string_append_c(b->text, (char)c);
    } else {
        g_string_append_printf(b->text, "\\%03u", c);
    }
    b->label++;
}

static void end_label(Builder *b)
{
    if (b->label == 0 || b->label > LABEL_MAX) {
        b->bad = true;
    }
    b->octets += b->label + 1;
    if (b->octets + 1 > NAME_MAX_OCTETS) {
        b->bad = true;
    }
    b->label = 0;
}

char *name_from_question(const char *raw, bool *valid)
{
    Builder b = {g_string_new(NULL), 0, 0, false};
    for (const char *p = raw; *p != '\0'; p++) {
        if (*p != '.') {
            add_octet(&b, (uint8_t)*p);
            continue;
        }
        end_label(&b);
        if (p[1] != '\0') {
            g_string_append_c(b.text, '.');
        }
    }
    if (raw[0] == '\0' || raw[strlen(raw) - 1] != '.') {
        end_label(&b);
    }
    *valid = !b.bad;
    return g_string_free(b.text, FALSE);
}

/* One octet of master-file text at *at: itself, \X or \DDD (RFC 1035 §5.1). */
static bool master_octet(Span text, size_t *at, uint8_t *octet)
{
    const char *p = text.p + *at;
    size_t left = text.n - *at;
    if (*p != '\\') {
        *octet = (uint8_t)*p;
        *at += 1;
        return true;
    }
    if (left < 2) {
        return false;
    }
    if (!g_ascii_isdigit(p[1])) {
        *octet = (uint8_t)p[1];
        *at += 2;
        return true;
    }
    if (left < 4 || !g_ascii_isdigit(p[2]) || !g_ascii_isdigit(p[3])) {
        return false;
    }
    int value = (p[1] - '0') * 100 + (p[2] - '0') * 10 + (p[3] - '0');
    *octet = (uint8_t)value;
    *at += 4;
    return value <= 255;
}

bool name_unescape(Span text, GByteArray *out)
{
    for (size_t at = 0; at < text.n;) {
        uint8_t octet = 0;
        if (!master_octet(text, &at, &octet)) {
            return false;
        }
        g_byte_array_append(out, &octet, 1);
    }
    return true;
}

char *name_from_master(Span text, const char *origin)
{
    if (span_is(text, "@")) {
        return g_strdup(origin);
    }
    if (span_is(text, ".")) {
        return g_strdup(".");
    }
    Builder b = {g_string_new(NULL), 0, 0, false};
    bool absolute = false;
    for (size_t at = 0; at < text.n && !b.bad;) {
        if (text.p[at] == '.') {
            end_label(&b);
            absolute = ++at == text.n;
            if (!absolute) {
                g_string_append_c(b.text, '.');
            }
            continue;
        }
        uint8_t octet = 0;
        b.bad = !master_octet(text, &at, &octet);
        add_octet(&b, octet);
    }
    if (!absolute) {
        end_label(&b);
        if (strcmp(origin, ".") != 0) {
            g_string_append_printf(b.text, ".%s", origin);
        }
    }
    g_autoptr(GByteArray) wire = g_byte_array_new();
    bool good = !b.bad && name_to_wire(b.text->str, wire);
    char *name = g_string_free(b.text, !good);
    return good ? name : NULL;
}

char *name_from_wire(const uint8_t *wire, size_t n, size_t *at)
{
    Builder b = {g_string_new(NULL), 0, 0, false};
    size_t i = *at;
    while (!b.bad && i < n && wire[i] != 0) {
        size_t label = wire[i++];
        if (label > LABEL_MAX || label > n - i) {
            b.bad = true;
            break;
        }
        if (b.octets > 0) {
            g_string_append_c(b.text, '.');
        }
        for (size_t end = i + label; i < end; i++) {
            add_octet(&b, wire[i]);
        }
        end_label(&b);
    }
    if (b.bad || i >= n) {
        g_string_free(b.text, TRUE);
        return NULL;
    }
    *at = i + 1;
    if (b.octets == 0) {
        g_string_append_c(b.text, '.');
    }
    return g_string_free(b.text, FALSE);
}

bool name_to_wire(const char *name, GByteArray *wire)
{
    guint start = wire->len;
    Span text = span_of(name, strlen(name));
    size_t at = strcmp(name, ".") == 0 ? 1 : 0;
    while (at < text.n) {
        guint length_at = wire->len;
        g_byte_array_append(wire, (const uint8_t *)"", 1);
        while (at < text.n && text.p[at] != '.') {
            uint8_t octet = 0;
            if (!master_octet(text, &at, &octet)) {
                at = text.n;
            }
            g_byte_array_append(wire, &octet, 1);
        }
        guint label = wire->len - length_at - 1;
        if (label == 0 || label > LABEL_MAX || wire->len - start >= NAME_MAX_OCTETS) {
            g_byte_array_set_size(wire, start);
            return false;
        }
        wire->data[length_at] = (uint8_t)label;
        at++;
    }
    g_byte_array_append(wire, (const uint8_t *)"", 1);
    return true;
}

const char *name_parent(const char *name)
{
    if (strcmp(name, ".") == 0) {
        return NULL;
    }
    const char *dot = strchr(name, '.');
    return dot ? dot + 1 : ".";
}
