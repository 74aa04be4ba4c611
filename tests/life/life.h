/*
 * A deployment in the model of AWS, for tests that live with one: specs applied one after the
 * other, planned, meddled with, destroyed. Everything is in the process and in virtual time.
 */
#ifndef HAD_TEST_LIFE_H
#define HAD_TEST_LIFE_H

#include "apply/apply.h"
#include "driver/compile.h"
#include "sim.h"
#include "sim/sim.h"

struct life {
    struct had_compilation compilation;
    bool compiled;
    struct had_arena arena;
    struct had_drivers drivers;
    struct had_sim *cloud;
    struct sim disk;
    struct chance chance;
    int processes;
    enum had_phase phase;
    const char *target;       /* NULL: all */
    bool apart;               /* each look of a plan is a call of its own */
    const char *acknowledged; /* the only address that is acknowledged; NULL: all are */
    /* of the last run */
    uint64_t calls, changes;
    uint32_t steps; /* that were to be done */
    struct had_buffer messages;
};

enum life_deed { LIFE_PLAN, LIFE_APPLY, LIFE_DESTROY };

void life_begin(struct life *life, uint64_t seed);
void life_end(struct life *life);
/* Compiles a spec in place of the one before; false if it has no graph. */
bool life_spec(struct life *life, const char *path);
/* Puts into the cloud what the spec says exists: organization, units, accounts. */
void life_seed(struct life *life);
/* Plans, and does it; every gate is confirmed. `look` (may be NULL) sees
 * the plan. False, with messages, if anything was refused or not done. */
bool life_run(struct life *life, enum life_deed deed,
              void (*look)(void *context, const struct had_plan *plan), void *context);

#endif
