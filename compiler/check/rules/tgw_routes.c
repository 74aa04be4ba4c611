/* TGW: attachments, and what is said beside or over their routes. */
#include "check/rules/rule.h"

#include <stdlib.h>

/* What has addresses of its own in a subnet. */
static struct had_map subnets_with_hosts(struct had_check *check)
{
    static const char *const kinds[][2] = {
        {"controller", "subnet"}, {"instance", "subnet"},   {"directory", "subnets"},
        {"replica", "subnets"},   {"connector", "subnets"}, {"resolver", "subnets"},
        {"endpoint", "subnets"},
    };
    struct had_map hosts = {0};
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++)
        had_each_object(object, had_spec_kind(check->spec, kinds[k][0])) {
            had_objects subnets = had_query_refs(check, object, kinds[k][1]);
            had_each(const struct had_object *, subnet, &subnets)
                if (!had_map_get(&hosts, (uintptr_t)*subnet))
                    had_map_put(check->arena, &hosts, (uintptr_t)*subnet, (uintptr_t)object);
        }
    return hosts;
}

/* Where the spec leaves the choice of the subnets to the defaults, it has chosen not to set any
 * aside. */
static void tgw008(struct had_check *check)
{
    struct had_map hosts = subnets_with_hosts(check);
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        had_objects attached = had_query_refs(check, spoke, "attachment-subnets");
        had_each(const struct had_object *, subnet, &attached) {
            const uint64_t *in = had_map_get(&hosts, (uintptr_t)*subnet);
            bool meant = had_query_stated(spoke, "attachment-subnets") ||
                         had_str_is(had_get_text(*subnet, "use"), "attachment");
            if (!in || !meant)
                continue;
            const struct had_object *host = (const struct had_object *)(uintptr_t)*in;
            struct had_diag *d = had_rule_report(
                check, *subnet, (*subnet)->span,
                "subnet `" HAD_FMT "` is of the attachment, and holds %s `" HAD_FMT "`",
                HAD_ARG(had_query_path(check, *subnet)), host->kind->name, HAD_ARG(host->label));
            had_diag_label(d, host->span, "stands here");
        }
    }
}

HAD_RULE(TGW008, HAD_PHASE_FOUNDATION, "O(n) in hosts and attachments", tgw008,
         "hosts in a subnet of an attachment",
         "Subnets of their own, a /28 in each zone, keep routes and ACLs of an attachment apart "
         "from those of hosts.",
         "give the attachment small subnets of its own: `use = attachment`");

static void tgw010(struct had_check *check)
{
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        had_objects hubs = had_query_refs(check, spoke, "hubs");
        for (uint32_t i = 1; i < hubs.count; i++) {
            const struct had_object *one = had_object_region(hubs.items[0]),
                                    *two = had_object_region(hubs.items[i]);
            if (!one || !two || one == two)
                continue;
            struct had_diag *d = had_rule_report(
                check, spoke, had_query_span(spoke, "hubs"),
                "spoke `" HAD_FMT "` is attached to hubs in " HAD_FMT " and " HAD_FMT,
                HAD_ARG(had_query_path(check, spoke)), HAD_ARG(one->name), HAD_ARG(two->name));
            had_diag_label(d, hubs.items[i]->span, "in " HAD_FMT, HAD_ARG(two->name));
            had_diag_help(d, "attach it to the hub of its own Region, and join the hubs: `peer "
                             "NAME between [hub …, hub …]`");
            break;
        }
    }
}

HAD_RULE(TGW010, HAD_PHASE_FOUNDATION, "O(n) in attachments", tgw010,
         "a network attached in another Region",
         "A transit gateway takes networks of its own Region; hubs of two Regions are joined by a "
         "peering.",
         "attach the network to a hub of its Region");

/* A hub has one static route for a range, to one attachment: equal ones of two VPNs share nothing.
 */
static void tgw016(struct had_check *check)
{
    had_each_object(hub, had_spec_kind(check->spec, "hub")) {
        had_ranges ranges = {0};
        if (!had_get_bool(hub, "ecmp"))
            continue;
        had_each_object(link, had_index_users(check, "link", "to", hub))
            if (had_query_is_static(link))
                had_query_ranges(check, link, "learned", &ranges);
        struct had_map told = {0};
        had_overlaps overlaps = had_query_overlaps(check, &ranges);
        had_each(const struct had_overlap, o, &overlaps) {
            const struct had_range *inner = &o->inner.items[0];
            bool swap = inner->object->order < o->outer.object->order;
            const struct had_object *a = swap ? inner->object : o->outer.object,
                                    *b = swap ? o->outer.object : inner->object;
            if (!had_cidr_eq(o->outer.cidr, inner->cidr) ||
                !had_map_put(check->arena, &told, (uintptr_t)b, 1))
                continue;
            struct had_diag *d =
                had_rule_report(check, b, had_query_span(b, "routing"),
                                "links `" HAD_FMT "` and `" HAD_FMT
                                "` cannot share the traffic to " HAD_FMT " with static routes",
                                HAD_ARG(a->label), HAD_ARG(b->label),
                                HAD_ARG(had_cidr_text(check->arena, inner->cidr)));
            had_diag_label(d, had_query_span(a, "routing"), "link `" HAD_FMT "`",
                           HAD_ARG(a->label));
        }
    }
}

HAD_RULE(TGW016, HAD_PHASE_FOUNDATION, "O(n log n) in ranges of links", tgw016,
         "equal VPNs with static routes",
         "Equal VPN routes share the traffic only where BGP announces them: a route domain has one "
         "static route for a range.",
         "use `routing = dynamic`, or state `learned` of each link so that they differ");

/* ---- static routes over propagated ones ---- */

struct learned {
    const struct had_object *segment, *from;
    struct had_range range;
};
typedef had_array(struct learned) all_learned;

static int by_segment(const void *left, const void *right)
{
    const struct learned *x = left, *y = right;
    int order = had_str_cmp(x->segment->address, y->segment->address);
    order = order ? order : had_cidr_cmp(x->range.cidr, y->range.cidr);
    return order ? order : had_str_cmp(x->from->address, y->from->address);
}

static void learn(struct had_check *check, const struct had_object *from, const char *const *names,
                  all_learned *out)
{
    had_objects segments = had_query_refs(check, from, "propagates-to");
    had_ranges ranges = {0};
    for (; *names; names++)
        had_query_ranges(check, from, *names, &ranges);
    had_each(const struct had_object *, segment, &segments)
        had_each(struct had_range, r, &ranges)
            *had_push(check->arena, out) = (struct learned){*segment, from, *r};
}

static void tgw017(struct had_check *check)
{
    static const char *const of_spoke[] = {"cidr", "secondary-cidrs", "ipv6-cidr", NULL};
    static const char *const of_link[] = {"learned", NULL};
    all_learned all = {0};
    had_each_object(spoke, had_spec_kind(check->spec, "spoke"))
        learn(check, spoke, of_spoke, &all);
    had_each_object(link, had_spec_kind(check->spec, "link"))
        if (!had_query_is_static(link))
            learn(check, link, of_link, &all);
    if (!all.count)
        return;
    qsort(all.items, all.count, sizeof *all.items, by_segment);
    had_each_object(route, had_spec_kind(check->spec, "route")) {
        const struct had_object *segment = had_get_object(route, "in"),
                                *to = had_get_object(route, "to");
        if (!segment || !had_is(segment, "segment") || !to || route->subject.tag != HAD_VALUE_CIDR)
            continue;
        struct had_cidr cidr = had_cidr_canonical(route->subject.cidr);
        uint32_t low = 0, high = all.count;
        while (low < high) {
            uint32_t middle = low + (high - low) / 2;
            const struct learned *m = &all.items[middle];
            int order = had_str_cmp(m->segment->address, segment->address);
            if ((order ? order : had_cidr_cmp(m->range.cidr, cidr)) < 0)
                low = middle + 1;
            else
                high = middle;
        }
        const struct learned *first = NULL;
        bool same = false;
        for (; low < all.count && all.items[low].segment == segment &&
               had_cidr_eq(all.items[low].range.cidr, cidr);
             low++) {
            const struct learned *l = &all.items[low];
            first = first ? first : l;
            same |= l->from == to || had_get_object(l->from, "gateway") == to;
        }
        if (!first || same)
            continue;
        struct had_diag *d = had_rule_report(
            check, route, route->span,
            "the route of " HAD_FMT " to `" HAD_FMT "` hides the one that %s `" HAD_FMT
            "` propagates to segment `" HAD_FMT "`",
            HAD_ARG(had_cidr_text(check->arena, cidr)), HAD_ARG(had_query_path(check, to)),
            first->from->kind->name, HAD_ARG(had_query_path(check, first->from)),
            HAD_ARG(segment->label));
        had_diag_label(d, first->range.span, "propagated from here");
        had_diag_help(d,
                      "leave the route out, or take segment `" HAD_FMT "` out of "
                      "`propagates-to` there to say that it is meant",
                      HAD_ARG(segment->label));
    }
}

HAD_RULE(TGW017, HAD_PHASE_FOUNDATION, "O(n log n) in routes and propagated ranges", tgw017,
         "a static route over a propagated one",
         "Of two routes with one range the static one wins, and what is propagated is never used.",
         "keep one of the two");

static bool share_hub(struct had_check *check, const struct had_object *a,
                      const struct had_object *b, const struct had_object **without)
{
    struct had_map hubs = had_query_ref_set(check, a, "hubs");
    had_objects others = had_query_refs(check, b, "hubs");
    bool joined = false;
    had_each(const struct had_object *, hub, &others) {
        if (!had_map_get(&hubs, (uintptr_t)*hub))
            continue;
        joined = true;
        if (!had_get_bool(*hub, "security-group-referencing"))
            *without = *hub;
    }
    return joined;
}

static void tgw022(struct had_check *check)
{
    static const char *const sides[] = {"from", "to"};
    had_each_object(allow, had_spec_kind(check->spec, "allow")) {
        const struct had_object *own = had_query_spoke(allow);
        if (!own || !allow->parent || !had_is(allow->parent, "security-group"))
            continue;
        for (size_t k = 0; k < 2; k++) {
            struct had_value_list list = had_get_list(allow, sides[k]);
            for (uint32_t i = 0; i < list.count; i++) {
                const struct had_value *v = &list.items[i];
                const struct had_object *hub = NULL;
                if (v->tag != HAD_VALUE_REF || !v->object || !had_is(v->object, "security-group") ||
                    !had_query_spoke(v->object) || had_query_spoke(v->object) == own ||
                    !share_hub(check, own, had_query_spoke(v->object), &hub) || !hub)
                    continue;
                struct had_diag *d = had_rule_report(
                    check, allow->parent, had_value_span(v),
                    "hub `" HAD_FMT "` does not know security groups of other networks",
                    HAD_ARG(hub->label));
                had_diag_label(d, v->object->span, "group of spoke `" HAD_FMT "`",
                               HAD_ARG(had_query_path(check, had_query_spoke(v->object))));
                had_diag_help(d, "state `security-group-referencing = true` on the hub, or name "
                                 "the subnets of those hosts");
            }
        }
    }
}

HAD_RULE(TGW022, HAD_PHASE_FOUNDATION, "O(n) in sources of rules", tgw022,
         "a group of another network in a rule",
         "A rule that names a group of another VPC matches nothing unless referencing is on at the "
         "transit gateway between them, which it is not by default.",
         "switch referencing on, or name ranges");

static void tgw025(struct had_check *check)
{
    had_each_object(peer, had_spec_kind(check->spec, "peer")) {
        had_objects ends = had_query_refs(check, peer, "ends");
        if (ends.count != 2 || !had_is(ends.items[0], "spoke") || !had_is(ends.items[1], "spoke"))
            continue;
        struct had_diag *d = had_rule_report(check, peer, peer->span,
                                             "spokes `" HAD_FMT "` and `" HAD_FMT
                                             "` are joined by a peering of their own",
                                             HAD_ARG(had_query_path(check, ends.items[0])),
                                             HAD_ARG(had_query_path(check, ends.items[1])));
        had_diag_help(d, "attach both to the hub, and let their segments reach each other");
    }
}

HAD_RULE(TGW025, HAD_PHASE_FOUNDATION, "O(n) in peerings", tgw025, "networks joined beside the hub",
         "Peerings of VPCs grow with the square of the accounts, lead nowhere further, and pass by "
         "the hub's segments and inspection.",
         "join the networks by the hub");
