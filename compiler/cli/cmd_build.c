#include "cli/cli.h"

#include "verify/verify.h"

#include <stdio.h>
#include <string.h>

enum { BACKENDS_MAX = 16 };

/* "cloudformation,dsc" to names; the report back ends always run with them. */
static bool chosen(struct had_cli *cli, const char **names)
{
    uint32_t count = 0;
    had_str rest = had_str_c(cli->emit);
    while (rest.len) {
        int64_t comma = had_str_find(rest, ',');
        had_str one = had_str_trim(had_str_slice(rest, 0, comma < 0 ? rest.len : (uint32_t)comma));
        rest = comma < 0 ? (had_str){0} : had_str_slice(rest, (uint32_t)comma + 1, rest.len);
        if (!one.len)
            continue;
        const struct had_backend *b = had_backend_find(one);
        if (!b || count + 4 >= BACKENDS_MAX) {
            fprintf(stderr, "had build: there is no back end `" HAD_FMT "`; there are",
                    HAD_ARG(one));
            for (uint32_t i = 0; had_backends[i]; i++)
                fprintf(stderr, " %s", had_backends[i]->name);
            fprintf(stderr, "\n");
            return false;
        }
        names[count++] = b->name;
    }
    names[count++] = "report";
    names[count++] = "runbook";
    names[count++] = "bootstrap"; /* the runbook names it */
    names[count] = NULL;
    return true;
}

static bool emits(const char *const *names, const char *name)
{
    while (*names && strcmp(*names, name) != 0)
        names++;
    return *names != NULL;
}

/* ---- --verify ---- */

/* The files that are read back, as they pass on their way to the folder. */
struct collecting {
    struct had_writer *writer;
    struct had_arena arena;
    struct had_buffer text; /* of a file that comes in pieces, so far */
    bool wanted, from_folder;
    had_array(struct had_verify_file) files;
};

/* What the proof reads; the rest of a build is made of the same steps. */
static bool is_read_back(had_str path)
{
    return had_str_is(path, "manifest.json") || had_str_starts(path, "cloudformation/") ||
           (had_str_starts(path, "dsc/") && had_str_ends(path, ".mof"));
}

static void collect(void *data, const struct had_output_file *file, bool last)
{
    struct collecting *c = data;
    had_writer_file(c->writer, file, last);
    if (!c->wanted || !is_read_back(file->path))
        return;
    if (!c->from_folder)
        had_buffer_str(&c->text, file->text);
    if (!last)
        return;
    struct had_verify_file read = {had_str_dup(&c->arena, file->path), {0}};
    bool there = true;
    if (c->from_folder)
        there = had_writer_read(c->writer, &c->arena, file->path, &read.text);
    else
        read.text = had_str_dup(&c->arena, had_buffer_view(&c->text));
    c->text.len = 0;
    if (there)
        *had_push(&c->arena, &c->files) = read;
}

static void verify(struct had_cli *cli, struct had_compilation *c,
                   const struct had_emit_options *options, struct collecting *collecting)
{
    struct had_verify_input input = {.graph = c->graph,
                                     .phase = options->phase,
                                     .no_custom_resources = options->no_custom_resources,
                                     .files = collecting->files.items,
                                     .file_count = collecting->files.count,
                                     .diags = &c->diags};
    struct had_verify_result r = had_verify(&collecting->arena, &input);
    had_diags_sort(&c->diags);
    if (r.differences || cli->quiet || cli->format != HAD_FORMAT_TEXT)
        return;
    printf("verified: %u nodes in %u stacks and %u steps, %u values, %u orders; %u resources serve "
           "custom resources and stack sets",
           r.nodes, r.stacks, r.steps, r.values, r.orders, r.helpers);
    if (r.assumed)
        printf("; assumed: what commands find at %u places", r.assumed);
    printf("\n");
}

int had_cmd_build(struct had_cli *cli)
{
    if (!cli->output) {
        fprintf(stderr, "had build: say where to write: -o DIR\n");
        return HAD_EXIT_USAGE;
    }
    const char *names[BACKENDS_MAX];
    if (cli->emit && !chosen(cli, names))
        return HAD_EXIT_USAGE;
    if (cli->verify && cli->emit && !emits(names, "cloudformation")) {
        fprintf(stderr,
                "had build: --verify reads templates back: add `cloudformation` to --emit\n");
        return HAD_EXIT_USAGE;
    }
    struct had_compilation c;
    had_cli_compile(cli, &c, NULL);
    struct had_writer *writer = had_writer_open(cli->output, cli->check);
    struct collecting collecting = {
        .writer = writer, .wanted = cli->verify, .from_folder = cli->check};
    struct had_output output = {.arena = &c.arena, .write = collect, .data = &collecting};
    if (!c.unreadable && !c.diags.errors && c.graph) {
        enum had_phase phase = HAD_PHASE_WORKLOADS;
        had_phase_find(had_str_c(c.spec->phase), &phase);
        bool json = cli->json || had_str_is(had_get_text(c.spec->self, "templates"), "json");
        had_compilation_drop_objects(&c);
        const struct had_emit_options options = {.json = json,
                                                 .no_custom_resources = cli->no_custom_resources,
                                                 .stack_set = had_str_c(cli->stack_set),
                                                 .cross_output = cli->cross_output,
                                                 .deploy_script = cli->deploy_script,
                                                 .places = cli->places,
                                                 .version = had_str_c(had_version()),
                                                 .sources = &c.sources,
                                                 .phase = phase};
        had_emit(&c, &options, cli->emit ? names : NULL, &output);
        if (cli->verify && !c.diags.errors)
            verify(cli, &c, &options, &collecting);
    }
    int status = had_cli_findings(cli, &c, cli->format == HAD_FORMAT_TEXT);
    bool good = status == HAD_EXIT_DONE && c.graph;
    enum had_write_status written = had_writer_close(writer, good);
    if (good) {
        if (written == HAD_WRITE_FAILED)
            status = HAD_EXIT_USAGE;
        if (written == HAD_WRITE_STALE)
            status = HAD_EXIT_FINDINGS;
        if (written == HAD_WRITE_DONE && !cli->quiet && cli->format == HAD_FORMAT_TEXT)
            printf("%s: %u files %s\n", cli->output, output.files.count,
                   cli->check ? "are up to date" : "written");
    } else if (status != HAD_EXIT_DONE && cli->format == HAD_FORMAT_TEXT) {
        fprintf(stderr, "had build: nothing was written\n");
    }
    had_buffer_free(&collecting.text);
    had_arena_free(&collecting.arena);
    had_compilation_free(&c);
    return status;
}
