/* Processes on the real disk that are killed while they write: what they said to be durable is
 * there. */
#include "state/state.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

enum { ROUNDS = 12, NAMES = 5 };

/* Changes records until it is killed, and says each round that is durable. */
static void work(const char *root, int out)
{
    struct had_arena arena = {0};
    struct had_world world;
    struct had_state *state;
    had_str message;
    had_world_local(&world);
    if (had_state_open(&world, &arena, had_str_c(root), HAD_STR("acme"), true, 0, HAD_STR("had"),
                       &state, &message) != HAD_STATE_OK)
        _exit(3);
    uint32_t round = 0;
    for (uint32_t i = 0; i < state->records.count; i++)
        if (state->records.items[i]->revision > round)
            round = state->records.items[i]->revision;
    for (;;) {
        round++;
        for (int i = 0; i < NAMES; i++) {
            had_str address = had_str_printf(&arena, "vpc v%d", i);
            struct had_record *record = had_state_find(state, address);
            if (!record)
                record = had_state_add(state, address, HAD_STR("AWS::EC2::VPC"));
            record->account = HAD_STR("hub");
            record->region = i % 2 ? HAD_STR("eu-west-1") : HAD_STR("global");
            record->revision = round;
            had_state_log(state, record, &message);
        }
        if (had_state_sync(state, &message) != HAD_STATE_OK ||
            (round % 7 == 0 && had_state_checkpoint(state, &message) != HAD_STATE_OK) ||
            write(out, &round, sizeof round) != sizeof round)
            _exit(4);
    }
}

static void test_killed(void **state)
{
    char root[64] = "/tmp/had-state-XXXXXX", command[128];
    uint32_t total = 0;
    (void)state;
    assert_non_null(mkdtemp(root));
    for (int round = 0; round < ROUNDS; round++) {
        int pipes[2], status;
        uint32_t said = 0, last = 0;
        assert_int_equal(pipe(pipes), 0);
        pid_t child = fork();
        if (child == 0) {
            close(pipes[0]);
            work(root, pipes[1]);
        }
        close(pipes[1]);
        for (int i = 0; i <= round; i++) /* at another place each time */
            assert_int_equal(read(pipes[0], &said, sizeof said), sizeof said);
        nanosleep(&(struct timespec){.tv_nsec = round * 700000L}, NULL);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        for (last = said; read(pipes[0], &said, sizeof said) == sizeof said;)
            last = said;
        close(pipes[0]);
        struct had_arena arena = {0};
        struct had_world world;
        struct had_state *opened;
        had_str message;
        had_world_local(&world);
        assert_int_equal(had_state_open(&world, &arena, had_str_c(root), HAD_STR("acme"), true, 0,
                                        HAD_STR("had"), &opened, &message),
                         HAD_STATE_OK);
        assert_int_equal(opened->records.count, NAMES);
        for (uint32_t i = 0; i < NAMES; i++) {
            assert_true(opened->records.items[i]->revision >= last);
            assert_true(opened->records.items[i]->revision <= last + 1);
        }
        total = last;
        if (round % 2)
            assert_int_equal(had_state_close(opened, &message), HAD_STATE_OK);
        else
            had_state_abandon(opened);
        had_world_local_close(&world);
        had_arena_free(&arena);
    }
    print_message("%u rounds, %d processes killed\n", total, ROUNDS);
    snprintf(command, sizeof command, "rm -rf '%s'", root);
    assert_int_equal(system(command), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_killed)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
