/*
 * The rows of the model of AWS: every operation that a driver calls has one, each is about
 * operations and kinds that exist, and says nothing that no act understands.
 */

/* cmocka needs these before it */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

#include "resource/driver.h"
#include "sim/sim.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

static unsigned faults, calls;

static void check_call(const struct had_driver *driver, const json_t *step, const char *operation)
{
    const char *service = json_string_value(json_object_get(step, "service"));
    if (!service)
        service = json_string_value(json_object_get(driver->spec, "service"));
    calls++;
    if (had_sim_knows(service, operation))
        return;
    print_error(HAD_FMT " calls %s.%s, which the model does not have\n", HAD_ARG(driver->type),
                service, operation);
    faults++;
}

/* All steps below a value: what has an operation is one. */
static void check_steps(const struct had_driver *driver, const json_t *value)
{
    static const char *const others[] = {"values", "attributes", "note", "match", "state"};
    const char *key;
    json_t *member;
    for (size_t i = 0; i < json_array_size(value); i++)
        check_steps(driver, json_array_get(value, i));
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
    {
        bool skip = false;
        for (size_t i = 0; i < sizeof others / sizeof *others; i++)
            skip |= strcmp(key, others[i]) == 0;
        if (isupper((unsigned char)key[0]))
            check_call(driver, value, key);
        else if (!skip)
            check_steps(driver, member);
    }
}

static void drivers_find_all_that_they_call(void **state)
{
    static const char *const lists[] = {"find", "read", "create", "update", "delete"};
    struct had_arena arena = {0};
    struct had_drivers drivers;
    (void)state;
    faults = calls = 0;
    had_drivers_open(&drivers, &arena);
    had_each(struct had_driver *, driver, &drivers.items)
        for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
            check_steps(*driver, json_object_get((*driver)->spec, lists[i]));
    print_message("%u calls of %u drivers\n", calls, drivers.items.count);
    had_drivers_close(&drivers);
    had_arena_free(&arena);
    assert_true(calls > 600);
    assert_int_equal(faults, 0);
}

static void on_row(void *context, const char *fault)
{
    unsigned *count = context;
    print_error("%s\n", fault);
    ++*count;
}

static void rows_are_sound(void **state)
{
    unsigned count = 0;
    (void)state;
    had_sim_check(on_row, &count);
    assert_int_equal(count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(drivers_find_all_that_they_call),
        cmocka_unit_test(rows_are_sound),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
