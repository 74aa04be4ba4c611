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
    uint32_t rank;              /* of its type in the order of the template */
    uint32_t written, length;   /* place of its properties in the template's `bodies` */
    struct had_cfn *properties; /* NULL where they are written already */
    struct had_cfn *depends;    /* DependsOn as it was written: a text, a list or NULL */
    had_array(uint32_t) refers; /* node ids that Ref and GetAtt already order */
};

struct had_template {
    had_array(struct had_template_resource) resources; /* in the order of the template */
    had_array(had_str) conditions; /* parameters asked whether they are empty, sorted at the end */
    struct had_buffer bodies;      /* properties as text: a tree of them all would be far larger */
    struct had_cfn *root;          /* while it is written */
};

void had_template_convert(struct had_steps *steps, struct had_stack *stack);
/* Parameters, outputs and conditions by name, when all stacks are converted. */
void had_template_sort(struct had_steps *steps, struct had_stack *stack);
/* The document, once; sets .bytes, .digest and .policy of the stack and checks the limits. */
void had_template_write(struct had_steps *steps, struct had_stack *stack, struct had_buffer *out);
/* A value that another consumer than a template needs (a delivery, a gate), as a binding. */
struct had_binding had_template_bind(struct had_steps *steps, const struct had_node *node,
                                     had_str attribute);
/* What CloudFormation would act on: a text with a dynamic reference, the key of a function. */
bool had_template_is_resolved(had_str text);
bool had_template_is_function(had_str key);
/* Limits of CloudFormation for the document `text`, with a finding for each that is passed. */
void had_template_limits(struct had_steps *steps, const struct had_stack *stack, had_str text);

#endif
