#include "analyzer/cause/timeline.h"

#include "analyzer/base/domain.h"

#include <string.h>

const char *timeline_stage_name(TimelineStage stage)
{
    static const char *const names[] = {"signature", "arc", "receiver", "file"};
    g_return_val_if_fail((size_t)stage < G_N_ELEMENTS(names), "file");
    return names[stage];
}

/* --- body hashes --- */

static bool is_comparable(const DkimSignature *one, const DkimSignature *other)
{
    return one->body_hash && other->body_hash && one->body_canon == other->body_canon &&
           one->hash == other->hash && !one->has_length && !other->has_length;
}

static bool same_hash(const DkimSignature *one, const DkimSignature *other)
{
    return one->body_hash->len == other->body_hash->len &&
           memcmp(one->body_hash->data, other->body_hash->data, one->body_hash->len) == 0;
}

/* --- what a receiver said of this signature --- */

static bool speaks_of(const AuthResult *result, const DkimSignature *signature)
{
    if (strcmp(result->method, "dkim") != 0 || !signature->domain)
        return false;
    const char *domain = authres_property(result, "header.d"),
               *identity = authres_property(result, "header.i");
    const char *selector = authres_property(result, "header.s");
    if (selector && signature->selector && g_ascii_strcasecmp(selector, signature->selector) != 0)
        return false;
    if (domain)
        return g_ascii_strcasecmp(domain, signature->domain) == 0;
    g_autofree char *of_identity = identity ? domain_of_address(span_str(identity)) : NULL;
    return of_identity && domain_is_at_or_below(of_identity, signature->domain);
}

static bool says_pass(const AuthRes *authres, const DkimSignature *signature, bool *spoke)
{
    *spoke = false;
    for (size_t i = 0; authres && i < authres->n_results; i++) {
        if (!speaks_of(&authres->results[i], signature))
            continue;
        *spoke = true;
        if (strcmp(authres->results[i].result, "pass") == 0)
            return true;
    }
    return false;
}

/* --- the row of marks --- */

typedef struct Row {
    Timeline *timeline;
    GArray *marks;
    const DkimSignature *signature;
    const DkimSignature *last; /* comparable mark before */
} Row;

static void add(Row *row, TimelineMark mark, const DkimSignature *hash)
{
    mark.who = g_strdup(mark.who);
    if (hash && is_comparable(row->signature, hash)) {
        mark.has_body_hash = true;
        mark.same_body = !row->last || same_hash(row->last, hash);
        row->last = hash;
    }
    if (mark.has_body_hash && !mark.same_body && !row->timeline->has_body_change) {
        row->timeline->has_body_change = true;
        row->timeline->body_changed_at = row->marks->len;
    }
    g_array_append_val(row->marks, mark);
}

/* Trace and signature fields are put on top: the lowest is the oldest. */
static void add_signatures(Row *row, const DkimCheck *dkim)
{
    for (size_t i = dkim->n; i-- > 0;) {
        const DkimSignature *signature = &dkim->signatures[i];
        if (signature->domain)
            add(row,
                (TimelineMark){TIMELINE_SIGNATURE, signature->field, signature->domain, false,
                               false, false},
                signature);
    }
}

static void add_arc(Row *row, const ArcChain *arc)
{
    for (size_t i = 0; arc && i < arc->n; i++) {
        const ArcSet *set = &arc->sets[i];
        bool spoke;
        if (set->has_message)
            add(row,
                (TimelineMark){TIMELINE_ARC, set->message.field, set->message.domain, false, false,
                               says_pass(set->results, row->signature, &spoke)},
                &set->message);
    }
}

static void add_words(Row *row, const TimelineWord *words, size_t n)
{
    for (size_t i = n; i-- > 0;) {
        bool spoke, pass = says_pass(words[i].authres, row->signature, &spoke);
        if (!spoke)
            continue;
        add(row,
            (TimelineMark){TIMELINE_RECEIVER, words[i].field, words[i].authres->authserv_id, false,
                           false, pass},
            NULL);
        if (pass && words[i].trusted && !row->signature->crypto_pass)
            row->timeline->changed_after_receipt = true;
    }
}

/* The file as it is now, compared with the last comparable body hash. */
static void add_file(Row *row)
{
    const DkimSignature *signature = row->signature;
    TimelineMark mark = {.stage = TIMELINE_FILE};
    if (row->last && signature->body != DKIM_BODY_NOT_SUPPLIED &&
        signature->body != DKIM_BODY_NOT_EVALUATED) {
        mark.has_body_hash = true;
        mark.same_body = row->last->body_hash->len == hash_size(signature->hash) &&
                         memcmp(row->last->body_hash->data, signature->computed_body_hash,
                                row->last->body_hash->len) == 0;
    }
    add(row, mark, NULL);
}

Timeline *timeline_new(const DkimCheck *dkim, size_t signature, const ArcChain *arc,
                       const TimelineWord *words, size_t n_words)
{
    Timeline *timeline = g_new0(Timeline, 1);
    Row row = {.timeline = timeline,
               .marks = g_array_new(FALSE, TRUE, sizeof(TimelineMark)),
               .signature = &dkim->signatures[signature]};
    add_signatures(&row, dkim);
    add_arc(&row, arc);
    add_words(&row, words, n_words);
    add_file(&row);
    timeline->n = row.marks->len;
    timeline->marks = (TimelineMark *)(void *)g_array_free(row.marks, FALSE);
    return timeline;
}

void timeline_free(Timeline *timeline)
{
    if (!timeline)
        return;
    for (size_t i = 0; i < timeline->n; i++)
        g_free(timeline->marks[i].who);
    g_free(timeline->marks);
    g_free(timeline);
}
