/*
 * R6 and R7 by hand: each address at which anything of the graph begins or ends is led through the
 * tables of the gateways, one after the other, from the nodes alone.
 */
#include "simulator.h"

#include <stdlib.h>
#include <string.h>

enum { MOST = 64 };

struct trip {
    struct sim *s;
    struct sim_answer *answer;
    uint32_t address;
    node_t seen[MOST];
    int depth;
    bool lost, open;
};

static had_str word(node_t n, const char *path)
{
    const struct had_prop *p = n ? had_node_get(n, path) : NULL;
    return p && p->tag == HAD_PROP_TEXT ? p->text : (had_str){"", 0};
}

static node_t end(node_t n, const char *path)
{
    const struct had_prop *p = n ? had_node_get(n, path) : NULL;
    return p && p->tag == HAD_PROP_READ ? p->read.node : NULL;
}

static bool is(node_t n, const char *type)
{
    return n && had_str_is(n->type_name, type);
}

static bool holds(had_str range, uint32_t address)
{
    struct sim_net net;
    return sim_net_of(range, &net) && (address & net.mask) == net.base;
}

static bool overlap(had_str a, had_str b)
{
    struct sim_net x, y;
    return sim_net_of(a, &x) && sim_net_of(b, &y) &&
           ((x.base & y.mask) == y.base || (y.base & x.mask) == x.base);
}

static bool blamed(struct sim_answer *answer, node_t at, node_t what)
{
    if (!answer->bad) {
        answer->at = at ? at->address : (had_str){"", 0};
        answer->what = what ? what->address : (had_str){"", 0};
    }
    return answer->bad = true;
}

static node_t behind(node_t peering, node_t hub)
{
    node_t first = end(peering, "TransitGatewayId");
    return first == hub ? end(peering, "PeerTransitGatewayId") : first;
}

/* ---- who is where ---- */

/* Calls `each` for the ranges of whoever is behind an attachment. */
static bool any_range(struct sim *s, node_t attachment,
                      bool (*each)(had_str range, const void *with), const void *with)
{
    if (is(attachment, "AWS::EC2::TransitGatewayAttachment")) {
        node_t vpc = end(attachment, "VpcId");
        if (each(word(vpc, "CidrBlock"), with))
            return true;
        EACH_OF(s, c, "AWS::EC2::VPCCidrBlock", vpc)
        if (each(word(c, "CidrBlock"), with))
            return true;
        return false;
    }
    node_t line = end(attachment, "ResourceId");
    EACH(s, f, "had::Advertisement")
    {
        bool ours =
            is(line, "AWS::EC2::VPNConnection") && had_str_eq(word(f, "Link"), line->object);
        EACH(s, v, "AWS::DirectConnect::TransitVirtualInterface")
        ours |= line && end(v, "DirectConnectGatewayId") == line &&
                had_str_eq(word(f, "Link"), v->object);
        if (ours && had_str_is(word(f, "Direction"), "learned") && each(word(f, "Cidr"), with))
            return true;
    }
    return false;
}

static bool range_holds(had_str range, const void *with)
{
    return holds(range, *(const uint32_t *)with);
}

static bool range_meets(had_str range, const void *with)
{
    return overlap(range, *(const had_str *)with);
}

static node_t policy_of(struct sim *s, node_t table)
{
    EACH(s, p, "had::SegmentPolicy")
    if (had_str_eq(word(p, "Table"), table->address))
        return p;
    return NULL;
}

/* Whether the policy of a table names another table; without a policy, `none`. */
static bool names(node_t policy, node_t table, bool none)
{
    const struct had_prop *list = policy ? had_node_get(policy, "Reaches") : NULL;
    if (!policy)
        return none;
    for (uint32_t i = 0; list && i < list->items.count; i++)
        if (had_str_eq(list->items.items[i]->text, table->address))
            return true;
    return false;
}

/* Attachments of networks and lines, with the table that each is in. */
#define EACH_NETWORK(s, a, table)                                                                  \
    EACH(s, a##_in, "AWS::EC2::TransitGatewayRouteTableAssociation")                               \
    for (node_t a = end(a##_in, "TransitGatewayAttachmentId"),                                     \
                table = end(a##_in, "TransitGatewayRouteTableId");                                 \
         a && a->type && table; a = NULL)                                                          \
        if (!is(a, "AWS::EC2::TransitGatewayPeeringAttachment"))

/* ---- R6 ---- */

static void in_table(struct trip *t, node_t table, node_t hub);

static void into(struct trip *t, node_t attachment, node_t hub)
{
    node_t table = sim_table_of(t->s, attachment, hub);
    if (!table) {
        t->lost = true;
        return;
    }
    for (int i = 0; i < t->depth; i += 2)
        if (t->seen[i] == attachment && t->seen[i + 1] == hub) {
            t->lost = true; /* a circle */
            return;
        }
    if (t->depth + 2 > MOST) {
        t->open = true;
        return;
    }
    t->seen[t->depth] = attachment;
    t->seen[t->depth + 1] = hub;
    t->depth += 2;
    in_table(t, table, hub);
    t->depth -= 2;
}

static void in_subnet(struct trip *t, node_t subnet, node_t left)
{
    bool local;
    node_t r = sim_route_of(t->s, subnet, t->address, &local);
    if (local)
        return;
    node_t hub = end(r, "TransitGatewayId");
    had_str id = word(r, "VpcEndpointId");
    if (!id.len)
        id = word(r, "NetworkInterfaceId");
    if (!r) {
        t->lost = true;
    } else if (hub) {
        node_t a = sim_attachment_of(t->s, end(subnet, "VpcId"), hub);
        if (a)
            into(t, a, hub);
        else
            t->lost = true;
    } else if (id.len || is(r, "had::AssumedRoute")) {
        node_t device = sim_device_behind(t->s, r);
        t->open |= is(r, "had::AssumedRoute");
        const struct had_prop *list = device ? had_node_get(device, "Subnets") : NULL;
        if (left || !list || !list->items.count) {
            t->lost |= left && left == device;
            t->open |= !left || left != device;
            return;
        }
        for (uint32_t i = 0; i < list->items.count; i++)
            in_subnet(t, had_graph_find(sim_graph(t->s), list->items.items[i]->text), device);
    }
}

static void in_table(struct trip *t, node_t table, node_t hub)
{
    struct sim_choice list[16];
    int rank, count = sim_look(t->s, table, t->address, list, &rank);
    t->answer->looked++;
    t->lost |= count == 0;
    for (int i = 0; i < count; i++) {
        node_t a = list[i].attachment;
        if (list[i].hole) {
            t->lost |= t->depth > 0;
        } else if (!a || !a->type) {
            t->lost = true;
        } else if (is(a, "AWS::EC2::TransitGatewayPeeringAttachment")) {
            if (sim_accepted(t->s, a, "TransitGatewayAttachmentId"))
                into(t, a, behind(a, hub));
            else
                t->lost = true;
        } else if (is(a, "AWS::EC2::TransitGatewayAttachment")) {
            const struct had_prop *subnets = had_node_get(a, "SubnetIds");
            for (uint32_t k = 0; subnets && k < subnets->items.count; k++)
                in_subnet(t, subnets->items.items[k]->read.node, NULL);
        }
    }
}

/* A network that has the address, and that members of the table are to reach. */
static bool expected(struct sim *s, node_t table, uint32_t address)
{
    node_t policy = policy_of(s, table);
    EACH_NETWORK(s, a, in)
    if (names(policy, in, true) && any_range(s, a, range_holds, &address))
        return true;
    return false;
}

/* A network told to the table whose subnet has the address, shorter than the stated hole. */
static bool covered(struct sim *s, node_t table, uint32_t address, int longest)
{
    EACH(s, p, "AWS::EC2::TransitGatewayRouteTablePropagation")
    {
        node_t a = end(p, "TransitGatewayAttachmentId"), vpc = end(a, "VpcId");
        bool told = false;
        struct sim_net net;
        if (end(p, "TransitGatewayRouteTableId") != table ||
            !is(a, "AWS::EC2::TransitGatewayAttachment"))
            continue;
        told |= holds(word(vpc, "CidrBlock"), address) &&
                sim_net_of(word(vpc, "CidrBlock"), &net) && net.length <= longest;
        EACH(s, c, "AWS::EC2::VPCCidrBlock")
        told |= end(c, "VpcId") == vpc && holds(word(c, "CidrBlock"), address) &&
                sim_net_of(word(c, "CidrBlock"), &net) && net.length <= longest;
        EACH(s, n, "AWS::EC2::Subnet")
        if (told && end(n, "VpcId") == vpc && holds(word(n, "CidrBlock"), address))
            return true;
    }
    return false;
}

/* Whether the stated route is the one that the address takes in its table. */
static bool takes(struct sim *s, node_t route, uint32_t address)
{
    struct sim_net own, net;
    if (!holds(word(route, "DestinationCidrBlock"), address) ||
        !sim_net_of(word(route, "DestinationCidrBlock"), &own))
        return false;
    node_t table = end(route, "TransitGatewayRouteTableId");
    EACH_OF(s, r, "AWS::EC2::TransitGatewayRoute", table)
    if (sim_row_has(r_row, address) && r_row->net.length > own.length)
        return false;
    EACH_OF(s, p, "AWS::EC2::TransitGatewayRouteTablePropagation", table)
    {
        node_t a = end(p, "TransitGatewayAttachmentId");
        node_t vpc = end(a, "VpcId");
        if (!a || !a->type)
            continue;
        if (vpc) {
            if (holds(word(vpc, "CidrBlock"), address) &&
                sim_net_of(word(vpc, "CidrBlock"), &net) && net.length > own.length)
                return false;
            EACH_OF(s, c, "AWS::EC2::VPCCidrBlock", vpc)
            if (sim_row_has(c_row, address) && c_row->net.length > own.length)
                return false;
            continue;
        }
        EACH(s, f, "had::Advertisement")
        {
            node_t line = end(a, "ResourceId");
            bool ours = false;
            if (!sim_row_has(f_row, address) || f_row->net.length <= own.length)
                continue;
            if (is(line, "AWS::EC2::VPNConnection")) {
                const struct had_prop *fixed = had_node_get(line, "StaticRoutesOnly");
                ours = had_str_eq(word(f, "Link"), line->object) && !(fixed && fixed->boolean);
            }
            EACH(s, v, "AWS::DirectConnect::TransitVirtualInterface")
            ours |= line && end(v, "DirectConnectGatewayId") == line &&
                    had_str_eq(word(f, "Link"), v->object);
            if (ours && had_str_is(word(f, "Direction"), "learned"))
                return false;
        }
    }
    return true;
}

static void stated_routes(struct sim *s, struct sim_answer *answer)
{
    const uint32_t *list;
    uint32_t count = sim_addresses(s, &list);
    EACH(s, r, "AWS::EC2::TransitGatewayRoute")
    {
        node_t table = end(r, "TransitGatewayRouteTableId");
        const struct had_prop *hole = had_node_get(r, "Blackhole");
        struct sim_net net;
        if (!table || !table->type || !sim_net_of(word(r, "DestinationCidrBlock"), &net))
            continue;
        for (uint32_t i = 0; i <= count; i++)
            for (int d = -1; d <= 1; d++) {
                uint32_t address = i == count ? net.base : list[i] + (uint32_t)d;
                if (i == count && d)
                    continue;
                if (!takes(s, r, address))
                    continue;
                if (hole && hole->boolean) {
                    if (covered(s, table, address, net.length))
                        blamed(answer, table, r);
                    continue;
                }
                if (address != net.base && !expected(s, table, address))
                    continue;
                struct trip t = {.s = s, .answer = answer, .address = address};
                in_table(&t, table, end(table, "TransitGatewayId"));
                if (t.lost)
                    blamed(answer, table, r);
                answer->open |= t.open;
            }
    }
}

/* Whether some address of the range has a way in the table. */
static bool some_way(struct sim *s, node_t table, had_str range)
{
    const uint32_t *list;
    uint32_t count = sim_addresses(s, &list);
    struct sim_choice choices[16];
    struct sim_net net;
    int rank;
    if (!sim_net_of(range, &net) || sim_look(s, table, net.base, choices, &rank))
        return true;
    for (uint32_t i = 0; i < count; i++)
        if (holds(range, list[i]) && sim_look(s, table, list[i], choices, &rank))
            return true;
    return false;
}

static void subnet_route(struct sim *s, struct sim_answer *answer, node_t subnet, node_t r)
{
    node_t vpc = end(subnet, "VpcId"), hub = end(r, "TransitGatewayId");
    node_t peering = end(r, "VpcPeeringConnectionId");
    had_str range = word(r, "DestinationCidrBlock");
    if (peering) {
        node_t first = end(peering, "VpcId"), second = end(peering, "PeerVpcId");
        node_t other = first == vpc ? second : first;
        bool one = had_str_eq(first->context->account, second->context->account) &&
                   had_str_eq(first->context->region, second->context->region);
        bool there = overlap(word(other, "CidrBlock"), range);
        EACH(s, c, "AWS::EC2::VPCCidrBlock")
        there |= end(c, "VpcId") == other && overlap(word(c, "CidrBlock"), range);
        if ((first != vpc && second != vpc) || !there ||
            (!one && !sim_accepted(s, peering, "VpcPeeringConnectionId")))
            blamed(answer, subnet, r);
        return;
    }
    if (!hub)
        return;
    node_t a = sim_attachment_of(s, vpc, hub), table = a ? sim_table_of(s, a, hub) : NULL;
    if (!table) {
        blamed(answer, subnet, r);
        return;
    }
    if (some_way(s, table, range))
        return;
    node_t policy = policy_of(s, table);
    EACH_NETWORK(s, other, in)
    if (end(in, "TransitGatewayId") == hub && names(policy, in, true) &&
        any_range(s, other, range_meets, &range)) {
        blamed(answer, subnet, r);
        return;
    }
}

struct sim_answer sim_routes(struct sim *s)
{
    struct sim_answer answer = {0};
    sim_lose(s, 0);
    EACH(s, n, "AWS::EC2::Subnet")
    {
        node_t table = sim_route_table(s, n);
        EACH_OF(s, r, "AWS::EC2::Route", table)
        if (table)
            subnet_route(s, &answer, n, r);
    }
    stated_routes(s, &answer);
    return answer;
}

/* ---- R7 ---- */

static bool inside(struct sim *s, node_t attachment, uint32_t address)
{
    return any_range(s, attachment, range_holds, &address);
}

/* Somebody whom the address gets to, out of a table of the hub; over one peering at most. */
static void arrivals(struct sim *s, struct sim_answer *answer, node_t policy, node_t table,
                     node_t hub, uint32_t address, bool peered)
{
    struct sim_choice list[16];
    int rank, count = sim_look(s, table, address, list, &rank);
    answer->looked++;
    for (int i = 0; i < count; i++) {
        node_t a = list[i].attachment, in;
        if (list[i].hole || !a || !a->type)
            continue;
        if (is(a, "AWS::EC2::TransitGatewayPeeringAttachment") && !peered) {
            node_t far = behind(a, hub), next = sim_table_of(s, a, far);
            if (next)
                arrivals(s, answer, policy, next, far, address, true);
            continue;
        }
        in = sim_table_of(s, a, hub);
        if (!in || names(policy, in, false))
            continue;
        /* A network in between is trusted to keep apart what goes through it. */
        if (rank == 0 && is(a, "AWS::EC2::TransitGatewayAttachment") && !inside(s, a, address)) {
            answer->open = true;
            continue;
        }
        blamed(answer, policy, a);
    }
}

struct sim_answer sim_isolation(struct sim *s)
{
    struct sim_answer answer = {0};
    const uint32_t *list;
    uint32_t count = sim_addresses(s, &list);
    sim_lose(s, 0);
    EACH(s, p, "had::SegmentPolicy")
    {
        node_t table = had_graph_find(sim_graph(s), word(p, "Table"));
        bool used = false;
        EACH(s, a, "AWS::EC2::TransitGatewayRouteTableAssociation")
        {
            node_t attachment = end(a, "TransitGatewayAttachmentId");
            used |= end(a, "TransitGatewayRouteTableId") == table && attachment && attachment->type;
        }
        if (!table || !used)
            continue;
        for (uint32_t i = 0; i < count; i++)
            arrivals(s, &answer, p, table, end(table, "TransitGatewayId"), list[i], false);
    }
    return answer;
}
