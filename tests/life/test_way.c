/* What a plan says of the way to its end: which queries do not hold meanwhile, and what waits so
 * that they do. */
#include "life.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char top[] = "/tmp/had-way-XXXXXX";

struct seen {
    uint32_t breaks, waits, unproved;
    char first[256], queries[64], reason[64];
    bool until, swap_behind_new; /* the swap of an association waits for the new propagations */
};

static void take(void *context, const struct had_plan *plan)
{
    struct seen *seen = context;
    *seen = (struct seen){.breaks = plan->breaks.count, .unproved = plan->unproved};
    had_each(struct had_plan_step *, at, &plan->steps) {
        const struct had_plan_step *step = *at;
        seen->waits += step->order.len > 0;
        if (step->action != HAD_PLAN_DELETE || !step->node ||
            !had_str_is(step->address, "spoke erp.main:association[hub core]"))
            continue;
        had_each(const uint32_t, before, &step->after)
            seen->swap_behind_new |= had_str_is(plan->steps.items[*before]->address,
                                                "spoke shared:propagation[hub core,segment work]");
    }
    if (plan->breaks.count == 0)
        return;
    const struct had_break *first = &plan->breaks.items[0];
    snprintf(seen->first, sizeof seen->first, HAD_FMT, HAD_ARG(first->begin->address));
    snprintf(seen->queries, sizeof seen->queries, HAD_FMT, HAD_ARG(first->queries));
    snprintf(seen->reason, sizeof seen->reason, "%s", first->reason);
    seen->until = first->until != NULL && first->seconds > 0;
}

/* An example with one text in place of another, in all its files. */
static const char *edited(const char *example, const char *name, const char *const (*edits)[2])
{
    static char path[512];
    char command[2048];
    snprintf(path, sizeof path, "%s/%s", top, name);
    snprintf(command, sizeof command, "cp -r '%s/examples/%s' '%s'", HAD_SOURCE_DIR, example, path);
    assert_int_equal(system(command), 0);
    for (size_t i = 0; edits && edits[i][0]; i++) {
        snprintf(command, sizeof command, "find '%s' -name '*.had' -exec sed -i 's/%s/%s/g' {} +",
                 path, edits[i][0], edits[i][1]);
        assert_int_equal(system(command), 0);
    }
    return path;
}

static void apply(struct life *life)
{
    bool done = false;
    for (int round = 0; round < 3 && !done; round++)
        done = life_run(life, LIFE_APPLY, NULL, NULL);
    if (!done)
        print_error("%.*s\n", (int)life->messages.len, life->messages.ptr);
    assert_true(done);
}

static void apply_example(struct life *life, const char *example, const char *name)
{
    life_begin(life, 1);
    life->phase = HAD_PHASE_WORKLOADS;
    assert_true(life_spec(life, edited(example, name, NULL)));
    life_seed(life);
    apply(life);
}

static void plan_of(struct life *life, const char *name, const char *const (*edits)[2],
                    struct seen *seen)
{
    assert_true(life_spec(life, edited("acme", name, edits)));
    assert_true(life_run(life, LIFE_PLAN, take, seen));
}

static void way(void **state)
{
    (void)state;
    struct life life;
    struct seen seen;
    apply_example(&life, "acme", "first");

    /* nothing changes, or only what no packet sees: nothing to say */
    plan_of(&life, "same", NULL, &seen);
    assert_int_equal(seen.breaks + seen.waits + seen.unproved, 0);
    static const char *const owner[][2] = {{"identity@example.com", "other@example.com"},
                                           {NULL, NULL}};
    plan_of(&life, "owner", owner, &seen);
    assert_int_equal(seen.breaks + seen.waits, 0);

    /* segments under other names: networks move from table to table, and are in none meanwhile */
    static const char *const segments[][2] = {
        {"segment shared", "segment common"}, {"segment workloads", "segment work"}, {NULL, NULL}};
    plan_of(&life, "segments", segments, &seen);
    assert_true(seen.breaks > 0);
    assert_true(seen.waits > 0); /* old propagations go last */
    assert_true(seen.until);
    assert_true(seen.swap_behind_new);
    assert_string_equal(seen.reason, "TGW_ATTACH_MISSING_TGW_RTB_ASSOCIATION");
    assert_non_null(strstr(seen.first, ":association[hub core]"));
    assert_non_null(strstr(seen.queries, "R1"));

    /* and so it is done */
    apply(&life);
    assert_true(life_run(&life, LIFE_PLAN, take, &seen));
    assert_int_equal(life.steps, 0);
    life_end(&life);
}

/* Of a part that is made alone, nothing is said that is about parts which are not there. */
static void way_of_a_part(void **state)
{
    (void)state;
    struct life life;
    struct seen seen;
    life_begin(&life, 1);
    assert_true(life_spec(&life, edited("acme", "part", NULL)));
    life_seed(&life);
    life.target = "spoke shared";
    assert_true(life_run(&life, LIFE_APPLY, take, &seen));
    assert_int_equal(seen.breaks, 0);
    static const char *const segments[][2] = {
        {"segment shared", "segment common"}, {"segment workloads", "segment work"}, {NULL, NULL}};
    plan_of(&life, "part-segments", segments, &seen);
    assert_int_equal(seen.breaks, 0); /* the hub has no other network yet */
    life_end(&life);
}

/* Lines of a hub under another name go over to its transit gateway, and the old one goes. */
static void hub_of_lines(void **state)
{
    static const char *const names[][2] = {
        {"hub core", "hub centre"}, {"core\\.", "centre."}, {NULL, NULL}};
    (void)state;
    struct life life;
    struct seen seen;
    apply_example(&life, "shared-subnets", "lines");
    assert_true(life_spec(&life, edited("shared-subnets", "other-lines", names)));
    apply(&life);
    assert_true(life_run(&life, LIFE_PLAN, take, &seen));
    assert_int_equal(life.steps, 0);
    assert_true(life_run(&life, LIFE_DESTROY, NULL, NULL));
    life_end(&life);
}

static int begin(void **state)
{
    (void)state;
    return mkdtemp(top) ? 0 : 1;
}

static int end(void **state)
{
    char command[64];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", top);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(way), cmocka_unit_test(way_of_a_part),
                                       cmocka_unit_test(hub_of_lines)};
    return cmocka_run_group_tests(tests, begin, end);
}
