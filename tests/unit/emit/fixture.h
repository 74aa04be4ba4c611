/* A small foundation built by hand, and what the back ends make of it. */
#ifndef EMIT_FIXTURE_H
#define EMIT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "emit/steps.h"

struct fixture {
    struct had_arena arena;
    struct had_graph graph;
    struct had_diags diags;
    struct had_emit_options options;
    struct had_output output;
    struct had_steps *steps;
    const struct had_context *network, *shared, *web, *management, *person;
};

int fixture_setup(void **state);
int fixture_teardown(void **state);

struct had_node *add(struct fixture *f, const char *type, const char *object, const char *role,
                     const char *key, const struct had_context *context, enum had_layer layer);
void set_json(struct fixture *f, struct had_node *node, const char *path, const char *document);
void set(struct fixture *f, struct had_node *node, const char *path, const char *text);
void set_int(struct fixture *f, struct had_node *node, const char *path, int64_t number);
void set_read(struct fixture *f, struct had_node *node, const char *path, struct had_node *of,
              const char *attribute);
void need(struct fixture *f, struct had_node *from, struct had_node *to);
struct had_prop *text(struct fixture *f, const char *value);
struct had_prop *read_of(struct fixture *f, struct had_node *of, const char *attribute);

/* spoke NAME:vpc with one subnet per letter of `subnets`, named a, b, … */
struct had_node *add_vpc(struct fixture *f, const char *name, const struct had_context *context,
                         const char *cidr);
struct had_node *add_subnet(struct fixture *f, struct had_node *vpc, const char *name,
                            const char *cidr, const char *zone);
struct had_node *add_hub(struct fixture *f); /* hub core with its share */
struct had_node *add_attachment(struct fixture *f, struct had_node *hub, struct had_node *vpc,
                                struct had_node *subnet);
struct had_node *add_directory(struct fixture *f, struct had_node *vpc, struct had_node *a,
                               struct had_node *b);

/* Finishes the graph, runs all back ends; the test fails on a finding. Every template is parsed. */
void emit_all(struct fixture *f);
/* The same where findings are expected: only the steps are built. */
void build_steps(struct fixture *f);
const char *file_text(struct fixture *f, const char *path); /* fails if there is none */
bool has_file(const struct fixture *f, const char *path);
const struct had_step *step_of(const struct fixture *f, const char *id);
/* The lines of one resource, parameter or output of a template. */
const char *block(struct fixture *f, const char *path, const char *name);
uint32_t findings(const struct fixture *f, const char *code);
void assert_has(const char *text, const char *part);
void assert_lacks(const char *text, const char *part);

#endif
