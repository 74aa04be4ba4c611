/*
 * endpoint: VPC endpoints of AWS services. An endpoint for its own spoke alone answers by private
 * DNS. Where other spokes use it, that is off, since EC2 then refuses any other zone of the
 * service's name in the VPC: a hosted zone of the name, with an alias to the endpoint, answers in
 * all of them.
 */
#include "lower/internal.h"

#include <string.h>

/* "com.amazonaws.eu-west-1.ssm" of `ssm`; whole names stay. */
static had_str service_name(struct had_lowering *l, const struct had_object *endpoint)
{
    had_str word = endpoint->subject.text;
    if (had_str_starts(word, "com.") || had_str_starts(word, "cn.com."))
        return word;
    return had_str_printf(l->arena, "com.amazonaws." HAD_FMT "." HAD_FMT,
                          HAD_ARG(had_region_code(endpoint->parent)), HAD_ARG(word));
}

/* Services whose DNS name is not their own, and those with names below it. */
static const struct {
    const char *service, *name;
    bool below;
} names[] = {
    {"ecr.api", "api.ecr", false},
    {"ecr.dkr", "dkr.ecr", true},
    {"ecs-agent", "ecs-a", false},
    {"ecs-telemetry", "ecs-t", false},
    {"execute-api", "execute-api", true},
    {"kinesis-firehose", "firehose", false},
    {"kinesis-streams", "kinesis", false},
    {"s3", "s3", true},
    {"sagemaker.api", "api.sagemaker", false},
    {"sagemaker.runtime", "runtime.sagemaker", false},
};

/* "ssm" of `ssm` and of `com.amazonaws.eu-west-1.ssm`. */
static had_str service_word(struct had_lowering *l, const struct had_object *endpoint)
{
    had_str word = endpoint->subject.text;
    had_str region = had_str_printf(l->arena, ".amazonaws." HAD_FMT ".",
                                    HAD_ARG(had_region_code(endpoint->parent)));
    static const char *const starts[] = {"com", "cn.com"};
    for (uint32_t i = 0; i < 2; i++) {
        char *prefix = had_str_cstr(
            l->arena, had_str_printf(l->arena, "%s" HAD_FMT, starts[i], HAD_ARG(region)));
        if (had_str_starts(word, prefix))
            return had_str_slice(word, (uint32_t)strlen(prefix), word.len);
    }
    return word;
}

/* The DNS name that clients of the service use: "ssm.eu-west-1.amazonaws.com". */
static had_str public_name(struct had_lowering *l, const struct had_object *endpoint,
                           const struct had_context *context, bool *below)
{
    had_str word = service_word(l, endpoint);
    *below = false;
    for (uint32_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!had_str_is(word, names[i].service))
            continue;
        word = had_str_c(names[i].name);
        *below = names[i].below;
        break;
    }
    return had_str_printf(l->arena, HAD_FMT "." HAD_FMT ".amazonaws.com%s", HAD_ARG(word),
                          HAD_ARG(context->region),
                          had_str_is(context->partition, "aws-cn") ? ".cn" : "");
}

static had_objects users_of(struct had_lowering *l, const struct had_object *endpoint)
{
    had_objects users = {0};
    struct had_value_list used = had_get_list(endpoint, "used-by");
    for (uint32_t i = 0; i < used.count; i++)
        if (used.items[i].tag == HAD_VALUE_REF)
            *had_push(l->arena, &users) = used.items[i].object;
    if (!users.count)
        *had_push(l->arena, &users) = endpoint->parent;
    return users;
}

static struct had_prop *groups_of(struct had_lowering *l, const struct had_object *endpoint,
                                  const had_objects *users)
{
    struct had_prop *stated = had_prop_stated_groups(l, endpoint);
    if (stated || endpoint->existing)
        return stated;
    const struct had_object *spoke = endpoint->parent;
    struct had_span span = had_get_span(endpoint, "used-by");
    struct had_group *group = had_lower_group(
        l, spoke, NULL, HAD_STR("endpoints"), "Interface endpoints of AWS services",
        had_origin_derived(l, spoke, HAD_STR("used-by of the endpoints in the spoke"), span),
        HAD_PHASE_FOUNDATION);
    had_each_object(user, users) {
        had_cidrs ranges = {0};
        had_cidrs_of_object(l, &ranges, user);
        had_cidrs_aggregate(&ranges);
        for (uint32_t i = 0; i < ranges.count; i++)
            had_group_rule(
                l, group, HAD_RULE_IN, "tcp", 443, 443, "HTTPS",
                (struct had_peer){.cidr = ranges.items[i], .title = user->address, .span = span});
    }
    struct had_prop *list = had_prop_list(l->graph, span);
    had_prop_append(l->graph, list, had_group_id(l, group, span));
    return list;
}

static void lower_gateway(struct had_lowering *l, const struct had_object *endpoint,
                          struct had_node *node)
{
    const struct had_object *spoke = endpoint->parent;
    struct had_prop *tables = had_prop_list(l->graph, endpoint->span);
    had_prop_because(l->graph, tables, HAD_STR("every route table of the spoke"));
    for (uint32_t i = 0; i < spoke->children.count; i++) {
        const struct had_object *subnet = spoke->children.items[i];
        struct had_node *table =
            had_is(subnet, "subnet") ? had_lower_find(l, subnet, "table", HAD_NO_KEY) : NULL;
        if (table)
            had_prop_append(l->graph, tables,
                            had_prop_read(l->graph, table, "RouteTableId", endpoint->span));
    }
    if (!endpoint->existing)
        had_node_set(l->graph, node, "RouteTableIds", tables);
}

/* An alias to the endpoint: OBJECT:record, and OBJECT:record[*] for the names below. */
static struct had_node *lower_record(struct had_lowering *l, const struct had_object *endpoint,
                                     struct had_node *node, struct had_node *zone, had_str key,
                                     had_str name, struct had_place place, struct had_span span)
{
    struct had_node *record =
        had_lower_node(l, endpoint, "AWS::Route53::RecordSet", "record", key, place);
    had_lower_read(l, record, "HostedZoneId", zone, "Id", span);
    had_lower_text(l, record, "Name", name, span);
    had_lower_c(l, record, "Type", "A", span);
    had_lower_read(l, record, "AliasTarget.DNSName", node, "DnsName", span);
    had_lower_read(l, record, "AliasTarget.HostedZoneId", node, "DnsZoneId", span);
    had_lower_bool(l, record, "AliasTarget.EvaluateTargetHealth", false, span);
    return record;
}

static void lower_names(struct had_lowering *l, const struct had_object *endpoint,
                        struct had_node *node, const had_objects *users, struct had_place place)
{
    struct had_span span = had_get_span(endpoint, "used-by");
    bool below;
    had_str name = public_name(l, endpoint, place.context, &below);
    struct had_node *zone = had_lower_zone(l, endpoint, name, endpoint->parent, users, place, span);
    had_lower_tags(l, zone, endpoint, HAD_NO_KEY);
    struct had_node *record = lower_record(l, endpoint, node, zone, HAD_NO_KEY, name, place, span);
    if (below)
        lower_record(l, endpoint, node, zone, HAD_STR("*"),
                     had_str_printf(l->arena, "*." HAD_FMT, HAD_ARG(name)), place, span);
    had_each_object(user, users) {
        *had_push(l->arena, &had_network_of(l, user)->endpoints) = record;
        struct had_node *association = had_lower_find(l, endpoint, "association", user->address);
        if (association)
            *had_push(l->arena, &had_network_of(l, user)->endpoints) = association;
    }
}

void had_lower_endpoint(struct had_lowering *l)
{
    had_each_object(endpoint, had_spec_kind(l->spec, "endpoint")) {
        const struct had_object *spoke = endpoint->parent;
        struct had_place place =
            had_place_own(l, spoke, had_spoke_layer(spoke), HAD_PHASE_FOUNDATION);
        bool gateway = had_str_is(had_get_text(endpoint, "type"), "gateway");
        had_objects users = users_of(l, endpoint);
        bool alone = users.count == 1 && users.items[0] == spoke;
        struct had_node *node =
            had_lower_node(l, endpoint, "AWS::EC2::VPCEndpoint", "endpoint", HAD_NO_KEY, place);
        had_lower_primary(l, node, endpoint, "Id");
        had_lower_read(l, node, "VpcId", had_lower_find(l, spoke, "vpc", HAD_NO_KEY), "VpcId",
                       endpoint->span);
        had_lower_text(l, node, "ServiceName", service_name(l, endpoint), endpoint->name_span);
        had_lower_c(l, node, "VpcEndpointType", gateway ? "Gateway" : "Interface",
                    had_get_span(endpoint, "type"));
        had_lower_document(l, node, "PolicyDocument", endpoint, "policy");
        had_lower_tags(l, node, endpoint, had_outside_name(l->arena, endpoint));
        if (gateway ? !alone : !had_get_list(endpoint, "subnets").count && !endpoint->existing) {
            struct had_diag *d = had_report(
                l->diags, &HAD0755, gateway ? had_get_span(endpoint, "used-by") : endpoint->span,
                "`" HAD_FMT "` %s", HAD_ARG(endpoint->address),
                gateway ? "is a gateway endpoint and serves its own spoke alone"
                        : "is an interface endpoint and states no `subnets`");
            had_diag_address(d, endpoint->address);
        }
        if (gateway) {
            lower_gateway(l, endpoint, node);
            *had_push(l->arena, &had_network_of(l, spoke)->endpoints) = node;
            continue;
        }
        had_node_set(l->graph, node, "SubnetIds",
                     had_prop_subnets(l, had_get_list(endpoint, "subnets"),
                                      had_get_span(endpoint, "subnets")));
        struct had_prop *groups = groups_of(l, endpoint, &users);
        if (groups)
            had_node_set(l->graph, node, "SecurityGroupIds", groups);
        if (had_lower_states(node, endpoint, "used-by"))
            had_lower_bool(l, node, "PrivateDnsEnabled", alone, had_get_span(endpoint, "used-by"));
        if (alone)
            *had_push(l->arena, &had_network_of(l, spoke)->endpoints) = node;
        else
            lower_names(l, endpoint, node, &users, place);
    }
}
