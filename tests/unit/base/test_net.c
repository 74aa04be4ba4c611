/* Addresses and ranges: spellings, and arithmetic against counting in small universes. */
#include "base/net.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static struct had_arena arena;

static int tear_down(void **state)
{
    (void)state;
    had_arena_free(&arena);
    return 0;
}

static uint64_t next(uint64_t *seed)
{
    *seed ^= *seed << 13;
    *seed ^= *seed >> 7;
    *seed ^= *seed << 17;
    return *seed;
}

static struct had_ip ip(const char *text)
{
    struct had_ip out = {0};
    if (!had_ip_parse(had_str_c(text), &out))
        fail_msg("\"%s\" is not read", text);
    return out;
}

static struct had_cidr cidr(const char *address, uint8_t length)
{
    return (struct had_cidr){ip(address), length};
}

static void spellings(void **state)
{
    (void)state;
    static const struct {
        const char *in, *out; /* NULL: refused */
    } cases[] = {
        {"10.0.0.1", "10.0.0.1"},
        {"255.255.255.255", "255.255.255.255"},
        {"0.0.0.0", "0.0.0.0"},
        {"10.0.0", NULL},
        {"10.0.0.1.2", NULL},
        {"10.0.0.256", NULL},
        {"10.0.0.01", NULL},
        {"10.0.0.-1", NULL},
        {" 10.0.0.1", NULL},
        {"10.0.0.1 ", NULL},
        {"", NULL},
        {"...", NULL},
        {"1000.0.0.1", NULL},
        {"::", "::"},
        {"::1", "::1"},
        {"1::", "1::"},
        {"FD00:0:0:0:0:0:0:1", "fd00::1"},
        {"2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"},
        {"2001:0:0:1:0:0:0:1", "2001:0:0:1::1"},
        {"2001:db8:0:0:1:0:0:1", "2001:db8::1:0:0:1"},
        {"::ffff:10.0.0.1", "::ffff:a00:1"},
        {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"},
        {"1:2:3:4:5:6:7:8:9", NULL},
        {"1:2:3:4:5:6:7", NULL},
        {"1::2::3", NULL},
        {":::", NULL},
        {":1::", NULL},
        {"1:", NULL},
        {"12345::", NULL},
        {"g::", NULL},
        {"::10.0.0.256", NULL},
        {"1:2:3:4:5:6:7:10.0.0.1", NULL},
        {"fe80::1%eth0", NULL},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct had_ip out;
        bool ok = had_ip_parse(had_str_c(cases[i].in), &out);
        if (ok != (cases[i].out != NULL))
            fail_msg("\"%s\" is %s", cases[i].in, ok ? "accepted" : "refused");
        if (ok && !had_str_is(had_ip_text(&arena, out), cases[i].out))
            fail_msg("\"%s\" becomes \"%.*s\"", cases[i].in, HAD_ARG(had_ip_text(&arena, out)));
    }
}

/* What is written is read back the same. */
static void text_and_back(void **state)
{
    (void)state;
    uint64_t seed = 99;
    for (int round = 0; round < 5000; round++) {
        struct had_ip a = {.family = round % 2 ? 6 : 4};
        for (int i = 0; i < (a.family == 6 ? 16 : 4); i++)
            a.bytes[i] = (uint8_t)(next(&seed) % 3 ? 0 : next(&seed));
        struct had_ip b;
        assert_true(had_ip_parse(had_ip_text(&arena, a), &b));
        assert_int_equal(had_ip_cmp(a, b), 0);
    }
}

static void ranges(void **state)
{
    (void)state;
    assert_true(had_cidr_has_host_bits(cidr("10.0.0.1", 8)));
    assert_false(had_cidr_has_host_bits(cidr("10.0.0.0", 8)));
    assert_true(
        had_str_is(had_cidr_text(&arena, had_cidr_canonical(cidr("10.1.2.3", 9))), "10.0.0.0/9"));
    assert_true(
        had_str_is(had_cidr_text(&arena, had_cidr_canonical(cidr("fd00::1", 8))), "fd00::/8"));
    assert_int_equal(had_ip_cmp(had_cidr_last(cidr("10.0.0.0", 12)), ip("10.15.255.255")), 0);
    assert_int_equal(had_ip_cmp(had_cidr_last(cidr("fd00::", 127)), ip("fd00::1")), 0);
    assert_int_equal(had_ip_cmp(had_cidr_last(cidr("0.0.0.0", 0)), ip("255.255.255.255")), 0);
    assert_true(had_cidr_contains(cidr("0.0.0.0", 0), cidr("255.255.255.255", 32)));
    assert_false(had_cidr_contains(cidr("0.0.0.0", 0), cidr("::", 0)));
    assert_false(had_cidr_contains(cidr("10.0.0.0", 16), cidr("10.0.0.0", 8)));
    assert_true(had_cidr_overlaps(cidr("10.0.0.0", 16), cidr("10.0.0.0", 8)));
    assert_false(had_cidr_overlaps(cidr("10.0.0.0", 16), cidr("10.1.0.0", 16)));
}

static void slices_and_hosts(void **state)
{
    (void)state;
    struct had_cidr out;
    struct had_ip host;
    assert_true(had_cidr_slice(cidr("10.32.0.0", 20), 24, 15, &out));
    assert_true(had_cidr_eq(out, cidr("10.32.15.0", 24)));
    assert_false(had_cidr_slice(cidr("10.32.0.0", 20), 24, 16, &out));
    assert_false(had_cidr_slice(cidr("10.32.0.0", 20), 19, 0, &out));
    assert_false(had_cidr_slice(cidr("10.32.0.0", 20), 33, 0, &out));
    assert_true(had_cidr_slice(cidr("10.32.0.0", 20), 20, 0, &out));
    assert_true(had_cidr_slice(cidr("fd00::", 8), 64, UINT64_C(0xffffffffffffff), &out));
    assert_true(had_cidr_eq(out, cidr("fdff:ffff:ffff:ffff::", 64)));
    assert_true(had_cidr_slice(cidr("fd00::", 32), 128, UINT64_MAX, &out));
    assert_true(had_cidr_eq(out, cidr("fd00::ffff:ffff:ffff:ffff", 128)));
    assert_true(had_cidr_host(cidr("10.0.0.0", 24), 255, &host));
    assert_int_equal(had_ip_cmp(host, ip("10.0.0.255")), 0);
    assert_false(had_cidr_host(cidr("10.0.0.0", 24), 256, &host));
    assert_false(had_cidr_host(cidr("0.0.0.0", 0), UINT64_C(1) << 32, &host));
}

/* All slices of a range are inside it, disjoint, in order, and cover it. */
static void slices_tile(void **state)
{
    (void)state;
    for (uint8_t length = 24; length <= 30; length++) {
        struct had_cidr whole = cidr("10.9.8.0", 24), last = {0};
        uint64_t n = 0;
        struct had_cidr out;
        for (; had_cidr_slice(whole, length, n, &out); n++) {
            assert_true(had_cidr_contains(whole, out));
            assert_false(had_cidr_has_host_bits(out));
            if (n)
                assert_true(had_cidr_cmp(last, out) < 0 && !had_cidr_overlaps(last, out));
            last = out;
        }
        assert_int_equal(n, 1u << (length - 24));
    }
}

/*
 * Universe: the 256 addresses of 10.0.0.0/24, or the last byte of fd00::/120. Aggregation keeps
 * exactly the covered addresses, and no smaller set of prefixes does: counted by recursion over the
 * halves.
 */
static uint32_t fewest(const bool *covered, uint32_t size)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < size; i++)
        n += covered[i];
    if (n == 0)
        return 0;
    if (n == size)
        return 1;
    return fewest(covered, size / 2) + fewest(covered + size / 2, size / 2);
}

static void aggregate_is_exact_and_smallest(void **state)
{
    (void)state;
    uint64_t seed = 12345;
    for (int round = 0; round < 4000; round++) {
        bool six = round % 3 == 0;
        struct had_cidr base = six ? cidr("fd00::", 120) : cidr("10.0.0.0", 24);
        uint8_t bits = six ? 128 : 32;
        struct had_cidr list[24];
        uint32_t count = (uint32_t)(next(&seed) % 24);
        bool covered[256] = {false}, after[256] = {false};
        for (uint32_t i = 0; i < count; i++) {
            uint8_t room = (uint8_t)(next(&seed) % 7); /* up to 64 addresses */
            if (round % 50 == 0 && i == 0)
                room = 8;
            uint8_t length = (uint8_t)(bits - room);
            assert_true(had_cidr_slice(base, length, next(&seed) % (256u >> room), &list[i]));
            uint8_t start = list[i].base.bytes[six ? 15 : 3];
            for (uint32_t a = 0; a < 1u << room; a++)
                covered[start + a] = true;
            if (room && next(&seed) % 2) /* host bits are ignored */
                list[i].base.bytes[six ? 15 : 3] |= 1;
        }
        uint32_t n = had_cidr_aggregate(list, count);
        for (uint32_t i = 0; i < n; i++) {
            if (i)
                assert_true(had_cidr_cmp(list[i - 1], list[i]) < 0);
            assert_true(had_cidr_contains(base, list[i]));
            uint8_t start = list[i].base.bytes[six ? 15 : 3];
            for (uint32_t a = 0; a < 1u << (bits - list[i].length); a++) {
                assert_false(after[start + a]);
                after[start + a] = true;
            }
        }
        assert_memory_equal(covered, after, sizeof covered);
        assert_int_equal(n, fewest(covered, 256));
    }
}

static void aggregate_keeps_families_apart(void **state)
{
    (void)state;
    struct had_cidr list[] = {cidr("::", 1), cidr("128.0.0.0", 1), cidr("8000::", 1),
                              cidr("0.0.0.0", 1)};
    assert_int_equal(had_cidr_aggregate(list, 4), 2);
    assert_true(had_cidr_eq(list[0], cidr("0.0.0.0", 0)));
    assert_true(had_cidr_eq(list[1], cidr("::", 0)));
}

/* Containment and overlap agree with counting addresses. */
static void containment_agrees_with_counting(void **state)
{
    (void)state;
    struct had_cidr all[31 + 1];
    uint32_t n = 0;
    for (uint8_t length = 28; length <= 32; length++)
        for (uint64_t i = 0; i < 1u << (length - 28) && n < 31; i++)
            assert_true(had_cidr_slice(cidr("10.0.0.16", 28), length, i, &all[n++]));
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t b = 0; b < n; b++) {
            uint32_t both = 0, only_b = 0;
            for (uint64_t i = 0; i < 256; i++) {
                struct had_ip at;
                assert_true(had_cidr_host(cidr("10.0.0.0", 24), i, &at));
                bool in_a = had_cidr_contains_ip(all[a], at),
                     in_b = had_cidr_contains_ip(all[b], at);
                both += in_a && in_b;
                only_b += in_b && !in_a;
            }
            assert_int_equal(had_cidr_overlaps(all[a], all[b]), both > 0);
            assert_int_equal(had_cidr_contains(all[a], all[b]), only_b == 0);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spellings),
        cmocka_unit_test(text_and_back),
        cmocka_unit_test(ranges),
        cmocka_unit_test(slices_and_hosts),
        cmocka_unit_test(slices_tile),
        cmocka_unit_test(aggregate_is_exact_and_smallest),
        cmocka_unit_test(aggregate_keeps_families_apart),
        cmocka_unit_test(containment_agrees_with_counting),
    };
    return cmocka_run_group_tests(tests, NULL, tear_down);
}
