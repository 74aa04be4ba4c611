#include "apply/apply.h"

#include "apply/gate.h"

#include <stdlib.h>
#include <string.h>

enum { STEPS_AT_ONCE = 1000 };

struct lane {
    had_str key;
    uint32_t width, running;
    had_array(uint32_t) queue; /* steps that wait for a place, in their order */
    uint32_t next;
};

struct run;

struct work { /* of a step that runs */
    struct run *run;
    struct had_plan_step *step;
    struct lane *lane;
    json_t *desired, *live, *changed, *tags;
    struct had_driver probe; /* of a gate */
    bool renamed;            /* its tag had:address is another's */
    int64_t since;
    struct work *next, **place; /* among those that run */
};

struct run {
    struct had_apply *apply;
    struct had_deployment *d;
    struct had_plan *plan;
    struct had_runner runner;
    struct had_arena *arena;
    uint32_t *open; /* steps that a step still waits for */
    struct had_plan_users users;
    uint32_t *heap, heap_count;
    struct work *works;
    uint32_t running, active; /* active: steps that do something */
    had_array(struct lane *) lanes;
    had_array(uint32_t) ended; /* whose dependants are to be looked at */
    uint32_t ended_next;
};

/* ---- the ready ones: longest way first, then by number ---- */

static bool before(const struct run *run, uint32_t a, uint32_t b)
{
    const struct had_plan_step *x = run->plan->steps.items[a], *y = run->plan->steps.items[b];
    return x->longest != y->longest ? x->longest > y->longest : a < b;
}

static void push(struct run *run, uint32_t number)
{
    uint32_t at = run->heap_count++;
    while (at > 0 && before(run, number, run->heap[(at - 1) / 2])) {
        run->heap[at] = run->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    run->heap[at] = number;
}

static uint32_t pop(struct run *run)
{
    uint32_t top = run->heap[0], last = run->heap[--run->heap_count], at = 0;
    for (;;) {
        uint32_t child = 2 * at + 1;
        if (child >= run->heap_count)
            break;
        if (child + 1 < run->heap_count && before(run, run->heap[child + 1], run->heap[child]))
            child++;
        if (!before(run, run->heap[child], last))
            break;
        run->heap[at] = run->heap[child];
        at = child;
    }
    run->heap[at] = last;
    return top;
}

/* ---- ends ---- */

bool had_step_does(const struct had_plan_step *step)
{
    return step->action != HAD_PLAN_KEEP && step->action != HAD_PLAN_NOTHING &&
           step->action != HAD_PLAN_VERIFY;
}

static void tell(struct run *run, const struct had_plan_step *step, enum had_step_end end,
                 had_str error, int64_t took)
{
    struct had_apply *apply = run->apply;
    if (!apply->event || !had_step_does(step))
        return;
    struct had_cloud *cloud = &run->d->world->cloud;
    struct had_event event = {.step = step,
                              .end = end,
                              .error = error,
                              .wall = cloud->wall(cloud->context),
                              .took_ms = took,
                              .done = apply->done,
                              .all = run->active};
    apply->event(apply->context, &event);
}

static void end_step(struct run *run, struct had_plan_step *step, enum had_step_end end,
                     had_str error, int64_t took)
{
    struct had_apply *apply = run->apply;
    if (apply->ends[step->number] != HAD_END_OPEN)
        return;
    apply->ends[step->number] = end;
    apply->errors[step->number] = had_str_dup(run->arena, error);
    bool counts = had_step_does(step);
    switch (end) {
    case HAD_END_DONE:
        apply->done += counts;
        break;
    case HAD_END_FAILED:
        apply->failed++;
        break;
    case HAD_END_BLOCKED:
        apply->blocked += counts;
        break;
    case HAD_END_WAITING:
        apply->waiting += counts;
        break;
    case HAD_END_STOPPED:
        apply->stopped += counts;
        break;
    case HAD_END_OPEN:
        break;
    }
    *had_push(run->arena, &run->ended) = step->number;
    tell(run, step, end, apply->errors[step->number], took);
}

/* Frees dependants of what is done, ends those of what is not. */
static void settle_ends(struct run *run)
{
    while (run->ended_next < run->ended.count) {
        uint32_t number = run->ended.items[run->ended_next++];
        enum had_step_end end = run->apply->ends[number];
        for (uint32_t i = run->users.start[number]; i < run->users.start[number + 1]; i++) {
            struct had_plan_step *user = run->plan->steps.items[run->users.items[i]];
            if (end == HAD_END_DONE) {
                if (--run->open[user->number] == 0 &&
                    run->apply->ends[user->number] == HAD_END_OPEN)
                    push(run, user->number);
                continue;
            }
            enum had_step_end then = end == HAD_END_FAILED ? HAD_END_BLOCKED : end;
            had_str why = had_str_printf(run->arena, "`" HAD_FMT "` comes first",
                                         HAD_ARG(run->plan->steps.items[number]->address));
            end_step(run, user, then, why, 0);
        }
    }
}

static bool log_record(struct run *run, struct had_record *record)
{
    return had_state_log(run->d->state, record, &run->apply->error) == HAD_STATE_OK;
}

static struct lane *lane_of(struct run *run, const struct had_plan_step *step)
{
    if (!step->node || step->node->lane.len == 0 || !had_step_does(step))
        return NULL;
    had_each(struct lane *, lane, &run->lanes)
        if (had_str_eq((*lane)->key, step->node->lane))
            return *lane;
    struct lane *lane = had_new(run->arena, struct lane);
    lane->key = step->node->lane;
    lane->width = step->node->lane_width ? step->node->lane_width : 1;
    *had_push(run->arena, &run->lanes) = lane;
    return lane;
}

static void work_free(struct work *work)
{
    *work->place = work->next;
    if (work->next)
        work->next->place = work->place;
    json_decref(work->desired);
    json_decref(work->live);
    json_decref(work->changed);
    json_decref(work->tags);
    free(work);
}

static void finish_work(struct work *work, enum had_step_end end, had_str error)
{
    struct run *run = work->run;
    struct had_cloud *cloud = &run->d->world->cloud;
    run->running--;
    if (work->lane) {
        work->lane->running--;
        if (work->lane->next < work->lane->queue.count)
            push(run, work->lane->queue.items[work->lane->next++]);
    }
    end_step(run, work->step, end, error, cloud->now(cloud->context) - work->since);
    work_free(work);
}

/* ---- operations ---- */

static void know_attributes(struct run *run, const struct had_node *node,
                            const struct had_record *record)
{
    struct had_look *look = had_deployment_look(run->d, node);
    json_decref(look->attributes);
    look->attributes = json_incref(record->attributes);
}

static const char address_tag[] = "had:address";

static void forget_address(const struct had_record *record)
{
    json_t *tags = json_object_get(record->applied, "Tags");
    for (size_t i = json_array_size(tags); i-- > 0;) {
        const json_t *value;
        const char *name = had_tag_name(json_array_get(tags, i), &value);
        if (name && strcmp(name, address_tag) == 0)
            json_array_remove(tags, i);
    }
    if (tags && json_array_size(tags) == 0)
        json_object_del(record->applied, "Tags");
}

/* What goes on under another name says so: that tag is one of the changes. */
static void write_address(struct work *work)
{
    json_t *stated = json_object_get(work->desired, "Tags"), *tag;
    json_t *tags = stated ? json_copy(stated) : json_array();
    size_t i;
    json_array_foreach(work->tags, i, tag) {
        const json_t *value;
        const char *name = had_tag_name(tag, &value);
        if (name && strcmp(name, address_tag) == 0)
            json_array_append(tags, tag);
    }
    json_object_set_new(work->desired, "Tags", tags);
    if (!json_object_get(work->live, "Tags"))
        json_object_set_new(work->live, "Tags", json_array());
    json_array_append_new(work->changed, json_string("Tags"));
}

static void op_ended(void *context, struct had_op *op)
{
    struct work *work = context;
    struct run *run = work->run;
    struct had_plan_step *step = work->step;
    struct had_record *record = op->in.record;
    if (op->end == HAD_OP_DONE && op->in.action == HAD_DO_REMOVE) {
        bool fine = had_state_remove(run->d->state, record, &run->apply->error) == HAD_STATE_OK;
        finish_work(work, fine ? HAD_END_DONE : HAD_END_FAILED, run->apply->error);
        return;
    }
    if (op->end == HAD_OP_DONE) {
        record->revision = step->revision;
        if (work->renamed) /* our tag is not the spec's */
            forget_address(record);
        had_deployment_fill(run->d, step->node, record);
        record->status = HAD_RECORD_READY;
        know_attributes(run, step->node, record);
        bool fine = log_record(run, record);
        finish_work(work, fine ? HAD_END_DONE : HAD_END_FAILED, run->apply->error);
        return;
    }
    /* Nothing was sent to make it: the next run must not take somebody else's for a making of ours.
     */
    bool foreign = op->end == HAD_OP_FOREIGN;
    if (foreign && op->in.action == HAD_DO_MAKE && !op->in.resumed && record->id.len == 0)
        record->created = 0;
    log_record(run, record);
    had_str error = had_str_dup(run->arena, op->error);
    if (foreign)
        error = had_str_printf(
            run->arena,
            HAD_FMT ": take it over with `had import`, or give one of the two another name",
            HAD_ARG(error));
    finish_work(work, op->end == HAD_OP_STOPPED ? HAD_END_STOPPED : HAD_END_FAILED, error);
}

static void start_op(struct work *work, enum had_action action, struct had_record *record,
                     void (*done)(void *context, struct had_op *op))
{
    struct run *run = work->run;
    const struct had_driver *driver = had_driver_find(&run->d->drivers, record->type);
    struct had_op_input input = had_deployment_input(run->d, driver, action, record);
    /* read as it was applied, as the plan does: by new values the old ones are not found */
    input.desired = action == HAD_DO_READ ? NULL : work->desired;
    input.live = work->live;
    input.changed = work->changed;
    input.tags = work->tags;
    input.resumed = work->step->resumed;
    input.leaving = work->step->leaving && action == HAD_DO_REMOVE;
    had_runner_start(&run->runner, &input, done, work);
}

static bool desire(struct work *work)
{
    struct run *run = work->run;
    const struct had_plan_step *step = work->step;
    work->desired = had_deployment_desired(run->d, step->node, step->revision);
    if (!had_deployment_reaches(run->d, step->node)) {
        finish_work(work, HAD_END_FAILED,
                    had_str_printf(run->arena,
                                   "account `" HAD_FMT "` has no id yet: it is still to be made",
                                   HAD_ARG(step->node->context->account)));
        return false;
    }
    const char *unknown = had_desired_unknown_name(work->desired);
    if (!unknown)
        return true;
    had_str error =
        had_str_printf(run->arena, "`%s` is not known: what gives it told no such value", unknown);
    finish_work(work, HAD_END_FAILED, error);
    return false;
}

static struct had_record *record_at(struct run *run, const struct had_node *node)
{
    struct had_record *record = had_state_find(run->d->state, node->address);
    if (!record) {
        record = had_state_add(run->d->state, node->address, node->type_name);
        had_deployment_fill(run->d, node, record);
    }
    return record;
}

/*
 * One that stays until the new one is there has an address of its own meanwhile. Whatever ends this
 * run, the next finds it as an object that the spec does not name.
 */
static bool step_aside(struct run *run, const struct had_plan_step *step)
{
    struct had_record *old = step->record;
    had_str aside = had_str_printf(run->d->state->arena, HAD_FMT "~%u", HAD_ARG(step->address),
                                   old->generation);
    return had_state_move(run->d->state, old, aside, &run->apply->error) == HAD_STATE_OK;
}

/* Of an object under an address where others have been, or stand aside. */
static uint32_t next_generation(const struct run *run, had_str address)
{
    const struct had_state *state = run->d->state;
    had_str before = had_str_printf(run->arena, HAD_FMT "~", HAD_ARG(address));
    uint32_t next = 0;
    bool found;
    for (uint32_t i = had_state_place(state, before, &found); i < state->records.count; i++) {
        const struct had_record *record = state->records.items[i];
        if (record->address.len < before.len ||
            memcmp(record->address.ptr, before.ptr, before.len) != 0)
            break;
        if (record->generation >= next)
            next = record->generation + 1;
    }
    return next;
}

static void start_make(struct work *work)
{
    struct run *run = work->run;
    struct had_plan_step *step = work->step;
    struct had_deployment *d = run->d;
    if (!desire(work))
        return;
    struct had_record *old = step->record;
    uint32_t generation =
        old ? old->generation + !step->resumed : next_generation(run, step->address);
    if (step->first && !step_aside(run, step)) {
        finish_work(work, HAD_END_FAILED, run->apply->error);
        return;
    }
    struct had_record *record = record_at(run, step->node);
    if (!step->resumed) {
        record->generation = generation;
        record->id = (had_str){0};
        record->token = had_state_token(d->state, d->state->arena, record->address, generation);
        record->created = d->world->cloud.wall(d->world->cloud.context);
        json_decref(record->attributes);
        record->attributes = NULL;
        json_decref(record->extra);
        record->extra = NULL;
    }
    had_deployment_fill(d, step->node, record);
    work->tags = had_desired_tags(step->node, work->desired, d->name, record->token);
    start_op(work, HAD_DO_MAKE, record, op_ended);
}

/* What an update has to change is known when its object has been read now. */
static void compared(void *context, struct had_op *op)
{
    struct work *work = context;
    struct run *run = work->run;
    struct had_plan_step *step = work->step;
    struct had_record *record = op->in.record;
    if (op->end != HAD_OP_DONE) {
        had_str error = op->end == HAD_OP_MISSING ? HAD_STR("it is gone: plan again")
                                                  : had_str_dup(run->arena, op->error);
        finish_work(work, op->end == HAD_OP_STOPPED ? HAD_END_STOPPED : HAD_END_FAILED, error);
        return;
    }
    work->live = json_incref(op->live);
    if (op->attributes && !json_equal(op->attributes, record->attributes)) {
        json_decref(record->attributes);
        record->attributes = json_incref(op->attributes);
    }
    struct had_changes changes = {0};
    had_compare(run->arena, op->in.driver, step->node, work->desired, work->live, record->applied,
                &changes);
    const char *replaces = NULL;
    work->changed = json_array();
    for (uint32_t i = 0; i < changes.items.count; i++) {
        struct had_change *change = &changes.items.items[i];
        if (change->how != HAD_CHANGE_IN_PLACE)
            replaces = change->property;
        json_array_append_new(work->changed, json_string(change->property));
    }
    work->tags = had_desired_tags(step->node, work->desired, run->d->name, record->token);
    work->renamed &= work->tags != NULL && had_plan_tags(op->in.driver);
    bool same = changes.items.count == 0 && !work->renamed;
    had_changes_drop(&changes);
    if (replaces) {
        finish_work(
            work, HAD_END_FAILED,
            had_str_printf(run->arena, "`%s` needs the object made anew: plan again", replaces));
        return;
    }
    if (same) {
        record->revision = step->revision;
        record->status = HAD_RECORD_READY;
        had_deployment_fill(run->d, step->node, record);
        know_attributes(run, step->node, record);
        finish_work(work, log_record(run, record) ? HAD_END_DONE : HAD_END_FAILED,
                    run->apply->error);
        return;
    }
    if (work->renamed)
        write_address(work);
    start_op(work, HAD_DO_CHANGE, record, op_ended);
}

static void start_change(struct work *work)
{
    struct run *run = work->run;
    struct had_plan_step *step = work->step;
    struct had_state *state = run->d->state;
    if (!desire(work))
        return;
    struct had_record *record = had_state_find(state, step->node->address);
    work->renamed = !record || step->resumed;
    if (!record) {
        record = step->record;
        if (record && had_state_move(state, record, step->node->address, &run->apply->error) !=
                          HAD_STATE_OK) {
            finish_work(work, HAD_END_FAILED, run->apply->error);
            return;
        }
        record = had_state_find(state, step->node->address);
    }
    if (!record) {
        finish_work(work, HAD_END_FAILED, HAD_STR("the state has no record of it"));
        return;
    }
    start_op(work, HAD_DO_READ, record, compared);
}

static void looked_up(void *context, struct had_op *op)
{
    struct work *work = context;
    struct run *run = work->run;
    struct had_record *record = op->in.record;
    if (op->end != HAD_OP_DONE) {
        finish_work(work, op->end == HAD_OP_STOPPED ? HAD_END_STOPPED : HAD_END_FAILED,
                    had_str_dup(run->arena, op->error));
        return;
    }
    json_decref(record->attributes);
    record->attributes = json_incref(op->attributes);
    record->status = HAD_RECORD_READY;
    know_attributes(run, work->step->node, record);
    finish_work(work, log_record(run, record) ? HAD_END_DONE : HAD_END_FAILED, run->apply->error);
}

static void start_lookup(struct work *work)
{
    struct run *run = work->run;
    if (!desire(work))
        return;
    struct had_record *record = record_at(run, work->step->node);
    record->id = (had_str){0};
    start_op(work, HAD_DO_AWAIT, record, looked_up);
}

/* Looks and existing objects leave what was read of them in the state, for others and for `had
 * output`. */
static bool keep_seen(struct run *run, const struct had_plan_step *step)
{
    const struct had_node *node = step->node;
    if (!node || (node->lifecycle != HAD_EXISTING && node->class != HAD_LOOKUP))
        return true;
    struct had_look *look = had_deployment_look(run->d, node);
    struct had_record *record = had_state_find(run->d->state, node->address);
    if (!record && step->record &&
        had_state_move(run->d->state, step->record, node->address, &run->apply->error) !=
            HAD_STATE_OK)
        return false;
    record = had_state_find(run->d->state, node->address);
    if (!look->attributes || (record && record->status == HAD_RECORD_READY &&
                              json_equal(record->attributes, look->attributes)))
        return true;
    record = record_at(run, node);
    record->id = had_str_dup(run->d->state->arena, look->id);
    record->status = HAD_RECORD_READY;
    json_decref(record->attributes);
    record->attributes = json_incref(look->attributes);
    return log_record(run, record);
}

/* ---- gates ---- */

static void gate_ended(struct work *work, struct had_record *record, const char *how)
{
    struct run *run = work->run;
    struct had_cloud *cloud = &run->d->world->cloud;
    json_decref(record->applied);
    record->applied = had_gate_applied(work->desired);
    if (how) {
        json_decref(record->extra);
        record->extra = had_gate_evidence(how, cloud->wall(cloud->context));
    }
    record->status = how ? HAD_RECORD_READY : HAD_RECORD_OPEN;
    if (!log_record(run, record)) {
        finish_work(work, HAD_END_FAILED, run->apply->error);
        return;
    }
    if (how)
        finish_work(work, HAD_END_DONE, (had_str){0});
    else
        finish_work(work, HAD_END_WAITING, had_gate_text(run->arena, work->desired));
}

static void probed(void *context, struct had_op *op)
{
    struct work *work = context;
    struct run *run = work->run;
    struct had_record *record = had_state_find(run->d->state, work->step->address);
    if (op->end == HAD_OP_STOPPED) {
        finish_work(work, HAD_END_STOPPED, op->error);
    } else {
        bool answered = op->end == HAD_OP_DONE && had_gate_answered(work->desired, op->live);
        gate_ended(work, record, answered ? "probe" : NULL);
    }
    json_decref(op->in.record->applied);
}

static void start_gate(struct work *work)
{
    struct run *run = work->run;
    struct had_deployment *d = run->d;
    struct had_plan_step *step = work->step;
    if (!desire(work))
        return;
    struct had_record *record = record_at(run, step->node);
    bool confirmed = false;
    if (record->status == HAD_RECORD_READY &&
        json_equal(json_object_get(work->desired, "Instruction"),
                   json_object_get(record->applied, "Instruction"))) {
        finish_work(work, HAD_END_DONE, (had_str){0}); /* it turned out the same */
        return;
    }
    for (uint32_t i = 0; i < d->confirm.count; i++)
        confirmed |= had_str_eq(d->confirm.items[i], step->address);
    if (confirmed) {
        gate_ended(work, record, "confirmed");
        return;
    }
    struct had_record *probe = had_gate_probe_of(d, step->node, work->desired, &work->probe);
    if (!probe) {
        gate_ended(work, record, NULL);
        return;
    }
    struct had_op_input input = had_deployment_input(d, &work->probe, HAD_DO_READ, probe);
    had_runner_start(&run->runner, &input, probed, work);
}

/*
 * An object that was made under a natural key may be one that was there already under an address of
 * before: it goes on under the new one.
 */
static bool goes_on(const struct run *run, const struct had_plan_step *step)
{
    const struct had_record *old = step->record;
    if (step->node || run->d->destroy || old->id.len == 0)
        return false;
    had_each(struct had_record *, at, &run->d->state->records) {
        const struct had_record *other = *at;
        if (other != old && had_str_eq(other->id, old->id) && had_str_eq(other->type, old->type) &&
            had_str_eq(other->account_id, old->account_id) &&
            had_str_eq(other->region, old->region))
            return true;
    }
    return false;
}

/* ---- the loop ---- */

static void start(struct run *run, struct had_plan_step *step)
{
    struct had_apply *apply = run->apply;
    if (step->refused.len) {
        end_step(run, step, HAD_END_FAILED, step->refused, 0);
        return;
    }
    if (step->action == HAD_PLAN_KEEP || step->action == HAD_PLAN_NOTHING ||
        step->action == HAD_PLAN_VERIFY) {
        end_step(run, step, keep_seen(run, step) ? HAD_END_DONE : HAD_END_FAILED, apply->error, 0);
        return;
    }
    if (step->action == HAD_PLAN_FORGET ||
        (step->action == HAD_PLAN_DELETE && goes_on(run, step))) {
        bool fine = had_state_remove(run->d->state, step->record, &apply->error) == HAD_STATE_OK;
        end_step(run, step, fine ? HAD_END_DONE : HAD_END_FAILED, apply->error, 0);
        return;
    }
    struct lane *lane = lane_of(run, step);
    if (lane && lane->running >= lane->width) {
        *had_push(run->arena, &lane->queue) = step->number;
        return;
    }
    struct work *work = had_xmalloc(sizeof *work);
    *work = (struct work){
        .run = run, .step = step, .lane = lane, .next = run->works, .place = &run->works};
    if (work->next)
        work->next->place = &work->next;
    run->works = work;
    work->since = run->d->world->cloud.now(run->d->world->cloud.context);
    run->running++;
    if (lane)
        lane->running++;
    tell(run, step, HAD_END_OPEN, (had_str){0}, 0);
    switch (step->action) {
    case HAD_PLAN_CREATE:
    case HAD_PLAN_REPLACE:
        start_make(work);
        break;
    case HAD_PLAN_UPDATE:
        start_change(work);
        break;
    case HAD_PLAN_LOOKUP:
        start_lookup(work);
        break;
    case HAD_PLAN_GATE:
        start_gate(work);
        break;
    case HAD_PLAN_DELETE:
        start_op(work, HAD_DO_REMOVE, step->record, op_ended);
        break;
    case HAD_PLAN_KEEP:
    case HAD_PLAN_FORGET:
    case HAD_PLAN_VERIFY:
    case HAD_PLAN_NOTHING:
        break;
    }
}

static void prepare(struct run *run)
{
    struct had_plan *plan = run->plan;
    uint32_t count = plan->steps.count;
    run->open = had_new_n(run->arena, uint32_t, count + 1);
    run->heap = had_new_n(run->arena, uint32_t, count + 1);
    run->apply->ends = had_new_n(run->arena, enum had_step_end, count + 1);
    run->apply->errors = had_new_n(run->arena, had_str, count + 1);
    run->users = had_plan_users(plan, run->arena);
    for (uint32_t i = 0; i < count; i++) {
        const struct had_plan_step *step = plan->steps.items[i];
        run->open[i] = step->after.count;
        run->active += had_step_does(step);
    }
    for (uint32_t i = 0; i < count; i++)
        if (run->open[i] == 0)
            push(run, i);
}

/* When all is taken down, what people confirmed on the way is of no use any more. */
static void forget_gates(struct run *run)
{
    struct had_state *state = run->d->state;
    for (uint32_t i = state->records.count; i-- > 0;) {
        struct had_record *record = state->records.items[i];
        if (had_str_is(record->type, "had::Gate"))
            had_state_remove(state, record, &run->apply->error);
    }
}

bool had_apply_run(struct had_apply *apply)
{
    struct had_deployment *d = apply->plan->deployment;
    struct run run = {.apply = apply, .d = d, .plan = apply->plan, .arena = d->arena};
    uint32_t most = apply->parallel ? apply->parallel : STEPS_AT_ONCE;
    had_runner_open(&run.runner, d->world, d->state);
    run.runner.parallel = d->parallel;
    run.runner.unpaced = apply->unpaced;
    run.runner.trace = apply->trace;
    run.runner.trace_context = apply->trace_context;
    prepare(&run);
    for (;;) {
        if (d->stop && *d->stop)
            run.runner.draining = true;
        settle_ends(&run);
        while (run.heap_count && run.running < most && !run.runner.draining && !apply->error.len) {
            start(&run, run.plan->steps.items[pop(&run)]);
            settle_ends(&run);
        }
        if (!had_runner_turn(&run.runner)) {
            if (run.runner.error.len) {
                apply->error = run.runner.error;
                break;
            }
            settle_ends(&run);
            if (run.running == 0 && (run.heap_count == 0 || run.runner.draining))
                break;
        }
        if (apply->error.len || had_state_tick(d->state, &apply->error) != HAD_STATE_OK)
            break;
    }
    for (uint32_t i = 0; i < apply->plan->steps.count; i++)
        end_step(&run, apply->plan->steps.items[i], HAD_END_STOPPED, (had_str){0}, 0);
    if (d->destroy && d->targets.count == 0 &&
        apply->failed + apply->blocked + apply->waiting + apply->stopped == 0)
        forget_gates(&run);
    apply->calls = run.runner.calls;
    apply->changes = run.runner.changes;
    apply->throttles = run.runner.throttles;
    apply->error = had_str_dup(d->arena, apply->error);
    had_runner_close(&run.runner);
    while (run.works) /* what the end of the state cut off */
        work_free(run.works);
    return !apply->error.len &&
           apply->failed + apply->blocked + apply->waiting + apply->stopped == 0;
}
