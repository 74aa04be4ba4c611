/* What the files of graph/ share among themselves. */
#ifndef HAD_GRAPH_INTERNAL_H
#define HAD_GRAPH_INTERNAL_H

#include "graph/graph.h"
#include "graph/rtype.h"

/* ---- findings ---- */
/* The graph breaks its own rules: an error of the compiler, told with the node's address. */
struct had_diag *had_graph_broken(struct had_diags *diags, const struct had_node *node,
                                  struct had_span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* ---- patterns of the property tables (pattern.c) ---- */
struct had_pattern_cache {
    struct had_arena *arena;
    struct had_map
        compiled; /* address of the pattern → compiled form, 0 if it cannot be compiled */
};
/*
 * Whether a text may stand where the pattern is asked for. A pattern that PCRE2 cannot compile, or
 * that takes it more than a bounded number of steps, refuses nothing: AWS has the last word.
 */
bool had_pattern_accepts(struct had_pattern_cache *cache, const char *pattern, had_str text);
bool had_pattern_compiles(struct had_pattern_cache *cache, const char *pattern);
void had_pattern_free(struct had_pattern_cache *cache);

/* ---- properties against the type tables (validate.c) ---- */
void had_graph_validate(const struct had_graph *graph, struct had_diags *diags);
/* Value of what a read gives, or NULL if the type has no such attribute or element. */
const struct had_rattr *had_read_attr(const struct had_prop *read, bool *element);

/* ---- schedule (order.c) ---- */
/*
 * Makes the order of pairs, or false if there is none. With `diags` each loop is reported once, as
 * a chain of edges; with `destroy` it is the order of undoing, which the order of making must
 * precede.
 */
bool had_schedule(const struct had_graph *graph, struct had_arena *arena, bool destroy,
                  struct had_pair **pairs, uint32_t *count, struct had_diags *diags);

#endif
