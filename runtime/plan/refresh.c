/* Reads every object that the plan is about, many at a time. */
#include "plan/batch.h"
#include "plan/internal.h"

#include <string.h>

enum { AT_ONCE = 512, PARALLEL = 256 };

struct reading {
    struct had_refresh *refresh;
    const struct had_node *node; /* NULL: of a record that the spec does not name */
    struct had_record *record;
    json_t *desired;
    struct had_look *look;
    bool lent; /* the record is the state's; else it is this reading's */
    bool begun;
    uint32_t shared, next; /* number of what it shares a call with; the next of these + 1 */
};

struct sharers { /* of a call for many: numbers + 1 */
    uint32_t first, last;
};

struct had_refresh {
    struct had_deployment *d;
    struct had_runner *runner;
    had_array(struct reading) todo;
    struct had_symbols calls;          /* for many */
    had_array(struct sharers) sharers; /* by symbol of the call */
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
    look->leaving = op->leaving;
    look->deployment = had_str_dup(d->arena, op->deployment);
    look->stack = had_str_dup(d->arena, op->stack);
    if (op->end == HAD_OP_DONE) {
        look->live = json_incref(op->live);
        look->id = reading->record->id;
        json_decref(look->attributes);
        look->attributes = json_incref(op->attributes);
        if (reading->node && reading->node->lifecycle == HAD_EXISTING) {
            json_t *known = had_deployment_known(reading->node);
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

static struct had_op_input input_of(struct had_deployment *d, const struct reading *reading)
{
    const struct had_driver *driver = had_driver_find(&d->drivers, reading->record->type);
    struct had_op_input input = had_deployment_input(d, driver, HAD_DO_READ, reading->record);
    input.desired = reading->desired;
    return input;
}

static void start(struct had_refresh *refresh, struct reading *reading)
{
    struct had_op_input input = input_of(refresh->d, reading);
    const struct sharers *sharers = &refresh->sharers.items[reading->shared];
    reading->begun = true;
    input.among_many = reading->shared && sharers->first != sharers->last;
    input.sparing = reading->node && reading->node->lifecycle == HAD_EXISTING;
    had_runner_start(refresh->runner, &input, ended, reading);
}

static void start_next(struct had_refresh *refresh)
{
    while (refresh->next < refresh->todo.count && refresh->runner->running < AT_ONCE) {
        struct reading *reading = &refresh->todo.items[refresh->next++];
        if (reading->begun)
            continue;
        start(refresh, reading);
        /* all that one call tells of begin with it */
        for (uint32_t at = reading->shared ? reading->next : 0; at;) {
            struct reading *other = &refresh->todo.items[at - 1];
            at = other->next;
            start(refresh, other);
        }
    }
}

static void share(struct had_refresh *refresh, uint32_t number)
{
    struct reading *reading = &refresh->todo.items[number];
    struct had_op_input input = input_of(refresh->d, reading);
    struct had_arena arena = {0};
    had_str call = refresh->d->apart ? (had_str){0} : had_op_shared(&input, &arena);
    if (call.len)
        reading->shared = had_intern(&refresh->calls, call);
    had_arena_free(&arena);
    if (!reading->shared)
        return;
    while (refresh->sharers.count <= reading->shared)
        (void)had_push(refresh->d->arena, &refresh->sharers);
    struct sharers *sharers = &refresh->sharers.items[reading->shared];
    if (sharers->first)
        refresh->todo.items[sharers->last - 1].next = number + 1;
    else
        sharers->first = number + 1;
    sharers->last = number + 1;
}

static void add(struct had_refresh *refresh, const struct had_node *node, struct had_record *record,
                json_t *desired, struct had_look *look)
{
    *had_push(refresh->d->arena, &refresh->todo) =
        (struct reading){.refresh = refresh,
                         .node = node,
                         .record = record,
                         .desired = desired,
                         .look = look,
                         .lent = had_state_find(refresh->d->state, record->address) == record};
    share(refresh, refresh->todo.count - 1);
}

static bool run(struct had_refresh *refresh, had_str *error)
{
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

/* The record that a node is read by: its own, or one of what the spec says of an existing object.
 */
static struct had_record *record_of(struct had_deployment *d, const struct had_node *node,
                                    struct had_record *own)
{
    if (own)
        return own;
    struct had_record *record = had_new(d->arena, struct had_record);
    record->address = node->address;
    record->type = node->type_name;
    had_deployment_fill(d, node, record);
    record->attributes = had_deployment_known(node);
    const char *ref = node->type ? node->type->ref : NULL;
    if (ref) {
        size_t len = strcspn(ref, "|");
        record->id = had_node_known(node, (had_str){ref, (uint32_t)len});
    }
    if (record->id.len == 0 && node->known.count)
        record->id = node->known.items[0].text;
    return record;
}

/* It need not be looked at again. */
static bool is_known(const struct had_deployment *d, const struct had_look *look)
{
    return d->again && look->live;
}

/* What the spec does not make, it reads by what it knows of other objects, which may be read first.
 */
static bool only_read(const struct had_builder *b, const struct had_node *node)
{
    return b->wanted[node->id] &&
           (node->class == HAD_LOOKUP ||
            (node->class == HAD_RESOURCE && node->lifecycle == HAD_EXISTING)) &&
           had_driver_find(&b->d->drivers, node->type_name);
}

/* Rounds: each reads what the one before has made known. The last reads what will never be whole.
 */
static bool read_others(struct had_builder *b, struct had_refresh *refresh, had_str *error)
{
    struct had_deployment *d = b->d;
    bool *asked = had_new_n(b->arena, bool, d->graph->nodes.count + 1);
    for (bool more = true, last = false; more;) {
        uint32_t first = refresh->todo.count;
        for (uint32_t i = 0; i < d->graph->nodes.count; i++) {
            const struct had_node *node = d->graph->nodes.items[i];
            if (asked[i] || !only_read(b, node) || is_known(d, had_deployment_look(d, node)))
                continue;
            json_t *desired = had_deployment_desired(d, node, 0);
            bool whole = !had_desired_unknown(desired);
            if (!whole && (!last || node->class == HAD_LOOKUP)) {
                json_decref(desired);
                continue;
            }
            struct had_record *record = record_of(d, node, b->records[i]);
            if (node->class == HAD_LOOKUP)
                record->id = (had_str){0}; /* found anew by what it is asked for */
            asked[i] = true;
            add(refresh, node, record, desired, had_deployment_look(d, node));
        }
        refresh->next = first;
        if (refresh->todo.count > first) {
            if (!run(refresh, error))
                return false;
        } else {
            more = !last;
            last = true;
        }
    }
    return true;
}

void had_recall(struct had_builder *b)
{
    struct had_deployment *d = b->d;
    for (uint32_t i = 0; d->graph && i < d->graph->nodes.count; i++) {
        const struct had_node *node = d->graph->nodes.items[i];
        const struct had_record *record = b->records[i];
        struct had_look *look = had_deployment_look(d, node);
        if (is_known(d, look))
            continue;
        json_decref(look->attributes);
        look->attributes = record && record->status != HAD_RECORD_CREATING
                               ? json_incref(record->attributes)
                               : had_deployment_known(node);
    }
}

bool had_refresh(struct had_builder *b, had_str *error)
{
    struct had_deployment *d = b->d;
    struct had_runner runner;
    struct had_batch batch;
    struct had_world world = *d->world;
    had_batch_open(&batch, &d->world->cloud, d->parallel ? d->parallel : PARALLEL);
    if (!d->apart)
        world.cloud = had_batch_cloud(&batch);
    had_runner_open(&runner, &world, NULL);
    runner.unpaced = !d->apart; /* looks cost nothing until they are calls */
    runner.parallel = d->apart ? d->parallel : UINT32_MAX;
    struct had_refresh refresh = {.d = d, .runner = &runner};
    had_symbols_init(&refresh.calls, d->arena);
    (void)had_push(d->arena, &refresh.sharers); /* of those that share nothing */
    for (uint32_t i = 0; d->graph && i < d->graph->nodes.count; i++) {
        const struct had_node *node = d->graph->nodes.items[i];
        struct had_record *record = b->records[i];
        struct had_look *look = had_deployment_look(d, node);
        if (b->wanted[i] && node->class == HAD_RESOURCE && node->lifecycle != HAD_EXISTING &&
            !d->no_refresh && !is_known(d, look) && record && record->id.len &&
            record->status != HAD_RECORD_CREATING && had_driver_find(&d->drivers, node->type_name))
            add(&refresh, node, record, NULL, look);
    }
    for (uint32_t i = 0; !d->no_refresh && i < b->gone.count; i++) {
        struct had_gone *gone = &b->gone.items[i];
        if (gone->record->id.len && gone->record->lifecycle != HAD_RECORD_EXISTING &&
            had_driver_find(&d->drivers, gone->record->type))
            add(&refresh, NULL, gone->record, NULL, &gone->look);
    }
    bool fine = run(&refresh, error) && (!d->graph || read_others(b, &refresh, error));
    b->plan->calls = d->apart ? runner.calls : batch.calls;
    had_runner_close(&runner);
    had_batch_close(&batch);
    had_each(struct reading, reading, &refresh.todo) {
        json_decref(reading->desired);
        if (!reading->lent)
            had_record_drop(reading->record);
    }
    return fine;
}
