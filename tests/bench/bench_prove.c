/*
 * How long the proofs of a spec take, and how much memory: bench_prove FOLDER [MILLISECONDS MIB].
 * make_spec.py makes such a folder, bench_prove.sh calls both; without FOLDER the program says so.
 * Prints the best of five runs with any one thing lost, and of three with any two; fails if those
 * with one take more than the limits.
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

struct figures {
    double model, all, mib;
};

static struct figures measure(const struct had_graph *graph, unsigned failures, int runs)
{
    struct figures best = {1e9, 1e9, 0};
    struct had_arena arena = {0};
    struct had_prove_options options = {.failures = failures};
    struct had_proof *proof = NULL;
    for (int i = 0; i < runs; i++) {
        had_arena_free(&arena);
        double start = seconds();
        (void)had_model_build(&arena, graph, UINT32_MAX);
        double built = seconds();
        had_arena_free(&arena);
        double again = seconds();
        proof = had_prove(&arena, graph, &options);
        double end = seconds();
        best.model = built - start < best.model ? built - start : best.model;
        best.all = end - again < best.all ? end - again : best.all;
        best.mib = (double)arena.total / 1048576;
    }
    if (failures == 1)
        printf("%u nodes, %u VPCs, %u subnets, %u members in %u classes, %u controllers\n",
               graph->nodes.count, proof->model->vpcs.count, proof->model->subnets.count,
               proof->queries[HAD_R1].members, proof->classes.count, proof->controllers);
    printf("k = %u: %u scenarios, model %.1f ms, model and proofs %.1f ms, %.1f MiB\n", failures,
           proof->scenarios, best.model * 1e3, best.all * 1e3, best.mib);
    for (int q = 0; q < HAD_QUERY_COUNT; q++)
        if (proof->queries[q].ran)
            printf("%s%s %s", q ? ", " : "  ", proof->queries[q].code->code,
                   had_verdict_name(proof->queries[q].verdict));
    if (failures == 2)
        printf(" (%u pairs break something)", proof->queries[HAD_F2].cut_sets.count);
    printf("\n");
    had_arena_free(&arena);
    return best;
}

int main(int argc, char **argv)
{
    struct had_compilation c;
    if (argc != 2 && argc != 4) {
        fputs("usage: bench_prove FOLDER [MILLISECONDS MIB]\n", stderr);
        return 2;
    }
    had_compile(&c,
                &(struct had_compile_options){.path = had_str_c(argv[1]), .stop_after = "lower"});
    if (!c.graph || !c.graph->finished) {
        struct had_buffer b = {0};
        had_render_short(&b, &c.diags, &c.sources);
        fwrite(b.ptr ? b.ptr : "", 1, b.len, stderr);
        return 1;
    }
    struct figures one = measure(c.graph, 1, 5);
    (void)measure(c.graph, 2, 3);
    had_compilation_free(&c);
    if (argc == 2)
        return 0;
    bool good = one.all * 1e3 < atof(argv[2]) && one.mib < atof(argv[3]);
    printf("%s the limits of %s ms and %s MiB\n", good ? "within" : "BEYOND", argv[2], argv[3]);
    return !good;
}
