#include "rules/spfreach.h"

#include <string.h>

enum { MAX_TERMS = 512 };

static bool add_passing(const SpfRecord *record, AddrSet *passing, unsigned *room);

bool spfreach_has_macro(const SpfTerm *term)
{
    return term->domain_spec && strchr(term->domain_spec, '%');
}

static bool is_mechanism(const SpfTerm *term)
{
    return term->kind <= SPF_EXISTS;
}

static const SpfTerm *find(const SpfRecord *record, SpfTermKind kind)
{
    for (size_t i = 0; i < record->n; i++)
        if (record->terms[i].kind == kind)
            return &record->terms[i];
    return NULL;
}

bool spfreach_is_read(const SpfRecord *record, const SpfTerm *term)
{
    const SpfTerm *all = find(record, SPF_ALL);
    if (term->kind == SPF_REDIRECT)
        return !all;
    return is_mechanism(term) && (!all || term->offset <= all->offset);
}

static bool is_sound(const SpfRecord *record)
{
    return record && record->text && record->problem == SPF_OK;
}

/* --- exactly --- */

static bool add_hosts(const SpfTerm *term, AddrSet *set)
{
    if (!term->hosts || !term->hosts->complete)
        return false;
    for (char **address = term->hosts->addresses; *address; address++) {
        bool v6 = strchr(*address, ':') != NULL;
        g_autofree char *network =
            g_strdup_printf("%s/%u", *address, v6 ? term->prefix6 : term->prefix4);
        addrset_add(set, network);
    }
    return true;
}

static bool add_term(const SpfTerm *term, AddrSet *set, unsigned *room)
{
    if (*room == 0 || term->problem != SPF_OK || spfreach_has_macro(term))
        return false;
    (*room)--;
    switch (term->kind) {
    case SPF_IP4:
    case SPF_IP6:
        return addrset_add(set, term->network);
    case SPF_A:
    case SPF_MX:
        return add_hosts(term, set);
    case SPF_INCLUDE:
    case SPF_REDIRECT:
        return add_passing(term->child, set, room);
    case SPF_ALL:
        addrset_add_all(set);
        return true;
    default:
        return false;
    }
}

/* What gets a pass of a record: a term decides on what no term before it has decided on. */
static bool add_passing(const SpfRecord *record, AddrSet *passing, unsigned *room)
{
    if (!is_sound(record))
        return false;
    g_autoptr(AddrSet) decided = addrset_new();
    for (size_t i = 0; i < record->n; i++) {
        const SpfTerm *term = &record->terms[i];
        if (!is_mechanism(term) || !spfreach_is_read(record, term))
            continue;
        g_autoptr(AddrSet) matched = addrset_new();
        if (!add_term(term, matched, room))
            return false;
        addrset_subtract(matched, decided);
        addrset_unite(decided, matched);
        if (term->qualifier == '+')
            addrset_unite(passing, matched);
    }
    const SpfTerm *redirect = find(record, SPF_REDIRECT);
    if (!redirect || !spfreach_is_read(record, redirect))
        return true;
    g_autoptr(AddrSet) rest = addrset_new();
    if (!add_term(redirect, rest, room))
        return false;
    addrset_subtract(rest, decided);
    addrset_unite(passing, rest);
    return true;
}

AddrSet *spfreach_of(const SpfTerm *term)
{
    g_autoptr(AddrSet) set = addrset_new();
    unsigned room = MAX_TERMS;
    return add_term(term, set, &room) ? g_steal_pointer(&set) : NULL;
}

/* --- by structure --- */

static bool has_same_domain(const SpfTerm *a, const SpfTerm *b)
{
    return a->kind == b->kind && a->domain && b->domain &&
           g_ascii_strcasecmp(a->domain, b->domain) == 0 && a->prefix4 == b->prefix4 &&
           a->prefix6 == b->prefix6;
}

/* Macros stand for the same in one record, and for something else in another. */
bool spfreach_is_same(const SpfTerm *a, const SpfTerm *b)
{
    if (!spfreach_has_macro(a) && !spfreach_has_macro(b))
        return has_same_domain(a, b);
    return a->kind == b->kind && a->domain_spec && b->domain_spec &&
           strcmp(a->domain_spec, b->domain_spec) == 0 && a->prefix4 == b->prefix4 &&
           a->prefix6 == b->prefix6;
}

bool spfreach_is_clean(const SpfTerm *term)
{
    if (term->problem != SPF_OK)
        return false;
    for (size_t i = 0; term->child && i < term->child->n; i++)
        if (!spfreach_is_clean(&term->child->terms[i]))
            return false;
    return true;
}

/* Whether the record gives a pass whenever inner, a term of a record above it, matches. A term that
 * can give another result, or an error, ends the search: it may come before inner. */
static bool passes_with(const SpfRecord *record, const SpfTerm *inner)
{
    if (!is_sound(record))
        return false;
    for (size_t i = 0; i < record->n; i++) {
        const SpfTerm *term = &record->terms[i];
        if (!is_mechanism(term))
            continue;
        if (term->qualifier != '+' || !spfreach_is_clean(term))
            return false;
        if (term->kind == SPF_ALL)
            return true;
        if (!spfreach_has_macro(term) && !spfreach_has_macro(inner) && has_same_domain(term, inner))
            return true;
        if (term->kind == SPF_INCLUDE && term->child && passes_with(term->child, inner))
            return true;
    }
    const SpfTerm *redirect = find(record, SPF_REDIRECT);
    return redirect && spfreach_is_clean(redirect) && redirect->child &&
           passes_with(redirect->child, inner);
}

bool spfreach_covers(const SpfTerm *outer, const SpfTerm *inner)
{
    if (outer->problem != SPF_OK)
        return false;
    return spfreach_is_same(outer, inner) ||
           (outer->kind == SPF_INCLUDE && outer->child && passes_with(outer->child, inner));
}

bool spfreach_leads_nowhere(const SpfTerm *term)
{
    if (spfreach_has_macro(term))
        return false;
    switch (term->kind) {
    case SPF_INCLUDE:
        return term->problem == SPF_PROBLEM_NO_RECORD || term->problem == SPF_PROBLEM_BAD_NAME;
    case SPF_A:
    case SPF_MX:
        if (term->problem == SPF_PROBLEM_BAD_NAME)
            return true;
        if (term->problem != SPF_OK)
            return false;
        return term->hosts ? term->hosts->complete && !term->hosts->addresses[0] : term->voids > 0;
    case SPF_EXISTS:
        return term->problem == SPF_OK && term->voids > 0;
    default:
        return false;
    }
}
