/* Reads every object that the plan is about, many at a time. */
#include "plan/internal.h"

#include <string.h>

enum { AT_ONCE = 512 };

struct reading {
    struct had_refresh *refresh;
    const struct had_node *node; /* NULL: of a record that the spec does not name */
    struct had_record *record;
    json_t *desired;
    struct had_look *look;
};

struct had_refresh {
    struct had_deployment *d;
    struct had_runner *runner;
    had_array(struct reading) todo;
    uint32_t next, ended;
};

static void start_next(struct had_refresh *refresh);

static void ended(void *context, struct had_op *op)
{
    struct reading *reading = context;
    struct had_refresh *refresh = reading->refresh;
    struct had_deployment *d = refresh->d;
    struct had_look *look = reading->look;
    look->seen = true;
    look->state = had_str_dup(d->arena, op->state);
    if (op->end == HAD_OP_DONE) {
        look->live = json_incref(op->live);
        look->id = reading->record->id;
        json_decref(look->attributes);
        look->attributes = json_incref(op->attributes);
        if (reading->node && reading->node->lifecycle == HAD_EXISTING) {
            json_t *known = had_deployment_known(d, reading->node);
            if (known && look->attributes)
                json_object_update_missing(look->attributes, known);
            json_decref(known);
        }
    } else if (op->end != HAD_OP_MISSING) {
        look->error = had_str_dup(d->arena, op->error);
    }
    json_decref(reading->desired);
    reading->desired = NULL;
    refresh->ended++;
    if (d->progress)
        d->progress(d->progress_context, "read", refresh->ended, refresh->todo.count);
    start_next(refresh);
}

static void start_next(struct had_refresh *refresh)
{
    struct had_deployment *d = refresh->d;
    while (refresh->next < refresh->todo.count && refresh->runner->running < AT_ONCE) {
        struct reading *reading = &refresh->todo.items[refresh->next++];
        const struct had_driver *driver = had_driver_find(&d->drivers, reading->record->type);
        struct had_op_input input =
            had_deployment_input(d, driver, HAD_DO_READ, reading->record);
        input.desired = reading->desired;
        had_runner_start(refresh->runner, &input, ended, reading);
    }
}

static void add(struct had_refresh *refresh, const struct had_node *node,
                struct had_record *record, json_t *desired, struct had_look *look)
{
    *had_push(refresh->d->arena, &refresh->todo) =
        (struct reading){refresh, node, record, desired, look};
}

static bool run(struct had_refresh *refresh, had_str *error)
{
    for (uint32_t i = 0; i < refresh->todo.count; i++)
        refresh->todo.items[i].refresh = refresh;
    start_next(refresh);
    while (had_runner_turn(refresh->runner)) {
        if (refresh->d->stop && *refresh->d->stop) {
            *error = HAD_STR("interrupted");
            return false;
        }
    }
    if (refresh->runner->error.len) {
        *error = refresh->runner->error;
        return false;
    }
    return true;
}

/* The record that a node is read by: its own, or one of what the spec says of an existing object. */
static struct had_record *record_of(struct had_deployment *d, const struct had_node *node,
                                    struct had_record *own)
{
    if (own)
        return own;
    struct had_record *record = had_new(d->arena, struct had_record);
    record->address = node->address;
    record->type = node->type_name;
    had_deployment_fill(d, node, record);
    record->attributes = had_deployment_known(d, node);
    const char *ref = node->type ? node->type->ref : NULL;
    if (ref) {
        size_t len = strcspn(ref, "|");
        record->id = had_node_known(node, (had_str){ref, (uint32_t)len});
    }
    if (record->id.len == 0 && node->known.count)
        record->id = node->known.items[0].text;
    return record;
}

bool had_refresh(struct had_builder *b, had_str *error)
{
    struct had_deployment *d = b->d;
    struct had_runner runner;
    had_runner_open(&runner, d->world, NULL);
    runner.parallel = d->parallel;
    struct had_refresh refresh = {.d = d, .runner = &runner};
    for (uint32_t i = 0; d->graph && i < d->graph->nodes.count; i++) {
        const struct had_node *node = d->graph->nodes.items[i];
        struct had_record *record = b->records[i];
        struct had_look *look = had_deployment_look(d, node);
        json_decref(look->attributes);
        look->attributes = record && record->status != HAD_RECORD_CREATING
                               ? json_incref(record->attributes)
                               : had_deployment_known(d, node);
        if (!b->wanted[i] || node->class != HAD_RESOURCE ||
            !had_driver_find(&d->drivers, node->type_name))
            continue;
        bool existing = node->lifecycle == HAD_EXISTING;
        if (d->no_refresh && !existing)
            continue;
        if (existing || (record && record->id.len && record->status != HAD_RECORD_CREATING)) {
            json_t *desired = existing ? had_deployment_desired(d, node, 0) : NULL;
            add(&refresh, node, record_of(d, node, record), desired, look);
        }
    }
    for (uint32_t i = 0; !d->no_refresh && i < b->gone.count; i++) {
        struct had_gone *gone = &b->gone.items[i];
        if (gone->record->id.len && gone->record->lifecycle == HAD_RECORD_MANAGED &&
            had_driver_find(&d->drivers, gone->record->type))
            add(&refresh, NULL, gone->record, NULL, &gone->look);
    }
    bool fine = run(&refresh, error);
    /* look-ups name what was just read */
    uint32_t first = refresh.todo.count;
    for (uint32_t i = 0; fine && d->graph && i < d->graph->nodes.count; i++) {
        const struct had_node *node = d->graph->nodes.items[i];
        if (!b->wanted[i] || node->class != HAD_LOOKUP ||
            !had_driver_find(&d->drivers, node->type_name))
            continue;
        json_t *desired = had_deployment_desired(d, node, 0);
        if (had_desired_unknown(desired)) {
            json_decref(desired);
            continue;
        }
        struct had_record *record = record_of(d, node, b->records[i]);
        record->id = (had_str){0}; /* found anew by what it is asked for */
        add(&refresh, node, record, desired, had_deployment_look(d, node));
    }
    if (fine && refresh.todo.count > first) {
        refresh.next = first;
        fine = run(&refresh, error);
    }
    b->plan->calls = runner.calls;
    had_runner_close(&runner);
    return fine;
}
