/* DC: self-managed domain controllers on EC2. */
#include "check/rules/rule.h"

/* Controllers of one forest or domain in one Region. */
struct place {
    const struct had_object *domain;
    had_str region;
    had_objects controllers;
};
typedef had_array(struct place) places;

static places controller_places(struct had_check *check)
{
    places out = {0};
    struct had_map known = {0}; /* domain and Region → place in the list */
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        const struct had_object *domain = had_query_domain(controller);
        const struct had_object *region = had_object_region(controller);
        if (!domain || !region)
            continue;
        uint64_t key = had_index_pair(check, domain, region);
        if (!had_map_get(&known, key)) {
            had_map_put(check->arena, &known, key, out.count);
            *had_push(check->arena, &out) = (struct place){domain, region->name, {0}};
        }
        *had_push(check->arena, &out.items[*had_map_get(&known, key)].controllers) = controller;
    }
    return out;
}

/* A subnet of the same spoke in another zone, for the help. */
static const struct had_object *other_zone(struct had_check *check,
                                           const struct had_object *controller)
{
    const struct had_object *subnet = had_get_object(controller, "subnet");
    if (!subnet)
        return NULL;
    const struct had_object *best = NULL;
    had_each_object(other, had_index_users(check, "subnet", "parent", subnet->parent)) {
        if (had_str_eq(had_query_zone(other), had_query_zone(subnet)) ||
            had_str_is(had_get_text(other, "use"), "attachment"))
            continue;
        bool alike = had_str_eq(had_get_text(other, "use"), had_get_text(subnet, "use"));
        if (!best || (alike && !had_str_eq(had_get_text(best, "use"), had_get_text(subnet, "use"))))
            best = other;
    }
    return best;
}

static void dc001(struct had_check *check)
{
    places all = controller_places(check);
    had_each(struct place, p, &all) {
        if (p->controllers.count != 1)
            continue;
        const struct had_object *only = p->controllers.items[0];
        struct had_diag *d = had_rule_report(
            check, only, only->span, "%s `" HAD_FMT "` has one domain controller in " HAD_FMT,
            p->domain->kind->name, HAD_ARG(p->domain->label), HAD_ARG(p->region));
        had_diag_label(d, only->span, "the only one");
        had_diag_note(
            d, "while it is down or restarts, nobody of %s `" HAD_FMT "` signs in within " HAD_FMT,
            p->domain->kind->name, HAD_ARG(p->domain->label), HAD_ARG(p->region));
        const struct had_object *subnet = other_zone(check, only);
        if (subnet)
            had_diag_help(
                d, "add a second controller in subnet `" HAD_FMT "`, which is in zone " HAD_FMT,
                HAD_ARG(had_query_path(check, subnet)), HAD_ARG(had_query_zone(subnet)));
    }
}

HAD_RULE_ENFORCED(
    DC001, HAD_PHASE_EXTENDED, "O(n) in controllers and subnets", dc001,
    "fewer than two domain controllers",
    "A domain that is extended to AWS needs two controllers in the Region or more, so that sign-in "
    "goes on while one of them restarts, is replaced or fails.",
    "add a second controller in another zone");

static void dc002(struct had_check *check)
{
    places all = controller_places(check);
    had_each(struct place, p, &all) {
        const struct had_object *first = p->controllers.items[0];
        const struct had_object *at = had_get_object(first, "subnet");
        if (p->controllers.count < 2 || !at)
            continue;
        had_str zone = had_query_zone(at);
        bool one_zone = zone.len > 0;
        for (uint32_t i = 1; i < p->controllers.count; i++) {
            const struct had_object *subnet = had_get_object(p->controllers.items[i], "subnet");
            one_zone &= subnet && had_str_eq(had_query_zone(subnet), zone);
        }
        if (!one_zone)
            continue;
        const struct had_object *last = first;
        for (uint32_t i = 1; i < p->controllers.count; i++)
            if (p->controllers.items[i]->order > last->order)
                last = p->controllers.items[i];
        struct had_diag *d = had_rule_report(
            check, last, had_query_span(last, "subnet"),
            "the domain controllers of %s `" HAD_FMT "` in " HAD_FMT " share zone " HAD_FMT,
            p->domain->kind->name, HAD_ARG(p->domain->label), HAD_ARG(p->region), HAD_ARG(zone));
        for (uint32_t i = 0; i < p->controllers.count; i++)
            if (p->controllers.items[i] != last)
                had_diag_label(d, had_query_span(p->controllers.items[i], "subnet"),
                               "also zone " HAD_FMT, HAD_ARG(zone));
        had_diag_label(d, had_query_span(last, "subnet"), "zone " HAD_FMT, HAD_ARG(zone));
        had_diag_note(d,
                      "losing zone " HAD_FMT " would stop sign-in for every user of %s " HAD_FMT
                      " in " HAD_FMT,
                      HAD_ARG(zone), p->domain->kind->name, HAD_ARG(p->domain->label),
                      HAD_ARG(p->region));
        const struct had_object *subnet = other_zone(check, last);
        if (subnet)
            had_diag_help(d, "put one controller in `" HAD_FMT "`",
                          HAD_ARG(had_query_path(check, subnet)));
    }
}

HAD_RULE_ENFORCED(DC002, HAD_PHASE_EXTENDED, "O(n) in controllers and subnets", dc002,
                  "domain controllers share one zone",
                  "Controllers of one domain in one Region stand in different Availability Zones, "
                  "so that losing a "
                  "zone does not stop sign-in.",
                  "put one of the controllers into a subnet of another zone");

static void dc003(struct had_check *check)
{
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        const struct had_object *subnet = had_get_object(controller, "subnet");
        const struct had_object *spoke = subnet ? had_query_spoke(subnet) : NULL;
        if (!spoke || had_query_broken(spoke, "role") ||
            had_str_is(had_get_text(spoke, "role"), "shared-services"))
            continue;
        struct had_diag *d =
            had_rule_report(check, controller, had_query_span(controller, "subnet"),
                            "controller `" HAD_FMT "` stands in spoke `" HAD_FMT
                            "`, which is no shared-services network",
                            HAD_ARG(controller->label), HAD_ARG(had_query_path(check, spoke)));
        had_diag_label(d, had_query_span(spoke, "role"), "role " HAD_FMT,
                       HAD_ARG(had_get_text(spoke, "role")));
    }
}

HAD_RULE(DC003, HAD_PHASE_EXTENDED, "O(n) in controllers", dc003,
         "a domain controller outside the shared-services network",
         "Domain controllers serve every account: they belong into the network of the "
         "shared-services account, where "
         "few people have access and routes and groups are made for them.",
         "move the controller to a subnet of the shared-services spoke, or state `role = "
         "shared-services` there");

/* Where a default route stands that leads straight to the internet. */
static const struct had_object *place_of_way_out(const struct had_object *route)
{
    const struct had_object *to = had_get_object(route, "to");
    bool out = to ? had_is(to, "nat") : had_get_text(route, "to").len > 0;
    return out && route->subject.tag == HAD_VALUE_CIDR && route->subject.cidr.length == 0
               ? route->parent
               : NULL;
}

/* Such a route of a subnet or its network, or NULL. */
static const struct had_object *internet_route(struct had_check *check,
                                               const struct had_object *subnet)
{
    const struct had_object *const above[] = {subnet, had_query_spoke(subnet)};
    const struct had_object *route = NULL;
    for (size_t k = 0; k < 2 && !route; k++)
        route = had_objects_first(had_index_by(check, "route", place_of_way_out, above[k]));
    return route;
}

static void dc005(struct had_check *check)
{
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        const struct had_object *subnet = had_get_object(controller, "subnet"), *route;
        struct had_diag *d;
        if (!subnet)
            continue;
        if (had_get_bool(subnet, "public-ip")) {
            d = had_rule_report(check, controller, had_query_span(controller, "subnet"),
                                "controller `" HAD_FMT "` would get a public address",
                                HAD_ARG(controller->label));
            had_diag_label(d, had_query_span(subnet, "public-ip"), "hosts here get one");
        } else if ((route = internet_route(check, subnet)) != NULL) {
            d = had_rule_report(check, controller, had_query_span(controller, "subnet"),
                                "controller `" HAD_FMT "` has a way to the internet",
                                HAD_ARG(controller->label));
            had_diag_label(d, route->span, "the route");
            had_diag_help(d, "leave the route out; endpoints lead to the services that it needs");
        }
    }
}

HAD_RULE(DC005, HAD_PHASE_EXTENDED, "O(n) in controllers and routes", dc005,
         "a domain controller that the internet reaches, or that reaches it",
         "A domain controller holds the secrets of every account of its domain; nothing outside "
         "the private network has to reach it, and it has nothing to look for outside.",
         "put the controller into a subnet without `public-ip`");

static void dc011(struct had_check *check)
{
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        if (had_query_broken(controller, "dns-server") || had_get_bool(controller, "dns-server"))
            continue;
        had_rule_report(check, controller, had_query_span(controller, "dns-server"),
                        "controller `" HAD_FMT "` does not answer DNS", HAD_ARG(controller->label));
    }
}

HAD_RULE(DC011, HAD_PHASE_EXTENDED, "O(n) in controllers", dc011, "a domain controller without DNS",
         "Forwarding rules for a domain point to its controllers in AWS: each of them runs DNS "
         "with the zones of the "
         "directory.",
         "leave `dns-server` at its default");

static void dc012(struct had_check *check)
{
    had_each_object(controller, had_spec_kind(check->spec, "controller")) {
        if (had_query_broken(controller, "global-catalog") ||
            had_get_bool(controller, "global-catalog"))
            continue;
        had_rule_report(check, controller, had_query_span(controller, "global-catalog"),
                        "controller `" HAD_FMT "` holds no global catalog",
                        HAD_ARG(controller->label));
    }
}

HAD_RULE(DC012, HAD_PHASE_EXTENDED, "O(n) in controllers", dc012,
         "a domain controller without global catalog",
         "Sign-in asks a global catalog for universal groups; a controller without one sends that "
         "question to another "
         "site.",
         "leave `global-catalog` at its default");
