/* The text report with other primitives, so that content and order are the same by construction. */
#include "reports/markdown.h"

#include "reports/document.h"
#include "reports/text.h"

#include <string.h>

/* --- text that no renderer takes for anything else --- */

static bool is_one_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

static bool is_letter(char c)
{
    return g_ascii_isalpha(c) || (unsigned char)c >= 0x80;
}

/* Mark-up, or what a tracker acts upon: mentions, issue numbers, labels, formulas. */
static bool has_mark_up(const char *word, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_one_of(word[i], "\\`*_{}[]<>#|~$^&@"))
            return true;
    }
    return false;
}

/* "example.com", "http://", "mailto:": trackers make links of less than the standard says. */
static bool is_link(const char *word, size_t n)
{
    for (size_t i = 1; i + 2 < n; i++) {
        if (word[i] == '.' && is_letter(word[i + 1]) && is_letter(word[i + 2]))
            return true;
        if (word[i] == ':' && word[i + 1] == '/' && word[i + 2] == '/')
            return true;
    }
    return g_ascii_strncasecmp(word, "mailto:", MIN(n, 7)) == 0 && n > 7;
}

static void put_visible(GString *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++)
        g_string_append_c(out, g_ascii_iscntrl(p[i]) ? '?' : p[i]);
}

static size_t longest_run(const char *p, size_t n, char c)
{
    size_t longest = 0, run = 0;
    for (size_t i = 0; i < n; i++) {
        run = p[i] == c ? run + 1 : 0;
        longest = MAX(longest, run);
    }
    return longest;
}

static void put_fence(GString *out, size_t n)
{
    for (size_t i = 0; i < n; i++)
        g_string_append_c(out, '`');
}

/* CommonMark §6.1: as many backticks as the text has nowhere in a row; a space apart from backticks
 * of its own. */
static void put_code(GString *out, const char *p, size_t n)
{
    size_t fence = longest_run(p, n, '`') + 1;
    bool apart = p[0] == '`' || p[n - 1] == '`';
    put_fence(out, fence);
    g_string_append(out, apart ? " " : "");
    put_visible(out, p, n);
    g_string_append(out, apart ? " " : "");
    put_fence(out, fence);
}

static void put_escaped(GString *out, const char *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (is_one_of(p[i], "\\`*_{}[]<>#|~$^&!@"))
            g_string_append_c(out, '\\');
        put_visible(out, &p[i], 1);
    }
}

/* The punctuation around a word of the sentence stays outside the code span. */
static void put_word(GString *out, const char *word, size_t n)
{
    size_t head = 0, tail = n;
    while (head < n && is_one_of(word[head], "([{<\"'"))
        head++;
    while (tail > head && is_one_of(word[tail - 1], ")]}>\"'.,;:!?"))
        tail--;
    const char *core = word + head;
    size_t length = tail - head;
    put_escaped(out, word, head);
    if (length > 0 && (has_mark_up(core, length) || is_link(core, length)))
        put_code(out, core, length);
    else
        put_escaped(out, core, length);
    put_escaped(out, word + tail, n - tail);
}

/* A list, a rule or a number at the beginning of a line would begin a block (CommonMark §4.1,
 * §5.2). */
static size_t put_beginning(GString *out, const char *text)
{
    size_t digits = strspn(text, "0123456789");
    if (digits > 0 && is_one_of(text[digits], ".)") && !g_ascii_isgraph(text[digits + 1])) {
        g_string_append_len(out, text, (gssize)digits);
        g_string_append_printf(out, "\\%c", text[digits]);
        return digits + 1;
    }
    if (is_one_of(text[0], "-+"))
        g_string_append_c(out, '\\');
    return 0;
}

static void put_text(GString *out, const char *text, bool at_beginning)
{
    if (at_beginning)
        text += strspn(text, " ");
    size_t at = at_beginning ? put_beginning(out, text) : 0;
    while (text[at] != '\0') {
        size_t n = strcspn(text + at, " ");
        put_word(out, text + at, n);
        at += n;
        if (text[at] == ' ')
            g_string_append_c(out, ' ');
        at += strspn(text + at, " ");
    }
}

static void trim_end(GString *out)
{
    while (out->len > 0 && out->str[out->len - 1] == ' ')
        g_string_truncate(out, out->len - 1);
}

/* --- blocks --- */

void markdown_blank(Lines *lines)
{
    GString *out = lines->out;
    lines->markdown->depth = 0;
    if (out->len > 1 && (out->str[out->len - 1] != '\n' || out->str[out->len - 2] != '\n'))
        g_string_append_c(out, '\n');
}

void markdown_heading(Lines *lines, const char *text)
{
    markdown_blank(lines);
    g_string_append(lines->out, "## ");
    put_text(lines->out, text, false);
    g_string_append_c(lines->out, '\n');
    markdown_blank(lines);
}

static void put_indent(Lines *lines, size_t levels)
{
    for (size_t i = 0; i < levels; i++)
        g_string_append(lines->out, "  ");
}

static void begin_item(Lines *lines, size_t indent)
{
    Markdown *markdown = lines->markdown;
    if (markdown->depth == 0)
        markdown_blank(lines);
    while (markdown->depth > 0 && markdown->indents[markdown->depth - 1] >= indent)
        markdown->depth--;
    put_indent(lines, markdown->depth);
    g_string_append(lines->out, "- ");
    if (markdown->depth < MARKDOWN_DEEPEST)
        markdown->indents[markdown->depth++] = indent;
}

void markdown_item(Lines *lines, size_t indent, LineStyle style, const char *mark, const char *text)
{
    bool strong = style == STYLE_BOLD && text[0] != '\0';
    if (indent == 0)
        markdown_blank(lines);
    else
        begin_item(lines, indent);
    put_text(lines->out, mark, true);
    g_string_append(lines->out, strong ? "**" : "");
    put_text(lines->out, text, mark[0] == '\0' && !strong);
    trim_end(lines->out);
    g_string_append(lines->out, strong ? "**\n" : "\n");
    if (indent == 0)
        markdown_blank(lines);
}

void markdown_pair(Lines *lines, size_t indent, const char *label, const char *text)
{
    if (indent == 0)
        markdown_blank(lines);
    else
        begin_item(lines, indent);
    g_string_append(lines->out, "**");
    put_text(lines->out, label, false);
    g_string_append(lines->out, ":** ");
    put_text(lines->out, text, false);
    trim_end(lines->out);
    g_string_append_c(lines->out, '\n');
}

/* Part of the item it stands below (CommonMark §5.2): the fence begins where the item's text does.
 */
static void put_block(Lines *lines, size_t indent, const char *const *texts, size_t n_texts)
{
    Markdown *markdown = lines->markdown;
    while (markdown->depth > 0 && markdown->indents[markdown->depth - 1] >= indent)
        markdown->depth--;
    size_t fence = 3;
    for (size_t i = 0; i < n_texts; i++)
        fence = MAX(fence, longest_run(texts[i], strlen(texts[i]), '`') + 1);
    for (size_t line = 0; line < n_texts + 2; line++) {
        put_indent(lines, markdown->depth);
        if (line > 0 && line <= n_texts)
            put_visible(lines->out, texts[line - 1], strlen(texts[line - 1]));
        else
            put_fence(lines->out, fence);
        g_string_append_c(lines->out, '\n');
    }
}

void markdown_table(Lines *lines, const char *const *cells, size_t columns, size_t rows)
{
    markdown_blank(lines);
    for (size_t row = 0; row < rows; row++) {
        for (size_t i = 0; i < columns; i++) {
            g_string_append(lines->out, "| ");
            put_text(lines->out, cells[row * columns + i], false);
            g_string_append_c(lines->out, ' ');
        }
        g_string_append(lines->out, "|\n");
        for (size_t i = 0; row == 0 && i < columns; i++)
            g_string_append(lines->out, "| --- ");
        g_string_append(lines->out, row == 0 ? "|\n" : "");
    }
    markdown_blank(lines);
}

void markdown_raw(Lines *lines, size_t indent, const char *text)
{
    put_block(lines, indent, &text, 1);
}

void markdown_pointed(Lines *lines, size_t indent, const char *text, const char *pointer)
{
    const char *const both[] = {text, pointer};
    put_block(lines, indent, both, 2);
}

GString *markdown_view(xmlDoc *document, Language language)
{
    g_autoptr(Labels) labels = labels_new(language);
    Markdown markdown = {.depth = 0};
    TextView view = {
        .lines = {.out = g_string_new(NULL), .markdown = &markdown},
        .labels = labels,
        .report = xmlDocGetRootElement(document),
    };
    text_write(&view);
    return view.lines.out;
}
