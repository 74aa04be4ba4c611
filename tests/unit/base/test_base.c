/* Arena, texts, maps, symbols, paths, buffers. */
#include "base/array.h"
#include "base/buffer.h"
#include "base/map.h"
#include "base/path.h"
#include "base/symbol.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void same(had_str got, const char *expected)
{
    had_str want = had_str_c(expected);
    if (!had_str_eq(got, want))
        fail_msg("got \"%.*s\", expected \"%s\"", HAD_ARG(got), expected);
}

/* A small generator, so that every run tries the same cases. */
static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static void arena_memory_is_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    uint64_t seed = 1;
    struct {
        unsigned char *at;
        size_t size;
    } pieces[400];
    for (size_t i = 0; i < 400; i++) {
        size_t size = i % 50 == 49 ? 100000 + i : (size_t)(next(&seed) % 300);
        unsigned char *p = had_arena_alloc(&arena, size);
        assert_int_equal((uintptr_t)p % _Alignof(uint64_t), 0);
        for (size_t k = 0; k < size; k++)
            assert_int_equal(p[k], 0);
        memset(p, (int)(i % 255 + 1), size);
        pieces[i].at = p;
        pieces[i].size = size;
    }
    for (size_t i = 0; i < 400; i++)
        for (size_t k = 0; k < pieces[i].size; k++)
            assert_int_equal(pieces[i].at[k], i % 255 + 1);
    assert_true(arena.total > 8 * 100000);
    had_arena_free(&arena);
    assert_int_equal(arena.total, 0);
    assert_null(arena.chunk);
    char *grown = had_arena_grow(&arena, "abc", 3, 10);
    assert_memory_equal(grown, "abc\0\0\0\0\0\0", 10);
    had_arena_free(&arena);
}

/* Many arrays that grow in turns: what one has left is another's, and nothing is mixed up. */
static void arrays_grow_beside_each_other(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    had_array(uint32_t) lists[50] = {0};
    uint64_t seed = 7;
    uint32_t pushed[50] = {0};
    for (uint32_t i = 0; i < 200000; i++) {
        uint32_t at = (uint32_t)(next(&seed) % 50);
        at = at * at / 50; /* some much more than others */
        uint32_t *new = had_push(&arena, &lists[at]);
        *new = at << 24 | pushed[at]++;
        if (i % 100 == 0) {
            unsigned char *piece = had_arena_alloc(&arena, next(&seed) % 200);
            assert_int_equal(*piece, 0);
            memset(had_arena_text(&arena, 5), 255, 5);
        }
    }
    for (uint32_t at = 0; at < 50; at++) {
        assert_int_equal(lists[at].count, pushed[at]);
        for (uint32_t k = 0; k < pushed[at]; k++)
            assert_int_equal(lists[at].items[k], at << 24 | k);
    }
#ifndef __SANITIZE_ADDRESS__ /* there nothing is used twice */
    assert_true(arena.total < 4 * 200000 * 3);
#endif
    had_arena_free(&arena);
}

/* Lists that outgrow chunks, and an arena that goes on in huge pages. */
static void arena_of_megabytes_keeps_what_it_holds(void **state)
{
    (void)state;
    enum { COUNT = 3000000, SMALL = 100000 };
    struct had_arena arena = {0};
    had_array(uint64_t) list = {0};
    had_array(unsigned char *) pieces = {0};
    for (uint32_t i = 0; i < COUNT; i++) {
        uint64_t *fresh = had_push(&arena, &list);
        assert_true(*fresh == 0);
        *fresh = i * UINT64_C(0x9e3779b97f4a7c15);
        if (i % (COUNT / SMALL))
            continue;
        unsigned char *piece = had_arena_alloc(&arena, 100);
        for (uint32_t k = 0; k < 100; k++)
            assert_int_equal(piece[k], 0);
        memset(piece, (int)(i & 0xff), 100);
        *had_push(&arena, &pieces) = piece;
    }
    for (uint32_t i = 0; i < COUNT; i++)
        assert_true(list.items[i] == i * UINT64_C(0x9e3779b97f4a7c15));
    for (uint32_t i = 0; i < pieces.count; i++)
        assert_int_equal(pieces.items[i][99], i * (COUNT / SMALL) & 0xff);
    assert_true(arena.total >= COUNT * sizeof(uint64_t) + SMALL * 100);
    had_arena_free(&arena);
    assert_int_equal(arena.total, 0);
}

__attribute__((format(printf, 1, 2))) static void format_both(const char *format, ...)
{
    char ours[40], theirs[40];
    for (size_t room = 0; room < sizeof ours; room += 13) {
        va_list args;
        memset(ours, 'x', sizeof ours);
        memset(theirs, 'x', sizeof theirs);
        va_start(args, format);
        int a = had_str_format(ours, room, format, args);
        va_end(args);
        va_start(args, format);
        int b = vsnprintf(theirs, room, format, args);
        va_end(args);
        assert_int_equal(a, b);
        assert_string_equal(room ? ours : "", room ? theirs : "");
    }
}

static void formats_as_the_library_does(void **state)
{
    (void)state;
    format_both("plain");
    format_both("%s and %.*s%c%%", "text", 3, "abcdef", '!');
    format_both("%.*s|%.*s", 9, "ab", 0, "cd");
    format_both("%u %d %d", 4294967295u, -2147483647 - 1, 17);
    format_both("%lld %llu %zu", -9223372036854775807LL - 1, 18446744073709551615ULL, (size_t)0);
    format_both("%04X %5d %-4s| %.3f %s", 0xabcu, 42, "ab", 1.5,
                "a longer text than there is room for");
    format_both("%s%x", "half of it is quick, ", 255u);
}

static void arrays_grow_and_keep(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    had_array(uint32_t) numbers = {0};
    uint32_t sum = 0;
    had_each(uint32_t, n, &numbers)
        sum += *n;
    assert_int_equal(sum, 0);
    for (uint32_t i = 0; i < 1000; i++)
        *had_push(&arena, &numbers) = i;
    assert_int_equal(numbers.count, 1000);
    had_each(uint32_t, n, &numbers)
        sum += *n;
    assert_int_equal(sum, 499500);
    had_arena_free(&arena);
}

static void texts_compare_and_cut(void **state)
{
    (void)state;
    assert_true(had_str_eq((had_str){0}, HAD_STR("")));
    assert_true(had_str_eq_nocase(HAD_STR("Corp.EXAMPLE"), HAD_STR("cORP.example")));
    assert_false(had_str_eq_nocase(HAD_STR("corp"), HAD_STR("corps")));
    assert_true(had_str_cmp(HAD_STR("a"), HAD_STR("ab")) < 0);
    assert_true(had_str_cmp(HAD_STR("b"), HAD_STR("ab")) > 0);
    assert_int_equal(had_str_cmp(HAD_STR("ab"), HAD_STR("ab")), 0);
    assert_true(had_str_starts(HAD_STR("std:x"), "std:"));
    assert_false(had_str_starts(HAD_STR("st"), "std:"));
    assert_true(had_str_ends(HAD_STR("a.had"), ".had"));
    assert_false(had_str_ends(HAD_STR("had"), ".had"));
    assert_int_equal(had_str_find(HAD_STR("a:b"), ':'), 1);
    assert_int_equal(had_str_find((had_str){0}, ':'), -1);
    same(had_str_slice(HAD_STR("abc"), 1, 2), "b");
    same(had_str_slice(HAD_STR("abc"), 2, 99), "c");
    same(had_str_slice(HAD_STR("abc"), 7, 2), "");
    same(had_str_trim(HAD_STR(" \t a b\t")), "a b");
    same(had_str_trim(HAD_STR(" \t ")), "");
    struct had_arena arena = {0};
    same(had_str_upper(&arena, HAD_STR("aZ9-\xc3\xa4")), "AZ9-\xc3\xa4");
    same(had_str_lower(&arena, HAD_STR("AZ9-\xc3\x84")), "az9-\xc3\x84");
    same(had_str_printf(&arena, "%s-%d", "x", 7), "x-7");
    had_arena_free(&arena);
}

static void numbers_are_read_exactly(void **state)
{
    (void)state;
    int64_t n = -1;
    assert_true(had_str_to_int(HAD_STR("0"), &n));
    assert_int_equal(n, 0);
    assert_true(had_str_to_int(HAD_STR("9223372036854775807"), &n));
    assert_true(n == INT64_MAX);
    assert_false(had_str_to_int(HAD_STR("9223372036854775808"), &n));
    assert_false(had_str_to_int(HAD_STR("99999999999999999999"), &n));
    assert_false(had_str_to_int(HAD_STR(""), &n));
    assert_false(had_str_to_int(HAD_STR("-1"), &n));
    assert_false(had_str_to_int(HAD_STR("1a"), &n));
}

static void nearest_words(void **state)
{
    (void)state;
    assert_int_equal(had_str_distance(HAD_STR("kitten"), HAD_STR("sitting"), 9), 3);
    assert_int_equal(had_str_distance(HAD_STR("ab"), HAD_STR("ba"), 9), 1);
    assert_int_equal(had_str_distance(HAD_STR(""), HAD_STR("abc"), 9), 3);
    assert_int_equal(had_str_distance(HAD_STR("abc"), HAD_STR("xyz"), 1), 2);
    static const had_str words[] = {HAD_STR_INIT("subnet"), HAD_STR_INIT("segment"),
                                    HAD_STR_INIT("spoke")};
    same(had_str_nearest(HAD_STR("subent"), words, 3), "subnet");
    same(had_str_nearest(HAD_STR("Spok"), words, 3), "spoke");
    same(had_str_nearest(HAD_STR("directory"), words, 3), "");
    same(had_str_nearest(HAD_STR("x"), words, 0), "");
}

static void maps_keep_order_and_find_all(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    struct had_map map = {0};
    assert_null(had_map_get(&map, 7));
    for (uint64_t i = 0; i < 5000; i++)
        assert_true(had_map_put(&arena, &map, i * 0x10001, i));
    for (uint64_t i = 0; i < 5000; i++) {
        assert_int_equal(map.entries[i].key, i * 0x10001);
        assert_int_equal(*had_map_get(&map, i * 0x10001), i);
    }
    assert_null(had_map_get(&map, 3));
    assert_false(had_map_put(&arena, &map, 0x10001, 42));
    assert_int_equal(map.count, 5000);
    assert_int_equal(*had_map_get(&map, 0x10001), 42);
    had_arena_free(&arena);
}

static void symbols_are_equal_where_texts_are(void **state)
{
    (void)state;
    struct had_arena arena = {0};
    struct had_symbols symbols;
    had_symbols_init(&symbols, &arena);
    assert_int_equal(had_intern(&symbols, HAD_STR("")), 0);
    had_sym numbers[2000];
    for (int i = 0; i < 2000; i++)
        numbers[i] = had_intern(&symbols, had_str_printf(&arena, "name-%d", i));
    for (int i = 0; i < 2000; i++) {
        had_str text = had_str_printf(&arena, "name-%d", i);
        assert_int_equal(had_intern(&symbols, text), numbers[i]);
        assert_int_equal(had_symbol_find(&symbols, text), numbers[i]);
        assert_true(had_str_eq(had_symbol_text(&symbols, numbers[i]), text));
        assert_int_not_equal(numbers[i], 0);
    }
    assert_int_equal(had_symbol_find(&symbols, HAD_STR("name-2000")), 0);
    same(had_symbol_text(&symbols, 99999), "");
    had_arena_free(&arena);
}

static void paths_stay_inside(void **state)
{
    (void)state;
    static const struct {
        const char *folder, *relative, *result; /* NULL: refused */
    } cases[] = {
        {"", "a.had", "a.had"},
        {"", "./a//b/../c.had", "a/c.had"},
        {"teams/erp", "../web/x.csv", "teams/web/x.csv"},
        {"teams", "../../x", NULL},
        {"", "../x", NULL},
        {"", "a/../../x", NULL},
        {"", "/etc/passwd", NULL},
        {"", "", NULL},
        {"", ".", NULL},
        {"a", "..", NULL},
        {"", "a\\b", NULL},
        {"", "..a/...b", "..a/...b"},
    };
    struct had_arena arena = {0};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        had_str out = {0};
        bool ok = had_path_resolve(&arena, had_str_c(cases[i].folder), had_str_c(cases[i].relative),
                                   &out);
        if (ok != (cases[i].result != NULL))
            fail_msg("\"%s\" below \"%s\": %s", cases[i].relative, cases[i].folder,
                     ok ? "accepted" : "refused");
        if (ok)
            same(out, cases[i].result);
    }
    had_str out;
    assert_false(had_path_resolve(&arena, HAD_STR(""), (had_str){"a\0b", 3}, &out));
    same(had_path_folder(HAD_STR("a/b/c.had")), "a/b");
    same(had_path_folder(HAD_STR("c.had")), "");
    same(had_path_name(HAD_STR("a/b/c.had")), "c.had");
    same(had_path_name(HAD_STR("c.had")), "c.had");
    had_arena_free(&arena);
}

/* Random walks never leave the root: every accepted result resolves to itself. */
static void paths_are_normal(void **state)
{
    (void)state;
    static const char *const steps[] = {"a", "b", "..", ".", "", "c.had"};
    struct had_arena arena = {0};
    uint64_t seed = 7;
    for (int round = 0; round < 3000; round++) {
        struct had_buffer b = {0};
        for (uint64_t n = next(&seed) % 6 + 1; n > 0; n--)
            had_buffer_printf(&b, "%s%s", steps[next(&seed) % 6], n > 1 ? "/" : "");
        had_str out = {0}, again = {0};
        if (had_path_resolve(&arena, HAD_STR("x"), had_buffer_view(&b), &out)) {
            assert_false(had_str_starts(out, "/"));
            assert_false(had_str_starts(out, ".."));
            assert_true(had_path_resolve(&arena, HAD_STR(""), out, &again));
            assert_true(had_str_eq(out, again));
        }
        had_buffer_free(&b);
    }
    had_arena_free(&arena);
}

static void buffers_grow(void **state)
{
    (void)state;
    struct had_buffer b = {0};
    same(had_buffer_view(&b), "");
    for (int i = 0; i < 300; i++)
        had_buffer_printf(&b, "%d,", i);
    had_buffer_repeat(&b, '=', 1000);
    had_buffer_str(&b, HAD_STR("end"));
    had_str view = had_buffer_view(&b);
    assert_true(had_str_starts(view, "0,1,2,"));
    assert_true(had_str_ends(view, "===end"));
    assert_int_equal(view.len, 10 * 2 + 90 * 3 + 200 * 4 + 1000 + 3);
    had_buffer_free(&b);
    assert_null(b.ptr);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(arena_memory_is_zeroed_aligned_and_apart),
        cmocka_unit_test(arrays_grow_and_keep),
        cmocka_unit_test(arena_of_megabytes_keeps_what_it_holds),
        cmocka_unit_test(arrays_grow_beside_each_other),
        cmocka_unit_test(formats_as_the_library_does),
        cmocka_unit_test(texts_compare_and_cut),
        cmocka_unit_test(numbers_are_read_exactly),
        cmocka_unit_test(nearest_words),
        cmocka_unit_test(maps_keep_order_and_find_all),
        cmocka_unit_test(symbols_are_equal_where_texts_are),
        cmocka_unit_test(paths_stay_inside),
        cmocka_unit_test(paths_are_normal),
        cmocka_unit_test(buffers_grow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
