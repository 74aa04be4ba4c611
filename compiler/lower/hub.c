/* hub, segment: the transit gateway, its share and its route tables. */
#include "lower/internal.h"

#include <string.h>

/*
 * The flow log OBJECT:flow-log of a VPC or hub. `destination` is the ARN of a bucket or a log
 * group, or a log group's name; only log groups need a role.
 */
void had_lower_flow_log(struct had_lowering *l, const struct had_object *object,
                        struct had_node *watched, const char *id_attribute,
                        const char *resource_type, struct had_place place)
{
    if (!had_present(object, "flow-logs"))
        return;
    struct had_span span = had_get_span(object, "flow-logs");
    had_str destination = had_get_text(object, "flow-logs");
    bool arn = had_str_starts(destination, "arn:");
    had_str service = arn ? had_arn_part(destination, 2) : HAD_STR("logs");
    bool logs = had_str_is(service, "logs");
    struct had_node *log =
        had_lower_node(l, object, "AWS::EC2::FlowLog", "flow-log", HAD_NO_KEY, place);
    had_lower_read(l, log, "ResourceId", watched, id_attribute, span);
    had_lower_c(l, log, "ResourceType", resource_type, span);
    /* A transit gateway takes no type of traffic, and one minute alone. */
    if (strcmp(resource_type, "TransitGateway") == 0)
        had_lower_int(l, log, "MaxAggregationInterval", 60, span);
    else
        had_lower_c(l, log, "TrafficType", "ALL", span);
    had_lower_c(l, log, "LogDestinationType",
                logs                              ? "cloud-watch-logs"
                : had_str_is(service, "firehose") ? "kinesis-data-firehose"
                                                  : "s3",
                span);
    had_lower_text(l, log, arn ? "LogDestination" : "LogGroupName", destination, span);
    had_lower_tags(l, log, object, had_outside_name(l->arena, object));
    if (!logs)
        return;
    struct had_place global =
        had_place_at(had_context_global(l, had_object_account(object)), place.layer, place.phase);
    struct had_node *role =
        had_lower_node(l, object, "AWS::IAM::Role", "flow-log-role", HAD_NO_KEY, global);
    had_node_set(l->graph, role, "AssumeRolePolicyDocument",
                 had_prop_trust_policy(l, "vpc-flow-logs.amazonaws.com", span));
    had_str account = place.context->account_id;
    if (!account.len)
        account = HAD_STR("*"); /* of the account that is made first: its own groups alone */
    had_str group =
        arn ? destination
            : had_str_printf(l->arena,
                             "arn:" HAD_FMT ":logs:" HAD_FMT ":" HAD_FMT ":log-group:" HAD_FMT,
                             HAD_ARG(place.context->partition), HAD_ARG(place.context->region),
                             HAD_ARG(account), HAD_ARG(destination));
    if (had_str_ends(group, ":*"))
        group.len -= 2;
    had_str streams = had_str_printf(l->arena, HAD_FMT ":*", HAD_ARG(group));
    struct had_prop *document = had_prop_policy(l, span);
    had_policy_allow(l, document,
                     (const char *const[]){"logs:CreateLogStream", "logs:DescribeLogStreams",
                                           "logs:PutLogEvents", NULL},
                     had_prop_strings(l, (const had_str[]){group, streams}, 2, span));
    struct had_prop *policy = had_prop_map(l->graph, span);
    had_prop_put(l->graph, policy, "PolicyName", had_prop_c(l->graph, "flow-log", span));
    had_prop_put(l->graph, policy, "PolicyDocument", document);
    struct had_prop *policies = had_prop_list(l->graph, span);
    had_prop_append(l->graph, policies, policy);
    had_node_set(l->graph, role, "Policies", policies);
    had_lower_tags(l, role, object, HAD_NO_KEY);
    had_lower_read(l, log, "DeliverLogsPermissionArn", role, "Arn", span);
}

static void lower_hub(struct had_lowering *l, const struct had_object *hub)
{
    struct had_place place = had_place_own(l, hub, HAD_LAYER_HUB, HAD_PHASE_FOUNDATION);
    had_str name = had_outside_name(l->arena, hub);
    struct had_node *node =
        had_lower_node(l, hub, "AWS::EC2::TransitGateway", "gateway", HAD_NO_KEY, place);
    had_lower_primary(l, node, hub, "Id");
    had_lower_set(l, node, "AmazonSideAsn", hub, "asn");
    had_lower_switch(l, node, "AutoAcceptSharedAttachments", hub, "auto-accept");
    if (!hub->existing) {
        /* Segments say every association and propagation; a default table would add its own. */
        had_lower_c(l, node, "DefaultRouteTableAssociation", "disable", hub->span);
        had_lower_c(l, node, "DefaultRouteTablePropagation", "disable", hub->span);
    }
    had_lower_switch(l, node, "DnsSupport", hub, "dns-support");
    had_lower_switch(l, node, "VpnEcmpSupport", hub, "ecmp");
    had_lower_switch(l, node, "SecurityGroupReferencingSupport", hub, "security-group-referencing");
    had_lower_set(l, node, "TransitGatewayCidrBlocks", hub, "cidr-blocks");
    if (node->description.len)
        had_lower_text(l, node, "Description", node->description, hub->span);
    had_lower_tags(l, node, hub, name);

    had_lower_share(l, hub, had_prop_read(l->graph, node, "TransitGatewayArn", hub->span),
                    "share-with", place, had_str_printf(l->arena, "hub-" HAD_FMT, HAD_ARG(name)));
    had_lower_flow_log(l, hub, node, "Id", "TransitGateway", place);
}

static void lower_segment(struct had_lowering *l, const struct had_object *segment)
{
    const struct had_object *hub = segment->parent;
    struct had_place place = had_place_own(l, hub, HAD_LAYER_HUB, HAD_PHASE_FOUNDATION);
    struct had_node *table = had_lower_node(l, segment, "AWS::EC2::TransitGatewayRouteTable",
                                            "table", HAD_NO_KEY, place);
    had_lower_primary(l, table, segment, "TransitGatewayRouteTableId");
    had_lower_read(l, table, "TransitGatewayId", had_lower_find(l, hub, "gateway", HAD_NO_KEY),
                   "Id", segment->span);
    had_lower_tags(l, table, segment, had_outside_name(l->arena, segment));
}

struct had_node *had_lower_black_hole(struct had_lowering *l, const struct had_object *segment,
                                      const struct had_object *object, had_str key,
                                      struct had_cidr cidr, struct had_origin origin)
{
    struct had_place place =
        had_place_own(l, segment->parent, HAD_LAYER_ROUTING, HAD_PHASE_FOUNDATION);
    struct had_node *route = had_lower_node_from(
        l, object->address, "AWS::EC2::TransitGatewayRoute", "blackhole", key, place, origin, NULL);
    had_lower_read(l, route, "TransitGatewayRouteTableId",
                   had_lower_find(l, segment, "table", HAD_NO_KEY), "TransitGatewayRouteTableId",
                   origin.span);
    had_lower_text(l, route, "DestinationCidrBlock", had_cidr_text(l->arena, cidr), origin.span);
    had_lower_bool(l, route, "Blackhole", true, origin.span);
    return route;
}

/* A stated route or black hole of the segment with the same range takes the place of ours. */
static bool stated(const struct had_object *segment, struct had_cidr cidr)
{
    for (uint32_t i = 0; i < segment->children.count; i++) {
        const struct had_object *child = segment->children.items[i];
        if ((had_is(child, "route") || had_is(child, "blackhole")) &&
            child->subject.tag == HAD_VALUE_CIDR && had_cidr_eq(child->subject.cidr, cidr))
            return true;
    }
    return false;
}

static void isolate(struct had_lowering *l, const struct had_object *segment)
{
    if (!had_get_bool(segment, "isolate"))
        return;
    had_cidrs ranges = {0};
    had_cidrs_of_object(l, &ranges, segment);
    had_cidrs_aggregate(&ranges);
    struct had_origin origin = had_origin_derived(
        l, segment, HAD_STR("isolate: ranges of the members"), had_get_span(segment, "isolate"));
    for (uint32_t i = 0; i < ranges.count; i++)
        if (!stated(segment, ranges.items[i]))
            had_lower_black_hole(l, segment, segment, had_cidr_text(l->arena, ranges.items[i]),
                                 ranges.items[i], origin);
}

void had_lower_hub(struct had_lowering *l)
{
    had_each_object(hub, had_spec_kind(l->spec, "hub"))
        lower_hub(l, hub);
    had_each_object(segment, had_spec_kind(l->spec, "segment")) {
        lower_segment(l, segment);
        isolate(l, segment);
    }
}
