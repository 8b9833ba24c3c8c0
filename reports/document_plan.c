#include "reports/sections.h"

static void write_line(xmlNode *parent, const char *name, const PlanLine *line)
{
    for (Language language = 0; language < LANGUAGES; language++) {
        if (line->text[language] != NULL)
            node_text_in(parent, name, language, line->text[language]);
    }
}

static void write_rehearsal(xmlNode *parent, const PlanRoute *route)
{
    const RemedyState *outcome = &route->outcome;
    const PlanSending *sending = &route->sending;
    xmlNode *node = node_new(parent, "rehearsal");
    node_attr(node, "spf", outcome->spf);
    node_attr(node, "dkim", outcome->dkim);
    node_attr(node, "dmarc", outcome->dmarc);
    if (route->has_score) {
        node_number(node, "score", outcome->score);
        node_number(node, "failing-errors", outcome->errors);
    }
    node_bool(node, "spf-aligned", route->spf_aligned);
    node_bool(node, "dkim-aligned", route->dkim_aligned);
    node_attr(node, "mail-from", sending->mail_from);
    node_attr(node, "client-ip", sending->client_ip);
    node_attr(node, "helo", sending->helo);
    node_attr(node, "from", sending->from);
    node_attr(node, "reply-to", sending->reply_to);
    node_attr(node, "signed-as", sending->signed_as);
}

static void write_need(xmlNode *list, const PlanNeed *need)
{
    xmlNode *node = node_new(list, "need");
    node_attr(node, "party", plan_who_name(need->who));
    node_attr(node, "id", plan_text_name(need->what.id));
    write_line(node, "what", &need->what);
    xmlNode *records = node_new(node, "plan-records");
    for (size_t i = 0; i < need->n_records; i++) {
        const PlanRecord *record = &need->records[i];
        xmlNode *one = node_new(records, "plan-record");
        node_attr(one, "action", record->action);
        node_attr(one, "name", record->name);
        node_attr(one, "type", record->type);
        node_bool(one, "to-come", record->to_come);
        node_text(one, "value", record->value);
        node_text(one, "was", record->was);
    }
}

static void write_route(xmlNode *list, const PlanRoute *route)
{
    xmlNode *node = node_new(list, "route");
    node_attr(node, "id", plan_route_name(route->id));
    node_attr(node, "state", plan_state_name(route->state));
    if (route->reason.text[LANGUAGE_EN])
        node_attr(node, "reason", plan_text_name(route->reason.id));
    write_line(node, "title", &route->title);
    write_line(node, "state-reason", &route->reason);
    if (route->rehearsed)
        write_rehearsal(node, route);
    xmlNode *needs = node_new(node, "needs");
    for (size_t i = 0; i < route->n_needs; i++)
        write_need(needs, &route->needs[i]);
    xmlNode *notes = node_new(node, "notes");
    for (size_t i = 0; i < route->n_notes; i++) {
        xmlNode *note = node_new(notes, "plan-note");
        node_attr(note, "id", plan_text_name(route->notes[i].id));
        write_line(note, "remark", &route->notes[i]);
    }
}

void sections_plan(xmlNode *report, const AlignmentPlan *plan)
{
    if (!plan)
        return;
    xmlNode *node = node_new(report, "plan");
    node_attr(node, "certainty", certainty_name(CERTAINTY_PROVEN));
    node_bool(node, "needed", plan->needed);
    node_attr(node, "from-domain", plan->from_domain);
    node_attr(node, "mail-from-domain", plan->mail_from_domain);
    node_bool(node, "spf-aligned", plan->spf_aligned);
    node_bool(node, "dkim-aligned", plan->dkim_aligned);
    if (plan->recommended)
        node_attr(node, "recommended", plan_route_name(plan->recommended->id));
    sections_remedy_state(node_new(node, "as-is"), &plan->before);
    write_line(node, "recommendation", &plan->why);
    xmlNode *routes = node_new(node, "routes");
    for (size_t i = 0; i < plan->n; i++)
        write_route(routes, &plan->routes[i]);
}
