/* What is read, what is refused, and where things stand in a text. */
#include "source/source.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[] = "/tmp/had-source-XXXXXX";

static void at(char *path, size_t size, const char *name)
{
    assert_true((size_t)snprintf(path, size, "%s/%s", root, name) < size);
}

static void write_bytes(const char *name, const void *bytes, size_t len)
{
    char path[256];
    at(path, sizeof path, name);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, len, file), len);
    assert_int_equal(fclose(file), 0);
}

static int set_up(void **state)
{
    (void)state;
    char path[256], target[256];
    if (!mkdtemp(root))
        return 1;
    at(path, sizeof path, "inside");
    mkdir(path, 0700);
    write_bytes("good.had", "had 1\n", 6);
    write_bytes("inside/b.had", "had 1\n", 6);
    write_bytes("inside/a.had", "had 1\n", 6);
    write_bytes("inside/.hidden.had", "had 1\n", 6);
    write_bytes("inside/note.txt", "no\n", 3);
    write_bytes("empty.had", "", 0);
    write_bytes("bom.had", "\xef\xbb\xbfhad 1\n", 9);
    write_bytes("nul.had", "had\0 1\n", 7);
    write_bytes("utf16.had", "\xff\xfeh\0a\0d\0", 8);
    write_bytes("utf16be.had", "\xfe\xff\0h\0a", 6);
    write_bytes("latin.had", "site d\xfc\x62lin\n", 12);
    write_bytes("surrogate.had", "a\xed\xa0\x80\n", 5);
    write_bytes("overlong.had", "ab\xc0\xaf\n", 5);
    write_bytes("cut.had", "abc\xe2\x82", 5);
    at(path, sizeof path, "pipe.had");
    mkfifo(path, 0600);
    at(path, sizeof path, "link.had");
    at(target, sizeof target, "good.had");
    if (symlink(target, path) != 0)
        return 1;
    at(path, sizeof path, "door");
    at(target, sizeof target, "inside");
    return symlink(target, path);
}

static int tear_down(void **state)
{
    (void)state;
    char command[64];
    snprintf(command, sizeof command, "rm -r %s", root);
    return system(command);
}

static struct had_source_error load(struct had_arena *arena, const char *name, bool data,
                                    struct had_sources *out)
{
    *out = (struct had_sources){.arena = arena, .root = had_str_c(root)};
    uint32_t file = 0;
    struct had_source_error error = had_sources_load(out, had_str_c(name), data, &file);
    if (!error.status)
        assert_int_equal(file, 1);
    return error;
}

static void files_are_read_or_refused(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum had_source_status status;
        uint32_t offset;
    } cases[] = {
        {"good.had", HAD_SOURCE_OK, 0},
        {"./inside/../good.had", HAD_SOURCE_OK, 0},
        {"inside/a.had", HAD_SOURCE_OK, 0},
        {"empty.had", HAD_SOURCE_OK, 0},
        {"bom.had", HAD_SOURCE_OK, 0},
        {"none.had", HAD_SOURCE_MISSING, 0},
        {"none/a.had", HAD_SOURCE_MISSING, 0},
        {"good.had/a.had", HAD_SOURCE_NOT_REGULAR, 0},
        {"inside", HAD_SOURCE_NOT_REGULAR, 0},
        {"pipe.had", HAD_SOURCE_NOT_REGULAR, 0},
        {"link.had", HAD_SOURCE_LINK, 0},
        {"door/a.had", HAD_SOURCE_LINK, 0},
        {"../etc/passwd", HAD_SOURCE_OUTSIDE, 0},
        {"inside/../../x", HAD_SOURCE_OUTSIDE, 0},
        {"/etc/passwd", HAD_SOURCE_OUTSIDE, 0},
        {"", HAD_SOURCE_OUTSIDE, 0},
        {"nul.had", HAD_SOURCE_NUL, 3},
        {"utf16.had", HAD_SOURCE_UTF16, 0},
        {"utf16be.had", HAD_SOURCE_UTF16, 0},
        {"latin.had", HAD_SOURCE_NOT_UTF8, 6},
        {"surrogate.had", HAD_SOURCE_NOT_UTF8, 1},
        {"overlong.had", HAD_SOURCE_NOT_UTF8, 2},
        {"cut.had", HAD_SOURCE_NOT_UTF8, 3},
        {"std:hub.had", HAD_SOURCE_MISSING, 0}, /* no library is installed here */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct had_arena arena = {0};
        struct had_sources sources;
        struct had_source_error error = load(&arena, cases[i].name, false, &sources);
        if (error.status != cases[i].status)
            fail_msg("\"%s\" %s", cases[i].name, had_source_status_text(error.status));
        assert_int_equal(error.offset, cases[i].offset);
        had_arena_free(&arena);
    }
}

static void a_bom_is_dropped(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    struct had_sources sources;
    assert_int_equal(load(&arena, "bom.had", false, &sources).status, HAD_SOURCE_OK);
    assert_true(had_str_is(sources.files.items[0]->text, "had 1\n"));
    had_arena_free(&arena);
}

/* Neither the second reader of a good file nor of a bad one gets another answer than the first. */
static void a_file_is_read_once(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    struct had_sources sources = {.arena = &arena, .root = had_str_c(root)};
    uint32_t first = 0, second = 0;
    assert_int_equal(had_sources_load(&sources, HAD_STR("good.had"), false, &first).status,
                     HAD_SOURCE_OK);
    assert_int_equal(had_sources_load(&sources, HAD_STR("good.had"), false, &second).status,
                     HAD_SOURCE_OK);
    assert_int_equal(first, second);
    assert_int_equal(sources.files.count, 1);
    for (int i = 0; i < 2; i++) {
        struct had_source_error error =
            had_sources_load(&sources, HAD_STR("nul.had"), false, &second);
        assert_int_equal(error.status, HAD_SOURCE_NUL);
        assert_int_equal(error.offset, 3);
        assert_int_equal(second, 2);
    }
    had_arena_free(&arena);
}

static void sizes_are_bounded(void **state)
{
    (void)state;
    char path[256];
    struct had_arena arena = {0};
    struct had_sources sources;
    write_bytes("big.csv", "x", 1);
    at(path, sizeof path, "big.csv");
    assert_int_equal(truncate(path, HAD_SOURCE_DATA_MAX + 1), 0);
    assert_int_equal(load(&arena, "big.csv", true, &sources).status, HAD_SOURCE_TOO_LARGE);
    assert_int_equal(load(&arena, "big.csv", false, &sources).status,
                     HAD_SOURCE_NUL); /* read, then refused */
    assert_int_equal(truncate(path, HAD_SOURCE_MAX + 1), 0);
    assert_int_equal(load(&arena, "big.csv", false, &sources).status, HAD_SOURCE_TOO_LARGE);
    had_arena_free(&arena);
}

static void folders_are_listed_in_order(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    struct had_sources sources = {.arena = &arena, .root = had_str_c(root)};
    had_str *paths = NULL;
    uint32_t count = 0;
    assert_int_equal(had_sources_list(&sources, HAD_STR("inside"), &paths, &count).status,
                     HAD_SOURCE_OK);
    assert_int_equal(count, 2);
    assert_true(had_str_is(paths[0], "inside/a.had"));
    assert_true(had_str_is(paths[1], "inside/b.had"));
    assert_int_equal(had_sources_list(&sources, HAD_STR("door"), &paths, &count).status,
                     HAD_SOURCE_LINK);
    assert_int_equal(had_sources_list(&sources, HAD_STR("../.."), &paths, &count).status,
                     HAD_SOURCE_OUTSIDE);
    assert_int_equal(had_sources_list(&sources, HAD_STR("none"), &paths, &count).status,
                     HAD_SOURCE_MISSING);
    assert_int_equal(had_sources_list(&sources, HAD_STR("good.had"), &paths, &count).status,
                     HAD_SOURCE_NOT_REGULAR);
    had_arena_free(&arena);
}

static void places(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    struct had_sources sources = {.arena = &arena};
    uint32_t file =
        had_sources_add(&sources, HAD_STR("a.had"), HAD_STR("ab\n\tx日本 e\xcc\x81!\r\n\nend"));
    static const struct {
        uint32_t offset, line, column;
    } cases[] = {
        {0, 1, 1},  {2, 1, 3},  {3, 2, 1},  {4, 2, 2},   {5, 2, 3}, /* a tab is one column */
        {8, 2, 4},  {11, 2, 5}, {12, 2, 6},                         /* a wide character is one */
        {13, 2, 7}, {15, 2, 8},                                     /* so is a combining one */
        {18, 3, 1}, {19, 4, 1}, {22, 4, 4}, {999, 4, 4},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct had_position p = had_source_position(&sources, file, cases[i].offset);
        if (p.line != cases[i].line || p.column != cases[i].column)
            fail_msg("offset %u is %u:%u", cases[i].offset, p.line, p.column);
    }
    assert_true(had_str_is(had_source_line(&sources, file, 2), "\tx日本 e\xcc\x81!"));
    assert_true(had_str_is(had_source_line(&sources, file, 3), ""));
    assert_true(had_str_is(had_source_line(&sources, file, 4), "end"));
    assert_int_equal(had_source_line(&sources, file, 5).len, 0);
    assert_int_equal(had_source_line(&sources, file, 0).len, 0);
    assert_int_equal(had_source_line(&sources, 2, 1).len, 0);
    assert_int_equal(had_source_position(&sources, 0, 0).line, 0);
    assert_true(had_str_is(had_source_text(&sources, (struct had_span){file, 0, 2}), "ab"));
    assert_null(had_source_of(&sources, (struct had_span){7, 0, 0}));
    had_arena_free(&arena);
}

static void spans_join(void **state)
{
    (void)state;
    struct had_span none = {0}, a = {1, 2, 4}, b = {1, 8, 9}, c = {2, 0, 1};
    struct had_span ab = had_span_join(b, a);
    assert_int_equal(ab.start, 2);
    assert_int_equal(ab.end, 9);
    assert_int_equal(had_span_join(none, a).start, 2);
    assert_int_equal(had_span_join(a, none).end, 4);
    assert_int_equal(had_span_join(a, c).end, 4);
    assert_false(had_span_known(none));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_or_refused),
        cmocka_unit_test(a_bom_is_dropped),
        cmocka_unit_test(a_file_is_read_once),
        cmocka_unit_test(sizes_are_bounded),
        cmocka_unit_test(folders_are_listed_in_order),
        cmocka_unit_test(places),
        cmocka_unit_test(spans_join),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
