/*
 * What has to be done so that the cloud is as the spec says: the graph, the state and the objects as they
 * are now, compared by node, and the steps in their order. A plan changes nothing.
 *
 *     struct had_deployment d = {.world = &world, .graph = graph, .state = state, …};
 *     struct had_plan *plan = had_plan_make(&d, &error);       // reads the cloud
 *     had_plan_text(&out, plan, sources);
 */
#ifndef HAD_PLAN_PLAN_H
#define HAD_PLAN_PLAN_H

#include "resource/desired.h"
#include "resource/runner.h"

#include "base/buffer.h"
#include "base/symbol.h"

struct had_deployment {
    struct had_arena *arena; /* as long as the plan and its execution */
    struct had_world *world;
    const struct had_graph *graph; /* NULL: destroy what the state has, without a spec */
    struct had_state *state;
    struct had_drivers drivers;
    enum had_phase phase;        /* later nodes are left as they are */
    had_array(had_str) targets;  /* addresses; a plan takes what they need, a destroy what needs them */
    had_array(had_str) replace;  /* to be made anew */
    had_array(had_str) acknowledge;
    had_array(had_str) confirm;  /* gates whose work a person has done */
    bool destroy;
    bool no_refresh;             /* believe the state */
    bool again;                  /* what the plan before this one saw, not freed yet, is believed */
    bool apart;                  /* each look is a call of its own: to measure what joining saves */
    uint32_t parallel;
    /* Adds what is sent and stands in no property (artifacts of a delivery); may be NULL. */
    void (*content)(void *context, const struct had_node *node, json_t *desired);
    void *content_context;
    /* Progress of reading: so many of so many. May be NULL. */
    void (*progress)(void *context, const char *what, uint32_t done, uint32_t all);
    void *progress_context;
    volatile int *stop; /* set by a signal: 1 drain, 2 now; may be NULL */
    /* inside */
    had_str name; /* tag had:deployment: SPEC:first digits of the lineage */
    struct had_symbols account_ids;
    struct had_map roles; /* symbol of an account id → struct had_aws_role * */
    had_str management_id, partition;
    bool by_stacks[HAD_LAYER_COUNT]; /* layers that the state says stacks make: only read here */
    struct had_map looked; /* node id → struct had_look * */
};

/* What is known of a node's object now. */
struct had_look {
    bool seen;       /* it was read: `live` is NULL where there is none */
    json_t *live, *attributes;
    had_str id, state;
    had_str error;   /* it could not be read */
    bool leaving;    /* it is on its way out: no `live` */
    had_str deployment, stack; /* whose it is by its tags, where a read tells them */
};

enum had_step_action {
    HAD_PLAN_KEEP, /* nothing to do */
    HAD_PLAN_CREATE,
    HAD_PLAN_UPDATE,
    HAD_PLAN_REPLACE, /* the making of it; its removal is a step of its own */
    HAD_PLAN_DELETE,
    HAD_PLAN_FORGET, /* leaves the state, stays in the cloud */
    HAD_PLAN_LOOKUP, /* an id that is read when what it belongs to is there */
    HAD_PLAN_VERIFY, /* an existing object, read and compared */
    HAD_PLAN_GATE,   /* a person */
    HAD_PLAN_NOTHING /* facts, configurations: only order */
};
const char *had_step_action_name(enum had_step_action action); /* "create" */

enum had_change_how { HAD_CHANGE_IN_PLACE, HAD_CHANGE_REPLACES, HAD_CHANGE_FORBIDDEN };

struct had_change {
    const char *property;
    json_t *old, *wanted; /* old: live, else as last applied; NULL: not there */
    enum had_change_how how;
    const char *operation; /* of AWS's, or NULL */
    bool outside;          /* the spec said the same when it was last applied: somebody else changed it */
    bool unknown;          /* the new value is known once another object is there */
    struct had_span span;  /* the attribute that says it */
};

struct had_plan_step {
    uint32_t number;
    enum had_step_action action;
    const struct had_node *node; /* NULL: the spec does not name it any more */
    uint32_t revision;
    had_str address;
    struct had_record *record; /* NULL: there is none yet */
    had_array(struct had_change) changes;
    had_str why;      /* of a replacement, a deletion, a re-creation */
    bool resumed;     /* an earlier run began it */
    bool leaving;     /* of a replacement and of a removal: somebody removes the object already */
    bool first;       /* of a replacement: the new object is there before the old one goes */
    bool acknowledge; /* it loses something: only with --acknowledge ADDRESS */
    bool acknowledged;
    had_str refused;  /* cannot be done at all, and why */
    had_str order;    /* why it waits for steps that it does not need itself */
    had_array(uint32_t) after; /* steps that come first */
    uint32_t seconds; /* estimate */
    uint32_t longest; /* seconds from its start to the end of all that waits for it */
};

/* What is proved before the plan and after it, and does not hold for a time on the way. */
struct had_break {
    had_str queries; /* "R1, R3" */
    const struct had_plan_step *begin, *until; /* until NULL: not told, at the end it holds */
    uint32_t seconds;     /* estimate, without what people need */
    had_str from, to, at; /* of the first one */
    const char *reason;
    uint32_t count;       /* of counterexamples */
};

struct had_plan {
    struct had_deployment *deployment;
    had_array(struct had_plan_step *) steps; /* in an order that is possible */
    uint32_t creates, updates, replaces, deletes, forgets, gates, kept, lookups;
    uint32_t outside;      /* objects that somebody else changed or removed */
    uint32_t refused, unacknowledged;
    had_array(struct had_break) breaks;
    uint32_t unproved;     /* steps on the way that were not looked at: there are too many */
    uint32_t seconds;      /* estimate of the whole */
    uint64_t calls;        /* made to read */
    had_str stamp;         /* of the state it was made from */
};

/* NULL and a sentence where the cloud or the state cannot be read. Findings of single objects are in
 * their steps. */
struct had_plan *had_plan_make(struct had_deployment *deployment, had_str *error);
/* Which steps wait for step N, by number: items[start[N]] up to items[start[N + 1]]. */
struct had_plan_users {
    uint32_t *start, *items;
};
struct had_plan_users had_plan_users(const struct had_plan *plan, struct had_arena *arena);
bool had_plan_empty(const struct had_plan *plan); /* no step changes, forgets or waits */
void had_plan_free(struct had_plan *plan);

/* For people: by account and layer, with the place in the spec. Creations that are alike stand in one
 * line, except where all is wanted. */
struct had_plan_style {
    const struct had_sources *sources;
    bool colour, verbose; /* verbose: also what is kept */
};
void had_plan_text(struct had_buffer *out, const struct had_plan *plan,
                   const struct had_plan_style *style);
/* One value as a person reads it, up to so many cells: what is secret or not known yet as words. */
void had_plan_value(struct had_buffer *out, const json_t *value, uint32_t most);
json_t *had_place_json(const struct had_sources *sources, struct had_span span); /* or null */
json_t *had_plan_step_json(const struct had_plan_step *step, const struct had_sources *sources);
json_t *had_plan_json(const struct had_plan *plan, const struct had_sources *sources);
/* A digest of what the plan would do: a saved plan is carried out only if it is still the same. */
had_str had_plan_digest(const struct had_plan *plan, struct had_arena *arena);

/* ---- shared with the execution ---- */

void had_deployment_prepare(struct had_deployment *deployment);
void had_deployment_release(struct had_deployment *deployment);
/* An operation's input on a record, filled in but for what the caller decides. */
struct had_op_input had_deployment_input(struct had_deployment *deployment,
                                         const struct had_driver *driver, enum had_action action,
                                         struct had_record *record);
/* Desired properties with what is known at this moment. */
json_t *had_deployment_desired(struct had_deployment *deployment, const struct had_node *node,
                               uint32_t revision);
/* What others read of a node at this moment; see had_desired_read. */
json_t *had_deployment_value(struct had_deployment *deployment, const struct had_node *node,
                             had_str attribute);
struct had_look *had_deployment_look(struct had_deployment *deployment,
                                     const struct had_node *node);
/* A node's texts in a record: type, account, Region, role, layer, protection, needs. */
void had_deployment_fill(struct had_deployment *deployment, const struct had_node *node,
                         struct had_record *record);
/* The role that acts in an account; NULL: none is named, the caller's own credentials do. */
const struct had_aws_role *had_deployment_role(const struct had_deployment *deployment,
                                               had_str account_id);
/* False while the id of the node's account is not known: the account is still to be made. */
bool had_deployment_reaches(struct had_deployment *deployment, const struct had_node *node);
/* Attributes that the spec states for an existing object or a fact. A new reference or NULL. */
json_t *had_deployment_known(const struct had_node *node);

/*
 * Compares; `live` may be NULL (then `applied` stands for it). Changes are appended; borrowed names,
 * owned values.
 */
struct had_changes {
    had_array(struct had_change) items;
};
/* Whether a driver can change the tags of what is there. */
bool had_plan_tags(const struct had_driver *driver);
void had_compare(struct had_arena *arena, const struct had_driver *driver,
                 const struct had_node *node, const json_t *desired, const json_t *live,
                 const json_t *applied, struct had_changes *out);
/* Gives the values back; what was taken over from `changes` must not be used any more. */
void had_changes_drop(struct had_changes *changes);

#endif
