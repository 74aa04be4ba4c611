#include "simulator.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_TYPES = 48 };

struct sim {
    const struct had_graph *graph;
    struct sim_list lists[MOST_TYPES];
    int list_count;
    struct { /* by the text's own place: each is asked for a great many times */
        const char *type;
        const struct sim_list *list;
    } quick[512];
    struct { /* what may be gone, by bit */
        enum sim_thing kind;
        had_str name;
    } things[64];
    int thing_count;
    uint64_t *of_node;  /* bit of a subnet's zone, of a link */
    uint64_t *sites_of; /* of a link: bits of its sites; 0 for any */
    uint64_t gone, asked;
    bool letters_agree;
    uint32_t *addresses, address_count, address_room;
    uint32_t *ports, port_count, port_room;
};

/* ---- reading ---- */

static bool is(node_t n, const char *type)
{
    return n && had_str_is(n->type_name, type);
}

/* What was read last, by node and path: most of a run would else be spent on names. Of one
 * simulator at a time. */
static struct reading {
    node_t node;
    const char *path;
    const struct had_prop *value;
    struct sim_net net;
    char ranged; /* 0 not looked at, 1 a range, 2 none */
} read_last[8192];

static struct reading *reading(node_t n, const char *path)
{
    uintptr_t key = ((uintptr_t)n >> 4) * 31 + ((uintptr_t)path >> 2) * 2654435761u;
    struct reading *r = &read_last[(key ^ key >> 15) % (sizeof read_last / sizeof *read_last)];
    if (r->node == n && r->path == path)
        return r;
    const struct had_prop *p = had_node_get(n, path);
    while (p && p->tag == HAD_PROP_STAGED) /* the last choice */
        p = p->stages.items[p->stages.count - 1].value;
    *r = (struct reading){.node = n, .path = path, .value = p};
    return r;
}

static const struct had_prop *prop(node_t n, const char *path)
{
    return reading(n, path)->value;
}

static had_str word(node_t n, const char *path)
{
    const struct had_prop *p = prop(n, path);
    return p && p->tag == HAD_PROP_TEXT ? p->text : (had_str){"", 0};
}

static node_t link_to(node_t n, const char *path)
{
    const struct had_prop *p = prop(n, path);
    return p && p->tag == HAD_PROP_READ ? p->read.node : NULL;
}

/* A.B.C.D or A.B.C.D/L, read by hand: it is asked for a great many times. */
bool sim_net_of(had_str text, struct sim_net *out)
{
    uint32_t numbers[5] = {0, 0, 0, 0, 32}, at = 0;
    bool digit = false;
    for (uint32_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c >= '0' && c <= '9') {
            numbers[at] = (digit ? numbers[at] * 10 : 0) + (uint32_t)(c - '0');
            digit = true;
            if (numbers[at] > 255)
                return false;
        } else if (digit && ((c == '.' && at < 3) || (c == '/' && at == 3))) {
            at++;
            digit = false;
        } else {
            return false;
        }
    }
    if (!digit || at < 3 || numbers[4] > 32)
        return false;
    out->length = (int)numbers[4];
    out->mask = numbers[4] ? 0xFFFFFFFFu << (32 - numbers[4]) : 0;
    out->base = (numbers[0] << 24 | numbers[1] << 16 | numbers[2] << 8 | numbers[3]) & out->mask;
    return true;
}

static bool in(struct sim_net net, uint32_t address)
{
    return (address & net.mask) == net.base;
}

/* A property that is a range. */
static bool net_at(node_t n, const char *path, struct sim_net *out)
{
    struct reading *r = reading(n, path);
    if (!r->ranged)
        r->ranged =
            r->value && r->value->tag == HAD_PROP_TEXT && sim_net_of(r->value->text, &r->net) ? 1
                                                                                              : 2;
    *out = r->net;
    return r->ranged == 1;
}

static bool covers(node_t n, const char *path, uint32_t address)
{
    struct sim_net net;
    return net_at(n, path, &net) && in(net, address);
}

static bool list_covers(const struct had_prop *list, uint32_t address, int *longest)
{
    bool any = false;
    for (uint32_t i = 0; list && list->tag == HAD_PROP_LIST && i < list->items.count; i++) {
        struct sim_net net;
        const struct had_prop *item = list->items.items[i];
        if (item->tag != HAD_PROP_TEXT || !sim_net_of(item->text, &net) || !in(net, address))
            continue;
        any = true;
        if (longest && net.length > *longest)
            *longest = net.length;
    }
    return any;
}

/* Whom the nodes of a type belong to, and the range that they are about. */
static const struct {
    const char *type, *owner, *range;
} columns[] = {
    {"AWS::EC2::SubnetNetworkAclAssociation", "SubnetId", NULL},
    {"AWS::EC2::NetworkAclEntry", "NetworkAclId", "CidrBlock"},
    {"AWS::EC2::VPCCidrBlock", "VpcId", "CidrBlock"},
    {"AWS::EC2::SecurityGroupIngress", "GroupId", "CidrIp"},
    {"AWS::EC2::SecurityGroupEgress", "GroupId", "CidrIp"},
    {"AWS::EC2::Subnet", "VpcId", "CidrBlock"},
    {"AWS::EC2::TransitGatewayRouteTableAssociation", "TransitGatewayAttachmentId", NULL},
    {"AWS::EC2::TransitGatewayRoute", "TransitGatewayRouteTableId", "DestinationCidrBlock"},
    {"AWS::EC2::TransitGatewayRouteTablePropagation", "TransitGatewayRouteTableId", NULL},
    {"AWS::EC2::TransitGatewayAttachment", "VpcId", NULL},
    {"AWS::EC2::SubnetRouteTableAssociation", "SubnetId", NULL},
    {"AWS::EC2::Route", "RouteTableId", "DestinationCidrBlock"},
    {"AWS::DirectConnect::TransitVirtualInterface", "DirectConnectGatewayId", NULL},
    {"had::AttachmentLookup", "ResourceId", NULL},
    {"had::Advertisement", NULL, "Cidr"},
    {"had::AssumedRoute", NULL, "Destination"},
};

/* The nodes of one type, read when first asked for. */
static const struct sim_list *list_of(struct sim *s, const char *type)
{
    const char *owner = NULL, *range = NULL;
    for (int i = 0; i < s->list_count; i++)
        if (strcmp(s->lists[i].type, type) == 0)
            return &s->lists[i];
    if (s->list_count == MOST_TYPES)
        abort();
    for (size_t i = 0; i < sizeof columns / sizeof *columns; i++)
        if (strcmp(columns[i].type, type) == 0) {
            owner = columns[i].owner;
            range = columns[i].range;
        }
    struct sim_list *l = &s->lists[s->list_count++];
    l->type = type;
    l->rows = calloc(s->graph->nodes.count + 1, sizeof *l->rows);
    if (!l->rows)
        abort();
    for (uint32_t i = 0; i < s->graph->nodes.count; i++) {
        node_t n = s->graph->nodes.items[i];
        if (!is(n, type))
            continue;
        struct sim_row *row = &l->rows[l->count++];
        row->node = n;
        row->of = owner ? link_to(n, owner) : NULL;
        row->ranged = range && sim_net_of(word(n, range), &row->net);
    }
    return l;
}

const struct sim_list *sim_list_of(struct sim *s, const char *type)
{
    size_t at =
        ((uintptr_t)type >> 3 ^ (uintptr_t)type >> 9) % (sizeof s->quick / sizeof *s->quick);
    if (s->quick[at].type != type) {
        s->quick[at].list = list_of(s, type);
        s->quick[at].type = type;
    }
    return s->quick[at].list;
}

bool sim_row_has(const struct sim_row *row, uint32_t address)
{
    return row->ranged && in(row->net, address);
}

static had_str zone_of(node_t subnet)
{
    had_str id = word(subnet, "AvailabilityZoneId");
    return id.len ? id : word(subnet, "AvailabilityZone");
}

static bool same_zone(node_t a, node_t b)
{
    if (!had_str_eq(zone_of(a), zone_of(b)))
        return false;
    return word(a, "AvailabilityZoneId").len ||
           had_str_eq(a->context->account, b->context->account);
}

static bool one_letter(const struct sim *s, node_t a, node_t b)
{
    return s->letters_agree && had_str_eq(zone_of(a), zone_of(b));
}

/* ---- what may be gone ---- */

static bool gone(struct sim *s, uint64_t bits)
{
    s->asked |= bits;
    return (s->gone & bits) != 0;
}

static bool zone_lost(struct sim *s, node_t subnet)
{
    return gone(s, s->of_node[subnet->id]);
}

uint64_t sim_bit(const struct sim *s, enum sim_thing kind, had_str name)
{
    for (int i = 0; i < s->thing_count; i++)
        if (s->things[i].kind == kind && had_str_eq(s->things[i].name, name))
            return UINT64_C(1) << i;
    return 0;
}

uint64_t sim_zone_bit(const struct sim *s, node_t subnet)
{
    return s->of_node[subnet->id];
}

void sim_lose(struct sim *s, uint64_t bits)
{
    s->gone = bits;
}

uint64_t sim_gone(const struct sim *s)
{
    return s->gone;
}

uint64_t sim_asked(struct sim *s)
{
    uint64_t asked = s->asked;
    s->asked = 0;
    return asked;
}

void sim_letters_agree(struct sim *s, bool agree)
{
    s->letters_agree = agree;
}

static uint64_t add_thing(struct sim *s, enum sim_thing kind, had_str name)
{
    uint64_t known = sim_bit(s, kind, name);
    if (known || !name.len)
        return known;
    if (s->thing_count == 64)
        abort();
    s->things[s->thing_count].kind = kind;
    s->things[s->thing_count].name = name;
    return UINT64_C(1) << s->thing_count++;
}

static void number_things(struct sim *s)
{
    EACH(s, n, "AWS::EC2::Subnet") s->of_node[n->id] = add_thing(s, SIM_ZONE, zone_of(n));
    EACH(s, n, "AWS::EC2::VPNConnection") s->of_node[n->id] = add_thing(s, SIM_LINK, n->object);
    EACH(s, n, "AWS::DirectConnect::TransitVirtualInterface")
    s->of_node[n->id] = add_thing(s, SIM_LINK, n->object);
    EACH(s, n, "had::OnPremisesSite") add_thing(s, SIM_SITE, word(n, "Name"));
    for (uint32_t i = 0; i < s->graph->nodes.count; i++) {
        node_t link = s->graph->nodes.items[i];
        EACH(s, f, "had::OnPremisesLink")
        {
            const struct had_prop *sites = prop(f, "Sites");
            if (!had_str_eq(word(f, "Link"), link->object))
                continue;
            for (uint32_t k = 0; sites && k < sites->items.count; k++)
                s->sites_of[i] |= sim_bit(s, SIM_SITE, sites->items.items[k]->text);
        }
    }
}

/* ---- filters ---- */

static bool protocol_is(const struct had_prop *p, int protocol)
{
    if (p && p->tag == HAD_PROP_INT)
        return p->number == -1 || p->number == protocol;
    had_str t = p && p->tag == HAD_PROP_TEXT ? p->text : (had_str){"", 0};
    return had_str_is(t, "-1") || (protocol == 6 && had_str_is(t, "tcp")) ||
           (protocol == 17 && had_str_is(t, "udp"));
}

static bool all_protocols(const struct had_prop *p)
{
    return p && ((p->tag == HAD_PROP_INT && p->number == -1) ||
                 (p->tag == HAD_PROP_TEXT && had_str_is(p->text, "-1")));
}

static bool port_is(const struct had_prop *protocol, const struct had_prop *from,
                    const struct had_prop *to, uint32_t port)
{
    if (all_protocols(protocol))
        return true;
    return from && to && (int64_t)port >= from->number && (int64_t)port <= to->number;
}

static node_t acl_of(struct sim *s, node_t subnet)
{
    EACH_OF(s, a, "AWS::EC2::SubnetNetworkAclAssociation", subnet)

    return link_to(a, "NetworkAclId");
    return NULL;
}

static bool acl_passes(struct sim *s, node_t subnet, bool out, uint32_t address, int protocol,
                       uint32_t port)
{
    node_t acl = acl_of(s, subnet);
    if (!acl)
        return true;
    int64_t best = INT64_MAX;
    bool allow = false;
    EACH_OF(s, e, "AWS::EC2::NetworkAclEntry", acl)
    {
        if (!sim_row_has(e_row, address))
            continue;
        const struct had_prop *egress = prop(e, "Egress"), *number = prop(e, "RuleNumber");
        if ((egress && egress->boolean) != out || !protocol_is(prop(e, "Protocol"), protocol) ||
            !port_is(prop(e, "Protocol"), prop(e, "PortRange.From"), prop(e, "PortRange.To"), port))
            continue;
        if (number->number < best) {
            best = number->number;
            allow = had_str_is(word(e, "RuleAction"), "allow");
        }
    }
    return allow;
}

/* Whether a host carries the group. */
static bool carries(struct sim *s, const struct sim_host *h, node_t group)
{
    if (h->lets_all || !h->node)
        return false;
    if (is(group, "had::DirectorySecurityGroupLookup"))
        return is(h->node, "AWS::DirectoryService::MicrosoftAD") &&
               link_to(group, "DirectoryId") == h->node &&
               had_str_eq(group->object, h->node->object);
    const struct had_prop *list = prop(h->node, "SecurityGroupIds");
    for (uint32_t i = 0; list && i < list->items.count; i++)
        if (list->items.items[i]->tag == HAD_PROP_READ && list->items.items[i]->read.node == group)
            return true;
    (void)s;
    return false;
}

static bool vpc_holds(struct sim *s, node_t vpc, uint32_t address)
{
    if (covers(vpc, "CidrBlock", address))
        return true;
    EACH_OF(s, c, "AWS::EC2::VPCCidrBlock", vpc)
    if (sim_row_has(c_row, address))
        return true;
    return false;
}

static bool rule_passes(struct sim *s, const struct sim_row *row, bool out,
                        const struct sim_host *peer, uint32_t address, int protocol, uint32_t port)
{
    node_t r = row->node;
    if (row->ranged && !sim_row_has(row, address))
        return false;
    if (!port_is(prop(r, "IpProtocol"), prop(r, "FromPort"), prop(r, "ToPort"), port) ||
        !protocol_is(prop(r, "IpProtocol"), protocol))
        return false;
    node_t group = row->ranged
                       ? NULL
                       : link_to(r, out ? "DestinationSecurityGroupId" : "SourceSecurityGroupId");
    return row->ranged || (group && carries(s, peer, group));
}

static bool group_passes(struct sim *s, node_t group, bool out, const struct sim_host *host,
                         const struct sim_host *peer, uint32_t address, int protocol, uint32_t port)
{
    if (is(group, "had::DirectorySecurityGroupLookup")) {
        node_t directory = link_to(group, "DirectoryId");
        if (carries(s, peer, group))
            return true;
        if (!out && vpc_holds(s, link_to(directory, "VpcSettings.VpcId"), address))
            return true;
    }
    EACH_OF(s, r, "AWS::EC2::SecurityGroupIngress", group)
    if (!out && rule_passes(s, r_row, out, peer, address, protocol, port))
        return true;
    EACH_OF(s, r, "AWS::EC2::SecurityGroupEgress", group)
    if (out && rule_passes(s, r_row, out, peer, address, protocol, port))
        return true;
    (void)host; /* the rule in the group itself lets 127.0.0.1 out, which nobody asks for */
    return false;
}

static bool groups_pass(struct sim *s, const struct sim_host *host, bool out,
                        const struct sim_host *peer, uint32_t address, int protocol, uint32_t port)
{
    if (host->lets_all)
        return true;
    if (is(host->node, "AWS::DirectoryService::MicrosoftAD")) {
        bool any = false;
        EACH(s, g, "had::DirectorySecurityGroupLookup")
        if (link_to(g, "DirectoryId") == host->node && had_str_eq(g->object, host->node->object)) {
            any = true;
            if (group_passes(s, g, out, host, peer, address, protocol, port))
                return true;
        }
        return !any && out;
    }
    const struct had_prop *list = prop(host->node, "SecurityGroupIds");
    bool any = false;
    for (uint32_t i = 0; list && i < list->items.count; i++) {
        node_t g =
            list->items.items[i]->tag == HAD_PROP_READ ? list->items.items[i]->read.node : NULL;
        if (!is(g, "AWS::EC2::SecurityGroup"))
            continue;
        any = true;
        if (group_passes(s, g, out, host, peer, address, protocol, port))
            return true;
    }
    return !any && out; /* the default group */
}

/* ---- moving ---- */

struct way { /* one packet on its way */
    struct sim *s;
    const struct sim_packet *p;
    node_t seen[80]; /* attachments that it came through */
    node_t seen_tgw[80];
    int depth;
};

static bool at_subnet(struct way *w, node_t subnet, bool through_acl);
static bool into_tgw(struct way *w, node_t attachment, node_t tgw, node_t from_subnet);

static bool arrive(struct way *w)
{
    const struct sim_packet *p = w->p;
    if (p->reply)
        return true;
    return groups_pass(w->s, &p->to, false, &p->from, p->source, p->protocol, p->port);
}

static node_t vpc_of(node_t subnet)
{
    return link_to(subnet, "VpcId");
}

/* Delivery inside a VPC; `last` is the subnet that the packet comes from, if any. */
static bool deliver(struct way *w, node_t vpc, node_t last)
{
    node_t subnet = NULL;
    EACH_OF(w->s, n, "AWS::EC2::Subnet", vpc)
    if (!subnet && sim_row_has(n_row, w->p->destination))
        subnet = n;
    if (!subnet || subnet != w->p->to.subnet)
        return false;
    if (subnet != last &&
        !acl_passes(w->s, subnet, false, w->p->source, w->p->protocol, w->p->port))
        return false;
    return arrive(w);
}

/* A link is up while one of its sites is. */
static bool link_up(struct sim *s, node_t link)
{
    uint64_t sites = s->sites_of[link->id];
    if (gone(s, s->of_node[link->id]))
        return false;
    s->asked |= sites;
    return !sites || (s->gone & sites) != sites;
}

static bool learned(struct sim *s, node_t link, const struct sim_row *row, uint32_t address)
{
    node_t fact = row->node;
    if (!sim_row_has(row, address))
        return false;
    return had_str_is(word(fact, "Direction"), "learned") &&
           had_str_eq(word(fact, "Link"), link->object) && link_up(s, link);
}

static bool at_site(struct way *w)
{
    return is(w->p->to.node, "had::OnPremisesServer");
}

node_t sim_table_of(struct sim *s, node_t attachment, node_t tgw)
{
    EACH_OF(s, a, "AWS::EC2::TransitGatewayRouteTableAssociation", attachment)
    {
        node_t table = link_to(a, "TransitGatewayRouteTableId");
        if (link_to(table, "TransitGatewayId") == tgw)
            return table;
    }
    return NULL;
}

/* The best of what a table knows, as a list of equally good ways. */
static void offer(struct sim_choice *list, int *count, int *length, int *rank, int new_length,
                  int new_rank, node_t attachment, bool hole)
{
    if (new_length < *length || (new_length == *length && new_rank > *rank))
        return;
    if (new_length > *length || new_rank < *rank) {
        *count = 0;
        *length = new_length;
        *rank = new_rank;
    }
    for (int i = 0; i < *count; i++)
        if (list[i].attachment == attachment && list[i].hole == hole)
            return;
    if (*count < 16)
        list[(*count)++] = (struct sim_choice){attachment, hole};
}

int sim_look(struct sim *s, node_t table, uint32_t destination, struct sim_choice *list, int *rank)
{
    int count = 0, length = -1;
    struct sim_net net;
    *rank = 99;
    EACH_OF(s, r, "AWS::EC2::TransitGatewayRoute", table)
    if (sim_row_has(r_row, destination)) {
        net = r_row->net;
        const struct had_prop *hole = prop(r, "Blackhole");
        offer(list, &count, &length, rank, net.length, 0, link_to(r, "TransitGatewayAttachmentId"),
              hole && hole->boolean);
    }
    EACH_OF(s, r, "AWS::EC2::TransitGatewayRouteTablePropagation", table)
    {
        node_t a = link_to(r, "TransitGatewayAttachmentId");
        if (!a || !a->type)
            continue; /* with an attachment, what it tells goes */
        if (is(a, "AWS::EC2::TransitGatewayAttachment")) {
            node_t vpc = link_to(a, "VpcId");
            if (net_at(vpc, "CidrBlock", &net) && in(net, destination))
                offer(list, &count, &length, rank, net.length, 1, a, false);
            EACH_OF(s, c, "AWS::EC2::VPCCidrBlock", vpc)
            if (sim_row_has(c_row, destination))
                offer(list, &count, &length, rank, c_row->net.length, 1, a, false);
            continue;
        }
        node_t behind = link_to(a, "ResourceId");
        if (is(behind, "AWS::EC2::VPNConnection")) {
            EACH(s, f, "had::Advertisement")
            if (learned(s, behind, f_row, destination))
                offer(list, &count, &length, rank, f_row->net.length, 3, a, false);
            continue;
        }
        EACH(s, v, "AWS::DirectConnect::TransitVirtualInterface")
        {
            if (link_to(v, "DirectConnectGatewayId") != behind)
                continue;
            EACH(s, f, "had::Advertisement")
            if (learned(s, v, f_row, destination))
                offer(list, &count, &length, rank, f_row->net.length, 2, a, false);
        }
    }
    return count;
}

static node_t region_hub(node_t peering, node_t hub)
{
    node_t first = link_to(peering, "TransitGatewayId");
    return first == hub ? link_to(peering, "PeerTransitGatewayId") : first;
}

bool sim_accepted(struct sim *s, node_t peering, const char *property)
{
    EACH(s, a, "had::PeeringAcceptance")
    if (link_to(a, property) == peering)
        return true;
    return false;
}

/* From a gateway into a VPC: by the subnet of the zone that it came from, else by each that is
 * left. */
static bool into_vpc(struct way *w, node_t attachment, node_t from_subnet)
{
    const struct had_prop *subnets = prop(attachment, "SubnetIds");
    bool near = false, letter = false, any = false;
    for (uint32_t i = 0; from_subnet && subnets && i < subnets->items.count; i++) {
        node_t e = subnets->items.items[i]->read.node;
        near |= same_zone(e, from_subnet) && !zone_lost(w->s, e);
        letter |= one_letter(w->s, e, from_subnet) && !zone_lost(w->s, e);
    }
    for (uint32_t i = 0; subnets && i < subnets->items.count; i++) {
        node_t e = subnets->items.items[i]->read.node;
        if (!is(e, "AWS::EC2::Subnet") || (near && !same_zone(e, from_subnet)) ||
            (!near && letter && !one_letter(w->s, e, from_subnet)) || zone_lost(w->s, e))
            continue;
        any = true;
        struct sim_net net;
        bool home = net_at(e, "CidrBlock", &net) && in(net, w->p->destination) &&
                    vpc_holds(w->s, vpc_of(e), w->p->destination);
        if (!home && !acl_passes(w->s, e, true, w->p->destination, w->p->protocol, w->p->port))
            return false;
        if (!at_subnet(w, e, false))
            return false;
    }
    return any;
}

static bool into_tgw(struct way *w, node_t attachment, node_t tgw, node_t from_subnet)
{
    struct sim_choice list[16];
    int rank;
    for (int i = 0; i < w->depth; i++)
        if (w->seen[i] == attachment && w->seen_tgw[i] == tgw)
            return false; /* a circle */
    if (w->depth == 64)
        return false;
    node_t table = sim_table_of(w->s, attachment, tgw);
    if (!table)
        return false;
    int count = sim_look(w->s, table, w->p->destination, list, &rank);
    if (!count || (rank <= 1 && count > 1))
        return false;
    w->seen[w->depth] = attachment;
    w->seen_tgw[w->depth++] = tgw;
    bool good = true;
    for (int i = 0; i < count && good; i++) {
        node_t a = list[i].attachment;
        if (list[i].hole || !a || !a->type) {
            good = false;
        } else if (is(a, "AWS::EC2::TransitGatewayAttachment")) {
            good = into_vpc(w, a, from_subnet);
        } else if (is(a, "AWS::EC2::TransitGatewayPeeringAttachment")) {
            good = sim_accepted(w->s, a, "TransitGatewayAttachmentId") &&
                   into_tgw(w, a, region_hub(a, tgw), NULL);
        } else if (rank == 0) {
            /* stated: a link must carry it */
            bool carried = false;
            node_t behind = link_to(a, "ResourceId");
            if (is(behind, "AWS::EC2::VPNConnection"))
                carried = link_up(w->s, behind);
            EACH_OF(w->s, v, "AWS::DirectConnect::TransitVirtualInterface", behind)

            EACH(w->s, f, "had::Advertisement")
            if (learned(w->s, v, f_row, w->p->destination))
                carried = true;
            good = carried && at_site(w);
        } else {
            good = at_site(w);
        }
    }
    w->depth--;
    return good;
}

node_t sim_attachment_of(struct sim *s, node_t vpc, node_t tgw)
{
    EACH_OF(s, a, "AWS::EC2::TransitGatewayAttachment", vpc)
    if (link_to(a, "TransitGatewayId") == tgw)
        return a;
    return NULL;
}

static node_t appliance_of(struct sim *s, had_str id)
{
    EACH(s, a, "had::Appliance")
    {
        const struct had_prop *ids = prop(a, "Endpoints");
        for (uint32_t i = 0; ids && i < ids->items.count; i++)
            if (had_str_eq(ids->items.items[i]->text, id))
                return a;
    }
    return NULL;
}

static bool device_passes(node_t device, const struct sim_packet *p)
{
    const struct had_prop *rules = prop(device, "Rules");
    bool allowed = false;
    if (p->reply || !rules || !rules->items.count)
        return true;
    for (uint32_t i = 0; i < rules->items.count; i++) {
        const struct had_prop *r = rules->items.items[i];
        struct sim_net from, to;
        if (!sim_net_of(had_prop_at(r, "Source")->text, &from) ||
            !sim_net_of(had_prop_at(r, "Destination")->text, &to) || !in(from, p->source) ||
            !in(to, p->destination) || !protocol_is(had_prop_at(r, "Protocol"), p->protocol) ||
            !port_is(had_prop_at(r, "Protocol"), had_prop_at(r, "FromPort"),
                     had_prop_at(r, "ToPort"), p->port))
            continue;
        if (had_str_is(had_prop_at(r, "Action")->text, "deny"))
            return false;
        allowed = true;
    }
    return allowed;
}

node_t sim_route_table(struct sim *s, node_t subnet)
{
    EACH_OF(s, a, "AWS::EC2::SubnetRouteTableAssociation", subnet)
    if (is(link_to(a, "RouteTableId"), "AWS::EC2::RouteTable"))
        return link_to(a, "RouteTableId");
    return NULL;
}

node_t sim_route_of(struct sim *s, node_t subnet, uint32_t destination, bool *local)
{
    struct sim_net net;
    int length = -1;
    node_t vpc = vpc_of(subnet), table = sim_route_table(s, subnet), best = NULL;
    *local = false;
    if (net_at(vpc, "CidrBlock", &net) && in(net, destination)) {
        length = net.length;
        *local = true;
    }
    EACH_OF(s, c, "AWS::EC2::VPCCidrBlock", vpc)
    if (sim_row_has(c_row, destination) && c_row->net.length > length) {
        length = c_row->net.length;
        *local = true;
    }
    EACH_OF(s, r, "AWS::EC2::Route", table)
    if (table && sim_row_has(r_row, destination) && r_row->net.length > length) {
        length = r_row->net.length;
        best = r;
        *local = false;
    }
    EACH(s, r, "had::AssumedRoute")
    if (table && had_str_eq(word(r, "Table"), table->address) && sim_row_has(r_row, destination) &&
        r_row->net.length > length) {
        length = r_row->net.length;
        best = r;
        *local = false;
    }
    return *local ? NULL : best;
}

node_t sim_device_behind(struct sim *s, node_t route)
{
    had_str id = word(route, "VpcEndpointId");
    EACH(s, a, "had::Appliance")
    if (is(route, "had::AssumedRoute") && had_str_eq(word(a, "Name"), word(route, "Appliance")))
        return a;
    return appliance_of(s, id.len ? id : word(route, "NetworkInterfaceId"));
}

static bool to_device(node_t route)
{
    return is(route, "had::AssumedRoute") || word(route, "VpcEndpointId").len ||
           word(route, "NetworkInterfaceId").len;
}

static bool by_device(struct way *w, node_t subnet, node_t route)
{
    node_t device = sim_device_behind(w->s, route);
    if (!device)
        return true; /* nobody knows where it leads: the prover assumes */
    if (w->depth + 1 >= 64 || !device_passes(device, w->p))
        return false;
    const struct had_prop *subnets = prop(device, "Subnets");
    w->seen[w->depth] = NULL;
    w->seen_tgw[w->depth++] = NULL;
    bool good = true, left = false;
    for (uint32_t i = 0; subnets && i < subnets->items.count && good; i++) {
        node_t e = had_graph_find(w->s->graph, subnets->items.items[i]->text);
        bool local;
        if (zone_lost(w->s, e))
            continue;
        left = true;
        if (e != subnet && !acl_passes(w->s, e, false, w->p->source, w->p->protocol, w->p->port))
            good = false;
        if (!acl_passes(w->s, e, true, w->p->destination, w->p->protocol, w->p->port))
            good = false;
        node_t next = sim_route_of(w->s, e, w->p->destination, &local);
        if (next && to_device(next) && sim_device_behind(w->s, next) == device)
            good = false;
        good = good && at_subnet(w, e, false);
    }
    w->depth--;
    return good && left;
}

/* The packet leaves a subnet by its route table. */
static bool at_subnet(struct way *w, node_t subnet, bool through_acl)
{
    struct sim *s = w->s;
    const struct sim_packet *p = w->p;
    bool local;
    if (through_acl && !acl_passes(s, subnet, true, p->destination, p->protocol, p->port))
        return false;
    node_t r = sim_route_of(s, subnet, p->destination, &local);
    if (local)
        return deliver(w, vpc_of(subnet), subnet);
    if (!r)
        return false;
    node_t tgw = link_to(r, "TransitGatewayId"), peering = link_to(r, "VpcPeeringConnectionId");
    if (tgw) {
        node_t a = sim_attachment_of(s, vpc_of(subnet), tgw);
        const struct had_prop *subnets = a ? prop(a, "SubnetIds") : NULL;
        bool zone = false;
        for (uint32_t i = 0; subnets && i < subnets->items.count; i++) {
            node_t e = subnets->items.items[i]->read.node;
            if (!is(e, "AWS::EC2::Subnet") || !same_zone(e, subnet))
                continue;
            zone |= !zone_lost(s, e);
            if (!acl_passes(s, e, false, p->source, p->protocol, p->port))
                return false;
        }
        return a && zone && into_tgw(w, a, tgw, subnet);
    }
    if (peering) {
        node_t first = link_to(peering, "VpcId"), second = link_to(peering, "PeerVpcId");
        node_t own = vpc_of(subnet), other = first == own ? second : first;
        bool one = had_str_eq(first->context->account, second->context->account) &&
                   had_str_eq(first->context->region, second->context->region);
        if ((first != own && second != own) || !vpc_holds(s, own, p->source) ||
            (!one && !sim_accepted(s, peering, "VpcPeeringConnectionId")))
            return false;
        return deliver(w, other, NULL);
    }
    if (to_device(r))
        return by_device(w, subnet, r);
    return false; /* to the internet */
}

static bool out_of_site(struct way *w)
{
    struct sim *s = w->s;
    const struct sim_packet *p = w->p;
    bool any = false;
    EACH(s, fact, "had::OnPremisesLink")
    {
        const struct had_prop *sites = prop(fact, "Sites");
        bool serves = !sites || !sites->items.count;
        for (uint32_t i = 0; sites && i < sites->items.count; i++)
            serves |= had_str_eq(sites->items.items[i]->text, p->from.site);
        if (!serves)
            continue;
        EACH(s, vpn, "AWS::EC2::VPNConnection")
        {
            if (!had_str_eq(vpn->object, word(fact, "Link")) || !link_up(s, vpn))
                continue;
            EACH(s, a, "had::AttachmentLookup")
            {
                if (link_to(a, "ResourceId") != vpn)
                    continue;
                struct sim_choice list[16];
                int rank;
                node_t tgw = link_to(a, "TransitGatewayId"), table = sim_table_of(s, a, tgw);
                const struct had_prop *fixed = prop(vpn, "StaticRoutesOnly");
                if (!(fixed && fixed->boolean)) {
                    /* BGP tells what the table holds, whatever its state */
                    uint64_t lost = s->gone;
                    s->gone = 0;
                    int known = table ? sim_look(s, table, p->destination, list, &rank) : 0;
                    s->gone = lost;
                    if (!known)
                        continue;
                }
                any = true;
                if (!into_tgw(w, a, tgw, NULL))
                    return false;
            }
        }
        EACH(s, v, "AWS::DirectConnect::TransitVirtualInterface")
        {
            if (!had_str_eq(v->object, word(fact, "Link")) || !link_up(s, v))
                continue;
            node_t gateway = link_to(v, "DirectConnectGatewayId"), best = NULL;
            int length = -1;
            EACH(s, hub, "AWS::DirectConnect::DirectConnectGatewayAssociation")
            {
                int here = -1;
                if (link_to(hub, "DirectConnectGatewayId") == gateway &&
                    list_covers(prop(hub, "AllowedPrefixesToDirectConnectGateway"), p->destination,
                                &here) &&
                    here > length) {
                    length = here;
                    best = link_to(hub, "AssociatedGatewayId");
                }
            }
            if (!best)
                continue;
            EACH_OF(s, a, "had::AttachmentLookup", gateway)
            if (link_to(a, "TransitGatewayId") == best) {
                any = true;
                if (!into_tgw(w, a, best, NULL))
                    return false;
            }
        }
    }
    return any;
}

bool sim_passes(struct sim *s, const struct sim_packet *p)
{
    struct way w = {.s = s, .p = p};
    if (!p->from.subnet) {
        if (!p->to.subnet)
            return true;
        return out_of_site(&w);
    }
    if (!p->reply && !groups_pass(s, &p->from, true, &p->to, p->destination, p->protocol, p->port))
        return false;
    if (p->from.subnet == p->to.subnet && covers(p->to.subnet, "CidrBlock", p->destination) &&
        covers(p->to.subnet, "CidrBlock", p->source))
        return arrive(&w);
    return at_subnet(&w, p->from.subnet, true);
}

/* ---- edges of what the graph says ---- */

static void note(uint32_t **list, uint32_t *count, uint32_t *room, uint32_t value)
{
    if (*count == *room) {
        *room = *room ? *room * 2 : 256;
        *list = realloc(*list, sizeof **list * *room);
        if (!*list)
            abort();
    }
    (*list)[(*count)++] = value;
}

static void collect(struct sim *s, const struct had_prop *p, const char *key)
{
    struct sim_net net;
    if (p->tag == HAD_PROP_TEXT && sim_net_of(p->text, &net)) {
        note(&s->addresses, &s->address_count, &s->address_room, net.base);
        note(&s->addresses, &s->address_count, &s->address_room, net.base | ~net.mask);
    } else if (p->tag == HAD_PROP_INT && p->number >= 0 && p->number < 65536 &&
               (strstr(key, "Port") || strcmp(key, "From") == 0 || strcmp(key, "To") == 0)) {
        note(&s->ports, &s->port_count, &s->port_room, (uint32_t)p->number);
    } else if (p->tag == HAD_PROP_LIST) {
        for (uint32_t i = 0; i < p->items.count; i++)
            collect(s, p->items.items[i], key);
    } else if (p->tag == HAD_PROP_MAP) {
        for (uint32_t i = 0; i < p->entries.count; i++) {
            char name[64];
            snprintf(name, sizeof name, HAD_FMT, HAD_ARG(p->entries.items[i].key));
            collect(s, p->entries.items[i].value, name);
        }
    }
}

static int by_value(const void *x, const void *y)
{
    const uint32_t *a = x, *b = y;
    return (*a > *b) - (*a < *b);
}

static uint32_t once_each(uint32_t *list, uint32_t count)
{
    uint32_t kept = 0;
    if (count)
        qsort(list, count, sizeof *list, by_value);
    for (uint32_t i = 0; i < count; i++)
        if (!kept || list[kept - 1] != list[i])
            list[kept++] = list[i];
    return kept;
}

struct sim *sim_new(const struct had_graph *graph)
{
    struct sim *s = calloc(1, sizeof *s);
    if (!s)
        abort();
    s->graph = graph;
    memset(read_last, 0, sizeof read_last);
    s->of_node = calloc(graph->nodes.count + 1, sizeof *s->of_node);
    s->sites_of = calloc(graph->nodes.count + 1, sizeof *s->sites_of);
    if (!s->of_node || !s->sites_of)
        abort();
    number_things(s);
    for (uint32_t i = 0; i < graph->nodes.count; i++) {
        node_t n = graph->nodes.items[i];
        if (!had_str_starts(n->type_name, "AWS::EC2") &&
            !had_str_starts(n->type_name, "AWS::Direct") && !had_str_starts(n->type_name, "had::"))
            continue;
        for (uint32_t k = 0; k < n->props.count; k++) {
            char name[64];
            snprintf(name, sizeof name, HAD_FMT, HAD_ARG(n->props.items[k].key));
            collect(s, n->props.items[k].value, name);
        }
    }
    s->address_count = once_each(s->addresses, s->address_count);
    s->port_count = once_each(s->ports, s->port_count);
    return s;
}

const struct had_graph *sim_graph(const struct sim *s)
{
    return s->graph;
}

void sim_free(struct sim *s)
{
    for (int i = 0; i < s->list_count; i++)
        free(s->lists[i].rows);
    free(s->of_node);
    free(s->sites_of);
    free(s->addresses);
    free(s->ports);
    free(s);
}

uint32_t sim_addresses(const struct sim *s, const uint32_t **list)
{
    *list = s->addresses;
    return s->address_count;
}

uint32_t sim_ports(const struct sim *s, const uint32_t **list)
{
    *list = s->ports;
    return s->port_count;
}
