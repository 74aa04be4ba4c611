/*
 * What is done in which order: stacks, deliveries of machine configuration and manual gates, made
 * once from the finished graph and read by every back end.
 *
 * A stack is a part of the graph by (account, Region, layer). Custom resources stand in a stack of
 * their own beside it, `trust-glue` beside `trust`, so that every other template holds native types
 * only; and so do the associations that apply configurations, `trust-delivery`, because these are
 * brought to their bucket before. Where a layer and its glue, or one layer in two accounts, wait
 * for each other in turns, the stack is cut by depth into `network`, `network-2`, …: one template
 * cannot be deployed in halves, and refusing such a spec would refuse ordinary things (a directory,
 * the look-up of its group, rules on that group). Cuts follow from the edges alone, so the same
 * graph gives the same stacks.
 *
 * A part that is too large for one template is shared out first, by a digest of each object's
 * address, so that a new object moves nothing: `routing-a`, `routing-b`.
 *
 * A stack whose nodes have staged values appears once more for each switch, with other parameter
 * values and the same template.
 *
 *     struct had_steps *steps = had_steps_build(arena, graph, options, diags);
 */
#ifndef HAD_EMIT_STEPS_H
#define HAD_EMIT_STEPS_H

#include "emit/emit.h"

struct had_stack;
struct had_uniform; /* cloudformation/uniform.h */
struct had_template;
struct had_cfn;
struct had_bound;

enum had_binding_kind {
    HAD_BIND_VALUE,  /* .text */
    HAD_BIND_OUTPUT, /* .output of .stack */
    HAD_BIND_LOOKUP, /* .text: the command that finds it; .account, .region: where to run it */
};

/* Where the value of a parameter comes from. */
struct had_binding {
    enum had_binding_kind kind;
    had_str text;
    const struct had_stack *stack;
    had_str output;
    had_str account, region;
    struct had_bound *inputs; /* of LOOKUP: what stands as <NAME> in the command */
    uint32_t input_count;
};

struct had_bound {
    had_str name;
    const struct had_binding *binding;
};

struct had_parameter {
    had_str name;
    had_str description, label, group;
    had_str pattern;             /* AllowedPattern, or empty */
    bool list;                   /* CommaDelimitedList, else String */
    bool optional;               /* may be empty: a place of a list that not every choice fills */
    had_str fallback;            /* of an optional one: its default */
    const struct had_node *node; /* whose value it is; of staged ones the node with the stages */
    had_str attribute;           /* what is read of .node; of staged ones the property */
    bool staged;
    had_array(
        struct had_binding) bindings; /* one; of staged ones, one for each revision of .node */
};

struct had_export { /* an Output of a stack */
    had_str name, description;
    struct had_cfn *value;
};

struct had_stack {
    had_str name;       /* "hub", "network-2", "trust-glue" */
    had_str id;         /* ACCOUNT/REGION/NAME */
    had_str stack_name; /* had-SPEC-NAME */
    had_str account, account_id, region, deploy_role, partition;
    had_str source;      /* "From stack …": what parameters say of its outputs; empty if none */
    had_str path;        /* of the template */
    had_str policy_path; /* of the stack policy; empty if it has none */
    enum had_layer layer;
    bool glue;
    bool delivery;                            /* associations that apply machine configurations */
    bool protect;                             /* termination protection */
    bool named_iam, iam;                      /* capabilities */
    had_array(const struct had_node *) nodes; /* by address */
    had_array(struct had_parameter *) parameters;
    had_array(struct had_export *) exports;
    /* whose outputs the template reads itself, each once */
    had_array(const struct had_stack *) reads;
    struct had_uniform *set; /* of a stack set: of its stack, and of the template in it */
    struct had_template *template;
    had_str text;   /* of those two; others are written one by one */
    had_str digest; /* SHA-256 of the template as it was written */
    uint32_t bytes; /* its size */
    had_str policy; /* the stack policy as JSON */
};

enum had_step_kind { HAD_STEP_STACK, HAD_STEP_DELIVERY, HAD_STEP_GATE };

struct had_step {
    enum had_step_kind kind;
    had_str id;
    had_str title;
    const struct had_stack *stack; /* of STACK */
    uint32_t update;               /* 0: the first time; n: the n-th update with other values */
    had_array(const struct had_node *)
        nodes;                       /* of a stack at its first time all; else those that switch */
    const struct had_node *machine;  /* of DELIVERY */
    const struct had_node *delivery; /* of DELIVERY: its had::DscDelivery, or NULL */
    had_str forest, role;            /* of DELIVERY */
    had_str account, account_id, region, owner;
    had_array(struct had_bound) values;
    had_array(uint32_t) waits; /* indices of earlier steps, ascending */
};

/* A compiled configuration, dsc/FOREST/ROLE/NODE.mof, and the SHA-256 of the file. */
struct had_mof {
    had_str path, digest;
};

struct had_steps {
    struct had_arena *arena;
    const struct had_graph *graph;
    const struct had_emit_options *options;
    struct had_diags *diags;
    had_array(struct had_stack *) stacks; /* by id */
    had_array(struct had_step) steps;     /* in order */
    had_array(struct had_mof) mofs;
    struct had_stack **stack_of; /* by node id; NULL: in no stack */
    uint32_t *revisions_of;      /* by node id: revisions within the phase; 0: left out */
    uint32_t *position_of;       /* by node id: place in the order of the graph */
    uint32_t *seen, stamp;       /* by node id: marks of one walk */
};

/*
 * Findings (HAD08xx) go to diags; the result is complete nevertheless. Never NULL. What the
 * templates say is known then, but they are not written: had_steps_write comes next, once, before
 * any back end runs.
 */
struct had_steps *had_steps_build(struct had_arena *arena, const struct had_graph *graph,
                                  const struct had_emit_options *options, struct had_diags *diags);

/*
 * Roles of an account beside its deploy role (bootstrap): the one that CloudFormation works with,
 * and the one with which stacks of other accounts read outputs.
 */
#define HAD_ROLE_STACKS "-stacks"
#define HAD_ROLE_OUTPUTS "-outputs"
had_str had_role_name(struct had_arena *arena, had_str deploy_role, const char *suffix);

/*
 * Writes the templates and stack policies one by one and gives them to `output`; with NULL only to
 * know their sizes and digests, and whether they keep within the limits.
 */
void had_steps_write(struct had_steps *steps, struct had_output *output);
/* Gives back the texts that were to be written; harmless after had_steps_write, which does so
 * itself. */
void had_steps_drop(struct had_steps *steps);

/* True if templates make this node with a custom resource under these options. */
bool had_step_is_glue(const struct had_emit_options *options, const struct had_node *node);

#endif
