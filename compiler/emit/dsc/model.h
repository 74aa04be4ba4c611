/*
 * What the writers write: the had::DscConfiguration nodes of a graph, gathered by forest, role and
 * machine, checked against the table of resources, with names for everything that is not a literal.
 *
 *     struct had_dsc_model *model = had_dsc_model_build(arena, input);   // NULL after a finding
 */
#ifndef HAD_EMIT_DSC_MODEL_H
#define HAD_EMIT_DSC_MODEL_H

#include "emit/dsc/schema.h"
#include "emit/emit.h"
#include "graph/rtype.h"

enum had_dsc_tag {
    HAD_DSC_TEXT,
    HAD_DSC_NUMBER,
    HAD_DSC_BOOL,
    HAD_DSC_LIST,
    HAD_DSC_KEPT, /* a secret, read from Secrets Manager */
    HAD_DSC_LATER /* known only while the foundation is built */
};

struct had_dsc_value {
    enum had_dsc_tag tag;
    const struct had_prop *prop; /* for places */
    had_str text;   /* TEXT; of KEPT: name or ARN; of LATER: what it is, for equality and people */
    int64_t number; /* NUMBER, BOOL */
    had_array(struct had_dsc_value *) items; /* LIST */
    had_str region, json_key;                /* KEPT */
    had_str mof; /* of LATER: "{ssm:NAME}", or empty where it has none */
    bool many;   /* of LATER: stands for a whole list */
};

struct had_dsc_parameter {
    had_str name;
    enum { HAD_DSC_P_CREDENTIAL, HAD_DSC_P_TEXT, HAD_DSC_P_TEXTS, HAD_DSC_P_TABLE } kind;
    had_str identity; /* the secret, or what is known later */
    had_str about;    /* for people, not yet sanitised */
};

struct had_dsc_setting {
    const struct had_dsc_property *property;
    struct had_dsc_value *value;
    /* Filled in the item that stands for all of an entry: */
    had_str node_key; /* $Node.KEY where machines differ; else empty */
    had_str table;    /* $TABLE[$Node.NodeName] where later values differ; else empty */
};

struct had_dsc_item { /* one resource of one machine */
    const struct had_dsc_resource *resource;
    had_str given, name;                        /* instance name in the graph, and as written */
    had_array(struct had_dsc_setting) settings; /* keys, required ones, others, credentials */
    const struct had_dsc_script *script;        /* of Script resources */
    had_array(had_str) arguments; /* texts for the placeholders of .script; see script.h */
    struct had_dsc_value *run_as; /* PsDscRunAsCredential, or NULL */
    had_array(had_str) waits;     /* "[Type]Name" as in the graph */
    had_array(struct had_dsc_item *) after; /* the same, resolved; by position */
    const struct had_node *node;
    const struct had_prop *prop;
    uint32_t position; /* in its machine */
    uint32_t mark;     /* of searches */
};

struct had_dsc_source { /* a node and its part of a machine's items */
    const struct had_node *node;
    had_array(struct had_dsc_item *) items;
};

struct had_dsc_machine {
    had_str name;
    const struct had_context *context;
    had_array(struct had_dsc_item *) items;
    had_array(struct had_dsc_source) sources; /* in edge order */
    struct had_map by_name;                   /* symbol of "Type\nname" → item */
};

struct had_dsc_entry { /* a resource that several machines have, values apart */
    had_array(struct had_dsc_machine *) machines;
    had_array(struct had_dsc_item *) items; /* of each machine; the first stands for all */
    const struct had_dsc_machine *mark;     /* of merging */
};

struct had_dsc_group { /* one forest and role: one set of files */
    had_str forest;
    enum had_dsc_role role;
    had_array(struct had_dsc_machine *) machines; /* by name */
    had_array(struct had_dsc_entry *) entries; /* in an order that every machine's resources keep */
    had_array(struct had_dsc_parameter) parameters;
    bool modules[16]; /* by place in had_dsc_modules: used */
};

struct had_dsc_model {
    struct had_arena *arena;
    const struct had_graph *graph;
    const struct had_emit_options *options;
    struct had_diags *diags;
    struct had_symbols symbols;
    had_array(struct had_dsc_group *) groups; /* by forest and role */
};

/* NULL if a finding was reported. A graph without configurations gives a model without groups. */
struct had_dsc_model *had_dsc_model_build(struct had_arena *arena,
                                          const struct had_emit_input *input);

/* The parameter of a secret or later value, or NULL. */
const struct had_dsc_parameter *had_dsc_parameter_find(const struct had_dsc_group *group,
                                                       const struct had_dsc_value *value);

/* ---- inside: the steps of building ---- */

/* value.c: a property of the graph as a value of that type; NULL after a finding. */
struct had_dsc_value *had_dsc_value_make(struct had_dsc_model *model,
                                         const struct had_dsc_item *item,
                                         const struct had_dsc_property *property,
                                         const struct had_prop *prop);
struct had_dsc_value *had_dsc_value_secret(struct had_dsc_model *model,
                                           const struct had_dsc_item *item,
                                           const struct had_prop *prop, const char *what);
/* Name of the parameter of Systems Manager that a property reads, or empty. */
had_str had_dsc_parameter_name(const struct had_prop *prop);
/* Canonical text: two values are equal if these are. */
void had_dsc_value_sign(struct had_buffer *out, const struct had_dsc_value *value);
bool had_dsc_value_has_later(const struct had_dsc_value *value);

/* check.c: the rules of one resource, of all resources of a machine, and of all machines. */
void had_dsc_check_item(struct had_dsc_model *model, const struct had_dsc_item *item,
                        enum had_dsc_role role);
void had_dsc_check_machine(struct had_dsc_model *model, struct had_dsc_machine *machine);
void had_dsc_check_group(struct had_dsc_model *model, const struct had_dsc_group *group);

/* name.c: entries, keys of $Node and parameters. */
void had_dsc_name_group(struct had_dsc_model *model, struct had_dsc_group *group);

/* A finding about a resource: its address and the place of `prop`, or of the resource. */
struct had_diag *had_dsc_report(struct had_dsc_model *model, const struct had_dsc_item *item,
                                const struct had_prop *prop, const struct had_code *code,
                                const char *format, ...) __attribute__((format(printf, 5, 6)));

#endif
