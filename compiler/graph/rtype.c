#include "graph/rtype.h"

#include "graph/rtype_table.h"

const struct had_rtype *const *had_rtypes(uint32_t *count)
{
    *count = had_rtype_count;
    return had_rtype_table;
}

const struct had_rtype *had_rtype_find(had_str name)
{
    uint32_t low = 0, high = had_rtype_count; /* the table is sorted by name; a test holds that */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = had_str_cmp(name, had_str_c(had_rtype_table[middle]->name));
        if (order == 0)
            return had_rtype_table[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct had_rprop *had_rtype_prop(const struct had_rdefinition *definition, had_str name)
{
    for (uint32_t i = 0; i < definition->count; i++) {
        if (had_str_is(name, definition->props[i].name))
            return &definition->props[i];
    }
    return NULL;
}

const struct had_rattr *had_rtype_attr(const struct had_rtype *type, had_str name)
{
    for (uint32_t i = 0; i < type->attr_count; i++) {
        if (had_str_is(name, type->attrs[i].name))
            return &type->attrs[i];
    }
    return NULL;
}
