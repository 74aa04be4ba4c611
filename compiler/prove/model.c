/* Reads the network out of the resource graph: see model.h. One pass per family of nodes. */
#include "prove/read.h"

#include <stdlib.h>
#include <string.h>

/* ---- ports ---- */

const struct had_port_fact had_port_facts[] = {
#include "ports_table.inc"
};
const uint32_t had_port_fact_count = sizeof had_port_facts / sizeof *had_port_facts;

static uint32_t port_bit(const struct had_model *m, const struct had_port_fact *fact)
{
    for (uint32_t i = 0; i < m->port_count; i++)
        if (m->ports[i].protocol == fact->protocol && m->ports[i].first == fact->first &&
            m->ports[i].last == fact->last)
            return i;
    return HAD_NOTHING;
}

static uint64_t ports_of_flow(const struct had_model *m, const char *flow, enum had_port_when when)
{
    uint64_t mask = 0;
    for (uint32_t i = 0; i < had_port_fact_count; i++) {
        uint32_t bit = port_bit(m, &had_port_facts[i]);
        if (strcmp(had_port_facts[i].flow, flow) == 0 && had_port_facts[i].when == when &&
            bit != HAD_NOTHING)
            mask |= UINT64_C(1) << bit;
    }
    return mask;
}

/* Equal ports of several flows are one bit. The table is far shorter than a mask. */
static void number_ports(struct had_model *m)
{
    for (uint32_t i = 0; i < had_port_fact_count; i++) {
        const struct had_port_fact *fact = &had_port_facts[i];
        if (port_bit(m, fact) == HAD_NOTHING && m->port_count < 64)
            m->ports[m->port_count++] =
                (struct had_port_class){fact->protocol, fact->first, fact->last, fact->purpose};
        uint32_t f = 0;
        while (f < m->flow_count && strcmp(m->flows[f].flow, fact->flow) != 0)
            f++;
        if (f == m->flow_count && f < sizeof m->flows / sizeof *m->flows)
            m->flows[m->flow_count++].flow = fact->flow;
    }
    for (uint32_t f = 0; f < m->flow_count; f++)
        for (int when = 0; when < HAD_WHEN_COUNT; when++)
            m->flows[f].mask[when] = ports_of_flow(m, m->flows[f].flow, (enum had_port_when)when);
}

/* What a range of ports means for each row: the rules are then compared as masks. */
static void cover(const struct had_model *m, int protocol, uint32_t first, uint32_t last,
                  uint64_t *whole, uint64_t *part)
{
    for (uint32_t bit = 0; bit < m->port_count; bit++) {
        const struct had_port_class *row = &m->ports[bit];
        if (protocol == -1) {
            *whole |= UINT64_C(1) << bit;
            continue;
        }
        if (protocol != row->protocol || first > row->last || last < row->first)
            continue;
        if (first <= row->first && last >= row->last)
            *whole |= UINT64_C(1) << bit;
        else
            *part |= UINT64_C(1) << bit;
    }
}

static void cover_ports(struct had_model *m)
{
    had_each(struct had_mgroup, group, &m->groups) {
        had_each(struct had_mrule, r, &group->in)
            cover(m, r->protocol, r->first, r->last, &r->whole, &r->part);
        had_each(struct had_mrule, r, &group->out)
            cover(m, r->protocol, r->first, r->last, &r->whole, &r->part);
    }
    had_each(struct had_msite, site, &m->sites)
        had_each(struct had_mflow, f, &site->flows)
            cover(m, f->protocol, f->first, f->last, &f->whole, &f->part);
}

static uint64_t ports_when(const struct had_model *m, const char *flow, enum had_port_when when)
{
    for (uint32_t f = 0; f < m->flow_count; f++)
        if (strcmp(m->flows[f].flow, flow) == 0)
            return m->flows[f].mask[when];
    return ports_of_flow(m, flow, when);
}

uint64_t had_flow_ports(const struct had_model *m, const char *flow)
{
    return ports_when(m, flow, HAD_ALWAYS);
}

uint64_t had_member_ports(const struct had_model *m, uint32_t host)
{
    const struct had_mhost *h = &m->hosts.items[host];
    uint64_t ports = ports_when(m, "member_dc", HAD_ALWAYS);
    if (h->domain != HAD_NOTHING && m->domains.items[h->domain].ldaps)
        ports |= ports_when(m, "member_dc", HAD_FOR_LDAPS);
    if (h->administers)
        ports |= ports_when(m, "member_dc", HAD_FOR_ADMINISTRATION);
    return ports;
}

/* The far side's TLS is asked for by the directory that has it switched on as a client. */
uint64_t had_trust_ports(const struct had_model *m, uint32_t from)
{
    uint32_t domain = m->hosts.items[from].domain;
    uint64_t ports = ports_when(m, "trust", HAD_ALWAYS);
    if (domain != HAD_NOTHING && m->domains.items[domain].asks_ldaps)
        ports |= ports_when(m, "trust", HAD_FOR_LDAPS);
    return ports;
}

had_str had_ports_of_mask(const struct had_model *m, uint64_t mask, uint8_t protocol)
{
    struct had_buffer b = {0};
    for (uint32_t bit = 0; bit < m->port_count; bit++) {
        const struct had_port_class *p = &m->ports[bit];
        if (!(mask >> bit & 1) || p->protocol != protocol)
            continue;
        if (p->first == p->last)
            had_buffer_printf(&b, "%s%u", b.len ? "," : "", p->first);
        else
            had_buffer_printf(&b, "%s%u-%u", b.len ? "," : "", p->first, p->last);
    }
    had_str ports = had_str_dup(m->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return ports;
}

/* ---- addresses ---- */

static uint32_t last_of(struct had_net4 net)
{
    return net.length >= 32 ? net.base : net.base | (UINT32_MAX >> net.length);
}

had_str had_ip4_text(struct had_arena *arena, uint32_t a)
{
    return had_str_printf(arena, "%u.%u.%u.%u", a >> 24, a >> 16 & 255, a >> 8 & 255, a & 255);
}

had_str had_net4_text(struct had_arena *arena, struct had_net4 net)
{
    return had_str_printf(arena, HAD_FMT "/%u", HAD_ARG(had_ip4_text(arena, net.base)), net.length);
}

/* ---- assumptions ---- */

uint64_t had_model_assume(struct had_model *m, had_str sentence)
{
    for (uint32_t i = 0; i < m->assumption_count; i++)
        if (had_str_eq(m->assumptions[i], sentence))
            return UINT64_C(1) << i;
    if (m->assumption_count == HAD_MAX_ASSUMPTIONS - 1)
        sentence = HAD_STR("further things that the spec does not say");
    if (m->assumption_count == HAD_MAX_ASSUMPTIONS)
        return UINT64_C(1) << (HAD_MAX_ASSUMPTIONS - 1);
    m->assumptions[m->assumption_count] = sentence;
    return UINT64_C(1) << m->assumption_count++;
}

/* ---- VPCs and subnets ---- */

static void read_vpc(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    m->of_node[node->id] = m->vpcs.count;
    struct had_mvpc *vpc = had_push(b->a, &m->vpcs);
    vpc->node = node;
    vpc->name = node->object;
    vpc->region = node->context->region;
    vpc->account = node->context->account;
    vpc->resolver_on = flag(m, node, "EnableDnsSupport", true);
    struct had_net4 net;
    if (parse_net(text(m, node, "CidrBlock"), &net))
        *had_push(b->a, &vpc->ranges) = net;
    else
        vpc->unknown = true;
}

static void read_cidr(struct builder *b, const struct had_node *node)
{
    uint32_t vpc = number_at(b->m, node, "VpcId");
    struct had_net4 net;
    if (vpc != HAD_NOTHING && parse_net(text(b->m, node, "CidrBlock"), &net))
        *had_push(b->a, &b->m->vpcs.items[vpc].ranges) = net;
}

static void read_dhcp(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t vpc = number_at(m, node, "VpcId");
    const struct had_node *options = node_of(m, node, "DhcpOptionsId");
    const struct had_prop *servers = options ? get(m, options, "DomainNameServers") : NULL;
    if (vpc == HAD_NOTHING)
        return;
    for (uint32_t i = 0; servers && servers->tag == HAD_PROP_LIST && i < servers->items.count;
         i++) {
        struct had_net4 net;
        if (parse_net(text_of(choice(m, servers->items.items[i])), &net))
            add_index(b, &m->vpcs.items[vpc].dns, net.base);
    }
    m->vpcs.items[vpc].dhcp = options;
}

static uint32_t zone_number(struct builder *b, const struct had_node *subnet)
{
    struct had_model *m = b->m;
    had_str id = text(m, subnet, "AvailabilityZoneId");
    had_str letter = text(m, subnet, "AvailabilityZone");
    had_str name = id.len ? id
                          : had_str_printf(b->a, HAD_FMT " of account " HAD_FMT, HAD_ARG(letter),
                                           HAD_ARG(subnet->context->account));
    if (!id.len && !letter.len)
        return HAD_NOTHING;
    had_each(struct had_mzone_name, z, &m->zone_names)
        if (had_str_eq(z->name, name))
            return (uint32_t)(z - m->zone_names.items);
    *had_push(b->a, &m->zone_names) =
        (struct had_mzone_name){name, subnet->context->region, letter, id.len > 0};
    return m->zone_names.count - 1;
}

static void read_subnet(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t vpc = number_at(m, node, "VpcId");
    struct had_net4 net;
    if (vpc == HAD_NOTHING || !parse_net(text(m, node, "CidrBlock"), &net))
        return;
    m->of_node[node->id] = m->subnets.count;
    add_index(b, &m->vpcs.items[vpc].subnets, m->subnets.count);
    *had_push(b->a, &m->subnets) = (struct had_msubnet){
        .node = node,
        .vpc = vpc,
        .zone = zone_number(b, node),
        .table = HAD_NOTHING,
        .acl = HAD_NOTHING,
        .net = net,
        .table_unknown = existing(node),
        .ipv6 = get(m, node, "Ipv6CidrBlock") != NULL,
    };
}

static void read_table(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    m->of_node[node->id] = m->tables.count;
    struct had_mtable *table = had_push(b->a, &m->tables);
    table->node = node;
    table->vpc = number_at(m, node, "VpcId");
    /* An existing table has no association of ours: it is that of the subnet that names it. */
    if (!existing(node))
        return;
    for (uint32_t i = 0; i < m->subnets.count; i++)
        if (had_str_eq(m->subnets.items[i].node->object, node->object))
            m->subnets.items[i].table = m->tables.count - 1;
}

static void read_table_association(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t subnet = number_at(m, node, "SubnetId"), table = number_at(m, node, "RouteTableId");
    if (subnet == HAD_NOTHING || table == HAD_NOTHING)
        return;
    m->subnets.items[subnet].table = table;
    m->subnets.items[subnet].table_unknown = false;
    m->subnets.items[subnet].joins_table = node;
}

/* ---- devices that routes may lead to ---- */

static void read_peering(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    m->of_node[node->id] = m->peerings.count;
    uint32_t first = number_at(m, node, "VpcId"), second = number_at(m, node, "PeerVpcId");
    bool same = first != HAD_NOTHING && second != HAD_NOTHING &&
                had_str_eq(m->vpcs.items[first].account, m->vpcs.items[second].account) &&
                had_str_eq(m->vpcs.items[first].region, m->vpcs.items[second].region);
    *had_push(b->a, &m->peerings) =
        (struct had_mpeering){node, {first, second}, same || existing(node)};
}

static void read_acceptance(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t peering = number_at(m, node, "VpcPeeringConnectionId");
    if (peering != HAD_NOTHING)
        m->peerings.items[peering].accepted = true;
}

static const struct had_node *named(const struct builder *b, had_str address)
{
    return had_graph_find(b->m->graph, address);
}

static void add_named(struct builder *b, had_indexes *out, const struct had_prop *list)
{
    for (uint32_t i = 0; list && list->tag == HAD_PROP_LIST && i < list->items.count; i++) {
        uint32_t number = number_of(b->m, named(b, text_of(list->items.items[i])));
        if (number != HAD_NOTHING)
            add_index(b, out, number);
    }
}

/* -1 all, 6 and 17, 1 ICMP; anything else matches no flow of ours and is 255. */
static int16_t protocol_of(const struct had_prop *p)
{
    static const struct {
        const char *word;
        int16_t number;
    } words[] = {{"-1", -1}, {"tcp", 6}, {"udp", 17}, {"icmp", 1}, {"6", 6}, {"17", 17}, {"1", 1}};
    if (p && p->tag == HAD_PROP_INT)
        return p->number >= -1 && p->number < 255 ? (int16_t)p->number : 255;
    for (uint32_t i = 0; i < sizeof words / sizeof *words; i++)
        if (had_str_is(text_of(p), words[i].word))
            return words[i].number;
    return 255;
}

static void ports_of(const struct had_prop *from, const struct had_prop *to, uint16_t *first,
                     uint16_t *last)
{
    int64_t low = int_of(from, 0), high = int_of(to, 65535);
    *first = low >= 0 && low <= 65535 ? (uint16_t)low : 0;
    *last = high >= 0 && high <= 65535 ? (uint16_t)high : 65535;
}

static void read_appliance(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    m->of_node[node->id] = m->appliances.count;
    struct had_mappliance *device = had_push(b->a, &m->appliances);
    device->node = node;
    device->name = text(m, node, "Name");
    add_named(b, &device->subnets, get(m, node, "Subnets"));
    const struct had_prop *rules = get(m, node, "Rules");
    for (uint32_t i = 0; rules && rules->tag == HAD_PROP_LIST && i < rules->items.count; i++) {
        const struct had_prop *row = rules->items.items[i];
        struct had_mfilter f = {.deny = had_str_is(text_of(at(m, row, "Action")), "deny"),
                                .protocol = protocol_of(at(m, row, "Protocol"))};
        ports_of(at(m, row, "FromPort"), at(m, row, "ToPort"), &f.first, &f.last);
        if (parse_net(text_of(at(m, row, "Source")), &f.from) &&
            parse_net(text_of(at(m, row, "Destination")), &f.to))
            *had_push(b->a, &device->rules) = f;
    }
}

static uint32_t appliance_of(const struct builder *b, had_str id)
{
    const struct had_model *m = b->m;
    for (uint32_t i = 0; i < m->appliances.count; i++) {
        const struct had_prop *ids = get(m, m->appliances.items[i].node, "Endpoints");
        for (uint32_t k = 0; ids && ids->tag == HAD_PROP_LIST && k < ids->items.count; k++)
            if (had_str_eq(text_of(ids->items.items[k]), id))
                return i;
    }
    return HAD_NOTHING;
}

static void read_route(struct builder *b, const struct had_node *node)
{
    static const struct {
        const char *property;
        enum had_target to;
    } targets[] = {
        {"TransitGatewayId", HAD_TO_TGW},
        {"VpcPeeringConnectionId", HAD_TO_PEER},
        {"NatGatewayId", HAD_TO_NAT},
        {"GatewayId", HAD_TO_INTERNET},
        {"EgressOnlyInternetGatewayId", HAD_TO_INTERNET},
        {"VpcEndpointId", HAD_TO_APPLIANCE},
        {"NetworkInterfaceId", HAD_TO_APPLIANCE},
    };
    struct had_model *m = b->m;
    uint32_t table = number_at(m, node, "RouteTableId");
    if (table == HAD_NOTHING)
        return;
    struct had_mroute route = {.to = HAD_TO_UNKNOWN, .target = HAD_NOTHING, .node = node};
    m->ipv6 |= get(m, node, "DestinationIpv6CidrBlock") &&
               (get(m, node, "TransitGatewayId") || get(m, node, "VpcPeeringConnectionId"));
    if (!parse_net(text(m, node, "DestinationCidrBlock"), &route.net)) {
        if (get(m, node, "DestinationPrefixListId"))
            m->tables.items[table].prefix_lists = true;
        return; /* IPv6, or a prefix list whose ranges are not known here */
    }
    for (uint32_t i = 0; i < sizeof targets / sizeof *targets; i++) {
        const struct had_prop *value = get(m, node, targets[i].property);
        if (!value)
            continue;
        route.to = targets[i].to;
        route.target = route.to == HAD_TO_APPLIANCE ? appliance_of(b, text_of(value))
                                                    : number_of(m, read_of(value));
        if (route.target == HAD_NOTHING && route.to != HAD_TO_NAT && route.to != HAD_TO_INTERNET)
            route.to = HAD_TO_UNKNOWN;
    }
    *had_push(b->a, &m->tables.items[table].routes) = route;
}

/* A route that the spec states and nobody can write: its appliance has no endpoint there. */
static void read_assumed_route(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t table = number_of(m, named(b, text(m, node, "Table")));
    struct had_mroute route = {
        .to = HAD_TO_UNKNOWN, .target = HAD_NOTHING, .node = node, .assumed = true};
    if (table == HAD_NOTHING || !parse_net(text(m, node, "Destination"), &route.net))
        return;
    for (uint32_t i = 0; i < m->appliances.count; i++)
        if (had_str_eq(m->appliances.items[i].name, text(m, node, "Appliance"))) {
            route.to = HAD_TO_APPLIANCE;
            route.target = i;
        }
    *had_push(b->a, &m->tables.items[table].routes) = route;
}

/* ---- filters ---- */

static void read_acl(struct builder *b, const struct had_node *node)
{
    b->m->of_node[node->id] = b->m->acls.count;
    struct had_macl *acl = had_push(b->a, &b->m->acls);
    acl->node = node;
    acl->unknown = existing(node);
}

static void read_entry(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t acl = number_at(m, node, "NetworkAclId");
    struct had_mentry entry = {.node = node};
    if (acl == HAD_NOTHING || !parse_net(text(m, node, "CidrBlock"), &entry.net))
        return; /* of IPv6 */
    entry.number = (uint32_t)int_of(get(m, node, "RuleNumber"), 0);
    entry.allow = had_str_is(text(m, node, "RuleAction"), "allow");
    entry.protocol = protocol_of(get(m, node, "Protocol"));
    ports_of(get(m, node, "PortRange.From"), get(m, node, "PortRange.To"), &entry.first,
             &entry.last);
    if (flag(m, node, "Egress", false))
        *had_push(b->a, &m->acls.items[acl].out) = entry;
    else
        *had_push(b->a, &m->acls.items[acl].in) = entry;
}

static void read_acl_association(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t subnet = number_at(m, node, "SubnetId");
    if (subnet == HAD_NOTHING)
        return;
    m->subnets.items[subnet].acl = number_at(m, node, "NetworkAclId");
    m->subnets.items[subnet].joins_acl = node;
}

static int by_number(const void *x, const void *y)
{
    const struct had_mentry *a = x, *b = y;
    return (a->number > b->number) - (a->number < b->number);
}

static void add_rule(struct builder *b, struct had_mgroup *group, const struct had_prop *map,
                     const struct had_node *node, bool in)
{
    struct had_model *m = b->m;
#define FIELD(name) (map ? at(m, map, name) : get(m, node, name))
    struct had_mrule rule = {.node = node, .protocol = protocol_of(FIELD("IpProtocol"))};
    if (rule.protocol == -1) {
        rule.last = 65535;
    } else {
        ports_of(FIELD("FromPort"), FIELD("ToPort"), &rule.first, &rule.last);
    }
    const struct had_prop *cidr = FIELD("CidrIp");
    const struct had_prop *peer =
        in ? FIELD("SourceSecurityGroupId") : FIELD("DestinationSecurityGroupId");
#undef FIELD
    if (peer) {
        rule.by_group = true;
        rule.group = number_of(m, read_of(peer));
        if (rule.group == HAD_NOTHING)
            return;
    } else if (!parse_net(text_of(cidr), &rule.net)) {
        return; /* IPv6 or a prefix list: lets nothing of ours pass */
    }
    if (in)
        *had_push(b->a, &group->in) = rule;
    else
        *had_push(b->a, &group->out) = rule;
}

static void inline_rules(struct builder *b, struct had_mgroup *group, const char *property, bool in)
{
    const struct had_prop *list = get(b->m, group->node, property);
    for (uint32_t i = 0; list && list->tag == HAD_PROP_LIST && i < list->items.count; i++)
        add_rule(b, group, list->items.items[i], group->node, in);
}

static void read_group(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    m->of_node[node->id] = m->groups.count;
    struct had_mgroup *group = had_push(b->a, &m->groups);
    group->node = node;
    group->vpc = number_at(m, node, "VpcId");
    group->unknown = existing(node);
    inline_rules(b, group, "SecurityGroupIngress", true);
    inline_rules(b, group, "SecurityGroupEgress", false);
    /* EC2 gives a group that names no rule out one that lets everything out. */
    if (!get(m, node, "SecurityGroupEgress") && !group->unknown)
        *had_push(b->a, &group->out) =
            (struct had_mrule){.protocol = -1, .last = 65535, .node = node};
}

static void read_directory_group(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    m->of_node[node->id] = m->groups.count;
    struct had_mgroup *group = had_push(b->a, &m->groups);
    group->node = node;
    group->vpc = HAD_NOTHING; /* with its directory */
    group->of_directory = true;
    /* whoever made the directory may have let in and out what they wanted */
    const struct had_node *directory = node_of(m, node, "DirectoryId");
    group->unknown = directory && existing(directory);
}

static void read_ingress(struct builder *b, const struct had_node *node)
{
    uint32_t group = number_at(b->m, node, "GroupId");
    if (group != HAD_NOTHING)
        add_rule(b, &b->m->groups.items[group], NULL, node, true);
}

static void read_egress(struct builder *b, const struct had_node *node)
{
    uint32_t group = number_at(b->m, node, "GroupId");
    if (group != HAD_NOTHING)
        add_rule(b, &b->m->groups.items[group], NULL, node, false);
}

/* ---- transit gateways ---- */

static void read_tgw(struct builder *b, const struct had_node *node)
{
    b->m->of_node[node->id] = b->m->tgws.count;
    struct had_mtgw *tgw = had_push(b->a, &b->m->tgws);
    tgw->node = node;
    tgw->region = node->context->region;
}

static void read_tgw_table(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t tgw = number_at(m, node, "TransitGatewayId");
    m->of_node[node->id] = m->tgw_tables.count;
    if (tgw != HAD_NOTHING)
        add_index(b, &m->tgws.items[tgw].tables, m->tgw_tables.count);
    struct had_mtgw_table *table = had_push(b->a, &m->tgw_tables);
    table->node = node;
    table->tgw = tgw;
}

static void read_policy(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t table = number_of(m, named(b, text(m, node, "Table")));
    if (table == HAD_NOTHING)
        return;
    m->tgw_tables.items[table].policy = node;
    add_named(b, &m->tgw_tables.items[table].reaches, get(m, node, "Reaches"));
}

static uint32_t add_attachment(struct builder *b, const struct had_node *node,
                               enum had_attachment_kind kind, uint32_t tgw)
{
    struct had_model *m = b->m;
    uint32_t number = m->attachments.count;
    *had_push(b->a, &m->attachments) = (struct had_mattachment){
        .node = node,
        .kind = kind,
        .tgw = tgw,
        .vpc = HAD_NOTHING,
        .gateway = HAD_NOTHING,
        .link = HAD_NOTHING,
        .other = HAD_NOTHING,
        .table = HAD_NOTHING,
        .accepted = true,
    };
    if (tgw != HAD_NOTHING)
        add_index(b, &m->tgws.items[tgw].attachments, number);
    return number;
}

static void read_attachment(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t tgw = number_at(m, node, "TransitGatewayId"), vpc = number_at(m, node, "VpcId");
    uint32_t number = add_attachment(b, node, HAD_ATTACHED_VPC, tgw);
    m->of_node[node->id] = number;
    struct had_mattachment *attachment = &m->attachments.items[number];
    attachment->vpc = vpc;
    if (vpc != HAD_NOTHING)
        add_index(b, &m->vpcs.items[vpc].attachments, number);
    const struct had_prop *subnets = get(m, node, "SubnetIds");
    for (uint32_t i = 0; subnets && subnets->tag == HAD_PROP_LIST && i < subnets->items.count;
         i++) {
        uint32_t subnet = number_of(m, read_of(subnets->items.items[i]));
        if (subnet != HAD_NOTHING)
            add_index(b, &attachment->subnets, subnet);
    }
    attachment->subnets_unknown = !attachment->subnets.count && existing(node);
    m->ipv6 |= had_str_is(text(m, node, "Options.Ipv6Support"), "enable");
    attachment->appliance_mode =
        had_str_is(text(m, node, "Options.ApplianceModeSupport"), "enable");
    /* An attachment of another account waits for its acceptance, unless the hub accepts by itself.
     */
    const struct had_node *hub = tgw != HAD_NOTHING ? m->tgws.items[tgw].node : NULL;
    if (hub && !existing(node) && !had_str_eq(hub->context->account, node->context->account) &&
        had_str_is(text(m, hub, "AutoAcceptSharedAttachments"), "disable"))
        attachment->accepted = false;
}

static void read_attachment_acceptance(struct builder *b, const struct had_node *node)
{
    uint32_t number = number_at(b->m, node, "TransitGatewayAttachmentId");
    if (number != HAD_NOTHING)
        b->m->attachments.items[number].accepted = true;
}

static void read_peer_attachment(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t ends[2];
    ends[0] = add_attachment(b, node, HAD_ATTACHED_PEER, number_at(m, node, "TransitGatewayId"));
    ends[1] =
        add_attachment(b, node, HAD_ATTACHED_PEER, number_at(m, node, "PeerTransitGatewayId"));
    m->of_node[node->id] = ends[0]; /* the second stands behind it */
    for (uint32_t i = 0; i < 2; i++) {
        m->attachments.items[ends[i]].other = ends[1 - i];
        m->attachments.items[ends[i]].accepted = existing(node);
    }
}

static void read_peer_acceptance(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t number = number_at(m, node, "TransitGatewayAttachmentId");
    if (number == HAD_NOTHING || m->attachments.items[number].kind != HAD_ATTACHED_PEER)
        return;
    m->attachments.items[number].accepted = true;
    m->attachments.items[number + 1].accepted = true;
}

static void read_gateway(struct builder *b, const struct had_node *node)
{
    b->m->of_node[node->id] = b->m->gateways.count;
    had_push(b->a, &b->m->gateways)->node = node;
}

static void read_gateway_hub(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t gateway = number_at(m, node, "DirectConnectGatewayId");
    if (gateway == HAD_NOTHING)
        return;
    struct had_mallowed *hub = had_push(b->a, &m->gateways.items[gateway].hubs);
    hub->tgw = number_at(m, node, "AssociatedGatewayId");
    hub->attachment = HAD_NOTHING;
    hub->node = node;
    const struct had_prop *nets = get(m, node, "AllowedPrefixesToDirectConnectGateway");
    hub->known = nets != NULL;
    add_nets(b, &hub->nets, nets);
}

static void read_interface(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    m->of_node[node->id] = m->links.count;
    uint32_t gateway = number_at(m, node, "DirectConnectGatewayId");
    if (gateway != HAD_NOTHING)
        add_index(b, &m->gateways.items[gateway].links, m->links.count);
    *had_push(b->a, &m->links) = (struct had_mlink){
        .node = node,
        .name = node->object,
        .gateway = gateway,
        .attachment = HAD_NOTHING,
        .connection = text(m, node, "ConnectionId"),
    };
}

static void read_vpn(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    m->of_node[node->id] = m->links.count;
    *had_push(b->a, &m->links) = (struct had_mlink){
        .node = node,
        .name = node->object,
        .vpn = true,
        .is_static = flag(m, node, "StaticRoutesOnly", false),
        .gateway = HAD_NOTHING,
        .attachment = HAD_NOTHING,
        .device = node_of(m, node, "CustomerGatewayId"),
    };
}

static void read_lookup(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t tgw = number_at(m, node, "TransitGatewayId"), of = number_at(m, node, "ResourceId");
    bool vpn = had_str_is(text(m, node, "ResourceType"), "vpn");
    uint32_t number = add_attachment(b, node, vpn ? HAD_ATTACHED_VPN : HAD_ATTACHED_DX, tgw);
    m->of_node[node->id] = number;
    if (of == HAD_NOTHING)
        return;
    if (vpn) {
        m->attachments.items[number].link = of;
        m->links.items[of].attachment = number;
        return;
    }
    m->attachments.items[number].gateway = of;
    had_each(struct had_mallowed, hub, &m->gateways.items[of].hubs)
        if (hub->tgw == tgw)
            hub->attachment = number;
}

/* A peering is one node and two ends: the one at the gateway of the table. */
static uint32_t end_at(const struct had_model *m, uint32_t attachment, uint32_t tgw)
{
    if (attachment == HAD_NOTHING || m->attachments.items[attachment].kind != HAD_ATTACHED_PEER ||
        m->attachments.items[attachment].tgw == tgw)
        return attachment;
    return attachment + 1;
}

static void read_association(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t attachment = number_at(m, node, "TransitGatewayAttachmentId");
    uint32_t table = number_at(m, node, "TransitGatewayRouteTableId");
    if (attachment == HAD_NOTHING || table == HAD_NOTHING)
        return;
    attachment = end_at(m, attachment, m->tgw_tables.items[table].tgw);
    m->attachments.items[attachment].table = table;
    m->attachments.items[attachment].association = node;
}

/* ---- sites, lines and what is learned over them ---- */

static void read_site(struct builder *b, const struct had_node *node)
{
    b->m->of_node[node->id] = b->m->sites.count;
    struct had_msite *site = had_push(b->a, &b->m->sites);
    site->node = node;
    site->name = text(b->m, node, "Name");
    add_nets(b, &site->ranges, get(b->m, node, "Ranges"));
}

static uint32_t site_named(const struct had_model *m, had_str name)
{
    for (uint32_t i = 0; i < m->sites.count; i++)
        if (had_str_eq(m->sites.items[i].name, name))
            return i;
    return HAD_NOTHING;
}

static uint32_t link_named(const struct had_model *m, had_str name)
{
    for (uint32_t i = 0; i < m->links.count; i++)
        if (had_str_eq(m->links.items[i].name, name))
            return i;
    return HAD_NOTHING;
}

static void read_line(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t link = link_named(m, text(m, node, "Link"));
    if (link == HAD_NOTHING)
        return;
    m->links.items[link].location = text(m, node, "Location");
    const struct had_prop *sites = get(m, node, "Sites");
    for (uint32_t i = 0; sites && sites->tag == HAD_PROP_LIST && i < sites->items.count; i++) {
        uint32_t site = site_named(m, text_of(sites->items.items[i]));
        if (site == HAD_NOTHING)
            continue;
        add_index(b, &m->links.items[link].sites, site);
        add_index(b, &m->sites.items[site].links, link);
    }
}

static void read_advertisement(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t link = link_named(m, text(m, node, "Link"));
    struct had_mlearned learned = {.node = node};
    if (link == HAD_NOTHING || !had_str_is(text(m, node, "Direction"), "learned") ||
        !parse_net(text(m, node, "Cidr"), &learned.net))
        return;
    *had_push(b->a, &m->links.items[link].learned) = learned;
}

/* "10.1.0.10/31, 10.2.0.0/24" */
static void parse_nets(struct builder *b, had_nets4 *out, had_str list)
{
    while (list.len) {
        int64_t comma = had_str_find(list, ',');
        had_str one = comma < 0 ? list : had_str_slice(list, 0, (uint32_t)comma);
        list = comma < 0 ? (had_str){0} : had_str_slice(list, (uint32_t)comma + 1, list.len);
        struct had_net4 net;
        if (parse_net(had_str_trim(one), &net))
            *had_push(b->a, out) = net;
    }
}

static void read_firewall(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    const struct had_prop *flows = get(m, node, "Flows");
    struct had_msite *site = NULL;
    if (!had_str_is(text(m, node, "Kind"), "firewall"))
        return;
    had_each(struct had_msite, s, &m->sites)
        if (had_str_eq(s->node->object, node->object))
            site = s;
    if (!site)
        return;
    site->firewall = node;
    for (uint32_t i = 0; flows && flows->tag == HAD_PROP_LIST && i < flows->items.count; i++) {
        const struct had_prop *row = flows->items.items[i];
        had_str ports = text_of(at(m, row, "Ports")), way = text_of(at(m, row, "Direction"));
        int16_t protocol = protocol_of(at(m, row, "Protocol"));
        int64_t dash = had_str_find(ports, '-'), low, high;
        if (protocol != 6 && protocol != 17)
            continue;
        if (!had_str_to_int(dash < 0 ? ports : had_str_slice(ports, 0, (uint32_t)dash), &low) ||
            !had_str_to_int(dash < 0 ? ports : had_str_slice(ports, (uint32_t)dash + 1, ports.len),
                            &high) ||
            low > 65535 || high > 65535)
            continue;
        struct had_mflow flow = {.protocol = (uint8_t)protocol,
                                 .first = (uint16_t)low,
                                 .last = (uint16_t)high,
                                 .in = !had_str_is(way, "out"),
                                 .out = !had_str_is(way, "in")};
        bool in = had_str_is(way, "in");
        had_str source = text_of(at(m, row, "Source"));
        had_str destination = text_of(at(m, row, "Destination"));
        parse_nets(b, &flow.inside, in ? destination : source);
        parse_nets(b, &flow.outside, in ? source : destination);
        *had_push(b->a, &site->flows) = flow;
    }
}

/* ---- routes of the transit gateways ---- */

static int by_net(const void *x, const void *y)
{
    const struct pending *a = x, *b = y;
    if (a->table != b->table)
        return a->table < b->table ? -1 : 1;
    if (a->net.base != b->net.base)
        return a->net.base < b->net.base ? -1 : 1;
    if (a->net.length != b->net.length)
        return a->net.length < b->net.length ? -1 : 1;
    if (a->candidate.origin != b->candidate.origin)
        return a->candidate.origin < b->candidate.origin ? -1 : 1;
    uint32_t p = a->candidate.node->id, q = b->candidate.node->id;
    if (p != q)
        return p < q ? -1 : 1;
    p = a->candidate.learned ? a->candidate.learned->id : 0;
    q = b->candidate.learned ? b->candidate.learned->id : 0;
    return (p > q) - (p < q);
}

static void add_pending(struct builder *b, uint32_t table, struct had_net4 net,
                        struct had_mcandidate candidate)
{
    if (table != HAD_NOTHING)
        *had_push(b->a, &b->pending) = (struct pending){net, table, candidate};
}

static void read_tgw_route(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t table = number_at(m, node, "TransitGatewayRouteTableId");
    struct had_net4 net;
    if (table == HAD_NOTHING || !parse_net(text(m, node, "DestinationCidrBlock"), &net))
        return;
    uint32_t attachment = number_at(m, node, "TransitGatewayAttachmentId");
    add_pending(b, table, net,
                (struct had_mcandidate){
                    .origin = HAD_STATIC,
                    .black_hole = flag(m, node, "Blackhole", false),
                    .attachment = end_at(m, attachment, m->tgw_tables.items[table].tgw),
                    .node = node,
                });
}

static void learned_of(struct builder *b, uint32_t table, const struct had_mlink *link,
                       struct had_mcandidate candidate)
{
    had_each(const struct had_mlearned, learned, &link->learned) {
        candidate.learned = learned->node;
        add_pending(b, table, learned->net, candidate);
    }
}

static void read_propagation(struct builder *b, const struct had_node *node)
{
    struct had_model *m = b->m;
    uint32_t number = number_at(m, node, "TransitGatewayAttachmentId");
    uint32_t table = number_at(m, node, "TransitGatewayRouteTableId");
    if (number == HAD_NOTHING || table == HAD_NOTHING)
        return;
    const struct had_mattachment *attachment = &m->attachments.items[number];
    struct had_mcandidate candidate = {.attachment = number, .node = node};
    if (attachment->kind == HAD_ATTACHED_VPC && attachment->vpc != HAD_NOTHING) {
        candidate.origin = HAD_FROM_VPC;
        had_each(const struct had_net4, net, &m->vpcs.items[attachment->vpc].ranges)
            add_pending(b, table, *net, candidate);
    } else if (attachment->kind == HAD_ATTACHED_DX && attachment->gateway != HAD_NOTHING) {
        candidate.origin = HAD_FROM_DX;
        had_each(const uint32_t, link, &m->gateways.items[attachment->gateway].links)
            learned_of(b, table, &m->links.items[*link], candidate);
    } else if (attachment->kind == HAD_ATTACHED_VPN && attachment->link != HAD_NOTHING &&
               !m->links.items[attachment->link].is_static) {
        candidate.origin = HAD_FROM_VPN;
        learned_of(b, table, &m->links.items[attachment->link], candidate);
    }
}

/* Equal destinations become one prefix with its candidates; each prefix knows the next around it.
 */
static void build_tables(struct builder *b)
{
    struct had_model *m = b->m;
    if (b->pending.count)
        qsort(b->pending.items, b->pending.count, sizeof *b->pending.items, by_net);
    uint32_t open = HAD_NOTHING, table = HAD_NOTHING;
    had_each(const struct pending, p, &b->pending) {
        struct had_mtgw_table *t = &m->tgw_tables.items[p->table];
        if (p->table != table) {
            open = HAD_NOTHING;
            table = p->table;
        }
        struct had_mprefix *last =
            t->prefixes.count ? &t->prefixes.items[t->prefixes.count - 1] : NULL;
        if (!last || last->net.base != p->net.base || last->net.length != p->net.length) {
            while (open != HAD_NOTHING && !had_net4_holds(t->prefixes.items[open].net, p->net.base))
                open = t->prefixes.items[open].parent;
            last = had_push(b->a, &t->prefixes);
            *last = (struct had_mprefix){p->net, open, t->candidates.count, 0};
            open = t->prefixes.count - 1;
        }
        *had_push(b->a, &t->candidates) = p->candidate;
        last->count++;
    }
}

/* ---- equal contents ---- */

static bool same_net(struct had_net4 a, struct had_net4 b)
{
    return a.base == b.base && a.length == b.length;
}

static bool same_entries(const struct had_mentry *a, const struct had_mentry *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (a[i].allow != b[i].allow || a[i].protocol != b[i].protocol ||
            a[i].first != b[i].first || a[i].last != b[i].last || !same_net(a[i].net, b[i].net))
            return false;
    return true;
}

static bool same_rules(const struct had_mrule *a, const struct had_mrule *b, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (a[i].protocol != b[i].protocol || a[i].first != b[i].first || a[i].last != b[i].last ||
            a[i].by_group != b[i].by_group || (a[i].by_group && a[i].group != b[i].group) ||
            (!a[i].by_group && !same_net(a[i].net, b[i].net)))
            return false;
    return true;
}

/* Lists of spokes repeat: they are compared within buckets of equal counts and first lines. */
static void number_contents(struct builder *b)
{
    struct had_model *m = b->m;
    struct had_map acls = {0}, groups = {0};
    for (uint32_t i = 0; i < m->acls.count; i++) {
        struct had_macl *acl = &m->acls.items[i];
        acl->content = i;
        uint64_t key = (uint64_t)acl->in.count << 32 | (uint64_t)acl->out.count << 1 | acl->unknown;
        const uint64_t *like = had_map_get(&acls, key);
        if (like) {
            struct had_macl *other = &m->acls.items[*like];
            if (same_entries(acl->in.items, other->in.items, acl->in.count) &&
                same_entries(acl->out.items, other->out.items, acl->out.count))
                acl->content = other->content;
        } else {
            had_map_put(b->a, &acls, key, i);
        }
    }
    for (uint32_t i = 0; i < m->groups.count; i++) {
        struct had_mgroup *group = &m->groups.items[i];
        group->content = i;
        if (group->of_directory)
            continue;
        uint64_t key =
            (uint64_t)group->in.count << 32 | (uint64_t)group->out.count << 1 | group->unknown;
        const uint64_t *like = had_map_get(&groups, key);
        if (like) {
            struct had_mgroup *other = &m->groups.items[*like];
            if (same_rules(group->in.items, other->in.items, group->in.count) &&
                same_rules(group->out.items, other->out.items, group->out.count))
                group->content = other->content;
        } else {
            had_map_put(b->a, &groups, key, i);
        }
    }
}

/* ---- classes of addresses ---- */

static int by_value(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static void bound(struct builder *b, struct had_net4 net)
{
    *had_push(b->a, &b->m->bounds) = net.base;
    uint32_t last = last_of(net);
    if (last != UINT32_MAX)
        *had_push(b->a, &b->m->bounds) = last + 1;
}

/* Addresses between two neighbouring bounds meet the same routes and filters. */
static void collect_bounds(struct builder *b)
{
    struct had_model *m = b->m;
    had_each(const struct had_mvpc, v, &m->vpcs)
        had_each(const struct had_net4, n, &v->ranges)
            bound(b, *n);
    had_each(const struct had_msubnet, s, &m->subnets)
        bound(b, s->net);
    had_each(const struct had_mtable, t, &m->tables)
        had_each(const struct had_mroute, r, &t->routes)
            bound(b, r->net);
    had_each(const struct had_mtgw_table, t, &m->tgw_tables)
        had_each(const struct had_mprefix, p, &t->prefixes)
            bound(b, p->net);
    had_each(const struct had_macl, acl, &m->acls) {
        had_each(const struct had_mentry, e, &acl->in)
            bound(b, e->net);
        had_each(const struct had_mentry, e, &acl->out)
            bound(b, e->net);
    }
    had_each(const struct had_mgroup, g, &m->groups) {
        had_each(const struct had_mrule, r, &g->in)
            if (!r->by_group)
                bound(b, r->net);
        had_each(const struct had_mrule, r, &g->out)
            if (!r->by_group)
                bound(b, r->net);
    }
    had_each(const struct had_mgateway, g, &m->gateways)
        had_each(const struct had_mallowed, h, &g->hubs)
            had_each(const struct had_net4, n, &h->nets)
                bound(b, *n);
    had_each(const struct had_mlink, l, &m->links)
        had_each(const struct had_mlearned, p, &l->learned)
            bound(b, p->net);
    had_each(const struct had_msite, s, &m->sites) {
        had_each(const struct had_net4, n, &s->ranges)
            bound(b, *n);
        had_each(const struct had_mflow, f, &s->flows) {
            had_each(const struct had_net4, n, &f->inside)
                bound(b, *n);
            had_each(const struct had_net4, n, &f->outside)
                bound(b, *n);
        }
    }
    had_each(const struct had_mappliance, a, &m->appliances)
        had_each(const struct had_mfilter, f, &a->rules) {
            bound(b, f->from);
            bound(b, f->to);
        }
    had_each(const struct had_mhost, h, &m->hosts)
        if (h->at.lo == h->at.hi)
            bound(b, (struct had_net4){h->at.lo, 32});
    if (!m->bounds.count)
        return;
    qsort(m->bounds.items, m->bounds.count, sizeof *m->bounds.items, by_value);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < m->bounds.count; i++)
        if (!kept || m->bounds.items[kept - 1] != m->bounds.items[i])
            m->bounds.items[kept++] = m->bounds.items[i];
    m->bounds.count = kept;
}

/* One address of each class inside the host's range. */
static void place_hosts(struct builder *b)
{
    struct had_model *m = b->m;
    had_each(struct had_mhost, h, &m->hosts) {
        *had_push(b->a, &h->places) = h->at.lo;
        uint32_t low = 0, high = m->bounds.count;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            if (m->bounds.items[middle] <= h->at.lo)
                low = middle + 1;
            else
                high = middle;
        }
        for (; low < m->bounds.count && m->bounds.items[low] <= h->at.hi; low++)
            *had_push(b->a, &h->places) = m->bounds.items[low];
    }
}

/* ---- looking things up ---- */

uint32_t had_model_subnet_at(const struct had_model *m, uint32_t vpc, uint32_t address)
{
    had_each(const uint32_t, s, &m->vpcs.items[vpc].subnets)
        if (had_net4_holds(m->subnets.items[*s].net, address))
            return *s;
    return HAD_NOTHING;
}

uint32_t had_model_host_at(const struct had_model *m, uint32_t address)
{
    for (uint32_t i = 0; i < m->hosts.count; i++)
        if (m->hosts.items[i].at.lo == address && m->hosts.items[i].at.hi == address)
            return i;
    return HAD_NOTHING;
}

uint32_t had_model_site_at(const struct had_model *m, uint32_t address)
{
    for (uint32_t i = 0; i < m->sites.count; i++)
        had_each(const struct had_net4, n, &m->sites.items[i].ranges)
            if (had_net4_holds(*n, address))
                return i;
    return HAD_NOTHING;
}

uint32_t had_model_domain_find(const struct had_model *m, had_str name)
{
    for (uint32_t i = 0; i < m->domains.count; i++)
        if (had_str_eq_nocase(m->domains.items[i].name, name))
            return i;
    return HAD_NOTHING;
}

/* ---- all of it ---- */

/* What a reader looks up by number stands above it. */
static const struct reader readers[] = {
    {"AWS::EC2::VPC", read_vpc},
    {"AWS::EC2::VPCCidrBlock", read_cidr},
    {"AWS::EC2::VPCDHCPOptionsAssociation", read_dhcp},
    {"AWS::EC2::Subnet", read_subnet},
    {"AWS::EC2::RouteTable", read_table},
    {"AWS::EC2::SubnetRouteTableAssociation", read_table_association},
    {"AWS::EC2::NetworkAcl", read_acl},
    {"AWS::EC2::NetworkAclEntry", read_entry},
    {"AWS::EC2::SubnetNetworkAclAssociation", read_acl_association},
    {"AWS::EC2::VPCPeeringConnection", read_peering},
    {"AWS::EC2::TransitGateway", read_tgw},
    {"AWS::EC2::TransitGatewayRouteTable", read_tgw_table},
    {"had::SegmentPolicy", read_policy},
    {"AWS::EC2::TransitGatewayAttachment", read_attachment},
    {"had::AttachmentAcceptance", read_attachment_acceptance},
    {"AWS::EC2::TransitGatewayPeeringAttachment", read_peer_attachment},
    {"had::PeeringAcceptance", read_acceptance},
    {"had::PeeringAcceptance", read_peer_acceptance},
    {"AWS::DirectConnect::DirectConnectGateway", read_gateway},
    {"AWS::DirectConnect::DirectConnectGatewayAssociation", read_gateway_hub},
    {"AWS::DirectConnect::TransitVirtualInterface", read_interface},
    {"AWS::EC2::VPNConnection", read_vpn},
    {"had::AttachmentLookup", read_lookup},
    {"had::OnPremisesSite", read_site},
    {"had::OnPremisesLink", read_line},
    {"had::Advertisement", read_advertisement},
    {"had::Gate", read_firewall},
    {"AWS::EC2::TransitGatewayRouteTableAssociation", read_association},
    {"AWS::EC2::TransitGatewayRouteTablePropagation", read_propagation},
    {"AWS::EC2::TransitGatewayRoute", read_tgw_route},
    {"had::Appliance", read_appliance},
    {"AWS::EC2::Route", read_route},
    {"had::AssumedRoute", read_assumed_route},
    {"AWS::EC2::SecurityGroup", read_group},
    {"had::DirectorySecurityGroupLookup", read_directory_group},
    {"AWS::EC2::SecurityGroupIngress", read_ingress},
    {"AWS::EC2::SecurityGroupEgress", read_egress},
};

bool had_model_reads(const struct had_rtype *type)
{
    return has_reader(readers, sizeof readers / sizeof *readers, type) ||
           had_model_names_reads(type);
}

struct had_model *had_model_build(struct had_arena *arena, const struct had_graph *graph,
                                  uint32_t revision)
{
    struct had_model *m = had_new(arena, struct had_model);
    struct builder b = {.m = m, .a = arena};
    m->arena = arena;
    m->graph = graph;
    m->revision = revision;
    m->most_revisions = 1;
    number_ports(m);
    m->of_node = had_new_n(arena, uint32_t, graph->nodes.count + 1);
    for (uint32_t i = 0; i < graph->nodes.count; i++) {
        m->of_node[i] = HAD_NOTHING;
        if (graph->nodes.items[i]->revisions > m->most_revisions)
            m->most_revisions = graph->nodes.items[i]->revisions;
    }
    sort_nodes(&b);
    read_all(&b, readers, sizeof readers / sizeof *readers);
    had_each(struct had_macl, acl, &m->acls) {
        if (acl->in.count)
            qsort(acl->in.items, acl->in.count, sizeof *acl->in.items, by_number);
        if (acl->out.count)
            qsort(acl->out.items, acl->out.count, sizeof *acl->out.items, by_number);
    }
    cover_ports(m);
    build_tables(&b);
    number_contents(&b);
    had_model_names(&b);
    collect_bounds(&b);
    place_hosts(&b);
    had_model_elements(&b);
    return m;
}
