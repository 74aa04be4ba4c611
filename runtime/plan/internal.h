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

/* plan.c: `step` comes after `before`. */
void had_wait_for(struct had_builder *builder, struct had_plan_step *step,
                  const struct had_plan_step *before);

/* refresh.c: what the state knows of each node; then what is there now. */
void had_recall(struct had_builder *builder);
bool had_refresh(struct had_builder *builder, had_str *error);

/* keys.c: records of objects that the spec names anew, by their natural keys. */
void had_keys_match(struct had_builder *builder);
/* Whether AWS lets two objects of the type be at a time that differ in nothing but their ids. */
bool had_may_be_two(const struct had_node *node);

/* order.c: which removals wait. Then the order of all steps; false if they wait in a circle. */
void had_order_removals(struct had_builder *builder);
bool had_order_steps(struct had_builder *builder, had_str *error);

/*
 * way.c: proves what holds between the steps, and orders them so that nothing breaks where that is
 * possible. The first half before the steps have their order, the second behind.
 */
struct had_way;
struct had_way *had_way_order(struct had_builder *builder);
void had_way_tell(struct had_way *way);

#endif
