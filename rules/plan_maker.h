/* plan_maker.h - what the routes of a plan are made with. Private to rules/plan*.c. */
#ifndef MAILASSAY_PLAN_MAKER_H
#define MAILASSAY_PLAN_MAKER_H

#include "rules/change.h"
#include "rules/deciding.h"
#include "rules/plan.h"
#include "rules/rehearse.h"

typedef struct PlanMaker {
    Stage stage;
    const Evidence *evidence;
    const Profile *profile;
    const PlanTexts *texts;
    const char *from_domain;
    DnsSession *dns; /* for questions of the routes' own */
    /* The signature that shows that the message was changed after it was signed; NULL: none does.
     */
    const DkimSignature *changed;
    AlignmentPlan *plan;
} PlanMaker;

/* The routes, each added to the plan when it is one here. */
/* plan_key.c: PLAN_KEY, PLAN_ALIAS */
void plan_add_signing(PlanMaker *maker);
/* plan_bounce.c: PLAN_BOUNCE_SUBDOMAIN, PLAN_BOUNCE_DOMAIN */
void plan_add_bounces(PlanMaker *maker);
void plan_prefetch_bounces(const PlanMaker *maker); /* what it will ask, asked together */
/* plan_own.c */
void plan_add_own_from(PlanMaker *maker);
/* A domain of the operator's own that From does not belong to already, or NULL. *entry is its
 * signing domain, NULL when it has none. Borrowed. */
const char *plan_own_domain(const PlanMaker *maker, const SigningDomain **entry);
/* plan_server.c */
void plan_add_own_server(PlanMaker *maker);
void plan_prefetch_own_server(const PlanMaker *maker);

/* Texts take name, value, name, value ..., NULL. */
PlanRoute *plan_route(PlanMaker *maker, PlanRouteId id, PlanTextId title,
                      ...) G_GNUC_NULL_TERMINATED;
void plan_state(const PlanMaker *maker, PlanRoute *route, PlanState state, PlanTextId reason,
                ...) G_GNUC_NULL_TERMINATED;
void plan_note(const PlanMaker *maker, PlanRoute *route, PlanTextId text,
               ...) G_GNUC_NULL_TERMINATED;
/* Valid until the next need of the route. */
PlanNeed *plan_need(const PlanMaker *maker, PlanRoute *route, PlanWho who, PlanTextId text,
                    ...) G_GNUC_NULL_TERMINATED;
void plan_record(PlanNeed *need, const char *action, const char *name, const char *type,
                 const char *value);
/* Not known yet; value may be NULL. */
void plan_record_to_come(PlanNeed *need, const char *name, const char *type, const char *value);
void plan_changes(PlanNeed *need, const ChangePlan *changes);

/* Tries the route and notes what came of it. */
Rehearsed plan_rehearse(const PlanMaker *maker, PlanRoute *route, const Rehearsal *rehearsal);
/* Passes when `aligned`, and DMARC does not fail. False: it does not, and the caller may know a
 * better reason than the results, to be given with plan_state(). */
bool plan_settle(const PlanMaker *maker, PlanRoute *route, const Rehearsed *rehearsed,
                 bool aligned);

/* The Mail-from domain, when nothing but the message itself tells who sent it for the customer: SPF
 * passes for it, nothing on the message is of the From domain or of somebody in between, and the
 * profile lists it under nobody. Else NULL. Borrowed. */
const char *plan_evident_sender(const PlanMaker *maker);
/* Mail that goes without envelope sender on purpose (RFC 5321 §4.5.5): the route is told so. */
bool plan_has_null_sender(const PlanMaker *maker, PlanRoute *route);
/* What is wrong with an SPF record as it stands, so that a term more would not make it right; NULL
 * when nothing is. Static. */
const char *plan_spf_fault(const SpfSurvey *survey);
/* Local part of the From address when it is a plain word, else "mail". Owned. */
char *plan_local_part(const PlanMaker *maker);
/* d= or a Mail-from of that domain is aligned with the From domain when mode is relaxed. */
bool plan_related(const PlanMaker *maker, const char *domain);

#endif
