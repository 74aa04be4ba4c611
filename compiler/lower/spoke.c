/* spoke, subnet: the VPC with its ranges, tables and attachments to hubs. */
#include "lower/internal.h"

static void lower_ranges(struct had_lowering *l, const struct had_object *spoke,
                         struct had_node *vpc, struct had_place place)
{
    static const struct {
        const char *attribute, *property;
    } parts[] = {{"secondary-cidrs", "CidrBlock"}, {"ipv6-cidr", "Ipv6CidrBlock"}};
    for (uint32_t p = 0; p < sizeof parts / sizeof *parts; p++) {
        struct had_value_list ranges = had_get_list(spoke, parts[p].attribute);
        for (uint32_t i = 0; i < ranges.count; i++) {
            if (ranges.items[i].tag != HAD_VALUE_CIDR)
                continue;
            had_str cidr = had_cidr_text(l->arena, ranges.items[i].cidr);
            struct had_node *block =
                had_lower_node(l, spoke, "AWS::EC2::VPCCidrBlock", "cidr", cidr, place);
            if (spoke->existing)
                block->lifecycle = HAD_EXISTING; /* a statement about the VPC that is there */
            struct had_span span = had_get_span(spoke, parts[p].attribute);
            had_lower_read(l, block, "VpcId", vpc, "VpcId", span);
            had_lower_text(l, block, parts[p].property, cidr, span);
        }
    }
}

static void lower_dhcp(struct had_lowering *l, const struct had_object *spoke, struct had_node *vpc,
                       struct had_place place)
{
    static const struct {
        const char *entry, *property;
    } entries[] = {{"dns", "DomainNameServers"}, {"domain", "DomainName"}, {"ntp", "NtpServers"}};
    const struct had_value *body = had_get(spoke, "dhcp");
    if (body->tag != HAD_VALUE_MAP)
        return;
    struct had_span span = had_get_span(spoke, "dhcp");
    struct had_node *options =
        had_lower_node(l, spoke, "AWS::EC2::DHCPOptions", "dhcp", HAD_NO_KEY, place);
    for (uint32_t e = 0; e < sizeof entries / sizeof *entries; e++) {
        for (uint32_t i = 0; i < body->map.count; i++) {
            if (!had_str_is(body->map.entries[i].key, entries[e].entry))
                continue;
            struct had_prop *value = had_prop_of(l, body->map.entries[i].value);
            if (value && value->tag != HAD_PROP_LIST && e != 1) {
                struct had_prop *list = had_prop_list(l->graph, value->span);
                had_prop_append(l->graph, list, value);
                value = list;
            }
            if (value)
                had_node_set(l->graph, options, entries[e].property, value);
        }
    }
    if (!had_node_get(options, "DomainNameServers")) {
        /* Without a list of its own the VPC Resolver goes on answering. */
        had_node_set(l->graph, options, "DomainNameServers",
                     had_prop_strings(l, (const had_str[]){HAD_STR("AmazonProvidedDNS")}, 1, span));
    }
    had_lower_tags(l, options, spoke, had_outside_name(l->arena, spoke));
    struct had_node *association = had_lower_node(l, spoke, "AWS::EC2::VPCDHCPOptionsAssociation",
                                                  "dhcp-association", HAD_NO_KEY, place);
    had_lower_read(l, association, "VpcId", vpc, "VpcId", span);
    had_lower_read(l, association, "DhcpOptionsId", options, "DhcpOptionsId", span);
}

static void lower_vpc(struct had_lowering *l, const struct had_object *spoke)
{
    struct had_place place = had_place_own(l, spoke, had_spoke_layer(spoke), HAD_PHASE_FOUNDATION);
    struct had_node *vpc = had_lower_node(l, spoke, "AWS::EC2::VPC", "vpc", HAD_NO_KEY, place);
    had_lower_primary(l, vpc, spoke, "VpcId");
    had_lower_set(l, vpc, "CidrBlock", spoke, "cidr");
    had_lower_set(l, vpc, "EnableDnsSupport", spoke, "dns-support");
    had_lower_set(l, vpc, "EnableDnsHostnames", spoke, "dns-hostnames");
    had_lower_set(l, vpc, "InstanceTenancy", spoke, "tenancy");
    had_lower_tags(l, vpc, spoke, had_outside_name(l->arena, spoke));
    lower_ranges(l, spoke, vpc, place);
    lower_dhcp(l, spoke, vpc, place);
    had_lower_flow_log(l, spoke, vpc, "VpcId", "VPC", place);
}

/* ---- subnets ---- */

/* Id of a zone letter, where the Region states ids. */
static const struct had_value *zone_id(const struct had_object *spoke, had_str letter)
{
    const struct had_object *region = had_object_region(spoke);
    const struct had_value *ids = region ? had_get(region, "zone-ids") : NULL;
    for (uint32_t i = 0; ids && ids->tag == HAD_VALUE_MAP && i < ids->map.count; i++)
        if (had_str_eq(ids->map.entries[i].key, letter))
            return ids->map.entries[i].value;
    return NULL;
}

static void need_range(struct had_lowering *l, struct had_node *node,
                       const struct had_object *spoke, const struct had_object *subnet,
                       const char *attribute, const char *ranges)
{
    const struct had_value *inside = had_get(subnet, attribute);
    struct had_value_list all = had_get_list(spoke, ranges);
    for (uint32_t i = 0; inside->tag == HAD_VALUE_CIDR && i < all.count; i++)
        if (all.items[i].tag == HAD_VALUE_CIDR &&
            had_cidr_contains(all.items[i].cidr, inside->cidr))
            had_lower_need(
                l, node,
                had_lower_find(l, spoke, "cidr", had_cidr_text(l->arena, all.items[i].cidr)),
                "a subnet in a further range needs that range in the VPC",
                had_get_span(subnet, attribute));
}

static void lower_table(struct had_lowering *l, const struct had_object *subnet,
                        struct had_node *node, struct had_node *vpc, struct had_place place)
{
    bool known = had_present(subnet, "route-table");
    if (subnet->existing && !known)
        return; /* its table is not ours and not named: routes there are assumed */
    struct had_node *table =
        had_lower_node(l, subnet, "AWS::EC2::RouteTable", "table", HAD_NO_KEY, place);
    had_lower_read(l, table, "VpcId", vpc, "VpcId", subnet->span);
    if (subnet->existing) {
        table->lifecycle = HAD_EXISTING;
        had_node_know(l->graph, table, "RouteTableId", had_get_text(subnet, "route-table"));
        return;
    }
    had_lower_tags(l, table, subnet, had_outside_name(l->arena, subnet));
    struct had_node *association = had_lower_node(
        l, subnet, "AWS::EC2::SubnetRouteTableAssociation", "table-association", HAD_NO_KEY, place);
    had_lower_read(l, association, "SubnetId", node, "SubnetId", subnet->span);
    had_lower_read(l, association, "RouteTableId", table, "RouteTableId", subnet->span);
    *had_push(l->arena, &had_network_of(l, subnet)->routes) = association;
}

static void lower_subnet(struct had_lowering *l, const struct had_object *subnet)
{
    const struct had_object *spoke = subnet->parent;
    struct had_place place = had_place_own(l, spoke, had_spoke_layer(spoke), HAD_PHASE_FOUNDATION);
    struct had_node *vpc = had_lower_find(l, spoke, "vpc", HAD_NO_KEY);
    struct had_node *node =
        had_lower_node(l, subnet, "AWS::EC2::Subnet", "subnet", HAD_NO_KEY, place);
    had_lower_primary(l, node, subnet, "SubnetId");
    had_lower_read(l, node, "VpcId", vpc, "VpcId", subnet->span);
    had_lower_set(l, node, "CidrBlock", subnet, "cidr");
    had_lower_set(l, node, "Ipv6CidrBlock", subnet, "ipv6-cidr");
    need_range(l, node, spoke, subnet, "cidr", "secondary-cidrs");
    need_range(l, node, spoke, subnet, "ipv6-cidr", "ipv6-cidr");
    had_str letter = had_get_text(subnet, "zone");
    const struct had_value *id = zone_id(spoke, letter);
    struct had_span zone_span = had_get_span(subnet, "zone");
    if (id)
        had_lower_text(l, node, "AvailabilityZoneId", id->text, zone_span);
    else
        had_lower_text(l, node, "AvailabilityZone",
                       had_str_printf(l->arena, HAD_FMT HAD_FMT, HAD_ARG(had_region_code(spoke)),
                                      HAD_ARG(letter)),
                       zone_span);
    if (had_get_bool(subnet, "public-ip"))
        had_lower_set(l, node, "MapPublicIpOnLaunch", subnet, "public-ip");
    had_str name = had_outside_name(l->arena, subnet);
    had_lower_tags(l, node, subnet, name);
    lower_table(l, subnet, node, vpc, place);

    if (!had_get_list(subnet, "share-with").count)
        return;
    struct had_span span = had_get_span(subnet, "share-with");
    had_str account = place.context->account_id;
    struct had_prop *arn = had_prop_format_c(l, span, "arn:");
    had_prop_append(l->graph, arn,
                    had_prop_text(l->graph,
                                  had_str_printf(l->arena, HAD_FMT ":ec2:" HAD_FMT ":",
                                                 HAD_ARG(place.context->partition),
                                                 HAD_ARG(place.context->region)),
                                  span));
    had_prop_append(l->graph, arn,
                    account.len ? had_prop_text(l->graph, account, span)
                                : had_prop_account_id(l, had_object_account(spoke), span));
    had_prop_append(l->graph, arn, had_prop_c(l->graph, ":subnet/", span));
    had_prop_append(l->graph, arn, had_prop_read(l->graph, node, "SubnetId", span));
    struct had_node *share =
        had_lower_share(l, subnet, had_prop_joined(l, arn), "share-with", place,
                        had_str_printf(l->arena, "subnet-" HAD_FMT "-" HAD_FMT,
                                       HAD_ARG(had_outside_name(l->arena, spoke)), HAD_ARG(name)));
    if (share)
        *had_push(l->arena, &had_network_of(l, subnet)->shares) = share;
}

/* ---- attachments ---- */

static void lower_attachment(struct had_lowering *l, const struct had_object *spoke,
                             const struct had_object *hub, struct had_span span)
{
    struct had_place place = had_place_own(l, spoke, had_spoke_layer(spoke), HAD_PHASE_FOUNDATION);
    struct had_network *network = had_network_of(l, spoke);
    struct had_node *gateway = had_lower_find(l, hub, "gateway", HAD_NO_KEY);
    struct had_node *node = had_lower_node(l, spoke, "AWS::EC2::TransitGatewayAttachment",
                                           "attachment", hub->address, place);
    bool there = spoke->existing && had_present(spoke, "attachment");
    if (there) {
        node->lifecycle = HAD_EXISTING;
        had_node_know(l->graph, node, "Id", had_get_text(spoke, "attachment"));
    }
    had_lower_read(l, node, "TransitGatewayId", gateway, "Id", span);
    had_lower_read(l, node, "VpcId", had_lower_find(l, spoke, "vpc", HAD_NO_KEY), "VpcId", span);
    const struct had_value *subnets = had_get(spoke, "attachment-subnets");
    struct had_prop *ids = had_prop_subnets(l, had_get_list(spoke, "attachment-subnets"),
                                            had_get_span(spoke, "attachment-subnets"));
    if (subnets->provenance == HAD_DERIVED)
        had_prop_because(l->graph, ids, subnets->reason);
    if (had_lower_states(node, spoke, "attachment-subnets"))
        had_node_set(l->graph, node, "SubnetIds", ids);
    had_lower_switch(l, node, "Options.ApplianceModeSupport", spoke, "appliance-mode");
    if (!there)
        had_lower_switch(l, node, "Options.DnsSupport", hub, "dns-support");
    if (!there && had_present(spoke, "ipv6-cidr"))
        had_lower_c(l, node, "Options.Ipv6Support", "enable", had_get_span(spoke, "ipv6-cidr"));
    had_lower_tags(l, node, spoke, had_outside_name(l->arena, spoke));
    had_lower_sees(l, node, had_lower_find(l, hub, "share", HAD_NO_KEY),
                   "the hub is visible in the account through its share", span);
    *had_push(l->arena, &network->attachments) = node;

    if (had_object_account(spoke) == had_object_account(hub) || had_get_bool(hub, "auto-accept") ||
        there)
        return;
    struct had_node *acceptance =
        had_lower_node(l, spoke, "had::AttachmentAcceptance", "acceptance", hub->address,
                       had_place_own(l, hub, had_spoke_layer(spoke), HAD_PHASE_FOUNDATION));
    had_lower_read(l, acceptance, "TransitGatewayAttachmentId", node, "Id", span);
    *had_push(l->arena, &network->attachments) = acceptance;
}

static void lower_segments(struct had_lowering *l, const struct had_object *spoke,
                           const struct had_object *hub)
{
    struct had_attachment attachment = had_attachment_of(l, spoke, hub);
    const struct had_object *segment = had_segment_on(had_get_list(spoke, "segment"), hub);
    had_nodes *routing = &had_network_of(l, spoke)->routing;
    if (segment)
        had_lower_associate(l, spoke, segment, &attachment, spoke, "segment", routing);
    struct had_value_list to = had_get_list(spoke, "propagates-to");
    for (uint32_t i = 0; i < to.count; i++)
        if (to.items[i].tag == HAD_VALUE_REF && to.items[i].object->parent == hub)
            had_lower_propagate(l, spoke, to.items[i].object, &attachment, spoke, "propagates-to",
                                routing);
}

void had_lower_spoke(struct had_lowering *l)
{
    const had_objects *spokes = had_spec_kind(l->spec, "spoke");
    had_each_object(spoke, spokes)
        lower_vpc(l, spoke);
    had_each_object(subnet, had_spec_kind(l->spec, "subnet"))
        lower_subnet(l, subnet);
    had_each_object(attached, spokes) {
        struct had_value_list hubs = had_get_list(attached, "hubs");
        for (uint32_t i = 0; i < hubs.count; i++) {
            if (hubs.items[i].tag != HAD_VALUE_REF)
                continue;
            lower_attachment(l, attached, hubs.items[i].object, had_get_span(attached, "hubs"));
            lower_segments(l, attached, hubs.items[i].object);
        }
    }
}
