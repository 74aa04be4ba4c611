/*
 * Lives of a deployment in the model of AWS: applied from nothing, ended at every call and every
 * write to the disk, hit by every fault at every call, and gone on with. Whatever happens, the
 * objects in the end are those of a life without it: none lost, none doubled, and a further apply
 * changes nothing.
 *
 * A part of the points by default; all of them with HAD_LONG=1. HAD_TEST chooses one test,
 * HAD_SCENARIO chooses one scenario by its number, HAD_AT one call of it, HAD_SEED where the random
 * lives begin, HAD_COUNT how many there are; HAD_TRACE tells each call, HAD_SHOW each plan.
 */
/* cmocka needs these before it */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "apply/apply.h"
#include "driver/compile.h"
#include "seed.h"
#include "sim.h"
#include "sim/sim.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

struct scenario {
    const char *spec;
    enum had_phase phase;
    const char *target; /* or NULL: all up to the phase */
    uint32_t share;     /* one point of so many is looked at, */
    uint32_t schedules; /* and so many lives with faults at any call, in a build for CI */
};

/* A whole company; parts of it that each have kinds of their own; others whole, to say that they
 * apply. */
static const struct scenario scenarios[] = {
    {"examples/acme", HAD_PHASE_WORKLOADS, NULL, 197, 20},
    {"examples/acme", HAD_PHASE_RESOURCE_FOREST, "directory aws:directory", 1, 3500},
    {"examples/acme", HAD_PHASE_EXTENDED, "forest corp:safe-mode", 1, 4600},
    {"examples/acme", HAD_PHASE_WORKLOADS, "account shared-services:artifact-policy[eu-west-1]", 1,
     1700},
    {"examples/acme", HAD_PHASE_ACCESS,
     "assign auditor/group \"CORP\\\\Auditors\"/account erp:assignment", 13, 80},
    {"examples/acme", HAD_PHASE_EXTENDED, "forest corp/controller dc-aws-1:ntds-attachment", 5,
     100},
    {"tests/golden/lower/endpoints.had", HAD_PHASE_WORKLOADS, NULL, 37, 20},
    {"examples/shared-subnets", HAD_PHASE_WORKLOADS, NULL, 997, 2},
    {"examples/two-forests", HAD_PHASE_WORKLOADS, NULL, 1999, 1},
};
enum { SCENARIOS = sizeof scenarios / sizeof *scenarios };

struct rig {
    const struct scenario *scenario;
    struct had_compilation compilation;
    struct had_arena arena; /* of the drivers */
    struct had_drivers drivers;
    struct had_sim *cloud;
    struct sim disk;
    struct sim_process process;
    int processes;
    struct chance chance;
    /* the point at which something happens */
    uint64_t calls, at_call;
    unsigned at_write; /* operation of the disk in which the process ends */
    enum had_sim_fault fault;
    bool dies, every;        /* at this call the process ends; the fault is random at every call */
    bool watch, sent_secret; /* whether a call sends one: else none could be on the disk */
    struct had_apply last;   /* outcome */
    uint64_t last_changes;
    uint32_t last_steps; /* steps that were to be done */
    had_str error;
};

static const char secrets[][32] = {"tr0ub4dor-and-3", "correct-horse-battery"};

/* ---- the cloud's part ---- */

static bool sends_secret(const struct had_sim_call *call)
{
    char *params = json_dumps(call->params, JSON_COMPACT);
    bool found = false;
    for (size_t i = 0; params && i < sizeof secrets / sizeof *secrets; i++)
        found |= strstr(params, secrets[i]) != NULL;
    free(params);
    return found;
}

static enum had_sim_fault on_call(void *context, const struct had_sim_call *call)
{
    struct rig *rig = context;
    if (getenv("HAD_TRACE")) {
        char *params = json_dumps(call->params, JSON_COMPACT);
        fprintf(stderr, "%s " HAD_FMT " " HAD_FMT " %s\n", call->operation, HAD_ARG(call->account),
                HAD_ARG(call->region), params);
        free(params);
    }
    if (rig->process.dead)
        return HAD_SIM_NOT_SENT;
    rig->calls++;
    if (rig->watch && !rig->sent_secret)
        rig->sent_secret = sends_secret(call);
    if (rig->every) {
        static const enum had_sim_fault faults[] = {HAD_SIM_NOT_SENT,    HAD_SIM_THROTTLE,
                                                    HAD_SIM_UNAVAILABLE, HAD_SIM_LOST_BEFORE,
                                                    HAD_SIM_LOST_AFTER,  HAD_SIM_SLOW};
        return chance_below(&rig->chance, 12) == 0
                   ? faults[chance_below(&rig->chance, sizeof faults / sizeof *faults)]
                   : HAD_SIM_NONE;
    }
    if (!rig->at_call || rig->calls != rig->at_call)
        return HAD_SIM_NONE;
    if (rig->dies)
        rig->process.dead = true;
    return rig->fault;
}

static void random_bytes(void *context, unsigned char *bytes, size_t count)
{
    struct rig *rig = context;
    for (size_t i = 0; i < count; i++)
        bytes[i] = (unsigned char)chance_below(&rig->chance, 256);
}

static void rig_begin(struct rig *rig, uint64_t seed_number)
{
    struct had_sim_options options = {
        .seed = seed_number, .lag_ms = 3000, .fault = on_call, .context = rig};
    rig->cloud = had_sim_new(&options);
    sim_start(&rig->disk, seed_number);
    rig->chance.state = seed_number;
    rig->processes = 0;
    rig->calls = rig->at_call = 0;
    rig->dies = rig->every = false;
    rig->fault = HAD_SIM_NONE;
    seed(rig->cloud, rig->compilation.graph);
}

static void rig_end(struct rig *rig)
{
    had_sim_free(rig->cloud);
    sim_stop(&rig->disk);
}

/* ---- one process ---- */

/* Plans and applies (or destroys); true if all was done. */
static bool run(struct rig *rig, bool destroy)
{
    struct had_arena arena = {0};
    struct had_world world;
    had_str message = {0};
    bool done = false;
    sim_process(&rig->disk, &rig->process, ++rig->processes);
    rig->process.at = rig->at_write;
    rig->process.fault = SIM_CRASH;
    world = rig->process.world;
    world.cloud = had_sim_cloud(rig->cloud);
    world.random = random_bytes;
    world.context = rig;
    struct had_state *state = NULL;
    struct had_sim_counts before = had_sim_count(rig->cloud);
    enum had_state_result opened =
        had_state_open(&world, &arena, HAD_STR("/state"), rig->compilation.spec->name, true, 600000,
                       HAD_STR("test"), &state, &message);
    if (opened == HAD_STATE_OK) {
        struct had_deployment d = {.arena = &arena,
                                   .world = &world,
                                   .graph = rig->compilation.graph,
                                   .state = state,
                                   .phase = rig->scenario->phase,
                                   .destroy = destroy};
        d.drivers = rig->drivers;
        if (rig->scenario->target && !destroy)
            *had_push(&arena, &d.targets) = had_str_c(rig->scenario->target);
        had_each(struct had_node *, node, &rig->compilation.graph->nodes) {
            if ((*node)->class == HAD_GATE)
                *had_push(&arena, &d.confirm) = (*node)->address;
            *had_push(&arena, &d.acknowledge) = (*node)->address;
        }
        struct had_plan *plan = had_plan_make(&d, &message);
        if (plan) {
            struct had_apply apply = {.plan = plan};
            rig->last_steps = plan->creates + plan->updates + plan->replaces + plan->deletes +
                              plan->gates + plan->lookups;
            if (getenv("HAD_SHOW")) {
                struct had_buffer b = {0};
                struct had_plan_style style = {0};
                had_plan_text(&b, plan, &style);
                fwrite(b.ptr, 1, b.len, stderr);
                had_buffer_free(&b);
            }
            done = plan->refused == 0 && had_apply_run(&apply);
            for (uint32_t i = 0; i < plan->steps.count && getenv("HAD_SHOW"); i++)
                if (plan->refused == 0 && apply.errors[i].len)
                    fprintf(stderr, HAD_FMT ": %s: " HAD_FMT "\n",
                            HAD_ARG(plan->steps.items[i]->address),
                            had_step_end_name(apply.ends[i]), HAD_ARG(apply.errors[i]));
            had_plan_free(plan);
        }
        if (rig->process.dead || had_state_close(state, &message) != HAD_STATE_OK) {
            had_state_abandon(state);
            done = false;
        }
    }
    rig->last_changes = had_sim_count(rig->cloud).changes - before.changes;
    had_sim_drop_calls(rig->cloud);
    sim_kill(&rig->process);
    had_arena_free(&arena);
    return done;
}

/* ---- what is there in the end ---- */

static bool holds(const struct had_buffer *text, const char *word)
{
    size_t len = strlen(word);
    const char *at = text->ptr, *end = text->ptr ? text->ptr + text->len : NULL;
    while (at && (at = memchr(at, word[0], (size_t)(end - at))) && (size_t)(end - at) >= len) {
        if (memcmp(at, word, len) == 0)
            return true;
        at++;
    }
    return false;
}

static void no_secret_on_disk(struct rig *rig)
{
    for (uint32_t i = 0; i < rig->disk.file_count; i++) {
        struct had_buffer *text = &rig->disk.files[i].live;
        for (size_t k = 0; k < sizeof secrets / sizeof *secrets; k++)
            if (holds(text, secrets[k]))
                fail_msg("a secret stands in %s", rig->disk.files[i].path);
    }
}

static void same_as(struct rig *rig, const char *expected, const char *what, uint64_t point)
{
    char *now = inventory(rig->cloud);
    if (strcmp(now, expected) != 0) {
        FILE *a = fopen("/tmp/had-expected.txt", "w"), *b = fopen("/tmp/had-found.txt", "w");
        fputs(expected, a);
        fputs(now, b);
        fclose(a);
        fclose(b);
        fail_msg("%s at %llu: other objects than in a life without it (see had-expected.txt, "
                 "had-found.txt)",
                 what, (unsigned long long)point);
    }
    free(now);
}

/* Applies until nothing is left to do, a few times at most. */
static int settle(struct rig *rig, const char *what, uint64_t point)
{
    for (int round = 1; round <= 4; round++)
        if (run(rig, false))
            return round;
    fail_msg("%s at %llu: four further runs did not finish it", what, (unsigned long long)point);
    return 0;
}

static void settled(struct rig *rig, const char *expected, const char *what, uint64_t point)
{
    settle(rig, what, point);
    same_as(rig, expected, what, point);
    no_secret_on_disk(rig);
    assert_true(run(rig, false));
    if (rig->last_changes)
        fail_msg("%s at %llu: a further apply made %llu changing calls", what,
                 (unsigned long long)point, (unsigned long long)rig->last_changes);
}

/* ---- the tests ---- */

/* Sanitized builds look at memory and take longer: a tenth of the points. */
#if defined(__SANITIZE_ADDRESS__)
#define SLOW_BUILD true
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define SLOW_BUILD true
#endif
#endif
#ifndef SLOW_BUILD
#define SLOW_BUILD false
#endif

static bool is_long(void)
{
    const char *text = getenv("HAD_LONG");
    return text && *text && *text != '0';
}

static void compile(struct rig *rig)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", HAD_SOURCE_DIR, rig->scenario->spec);
    struct had_compile_options options = {
        .path = had_str_c(path), .std_dir = HAD_STR(HAD_SOURCE_DIR "/stdlib"), .as_of = 20781};
    had_compile(&rig->compilation, &options);
    assert_non_null(rig->compilation.graph);
    had_drivers_open(&rig->drivers, &rig->arena);
}

static void forget(struct rig *rig)
{
    had_drivers_close(&rig->drivers);
    had_arena_free(&rig->arena);
    had_compilation_free(&rig->compilation);
}

/* A life without faults: what every other has to come to. */
static char *model_life(struct rig *rig, uint64_t *calls, unsigned *writes)
{
    rig_begin(rig, 1);
    rig->watch = true;
    bool done = run(rig, false);
    rig->watch = false;
    if (!done) {
        setenv("HAD_SHOW", "1", 1);
        run(rig, false);
        fail_msg("%s does not apply", rig->scenario->spec);
    }
    *calls = rig->calls;
    *writes = rig->process.operations;
    char *expected = inventory(rig->cloud);
    if (rig->scenario == &scenarios[0])
        assert_true(rig->sent_secret);
    no_secret_on_disk(rig);
    assert_true(run(rig, false));
    assert_int_equal(rig->last_changes, 0);
    assert_int_equal(rig->last_steps, 0);
    print_message("an empty plan of it: %llu calls\n", (unsigned long long)(rig->calls - *calls));
    rig_end(rig);
    return expected;
}

static uint64_t all_points, all_schedules;

static void every_point(const struct scenario *scenario, uint32_t share)
{
    struct rig rig = {.scenario = scenario};
    const char *chosen = getenv("HAD_AT");
    uint64_t calls, points = 0, only = chosen ? strtoull(chosen, NULL, 10) : 0;
    unsigned writes;
    compile(&rig);
    char *expected = model_life(&rig, &calls, &writes);
    static const struct {
        const char *name;
        enum had_sim_fault fault;
        bool dies;
    } kinds[] = {
        {"crash before the call", HAD_SIM_NOT_SENT, true},
        {"crash after the call", HAD_SIM_LOST_AFTER, true},
        {"throttled", HAD_SIM_THROTTLE, false},
        {"unavailable", HAD_SIM_UNAVAILABLE, false},
        {"lost, nothing happened", HAD_SIM_LOST_BEFORE, false},
        {"lost, it happened", HAD_SIM_LOST_AFTER, false},
        {"not sent", HAD_SIM_NOT_SENT, false},
        {"slow", HAD_SIM_SLOW, false},
        {"failed later", HAD_SIM_HALF, false},
    };
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        for (uint64_t at = only ? only : 1 + k % share; at <= (only ? only : calls); at += share) {
            rig_begin(&rig, 1);
            rig.at_call = at;
            rig.fault = kinds[k].fault;
            rig.dies = kinds[k].dies;
            run(&rig, false);
            rig.at_call = 0;
            settled(&rig, expected, kinds[k].name, at);
            rig_end(&rig);
            points++;
        }
    }
    for (unsigned at = 1; !only && at <= writes; at += share) {
        for (int power = 0; power < 2; power++) {
            rig_begin(&rig, 1);
            rig.at_write = at;
            run(&rig, false);
            rig.at_write = 0;
            if (power)
                sim_power(&rig.disk);
            settled(&rig, expected, power ? "power lost at a write" : "crash at a write", at);
            rig_end(&rig);
            points++;
        }
    }
    all_points += points;
    print_message("%s%s%s: %llu calls, %u operations of the disk, %llu points; lost 0, doubled 0, "
                  "changes of a further apply 0\n",
                  scenario->spec, scenario->target ? ", " : "",
                  scenario->target ? scenario->target : "", (unsigned long long)calls, writes,
                  (unsigned long long)points);
    free(expected);
    forget(&rig);
}

/* One scenario alone, by its number, where HAD_SCENARIO says so. */
static bool is_asked_for(size_t number)
{
    const char *text = getenv("HAD_SCENARIO");
    return !text || strtoul(text, NULL, 10) == number;
}

static void crashes_and_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCENARIOS; i++)
        if (is_asked_for(i))
            every_point(&scenarios[i], is_long() ? 1 : scenarios[i].share * (SLOW_BUILD ? 16 : 1));
}

/* Faults at any call, and every other life ends at some write: from seeds. */
static void schedules(const struct scenario *scenario, uint64_t count)
{
    struct rig rig = {.scenario = scenario};
    uint64_t calls, total = 0;
    unsigned writes;
    const char *from = getenv("HAD_SEED");
    uint64_t first = from ? strtoull(from, NULL, 10) : 1000;
    const char *stated = getenv("HAD_COUNT");
    if (stated)
        count = strtoull(stated, NULL, 10);
    compile(&rig);
    char *expected = model_life(&rig, &calls, &writes);
    for (uint64_t number = first; number < first + count; number++) {
        rig_begin(&rig, number);
        rig.every = true;
        rig.at_write = number % 2 ? 1 + chance_below(&rig.chance, writes) : 0;
        run(&rig, false);
        rig.at_write = 0;
        rig.every = false;
        settled(&rig, expected, "schedule", number);
        total += rig.calls;
        rig_end(&rig);
    }
    all_schedules += count;
    print_message("%s%s%s: %llu schedules, %llu calls; lost 0, doubled 0\n", scenario->spec,
                  scenario->target ? ", " : "", scenario->target ? scenario->target : "",
                  (unsigned long long)count, (unsigned long long)total);
    free(expected);
    forget(&rig);
}

static void random_schedules(void **state)
{
    (void)state;
    for (size_t i = 0; i < SCENARIOS; i++)
        if (is_asked_for(i))
            schedules(&scenarios[i],
                      scenarios[i].schedules * (is_long() ? 10 : 1) / (SLOW_BUILD ? 20 : 1));
}

/* What a destroy leaves: the organization's own sharing and trusted access, and what people keep.
 */
static bool is_kept(const char *line)
{
    static const char *const kinds[] = {"\"type\":\"organization\"", "\"type\":\"delegate\"",
                                        "\"type\":\"secret\"", "\"type\":\"bucket\""};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strstr(line, kinds[i]))
            return true;
    return false;
}

static void assert_nothing_new(const char *before, char *after)
{
    for (char *line = strtok(after, "\n"); line; line = strtok(NULL, "\n"))
        if (!strstr(before, line) && !is_kept(line))
            fail_msg("it is still there: %s", line);
}

static void destroyed(void **state)
{
    (void)state;
    struct rig rig = {.scenario = &scenarios[0]};
    compile(&rig);
    rig_begin(&rig, 1);
    char *before = inventory(rig.cloud);
    assert_true(run(&rig, false));
    bool gone = false;
    for (int i = 0; i < 3 && !gone; i++)
        gone = run(&rig, true);
    assert_true(gone);
    char *after = inventory(rig.cloud);
    assert_nothing_new(before, after);
    free(before);
    free(after);
    rig_end(&rig);
    forget(&rig);
}

/* Something of somebody else's at the place of ours, with nothing written on it: no run takes it
 * over. */
static void foreign_stays_foreign(void **state)
{
    static const struct scenario scenario = {"examples/acme", HAD_PHASE_WORKLOADS,
                                             "directory aws:log-policy", 1, 1};
    (void)state;
    struct rig rig = {.scenario = &scenario};
    compile(&rig);
    rig_begin(&rig, 1);
    had_sim_put(rig.cloud, "log-policy", "333333333333", "eu-west-1",
                json_pack("{s:s, s:s}", "policyName", "had-aws-directory-service", "policyDocument",
                          "theirs"));
    for (int i = 0; i < 3; i++)
        assert_false(run(&rig, false));
    char *objects = inventory(rig.cloud);
    assert_non_null(strstr(objects, "\"policyDocument\":\"theirs\""));
    free(objects);
    rig_end(&rig);
    forget(&rig);
}

/* What CI has to have looked at, and in which time; a sanitizer's build takes a part of it. */
static void enough_was_looked_at(void **state)
{
    static const char *const narrowing[] = {"HAD_SCENARIO", "HAD_AT", "HAD_COUNT"};
    (void)state;
    double seconds = (double)clock() / CLOCKS_PER_SEC;
    print_message("%llu crashes and faults, %llu schedules, %.0f s of processor time\n",
                  (unsigned long long)all_points, (unsigned long long)all_schedules, seconds);
    for (size_t i = 0; i < sizeof narrowing / sizeof *narrowing; i++)
        if (getenv(narrowing[i]))
            return;
    if (SLOW_BUILD)
        return;
    assert_true(all_points >= 2000);
    assert_true(all_schedules >= 10000);
#if defined(__OPTIMIZE__)
    if (!is_long())
        assert_true(seconds < 300);
#endif
}

int main(void)
{
    if (getenv("HAD_TEST"))
        cmocka_set_test_filter(getenv("HAD_TEST"));
    if (getenv("HAD_SEED")) /* what a failure named */
        cmocka_set_test_filter("random_schedules");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(destroyed),
        cmocka_unit_test(foreign_stays_foreign),
        cmocka_unit_test(crashes_and_faults),
        cmocka_unit_test(random_schedules),
        cmocka_unit_test(enough_was_looked_at),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
