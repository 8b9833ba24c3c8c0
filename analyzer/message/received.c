#include "analyzer/message/received.h"

#include "analyzer/message/cfws.h"
#include "analyzer/message/mime.h"

#include <gio/gio.h>
#include <string.h>

/* What a comment says about the client: "(rdns [ip])", "([ip]:port helo=x)", "(HELO x)",
 * "(user@ip)", "(ip)". */
typedef struct ClientInfo {
    char *ip;
    Span rdns; /* name before the address; empty when there is none */
    Span helo;
    bool has_helo;
    bool bracketed; /* the address stood in [] */
    bool has_port;
    bool verified; /* "([ip] verified)": the name before the comment was looked up */
    bool adjacent; /* the comment follows the name without a space: "name(ip)" */
} ClientInfo;

typedef enum Clause {
    CLAUSE_NONE,
    CLAUSE_FROM,
    CLAUSE_BY,
    CLAUSE_VIA,
    CLAUSE_WITH,
    CLAUSE_ID,
    CLAUSE_FOR,
    CLAUSE_ENVELOPE_FROM,
    CLAUSE_TLS,
    CLAUSE_SKIP, /* a clause that repeats: the first one counts */
    CLAUSE_AFTER_SEMICOLON,
    CLAUSE_DATE,
} Clause;

typedef struct Parse {
    Received *received;
    Cfws cfws;
    Clause clause;
    size_t words; /* seen in this clause */
    bool seen_from, seen_by;
    bool is_exim;
    bool is_microsoft;
    bool with_closed; /* a comment ended the protocol's words */
    GString *with;
    Span from; /* first word of the from clause */
    size_t from_end;
    size_t from_words;
    char *from_ip;     /* address in the second word: "from NAME [IP]" */
    Span lone_host;    /* "(host.name)" */
    Span claimed;      /* "claiming to be NAME" */
    ClientInfo client; /* the last comment that has an address */
    Span helo;         /* of whichever comment names one */
    bool has_helo;
    size_t date_start, date_end;
} Parse;

static bool span_ends(Span a, char c)
{
    return a.n > 0 && a.p[a.n - 1] == c;
}

/* Without any of these octets at both ends. */
static Span strip(Span a, const char *octets)
{
    while (a.n > 0 && a.p[0] != '\0' && strchr(octets, a.p[0]))
        a = span_from(a, 1);
    while (a.n > 0 && a.p[a.n - 1] != '\0' && strchr(octets, a.p[a.n - 1]))
        a.n--;
    return a;
}

/* --- addresses --- */

static char *plain_ip(Span text)
{
    char buffer[64];
    if (text.n == 0 || text.n >= sizeof(buffer))
        return NULL;
    for (size_t i = 0; i < text.n; i++)
        if (!g_ascii_isxdigit(text.p[i]) && text.p[i] != ':' && text.p[i] != '.')
            return NULL;
    memcpy(buffer, text.p, text.n);
    buffer[text.n] = '\0';
    g_autoptr(GInetAddress) address = g_inet_address_new_from_string(buffer);
    if (!address)
        return NULL;
    const uint8_t *octets = g_inet_address_to_bytes(address);
    static const uint8_t mapped[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
    if (g_inet_address_get_family(address) == G_SOCKET_FAMILY_IPV6 &&
        memcmp(octets, mapped, sizeof(mapped)) == 0) {
        g_autoptr(GInetAddress) v4 =
            g_inet_address_new_from_bytes(octets + sizeof(mapped), G_SOCKET_FAMILY_IPV4);
        return g_inet_address_to_string(v4);
    }
    return g_inet_address_to_string(address);
}

/* "192.0.2.1:25" and "192.0.2.1.25": the address without the port; empty when it is neither. */
static Span without_port(Span text)
{
    size_t dots = 0, last = 0;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '.' || text.p[i] == ':') {
            dots++;
            last = i;
        } else if (!g_ascii_isdigit(text.p[i])) {
            return span_of(text.p, 0);
        }
    }
    return span_of(text.p, dots == 4 && last + 1 < text.n ? last : 0);
}

static char *ip_with_port(Span text, bool *has_port)
{
    if (span_starts_nocase(text, "IPv6:"))
        text = span_from(text, strlen("IPv6:"));
    text.n = span_find(text, '%', 0); /* RFC 4007 §11 */
    char *ip = plain_ip(text);
    if (!ip) {
        ip = plain_ip(without_port(text));
        *has_port |= ip != NULL;
    }
    return ip;
}

char *received_ip(Span text)
{
    bool has_port = false;
    text = span_trim(text);
    if (text.n > 0 && text.p[0] == '[')
        text = span_of(text.p + 1, span_find(text, ']', 0) - 1);
    return ip_with_port(text, &has_port);
}

/* Up to the first white space outside of quoted strings: "x@y (comment)". */
static Span first_word(Span text)
{
    bool quoted = false;
    for (size_t i = 0; i < text.n; i++) {
        if (text.p[i] == '\\')
            i++;
        else if (text.p[i] == '"')
            quoted = !quoted;
        else if (!quoted && byte_is_fws(text.p[i]))
            return span_of(text.p, i);
    }
    return text;
}

char *received_path(Span path)
{
    Span text = strip(first_word(span_trim(path)), ",");
    if (text.n > 0 && text.p[0] == '<')
        text = strip(text, "<>");
    if (text.n > 0 && text.p[0] == '@') { /* RFC 5321 §4.1.1.3: a source route is ignored */
        size_t colon = span_find(text, ':', 0);
        if (colon < text.n)
            text = span_from(text, colon + 1);
    }
    return span_dup(text);
}

/* The address in one word: "[ip]", "[ip]:port", "name[ip]", "ip", "user@ip". *before is the name in
 * front. */
static char *word_ip(Span word, ClientInfo *info, Span *before)
{
    word = strip(word, ",");
    size_t open = span_find(word, '[', 0);
    *before = span_of(word.p, 0);
    if (open < word.n) {
        size_t close = span_find(word, ']', open);
        Span after = span_from(word, close + 1);
        if (close == word.n || (after.n > 0 && after.p[0] != ':'))
            return NULL;
        Span name = span_of(word.p, open);
        char *ip = ip_with_port(span_of(word.p + open + 1, close - open - 1), &info->has_port);
        info->bracketed = true;
        info->has_port |= after.n > 0;
        if (!span_ends(name, '@'))
            *before = name;
        return ip;
    }
    size_t start = word.n;
    while (start > 0 && word.p[start - 1] != '@')
        start--;
    return ip_with_port(span_from(word, start), &info->has_port);
}

/* --- names --- */

/* What software writes where it found no name. */
static bool is_no_name(Span name)
{
    static const char *const words[] = {"unknown",       "unverified", "softdnserr",
                                        "nodnsquery",    "none",       "no.name.available",
                                        "unknown_domain"};
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (span_is_nocase(name, words[i]))
            return true;
    return name.n == 0 || name.p[0] == '<' || name.p[0] == '[';
}

/* A name that the receiver found in the DNS: without ident and final dot; NULL when it is no name.
 */
static char *rdns_name(Span name)
{
    for (size_t i = name.n; i > 0; i--) {
        if (name.p[i - 1] == '@') {
            name = span_from(name, i);
            break;
        }
    }
    if (name.n > 1 && span_ends(name, '.'))
        name.n--;
    g_autofree char *ip = received_ip(name);
    return is_no_name(name) || ip ? NULL : span_dup(name);
}

static char *helo_name(Span name)
{
    Span bare = strip(span_trim(name), ",\"");
    return bare.n > 0 ? span_dup(bare) : NULL;
}

/* --- comments --- */

/* Next blank-separated word of a comment; empty at the end. */
static Span comment_word(Span comment, size_t *at)
{
    while (*at < comment.n && byte_is_fws(comment.p[*at]))
        (*at)++;
    size_t start = *at;
    while (*at < comment.n && !byte_is_fws(comment.p[*at]))
        (*at)++;
    return span_of(comment.p + start, *at - start);
}

/* Reads a comment of the from clause. After a HELO everything is the client's own words and is not
 * looked at. */
static ClientInfo client_info(Span comment)
{
    ClientInfo info = {0};
    size_t at = 0;
    Span name = span_of(comment.p, 0);
    Span word = comment_word(comment, &at);
    if (span_is_nocase(word, "account")) {
        comment_word(comment, &at);
        word = comment_word(comment, &at);
    }
    for (size_t i = 0; word.n > 0; i++, word = comment_word(comment, &at)) {
        if (span_is_nocase(word, "HELO") || span_is_nocase(word, "EHLO")) {
            info.helo = comment_word(comment, &at);
            info.has_helo = true;
            break;
        }
        if (span_starts_nocase(word, "helo=")) {
            info.helo = span_from(word, strlen("helo="));
            info.has_helo = true;
            break;
        }
        if (span_is_nocase(word, "verified"))
            info.verified = true;
        if (info.ip || span_starts_nocase(word, "port=") || span_starts_nocase(word, "ident="))
            continue;
        Span before;
        if (i == 0 || (i == 1 && word.p[0] == '['))
            info.ip = word_ip(word, &info, &before);
        if (info.ip)
            info.rdns = i == 0 ? before : name;
        else if (i > 0)
            break;
        name = word;
    }
    return info;
}

static void take_client_info(Parse *parse, const CfwsToken *token)
{
    ClientInfo info = client_info(token->text);
    if (info.has_helo) {
        parse->helo = info.helo;
        parse->has_helo = true;
    }
    if (info.ip) {
        info.adjacent = token->start == parse->from_end && parse->from_end > 0;
        g_free(parse->client.ip);
        parse->client = info;
        return;
    }
    size_t at = 0;
    Span host = comment_word(token->text, &at);
    if (comment_word(token->text, &at).n == 0 && span_find(host, '.', 0) < host.n)
        parse->lone_host = host;
}

static void take_envelope_from(Parse *parse, Span path)
{
    if (!parse->received->envelope_from)
        parse->received->envelope_from = received_path(path);
}

static bool is_envelope_from_key(Span word)
{
    static const char *const keys[] = {"envelope-from", "envelope-sender", "return-path"};
    for (size_t i = 0; i < G_N_ELEMENTS(keys); i++)
        if (span_is_nocase(strip(word, ":="), keys[i]))
            return true;
    return false;
}

/* "(envelope-from <x>, uid 500)", "(original mail from x)". */
static bool comment_envelope_from(Parse *parse, Span comment)
{
    size_t at = 0;
    Span word = comment_word(comment, &at);
    while (word.n > 0) {
        size_t equals = span_find(word, '=', 0);
        if (equals < word.n && is_envelope_from_key(span_of(word.p, equals))) {
            take_envelope_from(parse, span_from(word, equals + 1));
            return true;
        }
        if (is_envelope_from_key(word)) {
            take_envelope_from(parse, comment_word(comment, &at));
            return true;
        }
        word = comment_word(comment, &at);
    }
    if (!span_starts_nocase(comment, "original mail from "))
        return false;
    take_envelope_from(parse, span_from(comment, strlen("original mail from ")));
    return true;
}

/* "TLS" or "SSL" with a version or a colon after it: "TLSv1.3", "TLS1_2", "TLS-1.0", "SSL: ...". n
 * when none. */
static size_t find_tls(Span text)
{
    for (size_t i = 0; i + 3 < text.n; i++) {
        Span rest = span_from(text, i);
        if (!span_starts_nocase(rest, "TLS") && !span_starts_nocase(rest, "SSL"))
            continue;
        size_t at = 3;
        if (at < rest.n && (rest.p[at] == 'v' || rest.p[at] == 'V'))
            at++;
        if (at < rest.n && strchr("-_. ", rest.p[at]) && rest.p[at] != '\0')
            at++;
        if (at < rest.n && (g_ascii_isdigit(rest.p[at]) || rest.p[at] == ':'))
            return i;
    }
    return text.n;
}

static void take_tls(Parse *parse, Span comment)
{
    Received *received = parse->received;
    Span text = span_trim(comment);
    size_t tls = find_tls(text);
    bool encrypted = span_search(text, SPAN_LIT("encrypted"), 0) < text.n;
    bool cipher = span_starts_nocase(text, "cipher=");
    if (received->tls || (tls == text.n && !encrypted && !cipher))
        return;
    if (span_starts_nocase(text, "using ") || span_starts_nocase(text, "AUTH"))
        text = span_from(text, tls < text.n ? tls : 0);
    received->tls = cfws_text(text);
}

/* The receiver's own address: "by host (ip)", "by host ([ip])", "by host (name [ip])". */
static void take_by_ip(Parse *parse, Span text)
{
    ClientInfo info = client_info(text);
    if (info.ip && !parse->received->by_ip)
        parse->received->by_ip = g_steal_pointer(&info.ip);
    g_free(info.ip);
}

static void take_comment(Parse *parse, const CfwsToken *token)
{
    Span comment = token->text;
    if (span_starts_nocase(comment, "Exim") ||
        span_search(comment, SPAN_LIT(" Exim"), 0) < comment.n)
        parse->is_exim = true;
    if (parse->clause == CLAUSE_NONE && !parse->seen_from && span_starts_nocase(comment, "from ")) {
        /* "(from HELO [IP]) by ...": a virus scanner's way to write the from clause */
        ClientInfo info = client_info(span_from(comment, strlen("from ")));
        if (info.ip) {
            parse->helo = info.rdns;
            parse->has_helo = info.rdns.n > 0;
            info.rdns.n = 0;
            parse->client = info;
        }
        return;
    }
    if (parse->clause == CLAUSE_WITH && parse->with->len > 0)
        parse->with_closed = true;
    bool is_envelope_from = comment_envelope_from(parse, comment);
    if (parse->clause == CLAUSE_DATE && !is_envelope_from)
        parse->date_end = token->end;
    if (is_envelope_from || parse->clause == CLAUSE_DATE)
        return;
    take_tls(parse, comment);
    if (parse->clause == CLAUSE_FROM)
        take_client_info(parse, token);
    else if (parse->clause == CLAUSE_BY)
        take_by_ip(parse, comment);
}

/* --- words --- */

static Clause keyword(const Parse *parse, Span word)
{
    static const struct {
        const char *word;
        Clause clause;
    } words[] = {{"by", CLAUSE_BY}, {"via", CLAUSE_VIA}, {"with", CLAUSE_WITH},
                 {"id", CLAUSE_ID}, {"for", CLAUSE_FOR}, {"tls", CLAUSE_TLS}};
    if (span_is_nocase(word, "from"))
        return parse->seen_from || parse->seen_by ? CLAUSE_ENVELOPE_FROM : CLAUSE_FROM;
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        if (span_is_nocase(word, words[i].word))
            return words[i].clause;
    return is_envelope_from_key(word) ? CLAUSE_ENVELOPE_FROM : CLAUSE_NONE;
}

static void start_clause(Parse *parse, Clause clause)
{
    parse->clause = clause;
    parse->words = 0;
    parse->seen_from |= clause == CLAUSE_FROM;
    if (clause == CLAUSE_BY && parse->seen_by)
        parse->clause = CLAUSE_SKIP;
    parse->seen_by |= clause == CLAUSE_BY;
    if (clause == CLAUSE_WITH && parse->with->len > 0)
        parse->with_closed = true;
}

/* Where the ";" before the date is missing, as some write it: "id xyz Tue, 29 May ...", "id xyz
 * 2018-05-29 ...". */
static bool starts_date(Span word)
{
    static const char *const days[] = {"Mon,", "Tue,", "Wed,", "Thu,", "Fri,", "Sat,", "Sun,"};
    for (size_t i = 0; i < G_N_ELEMENTS(days); i++)
        if (span_is_nocase(word, days[i]))
            return true;
    if (word.n != strlen("2018-05-29") || word.p[4] != '-' || word.p[7] != '-')
        return false;
    for (size_t i = 0; i < word.n; i++)
        if (i != 4 && i != 7 && !g_ascii_isdigit(word.p[i]))
            return false;
    return true;
}

static void take_from_word(Parse *parse, const CfwsToken *token)
{
    parse->from_words++;
    if (parse->from_words == 1) {
        parse->from = token->text;
        parse->from_end = token->end;
        return;
    }
    if (!parse->from_ip && token->text.p[0] == '[' && parse->claimed.n == 0) {
        ClientInfo info = {0};
        Span before;
        parse->from_ip = word_ip(token->text, &info, &before);
    }
    if (parse->claimed.p && parse->claimed.n == 0) { /* "claiming to be NAME" */
        if (!span_is_nocase(token->text, "to") && !span_is_nocase(token->text, "be"))
            parse->claimed = token->text;
    } else if (span_is_nocase(token->text, "claiming")) {
        parse->claimed = span_of(token->text.p, 0);
    }
}

static void take_with_word(Parse *parse, Span word)
{
    if (span_is_nocase(word, "Microsoft"))
        parse->is_microsoft = true;
    if (parse->with_closed) {
        if (span_is_nocase(word, "STARTTLS") && !parse->received->tls)
            parse->received->tls = g_strdup("yes");
        return;
    }
    if (span_is_nocase(word, "encrypted") &&
        parse->with->len > 0) { /* "AES256-SHA encrypted SMTP" */
        if (!parse->received->tls)
            parse->received->tls = g_strdup_printf("%s encrypted", parse->with->str);
        g_string_truncate(parse->with, 0);
        return;
    }
    word = strip(word, ",");
    if (word.n == 0)
        return;
    if (parse->with->len > 0)
        g_string_append_c(parse->with, ' ');
    g_string_append_len(parse->with, word.p, (gssize)word.n);
}

/* "via SMTP", "via HTTP" say what "with" should. */
static void take_via_word(Parse *parse, Span word)
{
    static const char *const protocols[] = {"SMTP", "ESMTP", "ESMTPS", "ESMTPSA",
                                            "LMTP", "HTTP",  "HTTPS"};
    for (size_t i = 0; i < G_N_ELEMENTS(protocols); i++)
        if (span_is_nocase(strip(word, ","), protocols[i]) && parse->with->len == 0)
            g_string_append_len(parse->with, word.p, (gssize)strip(word, ",").n);
}

static void take_clause_word(Parse *parse, const CfwsToken *token)
{
    Received *received = parse->received;
    Span word = token->text;
    bool first = parse->words++ == 0;
    switch (parse->clause) {
    case CLAUSE_FROM:
        take_from_word(parse, token);
        break;
    case CLAUSE_BY:
        if (first)
            received->by = helo_name(word);
        else if (parse->words == 2 && word.p[0] == '[')
            take_by_ip(parse, word);
        break;
    case CLAUSE_VIA:
        if (first)
            take_via_word(parse, word);
        break;
    case CLAUSE_WITH:
        take_with_word(parse, word);
        break;
    case CLAUSE_ID:
        if (first && !received->id)
            received->id = span_dup(strip(word, "<>,"));
        break;
    case CLAUSE_FOR:
        if (first && !received->envelope_for &&
            (word.p[0] == '<' || span_find(word, '@', 0) < word.n))
            received->envelope_for = received_path(word);
        break;
    case CLAUSE_ENVELOPE_FROM:
        if (first && (word.p[0] == '<' || span_find(word, '@', 0) < word.n))
            take_envelope_from(parse, word);
        break;
    case CLAUSE_TLS: /* Exim: "(TLS1.3) tls CIPHER" */
        if (first) {
            g_autofree char *version = g_steal_pointer(&received->tls);
            received->tls = g_strdup_printf("%s%s%.*s", version ? version : "", version ? " " : "",
                                            (int)word.n, word.p);
        }
        break;
    default:
        break;
    }
}

static void take_word(Parse *parse, const CfwsToken *token)
{
    Clause clause = keyword(parse, token->text);
    if (clause == CLAUSE_TLS && parse->with->len == 0)
        clause = CLAUSE_NONE;
    if (clause != CLAUSE_NONE) {
        start_clause(parse, clause);
        return;
    }
    bool date_here =
        parse->clause == CLAUSE_AFTER_SEMICOLON ||
        (parse->clause != CLAUSE_FROM && parse->clause != CLAUSE_DATE && starts_date(token->text));
    if (date_here) {
        parse->clause = CLAUSE_DATE;
        parse->date_start = token->start;
    }
    if (parse->clause == CLAUSE_DATE)
        parse->date_end = token->end;
    else
        take_clause_word(parse, token);
}

/* --- conclusions --- */

/* "from NAME (IP)": for qmail NAME is the reverse name, and the HELO too as it left that out (then
 * there is a protocol but no id); "name(ip)" without the space is the reverse name alone; for
 * others it is what the client said. */
static void conclude_bare_address(Parse *parse)
{
    Received *received = parse->received;
    Span name = parse->from;
    bool no_space = parse->client.adjacent;
    bool qmail = !received->by_ip && !received->id && parse->with->len > 0 &&
                 !parse->is_microsoft && !parse->client.has_port &&
                 span_find(name, '.', 0) < name.n;
    if (no_space || qmail)
        received->rdns = rdns_name(name);
    if (!no_space && !span_is_nocase(name, "unknown"))
        received->helo = helo_name(name);
}

static void conclude_client(Parse *parse)
{
    Received *received = parse->received;
    ClientInfo *client = &parse->client;
    g_autofree char *literal = NULL; /* the address that stands for the name: "from [IP] ..." */
    ClientInfo own = {0};
    Span before;
    if (parse->from.n > 0)
        literal = word_ip(parse->from, &own, &before);
    if (parse->claimed.n > 0) {
        parse->helo = parse->claimed;
        parse->has_helo = true;
    }
    if (parse->has_helo) {
        received->helo = helo_name(parse->helo);
        received->rdns = client->rdns.n > 0 ? rdns_name(client->rdns) : rdns_name(parse->from);
    } else if (client->rdns.n > 0) {
        received->helo = helo_name(parse->from);
        received->rdns = rdns_name(client->rdns);
    } else if (client->ip && client->bracketed) {
        received->helo = helo_name(parse->from);
        if (parse->is_exim || client->verified)
            received->rdns = rdns_name(parse->from);
    } else if (client->ip) {
        conclude_bare_address(parse);
    } else if (parse->from_ip && parse->lone_host.n > 0) { /* "from RDNS (HELO) [IP]" */
        received->helo = helo_name(parse->lone_host);
        received->rdns = rdns_name(parse->from);
    } else if (!literal) {
        received->helo = helo_name(parse->from);
        if (parse->from_ip && parse->is_exim)
            received->rdns = rdns_name(parse->from);
    }
    if (client->ip)
        received->ip = g_steal_pointer(&client->ip);
    else if (parse->from_ip)
        received->ip = g_steal_pointer(&parse->from_ip);
    else
        received->ip = g_steal_pointer(&literal);
}

/* "from mail pickup service", "from user@host by", "with local": handed over within one machine. */
static bool is_relay(const Parse *parse)
{
    const Received *received = parse->received;
    Span with = span_str(received->with);
    if (span_starts_nocase(with, "local") || span_starts_nocase(with, "internal "))
        return false;
    if (received->ip)
        return true;
    return parse->from_words == 1 && received->helo && !is_no_name(parse->from) &&
           span_find(parse->from, '@', 0) == parse->from.n;
}

/* RFC 3848, RFC 6531 §5 and what is like them: the protocol says whether TLS was there. */
static bool protocol_has_tls(const char *with)
{
    static const char *const protocols[] = {"ESMTPS", "ESMTPSA",   "LMTPS",     "LMTPSA",
                                            "SMTPS",  "UTF8SMTPS", "HTTPS",     "UTF8SMTPSA",
                                            "SMTPSA", "UTF8LMTPS", "UTF8LMTPSA"};
    for (size_t i = 0; i < G_N_ELEMENTS(protocols); i++)
        if (g_ascii_strcasecmp(with, protocols[i]) == 0)
            return true;
    return false;
}

static void conclude_tls(Received *received)
{
    if (received->tls || !received->with)
        return;
    Span with = span_str(received->with);
    for (size_t i = 0; i + 3 <= with.n; i++) { /* "ESMTP/TLS/cipher", "ESMTP-TLS" */
        if (i > 0 && span_starts_nocase(span_from(with, i), "TLS") && strchr("/-", with.p[i - 1])) {
            received->tls = with.p[i - 1] == '/' ? g_strdup(with.p + i) : g_strdup("yes");
            return;
        }
    }
    if (protocol_has_tls(received->with))
        received->tls = g_strdup("yes");
}

static void conclude_date(Parse *parse)
{
    Received *received = parse->received;
    if (parse->date_end <= parse->date_start)
        return;
    Span date = span_trim(
        span_of(parse->cfws.text.p + parse->date_start, parse->date_end - parse->date_start));
    int offset_min;
    received->date = cfws_text(date);
    received->date_valid = mime_parse_date(date, &received->time_s, &offset_min);
    if (!received->date_valid)
        received->time_s = 0;
}

Received *received_parse(Span value)
{
    Received *received = g_new0(Received, 1);
    Parse parse = {.received = received, .cfws = cfws_scan(value), .with = g_string_new(NULL)};
    size_t at = 0;
    for (CfwsToken token = cfws_next(&parse.cfws, &at); token.kind != CFWS_END;
         token = cfws_next(&parse.cfws, &at)) {
        if (token.kind == CFWS_COMMENT)
            take_comment(&parse, &token);
        else if (token.kind == CFWS_WORD)
            take_word(&parse, &token);
        else
            parse.clause = CLAUSE_AFTER_SEMICOLON;
    }
    if (parse.with->len > 0)
        received->with = g_strdup(parse.with->str);
    conclude_client(&parse);
    conclude_tls(received);
    conclude_date(&parse);
    received->is_relay = is_relay(&parse);
    g_string_free(parse.with, TRUE);
    g_free(parse.from_ip);
    g_free(parse.client.ip);
    cfws_clear(&parse.cfws);
    return received;
}

void received_free(Received *received)
{
    if (!received)
        return;
    g_free(received->helo);
    g_free(received->rdns);
    g_free(received->ip);
    g_free(received->by);
    g_free(received->by_ip);
    g_free(received->with);
    g_free(received->id);
    g_free(received->envelope_for);
    g_free(received->envelope_from);
    g_free(received->tls);
    g_free(received->date);
    g_free(received);
}
