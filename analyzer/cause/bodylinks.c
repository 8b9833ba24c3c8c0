/* bodylinks.c - links that link protection rewrote, undone all at once: one change to the message,
 * however many links. */
#include "analyzer/cause/bodycontent.h"
#include "analyzer/message/linkguard.h"

#include <string.h>

enum { LINKS_MAX = 2000, HOSTS_MAX = 8 };

/* One rewritten link. */
typedef struct Link {
    size_t part;     /* index into the parts */
    size_t from, to; /* in the part's text */
    char *original;  /* with "&" */
    const char *product;
    char *host; /* of the address it was rewritten to */
    bool in_tag;
    size_t tag; /* index of that tag */
} Link;

static void link_clear(void *item)
{
    g_free(((Link *)item)->original);
    g_free(((Link *)item)->host);
}

/* --- finding them --- */

static bool ends_address(char c, char quote)
{
    if (quote)
        return c == quote || c == '<' || c == '>' || (unsigned char)c < ' ';
    return (unsigned char)c <= ' ' || c == '"' || c == '\'' || c == '<' || c == '>' || c == 0x7f;
}

/* The address at `from`; what is only punctuation after it stays outside. */
static size_t address_end(Span text, size_t from)
{
    char before = from > 0 ? text.p[from - 1] : ' ';
    char quote = before == '"' || before == '\'' ? before : 0;
    size_t end = from;
    while (end < text.n && !ends_address(text.p[end], quote))
        end++;
    while (!quote && end > from && strchr(".,;:!?)]}", text.p[end - 1]) && text.p[end - 1])
        end--;
    return end;
}

static GString *unescaped(Span text)
{
    g_autoptr(GString) named = lines_replace(text, SPAN_LIT("&amp;"), SPAN_LIT("&"));
    return lines_replace(span_of(named->str, named->len), SPAN_LIT("&#38;"), SPAN_LIT("&"));
}

static bool read_link(const ContentPart *part, size_t from, size_t end, Link *link)
{
    Span address = span_of(part->text->text.p + from, end - from);
    if (address.n > LINKGUARD_MAX_URL)
        return false;
    g_autoptr(GString) plain = unescaped(address);
    g_autoptr(GString) original = g_string_new(NULL);
    Span url = span_of(plain->str, plain->len);
    *link = (Link){.from = from, .to = end};
    if (!linkguard_undo(url, original, &link->product))
        return false;
    link->host = span_dup(linkguard_host(url));
    link->original = g_strdup(original->str);
    link->tag = htmltags_at(&part->tags, from);
    link->in_tag = link->tag < part->tags.n && part->tags.items[link->tag].from < from;
    return true;
}

bool content_next_address(Span text, size_t *at, size_t *from, size_t *end)
{
    while ((*at = span_find(text, ':', *at)) + 2 < text.n) {
        size_t colon = (*at)++, scheme = 0;
        if (colon >= 5 && span_starts_nocase(span_from(text, colon - 5), "https"))
            scheme = 5;
        else if (colon >= 4 && span_starts_nocase(span_from(text, colon - 4), "http"))
            scheme = 4;
        if (scheme == 0 || text.p[colon + 1] != '/' || text.p[colon + 2] != '/')
            continue;
        *from = colon - scheme;
        *end = address_end(text, *from);
        *at = MAX(*end, colon + 3);
        return true;
    }
    return false;
}

static void find_links(const Content *content, size_t index, GArray *links)
{
    const ContentPart *part = &content->parts[index];
    size_t at = 0, from, end;
    while (links->len < LINKS_MAX && content_next_address(part->text->text, &at, &from, &end)) {
        Link link;
        if (read_link(part, from, end, &link)) {
            link.part = index;
            g_array_append_val(links, link);
        }
    }
}

/* --- how they were --- */

/* What the author had written, as far as the rewriting does not tell. */
typedef struct Manner {
    bool amp;             /* "&amp;" for "&" in HTML */
    bool kept;            /* as the attribute originalsrc says */
    bool no_slash;        /* "https://host" had become "https://host/" */
    bool keep_attributes; /* those of the service stood there before */
    bool keep_hints;      /* so did " [host]" behind the links */
    size_t writing;
} Manner;

/* Which links. */
typedef struct Choice {
    const char *host; /* NULL: all */
    bool known_only, in_tags_only, in_text_only;
    size_t part; /* that part only; SIZE_MAX: all */
} Choice;

static bool is_chosen(const Link *link, const Choice *choice)
{
    return (!choice->host || strcmp(link->host, choice->host) == 0) &&
           (!choice->known_only || strcmp(link->product, "redirect") != 0) &&
           (!choice->in_tags_only || link->in_tag) && (!choice->in_text_only || !link->in_tag) &&
           (choice->part == SIZE_MAX || link->part == choice->part);
}

/* What services add to the tag of a link. */
static bool is_service_attribute(const HtmlAttribute *attribute)
{
    static const char *const names[] = {"originalsrc",    "shash",          "data-auth",
                                        "data-linkindex", "data-loopstyle", "data-safelink",
                                        "data-outlook-id"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        if (span_is_nocase(attribute->name, names[i]))
            return true;
    return span_is_nocase(attribute->name, "title") &&
           span_starts_nocase(attribute->value, "Protected by ");
}

static bool tag_attribute(const ContentPart *part, const Link *link, const char *name,
                          HtmlAttribute *attribute)
{
    size_t at = 0;
    while (link->in_tag &&
           html_attribute(&part->tags, &part->tags.items[link->tag], &at, attribute))
        if (span_is_nocase(attribute->name, name))
            return true;
    return false;
}

/* "https://host/" without its slash, when there is nothing else. */
static size_t without_slash(const char *url)
{
    size_t n = strlen(url);
    Span host = linkguard_host(span_of(url, n));
    return host.n > 0 && host.p + host.n + 1 == url + n && url[n - 1] == '/' ? n - 1 : n;
}

static void write_original(const ContentPart *part, const Link *link, const Manner *manner,
                           GString *out)
{
    HtmlAttribute kept;
    if (manner->kept && tag_attribute(part, link, "originalsrc", &kept)) {
        g_string_append_len(out, kept.value.p, (gssize)kept.value.n);
        return;
    }
    size_t n = manner->no_slash ? without_slash(link->original) : strlen(link->original);
    for (size_t i = 0; i < n; i++) {
        if (link->original[i] == '&' && manner->amp && part->text->is_html)
            g_string_append(out, "&amp;");
        else
            g_string_append_c(out, link->original[i]);
    }
}

/* " [host.example]" behind a link, as Proofpoint shows where it leads; 0 when there is none. */
static size_t hint_length(const ContentPart *part, const Link *link, size_t *at)
{
    Span text = part->text->text;
    *at = link->to;
    if (link->in_tag) {
        const HtmlTag *tag = &part->tags.items[link->tag];
        if (tag->match == link->tag)
            return 0;
        *at = part->tags.items[tag->match].to;
    }
    Span rest = span_from(text, *at), host = linkguard_host(span_str(link->original));
    size_t n = host.n + 3;
    bool there = host.n > 0 && rest.n >= n && rest.p[0] == ' ' && rest.p[1] == '[' &&
                 rest.p[n - 1] == ']' && span_equal_nocase(span_of(rest.p + 2, host.n), host);
    return there ? n : 0;
}

static int by_offset(const void *a, const void *b)
{
    const Edit *x = a, *y = b;
    return x->from < y->from ? -1 : x->from > y->from;
}

static void add_edit(GArray *edits, size_t from, size_t to, Span text)
{
    Edit edit = {from, to, text};
    g_array_append_val(edits, edit);
}

/* The edits of one part; the texts they point to are kept in `own`. */
static GArray *link_edits(const Content *content, size_t index, const GArray *links,
                          const Choice *choice, const Manner *manner, GPtrArray *own)
{
    const ContentPart *part = &content->parts[index];
    GArray *edits = g_array_new(FALSE, FALSE, sizeof(Edit));
    size_t last_tag = SIZE_MAX, hint_at;
    for (guint i = 0; i < links->len; i++) {
        const Link *link = &g_array_index(links, Link, i);
        if (link->part != index || !is_chosen(link, choice))
            continue;
        GString *original = g_string_new(NULL);
        write_original(part, link, manner, original);
        g_ptr_array_add(own, original);
        add_edit(edits, link->from, link->to, span_of(original->str, original->len));
        HtmlAttribute attribute;
        for (size_t at = 0;
             link->in_tag && link->tag != last_tag && !manner->keep_attributes &&
             html_attribute(&part->tags, &part->tags.items[link->tag], &at, &attribute);)
            if (is_service_attribute(&attribute))
                add_edit(edits, attribute.from, attribute.to, (Span){"", 0});
        if (link->in_tag)
            last_tag = link->tag;
        size_t hint = manner->keep_hints ? 0 : hint_length(part, link, &hint_at);
        if (hint > 0)
            add_edit(edits, hint_at, hint_at + hint, (Span){"", 0});
    }
    g_array_sort(edits, by_offset);
    /* What lies within another edit is gone with it. */
    guint kept = 0;
    for (guint i = 0; i < edits->len; i++) {
        Edit edit = g_array_index(edits, Edit, i);
        if (kept == 0 || edit.from >= g_array_index(edits, Edit, kept - 1).to)
            g_array_index(edits, Edit, kept++) = edit;
    }
    g_array_set_size(edits, kept);
    return edits;
}

/* --- proposals --- */

static void free_string(void *string)
{
    g_string_free(string, TRUE);
}

static char *describe(const GArray *links, const Choice *choice)
{
    const char *product = NULL;
    size_t n = 0;
    for (guint i = 0; i < links->len; i++) {
        const Link *link = &g_array_index(links, Link, i);
        if (!is_chosen(link, choice))
            continue;
        bool better = !product || strcmp(product, "redirect") == 0;
        product = better ? link->product : product;
        n++;
    }
    return g_strdup_printf("%s, %zu link%s", product ? product : "", n, n == 1 ? "" : "s");
}

static bool propose(const Content *content, const GArray *links, const Choice *choice,
                    const Manner *manner, Keep keep)
{
    g_autoptr(GPtrArray) own = g_ptr_array_new_with_free_func(free_string);
    PieceList list;
    pieces_init(&list, 0);
    for (size_t i = 0; i < content->n; i++) {
        const LeafText *text = content->parts[i].text;
        g_autoptr(GArray) edits = link_edits(content, i, links, choice, manner, own);
        pieces_until(&list, text->leaf->body_from);
        leaftext_edit(text, (const Edit *)(void *)edits->data, edits->len,
                      MIN(manner->writing, text->n_writings - 1), &list);
    }
    pieces_until(&list, content->view->lines->n);
    g_autofree char *detail = describe(links, choice);
    bool found = body_propose(content->search, content->view, pieces_of(&list), list.pieces->len,
                              "body-links-rewritten", detail, keep);
    pieces_clear(&list);
    return found;
}

/* What of the manners can make a difference here. */
typedef struct Matters {
    bool some, amp, kept, slash, attributes, hints;
    size_t writings;
} Matters;

static Matters what_matters(const Content *content, const GArray *links, const Choice *choice)
{
    Matters matters = {.writings = 1};
    for (guint i = 0; i < links->len; i++) {
        const Link *link = &g_array_index(links, Link, i);
        const ContentPart *part = &content->parts[link->part];
        HtmlAttribute attribute;
        size_t at = 0;
        if (!is_chosen(link, choice))
            continue;
        matters.some = true;
        matters.amp |= part->text->is_html && strchr(link->original, '&');
        matters.slash |= without_slash(link->original) < strlen(link->original);
        matters.kept |= tag_attribute(part, link, "originalsrc", &attribute);
        matters.hints |= hint_length(part, link, &at) > 0;
        for (at = 0; link->in_tag &&
                     html_attribute(&part->tags, &part->tags.items[link->tag], &at, &attribute);)
            matters.attributes |= is_service_attribute(&attribute);
        matters.writings = MAX(matters.writings, part->text->n_writings);
    }
    return matters;
}

static bool try_choice(const Content *content, const GArray *links, const Choice *choice, Keep keep)
{
    Matters matters = what_matters(content, links, choice);
    /* Bits of `form`, the likeliest reading first: 1 "&" for "&amp;", 2 the address and not
     * originalsrc, 4 no slash, 8 attributes stay, 16 hints stay. */
    unsigned possible = (matters.amp ? 1u : 0) | (matters.kept ? 2u : 0) |
                        (matters.slash ? 4u : 0) | (matters.attributes ? 8u : 0) |
                        (matters.hints ? 16u : 0);
    for (size_t writing = 0; matters.some && writing < matters.writings; writing++) {
        for (unsigned form = 0; form < 32 && !body_done(content->search); form++) {
            if (form & ~possible)
                continue;
            Manner manner = {!(form & 1),     !(form & 2),      (form & 4) != 0,
                             (form & 8) != 0, (form & 16) != 0, writing};
            bool plain = (form & ~1u) == 0;
            if (propose(content, links, choice, &manner, plain ? keep : KEEP_NOT))
                return true;
        }
    }
    return false;
}

static GPtrArray *hosts_of(const GArray *links)
{
    GPtrArray *hosts = g_ptr_array_new();
    for (guint i = 0; i < links->len && hosts->len < HOSTS_MAX; i++) {
        char *host = g_array_index(links, Link, i).host;
        if (!g_ptr_array_find_with_equal_func(hosts, host, g_str_equal, NULL))
            g_ptr_array_add(hosts, host);
    }
    return hosts;
}

static bool try_choices(const Content *content, const GArray *links)
{
    bool some_known = false, some_not = false, tags = false, text = false;
    for (guint i = 0; i < links->len; i++) {
        const Link *link = &g_array_index(links, Link, i);
        bool known = strcmp(link->product, "redirect") != 0;
        some_known |= known;
        some_not |= !known;
        tags |= link->in_tag;
        text |= !link->in_tag;
    }
    Choice choice = {.part = SIZE_MAX, .known_only = some_known && some_not};
    if (try_choice(content, links, &choice, some_known ? KEEP_AS_FIRST_BASE : KEEP_AS_LIKELY_BASE))
        return true;
    choice.known_only = false;
    if (some_known && some_not && try_choice(content, links, &choice, KEEP_AS_LIKELY_BASE))
        return true;
    g_autoptr(GPtrArray) hosts = hosts_of(links);
    for (guint i = 0; hosts->len > 1 && i < hosts->len; i++) {
        choice.host = g_ptr_array_index(hosts, i);
        if (try_choice(content, links, &choice, i < 2 ? KEEP_AS_LIKELY_BASE : KEEP_NOT))
            return true;
    }
    const Choice by_place[] = {{.part = SIZE_MAX, .in_tags_only = true},
                               {.part = SIZE_MAX, .in_text_only = true}};
    for (size_t i = 0; tags && text && i < G_N_ELEMENTS(by_place); i++)
        if (try_choice(content, links, &by_place[i], i == 0 ? KEEP_AS_LIKELY_BASE : KEEP_NOT))
            return true;
    for (size_t i = 0; content->n > 1 && i < content->n; i++) {
        const Choice one = {.part = i};
        if (try_choice(content, links, &one, KEEP_NOT))
            return true;
    }
    return false;
}

bool content_try_links(const Content *content)
{
    g_autoptr(GArray) links = g_array_new(FALSE, FALSE, sizeof(Link));
    g_array_set_clear_func(links, link_clear);
    for (size_t i = 0; i < content->n; i++)
        find_links(content, i, links);
    return links->len > 0 && try_choices(content, links);
}
