/* acl: network ACLs with their numbered lines. */
#include "lower/internal.h"

/* IANA protocol numbers as NetworkAclEntry takes them; -1 is all. */
static const int protocol_numbers[] = {
    [HAD_PROTOCOL_ALL] = -1,
    [HAD_PROTOCOL_TCP] = 6,
    [HAD_PROTOCOL_UDP] = 17,
    [HAD_PROTOCOL_ICMP] = 1,
};
#define ICMP_V6 58

static struct had_diag *incomplete(struct had_lowering *l, const struct had_object *line,
                                   struct had_span span, const char *what)
{
    struct had_diag *d = had_report(l->diags, &HAD0754, span, "a line of `" HAD_FMT "` %s",
                                    HAD_ARG(line->parent->address), what);
    had_diag_address(d, line->parent->address);
    return d;
}

static void lower_entry(struct had_lowering *l, const struct had_object *acl,
                        const struct had_object *line, struct had_node *node, bool out,
                        int64_t number, const struct had_flow *flow, struct had_cidr range,
                        struct had_place place)
{
    struct had_span span = line->span;
    had_str key = had_str_printf(l->arena, "%s,%lld", out ? "out" : "in", (long long)number);
    bool fresh;
    struct had_node *entry =
        had_lower_node_from(l, acl->address, "AWS::EC2::NetworkAclEntry", "entry", key, place,
                            had_origin_of(l, line), &fresh);
    if (!fresh) {
        had_str what = had_str_printf(l->arena, "takes the number %lld, which another one has",
                                      (long long)number);
        struct had_diag *d =
            incomplete(l, line, had_get_span(line, "number"), had_str_cstr(l->arena, what));
        had_diag_label(d, entry->origin->span, "the other line");
        return;
    }
    bool v6 = range.base.family == 6;
    had_lower_read(l, entry, "NetworkAclId", node, "Id", span);
    had_lower_bool(l, entry, "Egress", out, span);
    had_lower_int(l, entry, "RuleNumber", number, had_get_span(line, "number"));
    had_lower_c(l, entry, "RuleAction", had_is(line, "deny") ? "deny" : "allow", span);
    bool icmp = flow->protocol == HAD_PROTOCOL_ICMP;
    had_lower_int(l, entry, "Protocol", icmp && v6 ? ICMP_V6 : protocol_numbers[flow->protocol],
                  span);
    had_lower_text(l, entry, v6 ? "Ipv6CidrBlock" : "CidrBlock", had_cidr_text(l->arena, range),
                   span);
    if (icmp) {
        had_lower_int(l, entry, "Icmp.Type", -1, span);
        had_lower_int(l, entry, "Icmp.Code", -1, span);
    } else if (flow->protocol != HAD_PROTOCOL_ALL) {
        had_lower_int(l, entry, "PortRange.From", flow->ports.first, span);
        had_lower_int(l, entry, "PortRange.To", flow->ports.last, span);
    }
}

static void lower_services(struct had_lowering *l, const struct had_object *acl,
                           const struct had_object *line, const struct had_value *service,
                           struct had_node *node, bool out, int64_t *number,
                           const had_cidrs *ranges, struct had_place place)
{
    if (service->tag == HAD_VALUE_LIST) {
        for (uint32_t i = 0; i < service->list.count; i++)
            lower_services(l, acl, line, &service->list.items[i], node, out, number, ranges, place);
        return;
    }
    if (service->tag != HAD_VALUE_SERVICE)
        return;
    for (uint32_t f = 0; f < service->service.count; f++)
        for (uint32_t r = 0; r < ranges->count; r++)
            lower_entry(l, acl, line, node, out, (*number)++, &service->service.flows[f],
                        ranges->items[r], place);
}

static void lower_line(struct had_lowering *l, const struct had_object *acl,
                       const struct had_object *line, struct had_node *node, struct had_place place)
{
    static const char *const ends[] = {"from", "to"};
    if (!had_present(line, "from") && !had_present(line, "to"))
        incomplete(l, line, line->span, "says neither `from` nor `to`");
    if (!had_present(line, "number")) {
        incomplete(l, line, line->span, "has no `number`");
        return;
    }
    for (uint32_t i = 0; i < 2; i++) {
        if (!had_present(line, ends[i]))
            continue;
        had_cidrs ranges = {0};
        had_cidrs_of(l, &ranges, had_get(line, ends[i]));
        int64_t number = had_get_int(line, "number");
        lower_services(l, acl, line, &line->subject, node, i == 1, &number, &ranges, place);
    }
}

void had_lower_acl(struct had_lowering *l)
{
    had_each_object(acl, had_spec_kind(l->spec, "acl")) {
        const struct had_object *spoke = acl->parent;
        struct had_place place =
            had_place_own(l, spoke, had_spoke_layer(spoke), HAD_PHASE_FOUNDATION);
        struct had_node *node =
            had_lower_node(l, acl, "AWS::EC2::NetworkAcl", "acl", HAD_NO_KEY, place);
        had_lower_primary(l, node, acl, "Id");
        had_lower_read(l, node, "VpcId", had_lower_find(l, spoke, "vpc", HAD_NO_KEY), "VpcId",
                       acl->span);
        had_lower_tags(l, node, acl, had_outside_name(l->arena, acl));
        for (uint32_t i = 0; i < acl->children.count; i++) {
            const struct had_object *line = acl->children.items[i];
            if (had_is(line, "allow") || had_is(line, "deny"))
                lower_line(l, acl, line, node, place);
        }
        struct had_value_list subnets = had_get_list(acl, "subnets");
        for (uint32_t i = 0; i < subnets.count; i++) {
            const struct had_object *subnet =
                subnets.items[i].tag == HAD_VALUE_REF ? subnets.items[i].object : NULL;
            if (!subnet)
                continue;
            struct had_span span = had_get_span(acl, "subnets");
            struct had_node *association =
                had_lower_node(l, acl, "AWS::EC2::SubnetNetworkAclAssociation", "association",
                               subnet->address, place);
            had_lower_read(l, association, "NetworkAclId", node, "Id", span);
            had_lower_read(l, association, "SubnetId",
                           had_lower_find(l, subnet, "subnet", HAD_NO_KEY), "SubnetId", span);
        }
    }
}
