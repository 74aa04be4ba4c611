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
/* Pairs have numbers, by address and revision; all of it is in the arena it was made with. */
struct had_schedule {
    const struct had_pair *pairs; /* by number */
    uint32_t *order, count;       /* numbers in the order; `count` of them have a place */
    uint32_t *first, *after;      /* after[first[p]] to after[first[p + 1] - 1] wait for p */
};
/* The order of making; false where there is none, and each loop is reported once, as a chain. */
bool had_schedule_make(const struct had_graph *graph, struct had_arena *arena,
                       struct had_schedule *out, struct had_diags *diags);
/* Whether there is an order of undoing, too; what stands against it is reported. */
bool had_schedule_undo(const struct had_graph *graph, const struct had_schedule *make,
                       struct had_diags *diags);
/* Keeps the order for had_graph_order. */
void had_schedule_keep(struct had_graph *graph, const struct had_schedule *schedule);

#endif
