/* Lines to on-premises, and the one site that stands for all that is there. */
#include "import/internal.h"

#include "base/net.h"

#include <stdlib.h>
#include <string.h>

struct prefixes {
    const char **items;
    uint32_t count;
};

/* What the hubs have learned over lines: prefixes that Direct Connect and VPN propagate, and static
 * ones to them. */
static void learned(const struct had_live *live, struct prefixes *out)
{
    size_t i;
    json_t *object;
    had_live_each(live, "segment-route", i, object) {
        const char *over = had_live_text(object, "_resource"),
                   *cidr = had_live_text(object, "_cidr");
        if (cidr && (had_same(over, "vpn") || had_same(over, "direct-connect-gateway")))
            out->items[out->count++] = cidr;
    }
}

static bool range_of(had_str text, struct had_cidr *out)
{
    int64_t slash = had_str_find(text, '/'), length;
    if (slash < 0 || !had_str_to_int(had_str_slice(text, (uint32_t)slash + 1, text.len), &length) ||
        !had_ip_parse(had_str_slice(text, 0, (uint32_t)slash), &out->base) ||
        length > had_ip_bits(out->base))
        return false;
    out->length = (uint8_t)length;
    return true;
}

static bool in_a_network(const struct had_live *live, struct had_cidr range)
{
    size_t i;
    json_t *object;
    struct had_cidr own;
    had_live_each(live, "spoke", i, object)
        if (range_of(had_live_str(object, "cidr"), &own) && had_cidr_overlaps(own, range))
            return true;
    return false;
}

/* Where no line has told anything: what networks send to a hub and no network has. */
static void sent(const struct had_live *live, struct prefixes *out)
{
    size_t i, k;
    json_t *table, *route;
    struct had_cidr range;
    had_live_each(live, "route-table", i, table)
        json_array_foreach(json_object_get(table, "_routes"), k, route) {
            const char *cidr = had_live_text(route, "DestinationCidrBlock"),
                       *hub = had_live_text(route, "TransitGatewayId");
            if (cidr && hub && range_of(had_str_c(cidr), &range) && range.length &&
                !in_a_network(live, range))
                out->items[out->count++] = cidr;
        }
}

static uint32_t routes(const struct had_live *live)
{
    uint32_t count = 0;
    size_t i;
    json_t *table;
    had_live_each(live, "route-table", i, table)
        count += (uint32_t)json_array_size(json_object_get(table, "_routes"));
    return count + (uint32_t)json_array_size(live->objects);
}

static json_t *ranges(struct had_live *live)
{
    struct prefixes found = {.items = had_new_n(live->arena, const char *, routes(live) + 1)};
    json_t *out = json_array();
    learned(live, &found);
    if (found.count == 0)
        sent(live, &found);
    qsort(found.items, found.count, sizeof *found.items, had_live_by_text);
    for (uint32_t k = 0; k < found.count; k++)
        if (k == 0 || !had_same(found.items[k], found.items[k - 1]))
            json_array_append_new(out, json_string(found.items[k]));
    return out;
}

struct had_declared *had_live_site(struct had_live *live)
{
    had_each(struct had_declared *, at, &live->declared)
        if (had_same((*at)->kind->name, "site"))
            return *at;
    struct had_declared *site = had_live_derive(live, "site", HAD_STR("on-premises"), NULL);
    site->file = "network";
    had_live_note(live, site,
                  "AWS knows no sites: this one stands for everything on-premises. Split it, and "
                  "say `country`.");
    had_live_set(site, "ranges", ranges(live));
    return site;
}

/* The hubs that a gateway leads to, as they are written; the segment of its attachment to each. */
static had_str hubs_of(struct had_live *live, const char *gateway, json_t *segments)
{
    struct had_buffer b = {0};
    size_t i;
    json_t *object;
    uint32_t count = 0;
    had_live_each(live, "gateway-association", i, object) {
        const char *hub = had_live_text(object, "_hub");
        const struct had_declared *on = had_live_declared(live, hub);
        if (!gateway || !had_live_is(object, "_gateway", gateway) || !on)
            continue;
        had_buffer_printf(&b, "%shub " HAD_FMT, count++ ? ", " : "", HAD_ARG(on->label));
        const char *segment = had_live_segment_of(live, had_live_attachment(live, hub, gateway));
        if (segment)
            json_array_append_new(segments, json_string(segment));
    }
    had_str text = count > 1 ? had_str_printf(live->arena, "[%s]", b.ptr)
                             : had_str_dup(live->arena, had_buffer_view(&b));
    had_buffer_free(&b);
    return text;
}

static void over_direct_connect(struct had_live *live, const json_t *object)
{
    const char *gateway = had_live_text(object, "gateway");
    json_t *segments = json_array();
    had_str hubs = hubs_of(live, gateway, segments);
    if (!had_live_is(object, "_type", "transit") || hubs.len == 0 ||
        !had_live_declared(live, gateway)) {
        had_live_leave(
            live, object,
            "it leads to no hub that was read: a line of the language is a transit interface");
        json_decref(segments);
        return;
    }
    const struct had_declared *site = had_live_site(live);
    struct had_declared *link = had_live_declare(live, object, NULL);
    link->file = "network";
    link->head = had_str_printf(live->arena, "via direct-connect from site " HAD_FMT " to " HAD_FMT,
                                HAD_ARG(site->label), HAD_ARG(hubs));
    had_live_set(link, "segment",
                 json_array_size(segments) == 1 ? json_incref(json_array_get(segments, 0))
                                                : json_incref(segments));
    json_decref(segments);
}

static void over_vpn(struct had_live *live, const json_t *object)
{
    const char *hub = had_live_text(object, "_hub"), *id = had_live_text(object, "id");
    const struct had_declared *on = had_live_declared(live, hub);
    if (!on) {
        had_live_leave(live, object,
                       "it ends at no hub that was read: the language has no VPN to a virtual "
                       "private gateway");
        return;
    }
    const json_t *customer =
        had_live_object(live, "customer-gateway", had_live_text(object, "_customer"));
    const struct had_declared *site = had_live_site(live);
    struct had_declared *link = had_live_declare(live, object, NULL);
    link->file = "network";
    link->head = had_str_printf(live->arena, "via vpn from site " HAD_FMT " to hub " HAD_FMT,
                                HAD_ARG(site->label), HAD_ARG(on->label));
    bool fixed = had_live_flag(object, "_static");
    had_live_set(link, "device", json_incref(json_object_get(customer, "_address")));
    had_live_set(link, "asn", json_incref(json_object_get(customer, "_asn")));
    had_live_set(link, "routing", json_string(fixed ? "static" : "dynamic"));
    const char *attachment = had_live_attachment(live, hub, id),
               *segment = had_live_segment_of(live, attachment);
    if (!segment)
        return;
    had_live_set(link, "segment", json_string(segment));
    if (!fixed)
        had_live_set(link, "propagates-to", had_live_propagates_to(live, attachment, segment));
}

void had_live_lines(struct had_live *live)
{
    size_t i;
    json_t *object;
    had_live_each(live, "direct-connect-gateway", i, object) {
        struct had_declared *gateway = had_live_declare(live, object, NULL);
        gateway->file = "network";
        gateway->head = had_str_printf(live->arena, "in account " HAD_FMT,
                                       HAD_ARG(had_live_owner_label(live, object)));
    }
    had_live_each(live, "direct-connect-link", i, object)
        over_direct_connect(live, object);
    had_live_each(live, "vpn-link", i, object)
        over_vpn(live, object);
    had_live_each(live, "gateway-association", i, object)
        if (!had_live_declared(live, had_live_text(object, "_hub")))
            had_live_leave(live, object, "it leads to no hub that was read");
    had_live_each(live, "customer-gateway", i, object) {
        bool used = false;
        size_t k;
        json_t *link;
        had_live_each(live, "vpn-link", k, link)
            used |= had_live_is(link, "_customer", had_live_text(object, "id")) &&
                    had_live_declared(live, had_live_text(link, "id"));
        if (!used)
            had_live_leave(live, object, "no line of the spec ends at it");
    }
}
