#include "apply/gate.h"

#include <stdio.h>
#include <string.h>

json_t *had_gate_applied(const json_t *desired)
{
    json_t *out = json_object();
    static const char *const kept[] = {"Kind", "Instruction", "Owner"};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        json_t *value = json_object_get(desired, kept[i]);
        if (value)
            json_object_set(out, kept[i], value);
    }
    return out;
}

json_t *had_gate_evidence(const char *how, int64_t wall)
{
    return json_pack("{s:s, s:I}", "how", how, "at", (json_int_t)wall);
}

had_str had_gate_text(struct had_arena *arena, const json_t *desired)
{
    const char *owner = json_string_value(json_object_get(desired, "Owner"));
    const char *instruction = json_string_value(json_object_get(desired, "Instruction"));
    const char *where = json_string_value(json_object_get(desired, "Where"));
    return had_str_printf(arena, "%s: %s%s%s%s", owner ? owner : "somebody",
                          instruction ? instruction : "", where ? " (" : "", where ? where : "",
                          where ? ")" : "");
}

/* Which account can answer: of what the gate stands behind or in front of; else the management
 * account. */
static const struct had_context *context_of(const struct had_node *node)
{
    had_each(struct had_edge *, edge, &node->needed_by)
        if ((*edge)->from->context->account_id.len)
            return (*edge)->from->context;
    had_each(struct had_edge *, edge, &node->needs)
        if ((*edge)->to->context->account_id.len)
            return (*edge)->to->context;
    return NULL;
}

struct had_record *had_gate_probe_of(struct had_deployment *d, const struct had_node *node,
                                     const json_t *desired, struct had_driver *driver)
{
    const json_t *probe = json_object_get(desired, "Probe");
    const char *name = json_string_value(json_object_get(probe, "Operation"));
    const char *colon = name ? strchr(name, ':') : NULL;
    const struct had_context *context = context_of(node);
    if (!colon || !context)
        return NULL;
    /* IAM's prefix of Identity Center's operations is not the service's name */
    had_str service = {name, (uint32_t)(colon - name)};
    if (had_str_is(service, "sso"))
        service = HAD_STR("sso-admin");
    *driver = (struct had_driver){.type = HAD_STR("had::Gate"),
                                  .service = had_aws_service_find(service),
                                  .every_ms = {2000, 10000},
                                  .within_ms = 60000};
    if (!driver->service || !had_aws_operation_find(driver->service, had_str_c(colon + 1)))
        return NULL;
    json_t *arguments = json_incref(json_object_get(probe, "Arguments"));
    driver->spec = json_pack("{s:[{s:o, s:{s:s}}]}", "read", colon + 1,
                             arguments ? arguments : json_object(), "values", "answer", "");
    struct had_record *record = had_new(d->arena, struct had_record);
    record->address = node->address;
    record->type = driver->type;
    record->account_id = context->account_id;
    record->region = context->region;
    record->applied = driver->spec;
    return record;
}

static bool pair_holds(const json_t *object, const char *key, const char *value)
{
    const json_t *member = json_object_get(object, key);
    json_t *want = json_string(value);
    bool holds = member && had_value_equal(want, member, false, false);
    json_decref(want);
    return holds;
}

static bool object_holds(const json_t *object, const char *expect)
{
    while (*expect) {
        char key[128], value[512];
        size_t len = strcspn(expect, "="), end;
        if (!expect[len])
            return false;
        size_t name = len;
        while (name && expect[name - 1] == ' ')
            name--;
        snprintf(key, sizeof key, "%.*s", (int)name, expect);
        expect += len + 1;
        expect += strspn(expect, " ");
        end = strcspn(expect, ",");
        snprintf(value, sizeof value, "%.*s", (int)end, expect);
        if (!pair_holds(object, key, value))
            return false;
        expect += end + (expect[end] == ',');
        expect += strspn(expect, " ");
    }
    return true;
}

static bool holds(const json_t *value, const char *expect)
{
    const char *key;
    json_t *member;
    if (json_is_object(value)) {
        if (object_holds(value, expect))
            return true;
        json_object_foreach((json_t *)(uintptr_t)value, key, member)
            if (holds(member, expect))
                return true;
    }
    for (size_t i = 0; i < json_array_size(value); i++)
        if (holds(json_array_get(value, i), expect))
            return true;
    return false;
}

bool had_gate_answered(const json_t *desired, const json_t *live)
{
    const char *expect =
        json_string_value(json_object_get(json_object_get(desired, "Probe"), "Expect"));
    return expect && *expect && holds(json_object_get(live, "answer"), expect);
}
