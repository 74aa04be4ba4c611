/* A graph, its findings and two accounts, fresh for every test; freed in teardown. */
#ifndef HAD_TEST_GRAPH_FIXTURE_H
#define HAD_TEST_GRAPH_FIXTURE_H

#include "graph/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <string.h>

struct fixture {
    struct had_arena arena;
    struct had_graph graph;
    struct had_diags diags;
    const struct had_context *hub, *spoke, *person;
    struct had_span span;
};

/* cmocka's setup and teardown; *state is a struct fixture. */
int fixture_make(void **state);
int fixture_free(void **state);

struct had_origin origin_of(const struct fixture *f, const char *object);

/* A node of a class and type in `hub`, layer network, phase foundation, object "spoke NAME". */
struct had_node *add(struct fixture *f, const char *type, const char *object, const char *role);
struct had_node *add_at(struct fixture *f, enum had_node_class class, const char *type,
                        const char *object, const char *role, const char *key,
                        const struct had_context *context, enum had_layer layer,
                        enum had_phase phase);
/* Complete nodes of types that the tests use much. */
struct had_node *add_vpc(struct fixture *f, const char *object);
struct had_node *add_subnet(struct fixture *f, const char *object, const struct had_node *vpc);
struct had_node *add_gate(struct fixture *f, const char *object);
struct had_edge *need(struct fixture *f, struct had_node *from, const struct had_node *to);

void set_text(struct fixture *f, struct had_node *node, const char *path, const char *text);
void set_read(struct fixture *f, struct had_node *node, const char *path,
              const struct had_node *source, const char *attribute);
struct had_prop *text(struct fixture *f, const char *text);

/* Finishes and asserts: nothing found; or exactly one finding, of the code, with both texts in it.
 */
void expect_clean(struct fixture *f);
const struct had_diag *expect_one(struct fixture *f, const char *code, const char *contains,
                                  const char *contains_too);
bool str_contains(had_str text, const char *part);
/* The dump as a text in the fixture's arena. */
had_str dump_of(struct fixture *f);

#endif
