/*
 * peer: two hubs or two spokes. One end asks, the other accepts. Over a peering of hubs nothing
 * propagates: each segment that reaches one of the other hub gets static routes to its members.
 */
#include "lower/internal.h"

static const struct had_object *end_of(const struct had_object *peer, uint32_t i)
{
    struct had_value_list ends = had_get_list(peer, "ends");
    return i < ends.count && ends.items[i].tag == HAD_VALUE_REF ? ends.items[i].object : NULL;
}

static void lower_routes(struct had_lowering *l, const struct had_object *peer,
                         const struct had_object *hub, const struct had_object *other,
                         const struct had_attachment *attachment)
{
    had_each_object(segment, had_spec_kind(l->spec, "segment")) {
        if (segment->parent != hub)
            continue;
        struct had_value_list reaches = had_get_list(segment, "reaches");
        had_cidrs ranges = {0};
        for (uint32_t i = 0; i < reaches.count; i++) {
            const struct had_object *far =
                reaches.items[i].tag == HAD_VALUE_REF ? reaches.items[i].object : NULL;
            if (far && far->parent == other)
                had_cidrs_of_object(l, &ranges, far);
        }
        had_cidrs_aggregate(&ranges);
        struct had_origin origin =
            had_origin_derived(l, peer, HAD_STR("reaches: ranges of the members on the other hub"),
                               had_get_span(segment, "reaches"));
        /* Segments of both hubs may have one name: the whole address is the key. */
        for (uint32_t i = 0; i < ranges.count; i++)
            had_lower_segment_route(
                l, peer->address, "route",
                had_key_pair(l, segment->address, had_cidr_text(l->arena, ranges.items[i])),
                segment, ranges.items[i], attachment, origin);
    }
}

static void lower_hubs(struct had_lowering *l, const struct had_object *peer)
{
    const struct had_object *first = end_of(peer, 0);
    const struct had_object *second = end_of(peer, 1);
    struct had_span span = had_get_span(peer, "ends");
    struct had_node *gateway = had_lower_find(l, first, "gateway", HAD_NO_KEY);
    struct had_node *other = had_lower_find(l, second, "gateway", HAD_NO_KEY);
    struct had_node *node =
        had_lower_node(l, peer, "AWS::EC2::TransitGatewayPeeringAttachment", "attachment",
                       HAD_NO_KEY, had_place_own(l, first, HAD_LAYER_HUB, HAD_PHASE_FOUNDATION));
    had_lower_primary(l, node, peer, "TransitGatewayAttachmentId");
    had_lower_read(l, node, "TransitGatewayId", gateway, "Id", span);
    had_lower_read(l, node, "PeerTransitGatewayId", other, "Id", span);
    had_node_set(l->graph, node, "PeerAccountId",
                 had_prop_account_id(l, had_object_account(second), span));
    had_lower_text(l, node, "PeerRegion", had_region_code(second), span);
    had_lower_tags(l, node, peer, had_outside_name(l->arena, peer));
    if (!peer->existing) {
        struct had_node *acceptance =
            had_lower_node(l, peer, "had::PeeringAcceptance", "acceptance", HAD_NO_KEY,
                           had_place_own(l, second, HAD_LAYER_HUB, HAD_PHASE_FOUNDATION));
        had_lower_read(l, acceptance, "TransitGatewayAttachmentId", node,
                       "TransitGatewayAttachmentId", span);
    }
    struct had_attachment attachment = had_attachment_of(l, peer, first);
    struct had_value_list segments = had_get_list(peer, "segments");
    const struct had_object *hubs[2] = {first, second};
    for (uint32_t i = 0; i < 2; i++) {
        const struct had_object *segment = had_segment_on(segments, hubs[i]);
        if (segment)
            had_lower_associate(l, peer, segment, &attachment, peer, "segments", NULL);
        lower_routes(l, peer, hubs[i], hubs[1 - i], &attachment);
    }
}

static void lower_spokes(struct had_lowering *l, const struct had_object *peer)
{
    const struct had_object *first = end_of(peer, 0);
    const struct had_object *second = end_of(peer, 1);
    struct had_span span = had_get_span(peer, "ends");
    struct had_node *node =
        had_lower_node(l, peer, "AWS::EC2::VPCPeeringConnection", "connection", HAD_NO_KEY,
                       had_place_own(l, first, HAD_LAYER_NETWORK, HAD_PHASE_FOUNDATION));
    had_lower_primary(l, node, peer, "Id");
    had_lower_read(l, node, "VpcId", had_lower_find(l, first, "vpc", HAD_NO_KEY), "VpcId", span);
    had_lower_read(l, node, "PeerVpcId", had_lower_find(l, second, "vpc", HAD_NO_KEY), "VpcId",
                   span);
    bool accounts = had_object_account(first) != had_object_account(second);
    bool regions = had_object_region(first) != had_object_region(second);
    if (accounts)
        had_node_set(l->graph, node, "PeerOwnerId",
                     had_prop_account_id(l, had_object_account(second), span));
    if (regions)
        had_lower_text(l, node, "PeerRegion", had_region_code(second), span);
    had_lower_tags(l, node, peer, had_outside_name(l->arena, peer));
    if (peer->existing || (!accounts && !regions))
        return; /* EC2 accepts a request inside one account and Region by itself */
    struct had_node *acceptance =
        had_lower_node(l, peer, "had::PeeringAcceptance", "acceptance", HAD_NO_KEY,
                       had_place_own(l, second, HAD_LAYER_NETWORK, HAD_PHASE_FOUNDATION));
    had_lower_read(l, acceptance, "VpcPeeringConnectionId", node, "Id", span);
}

void had_lower_peer(struct had_lowering *l)
{
    had_each_object(peer, had_spec_kind(l->spec, "peer")) {
        const struct had_object *first = end_of(peer, 0);
        const struct had_object *second = end_of(peer, 1);
        if (!first || !second)
            continue;
        if (first == second || first->kind != second->kind) {
            struct had_diag *d =
                had_report(l->diags, &HAD0757, had_get_span(peer, "ends"),
                           first == second ? "`" HAD_FMT "` joins one end with itself"
                                           : "`" HAD_FMT "` joins a hub with a spoke",
                           HAD_ARG(peer->address));
            had_diag_address(d, peer->address);
            continue;
        }
        if (had_is(first, "hub"))
            lower_hubs(l, peer);
        else
            lower_spokes(l, peer);
    }
}
