#include "driver/compile.h"

#include "base/path.h"
#include "emit/steps.h"
#include "format/format.h"
#include "syntax/parse.h"

#include <string.h>
#include <sys/stat.h>

/* ---- what the path names ---- */

/* The folder is the root; of a file, the folder that holds it. Nothing outside the root is read. */
static bool open_path(struct had_compilation *c, had_str path, had_str **paths, uint32_t *count)
{
    struct stat st;
    char *name = had_str_cstr(&c->arena, path.len ? path : HAD_STR("."));
    if (stat(name, &st) != 0) {
        had_report_source(&c->diags, (struct had_span){0}, 0, path,
                          (struct had_source_error){HAD_SOURCE_MISSING, 0, 0});
        return false;
    }
    if (S_ISDIR(st.st_mode)) {
        c->sources.root = had_str_dup(&c->arena, path.len ? path : HAD_STR("."));
        struct had_source_error error =
            had_sources_list(&c->sources, (had_str){"", 0}, paths, count);
        if (error.status || !*count) {
            if (!error.status)
                error.status = HAD_SOURCE_MISSING;
            had_report_source(&c->diags, (struct had_span){0}, 0,
                              had_str_printf(&c->arena, HAD_FMT "/*.had", HAD_ARG(c->sources.root)),
                              error);
            return false;
        }
        return true;
    }
    had_str folder = had_path_folder(path);
    c->sources.root = folder.len                       ? had_str_dup(&c->arena, folder)
                      : path.len && path.ptr[0] == '/' ? HAD_STR("/")
                                                       : HAD_STR(".");
    *paths = had_new(&c->arena, had_str);
    **paths = had_str_dup(&c->arena, had_path_name(path));
    *count = 1;
    return true;
}

/* ---- passes ---- */

static void pass_parse(struct had_compilation *c, const struct had_compile_options *options)
{
    had_str *paths = NULL;
    uint32_t count = 0;
    if (!open_path(c, options->path, &paths, &count)) {
        c->unreadable = true;
        return;
    }
    for (uint32_t i = 0; i < count; i++) {
        uint32_t number = 0;
        struct had_source_error error = had_sources_load(&c->sources, paths[i], false, &number);
        if (error.status) {
            had_report_source(&c->diags, (struct had_span){0}, number, paths[i], error);
            c->unreadable = true;
            continue;
        }
        *had_push(&c->arena, &c->files) = had_parse(&c->arena, &c->sources, number, &c->diags);
    }
    had_imports(&c->arena, &c->sources, &c->diags, &c->files);
}

static void pass_sema(struct had_compilation *c, const struct had_compile_options *options)
{
    struct had_sema_input input = {
        .arena = &c->spec_arena,
        .sources = &c->sources,
        .diags = &c->diags,
        .files = (const struct had_file *const *)c->files.items,
        .file_count = c->files.count,
        .variables = options->variables,
        .variable_count = options->variable_count,
        .phase = options->phase,
        .as_of = options->as_of,
        .test = options->test,
    };
    c->spec = had_sema(&input);
}

static void pass_lower(struct had_compilation *c, const struct had_compile_options *options)
{
    (void)options;
    if (c->diags.errors)
        return; /* a spec with errors would only say the same again, worse */
    struct had_graph *graph = had_lower(&c->arena, c->spec, &c->diags);
    c->graph = graph->finished ? graph : NULL;
}

static bool is_language_error(const struct had_diag *d)
{
    /* HAD00 to HAD05: files, syntax, types, names, expressions, modules. */
    return d->severity == HAD_ERROR && had_str_starts(had_str_c(d->code->code), "HAD0") &&
           d->code->code[4] < '6';
}

/* One address is the other's, or of something around it. */
static bool is_around(had_str outer, had_str inner)
{
    return outer.len <= inner.len && memcmp(inner.ptr, outer.ptr, outer.len) == 0 &&
           (inner.len == outer.len || inner.ptr[outer.len] == '/');
}

/*
 * One cause gives one finding: what a rule finds on an object whose own words, or those around or
 * inside it, have an error of the language would follow from that error, or may.
 */
static void drop_consequences(struct had_compilation *c)
{
    enum { ERRORS_MAX = 1000 };
    had_array(had_str) broken = {0};
    for (uint32_t i = 0; i < c->diags.items.count && broken.count < ERRORS_MAX; i++) {
        const struct had_diag *d = c->diags.items.items[i];
        if (is_language_error(d) && d->address.len)
            *had_push(&c->arena, &broken) = d->address;
    }
    uint32_t n = 0;
    for (uint32_t i = 0; i < c->diags.items.count; i++) {
        struct had_diag *d = c->diags.items.items[i];
        bool drop = false;
        for (uint32_t k = 0; !is_language_error(d) && d->address.len && k < broken.count; k++)
            drop |=
                is_around(broken.items[k], d->address) || is_around(d->address, broken.items[k]);
        if (!drop || had_str_starts(had_str_c(d->code->code), "HAD"))
            c->diags.items.items[n++] = d;
        else if (d->severity == HAD_ERROR && !d->is_waived)
            c->diags.errors--;
    }
    c->diags.items.count = n;
}

static void pass_check(struct had_compilation *c, const struct had_compile_options *options)
{
    if (c->spec->incomplete)
        return; /* rules would speak of what is only not read */
    const struct had_check_options check = {.no_waivers = options->no_waivers};
    c->rules_silent = had_check_run(&c->arena, c->spec, c->graph, &c->diags, &check);
    drop_consequences(c);
}

/*
 * Proofs over the graph, with any one thing lost; what is refuted is a finding. They stand before
 * the rules, which apply the spec's severities and waivers to all findings.
 */
static void pass_prove(struct had_compilation *c, const struct had_compile_options *options)
{
    static const struct had_prove_options one = {.failures = 1};
    (void)options;
    if (!c->graph || !c->graph->finished)
        return;
    c->proof = had_prove(&c->arena, c->graph, &one);
    had_prove_report(c->proof, &c->diags);
}

/*
 * What the back ends would refuse to write is told here, before anybody builds, and for the whole
 * spec: a text gets no safer by waiting for its phase.
 */
static void pass_refuse(struct had_compilation *c, const struct had_compile_options *options)
{
    (void)options;
    if (!c->graph)
        return;
    struct had_arena scratch = {0};
    struct had_emit_options emit = {.sources = &c->sources, .phase = HAD_PHASE_WORKLOADS};
    had_emit_refuse(&scratch, &(struct had_emit_input){
                                  .graph = c->graph, .options = &emit, .diags = &c->diags});
    had_arena_free(&scratch);
}

static const struct pass {
    const char *name;
    void (*run)(struct had_compilation *, const struct had_compile_options *);
} passes[] = {
    {"parse", pass_parse}, {"derive", pass_sema},   {"lower", pass_lower},
    {"prove", pass_prove}, {"refuse", pass_refuse}, {"check", pass_check},
};

const char *const had_pass_names[] = {"lex",   "parse", "expand", "resolve", "derive",
                                      "lower", "prove", "check",  "emit",    NULL};

void had_compile(struct had_compilation *c, const struct had_compile_options *options)
{
    *c = (struct had_compilation){0};
    c->sources.arena = &c->arena;
    c->sources.std_dir = options->std_dir;
    c->diags.arena = &c->arena;
    for (uint32_t i = 0; i < sizeof passes / sizeof *passes; i++) {
        passes[i].run(c, options);
        if (options->passed)
            options->passed(options->passed_data, passes[i].name, c);
        if (c->unreadable ||
            (options->stop_after && strcmp(options->stop_after, passes[i].name) == 0))
            break;
    }
    had_diags_sort(&c->diags);
}

void had_compilation_drop_objects(struct had_compilation *c)
{
    struct had_spec *spec = had_new(&c->arena, struct had_spec);
    spec->name = had_str_dup(&c->arena, c->spec->name);
    spec->incomplete = c->spec->incomplete;
    c->spec = spec;
    had_arena_free(&c->spec_arena);
}

void had_compilation_free(struct had_compilation *c)
{
    had_arena_free(&c->spec_arena);
    had_arena_free(&c->arena);
    *c = (struct had_compilation){0};
}

/* ---- looking at what a pass made ---- */

static void heading(struct had_buffer *out, const struct had_compilation *c, uint32_t i)
{
    had_buffer_printf(out, "==> " HAD_FMT "\n",
                      HAD_ARG(c->sources.files.items[c->files.items[i]->file - 1]->path));
}

bool had_dump(struct had_buffer *out, struct had_compilation *c, const char *pass)
{
    if (strcmp(pass, "lex") == 0 || strcmp(pass, "parse") == 0) {
        for (uint32_t i = 0; i < c->files.count; i++) {
            heading(out, c, i);
            if (*pass == 'l')
                had_dump_tokens(out, &c->sources, c->files.items[i]->file);
            else
                had_dump_ast(out, &c->sources, c->files.items[i]);
        }
        return true;
    }
    if (strcmp(pass, "expand") == 0 && c->spec) {
        had_dump_expand(out, c->spec);
        return true;
    }
    if ((strcmp(pass, "resolve") == 0 || strcmp(pass, "derive") == 0) && c->spec) {
        had_dump_spec(out, c->spec, (had_str){0}, *pass == 'd');
        return true;
    }
    if (strcmp(pass, "lower") == 0 && c->graph) {
        had_graph_dump(out, c->graph, &c->sources);
        return true;
    }
    if (strcmp(pass, "check") == 0 && c->spec) {
        had_render_short(out, &c->diags, &c->sources);
        return true;
    }
    if (strcmp(pass, "prove") == 0 && c->proof) {
        had_proof_text(out, c->proof, &c->sources);
        return true;
    }
    if (strcmp(pass, "emit") == 0 && c->graph && !c->diags.errors) {
        struct had_output output = {.arena = &c->arena};
        const struct had_emit_options options = {
            .version = HAD_STR("dump"), .sources = &c->sources, .phase = HAD_PHASE_WORKLOADS};
        had_emit(c, &options, NULL, &output);
        if (c->diags.errors)
            output.files.count = 0;
        for (uint32_t i = 0; i < output.files.count; i++)
            had_buffer_printf(out, "==> " HAD_FMT "\n" HAD_FMT, HAD_ARG(output.files.items[i].path),
                              HAD_ARG(output.files.items[i].text));
        return true;
    }
    return false;
}

/* ---- back ends ---- */

static bool is_chosen(const struct had_backend *backend, const char *const *names)
{
    for (const char *const *name = names; name && *name; name++)
        if (strcmp(*name, backend->name) == 0)
            return true;
    return !names && backend->by_default;
}

void had_emit(struct had_compilation *c, const struct had_emit_options *options,
              const char *const *backends, struct had_output *output)
{
    struct had_emit_input input = {.graph = c->graph, .options = options, .diags = &c->diags};
    struct had_steps *steps = had_steps_build(&c->arena, c->graph, options, &c->diags);
    input.steps = steps;
    had_steps_write(steps, is_chosen(&had_backend_cloudformation, backends) && !c->diags.errors
                               ? output
                               : NULL);
    for (uint32_t i = 0; had_backends[i]; i++)
        if (is_chosen(had_backends[i], backends) && !c->diags.errors)
            had_backends[i]->emit(&input, output);
    had_output_sort(output);
    had_diags_sort(&c->diags);
}
