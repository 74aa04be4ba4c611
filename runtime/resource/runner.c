#include "resource/runner.h"

#include "resource/pace.h"

#include <stdlib.h>
#include <string.h>

enum { PARALLEL = 256, ROUND_MS = 1000, TRANSIENT_MAX = 6, THROTTLED_MAX_MS = 1800000 };

struct had_runner_task {
    struct had_runner *runner;
    struct had_op op;
    void (*done)(void *context, struct had_op *op);
    void *context;
    enum { READY_TO_CALL, CALLING, WAITING, ENDED } state;
    int64_t wake; /* of WAITING and of calls that wait for their place */
    bool resume;  /* what `wake` ends is a sleep of the operation, not of its call */
    bool placed;  /* the bucket gave its place */
    uint32_t transient;
    int64_t throttled_since;
    uint32_t throttle_ms;
    struct had_runner_task *next;
};

struct had_runner_inside {
    struct had_runner_task *first, **last;
    struct had_arena arena;
    struct had_paces paces;
};

void had_runner_open(struct had_runner *runner, struct had_world *world, struct had_state *state)
{
    *runner = (struct had_runner){.world = world, .state = state};
    struct had_runner_inside *in = had_xmalloc(sizeof *in);
    memset(in, 0, sizeof *in);
    in->last = &in->first;
    runner->inside = in;
}

void had_runner_close(struct had_runner *runner)
{
    struct had_runner_inside *in = runner->inside;
    if (!in)
        return;
    for (struct had_runner_task *task = in->first, *next; task; task = next) {
        next = task->next;
        had_op_free(&task->op);
        free(task);
    }
    had_paces_free(&in->paces);
    had_arena_free(&in->arena);
    free(in);
    runner->inside = NULL;
}

static int64_t now(const struct had_runner *runner)
{
    return runner->world->cloud.now(runner->world->cloud.context);
}

static double chance(const struct had_runner *runner)
{
    unsigned char bytes[4];
    runner->world->random(runner->world->context, bytes, sizeof bytes);
    return (bytes[0] | bytes[1] << 8 | bytes[2] << 16) / 16777216.0;
}

/* ---- what an operation wants ---- */

static void look(struct had_runner_task *task)
{
    struct had_op *op = &task->op;
    switch (op->want) {
    case HAD_WANT_NOTHING:
        task->state = ENDED;
        return;
    case HAD_WANT_CALL:
        task->state = READY_TO_CALL;
        task->placed = false;
        task->wake = 0;
        task->transient = 0;
        task->throttled_since = 0;
        task->throttle_ms = 0;
        return;
    case HAD_WANT_SLEEP:
        task->state = WAITING;
        task->resume = true;
        task->wake = now(task->runner) + op->sleep_ms;
        return;
    case HAD_WANT_SYNC:
        task->state = WAITING;
        return;
    }
}

static void call_again(struct had_runner_task *task, int64_t delay_ms)
{
    task->state = READY_TO_CALL;
    task->placed = false;
    task->wake = now(task->runner) + delay_ms;
}

static void answered(void *context, const struct had_aws_result *result)
{
    struct had_runner_task *task = context;
    struct had_runner *runner = task->runner;
    struct had_op *op = &task->op;
    runner->in_flight--;
    if (runner->trace)
        runner->trace(runner->trace_context, op, result);
    if (result->outcome == HAD_AWS_FAILED) {
        enum had_aws_fault fault = had_aws_fault_of(op->call.service, &result->error);
        if (fault == HAD_AWS_THROTTLE) {
            int64_t at = now(runner);
            runner->throttles++;
            had_aws_bucket_throttled(had_pace_of(&runner->inside->paces, &op->call, at), at);
            if (task->throttled_since == 0)
                task->throttled_since = at;
            if (at - task->throttled_since < THROTTLED_MAX_MS) {
                task->throttle_ms = task->throttle_ms ? task->throttle_ms * 2 : 500;
                if (task->throttle_ms > HAD_AWS_DELAY_MAX_MS)
                    task->throttle_ms = HAD_AWS_DELAY_MAX_MS;
                call_again(task, (int64_t)(chance(runner) * task->throttle_ms) + 1);
                return;
            }
        }
        bool unsent = had_str_is(result->error.code, HAD_AWS_NOT_SENT);
        if ((fault == HAD_AWS_TRANSIENT || unsent) && task->transient < TRANSIENT_MAX) {
            int64_t most = 500LL << task->transient++;
            call_again(task, (int64_t)(chance(runner) * (double)most) + 1);
            return;
        }
    }
    had_op_answer(op, result);
    look(task);
}

static void send(struct had_runner_task *task)
{
    struct had_runner *runner = task->runner;
    struct had_op *op = &task->op;
    task->state = CALLING;
    op->call.done = answered;
    op->call.context = task;
    runner->calls++;
    runner->changes += op->call_changes;
    runner->in_flight++;
    if (runner->trace)
        runner->trace(runner->trace_context, op, NULL);
    runner->world->cloud.submit(runner->world->cloud.context, &op->call);
}

void had_runner_start(struct had_runner *runner, const struct had_op_input *input,
                      void (*done)(void *context, struct had_op *op), void *context)
{
    struct had_runner_task *task = had_xmalloc(sizeof *task);
    memset(task, 0, sizeof *task);
    task->runner = runner;
    task->done = done;
    task->context = context;
    *runner->inside->last = task;
    runner->inside->last = &task->next;
    runner->running++;
    had_op_begin(&task->op, input);
    look(task);
}

/* ---- a round ---- */

/* Logs all records that wait for it, syncs once, and lets their operations go on. */
static bool sync_all(struct had_runner *runner)
{
    struct had_arena arena = {0};
    had_str message = {0};
    bool any = false, fine = true;
    for (struct had_runner_task *task = runner->inside->first; task && fine; task = task->next) {
        if (task->state == WAITING && task->op.want == HAD_WANT_SYNC) {
            any = true;
            fine = had_state_log(runner->state, task->op.in.record, &message) == HAD_STATE_OK;
        }
    }
    if (any && fine)
        fine = had_state_sync(runner->state, &message) == HAD_STATE_OK;
    if (!fine)
        runner->error = had_str_dup(&runner->inside->arena, message);
    for (struct had_runner_task *task = runner->inside->first; any && task && fine;
         task = task->next) {
        if (task->state == WAITING && task->op.want == HAD_WANT_SYNC) {
            had_op_resume(&task->op);
            look(task);
        }
    }
    had_arena_free(&arena);
    return fine;
}

static bool sweep(struct had_runner *runner)
{
    struct had_runner_inside *in = runner->inside;
    bool ended = false;
    for (struct had_runner_task **at = &in->first; *at;) {
        struct had_runner_task *task = *at;
        if (task->state != ENDED) {
            at = &task->next;
            continue;
        }
        *at = task->next;
        if (in->last == &task->next)
            in->last = at;
        runner->running--;
        ended = true;
        task->done(task->context, &task->op); /* may start others: they come at the end */
        had_op_free(&task->op);
        free(task);
    }
    return ended;
}

bool had_runner_turn(struct had_runner *runner)
{
    struct had_runner_inside *in = runner->inside;
    struct had_cloud *cloud = &runner->world->cloud;
    uint32_t parallel = runner->parallel ? runner->parallel : PARALLEL;
    sweep(runner);
    if (!sync_all(runner))
        return false;
    int64_t at = now(runner), next = at + ROUND_MS;
    bool more = false;
    for (struct had_runner_task *task = in->first; task; task = task->next) {
        if (runner->draining && (task->state == READY_TO_CALL || task->state == WAITING)) {
            /* what it announced and found is durable: the next run goes on from there */
            had_op_stop(&task->op);
            task->state = ENDED;
        }
        if (task->state == WAITING && task->resume && task->wake <= at) {
            task->resume = false;
            had_op_resume(&task->op);
            look(task);
            more |= task->state == WAITING && task->op.want == HAD_WANT_SYNC;
        }
        if (task->state == READY_TO_CALL) {
            if (!task->placed && task->wake <= at) {
                int64_t wait =
                    runner->unpaced
                        ? 0
                        : had_aws_bucket_take(had_pace_of(&in->paces, &task->op.call, at), at);
                task->placed = true;
                task->wake = at + wait;
            }
            if (task->wake <= at && runner->in_flight < parallel)
                send(task);
        }
        if (task->state == ENDED)
            more = true;
        else if (task->state != CALLING && task->wake > at && task->wake < next)
            next = task->wake;
    }
    if (!in->first)
        return false;
    cloud->turn(cloud->context, more ? 0 : (uint32_t)(next - at));
    return true;
}
