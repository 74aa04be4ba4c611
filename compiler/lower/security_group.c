/*
 * Security groups: those that the spec declares, and those that follow from it. Rules are nodes of
 * their own, so that a rule comes and goes without the group. Every rule has a description, and
 * each group counts its rules against the 60 that one direction holds (vpc quota,
 * amazon-vpc-limits).
 */
#include "lower/internal.h"

#include <string.h>

#define RULES_OF_A_GROUP 60

/* Characters of a group's and a rule's description: EC2::SecurityGroup.GroupDescription's pattern.
 */
static had_str description_text(struct had_lowering *l, had_str text)
{
    if (text.len > 255)
        text.len = 255;
    char *out = had_arena_alloc(l->arena, text.len + 1u);
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     (c && strchr(" ._-:/()#,@[]+=&;{}!$*", c));
        out[i] = plain ? c : ' ';
    }
    return (had_str){out, text.len};
}

/* A group that CloudFormation or EC2 makes lets all traffic out until it has a rule of its own. */
static void no_default_out(struct had_lowering *l, struct had_node *group, struct had_span span)
{
    struct had_prop *rule = had_prop_map(l->graph, span);
    had_prop_put(l->graph, rule, "IpProtocol", had_prop_c(l->graph, "-1", span));
    had_prop_put(l->graph, rule, "CidrIp", had_prop_c(l->graph, "127.0.0.1/32", span));
    had_prop_put(l->graph, rule, "Description",
                 had_prop_c(l->graph, "Takes the place of the default rule", span));
    struct had_prop *list = had_prop_list(l->graph, span);
    had_prop_append(l->graph, list, rule);
    had_node_set(l->graph, group, "SecurityGroupEgress", list);
}

static struct had_group *group_of_node(const struct had_lowering *l, const struct had_node *node)
{
    const uint64_t *found = had_map_get(&l->groups_by_node, (uintptr_t)node);
    return found ? (struct had_group *)(uintptr_t)*found : NULL;
}

static struct had_group *add_group(struct had_lowering *l, struct had_group like)
{
    struct had_group *group = had_new(l->arena, struct had_group);
    *group = like;
    *had_push(l->arena, &l->groups) = group;
    had_map_put(l->arena, &l->groups_by_node, (uintptr_t)group->node, (uintptr_t)group);
    return group;
}

struct had_group *had_lower_group(struct had_lowering *l, const struct had_object *spoke,
                                  const struct had_object *account, had_str purpose,
                                  const char *description, struct had_origin origin,
                                  enum had_phase phase)
{
    const struct had_object *owner = had_object_account(spoke);
    bool foreign = account && account != owner;
    if (foreign)
        purpose = had_str_printf(l->arena, HAD_FMT " by " HAD_FMT, HAD_ARG(purpose),
                                 HAD_ARG(account->address));
    struct had_place place =
        had_place_at(had_context_account(l, foreign ? account : owner, had_region_code(spoke)),
                     had_spoke_layer(spoke), phase);
    bool fresh;
    struct had_node *node = had_lower_node_from(l, spoke->address, "AWS::EC2::SecurityGroup",
                                                "group", purpose, place, origin, &fresh);
    if (!fresh) {
        if (phase < node->phase)
            node->phase = phase;
        struct had_group *known = group_of_node(l, node);
        if (phase < known->place.phase)
            known->place.phase = phase;
        return known;
    }
    struct had_node *vpc = had_lower_find(l, spoke, "vpc", HAD_NO_KEY);
    had_lower_text(l, node, "GroupDescription", description_text(l, had_str_c(description)),
                   origin.span);
    had_lower_read(l, node, "VpcId", vpc, "VpcId", origin.span);
    no_default_out(l, node, origin.span);
    had_lower_tags(l, node, spoke,
                   had_str_printf(l->arena, HAD_FMT " " HAD_FMT,
                                  HAD_ARG(had_outside_name(l->arena, spoke)), HAD_ARG(purpose)));
    for (uint32_t i = 0; foreign && i < spoke->children.count; i++) {
        const struct had_object *subnet = spoke->children.items[i];
        if (!had_is(subnet, "subnet") || !had_share_covers(subnet, account))
            continue;
        had_lower_sees(l, node, had_lower_find(l, subnet, "share", HAD_NO_KEY),
                       "a VPC of another account is visible through its shared subnets",
                       origin.span);
        break;
    }
    return add_group(l, (struct had_group){
                            .node = node,
                            .attribute = "GroupId",
                            .object = spoke->address,
                            .prefix = purpose,
                            .place = place,
                            .origin = origin,
                            .spoke = spoke,
                        });
}

struct had_group *had_lower_group_of(struct had_lowering *l, struct had_node *lookup,
                                     const char *attribute, const struct had_object *object,
                                     const struct had_object *spoke, struct had_place place,
                                     uint32_t in_reserved)
{
    return add_group(l, (struct had_group){
                            .node = lookup,
                            .attribute = attribute,
                            .object = object->address,
                            .place = place,
                            .origin = had_origin_of(l, object),
                            .spoke = spoke,
                            .in_reserved = in_reserved,
                        });
}

struct had_prop *had_group_id(struct had_lowering *l, const struct had_group *group,
                              struct had_span span)
{
    return had_prop_read(l->graph, group->node, group->attribute, span);
}

/* ---- quotas ---- */

int64_t had_lower_quota(const struct had_lowering *l, const char *resource,
                        const struct had_object *account, const struct had_object *region)
{
    int64_t limit = had_fact_quota_value(resource, NULL);
    had_each_object(quota, had_spec_kind(l->spec, "quota")) {
        const struct had_object *in = had_get_object(quota, "account"),
                                *at = had_get_object(quota, "region");
        const struct had_value *until = had_get(quota, "until");
        if (had_str_is(quota->name, resource) && (!in || in == account) && (!at || at == region) &&
            !(until->tag == HAD_VALUE_INT && until->number < l->spec->as_of) &&
            had_get_int(quota, "limit") > limit)
            limit = had_get_int(quota, "limit");
    }
    return limit;
}

static int64_t rules_allowed(const struct had_lowering *l, const struct had_group *group)
{
    return had_lower_quota(l, "security group rules", had_object_account(group->spoke),
                           had_object_region(group->spoke));
}

/* ---- rules ---- */

static had_str rule_key(struct had_lowering *l, const struct had_group *group, had_str ports,
                        had_str peer)
{
    return had_str_printf(l->arena, HAD_FMT "%s" HAD_FMT " " HAD_FMT, HAD_ARG(group->prefix),
                          group->prefix.len ? " " : "", HAD_ARG(ports), HAD_ARG(peer));
}

void had_group_rule(struct had_lowering *l, struct had_group *group, enum had_direction direction,
                    const char *protocol, int32_t first, int32_t last, const char *purpose,
                    struct had_peer peer)
{
    bool in = direction == HAD_RULE_IN;
    bool v6 = !peer.group && peer.cidr.base.family == 6;
    if (v6 && !strcmp(protocol, "icmp")) {
        protocol = "icmpv6";
        first = first == 8 ? 128 : first;
    }
    had_str ports = had_ports_text(l, protocol, first, last);
    had_str other = peer.group ? peer.group->node->address : had_cidr_text(l->arena, peer.cidr);
    struct had_span span = had_span_known(peer.span) ? peer.span : group->origin.span;
    bool fresh;
    struct had_node *rule = had_lower_node_from(
        l, group->object, in ? "AWS::EC2::SecurityGroupIngress" : "AWS::EC2::SecurityGroupEgress",
        in ? "in" : "out", rule_key(l, group, ports, other), group->place, group->origin, &fresh);
    if (!fresh)
        return;
    if (in)
        group->in++;
    else
        group->out++;
    struct had_buffer text = {0};
    had_buffer_c(&text, purpose && *purpose ? purpose : "Allowed");
    if (peer.title.len) {
        had_buffer_c(&text, in ? " from " : " to ");
        had_buffer_str(&text, peer.title);
    }
    had_node_set(l->graph, rule, "GroupId", had_group_id(l, group, span));
    had_lower_c(l, rule, "IpProtocol", protocol, span);
    if (strcmp(protocol, "-1") != 0) {
        had_lower_int(l, rule, "FromPort", first, span);
        had_lower_int(l, rule, "ToPort", last, span);
    }
    if (peer.group)
        had_node_set(l->graph, rule, in ? "SourceSecurityGroupId" : "DestinationSecurityGroupId",
                     had_group_id(l, peer.group, span));
    else
        had_lower_text(l, rule, v6 ? "CidrIpv6" : "CidrIp", other, span);
    had_lower_text(l, rule, "Description",
                   description_text(l, had_str_dup(l->arena, had_buffer_view(&text))), span);
    had_buffer_free(&text);
}

void had_group_flow(struct had_lowering *l, struct had_group *group, enum had_direction direction,
                    const char *flow, unsigned when, struct had_peer peer)
{
    had_port_rows rows = {0};
    had_port_rows_of(l, &rows, flow, when, direction);
    had_each(struct had_port_row, row, &rows)
        had_group_rule(l, group, direction, row->protocol, row->first, row->last, row->purpose,
                       peer);
}

bool had_group_has_room(struct had_lowering *l, const struct had_group *group,
                        enum had_direction direction, const char *flow, unsigned when,
                        struct had_peer peer)
{
    bool in = direction == HAD_RULE_IN;
    had_port_rows rows = {0};
    had_port_rows_of(l, &rows, flow, when, direction);
    int64_t held = in ? (int64_t)group->in + group->in_reserved : group->out;
    held += rows.count;
    if (!group->spoke || !rows.count || held <= RULES_OF_A_GROUP || held <= rules_allowed(l, group))
        return true;
    const struct had_port_row *row = &rows.items[0];
    had_str other = peer.group ? peer.group->node->address : had_cidr_text(l->arena, peer.cidr);
    had_str key =
        rule_key(l, group, had_ports_text(l, row->protocol, row->first, row->last), other);
    return had_graph_find(l->graph,
                          had_node_address(l->arena, group->object, in ? "in" : "out", key));
}

void had_group_flow_ranges(struct had_lowering *l, struct had_group *group,
                           enum had_direction direction, const char *flow, unsigned when,
                           const had_cidrs *ranges, had_str title, struct had_span span)
{
    for (uint32_t i = 0; i < ranges->count; i++)
        had_group_flow(l, group, direction, flow, when,
                       (struct had_peer){.cidr = ranges->items[i], .title = title, .span = span});
}

void had_group_all_out(struct had_lowering *l, struct had_group *group)
{
    struct had_peer anywhere = {.cidr = {.base = {.family = 4}}, .title = HAD_STR("anywhere")};
    had_group_rule(l, group, HAD_RULE_OUT, "-1", -1, -1, "All traffic", anywhere);
    if (group->spoke && had_present(group->spoke, "ipv6-cidr")) {
        anywhere.cidr.base.family = 6;
        had_group_rule(l, group, HAD_RULE_OUT, "-1", -1, -1, "All traffic", anywhere);
    }
}

struct had_group *had_lower_members_group(struct had_lowering *l, const struct had_object *spoke,
                                          const struct had_object *account, enum had_phase phase)
{
    struct had_group *group = had_lower_group(
        l, spoke, account, HAD_STR("members"), "Members of a directory",
        had_origin_derived(l, spoke, HAD_STR("instances of the spoke that join a directory"),
                           spoke->span),
        phase);
    had_group_all_out(l, group);
    return group;
}

/* ---- declared groups ---- */

struct had_prop *had_prop_stated_groups(struct had_lowering *l, const struct had_object *object)
{
    struct had_value_list stated = had_get_list(object, "security-groups");
    struct had_span span = had_get_span(object, "security-groups");
    struct had_prop *list = NULL;
    for (uint32_t i = 0; i < stated.count; i++) {
        if (stated.items[i].tag != HAD_VALUE_REF)
            continue;
        struct had_node *node = had_lower_find(l, stated.items[i].object, "group", HAD_NO_KEY);
        if (!node)
            continue;
        if (!list)
            list = had_prop_list(l->graph, span);
        had_prop_append(l->graph, list, had_prop_read(l->graph, node, "GroupId", span));
    }
    return list;
}

static const char *protocol_name(enum had_protocol protocol)
{
    static const char *const names[] = {
        [HAD_PROTOCOL_ALL] = "-1",
        [HAD_PROTOCOL_TCP] = "tcp",
        [HAD_PROTOCOL_UDP] = "udp",
        [HAD_PROTOCOL_ICMP] = "icmp",
    };
    return names[protocol];
}

static void add_flows(struct had_lowering *l, struct had_group *group, enum had_direction direction,
                      const struct had_value *service, struct had_peer peer)
{
    if (service->tag == HAD_VALUE_LIST) {
        for (uint32_t i = 0; i < service->list.count; i++)
            add_flows(l, group, direction, &service->list.items[i], peer);
        return;
    }
    if (service->tag != HAD_VALUE_SERVICE)
        return;
    for (uint32_t i = 0; i < service->service.count; i++) {
        const struct had_flow *flow = &service->service.flows[i];
        bool ports = flow->protocol == HAD_PROTOCOL_TCP || flow->protocol == HAD_PROTOCOL_UDP;
        had_group_rule(l, group, direction, protocol_name(flow->protocol),
                       ports ? flow->ports.first : -1, ports ? flow->ports.last : -1,
                       flow->purpose.len ? had_str_cstr(l->arena, flow->purpose) : NULL, peer);
    }
}

static void add_peers(struct had_lowering *l, struct had_group *group, enum had_direction direction,
                      const struct had_object *line, const struct had_value *peer)
{
    if (peer->tag == HAD_VALUE_LIST) {
        for (uint32_t i = 0; i < peer->list.count; i++)
            add_peers(l, group, direction, line, &peer->list.items[i]);
        return;
    }
    struct had_peer other = {
        .span = had_span_known(peer->span) ? peer->span : line->span,
    };
    const struct had_object *object = peer->tag == HAD_VALUE_REF ? peer->object : NULL;
    if (object)
        other.title = object->address;
    had_cidrs ranges = {0};
    if (object && had_is(object, "security-group")) {
        struct had_node *node = had_lower_find(l, object, "group", HAD_NO_KEY);
        if (object->parent == group->spoke && node) {
            other.group = group_of_node(l, node);
            add_flows(l, group, direction, &line->subject, other);
            return;
        }
        /* A group of another VPC cannot be named everywhere: its spoke's ranges stand for it. */
        had_cidrs_of_object(l, &ranges, object->parent);
    } else {
        had_cidrs_of(l, &ranges, peer);
    }
    had_cidrs_aggregate(&ranges);
    for (uint32_t i = 0; i < ranges.count; i++) {
        other.cidr = ranges.items[i];
        add_flows(l, group, direction, &line->subject, other);
    }
}

void had_lower_security_group(struct had_lowering *l)
{
    const had_objects *all = had_spec_kind(l->spec, "security-group");
    had_each_object(object, all) {
        const struct had_object *spoke = object->parent;
        struct had_place place =
            had_place_own(l, object, had_spoke_layer(spoke), HAD_PHASE_FOUNDATION);
        struct had_node *node =
            had_lower_node(l, object, "AWS::EC2::SecurityGroup", "group", HAD_NO_KEY, place);
        had_lower_primary(l, node, object, "GroupId");
        had_str description = node->description.len ? node->description : object->label;
        if (!object->existing)
            had_lower_text(l, node, "GroupDescription", description_text(l, description),
                           object->span);
        had_lower_read(l, node, "VpcId", had_lower_find(l, spoke, "vpc", HAD_NO_KEY), "VpcId",
                       object->span);
        if (!object->existing)
            no_default_out(l, node, object->span);
        had_lower_tags(l, node, object, had_outside_name(l->arena, object));
        add_group(l, (struct had_group){
                         .node = node,
                         .attribute = "GroupId",
                         .object = object->address,
                         .place = place,
                         .origin = had_origin_of(l, object),
                         .spoke = spoke,
                     });
    }
    /* Groups first, then rules: rules name groups. */
    had_each_object(owner, all) {
        struct had_group *group = group_of_node(l, had_lower_find(l, owner, "group", HAD_NO_KEY));
        bool out = false;
        for (uint32_t i = 0; i < owner->children.count; i++) {
            const struct had_object *line = owner->children.items[i];
            if (!had_is(line, "allow"))
                continue;
            group->origin = had_origin_of(l, line);
            if (!had_present(line, "from") && !had_present(line, "to")) {
                struct had_diag *d =
                    had_report(l->diags, &HAD0754, line->span,
                               "a line of `" HAD_FMT "` says neither `from` nor `to`",
                               HAD_ARG(owner->address));
                had_diag_address(d, owner->address);
            }
            add_peers(l, group, HAD_RULE_IN, line, had_get(line, "from"));
            add_peers(l, group, HAD_RULE_OUT, line, had_get(line, "to"));
            out |= had_present(line, "to");
        }
        group->origin = had_origin_of(l, owner);
        if (!out && !owner->existing)
            had_group_all_out(l, group);
    }
}

void had_groups_check(struct had_lowering *l)
{
    for (uint32_t i = 0; i < l->groups.count; i++) {
        const struct had_group *group = l->groups.items[i];
        int64_t in = (int64_t)group->in + group->in_reserved;
        int64_t most = in > group->out ? in : group->out;
        if (!group->spoke || most <= RULES_OF_A_GROUP || most <= rules_allowed(l, group))
            continue;
        struct had_diag *d = had_report(
            l->diags, &HAD0750, group->origin.span,
            "the security group `" HAD_FMT "` gets %lld rules in one direction; it holds %lld",
            HAD_ARG(group->node->address), (long long)most, (long long)rules_allowed(l, group));
        had_diag_address(d, group->node->origin->object);
        if (group->in_reserved && most == in)
            had_diag_note(d,
                          "AWS makes this one group for the directory, with %u rules of its own: "
                          "no second one can take over some",
                          group->in_reserved);
        had_diag_help(d,
                      "state fewer and wider `ranges` for the region or the sites, or declare the "
                      "raised limit with `quota \"security group rules\"`");
    }
}
