#include "resource/driver.h"

#include "resource/table.h"

#include <stdlib.h>
#include <string.h>

static uint32_t milliseconds(const json_t *seconds, uint32_t otherwise)
{
    return json_is_number(seconds) ? (uint32_t)(json_number_value(seconds) * 1000) : otherwise;
}

void had_drivers_open(struct had_drivers *drivers, struct had_arena *arena)
{
    *drivers = (struct had_drivers){.arena = arena};
    for (unsigned i = 0; i < had_driver_text_count; i++) {
        struct had_driver *driver = had_new(arena, struct had_driver);
        driver->type = had_str_c(had_driver_texts[i].type);
        driver->rtype = had_rtype_find(driver->type);
        driver->spec = json_loads(had_driver_texts[i].text, 0, NULL);
        const char *service = json_string_value(json_object_get(driver->spec, "service"));
        driver->service = had_aws_service_find(had_str_c(service));
        const json_t *every = json_object_get(driver->spec, "every");
        driver->every_ms[0] = milliseconds(json_array_get(every, 0), 2000);
        driver->every_ms[1] = milliseconds(json_array_get(every, 1), 10000);
        driver->within_ms = milliseconds(json_object_get(driver->spec, "within"), 600000);
        *had_push(arena, &drivers->items) = driver;
    }
}

void had_drivers_close(struct had_drivers *drivers)
{
    had_each(struct had_driver *, driver, &drivers->items)
        json_decref((*driver)->spec);
    drivers->items.count = 0;
}

static int by_type(const void *key, const void *item)
{
    return had_str_cmp(*(const had_str *)key, (*(struct had_driver *const *)item)->type);
}

const struct had_driver *had_driver_find(const struct had_drivers *drivers, had_str type)
{
    struct had_driver **found = drivers->items.count
                                    ? bsearch(&type, drivers->items.items, drivers->items.count,
                                              sizeof *drivers->items.items, by_type)
                                    : NULL;
    return found ? *found : NULL;
}
