#include "schema/facts.h"

#include <string.h>

const struct had_fact_region *had_fact_region_find(had_str code)
{
    uint32_t low = 0, high = had_fact_region_count; /* the generator sees to the order */
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = had_str_cmp(code, had_str_c(had_fact_regions[middle].code));
        if (order == 0)
            return &had_fact_regions[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

const struct had_fact_name *had_fact_name_find(const char *object)
{
    for (uint32_t i = 0; i < had_fact_name_count; i++)
        if (strcmp(had_fact_names[i].object, object) == 0)
            return &had_fact_names[i];
    return NULL;
}

const struct had_fact_quota *had_fact_quota_find(had_str resource, const char *edition)
{
    for (uint32_t i = 0; i < had_fact_quota_count; i++) {
        const struct had_fact_quota *quota = &had_fact_quotas[i];
        if (had_str_is(resource, quota->resource) &&
            (!edition || !quota->edition[0] || strcmp(quota->edition, edition) == 0))
            return quota;
    }
    return NULL;
}

int64_t had_fact_quota_value(const char *resource, const char *edition)
{
    const struct had_fact_quota *quota = had_fact_quota_find(had_str_c(resource), edition);
    return quota ? quota->value : -1;
}

const struct had_fact_rule *had_fact_rule_find(had_str id)
{
    for (uint32_t i = 0; i < had_fact_rule_count; i++)
        if (had_str_is(id, had_fact_rules[i].id))
            return &had_fact_rules[i];
    return NULL;
}

int64_t had_fact_limit(const char *name)
{
    for (uint32_t i = 0; i < had_fact_limit_count; i++)
        if (strcmp(had_fact_limits[i].name, name) == 0)
            return had_fact_limits[i].value;
    return -1;
}

int64_t had_fact_name_max(const char *object)
{
    const struct had_fact_name *name = had_fact_name_find(object);
    int64_t most;
    return name && had_str_to_int(had_str_c(name->max), &most) ? most : -1;
}

const char *had_fact_word(const char *list, uint32_t *at)
{
    for (; *at < had_fact_item_count; (*at)++)
        if (strcmp(had_fact_items[*at].list, list) == 0)
            return had_fact_items[(*at)++].word;
    return NULL;
}
