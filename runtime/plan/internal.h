/* What the files of the plan share. */
#ifndef HAD_PLAN_INTERNAL_H
#define HAD_PLAN_INTERNAL_H

#include "plan/plan.h"

/* A record whose node the spec does not name any more, or that is destroyed. */
struct had_gone {
    struct had_record *record;
    struct had_look look;
    struct had_plan_step *step;
};

struct had_builder {
    struct had_deployment *d;
    struct had_plan *plan;
    struct had_arena *arena;
    bool *wanted;                /* by node id */
    struct had_record **records; /* by node id */
    struct had_plan_step **first;     /* by node id: the step of its first revision to come */
    struct had_plan_step **removal;   /* by node id: of a replaced object */
    had_array(struct had_gone) gone;
};

/* refresh.c */
bool had_refresh(struct had_builder *builder, had_str *error);

#endif
