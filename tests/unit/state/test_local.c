/* The state in a folder: every operation of the disk crashes once, and fails once. */
#include "life.h"
#include "state/internal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *const url = "file:/had/state";
enum { STEPS = 25 };

/* One life; `at` is the operation of the first process that ends it, 0 for none. Returns how many
 * operations the first process made. */
static unsigned crash_once(uint64_t seed, unsigned at, unsigned again_at)
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
    else if (operations >= at) /* the last ones may only tidy up */
        assert_true(process.dead);
    life_abandon(&life);
    if (chance_below(&sim.chance, 3))
        sim_power(&sim);
    /* Recovery crashes, too. */
    if (again_at) {
        sim_process(&sim, &process, 2);
        process.at = again_at;
        process.fault = SIM_CRASH;
        result = life_open(&life, true, 0);
        if (result == HAD_STATE_OK) {
            life_verify(&life);
            life_go(&life, STEPS, false);
        }
        life_abandon(&life);
        if (chance_below(&sim.chance, 3))
            sim_power(&sim);
    }
    /* A reader, then a writer, see what was left; life goes on. */
    sim_process(&sim, &process, 3);
    life_must(life_open(&life, false, 0), &life);
    life_verify(&life);
    life_must(life_close(&life), &life);
    sim_process(&sim, &process, 4);
    life_must(life_open(&life, true, 0), &life);
    life_verify(&life);
    bool closed = chance_below(&sim.chance, 2);
    life_must(life_go(&life, closed ? STEPS : 5, false), &life);
    life_must(life_sync(&life), &life);
    if (closed)
        life_must(life_close(&life), &life);
    else
        life_abandon(&life);
    sim_process(&sim, &process, 5);
    sim_power(&sim);
    life_must(life_open(&life, false, 0), &life);
    life_verify(&life);
    assert_true(!closed || !life.state->recovered);
    life_must(life_close(&life), &life);
    life_abandon(&life);
    sim_stop(&sim);
    return operations;
}

static void test_crash_everywhere(void **state)
{
    unsigned lives = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= life_seeds(24); seed++) {
        unsigned operations = crash_once(seed, 0, 0);
        assert_true(operations >= 8);
        for (unsigned at = 1; at <= operations; at++, lives++)
            crash_once(seed, at, at % 3 ? 0 : 1 + at % 29);
    }
    print_message("%u lives that ended in the middle\n", lives);
}

static void test_fault_everywhere(void **state)
{
    unsigned lives = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= life_seeds(16); seed++) {
        unsigned operations = 1;
        for (unsigned at = 0; at <= operations; at++, lives++) {
            struct sim sim;
            struct sim_process process;
            struct life life;
            life_alone(&life, &sim, &process, url, seed, seed);
            process.at = at;
            process.fault = at % 2 ? SIM_ENOSPC : SIM_EIO;
            process.outage = 1 + at % 5;
            enum had_state_result result = HAD_STATE_ERROR;
            for (int tries = 0; tries < 10 && result != HAD_STATE_OK; tries++)
                result = life_open(&life, true, 0);
            life_must(result, &life);
            life_go(&life, STEPS, true);
            if (!at)
                operations = process.operations + 20;
            uint32_t end = chance_below(&sim.chance, 3);
            if (end) { /* the disk came back, and then the process ended, or the power went */
                life_abandon(&life);
                if (end == 1)
                    sim_power(&sim);
            } else {
                result = HAD_STATE_ERROR;
                for (int tries = 0; tries < 10 && result != HAD_STATE_OK; tries++)
                    result = had_state_checkpoint(life.state, &life.message);
                life_must(result, &life);
                life.synced = life.logged;
                life_must(life_close(&life), &life);
            }
            sim_process(&sim, &process, 2);
            life_must(life_open(&life, true, 0), &life);
            life_verify(&life);
            life_must(life_go(&life, end == 2 ? 5 : STEPS, false), &life);
            life_must(life_sync(&life), &life);
            if (end == 2) {
                life_abandon(&life);
                sim_power(&sim);
                sim_process(&sim, &process, 3);
            } else {
                life_must(life_close(&life), &life);
            }
            life_must(life_open(&life, false, 0), &life);
            life_verify(&life);
            life_must(life_close(&life), &life);
            life_abandon(&life);
            sim_stop(&sim);
        }
    }
    print_message("%u lives with a failing disk\n", lives);
}

static void test_two_processes(void **state)
{
    struct sim sim;
    struct sim_process first, second;
    struct life a, b;
    struct had_lock_info info;
    struct had_arena arena = {0};
    had_str message;
    (void)state;
    sim_start(&sim, 7);
    life_two(&sim, &first, &second, &a, &b, url);
    assert_false(had_state_lock_info(&second.world, &arena, had_str_c(url), &info, &message));
    assert_int_equal(message.len, 0);
    life_must(life_open(&a, true, 0), &a);
    int64_t before = sim.now;
    assert_int_equal(life_open(&b, true, 3000), HAD_STATE_LOCKED);
    assert_true(sim.now - before >= 3000);
    assert_non_null(
        strstr(had_str_cstr(&b.arena, b.message), "`operator` on `runner` (process 11"));
    assert_true(had_state_lock_info(&second.world, &arena, had_str_c(url), &info, &message));
    assert_int_equal(info.pid, 11);
    assert_true(had_str_is(info.command, "had apply"));
    assert_int_equal(
        had_state_unlock(&second.world, &arena, had_str_c(url), HAD_STR("x"), &message),
        HAD_STATE_LOCKED);
    assert_int_equal(had_state_unlock(&second.world, &arena, had_str_c(url), info.id, &message),
                     HAD_STATE_LOCKED);
    life_go(&a, 10, false);
    life_must(life_open(&b, false, 0), &b); /* reading needs no lock */
    life_must(life_close(&b), &b);
    life_must(life_close(&a), &a);
    life_must(life_open(&b, true, 0), &b);
    life_abandon(&b);
    life_must(life_open(&a, true, 0), &a); /* the lock of a dead process is none */
    life_must(life_close(&a), &a);
    life_abandon(&a);
    life_abandon(&b);
    had_arena_free(&arena);
    sim_stop(&sim);
}

/* Somebody removed the lock file, and two write: the second checkpoint is refused. */
static void test_without_lock(void **state)
{
    struct sim sim;
    struct sim_process first, second;
    struct life a, b;
    (void)state;
    sim_start(&sim, 7);
    life_two(&sim, &first, &second, &a, &b, url);
    life_must(life_open(&a, true, 0), &a);
    life_go(&a, 20, false);
    life_must(had_state_checkpoint(a.state, &a.message), &a);
    sim_find(&sim, "/lock", 0)->locked_by = 0;
    b.prefix = 'b';
    life_must(life_open(&b, true, 0), &b);
    life_go(&b, 20, false);
    life_must(life_close(&b), &b);
    struct had_record *record = had_state_add(a.state, HAD_STR("x"), HAD_STR("T"));
    life_must(had_state_log(a.state, record, &a.message), &a);
    assert_int_equal(life_close(&a), HAD_STATE_MOVED);
    life_abandon(&a);
    life_abandon(&b);
    sim_stop(&sim);
}

/* ---- damage ---- */

static void one_of_each(struct life *life, struct sim *sim, struct sim_process *process)
{
    sim_start(sim, 3);
    sim_process(sim, process, 1);
    life_start(life, sim, process, url, 3);
    life_must(life_open(life, true, 0), life);
    for (int i = 0; i < 3; i++) {
        struct had_record *record = had_state_add(
            life->state, had_str_printf(&life->arena, "vpc a%d", i), HAD_STR("AWS::EC2::VPC"));
        record->account = HAD_STR("hub");
        record->region = HAD_STR("eu-west-1");
        life_must(had_state_log(life->state, record, &life->message), life);
        life_must(had_state_sync(life->state, &life->message), life);
    }
}

static void expect_message(struct life *life, const char *part)
{
    assert_int_equal(life_open(life, true, 0), HAD_STATE_ERROR);
    char *text = had_str_cstr(&life->arena, life->message);
    if (!strstr(text, part))
        fail_msg("`%s` is not in: %s", part, text);
    assert_int_equal(text[strlen(text) - 1], '.');
    life_abandon(life);
}

static void test_damage(void **state)
{
    struct sim sim;
    struct sim_process process;
    struct life life;
    (void)state;
    for (int what = 0; what < 3; what++) {
        one_of_each(&life, &sim, &process);
        life_abandon(&life);
        sim_process(&sim, &process, 2);
        struct sim_file *journal = sim_find(&sim, "/journal/", 0);
        char *bytes = journal->live.ptr, *second = strchr(bytes, '\n') + 1,
             *third = strchr(second, '\n') + 1;
        if (what == 0) { /* the last line: dropped and counted */
            journal->live.ptr[journal->live.len - 5] ^= 1;
            life_must(life_open(&life, true, 0), &life);
            assert_int_equal(life.state->records.count, 2);
            assert_int_equal(life.state->torn, 1);
            assert_true(life.state->recovered);
            life_must(life_close(&life), &life);
        } else if (what == 1) { /* in the middle: an error with its place */
            third[12] ^= 1;
            expect_message(&life, "line 3 of `journal/000000000001`");
        } else {
            journal->is_live = false;
            life_must(life_open(&life, true, 0), &life); /* nothing else is there: a new state */
            assert_int_equal(life.state->records.count, 0);
            life_must(life_close(&life), &life);
        }
        life_abandon(&life);
        sim_stop(&sim);
    }
    for (int what = 0; what < 5; what++) {
        one_of_each(&life, &sim, &process);
        life_must(life_close(&life), &life);
        sim_process(&sim, &process, 2);
        struct sim_file *index = sim_find(&sim, "/index.json", 0);
        struct sim_file *shard = sim_find(&sim, "/shards/", 0);
        assert_null(sim_find(&sim, "/journal/", 0));
        had_buffer_char(&index->live, '\0');
        index->live.len--;
        if (what == 0) {
            shard->live.ptr[shard->live.len / 2] ^= 1;
            expect_message(&life, "changed by hand or damaged");
        } else if (what == 1) {
            shard->is_live = false;
            expect_message(&life, "is missing");
        } else if (what == 2) {
            index->is_live = false;
            expect_message(&life, "has lost its `index.json`");
        } else if (what == 3) {
            *strstr(index->live.ptr, "\"version\": 1") = 'x';
            expect_message(&life, "is no JSON object");
        } else {
            memcpy(strstr(index->live.ptr, "\"version\": 1"), "\"version\": 9", 12);
            expect_message(&life, "was written by a newer version of had");
        }
        sim_stop(&sim);
    }
}

/* Whatever the files hold, opening ends with a state or with a sentence. */
static void test_random_damage(void **state)
{
    unsigned opened = 0, refused = 0;
    (void)state;
    for (uint64_t seed = 1; seed <= 20 * life_seeds(20); seed++) {
        struct sim sim;
        struct sim_process process;
        struct life life;
        life_alone(&life, &sim, &process, url, seed, seed);
        life_must(life_open(&life, true, 0), &life);
        life_must(life_go(&life, 12, false), &life);
        life_abandon(&life);
        for (uint32_t i = 1 + chance_below(&sim.chance, 3); i > 0; i--) {
            struct sim_file *file = &sim.files[chance_below(&sim.chance, sim.file_count)];
            uint32_t len = (uint32_t)file->live.len;
            if (!len)
                continue;
            uint32_t at = chance_below(&sim.chance, len);
            if (chance_below(&sim.chance, 4) == 0)
                file->live.len = at;
            else if (chance_below(&sim.chance, 2))
                file->live.ptr[at] = "{}[]\",:0-\n"[chance_below(&sim.chance, 11)];
            else
                file->live.ptr[at] = (char)chance_below(&sim.chance, 256);
        }
        sim_process(&sim, &process, 2);
        enum had_state_result result = life_open(&life, chance_below(&sim.chance, 2), 0);
        if (result == HAD_STATE_OK) {
            opened++;
        } else {
            refused++;
            assert_int_equal(result, HAD_STATE_ERROR);
            assert_true(life.message.len && life.message.ptr[life.message.len - 1] == '.');
        }
        life_abandon(&life);
        sim_stop(&sim);
    }
    print_message("%u opened, %u refused\n", opened, refused);
    assert_true(opened > 20 && refused > 20);
}

static void test_reader(void **state)
{
    struct sim sim;
    struct sim_process process;
    struct life life;
    (void)state;
    one_of_each(&life, &sim, &process);
    life_abandon(&life);
    sim_process(&sim, &process, 2);
    life_must(life_open(&life, false, 0), &life);
    assert_int_equal(life.state->records.count, 3);
    assert_int_equal(had_state_checkpoint(life.state, &life.message), HAD_STATE_ERROR);
    assert_int_equal(had_state_sync(life.state, &life.message), HAD_STATE_ERROR);
    assert_int_equal(had_state_tick(life.state, &life.message), HAD_STATE_OK);
    life_must(life_close(&life), &life);
    assert_null(sim_find(&sim, "/index.json", 0));
    life_abandon(&life);
    sim_stop(&sim);
}

static void test_wrong_spec(void **state)
{
    struct sim sim;
    struct sim_process process;
    struct life life;
    (void)state;
    one_of_each(&life, &sim, &process);
    life_must(life_close(&life), &life);
    had_str message;
    struct had_state *other;
    assert_int_equal(had_state_open(&process.world, &life.arena, had_str_c(url), HAD_STR("other"),
                                    true, 0, HAD_STR("had"), &other, &message),
                     HAD_STATE_ERROR);
    assert_non_null(strstr(had_str_cstr(&life.arena, message), "`acme`"));
    assert_int_equal(had_state_open(&process.world, &life.arena, had_str_c(url), HAD_STR(""), false,
                                    0, HAD_STR("had"), &other, &message),
                     HAD_STATE_OK);
    assert_true(had_str_is(other->spec, "acme"));
    had_state_abandon(other);
    life_abandon(&life);
    sim_stop(&sim);
}

/* ---- forms ---- */

static void test_history(void **state)
{
    struct sim sim;
    struct sim_process process;
    struct life life;
    unsigned files[3] = {0};
    (void)state;
    one_of_each(&life, &sim, &process);
    struct had_record *record = had_state_find(life.state, HAD_STR("vpc a1"));
    for (unsigned i = 0; i < 40; i++) {
        record->revision = i + 1;
        life_must(had_state_log(life.state, record, &life.message), &life);
        life_must(had_state_checkpoint(life.state, &life.message), &life);
        life_must(had_state_checkpoint(life.state, &life.message), &life); /* changes nothing */
        assert_int_equal(life.state->serial, i + 1);
    }
    life_must(life_close(&life), &life);
    for (uint32_t i = 0; i < sim.file_count; i++) {
        files[0] += sim.files[i].is_live && strstr(sim.files[i].path, "/history/") != NULL;
        files[1] += sim.files[i].is_live && strstr(sim.files[i].path, "/shards/") != NULL;
        files[2] += sim.files[i].is_live && strstr(sim.files[i].path, "/journal/") != NULL;
    }
    assert_int_equal(files[0], HAD_STATE_HISTORY);
    assert_true(files[1] >= HAD_STATE_HISTORY && files[1] <= HAD_STATE_HISTORY + 1);
    assert_int_equal(files[2], 0);
    /* The oldest index that is kept is whole: all its shards are there. */
    struct sim_file *index = sim_find(&sim, "/index.json", 0);
    struct sim_file *old = sim_find(&sim, "/history/000000000031.json", 0);
    assert_non_null(old);
    index->live.len = 0;
    had_buffer_add(&index->live, old->live.ptr, old->live.len);
    life_must(life_open(&life, false, 0), &life);
    assert_int_equal(had_state_find(life.state, HAD_STR("vpc a1"))->revision, 31);
    life_must(life_close(&life), &life);
    life_abandon(&life);
    sim_stop(&sim);
}

static void test_record_form(void **state)
{
    struct had_arena arena = {0};
    had_str error = {0};
    (void)state;
    const char *text =
        "{\"account\":\"hub\",\"account_id\":\"1\",\"address\":\"vpc a\",\"applied\":{\"b\":[1,"
        "null]},\"attributes\":{\"VpcId\":\"vpc-1\"},\"changed\":2,\"created\":1,\"extra\":{\"x\":"
        "1},\"generation\":3,\"id\":\"vpc-1\",\"layer\":\"hub\",\"lifecycle\":\"adopted\","
        "\"needs\":[[\"account hub\",\"needs\"]],\"phase\":\"foundation\",\"protect\":\"keep\","
        "\"reason\":\"r\",\"region\":\"eu-west-1\",\"revision\":4,\"role\":\"arn\",\"status\":"
        "\"deleting\",\"token\":\"t\",\"type\":\"T\"}";
    json_t *json = json_loads(text, 0, NULL);
    struct had_record *record = had_record_read(&arena, json, &error);
    assert_non_null(record);
    json_t *back = had_record_json(record);
    struct had_buffer out = {0};
    had_state_dump(back, &out);
    assert_true(had_str_is(had_buffer_view(&out), text));
    had_buffer_free(&out);
    json_decref(back);
    had_record_drop(record);
    json_decref(json);
    static const char *const bad[] = {
        "{}",
        "{\"address\":\"a\",\"type\":\"T\"}",
        "{\"address\":\"a\",\"type\":\"T\",\"status\":\"done\"}",
        "{\"address\":\"a\",\"type\":\"T\",\"status\":\"ready\",\"colour\":1}",
        "{\"address\":1,\"type\":\"T\",\"status\":\"ready\"}",
        "{\"address\":\"a\",\"type\":\"T\",\"status\":\"ready\",\"generation\":-1}",
        "{\"address\":\"a\",\"type\":\"T\",\"status\":\"ready\",\"generation\":4294967296}",
        "{\"address\":\"a\",\"type\":\"T\",\"status\":\"ready\",\"needs\":[[\"a\"]]}",
        "{\"address\":\"a\",\"type\":\"T\",\"status\":\"ready\",\"needs\":{}}",
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        json = json_loads(bad[i], 0, NULL);
        assert_null(had_record_read(&arena, json, &error));
        assert_true(error.len > 0);
        json_decref(json);
    }
    /* Bytes of an error text that are no UTF-8 must not stop a record from being written. */
    struct had_record odd = {.address = HAD_STR("a\xff"), .type = HAD_STR("T")};
    json = had_record_json(&odd);
    assert_string_equal(json_string_value(json_object_get(json, "address")), "a?");
    json_decref(json);
    had_arena_free(&arena);
}

static bool step_one(json_t *document)
{
    json_object_set_new(document, "colour", json_string("blue"));
    return true;
}

static bool step_two(json_t *document)
{
    json_t *colour = json_object_get(document, "colour");
    json_object_set(document, "tint", colour);
    return colour != NULL;
}

static void test_upgrade(void **state)
{
    static const struct had_state_step steps[] = {{1, step_one}, {2, step_two}, {0, NULL}};
    struct had_arena arena = {0};
    had_str message = {0};
    json_t *json = json_pack("{s:i}", "version", 1);
    (void)state;
    assert_true(had_state_upgrade(&arena, json, steps, 3, HAD_STR("x"), &message));
    assert_int_equal(json_integer_value(json_object_get(json, "version")), 3);
    assert_string_equal(json_string_value(json_object_get(json, "tint")), "blue");
    assert_false(had_state_upgrade(&arena, json, steps, 2, HAD_STR("x"), &message));
    assert_non_null(strstr(had_str_cstr(&arena, message), "newer version"));
    assert_false(had_state_upgrade(&arena, json, steps, 4, HAD_STR("x"), &message));
    assert_non_null(strstr(had_str_cstr(&arena, message), "cannot make form 4"));
    json_object_del(json, "version");
    assert_false(had_state_upgrade(&arena, json, steps, 3, HAD_STR("x"), &message));
    json_decref(json);
    had_arena_free(&arena);
}

static void test_digests(void **state)
{
    struct sim sim;
    struct sim_process process;
    struct life life;
    (void)state;
    one_of_each(&life, &sim, &process);
    struct had_arena arena = {0};
    had_str token = had_state_token(life.state, &arena, HAD_STR("vpc a1"), 1);
    had_str digest = had_state_digest(life.state, &arena, HAD_STR("secret"));
    had_str stamp = had_state_stamp(life.state, &arena);
    assert_int_equal(token.len, 32);
    assert_false(had_str_eq(token, had_state_token(life.state, &arena, HAD_STR("vpc a1"), 2)));
    assert_false(had_str_eq(token, had_state_token(life.state, &arena, HAD_STR("vpc a11"), 1)));
    life_abandon(&life); /* before any checkpoint: lineage and salt are in the journal */
    sim_process(&sim, &process, 2);
    life_must(life_open(&life, true, 0), &life);
    assert_true(had_str_eq(token, had_state_token(life.state, &arena, HAD_STR("vpc a1"), 1)));
    assert_true(had_str_eq(digest, had_state_digest(life.state, &arena, HAD_STR("secret"))));
    assert_true(had_str_eq(stamp, had_state_stamp(life.state, &arena)));
    struct had_record *record = had_state_find(life.state, HAD_STR("vpc a1"));
    record->generation = 9;
    assert_false(had_str_eq(stamp, had_state_stamp(life.state, &arena)));
    life.state->engines = HAD_STR("{\"network\": \"direct\"}");
    life_must(life_close(&life), &life);
    life_must(life_open(&life, true, 0), &life);
    assert_true(had_str_is(life.state->engines, "{\"network\":\"direct\"}"));
    assert_int_equal(life.state->serial, 1);
    assert_true(had_str_eq(token, had_state_token(life.state, &arena, HAD_STR("vpc a1"), 1)));
    life_must(life_close(&life), &life);
    life_abandon(&life);
    had_arena_free(&arena);
    sim_stop(&sim);
}

static void test_nothing_logged(void **state)
{
    struct sim sim;
    struct sim_process process;
    struct life life;
    (void)state;
    life_alone(&life, &sim, &process, url, 3, 3);
    life_must(life_open(&life, false, 0), &life);
    life_must(life_close(&life), &life);
    for (uint32_t i = 0; i < sim.file_count; i++)
        assert_false(sim.files[i].is_live);
    life_must(life_open(&life, true, 0), &life);
    life_must(life_close(&life), &life);
    for (uint32_t i = 0; i < sim.file_count; i++)
        assert_true(!sim.files[i].is_live || strstr(sim.files[i].path, "/lock"));
    life_abandon(&life);
    sim_stop(&sim);
}

static void test_places(void **state)
{
    static const char *const bad[] = {"",
                                      "ftp://x/y",
                                      "s3://",
                                      "s3://B!cket/x",
                                      "s3://bucket/x?zone=a",
                                      "s3://bucket/x?region=a&b=c"};
    struct sim sim;
    struct sim_process process;
    struct had_arena arena = {0};
    struct had_state *none;
    had_str message;
    (void)state;
    sim_start(&sim, 3);
    sim_process(&sim, &process, 1);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(had_state_open(&process.world, &arena, had_str_c(bad[i]), HAD_STR("acme"),
                                        true, 0, HAD_STR("had"), &none, &message),
                         HAD_STATE_ERROR);
    process.world.cloud.submit = NULL;
    assert_int_equal(had_state_open(&process.world, &arena, HAD_STR("s3://bucket/x"),
                                    HAD_STR("acme"), true, 0, HAD_STR("had"), &none, &message),
                     HAD_STATE_ERROR);
    assert_non_null(strstr(had_str_cstr(&arena, message), "needs calls of AWS"));
    had_arena_free(&arena);
    sim_stop(&sim);
}

static void test_crc(void **state)
{
    (void)state;
    assert_int_equal(had_crc32(HAD_STR("123456789")), 0xcbf43926); /* the check value of CRC-32 */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_crc),
        cmocka_unit_test(test_record_form),
        cmocka_unit_test(test_upgrade),
        cmocka_unit_test(test_places),
        cmocka_unit_test(test_nothing_logged),
        cmocka_unit_test(test_digests),
        cmocka_unit_test(test_history),
        cmocka_unit_test(test_wrong_spec),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_random_damage),
        cmocka_unit_test(test_reader),
        cmocka_unit_test(test_two_processes),
        cmocka_unit_test(test_without_lock),
        cmocka_unit_test(test_fault_everywhere),
        cmocka_unit_test(test_crash_everywhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
