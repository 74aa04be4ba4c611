/*
 * A model of AWS in the process, for tests: the operations that the drivers use, over accounts and
 * Regions, behind the same table of functions as the real client, in virtual time and from a seed.
 * What each operation does is a row in the folder aws; nothing is odd enough to need code of its
 * own.
 *
 * Objects become ready after a while, are seen late, cannot go while others need them, and calls
 * above the published rates are throttled. Faults are the test's: it is asked before each call.
 */
#ifndef HAD_SIM_SIM_H
#define HAD_SIM_SIM_H

#include "world/world.h"

#include <jansson.h>

enum had_sim_fault {
    HAD_SIM_NONE,
    HAD_SIM_DEAD,     /* the caller has ended: nothing is done, nobody is answered */
    HAD_SIM_NOT_SENT, /* failed, and nothing happened */
    HAD_SIM_THROTTLE,
    HAD_SIM_UNAVAILABLE, /* 503 before any effect */
    HAD_SIM_LOST_BEFORE, /* outcome unknown, and nothing happened */
    HAD_SIM_LOST_AFTER,  /* outcome unknown, and it happened */
    HAD_SIM_TWICE,       /* it happened twice: a duplicate on the way; the first answer comes */
    HAD_SIM_HALF,        /* what is made ends as failed */
    HAD_SIM_SLOW,        /* answered a minute late */
};

struct had_sim;

struct had_sim_call { /* what a test sees of a call */
    const char *service, *operation;
    const json_t *params;
    had_str account, region;
    bool changes;
    uint64_t number;
};

struct had_sim_options {
    uint64_t seed;
    uint32_t lag_ms; /* new objects are seen so late at most */
    bool rates;      /* calls above the published rates are throttled */
    double speed;    /* of everything that takes its time; 0: 1 */
    enum had_sim_fault (*fault)(void *context, const struct had_sim_call *call);
    void *context;
};

struct had_sim *had_sim_new(const struct had_sim_options *options);
void had_sim_free(struct had_sim *sim);
/* The cloud of a process; several processes may share one model. */
struct had_cloud had_sim_cloud(struct had_sim *sim);
/* Calls in flight are dropped: their process has ended. */
void had_sim_drop_calls(struct had_sim *sim);
int64_t had_sim_now(const struct had_sim *sim);

/* Whether the model has a row for an operation. */
bool had_sim_knows(const char *service, const char *operation);
/* Tells what is wrong with the rows: operations and kinds that do not exist, keys that mean nothing. */
void had_sim_check(void (*told)(void *context, const char *fault), void *context);
/* Puts something there that nobody of ours made: `type` as in the folder aws. Returns its id. */
had_str had_sim_put(struct had_sim *sim, const char *type, const char *account, const char *region,
                    json_t *object);
/* Changes a member of an object behind everybody's back; removes the object with `value` NULL. */
bool had_sim_meddle(struct had_sim *sim, const char *type, had_str id, const char *member,
                    json_t *value);
/* All objects that are not gone: [{type, account, region, object}], sorted, ids replaced by what
 * they stand for where `plain`. A new reference. */
json_t *had_sim_objects(const struct had_sim *sim);

struct had_sim_counts {
    uint64_t calls, changes, throttled;
    uint32_t objects;
};
struct had_sim_counts had_sim_count(const struct had_sim *sim);

#endif
