/* The state in a bucket: crashes and faults at every call, holders that lose their lock, takers. */
#include "life.h"
#include "state/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const url = "s3://states/acme/prod?region=eu-west-1";
enum { STEPS = 25, MINUTE = 60000 };

static void pass(struct sim *sim, int64_t ms)
{
    sim->now += ms;
    sim->wall += ms;
}

/* What was left is read, lived on with, and read again. The lock of the dead is waited for. */
static void resume(struct sim *sim, struct sim_process *process, struct life *life)
{
    sim_process(sim, process, 8);
    life_must(life_open(life, false, 0), life);
    life_verify(life);
    life_must(life_close(life), life);
    life_must(life_open(life, true, 10 * MINUTE), life);
    life_verify(life);
    life_must(life_go(life, STEPS, false), life);
    life_must(life_close(life), life);
    sim_process(sim, process, 9);
    life_must(life_open(life, true, 0), life);
    life_verify(life);
    assert_false(life->state->recovered);
    life_must(life_close(life), life);
}

static unsigned crash_once(uint64_t seed, unsigned at)
{
    struct sim sim;
    struct sim_process process;
    struct life life;
    life_alone(&life, &sim, &process, url, seed, seed);
    process.at = at;
    process.fault = SIM_CRASH;
    enum had_state_result result = life_open(&life, true, 0);
    if (result == HAD_STATE_OK)
        result = life_go(&life, STEPS, false);
    if (result == HAD_STATE_OK)
        result = life_close(&life);
    unsigned operations = process.operations;
    if (!at)
        life_must(result, &life);
    life_abandon(&life);
    if (at % 4 == 1) { /* who resumes crashes, too */
        sim_process(&sim, &process, 2);
        process.at = 1 + at % 23;
        process.fault = SIM_CRASH;
        if (life_open(&life, true, 10 * MINUTE) == HAD_STATE_OK) {
            life_verify(&life);
            life_go(&life, STEPS, false);
        }
        life_abandon(&life);
    }
    resume(&sim, &process, &life);
    life_abandon(&life);
    sim_stop(&sim);
    return operations;
}

static void test_crash_everywhere(void **state)
{
    unsigned lives = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= life_seeds(16); seed++) {
        unsigned operations = crash_once(seed, 0);
        assert_true(operations >= 8);
        for (unsigned at = 1; at <= operations; at++, lives++)
            crash_once(seed, at);
    }
    print_message("%u lives that ended in the middle\n", lives);
}

static unsigned fault_once(uint64_t seed, unsigned at, enum sim_fault fault, unsigned outage)
{
    struct sim sim;
    struct sim_process process;
    struct life life;
    life_alone(&life, &sim, &process, url, seed, seed);
    process.at = at;
    process.fault = fault;
    process.outage = outage;
    enum had_state_result result = HAD_STATE_ERROR;
    for (int tries = 0; tries < 10 && result != HAD_STATE_OK; tries++)
        result = life_open(&life, true, 10 * MINUTE);
    life_must(result, &life);
    result = life_go(&life, STEPS, true);
    assert_int_not_equal(result, HAD_STATE_MOVED); /* nobody else was there */
    unsigned operations = process.operations;
    for (int tries = 0; tries < 10; tries++) {
        result = had_state_checkpoint(life.state, &life.message);
        if (result == HAD_STATE_OK)
            break;
    }
    life_must(result, &life);
    life.synced = life.logged;
    if (chance_below(&sim.chance, 2))
        life_must(life_close(&life), &life);
    else
        life_abandon(&life);
    resume(&sim, &process, &life);
    life_abandon(&life);
    sim_stop(&sim);
    return operations;
}

static void test_fault_everywhere(void **state)
{
    static const enum sim_fault faults[] = {SIM_DOWN, SIM_LOST_BEFORE, SIM_LOST_AFTER,
                                            SIM_LATE, SIM_TWICE,       SIM_BUSY};
    unsigned lives = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= life_seeds(4); seed++) {
        unsigned operations = fault_once(seed, 0, SIM_NONE, 0);
        for (unsigned at = 1; at <= operations; at++)
            for (size_t i = 0; i < sizeof faults / sizeof *faults; i++, lives++)
                fault_once(seed, at, faults[i], 1 + at % 4);
    }
    print_message("%u lives with calls that fail\n", lives);
}

/* ---- a second writer ---- */

enum ending { CLOSES, STAYS, STAYS_SHORT, DIES, ENDINGS };

struct taker {
    struct sim *sim;
    struct sim_process process;
    struct life life;
    bool ran;
    enum ending ending;
};

/* Another run, minutes later, from its start to its end while the first one makes a call. */
static void take_over(void *context)
{
    struct taker *taker = context;
    pass(taker->sim, 6 * MINUTE);
    taker->ran = true;
    life_must(life_open(&taker->life, true, 0), &taker->life);
    life_must(life_go(&taker->life, taker->ending == STAYS_SHORT ? 3 : STEPS, false), &taker->life);
    life_must(life_sync(&taker->life), &taker->life);
    if (taker->ending == CLOSES)
        life_must(life_close(&taker->life), &taker->life);
    if (taker->ending == DIES)
        life_abandon(&taker->life);
}

static unsigned overtake_once(uint64_t seed, unsigned at, enum ending ending, unsigned *noticed)
{
    struct sim sim;
    struct sim_process process;
    struct life life;
    struct taker taker = {.sim = &sim, .ending = ending};
    sim_start(&sim, seed);
    sim_process(&sim, &process, 1);
    sim_process(&sim, &taker.process, 2);
    life_start(&life, &sim, &process, url, seed);
    life_start(&taker.life, &sim, &taker.process, url, seed + 100);
    taker.life.prefix = 'b';
    process.at = at;
    process.fault = SIM_HOOK;
    process.hook = take_over;
    process.hook_context = &taker;
    enum had_state_result result = life_open(&life, true, 0);
    bool opened = result == HAD_STATE_OK;
    if (opened)
        life_go(&life, STEPS, true);
    unsigned operations = process.operations;
    int acknowledged = life.synced;
    if (opened)
        result = life_close(&life);
    /* The first one has noticed and says who did it; or it had nothing more to write. */
    if (opened && result == HAD_STATE_MOVED) {
        assert_non_null(strstr(had_str_cstr(&life.arena, life.message), "was taken over by"));
        ++*noticed;
    }
    if (result == HAD_STATE_OK)
        acknowledged = life.logged;
    life.synced = acknowledged;
    life_abandon(&life);
    if (taker.ran && (ending == STAYS || ending == STAYS_SHORT))
        life_must(life_close(&taker.life), &taker.life);
    life_abandon(&taker.life);
    /* Both have what was acknowledged to them. */
    sim_process(&sim, &process, 3);
    life_must(life_open(&life, true, 10 * MINUTE), &life);
    life_verify(&life);
    taker.life.state = life.state;
    life_verify(&taker.life);
    taker.life.state = NULL;
    life_must(life_close(&life), &life);
    had_arena_free(&taker.life.arena);
    life_abandon(&life);
    sim_stop(&sim);
    return operations;
}

static void test_overtaken_everywhere(void **state)
{
    unsigned lives = 0, noticed = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= life_seeds(8); seed++) {
        unsigned operations = overtake_once(seed, 0, CLOSES, &noticed);
        for (unsigned at = 1; at <= operations; at++)
            for (enum ending ending = CLOSES; ending < ENDINGS; ending++, lives++)
                overtake_once(seed, at, ending, &noticed);
    }
    print_message("%u lives that were overtaken, %u noticed\n", lives, noticed);
    assert_true(noticed > lives / 2);
}

/* The other way round: the holder was only slow, and goes on while the next one opens. */
static void go_on(void *context)
{
    struct life *life = context;
    life_go(life, 5, true);
    int logged = life->logged;
    if (had_state_checkpoint(life->state, &life->message) == HAD_STATE_OK)
        life->synced = logged;
}

static void test_slow_holder(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= life_seeds(12); seed++) {
        unsigned operations = 1;
        for (unsigned at = 0; at <= operations; at++) {
            struct sim sim;
            struct sim_process first, second;
            struct life a, b;
            sim_start(&sim, seed);
            sim_process(&sim, &first, 1);
            sim_process(&sim, &second, 2);
            life_start(&a, &sim, &first, url, seed);
            life_start(&b, &sim, &second, url, seed + 50);
            b.prefix = 'b';
            life_must(life_open(&a, true, 0), &a);
            life_must(life_go(&a, STEPS, false), &a);
            pass(&sim, 6 * MINUTE);
            second.at = at;
            second.fault = SIM_HOOK;
            second.hook = go_on;
            second.hook_context = &a;
            enum had_state_result result = life_open(&b, true, 0);
            if (result != HAD_STATE_LOCKED) /* it renewed the lock just before */
                life_must(result, &b);
            if (!at)
                operations = second.operations;
            if (result == HAD_STATE_OK) {
                life_must(life_go(&b, 10, false), &b);
                life_must(life_close(&b), &b);
            }
            life_abandon(&a);
            sim_process(&sim, &first, 3);
            life_must(life_open(&a, true, 10 * MINUTE), &a);
            life_verify(&a);
            b.state = a.state;
            life_verify(&b);
            b.state = NULL;
            life_must(life_close(&a), &a);
            life_abandon(&a);
            life_abandon(&b);
            sim_stop(&sim);
        }
    }
}

static void test_held(void **state)
{
    struct sim sim;
    struct sim_process first, second;
    struct life a, b;
    struct had_lock_info info;
    struct had_arena arena = {0};
    had_str message;
    (void)state;
    sim_start(&sim, 5);
    life_two(&sim, &first, &second, &a, &b, url);
    assert_false(had_state_lock_info(&second.world, &arena, had_str_c(url), &info, &message));
    assert_int_equal(message.len, 0);
    life_must(life_open(&a, true, 0), &a);
    assert_int_equal(life_open(&b, true, 0), HAD_STATE_LOCKED);
    assert_non_null(strstr(had_str_cstr(&b.arena, b.message), "(process 11, `had apply`"));
    /* While the holder renews it, it is never stale. */
    for (int i = 0; i < 30; i++) {
        pass(&sim, 31000);
        life_must(had_state_tick(a.state, &a.message), &a);
    }
    assert_int_equal(life_open(&b, true, 0), HAD_STATE_LOCKED);
    int64_t before = sim.now;
    assert_int_equal(life_open(&b, true, 2 * MINUTE), HAD_STATE_LOCKED);
    assert_true(sim.now - before >= 2 * MINUTE);
    life_must(life_open(&b, true, 10 * MINUTE), &b); /* it stopped renewing: taken after five minutes */
    assert_true(sim.now - before >= 5 * MINUTE - 1000 && sim.now - before < 6 * MINUTE);
    pass(&sim, 31000);
    assert_int_equal(had_state_tick(a.state, &a.message), HAD_STATE_MOVED);
    assert_non_null(strstr(had_str_cstr(&a.arena, a.message), "(process 12"));
    assert_int_equal(life_close(&a), HAD_STATE_MOVED);
    life_must(life_close(&b), &b); /* the lock was left to its holder, who gives it back */
    assert_false(had_state_lock_info(&second.world, &arena, had_str_c(url), &info, &message));
    life_abandon(&a);
    life_abandon(&b);
    had_arena_free(&arena);
    sim_stop(&sim);
}

static void test_unlock(void **state)
{
    struct sim sim;
    struct sim_process first, second;
    struct life a, b;
    struct had_lock_info info;
    struct had_arena arena = {0};
    had_str message = {0};
    (void)state;
    sim_start(&sim, 5);
    life_two(&sim, &first, &second, &a, &b, url);
    b.prefix = 'b';
    life_must(life_open(&a, true, 0), &a);
    life_must(life_go(&a, 10, false), &a);
    life_must(life_sync(&a), &a);
    assert_int_equal(
        had_state_unlock(&second.world, &arena, had_str_c(url), HAD_STR("guess"), &message),
        HAD_STATE_LOCKED);
    assert_true(had_state_lock_info(&second.world, &arena, had_str_c(url), &info, &message));
    assert_int_equal(had_state_unlock(&second.world, &arena, had_str_c(url), info.id, &message),
                     HAD_STATE_OK);
    assert_int_equal(had_state_unlock(&second.world, &arena, had_str_c(url), info.id, &message),
                     HAD_STATE_OK); /* nobody holds it: as wanted */
    life_must(life_open(&b, true, 0), &b);
    life_must(life_go(&b, 10, false), &b);
    life_must(life_close(&b), &b);
    /* The one whose lock was broken notices at its next line. */
    struct had_record *record = had_state_add(a.state, HAD_STR("x"), HAD_STR("T"));
    life_must(had_state_log(a.state, record, &a.message), &a);
    assert_int_equal(had_state_sync(a.state, &a.message), HAD_STATE_MOVED);
    assert_int_equal(had_state_log(a.state, record, &a.message), HAD_STATE_MOVED);
    assert_int_equal(had_state_checkpoint(a.state, &a.message), HAD_STATE_MOVED);
    life_close(&a);
    life_must(life_open(&b, false, 0), &b);
    life_verify(&b);
    a.state = b.state;
    life_verify(&a);
    a.state = NULL;
    life_must(life_close(&b), &b);
    life_abandon(&a);
    life_abandon(&b);
    had_arena_free(&arena);
    sim_stop(&sim);
}

/* The network of the holder is away: it keeps what it logs, says so, and goes on when it is back.
 */
static void test_network_away(void **state)
{
    struct sim sim;
    struct sim_process process;
    struct life life;
    (void)state;
    for (int minutes = 1; minutes <= 9; minutes += 4) {
        life_alone(&life, &sim, &process, url, 5, 1);
        life_must(life_open(&life, true, 0), &life);
        life_must(life_go(&life, 10, false), &life);
        life_must(life_sync(&life), &life);
        process.fault = SIM_DOWN;
        process.at = process.operations + 1;
        process.outage = 100000;
        struct had_record *record = had_state_add(life.state, HAD_STR("x"), HAD_STR("T"));
        life_must(had_state_log(life.state, record, &life.message), &life);
        assert_int_equal(had_state_sync(life.state, &life.message), HAD_STATE_ERROR);
        assert_non_null(strstr(had_str_cstr(&life.arena, life.message), "cannot be written"));
        pass(&sim, minutes * MINUTE);
        assert_int_equal(had_state_tick(life.state, &life.message), HAD_STATE_ERROR);
        process.at = 0; /* nobody else was there meanwhile: the lock is still ours */
        life_must(had_state_tick(life.state, &life.message), &life);
        life_must(had_state_sync(life.state, &life.message), &life);
        life_must(life_close(&life), &life);
        life_must(life_open(&life, false, 0), &life);
        assert_non_null(had_state_find(life.state, HAD_STR("x")));
        life_must(life_close(&life), &life);
        life_abandon(&life);
        sim_stop(&sim);
    }
}

/* A lock whose PUT was answered by 412 because the first answer was lost is known by its id. */
static void test_own_lock(void **state)
{
    struct sim sim;
    struct sim_process process;
    struct life life;
    (void)state;
    life_alone(&life, &sim, &process, url, 5, 1);
    process.fault = SIM_TWICE;
    process.at = 1;
    life_must(life_open(&life, true, 0), &life);
    assert_int_equal(sim.conflicts, 1);
    process.at = process.operations + 1; /* and so is its renewal */
    pass(&sim, 31000);
    life_must(had_state_tick(life.state, &life.message), &life);
    assert_int_equal(sim.conflicts, 2);
    pass(&sim, 31000);
    life_must(had_state_tick(life.state, &life.message), &life);
    /* Where another request is under way the call is sent again, and nobody hears of it. */
    process.fault = SIM_BUSY;
    process.at = process.operations + 1;
    process.outage = 3;
    life_must(life_go(&life, 10, false), &life);
    life_must(life_sync(&life), &life);
    assert_true(process.operations > process.at + 3);
    life_must(life_close(&life), &life);
    assert_true(sim_object(&sim, "acme/prod/lock")->gone);
    life_abandon(&life);
    sim_stop(&sim);
}

static void test_segments(void **state)
{
    struct sim sim;
    struct sim_process process;
    struct life life;
    (void)state;
    life_alone(&life, &sim, &process, url, 5, 1);
    life_must(life_open(&life, true, 0), &life);
    struct had_record *record = had_state_add(life.state, HAD_STR("x"), HAD_STR("T"));
    uint64_t puts = sim.puts;
    for (int i = 0; i < 99; i++) {
        life_must(had_state_log(life.state, record, &life.message), &life);
        life_must(had_state_tick(life.state, &life.message), &life);
    }
    /* `begin` is a line of its own: the hundredth line is the ninety-ninth record's. */
    assert_int_equal(sim.puts, puts + 1);
    life_must(had_state_log(life.state, record, &life.message), &life);
    life_must(had_state_tick(life.state, &life.message), &life);
    assert_int_equal(sim.puts, puts + 1);
    pass(&sim, 2000);
    life_must(had_state_tick(life.state, &life.message), &life);
    assert_int_equal(sim.puts, puts + 2);
    assert_non_null(sim_object(&sim, "acme/prod/journal/000000000001")); /* the fence */
    assert_non_null(sim_object(&sim, "acme/prod/journal/000000000002"));
    assert_non_null(sim_object(&sim, "acme/prod/journal/000000000102"));
    life_must(life_close(&life), &life);
    assert_false(sim_object(&sim, "acme/prod/journal/000000000001")->gone);
    assert_true(sim_object(&sim, "acme/prod/journal/000000000102")->gone);
    life_abandon(&life);
    sim_stop(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_segments),
        cmocka_unit_test(test_own_lock),
        cmocka_unit_test(test_held),
        cmocka_unit_test(test_unlock),
        cmocka_unit_test(test_network_away),
        cmocka_unit_test(test_slow_holder),
        cmocka_unit_test(test_overtaken_everywhere),
        cmocka_unit_test(test_fault_everywhere),
        cmocka_unit_test(test_crash_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
