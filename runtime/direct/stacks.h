/*
 * Stacks of this spec's templates as CloudFormation has them: what is in each, and how one lets go of all
 * that it made without any of it being touched.
 */
#ifndef HAD_DIRECT_STACKS_H
#define HAD_DIRECT_STACKS_H

#include "direct/session.h"

#include "emit/steps.h"

struct had_live_stack {
    const struct had_stack *stack; /* of the templates */
    json_t *described;             /* of DescribeStacks; NULL: there is none; owned */
    json_t *resources;             /* of ListStackResources, by logical id; owned */
    had_str id;                    /* its ARN: what answers once it is deleted */
    had_str error;                 /* it could not be read, or did not let go: a sentence */
    had_str next;                  /* the template with which it keeps nothing; empty: it is so already */
    had_str bucket;                /* where that template goes first: a call does not take it */
    bool guarded;                  /* termination protection */
    json_t *import, *parameters;   /* of stacks.h's had_stacks_import_*; owned */
};

struct had_live_stacks {
    struct had_session *s;
    struct had_steps *steps;
    had_array(struct had_live_stack) items;
};

/*
 * Reads the stacks whose layer is `wanted` (by enum had_layer). One that is not there is no error. Free
 * them in either case.
 */
void had_stacks_read(struct had_live_stacks *stacks, const bool *wanted);
void had_stacks_free(struct had_live_stacks *stacks);
/* The stack that a node is in; NULL: none. */
const struct had_live_stack *had_stacks_of(const struct had_live_stacks *stacks,
                                           const struct had_node *node);
/* Physical id of the node's resource in that stack; empty if the stack has none. */
had_str had_stacks_physical(const struct had_live_stacks *stacks, const struct had_node *node);

/*
 * Reads the templates and makes the ones with which each stack keeps all that nodes stand for
 * (DeletionPolicy: Retain): `error` of a stack says why it cannot be done.
 */
void had_stacks_prepare(struct had_live_stacks *stacks);
/*
 * Gives each stack that template by a change set that touches no property, looks whether it has taken
 * it, and deletes the stack. Progress and errors go to `tell`; false if one is still there.
 */
bool had_stacks_let_go(struct had_live_stacks *stacks,
                       void (*tell)(void *context, const struct had_live_stack *stack,
                                    const char *what),
                       void *context);

/* import_stacks.c */
/*
 * What each stack that is not there takes to import those of its resources that `gives` says: `next` the
 * template without outputs and custom resources, `import` the identifiers, `parameters`. An error of a
 * stack says what is not known of which object. How many resources in all.
 */
uint32_t had_stacks_import_prepare(struct had_live_stacks *stacks,
                                   bool (*gives)(void *context, const struct had_node *node),
                                   void *context);
/* Makes the change sets and waits for them; false with errors of stacks, and then nothing was done. */
bool had_stacks_import_begin(struct had_live_stacks *stacks);
/* Carries them out; false if one of the stacks has an error then. */
bool had_stacks_import_end(struct had_live_stacks *stacks);

/*
 * Refuses steps of a plan that would make what a stack of this spec may have made: in a place and layer
 * where the state has nothing of ours, and CloudFormation has such a stack.
 */
void had_stacks_respect(struct had_session *s, struct had_plan *plan);
/* Whether the stack, by its ARN, still has the object with that physical id; true where nobody can tell. */
bool had_stack_holds(struct had_session *s, had_str account_id, had_str region, had_str stack,
                     had_str id);

/* retain.c */
/* Whether a resource of a template that CloudFormation returned is kept when the stack goes. */
bool had_template_retains(had_str template, had_str logical);
/*
 * The template with DeletionPolicy: Retain on the resources named, and a word of metadata beside it:
 * CloudFormation takes no change of the policy alone. Empty and a sentence where one is not found.
 */
had_str had_template_retain(struct had_arena *arena, had_str template, const had_str *logical,
                            uint32_t count, had_str *error);

#endif
