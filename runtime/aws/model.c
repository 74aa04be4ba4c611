#include "aws/model.h"

#include <string.h>

const struct had_aws_service *had_aws_service_find(had_str name)
{
    for (uint32_t i = 0; i < had_aws_service_count; i++)
        if (had_str_is(name, had_aws_text(had_aws_services[i].name)))
            return &had_aws_services[i];
    return NULL;
}

/* Operations and members stand in the tables in order of their names, or few: operations by
 * halving. */
const struct had_aws_operation *had_aws_operation_find(const struct had_aws_service *service,
                                                       had_str name)
{
    uint32_t low = 0, high = service->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        const struct had_aws_operation *at = &had_aws_operations[service->first + middle];
        int order = had_str_cmp(name, had_str_c(had_aws_text(at->name)));
        if (order == 0)
            return at;
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct had_aws_waiter *had_aws_waiter_find(const struct had_aws_service *service,
                                                 had_str name)
{
    for (uint32_t i = 0; i < service->waiter_count; i++)
        if (had_str_is(name, had_aws_text(had_aws_waiters[service->waiter + i].name)))
            return &had_aws_waiters[service->waiter + i];
    return NULL;
}

enum { NEAREST_MAX = 512 };

had_str had_aws_service_nearest(had_str name)
{
    had_str names[NEAREST_MAX];
    uint32_t count = 0;
    for (; count < had_aws_service_count && count < NEAREST_MAX; count++)
        names[count] = had_str_c(had_aws_text(had_aws_services[count].name));
    return had_str_nearest(name, names, count);
}

had_str had_aws_operation_nearest(const struct had_aws_service *service, had_str name)
{
    had_str names[NEAREST_MAX];
    uint32_t count = 0;
    for (; count < service->count && count < NEAREST_MAX; count++)
        names[count] = had_str_c(had_aws_text(had_aws_operations[service->first + count].name));
    return had_str_nearest(name, names, count);
}

const struct had_aws_ref *had_aws_member(const struct had_aws_shape *shape, had_str name)
{
    for (uint32_t i = 0; i < shape->count; i++) {
        const struct had_aws_ref *ref = had_aws_shape_ref(shape, i);
        if (had_str_is(name, had_aws_text(ref->name)))
            return ref;
    }
    return NULL;
}
