/* HYB: announcements, prefixes and propagation. */
#include "check/rules/rule.h"

static void hyb010(struct had_check *check)
{
    struct had_map direct = {0};
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        had_objects hubs = had_query_refs(check, link, "to");
        had_each(const struct had_object *, hub, &hubs)
            if (had_query_is_via(link, "direct-connect"))
                had_map_put(check->arena, &direct, (uintptr_t)*hub, 1);
    }
    had_each_object(hub, had_spec_kind(check->spec, "hub")) {
        if (!had_map_get(&direct, (uintptr_t)hub) || !had_query_stated(hub, "advertises") ||
            had_query_broken(hub, "advertises") || !had_get_list(hub, "advertises").count)
            continue; /* of none at all HYB009 speaks */
        had_ranges said = {0}, out = {0};
        had_objects names = {0};
        had_query_ranges(check, hub, "advertises", &said);
        struct had_cidr *sum = had_new_n(check->arena, struct had_cidr, said.count + 1);
        for (uint32_t i = 0; i < said.count; i++)
            sum[i] = said.items[i].cidr;
        uint32_t count = had_cidr_aggregate(sum, said.count);
        had_each_object(spoke, had_index_users(check, "spoke", "hubs", hub)) {
            had_ranges ranges = {0};
            had_query_ranges(check, spoke, "cidr", &ranges);
            had_query_ranges(check, spoke, "secondary-cidrs", &ranges);
            had_each(struct had_range, r, &ranges) {
                if (had_prefixes_hold(sum, count, r->cidr))
                    continue;
                *had_push(check->arena, &out) = *r;
                *had_push(check->arena, &names) = spoke;
            }
        }
        if (!out.count)
            continue;
        bool one = out.count == 1;
        struct had_diag *d =
            had_rule_report(check, one ? names.items[0] : hub,
                            one ? out.items[0].span : had_query_span(hub, "advertises"),
                            "on-premises is not told the way to spoke%s " HAD_FMT, one ? "" : "s",
                            HAD_ARG(had_query_names(check, &names, 3)));
        if (one)
            had_diag_label(d, had_query_span(hub, "advertises"), "what hub `" HAD_FMT "` announces",
                           HAD_ARG(hub->label));
        for (uint32_t i = 0; i < out.count && i < 3; i++)
            had_diag_label(d, out.items[i].span, "not announced");
        had_diag_help(
            d, "add " HAD_FMT " to `advertises`, or leave it out: it then follows the spokes",
            HAD_ARG(had_cidr_text(check->arena, out.items[0].cidr)));
    }
}

HAD_RULE(HYB010, HAD_PHASE_FOUNDATION, "O(n log n) in attachments and announced prefixes", hyb010,
         "a network that is not announced",
         "A Direct Connect gateway announces exactly its allowed prefixes, not the ranges of the "
         "VPCs behind it.",
         "announce the range of every spoke");

static void hyb011(struct had_check *check)
{
    struct had_map told = {0};
    had_each_object(gateway, had_spec_kind(check->spec, "direct-connect-gateway")) {
        had_objects hubs = {0};
        struct had_map known = {0};
        had_each_object(link, had_index_users(check, "link", "gateway", gateway)) {
            had_objects to = had_query_refs(check, link, "to");
            had_each(const struct had_object *, hub, &to)
                if (had_map_put(check->arena, &known, (uintptr_t)*hub, 1))
                    *had_push(check->arena, &hubs) = *hub;
        }
        had_ranges ranges = {0};
        had_each(const struct had_object *, hub, &hubs)
            had_query_ranges(check, *hub, "advertises", &ranges);
        had_overlaps overlaps = had_query_overlaps(check, &ranges);
        had_each(const struct had_overlap, o, &overlaps) {
            const struct had_object *a = o->outer.object, *b = o->inner.items[0].object;
            if (!had_map_put(check->arena, &told, (uintptr_t)a ^ (uintptr_t)b, 1))
                continue;
            struct had_diag *d = had_rule_report(check, a, o->outer.span,
                                                 "hubs `" HAD_FMT "` and `" HAD_FMT
                                                 "` of one Direct Connect gateway announce "
                                                 "overlapping ranges",
                                                 HAD_ARG(a->label), HAD_ARG(b->label));
            had_diag_label(d, o->inner.items[0].span, HAD_FMT,
                           HAD_ARG(had_cidr_text(check->arena, o->inner.items[0].cidr)));
        }
    }
}

HAD_RULE(HYB011, HAD_PHASE_FOUNDATION, "O(n log n) in announced prefixes", hyb011,
         "two hubs announce one range",
         "The allowed prefixes of several transit gateways on one Direct Connect gateway must not "
         "overlap.",
         "state `advertises` of each hub so that they do not overlap");

/* What a gateway or hub has of the other kind: pairs, each once. */
static void count_pairs(struct had_check *check, had_owned_list *pairs, const char *resource,
                        const char *one, const char *many)
{
    had_query_sort_owned(pairs);
    for (uint32_t i = 0, end; i < pairs->count; i = end) {
        const struct had_object *subject = pairs->items[i].a, *last = pairs->items[i].object;
        uint32_t count = 0;
        for (end = i; end < pairs->count && pairs->items[end].a == subject; count++) {
            uint32_t next = had_query_run(pairs, end);
            last = pairs->items[end].object;
            end = next;
        }
        struct had_quota_use use = {resource, one, many, had_object_account(subject), NULL, true};
        had_query_quota(check, &use, subject, last->span,
                        had_str_printf(check->arena, "%s `" HAD_FMT "`", subject->kind->name,
                                       HAD_ARG(had_query_path(check, subject))),
                        count);
    }
}

static void hyb012(struct had_check *check)
{
    had_owned_list hubs = {0}, gateways = {0};
    struct had_map interfaces = {0};
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        const struct had_object *gateway = had_get_object(link, "gateway");
        had_objects to = had_query_refs(check, link, "to");
        if (!had_query_is_via(link, "direct-connect"))
            continue;
        struct had_quota_use use = {"direct connect learned prefixes",
                                    "prefix to learn",
                                    "prefixes to learn",
                                    NULL,
                                    NULL,
                                    true};
        had_query_quota(check, &use, link, had_query_span(link, "learned"),
                        had_str_printf(check->arena, "link `" HAD_FMT "`", HAD_ARG(link->label)),
                        had_get_list(link, "learned").count);
        if (!gateway)
            continue;
        uint64_t *carried = had_map_get(&interfaces, (uintptr_t)gateway);
        uint64_t count = carried ? *carried + 1 : 1;
        had_map_put(check->arena, &interfaces, (uintptr_t)gateway, count);
        use = (struct had_quota_use){"direct connect interfaces of a gateway",
                                     "link",
                                     "links",
                                     had_object_account(gateway),
                                     NULL,
                                     false};
        const struct had_object *raised = NULL;
        int64_t most = had_query_limit(check, use.resource, NULL, use.account, NULL, &raised);
        if (most >= 0 && count == (uint64_t)most + 1) /* the first beyond it tells of all */
            had_query_quota(check, &use, gateway, link->span,
                            had_str_printf(check->arena, "gateway `" HAD_FMT "`",
                                           HAD_ARG(had_query_path(check, gateway))),
                            count);
        had_each(const struct had_object *, hub, &to) {
            *had_push(check->arena, &hubs) = (struct had_owned){gateway, *hub, link};
            *had_push(check->arena, &gateways) = (struct had_owned){*hub, gateway, link};
        }
    }
    count_pairs(check, &hubs, "direct connect hubs of a gateway", "hub", "hubs");
    count_pairs(check, &gateways, "direct connect gateways of a hub", "Direct Connect gateway",
                "Direct Connect gateways");
}

HAD_RULE(HYB012, HAD_PHASE_FOUNDATION, "O(n log n) in links and their hubs", hyb012,
         "a limit of Direct Connect",
         "A BGP session of a transit virtual interface goes down when it hears more than 100 "
         "prefixes; a gateway serves six transit gateways and 30 interfaces, and a transit gateway "
         "has 20 gateways.",
         "announce fewer, wider ranges; use a second gateway");

static void hyb009(struct had_check *check)
{
    struct had_map told = {0};
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        had_objects hubs = had_query_refs(check, link, "to");
        if (!had_query_is_via(link, "direct-connect"))
            continue;
        had_each(const struct had_object *, hub, &hubs) {
            struct had_value_list list = had_get_list(*hub, "advertises");
            if (!had_map_put(check->arena, &told, (uintptr_t)*hub, 1) ||
                had_query_broken(*hub, "advertises"))
                continue;
            struct had_span span = had_query_span(*hub, "advertises");
            if (!list.count && had_query_stated(*hub, "advertises")) {
                struct had_diag *d = had_rule_report(
                    check, *hub, span, "hub `" HAD_FMT "` announces nothing to on-premises",
                    HAD_ARG((*hub)->label));
                had_diag_label(d, link->span, "its Direct Connect");
                had_diag_help(d, "leave `advertises` out: it then follows the Region's ranges");
                continue;
            }
            struct had_quota_use use = {
                "direct connect allowed prefixes", "prefix to announce",    "prefixes to announce",
                had_object_account(*hub),          had_object_region(*hub), true};
            had_query_quota(
                check, &use, *hub, span,
                had_str_printf(check->arena, "hub `" HAD_FMT "`", HAD_ARG((*hub)->label)),
                list.count);
        }
    }
}

HAD_RULE(HYB009, HAD_PHASE_FOUNDATION, "O(n) in links", hyb009, "what Direct Connect announces",
         "The association of a Direct Connect gateway with a transit gateway lists 1 to 200 "
         "prefixes, and announces these alone.",
         "state `ranges` of the Region: fewer, wider ranges");

/* What goes back is one route for each attachment at most, of which a hub has 5,000 (TGW018). */
static void hyb022(struct had_check *check)
{
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        if (!had_query_is_via(link, "vpn") || had_query_is_static(link))
            continue;
        struct had_quota_use use = {
            "vpn learned routes", "prefix to learn", "prefixes to learn", NULL, NULL, true};
        had_query_quota(check, &use, link, had_query_span(link, "learned"),
                        had_str_printf(check->arena, "link `" HAD_FMT "`", HAD_ARG(link->label)),
                        had_get_list(link, "learned").count);
    }
}

HAD_RULE(HYB022, HAD_PHASE_FOUNDATION, "O(n) in links", hyb022, "too many prefixes over a VPN",
         "A VPN to a transit gateway learns at most 1,000 routes from the customer's device.",
         "announce fewer, wider ranges and state them: `learned = […]`");

static void hyb026(struct had_check *check)
{
    struct had_map targets = {0};
    had_each_object(route, had_spec_kind(check->spec, "route"))
        if (had_get_object(route, "to"))
            had_map_put(check->arena, &targets, (uintptr_t)had_get_object(route, "to"), 1);
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        const struct had_object *gateway = had_get_object(link, "gateway");
        if (had_query_is_static(link) || !had_query_stated(link, "propagates-to") ||
            had_query_broken(link, "propagates-to") || had_get_list(link, "propagates-to").count ||
            had_map_get(&targets, (uintptr_t)link) ||
            (gateway && had_map_get(&targets, (uintptr_t)gateway)))
            continue;
        struct had_diag *d = had_rule_report(check, link, had_query_span(link, "propagates-to"),
                                             "what link `" HAD_FMT "` learns is told to no segment",
                                             HAD_ARG(link->label));
        had_diag_help(d, "leave `propagates-to` out, or state the routes to the link");
    }
}

HAD_RULE(HYB026, HAD_PHASE_FOUNDATION, "O(n) in links and routes", hyb026,
         "a link without propagation",
         "Prefixes that arrive by BGP lead to on-premises only in the route domains that they are "
         "propagated to.",
         "propagate them to the segments that reach the link's");
