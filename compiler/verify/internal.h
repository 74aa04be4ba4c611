/* What the files of verify/ share among themselves. */
#ifndef HAD_VERIFY_INTERNAL_H
#define HAD_VERIFY_INTERNAL_H

#include "base/symbol.h"
#include "graph/rtype.h"
#include "verify/document.h"
#include "verify/verify.h"

#define HAD_NOWHERE UINT32_MAX /* no step, no place */

/* ---- what was read ---- */

struct had_made { /* a resource of a template */
    had_str logical, type;
    const struct had_doc *body;
    const struct had_node *node; /* of the one member, or of the first; NULL: a helper */
    had_array(uint32_t) refers;  /* places of resources that it is made after */
    bool used;                   /* of a helper: another resource needs it */
};

struct had_read_template {
    had_str path;
    const struct had_doc *root;
    had_array(struct had_made) made;
    struct had_symbols names;
    struct had_map places; /* name → place in .made */
};

/* An account in which a stack, or an instance of a stack set, makes the resources. */
struct had_member {
    had_str account_id, region;
    const struct had_doc *overrides; /* of a stack set: ParameterOverrides of the account */
    const struct had_node **nodes;   /* by place in the template; NULL: a helper */
};

struct had_read_stack {
    had_str id, stack_name, account, account_id, region, deploy_role;
    struct had_read_template *outer;    /* what is deployed */
    struct had_read_template *template; /* what makes the nodes: of a stack set the inner one */
    const struct had_doc *set;          /* properties of the stack set, or NULL */
    had_array(struct had_member) members;
    had_array(uint32_t) steps;                     /* indices, the first time first */
    struct had_read_stack *next_like, *next_there; /* of this name and place; of this place */
};

enum had_carrier { HAD_BY_NOTHING, HAD_BY_STACK, HAD_BY_DELIVERY, HAD_BY_GATE };

struct had_read_step {
    had_str id;
    enum had_carrier kind;
    const struct had_doc *doc;
    struct had_read_stack *stack;
    had_array(uint32_t) waits; /* indices of earlier steps */
    had_array(const struct had_node *) nodes;
    struct had_scene *scene; /* of its stack, once asked for */
};

/* Where a node is made, for each of its revisions. */
struct had_place {
    enum had_carrier carrier;  /* what the graph asks for */
    uint32_t revisions;        /* that this build reaches */
    had_array(uint32_t) steps; /* found: one for each revision */
    uint32_t member, place;    /* in the template of its stack */
};

struct had_verification {
    const struct had_verify_input *input;
    const struct had_graph *graph;
    struct had_arena *arena;
    struct had_diags *diags;
    struct had_verify_result result;
    had_array(struct had_read_stack *) stacks;
    had_array(struct had_read_step) steps;
    struct had_symbols names; /* of all that follows */
    struct had_map stack_by_id, step_by_id;
    struct had_map stacks_like, stacks_there; /* name and place; place → first and last stack */
    struct had_map file_by_path, compiled_by_file;
    struct had_map nodes_alike; /* context and type → last node of it; see .node_before */
    uint32_t *node_before;      /* by node id: the one before it among them + 1 */
    struct had_place *places;   /* by node id */
    struct had_map outputs;     /* cache: (name of STEP.OUTPUT) → term */
    uint32_t depth;             /* of values and conditions that need others */
    uint32_t asking, asked;     /* conditions one within the other, and all since the outermost */
    bool *waited;               /* by step: what step `waiter` waits for, also by way of others */
    uint32_t waiter;
};

/* ---- values ---- */

enum had_term_tag {
    HAD_TERM_UNKNOWN, /* told already: equals everything, in silence */
    HAD_TERM_ABSENT,  /* AWS::NoValue */
    HAD_TERM_TEXT,
    HAD_TERM_NUMBER,
    HAD_TERM_BOOL,
    HAD_TERM_OTHER, /* a scalar that is none of these in YAML 1.1 */
    HAD_TERM_LIST,
    HAD_TERM_MAP,
    HAD_TERM_ATTRIBUTE, /* .text of .node, or of a resource without one; known after creation */
    HAD_TERM_LOOKUP,    /* what a command prints; .text: what is taken of it */
    HAD_TERM_JOIN,      /* pieces in order, not all known */
    HAD_TERM_SECRET     /* only expected, never evaluated */
};

struct had_term;
struct had_term_entry {
    had_str key;
    struct had_term *value;
};

/*
 * Attributes are written so that two ways to one value are one text: "DnsIpAddresses[0]" is an
 * element, "…~split::" what Split gives, "…~join:," a list as one text.
 */
struct had_term {
    enum had_term_tag tag;
    had_str text;
    const struct had_node *node;
    const struct had_made *made;  /* of an ATTRIBUTE without node */
    const struct had_doc *lookup; /* the binding: lookup, account, region, with */
    uint32_t step;                /* of a LOOKUP: whose `with` it has */
    const struct had_prop *secret;
    had_array(struct had_term *) items;
    had_array(struct had_term_entry) entries;
};

/* What a template is evaluated in: a stack at one of its steps, or a member of its set. */
struct had_scene {
    struct had_verification *v;
    struct had_read_stack *stack;
    struct had_read_template *template;
    uint32_t step;
    const struct had_member *member;
    const struct had_scene *outer;               /* of a member of a set: the stack with the set */
    had_array(struct had_term_entry) parameters; /* evaluated so far */
};

struct had_scene *had_scene_of_step(struct had_verification *v, uint32_t step);
struct had_term *had_evaluate(struct had_scene *scene, struct had_arena *arena,
                              const struct had_doc *doc);
/* What a binding of the manifest gives. */
struct had_term *had_bound_value(struct had_verification *v, const struct had_doc *binding,
                                 uint32_t step);

struct had_term *had_term_new(struct had_arena *arena, enum had_term_tag tag, had_str text);
/* Texts and values joined; one that is all known is a text. `pieces` is a LIST. */
struct had_term *had_term_join(struct had_arena *arena, const struct had_term *pieces);
const struct had_term *had_term_at(const struct had_term *map, had_str key);
/* For people, at most some hundred characters. */
had_str had_term_show(struct had_arena *arena, const struct had_term *term);

/* ---- findings ---- */
struct had_diag *had_differs(struct had_verification *v, const struct had_code *code,
                             const struct had_node *node, struct had_span span, const char *format,
                             ...) __attribute__((format(printf, 5, 6)));

/* ---- the parts of the proof, in their order ---- */
bool had_read_output(struct had_verification *v);    /* read.c */
void had_scope_nodes(struct had_verification *v);    /* scope.c */
void had_find_nodes(struct had_verification *v);     /* scope.c */
void had_compare_stacks(struct had_verification *v); /* compare.c */
void had_check_helpers(struct had_verification *v);  /* helper.c */
void had_check_by_hand(struct had_verification *v);  /* hand.c */
void had_check_order(struct had_verification *v);    /* order.c */

void had_index_files(struct had_verification *v); /* of the input; before the next */
const struct had_verify_file *had_verify_file_at(const struct had_verification *v, had_str path);
/* Stacks by name, or all (an empty one), in an account and Region, in order; chained by .next_like
 * or .next_there. */
struct had_read_stack *had_stacks_at(const struct had_verification *v, had_str name,
                                     had_str account_id, had_str region);
/* SHA-256 in 64 hexadecimal digits. */
had_str had_verify_digest(struct had_arena *arena, had_str bytes);
bool had_step_before(struct had_verification *v, uint32_t earlier, uint32_t later); /* order.c */
bool had_is_glue_type(had_str type); /* Custom::Had… */

/* ---- what the graph expects (expect.c) ---- */
struct had_expecting {
    struct had_verification *v;
    struct had_arena *arena;
    const struct had_node *node;
    uint32_t revision;
};
struct had_term *had_expect(struct had_expecting *e, const struct had_prop *prop);
struct had_term *had_expect_read(struct had_verification *v, struct had_arena *arena,
                                 const struct had_node *node, had_str attribute);
/* The properties of the association that applies a had::DscDelivery, as a MAP. */
struct had_term *had_expect_delivery(struct had_expecting *e);
had_str had_node_region(const struct had_graph *graph, const struct had_node *node);

/* ---- the comparison (same.c) ---- */
struct had_shape { /* what the type table says of a place */
    enum had_rvalue value, item;
    const struct had_rdefinition *definition;
};
struct had_comparing {
    struct had_verification *v;
    struct had_arena *arena;
    const struct had_node *node;
    const struct had_scene *scene; /* NULL: a step for people */
    struct had_span span;          /* of the property in the spec */
    had_str path;                  /* of the property */
    had_str place;                 /* file and line */
    bool glue;
};
struct had_shape had_shape_of(const struct had_rdefinition *definition, had_str name);
/* Reports what differs; true if nothing did. */
bool had_term_same(struct had_comparing *c, const struct had_term *expected,
                   const struct had_term *found, struct had_shape shape, had_str path);
/* The same of two texts that are no properties, of a node's place. */
void had_compare_text(struct had_comparing *c, const char *what, had_str expected, had_str found);
/* Whether a command may find the attribute of the node; says so as a finding if not. */
bool had_lookup_fits(struct had_comparing *c, const struct had_term *expected,
                     const struct had_term *found, had_str path); /* lookup.c */

#endif
