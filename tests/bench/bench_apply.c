/*
 * Makes a foundation in the model of AWS, on virtual time and with the published rates of its
 * services:
 *
 *     python3 tests/bench/make_spec.py 1000 /tmp/spec && bench_apply /tmp/spec [PHASE]
 *
 * Prints how long it takes there (makespan) beside the least that the same limits and the same
 * waiting times allow: the busiest bucket, and the longest chain of objects that wait for each
 * other; and the memory of plan, state and execution apart from that of the model, which holds all
 * objects of AWS.
 */
#include "apply/apply.h"
#include "aws/retry.h"
#include "driver/compile.h"
#include "seed.h"
#include "sim.h"
#include "sim/sim.h"

#include <inttypes.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MIB_MAX = 256 };
static const double RATIO_MAX = 1.15, THROTTLED_MAX = 1; /* percent of calls: no storm */

struct count {
    char key[128];
    double calls, burst, rate;
};

static struct count *counts;
static uint32_t count_count;
static struct had_map by_key;
static struct had_arena kept;

static uint64_t hash_of(const char *text)
{
    uint64_t hash = 1469598103934665603u;
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 1099511628211u;
    return hash;
}

/* Counts each call for the bucket that it takes from. */
static enum had_sim_fault on_call(void *context, const struct had_sim_call *call)
{
    (void)context;
    const struct had_aws_service *service = had_aws_service_find(had_str_c(call->service));
    const struct had_aws_operation *operation =
        had_aws_operation_find(service, had_str_c(call->operation));
    bool alone = false;
    struct had_aws_limit limit = had_aws_limit_of(service, operation, &alone);
    char key[128];
    snprintf(key, sizeof key, HAD_FMT " " HAD_FMT " %s %s", HAD_ARG(call->account),
             HAD_ARG(call->region), call->service, alone ? call->operation : "");
    uint64_t *at = had_map_get(&by_key, hash_of(key));
    if (!at) {
        counts = had_xrealloc(counts, (count_count + 1) * sizeof *counts);
        counts[count_count] = (struct count){.burst = limit.burst, .rate = limit.rate};
        memcpy(counts[count_count].key, key, sizeof key);
        had_map_put(&kept, &by_key, hash_of(key), count_count++);
        at = had_map_get(&by_key, hash_of(key));
    }
    counts[*at].calls++;
    return HAD_SIM_NONE;
}

/* ---- memory: whose it is follows from where it is taken, in a call of the model or outside ----
 */

struct meter {
    struct had_cloud model;
    size_t before;    /* in use when the model was entered last */
    size_t modelled;  /* in use by the model */
    size_t peak, all; /* the most in use by others, and in all */
};

/*
 * The allocator's own sum, asked for at each of some hundred thousand calls, costs more than all
 * the rest: what is taken and given back is counted on the way to glibc's.
 */
#if !defined(__SANITIZE_ADDRESS__) /* whose allocator counts nothing of this */
static size_t taken;

extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *old, size_t size);
extern void __libc_free(void *block);

void *malloc(size_t size)
{
    void *block = __libc_malloc(size);
    taken += malloc_usable_size(block);
    return block;
}

void *calloc(size_t count, size_t size)
{
    void *block = __libc_calloc(count, size);
    taken += malloc_usable_size(block);
    return block;
}

void *realloc(void *old, size_t size)
{
    size_t before = malloc_usable_size(old);
    void *block = __libc_realloc(old, size);
    if (block || size == 0)
        taken += malloc_usable_size(block) - before;
    return block;
}

void free(void *block)
{
    taken -= malloc_usable_size(block);
    __libc_free(block);
}

static size_t in_use(void)
{
    return taken;
}
#else
static size_t in_use(void)
{
    return mallinfo2().uordblks;
}
#endif

static void enter_model(struct meter *meter)
{
    meter->before = in_use();
    size_t own = meter->before - meter->modelled;
    meter->peak = own > meter->peak ? own : meter->peak;
    meter->all = meter->before > meter->all ? meter->before : meter->all;
}

static void leave_model(struct meter *meter)
{
    meter->modelled += in_use() - meter->before;
}

/* A call of the executor: what is done with its answer is the executor's again. */
struct metered {
    struct meter *meter;
    void (*done)(void *context, const struct had_aws_result *result);
    void *context;
};

static void metered_done(void *context, const struct had_aws_result *result)
{
    struct metered call = *(struct metered *)context;
    free(context);
    leave_model(call.meter);
    call.done(call.context, result);
    enter_model(call.meter);
}

static uint64_t metered_submit(void *context, const struct had_aws_call *call)
{
    struct meter *meter = context;
    struct had_aws_call other = *call;
    struct metered *metered = had_xmalloc(sizeof *metered);
    *metered = (struct metered){meter, call->done, call->context};
    other.done = metered_done;
    other.context = metered;
    enter_model(meter);
    uint64_t number = meter->model.submit(meter->model.context, &other);
    leave_model(meter);
    return number;
}

static bool metered_cancel(void *context, uint64_t number)
{
    struct meter *meter = context;
    return meter->model.cancel(meter->model.context, number);
}

static uint32_t metered_turn(void *context, uint32_t wait_ms)
{
    struct meter *meter = context;
    enter_model(meter);
    uint32_t left = meter->model.turn(meter->model.context, wait_ms);
    leave_model(meter);
    return left;
}

static int64_t metered_now(void *context)
{
    struct meter *meter = context;
    return meter->model.now(meter->model.context);
}

static int64_t metered_wall(void *context)
{
    struct meter *meter = context;
    return meter->model.wall(meter->model.context);
}

/* The files of the simulated disk; they only grow. */
static size_t disk_bytes(const struct sim *disk)
{
    size_t bytes = 0;
    for (uint32_t i = 0; i < disk->file_count; i++)
        bytes += disk->files[i].live.room + disk->files[i].durable.room;
    return bytes;
}

/* The least time that the calls counted so far take at their rates, and of which bucket. */
static double busiest_bucket(char which[128])
{
    double busiest = 0;
    which[0] = '\0';
    for (uint32_t i = 0; i < count_count; i++) {
        double least = (counts[i].calls - counts[i].burst) / counts[i].rate;
        if (least > busiest) {
            busiest = least;
            memcpy(which, counts[i].key, sizeof counts[i].key);
        }
    }
    return busiest;
}

static void count_anew(void)
{
    for (uint32_t i = 0; i < count_count; i++)
        counts[i].calls = 0;
}

/* A plan of what has just been made. */
static bool plan_again(struct had_deployment *d, struct had_sim *cloud)
{
    char which[128];
    count_anew();
    had_str message = {0};
    uint64_t throttled = had_sim_count(cloud).throttled;
    int64_t began = had_sim_now(cloud);
    struct had_plan *plan = had_plan_make(d, &message);
    if (!plan) {
        fprintf(stderr, HAD_FMT "\n", HAD_ARG(message));
        return false;
    }
    bool empty = had_plan_empty(plan);
    double least = busiest_bucket(which);
    printf("%s plan%s: %" PRIu64 " calls, %.0f s (%.0f s: %s), %" PRIu64 " throttled\n",
           empty ? "empty" : "OTHER", d->apart ? " by single looks" : "", plan->calls,
           (double)(had_sim_now(cloud) - began) / 1000, least, which,
           had_sim_count(cloud).throttled - throttled);
    had_plan_free(plan);
    return empty;
}

/* Nothing waits longer by chance: what is measured so is the least. */
static void no_chance(void *context, unsigned char *bytes, size_t count)
{
    (void)context;
    memset(bytes, 0, count);
}

struct outcome {
    double seconds;  /* virtual, of the making; -1 where it does not come to its end */
    double busiest;  /* least seconds of the busiest bucket, */
    char which[128]; /* which it is */
    uint64_t calls, throttled;
    size_t own; /* bytes in use at most, without the model and its disk */
};

static struct outcome make(const struct had_compilation *compilation, enum had_phase phase,
                           bool rates)
{
    struct outcome out = {.seconds = -1};
    struct had_arena arena = {0};
    struct sim disk;
    struct sim_process process;
    struct had_sim_options options = {.seed = 1, .rates = rates, .fault = on_call};
    struct meter meter = {0};
    size_t compiled = in_use();
    enter_model(&meter);
    struct had_sim *cloud = had_sim_new(&options);
    seed(cloud, compilation->graph);
    meter.model = had_sim_cloud(cloud);
    leave_model(&meter);
    sim_start(&disk, 1);
    sim_process(&disk, &process, 1);
    struct had_world world = process.world;
    if (!rates)
        world.random = no_chance;
    world.cloud = (struct had_cloud){&meter,       metered_submit, metered_cancel,
                                     metered_turn, metered_now,    metered_wall};
    struct had_state *state;
    had_str message = {0};
    if (had_state_open(&world, &arena, HAD_STR("/state"), compilation->spec->name, true, 0,
                       HAD_STR("bench"), &state, &message) != HAD_STATE_OK)
        return out;
    struct had_deployment d = {.arena = &arena,
                               .world = &world,
                               .graph = compilation->graph,
                               .state = state,
                               .phase = phase};
    had_drivers_open(&d.drivers, &arena);
    had_each(struct had_node *, node, &compilation->graph->nodes)
        if ((*node)->class == HAD_GATE)
            *had_push(&arena, &d.confirm) = (*node)->address;
    struct had_plan *plan = had_plan_make(&d, &message);
    if (!plan) {
        fprintf(stderr, HAD_FMT "\n", HAD_ARG(message));
        return out;
    }
    for (uint32_t i = 0; plan->refused && i < plan->steps.count; i++)
        if (plan->steps.items[i]->refused.len)
            fprintf(stderr, HAD_FMT ": " HAD_FMT "\n", HAD_ARG(plan->steps.items[i]->address),
                    HAD_ARG(plan->steps.items[i]->refused));
    enter_model(&meter);
    size_t planned = meter.before - meter.modelled - compiled;
    leave_model(&meter);
    int64_t began = had_sim_now(cloud);
    count_anew(); /* those of reading are the plan's */
    struct had_apply apply = {.plan = plan, .parallel = 100000, .unpaced = !rates};
    bool done = had_apply_run(&apply);
    double seconds = (double)(had_sim_now(cloud) - began) / 1000;
    out.busiest = busiest_bucket(out.which);
    out.calls = apply.calls;
    out.throttled = had_sim_count(cloud).throttled;
    if (rates)
        printf("%u steps, %" PRIu64 " calls, %" PRIu64 " throttled, %" PRIu64 " objects\n",
               plan->steps.count, out.calls, out.throttled, (uint64_t)had_sim_count(cloud).objects);
    enter_model(&meter);
    out.own = meter.peak - disk_bytes(&disk);
    if (rates)
        printf(
            "MiB: spec and graph %zu; plan and state %zu more; with all of execution %zu more at "
            "most; simulated disk %zu, model of AWS %zu\n",
            compiled >> 20, planned >> 20, (out.own - compiled) >> 20, disk_bytes(&disk) >> 20,
            meter.modelled >> 20);
    for (uint32_t i = 0, shown = 0; !done && i < plan->steps.count && shown < 5; i++)
        if (apply.errors[i].len && ++shown)
            fprintf(stderr, HAD_FMT ": " HAD_FMT "\n", HAD_ARG(plan->steps.items[i]->address),
                    HAD_ARG(apply.errors[i]));
    had_plan_free(plan);
    for (int apart = 0; apart < 2 && done && rates; apart++) {
        d.apart = apart;
        done = plan_again(&d, cloud);
    }
    had_drivers_close(&d.drivers);
    if (had_state_close(state, &message) != HAD_STATE_OK)
        done = false;
    had_sim_free(cloud);
    sim_kill(&process);
    sim_stop(&disk);
    had_arena_free(&arena);
    out.seconds = done ? seconds : -1;
    return out;
}

int main(int argc, char **argv)
{
    struct had_compilation compilation = {0};
    enum had_phase phase = HAD_PHASE_FOUNDATION;
    if (argc != 2 && !(argc == 3 && had_phase_find(had_str_c(argv[2]), &phase)))
        return 2;
    struct had_compile_options options = {.path = had_str_c(argv[1]), .as_of = 20781};
    had_compile(&compilation, &options);
    if (!compilation.graph)
        return 2;
    struct outcome least = make(&compilation, phase, false), real = make(&compilation, phase, true);
    double bound = least.seconds > real.busiest ? least.seconds : real.busiest;
    printf("longest chain %.0f s; busiest bucket %.0f s (%s)\n", least.seconds, real.busiest,
           real.which);
    printf("makespan %.0f s, lower bound %.0f s, ratio %.2f (at most %.2f); %zu MiB (at most %d); "
           "%.3f%% of calls throttled (at most %.1f%%)\n",
           real.seconds, bound, real.seconds / bound, RATIO_MAX, real.own >> 20, MIB_MAX,
           100.0 * (double)real.throttled / (double)real.calls, THROTTLED_MAX);
    bool fine = least.seconds >= 0 && real.seconds >= 0 && real.seconds <= bound * RATIO_MAX &&
                real.own >> 20 <= MIB_MAX &&
                (double)real.throttled * 100 <= (double)real.calls * THROTTLED_MAX;
    had_compilation_free(&compilation);
    return fine ? 0 : 1;
}
