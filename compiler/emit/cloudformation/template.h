/*
 * From the nodes of one stack to its template. First every stack is converted (a value from another
 * stack makes a Parameter here and an Output there), then every stack is finished.
 */
#ifndef HAD_EMIT_CLOUDFORMATION_TEMPLATE_H
#define HAD_EMIT_CLOUDFORMATION_TEMPLATE_H

#include "emit/cloudformation/model.h"
#include "emit/steps.h"

struct had_template_resource {
    const struct had_node *node; /* NULL: of the back end (function, role, log group) */
    had_str logical;
    uint32_t rank; /* of its type in the order of the template */
    struct had_cfn *properties;
    had_array(uint32_t) refers; /* node ids that Ref and GetAtt already order */
};

struct had_template {
    had_array(struct had_template_resource) resources; /* in the order of the template */
    had_array(had_str) conditions; /* parameters asked whether they are empty, sorted at the end */
    struct had_cfn *root;
};

void had_template_convert(struct had_steps *steps, struct had_stack *stack);
/* Writes stack->template->root, .text, .policy and checks the limits. */
void had_template_finish(struct had_steps *steps, struct had_stack *stack);
/* A value that another consumer than a template needs (a delivery, a gate), as a binding. */
struct had_binding had_template_bind(struct had_steps *steps, const struct had_node *node,
                                     had_str attribute);
/* What CloudFormation would act on: a text with a dynamic reference, the key of a function. */
bool had_template_is_resolved(had_str text);
bool had_template_is_function(had_str key);
/* Limits of CloudFormation, with a finding for each that is passed. */
void had_template_limits(struct had_steps *steps, const struct had_stack *stack);

#endif
