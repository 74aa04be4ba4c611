/* What stands in a spoke or subnet and must be there before others can talk; ranges of places. */
#include "lower/internal.h"

struct had_network *had_network_of(struct had_lowering *l, const struct had_object *object)
{
    uint64_t *found = had_map_get(&l->networks, (uintptr_t)object);
    if (found)
        return (struct had_network *)(uintptr_t)*found;
    struct had_network *network = had_new(l->arena, struct had_network);
    had_map_put(l->arena, &l->networks, (uintptr_t)object, (uintptr_t)network);
    return network;
}

static void need_all(struct had_lowering *l, struct had_node *node, const had_nodes *nodes,
                     const char *why, struct had_span span)
{
    for (uint32_t i = 0; i < nodes->count; i++)
        had_lower_need(l, node, nodes->items[i], why, span);
}

void had_lower_connected(struct had_lowering *l, struct had_node *node,
                         const struct had_object *subnet, bool endpoints, struct had_span span)
{
    const struct had_object *spoke = subnet->parent;
    struct had_network *in_subnet = had_network_of(l, subnet);
    struct had_network *in_spoke = had_network_of(l, spoke);
    need_all(l, node, &in_subnet->routes,
             "what stands in a subnet reaches the rest over its routes", span);
    need_all(l, node, &in_spoke->routing,
             "traffic passes the hub only where the attachment is associated and propagated", span);
    if (endpoints)
        need_all(l, node, &in_spoke->endpoints,
                 "a machine reaches Systems Manager over the endpoints of its spoke", span);
    for (uint32_t i = 0; i < in_subnet->shares.count; i++)
        had_lower_sees(l, node, in_subnet->shares.items[i],
                       "a subnet of another account is visible through its share", span);
}

void had_lower_resolves(struct had_lowering *l, struct had_node *node,
                        const struct had_object *spoke, struct had_span span)
{
    need_all(l, node, &had_network_of(l, spoke)->names,
             "names of directories are resolved by the rules associated with the spoke", span);
}

/* ---- ranges ---- */

static void push(struct had_lowering *l, had_cidrs *out, struct had_cidr cidr)
{
    *had_push(l->arena, out) = cidr;
}

static void push_ip(struct had_lowering *l, had_cidrs *out, struct had_ip ip)
{
    if (ip.family)
        push(l, out, (struct had_cidr){ip, had_ip_bits(ip)});
}

void had_cidrs_of(struct had_lowering *l, had_cidrs *out, const struct had_value *value)
{
    switch (value->tag) {
    case HAD_VALUE_CIDR:
        push(l, out, value->cidr);
        break;
    case HAD_VALUE_IP:
    case HAD_VALUE_IP_PORT:
        push_ip(l, out, value->ip);
        break;
    case HAD_VALUE_REF:
        had_cidrs_of_object(l, out, value->object);
        break;
    case HAD_VALUE_LIST:
        for (uint32_t i = 0; i < value->list.count; i++)
            had_cidrs_of(l, out, &value->list.items[i]);
        break;
    case HAD_VALUE_MAP:
        for (uint32_t i = 0; i < value->map.count; i++)
            had_cidrs_of(l, out, value->map.entries[i].value);
        break;
    case HAD_VALUE_ABSENT:
    case HAD_VALUE_ERROR:
    case HAD_VALUE_BOOL:
    case HAD_VALUE_INT:
    case HAD_VALUE_TEXT:
    case HAD_VALUE_PORTS:
    case HAD_VALUE_SERVICE:
    case HAD_VALUE_SECRET:
    case HAD_VALUE_PRINCIPAL:
    case HAD_VALUE_COMPUTED:
        break;
    }
}

static void cidrs_of_children(struct had_lowering *l, had_cidrs *out,
                              const struct had_object *object, const char *kind)
{
    for (uint32_t i = 0; i < object->children.count; i++) {
        const struct had_object *child = object->children.items[i];
        if (had_is(child, kind))
            had_cidrs_of_object(l, out, child);
    }
}

/* Attributes of a kind that say where its objects are; the first that is present counts. */
static const struct {
    const char *kind, *attributes[3];
} places[] = {
    {"subnet", {"cidr", "ipv6-cidr", NULL}}, {"spoke", {"ranges", NULL, NULL}},
    {"site", {"ranges", NULL, NULL}},        {"region", {"ranges", NULL, NULL}},
    {"segment", {"members", NULL, NULL}},    {"link", {"learned", NULL, NULL}},
    {"hub", {"spokes", NULL, NULL}},         {"directory", {"subnets", NULL, NULL}},
    {"connector", {"subnets", NULL, NULL}},  {"resolver", {"subnets", NULL, NULL}},
    {"replica", {"subnets", NULL, NULL}},    {"appliance", {"subnets", NULL, NULL}},
    {"ad-service", {"subnets", NULL, NULL}}, {"controller", {"address", NULL, NULL}},
};

void had_cidrs_of_object(struct had_lowering *l, had_cidrs *out, const struct had_object *object)
{
    if (had_is(object, "forest") || had_is(object, "domain")) {
        /* Its controllers, ours and those on its sites. */
        cidrs_of_children(l, out, object, "controller");
        cidrs_of_children(l, out, object, "domain");
        struct had_value_list sites = had_get_list(object, "sites");
        for (uint32_t i = 0; i < sites.count; i++)
            if (sites.items[i].tag == HAD_VALUE_REF)
                had_cidrs_of(l, out, had_get(sites.items[i].object, "controllers"));
        return;
    }
    if (had_is(object, "instance")) {
        if (had_present(object, "address"))
            had_cidrs_of(l, out, had_get(object, "address"));
        else if (object->parent)
            had_cidrs_of_object(l, out, object->parent);
        else if (had_get_object(object, "subnet"))
            had_cidrs_of_object(l, out, had_get_object(object, "subnet"));
        return;
    }
    for (uint32_t i = 0; i < sizeof places / sizeof *places; i++)
        if (had_is(object, places[i].kind))
            for (const char *const *name = places[i].attributes; *name; name++)
                had_cidrs_of(l, out, had_get(object, *name));
    if (had_is(object, "directory"))
        cidrs_of_children(l, out, object, "replica");
}

void had_cidrs_aggregate(had_cidrs *cidrs)
{
    if (cidrs->count)
        cidrs->count = had_cidr_aggregate(cidrs->items, cidrs->count);
}

had_str had_cidrs_text(struct had_lowering *l, const had_cidrs *cidrs)
{
    struct had_buffer b = {0};
    for (uint32_t i = 0; i < cidrs->count; i++) {
        if (i)
            had_buffer_c(&b, ", ");
        had_buffer_str(&b, had_cidr_text(l->arena, cidrs->items[i]));
    }
    had_str text = had_str_dup(l->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}

struct had_prop *had_prop_cidrs(struct had_lowering *l, const had_cidrs *cidrs,
                                struct had_span span)
{
    struct had_prop *list = had_prop_list(l->graph, span);
    for (uint32_t i = 0; i < cidrs->count; i++)
        had_prop_append(l->graph, list,
                        had_prop_text(l->graph, had_cidr_text(l->arena, cidrs->items[i]), span));
    return list;
}
