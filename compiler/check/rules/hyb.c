/* HYB: between the sites and AWS. */
#include "check/rules/rule.h"

#include <stdlib.h>

/* ---- which links a site has ---- */

static int by_base(const void *left, const void *right)
{
    const struct had_range *x = left, *y = right;
    return had_ip_cmp(x->cidr.base, y->cidr.base);
}

struct lines {
    had_owned_list pairs; /* site, NULL, link: those of a site together */
    struct had_map at;    /* site → its first pair, and one more */
};

/* Links from a site, or that learn its ranges by way of an appliance. */
static struct lines all_lines(struct had_check *check)
{
    struct lines out = {{0}, {0}};
    had_ranges all = {0};
    had_each_object(site, had_spec_kind(check->spec, "site"))
        had_query_ranges(check, site, "ranges", &all);
    if (all.count > 1)
        qsort(all.items, all.count, sizeof *all.items, by_base);
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        had_objects from = had_query_refs(check, link, "from");
        had_each(const struct had_object *, end, &from)
            if (had_is(*end, "site"))
                *had_push(check->arena, &out.pairs) = (struct had_owned){*end, NULL, link};
        had_ranges learned = {0};
        if (had_query_stated(link, "learned"))
            had_query_ranges(check, link, "learned", &learned);
        had_each(struct had_range, l, &learned) {
            uint32_t low = 0, high = all.count;
            while (low < high) {
                uint32_t middle = low + (high - low) / 2;
                if (had_ip_cmp(all.items[middle].cidr.base, l->cidr.base) < 0)
                    low = middle + 1;
                else
                    high = middle;
            }
            for (; low < all.count && had_cidr_contains_ip(l->cidr, all.items[low].cidr.base);
                 low++)
                if (had_cidr_contains(l->cidr, all.items[low].cidr))
                    *had_push(check->arena, &out.pairs) =
                        (struct had_owned){all.items[low].object, NULL, link};
        }
    }
    had_query_sort_owned(&out.pairs);
    for (uint32_t i = 0; i < out.pairs.count; i = had_query_run(&out.pairs, i))
        had_map_put(check->arena, &out.at, (uintptr_t)out.pairs.items[i].a, (uint64_t)i + 1);
    return out;
}

/* Each once, in the order of their addresses. */
static had_objects links_of(struct had_check *check, const struct lines *lines,
                            const struct had_object *site)
{
    had_objects out = {0};
    const uint64_t *first = had_map_get(&lines->at, (uintptr_t)site);
    for (uint64_t i = first ? *first - 1 : lines->pairs.count;
         i < lines->pairs.count && lines->pairs.items[i].a == site; i++)
        if (!out.count || out.items[out.count - 1] != lines->pairs.items[i].object)
            *had_push(check->arena, &out) = lines->pairs.items[i].object;
    return out;
}

static void hyb001(struct had_check *check)
{
    const struct lines lines = all_lines(check);
    had_each_object(forest, had_spec_kind(check->spec, "forest")) {
        had_objects sites = had_query_refs(check, forest, "sites");
        bool joined = sites.count == 0 || had_query_broken(forest, "sites");
        had_each(const struct had_object *, site, &sites)
            joined |= links_of(check, &lines, *site).count > 0;
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

HAD_RULE(HYB001, HAD_PHASE_FOUNDATION, "O(n log n) in sites and links", hyb001,
         "a forest without a way to AWS",
         "Controllers in AWS replicate with those on-premises, and a trust needs both sides: a "
         "Direct Connect or a VPN "
         "joins the forest's sites to the hub.",
         "add a link from a site of the forest");

static void hyb002(struct had_check *check)
{
    const struct lines lines = all_lines(check);
    had_each_object(site, had_spec_kind(check->spec, "site")) {
        had_objects links = links_of(check, &lines, site);
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

HAD_RULE(HYB002, HAD_PHASE_FOUNDATION, "O(n log n) in sites and links", hyb002,
         "one way between a site and AWS",
         "Sign-in, names and replication between a site and AWS end with the only connection.",
         "add a second, independent connection");

static void hyb003(struct had_check *check)
{
    const struct lines lines = all_lines(check);
    had_each_object(site, had_spec_kind(check->spec, "site")) {
        had_objects links = links_of(check, &lines, site);
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

HAD_RULE(HYB003, HAD_PHASE_FOUNDATION, "O(n log n) in sites and links", hyb003,
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

static int by_vlan(const void *left, const void *right)
{
    const struct had_object *x = *(const struct had_object *const *)left,
                            *y = *(const struct had_object *const *)right;
    int order = had_str_cmp(had_get_text(x, "connection"), had_get_text(y, "connection"));
    int64_t p = had_get_int(x, "vlan"), q = had_get_int(y, "vlan");
    if (order || p != q)
        return order ? order : p < q ? -1 : 1;
    return x->order != y->order ? (x->order < y->order ? -1 : 1)
                                : had_str_cmp(x->address, y->address);
}

static void hyb005(struct had_check *check)
{
    had_objects links = {0};
    had_each_object(link, had_spec_kind(check->spec, "link"))
        if (had_get_text(link, "connection").len && had_get(link, "vlan")->tag == HAD_VALUE_INT)
            *had_push(check->arena, &links) = link;
    if (links.count > 1)
        qsort(links.items, links.count, sizeof *links.items, by_vlan);
    for (uint32_t i = 1; i < links.count; i++) {
        const struct had_object *a = links.items[i - 1], *b = links.items[i];
        if (had_get_int(a, "vlan") != had_get_int(b, "vlan") ||
            !had_str_eq(had_get_text(a, "connection"), had_get_text(b, "connection")))
            continue;
        struct had_diag *d =
            had_rule_report(check, b, had_query_span(b, "vlan"),
                            "links `" HAD_FMT "` and `" HAD_FMT "` have one VLAN on one connection",
                            HAD_ARG(a->label), HAD_ARG(b->label));
        had_diag_label(d, had_query_span(a, "vlan"), "link `" HAD_FMT "`", HAD_ARG(a->label));
    }
}

HAD_RULE(HYB005, HAD_PHASE_FOUNDATION, "O(n log n) in links", hyb005,
         "one VLAN twice on a connection",
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
        const struct had_range_index index = had_index_ranges(ranges);
        struct had_symbols told; /* an address that is both is one cause */
        had_symbols_init(&told, check->arena);
        for (size_t k = 0; k < 2; k++) {
            const struct had_value *value = had_get(site, attributes[k]);
            struct had_value_list list = had_get_list(site, attributes[k]);
            uint32_t count = value->tag == HAD_VALUE_MAP ? value->map.count : list.count;
            for (uint32_t i = 0; i < count; i++) {
                const struct had_value *address =
                    value->tag == HAD_VALUE_MAP ? value->map.entries[i].value : &list.items[i];
                if (address->tag != HAD_VALUE_IP ||
                    had_range_holder(&index, had_query_host(address->ip)))
                    continue;
                had_str text = had_ip_text(check->arena, address->ip);
                if (had_symbol_find(&told, text))
                    continue;
                had_intern(&told, text);
                struct had_diag *d = had_rule_report(
                    check, site, had_value_span(address),
                    "%s " HAD_FMT " of site `" HAD_FMT "` is in none of its ranges",
                    k ? "controller" : "DNS server", HAD_ARG(address->text), HAD_ARG(site->label));
                had_diag_label(d, had_query_span(site, "ranges"), "ranges of the site");
            }
        }
    }
}

HAD_RULE(HYB023, HAD_PHASE_FOUNDATION, "O(n log n) in servers and ranges of sites", hyb023,
         "an on-premises server outside the site's ranges",
         "Routes, groups and firewall ports follow the ranges of a site: a server outside of them "
         "is never reached.",
         "correct the address, or add its network to `ranges`");
