/*
 * Inside of the machine of one operation: op.c has what its users call, op_find.c, op_step.c and
 * op_read.c a phase each, op_call.c what a call sends and which secrets go into it. A function that
 * ends with something wanted, or with the operation over, is the last that its caller does.
 */
#ifndef HAD_RESOURCE_OP_INSIDE_H
#define HAD_RESOURCE_OP_INSIDE_H

#include "resource/op.h"

enum {
    LAG_MS = 300000,         /* how long an object may stay unseen after its making: EC2's figure,
                                runtime page part 1.2 */
    STEP_RETRY_MS = 1800000, /* how long a "not yet" is taken for one */
    STALE_MS = 7200000,      /* longer than any call is repeated */
    BLIND_MAX = 3,           /* repeats of a harmless call whose outcome is unknown */
};

enum had_op_phase {
    ANNOUNCED, /* the record is durable */
    FINDING,
    STEPPING, /* through .steps */
    READING,
    OVER,
};
/* What a read is for: what follows when it is through. */
enum had_op_reading { READ_ONCE, READ_UNTIL_THERE, READ_UNTIL_GONE };
enum had_op_standing {
    STANDING_MISSING,
    STANDING_PENDING,
    STANDING_READY,
    STANDING_FAILED,
    STANDING_DELETING
};
enum had_op_stage { STAGE_CREATE, STAGE_AFTER, STAGE_UPDATE, STAGE_DELETE };

struct had_op_secret {
    char *name, *account, *region, *text, *version;
    struct had_op_secret *next;
};

struct had_op_inside {
    struct had_arena arena;
    enum had_op_phase phase;
    /* finding */
    const json_t *finders;
    size_t finder;
    json_t *candidates;
    size_t candidate;
    had_str found;
    enum { NOT_ASKING, DESCRIBING, CONFIRMING } asking; /* about a candidate */
    int64_t patience;                                   /* look again until then */
    bool unknown;    /* a create of this run has no known outcome */
    uint32_t rounds; /* of creates after which it was looked for again */
    /* stepping */
    enum had_op_stage stage;
    const json_t *steps;
    size_t step;
    bool open;    /* the step's work is laid out */
    json_t *work; /* [{step, item, old}] */
    size_t at;
    bool ran;              /* some step of the list called */
    const json_t *waiting; /* the step's `wait`, while its answer is awaited */
    json_t *answer;
    uint32_t blind;
    bool create_only_rest; /* resumed with an id: steps that give one are left out */
    /* reading */
    enum had_op_reading why;
    const json_t *reads;
    size_t read;
    enum had_op_standing standing;
    bool back_to_steps; /* a step asked to be ready first */
    bool apart;         /* the call for many told nothing of this one */
    /* waiting */
    int64_t since, retry_since;
    uint32_t wait_ms;
    /* calls */
    json_t *params;
    bool for_secret;
    struct had_op_secret *secrets;
    json_t *known_props; /* for templates: desired or applied */
};

/* ---- op.c ---- */

int64_t had_op_now(const struct had_op *op);
/* What templates of this operation can name; `item` and `old` may be NULL. */
struct had_scope had_op_scope(const struct had_op *op, const json_t *item, const json_t *old);
void had_op_advance(struct had_op *op);
void had_op_finish(struct had_op *op, enum had_op_end end);
void had_op_fail(struct had_op *op, const char *format, ...) __attribute__((format(printf, 2, 3)));
void had_op_fail_by_aws(struct had_op *op, const struct had_aws_result *result,
                        const char *operation);
void had_op_sync(struct had_op *op);
/* Wants a pause, longer each time until `wait_ms` is begun anew. */
void had_op_doze(struct had_op *op, uint32_t first_ms, uint32_t most_ms);
/* What was begun is not there, and will not be: the next run looks and makes it anew. */
void had_op_unmade(struct had_op *op);
void had_op_set_text(struct had_op *op, had_str *field, had_str text);
/* Adds what a map of names to templates or paths yields; `item` NULL: templates over the scope. */
void had_op_collect(const struct had_scope *scope, const json_t *map, const json_t *item,
                    json_t **into);

/* ---- op_call.c ---- */

/* Wants the call of a step; false where it has failed before. `changes`: it is no mere look. */
bool had_op_want_call(struct had_op *op, const json_t *step, const json_t *item, const json_t *old,
                      bool changes);
void had_op_secret_answered(struct had_op *op, const struct had_aws_result *result);
/* A copy of properties in which secrets are a name and a digest: what the state may keep. */
json_t *had_op_without_secrets(const struct had_op *op, const json_t *value);
void had_op_drop_params(struct had_op *op);
/* What a call made up as a secret stays in no memory. */
void had_op_drop_answer(struct had_op *op);
void had_op_drop_secrets(struct had_op *op);

/* ---- op_read.c ---- */

bool had_op_has_word(const json_t *list, const char *word);
/* Only what is listed as ready is ready: new words of AWS's count as pending until the deadline. */
enum had_op_standing had_op_standing_of(struct had_op *op, const json_t *state, const json_t *item,
                                        const struct had_scope *scope);
void had_op_begin_read(struct had_op *op, enum had_op_reading why);
void had_op_read_next(struct had_op *op);
void had_op_read_answered(struct had_op *op, const struct had_aws_result *result);
/* The making or changing is through: the record says so. */
void had_op_settle(struct had_op *op);
/* Wants a pause before the next look, or fails where it is too late for one. */
void had_op_look_again(struct had_op *op);

/* ---- op_find.c ---- */

void had_op_begin_find(struct had_op *op);
void had_op_find_next(struct had_op *op);
void had_op_find_answered(struct had_op *op, const struct had_aws_result *result);

/* ---- op_step.c ---- */

void had_op_begin_steps(struct had_op *op, enum had_op_stage stage);
void had_op_step_next(struct had_op *op);
void had_op_wait_answered(struct had_op *op, const struct had_aws_result *result);
void had_op_step_answered(struct had_op *op, const struct had_aws_result *result);

#endif
