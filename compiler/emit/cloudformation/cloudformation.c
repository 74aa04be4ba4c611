#include "emit/cloudformation/template.h"

static void emit(const struct had_emit_input *input, struct had_output *output)
{
    had_each(struct had_stack *, at, &input->steps->stacks) {
        const struct had_stack *stack = *at;
        had_output_add(output, stack->path, stack->text);
        if (stack->policy_path.len)
            had_output_add(output, stack->policy_path, stack->policy);
    }
}

const struct had_backend had_backend_cloudformation = {
    .name = "cloudformation",
    .doc = "CloudFormation templates, one for each stack",
    .by_default = true,
    .emit = emit,
};
