/*
 * Stacks that import what direct execution has made: a change set of the type IMPORT for each. An
 * import takes no outputs and no custom resources, and wants a DeletionPolicy on everything; what
 * is left of the template comes with its next deployment.
 */
#include "direct/stacks_inside.h"

#include "emit/cloudformation/logical.h"
#include "emit/cloudformation/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char change_set[] = "had-import";

/* ---- identifiers ---- */

static json_t *member_of(const struct had_record *record, const char *name)
{
    json_t *value = json_object_get(record->attributes, name);
    return value ? value : json_object_get(record->applied, name);
}

/* Identifiers that the API calls otherwise. */
static const struct {
    const char *type, *name, *member;
} others[] = {
    {"AWS::EC2::Route", "CidrBlock", "DestinationCidrBlock"},
    {"AWS::EC2::Route", "CidrBlock", "DestinationIpv6CidrBlock"},
    {"AWS::EC2::Route", "CidrBlock", "DestinationPrefixListId"},
};

/* An identifier's value; NULL: nothing tells it. */
static json_t *identifier(const struct had_record *record, const char *type, const char *name,
                          bool only)
{
    json_t *value = member_of(record, name);
    bool arn = had_str_ends(had_str_c(name), "Arn"), id_is_arn = had_str_starts(record->id, "arn:");
    if (json_is_string(value))
        return json_incref(value);
    /* the two types of gateways that attach to a network */
    if (strcmp(type, "AWS::EC2::VPCGatewayAttachment") == 0 && strcmp(name, "AttachmentType") == 0)
        return json_string(member_of(record, "InternetGatewayId") ? "IGW" : "VGW");
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        if (strcmp(type, others[i].type) == 0 && strcmp(name, others[i].name) == 0 &&
            json_is_string(member_of(record, others[i].member)))
            return json_incref(member_of(record, others[i].member));
    if (only && record->id.len && arn == (arn && id_is_arn) && had_str_find(record->id, '|') < 0)
        return json_stringn(record->id.ptr, record->id.len);
    return NULL;
}

/* By name; `unknown` is one that nothing tells, or NULL. */
static json_t *identifiers(struct had_arena *arena, const struct had_record *record,
                           const char *type, const char **unknown)
{
    const struct had_rtype *rtype = had_rtype_find(had_str_c(type));
    json_t *out = json_object();
    const char *rest = rtype ? rtype->identifier : NULL;
    bool only = rest && !strchr(rest, '|');
    *unknown = rest ? NULL : "identifier";
    while (rest && *rest) {
        char name[128];
        size_t length = strcspn(rest, "|");
        snprintf(name, sizeof name, "%.*s", (int)length, rest);
        json_t *value = identifier(record, type, name, only);
        if (!value && !*unknown)
            *unknown = had_str_cstr(arena, had_str_c(name));
        if (value)
            json_object_set_new(out, name, value);
        rest += length + (rest[length] == '|');
    }
    return out;
}

/* ---- parameters ---- */

/* A value as the text of a parameter. */
static json_t *as_text(const json_t *value)
{
    struct had_buffer b = {0};
    if (json_is_string(value))
        return json_string(json_string_value(value));
    if (json_is_integer(value)) {
        had_buffer_printf(&b, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
    } else {
        for (size_t i = 0; i < json_array_size(value); i++) {
            const char *text = json_string_value(json_array_get(value, i));
            had_buffer_c(&b, i ? "," : "");
            had_buffer_c(&b, text ? text : "");
        }
    }
    json_t *text = json_stringn(b.ptr ? b.ptr : "", b.len);
    had_buffer_free(&b);
    return text;
}

/* The value of another stack's output: what it is called there tells what is read of which node. */
static json_t *output_value(struct had_session *s, const struct had_binding *binding)
{
    had_each(const struct had_node *, at, &binding->stack->nodes) {
        const struct had_node *node = *at;
        for (uint32_t i = 0; node->type && i < node->type->attr_count; i++) {
            const struct had_rattr *attr = &node->type->attrs[i];
            for (uint32_t k = 0; k < (attr->value == HAD_R_LIST ? 16U : 1U); k++) {
                had_str name = attr->value == HAD_R_LIST
                                   ? had_str_printf(&s->arena, "%s[%u]", attr->name, k)
                                   : had_str_c(attr->name);
                if (had_str_eq(had_logical_value(&s->arena, node, name), binding->output))
                    return had_deployment_value(&s->deployment, node, name);
            }
            if (had_str_eq(had_logical_value(&s->arena, node, had_str_c(attr->name)),
                           binding->output))
                return had_deployment_value(&s->deployment, node, had_str_c(attr->name));
        }
    }
    return NULL;
}

static json_t *parameter_value(struct had_session *s, const struct had_parameter *parameter)
{
    const struct had_binding *binding =
        parameter->bindings.count ? &parameter->bindings.items[parameter->bindings.count - 1]
                                  : NULL;
    if (binding && binding->kind == HAD_BIND_VALUE)
        return json_stringn(binding->text.ptr ? binding->text.ptr : "", binding->text.len);
    json_t *value = binding && binding->kind == HAD_BIND_OUTPUT ? output_value(s, binding) : NULL;
    if (!value && parameter->node && !parameter->staged)
        value = had_deployment_value(&s->deployment, parameter->node, parameter->attribute);
    if (!value || had_desired_unknown(value)) {
        json_decref(value);
        return parameter->optional
                   ? json_stringn(parameter->fallback.ptr ? parameter->fallback.ptr : "",
                                  parameter->fallback.len)
                   : NULL;
    }
    json_t *text = as_text(value);
    json_decref(value);
    return text;
}

static json_t *parameters_of(struct had_session *s, struct had_live_stack *stack,
                             const json_t *template)
{
    json_t *out = json_array();
    had_each(struct had_parameter *, at, &stack->stack->parameters) {
        const struct had_parameter *parameter = *at;
        char *name = had_str_cstr(&s->arena, parameter->name);
        if (!json_object_get(json_object_get(template, "Parameters"), name))
            continue;
        json_t *value = parameter_value(s, parameter);
        if (value)
            json_array_append_new(
                out, json_pack("{s:s, s:o}", "ParameterKey", name, "ParameterValue", value));
        else if (stack->error.len == 0)
            stack->error = had_str_printf(&s->arena, "its parameter `%s` is not known", name);
    }
    return out;
}

/* ---- templates ---- */

static const struct had_node *node_of(const struct had_live_stack *stack, struct had_arena *arena,
                                      const char *logical)
{
    had_each(const struct had_node *, node, &stack->stack->nodes)
        if (had_str_is(had_logical_id(arena, *node), logical))
            return *node;
    return NULL;
}

/* Only what comes along is waited for. */
static void cut_depends(json_t *resource, const json_t *resources)
{
    json_t *depends = json_object_get(resource, "DependsOn");
    json_t *names = json_is_string(depends) ? json_pack("[O]", depends) : json_incref(depends);
    json_t *left = json_array(), *name;
    size_t i;
    json_array_foreach(names, i, name)
        if (json_object_get(resources, json_string_value(name)))
            json_array_append(left, name);
    if (json_array_size(left))
        json_object_set(resource, "DependsOn", left);
    else
        json_object_del(resource, "DependsOn");
    json_decref(left);
    json_decref(names);
}

static uint32_t prepare(struct had_live_stacks *stacks, struct had_live_stack *stack, had_str text,
                        bool (*gives)(void *context, const struct had_node *node), void *context)
{
    struct had_session *s = stacks->s;
    json_t *template = json_loadb(text.ptr, text.len, 0, NULL), *resource;
    json_t *resources = json_object_get(template, "Resources");
    const char *logical;
    void *next;
    stack->import = json_array();
    json_object_foreach_safe(resources, next, logical, resource) {
        const struct had_node *node = node_of(stack, &s->arena, logical);
        const char *type = json_string_value(json_object_get(resource, "Type")), *unknown;
        const struct had_record *record = node ? had_state_find(s->state, node->address) : NULL;
        if (!node || !record || !gives(context, node)) {
            json_object_del(resources, logical);
            continue;
        }
        json_t *by = identifiers(&s->arena, record, type, &unknown);
        if (unknown && stack->error.len == 0)
            stack->error = had_str_printf(&s->arena, "`%s` of `" HAD_FMT "` is not known", unknown,
                                          HAD_ARG(node->address));
        json_array_append_new(stack->import,
                              json_pack("{s:s, s:s, s:o}", "ResourceType", type,
                                        "LogicalResourceId", logical, "ResourceIdentifier", by));
        if (!json_object_get(resource, "DeletionPolicy"))
            json_object_set_new(resource, "DeletionPolicy", json_string("Delete"));
    }
    json_object_foreach(resources, logical, resource)
        cut_depends(resource, resources);
    json_object_del(template, "Outputs");
    uint32_t count = (uint32_t)json_array_size(stack->import);
    if (count) {
        char *dumped = json_dumps(template, JSON_COMPACT);
        stack->next = had_str_dup(&s->arena, had_str_c(dumped));
        stack->parameters = parameters_of(s, stack, template);
        free(dumped);
        had_stacks_measure(stacks, stack);
    }
    json_decref(template);
    return count;
}

uint32_t had_stacks_import_prepare(struct had_live_stacks *stacks,
                                   bool (*gives)(void *context, const struct had_node *node),
                                   void *context)
{
    struct had_session *s = stacks->s;
    struct had_output files = {.arena = &s->arena};
    uint32_t count = 0;
    had_steps_write(stacks->steps, &files);
    had_each(struct had_live_stack, stack, &stacks->items) {
        bool reviewed = strcmp(had_stack_status(stack), "REVIEW_IN_PROGRESS") == 0, any = false;
        had_each(const struct had_node *, node, &stack->stack->nodes)
            any |= gives(context, *node);
        if (stack->stack->glue || !any)
            continue;
        if (stack->described && !reviewed) {
            stack->error =
                HAD_STR("it is there already: take what it has over first, or delete it");
            continue;
        }
        had_each(struct had_output_file, file, &files.files)
            if (had_str_eq(file->path, stack->stack->path))
                count += prepare(stacks, stack, file->text, gives, context);
    }
    return count;
}

/* ---- change sets ---- */

static bool imports(const struct had_live_stack *stack)
{
    return stack->error.len == 0 && json_array_size(stack->import) > 0;
}

static json_t *new_import(const struct had_live_stack *stack)
{
    if (!imports(stack))
        return NULL;
    had_str name = stack->stack->stack_name;
    json_t *params =
        json_pack("{s:s%, s:s, s:s, s:O, s:O}", "StackName", name.ptr, (size_t)name.len,
                  "ChangeSetName", change_set, "ChangeSetType", "IMPORT", "ResourcesToImport",
                  stack->import, "Parameters", stack->parameters);
    json_object_set_new(params, "Capabilities", json_pack("[s]", "CAPABILITY_NAMED_IAM"));
    if (stack->bucket.len)
        json_object_set_new(params, "TemplateURL", had_stack_url(stack));
    else
        json_object_set_new(params, "TemplateBody", json_stringn(stack->next.ptr, stack->next.len));
    return params;
}

static json_t *the_import(const struct had_live_stack *stack)
{
    had_str name = stack->stack->stack_name;
    return imports(stack) ? json_pack("{s:s%, s:s}", "StackName", name.ptr, (size_t)name.len,
                                      "ChangeSetName", change_set)
                          : NULL;
}

static json_t *any_import(const struct had_live_stack *stack)
{
    had_str name = stack->stack->stack_name;
    return json_array_size(stack->import) ? json_pack("{s:s%, s:s}", "StackName", name.ptr,
                                                      (size_t)name.len, "ChangeSetName", change_set)
                                          : NULL;
}

static bool wait_for_all(struct had_live_stacks *stacks)
{
    bool fine = true;
    had_stacks_await_change_sets(stacks, the_import, "it cannot import", NULL);
    had_each(const struct had_live_stack, stack, &stacks->items)
        fine &= stack->error.len == 0;
    return fine;
}

bool had_stacks_import_begin(struct had_live_stacks *stacks)
{
    had_stacks_do(stacks, "PutObject", had_stack_too_large);
    had_stacks_do(stacks, "CreateChangeSet", new_import);
    if (wait_for_all(stacks))
        return true;
    had_stacks_forget(stacks, had_stacks_ask(stacks, "DeleteChangeSet", any_import));
    return false;
}

bool had_stacks_import_end(struct had_live_stacks *stacks)
{
    bool fine = true;
    had_stacks_do(stacks, "ExecuteChangeSet", the_import);
    had_stacks_settle(stacks);
    had_each(struct had_live_stack, stack, &stacks->items) {
        if (imports(stack) && strcmp(had_stack_status(stack), "IMPORT_COMPLETE") != 0)
            stack->error = had_str_printf(&stacks->s->arena, "it is %s", had_stack_status(stack));
        fine &= stack->error.len == 0;
    }
    return fine;
}
