/*
 * Private hosted zones: of `hosted-zone`, and of endpoints that several spokes use. Spokes of the
 * zone's account are its property; one of another account is authorized by the owner and associated
 * there.
 */
#include "lower/internal.h"

static void lower_association(struct had_lowering *l, const struct had_object *object,
                              struct had_node *zone, const struct had_object *spoke, bool foreign,
                              struct had_place place, struct had_span span)
{
    struct had_node *vpc = had_lower_find(l, spoke, "vpc", HAD_NO_KEY);
    struct had_node *both[2] = {
        had_lower_node(l, object, "had::ZoneAssociation", "association", spoke->address,
                       had_place_own(l, spoke, had_spoke_layer(spoke), HAD_PHASE_FOUNDATION)),
        foreign ? had_lower_node(l, object, "had::ZoneAuthorization", "authorization",
                                 spoke->address, place)
                : NULL,
    };
    for (uint32_t i = 0; i < 2 && both[i]; i++) {
        had_lower_read(l, both[i], "HostedZoneId", zone, "Id", span);
        had_lower_read(l, both[i], "VPCId", vpc, "VpcId", span);
        had_lower_text(l, both[i], "VPCRegion", had_region_code(spoke), span);
    }
    had_lower_need(l, both[0], both[1],
                   "the owner of a zone authorizes a VPC of another account first", span);
    *had_push(l->arena, &had_network_of(l, spoke)->names) = both[0];
}

static struct had_prop *vpc_of_zone(struct had_lowering *l, const struct had_object *spoke,
                                    struct had_span span)
{
    struct had_prop *vpc = had_prop_map(l->graph, span);
    had_prop_put(
        l->graph, vpc, "VPCId",
        had_prop_read(l->graph, had_lower_find(l, spoke, "vpc", HAD_NO_KEY), "VpcId", span));
    had_prop_put(l->graph, vpc, "VPCRegion", had_prop_text(l->graph, had_region_code(spoke), span));
    return vpc;
}

struct had_node *had_lower_zone(struct had_lowering *l, const struct had_object *object,
                                had_str name, const struct had_object *at_least,
                                const had_objects *users, struct had_place place,
                                struct had_span span)
{
    const struct had_object *owner = had_object_account(object);
    /* The VPCs of a zone that is there are not ours to state: ours are associated one by one. */
    bool there = object->existing && had_is(object, "hosted-zone");
    struct had_node *zone =
        had_lower_node(l, object, "AWS::Route53::HostedZone", "zone", HAD_NO_KEY, place);
    had_lower_text(l, zone, "Name", name, object->name_span);
    struct had_prop *vpcs = had_prop_list(l->graph, span);
    /* A private zone has at least one VPC of its own account when it is made. */
    if (at_least)
        had_prop_append(l->graph, vpcs, vpc_of_zone(l, at_least, span));
    had_each_object(user, users) {
        bool foreign = had_object_account(user) != owner;
        if (foreign || there)
            lower_association(l, object, zone, user, foreign, place, span);
        else if (user != at_least)
            had_prop_append(l->graph, vpcs, vpc_of_zone(l, user, span));
        if (!foreign && !there)
            *had_push(l->arena, &had_network_of(l, user)->names) = zone;
    }
    if (!there)
        had_node_set(l->graph, zone, "VPCs", vpcs);
    return zone;
}

void had_lower_hosted_zone(struct had_lowering *l)
{
    had_each_object(object, had_spec_kind(l->spec, "hosted-zone")) {
        struct had_place place = had_place_at(had_context_global(l, had_object_account(object)),
                                              HAD_LAYER_NETWORK, HAD_PHASE_FOUNDATION);
        had_objects users = {0};
        struct had_value_list used = had_get_list(object, "used-by");
        for (uint32_t i = 0; i < used.count; i++)
            if (used.items[i].tag == HAD_VALUE_REF)
                *had_push(l->arena, &users) = used.items[i].object;
        struct had_node *zone = had_lower_zone(l, object, object->subject.text, NULL, &users, place,
                                               had_get_span(object, "used-by"));
        had_lower_primary(l, zone, object, "Id");
        if (zone->description.len)
            had_lower_text(l, zone, "HostedZoneConfig.Comment", zone->description, object->span);
        had_lower_tags(l, zone, object, HAD_NO_KEY);
    }
}
