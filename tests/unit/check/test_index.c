/* Indexes against looking at everything. */
#include "check/index.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

/* A range inside 10.0.0.0/24, of 24 to 32 bits. */
static struct had_cidr any_range(uint64_t *seed)
{
    struct had_cidr cidr = {{4, {10, 0, 0, 0}}, 24};
    uint8_t length = (uint8_t)(24 + next(seed) % 9);
    assert_true(had_cidr_slice(cidr, length, next(seed) % (1u << (length - 24)), &cidr));
    return cidr;
}

static void ranges_are_found(void **state)
{
    (void)state;
    uint64_t seed = 815;
    for (int round = 0; round < 3000; round++) {
        struct had_arena arena = {0};
        had_ranges ranges = {0};
        uint32_t count = (uint32_t)(next(&seed) % 20);
        for (uint32_t i = 0; i < count; i++)
            *had_push(&arena, &ranges) = (struct had_range){any_range(&seed), {1, i, i + 1}, NULL};
        const struct had_range_index index = had_index_ranges(ranges);
        struct had_cidr asked = any_range(&seed);
        uint32_t inside = 0;
        const struct had_range *nearest = NULL;
        bool overlaps = false;
        had_each(const struct had_range, r, &index.sorted) {
            inside += had_cidr_contains(asked, r->cidr);
            overlaps |= had_cidr_overlaps(asked, r->cidr);
            if (had_cidr_contains(r->cidr, asked) &&
                (!nearest || r->cidr.length > nearest->cidr.length))
                nearest = r;
        }
        const struct had_range *holder = had_range_holder(&index, asked);
        assert_int_equal(!holder, !nearest);
        if (holder)
            assert_true(had_cidr_eq(holder->cidr, nearest->cidr));
        uint32_t found = 0;
        for (uint32_t i = had_range_inside(&index, asked);
             i < index.sorted.count && had_cidr_contains(asked, index.sorted.items[i].cidr); i++)
            found++;
        assert_int_equal(found, inside);
        const struct had_range *overlap = had_range_overlap(&index, asked);
        assert_int_equal(overlap != NULL, overlaps);
        if (overlap)
            assert_true(had_cidr_overlaps(asked, overlap->cidr));
        had_arena_free(&arena);
    }
}

static void prefixes_hold_what_they_cover(void **state)
{
    (void)state;
    uint64_t seed = 7;
    for (int round = 0; round < 3000; round++) {
        struct had_cidr sum[8], asked = any_range(&seed);
        uint32_t count = (uint32_t)(next(&seed) % 8);
        for (uint32_t i = 0; i < count; i++)
            sum[i] = any_range(&seed);
        count = had_cidr_aggregate(sum, count);
        bool held = false;
        for (uint32_t i = 0; i < count; i++)
            held |= had_cidr_contains(sum[i], asked);
        assert_int_equal(had_prefixes_hold(sum, count, asked), held);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ranges_are_found),
        cmocka_unit_test(prefixes_hold_what_they_cover),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
