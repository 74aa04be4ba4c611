/* Notes in the state what a spec of existing things implies and AWS has already. Nothing in AWS
 * changes. */
#include "direct/session.h"

#include "apply/gate.h"

#include <stdlib.h>
#include <string.h>

struct reading {
    struct had_register *r;
    const struct had_node *node;
    struct had_record
        *record; /* to look with; becomes the state's where the object is as the spec says */
    json_t *desired;
    bool fits;
};

struct pass {
    struct had_runner runner;
    had_array(struct reading *) readings;
    bool *asked; /* by node id */
};

static bool is_ours(const struct had_register *r, const struct had_node *node)
{
    return node->class == HAD_RESOURCE && node->lifecycle != HAD_EXISTING &&
           (!r->wants || r->wants(r->context, node));
}

/* What stands there already has gone through all that it was staged for. */
static uint32_t revision_of(const struct had_register *r, const struct had_node *node)
{
    return r->wants && node->revisions ? node->revisions - 1 : 0;
}

static void object(struct had_register *r, const struct had_node *node, had_str why)
{
    char *address = had_str_cstr(&r->session->arena, node->address);
    json_object_set_new(r->unfit, address, json_stringn(why.ptr ? why.ptr : "", why.len));
}

/* "CidrBlock is "10.0.0.0/16", the spec says "10.1.0.0/16"" */
static had_str difference(struct had_arena *arena, const struct had_changes *changes)
{
    struct had_buffer b = {0};
    had_each(const struct had_change, change, &changes->items) {
        had_buffer_printf(&b, "%s%s is ", b.len ? "; " : "", change->property);
        had_plan_value(&b, change->old, 60);
        had_buffer_c(&b, ", the spec says ");
        had_plan_value(&b, change->wanted, 60);
    }
    had_str text = had_str_dup(arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}

static void ended(void *context, struct had_op *op)
{
    struct reading *reading = context;
    struct had_session *s = reading->r->session;
    struct had_changes changes = {0};
    if (op->end != HAD_OP_DONE) {
        object(reading->r, reading->node,
               op->end == HAD_OP_MISSING ? HAD_STR("AWS does not have it") : op->error);
        return;
    }
    had_compare(&s->arena, op->in.driver, reading->node, reading->desired, op->live,
                reading->desired, &changes);
    had_str why = changes.items.count ? difference(&s->arena, &changes)
                  : reading->r->objection
                      ? reading->r->objection(reading->r->context, reading->node, op)
                      : (had_str){0};
    reading->fits = why.len == 0;
    had_changes_drop(&changes);
    if (!reading->fits) {
        object(reading->r, reading->node, why);
        return;
    }
    json_object_del(reading->r->unfit, had_str_cstr(&s->arena, reading->node->address));
    struct had_look *look = had_deployment_look(&s->deployment, reading->node);
    json_decref(look->attributes);
    look->attributes = json_incref(op->attributes);
    json_decref(look->live);
    look->live = json_incref(op->live);
    look->id = had_str_dup(&s->arena, reading->record->id);
    look->seen = true;
    json_decref(reading->record->attributes);
    reading->record->attributes = json_incref(op->attributes);
}

/* Of what is always there and not looked for: `if: $nothing`. */
static had_str id_of_setting(const struct had_register *r, const struct had_driver *driver,
                             const struct had_node *node, const json_t *desired)
{
    const struct had_deployment *d = &r->session->deployment;
    struct had_scope scope = {.props = desired,
                              .account = node->context->account_id,
                              .region = node->context->region,
                              .partition = d->partition};
    size_t i;
    json_t *finder;
    json_array_foreach(json_object_get(driver->spec, "find"), i, finder) {
        const char *yes = json_string_value(json_object_get(finder, "if"));
        if (yes && strcmp(yes, "$nothing") == 0)
            return had_template_text(d->state->arena, json_object_get(finder, "id"), &scope);
    }
    return (had_str){0};
}

static void begin(struct had_register *r, struct pass *pass, const struct had_node *node,
                  const struct had_driver *driver, json_t *desired)
{
    struct had_deployment *d = &r->session->deployment;
    struct had_arena *arena = d->state->arena;
    struct reading *reading = had_new(&r->session->arena, struct reading);
    struct had_record *record = had_new(arena, struct had_record);
    char *address = had_str_cstr(arena, node->address);
    *reading = (struct reading){.r = r, .node = node, .record = record, .desired = desired};
    record->address = node->address;
    record->type = node->type_name;
    record->token = had_state_token(d->state, arena, node->address, 0);
    const json_t *said = json_object_get(r->map, address);
    const char *id = json_string_value(json_object_get(said, "id"));
    json_t *physical = json_object_get(said, "physical");
    if (physical)
        record->extra = json_pack("{s:O}", "Physical", physical);
    record->id = id ? had_str_dup(arena, had_str_c(id)) : id_of_setting(r, driver, node, desired);
    had_deployment_fill(d, node, record);
    *had_push(&r->session->arena, &pass->readings) = reading;
    struct had_op_input input = had_deployment_input(d, driver, HAD_DO_READ, record);
    input.desired = desired;
    had_runner_start(&pass->runner, &input, ended, reading);
}

/* The record as it stays: read and compared from now on, never made, never destroyed. */
static bool note(struct had_register *r, const struct had_node *node, const struct had_record *seen,
                 json_t *applied, json_t *extra)
{
    struct had_session *s = r->session;
    struct had_record *record = had_state_add(s->state, node->address, node->type_name);
    had_deployment_fill(&s->deployment, node, record);
    record->lifecycle = HAD_RECORD_EXISTING;
    record->status = HAD_RECORD_READY;
    record->created = record->changed = s->world.cloud.wall(s->world.cloud.context);
    if (seen) {
        record->id = had_str_dup(s->state->arena, seen->id);
        json_decref(record->attributes);
        record->attributes = json_incref(seen->attributes);
    }
    json_decref(record->applied);
    record->applied = applied;
    record->extra = extra;
    record->revision = revision_of(r, node);
    return r->dry || had_state_log(s->state, record, &r->error) == HAD_STATE_OK;
}

/* Without what is sent and kept nowhere; of a secret its name. */
static json_t *kept(const json_t *desired)
{
    json_t *out = json_copy((json_t *)(uintptr_t)desired), *value;
    const char *key;
    void *next;
    json_object_foreach_safe(out, next, key, value) {
        json_t *name = json_object_get(value, "$secret");
        if (key[0] == '_')
            json_object_del(out, key);
        else if (name)
            json_object_set_new(out, key, json_pack("{s:O}", "$secret", name));
    }
    return out;
}

/* By a finder, or by an id that is told. */
static bool can_look(const struct had_register *r, const struct had_node *node,
                     const struct had_driver *driver)
{
    return json_object_get(driver->spec, "find") ||
           json_object_get(r->map, had_str_cstr(&r->session->arena, node->address));
}

/* One round: everything whose properties are known by now. True if something was noted. */
static bool round_of(struct had_register *r, struct pass *pass)
{
    struct had_session *s = r->session;
    struct had_deployment *d = &s->deployment;
    bool more = false;
    pass->readings.count = 0;
    had_runner_open(&pass->runner, &s->world, NULL);
    pass->runner.parallel = d->parallel;
    for (uint32_t i = 0; i < d->graph->nodes.count; i++) {
        const struct had_node *node = d->graph->nodes.items[i];
        const struct had_driver *driver = had_driver_find(&d->drivers, node->type_name);
        if (pass->asked[i] || !is_ours(r, node) || node->phase > d->phase || !driver ||
            !can_look(r, node, driver) || had_state_find(s->state, node->address))
            continue;
        json_t *desired = had_deployment_desired(d, node, revision_of(r, node));
        if (had_desired_unknown(desired)) {
            object(
                r, node,
                had_str_printf(&s->arena, "`%s` is not known", had_desired_unknown_name(desired)));
            json_decref(desired);
            continue;
        }
        pass->asked[i] = true;
        begin(r, pass, node, driver, desired);
    }
    while (had_session_turn(s, &pass->runner))
        ;
    had_runner_close(&pass->runner);
    if (had_session_stopped(s))
        r->error = HAD_STR("interrupted");
    had_each(struct reading *, at, &pass->readings) {
        struct reading *reading = *at;
        if (reading->fits && r->error.len == 0) {
            json_object_del(reading->record->extra, "Physical"); /* it was only found by it */
            more |= note(r, reading->node, reading->record, kept(reading->desired),
                         json_incref(reading->record->extra));
            r->noted++;
        }
        json_decref(reading->desired);
        had_record_drop(reading->record);
    }
    return more && r->error.len == 0;
}

/* What people have to do beside things that exist was done when these were made. */
static void note_gates(struct had_register *r)
{
    struct had_session *s = r->session;
    struct had_deployment *d = &s->deployment;
    int64_t wall = s->world.cloud.wall(s->world.cloud.context);
    for (uint32_t i = 0; i < d->graph->nodes.count && r->error.len == 0; i++) {
        const struct had_node *node = d->graph->nodes.items[i];
        const struct had_prop *probe = had_node_get(node, "Probe.Operation");
        if (node->class != HAD_GATE || node->phase > d->phase ||
            had_state_find(s->state, node->address) ||
            (probe && probe->tag == HAD_PROP_TEXT && had_str_is(probe->text, "destroy")))
            continue;
        json_t *desired = had_deployment_desired(d, node, 0);
        note(r, node, NULL, had_gate_applied(desired), had_gate_evidence("imported", wall));
        json_decref(desired);
        r->gates++;
    }
}

/* ---- what came of it ---- */

static json_t *place_of(const struct had_node *node, had_str id)
{
    const struct had_context *context = node->context;
    return json_pack(
        "{s:s%, s:s%, s:s%, s:s%}", "account",
        context->account_id.ptr ? context->account_id.ptr : "", (int)context->account_id.len,
        "region", context->region.ptr ? context->region.ptr : "", (int)context->region.len, "type",
        node->type_name.ptr, (int)node->type_name.len, "id", id.ptr ? id.ptr : "", (int)id.len);
}

static void list_step(struct had_register *r, const struct had_plan_step *step)
{
    struct had_session *s = r->session;
    const struct had_node *node = step->node;
    char *address = had_str_cstr(&s->arena, step->address);
    const struct had_look *look = node ? had_deployment_look(&s->deployment, node) : NULL;
    bool there = look && look->live && !step->refused.len && look->id.len;
    if (there)
        json_object_set_new(r->objects, address, place_of(node, look->id));
    r->read += there && node->lifecycle == HAD_EXISTING;
    if (step->refused.len) {
        had_str why = step->refused;
        json_array_append_new(r->missing, json_pack("{s:s, s:s%}", "address", address, "reason",
                                                    why.ptr, (int)why.len));
    } else if (step->action == HAD_PLAN_CREATE || step->action == HAD_PLAN_UPDATE ||
               step->action == HAD_PLAN_REPLACE || step->action == HAD_PLAN_GATE ||
               step->action == HAD_PLAN_LOOKUP) {
        json_array_append_new(
            r->missing, json_pack("{s:s, s:s}", "address", address, "reason",
                                  step->action == HAD_PLAN_LOOKUP ? "it could not be looked up"
                                  : step->action == HAD_PLAN_UPDATE
                                      ? "AWS has it otherwise than the spec implies"
                                      : "the spec implies it, and AWS does not have it"));
    }
}

bool had_register_run(struct had_register *r)
{
    struct had_session *s = r->session;
    struct had_deployment *d = &s->deployment;
    struct pass pass = {.asked = had_new_n(&s->arena, bool, d->graph->nodes.count + 1)};
    r->objects = json_object();
    r->missing = json_array();
    r->unfit = json_object();
    had_array(struct had_plan *) plans = {0}; /* each believes what the one before has seen */
    bool fine = true;
    for (uint32_t before = UINT32_MAX; fine && r->noted != before;) { /* look-ups may tell more */
        before = r->noted;
        struct had_plan *plan = had_plan_make(d, &r->error); /* reads what exists */
        fine = plan != NULL;
        if (fine)
            *had_push(&s->arena, &plans) = plan;
        d->again = true;
        while (fine && round_of(r, &pass))
            continue;
        fine &= r->error.len == 0;
    }
    if (fine && !r->wants)
        note_gates(r);
    fine = fine && r->error.len == 0 &&
           (r->dry || had_state_sync(s->state, &r->error) == HAD_STATE_OK);
    struct had_plan *then = fine ? had_plan_make(d, &r->error) : NULL;
    d->again = false;
    if (then) {
        had_each(struct had_plan_step *, step, &then->steps)
            list_step(r, *step);
        had_plan_free(then);
    }
    had_each(struct had_plan *, plan, &plans)
        had_plan_free(*plan);
    return then != NULL;
}

void had_register_free(struct had_register *r)
{
    json_decref(r->objects);
    json_decref(r->missing);
    json_decref(r->unfit);
}
