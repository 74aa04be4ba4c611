/*
 * The rule checker. A rule is one table entry: its code, what it needs, its function. Rules read
 * the typed spec (and the graph where they say so), report through had_rule_report, run once per
 * cause, and have a stated complexity. Waivers and the severity policy are applied after all have
 * run.
 */
#ifndef HAD_CHECK_CHECK_H
#define HAD_CHECK_CHECK_H

#include "graph/graph.h"
#include "sema/spec.h"

struct had_check {
    struct had_arena *arena;   /* of the rule that runs: findings keep their own texts */
    struct had_arena *lasting; /* of the whole check: what rules share */
    const struct had_spec *spec;
    const struct had_graph
        *graph; /* NULL where lowering failed: rules that need it are passed over */
    struct had_diags *diags;
    const struct had_rule *rule; /* the one that runs */
    struct had_index *index;     /* of check/index.h, made by what asks first */
};

struct had_rule {
    struct had_code code; /* id, default severity, statement, why, help, source, hard */
    const char *group;    /* "DC" */
    enum had_phase phase; /* first phase in which it applies */
    bool opt_in;          /* runs only if `severities` names it */
    bool needs_graph;
    const char *complexity; /* "O(n log n) in controllers" */
    void (*run)(struct had_check *check);
};

extern const struct had_rule *const had_rules[]; /* by group and number, NULL at the end */
const struct had_rule *had_rule_find(had_str code);

/* Reports for the running rule; `object` gives the address, and its waivers apply. */
struct had_diag *had_rule_report(struct had_check *check, const struct had_object *object,
                                 struct had_span span, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

struct had_check_options {
    bool no_waivers;
};

/*
 * Runs all rules that apply at the spec's phase, then severities and waivers (unused, expired and
 * unknown ones are findings). Returns how many rules were silent because they apply in a later
 * phase.
 */
uint32_t had_check_run(struct had_arena *arena, const struct had_spec *spec,
                       const struct had_graph *graph, struct had_diags *diags,
                       const struct had_check_options *options);

#endif
