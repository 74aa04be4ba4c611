/*
 * How long the proofs of a spec take, and how much memory: bench_prove FOLDER [FAILURES].
 * make_spec.py makes such a folder; without FOLDER the program says so. Prints the best of five
 * runs.
 */
#include "driver/compile.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

int main(int argc, char **argv)
{
    struct had_compilation c;
    double model = 1e9, all = 1e9;
    size_t memory = 0;
    if (argc < 2) {
        fputs("usage: bench_prove FOLDER [FAILURES]\n", stderr);
        return 2;
    }
    struct had_prove_options options = {.failures = argc > 2 ? (unsigned)atoi(argv[2]) : 1};
    had_compile(&c,
                &(struct had_compile_options){.path = had_str_c(argv[1]), .stop_after = "lower"});
    if (!c.graph || !c.graph->finished) {
        struct had_buffer b = {0};
        had_render_short(&b, &c.diags, &c.sources);
        fwrite(b.ptr ? b.ptr : "", 1, b.len, stderr);
        return 1;
    }
    struct had_proof *proof = NULL;
    struct had_arena arena = {0};
    for (int i = 0; i < 5; i++) {
        had_arena_free(&arena);
        double start = seconds();
        (void)had_model_build(&arena, c.graph, UINT32_MAX);
        double built = seconds();
        had_arena_free(&arena);
        double again = seconds();
        proof = had_prove(&arena, c.graph, &options);
        double end = seconds();
        model = built - start < model ? built - start : model;
        all = end - again < all ? end - again : all;
        memory = arena.total;
    }
    printf("%u nodes, %u VPCs, %u subnets, %u members in %u classes, %u scenarios\n",
           c.graph->nodes.count, proof->model->vpcs.count, proof->model->subnets.count,
           proof->queries[HAD_R1].members, proof->classes.count, proof->scenarios);
    printf("model %.1f ms, model and proofs %.1f ms, %.1f MiB\n", model * 1e3, all * 1e3,
           (double)memory / 1048576);
    for (int q = 0; q < HAD_QUERY_COUNT; q++)
        if (proof->queries[q].ran)
            printf("%s %s%s", proof->queries[q].code->code,
                   had_verdict_name(proof->queries[q].verdict), q == HAD_F1 ? "\n" : ", ");
    had_arena_free(&arena);
    had_compilation_free(&c);
    return 0;
}
