/*
 * Random lives of a state, beside a model: the list of what was logged. After every reopening the
 * state has to be what some beginning of that list makes, no shorter than what was last synced.
 */
#ifndef HAD_TEST_STATE_LIFE_H
#define HAD_TEST_STATE_LIFE_H

#include "sim.h"
#include "state/state.h"

enum { LIFE_NAMES = 12, LIFE_STEPS = 400 };

struct life_step { /* version 0: the object was removed */
    int name, version, place;
    int from; /* of a move: the name it had; else -1 */
};

struct life_model {
    int version[LIFE_NAMES], place[LIFE_NAMES];
};

struct life {
    const char *url;
    struct sim *sim;
    struct sim_process *process;
    struct had_arena arena;
    struct had_state *state;
    char prefix; /* of the addresses */
    struct life_step steps[LIFE_STEPS];
    int logged, synced; /* steps */
    int versions;
    struct chance chance;
    had_str message;
    bool may_fail; /* errors are part of the test */
};

void life_start(struct life *life, struct sim *sim, struct sim_process *process, const char *url,
                uint64_t seed);
/* A machine with one process and its life. */
void life_alone(struct life *life, struct sim *sim, struct sim_process *process, const char *url,
                uint64_t machine_seed, uint64_t seed);
/* Processes 11 and 12 of a machine, each with a life. */
void life_two(struct sim *sim, struct sim_process *first, struct sim_process *second,
              struct life *a, struct life *b, const char *url);
/* Ends the test with the life's message unless the result is OK. */
void life_must(enum had_state_result result, const struct life *life);
enum had_state_result life_open(struct life *life, bool write, uint32_t timeout_ms);
/* Does so many random things; stops at the first result other than OK, with `go_on` only at MOVED.
 */
enum had_state_result life_go(struct life *life, int count, bool go_on);
enum had_state_result life_sync(struct life *life);
enum had_state_result life_close(struct life *life);
void life_abandon(struct life *life);
/* How many seeds a test takes: the usual number, or what HAD_SEEDS says for a long campaign. */
uint64_t life_seeds(uint64_t usual);
/* The open state against the model: the steps up to some point not before the last synced one. What
 * was logged and is not there is forgotten. */
void life_verify(struct life *life);

#endif
