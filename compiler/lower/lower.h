/*
 * From the typed spec to the resource graph: one file per group of kinds, each function named
 * had_lower_<kind>. The rows of docs/lowering.md say what each kind becomes.
 */
#ifndef HAD_LOWER_LOWER_H
#define HAD_LOWER_LOWER_H

#include "graph/graph.h"
#include "sema/spec.h"

/* Builds and finishes the graph; findings go to diags. Never NULL. */
struct had_graph *had_lower(struct had_arena *arena, const struct had_spec *spec,
                            struct had_diags *diags);

#endif
