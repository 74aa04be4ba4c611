/*
 * A disk and a bucket in memory that processes share, and that lose, tear, refuse and delay on
 * purpose. Every operation of a process has a number; at a chosen one something happens to it.
 */
#ifndef HAD_TEST_STATE_SIM_H
#define HAD_TEST_STATE_SIM_H

#include "base/buffer.h"
#include "world/world.h"

/* ---- chance that can be repeated ---- */

struct chance {
    uint64_t state;
};
uint32_t chance_below(struct chance *chance, uint32_t limit);

/* ---- what is shared ---- */

struct sim_file {
    char *path;
    struct had_buffer live, durable;
    bool is_live, is_durable; /* whether the name is there */
    bool poisoned;            /* a sync failed: the next one says OK and writes nothing */
    int locked_by;            /* process, or 0 */
    char info[512];
};

struct sim_object {
    char *key;
    struct had_buffer text;
    uint64_t version; /* in the ETag */
    bool gone;
};

struct sim_late {
    char *operation, *key, *text, *if_match;
    uint32_t len;
    bool if_none, done;
    unsigned after; /* calls of anybody until it arrives */
};

struct sim {
    int64_t now, wall;
    struct sim_file *files;
    uint32_t file_count;
    struct sim_object *objects;
    uint32_t object_count;
    uint64_t versions;
    struct sim_late late[8];
    uint32_t late_count;
    struct chance chance;
    uint64_t puts, conflicts;
};

enum sim_fault {
    SIM_NONE,
    SIM_CRASH,       /* the process ends in the middle of the operation */
    SIM_ENOSPC,      /* disk: nothing or a part of it was done */
    SIM_EIO,         /* disk: the same, and what a sync was to write is lost */
    SIM_DOWN,        /* cloud: not sent */
    SIM_LOST_BEFORE, /* cloud: fate unknown; it did not happen */
    SIM_LOST_AFTER,  /* cloud: fate unknown; it did happen */
    SIM_LATE,        /* cloud: fate unknown; it happens some calls later */
    SIM_TWICE,       /* cloud: it happened, the answer was lost, and the client sent it again */
    SIM_BUSY,        /* cloud: 409 */
    SIM_HOOK,        /* the test's own function runs in the middle */
};

struct sim_call {
    struct had_aws_call call;
    json_t *params;
    char *payload;
    uint64_t number;
};

struct sim_process {
    struct sim *sim;
    int number;
    struct had_world world;
    unsigned operations; /* made so far */
    unsigned at;         /* the operation that something happens to; 0: none */
    enum sim_fault fault;
    unsigned outage; /* this many operations from `at` on have it */
    bool dead;       /* nothing reaches disk or cloud any more */
    void (*hook)(void *context);
    void *hook_context;
    struct sim_call calls[64];
    uint32_t call_count;
    uint64_t last;
};

void sim_start(struct sim *sim, uint64_t seed);
void sim_stop(struct sim *sim);
void sim_process(struct sim *sim, struct sim_process *process, int number);
/* The process ends: its locks and calls in flight with it. */
void sim_kill(struct sim_process *process);
/* The machine ends: what was not synced is gone, kept in part, or torn. */
void sim_power(struct sim *sim);
/* The file below a path's end, or NULL: for tests that damage it. */
struct sim_file *sim_find(struct sim *sim, const char *end, uint32_t nth);
struct sim_object *sim_object(struct sim *sim, const char *key);

#endif
