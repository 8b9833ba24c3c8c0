#include "rules/remark.h"

void remark_place(const Lint *lint, size_t offset, size_t length, Verdicts *out)
{
    enum { SHOWN = 120 };
    Span text = span_of(lint->text, lint->text_n);
    Span found = span_from(text, offset);
    found.n = MIN(found.n, MIN(length, (size_t)SHOWN));
    verdict_argument(out, "name", lint->name);
    verdict_argument_span(out, "found", found);
    verdict_argument_number(out, "position", offset + 1);
    verdict_in_record(out, lint->name, text, offset, length);
}

bool remark_fails(const Lint *lint, LintCode code, const char *object, Verdicts *out)
{
    if (!lint)
        return false;
    const Remark *remark = lint_find(lint, code);
    if (!remark) {
        verdict_pass(out, object);
        return false;
    }
    verdict_fail(out, object, CERTAINTY_PROVEN);
    remark_place(lint, remark->offset, remark->length, out);
    return true;
}

void remark_propose(const Lint *lint, LintCode code, Verdicts *out)
{
    g_autofree char *mended = lint_mended(lint, code);
    if (mended)
        verdict_record(out, "change", lint->name, "TXT", mended);
}
