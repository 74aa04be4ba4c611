/*
 * What the commands of direct execution share: the compiled spec, the world, the state, and signals.
 */
#ifndef HAD_DIRECT_SESSION_H
#define HAD_DIRECT_SESSION_H

#include "apply/apply.h"
#include "cli/cli.h"

struct had_session {
    struct had_cli *cli;
    struct had_arena arena;
    struct had_compilation compilation;
    struct had_world world;
    struct had_world_real *real;
    struct had_state *state;
    struct had_deployment deployment;
    struct had_output mofs;
    void *deliveries; /* struct had_steps */
    bool compiled, drivers_open;
};

enum had_session_need {
    HAD_NEEDS_SPEC = 1,  /* compiled, and without findings that fail */
    HAD_NEEDS_CLOUD = 2,
    HAD_NEEDS_WRITE = 4, /* the state's lock */
};

/* HAD_EXIT_DONE, or the exit status after a message. Close it in either case. */
int had_session_open(struct had_session *session, struct had_cli *cli, unsigned needs);
/* The cloud alone, without a spec and a state; as had_session_open. */
int had_session_world(struct had_session *session, struct had_cli *cli);
/* Writes the state back where it was opened for that; the worse of `status` and its own. */
int had_session_close(struct had_session *session, int status);

/* Reads the cloud and compares; NULL after a message. */
struct had_plan *had_session_plan(struct had_session *session);
/* A signal came: what is under way ends, and nothing else is begun. */
bool had_session_stopped(const struct had_session *session);
/* As had_runner_turn; drains after a signal. */
bool had_session_turn(struct had_session *session, struct had_runner *runner);
/* Turns until no call is open; after a signal the calls are cancelled. False if it was so. */
bool had_session_wait(struct had_session *session, const uint32_t *open, const uint64_t *calls,
                      uint32_t count);
/* Prints what was changed outside, in the command's format; true if there is any. Says that it was
 * interrupted where a signal came. */
bool had_session_print_drift(struct had_session *session, const struct had_plan *plan);
/* `had state unlock ID`: breaks that lock, without taking one. */
int had_session_unlock(struct had_cli *cli, const char *id);
/* Asks; true for `yes`. False without a terminal, after a message that names --yes. */
bool had_session_ask(struct had_session *session, const char *question);
void had_print_json(json_t *value); /* and drops it */


/* ---- register.c: objects that are there already, noted in the state without touching them ---- */

struct had_register {
    struct had_session *session;
    const json_t *map;     /* {ADDRESS: {id}} or {physical}, a stack's: for what no natural key finds; NULL */
    json_t *objects;       /* {ADDRESS: {account, region, type, id}}: all that is known to be there; owned */
    json_t *missing;       /* [{address, reason}]: what the spec asks for and AWS has not; owned */
    /*
     * Of a part of the spec: whether a node belongs to it, and why an object that was read is not taken
     * although it is as the spec says (empty: it is). Gates are then left alone. NULL: all of it.
     */
    bool (*wants)(void *context, const struct had_node *node);
    had_str (*objection)(void *context, const struct had_node *node, const struct had_op *op);
    void *context;
    bool dry;       /* the state in memory alone: nothing is written */
    json_t *unfit;  /* {ADDRESS: why it got no record}: of those that were asked for; owned */
    uint32_t read, noted, gates; /* existing objects that were read; relations noted; gates taken as done */
    had_str error;
};

/*
 * Goes through what the spec would make although all it speaks of exists: a relation or setting that is
 * found as the spec says gets a record with lifecycle `existing`, a gate one that says it was imported.
 * Then plans, so that `missing` holds what a plan still has to do. False and `error` where the cloud or
 * the state cannot be read or written.
 */
bool had_register_run(struct had_register *r);
void had_register_free(struct had_register *r);

/* engine.c: `--engine`, a plan of its own; with `apply` it is carried out. */
int had_engine_run(struct had_cli *cli, bool apply);

/* import_waivers.c: waives the errors of the spec in `folder` that can be, by a file; how many. */
uint32_t had_import_waivers(struct had_cli *cli, const char *folder);
/* cmd_import_live.c */
int had_import_live(struct had_cli *cli);
int had_import_map(struct had_cli *cli);

#endif
