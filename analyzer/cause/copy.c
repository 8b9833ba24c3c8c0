#include "analyzer/cause/copy.h"

#include "analyzer/base/domain.h"

typedef enum Rank { RANK_NOTHING, RANK_READABLE, RANK_UNPADS, RANK_HEADER, RANK_PASS } Rank;

static Rank rank_of(const DkimSignature *signature)
{
    if (signature->result == DKIM_PASS)
        return RANK_PASS;
    if (signature->header == DKIM_HEADER_VERIFIES)
        return signature->body == DKIM_BODY_MATCHES ? RANK_PASS : RANK_HEADER;
    if (signature->recovered)
        return RANK_UNPADS;
    return signature->domain && signature->selector ? RANK_READABLE : RANK_NOTHING;
}

/* The best signature decides; more of them decide between equals. */
static unsigned score_of(const DkimCheck *check)
{
    Rank best = RANK_NOTHING;
    unsigned readable = 0;
    for (size_t i = 0; i < check->n; i++) {
        Rank rank = rank_of(&check->signatures[i]);
        best = MAX(best, rank);
        readable += rank > RANK_NOTHING;
    }
    return (unsigned)best * 1000 + MIN(readable, 999u);
}

static bool try_view(Copy *copy, const View *view, DnsSession *dns, int64_t now_s, unsigned *best)
{
    Source *source = source_new(view->octets, SOURCE_AS_STORED);
    DkimCheck *check = dkim_check(source, dns, now_s);
    unsigned score = score_of(check);
    dkim_check_free(check);
    if (score <= *best) {
        source_free(source);
        return false;
    }
    source_free(copy->repaired);
    copy->repaired = source;
    copy->source = source;
    copy->view = view;
    *best = score;
    return score >= (unsigned)RANK_PASS * 1000;
}

Copy *copy_choose(const Source *stored, DnsSession *dns, int64_t now_s)
{
    Copy *copy = g_new0(Copy, 1);
    copy->stored = copy->source = stored;
    copy->views = views_find(stored, &copy->n_views);
    if (copy->n_views == 0)
        return copy;
    DkimCheck *as_stored = dkim_check(stored, dns, now_s);
    unsigned best = score_of(as_stored);
    for (size_t i = 0; best < (unsigned)RANK_PASS * 1000 && i < copy->n_views; i++)
        if (try_view(copy, &copy->views[i], dns, now_s, &best))
            break;
    if (copy->view)
        copy->as_stored = as_stored;
    else
        dkim_check_free(as_stored);
    return copy;
}

Copy *copy_like(const Copy *other, const Source *source)
{
    Copy *copy = g_new0(Copy, 1);
    copy->stored = copy->source = source;
    copy->view = other->view;
    return copy;
}

void copy_free(Copy *copy)
{
    if (!copy)
        return;
    dkim_check_free(copy->as_stored);
    source_free(copy->repaired);
    views_free(copy->views, copy->n_views);
    g_free(copy);
}

CauseClass copy_class_as_stored(const Copy *copy, const DkimSignature *signature,
                                CauseClass examined)
{
    if (!copy->as_stored || !signature->domain || !signature->selector)
        return examined;
    CauseClass stored = CAUSE_CLASS_BOTH;
    for (size_t i = 0; i < copy->as_stored->n; i++) {
        const DkimSignature *other = &copy->as_stored->signatures[i];
        if (other->domain && other->selector && domain_equal(other->domain, signature->domain) &&
            domain_equal(other->selector, signature->selector))
            stored = cause_classify(other);
    }
    /* A value that reads as damaged because the copy is: header and body are, too. */
    bool unreadable = stored == CAUSE_CLASS_SIGNATURE && examined != CAUSE_CLASS_SIGNATURE;
    return unreadable ? CAUSE_CLASS_BOTH : stored;
}

/* --- what was undone --- */

static void keep_verified(const Copy *copy, const DkimSignature *signature, CauseReport *report)
{
    if (signature->header == DKIM_HEADER_VERIFIES && !report->header_as_signed) {
        report->header_as_signed = dkim_header_octets(signature, copy->source);
        report->header_proven = true;
    }
    bool header_holds = signature->header == DKIM_HEADER_VERIFIES || report->header_proven;
    if (signature->body == DKIM_BODY_MATCHES && header_holds && !report->body_as_signed) {
        report->body_as_signed = dkim_body_octets(signature, copy->source);
        report->body_proven = true;
    }
}

void copy_explain(const Copy *copy, const DkimSignature *signature, CauseReport *report)
{
    if (!copy->view)
        return;
    keep_verified(copy, signature, report);
    bool proven = report->header_proven || report->body_proven;
    GArray *causes = causes_new();
    for (size_t i = 0; i < copy->view->n_repairs; i++) {
        Cause *cause = cause_add(causes, view_repair_name(copy->view->repairs[i]),
                                 proven ? CAUSE_PROVEN : CAUSE_INFERRED);
        cause->detail = g_strdup(copy->view->detail);
        cause->hypotheses = copy->n_views;
    }
    cause_prepend(report, causes);
}
