/* Graphs made by hand, as lowering makes them, for the tests of the DSC back ends. */
#ifndef TESTS_EMIT_DSC_GRAPHS_H
#define TESTS_EMIT_DSC_GRAPHS_H

#include "emit/dsc/dsc.h"
#include "graph/rtype.h"

struct fixture {
    struct had_arena arena;
    struct had_diags diags;
    struct had_graph graph;
    struct had_output output;
    struct had_emit_options options;
    struct had_node *configuration; /* the one added last */
    struct had_prop *resources, *resource, *values;
    enum had_phase phase; /* of nodes added next */
};

void fixture_begin(struct fixture *f);
void fixture_end(struct fixture *f);

/* The instance behind a machine, in eu-west-1 of account 333333333333. */
struct had_node *machine_add(struct fixture *f, const char *name);
/* A Systems Manager parameter that carries a value to machines. */
struct had_node *parameter_add(struct fixture *f, const char *object, const char *role,
                               const char *name);
/* A had::DscConfiguration of a machine; the calls below are about it. */
struct had_node *configuration_add(struct fixture *f, const char *object, const char *role_of_node,
                                   const char *forest, const char *role, struct had_node *machine,
                                   const char *node);
void resource_add(struct fixture *f, const char *type, const char *name);
void script_add(struct fixture *f, const char *constant, const char *name);
void put(struct fixture *f, const char *property, struct had_prop *value);
void put_text(struct fixture *f, const char *property, const char *text);
void put_str(struct fixture *f, const char *property, had_str text);
void put_int(struct fixture *f, const char *property, int64_t number);
void put_bool(struct fixture *f, const char *property, bool boolean);
void put_secret(struct fixture *f, const char *property, const char *name);
/* Words separated by a space. */
void put_list(struct fixture *f, const char *property, const char *words);
void run_as(struct fixture *f, const char *secret);
void after(struct fixture *f, const char *waits); /* "[Type]Name" */
struct had_prop *secret_prop(struct fixture *f, const char *name, const char *key);
void join_add(struct fixture *f, const char *name, const char *secret, const char *waits);
void need(struct fixture *f, struct had_node *from, struct had_node *to);

/* Finishes the graph and runs the back end; the number of errors. */
uint32_t emit(struct fixture *f, const struct had_backend *backend);
/* The text of an output file, or an empty string. */
had_str output_text(const struct fixture *f, const char *path);
/* Findings with that code. */
uint32_t findings(const struct fixture *f, const char *code);

/* Whole examples. */
void graph_forest(struct fixture *f); /* sites, subnets, a link, on one machine */
void graph_domain_controllers(
    struct fixture *f); /* two controllers of an existing domain, and a trust */
void graph_trusts(struct fixture *f);
void graph_new_forest(struct fixture *f); /* first controller makes the domain, second joins */
void graph_directory_admin(
    struct fixture *f);                /* site name, units and groups of Managed Microsoft AD */
void graph_later(struct fixture *f);   /* values that are known only later */
void graph_scripts(struct fixture *f); /* every fixed script */

#endif
