/*
 * Names that change while the object does not. What a natural key names (a route by its table and
 * destination, a permission set by its name) is the same object under whatever address: two of them
 * cannot be at a time, and to remove one for the other would break what it does. So its record goes
 * to the new address, as with `moved`.
 */
#include "plan/internal.h"

#include "base/symbol.h"

#include <stdlib.h>
#include <string.h>

/* False where the type has no such key, or it is not known yet. */
static bool natural_key(const struct had_rtype *type, had_str account, had_str region,
                        const json_t *props, struct had_buffer *out)
{
    out->len = 0;
    if (!type || !type->natural_key || strcmp(type->natural_key, "had:address") == 0 ||
        strcmp(type->natural_key, ".") == 0)
        return false;
    had_buffer_c(out, type->name);
    had_buffer_printf(out, "|" HAD_FMT "|" HAD_FMT, HAD_ARG(account), HAD_ARG(region));
    for (const char *at = type->natural_key; *at;) {
        size_t len = strcspn(at, ",");
        char name[128];
        snprintf(name, sizeof name, "%.*s", (int)len, at);
        const json_t *value = props;
        for (char *part = strtok(name, "."); part; part = strtok(NULL, "."))
            value = json_object_get(value, part);
        if (had_desired_unknown(value))
            return false;
        char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_SORT_KEYS);
        had_buffer_printf(out, "|%s", text ? text : "");
        free(text);
        at += len + (at[len] == ',');
    }
    return true;
}

bool had_may_be_two(const struct had_node *node)
{
    /* whose key is for finding only */
    static const char *const types[] = {
        "AWS::DirectConnect::DirectConnectGateway",
        "AWS::EC2::FlowLog",
        "AWS::EC2::VPCEndpoint",
        "AWS::EC2::VPCPeeringConnection",
        "AWS::EC2::VPNConnection",
        "AWS::RAM::ResourceShare",
        "AWS::Route53::HostedZone",
        "AWS::Route53Resolver::ResolverEndpoint",
        "AWS::Route53Resolver::ResolverQueryLoggingConfig",
        "AWS::Route53Resolver::ResolverRule",
    };
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (had_str_is(node->type_name, types[i]))
            return true;
    /* an instance may have an address of its own in its subnet */
    return node->type && node->type->natural_key &&
           strcmp(node->type->natural_key, "had:address") == 0 &&
           !had_str_is(node->type_name, "AWS::EC2::Instance");
}

static bool in_place(struct had_builder *b, const struct had_node *node,
                     const struct had_record *record, const json_t *desired)
{
    const struct had_driver *driver = had_driver_find(&b->d->drivers, node->type_name);
    struct had_changes changes = {0};
    bool fine = driver != NULL;
    if (driver)
        had_compare(b->arena, driver, node, desired, NULL, record->applied, &changes);
    had_each(const struct had_change, change, &changes.items)
        fine &= change->how == HAD_CHANGE_IN_PLACE;
    had_changes_drop(&changes);
    return fine;
}

static bool may_move(const struct had_record *record)
{
    return record->status == HAD_RECORD_READY &&
           (record->id.len || record->lifecycle == HAD_RECORD_EXISTING);
}

/* What is looked up is the same, too: what reads it stays as it is. */
static bool meant(const struct had_builder *b, const struct had_node *node)
{
    return b->wanted[node->id] && !b->records[node->id] && node->type &&
           (node->class == HAD_LOOKUP ||
            (node->class == HAD_RESOURCE && node->lifecycle != HAD_EXISTING));
}

/* One round: what was matched before may have made further keys known. */
static bool match(struct had_builder *b, const struct had_symbols *keys, struct had_map *left)
{
    struct had_deployment *d = b->d;
    struct had_buffer key = {0};
    bool any = false;
    for (uint32_t i = 0; i < d->graph->nodes.count; i++) {
        const struct had_node *node = d->graph->nodes.items[i];
        if (!meant(b, node))
            continue;
        json_t *desired = had_deployment_desired(d, node, 0);
        uint64_t *found = NULL;
        if (natural_key(node->type, node->context->account, node->context->region, desired, &key))
            found = had_map_get(left, had_symbol_find(keys, had_buffer_view(&key)));
        struct had_record *record = found ? (struct had_record *)(uintptr_t)*found : NULL;
        if (record && (record->lifecycle == HAD_RECORD_EXISTING) == (node->class == HAD_LOOKUP) &&
            (!had_may_be_two(node) || in_place(b, node, record, desired))) {
            b->records[i] = record;
            *found = 0;
            any = true;
        }
        json_decref(desired);
    }
    had_buffer_free(&key);
    return any;
}

void had_keys_match(struct had_builder *b)
{
    struct had_deployment *d = b->d;
    struct had_symbols keys;
    struct had_map taken = {0}, left = {0}; /* records; symbol of a key → record */
    struct had_buffer key = {0};
    had_symbols_init(&keys, b->arena);
    for (uint32_t i = 0; d->graph && i < d->graph->nodes.count; i++)
        if (b->records[i])
            had_map_put(b->arena, &taken, (uintptr_t)b->records[i], true);
    had_each(struct had_record *, at, &d->state->records) {
        const struct had_record *record = *at;
        if (!had_map_get(&taken, (uintptr_t)record) && may_move(record) &&
            natural_key(had_rtype_find(record->type), record->account, record->region,
                        record->applied, &key))
            had_map_put(b->arena, &left, had_intern(&keys, had_buffer_view(&key)),
                        (uintptr_t)record);
    }
    had_buffer_free(&key);
    if (left.count == 0 || !d->graph || d->destroy)
        return;
    while (match(b, &keys, &left))
        had_recall(b);
}
