/*
 * Back ends: each reads the finished graph and nothing else, and gives files. Bytes depend on the
 * graph and the program's version only.
 */
#ifndef HAD_EMIT_EMIT_H
#define HAD_EMIT_EMIT_H

#include "graph/graph.h"

struct had_output_file {
    had_str path; /* relative, `/` between */
    had_str text;
    had_str digest; /* SHA-256 of the text, where somebody has worked it out; else empty */
};

struct had_output { /* sorted by path by had_output_sort */
    struct had_arena *arena;
    had_array(struct had_output_file) files;
    /*
     * Where files go as they are made, or NULL: their texts are then kept in the arena. A long file
     * comes in pieces, each as .text, the last one with `last`; .digest is of whole files.
     */
    void (*write)(void *data, const struct had_output_file *file, bool last);
    void *data;
};

struct had_emit_options {
    bool json;                /* templates as JSON instead of YAML */
    bool no_custom_resources; /* glue becomes gates */
    bool deploy_script;       /* deploy.sh beside the runbook */
    had_str stack_set;        /* name of the ou whose networks one stack set makes; or empty */
    bool cross_output;        /* Fn::GetStackOutput instead of parameters */
    bool places;              /* `.had` place of each resource in its Metadata */
    had_str version;          /* of had */
    const struct had_sources *sources; /* for places in comments and metadata */
    enum had_phase phase;              /* nodes of later phases are left out */
};

struct had_steps; /* emit/steps.h: stacks, deliveries and gates in order */

struct had_emit_input {
    const struct had_graph *graph;
    const struct had_emit_options *options;
    const struct had_steps *steps;
    struct had_diags *diags;
};

struct had_backend {
    const char *name; /* "cloudformation", "dsc", "report" */
    const char *doc;
    bool by_default;
    /* Reports what the graph says and this back end must not write, so that `check` tells it; may
     * be NULL. Makes no files. */
    void (*refuse)(struct had_arena *arena, const struct had_emit_input *input);
    void (*emit)(const struct had_emit_input *input, struct had_output *output);
};
/* Each back end is one constant in its own folder; emit.c lists them. */
extern const struct had_backend had_backend_bootstrap;
extern const struct had_backend had_backend_cloudformation;
extern const struct had_backend had_backend_dsc;
extern const struct had_backend had_backend_mof;
extern const struct had_backend had_backend_report;
extern const struct had_backend had_backend_runbook;
extern const struct had_backend *const had_backends[]; /* NULL at the end */
const struct had_backend *had_backend_find(had_str name);

/* What any back end would refuse to write, as findings. */
void had_emit_refuse(struct had_arena *arena, const struct had_emit_input *input);

void had_output_add(struct had_output *output, had_str path, had_str text);
/* The same with a digest that is known. */
void had_output_put(struct had_output *output, had_str path, had_str text, had_str digest);
/*
 * The next piece of a long file: what the buffer holds goes out once it is much, and the buffer is
 * empty again. With `last` the file is done, and the buffer is freed.
 */
void had_output_piece(struct had_output *output, had_str path, struct had_buffer *text, bool last);
/* The text of a buffer, which is freed. */
void had_output_take(struct had_output *output, had_str path, struct had_buffer *text);
void had_output_sort(struct had_output *output);

#endif
