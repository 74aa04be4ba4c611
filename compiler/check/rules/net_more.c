/* NET, TGW and SITE: families of ranges, ways to the internet, zones of attachments, site topology.
 */
#include "check/rules/rule.h"

#include <stdlib.h>

/* ---- families ---- */

static const char *family_of(struct had_cidr cidr)
{
    static const struct {
        struct had_cidr range;
        const char *name;
    } families[] = {{{{4, {10}}, 8}, "10.0.0.0/8"},
                    {{{4, {172, 16}}, 12}, "172.16.0.0/12"},
                    {{{4, {192, 168}}, 16}, "192.168.0.0/16"}};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (had_cidr_contains(families[i].range, cidr))
            return families[i].name;
    return NULL;
}

static void net011(struct had_check *check)
{
    const struct had_cidr managed = {{4, {198, 19}}, 16};
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        const struct had_value *primary = had_get(spoke, "cidr");
        had_ranges further = {0};
        had_query_ranges(check, spoke, "secondary-cidrs", &further);
        if (primary->tag != HAD_VALUE_CIDR)
            continue;
        const char *first = family_of(primary->cidr);
        had_each(struct had_range, r, &further) {
            const char *other = family_of(r->cidr);
            bool mixed = (first && other && first != other) ||
                         (first && had_cidr_overlaps(managed, r->cidr)) ||
                         (other && had_cidr_overlaps(managed, primary->cidr));
            if (!mixed)
                continue;
            struct had_diag *d =
                had_rule_report(check, spoke, r->span,
                                "spoke `" HAD_FMT "` cannot add " HAD_FMT " to its primary range",
                                HAD_ARG(had_query_path(check, spoke)),
                                HAD_ARG(had_cidr_text(check->arena, r->cidr)));
            had_diag_label(d, had_value_span(primary), "the primary range");
            if (first)
                had_diag_help(d, "choose a range of %s, or of 100.64.0.0/10", first);
        }
    }
}

HAD_RULE(NET011, HAD_PHASE_FOUNDATION, "O(n) in ranges", net011,
         "private ranges of two families in one network",
         "A VPC whose primary range is of one block of RFC 1918 takes further ranges of that block "
         "only, and none of "
         "198.19.0.0/16.",
         "choose a range of the same block");

static void net020(struct had_check *check)
{
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        if (had_query_broken(spoke, "dns-hostnames") || had_get_bool(spoke, "dns-hostnames"))
            continue;
        const struct had_object *found = NULL;
        had_each_object(endpoint, had_spec_kind(check->spec, "endpoint"))
            if (!found && endpoint->parent == spoke &&
                had_str_is(had_get_text(endpoint, "type"), "interface"))
                found = endpoint;
        had_each_object(zone, had_spec_kind(check->spec, "hosted-zone")) {
            struct had_map users = had_query_ref_set(check, zone, "used-by");
            if (!found && had_map_get(&users, (uintptr_t)spoke))
                found = zone;
        }
        if (!found)
            continue;
        struct had_diag *d =
            had_rule_report(check, spoke, had_query_span(spoke, "dns-hostnames"),
                            "spoke `" HAD_FMT "` has no DNS host names, which its %s needs",
                            HAD_ARG(had_query_path(check, spoke)),
                            had_is(found, "endpoint") ? "endpoint" : "hosted zone");
        had_diag_label(d, found->span, "works by private names");
    }
}

HAD_RULE(NET020, HAD_PHASE_FOUNDATION, "O(n · m) in spokes, endpoints and zones", net020,
         "private names without DNS host names",
         "Private hosted zones and the private names of interface endpoints work only where both "
         "DNS settings of the VPC "
         "are on.",
         "leave `dns-hostnames` at its default");

static const struct had_object *way_out(const struct had_object *place)
{
    had_each(const struct had_object *const, child, &place->children)
        if (had_is(*child, "route") && had_str_is(had_get_text(*child, "to"), "internet"))
            return *child;
    return NULL;
}

static void net023(struct had_check *check)
{
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        const struct had_object *subnet = had_get_object(controller, "subnet");
        const struct had_object *route = subnet ? way_out(subnet) : NULL;
        if (!route && subnet && subnet->parent)
            route = way_out(subnet->parent);
        if (!route)
            continue;
        struct had_diag *d = had_rule_report(
            check, controller, had_query_span(controller, "subnet"),
            "controller `" HAD_FMT "` stands in a subnet with a route to the internet",
            HAD_ARG(controller->label));
        had_diag_label(d, route->span, "the route");
    }
}

HAD_RULE(NET023, HAD_PHASE_EXTENDED, "O(n) in controllers", net023,
         "a domain controller with a way to the internet",
         "Domain controllers stand in private subnets: nothing on the internet has to reach them, "
         "nor they it.",
         "put the controller into a subnet without that route");

static void tgw006(struct had_check *check)
{
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        had_objects subnets = had_query_refs(check, spoke, "attachment-subnets"),
                    hubs = had_query_refs(check, spoke, "hubs");
        had_str role = had_get_text(spoke, "role");
        if (!subnets.count || !hubs.count || had_str_is(role, "endpoint") ||
            had_str_is(role, "shared-services"))
            continue; /* of these, NET016 and NET017 speak, or what stands in them */
        bool several = false;
        had_each(const struct had_object *, s, &subnets)
            several |= !had_query_zone(*s).len ||
                       !had_str_eq(had_query_zone(*s), had_query_zone(subnets.items[0]));
        if (several)
            continue;
        struct had_diag *d = had_rule_report(
            check, spoke,
            had_query_stated(spoke, "attachment-subnets")
                ? had_query_span(spoke, "attachment-subnets")
                : spoke->span,
            "spoke `" HAD_FMT "` is attached to hub `" HAD_FMT "` in zone " HAD_FMT " alone",
            HAD_ARG(had_query_path(check, spoke)), HAD_ARG(hubs.items[0]->label),
            HAD_ARG(had_query_zone(subnets.items[0])));
        had_diag_label(d, subnets.items[0]->span, "the only subnet of the attachment");
    }
}

HAD_RULE(TGW006, HAD_PHASE_FOUNDATION, "O(n) in spokes", tgw006, "an attachment in one zone",
         "Losing the zone of its only attachment subnet cuts a network off from the hub, whichever "
         "zones its hosts are in.",
         "give the spoke a subnet in another zone");

/* ---- sites ---- */

static int by_prefix(const void *a, const void *b)
{
    const struct had_range *x = a, *y = b;
    int order = had_cidr_cmp(x->cidr, y->cidr);
    return order ? order
                 : (x->object->order > y->object->order) - (x->object->order < y->object->order);
}

static void site006(struct had_check *check)
{
    had_ranges all = {0};
    had_each_object(site, had_spec_kind(check->spec, "site"))
        had_query_ranges(check, site, "ranges", &all);
    if (all.count)
        qsort(all.items, all.count, sizeof *all.items, by_prefix);
    for (uint32_t i = 1; i < all.count; i++) {
        struct had_range *a = &all.items[i - 1], *b = &all.items[i];
        if (a->object == b->object || !had_cidr_eq(a->cidr, b->cidr))
            continue;
        struct had_diag *d = had_rule_report(
            check, b->object, b->span, "sites `" HAD_FMT "` and `" HAD_FMT "` both have " HAD_FMT,
            HAD_ARG(a->object->label), HAD_ARG(b->object->label),
            HAD_ARG(had_cidr_text(check->arena, b->cidr)));
        had_diag_label(d, a->span, "site `" HAD_FMT "`", HAD_ARG(a->object->label));
    }
}

HAD_RULE(SITE006, HAD_PHASE_FOUNDATION, "O(n log n) in ranges of sites", site006,
         "one range in two sites", "A subnet object of Active Directory belongs to one site.",
         "leave the range to the site that it belongs to");

static uint64_t root_of(const struct had_map *groups, uint64_t node)
{
    for (const uint64_t *up = had_map_get(groups, node); up && *up != node;
         up = had_map_get(groups, node))
        node = *up;
    return node;
}

static void join(struct had_check *check, struct had_map *groups, const struct had_object *a,
                 const struct had_object *b)
{
    const struct had_object *both[2] = {a, b};
    for (int i = 0; i < 2; i++)
        if (!had_map_get(groups, (uintptr_t)both[i]))
            had_map_put(check->arena, groups, (uintptr_t)both[i], (uintptr_t)both[i]);
    uint64_t x = root_of(groups, (uintptr_t)a), y = root_of(groups, (uintptr_t)b);
    if (x != y)
        had_map_put(check->arena, groups, y, x);
}

static bool is_linked(struct had_check *check, const had_objects *sites)
{
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        struct had_map from = had_query_ref_set(check, link, "from");
        had_each(const struct had_object *const, site, sites)
            if (had_map_get(&from, (uintptr_t)*site))
                return true;
    }
    return false;
}

/*
 * Regions with controllers of a forest are joined to its sites. Links among the sites of an
 * existing forest are there already; a forest that nothing connects to AWS is told by HYB001.
 */
static void site008(struct had_check *check)
{
    had_each_object(forest, had_spec_kind(check->spec, "forest")) {
        had_objects sites = had_query_refs(check, forest, "sites"), regions = {0};
        struct had_map groups = {0}, known = {0};
        if (!sites.count || !is_linked(check, &sites))
            continue;
        for (uint32_t i = 0; i < sites.count; i++)
            join(check, &groups, sites.items[0],
                 forest->existing ? sites.items[i] : sites.items[0]);
        had_each_object(controller, had_spec_kind(check->spec, "controller")) {
            const struct had_object *region = had_object_region(controller);
            const struct had_object *domain = had_query_domain(controller);
            if (region && domain && had_query_forest(domain) == forest &&
                had_map_put(check->arena, &known, (uintptr_t)region, 1))
                *had_push(check->arena, &regions) = region;
        }
        had_each_object(link, had_spec_kind(check->spec, "site-link")) {
            struct had_map of = had_query_ref_set(check, link, "forests");
            had_objects ends = had_query_refs(check, link, "ends");
            for (uint32_t i = 1;
                 i < ends.count && (!of.count || had_map_get(&of, (uintptr_t)forest)); i++)
                join(check, &groups, ends.items[0], ends.items[i]);
        }
        had_each(const struct had_object *, region, &regions) {
            if (root_of(&groups, (uintptr_t)*region) == root_of(&groups, (uintptr_t)sites.items[0]))
                continue;
            struct had_diag *d = had_rule_report(check, *region, (*region)->span,
                                                 "no site link joins region " HAD_FMT
                                                 " to the sites of forest `" HAD_FMT "`",
                                                 HAD_ARG((*region)->label), HAD_ARG(forest->label));
            had_diag_label(d, had_query_span(forest, "sites"), "sites of the forest");
            had_diag_help(d, "add `site-link NAME between [site " HAD_FMT ", region " HAD_FMT "]`",
                          HAD_ARG(sites.items[0]->label), HAD_ARG((*region)->label));
        }
    }
}

HAD_RULE(SITE008, HAD_PHASE_EXTENDED, "O(n · m) in forests and site links", site008,
         "a site without link",
         "Controllers of different sites replicate over site links: every site is in one, and "
         "together they join all.",
         "add a site link, or leave all of them out to have them derived");
