/*
 * What CloudFormation takes at most in one template: numbers of resources, parameters and outputs,
 * bytes of the body, dynamic references (AWS CloudFormation User Guide, "Understand CloudFormation
 * quotas").
 */
#include "emit/cloudformation/template.h"

#include "graph/rtype.h"

#include <string.h>

enum {
    RESOURCES_MAX = 500,
    PARAMETERS_MAX = 200,
    OUTPUTS_MAX = 200,
    BODY_MAX = 1000000, /* from a bucket; 51,200 in a request */
    PARAMETER_VALUE_MAX = 4096,
    DYNAMIC_MAX = 60,
    STACK_NAME_MAX = 128,
};

static void passed(struct had_steps *steps, const struct had_stack *stack, uint32_t number,
                   uint32_t max, const char *what)
{
    if (number <= max)
        return;
    const struct had_node *node = stack->nodes.items[0];
    struct had_diag *d =
        had_report(steps->diags, &HAD0806, node->origin.span,
                   "stack `" HAD_FMT "` would have %u %s; CloudFormation takes at most %u",
                   HAD_ARG(stack->id), number, what, max);
    had_diag_address(d, node->address);
    had_diag_help(d,
                  "spread the objects of this layer over more accounts or Regions, or use direct "
                  "execution for the layer");
}

void had_template_limits(struct had_steps *steps, const struct had_stack *stack)
{
    const struct had_cfn *resources = had_cfn_at(stack->template->root, "Resources");
    passed(steps, stack, resources ? resources->entries.count : 0, RESOURCES_MAX, "resources");
    passed(steps, stack, stack->parameters.count, PARAMETERS_MAX, "parameters");
    passed(steps, stack, stack->exports.count, OUTPUTS_MAX, "outputs");
    passed(steps, stack, stack->text.len, BODY_MAX, "bytes in its template");
    passed(steps, stack, stack->stack_name.len, STACK_NAME_MAX, "characters in its name");
    uint32_t dynamic = 0;
    had_str rest = stack->text;
    for (int64_t at; (at = had_str_find(rest, '{')) >= 0;) {
        rest = had_str_slice(rest, (uint32_t)at, rest.len);
        dynamic += had_str_starts(rest, "{{resolve:");
        rest = had_str_slice(rest, 1, rest.len);
    }
    passed(steps, stack, dynamic, DYNAMIC_MAX, "dynamic references");
    had_each(struct had_parameter *, at, &stack->parameters)
        had_each(const struct had_binding, binding, &(*at)->bindings)
            if (binding->kind == HAD_BIND_VALUE)
                passed(steps, stack, binding->text.len, PARAMETER_VALUE_MAX,
                       "bytes in the value of a parameter");
}
