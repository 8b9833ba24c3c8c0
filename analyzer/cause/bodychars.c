/* bodychars.c - small edits at any place of a short text: digits, characters, a few words. */
#include "analyzer/cause/bodycontent.h"

enum {
    RUN_MAX = 40,          /* octets put in in the middle of a text */
    CHARACTERS_MAX = 4096, /* octets of a text whose single characters are tried */
};

static const char changed[] = "body-character-changed";

static bool try_edit(const Content *content, const ContentPart *part, size_t from, size_t to,
                     Span text, const char *kind)
{
    Edit edit = {from, to, text};
    return content_try_edits(content, part, &edit, 1, kind, NULL);
}

/* Other digits in place of digits: amounts, accounts. */
static bool try_digits(const Content *content, const ContentPart *part, uint64_t limit)
{
    Span text = part->text->text;
    for (size_t i = 0; i < text.n; i++)
        for (char c = '0';
             g_ascii_isdigit(text.p[i]) && c <= '9' && !content_is_over(content, limit); c++)
            if (c != text.p[i] && try_edit(content, part, i, i + 1, span_of(&c, 1), changed))
                return true;
    return false;
}

static bool try_characters(const Content *content, const ContentPart *part, uint64_t limit)
{
    static const char likely[] =
        " etaoinsrhldcumfpgwybvk0123456789.,-/:@xjqzETAOINSRHLDCUMFPGWYBVKXJQZ";
    Span text = part->text->text;
    for (size_t i = 0; i < text.n; i++)
        if (!content_is_over(content, limit) &&
            try_edit(content, part, i, i + 1, (Span){"", 0}, changed))
            return true;
    for (const char *c = likely; *c; c++)
        for (size_t i = 0; i <= text.n && !content_is_over(content, limit); i++) {
            if (i < text.n && text.p[i] != *c &&
                try_edit(content, part, i, i + 1, span_of(c, 1), changed))
                return true;
            if (try_edit(content, part, i, i, span_of(c, 1), changed))
                return true;
        }
    return false;
}

/* Some words put in anywhere. */
static bool try_runs(const Content *content, const ContentPart *part, uint64_t limit)
{
    size_t n = part->text->text.n;
    for (size_t length = 2; length <= MIN(n, (size_t)RUN_MAX); length++)
        for (size_t from = 0; from + length <= n && !content_is_over(content, limit); from++)
            if (try_edit(content, part, from, from + length, (Span){"", 0}, "body-text-inserted"))
                return true;
    return false;
}

bool content_try_characters(const Content *content)
{
    uint64_t limit = content_limit(content, 3);
    for (size_t i = 0; i < content->n; i++)
        if (content->parts[i].text->text.n <= CHARACTERS_MAX * 8 &&
            try_digits(content, &content->parts[i], limit))
            return true;
    for (size_t i = 0; i < content->n; i++)
        if (content->parts[i].text->text.n <= CHARACTERS_MAX &&
            try_characters(content, &content->parts[i], limit))
            return true;
    limit = content_limit(content, 2);
    for (size_t i = 0; i < content->n; i++)
        if (content->parts[i].text->text.n <= CHARACTERS_MAX * 2 &&
            try_runs(content, &content->parts[i], limit))
            return true;
    return false;
}
