/* NET: ranges of networks and subnets. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>

/*
 * One range that holds several others is the cause of all of them; of two, the later one of the
 * spec is the one to change.
 */
static void tell_overlap(struct had_check *check, const struct had_overlap *o, const char *kind,
                         const char *of, had_str whose)
{
    const struct had_range *first = &o->inner.items[0], *main = &o->outer, *other = first;
    had_objects others = {0};
    if (o->inner.count == 1 &&
        (first->object->order != o->outer.object->order
             ? first->object->order > o->outer.object->order
             : had_str_cmp(first->object->address, o->outer.object->address) > 0)) {
        main = first;
        other = &o->outer;
    }
    if (o->inner.count == 1)
        *had_push(check->arena, &others) = other->object;
    else
        had_each(const struct had_range, r, &o->inner)
            *had_push(check->arena, &others) = r->object;
    struct had_diag *d = had_rule_report(
        check, main->object, main->span, "%s `" HAD_FMT "`%s" HAD_FMT " overlaps " HAD_FMT, kind,
        HAD_ARG(had_query_path(check, main->object)), of, HAD_ARG(whose),
        HAD_ARG(had_query_names(check, &others, 3)));
    if (o->inner.count == 1)
        had_diag_label(d, other->span, "%s `" HAD_FMT "`", kind,
                       HAD_ARG(had_query_path(check, other->object)));
    else
        for (uint32_t i = 0; i < o->inner.count && i < 3; i++)
            had_diag_label(d, o->inner.items[i].span, "%s `" HAD_FMT "`", kind,
                           HAD_ARG(had_query_path(check, o->inner.items[i].object)));
}

/* The first part of a spoke's range, as long as `like`, that no subnet of it uses. */
static bool free_slice(struct had_check *check, const struct had_object *spoke,
                       struct had_cidr range, struct had_cidr like, struct had_cidr *out)
{
    enum { TRIES = 256 };
    had_ranges taken = {0};
    had_each(const struct had_object *const, child, &spoke->children)
        if (had_is(*child, "subnet"))
            had_query_ranges(check, *child, "cidr", &taken);
    for (uint64_t n = 0; n < TRIES && had_cidr_slice(range, like.length, n, out); n++) {
        bool used = false;
        had_each(struct had_range, t, &taken)
            used |= had_cidr_overlaps(t->cidr, *out);
        if (!used)
            return true;
    }
    return false;
}

static void outside(struct had_check *check, const struct had_object *spoke,
                    const struct had_range_index *ranges, const struct had_object *subnet)
{
    had_ranges own = {0};
    had_query_ranges(check, subnet, "cidr", &own);
    had_query_ranges(check, subnet, "ipv6-cidr", &own);
    had_each(const struct had_range, r, &own) {
        if (had_range_holder(ranges, r->cidr))
            continue;
        struct had_diag *d = had_rule_report(
            check, subnet, r->span,
            "subnet `" HAD_FMT "` lies outside the ranges of spoke `" HAD_FMT "`",
            HAD_ARG(had_query_path(check, subnet)), HAD_ARG(had_query_path(check, spoke)));
        for (uint32_t i = 0; i < ranges->sorted.count && i < 3; i++)
            had_diag_label(d, ranges->sorted.items[i].span, "range of the spoke");
        const struct had_value *first = had_get(spoke, "cidr");
        struct had_cidr room;
        if (first->tag == HAD_VALUE_CIDR && free_slice(check, spoke, first->cidr, r->cidr, &room))
            had_diag_help(d, HAD_FMT " is free in the spoke",
                          HAD_ARG(had_cidr_text(check->arena, room)));
    }
}

static void net002(struct had_check *check)
{
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        had_ranges ranges = {0};
        if (had_query_broken(spoke, "cidr") || had_query_broken(spoke, "secondary-cidrs") ||
            had_query_broken(spoke, "ipv6-cidr"))
            continue;
        had_query_spoke_ranges(check, spoke, &ranges);
        const struct had_range_index index = had_index_ranges(ranges);
        had_each_object(subnet, had_index_users(check, "subnet", "parent", spoke))
            outside(check, spoke, &index, subnet);
    }
}

HAD_RULE(NET002, HAD_PHASE_FOUNDATION, "O(n log n) in subnets", net002,
         "a subnet outside its network",
         "The range of a subnet is a part of one of its VPC's ranges; EC2 refuses any other.",
         "choose a range inside the spoke's");

static void net003(struct had_check *check)
{
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        had_ranges ranges = {0};
        had_each(const struct had_object *const, child, &spoke->children) {
            if (!had_is(*child, "subnet"))
                continue;
            had_query_ranges(check, *child, "cidr", &ranges);
            had_query_ranges(check, *child, "ipv6-cidr", &ranges);
        }
        had_overlaps overlaps = had_query_overlaps(check, &ranges);
        had_each(const struct had_overlap, o, &overlaps)
            tell_overlap(check, o, "subnet", "", (had_str){0});
    }
}

HAD_RULE(NET003, HAD_PHASE_FOUNDATION, "O(n log n) in subnets", net003, "two subnets overlap",
         "Subnets of one VPC share no address; EC2 refuses the second one.",
         "give one of them another range");

/* What two spokes share by several hubs is told once, at the first that both name. */
static bool first_common(struct had_check *check, const struct had_object *hub,
                         const struct had_object *a, const struct had_object *b)
{
    had_objects mine = had_query_refs(check, a, "hubs"), theirs = had_query_refs(check, b, "hubs");
    had_each(const struct had_object *, m, &mine)
        had_each(const struct had_object *, t, &theirs)
            if (*m == *t)
                return *m == hub;
    return false;
}

static void net004(struct had_check *check)
{
    had_each_object(hub, had_spec_kind(check->spec, "hub")) {
        had_ranges ranges = {0};
        had_each_object(spoke, had_index_users(check, "spoke", "hubs", hub))
            had_query_spoke_ranges(check, spoke, &ranges);
        had_overlaps overlaps = had_query_overlaps(check, &ranges);
        had_each(const struct had_overlap, o, &overlaps)
            if (first_common(check, hub, o->outer.object, o->inner.items[0].object))
                tell_overlap(check, o, "spoke", " of hub ", hub->label);
    }
}

HAD_RULE(NET004, HAD_PHASE_FOUNDATION, "O(n log n) in ranges of the spokes of a hub", net004,
         "two networks of a hub overlap",
         "Networks that are attached to one transit gateway share no address: the routes of the "
         "later one are not "
         "propagated, and its hosts are never reached.",
         "give one of the spokes another range");

/*
 * A site range inside a spoke is told by SITE001. One that takes in several spokes is too wide
 * itself; a single spoke is the one to move.
 */
static void net005(struct had_check *check)
{
    const struct had_range_index *spokes = had_index_spokes(check);
    had_each_object(site, had_spec_kind(check->spec, "site")) {
        had_ranges on_premises = {0};
        had_query_ranges(check, site, "ranges", &on_premises);
        had_each(struct had_range, s, &on_premises) {
            had_ranges hit = {0};
            had_objects names = {0};
            for (uint32_t i = had_range_inside(spokes, s->cidr);
                 i < spokes->sorted.count &&
                 had_cidr_contains(s->cidr, spokes->sorted.items[i].cidr);
                 i++) {
                const struct had_range *r = &spokes->sorted.items[i];
                if (had_cidr_eq(s->cidr, r->cidr))
                    continue;
                *had_push(check->arena, &hit) = *r;
                *had_push(check->arena, &names) = r->object;
            }
            if (!hit.count)
                continue;
            bool one = hit.count == 1;
            struct had_diag *d =
                one ? had_rule_report(check, hit.items[0].object, hit.items[0].span,
                                      "spoke " HAD_FMT " overlaps site `" HAD_FMT "`",
                                      HAD_ARG(had_query_names(check, &names, 1)),
                                      HAD_ARG(site->label))
                    : had_rule_report(
                          check, site, s->span, "site `" HAD_FMT "` overlaps the spokes " HAD_FMT,
                          HAD_ARG(site->label), HAD_ARG(had_query_names(check, &names, 3)));
            if (one)
                had_diag_label(d, s->span, "range of site `" HAD_FMT "`", HAD_ARG(site->label));
            for (uint32_t i = 0; !one && i < hit.count && i < 3; i++)
                had_diag_label(d, hit.items[i].span, "spoke `" HAD_FMT "`",
                               HAD_ARG(had_query_path(check, hit.items[i].object)));
        }
    }
}

HAD_RULE(NET005, HAD_PHASE_FOUNDATION, "O(n log n) in ranges of spokes and sites", net005,
         "a network overlaps an on-premises range",
         "Inside a VPC its own range always wins: on-premises hosts with addresses in it are never "
         "reached from there.",
         "give the spoke another range, or narrow the range of the site to what is in use there");

/* ---- ranges that AWS refuses or uses itself ---- */

static void ranges_in(struct had_check *check, const struct had_object *spoke, const char *list,
                      const char *format)
{
    const struct had_range_index *forbidden = had_index_facts(check, list);
    had_ranges ranges = {0};
    had_query_spoke_ranges(check, spoke, &ranges);
    had_each(struct had_range, r, &ranges)
        if (had_range_overlap(forbidden, r->cidr))
            had_rule_report(check, spoke, r->span, "spoke `" HAD_FMT "` %s",
                            HAD_ARG(had_query_path(check, spoke)), format);
}

static void net007(struct had_check *check)
{
    static const char *const lists[] = {
        "private ranges", "shared ranges", "link-local ranges",
        "directory management ranges"}; /* the last two have rules of their own */
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        had_ranges ranges = {0};
        had_query_spoke_ranges(check, spoke, &ranges);
        had_each(struct had_range, r, &ranges) {
            bool inside = r->cidr.base.family != 4;
            for (size_t i = 0; i < sizeof lists / sizeof *lists; i++)
                inside |= had_fact_ranges_hold(check, lists[i], r->cidr);
            if (!inside)
                had_rule_report(check, spoke, r->span,
                                "spoke `" HAD_FMT "` has the public range " HAD_FMT,
                                HAD_ARG(had_query_path(check, spoke)),
                                HAD_ARG(had_cidr_text(check->arena, r->cidr)));
        }
    }
}

HAD_RULE(NET007, HAD_PHASE_FOUNDATION, "O(n) in spokes", net007, "a network with public addresses",
         "Ranges of RFC 1918 belong to nobody else. With a public range, its true owner cannot be "
         "reached.",
         "choose a range in 10.0.0.0/8, 172.16.0.0/12 or 192.168.0.0/16");

static void net008(struct had_check *check)
{
    had_each_object(spoke, had_spec_kind(check->spec, "spoke"))
        ranges_in(check, spoke, "ranges of aws services",
                  "takes from 172.17.0.0/16, which some AWS services use themselves");
}

HAD_RULE(NET008, HAD_PHASE_FOUNDATION, "O(n) in spokes", net008, "a network in 172.17.0.0/16",
         "Some AWS services, such as Cloud9 and SageMaker, use 172.17.0.0/16 inside and then "
         "cannot reach the network.",
         "choose another range");

static void net009(struct had_check *check)
{
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        const struct had_object *spoke = had_get_object(directory, "spoke");
        if (spoke)
            ranges_in(check, spoke, "directory management ranges",
                      "takes from 198.18.0.0/15, over which a directory in it is managed");
    }
}

HAD_RULE(NET009, HAD_PHASE_RESOURCE_FOREST, "O(n) in directories", net009,
         "a directory in 198.18.0.0/15",
         "AWS manages the controllers of a directory from 198.18.0.0/15; its VPC must not use that "
         "range.",
         "choose another range for the spoke of the directory");

static void net010(struct had_check *check)
{
    had_each_object(spoke, had_spec_kind(check->spec, "spoke"))
        ranges_in(check, spoke, "link-local ranges",
                  "takes from 169.254.0.0/16, which is link-local");
}

HAD_RULE(NET010, HAD_PHASE_FOUNDATION, "O(n) in spokes", net010,
         "a network of link-local addresses",
         "169.254.0.0/16 is for addresses of the instance's own services and tunnels; EC2 refuses "
         "it as a VPC's range.",
         "choose another range");

/* ---- fixed addresses ---- */

static void net012(struct had_check *check)
{
    static const char *const kinds[] = {"controller", "instance"};
    for (size_t k = 0; k < 2; k++) {
        had_each_object(host, had_spec_kind(check->spec, kinds[k])) {
            const struct had_value *address = had_get(host, "address");
            const struct had_object *subnet = had_get_object(host, "subnet");
            const struct had_value *range = subnet ? had_get(subnet, "cidr") : NULL;
            if (address->tag != HAD_VALUE_IP || !range || range->tag != HAD_VALUE_CIDR ||
                !had_cidr_contains_ip(range->cidr, address->ip))
                continue;
            struct had_ip at;
            bool reserved = had_ip_cmp(address->ip, had_cidr_last(range->cidr)) == 0;
            for (uint64_t n = 0; n < 4; n++)
                reserved |= had_cidr_host(range->cidr, n, &at) && had_ip_cmp(at, address->ip) == 0;
            if (!reserved)
                continue;
            struct had_diag *d =
                had_rule_report(check, host, had_value_span(address),
                                "address " HAD_FMT " of %s `" HAD_FMT "` is one that AWS keeps",
                                HAD_ARG(address->text), kinds[k], HAD_ARG(host->label));
            had_diag_label(d, had_value_span(range), "its subnet");
            if (had_cidr_host(range->cidr, 10, &at) && had_cidr_contains_ip(range->cidr, at))
                had_diag_help(d, "take another one, such as " HAD_FMT,
                              HAD_ARG(had_ip_text(check->arena, at)));
        }
    }
}

HAD_RULE(NET012, HAD_PHASE_FOUNDATION, "O(n) in hosts", net012, "an address that AWS keeps",
         "AWS keeps the first four addresses of each subnet, and the last one.",
         "take another address of the subnet");

static int by_address(const void *a, const void *b)
{
    const struct had_range *x = a, *y = b;
    uintptr_t p = (uintptr_t)had_query_spoke(had_get_object(x->object, "subnet"));
    uintptr_t q = (uintptr_t)had_query_spoke(had_get_object(y->object, "subnet"));
    if (p != q)
        return p < q ? -1 : 1;
    int order = had_ip_cmp(x->cidr.base, y->cidr.base);
    return order ? order
                 : (x->object->order > y->object->order) - (x->object->order < y->object->order);
}

static void net013(struct had_check *check)
{
    static const char *const kinds[] = {"controller", "instance"};
    had_ranges fixed = {0};
    for (size_t k = 0; k < 2; k++) {
        had_each_object(host, had_spec_kind(check->spec, kinds[k])) {
            const struct had_value *address = had_get(host, "address");
            const struct had_object *subnet = had_get_object(host, "subnet");
            const struct had_value *range = subnet ? had_get(subnet, "cidr") : NULL;
            if (address->tag != HAD_VALUE_IP || !range || range->tag != HAD_VALUE_CIDR)
                continue;
            *had_push(check->arena, &fixed) = (struct had_range){
                {address->ip, had_ip_bits(address->ip)}, had_value_span(address), host};
            if (had_cidr_contains_ip(range->cidr, address->ip))
                continue;
            struct had_diag *d = had_rule_report(
                check, host, had_value_span(address),
                "address " HAD_FMT " of %s `" HAD_FMT "` is not in subnet `" HAD_FMT "`",
                HAD_ARG(address->text), kinds[k], HAD_ARG(host->label),
                HAD_ARG(had_query_path(check, subnet)));
            had_diag_label(d, had_value_span(range), "range of the subnet");
        }
    }
    if (fixed.count)
        qsort(fixed.items, fixed.count, sizeof *fixed.items, by_address);
    for (uint32_t i = 1; i < fixed.count; i++) {
        struct had_range *a = &fixed.items[i - 1], *b = &fixed.items[i];
        if (had_ip_cmp(a->cidr.base, b->cidr.base) != 0 ||
            had_query_spoke(had_get_object(a->object, "subnet")) !=
                had_query_spoke(had_get_object(b->object, "subnet")))
            continue;
        struct had_diag *d = had_rule_report(check, b->object, b->span,
                                             "`" HAD_FMT "` and `" HAD_FMT "` have one address",
                                             HAD_ARG(a->object->label), HAD_ARG(b->object->label));
        had_diag_label(d, a->span, "%s `" HAD_FMT "`", a->object->kind->name,
                       HAD_ARG(a->object->label));
    }
}

HAD_RULE(NET013, HAD_PHASE_FOUNDATION, "O(n log n) in hosts", net013,
         "a fixed address that cannot be given",
         "A fixed address is inside its subnet, and one host of the network has it.",
         "take a free address of the subnet");

/* What stands in the network tells it in its own words: DC002, DIR001, DNS002. */
static bool told_by_others(struct had_check *check, const struct had_object *spoke)
{
    static const char *const kinds[] = {"controller", "directory", "resolver"};
    for (size_t k = 0; k < 3; k++)
        if (had_index_by(check, kinds[k], had_query_network, spoke)->count)
            return true;
    return false;
}

static void zones_of_role(struct had_check *check, const char *role, const char *what)
{
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        if (!had_str_is(had_get_text(spoke, "role"), role))
            continue;
        had_str first = {0};
        bool several = false, any = false;
        had_each(const struct had_object *const, child, &spoke->children) {
            if (!had_is(*child, "subnet") || had_str_is(had_get_text(*child, "use"), "attachment"))
                continue;
            if (!had_query_zone(*child).len || (any && !had_str_eq(first, had_query_zone(*child))))
                several = true; /* a zone that is not known was reported */
            first = had_query_zone(*child);
            any = true;
        }
        if (several || told_by_others(check, spoke))
            continue;
        struct had_diag *d =
            had_rule_report(check, spoke, spoke->span, "%s `" HAD_FMT "` has subnets in %s zone",
                            what, HAD_ARG(had_query_path(check, spoke)), any ? "one" : "no");
        had_diag_label(d, had_query_span(spoke, "role"), "role %s", role);
    }
}

static void net016(struct had_check *check)
{
    zones_of_role(check, "shared-services", "the shared-services network");
}

HAD_RULE(NET016, HAD_PHASE_FOUNDATION, "O(n) in spokes, subnets and what stands in them", net016,
         "the shared-services network in one zone",
         "Controllers and the directory stand in two zones at least: their network needs a subnet "
         "in each.",
         "add a subnet in another zone");

static void net017(struct had_check *check)
{
    zones_of_role(check, "endpoint", "the endpoint network");
}

HAD_RULE(NET017, HAD_PHASE_FOUNDATION, "O(n) in spokes, subnets and what stands in them", net017,
         "the endpoint network in one zone",
         "All names of the organization's directories are resolved through the endpoint network: "
         "it spans two zones, so "
         "that losing one does not stop that.",
         "add a subnet in another zone");

static void net018(struct had_check *check)
{
    static const char *const kinds[] = {"directory", "connector", "resolver"};
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        if (!had_str_is(had_get_text(spoke, "tenancy"), "dedicated"))
            continue;
        const struct had_object *found = NULL;
        for (size_t k = 0; k < 3 && !found; k++)
            found = had_objects_first(had_index_by(check, kinds[k], had_query_network, spoke));
        if (!found)
            continue;
        struct had_diag *d = had_rule_report(
            check, spoke, had_query_span(spoke, "tenancy"),
            "spoke `" HAD_FMT "` has dedicated tenancy and holds %s `" HAD_FMT "`",
            HAD_ARG(had_query_path(check, spoke)), found->kind->name, HAD_ARG(found->label));
        had_diag_label(d, found->span, "does not work there");
    }
}

HAD_RULE(
    NET018, HAD_PHASE_FOUNDATION, "O(n) in spokes and what stands in them", net018,
    "a service network of dedicated tenancy",
    "Directories, AD Connectors and resolver endpoints are refused in a VPC of dedicated tenancy.",
    "leave `tenancy` at its default");

static void net019(struct had_check *check)
{
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        if (had_query_broken(spoke, "dns-support") || had_get_bool(spoke, "dns-support"))
            continue;
        const struct had_object *forward =
            had_objects_first(had_index_users(check, "forward", "used-by", spoke));
        if (!forward)
            continue;
        struct had_diag *d =
            had_rule_report(check, spoke, had_query_span(spoke, "dns-support"),
                            "spoke `" HAD_FMT "` uses forwarding rules and has no DNS support",
                            HAD_ARG(had_query_path(check, spoke)));
        had_diag_label(d, had_query_span(forward, "used-by"), "rule for `" HAD_FMT "`",
                       HAD_ARG(forward->name));
    }
}

HAD_RULE(
    NET019, HAD_PHASE_FOUNDATION, "O(n) in spokes and associations", net019,
    "forwarding rules without DNS support",
    "Forwarding rules are applied by the VPC Resolver, which answers only where DNS support is on.",
    "leave `dns-support` at its default");

static void net021(struct had_check *check)
{
    had_each_object(forward, had_spec_kind(check->spec, "forward")) {
        had_objects users = had_query_refs(check, forward, "used-by");
        had_each(const struct had_object *, user, &users) {
            const struct had_value *dhcp = had_get(*user, "dhcp");
            const struct had_value_entry *dns = NULL;
            for (uint32_t i = 0; dhcp->tag == HAD_VALUE_MAP && i < dhcp->map.count; i++)
                if (had_str_is(dhcp->map.entries[i].key, "dns"))
                    dns = &dhcp->map.entries[i];
            if (!dns)
                continue;
            struct had_diag *d = had_rule_report(check, *user, dns->key_span,
                                                 "hosts of spoke `" HAD_FMT
                                                 "` ask other DNS servers than the one that "
                                                 "applies its forwarding rules",
                                                 HAD_ARG(had_query_path(check, *user)));
            had_diag_label(d, had_query_span(forward, "used-by"), "rule for `" HAD_FMT "`",
                           HAD_ARG(forward->name));
        }
    }
}

HAD_RULE(NET021, HAD_PHASE_FOUNDATION, "O(n) in associations", net021,
         "DNS servers by DHCP beside forwarding rules",
         "Forwarding rules see only queries that reach the VPC Resolver. Hosts that DHCP sends to "
         "other servers never ask "
         "it.",
         "state either `dhcp { dns = … }` or `used-by` for a spoke, not both");
