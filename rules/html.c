#include "rules/judge.h"

#include <string.h>

static bool has_html(const Evidence *evidence)
{
    return evidence->html && evidence->html->n > 0;
}

/* One finding over all HTML parts: how often, and the first. */
static void trait(const Evidence *evidence, HtmlTrait trait, Certainty certainty, Verdicts *out)
{
    if (!has_html(evidence))
        return;
    const HtmlFound *found = &evidence->html->found[trait];
    if (found->count == 0) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", certainty);
    verdict_argument_number(out, "count", found->count);
    verdict_argument(out, "found", found->sample);
}

static void script(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_SCRIPT, CERTAINTY_EVALUATED, out);
}

static void handler(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_HANDLER, CERTAINTY_EVALUATED, out);
}

static void script_link(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_SCRIPT_LINK, CERTAINTY_EVALUATED, out);
}

static void form(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_FORM, CERTAINTY_EVALUATED, out);
}

static void embedded(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_EMBEDDED, CERTAINTY_EVALUATED, out);
}

static void refresh(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_REFRESH, CERTAINTY_EVALUATED, out);
}

static void base(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_BASE, CERTAINTY_EVALUATED, out);
}

static void external_style(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_EXTERNAL_STYLE, CERTAINTY_EVALUATED, out);
}

static void file_link(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_FILE_LINK, CERTAINTY_EVALUATED, out);
}

static void relative_link(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_RELATIVE_LINK, CERTAINTY_EVALUATED, out);
}

static void empty_link(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_EMPTY_LINK, CERTAINTY_EVALUATED, out);
}

static void plain_link(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_PLAIN_LINK, CERTAINTY_EVALUATED, out);
}

static void token_link(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_TOKEN_LINK, CERTAINTY_EVALUATED, out);
}

static void address_link(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_ADDRESS_LINK, CERTAINTY_EVALUATED, out);
}

static void internal_link(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_INTERNAL_LINK, CERTAINTY_EVALUATED, out);
}

static void credential_link(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_CREDENTIAL_LINK, CERTAINTY_EVALUATED, out);
}

static void test_link(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_TEST_LINK, CERTAINTY_INFERRED, out);
}

static void placeholder_link(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_PLACEHOLDER_LINK, CERTAINTY_EVALUATED, out);
}

static void shortener(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_SHORTENER, CERTAINTY_EVALUATED, out);
}

static void cid_missing(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_CID_MISSING, CERTAINTY_EVALUATED, out);
}

static void data_image(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_DATA_IMAGE, CERTAINTY_EVALUATED, out);
}

static void relative_image(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_RELATIVE_IMAGE, CERTAINTY_EVALUATED, out);
}

static void vector_image(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_VECTOR_IMAGE, CERTAINTY_EVALUATED, out);
}

static void image_alt(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_IMAGE_WITHOUT_ALT, CERTAINTY_EVALUATED, out);
}

static void other_domain(const Evidence *evidence, Verdicts *out)
{
    trait(evidence, HTML_OTHER_DOMAIN, CERTAINTY_EVALUATED, out);
    if (has_html(evidence) && evidence->html->found[HTML_OTHER_DOMAIN].count > 0)
        verdict_argument(out, "shown", evidence->html->found[HTML_OTHER_DOMAIN].shown);
}

/* --- the text as a whole --- */

/* Gmail shows no more and writes "Message clipped" below it. */
static void size(const Evidence *evidence, Verdicts *out)
{
    enum { CLIPPED_OCTETS = 102 * 1024 };
    if (!has_html(evidence))
        return;
    size_t largest = 0;
    for (size_t i = 0; i < evidence->html->n; i++)
        largest = MAX(largest, evidence->mime->parts[evidence->html->parts[i].part].decoded_length);
    if (largest <= CLIPPED_OCTETS) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_EVALUATED);
    verdict_argument_number(out, "kilobytes", largest / 1024);
}

static void image_only(const Evidence *evidence, Verdicts *out)
{
    enum { FEW_LETTERS = 30 };
    if (!has_html(evidence))
        return;
    const HtmlPart *part = &evidence->html->parts[0];
    if (part->images == 0 || part->letters + part->alt_letters >= FEW_LETTERS || !part->complete) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_EVALUATED);
    verdict_argument_number(out, "images", part->images);
    verdict_argument_number(out, "letters", part->letters + part->alt_letters);
}

/* A line of preview text is hidden by many and harms nobody. */
static void hidden_text(const Evidence *evidence, Verdicts *out)
{
    enum { PREVIEW_LETTERS = 400 };
    if (!has_html(evidence))
        return;
    size_t hidden = 0;
    for (size_t i = 0; i < evidence->html->n; i++)
        hidden = MAX(hidden, evidence->html->parts[i].hidden_letters);
    if (hidden <= PREVIEW_LETTERS) {
        verdict_pass(out, "");
        return;
    }
    verdict_fail(out, "", CERTAINTY_INFERRED);
    verdict_argument_number(out, "letters", hidden);
}

/* Names of one character set. */
static bool same_charset(const char *a, const char *b)
{
    static const char *const utf8[] = {"utf-8", "utf8"};
    static const char *const latin[] = {"iso-8859-1", "latin1", "windows-1252", "us-ascii",
                                        "ascii"};
    if (g_ascii_strcasecmp(a, b) == 0)
        return true;
    bool a_utf8 = false, b_utf8 = false, a_latin = false, b_latin = false;
    for (size_t i = 0; i < G_N_ELEMENTS(utf8); i++) {
        a_utf8 = a_utf8 || g_ascii_strcasecmp(a, utf8[i]) == 0;
        b_utf8 = b_utf8 || g_ascii_strcasecmp(b, utf8[i]) == 0;
    }
    for (size_t i = 0; i < G_N_ELEMENTS(latin); i++) {
        a_latin = a_latin || g_ascii_strcasecmp(a, latin[i]) == 0;
        b_latin = b_latin || g_ascii_strcasecmp(b, latin[i]) == 0;
    }
    return (a_utf8 && b_utf8) || (a_latin && b_latin);
}

static bool is_ascii(const char *text)
{
    for (; text && *text; text++)
        if (!g_ascii_isprint(*text) && !g_ascii_isspace(*text))
            return false;
    return true;
}

static void charset(const Evidence *evidence, Verdicts *out)
{
    if (!has_html(evidence))
        return;
    for (size_t i = 0; i < evidence->html->n; i++) {
        const HtmlPart *part = &evidence->html->parts[i];
        const MimePart *mime = &evidence->mime->parts[part->part];
        if (!part->meta_charset || !mime->charset || is_ascii(mime->text) ||
            same_charset(part->meta_charset, mime->charset))
            continue;
        verdict_fail(out, "", CERTAINTY_PROVEN);
        verdict_argument(out, "inside", part->meta_charset);
        verdict_argument(out, "outside", mime->charset);
        return;
    }
    verdict_pass(out, "");
}

/* --- the plain text beside it --- */

static const HtmlAlternative *alternative(const Evidence *evidence)
{
    return evidence->html && evidence->html->alternative.exists ? &evidence->html->alternative
                                                                : NULL;
}

static void text_flag(const HtmlAlternative *found, bool failing, Verdicts *out)
{
    if (!found)
        return;
    if (failing)
        verdict_fail(out, "", CERTAINTY_EVALUATED);
    else
        verdict_pass(out, "");
}

static void text_empty(const Evidence *evidence, Verdicts *out)
{
    const HtmlAlternative *found = alternative(evidence);
    text_flag(found, found && found->text_letters == 0 && found->html_letters > 0, out);
}

static void text_stub(const Evidence *evidence, Verdicts *out)
{
    const HtmlAlternative *found = alternative(evidence);
    text_flag(found, found && found->asks_for_html && found->html_letters > found->text_letters,
              out);
}

static void text_order(const Evidence *evidence, Verdicts *out)
{
    const HtmlAlternative *found = alternative(evidence);
    text_flag(found, found && found->text_last, out);
}

static void text_differs(const Evidence *evidence, Verdicts *out)
{
    enum { FEW_PERCENT = 25 };
    const HtmlAlternative *found = alternative(evidence);
    if (!found || !found->comparable || found->asks_for_html)
        return;
    text_flag(found, found->shared_percent < FEW_PERCENT, out);
    if (found->shared_percent < FEW_PERCENT)
        verdict_argument_number(out, "percent", found->shared_percent);
}

const RuleCheck html_rules[] = {
    {"html-script", script},
    {"html-handler", handler},
    {"html-script-link", script_link},
    {"html-form", form},
    {"html-embedded", embedded},
    {"html-refresh", refresh},
    {"html-base", base},
    {"html-external-style", external_style},
    {"html-file-link", file_link},
    {"html-relative-link", relative_link},
    {"html-empty-link", empty_link},
    {"html-plain-link", plain_link},
    {"html-token-link", token_link},
    {"html-address-link", address_link},
    {"html-internal-link", internal_link},
    {"html-credential-link", credential_link},
    {"html-test-link", test_link},
    {"html-placeholder-link", placeholder_link},
    {"html-shortener", shortener},
    {"html-cid-missing", cid_missing},
    {"html-data-image", data_image},
    {"html-relative-image", relative_image},
    {"html-vector-image", vector_image},
    {"html-image-alt", image_alt},
    {"html-other-domain", other_domain},
    {"html-size", size},
    {"html-image-only", image_only},
    {"html-hidden-text", hidden_text},
    {"html-charset", charset},
    {"html-text-empty", text_empty},
    {"html-text-stub", text_stub},
    {"html-text-order", text_order},
    {"html-text-differs", text_differs},
    {NULL, NULL},
};
