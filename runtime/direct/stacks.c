#include "direct/stacks_inside.h"

#include "aws/model.h"
#include "emit/cloudformation/logical.h"
#include "emit/cloudformation/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POLL_MS = 5000 };

/* ---- calls, one for each stack, side by side ---- */

static void answered(void *context, const struct had_aws_result *result)
{
    struct had_asked *asked = context;
    --*asked->open;
    if (result->outcome == HAD_AWS_DONE) {
        asked->answer = json_incref(result->value);
        return;
    }
    asked->code = had_str_dup(asked->arena, result->error.code);
    asked->message = had_str_dup(asked->arena, result->error.message);
    if (asked->code.len == 0)
        asked->code = HAD_STR("no answer");
}

static const struct had_aws_role *role_of(struct had_session *s, const struct had_stack *stack)
{
    return had_deployment_role(&s->deployment, stack->account_id);
}

struct had_asked *had_stacks_ask(struct had_live_stacks *stacks, const char *operation,
                                 had_stack_question *of)
{
    struct had_session *s = stacks->s;
    struct had_cloud *cloud = &s->world.cloud;
    bool put = strcmp(operation, "PutObject") == 0;
    const struct had_aws_service *service =
        had_aws_service_find(put ? HAD_STR("s3") : HAD_STR("cloudformation"));
    struct had_asked *all = had_new_n(&s->arena, struct had_asked, stacks->items.count + 1);
    uint32_t open = 0;
    for (uint32_t i = 0; i < stacks->items.count; i++) {
        struct had_live_stack *stack = &stacks->items.items[i];
        all[i] = (struct had_asked){.stack = stack, .arena = &s->arena, .open = &open};
        all[i].params = of(stack);
        if (!all[i].params)
            continue;
        struct had_aws_call call = {
            .service = service,
            .operation = had_aws_operation_find(service, had_str_c(operation)),
            .params = all[i].params,
            .payload = put ? &stack->next : NULL,
            .region = stack->stack->region,
            .role = role_of(s, stack->stack),
            .pages =
                strncmp(operation, "List", 4) == 0 || strcmp(operation, "DescribeChangeSet") == 0,
            .done = answered,
            .context = &all[i],
        };
        open++;
        cloud->submit(cloud->context, &call);
    }
    while (open && cloud->turn(cloud->context, 1000))
        continue;
    return all;
}

void had_stacks_forget(struct had_live_stacks *stacks, struct had_asked *all)
{
    for (uint32_t i = 0; i < stacks->items.count; i++) {
        json_decref(all[i].params);
        json_decref(all[i].answer);
    }
}

void had_stacks_fails(struct had_live_stacks *stacks, struct had_asked *asked,
                      const char *operation)
{
    if (asked->code.len && asked->stack->error.len == 0)
        asked->stack->error =
            had_str_printf(&stacks->s->arena, "%s: " HAD_FMT " " HAD_FMT, operation,
                           HAD_ARG(asked->code), HAD_ARG(asked->message));
}

static json_t *named(const struct had_live_stack *stack)
{
    had_str name = stack->id.len ? stack->id : stack->stack->stack_name;
    return json_pack("{s:s%}", "StackName", name.ptr, (size_t)name.len);
}

bool had_stack_goes_on(const struct had_live_stack *stack)
{
    return stack->described && stack->error.len == 0;
}

static json_t *named_if_there(const struct had_live_stack *stack)
{
    return had_stack_goes_on(stack) ? named(stack) : NULL;
}

const char *had_stack_status(const struct had_live_stack *stack)
{
    const char *status = json_string_value(json_object_get(stack->described, "StackStatus"));
    return status ? status : "";
}

static bool is_deleted(const json_t *description)
{
    const char *status = json_string_value(json_object_get(description, "StackStatus"));
    return status && strcmp(status, "DELETE_COMPLETE") == 0;
}

/* ---- reading ---- */

static void describe(struct had_live_stacks *stacks)
{
    struct had_asked *all = had_stacks_ask(stacks, "DescribeStacks", named);
    for (uint32_t i = 0; i < stacks->items.count; i++) {
        struct had_live_stack *stack = all[i].stack;
        json_t *found = json_array_get(json_object_get(all[i].answer, "Stacks"), 0);
        json_decref(stack->described);
        stack->described = found && !is_deleted(found) ? json_incref(found) : NULL;
        if (stack->described) {
            stack->id = had_str_dup(
                &stacks->s->arena, had_str_c(json_string_value(json_object_get(found, "StackId"))));
            stack->guarded = json_is_true(json_object_get(found, "EnableTerminationProtection"));
        }
        /* a name that nothing has is an error of validation, and says so */
        bool none = had_str_is(all[i].code, "ValidationError") &&
                    strstr(had_str_cstr(&stacks->s->arena, all[i].message), "does not exist");
        if (!none)
            had_stacks_fails(stacks, &all[i], "DescribeStacks");
    }
    had_stacks_forget(stacks, all);
}

static void list(struct had_live_stacks *stacks)
{
    struct had_asked *all = had_stacks_ask(stacks, "ListStackResources", named_if_there);
    for (uint32_t i = 0; i < stacks->items.count; i++) {
        size_t k;
        json_t *row;
        had_stacks_fails(stacks, &all[i], "ListStackResources");
        all[i].stack->resources = json_object();
        json_array_foreach(json_object_get(all[i].answer, "StackResourceSummaries"), k, row)
            json_object_set(all[i].stack->resources,
                            json_string_value(json_object_get(row, "LogicalResourceId")), row);
    }
    had_stacks_forget(stacks, all);
}

void had_stacks_read(struct had_live_stacks *stacks, const bool *wanted)
{
    struct had_session *s = stacks->s;
    struct had_emit_options *options = had_new(&s->arena, struct had_emit_options);
    struct had_diags *diags = had_new(&s->arena, struct had_diags);
    options->version = had_str_c(had_version());
    options->json = true;
    options->sources = &s->compilation.sources;
    options->phase = s->deployment.phase;
    diags->arena = &s->arena;
    stacks->steps = had_steps_build(&s->arena, s->compilation.graph, options, diags);
    had_each(struct had_stack *, stack, &stacks->steps->stacks)
        if (wanted[(*stack)->layer])
            *had_push(&s->arena, &stacks->items) = (struct had_live_stack){.stack = *stack};
    describe(stacks);
    list(stacks);
}

void had_stacks_free(struct had_live_stacks *stacks)
{
    had_each(struct had_live_stack, stack, &stacks->items) {
        json_decref(stack->described);
        json_decref(stack->resources);
        json_decref(stack->import);
        json_decref(stack->parameters);
    }
    stacks->items.count = 0;
    if (stacks->steps)
        had_steps_drop(stacks->steps);
}

const struct had_live_stack *had_stacks_of(const struct had_live_stacks *stacks,
                                           const struct had_node *node)
{
    const struct had_stack *of = stacks->steps->stack_of[node->id];
    had_each(const struct had_live_stack, stack, &stacks->items)
        if (of && stack->stack == of)
            return stack;
    return NULL;
}

static const char *member(const struct had_live_stack *stack, had_str logical, const char *name)
{
    char key[HAD_LOGICAL_MAX + 1];
    snprintf(key, sizeof key, HAD_FMT, HAD_ARG(logical));
    return json_string_value(json_object_get(json_object_get(stack->resources, key), name));
}

had_str had_stacks_physical(const struct had_live_stacks *stacks, const struct had_node *node)
{
    const struct had_live_stack *stack = had_stacks_of(stacks, node);
    struct had_arena *arena = &stacks->s->arena;
    if (!stack || !stack->resources)
        return (had_str){0};
    had_str logical = had_logical_id(arena, node);
    const char *status = member(stack, logical, "ResourceStatus");
    /* what it deleted, or left behind in a deletion, is not its own any more */
    if (!status || strncmp(status, "DELETE_", 7) == 0)
        return (had_str){0};
    const char *id = member(stack, logical, "PhysicalResourceId");
    return id && *id ? had_str_dup(arena, had_str_c(id)) : logical;
}

/* ---- letting go ---- */

/* Logical ids of all that stands in the stack but what the back end put there for itself. */
static uint32_t kept_of(const struct had_live_stacks *stacks, const struct had_live_stack *stack,
                        had_str **out)
{
    struct had_arena *arena = &stacks->s->arena;
    const struct had_template *template = stack->stack->template;
    const char *logical;
    json_t *row;
    uint32_t count = 0;
    *out = had_new_n(arena, had_str, json_object_size(stack->resources) + 1);
    json_object_foreach(stack->resources, logical, row) {
        const char *status = json_string_value(json_object_get(row, "ResourceStatus"));
        if (status && strncmp(status, "DELETE_", 7) == 0)
            continue;
        bool own = false;
        if (template)
            had_each(struct had_template_resource, resource, &template->resources)
                own |= !resource->node && had_str_is(resource->logical, logical);
        if (!own)
            (*out)[count++] = had_str_dup(arena, had_str_c(logical));
    }
    return count;
}

void had_stacks_measure(struct had_live_stacks *stacks, struct had_live_stack *stack)
{
    if (stack->next.len <= HAD_STACK_BODY)
        return;
    if (stacks->s->cli->bucket)
        stack->bucket = had_str_c(stacks->s->cli->bucket);
    else
        stack->error =
            had_str_printf(&stacks->s->arena,
                           "its template has %u bytes, and a call takes %d: say --bucket NAME, "
                           "a bucket that the account may write, in the Region",
                           stack->next.len, HAD_STACK_BODY);
}

/* The stack's template as it is now, and what has to be different in it. */
static void read_template(struct had_live_stacks *stacks, struct had_asked *asked, bool again)
{
    struct had_arena *arena = &stacks->s->arena;
    struct had_live_stack *stack = asked->stack;
    const char *body = json_string_value(json_object_get(asked->answer, "TemplateBody"));
    had_str *kept, text = had_str_c(body), missing = {0};
    had_stacks_fails(stacks, asked, "GetTemplate");
    if (!body)
        return;
    uint32_t count = kept_of(stacks, stack, &kept);
    for (uint32_t i = 0; i < count && missing.len == 0; i++)
        if (!had_template_retains(text, kept[i]))
            missing = kept[i];
    stack->next = (had_str){0};
    if (missing.len == 0)
        return;
    if (again) { /* whatever the reason: a deletion would take it along */
        stack->error = had_str_printf(arena,
                                      "it did not take the policy to keep `" HAD_FMT "`: give its "
                                      "resources `DeletionPolicy: Retain` by hand, then again",
                                      HAD_ARG(missing));
        return;
    }
    stack->next = had_template_retain(arena, text, kept, count, &stack->error);
    had_stacks_measure(stacks, stack);
}

static void read_templates(struct had_live_stacks *stacks, bool again)
{
    struct had_asked *all = had_stacks_ask(stacks, "GetTemplate", named_if_there);
    for (uint32_t i = 0; i < stacks->items.count; i++)
        if (all[i].params)
            read_template(stacks, &all[i], again);
    had_stacks_forget(stacks, all);
}

void had_stacks_prepare(struct had_live_stacks *stacks)
{
    had_each(struct had_live_stack, stack, &stacks->items) {
        const char *status = had_stack_status(stack);
        if (had_stack_goes_on(stack) && !had_str_ends(had_str_c(status), "_COMPLETE"))
            stack->error = had_str_printf(&stacks->s->arena, "it is %s", status);
    }
    read_templates(stacks, false);
}

static const char change_set[] = "had-let-go";

/* Where a template lies that is larger than a call takes, as deploy.sh has it. */
static had_str key_of(const struct had_live_stack *stack, char room[512])
{
    int length = snprintf(room, 512, "had/" HAD_FMT "/" HAD_FMT ".template",
                          HAD_ARG(stack->stack->account), HAD_ARG(stack->stack->stack_name));
    return (had_str){room, (uint32_t)length};
}

json_t *had_stack_too_large(const struct had_live_stack *stack)
{
    char room[512];
    if (stack->error.len || stack->next.len == 0 || stack->bucket.len == 0)
        return NULL;
    had_str key = key_of(stack, room);
    return json_pack("{s:s%, s:s%}", "Bucket", stack->bucket.ptr, (size_t)stack->bucket.len, "Key",
                     key.ptr, (size_t)key.len);
}

json_t *had_stack_url(const struct had_live_stack *stack)
{
    char room[512], url[1024];
    bool china = had_str_is(stack->stack->partition, "aws-cn");
    snprintf(url, sizeof url, "https://" HAD_FMT ".s3." HAD_FMT ".amazonaws.com%s/" HAD_FMT,
             HAD_ARG(stack->bucket), HAD_ARG(stack->stack->region), china ? ".cn" : "",
             HAD_ARG(key_of(stack, room)));
    return json_string(url);
}

static json_t *new_change_set(const struct had_live_stack *stack)
{
    if (!had_stack_goes_on(stack) || stack->next.len == 0)
        return NULL;
    json_t *parameters = json_array(), *row;
    size_t i;
    json_array_foreach(json_object_get(stack->described, "Parameters"), i, row)
        json_array_append_new(parameters, json_pack("{s:O, s:b}", "ParameterKey",
                                                    json_object_get(row, "ParameterKey"),
                                                    "UsePreviousValue", 1));
    json_t *params =
        json_pack("{s:s%, s:s, s:s, s:o}", "StackName", stack->id.ptr, (size_t)stack->id.len,
                  "ChangeSetName", change_set, "ChangeSetType", "UPDATE", "Parameters", parameters);
    if (stack->bucket.len)
        json_object_set_new(params, "TemplateURL", had_stack_url(stack));
    else
        json_object_set_new(params, "TemplateBody", json_stringn(stack->next.ptr, stack->next.len));
    json_t *capabilities = json_object_get(stack->described, "Capabilities");
    if (json_array_size(capabilities))
        json_object_set(params, "Capabilities", capabilities);
    return params;
}

static json_t *the_change_set(const struct had_live_stack *stack)
{
    return had_stack_goes_on(stack) && stack->next.len
               ? json_pack("{s:s%, s:s}", "StackName", stack->id.ptr, (size_t)stack->id.len,
                           "ChangeSetName", change_set)
               : NULL;
}

static json_t *unguarded(const struct had_live_stack *stack)
{
    return had_stack_goes_on(stack) && stack->guarded
               ? json_pack("{s:s%, s:b}", "StackName", stack->id.ptr, (size_t)stack->id.len,
                           "EnableTerminationProtection", 0)
               : NULL;
}

/* One call for each; what fails goes no further. */
void had_stacks_do(struct had_live_stacks *stacks, const char *operation, had_stack_question *of)
{
    struct had_asked *all = had_stacks_ask(stacks, operation, of);
    for (uint32_t i = 0; i < stacks->items.count; i++)
        had_stacks_fails(stacks, &all[i], operation);
    had_stacks_forget(stacks, all);
}

void had_stacks_pause(struct had_session *s)
{
    struct had_cloud *cloud = &s->world.cloud;
    int64_t until = cloud->now(cloud->context) + POLL_MS;
    while (cloud->now(cloud->context) < until)
        cloud->turn(cloud->context, (uint32_t)(until - cloud->now(cloud->context)));
}

/* A change set that would change, replace or remove anything but policies and metadata is not for
 * this. */
static bool touches(const json_t *answer)
{
    size_t i, k;
    json_t *change, *scope;
    json_array_foreach(json_object_get(answer, "Changes"), i, change) {
        const json_t *resource = json_object_get(change, "ResourceChange");
        const char *action = json_string_value(json_object_get(resource, "Action"));
        if (!action || strcmp(action, "Modify") != 0)
            return true;
        json_array_foreach(json_object_get(resource, "Scope"), k, scope) {
            const char *text = json_string_value(scope);
            if (!text || (strcmp(text, "Metadata") != 0 && !strstr(text, "Policy")))
                return true;
        }
    }
    return false;
}

static const char *touched(const json_t *set)
{
    return touches(set) ? "keeping its resources would change them: deploy what `had build` "
                          "writes there first, then again"
                        : NULL;
}

void had_stacks_await_change_sets(struct had_live_stacks *stacks, had_stack_question *of,
                                  const char *failed, const char *(*objection)(const json_t *set))
{
    for (uint32_t turn = 0, open = 1; open && turn < HAD_STACK_POLLS; turn++) {
        struct had_asked *all = had_stacks_ask(stacks, "DescribeChangeSet", of);
        open = 0;
        for (uint32_t i = 0; i < stacks->items.count; i++) {
            const char *status = json_string_value(json_object_get(all[i].answer, "Status"));
            const char *reason = json_string_value(json_object_get(all[i].answer, "StatusReason"));
            const char *no = NULL;
            had_stacks_fails(stacks, &all[i], "DescribeChangeSet");
            if (!status)
                continue;
            if (strcmp(status, "FAILED") == 0)
                all[i].stack->error = had_str_printf(&stacks->s->arena, "%s: %s", failed,
                                                     reason ? reason : "no reason is told");
            else if (strcmp(status, "CREATE_COMPLETE") != 0)
                open++;
            else if (objection && (no = objection(all[i].answer)))
                all[i].stack->error = had_str_c(no);
        }
        had_stacks_forget(stacks, all);
        if (open)
            had_stacks_pause(stacks->s);
    }
}

/* Until no stack is in the middle of something. */
void had_stacks_settle(struct had_live_stacks *stacks)
{
    for (uint32_t turn = 0, open = 1; open && turn < HAD_STACK_POLLS; turn++) {
        describe(stacks);
        open = 0;
        had_each(struct had_live_stack, stack, &stacks->items)
            open += had_stack_goes_on(stack) &&
                    had_str_ends(had_str_c(had_stack_status(stack)), "_IN_PROGRESS");
        if (open)
            had_stacks_pause(stacks->s);
    }
}

bool had_stacks_let_go(struct had_live_stacks *stacks,
                       void (*tell)(void *context, const struct had_live_stack *stack,
                                    const char *what),
                       void *context)
{
    bool all = true;
    had_stacks_do(stacks, "PutObject", had_stack_too_large);
    had_stacks_do(stacks, "CreateChangeSet", new_change_set);
    had_stacks_await_change_sets(stacks, the_change_set, "its change set failed", touched);
    had_stacks_do(stacks, "ExecuteChangeSet", the_change_set);
    had_stacks_settle(stacks);
    read_templates(stacks, true); /* before anything is deleted */
    had_each(struct had_live_stack, stack, &stacks->items)
        if (had_stack_goes_on(stack))
            tell(context, stack, "keeps what is in it when it goes");
    had_stacks_do(stacks, "UpdateTerminationProtection", unguarded);
    had_stacks_do(stacks, "DeleteStack", named_if_there);
    had_stacks_settle(stacks);
    had_each(struct had_live_stack, stack, &stacks->items) {
        if (stack->described && stack->error.len == 0)
            stack->error = had_str_printf(&stacks->s->arena, "it is %s", had_stack_status(stack));
        tell(context, stack, stack->error.len ? "FAILED" : "is gone; all that it made is there");
        all &= stack->error.len == 0;
    }
    return all;
}
