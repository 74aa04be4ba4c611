/*
 * The resource graph: what must exist, where, and what each thing needs. It knows no kind of the
 * language and nothing of any engine. lower/ builds it, had_graph_finish() completes and proves its
 * invariants, and everything behind (rules, proofs, templates, DSC, execution) reads it as const.
 *
 *     struct had_node *vpc = had_node_add(g, HAD_RESOURCE, "AWS::EC2::VPC", address, context,
 *                                         HAD_LAYER_NETWORK, HAD_PHASE_FOUNDATION, origin);
 *     had_node_set(g, vpc, "CidrBlock", had_prop_text(g, text, span));
 *     had_node_set(g, subnet, "VpcId", had_prop_read(g, vpc, "VpcId", span));   // also makes the
 * edge had_edge_add(g, route, attachment, HAD_NEEDS, HAD_UNTIL_READY, "a route needs …", span);
 */
#ifndef HAD_GRAPH_GRAPH_H
#define HAD_GRAPH_GRAPH_H

#include "base/map.h"
#include "base/symbol.h"
#include "diag/diag.h"

struct had_node;
struct had_prop;
struct had_rtype;

enum had_node_class { HAD_RESOURCE, HAD_LOOKUP, HAD_CONFIGURATION, HAD_GATE, HAD_FACT };
enum had_lifecycle { HAD_MANAGED, HAD_EXISTING, HAD_ADOPTED };
enum had_protect { HAD_PROTECT_NONE, HAD_PROTECT_KEEP, HAD_PROTECT_ACKNOWLEDGE };

/* Where templates put a node; layers only point backwards (lowering page). */
enum had_layer {
    HAD_LAYER_NONE, /* facts and gates without a stack */
    HAD_LAYER_ORGANIZATION,
    HAD_LAYER_HUB,
    HAD_LAYER_ENDPOINT,
    HAD_LAYER_DNS,
    HAD_LAYER_NETWORK,
    HAD_LAYER_ROUTING,
    HAD_LAYER_DOMAIN_CONTROLLERS,
    HAD_LAYER_DIRECTORY,
    HAD_LAYER_TRUST,
    HAD_LAYER_ACCESS,
    HAD_LAYER_WORKLOAD,
    HAD_LAYER_COUNT
};
enum had_phase {
    HAD_PHASE_FOUNDATION,
    HAD_PHASE_EXTENDED,
    HAD_PHASE_RESOURCE_FOREST,
    HAD_PHASE_ACCESS,
    HAD_PHASE_WORKLOADS,
    HAD_PHASE_COUNT
};
const char *had_layer_name(enum had_layer layer); /* "domain-controllers" */
const char *had_phase_name(enum had_phase phase); /* "resource-forest" */
bool had_phase_find(had_str name, enum had_phase *out);

enum had_actor {
    HAD_ACTOR_DEPLOY,     /* the account's deploy role */
    HAD_ACTOR_MANAGEMENT, /* the management account's deploy role */
    HAD_ACTOR_MACHINE,    /* .machine: an instance, controller or existing server */
    HAD_ACTOR_PERSON,     /* .team */
};

/* Interned: equal contexts are one pointer. */
struct had_context {
    uint32_t id;
    had_str partition;  /* "aws" */
    had_str account;    /* the spec's name for it: "shared-services"; empty for persons */
    had_str account_id; /* 12 digits; empty where not yet known */
    had_str region;     /* "eu-west-1" or "global" */
    enum had_actor actor;
    const struct had_node *machine;
    had_str team;
    had_str deploy_role;
};

struct had_origin {
    had_str object;       /* address of the spec object */
    struct had_span span; /* declaring place */
    had_str module;       /* instance chain "web-prod", or empty */
    had_str derivation;   /* "used-by = every spoke of hub core", or empty */
    struct had_span derivation_span;
};

/* ---- values ---- */
enum had_prop_tag {
    HAD_PROP_TEXT,
    HAD_PROP_INT,
    HAD_PROP_BOOL,
    HAD_PROP_LIST,
    HAD_PROP_MAP,
    HAD_PROP_READ,   /* known after .node is ready */
    HAD_PROP_SECRET, /* a name, never a value */
    HAD_PROP_FORMAT, /* pieces joined: texts, ints, reads */
    HAD_PROP_STAGED, /* choices over time; the last one has no `until` */
};

struct had_prop_entry {
    had_str key;
    struct had_prop *value;
};

struct had_stage {
    struct had_prop *value;
    had_array(const struct had_node *) until; /* all of them `verified`; none: the last choice */
};

struct had_prop_secret {
    had_str name;               /* path or ARN */
    had_str account_id, region; /* owner; empty: the node's own context */
    had_str json_key; /* "Password", "Username"; empty: the secret as a whole (ARN or id) */
};

struct had_prop { /* there are some for each node: what is rare stands behind a pointer */
    enum had_prop_tag tag;
    had_sym derivation;   /* why, where derived: of the graph's symbols; else 0 */
    struct had_span span; /* the attribute that said it */
    union {
        had_str text;
        int64_t number;
        bool boolean;
        had_array(struct had_prop *) items;       /* LIST and FORMAT */
        had_array(struct had_prop_entry) entries; /* MAP, in the order of setting */
        struct {
            const struct had_node *node;
            const char *attribute; /* of the type table, "VpcId"; an element: "DnsIpAddresses[0]" */
        } read;
        struct had_prop_secret *secret;
        had_array(struct had_stage) stages;
    };
};

/* ---- nodes and edges ---- */
enum had_edge_kind {
    HAD_READS,
    HAD_NEEDS,
    HAD_SEES,
    HAD_AFTER,
    HAD_OUTLIVES, /* destroy only: `from` goes after `to` is gone, e.g. share → attachment */
};
enum had_until { HAD_UNTIL_EXISTS, HAD_UNTIL_READY, HAD_UNTIL_VERIFIED };
enum had_crossing {
    HAD_CROSS_LOCAL,
    HAD_CROSS_STACK,
    HAD_CROSS_ACCOUNT,
    HAD_CROSS_REGION,
    HAD_CROSS_MACHINE,
    HAD_CROSS_PERSON
};

struct had_edge {
    struct had_node *from, *to; /* `from` waits for `to` */
    enum had_edge_kind kind : 8;
    enum had_until until : 8;
    enum had_crossing crossing : 8; /* filled by had_graph_finish */
    bool all_revisions;             /* holds in every revision from `revision` on */
    uint32_t revision;              /* of `from`, that has this edge: of staged values > 0 */
    struct had_span span;
    const char *attribute,
        *property;   /* of READS: what is read, path of the property fed; or NULL */
    const char *why; /* a sentence; static text */
};

struct had_known { /* of existing nodes: what the spec says of their ids */
    had_str attribute, text;
};

struct had_node {
    uint32_t id; /* dense, in address order; valid after had_graph_finish */
    enum had_node_class class : 8;
    enum had_lifecycle lifecycle : 8;
    enum had_protect protect : 8;
    enum had_layer layer : 8; /* after had_graph_finish: moved behind what it needs */
    enum had_phase phase : 8;
    uint32_t revisions;        /* 1 + number of switches of its staged values */
    had_str address;           /* `spoke web-prod.main:attachment[hub core]` */
    had_str object, role, key; /* its parts: `spoke web-prod.main`, `attachment`, `hub core` */
    had_str type_name;         /* as given; `type` is NULL if the table has no such type */
    const struct had_rtype *type;
    const struct had_context *context;
    had_array(struct had_prop_entry) props;
    had_str lane; /* key; empty: none */
    uint32_t lane_width;
    const struct had_origin *origin; /* nodes of one origin share it */
    had_str description;             /* for people: from `##` comments or `description` */
    had_array(had_str) former;
    had_array(struct had_known) known;
    /* Edges from and to this node; had_graph_finish fills both. */
    had_array(struct had_edge *) needs;
    had_array(struct had_edge *) needed_by;
};

struct had_graph {
    struct had_arena *arena;
    had_str spec;                       /* name of the spec */
    had_str home;                       /* Region for global things */
    had_array(struct had_node *) nodes; /* by address, after had_graph_finish */
    had_array(struct had_edge *) edges; /* by (from, to, kind, property) */
    had_array(struct had_context *) contexts;
    struct had_symbols symbols;
    struct had_map by_address, by_context;
    const struct had_pair *order; /* of making; see had_graph_order */
    uint32_t order_count;
    bool finished;
};

void had_graph_init(struct had_graph *graph, struct had_arena *arena, had_str spec, had_str home);

/* The graph's own copy of a text: one for all that are equal. */
had_str had_graph_keep(struct had_graph *graph, had_str text);

const struct had_context *had_context_get(struct had_graph *graph, const struct had_context *like);

/*
 * Adds a node. `object` is the spec object's address, `role` and `key` (may be empty) make the
 * node's: OBJECT:ROLE[KEY]. An address that is there already is an internal error reported by
 * finish; use had_node_have where two objects share a node.
 */
struct had_node *had_node_add(struct had_graph *graph, enum had_node_class class, const char *type,
                              had_str object, const char *role, had_str key,
                              const struct had_context *context, enum had_layer layer,
                              enum had_phase phase, struct had_origin origin);
/* The node of this address, as it is, or a new one. */
struct had_node *had_node_have(struct had_graph *graph, enum had_node_class class, const char *type,
                               had_str object, const char *role, had_str key,
                               const struct had_context *context, enum had_layer layer,
                               enum had_phase phase, struct had_origin origin);
struct had_node *had_graph_find(const struct had_graph *graph, had_str address);
/* The node OBJECT:ROLE[KEY], or NULL. */
struct had_node *had_graph_find_at(const struct had_graph *graph, had_str object, const char *role,
                                   had_str key);
/* OBJECT:ROLE[KEY] as text. */
had_str had_node_address(struct had_arena *arena, had_str object, const char *role, had_str key);

/* Sets a property; `path` may have dots: "VpcSettings.SubnetIds" makes the map on the way. */
void had_node_set(struct had_graph *graph, struct had_node *node, const char *path,
                  struct had_prop *value);
const struct had_prop *had_node_get(const struct had_node *node, const char *path); /* or NULL */
void had_node_know(struct had_graph *graph, struct had_node *node, const char *attribute,
                   had_str text);
had_str had_node_known(const struct had_node *node, had_str attribute); /* or empty */
struct had_edge *had_edge_add(struct had_graph *graph, struct had_node *from,
                              const struct had_node *to, enum had_edge_kind kind,
                              enum had_until until, const char *why, struct had_span span);

struct had_prop *had_prop_text(struct had_graph *graph, had_str text, struct had_span span);
struct had_prop *had_prop_c(struct had_graph *graph, const char *text, struct had_span span);
struct had_prop *had_prop_int(struct had_graph *graph, int64_t number, struct had_span span);
struct had_prop *had_prop_bool(struct had_graph *graph, bool boolean, struct had_span span);
struct had_prop *had_prop_list(struct had_graph *graph, struct had_span span);
struct had_prop *had_prop_map(struct had_graph *graph, struct had_span span);
/* A JSON document as a tree, so that every reader sees its texts without escapes; text that is no
 * JSON stays text. */
struct had_prop *had_prop_json(struct had_graph *graph, had_str text, struct had_span span);
/*
 * A read of a list attribute feeds a whole list property. Where one element is wanted (an item of a
 * list, a text, a piece of a format), the attribute says which: "DnsIpAddresses[0]".
 */
struct had_prop *had_prop_read(struct had_graph *graph, const struct had_node *node,
                               const char *attribute, struct had_span span);
/* "DnsIpAddresses[1]" into name and index; false (and the whole as name) if there is no index. */
bool had_attribute_split(had_str attribute, had_str *name, uint32_t *index);
struct had_prop *had_prop_secret(struct had_graph *graph, had_str name, had_str account_id,
                                 had_str region, const char *json_key, struct had_span span);
struct had_prop *had_prop_format(struct had_graph *graph, struct had_span span);
struct had_prop *had_prop_staged(struct had_graph *graph, struct had_span span);
void had_prop_append(struct had_graph *graph, struct had_prop *list_or_format,
                     struct had_prop *item);
void had_prop_put(struct had_graph *graph, struct had_prop *map, const char *key,
                  struct had_prop *value);
struct had_stage *had_prop_stage(struct had_graph *graph, struct had_prop *staged,
                                 struct had_prop *value); /* push `until` nodes into the result */
const struct had_prop *had_prop_at(const struct had_prop *map, const char *key); /* or NULL */
/* The choice of a staged value at a revision of its node; others are themselves. */
const struct had_prop *had_prop_revision(const struct had_prop *prop, uint32_t revision);
struct had_prop *had_prop_because(struct had_graph *graph, struct had_prop *prop,
                                  had_str derivation); /* sets it, returns prop */

/*
 * Completes the graph: sorts by address and numbers, makes the `reads` edges of every read, moves
 * layers behind what nodes need, computes revisions and crossings, and checks the invariants of the
 * graph page (unique addresses, types of reads, required and known properties with bounds and
 * patterns, carriers, order of (node, revision) acyclic, `sees` edges). Phases hold by
 * construction: what an earlier phase needs is moved into it. What is wrong is reported as an
 * internal or user finding with its chain. False if any error was reported; the order, layers and
 * phases are then not to be relied on.
 */
bool had_graph_finish(struct had_graph *graph, struct had_diags *diags);

/* (node, revision) pairs in an order in which everything comes after what it waits for; ties by
 * address. */
struct had_pair {
    const struct had_node *node;
    uint32_t revision;
};
/* The number of pairs; *pairs is the graph's own. Only after a finish that returned true. */
uint32_t had_graph_order(const struct had_graph *graph, const struct had_pair **pairs);

/*
 * The pairs in the order of undoing: (node, 0) is the node's end, (node, n) the step back to choice
 * n - 1. It is the reverse of had_graph_order, but `from` of an `outlives` edge goes after its
 * `to`.
 */
uint32_t had_graph_destroy_order(const struct had_graph *graph, struct had_arena *arena,
                                 const struct had_pair **pairs);

/* `had dump --after=lower`: every node, property and edge as text, byte-stable. */
void had_graph_dump(struct had_buffer *out, const struct had_graph *graph,
                    const struct had_sources *sources);

#endif
