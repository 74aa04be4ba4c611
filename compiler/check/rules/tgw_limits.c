/* TGW: limits and ranges of hubs. */
#include "check/rules/rule.h"

#include "schema/facts.h"

static void count_of_hub(struct had_check *check, const struct had_object *hub,
                         const char *resource, const char *one, const char *many, bool fixed,
                         uint64_t count)
{
    struct had_quota_use use = {
        resource, one, many, had_object_account(hub), had_object_region(hub), fixed};
    had_query_quota(check, &use, hub, hub->span,
                    had_str_printf(check->arena, "hub `" HAD_FMT "`", HAD_ARG(hub->label)), count);
}

struct hub_counts {
    uint64_t tables, attachments, routes, peerings;
};

static void tgw018(struct had_check *check)
{
    const had_objects *hubs = had_spec_kind(check->spec, "hub");
    struct hub_counts *counts = had_new_n(check->arena, struct hub_counts, hubs->count + 1);
    struct had_map at = {0}; /* hub → place in counts */
    had_owned_list places = {0};
    for (uint32_t i = 0; i < hubs->count; i++) {
        counts[i] = (struct hub_counts){0};
        had_map_put(check->arena, &at, (uintptr_t)hubs->items[i], i);
        *had_push(check->arena, &places) = (struct had_owned){
            had_object_account(hubs->items[i]), had_object_region(hubs->items[i]), hubs->items[i]};
    }
    had_query_sort_owned(&places);
    for (uint32_t i = 0, end; i < places.count; i = end) {
        end = had_query_run(&places, i);
        const struct had_object *account = places.items[i].a, *region = places.items[i].b;
        if (!account || !region)
            continue;
        struct had_quota_use use = {"transit gateways", "hub", "hubs", account, region, false};
        had_query_quota(check, &use, places.items[end - 1].object,
                        places.items[end - 1].object->span,
                        had_str_printf(check->arena, "account `" HAD_FMT "` in " HAD_FMT,
                                       HAD_ARG(account->label), HAD_ARG(region->name)),
                        end - i);
    }
    had_each_object(segment, had_spec_kind(check->spec, "segment")) {
        const uint64_t *hub = had_map_get(&at, (uintptr_t)segment->parent);
        if (hub)
            counts[*hub].tables++;
    }
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        had_objects on = had_query_refs(check, spoke, "hubs");
        struct had_quota_use use = {
            "transit gateways of a vpc", "hub", "hubs", had_object_account(spoke),
            had_object_region(spoke),    true};
        had_query_quota(check, &use, spoke, had_query_span(spoke, "hubs"),
                        had_str_printf(check->arena, "spoke `" HAD_FMT "`",
                                       HAD_ARG(had_query_path(check, spoke))),
                        on.count);
        had_each(const struct had_object *, h, &on) {
            const uint64_t *hub = had_map_get(&at, (uintptr_t)*h);
            if (hub)
                counts[*hub].attachments++;
        }
    }
    had_owned_list gateways = {0}; /* links of one gateway share the attachment to a hub */
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        had_objects to = had_query_refs(check, link, "to");
        bool fixed = had_query_is_static(link);
        had_each(const struct had_object *, h, &to) {
            const uint64_t *hub = had_map_get(&at, (uintptr_t)*h);
            if (!hub)
                continue;
            if (had_get_object(link, "gateway"))
                *had_push(check->arena, &gateways) =
                    (struct had_owned){*h, had_get_object(link, "gateway"), link};
            else
                counts[*hub].attachments++;
            counts[*hub].routes += fixed ? had_get_list(link, "learned").count : 0;
        }
    }
    had_query_sort_owned(&gateways);
    for (uint32_t i = 0; i < gateways.count; i = had_query_run(&gateways, i))
        counts[*had_map_get(&at, (uintptr_t)gateways.items[i].a)].attachments++;
    had_each_object(peer, had_spec_kind(check->spec, "peer")) {
        had_objects ends = had_query_refs(check, peer, "ends");
        had_each(const struct had_object *, h, &ends) {
            const uint64_t *hub = had_map_get(&at, (uintptr_t)*h);
            if (!hub)
                continue;
            counts[*hub].attachments++;
            counts[*hub].peerings++;
        }
    }
    static const char *const kinds[][2] = {{"route", "in"}, {"blackhole", "segment"}};
    for (size_t k = 0; k < 2; k++)
        had_each_object(route, had_spec_kind(check->spec, kinds[k][0])) {
            const struct had_object *in = had_get_object(route, kinds[k][1]);
            const uint64_t *hub = in ? had_map_get(&at, (uintptr_t)in->parent) : NULL;
            if (hub)
                counts[*hub].routes++;
        }
    for (uint32_t i = 0; i < hubs->count; i++) {
        const struct had_object *hub = hubs->items[i];
        count_of_hub(check, hub, "transit gateway route tables", "segment", "segments", false,
                     counts[i].tables);
        count_of_hub(check, hub, "transit gateway attachments", "attachment", "attachments", true,
                     counts[i].attachments);
        count_of_hub(check, hub, "transit gateway static routes", "static route", "static routes",
                     false, counts[i].routes);
        count_of_hub(check, hub, "transit gateway peerings", "peering", "peerings", false,
                     counts[i].peerings);
    }
}

HAD_RULE_QUOTA(TGW018, HAD_PHASE_FOUNDATION, "O(n log n) in hubs and attachments", tgw018,
               "a quota of transit gateways",
               "AWS admits five transit gateways in an account and Region, and of each 20 route "
               "tables, 5,000 attachments, 50 peerings and 10,000 static routes.",
               "have the quota raised and state it with `quota`, or use fewer");

static void tgw019(struct had_check *check)
{
    const int64_t longest = had_fact_limit("transit gateway cidr block longest prefix"),
                  longest_ipv6 = had_fact_limit("transit gateway cidr block longest ipv6 prefix");
    const struct had_range_index *local = had_index_facts(check, "link-local ranges");
    had_ranges all = {0};
    static const char *const kinds[][3] = {{"spoke", "cidr", "secondary-cidrs"},
                                           {"site", "ranges", NULL}};
    had_each_object(hub, had_spec_kind(check->spec, "hub")) {
        had_ranges own = {0};
        had_query_ranges(check, hub, "cidr-blocks", &own);
        had_each(struct had_range, r, &own) {
            bool small = r->cidr.length > (r->cidr.base.family == 4 ? longest : longest_ipv6);
            bool reserved = had_range_overlap(local, r->cidr) != NULL;
            if (small || reserved)
                had_rule_report(check, hub, r->span,
                                small ? "the block " HAD_FMT
                                        " of a hub is too small: it has a /24 or more, /64 of IPv6"
                                      : "the block " HAD_FMT " of a hub is of link-local addresses",
                                HAD_ARG(had_cidr_text(check->arena, r->cidr)));
            else
                *had_push(check->arena, &all) = *r;
        }
    }
    if (!all.count)
        return;
    for (size_t k = 0; k < 2; k++)
        had_each_object(object, had_spec_kind(check->spec, kinds[k][0]))
            for (size_t n = 1; n < 3 && kinds[k][n]; n++)
                had_query_ranges(check, object, kinds[k][n], &all);
    had_overlaps overlaps = had_query_overlaps(check, &all);
    had_each(const struct had_overlap, o, &overlaps)
        had_each(const struct had_range, inner, &o->inner) {
            bool outer = had_is(o->outer.object, "hub");
            const struct had_range *block = outer ? &o->outer : inner;
            const struct had_range *other = outer ? inner : &o->outer;
            if (!had_is(block->object, "hub"))
                continue;
            struct had_diag *d = had_rule_report(
                check, block->object, block->span,
                "the block " HAD_FMT " of hub `" HAD_FMT "` overlaps %s `" HAD_FMT "`",
                HAD_ARG(had_cidr_text(check->arena, block->cidr)), HAD_ARG(block->object->label),
                other->object->kind->name, HAD_ARG(had_query_path(check, other->object)));
            had_diag_label(d, other->span, HAD_FMT,
                           HAD_ARG(had_cidr_text(check->arena, other->cidr)));
        }
}

HAD_RULE(TGW019, HAD_PHASE_FOUNDATION, "O(n log n) in ranges of hubs, spokes and sites", tgw019,
         "the CIDR blocks of a hub",
         "A block of a transit gateway is a /24 or more (/64 of IPv6), not link-local, and shares "
         "no address with a network that it joins.",
         "choose another block");

static void tgw021(struct had_check *check)
{
    had_owned_list hubs = {0};
    had_each_object(hub, had_spec_kind(check->spec, "hub"))
        if (had_object_region(hub))
            *had_push(check->arena, &hubs) = (struct had_owned){had_object_region(hub), NULL, hub};
    had_query_sort_owned(&hubs);
    for (uint32_t i = 0, end; i < hubs.count; i = end) {
        end = had_query_run(&hubs, i);
        const struct had_object *first = hubs.items[i].object, *last = first;
        for (uint32_t n = i; n < end; n++) {
            first = hubs.items[n].object->order < first->order ? hubs.items[n].object : first;
            last = hubs.items[n].object->order > last->order ? hubs.items[n].object : last;
        }
        if (end - i < 2)
            continue;
        struct had_diag *d =
            had_rule_report(check, last, last->span, HAD_FMT " has %u hubs; one is enough",
                            HAD_ARG(hubs.items[i].a->name), (unsigned)(end - i));
        had_diag_label(d, first->span, "hub `" HAD_FMT "`", HAD_ARG(first->label));
    }
}

HAD_RULE(TGW021, HAD_PHASE_FOUNDATION, "O(n log n) in hubs", tgw021, "several hubs in one Region",
         "A transit gateway is redundant over all zones by itself; a second one in the Region adds "
         "routes to keep, and no availability.",
         "use segments of one hub to keep networks apart");
