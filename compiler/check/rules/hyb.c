/* HYB: between the sites and AWS. */
#include "check/rules/rule.h"

/* Links from a site, or that learn its ranges by way of an appliance. */
static had_objects links_of(struct had_check *check, const struct had_object *site)
{
    had_objects out = {0};
    had_ranges own = {0};
    had_query_ranges(check, site, "ranges", &own);
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        bool joined = false;
        had_objects from = had_query_refs(check, link, "from");
        had_each(const struct had_object *, end, &from)
            joined |= *end == site;
        had_ranges learned = {0};
        if (had_query_stated(link, "learned"))
            had_query_ranges(check, link, "learned", &learned);
        had_each(struct had_range, l, &learned)
            had_each(struct had_range, r, &own)
                joined |= had_cidr_contains(l->cidr, r->cidr);
        if (joined)
            *had_push(check->arena, &out) = link;
    }
    return out;
}

static void hyb001(struct had_check *check)
{
    had_each_object(forest, had_spec_kind(check->spec, "forest")) {
        had_objects sites = had_query_refs(check, forest, "sites");
        bool joined = sites.count == 0 || had_query_broken(forest, "sites");
        had_each(const struct had_object *, site, &sites)
            joined |= links_of(check, *site).count > 0;
        if (joined)
            continue;
        struct had_diag *d = had_rule_report(
            check, forest, had_query_span(forest, "sites"),
            "nothing joins the sites of forest `" HAD_FMT "` to AWS", HAD_ARG(forest->label));
        had_diag_label(d, sites.items[0]->span, "no link from here");
        const had_objects *hubs = had_spec_kind(check->spec, "hub");
        had_diag_help(d,
                      "add `link NAME via direct-connect from site " HAD_FMT " to hub " HAD_FMT "`",
                      HAD_ARG(sites.items[0]->label),
                      HAD_ARG(hubs->count ? hubs->items[0]->label : HAD_STR("NAME")));
    }
}

HAD_RULE(HYB001, HAD_PHASE_FOUNDATION, "O(n · m) in sites and links", hyb001,
         "a forest without a way to AWS",
         "Controllers in AWS replicate with those on-premises, and a trust needs both sides: a "
         "Direct Connect or a VPN "
         "joins the forest's sites to the hub.",
         "add a link from a site of the forest");

static void hyb002(struct had_check *check)
{
    had_each_object(site, had_spec_kind(check->spec, "site")) {
        had_objects links = links_of(check, site);
        if (links.count != 1)
            continue;
        const struct had_object *only = links.items[0];
        struct had_diag *d = had_rule_report(
            check, only, only->span, "site `" HAD_FMT "` has one way to AWS", HAD_ARG(site->label));
        had_diag_label(d, only->span, "the only link");
        if (had_query_is_via(only, "direct-connect")) {
            had_diag_help(d, "add a second Direct Connect at another location, or a VPN beside it");
        } else {
            had_diag_severity(d, HAD_INFO);
            had_diag_note(d, "a VPN alone may do for less critical use: its two tunnels end at one "
                             "device on-premises");
            had_diag_help(d, "add a VPN from another device, or a Direct Connect");
        }
    }
}

HAD_RULE(HYB002, HAD_PHASE_FOUNDATION, "O(n · m) in sites and links", hyb002,
         "one way between a site and AWS",
         "Sign-in, names and replication between a site and AWS end with the only connection.",
         "add a second, independent connection");

static void hyb003(struct had_check *check)
{
    had_each_object(site, had_spec_kind(check->spec, "site")) {
        had_objects links = links_of(check, site);
        had_str location = {0};
        uint32_t direct = 0;
        bool apart = false;
        had_each(const struct had_object *, link, &links) {
            had_str here = had_get_text(*link, "location");
            if (!had_query_is_via(*link, "direct-connect") || !here.len ||
                (direct && !had_str_eq_nocase(here, location)))
                apart = true; /* another way, or one that the spec does not place */
            location = here;
            direct += had_query_is_via(*link, "direct-connect");
        }
        if (direct < 2 || apart)
            continue;
        const struct had_object *last = links.items[0];
        had_each(const struct had_object *, link, &links)
            if ((*link)->order > last->order)
                last = *link;
        struct had_diag *d =
            had_rule_report(check, last, had_query_span(last, "location"),
                            "the links of site `" HAD_FMT "` all end at location " HAD_FMT,
                            HAD_ARG(site->label), HAD_ARG(location));
        had_each(const struct had_object *, link, &links)
            if (*link != last)
                had_diag_label(d, had_query_span(*link, "location"), "also " HAD_FMT,
                               HAD_ARG(location));
    }
}

HAD_RULE(HYB003, HAD_PHASE_FOUNDATION, "O(n · m) in sites and links", hyb003,
         "Direct Connect links of one location",
         "Connections are independent only if they end at different Direct Connect locations: a "
         "location can be lost as a "
         "whole.",
         "order one of the connections at another location");

static void hyb004(struct had_check *check)
{
    had_each_object(link, had_spec_kind(check->spec, "link"))
        if (had_str_is(had_get_text(link, "routing"), "static"))
            had_rule_report(check, link, had_query_span(link, "routing"),
                            "link `" HAD_FMT "` has static routes", HAD_ARG(link->label));
}

HAD_RULE(HYB004, HAD_PHASE_FOUNDATION, "O(n) in links", hyb004, "static routing to a site",
         "With static routes a dead link keeps attracting traffic; BGP moves it to another one.",
         "use `routing = dynamic` with the ASN of the device");

static void hyb005(struct had_check *check)
{
    const had_objects *links = had_spec_kind(check->spec, "link");
    for (uint32_t i = 0; i < links->count; i++) {
        for (uint32_t j = 0; j < links->count; j++) {
            const struct had_object *a = links->items[j], *b = links->items[i];
            const struct had_value *vlan = had_get(a, "vlan"), *other = had_get(b, "vlan");
            if (a->order >= b->order || vlan->tag != HAD_VALUE_INT || other->tag != HAD_VALUE_INT ||
                vlan->number != other->number || !had_get_text(a, "connection").len ||
                !had_str_eq(had_get_text(a, "connection"), had_get_text(b, "connection")))
                continue;
            struct had_diag *d = had_rule_report(check, b, had_value_span(other),
                                                 "links `" HAD_FMT "` and `" HAD_FMT
                                                 "` have one VLAN on one connection",
                                                 HAD_ARG(a->label), HAD_ARG(b->label));
            had_diag_label(d, had_value_span(vlan), "link `" HAD_FMT "`", HAD_ARG(a->label));
            break;
        }
    }
}

HAD_RULE(HYB005, HAD_PHASE_FOUNDATION, "O(n²) in links", hyb005, "one VLAN twice on a connection",
         "Virtual interfaces of one connection are told apart by their VLAN tags: each tag is used "
         "once.",
         "use another `vlan`");

/* Controllers and DNS servers of a site, whose routes follow its ranges. */
static void hyb023(struct had_check *check)
{
    had_each_object(site, had_spec_kind(check->spec, "site")) {
        static const char *const attributes[] = {"dns", "controllers"};
        had_ranges ranges = {0};
        had_query_ranges(check, site, "ranges", &ranges);
        if (!ranges.count || had_query_broken(site, "ranges"))
            continue;
        had_array(struct had_ip) told = {0}; /* an address that is both is one cause */
        for (size_t k = 0; k < 2; k++) {
            const struct had_value *value = had_get(site, attributes[k]);
            struct had_value_list list = had_get_list(site, attributes[k]);
            uint32_t count = value->tag == HAD_VALUE_MAP ? value->map.count : list.count;
            for (uint32_t i = 0; i < count; i++) {
                const struct had_value *address =
                    value->tag == HAD_VALUE_MAP ? value->map.entries[i].value : &list.items[i];
                bool inside = address->tag != HAD_VALUE_IP;
                had_each(struct had_range, r, &ranges)
                    inside |= !inside && had_cidr_contains_ip(r->cidr, address->ip);
                had_each(struct had_ip, ip, &told)
                    inside |= !inside && had_ip_cmp(*ip, address->ip) == 0;
                if (inside)
                    continue;
                *had_push(check->arena, &told) = address->ip;
                struct had_diag *d = had_rule_report(
                    check, site, had_value_span(address),
                    "%s " HAD_FMT " of site `" HAD_FMT "` is in none of its ranges",
                    k ? "controller" : "DNS server", HAD_ARG(address->text), HAD_ARG(site->label));
                had_diag_label(d, had_query_span(site, "ranges"), "ranges of the site");
            }
        }
    }
}

HAD_RULE(HYB023, HAD_PHASE_FOUNDATION, "O(n · m) in servers and ranges of a site", hyb023,
         "an on-premises server outside the site's ranges",
         "Routes, groups and firewall ports follow the ranges of a site: a server outside of them "
         "is never reached.",
         "correct the address, or add its network to `ranges`");
