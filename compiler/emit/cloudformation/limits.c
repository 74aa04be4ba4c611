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

struct excess {
    uint32_t number, max;
    const char *what;
};

static void check(struct excess *worst, had_str *others, struct had_arena *arena, uint32_t number,
                  uint32_t max, const char *what)
{
    if (number <= max)
        return;
    if (!worst->what)
        *worst = (struct excess){number, max, what};
    else
        *others = had_str_printf(arena, HAD_FMT "%s%u %s (at most %u)", HAD_ARG(*others),
                                 others->len ? ", " : "", number, what, max);
}

static uint32_t dynamic_references(had_str text)
{
    uint32_t count = 0;
    for (int64_t at; (at = had_str_find(text, '{')) >= 0;) {
        text = had_str_slice(text, (uint32_t)at, text.len);
        count += had_str_starts(text, "{{resolve:");
        text = had_str_slice(text, 1, text.len);
    }
    return count;
}

void had_template_limits(struct had_steps *steps, const struct had_stack *stack, had_str text)
{
    struct had_arena *arena = steps->arena;
    const struct had_cfn *resources = had_cfn_at(stack->template->root, "Resources");
    struct excess worst = {0};
    had_str others = {0};
    check(&worst, &others, arena, resources ? resources->entries.count : 0, RESOURCES_MAX,
          "resources");
    check(&worst, &others, arena, stack->parameters.count, PARAMETERS_MAX, "parameters");
    check(&worst, &others, arena, stack->exports.count, OUTPUTS_MAX, "outputs");
    check(&worst, &others, arena, text.len, BODY_MAX, "bytes in its template");
    check(&worst, &others, arena, dynamic_references(text), DYNAMIC_MAX, "dynamic references");
    check(&worst, &others, arena, stack->stack_name.len, STACK_NAME_MAX, "characters in its name");
    had_each(struct had_parameter *, at, &stack->parameters)
        had_each(const struct had_binding, binding, &(*at)->bindings)
            if (binding->kind == HAD_BIND_VALUE)
                check(&worst, &others, arena, binding->text.len, PARAMETER_VALUE_MAX,
                      "bytes in the value of a parameter");
    if (!worst.what)
        return;
    const struct had_node *node = stack->nodes.items[0];
    struct had_diag *d =
        had_report(steps->diags, &HAD0806, node->origin->span,
                   "stack `" HAD_FMT "` would have %u %s; CloudFormation takes at most %u",
                   HAD_ARG(stack->id), worst.number, worst.what, worst.max);
    had_diag_address(d, node->address);
    if (others.len)
        had_diag_note(d, "it would also have " HAD_FMT, HAD_ARG(others));
    had_diag_help(d, "what other parts of one object stand on stays in one template: divide the "
                     "object, such as a "
                     "spoke with very many subnets, into several");
}
