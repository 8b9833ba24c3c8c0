#include "analyzer/message/authres.h"

#include "analyzer/message/cfws.h"

#include <string.h>

typedef struct Parse {
    Cfws cfws;
    size_t at;
    bool strict;
    AuthRes *authres;
    GArray *results;  /* of AuthResult */
    GString *comment; /* of the result at hand; NULL before the first one */
} Parse;

/* --- octets --- */

static bool at_end(const Parse *parse)
{
    return parse->at >= parse->cfws.text.n;
}

static char peek(const Parse *parse)
{
    return at_end(parse) ? '\0' : parse->cfws.text.p[parse->at];
}

static bool at_item_end(const Parse *parse)
{
    return at_end(parse) || peek(parse) == ';';
}

/* [CFWS]; comments are kept for the result at hand. A parenthesis without its partner is passed
 * over. */
static void skip_cfws(Parse *parse)
{
    while (!at_end(parse)) {
        size_t end = cfws_comment(&parse->cfws, parse->at);
        if (end > parse->at) {
            if (parse->comment) {
                g_autofree char *text =
                    cfws_text(span_of(parse->cfws.text.p + parse->at + 1, end - parse->at - 2));
                g_string_append_printf(parse->comment, "%s%s", parse->comment->len ? "; " : "",
                                       text);
            }
            parse->at = end;
        } else if (peek(parse) == '(' || peek(parse) == ')') {
            parse->strict = false;
            parse->at++;
        } else if (byte_is_fws(peek(parse))) {
            parse->at++;
        } else {
            break;
        }
    }
}

/* Octets up to white space, a parenthesis or one of `stops`. */
static Span take_run(Parse *parse, const char *stops)
{
    Span text = parse->cfws.text;
    size_t start = parse->at;
    for (; parse->at < text.n; parse->at++) {
        char c = text.p[parse->at];
        if (byte_is_fws(c) || c == '(' || c == ')' || (c != '\0' && strchr(stops, c)))
            break;
    }
    return span_of(text.p + start, parse->at - start);
}

/* --- the grammar to the letter --- */

/* RFC 2045 §5.1 token, octets above ASCII let pass (RFC 6532 §3.2). */
static bool is_token(Span text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        if (c <= ' ' || c == 0x7f || strchr("()<>@,;:\\\"/[]?=", c))
            return false;
    }
    return text.n > 0;
}

/* RFC 5321 §4.1.2 Keyword: letters, digits and inner hyphens. */
static bool is_keyword(Span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!g_ascii_isalnum(text.p[i]) && text.p[i] != '-')
            return false;
    return text.n > 0 && text.p[text.n - 1] != '-';
}

/* RFC 5322 §3.2.3 dot-atom-text; hyphens and underscores of domain names are atext too. */
static bool is_dot_atom(Span text)
{
    for (size_t i = 0; i < text.n; i++) {
        unsigned char c = (unsigned char)text.p[i];
        bool dot = c == '.' && i > 0 && i + 1 < text.n && text.p[i - 1] != '.';
        if (!dot && c < 0x80 && !g_ascii_isalnum(c) &&
            (c == '\0' || !strchr("!#$%&'*+-/=?^_`{|}~", c)))
            return false;
    }
    return text.n > 0;
}

/* [ [ local-part ] "@" ] domain-name */
static bool is_address(Span text)
{
    size_t at = text.n;
    while (at > 0 && text.p[at - 1] != '@')
        at--;
    Span domain = span_from(text, at);
    bool has_dot = span_find(domain, '.', 0) < domain.n;
    for (size_t i = 0; i < domain.n; i++)
        if (strchr("!#$%&'*+/=?^_`{|}~", domain.p[i]))
            return false;
    if (!has_dot || !is_dot_atom(domain))
        return false;
    if (at <= 1)
        return true;
    Span local = span_of(text.p, at - 1);
    if (local.n >= 2 && local.p[0] == '"' && local.p[local.n - 1] == '"')
        return true;
    return is_dot_atom(local);
}

static bool is_digits(Span text)
{
    for (size_t i = 0; i < text.n; i++)
        if (!g_ascii_isdigit(text.p[i]))
            return false;
    return text.n > 0;
}

/* --- values --- */

/* A quoted string (its content), or octets up to the next blank, comment or ";". A quoted local
 * part keeps its marks, as they belong to the address. */
static char *take_value(Parse *parse, bool may_be_address)
{
    size_t start = parse->at;
    size_t end = cfws_quoted(&parse->cfws, start);
    Span text = parse->cfws.text;
    parse->at = end;
    if (end > start && (end == text.n || text.p[end] != '@'))
        return cfws_text(span_of(text.p + start + 1, end - start - 2));
    take_run(parse, ";");
    Span value = span_of(text.p + start, parse->at - start);
    if (!is_token(value) && !(may_be_address && is_address(value)))
        parse->strict = false;
    return span_dup(value);
}

static char *lower(Span text)
{
    return g_ascii_strdown(text.p, (gssize)text.n);
}

/* --- one result --- */

/* A name: runs joined by dots, CFWS allowed around each ("policy . expired"). Empty when there is
 * none. */
static char *take_name(Parse *parse, size_t *dots)
{
    GString *name = g_string_new(NULL);
    *dots = 0;
    while (true) {
        Span run = take_run(parse, ";=/.\"");
        if (!is_keyword(run))
            parse->strict = false;
        g_string_append_len(name, run.p, (gssize)run.n);
        size_t after = cfws_skip(&parse->cfws, parse->at);
        if (after >= parse->cfws.text.n || parse->cfws.text.p[after] != '.' || name->len == 0)
            break;
        skip_cfws(parse);
        parse->at++;
        skip_cfws(parse);
        g_string_append_c(name, '.');
        (*dots)++;
    }
    g_string_ascii_down(name);
    return g_string_free(name, FALSE);
}

static bool take_equals(Parse *parse)
{
    size_t after = cfws_skip(&parse->cfws, parse->at);
    if (after >= parse->cfws.text.n || parse->cfws.text.p[after] != '=')
        return false;
    skip_cfws(parse);
    parse->at++;
    skip_cfws(parse);
    return true;
}

/* methodspec = [CFWS] method [CFWS] "=" [CFWS] result; method = Keyword [ [CFWS] "/" [CFWS]
 * method-version ] */
static void take_method(Parse *parse, AuthResult *result)
{
    size_t dots;
    result->method = take_name(parse, &dots);
    if (dots > 0)
        parse->strict = false;
    size_t after = cfws_skip(&parse->cfws, parse->at);
    if (after < parse->cfws.text.n && parse->cfws.text.p[after] == '/') {
        skip_cfws(parse);
        parse->at++;
        skip_cfws(parse);
        Span version = take_run(parse, ";=");
        if (!is_digits(version))
            parse->strict = false;
        result->method_version = span_dup(version);
    }
    if (take_equals(parse)) {
        Span word = take_run(parse, ";");
        if (!is_keyword(word))
            parse->strict = false;
        result->result = lower(word);
    } else {
        parse->strict = false;
        result->result = g_strdup("");
    }
}

/* reasonspec and propspec; a reason after a property, a second reason and a name without ptype are
 * outside of the grammar but kept. A word without "=" says nothing and is passed over. */
static void take_property(Parse *parse, AuthResult *result, GArray *properties)
{
    size_t start = parse->at;
    size_t dots;
    g_autofree char *name = take_name(parse, &dots);
    if (!take_equals(parse)) {
        parse->strict = false;
        if (parse->at == start)
            parse->at++;
        return;
    }
    bool is_reason = dots == 0 && strcmp(name, "reason") == 0 && !result->reason;
    if (is_reason ? properties->len > 0 : dots != 1)
        parse->strict = false;
    char *value = take_value(parse, !is_reason);
    if (is_reason) {
        result->reason = value;
        return;
    }
    AuthProperty property = {g_steal_pointer(&name), value};
    g_array_append_val(properties, property);
}

static void take_result(Parse *parse)
{
    AuthResult result = {0};
    GArray *properties = g_array_new(FALSE, FALSE, sizeof(AuthProperty));
    parse->comment = g_string_new(NULL);
    skip_cfws(parse);
    take_method(parse, &result);
    while (true) {
        size_t before = parse->at;
        skip_cfws(parse);
        if (at_item_end(parse))
            break;
        if (parse->at == before) /* no CFWS after a value: 'reason="x"header.d=y' */
            parse->strict = false;
        take_property(parse, &result, properties);
    }
    if (parse->comment->len > 0)
        result.comment = g_strdup(parse->comment->str);
    g_string_free(parse->comment, TRUE);
    parse->comment = NULL;
    result.n_properties = properties->len;
    result.properties = (AuthProperty *)(void *)g_array_free(properties, FALSE);
    g_array_append_val(parse->results, result);
}

/* --- the field --- */

/* Whether the value begins with a result, as Exchange writes it: a name and "=" before any ";". */
static bool starts_with_result(Parse *parse)
{
    size_t start = parse->at;
    bool strict = parse->strict;
    skip_cfws(parse);
    Span name = take_run(parse, ";=\"");
    bool answer = name.n > 0 && take_equals(parse);
    parse->at = start;
    parse->strict = strict;
    return answer;
}

/* [CFWS] authserv-id [ CFWS authres-version ] */
static void take_authserv_id(Parse *parse)
{
    skip_cfws(parse);
    if (at_item_end(parse) || starts_with_result(parse)) {
        parse->strict = false;
        return;
    }
    g_autofree char *id = take_value(parse, false);
    if (id[0] != '\0')
        parse->authres->authserv_id = g_steal_pointer(&id);
    size_t before = parse->at;
    skip_cfws(parse);
    Span version = span_of(parse->cfws.text.p + parse->at, 0);
    while (parse->at < parse->cfws.text.n && g_ascii_isdigit(peek(parse))) {
        parse->at++;
        version.n++;
    }
    if (version.n > 0) {
        if (parse->at - version.n == before)
            parse->strict = false;
        parse->authres->version = span_dup(version);
        skip_cfws(parse);
    }
}

/* [CFWS] ";" [CFWS] "none", and nothing after it. */
static bool take_none(Parse *parse)
{
    size_t start = parse->at;
    bool strict = parse->strict;
    skip_cfws(parse);
    Span word = take_run(parse, ";=/");
    skip_cfws(parse);
    if (span_is_nocase(word, "none") && at_item_end(parse))
        return true;
    parse->at = start;
    parse->strict = strict;
    return false;
}

static void take_payload(Parse *parse)
{
    take_authserv_id(parse);
    if (peek(parse) == ';' && !at_end(parse)) {
        parse->at++;
        parse->authres->none = take_none(parse);
    } else {
        parse->strict = false; /* the first result follows without ";", or there is none */
    }
    while (!at_end(parse)) {
        skip_cfws(parse);
        if (at_end(parse))
            break;
        if (peek(parse) == ';') { /* after "none", or an empty item */
            parse->strict = false;
            parse->at++;
            continue;
        }
        take_result(parse);
        if (at_end(parse))
            return;
        parse->at++; /* the ";" that ended it */
        size_t rest = cfws_skip(&parse->cfws, parse->at);
        if (rest >= parse->cfws.text.n)
            parse->strict = false; /* a ";" with nothing after it */
    }
}

/* [CFWS] "i" [CFWS] "=" [CFWS] 1*2DIGIT [CFWS] ";" (RFC 8617 §4.1.1, §4.2.1) */
static void take_instance(Parse *parse)
{
    skip_cfws(parse);
    Span name = take_run(parse, ";=");
    uint64_t instance = 0;
    bool good = span_is(name, "i") && take_equals(parse);
    if (good) {
        good =
            span_to_uint64(take_run(parse, ";"), 2, &instance) && instance >= 1 && instance <= 50;
        skip_cfws(parse);
    }
    if (good && peek(parse) == ';') {
        parse->authres->instance = (unsigned)instance;
        parse->at++;
        return;
    }
    parse->strict = false;
    if (!span_is_nocase(name, "i"))
        parse->at = 0; /* no instance at all: the payload may still be one */
    else
        parse->at = MIN(span_find(parse->cfws.text, ';', parse->at) + 1, parse->cfws.text.n);
}

static AuthRes *parse_field(Span value, bool is_arc)
{
    AuthRes *authres = g_new0(AuthRes, 1);
    Parse parse = {.cfws = cfws_scan(value), .strict = value.n <= CFWS_LIMIT, .authres = authres};
    parse.results = g_array_new(FALSE, FALSE, sizeof(AuthResult));
    if (is_arc)
        take_instance(&parse);
    take_payload(&parse);
    for (guint i = 0; i < parse.results->len; i++)
        authres->valid |= g_array_index(parse.results, AuthResult, i).result[0] != '\0';
    authres->valid |= authres->none && authres->authserv_id;
    authres->strict = authres->valid && parse.strict;
    authres->n_results = parse.results->len;
    authres->results = (AuthResult *)(void *)g_array_free(parse.results, FALSE);
    cfws_clear(&parse.cfws);
    return authres;
}

AuthRes *authres_parse(Span value)
{
    return parse_field(value, false);
}

AuthRes *authres_parse_arc(Span value)
{
    return parse_field(value, true);
}

void authres_free(AuthRes *authres)
{
    if (!authres)
        return;
    for (size_t i = 0; i < authres->n_results; i++) {
        AuthResult *result = &authres->results[i];
        for (size_t j = 0; j < result->n_properties; j++) {
            g_free(result->properties[j].name);
            g_free(result->properties[j].value);
        }
        g_free(result->properties);
        g_free(result->method);
        g_free(result->method_version);
        g_free(result->result);
        g_free(result->reason);
        g_free(result->comment);
    }
    g_free(authres->results);
    g_free(authres->authserv_id);
    g_free(authres->version);
    g_free(authres);
}

const char *authres_property(const AuthResult *result, const char *name)
{
    for (size_t i = 0; i < result->n_properties; i++)
        if (g_ascii_strcasecmp(result->properties[i].name, name) == 0)
            return result->properties[i].value;
    return NULL;
}
