/* plan.h - the alignment plan: in which ways can this mail be sent so that From is aligned, what
 * does each need from whom, and which of them pass.
 *
 * For mail that is sent on a customer's behalf. Nothing is argued: every route is rehearsed
 * (rehearse.h), that is, the message is changed and signed in memory, the records it needs are laid
 * over DNS, and all is collected and judged again. What a rehearsal cannot know makes the route
 * "cannot be rehearsed", with the fact that is missing: no route passes by assumption. A signed
 * route is not promised when another signature shows that the message is changed on its way.
 *
 * A route needs records in DNS (of the customer or of the operator) and acts of people. Of other
 * tenants nothing appears: a domain of the profile is used as the operator's own only when its
 * tenant is the operator, or when it has none and is of the organisation of spf-include; another
 * domain, that of Mail-from, when it is of that organisation.
 *
 * Lifetime: the plan owns everything in it. Texts and values in it are escaped (bytes_escape).
 */
#ifndef MAILASSAY_PLAN_H
#define MAILASSAY_PLAN_H

#include "rules/plan_text.h"
#include "rules/remedy.h"

typedef enum PlanRouteId {
    PLAN_KEY,              /* sign for the From domain; its DNS has the key */
    PLAN_ALIAS,            /* the same, the key behind a CNAME to the operator's key-host */
    PLAN_BOUNCE_SUBDOMAIN, /* Mail-from in a subdomain, with an SPF record of its own */
    PLAN_BOUNCE_DOMAIN,    /* Mail-from in the From domain, whose SPF record has the include */
    PLAN_OWN_FROM,         /* From in a domain of the operator, Reply-To the customer */
    PLAN_OWN_SERVER,       /* through the customer's own mail server */
    PLAN_ROUTES
} PlanRouteId;
const char *plan_route_name(PlanRouteId id); /* "key", "alias", "bounce-subdomain" ... */

typedef enum PlanState {
    PLAN_IN_PLACE, /* this message goes that way, and passes */
    PLAN_PASSES,
    PLAN_FAILS,
    PLAN_CANNOT, /* cannot be rehearsed: a fact is missing */
} PlanState;
const char *plan_state_name(PlanState state);

typedef enum PlanWho {
    PLAN_OPERATOR,
    PLAN_APPLICATION,
    PLAN_CUSTOMER_DNS,
    PLAN_CUSTOMER_MAIL,
} PlanWho;
const char *plan_who_name(PlanWho who);

/* A text, filled in. */
typedef struct PlanLine {
    PlanTextId id;
    char *text[LANGUAGES]; /* NULL: there is nothing to say */
} PlanLine;

typedef struct PlanRecord {
    const char *action; /* "add", "change", "remove" */
    char *name;         /* no final dot */
    const char *type;
    char *value;  /* for "remove" what stands there; NULL when it is to come from the operator */
    char *was;    /* for "change", else NULL */
    bool to_come; /* value or selector (then SELECTOR) is not known yet */
} PlanRecord;

typedef struct PlanNeed {
    PlanWho who;
    PlanLine what;
    PlanRecord *records;
    size_t n_records;
} PlanNeed;

/* How the message was sent in the rehearsal, where otherwise than it was; NULL: as it was. */
typedef struct PlanSending {
    char *mail_from, *client_ip, *helo, *from, *reply_to;
    char *signed_as; /* name of the key of the signature that was added */
} PlanSending;

typedef struct PlanRoute {
    PlanRouteId id;
    PlanState state;
    PlanLine title, reason; /* reason: why it is in place, fails or cannot be rehearsed */
    bool rehearsed;
    PlanSending sending;
    RemedyState outcome;
    bool has_score; /* false: it would hang on a host that is not known */
    bool spf_aligned, dkim_aligned;
    PlanNeed *needs;
    size_t n_needs;
    PlanLine *notes;
    size_t n_notes;
} PlanRoute;

typedef struct AlignmentPlan {
    char *from_domain, *mail_from_domain; /* the latter may be NULL */
    bool needed;                          /* nothing that is aligned passes now */
    bool spf_aligned, dkim_aligned;
    RemedyState before;
    PlanRoute routes[PLAN_ROUTES]; /* in place, passes, fails, cannot; by the customer's work */
    size_t n;
    const PlanRoute *recommended; /* NULL: none passes, or one is in place */
    PlanLine why;                 /* it is recommended */
} AlignmentPlan;

/* NULL when there is nothing to plan. A plan is made when nothing aligned passes (and that is not
 * merely open for lack of facts, or Mail-from could not be aligned anyway); and when something
 * does, but the operator sent it with a Mail-from that is not aligned. None is made for what a
 * forwarder or a list made of signed mail: how it is sent is not what is wrong with it. input is
 * what evidence was collected from; its session must be alive still. Owned. */
AlignmentPlan *plan_make(const EvidenceInput *input, const Evidence *evidence,
                         const Judgement *judgement, const Catalogue *catalogue,
                         const PlanTexts *texts);
void plan_free(AlignmentPlan *plan);
G_DEFINE_AUTOPTR_CLEANUP_FUNC(AlignmentPlan, plan_free)

#endif
