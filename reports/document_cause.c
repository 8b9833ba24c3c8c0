#include "analyzer/base/difference.h"
#include "reports/sections.h"

static Span bytes_span(GBytes *bytes)
{
    size_t n = 0;
    const char *p = g_bytes_get_data(bytes, &n);
    return span_of(p, n);
}

/* Names of header fields from h=, which may be anything: each an element of its own. */
static void write_fields(xmlNode *parent, char *const *fields)
{
    xmlNode *list = node_new(parent, "fields");
    size_t n = fields != NULL ? g_strv_length((char **)fields) : 0;
    size_t written = node_limit(list, n, 100);
    for (size_t i = 0; i < written; i++)
        node_string(list, "field-name", fields[i]);
}

/* What is only cut off on the other side is not said to have changed. */
static bool is_beyond_cut(const GArray *pieces, guint i, Span before, Span after)
{
    const DifferencePiece *piece = &g_array_index(pieces, DifferencePiece, i);
    return i + 1 == pieces->len &&
           ((piece->side == DIFFERENCE_BEFORE && after.n == CAUSE_CHANGE_MAX) ||
            (piece->side == DIFFERENCE_AFTER && before.n == CAUSE_CHANGE_MAX));
}

/* Both sides laid together, so that a view can mark what changed. */
static void write_difference(xmlNode *cause, Span before, Span after)
{
    xmlNode *list = node_new(cause, "difference");
    g_autoptr(GArray) pieces = difference_pieces(before, after);
    size_t n = node_limit(list, pieces->len, NODE_MAX_ITEMS);
    for (guint i = 0; i < n; i++) {
        const DifferencePiece *piece = &g_array_index(pieces, DifferencePiece, i);
        if (is_beyond_cut(pieces, i, before, after))
            continue;
        xmlNode *node = node_new(list, "piece");
        node_attr(node, "in", difference_side_name(piece->side));
        node_octets(node, "value", piece->octets);
    }
}

static void write_cause(xmlNode *list, const Cause *cause)
{
    xmlNode *node = node_new(list, "cause");
    node_attr(node, "id", cause->kind->id);
    node_attr(node, "side", cause_side_name(cause->kind->side));
    node_attr(node, "certainty", cause_certainty_name(cause->certainty));
    node_attr(node, "actor", cause_actor_name(cause->kind->actor));
    node_attr(node, "actor-certainty", cause_certainty_name(cause->kind->actor_certainty));
    node_number(node, "hypotheses", cause->hypotheses);
    node_number(node, "bytes-hashed", cause->octets_hashed);
    if (cause->length > 0) {
        node_number(node, "offset", cause->offset);
        node_number(node, "length", cause->length);
    }
    write_fields(node, cause->fields);
    node_text(node, "detail", cause->detail);
    if (cause->before != NULL)
        node_octets(node, "before", bytes_span(cause->before));
    if (cause->after != NULL)
        node_octets(node, "after", bytes_span(cause->after));
    if (cause->before != NULL && cause->after != NULL)
        write_difference(node, bytes_span(cause->before), bytes_span(cause->after));
}

static void write_budget(xmlNode *parent, const char *name, const Budget *budget, bool proven,
                         bool exhausted)
{
    xmlNode *node = node_new(parent, name);
    node_bool(node, "proven", proven);
    node_bool(node, "exhausted", exhausted);
    node_number(node, "hypotheses", budget->hypotheses);
    node_number(node, "bytes-hashed", budget->octets);
}

static void write_command(xmlNode *list, const char *text, const char *expected)
{
    xmlNode *command = node_new(list, "command");
    node_attr(command, "run", text);
    node_attr(command, "expected", expected);
}

/* The openssl command for a header block; "#" stands for the signature's number. */
static const char *verification(const DkimSignature *signature)
{
    if (signature->key_type == KEY_TYPE_ED25519)
        return "openssl pkeyutl -verify -pubin -inkey sig#.pem -rawin -in sig#.digest -sigfile "
               "sig#.b";
    return signature->recovered && signature->recovered_hash == HASH_SHA1
               ? "openssl dgst -sha1 -verify sig#.pem -signature sig#.b sig#.header"
               : "openssl dgst -sha256 -verify sig#.pem -signature sig#.b sig#.header";
}

/* How anybody confirms the proof, on the files that --reconstruct writes. */
static void write_check(xmlNode *parent, const DkimSignature *signature, const CauseReport *report)
{
    size_t i = report->signature;
    if (!report->header_proven && !report->body_proven)
        return;
    xmlNode *list = node_new(parent, "check");
    write_command(list, "mailassay --reconstruct proof MESSAGE && cd proof", NULL);
    if (report->header_as_signed != NULL) {
        g_autofree char *number = g_strdup_printf("%zu", i);
        g_auto(GStrv) parts = g_strsplit(verification(signature), "#", -1);
        g_autofree char *text = g_strjoinv(number, parts);
        write_command(list, text,
                      signature->key_type == KEY_TYPE_ED25519 ? "Signature Verified Successfully"
                                                              : "Verified OK");
    }
    if (report->body_as_signed != NULL && signature->body_hash != NULL) {
        g_autofree char *text =
            g_strdup_printf("sha%ssum sig%zu.body", signature->hash == HASH_SHA1 ? "1" : "256", i);
        g_autofree char *expected =
            bytes_hex(signature->body_hash->data, signature->body_hash->len);
        write_command(list, text, expected);
    }
}

static void write_search(xmlNode *parent, const DkimSignature *signature, const CauseReport *report)
{
    xmlNode *node = node_new(parent, "search");
    write_budget(node, "header-search", &report->header_budget, report->header_proven,
                 report->header_exhausted);
    write_budget(node, "body-search", &report->body_budget, report->body_proven,
                 report->body_exhausted);
    node_number(node, "key-hypotheses", report->key_budget.hypotheses);
    xmlNode *list = node_new(node, "ruled-out");
    for (size_t i = 0; i < report->n_ruled_out; i++) {
        xmlNode *one = node_new(list, "family");
        node_attr(one, "name", report->ruled_out[i].family);
        node_number(one, "hypotheses", report->ruled_out[i].hypotheses);
    }
    if (report->header_as_signed != NULL)
        node_octets(node, "header-as-signed", bytes_span(report->header_as_signed));
    if (report->body_as_signed != NULL)
        node_octets(node, "body-as-signed", bytes_span(report->body_as_signed));
    if (signature != NULL)
        write_check(node, signature, report);
}

static void write_timeline(xmlNode *parent, const Evidence *evidence, const Timeline *timeline)
{
    xmlNode *node = node_new(parent, "timeline");
    node_bool(node, "changed-after-receipt", timeline->changed_after_receipt);
    if (timeline->has_body_change)
        node_number(node, "body-changed-at", timeline->body_changed_at + 1);
    xmlNode *list = node_new(node, "marks");
    size_t n = node_limit(list, timeline->n, 200);
    for (size_t i = 0; i < n; i++) {
        const TimelineMark *mark = &timeline->marks[i];
        xmlNode *one = node_new(list, "mark");
        node_attr(one, "stage", timeline_stage_name(mark->stage));
        if (mark->stage != TIMELINE_FILE)
            sections_field_place(one, evidence->source, mark->field);
        if (mark->has_body_hash)
            node_bool(one, "same-body", mark->same_body);
        node_bool(one, "says-pass", mark->says_pass);
        node_string(one, "who", mark->who);
    }
}

/* Of the message's own signatures; --reconstruct writes no files for those of ARC. */
static const DkimSignature *own_signature(const Evidence *evidence, const SignatureCause *cause)
{
    size_t i = cause->report->signature;
    return i < evidence->dkim->n && cause == &evidence->causes[i] ? &evidence->dkim->signatures[i]
                                                                  : NULL;
}

void sections_cause(xmlNode *signature, const Evidence *evidence, const SignatureCause *cause)
{
    if (cause == NULL || cause->report == NULL)
        return;
    const CauseReport *report = cause->report;
    node_attr(signature, "class", cause_class_name(report->class));
    node_attr(signature, "story", report->story);
    xmlNode *list = node_new(signature, "causes");
    size_t n = node_limit(list, report->n_causes, 100);
    for (size_t i = 0; i < n; i++)
        write_cause(list, &report->causes[i]);
    if (report->class != CAUSE_CLASS_NONE)
        write_search(signature, own_signature(evidence, cause), report);
    if (cause->timeline != NULL)
        write_timeline(signature, evidence, cause->timeline);
}

/* What was undone in the copy before it was examined. */
void sections_copy(xmlNode *input, const Copy *copy)
{
    xmlNode *node = node_new(input, "copy");
    node_bool(node, "repaired", copy != NULL && copy->view != NULL);
    xmlNode *list = node_new(node, "repairs");
    if (copy == NULL || copy->view == NULL)
        return;
    for (size_t i = 0; i < copy->view->n_repairs; i++)
        node_text(list, "repair", view_repair_name(copy->view->repairs[i]));
    node_text(node, "detail", copy->view->detail);
    node_number(node, "repaired-size", copy->source->bytes.n);
}
