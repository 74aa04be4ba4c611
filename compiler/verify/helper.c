/*
 * Resources that come from no node: what runs custom resources, and stack sets. The list is here;
 * anything else is a thing that the graph does not know.
 */
#include "verify/internal.h"

#include <string.h>

static const char *const glue_helpers[] = {"AWS::IAM::Role", "AWS::Lambda::Function",
                                           "AWS::Lambda::Permission", "AWS::Logs::LogGroup"};

static struct had_made *helper_at(struct had_scene *scene, const struct had_doc *doc,
                                  const char *type, const char *attribute)
{
    if (!doc)
        return NULL;
    struct had_term *term = had_evaluate(scene, scene->v->arena, doc);
    if (term->tag != HAD_TERM_ATTRIBUTE || term->node || !term->made ||
        !had_str_is(term->made->type, type) || !had_str_is(term->text, attribute))
        return NULL;
    return (struct had_made *)(uintptr_t)term->made;
}

static bool holds_class(had_str code, had_str name)
{
    for (uint32_t i = 0; i + name.len + 7 < code.len; i++) {
        had_str rest = had_str_slice(code, i, code.len);
        if ((i == 0 || code.ptr[i - 1] == '\n') && had_str_starts(rest, "class ") &&
            had_str_eq(had_str_slice(rest, 6, 6 + name.len), name) &&
            strchr("(:", rest.ptr[6 + name.len]))
            return true;
    }
    return false;
}

/* A custom resource is work for a function of its template that knows the operation. */
static void check_glue(struct had_scene *scene, const struct had_made *made,
                       const struct had_node *node)
{
    const struct had_doc *properties = had_doc_at(made->body, "Properties");
    struct had_made *function =
        helper_at(scene, had_doc_at(properties, "ServiceToken"), "AWS::Lambda::Function", "Arn");
    had_str name = had_str_slice(node->type_name, (uint32_t)strlen("had::"), node->type_name.len);
    had_str code =
        function
            ? had_doc_text(had_doc_at(had_doc_at(function->body, "Properties"), "Code"), "ZipFile")
            : (had_str){0};
    if (function && holds_class(code, name)) {
        function->used = true;
        return;
    }
    had_differs(scene->v, &HAD0831, node, node->origin->span,
                "`" HAD_FMT "` is left to no function that knows `" HAD_FMT "`",
                HAD_ARG(node->address), HAD_ARG(name));
}

/* What a used function needs is used, and so is what lets it go on in its next invocation. */
static void mark_needs(struct had_scene *scene, struct had_made *made)
{
    const struct had_doc *properties = had_doc_at(made->body, "Properties");
    struct had_made *role =
                        helper_at(scene, had_doc_at(properties, "Role"), "AWS::IAM::Role", "Arn"),
                    *log = helper_at(
                        scene, had_doc_at(had_doc_at(properties, "LoggingConfig"), "LogGroup"),
                        "AWS::Logs::LogGroup", "Ref");
    if (role)
        role->used = true;
    if (log)
        log->used = true;
}

static void check_template(struct had_scene *scene, struct had_read_template *template)
{
    struct had_verification *v = scene->v;
    had_each(struct had_made, made, &template->made)
        if (made->node && had_is_glue_type(made->type))
            check_glue(scene, made, made->node);
    had_each(struct had_made, made, &template->made)
        if (!made->node && made->used && had_str_is(made->type, "AWS::Lambda::Function"))
            mark_needs(scene, made);
    had_each(struct had_made, made, &template->made) {
        if (made->node || !had_str_is(made->type, "AWS::Lambda::Permission"))
            continue;
        const struct had_made *function =
            helper_at(scene, had_doc_at(had_doc_at(made->body, "Properties"), "FunctionName"),
                      "AWS::Lambda::Function", "Ref");
        made->used = function && function->used;
    }
    had_each(struct had_made, made, &template->made) {
        bool listed = scene->stack->set && template == scene->stack->outer &&
                      had_str_is(made->type, "AWS::CloudFormation::StackSet");
        for (size_t i = 0; i < sizeof glue_helpers / sizeof *glue_helpers; i++)
            listed = listed || (made->used && had_str_is(made->type, glue_helpers[i]));
        if (made->node)
            continue;
        if (listed) {
            v->result.helpers++;
            continue;
        }
        struct had_diag *d =
            had_differs(v, &HAD0832, NULL, (struct had_span){0},
                        "`" HAD_FMT "` makes `" HAD_FMT "` of type `" HAD_FMT
                        "`, which stands for nothing in the graph",
                        HAD_ARG(template->path), HAD_ARG(made->logical), HAD_ARG(made->type));
        had_diag_note(d, "line %u", made->body->line);
    }
}

/* Every account of a set has all of its resources. */
static void check_members(struct had_verification *v, const struct had_read_stack *stack)
{
    had_each(const struct had_member, member, &stack->members)
        for (uint32_t i = 0; i < stack->template->made.count; i++)
            if (!member->nodes[i] && stack->template->made.items[i].node)
                had_differs(v, &HAD0832, NULL, (struct had_span){0},
                            "`" HAD_FMT "` makes `" HAD_FMT "` in account `" HAD_FMT
                            "`, which stands for nothing in the graph",
                            HAD_ARG(stack->template->path),
                            HAD_ARG(stack->template->made.items[i].logical),
                            HAD_ARG(member->account_id));
}

/* A set makes what it says, where it says, and nothing by itself in accounts that come later. */
static void check_set(struct had_scene *scene)
{
    static const struct {
        const char *map, *key, *value;
    } wanted[] = {{NULL, "PermissionModel", "SERVICE_MANAGED"},
                  {"AutoDeployment", "Enabled", "false"}};
    const struct had_read_stack *stack = scene->stack;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++) {
        const struct had_doc *in =
            wanted[i].map ? had_doc_at(stack->set, wanted[i].map) : stack->set;
        const struct had_doc *value = had_doc_at(in, wanted[i].key);
        if (!value || !had_str_is(value->text, wanted[i].value))
            had_differs(scene->v, &HAD0832, NULL, (struct had_span){0},
                        "stack set of `" HAD_FMT "`: %s is not `%s`", HAD_ARG(stack->outer->path),
                        wanted[i].key, wanted[i].value);
    }
    const struct had_doc *groups = had_doc_at(stack->set, "StackInstancesGroup");
    for (uint32_t i = 0; groups && i < groups->items.count; i++)
        if (!had_str_is(had_doc_text(had_doc_at(groups->items.items[i], "DeploymentTargets"),
                                     "AccountFilterType"),
                        "INTERSECTION"))
            had_differs(scene->v, &HAD0832, NULL, (struct had_span){0},
                        "stack set of `" HAD_FMT "`: group %u makes more than its account",
                        HAD_ARG(stack->outer->path), i + 1);
}

void had_check_helpers(struct had_verification *v)
{
    had_each(struct had_read_stack *, at, &v->stacks) {
        struct had_scene *scene = had_scene_of_step(v, (*at)->steps.items[0]);
        check_template(scene, (*at)->outer);
        if (!(*at)->set)
            continue;
        check_set(scene);
        check_members(v, *at);
        struct had_scene inner = {.v = v,
                                  .stack = *at,
                                  .template = (*at)->template,
                                  .step = scene->step,
                                  .member =
                                      (*at)->members.count ? (*at)->members.items : scene->member,
                                  .outer = scene};
        check_template(&inner, (*at)->template);
    }
}
