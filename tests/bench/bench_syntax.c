/*
 * Speed of the front end on generated specs, from memory: scanner with layout, parser, formatter on
 * 1,000,000 lines in files of 100,000; the whole check on 100,000 lines. The best of five rounds,
 * in processor time: other work on the machine counts little.
 *
 * usage: bench_syntax [LINES [CHECKED_LINES]]
 */
#include "check/check.h"
#include "format/format.h"
#include "lower/lower.h"
#include "sema/sema.h"
#include "syntax/parser.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROUNDS = 5, FILE_LINES = 100000 };

static double seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

/* One workload with its account and network, as the examples write them: 15 lines. */
static unsigned add_workload(struct had_buffer *b, unsigned n, unsigned address)
{
    unsigned range = 0x0a000000u + address * 1024;
    unsigned one = range >> 16 & 255, two = range >> 8 & 255;
    had_buffer_printf(b,
                      "# Workload %u\n"
                      "existing account w%u in ou workloads {\n"
                      "  id    = %012u\n"
                      "  owner = \"team-%u@example.com\"\n"
                      "}\n"
                      "spoke w%u in account w%u on hub core-%u {\n"
                      "  segment = segment core-%u.workloads\n"
                      "  cidr    = 10.%u.%u.0/22\n"
                      "  for z in [zone a, zone b] {\n"
                      "    subnet app in zone z { cidr = slice(10.%u.%u.0/22, 24, z) }\n"
                      "  }\n"
                      "  tags { team = \"team-%u\", \"cost-centre\" = \"CC-${lower(\"W%u\")}\" }\n"
                      "}\n"
                      "\n\n",
                      n, n, 400000000 + n, n, n, n, n / 500, n / 500, one, two, one, two, n, n);
    return 15;
}

static void add_head(struct had_buffer *b, unsigned hubs)
{
    had_buffer_c(
        b, "had 1\n\nspec bench { owner = \"a@example.com\" }\n"
           "existing organization acme { id = \"o-a1b2c3d4e5\", management = account management }\n"
           "existing ou workloads in organization acme\n"
           "existing account management in organization acme { id = 111111111111 }\n"
           "existing account network in organization acme { id = 222222222222 }\n"
           "region eu-west-1 { zones = [a, b], ranges = 10.0.0.0/8 }\n");
    for (unsigned h = 0; h < hubs; h++)
        had_buffer_printf(
            b,
            "hub core-%u in account network at region eu-west-1 { asn = %u, share-with "
            "= organization acme }\n"
            "segment workloads in hub core-%u\n",
            h, 4200000000u + h, h);
}

struct input {
    struct had_arena arena;
    struct had_sources sources;
    size_t bytes;
    unsigned long lines;
};

static void fill(struct input *in, unsigned long lines)
{
    *in = (struct input){0};
    in->sources.arena = &in->arena;
    unsigned n = 0;
    while (in->lines < lines) {
        struct had_buffer b = {0};
        for (unsigned at = 0; at < FILE_LINES && in->lines < lines; n++) {
            unsigned added = add_workload(&b, n, n % 16384);
            at += added;
            in->lines += added;
        }
        in->bytes += b.len;
        had_sources_add(&in->sources, HAD_STR("bench.had"), had_buffer_view(&b));
        had_buffer_free(&b);
    }
}

static double scan(struct input *in)
{
    double start = seconds();
    for (uint32_t f = 1; f <= in->sources.files.count; f++) {
        struct had_arena arena = {0};
        struct had_diags diags = {.arena = &arena};
        struct had_parser p;
        had_parser_read(&p, &arena, &in->sources, f, &diags);
        had_parser_release(&p);
        had_arena_free(&arena);
    }
    return seconds() - start;
}

static double parse(struct input *in)
{
    double start = seconds();
    for (uint32_t f = 1; f <= in->sources.files.count; f++) {
        struct had_arena arena = {0};
        struct had_diags diags = {.arena = &arena};
        had_parse(&arena, &in->sources, f, &diags);
        if (diags.items.count)
            fprintf(stderr, "the generated text has an error\n");
        had_arena_free(&arena);
    }
    return seconds() - start;
}

static double format(struct input *in)
{
    double spent = 0;
    for (uint32_t f = 1; f <= in->sources.files.count; f++) {
        struct had_arena arena = {0};
        struct had_diags diags = {.arena = &arena};
        const struct had_file *file = had_parse(&arena, &in->sources, f, &diags);
        struct had_buffer out = {0};
        double start = seconds();
        had_format(&out, &in->sources, file);
        spent += seconds() - start;
        had_buffer_free(&out);
        had_arena_free(&arena);
    }
    return spent;
}

/* All passes of `had check`, from text to findings. */
static double check(had_str text, size_t *objects, size_t *findings, size_t *memory)
{
    struct had_arena arena = {0};
    struct had_sources sources = {.arena = &arena};
    struct had_diags diags = {.arena = &arena};
    had_files files = {0};
    double start = seconds();
    had_sources_add(&sources, HAD_STR("bench.had"), text);
    *had_push(&arena, &files) = had_parse(&arena, &sources, 1, &diags);
    struct had_sema_input input = {.arena = &arena,
                                   .sources = &sources,
                                   .diags = &diags,
                                   .files = (const struct had_file *const *)files.items,
                                   .file_count = files.count,
                                   .as_of = 20781};
    struct had_spec *spec = had_sema(&input);
    struct had_graph *graph = diags.errors ? NULL : had_lower(&arena, spec, &diags);
    const struct had_check_options options = {0};
    had_check_run(&arena, spec, graph && graph->finished ? graph : NULL, &diags, &options);
    had_diags_sort(&diags);
    double spent = seconds() - start;
    *objects = spec->objects.count;
    *findings = diags.items.count;
    *memory = arena.total;
    for (uint32_t i = 0; i < diags.items.count; i++)
        if (diags.items.items[i]->severity == HAD_ERROR) {
            fprintf(stderr, "the generated spec has an error: " HAD_FMT "\n",
                    HAD_ARG(diags.items.items[i]->message));
            break;
        }
    had_arena_free(&arena);
    return spent;
}

static void best_of(const char *what, struct input *in, double (*run)(struct input *))
{
    double best = run(in);
    for (int i = 1; i < ROUNDS; i++) {
        double t = run(in);
        best = t < best ? t : best;
    }
    printf("%-8s %9lu lines %7.1f MB %8.3f s %12.0f lines/s %8.1f MB/s\n", what, in->lines,
           (double)in->bytes / 1e6, best, (double)in->lines / best, (double)in->bytes / 1e6 / best);
}

int main(int argc, char **argv)
{
    unsigned long lines = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000000;
    unsigned long checked = argc > 2 ? strtoul(argv[2], NULL, 10) : 100000;
    if (lines < 1 || lines > 10000000 || checked > 300000) {
        fputs("usage: bench_syntax [LINES [CHECKED_LINES]], at most 10,000,000 and 300,000\n",
              stderr);
        return 2;
    }
    struct input in;
    fill(&in, lines);
    best_of("scan", &in, scan);
    best_of("parse", &in, parse);
    best_of("format", &in, format);
    had_arena_free(&in.arena);

    struct had_buffer b = {0};
    unsigned long at = 10;
    unsigned n = 0;
    add_head(&b, (unsigned)(checked / 15 / 500) + 1);
    for (; at < checked; n++)
        at += add_workload(&b, n, n);
    size_t objects, findings, memory;
    double best = check(had_buffer_view(&b), &objects, &findings, &memory);
    for (int i = 1; i < 3; i++) {
        double t = check(had_buffer_view(&b), &objects, &findings, &memory);
        best = t < best ? t : best;
    }
    printf("%-8s %9lu lines %7.1f MB %8.3f s %12.0f lines/s %8.1f MB/s\n", "check", at,
           (double)b.len / 1e6, best, (double)at / best, (double)b.len / 1e6 / best);
    printf("         %zu objects, %zu findings, %zu MB of memory\n", objects, findings,
           memory >> 20);
    had_buffer_free(&b);
    return 0;
}
