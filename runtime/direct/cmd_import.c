/* `had import ADDRESS ID`: an object that is there already becomes this deployment's. */
#include "direct/direct.h"
#include "direct/session.h"
#include "direct/stacks.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct import {
    struct had_session *s;
    const struct had_node *node;
    const struct had_driver *driver;
    struct had_record record; /* to look with, before the state has one */
    json_t *live, *attributes;
    had_str deployment, stack;
    enum had_op_end end;
    had_str error;
};

static int refused(const struct import *in, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static int refused(const struct import *in, const char *format, ...)
{
    struct had_buffer safe = {0};
    va_list args;
    va_start(args, format);
    had_str message = had_str_vprintf(&in->s->arena, format, args);
    va_end(args);
    had_buffer_safe(&safe, message);
    fprintf(stderr, "had import: " HAD_FMT "\n", HAD_ARG(had_buffer_view(&safe)));
    had_buffer_free(&safe);
    return HAD_EXIT_FINDINGS;
}

static void ended(void *context, struct had_op *op)
{
    struct import *in = context;
    struct had_arena *arena = &in->s->arena;
    in->end = op->end;
    in->error = had_str_dup(arena, op->error);
    in->deployment = had_str_dup(arena, op->deployment);
    in->stack = had_str_dup(arena, op->stack);
    json_decref(in->live);
    json_decref(in->attributes);
    in->live = json_incref(op->live);
    in->attributes = json_incref(op->attributes);
}

/* False if the state could not be written. */
static bool run_op(struct import *in, const struct had_op_input *input)
{
    struct had_runner runner;
    had_runner_open(&runner, &in->s->world, in->s->state);
    had_runner_start(&runner, input, ended, in);
    while (had_session_turn(in->s, &runner))
        ;
    if (runner.error.len)
        in->error = had_str_dup(&in->s->arena, runner.error);
    bool fine = runner.error.len == 0;
    had_runner_close(&runner);
    return fine;
}

/* ---- may it? ---- */

static int choose(struct import *in, const char *address, const char *id)
{
    struct had_deployment *d = &in->s->deployment;
    had_str name = had_str_c(address);
    had_each(struct had_node *, node, &d->graph->nodes)
        if (had_str_eq((*node)->address, name))
            in->node = *node;
    if (!in->node)
        return refused(in, "the spec has no `%s`; `had plan` names all addresses", address);
    if (in->node->class != HAD_RESOURCE)
        return refused(in, "`%s` is no object of AWS that could be taken over", address);
    if (in->node->lifecycle == HAD_EXISTING)
        return refused(in,
                       "the spec says that `%s` is `existing`, so it is only read: leave the word "
                       "out, then import it",
                       address);
    in->driver = had_driver_find(&d->drivers, in->node->type_name);
    if (!in->driver)
        return refused(in, "nothing here can read a " HAD_FMT, HAD_ARG(in->node->type_name));
    const struct had_record *record = had_state_find(in->s->state, name);
    if (record)
        return refused(in,
                       "the state has `%s` already, with the id `" HAD_FMT
                       "`; `had state rm` lets go of it",
                       address, HAD_ARG(record->id));
    had_each(struct had_record *, at, &in->s->state->records)
        if (had_str_eq((*at)->type, in->node->type_name) && had_str_is((*at)->id, id) &&
            had_str_eq((*at)->account_id, in->node->context->account_id) &&
            had_str_eq((*at)->region, in->node->context->region))
            return refused(in, "`%s` is `" HAD_FMT "` of this deployment already", id,
                           HAD_ARG((*at)->address));
    return HAD_EXIT_DONE;
}

static int look(struct import *in, const char *id)
{
    struct had_deployment *d = &in->s->deployment;
    in->record.address = in->node->address;
    in->record.type = in->node->type_name;
    in->record.id = had_str_c(id);
    had_deployment_fill(d, in->node, &in->record);
    struct had_op_input input = had_deployment_input(d, in->driver, HAD_DO_READ, &in->record);
    json_t *desired = had_deployment_desired(d, in->node, 0);
    input.desired = desired;
    bool fine = run_op(in, &input);
    json_decref(desired);
    if (!fine || (in->end != HAD_OP_DONE && in->end != HAD_OP_MISSING))
        return refused(in, "`%s` could not be read: " HAD_FMT, id, HAD_ARG(in->error));
    if (in->end == HAD_OP_MISSING)
        return refused(in, "there is no " HAD_FMT " `%s` in account " HAD_FMT ", " HAD_FMT,
                       HAD_ARG(in->node->type_name), id, HAD_ARG(in->record.account_id),
                       HAD_ARG(in->record.region));
    if (in->stack.len &&
        had_stack_holds(in->s, in->record.account_id, in->record.region, in->stack, had_str_c(id)))
        return refused(in,
                       "`%s` belongs to stack `" HAD_FMT
                       "`: retain it there and take it out of the "
                       "template first",
                       id, HAD_ARG(in->stack));
    if (in->deployment.len && !had_str_eq(in->deployment, d->name))
        return refused(in,
                       "`%s` belongs to deployment `" HAD_FMT
                       "`: `had state rm` there lets go of it, "
                       "then remove its tag had:deployment",
                       id, HAD_ARG(in->deployment));
    return HAD_EXIT_DONE;
}

/* ---- taking it over ---- */

static void tell(const struct had_change *change)
{
    char *is = json_dumps(change->old, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_SORT_KEYS);
    char *wanted = json_dumps(change->wanted, JSON_ENCODE_ANY | JSON_ENSURE_ASCII | JSON_SORT_KEYS);
    printf("    %s: is %s, the spec says %s\n", change->property, is ? is : "nothing",
           change->unknown ? "what is not known yet"
           : wanted        ? wanted
                           : "nothing");
    free(is);
    free(wanted);
}

/* What the state takes for applied: the spec's values where the object has them, else the object's.
 */
static json_t *applied_of(const json_t *desired, const json_t *live,
                          const struct had_changes *changes)
{
    json_t *applied = json_copy((json_t *)(uintptr_t)desired);
    const char *key;
    void *next;
    json_t *value;
    for (uint32_t i = 0; i < changes->items.count; i++) {
        const char *name = changes->items.items[i].property;
        json_t *is = json_object_get(live, name);
        if (is)
            json_object_set(applied, name, is);
        else
            json_object_del(applied, name);
    }
    json_object_foreach_safe(applied, next, key, value)
        if (key[0] == '_' || had_desired_unknown(value) || json_object_get(value, "$secret"))
            json_object_del(applied, key);
    return applied;
}

/* Adds our tags to the object's own, where its type has tags. */
static bool mark(struct import *in, struct had_record *record, const json_t *desired)
{
    struct had_deployment *d = &in->s->deployment;
    json_t *tags = had_desired_tags(in->node, desired, d->name, record->token);
    if (!tags)
        return true;
    json_t *live = json_copy(in->live), *own = json_array(), *changed = json_pack("[s]", "Tags");
    json_t *wanted = json_copy((json_t *)(uintptr_t)desired), *item;
    size_t i;
    json_t *all = json_object_get(live, "Tags") ? json_deep_copy(json_object_get(live, "Tags"))
                                                : json_array();
    json_array_foreach(tags, i, item)
        if (strncmp(json_string_value(json_object_get(item, "Key")), "had:", 4) == 0)
            json_array_append(all, item);
    json_object_set_new(wanted, "Tags", all);
    if (!json_object_get(live, "Tags"))
        json_object_set(live, "Tags", own);
    struct had_op_input input = had_deployment_input(d, in->driver, HAD_DO_CHANGE, record);
    input.desired = wanted;
    input.live = live;
    input.changed = changed;
    input.tags = tags;
    bool fine = run_op(in, &input) && in->end == HAD_OP_DONE;
    json_decref(live);
    json_decref(own);
    json_decref(changed);
    json_decref(wanted);
    json_decref(tags);
    return fine;
}

static int take(struct import *in, const char *id, const json_t *desired,
                const struct had_changes *changes)
{
    struct had_session *s = in->s;
    had_str message = {0};
    struct had_record *record = had_state_add(s->state, in->node->address, in->node->type_name);
    had_deployment_fill(&s->deployment, in->node, record);
    record->id = had_str_dup(s->state->arena, had_str_c(id));
    record->token = had_state_token(s->state, s->state->arena, record->address, record->generation);
    record->lifecycle = HAD_RECORD_ADOPTED;
    record->status = HAD_RECORD_READY;
    record->extra = json_incref(in->record.extra);
    if (in->stack.len) { /* its tags stay on what it let go of */
        if (!record->extra)
            record->extra = json_object();
        json_object_set_new(record->extra, "left", json_stringn(in->stack.ptr, in->stack.len));
    }
    record->created = s->world.cloud.wall(s->world.cloud.context);
    json_t *applied = applied_of(desired, in->live, changes);
    json_decref(record->attributes);
    record->attributes = json_incref(in->attributes);
    bool marked = mark(in, record, desired);
    json_decref(record->applied);
    record->applied = applied;
    record->status = HAD_RECORD_READY;
    record->changed = s->world.cloud.wall(s->world.cloud.context);
    bool written = marked ? had_state_log(s->state, record, &message) == HAD_STATE_OK &&
                                had_state_sync(s->state, &message) == HAD_STATE_OK
                          : had_state_remove(s->state, record, &message) == HAD_STATE_OK;
    if (!marked)
        return refused(in, "`%s` could not be tagged as this deployment's: " HAD_FMT, id,
                       HAD_ARG(in->error));
    if (!written)
        return refused(in, HAD_FMT, HAD_ARG(message));
    printf("`" HAD_FMT "` is `%s` from now on.%s\n", HAD_ARG(record->address), id,
           changes->items.count ? " The next `had apply` makes the differences." : "");
    return HAD_EXIT_DONE;
}

static int compare_and_take(struct import *in, const char *id)
{
    struct had_session *s = in->s;
    json_t *desired = had_deployment_desired(&s->deployment, in->node, 0);
    struct had_changes changes = {0};
    bool anew = false;
    had_compare(&s->arena, in->driver, in->node, desired, in->live, NULL, &changes);
    for (uint32_t i = 0; i < changes.items.count; i++)
        anew |= changes.items.items[i].how != HAD_CHANGE_IN_PLACE &&
                !changes.items.items[i].unknown &&
                json_object_get(in->live, changes.items.items[i].property);
    printf(HAD_FMT " `%s` in account " HAD_FMT ", " HAD_FMT ", for `" HAD_FMT "`%s\n",
           HAD_ARG(in->node->type_name), id, HAD_ARG(in->record.account_id),
           HAD_ARG(in->record.region), HAD_ARG(in->node->address),
           changes.items.count ? ":" : ": as the spec says");
    for (uint32_t i = 0; i < changes.items.count; i++)
        tell(&changes.items.items[i]);
    int status;
    if (anew)
        status = refused(
            in, "not all of that can be changed in place, and an imported object is not made "
                "anew: let the spec say what it is");
    else if (!had_session_ask(s, "Take it over?"))
        status = HAD_EXIT_USAGE;
    else
        status = take(in, id, desired, &changes);
    had_changes_drop(&changes);
    json_decref(desired);
    return status;
}

int had_cmd_import(struct had_cli *cli)
{
    if (cli->regions.count && strcmp(cli->regions.items[0], "all") != 0)
        cli->region = cli->regions.items[0]; /* of the client */
    if (cli->live && cli->map) {
        fprintf(stderr, "had import: --live makes the records of its own state; --map those of "
                        "another: say one of them\n");
        return HAD_EXIT_USAGE;
    }
    if (cli->live)
        return had_import_live(cli);
    if (cli->map)
        return had_import_map(cli);
    if (cli->operands.count < 2) {
        fprintf(
            stderr,
            "had import: say an address of the spec and the id that the object has, or --live\n");
        return HAD_EXIT_USAGE;
    }
    const char *address = cli->operands.items[0], *id = cli->operands.items[1];
    cli->operands.items += 2;
    cli->operands.count -= 2;
    struct had_session s;
    struct import in = {.s = &s};
    struct had_plan *plan = NULL;
    int status = had_session_open(&s, cli, HAD_NEEDS_SPEC | HAD_NEEDS_CLOUD | HAD_NEEDS_WRITE);
    if (status == HAD_EXIT_DONE)
        status = choose(&in, address, id);
    if (status == HAD_EXIT_DONE) {
        /* what it needs is read, so that its properties are known */
        had_str error = {0};
        s.deployment.targets.items = &in.record.address;
        s.deployment.targets.count = 1;
        in.record.address = in.node->address;
        plan = had_plan_make(&s.deployment, &error);
        if (!plan)
            status = refused(&in, HAD_FMT, HAD_ARG(error));
    }
    if (status == HAD_EXIT_DONE)
        status = look(&in, id);
    if (status == HAD_EXIT_DONE)
        status = compare_and_take(&in, id);
    json_decref(in.live);
    json_decref(in.attributes);
    json_decref(in.record.attributes);
    json_decref(in.record.extra);
    if (plan)
        had_plan_free(plan);
    return had_session_close(&s, status);
}
