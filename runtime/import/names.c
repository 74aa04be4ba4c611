/* Resolver endpoints, forwarding rules and private zones. */
#include "import/internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- resolvers ---- */

static json_t *by_key(json_t *map)
{
    const char *keys[32], *key;
    json_t *value, *out = json_object();
    size_t count = 0;
    json_object_foreach(map, key, value)
        if (count < sizeof keys / sizeof *keys)
            keys[count++] = key;
    qsort(keys, count, sizeof *keys, had_live_by_text);
    for (size_t i = 0; i < count; i++)
        json_object_set(out, keys[i], json_object_get(map, keys[i]));
    return out;
}

static void addresses(struct had_live *live, struct had_declared *resolver)
{
    json_t *subnets = json_array(), *fixed = json_object(), *object;
    const char *id = had_live_text(resolver->object, "id");
    bool single = true;
    size_t i;
    had_live_each(live, "resolver-address", i, object) {
        const char *subnet = had_live_text(object, "_subnet");
        const struct had_declared *in = had_live_is(object, "_resolver", id)
                                            ? had_live_within(live, object, "subnet", "_subnet")
                                            : NULL;
        if (!in)
            continue;
        if (!had_live_has(subnets, subnet))
            json_array_append_new(subnets, json_string(subnet));
        char *label = had_str_cstr(live->arena, in->label);
        single &= json_object_get(fixed, label) == NULL;
        json_object_set(fixed, label, json_object_get(object, "_ip"));
    }
    had_live_set(resolver, "subnets", subnets);
    if (single)
        had_live_set(resolver, "addresses", by_key(fixed));
    else
        had_live_note(live, resolver,
                      "It has several addresses in one subnet, which `addresses` does not say.");
    json_decref(fixed);
}

static void resolver(struct had_live *live, const json_t *object)
{
    struct had_declared *in = had_live_within(live, object, "VPC", "_vpc");
    if (!in)
        return;
    struct had_declared *declared = had_live_declare(live, object, in);
    declared->file = "names";
    declared->head = had_str_printf(live->arena, "in spoke " HAD_FMT, HAD_ARG(in->label));
    addresses(live, declared);
}

/* ---- rules ---- */

static bool same_set(const json_t *a, const json_t *b)
{
    bool same = json_array_size(a) == json_array_size(b);
    for (size_t i = 0; same && i < json_array_size(a); i++)
        same = had_live_has(b, json_string_value(json_array_get(a, i)));
    return same;
}

/* The directory whose DNS servers these are, by its id, or NULL. */
static const char *directory_of(const struct had_live *live, const json_t *targets)
{
    size_t i;
    json_t *object;
    had_live_each(live, "directory", i, object)
        if (json_array_size(targets) && same_set(targets, json_object_get(object, "dns")))
            return had_live_text(object, "id");
    return NULL;
}

static void targets(struct had_live *live, struct had_declared *forward)
{
    json_t *list = json_array();
    const json_t *target;
    size_t i;
    bool https = false;
    json_array_foreach(json_object_get(forward->object, "_targets"), i, target) {
        const char *ip = had_live_text(target, "Ip"), *protocol = had_live_text(target, "Protocol");
        const char *six = had_live_text(target, "Ipv6");
        const json_t *port = json_object_get(target, "Port");
        long long number = json_is_integer(port) ? (long long)json_integer_value(port) : 53;
        https |= had_same(protocol, "DoH");
        if (number == (https ? 443 : 53))
            json_array_append_new(list, json_string(ip ? ip : six ? six : ""));
        else
            json_array_append_new(list, json_sprintf(ip ? "%s:%lld" : "[%s]:%lld",
                                                     ip    ? ip
                                                     : six ? six
                                                           : "",
                                                     number));
    }
    /* said later, when directories are declared */
    const char *directory = directory_of(live, list);
    had_live_set(forward, "targets", directory ? json_string(directory) : json_incref(list));
    if (https)
        had_live_set(forward, "protocol", json_string("doh"));
    json_decref(list);
}

static void used_by(struct had_live *live, struct had_declared *forward)
{
    json_t *users = json_array(), *object;
    const char *id = had_live_text(forward->object, "id");
    size_t i;
    had_live_each(live, "forward-association", i, object) {
        const char *vpc = had_live_text(object, "_vpc");
        if (!had_live_is(object, "_rule", id) || had_live_has(users, vpc))
            continue;
        if (had_live_within(live, object, "VPC", "_vpc"))
            json_array_append_new(users, json_string(vpc));
    }
    had_live_set(forward, "used-by", users);
}

static void forward(struct had_live *live, const json_t *object)
{
    struct had_declared *via = had_live_declared(live, had_live_text(object, "_resolver"));
    bool system = had_live_is(object, "_type", "SYSTEM");
    if (had_live_is(object, "_type", "DELEGATE")) {
        had_live_leave(live, object, "the language has no rules that delegate");
        return;
    }
    if (!system && !via) {
        had_live_leave(live, object, "its resolver endpoint was not read");
        return;
    }
    struct had_declared *declared = had_live_declare(live, object, system ? NULL : via);
    declared->file = "names";
    declared->label = had_live_str(object, "_domain");
    declared->head =
        system ? had_str_printf(live->arena, "to system at region " HAD_FMT " by account " HAD_FMT,
                                HAD_ARG(had_live_str(object, "region")),
                                HAD_ARG(had_live_owner_label(live, object)))
               : had_str_printf(live->arena, "via resolver " HAD_FMT,
                                HAD_ARG(had_live_path(live, via, NULL)));
    if (!system)
        targets(live, declared);
    used_by(live, declared);
}

/* ---- zones ---- */

static void zone(struct had_live *live, const json_t *object)
{
    json_t *users = json_array();
    const json_t *vpc;
    size_t i;
    json_array_foreach(json_object_get(object, "_vpcs"), i, vpc)
        if (had_live_declared(live, json_string_value(vpc)))
            json_array_append(users, (json_t *)(uintptr_t)vpc);
    if (!had_live_flag(object, "_private") || json_array_size(users) == 0) {
        had_live_leave(live, object,
                       had_live_flag(object, "_private") ? "no VPC of the spec uses it"
                                                         : "the language has no public zones");
        json_decref(users);
        return;
    }
    struct had_declared *declared = had_live_declare(live, object, NULL);
    declared->file = "names";
    declared->label = had_live_str(object, "_domain");
    declared->head = had_str_printf(live->arena, "in account " HAD_FMT,
                                    HAD_ARG(had_live_owner_label(live, object)));
    if (json_array_size(users) < json_array_size(json_object_get(object, "_vpcs")))
        had_live_leave(live, object, "it is used by further VPCs, which are not in the spec");
    had_live_set(declared, "used-by", users);
}

void had_live_names(struct had_live *live)
{
    size_t i;
    json_t *object;
    had_live_each(live, "resolver", i, object)
        resolver(live, object);
    had_live_each(live, "forward", i, object)
        forward(live, object);
    had_live_each(live, "hosted-zone", i, object)
        zone(live, object);
}
