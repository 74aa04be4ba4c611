/*
 * Custom resources: what CloudFormation has no type for and the API can do at once, idempotently
 * and reversibly. Functions with fixed code, one for each family of types that the stack uses; each
 * has a role with the operations of these types alone, and a log group. One `Custom::Had…` per
 * node.
 */
#ifndef HAD_EMIT_CLOUDFORMATION_GLUE_H
#define HAD_EMIT_CLOUDFORMATION_GLUE_H

#include "emit/cloudformation/template.h"

struct had_glue_type {
    const char *type;    /* "had::Trust" */
    const char *family;  /* "trust": the file in glue/ that holds it */
    uint32_t timeout;    /* seconds for one create, update or delete; at most 3600 */
    const char *actions; /* IAM actions, blank-separated */
    /*
     * What these may touch: "*", or ARNs without `arn:PARTITION:`, blank-separated, with {Property}
     * in them. One whose property is not set is left out.
     */
    const char *resources;
    const char *unscoped; /* further actions that know no narrower resource than "*", or NULL */
};

struct had_glue_source {
    const char *family;
    had_str text;
};

extern const struct had_glue_type had_glue_types[];
extern const uint32_t had_glue_type_count;
/* The functions' sources, made from glue/ when the project is built; family NULL at the end. */
extern const struct had_glue_source had_glue_sources[];

const struct had_glue_type *had_glue_find(had_str type);
/* Logical id of the function that makes this type: TrustFunction. */
had_str had_glue_function(struct had_arena *arena, const struct had_glue_type *type);
/* Roles, log groups and functions of a glue stack at the front of `resources`. */
void had_glue_put(struct had_steps *steps, const struct had_stack *stack,
                  struct had_cfn *resources);

#endif
