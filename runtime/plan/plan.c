#include "plan/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- what is in the plan ---- */

/* An address, or an object whose nodes are all meant. */
static bool names(had_str target, const struct had_node *node)
{
    return had_str_eq(target, node->address) || had_str_eq(target, node->object);
}

static bool names_address(had_str target, had_str address)
{
    return had_str_eq(target, address) ||
           (address.len > target.len && address.ptr[target.len] == ':' &&
            memcmp(address.ptr, target.ptr, target.len) == 0);
}

static bool listed(const had_str *items, uint32_t count, had_str address)
{
    for (uint32_t i = 0; i < count; i++)
        if (names_address(items[i], address))
            return true;
    return false;
}

static void want_with_needs(struct had_builder *b, const struct had_node *node)
{
    if (b->wanted[node->id])
        return;
    b->wanted[node->id] = true;
    had_each(struct had_edge *, edge, &node->needs)
        if ((*edge)->kind != HAD_OUTLIVES)
            want_with_needs(b, (*edge)->to);
}

static bool choose(struct had_builder *b, had_str *error)
{
    struct had_deployment *d = b->d;
    uint32_t count = d->graph ? d->graph->nodes.count : 0;
    b->wanted = had_new_n(b->arena, bool, count + 1);
    b->records = had_new_n(b->arena, struct had_record *, count + 1);
    b->first = had_new_n(b->arena, struct had_plan_step *, count + 1);
    b->removal = had_new_n(b->arena, struct had_plan_step *, count + 1);
    for (uint32_t i = 0; i < d->targets.count; i++) {
        bool found = false;
        for (uint32_t k = 0; k < count; k++)
            if (names(d->targets.items[i], d->graph->nodes.items[k])) {
                found = true;
                if (!d->destroy)
                    want_with_needs(b, d->graph->nodes.items[k]);
            }
        had_each(struct had_record *, record, &d->state->records)
            found |= names_address(d->targets.items[i], (*record)->address);
        if (!found) {
            *error = had_str_printf(d->arena,
                                    "target `" HAD_FMT "` is neither in the spec nor in the state",
                                    HAD_ARG(d->targets.items[i]));
            return false;
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        struct had_node *node = d->graph->nodes.items[i];
        if (d->targets.count == 0)
            b->wanted[i] = true;
        b->wanted[i] &= node->phase <= d->phase && !d->destroy;
        b->records[i] = had_state_find(d->state, node->address);
        for (uint32_t k = 0; !b->records[i] && k < node->former.count; k++)
            b->records[i] = had_state_find(d->state, node->former.items[k]);
    }
    return true;
}

/* Dependants of what is destroyed go too: the closure over the records' edges. */
static void close_over(struct had_builder *b, struct had_map *doomed)
{
    struct had_deployment *d = b->d;
    for (bool more = true; more;) {
        more = false;
        had_each(struct had_record *, at, &d->state->records) {
            const struct had_record *user = *at;
            if (had_map_get(doomed, (uintptr_t)user))
                continue;
            had_each(struct had_record_edge, edge, &user->needs) {
                const struct had_record *used = had_state_find(d->state, edge->address);
                if (used && had_map_get(doomed, (uintptr_t)used) &&
                    !had_str_is(edge->kind, "outlives")) {
                    had_map_put(b->arena, doomed, (uintptr_t)user, true);
                    more = true;
                    break;
                }
            }
        }
    }
}

static void find_gone(struct had_builder *b)
{
    struct had_deployment *d = b->d;
    struct had_map named = {0}, doomed = {0}; /* sets of records */
    for (uint32_t i = 0; d->graph && i < d->graph->nodes.count; i++)
        if (b->records[i])
            had_map_put(b->arena, &named, (uintptr_t)b->records[i], true);
    had_each(struct had_record *, record, &d->state->records) {
        bool in_spec = had_map_get(&named, (uintptr_t)*record) != NULL;
        bool targeted =
            d->targets.count == 0 || listed(d->targets.items, d->targets.count, (*record)->address);
        if (targeted && (d->destroy || !in_spec))
            had_map_put(b->arena, &doomed, (uintptr_t)*record, true);
    }
    if (d->destroy && d->targets.count)
        close_over(b, &doomed);
    had_each(struct had_record *, record, &d->state->records)
        if (had_map_get(&doomed, (uintptr_t)*record))
            *had_push(b->arena, &b->gone) = (struct had_gone){.record = *record};
}

/* ---- steps ---- */

static struct had_plan_step *step_add(struct had_builder *b, enum had_step_action action,
                                      const struct had_node *node, had_str address,
                                      struct had_record *record)
{
    struct had_plan_step *step = had_new(b->arena, struct had_plan_step);
    step->number = b->plan->steps.count;
    step->action = action;
    step->node = node;
    step->address = address;
    step->record = record;
    *had_push(b->arena, &b->plan->steps) = step;
    return step;
}

void had_wait_for(struct had_builder *b, struct had_plan_step *step,
                  const struct had_plan_step *before)
{
    if (!before || before == step)
        return;
    for (uint32_t i = 0; i < step->after.count; i++)
        if (step->after.items[i] == before->number)
            return;
    *had_push(b->arena, &step->after) = before->number;
}

/* How far the staged values of a node have got: the first choice whose end has not come. */
static uint32_t revision_now(const struct had_builder *b, const struct had_node *node,
                             const struct had_record *record)
{
    uint32_t reached = record && record->status != HAD_RECORD_CREATING ? record->revision : 0;
    for (uint32_t r = reached; r + 1 < node->revisions; r++) {
        bool over = true;
        had_each(struct had_edge *, edge, &node->needs) {
            if ((*edge)->revision != r + 1 || (*edge)->to->class != HAD_RESOURCE)
                continue;
            const struct had_record *until = b->records[(*edge)->to->id];
            over &= until && until->status == HAD_RECORD_READY;
        }
        if (!over)
            return r;
        reached = r + 1;
    }
    return reached;
}

static void refuse(struct had_builder *b, struct had_plan_step *step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void refuse(struct had_builder *b, struct had_plan_step *step, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    step->refused = had_str_vprintf(b->arena, format, args);
    va_end(args);
}

static void lose(struct had_builder *b, struct had_plan_step *step, const struct had_driver *driver,
                 enum had_record_protect protect)
{
    const char *loses = driver ? json_string_value(json_object_get(driver->spec, "loses")) : NULL;
    if (!loses && protect != HAD_RECORD_ACKNOWLEDGE)
        return;
    step->acknowledge = true;
    step->acknowledged = listed(b->d->acknowledge.items, b->d->acknowledge.count, step->address);
    if (loses)
        step->why = step->why.len
                        ? had_str_printf(b->arena, HAD_FMT "; %s", HAD_ARG(step->why), loses)
                        : had_str_c(loses);
}

/* Nothing is known of an object that is made anew: others read it after that. */
static void forget_attributes(struct had_builder *b, const struct had_node *node)
{
    struct had_look *look = had_deployment_look(b->d, node);
    json_decref(look->attributes);
    look->attributes = NULL;
}

static void renamed(struct had_builder *b, struct had_plan_step *step)
{
    const struct had_driver *driver = had_driver_find(&b->d->drivers, step->record->type);
    bool tagged = step->node->type && step->node->type->tags && driver && had_plan_tags(driver);
    if (!had_str_eq(step->record->address, step->address))
        step->why = had_str_printf(
            b->arena, "it goes on under this name%s; until now it was `" HAD_FMT "`",
            tagged ? ", which its tag had:address gets" : "", HAD_ARG(step->record->address));
}

static had_str leaves(struct had_builder *b, const struct had_look *look, const char *then)
{
    return had_str_printf(b->arena, "it is being removed (`" HAD_FMT "`): %s", HAD_ARG(look->state),
                          then);
}

static had_str failed_before(struct had_builder *b, const struct had_record *record)
{
    return had_str_printf(b->arena, "its making failed: " HAD_FMT, HAD_ARG(record->reason));
}

/* What a stack or another deployment owns is neither made nor changed nor removed here. */
static void respect_owner(struct had_builder *b, struct had_plan_step *step,
                          const struct had_look *look)
{
    const struct had_record *record = step->record;
    const struct had_node *node = step->node;
    const char *left = json_string_value(json_object_get(record ? record->extra : NULL, "left"));
    if (step->action == HAD_PLAN_KEEP || step->action == HAD_PLAN_FORGET || step->refused.len)
        return;
    if (node && b->d->by_stacks[node->layer])
        refuse(b, step,
               "stacks make layer `%s`: deploy what `had build` writes there first; "
               "`had apply --engine %s=cloudformation` then takes note of it",
               had_layer_name(node->layer), had_layer_name(node->layer));
    else if (look->deployment.len && !had_str_eq(look->deployment, b->d->name))
        refuse(b, step, "it belongs to deployment `" HAD_FMT "`", HAD_ARG(look->deployment));
    else if (look->stack.len && !(left && had_str_is(look->stack, left)))
        refuse(b, step, "it belongs to stack `" HAD_FMT "`", HAD_ARG(look->stack));
}

static struct had_plan_step *managed(struct had_builder *b, const struct had_node *node,
                                     uint32_t revision)
{
    struct had_deployment *d = b->d;
    struct had_record *record = b->records[node->id];
    struct had_look *look = had_deployment_look(d, node);
    const struct had_driver *driver = had_driver_find(&d->drivers, node->type_name);
    struct had_plan_step *step = step_add(b, HAD_PLAN_KEEP, node, node->address, record);
    step->revision = revision;
    if (!driver) {
        refuse(b, step, "nothing here can make a " HAD_FMT " by calls yet",
               HAD_ARG(node->type_name));
        return step;
    }
    if (record && !had_str_eq(record->type, node->type_name)) {
        refuse(b, step,
               "the state has a " HAD_FMT " at this address: give the new object another name",
               HAD_ARG(record->type));
        return step;
    }
    if (look->error.len) {
        refuse(b, step, "it could not be read: " HAD_FMT, HAD_ARG(look->error));
        return step;
    }
    json_t *desired = had_deployment_desired(d, node, revision);
    bool replace = listed(d->replace.items, d->replace.count, node->address);
    if (look->leaving && record && record->status != HAD_RECORD_CREATING) {
        step->action = HAD_PLAN_REPLACE;
        step->leaving = true;
        step->why = leaves(b, look, "a new one is made");
        b->plan->outside += record->status != HAD_RECORD_DELETING;
        forget_attributes(b, node);
    } else if (!record || record->status == HAD_RECORD_CREATING || (look->seen && !look->live)) {
        step->action = HAD_PLAN_CREATE;
        step->resumed = record && record->status == HAD_RECORD_CREATING && record->created;
        if (record && record->status == HAD_RECORD_FAILED)
            step->why = failed_before(b, record);
        else if (record && record->status != HAD_RECORD_CREATING)
            step->why = HAD_STR("it is gone: somebody else removed it");
        struct had_changes changes = {0};
        had_compare(b->arena, driver, node, desired, NULL, NULL, &changes);
        for (uint32_t i = 0; i < changes.items.count; i++)
            *had_push(b->arena, &step->changes) = changes.items.items[i];
        forget_attributes(b, node);
    } else {
        struct had_changes changes = {0};
        had_compare(b->arena, driver, node, desired, look->live, record->applied, &changes);
        bool forbidden = false, replaces = replace;
        const char *property = NULL;
        for (uint32_t i = 0; i < changes.items.count; i++) {
            struct had_change *change = &changes.items.items[i];
            *had_push(b->arena, &step->changes) = *change;
            /* what is not known yet may turn out the same: then nothing is replaced */
            if (change->how == HAD_CHANGE_FORBIDDEN) {
                forbidden = true;
                property = change->property;
            } else if (change->how == HAD_CHANGE_REPLACES) {
                replaces = true;
                property = change->property;
            }
        }
        if (record->status == HAD_RECORD_FAILED) {
            replaces = true;
            step->why = failed_before(b, record);
        }
        if (forbidden) {
            step->action = HAD_PLAN_UPDATE;
            refuse(b, step,
                   "`%s` of " HAD_FMT
                   " cannot change: declare a new object under another name, move to it, "
                   "and remove this one",
                   property, HAD_ARG(node->type_name));
        } else if (replaces) {
            step->action = HAD_PLAN_REPLACE;
            if (step->why.len == 0)
                step->why =
                    replace ? HAD_STR("asked for by --replace")
                            : had_str_printf(b->arena, "`%s` cannot be changed in place", property);
            if (record->protect == HAD_RECORD_KEEP)
                refuse(b, step, "it is never destroyed, so it cannot be made anew");
            lose(b, step, driver, record->protect);
            forget_attributes(b, node);
        } else if (changes.items.count) {
            step->action = HAD_PLAN_UPDATE;
            renamed(b, step);
        } else if (record->status == HAD_RECORD_UPDATING || record->status == HAD_RECORD_DELETING) {
            step->action = HAD_PLAN_UPDATE; /* an earlier run stopped in it: look and settle */
            step->resumed = true;
        } else if (record->revision != revision || !had_str_eq(record->address, node->address)) {
            step->action = HAD_PLAN_UPDATE;
            renamed(b, step);
        }
        for (uint32_t i = 0; i < step->changes.count; i++)
            if (step->changes.items[i].outside) {
                b->plan->outside++;
                break;
            }
    }
    if (step->action == HAD_PLAN_CREATE && record && record->status != HAD_RECORD_CREATING)
        b->plan->outside++;
    respect_owner(b, step, look);
    json_decref(desired);
    return step;
}

static struct had_plan_step *existing(struct had_builder *b, const struct had_node *node)
{
    struct had_deployment *d = b->d;
    struct had_look *look = had_deployment_look(d, node);
    struct had_plan_step *step =
        step_add(b, HAD_PLAN_VERIFY, node, node->address, b->records[node->id]);
    const struct had_driver *driver = had_driver_find(&d->drivers, node->type_name);
    if (!driver)
        return step;
    if (look->error.len) {
        refuse(b, step, "it could not be read: " HAD_FMT, HAD_ARG(look->error));
    } else if (look->leaving) {
        refuse(b, step, "the spec says that it exists, and it is being removed (`" HAD_FMT "`)",
               HAD_ARG(look->state));
    } else if (look->seen && !look->live) {
        refuse(b, step, "the spec says that it exists, and it does not");
    } else if (look->live) {
        json_t *desired = had_deployment_desired(d, node, 0);
        struct had_changes changes = {0};
        had_compare(b->arena, driver, node, desired, look->live, desired, &changes);
        had_each(struct had_change, change, &changes.items) {
            if (change->unknown)
                continue;
            *had_push(b->arena, &step->changes) = *change;
            change->old = change->wanted = NULL; /* the step has them */
        }
        had_changes_drop(&changes);
        if (step->changes.count)
            refuse(b, step, "it is not as the spec says: nothing here changes an existing object");
        json_decref(desired);
    }
    return step;
}

static struct had_plan_step *looked_up(struct had_builder *b, const struct had_node *node)
{
    struct had_look *look = had_deployment_look(b->d, node);
    struct had_plan_step *step =
        step_add(b, HAD_PLAN_LOOKUP, node, node->address, b->records[node->id]);
    bool early = false; /* what it needs is still to be made: nothing is concluded from an error */
    had_each(struct had_edge *, edge, &node->needs) {
        const struct had_plan_step *before = b->first[(*edge)->to->id];
        early |= before && before->action != HAD_PLAN_KEEP && before->action != HAD_PLAN_NOTHING &&
                 before->action != HAD_PLAN_VERIFY;
    }
    if (look->error.len && !early)
        refuse(b, step, "it could not be looked up: " HAD_FMT, HAD_ARG(look->error));
    if (look->live)
        step->action = HAD_PLAN_KEEP;
    else
        forget_attributes(b, node);
    return step;
}

static bool is_of_destroying(const struct had_node *node)
{
    const struct had_prop *operation = had_node_get(node, "Probe.Operation");
    return operation && operation->tag == HAD_PROP_TEXT && had_str_is(operation->text, "destroy");
}

static struct had_plan_step *gate(struct had_builder *b, const struct had_node *node)
{
    struct had_record *record = b->records[node->id];
    struct had_plan_step *step = step_add(b, HAD_PLAN_GATE, node, node->address, record);
    if (is_of_destroying(node)) {
        step->action = HAD_PLAN_NOTHING;
    } else if (record && record->status == HAD_RECORD_READY) {
        json_t *desired = had_deployment_desired(b->d, node, 0);
        const json_t *now = json_object_get(desired, "Instruction");
        const json_t *then = json_object_get(record->applied, "Instruction");
        /* another instruction is other work; one that is not known yet is compared when it is */
        if (json_equal(now, then)) {
            step->action = HAD_PLAN_KEEP;
        } else {
            step->why = HAD_STR("it was done by another instruction");
            lose(b, step, NULL, (enum had_record_protect)node->protect);
        }
        json_decref(desired);
    }
    return step;
}

static void make_steps(struct had_builder *b, const struct had_pair *pairs, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        const struct had_node *node = pairs[i].node;
        if (!b->wanted[node->id])
            continue;
        struct had_plan_step *step = NULL;
        struct had_record *record = b->records[node->id];
        if (node->class == HAD_RESOURCE && node->lifecycle != HAD_EXISTING) {
            uint32_t now = revision_now(b, node, record);
            if (pairs[i].revision < now)
                continue;
            if (pairs[i].revision == now) {
                step = managed(b, node, now);
            } else {
                step = step_add(b, HAD_PLAN_UPDATE, node, node->address, record);
                step->revision = pairs[i].revision;
                step->why = HAD_STR("the later value counts once what it waits for is there");
                had_wait_for(b, step, b->first[node->id]);
                had_each(struct had_edge *, edge, &node->needs)
                    if ((*edge)->revision == step->revision && (*edge)->kind != HAD_OUTLIVES)
                        had_wait_for(b, step, b->first[(*edge)->to->id]);
                b->first[node->id] = step; /* a still later one waits for this */
                continue;
            }
        } else if (pairs[i].revision > 0) {
            continue;
        } else if (node->class == HAD_RESOURCE) {
            step = existing(b, node);
        } else if (node->class == HAD_LOOKUP) {
            step = looked_up(b, node);
        } else if (node->class == HAD_GATE) {
            step = gate(b, node);
        } else {
            step = step_add(b, HAD_PLAN_NOTHING, node, node->address, NULL);
        }
        b->first[node->id] = step;
        had_each(struct had_edge *, edge, &node->needs)
            if ((*edge)->revision <= step->revision && (*edge)->kind != HAD_OUTLIVES)
                had_wait_for(b, step, b->first[(*edge)->to->id]);
    }
}

/* Nothing is done in an account before it is there. */
static void accounts_first(struct had_builder *b)
{
    const struct had_graph *graph = b->d->graph;
    for (uint32_t i = 0; i < graph->nodes.count; i++) {
        const struct had_context *context = graph->nodes.items[i]->context;
        if (!b->first[i] || context->account.len == 0 || context->account_id.len)
            continue;
        had_str account =
            had_str_printf(b->arena, "account " HAD_FMT ":account", HAD_ARG(context->account));
        const struct had_node *home = had_graph_find(graph, account);
        if (home && home->id != i)
            had_wait_for(b, b->first[i], b->first[home->id]);
    }
}

/* ---- removals ---- */

static struct had_plan_step *removal_of(struct had_builder *b, struct had_record *record,
                                        const struct had_look *look, bool because_replaced)
{
    struct had_deployment *d = b->d;
    const struct had_driver *driver = had_driver_find(&d->drivers, record->type);
    struct had_plan_step *step = step_add(b, HAD_PLAN_DELETE, NULL, record->address, record);
    if (because_replaced) {
        step->why = HAD_STR("it is made anew");
        return step;
    }
    if (record->lifecycle != HAD_RECORD_MANAGED && record->lifecycle != HAD_RECORD_ADOPTED) {
        step->action = HAD_PLAN_FORGET;
        step->why = HAD_STR("it was not made here");
    } else if (record->protect == HAD_RECORD_KEEP) {
        step->action = HAD_PLAN_FORGET;
        step->why = HAD_STR("it is never destroyed: it stays, and this deployment lets go of it");
    } else if (driver && look && look->leaving) {
        step->leaving = true;
        step->why = leaves(b, look, "its end is waited for");
    } else if (!driver || (look && look->seen && !look->live && !look->error.len)) {
        step->action = HAD_PLAN_FORGET;
        step->why = driver ? HAD_STR("it is gone already") : HAD_STR("it is no object of AWS");
    } else {
        lose(b, step, driver, record->protect);
        if (step->why.len == 0 && !d->destroy) /* a destroy is reason enough */
            step->why = HAD_STR("the spec does not name it any more");
        if (look && look->error.len)
            refuse(b, step, "it could not be read: " HAD_FMT, HAD_ARG(look->error));
        if (look)
            respect_owner(b, step, look);
    }
    return step;
}

static struct had_plan_step *removal_at(const struct had_map *by_record,
                                        const struct had_record *record)
{
    const uint64_t *at = had_map_get(by_record, (uintptr_t)record);
    return at ? (struct had_plan_step *)(uintptr_t)*at : NULL;
}

/* What people do before a controller goes: its gate stands in front of the instance's removal. */
static void gates_of_removals(struct had_builder *b)
{
    const struct had_graph *graph = b->d->graph;
    for (uint32_t i = 0; graph && i < graph->nodes.count; i++) {
        const struct had_node *node = graph->nodes.items[i];
        if (node->class != HAD_GATE || !is_of_destroying(node))
            continue;
        for (uint32_t k = 0; k < b->gone.count; k++) {
            struct had_gone *gone = &b->gone.items[k];
            if (gone->step->action != HAD_PLAN_DELETE ||
                !had_str_is(gone->record->type, "AWS::EC2::Instance") ||
                !names_address(node->object, gone->record->address))
                continue;
            struct had_plan_step *gate =
                step_add(b, HAD_PLAN_GATE, node, node->address, b->records[node->id]);
            had_wait_for(b, gone->step, gate);
        }
    }
}

/*
 * What others go on using, and only then let go of, cannot be taken away first: AWS refuses to
 * remove what is in use. So the new one comes first, where two can be at a time.
 */
static bool comes_first(const struct had_builder *b, const struct had_node *node)
{
    if (!had_may_be_two(node))
        return false;
    if (b->first[node->id]->leaving)
        return true; /* the new one has not to wait for its end */
    had_each(struct had_edge *, edge, &node->needed_by) {
        const struct had_plan_step *user = b->first[(*edge)->from->id];
        if ((*edge)->kind == HAD_READS && user && user->action == HAD_PLAN_UPDATE)
            return true;
    }
    return false;
}

static bool made_first(const struct had_builder *b, const struct had_plan_step *removal)
{
    return removal->node && b->first[removal->node->id]->first;
}

static void remove_all(struct had_builder *b)
{
    struct had_deployment *d = b->d;
    struct had_map by_record = {0}, kept = {0};
    for (uint32_t i = 0; i < b->gone.count; i++) {
        struct had_gone *gone = &b->gone.items[i];
        gone->step = removal_of(b, gone->record, &gone->look, false);
        had_map_put(b->arena, &by_record, (uintptr_t)gone->record, (uintptr_t)gone->step);
    }
    gates_of_removals(b);
    for (uint32_t i = 0; d->graph && i < d->graph->nodes.count; i++) {
        struct had_plan_step *step = b->first[i];
        if (!step)
            continue;
        if (b->records[i])
            had_map_put(b->arena, &kept, (uintptr_t)b->records[i], (uintptr_t)step);
        if (step->action == HAD_PLAN_REPLACE && !step->refused.len) {
            struct had_plan_step *removal = removal_of(b, b->records[i], NULL, true);
            removal->node = d->graph->nodes.items[i];
            removal->leaving = step->leaving;
            removal->acknowledge = step->acknowledge;
            removal->acknowledged = step->acknowledged;
            b->removal[i] = removal;
            step->first = comes_first(b, d->graph->nodes.items[i]);
            if (step->first)
                had_wait_for(b, removal, step);
            else
                had_wait_for(b, step, removal);
            had_map_put(b->arena, &by_record, (uintptr_t)b->records[i], (uintptr_t)removal);
        }
    }
    for (uint32_t i = 0; i < d->state->records.count; i++) {
        struct had_record *user = d->state->records.items[i];
        struct had_plan_step *user_removal = removal_at(&by_record, user);
        struct had_plan_step *user_change = removal_at(&kept, user);
        had_each(struct had_record_edge, edge, &user->needs) {
            const struct had_record *used = had_state_find(d->state, edge->address);
            struct had_plan_step *removal = used ? removal_at(&by_record, used) : NULL;
            if (!removal)
                continue;
            if (had_str_is(edge->kind, "outlives")) {
                if (user_removal)
                    had_wait_for(b, user_removal, removal);
            } else if (user_removal) {
                had_wait_for(b, removal, user_removal);
            } else if (user_change && user_change->action == HAD_PLAN_UPDATE) {
                /* it lets go of the object first; one that goes first is there again before that */
                if (!removal->node || made_first(b, removal))
                    had_wait_for(b, removal, user_change);
            }
        }
    }
}

static void count_steps(struct had_plan *plan)
{
    had_each(struct had_plan_step *, at, &plan->steps) {
        const struct had_plan_step *step = *at;
        switch (step->action) {
        case HAD_PLAN_CREATE:
            plan->creates++;
            break;
        case HAD_PLAN_UPDATE:
            plan->updates++;
            break;
        case HAD_PLAN_REPLACE:
            plan->replaces++;
            break;
        case HAD_PLAN_DELETE:
            plan->deletes += step->node == NULL;
            break;
        case HAD_PLAN_FORGET:
            plan->forgets++;
            break;
        case HAD_PLAN_GATE:
            plan->gates++;
            break;
        case HAD_PLAN_LOOKUP:
            plan->lookups++;
            break;
        case HAD_PLAN_KEEP:
            plan->kept++;
            break;
        case HAD_PLAN_VERIFY:
        case HAD_PLAN_NOTHING:
            break;
        }
        plan->refused += step->refused.len > 0;
        plan->unacknowledged += step->acknowledge && !step->acknowledged;
    }
}

static bool make(struct had_builder *b, had_str *error)
{
    struct had_deployment *d = b->d;
    had_deployment_prepare(d);
    if (!choose(b, error))
        return false;
    had_recall(b);
    had_keys_match(b);
    find_gone(b);
    if (!had_refresh(b, error))
        return false;
    if (d->graph && !d->destroy) {
        const struct had_pair *pairs;
        uint32_t count = had_graph_order(d->graph, &pairs);
        make_steps(b, pairs, count);
        accounts_first(b);
    }
    remove_all(b);
    had_order_removals(b);
    struct had_way *way = had_way_order(b);
    if (!had_order_steps(b, error))
        return false;
    had_way_tell(way);
    count_steps(b->plan);
    return true;
}

struct had_plan *had_plan_make(struct had_deployment *d, had_str *error)
{
    struct had_plan *plan = had_new(d->arena, struct had_plan);
    struct had_builder b = {.d = d, .plan = plan, .arena = d->arena};
    plan->deployment = d;
    plan->stamp = had_state_stamp(d->state, d->arena);
    bool made = make(&b, error);
    for (uint32_t i = 0; i < b.gone.count; i++) {
        json_decref(b.gone.items[i].look.live);
        json_decref(b.gone.items[i].look.attributes);
    }
    if (made)
        return plan;
    had_plan_free(plan);
    return NULL;
}

bool had_plan_empty(const struct had_plan *plan)
{
    return plan->creates + plan->updates + plan->replaces + plan->deletes + plan->forgets +
               plan->gates + plan->refused + plan->lookups ==
           0;
}

void had_plan_free(struct had_plan *plan)
{
    had_each(struct had_plan_step *, step, &plan->steps)
        had_each(struct had_change, change, &(*step)->changes) {
            json_decref(change->old);
            json_decref(change->wanted);
        }
    had_deployment_release(plan->deployment);
}

const char *had_step_action_name(enum had_step_action action)
{
    static const char *const step_names[] = {"keep",   "create", "update", "replace", "delete",
                                             "forget", "lookup", "verify", "gate",    "nothing"};
    return step_names[action];
}
