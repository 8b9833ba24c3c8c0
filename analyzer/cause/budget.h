/* budget.h - counted work: what a search may spend. Deterministic: counts decide, never the clock.
 *
 * The unit is an octet hashed; every hypothesis costs at least BUDGET_HYPOTHESIS_OCTETS on top for
 * what building it takes, and an Ed25519 verification or RSA operation has its price in octets.
 * 1,000,000,000 units are about one second of one core with SHA instructions.
 */
#ifndef MAILASSAY_CAUSE_BUDGET_H
#define MAILASSAY_CAUSE_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

enum { BUDGET_HYPOTHESIS_OCTETS = 256, BUDGET_ED25519_OCTETS = 200000, BUDGET_RSA_OCTETS = 40000 };

typedef struct Budget {
    uint64_t units; /* granted */
    uint64_t spent;
    uint64_t hypotheses; /* tried */
    uint64_t octets;     /* hashed */
} Budget;

/* Accounts for one hypothesis that hashes n octets; false when that is more than is left: stop
 * searching. */
static inline bool budget_spend(Budget *budget, uint64_t n)
{
    if (budget->spent + n + BUDGET_HYPOTHESIS_OCTETS > budget->units)
        return false;
    budget->spent += n + BUDGET_HYPOTHESIS_OCTETS;
    budget->octets += n;
    budget->hypotheses++;
    return true;
}

/* Accounts for work beside hashing; never more than was granted. */
static inline void budget_work(Budget *budget, uint64_t n)
{
    uint64_t left = budget->units > budget->spent ? budget->units - budget->spent : 0;
    budget->spent += n < left ? n : left;
}

#endif
