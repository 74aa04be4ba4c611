/*
 * Runs operations side by side in one loop: calls at the pace that the services allow, sleeps, and one
 * sync for all records that were announced together. What failed for a moment is sent again here,
 * whatever stands below.
 *
 *     had_runner_start(&runner, &input, done, context);      // done may start further ones
 *     while (had_runner_turn(&runner))
 *         ;
 */
#ifndef HAD_RESOURCE_RUNNER_H
#define HAD_RESOURCE_RUNNER_H

#include "resource/op.h"

struct had_runner_task;

struct had_runner {
    struct had_world *world;
    struct had_state *state; /* NULL: nothing that syncs is started */
    uint32_t parallel;       /* calls in flight at most; 0: 256 */
    /* Called before each call and after it ended: progress, and the tests' crash points. NULL: not. */
    void (*trace)(void *context, const struct had_op *op, const struct had_aws_result *result);
    void *trace_context;
    bool unpaced;            /* calls do not wait for the services' rates: to measure what these cost */
    bool draining;           /* no further call that changes something is begun */
    /* what it has done */
    uint64_t calls, changes, throttles;
    uint32_t running, in_flight;
    had_str error; /* the state could not be written: everything stops */
    struct had_runner_inside *inside;
};

void had_runner_open(struct had_runner *runner, struct had_world *world, struct had_state *state);
void had_runner_close(struct had_runner *runner); /* what runs is dropped where it is */

/* `done` gets the operation that has ended; it is freed after that. */
void had_runner_start(struct had_runner *runner, const struct had_op_input *input,
                      void (*done)(void *context, struct had_op *op), void *context);
/* One round; false when nothing runs any more, or the state failed (runner.error). */
bool had_runner_turn(struct had_runner *runner);

#endif
