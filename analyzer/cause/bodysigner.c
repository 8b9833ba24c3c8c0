/* bodysigner.c - bodies that were never what they claimed: signers that hashed other octets than
 * RFC 6376 says. */
#include "analyzer/cause/bodysearch.h"

#include <string.h>

static bool add_signer_cause(BodySearch *search, const char *kind, const char *detail)
{
    Cause *cause = cause_add(search->found->causes, kind, CAUSE_PROVEN);
    cause->detail = g_strdup(detail);
    cause->hypotheses = search->oracle.budget->hypotheses;
    cause->octets_hashed = search->oracle.budget->octets;
    return true;
}

static bool ask(BodySearch *search, const BodyView *view, GString *octets, const char *kind,
                const char *detail)
{
    bool found = lines_try_octets(view->lines, span_of(octets->str, octets->len)) &&
                 add_signer_cause(search, kind, detail);
    g_string_free(octets, TRUE);
    return found;
}

static GString *canonical(Canon canon, const BodySearch *search)
{
    GString *out = g_string_new(NULL);
    canon_body(canon, search->input->source->body, search->input->source->body_lf_is_crlf,
               canon_to_string, out);
    return out;
}

/* A signer that took the body with the line ends of its own machine. */
static bool try_line_ends(BodySearch *search, const BodyView *view, Canon canon)
{
    g_autoptr(GString) crlf = canonical(canon, search);
    GString *out = lines_replace(span_of(crlf->str, crlf->len), SPAN_LIT("\r\n"), SPAN_LIT("\n"));
    if (ask(search, view, out, "signer-body-line-ends", "LF"))
        return true;
    out = canonical(canon, search);
    if (out->len >= 2)
        g_string_truncate(out, out->len - 2);
    return ask(search, view, out, "signer-body-line-ends", "no final line end");
}

/* Empty lines at the end that should have been left out, or that the last hop took away. */
static bool try_trailing_lines(BodySearch *search, const BodyView *view, Canon canon)
{
    enum { TRAILING_MAX = 4 };
    for (int i = 1; i <= TRAILING_MAX; i++) {
        GString *out = canonical(canon, search);
        for (int j = 0; j < i; j++)
            g_string_append(out, "\r\n");
        if (ask(search, view, out, "signer-body-trailing-lines", NULL))
            return true;
    }
    return false;
}

static bool try_as_it_is(BodySearch *search, const BodyView *view)
{
    Span body = search->input->source->body;
    GString *raw = g_string_new_len(body.p, (gssize)body.n);
    return ask(search, view, raw, "signer-body-trailing-lines",
               "as it stood, without canonicalization");
}

static bool try_empty(BodySearch *search, const BodyView *view)
{
    return ask(search, view, g_string_new(""), "signer-body-empty", NULL) ||
           ask(search, view, g_string_new("\r\n"), "signer-body-empty", NULL);
}

/* The signer stuffed dots for SMTP (RFC 5321 §4.5.2) before it hashed. */
static bool try_stuffed(BodySearch *search, const BodyView *view)
{
    g_autoptr(GString) plain = canonical(search->oracle.canon, search);
    bool first = plain->len > 0 && plain->str[0] == '.';
    GString *out =
        lines_replace(span_of(plain->str, plain->len), SPAN_LIT("\r\n."), SPAN_LIT("\r\n.."));
    if (out->len == plain->len && !first) {
        g_string_free(out, TRUE);
        return false;
    }
    if (first)
        g_string_prepend_c(out, '.');
    return ask(search, view, out, "body-dots-lost", "the signer hashed doubled dots");
}

bool body_try_signer(BodySearch *search, const BodyView *view)
{
    Canon claimed = search->oracle.canon,
          other = claimed == CANON_SIMPLE ? CANON_RELAXED : CANON_SIMPLE;
    return ask(search, view, canonical(other, search), "signer-body-other-canon",
               canon_name(other)) ||
           try_line_ends(search, view, claimed) || try_line_ends(search, view, other) ||
           try_trailing_lines(search, view, claimed) || try_as_it_is(search, view) ||
           try_empty(search, view) || try_stuffed(search, view);
}
