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

/* Entries of DnsEntries are "ZONE:NAME"; the first is the endpoint's name in the Region. */
static const struct {
    struct had_rpart part;
    struct had_rattr attr;
} parts[] = {
    {{"AWS::EC2::VPCEndpoint", "DnsName", "DnsEntries", 0, ":", 1},
     {"DnsName", HAD_R_STRING, HAD_R_ANY}},
    {{"AWS::EC2::VPCEndpoint", "DnsZoneId", "DnsEntries", 0, ":", 0},
     {"DnsZoneId", HAD_R_STRING, HAD_R_ANY}},
};

const struct had_rpart *had_rtype_part(const struct had_rtype *type, had_str name)
{
    had_str of = had_str_c(type->name);
    for (uint32_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (had_str_is(of, parts[i].part.type) && had_str_is(name, parts[i].part.name))
            return &parts[i].part;
    }
    return NULL;
}

const struct had_rattr *had_rtype_attr(const struct had_rtype *type, had_str name)
{
    for (uint32_t i = 0; i < type->attr_count; i++) {
        if (had_str_is(name, type->attrs[i].name))
            return &type->attrs[i];
    }
    had_str of = had_str_c(type->name);
    for (uint32_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (had_str_is(of, parts[i].part.type) && had_str_is(name, parts[i].part.name))
            return &parts[i].attr;
    }
    return NULL;
}
