#include "analyzer/message/html.h"

#include "analyzer/message/charset.h"
#include "analyzer/message/htmltext.h"
#include "analyzer/message/linkguard.h"
#include "analyzer/message/weblink.h"

#include <string.h>

typedef struct Reader {
    Html *html;
    HtmlPart *part;
    const Mime *mime;
    HtmlTags tags;
    bool has_base; /* relative addresses mean something after all */
} Reader;

/* --- noting --- */

static char *sample_of(Span text)
{
    Span cut = span_of(text.p, MIN(text.n, (size_t)HTML_SAMPLE_OCTETS));
    return span_dup(cut);
}

static HtmlFound *note(Reader *in, HtmlTrait trait, Span sample)
{
    HtmlFound *found = &in->html->found[trait];
    if (found->count++ == 0)
        found->sample = sample_of(sample);
    return found;
}

static Span text_of(const Reader *in, const HtmlTag *tag)
{
    return span_of(in->tags.text.p + tag->from, tag->to - tag->from);
}

static void note_tag(Reader *in, HtmlTrait trait, const HtmlTag *tag)
{
    note(in, trait, text_of(in, tag));
}

/* The value of an attribute with its entities replaced; NULL when the tag has none of that name.
 * Owned. */
static char *attribute_of(const Reader *in, const HtmlTag *tag, const char *name)
{
    HtmlAttribute attribute;
    for (size_t at = 0; html_attribute(&in->tags, tag, &at, &attribute);)
        if (span_is_nocase(attribute.name, name))
            return htmltext_decode(attribute.value);
    return NULL;
}

/* --- addresses --- */

/* The address as the sender wrote it; NULL when a service of the receiver keeps it to itself. */
static char *as_sent(const char *address)
{
    g_autoptr(GString) undone = g_string_new(NULL);
    const char *product = NULL;
    if (linkguard_undo(span_str(address), undone, &product) && strcmp(product, "redirect") != 0)
        return g_strdup(undone->str);
    return linkguard_opaque(span_str(address)) ? NULL : g_strdup(address);
}

/* What holds for every address: of a link and of a picture. */
static void check_address(Reader *in, const WebLink *link, Span address)
{
    if (link->flags & WEBLINK_FILE)
        note(in, HTML_FILE_LINK, address);
    if (link->flags & WEBLINK_INTERNAL)
        note(in, HTML_INTERNAL_LINK, address);
    if (link->flags & WEBLINK_PLACEHOLDER)
        note(in, HTML_PLACEHOLDER_LINK, address);
}

/* The text between the tags shows an address of another site. */
static void check_shown(Reader *in, const HtmlTag *tag, const WebLink *link, Span address)
{
    enum { LONGEST_SHOWN = 300 };
    const HtmlTag *end = &in->tags.items[tag->match];
    if (end == tag || end->from <= tag->to || !link->host)
        return;
    g_autofree char *text = htmltext_between(&in->tags, tag->to, end->from, LONGEST_SHOWN);
    g_autofree char *sent = as_sent(text);
    g_autofree char *shown = sent ? weblink_shown_host(span_str(sent)) : NULL;
    if (!shown || weblink_same_site(shown, link->host))
        return;
    HtmlFound *found = note(in, HTML_OTHER_DOMAIN, address);
    if (!found->shown)
        found->shown = g_steal_pointer(&shown);
}

static void check_link(Reader *in, const HtmlTag *tag)
{
    static const struct {
        unsigned flags; /* all of them */
        HtmlTrait trait;
    } traits[] = {
        {WEBLINK_SCRIPT, HTML_SCRIPT_LINK},
        {WEBLINK_DATA, HTML_SCRIPT_LINK},
        {WEBLINK_EMPTY, HTML_EMPTY_LINK},
        {WEBLINK_ADDRESS, HTML_ADDRESS_LINK},
        {WEBLINK_CREDENTIALS, HTML_CREDENTIAL_LINK},
        {WEBLINK_TEST_HOST, HTML_TEST_LINK},
        {WEBLINK_SHORTENER, HTML_SHORTENER},
        {WEBLINK_PLAIN | WEBLINK_WEB, HTML_PLAIN_LINK},
        {WEBLINK_PLAIN | WEBLINK_WEB | WEBLINK_TOKEN, HTML_TOKEN_LINK},
    };
    g_autofree char *written = attribute_of(in, tag, "href");
    g_autofree char *address = written ? as_sent(written) : NULL;
    if (written)
        in->part->links++;
    if (!address)
        return;
    Span text = span_str(address);
    WebLink link = weblink_read(text);
    for (size_t i = 0; i < G_N_ELEMENTS(traits); i++)
        if ((link.flags & traits[i].flags) == traits[i].flags)
            note(in, traits[i].trait, text);
    if (link.flags & WEBLINK_RELATIVE && !in->has_base)
        note(in, HTML_RELATIVE_LINK, text);
    check_address(in, &link, text);
    check_shown(in, tag, &link, text);
    weblink_clear(&link);
}

static bool has_part(const Mime *mime, Span content_id)
{
    g_autofree char *id = span_dup(content_id);
    g_autofree char *plain = g_uri_unescape_string(id, NULL);
    for (size_t i = 0; i < mime->n_parts; i++) {
        const char *there = mime->parts[i].content_id;
        if (there && (strcmp(there, id) == 0 || g_strcmp0(there, plain) == 0))
            return true;
    }
    return false;
}

static void check_image(Reader *in, const HtmlTag *tag)
{
    g_autofree char *address = attribute_of(in, tag, "src");
    g_autofree char *alt = attribute_of(in, tag, "alt");
    in->part->images++;
    if (alt)
        in->part->alt_letters += htmltext_letters(alt);
    else
        note_tag(in, HTML_IMAGE_WITHOUT_ALT, tag);
    if (!address)
        return;
    Span text = span_str(g_strstrip(address));
    WebLink link = weblink_read(text);
    in->part->remote_images += (link.flags & WEBLINK_WEB) != 0;
    if (link.flags & WEBLINK_DATA)
        note(in, HTML_DATA_IMAGE, text);
    if (link.flags & WEBLINK_RELATIVE && !in->has_base)
        note(in, HTML_RELATIVE_IMAGE, text);
    if (link.flags & WEBLINK_VECTOR)
        note(in, HTML_VECTOR_IMAGE, text);
    if (link.flags & WEBLINK_CID && in->mime->n_parts < 1000 &&
        !has_part(in->mime, span_from(text, strlen("cid:"))))
        note(in, HTML_CID_MISSING, text);
    check_address(in, &link, text);
    weblink_clear(&link);
}

/* --- elements --- */

static void check_script(Reader *in, const HtmlTag *tag)
{
    g_autofree char *type = attribute_of(in, tag, "type");
    if (!type || g_ascii_strcasecmp(type, "application/ld+json") != 0)
        note_tag(in, HTML_SCRIPT, tag);
}

/* <meta http-equiv="refresh" content="0; url=..."> */
static void check_meta(Reader *in, const HtmlTag *tag)
{
    g_autofree char *equivalent = attribute_of(in, tag, "http-equiv");
    g_autofree char *content = attribute_of(in, tag, "content");
    if (equivalent && content && g_ascii_strcasecmp(equivalent, "refresh") == 0 &&
        strchr(content, '='))
        note_tag(in, HTML_REFRESH, tag);
}

static void check_style_link(Reader *in, const HtmlTag *tag)
{
    g_autofree char *relation = attribute_of(in, tag, "rel"),
                    *address = attribute_of(in, tag, "href");
    if (!relation || !address)
        return;
    g_autofree char *lower = g_ascii_strdown(relation, -1);
    if (strstr(lower, "stylesheet") && !strstr(address, "font"))
        note(in, HTML_EXTERNAL_STYLE, span_str(address));
}

static void check_base(Reader *in, const HtmlTag *tag)
{
    g_autofree char *address = attribute_of(in, tag, "href");
    if (!address)
        return;
    WebLink link = weblink_read(span_str(address));
    in->has_base = in->has_base || (link.flags & WEBLINK_WEB) != 0;
    weblink_clear(&link);
    note(in, HTML_BASE, span_str(address));
}

static void check_handlers(Reader *in, const HtmlTag *tag)
{
    static const char *const events[] = {"onclick",     "ondblclick", "onload",    "onerror",
                                         "onmouseover", "onmouseout", "onfocus",   "onblur",
                                         "onchange",    "onsubmit",   "onkeydown", "onkeyup"};
    HtmlAttribute attribute;
    for (size_t at = 0; html_attribute(&in->tags, tag, &at, &attribute);) {
        for (size_t i = 0; i < G_N_ELEMENTS(events); i++) {
            if (span_is_nocase(attribute.name, events[i])) {
                note_tag(in, HTML_HANDLER, tag);
                return;
            }
        }
    }
}

static void check_form(Reader *in, const HtmlTag *tag)
{
    note_tag(in, HTML_FORM, tag);
}

static void check_embedded(Reader *in, const HtmlTag *tag)
{
    note_tag(in, HTML_EMBEDDED, tag);
}

static void check_vector(Reader *in, const HtmlTag *tag)
{
    note_tag(in, HTML_VECTOR_IMAGE, tag);
}

static void check_tag(Reader *in, const HtmlTag *tag)
{
    static const struct {
        const char *name;
        void (*check)(Reader *in, const HtmlTag *tag);
    } elements[] = {
        {"a", check_link},          {"area", check_link},       {"img", check_image},
        {"script", check_script},   {"meta", check_meta},       {"link", check_style_link},
        {"form", check_form},       {"iframe", check_embedded}, {"frame", check_embedded},
        {"object", check_embedded}, {"embed", check_embedded},  {"applet", check_embedded},
        {"svg", check_vector},
    };
    check_handlers(in, tag);
    for (size_t i = 0; i < G_N_ELEMENTS(elements); i++)
        if (span_is_nocase(tag->name, elements[i].name))
            elements[i].check(in, tag);
}

static void read_part(Html *html, const Mime *mime, size_t index)
{
    enum { TEXT_LIMIT = 256 * 1024 };
    const MimePart *mime_part = &mime->parts[index];
    Span text = span_str(mime_part->text);
    HtmlPart *part = &html->parts[html->n++];
    Reader in = {.html = html, .part = part, .mime = mime, .tags = htmltags_find(text)};
    *part = (HtmlPart){.part = index, .meta_charset = charset_of_html(text)};
    part->complete = in.tags.n < HTMLTAGS_MAX && mime_part->decoded_length <= TEXT_LIMIT;
    size_t base = htmltags_named(&in.tags, HTML_OPEN, "base", 0);
    if (base < in.tags.n)
        check_base(&in, &in.tags.items[base]);
    for (size_t i = 0; i < in.tags.n; i++)
        if (in.tags.items[i].kind == HTML_OPEN)
            check_tag(&in, &in.tags.items[i]);
    HtmlText shown = htmltext_read(&in.tags);
    part->letters = shown.letters;
    part->hidden_letters = shown.hidden_letters;
    part->visible = g_steal_pointer(&shown.visible);
    htmltext_clear(&shown);
    htmltags_clear(&in.tags);
}

/* --- the plain text beside it --- */

static bool is_shown(const MimePart *part, const char *type)
{
    return part->text && !part->is_attachment && strcmp(part->type, type) == 0;
}

/* The first of that type below the multipart at `top`; n_parts when there is none. */
static size_t below(const Mime *mime, size_t top, const char *type)
{
    for (size_t i = top + 1; i < mime->n_parts && mime->parts[i].depth > mime->parts[top].depth;
         i++)
        if (is_shown(&mime->parts[i], type))
            return i;
    return mime->n_parts;
}

/* Words of four letters and more, case folded. */
static GHashTable *words_of(const char *text)
{
    enum { WORD_LETTERS = 4, MOST_WORDS = 20000 };
    GHashTable *words = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *folded = g_utf8_casefold(text, -1);
    for (const char *p = folded; *p && g_hash_table_size(words) < MOST_WORDS;) {
        const char *start = p;
        size_t letters = 0;
        while (*p && g_unichar_isalnum(g_utf8_get_char(p))) {
            letters++;
            p = g_utf8_next_char(p);
        }
        if (letters >= WORD_LETTERS)
            g_hash_table_add(words, g_strndup(start, (gsize)(p - start)));
        if (*p)
            p = g_utf8_next_char(p);
    }
    return words;
}

static void compare(HtmlAlternative *found, const char *text, const HtmlPart *part)
{
    enum { FEW_WORDS = 12 };
    g_autoptr(GHashTable) plain = words_of(text), shown = words_of(part->visible);
    size_t shared = 0, n = g_hash_table_size(plain);
    GHashTableIter each;
    gpointer word;
    g_hash_table_iter_init(&each, plain);
    while (g_hash_table_iter_next(&each, &word, NULL))
        shared += g_hash_table_contains(shown, word) ? 1 : 0;
    found->comparable = part->complete && n >= FEW_WORDS && g_hash_table_size(shown) >= FEW_WORDS;
    found->shared_percent = n > 0 ? (unsigned)(shared * 100 / n) : 0;
}

/* A short text that tells the reader to get another program. */
static bool asks_for_html(const char *text, size_t letters)
{
    enum { SHORT_LETTERS = 250 };
    static const char *const verbs[] = {"support",     "view",      "ondersteun", "bekijk",
                                        "weergegeven", "weergeven", "lezen",      "tonen",
                                        "display",     "show",      "anzeigen",   "read"};
    if (letters == 0 || letters > SHORT_LETTERS)
        return false;
    g_autofree char *lower = g_ascii_strdown(text, -1);
    if (!strstr(lower, "html"))
        return false;
    for (size_t i = 0; i < G_N_ELEMENTS(verbs); i++)
        if (strstr(lower, verbs[i]))
            return true;
    return false;
}

static void read_alternative(Html *html, const Mime *mime, size_t top)
{
    HtmlAlternative *found = &html->alternative;
    size_t text = below(mime, top, "text/plain"), rich = below(mime, top, "text/html");
    const HtmlPart *part = NULL;
    for (size_t i = 0; i < html->n; i++)
        if (html->parts[i].part == rich)
            part = &html->parts[i];
    if (text >= mime->n_parts || !part)
        return;
    const char *plain = mime->parts[text].text;
    *found = (HtmlAlternative){.exists = true, .text = text, .html = rich};
    found->text_last = text > rich && mime->parts[text].depth == mime->parts[rich].depth;
    found->text_letters = htmltext_letters(plain);
    found->html_letters = part->letters;
    found->asks_for_html = asks_for_html(plain, found->text_letters);
    compare(found, plain, part);
}

/* Past an attached message: what is in it was not written for this reader. */
static size_t next_own(const Mime *mime, size_t index)
{
    const MimePart *part = &mime->parts[index++];
    while (part->is_message && index < mime->n_parts && mime->parts[index].depth > part->depth)
        index++;
    return index;
}

Html *html_read(const Mime *mime)
{
    enum { MOST_TRIED = 20 };
    Html *html = g_new0(Html, 1);
    html->parts = g_new0(HtmlPart, HTML_MAX_PARTS);
    for (size_t i = 0; i < mime->n_parts && html->n < HTML_MAX_PARTS; i = next_own(mime, i))
        if (is_shown(&mime->parts[i], "text/html"))
            read_part(html, mime, i);
    size_t tried = 0;
    for (size_t i = 0; i < mime->n_parts && !html->alternative.exists && tried < MOST_TRIED;
         i = next_own(mime, i)) {
        if (!mime->parts[i].is_multipart ||
            strcmp(mime->parts[i].type, "multipart/alternative") != 0)
            continue;
        read_alternative(html, mime, i);
        tried++;
    }
    return html;
}

void html_free(Html *html)
{
    if (!html)
        return;
    for (size_t i = 0; i < html->n; i++) {
        g_free(html->parts[i].visible);
        g_free(html->parts[i].meta_charset);
    }
    g_free(html->parts);
    for (size_t i = 0; i < HTML_TRAITS; i++) {
        g_free(html->found[i].sample);
        g_free(html->found[i].shown);
    }
    g_free(html);
}

const char *html_trait_name(HtmlTrait trait)
{
    static const char *const names[] = {
        [HTML_SCRIPT] = "script",
        [HTML_HANDLER] = "handler",
        [HTML_SCRIPT_LINK] = "script-link",
        [HTML_FORM] = "form",
        [HTML_EMBEDDED] = "embedded",
        [HTML_REFRESH] = "refresh",
        [HTML_BASE] = "base",
        [HTML_EXTERNAL_STYLE] = "external-style",
        [HTML_FILE_LINK] = "file-link",
        [HTML_RELATIVE_LINK] = "relative-link",
        [HTML_EMPTY_LINK] = "empty-link",
        [HTML_PLAIN_LINK] = "plain-link",
        [HTML_TOKEN_LINK] = "token-link",
        [HTML_ADDRESS_LINK] = "address-link",
        [HTML_INTERNAL_LINK] = "internal-link",
        [HTML_CREDENTIAL_LINK] = "credential-link",
        [HTML_TEST_LINK] = "test-link",
        [HTML_PLACEHOLDER_LINK] = "placeholder-link",
        [HTML_OTHER_DOMAIN] = "other-domain",
        [HTML_SHORTENER] = "shortener",
        [HTML_CID_MISSING] = "cid-missing",
        [HTML_DATA_IMAGE] = "data-image",
        [HTML_RELATIVE_IMAGE] = "relative-image",
        [HTML_VECTOR_IMAGE] = "vector-image",
        [HTML_IMAGE_WITHOUT_ALT] = "image-without-alt",
    };
    g_return_val_if_fail(trait < G_N_ELEMENTS(names), "");
    return names[trait];
}
