/*
 * One operation on one object, as a machine that does nothing itself: it says what it wants, its owner
 * does it and feeds the result. So a thousand run side by side in one loop, and a test can stop one at
 * every step.
 *
 *     had_op_begin(&op, &input);
 *     while (op.want != HAD_WANT_NOTHING) switch (op.want) {
 *     case HAD_WANT_CALL:  …had_aws_submit(&op.call)…; had_op_answer(&op, result); break;
 *     case HAD_WANT_SLEEP: …op.sleep_ms…;               had_op_resume(&op); break;
 *     case HAD_WANT_SYNC:  …log op.record, sync…;       had_op_resume(&op); break;
 *     }
 *     …op.end…; had_op_free(&op);
 *
 * No call that makes, changes or removes something is wanted before the record that announces it was.
 */
#ifndef HAD_RESOURCE_OP_H
#define HAD_RESOURCE_OP_H

#include "resource/driver.h"

enum had_action {
    HAD_DO_READ,   /* look: live values, or missing; without an id by the finders, whoever owns it */
    HAD_DO_AWAIT, /* look until it is there: ids that no attribute gives */
    HAD_DO_MAKE,   /* find by token, else create; wait until ready; settings after creation */
    HAD_DO_CHANGE, /* the steps of the changed properties */
    HAD_DO_REMOVE,
};

enum had_want { HAD_WANT_NOTHING, HAD_WANT_CALL, HAD_WANT_SLEEP, HAD_WANT_SYNC };

enum had_op_end {
    HAD_OP_DONE,
    HAD_OP_MISSING, /* of read: there is no such object, or `leaving`: soon there is none */
    HAD_OP_FOREIGN, /* of make: something with this natural key is there that is not ours */
    HAD_OP_FAILED,  /* op.error; the record tells how far it came */
    HAD_OP_STOPPED, /* by had_op_stop */
};

struct had_op_input {
    const struct had_driver *driver;
    enum had_action action;
    struct had_record *record;  /* a read sets its id where it has none; the others all of it */
    struct had_arena *arena;    /* for the record's texts */
    const json_t *desired;      /* properties without unknowns; NULL for read and remove */
    const json_t *live;         /* of change: as had_op read it */
    const json_t *changed;      /* of change: names of properties */
    const json_t *tags;         /* stated ones and ours, [{Key, Value}]; NULL where the type has none */
    bool leaving;    /* of remove: somebody removes it already, and its end is waited for */
    bool among_many; /* of read: others are read too, by the calls for many that steps name */
    bool sparing;    /* of read: calls that tell nothing which is desired are left out */
    bool resumed; /* an earlier run announced this operation: it may have happened */
    had_str deployment, partition;
    had_str management_id;      /* account of `as: management` */
    /* The role to act as in an account; NULL: the own identity. Lives as long as the operation. */
    const struct had_aws_role *(*role)(void *context, had_str account_id);
    /* Digest for the state of a secret's name, key and version. */
    had_str (*digest)(void *context, struct had_arena *arena, had_str text);
    void *context;
    int64_t (*now)(void *context);  /* monotonic milliseconds */
    int64_t (*wall)(void *context); /* milliseconds since 1970 */
    double (*chance)(void *context);
};

struct had_op {
    struct had_op_input in;
    enum had_want want;
    struct had_aws_call call; /* .done and .context are the owner's */
    bool call_changes;        /* the call makes, changes or removes something */
    int64_t sleep_ms;
    enum had_op_end end;
    had_str error;            /* a sentence with AWS's code and message; in the operation's arena */
    struct had_aws_error aws; /* of the call that failed; texts in the operation's arena */
    json_t *live;             /* what a read found, properties' names; owned */
    json_t *attributes;       /* likewise */
    had_str state;            /* of the object, as AWS names it */
    bool leaving;             /* it is on its way out */
    had_str deployment, stack; /* whose it is by its tags, where a read tells them */
    struct had_op_inside *inside;
};

/*
 * What a read `among_many` shares its call with: the same text for all that one call tells of. Empty:
 * no step of the driver names a call for many. Allocated in the arena.
 */
had_str had_op_shared(const struct had_op_input *input, struct had_arena *arena);
void had_op_begin(struct had_op *op, const struct had_op_input *input);
void had_op_answer(struct had_op *op, const struct had_aws_result *result);
void had_op_resume(struct had_op *op);
/* Ends it where it is; nothing may be in flight. */
void had_op_stop(struct had_op *op);
void had_op_free(struct had_op *op); /* wipes secrets */

#endif
