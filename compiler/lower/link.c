/*
 * direct-connect-gateway, link, tunnel: lines from sites to hubs. Links of one Direct Connect
 * gateway share its attachment to a hub, so that association and propagations stand at the gateway.
 * A static VPN writes its routes into the tables of the hub (EC2's own routes of a connection are
 * for virtual private gateways alone: Site-to-Site VPN guide, vpn-edit-static-routes).
 */
#include "lower/internal.h"
#include "schema/literal.h"

/* Names of virtual interfaces and gateways: DirectConnect's `[\w \-_,\/]{1,100}`. */
#define NAME_CHARACTERS " -_,/"
#define NAME_LENGTH 100

static bool via(const struct had_object *link, const char *word)
{
    return had_str_is(had_get_text(link, "via"), word);
}

static const struct had_object *ref_at(struct had_value_list list, uint32_t i)
{
    return list.items[i].tag == HAD_VALUE_REF ? list.items[i].object : NULL;
}

static const struct had_object *first_hub(const struct had_object *link)
{
    struct had_value_list hubs = had_get_list(link, "to");
    for (uint32_t i = 0; i < hubs.count; i++)
        if (ref_at(hubs, i))
            return ref_at(hubs, i);
    return NULL;
}

/* "dublin": the other ends, for names and instructions. */
static had_str far_end(struct had_lowering *l, const struct had_object *link)
{
    struct had_value_list from = had_get_list(link, "from");
    struct had_buffer b = {0};
    for (uint32_t i = 0; i < from.count; i++) {
        const struct had_object *end = ref_at(from, i);
        if (!end)
            continue;
        if (b.len)
            had_buffer_c(&b, ", ");
        had_buffer_str(&b, end->label);
    }
    had_str text = had_str_dup(l->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}

/* ---- Direct Connect ---- */

static void lower_gateway(struct had_lowering *l, const struct had_object *gateway)
{
    struct had_place place = had_place_at(had_context_global(l, had_object_account(gateway)),
                                          HAD_LAYER_HUB, HAD_PHASE_FOUNDATION);
    struct had_node *node = had_lower_node(l, gateway, "AWS::DirectConnect::DirectConnectGateway",
                                           "gateway", HAD_NO_KEY, place);
    had_lower_primary(l, node, gateway, "DirectConnectGatewayId");
    if (had_lower_knows_name(gateway))
        had_lower_text(l, node, "DirectConnectGatewayName",
                       had_lower_name(l, gateway, NAME_CHARACTERS, NAME_LENGTH), gateway->span);
    if (had_lower_states(node, gateway, "asn"))
        had_lower_text(l, node, "AmazonSideAsn",
                       had_str_printf(l->arena, "%lld", (long long)had_get_int(gateway, "asn")),
                       had_get_span(gateway, "asn"));
    had_lower_tags(l, node, gateway, HAD_NO_KEY);
}

/* The gateway's attachment to a hub: once, whichever link asks first. */
static void lower_gateway_hub(struct had_lowering *l, const struct had_object *gateway,
                              const struct had_object *hub, const struct had_object *link)
{
    struct had_span span = had_get_span(link, "to");
    /* A line that is there leads to its hub: what joins them is there too. */
    bool there = gateway->existing && hub->existing && link->existing;
    struct had_node *known = had_lower_find(l, gateway, "hub", hub->address);
    if (known && there)
        known->lifecycle = HAD_EXISTING;
    if (known)
        return;
    struct had_place place = had_place_own(l, hub, HAD_LAYER_HUB, HAD_PHASE_FOUNDATION);
    struct had_node *node = had_lower_find(l, gateway, "gateway", HAD_NO_KEY);
    struct had_node *of_hub = had_lower_find(l, hub, "gateway", HAD_NO_KEY);
    struct had_node *association =
        had_lower_node(l, gateway, "AWS::DirectConnect::DirectConnectGatewayAssociation", "hub",
                       hub->address, place);
    had_lower_read(l, association, "DirectConnectGatewayId", node, "DirectConnectGatewayId", span);
    had_lower_read(l, association, "AssociatedGatewayId", of_hub, "Id", span);
    if (there)
        association->lifecycle = HAD_EXISTING;
    const struct had_value *advertises = had_get(hub, "advertises");
    had_cidrs prefixes = {0};
    had_cidrs_of(l, &prefixes, advertises);
    if (advertises->provenance == HAD_DERIVED)
        had_cidrs_aggregate(&prefixes);
    struct had_prop *list = had_prop_cidrs(l, &prefixes, had_get_span(hub, "advertises"));
    if (advertises->provenance == HAD_DERIVED)
        had_prop_because(l->graph, list, advertises->reason);
    if (had_lower_states(association, hub, "advertises"))
        had_node_set(l->graph, association, "AllowedPrefixesToDirectConnectGateway", list);
    const struct had_object *owner = had_object_account(gateway);
    if (owner != had_object_account(hub)) {
        /* The owner of the gateway accepts what the owner of the hub proposes. */
        struct had_prop *role = had_prop_format_c(l, span, "arn:");
        had_prop_append(l->graph, role, had_prop_text(l->graph, place.context->partition, span));
        had_prop_append(l->graph, role, had_prop_c(l->graph, ":iam::", span));
        had_prop_append(l->graph, role, had_prop_account_id(l, owner, span));
        had_prop_append(l->graph, role, had_prop_c(l->graph, ":role/", span));
        had_prop_append(l->graph, role,
                        had_prop_text(l->graph, had_get_text(owner, "deploy-role"), span));
        had_node_set(l->graph, association, "AcceptDirectConnectGatewayAssociationProposalRoleArn",
                     had_prop_joined(l, role));
    }
    struct had_node *lookup =
        had_lower_node(l, gateway, "had::AttachmentLookup", "attachment", hub->address,
                       had_place_own(l, hub, HAD_LAYER_ROUTING, HAD_PHASE_FOUNDATION));
    had_lower_read(l, lookup, "TransitGatewayId", of_hub, "Id", span);
    had_lower_c(l, lookup, "ResourceType", "direct-connect-gateway", span);
    had_lower_read(l, lookup, "ResourceId", node, "DirectConnectGatewayId", span);
    had_lower_need(l, lookup, association,
                   "the attachment appears once the gateway is associated with the hub", span);
    for (uint32_t i = 0; i < prefixes.count; i++) {
        had_str cidr = had_cidr_text(l->arena, prefixes.items[i]);
        struct had_node *fact = had_lower_node(
            l, gateway, "had::Advertisement", "advertised", had_key_pair(l, hub->address, cidr),
            had_place_at(place.context, HAD_LAYER_NONE, HAD_PHASE_FOUNDATION));
        had_lower_text(l, fact, "Cidr", cidr, had_get_span(hub, "advertises"));
        had_lower_c(l, fact, "Direction", "advertised", span);
        had_lower_text(l, fact, "Link", gateway->address, span);
    }
}

static void lower_segments(struct had_lowering *l, const struct had_object *object,
                           const struct had_object *link, const struct had_object *hub)
{
    struct had_attachment attachment = had_attachment_of(l, object, hub);
    const struct had_object *segment = had_segment_on(had_get_list(link, "segment"), hub);
    if (segment)
        had_lower_associate(l, object, segment, &attachment, link, "segment", NULL);
    /* Static routes are written down; they do not propagate. */
    if (had_str_is(had_get_text(link, "routing"), "static") && via(link, "vpn"))
        return;
    struct had_value_list to = had_get_list(link, "propagates-to");
    for (uint32_t i = 0; i < to.count; i++)
        if (ref_at(to, i) && ref_at(to, i)->parent == hub)
            had_lower_propagate(l, object, ref_at(to, i), &attachment, link, "propagates-to", NULL);
}

static void lower_learned(struct had_lowering *l, const struct had_object *link,
                          const struct had_object *hub)
{
    struct had_place place = had_place_own(l, hub, HAD_LAYER_NONE, HAD_PHASE_FOUNDATION);
    had_cidrs learned = {0};
    had_cidrs_of(l, &learned, had_get(link, "learned"));
    struct had_span span = had_get_span(link, "learned");
    for (uint32_t i = 0; i < learned.count; i++) {
        had_str cidr = had_cidr_text(l->arena, learned.items[i]);
        struct had_node *fact =
            had_lower_node(l, link, "had::Advertisement", "learned", cidr, place);
        had_lower_text(l, fact, "Cidr", cidr, span);
        had_lower_c(l, fact, "Direction", "learned", span);
        had_lower_text(l, fact, "Link", link->address, span);
    }
}

static had_str router_text(struct had_lowering *l, const struct had_object *link)
{
    if (via(link, "vpn")) {
        bool fixed = had_str_is(had_get_text(link, "routing"), "static");
        had_cidrs inside = {0};
        had_cidrs_of(l, &inside, had_get(first_hub(link), "advertises"));
        had_cidrs_aggregate(&inside);
        had_str networks = had_cidrs_text(l, &inside);
        if (fixed)
            return had_str_printf(
                l->arena,
                "Configure both tunnels of `" HAD_FMT "` on the device at " HAD_FMT
                " from the configuration that EC2 offers for the connection, with static routes to "
                "AWS (" HAD_FMT
                "). The firewall in front of it lets UDP 500 and 4500 and IP protocol "
                "50 pass in both directions.",
                HAD_ARG(link->label), HAD_ARG(had_get(link, "device")->text), HAD_ARG(networks));
        return had_str_printf(
            l->arena,
            "Configure both tunnels of `" HAD_FMT
            "` and BGP with the number %lld on the device at " HAD_FMT
            " from the configuration that EC2 offers for the connection. The firewall in front "
            "of it lets UDP 500 and 4500 and IP protocol 50 pass in both directions.",
            HAD_ARG(link->label), (long long)had_get_int(link, "asn"),
            HAD_ARG(had_get(link, "device")->text));
    }
    had_cidrs learned = {0};
    had_cidrs_of(l, &learned, had_get(link, "learned"));
    return had_str_printf(
        l->arena,
        "Configure VLAN %lld and BGP with the number %lld on the router at the other end of "
        "`" HAD_FMT "`. It announces " HAD_FMT ", and nothing wider.",
        (long long)had_get_int(link, "vlan"), (long long)had_get_int(link, "asn"),
        HAD_ARG(had_get_text(link, "connection")), HAD_ARG(had_cidrs_text(l, &learned)));
}

static void lower_router(struct had_lowering *l, const struct had_object *link,
                         struct had_node *connection)
{
    struct had_span span = link->span;
    had_str team = had_str_printf(l->arena, "network team of " HAD_FMT, HAD_ARG(far_end(l, link)));
    struct had_node *gate = had_lower_gate(
        l, link, "router", HAD_NO_KEY, team, HAD_PHASE_FOUNDATION, router_text(l, link),
        "the router at the other end of the line",
        via(link, "vpn") ? "ec2:DescribeVpnConnections" : "directconnect:DescribeVirtualInterfaces",
        "remove the configuration from the router");
    bool vpn = via(link, "vpn");
    had_gate_probe(
        l, gate, vpn ? "VpnConnectionIds" : "virtualInterfaceId",
        had_prop_read(l->graph, connection, vpn ? "VpnConnectionId" : "VirtualInterfaceId", span),
        vpn ? "Status = UP in VgwTelemetry of both tunnels" : "bgpStatus = up");
    had_lower_edge(l, gate, connection, HAD_AFTER, HAD_UNTIL_EXISTS,
                   "the router is configured with the values of the line", span);
}

static void lower_interface(struct had_lowering *l, const struct had_object *link)
{
    const struct had_object *gateway = had_get_object(link, "gateway");
    const struct had_object *hub = first_hub(link);
    if (!gateway || !hub)
        return;
    struct had_span span = link->span;
    struct had_place place =
        had_place_at(had_context_account(l, had_object_account(gateway), had_region_code(hub)),
                     HAD_LAYER_HUB, HAD_PHASE_FOUNDATION);
    struct had_node *node = had_lower_node(l, link, "AWS::DirectConnect::TransitVirtualInterface",
                                           "interface", HAD_NO_KEY, place);
    had_lower_primary(l, node, link, "VirtualInterfaceId");
    if (had_lower_knows_name(link))
        had_lower_text(l, node, "VirtualInterfaceName",
                       had_lower_name(l, link, NAME_CHARACTERS, NAME_LENGTH), span);
    had_lower_set(l, node, "ConnectionId", link, "connection");
    had_lower_read(l, node, "DirectConnectGatewayId",
                   had_lower_find(l, gateway, "gateway", HAD_NO_KEY), "DirectConnectGatewayId",
                   had_get_span(link, "gateway"));
    had_lower_set(l, node, "Vlan", link, "vlan");
    int64_t mtu = 0;
    if (had_lower_states(node, link, "mtu") && had_str_to_int(had_get_text(link, "mtu"), &mtu))
        had_lower_int(l, node, "Mtu", mtu, had_get_span(link, "mtu"));
    struct had_prop *peer = had_prop_map(l->graph, span);
    const struct had_value *address = had_get(link, "peer-address");
    bool v6 = address->tag == HAD_VALUE_CIDR && address->cidr.base.family == 6;
    had_prop_put(l->graph, peer, "AddressFamily", had_prop_c(l->graph, v6 ? "ipv6" : "ipv4", span));
    if (had_present(link, "asn"))
        had_prop_put(
            l->graph, peer, "Asn",
            had_prop_text(l->graph,
                          had_str_printf(l->arena, "%lld", (long long)had_get_int(link, "asn")),
                          had_get_span(link, "asn")));
    static const struct {
        const char *attribute, *property;
    } addresses[] = {{"peer-address", "CustomerAddress"}, {"aws-address", "AmazonAddress"}};
    for (uint32_t i = 0; i < sizeof addresses / sizeof *addresses; i++) {
        /* Written with its host bits: an address, and the length of its subnet. */
        const struct had_value *value = had_get(link, addresses[i].attribute);
        if (value->tag == HAD_VALUE_CIDR)
            had_prop_put(l->graph, peer, addresses[i].property,
                         had_prop_text(l->graph, had_cidr_text(l->arena, value->cidr),
                                       had_get_span(link, addresses[i].attribute)));
    }
    struct had_prop *key = had_prop_of_secret(l, had_get(link, "key"), place.context, "Password");
    if (key)
        had_prop_put(l->graph, peer, "AuthKey", key);
    struct had_prop *peers = had_prop_list(l->graph, span);
    had_prop_append(l->graph, peers, peer);
    if (!link->existing || had_present(link, "asn"))
        had_node_set(l->graph, node, "BgpPeers", peers);
    had_lower_tags(l, node, link, HAD_NO_KEY);

    struct had_value_list hubs = had_get_list(link, "to");
    for (uint32_t i = 0; i < hubs.count; i++) {
        if (!ref_at(hubs, i))
            continue;
        lower_gateway_hub(l, gateway, ref_at(hubs, i), link);
        lower_segments(l, gateway, link, ref_at(hubs, i));
    }
    lower_learned(l, link, hub);
    if (link->existing)
        return;
    struct had_node *circuit = had_lower_gate(
        l, link, "circuit", HAD_NO_KEY, HAD_STR("network team"), HAD_PHASE_FOUNDATION,
        had_str_printf(
            l->arena,
            "Order or accept the Direct Connect connection `" HAD_FMT "`%s" HAD_FMT
            " and have the cross connect made. It is ready when its state is `available`.",
            HAD_ARG(had_get_text(link, "connection")),
            had_present(link, "location") ? " at location " : "",
            HAD_ARG(had_get_text(link, "location"))),
        "Direct Connect console, Connections", "directconnect:DescribeConnections",
        "cancel the order with the provider");
    had_gate_probe(l, circuit, "connectionId",
                   had_prop_text(l->graph, had_get_text(link, "connection"), span),
                   "connectionState = available");
    had_lower_edge(l, node, circuit, HAD_AFTER, HAD_UNTIL_READY,
                   "a virtual interface needs the physical connection", span);
    lower_router(l, link, node);
}

/* ---- VPN ---- */

/*
 * One customer gateway for each address and BGP number of an account and Region. It stands at the
 * hub, so that neither of two links that share it owns it.
 */
static struct had_node *customer_gateway(struct had_lowering *l, const struct had_object *link,
                                         const struct had_object *hub)
{
    had_str device = had_get(link, "device")->text;
    int64_t asn = had_present(link, "asn") ? had_get_int(link, "asn") : 65000;
    struct had_span span = had_get_span(link, "device");
    struct had_place place = had_place_own(l, hub, HAD_LAYER_HUB, HAD_PHASE_FOUNDATION);
    had_str key = had_str_printf(l->arena, HAD_FMT ",%lld", HAD_ARG(device), (long long)asn);
    bool fresh;
    struct had_node *node = had_lower_node_from(
        l, hub->address, "AWS::EC2::CustomerGateway", "device", key, place,
        had_origin_derived(l, link, HAD_STR("device of the link"), span), &fresh);
    had_str name =
        had_str_printf(l->arena, HAD_FMT " " HAD_FMT, HAD_ARG(far_end(l, link)), HAD_ARG(device));
    if (!fresh) {
        if (!link->existing && node->lifecycle == HAD_EXISTING) {
            node->lifecycle = HAD_MANAGED;
            had_lower_tags(l, node, hub, name);
        }
        return node;
    }
    if (link->existing)
        node->lifecycle = HAD_EXISTING;
    had_lower_c(l, node, "Type", "ipsec.1", span);
    had_lower_text(l, node, "IpAddress", device, span);
    /* BgpAsn ends at 2^31 - 1; larger numbers have a property of their own. */
    had_lower_int(l, node, asn > INT32_MAX ? "BgpAsnExtended" : "BgpAsn", asn,
                  had_get_span(link, "asn"));
    if (!link->existing) /* one that is there may be called anything */
        had_lower_tags(l, node, hub, name);
    return node;
}

/* Values of a list attribute as EC2's {Value: …} entries. */
static void put_values(struct had_lowering *l, struct had_prop *options, const char *property,
                       const struct had_object *tunnel, const char *attribute, const char *prefix)
{
    struct had_value_list values = had_get_list(tunnel, attribute);
    struct had_span span = had_get_span(tunnel, attribute);
    if (!values.count)
        return;
    struct had_prop *list = had_prop_list(l->graph, span);
    for (uint32_t i = 0; i < values.count; i++) {
        const struct had_value *value = &values.items[i];
        struct had_prop *entry = had_prop_map(l->graph, span);
        struct had_prop *item =
            prefix ? had_prop_text(
                         l->graph,
                         had_str_printf(l->arena, "%s%lld", prefix, (long long)value->number), span)
                   : had_prop_of(l, value);
        if (!item)
            continue;
        had_prop_put(l->graph, entry, "Value", item);
        had_prop_append(l->graph, list, entry);
    }
    had_prop_put(l->graph, options, property, list);
}

static void put_number(struct had_lowering *l, struct had_prop *options, const char *property,
                       const struct had_object *tunnel, const char *attribute)
{
    if (had_present(tunnel, attribute))
        had_prop_put(l->graph, options, property, had_prop_of(l, had_get(tunnel, attribute)));
}

static struct had_prop *tunnel_options(struct had_lowering *l, const struct had_object *tunnel,
                                       const struct had_context *context)
{
    struct had_prop *options = had_prop_map(l->graph, tunnel->span);
    put_number(l, options, "TunnelInsideCidr", tunnel, "inside");
    struct had_prop *key = had_prop_of_secret(l, had_get(tunnel, "key"), context, "Password");
    if (key)
        had_prop_put(l->graph, options, "PreSharedKey", key);
    put_values(l, options, "IKEVersions", tunnel, "ike", "ikev");
    put_values(l, options, "Phase1DHGroupNumbers", tunnel, "dh-groups", NULL);
    put_values(l, options, "Phase2DHGroupNumbers", tunnel, "dh-groups", NULL);
    put_values(l, options, "Phase1EncryptionAlgorithms", tunnel, "encryption", NULL);
    put_values(l, options, "Phase2EncryptionAlgorithms", tunnel, "encryption", NULL);
    put_values(l, options, "Phase1IntegrityAlgorithms", tunnel, "integrity", NULL);
    put_values(l, options, "Phase2IntegrityAlgorithms", tunnel, "integrity", NULL);
    put_number(l, options, "Phase1LifetimeSeconds", tunnel, "lifetime-1");
    put_number(l, options, "Phase2LifetimeSeconds", tunnel, "lifetime-2");
    put_number(l, options, "DPDTimeoutSeconds", tunnel, "dpd");
    return options;
}

/* A tunnel that is not declared beside one that is: the defaults of the kind. */
static const struct had_object *default_tunnel(struct had_lowering *l,
                                               const struct had_object *link)
{
    struct had_object *tunnel = had_new(l->arena, struct had_object);
    const struct had_kind *kind = had_kind_find(HAD_STR("tunnel"));
    uint32_t count = had_kind_attr_count(kind);
    tunnel->kind = kind;
    tunnel->parent = link;
    tunnel->span = link->span;
    tunnel->address = link->address;
    tunnel->clauses = had_new_n(l->arena, struct had_value, had_kind_clause_count(kind));
    tunnel->attrs = had_new_n(l->arena, const struct had_value *, count);
    for (uint32_t i = 0; i < count; i++) {
        struct had_value *v = had_new(l->arena, struct had_value);
        *v = had_fallback_read(l->arena, had_kind_attr(kind, i));
        tunnel->attrs[i] = v;
    }
    return tunnel;
}

static void lower_tunnels(struct had_lowering *l, const struct had_object *link,
                          struct had_node *connection)
{
    const struct had_object *tunnels[2] = {NULL, NULL};
    for (uint32_t i = 0; i < link->children.count; i++) {
        const struct had_object *child = link->children.items[i];
        if (had_is(child, "tunnel"))
            tunnels[had_str_is(child->name, "two")] = child;
    }
    if (!tunnels[0] && !tunnels[1])
        return; /* AWS's own options */
    struct had_prop *list = had_prop_list(l->graph, link->span);
    for (uint32_t i = 0; i < 2; i++)
        had_prop_append(l->graph, list,
                        tunnel_options(l, tunnels[i] ? tunnels[i] : default_tunnel(l, link),
                                       connection->context));
    had_node_set(l->graph, connection, "VpnTunnelOptionsSpecifications", list);
}

static void lower_static_routes(struct had_lowering *l, const struct had_object *link,
                                const struct had_object *hub)
{
    struct had_attachment attachment = had_attachment_of(l, link, hub);
    had_cidrs ranges = {0};
    had_cidrs_of(l, &ranges, had_get(link, "learned"));
    struct had_value_list to = had_get_list(link, "propagates-to");
    struct had_origin origin = had_origin_derived(
        l, link, HAD_STR("static routing: learned of the link"), had_get_span(link, "learned"));
    for (uint32_t i = 0; i < to.count; i++) {
        const struct had_object *segment = ref_at(to, i);
        if (!segment || segment->parent != hub)
            continue;
        had_str name = had_str_printf(l->arena, "segment " HAD_FMT, HAD_ARG(segment->label));
        for (uint32_t r = 0; r < ranges.count; r++)
            had_lower_segment_route(l, link->address, "route",
                                    had_key_pair(l, name, had_cidr_text(l->arena, ranges.items[r])),
                                    segment, ranges.items[r], &attachment, origin);
    }
}

static void lower_vpn(struct had_lowering *l, const struct had_object *link)
{
    const struct had_object *hub = first_hub(link);
    if (!hub)
        return;
    struct had_span span = link->span;
    bool fixed = had_str_is(had_get_text(link, "routing"), "static");
    struct had_place place = had_place_own(l, hub, HAD_LAYER_HUB, HAD_PHASE_FOUNDATION);
    struct had_node *of_hub = had_lower_find(l, hub, "gateway", HAD_NO_KEY);
    struct had_node *node =
        had_lower_node(l, link, "AWS::EC2::VPNConnection", "connection", HAD_NO_KEY, place);
    had_lower_primary(l, node, link, "VpnConnectionId");
    if (had_present(link, "device"))
        had_lower_read(l, node, "CustomerGatewayId", customer_gateway(l, link, hub),
                       "CustomerGatewayId", had_get_span(link, "device"));
    had_lower_read(l, node, "TransitGatewayId", of_hub, "Id", span);
    had_lower_c(l, node, "Type", "ipsec.1", span);
    if (had_lower_states(node, link, "routing"))
        had_lower_bool(l, node, "StaticRoutesOnly", fixed, had_get_span(link, "routing"));
    had_lower_set(l, node, "TunnelBandwidth", link, "bandwidth");
    /* Keys that AWS makes lie in Secrets Manager, not in the answers of EC2. */
    if (!link->existing)
        had_lower_c(l, node, "PreSharedKeyStorage", "SecretsManager", span);
    lower_tunnels(l, link, node);
    had_lower_tags(l, node, link, had_outside_name(l->arena, link));

    struct had_node *lookup =
        had_lower_node(l, link, "had::AttachmentLookup", "attachment", HAD_NO_KEY,
                       had_place_own(l, hub, HAD_LAYER_ROUTING, HAD_PHASE_FOUNDATION));
    had_lower_read(l, lookup, "TransitGatewayId", of_hub, "Id", span);
    had_lower_c(l, lookup, "ResourceType", "vpn", span);
    had_lower_read(l, lookup, "ResourceId", node, "VpnConnectionId", span);
    lower_segments(l, link, link, hub);
    if (fixed)
        lower_static_routes(l, link, hub);
    lower_learned(l, link, hub);
    if (!link->existing)
        lower_router(l, link, node);
}

void had_lower_link(struct had_lowering *l)
{
    had_each_object(gateway, had_spec_kind(l->spec, "direct-connect-gateway"))
        lower_gateway(l, gateway);
    had_each_object(link, had_spec_kind(l->spec, "link")) {
        if (via(link, "direct-connect"))
            lower_interface(l, link);
        else
            lower_vpn(l, link);
    }
}
