#include "reports/sections.h"

enum { EXCERPT_OCTETS = 160 };

static const char *const line_ends_names[] = {"none", "crlf", "lf", "mixed"};

static const char *const field_defect_names[] = {
    "nul",       "bare-cr",    "8bit-name",  "space-before-colon", "bad-name",
    "long-line", "blank-fold", "8bit-value", "invalid-utf8",
};

void sections_flags(xmlNode *node, const char *name, unsigned bits, const char *const *words,
                    size_t n_words)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (size_t i = 0; i < n_words; i++) {
        if (bits >> i & 1)
            g_string_append_printf(text, "%s%s", text->len > 0 ? " " : "", words[i]);
    }
    if (text->len > 0)
        node_attr(node, name, text->str);
}

void sections_field_place(xmlNode *node, const Source *source, size_t index)
{
    if (index >= source->n_fields)
        return;
    const Field *field = &source->fields[index];
    node_number(node, "field", index + 1);
    node_number(node, "line", field->line);
    node_number(node, "offset", field->offset);
    node_number(node, "length", field->raw.n);
}

/* Fields that break a rule of RFC 5322, with the rules they break. */
static void write_flawed_fields(xmlNode *parent, const Source *source)
{
    xmlNode *list = node_new(parent, "flawed-fields");
    size_t flawed = 0;
    for (size_t i = 0; i < source->n_fields; i++)
        flawed += source->fields[i].defects != 0;
    size_t left = node_limit(list, flawed, 100);
    for (size_t i = 0; left > 0; i++) {
        const Field *field = &source->fields[i];
        if (field->defects == 0)
            continue;
        left--;
        xmlNode *node = node_new(list, "flawed-field");
        sections_flags(node, "defects", field->defects, field_defect_names,
                       G_N_ELEMENTS(field_defect_names));
        sections_field_place(node, source, i);
        node_octets(node, "field-name", span_of(field->name.p, MIN(field->name.n, EXCERPT_OCTETS)));
    }
}

static void write_strays(xmlNode *parent, const Source *source)
{
    xmlNode *list = node_new(parent, "stray-lines");
    for (size_t i = 0; i < MIN(source->n_strays, 100); i++) {
        const StrayLine *stray = &source->strays[i];
        xmlNode *node = node_new(list, "stray-line");
        node_number(node, "line", stray->number);
        node_number(node, "offset", stray->offset);
        node_octets(node, "text", span_of(stray->line.p, MIN(stray->line.n, EXCERPT_OCTETS)));
    }
    node_number(parent, "stray-line-count", source->n_strays);
}

void sections_input(xmlNode *report, const DocumentInput *input)
{
    const Copy *copy = input->evidence->copy;
    const Source *source = copy != NULL ? copy->stored : input->evidence->source;
    xmlNode *node = node_new(report, "input");
    node_attr(node, "name", input->input_name);
    node_attr(node, "sha256", source->sha256);
    node_number(node, "size", source->bytes.n);
    node_number(node, "header-size", source->header.n);
    node_number(node, "body-size", source->body.n);
    node_number(node, "field-count", source->n_fields);
    node_number(node, "line-count", source->lines);
    node_bool(node, "headers-only", input->evidence->headers_only);
    node_bool(node, "separator", source->has_separator);
    node_attr(node, "header-line-ends", line_ends_names[source->header_ends]);
    node_attr(node, "body-line-ends", line_ends_names[source->body_ends]);
    node_bool(node, "body-lf-is-crlf", source->body_lf_is_crlf);
    node_number(node, "bare-lf", source->bare_lf);
    node_number(node, "bare-cr", source->bare_cr);
    node_number(node, "nul", source->nul);
    node_number(node, "longest-line", source->longest_line);
    node_number(node, "longest-line-number", source->longest_line_number);
    node_number(node, "long-lines", source->long_lines);
    if (source->first_bare_lf < source->bytes.n)
        node_number(node, "first-bare-lf", source->first_bare_lf);
    if (source->first_8bit_body < source->bytes.n)
        node_number(node, "first-8bit-body", source->first_8bit_body);
    node_bool(node, "bom", source->has_bom);
    node_bool(node, "mbox-line", source->has_mbox_line);
    write_flawed_fields(node, source);
    write_strays(node, source);
    sections_copy(node, copy);
}

/* --- MIME --- */

void sections_addresses(xmlNode *parent, const char *name, const AddressList *addresses)
{
    xmlNode *list = node_new(parent, name);
    size_t n = node_limit(list, addresses->n, 100);
    for (size_t i = 0; i < n; i++) {
        const Address *address = &addresses->items[i];
        xmlNode *node = node_new(list, "address");
        node_attr(node, "domain", address->domain);
        node_bool(node, "in-group", address->in_group);
        node_string(node, "display-name", address->name);
        node_string(node, "addr-spec", address->addr_spec);
    }
}

static void write_part(xmlNode *list, const MimePart *part)
{
    xmlNode *node = node_new(list, "part");
    node_number(node, "depth", part->depth);
    node_bool(node, "multipart", part->is_multipart);
    node_bool(node, "message", part->is_message);
    node_bool(node, "attachment", part->is_attachment);
    node_bool(node, "decode-lossy", part->decode_lossy);
    node_number(node, "offset", part->body_offset);
    node_number(node, "length", part->body_length);
    node_number(node, "decoded-length", part->decoded_length);
    node_string(node, "type", part->type);
    node_string(node, "charset", part->charset);
    node_string(node, "transfer-encoding", part->encoding);
    node_string(node, "disposition", part->disposition);
    node_string(node, "filename", part->filename);
}

static void write_traits(xmlNode *parent, const Html *html)
{
    xmlNode *list = node_new(parent, "html-traits");
    for (HtmlTrait trait = 0; trait < HTML_TRAITS; trait++) {
        const HtmlFound *found = &html->found[trait];
        if (found->count == 0)
            continue;
        xmlNode *node = node_new(list, "html-trait");
        node_attr(node, "code", html_trait_name(trait));
        node_number(node, "count", found->count);
        node_string(node, "sample", found->sample);
        node_string(node, "shown", found->shown);
    }
}

static void write_html(xmlNode *parent, const Html *html)
{
    if (html->n == 0)
        return;
    xmlNode *node = node_new(parent, "html-content");
    xmlNode *list = node_new(node, "html-texts");
    for (size_t i = 0; i < html->n; i++) {
        const HtmlPart *part = &html->parts[i];
        xmlNode *one = node_new(list, "html-text");
        node_number(one, "part-number", part->part + 1);
        node_number(one, "links", part->links);
        node_number(one, "images", part->images);
        node_number(one, "remote-images", part->remote_images);
        node_number(one, "letters", part->letters);
        node_number(one, "hidden-letters", part->hidden_letters);
        node_bool(one, "complete", part->complete);
    }
    write_traits(node, html);
    if (html->alternative.exists) {
        xmlNode *beside = node_new(node, "plain-text-beside");
        node_number(beside, "letters", html->alternative.text_letters);
        node_number(beside, "shared-percent", html->alternative.shared_percent);
    }
}

void sections_mime(xmlNode *report, const Evidence *evidence)
{
    const Mime *mime = evidence->mime;
    xmlNode *node = node_new(report, "mime");
    node_attr(node, "state", mime_state_name(mime->state));
    node_bool(node, "masked", mime->masked);
    if (mime->date_valid) {
        node_time(node, "date", mime->date_s);
        g_autofree char *zone =
            g_strdup_printf("%c%02d:%02d", mime->date_offset_min < 0 ? '-' : '+',
                            ABS(mime->date_offset_min) / 60, ABS(mime->date_offset_min) % 60);
        node_attr(node, "date-zone", zone);
    }
    node_string(node, "subject", mime->subject);
    node_string(node, "message-id", mime->message_id);
    sections_addresses(node, "sender", &mime->sender);
    sections_addresses(node, "reply-to", &mime->reply_to);
    sections_addresses(node, "to", &mime->to);
    sections_addresses(node, "cc", &mime->cc);

    xmlNode *parts = node_new(node, "parts");
    size_t n = node_limit(parts, mime->n_parts, NODE_MAX_ITEMS);
    for (size_t i = 0; i < n; i++)
        write_part(parts, &mime->parts[i]);
    write_html(node, evidence->html);
    xmlNode *warnings = node_new(node, "mime-warnings");
    for (size_t i = 0; i < mime->n_warnings; i++) {
        xmlNode *warning = node_new(warnings, "mime-warning");
        node_attr(warning, "code", mime->warnings[i].code);
        node_number(warning, "offset", mime->warnings[i].offset);
    }
}
