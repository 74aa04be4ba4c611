/* Overlaps of ranges against comparing every pair. */
#include "check/query.h"

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

/*
 * A range overlaps one of another object if and only if it is told, as outer or as inner; each
 * inner one is told with the narrowest range of another object that holds it.
 */
static void overlaps_are_exact(void **state)
{
    (void)state;
    uint64_t seed = 4711;
    for (int round = 0; round < 2000; round++) {
        struct had_arena arena = {0};
        struct had_check check = {.arena = &arena};
        struct had_object objects[12];
        memset(objects, 0, sizeof objects);
        had_ranges ranges = {0};
        uint32_t count = (uint32_t)(next(&seed) % 14);
        for (uint32_t i = 0; i < 12; i++) {
            objects[i].order = i;
            objects[i].address = had_str_printf(&arena, "spoke s%u", i);
        }
        for (uint32_t i = 0; i < count; i++) {
            uint8_t length = (uint8_t)(24 + next(&seed) % 7);
            struct had_cidr cidr = {{4, {10, 0, 0, 0}}, 24};
            assert_true(had_cidr_slice(cidr, length, next(&seed) % (1u << (length - 24)), &cidr));
            *had_push(&arena, &ranges) =
                (struct had_range){cidr, {1, i, i + 1}, &objects[next(&seed) % 12]};
        }
        had_overlaps found = had_query_overlaps(&check, &ranges);
        for (uint32_t i = 0; i < count; i++) {
            const struct had_range *r = &ranges.items[i];
            bool expected = false, told = false;
            uint8_t narrowest =
                0; /* of the ranges of others that hold this one and sort before it */
            for (uint32_t j = 0; j < count; j++) {
                const struct had_range *other = &ranges.items[j];
                if (other->object == r->object)
                    continue;
                expected |= had_cidr_overlaps(other->cidr, r->cidr);
                if (j < i && had_cidr_contains(other->cidr, r->cidr) &&
                    other->cidr.length > narrowest)
                    narrowest = other->cidr.length;
            }
            had_each(const struct had_overlap, o, &found) {
                told |= o->outer.span.start == r->span.start;
                had_each(const struct had_range, inner, &o->inner) {
                    assert_true(had_cidr_contains(o->outer.cidr, inner->cidr));
                    assert_ptr_not_equal(o->outer.object, inner->object);
                    if (inner->span.start == r->span.start) {
                        told = true;
                        assert_int_equal(o->outer.cidr.length, narrowest);
                    }
                }
            }
            if (narrowest)
                assert_true(told);
            if (told)
                assert_true(expected);
        }
        had_arena_free(&arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(overlaps_are_exact)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
