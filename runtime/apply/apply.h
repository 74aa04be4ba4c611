/*
 * Carries out a plan: steps side by side as their order allows, the longest way first, each announced in
 * the state before its first call. What fails blocks only what waits for it; a gate that nobody has
 * passed makes its dependants wait for a later run.
 */
#ifndef HAD_APPLY_APPLY_H
#define HAD_APPLY_APPLY_H

#include "plan/plan.h"

enum had_step_end {
    HAD_END_OPEN,    /* not ended yet */
    HAD_END_DONE,
    HAD_END_FAILED,
    HAD_END_BLOCKED, /* what it waits for failed */
    HAD_END_WAITING, /* behind a gate, or the gate itself */
    HAD_END_STOPPED, /* interrupted */
};
const char *had_step_end_name(enum had_step_end end);

bool had_step_does(const struct had_plan_step *step); /* something that is told and counted */

struct had_event {
    const struct had_plan_step *step;
    enum had_step_end end; /* OPEN: it begins */
    had_str error;         /* of a failure, whole sentences; of others that are not done: why */
    int64_t wall;          /* milliseconds since 1970 */
    int64_t took_ms;       /* at the end */
    uint32_t done, all;    /* steps that do something */
};

struct had_apply {
    struct had_plan *plan;
    uint32_t parallel; /* steps at most; 0: 1,000 */
    bool unpaced;      /* as in had_runner */
    void (*event)(void *context, const struct had_event *event); /* may be NULL */
    void *context;
    void (*trace)(void *context, const struct had_op *op, const struct had_aws_result *result);
    void *trace_context;
    /* the outcome */
    enum had_step_end *ends; /* by step number; in the deployment's arena */
    had_str *errors; /* as had_event.error */
    uint32_t done, failed, blocked, waiting, stopped;
    uint64_t calls, changes, throttles;
    had_str error; /* the state could not be written: nothing more was done */
};

/* True if every step ended well. The state is checkpointed by whoever closes it. */
bool had_apply_run(struct had_apply *apply);
/* For programs: one event, and all that came of it. New references. */
json_t *had_event_json(const struct had_event *event, const struct had_sources *sources);
json_t *had_apply_json(const struct had_apply *apply, const struct had_sources *sources);

#endif
