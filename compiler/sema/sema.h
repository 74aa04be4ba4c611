/*
 * From trees to the typed spec. Passes, each with its dump: expand (modules, loops, conditions, computed
 * names), resolve (references, selections, types, evaluation), derive (defaults that follow from the
 * spec, derived objects and values, asserts).
 */
#ifndef HAD_SEMA_SEMA_H
#define HAD_SEMA_SEMA_H

#include "sema/spec.h"
#include "syntax/ast.h"

struct had_variable { /* --var, --var-file, environment */
    had_str name, text;
    bool optional;            /* from the environment: may be unknown to the spec */
    bool many;                /* a list: .items in place of .text */
    had_array(had_str) items;
    had_str from;             /* "`--var count=many`", for findings; may be empty */
};

struct had_sema_input {
    struct had_arena *arena;
    struct had_sources *sources; /* csv(), file(), imports are read through it */
    struct had_diags *diags;
    const struct had_file *const *files; /* all files of the spec, imports included */
    uint32_t file_count;
    const struct had_variable *variables;
    uint32_t variable_count;
    const char *phase; /* of --phase, or NULL */
    int64_t as_of;
    had_str test; /* text of the `test` block that looks at this compilation; empty: none */
    uint64_t work_max; /* units of evaluation, about ten to a microsecond; 0: the default */
};

/* Always gives a spec; errors are in diags, and what is broken holds HAD_VALUE_ERROR. */
struct had_spec *had_sema(const struct had_sema_input *input);

/*
 * Reads and parses the imports of `files` until nothing new is named; reports missing, outside and
 * circular ones. The result holds the given files first.
 */
typedef had_array(struct had_file *) had_files;
void had_imports(struct had_arena *arena, struct had_sources *sources, struct had_diags *diags,
                 had_files *files);

/* The functions of the language, for help and editors. */
struct had_function {
    const char *name, *usage, *gives, *doc, *example;
};
const struct had_function *had_function_at(uint32_t index); /* in order; NULL behind the last */
const struct had_function *had_function_find(had_str name);

/* JSON and text of the typed spec: `had show`, `had dump --after=derive`. `address` may be empty: all. */
void had_dump_expand(struct had_buffer *out, const struct had_spec *spec);
void had_dump_spec(struct had_buffer *out, const struct had_spec *spec, had_str address,
                   bool defaults);
void had_show_json(struct had_buffer *out, const struct had_spec *spec, had_str address,
                   bool defaults);

#endif
