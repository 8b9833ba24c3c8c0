/* domainview.h - signing domains as a table with details, for machines, and as a letter to one
 * customer; and the records that they need.
 *
 * JSON: {"operator", "include", "domains": [...], "checked", "to_do", "worst"}. A domain is
 * {"domain", "tenant", "active", "worst", "keys": [{"selector", "name", "listed", "active",
 * "state", "worst", "facts", "publish"}], "spf", "dmarc", "bounces"}; the last three are {"worst",
 * "facts", "publish"}, or null when the domain is switched off. A fact is {"id", "level", "text"}
 * and, where it has them (domaincheck.h), "object", "found", "n", "of". "publish" is [] or
 * [{"action": "add" or "change", "name", "type", "value"}]; a changed SPF record that was brought
 * within the limit on lookups has "replaced": [{"term", "by", "reason", "needs_upkeep", "text"}]
 * (spfbudget.h). Where that cannot be done without losing a sender, "spf" has "drop": {"excess",
 * "costs": [{"term", "lookups", "enough"}]}. Ids, states and levels are English;
 * "text" is in the language asked for. Levels: good, info, notice, unknown (DNS gave no answer),
 * warning, error.
 */
#ifndef MAILASSAY_CLI_DOMAINVIEW_H
#define MAILASSAY_CLI_DOMAINVIEW_H

#include "cli/domainwords.h"
#include "rules/spfbudget.h"

/* A TXT record to publish. */
typedef struct Advice {
    bool change; /* something stands there */
    char *name, *value;
    SpfFit *fit;     /* what was swapped in the SPF record that stands there; or NULL */
    unsigned excess; /* SPF, lookups: when there is no way without loss, so many are too many */
    SpfCost *costs;  /* then: what can be dropped */
    size_t n_costs;
} Advice;

/* What would mend it; false when nothing is to be mended, or it cannot be known, or only the owner
 * can choose. Free with advice_clear. */
bool advice_key(const KeyCheck *check, Advice *advice);
bool advice_spf(const DomainCheck *check, const DomainChecks *checks, Advice *advice);
bool advice_dmarc(const DomainCheck *check, Advice *advice);
void advice_clear(Advice *advice);
/* One clause on why the term goes. Owned. */
char *advice_swap_text(const SpfSwap *swap, Language language);

Level domainview_worst(const DomainCheck *check);
/* The worst of what is known; *unknown is set when something is not, else left as it is. */
Level domainview_known(const DomainCheck *check, bool *unknown);
GString *domainview_text(const DomainChecks *checks, Language language, bool colour);
GString *domainview_json(const DomainChecks *checks, Language language);
/* The letter about the only domain of checks (reports/letter.h), with the records tried out; dns is
 * the session of the checks, selectors those given to domaincheck(). */
GString *domainview_letter(const DomainChecks *checks, const char *const *selectors,
                           DnsSession *dns, Language language);
/* The part of one key alone. */
GString *domainview_key(const KeyCheck *check, Language language, bool colour);

#endif
