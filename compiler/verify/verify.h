/*
 * Proves that written templates say what the resource graph says. The files of a build are read
 * back as CloudFormation and a deployer would read them: templates with libyaml or jansson,
 * `manifest.json` for the order, the values of parameters and the names of nodes. Functions are
 * evaluated over all stacks at every step, and the result is compared with the graph, node by node.
 *
 * It shares nothing with the back ends that write the files (emit/): only the graph, its type table
 * and the base libraries. What is held is stated in docs/templates.md, "Equivalence".
 *
 *     struct had_verify_input input = {.graph = g, .files = files, .file_count = n, …};
 *     struct had_verify_result r = had_verify(arena, &input);
 *     if (!r.differences) …                            // findings HAD083x stand in input.diags
 */
#ifndef HAD_VERIFY_VERIFY_H
#define HAD_VERIFY_VERIFY_H

#include "graph/graph.h"

struct had_verify_file {
    had_str path; /* as in the output folder: "manifest.json", "cloudformation/…", "dsc/….mof" */
    had_str text;
};

struct had_verify_input {
    const struct had_graph *graph; /* finished */
    enum had_phase phase;          /* nodes of later phases are not expected */
    bool no_custom_resources;      /* glue is work for people */
    const struct had_verify_file *files;
    uint32_t file_count;
    struct had_diags *diags;
};

struct had_verify_result {
    uint32_t stacks, steps; /* read */
    uint32_t nodes;         /* of the graph, found once each */
    uint32_t helpers;       /* resources without a node, all on the list */
    uint32_t values;        /* properties compared, once for each step that sets them */
    uint32_t orders;        /* edges that the steps or a template keep */
    uint32_t assumed;       /* values that a command finds when it is deployed */
    uint32_t differences;   /* findings made */
};

/* The texts of the files must live as long as the arena. */
struct had_verify_result had_verify(struct had_arena *arena, const struct had_verify_input *input);

#endif
