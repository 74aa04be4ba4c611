/*
 * A random foundation as a graph: the spec of a number, compiled, and in most cases broken in ways
 * that no spec can state. The same number gives the same graph.
 */
#ifndef HAD_TESTS_FOUNDATION_H
#define HAD_TESTS_FOUNDATION_H

#include "driver/compile.h"
#include "random_spec.h"

/* False where the compiler refuses the spec, and then there is nothing to free. `path` is a file to
 * write the spec to; `show` prints it and what is broken. `after` goes on where the breaking ended.
 */
bool foundation_make(struct had_compilation *c, const char *path, uint64_t number, bool sound,
                     bool show, struct random *after);

#endif
