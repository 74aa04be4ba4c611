/*
 * The list of passes. had_compile() runs them in order, each on the result of the one before, and
 * stops where the next could not cope.
 */
#ifndef HAD_DRIVER_COMPILE_H
#define HAD_DRIVER_COMPILE_H

#include "check/check.h"
#include "emit/emit.h"
#include "lower/lower.h"
#include "prove/prove.h"
#include "sema/sema.h"

struct had_compilation;

struct had_compile_options {
    had_str path; /* folder (all its *.had files) or one file with its imports */
    had_str std_dir;
    const struct had_variable *variables;
    uint32_t variable_count;
    const char *phase; /* --phase, or NULL */
    int64_t as_of;     /* days since 1970-01-01 */
    bool no_waivers;
    had_str test;           /* text of a `test` block to look at the result; empty: none */
    const char *stop_after; /* name of a pass, or NULL */
    /* Called after each pass, for those who measure; or NULL. */
    void (*passed)(void *data, const char *pass, const struct had_compilation *compilation);
    void *passed_data;
};

struct had_compilation {
    struct had_arena arena, spec_arena; /* the second holds the objects of the spec */
    struct had_sources sources;
    struct had_diags diags;
    had_files files;
    struct had_spec *spec;   /* NULL before sema */
    struct had_graph *graph; /* NULL before lower, or where the spec has errors */
    struct had_proof *proof; /* NULL before prove, or where the graph has errors */
    uint32_t rules_silent;   /* rules that apply in a later phase */
    bool unreadable;         /* the path itself could not be read: exit status 2 */
};

/* Compiles what `options->path` names. Findings are sorted. Free with had_compilation_free. */
void had_compile(struct had_compilation *compilation, const struct had_compile_options *options);
void had_compilation_free(struct had_compilation *compilation);
/* Gives the objects of the spec back: emission needs the graph only, and they are a third of the
 * memory. */
void had_compilation_drop_objects(struct had_compilation *compilation);

/* Passes by name for `had dump --after=`; NULL at the end. */
extern const char *const had_pass_names[];
bool had_dump(struct had_buffer *out, struct had_compilation *compilation, const char *pass);

/* Runs the named back ends (NULL: the default ones) on a compilation without errors. */
void had_emit(struct had_compilation *compilation, const struct had_emit_options *options,
              const char *const *backends, struct had_output *output);

#endif
