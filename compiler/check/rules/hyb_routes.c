/* HYB: announcements, prefixes and tunnels. */
#include "check/rules/rule.h"

static bool is_direct(const struct had_object *link)
{
    return had_str_is(had_get_text(link, "via"), "direct-connect");
}

static void hyb010(struct had_check *check)
{
    struct had_map direct = {0};
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        had_objects hubs = had_query_refs(check, link, "to");
        had_each(const struct had_object *, hub, &hubs)
            if (is_direct(link))
                had_map_put(check->arena, &direct, (uintptr_t)*hub, 1);
    }
    had_each_object(hub, had_spec_kind(check->spec, "hub")) {
        if (!had_map_get(&direct, (uintptr_t)hub) || !had_query_stated(hub, "advertises") ||
            had_query_broken(hub, "advertises"))
            continue;
        had_ranges said = {0}, out = {0};
        had_objects names = {0};
        had_query_ranges(check, hub, "advertises", &said);
        struct had_cidr *sum = had_new_n(check->arena, struct had_cidr, said.count + 1);
        for (uint32_t i = 0; i < said.count; i++)
            sum[i] = said.items[i].cidr;
        uint32_t count = had_cidr_aggregate(sum, said.count);
        had_each_object(spoke, had_spec_kind(check->spec, "spoke")) {
            struct had_map hubs = had_query_ref_set(check, spoke, "hubs");
            had_ranges ranges = {0};
            had_query_ranges(check, spoke, "cidr", &ranges);
            had_query_ranges(check, spoke, "secondary-cidrs", &ranges);
            had_each(struct had_range, r, &ranges) {
                bool inside = !had_map_get(&hubs, (uintptr_t)hub);
                for (uint32_t i = 0; i < count; i++)
                    inside |= had_cidr_contains(sum[i], r->cidr);
                if (inside)
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

HAD_RULE(HYB010, HAD_PHASE_FOUNDATION, "O(n · m) in spokes and announced prefixes", hyb010,
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
        had_each_object(link, had_spec_kind(check->spec, "link")) {
            if (had_get_object(link, "gateway") != gateway)
                continue;
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

static void hyb012(struct had_check *check)
{
    enum {
        MOST = 100
    }; /* facts/tgw_resolver_quotas.tsv: prefixes on-premises to AWS on a transit vif */
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        struct had_value_list learned = had_get_list(link, "learned");
        if (!is_direct(link) || learned.count <= MOST)
            continue;
        struct had_diag *d =
            had_rule_report(check, link, had_query_span(link, "learned"),
                            "link `" HAD_FMT "` would learn %u prefixes, and may learn %d",
                            HAD_ARG(link->label), (unsigned)learned.count, MOST);
        had_diag_help(
            d, "have on-premises announce fewer, wider ranges, and state them: `learned = […]`");
    }
}

HAD_RULE(
    HYB012, HAD_PHASE_FOUNDATION, "O(n) in links", hyb012, "too many prefixes from on-premises",
    "A BGP session of a transit virtual interface goes down when it hears more than 100 prefixes.",
    "announce fewer, wider ranges");

static void hyb016(struct had_check *check)
{
    const struct had_cidr all = {{4, {169, 254}}, 16};
    had_ranges seen = {0};
    had_each_object(tunnel, had_spec_kind(check->spec, "tunnel")) {
        const struct had_value *inside = had_get(tunnel, "inside");
        if (inside->tag != HAD_VALUE_CIDR)
            continue;
        const uint8_t *b = inside->cidr.base.bytes;
        bool local = had_cidr_contains(all, inside->cidr);
        bool reserved = local && ((b[2] <= 5 && b[3] == 0) || (b[2] == 169 && b[3] == 252));
        if (!local || reserved) {
            struct had_diag *d =
                had_rule_report(check, tunnel, had_value_span(inside),
                                "the inside of a tunnel cannot be " HAD_FMT, HAD_ARG(inside->text));
            had_diag_help(d, reserved
                                 ? "AWS keeps this range itself: take another /30 of 169.254.0.0/16"
                                 : "take a /30 of 169.254.0.0/16, such as 169.254.10.0/30");
            continue;
        }
        had_each(struct had_range, s, &seen) {
            const struct had_value *mine =
                tunnel->parent ? had_get(tunnel->parent, "device") : inside;
            const struct had_value *other =
                s->object->parent ? had_get(s->object->parent, "device") : inside;
            if (!had_cidr_eq(s->cidr, had_cidr_canonical(inside->cidr)) ||
                mine->tag != HAD_VALUE_IP || other->tag != HAD_VALUE_IP ||
                had_ip_cmp(mine->ip, other->ip) != 0)
                continue;
            struct had_diag *d = had_rule_report(
                check, tunnel, had_value_span(inside),
                "two tunnels of one device have the inside " HAD_FMT, HAD_ARG(inside->text));
            had_diag_label(d, s->span, "the other tunnel");
            break;
        }
        *had_push(check->arena, &seen) =
            (struct had_range){had_cidr_canonical(inside->cidr), had_value_span(inside), tunnel};
    }
}

HAD_RULE(HYB016, HAD_PHASE_FOUNDATION, "O(n²) in tunnels", hyb016, "the inside range of a tunnel",
         "The inside of a tunnel is a /30 of 169.254.0.0/16 that AWS does not use itself, and that "
         "no other tunnel of the "
         "device has.",
         "choose another /30");

static void hyb021(struct had_check *check)
{
    enum { LEAST_GROUP = 14 };
    had_each_object(tunnel, had_spec_kind(check->spec, "tunnel")) {
        struct had_value_list ike = had_get_list(tunnel, "ike"),
                              groups = had_get_list(tunnel, "dh-groups");
        struct had_value_list integrity = had_get_list(tunnel, "integrity");
        for (uint32_t i = 0; i < ike.count; i++)
            if (ike.items[i].tag == HAD_VALUE_INT && ike.items[i].number < 2)
                had_rule_report(check, tunnel, had_value_span(&ike.items[i]),
                                "tunnel `" HAD_FMT "` admits version 1 of IKE",
                                HAD_ARG(had_query_path(check, tunnel)));
        for (uint32_t i = 0; i < groups.count; i++)
            if (groups.items[i].tag == HAD_VALUE_INT && groups.items[i].number < LEAST_GROUP)
                had_rule_report(check, tunnel, had_value_span(&groups.items[i]),
                                "tunnel `" HAD_FMT "` admits the weak Diffie-Hellman group %lld",
                                HAD_ARG(had_query_path(check, tunnel)),
                                (long long)groups.items[i].number);
        for (uint32_t i = 0; i < integrity.count; i++)
            if (had_str_is(integrity.items[i].text, "SHA1"))
                had_rule_report(check, tunnel, had_value_span(&integrity.items[i]),
                                "tunnel `" HAD_FMT "` admits SHA1",
                                HAD_ARG(had_query_path(check, tunnel)));
    }
}

HAD_RULE(HYB021, HAD_PHASE_FOUNDATION, "O(n) in tunnels", hyb021, "a tunnel with weak settings",
         "IKE version 1, SHA1 and small Diffie-Hellman groups are broken or close to it, and a "
         "tunnel is as strong as the "
         "weakest setting that both ends admit.",
         "leave the setting at its default: IKE version 2, SHA2, groups from 14 on");
