/*
 * Time and memory of every pass and back end over one folder, without the start of a process:
 * bench_passes [-n TIMES] FOLDER. Nothing is written to disk.
 */
#include "driver/compile.h"
#include "emit/steps.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { ROWS = 24 };

struct row {
    const char *name;
    double best; /* seconds */
    size_t bytes;
    long peak; /* KiB */
};

struct measure {
    struct row rows[ROWS];
    uint32_t count, at;
    double started;
    size_t before;
    uint64_t written, files;
};

static double now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void note(struct measure *m, const char *name, size_t bytes)
{
    double took = now() - m->started;
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    if (m->at == ROWS)
        return;
    struct row *row = &m->rows[m->at++];
    if (m->at > m->count) {
        *row = (struct row){name, took, bytes - m->before, usage.ru_maxrss};
        m->count = m->at;
    } else if (took < row->best) {
        row->best = took;
    }
    m->before = bytes;
    m->started = now();
}

static void passed(void *data, const char *pass, const struct had_compilation *c)
{
    note(data, pass, c->arena.total + c->spec_arena.total);
}

/* As a build does: nobody keeps the texts. */
static void forget(void *data, const struct had_output_file *file, bool last)
{
    struct measure *m = data;
    m->written += file->text.len;
    m->files += last;
}

static void once(struct measure *m, const char *folder)
{
    struct had_compilation c;
    const struct had_compile_options options = {
        .path = had_str_c(folder), .as_of = 20781, .passed = passed, .passed_data = m};
    m->at = 0;
    m->written = m->files = 0;
    m->before = 0;
    m->started = now();
    had_compile(&c, &options);
    if (!c.graph || c.diags.errors) {
        fprintf(stderr, "bench_passes: %s has errors\n", folder);
        exit(1);
    }
    const struct had_emit_options emit = {
        .version = HAD_STR("bench"), .sources = &c.sources, .phase = HAD_PHASE_WORKLOADS};
    struct had_output output = {.arena = &c.arena, .write = forget, .data = m};
    struct had_emit_input input = {.graph = c.graph, .options = &emit, .diags = &c.diags};
    had_compilation_drop_objects(&c);
    m->before = c.arena.total;
    m->started = now();
    struct had_steps *steps = had_steps_build(&c.arena, c.graph, &emit, &c.diags);
    input.steps = steps;
    note(m, "steps", c.arena.total);
    had_steps_write(steps, &output);
    note(m, "templates", c.arena.total);
    for (uint32_t i = 0; had_backends[i]; i++) {
        had_backends[i]->emit(&input, &output);
        note(m, had_backends[i]->name, c.arena.total);
    }
    if (m->count == m->at && !m->rows[ROWS - 1].name)
        m->rows[ROWS - 1] =
            (struct row){"nodes", 0, c.graph->nodes.count, (long)c.graph->edges.count};
    had_compilation_free(&c);
}

int main(int argc, char **argv)
{
    int times = 1, at = 1;
    if (argc > 2 && strcmp(argv[1], "-n") == 0) {
        times = atoi(argv[2]);
        at = 3;
    }
    if (at >= argc) {
        fprintf(stderr, "usage: bench_passes [-n TIMES] FOLDER\n");
        return 2;
    }
    static struct measure m;
    for (int i = 0; i < times; i++)
        once(&m, argv[at]);
    double sum = 0;
    size_t bytes = 0;
    printf("%-16s %10s %12s %12s\n", "pass", "ms", "arena KiB", "peak KiB");
    for (uint32_t i = 0; i < m.count; i++) {
        const struct row *row = &m.rows[i];
        printf("%-16s %10.3f %12zu %12ld\n", row->name, row->best * 1e3, row->bytes / 1024,
               row->peak);
        sum += row->best;
        bytes += row->bytes;
    }
    printf("%-16s %10.3f %12zu\n", "all", sum * 1e3, bytes / 1024);
    printf("%zu nodes, %ld edges, %llu files of %llu KiB\n", m.rows[ROWS - 1].bytes,
           m.rows[ROWS - 1].peak, (unsigned long long)m.files,
           (unsigned long long)m.written / 1024);
    return 0;
}
