/*
 * route, blackhole, nat, and the routes that follow from the segments. A route stands at its table,
 * the subnet: `spoke shared/subnet app:route[10.0.0.0/8]`, whether it is stated or derived, so that
 * stating a derived one changes nothing.
 */
#include "lower/internal.h"

/* One destination of a table. */
struct entry {
    struct had_cidr cidr; /* or */
    had_str prefix_list;
    const struct had_object *to;    /* hub, peer, nat, appliance; NULL: `word` */
    had_str word;                   /* internet, egress-only */
    const struct had_object *route; /* the statement; NULL: derived */
    uint32_t depth; /* 0 derived, 1 of the spoke, 2 of the subnet: the deeper counts */
    had_str reason; /* of a derived one */
};
typedef had_array(struct entry) entries;

static bool same_target(const struct entry *a, const struct entry *b)
{
    return a->to == b->to && had_str_eq(a->word, b->word);
}

static bool same_destination(const struct entry *a, const struct entry *b)
{
    if (a->prefix_list.len || b->prefix_list.len)
        return had_str_eq(a->prefix_list, b->prefix_list);
    return had_cidr_eq(a->cidr, b->cidr);
}

/* `a` takes the place of `b`: equal ranges, or a stated one that covers a derived one's. */
static bool replaces(const struct entry *a, const struct entry *b)
{
    if (a->depth <= b->depth)
        return false;
    if (same_destination(a, b))
        return true;
    return b->depth == 0 && !a->prefix_list.len && same_target(a, b) &&
           had_cidr_contains(a->cidr, b->cidr);
}

static void add_derived(struct had_lowering *l, const struct had_object *spoke, entries *out)
{
    const struct had_value *routes = had_get(spoke, "routes");
    struct had_value_list list = had_get_list(spoke, "routes");
    for (uint32_t i = 0; i < list.count; i++) {
        const struct had_value *row = &list.items[i];
        struct entry entry = {
            .reason =
                routes->reason.len
                    ? routes->reason
                    : HAD_STR("ranges of the Regions and prefixes of the links that its segment "
                              "reaches"),
        };
        if (row->tag != HAD_VALUE_MAP)
            continue;
        for (uint32_t e = 0; e < row->map.count; e++) {
            const struct had_value *value = row->map.entries[e].value;
            if (value->tag == HAD_VALUE_CIDR)
                entry.cidr = value->cidr;
            else if (value->tag == HAD_VALUE_REF)
                entry.to = value->object;
        }
        if (entry.cidr.base.family && entry.to)
            *had_push(l->arena, out) = entry;
    }
}

static void add_stated(struct had_lowering *l, const struct had_object *place, uint32_t depth,
                       entries *out)
{
    for (uint32_t i = 0; i < place->children.count; i++) {
        const struct had_object *route = place->children.items[i];
        if (!had_is(route, "route"))
            continue;
        const struct had_value *to = had_get(route, "to");
        struct entry entry = {.route = route, .depth = depth};
        if (route->subject.tag == HAD_VALUE_CIDR)
            entry.cidr = route->subject.cidr;
        else
            entry.prefix_list = route->subject.text;
        if (to->tag == HAD_VALUE_REF)
            entry.to = to->object;
        else
            entry.word = to->text;
        *had_push(l->arena, out) = entry;
    }
}

/* ---- gateways of the spoke ---- */

static struct had_node *internet_gateway(struct had_lowering *l, const struct had_object *spoke,
                                         struct had_node **attachment)
{
    struct had_place place = had_place_own(l, spoke, had_spoke_layer(spoke), HAD_PHASE_FOUNDATION);
    struct had_node *gateway = had_lower_find(l, spoke, "internet", HAD_NO_KEY);
    *attachment = had_lower_find(l, spoke, "internet-attachment", HAD_NO_KEY);
    if (gateway)
        return gateway;
    gateway = had_lower_node(l, spoke, "AWS::EC2::InternetGateway", "internet", HAD_NO_KEY, place);
    had_lower_tags(l, gateway, spoke, had_outside_name(l->arena, spoke));
    *attachment = had_lower_node(l, spoke, "AWS::EC2::VPCGatewayAttachment", "internet-attachment",
                                 HAD_NO_KEY, place);
    had_lower_read(l, *attachment, "InternetGatewayId", gateway, "InternetGatewayId", spoke->span);
    had_lower_read(l, *attachment, "VpcId", had_lower_find(l, spoke, "vpc", HAD_NO_KEY), "VpcId",
                   spoke->span);
    return gateway;
}

static struct had_node *egress_gateway(struct had_lowering *l, const struct had_object *spoke)
{
    struct had_node *gateway = had_lower_find(l, spoke, "egress-only", HAD_NO_KEY);
    if (gateway)
        return gateway;
    struct had_place place = had_place_own(l, spoke, had_spoke_layer(spoke), HAD_PHASE_FOUNDATION);
    gateway = had_lower_node(l, spoke, "AWS::EC2::EgressOnlyInternetGateway", "egress-only",
                             HAD_NO_KEY, place);
    had_lower_read(l, gateway, "VpcId", had_lower_find(l, spoke, "vpc", HAD_NO_KEY), "VpcId",
                   spoke->span);
    had_lower_tags(l, gateway, spoke, had_outside_name(l->arena, spoke));
    return gateway;
}

/* The appliance's endpoint or interface in the subnet's zone, else its first. */
static had_str appliance_endpoint(const struct had_object *appliance, had_str zone)
{
    const struct had_value *map = had_get(appliance, "endpoints");
    if (map->tag != HAD_VALUE_MAP || !map->map.count)
        return (had_str){0};
    for (uint32_t i = 0; i < map->map.count; i++)
        if (had_str_eq(map->map.entries[i].key, zone))
            return map->map.entries[i].value->text;
    return map->map.entries[0].value->text;
}

/* ---- where a route may lead ---- */

static bool attached(const struct had_object *spoke, const struct had_object *hub)
{
    struct had_value_list hubs = had_get_list(spoke, "hubs");
    for (uint32_t i = 0; i < hubs.count; i++)
        if (hubs.items[i].tag == HAD_VALUE_REF && hubs.items[i].object == hub)
            return true;
    return false;
}

static bool is_end(const struct had_object *peer, const struct had_object *object)
{
    struct had_value_list ends = had_get_list(peer, "ends");
    for (uint32_t i = 0; i < ends.count; i++)
        if (ends.items[i].tag == HAD_VALUE_REF && ends.items[i].object == object)
            return true;
    return false;
}

/* What keeps a route of a subnet's table from its target; NULL: nothing. */
static const char *obstacle(const struct entry *entry, const struct had_object *spoke)
{
    const struct had_object *to = entry->to;
    if (!to) {
        bool v4 = entry->prefix_list.len || entry->cidr.base.family == 4;
        return had_str_is(entry->word, "egress-only") && v4
                   ? "leads through `egress-only`, which carries IPv6 alone"
                   : NULL;
    }
    if (had_is(to, "hub"))
        return attached(spoke, to) ? NULL : "leads to a hub to which its spoke is not attached";
    if (had_is(to, "peer"))
        return is_end(to, spoke) ? NULL : "leads to a peering of which its spoke is no end";
    if (had_is(to, "nat"))
        return to->parent && to->parent->parent == spoke
                   ? NULL
                   : "leads to a NAT gateway of another spoke";
    if (had_is(to, "appliance"))
        return to->parent == spoke ? NULL : "leads to an appliance of another spoke";
    return "leads to what no table of a subnet knows";
}

static void report(struct had_lowering *l, const struct had_object *route, const char *what)
{
    struct had_diag *d = had_report(l->diags, &HAD0753, had_get_span(route, "to"),
                                    "`" HAD_FMT "` %s", HAD_ARG(route->address), what);
    const struct had_object *to = had_get_object(route, "to");
    if (to)
        had_diag_label(d, to->span, "the target");
    had_diag_address(d, route->address);
}

/* ---- one route ---- */

static void set_target(struct had_lowering *l, struct had_node *route, const struct entry *entry,
                       const struct had_object *subnet, struct had_span span)
{
    const struct had_object *spoke = subnet->parent;
    const struct had_object *to = entry->to;
    if (!to) {
        if (had_str_is(entry->word, "egress-only")) {
            had_lower_read(l, route, "EgressOnlyInternetGatewayId", egress_gateway(l, spoke), "Id",
                           span);
            return;
        }
        struct had_node *attachment;
        struct had_node *gateway = internet_gateway(l, spoke, &attachment);
        had_lower_read(l, route, "GatewayId", gateway, "InternetGatewayId", span);
        had_lower_need(l, route, attachment,
                       "a route to the internet gateway needs it attached to the VPC", span);
    } else if (had_is(to, "hub")) {
        had_lower_read(l, route, "TransitGatewayId", had_lower_find(l, to, "gateway", HAD_NO_KEY),
                       "Id", span);
        struct had_attachment attachment = had_attachment_of(l, spoke, to);
        had_lower_need(l, route, attachment.node,
                       "a route to the hub needs the attachment of the VPC, not only the hub",
                       span);
        had_lower_need(l, route, attachment.acceptance,
                       "a route to the hub needs the attachment accepted", span);
        had_lower_sees(l, route, had_lower_find(l, to, "share", HAD_NO_KEY),
                       "the hub is visible in the account through its share", span);
    } else if (had_is(to, "nat")) {
        had_lower_read(l, route, "NatGatewayId", had_lower_find(l, to, "gateway", HAD_NO_KEY),
                       "NatGatewayId", span);
    } else if (had_is(to, "peer")) {
        had_lower_read(l, route, "VpcPeeringConnectionId",
                       had_lower_find(l, to, "connection", HAD_NO_KEY), "Id", span);
        had_lower_need(l, route, had_lower_find(l, to, "acceptance", HAD_NO_KEY),
                       "a route to a peering needs it accepted", span);
    } else {
        had_str id = appliance_endpoint(to, had_get_text(subnet, "zone"));
        had_lower_text(l, route,
                       had_str_starts(id, "eni-") ? "NetworkInterfaceId" : "VpcEndpointId", id,
                       had_get_span(to, "endpoints"));
    }
}

static void lower_entry(struct had_lowering *l, const struct had_object *subnet,
                        struct had_node *table, const struct entry *entry)
{
    const struct had_object *spoke = subnet->parent;
    const char *what = obstacle(entry, spoke);
    if (what && entry->route) {
        report(l, entry->route, what);
        return;
    }
    struct had_place place = had_place_own(l, spoke, had_spoke_layer(spoke), HAD_PHASE_FOUNDATION);
    struct had_origin origin =
        entry->route ? had_origin_of(l, entry->route)
                     : had_origin_derived(l, subnet, entry->reason, had_get_span(spoke, "routes"));
    had_str destination =
        entry->prefix_list.len ? entry->prefix_list : had_cidr_text(l->arena, entry->cidr);
    /* A way to an appliance whose endpoints are not stated is assumed, not written: a fact. */
    if (entry->to && had_is(entry->to, "appliance") &&
        !appliance_endpoint(entry->to, (had_str){0}).len) {
        struct had_node *fact = had_lower_node_from(
            l, subnet->address, "had::AssumedRoute", "assumed-route", destination,
            had_place_own(l, spoke, HAD_LAYER_NONE, HAD_PHASE_FOUNDATION), origin, NULL);
        had_lower_text(l, fact, "Table", table->address, origin.span);
        had_lower_text(l, fact, "Destination", destination, origin.span);
        had_lower_text(l, fact, "Appliance", entry->to->address, origin.span);
        return;
    }
    struct had_node *route = had_lower_node_from(l, subnet->address, "AWS::EC2::Route", "route",
                                                 destination, place, origin, NULL);
    had_lower_read(l, route, "RouteTableId", table, "RouteTableId", origin.span);
    had_lower_text(l, route,
                   entry->prefix_list.len         ? "DestinationPrefixListId"
                   : entry->cidr.base.family == 6 ? "DestinationIpv6CidrBlock"
                                                  : "DestinationCidrBlock",
                   destination, origin.span);
    set_target(l, route, entry, subnet, origin.span);
    *had_push(l->arena, &had_network_of(l, subnet)->routes) = route;
}

static void lower_table(struct had_lowering *l, const struct had_object *subnet)
{
    struct had_node *table = had_lower_find(l, subnet, "table", HAD_NO_KEY);
    if (!table)
        return;
    entries all = {0};
    if (!had_str_is(had_get_text(subnet, "use"), "attachment")) {
        add_derived(l, subnet->parent, &all);
        add_stated(l, subnet->parent, 1, &all);
    }
    add_stated(l, subnet, 2, &all);
    for (uint32_t i = 0; i < all.count; i++) {
        bool replaced = false;
        for (uint32_t j = 0; j < all.count && !replaced; j++)
            replaced = replaces(&all.items[j], &all.items[i]);
        if (!replaced)
            lower_entry(l, subnet, table, &all.items[i]);
    }
}

/* ---- segments ---- */

static void lower_in_segment(struct had_lowering *l, const struct had_object *route,
                             const struct had_object *segment)
{
    const struct had_object *to = had_get_object(route, "to");
    if (!to || route->subject.tag != HAD_VALUE_CIDR) {
        report(l, route, "has a range or target that a segment does not take");
        return;
    }
    static const char *const attachable[] = {"spoke", "link", "peer", "direct-connect-gateway"};
    struct had_attachment attachment = {0};
    for (uint32_t i = 0; i < sizeof attachable / sizeof *attachable; i++)
        if (had_is(to, attachable[i]))
            attachment = had_attachment_of(l, to, segment->parent);
    if (!attachment.node || !had_attachment_on(l, to, segment->parent))
        report(l, route, "leads to what is not attached to the hub of its segment");
    else
        had_lower_segment_route(l, route->address, "route", HAD_NO_KEY, segment,
                                route->subject.cidr, &attachment, had_origin_of(l, route));
}

static const struct had_object *place_of(const struct had_object *object, const char *slot)
{
    const struct had_object *place = had_get_object(object, slot);
    return place ? place : object->parent;
}

void had_lower_route(struct had_lowering *l)
{
    had_each_object(route, had_spec_kind(l->spec, "route")) {
        const struct had_object *place = place_of(route, "in");
        if (place && had_is(place, "segment"))
            lower_in_segment(l, route, place);
    }
    had_each_object(hole, had_spec_kind(l->spec, "blackhole")) {
        const struct had_object *segment = place_of(hole, "segment");
        if (segment && hole->subject.tag == HAD_VALUE_CIDR)
            had_lower_black_hole(l, segment, hole, HAD_NO_KEY, hole->subject.cidr,
                                 had_origin_of(l, hole));
    }
    had_each_object(subnet, had_spec_kind(l->spec, "subnet"))
        lower_table(l, subnet);
}

/* ---- nat ---- */

void had_lower_nat(struct had_lowering *l)
{
    had_each_object(nat, had_spec_kind(l->spec, "nat")) {
        const struct had_object *subnet = nat->parent;
        const struct had_object *spoke = subnet->parent;
        struct had_place place =
            had_place_own(l, spoke, had_spoke_layer(spoke), HAD_PHASE_FOUNDATION);
        struct had_node *gateway =
            had_lower_node(l, nat, "AWS::EC2::NatGateway", "gateway", HAD_NO_KEY, place);
        had_lower_primary(l, gateway, nat, "NatGatewayId");
        had_lower_read(l, gateway, "SubnetId", had_lower_find(l, subnet, "subnet", HAD_NO_KEY),
                       "SubnetId", nat->span);
        had_str name = had_outside_name(l->arena, nat);
        had_lower_tags(l, gateway, nat, name);
        if (nat->existing)
            continue;
        had_lower_c(l, gateway, "ConnectivityType", "public", nat->span);
        struct had_node *attachment;
        internet_gateway(l, spoke, &attachment);
        had_lower_need(l, gateway, attachment,
                       "a public NAT gateway needs the internet gateway attached to the VPC",
                       nat->span);
        if (had_lower_set(l, gateway, "AllocationId", nat, "address"))
            continue;
        struct had_node *address =
            had_lower_node(l, nat, "AWS::EC2::EIP", "address", HAD_NO_KEY, place);
        had_lower_c(l, address, "Domain", "vpc", nat->span);
        had_lower_tags(l, address, nat, name);
        had_lower_need(l, address, attachment,
                       "an address is given to a VPC that is attached to the internet", nat->span);
        had_lower_read(l, gateway, "AllocationId", address, "AllocationId", nat->span);
    }
}
