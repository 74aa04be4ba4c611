/* Whose it may be, as CloudFormation tells: asked before something is made, and before it is taken
 * over. */
#include "direct/stacks.h"

#include "aws/model.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct place {
    struct had_session *s;
    had_str account_id, region;
    bool wanted[HAD_LAYER_COUNT]; /* something is to be made, and nothing of ours is there */
    const char *stack_of[HAD_LAYER_COUNT]; /* name of a stack that is there; or NULL */
    json_t *answer;
    had_str error;
    uint32_t *open;
};

typedef had_array(struct place *) places;

/* Stacks of global things are in the spec's home Region. */
static had_str region_of(const struct had_session *s, had_str region)
{
    return region.len == 0 || had_str_is(region, "global") ? s->deployment.graph->home : region;
}

static struct place *place_of(struct had_session *s, places *all, had_str account_id,
                              had_str region)
{
    region = region_of(s, region);
    had_each(struct place *, place, all)
        if (had_str_eq((*place)->account_id, account_id) && had_str_eq((*place)->region, region))
            return *place;
    struct place *place = had_new(&s->arena, struct place);
    *place = (struct place){.s = s, .account_id = account_id, .region = region};
    *had_push(&s->arena, all) = place;
    return place;
}

static enum had_layer layer_named(had_str name)
{
    for (int layer = HAD_LAYER_NONE + 1; layer < HAD_LAYER_COUNT; layer++)
        if (had_str_is(name, had_layer_name((enum had_layer)layer)))
            return (enum had_layer)layer;
    return HAD_LAYER_NONE;
}

static bool may_be_made_twice(const struct had_deployment *d, const struct had_plan_step *step)
{
    return step->action == HAD_PLAN_CREATE && step->node && !step->record &&
           step->refused.len == 0 && step->node->layer != HAD_LAYER_NONE &&
           !d->by_stacks[step->node->layer] && step->node->context->account_id.len;
}

static void find_places(struct had_session *s, const struct had_plan *plan, places *all)
{
    const struct had_deployment *d = &s->deployment;
    had_each(struct had_plan_step *, step, &plan->steps)
        if (may_be_made_twice(d, *step))
            place_of(s, all, (*step)->node->context->account_id, (*step)->node->context->region)
                ->wanted[(*step)->node->layer] = true;
    if (all->count == 0)
        return;
    had_each(struct had_record *, at, &s->state->records) {
        const struct had_record *record = *at;
        if (record->lifecycle != HAD_RECORD_EXISTING && record->id.len)
            place_of(s, all, record->account_id, record->region)
                ->wanted[layer_named(record->layer)] = false;
    }
}

static void listed(void *context, const struct had_aws_result *result)
{
    struct place *place = context;
    --*place->open;
    if (result->outcome == HAD_AWS_DONE)
        place->answer = json_incref(result->value);
    else
        place->error = had_str_printf(&place->s->arena, HAD_FMT " " HAD_FMT,
                                      HAD_ARG(result->error.code), HAD_ARG(result->error.message));
}

/* `had-SPEC-network` and `had-SPEC-network-2` are of layer network. */
static void match(struct place *place, had_str prefix)
{
    size_t i;
    json_t *row;
    json_array_foreach(json_object_get(place->answer, "StackSummaries"), i, row) {
        const char *name = json_string_value(json_object_get(row, "StackName"));
        if (!name || strncmp(name, prefix.ptr, prefix.len) != 0)
            continue;
        for (int layer = HAD_LAYER_NONE + 1; layer < HAD_LAYER_COUNT; layer++) {
            const char *word = had_layer_name((enum had_layer)layer);
            size_t length = strlen(word);
            const char *rest = name + prefix.len;
            if (strncmp(rest, word, length) == 0 && (rest[length] == '\0' || rest[length] == '-'))
                place->stack_of[layer] = had_str_cstr(&place->s->arena, had_str_c(name));
        }
    }
}

static json_t *statuses(void)
{
    static const char *const there[] = {"CREATE_IN_PROGRESS",
                                        "CREATE_FAILED",
                                        "CREATE_COMPLETE",
                                        "ROLLBACK_FAILED",
                                        "ROLLBACK_COMPLETE",
                                        "DELETE_FAILED",
                                        "UPDATE_IN_PROGRESS",
                                        "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS",
                                        "UPDATE_COMPLETE",
                                        "UPDATE_FAILED",
                                        "UPDATE_ROLLBACK_IN_PROGRESS",
                                        "UPDATE_ROLLBACK_FAILED",
                                        "UPDATE_ROLLBACK_COMPLETE",
                                        "IMPORT_IN_PROGRESS",
                                        "IMPORT_COMPLETE",
                                        "IMPORT_ROLLBACK_COMPLETE"};
    json_t *list = json_array();
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        json_array_append_new(list, json_string(there[i]));
    return json_pack("{s:o}", "StackStatusFilter", list);
}

static void ask(struct had_session *s, places *all)
{
    struct had_cloud *cloud = &s->world.cloud;
    const struct had_aws_service *service = had_aws_service_find(HAD_STR("cloudformation"));
    json_t *params = statuses();
    uint32_t open = 0;
    had_each(struct place *, at, all) {
        struct place *place = *at;
        bool any = false;
        for (int layer = 0; layer < HAD_LAYER_COUNT; layer++)
            any |= place->wanted[layer];
        if (!any)
            continue;
        place->open = &open;
        struct had_aws_call call = {
            .service = service,
            .operation = had_aws_operation_find(service, HAD_STR("ListStacks")),
            .params = params,
            .region = place->region,
            .role = had_deployment_role(&s->deployment, place->account_id),
            .pages = true,
            .done = listed,
            .context = place,
        };
        open++;
        cloud->submit(cloud->context, &call);
    }
    while (open && cloud->turn(cloud->context, 1000))
        continue;
    json_decref(params);
}

void had_stacks_respect(struct had_session *s, struct had_plan *plan)
{
    places all = {0};
    struct had_deployment *d = &s->deployment;
    uint32_t silent = 0;
    if (!d->graph || d->destroy)
        return;
    find_places(s, plan, &all);
    ask(s, &all);
    had_str prefix = had_str_printf(&s->arena, "had-" HAD_FMT "-", HAD_ARG(d->graph->spec));
    for (uint32_t i = 0; i < prefix.len; i++) /* as stacks are named */
        if (!((prefix.ptr[i] >= 'a' && prefix.ptr[i] <= 'z') ||
              (prefix.ptr[i] >= 'A' && prefix.ptr[i] <= 'Z') ||
              (prefix.ptr[i] >= '0' && prefix.ptr[i] <= '9')))
            ((char *)(uintptr_t)prefix.ptr)[i] = '-';
    had_each(struct place *, place, &all) {
        match(*place, prefix);
        json_decref((*place)->answer);
        silent += (*place)->error.len > 0;
    }
    had_each(struct had_plan_step *, at, &plan->steps) {
        struct had_plan_step *step = *at;
        if (!may_be_made_twice(d, step))
            continue;
        const struct place *place =
            place_of(s, &all, step->node->context->account_id, step->node->context->region);
        const char *stack = place->stack_of[step->node->layer];
        if (!stack || !place->wanted[step->node->layer])
            continue;
        const char *layer = had_layer_name(step->node->layer);
        step->refused = had_str_printf(
            &s->arena,
            "stack `%s` makes layer `%s` there: `had apply --engine %s=direct` takes it "
            "over, `--engine %s=cloudformation` leaves it to the stack",
            stack, layer, layer, layer);
        plan->refused++;
    }
    if (silent)
        fprintf(stderr,
                "had %s: in %u accounts and Regions nobody may ask CloudFormation whether stacks "
                "made something of this already: allow cloudformation:ListStacks\n",
                s->cli->command, silent);
}

struct held {
    bool done, known;
    json_t *answer;
};

static void answered(void *context, const struct had_aws_result *result)
{
    struct held *held = context;
    held->done = true;
    held->known = result->outcome == HAD_AWS_DONE;
    if (held->known)
        held->answer = json_incref(result->value);
}

bool had_stack_holds(struct had_session *s, had_str account_id, had_str region, had_str stack,
                     had_str id)
{
    struct had_cloud *cloud = &s->world.cloud;
    struct held held = {0};
    const struct had_aws_service *service = had_aws_service_find(HAD_STR("cloudformation"));
    json_t *params = json_pack("{s:s%}", "StackName", stack.ptr, (size_t)stack.len), *row;
    struct had_aws_call call = {
        .service = service,
        .operation = had_aws_operation_find(service, HAD_STR("ListStackResources")),
        .params = params,
        .region = region_of(s, region),
        .role = had_deployment_role(&s->deployment, account_id),
        .pages = true,
        .done = answered,
        .context = &held,
    };
    cloud->submit(cloud->context, &call);
    while (!held.done && cloud->turn(cloud->context, 1000))
        continue;
    bool holds = !held.known;
    size_t i;
    json_array_foreach(json_object_get(held.answer, "StackResourceSummaries"), i, row) {
        const char *name = json_string_value(json_object_get(row, "PhysicalResourceId"));
        const char *status = json_string_value(json_object_get(row, "ResourceStatus"));
        holds |= name && had_str_is(id, name) && !(status && strncmp(status, "DELETE_", 7) == 0);
    }
    json_decref(held.answer);
    json_decref(params);
    return holds;
}
