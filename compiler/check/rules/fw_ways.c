/*
 * FW: what stands between an AD Connector and its controllers, and a directory and its RADIUS
 * servers: route domains, network ACLs, and groups that the spec states. The proofs follow members
 * and controllers; these two speak from addresses that AWS chooses, and to few ports.
 */
#include "check/rules/rule.h"

#include "schema/facts.h"

#include <stdlib.h>
#include <string.h>

struct need {
    enum had_protocol protocol;
    uint16_t port;
};
typedef had_array(struct need) needs;

/* What is looked up by address. */
struct places {
    struct had_range_index hosts, sites;
    const struct had_range_index *spokes;
};

static struct places find_places(struct had_check *check)
{
    static const char *const kinds[] = {"controller", "instance"};
    had_ranges hosts = {0}, sites = {0};
    for (size_t k = 0; k < 2; k++)
        had_each_object(host, had_spec_kind(check->spec, kinds[k])) {
            const struct had_value *address = had_get(host, "address");
            if (address->tag == HAD_VALUE_IP)
                *had_push(check->arena, &hosts) =
                    (struct had_range){had_query_host(address->ip), host->span, host};
        }
    had_each_object(site, had_spec_kind(check->spec, "site"))
        had_query_ranges(check, site, "ranges", &sites);
    return (struct places){had_index_ranges(hosts), had_index_ranges(sites),
                           had_index_spokes(check)};
}

/* ---- lines of filters ---- */

/* What a line names as its other side, as ranges. */
static void peer_ranges(struct had_check *check, const struct had_value *peer, had_ranges *out)
{
    if (peer->tag == HAD_VALUE_CIDR)
        *had_push(check->arena, out) = (struct had_range){peer->cidr, peer->span, NULL};
    if (peer->tag != HAD_VALUE_REF || !peer->object)
        return;
    const struct had_object *o = peer->object;
    if (had_is(o, "spoke")) {
        had_query_spoke_ranges(check, o, out);
    } else if (had_is(o, "subnet")) {
        had_query_ranges(check, o, "cidr", out);
    } else if (had_is(o, "site")) {
        had_query_ranges(check, o, "ranges", out);
    } else if (had_is(o, "directory")) {
        had_objects subnets = had_query_refs(check, o, "subnets");
        had_each(const struct had_object *, subnet, &subnets)
            had_query_ranges(check, *subnet, "cidr", out);
    } else if (had_is(o, "forest") || had_is(o, "domain")) {
        had_objects sites = had_query_refs(check, o, "sites");
        had_each(const struct had_object *, site, &sites)
            had_query_ranges(check, *site, "ranges", out);
        had_each_object(controller, had_index_users(check, "controller", "parent", o)) {
            const struct had_value *address = had_get(controller, "address");
            if (address->tag == HAD_VALUE_IP)
                *had_push(check->arena, out) =
                    (struct had_range){had_query_host(address->ip), controller->span, controller};
        }
    }
}

static bool line_serves(const struct had_value *service, const struct need *need)
{
    if (service->tag == HAD_VALUE_LIST) {
        for (uint32_t i = 0; i < service->list.count; i++)
            if (line_serves(&service->list.items[i], need))
                return true;
        return false;
    }
    for (uint32_t f = 0; service->tag == HAD_VALUE_SERVICE && f < service->service.count; f++) {
        const struct had_flow *flow = &service->service.flows[f];
        if (flow->protocol == HAD_PROTOCOL_ALL ||
            (flow->protocol == need->protocol && flow->ports.first <= need->port &&
             flow->ports.last >= need->port))
            return true;
    }
    return false;
}

/* True if a line is about these ports and all of `other`, which is on the side `end`. */
static bool line_matches(struct had_check *check, const struct had_object *line, const char *end,
                         const struct need *need, struct had_cidr other)
{
    struct had_value_list peers = had_get_list(line, end);
    had_ranges ranges = {0};
    if (!had_present(line, end) || !line_serves(&line->subject, need))
        return false;
    for (uint32_t i = 0; i < peers.count; i++)
        peer_ranges(check, &peers.items[i], &ranges);
    had_each(const struct had_range, r, &ranges)
        if (had_cidr_contains(r->cidr, other))
            return true;
    return false;
}

/* Of a network ACL the lowest number that matches decides, and what no line matches is dropped. */
static bool acl_passes(struct had_check *check, const struct had_object *subnet, const char *end,
                       const struct need *need, struct had_cidr other,
                       const struct had_object **acl, const struct had_object **line)
{
    const struct had_object *best = NULL;
    *acl = had_objects_first(had_index_users(check, "acl", "subnets", subnet));
    *line = NULL;
    if (!*acl || (*acl)->existing)
        return true; /* of an existing one not every line is known */
    had_each(const struct had_object *const, child, &(*acl)->children)
        if ((had_is(*child, "allow") || had_is(*child, "deny")) &&
            line_matches(check, *child, end, need, other) &&
            (!best || had_get_int(*child, "number") < had_get_int(best, "number")))
            best = *child;
    *line = best;
    return best && had_is(best, "allow");
}

/* True where the groups of a host are derived, or one that is stated lets it in. */
static bool groups_admit(struct had_check *check, const struct had_object *host,
                         const struct need *need, struct had_cidr from)
{
    had_objects groups = had_query_refs(check, host, "security-groups");
    if (!had_query_stated(host, "security-groups") || had_query_broken(host, "security-groups"))
        return true;
    had_each(const struct had_object *, group, &groups) {
        if ((*group)->existing)
            return true;
        had_each(const struct had_object *const, line, &(*group)->children)
            if (had_is(*line, "allow") && line_matches(check, *line, "from", need, from))
                return true;
    }
    return false;
}

/* ---- route domains ---- */

/* The segments in which what has an address is attached: a network, or the links of a site. */
static had_objects segments_of(struct had_check *check, const struct had_object *place)
{
    had_objects out = {0};
    if (had_is(place, "spoke"))
        return had_query_refs(check, place, "segment");
    had_each_object(link, had_index_users(check, "link", "from", place)) {
        had_objects segments = had_query_refs(check, link, "segment");
        had_each(const struct had_object *, segment, &segments)
            *had_push(check->arena, &out) = *segment;
    }
    return out;
}

/* A route that the spec states from here to the address, whatever it leads to. */
static bool has_route(const struct had_object *place, struct had_ip address)
{
    had_each(const struct had_object *const, route, &place->children)
        if (had_is(*route, "route") && (*route)->subject.tag == HAD_VALUE_CIDR &&
            had_cidr_contains_ip((*route)->subject.cidr, address))
            return true;
    return false;
}

/*
 * False where nothing leads from the subnet's network to the place: their hubs are one and no
 * segment of the one reaches a segment of the other, or one of them hangs on nothing.
 */
static bool leads_to(struct had_check *check, const struct had_object *subnet,
                     const struct had_object *place, struct had_ip address)
{
    const struct had_object *spoke = had_query_spoke(subnet);
    if (!spoke || spoke == place || spoke->existing || has_route(subnet, address) ||
        has_route(spoke, address) || had_index_users(check, "peer", "ends", spoke)->count)
        return true;
    had_objects from = segments_of(check, spoke), to = segments_of(check, place);
    struct had_map reached = {0}, hubs = {0};
    had_each(const struct had_object *, segment, &from) {
        had_objects reaches = had_query_refs(check, *segment, "reaches");
        had_map_put(check->arena, &hubs, (uintptr_t)(*segment)->parent, 1);
        had_each(const struct had_object *, r, &reaches)
            had_map_put(check->arena, &reached, (uintptr_t)*r, 1);
        if (had_index_users(check, "peer", "ends", (*segment)->parent)->count ||
            had_query_broken(*segment, "reaches"))
            return true; /* over another hub: the proofs look at routes */
    }
    had_each(const struct had_object *, segment, &to)
        if (had_map_get(&reached, (uintptr_t)*segment) || has_route(*segment, address))
            return true;
    return false;
}

/* ---- one way ---- */

struct way {
    const struct had_object *from; /* connector or directory */
    const char *words;             /* "connector", "directory" */
    struct had_span at; /* where it is said whom it asks; unknown: at the address itself */
    had_objects subnets;
    needs needs;
    struct had_map told; /* causes */
};

static had_str text_of(struct had_check *check, const struct way *way)
{
    return had_str_printf(check->arena, "%s `" HAD_FMT "`", way->words, HAD_ARG(way->from->label));
}

static had_str need_text(struct had_check *check, const struct need *need)
{
    return had_str_printf(check->arena, "%u/%s", (unsigned)need->port,
                          need->protocol == HAD_PROTOCOL_TCP ? "tcp" : "udp");
}

static bool is_first(struct had_check *check, struct way *way, const void *cause)
{
    return had_map_put(check->arena, &way->told, (uintptr_t)cause, 1);
}

static void tell_acl(struct had_check *check, struct way *way, const struct had_value *target,
                     const struct need *need, const struct had_object *acl,
                     const struct had_object *line)
{
    if (!is_first(check, way, line ? line : acl))
        return;
    struct had_diag *d = had_rule_report(
        check, acl, line ? line->span : acl->span,
        "network ACL `" HAD_FMT "` keeps " HAD_FMT " from port " HAD_FMT " of " HAD_FMT,
        HAD_ARG(acl->label), HAD_ARG(text_of(check, way)), HAD_ARG(need_text(check, need)),
        HAD_ARG(had_ip_text(check->arena, target->ip)));
    had_diag_label(d, had_value_span(target), "asked here");
    if (!line)
        had_diag_help(d, "add a line that allows it: no other line matches");
}

static void ports_pass(struct had_check *check, const struct places *places, struct way *way,
                       const struct had_object *subnet, const struct had_value *target)
{
    const struct had_cidr there = had_query_host(target->ip);
    const struct had_range *at = had_range_holder(&places->hosts, there);
    const struct had_object *host = at ? at->object : NULL, *acl, *line;
    const struct had_object *far = host ? had_get_object(host, "subnet") : NULL;
    const struct had_value *cidr = had_get(subnet, "cidr");
    if (cidr->tag != HAD_VALUE_CIDR)
        return;
    had_each(const struct need, need, &way->needs) {
        if (far == subnet)
            continue; /* no ACL between */
        if (!acl_passes(check, subnet, "to", need, there, &acl, &line) ||
            (far && !acl_passes(check, far, "from", need, cidr->cidr, &acl, &line)))
            tell_acl(check, way, target, need, acl, line);
    }
    had_each(const struct need, need, &way->needs) {
        if (!host || groups_admit(check, host, need, cidr->cidr) || !is_first(check, way, host))
            continue;
        struct had_diag *d =
            had_rule_report(check, host, had_query_span(host, "security-groups"),
                            "the groups of %s `" HAD_FMT "` do not admit " HAD_FMT " from " HAD_FMT,
                            host->kind->name, HAD_ARG(host->label), HAD_ARG(need_text(check, need)),
                            HAD_ARG(text_of(check, way)));
        had_diag_label(d, had_value_span(target), "asked here");
        had_diag_help(d, "let one of them `allow " HAD_FMT " from subnet …` of the %s",
                      HAD_ARG(need_text(check, need)), way->words);
    }
}

static void check_way(struct had_check *check, const struct places *places, struct way *way,
                      const struct had_value *target)
{
    const struct had_cidr there = had_query_host(target->ip);
    const struct had_range *site = had_range_holder(&places->sites, there),
                           *spoke = had_range_holder(places->spokes, there);
    const struct had_object *place = spoke ? spoke->object : site ? site->object : NULL;
    had_each(const struct had_object *, subnet, &way->subnets) {
        if (place && leads_to(check, *subnet, place, target->ip)) {
            ports_pass(check, places, way, *subnet, target);
            continue;
        }
        if (!is_first(check, way, place ? (const void *)place : target))
            continue;
        struct had_span span = had_span_known(way->at) ? way->at : had_value_span(target);
        struct had_diag *d =
            place ? had_rule_report(check, way->from, span,
                                    HAD_FMT " has no way to " HAD_FMT " of %s `" HAD_FMT "`",
                                    HAD_ARG(text_of(check, way)),
                                    HAD_ARG(had_ip_text(check->arena, target->ip)),
                                    place->kind->name, HAD_ARG(had_query_path(check, place)))
                  : had_rule_report(check, way->from, span,
                                    HAD_FMT " asks " HAD_FMT ", which is in no network of the spec",
                                    HAD_ARG(text_of(check, way)),
                                    HAD_ARG(had_ip_text(check->arena, target->ip)));
        const struct had_object *own = had_query_spoke(*subnet);
        if (own)
            had_diag_label(d, had_query_span(own, "segment"), "its network is in this segment");
        if (place)
            had_diag_help(d, "let the segments reach each other: `reaches` of both");
        else
            had_diag_help(d, "add its range to a site, or correct the address");
    }
}

/* ---- FW008 ---- */

/* What an AD Connector asks of controllers: rows of the table as single ports. */
static needs connector_needs(struct had_check *check)
{
    needs out = {0};
    for (uint32_t i = 0; i < had_fact_port_count; i++) {
        const struct had_fact_port *p = &had_fact_ports[i];
        if (strcmp(p->flow, "ad_connector") != 0 || strcmp(p->when, "ad_connector") != 0)
            continue;
        for (const char *at = p->ports; *at; at += *at == ',') {
            char *end;
            uint16_t port = (uint16_t)strtoul(at, &end, 10);
            if (strstr(p->protocol, "tcp"))
                *had_push(check->arena, &out) = (struct need){HAD_PROTOCOL_TCP, port};
            if (strstr(p->protocol, "udp"))
                *had_push(check->arena, &out) = (struct need){HAD_PROTOCOL_UDP, port};
            at = end;
        }
    }
    return out;
}

static void fw008(struct had_check *check)
{
    if (!had_spec_kind(check->spec, "connector")->count)
        return;
    const struct places places = find_places(check);
    const needs asked = connector_needs(check);
    had_each_object(connector, had_spec_kind(check->spec, "connector")) {
        struct had_value_list servers = had_get_list(connector, "dns");
        bool stated = had_query_stated(connector, "dns");
        struct way way = {.from = connector,
                          .words = "connector",
                          .at = stated ? (struct had_span){0} : had_query_span(connector, "domain"),
                          .subnets = had_query_refs(check, connector, "subnets"),
                          .needs = asked};
        if (connector->existing || had_query_broken(connector, "dns") ||
            had_query_broken(connector, "subnets"))
            continue;
        for (uint32_t i = 0; i < servers.count; i++)
            if (servers.items[i].tag == HAD_VALUE_IP)
                check_way(check, &places, &way, &servers.items[i]);
    }
}

HAD_RULE(FW008, HAD_PHASE_RESOURCE_FOREST, "O(n log n) in DNS servers of connectors and lines",
         fw008, "an AD Connector that does not reach its controllers",
         "An AD Connector asks controllers for names, tickets and entries: ports 53, 88 and 389, "
         "each by TCP and UDP. Without one of them it is not made, or people do not sign in.",
         "open these ports between the subnets of the connector and the controllers");

/* ---- FW010 ---- */

static const struct had_value *entry(const struct had_value *map, const char *key)
{
    for (uint32_t i = 0; map->tag == HAD_VALUE_MAP && i < map->map.count; i++)
        if (had_str_is(map->map.entries[i].key, key))
            return map->map.entries[i].value;
    return NULL;
}

/* The port of RADIUS where none is stated. */
static uint16_t radius_port(void)
{
    for (uint32_t i = 0; i < had_fact_port_count; i++)
        if (strcmp(had_fact_ports[i].flow, "radius") == 0)
            return (uint16_t)strtoul(had_fact_ports[i].ports, NULL, 10);
    return 0;
}

static void fw010(struct had_check *check)
{
    struct places places = {.spokes = NULL};
    bool found = false; /* only where somebody asks */
    had_each_object(directory, had_spec_kind(check->spec, "directory")) {
        const struct had_value *radius = had_get(directory, "radius"),
                               *servers = entry(radius, "servers"), *port = entry(radius, "port");
        struct way way = {.from = directory,
                          .words = "directory",
                          .subnets = had_query_refs(check, directory, "subnets")};
        if (!servers || had_value_broken(radius) || had_query_broken(directory, "subnets"))
            continue;
        if (!found)
            places = find_places(check);
        found = true;
        *had_push(check->arena, &way.needs) = (struct need){
            HAD_PROTOCOL_UDP,
            port && port->tag == HAD_VALUE_INT ? (uint16_t)port->number : radius_port()};
        struct had_value_list list = {(struct had_value *)(uintptr_t)servers, 1};
        if (servers->tag == HAD_VALUE_LIST)
            list = servers->list;
        for (uint32_t i = 0; i < list.count; i++)
            if (list.items[i].tag == HAD_VALUE_IP)
                check_way(check, &places, &way, &list.items[i]);
    }
}

HAD_RULE(FW010, HAD_PHASE_RESOURCE_FOREST, "O(n log n) in RADIUS servers and lines", fw010,
         "a RADIUS server that the directory does not reach",
         "The second factor of a directory is asked of RADIUS servers over UDP, from the "
         "addresses of its controllers. Where that is dropped, nobody signs in.",
         "open the port between the subnets of the directory and the servers");
