/* Attachments of hubs: how the id of each is read, and what its place in the segments makes. */
#include "lower/internal.h"

const struct had_object *had_segment_on(struct had_value_list segments,
                                        const struct had_object *hub)
{
    for (uint32_t i = 0; i < segments.count; i++)
        if (segments.items[i].tag == HAD_VALUE_REF && segments.items[i].object->parent == hub)
            return segments.items[i].object;
    return NULL;
}

struct had_attachment had_attachment_of(struct had_lowering *l, const struct had_object *object,
                                        const struct had_object *hub)
{
    if (had_is(object, "spoke"))
        return (struct had_attachment){
            .node = had_lower_find(l, object, "attachment", hub->address),
            .attribute = "Id",
            .acceptance = had_lower_find(l, object, "acceptance", hub->address),
        };
    if (had_is(object, "link") && had_get_object(object, "gateway"))
        object = had_get_object(object, "gateway");
    bool gateway = had_is(object, "direct-connect-gateway");
    return (struct had_attachment){
        .node = had_lower_find(l, object, "attachment", gateway ? hub->address : HAD_NO_KEY),
        .attribute = "TransitGatewayAttachmentId",
        .acceptance = gateway ? NULL : had_lower_find(l, object, "acceptance", HAD_NO_KEY),
    };
}

/* The segment of an existing hub's default table associates and propagates by itself. */
static bool by_default(const struct had_object *hub, const struct had_object *segment)
{
    return hub->existing && had_get_object(hub, "default-segment") == segment;
}

static bool names(struct had_value_list list, const struct had_object *object)
{
    for (uint32_t i = 0; i < list.count; i++)
        if (list.items[i].tag == HAD_VALUE_REF && list.items[i].object == object)
            return true;
    return false;
}

bool had_attachment_on(struct had_lowering *l, const struct had_object *object,
                       const struct had_object *hub)
{
    if (had_is(object, "spoke"))
        return names(had_get_list(object, "hubs"), hub);
    if (had_is(object, "link"))
        return names(had_get_list(object, "to"), hub);
    if (had_is(object, "peer"))
        return names(had_get_list(object, "ends"), hub);
    return had_lower_find(l, object, "attachment", hub->address) != NULL;
}

/* An attachment that is there has its place in the tables that are there: nothing is made of it. */
static bool is_there(struct had_lowering *l, const struct had_object *object,
                     const struct had_object *hub, const struct had_attachment *attachment)
{
    const struct had_node *made = attachment->node;
    if (had_is(object, "link"))
        return object->existing;
    if (had_is(object, "direct-connect-gateway"))
        made = had_lower_find(l, object, "hub", hub->address);
    return made && made->lifecycle == HAD_EXISTING;
}

static struct had_node *table_relation(struct had_lowering *l, const struct had_object *object,
                                       const char *type, const char *role, had_str key,
                                       const struct had_object *segment,
                                       const struct had_attachment *attachment,
                                       const struct had_object *says, const char *attribute)
{
    const struct had_value *value = had_get(says, attribute);
    struct had_span span = had_get_span(says, attribute);
    struct had_origin origin = value->provenance == HAD_DERIVED
                                   ? had_origin_derived(l, object, value->reason, span)
                                   : had_origin_of(l, object);
    const struct had_object *hub = segment->parent;
    struct had_place place = had_place_own(l, hub, HAD_LAYER_ROUTING, HAD_PHASE_FOUNDATION);
    bool fresh;
    struct had_node *node =
        had_lower_node_from(l, object->address, type, role, key, place, origin, &fresh);
    if (!fresh)
        return node;
    had_lower_read(l, node, "TransitGatewayAttachmentId", attachment->node, attachment->attribute,
                   span);
    had_lower_read(l, node, "TransitGatewayRouteTableId",
                   had_lower_find(l, segment, "table", HAD_NO_KEY), "TransitGatewayRouteTableId",
                   span);
    if (by_default(hub, segment) || (segment->existing && is_there(l, object, hub, attachment)))
        node->lifecycle = HAD_EXISTING;
    had_lower_need(l, node, attachment->acceptance,
                   "an attachment is associated once it is accepted", span);
    return node;
}

void had_lower_associate(struct had_lowering *l, const struct had_object *object,
                         const struct had_object *segment, const struct had_attachment *attachment,
                         const struct had_object *says, const char *attribute, had_nodes *out)
{
    struct had_node *node =
        table_relation(l, object, "AWS::EC2::TransitGatewayRouteTableAssociation", "association",
                       segment->parent->address, segment, attachment, says, attribute);
    if (out)
        *had_push(l->arena, out) = node;
}

void had_lower_propagate(struct had_lowering *l, const struct had_object *object,
                         const struct had_object *segment, const struct had_attachment *attachment,
                         const struct had_object *says, const char *attribute, had_nodes *out)
{
    had_str key =
        had_key_pair(l, segment->parent->address,
                     had_str_printf(l->arena, "segment " HAD_FMT, HAD_ARG(segment->label)));
    struct had_node *node =
        table_relation(l, object, "AWS::EC2::TransitGatewayRouteTablePropagation", "propagation",
                       key, segment, attachment, says, attribute);
    if (out)
        *had_push(l->arena, out) = node;
}

struct had_node *had_lower_segment_route(struct had_lowering *l, had_str object, const char *role,
                                         had_str key, const struct had_object *segment,
                                         struct had_cidr cidr,
                                         const struct had_attachment *attachment,
                                         struct had_origin origin)
{
    struct had_place place =
        had_place_own(l, segment->parent, HAD_LAYER_ROUTING, HAD_PHASE_FOUNDATION);
    bool fresh;
    struct had_node *route = had_lower_node_from(l, object, "AWS::EC2::TransitGatewayRoute", role,
                                                 key, place, origin, &fresh);
    if (!fresh)
        return route;
    struct had_span span = origin.span;
    had_lower_read(l, route, "TransitGatewayRouteTableId",
                   had_lower_find(l, segment, "table", HAD_NO_KEY), "TransitGatewayRouteTableId",
                   span);
    had_lower_text(l, route, "DestinationCidrBlock", had_cidr_text(l->arena, cidr), span);
    had_lower_read(l, route, "TransitGatewayAttachmentId", attachment->node, attachment->attribute,
                   span);
    had_lower_need(l, route, attachment->acceptance,
                   "a route leads to an attachment only once that is accepted", span);
    return route;
}
