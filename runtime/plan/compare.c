#include "plan/plan.h"

#include <string.h>

static bool is_set(const struct had_driver *driver, const struct had_rprop *prop,
                   const char *property)
{
    if (prop && prop->set_of)
        return true;
    const json_t *updates = json_object_get(driver->spec, "update");
    for (size_t i = 0; i < json_array_size(updates); i++) {
        const char *each = json_string_value(json_object_get(json_array_get(updates, i), "each"));
        if (each && strcmp(each, property) == 0)
            return true;
    }
    return false;
}

static bool step_of(const struct had_driver *driver, const char *property, const char **operation)
{
    const json_t *updates = json_object_get(driver->spec, "update");
    for (size_t i = 0; i < json_array_size(updates); i++) {
        const json_t *step = json_array_get(updates, i), *params;
        const char *each = json_string_value(json_object_get(step, "each"));
        const json_t *when = json_object_get(step, "when");
        bool about = each && strcmp(each, property) == 0;
        for (size_t k = 0; k < json_array_size(when); k++)
            about |= strcmp(json_string_value(json_array_get(when, k)), property) == 0;
        if (!about)
            continue;
        *operation = had_step_operation(each ? json_object_get(step, "add") : step, &params);
        return true;
    }
    return false;
}

bool had_plan_tags(const struct had_driver *driver)
{
    const char *operation;
    return step_of(driver, "Tags", &operation);
}

/* What the API does to change a property: the type table, else whether the driver has a step. */
static enum had_change_how how_of(const struct had_driver *driver, const struct had_rprop *prop,
                                  const char *property, const char **operation)
{
    *operation = NULL;
    if (prop && prop->api && strcmp(prop->api, "forbidden") == 0)
        return HAD_CHANGE_FORBIDDEN;
    if (step_of(driver, property, operation))
        return HAD_CHANGE_IN_PLACE;
    return HAD_CHANGE_REPLACES;
}

static struct had_span span_of(const struct had_node *node, const char *property)
{
    const struct had_prop *prop = node ? had_node_get(node, property) : NULL;
    return prop ? prop->span : node ? node->origin->span : (struct had_span){0};
}

/* Names of secrets, whatever else the two forms hold. */
static bool same_secret(const json_t *desired, const json_t *applied)
{
    const char *a = json_string_value(json_object_get(desired, "$secret"));
    const char *b = json_string_value(json_object_get(applied, "$secret"));
    return a && b && strcmp(a, b) == 0;
}

static bool has_secret(const json_t *value)
{
    const char *key;
    json_t *member;
    if (json_object_get(value, "$secret"))
        return true;
    json_object_foreach((json_t *)(uintptr_t)value, key, member)
        if (has_secret(member))
            return true;
    for (size_t i = 0; i < json_array_size(value); i++)
        if (has_secret(json_array_get(value, i)))
            return true;
    return false;
}

/* As last applied and as wanted, where secrets are compared by name. */
static bool as_applied(const json_t *desired, const json_t *applied, bool set)
{
    if (!applied)
        return false;
    if (same_secret(desired, applied))
        return true;
    if (!has_secret(desired))
        return had_value_equal(desired, applied, set, false);
    if (json_is_object(desired) && json_is_object(applied)) {
        const char *key;
        json_t *member;
        json_object_foreach((json_t *)(uintptr_t)desired, key, member)
            if (!as_applied(member, json_object_get(applied, key), set))
                return false;
        return json_object_size(desired) == json_object_size(applied);
    }
    if (json_array_size(desired) != json_array_size(applied))
        return false;
    for (size_t i = 0; i < json_array_size(desired); i++)
        if (!as_applied(json_array_get(desired, i), json_array_get(applied, i), set))
            return false;
    return true;
}

void had_compare(struct had_arena *arena, const struct had_driver *driver,
                 const struct had_node *node, const json_t *desired, const json_t *live,
                 const json_t *applied, struct had_changes *out)
{
    const char *key;
    json_t *wanted;
    json_object_foreach((json_t *)(uintptr_t)desired, key, wanted) {
        if (key[0] == '_')
            continue;
        const struct had_rprop *prop =
            driver->rtype ? had_rtype_prop(&driver->rtype->properties, had_str_c(key)) : NULL;
        bool set = is_set(driver, prop, key);
        const json_t *before = json_object_get(applied, key), *now = json_object_get(live, key);
        bool unknown = had_desired_unknown(wanted), same;
        bool said_before = !unknown && as_applied(wanted, before, set);
        if (now && !has_secret(wanted))
            same = !unknown && had_value_equal(wanted, now, set || json_is_array(wanted), true);
        else
            same = said_before || (unknown && !applied);
        if (same)
            continue;
        const char *operation;
        enum had_change_how how = how_of(driver, prop, key, &operation);
        *had_push(arena, &out->items) = (struct had_change){
            .property = had_str_cstr(arena, had_str_c(key)),
            .old = json_incref((json_t *)(uintptr_t)(now ? now : before)),
            .wanted = json_incref(wanted),
            .how = how,
            .operation = operation,
            .outside = said_before,
            .unknown = unknown,
            .span = span_of(node, key),
        };
    }
    /* sets that the spec no longer states are empty; other properties are then nobody's */
    json_object_foreach((json_t *)(uintptr_t)applied, key, wanted) {
        const char *operation;
        const struct had_rprop *prop =
            driver->rtype ? had_rtype_prop(&driver->rtype->properties, had_str_c(key)) : NULL;
        if (json_object_get(desired, key) || !is_set(driver, prop, key) ||
            json_array_size(wanted) == 0)
            continue;
        enum had_change_how how = how_of(driver, prop, key, &operation);
        *had_push(arena, &out->items) =
            (struct had_change){.property = had_str_cstr(arena, had_str_c(key)),
                                .old = json_incref(wanted),
                                .wanted = json_array(),
                                .how = how,
                                .operation = operation,
                                .span = span_of(node, key)};
    }
}

void had_changes_drop(struct had_changes *changes)
{
    had_each(struct had_change, change, &changes->items) {
        json_decref(change->old);
        json_decref(change->wanted);
    }
    changes->items.count = 0;
}
