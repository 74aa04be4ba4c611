/*
 * Inside of the model: table.c reads the rows of aws/, object.c keeps objects and what time makes
 * of them, act.c does what a row says, cloud.c takes the calls.
 */
#ifndef HAD_SIM_INTERNAL_H
#define HAD_SIM_INTERNAL_H

#include "base/map.h"
#include "resource/driver.h"
#include "sim/sim.h"

struct kind { /* a type of objects; `number` in the order of names */
    const char *name;
    uint32_t number;
    const json_t *row;
    const char *dated; /* the member with the time of its making; NULL: none */
    const char *id_at, *prefix, *missing, *unready, *state_at, *first, *ready, *leaving, *gone,
        *failed;
    int64_t seconds, leave_seconds;
    const json_t *shared; /* who else sees its objects; NULL: nobody finds them */
    bool global, passing, vanishes;
};

struct object {
    const struct kind *kind;
    had_str account, region, id;
    json_t *value;
    int64_t made_at, seen_at, ready_at, gone_at; /* 0: not */
    const char *first, *ready;                   /* words of the state now; NULL: the kind's */
    json_t *then;                                /* members that it gets when it is ready; owned */
    char *token;
    bool half, removed;
};

struct objects {
    had_array(struct object *) items;
};

struct flight;

struct had_sim {
    struct had_arena arena;
    struct had_sim_options options;
    uint64_t chance, last_id;
    int64_t now, wall;
    struct objects all;
    struct objects *by_kind; /* by number of the kind */
    struct had_map by_place; /* hash of kind, account, Region → struct objects * */
    struct had_map
        by_id; /* hash of kind, account, Region, id → object; of shared ones kind, id too */
    struct flight *flights, **last;
    uint64_t number;
    uint32_t flying;
    struct had_map buckets;
    struct had_sim_counts counts;
};

/* ---- table.c: the rows, read once ---- */

const struct kind *had_sim_kind(const char *name); /* NULL: there is none */
const struct kind *had_sim_kinds(uint32_t *count);
/* What an operation does; NULL: nothing is known of it. */
const json_t *had_sim_row(const char *service, const char *operation);

static inline const char *had_sim_text(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* ---- object.c ---- */

uint64_t had_sim_hash(uint64_t hash, had_str text);
uint32_t had_sim_chance(struct had_sim *sim, uint32_t limit);
int64_t had_sim_later(const struct had_sim *sim, int64_t seconds);
bool had_sim_alive(const struct had_sim *sim, const struct object *object);
/* It is not on its way, and will not be. */
bool had_sim_is_ready(const struct had_sim *sim, const struct object *object);
/* Writes into an object what time has brought about. */
void had_sim_age(const struct had_sim *sim, struct object *object);
struct objects *had_sim_place(struct had_sim *sim, const struct kind *kind, had_str account,
                              had_str region);
struct object *had_sim_find(struct had_sim *sim, const struct kind *kind, had_str account,
                            had_str region, had_str id);
/* Of a shared kind: in whichever account and Region it is. */
struct object *had_sim_find_all(struct had_sim *sim, const struct kind *kind, had_str id);
uint64_t had_sim_number(struct had_sim *sim); /* that no id has yet */
/* An id of the kind's form that nothing else has. */
had_str had_sim_new_id(struct had_sim *sim, const struct kind *kind);
/* Takes `value`; its id goes into the member that the kind keeps it in. */
struct object *had_sim_add(struct had_sim *sim, const struct kind *kind, had_str account,
                           had_str region, had_str id, json_t *value);
void had_sim_remove(struct had_sim *sim, struct object *object, int64_t leave_seconds);
void had_sim_set_path(json_t *object, const char *path, json_t *value); /* takes `value` */

/* ---- share.c: what others see ---- */

bool had_sim_owns(const struct object *object, had_str account, had_str region);
/* Whether a caller sees an object: its own, or one of others'. */
bool had_sim_sees(struct had_sim *sim, const struct object *object, had_str account,
                  had_str region);
/* The caller's own, or what it sees of others'. */
struct object *had_sim_find_seen(struct had_sim *sim, const struct kind *kind, had_str account,
                                 had_str region, had_str id);

/* ---- act.c ---- */

struct failure {
    char code[96], message[256];
};

struct scene { /* one call */
    struct had_sim *sim;
    const json_t *row, *params;
    had_str account, region;
    struct had_scope scope;
    struct failure failure;
    bool half, absent;      /* absent: it failed as the object is not there */
    json_t *bound;          /* the parameters with what templates name beside them; owned */
    struct object *subject; /* that the last row was about */
};

/* The answer, owned; NULL: scene.failure. */
json_t *had_sim_act(struct scene *s);

#endif
