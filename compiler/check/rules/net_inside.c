/* NET: what a network needs inside: ranges, names, ways out. */
#include "check/rules/rule.h"

/* The block of RFC 1918 that holds a range, or NULL. */
static const struct had_range *family_of(const struct had_range_index *families,
                                         struct had_cidr cidr)
{
    return had_range_holder(families, cidr);
}

static void net011(struct had_check *check)
{
    const struct had_range_index *families = had_index_facts(check, "private ranges"),
                                 *never =
                                     had_index_facts(check, "ranges never beside private ones");
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        const struct had_value *primary = had_get(spoke, "cidr");
        had_ranges further = {0};
        had_query_ranges(check, spoke, "secondary-cidrs", &further);
        if (primary->tag != HAD_VALUE_CIDR)
            continue;
        const struct had_range *first = family_of(families, primary->cidr);
        had_each(struct had_range, r, &further) {
            const struct had_range *other = family_of(families, r->cidr);
            bool mixed = (first && other && first != other) ||
                         (first && had_range_overlap(never, r->cidr)) ||
                         (other && had_range_overlap(never, primary->cidr));
            if (!mixed)
                continue;
            struct had_diag *d =
                had_rule_report(check, spoke, r->span,
                                "spoke `" HAD_FMT "` cannot add " HAD_FMT " to its primary range",
                                HAD_ARG(had_query_path(check, spoke)),
                                HAD_ARG(had_cidr_text(check->arena, r->cidr)));
            had_diag_label(d, had_value_span(primary), "the primary range");
            if (first)
                had_diag_help(d, "choose a range of " HAD_FMT ", or of 100.64.0.0/10",
                              HAD_ARG(had_cidr_text(check->arena, first->cidr)));
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
    struct had_map private = {0}; /* spoke → what works by private names in it */
    had_each_object(endpoint, had_spec_kind(check->spec, "endpoint"))
        if (endpoint->parent && had_str_is(had_get_text(endpoint, "type"), "interface") &&
            !had_map_get(&private, (uintptr_t)endpoint->parent))
            had_map_put(check->arena, &private, (uintptr_t)endpoint->parent, (uintptr_t)endpoint);
    had_each_object(zone, had_spec_kind(check->spec, "hosted-zone")) {
        had_objects users = had_query_refs(check, zone, "used-by");
        had_each(const struct had_object *, spoke, &users)
            if (!had_map_get(&private, (uintptr_t)*spoke))
                had_map_put(check->arena, &private, (uintptr_t)*spoke, (uintptr_t)zone);
    }
    had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
        if (had_query_broken(spoke, "dns-hostnames") || had_get_bool(spoke, "dns-hostnames"))
            continue;
        const uint64_t *at = had_map_get(&private, (uintptr_t)spoke);
        const struct had_object *found = at ? (const struct had_object *)(uintptr_t)*at : NULL;
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

HAD_RULE(NET020, HAD_PHASE_FOUNDATION, "O(n) in spokes, endpoints and users of zones", net020,
         "private names without DNS host names",
         "Private hosted zones and the private names of interface endpoints work only where both "
         "DNS settings of the VPC "
         "are on.",
         "leave `dns-hostnames` at its default");

/* Where a route to the internet stands. */
static const struct had_object *place_of_way_out(const struct had_object *route)
{
    return had_str_is(had_get_text(route, "to"), "internet") ? route->parent : NULL;
}

static const struct had_object *way_out(struct had_check *check, const struct had_object *place)
{
    return had_objects_first(had_index_by(check, "route", place_of_way_out, place));
}

static void net023(struct had_check *check)
{
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        const struct had_object *subnet = had_get_object(controller, "subnet");
        const struct had_object *route = way_out(check, subnet);
        if (!route && subnet)
            route = way_out(check, subnet->parent);
        if (!route)
            continue;
        struct had_diag *d = had_rule_report(
            check, controller, had_query_span(controller, "subnet"),
            "controller `" HAD_FMT "` stands in a subnet with a route to the internet",
            HAD_ARG(controller->label));
        had_diag_label(d, route->span, "the route");
    }
}

HAD_RULE(NET023, HAD_PHASE_EXTENDED, "O(n) in controllers and routes", net023,
         "a domain controller with a way to the internet",
         "Domain controllers stand in private subnets: nothing on the internet has to reach them, "
         "nor they it.",
         "put the controller into a subnet without that route");
