/* What the files about stacks share: one call for each of them, side by side, and waiting. */
#ifndef HAD_DIRECT_STACKS_INSIDE_H
#define HAD_DIRECT_STACKS_INSIDE_H

#include "direct/stacks.h"

enum {
    HAD_STACK_BODY = 51200, /* bytes of a template in a request (CloudFormation's quotas) */
    HAD_STACK_POLLS = 720
};

struct had_asked {
    struct had_live_stack *stack;
    json_t *params, *answer; /* params NULL: it was not asked */
    had_str code, message;   /* of AWS's error; empty: none */
    struct had_arena *arena;
    uint32_t *open;
};

/* What asks a stack for something: its parameters, or NULL: it is not asked. */
typedef json_t *had_stack_question(const struct had_live_stack *stack);

/* One operation on each stack that the question is for. The answers, in the stacks' order; forget them. */
struct had_asked *had_stacks_ask(struct had_live_stacks *stacks, const char *operation,
                                 had_stack_question *of);
void had_stacks_forget(struct had_live_stacks *stacks, struct had_asked *all);
/* An error of AWS becomes the stack's, if it has none yet. */
void had_stacks_fails(struct had_live_stacks *stacks, struct had_asked *asked,
                      const char *operation);
/* One operation whose answers say nothing. */
void had_stacks_do(struct had_live_stacks *stacks, const char *operation, had_stack_question *of);
/* Until no stack is in the middle of something; they are described anew. */
void had_stacks_settle(struct had_live_stacks *stacks);
void had_stacks_pause(struct had_session *s);
/* Until change sets are made: `failed` begins the error of one that is not; `objection`, which may be
 * NULL, is the error of one that is, NULL if it may be executed. */
void had_stacks_await_change_sets(struct had_live_stacks *stacks, had_stack_question *of,
                                  const char *failed, const char *(*objection)(const json_t *set));

bool had_stack_goes_on(const struct had_live_stack *stack); /* it is there, and has no error */
const char *had_stack_status(const struct had_live_stack *stack);
/* A template that a call does not take goes to the bucket of the command line, or is an error. */
void had_stacks_measure(struct had_live_stacks *stacks, struct had_live_stack *stack);
/* Of PutObject and CreateChangeSet, where a call does not take the template. */
json_t *had_stack_too_large(const struct had_live_stack *stack);
json_t *had_stack_url(const struct had_live_stack *stack);

#endif
