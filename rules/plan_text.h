/* plan_text.h - the texts of the alignment plan, in two languages, as data: rules/plan.xml.
 *
 * Validated by rules/plan.xsd at load, and built into the program. Loading fails when a text of the
 * list below is missing, when there is one more, or when the languages use different arguments.
 * Immutable, so threads may share one.
 */
#ifndef MAILASSAY_PLAN_TEXT_H
#define MAILASSAY_PLAN_TEXT_H

#include "rules/catalogue.h"

/* title-*: a route. need-*: what somebody has to do. reason-*: why it is in place, fails, or cannot
 * be tried. note-*: what to know of it. why-*: why it is recommended. */
typedef enum PlanTextId {
    TITLE_KEY,
    TITLE_ALIAS,
    TITLE_BOUNCE_SUBDOMAIN,
    TITLE_BOUNCE_DOMAIN,
    TITLE_OWN_FROM,
    TITLE_OWN_SERVER,
    NEED_MAKE_KEY,
    NEED_ACTIVATE,
    NEED_SIGN,
    NEED_SIGN_RIGHT_KEY,
    NEED_MEND_SIGNATURE,
    NEED_PUBLISH_KEY,
    NEED_PUBLISH_KEY_TO_COME,
    NEED_KEY_HOST,
    NEED_KEEP_KEY,
    NEED_ALIAS,
    NEED_SUBDOMAIN,
    NEED_MAIL_FROM,
    NEED_TAKE_BOUNCES,
    NEED_INCLUDE,
    NEED_RETURN_BOUNCES,
    NEED_OWN_FROM,
    NEED_SIGN_OWN,
    NEED_PUBLISH_OWN,
    NEED_PUBLISH_OWN_TO_COME,
    NEED_OWN_DOMAIN,
    NEED_ACCEPT_MAIL,
    NEED_HAND_OVER,
    REASON_IN_PLACE,
    REASON_CHANGED,
    REASON_DNS,
    REASON_STRICT_SPF,
    REASON_NO_POLICY,
    REASON_SPF_RESULT,
    REASON_SPF_LOOKUPS,
    REASON_SPF_FAULTY,
    REASON_RESULT,
    REASON_NO_KEY_HOST,
    REASON_NAME_TOO_LONG,
    REASON_NO_INCLUDE,
    REASON_NO_CLIENT,
    REASON_NULL_SENDER,
    REASON_NO_OWN_DOMAIN,
    REASON_NO_SERVER,
    NOTE_ROTATION,
    NOTE_FORWARDING,
    NOTE_SPF_STAYS,
    NOTE_SPF_LOOKUPS,
    NOTE_SPF_FIRST,
    NOTE_OTHER_SENDER,
    NOTE_SERVER_FOUND,
    NOTE_SERVER_SIGNS,
    WHY_LASTING,
    WHY_KEEPS_FROM,
    WHY_NO_CUSTOMER,
    WHY_ONLY,
    PLAN_TEXTS
} PlanTextId;

const char *plan_text_name(PlanTextId id); /* "need-make-key"; static */

typedef struct PlanTexts PlanTexts;
/* GError (a bug in the data) names file and line. */
PlanTexts *plan_texts_load(GError **error);
/* From XML in memory, for tests. */
PlanTexts *plan_texts_parse(const char *xml, size_t n, const char *label, GError **error);
void plan_texts_free(PlanTexts *texts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PlanTexts, plan_texts_free)

/* With each {name} replaced by the value that follows it in `arguments` (name, value, name, value
 * ..., NULL), or by "-". Values stand as they are: they have to be escaped already. Owned. */
char *plan_text(const PlanTexts *texts, PlanTextId id, Language language,
                const char *const *arguments);

#endif
