/* HYB: connections, devices and tunnels. */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>

/* ---- interfaces of a connection ---- */

struct line {
    had_str connection;
    const struct had_object *link;
};

static int by_connection(const void *left, const void *right)
{
    const struct line *x = left, *y = right;
    int order = had_str_cmp(x->connection, y->connection);
    if (order)
        return order;
    return x->link->order != y->link->order ? (x->link->order < y->link->order ? -1 : 1)
                                            : had_str_cmp(x->link->address, y->link->address);
}

/* Speeds of connections that are ordered from AWS itself; partners host all others. */
static bool is_hosted(const struct had_object *link)
{
    const int64_t gigabit = 1000000000;
    int64_t speed = had_get_int(link, "speed");
    return had_query_stated(link, "speed") && speed != gigabit && speed != 10 * gigabit &&
           speed != 100 * gigabit && speed != 400 * gigabit;
}

static void hyb014(struct had_check *check)
{
    had_array(struct line) lines = {0};
    had_each_object(link, had_spec_kind(check->spec, "link"))
        if (had_query_is_via(link, "direct-connect") && had_get_text(link, "connection").len)
            *had_push(check->arena, &lines) = (struct line){had_get_text(link, "connection"), link};
    if (lines.count > 1)
        qsort(lines.items, lines.count, sizeof *lines.items, by_connection);
    for (uint32_t i = 0, end; i < lines.count; i = end) {
        const struct had_object *hosted = NULL;
        for (end = i; end < lines.count &&
                      had_str_eq(lines.items[end].connection, lines.items[i].connection);
             end++)
            if (!hosted && is_hosted(lines.items[end].link))
                hosted = lines.items[end].link;
        const struct had_object *last = lines.items[end - 1].link;
        struct had_quota_use use = {hosted ? "direct connect interfaces of a hosted connection"
                                           : "direct connect interfaces of a connection",
                                    "link",
                                    "links",
                                    had_object_account(last),
                                    NULL,
                                    true};
        had_query_quota(check, &use, last, had_query_span(last, "connection"),
                        had_str_printf(check->arena, "%s connection `" HAD_FMT "`",
                                       hosted ? "hosted" : "the",
                                       HAD_ARG(lines.items[i].connection)),
                        end - i);
    }
}

HAD_RULE(HYB014, HAD_PHASE_FOUNDATION, "O(n log n) in links", hyb014,
         "too many interfaces on a connection",
         "A connection of one's own carries at most four transit virtual interfaces, one that a "
         "partner hosts carries one.",
         "order another connection");

/* ---- links of a site ---- */

static had_owned_list links_by_site(struct had_check *check)
{
    had_owned_list pairs = {0};
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        had_objects from = had_query_refs(check, link, "from");
        had_each(const struct had_object *, site, &from)
            if (had_is(*site, "site"))
                *had_push(check->arena, &pairs) = (struct had_owned){*site, NULL, link};
    }
    had_query_sort_owned(&pairs);
    return pairs;
}

/* A site with one link is told by HYB002. */
static void hyb019(struct had_check *check)
{
    had_owned_list pairs = links_by_site(check);
    for (uint32_t i = 0, end; i < pairs.count; i = end) {
        end = had_query_run(&pairs, i);
        const struct had_object *last = pairs.items[i].object;
        const struct had_value *device = had_get(last, "device");
        bool apart = device->tag != HAD_VALUE_IP;
        for (uint32_t n = i; n < end; n++) {
            const struct had_object *link = pairs.items[n].object;
            const struct had_value *mine = had_get(link, "device");
            apart |= mine->tag != HAD_VALUE_IP || apart || had_ip_cmp(mine->ip, device->ip) != 0;
            last = link->order > last->order ? link : last;
        }
        if (apart || end - i < 2)
            continue;
        struct had_diag *d =
            had_rule_report(check, last, had_query_span(last, "device"),
                            "all VPNs of site `" HAD_FMT "` end at device " HAD_FMT,
                            HAD_ARG(pairs.items[i].a->label), HAD_ARG(device->text));
        for (uint32_t n = i; n < end && n < i + 3; n++)
            if (pairs.items[n].object != last)
                had_diag_label(d, had_query_span(pairs.items[n].object, "device"),
                               "the same device");
    }
}

HAD_RULE(HYB019, HAD_PHASE_FOUNDATION, "O(n log n) in links", hyb019, "VPNs of one device",
         "Both tunnels of every VPN end at the customer's device: with it, all of them are lost.",
         "let one VPN end at another device");

static void hyb020(struct had_check *check)
{
    had_each_object(tunnel, had_spec_kind(check->spec, "tunnel")) {
        int64_t first = had_get_int(tunnel, "lifetime-1"),
                second = had_get_int(tunnel, "lifetime-2");
        const char *where = had_query_stated(tunnel, "lifetime-2") ? "lifetime-2" : "lifetime-1";
        if (had_get(tunnel, "lifetime-1")->tag != HAD_VALUE_INT ||
            had_get(tunnel, "lifetime-2")->tag != HAD_VALUE_INT || second < first)
            continue;
        struct had_diag *d = had_rule_report(
            check, tunnel, had_query_span(tunnel, where),
            "the second phase of tunnel `" HAD_FMT "` lasts " HAD_FMT
            ", which is no less than the first with " HAD_FMT,
            HAD_ARG(had_query_path(check, tunnel)), HAD_ARG(had_get(tunnel, "lifetime-2")->text),
            HAD_ARG(had_get(tunnel, "lifetime-1")->text));
        had_diag_help(d, "state a `lifetime-2` below `lifetime-1`");
    }
}

HAD_RULE(HYB020, HAD_PHASE_FOUNDATION, "O(n) in tunnels", hyb020, "the lifetimes of a tunnel",
         "Keys of the second phase are made under those of the first: EC2 refuses a second phase "
         "that outlasts it.",
         "shorten `lifetime-2`");

static void hyb024(struct had_check *check)
{
    static const char *const never[] = {"private ranges", "shared ranges", "link-local ranges",
                                        "never public ranges"};
    had_each_object(link, had_spec_kind(check->spec, "link")) {
        const struct had_value *device = had_get(link, "device");
        bool unreachable = false;
        for (size_t k = 0; k < sizeof never / sizeof *never && device->tag == HAD_VALUE_IP; k++)
            unreachable |= had_fact_ranges_hold(check, never[k], had_query_host(device->ip));
        if (!unreachable)
            continue;
        struct had_diag *d =
            had_rule_report(check, link, had_value_span(device),
                            "device " HAD_FMT " of link `" HAD_FMT "` has no public address",
                            HAD_ARG(device->text), HAD_ARG(link->label));
        had_diag_help(d, "name the address with which the device, or the router that translates "
                         "for it, is seen on the internet");
    }
}

HAD_RULE(HYB024, HAD_PHASE_FOUNDATION, "O(n) in links", hyb024,
         "a VPN device without public address",
         "AWS reaches the customer's device over the internet, at a fixed public address.",
         "name the device's public address");

static void hyb025(struct had_check *check)
{
    had_owned_list pairs = links_by_site(check);
    for (uint32_t i = 0, end; i < pairs.count; i = end) {
        end = had_query_run(&pairs, i);
        struct had_map direct = {0};
        const struct had_object *line = NULL;
        for (uint32_t n = i; n < end; n++) {
            had_objects hubs = had_query_refs(check, pairs.items[n].object, "to");
            if (!had_query_is_via(pairs.items[n].object, "direct-connect"))
                continue;
            line = line ? line : pairs.items[n].object;
            had_each(const struct had_object *, hub, &hubs)
                had_map_put(check->arena, &direct, (uintptr_t)*hub, 1);
        }
        for (uint32_t n = i; n < end && line; n++) {
            const struct had_object *link = pairs.items[n].object,
                                    *hub = had_get_object(link, "to");
            if (!had_query_is_via(link, "vpn") || had_query_is_static(link) || !hub ||
                !had_map_get(&direct, (uintptr_t)hub))
                continue;
            struct had_diag *d =
                had_rule_report(check, link, link->span,
                                "site `" HAD_FMT "` prefers Direct Connect to link `" HAD_FMT
                                "` only if its routers say so",
                                HAD_ARG(pairs.items[i].a->label), HAD_ARG(link->label));
            had_diag_label(d, line->span, "the hub sends this way");
            break;
        }
    }
}

HAD_RULE(HYB025, HAD_PHASE_FOUNDATION, "O(n log n) in links", hyb025, "a VPN behind Direct Connect",
         "For equal prefixes the transit gateway takes Direct Connect. Routers that take the VPN "
         "back make the way asymmetric, and firewalls drop it.",
         "let the routers on-premises prefer Direct Connect, by local preference");

/* ---- tunnels ---- */

/* Address of the device at the other end; NULL if it is not known. */
static const struct had_value *device_of(const struct had_object *tunnel)
{
    const struct had_value *device = tunnel->parent ? had_get(tunnel->parent, "device") : NULL;
    return device && device->tag == HAD_VALUE_IP ? device : NULL;
}

static int by_device(const struct had_object *x, const struct had_object *y)
{
    const struct had_value *p = device_of(x), *q = device_of(y);
    return p && q ? had_ip_cmp(p->ip, q->ip) : (p != NULL) - (q != NULL);
}

static int by_inside(const void *left, const void *right)
{
    const struct had_range *x = left, *y = right;
    int order = had_cidr_cmp(x->cidr, y->cidr);
    order = order ? order : by_device(x->object, y->object);
    if (order)
        return order;
    return x->object->order != y->object->order
               ? (x->object->order < y->object->order ? -1 : 1)
               : had_str_cmp(x->object->address, y->object->address);
}

static void hyb016(struct had_check *check)
{
    const struct had_range_index *all = had_index_facts(check, "link-local ranges"),
                                 *kept = had_index_facts(check, "tunnel ranges kept by aws");
    had_ranges seen = {0};
    had_each_object(tunnel, had_spec_kind(check->spec, "tunnel")) {
        const struct had_value *inside = had_get(tunnel, "inside");
        if (inside->tag != HAD_VALUE_CIDR)
            continue;
        bool local = had_range_holder(all, inside->cidr) != NULL;
        bool reserved = local && had_range_holder(kept, inside->cidr);
        if (!local || reserved) {
            struct had_diag *d =
                had_rule_report(check, tunnel, had_value_span(inside),
                                "the inside of a tunnel cannot be " HAD_FMT, HAD_ARG(inside->text));
            had_diag_help(d, reserved
                                 ? "AWS keeps this range itself: take another /30 of 169.254.0.0/16"
                                 : "take a /30 of 169.254.0.0/16, such as 169.254.10.0/30");
            continue;
        }
        *had_push(check->arena, &seen) =
            (struct had_range){had_cidr_canonical(inside->cidr), had_value_span(inside), tunnel};
    }
    if (seen.count > 1)
        qsort(seen.items, seen.count, sizeof *seen.items, by_inside);
    for (uint32_t i = 1; i < seen.count; i++) {
        const struct had_range *a = &seen.items[i - 1], *b = &seen.items[i];
        if (!had_cidr_eq(a->cidr, b->cidr) || !device_of(b->object) ||
            by_device(a->object, b->object) != 0)
            continue;
        struct had_diag *d = had_rule_report(check, b->object, b->span,
                                             "two tunnels of one device have the inside " HAD_FMT,
                                             HAD_ARG(had_cidr_text(check->arena, b->cidr)));
        had_diag_label(d, a->span, "the other tunnel");
    }
}

HAD_RULE(HYB016, HAD_PHASE_FOUNDATION, "O(n log n) in tunnels", hyb016,
         "the inside range of a tunnel",
         "The inside of a tunnel is a /30 of 169.254.0.0/16 that AWS does not use itself, and that "
         "no other tunnel of the "
         "device has.",
         "choose another /30");

static void hyb021(struct had_check *check)
{
    const int64_t least = had_fact_limit("vpn least safe dh group"),
                  version = had_fact_limit("vpn least safe ike version");
    had_each_object(tunnel, had_spec_kind(check->spec, "tunnel")) {
        struct had_value_list ike = had_get_list(tunnel, "ike"),
                              groups = had_get_list(tunnel, "dh-groups");
        struct had_value_list integrity = had_get_list(tunnel, "integrity");
        for (uint32_t i = 0; i < ike.count; i++)
            if (ike.items[i].tag == HAD_VALUE_INT && ike.items[i].number < version)
                had_rule_report(check, tunnel, had_value_span(&ike.items[i]),
                                "tunnel `" HAD_FMT "` admits version %lld of IKE",
                                HAD_ARG(had_query_path(check, tunnel)),
                                (long long)ike.items[i].number);
        for (uint32_t i = 0; i < groups.count; i++)
            if (groups.items[i].tag == HAD_VALUE_INT && groups.items[i].number < least)
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
