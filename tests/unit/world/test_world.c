/* The real disk and clocks, in a folder of the test's own. */
#include "world/world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct place {
    char root[64];
    struct had_arena arena;
    struct had_world world;
    had_str error;
};

static int start(void **state)
{
    struct place *p = calloc(1, sizeof *p);
    snprintf(p->root, sizeof p->root, "/tmp/had-world-XXXXXX");
    assert_non_null(mkdtemp(p->root));
    had_world_local(&p->world);
    *state = p;
    return 0;
}

static int stop(void **state)
{
    struct place *p = *state;
    char command[128];
    had_world_local_close(&p->world);
    snprintf(command, sizeof command, "rm -rf '%s'", p->root);
    assert_int_equal(system(command), 0);
    had_arena_free(&p->arena);
    free(p);
    return 0;
}

static had_str at(struct place *p, const char *name)
{
    return had_str_printf(&p->arena, "%s/%s", p->root, name);
}

static enum had_disk_status put(struct place *p, const char *name, const char *text)
{
    return p->world.disk.write(p->world.disk.context, &p->arena, at(p, name), had_str_c(text),
                               &p->error);
}

static void expect(struct place *p, const char *name, const char *text)
{
    had_str got;
    assert_int_equal(
        p->world.disk.read(p->world.disk.context, &p->arena, at(p, name), 1000, &got, &p->error),
        HAD_DISK_OK);
    assert_true(had_str_is(got, text));
}

static void test_write(void **state)
{
    struct place *p = *state;
    struct had_disk *disk = &p->world.disk;
    struct stat st;
    had_str got, *names;
    uint32_t count;
    assert_int_equal(put(p, "a/b/c", "one"), HAD_DISK_OK);
    expect(p, "a/b/c", "one");
    assert_int_equal(put(p, "a/b/c", "two"), HAD_DISK_OK);
    assert_int_equal(put(p, "a/b/a", ""), HAD_DISK_OK);
    expect(p, "a/b/c", "two");
    expect(p, "a/b/a", "");
    assert_int_equal(stat(had_str_cstr(&p->arena, at(p, "a/b/c")), &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    /* Nothing is left beside it. */
    assert_int_equal(disk->list(disk->context, &p->arena, at(p, "a/b"), &names, &count, &p->error),
                     HAD_DISK_OK);
    assert_int_equal(count, 2);
    assert_true(had_str_is(names[0], "a") && had_str_is(names[1], "c"));
    assert_int_equal(disk->list(disk->context, &p->arena, at(p, "none"), &names, &count, &p->error),
                     HAD_DISK_MISSING);
    assert_int_equal(disk->read(disk->context, &p->arena, at(p, "none"), 9, &got, &p->error),
                     HAD_DISK_MISSING);
    assert_int_equal(disk->read(disk->context, &p->arena, at(p, "a/b/c"), 2, &got, &p->error),
                     HAD_DISK_ERROR);
    assert_non_null(strstr(had_str_cstr(&p->arena, p->error), "is larger than 2 bytes"));
    assert_int_equal(put(p, "a/b/c/d", "x"), HAD_DISK_ERROR); /* c is a file */
    assert_non_null(
        strstr(had_str_cstr(&p->arena, p->error), "cannot be written: Not a directory"));
    assert_int_equal(disk->remove(disk->context, &p->arena, at(p, "a/b/c"), &p->error),
                     HAD_DISK_OK);
    assert_int_equal(disk->remove(disk->context, &p->arena, at(p, "a/b/c"), &p->error),
                     HAD_DISK_MISSING);
}

static void test_append(void **state)
{
    struct place *p = *state;
    struct had_disk *disk = &p->world.disk;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(
            disk->append(disk->context, &p->arena, at(p, "j/1"), HAD_STR("a"), &p->error),
            HAD_DISK_OK);
        assert_int_equal(
            disk->append(disk->context, &p->arena, at(p, "j/1"), HAD_STR("b\n"), &p->error),
            HAD_DISK_OK);
        assert_int_equal(disk->sync(disk->context, &p->arena, at(p, "j/1"), &p->error),
                         HAD_DISK_OK);
    }
    expect(p, "j/1", "ab\nab\nab\n");
    assert_int_equal(disk->sync(disk->context, &p->arena, at(p, "j/1"), &p->error), HAD_DISK_OK);
    assert_int_equal(disk->sync(disk->context, &p->arena, at(p, "j/2"), &p->error), HAD_DISK_ERROR);
    /* A link is not followed: it might lead anywhere. */
    assert_int_equal(symlink("/dev/null", had_str_cstr(&p->arena, at(p, "j/3"))), 0);
    assert_int_equal(disk->append(disk->context, &p->arena, at(p, "j/3"), HAD_STR("a"), &p->error),
                     HAD_DISK_ERROR);
    /* What was appended and removed begins anew. */
    disk->append(disk->context, &p->arena, at(p, "j/1"), HAD_STR("c"), &p->error);
    assert_int_equal(disk->remove(disk->context, &p->arena, at(p, "j/1"), &p->error), HAD_DISK_OK);
    disk->append(disk->context, &p->arena, at(p, "j/1"), HAD_STR("d"), &p->error);
    expect(p, "j/1", "d");
}

static enum had_disk_status lock(struct place *p, const char *info, had_str *holder)
{
    return p->world.disk.lock(p->world.disk.context, &p->arena, at(p, "l/lock"), had_str_c(info),
                              holder, &p->error);
}

static void test_lock(void **state)
{
    struct place *p = *state;
    int ready[2], go[2], status;
    char byte = 'x';
    had_str holder;
    assert_int_equal(pipe(ready), 0);
    assert_int_equal(pipe(go), 0);
    pid_t child = fork();
    if (child == 0) {
        bool held = lock(p, "the child", &holder) == HAD_DISK_OK;
        if (write(ready[1], held ? "y" : "n", 1) != 1 || read(go[0], &byte, 1) != 1)
            _exit(1);
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    assert_int_equal(byte, 'y');
    assert_int_equal(lock(p, "the parent", &holder), HAD_DISK_HELD);
    assert_true(had_str_is(holder, "the child"));
    assert_int_equal(write(go[1], "x", 1), 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
    /* The lock ended with the process; its text is overwritten. */
    assert_int_equal(lock(p, "me", &holder), HAD_DISK_OK);
    /* It belongs to the open file: the same process does not get it twice. */
    assert_int_equal(lock(p, "me again", &holder), HAD_DISK_HELD);
    assert_true(had_str_is(holder, "me"));
    p->world.disk.unlock(p->world.disk.context, at(p, "l/lock"));
    expect(p, "l/lock", "");
    assert_int_equal(lock(p, "me again", &holder), HAD_DISK_OK);
    for (int i = 0; i < 2; i++) {
        close(ready[i]);
        close(go[i]);
    }
}

static void test_clocks(void **state)
{
    struct place *p = *state;
    const struct had_cloud *cloud = &p->world.cloud;
    unsigned char a[16] = {0}, b[16] = {0};
    int64_t before = cloud->now(cloud->context);
    assert_null(cloud->submit);
    assert_int_equal(cloud->turn(cloud->context, 20), 0);
    assert_true(cloud->now(cloud->context) - before >= 20);
    assert_true(cloud->wall(cloud->context) > 1700000000000);
    p->world.random(p->world.context, a, sizeof a);
    p->world.random(p->world.context, b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    assert_int_equal(p->world.pid, getpid());
}

static const char *no_variable(void *context, const char *name)
{
    (void)context;
    return strcmp(name, "AWS_REGION") == 0 ? "eu-west-1" : NULL;
}

static void noted(void *context, const struct had_aws_result *result)
{
    (void)result;
    ++*(int *)context;
}

/* The cloud's turn waits with nothing in flight, and does not once something is. */
static void test_cloud(void **state)
{
    struct place *p = *state;
    struct had_world world;
    const struct had_aws_environment environment = {.get = no_variable};
    const struct had_aws_options options = {.environment = &environment};
    const struct had_http_options http = {0};
    struct had_world_real *real = had_world_open(&options, &http, &world, &p->arena, &p->error);
    assert_non_null(real);
    const struct had_cloud *cloud = &world.cloud;
    int64_t before = cloud->now(cloud->context);
    int ended = 0;
    assert_int_equal(cloud->turn(cloud->context, 30), 0);
    assert_true(cloud->now(cloud->context) - before >= 25);
    const struct had_aws_service *s3 = had_aws_service_find(HAD_STR("s3"));
    struct had_aws_call call = {.service = s3,
                                .operation = had_aws_operation_find(s3, HAD_STR("GetObject")),
                                .done = noted,
                                .context = &ended}; /* without its parameters */
    assert_true(cloud->submit(cloud->context, &call) > 0);
    for (int i = 0; i < 10 && !ended; i++)
        cloud->turn(cloud->context, 1000);
    assert_int_equal(ended, 1);
    assert_true(cloud->now(cloud->context) - before < 900);
    had_world_close(real);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_write, start, stop),
        cmocka_unit_test_setup_teardown(test_append, start, stop),
        cmocka_unit_test_setup_teardown(test_lock, start, stop),
        cmocka_unit_test_setup_teardown(test_clocks, start, stop),
        cmocka_unit_test_setup_teardown(test_cloud, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
