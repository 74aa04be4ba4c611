#include "life.h"

#include "seed.h"

#include <stdlib.h>
#include <string.h>

static void random_bytes(void *context, unsigned char *bytes, size_t count)
{
    struct life *life = context;
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)chance_below(&life->chance, 256);
}

void life_begin(struct life *life, uint64_t seed)
{
    *life = (struct life){.phase = HAD_PHASE_FOUNDATION};
    struct had_sim_options options = {.seed = seed, .lag_ms = 3000};
    life->cloud = had_sim_new(&options);
    sim_start(&life->disk, seed);
    life->chance.state = seed;
    had_drivers_open(&life->drivers, &life->arena);
}

void life_end(struct life *life)
{
    had_drivers_close(&life->drivers);
    had_sim_free(life->cloud);
    sim_stop(&life->disk);
    had_buffer_free(&life->messages);
    if (life->compiled)
        had_compilation_free(&life->compilation);
    had_arena_free(&life->arena);
}

bool life_spec(struct life *life, const char *path)
{
    if (life->compiled)
        had_compilation_free(&life->compilation);
    life->compilation = (struct had_compilation){0};
    struct had_compile_options options = {
        .path = had_str_c(path), .std_dir = HAD_STR(HAD_SOURCE_DIR "/stdlib"), .as_of = 20781};
    had_compile(&life->compilation, &options);
    life->compiled = true;
    return life->compilation.graph != NULL;
}

void life_seed(struct life *life)
{
    seed(life->cloud, life->compilation.graph);
}

static void message(struct life *life, had_str address, const char *what, had_str text)
{
    had_buffer_printf(&life->messages, HAD_FMT ": %s: " HAD_FMT "\n", HAD_ARG(address), what,
                      HAD_ARG(text));
}

static bool carry_out(struct life *life, struct had_plan *plan)
{
    struct had_apply apply = {.plan = plan};
    bool done = had_apply_run(&apply);
    for (uint32_t i = 0; i < plan->steps.count; i++)
        if (apply.ends[i] == HAD_END_FAILED)
            message(life, plan->steps.items[i]->address, "failed", apply.errors[i]);
    if (apply.error.len)
        message(life, HAD_STR("apply"), "error", apply.error);
    return done;
}

bool life_run(struct life *life, enum life_deed deed,
              void (*look)(void *context, const struct had_plan *plan), void *context)
{
    struct had_arena arena = {0};
    struct sim_process process;
    had_str text = {0};
    struct had_state *state = NULL;
    bool done = false;
    life->messages.len = 0;
    sim_process(&life->disk, &process, ++life->processes);
    struct had_world world = process.world;
    world.cloud = had_sim_cloud(life->cloud);
    world.random = random_bytes;
    world.context = life;
    struct had_sim_counts before = had_sim_count(life->cloud);
    if (had_state_open(&world, &arena, HAD_STR("/state"), life->compilation.spec->name, true,
                       600000, HAD_STR("test"), &state, &text) != HAD_STATE_OK) {
        message(life, HAD_STR("state"), "error", text);
        had_arena_free(&arena);
        return false;
    }
    struct had_deployment d = {.arena = &arena,
                               .world = &world,
                               .graph = life->compilation.graph,
                               .state = state,
                               .drivers = life->drivers,
                               .phase = life->phase,
                               .apart = life->apart,
                               .destroy = deed == LIFE_DESTROY};
    had_each(struct had_node *, node, &life->compilation.graph->nodes)
        if ((*node)->class == HAD_GATE)
            *had_push(&arena, &d.confirm) = (*node)->address;
    if (life->acknowledged)
        *had_push(&arena, &d.acknowledge) = had_str_c(life->acknowledged);
    if (life->target)
        *had_push(&arena, &d.targets) = had_str_c(life->target);
    had_each(struct had_node *, node, &life->compilation.graph->nodes)
        if (!life->acknowledged)
            *had_push(&arena, &d.acknowledge) = (*node)->address;
    had_each(struct had_record *, record, &state->records)
        if (!life->acknowledged)
            *had_push(&arena, &d.acknowledge) = (*record)->address;
    struct had_plan *plan = had_plan_make(&d, &text);
    if (plan) {
        life->steps = plan->creates + plan->updates + plan->replaces + plan->deletes + plan->gates +
                      plan->lookups + plan->forgets;
        if (look)
            look(context, plan);
        if (getenv("HAD_SHOW")) {
            struct had_buffer b = {0};
            had_plan_text(&b, plan, &(struct had_plan_style){.verbose = false});
            fwrite(b.ptr, 1, b.len, stderr);
            had_buffer_free(&b);
        }
        had_each(struct had_plan_step *, step, &plan->steps)
            if ((*step)->refused.len)
                message(life, (*step)->address, "refused", (*step)->refused);
        done = plan->refused == 0 && (deed == LIFE_PLAN || plan->unacknowledged == 0) &&
               (deed == LIFE_PLAN || carry_out(life, plan));
        had_plan_free(plan);
    } else {
        message(life, HAD_STR("plan"), "error", text);
    }
    if (had_state_close(state, &text) != HAD_STATE_OK) {
        message(life, HAD_STR("state"), "error", text);
        had_state_abandon(state);
        done = false;
    }
    struct had_sim_counts after = had_sim_count(life->cloud);
    life->calls = after.calls - before.calls;
    life->changes = after.changes - before.changes;
    had_sim_drop_calls(life->cloud);
    sim_kill(&process);
    had_arena_free(&arena);
    return done;
}
